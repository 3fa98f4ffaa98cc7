--- What the questions about licences take: validators for `dualuse.options`.
-- @module dualuse.licence.asking

local core = require "dualuse.core"
local options = require "dualuse.options"
local timeline = require "dualuse.licence.timeline"

local M = {}

local function activities()
  for _, field in ipairs(core.describe("measures").fields) do
    if field.name == "activities" then
      return field.words
    end
  end
  return {}
end

local ACTIVITIES = activities()

local function activity(value)
  for _, word in ipairs(ACTIVITIES) do
    if word == value then return nil end
  end
  return "one of " .. table.concat(ACTIVITIES, ", "),
    type(value) == "string" and "invalid" or "misuse"
end

--- What is known, assumed and done, by the name of the option.
M.common = {
  known = options.date,
  assume = options.words(timeline.assumptions),
  activity = activity,
}

--- The common validators and more.
-- @tparam table more validators by name, to which the common ones are added
-- @treturn table the same
function M.with_common(more)
  for name, validator in pairs(M.common) do more[name] = validator end
  return more
end

--- Raises where an option that has to be given is not.
-- @tparam table question
-- @tparam {string,...} names in the order in which they are missed
-- @tparam integer level whose mistake it is, as in `options.check`
-- @raise `misuse`
function M.check_given(question, names, level)
  for _, name in ipairs(names) do
    if question[name] == nil then
      local all = #names > 1 and ": expected " .. table.concat(names, ", ") or ""
      core.raise{ code = "misuse", field = name, level = level + 1,
        message = ("%s is required%s"):format(name, all) }
    end
  end
end

return M
