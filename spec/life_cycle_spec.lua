local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

describe("a store", function()
  local folder, path, store

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path))
  end)
  after_each(function()
    store:close()
    collectgarbage()
    shell.remove(folder)
  end)

  --- Adds items item-1, item-2 and so on, in one transaction.
  local function add_items(count)
    store:transaction(function()
      for i = 1, count do
        store.items:add{ key = "item-" .. i, name = "item " .. i }
      end
    end)
  end

  --- Whether another process finds nobody reading: only then can it copy the whole log into the
  --- file and empty it.
  local function nobody_reads()
    return stores.ask(path, "PRAGMA wal_checkpoint(TRUNCATE)"):match("^0|") ~= nil
  end

  --- The keys of all items, read anew.
  local function keys(reader)
    local found = {}
    for item in (reader or store).items:each() do found[#found + 1] = item.key end
    return found
  end

  describe("when it is closed", function()
    it("may be closed again", function()
      store:close()
      store:close()
      store:close()
    end)

    it("says so to every use of it and of what came from it", function()
      add_items(3)
      local items, query, view = store.items, store.items:where{}, store:as_of(1)
      local next_item, cursor = query:each()
      local next_value, values = query:values("key")
      next_item(cursor)
      store:close()
      local expected = { code = "closed", says = { "store", "closed" } }
      raises(function() items:add{ key = "x", name = "x" } end, expected)
      raises(function() items:put{ key = "x", name = "x" } end, expected)
      raises(function() items:update("item-1", {}) end, expected)
      raises(function() items:retract("item-1") end, expected)
      raises(function() items:get("item-1") end, expected)
      raises(function() items:history("item-1") end, expected)
      raises(function() items:where{} end, expected)
      raises(function() items:each() end, expected)
      raises(function() store.items:count() end, expected)
      for _, method in ipairs{ "each", "all", "first", "count", "exists", "sql" } do
        raises(function() query[method](query) end, expected)
      end
      raises(function() query:where{} end, expected)
      raises(function() query:order("key") end, expected)
      raises(function() query:limit(1) end, expected)
      raises(function() query:select("key") end, expected)
      raises(function() query:values("key") end, expected)
      raises(function() return #query, nil end, expected)
      raises(function() next_item(cursor) end, expected)
      raises(function() next_value(values) end, expected)
      raises(function() view.items:count() end, expected)
      raises(function() view:as_of(0) end, expected)
      raises(function() store:as_of(1) end, expected)
      raises(function() store:revision() end, expected)
      raises(function() store:transaction(print) end, expected)
      raises(function() store:backup(folder .. "/copy.db") end, expected)
      raises(function() store:check() end, expected)
    end)

    it("still prints", function()
      local items, query, view = store.items, store.items:where{}, store:as_of(0)
      store:close()
      for _, object in ipairs{ store, items, query, view } do
        assert.is_string(tostring(object))
      end
    end)

    it("ends the loop that closed it with an error", function()
      add_items(3)
      local seen = 0
      raises(function()
        for _ in store.items:each() do
          seen = seen + 1
          store:close()
        end
      end, { code = "closed" })
      assert.equal(1, seen)
    end)

    it("leaves the file alone", function()
      add_items(3)
      local next_item, cursor = store.items:each()
      next_item(cursor)
      store:close()
      assert.is_true(nobody_reads())
      assert.equal("3", stores.ask(path, "SELECT count(*) FROM items"))
      -- the last to close a store takes its log away
      assert.equal("store.db", shell.must("ls " .. shell.quote(folder)):gsub("\n", ""), nil)
    end)

    it("cannot be inside its own transaction", function()
      raises(function()
        store:transaction(function() store:close() end)
      end, { code = "misuse" })
      assert.equal(0, #store.items)
    end)
  end)

  describe("that is to be closed", function()
    it("is closed at the end of its block", function()
      local kept
      do
        local inner <close> = assert(dualuse.open(path))
        kept = inner
      end
      raises(function() kept:revision() end, { code = "closed" })
    end)

    it("is closed when its block ends with an error, loops and all", function()
      add_items(3)
      local kept
      local ok, problem = pcall(function()
        local inner <close> = assert(dualuse.open(path))
        kept = inner
        for _ in inner.items:each() do error("enough", 0) end
      end)
      assert.is_false(ok)
      assert.equal("enough", problem)
      raises(function() kept:revision() end, { code = "closed" })
      assert.is_true(nobody_reads())
    end)

    it("is closed when nobody has it any more", function()
      add_items(3)
      do
        local inner = assert(dualuse.open(path))
        local next_item, cursor = inner.items:each()
        next_item(cursor)
      end
      assert.is_false(nobody_reads())
      collectgarbage()
      collectgarbage()
      assert.is_true(nobody_reads())
    end)

    it("lives as long as anything that came from it", function()
      add_items(3)
      local function from_new(fn)
        local result = fn(assert(dualuse.open(path)))
        collectgarbage()
        collectgarbage()
        return result
      end
      local items = from_new(function(inner) return inner.items end)
      assert.equal(3, items:count())
      local query = from_new(function(inner) return inner.items:where{ key = "item-2" } end)
      assert.equal("item 2", query:first().name)
      local view = from_new(function(inner) return inner:as_of(1) end)
      assert.equal(3, #view.items)
      local older = from_new(function(inner) return inner:as_of(1):as_of(0) end)
      assert.equal(0, #older.items)
      local seen = 0
      for _ in from_new(function(inner) return inner.items end):each() do
        collectgarbage()
        seen = seen + 1
      end
      assert.equal(3, seen)
    end)
  end)

  describe("in the hands of a stranger", function()
    it("has locked metatables, so that nothing can be finalized by hand", function()
      local query = store.items:where{}
      local _, cursor = query:each()
      for _, object in ipairs{ store, store.items, query, cursor, store:as_of(0) } do
        assert.is_string(getmetatable(object))
        assert.is_false(pcall(setmetatable, object, {}))
        local ok, method = pcall(function() return object.__gc end)
        assert.is_true(not ok or method == nil)
      end
    end)

    it("survives finalizers that the debug library got hold of", function()
      add_items(3)
      local _, cursor = store.items:each()
      for _, object in ipairs{ store, cursor } do
        local finalize = debug.getmetatable(object).__gc
        for _, wrong in ipairs{ io.stdout, {}, 5, "x", store.items } do pcall(finalize, wrong) end
        pcall(finalize)
        finalize(object)
        finalize(object)
      end
      raises(function() store:revision() end, { code = "closed" })
    end)

    it("has methods that check whom they are called on", function()
      local query = store.items:where{}
      local next_item = query:each()
      for _, method in ipairs{ store.close, store.as_of, store.items.add, store.items.get,
        query.where, query.each, query.all, next_item } do
        for _, wrong in ipairs{ io.stdout, {}, 5, "x", false } do
          local ok, problem = pcall(method, wrong)
          assert.is_false(ok)
          assert.equal("misuse", problem.code)
        end
      end
    end)
  end)

  describe("'s loop", function()
    it("lets go of the file when it ends", function()
      add_items(5)
      local seen = 0
      for _ in store.items:each() do seen = seen + 1 end
      assert.equal(5, seen)
      assert.is_true(nobody_reads())
    end)

    it("holds the file while it runs, and lets go at once on break", function()
      add_items(5)
      for item in store.items:each() do
        assert.is_false(nobody_reads())
        if item.key == "item-2" then break end
      end
      assert.is_true(nobody_reads())
      for _, key in store.items:values("key") do
        if key == "item-1" then break end
      end
      assert.is_true(nobody_reads())
    end)

    it("lets go at once on an error and on return", function()
      add_items(5)
      pcall(function()
        for _ in store.items:each() do
          for _ in store.items:values("key") do error("stop") end
        end
      end)
      assert.is_true(nobody_reads())
      local function find()
        for item in store.items:each() do
          if item.key == "item-2" then return item.name end
        end
      end
      assert.equal("item 2", find())
      assert.is_true(nobody_reads())
    end)

    it("lets go at once on goto", function()
      add_items(5)
      for item in store.items:each() do
        if item.key == "item-1" then goto out end
      end
      ::out::
      assert.is_true(nobody_reads())
    end)

    it("stays at its end", function()
      add_items(1)
      local next_item, cursor = store.items:each()
      assert.equal("item-1", next_item(cursor).key)
      for _ = 1, 3 do assert.is_nil(next_item(cursor)) end
      add_items(0)
      store.items:add{ key = "later", name = "later" }
      for _ = 1, 3 do assert.is_nil(next_item(cursor)) end
    end)

    it("in a coroutine lets go when that is closed", function()
      add_items(5)
      local thread = coroutine.create(function()
        for item in store.items:each() do coroutine.yield(item.key) end
      end)
      local ok, key = coroutine.resume(thread)
      assert.is_true(ok)
      assert.equal("item-1", key)
      assert.is_false(nobody_reads())
      assert.is_true(coroutine.close(thread))
      assert.is_true(nobody_reads())
    end)

    it("in a coroutine that was abandoned lets go when that is collected", function()
      add_items(5)
      do
        local step = coroutine.wrap(function()
          for item in store.items:each() do coroutine.yield(item.key) end
        end)
        assert.equal("item-1", step())
        assert.equal("item-2", step())
      end
      assert.is_false(nobody_reads())
      -- which keeps no writer waiting, of this store or of another
      store.items:add{ key = "a", name = "a" }
      local other <close> = assert(dualuse.open(path, { timeout = 0 }))
      other.items:add{ key = "b", name = "b" }
      other:close()
      collectgarbage()
      collectgarbage()
      assert.is_true(nobody_reads())
    end)

    it("begun in one coroutine goes on in another", function()
      add_items(4)
      local next_item, cursor
      coroutine.wrap(function()
        next_item, cursor = store.items:each()
        next_item(cursor)
      end)()
      collectgarbage()
      local rest = {}
      coroutine.wrap(function()
        for item in next_item, cursor do rest[#rest + 1] = item.key end
      end)()
      assert.same({ "item-2", "item-3", "item-4" }, rest)
    end)

    it("sees what was there when it began, whatever its body writes", function()
      add_items(20)
      local seen = {}
      for item in store.items:each() do
        seen[#seen + 1] = item.key .. "=" .. item.name
        local n = #seen
        if n == 1 then
          for i = 1, 5 do store.items:add{ key = "new-" .. i, name = "new" } end
        elseif n == 2 then
          store.items:update("item-10", { name = "changed" })
          store.items:retract("item-11")
        elseif n == 3 then
          store:transaction(function()
            store.items:update("item-12", { name = "changed" })
            store.items:put{ key = "new-1", name = "changed" }
          end)
        elseif n == 4 then
          pcall(store.transaction, store, function()
            store.items:retract("item-13")
            error("no")
          end)
        end
      end
      local expected = {}
      for i = 1, 20 do expected[i] = ("item-%d=item %d"):format(i, i) end
      assert.same(expected, seen)
      assert.equal(24, #store.items)
      assert.equal("changed", store.items:get("item-10").name)
      assert.is_nil(store.items:get("item-11"))
      assert.equal("item 13", store.items:get("item-13").name)
      assert.is_true(nobody_reads())
    end)

    it("of plain values sees what was there when it began as well", function()
      add_items(6)
      local seen = {}
      for id, key, note in store.items:order("-key"):values("key", "note") do
        assert.is_nil(note)
        seen[#seen + 1] = key
        store.items:update(id, { note = "seen" })
        store.items:add{ key = "z-" .. #seen, name = "z" }
      end
      assert.same({ "item-6", "item-5", "item-4", "item-3", "item-2", "item-1" }, seen)
      assert.equal(6, store.items:where{ note = "seen" }:count())
      assert.equal(12, #store.items)
    end)

    it("sees what was there when it began, whatever another store writes", function()
      add_items(5)
      local other <close> = assert(dualuse.open(path))
      local seen = {}
      for item in store.items:each() do
        seen[#seen + 1] = item.key
        other.items:add{ key = "other-" .. #seen, name = "x" }
        if #seen == 2 then other.items:retract("item-4") end
      end
      assert.same({ "item-1", "item-2", "item-3", "item-4", "item-5" }, seen)
      assert.equal(9, #store.items)
    end)

    it("may run inside others", function()
      add_items(4)
      local seen = {}
      for outer in store.items:each() do
        for inner in store.items:each() do
          seen[#seen + 1] = outer.key .. inner.key
          for _, key in store.items:values("key") do
            if key == "item-2" then break end
          end
          if #seen == 7 then store.items:add{ key = "new", name = "new" } end
        end
      end
      local expected = {}
      for i = 1, 4 do
        for j = 1, i <= 2 and 4 or 5 do
          expected[#expected + 1] = ("item-%ditem-%s"):format(i, j)
        end
      end
      for i, key in ipairs(expected) do expected[i] = key:gsub("item%-5", "new") end
      assert.same(expected, seen)
      assert.is_true(nobody_reads())
    end)

    it("inside a transaction sees what that has written so far", function()
      add_items(2)
      store:transaction(function()
        store.items:add{ key = "mine", name = "mine" }
        local seen = {}
        for item in store.items:each() do
          seen[#seen + 1] = item.key
          store.items:add{ key = "after-" .. #seen, name = "x" }
        end
        assert.same({ "item-1", "item-2", "mine" }, seen)
      end)
      assert.equal(6, #store.items)
    end)

    it("that a transaction began goes on after it", function()
      add_items(3)
      local next_item, cursor, stop
      store:transaction(function()
        store.items:add{ key = "mine", name = "mine" }
        next_item, cursor, stop = store.items:each()
        assert.equal("item-1", next_item(cursor, stop).key)
      end)
      local rest = {}
      for item in next_item, cursor, stop do rest[#rest + 1] = item.key end
      assert.same({ "item-2", "item-3", "mine" }, rest)
    end)

    it("that a transaction began may outlive its being rolled back", function()
      add_items(300)
      local next_item, cursor
      pcall(store.transaction, store, function()
        for i = 1, 300 do
          store.items:update("item-" .. i, { name = "changed", note = ("x"):rep(100) })
        end
        next_item, cursor = store.items:each()
        next_item(cursor)
        error("undo")
      end)
      -- It may end with an error, but shows no mixture of before and after.
      local names = {}
      local ok, problem = pcall(function()
        for item in next_item, cursor do names[item.name:gsub("%d+", "n")] = true end
      end)
      assert.is_true(ok or getmetatable(problem) == "dualuse.error", tostring(problem))
      assert.is_true(not (names["changed"] and names["item n"]))
      assert.equal("item 7", store.items:get("item-7").name)
    end)

    it("gives the id first, so that no missing value ends it", function()
      add_items(3)
      store.items:update("item-2", { note = "a note", regimes = { "nsg" } })
      local rows = {}
      for id, note, regimes, category in store.items:values("note", "regimes", "category") do
        rows[#rows + 1] = { id = id, note = note, regimes = regimes, category = category }
      end
      local id = store.items:get("item-1").id
      assert.same({ { id = id }, { id = id + 1, note = "a note", regimes = { "nsg" } },
        { id = id + 2 } }, rows)
    end)

    it("gives exactly as many values as were asked for", function()
      add_items(2)
      local next_row, cursor = store.items:values("note", "key", "category", "id")
      local first = table.pack(next_row(cursor))
      assert.equal(5, first.n)
      assert.equal("item-1", first[3])
      assert.equal(first[1], first[5])
      store.items:add{ key = "third", name = "x" } -- the rest now comes from memory
      local second = table.pack(next_row(cursor))
      assert.equal(5, second.n)
      assert.equal("item-2", second[3])
      assert.equal(second[1], second[5])
    end)
  end)

  describe("that is collected at every opportunity", function()
    it("gives the same answers #slow", function()
      stores.fill(store)
      local kinds = {}
      for _, kind in ipairs(dualuse.describe()) do
        if kind.kind ~= "parties" then kinds[#kinds + 1] = kind.kind end
      end
      local function work()
        local lines = { stores.records(store, kinds) }
        for item in store.items:each() do
          for id in store.items:where{ parent = { missing = true } }:values("key") do
            lines[#lines + 1] = item.key .. id
          end
        end
        lines[#lines + 1] = stores.show(store.measures:get("licence"))
        lines[#lines + 1] = stores.show(store.cases:where{
          items = { within = "chemicals" }, destination = { country = "VNM" },
          exporter = { name = { like = "Acme%" } } }:order("-date", "key"):all())
        lines[#lines + 1] = stores.show(store.sources:search("fluoride tok*"):all())
        pcall(store.items.add, store.items, { key = "chemicals", name = "x" })
        pcall(store.transaction, store, function()
          store.items:add{ key = "temporary", name = "x" }
          for _ in store.items:each() do error("undo") end
        end)
        lines[#lines + 1] = stores.show(store:as_of(1).parties:get("acme"))
        return table.concat(lines, "\n")
      end
      local expected = work()
      local mode = collectgarbage("incremental", 100, 1000, 1)
      collectgarbage("setpause", 0)
      local ok, actual = pcall(work)
      collectgarbage("setpause", 200)
      collectgarbage(mode)
      assert.is_true(ok, tostring(actual))
      stores.same_lines(expected, actual)
      -- and with a full collection before each line of Lua
      debug.sethook(function() collectgarbage() end, "l")
      local again, last = pcall(work)
      debug.sethook()
      assert.is_true(again, tostring(last))
      stores.same_lines(expected, last)
    end)
  end)

  describe("that is opened readonly", function()
    it("reads, while another writes", function()
      add_items(2)
      local reader <close> = assert(dualuse.open(path, { readonly = true }))
      assert.same({ "item-1", "item-2" }, keys(reader))
      store.items:add{ key = "third", name = "x" }
      assert.same({ "item-1", "item-2", "third" }, keys(reader))
      assert.equal(1, #reader:as_of(2).items - #reader:as_of(1).items)
    end)

    it("leaves no trace in the file", function()
      add_items(2)
      store:close()
      local before = stores.bytes(path)
      local reader <close> = assert(dualuse.open(path, { readonly = true }))
      assert.equal(2, #reader.items)
      reader:close()
      assert.equal(before, stores.bytes(path))
    end)

    it("has to be there", function()
      stores.not_opened(function()
        local opened, problem = dualuse.open(folder .. "/none.db", { readonly = true })
        return opened, problem
      end, { code = "io", says = { folder .. "/none.db" } })
      assert.equal(1, shell.run("test -e " .. shell.quote(folder .. "/none.db")))
    end)

    it("has to be a store already", function()
      stores.write(folder .. "/empty.db", "")
      stores.not_opened(function()
        local opened, problem = dualuse.open(folder .. "/empty.db", { readonly = true })
        return opened, problem
      end, { code = "readonly", says = { folder .. "/empty.db", "empty" } })
      assert.equal("", stores.bytes(folder .. "/empty.db"))
    end)
  end)

  describe("that is opened twice", function()
    it("shows each what the other has committed", function()
      local other <close> = assert(dualuse.open(path))
      store.items:add{ key = "a", name = "a" }
      assert.same({ "a" }, keys(other))
      other.items:add{ key = "b", name = "b" }
      assert.same({ "a", "b" }, keys())
      assert.equal(2, store:revision())
      assert.equal(2, other:revision())
      local ids = { store.items:get("a").id, store.items:get("b").id }
      assert.equal(ids[1] + 1, ids[2])
      store:transaction(function()
        store.items:add{ key = "c", name = "c" }
        assert.is_nil(other.items:get("c"))
      end)
      assert.equal("c", other.items:get("c").name)
    end)

    it("has one writer at a time: the other waits, then says that it is busy", function()
      local other <close> = assert(dualuse.open(path, { timeout = 0.05 }))
      store:transaction(function()
        store.items:add{ key = "mine", name = "mine" }
        raises(function() other.items:add{ key = "theirs", name = "x" } end, { code = "busy" })
        raises(function() other:transaction(print) end, { code = "busy" })
        assert.equal(0, #other.items)
      end)
      other.items:add{ key = "theirs", name = "x" }
      assert.same({ "mine", "theirs" }, keys())
    end)

    it("has readers that nobody keeps waiting", function()
      local other <close> = assert(dualuse.open(path, { timeout = 0 }))
      add_items(2)
      for _ in other.items:each() do
        store.items:add{ key = "more-" .. #store.items, name = "x" }
      end
      store:transaction(function()
        store.items:add{ key = "last", name = "x" }
        assert.equal(4, #other.items)
        assert.equal("item 1", other.items:get("item-1").name)
      end)
    end)

    it("is whole again after a busy writer gave up", function()
      local other <close> = assert(dualuse.open(path, { timeout = 0 }))
      for _ = 1, 3 do
        store:transaction(function()
          pcall(other.items.add, other.items, { key = "a", name = "a" })
        end)
      end
      assert.equal(0, store:revision())
      other.items:add{ key = "a", name = "a" }
      assert.equal(1, store:revision())
    end)
  end)

  describe("that has a deadline", function()
    --- A query that looks at every pair of all events' participants.
    local function expensive(reader)
      return reader.events:where{ participants = { name = { like = "%a%e%i%o%u%z%" } },
        title = { like = "%never%in%any%title%" }, actor = { aliases = { like = "%z%z%" } } }
    end
    local function add_events()
      store:transaction(function()
        for i = 1, 500 do
          store.events:add{ date = "2019", kind = "consult", actor = "JPN",
            participants = { "KOR", "USA", "CHN" }, title = ("in any title "):rep(4) .. i }
        end
      end)
    end

    it("interrupts a query that runs past it", function()
      add_events()
      local hurried <close> = assert(dualuse.open(path, { deadline = 1e-6 }))
      local expected = { code = "interrupted" }
      raises(function() expensive(hurried):count() end, expected)
      raises(function() expensive(hurried):all() end, expected)
      raises(function() expensive(hurried):first() end, expected)
      raises(function() expensive(hurried):exists() end, expected)
      raises(function() for _ in expensive(hurried):each() do end end, expected)
      raises(function() for _ in expensive(hurried):values("date") do end end, expected)
      assert.is_true(nobody_reads())
    end)

    it("still does what is quick", function()
      add_events()
      local hurried <close> = assert(dualuse.open(path, { deadline = 1e-6 }))
      pcall(function() expensive(hurried):count() end)
      assert.equal("Japan", hurried.parties:get("JPN").name)
      hurried.items:add{ key = "a", name = "a" }
      assert.equal("a", store.items:get("a").name)
    end)

    it("lets a query that keeps it run to its end", function()
      add_events()
      local patient <close> = assert(dualuse.open(path, { deadline = 100000 }))
      assert.equal(0, expensive(patient):count())
      assert.equal(500, #patient.events)
    end)
  end)

  describe("in memory", function()
    it("has no file, and shares nothing with another", function()
      local a <close> = assert(dualuse.open())
      local b <close> = assert(dualuse.open(nil, { durability = "normal" }))
      a.items:add{ key = "a", name = "a" }
      assert.same({ "a" }, keys(a))
      assert.same({}, keys(b))
      assert.equal(249, #b.parties)
    end)
  end)
end)

describe("a file", function()
  local folder

  before_each(function() folder = shell.folder() end)
  after_each(function() shell.remove(folder) end)

  --- Checks that the file is not opened, for writing or readonly, and is left as it is.
  local function check_refused(path, expected)
    local before = stores.bytes(path)
    for _, readonly in ipairs{ false, true } do
      stores.not_opened(function()
        local opened, problem = dualuse.open(path, { readonly = readonly })
        return opened, problem
      end, expected)
      assert.equal(before, stores.bytes(path))
    end
  end

  --- Makes a store with records, and gives its path.
  local function make_store(name)
    local path = folder .. "/" .. name
    local store <close> = assert(dualuse.open(path))
    stores.fill(store)
    return path
  end

  it("that is new becomes a store with the states and its own marks in it", function()
    local path = folder .. "/new.db"
    local store <close> = assert(dualuse.open(path))
    assert.equal(249, #store.parties)
    assert.equal(0, store:revision())
    store:close()
    assert.equal("249", stores.ask(path, "SELECT count(*) FROM parties"))
    assert.equal("wal", stores.ask(path, "PRAGMA journal_mode"))
    assert.is_true(tonumber(stores.ask(path, "PRAGMA application_id")) > 0)
    assert.is_true(tonumber(stores.ask(path, "PRAGMA user_version")) > 0)
    assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
    assert.equal("", stores.ask(path, "PRAGMA foreign_key_check"))
  end)

  it("is logged ahead whatever the durability", function()
    for _, durability in ipairs{ "full", "normal" } do
      local path = folder .. "/" .. durability
      local store <close> = assert(dualuse.open(path, { durability = durability }))
      store.items:add{ key = "a", name = "a" }
      assert.equal("wal", stores.ask(path, "PRAGMA journal_mode"))
    end
  end)

  it("that is empty becomes a store", function()
    local path = folder .. "/empty.db"
    stores.write(path, "")
    local store <close> = assert(dualuse.open(path))
    store.items:add{ key = "a", name = "a" }
    assert.equal("a", stores.ask(path, 'SELECT "key" FROM items'))
  end)

  it("of another application is refused by name", function()
    local path = folder .. "/other.db"
    stores.ask(path, "PRAGMA application_id = 1196444487; CREATE TABLE features (id);")
    check_refused(path, { code = "invalid", says = { path, "another application", "1196444487" } })
  end)

  it("of an application without a mark is refused as well", function()
    local path = folder .. "/plain.db"
    stores.ask(path, "CREATE TABLE cases (id INTEGER PRIMARY KEY, title TEXT);")
    check_refused(path, { code = "invalid", says = { path, "another application" } })
  end)

  it("of a newer version is refused by name", function()
    local path = make_store("newer.db")
    local version = stores.ask(path, "PRAGMA user_version")
    stores.ask(path, "PRAGMA user_version = 99999999")
    check_refused(path, { code = "invalid", says = { path, "newer", "99999999", version } })
  end)

  it("that is garbage is refused", function()
    local path = folder .. "/garbage.db"
    math.randomseed(7)
    for _, size in ipairs{ 1, 15, 99, 100, 511, 512, 4096, 50000 } do
      local bytes = {}
      for i = 1, size do bytes[i] = string.char(math.random(0, 255)) end
      stores.write(path, table.concat(bytes))
      check_refused(path, { code = "corrupt", says = { path } })
    end
  end)

  it("that begins like a database and goes on as garbage is refused", function()
    local path = folder .. "/garbage.db"
    math.randomseed(8)
    local bytes = { "SQLite format 3\0" }
    for i = 2, 5000 do bytes[i] = string.char(math.random(0, 255)) end
    stores.write(path, table.concat(bytes))
    check_refused(path, { code = "corrupt", says = { path } })
  end)

  it("that was cut off is refused", function()
    local whole = stores.bytes(make_store("whole.db"))
    local path = folder .. "/cut.db"
    for _, size in ipairs{ 50, 100, 1000, 4096, #whole // 2, #whole - 4096, #whole - 1 } do
      stores.write(path, whole:sub(1, size))
      check_refused(path, { code = "corrupt", says = { path } })
    end
  end)

  it("may have any name that a folder allows", function()
    for _, name in ipairs{ "with space.db", "?mode=ro", "#x", "100%41", "'quote'", '"', "-dash",
      "ünï", "новый", "no-ending", "a;b", "$HOME", "~", "line\nbreak", "café.db" } do
      local path = folder .. "/" .. name
      local store <close> = assert(dualuse.open(path))
      store.items:add{ key = "a", name = "a" }
      store:close()
      assert.equal(0, shell.run("test -s " .. shell.quote(path)), path)
    end
    -- relative to the folder that a script runs in
    local script = folder .. "/script.lua"
    stores.write(script, [[
      local path, key = ...
      local store <close> = assert(require "dualuse".open(path))
      store.items:add{ key = key, name = "x" }
    ]])
    local function from_root(templates)
      return (templates:gsub("[^;]+", function(template)
        return template:sub(1, 1) == "/" and template or shell.root .. "/" .. template
      end))
    end
    local up = "../" .. folder:match("[^/]+$") .. "/up.db"
    for _, path in ipairs{ "plain.db", "./file:x.db", up } do
      shell.must(("cd %s && LUA_PATH_5_4=%s LUA_CPATH_5_4=%s %s script.lua %s relative"):format(
        shell.quote(folder), shell.quote(from_root(package.path)),
        shell.quote(from_root(package.cpath)), shell.lua, shell.quote(path)))
      local store <close> = assert(dualuse.open(folder .. "/" .. path))
      assert.equal("x", store.items:get("relative").name)
    end
  end)

  it("is found through a link", function()
    local path = make_store("real.db")
    shell.must(("ln -s real.db %s"):format(shell.quote(folder .. "/link.db")))
    local store <close> = assert(dualuse.open(folder .. "/link.db"))
    store.items:add{ key = "a", name = "a" }
    store:close()
    local real <close> = assert(dualuse.open(path))
    assert.equal("a", real.items:get("a").name)
  end)
end)

describe("a script #process", function()
  local folder, script, path

  before_each(function()
    folder = shell.folder()
    script, path = folder .. "/script.lua", folder .. "/store.db"
  end)
  after_each(function() shell.remove(folder) end)

  --- Runs a script that gets `dualuse`, a `store` and its `path`.
  local function run(text)
    stores.write(script, [[
      local path = ...
      local dualuse = require "dualuse"
      local store = assert(dualuse.open(path))
      ]] .. text)
    return shell.run(stores.command(script, path))
  end
  --- How many items another program finds in the store.
  local function count_items()
    assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
    return tonumber(stores.ask(path, "SELECT count(*) FROM items"))
  end

  it("may open the core twice", function()
    local status, output = run [[
      local file = assert(package.searchpath("dualuse.core", package.cpath))
      local again = assert(package.loadlib(file, "luaopen_dualuse_core"))("dualuse.core", file)
      local other = assert(again.open())
      for i, one in ipairs{ store, other } do
        one:transaction(function()
          for _ = 1, 10 * i do one.events:add{ kind = "accuse", date = "2019", place = "here" } end
        end)
        again.pack(one, "events")
        io.write(one.events:where{ place = "here" }:count(), " ")
      end
    ]]
    assert.equal("10 20 ", output)
    assert.equal(0, status)
  end)

  it("may end with everything open", function()
    local status, output = run [[
      for i = 1, 5 do store.items:add{ key = "item-" .. i, name = "x" } end
      view = store:as_of(3)
      thread = coroutine.wrap(function() for item in view.items:each() do coroutine.yield() end end)
      thread()
      next_item, cursor = store.items:each()
      next_item(cursor)
      other = assert(dualuse.open(path))
      for _ in other.items:values("key") do print "reading" os.exit(0, true) end
    ]]
    assert.equal("reading\n", output)
    assert.equal(0, status)
    assert.equal(5, count_items())
  end)

  it("that exits inside a transaction has written nothing in it", function()
    for _, close in ipairs{ "true", "false" } do
      local status, output = run(([[
        store.items:put{ key = "kept", name = "x" }
        store:transaction(function()
          store.items:add{ key = "lost", name = "x" }
          os.exit(0, %s)
        end)
      ]]):format(close))
      assert.equal("", output)
      assert.equal(0, status)
      assert.equal(1, count_items())
    end
  end)

  it("that fails prints the error in one line, beginning with the script's", function()
    local status, output = run [[store.cases:add{ authority = "Atlantis" }]]
    assert.equal(1, status)
    local first = output:match("^[^\n]*")
    assert.truthy(first:find("script.lua:4: ", 1, true), output)
    assert.truthy(first:find('"Atlantis"', 1, true), output)
  end)
end)
