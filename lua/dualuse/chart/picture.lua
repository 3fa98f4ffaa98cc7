--- A picture in SVG: shapes, labels, patterns; every text escaped here and nowhere else.
--
--    local picture = Picture.new{ width = 600, title = "Cases", description = "14 in 2015." }
--    picture:add("rect", { x = 0, y = 0, width = 14, height = 10, fill = "blue" })
--    picture:label{ x = 20, y = 9, text = "14" }
--    picture:svg(40)
--
-- Colours are named as in `dualuse.chart.colours`. Numbers are written with at most two decimals
-- and a point, whatever the locale. Nothing in a picture is fetched, and nothing runs.
-- @module dualuse.chart.picture

local byte_order = require "dualuse.byte_order"
local colours = require "dualuse.chart.colours"
local layout = require "dualuse.layout"
local lettering = require "dualuse.chart.lettering"

local Picture = {}
Picture.__index = Picture

-- ------------------------------------------------------------------------------------ Writing

--- A number with at most two decimals.
local function decimal(value)
  local hundredths = math.floor(math.abs(value) * 100 + 0.5)
  local sign = value < 0 and hundredths > 0 and "-" or ""
  local whole, part = hundredths // 100, hundredths % 100
  if part == 0 then
    return ("%s%d"):format(sign, whole)
  end
  return ("%s%d.%s"):format(sign, whole, (("%02d"):format(part):gsub("0$", "")))
end

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  ["'"] = "&#39;" }

--- Stored text as the text of an element or an attribute.
local function escaped(text)
  return (layout.cell(text):gsub("[&<>\"']", ENTITIES))
end

local function value_text(value)
  return type(value) == "number" and decimal(value) or escaped(value)
end

local COLOURED = { fill = true, stroke = true, ["stop-color"] = true }

