--- The cases on record, set against the periods of disclosed totals.
-- @module dualuse.reconcile.cases

local core = require "dualuse.core"
local period = require "dualuse.period"

local M = {}

local NO_FIRST, NO_LAST = 0, 99999999

--- By key, the last day on which a source may have been published, where there is one.
local function publications(store)
  local last = {}
  for _, key, published in store.sources:values("key", "published") do
    last[key] = published and select(2, core.edtf.bounds(published)) or nil
  end
  return last
end

local function first_publication(case, published)
  local first
  for _, citation in ipairs(case.sources or {}) do
    local last = published[type(citation) == "table" and citation[1] or citation]
    first = last and math.min(first or last, last) or first
  end
  return first
end

local function bounds_of(date)
  local first, last = core.edtf.bounds(date)
  return first or NO_FIRST, last or NO_LAST, not date:find("[?~%%]")
end

--- The first and last day on which a case may count, and whether it certainly lies between; nil and
-- why where it has none.
local function case_span(case, year_basis, published)
  if year_basis == "exported" then
    if not case.exported then
      return nil, "no date of export"
    end
    return bounds_of(case.exported)
  elseif case.date then
    return bounds_of(case.date)
  end
  local by = first_publication(case, published)
  if not case.exported then
    if by then
      return NO_FIRST, by, true
    end
    return nil, "no date"
  end
  local first, _, sure = bounds_of(case.exported)
  if by and by < first then
    return nil, "exported after its earliest source was published"
  end
  return first, by or NO_LAST, sure
end

local function ids_of(query)
  local ids = {}
  for id in query:values("id") do
    ids[id] = true
  end
  return ids
end

--- Which cases certainly belong to the part asked for, and which may: functions of a case.
local function belongs(cases, question)
  local to = #question.destinations > 0
    and ids_of(cases:where{ destination = { within = question.destinations } })
  local of = #question.items > 0 and ids_of(cases:where{ items = { within = question.items } })
  return function(case)
    local surely, maybe = question.scope == nil, true
    if to then
      surely = surely and to[case.id] or false
      maybe = to[case.id] or case.destination == nil
    end
    if of then
      surely = surely and of[case.id] or false
      maybe = maybe and (of[case.id] or case.items == nil)
    end
    return surely, maybe
  end
end

--- The cases on record of the authority and what is part of it, each with its span.
local function read_cases(store, question)
  local found = { placed = {}, unplaced = {}, total = 0 }
  local cases = store.cases:where{ authority = { within = question.authority } }
  local belonging = belongs(cases, question)
  local published = question.year_basis ~= "exported" and publications(store)
  for case in cases:select("key", "date", "exported", "destination", "items", "sources"):each() do
    local surely, maybe = belonging(case)
    if surely or maybe then
      found.total = found.total + 1
      local first, last, certain = case_span(case, question.year_basis, published)
      if first then
        table.insert(found.placed, { id = case.id, first = first, last = last,
          certain = certain and surely })
      else
        table.insert(found.unplaced, { id = case.id, key = case.key, kind = "cases",
          period = case.date or case.exported, reason = last, record = case })
      end
    end
  end
  return found
end

local function day_number(day)
  local year, month, of_month = period.date(day)
  return year * 10000 + month * 100 + of_month
end

--- Counts the cases of a period: certain and possible ones, and what is left of the total.
local function count_cases(row, cases)
  local first, last = day_number(row.from), day_number(row.to - 1)
  row.cases, row.possible_cases = {}, {}
  for _, case in ipairs(cases.placed) do
    if case.first <= last and case.last >= first then
      case.met = true
      local certain = case.certain and case.first >= first and case.last <= last
      table.insert(certain and row.cases or row.possible_cases, case.id)
    end
  end
  row.recorded, row.possible = #row.cases, #row.possible_cases
  row.gap = { least = row.least - row.recorded - row.possible,
    most = row.most and row.most - row.recorded }
end

--- Why cases on record cannot be set against these totals; nil where they can.
local function not_comparable(question)
  if question.measure ~= "cases" then
    return ("the cases on record are not %s, and are not counted here"):format(question.measure)
  elseif question.unit and question.unit ~= "case" then
    return ("the cases on record are cases, not %s, and are not counted here"):format(
      question.unit == "company" and "companies" or question.unit .. "s")
  elseif question.year_basis == "decided" then
    return "the cases on record have no date of decision, and are not counted here"
  end
  return nil
end

--- Counts the cases of each period: rows get `recorded` and `possible`, the ids in `cases` and
-- `possible_cases`, and `gap`, what of the total is not on record.
-- @param store an open store, or a view of one
-- @tparam table question as answered: authority, measure, unit, year_basis, destinations, items,
--   scope
-- @tparam {table,...} answer rows with `from`, `to`, `least` and `most`
-- @treturn table `compared`; where false the `reason`, else `total`, how many cases there are, and
--   `elsewhere`, how many in none of the periods; `unplaced`, a list of those without a date
function M.count(store, question, answer)
  local why = not_comparable(question)
  if why then
    return { compared = false, reason = why, unplaced = {} }
  end
  local cases = read_cases(store, question)
  for _, row in ipairs(answer) do
    count_cases(row, cases)
  end
  local elsewhere = 0
  for _, case in ipairs(cases.placed) do
    elsewhere = elsewhere + (case.met and 0 or 1)
  end
  return { compared = true, total = cases.total, elsewhere = elsewhere,
    unplaced = cases.unplaced }
end

return M
