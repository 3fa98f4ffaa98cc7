--- What the texts of a file name: parties, items and whatever else a field refers to, found on
-- record or made.
-- @module dualuse.import.references

local core = require "dualuse.core"

local M = {}

--- How a party or an item that is not on record is made where no format says how.
local MAKERS = {
  parties = function(text) return { key = text, name = text, kind = "organisation" } end,
  items = function(text) return { key = text, name = text } end,
}

local function quoted(text)
  return '"' .. core.shown(text) .. '"'
end

--- The records that a text names: those with that key, or else those with that name.
local function named(store, kinds, text)
  local by_key, all = {}, {}
  for _, kind in ipairs(kinds) do
    local record = store[kind]:get(text)
    if record then
      local found = { id = record.id, kind = kind }
      all[#all + 1] = found
      if record.key == text then by_key[#by_key + 1] = found end
    end
  end
  return #by_key > 0 and by_key or all
end

--- The id of the record that a text names; nil where there is none.
-- @raise `invalid` where several have that name
local function find(store, kinds, text)
  local found = named(store, kinds, text)
  if #found > 1 then
    local parts = {}
    for i, one in ipairs(found) do
      parts[i] = ("the %s with id %d"):format(core.describe(one.kind).singular, one.id)
    end
    core.raise{ code = "invalid", message = ("%s names both %s")
      :format(quoted(text), table.concat(parts, " and ")) }
  end
  return found[1] and found[1].id
end

--- What a function of the mapping gives for a party: the id of one on record, or a record to make
-- with the source of the file; or nil and why there is none.
local function made(store, kind, name, given, source)
  if type(given) == "string" then
    local id = find(store, { kind }, given)
    if id then return id end
    return nil, ("no %s has the key %s"):format(core.describe(kind).singular, quoted(given))
  elseif type(given) ~= "table" then
    core.raise{ code = "misuse", field = "parties", message = ("parties.%s: expected a record, the "
      .. "key of one, or nil and why there is none, got a %s"):format(name, type(given)) }
  end
  local record = {}
  for field, value in pairs(given) do record[field] = value end
  record.sources = record.sources or source() and { source() } or nil
  return record
end

--- What resolves the references of a mapping.
-- @param store
-- @tparam table mapping of which `unknown` and `parties` are read
-- @tparam function source gives the id of the source of the file, or nil
-- @treturn function of a field's name and its description: gives the function that finds what a
--   text names, as `loader:map` takes it (the id, the record to make, or nil and why there is none;
--   and third, whether it was looked for by that name), and the table of what was found by it;
--   fields whose texts mean the same share one
function M.of(store, mapping, source)
  local known = {}
  return function(name, field)
    local kinds = field.kinds
    local kind = #kinds == 1 and kinds[1]
    local maker = mapping.parties and mapping.parties[name]
    local make = mapping.unknown == "make" and kind and (maker or MAKERS[kind])
    local what = kind and core.describe(kind).singular or "record"
    local by_maker = known[make or false] or {}
    known[make or false] = by_maker
    local shared = table.concat(kinds, " ")
    by_maker[shared] = by_maker[shared] or {}
    return function(text, row)
      -- a format's code first says what it stands for: "CHN" may be someone's alias
      if make and maker then
        local record, why = make(text, row)
        if record then return made(store, kind, name, record, source) end
        return nil, why or ("%s names no %s"):format(quoted(text), what)
      end
      local id = find(store, kinds, text)
      if id then return id end
      if make then return made(store, kind, name, make(text), source), nil, true end
      return nil, ("no %s has the key, name or alias %s"):format(what, quoted(text)), true
    end, by_maker[shared]
  end
end

return M
