--- What the specs of imports share.
local assert = require "luassert"

local M = {}

--- A function that gives a text in pieces of so many bytes, and then nil, as the source of an
-- import.
function M.giver(text, size)
  local at = 1
  size = size or math.max(#text, 1)
  return function()
    local piece = text:sub(at, at + size - 1)
    at = at + size
    return piece ~= "" and piece or nil
  end
end

local SUMMED = { "added", "updated", "duplicate", "rejected", "retracted" }

--- What a result counts, in a line without what is zero: "read 3, added 2, rejected 1".
function M.counts(result)
  local parts, sum = { "read " .. result.read }, 0
  for _, name in ipairs(SUMMED) do
    if result[name] ~= 0 then parts[#parts + 1] = name .. " " .. result[name] end
    sum = sum + result[name]
  end
  assert.equal(result.read, sum, "no row is lost")
  return table.concat(parts, ", ")
end

--- Why lines were rejected, each as "line field: reason".
function M.reasons(result)
  local list = {}
  for i, reject in ipairs(result.rejects) do
    list[i] = ("%d %s: %s"):format(reject.line, reject.field or "-", reject.reason)
  end
  return list
end

--- Options with others over them.
function M.with(options, others)
  local all = {}
  for name, value in pairs(options) do all[name] = value end
  for name, value in pairs(others or {}) do all[name] = value end
  return all
end

--- The values of a field, of all records in the order of their ids.
function M.values(collection, field)
  local list = {}
  for record in collection:order("id"):each() do
    list[#list + 1] = record[field] == nil and "-" or record[field]
  end
  return list
end

return M
