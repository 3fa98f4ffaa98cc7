--- Writes a report as plain text.
-- @module dualuse.report.text

local document = require "dualuse.report.document"
local drawing = require "dualuse.report.drawing"
local Page = require "dualuse.report.page"

local M = {}

-- ---------------------------------------------------------------------------------------- Texts

--- "[1, 2 para 5]", "[inferred from 3]", "[no source]"
local function citation_text(run)
  local before, pieces = document.pieces(run)
  local parts = {}
  for i, piece in ipairs(pieces) do
    parts[i] = piece.first == piece.last and tostring(piece.first)
      or ("%d–%d"):format(piece.first, piece.last)
    if piece.locator then parts[i] = ("%s %s"):format(parts[i], piece.locator) end
  end
  return ("[%s%s]"):format(before, table.concat(parts, ", "))
end

--- A text with its citations, as it is stored: the page escapes it.
local function plain(runs)
  local parts = {}
  for i, run in ipairs(runs or {}) do
    if type(run) == "string" then
      parts[i] = run
    elseif run.cite then
      parts[i] = citation_text(run)
    else
      parts[i] = run.style == "quote" and ('"%s"'):format(run.text) or run.text
    end
  end
  return table.concat(parts)
end

-- --------------------------------------------------------------------------------------- Tables

--- Each row as a paragraph: the first cell, and what the others tell below their headings; without
-- a heading that begins a row's text, the citations.
local function put_cards(page, block, indent)
  for _, row in ipairs(block.rows) do
    local parts, cites = {}, {}
    for c, cell in ipairs(row) do
      local text = plain(cell.runs)
      if cell.runs[1] and cell.runs[1].cite and #cell.runs == 1 then
        cites[#cites + 1] = text
      elseif c == 1 then
        parts[1] = text
      elseif text ~= "" then
        local label = block.columns[c].label
        parts[#parts + 1] = ("%s: %s"):format(label:sub(1, 1):lower() .. label:sub(2), text)
      end
    end
    page:put(indent, ("%s %s"):format(table.concat(parts, "; "), table.concat(cites, " ")))
  end
end

-- --------------------------------------------------------------------------------------- Blocks

local put_blocks

local function put_items(page, items, indent)
  for _, item in ipairs(items) do
    page:put(indent, plain(item.runs))
    if item.items then put_items(page, item.items, indent + 2) end
  end
end

local PUT = {}

function PUT.paragraph(page, block, indent)
  page:put(indent, plain(block.runs), indent)
end

function PUT.list(page, block, indent)
  put_items(page, block.items, indent)
end

function PUT.entries(page, block, indent)
  for _, entry in ipairs(block.entries) do
    page:put(indent, plain(entry.term))
    put_items(page, entry.items, indent + 2)
  end
end

function PUT.subsection(page, block, indent)
  page:put(indent, plain(block.title))
  put_blocks(page, block.blocks, indent + 2)
end

function PUT.table(page, block, indent)
  local cells, right = { {} }, {}
  for c, column in ipairs(block.columns) do
    cells[1][c], right[c] = column.label, column.number or false
  end
  for r, row in ipairs(block.rows) do
    cells[r + 1] = {}
    for c, cell in ipairs(row) do cells[r + 1][c] = plain(cell.runs) end
  end
  if not page:table(indent, cells, right) then put_cards(page, block, indent) end
end

function PUT.figure(page, block)
  drawing.draw(page, block)
end

function put_blocks(page, blocks, indent)
  for _, block in ipairs(blocks) do PUT[block.type](page, block, indent) end
end

-- --------------------------------------------------------------------------------------- In all

--- "[1] Report on the export controls. Nikkei Asian Review, 12 July 2019. https://…"
local function put_sources(page, sources)
  page:heading("Sources")
  for _, source in ipairs(sources) do
    local record, parts = source.record, {}
    parts[1] = ("[%d] %s."):format(source.number, record.title)
    if source.published_by ~= "" then parts[#parts + 1] = source.published_by .. "." end
    if source.repeats then
      parts[#parts + 1] = ("Repeats “%s”, and is no second voice."):format(source.repeats_title)
    end
    parts[#parts + 1] = record.url
    if record.archive_url then parts[#parts + 1] = "Archived: " .. record.archive_url end
    parts[#parts + 1] = source.read
    page:put(2, table.concat(parts, " "), 6)
  end
  if #sources == 0 then page:put(2, "None is cited.") end
end

--- Writes a report.
-- @tparam table report a document with its numbered sources
-- @tparam table options `ascii`, true for nothing but ASCII; `width`, in columns (100)
-- @treturn string lines, each with its line end
function M.write(report, options)
  local page = Page.new{ columns = options.width, ascii = options.ascii }
  page:heading(plain(report.title), "=")
  for _, line in ipairs(report.facts) do page:put(0, line, 0) end
  for _, section in ipairs(report.sections) do
    page:heading(plain(section.title))
    put_blocks(page, section.blocks, 2)
  end
  put_sources(page, report.sources)
  return page:text()
end

return M
