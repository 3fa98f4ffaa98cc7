--- Puts what a dossier tells into a store, line by line, in whatever order: what a line refers to
-- may come only later.
--
-- Then the record is put without that field, which it gets at the end; where it cannot do without,
-- the line waits. Both happen in one transaction, whose states in between nobody sees.
-- @module dualuse.dossier.putting

local core = require "dualuse.core"
local kinds = require "dualuse.dossier.kinds"
local sameness = require "dualuse.dossier.sameness"
local sets = require "dualuse.sets"

local M = {}

local Putting = {}
Putting.__index = Putting

local function problem(item, field, message)
  return { code = "invalid", kind = item.kind.kind, field = field,
    message = ("%s.%s: %s"):format(item.kind.kind, field, message) }
end

-- ------------------------------------------------------------------------------------- References

-- What stands for a reference to a record that is not there yet.
local not_yet = {}

--- The record that a label stands for: its id, or `not_yet`.
local function labelled(item, field, label)
  local entry = item.labels[label]
  if not entry then
    return not_yet
  end
  for _, kind in ipairs(field.kinds) do
    if kind == entry.kind then return entry.id end
  end
  error(problem(item, field.name, ("the label %s stands for a %s, not for a %s"):format(
    core.shown(label), kinds.of(entry.kind).singular, kinds.of(field.kinds[1]).singular)), 0)
end

--- { "claim": "a-key" }, as { claims = "a-key" }; the table itself where it is something else.
local function with_kind(reference)
  local word, key = next(reference)
  local kind = type(word) == "string" and kinds.named(word)
  if kind and type(key) == "string" and next(reference, word) == nil then
    return { [kind.kind] = key }
  end
  return reference
end

--- Whether a reference names the very record that has it. It must not be taken for another one's
-- alias before that is there.
local function is_own(item, field, key)
  return key == item.fields.key and #field.kinds == 1 and field.kinds[1] == item.kind.kind
end

--- A reference as a store takes it, or `not_yet`.
local function reference_of(item, field, value)
  if type(value) == "number" then
    error(problem(item, field.name, ("%s is the id of a record in one store alone: expected a key, "
      .. 'a name or {"as": a label}'):format(value)), 0)
  elseif type(value) == "string" and is_own(item, field, value) then
    return item.id or not_yet
  elseif type(value) ~= "table" then
    return value
  elseif type(value.as) == "string" and next(value, next(value)) == nil then
    return labelled(item, field, value.as)
  end
  return with_kind(value)
end

--- A citation: a source, or { source=, field=, locator=, quote= } as { source, … }.
local function citation_of(item, field, value)
  if type(value) ~= "table" or value.source == nil then
    return reference_of(item, field, value)
  end
  local citation = {}
  for name, part in pairs(value) do
    if name ~= "source" then citation[name] = part end
  end
  citation[1] = reference_of(item, field, value.source)
  return citation[1] == not_yet and not_yet or citation
end

local fields_of

--- A stage, in the record that it is a stage of. Its label is learned once that one has been put.
local function stage_of(item, _, value)
  if type(value) ~= "table" then return value end
  local fields = {}
  for name, part in pairs(value) do
    if name ~= "as" then fields[name] = part end
  end
  local stage = { kind = kinds.of("stages"), fields = fields, labels = item.labels }
  local own = kinds.given_field(stage.kind, fields)
  if own then
    error(problem(stage, own, "it means nothing in another store: leave it out"), 0)
  end
  local given, missing = fields_of(stage)
  return next(missing) and not_yet or given
end

local converters = { reference = reference_of, citation = citation_of, stage = stage_of }

--- A field's value as a store takes it, or `not_yet`.
local function value_of(item, field, value)
  local convert = converters[field.type]
  if not convert or not field.list or type(value) ~= "table" then
    return convert and convert(item, field, value) or value
  end
  local list = {}
  for name, element in pairs(value) do
    list[name] = convert(item, field, element)
    if list[name] == not_yet then return not_yet end
  end
  return list
end

