-- Columns that a small cache has no more room for were kept until the collector had come by twice.
-- What nobody reads any more is given back at once, also where the collector is stopped; and where
-- much is left by stores that nobody has any more, the collector is asked to look for it.

local shell = require "spec.shell"
local stores = require "spec.stores"

-- Makes places of 400 kB in 20 columns, which a question reads and tells nothing of.
local PLACES = [[
  local core, dualuse = require "dualuse.core", require "dualuse"
  local count = assert(package.loadlib(arg[1], "counted_memory"))()
  local cache = tonumber(arg[3])
  local store = assert(dualuse.open(arg[2], { column_cache = cache, durability = "normal" }))
  store:transaction(function()
    for i = 1, 2000 do
      store.events:add{ kind = "accuse", date = "2019", place = ("x"):rep(195) .. i }
    end
  end)
  core.pack(store, "events", 100)
  local function ask(of, times)
    for _ = 1, times do assert(of.events:where{ place = { gt = "y" } }:count() == 0) end
  end
  ask(store, 1)
  collectgarbage()
  local before = count()
]]

-- Before the library goes, which has the allocator.
local EXIT = "os.exit()\n"

describe("columns that are dropped #process", function()
  local folder, library
  setup(function()
    folder = shell.folder()
    library = folder .. "/counted_memory.so"
    shell.must(([[
      : "${PKG_CONFIG:=pkg-config}"
      ${CC:-cc} -shared -fPIC $($PKG_CONFIG --cflags lua5.4) -o %s %s]]):format(
      shell.quote(library), shell.quote(shell.root .. "/spec/fixtures/counted_memory.c")))
  end)
  teardown(function() shell.remove(folder) end)

  local function run(script, cache)
    stores.write(folder .. "/script.lua", PLACES .. script .. EXIT)
    return shell.must(stores.command(folder .. "/script.lua", library,
      folder .. "/store" .. cache, cache))
  end

  it("are given back at once", function()
    assert.equal("true\ttrue\n", run([[
      collectgarbage "stop"
      ask(store, 5)
      local took = count() - before
      ask(store, 5)
      print(took < 5 * 100000, count() - before < 10 * 100000)
    ]], "1"))
  end)

  it("are looked for where there are many", function()
    assert.equal("true\n", run([[
      collectgarbage("incremental", 1000) -- the collector comes by seldom
      local most = 0
      for _ = 1, 60 do
        ask(assert(dualuse.open(arg[2], { column_cache = cache, readonly = true })), 1)
        most = math.max(most, count() - before)
      end
      print(most < 16 * 1000000)
    ]], "64000000"))
  end)
end)
