-- Columns of large kinds beside their rows: what they must not change, and what becomes of them.
-- That they answer what rows answer is held against random questions in columns_random_spec.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local show = stores.show

--- Adds events, one for each table of fields.
local function add_events(store, list)
  store:transaction(function()
    for _, fields in ipairs(list) do
      fields.date = fields.date or "2019-07-04"
      fields.kind = fields.kind or "sanction"
      store.events:add(fields)
    end
  end)
end

--- Events of which each has a number, in segments of so many.
local function packed_store(path, count, rows, options)
  local store = assert(dualuse.open(path, options))
  local list = {}
  for i = 1, count do
    list[i] = { mentions = i, quad = i % 4 + 1, date = ("20%02d-0%d"):format(i % 20, i % 9 + 1),
      tone = i / 8, mode = "mode " .. i % 3, actor = i % 2 == 0 and "KOR" or nil }
  end
  add_events(store, list)
  core.pack(store, "events", rows)
  return store
end

--- The rows of a grouping, or records, as text: one a line.
local function shown(rows)
  local lines = {}
  for i, row in ipairs(rows) do lines[i] = show(row) end
  return table.concat(lines, "\n")
end

--- Everything that is asked here, as text: what columns and rows have to agree on.
local function answers(store)
  local lines = {}
  local function note(value) lines[#lines + 1] = show(value) end
  for _, where in ipairs{ {}, { quad = 2 }, { mentions = { gt = 5, lte = 17 } },
                          { mode = "mode 1" }, { date = { during = "2010/2014" } },
                          { actor = { missing = true } } } do
    local query = store.events:where(where)
    note(query:count())
    note(query:sum("tone"))
    for _, rows in ipairs{ query:group{ "year", "actor", n = "count", m = { "max", "mentions" } },
                           query:group{ "mode", provenance = false }, query:all(),
                           query:limit(3):all() } do
      lines[#lines + 1] = shown(rows)
    end
    for record in query:select("mentions", "mode"):each() do note(record) end
    for id, tone, actor in query:values("tone", "actor") do note{ id, tone, actor or false } end
  end
  return table.concat(lines, "\n")
end

--- The same of rows alone.
local function answers_of_rows(path)
  local store <close> = assert(dualuse.open(path, { column_cache = 0, readonly = true }))
  return answers(store)
end

describe("columns", function()
  describe("compare", function()
    it("integers that follow each other with numbers between them", function()
      local store <close> = packed_store(nil, 20, 16384)
      local function count(condition) return store.events:where{ mentions = condition }:count() end
      assert.equal(2, count{ lt = 2.5 })
      assert.equal(18, count{ gt = 2.5 })
      assert.equal(0, count{ gt = math.huge })
      assert.equal(20, count{ gt = -math.huge })
      assert.equal(0, count{ lte = math.mininteger })
      assert.equal(20, count{ lt = 1e19 })
      assert.equal(1, count(2))
      assert.equal(19, count{ ne = 2 })
      assert.equal(18, count{ ne = { 2, 3 } })
      assert.equal(20, count{ missing = false })
    end)

    it("integers with numbers exactly, where a float cannot hold them", function()
      local store <close> = assert(dualuse.open())
      local big = 2 ^ 53 // 1 | 0
      add_events(store, { { mentions = big }, { mentions = big + 1 }, { mentions = big + 5 },
        { mentions = math.maxinteger }, { tone = 2.0 ^ 53 }, { tone = 2.0 ^ 63 } })
      core.pack(store, "events")
      local function count(field, condition)
        return store.events:where{ [field] = condition }:count()
      end
      assert.equal(3, count("mentions", { gt = 2.0 ^ 53 }))
      assert.equal(4, count("mentions", { lt = 2.0 ^ 63 }))
      assert.equal(0, count("mentions", { gte = 2.0 ^ 63 }))
      assert.equal(2, count("tone", { gte = big }))
      assert.equal(1, count("tone", { gte = big + 1 }))
      assert.equal(1, count("tone", { gt = math.maxinteger }))
    end)
  end)

  it("give booleans and references that follow each other as what they are", function()
    local store <close> = assert(dualuse.open())
    for i = 1, 4 do store.parties:add{ key = "p" .. i, name = "party " .. i, kind = "company" } end
    for i = 1, 4 do
      store.events:add{ kind = "sanction", date = "2019", actor = "p" .. i, inferred = i % 2 == 0 }
    end
    core.pack(store, "events", 2)
    local read = {}
    for _, actor, inferred in store.events:where{}:values("actor", "inferred") do
      read[#read + 1] = { actor, inferred }
    end
    assert.same({ { "p1", false }, { "p2", true }, { "p3", false }, { "p4", true } }, read)
  end)

  it("have two buckets of dates that are thousands of years apart, and many keys", function()
    local store <close> = assert(dualuse.open())
    local list = {}
    for i, date in ipairs{ "0000-01-01", "9999-12-31", "2019-07-04", "2019-07-05" } do
      list[i] = { date = date, quad = i % 4 + 1, mode = "m", code = "c", place = "p" .. i }
    end
    add_events(store, list)
    local asked = { "day", "quad", "mode", "code", "place", "week", "status", "kind" }
    local wanted = shown(store.events:group(asked))
    core.pack(store, "events")
    assert.equal(wanted, shown(store.events:group(asked)))
  end)

  it("leave a record to its row that is too long for them, and keep the others", function()
    local store <close> = assert(dualuse.open())
    add_events(store, { { mode = "a" }, { mode = ("long "):rep(60000) }, { mode = "a" } })
    core.pack(store, "events")
    assert.equal(2, store.events:where{ mode = "a" }:count())
    assert.equal(3, store.events:count())
    assert.equal(3, #store.events:group{ "mode" } + 1)
    core.pack(store, "events")
    assert.equal(3, store.events:count())
  end)

  describe("in a file #process", function()
    local folder, path

    before_each(function()
      folder = shell.folder()
      path = folder .. "/store.db"
    end)
    after_each(function() shell.remove(folder) end)

    local function numbers()
      return stores.ask(path, "SELECT number FROM segments ORDER BY number")
    end

    describe("that are damaged", function()
      local wanted

      before_each(function()
        packed_store(path, 40, 10):close()
        wanted = answers_of_rows(path)
      end)

      local damages = {
        ["a column that is cut off"] =
          "UPDATE columns SET bytes = substr(bytes, 1, length(bytes) - 8)",
        ["a column of zeros"] = "UPDATE columns SET bytes = zeroblob(length(bytes))",
        ["an empty column"] = "UPDATE columns SET bytes = X''",
        ["no columns at all"] = "DELETE FROM columns",
        ["no column of ids"] = "DELETE FROM columns WHERE field = 'id'",
        ["a column of another field"] = [[
          CREATE TEMP TABLE quads AS SELECT * FROM columns WHERE field = 'quad';
          UPDATE columns SET bytes = (SELECT q.bytes FROM quads q WHERE q.number = columns.number)
          WHERE field = 'mode']],
        ["a damaged column in the third segment"] = [[
          UPDATE columns SET bytes = zeroblob(8)
          WHERE number = (SELECT number FROM segments ORDER BY number LIMIT 1 OFFSET 2)]],
        ["more rows than a segment can have"] = "UPDATE segments SET rows = 1000000000",
        ["fewer rows than none"] = "UPDATE segments SET rows = -1",
        ["ids that overlap"] = "UPDATE segments SET first_id = 1",
        ["a number that is too large"] = [[
          UPDATE segments SET number = 9223372036854775807
          WHERE number = (SELECT max(number) FROM segments)]],
      }

      for name, statement in pairs(damages) do
        it("answer from rows where there is " .. name, function()
          stores.ask(path, statement)
          for _, options in ipairs{ { readonly = true }, {} } do
            local store <close> = assert(dualuse.open(path, options))
            stores.same_lines(wanted, answers(store))
          end
        end)
      end

      it("answer from rows in a loop that has begun", function()
        stores.ask(path, [[
          UPDATE columns SET bytes = zeroblob(8) WHERE field = 'mode' AND
          number = (SELECT number FROM segments ORDER BY number LIMIT 1 OFFSET 2)]])
        local store <close> = assert(dualuse.open(path))
        local seen = {}
        for record in store.events:select("mentions", "mode"):each() do
          seen[#seen + 1] = record.mentions
          if #seen == 5 then -- what is left is read before
            store.events:add{ date = "2020", kind = "sanction", mentions = 100 }
          end
        end
        for i = 1, 40 do assert.equal(i, seen[i]) end
        assert.equal(40, #seen)
      end)
    end)

    it("are made anew where a file is of an older version", function()
      packed_store(path, 40, 10):close()
      local triggers = stores.ask(path, [[
        SELECT 'DROP TRIGGER "' || name || '";' FROM sqlite_schema
        WHERE type = 'trigger' AND tbl_name NOT IN ('revisions', 'reasons')]])
      stores.ask(path, triggers .. [[
        ALTER TABLE events DROP COLUMN quad;
        DELETE FROM columns WHERE field = 'quad']])
      stores.ask(path, ("PRAGMA user_version = %d; PRAGMA wal_checkpoint(TRUNCATE)"):format(
        tonumber(stores.ask(path, "PRAGMA user_version")) - 1))
      local store <close> = assert(dualuse.open(path))
      assert.equal("", numbers())
      core.pack(store, "events")
      assert.equal(40, store.events:where{ quad = { missing = true } }:count())
      assert.equal(20, store.events:where{ actor = "KOR" }:count())
    end)

    it("are not packed again for records that were retracted", function()
      local store <close> = packed_store(path, 10, 16384)
      local before = numbers()
      store:transaction(function()
        local list = {}
        for i = 1, 33000 do list[i] = store.events:add{ date = "2019", kind = "sanction" } end
        for i = 1, 33000 do store.events:retract(list[i]) end
      end)
      assert.equal(10, store.events:count())
      assert.equal(before, numbers())
    end)

    it("are packed before a query where many records are in none, unless another writes", function()
      -- To wait for the other one, as long as this one would, is what it must not do.
      local store <close> = assert(dualuse.open(path, { timeout = 1e6 }))
      local other <close> = assert(dualuse.open(path))
      local list = {}
      for i = 1, 33000 do list[i] = { quad = i % 4 + 1 } end
      add_events(store, list)
      other:transaction(function()
        other.events:add{ date = "2019", kind = "sanction", quad = 1 }
        assert.equal(8250, store.events:where{ quad = 2 }:count())
        assert.equal("0", stores.ask(path,
          "SELECT count(*) FROM sqlite_schema WHERE name = 'segments'"))
      end)
      assert.equal(8251, store.events:where{ quad = 1 }:count())
      assert.equal("33001", stores.ask(path, "SELECT sum(rows) FROM segments"))
      assert.equal(8251, store.events:where{ quad = 1 }:count())
    end)

    it("leave nothing of a reading behind when it fails", function()
      local store <close> = packed_store(path, 40, 10)
      store.cases:add{ authority = "KOR", fine = math.maxinteger }
      store.cases:add{ authority = "KOR", fine = 1 }
      core.pack(store, "cases")
      local ok, problem = pcall(function() return store.cases:sum("fine") end)
      assert.is_false(ok)
      assert.equal("invalid", problem.code)
      -- Whoever still read would keep the log from being emptied.
      assert.equal("0|0|0", stores.ask(path, "PRAGMA wal_checkpoint(TRUNCATE)"))
    end)

    it("notice a deadline, and can be asked again", function()
      packed_store(path, 200, 1):close()
      local store <close> = assert(dualuse.open(path, { deadline = 1e-7 }))
      for _, ask in ipairs{
        function() return store.events:count() end,
        function() return store.events:group{ "mode" } end,
        function() return store.events:where{ quad = 1 }:all() end,
        function() for _ in store.events:values("mode") do end end,
      } do
        local ok, problem = pcall(ask)
        assert.is_false(ok)
        assert.equal("interrupted", problem.code)
        assert.equal("0|0|0", stores.ask(path, "PRAGMA wal_checkpoint(TRUNCATE)"))
      end
      store:close()
      collectgarbage() -- what could not begin has nothing left to release
    end)
  end)
end)
