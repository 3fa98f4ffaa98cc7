--- Licence requirements over time: a row for each way and item, a bar for each period.
-- @module dualuse.chart.licences

local core = require "dualuse.core"
local frame = require "dualuse.chart.frame"
local lettering = require "dualuse.chart.lettering"
local period = require "dualuse.period"
local TimeAxis = require "dualuse.chart.time_axis"

local M = {}

local MOST_ROWS, BAR, SIZE = 60, 20, 11

-- A way and its items are told whole, if in so many lines.
local LINES = 4

-- How each requirement is called, and drawn: colour, pattern, how solid the colour is below it, and
-- the colour of words upon it, where that is not ink.
local KINDS = {
  none = { "no licence", "green", nil, 0 },
  general = { "general licence", "green", "dots", 0 },
  bulk = { "bulk licence", "blue", "hatch", 0 },
  individual = { "individual licence", "blue", nil, 1, "paper" },
  prohibited = { "prohibited", "ink", "cross", 0.25 },
  unknown = { "nothing on record", "soft", nil, 0 },
}
local ORDER = { "none", "general", "bulk", "individual", "prohibited", "unknown" }
local OPEN = { "not certain", "soft", "back", 0 }

local function kind_of(row)
  return row.certain and KINDS[row.requirement] or OPEN
end

local function draw_box(picture, kind, x, y, width, height)
  local box = { x = x, y = y, width = width, height = height, stroke = kind[2],
    ["stroke-width"] = 1.5, fill = kind[2], ["fill-opacity"] = kind[4] }
  if kind == OPEN or kind == KINDS.unknown then box["stroke-dasharray"] = "4 3" end
  picture:add("rect", box)
  if kind[3] then
    picture:add("rect", { x = x, y = y, width = width, height = height,
      fill = picture:pattern(kind[3], kind[2]), ["fill-opacity"] = 0.7 })
  end
end

--- Writes what a bar is called upon it, if that has room: on a pattern, on paper of its own.
local function draw_name(picture, kind, left, right, row)
  local width = lettering.width(kind[1], SIZE)
  if width + 16 > right - left then
    return
  end
  local middle = (left + right) / 2
  if kind[3] then
    picture:add("rect", { x = middle - width / 2 - 4, y = row.middle - 7, width = width + 8,
      height = 14, fill = "paper" })
  end
  picture:label{ x = middle, y = row.middle + 4, text = kind[1], size = SIZE, anchor = "middle",
    fill = kind[5] }
end

-- ---------------------------------------------------------------------------------------- Days

local function day_of(text)
  if text == ".." then
    return nil
  end
  return period.from_number((core.edtf.bounds(text)))
end

