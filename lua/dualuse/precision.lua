--- Dates in words: what an EDTF text says, and no more exactly than it says it.
--
--    2019-07-04                "4 July 2019"
--    2019-07~                  "about July 2019"
--    201X                      "some year of the 2010s"
--    1910/1945                 "from 1910 to 1945"
--    2019-07-04/..             "from 4 July 2019, still running"
--    [2019-07-01..2019-07-04]  "on one of the days 1 to 4 July 2019"
--    [..2018]                  "by the end of 2018"
-- @module dualuse.precision

local core = require "dualuse.core"

local M = {}

local MONTHS = {
  "January", "February", "March", "April", "May", "June", "July", "August", "September",
  "October", "November", "December",
}
local SEASONS = { ["21"] = "spring", ["22"] = "summer", ["23"] = "autumn", ["24"] = "winter" }
local QUALIFIERS = { ["?"] = "perhaps ", ["~"] = "about ", ["%"] = "perhaps about ", [""] = "" }

-- ------------------------------------------------------------------ a date that stands alone

--- The day, month or year that a text is, as { unit, year, month, day }; nil if it is anything
-- else, such as a date with a qualifier.
local function plain(text)
  local year, month, day = text:match("^(%d%d%d%d)-?(%d?%d?)-?(%d?%d?)$")
  if not year or SEASONS[month] then
    return nil
  end
  return {
    unit = day ~= "" and "day" or month ~= "" and "month" or "year",
    year = year, month = MONTHS[tonumber(month)], day = tonumber(day),
  }
end

local function plain_words(date)
  if date.unit == "day" then
    return ("%d %s %s"):format(date.day, date.month, date.year)
  elseif date.unit == "month" then
    return date.month .. " " .. date.year
  end
  return date.year
end

--- The years that a year with unspecified digits may be, after "of".
local function years_words(year)
  local digits = year:match("^%d*")
  if digits == year then
    return year
  elseif digits == "" then
    return "some year"
  elseif #digits == 3 then
    return ("the %s0s"):format(digits)
  end
  return ("the years %s to %s"):format((year:gsub("X", "0")), (year:gsub("X", "9")))
end

--- A date with an X: some year, month or day of what is known.
local function unspecified_words(text)
  local year, month, day = text:match("^([%dX]+)-?([%dX]*)-?(X*)$")
  if month == "" then
    return year == "XXXX" and "some year" or "some year of " .. years_words(year)
  elseif day == "" then
    return "some month of " .. years_words(year)
  elseif month == "XX" then
    return "some day of " .. years_words(year)
  end
  return ("some day of %s %s"):format(MONTHS[tonumber(month)], years_words(year))
end

local function zone_words(zone)
  if zone == "" then
    return ""
  end
  return zone == "Z" and " UTC" or (" (UTC%s)"):format(zone)
end

local function time_words(text)
  local day, clock, zone = text:match("^(.-)T([%d:]+)(.*)$")
  return ("%s, %s%s"):format(plain_words(plain(day)), clock, zone_words(zone))
end

local function date_words(text)
  local date, qualifier = text:match("^(.-)([?~%%]?)$")
  local year, season = date:match("^(%d%d%d%d)-(2[1-4])$")
  local words
  if season then
    words = SEASONS[season] .. " " .. year
  elseif date:find("T", 1, true) then
    words = time_words(date)
  elseif date:find("X", 1, true) then
    words = unspecified_words(date)
  else
    words = plain_words(plain(date))
  end
  return QUALIFIERS[qualifier] .. words
end

--- "1 to 4 July 2019", where the two ends are of one unit and share a month or a year; otherwise
-- each end in full.
local function range_words(from, to)
  local first, last = plain(from), plain(to)
  if first and last and first.unit == last.unit and first.unit ~= "year"
      and first.year == last.year then
    local start = first.unit == "month" and first.month
      or first.month == last.month and tostring(first.day)
      or ("%d %s"):format(first.day, first.month)
    return start .. " to " .. plain_words(last)
  end
  return date_words(from) .. " to " .. date_words(to)
end

-- -------------------------------------------------------------------------------- intervals

local function interval_words(text)
  local from, to = text:match("^(.-)/(.*)$")
  if to == ".." then
    return ("from %s, still running"):format(date_words(from))
  elseif to == "" then
    return ("from %s to an unknown end"):format(date_words(from))
  elseif from == ".." then
    return ("to %s, without a beginning"):format(date_words(to))
  elseif from == "" then
    return ("from an unknown start to %s"):format(date_words(to))
  end
  return "from " .. range_words(from, to)
end

-- ------------------------------------------------------------------------------------- sets

--- The members of a set, each as { from, to }: alike for a single date, "" for an open end.
local function members(text)
  local list = {}
  for member in text:sub(2, -2):gmatch("[^,]+") do
    local from, to = member:match("^(.-)%.%.(.*)$")
    list[#list + 1] = { from or member, to or member }
  end
  return list
end

local function preposition(text)
  local date = plain((text:gsub("[?~%%]$", "")))
  local is_day = date and date.unit == "day" or text:find("%-XX%-XX") or text:find("%-%d%d%-XX")
  return is_day and "on " or "in "
end

--- A member of a set by itself.
local function member_words(from, to)
  if from == to then
    return preposition(from) .. date_words(from)
  elseif from == "" then
    return (preposition(to) == "on " and "on or before " or "by the end of ") .. date_words(to)
  elseif to == "" then
    if preposition(from) == "on " then
      return "on or after " .. date_words(from)
    end
    return ("in %s or later"):format(date_words(from))
  end
  return ("at some time from %s"):format(range_words(from, to))
end

--- The one unit that all ends of all members have; nil if there is more than one, or an end is
-- open or more than a plain date.
local function common_unit(list)
  local unit
  for _, member in ipairs(list) do
    for _, text in ipairs(member) do
      local date = plain(text)
      if not date or unit and date.unit ~= unit then
        return nil
      end
      unit = date.unit
    end
  end
  return unit
end

--- "1667, 1668 or 1670 to 1672"
local function enumeration(parts)
  local last = parts[#parts]
  if #parts == 1 then
    return last
  end
  return table.concat(parts, ", ", 1, #parts - 1) .. " or " .. last
end

local function set_words(text)
  local list, parts = members(text), {}
  local unit = common_unit(list)
  local single = #list == 1 and list[1][1] == list[1][2]
  if not unit or single then
    for i, member in ipairs(list) do parts[i] = member_words(member[1], member[2]) end
    return table.concat(parts, ", or ")
  end
  for i, member in ipairs(list) do
    parts[i] = member[1] == member[2] and date_words(member[1])
      or range_words(member[1], member[2])
  end
  return ("%s one of the %ss %s"):format(unit == "day" and "on" or "in", unit, enumeration(parts))
end

-- ---------------------------------------------------------------------------------- in all

--- An EDTF date in English words. "perhaps" stands for `?`, "about" for `~`.
-- @tparam string text in EDTF, as the store keeps it
-- @treturn string such as "on or before 12 July 2019"
-- @raise `invalid` if the text is no EDTF date
function M.words(text)
  local date, why = core.edtf.parse(text)
  if not date then
    core.raise{ code = "invalid",
      message = ('"%s" is no EDTF date: %s'):format(core.shown(text), why) }
  end
  if date.precision == "set" then
    return set_words(text)
  elseif date.precision == "interval" then
    return interval_words(text)
  end
  return date_words(text)
end

return M
