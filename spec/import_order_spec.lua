-- A first import keeps the index of its rows' origins where they come in its order, makes it at the
-- end where they do not, and inserts rows some at a time. None of that is to be seen afterwards.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local shell = require "spec.shell"
local stores = require "spec.stores"

local folder, path, store
before_each(function()
  folder = shell.folder()
  path = folder .. "/store.db"
  store = assert(dualuse.open(path, { durability = "normal" }))
end)
after_each(function()
  store:close()
  shell.remove(folder)
end)

local ROWS = 1500

--- One line: a number of its own, a day, a text and an actor of which there are few.
local function line(number, title)
  return ("%d\t2019-%02d-%02d\t%s\tactor %d"):format(number, number % 12 + 1, number % 28 + 1,
    title or "event " .. number, number % 7)
end

local MAPPING = { delimiter = "\t", header = false, quotes = false, source = false, name = "o",
  layouts = { [4] = { "n", "day", "title", "actor" } }, identity = { "n" },
  columns = { n = "code", day = "date", title = "title", actor = "actor" }, unknown = "make",
  constants = { kind = "consult", note = "as all are" } }

local function import(lines, options)
  return store.events:import(imports.giver(table.concat(lines, "\n") .. "\n", 4000),
    imports.with(MAPPING, options))
end

--- What the sqlite3 program finds of the events, in the order of their ids.
local function listed()
  return stores.ask(path, [[
    SELECT e.origin || ' ' || e.code || ' ' || date || ' ' || date_first || ' ' || e.title || ' '
      || p."key" || ' ' || e.note FROM events e JOIN parties p ON p.id = e.actor ORDER BY e.id]])
end

--- What they are, from the lines alone.
local function expected(lines)
  local list = {}
  for i, text in ipairs(lines) do
    local number, day, title, actor = text:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    list[i] = table.concat({ "o:" .. number, number, day, (day:gsub("-", "")), title, actor,
      "as all are" }, " ")
  end
  return table.concat(list, "\n")
end

--- The indexes and triggers of events in a file.
local function indexes(file)
  return stores.ask(file, "SELECT name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') "
    .. "AND tbl_name = 'events' ORDER BY name")
end

--- Those of a store into which nothing was imported.
local function plain_indexes()
  local other = folder .. "/other.db"
  do
    local plain <close> = assert(dualuse.open(other))
    plain.events:add{ date = "2019", kind = "other" }
  end
  local list = indexes(other)
  shell.remove(other)
  return list
end

local ORDERS = {
  ["that rise"] = function(i) return 100000 + i end,
  ["that fall"] = function(i) return 200000 - i end,
  ["that rise, but for a few"] = function(i) return i % 90 == 0 and i or 100000 + i end,
  ["of which one is longer"] = function(i) return i == 9 and 10 ^ 15 // 1 | 0 or 100000 + i end,
  ["in no order"] = function(i) return i * 7919 % 100003 end,
  ["that rise, and later do not"] = function(i)
    return i < ROWS / 2 and i + 1000 or 900000 - i * 7 % 1009 * 500 - i
  end,
}

