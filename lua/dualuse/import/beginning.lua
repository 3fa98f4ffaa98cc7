--- The beginning of a file, which tells what the file is: its delimiter and its format.
-- @module dualuse.import.beginning

local core = require "dualuse.core"

local M = {}

--- How much of a file is looked at: the beginning of what comes in small pieces, too.
local ENOUGH = 64 * 1024

local Beginning = {}
Beginning.__index = Beginning

--- Looks at the beginning of a file.
-- @tparam table chunks the bytes, see dualuse.chunks
-- @treturn table with `text`, the first bytes, and `read`, which gives all there are, the first
--   ones again among them
-- @raise `invalid` for a file in UTF-16; `io` for what cannot be read
function M.of(chunks)
  local parts, size = {}, 0
  while size < ENOUGH do
    local chunk = chunks:read()
    if not chunk then break end
    parts[#parts + 1], size = chunk, size + #chunk
  end
  local text = table.concat(parts)
  if text:find("^\xff\xfe") or text:find("^\xfe\xff") then
    core.raise{ code = "invalid",
      message = "the file is in UTF-16, which is not read: save it in UTF-8" }
  end
  return setmetatable({ text = text, chunks = chunks }, Beginning)
end

--- The next bytes of the file; nil at its end.
function Beginning:read()
  if self.given then
    return self.chunks:read()
  end
  self.given = true
  return #self.text > 0 and self.text or nil
end

--- Is this JSON Lines? The first line that is neither empty nor a comment begins with a brace.
function Beginning:is_lines()
  local text = self.text:gsub("^\xEF\xBB\xBF", "")
  while text:find("^%s*#") or text:find("^%s*//") do
    text = text:gsub("^%s*[^\n]*\n?", "")
  end
  return text:find("^%s*{") ~= nil
end

--- The next record that is no empty line, as `records:fields` gives it.
-- @tparam userdata records
-- @tparam[opt=false] boolean peek whether it is read again the next time
function M.first(records, peek)
  while true do
    local fields, line, why = records:fields(true)
    local blank = fields and #fields == 1 and fields[1] == ""
    if not blank and peek then
      return fields, line, why
    end
    fields, line, why = records:fields()
    if not blank then
      return fields, line, why
    end
  end
end

--- The fields of the first line, read with a delimiter; none of a line that cannot be read.
local function fields_of(text, delimiter, quotes)
  local given = false
  local records = core.records(function()
    if given then return nil end
    given = true
    return text
  end, { delimiter = delimiter, quotes = quotes, limit = math.max(#text, 1) })
  return M.first(records) or {}
end

--- The delimiter that makes most fields of the first line: tabs, semicolons or commas; commas
-- where there is but one field.
-- @tparam[opt=true] boolean quotes whether fields may stand in quotes
-- @treturn string
function Beginning:delimiter(quotes)
  local best, most = ",", 1
  for _, delimiter in ipairs{ "\t", ";", "," } do
    local count = #fields_of(self.text, delimiter, quotes ~= false)
    if count > most then
      best, most = delimiter, count
    end
  end
  return best
end

--- The format that the file is in, by its first line.
-- @tparam string kind of the collection, for the error
-- @treturn table see dualuse.formats
-- @raise `invalid` where no format begins like this
function Beginning:format(kind)
  local formats = require "dualuse.formats"
  for _, delimiter in ipairs{ "\t", ",", ";" } do
    local fields = fields_of(self.text, delimiter, delimiter ~= "\t")
    local name = formats.sniff{ header = fields, count = #fields, delimiter = delimiter }
    if name then
      return formats.find(name)
    end
  end
  core.raise{ code = "invalid", kind = kind, field = "format", message = self.text == ""
    and "the file is empty" or ("no format is known that begins like this: give format= or "
      .. "columns=; the first line is %s")
      :format(core.shown((self.text:match("^[^\r\n]*") or ""):sub(1, 200))) }
end

return M
