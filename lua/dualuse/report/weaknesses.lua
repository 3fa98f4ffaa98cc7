--- What rests on little, as a part of a report.
-- @module dualuse.report.weaknesses

local audit = require "dualuse.audit"
local byte_order = require "dualuse.byte_order"
local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

-- As many examples of a weakness are given.
local MOST_EXAMPLES = 3

-- Weaknesses of which the field is told.
local TELLS_FIELD = { single_sourced = true, unsourced = true }

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
  local by, most, list = {}, 0, {}
  for _, row in ipairs(found) do
    if row.weakness == weakness then
      local count = ways[record_name(row)]
      most, by[count] = math.max(most, count), by[count] or {}
      table.insert(by[count], row)
    end
  end
  for count = most, 1, -1 do
    local rows = by[count] or {}
    table.move(rows, 1, #rows, #list + 1, list)
  end
  return list
end

--- A figure that follows from others, and how: it has no record to be called by.
local function derived_text(look, row)
  return ("%s, %s: %s = %s"):format(wording.figures(look, row.question),
    precision.words(row.period), digits.text(row.value), wording.formula(row.formula))
end

local function example_item(subject, row)
  local record = row.id and subject.look:get(row.kind, row.id)
  local cite = record and subject:cite(record, row.field) or document.cite(row.sources)
  local parts = { record and subject.look:label(row.kind, record) }
  if row.field and TELLS_FIELD[row.weakness] then
    parts[#parts + 1] = wording.spaced(row.field)
  end
  if row.weakness == "inferred" then parts[#parts + 1] = row.detail end
  if row.weakness == "derived" then parts[#parts + 1] = derived_text(subject.look, row) end
  return document.item({ table.concat(parts, ": ") .. " ", cite }, nil, { kind = row.kind,
    id = row.id, key = row.key, field = row.field })
end

--- How many rows there are of each kind, the most frequent first.
local function by_kind(list)
  local counts, kinds = {}, {}
  for _, row in ipairs(list) do
    if not counts[row.kind] then kinds[#kinds + 1] = row.kind end
    counts[row.kind] = (counts[row.kind] or 0) + 1
  end
  table.sort(kinds, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return byte_order.before(a, b)
  end)
  for i, kind in ipairs(kinds) do kinds[i] = ("%s %s"):format(kind, digits.text(counts[kind])) end
  return table.concat(kinds, ", ")
end

--- Calls `visit(row, record)` for the rows, kind by kind, with what their records rest on.
local function each_cited(subject, list, visit)
  local by, kinds = {}, {}
  for _, row in ipairs(list) do
    if not by[row.kind] then by[row.kind], kinds[#kinds + 1] = {}, row.kind end
    by[row.kind][row.id] = by[row.kind][row.id] or {}
    table.insert(by[row.kind][row.id], row)
  end
  for _, kind in ipairs(kinds) do
    for record in subject.scope:each(kind, { "sources" }) do
      for _, row in ipairs(by[kind][record.id] or {}) do visit(row, record) end
    end
  end
end

--- How many rows rest on each source, or on some that repeat each other; the most first.
local function by_source_item(subject, list)
  local counts, voices = {}, {}
  each_cited(subject, list, function(row, record)
    local keys = (subject.look:sources(record, row.field))
    local name = table.concat(keys, "\0")
    if not counts[name] then
      counts[name] = { name = name, keys = keys, count = 0 }
      voices[#voices + 1] = counts[name]
    end
    counts[name].count = counts[name].count + 1
  end)
  table.sort(voices, function(a, b)
    if a.count ~= b.count then return a.count > b.count end
    return byte_order.before(a.name, b.name)
  end)
  local text = { "by source: " }
  for i, voice in ipairs(voices) do
    text[#text + 1] = ("%s%s "):format(i > 1 and ", " or "", digits.text(voice.count))
    text[#text + 1] = document.cite(voice.keys)
  end
  return document.item(text)
end

local function entry_of(subject, weakness, list)
  local items = {}
  if weakness == "single_sourced" then
    items[1] = by_source_item(subject, list)
    items[2] = document.item("by kind: " .. by_kind(list))
  end
  for i = 1, math.min(#list, MOST_EXAMPLES) do
    items[#items + 1] = example_item(subject, list[i])
  end
  if #list > MOST_EXAMPLES then
    items[#items + 1] = document.item(("and %s more"):format(digits.text(#list - MOST_EXAMPLES)))
  end
  return { term = ("%s: %s"):format(wording.hyphened(weakness), digits.text(#list)), items = items }
end

--- What rests on one source, on hearsay, on nobody named, or on reasoning.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local found, entries, absent = subject.audit, {}, {}
  local ways = ways_of(found)
  for _, weakness in ipairs(audit.weaknesses) do
    local list = most_telling(found, weakness, ways)
    if #list > 0 then
      entries[#entries + 1] = entry_of(subject, weakness, list)
    else
      absent[#absent + 1] = wording.hyphened(weakness)
    end
  end
  local blocks = {
    document.paragraph("Counted in records, and in fields where those of a record rest on "
      .. "different sources. The examples are weak in the most ways."),
  }
  if #entries > 0 then blocks[#blocks + 1] = document.entries(entries) end
  if #absent > 0 then
    blocks[#blocks + 1] = document.paragraph("None: " .. table.concat(absent, ", "))
  end
  return document.section("weaknesses", "What rests on little", blocks)
end

return M
