--- A line for each series over time: it breaks where nothing is on record.
-- @module dualuse.chart.lines

local colours = require "dualuse.chart.colours"
local core = require "dualuse.core"
local digits = require "dualuse.digits"
local frame = require "dualuse.chart.frame"
local labels = require "dualuse.chart.labels"
local layout = require "dualuse.layout"
local lettering = require "dualuse.chart.lettering"
local marks = require "dualuse.chart.marks"
local period = require "dualuse.period"
local TimeAxis = require "dualuse.chart.time_axis"
local ValueAxis = require "dualuse.chart.value_axis"

local M = {}

local MOST_SERIES = 6
local SIZE = 12

-- How the line of each series is dashed, beside its colour and the shape of its points.
local DASHES = { nil, "7 3", "2 3", "10 3 2 3", "4 4", "1 2" }

local function raise(message, ...)
  core.raise{ code = "misuse", message = message:format(...) }
end

-- --------------------------------------------------------------------------------------- Series

--- The column of buckets of time: the one asked for, or the first key that is one.
local function time_column(list, asked)
  local names = asked and { asked } or list.keys or {}
  for _, name in ipairs(names) do
    local bucket = period.bucket(name:match("[^.]*$"))
    if bucket then
      return name, bucket
    end
  end
  raise("x: expected the name of a column of years, decades, quarters, months, weeks or days, "
    .. "got %s", asked and core.shown(asked) or "rows without such a key")
end

local function value_column(list, asked)
  local name = asked or list.measures and list.measures[1]
  if not name then raise("y: expected the name of a column of figures, got nothing") end
  return name
end

