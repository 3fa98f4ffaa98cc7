--- What rests on little, as a part of a report.
-- @module dualuse.report.weaknesses

local byte_order = require "dualuse.byte_order"
local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local findings = require "dualuse.audit.findings"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

-- Weaknesses of which the field is told.
local TELLS_FIELD = { single_sourced = true, unsourced = true }

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

--- How many there are of each kind, the most frequent first.
local function by_kind(counts)
  local kinds = {}
  for kind in pairs(counts) do kinds[#kinds + 1] = kind end
  table.sort(kinds, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return byte_order.before(a, b)
  end)
  for i, kind in ipairs(kinds) do kinds[i] = ("%s %s"):format(kind, digits.text(counts[kind])) end
  return table.concat(kinds, ", ")
end

--- How much rests on each source, or on some that repeat each other; the most first.
local function by_source_item(voices)
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

local function entry_of(subject, weakness, found)
  local items = {}
  if weakness == "single_sourced" then
    items[1] = by_source_item(found.voices)
    items[2] = document.item("by kind: " .. by_kind(found.kinds))
  end
  for _, row in ipairs(found.examples) do items[#items + 1] = example_item(subject, row) end
  if found.count > #found.examples then
    items[#items + 1] = document.item(("and %s more"):format(
      digits.text(found.count - #found.examples)))
  end
  return { term = ("%s: %s"):format(wording.hyphened(weakness), digits.text(found.count)),
    items = items }
end

--- What rests on one source, on hearsay, on nobody named, or on reasoning.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local entries, absent = {}, {}
  for _, weakness in ipairs(findings.weaknesses) do
    local found = subject.weakest[weakness]
    if found.count > 0 then
      entries[#entries + 1] = entry_of(subject, weakness, found)
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
