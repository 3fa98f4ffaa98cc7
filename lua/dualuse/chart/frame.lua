--- What stands around what a picture shows: its title, a legend, notes, and the labels of rows.
-- @module dualuse.chart.frame

local layout = require "dualuse.layout"
local lettering = require "dualuse.chart.lettering"

local M = {}

local TITLE, TEXT = 15, 12

--- The width from which labels stand beside their rows, and not above them.
M.WIDE = 520

-- How much of the width labels beside rows take at most.
local LABELS_SHARE = 0.45

--- Writes the title, where the picture has to tell it itself.
-- @tparam table picture
-- @tparam boolean headed
-- @treturn number where what follows begins
function M.heading(picture, headed)
  local y = 4
  if headed then
    for _, line in ipairs((lettering.wrap(layout.cell(picture.title), TITLE, picture.width, 3))) do
      y = y + TITLE + 3
      picture:label{ x = 0, y = y, text = line, size = TITLE }
    end
    y = y + 12
  end
  return y
end

local SWATCH, APART = 22, 16

--- Draws a legend.
-- @tparam table picture
-- @tparam number y where it begins
-- @tparam {table,...} entries each with `text`, and `draw`, a function that is given the left, top,
--   width and height of what it may draw in
-- @treturn number where what follows begins
function M.legend(picture, y, entries)
  local x = 0
  if #entries == 0 then
    return y
  end
  for _, entry in ipairs(entries) do
    local room = picture.width - SWATCH - 6
    local width = math.min(lettering.width(layout.cell(entry.text), TEXT), room)
    if x > 0 and x + SWATCH + 6 + width > picture.width then x, y = 0, y + 18 end
    entry.draw(x, y + 2, SWATCH, 12)
    picture:label{ x = x + SWATCH + 6, y = y + 12, text = entry.text, size = TEXT, most = room }
    x = x + SWATCH + 6 + width + APART
  end
  return y + 22
end

--- Writes notes, each from a line of its own on, and what labels were cut or left out.
-- @tparam table picture
-- @tparam number y where they begin
-- @tparam {string,...} notes
-- @treturn number the height of the picture
function M.notes(picture, y, notes)
  local list = table.move(notes, 1, #notes, 1, {})
  if picture.dropped > 0 then
    list[#list + 1] = picture.dropped == 1 and "1 label is left out for want of room."
      or ("%d labels are left out for want of room."):format(picture.dropped)
  end
  for _, note in ipairs(list) do
    for _, line in ipairs((lettering.wrap(layout.cell(note), 11, picture.width))) do
      y = y + 14
      picture:label{ x = 0, y = y, text = line, size = 11, fill = "soft" }
    end
  end
  return y + 6
end

local LINE, MOST_LINES = 14, 2

--- A row's label in lines.
local function lines_of(row, width)
  return (lettering.wrap(layout.cell(row.text), TEXT, width, row.lines or MOST_LINES))
end

--- Writes a row's label in lines, of which the last may have been cut: the tip has all of it.
local function put_lines(picture, row, lines, y, most)
  for i, line in ipairs(lines) do
    local last = i == #lines and #lines == (row.lines or MOST_LINES)
    picture:label{ x = 0, y = y + (i - 1) * LINE, text = line, size = TEXT, most = most,
      halo = true, tip = last and line:sub(-3) == "…" and row.text or nil }
  end
end

--- Lays out rows, each with a label, and writes the labels.
-- @tparam table picture
-- @tparam {table,...} list each with `text`; `lines`, in how many it may be written (2);
--   `heading`, true for a label without a row of its own
-- @tparam number y where they begin
-- @tparam number height of what is drawn in a row
-- @treturn table the rows, in the same order, each with `top` and `middle`; with `left` and
--   `right`, what may be drawn in, and `bottom`
function M.rows(picture, list, y, height)
  local wide, widest = picture.width >= M.WIDE, 0
  for _, row in ipairs(list) do
    if not row.heading then
      widest = math.max(widest, lettering.width(layout.cell(row.text), TEXT))
    end
  end
  local column = wide and math.min(widest, picture.width * LABELS_SHARE) or 0
  local rows = { left = wide and column + 12 or 0, right = picture.width }
  for i, row in ipairs(list) do
    if row.heading then
      y = y + (i > 1 and 8 or 0) + 15
      picture:label{ x = 0, y = y - 2, text = row.text, size = TEXT, fill = "soft",
        most = picture.width, halo = true }
      rows[i] = { top = y, middle = y }
      y = y + 3
    elseif wide then
      local lines = lines_of(row, column)
      local room = math.max(height + 7, #lines * LINE + 7)
      rows[i] = { top = y + (room - height) / 2, middle = y + room / 2 }
      put_lines(picture, row, lines, rows[i].middle + 4 - (#lines - 1) * LINE / 2, column)
      y = y + room
    else
      local lines = lines_of(row, picture.width)
      put_lines(picture, row, lines, y + 13, picture.width)
      y = y + #lines * LINE + 4
      rows[i] = { top = y, middle = y + height / 2 }
      y = y + height + 9
    end
  end
  rows.bottom = y + 2
  return rows
end

return M
