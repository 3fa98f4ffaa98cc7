-- Random questions to random stores, answered from columns and from rows: both answers have to be
-- the same to the last bit. That rows answer rightly is what where_random_spec and
-- group_random_spec hold against twins in Lua; here the sqlite3 program is asked as well, where SQL
-- can say it.
--
-- The stores are small, and packed into segments of a few records, so that what happens between
-- segments, behind the last one and to changed records happens all the time.

local core = require "dualuse.core"
local draw = require "spec.draw"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local edtf = dualuse.edtf
local show = stores.show

local random = math.random
local chance, pick, any_day, any_date = draw.chance, draw.pick, draw.day, draw.date
local fields, own_date = draw.fields, draw.own_date

local large = { "events", "events", "events", "applications", "cases", "listings", "screenings" }

-- ------------------------------------------------------------------------------------------------
-- Values

local texts = { "alpha", "Alpha", "beta", "日本", "é", "it's", "10", "9", "a,b", "[1]", "unbounded",
                "line\nbreak", "~", ("long"):rep(300) }
local integers = { 0, 1, 1, 2, 3, 7, 1000, 2 ^ 53 | 0, (2 ^ 53 | 0) + 1, math.maxinteger - 1,
                   math.maxinteger }
local numbers = { 0.0, -0.0, 0.1, 0.2, 1 / 3, -1 / 3, 2.5, 7, -2.5, -10, 10, 1e-300, 5e-324, 1e15,
                  2 ^ 53, 1e300, -1e300, 1e16, -1e16 }
local states = { "KOR", "JPN", "VNM", "USA", "FRA" }

local function in_range(field, list)
  local value
  repeat value = pick(list)
  until (not field.least or value >= field.least) and (not field.most or value <= field.most)
  return value
end

--- A value of a field's type, of those that meet again.
local function any_scalar(made, field)
  if field.kinds then
    local target = pick(field.kinds)
    if target == "parties" and chance(0.4) then return pick(states) end
    return made[target] and pick(made[target])
  elseif field.type == "word" then
    return pick(field.words)
  elseif field.type == "boolean" then
    return chance(0.5)
  elseif field.type == "integer" then
    return in_range(field, integers)
  elseif field.type == "number" then
    return in_range(field, numbers)
  elseif field.type == "date" then
    return any_date()
  elseif field.type == "data" then
    return pick{ "x", { 1, 2 } }
  elseif field.name == "currency" then
    return pick{ "KRW", "JPY", "USD" }
  end
  return pick(texts)
end

--- How the values of one field are in one store: which forms a segment takes on follows from that.
local manners = {
  function() return nil end,
  function(made, field, kept) -- one for all
    kept.value = kept.value or any_scalar(made, field)
    return kept.value
  end,
  any_scalar, any_scalar, any_scalar, any_scalar,
  function(made, field) return chance(0.6) and any_scalar(made, field) or nil end,
  function(made, field) return chance(0.6) and any_scalar(made, field) or nil end,
  function(made, field, kept) -- integers that follow each other, and numbers that never repeat
    kept.last = (kept.last or random(0, 5)) + 1
    if field.type == "integer" and field.most ~= 4 then return kept.last end
    if field.type == "number" then
      local number = (random() - 0.5) * math.min(field.most or 50, 1e6) * 2
      return field.least == 0 and math.abs(number) or number
    end
    if field.type == "text" and field.name ~= "currency" then return "text " .. kept.last end
    return any_scalar(made, field)
  end,
}

local unwritten = { id = true, revision = true, recorded = true, key = true, origin = true }

