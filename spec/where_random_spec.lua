-- Random questions to random stores, answered a second time by a filter in plain Lua: over what
-- `all` gives, and of SQL it knows nothing.

local draw = require "spec.draw"
local dualuse = require "dualuse"

local edtf = dualuse.edtf
local random = math.random
local chance, pick, some, any_date = draw.chance, draw.pick, draw.some, draw.date
local kinds, fields, show = draw.kinds, draw.fields, draw.source

-- ------------------------------------------------------------------------------------------------
-- Values, few enough to meet again

local texts = { "alpha", "Alpha", "beta", "gamma delta", "100%", "100 kg", "a_c", "abc", "日本",
                "été", "ÉTÉ", "it's", "\\back", "🦊 fox", "line\nbreak", "NULL", "0" }
local patterns = { "a%", "A%", "%a", "___", "%a%", [[100\%]], "100%", [[a\_c]], "a_c", "日_", "%É%",
                   "%é", [[\\%]], "%", "_", "%\n%", "%'%", "beta", "🦊%", "%%t%", "" }
table.remove(patterns) -- a pattern is text, and no text is empty
local numbers = { -10, -2.5, -1, 0, 0.1, 1 / 3, 2.5, 7, 10 }
local states = { "KOR", "JPN", "VNM", "USA", "FRA" }

--- Can one ask whether something is certainly during it, before or after it?
local certain = {
  during = function(text)
    local date = edtf.parse(text)
    return not (date.uncertain or date.approximate or date.unknown_start or date.unknown_end or
                date.gaps)
  end,
  before = function(text)
    local date = edtf.parse(text)
    return not (date.uncertain or date.approximate) and date.first ~= nil
  end,
  after = function(text)
    local date = edtf.parse(text)
    return not (date.uncertain or date.approximate) and date.last ~= nil
  end,
}

local function without_mark(text) return not text:find "[?~%%]" end

-- ------------------------------------------------------------------------------------------------
-- Stores

--- What a store or view has on record: lists of records by kind, and the records by id and key.
local function snapshot(store)
  local state = { by_id = {}, by_key = {}, of = {} }
  for _, kind in ipairs(kinds) do
    state[kind], state.by_key[kind] = store[kind]:all(), {}
    for _, record in ipairs(state[kind]) do
      state.by_id[record.id] = record
      state.of[record] = kind
      if record.key then state.by_key[kind][record.key] = record end
    end
  end
  return state
end

--- The record that a reference, as it is read, refers to.
local function record_of(state, targets, reference)
  if math.type(reference) == "integer" then return state.by_id[reference] end
  for _, kind in ipairs(targets) do
    local record = state.by_key[kind][reference]
    if record then return record end
  end
end

local serial = 0

