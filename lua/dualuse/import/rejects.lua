--- Where the rejected lines of an import go: the first hundred into its result, all of them, whole,
-- to a file or a function.
-- @module dualuse.import.rejects

local core = require "dualuse.core"

local M = {}

--- How many of them a result keeps.
M.KEPT = 100

local Rejects = {}
Rejects.__index = Rejects

--- @tparam ?string|function to a path, a function(reject), or nothing. Of a line that is longer
-- than a record may be, a function gets the beginning, with `cut`, and then the rest in pieces.
-- @tparam[opt] string header the line that names the columns, which the file begins with
-- @treturn table with `list`, `add` and `close`
function M.new(to, header)
  return setmetatable({ to = to, header = header, list = {}, count = 0 }, Rejects)
end

local function write(file, path, ...)
  local ok, problem = file:write(...)
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
  if header then write(file, path, header, "\n") end
  return file
end

--- Ends the line that is being written, if there is one.
local function end_line(self)
  if self.unended then write(self.file, self.to, "\n") end
  self.unended = false
end

--- Takes one rejected line.
-- @tparam integer line its number
-- @tparam ?string field
-- @tparam string reason
-- @tparam string text the line, or lines, as they stand in the file
-- @tparam boolean cut whether there is more of it, which `add_rest` takes
function Rejects:add(line, field, reason, text, cut)
  local reject = { line = line, field = field, reason = reason, text = text, cut = cut or nil }
  self.count, self.last = self.count + 1, reject
  if #self.list < M.KEPT then self.list[#self.list + 1] = reject end
  if type(self.to) == "function" then
    self.to(reject)
  elseif self.to then
    self.file = self.file or open(self.to, self.header)
    end_line(self)
    write(self.file, self.to, text)
    self.unended = true
  end
end

--- Takes a further piece of the last line. A function is given it as it was given the line, with
-- `rest`.
function Rejects:add_rest(piece)
  local last = self.last
  if type(self.to) == "function" and last then
    self.to{ line = last.line, field = last.field, reason = last.reason, text = piece, rest = true }
  elseif self.unended then
    write(self.file, self.to, piece)
  end
end

--- Closes the file.
function Rejects:close()
  if self.file then
    end_line(self)
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
