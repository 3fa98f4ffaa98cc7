--- What an answer says in English. Stored text stands in it as it is: what prints it escapes it.
-- @module dualuse.licence.wording

local calendar = require "dualuse.calendar"

local M = {}

local NEEDS = {
  none = "No licence is needed",
  general = "A general licence is needed",
  bulk = "A bulk licence is needed",
  individual = "An individual licence is needed",
  prohibited = "It is prohibited",
}

--- The key of a record, or what kind it is and its id.
local function label(kind, name)
  return type(name) == "string" and name or ("%s %d"):format(kind, name)
end

local function listed(names, word)
  if #names == 1 then
    return names[1]
  end
  return ("%s %s %s"):format(table.concat(names, ", ", 1, #names - 1), word, names[#names])
end

--- What a measure is for: "KOR and hydrogen-fluoride".
local function target(measure, touched)
  local party, item = "any destination", "any controlled item"
  if measure.party_named then
    local record = touched.reader:get("parties", measure.party_named)
    local group = record and record.kind == "group" and measure.party_named ~= touched.to
    party = (group and "the group " or "") .. label("party", measure.party_named)
  end
  if measure.item_named then
    item = label("item", measure.item_named)
  end
  return ("%s and %s"):format(party, item)
end

--- Why a measure is overridden.
-- @tparam table override as `rules.decide` gives it
-- @tparam table touched the scope
-- @treturn string
function M.override(override, touched)
  local measure, by = override.measure, override.by
  local name, other = label("measure", measure.name), label("measure", by.name)
  if override.why == "excepts" then
    return ("%s names %s among those that yield to it"):format(other, name)
  elseif override.why == "specific" then
    return ("%s, for %s, is more specific than %s, for %s"):format(other, target(by, touched), name,
      target(measure, touched))
  elseif override.why == "prohibited" then
    return ("%s prohibits, and %s does not name it in excepts"):format(other, name)
  end
  return ("%s is stricter, and neither it nor %s is more specific in both destination and item")
    :format(other, name)
end

-- ------------------------------------------------------------------------------- what is open

local function stage_words(stages)
  local list = {}
  for i, stage in ipairs(stages) do list[i] = stage.stage .. " " .. stage.date end
  return listed(list, "and")
end

--- "KOR was in JPN.white-list" or "jp-kr-restriction was in force"
local function state_words(entry)
  if entry.kind == "membership" then
    return ("%s was in %s"):format(label("party", entry.record.member),
      label("party", entry.record.group))
  end
  return label("measure", entry.name) .. " was in force"
end

local function when_words(day)
  return day == calendar.NEVER and "before that" or "on " .. calendar.text(day)
end

local function open_entries(found)
  local list, seen = {}, {}
  for _, day in ipairs(found.days) do
    for _, entry in ipairs(day.doubts) do
      local stages = entry.timeline:open_on(day.day)
      if not seen[entry] then
        seen[entry] = true
        local said = #stages > 0 and (" (%s)"):format(stage_words(stages)) or ""
        local reason = ("whether %s %s is not known%s"):format(state_words(entry),
          when_words(day.day), said)
        list[#list + 1] = { [entry.kind] = entry.name, day = calendar.text(day.day),
          reason = reason }
      end
    end
  end
  return list
end

local NEITHER = "neither of %s and %s is more specific in both destination and item: the stricter "
  .. "is taken"

local function open_rules(found)
  local list, seen = {}, {}
  for _, day in ipairs(found.days) do
    for _, outcome in ipairs(day.outcomes) do
      for _, doubt in ipairs(outcome.doubts) do
        local a, b = doubt.measure.name, doubt.other.name
        local key = ("%s %s"):format(a, b)
        if not seen[key] then
          seen[key] = true
          list[#list + 1] = { measures = { a, b }, reason = NEITHER:format(label("measure", a),
            label("measure", b)) }
        end
      end
    end
  end
  return list
end

--- The requirements of a day, if they are not those of the day before.
local function day_words(day)
  local list, seen = {}, {}
  for _, outcome in ipairs(day.outcomes) do
    if not seen[outcome.requirement] then
      seen[outcome.requirement], list[#list + 1] = true, outcome.requirement
    end
  end
  return listed(list, "or")
end

local function open_days(found, on)
  local parts, before = {}, nil
  for _, day in ipairs(found.days) do
    local words = day_words(day)
    if words ~= before then
      parts[#parts + 1] = day.day == calendar.NEVER and words .. " at first"
        or ("%s from %s"):format(words, calendar.text(day.day))
      before = words
    end
  end
  if #parts < 2 then
    return {}
  end
  return { { on = on, reason = ("it is not the same on all days of %s: %s"):format(on,
    table.concat(parts, ", ")) } }
end

local function open_qualified(touched, on)
  local names = {}
  for _, entry in ipairs(touched.entries) do
    if entry.timeline.doubtful then names[#names + 1] = label(entry.kind, entry.name) end
  end
  local of = #names > 0 and "a stage of " .. listed(names, "or") or on
  return { reason = ("the date of %s is qualified (?, ~ or %%), and may be another day")
    :format(of) }
end

--- What an answer leaves open.
-- @tparam table found as `answer.of` gives it
-- @tparam table touched the scope
-- @tparam string on the date asked for
-- @treturn {table,...} each with `reason`, and what it concerns
function M.open(found, touched, on)
  local list = {}
  for _, some in ipairs{ open_entries(found), open_rules(found), open_days(found, on) } do
    table.move(some, 1, #some, #list + 1, list)
  end
  if found.shaken then
    list[#list + 1] = open_qualified(touched, on)
  end
  if found.truncated then
    list[#list + 1] = { reason = "too much is in doubt to try every way" }
  end
  return list
end

-- ---------------------------------------------------------------------------------- the reason

local function unknown_words(result)
  local parts = { ("No measure of %s for %s to %s is on record as in force on %s"):format(
    result.from, result.item, result.to, result.on) }
  if result.known then
    parts[#parts + 1] = ", as told by sources published by " .. result.known
  end
  return table.concat(parts)
end

local function deciding_words(result, decides, touched)
  local list = {}
  for i, measure in ipairs(decides) do
    list[i] = ("%s is for %s"):format(label("measure", measure.name), target(measure, touched))
  end
  return ("%s: %s"):format(NEEDS[result.requirement], table.concat(list, "; "))
end

local function stages_of(stages)
  local list = {}
  for i, stage in ipairs(stages) do
    list[i] = ("%s of %s on %s"):format(stage.stage, stage.measure
      and label("measure", stage.measure) or label("membership", stage.membership), stage.date)
  end
  return listed(list, "and")
end

local function unsourced(stages)
  local list = {}
  for _, stage in ipairs(stages) do
    if not stage.sourced then list[#list + 1] = stage end
  end
  return list
end

--- Why this is the answer, in sentences.
-- @tparam table result of `requirement`, all but its reason
-- @tparam {table,...} decides the measures
-- @tparam table touched the scope
-- @treturn string
function M.reason(result, decides, touched)
  local parts, inferred = {}, unsourced(result.inferred)
  parts[1] = #decides == 0 and unknown_words(result) or deciding_words(result, decides, touched)
  for _, override in ipairs(result.overrides) do
    parts[#parts + 1] = override.reason
  end
  if #result.assumed > 0 then
    parts[#parts + 1] = "Assumed to have come about: " .. stages_of(result.assumed)
  end
  if #inferred > 0 then
    parts[#parts + 1] = "Inferred without a source, and taken as known: " .. stages_of(inferred)
  end
  for _, open in ipairs(result.open) do
    parts[#parts + 1] = "Not certain: " .. open.reason
  end
  return table.concat(parts, ". ") .. "."
end

--- The answer in a line.
-- @tparam table result of `requirement`
-- @treturn string
function M.heading(result)
  return ("%s: %s from %s to %s on %s%s"):format(result.requirement, result.item, result.from,
    result.to, result.on, result.known and ", as known by " .. result.known or "")
end

return M
