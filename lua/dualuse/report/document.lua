--- A report as a tree that knows no format: sections of paragraphs, lists, tables and figures,
-- whose texts say which sources they rest on.
--
-- A text is a list of runs. A run is a string, stored text as it is: each format escapes it in a
-- place of its own; or `{ text =, style = }`; or a citation, made by `cite`. Wherever a text is
-- asked for, a string will do.
--
-- Sources get their numbers when the tree is whole, in the order in which a reader meets them.
-- @module dualuse.report.document

local byte_order = require "dualuse.byte_order"

local M = {}

--- What styles a run may have: `strong`; `soft`, what matters less; `quote`, words quoted from a
-- source; `flag`, a word of warning such as "contested".
M.styles = { "strong", "soft", "quote", "flag" }

-- -------------------------------------------------------------------------------------- Texts

--- A text as a list of runs.
-- @param text nil, a string, a run, or a list of them
-- @treturn ?{string|table,...}
function M.runs(text)
  if text == nil then
    return nil
  elseif type(text) == "string" or text.text or text.cite then
    return { text }
  end
  return text
end

--- A run with the numbers of sources.
-- @tparam {string|table,...} sources keys of sources; or citations, each with the key first and a
--   `locator`
-- @tparam[opt] boolean inferred whether it was only inferred from them
-- @treturn table a run
function M.cite(sources, inferred)
  local citations = {}
  for i, source in ipairs(sources) do
    citations[i] = type(source) == "table" and { key = source[1], locator = source.locator }
      or { key = source }
  end
  return { cite = citations, inferred = inferred or nil }
end

--- A run in a style.
-- @tparam string style
-- @tparam string text
function M.styled(style, text)
  return { text = text, style = style }
end

-- ------------------------------------------------------------------------------------- Blocks

--- A section.
-- @tparam string id a name for links
-- @tparam string title
-- @tparam {table,...} blocks
function M.section(id, title, blocks)
  return { type = "section", id = id, title = M.runs(title), blocks = blocks }
end

--- A part of a section, with a title of its own.
-- @param title a text
-- @tparam {table,...} blocks
function M.subsection(title, blocks)
  return { type = "subsection", title = M.runs(title), blocks = blocks }
end

function M.paragraph(text)
  return { type = "paragraph", runs = M.runs(text) }
end

--- An element of a list.
-- @param text
-- @tparam[opt] {table,...} items what is said of it, as items
-- @tparam[opt] table data what it is, for those who read it by program: plain values by name
function M.item(text, items, data)
  return { runs = M.runs(text), items = items and #items > 0 and items or nil, data = data }
end

--- @tparam {table,...} items
function M.list(items)
  return { type = "list", items = items }
end

--- Things and what is said of each: dates and what happened, speakers and what they say.
-- @tparam {table,...} entries each with `term`, a text, and `items`
function M.entries(entries)
  for _, entry in ipairs(entries) do entry.term = M.runs(entry.term) end
  return { type = "entries", entries = entries }
end

--- A cell of a table.
-- @param text
-- @param[opt] value what it is, for those who read it by program and for sorting: a number, a
--   string or a boolean
function M.cell(text, value)
  return { runs = M.runs(text) or {}, value = value }
end

--- A table.
-- @tparam string caption what it shows
-- @tparam {table,...} columns each with `id`, `label`, and `number`, true for figures
-- @tparam {table,...} rows lists of cells
function M.table(caption, columns, rows)
  return { type = "table", caption = M.runs(caption), columns = columns, rows = rows }
end

--- A picture: what it is of, and which; each format draws it in its own way.
-- @tparam string chart a function of `dualuse.chart`
-- @param caption a text
-- @tparam {table,...} data its rows
-- @tparam[opt] table options for it
function M.figure(chart, caption, data, options)
  return { type = "figure", chart = chart, caption = M.runs(caption), data = data,
    options = options or {} }
end

-- ----------------------------------------------------------------------------------- Reading

local each_item

local function each_run(runs, visit)
  for _, run in ipairs(runs or {}) do visit(run) end
end

function each_item(items, visit)
  for _, item in ipairs(items or {}) do
    each_run(item.runs, visit)
    each_item(item.items, visit)
  end
end

local WALKS = {}

local function walk(blocks, visit)
  for _, block in ipairs(blocks) do WALKS[block.type](block, visit) end
end

function WALKS.section(block, visit)
  each_run(block.title, visit)
  walk(block.blocks, visit)
end

WALKS.subsection = WALKS.section

function WALKS.paragraph(block, visit)
  each_run(block.runs, visit)
end

function WALKS.list(block, visit)
  each_item(block.items, visit)
end

function WALKS.entries(block, visit)
  for _, entry in ipairs(block.entries) do
    each_run(entry.term, visit)
    each_item(entry.items, visit)
  end
end

function WALKS.table(block, visit)
  each_run(block.caption, visit)
  for _, row in ipairs(block.rows) do
    for _, cell in ipairs(row) do each_run(cell.runs, visit) end
  end
end

function WALKS.figure(block, visit)
  each_run(block.caption, visit)
end

--- Gives each source that is cited its number, in the order of first use.
-- @tparam table document with `title` and `sections`
-- @treturn {string,...} the keys of the sources, by number
function M.number(document)
  local keys, numbers = {}, {}
  local function visit(run)
    if type(run) ~= "table" or not run.cite then
      return
    end
    for _, citation in ipairs(run.cite) do
      if not numbers[citation.key] then
        keys[#keys + 1] = citation.key
        numbers[citation.key] = #keys
      end
      citation.number = numbers[citation.key]
    end
    table.sort(run.cite, function(a, b)
      if a.number ~= b.number then return a.number < b.number end
      return byte_order.before(a.locator or "", b.locator or "")
    end)
  end
  each_run(document.title, visit)
  walk(document.sections, visit)
  return keys
end

-- --------------------------------------------------------------------------------- Citations

-- From so many on, numbers that follow each other are told by the first and the last.
local FEWEST_IN_RANGE = 3

--- A numbered citation in pieces, to be written between brackets with commas.
-- @tparam table run
-- @treturn string what stands before them: "", or "inferred from "; all there is to say where there
--   are no pieces
-- @treturn {table,...} each with `first` and `last`, numbers of sources, and `locator`
function M.pieces(run)
  local pieces = {}
  for _, citation in ipairs(run.cite) do
    local before = pieces[#pieces]
    if before and not citation.locator and not before.locator
        and citation.number == before.last + 1 then
      before.last = citation.number
    else
      pieces[#pieces + 1] = { first = citation.number, last = citation.number,
        locator = citation.locator }
    end
  end
  local list = {}
  for _, piece in ipairs(pieces) do
    if piece.last - piece.first + 1 < FEWEST_IN_RANGE then
      for number = piece.first, piece.last do
        list[#list + 1] = { first = number, last = number, locator = piece.locator }
      end
    else
      list[#list + 1] = piece
    end
  end
  if #list == 0 then
    return run.inferred and "inferred" or "no source", list
  end
  return run.inferred and "inferred from " or "", list
end

--- The words of a text, without its citations.
-- @tparam {string|table,...} runs
-- @treturn string
function M.words(runs)
  local parts = {}
  for _, run in ipairs(runs or {}) do
    if type(run) == "string" then
      parts[#parts + 1] = run
    elseif run.text then
      parts[#parts + 1] = run.style == "quote" and ('"%s"'):format(run.text) or run.text
    end
  end
  return (table.concat(parts):gsub("^ +", ""):gsub(" +$", ""))
end

return M
