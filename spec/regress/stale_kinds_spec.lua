-- Records that had changed since they were packed were noted for all kinds together. Packing the
-- small last segment of one kind again forgot those of another, whose old values came back.

local core = require "dualuse.core"
local dualuse = require "dualuse"

describe("a record changed since it was packed", function()
  for name, packs in pairs{
    ["packed again"] = function(store) core.pack(store, "events") end,
    ["taken out of columns"] = function(store) core.unpack(store, "events") end,
  } do
    it("is read from its row after another kind was " .. name, function()
      local store <close> = assert(dualuse.open())
      local function event(year) return store.events:add{ date = year, kind = "sanction" } end
      event("2018")
      local case = store.cases:add{ authority = "KOR", fine = 1 }
      event("2019")
      core.pack(store, "events")
      core.pack(store, "cases")
      store.cases:update(case, { fine = 2 })
      packs(store)
      assert.equal(2, store.cases:sum("fine"))
      assert.equal(1, store.cases:where{ fine = 2 }:count())
      assert.equal(0, store.cases:where{ fine = 1 }:count())
    end)
  end
end)
