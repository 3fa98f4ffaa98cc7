--- Whether a measure or a membership was in force on a day, as its stages tell it.
--
-- The latest `in_force` or `ended` on or before the day decides; on the day of `ended` it is no
-- longer in force. A stage whose date is not known to the day has happened on one of the days that
-- it may be, so that the answer may be both. What begins and ends within one such doubt began
-- first: nothing ends before it began, unless its dates leave no other order.
--
-- An `in_force` with an interval for a date, `2019-07-04/2019-12-31`, has begun with it and is over
-- after it.
-- @module dualuse.licence.timeline

local calendar = require "dualuse.calendar"

local M = {}

local NEVER, FOREVER = calendar.NEVER, calendar.FOREVER

-- What a stage begins or ends, and with which assumption: none for what has happened.
local STARTS = { in_force = true, considered = true, announced = true }
local ENDS = { ended = true, end_considered = true, end_announced = true }

-- What is assumed with a word.
local ASSUMED = {
  considered = { considered = true, end_considered = true },
  announced = { announced = true, end_announced = true },
  end_considered = { end_considered = true },
  end_announced = { end_announced = true },
}

--- The words that can be assumed, sorted.
M.assumptions = { "announced", "considered", "end_announced", "end_considered" }

--- The stages that are taken to have come about.
-- @tparam ?{string,...} words of `assumptions`
-- @treturn table a set of stages
function M.assumed(words)
  local set = {}
  for _, word in ipairs(words or {}) do
    for stage in pairs(ASSUMED[word]) do set[stage] = true end
  end
  return set
end

-- --------------------------------------------------------------------------------- the making

local ANY_DAY = { { first = NEVER, last = FOREVER } }

local Timeline = {}
Timeline.__index = Timeline

local function day_after(ranges)
  local moved = {}
  for i, range in ipairs(ranges) do
    moved[i] = { first = calendar.next(range.first), last = calendar.next(range.last) }
  end
  return moved
end

