-- The first records by a date come from columns where a limit says how many; rows say the same.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"

describe("the first records by a date #process", function()
  local folder, store, rows

  local function day(number)
    return ("%04d-%02d-%02d"):format(2000 + number // 360 % 20, number // 30 % 12 + 1,
      number % 28 + 1)
  end

  --- Dates that repeat, overlap, are open at an end, and are missing.
  local function any_date()
    local number = math.random(0, 400)
    return ({
      function() return day(number) end,
      function() return day(number) end,
      function() return day(number):sub(1, 7) end,
      function() return day(number):sub(1, 4) .. "?" end,
      function() return "../" .. day(number) end,
      function() return day(number) .. "/.." end,
      function() return nil end,
    })[math.random(7)]()
  end

  setup(function()
    math.randomseed(20190704)
    folder = shell.folder()
    local path = folder .. "/store.db"
    store = assert(dualuse.open(path, { durability = "normal" }))
    store:transaction(function()
      for i = 1, 900 do
        store.cases:add{ authority = "KOR", exported = any_date(), fine = i % 7,
          currency = i % 5 == 0 and "KRW" or nil }
        store.events:add{ date = any_date() or day(i), kind = "other", quad = i % 4 + 1 }
      end
    end)
    core.pack(store, "cases", 60)
    core.pack(store, "events", 50)
    rows = assert(dualuse.open(path, { column_cache = 0, durability = "normal" }))
  end)
  teardown(function()
    store:close()
    rows:close()
    shell.remove(folder)
  end)

  local function ids(query)
    local list = {}
    for id in query:values("id") do list[#list + 1] = id end
    return table.concat(list, " ")
  end

  local ASKED = {
    { "cases", "exported", {} },
    { "cases", "exported", { fine = 3 } },
    { "cases", "exported", { currency = "KRW", fine = { lt = 2 } } },
    { "cases", "exported", { exported = "2000" } },
    { "cases", "exported", { exported = { missing = true } } },
    { "cases", "exported", { fine = 99 } },
    { "events", "date", {} },
    { "events", "date", { date = { before = "2000-06" } } },
    { "events", "date", { quad = { 1, 4 }, date = { during = "2000" } } },
  }

  local function check()
    for _, asked in ipairs(ASKED) do
      local kind, field, where = table.unpack(asked)
      for _, order in ipairs{ field, "-" .. field } do
        for _, limit in ipairs{ { 0 }, { 1 }, { 1, 1 }, { 5 }, { 7, 3 }, { 64, 100 }, { 899 },
            { 2000 }, { 3, 2000 }, { 10, 895 } } do
          local function query(of)
            return of[kind]:where(where):order(order):limit(table.unpack(limit))
          end
          local expected = ids(query(rows))
          assert.equal(expected, ids(query(store)))
          assert.equal(expected:match("^%d*"), tostring((query(store):first() or { id = "" }).id))
        end
      end
      assert.equal(rows[kind]:where(where):exists(), store[kind]:where(where):exists())
      for _, limit in ipairs{ 1, 30, 5000 } do
        assert.equal(ids(rows[kind]:where(where):limit(limit, 2)),
          ids(store[kind]:where(where):limit(limit, 2)))
      end
    end
  end

  it("are those that rows give, in their order", check)

  it("are found in columns and read from rows, which is told", function()
    local told = store.events:order("date"):limit(3):explain()
    assert.equal("columns", told.finds)
    assert.equal("rows", told.reads)
    assert.same({ "id", "date" }, told.columns)
    assert.equal("rows", store.events:order("date"):explain().finds)
    assert.equal("rows", store.events:order("date", "quad"):limit(3):explain().finds)
    assert.equal("rows", store.cases:order("date"):limit(3):explain().finds)
  end)

  it("are the right ones when some have changed, gone and come", function()
    store:transaction(function()
      local number = 0
      for id in rows.cases:values("id") do
        number = number + 1
        if number % 9 == 0 then
          store.cases:update(id, { exported = any_date() or dualuse.null })
        end
        if number % 31 == 0 then store.cases:retract(id) end
      end
      for _ = 1, 40 do
        store.cases:add{ authority = "KOR", exported = any_date(), fine = 3 }
        store.events:add{ date = any_date() or day(5), kind = "other", quad = 1 }
      end
    end)
    check()
  end)

  it("come from rows where the column of dates is damaged", function()
    store:close()
    local path = folder .. "/store.db"
    shell.must(("sqlite3 %s \"UPDATE columns SET bytes = zeroblob(8) WHERE field IN ('exported', "
      .. "'date')\""):format(shell.quote(path)))
    store = assert(dualuse.open(path, { durability = "normal" }))
    check()
  end)
end)
