-- The few records of a pair of parties within days, from rows: they are read at once, in the order
-- of an index, and held. What they are held against is the same query with a limit that lets all
-- of them through, for which they are read one by one, as SQLite puts them in order.

local core = require "dualuse.core"
local draw = require "spec.draw"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local chance, pick, random = draw.chance, draw.pick, math.random

local PARTIES = { "KOR", "JPN", "USA" }
local FIELDS = { "date", "kind", "actor", "target", "code", "quad", "goldstein", "tone", "mentions",
  "dispute", "latitude", "status", "title", "url", "note", "inferred", "contexts", "revision",
  "key", "origin" }

local function any_event(date)
  return {
    date = date or draw.date(), kind = pick{ "sanction", "threaten", "consult" },
    actor = pick(PARTIES), target = pick(PARTIES),
    code = chance(0.8) and pick{ "042", "10" } or nil, quad = chance(0.8) and random(4) or nil,
    goldstein = chance(0.5) and random(-10, 10) / 3 or nil,
    tone = chance(0.3) and random(9) or nil, dispute = chance(0.3) and "dispute" or nil,
    title = chance(0.2) and ("é"):rep(random(0, 400)) .. "!" or nil,
    inferred = chance(0.3) and chance(0.5) or nil,
    contexts = chance(0.3) and { "military", "economic" } or nil,
    participants = chance(0.3) and { "KOR", "USA" } or nil,
    key = chance(0.1) and "e" .. random(1e9) or nil,
  }
end

local function any_asked()
  local day = draw.day()
  return pick{ day, day:sub(1, 4), draw.date(), { during = day:sub(1, 4) }, { during = "2000/.." },
    { during = "../" .. day, ne = "2019" }, "../2030", { during = "0000/2030" } }
end

