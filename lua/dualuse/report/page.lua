--- A page of plain text: headings and filled paragraphs, 100 columns wide.
--
--    local page = Page.new()
--    page:heading("Chronology")
--    page:put(2, "A paragraph, of which the first line is indented by two columns.")
--    print(page:text())
--
-- Texts are given as they are stored: here, and nowhere else, control characters are escaped.
-- @module dualuse.report.page

local layout = require "dualuse.layout"

local Page = {}
Page.__index = Page

local COLUMNS = 100

--- An empty page.
-- @treturn table with the methods of this module
function Page.new()
  return setmetatable({}, Page)
end

--- Adds a paragraph, filled up to the last column.
-- @tparam integer indent of the first line
-- @tparam string text
-- @tparam[opt] integer hanging the indent of the other lines, two more if absent
function Page:put(indent, text, hanging)
  local lines = layout.filled(text, COLUMNS, (" "):rep(indent), hanging or indent + 2)
  table.move(lines, 1, #lines, #self + 1, self)
end

--- Adds a section's heading, underlined.
-- @tparam string text
function Page:heading(text)
  if #self > 0 then
    self[#self + 1] = ""
  end
  self:put(0, text, 0)
  self[#self + 1] = ("-"):rep(math.min(COLUMNS, layout.width(layout.cell(text))))
end

--- The page.
-- @treturn string lines, each with its line end
function Page:text()
  return table.concat(self, "\n") .. "\n"
end

return Page
