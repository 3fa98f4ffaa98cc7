--- Where the rejected lines of an import go: the first hundred into its result, all of them, whole,
-- to a file or a function.
-- @module dualuse.import.rejects

local core = require "dualuse.core"

local M = {}

--- How many of them a result keeps.
M.KEPT = 100

--- How many bytes of each it keeps.
M.TEXT = 64 * 1024

local Rejects = {}
Rejects.__index = Rejects

local function raise(message, ...)
  core.raise{ code = "io", field = "on_reject", message = message:format(...) }
end

--- @tparam ?string|function to the path of a file that is not there yet, a function(reject), or
--   nothing. Of a line that is longer than a record may be, a function gets the beginning, with
--   `cut`, and then the rest in pieces.
-- @tparam[opt] string header the line that names the columns, which the file begins with
-- @treturn table with `list`, `add` and `close`
-- @raise `io` for a file that exists
function M.new(to, header)
  if type(to) == "string" then
    local there <close> = io.open(to, "rb")
    if there then
      raise("on_reject: %s exists: rejected lines are written to a new file", core.shown(to))
    end
  end
  return setmetatable({ to = to, header = header, list = {}, count = 0 }, Rejects)
end

local function write(file, path, ...)
  local ok, problem = file:write(...)
  if not ok then
    raise("on_reject: cannot write %s: %s", core.shown(path), problem)
  end
end

--- Opens the file at its first line.
local function open(path, header)
  local file, problem = io.open(path, "wb")
  if not file then
    raise("on_reject: %s", core.shown(problem))
  end
  if header then write(file, path, header, "\n") end
  return file
end

--- Ends the line that is being written, if there is one.
local function end_line(self)
  if self.unended then write(self.file, self.to, "\n") end
  self.unended = false
end

--- Keeps a line, if it is among the first: they come nearly in their order.
local function keep(list, reject)
  local place = #list + 1
  while place > 1 and list[place - 1].line > reject.line do place = place - 1 end
  if place > M.KEPT then return end
  if #reject.text > M.TEXT then
    reject = { line = reject.line, field = reject.field, reason = reject.reason,
      text = reject.text:sub(1, M.TEXT), cut = true }
  end
  table.insert(list, place, reject)
  list[M.KEPT + 1] = nil
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
  keep(self.list, reject)
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
      raise("on_reject: cannot write %s: %s", core.shown(self.to), problem)
    end
  end
end

--- When an import fails, its lines are rejected no more: those of one that was to be `whole` are
-- taken back.
Rejects.__close = function(self, problem)
  if self.file then
    self.file:close()
    if problem ~= nil and self.whole then os.remove(self.to) end
  end
end

return M
