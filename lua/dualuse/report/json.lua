--- Writes a report as JSON.
--
-- The shape, version 1:
--
--    { "format": "dualuse.report", "version": 1, "title": string, "facts": [string],
--      "revision": integer, "dispute": key, "during": EDTF, "now": EDTF,
--      "sections": [ { "id", "part", "title": string, "blocks": [block] } ],
--      "sources": [ { "number", "key", "title", "publisher", "agency", "author", "published",
--                     "retrieved", "url", "archive_url", "language", "repeats": key } ] }
--
-- `dispute`, `during` and `now` are there if they were asked for, the fields of a source where it
-- has them. Sources stand in the order of their numbers.
--
-- A text is `{ "text", "sources": [ { "number", "locator" } ], "inferred": true }`: the words, and
-- what they rest on; `sources` is absent where nothing is cited, and empty where a source is
-- wanting. A block has a `type`:
--
--    paragraph    a text
--    list         "items": [item]; an item is a text, with "items" and "data" where it has them
--    entries      "entries": [ { "term": text, "items": [item] } ]
--    table        "caption": text, "columns": [ { "id", "label" } ], "rows": [ { id: cell } ];
--                 a cell is a text, with the "value" behind it where there is one
--    subsection   "title": text, "blocks": [block]
--    figure       "chart", the function of dualuse.chart that draws it; "caption": text, "data"
--
-- What is added later is added under new names; what changes its meaning changes the version.
-- @module dualuse.report.json

local core = require "dualuse.core"
local document = require "dualuse.report.document"

local M = {}

--- The version of the shape.
M.version = 1

-- ---------------------------------------------------------------------------------------- Texts

--- Adds what a text has to a table.
local function with_text(target, runs)
  target.text = document.words(runs)
  for _, run in ipairs(runs or {}) do
    if type(run) == "table" and run.cite then
      target.sources = target.sources or {}
      target.inferred = target.inferred or run.inferred
      for _, citation in ipairs(run.cite) do
        table.insert(target.sources, { number = citation.number, locator = citation.locator })
      end
    end
  end
  return target
end

local function text_of(runs)
  return with_text({}, runs)
end

-- --------------------------------------------------------------------------------------- Blocks

local function item_of(item)
  local result = with_text({ data = item.data }, item.runs)
  if item.items then
    result.items = {}
    for i, inner in ipairs(item.items) do result.items[i] = item_of(inner) end
  end
  return result
end

local function items_of(items)
  local list = {}
  for i, item in ipairs(items) do list[i] = item_of(item) end
  return list
end

local blocks_of

local BLOCKS = {}

function BLOCKS.paragraph(block)
  return with_text({}, block.runs)
end

function BLOCKS.list(block)
  return { items = items_of(block.items) }
end

function BLOCKS.entries(block)
  local entries = {}
  for i, entry in ipairs(block.entries) do
    entries[i] = { term = text_of(entry.term), date = entry.date, items = items_of(entry.items) }
  end
  return { entries = entries }
end

function BLOCKS.subsection(block)
  return { title = text_of(block.title), blocks = blocks_of(block.blocks) }
end

function BLOCKS.table(block)
  local columns, rows = {}, {}
  for c, column in ipairs(block.columns) do
    columns[c] = { id = column.id, label = column.label }
  end
  for r, row in ipairs(block.rows) do
    rows[r] = {}
    for c, cell in ipairs(row) do
      rows[r][block.columns[c].id] = with_text({ value = cell.value }, cell.runs)
    end
  end
  return { caption = text_of(block.caption), columns = columns, rows = rows }
end

--- Plain data without functions and metatables: rows also have names that are no data.
local function plain(value, depth)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for i, element in ipairs(value) do copy[i] = plain(element, depth + 1) end
  if #value == 0 then
    for name, element in pairs(value) do
      if type(name) == "string" and type(element) ~= "function" then
        copy[name] = plain(element, depth + 1)
      end
    end
  end
  return copy
end

function BLOCKS.figure(block)
  return { chart = block.chart, caption = text_of(block.caption), data = plain(block.data, 1) }
end

function blocks_of(blocks)
  local list = {}
  for i, block in ipairs(blocks) do
    list[i] = BLOCKS[block.type](block)
    list[i].type = block.type
  end
  return list
end

-- -------------------------------------------------------------------------------------- Writing

-- What JSON may hold as it is, but a terminal or a page would obey: it stands inside strings only,
-- and may be written as an escape there.
local function escape(character)
  return ("\\u%04x"):format(utf8.codepoint(character))
end

--- Plain data as JSON in one line, which may stand in a page, and be shown on a terminal.
-- @param value
-- @treturn string with its line end
function M.encode(value)
  return (core.encode(value):gsub("[<>&\x7F]", escape)
    :gsub("\xC2[\x80-\x9F]", escape)
    :gsub("\xE2\x80[\x8E\x8F\xA8-\xAE]", escape)
    :gsub("\xE2\x81[\xA6-\xA9]", escape)
    :gsub("\xD8\x9C", escape)) .. "\n"
end

local SOURCE_FIELDS = { "title", "publisher", "agency", "author", "published", "retrieved", "url",
  "archive_url", "language" }

--- Writes a report.
-- @tparam table report a document with its numbered sources
-- @treturn string one line
function M.write(report)
  local sections, sources = {}, {}
  for i, section in ipairs(report.sections) do
    sections[i] = { id = section.id, part = section.part, title = document.words(section.title),
      blocks = blocks_of(section.blocks) }
  end
  for i, source in ipairs(report.sources) do
    sources[i] = { number = source.number, key = source.key, repeats = source.repeats }
    for _, field in ipairs(SOURCE_FIELDS) do sources[i][field] = source.record[field] end
  end
  return M.encode{ format = "dualuse.report", version = M.version, facts = report.facts,
    title = document.words(report.title), revision = report.revision, now = report.now,
    during = report.during, dispute = report.dispute, sections = sections, sources = sources }
end

return M