--- An element with its attributes in the order of their names. A colour by its name also gives a
-- class, by which a style sheet may turn it dark.
local function element(name, attributes, content)
  local classes, names, values = { attributes.class }, {}, {}
  for attribute, value in pairs(attributes) do
    local hex = COLOURED[attribute] and colours.hex(value)
    if hex then classes[#classes + 1] = ("%s-%s"):format(attribute, value) end
    values[attribute] = value_text(hex or value)
    if attribute ~= "class" then names[#names + 1] = attribute end
  end
  table.sort(names, byte_order.before)
  table.sort(classes, byte_order.before)
  local parts = { "<", name }
  if classes[1] then parts[#parts + 1] = (' class="%s"'):format(table.concat(classes, " ")) end
  for _, attribute in ipairs(names) do
    parts[#parts + 1] = (' %s="%s"'):format(attribute, values[attribute])
  end
  parts[#parts + 1] = content and (">%s</%s>"):format(content, name) or "/>"
  return table.concat(parts)
end

--- A path, from its commands: letters and numbers.
-- @tparam {string|number,...} commands such as { "M", 0, 0, "L", 10, 5 }
-- @treturn string
function Picture.path(commands)
  local parts = {}
  for i, command in ipairs(commands) do
    parts[i] = type(command) == "number" and decimal(command) or command
  end
  return table.concat(parts, " ")
end

-- ------------------------------------------------------------------------------------ Drawing

--- An empty picture.
-- @tparam table given `width`, in pixels; `title` and `description`, for those who cannot see it;
--   `id`, what the names in it begin with: two pictures on one page need two
-- @treturn table with the methods of this module
function Picture.new(given)
  return setmetatable({ width = given.width, title = given.title, description = given.description,
    id = given.id or "chart", defs = {}, defined = {}, back = {}, dropped = 0 }, Picture)
end

--- Draws a shape over what is there.
-- @tparam string name of the element
-- @tparam table attributes
-- @tparam[opt] string tip what is shown to somebody who points at it
function Picture:add(name, attributes, tip)
  self[#self + 1] = element(name, attributes, tip and element("title", {}, escaped(tip)))
end

--- Draws a shape behind all that `add` and `label` draw.
-- @tparam string name of the element
-- @tparam table attributes
function Picture:behind(name, attributes)
  self.back[#self.back + 1] = element(name, attributes)
end

--- Writes a text in one line.
-- @tparam table label `x` and `y`, where its base line begins (`anchor` "start"), ends ("end") or
--   has its middle ("middle"); `text`; `size` of the letters (12); `fill` (ink); `most`, pixels: a
--   text that is wider is cut, and then has all of itself as its tip; `turned`, true to write
--   upwards; `halo`, true to stand out from what is behind it; `tip`, what is shown to somebody who
--   points at it
function Picture:label(label)
  local size = label.size or 12
  local text, cut = layout.cell(label.text), false
  if label.most then text, cut = lettering.cut(text, size, label.most) end
  if text == "" then
    return
  end
  local attributes = { x = label.x, y = label.y, fill = label.fill or "ink", ["font-size"] = size,
    ["text-anchor"] = label.anchor ~= "start" and label.anchor or nil }
  if label.turned then
    attributes.transform = ("rotate(-90 %s %s)"):format(decimal(label.x), decimal(label.y))
  end
  if label.halo then
    attributes.stroke, attributes["stroke-width"] = "paper", 3
    attributes["paint-order"], attributes["stroke-linejoin"] = "stroke", "round"
  end
  local content = escaped(text)
  local tip = label.tip or cut and label.text
  if tip then content = content .. element("title", {}, escaped(tip)) end
  self[#self + 1] = element("text", attributes, content)
end

--- Adds what other elements refer to, once.
-- @treturn string the reference
function Picture:define(name, make)
  local id = ("%s-%s"):format(self.id, name)
  if not self.defined[name] then
    self.defined[name] = true
    self.defs[#self.defs + 1] = make(id)
  end
  return ("url(#%s)"):format(id)
end

local function lines(commands)
  return function(colour)
    return element("path", { d = commands, stroke = colour, ["stroke-width"] = 1.5, fill = "none" })
  end
end

-- What a tile of each pattern has in it, and its size.
local PATTERNS = {
  hatch = { 6, lines("M -1.5 4.5 L 4.5 -1.5 M 1.5 7.5 L 7.5 1.5") },
  back = { 6, lines("M -1.5 1.5 L 4.5 7.5 M 1.5 -1.5 L 7.5 4.5") },
  cross = { 5, lines("M 0 0 L 5 5 M 5 0 L 0 5") },
  dots = { 5, function(colour)
    return element("circle", { cx = 2.5, cy = 2.5, r = 1.1, fill = colour })
  end },
}

--- A fill with a pattern of lines or dots.
-- @tparam string kind hatch, back, cross or dots
-- @tparam string colour
-- @treturn string what `fill` takes
function Picture:pattern(kind, colour)
  local size, content = PATTERNS[kind][1], PATTERNS[kind][2]
  return self:define(("%s-%s"):format(kind, colour), function(id)
    return element("pattern", { id = id, width = size, height = size,
      patternUnits = "userSpaceOnUse" }, content(colour))
  end)
end

-- Where a fade begins and ends, and how much of the colour is there.
local FADES = {
  left = { { 0, 0 }, { 100, 1 } },
  right = { { 0, 1 }, { 100, 0 } },
  both = { { 0, 0 }, { 30, 1 }, { 70, 1 }, { 100, 0 } },
}

--- A fill that fades to the left, to the right, or to both sides.
-- @tparam string to left, right or both
-- @tparam string colour
-- @treturn string what `fill` takes
function Picture:fade(to, colour)
  return self:define(("fade-%s-%s"):format(to, colour), function(id)
    local stops = {}
    for i, stop in ipairs(FADES[to]) do
      stops[i] = element("stop", { offset = ("%d%%"):format(stop[1]), ["stop-color"] = colour,
        ["stop-opacity"] = stop[2] })
    end
    return element("linearGradient", { id = id }, table.concat(stops))
  end)
end

--- The tip of an arrow, for `marker-end`.
-- @tparam string colour
-- @treturn string what `marker-end` takes
function Picture:arrow(colour)
  return self:define("arrow-" .. colour, function(id)
    return element("marker", { id = id, viewBox = "0 0 8 8", refX = 7, refY = 4, markerWidth = 8,
      markerHeight = 8, markerUnits = "userSpaceOnUse", orient = "auto" },
      element("path", { d = "M 0 0 L 8 4 L 0 8 z", fill = colour }))
  end)
end

-- -------------------------------------------------------------------------------------- In all

local FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

--- The style that a picture needs by itself; a page with several has it once.
-- @treturn string CSS
function Picture.style()
  return (".dualuse-chart { font-family: %s }\n%s"):format(FONT, colours.dark())
end

--- How much empty paper a picture has around it where it stands alone, in pixels.
Picture.MARGIN = 12

--- The picture.
-- @tparam number height in pixels
-- @tparam[opt] boolean inside true for a picture inside a page, which has the style already, and
--   margins of its own
-- @treturn string an element `svg`; one that stands alone is wider and higher by two margins
function Picture:svg(height, inside)
  local margin = inside and 0 or Picture.MARGIN
  local width = self.width + 2 * margin
  height = height + 2 * margin
  local parts = {
    element("title", { id = self.id .. "-title" }, escaped(self.title)),
    element("desc", { id = self.id .. "-desc" }, escaped(self.description)),
  }
  if not inside then
    parts[#parts + 1] = element("style", {}, "\n" .. Picture.style())
  end
  if self.defs[1] then parts[#parts + 1] = element("defs", {}, table.concat(self.defs)) end
  if not inside then
    parts[#parts + 1] = element("rect", { x = -margin, y = -margin, width = width, height = height,
      fill = "paper" })
  end
  table.move(self.back, 1, #self.back, #parts + 1, parts)
  table.move(self, 1, #self, #parts + 1, parts)
  return element("svg", {
    xmlns = "http://www.w3.org/2000/svg", class = "dualuse-chart", role = "img",
    viewBox = ("%s %s %s %s"):format(decimal(-margin), decimal(-margin), decimal(width),
      decimal(height)),
    width = width, height = height, ["font-family"] = "sans-serif",
    ["aria-labelledby"] = ("%s-title %s-desc"):format(self.id, self.id),
  }, "\n" .. table.concat(parts, "\n") .. "\n") .. "\n"
end

return Picture
