-- Loops over all records of a kind, from rows: what they give is held against the list of what was
-- added, and against what the sqlite3 program reads. From columns: in segments of a few records,
-- and in spec/columns_spec.lua.
local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

local COUNT = 300

-- Texts that begin alike, and are as long as what is read in one go, or longer.
local LONG = {}
for _, length in ipairs{ 16383, 16384, 16385, 70000 } do LONG[length % 10] = ("a"):rep(length) end

--- The n-th record: its texts come once, twice or more often running, or not at all.
local function record(n)
  local run = n % 7
  return {
    date = run < 5 and "2019-07-04" or run == 5 and "2019-07" or "2019-07-04~",
    kind = n % 2 == 0 and "accuse" or "sanction",
    actor = n % 5 > 0 and ({ "JPN", "KOR", "USA", "CHN" })[n % 5] or nil,
    code = n % 3 > 0 and "04" .. n // 9 % 4 or nil,
    title = n % 50 == 0 and LONG[n // 50 % 10] or n % 4 > 0 and ("a"):rep(n % 4) or nil,
    place = n > 150 and "Lanhezu" or nil,
    quad = n % 11 > 0 and n % 4 + 1 or nil,
    tone = n % 13 > 0 and n / 8 or nil,
    inferred = n % 17 == 0 or nil,
    items = n % 19 == 0 and { "hf" } or nil,
  }
end

describe("a loop over all records", function()
  local folder, path, store, ids, records

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path, { durability = "normal", column_cache = 0 }))
    ids, records = {}, {}
    store:transaction(function()
      store.items:add{ key = "hf", name = "hydrogen fluoride" }
      for n = 1, COUNT do
        ids[n] = store.events:add(record(n))
        records[ids[n]] = record(n)
      end
    end)
  end)
  after_each(function()
    store:close()
    shell.remove(folder)
  end)

  --- The ids of those that were added and are in `records` still.
  local function left()
    local list = {}
    for _, id in ipairs(ids) do
      if records[id] then list[#list + 1] = id end
    end
    return list
  end

  --- Asserts that all ways to read all records give what is left.
  local function holds()
    local values, tables = {}, {}
    for id, date, title, actor, code, quad, tone, inferred, items in store.events:values("date",
        "title", "actor", "code", "quad", "tone", "inferred", "items") do
      local expected = records[id]
      values[#values + 1] = id
      assert.same({ expected.date, expected.title, expected.actor, expected.code, expected.quad,
        expected.tone, expected.inferred, expected.items, n = 8 },
        table.pack(date, title, actor, code, quad, tone, inferred, items))
    end
    for event in store.events:each() do
      tables[#tables + 1] = event.id
      for field, value in pairs(records[event.id]) do assert.same(value, event[field]) end
      for field in pairs(event) do
        assert.is_true(records[event.id][field] ~= nil or field == "id" or field == "status"
          or field == "revision" or field == "recorded")
      end
    end
    assert.same(left(), values)
    assert.same(left(), tables)
    for i, event in ipairs(store.events:select("id", "place", "title"):all()) do
      assert.same({ id = tables[i], place = records[tables[i]].place,
        title = records[tables[i]].title }, event)
    end
    assert.equal(table.concat(left(), "\n"),
      stores.ask(path, "SELECT id FROM events WHERE retracted IS NULL ORDER BY id"))
  end

  it("gives what was added, with what is missing and what is long", function()
    holds()
  end)

  it("leaves out what is retracted, wherever it is", function()
    store:transaction(function()
      for _, n in ipairs{ 1, 2, 3, 63, 64, 65, 126, 127, 128, 129, 255, COUNT } do
        store.events:retract(ids[n])
        records[ids[n]] = nil
      end
    end)
    holds()
    store:transaction(function()
      for n = 1, COUNT do
        if records[ids[n]] then store.events:retract(ids[n]) end
        records[ids[n]] = nil
      end
    end)
    holds()
  end)

  it("sees what another store has retracted meanwhile, be it the first that ever was", function()
    holds()
    local other <close> = assert(dualuse.open(path))
    other.events:retract(ids[70])
    records[ids[70]] = nil
    holds()
  end)

  it("sees what was there when it began, whatever is written inside it", function()
    for _, at in ipairs{ 1, 2, 3, 62, 63, 64, 65, 128, COUNT } do
      local seen = {}
      for id, title in store.events:values("title") do
        seen[#seen + 1] = id
        if #seen == at then
          store.events:update(ids[COUNT], { title = "changed at " .. at })
          store.events:add{ date = "2020", kind = "accuse" }
        end
        if at <= 3 and id == ids[COUNT] then
          assert.not_equal("changed at " .. at, title)
        end
      end
      for i, id in ipairs(ids) do assert.equal(id, seen[i]) end
    end
  end)

  it("may be left at any record, and run inside others", function()
    for at = 1, COUNT, 33 do
      local count = 0
      for id in store.events:values("code") do
        count = count + 1
        if count == at then
          local inner = 0
          for event in store.events:select("title", "code"):each() do
            inner = inner + 1
            assert.equal(records[ids[inner]].title, event.title)
            assert.equal(records[ids[inner]].code, event.code)
            if inner > at then break end
          end
        elseif count > at then
          assert.equal(ids[count], id)
          break
        end
      end
    end
    assert.matches("^0|", stores.ask(path, "PRAGMA wal_checkpoint(TRUNCATE)"))
  end)

  it("ends with an error where its store is closed, before what it has read ahead", function()
    local count = 0
    raises(function()
      for _ in store.events:values("title") do
        count = count + 1
        if count == 70 then store:close() end
      end
    end, { code = "closed" })
    assert.equal(70, count)
  end)

  it("gives none of a kind that has no table yet", function()
    for _ in store.cases:each() do error("a case") end
    for _ in store.cases:values("date", "fine") do error("a case") end
    store.cases:add{ authority = "KOR", date = "2017" }
    local count = 0
    for _, date in store.cases:values("date") do
      count = count + 1
      assert.equal("2017", date)
    end
    assert.equal(1, count)
  end)
end)

describe("a loop over all records from segments", function()
  local STATES = { "JPN", "KOR", "USA", "CHN", "VNM", "DEU", "FRA", "GBR" }

  --- The n-th record: its references come and go from one segment to the next.
  local function referring(n)
    return {
      date = "2019-07-04", kind = "accuse",
      actor = n % 6 > 0 and STATES[n * n // 7 % #STATES + 1] or nil,
      target = n < 30 and STATES[n // 10 + 1] or n > 40 and STATES[#STATES - n % 3] or nil,
    }
  end

  for _, size in ipairs{ 1, 3, 7, 20, 100 } do
    it("of " .. size .. " gives the references of each", function()
      local store <close> = assert(dualuse.open())
      store:transaction(function()
        for n = 1, 60 do store.events:add(referring(n)) end
      end)
      core.pack(store, "events", size)
      assert.equal("columns", store.events:select("actor", "target"):explain().reads)
      local count = 0
      for _, target, actor, again in store.events:values("target", "actor", "target") do
        count = count + 1
        local expected = referring(count)
        assert.same({ expected.target, expected.actor, expected.target, n = 3 },
          table.pack(target, actor, again))
      end
      assert.equal(60, count)
      count = 0
      for event in store.events:where{ kind = "accuse" }:select("actor", "target"):each() do
        count = count + 1
        local expected = referring(count)
        assert.same({ id = event.id, actor = expected.actor, target = expected.target }, event)
      end
      assert.equal(60, count)
    end)
  end
end)
