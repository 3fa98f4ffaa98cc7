--- A timeline that shows how exactly each date is known.
-- @module dualuse.chart.timeline

local colours = require "dualuse.chart.colours"
local core = require "dualuse.core"
local frame = require "dualuse.chart.frame"
local marks = require "dualuse.chart.marks"
local precision = require "dualuse.precision"
local spans = require "dualuse.chart.span"
local TimeAxis = require "dualuse.chart.time_axis"

local M = {}

-- As many have a row each; more are counted.
local MOST_ROWS = 60
local BAR = 12

-- ------------------------------------------------------------------------------------- Entries

--- What a row is called in a picture.
local function text_of(row)
  return row.label or row.title or row.what or row.key or ("%s %s"):format(row.kind or "row",
    row.id or "")
end

local function singular(kind)
  for _, known in ipairs(core.describe()) do
    if known.kind == kind then return core.describe(kind).singular end
  end
  return kind
end

--- How many a row stands for.
local function count_of(row, i)
  local count = row.count == nil and 1 or row.count
  if math.type(count) ~= "integer" or count < 0 then
    core.raise{ code = "misuse", message = (
      "argument 1: expected integers of 0 or more in column \"count\", got %s in row %d"):format(
      type(count) == "number" and count or "a " .. type(count), i) }
  end
  return count
end

--- The rows that have a date in the time asked for; how many have none, and how many another.
local function read(list, during)
  local entries, undated, outside, known = {}, 0, 0, {}
  for i, row in ipairs(list) do
    local count = count_of(row, i)
    if row.date and during and not core.edtf.overlaps(row.date, during) then
      outside = outside + count
    elseif row.date then
      known[row.date] = known[row.date] or spans.of(row.date)
      entries[#entries + 1] = { text = text_of(row), date = row.date, kind = row.kind or "events",
        count = count, span = known[row.date] }
    else
      undated = undated + count
    end
  end
  return entries, undated, outside
end

-- The kinds of a chronology look the same in every picture.
local USUAL = { "events", "stages", "disclosures", "cases", "claims" }

