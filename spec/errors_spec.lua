-- Errors: what they are made of, how they print, and how a script handles them.

local dualuse = require "dualuse"
local stores = require "spec.stores"
local shell = require "spec.shell"
local raised = stores.raised

local store
before_each(function() store = assert(dualuse.open()) end)
after_each(function() store:close() end)

--- The place, as an error names it, of the line that calls this.
local function here(offset)
  local info = debug.getinfo(2, "Sl")
  return ("%s:%d"):format(info.short_src, info.currentline + (offset or 0))
end

local codes = { "misuse", "invalid", "constraint", "busy", "readonly", "full", "corrupt", "io",
                "nomem", "closed", "interrupted" }

describe("an error of a store", function()
  it("is a table that says what kind of error it is, and where", function()
    local place = here(1)
    local err = raised(function() store.cases:add{ authority = "KOR", fine = -1 } end)
    assert.equal("invalid", err.code)
    assert.equal("cases", err.kind)
    assert.equal("fine", err.field)
    assert.equal(place, err.where)
    for _, part in ipairs{ "cases", "fine", "-1" } do
      assert.truthy(err.message:find(part, 1, true), err.message)
    end
  end)

  it("prints as one line that begins with the place", function()
    local err = raised(function() store.cases:add{ authority = "KOR", fine = -1 } end)
    assert.equal(err.where .. ": " .. err.message, tostring(err))
    assert.is_nil(tostring(err):find "\n")
  end)

  it("names kind and field only where there are such", function()
    store:close()
    local err = raised(function() store.cases:count() end)
    assert.same({ "closed" }, { err.code, err.kind, err.field })
    assert.truthy(#err.message > 0)
  end)

  it("names the line of the script that called, however deep the call", function()
    local place = here(1)
    local function add() store.cases:add{ authority = "Atlantis" } end
    local err = raised(function()
      store:transaction(function()
        store:transaction(add)
      end)
    end)
    assert.equal(place, err.where)
    place = here(1)
    err = raised(function() for _ in store.cases:where{ colour = "red" }:each() do end end)
    assert.equal(place, err.where)
    err = raised(function()
      local loop, state = store.cases:each()
      store:close()
      place = here(1)
      loop(state)
    end)
    assert.same({ "closed", place }, { err.code, err.where })
  end)

  it("is raised even where no line of a script called", function()
    local err = raised(store.cases.add, store.cases, { authority = "Atlantis" })
    assert.equal("invalid", err.code)
    local co = coroutine.create(store.cases.add)
    local ok
    ok, err = coroutine.resume(co, store.cases, { authority = "Atlantis" })
    assert.is_false(ok)
    assert.equal("invalid", err.code)
    assert.equal(1, select(2, tostring(err):gsub("Atlantis", "")))
  end)

  it("has one of the codes, by what went wrong", function()
    store.items:add{ key = "hf", name = "HF" }
    store.cases:add{ authority = "KOR", items = { "hf" } }
    local view, closed = store:as_of(1), assert(dualuse.open())
    closed:close()
    local by_code = {
      misuse = {
        function() return store.incidents end,
        function() return store.cases.frobnicate end,
        function() store.cases:add("text") end,
        function() store.cases:add{ colour = "red" } end,
        function() store.cases:where{ fine = { above = 1 } } end,
        function() store:transaction("text") end,
        function() store:transaction(print, { because = "x" }) end,
        function() store.cases:add({ authority = "KOR" }, { by = 5 }) end,
        function() dualuse.describe("incidents") end,
      },
      invalid = {
        function() store.cases:add{} end,
        function() store.cases:add{ authority = "Atlantis" } end,
        function() store.cases:add{ authority = "KOR", date = "2019-02-30" } end,
        function() store.cases:update(99999, { note = "x" }) end,
        function() store.cases:update("nothing", { note = "x" }) end,
        function() store.cases:retract(99999) end,
        function() store.cases:history(99999) end,
        function() store.items:update("hf", { key = "x" }) end,
        function() store:as_of(99999) end,
        function() dualuse.edtf.bounds("199u") end,
      },
      constraint = {
        function() store.items:add{ key = "hf", name = "another" } end,
        function() store.items:retract("hf") end,
      },
      readonly = {
        function() view.cases:add{ authority = "KOR" } end,
        function() view.items:update("hf", { note = "x" }) end,
        function() view.items:retract("hf") end,
        function() view:transaction(function() end) end,
      },
      closed = {
        function() closed.cases:add{ authority = "KOR" } end,
        function() closed:transaction(function() end) end,
        function() closed:as_of(0) end,
      },
    }
    for code, calls in pairs(by_code) do
      for i, call in ipairs(calls) do
        local before = store:revision()
        local err = raised(call)
        assert.equal(code, err.code, ("%s %d: %s"):format(code, i, tostring(err)))
        assert.equal(before, store:revision())
      end
    end
  end)

  it("of a loop or query of a closed store says that it is closed", function()
    local query, collection = store.cases:where{ authority = "KOR" }, store.cases
    local view = store:as_of(0)
    store:close()
    for _, call in ipairs{
      function() query:all() end, function() query:first() end, function() query:count() end,
      function() return #query end, function() query:each() end, function() query:exists() end,
      function() query:where{} end, function() query:order("date") end,
      function() query:sql() end, function() collection:add{} end,
      function() collection:get(1) end, function() collection:where{} end,
      function() view.parties:get("KOR") end,
    } do
      local err = raised(call)
      assert.equal("closed", err.code)
    end
    for _, object in ipairs{ store, query, collection, view } do
      assert.equal("string", type(tostring(object)))
    end
  end)
end)

describe("what an error repeats", function()
  --- The messages that a value gets in every place where it is refused.
  local function messages(value)
    local list = {}
    for _, call in ipairs{
      function() store.cases:add{ authority = value } end,
      function() store.cases:add{ authority = "KOR", stopped = value } end,
      function() store.cases:add{ authority = "KOR", date = value } end,
      function() store.cases:add{ authority = "KOR", currency = value } end,
      function() store.cases:add{ authority = "KOR", fine = value } end,
      function() store.cases:add{ authority = "KOR", offences = { value } } end,
      function() store.cases:add{ authority = "KOR", [value] = 1 } end,
      function() store.cases:add{ authority = "KOR", sources = { { value } } } end,
      function() store.cases:where{ [value] = 1 } end,
      function() store.cases:where{ fine = { [value] = 1 } } end,
      function() store.cases:where{ date = { during = value } } end,
      function() store.cases:order(value) end,
      function() store.cases:values(value) end,
      function() return store[value] end,
      function() return store.cases[value] end,
      function() store:as_of(value) end,
      function() store:transaction(print, { [value] = 1 }) end,
      function() dualuse.describe(value) end,
      function() dualuse.edtf.bounds(value) end,
      function() dualuse.raise{ code = "invalid", message = value } end,
    } do
      local err = raised(call)
      list[#list + 1] = err.message
      list[#list + 1] = tostring(err)
    end
    return list
  end

  it("shows control characters as escapes", function()
    for _, message in ipairs(messages "a\27[31m\n\r\t\8\127b") do
      assert.is_nil(message:find "%c", message)
    end
    for _, message in ipairs(messages "c1 \u{9B}31m \u{85}") do
      assert.is_nil(message:find "\u{9B}", message)
      assert.is_nil(message:find "\u{85}", message)
    end
  end)

  it("shows what turns the direction of writing as escapes", function()
    for _, code in ipairs{ 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,
                           0x200E, 0x200F, 0x2028, 0x2029, 0x061C, 0xFFFE, 0xFFFF } do
      local character = utf8.char(code)
      for _, message in ipairs(messages("a" .. character .. "b")) do
        assert.is_nil(message:find(character, 1, true), ("%X in %s"):format(code, message))
      end
    end
  end)

  it("shows other text as it is", function()
    local err = raised(function() store.cases:add{ authority = "Ελλάς 日本 👩‍🔬" } end)
    assert.truthy(err.message:find("Ελλάς 日本 👩‍🔬", 1, true))
  end)

  it("is one line of UTF-8, whatever it was", function()
    math.randomseed(20190704)
    for _ = 1, 60 do
      local bytes = {}
      for i = 1, math.random(1, 90) do bytes[i] = string.char(math.random(0, 255)) end
      for _, message in ipairs(messages(table.concat(bytes))) do
        assert.truthy(utf8.len(message), ("%q"):format(message))
        assert.is_nil(message:find "%c")
      end
    end
  end)

  it("is cut short, between two characters", function()
    for _, value in ipairs{ ("x"):rep(100000), ("日"):rep(100000), ("👩‍🔬"):rep(10000) } do
      local err = raised(function() store.cases:add{ authority = value } end)
      assert.is_true(#err.message < 500)
      assert.truthy(utf8.len(err.message))
    end
  end)
end)

describe("dualuse.raise", function()
  --- As a module of its own would check an argument.
  local function check_year(year, level)
    if type(year) ~= "number" then
      dualuse.raise{ code = "invalid", message = "year: expected a number", kind = "cases",
                     field = "date", level = level }
    end
    return year
  end

  it("raises such an error from Lua, at the place that called", function()
    local place = here(1)
    local err = raised(function() check_year("x") end)
    assert.same({
      code = "invalid", message = "year: expected a number", kind = "cases", field = "date",
      where = place,
    }, err)
    assert.equal(place .. ": year: expected a number", tostring(err))
    assert.equal(getmetatable(raised(function() store.cases:add{} end)), getmetatable(err))
  end)

  it("takes a level, as error does", function()
    local place
    local function outer(level)
      place.two = here(1)
      check_year("x", level)
      return nil
    end
    place = {}
    place.three = here(1)
    local err = raised(function() outer(3) end)
    assert.equal(place.three, err.where)
    assert.equal(place.two, raised(outer, 2).where)
    local inside = raised(outer, 1).where
    assert.truthy(inside ~= place.two and inside ~= place.three)
    assert.equal(debug.getinfo(check_year, "S").short_src, (inside:match "^(.*):%d+$"))
    local line = tonumber(inside:match "%d+$")
    local info = debug.getinfo(check_year, "S")
    assert.is_true(line > info.linedefined and line < info.lastlinedefined)
  end)

  it("needs neither kind nor field nor level", function()
    for _, code in ipairs(codes) do
      local err = raised(function() dualuse.raise{ code = code, message = "m" } end)
      assert.same({ code, "m" }, { err.code, err.message, err.kind, err.field })
    end
  end)

  it("wants a code of the list and a message", function()
    for _, fields in ipairs{ {}, { code = "invalid" }, { message = "m" },
                             { code = "wrong", message = "m" }, { code = 5, message = "m" },
                             { code = "invalid", message = 5 } } do
      assert.has_error(function() dualuse.raise(fields) end)
    end
    assert.has_error(function() dualuse.raise("text") end)
    assert.has_error(function() dualuse.raise() end)
  end)

  it("makes one line of the message", function()
    local err = raised(function()
      dualuse.raise{ code = "invalid", message = "two\nlines \27[31m \u{202E}" }
    end)
    assert.is_nil(tostring(err):find "[%c]")
    assert.is_nil(tostring(err):find("\u{202E}", 1, true))
  end)
end)

describe("an error as a value", function()
  it("goes through error, pcall and xpcall as it is", function()
    local err = raised(function() store.cases:add{} end)
    assert.equal(err, select(2, pcall(error, err)))
    local seen
    xpcall(function() store.cases:add{} end, function(value) seen = value end)
    assert.equal("invalid", seen.code)
  end)

  it("is what open returns where the file cannot be had", function()
    local none, err = dualuse.open("/")
    assert.is_nil(none)
    assert.equal("table", type(err))
    assert.equal("string", type(err.message))
    assert.truthy(tostring(err):find("/", 1, true))
  end)

  it("that nobody catches ends a script with its line, assert or not #process", function()
    local folder = shell.folder()
    local function run(text)
      local path = folder .. "/script.lua"
      local file <close> = assert(io.open(path, "w"))
      file:write('local dualuse = require "dualuse"\n', text)
      file:close()
      return shell.run(("LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='build/?.so;;' %s %s")
        :format(shell.lua, shell.quote(path)))
    end
    local status, output = run('local store = dualuse.open()\nstore.cases:add{ fine = -1 }\n')
    assert.equal(1, status)
    assert.truthy(output:find("script.lua:3: cases.", 1, true), output)
    status, output = run('local store = assert(dualuse.open("/"))\nstore:close()\n')
    assert.equal(1, status)
    assert.truthy(output:find("script.lua:2: ", 1, true), output)
    status, output = run('local _, err = pcall(assert, dualuse.open("/"))\nprint(err.code)\n')
    assert.same({ 0, "io\n" }, { status, output })
    shell.remove(folder)
  end)

  it("prints even when somebody has changed it", function()
    local err = raised(function() store.cases:add{} end)
    err.where = nil
    assert.equal(err.message, tostring(err))
    err.message = nil
    assert.equal("string", type(tostring(err)))
    err.message = {}
    assert.equal("string", type(tostring(err)))
    err.where = {}
    assert.equal("string", type(tostring(err)))
    err.message, err.where = "two\nlines\27", "here\n"
    assert.is_nil(tostring(err):find "%c")
  end)

  it("does not show its metatable to be changed", function()
    local err = raised(function() store.cases:add{} end)
    assert.not_equal("table", type(getmetatable(err)))
    assert.has_error(function() setmetatable(err, {}) end)
  end)
end)

describe("in a coroutine, an error", function()
  it("comes out of resume, with the place inside", function()
    local place
    local co = coroutine.create(function()
      coroutine.yield()
      place = here(1)
      store.cases:add{ authority = "Atlantis" }
    end)
    assert.is_true(coroutine.resume(co))
    local ok, err = coroutine.resume(co)
    assert.is_false(ok)
    assert.same({ "invalid", place }, { err.code, err.where })
    assert.equal("dead", coroutine.status(co))
  end)

  it("comes out of wrap, and the store goes on", function()
    local step = coroutine.wrap(function()
      for _ in store.parties:each() do
        coroutine.yield()
        store.cases:add{ authority = "Atlantis" }
      end
    end)
    step()
    assert.equal("invalid", raised(step).code)
    assert.truthy(store.cases:add{ authority = "KOR" })
    assert.equal(1, store.cases:count())
  end)

  it("rolls back a transaction of the coroutine", function()
    local co = coroutine.create(function()
      store:transaction(function()
        store.cases:add{ authority = "KOR" }
        store.cases:add{ authority = "Atlantis" }
      end)
    end)
    local ok, err = coroutine.resume(co)
    assert.is_false(ok)
    assert.equal("invalid", err.code)
    assert.equal(0, store.cases:count())
  end)

  it("is what yielding inside a transaction is, which is rolled back", function()
    local co = coroutine.create(function()
      store:transaction(function()
        store.cases:add{ authority = "KOR" }
        coroutine.yield()
      end)
    end)
    assert.is_false((coroutine.resume(co)))
    assert.equal(0, store.cases:count())
    assert.truthy(store.cases:add{ authority = "KOR" })
  end)
end)

describe("a transaction", function()
  it("raises on what was raised in it, the very same value", function()
    local values = { "text", 5, 1.5, true, false, {}, setmetatable({}, { __tostring = print }),
                     print, io.stdout, dualuse.null, coroutine.create(print) }
    for i = 1, #values do
      local ok, err = pcall(store.transaction, store, function()
        store.cases:add{ authority = "KOR" }
        error(values[i], 0)
      end)
      assert.is_false(ok)
      assert.is_true(rawequal(values[i], err), tostring(i))
      ok, err = pcall(store.transaction, store, function()
        store:transaction(function() error(values[i], 0) end)
      end)
      assert.is_false(ok)
      assert.is_true(rawequal(values[i], err), tostring(i))
    end
    local ok, err = pcall(store.transaction, store, function() error(nil) end)
    assert.is_false(ok)
    assert.is_nil(err)
    assert.equal(0, store.cases:count())
    assert.equal(0, store:revision())
  end)

  it("raises on an error of the store as it was", function()
    local inner
    local _, outer = pcall(store.transaction, store, function()
      local ok
      ok, inner = pcall(function() store.cases:add{ authority = "Atlantis" } end)
      assert.is_false(ok)
      error(inner)
    end)
    assert.is_true(rawequal(inner, outer))
    assert.truthy(inner.where)
  end)

  it("goes on after an error that was caught in it", function()
    store:transaction(function()
      store.cases:add{ key = "a", authority = "KOR" }
      local err = raised(function() store.cases:add{ key = "a", authority = "KOR" } end)
      assert.equal("constraint", err.code)
      raised(function()
        store:transaction(function()
          store.cases:add{ key = "b", authority = "KOR" }
          store.cases:add{ key = "c" }
        end)
      end)
      store.cases:add{ key = "d", authority = "KOR" }
    end)
    local keys = {}
    for _, key in store.cases:order("key"):values("key") do keys[#keys + 1] = key end
    assert.same({ "a", "d" }, keys)
    assert.equal(1, store:revision())
  end)
end)
