--- A dispute on a few pages: what a store holds, what happened when, the known cases, disclosed
-- figures against recorded cases, which licence an item needs and needed, who says what on what is
-- contested, what authorities disclose, and what rests on little.
--
-- Every line tells its sources by their keys. Dates are in words, never more exact than they are
-- on record. The same revision of a store always gives the same bytes.
-- @module dualuse.report.brief

local audit = require "dualuse.audit"
local chronology = require "dualuse.chronology"
local core = require "dualuse.core"
local licence = require "dualuse.licence"
local lookup = require "dualuse.lookup"
local options = require "dualuse.options"
local Page = require "dualuse.report.page"
local positions = require "dualuse.positions"
local precision = require "dualuse.precision"
local reconcile = require "dualuse.reconcile"
local scope = require "dualuse.scope"
local transparency = require "dualuse.transparency"

local words = precision.words

local M = {}

-- ------------------------------------------------------------------------- Parts of a sentence

local NOTHING = "None is on record."

local function spaced(word)
  return (word:gsub("_", " "))
end

local function hyphened(word)
  return (word:gsub("_", "-"))
end

local function counted(number, one, many)
  return ("%d %s"):format(number, number == 1 and one or many)
end

--- "[nikkei, afp para 5]"; what is inferred says so.
local function bracketed(sources, inferred)
  local list = table.concat(sources, ", ")
  if inferred then
    return list == "" and "[inferred]" or "[inferred from " .. list .. "]"
  end
  return list == "" and "[no source]" or "[" .. list .. "]"
end

--- The sources of a record, or of one field of it.
local function cited(record, field)
  return bracketed(lookup.cited(record, field), record.inferred)
end

-- ----------------------------------------------------------------------------------- Summary

local function kind_line(view, kind)
  local count = view[kind.kind]:count()
  local line = ("%s: %s"):format(
    counted(count, core.describe(kind.kind).singular, kind.kind), kind.help)
  if kind.kind == "parties" then
    line = ("%s; %s among them"):format(line,
      counted(view.parties:where{ kind = "state" }:count(), "state is", "states are"))
  end
  return line, count
end

