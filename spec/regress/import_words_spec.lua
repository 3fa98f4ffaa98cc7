-- What the words of a mapping stand for went into the store unchecked: an integer into a column of
-- floats, so that the same file differed from itself when it was run again; a number out of range;
-- and what no such column takes failed in the middle of a load.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local stores = require "spec.stores"

local raises = stores.raises

local store
before_each(function() store = assert(dualuse.open()) end)
after_each(function() store:close() end)

local function import(text, options)
  local mapping = { source = false, identity = { "a" },
    constants = { date = "2019", kind = "sanction" } }
  return store.events:import(imports.giver(text), imports.with(mapping, options))
end

describe("a word of a mapping", function()
  it("is stored as the field's values are", function()
    local options = { columns = { a = "tone", b = "inferred" },
      words = { tone = { high = 5 }, inferred = { y = true, n = false } } }
    assert.equal("read 2, added 2", imports.counts(import("a,b\nhigh,y\n-1,n\n", options)))
    assert.equal("float", math.type(store.events:where{ tone = 5 }:first().tone))
    assert.equal(1, store.events:where{ inferred = false }:count())
    assert.equal("read 2, duplicate 2", imports.counts(import("a,b\nhigh,y\n-1,n\n", options)))
  end)

  it("is checked before the first row", function()
    raises(function()
      local _ = import("a\nx\n", { columns = { a = "quad" }, words = { quad = { x = 7 } } })
    end, { code = "invalid", kind = "events", field = "quad", says = { "7 is out of range" } })
    raises(function()
      local _ = import("a\nx\n", { columns = { a = "quad" }, words = { quad = { x = 1.5 } } })
    end, { code = "invalid", field = "quad", says = { "an integer" } })
    raises(function()
      local _ = import("a\nx\n", { columns = { a = "code" }, words = { code = { x = 163 } } })
    end, { code = "invalid", field = "code", says = { "expected text" } })
    raises(function()
      local _ = import("a\nx\n", { columns = { a = "status" }, words = { status = { x = "so" } } })
    end, { code = "invalid", field = "status", says = { "confirmed" } })
    raises(function()
      local _ = import("a\nx\n", { columns = { a = "actor" }, words = { actor = { x = 99999 } } })
    end, { code = "invalid", field = "actor", says = { "99999" } })
    assert.equal(0, store:revision())
  end)

  it("of several that are wrong is always the same that is told", function()
    local words = {}
    for i = 1, 50 do words["word " .. i] = 100 + i end
    for _ = 1, 5 do
      raises(function()
        local _ = import("a\nx\n", { columns = { a = "quad" }, words = { quad = words } })
      end, { code = "invalid", says = { "101 is out of range" } })
    end
  end)

  it("is a date in EDTF, whatever the file's are", function()
    local result = import("a\n4.7.2019\nsummer\n", { columns = { a = "date" }, constants = {
      kind = "sanction" }, dates = { "dd.mm.yyyy" }, words = { date = { summer = "2019-22" } } })
    assert.equal("read 2, added 2", imports.counts(result))
    assert.same({ "2019-07-04", "2019-22" }, imports.values(store.events, "date"))
  end)

  it("that is empty leaves a constant as it is", function()
    local result = import("a\nnone\n163\n", { columns = { a = { "code", "contexts" } },
      words = { code = { none = "" }, contexts = { none = "", ["163"] = "economic" } },
      constants = { date = "2019", kind = "sanction", code = "010", contexts = { "legal" } } })
    assert.equal("read 2, added 2", imports.counts(result))
    assert.same({ "010", "163" }, imports.values(store.events, "code"))
    assert.same({ { "legal" }, { "economic" } }, imports.values(store.events, "contexts"))
  end)
end)
