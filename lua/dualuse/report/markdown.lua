--- Writes a report in Markdown, as forges show it: with tables.
-- @module dualuse.report.markdown

local document = require "dualuse.report.document"
local drawing = require "dualuse.report.drawing"
local layout = require "dualuse.layout"
local Page = require "dualuse.report.page"

local M = {}

-- ------------------------------------------------------------------------------------- Escaping

-- What means something to Markdown wherever it stands. A number sign, a plus, a hyphen or a number
-- with a point does so where a line begins: see `line`.
local SPECIAL = "[\\`*_%[%]{}|~$^]"
local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

--- Stored text, so that a forge shows it as it is: no link, no markup, no address that becomes one.
-- @tparam string text
-- @treturn string in one line
function M.escaped(text)
  return (layout.cell(text):gsub(SPECIAL, "\\%0"):gsub("[&<>]", ENTITIES)
    :gsub("://", "&#58;//"):gsub("([Ww][Ww][Ww])%.", "%1&#46;")
    :gsub("([Mm][Aa][Ii][Ll][Tt][Oo]):", "%1&#58;"):gsub("([Xx][Mm][Pp][Pp]):", "%1&#58;"))
end

local escaped = M.escaped

--- A text as the beginning of a line: nothing in it makes a heading, a list or a rule.
local function line(text)
  return (text:gsub("^ +", ""):gsub("^[#+=-]", "\\%0"):gsub("^(%d+)([.)])", "%1\\%2"))
end

-- ---------------------------------------------------------------------------------------- Texts

--- Citations lead to the list of sources. Footnotes would lead back, too: a source that is cited a
-- hundred times would have a hundred arrows.
local function citation(run)
  local before, pieces = document.pieces(run)
  local parts = {}
  for i, piece in ipairs(pieces) do
    parts[i] = piece.first == piece.last and tostring(piece.first)
      or ("%d–%d"):format(piece.first, piece.last)
    if piece.locator then parts[i] = ("%s %s"):format(parts[i], escaped(piece.locator)) end
  end
  local text = before .. table.concat(parts, ", ")
  return #pieces > 0 and ("[[%s]](#sources)"):format(text) or ("\\[%s\\]"):format(text)
end

local STYLES = { strong = "**%s**", soft = "%s", quote = '"%s"', flag = "**%s**" }

local function inline(runs)
  local parts = {}
  for _, run in ipairs(runs or {}) do
    if type(run) == "string" then
      parts[#parts + 1] = escaped(run)
    elseif run.cite then
      parts[#parts + 1] = citation(run)
    elseif run.text:find("^ ") or run.text:find(" $") or run.text == "" then
      parts[#parts + 1] = escaped(run.text)
    else
      parts[#parts + 1] = STYLES[run.style]:format(escaped(run.text))
    end
  end
  return table.concat(parts)
end

-- --------------------------------------------------------------------------------------- Blocks

local Writer = {}
Writer.__index = Writer

function Writer:add(text)
  self[#self + 1] = text
end

--- Puts an empty line between blocks.
function Writer:space()
  if #self > 0 and self[#self] ~= "" then self:add("") end
end

function Writer:items(items, indent)
  for _, item in ipairs(items) do
    self:add(("%s- %s"):format((" "):rep(indent), line(inline(item.runs))))
    if item.items then self:items(item.items, indent + 2) end
  end
end

function Writer:list(block)
  self:items(block.items, 0)
end

function Writer:paragraph(block)
  self:add(line(inline(block.runs)))
end

function Writer:entries(block)
  for i, entry in ipairs(block.entries) do
    if i > 1 then self:space() end
    self:add(("**%s**"):format((inline(entry.term):gsub("^ +", ""):gsub(" +$", ""))))
    self:add("")
    self:items(entry.items, 0)
  end
end

function Writer:subsection(block)
  self:add("### " .. inline(block.title))
  self:blocks(block.blocks)
end

--- The table with its caption as a line of its own.
function Writer:table(block)
  self:add(("**%s**"):format(inline(block.caption)))
  self:add("")
  local heads, rules = {}, {}
  for c, column in ipairs(block.columns) do
    heads[c] = escaped(column.label)
    rules[c] = column.number and "---:" or "---"
  end
  self:add(("| %s |"):format(table.concat(heads, " | ")))
  self:add(("| %s |"):format(table.concat(rules, " | ")))
  for _, row in ipairs(block.rows) do
    local cells = {}
    for c, cell in ipairs(row) do cells[c] = inline(cell.runs) end
    self:add(("| %s |"):format(table.concat(cells, " | ")))
  end
end

--- A picture is drawn with characters, in a block that is shown as it is.
function Writer:figure(block)
  local page, longest = Page.new{ columns = 90 }, 2
  drawing.draw(page, block)
  if #page == 0 then
    return
  end
  local text = page:text()
  for ticks in text:gmatch("`+") do longest = math.max(longest, #ticks) end
  local fence = ("`"):rep(longest + 1)
  self:add(("**%s**"):format(inline(block.caption)))
  self:add("")
  self:add(fence .. "text")
  self:add((text:gsub("\n$", "")))
  self:add(fence)
end

function Writer:blocks(blocks)
  for _, block in ipairs(blocks) do
    self:space()
    self[block.type](self, block)
  end
end

-- --------------------------------------------------------------------------------------- In all

--- Is a text the address of a page that Markdown takes between angle brackets?
local function is_address(text)
  return text:find("^https?://[A-Za-z0-9.:/?#@!&'()*+,;=%%_~-]+$") ~= nil
end

local function address(url)
  return is_address(url) and ("<%s>"):format(url) or escaped(url)
end

function Writer:sources(sources)
  self:space()
  self:add("## Sources")
  self:add("")
  if #sources == 0 then self:add("None is cited.") end
  for _, source in ipairs(sources) do
    local record, parts = source.record, { line(escaped(source.record.title)) .. "." }
    if source.published_by ~= "" then parts[#parts + 1] = escaped(source.published_by) .. "." end
    if source.repeats then
      parts[#parts + 1] = escaped(("Repeats “%s”, and is no second voice."):format(
        source.repeats_title))
    end
    if record.url then parts[#parts + 1] = address(record.url) end
    if record.archive_url then parts[#parts + 1] = "Archived: " .. address(record.archive_url) end
    if source.read then parts[#parts + 1] = escaped(source.read) end
    self:add(("%d. %s"):format(source.number, table.concat(parts, " ")))
  end
end

--- Writes a report.
-- @tparam table report a document with its numbered sources
-- @treturn string lines, each with its line end
function M.write(report)
  local writer = setmetatable({}, Writer)
  writer:add("# " .. inline(report.title))
  for _, text in ipairs(report.facts) do
    writer:space()
    writer:add(line(escaped(text)))
  end
  for _, section in ipairs(report.sections) do
    writer:space()
    writer:add("## " .. inline(section.title))
    writer:blocks(section.blocks)
  end
  writer:sources(report.sources)
  return table.concat(writer, "\n") .. "\n"
end

return M
