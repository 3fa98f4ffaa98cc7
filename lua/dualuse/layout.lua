--- Text in columns: how wide it is on a terminal, how it is cut, and tables of it.
--
-- Stored text is shown, not obeyed: control characters and the marks that turn the writing
-- direction appear as escapes.
-- @module dualuse.layout

local core = require "dualuse.core"

local M = {}

-- Unicode's East Asian Wide and Fullwidth characters, as blocks (Unicode Standard Annex 11), and
-- the marks that take no column. First and last of each range, in order.
local wide = {
  0x1100, 0x115F, 0x2E80, 0x303E, 0x3041, 0x33FF, 0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xA000, 0xA4CF,
  0xA960, 0xA97F, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6,
  0x1F300, 0x1F64F, 0x1F680, 0x1F6FF, 0x1F900, 0x1FAFF, 0x20000, 0x3FFFD,
}
local none = {
  0x0300, 0x036F, 0x0483, 0x0489, 0x0591, 0x05BD, 0x0610, 0x061A, 0x064B, 0x065F, 0x1AB0, 0x1AFF,
  0x1DC0, 0x1DFF, 0x200B, 0x200D, 0x20D0, 0x20FF, 0x302A, 0x302D, 0x3099, 0x309A, 0xFE00, 0xFE0F,
  0xFE20, 0xFE2F,
}

local function within(ranges, code)
  for i = 1, #ranges, 2 do
    if code <= ranges[i + 1] then
      return code >= ranges[i]
    end
  end
  return false
end

local function columns_of(code)
  if code < 0x300 then
    return 1
  elseif within(none, code) then
    return 0
  end
  return within(wide, code) and 2 or 1
end

--- How many columns a text takes on a terminal.
-- @tparam string text in UTF-8
-- @treturn integer
function M.width(text)
  if not text:find("[\x80-\xFF]") then
    return #text
  end
  local width = 0
  for _, code in utf8.codes(text, true) do
    width = width + columns_of(code)
  end
  return width
end

--- A text of at most so many columns; what is cut off is told by an ellipsis.
-- @tparam string text in UTF-8
-- @tparam integer most columns, at least 1
-- @treturn string
function M.cut(text, most)
  if M.width(text) <= most then
    return text
  end
  local width = 0
  for position, code in utf8.codes(text, true) do
    width = width + columns_of(code)
    if width > most - 1 then
      return text:sub(1, position - 1) .. "…"
    end
  end
  return text
end

--- A value as one line of text: a list with commas, stored text with its control characters shown.
-- @param value nil, a boolean, a number, a text or a table of them
-- @treturn string
function M.cell(value)
  if value == nil then
    return ""
  elseif type(value) == "string" then
    return utf8.len(value) and core.shown(value) or core.shown((value:gsub("[\x80-\xFF]", "?")))
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for i, element in ipairs(value) do
    parts[i] = M.cell(element)
  end
  local names = {}
  for name in pairs(value) do
    if type(name) == "string" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = core.shown(name) .. " " .. M.cell(value[name])
  end
  return table.concat(parts, ", ")
end

local function padded(text, width, right)
  local space = (" "):rep(width - M.width(text))
  return right and space .. text or text .. space
end

--- A table of aligned columns, numbers to the right.
-- @tparam {string,...} columns their names: the keys of the rows
-- @tparam {table,...} rows
-- @tparam[opt] integer widest how wide a column may be (no limit)
-- @treturn string lines without a final line end
function M.aligned(columns, rows, widest)
  local widths, right, cells = {}, {}, {}
  for c, name in ipairs(columns) do
    widths[c], right[c] = M.width(name), #rows > 0
  end
  for r, row in ipairs(rows) do
    cells[r] = {}
    for c, name in ipairs(columns) do
      local value = row[name]
      local text = M.cell(value)
      cells[r][c] = widest and M.cut(text, widest) or text
      widths[c] = math.max(widths[c], M.width(cells[r][c]))
      right[c] = right[c] and (value == nil or type(value) == "number")
    end
  end
  local lines = {}
  local function add(texts)
    local line = {}
    for c, text in ipairs(texts) do
      line[c] = padded(text, widths[c], right[c])
    end
    lines[#lines + 1] = (table.concat(line, "  "):gsub(" +$", ""))
  end
  add(columns)
  for _, row in ipairs(cells) do
    add(row)
  end
  return table.concat(lines, "\n")
end

return M