--- The kinds that there are, in the order in which they come, each with its colour and shape.
local function kinds_of(entries)
  local numbers, kinds, count = {}, {}, #USUAL
  for i, kind in ipairs(USUAL) do numbers[kind] = i end
  for _, entry in ipairs(entries) do
    if not kinds[entry.kind] then
      if not numbers[entry.kind] then
        count = count + 1
        numbers[entry.kind] = count
      end
      local number = numbers[entry.kind]
      kinds[#kinds + 1] = entry.kind
      kinds[entry.kind] = { shape = number,
        colour = colours.series[(number - 1) % #colours.series + 1] }
    end
  end
  return kinds
end

-- --------------------------------------------------------------------------------------- Rows

local function draw_rows(picture, entries, kinds, axis, rows)
  for i, entry in ipairs(entries) do
    local kind = kinds[entry.kind]
    marks.span(picture, axis, entry.span, { middle = rows[i].middle, height = BAR,
      colour = kind.colour, shape = kind.shape })
  end
end

--- Which marks there are among the pieces.
local function marks_in(entries, axis)
  local has = {}
  for _, entry in ipairs(entries) do
    has.doubtful = has.doubtful or entry.span.doubtful
    for _, piece in ipairs(entry.span.pieces) do
      local open = not piece.first or not piece.last
      has.on = has.on or piece.goes_on or piece.first and piece.first < axis.first
        or piece.last and piece.last > axis.last
      has.possible = has.possible or not piece.sure and not open
      has.open = has.open or open and not piece.goes_on
      has.through = has.through or piece.sure and not piece.day
    end
  end
  return has
end

local function bar_swatch(picture, more)
  return function(x, y, width, height)
    local bar = { left = x, right = x + width, middle = y + height / 2, height = height - 2,
      colour = "soft", from = x, to = x + width }
    for name, value in pairs(more) do bar[name] = value end
    marks.bar(picture, bar)
  end
end

local function legend_of(picture, entries, kinds, axis)
  local list = {}
  local order = table.move(kinds, 1, #kinds, 1, {})
  table.sort(order, function(a, b) return kinds[a].shape < kinds[b].shape end)
  for _, name in ipairs(order) do
    local kind = kinds[name]
    list[#list + 1] = { text = singular(name), draw = function(x, y, width, height)
      marks.point(picture, x + width / 2, y + height / 2, kind.shape, kind.colour)
    end }
  end
  local has = marks_in(entries, axis)
  if has.through then
    list[#list + 1] = { text = "all the time", draw = bar_swatch(picture, { sure = true }) }
  end
  if has.possible then
    list[#list + 1] = { text = "at some time in it", draw = bar_swatch(picture, {}) }
  end
  if has.open then
    list[#list + 1] = { text = "how far is not known",
      draw = bar_swatch(picture, { open_left = true }) }
  end
  if has.on then
    list[#list + 1] = { text = "goes on",
      draw = bar_swatch(picture, { sure = true, on_right = true }) }
  end
  if has.doubtful then
    list[#list + 1] = { text = "perhaps, or about then",
      draw = bar_swatch(picture, { doubtful = true }) }
  end
  return list
end

-- -------------------------------------------------------------------------------------- Counts

--- The edges of columns of equal width along the axis, at most so many, each of whole days.
local function columns_of(axis, most)
  local list = {}
  for _, stretch in ipairs(axis.stretches) do
    local days = stretch.last - stretch.first + 1
    local share = (stretch.right - stretch.left) / (axis.right - axis.left)
    local step = math.max(1, math.ceil(days / math.max(1, math.floor(most * share))))
    for first = stretch.first, stretch.last, step do
      list[#list + 1] = { first = first, last = math.min(first + step - 1, stretch.last),
        sure = 0, possible = 0 }
    end
  end
  return list
end

--- The column that a day lies in: of those before or after the axis, the first or last.
local function column_at(columns, day)
  local low, high = 1, #columns
  while low < high do
    local middle = (low + high) // 2
    if columns[middle].last < day then low = middle + 1 else high = middle end
  end
  return low
end

--- Counts the entries of a kind: sure where they fit one column, possible in each that they may be
-- in. Differences are summed, so that long ones cost no more than short ones.
local function count_in(columns, entries, kind)
  local change, places = {}, {}
  local function place_of(day)
    places[day] = places[day] or column_at(columns, day)
    return places[day]
  end
  for _, entry in ipairs(entries) do
    local pieces = entry.span.pieces
    local first, last = pieces[1].first, pieces[#pieces].last
    if entry.kind ~= kind or first and first > columns[#columns].last
        or last and last < columns[1].first then
      goto continue
    end
    local from = first and place_of(first) or 1
    local to = last and place_of(last) or #columns
    if from == to and first and last and not entry.span.doubtful then
      columns[from].sure = columns[from].sure + entry.count
    else
      change[from] = (change[from] or 0) + entry.count
      change[to + 1] = (change[to + 1] or 0) - entry.count
    end
    ::continue::
  end
  local possible = 0
  for i, column in ipairs(columns) do
    possible = possible + (change[i] or 0)
    column.possible = possible
  end
  return columns
end

-- How high the columns of a kind are, where there are up to so many kinds.
local LANES = { { kinds = 1, height = 120 }, { kinds = 2, height = 84 },
  { kinds = math.huge, height = 56 } }

local function lane_height(kinds)
  for _, lane in ipairs(LANES) do
    if #kinds <= lane.kinds then return lane.height end
  end
end

--- Columns of a kind: what is sure is solid, what may have been then stands on it, pale.
local function draw_lane(picture, axis, columns, colour, row, height)
  local most = 1
  for _, column in ipairs(columns) do most = math.max(most, column.sure + column.possible) end
  local bottom = row.top + height
  for _, column in ipairs(columns) do
    local left, right = axis:x(column.first), axis:x(column.last + 1)
    local width = math.max(right - left - (right - left > 4 and 1 or 0), 0.75)
    local sure, possible = height * column.sure / most, height * column.possible / most
    if sure > 0 then
      picture:add("rect", { x = left, y = bottom - sure, width = width, height = sure,
        fill = colour })
    end
    if possible > 0 then
      picture:add("rect", { x = left, y = bottom - sure - possible, width = width,
        height = possible, fill = colour, ["fill-opacity"] = 0.3 })
    end
  end
  return most
end

local function draw_lanes(picture, entries, kinds, axis, rows)
  local most = picture.width >= frame.WIDE and 140 or 80
  local days, tops = 1, {}
  for i, kind in ipairs(kinds) do
    local columns = count_in(columns_of(axis, most), entries, kind)
    days = columns[1].last - columns[1].first + 1
    local greatest = draw_lane(picture, axis, columns, kinds[kind].colour, rows[i],
      lane_height(kinds))
    tops[i] = ("%d %s"):format(greatest, kind)
  end
  return days, tops
end

local function lanes_note(axis, days, tops)
  return ("Each column is %s%s; the highest: %s. What may have been in a column is pale.")
    :format(days == 1 and "a day" or days .. " days", axis.broken and " or more" or "",
      table.concat(tops, ", "))
end

-- --------------------------------------------------------------------------------------- In all

--- What the picture shows, for those who cannot see it.
local function describe(entries, undated)
  local parts = {}
  for i = 1, math.min(#entries, 20) do
    parts[i] = ("%s: %s"):format(precision.words(entries[i].date), entries[i].text)
  end
  local more = 0
  for i = 21, #entries do more = more + entries[i].count end
  if more > 0 then parts[#parts + 1] = ("and %d more"):format(more) end
  if undated > 0 then parts[#parts + 1] = ("%d without a date"):format(undated) end
  return #parts > 0 and table.concat(parts, "; ") .. "." or "Nothing is on record."
end

--- The last day that is drawn, where it is not the axis that ends there.
local function notes_of(axis, undated, outside, entries)
  local notes = {}
  if outside > 0 then
    notes[1] = outside == 1 and "1 outside this time is not shown."
      or ("%d outside this time are not shown."):format(outside)
  end
  if undated > 0 then
    notes[#notes + 1] = undated == 1 and "1 without a date is not shown."
      or ("%d without a date are not shown."):format(undated)
  end
  if axis and axis.broken then
    notes[#notes + 1] = "The scale changes at the zigzag lines."
  end
  if not axis then
    notes[#notes + 1] = #entries == 0 and "Nothing is on record."
      or "No date has a first or a last day to be shown."
  end
  return notes
end

local function rows_of(entries, kinds, many)
  local list = {}
  for i, element in ipairs(many and kinds or entries) do
    list[i] = { text = many and element or element.text }
  end
  return list
end

--- Draws a timeline.
-- @tparam table picture
-- @tparam {table,...} list rows with `date` (EDTF), and `label`, `title` or `what`, `kind`, and
--   `count`, how many it stands for
-- @tparam table options `during`, an EDTF date; `headed`
-- @treturn number the height
function M.draw(picture, list, options)
  local entries, undated, outside = read(list, options.during)
  local kinds, many = kinds_of(entries), #entries > MOST_ROWS
  local all = {}
  for i, entry in ipairs(entries) do all[i] = entry.span end
  local days = spans.days(all)
  local first, last = spans.extent(days, options.during)
  picture.description = picture.description or describe(entries, undated)
  local y = frame.heading(picture, options.headed)
  if not first or #entries == 0 then
    return frame.notes(picture, y, notes_of(nil, undated, outside, entries))
  end
  local rows = frame.rows(picture, rows_of(entries, kinds, many), y,
    many and lane_height(kinds) or BAR)
  local axis = TimeAxis.new{ first = first, last = last, left = rows.left, right = rows.right,
    points = days, fixed = options.during ~= nil }
  axis:draw(picture, y, rows.bottom)
  local notes = notes_of(axis, undated, outside, entries)
  if many then
    table.insert(notes, 1, lanes_note(axis, draw_lanes(picture, entries, kinds, axis, rows)))
  else
    draw_rows(picture, entries, kinds, axis, rows)
  end
  y = rows.bottom + TimeAxis.HEIGHT + 4
  if not many then y = frame.legend(picture, y, legend_of(picture, entries, kinds, axis)) end
  return frame.notes(picture, y, notes)
end

return M
