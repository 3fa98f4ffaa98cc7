-- Columns of many different values, of long texts, and of which some are missing: they have to say
-- what the rows say.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

describe("columns", function()
  local folder, path, store, rows

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path, { durability = "normal" }))
    rows = assert(dualuse.open(path, { column_cache = 0 }))
  end)

  after_each(function()
    store:close()
    rows:close()
    shell.remove(folder)
  end)

  --- Adds events: what `fields` makes of the numbers from 1 on.
  local function add_events(count, fields)
    store:transaction(function()
      for i = 1, count do
        local event = fields(i)
        event.date, event.kind = event.date or "2019-07-04", event.kind or "consult"
        store.events:add(event)
      end
    end)
  end

  --- What is asked of both has the same answer.
  local function same(ask)
    local function shown(answer)
      return stores.show(type(answer) == "table" and { table.unpack(answer) } or answer)
    end
    assert.equal(shown(ask(rows.events)), shown(ask(store.events)))
  end

  it("of a thousand values are found in, and grouped by", function()
    -- a length that is no multiple of what is compared at once
    add_events(1003, function(i)
      return { mentions = i * 7 % 1000, code = "c" .. i * 11 % 900, quad = i % 4 + 1 }
    end)
    core.pack(store, "events", 2000)
    for _, where in ipairs{ {}, { mentions = { lt = 500 } }, { mentions = { gte = 300, lt = 310 } },
        { mentions = { 5, 7, 900 } }, { mentions = { ne = 3 } }, { code = "c7" },
        { code = { gt = "c5" } } } do
      assert.equal("columns", store.events:where(where):explain{ count = true }.finds)
      same(function(events) return events:where(where):count() end)
      same(function(events) return events:where(where):group{ "mentions" } end)
      same(function(events)
        return events:where(where):group{ "mentions", "quad", provenance = false }
      end)
      same(function(events) return events:where(where):median("mentions") end)
      same(function(events) return events:where(where):group{ "code", "quad", n = "count",
        most = { "max", "mentions" }, provenance = false } end)
    end
  end)

  it("of a thousand values tell the first of the records that agree", function()
    local ids = {}
    add_events(1003, function(i)
      return { mentions = i * 7 % 500, code = "c" .. i * 11 % 400, tone = i * 13 % 300 / 8,
        quad = i % 4 > 0 and i % 4 or nil, date = i <= 600 and "2018-02-03" or "2019-07-04" }
    end)
    core.pack(store, "events", 600)
    for id in store.events:limit(900):values("date") do ids[#ids + 1] = id end
    for i = 50, 850, 50 do -- and among those that are in rows, too
      store.events:update(ids[i], { tone = ids[i] / 4, mentions = i, code = "changed" })
      store.events:retract(ids[i + 1])
    end
    add_events(30, function(i) return { tone = i / 8, mentions = i, code = "c" .. i } end)
    for _, fields in ipairs{ { "mentions" }, { "tone" }, { "code", "tone" }, { "quad", "mentions" },
        { "day", "code" } } do
      local query = store.events:where{ mentions = { gte = 3 } }:once(fields)
      assert.equal("columns", query:explain{ count = true }.finds)
      same(function(events)
        local once, found = events:where{ mentions = { gte = 3 } }:once(fields), {}
        for id in once:values("date") do found[#found + 1] = id end
        assert.equal(#found, once:count())
        return found
      end)
    end
    -- what is found depends on what its segment could be passed over for
    local late = store.events:once{ "mentions" }:where{ date = "2019" }
    assert.equal("columns", late:explain{ count = true }.finds)
    same(function(events) return events:once{ "mentions" }:where{ date = "2019" }:count() end)
    -- and is found again when there are other segments
    rows.events:add{ date = "2019-08", kind = "consult", mentions = 1 }
    core.pack(rows, "events", 600)
    same(function(events) return events:once{ "mentions" }:where{ date = "2019" }:count() end)
  end)

  it("are grouped by eight keys of hundreds of values each", function()
    add_events(320, function(i)
      return { place = "p" .. i * 3 % 300, mode = "m" .. i * 7 % 301, code = "c" .. i * 11 % 302,
        mentions = i * 13 % 303, tone = i * 17 % 304 / 8, goldstein = i % 305 / 32,
        latitude = i * 19 % 306 / 4, date = ("20%02d-%02d-%02d"):format(i % 25, i % 12 + 1,
          i % 28 + 1) }
    end)
    core.pack(store, "events", 320)
    same(function(events) return events:group{ "place", "mode", "code", "mentions", "tone",
      "goldstein", "latitude", "day", provenance = false } end)
    same(function(events) return events:once{ "place", "mode", "code", "mentions", "tone",
      "goldstein", "latitude", "day" }:count() end)
  end)

  it("of dates that are not certain are counted as possible, however many there are", function()
    add_events(900, function(i)
      return { date = ("20%02d-%02d-%02d%s"):format(i // 50, i % 12 + 1, i % 28 + 1,
        i % 3 == 0 and "?" or "") }
    end)
    core.pack(store, "events", 100)
    assert.equal("columns", store.events:explain{ group = { "day", provenance = false } }.reads)
    same(function(events) return events:group{ "day", provenance = false } end)
    same(function(events) return events:group{ "day", "kind" } end)
  end)

  describe("of dates that lie far from the others", function()
    local windows = { "2019-03-01/2019-04-30", "2019-03", "2009", "2009-02", "2014/2015", "2019-07",
                      "2009-06/2019-01", "2009-06-02/2019-01-01", "1999", "2030", "2009/2019" }

    local function reopen()
      store:close()
      store = assert(dualuse.open(path))
    end

    local function same_in_all_windows()
      for _, window in ipairs(windows) do
        for _, date in ipairs{ window, { during = window }, { before = window },
            { after = window }, { ne = window } } do
          same(function(events) return events:where{ date = date }:count() end)
        end
      end
    end

    --- A segment for each of six months, in which the last was ten years ago.
    local function add_months()
      add_events(60, function(i)
        local month = (i + 9) // 10
        return { date = i % 10 == 0 and ("2009-%02d"):format(month) or
          ("2019-%02d-%02d"):format(month, i % 28 + 1) }
      end)
      core.pack(store, "events", 10)
    end

    it("are read only where they have such months", function()
      add_months()
      local function touched(date)
        return store.events:where{ date = date }:explain{ count = true }.touched
      end
      assert.equal(2, touched{ during = "2019-03-01/2019-04-30" })
      assert.equal(1, touched "2009-05")
      assert.equal(0, touched "2014/2015")
      assert.equal(6, touched "2009")
      assert.equal(2, touched "2009-06/2019-01")
      same_in_all_windows()
      assert.same({}, store:check())
    end)

    it("are found as well without their months, and with such as cannot be theirs", function()
      add_months()
      for _, statement in ipairs{ "UPDATE columns SET bytes = X'01' WHERE field = 'date.months'",
          "DELETE FROM columns WHERE field = 'date.months' AND number % 2 = 1",
          "DELETE FROM columns WHERE field = 'date.months'" } do
        stores.ask(path, statement)
        reopen()
        same_in_all_windows()
      end
      assert.equal(6, store.events:where{ date = "2015" }:explain{ count = true }.touched)
      assert.same({}, store:check())
    end)

    it("are found however they are told", function()
      math.randomseed(20190709)
      local function day()
        return ("%04d-%02d-%02d"):format(math.random() < 0.1 and math.random(1890, 2090) or 2019,
          math.random(12), math.random(28))
      end
      local ways = { day, day, day, function() return day():sub(1, 7) end,
        function() return day():sub(1, 4) end, function() return day() .. "?" end,
        function() return day():sub(1, 3) .. "X" end, function() return day() .. "/.." end,
        function() return "[.." .. day() .. "]" end }
      add_events(240, function(i) return { date = ways[i < 180 and i % 7 + 1 or i % 9 + 1]() } end)
      core.pack(store, "events", 6)
      for _ = 1, 60 do
        local from, to = day(), day()
        local window = from < to and from .. "/" .. to or to .. "/" .. from
        local date = math.random() < 0.5 and { during = window } or from:sub(1, 7)
        same(function(events) return events:where{ date = date }:count() end)
      end
      assert.same({}, store:check())
    end)
  end)

  it("of texts that are longer together than a segment has room for are several", function()
    local long = ("x"):rep(100000)
    add_events(12, function(i) return { place = i .. long, mentions = i } end)
    core.pack(store, "events", 100)
    assert.is_true(tonumber(stores.ask(path, "SELECT count(*) FROM segments")) > 4)
    assert.equal("12", stores.ask(path, "SELECT sum(rows) FROM segments"))
    same(function(events) return events:where{ place = { gte = "5", lt = "7" } }:count() end)
    same(function(events) return events:sum("mentions") end)
    assert.same({}, store:check())
  end)

  it("of a view of now are grouped by what references lead to", function()
    add_events(30, function(i) return { actor = i % 2 == 0 and "KOR" or "JPN" } end)
    core.pack(store, "events", 10)
    store.parties:update("KOR", { name = "Korea" })
    local revision = store:revision()
    local view, other = store:as_of(revision), rows:as_of(revision)
    for _, keys in ipairs{ { "actor.name" }, { "actor.name", "year" } } do
      assert.equal("columns", view.events:explain{ group = keys }.reads)
      assert.equal(stores.show{ table.unpack(other.events:group(keys)) },
        stores.show{ table.unpack(view.events:group(keys)) })
    end
  end)

  it("are looped over with as many fields as one likes", function()
    add_events(50, function(i)
      return { actor = "KOR", quad = i % 4 + 1, mentions = i, tone = i / 4, code = "0" .. i,
        place = i % 5 == 0 and "Hall " .. i or nil, goldstein = -i / 8, mode = "talks" }
    end)
    core.pack(store, "events", 20)
    local names = { "date", "kind", "actor", "target", "quad", "mentions", "tone", "code", "place",
      "goldstein", "mode", "latitude" }
    assert.equal("columns", store.events:explain{ values = names }.reads)
    same(function(events)
      local list = {}
      for id, a, b, c, d, e, f, g, h, i, j, k, l in events:values(table.unpack(names)) do
        list[#list + 1] = stores.show{ id, a, b, c, d, e, f, g, h, i, j, k, l }
      end
      return list
    end)
    same(function(events) return events:select(table.unpack(names)):all() end)
  end)

  it("that another program took away are left to rows #process", function()
    add_events(30, function(i) return { quad = i % 4 + 1, date = ("2019-07-%02d"):format(i) } end)
    core.pack(store, "events", 10)
    store:close()
    stores.ask(path, "DELETE FROM columns WHERE field = 'date' AND number = 2; " ..
      "DELETE FROM columns WHERE field = 'quad' AND number = 3")
    store = assert(dualuse.open(path))
    same(function(events) return events:order("date"):limit(5):all() end)
    same(function(events) return events:order("-date"):limit(15):all() end)
    same(function(events) return events:where{ quad = { gt = 2 } }:count() end)
    same(function(events) return events:where{ quad = 1 }:group{ "day" } end)
    for _, fields in ipairs{ { "quad" }, { "kind", "day" } } do
      same(function(events) return events:once(fields):count() end)
      same(function(events) return events:once(fields):all() end)
    end
  end)
end)
