--- What happened when: events, stages of measures and memberships, disclosures, cases and claims,
-- in one order.
--
--    print(dualuse.chronology(store, { dispute = "japan-korea-2019", during = "2019-07" }))
--    dualuse.chronology(store, { query = store.events:where{ actor = { within = "JPN" } } })
-- @module dualuse.chronology

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local lookup = require "dualuse.lookup"
local options = require "dualuse.options"
local precision = require "dualuse.precision"
local rows = require "dualuse.rows"
local scope = require "dualuse.scope"
local sorting = require "dualuse.sorting"

local M = {}

local KINDS = { "cases", "claims", "disclosures", "events", "stages" }

-- ------------------------------------------------------------------------------------ Options

local function is_query(value)
  local class = core.class(value)
  local expected = "a query on " .. table.concat(KINDS, ", ")
  if class ~= "dualuse.query" and class ~= "dualuse.collection" then
    return expected, "misuse"
  end
  local open, asked = pcall(value.kind, value)
  for _, kind in ipairs(KINDS) do
    if open and asked == kind then
      return nil
    end
  end
  if not open then
    return "a query on an open store", asked.code
  end
  return ("%s, not on %s"):format(expected, asked), "misuse"
end

local VALIDATORS = {
  dispute = options.reference,
  during = options.date,
  kinds = options.words(KINDS),
  claims = options.boolean,
  most = options.count(1, 1000000, "how many rows"),
  query = is_query,
}

--- Refuses what a query cannot be asked together with; the mistake is that of the caller's caller.
local function check_query_alone(given)
  for _, name in ipairs{ "dispute", "kinds", "claims" } do
    if given.query and given[name] ~= nil then
      core.raise{ code = "misuse", field = name, level = 3, message = (
        "%s: a query says itself which records it finds: give query or %s, not both")
        :format(name, name) }
    end
  end
end

-- -------------------------------------------------------------------------------------- Dates

local DAYS = { day = true, month = true, season = true, year = true }

