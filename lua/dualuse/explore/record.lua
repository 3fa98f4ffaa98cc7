--- A record for reading: each field on a line, what it refers to by name, dates in words, and its
-- sources with the places and words cited.
-- @module dualuse.explore.record

local core = require "dualuse.core"
local layout = require "dualuse.layout"
local lookup = require "dualuse.lookup"
local precision = require "dualuse.precision"

local M = {}

local most_columns = 100
-- What the heading and the last line tell.
local elsewhere = { id = true, key = true, revision = true, recorded = true }

-- A name, with the reference that it is found by where that is another.
local function named(name, reference)
  reference = tostring(reference)
  return name == reference and name or ("%s (%s)"):format(name, reference)
end

local function reference_words(look, field, reference)
  if #field.kinds == 1 then
    local record = look:get(field.kinds[1], reference)
    return named(record and look:label(field.kinds[1], record) or tostring(reference), reference)
  end
  local kind, record = look:find(reference)
  if not kind then
    return tostring(reference)
  end
  return ("%s: %s"):format(core.describe(kind).singular, named(look:label(kind, record), reference))
end

-- A date as it is stored, with words where it is more than a day, month or year.
local function date_words(date)
  if date:find("^[%d-]+$") then
    return date
  end
  return ("%s (%s)"):format(date, precision.words(date))
end

-- What a citation says beside its source: the field that it supports, the place, the words.
local function citation_words(citation)
  local parts = {}
  parts[#parts + 1] = citation.field and "for " .. citation.field
  parts[#parts + 1] = citation.locator
  local text = table.concat(parts, ", ")
  local quote = citation.quote and ("“%s”"):format(citation.quote)
  return quote and text ~= "" and text .. ": " .. quote or quote or text
end

local function source_words(look, key)
  local source = look:get("sources", key) or {}
  local parts = { named(source.title or key, key) }
  parts[#parts + 1] = source.publisher
  parts[#parts + 1] = source.published
  return table.concat(parts, ", ")
end

-- A line for each source, in the order of the citations, with all that is cited of it.
local function sources_words(look, _, citations)
  local lines, place = {}, {}
  for _, citation in ipairs(citations) do
    citation = type(citation) == "table" and citation or { citation }
    local key = citation[1]
    if not place[key] then
      place[key] = #lines + 1
      lines[place[key]] = source_words(look, key)
    end
    local words = citation_words(citation)
    if words ~= "" then
      lines[place[key]] = ("%s; %s"):format(lines[place[key]], words)
    end
  end
  return lines
end

local function stage_words(_, _, stage)
  local parts = { ("%s %s"):format(stage.stage:gsub("_", " "), date_words(stage.date)) }
  parts[#parts + 1] = stage.sources and table.concat(lookup.cited(stage), ", ")
  parts[#parts + 1] = stage.note
  return table.concat(parts, "; ")
end

local function each(words)
  return function(look, field, value)
    local lines = {}
    for i, element in ipairs(field.list and value or { value }) do
      lines[i] = words(look, field, element)
    end
    return lines
  end
end

-- What a field holds, by its type: a value for each line.
local lines_of = {
  reference = each(reference_words),
  date = each(function(_, _, date) return date_words(date) end),
  citation = sources_words,
  stage = each(stage_words),
}

local function as_it_is(_, _, value)
  return { value }
end

--- A record as text.
-- @param view a store, or a view of one
-- @tparam string kind such as "cases"
-- @tparam table record as `get` or a query gives it
-- @tparam[opt] table room `width` and `ascii`, as `layout.room` has them
-- @treturn string lines without a final line end
function M.text(view, kind, record, room)
  room = room or {}
  local described, look = core.describe(kind), lookup.of(view)
  local first = ("%s %d"):format(described.singular, record.id)
  local lines = { layout.cell(record.key and first .. ", " .. record.key or first) }
  local function add(name, value)
    local filled = layout.filled(value, math.min(room.width or most_columns, most_columns),
      ("  %-16s "):format(name), 19)
    table.move(filled, 1, #filled, #lines + 1, lines)
  end
  for _, field in ipairs(described.fields) do
    local value = record[field.name]
    if value ~= nil and not elsewhere[field.name] then
      for i, text in ipairs((lines_of[field.type] or as_it_is)(look, field, value)) do
        add(i == 1 and field.name or "", text)
      end
    end
  end
  if record.recorded then
    add("recorded", ("%s, revision %d"):format(record.recorded, record.revision))
  end
  return layout.lines(lines, room)
end

return M
