--- How stores, collections, queries and descriptions print at the prompt.
--
-- At most ten rows, without counting millions, and without raising: the core shows the name of the
-- class where this fails.
-- @module dualuse.printing

local core = require "dualuse.core"
local layout = require "dualuse.layout"

local M = {}

local most_rows = 10
local most_counted = 10000
local most_columns = 100
local widest_cell = 30
local type_width = 24

-- What only fills a screen: it is in the record, and can be selected.
local unprinted = { sources = true, note = true, text = true, origin = true, revision = true,
  recorded = true, url = true, archive_url = true }

local function count(query)
  local found = query:limit(most_counted + 1):count()
  return found > most_counted and "more than " .. most_counted or tostring(found)
end

-- The fields that any of the records has, as many as fit a line.
local function columns_of(records, kind)
  local columns, width = {}, 0
  for _, field in ipairs(core.describe(kind).fields) do
    local widest = 0
    for _, record in ipairs(records) do
      if record[field.name] ~= nil then
        local cell = layout.width(layout.cell(record[field.name]))
        widest = math.max(widest, #field.name, math.min(cell, widest_cell))
      end
    end
    if widest > 0 and not unprinted[field.name] then
      width = width + widest + 2
      if width > most_columns then
        columns[#columns + 1] = "…"
        return columns
      end
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

-- A query's first records. One more is asked for, to know whether there are more.
local function rows(query, kind, heading)
  local records = query:limit(most_rows + 1):all()
  local more = #records > most_rows
  if #records == 0 then
    return heading .. ": none found"
  elseif more then
    records[#records] = nil
  end
  brief_stages(records)
  return table.concat({
    heading,
    layout.aligned(columns_of(records, kind), records, widest_cell),
    more and "…" or nil,
  }, "\n")
end

local describe

local printers = {
  ["dualuse.store"] = function(store, state)
    if state == "closed" then
      return "dualuse store (closed)"
    end
    local lines = { ("dualuse store, revision %d"):format(store:revision()) }
    for _, kind in ipairs(core.describe()) do
      local found = count(store[kind.kind])
      if found ~= "0" then
        lines[#lines + 1] = ("  %-12s %6s  %s"):format(kind.kind, found, kind.help)
      end
    end
    return table.concat(lines, "\n")
  end,

  ["dualuse.collection"] = function(collection)
    local kind = collection:kind()
    return rows(collection, kind, ("%s: %s"):format(kind, core.describe(kind).help))
  end,

  ["dualuse.query"] = function(query)
    local kind = query:kind()
    return rows(query, kind, "query on " .. kind)
  end,

  ["dualuse.description"] = function(described)
    return describe(described)
  end,
}

--- The printed form of a store, a collection, a query or a description.
-- @param object
-- @treturn string
-- @raise what reading raises, which the core catches
function M.object(object)
  local class, state = core.class(object)
  return printers[class](object, state)
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

function describe(self)
  if not self.fields then
    local lines = { "The kinds of records (dualuse.describe \"cases\" shows one):" }
    for _, kind in ipairs(self) do
      lines[#lines + 1] = ("  %-12s  %s"):format(kind.kind, kind.help)
    end
    return table.concat(lines, "\n")
  end
  local lines = { ("%s: %s"):format(self.kind, self.help) }
  for _, field in ipairs(self.fields) do
    local name, words = field.name .. (field.required and "*" or ""), type_words(field)
    local short = layout.width(words) <= type_width
    lines[#lines + 1] = ("  %-17s %s%s  %s"):format(name, short and words or "",
      (" "):rep(type_width - (short and layout.width(words) or 0)), field.help)
    if not short then
      lines[#lines + 1] = "    " .. words
    end
  end
  lines[#lines + 1] = "* is required, [] a list, → a reference."
  return table.concat(lines, "\n")
end

return M
