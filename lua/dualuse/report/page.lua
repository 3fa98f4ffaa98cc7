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

--- The pieces of a word that each fit into so many columns.
local function pieces(word, most)
  if layout.width(word) <= most then
    return { word }
  end
  local list, piece, used = {}, {}, 0
  for _, code in utf8.codes(word, true) do
    local character = utf8.char(code)
    local width = layout.width(character)
    if used + width > most then
      list[#list + 1] = table.concat(piece)
      piece, used = {}, 0
    end
    piece[#piece + 1], used = character, used + width
  end
  list[#list + 1] = table.concat(piece)
  return list
end

--- Adds a paragraph, filled up to the last column.
-- @tparam integer indent of the first line
-- @tparam string text
-- @tparam[opt] integer hanging the indent of the other lines, two more if absent
function Page:put(indent, text, hanging)
  hanging = hanging or indent + 2
  local line, used, blank = { (" "):rep(indent) }, indent, true
  for word in layout.cell(text):gmatch("%S+") do
    for _, piece in ipairs(pieces(word, COLUMNS - hanging)) do
      local width = layout.width(piece)
      if not blank and used + 1 + width > COLUMNS then
        self[#self + 1] = table.concat(line)
        line, used, blank = { (" "):rep(hanging) }, hanging, true
      end
      line[#line + 1] = blank and piece or " " .. piece
      used, blank = used + (blank and 0 or 1) + width, false
    end
  end
  self[#self + 1] = table.concat(line)
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
