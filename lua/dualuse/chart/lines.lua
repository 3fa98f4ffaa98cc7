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

-- Of so many series, what is only possible is shown: more bands would cover each other.
local MOST_BANDS = 3

local SIZE = 12

-- The finest unit that an axis of each kind of bucket tells.
local FINEST = { day = "day", week = "day", month = "month", quarter = "month", year = "year",
  decade = "year" }

-- How the line of each series is dashed, beside its colour and the shape of its points.
local DASHES = { nil, "7 3", "2 3", "10 3 2 3", "4 4", "12 3 2 3 2 3" }

local function raise(message, ...)
  core.raise{ code = "misuse", message = message:format(...) }
end

-- --------------------------------------------------------------------------------------- Series

-- No text is a bucket of two of these. A decade is not told from its first year.
local KINDS = { "year", "quarter", "month", "week", "day" }

--- The kind of bucket that all values of a column are, whatever its name; nil where they are none.
local function kind_of_values(list, name)
  for _, kind in ipairs(KINDS) do
    local bucket, any, all = period.bucket(kind), false, true
    for _, row in ipairs(list) do
      if row[name] ~= nil then
        any, all = true, all and bucket.number(row[name]) ~= nil
      end
    end
    if any and all then
      return kind
    end
  end
  return nil
end

--- The column of buckets of time: the one asked for, or the first key that is one. Its name tells
-- which, or if it was asked for, what is in it.
local function time_column(list, asked)
  local names = asked and { asked } or list.keys or {}
  for _, name in ipairs(names) do
    local kind = name:match("[^.]*$")
    local bucket = period.bucket(kind)
    if bucket then
      return name, bucket, FINEST[kind]
    end
  end
  local kind = asked and kind_of_values(list, asked)
  if kind then
    return asked, period.bucket(kind), FINEST[kind]
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

--- Reads the points of each series, in order of time.
-- @treturn table `series`; `bucket`, and the `finest` unit to tell of it; `value`, the column; and
--   how many rows are `without` a bucket
local function read(list, options)
  local time, bucket, finest = time_column(list, options.x)
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
  return { series = series, bucket = bucket, finest = finest, value = value, without = without }
end

--- Is a point of nothing that certainly was, and of something that may have been?
local function only_possible(point)
  return point.value == 0 and (point.possible or 0) > 0
end

