--- Disclosed totals against each other, and against the cases on record.
--
--    local r = reconcile(store, { authority = "MOTIE", year_basis = "detected" })
--    r[5].period, r[5].value, r[5].basis, r[5].formula
--    --> 2018/2019-03   72   derived   156 (2015/2019-03) − 14 (2015) − 22 (2016) − 48 (2017)
--
-- A total for a period is a difference between two points in time. Totals that connect two points
-- make the difference between them known; totals that contradict each other are all named, and
-- none of them is preferred: what depends on them has `values`, no `value`.
--
-- Only like is combined: measure, unit, year basis and what part of the whole (destination, item,
-- scope) belong to the question. A total that leaves unit or year basis open goes with any, and the
-- answer names it in `open`. A unit or year basis that the question leaves open is the one that the
-- totals have.
--
-- A total that is `at_least` or `at_most` bounds; one that is `about` lies within a tenth of its
-- value, or within what `about` says. Numbers of companies do not add up over periods, since one
-- company may be counted in several: they are bounded, not subtracted.
--
-- The module is callable: `reconcile(store, question)` is `reconcile.reconcile(store, question)`.
-- @module dualuse.reconcile

local byte_order = require "dualuse.byte_order"
local cases = require "dualuse.reconcile.cases"
local core = require "dualuse.core"
local differences = require "dualuse.differences"
local formula = require "dualuse.reconcile.formula"
local parts = require "dualuse.reconcile.part"
local period = require "dualuse.period"
local provenance = require "dualuse.provenance"
local rows = require "dualuse.rows"
local sets = require "dualuse.sets"

local M = {}

local function raise(code, level, message, ...)
  core.raise{ code = code, message = message:format(...), level = level + 1 }
end

local function shown(value)
  return core.shown(tostring(value))
end

-- -------------------------------------------------------------------------------- The question

local option_types = {
  authority = "a party", measure = "text", unit = "text", year_basis = "text", during = "text",
  destination = "a party or a list of them", item = "an item or a list of them", scope = "text",
  about = "a number from 0 to 1",
}
local option_names = "about, authority, destination, during, item, measure, scope, unit, year_basis"

local function is_reference(value)
  return type(value) == "string" or math.type(value) == "integer"
end

local function is_reference_list(value)
  if type(value) ~= "table" then
    return is_reference(value)
  end
  for _, element in ipairs(value) do
    if not is_reference(element) then
      return false
    end
  end
  return #value > 0
end

local fits = {
  authority = is_reference, destination = is_reference_list, item = is_reference_list,
  about = function(value) return type(value) == "number" and value >= 0 and value <= 1 end,
}

local function fits_option(name, value)
  if fits[name] then
    return fits[name](value)
  end
  return type(value) == "string"
end

local function check_options(store, options, level)
  if core.class(store) ~= "dualuse.store" then
    raise("misuse", level, "argument 1: expected a store, got %s", type(store))
  elseif type(options) ~= "table" then
    raise("misuse", level, "argument 2: expected a table such as { authority = \"KOR\" }, got %s",
      type(options))
  end
  for _, name in ipairs(sets.sorted(options)) do
    if not option_types[name] then
      raise("misuse", level, "unknown option %s: expected %s", shown(name), option_names)
    elseif not fits_option(name, options[name]) then
      raise("misuse", level, "%s: expected %s, got %s", name, option_types[name],
        type(options[name]))
    end
  end
  if not options.authority then
    raise("misuse", level, "authority: expected the party whose figures they are, got nothing")
  end
end

--- A word of the vocabulary of a field of disclosures, or nil.
local function checked_word(name, word, level)
  if word == nil then
    return nil
  end
  for _, field in ipairs(core.describe("disclosures").fields) do
    if field.name == name then
      for _, valid in ipairs(field.words) do
        if word == valid then
          return word
        end
      end
      raise("invalid", level, "%s: expected one of %s, got \"%s\"", name,
        table.concat(field.words, ", "), shown(word))
    end
  end
end

