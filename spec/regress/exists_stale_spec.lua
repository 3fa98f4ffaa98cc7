-- Where all records of a segment had changed since it was packed, a query without conditions said
-- that there were some.
local core = require "dualuse.core"
local dualuse = require "dualuse"

describe("a query whose records have all been retracted", function()
  it("finds none", function()
    local store <close> = assert(dualuse.open())
    local ids = {}
    for i = 1, 3 do ids[i] = store.events:add{ date = "2019-07-04", kind = "consult" } end
    core.pack(store, "events", 10)
    assert.is_true(store.events:exists())
    for _, id in ipairs(ids) do store.events:retract(id) end
    assert.equal("columns", store.events:explain{ count = true }.finds)
    assert.is_false(store.events:exists())
    store.events:put{ id = ids[2] }
    assert.is_true(store.events:exists())
  end)
end)
