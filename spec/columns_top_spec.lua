-- Groups of very many: `top` over two keys, which tells without counting every group what counting
-- every group in Lua tells, and keys of which all but one are the same.

local dualuse = require "dualuse"

local random = math.random

--- A number from 1 to `most`: `skewed`, small ones come much more often.
local function any_number(most, skewed)
  return skewed and 1 + (random() ^ 6 * most) // 1 | 0 or random(most)
end

--- Events of two values each, 0 where there is none, and a quad class to ask by.
local function events(count, most, skewed)
  local list = {}
  for i = 1, count do
    list[i] = { mentions = any_number(most, skewed), code = any_number(most, skewed),
      quad = random(4) }
    if random(9) == 1 then list[i].mentions = nil end
    if random(7) == 1 then list[i].code = nil end
  end
  return list
end

local function code_of(number) return number and ("c%04d"):format(number * 7919 % 10000) end

--- A store of events from the lines of a file, of which the first names the fields.
local function stored(lines)
  local text = table.concat(lines, "\n") .. "\n"
  local store = assert(dualuse.open())
  local columns = {}
  for name in lines[1]:gmatch("%a+") do
    columns[name] = name
  end
  local result = store.events:import(function()
    local given = text
    text = nil
    return given
  end, { columns = columns, identity = "number",
    source = { key = "generated", title = "Generated events" } })
  assert.equal(#lines - 1, result.added)
  return store
end

local function store_of(list)
  local lines = { "date,kind,mentions,code,quad" }
  for i, event in ipairs(list) do
    lines[i + 1] = ("2019-07-%02d,accuse,%s,%s,%d"):format(i % 28 + 1, event.mentions or "",
      code_of(event.code) or "", event.quad)
  end
  return stored(lines)
end

--- Is one of two values before the other, where what is missing comes last?
local function before(a, b)
  if a == nil or b == nil then return a ~= nil end
  return a < b
end

--- The groups with most records, told by counting every one.
local function counted(list, top, quad)
  local groups, by_name = {}, {}
  for _, event in ipairs(list) do
    if not quad or event.quad == quad then
      local code = code_of(event.code)
      local name = ("%s %s"):format(event.mentions, code)
      if not by_name[name] then
        by_name[name] = { mentions = event.mentions, code = code, count = 0 }
        groups[#groups + 1] = by_name[name]
      end
      by_name[name].count = by_name[name].count + 1
    end
  end
  table.sort(groups, function(a, b)
    if a.count ~= b.count then return a.count > b.count end
    if a.mentions ~= b.mentions then return before(a.mentions, b.mentions) end
    return a.code ~= b.code and before(a.code, b.code)
  end)
  return table.move(groups, 1, math.min(top, #groups), 1, {})
end

local function shown(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    lines[i] = ("%s %s %d"):format(row.mentions, row.code, row.count)
  end
  return table.concat(lines, "\n")
end

local function check(store, list, top, quad)
  local found = store.events
  if quad then found = found:where{ quad = quad } end
  local rows = found:group{ "mentions", "code", top = top, n = "count", provenance = false }
  for _, row in ipairs(rows) do row.count = row.n end
  assert.equal(shown(counted(list, top, quad)), shown(rows), ("top %d"):format(top))
end

describe("the groups with most records", function()
  before_each(function() math.randomseed(11) end)

  for _, case in ipairs{
    { name = "where few values have most of them", most = 900, skewed = true },
    { name = "where all values have about as many", most = 400, skewed = false },
    { name = "where there are few groups at all", most = 40, skewed = true },
  } do
    it("are those that counting every group tells, " .. case.name, function()
      local list = events(40000, case.most, case.skewed)
      local store <close> = store_of(list)
      for _, top in ipairs{ 0, 1, 5, 20, 26, 150, 600, 100000 } do
        check(store, list, top)
      end
      for quad = 1, 4 do
        check(store, list, 20, quad)
      end
    end)
  end

  it("are those with the least keys where values with fewer records have as large ones", function()
    local list = {}
    local function add(mentions, code, times)
      for _ = 1, times do
        list[#list + 1] = { mentions = mentions, code = code, quad = 1 }
      end
    end
    for value = 1, 60 do
      add(value, value, 60)
    end
    for value = 101, 355 do -- of more records each, but of no larger groups
      add(value, value, 60)
      add(value, value == 355 and 101 or value + 1, 20)
    end
    for i = #list, 2, -1 do
      local other = random(i)
      list[i], list[other] = list[other], list[i]
    end
    local store <close> = store_of(list)
    check(store, list, 5)
  end)

  it("are those of all records when some have changed or were added since", function()
    local list = events(40000, 900, true)
    local store <close> = store_of(list)
    check(store, list, 3)
    local first = store.events:first()
    store.events:update(first.id, { mentions = 899, code = code_of(899) })
    list[1].mentions, list[1].code = 899, 899
    for _ = 1, 9000 do
      list[#list + 1] = { mentions = 899, code = 899, quad = 1 }
    end
    store:transaction(function()
      for _ = 1, 9000 do
        store.events:add{ date = "2019-08-01", kind = "accuse", mentions = 899,
          code = code_of(899), quad = 1, sources = { "generated" } }
      end
    end)
    check(store, list, 3)
    check(store, list, 20, 1)
  end)
end)

describe("groups by keys of more values than four bytes number", function()
  it("are told apart where the first key alone differs", function()
    math.randomseed(12)
    local lines, counts, groups = { "date,kind,mentions,code,quad,goldstein,tone" }, {}, 0
    for i = 1, 24000 do
      local event = i % 2 == 0 and { random(28), i // 2 % 4000, "c1", 1, 1.5, 2.5 } or
        { random(28), random(4000), "c" .. random(400), random(4), random(80) / 8,
          random(700) / 8 }
      if i % 2 == 0 then event[1] = 1 end
      lines[i + 1] = ("2019-07-%02d,accuse,%d,%s,%d,%s,%s"):format(table.unpack(event))
      local name = ("2019-07-%02d %d %s %d %s %s"):format(table.unpack(event))
      groups = groups + (counts[name] and 0 or 1)
      counts[name] = (counts[name] or 0) + 1
    end
    local store <close> = stored(lines)
    local rows = store.events:group{ "mentions", "code", "quad", "goldstein", "tone", "day",
      provenance = false }
    assert.equal(groups, #rows)
    for _, row in ipairs(rows) do
      assert.equal(counts[("%s %d %s %d %s %s"):format(row.day, row.mentions, row.code, row.quad,
        row.goldstein, row.tone)], row.count)
    end
  end)
end)