--- What a reference reads back as: the key of the record that it names.
local function resolved(collection, name, reference, level)
  local ok, record = pcall(collection.get, collection, reference)
  if not ok and type(record) == "table" then
    raise(record.code or "invalid", level, "%s: %s", name, record.message)
  elseif not ok then
    error(record, 0)
  elseif not record then
    raise("invalid", level, "%s: no %s has the id, key, name or alias \"%s\"", name,
      collection:kind() == "items" and "item" or "party", shown(reference))
  end
  return record.key or record.id
end

local function resolved_list(collection, name, references, level)
  local list = {}
  if references == nil then
    return list
  end
  for i, reference in ipairs(type(references) == "table" and references or { references }) do
    list[i] = resolved(collection, name, reference, level + 1)
  end
  table.sort(list, byte_order.numbers_first)
  return list
end

local function asked_span(during, level)
  if not during then
    return nil
  end
  local first, last = period.span(during)
  if not first then
    raise("invalid", level, "during: expected a period known to the day, such as"
      .. " \"2015/2019-03\"; %s %s", shown(during), last)
  end
  return first, last
end

local function ask(store, options, level)
  check_options(store, options, level + 1)
  local question = {
    authority = resolved(store.parties, "authority", options.authority, level + 1),
    measure = checked_word("measure", options.measure, level + 1) or "cases",
    unit = checked_word("unit", options.unit, level + 1),
    year_basis = checked_word("year_basis", options.year_basis, level + 1),
    during = options.during, scope = options.scope, about = options.about or 0.1,
    destinations = resolved_list(store.parties, "destination", options.destination, level + 1),
    items = resolved_list(store.items, "item", options.item, level + 1),
  }
  local first, last = asked_span(options.during, level + 1)
  return question, first, last
end

-- -------------------------------------------------------------------------- Reading the totals

local function superseded_by(store)
  local by = {}
  for id, older, key in store.disclosures:values("supersedes", "key") do
    if older ~= nil then
      by[older] = key or id
    end
  end
  return by
end

--- Whether a total answers the question but for its part; else why not.
local function unlike(record, question)
  for _, name in ipairs{ "unit", "year_basis" } do
    if record[name] and question[name] and record[name] ~= question[name] then
      return ("%s is %s"):format(name, record[name])
    end
  end
  return nil
end

local function entry(record, more)
  local new = {
    id = record.id, key = record.key, kind = "disclosures", period = record.period,
    value = record.value, asserted_by = record.asserted_by,
    published = record.published, record = record,
    qualifier = record.qualifier ~= "exact" and record.qualifier or nil,
  }
  for name, value in pairs(more or {}) do
    new[name] = value
  end
  return new
end

--- The one word that totals have in a field which the question leaves open; nil where they have
-- none. The totals of the part asked for decide where the others have different ones.
local function inferred(name, totals, asked, level)
  local function words_of(only)
    local words = {}
    for _, total in ipairs(totals) do
      if total.record[name] and (not only or total.part.id == only.id) then
        words[total.record[name]] = true
      end
    end
    return sets.sorted(words)
  end
  local words = words_of(nil)
  if #words > 1 then
    words = words_of(asked)
  end
  if #words > 1 then
    raise("invalid", level, "%s: the figures have several (%s): ask for one of them", name,
      table.concat(words, ", "))
  end
  return words[1]
end

--- Puts a total where it belongs.
local function sort_in(found, record, question, older)
  local more = { part = parts.new(record.destinations, record.items, record.scope) }
  local reason = unlike(record, question)
  if reason then
    more.reason = reason
    return table.insert(found.unlike, entry(record, more))
  elseif older then
    more.superseded_by = older
    return table.insert(found.superseded, entry(record, more))
  elseif record.status == "withheld" then
    return table.insert(found.withheld, entry(record, more))
  elseif record.status == "none_found" then
    return table.insert(found.none_found, entry(record, more))
  elseif not record.value then
    more.reason = "published, but the figure is not on record"
    return table.insert(found.unplaced, entry(record, more))
  end
  local first, last = period.span(record.period)
  if not first then
    more.reason = record.period .. " " .. last
    return table.insert(found.unplaced, entry(record, more))
  end
  more.first, more.last = first, last
  return table.insert(found.totals, entry(record, more))
end

local function sort_entries(list)
  table.sort(list, function(a, b)
    for _, name in ipairs{ "first", "last", "period", "value" } do
      if a[name] ~= b[name] then
        return byte_order.numbers_first(a[name] or -1, b[name] or -1)
      end
    end
    return a.id < b.id
  end)
