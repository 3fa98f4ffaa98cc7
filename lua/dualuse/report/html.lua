--- Writes a report as one HTML file: nothing in it is fetched, and nothing runs.
-- @module dualuse.report.html

local byte_order = require "dualuse.byte_order"
local chart = require "dualuse.chart"
local core = require "dualuse.core"
local document = require "dualuse.report.document"
local layout = require "dualuse.layout"
local stylesheet = require "dualuse.report.stylesheet"

local M = {}

-- The widths that pictures are drawn in: one is shown on wide screens and on paper, the other on
-- narrow screens.
local WIDE, NARROW = 720, 350

-- A table is sortable from so many rows on; with more columns than these, each of its rows stands
-- by itself on a narrow screen.
local FEWEST_SORTED, MOST_COLUMNS = 4, 4

-- ------------------------------------------------------------------------------------- Escaping

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  ["'"] = "&#39;" }

--- Stored text as the text of an element or of an attribute in quotation marks.
-- @tparam string text
-- @treturn string
function M.escaped(text)
  return (layout.cell(text):gsub("[&<>\"']", ENTITIES))
end

local escaped = M.escaped

--- Is a text the address of a page, and nothing else?
local function is_address(text)
  return text:find("^https?://[A-Za-z0-9%[][A-Za-z0-9.:/?#%[%]@!$&'()*+,;=%%_~-]*$") ~= nil
end

-- ---------------------------------------------------------------------------------------- Texts

local Writer = {}
Writer.__index = Writer