--- The columns that tell series apart.
local function series_columns(list, asked, time)
  if asked then
    return { asked }
  end
  local names = {}
  for _, name in ipairs(list.keys or {}) do
    if name ~= time then names[#names + 1] = name end
  end
  return names
end

local function series_name(row, names)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = row[name] ~= nil and layout.cell(row[name]) or "none"
  end
  return table.concat(parts, ", ")
end

--- Reads the points of each series, in order of time; and how many rows have no bucket.
local function read(list, options)
  local time, bucket = time_column(list, options.x)
  local value, names = value_column(list, options.y), series_columns(list, options.series, time)
  local series, without = {}, 0
  for i, row in ipairs(list) do
    local number = not row.undated and not row.unbounded and row[time] ~= nil
      and bucket.number(row[time])
    local figure = row[value]
    if figure ~= nil and type(figure) ~= "number" then
      raise("argument 1: expected numbers in column %s, got a %s in row %d", core.shown(value),
        type(figure), i)
    elseif not number then
      without = without + 1
    elseif figure and figure == figure then
      local name = series_name(row, names)
      if not series[name] then
        series[name] = { name = name, total = 0 }
        series[#series + 1] = series[name]
      end
      table.insert(series[name], { number = number, value = figure, day = bucket.first(number),
        possible = value == "count" and row.possible or nil })
      series[name].total = series[name].total + math.abs(figure)
    end
  end
  for _, points in ipairs(series) do
    table.sort(points, function(a, b) return a.number < b.number end)
  end
  return series, bucket, without, value
end

--- The series with the greatest totals, in their order; and how many are left out.
local function greatest(series)
  local order = table.move(series, 1, #series, 1, {})
  for i, points in ipairs(order) do points.place = i end
  table.sort(order, function(a, b)
    if a.total ~= b.total then return a.total > b.total end
    return a.place < b.place
  end)
  local kept = table.move(order, 1, math.min(MOST_SERIES, #order), 1, {})
  table.sort(kept, function(a, b) return a.place < b.place end)
  return kept, #series - #kept
end

-- -------------------------------------------------------------------------------------- Drawing

--- The points of a series in runs without a gap.
local function runs_of(points)
  local runs = {}
  for i, point in ipairs(points) do
    if i == 1 or point.number ~= points[i - 1].number + 1 then runs[#runs + 1] = {} end
    table.insert(runs[#runs], point)
  end
  return runs
end

--- For each pixel of the width in which there are points, a stroke from the least to the greatest
-- of them: where there are more buckets than pixels, no line between them could be followed.
local function draw_dense(picture, points, x, axis, look)
  local columns, order = {}, {}
  for _, point in ipairs(points) do
    local at = math.floor(x(point))
    local column = columns[at]
    if not column then
      column = { at = at, least = point.value, most = point.value }
      columns[at], order[#order + 1] = column, column
    end
    column.least = math.min(column.least, point.value)
    column.most = math.max(column.most, point.value)
  end
  local commands = {}
  for _, column in ipairs(order) do
    local from, to = axis:at(column.least), axis:at(column.most)
    table.move({ "M", column.at + 0.5, from + 0.5, "V", math.min(to, from - 1) }, 1, 5,
      #commands + 1, commands)
  end
  picture:add("path", { d = picture.path(commands), fill = "none", stroke = look.colour,
    ["stroke-width"] = 1, ["stroke-opacity"] = 0.7 })
end

local function draw_possible(picture, run, x, axis, colour)
  local commands = { "M" }
  for i, point in ipairs(run) do
    table.move({ i > 1 and "L" or "", x(point), axis:at(point.value) }, 1, 3, #commands + 1,
      commands)
  end
  for i = #run, 1, -1 do
    table.move({ "L", x(run[i]), axis:at(run[i].value + (run[i].possible or 0)) }, 1, 3,
      #commands + 1, commands)
  end
  commands[#commands + 1] = "z"
  picture:add("path", { d = picture.path(commands), fill = colour, ["fill-opacity"] = 0.2 })
end

local function draw_series(picture, points, x, axis, look, pointed)
  for _, run in ipairs(runs_of(points)) do
    local commands = {}
    for i, point in ipairs(run) do
      table.move({ i == 1 and "M" or "L", x(point), axis:at(point.value) }, 1, 3, #commands + 1,
        commands)
    end
    if look.possible and #run > 1 then draw_possible(picture, run, x, axis, look.colour) end
    if #run > 1 then
      picture:add("path", { d = picture.path(commands), fill = "none", stroke = look.colour,
        ["stroke-width"] = 2, ["stroke-dasharray"] = look.dash, ["stroke-linejoin"] = "round" })
    end
    if pointed or #run == 1 then
      for _, point in ipairs(run) do
        marks.point(picture, x(point), axis:at(point.value), look.shape, look.colour)
      end
    end
  end
end

local function look_of(i, has_possible)
  return { colour = colours.series[i], dash = DASHES[i], shape = i, possible = has_possible }
end

local function legend_of(picture, series, has_possible)
  local list = {}
  for i, points in ipairs(series) do
    local look = look_of(i)
    list[#list + 1] = { text = points.name, draw = function(x, y, width, height)
      picture:add("path", { d = picture.path{ "M", x, y + height / 2, "H", x + width },
        stroke = look.colour, fill = "none", ["stroke-width"] = 2,
        ["stroke-dasharray"] = look.dash })
      marks.point(picture, x + width / 2, y + height / 2, look.shape, look.colour)
    end }
  end
  if has_possible then
    list[#list + 1] = { text = "possibly as many more", draw = function(x, y, width, height)
      picture:add("rect", { x = x, y = y, width = width, height = height, fill = "blue",
        ["fill-opacity"] = 0.2 })
    end }
  end
  return list
end

--- Writes the names of the series at the ends of their lines; false where one does not fit.
local function name_ends(picture, series, x, axis, left, top, bottom)
  local list = {}
  for i, points in ipairs(series) do
    local last = points[#points]
    list[i] = { at = axis:at(last.value), height = 15, name = points.name, x = x(last),
      colour = colours.series[i] }
  end
  if not labels.spread(list, top, bottom) then
    return false
  end
  for _, label in ipairs(list) do
    picture:add("path", {
      d = picture.path{ "M", label.x + 6, label.at, "L", left + 8, label.placed },
      stroke = "rule", fill = "none", ["stroke-width"] = 1 })
    picture:label{ x = left + 12, y = label.placed + 4, text = label.name, size = SIZE,
      most = picture.width - left - 12 }
  end
  return true
end

local function describe(series, bucket, value)
  local parts = {}
  for i = 1, math.min(#series, 12) do
    local points = series[i]
    local least, most = points[1], points[1]
    for _, point in ipairs(points) do
      if point.value < least.value then least = point end
      if point.value > most.value then most = point end
    end
    parts[i] = ("%s%s to %s, from %s in %s to %s in %s"):format(
      points.name ~= "" and points.name .. ": " or "", bucket.value(points[1].number),
      bucket.value(points[#points].number), digits.text(least.value),
      bucket.value(least.number), digits.text(most.value), bucket.value(most.number))
  end
  return #parts > 0 and ("%s. %s."):format(value, table.concat(parts, "; "))
    or "Nothing is on record."
end

--- The bounds of all figures, and of the buckets.
local function extent(series, bucket)
  local first, last, least, most, whole = nil, nil, math.huge, -math.huge, true
  for _, points in ipairs(series) do
    first = math.min(first or points[1].number, points[1].number)
    last = math.max(last or points[#points].number, points[#points].number)
    for _, point in ipairs(points) do
      least = math.min(least, point.value)
      most = math.max(most, point.value + (point.possible or 0))
      whole = whole and math.type(point.value) == "integer"
    end
  end
  return { first = bucket.first(first), last = bucket.first(last + 1) - 1, least = least,
    most = most, whole = whole, buckets = last - first + 1 }
end

local DENSE = "There is more than fits: each stroke goes from the least to the greatest of what "
  .. "shares its place."

local function notes_of(list, series, without, left_out)
  local notes = {}
  for _, points in ipairs(series) do
    if #runs_of(points) > 1 then
      notes[1] = "Where a line breaks, nothing is on record."
    end
  end
  if without > 0 then
    notes[#notes + 1] = ("%d %s no one bucket of time: not shown."):format(without,
      without == 1 and "row has" or "rows have")
  end
  if left_out > 0 then
    notes[#notes + 1] = ("%d more series, those with the least, are not shown."):format(left_out)
  end
  if list.unit then notes[#notes + 1] = ("Unit: %s."):format(list.unit) end
  return notes
end

--- Draws lines.
-- @tparam table picture
-- @tparam {table,...} list rows with a column of buckets of time
-- @tparam table options `x`, that column; `y`, the column of figures; `series`, the column that
--   tells lines apart; `headed`
-- @treturn number the height
function M.draw(picture, list, options)
  local all, bucket, without, value = read(list, options)
  local series, left_out = greatest(all)
  picture.description = picture.description or describe(all, bucket, value)
  local y = frame.heading(picture, options.headed)
  if #series == 0 then
    return frame.notes(picture, y, { "Nothing is on record." })
  end
  local of = extent(series, bucket)
  local top, bottom = y + 8, y + 8 + math.min(240, math.max(140, picture.width // 3))
  local values = ValueAxis.new{ least = of.least, most = of.most, from = bottom, to = top,
    apart = 34, whole = of.whole, zero = of.whole or of.least < of.most / 2 }
  local left, ends = values:width() + 8, 0
  if #series > 1 and picture.width >= frame.WIDE then
    for _, points in ipairs(series) do
      ends = math.max(ends, lettering.width(points.name, SIZE))
    end
    ends = math.min(ends, picture.width * 0.3) + 14
  end
  local axis = TimeAxis.new{ first = of.first, last = of.last, left = left + 6,
    right = picture.width - ends - 8, points = {} }
  values:draw_beside(picture, left, axis.right)
  axis:draw(picture, top, bottom)
  local function x(point)
    return (axis:x(point.day) + axis:x(bucket.first(point.number + 1))) / 2
  end
  local pointed = of.buckets <= (axis.right - axis.left) / 14
  local dense = of.buckets > axis.right - axis.left
  local has_possible = false
  for i, points in ipairs(series) do
    local possible = false
    for _, point in ipairs(points) do possible = possible or (point.possible or 0) > 0 end
    possible, has_possible = possible and #series <= 3, has_possible or possible
    if dense then
      draw_dense(picture, points, x, values, look_of(i))
    else
      draw_series(picture, points, x, values, look_of(i, possible), pointed)
    end
  end
  local named = ends > 0 and name_ends(picture, series, x, values, axis.right, top, bottom)
  y = bottom + TimeAxis.HEIGHT + 4
  local legend = {}
  if #series > 1 or has_possible then
    legend = legend_of(picture, #series > 1 and not named and series or {}, has_possible)
  end
  y = frame.legend(picture, y, legend)
  local notes = notes_of(list, series, without, left_out)
  if dense then notes[1] = DENSE end
  return frame.notes(picture, y, notes)
end

return M
