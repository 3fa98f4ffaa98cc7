--- How wide text is in a picture, and how it is cut and broken to fit.
--
-- No picture names a font of its own, so that nobody knows which it will be shown in. The widths
-- are those of the wider of two common sans-serif fonts, DejaVu Sans and Liberation Sans (which has
-- the widths of Arial and Helvetica): what is measured here is seldom wider on a screen.
-- @module dualuse.chart.lettering

local layout = require "dualuse.layout"

local M = {}

-- Of the characters from space to tilde, in thousandths of the letters' size.
local ASCII = {
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
  636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 556,
  1015, 684, 686, 722, 770, 667, 611, 778, 752, 295, 500, 667, 557, 863, 748, 787,
  667, 787, 722, 667, 611, 732, 684, 989, 685, 667, 685, 390, 337, 390, 838, 556,
  500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
  635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
}

-- Punctuation that our own texts have.
local OTHERS = {
  [0xB7] = 318, [0x2013] = 556, [0x2018] = 318, [0x2019] = 318, [0x201C] = 518, [0x201D] = 518,
}

-- No Latin letter with a mark is wider than the first; hardly any other than the second.
local LATIN, ANY = 800, 1080
local AFTER_LATIN = 0x250

local function thousandths(code)
  local known = ASCII[code - 31] or OTHERS[code]
  if known then
    return known
  end
  local columns = layout.width(utf8.char(code))
  return columns == 0 and 0 or code < AFTER_LATIN and LATIN or ANY
end

--- How wide a text is.
-- @tparam string text in UTF-8, without control characters
-- @tparam number size of the letters, in pixels
-- @treturn number pixels
function M.width(text, size)
  local sum = 0
  for _, code in utf8.codes(text, true) do sum = sum + thousandths(code) end
  return sum * size / 1000
end

-- Sums of the same widths may differ by less.
local EXACT = 0.01

--- A text of at most such a width; what is cut off is told by an ellipsis.
-- @tparam string text in UTF-8
-- @tparam number size of the letters
-- @tparam number most pixels
-- @treturn string "" where not even one letter fits
-- @treturn boolean whether it was cut
function M.cut(text, size, most)
  if M.width(text, size) <= most + EXACT then
    return text, false
  end
  local room, sum, last = most * 1000 / size - thousandths(0x2026), 0, 0
  for position, code in utf8.codes(text, true) do
    sum = sum + thousandths(code)
    if sum > room then
      break
    end
    last = position + #utf8.char(code) - 1
  end
  local kept = text:sub(1, last):gsub(" +$", "")
  return kept == "" and "" or kept .. "…", true
end

--- Joins words to a line while they fit.
-- @treturn string the line
-- @treturn integer the first word that is not in it
local function fill(words, from, size, most)
  local line, i = words[from], from + 1
  while words[i] and M.width(line .. " " .. words[i], size) <= most + EXACT do
    line, i = line .. " " .. words[i], i + 1
  end
  return line, i
end

--- A text in lines of at most such a width.
-- @tparam string text in UTF-8
-- @tparam number size of the letters
-- @tparam number most pixels a line
-- @tparam[opt] integer lines at most so many; what is over is told by an ellipsis
-- @treturn {string,...} without empty ones
-- @treturn boolean whether anything was cut
function M.wrap(text, size, most, lines)
  local words, list, cut = {}, {}, false
  for word in text:gmatch("[^ ]+") do words[#words + 1] = word end
  local i = 1
  while words[i] do
    local line
    if #list + 1 == lines then
      line, i = table.concat(words, " ", i), #words + 1
    else
      line, i = fill(words, i, size, most)
    end
    local fitting, shortened = M.cut(line, size, most)
    list[#list + 1] = fitting ~= "" and fitting or nil
    cut = cut or shortened
  end
  return list, cut
end

return M
