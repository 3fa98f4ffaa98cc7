--- Which licence an item needs from one place to another on a day, and why.
--
--    licence.requirement(store, { from = "JPN", to = "KOR", item = "etching gas",
--                                 on = "2019-07-04" })
--    licence.periods(store, { from = "JPN", to = "KOR", item = "etching gas" })
--
-- A measure of the place it goes out from counts if its stages put it in force on the day: the
-- latest `in_force` or `ended` decides, and on the day of `ended` it is no longer in force. With
-- `known`, a stage counts if a source that it cites was certainly published by then (one that cites
-- none rests on what its measure cites); a stage inferred without a source counts as known.
--
-- A measure applies if it names the destination, a group that it is in on that day, or no
-- destination; and the item, one of its parents, or no item. A party is also where its parents and
-- its country are. Within one `basis` the more specific measure wins: the one that is nearer in
-- destination (party before group before any) or in item (item before parent before any), and not
-- farther in the other. If neither is, the stricter wins, and the answer is not certain. Across
-- bases requirements add up, and the strictest stands. A measure yields to one in force that names
-- it in `excepts`; one that prohibits yields to nothing else.
--
-- Nothing on record is "unknown", never "none". Where the date of a stage is not known to the day,
-- every way it may have been is tried: the answer is certain if all agree, and otherwise the
-- strictest that may be, with what else is `possible` and what is `open`.
-- @module dualuse.licence

local answer = require "dualuse.licence.answer"
local asking = require "dualuse.licence.asking"
local calendar = require "dualuse.calendar"
local layout = require "dualuse.layout"
local options = require "dualuse.options"
local provenance = require "dualuse.provenance"
local rows = require "dualuse.rows"
local scope = require "dualuse.licence.scope"
local timeline = require "dualuse.licence.timeline"
local wording = require "dualuse.licence.wording"

local M = {}

-- ------------------------------------------------------------------------------------ asking

local REQUIREMENT = asking.with_common{ from = options.reference, to = options.reference,
  item = options.reference, on = options.date }
local PERIODS = asking.with_common{ from = options.reference, to = options.reference,
  item = options.reference, during = options.date }
local ASKER = asking.with_common{}