local function put_summary(brief, page)
  page:heading(("Records in the store, at revision %d"):format(brief.view:revision()))
  local empty = {}
  for _, kind in ipairs(core.describe()) do
    local line, count = kind_line(brief.view, kind)
    if count > 0 then
      page:put(2, line)
    else
      empty[#empty + 1] = kind.kind
    end
  end
  if #empty > 0 then
    page:put(2, "None: " .. table.concat(empty, ", "))
  end
end

-- -------------------------------------------------------------------------------- Chronology

local function put_chronology(brief, page)
  local during = brief.during
  page:heading(during and "Chronology: " .. words(during) or "Chronology")
  local list = chronology(brief.view, { dispute = brief.dispute_id, during = during })
  if #list == 0 then
    page:put(2, "Nothing is on record.")
    return
  end
  page:put(2, "In order of the first possible day. What is dated “on or before” may have "
    .. "happened earlier.", 2)
  local date
  for _, row in ipairs(list) do
    if row.precision ~= date then
      date = row.precision
      page:put(2, date)
    end
    page:put(4, ("%s %s"):format(row.what, bracketed(row.cited, row.inferred)))
    for _, link in ipairs(row.links) do page:put(6, link) end
  end
end

-- -------------------------------------------------------------------------------- Known cases

local function put_cases(brief, page)
  page:heading("Cases known one by one")
  local list = chronology(brief.view, { dispute = brief.dispute_id, kinds = "cases" })
  local notes = {}
  for _, row in ipairs(list) do
    page:put(2, ("%s; detected: %s %s"):format(row.what, row.precision,
      bracketed(row.cited, row.inferred)))
    if row.note and not notes[row.note] then
      notes[#notes + 1] = row.note
      notes[row.note] = true
    end
  end
  for _, note in ipairs(notes) do page:put(4, "Note: " .. note) end
  if #list == 0 then
    page:put(2, NOTHING)
  end
end

-- ---------------------------------------------------------------- Disclosed against recorded

--- What the figures under one heading have in common.
local function figures_heading(look, question)
  local parts = { ("%s: %s"):format(look:name("parties", question.authority), question.measure) }
  if question.destination or question.item or question.scope then
    local part = { "of which", question.scope }
    if question.destination then
      part[#part + 1] = "to " .. look:names("parties", question.destination)
    end
    if question.item then part[#part + 1] = look:names("items", question.item) end
    parts[#parts + 1] = table.concat(part, " ")
  end
  parts[#parts + 1] = question.unit and "unit " .. question.unit or "unit not told"
  parts[#parts + 1] = question.year_basis and "by year " .. question.year_basis
    or "basis of the years not told"
  return table.concat(parts, "; ")
end

--- "70 to 72", "at least 3", "72".
local function range_text(least, most)
  if least and most then
    return least == most and tostring(least) or ("%d to %d"):format(least, most)
  elseif most then
    return ("at most %d"):format(most)
  end
  return least and least > 0 and ("at least %d"):format(least) or "not known"
end

local function value_text(row)
  if row.conflict then
    local list = {}
    for i, value in ipairs(row.values or {}) do list[i] = tostring(value) end
    return "disputed" .. (list[1] and ", " .. table.concat(list, " or ") or "")
  end
  return range_text(row.value or row.least, row.value or row.most)
end

--- When it was published, and who says so, where it is not the authority: of the disclosures that a
-- figure rests on, each once.
local function telling(look, ids)
  local list, has = {}, {}
  local function add(format, value, count)
    if not has[value] then
      has[value] = true
      list[#list + 1] = (count < #ids and "in part " or "") .. format:format(value)
    end
  end
  local published, asserted = {}, {}
  for _, id in ipairs(ids) do
    local disclosure = look:get("disclosures", id)
    published[#published + 1] = disclosure.published and words(disclosure.published)
    asserted[#asserted + 1] = disclosure.asserted_by
      and look:name("parties", disclosure.asserted_by)
  end
  for _, day in ipairs(published) do add("published %s", day, #ids) end
  for _, name in ipairs(asserted) do add("as %s says", name, #asserted) end
  return list
end

--- How a figure is known: disclosed, and by whom, or derived, and from what.
local function basis_text(look, row)
  if not row.basis then
    return "nothing tells"
  end
  local parts = { row.basis }
  if row.basis == "disclosed" then
    local told = telling(look, row.records)
    table.move(told, 1, #told, 2, parts)
  end
  return table.concat(parts, ", ") .. (row.formula and ": " .. row.formula or "")
end

--- How many cases are on record, and how many are not.
local function recorded_text(row)
  local gap = row.gap
  local possible = row.possible > 0 and (", and possibly %d more"):format(row.possible) or ""
  local rest = gap.most and gap.most < 0
    and "more on record than there should be: " .. range_text(-gap.most, -gap.least)
    or "not on record: " .. range_text(gap.least, gap.most)
  return ("on record: %d%s; %s"):format(row.recorded, possible, rest)
end

local function figure_line(look, row, compared)
  local parts = { value_text(row), basis_text(look, row) }
  if compared then parts[#parts + 1] = recorded_text(row) end
  return ("%s: %s %s"):format(words(row.period), table.concat(parts, "; "),
    bracketed(row.sources))
end

-- What stands beside the figures of an answer, and how it is called.
local BESIDE = {
  { "withheld", "Withheld" }, { "none_found", "Looked for, and none found" },
  { "unplaced", "Not placed" }, { "superseded", "Superseded, not used" },
}

local function beside_text(look, entry)
  local parts = { entry.period and words(entry.period) or "no date" }
  if entry.kind == "cases" then parts[1] = look:what("cases", look:get("cases", entry.id)) end
  if entry.value then
    parts[#parts + 1] = (entry.qualifier and spaced(entry.qualifier) .. " " or "") .. entry.value
  end
  if entry.part and entry.part ~= "whole" then parts[#parts + 1] = "of which " .. entry.part end
  if entry.asserted_by then
    parts[#parts + 1] = ("as %s says"):format(look:name("parties", entry.asserted_by))
  end
  parts[#parts + 1] = entry.reason
  return table.concat(parts, ", ")
end

--- Adds what stands beside, if no answer before has shown it.
local function add_beside(lines, look, result, shown)
  for _, kind in ipairs(BESIDE) do
    for _, entry in ipairs(result[kind[1]]) do
      if not shown[entry.id] then
        shown[entry.id] = true
        lines[#lines + 1] = ("%s: %s %s"):format(kind[2], beside_text(look, entry),
          bracketed(entry.sources))
      end
    end
  end
end

local function cases_line(result, compared)
  local cases = result.cases
  if compared then
    return ("Cases on record: %d; in none of these periods: %d; without a date to place them: %d.")
      :format(cases.total, cases.elsewhere, cases.unplaced)
  end
  return "Not set against cases: " .. (cases.reason
    or "which of them are such is not on record") .. "."
end

--- The lines of one answer of `reconcile`.
local function figure_lines(look, result, shown)
  local lines = {}
  local compared = result.cases.compared and not result.question.scope
  for _, row in ipairs(result) do lines[#lines + 1] = figure_line(look, row, compared) end
  for _, conflict in ipairs(result.conflicts) do
    lines[#lines + 1] = ("Conflict, %s: %s"):format(words(conflict.period), conflict.text)
  end
  for _, field in ipairs{ "unit", "year_basis" } do
    if result.open[field] and result.question[field] then
      lines[#lines + 1] = ("The %s is left open by: %s"):format(spaced(field),
        table.concat(result.open[field], ", "))
    end
  end
  if #result > 0 then lines[#lines + 1] = cases_line(result, compared) end
  add_beside(lines, look, result, shown)
  return lines
end

local function put_figures(brief, page)
  page:heading("Cases by year, disclosed against recorded")
  local look, shown, any = brief.look, {}, false
  for _, question in ipairs(brief.scope:figure_questions()) do
    local lines = figure_lines(look, reconcile(brief.view, question), shown)
    if #lines > 0 then
      any = true
      page:put(2, figures_heading(look, question))
      for _, line in ipairs(lines) do page:put(4, line) end
    end
  end
  if not any then
    page:put(2, NOTHING)
  end
end

-- ---------------------------------------------------------------------------------- Measures

local LICENCES = {
  none = "no licence", general = "general licence", bulk = "bulk licence",
  individual = "individual licence", prohibited = "prohibited", unknown = "nothing on record",
}

--- An item and all that it is part of: a list of keys, from the item up.
local function lineage(look, item)
  local list = {}
  while item do
    list[#list + 1] = item.key
    item = look:get("items", item.parent)
  end
  return list
end

--- Why a measure touches an item, in words; nil if it does not.
local function touches(look, measure, chain)
  if not measure.items then
    return "any controlled item"
  end
  local named = {}
  for _, key in ipairs(measure.items) do named[key] = true end
  for i, key in ipairs(chain) do
    if named[key] then
      local name = look:name("items", key)
      return i == 1 and "it names " .. name
        or ("it names %s, of which %s is part"):format(name, look:name("items", chain[1]))
    end
  end
  return nil
end

local function measure_lines(look, measure)
  local lines = {}
  local function add(text, ...) lines[#lines + 1] = text:format(...) end
  add("destinations: %s", measure.destinations and
    look:names("parties", measure.destinations) or "any")
  add("requirement: %s%s", LICENCES[measure.requirement],
    measure.term and " (" .. measure.term .. ")" or "")
  if measure.activities then
    add("activities: %s", spaced(table.concat(measure.activities, ", ")))
  end
  if measure.excepts then
    add("takes precedence over: %s", look:names("measures", measure.excepts))
  end
  if measure.penalties then add("penalties: %s", measure.penalties) end
  for _, stage in ipairs(measure.stages or {}) do
    add("%s: %s %s", spaced(stage.stage), words(stage.date), cited(stage))
  end
  if not measure.stages then add("stages: none is on record") end
  return lines
end

local function put_measures(brief, page)
  local look, item, count = brief.look, brief.item, 0
  page:heading(item and "Measures that touch " .. item.name or "Measures")
  local chain = lineage(look, item)
  for measure in brief.view.measures:order("jurisdiction", "id"):each() do
    local why = not item or touches(look, measure, chain)
    if why then
      count = count + 1
      page:put(2, ("%s: %s %s"):format(look:name("parties", measure.jurisdiction), measure.title,
        cited(measure)))
      if item then page:put(4, "items: " .. why) end
      for _, line in ipairs(measure_lines(look, measure)) do page:put(4, line) end
    end
  end
  if count == 0 then
    page:put(2, NOTHING)
  end
end

-- ---------------------------------------------------------------------------------- Licences

-- As many routes are told of; whoever wants another names it.
local MOST_ROUTES = 12

-- These act for the state that they are of.
local BODIES = { ministry = true, agency = true, court = true }

--- From where goods go out that a measure is for.
local function origin_of(look, measure)
  local party = look:get("parties", measure.jurisdiction)
  return BODIES[party.kind] and look:state(party.key) or party.key
end

--- Where a measure of the dispute leads: the parties that it names, the members of the groups, and
-- for one that names none, the states of the dispute.
local function destinations_of(brief, measure)
  local look, list = brief.look, {}
  if not measure.destinations then
    for _, key in ipairs(brief.dispute and brief.dispute.parties or {}) do
      if look:get("parties", key).kind == "state" then list[#list + 1] = key end
    end
  end
  for _, key in ipairs(measure.destinations or {}) do
    if look:get("parties", key).kind ~= "group" then
      list[#list + 1] = key
    else
      for membership in brief.scope:each("memberships") do
        if membership.group == key then list[#list + 1] = membership.member end
      end
    end
  end
  return list
end

--- From where to where a licence for the item is asked for: as the options say; what they leave
-- open is what the measures of the dispute which touch the item have.
local function routes(brief)
  local look, list, has = brief.look, {}, {}
  local function add(from, to)
    local key = from .. "\0" .. to
    if not has[key] and look:state(from) ~= look:state(to) then
      has[key] = true
      list[#list + 1] = { from = from, to = to }
    end
  end
  if brief.from and brief.to then
    return { { from = brief.from.key, to = brief.to.key } }
  end
  local chain = lineage(look, brief.item)
  for measure in brief.scope:each("measures") do
    local from = brief.from and brief.from.key or origin_of(look, measure)
    if touches(look, measure, chain) and look:state(from) == look:state(measure.jurisdiction) then
      for _, to in ipairs(brief.to and { brief.to.key } or destinations_of(brief, measure)) do
        add(from, to)
      end
    end
  end
  table.sort(list, function(a, b)
    if a.from ~= b.from then return a.from < b.from end
    return a.to < b.to
  end)
  return list
end

local function period_text(period)
  if period.from == ".." then
    return period.to == ".." and "at any time" or "until " .. words(period.to)
  elseif period.to == ".." then
    return ("from %s on"):format(words(period.from))
  end
  return period.from == period.to and words(period.from)
    or words(period.from .. "/" .. period.to)
end

local function required_text(look, period)
  local list, titles = {}, {}
  for i, requirement in ipairs(period.possible) do list[i] = LICENCES[requirement] end
  for i, measure in ipairs(period.decides) do
    titles[i] = "“" .. look:name("measures", measure) .. "”"
  end
  local by = titles[1] and ", by " .. table.concat(titles, ", ") or ""
  if period.certain then
    return list[1] .. by
  end
  return ("not certain: %s; the strictest%s"):format(table.concat(list, " or "), by)
end

--- The stages that an answer rests on and that are inferred.
local function inferred_text(look, stages)
  local list = {}
  for i, stage in ipairs(stages) do
    local kind = stage.measure and "measures" or "memberships"
    list[i] = ("%s, %s %s"):format(look:what(kind, look:get(kind, stage.measure
      or stage.membership)), spaced(stage.stage), words(stage.date))
  end
  return table.concat(list, "; ")
end

--- Puts what is required in a period, why, and what is inferred of that.
local function put_period(brief, page, route, period)
  page:put(4, ("%s: %s %s"):format(period_text(period), required_text(brief.look, period),
    bracketed(period.sources)))
  if #period.decides == 0 or period.from == ".." and period.to == ".." then
    return
  end
  local why = licence.requirement(brief.view, { from = route.from, to = route.to,
    item = brief.item.id, on = period.from == period.to and period.from
      or period.from .. "/" .. period.to })
  page:put(6, "Why: " .. why.reason)
  if #why.inferred > 0 then
    page:put(6, "Inferred: " .. inferred_text(brief.look, why.inferred) .. ".")
  end
end

local function put_licences(brief, page)
  local look, item = brief.look, brief.item
  page:heading(item and "Which licence " .. item.name .. " needs, and needed"
    or "Which licence is needed")
  if not item then
    page:put(2, "No item was asked for.")
    return
  end
  local list = routes(brief)
  for i = 1, math.min(#list, MOST_ROUTES) do
    local route = list[i]
    page:put(2, ("from %s to %s"):format(look:name("parties", route.from),
      look:name("parties", route.to)))
    for _, period in ipairs(licence.periods(brief.view,
        { from = route.from, to = route.to, item = item.id })) do
      put_period(brief, page, route, period)
    end
  end
  if #list > MOST_ROUTES then
    page:put(2, ("%d more are left out: ask for one by from and to."):format(#list - MOST_ROUTES))
  elseif #list == 0 then
    page:put(2, "No measure is on record that tells from where to where.")
  end
end

-- --------------------------------------------------------------------------------- Questions

local function claim_text(look, row)
  local parts = { ("%s: %s"):format(row.stance, look:voice(row)) }
  if row.directness then parts[#parts + 1] = row.directness end
  if row.date then parts[#parts + 1] = words(row.date) end
  if row.replies_to then
    parts[#parts + 1] = "in answer to " .. look:voice(look:get("claims", row.replies_to))
  end
  local said = table.concat(parts, "; ")
  if row.text then said = said .. ". " .. row.text end
  for i, quote in ipairs(row.quotes) do
    said = ('%s%s "%s"'):format(said, i > 1 and "," or "", quote)
  end
  return ("%s %s"):format(said, bracketed(row.cited, row.inferred))
end

local function contradiction_text(look, row)
  local parts = { ("Contradiction: %s contradicts %s"):format(
    look:voice(look:get("claims", row.from)), look:voice(look:get("claims", row.to))) }
  if row.one_state then
    parts[#parts + 1] = "both of " .. look:name("parties", row.from_state)
  end
  if row.asserted_by then
    parts[#parts + 1] = "asserted by " .. look:names("parties", row.asserted_by)
  end
  if row.denied_by then
    parts[#parts + 1] = "denied by " .. look:names("parties", row.denied_by)
  end
  if row.status ~= "asserted" then parts[#parts + 1] = row.status end
  return ("%s %s"):format(table.concat(parts, ", "), bracketed(row.cited, row.inferred))
end

--- The claims on a question, below the states of those who make them.
local function put_claims(look, page, rows)
  local state
  for _, row in ipairs(rows) do
    local name = row.state and look:name("parties", row.state) or "of no state: " .. row.no_state
    if name ~= state then
      state = name
      page:put(4, name)
    end
    page:put(6, claim_text(look, row))
  end
end

--- The rows of each question, by its key.
local function by_question(rows)
  local lists = {}
  for _, row in ipairs(rows) do
    lists[row.question] = lists[row.question] or {}
    table.insert(lists[row.question], row)
  end
  return lists
end

local function put_questions(brief, page)
  page:heading("Contested questions, and who says what")
  local look = brief.look
  local found = positions(brief.view, { dispute = brief.dispute_id })
  local claims, contradictions = by_question(found), by_question(found.contradictions)
  for _, question in ipairs(found.questions) do
    page:put(2, ("%s (%s) %s"):format(question.title, hyphened(question.status),
      bracketed(question.cited, question.inferred)))
    put_claims(look, page, claims[question.question] or {})
    for _, row in ipairs(contradictions[question.question] or {}) do
      page:put(4, contradiction_text(look, row))
    end
  end
  for _, row in ipairs(found.unplaced) do
    page:put(2, ("Not placed, since %s: %s"):format(row.why, claim_text(look, row)))
  end
  if #found.questions == 0 and #found.unplaced == 0 then
    page:put(2, NOTHING)
  end
end

-- ------------------------------------------------------------------------------ Transparency

-- The six kinds of basis, in the order in which they are told.
local BASES = {
  { "disclosed", "published" },
  { "zero", "published as zero" },
  { "no_figure", "published, figure not on record" },
  { "withheld", "withheld" },
  { "none_found", "looked for and none found" },
  { "not_looked_for", "not looked for" },
}

--- What is told of a disclosure: its period, which part of the whole, and who says so.
local function basis_line(look, row, name)
  local parts = { words(row.period) }
  if row.scope then parts[#parts + 1] = row.scope end
  if row.destinations then
    parts[#parts + 1] = "to " .. look:names("parties", row.destinations)
  end
  if row.items then parts[#parts + 1] = look:names("items", row.items) end
  if row.superseded then parts[#parts + 1] = "superseded" end
  if row.asserted_by then
    parts[#parts + 1] = ("as %s says"):format(look:name("parties", row.asserted_by))
  end
  return ("%s: %s %s"):format(name, table.concat(parts, ", "), bracketed(row.sources))
end

--- Years in order as text: "2015 to 2017, 2019".
local function years_text(years)
  local parts, first = {}, nil
  for i, year in ipairs(years) do
    first = first or year
    if years[i + 1] ~= year + 1 then
      parts[#parts + 1] = first == year and tostring(year) or ("%d to %d"):format(first, year)
      first = nil
    end
  end
  return table.concat(parts, ", ")
end

--- Rows by authority and measure, in their order: each list has the rows of a disclosure once, and
-- the years that nobody looked for.
local function by_authority(found)
  local lists, list, shown = {}, nil, {}
  for _, row in ipairs(found) do
    if not list or list.authority ~= row.authority or list.measure ~= row.measure then
      list = { authority = row.authority, measure = row.measure, years = {} }
      lists[#lists + 1] = list
    end
    if not row.id then
      list.years[#list.years + 1] = row.year
    elseif not shown[row.id] then
      shown[row.id] = true
      list[#list + 1] = row
    end
  end
  return lists
end

local function put_authority(look, page, list)
  page:put(2, ("%s: %s"):format(look:name("parties", list.authority), list.measure))
  for _, basis in ipairs(BASES) do
    for _, row in ipairs(list) do
      if row.basis == basis[1] then page:put(4, basis_line(look, row, basis[2])) end
    end
    if basis[1] == "not_looked_for" and #list.years > 0 then
      page:put(4, ("%s: %s [no source]"):format(basis[2], years_text(list.years)))
    end
  end
end

--- How often each basis occurs, in figures and in years.
local function basis_counts(lists)
  local counts, texts = { not_looked_for = 0 }, {}
  for _, list in ipairs(lists) do
    for _, row in ipairs(list) do counts[row.basis] = (counts[row.basis] or 0) + 1 end
    counts.not_looked_for = counts.not_looked_for + #list.years
  end
  for i, basis in ipairs(BASES) do
    texts[i] = ("%d%s %s"):format(counts[basis[1]] or 0,
      basis[1] == "not_looked_for" and " years" or "", basis[2])
  end
  return table.concat(texts, "; ")
end

local function put_transparency(brief, page)
  page:heading("What authorities disclose")
  local authorities = brief.scope:authorities()
  local found = authorities[1] and transparency(brief.view, { authorities = authorities }) or {}
  local lists = by_authority(found)
  if #lists == 0 then
    page:put(2, NOTHING)
    return
  end
  page:put(2, ("Six things that a blank would not tell apart: %s."):format(basis_counts(lists)), 2)
  for _, list in ipairs(lists) do put_authority(brief.look, page, list) end
end

-- ----------------------------------------------------------------------- What rests on little

-- As many examples of a weakness are given.
local MOST_EXAMPLES = 3

-- Weaknesses of which the field is told, and those of which the detail is.
local TELLS_FIELD = { single_sourced = true, unsourced = true }
local TELLS_DETAIL = { inferred = true, derived = true }

local function record_name(row)
  return ("%s %s"):format(row.kind, row.id or row.detail)
end

--- In how many ways each record is weak, by its kind and id.
local function ways_of(found)
  local ways, counted_once = {}, {}
  for _, row in ipairs(found) do
    local name = record_name(row)
    local once = row.weakness .. " " .. name
    if not counted_once[once] then
      counted_once[once] = true
      ways[name] = (ways[name] or 0) + 1
    end
  end
  return ways
end

--- The rows of one weakness: those of records that are weak in most ways first.
local function most_telling(found, weakness, ways)
  local list, order = {}, {}
  for i, row in ipairs(found) do
    if row.weakness == weakness then
      list[#list + 1] = row
      order[row] = i
    end
  end
  table.sort(list, function(a, b)
    local a_ways, b_ways = ways[record_name(a)], ways[record_name(b)]
    if a_ways ~= b_ways then return a_ways > b_ways end
    return order[a] < order[b]
  end)
  return list
end

local function example_text(look, row)
  local record = row.id and look:get(row.kind, row.id)
  local sources = record and cited(record, row.field) or bracketed(row.sources)
  local parts = { record and look:label(row.kind, record) }
  if row.field and TELLS_FIELD[row.weakness] then parts[#parts + 1] = row.field end
  if TELLS_DETAIL[row.weakness] then parts[#parts + 1] = row.detail end
  return ("%s %s"):format(table.concat(parts, ": "), sources)
end

--- How many rows there are of each text that a function gives, the most frequent first.
local function tally(list, text_of)
  local counts, texts = {}, {}
  for _, row in ipairs(list) do
    local text = text_of(row)
    if not counts[text] then texts[#texts + 1] = text end
    counts[text] = (counts[text] or 0) + 1
  end
  table.sort(texts, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  for i, text in ipairs(texts) do texts[i] = ("%s %d"):format(text, counts[text]) end
  return table.concat(texts, ", ")
end

local function put_weakness(look, page, weakness, list)
  page:put(2, ("%s: %d"):format(hyphened(weakness), #list))
  if weakness == "single_sourced" then
    page:put(4, "by source: " .. tally(list, function(row) return row.detail end))
    page:put(4, "by kind: " .. tally(list, function(row) return row.kind end))
  end
  for i = 1, math.min(#list, MOST_EXAMPLES) do page:put(4, example_text(look, list[i])) end
  if #list > MOST_EXAMPLES then
    page:put(4, ("and %d more"):format(#list - MOST_EXAMPLES))
  end
end

local function put_audit(brief, page)
  page:heading("What rests on little")
  local found = audit(brief.view, { dispute = brief.dispute_id })
  local ways, absent = ways_of(found), {}
  page:put(2, "Counted in records, and in fields where those of a record rest on different "
    .. "sources. The examples are weak in the most ways.", 2)
  for _, weakness in ipairs(audit.weaknesses) do
    local list = most_telling(found, weakness, ways)
    if #list > 0 then
      put_weakness(brief.look, page, weakness, list)
    else
      absent[#absent + 1] = hyphened(weakness)
    end
  end
  if #absent > 0 then
    page:put(2, "None: " .. table.concat(absent, ", "))
  end
end

-- ------------------------------------------------------------------------------------ In all

local VALIDATORS = {
  dispute = options.reference,
  during = options.date,
  item = options.reference,
  from = options.reference,
  to = options.reference,
}

--- What a brief is made from: the store as of one revision, and what was asked.
local function brief_of(store, given, level)
  local view = options.snapshot(store, level + 1)
  local function record(kind, option)
    return options.record(view, kind, option, given[option], level + 2)
  end
  local look, dispute = lookup.of(view), record("disputes", "dispute")
  return {
    view = view, look = look, scope = scope.of(look, dispute), during = given.during,
    dispute = dispute, dispute_id = dispute and dispute.id,
    item = record("items", "item"), from = record("parties", "from"), to = record("parties", "to"),
  }
end

local function check_item(given, level)
  local route = given.from and "from" or given.to and "to"
  if route and not given.item then
    core.raise{ code = "misuse", field = "item", level = level + 1,
      message = ("item: expected the item that goes %s there, got nothing"):format(route) }
  end
end

--- A dispute on a few pages, as plain text of 100 columns.
--
-- The chronology is of `dualuse.chronology`, the figures against cases of `dualuse.reconcile`, the
-- licences of `dualuse.licence`, the questions of `dualuse.positions`, what authorities disclose of
-- `dualuse.transparency`, and what rests on little of `dualuse.audit`: each tells there what it
-- means. It is of the store's newest revision: what an open transaction has written is not in it.
-- @param store an open store, or a view of one
-- @tparam[opt] table given `dispute`, a reference; `during`, an EDTF date for the chronology, which
--   has what may overlap it; `item`, a reference, whose licences and measures are told; `from` and
--   `to`, references to parties: from where to where the item goes, in place of where the measures
--   of the dispute have it go. Without dispute, during or item, the report is of all disputes, all
--   time, or the measures on any item
-- @treturn string lines, each with its line end
-- @raise `misuse` for what is no store, an unknown option, a wrong type, or `from` and `to` without
--   an item; `invalid` for a record that there is not, or a date that is none; `closed`
function M.brief(store, given)
  given = options.check(given, VALIDATORS, 2)
  check_item(given, 2)
  local brief, page = brief_of(store, given, 2), Page.new()
  if brief.dispute then page:put(0, brief.dispute.title .. " " .. cited(brief.dispute), 0) end
  put_summary(brief, page)
  put_chronology(brief, page)
  put_cases(brief, page)
  put_figures(brief, page)
  put_licences(brief, page)
  put_measures(brief, page)
  put_questions(brief, page)
  put_transparency(brief, page)
  put_audit(brief, page)
  return page:text()
end

return M
