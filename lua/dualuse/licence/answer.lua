--- The answer for one day or many, under every way in which what is in doubt may have been.
--
-- A measure or membership of which a day does not tell whether it was in force is tried both ways,
-- together with all others: the answer is certain if all ways agree. A qualified date (`2019~`)
-- moves no answer, but leaves none certain that would change if the date were another.
-- @module dualuse.licence.answer

local calendar = require "dualuse.calendar"
local rules = require "dualuse.licence.rules"

local M = {}

-- With more doubts than this at once, not every way is tried: the answer is then not certain.
local MOST_DOUBTS = 10

-- ------------------------------------------------------------------------------------- one day

--- The entries certainly in force on a day, and those of which it is not known.
local function on_a_day(scope, day, wide)
  local on, unsure = {}, {}
  for _, entry in ipairs(scope.entries) do
    local may, may_not = entry.timeline:may(day, wide)
    if may and may_not then
      unsure[#unsure + 1] = entry
    elseif may then
      on[entry] = true
    end
  end
  return on, unsure
end

--- What is decided with certain entries in force; remembered, for days on which it is the same.
local function decided(scope, on)
  scope.outcomes = scope.outcomes or {}
  local marks = {}
  for i, entry in ipairs(scope.entries) do marks[i] = on[entry] and "1" or "0" end
  local key = table.concat(marks)
  local outcome = scope.outcomes[key]
  if not outcome then
    outcome = rules.decide(scope:applying(on))
    scope.outcomes[key] = outcome
  end
  return outcome
end

--- The outcomes of all ways, by the number of the way: in way 0 all that is unsure is in force, and
-- bit i of the number says that unsure[i + 1] is not.
local function all_ways(scope, on, unsure)
  local ways = {}
  for way = 0, (1 << #unsure) - 1 do
    local now = {}
    for entry in pairs(on) do now[entry] = true end
    for i, entry in ipairs(unsure) do
      if way & (1 << (i - 1)) == 0 then now[entry] = true end
    end
    ways[way] = decided(scope, now)
  end
  return ways
end

local function same(a, b)
  return a.requirement == b.requirement and a.least == b.least
end

--- Those of the unsure entries on which the requirement depends.
local function that_matter(unsure, ways)
  local list = {}
  for i, entry in ipairs(unsure) do
    local bit, matters = 1 << (i - 1), false
    for way = 0, (1 << #unsure) - 1 do
      matters = matters or way & bit == 0 and not same(ways[way], ways[way | bit])
    end
    if matters then list[#list + 1] = entry end
  end
  return list
end

--- With too many doubts: all in force, none of them, and each of them by itself.
local function some_ways(scope, on, unsure)
  local all, ways = {}, {}
  for entry in pairs(on) do all[entry] = true end
  ways[1] = decided(scope, on)
  for i, entry in ipairs(unsure) do
    on[entry] = true
    ways[i + 1] = decided(scope, on)
    on[entry], all[entry] = nil, true
  end
  ways[0] = decided(scope, all)
  return ways
end

--- What may be required on a day.
-- @treturn table `day`, `outcomes` (a list without repetition), `doubts` (the entries on which it
--   depends), `truncated` (whether there were too many)
local function on_day(scope, day, wide)
  local on, unsure = on_a_day(scope, day, wide)
  local truncated = #unsure > MOST_DOUBTS
  local ways = truncated and some_ways(scope, on, unsure) or all_ways(scope, on, unsure)
  local outcomes, seen = {}, {}
  for way = 0, #ways do
    if not seen[ways[way]] then
      seen[ways[way]], outcomes[#outcomes + 1] = true, ways[way]
    end
  end
  return { day = day, outcomes = outcomes, truncated = truncated,
    doubts = truncated and unsure or that_matter(unsure, ways) }
end

-- --------------------------------------------------------------------------------------- days

--- The days on which an answer may change, in order, without `NEVER` and `FOREVER`.
-- @tparam table scope as `scope.of` gives it
-- @treturn {integer,...}
function M.changes(scope)
  local set, list = {}, {}
  for _, entry in ipairs(scope.entries) do entry.timeline:changes(set) end
  for day in pairs(set) do
    if day > calendar.NEVER and day < calendar.FOREVER then list[#list + 1] = day end
  end
  table.sort(list)
  return list
end

--- One day for each stretch of days on which the answer is the same.
local function samples(scope, ranges)
  local changes, days = M.changes(scope), {}
  for _, range in ipairs(ranges) do
    days[#days + 1] = range.first
    for _, day in ipairs(changes) do
      if day > range.first and day <= range.last then days[#days + 1] = day end
    end
  end
  return days
end

local function requirements_of(days)
  local set, list = {}, {}
  for _, day in ipairs(days) do
    for _, outcome in ipairs(day.outcomes) do
      set[outcome.requirement], set[outcome.least] = true, true
    end
  end
  for requirement in pairs(set) do list[#list + 1] = requirement end
  table.sort(list, function(a, b) return rules.strictness(a) < rules.strictness(b) end)
  return list
end

local function evaluate(scope, ranges, wide)
  local days = {}
  for i, day in ipairs(samples(scope, ranges)) do days[i] = on_day(scope, day, wide) end
  return days
end

--- Could another day for a qualified date make it another requirement?
local function shaken(scope, ranges, doubtful)
  local qualified = doubtful
  for _, entry in ipairs(scope.entries) do
    qualified = qualified or entry.timeline.doubtful
  end
  if not qualified then
    return false
  end
  if doubtful then
    ranges = { { first = calendar.NEVER, last = calendar.FOREVER } }
  end
  return #requirements_of(evaluate(scope, ranges, true)) > 1
end

local function any_truncated(days)
  for _, day in ipairs(days) do
    if day.truncated then return true end
  end
  return false
end

--- The outcomes that require what the answer says, the first day's first, without repetition.
local function deciding(days, requirement)
  local list, seen = {}, {}
  for _, day in ipairs(days) do
    for _, outcome in ipairs(day.outcomes) do
      if outcome.requirement == requirement and not seen[outcome] then
        seen[outcome], list[#list + 1] = true, outcome
      end
    end
  end
  return list
end

--- The answer for the days that a date may be.
-- @tparam table scope as `scope.of` gives it
-- @tparam {table,...} ranges of days, as `calendar.days` gives them
-- @tparam boolean doubtful whether the date is qualified, and may be other days as well
-- @treturn table `possible`, what may be required, the least strict first; `requirement`, the
--   strictest of it; `certain`; `outcomes`, those which require it; `days`, what may have been
--   on which `day`; `shaken`, whether only a qualified date keeps it from being certain;
--   `truncated`, whether there were too many doubts to try every way
function M.of(scope, ranges, doubtful)
  local days = evaluate(scope, ranges, false)
  local possible = requirements_of(days)
  local answer = { possible = possible, requirement = possible[#possible], days = days,
    truncated = any_truncated(days), shaken = false }
  if #possible == 1 and not answer.truncated then
    answer.shaken = shaken(scope, ranges, doubtful)
  end
  answer.certain = #possible == 1 and not answer.truncated and not answer.shaken
  answer.outcomes = deciding(days, answer.requirement)
  return answer
end

return M
