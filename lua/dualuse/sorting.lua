--- Lists that are in order already, as a rule.
-- @module dualuse.sorting

local M = {}

--- Sorts a list, unless it is in order: to see that takes one look at each element.
-- @tparam table list is changed
-- @tparam function before whether an element comes before another
function M.settle(list, before)
  for i = 2, #list do
    if before(list[i], list[i - 1]) then
      table.sort(list, before)
      return
    end
  end
end

return M