local function day_text(day)
  return ("%04d-%02d-%02d"):format(day // 10000, day // 100 % 100, day % 100)
end

--- The earliest last day on which a source of the record was published; nil if none tells.
local function published_by(look, record)
  local earliest
  for _, citation in ipairs(record.sources or {}) do
    local source = look:get("sources", type(citation) == "table" and citation[1] or citation)
    local _, last
    if source and source.published then _, last = core.edtf.bounds(source.published) end
    if last and (not earliest or last < earliest) then earliest = last end
  end
  return earliest
end

--- The start of the time in which a case was detected: its export, as it is on record if that can
-- stand in a set.
local function export_text(exported)
  local date = core.edtf.parse(exported)
  if DAYS[date.precision] and not date.unspecified then
    return exported
  end
  return date.first and day_text(date.first) or ""
end

--- A case's own date: when it was detected; else it lies between the export and the day its
-- earliest source was published.
-- @treturn ?string EDTF; nil if nothing tells, or the two contradict each other
-- @treturn ?string why, where it is not the day of detection
local function case_date(look, case)
  if case.date then
    return case.date
  end
  local last = published_by(look, case)
  local start = case.exported and export_text(case.exported) or ""
  if start == "" and not last then
    return nil, "nothing tells when"
  end
  local text = ("[%s..%s]"):format(start, last and day_text(last) or "")
  if not core.edtf.valid(text) then
    return nil, "exported after its source was published"
  end
  return text, start ~= "" and last and "between the export and the report"
    or last and "by the report" or "after the export"
end

--- Is a date uncertain that a case's own date was made from?
local function rests_on_uncertain(kind, record)
  local date = kind == "cases" and not record.date and record.exported
    and core.edtf.parse(record.exported)
  return date and (date.uncertain or date.approximate) or false
end

--- The date of a record in a chronology, and what is to be said of it.
local function date_of(look, kind, record)
  if kind == "cases" then
    return case_date(look, record)
  elseif kind == "disclosures" then
    return record.published, not record.published and "day of publication not on record" or nil
  end
  return record.date
end

local function precision_words(date, remark)
  if not date then
    return remark and ("undated: " .. remark) or "undated"
  end
  local words = precision.words(date)
  return remark and ("%s (%s)"):format(words, remark) or words
end

-- -------------------------------------------------------------------------------------- Links

--- The links of a store by the ends they have.
local function links_by_end(view)
  local ends = {}
  local function add(reference, link, words, other)
    ends[reference] = ends[reference] or {}
    table.insert(ends[reference], { link = link, words = words, other = other })
  end
  for link in view.links:order("id"):each() do
    local words = lookup.relations[link.relation]
    add(link.from, link, words[1], link.to)
    add(link.to, link, words[2], link.from)
  end
  return ends
end

--- How a record is linked to another: a table with `text`, `sources` and `inferred`.
local function relation_of(look, entry)
  local link = entry.link
  local kind, record = look:find(entry.other)
  local parts = { ("%s “%s”"):format(entry.words,
    kind and look:label(kind, record) or tostring(entry.other)) }
  if link.asserted_by then
    parts[#parts + 1] = "asserted by " .. look:names("parties", link.asserted_by)
  end
  if link.denied_by then
    parts[#parts + 1] = "denied by " .. look:names("parties", link.denied_by)
  end
  if link.status and link.status ~= "asserted" then parts[#parts + 1] = link.status end
  return { text = table.concat(parts, ", "), sources = (look:sources(link)),
    inferred = link.inferred, status = link.status, id = link.id }
end

--- The same in a line.
local function relation_text(relation)
  return ("%s%s%s"):format(relation.text, relation.inferred and ", inferred" or "",
    relation.sources[1] and (" [%s]"):format(table.concat(relation.sources, ", ")) or "")
end

--- Adds the links of a record: by its key, or by its id where it has none or another kind has the
-- same.
local function add_links(look, list, ends, record)
  for _, reference in ipairs{ record.id, record.key } do
    for _, entry in ipairs(ends[reference] or {}) do
      list[#list + 1] = relation_of(look, entry)
    end
  end
end

--- A row's links: those of its record; of a claim, what it replies to; of the first stage shown of
-- a measure or membership, the links of that too.
local function relations_of(look, ends, row, owners)
  local list, record = {}, row.record
  add_links(look, list, ends, record)
  if record.replies_to then
    local other = look:get("claims", record.replies_to)
    list[#list + 1] = { text = ("replies to “%s”"):format(look:label("claims", other)),
      sources = {} }
  end
  if row.kind == "stages" and not owners[record.of] then
    owners[record.of] = true
    local _, owner = look:find(record.of)
    add_links(look, list, ends, owner)
  end
  return list
end

-- --------------------------------------------------------------------------------------- Rows

--- May it have been during that time? What has no date may.
local function may_be(date, during)
  return not date or not during or core.edtf.overlaps(date, during)
end

local function add_row(look, list, kind, record, during)
  local date, remark = date_of(look, kind, record)
  if not may_be(date, during) then
    return
  end
  local row = { date = date, precision = precision_words(date, remark), kind = kind,
    what = look:what(kind, record), id = record.id, key = record.key,
    status = kind == "events" and record.status or nil,
    inferred = record.inferred, cited = lookup.cited(record), note = record.note,
    record = record, undated = not date or nil }
  row.sources, row.independent = look:sources(record)
  if date then
    local first, last = core.edtf.bounds(date)
    row.first, row.last = first or 0, last or math.maxinteger
  end
  if during then
    row.certain = date ~= nil and core.edtf.within(date, during)
      and not rests_on_uncertain(kind, record)
  end
  list[#list + 1] = row
end

local function before(a, b)
  if (a.date == nil) ~= (b.date == nil) then
    return a.date ~= nil
  elseif a.date and a.first ~= b.first then
    return a.first < b.first
  elseif a.date and a.last ~= b.last then
    return a.last < b.last
  elseif a.kind ~= b.kind then
    return byte_order.before(a.kind, b.kind)
  end
  return a.id < b.id
end

--- The rows in order. Many have the same days, by which alone numbers are sorted; those of the same
-- days are in order already where they were read by kind and id.
local function in_order(list)
  local by, days, undated, all = {}, {}, {}, {}
  for _, row in ipairs(list) do
    local key = row.date and row.first << 32 | math.min(row.last, 0xFFFFFFFF)
    if key and not by[key] then by[key], days[#days + 1] = {}, key end
    table.insert(key and by[key] or undated, row)
  end
  table.sort(days)
  by[false], days[#days + 1] = undated, false
  for _, key in ipairs(days) do
    local same = by[key]
    sorting.settle(same, before)
    table.move(same, 1, #same, #all + 1, all)
  end
  return all
end

--- The kinds asked for: claims only where they are.
local function kinds_of(given)
  local asked, list = {}, {}
  for _, kind in ipairs(options.list(given.kinds) or { "cases", "disclosures", "events", "stages" })
  do
    asked[kind] = true
  end
  if given.claims ~= nil then asked.claims = given.claims end
  for _, kind in ipairs(KINDS) do
    if asked[kind] then list[#list + 1] = kind end
  end
  return list
end

--- The rows of a query. Its records are read anew: it may have selected fields.
local function add_query(look, list, given)
  local kind = given.query:kind()
  for id in given.query:values("id") do
    local record = look.view[kind]:get(id)
    if not record then
      core.raise{ code = "invalid", field = "query", level = 4, message = (
        "query: it finds %s %d, which this store does not have as committed: "
        .. "give a query on the same store"):format(kind, id) }
    end
    add_row(look, list, kind, record, given.during)
  end
end

--- The first events, as many as are asked for: the others, of which there may be many, are counted.
-- @treturn integer how many these are
local function add_first_events(look, list, given, belonging)
  local query, had = belonging:query("events"), #list
  if given.during then query = query:where{ date = given.during } end
  for record in query:order("date"):limit(given.most):each() do
    add_row(look, list, "events", record, given.during)
  end
  return query:count() - (#list - had)
end

--- Adds what was asked for; of the events no more than can be told.
-- @treturn integer how many events were not read
local function add_rows(look, list, given, dispute)
  if given.query then
    add_query(look, list, given)
    return 0
  end
  local belonging, unread = scope.of(look, dispute), 0
  for _, kind in ipairs(kinds_of(given)) do
    if kind == "events" and given.most then
      unread = add_first_events(look, list, given, belonging)
    else
      for record in belonging:each(kind) do add_row(look, list, kind, record, given.during) end
    end
  end
  return unread
end

local function count_undated(list)
  local undated = 0
  for _, row in ipairs(list) do
    if row.undated then undated = undated + 1 end
  end
  return undated
end

--- The first rows, and how many come after them.
local function cut(list, most, unread)
  local count = math.min(#list, most or #list)
  return table.move(list, 1, count, 1, {}), #list - count + unread
end

--- Links the rows, which are in order, and takes off what only served to make them.
local function finish(look, list)
  local ends, owners = links_by_end(look.view), {}
  for _, row in ipairs(list) do
    row.relations, row.links = relations_of(look, ends, row, owners), {}
    for i, relation in ipairs(row.relations) do row.links[i] = relation_text(relation) end
  end
  for _, row in ipairs(list) do
    row.record, row.first, row.last = nil, nil, nil
  end
end

--- What happened in a dispute, or what a query finds, in order of the first possible day, then the
-- last, then kind and id. What has no date comes last, and is counted in `undated`.
--
-- What belongs to a dispute is told in `dualuse.scope`. A disclosure stands at the day it was
-- published, not at the period that it covers. A case whose day of detection is not known lies
-- between the export and the day its earliest source was published. The links of a measure or a
-- membership stand with the first of its stages.
-- @param store an open store, or a view of one
-- @tparam[opt] table given `dispute`, a reference; `during`, an EDTF date: what may have been then,
--   with `certain` telling whether it was; `kinds`, one or a list of cases, claims, disclosures,
--   events, stages (all but claims); `claims`, true for the claims too; or `query`, a query on one
--   of these kinds, on the same store, in place of dispute, kinds and claims; `most`, how many rows
--   to give (all): the first of them, quickly also of very many events. Without dispute and query,
--   it is of all there is.
-- @treturn table rows of `date`, `precision` (the date in words), `what`, `kind`, `id`, `key`,
--   `sources`, `independent` (how many of these do not repeat another), `cited` (the sources with
--   the places in them), `inferred`, `note`, `links` (a list of texts), `relations` (the same, each
--   with `text`, `sources`, `inferred`, and `status` and `id` of the link), `status` of an event,
--   and `certain`; with `undated`, how many have no date, and `left_out`, how many come after the
--   `most` that were asked for
-- @raise `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a dispute
--   that there is not, a date that is none, or a query on another store; `closed`
-- @function chronology
local function chronology(_, store, given)
  given = options.check(given, VALIDATORS, 2)
  check_query_alone(given)
  local view = options.snapshot(store, 2)
  local dispute = options.record(view, "disputes", "dispute", given.dispute, 2)
  local look, list = lookup.of(view), {}
  local unread = add_rows(look, list, given, dispute)
  local undated = count_undated(list)
  local told, left_out = cut(in_order(list), given.most, unread)
  finish(look, told)
  local columns = { "date", "precision", "what", "kind", "id", "sources", "links" }
  if given.during then columns[#columns + 1] = "certain" end
  local result = rows.new(told, { columns = columns, title = "Chronology",
    notes = left_out > 0 and { ("%d more, after these, are left out"):format(left_out) } or nil })
  result.undated, result.left_out = undated, left_out
  return result
end

return setmetatable(M, { __call = chronology })