--- A value for the field of a record to be written, or nil where there is nothing to refer to.
local function any_value(state, kind, field)
  local function scalar()
    if field.type == "citation" or field.type == "reference" then
      local target = pick(field.kinds)
      if target == "parties" and chance(0.3) then return pick(states) end
      if target == "parties" then
        local companies = {}
        for _, party in ipairs(state.parties) do
          if #party.key > 3 then companies[#companies + 1] = party end
        end
        return #companies > 0 and pick(companies).id or nil
      end
      return #state[target] > 0 and pick(state[target]).id or nil
    end
    if field.type == "word" then return pick(field.words) end
    if field.type == "boolean" then return chance(0.5) end
    if field.type == "data" then return pick{ "x", 1, { 1, 2 } } end
    if field.type == "integer" then return random(field.least, math.min(field.most or 5, 5)) end
    if field.type == "number" then
      local number
      repeat number = pick(numbers)
      until not field.least or (number >= field.least and number <= field.most)
      return number
    end
    if field.type == "date" then
      -- A source that may be of another day is asked for elsewhere.
      return any_date(kind == "sources" and without_mark or nil)
    end
    if field.name == "currency" then return pick{ "KRW", "JPY" } end
    if field.name == "key" or field.name == "origin" or field.name == "name" then
      serial = serial + 1
      return ("%s-%s-%d"):format(kind, field.name, serial)
    end
    if field.name == "aliases" then
      serial = serial + 1
      return ("%s %d"):format(pick(texts), serial)
    end
    return pick(texts)
  end
  if not field.list then return scalar() end
  local list, seen = {}, {}
  for _ = 1, random(3) do
    local value = scalar()
    if value ~= nil and not seen[value] then
      seen[value] = true
      list[#list + 1] = value
      if field.type == "citation" and chance(0.5) then
        list[#list] = { value, quote = pick(texts), locator = chance(0.5) and "p. 1" or nil }
      end
    end
  end
  return #list > 0 and list or nil
end

--- Stages in the order of their days, which all differ.
local function any_stages()
  local stages, year = {}, 1990
  for i = 1, random(0, 4) do
    year = year + random(5)
    stages[i] = { stage = pick(fields.stages.stage.words),
                  date = ("%d-%02d-%02d"):format(year, random(12), random(28)) }
  end
  return stages
end

local function any_record(state, kind)
  local record = {}
  for _, field in ipairs(fields[kind]) do
    local name = field.name
    if field.type == "stage" then
      record.stages = any_stages()
    elseif name ~= "id" and name ~= "revision" and name ~= "recorded" and
           (field.required or chance(0.6)) then
      record[name] = any_value(state, kind, field)
    end
  end
  if kind == "disclosures" then record.status = nil end
  return record
end

--- Writes to the store what may or may not go: circles, and what is referred to, do not.
local function scribble(store, state, retracted)
  local kind = pick(kinds)
  local list = state[kind]
  if #list == 0 then return end
  local victim = pick(list)
  if kind == "parties" and #victim.key == 3 and chance(0.9) then return end -- mostly leave states
  local roll = random()
  if roll < 0.25 then
    if pcall(store[kind].retract, store[kind], victim.id) then
      retracted[#retracted + 1] = { kind = kind, id = victim.id }
    end
  elseif roll < 0.35 then
    pcall(store[kind].add, store[kind], any_record(state, kind))
  else
    local changes = {}
    for _ = 1, random(4) do
      local field = pick(fields[kind])
      local name = field.name
      if field.type == "stage" then
        changes.stages = any_stages()
      elseif name ~= "id" and name ~= "revision" and name ~= "recorded" and name ~= "key" then
        changes[name] = any_value(state, kind, field)
        if changes[name] == nil or (not field.required and chance(0.3)) then
          changes[name] = dualuse.null
        end
      end
    end
    pcall(store[kind].update, store[kind], victim.id, changes)
  end
end

--- Puts a retracted record back, if all that it refers to is there.
local function revive(store, state, gone)
  local history = store[gone.kind]:history(gone.id)
  local record = history[#history]
  for _, field in ipairs(fields[gone.kind]) do
    local value = field.kinds and field.type ~= "stage" and record[field.name]
    for _, reference in ipairs(value and (field.list and value or { value }) or {}) do
      reference = type(reference) == "table" and reference[1] or reference
      local there = record_of(state, field.kinds, reference)
      if not there or not store[state.of[there]]:get(there.id) then return end
    end
  end
  pcall(store[gone.kind].put, store[gone.kind], { id = gone.id })
end

--- A store with some hundred records of all kinds that were changed again and again; and the
-- snapshots of some of its revisions, the newest last.
local function any_store(seed)
  math.randomseed(seed)
  local store, retracted = assert(dualuse.open()), {}
  local amounts = { parties = 14, items = 9, sources = 9, disputes = 3, questions = 3, stages = 5,
                    memberships = 10, events = 40, cases = 40, claims = 20, links = 15 }
  -- What is referred to comes first; what refers to its own kind finds some of it.
  for round = 1, 2 do
    for _, kind in ipairs(kinds) do
      local state = snapshot(store)
      for _ = 1, (amounts[kind] or 12) // 2 do
        local ok, err = pcall(store[kind].add, store[kind], any_record(state, kind))
        -- In the first round, some have nothing yet to refer to.
        if not ok and round == 2 then error(err) end
      end
    end
  end
  -- Groups with members, so that there is something within.
  for _ = 1, 6 do
    local state = snapshot(store)
    local group = any_value(state, "memberships", fields.memberships.group)
    store.memberships:add{ group = group, member = pick(states), stages = any_stages() }
  end
  local snapshots = {}
  for step = 1, 40 do
    local state = snapshot(store)
    store:transaction(function()
      for _ = 1, random(8) do scribble(store, state, retracted) end
      if #retracted > 0 and chance(0.3) then revive(store, state, table.remove(retracted)) end
    end)
    if step % 10 == 0 then
      local taken = snapshot(store)
      taken.revision = store:revision()
      snapshots[#snapshots + 1] = taken
    end
  end
  return store, snapshots
end

-- ------------------------------------------------------------------------------------------------
-- The filter

local none, ever = 0, 99999999 -- no first day, no last day

--- First and last possible day, and whether they are certain; cached.
local bounds = setmetatable({}, {
  __index = function(cache, text)
    local date = assert(edtf.parse(text))
    local first, last = edtf.bounds(text)
    cache[text] = { first = first or none, last = last or ever,
                    certain = not (date.uncertain or date.approximate) }
    return cache[text]
  end,
})

--- The days of a record's date field, or nil.
local function days_of(state, kind, field, record)
  local text = record[field.name]
  if field.type == "time" then text = text:sub(1, 10) end
  if text then return bounds[text] end
  if kind ~= "cases" or field.name ~= "date" then return nil end
  -- A case's own date lies between the export and the day its earliest source was published; what
  -- appeared before the export cannot tell of it.
  local exported, published = record.exported and bounds[record.exported], nil
  local earliest = exported and exported.first or none
  for _, source in ipairs(record.sources or {}) do
    local cited = record_of(state, { "sources" }, type(source) == "table" and source[1] or source)
    local last = cited.published and bounds[cited.published].last or ever
    if last >= earliest and last < (published or ever) then published = last end
  end
  if not exported and not published then return nil end
  return { first = exported and exported.first or none, last = published or ever,
           certain = not exported or exported.certain }
end

local function fold(text) return (text:gsub("%u", string.lower)) end

local resolve

--- A function of a state, kinds and a value that remembers what it gave.
local function remembering(fn)
  local known = setmetatable({}, { __mode = "k" })
  return function(state, targets, value)
    local key = table.concat(targets, " ")
    known[state] = known[state] or {}
    known[state][key] = known[state][key] or {}
    local results = known[state][key]
    if results[value] == nil then results[value] = fn(state, targets, value) end
    return results[value]
  end
end

--- The record that the value of a query names: by id, exact key, or key, name or alias in any case.
resolve = remembering(function(state, targets, value)
  if type(value) == "table" then
    local kind, inner = next(value)
    return resolve(state, { kind }, inner)
  end
  local record = record_of(state, targets, value)
  if record then return record end
  for _, kind in ipairs(targets) do
    for _, candidate in ipairs(state[kind]) do
      local names = { candidate.key, fields[kind].aliases and candidate.name }
      table.move(candidate.aliases or {}, 1, #(candidate.aliases or {}), #names + 1, names)
      for _, name in pairs(names) do
        if fold(name) == fold(value) then return candidate end
      end
    end
  end
  error(("%s is nothing"):format(value))
end)

local function like(text, pattern)
  local t, p = {}, {}
  for _, code in utf8.codes(text) do t[#t + 1] = fold(utf8.char(code)) end
  for _, code in utf8.codes(pattern) do p[#p + 1] = fold(utf8.char(code)) end
  local function match(i, j)
    if j > #p then return i > #t end
    if p[j] == "%" then return match(i, j + 1) or (i <= #t and match(i + 1, j)) end
    if i > #t then return false end
    if p[j] == "_" then return match(i + 1, j + 1) end
    if p[j] == "\\" then return t[i] == p[j + 1] and match(i + 1, j + 2) end
    return t[i] == p[j] and match(i + 1, j + 1)
  end
  return match(1, 1)
end

--- Is the membership in force, as far as its stages say?
local function is_member(membership)
  local newest
  for _, stage in ipairs(membership.stages or {}) do
    if stage.stage == "in_force" or stage.stage == "ended" then
      if not newest or bounds[stage.date].last >= bounds[newest.date].last then newest = stage end
    end
  end
  if newest then return newest.stage == "in_force" end
  return membership.stages == nil
end

local function as_list(operand)
  return type(operand) == "table" and operand[1] ~= nil and operand or { operand }
end

--- The set of records within a root, or the roots of a list: first they and their members, and the
-- members of those; then what is below any of them, which brings no more members with it.
local closure = remembering(function(state, targets, roots)
  local kind, inside = targets[1], {}
  local grown
  local function reaches(reference)
    return reference ~= nil and inside[record_of(state, { kind }, reference)]
  end
  local function take(record)
    if not inside[record] then inside[record], grown = true, true end
  end
  for _, root in ipairs(as_list(roots)) do inside[resolve(state, { kind }, root)] = true end
  repeat
    grown = false
    for _, membership in ipairs(kind == "parties" and state.memberships or {}) do
      if reaches(membership.group) and is_member(membership) then
        take(record_of(state, { kind }, membership.member))
      end
    end
  until not grown
  repeat
    grown = false
    for _, record in ipairs(state[kind]) do
      if reaches(record.parent) or (not record.parent and reaches(record.country)) then
        take(record)
      end
    end
  until not grown
  return inside
end)

local matches

--- A list of what the field holds: scalars, or the records that it refers to.
local function elements_of(state, kind, field, record)
  if field.type == "id" then return { record } end
  local value = record[field.name]
  if value == nil then return {} end
  local list = {}
  for i, element in ipairs(field.list and value or { value }) do
    if field.type == "citation" and type(element) == "table" then element = element[1] end
    if field.type == "stage" then
      element = state.by_id[element.id]
    elseif field.kinds then
      element = assert(record_of(state, field.kinds, element), kind .. " refers to nothing")
    end
    list[i] = element
  end
  return list
end

local compare = {
  lt = function(a, b) return a < b end,
  lte = function(a, b) return a <= b end,
  gt = function(a, b) return a > b end,
  gte = function(a, b) return a >= b end,
  like = like,
}

local day_compare = {
  during = function(a, b) return a.certain and a.first >= b.first and a.last <= b.last end,
  before = function(a, b) return a.certain and a.last < b.first end,
  after = function(a, b) return a.certain and a.first > b.last end,
  eq = function(a, b) return a.first <= b.last and a.last >= b.first end,
}

local function is_date(field) return field.type == "date" or field.type == "time" end

--- Does one operator hold?
local function operator_holds(state, kind, field, record, operator, operand)
  if operator == "missing" then
    return (record[field.name] == nil) == operand
  elseif operator == "ne" then
    return not operator_holds(state, kind, field, record, "eq", operand)
  elseif is_date(field) then
    local days = days_of(state, kind, field, record)
    for _, date in ipairs(days and as_list(operand) or {}) do
      if day_compare[operator](days, bounds[date]) then return true end
    end
    return false
  end
  local elements = elements_of(state, kind, field, record)
  if operator == "within" then
    local inside = closure(state, { field.kinds and field.kinds[1] or kind }, operand)
    for _, element in ipairs(elements) do
      if inside[element] then return true end
    end
    return false
  end
  for _, element in ipairs(elements) do
    if operator == "eq" then
      for _, value in ipairs(as_list(operand)) do
        if field.kinds or field.type == "id" then
          value = resolve(state, field.kinds or { kind }, value)
        end
        if rawequal(element, value) or (type(element) ~= "table" and element == value) then
          return true
        end
      end
    elseif compare[operator](element, operand) then
      return true
    end
  end
  return false
end

local operators = { ne = true, lt = true, lte = true, gt = true, gte = true, like = true,
                    within = true, missing = true, during = true, before = true, after = true }

local function is_plain(field, condition)
  if type(condition) ~= "table" or condition[1] ~= nil then return true end
  return #(field.kinds or {}) > 1 and fields[next(condition)] ~= nil -- { cases = 5 }
end

local function condition_holds(state, kind, field, record, condition)
  if condition == dualuse.null then return record[field.name] == nil end
  if is_plain(field, condition) then
    return operator_holds(state, kind, field, record, "eq", condition)
  end
  local through
  for name, operand in pairs(condition) do
    if not operators[name] then
      through = through or {}
      through[name] = operand
    elseif not operator_holds(state, kind, field, record, name, operand) then
      return false
    end
  end
  if not through then return true end
  for _, element in ipairs(elements_of(state, kind, field, record)) do
    if matches(state, field.kinds[1], element, through) then return true end
  end
  return false
end

function matches(state, kind, record, where)
  for name, condition in pairs(where) do
    if not condition_holds(state, kind, fields[kind][name], record, condition) then
      return false
    end
  end
  return true
end

--- What a field orders by: one or two values, or nothing.
local function order_of(state, kind, field, record)
  if is_date(field) then
    local days = days_of(state, kind, field, record)
    if days then return days.first, days.last end
    return nil
  end
  local value = record[field.name]
  if type(value) == "boolean" then return value and 1 or 0 end
  return value -- a reference is ordered by key, which is what it reads as
end

local function sort(state, kind, records, order)
  local function before(a, b)
    for _, name in ipairs(order) do
      local down = name:sub(1, 1) == "-"
      local field = fields[kind][down and name:sub(2) or name]
      local a1, a2 = order_of(state, kind, field, a)
      local b1, b2 = order_of(state, kind, field, b)
      if (a1 == nil) ~= (b1 == nil) then return b1 == nil end
      if a1 ~= b1 then return (a1 < b1) ~= down end
      if a2 ~= b2 then return (a2 < b2) ~= down end
    end
    return a.id < b.id
  end
  table.sort(records, before)
end

-- ------------------------------------------------------------------------------------------------
-- Questions

--- A way to name the record, by which nothing else is named.
local function any_name(state, record)
  local kind = state.of[record]
  local ways = { record.id, record.key, record.key and record.key:upper() }
  if fields[kind].aliases then
    ways[#ways + 1] = record.name
    ways[#ways + 1] = fold(record.name)
    for _, alias in ipairs(record.aliases or {}) do ways[#ways + 1] = alias end
  end
  return pick(ways)
end

local function any_target(state, targets)
  for _ = 1, 20 do
    local kind = pick(targets)
    if kind == "parties" and chance(0.5) then
      return state.by_key.parties[pick(states)]
    end
    if #state[kind] > 0 then
      return kind == "parties" and state.parties[random(245, #state.parties)] or pick(state[kind])
    end
  end
end

--- A value that a query may compare the field with.
local function any_operand(state, kind, field, date_fits)
  if field.kinds or field.type == "id" then
    local record = any_target(state, field.kinds or { kind })
    if #(field.kinds or {}) > 1 then
      local target = state.of[record]
      return pick{ record.id, record.key or record.id, { [target] = record.key or record.id } }
    end
    return any_name(state, record)
  elseif is_date(field) then
    if field.type == "time" then return os.date("!%Y-%m-%d") end
    return any_date(date_fits)
  elseif field.type == "revision" then
    return random(0, 150)
  end
  -- Mostly what some record has.
  for _ = 1, 5 do
    local record = #state[kind] > 0 and pick(state[kind])
    local value = record and record[field.name]
    if field.list and value then value = pick(value) end
    if value ~= nil and chance(0.8) then return value end
  end
  local value
  repeat value = any_value(state, kind, field) until value ~= nil
  return field.list and value[1] or value
end

local any_where

local function any_condition(state, kind, field, depth)
  local function operand() return any_operand(state, kind, field) end
  local function operands()
    local list = {}
    for i = 1, random(4) do list[i] = operand() end
    return list
  end
  if chance(0.08) then return pick{ dualuse.null, { missing = true }, { missing = false } } end
  if field.type == "data" then return { missing = chance(0.5) } end
  if field.type == "stage" then return any_where(state, "stages", depth + 1) end
  local target = field.kinds and #field.kinds == 1 and field.kinds[1]
  local roll = random()
  if target and depth < 3 and roll < 0.35 then
    local condition = any_where(state, target, depth + 1)
    if not field.list and chance(0.2) then condition.ne = operand() end
    return condition
  end
  if (target == "parties" or target == "items") and roll < 0.6 or
     field.type == "id" and (kind == "parties" or kind == "items") then
    return { within = chance(0.7) and operand() or operands() }
  end
  if is_date(field) then
    local operator = pick{ "during", "before", "after", "ne", "eq", "eq" }
    local fits = certain[operator]
    local date = any_operand(state, kind, field, fits)
    if chance(0.15) then date = { date, (any_operand(state, kind, field, fits)) } end
    if operator == "eq" then return date end
    return { [operator] = date, missing = chance(0.05) and chance(0.5) or nil }
  end
  local comparable = field.type == "text" or field.type == "number" or field.type == "integer" or
                     field.type == "revision"
  if comparable and chance(0.5) then
    if field.type == "text" and field.name ~= "currency" and chance(0.5) then
      return { like = pick(patterns) }
    end
    local condition = { [pick{ "lt", "lte", "gt", "gte" }] = operand() }
    if not field.list and chance(0.4) then
      condition[pick{ "lt", "gte", "ne" }] = operand()
    end
    return condition
  end
  return pick{
    function() return operand() end,
    function() return operands() end,
    function() return { ne = operand() } end,
    function() return { ne = operands() } end,
  }()
end

function any_where(state, kind, depth)
  local where = {}
  for _, field in ipairs(some(fields[kind], depth == 0 and 3 or 2)) do
    where[field.name] = any_condition(state, kind, field, depth)
  end
  return where
end

local function has_order(field)
  if field.list or field.type == "data" then return false end
  -- A record that has no key has no place of its own among the references to it.
  for _, target in ipairs(field.kinds or {}) do
    if not fields[target].key.required then return false end
  end
  return true
end

local function any_order(kind)
  local names = {}
  for _, field in ipairs(fields[kind]) do
    if has_order(field) then names[#names + 1] = field.name end
  end
  local order = some(names, 3)
  for i, name in ipairs(order) do order[i] = chance(0.5) and "-" .. name or name end
  return order
end

-- ------------------------------------------------------------------------------------------------
-- Asking

--- The question, and the first record on which the two answers differ.
local function complaint(state, kind, asked, wanted, got)
  local lines = { "", ("store.%s:where%s"):format(kind, show(asked.where)) }
  if asked.order then lines[#lines + 1] = "  :order" .. show(asked.order) end
  if asked.limit then lines[#lines + 1] = "  :limit" .. show(asked.limit) end
  lines[#lines + 1] = ("wanted ids: %s"):format(table.concat(wanted, " "))
  lines[#lines + 1] = ("got ids:    %s"):format(table.concat(got, " "))
  local in_got = {}
  for _, id in ipairs(got) do in_got[id] = true end
  for _, id in ipairs(wanted) do
    if not in_got[id] then
      lines[#lines + 1] = "did not find " .. show(state.by_id[id])
      break
    end
    in_got[id] = nil
  end
  local extra = next(in_got)
  if extra then lines[#lines + 1] = "should not find " .. show(state.by_id[extra] or extra) end
  return table.concat(lines, "\n")
end

--- Asks one random question; returns how many records the answer has.
local function ask(store, state, kind)
  local asked = { where = any_where(state, kind, 0) }
  local wanted = {}
  for _, record in ipairs(state[kind]) do
    if matches(state, kind, record, asked.where) then wanted[#wanted + 1] = record end
  end
  local query = store[kind]:where(asked.where)
  if chance(0.6) then
    asked.order = any_order(kind)
    query = query:order(table.unpack(asked.order))
  end
  sort(state, kind, wanted, asked.order or {})
  local answers = #wanted
  if chance(0.3) then
    asked.limit = { random(0, 10), random(0, 5) }
    query = query:limit(table.unpack(asked.limit))
    wanted = table.move(wanted, 1 + asked.limit[2], asked.limit[1] + asked.limit[2], 1, {})
  end
  local ids, got = {}, {}
  for i, record in ipairs(wanted) do ids[i] = record.id end
  local records = query:all()
  for i, record in ipairs(records) do got[i] = record.id end
  if show(ids) ~= show(got) then error(complaint(state, kind, asked, ids, got), 0) end
  assert.equal(#wanted, query:count(), "count of " .. show(asked))
  assert.equal(#wanted > 0, query:exists())
  local first = query:first()
  assert.equal(ids[1], first and first.id)
  local by_values = {}
  for id in query:values("id") do by_values[#by_values + 1] = id end
  assert.same(ids, by_values)
  if chance(0.1) then assert.same(wanted, records) end
  return answers
end

describe("where", function()
  for _, seed in ipairs{ 20190701, 20190704, 20190828, 20191122 } do
    describe(("on a random store (seed %d)"):format(seed), function()
      local store, snapshots
      setup(function() store, snapshots = any_store(seed) end)
      teardown(function() store:close() end)

      it("and its earlier revisions, which are as they were", function()
        for _, state in ipairs(snapshots) do
          local view = store:as_of(state.revision)
          for _, kind in ipairs(kinds) do
            for i, record in ipairs(view[kind]:all()) do
              assert.same(state[kind][i], record)
            end
            assert.equal(#state[kind], view[kind]:count())
          end
        end
      end)

      it("finds what a filter in Lua finds, in the same order", function()
        math.randomseed(seed + 1)
        for i, state in ipairs(snapshots) do
          local newest = i == #snapshots
          local view = newest and store or store:as_of(state.revision)
          local asked, answered, all = 0, 0, 0
          for _, kind in ipairs(kinds) do
            for _ = 1, newest and 14 or 7 do
              local answers = ask(view, state, kind)
              asked = asked + 1
              if answers > 0 then answered = answered + 1 end
              if answers == #state[kind] then all = all + 1 end
            end
          end
          -- The questions are worth asking.
          assert.is_true(answered > asked / 5, ("%d of %d answered"):format(answered, asked))
          assert.is_true(all < asked / 3)
        end
      end)
    end)
  end

  it("within finds what following every parent, country and membership finds", function()
    for seed = 1, 3 do
      local store, snapshots = any_store(seed)
      for _, state in ipairs(snapshots) do
        local view = store:as_of(state.revision)
        for _, kind in ipairs{ "parties", "items" } do
          for i = 1, 25 do
            local root = i <= #states and kind == "parties" and states[i] or
                         pick(state[kind]).id
            local wanted = {}
            for record in pairs(closure(state, { kind }, root)) do
              wanted[#wanted + 1] = record.id
            end
            table.sort(wanted)
            local got = {}
            for id in view[kind]:where{ id = { within = root } }:values("id") do
              got[#got + 1] = id
            end
            assert.same(wanted, got, ("within %s, seed %d"):format(root, seed))
          end
        end
      end
      store:close()
    end
  end)
end)