--- The fields of a line as a store takes them, and the set of those that refer to what is not there
-- yet by a label, or to the record itself.
function fields_of(item)
  local given, missing = {}, {}
  for name, value in pairs(item.fields) do
    local field = item.kind.by_name[name]
    if field then value = value_of(item, field, value) end
    if value == not_yet then
      missing[name] = true
    else
      given[name] = value
    end
  end
  return given, missing
end

--- Whether a reference, as the store takes it, names nothing there.
local function names_nothing(self, field, reference)
  if type(reference) == "table" then -- { claims = "a-key" }
    local name, key = next(reference)
    local kind = type(name) == "string" and kinds.named(name)
    return kind and self.store[kind.kind]:get(key) == nil
  elseif type(reference) ~= "string" then
    return false
  end
  for _, kind in ipairs(field.kinds) do
    local ok, record = pcall(self.store[kind].get, self.store[kind], reference)
    if not ok or record then return false end -- it names one record, or two
  end
  return true
end

--- Whether a field refers to what is not in the store.
local function refers_to_nothing(self, field, value)
  for _, element in ipairs(field.list and value or { value }) do
    local cited = field.type == "citation" and type(element) == "table"
    if names_nothing(self, field, cited and element[1] or element) then return true end
  end
  return false
end

-- ------------------------------------------------------------------------------------------ Lines

--- Moves the fields that refer to nothing from those given to those missing; returns whether there
-- are any.
local function set_aside(self, kind, given, missing)
  local some = false
  for _, field in ipairs(kind.references) do
    local value = given[field.name]
    if value ~= nil and (not field.list or type(value) == "table")
      and refers_to_nothing(self, field, value) then
      given[field.name], missing[field.name], some = nil, true, true
    end
  end
  local stages = kind.by_name.stages and type(given.stages) == "table" and given.stages or {}
  for _, stage in ipairs(stages) do
    if type(stage) == "table" and set_aside(self, kinds.of("stages"), stage, {}) then
      given.stages, missing.stages, some = nil, true, true
      break
    end
  end
  return some
end

--- Some record, to stand where a record that is not there yet has to be referred to. Nobody sees
-- it: the field is given before the transaction ends.
local function stand_in(self)
  self.any = self.any or self.store.parties:first()
  return self.any and self.any.id
end

--- The fields that a record is known by, as far as a line gives them: key and origin.
local function identity_of(given)
  local identity = {}
  for _, name in ipairs{ "key", "origin" } do
    if given[name] ~= core.null then identity[name] = given[name] end
  end
  return identity
end

--- Whether the record that a line tells of is known to be there.
local function is_known(self, item, given)
  for name, value in pairs(identity_of(given)) do
    if self.store[item.kind.kind]:where{ [name] = value }:exists() then return true end
  end
  return false
end

--- Whether a line can be put now, without the fields that are missing. A required one gets a
-- stand-in where any record will do, and none is there.
local function can_do_without(self, item, given, missing)
  for name in pairs(missing) do
    local field = item.kind.by_name[name]
    if field.required and not is_known(self, item, given) then
      given[name] = kinds.is_any(field) and stand_in(self) or nil
      if not given[name] then return false end
    end
  end
  return true
end

--- Puts a record; returns its id and "added", "updated" or "unchanged", or nothing where it cannot
-- be told yet which record it is.
local function put(self, item, given, missing, at_once)
  if next(identity_of(given)) then
    local id, what = self.store[item.kind.kind]:put(given)
    if what == "added" then item.same:added(id) end
    return id, what
  end
  return item.same:put(item.kind, given, missing, at_once)
end

