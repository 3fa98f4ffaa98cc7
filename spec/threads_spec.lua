-- With threads = 2 a second thread inserts an import's rows while the first reads on. It begins
-- with the 4096th new row, pauses when something is asked of the store, and ends with the import.
-- None of that is to be seen afterwards.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local numbered = require "spec.numbered"
local shell = require "spec.shell"
local stores = require "spec.stores"

local folder
before_each(function() folder = shell.folder() end)
after_each(function() shell.remove(folder) end)

-- Of these the second thread packs a segment, and has another on its way.
local ROWS = 20000

local line, MAPPING = numbered.line, numbered.mapping

local function lines(first, last)
  local list = {}
  for i = first, last do list[#list + 1] = line(i) end
  return list
end

--- Imports a file of these lines into the events of a store.
local function import(store, list, options)
  local file = folder .. "/lines"
  stores.write(file, table.concat(list, "\n") .. "\n")
  return store.events:import(file, imports.with(MAPPING, options))
end

--- The store at a name of this folder, made by a function.
local function made(name, fill)
  local path = folder .. "/" .. name
  local store <close> = assert(dualuse.open(path, { durability = "normal" }))
  fill(store)
  assert.same({}, store:check())
  return path
end

--- Everything in a file but when it was written.
local function content(path)
  local dump = stores.dump(path):gsub("%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ", "then")
  return dump
end

--- Lets a function fill a store with one thread, and another with two; the files have to hold the
-- same, and the functions to give the same.
local function both(fill)
  local gave = {}
  local paths = {}
  for threads = 1, 2 do
    paths[threads] = made("threads" .. threads, function(store)
      gave[threads] = table.pack(fill(store, threads))
    end)
  end
  assert.same(gave[1], gave[2])
  stores.same_lines(content(paths[1]), content(paths[2]))
  return paths[2], table.unpack(gave[2])
end

describe("an import by two threads", function()
  it("gives the same store as one by one", function()
    local list = lines(1, ROWS)
    local path = both(function(store, threads)
      return imports.counts(import(store, list, { threads = threads }))
    end)
    assert.equal("20000|200010000", stores.ask(path,
      "SELECT count(*), sum(CAST(code AS INTEGER)) FROM events"))
    assert.equal("1|16384\n2|3616", stores.ask(path, "SELECT number, rows FROM segments"))
    -- each actor by its key, from the lines alone
    assert.equal("0", stores.ask(path, [[
      SELECT count(*) FROM events e JOIN parties p ON p.id = e.actor WHERE p."key" <> 'actor '
        || (CAST(e.code AS INTEGER) % (CAST(e.code AS INTEGER) / 100 + 1))]]))
    assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
  end)

  it("rejects the same lines, finds the same again, and takes texts of any length", function()
    local list = lines(1, 9000)
    for i = 5000, 8000, 100 do
      list[i] = line(i, ("x"):rep(i * i % 40000 + 1)) -- more than may wait
      list[i + 1] = "no event"
      list[i + 2] = line(i - 4000) -- out of order, and again
      list[i + 3] = line(i - 4000, "another")
    end
    local _, counts, wrong = both(function(store, threads)
      local reasons = {}
      local result = import(store, list, { threads = threads, on_reject = function(reject)
        reasons[#reasons + 1] = ("%d %s"):format(reject.line, reject.reason)
      end })
      return imports.counts(result), reasons
    end)
    assert.equal("read 9000, added 8907, duplicate 31, rejected 62", counts)
    assert.equal(62, #wrong)
  end)

  it("adds to what is there, whose rows it may have again", function()
    local _, first, second = both(function(store, threads)
      local one = import(store, lines(1, 6000), { threads = threads })
      local list = lines(5001, 12000)
      list[6500] = line(77)
      return imports.counts(one), imports.counts(import(store, list, { threads = threads }))
    end)
    assert.equal("read 6000, added 6000", first)
    assert.equal("read 7000, added 5999, duplicate 1001", second)
  end)

  it("goes on where a batch ended", function()
    local _, counts = both(function(store, threads)
      return imports.counts(import(store, lines(1, 12000), { threads = threads, batch = 5000 }))
    end)
    assert.equal("read 12000, added 12000", counts)
  end)

  it("shows its functions the rows so far", function()
    both(function(store, threads)
      local list, at = lines(1, 8000), 0
      local asked = 0
      store.events:import(function()
        at = at + 1
        asked = asked + (store.events:count() == math.max(0, at - 1) * 1000 and 1 or 0)
        return at <= 8 and table.concat(list, "\n", at * 1000 - 999, at * 1000) .. "\n" or nil
      end, imports.with(MAPPING, { threads = threads }))
      assert.is_true(asked >= 8)
      local seen = 0
      import(store, lines(8001, 16000), { threads = threads,
        convert = { title = function(text, row)
          local number = tonumber(row "n")
          if number % 500 == 0 then
            assert.equal(number - 1, store.events:count())
            seen = seen + 1
            collectgarbage()
          end
          return text
        end } })
      return seen
    end)
  end)

  it("that fails leaves nothing, and the next one goes well", function()
    local list = lines(1, 9000)
    both(function(store, threads)
      local function fails(how, code)
        local ok, problem = pcall(import, store, list, imports.with({ threads = threads }, how))
        assert.is_false(ok)
        assert.equal(code, problem.code)
        assert.equal(0, store.events:count())
        assert.equal(0, store.parties:where{ key = "actor 3" }:count())
      end
      list[8500] = "no event"
      fails({ on_error = "stop" }, "invalid")
      list[8500] = line(8500)
      fails({ progress = function(_, _, rows)
        if rows > 6000 then error{ code = "mine" } end
      end }, "mine")
      return imports.counts(import(store, list, { threads = threads }))
    end)
  end)

  it("says what the disk said to the second thread, and leaves a whole store #process", function()
    local file, script = folder .. "/lines", folder .. "/script.lua"
    -- into a kind with rows, these would not wait for each other; and they are more than is kept in
    -- memory until the end
    local path, list = made("full", function() end), {}
    for i = 1, 17000 do list[i] = line(i, ("x"):rep(300)) end
    stores.write(file, table.concat(list, "\n") .. "\n")
    stores.write(script, [[
      local store = assert(require "dualuse".open(arg[1], { durability = "normal" }))
      local ok, problem = pcall(store.events.import, store.events, arg[2], { delimiter = "\t",
        header = false, layouts = { [5] = { "n", "day", "title", "actor", "tone" } },
        identity = { "n" }, source = false, columns = { n = "code", day = "date", title = "title" },
        constants = { kind = "consult" }, threads = 2 })
      print(ok, problem.code, store.events:count())
    ]])
    local output = shell.must("trap '' XFSZ; ulimit -f 3000; "
      .. stores.command(script, path, file))
    assert.matches("^false\t%a+\t0\n$", output)
    assert.truthy(output:find "full" or output:find "io", output)
    local store <close> = assert(dualuse.open(path))
    assert.same({}, store:check())
    assert.equal("read 6000, added 6000",
      imports.counts(import(store, lines(1, 6000), { threads = 2 })))
  end)

  it("is one by one where the host has told SQLite that there is one thread #process", function()
    if not io.open("/proc/self/status") then
      pending("nothing tells how many threads there are")
      return
    end
    local library, script = folder .. "/single_thread.so", folder .. "/script.lua"
    shell.must(([[
      : "${PKG_CONFIG:=pkg-config}"
      ${CC:-cc} -shared -fPIC $($PKG_CONFIG --cflags lua5.4) -o %s %s \
        ${SQLITE_LIBS-$($PKG_CONFIG --libs sqlite3)}]]):format(shell.quote(library),
      shell.quote(shell.root .. "/spec/fixtures/single_thread.c")))
    stores.write(script, [[
      local lines, most = {}, 0
      if arg[2] then assert(package.loadlib(arg[1], "single_thread")() == 0) end
      for i = 1, 6000 do lines[i] = ("2019-07-04,consult,%d\n"):format(i) end
      local store = assert(require "dualuse".open())
      local text = "date,kind,code\n" .. table.concat(lines)
      local function give() local given = text; text = nil; return given end
      local result = store.events:import(give, { source = false, identity = { "code" },
        columns = { date = "date", kind = "kind", code = "code" }, threads = 2,
        convert = { code = function(code)
          if code == "5000" then
            local status <close> = io.open("/proc/self/status")
            most = tonumber(status:read("a"):match("Threads:%s*(%d+)"))
          end
          return code
        end } })
      print(most, result.added, #store:check())
    ]])
    assert.equal("2\t6000\t0\n", shell.must(stores.command(script, library)))
    assert.equal("1\t6000\t0\n", shell.must(stores.command(script, library, "single")))
  end)

  it("are one or two", function()
    local store <close> = assert(dualuse.open())
    local wrong = { [0] = "invalid", [3] = "invalid", [1.5] = "invalid", ["2"] = "misuse" }
    for given, code in pairs(wrong) do
      stores.raises(function() import(store, { line(1) }, { threads = given }) end,
        { code = code, says = { "threads", "1 or 2" } })
    end
  end)
end)