end

local kinds_of_totals = { "totals", "unlike", "superseded", "withheld", "none_found", "unplaced" }

--- The disclosures of the authority and measure, sorted out.
local function read_totals(store, question, asked, level)
  local records = store.disclosures:where{ authority = question.authority,
    measure = question.measure }:all()
  local by, usable = superseded_by(store), {}
  local function older(record)
    return by[record.id] or record.key and by[record.key]
  end
  for _, record in ipairs(records) do
    if record.value and record.status == "published" and not older(record) then
      usable[#usable + 1] = { record = record,
        part = parts.new(record.destinations, record.items, record.scope) }
    end
  end
  for _, name in ipairs{ "unit", "year_basis" } do
    question[name] = question[name] or inferred(name, usable, asked, level + 1)
  end
  local found = {}
  for _, name in ipairs(kinds_of_totals) do
    found[name] = {}
  end
  for _, record in ipairs(records) do
    sort_in(found, record, question, older(record))
  end
  for _, name in ipairs(kinds_of_totals) do
    sort_entries(found[name])
  end
  return found
end

-- ----------------------------------------------------------------------- Totals as differences

--- Between which values a total lies.
local function limits(total, question)
  local value, qualifier = total.value, total.qualifier
  if qualifier == "at_least" then
    return value, nil
  elseif qualifier == "at_most" then
    return nil, value
  elseif qualifier == "about" then
    local off = value * question.about
    return math.floor(value - off + 1e-6), math.ceil(value + off - 1e-6)
  end
  return value, value
end

local function claim_of(total, question)
  local least, most = limits(total, question)
  return { from = total.first, to = total.last + 1, least = least, most = most, total = total }
end

