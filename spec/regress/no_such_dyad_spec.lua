-- A question for a dyad that has no event went on for ever where the events were of exactly 128,
-- 256, 512, … dyads: their hash table was full, and a search in it ends at a free place.

local core = require "dualuse.core"
local dualuse = require "dualuse"

describe("a dyad without an event", function()
  local store
  before_each(function()
    store = assert(dualuse.open())
    local states = {}
    for id in store.parties:limit(16):values("key") do states[#states + 1] = id end
    store:transaction(function()
      for i = 0, 127 do
        store.events:add{ kind = "consult", date = "2019-07-04",
          actor = states[i // 8 + 1], target = states[i % 8 + 1] }
      end
    end)
    core.pack(store, "events", 200)
  end)
  after_each(function() store:close() end)

  it("is found to have none among 128 that have one", function()
    for _ = 1, 100 do
      assert.same({}, store.events:where{ actor = "VNM", target = "VNM" }:all())
    end
    local asked = store.events:where{ actor = "VNM", target = "VNM" }
    for _ = 1, 100 do
      for id in asked:values("date") do error("there is no event " .. id) end
    end
    assert.equal("columns", asked:explain{ values = { "date" } }.finds)
  end)
end)
