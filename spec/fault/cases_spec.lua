-- The cases in which bindings of SQLite for Lua have been seen to break, by number: what this one
-- does in each. Where the interface does not offer the thing that breaks, the spec shows that.
local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

--- Bytes of memory that this machine can give.
local function memory()
  local file <close> = io.open("/proc/meminfo")
  local kilobytes = file and file:read("a"):match("MemAvailable:%s*(%d+)")
  return kilobytes and tonumber(kilobytes) * 1024 or 0
end

describe("case", function()
  local folder, path, store

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path))
    store:transaction(function()
      for i = 1, 5 do store.items:add{ key = "item-" .. i, name = "item " .. i } end
    end)
  end)
  after_each(function()
    store:close()
    collectgarbage()
    shell.remove(folder)
  end)

  --- Whether another process can empty the log: nobody reads.
  local function nobody_reads()
    return stores.ask(path, "PRAGMA wal_checkpoint(TRUNCATE)"):match("^0|") ~= nil
  end

  --- Runs a script in a Lua of its own.
  -- @treturn integer its exit status
  -- @treturn string what it printed
  local function run(text, before)
    local script = folder .. "/script.lua"
    stores.write(script, text)
    return shell.run((before or "") .. stores.command(script, path))
  end

  it("1, use after close, is an error that names the store", function()
    local query = store.items:where{ key = "item-1" }
    store:close()
    for _, call in ipairs{ function() store.items:count() end, function() query:all() end,
      function() store.items:add{ key = "x", name = "x" } end } do
      raises(call, { code = "closed", says = { "the store is closed" } })
    end
  end)

  it("2, double close, does nothing", function()
    store:close()
    assert.has_no.errors(function() store:close() end)
  end)

  it("3, close while iterating, finalizes, and the next step raises", function()
    local step, cursor = store.items:each()
    step(cursor)
    store:close()
    assert.is_true(nobody_reads())
    raises(function() step(cursor) end, { code = "closed" })
  end)

  it("4, the end of a store's block with a loop open, lets go of the file", function()
    local step, cursor
    do
      local inner <close> = assert(dualuse.open(path))
      step, cursor = inner.items:each()
      step(cursor)
    end
    assert.is_true(nobody_reads())
    raises(function() step(cursor) end, { code = "closed" })
  end)

  it("5, the end of Lua with loops open, is a clean one #process", function()
    local status, output = run [[
      local store = assert(require "dualuse".open(...))
      LOOPS = {}
      for i = 1, 20 do
        local step, cursor = store.items:each()
        step(cursor)
        LOOPS[i] = cursor
      end
      print(#LOOPS)
    ]]
    assert.equal("20\n", output)
    assert.equal(0, status)
    assert.is_true(nobody_reads())
  end)

  it("6, an error inside a loop, lets go at once", function()
    collectgarbage("stop")
    pcall(function()
      for _ in store.items:each() do error("enough") end
    end)
    local free = nobody_reads()
    collectgarbage("restart")
    assert.is_true(free)
  end)

  it("7, an abandoned coroutine, keeps no writer waiting and lets go when it is collected",
    function()
      do
        local step = coroutine.wrap(function()
          for item in store.items:each() do coroutine.yield(item) end
        end)
        step()
      end
      local other <close> = assert(dualuse.open(path, { timeout = 0 }))
      other.items:add{ key = "theirs", name = "theirs" }
      other:close()
      collectgarbage()
      collectgarbage()
      assert.is_true(nobody_reads())
    end)

  it("8, another coroutine, uses the same store and loop", function()
    local step, cursor = store.items:each()
    local first = coroutine.wrap(function() return step(cursor).key end)()
    local second = coroutine.wrap(function() return step(cursor).key end)()
    assert.same({ "item-1", "item-2" }, { first, second })
  end)

  it("9, what calls back after the coroutine that opened is collected, finds a live state",
    function()
      local opened = coroutine.wrap(function()
        return assert(dualuse.open(path, { deadline = 1e-9 }))
      end)()
      for _ = 1, 3 do collectgarbage() end
      for i = 1, 50 do coroutine.wrap(function() return ("%d"):rep(i) end)() end
      -- SQLite asks while it runs whether to stop
      raises(function()
        opened.parties:where{ aliases = { like = "%a%b%c%d%" }, name = { like = "%a%e%i%" } }:all()
      end, { code = "interrupted" })
      opened:close()
    end)

  it("10, closing in a callback, is refused inside a write", function()
    local closing = { code = "misuse", says = { "inside its own transaction" } }
    raises(function() store:transaction(function() store:close() end) end, closing)
    for name, option in pairs{
      convert = { day = function(text) store:close() return text end },
      progress = function() store:close() end,
    } do
      local given = "day,what\n2019,consult\n"
      local problem = stores.raised(function()
        store.events:import(function() local text = given given = nil return text end,
          { header = true, source = false, columns = { day = "date", what = "kind" },
            [name] = option })
      end)
      assert.equal(closing.code, problem.code)
      assert.truthy(problem.message:find(closing.says[1], 1, true))
    end
    assert.equal(0, store.events:count())
    assert.equal(5, store.items:count())
  end)

  it("10, Lua called by SQL: there is none, for no function can be given to SQL", function()
    for _, name in ipairs{ "create_function", "createfunction", "create_collation", "trace",
      "set_authorizer", "commit_hook", "update_hook", "progress_handler", "busy_handler" } do
      assert.is_nil(dualuse[name])
      raises(function() return store[name], nil end, { code = "misuse" })
    end
  end)

  it("11, closing in the callback of exec: there is no exec; a loop's body may close", function()
    raises(function() return store.exec, nil end, { code = "misuse", says = { '"exec"' } })
    raises(function()
      for _ in store.items:each() do store:close() end
    end, { code = "closed" })
    assert.is_true(nobody_reads())
  end)

  it("12, a raw pointer used again: none is given out", function()
    local seen, pointers = {}, 0
    local function walk(value)
      if seen[value] then return end
      seen[value] = true
      -- A light userdata has no metatable of its own and no user values.
      if type(value) == "userdata" and not debug.getmetatable(value) then
        pointers = pointers + 1
      elseif type(value) == "table" then
        for key, part in pairs(value) do walk(key) walk(part) end
      end
    end
    local step, cursor = store.items:each()
    for _, value in ipairs{ core, store, store.items, store.items:where{}, step, cursor,
      store:as_of(0), store.items:get("item-1"), store.items:history("item-1"), core.edtf } do
      walk(value)
    end
    assert.equal(0, pointers)
    assert.is_nil(tostring(store):find("0x", 1, true))
    assert.is_nil(core.open_ptr)
  end)

  it("13, a finalizer called by hand or on another object, does nothing twice", function()
    assert.is_string(getmetatable(store))
    local finalize = debug.getmetatable(store).__gc
    for _, wrong in ipairs{ io.stdout, store.items, {}, 1 } do pcall(finalize, wrong) end
    assert.equal(5, store.items:count())
    finalize(store)
    finalize(store)
    raises(function() store.items:count() end, { code = "closed" })
  end)

  it("14, a value of a wrong type, or an argument too few, is told with its place", function()
    raises(function() store.items:add{ key = "x", name = {} } end,
      { code = "invalid", kind = "items", field = "name" })
    raises(function() store.items:add() end, { code = "misuse", says = { "argument 1" } })
    raises(function() store.items:update("item-1") end, { code = "misuse",
      says = { "argument 2" } })
    assert.equal(5, store.items:count())
    store:close()
    assert.is_true(nobody_reads())
  end)

  it("15, a misspelt name, is an error that lists the right ones", function()
    raises(function() store.items:add{ key = "x", nam = "x" } end,
      { code = "misuse", kind = "items", says = { '"nam"', "name" } })
    raises(function() store.items:where{ nam = "x" } end,
      { code = "misuse", kind = "items", says = { '"nam"', "name" } })
    assert.equal(5, store.items:count())
  end)

  it("16, values by their place: lists have them, records do not", function()
    local id = store.items:add{ key = "x", name = "x", aliases = { "b", "a" } }
    assert.same({ "b", "a" }, store.items:get(id).aliases)
    raises(function() store.items:add{ "x", "x" } end, { code = "misuse", says = { "got 1" } })
  end)

  it("17, true, is true again, and no number", function()
    local case = store.cases:get(store.cases:add{ authority = "KOR", publicised = true })
    assert.is_true(case.publicised)
    case = store.cases:get(store.cases:add{ authority = "KOR", publicised = false })
    assert.is_false(case.publicised)
    raises(function() store.cases:add{ authority = "KOR", fine = true } end,
      { code = "invalid", field = "fine", says = { "true" } })
  end)

  it("18, 2^53 + 1, is exact both ways", function()
    for _, number in ipairs{ (1 << 53) + 1, math.maxinteger } do
      local id = store.cases:add{ authority = "KOR", fine = number, currency = "KRW" }
      local back = store.cases:get(id).fine
      assert.equal("integer", math.type(back))
      assert.equal(number, back)
      assert.equal(1, store.cases:where{ fine = number }:count())
      assert.equal(0, store.cases:where{ fine = number - 1 }:count())
    end
  end)

  it("19, not a number and infinity, are refused", function()
    for _, number in ipairs{ 0 / 0, math.huge, -math.huge } do
      for _, field in ipairs{ "tone", "goldstein" } do
        raises(function()
          store.events:add{ date = "2019", kind = "consult", [field] = number }
        end, { code = "invalid", kind = "events", field = field })
      end
    end
    assert.equal(0, store.events:count())
  end)

  it("20, NUL bytes, are refused in text, in names, in a search and in a path", function()
    raises(function() store.items:add{ key = "a\0b", name = "x" } end,
      { code = "invalid", field = "key", says = { "NUL byte" } })
    raises(function() store.items:where{ ["name\0"] = "x" } end, { code = "misuse" })
    raises(function() store.sources:search("a\0b") end, { code = "invalid", says = { "NUL" } })
    stores.not_opened(function()
      local none, problem = dualuse.open(path .. "\0.txt")
      return none, problem
    end, { code = "invalid", says = { "NUL" } })
    raises(function() store:backup(path .. "2\0") end, { code = "invalid", says = { "NUL" } })
    -- no statement is cut short, since none is written by a user
    for _, name in ipairs{ "prepare", "execute", "exec", "query", "rows", "nrows", "urows" } do
      raises(function() return store[name], nil end, { code = "misuse" })
    end
  end)

  it("21, what is not UTF-8, is refused, and counted by an import", function()
    raises(function() store.items:add{ key = "x", name = "caf\xe9" } end,
      { code = "invalid", field = "name", says = { "not UTF-8" } })
    local given = "day,what,title\n2019,consult,caf\xe9\n2019,consult,cafe\n"
    local result = store.events:import(function()
      local text = given
      given = nil
      return text
    end, { header = true, source = false, on_error = "continue",
      columns = { day = "date", what = "kind", title = "title" } })
    assert.equal(1, result.rejected)
    assert.equal(1, result.added)
    assert.equal("cafe", store.events:first().title)
  end)

  it("22, a missing value in the midst of a row, moves no other", function()
    local key = store.items:where{ key = "item-3" }
    local step, cursor = key:values("note", "name", "parent", "key", "hs")
    local row = table.pack(step(cursor))
    assert.equal(6, row.n)
    assert.same({ row[1], nil, "item 3", nil, "item-3", nil, n = 6 }, row)
  end)

  it("23, one name twice, gives the value twice", function()
    for _, first, second in store.items:limit(1):values("key", "key") do
      assert.same({ "item-1", "item-1" }, { first, second })
    end
    assert.equal("item-1", store.items:select("key", "key"):first().key)
  end)

  it("24, a text of a gigabyte, is an error #slow", function()
    if memory() < 3e9 then return pending("needs 3 GB of memory") end
    local text = ("x"):rep(1000000001)
    raises(function() store.items:add{ key = "big", name = "big", note = text } end,
      { code = "invalid", says = { "too big" } })
    raises(function() return store.items:get(text), nil end, { code = "invalid" })
    raises(function() store.items:where{ name = text }:count() end, { code = "invalid" })
    assert.equal(5, store.items:count())
    store.items:add{ key = "next", name = "next" }
  end)

  it("25, a text of four gigabytes and ten bytes, is an error, and not ten bytes #slow", function()
    if memory() < 7e9 then return pending("needs 7 GB of memory") end
    local part = ("x"):rep(1 << 30) -- string.rep makes no more than 2 GB
    local text = part .. part .. part .. part .. ("x"):rep(10)
    raises(function() store.items:add{ key = "big", name = "big", note = text } end,
      { code = "invalid", says = { "too big" } })
    assert.is_nil(store.items:get("big"))
  end)

  it("26, two statements in one, or none: text is never a statement", function()
    local hostile = "x'; DROP TABLE items; --"
    store.items:add{ key = hostile, name = hostile, aliases = { 'a "quoted" \\ alias' } }
    assert.same({ 'a "quoted" \\ alias' }, store.items:get(hostile).aliases)
    assert.equal(hostile, store.items:get(hostile).name)
    assert.equal(1, store.items:where{ name = hostile }:count())
    assert.equal(0, store.sources:search("; DROP TABLE items; --"):count())
    assert.equal(6, store.items:count())
    raises(function() store.sources:search("") end, { code = "invalid", says = { "empty" } })
    raises(function() store.items:order("key; DROP TABLE items") end, { code = "misuse" })
    raises(function() store.items:group{ "key\" FROM items; --" } end, { code = "misuse" })
  end)

  it("27, an error in the midst of a loop, raises and is no end #process", function()
    store:transaction(function()
      for i = 1, 2000 do
        store.items:add{ key = "more-" .. i, name = ("long "):rep(40) .. i }
      end
    end)
    store:close()
    local page = tonumber(stores.ask(path, [[SELECT pageno FROM dbstat WHERE name = 'items'
      AND pagetype = 'leaf' ORDER BY path DESC LIMIT 1 OFFSET 5]]))
    local size = tonumber(stores.ask(path, "PRAGMA page_size"))
    local bytes = stores.bytes(path)
    stores.write(path, bytes:sub(1, (page - 1) * size) .. ("\xff"):rep(size) ..
      bytes:sub(page * size + 1))
    store = assert(dualuse.open(path))
    local seen = 0
    raises(function()
      for _ in store.items:each() do seen = seen + 1 end
    end, { code = "corrupt" })
    assert.is_true(seen > 100 and seen < 2005, seen)
  end)

  it("28, a step past the end, stays at the end", function()
    local step, cursor = store.items:limit(1):each()
    step(cursor)
    for _ = 1, 3 do assert.is_nil(step(cursor)) end
  end)

  it("29, a store that another writes to, is waited for, then busy", function()
    local other <close> = assert(dualuse.open(path, { timeout = 0 }))
    store:transaction(function()
      store.items:add{ key = "mine", name = "mine" }
      raises(function() other.items:add{ key = "theirs", name = "theirs" } end, { code = "busy" })
      assert.equal(5, other.items:count())
    end)
    other.items:add{ key = "theirs", name = "theirs" }
    assert.equal(7, store.items:count())
  end)

  it("30, a file that cannot be written, is refused when it is opened for writing #process",
    function()
      store:close()
      local nobody = ""
      if shell.must("id -u") == "0\n" then
        if not shell.has("setpriv") then return pending("root may write to every file") end
        nobody = "setpriv --reuid=65534 --clear-groups env "
      end
      -- a log is made beside the file by those who only read, too
      shell.must(("chmod 777 %s && chmod 444 %s"):format(shell.quote(folder), shell.quote(path)))
      local text = [[
        local dualuse = require "dualuse"
        local store, problem = dualuse.open(...)
        print(store, problem and problem.code)
        store, problem = dualuse.open(..., { readonly = true })
        print(store and store.items:count(), problem)
        print(select(2, pcall(store.items.add, store.items, { key = "x", name = "x" })).code)
      ]]
      local status, output = run(text, nobody)
      if output:find("module 'dualuse' not found", 1, true) then
        return pending("another user cannot read this checkout")
      end
      assert.equal("nil\treadonly\n5\tnil\nreadonly\n", output)
      assert.equal(0, status)
    end)

  it("31, a full disk, leaves batches whole and a store that goes on #process", function()
    store:close()
    local status, output = run([[
      local store = assert(require "dualuse".open(...))
      local batches = 0
      local ok, problem
      repeat
        ok, problem = pcall(store.transaction, store, function()
          for i = 1, 200 do
            store.items:add{ key = ("b-%d-%d"):format(batches, i), name = ("x"):rep(500) }
          end
        end)
        if ok then batches = batches + 1 end
      until not ok or batches > 1000
      -- all that was said to be there is, in the same store
      print(batches, problem.code, store.items:count() == 5 + 200 * batches)
    ]], "trap '' XFSZ; ulimit -f 3000; ")
    local batches, code, whole = output:match("^(%d+)\t(%a+)\t(%a+)\n$")
    assert.truthy(code == "io" or code == "full", output)
    assert.equal("true", whole)
    assert.equal(0, status)
    assert.is_true(tonumber(batches) > 0 and tonumber(batches) < 1000)
    store = assert(dualuse.open(path))
    assert.equal(5 + 200 * tonumber(batches), store.items:count())
    assert.same({}, store:check())
    store.items:add{ key = "next", name = "next" }
  end)

  it("32, garbage and a file cut off, are refused when they are opened", function()
    store:close()
    local whole = stores.bytes(path)
    for _, bytes in ipairs{ ("garbage "):rep(1000), whole:sub(1, #whole // 2),
      whole:sub(1, -4097), whole:sub(1, 50), whole:sub(1, 100) .. ("\xff"):rep(#whole - 100) } do
      stores.write(path, bytes)
      stores.not_opened(function()
        local none, problem = dualuse.open(path)
        return none, problem
      end, { code = "corrupt" })
    end
  end)

  it("33, a kill in the midst of a load, leaves whole batches #process", function()
    local output = shell.must(stores.command("spec/fault/kills.lua", "8"))
    assert.equal("8", output:match("(%d+) kills"), output)
  end)

  -- Allocations that fail, one by one, are in harness_spec.lua; this one no machine can make.
  it("34, a want of memory while a row is read, ends the import, and is no bad row", function()
    local rows = folder .. "/rows.csv"
    stores.write(rows, "key,name\na,first\nb,second\n")
    local function too_large(text)
      local file <close> = assert(io.open(rows))
      return text == "second" and file:read(1 << 50) or text
    end
    local ok, problem = pcall(store.items.import, store.items, rows, { on_error = "continue",
      columns = { key = "key", name = "name" }, convert = { name = too_large } })
    assert.is_false(ok)
    assert.equal("not enough memory", problem)
    assert.equal(5, store.items:count())
    store.items:add{ key = "next", name = "next" }
  end)

  it("36, a query that runs away, ends at its deadline or with the store's loops", function()
    local hurried <close> = assert(dualuse.open(path, { deadline = 1e-9 }))
    raises(function()
      hurried.parties:where{ aliases = { like = "%a%b%c%d%" }, name = { like = "%a%e%i%" } }:all()
    end, { code = "interrupted", says = { "deadline" } })
    raises(function()
      for _ in store.items:each() do store:interrupt() end
    end, { code = "interrupted" })
  end)

  -- 37, a hostile schema, is in hostile_spec.lua.
end)
