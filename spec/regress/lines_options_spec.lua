-- Of JSON Lines an import took what it was told of lines and columns, and did nothing of the kind.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local stores = require "spec.stores"

local lines = '{"authority": "KOR", "fine": 7}\n'

describe("an import of JSON Lines", function()
  it("refuses options that mean nothing to it", function()
    local store <close> = assert(dualuse.open())
    for name, value in pairs{ batch = 10, source = "afp", identity = "line", limit = 100,
      constants = { authority = "JPN" }, repair = true } do
      stores.raises(function()
        local _ = store.cases:import(imports.giver(lines), { [name] = value })
      end, { code = "misuse", kind = "cases", field = name, says = { "JSON", "on_reject" } })
    end
    assert.equal(0, store:revision())
    assert.equal("read 1, added 1", imports.counts(store.cases:import(imports.giver(lines),
      { format = "jsonl", by = "editor", progress = false, on_error = "stop" })))
  end)

  it("is not found where columns are joined", function()
    local store <close> = assert(dualuse.open())
    local result = store.cases:import(imports.giver "{a},b\nx,y\n", { source = false,
      join = { note = { "{a}", "b" } }, constants = { authority = "KOR" } })
    assert.equal("read 1, added 1", imports.counts(result))
    assert.equal("x, y", store.cases:first().note)
  end)
end)
