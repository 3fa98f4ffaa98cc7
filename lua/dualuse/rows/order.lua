--- The order of rows: by their columns, those at the end last.
-- @module dualuse.rows.order

local byte_order = require "dualuse.byte_order"
local layout = require "dualuse.layout"
local list_of = require "dualuse.rows.list"

local tail = list_of.tail

local M = {}

local ranks = { boolean = 1, number = 2, string = 3 }

--- Whether one value comes before another: numbers, then texts.
-- @param a
-- @param b
-- @treturn boolean false for equal ones
function M.before(a, b)
  local rank_a, rank_b = ranks[type(a)] or 4, ranks[type(b)] or 4
  if rank_a ~= rank_b then
    return rank_a < rank_b
  elseif rank_a == 1 then
    return not a and b
  elseif rank_a == 4 then
    return byte_order.before(layout.cell(a), layout.cell(b))
  elseif rank_a == 2 then
    return a < b
  end
  return byte_order.before(a, b)
end

--- nil where two rows are equal by a column; missing values come last in both directions.
local function compared(a, b, order)
  local x, y = a[order.name], b[order.name]
  if x ~= x then x = nil end -- not a number: missing
  if y ~= y then y = nil end
  if x == nil or y == nil then
    if x == nil and y == nil then
      return nil
    end
    return y == nil
  elseif M.before(x, y) then
    return not order.descending
  elseif M.before(y, x) then
    return order.descending or false
  end
  return nil
end

--- Sorts stably; rows that stand at the end stay there.
-- @tparam {table,...} list
-- @tparam {table,...} orders each with `name`, and `descending` or not
-- @treturn {table,...} a new list
function M.sorted(list, orders)
  local places, copy = {}, {}
  for i, row in ipairs(list) do
    copy[i] = { row = row, place = i }
    places[i] = row
  end
  table.sort(copy, function(a, b)
    local tail_a, tail_b = tail(a.row), tail(b.row)
    if tail_a ~= tail_b then
      return tail_a < tail_b
    end
    for _, order in ipairs(orders) do
      local first = compared(a.row, b.row, order)
      if first ~= nil then
        return first
      end
    end
    return a.place < b.place
  end)
  for i, entry in ipairs(copy) do
    places[i] = entry.row
  end
  return places
end

return M
