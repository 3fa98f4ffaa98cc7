--- Days as integers YYYYMMDD, which compare as they follow each other, and the days that an EDTF
-- date may be.
--
-- Days lie in the years 0000 to 9999 of the Gregorian calendar. `NEVER` is before and `FOREVER`
-- after all of them: the ends of a date that has no first or no last day.
-- @module dualuse.calendar

local core = require "dualuse.core"
local period = require "dualuse.period"

local M = {}

M.NEVER = 0
M.FOREVER = 99999999

local FIRST, LAST = 101, 99991231

local function step(day, by)
  local year, month, of_month = period.date(period.from_number(day) + by)
  return year * 10000 + month * 100 + of_month
end

--- How many days lie between two.
-- @tparam integer from a day
-- @tparam integer to a day
-- @treturn ?integer 0 for the same day; nil if either is `NEVER` or `FOREVER`
function M.between(from, to)
  if from == M.NEVER or from == M.FOREVER or to == M.NEVER or to == M.FOREVER then
    return nil
  end
  return period.from_number(to) - period.from_number(from)
end

--- The day after.
-- @tparam integer day YYYYMMDD
-- @treturn integer `FOREVER` after the last one, `NEVER` after `NEVER`
function M.next(day)
  if day == M.NEVER then
    return day
  end
  return day >= LAST and M.FOREVER or step(day, 1)
end

--- The day before.
-- @tparam integer day YYYYMMDD
-- @treturn integer `NEVER` before the first one, `FOREVER` before `FOREVER`
function M.previous(day)
  if day == M.FOREVER then
    return day
  end
  return day <= FIRST and M.NEVER or step(day, -1)
end

--- A day as text.
-- @tparam integer day YYYYMMDD
-- @treturn string such as "2019-07-04"; ".." for `NEVER` and `FOREVER`
function M.text(day)
  if day <= M.NEVER or day >= M.FOREVER then
    return ".."
  end
  return ("%04d-%02d-%02d"):format(day // 10000, day // 100 % 100, day % 100)
end

local function bounds(text)
  local first, last = core.edtf.bounds(text)
  return first or M.NEVER, last or M.FOREVER
end

--- The ranges of a set's members, in order; those that touch or overlap are one.
local function members(text)
  local ranges = {}
  for member in text:sub(2, -2):gmatch("[^,]+") do
    local from, to = member:match("^(.-)%.%.(.*)$")
    if not from then
      from, to = member, member
    end
    local first = from == "" and M.NEVER or (bounds(from))
    local _, last = bounds(to == "" and from or to)
    ranges[#ranges + 1] = { first = first, last = to == "" and M.FOREVER or last }
  end
  table.sort(ranges, function(a, b) return a.first < b.first end)
  local merged = {}
  for _, range in ipairs(ranges) do
    local before = merged[#merged]
    if before and range.first <= M.next(before.last) then
      before.last = math.max(before.last, range.last)
    else
      merged[#merged + 1] = range
    end
  end
  return merged
end

--- The days that a date may be: of a set those of its members, else those between the first and
-- the last. A qualifier (`?`, `~`, `%`) does not widen them.
-- @tparam string text in EDTF
-- @treturn {table,...} ranges of `first` and `last`, in order, without overlap
-- @treturn boolean whether the date has such a qualifier, so that it may be other days as well
-- @raise `invalid` if the text is no EDTF date
function M.days(text)
  local first, last = bounds(text)
  local date = core.edtf.parse(text)
  local doubtful = date.uncertain or date.approximate
  if date.precision == "set" then
    return members(text), doubtful
  end
  return { { first = first, last = last } }, doubtful
end

local WHOLE = { year = true, month = true, day = true }

--- The days that an end of an interval may be: the first or last day of a year, month or day; any
-- of its days where it is not known so well.
local function end_days(text, which)
  local days = M.days(text)
  local date = core.edtf.parse(text)
  if WHOLE[date.precision] and not date.unspecified then
    return { { first = date[which], last = date[which] } }
  end
  return days
end

--- The two ends of an interval, which has all its days: `2018/2019-03` begins on 1 January 2018 and
-- ends on 31 March 2019.
-- @tparam string text in EDTF
-- @treturn ?{table,...} the days that it may begin on, as `days` gives them: `NEVER` alone if it
--   has always been; nil if the date is no interval
-- @treturn ?{table,...} the days that may be its last; nil if it goes on
function M.ends(text)
  local date = core.edtf.parse(text)
  if not date or date.precision ~= "interval" then
    return nil
  end
  local from, to = text:match("^(.-)/(.*)$")
  local starts, stops
  if from == ".." then
    starts = { { first = M.NEVER, last = M.NEVER } }
  elseif from == "" then
    starts = { { first = M.NEVER, last = date.last or M.FOREVER } }
  else
    starts = end_days(from, "first")
  end
  if to == "" then
    stops = { { first = starts[1].first, last = M.FOREVER } }
  elseif to ~= ".." then
    stops = end_days(to, "last")
  end
  return starts, stops
end

return M
