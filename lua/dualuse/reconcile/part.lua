--- What part of the whole a total is of: the whole, or some destinations, items and a scope.
-- @module dualuse.reconcile.part

local byte_order = require "dualuse.byte_order"

local M = {}

--- A part: its lists sorted, and an `id` that equal parts share.
-- @tparam ?{string,...} destinations keys of parties; none: all
-- @tparam ?{string,...} items keys of items; none: all
-- @tparam ?string scope in words
-- @treturn table `destinations`, `items`, `scope`, `id`
function M.new(destinations, items, scope)
  local part = { destinations = {}, items = {}, scope = scope }
  for name, list in pairs{ destinations = destinations or {}, items = items or {} } do
    part[name] = table.move(list, 1, #list, 1, {})
    table.sort(part[name], byte_order.numbers_first)
  end
  local texts = {}
  for _, list in ipairs{ part.destinations, part.items } do
    for _, name in ipairs(list) do
      texts[#texts + 1] = ("%q"):format(tostring(name))
    end
    texts[#texts + 1] = ";"
  end
  part.id = table.concat(texts, " ") .. (scope and " " .. scope or "")
  return part
end

--- A part in words, such as "to VNM, involving firms".
-- @tparam table part
-- @treturn string
function M.describe(part)
  local words = {}
  if #part.destinations > 0 then
    words[#words + 1] = "to " .. table.concat(part.destinations, ", ")
  end
  if #part.items > 0 then
    words[#words + 1] = "of " .. table.concat(part.items, ", ")
  end
  words[#words + 1] = part.scope
  return #words == 0 and "whole" or table.concat(words, ", ")
end

local function contains_all(list, names)
  local set = {}
  for _, name in ipairs(list) do
    set[name] = true
  end
  for _, name in ipairs(names) do
    if not set[name] then
      return false
    end
  end
  return true
end

local function list_within(inner, outer)
  return #outer == 0 or #inner > 0 and contains_all(outer, inner)
end

--- Whether all of one part belongs to another, and there is more in that.
-- @tparam table inner
-- @tparam table outer
-- @treturn boolean
function M.within(inner, outer)
  return inner.id ~= outer.id and list_within(inner.destinations, outer.destinations)
    and list_within(inner.items, outer.items) and (not outer.scope or outer.scope == inner.scope)
end

return M
