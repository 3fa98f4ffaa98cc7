--- Finds the record that a dossier tells of where it has neither key nor origin: one of the same
-- content that was there before. Of several alike each stands for one line, so that a dossier read
-- twice adds nothing, and two records alike stay two.
--
-- A line that says it in the words of the store, as an exported one does, is compared as it stands.
-- Otherwise the record is added, read as the store has it, and taken back where it was there
-- already: so names, defaults and forms of numbers are the store's business alone.
-- @module dualuse.dossier.sameness

local core = require "dualuse.core"
local kinds = require "dualuse.dossier.kinds"
local sets = require "dualuse.sets"

local M = {}

local Sameness = {}
Sameness.__index = Sameness

-- What is raised to take a record back.
local there_already = {}

local function citation(value)
  if type(value) ~= "table" then return value end
  return { source = value[1], field = value.field, locator = value.locator, quote = value.quote }
end

--- A record as text: the same for records that say the same.
local function content_of(kind, record, left_out)
  local told = {}
  for _, field in ipairs(kind.fields) do
    local value = record[field.name]
    if value ~= nil and not left_out[field.name] then
      if field.type == "citation" then
        local list = {}
        for i, element in ipairs(value) do list[i] = citation(element) end
        value = list
      elseif field.type == "stage" then
        local list = {}
        for i, stage in ipairs(value) do
          list[i] = content_of(kinds.of("stages"), stage, {})
        end
        value = list
      end
      told[field.name] = value
    end
  end
  return core.encode(told)
end

--- The records of a kind that were there before and have neither key nor origin: their ids by
-- content, in order.
local function read_index(self, kind, left_out)
  local index = {}
  local query = self.store[kind.kind]:where{ key = { missing = true }, origin = { missing = true } }
  for record in query:each() do
    if self.first_added and record.id >= self.first_added then break end
    local content = content_of(kind, record, left_out)
    index[content] = index[content] or {}
    table.insert(index[content], record.id)
  end
  return index
end

--- @treturn table the index of a kind, where some fields are not known yet
local function index_of(self, kind, left_out)
  local which = kind.kind .. " " .. table.concat(sets.sorted(left_out), " ")
  self.indexes[which] = self.indexes[which] or read_index(self, kind, left_out)
  return self.indexes[which]
end

--- The first record of that content that no line stands for yet.
local function find(self, index, content)
  for _, id in ipairs(index[content] or {}) do
    if not self.taken[id] then return id end
  end
  return nil
end

--- Notes a record that was added: the ones from there on were not there before.
function Sameness:added(id)
  self.first_added = self.first_added or id
end

--- The record that says the same in the same words; nil where that cannot be told.
local function find_as_given(self, index, kind, fields, left_out)
  for name in pairs(fields) do
    if not kind.by_name[name] then return nil end -- for the store to refuse
  end
  local ok, content = pcall(content_of, kind, fields, left_out)
  return ok and find(self, index, content) or nil
end

--- Adds a record, unless it is there already.
-- @tparam table kind
-- @tparam table fields of the record
-- @tparam table left_out set of the fields that will be given only later
-- @tparam ?boolean at_once whether to take the first of several that differ in those fields, or any
--   that may be it; otherwise that is left for later
-- @treturn ?integer id; nil where it is better told later
-- @treturn ?string "added" or "unchanged"
-- @raise what `add` raises
function Sameness:put(kind, fields, left_out, at_once)
  local collection, index = self.store[kind.kind], index_of(self, kind, left_out)
  local id, found
  if next(index) == nil then
    id = collection:add(fields)
    self:added(id)
    return id, "added"
  end
  found = find_as_given(self, index, kind, fields, left_out)
  if not found then
    local ok, problem = pcall(self.store.transaction, self.store, function()
      id = collection:add(fields)
      found = find(self, index, content_of(kind, collection:get(id), left_out))
      if found then error(there_already, 0) end
    end)
    if ok then
      self:added(id)
      return id, "added"
    elseif problem ~= there_already then
      error(problem, 0)
    end
  end
  if next(left_out) and not at_once then
    return nil
  end
  self.taken[found] = true
  return found, "unchanged"
end

--- Knows the records of a store, as it reads them.
function M.new(store)
  return setmetatable({ store = store, indexes = {}, taken = {} }, Sameness)
end

return M
