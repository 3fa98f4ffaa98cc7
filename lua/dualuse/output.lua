--- Where an export goes: a path, an open file, or a function that is called with chunks of text.
--
-- A file at a path is written beside its place and put there when it is whole (csrc/output.c): a
-- failure leaves nothing of it, and what was there before.
-- @module dualuse.output

local blame = require "dualuse.blame"
local core = require "dualuse.core"

local M = {}

-- How many bytes are held before they are written.
local HELD = 64 * 1024

local NO_SPACE = 28 -- ENOSPC

local Output = { __name = "dualuse.output" }
Output.__index = Output

local function failed(what, code, why)
  core.raise{ code = code, message = ("cannot write %s: %s"):format(what, why) }
end

--- @treturn function put, function done, function give_up
local function to_path(path, overwrite)
  local shown = core.shown(path)
  local function check(result, code, why)
    if not result then
      failed(shown, code, why == "the file exists" and why .. " (overwrite = true replaces it)"
        or why)
    end
    return result
  end
  local file = check(core.output(path, overwrite))
  return function(text) check(file:write(text)) end,
    function() check(file:finish()) end,
    function() file:close() end
end

local function to_file(file)
  local function check(result, why, number)
    if not result then
      failed("to the open file", number == NO_SPACE and "full" or "io", why)
    end
  end
  return function(text)
    if io.type(file) ~= "file" then failed("to the open file", "io", "it has been closed") end
    check(file:write(text))
  end, function()
    check(file:flush())
  end, function() end
end

--- Writes text. It may be held for a while.
-- @tparam string text
-- @raise `io` or `full`; what a function raises
function Output:write(text)
  self.parts[#self.parts + 1] = text
  self.held = self.held + #text
  if self.held >= HELD then
    self:flush()
  end
end

--- Writes what is held.
function Output:flush()
  if self.held > 0 then
    local text = table.concat(self.parts)
    self.parts, self.held = {}, 0
    self.put(text)
  end
end

--- Writes the rest, and puts a file at a path into its place.
function Output:finish()
  self:flush()
  self.done()
end

--- Without `finish`, nothing is left of a file at a path.
function Output:__close()
  self.give_up()
end

--- Opens a target.
-- @param target a path, a file open for writing, or a function that takes text
-- @tparam ?boolean overwrite whether a file at the path may be replaced
-- @treturn table with `write` and `finish`, to be closed
-- @raise `io` for a file that exists, or a folder that does not; `misuse` for anything else
function M.open(target, overwrite)
  local self = setmetatable({ parts = {}, held = 0 }, Output)
  if type(target) == "string" then
    self.put, self.done, self.give_up = to_path(target, overwrite)
  elseif io.type(target) == "file" then
    self.put, self.done, self.give_up = to_file(target)
  elseif type(target) == "function" then
    self.put, self.done, self.give_up = blame.outside(target), function() end, function() end
  else
    core.raise{ code = "misuse", message = "expected a path, an open file or a function that "
      .. "takes text, got "
      .. (target == nil and "nothing" or "a " .. (io.type(target) or type(target))) }
  end
  return self
end

local function write_whole(path, overwrite, text)
  local sink <close> = M.open(path, overwrite)
  sink:write(text)
  sink:finish()
end

--- Writes a text to a file, which is whole or not there.
-- @tparam string path
-- @tparam ?boolean overwrite whether a file at the path may be replaced
-- @tparam string text
-- @tparam integer level whose mistake it is where that fails
-- @raise as `open`, and `full`
function M.whole(path, overwrite, text, level)
  blame.caller(level + 1, write_whole, path, overwrite, text)
end

return M
