local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

-- Deterministic numbers, so that a failure can be told again.
local function numbers(seed)
  local state = seed
  return function(most)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % most + 1
  end
end

local actors = { "JPN", "KOR", "USA", "CHN", "VNM" }
local codes = { "036", "112", "163", "190", "042" }
local kinds = { "agree", "accuse", "sanction", "assault", "consult" }

--- Events as a file of lines: days, months and uncertain dates, some without a target or a tone.
local function lines(count)
  local next_number = numbers(7)
  local list = { "date,kind,code,actor,target,quad,goldstein,mentions,tone" }
  for i = 1, count do
    local day = ("%04d-%02d-%02d"):format(2015 + next_number(4), next_number(12), next_number(28))
    local odd = next_number(40)
    local date = odd == 1 and day:sub(1, 7) or odd == 2 and day .. "~"
      or odd == 3 and day:sub(1, 4) or day
    local which = next_number(5)
    list[#list + 1] = table.concat({ date, kinds[which], codes[which], actors[next_number(5)],
      next_number(9) == 1 and "" or actors[next_number(5)], next_number(4),
      next_number(20) - 10, next_number(50),
      next_number(11) == 1 and "" or next_number(1000) / 64 }, ",")
    if i % 1000 == 0 then list[#list + 1] = "" end
  end
  return table.concat(list, "\n") .. "\n"
end

local function file(text)
  return function()
    local given = text
    text = nil
    return given
  end
end

describe("a store of many events", function()
  local folder, path, store, rows

  setup(function()
    folder = shell.must("mktemp -d"):gsub("\n$", "")
    path = folder .. "/store.db"
    store = assert(dualuse.open(path, { durability = "normal" }))
    local columns = {}
    for name in ("date kind code actor target quad goldstein mentions tone"):gmatch("%a+") do
      columns[name] = name
    end
    local result = store.events:import(file(lines(20000)), { columns = columns,
      identity = "number", source = { key = "generated", title = "Generated events" } })
    assert.equal(20000, result.added)
    rows = assert(dualuse.open(path, { column_cache = 0 }))
  end)

  teardown(function()
    store:close()
    rows:close()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  --- What was answered, without the functions that rows have.
  local function shown(answer)
    if type(answer) ~= "table" then return stores.show(answer) end
    return stores.show{ table.unpack(answer) }
  end

  --- Asks both the columns and the rows; what they say has to be the same, whole.
  local function same(ask)
    assert.equal(shown(ask(rows.events)), shown(ask(store.events)))
  end

  it("has its fields in columns, which the sqlite3 program can count", function()
    assert.equal("20000", stores.ask(path, "SELECT sum(rows) FROM segments WHERE kind = 'events'"))
  end)

  it("groups by columns as by rows, with the records and sources of each group", function()
    for _, keys in ipairs{ { "year" }, { "year", "quad" }, { "month", "kind" },
        { "actor", "target" }, { "actor.name" }, { "code" }, { "week" }, {} } do
      same(function(events) return events:group(keys) end)
    end
  end)

  it("measures numbers as rows do", function()
    same(function(events)
      return events:group{ "quarter", n = "count", mean = { "mean", "tone" },
        sum = { "sum", "mentions" }, least = { "min", "goldstein" }, most = { "max", "tone" },
        provenance = false }
    end)
    same(function(events)
      return { events:sum("mentions"), events:mean("tone"), events:max("tone") }
    end)
  end)

  it("finds by value, list, range, reference and date, and what is missing", function()
    for _, asked in ipairs{ { actor = "Japan" }, { kind = { "sanction", "accuse" } },
        { quad = { gte = 3 } }, { tone = { lt = 2.5 } }, { target = { missing = true } },
        { target = { ne = "KOR" } },
        { actor = { within = "KOR" } }, { actor = { country = "USA" } }, { date = "2017-03" },
        { date = { during = "2017" } }, { date = { before = "2016-07-01" } },
        { date = { after = "2018" }, code = "163" } } do
      same(function(events) return events:where(asked):count() end)
      same(function(events) return events:where(asked):group{ "year" } end)
      same(function(events) return events:where(asked):order("-date"):limit(7):all() end)
    end
  end)

  it("loops over selected fields and values in the order of ids", function()
    local function listed(events)
      local list = {}
      for id, date, actor, tone in events:where{ quad = 2 }:values("date", "actor", "tone") do
        list[#list + 1] = table.concat({ id, date, actor, tostring(tone) }, " ")
      end
      for event in events:where{ quad = 2 }:select("date", "target"):each() do
        list[#list + 1] = table.concat({ event.id, event.date, tostring(event.target) }, " ")
      end
      return list
    end
    same(listed)
  end)

  it("loops over all records, beside other loops, and may be left at any of them", function()
    local function listed(events)
      local list, outer = {}, 0
      for id, date in events:values("date") do
        outer = outer + 1
        if outer % 4001 == 0 then
          local inner = 0
          for row in events:select("target", "tone"):each() do
            inner = inner + 1
            list[#list + 1] = stores.show{ id, date, row.target or "", row.tone or "" }
            if inner == outer // 4001 * 2 then break end
          end
        end
      end
      list[#list + 1] = outer
      return list
    end
    same(listed)
  end)

  it("keeps columns apart from what Lua counts as its memory", function()
    local bytes = tonumber(stores.ask(path, "SELECT sum(length(bytes)) FROM columns "
      .. "WHERE kind = 'events' AND field IN ('tone', 'goldstein', 'actor', 'target')"))
    local other <close> = assert(dualuse.open(path))
    other.events:count()
    collectgarbage()
    local before = collectgarbage("count") * 1024
    for _ in other.events:values("tone", "goldstein", "actor", "target") do end
    collectgarbage()
    assert.is_true(collectgarbage("count") * 1024 - before < bytes / 8)
  end)

  it("lets a finalizer go on with a loop that nobody has any more", function()
    local expected, got = {}, {}
    for id, actor, tone in rows.events:values("actor", "tone") do
      expected[#expected + 1] = table.concat({ id, tostring(actor), tostring(tone) }, " ")
    end
    local function leave()
      local other = assert(dualuse.open(path))
      local next_one, cursor = other.events:values("actor", "tone")
      local function read(most)
        while #got < most do
          local ok, id, actor, tone = pcall(next_one, cursor)
          if not ok or id == nil then break end
          got[#got + 1] = table.concat({ id, tostring(actor), tostring(tone) }, " ")
        end
      end
      local last = setmetatable({}, { __gc = function() read(#expected) end })
      read(3)
      last.read = #got
    end
    leave()
    for _ = 1, 3 do collectgarbage() end
    assert.is_true(#got >= 3)
    assert.same({ table.unpack(expected, 1, #got) }, got)
  end)

  it("gives only the groups with most records where top asks for them", function()
    local all = store.events:group{ "actor", "target", provenance = false }
    table.sort(all, function(a, b)
      if a.count ~= b.count then return a.count > b.count end
      return stores.show{ a.actor, a.target or "~" } < stores.show{ b.actor, b.target or "~" }
    end)
    local top = store.events:group{ "actor", "target", top = 5, provenance = false }
    assert.equal(5, #top)
    for i, row in ipairs(top) do assert.equal(all[i].count, row.count) end
    same(function(events) return events:group{ "actor", "target", top = 5 } end)
  end)

  it("loops over what was added since behind what columns have", function()
    local query = store.events:where{ quad = 2 }
    local function ids()
      local list = {}
      for id in query:values("tone") do list[#list + 1] = id end
      return list
    end
    assert.equal("columns", query:explain{ values = { "tone" } }.reads)
    local before, added = ids(), nil
    local seen = 0
    for id in query:values("tone") do
      added = added or store.events:add{ date = "2019-07-03", kind = "sanction", quad = 2 }
      seen = seen + 1
      assert.equal(before[seen], id)
    end
    assert.equal(#before, seen)
    before[seen + 1] = added
    assert.same(before, ids())
    same(function(events) return events:where{ quad = 2 }:select("tone"):all() end)
  end)

  it("takes what has changed since, or was added, from the rows", function()
    local first = store.events:where{ quad = 1 }:first()
    store.events:update(first.id, { quad = 4, tone = 99 })
    store.events:retract(store.events:where{ quad = 2 }:first().id)
    store.events:add{ date = "2019-07-04", kind = "sanction", actor = "JPN", quad = 4 }
    same(function(events) return events:group{ "year", "quad" } end)
    same(function(events) return events:where{ quad = 4 }:count() end)
    same(function(events) return events:max("tone") end)
    assert.equal(99.0, store.events:max("tone"))
    assert.same({}, { table.unpack(store:check()) })
  end)

  it("sees its own transaction, and forgets it when that is undone", function()
    local before = store.events:where{ actor = "JPN" }:count()
    pcall(store.transaction, store, function()
      store.events:add{ date = "2019-07-05", kind = "sanction", actor = "JPN" }
      assert.equal(before + 1, store.events:where{ actor = "JPN" }:count())
      error("not after all")
    end)
    assert.equal(before, store.events:where{ actor = "JPN" }:count())
  end)

  it("answers for an earlier revision from the rows", function()
    local past, now = store:as_of(1), store:as_of(store:revision())
    assert.equal(20000, past.events:count())
    assert.equal(store.events:count(), now.events:count())
    assert.equal(shown(rows.events:group{ "year" }), shown(now.events:group{ "year" }))
  end)
end)

describe("an import whose functions write meanwhile", function()
  local folder
  before_each(function() folder = shell.folder() end)
  after_each(function() shell.remove(folder) end)

  it("leaves to rows what they wrote", function()
    local path = folder .. "/meanwhile.db"
    local store <close> = assert(dualuse.open(path))
    local events, read = store.events, 0
    --- Among rows that are in a segment, and rows on their way there.
    local function meddle()
      local id = events:add{ date = "2021-01-01", kind = "assault", tone = read }
      events:update(id - 10, { tone = 12345 })
      events:retract(id - 20)
      events:update(id - 2000, { tone = 23456 })
      pcall(store.transaction, store, function()
        events:add{ date = "2021-01-02", kind = "assault" }
        events:update(id - 30, { tone = 54321 })
        error("not after all")
      end)
    end
    local columns = { date = "date", kind = "kind", tone = "tone", code = "code" }
    local result = events:import(file(lines(20000)), { columns = columns, source = false,
      identity = "number", convert = { code = function(text)
        read = read + 1
        if read % 2500 == 0 then meddle() end
        return text
      end } })
    assert.equal(20000, result.added)
    assert.same({}, { table.unpack(store:check()) })
    local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
    for _, asked in ipairs{ {}, { kind = "assault" }, { tone = { gt = 1000 } },
        { date = { during = "2021" } } } do
      for _, ask in ipairs{
        function(query) return query:count() end,
        function(query) return query:max("tone") end,
        function(query)
          return { table.unpack(query:group{ "year", "kind", provenance = false }) }
        end,
        function(query) return query:order("id"):select("tone", "code"):all() end,
      } do
        assert.equal(stores.show(ask(rows.events:where(asked))),
          stores.show(ask(store.events:where(asked))))
      end
    end
    assert.equal(8, store.events:where{ date = { during = "2021" } }:count())
    assert.equal(20000, tonumber(stores.ask(path, "SELECT sum(rows) FROM segments")))
  end)
end)