function Writer:add(format, ...)
  self[#self + 1] = select("#", ...) > 0 and format:format(...) or format
end

function Writer:citation(run)
  local before, pieces = document.pieces(run)
  local parts = {}
  for i, piece in ipairs(pieces) do
    local source = self.report.sources[piece.first]
    parts[i] = ('<a href="#source-%d" title="%s">%s</a>%s'):format(piece.first,
      escaped(source and source.record.title or ""),
      piece.first == piece.last and piece.first or ("%d–%d"):format(piece.first, piece.last),
      piece.locator and " " .. escaped(piece.locator) or "")
  end
  return ('<span class="cite">[%s%s]</span>'):format(before, table.concat(parts, ", "))
end

local STYLES = {
  strong = { "<strong>", "</strong>" }, soft = { '<span class="soft">', "</span>" },
  quote = { "<q>", "</q>" },
  flag = { '<em class="flag">', "</em>" },
}

-- A column of a table is as wide as its longest word, but for words longer than this, in columns:
-- these may be broken anywhere.
local LONGEST_WORD = 13

local function breakable(text)
  return (text:gsub("[^ ]+", function(word)
    if layout.width(layout.cell(word)) <= LONGEST_WORD then
      return escaped(word)
    end
    return ('<span class="long">%s</span>'):format(escaped(word))
  end))
end

--- A text. A citation goes with the word before it.
-- @param runs
-- @tparam[opt] boolean narrow whether it stands where long words have no room
function Writer:text(runs, narrow)
  local parts = {}
  for _, run in ipairs(runs or {}) do
    if type(run) == "string" then
      parts[#parts + 1] = narrow and breakable(run) or escaped(run)
    elseif run.cite then
      if parts[1] then parts[#parts] = parts[#parts]:gsub(" $", "\u{A0}") end
      parts[#parts + 1] = self:citation(run)
    else
      parts[#parts + 1] = STYLES[run.style][1] .. escaped(run.text) .. STYLES[run.style][2]
    end
  end
  return table.concat(parts)
end

-- --------------------------------------------------------------------------------------- Tables

--- What a cell is sorted by: numbers and days first, then texts, then what has neither.
local function sort_value(cell, column)
  local value = cell.value
  if column.date and type(value) == "string" and core.edtf.valid(value) then
    value = core.edtf.bounds(value) or 0
  end
  if value == nil then
    local words = document.words(cell.runs)
    value = words ~= "" and words or nil
  end
  return type(value) == "boolean" and tostring(value) or value
end

local RANKS = { number = 1, string = 2, ["nil"] = 3 }

--- The places of rows when sorted by a column: figures from the greatest, all else from the first.
local function places_by(block, c)
  local column, order, places = block.columns[c], {}, {}
  for r, row in ipairs(block.rows) do
    order[r] = { row = r, value = sort_value(row[c], column) }
  end
  table.sort(order, function(a, b)
    local x, y = RANKS[type(a.value)], RANKS[type(b.value)]
    if x ~= y then return x < y end
    if a.value ~= b.value then
      if x == 1 then
        if column.number then return a.value > b.value end
        return a.value < b.value
      end
      return byte_order.before(a.value, b.value)
    end
    return a.row < b.row
  end)
  for place, entry in ipairs(order) do places[entry.row] = place end
  return places
end

--- The columns that a table can be sorted by: all but those of citations.
local function sorted_columns(block)
  local list = {}
  for c, column in ipairs(block.columns) do
    if column.id ~= "sources" and #list < stylesheet.most_columns then list[#list + 1] = c end
  end
  return list
end

--- Writes the choice of an order; it needs no script.
function Writer:sorting(block, columns)
  local name = ("sort-%d"):format(self.tables)
  self:add('<fieldset class="sort"><legend>Sort by</legend>')
  self:add('<label><input type="radio" name="%s" checked><span>order here</span></label>', name)
  for i, c in ipairs(columns) do
    self:add('<label><input type="radio" name="%s" class="by-%d"><span>%s</span></label>', name, i,
      escaped(block.columns[c].label:lower()))
  end
  self:add("</fieldset>\n")
end

--- How wide the columns of a table are that is a grid, by the text that they hold.
local function grid_of(block)
  local parts = {}
  for c, column in ipairs(block.columns) do
    local longest, total = layout.width(column.label), 0
    for _, row in ipairs(block.rows) do
      local width = layout.width(document.words(row[c].runs))
      longest, total = math.max(longest, width), total + width
    end
    parts[c] = (longest <= 14 or column.number or column.id == "sources") and "auto"
      or ("minmax(min-content, %dfr)"):format(math.max(8, math.min(40, longest)))
  end
  return table.concat(parts, " ")
end

function Writer:table(block)
  local columns, orders = sorted_columns(block), {}
  local sorted = #block.rows >= FEWEST_SORTED
  self.tables = self.tables + 1
  self:add('<div class="table%s%s"%s>\n', sorted and " sortable" or "",
    #block.columns > MOST_COLUMNS and " cards" or "",
    sorted and (' style="--grid: %s"'):format(grid_of(block)) or "")
  self:add('<p class="caption" id="table-%d">%s</p>\n', self.tables, self:text(block.caption))
  if sorted then
    self:sorting(block, columns)
    for i, c in ipairs(columns) do orders[i] = places_by(block, c) end
  end
  self:add('<table role="table" aria-labelledby="table-%d">\n', self.tables)
  self:add('<thead role="rowgroup"><tr role="row">')
  for _, column in ipairs(block.columns) do
    self:add('<th role="columnheader" scope="col"%s>%s</th>',
      column.number and ' class="number"' or "", escaped(column.label))
  end
  self:add('</tr></thead>\n<tbody role="rowgroup">\n')
  for r, row in ipairs(block.rows) do self:row(block, row, orders, r) end
  self:add("</tbody>\n</table>\n</div>\n")
end

function Writer:row(block, row, orders, r)
  local places = {}
  for i, order in ipairs(orders) do places[i] = ("--o%d:%d"):format(i, order[r]) end
  self:add('<tr role="row"%s>', places[1] and (' style="%s"'):format(table.concat(places, ";"))
    or "")
  for c, cell in ipairs(row) do
    local column, text = block.columns[c], self:text(cell.runs, true)
    local class = column.number and "number" or nil
    if text == "" then class = class and class .. " empty" or "empty" end
    self:add('<td role="cell"%s data-label="%s"><span>%s</span></td>',
      class and (' class="%s"'):format(class) or "", escaped(column.label), text)
  end
  self:add("</tr>\n")
end

-- --------------------------------------------------------------------------------------- Blocks

function Writer:items(items)
  self:add("<ul>\n")
  for _, item in ipairs(items) do
    local status = item.data and item.data.status
    self:add("<li%s>%s", status and status ~= "confirmed" and ' class="unsure"' or "",
      self:text(item.runs))
    if item.items then
      self:add("\n")
      self:items(item.items)
    end
    self:add("</li>\n")
  end
  self:add("</ul>\n")
end

function Writer:list(block)
  self:items(block.items)
end

function Writer:paragraph(block)
  self:add("<p>%s</p>\n", self:text(block.runs))
end

--- A date that HTML knows goes with its words.
local function timed(text, date)
  if date and (date:find("^%d%d%d%d$") or date:find("^%d%d%d%d%-[01]%d$")
      or date:find("^%d%d%d%d%-[01]%d%-%d%d$")) and date:sub(1, 4) ~= "0000" then
    return ('<time datetime="%s">%s</time>'):format(date, text)
  end
  return text
end

function Writer:entries(block)
  self:add('<dl class="entries">\n')
  for _, entry in ipairs(block.entries) do
    self:add("<div><dt>%s</dt>\n<dd>", timed(self:text(entry.term), entry.date))
    self:items(entry.items)
    self:add("</dd></div>\n")
  end
  self:add("</dl>\n")
end

function Writer:subsection(block)
  self:add("<h3>%s</h3>\n", self:text(block.title))
  self:blocks(block.blocks)
end

function Writer:figure(block)
  self.figures = self.figures + 1
  self:add("<figure>\n<figcaption>%s</figcaption>\n", self:text(block.caption))
  for _, size in ipairs{ { "wide", WIDE }, { "narrow", NARROW } } do
    local given = { inside = true, width = size[2], title = document.words(block.caption),
      id = ("figure-%d-%s"):format(self.figures, size[1]) }
    for name, value in pairs(block.options) do given[name] = value end
    self:add('<div class="%s">\n', size[1])
    self:add("%s", chart[block.chart](block.data, given))
    self:add("</div>\n")
  end
  self:add("</figure>\n")
end

function Writer:blocks(blocks)
  for _, block in ipairs(blocks) do self[block.type](self, block) end
end

function Writer:section(block)
  self:add('<section id="%s" aria-labelledby="%s-title">\n<h2 id="%s-title">%s</h2>\n', block.id,
    block.id, block.id, self:text(block.title))
  self:blocks(block.blocks)
  self:add("</section>\n")
end

-- -------------------------------------------------------------------------------------- Sources

local function address(url)
  if is_address(url) then
    return ('<a href="%s" rel="noopener noreferrer nofollow">%s</a>'):format(escaped(url),
      escaped(url))
  end
  return escaped(url)
end

local LANGUAGE = "^[A-Za-z][A-Za-z][A-Za-z]?$"

function Writer:source(source)
  local record, more = source.record, {}
  local language = record.language and record.language:find(LANGUAGE)
    and (' lang="%s"'):format(record.language) or ""
  self:add('<li id="source-%d"><span>%d</span><p><cite%s>%s</cite>', source.number, source.number,
    language, escaped(record.title))
  if source.published_by ~= "" then self:add(". %s", escaped(source.published_by)) end
  if source.repeats then
    more[#more + 1] = escaped(("Repeats “%s”, and is no second voice."):format(
      source.repeats_title))
  end
  if record.url then more[#more + 1] = address(record.url) end
  if record.archive_url then more[#more + 1] = "Archived: " .. address(record.archive_url) end
  if source.read then more[#more + 1] = escaped(source.read) end
  if more[1] then self:add('<br><span class="more">%s</span>', table.concat(more, "<br>")) end
  self:add("</p></li>\n")
end

function Writer:sources()
  self:add('<section id="sources" aria-labelledby="sources-title">\n')
  self:add('<h2 id="sources-title">Sources</h2>\n')
  if #self.report.sources == 0 then
    self:add("<p>None is cited.</p>\n")
  else
    self:add('<ol class="sources">\n')
    for _, source in ipairs(self.report.sources) do self:source(source) end
    self:add("</ol>\n")
  end
  self:add("</section>\n")
end

-- --------------------------------------------------------------------------------------- In all

local HEAD = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';
  style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="dualuse">
<title>%s</title>
<style>
%s</style>
</head>
<body>
]]

function Writer:contents()
  if #self.report.sections < 2 then
    return
  end
  self:add('<nav aria-label="Contents">\n<ul>\n')
  for _, section in ipairs(self.report.sections) do
    self:add('<li><a href="#%s">%s</a></li>\n', section.id,
      escaped(document.words(section.title)))
  end
  self:add('<li><a href="#sources">Sources</a></li>\n</ul>\n</nav>\n')
end

--- Writes a report.
-- @tparam table report a document with its numbered sources
-- @treturn string
function M.write(report)
  local writer = setmetatable({ report = report, figures = 0, tables = 0 }, Writer)
  writer:add(HEAD, escaped(document.words(report.title)), stylesheet.css())
  writer:add("<header>\n<h1>%s</h1>\n", writer:text(report.title))
  for _, line in ipairs(report.facts) do writer:add('<p class="facts">%s</p>\n', escaped(line)) end
  writer:add("</header>\n")
  writer:contents()
  writer:add("<main>\n")
  for _, section in ipairs(report.sections) do writer:section(section) end
  writer:sources()
  writer:add("</main>\n</body>\n</html>\n")
  return table.concat(writer)
end

return M