function Timeline:put(stage, starts, ranges, doubtful)
  local list = starts and self.starts or self.ends
  list[#list + 1] = {
    stage = stage,
    days = ranges,
    wide = doubtful and ANY_DAY or ranges,
    first = ranges[1].first,
    last = ranges[#ranges].last,
  }
  self.doubtful = self.doubtful or doubtful
end

--- Adds what a stage does, if it has happened or is assumed.
function Timeline:add(stage, assumed)
  local word = stage.stage
  if word ~= "in_force" and word ~= "ended" and not assumed[word] then
    return
  end
  local days, doubtful = calendar.days(stage.date)
  local begins, stops = calendar.ends(stage.date)
  self:put(stage, STARTS[word] or not ENDS[word], begins or days, doubtful)
  if stops and word == "in_force" then
    self:put(stage, false, day_after(stops), doubtful)
  end
end

--- The timeline of a record.
-- @tparam table record a measure or membership, as the store gives it
-- @tparam function known stage -> whether it counts
-- @tparam table assumed a set of stages, as `assumed` gives it
-- @treturn table with the methods of this module; `starts` and `ends`, each a list of what
--   happened, with its `stage`, and `doubtful`, whether a date of theirs is qualified
function M.of(record, known, assumed)
  local timeline = setmetatable({ starts = {}, ends = {}, doubtful = false }, Timeline)
  for _, stage in ipairs(record.stages or {}) do
    if known(stage) then
      timeline:add(stage, assumed)
    end
  end
  return timeline
end

-- -------------------------------------------------------------------------------- the asking

--- The latest day on or before `day` that something may have happened on; nil if none.
local function latest(ranges, day)
  for i = #ranges, 1, -1 do
    if ranges[i].first <= day then
      return math.min(ranges[i].last, day)
    end
  end
  return nil
end

local function first_of(ranges)
  return ranges[1].first
end

local function last_of(ranges)
  return ranges[#ranges].last
end

--- The earliest day after `day` that something may have happened on; nil if none.
local function after(ranges, day)
  for _, range in ipairs(ranges) do
    if range.last > day then
      return math.max(range.first, day + 1)
    end
  end
  return nil
end

--- May all of them be either later than `day`, or before (or on) the day `by`?
local function none_between(list, which, by, day)
  for _, event in ipairs(list) do
    if last_of(event[which]) <= day and first_of(event[which]) > by then
      return false
    end
  end
  return true
end

--- May one of the starts, other than `but`, have been on or before a day?
local function some_start_by(starts, which, day, but)
  for _, event in ipairs(starts) do
    if event ~= but and first_of(event[which]) <= day then
      return true
    end
  end
  return false
end

--- Can it be that nothing ended before it began?
local function orderly(self, which)
  local by = FOREVER
  for _, event in ipairs(self.ends) do by = math.min(by, last_of(event[which])) end
  return some_start_by(self.starts, which, by)
end

--- May it have begun with `start` and still be so on the day?
local function on_since(self, which, start, day, ordered)
  local since = latest(start[which], day)
  if not since or not none_between(self.ends, which, since, day) then
    return false
  end
  local ended_by = FOREVER
  for _, event in ipairs(self.ends) do
    if last_of(event[which]) <= day then
      ended_by = math.min(ended_by, latest(event[which], since))
    end
  end
  return ended_by == FOREVER or not ordered or some_start_by(self.starts, which, ended_by, start)
end

--- May it not have begun by the day?
local function off_yet(self, which, day, ordered)
  local earliest = FOREVER + 1
  for _, event in ipairs(self.starts) do
    if last_of(event[which]) <= day then
      return false
    end
    earliest = math.min(earliest, after(event[which], day))
  end
  if ordered then
    for _, event in ipairs(self.ends) do
      if last_of(event[which]) < earliest then return false end
    end
  end
  return true
end

--- May it have ended with `stop` and still be over on the day?
local function off_since(self, which, stop, day, ordered)
  local since = latest(stop[which], day)
  if not since or not none_between(self.starts, which, since, day) then
    return false
  end
  if not ordered then
    return true
  end
  local by = since
  for _, event in ipairs(self.ends) do
    if event ~= stop then by = math.min(by, last_of(event[which])) end
  end
  return some_start_by(self.starts, which, by)
end

--- What may have been on a day.
-- @tparam integer day YYYYMMDD, `NEVER` or `FOREVER`
-- @tparam[opt] boolean wide whether a qualified date (`2019~`) may be any day at all
-- @treturn boolean whether it may have been in force
-- @treturn boolean whether it may not have been
function Timeline:may(day, wide)
  local which = wide and "wide" or "days"
  local ordered = orderly(self, which)
  local on, off = false, off_yet(self, which, day, ordered)
  for _, start in ipairs(self.starts) do
    on = on or on_since(self, which, start, day, ordered)
  end
  for _, stop in ipairs(self.ends) do
    off = off or off_since(self, which, stop, day, ordered)
  end
  return on, off
end

--- Adds to a set the days on which an answer may change: between two that follow each other, it
-- does not.
-- @tparam table set of days, which is changed
function Timeline:changes(set)
  for _, list in ipairs{ self.starts, self.ends } do
    for _, event in ipairs(list) do
      for _, range in ipairs(event.days) do
        set[range.first], set[range.last] = true, true
      end
    end
  end
end

--- The stages that leave a day in doubt: those which may be before or after it.
-- @tparam integer day
-- @treturn {table,...} stages
function Timeline:open_on(day)
  local stages = {}
  for _, list in ipairs{ self.starts, self.ends } do
    for _, event in ipairs(list) do
      if event.first <= day and day < event.last then
        stages[#stages + 1] = event.stage
      end
    end
  end
  return stages
end

--- The stages that may have come about by a day.
-- @tparam integer day
-- @treturn {table,...} stages
function Timeline:told_by(day)
  local stages, seen = {}, {}
  for _, list in ipairs{ self.starts, self.ends } do
    for _, event in ipairs(list) do
      if event.first <= day and not seen[event.stage] then
        seen[event.stage] = true
        stages[#stages + 1] = event.stage
      end
    end
  end
  return stages
end

return M