--- What all questions of one kind share: the view, what is known and assumed, and what was read.
local function new_session(view, asked)
  local known_by
  if asked.known then
    local ranges = calendar.days(asked.known)
    known_by = ranges[#ranges].last
  end
  local assume = options.list(asked.assume)
  return {
    known = asked.known, assume = assume, activity = asked.activity or "export",
    scopes = {}, collector = provenance.collector(view), view = view,
    reader = scope.reader(view, { known_by = known_by, assumed = timeline.assumed(assume) }),
  }
end

--- The record that a question names, as the session has read it.
local function find(session, kind, option, reference, level)
  local record = options.record(session.view, kind, option, reference, level + 1)
  return session.reader:get(kind, record.key or record.id)
end

local function find_scope(session, question, level)
  local from = find(session, "parties", "from", question.from, level + 1)
  local to = find(session, "parties", "to", question.to, level + 1)
  local item = find(session, "items", "item", question.item, level + 1)
  local key = ("%d %d %d"):format(from.id, to.id, item.id)
  local found = session.scopes[key]
  if not found then
    found = scope.of(session.reader, from, to, item, session.activity)
    found.from, found.to, found.item = from.key, to.key, item.key
    session.scopes[key] = found
  end
  return found
end

-- ---------------------------------------------------------------------------------- evidence

--- Adds a record, with those of its citations that count.
local function add_record(collector, reader, record)
  collector:add{ id = record.id, sources = reader:citations(record) }
end

--- The measures that an answer tells of, and those of which it matters that they are in doubt.
local function told_entries(found)
  local told = {}
  for _, outcome in ipairs(found.outcomes) do
    for _, list in ipairs{ outcome.decides, outcome.also } do
      for _, measure in ipairs(list) do told[measure.entry] = true end
    end
    for _, override in ipairs(outcome.overrides) do told[override.measure.entry] = true end
  end
  for _, day in ipairs(found.days) do
    for _, entry in ipairs(day.doubts) do told[entry] = true end
  end
  return told
end

--- The entries that an answer rests on, each with the stages that had come about by a day.
local function resting_on(touched, found, by)
  local told, list = told_entries(found), {}
  for _, entry in ipairs(touched.entries) do
    local stages = entry.timeline:told_by(by)
    if told[entry] or entry.kind == "membership" and #stages > 0 then
      list[#list + 1] = { entry = entry, stages = stages }
    end
  end
  return list
end

local function collect(collector, reader, evidence)
  for _, told in ipairs(evidence) do
    add_record(collector, reader, told.entry.record)
    for _, stage in ipairs(told.stages) do add_record(collector, reader, stage) end
  end
end

-- ------------------------------------------------------------------------------- requirement

local requirement_metatable = { __name = "dualuse.licence.requirement" }

local function names_of(measures)
  local list = {}
  for i, measure in ipairs(measures) do list[i] = measure.name end
  return list
end

--- What decides in any of the ways that lead to the answer, the first way's first.
local function all_deciding(found)
  local list, seen = {}, {}
  for _, outcome in ipairs(found.outcomes) do
    for _, measure in ipairs(outcome.decides) do
      if not seen[measure.name] then
        seen[measure.name], list[#list + 1] = true, measure
      end
    end
  end
  return list
end

local function overrides_of(found, touched, decides)
  local list, seen = {}, {}
  for _, measure in ipairs(decides) do seen[measure.name] = true end
  for _, outcome in ipairs(found.outcomes) do
    for _, override in ipairs(outcome.overrides) do
      if not seen[override.measure.name] then
        seen[override.measure.name] = true
        list[#list + 1] = { measure = override.measure.name, by = override.by.name,
          reason = wording.override(override, touched) }
      end
    end
  end
  return list
end

--- The stages that an answer rests on for which `test` holds, as rows.
local function stages_where(evidence, test)
  local list = {}
  for _, told in ipairs(evidence) do
    for _, stage in ipairs(told.stages) do
      if test(stage) then
        list[#list + 1] = { [told.entry.kind] = told.entry.name, stage = stage.stage,
          date = stage.date, sourced = stage.sources ~= nil }
      end
    end
  end
  return list
end

local function is_assumed(stage)
  return stage.stage ~= "in_force" and stage.stage ~= "ended"
end

local function is_inferred(stage)
  return stage.inferred == true
end

--- What is on record without a stage: no day is told on which it was in force.
local function unplaced(touched)
  local list = {}
  for _, entry in ipairs(touched.entries) do
    if not entry.record.stages or #entry.record.stages == 0 then list[#list + 1] = entry.name end
  end
  return list
end

--- What is on record, but not told by a source published by the day known.
local function not_known(session, touched)
  local list = {}
  for _, entry in ipairs(touched.entries) do
    for _, stage in ipairs(entry.record.stages or {}) do
      if not session.reader:counts(stage, entry.record) then
        list[#list + 1] = entry.name
        break
      end
    end
  end
  return list
end

local function add_evidence(result, session, evidence)
  local collector = session.collector:another()
  collect(collector, session.reader, evidence)
  for name, value in pairs(collector:result()) do result[name] = value end
  result.assumed = stages_where(evidence, is_assumed)
  result.inferred = stages_where(evidence, is_inferred)
end

local function answer_requirement(session, touched, on)
  local ranges, doubtful = calendar.days(on)
  local found = answer.of(touched, ranges, doubtful)
  local decides = all_deciding(found)
  local result = {
    from = touched.from, to = touched.to, item = touched.item, on = on, known = session.known,
    assume = session.assume, activity = session.activity,
    requirement = found.requirement, possible = found.possible, certain = found.certain,
    measure = decides[1] and decides[1].name, decides = names_of(decides),
    overrides = overrides_of(found, touched, decides),
    also = found.outcomes[1] and names_of(found.outcomes[1].also) or {},
    unplaced = unplaced(touched), not_known = not_known(session, touched),
    open = found.certain and {} or wording.open(found, touched, on),
  }
  add_evidence(result, session, resting_on(touched, found, ranges[#ranges].last))
  result.reason = wording.reason(result, decides, touched)
  return setmetatable(result, requirement_metatable)
end

-- The printed lists, after the reason.
local LINES = {
  { "decides", "decides" }, { "overridden", "overrides" }, { "also", "also in force" },
  { "possible", "possible" }, { "unplaced", "no stage" }, { "not_known", "not yet known" },
  { "sources", "sources" },
}

-- The most columns of a printed line.
local WIDTH = 100

local function overridden(result)
  local list = {}
  for i, override in ipairs(result.overrides) do list[i] = override.measure end
  return list
end

local function text_of(result)
  local room = layout.room()
  local lines = { layout.cell(wording.heading(result)) }
  local function add(name, value)
    local first = ("  %-14s "):format(name)
    local filled = layout.filled(value, math.min(room.width or WIDTH, WIDTH), first, #first)
    table.move(filled, 1, #filled, #lines + 1, lines)
  end
  add("why", result.reason)
  for _, line in ipairs(LINES) do
    local list = line[1] == "overridden" and overridden(result) or result[line[1]]
    if #list > (line[1] == "possible" and 1 or 0) then
      add(line[2], list)
    end
  end
  if #result.sources > 0 then
    add("independent", ("%d source%s"):format(result.independent,
      result.independent == 1 and "" or "s"))
  end
  add("certain", result.certain and "yes" or "no")
  return layout.lines(lines, room)
end

--- What is required, why, and whether that is certain. It never raises.
function requirement_metatable:__tostring()
  local ok, text = pcall(text_of, self)
  return ok and text or requirement_metatable.__name
end

--- Which licence is needed.
-- @param store an open store, or a view of one
-- @tparam table question
--   `from`, whose measures are asked for, and `to`, parties; `item`; `on`, an EDTF date: for a
--   month, the answer is certain if it is the same on every day in it.
--   Optional: `known`, an EDTF date, what had been published by the end of it; `assume`, what is
--   taken to have come into force, or to have ended, on the day told: "considered" and "announced",
--   which stand for ends as well, "end_considered" and "end_announced"; one or a list;
--   `activity`, one of those of measures ("export")
-- @treturn table `requirement` ("none", "general", "bulk", "individual", "prohibited", "unknown");
--   `certain`; `possible`, all that it may be, the least strict first; `measure`, the key (or id)
--   of the most specific that decides, and `decides`, all of them; `overrides`, each with
--   `measure`, `by` and `reason`; `also`, what asks for less on another basis; `reason`, in
--   English; `open`, what the doubt is about, each with `reason` and what it concerns (`measure`,
--   `membership`, `measures`); `assumed` and `inferred`, stages, each with `measure` or
--   `membership`, `stage` and `date`, and `sourced`; `unplaced`, measures and memberships without a
--   stage, and `not_known`, those that `known` leaves a stage out of; `sources`, `records`,
--   `independent`; and the question. It prints as text
-- @raise `misuse` for an unknown or missing option, `invalid` for a party or an item that is not on
--   record, and for what is no date
function M.requirement(store, question)
  local view = options.snapshot(store, 2)
  question = options.check(question, REQUIREMENT, 2)
  asking.check_given(question, { "from", "to", "item", "on" }, 2)
  local session = new_session(view, question)
  local touched = find_scope(session, question, 2)
  return answer_requirement(session, touched, question.on)
end

--- For many questions about one state of a store, which is read once.
--
--    local ask = licence.asker(store, { known = "2019-07-05" })
--    ask("JPN", "KOR", "etching gas", "2019-07-04").requirement
-- @param store an open store, or a view of one
-- @tparam[opt] table settings `known`, `assume` and `activity`, as in `requirement`
-- @treturn function from, to, item, on → what `requirement` returns
-- @raise `misuse` and `invalid` as `requirement`, also from the function
function M.asker(store, settings)
  local view = options.snapshot(store, 2)
  local session = new_session(view, options.check(settings, ASKER, 2))
  return function(from, to, item, on)
    local question = options.check({ from = from, to = to, item = item, on = on }, REQUIREMENT, 2)
    asking.check_given(question, { "from", "to", "item", "on" }, 2)
    local touched = find_scope(session, question, 2)
    return answer_requirement(session, touched, on)
  end
end

-- ----------------------------------------------------------------------------------- periods

--- The stretches between two changes, as { first, last }, cut to what is asked for.
local function stretches(touched, during)
  local bounds = { first = calendar.NEVER, last = calendar.FOREVER }
  if during then
    local ranges = calendar.days(during)
    bounds = { first = ranges[1].first, last = ranges[#ranges].last }
  end
  local list, from = {}, calendar.NEVER
  local function put(to)
    local first, last = math.max(from, bounds.first), math.min(to, bounds.last)
    if first <= last then list[#list + 1] = { first = first, last = last } end
  end
  for _, day in ipairs(answer.changes(touched)) do
    put(calendar.previous(day))
    from = day
  end
  put(calendar.FOREVER)
  return list
end

local function new_period(touched, stretch)
  local found = answer.of(touched, { { first = stretch.first, last = stretch.first } }, false)
  local decides = names_of(all_deciding(found))
  local row = { last = stretch.last, from = calendar.text(stretch.first),
    requirement = found.requirement, measure = decides[1], decides = decides,
    certain = found.certain, possible = found.possible }
  row.evidence = resting_on(touched, found, stretch.first)
  return row
end

local function equal_lists(a, b)
  for i = 1, math.max(#a, #b) do
    if a[i] ~= b[i] then return false end
  end
  return true
end

local function same_period(a, b)
  return a.requirement == b.requirement and a.certain == b.certain
    and equal_lists(a.decides, b.decides) and equal_lists(a.possible, b.possible)
end

local function finish(row)
  row.to = calendar.text(row.last)
  for name, value in pairs(row.collector:result()) do row[name] = value end
  row.last, row.evidence, row.collector = nil, nil, nil
  return row
end

--- The periods of an answer, one after the other.
local function all_periods(session, touched, during)
  local list = {}
  for _, stretch in ipairs(stretches(touched, during)) do
    local row, before = new_period(touched, stretch), list[#list]
    if before and same_period(before, row) then
      before.last = row.last
    else
      row.collector = session.collector:another()
      list[#list + 1] = row
    end
    collect(list[#list].collector, session.reader, row.evidence)
  end
  for _, row in ipairs(list) do finish(row) end
  return list
end

--- The history of a requirement, as intervals. What is not certain is in rows of its own.
-- @param store an open store, or a view of one
-- @tparam table question as for `requirement`, without `on`; `during`, an EDTF date, leaves out
--   what is before and after
-- @treturn table rows of `from` and `to`, the first and last day as EDTF text, ".." where there
--   is none; `requirement`, `measure`, `certain`; `decides` and `possible` as in `requirement`;
--   `sources`, `records`, `independent`
-- @raise as `requirement`
function M.periods(store, question)
  local view = options.snapshot(store, 2)
  question = options.check(question, PERIODS, 2)
  asking.check_given(question, { "from", "to", "item" }, 2)
  local session = new_session(view, question)
  local touched = find_scope(session, question, 2)
  local list = all_periods(session, touched, question.during)
  return rows.new(list, {
    columns = { "from", "to", "requirement", "measure", "certain", "sources" },
    title = ("%s from %s to %s"):format(touched.item, touched.from, touched.to),
  })
end

return M
