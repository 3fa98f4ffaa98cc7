--- Sets: tables whose keys are what is in them.
-- @module dualuse.sets

local byte_order = require "dualuse.byte_order"

local M = {}

--- A set of the elements of a list.
-- @tparam ?table elements a list; nil stands for an empty one
-- @treturn table each element -> true
function M.of(elements)
  local set = {}
  for _, element in ipairs(elements or {}) do set[element] = true end
  return set
end

--- What is in a set, or the names of any table, in order: numbers first, then texts by their bytes.
-- @tparam table set
-- @treturn table a list
function M.sorted(set)
  local list = {}
  for element in pairs(set) do list[#list + 1] = element end
  table.sort(list, byte_order.numbers_first)
  return list
end

return M
