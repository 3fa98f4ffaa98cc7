-- Random groups of random stores, made a second time by a few loops in Lua over what `all` gives.
-- The calendar here counts Julian days and knows nothing of the core's.

local draw = require "spec.draw"
local dualuse = require "dualuse"

local edtf = dualuse.edtf
local random = math.random
local chance, pick, show = draw.chance, draw.pick, draw.source
local fields, singular, own_date = draw.fields, draw.singular, draw.own_date

-- ------------------------------------------------------------------------------------------------
-- The calendar

--- The number of a day YYYYMMDD: days since 4714 BC, where a Monday has a multiple of seven.
local function julian(day)
  local year, month, date = day // 10000, day // 100 % 100, day % 100
  local a = (14 - month) // 12
  local y, m = year + 4800 - a, month + 12 * a - 3
  return date + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045
end

--- Year, month and date of a Julian day.
local function civil(number)
  local a = number + 32044
  local b = (4 * a + 3) // 146097
  local c = a - 146097 * b // 4
  local d = (4 * c + 3) // 1461
  local e = c - 1461 * d // 4
  local m = (5 * e + 2) // 153
  return 100 * b + d - 4800 + m // 10, m + 3 - 12 * (m // 10), e - (153 * m + 2) // 5 + 1
end

--- The week that a Monday begins: it belongs to the year of its Thursday.
local function week_name(monday)
  local year = civil(monday + 3)
  local week = (monday + 3 - julian(year * 10000 + 101)) // 7 + 1
  return ("%s%04d-W%02d"):format(year < 0 and "-" or "", math.abs(year), week)
end

