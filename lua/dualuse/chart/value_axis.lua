--- An axis of values: round ticks, and where a value stands.
-- @module dualuse.chart.value_axis

local digits = require "dualuse.digits"
local lettering = require "dualuse.chart.lettering"

local ValueAxis = {}
ValueAxis.__index = ValueAxis

local SIZE = 11

--- The smallest of 1, 2, 5, 10, 20, … (and their tenths, where whole numbers are not asked for)
-- that is no less than a step.
local function round_step(step, whole)
  local unit = 10.0 ^ math.floor(math.log(math.max(step, 1e-300), 10))
  if whole then unit = math.max(unit, 1) end
  for _, factor in ipairs{ 1, 2, 5, 10 } do
    if unit * factor >= step * (1 - 1e-9) then
      return unit * factor
    end
  end
  return unit * 10
end

--- Makes an axis, from a round value to another.
-- @tparam table given `least` and `most` of the values; `from` and `to`, where these ends of the
--   axis stand in the picture; `apart`, how many pixels ticks stand apart at least; `whole`, true
--   where the values are counts; `zero`, true to begin at 0 at the latest; `tight`, true to end at
--   the greatest value, and not at a round one
-- @treturn table with the methods of this module, and `ticks`, the values that are told
function ValueAxis.new(given)
  local least, most = given.least, given.most
  if given.zero then least, most = math.min(0, least), math.max(0, most) end
  if least == most then most = least + 1 end
  local count = math.max(1, math.floor(math.abs(given.to - given.from) / given.apart))
  local step = round_step((most - least) / count, given.whole)
  local first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
  if given.tight then last = math.floor(most / step + 1e-9) end
  local self = setmetatable({ least = first * step, most = given.tight and most or last * step,
    from = given.from, to = given.to, step = step, ticks = {} }, ValueAxis)
  for number = first, last do self.ticks[#self.ticks + 1] = number * step end
  return self
end

--- Where a value stands.
-- @tparam number value
-- @treturn number pixels
function ValueAxis:at(value)
  return self.from + (value - self.least) * (self.to - self.from) / (self.most - self.least)
end

--- How many decimals the ticks need.
function ValueAxis:decimals()
  return self.step >= 1 and 0 or math.min(9, math.ceil(-math.log(self.step, 10) - 1e-9))
end

--- Draws vertical lines at the ticks, and their labels below.
-- @tparam table picture
-- @tparam number top of the lines
-- @tparam number bottom of the lines; the labels take 18 pixels more
function ValueAxis:draw_below(picture, top, bottom)
  local free = -math.huge
  for _, tick in ipairs(self.ticks) do
    local x, text = self:at(tick), digits.text(tick, self:decimals())
    local width = lettering.width(text, SIZE)
    local left = math.min(math.max(x - width / 2, 0), picture.width - width)
    picture:behind("path", { d = picture.path{ "M", x, top, "V", bottom + 3 }, stroke = "rule",
      ["stroke-width"] = 1, fill = "none" })
    if left >= free then
      picture:label{ x = left, y = bottom + 14, text = text, size = SIZE, fill = "soft" }
      free = left + width + 6
    end
  end
end

--- How wide the labels of the ticks are.
-- @treturn number pixels
function ValueAxis:width()
  local widest = 0
  for _, tick in ipairs(self.ticks) do
    widest = math.max(widest, lettering.width(digits.text(tick, self:decimals()), SIZE))
  end
  return widest
end

--- Draws horizontal lines at the ticks, and their labels to the left.
-- @tparam table picture
-- @tparam number left of the lines; the labels end 6 pixels before
-- @tparam number right of the lines
function ValueAxis:draw_beside(picture, left, right)
  for _, tick in ipairs(self.ticks) do
    local y = self:at(tick)
    picture:behind("path", { d = picture.path{ "M", left, y, "H", right },
      stroke = tick == 0 and "soft" or "rule", ["stroke-width"] = 1, fill = "none" })
    picture:label{ x = left - 6, y = y + 4, text = digits.text(tick, self:decimals()),
      size = SIZE, fill = "soft", anchor = "end" }
  end
end

return ValueAxis
