--- An axis of time: where a day stands, and the lines and labels that tell.
--
-- Where most of what there is to show lies in a small part of the time, that part gets more room:
-- the axis then has stretches, each with a scale of its own, and zigzag lines between them.
--
-- A day is an integer, as in `dualuse.period`.
-- @module dualuse.chart.time_axis

local lettering = require "dualuse.chart.lettering"
local period = require "dualuse.period"

local TimeAxis = {}
TimeAxis.__index = TimeAxis

local SIZE = 11
local GAP = 16

--- How much height the labels take below the axis.
TimeAxis.HEIGHT = 34

local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
  "Dec" }

-- ---------------------------------------------------------------------------------- Stretches

-- A stretch is told apart where half of the days to show lie in so small a part of the time.
local CROWDED = 10
local MOST_STRETCHES = 3
local CROWDED_SHARE = 0.55

--- The shortest time that has half of the points, which are in order; with some time around it.
local function crowd(points)
  local half = (#points + 1) // 2
  local first, last
  for i = 1, #points - half + 1 do
    local a, b = points[i], points[i + half - 1]
    if not first or b - a < last - first then first, last = a, b end
  end
  local around = math.max(1, (last - first) // 8)
  return first - around, last + around
end

local function between(points, first, last)
  local list = {}
  for _, point in ipairs(points) do
    if point >= first and point <= last then list[#list + 1] = point end
  end
  return list
end

--- Cuts a time in up to three, around its crowded part; nil if none is. Sides in which there is no
-- point are left out, unless they were asked for.
local function cut(points, first, last, fixed)
  if #points < 4 then
    return nil
  end
  local from, to = crowd(points)
  from, to = math.max(from, first), math.min(to, last)
  if last - first + 1 < CROWDED * (to - from + 1) then
    return nil
  end
  local parts = {}
  local function add(part_first, part_last, crowded)
    local inside = between(points, part_first, part_last)
    if part_first <= part_last and (fixed or crowded or inside[1]) then
      parts[#parts + 1] = { first = part_first, last = part_last, points = inside,
        crowded = crowded }
    end
  end
  add(first, from - 1, false)
  add(from, to, true)
  add(to + 1, last, false)
  return parts
end

--- Adds the stretches of a time, with their share of the room.
local function add_stretches(list, points, first, last, share, fixed, most)
  local parts = most > 1 and cut(points, first, last, fixed)
  if not parts or #parts > most then
    list[#list + 1] = { first = first, last = last, share = share }
    return
  end
  local others = #parts - 1
  for _, part in ipairs(parts) do
    local of_it = others == 0 and share or part.crowded and share * CROWDED_SHARE
      or share * (1 - CROWDED_SHARE) / others
    add_stretches(list, part.points, part.first, part.last, of_it, fixed,
      part.crowded and most - others or 1)
  end
end

--- Each point once, in order.
local function distinct(points)
  local copy, list = table.move(points, 1, #points, 1, {}), {}
  table.sort(copy)
  for i, point in ipairs(copy) do
    if point ~= copy[i - 1] then list[#list + 1] = point end
  end
  return list
end

--- Makes an axis.
-- @tparam table given `first` and `last`, the days that it has; `left` and `right`, where it
--   begins and ends in the picture; `points`, the days that matter, in any order; `fixed`, true to
--   keep ends without such a day; `finest`, the finest unit that is told: "day" (or that if it is
--   absent), "month" or "year"
-- @treturn table with the methods of this module; `broken` tells whether the scale changes on it
function TimeAxis.new(given)
  local list = {}
  add_stretches(list, distinct(between(given.points, given.first, given.last)), given.first,
    given.last, 1, given.fixed, MOST_STRETCHES)
  local room = given.right - given.left - GAP * (#list - 1)
  local x = given.left
  for _, stretch in ipairs(list) do
    stretch.left, stretch.right = x, x + room * stretch.share
    x = stretch.right + GAP
  end
  list[#list].right = given.right
  return setmetatable({ stretches = list, broken = #list > 1, first = list[1].first,
    last = list[#list].last, left = given.left, right = given.right,
    finest = given.finest or "day" }, TimeAxis)
end

--- Have two days the same scale, with no break between them?
-- @tparam integer a
-- @tparam integer b
-- @treturn boolean
function TimeAxis:together(a, b)
  for _, stretch in ipairs(self.stretches) do
    if a <= stretch.last or b <= stretch.last then
      return a <= stretch.last and b <= stretch.last
    end
  end
  return true
end

--- Where a day begins. What lies before the axis or after it stands at its end.
-- @tparam integer day
-- @treturn number pixels
function TimeAxis:x(day)
  for _, stretch in ipairs(self.stretches) do
    if day < stretch.first then
      return stretch.left
    elseif day <= stretch.last then
      return stretch.left + (day - stretch.first) * (stretch.right - stretch.left)
        / (stretch.last - stretch.first + 1)
    end
  end
  return self.right
end

-- -------------------------------------------------------------------------------------- Ticks

--- The first day of the next unit: of `step` days of a month, months or years.
local UNITS = {}

--- Days of a month, without those that would stand close to the first of the next.
function UNITS.day(day, step)
  local year, month, of_month = period.date(day)
  local next_one = of_month + step - (of_month - 1) % step
  if step > 1 and next_one > (step > 2 and 28 or 30) then
    return period.day(year, month + 1, 1)
  end
  return math.min(period.day(year, month, next_one), period.day(year, month + 1, 1))
end

function UNITS.month(day, step)
  local year, month = period.date(day)
  return period.day(year, month + step - (month - 1) % step, 1)
end

function UNITS.year(day, step)
  local year = period.date(day)
  return period.day(year + step - year % step, 1, 1)
end

-- How far apart labels stand at least, in pixels, from the finest to the coarsest.
local STEPS = {
  { "day", 1, 20 }, { "day", 2, 20 }, { "day", 7, 20 }, { "day", 14, 20 },
  { "month", 1, 32 }, { "month", 3, 32 }, { "month", 6, 32 },
  { "year", 1, 42 }, { "year", 2, 42 }, { "year", 5, 42 }, { "year", 10, 42 }, { "year", 20, 42 },
  { "year", 50, 42 }, { "year", 100, 42 }, { "year", 200, 42 }, { "year", 500, 42 },
  { "year", 1000, 42 }, { "year", 2000, 42 }, { "year", 5000, 42 },
}
local DAYS = { day = 1, month = 28, year = 365 }

local function step_for(stretch, finest)
  local width = (stretch.right - stretch.left) / (stretch.last - stretch.first + 1)
  for _, step in ipairs(STEPS) do
    if DAYS[step[1]] >= DAYS[finest] and width * DAYS[step[1]] * step[2] >= step[3] then
      return step
    end
  end
  return STEPS[#STEPS]
end

--- The days on which a unit begins, up to the stretch's end; its own first day if no other.
local function tick_days(stretch, step)
  local list, day = {}, UNITS[step[1]](stretch.first - 1, step[2])
  while day <= stretch.last do
    list[#list + 1] = day
    day = UNITS[step[1]](day, step[2])
  end
  return list
end

-- What a unit is called, and below it what it is part of: that in full, and in short where the one
-- before it is of the same year.
local LABELS = {}

function LABELS.day(day)
  local year, month, of_month = period.date(day)
  return tostring(of_month), ("%s %d"):format(MONTHS[month], year), month > 1 and MONTHS[month]
end

function LABELS.month(day)
  local year, month = period.date(day)
  return MONTHS[month], tostring(year)
end

function LABELS.year(day)
  return tostring((period.date(day)))
end

--- Writes a label if it overlaps none before it in its line, and does not reach beyond the end.
local function put(picture, line, text, x, y, right)
  local width = lettering.width(text, SIZE)
  if x < line.free or x + width > right then
    return false
  end
  picture:label{ x = x, y = y, text = text, size = SIZE, fill = "soft" }
  line.free = x + width + 6
  return true
end

local function draw_line(picture, x, top, bottom)
  picture:behind("path", { d = picture.path{ "M", x, top, "V", bottom }, stroke = "rule",
    ["stroke-width"] = 1, fill = "none" })
end

--- Lines and labels of one stretch. Where no unit begins in it, it tells its first day.
local function draw_stretch(self, picture, stretch, lines, top, bottom)
  local step = step_for(stretch, self.finest)
  local days, told = tick_days(stretch, step), nil
  for _, day in ipairs(days) do
    local x = self:x(day)
    local label, context, short = LABELS[step[1]](day)
    draw_line(picture, x, top, bottom + 4)
    put(picture, lines[1], label, x + 2, bottom + 14, self.right)
    if context and context ~= told then
      put(picture, lines[2], told and short or context, x + 2, bottom + 28, self.right)
      told = context
    end
  end
  if #days == 0 then
    local label, context = LABELS.day(stretch.first)
    put(picture, lines[1], label .. " " .. context, stretch.left + 2, bottom + 14, self.right)
  end
end

local function draw_break(picture, x, top, bottom)
  local commands, side = { "M", x, top }, 1
  local y = top
  while y < bottom do
    y = math.min(y + 5, bottom)
    table.move({ "L", x + 3 * side, y }, 1, 3, #commands + 1, commands)
    side = -side
  end
  picture:behind("path", { d = picture.path(commands), stroke = "rule", ["stroke-width"] = 1.5,
    fill = "none" })
end

--- Draws the lines behind what is shown, and the labels below.
-- @tparam table picture
-- @tparam number top of the lines
-- @tparam number bottom of the lines; the labels take `HEIGHT` more
function TimeAxis:draw(picture, top, bottom)
  local lines = { { free = self.left }, { free = self.left } }
  for i, stretch in ipairs(self.stretches) do
    draw_stretch(self, picture, stretch, lines, top, bottom)
    if i > 1 then draw_break(picture, stretch.left - GAP / 2, top, bottom + 4) end
  end
  picture:add("path", { d = picture.path{ "M", self.left, bottom, "H", self.right },
    stroke = "soft", ["stroke-width"] = 1, fill = "none" })
end

return TimeAxis
