--- A date as it is drawn: what is sure of it, what is possible, and which way it is open.
--
--    2019-07-04      a day
--    2019-07         possible: some day of the month
--    1910/1945       sure: from the one to the other, throughout
--    [..2018]        possible, and open to the left
--    2019-07-04/..   sure, and going on to the right
-- @module dualuse.chart.span

local calendar = require "dualuse.calendar"
local core = require "dualuse.core"
local period = require "dualuse.period"

local M = {}

--- A day as a number to count with; nil for the ends of time.
local function counted(day)
  if day == calendar.NEVER or day == calendar.FOREVER then
    return nil
  end
  return period.from_number(day)
end

--- A part of a date. Without `first` or `last`, it is open to that side: it fades where nobody
-- knows how far it reaches, and goes on where that is told.
local function piece(range, sure, goes_on)
  return { first = counted(range.first), last = counted(range.last), sure = sure,
    goes_on = goes_on }
end

--- The parts of an interval: its possible beginnings, what is sure, its possible ends.
local function interval_pieces(starts, stops)
  local list = {}
  local first, last = starts[1].first, starts[#starts].last
  local always = last == calendar.NEVER
  local first_end = stops and stops[1].first or calendar.FOREVER
  local last_end = stops and stops[#stops].last or calendar.FOREVER
  if not always and first < last then
    list[#list + 1] = piece({ first = first, last = calendar.previous(last) }, false)
  end
  if last <= first_end then
    list[#list + 1] = piece({ first = last, last = first_end }, true,
      always or not stops or nil)
  end
  if stops and first_end < last_end then
    list[#list + 1] = piece({ first = math.max(calendar.next(first_end), first),
      last = last_end }, false)
  end
  return list
end

--- How a date is drawn.
-- @tparam string text in EDTF
-- @treturn table `pieces`, in order, each with `first` and `last`, days as in `dualuse.period`
--   (nil: open to that side), `sure` (throughout, or on that `day`) and `goes_on` (open, and known
--   to be); `doubtful`, whether it may be other days as well
-- @raise `invalid` for what is no date
function M.of(text)
  local starts, stops = calendar.ends(text)
  local ranges, doubtful = calendar.days(text)
  if starts then
    return { pieces = interval_pieces(starts, stops), doubtful = doubtful }
  end
  local pieces = {}
  for i, range in ipairs(ranges) do
    local is_day = range.first == range.last and #ranges == 1 and not doubtful
    pieces[i] = piece(range, is_day)
    pieces[i].day = is_day
  end
  return { pieces = pieces, doubtful = doubtful }
end

--- The days of some spans that are known: what an axis has to show.
-- @tparam {table,...} spans
-- @treturn {integer,...}
function M.days(spans)
  local list = {}
  for _, span in ipairs(spans) do
    for _, part in ipairs(span.pieces) do
      if part.first then list[#list + 1] = part.first end
      if part.last and part.last ~= part.first then list[#list + 1] = part.last end
    end
  end
  return list
end

--- The first and the last day of an axis: those of a time asked for, or of the days to show, with
-- some room around.
-- @tparam {integer,...} days
-- @tparam[opt] string during an EDTF date
-- @treturn ?integer the first day; nil where there is nothing to show
-- @treturn ?integer the last
function M.extent(days, during)
  local first, last
  for _, day in ipairs(days) do
    first, last = math.min(first or day, day), math.max(last or day, day)
  end
  if first then
    local around = math.max(1, (last - first) // 30)
    first, last = first - around, last + around
  end
  if during then
    local from, to = core.edtf.bounds(during)
    first = from and period.from_number(from) or first
    last = to and period.from_number(to) or last
  end
  if first and last and first <= last then
    return math.max(first, period.day(0, 1, 1)), math.min(last, period.day(9999, 12, 31))
  end
  return nil
end

return M
