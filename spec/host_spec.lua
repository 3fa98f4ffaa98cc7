local shell = require "spec.shell"

local quote = shell.quote

-- As the README builds a host, but elsewhere, and with the flags that the core was built with.
local BUILD = [[
  root=%s && cd %s &&
  : "${PKG_CONFIG:=pkg-config}" "${LUA_CFLAGS=$($PKG_CONFIG --cflags lua5.4)}" &&
  : "${SQLITE_LIBS=$($PKG_CONFIG --libs sqlite3)}" &&
  ${CC:-cc} -std=c11 ${CFLAGS-} $LUA_CFLAGS -I"$root/csrc" -o host \
    "$root/spec/fixtures/host.c" "$root/build/libdualuse.a" \
    $($PKG_CONFIG --libs lua5.4) $SQLITE_LIBS -lm -lpthread
]]

describe("a C host #process", function()
  local folder

  setup(function()
    folder = shell.folder()
    shell.must("make -s")
    shell.must(BUILD:format(quote(shell.root), quote(folder)))
  end)
  teardown(function() shell.remove(folder) end)

  --- Runs the host where it finds no Lua file of ours.
  local function run(arguments)
    return shell.run(("cd %s && LUA_PATH=/nowhere LUA_CPATH=/nowhere ./host %s"):format(
      quote(folder), arguments or ""))
  end

  --- Writes a script, and gives its path as a word for the shell.
  local function script(text)
    local path = folder .. "/script.lua"
    local file <close> = assert(io.open(path, "w"))
    assert(file:write(text))
    return quote(path)
  end

  it("carries the core, and keeps a store without any Lua file", function()
    local status, output = run()
    assert.equal("hydrogen-fluoride: hydrogen fluoride (etching gas)\n", output)
    assert.equal(0, status)
  end)

  it("prints an error of the store and fails", function()
    local status, output = run(script [[
      local store <close> = assert(require "dualuse.core".open())
      store.items:add{ key = "etching-gas" }
    ]])
    assert.equal(1, status)
    assert.matches("^host: [^\n]*name", output)
    assert.matches("stack traceback:", output, 1, true)
  end)

  it("prints an error of Lua and fails", function()
    local status, output = run(script "local x = nil + 1")
    assert.equal(1, status)
    assert.matches("^host: [^\n]*arithmetic", output)
  end)

  it("runs one Lua state after another", function()
    local path = script [[print(require "dualuse.core".open() ~= nil)]]
    local status, output = run(path .. " " .. path)
    assert.equal("true\ntrue\n", output)
    assert.equal(0, status)
  end)
end)
