-- A load in parts notes how far it has come. It could not go on behind an empty line; it lost the
-- rest of a line longer than the limit at the end of a part; it took another kind's mark for its
-- own; and of a file that had changed it noticed only where the lines end elsewhere.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

local folder, path, store
before_each(function()
  folder = shell.folder()
  path = folder .. "/cases.csv"
  store = assert(dualuse.open())
end)
after_each(function()
  store:close()
  shell.remove(folder)
end)

local mapping = { columns = { n = "fine" }, identity = { "n" }, constants = { authority = "KOR" },
  batch = 2 }

--- Imports a text, and stops at the rejected line x. Gives what was rejected of others.
local function stop(text, options)
  local given = {}
  stores.write(path, text)
  assert.has_error(function()
    store.cases:import(path, imports.with(imports.with(mapping, options),
      { on_reject = function(reject)
        if reject.text == "x" then error("enough", 0) end
        given[#given + 1] = reject.text
      end }))
  end, "enough")
  return table.concat(given)
end

describe("a load in parts", function()
  it("goes on behind an empty line", function()
    stop("n,m\n1,\n\n\n2,\n\n3,\nx\n4,\n")
    assert.equal(2, store.cases:count())
    local result = store.cases:import(path, mapping)
    assert.equal("read 5, added 4, rejected 1", imports.counts(result))
    assert.equal(4, store.cases:count())
  end)

  it("gives the whole of a long line at the end of a part", function()
    local long, given = ("9"):rep(100000), {}
    assert.is_true(long == stop("n\n1\n" .. long .. "\n2\nx\n", { limit = 10 }))
    local result = store.cases:import(path, imports.with(mapping, { limit = 10,
      on_reject = function(reject) given[#given + 1] = reject.text end }))
    assert.same({ "x" }, given)
    assert.equal("read 4, added 2, rejected 2", imports.counts(result))
  end)

  it("is not that of another kind from the same file", function()
    stop("n\n1\n2\n3\nx\n")
    local result = store.applications:import(path, { columns = { n = "value" }, batch = 2,
      constants = { date = "2019", jurisdiction = "JPN", destination = "KOR", decision = "pending",
        items = {} }, unknown = "make" })
    assert.equal(4, result.read)
    assert.equal(4, result.rejected + result.added)
  end)

  it("refuses a file that has changed, even where its lines end at the same places", function()
    stop("n\n1\n2\n3\n4\nx\n")
    stores.write(path, "n\n1\n5\n3\n4\n6\n")
    raises(function() local _ = store.cases:import(path, mapping) end,
      { code = "invalid", field = "batch", says = { "4 lines", "without batch" } })
    assert.equal(4, store.cases:count())
  end)

  it("is done with when the file is read as a whole", function()
    stop("n\n1\n2\n3\n4\nx\n")
    stores.write(path, "n\n1\n5\n3\n4\n6\n")
    local whole = imports.with(mapping)
    whole.batch = nil
    assert.equal("read 5, added 2, duplicate 3", imports.counts(store.cases:import(path, whole)))
    assert.equal("read 5, duplicate 5", imports.counts(store.cases:import(path, mapping)))
  end)
end)
