--- The text that gzip data hold, in bounded memory. The Lua library lua-zlib inflates them; it is
-- loaded when it is first needed.
-- @module dualuse.gzip

local M = {}

--- The bytes that gzip data begin with.
M.magic = "\x1f\x8b"

-- However they are made, so many bytes hold no more than 1 MiB of text: deflate packs at most 1032
-- bytes into one. What is damaged also costs the text of so many.
local PIECE = 1024

-- How much text is gathered before it is given.
local ENOUGH = 128 * 1024

local function problem(message, ...)
  return { code = "io", message = message:format(...) }
end

--- What makes inflaters; nil without the library. There is another one that has the same name, but
-- nothing that can be made without the text.
local function inflaters()
  local found, zlib = pcall(require, "zlib")
  local made, inflate = pcall(function() return zlib.inflate() end)
  return found and made and type(inflate) == "function" and zlib.inflate or nil
end

--- Begins the next member. What may stand behind the last one is zeros, as on tapes.
-- @treturn ?string no text yet; nil at the end
-- @treturn ?table what is wrong
local function begin_member(self)
  local bytes = self.bytes
  if bytes:starts_with(M.magic) then
    -- Newer versions of lua-zlib keep to the coroutine that an inflater was made in until it is
    -- freed. What has a finaliser is there, with all it holds, until every finaliser of its cycle
    -- has run: so both go together.
    self.inflate, self.given = self.new_inflate(), 0
    self.anchor = setmetatable({ coroutine.running() }, { __gc = function() end })
    return ""
  end
  local piece, why = bytes:next(PIECE)
  while piece do
    local other = piece:find("[^\0]")
    if other then
      return nil, problem("behind the gzip data, byte %d is neither zero nor the beginning of more",
        bytes:position() - #piece + other)
    end
    piece, why = bytes:next(PIECE)
  end
  return nil, why
end

--- Inflates a few bytes.
-- @treturn ?string their text, which may be empty
-- @treturn ?table what is wrong
local function inflate_piece(self)
  local bytes = self.bytes
  local piece, why = bytes:next(PIECE)
  if not piece then
    return nil, why or problem("the gzip data are cut off behind byte %d", bytes:position())
  end
  local ok, text, ended, taken = pcall(self.inflate, piece)
  if not ok and not tostring(text):find("InvalidInput", 1, true) then
    error(text, 0)
  elseif not ok then
    return nil, problem("the gzip data are damaged: bytes %d to %d, or what is before them, "
      .. "do not fit", bytes:position() - #piece + 1, bytes:position())
  end
  self.given = self.given + #piece
  if ended then
    bytes:give_back(self.given - taken)
    self.inflate, self.anchor = nil, nil
  end
  return text
end

local function read(self)
  local parts, size = {}, 0
  while size < ENOUGH and not self.stopped do
    local step = self.inflate and inflate_piece or begin_member
    local text, why = step(self)
    if text then
      parts[#parts + 1], size = text, size + #text
    else
      self.stopped, self.why = true, why
    end
  end
  if size > 0 then
    return table.concat(parts)
  end
  return nil, self.why
end

--- A function that reads gzip data, of one or more members, to their end.
-- @tparam table bytes where they stand: `next(most)` gives up to so many of them, or nil at the
--   end; `starts_with(text)`; `give_back(count)` of those that `next` gave last; `position()`
-- @treturn ?function each call returns text, up to 1.2 MiB of it; or nil at the end; or nil and
--   what is wrong, as `core.raise` takes it. nil if lua-zlib is not there.
-- @treturn ?table then, what is wrong
function M.reader(bytes)
  local new_inflate = inflaters()
  if not new_inflate then
    return nil, problem("gzip data need the Lua library lua-zlib, which is not installed "
      .. "(LuaRocks: lua-zlib; Debian: lua-zlib)")
  end
  local self = { bytes = bytes, new_inflate = new_inflate }
  return function() return read(self) end
end

return M
