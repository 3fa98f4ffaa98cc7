--- What an import did: a table that prints as a line, with the first rejected lines below.
-- @module dualuse.import.result

local core = require "dualuse.core"

local M = {}

-- How many rejected lines are printed.
local PRINTED = 10

--- The counts whose sum is `read`.
M.SUMMED = { "added", "updated", "duplicate", "rejected", "retracted" }

local Result = {}
Result.__index = Result
Result.__name = "dualuse.import"

--- What an import did, in a line; then the first rejected lines.
function Result:__tostring()
  local parts = {}
  for _, name in ipairs(M.SUMMED) do
    local count = self[name] or 0
    if count > 0 or name == "added" then parts[#parts + 1] = count .. " " .. name end
  end
  local lines = { ("%s%s: %d read, %s"):format(self.dry_run and "dry run: " or "",
    self.format or self.kind, self.read, table.concat(parts, ", ")) }
  for i, reject in ipairs(self.rejects) do
    if i > PRINTED then
      lines[#lines + 1] = ("  … %d more rejected lines"):format(self.rejected - PRINTED)
      break
    end
    lines[#lines + 1] = ("  line %d: %s%s"):format(reject.line,
      reject.field and reject.field .. ": " or "", core.shown(reject.reason))
  end
  return table.concat(lines, "\n")
end

--- Makes a table of counts and rejects print.
-- @tparam table result with `read`, its parts, `rejects`, and `format` or `kind`
-- @treturn table the same
function M.of(result)
  return setmetatable(result, Result)
end

return M
