-- What was on record suffered from an import that had nothing new to say, or what the import said
-- was lost without a word.

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

local function import(text, options)
  stores.write(path, text)
  return store.cases:import(path, imports.with({ columns = { n = "fine" }, identity = { "n" },
    constants = { authority = "KOR" } }, options))
end

describe("an import", function()
  it("that finds everything on record makes no revision", function()
    import("n\n1\n2\n")
    local revision = store:revision()
    import("n\n1\n2\n")
    assert.equal(revision, store:revision())
  end)

  it("leaves the title of its source as it was edited", function()
    import("n\n1\n")
    store.sources:update("cases.csv", { title = "The ministry's list of cases" })
    import("n\n2\n")
    assert.equal("The ministry's list of cases", store.sources:get("cases.csv").title)
  end)

  it("keeps the sources of a constant beside the file", function()
    store.sources:add{ key = "afp", title = "A report" }
    import("n\n1\n", { constants = { authority = "KOR",
      sources = { { "afp", locator = "para 2" } } } })
    assert.same({ "cases.csv", { "afp", locator = "para 2" } }, store.cases:first().sources)
  end)

  it("takes the sources of a row for a part of what it says", function()
    store.sources:add{ key = "afp", title = "A report" }
    store.sources:add{ key = "nikkei", title = "Another" }
    local options = { columns = { n = "fine", by = "sources" }, separator = ";" }
    import("n,by\n1,afp\n", options)
    assert.equal("read 1, duplicate 1", imports.counts(import("n,by\n1,afp\n", options)))
    local result = import("n,by\n1,afp;nikkei\n", options)
    assert.same({ "2 sources: the case with that identity (id 253) has another value" },
      (imports.reasons(result)))
    options.on_change = "update"
    assert.equal("read 1, updated 1", imports.counts(import("n,by\n1,afp;nikkei\n", options)))
    assert.same({ "cases.csv", "afp", "nikkei" }, store.cases:first().sources)
  end)

  it("keeps the sources of a row that has a version", function()
    store.sources:add{ key = "afp", title = "A report" }
    import("n,by,v\n1,afp,3\n", { columns = { n = "fine", by = "sources" }, version = "v" })
    assert.same({ { "cases.csv", locator = "version 3" }, "afp" }, store.cases:first().sources)
  end)

  it("goes by the largest version that it has seen, whatever came between", function()
    local options = { columns = { n = "fine", m = "note" }, version = "v" }
    import("n,m,v\n1,first,3\n", options)
    assert.equal("read 1, updated 1", imports.counts(import("n,m,v\n1,first,5\n", options)))
    assert.equal("read 1, duplicate 1", imports.counts(import("n,m,v\n1,older,4\n", options)))
    assert.equal("first", store.cases:first().note)
    local result = import("n,m,v\n1,other,5\n", options)
    assert.equal("read 1, rejected 1", imports.counts(result))
    assert.equal("note", result.rejects[1].field)
  end)

  it("needs a source for versions to stand with", function()
    raises(function() local _ = import("n,v\n1,1\n", { version = "v", source = false }) end,
      { code = "invalid", field = "version" })
  end)

  it("tells rows apart by several columns, whatever is in them", function()
    local options = { columns = { a = "note", b = "unit" }, identity = { "a", "b" } }
    local result = import('a,b\nx|y,z\nx,y|z\nx\\,|\nx,\\||\nx\\|,\n', options)
    assert.equal("read 5, added 5", imports.counts(result))
    assert.equal("read 5, duplicate 5",
      imports.counts(import('a,b\nx|y,z\nx,y|z\nx\\,|\nx,\\||\nx\\|,\n', options)))
  end)

  it("makes no party for a row that is rejected for another field", function()
    local result = import("n,who\nx,Acme\n", { columns = { n = "fine", who = "exporter" },
      unknown = "make" })
    assert.equal("read 1, rejected 1", imports.counts(result))
    assert.is_nil(store.parties:get "Acme")
  end)

  it("refuses a name that two records have, of whatever kinds", function()
    store.items:add{ key = "hf", name = "Etching gas" }
    store.parties:add{ key = "gas", name = "Etching gas", kind = "company" }
    store.disputes:add{ key = "HF", title = "About it" }
    stores.write(path, "from\netching gas\nhf\nHF\n")
    local result = store.links:import(path, { columns = { from = "from" },
      constants = { relation = "causes", to = "KOR" } })
    assert.equal("read 3, added 2, rejected 1", imports.counts(result))
    assert.matches('"etching gas" names both the party with id %d+ and the item with id %d+',
      result.rejects[1].reason)
    assert.same({ "hf", "HF" }, imports.values(store.links, "from"))
  end)

  it("of text for plain data stores data that can be read", function()
    stores.write(path, 'a\n{"x"\n')
    local result = store.screenings:import(path, { columns = { a = { "subject", "matches" } },
      constants = { date = "2019-07-09", outcome = "review", checked = { "lists", 2 } } })
    assert.equal("read 1, added 1", imports.counts(result))
    local record = store.screenings:first()
    assert.same({ '{"x"', '{"x"', { "lists", 2 } },
      { record.subject, record.matches, record.checked })
  end)

  it("may be from a file with a long name, or one that is not UTF-8", function()
    for _, name in ipairs{ ("x"):rep(200) .. ".csv", "caf\xe9.csv" } do
      path = folder .. "/" .. name
      assert.equal("read 1, added 1", imports.counts(import("n\n1\n")))
      assert.equal("read 1, duplicate 1", imports.counts(import("n\n1\n")))
    end
    assert.equal("caf\\xE9.csv:1", store.cases:where{ origin = { like = "caf%" } }:first().origin)
    assert.same({}, store:check())
  end)
end)

describe("a function of a mapping", function()
  it("may leave a loop half read", function()
    local loops = {}
    for _, large in ipairs{ true, false } do
      local result = import("n\n1\n2\n1\n", { convert = { n = function(text)
        local loop, state = store.parties:each()
        loop(state)
        loops[#loops + 1] = { loop, state }
        return text
      end }, source = large })
      assert.equal(3, result.read)
    end
    for _, loop in ipairs(loops) do assert.is_table(loop[1](loop[2])) end
    assert.same({}, store:check())
  end)

  it("cannot begin another import into the same kind", function()
    raises(function()
      local _ = import("n\n1\n", { convert = { n = function()
        local _ = store.cases:import(imports.giver "n\n3\n",
          { columns = { n = "fine" }, source = false, constants = { authority = "KOR" } })
      end } })
    end, { code = "misuse", kind = "cases", says = { "another import" } })
    assert.equal(0, store.cases:count())
    local result = import("n\n1\n", { convert = { n = function(text)
      local inner = store.events:import(imports.giver "d\n2019\n2019\n",
        { columns = { d = "date" }, source = false, constants = { kind = "sanction" } })
      assert.equal("read 2, added 1, duplicate 1", imports.counts(inner))
      return text
    end } })
    assert.equal("read 1, added 1", imports.counts(result))
  end)
end)
