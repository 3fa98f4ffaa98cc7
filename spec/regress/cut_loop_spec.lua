-- A write reads the loops of its store to their ends first. Where that failed, a loop that went on
-- gave the records it had, and then ended as if there were no more.

local dualuse = require "dualuse"
local shell = require "spec.shell"

describe("a loop whose rest could not be read #process", function()
  it("raises rather than end early", function()
    local folder = shell.folder()
    local path = folder .. "/store.db"
    do
      local store <close> = assert(dualuse.open(path))
      store:transaction(function()
        for i = 1, 2000 do store.items:add{ key = "item-" .. i, name = "an item" } end
      end)
    end
    local store <close> = assert(dualuse.open(path, { deadline = 1e-6 }))
    for _, loop in ipairs{
      function() return store.items:select("key"):each() end,
      function() return store.items:values("key") end,
    } do
      local seen, codes = 0, {}
      local ok, problem = pcall(function()
        for _ in loop() do
          seen = seen + 1
          local written, why = pcall(store.items.update, store.items, "item-1", { note = "x" })
          codes[#codes + 1] = not written and why.code or nil
        end
      end)
      assert.equal("interrupted", codes[1], "the write was expected to run past the deadline")
      assert.is_false(ok, ("the loop ended after %d of 2000 records"):format(seen))
      assert.equal("interrupted", problem.code)
    end
    shell.remove(folder)
  end)
end)
