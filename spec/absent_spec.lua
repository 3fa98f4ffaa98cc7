-- A file has the tables that something was written to, and no others: what asks for a kind that has
-- none finds nothing, as long as nobody makes it.

local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

describe("a kind that nothing was written to #process", function()
  local folder, path, store

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path))
  end)
  after_each(function()
    store:close()
    shell.remove(folder)
  end)

  --- The tables of kinds and their history, as the sqlite3 program has them.
  local function made()
    local names = {}
    for _, kind in ipairs(dualuse.describe()) do
      for _, name in ipairs{ kind.kind, kind.kind .. "_history" } do
        if stores.has_table(path, name) then names[#names + 1] = name end
      end
    end
    return table.concat(names, " ")
  end

  local function add_case(fields)
    local case = { authority = "KOR" }
    for name, value in pairs(fields or {}) do case[name] = value end
    return store.cases:add(case)
  end

  it("has no table, and is made with its first record", function()
    assert.equal("parties", made())
    local id = add_case()
    assert.equal("parties cases", made())
    store.cases:update(id, { fine = 5 })
    assert.equal("parties cases cases_history", made())
    store.parties:retract("VUT")
    assert.equal("parties parties_history cases cases_history", made())
    assert.same({}, store:check())
  end)

  it("answers as one without records", function()
    for _, kind in ipairs(dualuse.describe()) do
      local records = store[kind.kind]
      if kind.kind ~= "parties" then
        assert.equal(0, #records)
        assert.is_nil(records:first())
        assert.is_nil(records:get(1))
        assert.is_nil(records:get("key"))
        assert.same({}, records:all())
        assert.is_false(records:exists())
        assert.same({}, { table.unpack(records:group{ "id" }) })
        assert.same({}, store:as_of(0)[kind.kind]:all())
        assert.same({}, records:where{ note = "x", sources = { title = "y" } }:all())
      end
    end
    assert.is_nil(store.events:sum("mentions"))
    assert.same({}, store.sources:search("fluoride"):all())
    assert.same({}, store.cases:where{ authority = { within = "KOR" },
      items = { name = "chemicals" }, dispute = { parties = "JPN" } }:all())
    assert.equal("invalid", stores.raised(function()
      add_case{ items = { "gas" } }
    end).code)
    assert.equal("", (made():gsub("parties ?", "")))
  end)

  it("has SQL that the sqlite3 program takes", function()
    local text = store.cases:where{ items = { category = "material" } }:order("-date"):sql()
    assert.equal("", stores.ask(path, text))
    add_case()
    assert.matches("KOR", stores.ask(path, "SELECT p.\"key\" FROM parties p JOIN (" ..
      store.cases:sql() .. ") c ON c.authority = p.id"))
  end)

  it("is found by whoever asked before, when another has made it", function()
    local reader <close> = assert(dualuse.open(path, { readonly = true }))
    local query = reader.cases:where{ fine = { gte = 1 } }
    assert.equal(0, query:count())
    assert.equal(0, #reader.cases)
    local id = add_case{ fine = 5 }
    assert.equal(1, query:count())
    assert.equal(1, #reader.cases)
    assert.equal(0, #reader:as_of(0).cases)
    assert.equal(1, #reader.cases:history(id))
    store.cases:update(id, { fine = 7 })
    assert.equal(2, #reader.cases:history(id))
    assert.equal(5, reader:as_of(1).cases:get(id).fine)
    assert.equal(7, query:first().fine)
  end)

  it("is made once where two add to it", function()
    local other <close> = assert(dualuse.open(path))
    assert.equal(0, #other.cases)
    local first = add_case()
    local second = other.cases:add{ authority = "JPN" }
    store.cases:update(second, { fine = 1 })
    other.cases:update(first, { fine = 2 })
    assert.equal(2, #store.cases)
    assert.equal(2, #other.cases:history(first))
    assert.same({}, other:check())
  end)

  it("has no table again where what made it is undone", function()
    for _ = 1, 2 do
      local raised = stores.raised(function()
        store:transaction(function()
          local id = add_case()
          store.cases:update(id, { fine = 1 })
          assert.equal(1, #store.cases)
          assert.equal(1, store.cases:where{ fine = 1 }:count())
          error{ code = "mine" }
        end)
      end)
      assert.equal("mine", raised.code)
      assert.equal("parties", made())
      assert.equal(0, #store.cases)
      assert.equal(0, store.cases:where{ fine = 1 }:count())
    end
    -- another makes the schema one version newer, as this one had
    local other <close> = assert(dualuse.open(path))
    other.cases:add{ authority = "KOR", fine = 1 }
    assert.equal(1, store.cases:where{ fine = 1 }:count())
    assert.equal(1, #store.cases)
    assert.same({}, store:check())
  end)

  it("has no table again where a part of a transaction is undone", function()
    store:transaction(function()
      store.items:add{ key = "gas", name = "gas" }
      stores.raised(function()
        store:transaction(function()
          add_case{ items = { "gas" } }
          store.items:update("gas", { note = "once" })
          error{}
        end)
      end)
      assert.equal(0, #store.cases)
      assert.equal(1, #store.items:history("gas"))
      add_case()
      assert.equal(1, #store.cases)
    end)
    assert.equal("parties items cases", made())
    assert.same({}, store:check())
  end)

  it("leaves a loop to its end that began before it was made", function()
    add_case()
    add_case()
    local seen = 0
    for case in store.cases:each() do
      seen = seen + 1
      store.events:add{ date = "2019", kind = "other" }
      store.cases:update(case.id, { fine = seen })
      for _ in store.links:each() do error("there is none") end
    end
    assert.equal(2, seen)
    assert.equal(2, #store.events)
  end)

  it("ends a loop over what is undone with it, and not as if there were no more", function()
    local loop, state
    stores.raised(function()
      store:transaction(function()
        for i = 1, 3 do add_case{ fine = i } end
        loop, state = store.cases:each()
        assert.equal(1, loop(state).fine)
        error{}
      end)
    end)
    assert.equal("interrupted", stores.raised(loop, state).code)
    assert.equal(0, #store.cases)
    add_case()
    assert.equal(1, #store.cases)
  end)

  it("is missed where its table was taken away", function()
    add_case()
    store:close()
    stores.ask(path, "DROP TABLE cases")
    store = assert(dualuse.open(path))
    assert.equal("corrupt", stores.raised(function() return #store.cases end).code)
    assert.equal("corrupt", stores.raised(add_case).code)
    local all = {}
    for i, finding in ipairs(store:check()) do all[i] = finding.problem end
    assert.matches("no such table: cases", table.concat(all, "\n"), 1, true)
  end)

  it("is told apart from what somebody else made of that name", function()
    store:close()
    stores.ask(path, "CREATE TABLE cases (id INTEGER)")
    store = assert(dualuse.open(path))
    assert.equal("corrupt", stores.raised(add_case).code)
    assert.equal(0, #store.items)
  end)

  it("guards its records before and after one is changed", function()
    local id = add_case{ key = "case" }
    local function check_refused()
      local before = stores.dump(path)
      for _, statement in ipairs{ "UPDATE cases SET fine = 1", "DELETE FROM cases",
        "UPDATE cases SET revision = 99", "INSERT INTO cases (id, revision) VALUES (99999, 0)",
        "INSERT INTO cases (id, revision) VALUES (1, 99)",
        "INSERT OR REPLACE INTO cases (id, \"key\", revision) VALUES (99999, 'case', 99)" } do
        local status, output = stores.sqlite(path, statement)
        assert.not_equal(0, status, statement)
        assert.matches("dualuse: records are ", output, 1, true)
      end
      stores.same_lines(before, stores.dump(path))
    end
    check_refused()
    store.cases:update(id, { fine = 3 })
    for _, statement in ipairs{ "UPDATE cases SET fine = 1", "DELETE FROM cases" } do
      assert.not_equal(0, (stores.sqlite(path, statement)), statement)
    end
  end)
end)
