--- Where the rejected lines of an import go: the first hundred into its result, all of them, whole,
-- to a file or a function.
-- @module dualuse.import.rejects

local core = require "dualuse.core"

local M = {}

--- How many of them a result keeps.
M.KEPT = 100

local Rejects = {}
Rejects.__index = Rejects

--- @tparam ?string|function to a path, a function(reject), or nothing
-- @tparam[opt] string header the line that names the columns, which the file begins with
-- @treturn table with `list`, `add` and `close`
function M.new(to, header)
  return setmetatable({ to = to, header = header, list = {}, count = 0 }, Rejects)
end

local function write(file, path, text)
  local ok, problem = file:write(text, "\n")
  if not ok then
    core.raise{ code = "io", field = "on_reject", message = ("cannot write %s: %s")
      :format(core.shown(path), problem) }
  end
end

--- Opens the file at its first line; never over one that is there.
local function open(path, header)
  local there <close> = io.open(path, "rb")
  if there then
    core.raise{ code = "io", field = "on_reject", message = core.shown(path) ..
      " exists: rejected lines are written to a new file" }
  end
  local file, problem = io.open(path, "wb")
  if not file then
    core.raise{ code = "io", field = "on_reject", message = problem }
  end
  if header then write(file, path, header) end
  return file
end

--- Takes one rejected line.
-- @tparam integer line its number
-- @tparam ?string field
-- @tparam string reason
-- @tparam string text the line, or lines, as they stand in the file
function Rejects:add(line, field, reason, text)
  local reject = { line = line, field = field, reason = reason, text = text }
  self.count = self.count + 1
  if #self.list < M.KEPT then self.list[#self.list + 1] = reject end
  if type(self.to) == "function" then
    self.to(reject)
  elseif self.to then
    self.file = self.file or open(self.to, self.header)
    write(self.file, self.to, text)
  end
end

--- Closes the file.
function Rejects:close()
  if self.file then
    local ok, problem = self.file:close()
    self.file = nil
    if not ok then
      core.raise{ code = "io", field = "on_reject", message = ("cannot write %s: %s")
        :format(core.shown(self.to), problem) }
    end
  end
end

Rejects.__close = function(self)
  if self.file then self.file:close() end
end

return M