describe("a first import of rows with origins", function()
  for name, number in pairs(ORDERS) do
    it(name .. " has all of them, and its indexes", function()
      local lines = {}
      for i = 1, ROWS do lines[i] = line(number(i)) end
      assert.equal("read 1500, added 1500", imports.counts(import(lines)))
      stores.same_lines(expected(lines), listed())
      assert.equal(plain_indexes(), indexes(path))
      assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
      assert.same({}, { table.unpack(store:check()) })
      assert.equal(lines[700]:match("%d+"),
        store.events:where{ origin = "o:" .. lines[700]:match("%d+") }:first().code)
      assert.equal("read 1500, duplicate 1500", imports.counts(import(lines)))
    end)
  end

  it("finds those that come again, and those that contradict them", function()
    local lines, wrong = {}, {}
    for i = 1, ROWS do lines[i] = line(i) end
    table.insert(lines, 40, lines[7])
    lines[#lines + 1] = lines[1000]
    lines[#lines + 1] = line(1001, "another")
    local result = import(lines, { on_reject = function(reject) wrong[#wrong + 1] = reject end })
    assert.equal("read 1503, added 1500, duplicate 2, rejected 1", imports.counts(result))
    assert.equal(1503, wrong[1].line)
  end)

  it("has texts of any length", function()
    local lines = {}
    for i = 1, 100 do lines[i] = line(i, ("x"):rep(i * i * 3 % 40000 + 1)) end
    assert.equal("read 100, added 100", imports.counts(import(lines, { limit = 100000 })))
    stores.same_lines(expected(lines), listed())
  end)

  it("shows its functions the rows so far", function()
    local lines, seen = {}, {}
    for i = 1, 100 do lines[i] = line(i) end
    import(lines, { convert = { title = function(text)
      seen[#seen + 1] = store.events:count() + 1
      return text
    end } })
    for i = 1, 100 do assert.equal(i, seen[i]) end
  end)

  it("shows what gives the bytes, and is told how far it is, the rows so far", function()
    local lines, at, seen, told = {}, 0, false, 0
    for i = 1, ROWS do lines[i] = line(i, ("x"):rep(300)) end
    store.events:import(function()
      at = at + 1
      local count = store.events:count() -- none while the first lines tell what the file is
      seen = seen or count > 0
      assert.equal(seen and (at - 1) * 100 or 0, count)
      return at <= ROWS // 100 and table.concat(lines, "\n", at * 100 - 99, at * 100) .. "\n" or nil
    end, MAPPING)
    assert.is_true(seen)
    local other <close> = assert(dualuse.open(folder .. "/other.db"))
    local file = folder .. "/lines"
    stores.write(file, (table.concat(lines, "\n") .. "\n"):rep(20)) -- the same again and again
    other.events:import(file, imports.with(MAPPING, { progress = function(_, _, rows)
      told = told + 1
      assert.equal(math.min(rows, ROWS), other.events:count())
    end }))
    assert.is_true(told > 2)
  end)

  it("can have a function import into another kind meanwhile", function()
    local lines, inner = {}, nil
    for i = 1, 100 do lines[i] = line(i) end
    import(lines, { convert = { title = function(text)
      if text == "event 50" then
        inner = store.cases:import(imports.giver("authority,code\nnew agency,1\n"),
          { columns = { authority = "authority", code = "note" }, source = false,
            unknown = "make" })
      end
      return text
    end } })
    assert.equal(1, inner.added)
    assert.equal("new agency", store.cases:where{}:first().authority)
    stores.same_lines(expected(lines), listed())
    assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
    assert.equal(plain_indexes(), indexes(path))
    assert.same({}, { table.unpack(store:check()) })
  end)
end)

describe("a further import of rows with origins", function()
  for name, number in pairs(ORDERS) do
    it(name .. " adds those that are not on record", function()
      local lines, first = {}, {}
      for i = 1, ROWS do lines[i] = line(number(i)) end
      for i = 1, 500 do first[i] = lines[i] end
      import(first)
      import({ line(300000) }, { name = "other" }) -- another file's origins are others
      assert.equal("read 1500, added 1000, duplicate 500", imports.counts(import(lines)))
      local found = listed():gsub("[^\n]*other:[^\n]*\n", "")
      stores.same_lines(expected(lines), found)
      assert.same({}, store:check())
      assert.equal("read 1500, duplicate 1500", imports.counts(import(lines)))
    end)
  end

  it("finds those that come again at once, and those that contradict them", function()
    local lines = {}
    import{ line(1) }
    for i = 1, 100 do
      lines[#lines + 1] = line(i)
      if i % 7 == 0 then lines[#lines + 1] = line(i) end
      if i % 40 == 0 then lines[#lines + 1] = line(i, "another") end
    end
    assert.equal("read 116, added 99, duplicate 15, rejected 2", imports.counts(import(lines)))
    assert.equal("100", stores.ask(path, "SELECT count(*) FROM events"))
  end)

  it("tells them apart however long they are", function()
    local lines = {}
    for i = 1, 200 do lines[i] = line(i, ("x"):rep(i)) end
    local by_title = { identity = { "title" } }
    import({ lines[1] }, by_title)
    assert.equal("read 200, added 199, duplicate 1", imports.counts(import(lines, by_title)))
    table.move(lines, 1, 200, 201)
    assert.equal("read 400, duplicate 400", imports.counts(import(lines, by_title)))
  end)

  it("finds what its functions add meanwhile", function()
    local lines = {}
    for i = 1, 100 do lines[i] = line(100 + i) end
    import{ line(1) }
    local result = import(lines, { convert = { title = function(text)
      if text == "event 150" then
        store.events:add{ date = "2019", kind = "other", origin = "o:180" }
      end
      return text
    end } })
    assert.equal("read 100, added 99, rejected 1", imports.counts(result))
    assert.matches("^80 .*has another value$", imports.reasons(result)[1])
  end)
end)