--- For each unit: the number of a day's bucket, and what the bucket of a number is called.
local units = {
  year = { function(day) return day // 10000 end, function(number) return number end },
  decade = { function(day) return day // 100000 end, function(number) return number * 10 end },
  quarter = {
    function(day) return day // 10000 * 4 + (day // 100 % 100 - 1) // 3 end,
    function(number) return ("%04d-Q%d"):format(number // 4, number % 4 + 1) end,
  },
  month = {
    function(day) return day // 10000 * 12 + day // 100 % 100 - 1 end,
    function(number) return ("%04d-%02d"):format(number // 12, number % 12 + 1) end,
  },
  week = {
    function(day) return julian(day) // 7 end,
    function(number) return week_name(number * 7) end,
  },
  day = {
    julian,
    function(number) return ("%04d-%02d-%02d"):format(civil(number)) end,
  },
}
local unit_names = { "year", "year", "decade", "quarter", "month", "week", "day" }

-- ------------------------------------------------------------------------------------------------
-- Stores

local texts = { "alpha", "Alpha", "beta", "Zulu", "zulu", "日本", "été", "Été", "ÉTÉ", "🦊 fox",
                "it's", "line\nbreak", "0", "10", "9", "unbounded", "undated", "[1]",
                '{"source":1}' }
local integers = { 0, 1, 1, 2, 5, 999, 1000, 10 ^ 15 // 1 | 0 }
local numbers = { 0, 0.1, 1 / 3, 2.5, 7, 10, 1e12, -0.1, -2.5, -10 }
local states = { "KOR", "JPN", "VNM", "USA" }

local none, ever = 0, 99999999 -- no first day, no last day

--- First and last possible day, and whether they are certain.
local bounds = setmetatable({}, {
  __index = function(cache, text)
    local date = assert(edtf.parse(text))
    cache[text] = { first = date.first or none, last = date.last or ever,
                    certain = not (date.uncertain or date.approximate) }
    return cache[text]
  end,
})

--- A date for whose bounds `fits` holds, of any form.
local function any_date(fits)
  return draw.date(fits and function(text) return fits(bounds[text]) end)
end

--- What a store or view has on record: lists of records by kind, and by kind, key and id.
local function snapshot(store)
  local state = {}
  for kind in pairs(fields) do
    state[kind] = store[kind]:all()
    for _, record in ipairs(table.move(state[kind], 1, #state[kind], 1, {})) do
      state[kind][("id %d"):format(record.id)] = record
      if record.key then state[kind]["key " .. record.key] = record end
    end
  end
  return state
end

--- The record that a reference, as it is read, refers to.
local function record_of(state, kind, reference)
  local integer = math.type(reference) == "integer"
  return assert(state[kind][(integer and "id %d" or "key %s"):format(reference)])
end

local serial = 0

--- A value for the field of a record to be written, or nil where there is nothing to refer to.
local function any_value(made, kind, field)
  local function scalar()
    if field.kinds then
      local targets = {}
      for _, target in ipairs(field.kinds) do
        if made[target] then targets[#targets + 1] = target end
      end
      local target = #targets > 0 and pick(targets)
      if target == "parties" and chance(0.5) then return pick(states) end
      return target and pick(made[target]) or nil
    end
    if field.type == "word" then return pick(field.words) end
    if field.type == "boolean" then return chance(0.5) end
    if field.type == "data" then return { "x" } end
    if field.type == "integer" or field.type == "number" then
      local number
      repeat number = pick(field.type == "integer" and integers or numbers)
      until number >= (field.least or number) and number <= (field.most or number)
      return number
    end
    if field.type == "date" then
      -- A source that is dated with marks is asked for elsewhere.
      return any_date(kind == "sources" and function(date) return date.certain end or nil)
    end
    if field.name == "currency" then return pick{ "KRW", "JPY" } end
    if field.name == "key" or field.name == "origin" or field.name == "name" then
      serial = serial + 1
      return pick{ "é%d", "E%d", "e%d", "日%d" }:format(serial)
    end
    return pick(texts)
  end
  if not field.list then return scalar() end
  local list, seen = {}, {}
  for _ = 1, random(3) do
    local value = scalar()
    if value ~= nil and (not seen[value] or field.type == "citation") then
      seen[value] = true
      list[#list + 1] = value
      if field.type == "citation" and (#list > 1 or chance(0.5)) then
        list[#list] = { value, quote = ("%s %d"):format(pick(texts), #list) }
      end
    end
  end
  return #list > 0 and list or nil
end

local unwritten = { id = true, revision = true, recorded = true }

local function any_record(made, kind)
  local record = {}
  for _, field in ipairs(fields[kind]) do
    if not unwritten[field.name] and field.type ~= "stage" and
       (field.required or chance(field.type == "date" and 0.8 or 0.6)) then
      record[field.name] = any_value(made, kind, field)
    end
  end
  if kind == "disclosures" then record.status = nil end
  return record
end

--- In an order in which each has what it refers to.
local amounts = {
  { "sources", 5 }, { "parties", 4 }, { "items", 5 }, { "disputes", 3 }, { "questions", 2 },
  { "measures", 3 }, { "claims", 8 }, { "events", 14 }, { "cases", 14 }, { "applications", 8 },
  { "disclosures", 8 }, { "listings", 6 }, { "links", 5 },
}

--- A store of some eighty records, a third of them changed or retracted later; and its revision
-- before that.
local function any_store(seed)
  math.randomseed(seed)
  local store, made = assert(dualuse.open()), {}
  store:transaction(function()
    for _, entry in ipairs(amounts) do
      local kind, amount = table.unpack(entry)
      for _ = 1, amount do
        local id = store[kind]:add(any_record(made, kind))
        made[kind] = made[kind] or {}
        table.insert(made[kind], id)
      end
    end
  end)
  local revision = store:revision()
  store:transaction(function()
    for _ = 1, 25 do
      local kind = pick(amounts)[1]
      local id = pick(made[kind])
      if chance(0.3) then
        pcall(store[kind].retract, store[kind], id) -- what is referred to stays
      elseif store[kind]:get(id) then
        local field = pick(fields[kind])
        local writable = not unwritten[field.name] and field.name ~= "key" and
                         field.type ~= "stage"
        local changes = { [field.name] = writable and any_value(made, kind, field) or nil }
        -- What refers to what was retracted is refused, and so are circles.
        if next(changes) ~= nil then pcall(store[kind].update, store[kind], id, changes) end
      end
    end
  end)
  return store, revision
end

-- ------------------------------------------------------------------------------------------------
-- The twin

--- The elements of a field as they are read: a citation is its source.
local function elements_of(field, record)
  local value = record[field.name]
  if value == nil then return {} end
  if not field.list then return { value } end
  local list = {}
  for i, element in ipairs(value) do
    list[i] = field.type == "citation" and type(element) == "table" and element[1] or element
  end
  return list
end

--- The records that a path's last field is read from: one, or none, or those of a list.
local function records_at(state, path, record)
  local reached = { record }
  for i = 1, #path.steps - 1 do
    local further = {}
    for _, from in ipairs(reached) do
      for _, reference in ipairs(elements_of(path.steps[i], from)) do
        further[#further + 1] = record_of(state, path.kinds[i + 1], reference)
      end
    end
    reached = further
  end
  return reached
end

--- The distinct values of a path.
local function values_of(state, path, record)
  local list, seen = {}, {}
  for _, from in ipairs(records_at(state, path, record)) do
    for _, value in ipairs(elements_of(path.steps[#path.steps], from)) do
      if not seen[value] then seen[value], list[#list + 1] = true, value end
    end
  end
  return list
end

--- The days of a record's date field, or nil.
local function days_of(state, kind, field, record)
  local text = record[field.name]
  if text then return bounds[field.type == "time" and text:sub(1, 10) or text] end
  if kind ~= "cases" or field.name ~= "date" then return nil end
  -- A case's own date lies between the export and the day its earliest source was published; what
  -- appeared before the export cannot tell of it.
  local exported, published = record.exported and bounds[record.exported], nil
  local earliest = exported and exported.first or none
  for _, key in ipairs(elements_of(fields.cases.sources, record)) do
    local text_of_source = record_of(state, "sources", key).published
    local last = text_of_source and bounds[text_of_source].last or ever
    if last >= earliest and last < ever then published = math.min(last, published or ever) end
  end
  if not exported and not published then return nil end
  return { first = exported and exported.first or none, last = published or ever,
           certain = not exported or exported.certain }
end

local missing, unbounded = {}, {} -- stand for what a key may be besides a value

--- What a key may be for a record: a list of values, and whether it certainly is each of them.
-- `most` ends a list that would be longer.
local function candidates(state, key, record, most)
  if not key.unit then
    local values = values_of(state, key, record)
    if #values == 0 then values[1] = missing end
    return values, true
  end
  local from, days = records_at(state, key, record)[1], nil
  local last = #key.steps
  if from then days = days_of(state, key.kinds[last], key.steps[last], from) end
  if not days then return { missing }, true end
  if days.first == none or days.last == ever then return { unbounded }, false end
  local number_of, name_of = table.unpack(units[key.unit])
  local list = {}
  for number = number_of(days.first), number_of(days.last) do
    list[#list + 1] = name_of(number)
    if #list == most then break end
  end
  return list, #list == 1 and days.certain
end

--- How many groups a record is in; as far as `most` for each key.
local function width(state, keys, record, most)
  local product = 1
  for _, key in ipairs(keys) do product = product * #candidates(state, key, record, most) end
  return product
end

local function rank(value)
  if value == missing then return 4 end
  if value == unbounded then return 3 end
  return type(value) == "string" and 2 or 1
end

local function comes_before(a, b)
  for i = 1, #a do
    local x, y = a[i], b[i]
    if type(x) == "boolean" then x = x and 1 or 0 end
    if type(y) == "boolean" then y = y and 1 or 0 end
    if rank(x) ~= rank(y) then return rank(x) < rank(y) end
    if x ~= y then return x < y end
  end
  return false
end

local measure_of = {}

function measure_of.distinct(values)
  local seen, count = {}, 0
  for _, value in ipairs(values) do
    if not seen[value] then seen[value], count = true, count + 1 end
  end
  return count
end

function measure_of.sum(values)
  local sum = values[1]
  for i = 2, #values do sum = sum + values[i] end
  return sum
end

function measure_of.mean(values)
  return #values > 0 and measure_of.sum(values) / #values or nil
end

function measure_of.min(values)
  local least = values[1]
  for _, value in ipairs(values) do
    if value < least then least = value end
  end
  return least
end

function measure_of.max(values)
  local most = values[1]
  for _, value in ipairs(values) do
    if most < value then most = value end
  end
  return most
end

function measure_of.median(values)
  table.sort(values)
  local middle = #values // 2
  if #values % 2 == 1 then return values[middle + 1] end
  return #values > 0 and (values[middle] + values[middle + 1]) / 2 or nil
end

--- A measure of the records that certainly are in a group.
local function measured(state, measure, records)
  local values = {}
  for _, record in ipairs(records) do
    local more = values_of(state, measure.path, record)
    table.move(more, 1, #more, #values + 1, values)
  end
  return measure_of[measure.name](values)
end

local function voice(state, key)
  local source = record_of(state, "sources", key)
  return source.republished_from and voice(state, source.republished_from) or key
end

--- Which sources the records cite, sorted, and how many voices these are.
local function provenance(state, records)
  local sources, voices, seen, heard = {}, 0, {}, {}
  for _, record in ipairs(records) do
    for _, key in ipairs(elements_of(fields.sources.sources, record)) do
      if not seen[key] then seen[key], sources[#sources + 1] = true, key end
      local root = voice(state, key)
      if not heard[root] then heard[root], voices = true, voices + 1 end
    end
  end
  table.sort(sources)
  return sources, voices
end

--- Every combination of one element of each list.
local function combinations(lists, visit, chosen)
  chosen = chosen or {}
  if #chosen == #lists then return visit(table.move(chosen, 1, #chosen, 1, {})) end
  local place = #chosen + 1
  for _, value in ipairs(lists[place]) do
    chosen[place] = value
    combinations(lists, visit, chosen)
    chosen[place] = nil
  end
end

local function row_of(state, asked, group)
  local row = {}
  for i, key in ipairs(asked.keys) do
    local value = group.values[i]
    if value == unbounded then
      row[key.text], row.unbounded = "unbounded", true
    elseif value == missing then
      if key.unit then row.undated = true end
    else
      row[key.text] = value
    end
  end
  for name, measure in pairs(asked.measures) do
    if measure.name == "count" then
      row[name] = #group.certain
    elseif measure.name == "possible" then
      row[name] = #group.all - #group.certain
    else
      row[name] = measured(state, measure, group.certain)
    end
  end
  if asked.provenance ~= false then
    row.records = {}
    for i, record in ipairs(group.all) do row.records[i] = record.id end
    table.sort(row.records)
    row.sources, row.independent = provenance(state, group.all)
  end
  return row
end

--- The rows that are to be.
local function rows_of(state, asked, records)
  local groups, by_name = {}, {}
  for _, record in ipairs(records) do
    local lists, certain = {}, true
    for i, key in ipairs(asked.keys) do
      local fits
      lists[i], fits = candidates(state, key, record)
      certain = certain and fits
    end
    combinations(lists, function(values)
      local parts = {}
      for i, value in ipairs(values) do
        parts[i] = rank(value) .. (math.type(value) or type(value)) .. show(value)
      end
      local name = table.concat(parts, "\0")
      local group = by_name[name]
      if not group then
        group = { values = values, all = {}, certain = {} }
        by_name[name], groups[#groups + 1] = group, group
      end
      group.all[#group.all + 1] = record
      if certain then group.certain[#group.certain + 1] = record end
    end)
  end
  table.sort(groups, function(a, b) return comes_before(a.values, b.values) end)
  local rows = {}
  for i, group in ipairs(groups) do rows[i] = row_of(state, asked, group) end
  return rows
end

-- ------------------------------------------------------------------------------------------------
-- Questions

local function has_list(path)
  for _, field in ipairs(path.steps) do
    if field.list then return true end
  end
  return false
end

--- A path of fields that `fits` the use it is for; its text, its fields, whose fields these are,
-- and for dates perhaps the unit of its bucket.
local function any_path(kind, bucketed)
  local path = { steps = {}, kinds = {} }
  local words = {}
  while true do
    local own = own_date[kind]
    if bucketed and own and not has_list(path) and chance(0.3) then
      path.unit = pick(unit_names)
      words[#words + 1] = path.unit
      table.insert(path.steps, fields[kind][own])
      table.insert(path.kinds, kind)
      break
    end
    local field
    repeat field = pick(fields[kind])
    until field.type ~= "data" and field.type ~= "stage" and not (field.list and has_list(path))
    words[#words + 1] = field.name
    table.insert(path.steps, field)
    table.insert(path.kinds, kind)
    local is_date = field.type == "date" or field.type == "time"
    if bucketed and is_date and not has_list(path) and chance(0.8) then
      path.unit = pick(unit_names)
      words[#words + 1] = path.unit
      break
    end
    if not (field.kinds and #field.kinds == 1 and #path.steps < 4 and chance(0.6)) then break end
    kind = field.kinds[1]
  end
  path.text = table.concat(words, ".")
  return path
end

--- What tells that two keys are of one date, whose buckets are no free combinations.
local function date_name(path)
  local names = {}
  for i, field in ipairs(path.steps) do names[i] = field.name end
  return table.concat(names, ".")
end

--- One to three keys. That a key cannot be named twice, that `sources` is what a row has besides,
-- and two buckets of one date: all that is in group_spec.
local function any_keys(kind)
  local keys, taken = {}, { sources = true }
  local wanted = random(3)
  while #keys < wanted do
    local path = any_path(kind, true)
    local name = date_name(path)
    if not taken[name] then
      taken[name] = true
      keys[#keys + 1] = path
    end
  end
  return keys
end

local function is_number(field) return field.type == "integer" or field.type == "number" end

local function fits_measure(name, path)
  local field = path.steps[#path.steps]
  if name == "distinct" then return true end
  if has_list(path) then return false end
  local ordered = field.type == "text" or field.type == "word" or field.type == "revision"
  return is_number(field) or ((name == "min" or name == "max") and ordered)
end

local functions = { "distinct", "sum", "mean", "min", "max", "median" }

local function any_measure(kind)
  if chance(0.3) then return { name = pick{ "count", "possible" } } end
  local measure = { name = pick(functions) }
  -- Some kinds have no numbers: then what they have is counted.
  for _ = 1, 200 do
    measure.path = any_path(kind)
    if fits_measure(measure.name, measure.path) then return measure end
  end
  return { name = "distinct", path = measure.path }
end

local names = { "n", "m", "total", "Total", "日本", "a.b", "with space", "value", "unit", "z" }

--- Measures, under names that no key has; and whether they are those that one gets unasked.
local function any_measures(kind, keys)
  local measures, taken = {}, {}
  for _, key in ipairs(keys) do taken[key.text] = true end
  if chance(0.2) then
    return { count = { name = "count" }, possible = { name = "possible" } }, true
  end
  for _ = 1, random(4) do
    local name = pick(names)
    if not taken[name] then measures[name] = any_measure(kind) end
  end
  if next(measures) == nil then measures.n = { name = "count" } end
  return measures, false
end

--- Conditions that leave some of the records out.
local function any_where(state, kind)
  local where = {}
  for _ = 1, pick{ 0, 0, 1, 1, 2 } do
    local field = pick(fields[kind])
    local record = #state[kind] > 0 and pick(state[kind])
    local value = record and record[field.name]
    if field.type == "data" or field.type == "stage" or value == nil then
      where[field.name] = { missing = chance(0.5) }
    elseif field.type == "date" then
      local unmarked = bounds[value].certain and bounds[value].first ~= none
      where[field.name] = chance(0.5) and unmarked and { after = "2014" } or value
    elseif field.type ~= "time" and not field.list then
      if not (field.kinds and #field.kinds > 1) then where[field.name] = { ne = value } end
    end
  end
  return where
end

--- The question as Lua.
local function source_of(kind, asked)
  local options = { provenance = asked.provenance }
  for i, key in ipairs(asked.keys) do options[i] = key.text end
  for name, measure in pairs(asked.defaults and {} or asked.measures) do
    options[name] = measure.path and { measure.name, measure.path.text } or measure.name
  end
  local text = ("store.%s:where%s"):format(kind, show(asked.where))
  if asked.order then text = text .. (":order(%q)"):format(asked.order) end
  if asked.limit then text = text .. (":limit(%d, %d)"):format(table.unpack(asked.limit)) end
  return text, options
end

local function same(a, b)
  if math.type(a) == "float" and math.type(b) == "float" then
    return a == b or math.abs(a - b) <= 1e-9 * math.max(1, math.abs(a), math.abs(b))
  elseif type(a) == "table" and type(b) == "table" then
    if #a ~= #b then return false end
    for i = 1, #a do
      if not same(a[i], b[i]) then return false end
    end
    return true
  end
  return math.type(a) == math.type(b) and a == b
end

--- The first field in which two rows differ, or nil.
local function difference(wanted, got)
  local seen = {}
  for _, row in ipairs{ wanted, got } do
    for name in pairs(row) do seen[name] = true end
  end
  local sorted = {}
  for name in pairs(seen) do sorted[#sorted + 1] = tostring(name) end
  table.sort(sorted)
  for _, name in ipairs(sorted) do
    if not same(wanted[name], got[name]) then return name end
  end
end

--- What went wrong, with the question and the records it is asked of.
local function complain(place, question, records, format, ...)
  local lines = { "", format:format(...), "of " .. place .. ":", question, "where it finds:" }
  for i, record in ipairs(records) do
    if i > 40 then lines[#lines + 1] = ("… and %d more"):format(#records - 40) break end
    lines[#lines + 1] = "  " .. show(record)
  end
  error(table.concat(lines, "\n"), 0)
end

--- The unit: what is counted, times what a list key counts it by.
local function unit_of(kind, keys)
  local unit = singular[kind]
  for _, key in ipairs(keys) do
    for _, field in ipairs(key.steps) do
      if field.list then
        unit = unit .. " × " .. (field.kinds and #field.kinds == 1 and singular[field.kinds[1]]
                                 or field.name)
      end
    end
  end
  return unit
end

--- Without list keys, every record is in one group as `count` or in one or more as `possible`.
local function misplaced(rows, records)
  local seen, distinct, certain, multiple, entries, both = {}, 0, 0, 0, 0, 0
  for _, row in ipairs(rows) do
    certain, both = certain + row.count, both + row.count + row.possible
    for _, id in ipairs(row.records) do
      seen[id] = (seen[id] or 0) + 1
      entries = entries + 1
      if seen[id] == 1 then distinct = distinct + 1 end
      if seen[id] == 2 then multiple = multiple + 1 end
    end
  end
  return distinct ~= #records or entries ~= both or certain > distinct - multiple
end

local most_groups = 250

--- A question that has an answer of a size to look at, and what it finds.
local function any_question(state, view, kind)
  while true do
    local asked = { where = any_where(state, kind), keys = any_keys(kind) }
    asked.measures, asked.defaults = any_measures(kind, asked.keys)
    if chance(0.2) then asked.provenance = chance(0.3) end
    local query = view[kind]:where(asked.where)
    if chance(0.2) then
      asked.order = pick{ "-id", "revision", "-key" }
      query = query:order(asked.order)
    end
    if chance(0.2) then
      asked.limit = { random(0, 8), random(0, 3) }
      query = query:limit(table.unpack(asked.limit))
    end
    local records, groups = query:all(), 0
    for _, record in ipairs(records) do
      groups = groups + width(state, asked.keys, record, most_groups)
      if groups >= most_groups then break end
    end
    if groups < most_groups then return asked, query, records end
  end
end

--- Asks a random question; returns how many rows the answer has, and how many records.
local function ask(place, state, view, kind)
  local asked, query, records = any_question(state, view, kind)
  local finds, options = source_of(kind, asked)
  local question = finds .. ":group" .. show(options)
  local rows, wanted = query:group(options), rows_of(state, asked, records)
  local check_totals = asked.defaults and asked.provenance ~= false
  for _, key in ipairs(asked.keys) do check_totals = check_totals and not has_list(key) end
  if check_totals and misplaced(rows, records) then
    complain(place, question, records, "records are lost or counted twice:\n%s", rows)
  end
  for i = 1, math.max(#rows, #wanted) do
    local got = rows[i]
    if not got or not wanted[i] then
      complain(place, question, records, "wanted %d rows, got %d; row %d:\nwanted %s\ngot    %s",
               #wanted, #rows, i, show(wanted[i]), show(got))
    end
    local name = difference(wanted[i], got)
    if name then
      complain(place, question, records, "row %d differs in %s:\nwanted %s\ngot    %s", i, name,
               show(wanted[i]), show(got))
    end
  end
  if rows.unit ~= unit_of(kind, asked.keys) then
    complain(place, question, records, "unit: %s", rows.unit)
  end
  return #rows, #records
end

--- Asks for a measure of all that a random query finds.
local function ask_straight(place, state, view, kind)
  local asked, query, records = any_question(state, view, kind)
  local measure
  repeat measure = any_measure(kind) until measure.path
  local question = ("%s:%s(%q)"):format((source_of(kind, asked)), measure.name, measure.path.text)
  local wanted = measured(state, measure, records)
  local got = query[measure.name](query, measure.path.text)
  if not same(wanted, got) then
    complain(place, question, records, "wanted %s, got %s", show(wanted), show(got))
  end
end

local asked_of = { "cases", "cases", "cases", "events", "events", "claims", "applications",
                   "disclosures", "listings", "measures", "links", "sources", "items", "parties" }

describe("group, and its twin in Lua,", function()
  for round = 1, 6 do
    it(("agree on random stores and queries (round %d)"):format(round), function()
      local rows, questions, answered = 0, 0, 0
      for i = 1, 12 do
        local seed = 20190700 + round * 100 + i
        local store <close>, revision = any_store(seed)
        for _, number in ipairs{ revision, store:revision() } do
          local view = number == revision and store:as_of(number) or store
          local place = ("the store of seed %d, revision %d"):format(seed, number)
          local state = snapshot(view)
          for _ = 1, 25 do
            local got, found = ask(place, state, view, pick(asked_of))
            rows, questions = rows + got, questions + 1
            if found > 1 then answered = answered + 1 end
          end
          for _ = 1, 6 do ask_straight(place, state, view, pick(asked_of)) end
        end
      end
      -- The questions are worth asking.
      assert.is_true(answered > questions / 2,
                     ("%d of %d find something"):format(answered, questions))
      assert.is_true(rows > questions * 5, ("%d rows of %d questions"):format(rows, questions))
    end)
  end
end)
