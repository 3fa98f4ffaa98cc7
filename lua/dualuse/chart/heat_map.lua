--- A heat map: a figure for each row and column, the greater the darker.
-- @module dualuse.chart.heat_map

local byte_order = require "dualuse.byte_order"
local colours = require "dualuse.chart.colours"
local core = require "dualuse.core"
local digits = require "dualuse.digits"
local frame = require "dualuse.chart.frame"
local layout = require "dualuse.layout"
local lettering = require "dualuse.chart.lettering"

local M = {}

local MOST_ROWS, ROW, SIZE = 60, 24, 12
local NARROWEST, WIDEST = 16, 76
local LONGEST_HEADING = 130

local function raise(message, ...)
  core.raise{ code = "misuse", message = message:format(...) }
end

-- ---------------------------------------------------------------------------------- The figures

--- The first column that holds something other than figures.
local function wordy(list, names)
  for _, name in ipairs(names) do
    for _, row in ipairs(list) do
      if row[name] ~= nil and type(row[name]) ~= "number" then return name end
    end
  end
  return nil
end

--- Which column names the rows, and which hold figures.
local function columns_of(list, options)
  local names = list.columns
  if not names then
    local seen = {}
    names = {}
    for _, row in ipairs(list) do
      for name in pairs(row) do
        if type(name) == "string" and not seen[name] then
          seen[name], names[#names + 1] = true, name
        end
      end
    end
    table.sort(names, byte_order.before)
  end
  local label = options.row or list.keys and list.keys[1] or wordy(list, names) or names[1]
  local figures = options.columns or list.measures
  if not figures or #figures == 0 then
    figures = {}
    for _, name in ipairs(names) do
      if name ~= label then figures[#figures + 1] = name end
    end
  end
  return label, figures
end

local function check_figures(list, figures)
  for i, row in ipairs(list) do
    for _, name in ipairs(figures) do
      if row[name] ~= nil and type(row[name]) ~= "number" then
        raise("argument 1: expected numbers in column %s, got a %s in row %d", core.shown(name),
          type(row[name]), i)
      end
    end
  end
end

local function row_text(row, label)
  if row[label] ~= nil then
    return layout.cell(row[label])
  end
  return row.undated and "no date" or row.unbounded and "no bucket" or "none"
end

--- Numbers of the elements with the greatest totals, in their order.
local function greatest(totals, most)
  local order = {}
  for i in ipairs(totals) do order[i] = i end
  table.sort(order, function(a, b)
    if totals[a] ~= totals[b] then return totals[a] > totals[b] end
    return a < b
  end)
  local kept = table.move(order, 1, math.min(most, #order), 1, {})
  table.sort(kept)
  return kept
end

local function totals_of(list, figures)
  local by_row, by_column = {}, {}
  for c = 1, #figures do by_column[c] = 0 end
  for r, row in ipairs(list) do
    by_row[r] = 0
    for c, name in ipairs(figures) do
      local value = math.abs(row[name] or 0)
      by_row[r], by_column[c] = by_row[r] + value, by_column[c] + value
    end
  end
  return by_row, by_column
end

--- The least and the greatest figure, without those that are 0.
local function limits(list, figures)
  local least, most
  for _, row in ipairs(list) do
    for _, name in ipairs(figures) do
      local value = row[name]
      if value and value == value and value ~= 0 then
        least, most = math.min(least or value, value), math.max(most or value, value)
      end
    end
  end
  return least, most
end

-- -------------------------------------------------------------------------------------- Drawing

--- The shade of a figure, one of five steps of equal width.
local function shade_of(value, least, most)
  local place = most > least and (value - least) / (most - least) or 1
  return colours.shades[math.min(#colours.shades, math.floor(place * #colours.shades) + 1)]
end

--- A figure as it is written; nil where there is none.
local function figure_text(value)
  return value and value == value and digits.text(value) or nil
end

local function has_room(text, width)
  return lettering.width(text, SIZE) <= width - 6
end

--- Are the figures written? Not where most have no room: the few that have would look like all.
local function are_written(rows, columns, width)
  local figures, fitting = 0, 0
  for _, row in ipairs(rows) do
    for _, name in ipairs(columns) do
      local text = figure_text(row[name])
      if text then
        figures = figures + 1
        fitting = fitting + (has_room(text, width) and 1 or 0)
      end
    end
  end
  return fitting * 2 >= figures
end

local function draw_cell(picture, value, scale, x, y, width)
  local box = { x = x + 1, y = y + 1, width = width - 2, height = ROW - 2 }
  if value == nil or value ~= value then
    box.fill = picture:pattern("back", "rule")
  elseif value == 0 then
    box.fill, box.stroke, box["stroke-width"] = "none", "rule", 1
  else
    box.fill = shade_of(value, scale.least, scale.most)
  end
  local text = figure_text(value)
  local written = text and scale.written and has_room(text, width)
  picture:add("rect", box, not written and text or nil)
  if written then
    picture:label{ x = x + width / 2, y = y + ROW / 2 + 4, text = text, size = SIZE,
      anchor = "middle", fill = value == 0 and "soft" or colours.upon[box.fill] }
  elseif text and scale.written then
    picture.dropped = picture.dropped + 1
  end
end

--- Writes the headings of the columns, upright where they fit, else turned.
-- @treturn number where the rows begin
local function draw_headings(picture, figures, left, width, y)
  local widest = 0
  for _, name in ipairs(figures) do
    widest = math.max(widest, lettering.width(layout.cell(name), SIZE))
  end
  local turned = widest > width - 6
  local height = turned and math.min(widest, LONGEST_HEADING) + 6 or 18
  for c, name in ipairs(figures) do
    local middle = left + (c - 0.5) * width
    picture:label{ x = turned and middle + 4 or middle, y = y + height - 5, text = name,
      size = SIZE, turned = turned, anchor = not turned and "middle" or nil,
      most = turned and LONGEST_HEADING or nil }
  end
  return y + height
end

local function legend_of(picture, scale, has)
  local list = {}
  if scale.most then
    local steps = scale.most > scale.least and #colours.shades or 1
    for i = steps == 1 and #colours.shades or 1, #colours.shades do
      local from = scale.least + (scale.most - scale.least) * (i - 1) / #colours.shades
      local text = steps == 1 and digits.text(scale.most) or i == 1 and digits.text(from)
        or i == #colours.shades and digits.text(scale.most) or ""
      list[#list + 1] = { text = text, draw = function(x, y, width, height)
        picture:add("rect", { x = x, y = y, width = width, height = height,
          fill = colours.shades[i] })
      end }
    end
  end
  if has.missing then
    list[#list + 1] = { text = "no figure", draw = function(x, y, width, height)
      picture:add("rect", { x = x, y = y, width = width, height = height,
        fill = picture:pattern("back", "rule") })
    end }
  end
  return list
end

local function describe(list, label, figures, unit)
  local parts = {}
  for i = 1, math.min(#list, 20) do
    local told = {}
    for _, name in ipairs(figures) do
      if list[i][name] and list[i][name] ~= 0 and #told < 20 then
        told[#told + 1] = ("%s %s"):format(layout.cell(name), digits.text(list[i][name]))
      end
    end
    parts[i] = ("%s: %s"):format(row_text(list[i], label),
      told[1] and table.concat(told, ", ") or "nothing")
  end
  if #list > 20 then parts[#parts + 1] = ("and %d more rows"):format(#list - 20) end
  local text = #parts > 0 and table.concat(parts, "; ") .. "." or "Nothing is on record."
  return unit and ("Unit: %s. %s"):format(unit, text) or text
end

--- What is left out for want of room.
local function notes_of(list, rows, figures, columns)
  local notes = {}
  local function add(all, kept, what)
    if kept < all then
      notes[#notes + 1] = ("%d more %s, those with the least, are not shown."):format(all - kept,
        what)
    end
  end
  add(#list, #rows, "rows")
  add(#figures, #columns, "columns")
  if list.unit then notes[#notes + 1] = ("Unit: %s."):format(list.unit) end
  return notes
end

local function pick(list, numbers)
  local picked = {}
  for i, number in ipairs(numbers) do picked[i] = list[number] end
  return picked
end

--- Draws a heat map.
-- @tparam table picture
-- @tparam {table,...} list rows, best of `pivot`
-- @tparam table options `row`, the column that names the rows; `columns`, those with the figures;
--   `headed`
-- @treturn number the height
function M.draw(picture, list, options)
  local label, figures = columns_of(list, options)
  check_figures(list, figures)
  picture.description = picture.description or describe(list, label, figures, list.unit)
  local y = frame.heading(picture, options.headed)
  if #list == 0 or #figures == 0 then
    return frame.notes(picture, y, { "Nothing is on record." })
  end
  local by_row, by_column = totals_of(list, figures)
  local rows = pick(list, greatest(by_row, MOST_ROWS))
  local widest = 0
  for _, row in ipairs(rows) do
    widest = math.max(widest, lettering.width(row_text(row, label), SIZE))
  end
  local left = math.min(widest, picture.width * 0.4) + 8
  local columns = pick(figures, greatest(by_column, (picture.width - left) // NARROWEST))
  local width = math.min((picture.width - left) / #columns, WIDEST)
  local notes = notes_of(list, rows, figures, columns)
  local scale, has = {}, {}
  scale.least, scale.most = limits(rows, columns)
  scale.written = are_written(rows, columns, width)
  if not scale.written then
    notes[#notes + 1] = "The figures have no room to be written; pointing at one tells it."
  end
  y = draw_headings(picture, columns, left, width, y)
  for _, row in ipairs(rows) do
    picture:label{ x = 0, y = y + ROW / 2 + 4, text = row_text(row, label), size = SIZE,
      most = left - 8 }
    for c, name in ipairs(columns) do
      has.missing = has.missing or row[name] == nil
      draw_cell(picture, row[name], scale, left + (c - 1) * width, y, width)
    end
    y = y + ROW
  end
  y = frame.legend(picture, y + 8, legend_of(picture, scale, has))
  return frame.notes(picture, y, notes)
end

return M
