--- Rows in print: title, unit, the rows in columns, and notes.
-- @module dualuse.rows.printing

local core = require "dualuse.core"
local layout = require "dualuse.layout"
local list_of = require "dualuse.rows.list"
local sets = require "dualuse.sets"

local M = {}

local most_printed = 50
local widest = 40

--- A row with the key of one that has none in words, as it is printed.
-- @tparam table rows
-- @tparam table row
-- @treturn table it, or a copy
function M.told_row(rows, row)
  local said = list_of.printed_key(row)
  if not said then
    return row
  end
  local told = list_of.copy_row(row)
  for _, name in ipairs(rows.keys) do
    if told[name] == nil then
      told[name], said = said, nil
    end
  end
  return told
end

--- A float with as many digits as a reader needs.
local function rounded(value)
  if math.type(value) ~= "float" or value ~= value or math.abs(value) >= 1e12 then
    return value
  end
  local scale = math.abs(value) >= 1 and 1e2 or 1e4
  return math.floor(value * scale + 0.5) / scale
end

local function range(value)
  local least, most = layout.cell(rounded(value.least)), layout.cell(rounded(value.most))
  if value.least == value.most then
    return value.least
  elseif value.most == nil then
    return least .. " or more"
  elseif value.least == nil then
    return most .. " or less"
  end
  return least .. " to " .. most
end

local function printed_value(value)
  if type(value) == "table" and (value.least or value.most) then
    return range(value)
  end
  return rounded(value)
end

local function printed_row(rows, row)
  local told, printed = M.told_row(rows, row), {}
  for _, name in ipairs(rows.columns) do
    printed[name] = printed_value(told[name])
  end
  return printed
end

--- What is counted, in a line; nil where nothing is said of it.
local function unit_line(rows)
  local parts = { rows.unit }
  for _, name in ipairs(sets.sorted(rows.units or {})) do
    parts[#parts + 1] = name .. ": " .. rows.units[name]
  end
  return #parts > 0 and "unit: " .. core.shown(table.concat(parts, "; ")) or nil
end

--- The rows as columns of printed text: their names are stored text too.
local function aligned(rows, most, room)
  local most_wide = rows.widest or not room.width and widest or nil
  local names, printed = {}, {}
  for c, name in ipairs(rows.columns) do
    names[c] = layout.cut(layout.cell(name), most_wide or widest)
  end
  for i = 1, math.min(#rows, most) do
    local row = printed_row(rows, rows[i])
    printed[i] = {}
    for c, name in ipairs(rows.columns) do
      printed[i][names[c]] = row[name]
    end
  end
  return layout.aligned(names, printed, most_wide, room)
end

local function lines_of(rows, room)
  local lines = { rows.title and core.shown(rows.title) }
  local most = room.rows or most_printed
  lines[#lines + 1] = unit_line(rows)
  if #rows == 0 then
    lines[#lines + 1] = "no rows"
  else
    lines[#lines + 1] = aligned(rows, most, room)
  end
  if #rows > most then
    lines[#lines + 1] = ("… %d more"):format(#rows - most)
  end
  for _, note in ipairs(rows.notes or {}) do
    lines[#lines + 1] = core.shown(note)
  end
  return lines
end

--- Rows as text: `dualuse.rows.text` tells of it.
-- @tparam table rows
-- @tparam[opt] table room
-- @treturn string lines without a final line end
function M.text(rows, room)
  room = room or {}
  return layout.lines(lines_of(rows, room), room)
end

return M
