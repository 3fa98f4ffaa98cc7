-- Ctrl-C, and what else ends a query that would take too long. The scripts here ask something that
-- would run for minutes; whoever waits for it in vain is killed by `timeout`.

local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises
local quote = shell.quote

local watchdog = "timeout -s KILL 60"

-- Events whose titles are long, and a query that looks four hundred times at each.
local slow = [[
  local dualuse = require "dualuse"
  function fill(store)
    for i = 1, 3000 do
      store.events:add{ date = "2019", kind = "consult", quad = 1, title = ("é"):rep(10000) .. "ü" }
    end
  end
  function slow(store)
    local query = store.events
    for _ = 1, 400 do query = query:where{ title = { like = "%éü" } } end
    return query
  end
  function say(...)
    print(...)
    io.stdout:flush()
  end
]]

describe("Ctrl-C #process", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
  end)
  after_each(function() shell.remove(folder) end)

  --- Writes a script, and gives the command that runs it. `arg[1]` is where a store may be.
  local function script(text)
    stores.write(folder .. "/script.lua", slow .. text)
    return stores.command(folder .. "/script.lua", path)
  end

  --- Runs shell commands in which `$job` is a background process whose output goes to `$out`, and
  -- may be awaited; gives that output.
  local function session(commands)
    shell.must(([[
      out=%s
      await() {
        until grep -q "$1" "$out" 2>/dev/null; do
          kill -0 $job 2>/dev/null || { cat "$out"; exit 1; }
          sleep 0.1
        done
      }
      %s]]):format(quote(folder .. "/out"), commands))
    return stores.bytes(folder .. "/out")
  end

  --- Runs a script, sends it SIGINT a little after it has said "starts", and gives its output.
  local function interrupted(text)
    return session(([[
      pid=%s
      %s sh -c 'echo $$ >"$0"; exec env "$@"' "$pid" %s >"$out" 2>&1 &
      job=$!
      await starts
      sleep 0.3
      kill -INT $(cat "$pid")
      wait $job || echo "ended with status $?" >>"$out"]]):format(quote(folder .. "/pid"),
      watchdog, script(text)))
  end

  --- Runs a script to its end, and gives its output.
  local function run(text)
    return shell.must(("%s env %s"):format(watchdog, script(text)))
  end

  it("stops a query at the prompt, where the next line finds the store as it was", function()
    local no_terminal = shell.without_terminal()
    if no_terminal then return pending(no_terminal) end
    local preparation = folder .. "/preparation.lua"
    stores.write(preparation, slow)
    stores.write(folder .. "/empty.lua", "")
    -- What is typed is echoed, so that an awaited text must not stand in it.
    local output = session(([[
      keys=%s
      mkfifo "$keys"
      %s script -qc %s /dev/null <"$keys" >"$out" 2>&1 &
      job=$!
      exec 3>"$keys"
      say() { printf '%%s\n' "$1" >&3; }
      say 'dofile(arg[1]); store = require "dualuse".open(); store:transaction(fill)'
      say 'print("st" .. "arts"); print(slow(store):count(), "counted")'
      await starts
      sleep 0.3
      printf '\003' >&3
      await 'interrupted!'
      say 'print(#store.events .. " events")'
      await '3000 events'
      say 'id = store.items:add{ key = "a", name = "a" }; print(#store.items .. " item")'
      await '1 item'
      exec 3>&-
      wait $job]]):format(quote(folder .. "/keys"), watchdog,
      quote(stores.command("-i", folder .. "/empty.lua", preparation))))
    assert.is_nil(output:find("%d+%s+counted"))
  end)

  it("stops an import by two threads, which leaves nothing", function()
    local file = folder .. "/lines"
    local rows = {}
    for i = 1, 400000 do rows[i] = ("%d\t2019-07-04\tevent"):format(i) end
    stores.write(file, table.concat(rows, "\n"))
    local output = interrupted(([[
      local store <close> = assert(dualuse.open(arg[1], { durability = "normal" }))
      say("starts")
      local result = store.events:import(%q, { delimiter = "\t", header = false, source = false,
        layouts = { [3] = { "n", "day", "title" } }, identity = { "n" }, threads = 2,
        columns = { n = "code", day = "date", title = "title" }, constants = { kind = "other" } })
      say(result.added, "added")
    ]]):format(file))
    assert.matches("interrupted", output)
    assert.is_nil(output:find "added")
    local store <close> = assert(dualuse.open(path))
    assert.equal(0, store.events:count())
    assert.same({}, store:check())
  end)

  it("stops a script, whose transaction leaves nothing", function()
    do
      local store <close> = assert(dualuse.open(path))
      store.items:add{ key = "before", name = "written before" }
    end
    local output = interrupted [[
      local store <close> = assert(dualuse.open(arg[1]))
      store:transaction(function()
        fill(store)
        store.items:update("before", { name = "another name" })
        say("starts")
        say(slow(store):count(), "counted")
      end)
    ]]
    assert.matches("interrupted", output)
    assert.matches("ended with status 1", output)
    assert.is_nil(output:find "counted")
    assert.equal("written before|1", stores.ask(path, "SELECT name, revision FROM items"))
    assert.equal(0, stores.count(path, "events"))
    assert.equal("1", stores.ask(path, "SELECT max(revision) FROM revisions"))
    assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
  end)

  it("leaves a script that goes on with a store that can be asked and written to", function()
    local output = interrupted [[
      local store <close> = assert(dualuse.open(arg[1]))
      store:transaction(fill)
      local ok, problem = pcall(pcall, function()
        say("starts")
        say(slow(store):count(), "counted")
      end)
      say(ok, tostring(problem):match("interrupted"))
      say("events", #store.events, "problems", #store:check())
      say("wrote", pcall(store.items.add, store.items, { key = "a", name = "a" }))
    ]]
    assert.is_nil(output:find "counted")
    assert.matches("false\tinterrupted\n", output)
    assert.matches("events\t3000\tproblems\t0\n", output)
    assert.matches("wrote\ttrue\t%d+\n", output)
    assert.equal("a", stores.ask(path, "SELECT name FROM items"))
  end)

  it("stops a load, of which nothing is kept but whole batches", function()
    for _, batch in ipairs{ "nil", "1000" } do
      local output = interrupted(([[
        local store = assert(dualuse.open(arg[1]))
        local row, batch = 0, %s
        local function endless()
          if row == 0 then
            row = 1
            return "place,date,kind\n"
          end
          local rows = {}
          for i = 1, 1000 do rows[i] = ("%%d,2019-07-04,consult\n"):format(row + i) end
          row = row + #rows
          if row == 5001 then say("starts") end
          return table.concat(rows)
        end
        local columns = { place = "place", date = "date", kind = "kind" }
        local ok, loaded = pcall(pcall, store.events.import, store.events, endless,
          { columns = columns, source = false, batch = batch, progress = true })
        say("loaded", ok and loaded, #store.events %% 1000, #store.events > 0)
        store:transaction(function() store.items:add{ key = "a", name = "a" } end)
      ]]):format(batch))
      assert.matches(("loaded\tfalse\t0\t%s\n"):format(batch ~= "nil"), output)
      assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
      assert.equal(0, stores.count(path, "events") % 1000)
      assert.equal(1, stores.count(path, "items"))
      shell.must("rm " .. quote(path))
    end
  end)

  it("is told as an error of ours in a coroutine, where the interpreter raises none", function()
    local output = interrupted [[
      local store <close> = assert(dualuse.open(arg[1]))
      store:transaction(fill)
      coroutine.wrap(function()
        say("starts")
        local ok, problem = pcall(function() return slow(store):count() end)
        say(ok, getmetatable(problem), problem.code, problem.message)
      end)()
    ]]
    assert.matches("false\tdualuse.error\tinterrupted\tthe query was interrupted\n", output)
  end)

  it("stops a write that waits for another connection's lock", function()
    local output = interrupted [[
      local holder <close> = assert(dualuse.open(arg[1]))
      holder:transaction(function()
        holder.items:add{ key = "held", name = "held" }
        local store <close> = assert(dualuse.open(arg[1], { timeout = 100000 }))
        coroutine.wrap(function()
          say("starts")
          say(select(2, pcall(store.items.add, store.items, { key = "a", name = "a" })).code)
        end)()
      end)
    ]]
    assert.matches("starts\ninterrupted\n", output)
    assert.equal(0, stores.count(path, "items"))
  end)

  -- lua5.4's handler sets a hook on the main thread. A coroutine can do so as well, at a moment of
  -- its choice: what follows in it is what a signal finds running.
  local as_signal = [[
    local main = coroutine.running()
    function interrupt()
      debug.sethook(main, function() debug.sethook(main) end, "crl", 1)
    end
    function aside(fn) return coroutine.wrap(fn)() end
  ]]

  it("stops whatever reads", function()
    local output = run(as_signal .. [[
      local store = assert(dualuse.open())
      store:transaction(fill)
      local query = slow(store)
      local ways = {
        all = query.all, count = query.count, exists = query.exists, first = query.first,
        length = function() return #query end,
        each = function() for _ in query:each() do end end,
        values = function() for _ in query:values("date") do end end,
        group = function() query:group{ "year", "actor" } end,
        sum = function() query:sum("quad") end,
        view = function() slow(store:as_of(1)):count() end,
      }
      local names = {}
      for name in pairs(ways) do names[#names + 1] = name end
      table.sort(names)
      for _, name in ipairs(names) do
        aside(function()
          interrupt()
          local ok, problem = pcall(ways[name], query)
          say(name, ok, type(problem) == "table" and problem.code or problem)
        end)
        say(name, "then", store.items:count())
      end
    ]])
    local expected = {}
    for _, name in ipairs{ "all", "count", "each", "exists", "first", "group", "length", "sum",
                           "values", "view" } do
      expected[#expected + 1] = name .. "\tfalse\tinterrupted\n" .. name .. "\tthen\t0\n"
    end
    assert.equal(table.concat(expected), output)
  end)

  it("stops what reads columns", function()
    local output = run(as_signal .. [[
      local store = assert(dualuse.open())
      store:transaction(function()
        for i = 1, 50 do store.events:add{ date = "2019", kind = "consult", quad = i % 4 + 1 } end
      end)
      require "dualuse.core".pack(store, "events", 10)
      local query = store.events:where{ quad = { gt = 1 } }
      for _, way in ipairs{ function() query:count() end, function() query:sum("quad") end,
          function() query:group{ "year", "quad" } end,
          function() for _ in query:values("date") do end end } do
        aside(function()
          interrupt()
          local ok, problem = pcall(way)
          say(ok, type(problem) == "table" and problem.code or problem)
        end)
        say("then", query:count())
      end
    ]])
    assert.equal(("false\tinterrupted\nthen\t38\n"):rep(4), output)
  end)

  it("in the midst of writes undoes their transaction, and nothing of it can be kept", function()
    local output = run(as_signal .. [[
      local store = assert(dualuse.open(arg[1]))
      store.items:add{ key = "before", name = "before" }
      aside(function()
        local codes = {}
        local ok, problem = pcall(store.transaction, store, function()
          for i = 1, 50 do store.items:add{ key = "first-" .. i, name = "x" } end
          interrupt()
          for i = 1, 2000 do
            local _, why = pcall(store.items.add, store.items, { key = "then-" .. i, name = "x" })
            if type(why) == "table" then codes[why.code] = true end
          end
        end)
        for code in pairs(codes) do say("in it", code) end
        say("of it", ok, problem.code)
      end)
      say("items", #store.items, "revision", store:revision(), "problems", #store:check())
      store.items:add{ key = "after", name = "after" }
    ]])
    assert.equal("in it\tinterrupted\nof it\tfalse\tinterrupted\n" ..
      "items\t1\trevision\t1\tproblems\t0\n", output)
    assert.equal("before\nafter", stores.ask(path, "SELECT name FROM items ORDER BY id"))
  end)

  it("is no other hook: a debugger's, a profiler's and luacov's stop nothing", function()
    local output = run([[
      local store = assert(dualuse.open())
      store:transaction(function()
        for i = 1, 2000 do store.events:add{ date = "2019", kind = "consult", quad = i % 4 + 1 } end
      end)
      local function ask()
        local found = 0
        for _ in store.events:where{ quad = { gt = 1 } }:each() do found = found + 1 end
        return found, store.events:where{ quad = 1 }:count(), #store.events:group{ "year", "quad" }
      end
      local function none() end
      local main = coroutine.running()
      for _, hook in ipairs{ { "l", 0 }, { "crl", 0 }, { "", 1 }, { "", 1000 }, { "crl", 1000 } } do
        coroutine.wrap(function()
          debug.sethook(main, none, table.unpack(hook))
          say(hook[1], hook[2], ask())
        end)()
        say(hook[1], hook[2], ask())
        debug.sethook(main)
      end
      -- Of a hook for everything it is enough that it was there before the query.
      debug.sethook(none, "crl", 1)
      say("all", 1, ask())
      say("all", 1, coroutine.wrap(ask)())
    ]])
    local lines = 0
    for line in output:gmatch("[^\n]+") do
      assert.matches("\t1500\t500\t4$", line)
      lines = lines + 1
    end
    assert.equal(12, lines)
  end)
end)

describe("store:interrupt", function()
  local store

  before_each(function()
    store = assert(dualuse.open())
    for i = 1, 5 do store.items:add{ key = "item-" .. i, name = "an item" } end
  end)
  after_each(function() store:close() end)

  --- A loop as a coroutine that gives one key after the other.
  local function loop(query)
    return coroutine.wrap(function()
      for item in query:each() do coroutine.yield(item.key) end
      return "ended"
    end)
  end

  local ended = { code = "interrupted", kind = "items", says = { "interrupted" } }

  --- Checks that a loop raises when it goes on.
  local function check_ended(step)
    local ok, problem = pcall(step)
    assert.is_false(ok)
    assert.equal(ended.code, problem.code)
    assert.equal(ended.kind, problem.kind)
  end

  it("ends the loops that have begun, and no other", function()
    local one, two, view = loop(store.items), loop(store.items), loop(store:as_of(3).items)
    assert.equal("item-1", one())
    assert.equal("item-1", two())
    assert.equal("item-2", (two()))
    assert.equal("item-1", view())
    store:interrupt()
    check_ended(one)
    check_ended(two)
    check_ended(view)
    local later = loop(store.items)
    for i = 1, 5 do assert.equal("item-" .. i, later()) end
    assert.equal("ended", later())
  end)

  it("is told at the line of the loop", function()
    raises(function()
      for _ in store.items:values("name") do store:interrupt() end
    end, ended)
  end)

  it("ends a loop whose records a write has read into memory", function()
    local one = loop(store.items)
    one()
    store.items:update("item-1", { note = "changed" })
    store:interrupt()
    check_ended(one)
  end)

  it("of a view ends the loops of the whole store", function()
    local one = loop(store.items)
    one()
    store:as_of(1):interrupt()
    check_ended(one)
  end)

  it("leaves alone a loop at its end, other stores, and what is asked at once", function()
    local other <close> = assert(dualuse.open())
    other.items:add{ key = "theirs", name = "theirs" }
    other.items:add{ key = "theirs-2", name = "theirs" }
    local theirs = loop(other.items)
    theirs()
    local next_item, cursor = store.items:limit(1):each()
    next_item(cursor)
    assert.is_nil(next_item(cursor))
    store:transaction(function()
      store:interrupt()
      assert.equal(5, #store.items)
      store.items:add{ key = "item-6", name = "an item" }
    end)
    assert.is_nil(next_item(cursor))
    assert.equal("theirs-2", theirs())
    assert.equal(6, store.items:count())
  end)

  it("raises for a closed store", function()
    store:close()
    raises(function() store:interrupt() end, { code = "closed" })
  end)
end)
