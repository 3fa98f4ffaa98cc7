--- What query:group gives, as rows: each has how many of its sources are independent.
-- @module dualuse.rows.grouped

local list_of = require "dualuse.rows.list"
local provenance = require "dualuse.provenance"
require "dualuse.rows" -- what rows can do

local M = {}

--- Makes rows of what the core has counted.
-- @tparam {table,...} list
-- @tparam table info `keys`, `measures`, `aggregates`, `unit`, and whether there is `provenance`
-- @tparam userdata store
-- @treturn table rows
function M.rows(list, info, store)
  local count = provenance.counter(store)
  for _, row in ipairs(info.provenance and list or {}) do
    row.independent = count(row.sources)
  end
  -- no row has another column: to look for one in each would take longer than to make them
  local columns = table.move(info.measures, 1, #info.measures, #info.keys + 1,
    { table.unpack(info.keys) })
  return list_of.adopt(list, { keys = info.keys, measures = info.measures, columns = columns,
    aggregates = info.aggregates, unit = info.unit, independent = count })
end

return M
