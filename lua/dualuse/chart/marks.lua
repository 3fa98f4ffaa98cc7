--- The marks of a date in a row: points, bars, and bars that fade.
-- @module dualuse.chart.marks

local M = {}

-- No bar is narrower, and none that fades on both sides.
local NARROWEST, FADING = 3, 26

--- The shapes of points: what tells kinds apart where colours do not.
local SHAPES = {
  function(picture, x, y, colour)
    picture:add("circle", { cx = x, cy = y, r = 5, fill = colour })
  end,
  function(picture, x, y, colour)
    picture:add("rect", { x = x - 4.5, y = y - 4.5, width = 9, height = 9, fill = colour })
  end,
  function(picture, x, y, colour)
    picture:add("path", { d = picture.path{ "M", x, y - 6, "L", x + 6, y, "L", x, y + 6, "L", x - 6,
      y, "z" }, fill = colour })
  end,
  function(picture, x, y, colour)
    picture:add("path", { d = picture.path{ "M", x, y - 5.5, "L", x + 6, y + 5, "L", x - 6, y + 5,
      "z" }, fill = colour })
  end,
  function(picture, x, y, colour)
    picture:add("path", { d = picture.path{ "M", x - 4, y - 4, "L", x + 4, y + 4, "M", x + 4, y - 4,
      "L", x - 4, y + 4 }, stroke = colour, ["stroke-width"] = 3, fill = "none" })
  end,
  function(picture, x, y, colour)
    picture:add("circle", { cx = x, cy = y, r = 4, fill = "paper", stroke = colour,
      ["stroke-width"] = 2.5 })
  end,
}

--- Draws a point.
-- @tparam table picture
-- @tparam number x its middle
-- @tparam number y its middle
-- @tparam integer shape its number, from 1: they repeat
-- @tparam string colour
function M.point(picture, x, y, shape, colour)
  SHAPES[(shape - 1) % #SHAPES + 1](picture, x, y, colour)
end

--- Draws an arrow that tells that a bar goes on.
local function go_on(picture, x, y, direction, colour)
  picture:add("path", { d = picture.path{ "M", x - 7 * direction, y - 5, "L", x, y, "L",
    x - 7 * direction, y + 5 }, stroke = colour, ["stroke-width"] = 2, fill = "none" })
end

--- Draws a bar, in whole or fading to a side.
-- @tparam table picture
-- @tparam table bar `left`, `right`, `middle`, `height`, `colour`; `sure`, whether it is solid;
--   `open_left` and `open_right`: it fades to that side; `on_left` and `on_right`: it goes on
--   there, and an arrow tells so; `doubtful`: it fades to both sides; `from` and `to`, where it may
--   be at most
function M.bar(picture, bar)
  local least = bar.doubtful and FADING or NARROWEST
  local left, right = bar.left, bar.right
  if right - left < least then
    left, right = (left + right - least) / 2, (left + right + least) / 2
  end
  if bar.from and left < bar.from then left, right = bar.from, right + bar.from - left end
  if bar.to and right > bar.to then
    left, right = math.max(left + bar.to - right, bar.from), bar.to
  end
  local to = (bar.doubtful or bar.open_left and bar.open_right) and "both"
    or bar.open_left and "left" or bar.open_right and "right"
  local attributes = { x = left, y = bar.middle - bar.height / 2, width = right - left,
    height = bar.height, fill = to and picture:fade(to, bar.colour) or bar.colour }
  if not bar.sure then
    attributes["fill-opacity"] = to and 0.75 or 0.3
    if not to then
      attributes.stroke, attributes["stroke-dasharray"] = bar.colour, "3 2"
    end
  end
  picture:add("rect", attributes)
  local upon = bar.sure and "paper" or bar.colour
  if bar.on_left then go_on(picture, left + 2, bar.middle, -1, upon) end
  if bar.on_right then go_on(picture, right - 2, bar.middle, 1, upon) end
end

--- Does a part of a date go on beyond the axis: without an end, or with one that is not on it?
local function goes_on(piece, axis)
  local left, right = piece.goes_on and not piece.first, piece.goes_on and not piece.last
  return left or piece.first and piece.first < axis.first,
    right or piece.last and piece.last > axis.last
end

--- Draws a date.
-- @tparam table picture
-- @tparam table axis of time
-- @tparam table span as `dualuse.chart.span` gives it
-- @tparam table how `middle`, `height`, `colour` and `shape`
function M.span(picture, axis, span, how)
  for _, piece in ipairs(span.pieces) do
    local left = piece.first and axis:x(piece.first) or axis.left
    local right = piece.last and axis:x(piece.last + 1) or axis.right
    if piece.day then
      M.point(picture, (left + right) / 2, how.middle, how.shape, how.colour)
    elseif (piece.last or axis.first) >= axis.first and (piece.first or axis.last) <= axis.last then
      local on_left, on_right = goes_on(piece, axis)
      M.bar(picture, { left = left, right = right, middle = how.middle, height = how.height,
        colour = how.colour, sure = piece.sure, doubtful = span.doubtful, from = axis.left,
        to = axis.right, on_left = on_left, on_right = on_right,
        open_left = not piece.first and not on_left,
        open_right = not piece.last and not on_right })
    end
  end
end

return M
