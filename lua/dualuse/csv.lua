--- Comma-separated values by RFC 4180: quotes around fields, doubled quotes inside them, line ends
-- inside quotes, CRLF or LF, a byte order mark or none.
-- @module dualuse.csv

local M = {}

local BOM = "\xEF\xBB\xBF"

--- A field in quotes that begins at a position; the position after it. nil if it is not closed.
local function quoted(text, position)
  local parts, from = {}, position + 1
  while true do
    local quote = text:find('"', from, true)
    if not quote then
      return nil
    end
    parts[#parts + 1] = text:sub(from, quote - 1)
    if text:sub(quote + 1, quote + 1) ~= '"' then
      return table.concat(parts), quote + 1
    end
    parts[#parts + 1], from = '"', quote + 2
  end
end

local function count_lines(text)
  local _, ends = text:gsub("\n", "")
  return ends
end

--- The field at a position, the position after it, and nil; or nil, nil and what is wrong.
local function field_at(text, position)
  if text:sub(position, position) ~= '"' then
    local after = text:find("[,\r\n]", position) or #text + 1
    return text:sub(position, after - 1), after
  end
  local field, after = quoted(text, position)
  if not field then
    return nil, nil, "a quotation mark is not closed"
  elseif after <= #text and not text:find("^[,\r\n]", after) then
    return nil, nil, "text follows a closing quotation mark"
  end
  return field, after
end

--- Reads all records of a text. A record is a list of its fields, and has the number of its first
-- `line`; empty lines are left out.
-- @tparam string text
-- @treturn ?{table,...} the records, or nil
-- @treturn ?string what is wrong, with its line
function M.parse(text)
  local records, record = {}, { line = 1 }
  local position = text:sub(1, #BOM) == BOM and #BOM + 1 or 1
  local line = 1
  while position <= #text or #record > 0 do
    local field, after, problem = field_at(text, position)
    if problem then
      return nil, ("line %d: %s"):format(line, problem)
    end
    record[#record + 1] = field
    line = line + count_lines(text:sub(position, after - 1))
    position = after + 1
    if text:sub(after, after) ~= "," then
      if text:sub(after, after + 1) == "\r\n" then position = after + 2 end
      if #record > 1 or record[1] ~= "" then records[#records + 1] = record end
      line = line + 1
      record = { line = line }
    end
  end
  return records
end

return M
