-- row(name), which functions of a mapping are given, told nothing of a column that the file does
-- not have, and could be called when the memory of its row was gone.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local stores = require "spec.stores"

local raises = stores.raises

local store
before_each(function() store = assert(dualuse.open()) end)
after_each(function() store:close() end)

local function import(text, convert, options)
  return store.cases:import(type(text) == "function" and text or imports.giver(text),
    imports.with({ columns = { n = "fine" }, source = false, constants = { authority = "KOR" },
      convert = { n = convert } }, options))
end

describe("row(name)", function()
  it("finds a column as the mapping does", function()
    local seen = {}
    import("n, Other Name ,x,x\n1,a,b,c\n", function(text, row)
      seen = { row "other name", row(2), row(3), row(4), row "N" }
      return text
    end)
    assert.same({ "a", "a", "b", "c", "1" }, seen)
  end)

  it("raises for a column that there is not", function()
    for _, name in ipairs{ "m", 3, 0, 1.5, true } do
      raises(function()
        local _ = import("n,o\n1,a\n", function(_, row) return row(name) end)
      end, { code = "misuse", kind = "cases", says = { "row" } })
    end
    raises(function()
      local _ = import("n,o,o\n1,a,b\n", function(_, row) return row "o" end)
    end, { code = "misuse", says = { 'two columns of the file have the name "o"' } })
    assert.equal(0, store:revision())
  end)

  it("raises when the row has been read", function()
    local kept, problems = nil, {}
    local function try()
      if not kept then return end
      local ok, problem = pcall(kept, "n")
      assert.is_false(ok)
      problems[problem.code] = true
    end
    local file = "n\n" .. ("1"):rep(18) .. "\n" .. ("0"):rep(200000) .. "\nx\n"
    local chunks = imports.giver(file, 1000)
    local result = import(function()
      try()
      return chunks()
    end, function(text, row) kept = row; return text end,
      { on_reject = try, progress = try })
    assert.equal("read 3, added 2, rejected 1", imports.counts(result))
    try()
    assert.same({ misuse = true }, problems)
  end)
end)