local function any_value(made, kept, field)
  if field.list then
    local list, seen = {}, {}
    for _ = 1, pick{ 0, 1, 1, 2 } do
      local value = any_scalar(made, field)
      if value and not seen[value] then
        seen[value] = true
        list[#list + 1] = field.type == "citation" and chance(0.2) and
          { value, quote = pick(texts) } or value
      end
    end
    return #list > 0 and list or nil
  end
  kept[field.name] = kept[field.name] or { manner = pick(manners) }
  return kept[field.name].manner(made, field, kept[field.name])
end

local function any_record(made, kept, kind)
  local record = {}
  for _, field in ipairs(fields[kind]) do
    local value
    if not unwritten[field.name] and field.type ~= "stage" then
      value = any_value(made, kept, field)
      while value == nil and field.required do
        value = any_scalar(made, field)
        if field.list then value = { value } end
      end
    end
    record[field.name] = value
  end
  return record
end

--- What records refer to.
local function make_targets(store)
  local made = { parties = {}, items = {}, sources = {}, disputes = {}, measures = {} }
  for i = 1, 6 do
    made.sources[i] = store.sources:add{ key = "source-" .. i, title = "a source",
      published = chance(0.7) and any_day() or nil,
      republished_from = i > 1 and chance(0.3) and "source-1" or nil }
    made.parties[i] = store.parties:add{ key = "party-" .. i, name = "party " .. i,
      kind = "company", country = chance(0.6) and pick(states) or nil,
      parent = i > 1 and chance(0.4) and "party-" .. random(i - 1) or nil }
  end
  for i = 1, 3 do
    made.items[i] = store.items:add{ key = "item-" .. i, name = "item " .. i }
    made.disputes[i] = store.disputes:add{ key = "dispute-" .. i, title = pick(texts),
      channel = chance(0.5) and "panel" or nil }
    made.measures[i] = store.measures:add{ key = i > 1 and "measure-" .. i or nil, title = "m",
      jurisdiction = pick(states), requirement = pick{ "none", "bulk" } }
  end
  store.memberships:add{ group = "party-1", member = "JPN" }
  return made
end

-- ------------------------------------------------------------------------------------------------
-- Questions

local orderings = { "lt", "lte", "gt", "gte" }

local function any_bound(made, field, values)
  if field.type == "revision" then return random(0, 60) end
  local value = #values > 0 and chance(0.7) and pick(values) or any_scalar(made, field)
  if type(value) == "number" and chance(0.3) then
    return pick{ value + 0.5, value - 1, 2.5, -3.75, 2 ^ 53, (2 ^ 53 | 0) + 1, math.huge,
                 -math.huge, math.mininteger, math.maxinteger, value // 1 }
  end
  return value
end

local function certainly_dated(text)
  local date = edtf.parse(text)
  return date and not (date.uncertain or date.approximate or date.unknown_start or
    date.unknown_end or date.gaps) and date.first and date.last
end

local function any_certain_date(values)
  local text
  repeat text = #values > 0 and chance(0.5) and pick(values) or any_date()
  until certainly_dated(text)
  return text
end

local function any_list(give)
  local list = {}
  for i = 1, pick{ 1, 2, 3, 3, 120 } do list[i] = give() end
  return list
end

--- What may be asked of a field; values: some that records have.
local function any_condition(made, field, values)
  if chance(0.12) then return { missing = chance(0.5) } end
  if field.type == "data" then return { missing = chance(0.5) } end
  local function one()
    if #values > 0 and chance(0.8) then return pick(values) end
    return any_scalar(made, field)
  end
  if field.type == "id" then
    if #values == 0 then return { missing = false } end
    local function id() return pick(values) end
    return pick{ id(), { ne = id() }, any_list(id) }
  elseif field.kinds then
    local target = field.kinds[1]
    if target == "parties" and chance(0.4) then
      return pick{ { within = pick(states) }, { within = { "party-1", "USA" } },
                   { country = pick(states) }, { country = { missing = true } },
                   { parent = { ne = "party-1" }, ne = "party-2" } }
    elseif target == "disputes" and chance(0.4) then
      return pick{ { channel = "panel" }, { title = { like = "%a%" } } }
    end
  elseif field.type == "date" or field.type == "time" then
    if field.type == "time" then return any_day(random(2018, 2040)) end
    local operator = pick{ "eq", "eq", "ne", "during", "before", "after" }
    if operator == "eq" then
      return chance(0.9) and (one()) or { (one()), (any_date()) }
    elseif operator == "ne" then
      return { ne = one() }
    end
    return { [operator] = chance(0.9) and any_certain_date(values) or
                          { any_certain_date(values), "2019" } }
  elseif field.type == "integer" or field.type == "number" or field.type == "text" or
         field.type == "revision" then
    if field.type == "revision" then return { [pick(orderings)] = random(0, 60) } end
    if chance(0.5) then
      local condition = { [pick(orderings)] = any_bound(made, field, values) }
      if chance(0.4) then condition[pick(orderings)] = any_bound(made, field, values) end
      if chance(0.2) then condition.ne = one() end
      return condition
    elseif field.type == "text" and chance(0.2) then
      return { like = pick{ "%a%", "text 1%", "%" } }
    end
  end
  return pick{ one(), one(), { ne = one() }, any_list(one), { ne = any_list(one) } }
end

--- Values of a field that some of the records have: a list's elements.
local function values_of(records, field)
  local values = {}
  for _ = 1, 6 do
    local value
    if #records > 0 then value = pick(records)[field.name] end
    if field.list and value then
      value = pick(value)
      value = field.type == "citation" and type(value) == "table" and value[1] or value
    end
    if value ~= nil then values[#values + 1] = value end
  end
  return values
end

local function any_where(made, kind, records)
  local where = {}
  for _ = 1, pick{ 0, 1, 1, 1, 2, 2, 3 } do
    local field = pick(fields[kind])
    -- Mostly what has a column.
    if field.list and chance(0.8) then field = pick(fields[kind]) end
    if field.type ~= "stage" then
      where[field.name] = any_condition(made, field, values_of(records, field))
    end
  end
  return where
end

-- A date may be wide, and lie in thousands of days: seldom asked, they are asked often enough.
local units = { "year", "year", "year", "month", "quarter", "quarter", "decade", "decade" }

local function any_unit() return chance(0.08) and pick{ "week", "day" } or pick(units) end

--- A key, and the date that it has buckets of, where it has.
local function any_key(kind)
  if own_date[kind] and chance(0.3) then return any_unit(), own_date[kind] end
  local field
  repeat field = pick(fields[kind])
  until field.type ~= "data" and field.type ~= "stage" and (not field.list or chance(0.2)) and
        field.name ~= "sources"
  local name = field.name
  if (field.type == "date" or field.type == "time") and chance(0.8) then
    return name .. "." .. any_unit(), name
  elseif field.kinds and #field.kinds == 1 and chance(0.3) then
    local further = { parties = { "name", "country", "country.name", "parent.country", "kind" },
                      disputes = { "channel", "title" }, measures = { "jurisdiction", "id" },
                      items = { "name" } }
    return name .. "." .. pick(further[field.kinds[1]] or { "key" })
  end
  return name
end

local function numeric(kind)
  local names = {}
  for _, field in ipairs(fields[kind]) do
    if field.type == "integer" or field.type == "number" then names[#names + 1] = field.name end
  end
  return #names > 0 and pick(names) or nil
end

local functions = { "sum", "sum", "mean", "mean", "min", "max", "median", "distinct" }

local function any_group(kind)
  local options, taken, dated = {}, {}, nil
  for _ = 1, pick{ 0, 1, 1, 1, 2, 2, 3, 8 } do
    local key, date = any_key(kind)
    -- Two wide dates would be in millions of groups.
    if not taken[key] and (not date or date == (dated or date)) then
      options[#options + 1], taken[key], dated = key, true, date or dated
    end
  end
  for _, name in ipairs{ "a", "b", "c" } do
    if chance(0.4) then
      local number = numeric(kind)
      options[name] = number and chance(0.8) and { pick(functions), number } or
                      pick{ "count", "possible" }
    end
  end
  if chance(0.6) then options.provenance = chance(0.4) end
  if chance(0.1) then options.top = random(0, 5) end
  return options
end

--- Fields to agree in, of which many records stand for others; often the same ones, since what was
-- found for them is kept until something is written.
local function any_once(kind)
  if kind == "events" and chance(0.4) then return { "actor" }, nil end
  local by, taken, options = {}, {}, nil
  for _ = 1, pick{ 1, 1, 2, 3 } do
    local field -- mostly of those that have columns, and few values
    repeat field = pick(fields[kind])
    until field.type ~= "data" and field.type ~= "stage" and
          (not field.list and field.type ~= "text" or chance(0.03))
    local name = own_date[kind] and chance(0.3) and "day" or field.name
    if not taken[name] then by[#by + 1], taken[name] = name, true end
  end
  if chance(0.5) then options = { missing = chance(0.7) and by or { by[1] } } end
  if chance(0.05) then options = { least = 2 } end
  return by, options
end

--- A question: a function of a query, and how it reads.
local function any_question(kind)
  local roll = random()
  if roll < 0.2 then return function(query) return query:count() end, ":count()" end
  if roll < 0.65 then
    local options = any_group(kind)
    return function(query) return query:group(options) end, ":group" .. show(options)
  end
  local number = numeric(kind)
  if roll < 0.8 and number then
    local name = pick(functions)
    return function(query) return query[name](query, number) end, (":%s(%q)"):format(name, number)
  end
  if roll < 0.83 then return function(query) return query:exists() end, ":exists()" end
  if roll < 0.86 then return function(query) return { query:first() } end, ":first()" end
  if roll < 0.9 then
    local limit, offset = random(0, 8), random(0, 30)
    return function(query) return query:limit(limit, offset):all() end,
      (":limit(%d, %d):all()"):format(limit, offset)
  end
  local names = {}
  for i = 1, random(4) do
    repeat names[i] = pick(fields[kind]).name until names[i] ~= "stages"
  end
  if roll < 0.95 then
    return function(query)
      local lines = {}
      for id, a, b, c, d in query:values(table.unpack(names)) do
        lines[#lines + 1] = show{ id, a or false, b or false, c or false, d or false }
      end
      return lines
    end, ":values" .. show(names)
  end
  return function(query)
    local lines = {}
    for record in query:select(table.unpack(names)):each() do lines[#lines + 1] = show(record) end
    return lines
  end, ":select" .. show(names)
end

--- What a question gives, as text; of what it raises, the message.
local function answer(query, question)
  local ok, result = pcall(question, query)
  if not ok then
    return type(result) == "table" and "raises " .. result.code .. ": " .. result.message or
           error(result, 0)
  end
  if type(result) ~= "table" then return show(result) end
  local lines = {}
  for i, row in ipairs(result) do lines[i] = show(row) end
  return table.concat(lines, "\n")
end

--- A table of a question, short enough to be looked at.
local function brief(value)
  return (show(value):gsub("long[long]+", "long…"):gsub("(%[20%]=).*(%]=)", "%1…%2"))
end

--- A function that asks a collection for some of its records, and how it reads.
local function any_query(made, kind, records)
  local where, by, options, further = any_where(made, kind, records), nil, nil, nil
  if chance(0.25) then
    by, options = any_once(kind)
    if chance(0.5) then where = {} end
    if chance(0.4) then further = any_where(made, kind, records) end
  end
  return function(collection)
    local query = collection:where(where)
    if by then query = query:once(by, options) end
    return further and query:where(further) or query
  end, (":where%s%s%s"):format(brief(where), by and ":once" .. show{ by, options or {} } or "",
    further and ":where" .. brief(further) or "")
end

--- Asks the columns of one store, and the rows of the same store or of another.
local function ask(place, made, store, rows, kind, records)
  local asked, shown = any_query(made, kind, records)
  local question, reads = any_question(kind)
  local ok, query = pcall(asked, store[kind])
  if not ok then -- an earlier revision lacks what the records of a later one refer to
    if place:find "view of" and query.message:find "has the id" then return end
    error(("%s: %s raises %s"):format(place, shown, tostring(query)), 0)
  end
  rows = asked((rows or store)[kind])
  if chance(0.2) then
    local dates = { events = "date", applications = "decided", cases = "exported",
      listings = "delisted", screenings = "date" }
    local by = pick{ "-id", "revision", dates[kind], "-" .. dates[kind] }
    query, rows, reads = query:order(by), rows:order(by), (":order(%q)"):format(by) .. reads
  end
  -- The revision has no column: whatever is asked of it as well is asked of rows.
  local wanted = answer(rows:where{ revision = { gte = 0 } }, question)
  local got = answer(query, question)
  if wanted ~= got then
    local line, at = 1, 1
    while wanted:sub(at, at) == got:sub(at, at) do
      if wanted:sub(at, at) == "\n" then line = line + 1 end
      at = at + 1
    end
    local from = math.max(1, at - 300)
    error(("\n%s: %s%s%s\nline %d, byte %d:\nrows    %s\ncolumns %s"):format(place, kind, shown,
      reads, line, at, wanted:sub(from, at + 300), got:sub(from, at + 300)), 0)
  end
  return wanted
end

-- ------------------------------------------------------------------------------------------------
-- The same in SQL, for the sqlite3 program, where SQL can say it

local function quoted(value)
  if type(value) == "string" then return "'" .. value:gsub("'", "''") .. "'" end
  if type(value) == "boolean" then return value and "1" or "0" end
  if value == math.huge then return "9e999" elseif value == -math.huge then return "-9e999" end
  return math.type(value) == "float" and ("%.17g"):format(value):gsub("^(-?%d+)$", "%1.0") or
         tostring(value)
end

--- A value, or the id of the record that it names.
local function sql_value(field, value)
  if field.kinds and type(value) == "string" then
    return ("(SELECT id FROM %s WHERE key = %s)"):format(field.kinds[1], quoted(value))
  end
  return (quoted(value))
end

local function sql_list(field, list)
  local parts = {}
  for i, value in ipairs(list) do parts[i] = sql_value(field, value) end
  return "(" .. table.concat(parts, ", ") .. ")"
end

local in_sql = {
  missing = function(name, _, value)
    return ("%s IS %sNULL"):format(name, value and "" or "NOT ")
  end,
  ne = function(name, field, value)
    if type(value) == "table" then
      return ("(%s IS NULL OR %s NOT IN %s)"):format(name, name, sql_list(field, value))
    end
    return ("%s IS NOT %s"):format(name, sql_value(field, value))
  end,
  eq = function(name, field, value)
    if type(value) == "table" then return name .. " IN " .. sql_list(field, value) end
    return name .. " = " .. sql_value(field, value)
  end,
}
for operator, sign in pairs{ lt = "<", lte = "<=", gt = ">", gte = ">=" } do
  in_sql[operator] = function(name, field, value)
    return ("%s %s %s"):format(name, sign, sql_value(field, value))
  end
end

local dates_in_sql = {
  missing = in_sql.missing,
  eq = "%s_first <= %d AND %s_last >= %d",
  ne = "(%s_first IS NULL OR NOT (%s_first <= %d AND %s_last >= %d))",
  during = "%s_first >= %d AND %s_last <= %d AND %s NOT GLOB '*[?~%%]*'",
  before = "%s_last < %d AND %s NOT GLOB '*[?~%%]*'",
  after = "%s_first > %d AND %s NOT GLOB '*[?~%%]*'",
}

local function date_in_sql(name, operator, text)
  local date = edtf.parse(text)
  local first, last = date.first or 0, date.last or 99999999
  local form = dates_in_sql[operator]
  if operator == "eq" then return form:format(name, last, name, first) end
  if operator == "ne" then return form:format(name, name, last, name, first) end
  if operator == "during" then return form:format(name, first, name, last, name) end
  return form:format(name, operator == "before" and first or last, name)
end

--- What a `where` asks, or nil where it is not so easily said.
local function where_in_sql(kind, where)
  local parts = { "retracted IS NULL" }
  for name, condition in pairs(where) do
    local field = fields[kind][name]
    if field.list or field.type == "time" or field.type == "data" then return nil end
    if kind == "cases" and name == "date" then return nil end -- follows from other fields
    if type(condition) ~= "table" or condition[1] ~= nil then condition = { eq = condition } end
    for operator, value in pairs(condition) do
      if field.type == "date" and operator ~= "missing" then
        if not dates_in_sql[operator] or type(value) == "table" then return nil end
        parts[#parts + 1] = date_in_sql(name, operator, value)
      elseif in_sql[operator] then
        parts[#parts + 1] = in_sql[operator]('"' .. name .. '"', field, value)
      else
        return nil
      end
    end
  end
  return table.concat(parts, " AND ")
end

local function hex(value)
  if type(value) == "boolean" then value = value and 1 or 0 end
  return (tostring(value):gsub(".", function(c) return ("%02X"):format(c:byte()) end))
end

--- A question of which both can tell: by how many values of a field there are how many records,
-- with the least and the most of another.
local function any_plain_question(kind, where)
  local key
  local number = numeric(kind)
  repeat key = pick(fields[kind])
  until not key.list and (key.type == "word" or key.type == "integer" or key.type == "boolean" or
        (key.kinds and #key.kinds == 1) or (key.type == "text" and key.name ~= "key"))
  if number and fields[kind][number].type ~= "integer" then number = nil end
  local shown = key.kinds and ('coalesce((SELECT r.key FROM %s r WHERE r.id = t."%s"), t."%s")')
    :format(key.kinds[1], key.name, key.name) or 't."' .. key.name .. '"'
  local sql = ([[SELECT iif(k IS NULL, '-', hex(k)) || ' ' || n || ' ' || coalesce(a, '-') || ' ' ||
    coalesce(b, '-') FROM (SELECT %s AS k, count(*) AS n, min(%s) AS a, max(%s) AS b FROM %s t
    WHERE %s GROUP BY 1) ORDER BY 1;]]):format(shown, number and '"' .. number .. '"' or "NULL",
    number and '"' .. number .. '"' or "NULL", kind, where)
  return sql, function(query)
    local lines = {}
    local rows = query:group{ key.name, n = "count", provenance = false,
      a = number and { "min", number } or "possible", b = number and { "max", number } or nil }
    for i, row in ipairs(rows) do
      lines[i] = ("%s %d %s %s"):format(row[key.name] ~= nil and hex(row[key.name]) or "-", row.n,
        number and row.a or "-", number and row.b or "-")
    end
    table.sort(lines)
    return table.concat(lines, "\n")
  end
end

-- ------------------------------------------------------------------------------------------------
-- What happens to a store

local happens = {}

function happens.adds(state, store)
  local kind = pick(large)
  store:transaction(function()
    for _ = 1, pick{ 1, 3, 20, 60 } do
      store[kind]:add(any_record(state.made, state.kept[kind], kind))
    end
  end)
end

function happens.updates(state, store)
  local kind = pick(large)
  local records = store[kind]:all()
  if #records == 0 then return end
  store:transaction(function()
    for _ = 1, pick{ 1, 2, 10 } do
      local field = pick(fields[kind])
      if not unwritten[field.name] and field.type ~= "stage" then
        local value = any_value(state.made, state.kept[kind], field)
        if value == nil and not field.required then value = dualuse.null end
        store[kind]:update(pick(records).id, { [field.name] = value })
      end
    end
  end)
end

function happens.retracts(state, store)
  local kind = pick(large)
  local records = store[kind]:all()
  for _ = 1, math.min(#records, pick{ 1, 1, 5 }) do
    local record = table.remove(records, random(#records))
    store[kind]:retract(record.id)
    table.insert(state.gone, { kind, record.id })
  end
end

function happens.comes_back(state, store)
  if #state.gone == 0 then return end
  local kind, id = table.unpack(table.remove(state.gone, random(#state.gone)))
  store[kind]:put{ id = id }
end

function happens.packs(_, store)
  core.pack(store, pick(large), pick{ 1, 2, 3, 7, 30, 300, 16384 })
end

function happens.unpacks(_, store)
  core.unpack(store, pick(large))
end

--- What is referred to changes, without the records that refer to it.
function happens.moves(state, store)
  store.parties:update(pick(state.made.parties), { country = pick(states) })
end

local names = {}
for name in pairs(happens) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs{ "adds", "adds", "packs", "packs", "packs", "updates" } do
  names[#names + 1] = name
end

--- Some of a kind's records, to take values from.
local function sample(store, kind)
  return store[kind]:limit(200, random(0, 20)):all()
end

local function begin(store)
  local state = { gone = {}, kept = {} }
  for kind in pairs(fields) do state.kept[kind] = {} end
  store:transaction(function() state.made = make_targets(store) end)
  return state
end

local rounds = tonumber(os.getenv("DUALUSE_ROUNDS")) or 1

describe("columns, and rows,", function()
  local folder
  setup(function() folder = shell.folder() end)
  teardown(function() shell.remove(folder) end)

  for round = 1, 6 * rounds do
    it(("answer alike while a store is written to (round %d)"):format(round), function()
      local seed = 20190700 + round
      math.randomseed(seed)
      local path = ("%s/%d.db"):format(folder, round)
      local cache = pick{ 64 * 1024 * 1024, 64 * 1024 * 1024, 20000, 1 }
      local store <close> = assert(dualuse.open(path, { durability = "normal",
        column_cache = cache }))
      local rows <close> = assert(dualuse.open(path, { column_cache = 0, durability = "normal" }))
      local reader <close> = assert(dualuse.open(path, { readonly = true }))
      local state = begin(store)
      for step = 1, 30 do
        -- Now and then the other connection writes: what is in memory here is no longer current.
        local name = pick(names)
        happens[name](state, chance(0.2) and rows or store)
        local place = ("seed %d, step %d, %s"):format(seed, step, name)
        for _ = 1, 8 do
          local kind = pick(large)
          local records = sample(rows, kind)
          ask(place, state.made, chance(0.8) and store or reader, rows, kind, records)
          if chance(0.2) then
            local newest, past = store:revision(), random(0, store:revision())
            ask(place .. ", newest view", state.made, store:as_of(newest), rows, kind, records)
            ask(("%s, view of %d"):format(place, past), state.made, store:as_of(past),
              rows:as_of(past), kind, records)
          end
        end
      end
    end)
  end

  for round = 1, 2 * rounds do
    it(("answer like the sqlite3 program (round %d) #process"):format(round), function()
      local seed, answered = 20190900 + round, 0
      math.randomseed(seed)
      local path = ("%s/sql-%d.db"):format(folder, round)
      local store <close> = assert(dualuse.open(path, { durability = "normal" }))
      local state = begin(store)
      for _ = 1, 6 do happens.adds(state, store) end
      for step = 1, 25 do
        local name = pick(names)
        happens[name](state, store)
        local statements, questions, made = {}, {}, {}
        for _, kind in ipairs(large) do
          if stores.has_table(path, kind) then made[#made + 1] = kind end
        end
        while #questions < 10 do
          local kind = pick(made)
          local where = any_where(state.made, kind, sample(store, kind))
          local where_sql = where_in_sql(kind, where)
          if where_sql then
            local sql, question = any_plain_question(kind, where_sql)
            statements[#statements + 1] = "SELECT 'next'; " .. sql
            questions[#questions + 1] = { kind, where, question, sql }
          end
        end
        local wanted = {}
        for line in (stores.ask(path, table.concat(statements, "\n")) .. "\n"):gmatch("(.-)\n") do
          if line == "next" then
            wanted[#wanted + 1] = {}
          else
            table.insert(wanted[#wanted], line)
          end
        end
        for i, asked in ipairs(questions) do
          local kind, where, question, sql = table.unpack(asked)
          table.sort(wanted[i])
          local lines, got = table.concat(wanted[i], "\n"), question(store[kind]:where(where))
          answered = answered + #wanted[i]
          if lines ~= got then
            error(("\nseed %d, step %d: %s:where%s\n%s\nsqlite3:\n%s\ncolumns:\n%s"):format(seed,
              step, kind, brief(where), sql, lines:sub(1, 500), got:sub(1, 500)), 0)
          end
        end
      end
      assert.is_true(answered > 300, "the questions are worth asking")
    end)
  end

  for round = 1, 4 * rounds do
    it(("answer alike in transactions, and after they are undone (round %d)"):format(round),
      function()
      local seed = 20190800 + round
      math.randomseed(seed)
      local store <close> = assert(dualuse.open(nil, { column_cache = pick{ 1e7 // 1 | 0, 5000 } }))
      local state = begin(store)
      local function writes_and_asks(place, depth)
        for _ = 1, random(5) do
          local name = pick(names)
          happens[name](state, store)
          for _ = 1, 3 do
            local kind = pick(large)
            ask(("%s, %s"):format(place, name), state.made, store, nil, kind, sample(store, kind))
          end
          if depth < 3 and chance(0.3) then
            local gone = table.move(state.gone, 1, #state.gone, 1, {})
            local ok, problem = pcall(store.transaction, store, function()
              writes_and_asks(place .. ", nested", depth + 1)
              if chance(0.5) then error("undo", 0) end
            end)
            if not ok then
              if problem ~= "undo" then error(problem, 0) end
              state.gone = gone
            end
          end
        end
      end
      for step = 1, 12 do
        writes_and_asks(("seed %d, step %d"):format(seed, step), 0)
      end
    end)
  end
end)
