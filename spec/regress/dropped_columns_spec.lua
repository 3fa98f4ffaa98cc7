-- Columns that a small cache has no more room for were kept until the collector had come by twice.
-- What nobody reads any more is given back at once, also where the collector is stopped.

local shell = require "spec.shell"
local stores = require "spec.stores"

describe("columns that are dropped #process", function()
  it("are given back at once", function()
    local folder = shell.folder()
    local library, script = folder .. "/counted_memory.so", folder .. "/script.lua"
    shell.must(([[
      : "${PKG_CONFIG:=pkg-config}"
      ${CC:-cc} -shared -fPIC $($PKG_CONFIG --cflags lua5.4) -o %s %s]]):format(
      shell.quote(library), shell.quote(shell.root .. "/spec/fixtures/counted_memory.c")))
    stores.write(script, [[
      local core, dualuse = require "dualuse.core", require "dualuse"
      local count = assert(package.loadlib(arg[1], "counted_memory"))()
      local store = assert(dualuse.open(nil, { column_cache = 1 }))
      store:transaction(function()
        for i = 1, 2000 do
          store.events:add{ kind = "accuse", date = "2019", place = ("x"):rep(195) .. i }
        end
      end)
      core.pack(store, "events", 100)
      local query = store.events:where{ place = { gt = "y" } }
      local function ask(times) -- each reads the 400 kB of places, and leaves the last 20
        for _ = 1, times do assert(query:count() == 0) end
      end
      ask(1)
      collectgarbage()
      collectgarbage "stop"
      local before = count()
      ask(5)
      local took = count() - before
      ask(5)
      print(took < 5 * 100000, count() - before < 10 * 100000)
      os.exit() -- before the library goes, which has the allocator
    ]])
    assert.equal("true\ttrue\n", shell.must(stores.command(script, library)))
    shell.remove(folder)
  end)
end)
