local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

describe("a backup #process", function()
  local folder, path, copy, store

  before_each(function()
    folder = shell.folder()
    path, copy = folder .. "/store.db", folder .. "/copy.db"
    store = assert(dualuse.open(path))
    stores.fill(store)
    store.items:update("chemicals", { note = "changed" }, { by = "editor", reason = "a slip" })
  end)
  after_each(function()
    store:close()
    shell.remove(folder)
  end)

  it("is a store with everything in it, history included", function()
    store:backup(copy)
    stores.same_lines(stores.dump(path), stores.dump(copy))
    assert.equal("ok", stores.ask(copy, "PRAGMA integrity_check"))
    local other <close> = assert(dualuse.open(copy))
    assert.equal(store:revision(), other:revision())
    assert.equal(2, #other.items:history("chemicals"))
    assert.equal(1, other.sources:search("fluoride"):count())
    -- from then on the two go their own ways
    other.items:add{ key = "theirs", name = "theirs" }
    store.items:add{ key = "mine", name = "mine" }
    assert.is_nil(store.items:get("theirs"))
    assert.is_nil(other.items:get("mine"))
  end)

  it("is a single file, which can be opened readonly", function()
    store:backup(copy)
    assert.equal(1, shell.run(("test -e %s -o -e %s"):format(shell.quote(copy .. "-wal"),
      shell.quote(copy .. "-journal"))))
    shell.must("chmod 444 " .. shell.quote(copy))
    local reader <close> = assert(dualuse.open(copy, { readonly = true }))
    assert.equal("Acme Chemicals", reader.parties:get("acme").name)
  end)

  it("of a store in memory is a way to keep it", function()
    local memory <close> = assert(dualuse.open())
    stores.fill(memory)
    memory:backup(copy)
    local kept <close> = assert(dualuse.open(copy))
    local kinds = {}
    for i, kind in ipairs(dualuse.describe()) do kinds[i] = kind.kind end
    stores.same_lines(stores.records(memory, kinds), stores.records(kept, kinds))
  end)

  it("of a store that is readonly can be made", function()
    local reader <close> = assert(dualuse.open(path, { readonly = true }))
    reader:backup(copy)
    stores.same_lines(stores.dump(path), stores.dump(copy))
  end)

  it("never overwrites what is there", function()
    stores.write(copy, "precious")
    raises(function() store:backup(copy) end, { code = "io", says = { copy } })
    assert.equal("precious", stores.bytes(copy))
    stores.write(copy, "")
    raises(function() store:backup(copy) end, { code = "io", says = { copy } })
    assert.equal("", stores.bytes(copy))
    local before = stores.dump(path)
    raises(function() store:backup(path) end, { code = "io", says = { path } })
    raises(function() store:backup(folder) end, { code = "io", says = { folder } })
    shell.must(("ln -s %s %s"):format(shell.quote(folder .. "/nowhere"),
      shell.quote(folder .. "/link")))
    raises(function() store:backup(folder .. "/link") end, { code = "io" })
    stores.same_lines(before, stores.dump(path))
  end)

  it("that fails leaves no file behind", function()
    raises(function() store:backup(folder .. "/none/copy.db") end,
      { code = "io", says = { folder .. "/none/copy.db" } })
    for _, wrong in ipairs{ "", "file:" .. copy, "a\0b" } do
      raises(function() store:backup(wrong) end, { code = "invalid" })
    end
    assert.equal("", shell.must(("find %s -name '*copy*'"):format(shell.quote(folder))))
  end)

  it("is of the whole store, not of a view of its past", function()
    raises(function() store:as_of(1):backup(copy) end, { code = "misuse", says = { "view" } })
    assert.equal(1, shell.run("test -e " .. shell.quote(copy)))
  end)

  it("is not made inside a transaction of its own", function()
    store:transaction(function()
      store.items:add{ key = "unfinished", name = "x" }
      raises(function() store:backup(copy) end, { code = "misuse", says = { "transaction" } })
    end)
    assert.equal(1, shell.run("test -e " .. shell.quote(copy)))
    store:backup(copy)
  end)

  it("made while another connection writes holds what was committed", function()
    local before = stores.dump(path)
    local other <close> = assert(dualuse.open(path))
    other:transaction(function()
      for i = 1, 500 do other.items:add{ key = "unfinished-" .. i, name = ("x"):rep(100) } end
      store:backup(copy)
    end)
    stores.same_lines(before, stores.dump(copy))
    assert.equal(502, #store.items)
  end)

  it("made inside a loop disturbs it not", function()
    local seen = {}
    for item in store.items:each() do
      seen[#seen + 1] = item.key
      store:backup(copy .. #seen)
    end
    assert.same({ "chemicals", "hydrogen-fluoride" }, seen)
    stores.same_lines(stores.dump(path), stores.dump(copy .. "2"))
  end)

  it("has what was committed, though it may still be in the log alone", function()
    local reader <close> = assert(dualuse.open(path))
    local next_item, cursor = reader.items:each()
    next_item(cursor) -- as long as this reads, the log stays
    store.items:add{ key = "in-the-log", name = "x" }
    store:backup(copy)
    assert.equal("1", stores.ask(copy,
      "SELECT count(*) FROM items WHERE \"key\" = 'in-the-log'"))
  end)
end)

describe("a writer that is killed #process", function()
  it("leaves every write that was acknowledged, and no part of another", function()
    local folder = shell.folder()
    local path, script = folder .. "/store.db", folder .. "/writer.lua"
    -- Three records in each transaction, then alone one that changes; a line when it is done.
    stores.write(script, [[
      local path, first = ...
      local store = assert(require "dualuse".open(path))
      io.stdout:setvbuf("no")
      for n = tonumber(first), math.huge do
        store:transaction(function()
          for part = 1, 3 do
            store.cases:add{ key = ("case-%d-%d"):format(n, part), authority = "KOR",
              items = { "item" }, note = ("x"):rep(n % 700 + 1) }
          end
        end)
        io.write(("cases %d\n"):format(n))
        store.items:update("item", { note = "up to " .. n })
        io.write(("item %d\n"):format(n))
      end
    ]])
    do
      local store <close> = assert(dualuse.open(path))
      store.items:add{ key = "item", name = "item", note = "up to 0" }
    end
    math.randomseed(42)
    local acknowledged, first = { cases = 0, item = 0 }, 0
    for _ = 1, 30 do
      -- behind what the last writer may have added last, acknowledged or not
      first = math.max(acknowledged.cases, acknowledged.item, first) + 2
      local writer = assert(io.popen("echo $$; exec env " ..
        stores.command(script, path, tostring(first))))
      local pid = assert(tonumber(writer:read("l")))
      local function take(line) -- one that the kill has cut off acknowledges nothing
        local what, n = line:match("^(%a+) (%d+)\n$")
        if what then acknowledged[what] = tonumber(n) end
      end
      for _ = 1, math.random(0, 12) do take(writer:read("L")) end
      assert.is_true(os.execute("kill -9 " .. pid))
      for line in writer:lines("L") do take(line) end
      writer:close()
      assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
      local store <close> = assert(dualuse.open(path))
      for n = 1, math.max(acknowledged.cases + 1, first) do
        local parts = 0
        for part = 1, 3 do
          if store.cases:get(("case-%d-%d"):format(n, part)) then parts = parts + 1 end
        end
        assert.is_true(parts == 0 or parts == 3, ("%d of 3 cases of %d"):format(parts, n))
      end
      assert.equal(3, store.cases:where{ key = {
        ("case-%d-1"):format(acknowledged.cases), ("case-%d-2"):format(acknowledged.cases),
        ("case-%d-3"):format(acknowledged.cases) } }:count() +
        (acknowledged.cases == 0 and 3 or 0))
      local reached = tonumber(store.items:get("item").note:match("%d+"))
      assert.is_true(reached == acknowledged.item or reached == acknowledged.cases,
        ("item is at %d, acknowledged %d"):format(reached, acknowledged.item))
      acknowledged.item = reached -- the next writer may not come as far as this
      -- nothing that was committed is without its state in history
      local states = store.items:history("item")
      assert.equal("up to " .. reached, states[#states].note)
      for i = 2, #states do
        assert.is_true(states[i - 1].revision < states[i].revision)
      end
      store:close()
      assert.equal("0", stores.ask(path, [[
        SELECT count(*) FROM cases WHERE revision > (SELECT max(revision) FROM revisions)]]))
    end
    assert.is_true(acknowledged.cases > 30)
    shell.remove(folder)
  end)
end)

describe("the first large import of a store #process", function()
  local folder, path, rows
  local ROWS = 50000 -- some 5 MB
  local COLUMNS = [[header = true, source = false, identity = { "origin" }, columns = {
    date = "date", kind = "kind", actor = "actor", target = "target", origin = "origin",
    title = "title" }, ]]

  setup(function()
    folder = shell.folder()
    path, rows = folder .. "/store.db", folder .. "/rows.csv"
    local file <close> = assert(io.open(rows, "w"))
    file:write("date,kind,actor,target,origin,title\n")
    for i = 1, ROWS do
      file:write(("2019-%02d-%02d,consult,JPN,KOR,row-%d,%s\n"):format(i % 12 + 1, i % 28 + 1, i,
        ("spoke "):rep(11)))
    end
  end)
  after_each(function() shell.run("rm -f " .. shell.quote(path) .. "*") end)
  teardown(function() shell.remove(folder) end)

  local function exists(ending)
    local file <close> = io.open(path .. ending)
    return file ~= nil
  end

  --- Imports, and notes what files there are on the way.
  local function import(store, options)
    local seen = { journal = false }
    local all = load("return { " .. COLUMNS .. "}")()
    function all.progress()
      if exists("-journal") then seen.journal = true end
      if options and options.meanwhile then options.meanwhile() end
    end
    store.events:import(rows, all)
    return seen
  end

  local function is_whole(store)
    assert.equal(ROWS, store.events:count())
    assert.same({}, { table.unpack(store:check()) })
    assert.equal("wal", stores.ask(path, "PRAGMA journal_mode"))
  end

  it("goes into the file without a log, which there is again afterwards", function()
    local store <close> = assert(dualuse.open(path))
    local seen = import(store)
    assert.is_true(seen.journal)
    is_whole(store)
    assert.is_false(exists("-journal"))
    store.events:add{ date = "2020", kind = "consult" }
    assert.is_true(exists("-wal"))
    -- there is something to be read now
    assert.is_false(import(store).journal)
  end)

  it("goes through the log where somebody else has the file open", function()
    local store <close> = assert(dualuse.open(path))
    local other <close> = assert(dualuse.open(path))
    local least = ROWS
    local seen = import(store, { meanwhile = function()
      least = math.min(least, other.events:count())
    end })
    assert.is_false(seen.journal)
    assert.equal(0, least)
    assert.equal(ROWS, other.events:count())
    is_whole(store)
  end)

  it("goes through the log in a transaction, and from a store in memory into memory", function()
    local store <close> = assert(dualuse.open(path))
    store:transaction(function() assert.is_false(import(store).journal) end)
    is_whole(store)
    local memory <close> = assert(dualuse.open())
    import(memory)
    assert.equal(ROWS, memory.events:count())
  end)

  it("leaves nothing behind where it fails", function()
    local store <close> = assert(dualuse.open(path))
    local calls = 0
    local err = stores.raised(import, store, { meanwhile = function()
      calls = calls + 1
      if calls == 3 then dualuse.raise{ code = "invalid", message = "enough" } end
    end })
    assert.equal("enough", err.message)
    assert.equal(0, store:revision())
    assert.equal("wal", stores.ask(path, "PRAGMA journal_mode"))
    assert.same({}, { table.unpack(store:check()) })
    import(store)
    is_whole(store)
  end)

  it("is as if it had never begun where its process is killed", function()
    local script = ([[
      local store = assert(require "dualuse".open(%q))
      local calls = 0
      store.events:import(%q, { %s progress = function()
        calls = calls + 1
        if calls == 12 then os.execute("kill -9 $PPID") end
      end })]]):format(path, rows, COLUMNS)
    stores.write(folder .. "/import.lua", script)
    local status, output = shell.run(stores.command(folder .. "/import.lua"))
    assert.is_true(exists("-journal"), ("status %d: %s"):format(status, output))
    local none, problem = dualuse.open(path, { readonly = true })
    assert.is_nil(none)
    assert.equal("readonly", problem.code)
    assert.truthy(problem.message:find("open it for writing once", 1, true))
    local store <close> = assert(dualuse.open(path))
    assert.equal(0, store:revision())
    assert.equal(0, store.events:count())
    assert.same({}, { table.unpack(store:check()) })
    assert.equal("wal", stores.ask(path, "PRAGMA journal_mode"))
    import(store)
    is_whole(store)
  end)
end)
