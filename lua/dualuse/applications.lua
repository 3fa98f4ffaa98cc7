--- The ledger of licence applications: what was decided, what is open, how long it took, and
-- whether the licence asked for was the one that the measures of its day require.
--
--    applications.decisions(store, { by = { "destination", "year" }, jurisdiction = "JPN" })
--    applications.open(store, { on = "2019-08-01" })
--    applications.times(store, { by = "item" })
--    applications.check(store, { during = "2019" })
--
-- All take `during`, an EDTF date, for the date of the application, and `jurisdiction`, whose
-- authorities decide. An application that may or may not belong somewhere, because a date is not
-- known to the day, is counted as `possible` there and nowhere else.
-- @module dualuse.applications

local byte_order = require "dualuse.byte_order"
local asking = require "dualuse.licence.asking"
local calendar = require "dualuse.calendar"
local core = require "dualuse.core"
local licence = require "dualuse.licence"
local options = require "dualuse.options"
local period = require "dualuse.period"
local provenance = require "dualuse.provenance"
local rows = require "dualuse.rows"
local rules = require "dualuse.licence.rules"

local M = {}

local DECISIONS = { "approved", "denied", "pending", "returned", "withdrawn" }

-- ------------------------------------------------------------------------------------ asking

-- The bucket that a day is in.
local BUCKETS = {
  decade = function(day) return day // 100000 * 10 end,
  year = function(day) return day // 10000 end,
  quarter = function(day)
    return ("%04d-Q%d"):format(day // 10000, (day // 100 % 100 + 2) // 3)
  end,
  month = function(day) return ("%04d-%02d"):format(day // 10000, day // 100 % 100) end,
  week = function(day)
    return period.bucket("week").value((period.from_number(day) + 3) // 7)
  end,
  day = calendar.text,
}

-- What rows can be told apart by: fields of the application, and buckets of its date.
local BY = { "day", "decade", "destination", "end_user", "exporter", "item", "jurisdiction",
  "measure", "month", "quarter", "week", "year" }

local is_by = options.words(BY)

local function no_more_than_one_bucket(value)
  local expected, code = is_by(value)
  local buckets = 0
  for _, name in ipairs(not expected and options.list(value) or {}) do
    buckets = buckets + (BUCKETS[name] and 1 or 0)
  end
  if buckets > 1 then
    return "no more than one of day, decade, month, quarter, week, year", "invalid"
  end
  return expected, code
end

local SELECTION = { during = options.date, jurisdiction = options.reference }

local function with_selection(validators)
  for name, validator in pairs(SELECTION) do validators[name] = validator end
  return validators
end

local GROUPED = with_selection{ by = no_more_than_one_bucket }
local OPEN = with_selection{ on = options.date }
local CHECKED = with_selection{ known = asking.common.known, activity = asking.common.activity }

local function query_of(view, asked, level)
  local query = view.applications
  if asked.jurisdiction ~= nil then
    local party = options.record(view, "parties", "jurisdiction", asked.jurisdiction, level + 1)
    query = query:where{ jurisdiction = { within = party.key } }
  end
  if asked.during then
    query = query:where{ date = asked.during }
  end
  return query
end

--- Is the date certainly within what was asked for?
local function certainly(application, asked)
  return not asked.during or core.edtf.within(application.date, asked.during)
end

-- ----------------------------------------------------------------------------------- buckets

--- The days of a date, and whether it is known to the day.
local function span(date)
  local ranges, doubtful = calendar.days(date)
  local first, last = ranges[1].first, ranges[#ranges].last
  return first, last, first == last and not doubtful
end

--- The buckets that a date may be in; nil if it has no first or no last day. A qualified date is
-- possible in its buckets, certain in none.
local function buckets_of(date, bucket)
  local ranges, doubtful = calendar.days(date)
  local list, seen = {}, {}
  if ranges[1].first == calendar.NEVER or ranges[#ranges].last == calendar.FOREVER then
    return nil
  end
  for _, range in ipairs(ranges) do
    local day = range.first
    while day <= range.last do
      local value = bucket(day)
      if not seen[value] then seen[value], list[#list + 1] = true, value end
      day = calendar.next(day)
    end
  end
  return list, #list == 1 and not doubtful
end

--- The values of an application for one name of `by`: a list, and whether it is certain.
local function values_of(application, name)
  if BUCKETS[name] then
    return buckets_of(application.date, BUCKETS[name])
  elseif name == "item" then
    return application.items, true
  elseif application[name] == nil then
    return { false }, true
  end
  return { application[name] }, true
end

--- All combinations of values: a list of lists, false where there is no value or no bounds.
local function keys_of(application, by)
  local keys, certain = { {} }, true
  for i, name in ipairs(by) do
    local values, sure = values_of(application, name)
    local more = {}
    for _, key in ipairs(keys) do
      for _, value in ipairs(values or { false }) do
        local longer = table.move(key, 1, #key, 1, {})
        longer[i] = value
        more[#more + 1] = longer
      end
    end
    keys, certain = more, certain and (sure or values == nil)
  end
  return keys, certain
end

local function before(a, b)
  for i = 1, #a.key do
    local x, y = a.key[i], b.key[i]
    if x ~= y then
      if not x or not y then return x and true or false end
      return byte_order.numbers_first(x, y)
    end
  end
  return false
end

--- The group of a key, made if it is new.
local function group_of(groups, key, by, make)
  local parts = {}
  for i, value in ipairs(key) do parts[i] = type(value):sub(1, 1) .. tostring(value) end
  local name = table.concat(parts, "\0")
  local group = groups[name]
  if not group then
    group = { key = key, row = make() }
    for i, field in ipairs(by) do
      if key[i] then
        group.row[field] = key[i]
      elseif BUCKETS[field] then
        group.row.unbounded = true
      end
    end
    groups[name], groups[#groups + 1] = group, group
  end
  return group
end

--- Puts every application of a query into its groups, with `put(row, application, certain)`; the
-- rows come in the order of their keys.
local function grouped(query, asked, make, put)
  local by, groups = options.list(asked.by) or {}, {}
  for application in query:each() do
    local keys, certain = keys_of(application, by)
    certain = certain and certainly(application, asked)
    for _, key in ipairs(keys) do
      put(group_of(groups, key, by, make).row, application, certain)
    end
  end
  table.sort(groups, before)
  local list = {}
  for i, group in ipairs(groups) do list[i] = group.row end
  return list, by
end

--- Turns the collectors of rows into records and sources.
local function finish(list)
  for _, row in ipairs(list) do
    for name, value in pairs(row.from:result()) do row[name] = value end
    row.from = nil
  end
end

local function unit_of(by)
  for _, name in ipairs(by) do
    if name == "item" then return "application × item" end
  end
  return "application"
end

local function columns(by, more)
  local list = table.move(by, 1, #by, 1, {})
  return table.move(more, 1, #more, #list + 1, list)
end

-- --------------------------------------------------------------------------------- decisions

--- How many applications were decided, and how.
-- @param store an open store, or a view of one
-- @tparam[opt] table question `by`, what rows are told apart by, one or a list: destination,
--   end_user, exporter, item, jurisdiction, measure, and of the application's date one of decade,
--   year, quarter, month, week, day; `during` and `jurisdiction`
-- @treturn table rows of what `by` names; `approved`, `denied`, `pending`, `returned`, `withdrawn`
--   and `count`, all of them; `possible`, those that may belong here and are counted in none of
--   these; `records`, `sources`, `independent`. A date without a first or a last day is in a row
--   `unbounded`. Without `by`, one row, or none without applications
-- @raise `misuse` for an unknown option, `invalid` for what does not fit
function M.decisions(store, question)
  local view = options.snapshot(store, 2)
  question = options.check(question, GROUPED, 2)
  local query = query_of(view, question, 2)
  local collector = provenance.collector(view)
  local function make()
    local row = { count = 0, possible = 0, from = collector:another() }
    for _, decision in ipairs(DECISIONS) do row[decision] = 0 end
    return row
  end
  local list, by = grouped(query, question, make, function(row, application, certain)
    row.from:add(application)
    if certain then
      row.count = row.count + 1
      row[application.decision] = row[application.decision] + 1
    else
      row.possible = row.possible + 1
    end
  end)
  finish(list)
  local measures = columns(DECISIONS, { "count", "possible" })
  return rows.new(list, { columns = columns(by, measures), keys = by, measures = measures,
    unit = unit_of(by), title = "applications by decision" })
end

-- -------------------------------------------------------------------------------------- open

--- The least and the most days from one date to another, not less than 0; nil where a date has no
-- bound.
local function days_between(from, to)
  local from_first, from_last = span(from)
  local to_first, to_last = span(to)
  local least, most = calendar.between(from_last, to_first), calendar.between(from_first, to_last)
  return { least = least and math.max(least, 0) or 0, most = most and math.max(most, 0) }
end

--- Was it open on the day, as far as its dates tell? "yes", "no" or "possible".
local function open_on(application, on)
  local made_first, made_last = span(application.date)
  local on_first, on_last = span(on)
  if made_first > on_last then
    return "no"
  end
  local certain = made_last <= on_first
  if application.decided then
    local decided_first, decided_last = span(application.decided)
    if decided_last <= on_first then
      return "no"
    end
    certain = certain and decided_first > on_last
  elseif application.decision ~= "pending" then
    certain = false
  end
  return certain and "yes" or "possible"
end

local function open_row(application, on, found, collector)
  local from = collector:another()
  local row = from:add(application):result()
  row.application, row.date = application.key or application.id, application.date
  row.destination, row.items = application.destination, application.items
  row.exporter, row.decision = application.exporter, application.decision
  row.age, row.certain = days_between(application.date, on), found == "yes"
  return row
end

local function older(a, b)
  local x, y = a.age.most or math.huge, b.age.most or math.huge
  if x ~= y then
    return x > y
  elseif a.age.least ~= b.age.least then
    return a.age.least > b.age.least
  end
  return a.records[1] < b.records[1]
end

--- What was open on a day, the oldest first.
-- @param store an open store, or a view of one
-- @tparam table question `on`, an EDTF date: applications made by then and not decided by then,
--   whatever became of them later; `during` and `jurisdiction`
-- @treturn table rows of `application` (key or id), `date`, `age` (`least` and `most`, in days; no
--   `most` where nothing tells when it was made), `certain` (false where its dates do not tell
--   whether it was open), `exporter`, `destination`, `items`, `decision` (what became of it),
--   `records`, `sources`, `independent`; `.certain` and `.possible`, how many
-- @raise `misuse` for an unknown or missing option, `invalid` for what does not fit
function M.open(store, question)
  local view = options.snapshot(store, 2)
  question = options.check(question, OPEN, 2)
  asking.check_given(question, { "on" }, 2)
  local collector, list = provenance.collector(view), {}
  local certain = 0
  for application in query_of(view, question, 2):each() do
    local found = open_on(application, question.on)
    if found == "yes" and not certainly(application, question) then found = "possible" end
    if found ~= "no" then
      list[#list + 1] = open_row(application, question.on, found, collector)
      certain = certain + (found == "yes" and 1 or 0)
    end
  end
  table.sort(list, older)
  local result = rows.new(list, { unit = "application", keys = { "application" },
    title = "applications open on " .. question.on, columns = { "application", "date", "age",
      "certain", "exporter", "destination", "items", "decision" } })
  result.certain, result.possible = certain, #list - certain
  return result
end

-- ------------------------------------------------------------------------------------- times

--- The median of a list of numbers, which is sorted; nil of none.
local function median(list)
  table.sort(list)
  local half = #list // 2
  if #list == 0 then
    return nil
  elseif #list % 2 == 1 then
    return list[half + 1]
  end
  local sum = list[half] + list[half + 1]
  return sum % 2 == 0 and sum // 2 or sum / 2
end

--- Counts an application: in days where both dates are known to the day, as a range elsewhere.
local function put_time(row, application, certain)
  if application.decision == "pending" then
    return
  end
  row.from:add(application)
  if not certain then
    row.possible = row.possible + 1
  elseif not application.decided then
    row.undated = row.undated + 1
  else
    local days = days_between(application.date, application.decided)
    local _, _, made_exact = span(application.date)
    local _, _, decided_exact = span(application.decided)
    if made_exact and decided_exact then
      table.insert(row.exact, days.least)
    else
      row.ranges = row.ranges + 1
    end
    table.insert(row.least_days, days.least)
    table.insert(row.most_days, days.most or math.huge)
  end
end

local function finish_time(row)
  row.decided, row.median = #row.exact, median(row.exact)
  row.shortest, row.longest = row.exact[1], row.exact[#row.exact]
  if row.ranges > 0 then
    local most = median(row.most_days)
    row.median_with_ranges = { least = median(row.least_days), most = most < math.huge and most
      or nil }
  end
  row.exact, row.least_days, row.most_days = nil, nil, nil
end

local TIMES = { "decided", "median", "shortest", "longest", "ranges", "median_with_ranges",
  "no_date", "possible" }

--- How many days a decision took.
-- @param store an open store, or a view of one
-- @tparam[opt] table question `by`, `during` and `jurisdiction`, as for `decisions`
-- @treturn table rows of what `by` names; `decided`, how many have both dates known to the day, and
--   of these the `median`, `shortest` and `longest`; `ranges`, how many are decided with a date
--   that is not, and `median_with_ranges` (`least` and `most`), where the median lies with them;
--   `no_date`, how many are decided without a date; `possible`, those that may belong here and are
--   counted in none of these; `records`, `sources`, `independent`
-- @raise `misuse` for an unknown option, `invalid` for what does not fit
function M.times(store, question)
  local view = options.snapshot(store, 2)
  question = options.check(question, GROUPED, 2)
  local query = query_of(view, question, 2)
  local collector = provenance.collector(view)
  local function make()
    return { ranges = 0, undated = 0, possible = 0, exact = {}, least_days = {}, most_days = {},
      from = collector:another() }
  end
  local list, by = grouped(query, question, make, put_time)
  finish(list)
  for _, row in ipairs(list) do
    row.no_date, row.undated = row.undated, nil -- rows have a meaning of their own for `undated`
    finish_time(row)
  end
  return rows.new(list, { columns = columns(by, TIMES), keys = by, measures = TIMES,
    unit = "day", title = "days from application to decision" })
end

-- ------------------------------------------------------------------------------------- check

--- The answers for the items of an application, put together: the strictest counts.
local function put_together(answers)
  local all = { requirement = "unknown", certain = true, decides = {}, reasons = {} }
  local seen = {}
  for i, answer in ipairs(answers) do
    if rules.strictness(answer.requirement) > rules.strictness(all.requirement) then
      all.requirement = answer.requirement
    end
    all.certain = all.certain and answer.certain
    all.reasons[i] = ("%s: %s"):format(answer.item, answer.reason)
    for _, measure in ipairs(answer.decides) do
      if not seen[measure] then seen[measure], all.decides[#all.decides + 1] = true, measure end
    end
  end
  return all
end

local function contains(list, wanted)
  for _, value in ipairs(list) do
    if value == wanted then return true end
  end
  return false
end

local function finding_of(application, all)
  if all.requirement == "unknown" then
    return "unknown"
  elseif all.requirement == "none" then
    return "not_required"
  elseif application.measure == nil then
    return "unnamed"
  end
  return contains(all.decides, application.measure) and "agrees" or "differs"
end

local function check_row(application, ask, collector)
  local from, answers = collector:another(), {}
  from:add(application)
  for i, item in ipairs(application.items) do
    answers[i] = ask(application.jurisdiction, application.destination, item, application.date)
    for _, key in ipairs(answers[i].sources) do from:add_source(key) end
  end
  local all, row = put_together(answers), from:result()
  for _, answer in ipairs(answers) do
    table.move(answer.records, 1, #answer.records, #row.records + 1, row.records)
  end
  row.application, row.date, row.items = application.key or application.id, application.date,
    application.items
  row.destination, row.decision = application.destination, application.decision
  row.finding, row.requirement, row.certain = finding_of(application, all), all.requirement,
    all.certain
  row.measure, row.decides, row.reason = application.measure, all.decides,
    table.concat(all.reasons, " ")
  return row
end

--- Sorts a list of ids and leaves out what is in it twice.
local function distinct(list)
  local set, kept = {}, {}
  for _, id in ipairs(list) do
    if not set[id] then set[id], kept[#kept + 1] = true, id end
  end
  table.sort(kept)
  return kept
end

local FINDINGS = { "agrees", "differs", "unnamed", "not_required", "unknown" }

--- Each application against what was in force on its date.
--
-- What is found: it "agrees" if it names a measure that decides for one of its items, it "differs"
-- if it names another, it is "unnamed" if it names none though a licence is needed; "not_required"
-- if none is needed, and "unknown" if nothing is on record.
-- @param store an open store, or a view of one
-- @tparam[opt] table question `during` and `jurisdiction`; `known` and `activity` as for
--   `licence.requirement`
-- @treturn table rows of `application` (key or id), `date`, `items`, `destination`, `decision`,
--   `finding`, `requirement` (the strictest of its items), `certain`, `measure` (that it names),
--   `decides` (that decide), `reason`, `records`, `sources`, `independent`; `.counts[finding]`, and
--   `.possible`, how many of the rows may not lie in `during`
-- @raise `misuse` for an unknown option, `invalid` for what does not fit
function M.check(store, question)
  local view = options.snapshot(store, 2)
  question = options.check(question, CHECKED, 2)
  local query = query_of(view, question, 2)
  local ask = licence.asker(view, { known = question.known, activity = question.activity })
  local collector, list = provenance.collector(view), {}
  local counts, possible = {}, 0
  for _, finding in ipairs(FINDINGS) do counts[finding] = 0 end
  for application in query:order("date"):each() do
    local row = check_row(application, ask, collector)
    row.records = distinct(row.records)
    list[#list + 1] = row
    counts[row.finding] = counts[row.finding] + 1
    possible = possible + (certainly(application, question) and 0 or 1)
  end
  local result = rows.new(list, { unit = "application", keys = { "application" },
    title = "applications and the measures of their date", columns = { "application", "date",
      "items", "destination", "decision", "finding", "requirement", "certain", "measure",
      "decides" } })
  result.counts, result.possible = counts, possible
  return result
end

return M
