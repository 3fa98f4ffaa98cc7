--- Records that tell the same thing more than once.
--
-- News make many records of one event. The field counts one a day: of all events with the same day,
-- actor, target and code, as the Phoenix pipeline of the Open Event Data Alliance keeps "only one
-- unique (DATE, SOURCE, TARGET, EVENT) tuple per day" (oneaday_filter.py). Nothing is lost here:
-- what is left out is named by the record that stands for it, and stays in the store.
--
-- What is not known is not known to be the same. An event whose date is a month, uncertain or
-- otherwise not certainly one day stands for itself, and so does one without a code. A missing
-- actor or target means that a coder found none (GDELT's codebook: "blank if the system was unable
-- to identify"), so that such events are not merged either, unless `missing = "equal"` asks to
-- count as a comparison of columns would.
-- @module dualuse.repeats

local core = require "dualuse.core"
local options_of = require "dualuse.options"

local M = {}

--- Calls a method of the core; what it raises is told at the line of whoever gave the arguments. It
-- must not be a tail call, which has no level.
local function ask(level, method, ...)
  local ok, result = pcall(method, ...)
  if ok then
    return result
  elseif type(result) ~= "table" then
    error(result, 0)
  end
  core.raise{ code = result.code, message = result.message, kind = result.kind,
    field = result.field, level = level + 1 }
end

--- The kind of what is asked, which has to be a query or a collection.
local function kind_of(query, level)
  local class = core.class(query)
  if class ~= "dualuse.query" and class ~= "dualuse.collection" then
    core.raise{ code = "misuse", level = level + 1,
      message = "argument 1: expected a query or a collection, got a " .. (class or type(query)) }
  end
  local kind = ask(level + 1, query.kind, query)
  return kind
end

local function missing(value)
  if value ~= "alone" and value ~= "equal" then
    return '"alone" or "equal"', type(value) == "string" and "invalid" or "misuse"
  end
  return nil
end

local one_a_day_options = { missing = missing }

--- Events, one a day: of those that a query finds with the same day, actor, target and code the
-- first recorded. It is a query itself:
--
--    store.events:where{ quad = 4 }:one_a_day():group{ "month", "actor" }
--
-- and each of its records has `ids`, the events that it stands for, itself among them. All else in
-- it is that of the first. For other fields, or other kinds, see `query:once`.
-- @tparam userdata query on events, or `store.events`
-- @tparam[opt] table options `missing`: "alone" (the default), events without an actor or a target
--   stand for themselves; "equal", two without one are taken to have the same
-- @treturn userdata a query
-- @raise `misuse` for another kind, and for a query that is one a day already
function M.one_a_day(query, options)
  local given = options_of.check(options, one_a_day_options, 2)
  local kind = kind_of(query, 2)
  if kind ~= "events" then
    core.raise{ code = "misuse", kind = kind, level = 2, message = kind ..
      ": one_a_day is about events (once finds what agrees in other fields)" }
  end
  local once = ask(2, query.once, query, { "day", "actor", "target", "code" },
    { missing = given.missing == "equal" and { "actor", "target" } or nil })
  return once
end

local function names(value)
  for _, name in ipairs(type(value) == "table" and value or { false }) do
    if type(name) ~= "string" then
      return 'a list of fields such as { "date", "actor" }', "misuse"
    end
  end
  return nil
end

local duplicates_options = { by = names }

--- A day as text, of a date that is certainly one.
local function day_of(date)
  local first = date and core.edtf.bounds(date)
  return first and ("%04d-%02d-%02d"):format(first // 10000, first // 100 % 100, first % 100)
end

--- The sources alone of citations.
local function sources_of(citations)
  local sources = {}
  for i, citation in ipairs(citations) do
    sources[i] = type(citation) == "table" and citation[1] or citation
  end
  return sources
end

local function row_of(record, by, own_date)
  local row = { count = #record.ids, ids = record.ids, records = record.ids }
  for _, name in ipairs(by) do
    if name == "day" then
      row.day = day_of(record[own_date])
    elseif name == "sources" then
      row.sources = sources_of(record.sources)
    else
      row[name] = record[name]
    end
  end
  return row
end

--- The fields to be read for the rows, and those of them that have an order.
local function fields_of(by, described)
  local read, ordered, lists = {}, {}, {}
  for _, field in ipairs(described.fields) do
    lists[field.name] = field.list
  end
  for i, name in ipairs(by) do
    read[i] = name == "day" and described.date or name
    if not lists[read[i]] then
      ordered[#ordered + 1] = read[i]
    end
  end
  return read, ordered
end

--- Groups of more than one record that agree in some fields. They are for a person to look at:
-- dates agree if they are written alike, a month with the same month; lists if they have the same
-- elements. What lacks one of the fields agrees with nothing.
-- @tparam userdata collection such as `store.cases`; a query will do
-- @tparam table options `by`: the fields to agree in; "day", for the kind's own date where that is
--   certainly one day
-- @treturn table rows, sorted by these fields: the fields, `count`, and `ids`, sorted
-- @raise `misuse` for unknown fields, and for those that hold a table
function M.duplicates(collection, options)
  local given = options_of.check(options, duplicates_options, 2)
  if not given.by then
    core.raise{ code = "misuse", field = "by", level = 2,
      message = 'by is missing: expected a list of fields such as { "date", "actor" }' }
  end
  local described = core.describe(kind_of(collection, 2))
  local found = ask(2, collection.once, collection, given.by, { least = 2 })
  local by = table.move(given.by, 1, #given.by, 1, {})
  local read, ordered = fields_of(by, described)
  if #ordered > 0 then
    found = found:order(table.unpack(ordered))
  end
  local list = {}
  for record in found:select(table.unpack(read)):each() do
    list[#list + 1] = row_of(record, by, described.date)
  end
  local columns = table.move({ "count", "ids" }, 1, 2, #by + 1, table.move(by, 1, #by, 1, {}))
  return require("dualuse.rows").new(list, { columns = columns, keys = by, measures = { "count" },
    aggregates = { count = "count" }, unit = described.singular })
end

return M
