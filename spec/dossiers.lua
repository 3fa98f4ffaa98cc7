--- What the specs of dossiers share: a store as its dossier and back, and what a store says, in a
-- text that does not depend on its ids.
local dualuse = require "dualuse"
local stores = require "spec.stores"

local assert = require "luassert"

local M = {}

--- What a store exports, as text.
function M.text_of(store, options)
  local parts = {}
  store:export(function(text) parts[#parts + 1] = text end, options)
  return table.concat(parts)
end

--- A text of these lines.
function M.lines(...)
  return table.concat({ ... }, "\n") .. "\n"
end

--- A function that gives a text in chunks of up to so many bytes.
function M.giver(text, size)
  local at = 1
  return function()
    if at > #text then return nil end
    local chunk = text:sub(at, at + (size or 100) - 1)
    at = at + #chunk
    return chunk
  end
end

--- An empty store in memory.
function M.new_store()
  return assert(dualuse.open())
end

--- A new store with what a text tells, and the result of the import.
function M.store_of(text, options)
  local store = M.new_store()
  return store, store:import(M.giver(text), options)
end

--- The counts of an import, as "read added updated duplicate rejected".
function M.counts(result)
  assert.equal(result.read, result.added + result.updated + result.duplicate + result.rejected)
  return ("%d %d %d %d %d"):format(result.read, result.added, result.updated, result.duplicate,
    result.rejected)
end

-- ------------------------------------------------------------------------------ What a store says

local function comes_before(a, b)
  if a.key and b.key then
    return a.key < b.key
  elseif a.key or b.key then
    return a.key ~= nil
  elseif a.note and b.note and a.note ~= b.note then
    return a.note < b.note
  end
  return a.id < b.id
end

--- What records are called, by id: by their key, note, or place among those of their kind; stages
-- by their place in what they are stages of.
local function name_all(names, kind, records)
  for i, record in ipairs(records) do
    names[record.id] = kind .. "#" .. (record.key or record.note or i)
    for s, stage in ipairs(record.stages or {}) do
      names[stage.id] = names[record.id] .. "/" .. (stage.key or s)
    end
  end
end

-- What is not the same in another store.
local of_one_store = { id = true, revision = true, time = true }

--- The fields of a record, with references to records without a key by their names.
local function told(names, kind, record)
  local fields = {}
  local function reference(value)
    return math.type(value) == "integer" and "→" .. names[value] or value
  end
  for _, field in ipairs(dualuse.describe(kind).fields) do
    local value = record[field.name]
    if value ~= nil and not of_one_store[field.type] then
      local each = field.type == "reference" and reference
        or field.type == "stage" and function(stage) return told(names, "stages", stage) end
      if each and field.list then
        local list = {}
        for i, element in ipairs(value) do list[i] = each(element) end
        value = list
      end
      fields[field.name] = each and not field.list and each(value) or value
    end
  end
  return fields
end

--- All records of a store, one a line: the same for stores that say the same. Records without a key
-- are told apart by their notes where those differ, or else are in the order of their ids.
function M.said_by(store)
  local names, all, said = {}, {}, {}
  for _, kind in ipairs(dualuse.describe()) do
    if kind.kind ~= "stages" then
      local records = store[kind.kind]:all()
      table.sort(records, comes_before)
      name_all(names, kind.kind, records)
      all[#all + 1] = { kind = kind.kind, records = records }
    end
  end
  for _, group in ipairs(all) do
    for _, record in ipairs(group.records) do
      said[#said + 1] = group.kind .. " " .. stores.show(told(names, group.kind, record))
    end
  end
  return table.concat(said, "\n")
end

-- ---------------------------------------------------------------------------- Order of a dossier

--- What a reference in a line names: "as claim-1", "cases a-key".
local function name_of(field, reference)
  if type(reference) == "table" and reference.source then reference = reference.source end
  if type(reference) == "table" then
    local word, name = next(reference)
    return word .. " " .. name
  end
  return field.kinds[1] .. " " .. reference
end

local function each_name(kind, record, visit)
  for _, field in ipairs(dualuse.describe(kind).fields) do
    if record[field.name] ~= dualuse.null
      and (field.type == "reference" or field.type == "citation") then
      local value = record[field.name]
      for _, reference in ipairs(field.list and value or { value }) do
        visit(name_of(field, reference))
      end
    end
  end
  for _, stage in ipairs(record.stages or {}) do each_name("stages", stage, visit) end
end

local function learn(names, kind, record)
  if record.as then names["as " .. record.as] = true end
  if record.key then names[kind .. " " .. record.key] = true end
  for _, stage in ipairs(record.stages or {}) do learn(names, "stages", stage) end
end

--- How many references of a dossier name what comes only later, and is not the record itself or a
-- state that every store has.
-- @tparam string text of a dossier
-- @tparam function decode reads a line
function M.forward_references(text, decode)
  local names, count = {}, 0
  local store <close> = M.new_store()
  for party in store.parties:each() do learn(names, "parties", party) end
  local plural = {}
  for _, kind in ipairs(dualuse.describe()) do
    plural[dualuse.describe(kind.kind).singular] = kind.kind
  end
  for line in text:gmatch("[^\n]+") do
    local record = decode(line)
    local kind = plural[record.record]
    if kind then
      local own = {}
      learn(own, kind, record)
      each_name(kind, record, function(name)
        if not names[name] and not own[name] then count = count + 1 end
      end)
      learn(names, kind, record)
    end
  end
  return count
end

return M
