--- What an import did: counts that prints as a line, and then the first rejected lines.
-- @module dualuse.import.result

local core = require "dualuse.core"
local layout = require "dualuse.layout"

local M = {}

--- The counts whose sum is `read`.
M.summed = { "added", "updated", "duplicate", "rejected", "retracted" }

--- How many rejected lines are shown.
local SHOWN = 10

local Result = {}
Result.__index = Result
Result.__name = "dualuse.import"

function Result:__tostring()
  local parts = {}
  for _, name in ipairs(M.summed) do
    if self[name] > 0 or name == "added" then parts[#parts + 1] = self[name] .. " " .. name end
  end
  if self.repaired then parts[#parts + 1] = self.repaired .. " repaired" end
  local lines = { ("%s%s: %d read, %s"):format(self.dry_run and "dry run: " or "",
    core.shown(self.format or self.kind), self.read, table.concat(parts, ", ")) }
  for i = 1, math.min(#self.rejects, SHOWN) do
    local reject = self.rejects[i]
    lines[#lines + 1] = ("  line %d: %s%s"):format(reject.line,
      reject.field and reject.field .. ": " or "", core.shown(reject.reason))
  end
  local more = self.rejected - math.min(#self.rejects, SHOWN)
  if more > 0 and #self.rejects > 0 then
    lines[#lines + 1] = ("  … %d more rejected %s"):format(more, more == 1 and "line" or "lines")
  end
  return layout.lines(lines, layout.room())
end

--- Makes a table a result.
-- @tparam table counts `read`, what `summed` names (0 where it is left out), and what else there is
--   to tell
-- @treturn table the same
function M.of(counts)
  for _, name in ipairs(M.summed) do counts[name] = counts[name] or 0 end
  return setmetatable(counts, Result)
end

return M
