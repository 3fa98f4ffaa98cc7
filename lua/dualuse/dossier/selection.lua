--- Which records a dossier tells, kind by kind: those with a key in the order of their keys, byte
-- by byte, then those without in the order in which they were added, which an import keeps. So the
-- order depends on the records alone, not on their ids.
-- @module dualuse.dossier.selection

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local kinds = require "dualuse.dossier.kinds"
local naming = require "dualuse.dossier.naming"

local M = {}

--- Whether one record of a kind comes before another.
-- @tparam table a with `key` and `id`
-- @tparam table b with `key` and `id`
-- @treturn boolean
function M.comes_before(a, b)
  if a.key and b.key then
    return byte_order.before(a.key, b.key)
  elseif not a.key and not b.key then
    return a.id < b.id
  end
  return a.key ~= nil
end

-- ------------------------------------------------------------------------------- The whole store

local Whole = {}
Whole.__index = Whole

--- Calls `visit(record)` for the records of a kind, in their order.
function Whole:each(kind, visit)
  local collection = self.view[kind.kind]
  for record in collection:where{ key = { missing = false } }:order("key"):each() do
    visit(record)
  end
  if not kind.keyed then
    for record in collection:where{ key = { missing = true } }:each() do
      visit(record)
    end
  end
end

--- Notes which records without a key are referred to.
local function want_all(view, names)
  for _, kind in ipairs(kinds.order) do
    for _, field in ipairs(kind.references) do
      if #field.kinds > 1 or not kinds.of(field.kinds[1]).keyed then
        for _, value in view[kind.kind]:where{ [field.name] = { missing = false } }
          :values(field.name) do
          for _, element in ipairs(field.list and value or { value }) do
            if math.type(element) == "integer" then names:want(element) end
          end
        end
      end
    end
  end
end

--- All records of a store.
-- @param view of the store
-- @tparam table names how records are named: learns which ones are referred to
-- @treturn table with `each(kind, visit)`
function M.whole(view, names)
  want_all(view, names)
  return setmetatable({ view = view }, Whole)
end

-- --------------------------------------------------------------------- What queries find, and more

local Found = {}
Found.__index = Found

function Found:each(kind, visit)
  for _, entry in ipairs(self.entries[kind.kind] or {}) do
    visit(self.view[kind.kind]:get(entry.id))
  end
end

--- The record of a reference, and its kind; of a stage, what it is a stage of.
local function record_at(view, names, kind, reference)
  local record = view[kind]:get(reference)
  if record and kind == "stages" then
    local of, key, id = names:target(kinds.of(kind).by_name.of, record.of)
    return record_at(view, names, of, key or id)
  end
  return record, kind
end

--- Takes in a record; returns it where it is new.
local function take(self, names, kind, reference)
  local record, its_kind = record_at(self.view, names, kind, reference)
  if not record then
    core.raise{ code = "misuse", kind = kind, message = "option query: it finds records that the "
      .. "open transaction has not committed yet" }
  end
  if self.ids[record.id] then return nil end
  self.ids[record.id] = true
  local entries = self.entries[its_kind] or {}
  self.entries[its_kind] = entries
  entries[#entries + 1] = { key = record.key, id = record.id }
  return record, kinds.of(its_kind)
end

--- Takes in a record and all that it refers to, however far.
local function take_all(self, names, seen, kind, reference)
  local stack = { { kind, reference } }
  while #stack > 0 do
    local top = table.remove(stack)
    local record, its_kind = take(self, names, top[1], top[2])
    if record then
      kinds.each_reference(its_kind, record, function(field, value)
        local to, key, id = names:target(field, value)
        local mark = naming.mark(to, key, id)
        if id then names:want(id) end
        if not seen[mark] then
          seen[mark], stack[#stack + 1] = true, { to, key or id }
        end
      end)
    end
  end
end

--- What queries find, and all that it refers to, however far.
-- @param view of the store
-- @tparam table names how records are named: learns which ones are referred to
-- @tparam {query,...} queries on the store
-- @treturn table with `each(kind, visit)`
-- @raise `misuse` for records that are not in the view
function M.found(view, names, queries)
  local self = setmetatable({ view = view, ids = {}, entries = {} }, Found)
  local seen = {}
  for _, query in ipairs(queries) do
    local kind = query:kind()
    for id in query:values("id") do
      take_all(self, names, seen, kind, id)
    end
  end
  for _, entries in pairs(self.entries) do
    table.sort(entries, M.comes_before)
  end
  return self
end

return M
