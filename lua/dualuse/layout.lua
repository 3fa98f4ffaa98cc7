--- Text in columns: how wide it is on a terminal, how it is cut, and tables of it.
--
-- Stored text is shown, not obeyed: control characters and the marks that turn the writing
-- direction appear as escapes.
-- @module dualuse.layout

local core = require "dualuse.core"
local sets = require "dualuse.sets"

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
-- @tparam integer most columns, at least as many as the ellipsis has
-- @tparam[opt="…"] string ellipsis
-- @treturn string
function M.cut(text, most, ellipsis)
  if M.width(text) <= most then
    return text
  end
  ellipsis = ellipsis or "…"
  local width = M.width(ellipsis)
  for position, code in utf8.codes(text, true) do
    width = width + columns_of(code)
    if width > most then
      return text:sub(1, position - 1) .. ellipsis
    end
  end
  return text
end

-- Our own marks in ASCII.
local plain = { ["…"] = "...", ["→"] = "->", ["×"] = "x", ["−"] = "-", ["–"] = "-", ["—"] = "--",
  ["“"] = '"', ["”"] = '"', ["‘"] = "'", ["’"] = "'", ["·"] = ".", ["≤"] = "<=", ["≥"] = ">=" }

--- A text for a terminal that shows ASCII only: letters that it lacks appear as \u{00FC}.
-- @tparam string text in UTF-8
-- @treturn string
function M.ascii(text)
  return (text:gsub(utf8.charpattern, function(character)
    if #character > 1 then
      return plain[character] or ("\\u{%04X}"):format(utf8.codepoint(character, 1, 1, true))
    end
    return nil
  end))
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
  for _, name in ipairs(sets.sorted(value)) do
    if type(name) == "string" then
      parts[#parts + 1] = core.shown(name) .. " " .. M.cell(value[name])
    end
  end
  return table.concat(parts, ", ")
end

-- ---------------------------------------------------------------------------- Filled paragraphs

-- The pieces of a word that each fit into so many columns.
local function pieces(word, most)
  if M.width(word) <= most then
    return { word }
  end
  local list, piece, used = {}, {}, 0
  for _, code in utf8.codes(word, true) do
    local width = columns_of(code)
    if used + width > most then
      list[#list + 1] = table.concat(piece)
      piece, used = {}, 0
    end
    piece[#piece + 1], used = utf8.char(code), used + width
  end
  list[#list + 1] = table.concat(piece)
  return list
end

--- A value as `cell` shows it, in lines filled up to the last column and broken between words.
-- @param value
-- @tparam integer columns
-- @tparam[opt=""] string first what the first line begins with
-- @tparam[opt=0] integer hanging the indent of the other lines
-- @treturn {string,...} lines
function M.filled(value, columns, first, hanging)
  hanging = hanging or 0
  local lines, line = {}, { first or "" }
  local used, blank = M.width(line[1]), true
  for word in M.cell(value):gmatch("[^ ]+") do -- in any locale: control characters are escaped
    for _, piece in ipairs(pieces(word, math.max(1, columns - hanging))) do
      local width = M.width(piece)
      if not blank and used + 1 + width > columns then
        lines[#lines + 1] = table.concat(line)
        line, used, blank = { (" "):rep(hanging) }, hanging, true
      end
      line[#line + 1] = blank and piece or " " .. piece
      used, blank = used + (blank and 0 or 1) + width, false
    end
  end
  lines[#lines + 1] = table.concat(line)
  return lines
end

--- Lines of printed text as they are shown in a room: one that is too wide goes on below itself.
-- @tparam {string,...} lines which may hold line ends
-- @tparam table room `width` and `ascii`, as `room` has them
-- @treturn string lines without a final line end
function M.lines(lines, room)
  local text = table.concat(lines, "\n")
  text = room.ascii and M.ascii(text) or text
  if not room.width then
    return text
  end
  return (text:gsub("[^\n]+", function(line)
    if M.width(line) <= room.width then
      return nil
    end
    local indent = line:match("^ *")
    return table.concat(M.filled(line, room.width, indent, #indent + 2), "\n")
  end))
end

-- ---------------------------------------------------------------------------------- Columns

-- What printed forms have room for, told by whoever knows the screen.
local room_of

--- What there is room for where an object prints itself at a prompt.
-- @treturn table `width`, in columns, and `rows`, how many rows of a table: nil where nobody knows,
--   and the printed form decides; `ascii`, whether nothing but ASCII can be shown
function M.room()
  return room_of and room_of() or {}
end

--- Makes a function tell what there is room for: `dualuse.explore` does, and nothing else.
-- @tparam ?function fn without arguments, gives a table as `room` does; nil takes it away
function M.room_by(fn)
  room_of = fn
end

local function padded(text, width, right)
  local space = (" "):rep(width - M.width(text))
  return right and space .. text or text .. space
end

local gap = 2
local ellipsis = { [true] = "...", [false] = "…" }

-- Columns of text are made narrower down to this: some of each is to be read.
local function narrowest(width)
  return math.max(12, math.min(24, width // 5))
end

local function total(widths, columns)
  local sum = (columns - 1) * gap
  for c = 1, columns do
    sum = sum + widths[c]
  end
  return sum
end

-- Makes the widest columns narrower until all fit into a width, but never one of numbers or dates:
-- what is left of one that is cut would be another. Where that is not enough, the last columns are
-- left out, and `mark` are kept for what tells so. Returns how many are left.
local function fit(widths, fixed, width, mark)
  local least = {}
  for c = 1, #widths do
    least[c] = fixed[c] and widths[c] or math.min(widths[c], narrowest(width))
  end
  local columns = #widths
  if total(least, columns) > width then
    width = width - gap - mark
    while columns > 1 and total(least, columns) > width do
      columns = columns - 1
    end
  end
  for _ = 1, total(widths, columns) - width do
    local widest
    for c = 1, columns do
      if widths[c] > least[c] and (not widest or widths[c] > widths[widest]) then
        widest = c
      end
    end
    if not widest then
      break
    end
    widths[widest] = widths[widest] - 1
  end
  return columns
end

-- Every cell as text, the widths of the columns, which are of numbers, which of numbers or dates.
local function measured(columns, rows, widest, ascii)
  local show = ascii and M.ascii or function(text) return text end
  local cells, widths, right, fixed = { {} }, {}, {}, {}
  for c, name in ipairs(columns) do
    cells[1][c] = show(name)
    widths[c], right[c], fixed[c] = M.width(cells[1][c]), #rows > 0, #rows > 0
  end
  for r, row in ipairs(rows) do
    cells[r + 1] = {}
    for c, name in ipairs(columns) do
      local value = row[name]
      local text = show(M.cell(value))
      cells[r + 1][c] = widest and M.cut(text, widest) or text
      widths[c] = math.max(widths[c], M.width(cells[r + 1][c]))
      right[c] = right[c] and (value == nil or type(value) == "number")
      fixed[c] = fixed[c] and not text:find("[^%d%-./%[%],:TZX?~%%{}]")
    end
  end
  return cells, widths, right, fixed
end

--- A table of aligned columns, numbers to the right.
-- @tparam {string,...} columns their names: the keys of the rows
-- @tparam {table,...} rows
-- @tparam[opt] integer widest how wide a column may be (no limit)
-- @tparam[opt] table room `width`, of all columns together: wide ones are cut, and what does not
--   fit even so is left out, which a last column "…" tells; `ascii`, as `room` has it
-- @treturn string lines without a final line end
function M.aligned(columns, rows, widest, room)
  room = room or {}
  local cells, widths, right, fixed = measured(columns, rows, widest, room.ascii)
  local mark = ellipsis[room.ascii or false]
  local count = room.width and fit(widths, fixed, room.width, M.width(mark)) or #columns
  local lines = {}
  for r, texts in ipairs(cells) do
    local line = {}
    for c = 1, count do
      line[c] = padded(M.cut(texts[c], widths[c], mark), widths[c], right[c])
    end
    line[count + 1] = r == 1 and count < #columns and mark or nil
    lines[r] = (table.concat(line, (" "):rep(gap)):gsub(" +$", ""))
  end
  return table.concat(lines, "\n")
end

return M