--- The stages in a line, and the labels of those that have some.
local function stages_of(item)
  local stages, labels = item.kind.by_name.stages and item.fields.stages, {}
  if type(stages) ~= "table" then return {}, labels end
  for _, stage in ipairs(stages) do
    if type(stage) == "table" and stage.as ~= nil then labels[#labels + 1] = stage.as end
  end
  return stages, labels
end

--- Learns which stages of a record those in its line are, where some have labels: the ones of the
-- same key, or of the same word and date, in order.
local function learn_stages(self, item, id)
  local given, labels = stages_of(item)
  local known = #labels > 0 and self.store[item.kind.kind]:get(id).stages or {}
  local taken = {}
  for _, stage in ipairs(#known > 0 and given or {}) do
    for _, other in ipairs(known) do
      local same = stage.key and stage.key == other.key
        or not stage.key and stage.stage == other.stage and stage.date == other.date
      if same and not taken[other.id] then
        taken[other.id] = true
        if stage.as then item.labels[stage.as] = { kind = "stages", id = other.id } end
        break
      end
    end
  end
end

--- Learns the labels of a record and of its stages.
local function learn_labels(self, item, id)
  if item.label then
    item.labels[item.label] = { kind = item.kind.kind, id = id }
  end
  learn_stages(self, item, id)
end

--- Refuses labels that are none, or that another record has.
local function check_labels(item)
  local _, labels = stages_of(item)
  labels[#labels + 1] = item.label
  local seen = {}
  for _, label in ipairs(labels) do
    if type(label) ~= "string" or label == "" then
      error(problem(item, "as", "expected a label, which is text, got a " .. type(label)), 0)
    elseif item.labels[label] or seen[label] then
      error(problem(item, "as", ("the label %s is taken"):format(core.shown(label))), 0)
    end
    seen[label] = true
  end
end

--- Puts what a line tells.
-- @tparam table item as reading.item gives it
-- @tparam ?boolean at_once whether it must be told now which record it is, if it is there already
-- @treturn string "added", "updated", "unchanged", or "waiting" where it has to
-- @raise what is wrong: an error of the store, or a table like one
function Putting:put(item, at_once)
  item.labels, item.same = item.labels or self.labels, item.same or self.same
  check_labels(item)
  local given, missing = fields_of(item)
  while can_do_without(self, item, given, missing) do
    local ok, id, what = pcall(put, self, item, given, missing, at_once)
    if ok and not id then
      return "waiting"
    elseif ok then
      learn_labels(self, item, id)
      if next(missing) then
        item.id = id
        self.unfinished[#self.unfinished + 1] = { item = item, missing = missing }
      end
      return what
    elseif type(id) ~= "table" or id.code ~= "invalid"
      or not set_aside(self, item.kind, given, missing) then
      error(id, 0)
    end
  end
  return "waiting"
end

--- Tells what a line refers to that is nowhere.
local function raise_missing(item, missing)
  local names = sets.sorted(missing)
  local value = item.fields[names[1]]
  local text = type(value) == "string" and '"' .. core.shown(value) .. '"' or core.encode(value)
  error(problem(item, names[1], ("neither the store nor the dossier has what it refers to: %s")
    :format(text)), 0)
end

--- Refuses a line that has waited for what did not come.
-- @raise what is wrong
function Putting:refuse(item)
  local given, missing = fields_of(item)
  if next(missing) then raise_missing(item, missing) end
  set_aside(self, item.kind, given, missing)
  raise_missing(item, missing)
end

--- Gives a record the fields that it was put without.
-- @tparam table entry of `unfinished`
-- @tparam boolean last whether nothing more will come
-- @treturn ?boolean whether that changed it; nil where something is not there yet
-- @raise what is wrong
function Putting:finish(entry, last)
  local item = entry.item
  local given, missing = fields_of(item)
  local changes = {}
  for name in pairs(entry.missing) do
    changes[name] = given[name]
  end
  if not next(missing) then
    set_aside(self, item.kind, changes, missing)
  end
  if next(missing) then
    if last then raise_missing(item, missing) end
    return nil
  end
  local changed = self.store[item.kind.kind]:update(item.id, changes)
  if changes.stages then learn_stages(self, item, item.id) end
  return changed
end

--- Begins a dossier: labels of one before mean nothing in it, and what that one told was there
-- before.
function Putting:begin()
  self.labels, self.same = {}, sameness.new(self.store)
end

--- @param store open for writing, in a transaction
-- @treturn table with `put`, `refuse`, `finish` and `begin`; `unfinished`, a list
function M.new(store)
  local self = setmetatable({ store = store, unfinished = {} }, Putting)
  self:begin()
  return self
end

return M