local function values_of(query, fields)
  local rows = {}
  local function take(...) rows[#rows + 1] = stores.show(table.pack(...)) end
  local next, cursor, _, closing <close> = query:values(table.unpack(fields))
  assert(closing == cursor)
  local function go_on(id, ...)
    if id ~= nil then
      take(id, ...)
      return go_on(next(cursor))
    end
  end
  go_on(next(cursor))
  return table.concat(rows, "\n")
end

local function tables_of(query)
  local rows = {}
  for record in query:each() do rows[#rows + 1] = stores.show(record) end
  return table.concat(rows, "\n")
end

describe("few records of a pair", function()
  local folder, path, store

  before_each(function()
    math.randomseed(5)
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path, { column_cache = 0 }))
    store.disputes:add{ key = "dispute", title = "Export controls" }
  end)

  after_each(function()
    store:close()
    shell.remove(folder)
  end)

  local function add_events(count, date)
    store:transaction(function()
      for i = 1, count do store.events:add(any_event(date and date(i))) end
    end)
  end

  --- Asks the same of all at once and one by one.
  local function same(query)
    local all = query:limit(1000000)
    assert.equal(values_of(all, FIELDS), values_of(query, FIELDS))
    local fields = { pick(FIELDS), pick(FIELDS), pick{ "participants", "items", "sources" } }
    assert.equal(values_of(all, fields), values_of(query, fields))
    assert.equal(tables_of(all), tables_of(query))
    assert.equal(tables_of(all:select("date", "dispute")),
      tables_of(query:select("date", "dispute")))
    return #all:all()
  end

  local function any_query(of)
    return (of or store).events:where{ actor = pick(PARTIES), target = pick(PARTIES),
      date = any_asked(), code = chance(0.2) and "042" or nil }
  end

  it("are those that are found one by one, in the order of their ids", function()
    local found = 0
    for round = 1, 4 do
      add_events(60)
      if round == 3 then -- columns come before rows only when that pays
        store:close()
        store = assert(dualuse.open(path))
        core.pack(store, "events", 30)
      end
      for _ = 1, 10 do found = found + same(any_query()) end
    end
    assert.is_true(found > 60, found)
  end)

  it("are what the sqlite3 program finds", function()
    add_events(300, function(i) return ("2019-%02d-%02d"):format(i % 12 + 1, i % 28 + 1) end)
    local expected = stores.ask(path, [[SELECT group_concat(id || ' ' || date, ',') FROM (
      SELECT e.id, e.date FROM events e JOIN parties a ON a.id = e.actor
      JOIN parties t ON t.id = e.target WHERE a."key" = 'KOR' AND t."key" = 'JPN'
      AND e.date BETWEEN '2019-03-10' AND '2019-06-20' ORDER BY e.id)]])
    local rows = {}
    for id, date in store.events:where{ actor = "KOR", target = "JPN",
      date = { during = "2019-03-10/2019-06-20" } }:values("date") do
      rows[#rows + 1] = id .. " " .. date
    end
    assert.is_true(#rows > 5)
    assert.equal(expected, table.concat(rows, ","))
  end)

  it("may come the latest first, or be many", function()
    store:transaction(function()
      for i = 1, 2200 do
        store.events:add{ date = ("%04d-%02d-02"):format(2019 - i // 10, i % 12 + 1),
          kind = "consult", actor = "KOR", target = "JPN", code = tostring(i % 7) }
      end
    end)
    for _, from in ipairs{ "2018-06", "2016", "1990", "1820", "1819", "1700" } do
      local query = store.events:where{ actor = "KOR", target = "JPN",
        date = { during = from .. "/.." } }
      assert.equal(values_of(query:limit(9999), { "date", "code" }),
        values_of(query, { "date", "code" }))
    end
  end)

  it("may almost come in order", function()
    for year, count in pairs{ [2001] = 2, [2002] = 31, [2003] = 32, [2004] = 33, [2005] = 80 } do
      store:transaction(function()
        for i = 1, count do
          local day = i % 7 == 0 and i - 2 or i
          local event = any_event(("%d-%02d-%02d"):format(year, day // 28 + 1, day % 28 + 1))
          event.actor, event.target = "KOR", "JPN"
          store.events:add(event)
        end
      end)
      local query = store.events:where{ actor = "KOR", target = "JPN",
        date = { during = tostring(year) } }
      assert.equal(count, same(query))
    end
  end)

  it("are no more those that somebody has retracted since", function()
    local day = { actor = "KOR", target = "JPN", date = { during = "2019-07-04" } }
    local ids = {}
    for i = 1, 3 do
      ids[i] = store.events:add{ date = "2019-07-04", kind = "sanction", actor = "KOR",
        target = "JPN" }
    end
    local function found(of)
      local list = {}
      for id in (of or store).events:where(day):values("date") do list[#list + 1] = id end
      return list
    end
    assert.same(ids, found())
    -- the first that is ever retracted, by another process
    local script = folder .. "/retract.lua"
    stores.write(script, [[
      local path, id = ...
      local store <close> = assert(require("dualuse").open(path))
      store.events:retract(math.tointeger(id))
    ]])
    assert.equal(0, (shell.run(stores.command(script, path, tostring(ids[2])))))
    assert.same({ ids[1], ids[3] }, found())
    assert.same(ids, found(store:as_of(store:revision() - 1)))
    pcall(store.transaction, store, function()
      store.events:retract(ids[1])
      assert.same({ ids[3] }, found())
      error("undone")
    end)
    assert.same({ ids[1], ids[3] }, found())
    store.events:put{ id = ids[2] }
    assert.same(ids, found())
  end)

  it("are held while they are written to, and let the file go", function()
    add_events(90)
    local query = store.events:where{ actor = "KOR", target = "JPN", date = "../2030" }
    local expected, given = {}, {}
    for id in query:limit(1000):values("date") do expected[#expected + 1] = id end
    for id in query:values("date") do
      given[#given + 1] = id
      store.events:update(id, { target = "USA" })
      assert.equal("0|", stores.ask(path, "PRAGMA wal_checkpoint(TRUNCATE);"):match("^0|"))
    end
    assert.is_true(#given > 5)
    assert.same(expected, given)
    assert.equal("", values_of(query, { "date" }))
  end)

  it("end with their store, and when they are interrupted", function()
    add_events(1200)
    local query = store.events:where{ actor = "KOR", target = "JPN", date = "../2030" }
    local next, cursor = query:values("date")
    local other, another = query:select("date"):each()
    assert.equal(next(cursor), other(another).id)
    assert.equal("misuse", stores.raised(next, another).code)
    store:interrupt()
    assert.equal("interrupted", stores.raised(next, cursor).code)
    assert.is_nil(next(cursor))
    next, cursor = query:values("date")
    store:close()
    assert.equal("closed", stores.raised(next, cursor).code)
    store = assert(dualuse.open(path, { column_cache = 0, readonly = true, deadline = 1e-9 }))
    assert.equal("interrupted", stores.raised(function()
      local none = store.events:where{ actor = "KOR", target = "JPN", date = "../2030" }
        :values("date")
      return none
    end).code)
  end)
end)
