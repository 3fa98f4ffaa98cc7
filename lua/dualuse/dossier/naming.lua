--- How records are named in a dossier: by key, or by a label where they have none.
--
-- A label is of the dossier alone, `"as": "claim-12"`, and given in the order in which records are
-- first told of, so that it does not depend on ids. Only what something refers to has one.
--
-- A `mark` stands for a record in tables: its id where it has no key, else its kind and key.
-- @module dualuse.dossier.naming

local core = require "dualuse.core"
local kinds = require "dualuse.dossier.kinds"

local M = {}

local Naming = { __name = "dualuse.dossier.naming" }
Naming.__index = Naming

--- What stands for a record.
-- @tparam string kind
-- @tparam ?string key
-- @tparam ?integer id where it has no key
function M.mark(kind, key, id)
  return key and kind .. "\0" .. key or id
end

--- Names the records of a store.
-- @param view the store, or a view of it, that is read
-- @treturn table with `target`, `want` and `reference`; `left_out`, which may be set to a function
--   that is called with kind, id and field where a record without a key has no line to be named in
function M.new(view)
  return setmetatable({ view = view, wanted = {}, labels = {}, numbers = {} }, Naming)
end

--- The kind that has a record of this key, among those of a field. Where one was found last is
-- looked first.
local function kind_of_key(self, field, key)
  local last = kinds.is_any(field) and self.last_kind
  if last and self.view[last]:where{ key = key }:exists() then
    return last
  end
  for _, kind in ipairs(field.kinds) do
    if kind ~= last and self.view[kind]:where{ key = key }:exists() then
      self.last_kind = kind
      return kind
    end
  end
end

--- Kind and key of a record by its id, among those of a field. It has no key, or one that stands in
-- several kinds.
local function kind_of_id(self, field, id)
  for _, kind in ipairs(field.kinds) do
    local record = self.view[kind]:get(id)
    if record then
      return kind, record.key
    end
  end
end

--- The record that a reference names.
-- @tparam table field
-- @param value what the record has there: a key or an id
-- @treturn string kind
-- @treturn ?string key
-- @treturn ?integer id where it has no key
function Naming:target(field, value)
  local is_id = math.type(value) == "integer"
  if #field.kinds == 1 then
    return field.kinds[1], not is_id and value or nil, is_id and value or nil
  end
  local kind, key
  if is_id then
    kind, key = kind_of_id(self, field, value)
  else
    kind, key = kind_of_key(self, field, value), value
  end
  if not kind then
    core.raise{ code = "corrupt", field = field.name, message =
      ("%s: it refers to %s, which is not there"):format(field.name, tostring(value)) }
  end
  return kind, key, not key and value or nil
end

--- Notes that something refers to the record with this id, which may have no key.
function Naming:want(id)
  self.wanted[id] = true
end

--- The label of a record, which it is given now if it has none.
local function label(self, kind, mark)
  if not self.labels[mark] then
    local number = (self.numbers[kind] or 0) + 1
    self.numbers[kind] = number
    self.labels[mark] = ("%s-%d"):format(kinds.of(kind).singular, number)
  end
  return self.labels[mark]
end

--- The label that a record's own line bears, or nil.
-- @tparam string kind
-- @tparam table record
function Naming:own_label(kind, record)
  local mark = M.mark(kind, record.key, record.id)
  if not record.key and self.wanted[record.id] then
    return label(self, kind, mark)
  end
  return self.labels[mark]
end

--- A reference as JSON: a key, a kind and a key where records of several kinds may stand, or a
-- label.
-- @tparam table field
-- @param value a key or an id
-- @tparam ?function later whether a record (kind, key, id) is told of only later: it is named by a
--   label then, since there may be another of that name where the dossier is read
function Naming:reference(field, value, later)
  local kind, key, id = self:target(field, value)
  local mark = M.mark(kind, key, id)
  if not key and self.left_out and not self.wanted[id] then
    self.left_out(kind, id, field)
  end
  if not key or later and later(kind, key, id) then
    return '{"as":' .. core.encode(label(self, kind, mark)) .. "}"
  elseif #field.kinds == 1 then
    return core.encode(key)
  end
  return ("{%s:%s}"):format(core.encode(kind), core.encode(key))
end

return M
