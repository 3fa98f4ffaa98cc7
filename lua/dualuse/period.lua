--- Periods: between dates in EDTF and days that can be counted, and buckets of time.
--
-- A day is an integer, 0 for 1 January 1970 and one more for each day after it. A bucket is a year
-- or decade as an integer (2019, 2010), or a text: quarter `2019-Q3`, month `2019-07`, ISO week
-- `2019-W27`, day `2019-07-04`.
-- @module dualuse.period

local core = require "dualuse.core"

local M = {}

local function raise(code, level, message, ...)
  core.raise{ code = code, message = message:format(...), level = level + 1 }
end

-- -------------------------------------------------------------------------------------- Days

--- The day of a date in the proleptic Gregorian calendar, and of any month counted from it:
-- month 13 is the next January.
-- @tparam integer year
-- @tparam integer month
-- @tparam integer day of the month
-- @treturn integer
function M.day(year, month, day)
  year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
  local shifted = month > 2 and year or year - 1
  local era = shifted // 400
  local of_era = shifted - era * 400
  local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

--- The date of a day.
-- @tparam integer day
-- @treturn integer the year
-- @treturn integer the month
-- @treturn integer the day of the month
function M.date(day)
  day = day + 719468
  local era = day // 146097
  local rest = day - era * 146097
  local of_era = (rest - rest // 1460 + rest // 36524 - rest // 146096) // 365
  local of_year = rest - (365 * of_era + of_era // 4 - of_era // 100)
  local shifted = (5 * of_year + 2) // 153
  local month = shifted < 10 and shifted + 3 or shifted - 9
  return of_era + era * 400 + (month <= 2 and 1 or 0), month, of_year - (153 * shifted + 2) // 5 + 1
end

--- The day of a date as the store keeps its bounds.
-- @tparam integer number such as 20190704
-- @treturn integer
function M.from_number(number)
  return M.day(number // 10000, number // 100 % 100, number % 100)
end

-- ----------------------------------------------------------------------------- Periods in EDTF

local precise = { year = true, month = true, day = true }

--- Why a date is not known to the day; nil if it is.
local function vagueness(date)
  if date.uncertain or date.approximate then
    return "is uncertain or approximate"
  elseif date.unknown_start or date.unknown_end then
    return "has an unknown end"
  elseif date.open_start or date.open_end then
    return "has an open end"
  elseif date.unspecified then
    return "leaves digits unspecified"
  elseif date.precision == "set" then
    return "is one of a set of days"
  elseif date.precision == "interval" then
    local from, to = date.text:match("^(.*)/(.*)$")
    return vagueness(core.edtf.parse(from)) or vagueness(core.edtf.parse(to))
  elseif not precise[date.precision] then
    return "is a " .. date.precision .. ", not whole days"
  end
  return nil
end

--- The first and the last day of a period, where both are known to the day.
-- @tparam string text a date in EDTF
-- @treturn ?integer the first day, or nil where the period is not known to the day
-- @treturn integer|string the last day, or why not, such as "has an open end"
-- @raise `misuse` for what is no text
function M.span(text)
  if type(text) ~= "string" then
    raise("misuse", 2, "expected a date as text, such as \"2015/2019-03\", got %s", type(text))
  end
  local date, why = core.edtf.parse(text)
  why = date and vagueness(date) or why
  if why then
    return nil, why
  end
  return M.from_number(date.first), M.from_number(date.last)
end

--- The last day of the coarsest unit that begins with a day, within a limit: its text and it.
local function unit_from(first, limit)
  local year, month, day = M.date(first)
  if day == 1 and month == 1 and M.day(year + 1, 1, 1) - 1 <= limit then
    return ("%04d"):format(year)
  elseif day == 1 and M.day(year, month + 1, 1) - 1 <= limit then
    return ("%04d-%02d"):format(year, month)
  end
  return ("%04d-%02d-%02d"):format(year, month, day)
end

local function unit_until(last, limit)
  local year, month, day = M.date(last)
  local ends_month = M.day(year, month + 1, 1) - 1 == last
  if ends_month and month == 12 and M.day(year, 1, 1) >= limit then
    return ("%04d"):format(year)
  elseif ends_month and M.day(year, month, 1) >= limit then
    return ("%04d-%02d"):format(year, month)
  end
  return ("%04d-%02d-%02d"):format(year, month, day)
end

--- The coarsest EDTF that has these days: `2015`, `2018/2019-03`, `2019-07-04/2019-07-10`. Neither
-- end of an interval reaches beyond the other: `2018-01/2018-03`, never `2018/2018-03`.
-- @tparam integer first day
-- @tparam integer last day
-- @treturn string
-- @raise `misuse` for a period that ends before it begins or lies outside the years 0000 to 9999
function M.text(first, last)
  if first > last then
    raise("misuse", 2, "a period that ends before it begins")
  elseif first < M.day(0, 1, 1) or last >= M.day(10000, 1, 1) then
    raise("misuse", 2, "a period outside the years 0000 to 9999")
  end
  local from, to = unit_from(first, last), unit_until(last, first)
  return from == to and from or from .. "/" .. to
end

-- ----------------------------------------------------------------------------------- Buckets

-- Each kind: the number of a bucket (that of the next is one more), nil for what is none; the
-- bucket of a number; its first day; and the number of the bucket that a day lies in.
local buckets = {}

local function whole_year(value)
  return math.type(value) == "integer" and value >= 0 and value <= 9999
end

buckets.year = {
  example = "2019",
  number = function(value) return whole_year(value) and value or nil end,
  value = function(number) return number end,
  first = function(number) return M.day(number, 1, 1) end,
  of = function(day) return (M.date(day)) end,
}

buckets.decade = {
  example = "2010",
  number = function(value) return whole_year(value) and value % 10 == 0 and value // 10 or nil end,
  value = function(number) return number * 10 end,
  first = function(number) return M.day(number * 10, 1, 1) end,
  of = function(day) return M.date(day) // 10 end,
}

local function parts(value, pattern)
  if type(value) == "string" then
    local year, part, day = value:match(pattern)
    return tonumber(year), tonumber(part), tonumber(day)
  end
  return nil
end

buckets.quarter = {
  example = "2019-Q3",
  number = function(value)
    local year, quarter = parts(value, "^(%d%d%d%d)%-Q([1-4])$")
    return year and year * 4 + quarter - 1
  end,
  value = function(number) return ("%04d-Q%d"):format(number // 4, number % 4 + 1) end,
  first = function(number) return M.day(number // 4, number % 4 * 3 + 1, 1) end,
  of = function(day)
    local year, month = M.date(day)
    return year * 4 + (month - 1) // 3
  end,
}

buckets.month = {
  example = "2019-07",
  number = function(value)
    local year, month = parts(value, "^(%d%d%d%d)%-(%d%d)$")
    return year and month >= 1 and month <= 12 and year * 12 + month - 1 or nil
  end,
  value = function(number) return ("%04d-%02d"):format(number // 12, number % 12 + 1) end,
  first = function(number) return M.day(number // 12, number % 12 + 1, 1) end,
  of = function(day)
    local year, month = M.date(day)
    return year * 12 + month - 1
  end,
}

-- Weeks begin on Monday; day -3 is the Monday of the week of 1 January 1970.
local function week_of_day(day)
  return (day + 3) // 7
end

buckets.week = {
  example = "2019-W27",
  -- 4 January lies in the first week of its year.
  number = function(value)
    local year, week = parts(value, "^(%d%d%d%d)%-W(%d%d)$")
    local number = year and week_of_day(M.day(year, 1, 4)) + week - 1
    return number and week >= 1 and number < week_of_day(M.day(year + 1, 1, 4)) and number or nil
  end,
  -- A week belongs to the year of its Thursday.
  value = function(number)
    local year = M.date(number * 7)
    return ("%04d-W%02d"):format(year, number - week_of_day(M.day(year, 1, 4)) + 1)
  end,
  first = function(number) return number * 7 - 3 end,
  of = week_of_day,
}

buckets.day = {
  example = "2019-07-04",
  number = function(value)
    local year, month, day = parts(value, "^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
    local number = year and M.day(year, month, day)
    return number and buckets.day.value(number) == value and number or nil
  end,
  value = function(number) return ("%04d-%02d-%02d"):format(M.date(number)) end,
  first = function(number) return number end,
  of = function(day) return day end,
}

--- What is known of a kind of bucket.
-- @tparam string kind year, decade, quarter, month, week or day
-- @treturn ?table `number(bucket)`, nil for what is none, so that the number of the next bucket is
--   one more; `value(number)`, its bucket; `first(number)`, its first day; `of(day)`, the number of
--   the bucket that it lies in; `example`. nil for a kind that there is not
function M.bucket(kind)
  return buckets[kind]
end

return M
