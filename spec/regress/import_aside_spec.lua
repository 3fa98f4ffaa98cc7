-- Into an empty large kind, rows go without its indexes, and those that may repeat an earlier one
-- are put aside and read again. They were read as another file: with a line end of its own, which
-- took away a carriage return before it, and without a byte-order mark at the beginning. They were
-- converted twice, and rejected behind all others.

local dualuse = require "dualuse"
local imports = require "spec.imports"

local mapping = { columns = { b = "note" }, identity = { "a" }, source = false,
  constants = { authority = "KOR" } }

--- Imports a text into a kind that is empty, and into one that is not.
local function both_ways(text, options, check)
  for _, filled in ipairs{ false, true } do
    local store <close> = assert(dualuse.open())
    if filled then store.cases:add{ authority = "JPN" } end
    check(store.cases:import(imports.giver(text), imports.with(mapping, options())), store)
  end
end

local function none() return {} end

describe("a row that repeats an earlier one", function()
  it("is the same with a carriage return at the end of the file", function()
    both_ways("a,b\n1,x\r\n2,y\n1,x\r", none, function(result)
      assert.equal("read 3, added 2, rejected 1", imports.counts(result))
      assert.equal(4, result.rejects[1].line)
      assert.equal("1,x\r", result.rejects[1].text)
    end)
  end)

  it("is the same with a byte-order mark at the beginning of its line", function()
    both_ways("a,b\n\u{FEFF}1,x\n1,y\n\u{FEFF}1,z\n", none, function(result, store)
      assert.equal("read 3, added 2, rejected 1", imports.counts(result))
      assert.equal(1, store.cases:where{ origin = "cases:\u{FEFF}1" }:count())
    end)
  end)

  it("is converted once", function()
    local calls
    local function counting()
      calls = 0
      return { convert = { b = function(text) calls = calls + 1; return text end } }
    end
    both_ways("a,b\n1,x\n1,x\n2,y\n1,x\n", counting, function(result)
      assert.equal("read 4, added 2, duplicate 2", imports.counts(result))
      assert.equal(4, calls)
    end)
  end)

  it("is rejected in its place", function()
    both_ways("a,b\n1,x\n1,y\n2,\xff\n1,z\n", none, function(result)
      assert.same({ 3, 4, 5 }, { result.rejects[1].line, result.rejects[2].line,
        result.rejects[3].line })
    end)
  end)

  it("may be an empty line, where that is a record", function()
    for _, filled in ipairs{ false, true } do
      local store <close> = assert(dualuse.open())
      if filled then store.cases:add{ authority = "JPN" } end
      local result = store.cases:import(imports.giver "b\n\nx\n\n\n", { source = false,
        columns = { b = "note" }, constants = { authority = "KOR" } })
      assert.equal("read 4, added 2, duplicate 2", imports.counts(result))
    end
  end)

  it("is known where a column has the origin", function()
    both_ways("a,b\n1,x\n1,x\n,y\n,y\n2,z\n", function()
      return { columns = { a = "origin", b = "note" }, identity = { "b" } }
    end, function(result, store)
      assert.equal("read 5, added 3, duplicate 2", imports.counts(result))
      assert.equal(1, store.cases:where{ origin = "cases:y" }:count())
    end)
  end)
end)
