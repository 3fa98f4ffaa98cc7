--- Reads XML and HTML for specs, strictly, and knows nothing of what wrote them.
local M = {}

local VOID = { meta = true, br = true, input = true, link = true, img = true }
local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', ["#39"] = "'" }

local function decoded(text)
  return (text:gsub("&([^;]*);?", function(name)
    return ENTITIES[name] or error("an entity that is none: &" .. name)
  end))
end

local function attributes_of(text)
  local attributes = {}
  local rest = text:gsub('([%w:-]+)="([^"<]*)"', function(name, value)
    assert(not attributes[name], "an attribute twice: " .. name)
    attributes[name] = decoded(value)
    return ""
  end)
  for name in rest:gmatch("[^%s]+") do
    assert(name:find("^%l+$"), "no attribute: " .. name)
    attributes[name] = ""
  end
  return attributes
end

--- All elements of a text, in the order in which they begin.
-- @tparam string text
-- @treturn {table,...} each with `name`, `attributes`, `parent`, `text`, what stands in it
--   directly, and `children`
-- @raise for what is not well-formed
function M.elements(text)
  local list, stack, position = {}, {}, 1
  text = text:gsub("^<!DOCTYPE html>\n", "")
  while position <= #text do
    local from, to, slash, name, more, closed =
      text:find("<(/?)([%a][%w-]*)([^<>]*)(/?)>", position)
    local between = text:sub(position, (from or #text + 1) - 1)
    local inside = stack[#stack]
    if inside and inside.name == "style" then
      assert(not between:find("<", 1, true))
      inside.text = inside.text .. between
    elseif inside then
      assert(not between:find("[<>]"), "a bracket by itself in: " .. between:sub(1, 80))
      inside.text = inside.text .. decoded(between)
    else
      assert(not between:find("%S"), "text outside: " .. between:sub(1, 80))
    end
    if not from then break end
    if more:sub(-1) == "/" then more, closed = more:sub(1, -2), "/" end
    if slash == "/" then
      assert(inside and inside.name == name, "an end without a beginning: " .. name)
      stack[#stack] = nil
    else
      local element = { name = name, attributes = attributes_of(more), parent = inside, text = "",
        children = {} }
      list[#list + 1] = element
      if inside then table.insert(inside.children, element) end
      if closed ~= "/" and not VOID[name] then stack[#stack + 1] = element end
    end
    position = to + 1
  end
  assert(#stack == 0, "not closed: " .. (stack[#stack] or { name = "" }).name)
  return list
end

--- Those with a name.
function M.named(elements, name)
  local list = {}
  for _, element in ipairs(elements) do
    if element.name == name then list[#list + 1] = element end
  end
  return list
end

return M
