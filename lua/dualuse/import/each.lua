--- What is done with each row where a row is not one record: it is several, or names one to take
-- back.
-- @module dualuse.import.each

local core = require "dualuse.core"

local M = {}

local function cites(sources, key)
  for _, citation in ipairs(sources) do
    if citation == key or type(citation) == "table" and citation[1] == key then return true end
  end
  return false
end

--- Puts a record of a row, which rests on the source of the file. One that is on record as it is
-- keeps the sources that it has; where the row says something else, this one is added to them.
local function put_record(collection, record, source)
  local known = collection:get(record.key)
  if not known then
    record.sources = source and { source }
    return select(2, collection:put(record))
  end
  local _, outcome = collection:put(record)
  local sources = known.sources or {}
  if outcome == "updated" and source and not cites(sources, source) then
    sources[#sources + 1] = source
    collection:put{ key = record.key, sources = sources }
  end
  return outcome
end

--- The function that puts the records of each row.
-- @param store
-- @tparam function records what a format makes of a row
-- @tparam ?integer source the id of the source of the file
-- @treturn function as `each` of `loader:map`
function M.records(store, records, source)
  local outcomes = { added = 3, updated = 2, unchanged = 1 }
  local names = { "duplicate", "updated", "added" }
  local key = source and store.sources:get(source).key
  local function has(kind, of) return store[kind]:get(of) ~= nil end
  return function(row)
    local list, why, field = records(row, has)
    if not list then return nil, why, field end
    local best = 1
    store:transaction(function()
      for _, pair in ipairs(list) do
        best = math.max(best, outcomes[put_record(store[pair[1]], pair[2], key)])
      end
    end)
    return names[best]
  end
end

--- The function that takes back the record which each row names.
-- @param collection
-- @treturn function as `each` of `loader:map`
function M.retraction(collection)
  return function(_, origin)
    local record = collection:where{ origin = origin }:select("id"):first()
    if not record then
      return nil, ("no record has the origin %s"):format(core.shown(origin)), "origin"
    end
    collection:retract(record.id)
    return "retracted"
  end
end

return M
