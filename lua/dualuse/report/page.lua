--- A page of plain text: headings, filled paragraphs, and lines that are set already.
--
--    local page = Page.new()
--    page:heading("Chronology")
--    page:put(2, "A paragraph, of which the first line is indented by two columns.")
--    print(page:text())
--
-- Texts are given as they are stored: here, and nowhere else, control characters are escaped, and
-- where only ASCII is asked for, what is none is written otherwise.
-- @module dualuse.report.page

local layout = require "dualuse.layout"

local Page = {}
Page.__index = Page

local COLUMNS = 100

--- An empty page.
-- @tparam[opt] table given `columns`, how wide it is (100); `ascii`, true for nothing but ASCII:
--   see `layout.ascii`
-- @treturn table with the methods of this module
function Page.new(given)
  given = given or {}
  return setmetatable({ columns = given.columns or COLUMNS, ascii = given.ascii }, Page)
end

--- Stored text as it stands on this page.
-- @param value as `layout.cell` takes it
-- @treturn string in one line
function Page:shown(value)
  local text = layout.cell(value)
  return self.ascii and layout.ascii(text) or text
end

--- Adds a paragraph, filled up to the last column.
-- @tparam integer indent of the first line
-- @tparam string text
-- @tparam[opt] integer hanging the indent of the other lines, two more if absent
function Page:put(indent, text, hanging)
  local lines = layout.filled(self:shown(text), self.columns, (" "):rep(indent),
    hanging or indent + 2)
  table.move(lines, 1, #lines, #self + 1, self)
end

--- Adds a line that is set already: of text that `shown` gave, and no wider than the page.
-- @tparam string line
function Page:line(line)
  self[#self + 1] = (line:gsub(" +$", ""))
end

-- No column of a table is made narrower than the first, nor than its longest word, if that is no
-- longer than the second.
local NARROWEST, LONGEST_WORD = 9, 16

--- How narrow each column may become, by the texts in it.
local function least_widths(cells, widths, longest)
  local least = {}
  for _, row in ipairs(cells) do
    for c, text in ipairs(row) do
      least[c] = math.max(least[c] or 0, math.min(widths[c], NARROWEST))
      for word in text:gmatch("[^ ]+") do
        local width = layout.width(word)
        if width <= longest then least[c] = math.max(least[c], width) end
      end
    end
  end
  return least
end

--- Makes columns narrower until all fit: always the one whose longest text is broken into the
-- fewest lines, so that no row is much higher for one cell.
-- @treturn ?{integer,...} nil if they cannot
local function fitting(wanted, least, room)
  local widths, total = {}, 2 * (#wanted - 1)
  for c, width in ipairs(wanted) do
    widths[c], total = width, total + width
  end
  while total > room do
    local chosen, fewest
    for c, width in ipairs(widths) do
      local lines = width > least[c] and wanted[c] / (width - 1)
      if lines and (not chosen or lines < fewest) then chosen, fewest = c, lines end
    end
    if not chosen then
      return nil
    end
    widths[chosen], total = widths[chosen] - 1, total - 1
  end
  return widths
end

--- Adds a table, with cells of several lines where it would be too wide.
-- @tparam integer indent
-- @tparam {table,...} rows lists of texts, the headings first
-- @tparam {boolean,...} right which columns stand to the right
-- @treturn boolean whether it fits; nothing is added if not
function Page:table(indent, rows, right)
  local widths, cells = {}, {}
  for r, row in ipairs(rows) do
    cells[r] = {}
    for c, text in ipairs(row) do
      cells[r][c] = self:shown(text)
      widths[c] = math.max(widths[c] or 1, layout.width(cells[r][c]))
    end
  end
  local room = self.columns - indent
  widths = fitting(widths, least_widths(cells, widths, LONGEST_WORD), room)
    or fitting(widths, least_widths(cells, widths, 0), room)
  if not widths then
    return false
  end
  for _, row in ipairs(cells) do
    local columns, height = {}, 1
    for c, text in ipairs(row) do
      columns[c] = layout.filled(text, widths[c])
      height = math.max(height, #columns[c])
    end
    for i = 1, height do
      local parts = {}
      for c, column in ipairs(columns) do
        local text = column[i] or ""
        local space = (" "):rep(widths[c] - layout.width(text))
        parts[c] = right[c] and space .. text or text .. space
      end
      self:line((" "):rep(indent) .. table.concat(parts, "  "))
    end
  end
  return true
end

--- Adds an empty line, unless the page is empty or ends with one.
function Page:space()
  if #self > 0 and self[#self] ~= "" then
    self[#self + 1] = ""
  end
end

--- Adds a heading, underlined.
-- @tparam string text
-- @tparam[opt] string character to underline it with, "-" if absent
function Page:heading(text, character)
  self:space()
  self:put(0, text, 0)
  self[#self + 1] = (character or "-"):rep(
    math.min(self.columns, layout.width(self:shown(text))))
end

--- The page.
-- @treturn string lines, each with its line end
function Page:text()
  return table.concat(self, "\n") .. "\n"
end

return Page