local function parts_of(totals)
  local list, found = {}, {}
  for _, total in ipairs(totals) do
    if not found[total.part.id] then
      found[total.part.id] = true
      list[#list + 1] = total.part
    end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local function points_of(claims)
  local points = {}
  for _, claim in ipairs(claims) do
    points[#points + 1] = claim.from
    points[#points + 1] = claim.to
  end
  return points
end

--- The upper bounds that a larger part sets between points, as claims.
local function bounds_from(system, points, claims)
  table.sort(points)
  for i, from in ipairs(points) do
    for j = i + 1, #points do
      local known = points[j] > from and system:between(from, points[j])
      if known and known.most then
        claims[#claims + 1] = { from = from, to = points[j], most = known.most,
          terms = known.most_terms }
      end
    end
  end
end

--- Solves the totals of a part: bounded by those of larger parts, and where `inner` is true from
-- below by those of smaller ones.
local function solve(totals, part, question, points, inner)
  local claims = {}
  for _, total in ipairs(totals) do
    if total.part.id == part.id or inner and parts.within(total.part, part) then
      local claim = claim_of(total, question)
      if total.part.id ~= part.id then
        claim.most = nil
      end
      claims[#claims + 1] = claim
    end
  end
  local all = table.move(points, 1, #points, 1, points_of(claims))
  local own = #claims
  for _, larger in ipairs(parts_of(totals)) do
    if parts.within(part, larger) then
      bounds_from(solve(totals, larger, question, all, false), table.move(all, 1, #all, 1, {}),
        claims)
    end
  end
  local system = differences.solve(claims, { points = all, separate = question.unit == "company" })
  return system, table.move(claims, 1, own, 1, {})
end

-- ------------------------------------------------------------------------------ What it rests on

--- Adds what terms rest on to a collector.
local function collect(collector, terms)
  for _, term in ipairs(terms or {}) do
    collector:add(term.claim.total.record, "value"):add(term.claim.total.record, "period")
  end
  return collector
end

local function rests_on(collector, row, ...)
  local new = collector:another()
  for _, terms in ipairs{ ... } do
    collect(new, terms)
  end
  for name, value in pairs(new:result()) do
    row[name] = value
  end
  return row
end

-- ------------------------------------------------------------------------- Rows of the answer

local function as_terms(claims)
  local terms = {}
  for i, claim in ipairs(claims) do
    terms[i] = { claim = claim, sign = 1 }
  end
  return terms
end

--- The different exact values that were disclosed for a period itself, and whether any total for
-- it is disputed.
local function disclosed_values(claims)
  local values, found, disputed = {}, {}, false
  for _, claim in ipairs(claims) do
    disputed = disputed or claim.disputed or false
    if claim.least and claim.least == claim.most and not found[claim.least] then
      found[claim.least] = true
      values[#values + 1] = claim.least
    end
  end
  table.sort(values)
  return values, disputed
end

local function with_values(row, values)
  row.values, row.conflict = values, true
  row.least, row.most = values[1], values[#values]
end

--- A period with a total of its own.
local function fill_disclosed(row, values, disputed, known)
  row.basis = "disclosed"
  row.value = #values == 1 and values[1] or nil
  row.least, row.most = values[1], values[#values]
  if #values > 1 or disputed then
    with_values(row, known.values or values)
  end
end

--- A period without: what follows for it.
local function fill_derived(row, known, part)
  if known.value then
    row.value, row.least, row.most = known.value, known.value, known.value
    row.basis, row.formula = "derived", formula.text(known.terms, nil, part)
  elseif known.values then
    row.basis = "derived"
    with_values(row, known.values)
  else
    row.least, row.most = known.least, known.most
    row.value = known.least == known.most and known.least or nil
    row.formula = formula.bounds(known, part)
    row.basis = row.formula and "derived" or nil
  end
end

local function row_for(span, system, part, collector)
  local row = { period = period.text(span.from, span.to - 1), from = span.from, to = span.to }
  local known = system:between(span.from, span.to)
  local values, disputed = disclosed_values(span.claims)
  local own = as_terms(span.claims)
  if #values > 0 then
    fill_disclosed(row, values, disputed, known)
    rests_on(collector, row, own, row.conflict and known.terms or nil)
  else
    fill_derived(row, known, part)
    row.conflict = row.conflict or disputed or nil
    if #own > 0 and not (known.value or known.values) then
      row.basis = "disclosed"
    end
    local bounds = not (known.value or known.values)
    rests_on(collector, row, known.terms or {}, bounds and known.least_terms or {},
      bounds and known.most_terms or {}, own)
  end
  return row
end

--- The periods of the answer: those with totals, and those between adjacent ends of such.
local function spans_of(claims)
  local spans, found = {}, {}
  local function span(from, to)
    local id = from .. " " .. to
    if not found[id] then
      found[id] = { from = from, to = to, claims = {} }
      spans[#spans + 1] = found[id]
    end
    return found[id]
  end
  local points = points_of(claims)
  table.sort(points)
  for i = 2, #points do
    if points[i] > points[i - 1] then
      span(points[i - 1], points[i])
    end
  end
  for _, claim in ipairs(claims) do
    table.insert(span(claim.from, claim.to).claims, claim)
  end
  table.sort(spans, function(a, b)
    if a.from ~= b.from then
      return a.from < b.from
    end
    return a.to < b.to
  end)
  return spans
end

local function side_of(side, collector, part)
  local limit = side.limit and "at " .. side.limit .. " " or ""
  local new = rests_on(collector, { value = side.value, limit = side.limit }, side.terms)
  new.formula = formula.text(side.terms, side.limit, part)
  new.text = ("%s%d by %s [%s]"):format(limit, side.value, new.formula,
    #new.sources > 0 and table.concat(new.sources, ", ") or "no source")
  return new
end

local function conflict_of(conflict, collector, part)
  local row = { period = period.text(conflict.from, conflict.to - 1), values = {}, claims = {} }
  local texts, all = {}, {}
  for i, side in ipairs(conflict.sides) do
    row.claims[i] = side_of(side, collector, part)
    row.values[i], texts[i] = side.value, row.claims[i].text
    table.move(side.terms, 1, #side.terms, #all + 1, all)
  end
  row.text = table.concat(texts, "; ")
  return rests_on(collector, row, all)
end

-- ------------------------------------------------------------------------------------ The answer

--- A list of totals or cases that stand beside the answer, as rows with their sources.
local function listed(list, collector, columns, title)
  for _, element in ipairs(list) do
    for name, value in pairs(collector:another():add(element.record):result()) do
      element[name] = value
    end
    element.part_text = element.part and parts.describe(element.part)
    element.record, element.part = nil, nil
    element.part, element.part_text = element.part_text, nil
  end
  return rows.new(list, { columns = columns, title = title })
end

--- Which totals leave open what the question names.
local function open_fields(totals, part)
  local open = {}
  for _, name in ipairs{ "unit", "year_basis" } do
    for _, total in ipairs(totals) do
      if total.part.id == part.id and total.record[name] == nil then
        open[name] = open[name] or {}
        table.insert(open[name], total.key or total.id)
      end
    end
  end
  return open
end

local most_named = 10

local function names_of(list)
  local names = {}
  for i, element in ipairs(list) do
    if i > most_named then
      names[i] = "…"
      break
    end
    names[i] = ("%s%s"):format(element.period or "undated",
      element.value and (" (%d)"):format(element.value) or "")
  end
  return table.concat(names, ", ")
end

local function add_note(notes, format, ...)
  notes[#notes + 1] = format:format(...)
end

local function question_note(result)
  local question = result.question
  local unit = question.unit or "left open"
  local basis = question.year_basis or "left open (cases are counted by the date of detection)"
  return ("unit: %s; years by date: %s; part: %s"):format(unit, basis, result.part)
end

local beside = {
  { "unplaced", "not placed in time or without a figure" },
  { "withheld", "withheld" }, { "none_found", "looked for and not found" },
  { "superseded", "superseded, not used" }, { "of_which", "of which, apart" },
  { "unlike", "left out, answering another question" },
  { "beyond", "periods that reach beyond the span asked for" },
}

--- How a row came about, in a line; nil for what was simply disclosed.
local function row_note(row)
  if row.formula then
    local value = row.value and row.value .. " = " or ""
    return ("%s: %s%s"):format(row.period, value, row.formula)
  elseif row.values then
    return ("%s: disputed, %s"):format(row.period, table.concat(row.values, " or "))
  end
  return nil
end

local function conflict_note(conflict)
  return ("conflict in %s: %s"):format(conflict.period, conflict.text)
end

local most_notes = 20

--- Notes on a list, as many as can be read.
local function add_notes(notes, list, note_on, more)
  local count = 0
  for _, element in ipairs(list) do
    local note = note_on(element)
    count = count + (note and 1 or 0)
    if note and count <= most_notes then
      notes[#notes + 1] = note
    end
  end
  if count > most_notes then
    add_note(notes, "… %d more, in %s", count - most_notes, more)
  end
end

local function notes_of(result)
  local notes = { question_note(result) }
  add_notes(notes, result, row_note, "the rows")
  add_notes(notes, result.conflicts, conflict_note, "conflicts")
  for _, name in ipairs(sets.sorted(result.open)) do
    add_note(notes, "%s left open by: %s", name, table.concat(result.open[name], ", "))
  end
  for _, kind in ipairs(beside) do
    local list = result[kind[1]]
    if #list > 0 then
      add_note(notes, "%s: %d: %s", kind[2], #list, names_of(list))
    end
  end
  if not result.cases.compared then
    notes[#notes + 1] = result.cases.reason
  elseif result.cases.total > 0 then
    add_note(notes, "cases on record: %d; in none of these periods: %d; not placed: %d",
      result.cases.total, result.cases.elsewhere, result.cases.unplaced)
  end
  return notes
end

--- The columns that say something: bounds only where there is no value.
local function columns_for(list, compared)
  local columns = { "period", "value" }
  for _, row in ipairs(list) do
    if row.value == nil or row.conflict then
      columns = { "period", "value", "least", "most" }
      break
    end
  end
  columns[#columns + 1] = "basis"
  if compared then
    table.move({ "recorded", "possible", "gap" }, 1, 3, #columns + 1, columns)
  end
  return columns
end

local aggregates = { value = "value", least = "least", most = "most", recorded = "recorded",
  possible = "possible" }

local function split_by_span(list, first, last)
  local within, beyond = {}, {}
  for _, row in ipairs(list) do
    if first and (row.from < first or row.to - 1 > last) then
      if row.from <= last and row.to - 1 >= first then
        beyond[#beyond + 1] = row
      end
    else
      within[#within + 1] = row
    end
    row.from, row.to = nil, nil
  end
  return within, beyond
end

local entry_columns = { "id", "key", "period", "value", "qualifier", "part", "reason",
  "superseded_by", "asserted_by", "sources" }

local function add_lists(result, found, collector, counts, part)
  local of_which = {}
  for _, total in ipairs(found.totals) do
    if parts.within(total.part, part) then
      of_which[#of_which + 1] = total
    end
  end
  for _, case in ipairs(counts.unplaced) do
    table.insert(found.unplaced, case)
  end
  result.of_which = listed(of_which, collector, entry_columns, "of which")
  for _, name in ipairs{ "unlike", "superseded", "withheld", "none_found", "unplaced" } do
    result[name] = listed(found[name], collector, entry_columns, (name:gsub("_", " ")))
  end
end

local function run(store, options, level)
  local question, first, last = ask(store, options, level + 1)
  local part = parts.new(question.destinations, question.items, question.scope)
  local found = read_totals(store, question, part, level + 1)
  local collector = provenance.collector(store)
  local system, claims = solve(found.totals, part, question, {}, true)
  local own, list = {}, {}
  for _, claim in ipairs(claims) do
    own[#own + 1] = claim.total.part.id == part.id and claim or nil
  end
  for i, span in ipairs(spans_of(own)) do
    list[i] = row_for(span, system, part, collector)
  end
  local counts = cases.count(store, question, list)
  local within, beyond = split_by_span(list, first, last)
  local result = rows.new(within, {
    columns = columns_for(within, counts.compared), keys = { "period" },
    measures = { "value", "recorded", "possible" }, aggregates = aggregates,
    unit = question.unit, independent = provenance.counter(store),
    title = ("%s: %s disclosed, derived and on record"):format(question.authority,
      question.measure),
  })
  local conflicts = {}
  for i, conflict in ipairs(system.conflicts) do
    conflicts[i] = conflict_of(conflict, collector, part)
  end
  result.question, result.part = question, parts.describe(part)
  result.conflicts = rows.new(conflicts, { columns = { "period", "values", "text" }, widest = 100 })
  result.open = open_fields(found.totals, part)
  result.beyond = rows.new(beyond, { columns = result.columns, title = "beyond the span" })
  add_lists(result, found, collector, counts, part)
  result.cases = { compared = counts.compared, reason = counts.reason, total = counts.total,
    elsewhere = counts.elsewhere, unplaced = #counts.unplaced }
  result.notes = notes_of(result)
  return result
end

--- Sets the totals that an authority disclosed against each other and against the cases on record.
-- @param store an open store, or a view of one
-- @tparam table question
--   `authority`*, whose figures; `measure` ("cases"); `unit`, `year_basis` (those of the figures);
--   `during`, only periods within this one; `destination`, `item` (each one or a list), `scope`:
--   the part of the whole; `about`, how far from the truth an approximate figure may be (0.1)
-- @treturn table rows in order of time, one for each period disclosed and each between adjacent
--   ends of such: `period`, `value`, `least`, `most`, `basis` ("disclosed", "derived" or nil where
--   nothing is known), `formula`, `conflict` and `values` where figures contradict each other;
--   `recorded` and `possible`, how many cases certainly and how many others possibly lie in it,
--   with their ids in `cases` and `possible_cases`; `gap`, the `least` and `most` that are not on
--   record, negative where more are; `records`, `sources`, `independent` of the value.
--   Beside the rows: `conflicts` (`period`, `values`, `sources`, `claims`, `text`), `unplaced`,
--   `withheld`, `none_found`, `superseded`, `unlike`, `of_which`, `beyond`, each a list; `open`, by
--   field the figures that leave it open; `question`, as answered; `cases`, how many there are,
--   how many in none of the periods (`elsewhere`) and how many could not be placed
-- @raise `misuse` for unknown options and wrong types; `invalid` for an unknown party, item or
--   word, and where the question leaves open a unit or year basis of which the figures have several
function M.reconcile(store, question)
  local result = run(store, question, 3)
  return result
end

return setmetatable(M, {
  __call = function(_, store, question)
    local result = run(store, question, 3)
    return result
  end,
})
