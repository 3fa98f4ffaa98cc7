--- The kinds of records as a dossier has them: which fields it tells, which of them refer to other
-- records, and in which order the kinds come.
-- @module dualuse.dossier.kinds

local core = require "dualuse.core"

local M = {}

-- What the store gives a record: it means nothing in another store.
local given = { id = true, revision = true, time = true }

--- What a dossier knows of a kind.
local function described(name)
  local kind = core.describe(name)
  local self = { kind = name, singular = kind.singular, fields = {}, references = {}, by_name = {} }
  for _, field in ipairs(kind.fields) do
    self.by_name[field.name] = field
    if not given[field.type] then
      self.fields[#self.fields + 1] = field
    end
    if field.type == "reference" or field.type == "citation" then
      self.references[#self.references + 1] = field
    end
  end
  self.keyed = self.by_name.key.required
  return self
end

local all, by_word, names = {}, {}, {}
for i, kind in ipairs(core.describe()) do
  local self = described(kind.kind)
  all[kind.kind] = self
  by_word[self.kind], by_word[self.singular] = self, self
  names[i] = self.kind
end

--- The kind of that name.
-- @tparam string name of its collection, such as "cases"
-- @treturn table `kind`, `singular`; `fields`, those that a dossier tells; `references`, those that
--   refer to records; `by_name`, all fields; `keyed`, whether every record has a key
function M.of(name)
  return all[name]
end

--- The kind that a word names, in the singular or the plural; nil where it names none.
function M.named(word)
  return by_word[word]
end

--- The names of all kinds.
M.names = names

--- The first of the fields that a store gives its records, in order, that a record in a dossier has
-- nevertheless; nil where it has none.
function M.given_field(kind, fields)
  for _, field in ipairs(core.describe(kind.kind).fields) do
    if given[field.type] and fields[field.name] ~= nil then
      return field.name
    end
  end
  return nil
end

--- Whether a field may refer to records of any kind.
function M.is_any(field)
  return #field.kinds == #names
end

--- Whether the kinds that a kind's records refer to have all been placed, itself left aside.
local function follows(kind, placed)
  for _, field in ipairs(kind.references) do
    for _, name in ipairs(field.kinds) do
      if not placed[name] and name ~= kind.kind and not M.is_any(field) then
        return false
      end
    end
  end
  return true
end

local function refers_to_any(kind)
  for _, field in ipairs(kind.references) do
    if M.is_any(field) then return true end
  end
  return false
end

--- Places the kinds of one sort, each behind those that it refers to as far as that can be.
local function place(list, placed, any)
  repeat
    local more, left = false, nil
    for _, name in ipairs(names) do
      local kind = all[name]
      if not placed[name] and refers_to_any(kind) == any then
        if follows(kind, placed) then
          placed[name], more, list[#list + 1] = true, true, kind
        else
          left = left or kind
        end
      end
    end
    if not more and left then -- two that refer to each other
      placed[left.kind], more, list[#list + 1] = true, true, left
    end
  until not more
end

--- The kinds in the order of a dossier: sources before what cites them, and at the end those that
-- may refer to any record. Stages are not among them: they stand in what they are stages of.
M.order = {}
do
  local placed = { stages = true }
  place(M.order, placed, false)
  place(M.order, placed, true)
end

--- Calls `visit(field, value)` for all references of a record, its stages' among them.
-- @tparam table kind
-- @tparam table record
-- @tparam function visit where it returns something, that is returned and the rest is left out
function M.each_reference(kind, record, visit)
  for _, field in ipairs(kind.references) do
    local value = record[field.name]
    if value ~= nil and not field.list then
      local result = visit(field, value)
      if result then return result end
    end
    for _, element in ipairs(field.list and value or {}) do
      local result = visit(field, type(element) == "table" and element[1] or element)
      if result then return result end
    end
  end
  for _, stage in ipairs(kind.by_name.stages and record.stages or {}) do
    local result = M.each_reference(all.stages, stage, visit)
    if result then return result end
  end
  return nil
end

return M
