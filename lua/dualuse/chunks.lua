--- Where the bytes of an import come from: a path, an open file, or a function.
--
--    local source <close> = chunks.open("events.export.CSV.gz", 2)
--    for chunk in function() return source:read() end do … end
--
-- Gzip data are recognised by their first two bytes, whatever they come from, and inflated.
-- @module dualuse.chunks

local core = require "dualuse.core"
local gzip = require "dualuse.gzip"

local M = {}

-- The most bytes of a chunk.
local CHUNK = 256 * 1024
-- The same of smaller ones: few enough that there is memory for the next where the last was.
local PIECE = 64 * 1024

-- ------------------------------------------------------------------------------------------ bytes

--- Bytes that come in strings of any length, to be had in others.
local Bytes = {}
Bytes.__index = Bytes

--- @tparam function take returns bytes, or nil at the end, or nil and what is wrong
local function bytes_of(take)
  return setmetatable({ take = take, held = "", from = 1, taken = 0 }, Bytes)
end

--- Takes more. What is wrong is told when all before it has been given.
local function take_more(self)
  local more, why = self.take()
  if more then
    self.held, self.from = self.held:sub(self.from) .. more, 1
    self.taken = self.taken + #more
  else
    self.ended, self.why = true, why
  end
end

--- Up to so many bytes, at least one.
-- @treturn ?string nil at the end
-- @treturn ?table what is wrong, where it is not just the end
function Bytes:next(most)
  while self.from > #self.held and not self.ended do take_more(self) end
  if self.from > #self.held then
    return nil, self.why
  end
  local whole = self.from == 1 and #self.held <= most -- which need not be copied
  local bytes = whole and self.held or self.held:sub(self.from, self.from + most - 1)
  self.from = self.from + #bytes
  return bytes
end

--- Takes back the last bytes of what `next` has just given.
function Bytes:give_back(count)
  self.from = self.from - count
end

--- Whether these are the next bytes.
function Bytes:starts_with(text)
  while #self.held - self.from + 1 < #text and not self.ended do take_more(self) end
  return self.held:sub(self.from, self.from + #text - 1) == text
end

--- How many bytes have been given.
function Bytes:position()
  return self.taken - (#self.held - self.from + 1)
end

-- ---------------------------------------------------------------------------------------- sources

local function problem(code, message)
  return { code = code, message = message }
end

--- Bytes of an open file, from where it stands; chunks: says how many at a time.
local function file_bytes(file, chunks)
  return bytes_of(function()
    if io.type(file) == "closed file" then
      return nil, problem("io", "the file has been closed")
    end
    local chunk, why = file:read(chunks.most)
    return chunk, why and problem("io", why)
  end)
end

local function function_bytes(fn)
  return bytes_of(function()
    local chunk = fn()
    if chunk ~= nil and type(chunk) ~= "string" then
      return nil, problem("misuse", ("the function gave a %s: expected text, or nil at the end")
        :format(type(chunk)))
    end
    return chunk
  end)
end

--- The bytes between where a file stands and its end; nil for a pipe or a terminal.
local function bytes_left(file)
  local here = file:seek()
  local last = here and file:seek("end")
  if last then file:seek("set", here) end
  return last and last - here
end

--- Opens a file, but no folder: that shows when it is read.
local function open_path(path, level)
  if path:find("\0", 1, true) then
    core.raise{ code = "invalid", message = "the path holds a NUL byte", level = level + 1 }
  end
  local file, why = io.open(path, "rb")
  if file then
    local _, unreadable = file:read(0)
    if unreadable then
      file:close()
      file, why = nil, path .. ": " .. unreadable
    end
  end
  if not file then
    core.raise{ code = "io", message = why, level = level + 1 }
  end
  return file
end

-- ----------------------------------------------------------------------------------------- chunks

local Chunks = { __name = "dualuse.chunks" }
Chunks.__index = Chunks

--- The text of the source: its bytes, or what they are when inflated.
local function text_of(self)
  if not self.bytes:starts_with(gzip.magic) then
    return self.bytes
  end
  local inflate, why = gzip.reader(self.bytes)
  return bytes_of(inflate or function() return nil, why end)
end

--- The next bytes of the text.
-- @tparam[opt=1] integer level whose mistake an error is: 1 is the function that calls this one
-- @treturn ?string up to 256 KiB, never empty; nil at the end
-- @raise `io` for what cannot be read, for gzip data that are damaged or cut off (when the text
--   before has been given), and for any without lua-zlib; `misuse` for a function that gives
--   something else than text; `closed` behind `close`; and what a function raises
function Chunks:read(level)
  level = level or 1
  if self.closed then
    core.raise{ code = "closed", message = "the source is closed", level = level + 1 }
  end
  self.text = self.text or text_of(self)
  local chunk, why = self.text:next(CHUNK)
  if why then
    core.raise{ code = why.code, level = level + 1,
      message = (self.path and self.path .. ": " or "") .. why.message }
  end
  return chunk
end

--- Has a file that is no gzip file come in smaller chunks, of up to 64 KiB, from now on: for who
-- does little between one and the next.
function Chunks:lessen()
  self.most = PIECE
end

--- How many bytes of the source have been read, as it holds them: of gzip data, the bytes before
-- they are inflated. At the end they are `total`.
function Chunks:position()
  return self.bytes:position()
end

--- Closes what `open` has opened. A file that was open before stays so.
function Chunks:close()
  self.closed, self.text = true, nil
  if self.file then
    self.file:close()
    self.file = nil
  end
end

Chunks.__close = Chunks.close

--- Opens a source of bytes.
-- @param source a path; or an open file, read from where it stands; or a function that returns
--   bytes again and again, and nil at the end
-- @tparam integer level whose mistake an error is: 1 is the function that calls this one
-- @treturn table with `read`, `position` and `close`; `total`, how many bytes there are to read
--   (nil for functions, pipes and terminals); `name`, the last part of the path (nil without one)
-- @raise `io` for a path that cannot be opened or is a folder; `invalid` for a path with a NUL
--   byte; `misuse` for anything else
function M.open(source, level)
  local self = setmetatable({ most = CHUNK }, Chunks)
  if type(source) == "string" then
    self.path, self.name = source, source:match("[^/]*$")
    self.file = open_path(source, level + 1)
    self.bytes, self.total = file_bytes(self.file, self), bytes_left(self.file)
  elseif io.type(source) == "file" then
    self.bytes, self.total = file_bytes(source, self), bytes_left(source)
  elseif type(source) == "function" then
    self.bytes = function_bytes(source)
  else
    core.raise{ code = "misuse", level = level + 1,
      message = "expected a path, an open file or a function that returns text, got "
        .. (source == nil and "nothing" or "a " .. (io.type(source) or type(source))) }
  end
  return self
end

return M
