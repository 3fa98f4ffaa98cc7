--- All of a value, as the explorer shows it: the records that a query finds, a record with what it
-- refers to by name, rows, any other object as it prints itself, a table by its names.
-- @module dualuse.explore.showing

local core = require "dualuse.core"
local layout = require "dualuse.layout"
local printing = require "dualuse.printing"
local record_text = require "dualuse.explore.record"
local rows = require "dualuse.rows"
local sets = require "dualuse.sets"

local M = {}

local rows_metatable = getmetatable(rows.new{})

local most_shown = 1000

local function query_text(query, room)
  local kind, found = query:kind(), query:limit(most_shown + 1):all()
  local more = #found > most_shown
  found[most_shown + 1] = nil
  if #found == 0 then
    return kind .. ": none found"
  end
  return table.concat({
    ("%s: %s%d"):format(kind, more and "the first " or "", #found),
    printing.records(found, kind, room),
  }, "\n")
end

-- The kind of a record: the one that has its id in the store, unless that has another key.
local function kind_of(record, store)
  if not store or math.type(record.id) ~= "integer" then
    return nil
  end
  for _, kind in ipairs(core.describe()) do
    local found = store[kind.kind]:get(record.id)
    if found then
      return (record.key == nil or record.key == found.key) and kind.kind or nil
    end
  end
  return nil
end

-- The records of any kind that a reference names; nil where there is none.
local function reference_text(reference, store, room)
  local texts = {}
  for _, kind in ipairs(core.describe()) do
    local found = store[kind.kind]:get(reference)
    if found then
      texts[#texts + 1] = record_text.text(store, kind.kind, found, room)
    end
  end
  return #texts > 0 and table.concat(texts, "\n") or nil
end

-- A table that nothing is known of: a list of tables in columns, another by its names.
local function table_text(value, room)
  if type(value[1]) == "table" then
    return rows.text(rows.new(value), room)
  end
  local list = {}
  for i, name in ipairs(sets.sorted(value)) do
    list[i] = { name = layout.cell(name), value = layout.cell(value[name]) }
  end
  return layout.aligned({ "name", "value" }, list, nil, room)
end

--- Whether a value is a reference to a record, and not something to show itself.
-- @param value
-- @treturn boolean
function M.is_reference(value)
  return type(value) == "string" or math.type(value) == "integer"
end

--- All of a value as text.
-- @param value what `show` takes
-- @param store an open store, to look records up in; nil where there is none, and then references
--   cannot be shown
-- @tparam table room `width` and `ascii`, as `layout.room` has them
-- @treturn ?string nil for a reference to nothing
-- @raise what reading raises
function M.text(value, store, room)
  local class = core.class(value)
  if class == "dualuse.collection" or class == "dualuse.query" then
    return query_text(value, room)
  elseif M.is_reference(value) then
    return reference_text(value, store, room)
  elseif getmetatable(value) == rows_metatable then
    return rows.text(value, room)
  elseif type(value) ~= "table" or getmetatable(value) then
    return layout.lines({ tostring(value) }, room)
  end
  local kind = kind_of(value, store)
  return kind and record_text.text(store, kind, value, room) or table_text(value, room)
end

return M