--- The days on which something changes.
local function changes(lanes)
  local days = {}
  for _, lane in ipairs(lanes) do
    for _, row in ipairs(lane.periods) do
      days[#days + 1] = day_of(row.from)
      local last = day_of(row.to)
      days[#days + 1] = last and last + 1
    end
  end
  return days
end

--- The axis: what changes, with time enough around it to tell what was before and what comes after.
local function extent(days, during)
  local first, last = math.huge, -math.huge
  for _, day in ipairs(days) do first, last = math.min(first, day), math.max(last, day) end
  local around = math.max(60, (last - first) // 3)
  first, last = first - around, last + around
  if during then
    local from, to = core.edtf.bounds(during)
    first = from and period.from_number(from) or first
    last = to and period.from_number(to) or last
  end
  return math.max(math.min(first, last), period.day(0, 1, 1)),
    math.min(math.max(first, last), period.day(9999, 12, 31))
end

-- --------------------------------------------------------------------------------------- Lanes

--- The rows to draw. Rows of one answer, without lanes, are a lane.
local function read(list)
  if list[1] and list[1].requirement then
    return { { label = list.title or "", periods = list } }
  end
  local lanes = {}
  for i, lane in ipairs(list) do
    if type(lane.periods) ~= "table" then
      core.raise{ code = "misuse", message = ("argument 1: expected rows of periods, or "
        .. "lanes with label and periods; number %d has no periods"):format(i) }
    end
    lanes[i] = { label = lane.label or "", periods = lane.periods }
  end
  return lanes
end

local function draw_lane(picture, axis, lane, row)
  for _, of_time in ipairs(lane.periods) do
    local first, last = day_of(of_time.from), day_of(of_time.to)
    local left = first and axis:x(first) or axis.left
    local right = last and axis:x(last + 1) or axis.right
    if right > left then
      local kind = kind_of(of_time)
      draw_box(picture, kind, left + 0.75, row.top, math.max(right - left - 1.5, 1), BAR)
      draw_name(picture, kind, left, right, row)
    end
  end
end

local function legend_of(picture, lanes)
  local has, list = {}, {}
  for _, lane in ipairs(lanes) do
    for _, row in ipairs(lane.periods) do has[kind_of(row)] = true end
  end
  local kinds = {}
  for i, name in ipairs(ORDER) do kinds[i] = KINDS[name] end
  kinds[#kinds + 1] = OPEN
  for _, kind in ipairs(kinds) do
    if has[kind] then
      list[#list + 1] = { text = kind[1], draw = function(x, y, width, height)
        draw_box(picture, kind, x + 1, y, width - 2, height)
      end }
    end
  end
  return list
end

local function span_text(row)
  if row.from == ".." then
    return row.to == ".." and "at any time" or "until " .. row.to
  end
  return row.to == ".." and "from " .. row.from .. " on" or ("%s to %s"):format(row.from, row.to)
end

local function describe(lanes)
  local parts = {}
  for i = 1, math.min(#lanes, 20) do
    local told = {}
    for k, row in ipairs(lanes[i].periods) do
      told[k] = ("%s %s"):format(span_text(row), kind_of(row)[1])
    end
    parts[i] = ("%s: %s"):format(lanes[i].label, table.concat(told, ", "))
  end
  if #lanes > 20 then parts[#parts + 1] = ("and %d more"):format(#lanes - 20) end
  return #parts > 0 and table.concat(parts, "; ") .. "." or "Nothing is on record."
end

--- Draws licence requirements.
-- @tparam table picture
-- @tparam {table,...} list each with `label`, and `periods`, rows of `dualuse.licence.periods`; or
--   such rows
-- @tparam table options `during`, an EDTF date; `headed`
-- @treturn number the height
function M.draw(picture, list, options)
  local all, lanes, notes = read(list), {}, {}
  table.move(all, 1, math.min(#all, MOST_ROWS), 1, lanes)
  if #all > MOST_ROWS then
    notes[1] = ("%d more rows are not shown."):format(#all - MOST_ROWS)
  end
  picture.description = picture.description or describe(all)
  local y = frame.heading(picture, options.headed)
  local labels = {}
  for i, lane in ipairs(lanes) do labels[i] = { text = lane.label, lines = LINES } end
  if #lanes == 0 then
    return frame.notes(picture, y, { "Nothing is on record." })
  end
  local days = changes(lanes)
  if #days == 0 then days = { period.day(2000, 1, 1) } end
  local rows = frame.rows(picture, labels, y, BAR)
  local first, last = extent(days, options.during)
  local axis = TimeAxis.new{ first = first, last = last, left = rows.left, right = rows.right,
    points = days, fixed = true }
  axis:draw(picture, y, rows.bottom)
  for i, lane in ipairs(lanes) do draw_lane(picture, axis, lane, rows[i]) end
  if axis.broken then notes[#notes + 1] = "The scale changes at the zigzag lines." end
  y = frame.legend(picture, rows.bottom + TimeAxis.HEIGHT + 4, legend_of(picture, lanes))
  return frame.notes(picture, y, notes)
end

return M