--- Leaves out the buckets before the first and after the last in which something certainly was:
-- what may have been in any month of a century would have the rest in a corner.
-- @treturn integer how many points are left out; 0 where nothing certainly was
local function trim(series)
  local first, last
  for _, points in ipairs(series) do
    for _, point in ipairs(points) do
      if not only_possible(point) then
        first = math.min(first or point.number, point.number)
        last = math.max(last or point.number, point.number)
      end
    end
  end
  local count = 0
  for i = first and #series or 0, 1, -1 do
    local kept = { name = series[i].name, total = series[i].total }
    for _, point in ipairs(series[i]) do
      if point.number >= first and point.number <= last then
        kept[#kept + 1] = point
      else
        count = count + 1
      end
    end
    series[i] = kept
    if #kept == 0 then table.remove(series, i) end
  end
  return count
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

--- Is something only possible, beside what certainly was?
local function any_possible(series)
  for _, points in ipairs(series) do
    for _, point in ipairs(points) do
      if (point.possible or 0) > 0 then return true end
    end
  end
  return false
end

-- -------------------------------------------------------------------------------------- Drawing

--- The points of a series in runs without a gap, and where there is an axis, of one scale.
local function runs_of(points, axis)
  local runs = {}
  for i, point in ipairs(points) do
    local before = points[i - 1]
    if not before or point.number ~= before.number + 1
        or axis and not axis:together(before.day, point.day) then
      runs[#runs + 1] = {}
    end
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

--- What is possible above each point of a run, pale: a band, or above one point a bar.
local function draw_possible(picture, run, x, axis, colour)
  local commands = { "M" }
  if #run == 1 then
    local top = axis:at(run[1].value + (run[1].possible or 0))
    picture:add("rect", { x = x(run[1]) - 4, y = top, width = 8,
      height = axis:at(run[1].value) - top, fill = colour, ["fill-opacity"] = 0.2 })
    return
  end
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

-- Points are marked where they stand so far apart.
local POINTS_APART = 14

--- Draws a series.
-- @treturn boolean whether its points are marked
local function draw_series(picture, points, x, axis, look, time)
  local any = false
  for _, run in ipairs(runs_of(points, time)) do
    local commands = {}
    for i, point in ipairs(run) do
      table.move({ i == 1 and "M" or "L", x(point), axis:at(point.value) }, 1, 3, #commands + 1,
        commands)
    end
    if look.possible then draw_possible(picture, run, x, axis, look.colour) end
    if #run > 1 then
      picture:add("path", { d = picture.path(commands), fill = "none", stroke = look.colour,
        ["stroke-width"] = 2, ["stroke-dasharray"] = look.dash, ["stroke-linejoin"] = "round" })
    end
    local pointed = #run == 1 or (x(run[#run]) - x(run[1])) / (#run - 1) >= POINTS_APART
    any = any or pointed
    if pointed then
      for _, point in ipairs(run) do
        marks.point(picture, x(point), axis:at(point.value), look.shape, look.colour)
      end
    end
  end
  return any
end

local function look_of(i, has_possible)
  return { colour = colours.series[i], dash = DASHES[i], shape = i, possible = has_possible }
end

--- A piece of a series' line, by which to know it, with a point if it has points.
local function draw_sample(picture, x, y, width, look, pointed)
  picture:add("path", { d = picture.path{ "M", x, y, "H", x + width }, stroke = look.colour,
    fill = "none", ["stroke-width"] = 2, ["stroke-dasharray"] = look.dash })
  if pointed then marks.point(picture, x + width / 2, y, look.shape, look.colour) end
end

local function legend_of(picture, series, banded)
  local list = {}
  for i, points in ipairs(series) do
    local look = look_of(i)
    list[#list + 1] = { text = points.name, draw = function(x, y, width, height)
      draw_sample(picture, x, y + height / 2, width, look, points.pointed)
    end }
  end
  if banded then
    list[#list + 1] = { text = "possibly as many more", draw = function(x, y, width, height)
      picture:add("rect", { x = x, y = y, width = width, height = height, fill = "blue",
        ["fill-opacity"] = 0.2 })
    end }
  end
  return list
end

-- How much room there is at the end of a line before its name: a stroke that leads to it, and a
-- sample of the line, by which the name is known where lines run into each other.
local LEAD, SAMPLE = 8, 22

--- Writes the names of the series at the ends of their lines; false where one does not fit.
local function name_ends(picture, series, x, axis, left, top, bottom)
  local list = {}
  for i, points in ipairs(series) do
    local last = points[#points]
    list[i] = { at = axis:at(last.value), height = 16, name = points.name, x = x(last),
      pointed = points.pointed }
  end
  if not labels.spread(list, top, bottom) then
    return false
  end
  for i, label in ipairs(list) do
    local text = left + LEAD + SAMPLE + 5
    picture:add("path", {
      d = picture.path{ "M", label.x + 6, label.at, "L", left + LEAD, label.placed },
      stroke = "rule", fill = "none", ["stroke-width"] = 1 })
    draw_sample(picture, left + LEAD, label.placed, SAMPLE, look_of(i), label.pointed)
    picture:label{ x = text, y = label.placed + 4, text = label.name, size = SIZE,
      most = picture.width - text }
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

--- The bounds of all figures, and of the buckets; and the days where there is something.
local function extent(series, bucket)
  local first, last, least, most, whole = nil, nil, math.huge, -math.huge, true
  local days = {}
  for _, points in ipairs(series) do
    first = math.min(first or points[1].number, points[1].number)
    last = math.max(last or points[#points].number, points[#points].number)
    for _, point in ipairs(points) do
      least = math.min(least, point.value)
      most = math.max(most, point.value + (point.possible or 0))
      whole = whole and math.type(point.value) == "integer"
      if point.value ~= 0 then days[#days + 1] = point.day end
    end
  end
  return { first = bucket.first(first), last = bucket.first(last + 1) - 1, least = least,
    most = most, whole = whole, buckets = last - first + 1, days = days }
end

local DENSE = "There is more than fits: each stroke goes from the least to the greatest of what "
  .. "shares its place."

--- What the picture does not show, and how it shows the rest.
local function notes_of(list, series, axis, count)
  local notes = {}
  for _, points in ipairs(series) do
    if #runs_of(points) > 1 then
      notes[1] = "Where a line breaks, nothing is on record."
    end
  end
  if axis.broken then notes[#notes + 1] = "The scale changes at the zigzag lines." end
  if count.without > 0 then
    notes[#notes + 1] = ("%d %s no one bucket of time: not shown."):format(count.without,
      count.without == 1 and "row has" or "rows have")
  end
  if count.trimmed > 0 then
    notes[#notes + 1] = ("%d %s of what is only possible, before or after all that certainly was: "
      .. "not shown."):format(count.trimmed, count.trimmed == 1 and "row tells" or "rows tell")
  end
  if count.unshown then
    notes[#notes + 1] = "What is only possible, beside what certainly was, is not shown."
  end
  if count.left_out > 0 then
    notes[#notes + 1] = ("%d more series, those with the least, are not shown."):format(
      count.left_out)
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
  local found = read(list, options)
  local bucket, all = found.bucket, found.series
  picture.description = picture.description or describe(all, bucket, found.value)
  local trimmed = trim(all)
  local series, left_out = greatest(all)
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
    ends = math.min(ends, picture.width * 0.3) + LEAD + SAMPLE + 5
  end
  local axis = TimeAxis.new{ first = of.first, last = of.last, left = left + 6,
    right = picture.width - ends - 8, points = of.days, fixed = true, finest = found.finest }
  values:draw_beside(picture, left, axis.right)
  axis:draw(picture, top, bottom)
  local function x(point)
    return (axis:x(point.day) + axis:x(bucket.first(point.number + 1))) / 2
  end
  local dense = of.buckets > axis.right - axis.left
  local possible = any_possible(series)
  local banded = possible and not dense and #series <= MOST_BANDS
  for i, points in ipairs(series) do
    if dense then
      draw_dense(picture, points, x, values, look_of(i))
    else
      points.pointed = draw_series(picture, points, x, values, look_of(i, banded), axis)
    end
  end
  local named = ends > 0
    and name_ends(picture, series, x, values, axis.right, top, bottom)
  y = frame.legend(picture, bottom + TimeAxis.HEIGHT + 4,
    legend_of(picture, #series > 1 and not named and series or {}, banded))
  local notes = notes_of(list, series, axis, { without = found.without, trimmed = trimmed,
    left_out = left_out, unshown = possible and not banded })
  if dense then table.insert(notes, 1, DENSE) end
  return frame.notes(picture, y, notes)
end

return M
