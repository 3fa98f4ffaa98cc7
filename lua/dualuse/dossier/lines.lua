--- A record as one line of JSON: its kind, its label where it has one, and its fields in the order
-- of the kind.
-- @module dualuse.dossier.lines

local core = require "dualuse.core"
local kinds = require "dualuse.dossier.kinds"

local M = {}

local citation_parts = { "field", "locator", "quote" }

--- `"name":json`
local function pair(name, json)
  return core.encode(name) .. ":" .. json
end

local function object(pairs_of_it)
  return "{" .. table.concat(pairs_of_it, ",") .. "}"
end

local function array(list, as_json)
  local parts = {}
  for i, element in ipairs(list) do
    parts[i] = as_json(element)
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

-- What is told, `telling`, is { naming=, later= }.
local function reference(telling, field, value)
  return telling.naming:reference(field, value, telling.later)
end

local function citation(telling, field, value)
  if type(value) ~= "table" then
    return reference(telling, field, value)
  end
  local parts = { pair("source", reference(telling, field, value[1])) }
  for _, name in ipairs(citation_parts) do
    if value[name] then parts[#parts + 1] = pair(name, core.encode(value[name])) end
  end
  return object(parts)
end

local fields_of

--- A stage, in the record that it is a stage of.
local function stage(telling, record)
  local parts = {}
  local label = telling.naming:own_label("stages", record)
  if label then parts[1] = pair("as", core.encode(label)) end
  return object(fields_of(telling, kinds.of("stages"), record, parts))
end

local as_json = {
  reference = reference,
  citation = citation,
  stage = function(telling, _, record) return stage(telling, record) end,
}

--- A field's value as JSON.
local function value_of(telling, field, value)
  local to_json = as_json[field.type]
  if not to_json then
    return core.encode(value)
  elseif field.list then
    return array(value, function(element) return to_json(telling, field, element) end)
  end
  return to_json(telling, field, value)
end

--- Adds the fields of a record to the parts of its object.
function fields_of(telling, kind, record, parts)
  for _, field in ipairs(kind.fields) do
    local value = record[field.name]
    if value ~= nil then
      parts[#parts + 1] = pair(field.name, value_of(telling, field, value))
    elseif telling.cleared and telling.cleared[field.name] then
      parts[#parts + 1] = pair(field.name, "null")
    end
  end
  return parts
end

--- A record's line.
-- @tparam table naming how records are named
-- @tparam table kind
-- @tparam table record as `get` gives it
-- @tparam ?table options `later`, whether a record (kind, key, id) is told of only later;
--   `cleared`, a set of fields that are told to be empty where they are
-- @treturn string without a line end
function M.line(naming, kind, record, options)
  local telling = { naming = naming, later = options and options.later }
  local parts = { pair("record", core.encode(kind.singular)) }
  local label = naming:own_label(kind.kind, record)
  if label then parts[2] = pair("as", core.encode(label)) end
  telling.cleared = options and options.cleared
  return object(fields_of(telling, kind, record, parts))
end

return M
