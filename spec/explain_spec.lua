-- query:explain() says how a query is answered; the tables of columns, which the sqlite3 program
-- reads, and what is in memory afterwards say whether that is so.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

--- Two hundred events in twenty segments: their dates and mentions rise, other values do not.
local function filled(path)
  local store = assert(dualuse.open(path, { durability = "normal" }))
  store.sources:add{ key = "afp", title = "A dispatch", text = "Talks" }
  store:transaction(function()
    for i = 0, 199 do
      store.events:add{ date = ("20%02d-%02d"):format(i // 10, i % 10 + 1), kind = "consult",
        quad = i % 4 + 1, mentions = i * i, tone = i / 7, code = tostring(i % 20),
        actor = i % 3 == 0 and "JPN" or nil, target = i > 150 and "KOR" or nil,
        title = i % 50 == 0 and "talks" or nil, sources = i % 2 == 0 and { "afp" } or nil }
    end
  end)
  core.pack(store, "events", 10)
  return store
end

describe("query:explain() #process", function()
  local folder, path, store

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = filled(path)
  end)
  after_each(function()
    store:close()
    shell.remove(folder)
  end)

  local function ask(statement, ...)
    return tonumber(stores.ask(path, statement:format(...)))
  end

  --- The segments whose least and most say that they may have what is asked, and the bytes of these
  -- columns in them. `may` is a condition on a column of its field, `c`.
  local function touched(field, may, columns)
    local segments = ("SELECT c.number FROM columns c WHERE c.kind = 'events' AND " ..
      "c.field = '%s' AND (c.least IS NULL OR c.most IS NULL OR %s)"):format(field, may)
    return ask("SELECT count(*) FROM (%s)", segments),
      ask("SELECT sum(length(bytes)) FROM columns WHERE number IN (%s) AND field IN ('%s')",
        segments, table.concat(columns, "', '"))
  end

  local cases = {
    { "a date", { date = "2003" }, "date", "c.least <= 20031231 AND c.most >= 20030101" },
    { "a date that certainly is", { date = { during = "2003/2005" } }, "date",
      "c.least <= 20051231 AND c.most >= 20030101" },
    { "before a date", { date = { before = "2003" } }, "date", "c.least < 20030101" },
    { "after a date", { date = { after = "2003" } }, "date", "c.most > 20031231" },
    { "another date", { date = { ne = "2003" } }, "date", "1" },
    { "no date", { date = { missing = true } }, "date", "1" },
    { "a number", { mentions = 400 }, "mentions", "c.least <= 400 AND c.most >= 400" },
    { "any of some numbers", { mentions = { 1, 39601, 7 } }, "mentions",
      "(c.least <= 1 AND c.most >= 1) OR c.most >= 39601 OR (c.least <= 7 AND c.most >= 7)" },
    { "less than a number", { mentions = { lt = 100 } }, "mentions", "c.least < 100" },
    { "no more than a number", { mentions = { lte = 100 } }, "mentions", "c.least <= 100" },
    { "more than a number", { mentions = { gt = 100 } }, "mentions", "c.most > 100" },
    { "a number or more", { mentions = { gte = 8100 } }, "mentions", "c.most >= 8100" },
    { "a number between integers", { mentions = { gt = 8099.5 } }, "mentions", "c.most > 8099.5" },
    { "a range", { mentions = { gte = 100, lt = 900 } }, "mentions",
      "c.most >= 100 AND c.least < 900" },
    { "another number", { mentions = { ne = 400 } }, "mentions", "1" },
    { "a number that all segments have", { quad = 4 }, "quad", "1" },
    { "a number that none has", { mentions = { lt = 0 } }, "mentions", "0" },
    { "a party that few refer to", { target = "KOR" }, "target", "1" },
    { "a word, of which there is no least", { kind = "consult" }, "kind", "1" },
    { "a real number, likewise", { tone = { gt = 20 } }, "tone", "1" },
  }

  for _, case in ipairs(cases) do
    local name, where, field, may = table.unpack(case)
    it("tells the segments that are read for " .. name, function()
      local query = store.events:where(where)
      local told = query:explain{ count = true }
      local segments, bytes = touched(field, may, { field })
      assert.equal("columns", told.finds)
      assert.equal("columns", told.reads)
      assert.equal("count", told.what)
      assert.is_nil(told.why)
      assert.equal(ask("SELECT count(*) FROM segments"), told.segments)
      assert.equal(segments, told.touched)
      assert.equal(told.segments, told.skipped + told.touched)
      assert.same({ field }, told.columns)
      assert.equal(bytes or 0, told.bytes)
      assert.equal(0, told.cached)
      assert.same({}, told.sqlite)
      -- and then it is so: these are in memory, and no others
      local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
      assert.equal(rows.events:where(where):count(), query:count())
      assert.equal(told.bytes, query:explain{ count = true }.cached)
      assert.equal(told.bytes, store.events:where{ [field] = { missing = true } }
        :explain{ count = true }.cached)
    end)
  end

  it("passes over a segment for any of several conditions", function()
    local query = store.events:where{ date = { after = "2009" }, mentions = { lt = 14400 } }
    local told = query:explain{ count = true }
    assert.equal(2, told.touched)
    assert.equal(ask("SELECT count(*) FROM columns a JOIN columns b USING (number) WHERE " ..
      "a.field = 'date' AND b.field = 'mentions' AND a.most > 20091231 AND b.least < 14400"),
      told.touched)
    assert.equal(20, query:count())
    assert.equal(told.bytes, query:explain{ count = true }.cached)
  end)

  it("does not read what it passes over", function()
    stores.ask(path, "UPDATE columns SET bytes = X'00' WHERE field = 'date' AND least > 20040000")
    local query = store.events:where{ date = "2003" }
    local told = query:explain{ count = true }
    assert.equal(1, told.touched)
    assert.equal(10, query:count())
    assert.equal(told.bytes, query:explain{ count = true }.cached)
  end)

  it("asks the least and most of what refers to a record only where that is a newer one", function()
    -- what is untrue tells whether it was asked
    stores.ask(path, "UPDATE columns SET least = 900000, most = 900000 WHERE field = 'actor'")
    local query = store.events:where{ actor = "JPN" } -- there before the first event
    assert.equal(0, query:explain{ count = true }.skipped)
    assert.equal(67, query:count())
    assert.equal(200 - 67, store.events:where{ actor = { missing = true } }:count())
    store.parties:add{ key = "new", name = "A new one", kind = "company" }
    query = store.events:where{ actor = "new" }
    assert.equal(20, query:explain{ count = true }.skipped)
    assert.equal(0, query:count())
  end)

  it("finds the same with least and most as without", function()
    stores.ask(path, "UPDATE columns SET least = NULL, most = NULL WHERE number % 2 = 0")
    local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
    for _, case in ipairs(cases) do
      assert.equal(rows.events:where(case[2]):count(), store.events:where(case[2]):count(), case[1])
      for _, key in ipairs{ "year", "code" } do
        assert.equal(stores.show{ table.unpack(rows.events:where(case[2]):group{ key }) },
          stores.show{ table.unpack(store.events:where(case[2]):group{ key }) })
      end
    end
  end)

  it("tells which columns a grouping reads", function()
    local query = store.events:where{ date = "2003" }
    local _, bytes = touched("date", "c.least <= 20031231 AND c.most >= 20030101",
      { "id", "date", "code", "tone", "sources" })
    local told = query:explain{ group = { "code", tone = { "mean", "tone" } } }
    assert.same({ "id", "date", "code", "tone", "sources" }, told.columns)
    assert.equal("group", told.what)
    assert.equal("columns", told.reads)
    assert.equal(1, told.touched)
    assert.equal(bytes, told.bytes)
    local few = { "year", provenance = false }
    assert.same({ "date" }, query:explain{ group = few }.columns)
    query:group(few)
    assert.equal(query:explain{ group = few }.bytes, query:explain{ group = few }.cached)
    assert.same({ "date", "tone" }, query:explain{ sum = "tone" }.columns)
  end)

  it("tells of a loop whether columns give the values, find the records, or do neither", function()
    local query = store.events:where{ quad = 2 }
    local told = query:explain{ values = { "date", "tone" } }
    assert.equal("values columns columns", table.concat({ told.what, told.finds, told.reads }, " "))
    assert.same({ "id", "date", "quad", "tone" }, told.columns)
    assert.equal(ask("SELECT sum(length(bytes)) FROM columns WHERE field IN ('id', 'date', " ..
      "'quad', 'tone')"), told.bytes)
    assert.same({}, told.sqlite)
    for _ in query:values("date", "tone") do told.seen = true end
    assert.equal(told.bytes, query:explain{ values = { "date", "tone" } }.cached)

    assert.equal("columns", query:select("date"):explain().reads)
    told = query:explain()
    assert.equal("loop columns rows", table.concat({ told.what, told.finds, told.reads }, " "))
    assert.matches("has no column", told.why)
    assert.same({ "id", "quad" }, told.columns)
    assert.matches("SEARCH events USING INTEGER PRIMARY KEY", told.sqlite[1])

    told = query:order("date"):explain{ values = { "date" } }
    assert.equal("columns rows", told.finds .. " " .. told.reads)
    assert.equal("an order is asked for", told.why)

    told = store.events:where{ actor = "JPN" }:explain{ values = { "date" } }
    assert.equal("rows rows", told.finds .. " " .. told.reads)
    assert.equal("rows have an index for what is asked", told.why)
    assert.matches("^SEARCH events USING INDEX events_actor", told.sqlite[1])
    assert.equal(1, ask("SELECT count(*) FROM sqlite_schema WHERE name = 'events_actor'"))
    assert.is_nil(told.segments)
  end)

  it("tells why rows answer", function()
    local function why(query, what)
      local told = query:explain(what or { count = true })
      assert.equal("rows", told.finds)
      assert.equal("rows", told.reads)
      assert.is_true(#told.sqlite > 0)
      return told.why
    end
    assert.equal("a condition is not on a column", why(store.events:where{ title = "talks" }))
    assert.equal("a limit is asked for", why(store.events:limit(3)))
    assert.equal("the kind has no columns", why(store.parties))
    assert.equal("the kind has no columns", why(store.sources:search("talks")))
    assert.equal("nothing is packed yet", why(store.cases))
    assert.equal("a key is not in a column", why(store.events, { group = { "title" } }))
    assert.equal("it is asked of an earlier revision", why(store:as_of(1).events))
    local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
    assert.equal("the store was opened without columns", why(rows.events))
    stores.ask(path, "UPDATE segments SET rows = 77")
    assert.matches("^a column is damaged", why(store.events))
  end)

  it("tells how many records come from rows", function()
    local ids = {}
    for id in store.events:values("quad") do ids[#ids + 1] = id end
    store.events:update(ids[5], { quad = 3 })
    store.events:retract(ids[15])
    for _ = 1, 3 do store.events:add{ date = "2019", kind = "consult" } end
    local told = store.events:where{ date = "2003" }:explain{ count = true }
    assert.equal("columns", told.finds)
    assert.equal(2, told.changed)
    assert.equal(ask("SELECT count(*) FROM stale WHERE kind = 'events'"), told.changed)
    assert.equal(3, told.unpacked)
    assert.equal(ask("SELECT count(*) FROM events WHERE retracted IS NULL AND id > " ..
      "(SELECT max(last_id) FROM segments)"), told.unpacked)
    assert.matches("^SEARCH events USING INTEGER PRIMARY KEY", told.sqlite[1])
    assert.matches("have changed", store.events:explain{ values = { "date" } }.why)
    -- the ids of a segment with a record that has changed are read, to leave it out
    told = store.events:where{ date = "2000" }:explain{ count = true }
    assert.equal(ask("SELECT sum(length(bytes)) FROM columns WHERE number = 1 AND field IN " ..
      "('date', 'id')"), told.bytes)
    assert.equal(10, store.events:where{ date = "2000" }:count())
    assert.equal(told.bytes, store.events:where{ date = "2000" }:explain{ count = true }.cached)
  end)

  it("makes no columns, and says that the query would", function()
    store:transaction(function()
      for _ = 1, 32769 do store.listings:add{ party = 1, list = "a list" } end
    end)
    local query = store.listings:where{ list = "a list" }
    local told = store.listings:explain{ count = true }
    assert.is_true(told.packs)
    assert.equal("nothing is packed yet", told.why)
    assert.equal(0, ask("SELECT count(*) FROM segments WHERE kind = 'listings'"))
    assert.equal(32769, store.listings:count())
    told = store.listings:explain{ count = true }
    assert.is_false(told.packs)
    assert.equal("columns", told.finds)
    assert.equal(ask("SELECT count(*) FROM segments WHERE kind = 'listings'"), told.segments)
    assert.equal(0, told.bytes)
    assert.equal("a condition is not on a column", query:explain{ count = true }.why)
  end)

  it("prints as text", function()
    assert.equal(([[
events: count, from columns
  segments  20: 19 passed over by least and most, 1 read
  columns   date: %d bytes, 0 of them in memory]]):format(
      ask("SELECT length(bytes) FROM columns WHERE field = 'date' AND number = 4")),
      tostring(store.events:where{ date = "2003" }:explain{ count = true }))
    assert.equal("parties: loop, from rows: the kind has no columns\n" ..
      "  SQLite    SEARCH parties USING INDEX parties_country (country=?)",
      (tostring(store.parties:where{ country = "KOR" }:explain()):gsub("\n[^\n]*TEMP[^\n]*", "")))
    assert.equal("dualuse.explanation", core.class(store.events:explain()))
  end)

  it("refuses what it does not know", function()
    local function refused(what, ...)
      stores.raises(function() return (store.events:explain(what)) end,
        { code = "misuse", says = { ... } })
    end
    refused({ rows = true }, 'unknown option "rows"', "count, group, values")
    refused({ count = true, sum = "tone" }, "one thing")
    refused({ count = 1 }, "count = true")
    refused({ values = "date" }, "a list of fields")
    local many = {}
    for i = 1, 64 do many[i] = "date" end
    refused({ values = many }, "too many fields")
    refused({ values = { "mood" } }, '"mood"')
    refused({ group = "year" }, "group")
    refused({ group = { "mood" } }, '"mood"')
    refused({ sum = "kind" }, "is no number")
    refused({ sum = 7 }, "the name of a field")
    refused(7, "options")
  end)
end)
