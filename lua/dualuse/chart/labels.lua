--- Places for labels along a line, so that none covers another.
-- @module dualuse.chart.labels

local M = {}

--- Gives each label a place as near to where it belongs as the others let it.
--
-- Labels keep the order of where they belong. Those that crowd form a block, which stands around
-- the middle of where its labels belong.
-- @tparam {table,...} list each with `at`, the middle of where it belongs, and `height`; `placed`,
--   its middle, is added
-- @tparam number first where places begin
-- @tparam number last where they end
-- @treturn boolean whether all of them have room; none is placed where not
function M.spread(list, first, last)
  local order, needed = {}, 0
  for i, label in ipairs(list) do
    order[i], needed = { label = label, number = i }, needed + label.height
  end
  if needed > last - first then
    return false
  end
  table.sort(order, function(a, b)
    if a.label.at ~= b.label.at then return a.label.at < b.label.at end
    return a.number < b.number
  end)
  local blocks = {}
  local function settle(block)
    local middle = block.sum / #block
    block.top = math.min(math.max(middle - block.height / 2, first), last - block.height)
  end
  for _, entry in ipairs(order) do
    local block = { entry.label, sum = entry.label.at, height = entry.label.height }
    settle(block)
    while blocks[#blocks] and blocks[#blocks].top + blocks[#blocks].height > block.top do
      local before = table.remove(blocks)
      table.move(block, 1, #block, #before + 1, before)
      before.sum, before.height = before.sum + block.sum, before.height + block.height
      block = before
      settle(block)
    end
    blocks[#blocks + 1] = block
  end
  for _, block in ipairs(blocks) do
    local y = block.top
    for _, label in ipairs(block) do
      label.placed, y = y + label.height / 2, y + label.height
    end
  end
  return true
end

return M
