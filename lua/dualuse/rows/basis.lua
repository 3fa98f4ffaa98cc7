--- What rows rest on that are made of several: their records and sources together.
-- @module dualuse.rows.basis

local sets = require "dualuse.sets"

local M = {}

local function united(list, name)
  local set, found = {}, false
  for _, row in ipairs(list) do
    for _, element in ipairs(row[name] or {}) do
      set[element] = true
    end
    found = found or row[name] ~= nil
  end
  return found and sets.sorted(set) or nil
end

--- How many independent sources some rows have together. Without a function that counts, it is
-- known where one of them has all.
local function independent_of(rows, list, sources)
  if not sources then
    return nil
  elseif rows.independent then
    return rows.independent(sources)
  end
  for _, row in ipairs(list) do
    if row.sources and #row.sources == #sources then
      return row.independent
    end
  end
  return nil
end

--- Gives a row what the rows that it is made of rest on.
-- @tparam table rows whose function counts independent sources
-- @tparam table row
-- @tparam {table,...} list the rows that it is made of
-- @treturn table the row
function M.give(rows, row, list)
  row.records = united(list, "records")
  row.sources = united(list, "sources")
  row.independent = independent_of(rows, list, row.sources)
  return row
end

return M
