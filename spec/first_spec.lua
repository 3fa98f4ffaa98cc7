-- What a large import leaves out, since columns do its work: the index of rows by who acts, on whom
-- and when. It is made once rows are asked for that.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local shell = require "spec.shell"
local stores = require "spec.stores"

local parties = { "KOR", "JPN", "VNM", "USA", "CHN" }

-- More than are worth columns.
local MANY = 6000

--- Events of every pair of parties, on the days of some years, as a file with a header.
local function lines(count)
  local list = { "number,date,kind,actor,target,tone,note" }
  for i = 1, count do
    list[#list + 1] = ("%d,%d-%02d-%02d,consult,%s,%s,%d,%s"):format(i, 2010 + i % 9, i % 12 + 1,
      i % 28 + 1, parties[i % 5 + 1], parties[i // 5 % 5 + 1], i % 17, i % 7 == 0 and "noted" or "")
  end
  return table.concat(list, "\n") .. "\n"
end

local columns = { date = "date", kind = "kind", actor = "actor", target = "target", tone = "tone",
  note = "note" }

local function import(store, count)
  local result = store.events:import(imports.giver(lines(count)), { columns = columns,
    identity = { "number" }, source = { key = "generated", title = "Generated events" } })
  assert.equal("read " .. count .. ", added " .. count, imports.counts(result))
end

describe("the index of who acts on whom", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
  end)

  after_each(function() shell.remove(folder) end)

  local function open(options) return assert(dualuse.open(path, options)) end

  local function is_there()
    return stores.ask(path, "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND "
      .. "name = 'events_actor'") == "1"
  end

  local dyad = { actor = "KOR", target = "JPN", date = { during = "2012/2014" } }

  -- The same, asked of the sqlite3 program.
  local BY_PROGRAM = [[ FROM events e, parties a, parties b WHERE a.id = e.actor AND
    b.id = e.target AND a.key = 'KOR' AND b.key = 'JPN' AND e.date BETWEEN '2012' AND '2015']]

  local function ids_by_program()
    return stores.ask(path, "SELECT group_concat(id, ' ') FROM (SELECT e.id" .. BY_PROGRAM
      .. " ORDER BY 1)")
  end

  local function ids(query)
    local list = {}
    for event in query:each() do list[#list + 1] = event.id end
    table.sort(list)
    return table.concat(list, " ")
  end

  it("is there where events are added, or imported in small numbers", function()
    local store <close> = open()
    import(store, 100)
    assert.is_true(is_there())
    assert.matches("USING INDEX events_actor", store.events:where(dyad):explain().sqlite[1])
  end)

  it("is left out by a large import, after which columns find what it leads to", function()
    local store <close> = open()
    import(store, MANY)
    assert.is_false(is_there())
    assert.same({}, store:check())
    local query = store.events:where(dyad)
    assert.equal("columns", query:explain().finds)
    for _ = 1, 60 do -- as long as it takes until lists in memory lead to them
      assert.equal(ids_by_program(), ids(query))
    end
    assert.equal(stores.ask(path, "SELECT count(*)" .. BY_PROGRAM), tostring(query:count()))
    assert.equal(ids(query:order("id"):limit(3)), ids_by_program():match("%d+ %d+ %d+"))
    assert.same(query:order("date", "id"):limit(5):all(), query:order("date"):limit(5):all())
    assert.is_true(query:exists())
    assert.is_false(is_there())
  end)

  it("stays left out while events are added and changed, and they are found", function()
    local store <close> = open()
    import(store, MANY)
    local query = store.events:where(dyad)
    local first = query:first().id
    store.events:update(first, { target = "USA" })
    store.events:add{ date = "2013-01-01", kind = "sanction", actor = "KOR", target = "JPN" }
    assert.is_nil(ids(query):find("%f[%d]" .. first .. "%f[%D]"))
    assert.equal(ids_by_program(), ids(query))
    local found = 0
    for _ in query:values("tone") do found = found + 1 end -- columns do not give what has changed
    assert.equal(stores.ask(path, "SELECT count(*)" .. BY_PROGRAM), tostring(found))
  end)

  for what, ask in pairs{
    ["of a field without a column"] = function(query) return ids(query:where{ note = "noted" }) end,
    ["of an earlier revision"] = function(_, store)
      return ids(store:as_of(1).events:where(dyad))
    end,
  } do
    it("is made where rows are asked " .. what, function()
      local store <close> = open()
      import(store, MANY)
      store.events:add{ date = "2013-01-01", kind = "sanction", actor = "KOR", target = "JPN" }
      local without <close> = open{ readonly = true, column_cache = 0 }
      local expected = ask(without.events:where(dyad), without)
      assert.is_false(is_there())
      assert.equal(expected, ask(store.events:where(dyad), store))
      assert.is_true(#expected > 0 and is_there())
      assert.same({}, store:check())
    end)
  end

  it("is made where columns are not used, and is no revision", function()
    import(open(), MANY)
    local store <close> = open{ column_cache = 0 }
    local revision = store:revision()
    assert.equal(stores.ask(path, "SELECT count(*)" .. BY_PROGRAM),
      tostring(store.events:where(dyad):count()))
    assert.is_true(is_there())
    assert.equal(revision, store:revision())
    assert.matches("USING INDEX events_actor", store.events:where(dyad):explain().sqlite[1])
    assert.equal(ids_by_program(), ids(store.events:where(dyad)))
  end)

  it("is not made for other questions, for reading alone, nor against a deadline", function()
    import(open(), MANY)
    local store <close> = open{ column_cache = 0 }
    local readonly <close> = open{ column_cache = 0, readonly = true }
    local timed <close> = open{ column_cache = 0, deadline = 60 }
    assert.equal(tonumber(stores.ask(path, "SELECT count(*) FROM events WHERE quad IS NULL")),
      store.events:where{ quad = { missing = true } }:count())
    store.events:where{ actor = { ne = "KOR" } }:count()
    store.events:where{ target = "KOR" }:count()
    for _, asked in ipairs{ readonly, timed } do
      assert.equal(ids_by_program(), ids(asked.events:where(dyad)))
    end
    assert.is_false(is_there())
  end)

  it("is made in a transaction where one asks, and goes with it", function()
    import(open(), MANY)
    local store <close> = open{ column_cache = 0 }
    local expected = ids_by_program()
    local problem = stores.raised(store.transaction, store, function()
      store.events:add{ date = "2013-01-01", kind = "sanction", actor = "KOR", target = "JPN" }
      assert.matches("^" .. expected .. " %d+$", ids(store.events:where(dyad)))
      assert.matches("USING INDEX events_actor", store.events:where(dyad):explain().sqlite[1])
      store.events:add{ kind = "sanction" } -- it has no date
    end)
    assert.equal("invalid", problem.code)
    assert.is_false(is_there())
    assert.equal(expected, ids(store.events:where(dyad)))
    assert.is_true(is_there())
  end)

  it("is not made while records are read, which goes on", function()
    import(open(), MANY)
    local store <close> = open{ column_cache = 0 }
    local expected = ids_by_program()
    local count = 0
    for _ in store.events:limit(3):each() do
      assert.equal(expected, ids(store.events:where(dyad)))
      count = count + 1
    end
    assert.equal(3, count)
    assert.is_false(is_there())
  end)

  it("is left out where something else has its name, and rows are searched", function()
    import(open(), MANY)
    stores.ask(path, "CREATE TABLE events_actor (in_the_way TEXT)")
    local store <close> = open{ column_cache = 0 }
    for _ = 1, 2 do assert.equal(ids_by_program(), ids(store.events:where(dyad))) end
  end)

  it("is made anew by repair", function()
    local store <close> = open()
    import(store, MANY)
    store:repair()
    assert.is_true(is_there())
    assert.same({}, store:check())
  end)
end)
