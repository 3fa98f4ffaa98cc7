--- How stores, collections, queries, descriptions and explanations print at the prompt.
--
-- At most ten rows, without counting millions, and without raising: the core shows the name of the
-- class where this fails.
-- @module dualuse.printing

local core = require "dualuse.core"
local layout = require "dualuse.layout"

local M = {}

-- The room that there is where nobody knows the screen.
local most_rows = 10
local most_columns = 98
local widest_cell = 30

local most_counted = 10000
local type_width = 24
-- Below so many columns, the help of a field stands under it.
local narrow = 75

-- What only fills a screen: it is in the record, and is shown where it is selected.
local unprinted = { sources = true, note = true, text = true, origin = true, revision = true,
  recorded = true, url = true, archive_url = true }

local function count(query)
  local found = query:limit(most_counted + 1):count()
  return found > most_counted and "more than " .. most_counted or tostring(found)
end

local function any_has(records, name)
  for _, record in ipairs(records) do
    if record[name] ~= nil then
      return true
    end
  end
  return false
end

--- The fields to show of records: those that any of them has, and of whole records not those that
-- only fill a screen.
-- @tparam {table,...} records of one query
-- @tparam string kind
-- @treturn {string,...}
function M.columns(records, kind)
  local whole = any_has(records, "revision") and any_has(records, "recorded")
  local columns = {}
  for _, field in ipairs(core.describe(kind).fields) do
    if not (whole and unprinted[field.name]) and any_has(records, field.name) then
      columns[#columns + 1] = field.name
    end
  end
  -- of a record that stands for others
  columns[#columns + 1] = records[1] and records[1].ids and "ids" or nil
  return columns
end

-- What a cell shows of stages: "announced 2019-07-01", not their sources and numbers.
local function brief_stages(records)
  for _, record in ipairs(records) do
    for i, stage in ipairs(record.stages or {}) do
      record.stages[i] = stage.stage .. " " .. stage.date
    end
  end
end

--- Records of one kind as a table.
-- @tparam {table,...} records
-- @tparam string kind
-- @tparam table room `layout.room()`
-- @treturn string lines without a final line end
function M.records(records, kind, room)
  brief_stages(records)
  return layout.aligned(M.columns(records, kind), records, not room.width and widest_cell or nil,
    { width = room.width or most_columns, ascii = room.ascii })
end

-- A query's first records. One more is asked for, to know whether there are more.
local function rows(query, kind, heading, room)
  local most = room.rows or most_rows
  local records = query:limit(most + 1):all()
  local more = #records > most
  if #records == 0 then
    return heading .. ": none found"
  elseif more then
    records[#records] = nil
  end
  return table.concat({
    heading,
    M.records(records, kind, room),
    more and (room.rows and ("… %s in all"):format(count(query)) or "…") or nil,
  }, "\n")
end

local function records_of(number)
  return number == 1 and "1 record" or ("%d records"):format(number)
end

-- What an explanation says of columns.
local function explain_columns(told)
  local lines = {
    ("  segments  %d: %d passed over by least and most, %d read"):format(told.segments,
      told.skipped, told.touched),
    ("  columns   %s: %d bytes, %d of them in memory"):format(#told.columns > 0 and
      table.concat(told.columns, ", ") or "none", told.bytes, told.cached),
  }
  if told.changed + told.unpacked > 0 then
    lines[3] = ("  rows      %s changed since, %d in no segment"):format(records_of(told.changed),
      told.unpacked)
  end
  return lines
end

-- A line that begins with a text, and goes on below what follows it where there is no room.
local function entry(first, text, room)
  return table.concat(layout.filled(text, room.width or math.huge, first, layout.width(first)),
    "\n")
end

local describe

local printers = {
  ["dualuse.store"] = function(store, state, room)
    if state == "closed" then
      return "dualuse store (closed)"
    end
    local lines = { ("dualuse store, revision %d"):format(store:revision()) }
    for _, kind in ipairs(core.describe()) do
      local found = count(store[kind.kind])
      if found ~= "0" then
        lines[#lines + 1] = entry(("  %-12s %6s  "):format(kind.kind, found), kind.help, room)
      end
    end
    return table.concat(lines, "\n")
  end,

  ["dualuse.collection"] = function(collection, _, room)
    local kind = collection:kind()
    return rows(collection, kind, ("%s: %s"):format(kind, core.describe(kind).help), room)
  end,

  ["dualuse.query"] = function(query, _, room)
    local kind = query:kind()
    return rows(query, kind, "query on " .. kind, room)
  end,

  ["dualuse.description"] = function(described, _, room)
    return describe(described, room)
  end,

  ["dualuse.explanation"] = function(told, _, room)
    local from = told.reads
    if told.finds ~= told.reads then from = "rows that columns find" end
    local lines = { entry(("%s: %s, from %s"):format(told.kind, told.what, from),
      told.why and ": " .. told.why or "", room) }
    if told.packs then lines[2] = "  columns are made first, of what is in no segment" end
    if told.segments then
      table.move(explain_columns(told), 1, 3, #lines + 1, lines)
    end
    for _, line in ipairs(told.sqlite) do lines[#lines + 1] = "  SQLite    " .. line end
    return table.concat(lines, "\n")
  end,
}

--- The printed form of a store, a collection, a query, a description or an explanation, in
-- `layout.room()`.
-- @param object
-- @treturn string
-- @raise what reading raises, which the core catches
function M.object(object)
  local class, state = core.class(object)
  local room = layout.room()
  return layout.lines({ printers[class](object, state, room) }, room)
end

local function type_words(field)
  local words = { field.type }
  if field.kinds then
    words[1] = "→" .. (#field.kinds > 2 and "any record" or table.concat(field.kinds, " or "))
  elseif field.words then
    words[1] = table.concat(field.words, " | ")
  elseif field.least then
    words[1] = field.most and ("%s, %d to %d"):format(field.type, field.least, field.most)
      or ("%s, %d or more"):format(field.type, field.least)
  end
  if field.list then
    words[1] = "[" .. words[1] .. "]"
  end
  if field.absent then
    words[2] = field.absent .. " when left out"
  end
  return table.concat(words, ", ")
end

-- A field in columns: name, type, help; a type that is too long for its column stands below.
local function field_in_columns(name, words, help, room)
  local space = type_width - layout.width(words)
  local lines = { entry(("  %-17s %s%s  "):format(name, space >= 0 and words or "",
    (" "):rep(space >= 0 and space or type_width)), help, room) }
  lines[2] = space < 0 and entry("    ", words, room) or nil
  return lines
end

local function describe_kind(described, room)
  local lines = { ("%s: %s"):format(described.kind, described.help) }
  for _, field in ipairs(described.fields) do
    local name, words = field.name .. (field.required and "*" or ""), type_words(field)
    words = room.ascii and layout.ascii(words) or words
    if room.width and room.width < narrow then
      lines[#lines + 1] = entry(("  %s: "):format(name), words, room)
      lines[#lines + 1] = entry("      ", field.help, room)
    else
      local added = field_in_columns(name, words, field.help, room)
      table.move(added, 1, #added, #lines + 1, lines)
    end
  end
  lines[#lines + 1] = "* is required, [] a list, → a reference."
  return table.concat(lines, "\n")
end

function describe(self, room)
  if self.fields then
    return describe_kind(self, room)
  end
  local lines = { "The kinds of records (dualuse.describe \"cases\" shows one):" }
  for _, kind in ipairs(self) do
    lines[#lines + 1] = entry(("  %-12s  "):format(kind.kind), kind.help, room)
  end
  return table.concat(lines, "\n")
end

return M
