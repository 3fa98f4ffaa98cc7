-- Many questions for a dyad, one after the other: once there were enough, they are answered from
-- columns, by lists of rows in memory, and have to be answered as by the index of the rows.

local core = require "dualuse.core"
local draw = require "spec.draw"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local chance, pick = draw.chance, draw.pick
local random = math.random

-- So many questions to a segment are answered by rows.
local WORTH_SEGMENT = 12

local parties = { "KOR", "JPN", "VNM", "USA" }
local texts = { "042", "1241", "é", "10" }

local function any_event(date)
  return {
    date = date or draw.date(), kind = pick{ "sanction", "threaten", "consult" },
    actor = chance(0.9) and pick(parties) or nil, target = chance(0.9) and pick(parties) or nil,
    code = chance(0.8) and pick(texts) or nil, quad = chance(0.8) and random(4) or nil,
    goldstein = chance(0.5) and random(-10, 10) / 3 or nil,
  }
end

local function add_events(store, count)
  store:transaction(function()
    for _ = 1, count do store.events:add(any_event()) end
  end)
end

--- A date as it can be asked with an operator.
local function any_asked()
  local day = draw.day()
  return pick{ day, { during = day }, { during = day .. "/" .. day }, { before = day },
    { after = day }, { ne = day }, draw.day() .. "/..", "../" .. day, { during = "../" .. day },
    { after = "2012", before = "2021" }, { missing = false } }
end

local function any_where()
  return {
    actor = pick(parties), target = pick(parties), date = chance(0.8) and any_asked() or nil,
    quad = chance(0.2) and { gte = 2 } or nil, code = chance(0.2) and pick(texts) or nil,
    kind = chance(0.2) and { "sanction", "consult" } or nil,
    goldstein = chance(0.1) and { missing = true } or nil,
  }
end

--- All that a loop over the query gives.
local function rows_of(query)
  local rows = {}
  for id, date, code, target, quad, goldstein
    in query:values("date", "code", "target", "quad", "goldstein") do
    rows[#rows + 1] = stores.show{ id, date, code, target, quad, goldstein }
  end
  return table.concat(rows, "\n")
end

local function tables_of(query)
  local rows = {}
  for record in query:select("kind", "actor", "code"):each() do
    rows[#rows + 1] = stores.show(record)
  end
  return table.concat(rows, "\n")
end

describe("a question for a dyad", function()
  local folder, path, store, rows

  before_each(function()
    math.randomseed(7)
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path))
    rows = assert(dualuse.open(path, { column_cache = 0 }))
  end)

  after_each(function()
    store:close()
    rows:close()
    shell.remove(folder)
  end)

  local dyad = { actor = "KOR", target = "JPN" }

  local function finds(asked, where)
    return (asked or store).events:where(where or dyad):explain{ values = { "date" } }.finds
  end

  --- Asks until columns answer; returns how many questions that took.
  local function ask_on(asked)
    for i = 1, 1000 do
      local found = rows_of((asked or store).events:where(dyad))
      assert.equal(rows_of(rows.events:where(dyad)), found)
      if finds(asked) == "columns" then return i end
    end
    error("rows answer")
  end

  local function same_answers(count)
    for _ = 1, count or 300 do
      local where = any_where()
      local query, expected = store.events:where(where), rows.events:where(where)
      local shown = stores.show(where)
      assert.equal(rows_of(expected), rows_of(query), shown)
      assert.equal(tables_of(expected), tables_of(query), shown)
    end
  end

  it("is answered from columns after as many as are worth reading them", function()
    add_events(store, 100)
    core.pack(store, "events", 30)
    assert.equal("rows", finds())
    local questions = ask_on()
    assert.is_true(questions > WORTH_SEGMENT * 4 and questions < WORTH_SEGMENT * 6, questions)
    assert.equal("columns", finds(nil, { actor = "USA", target = "USA", date = "2015" }))
    -- what the lists do not have
    for _, where in ipairs{ { actor = "KOR" }, { target = "KOR" }, { actor = parties,
      target = "JPN" }, { actor = "KOR", target = { within = "JPN" } },
      { actor = "KOR", target = "JPN", id = store.events:first().id } } do
      local found = store.events:where(where)
      rows_of(found)
      assert.equal(rows_of(rows.events:where(where)), rows_of(found))
    end
    assert.equal("rows", finds(nil, { actor = "KOR" }))
    assert.equal("rows", store.events:where(dyad):order("-date"):explain().finds)
  end)

  it("gives fields of every sort, however many", function()
    local source = store.sources:add{ key = "afp", title = "AFP" }
    add_events(store, 100)
    for i = 1, 20 do
      store.events:add{ date = "2016-01-02", kind = "consult", actor = "KOR", target = "JPN",
        sources = i % 3 > 0 and { source } or nil, contexts = i % 2 > 0 and { "military" } or nil,
        participants = i % 4 > 0 and { "KOR", "USA" } or nil }
    end
    core.pack(store, "events", 30)
    ask_on()
    local fields = { "date", "kind", "actor", "target", "code", "quad", "goldstein", "tone",
      "mentions", "dispute", "latitude", "status" }
    for _, names in ipairs{ fields, { "dispute" }, { "sources" }, { "contexts", "kind" },
      { "participants", "target" } } do
      local lists = {}
      for which, asked in ipairs{ store, rows } do
        local list = {}
        for _, where in ipairs{ dyad, { actor = "KOR", target = "JPN", date = "2016" } } do
          local query = asked.events:where(where)
          local function take(given, state, first, closing)
            for id, a, b, c, d, e, f, g, h, i, j, k, l in given, state, first, closing do
              list[#list + 1] = stores.show{ id, a, b, c, d, e, f, g, h, i, j, k, l }
            end
          end
          take(query:values(table.unpack(names)))
          for record in query:select(table.unpack(names)):each() do
            list[#list + 1] = stores.show(record)
          end
        end
        assert.is_true(#list > 40)
        lists[which] = table.concat(list, "\n")
      end
      stores.same_lines(lists[2], lists[1])
    end
  end)

  it("gets the same answer, whatever is asked of dates and other fields", function()
    for _ = 1, 4 do
      store:close()
      store = assert(dualuse.open(path))
      add_events(store, random(200))
      core.unpack(store, "events")
      core.pack(store, "events", pick{ 7, 30, 100 })
      ask_on()
      same_answers()
    end
  end)

  it("that is asked twice of one field finds nothing for two values", function()
    add_events(store, 100)
    core.pack(store, "events", 30)
    ask_on()
    for _, other in ipairs{ { actor = "JPN" }, { target = "KOR" } } do
      local query = store.events:where(dyad):where(other)
      assert.equal("columns", query:explain{ values = { "date" } }.finds)
      assert.equal("", rows_of(query))
      assert.equal("", rows_of(store.events:where(other):where(dyad)))
    end
    assert.equal(rows_of(rows.events:where(dyad)), rows_of(store.events:where(dyad):where(dyad)))
  end)

  it("is answered by rows while a record has changed or is in no segment", function()
    add_events(store, 100)
    core.pack(store, "events", 30)
    ask_on()
    local id = store.events:where(dyad):first().id
    store.events:update(id, { target = "USA" })
    assert.equal("rows", finds())
    same_answers(100)
    core.unpack(store, "events")
    core.pack(store, "events", 30)
    rows_of(store.events:where(dyad))
    assert.equal("columns", finds())
    same_answers(100)
    rows.events:add{ date = "2016", kind = "sanction", actor = "KOR", target = "JPN" }
    assert.equal("rows", finds())
    same_answers(100)
    core.pack(rows, "events", 30) -- another connection
    rows_of(store.events:where(dyad))
    assert.equal("columns", finds())
    same_answers(100)
    rows.events:retract(id)
    assert.equal("rows", finds())
    same_answers(100)
  end)

  it("keeps its lists when another connection writes something else", function()
    add_events(store, 100)
    core.pack(store, "events", 30)
    ask_on()
    rows.items:add{ key = "hf", name = "hydrogen fluoride" }
    assert.equal("columns", finds())
    same_answers(50)
  end)

  it("gets the same answer where all dates are days, few rows or many", function()
    store:transaction(function()
      for _ = 1, 400 do store.events:add(any_event(draw.day())) end
      for i = 1, 1100 do
        local day = ("2019-%02d-%02d"):format(i % 12 + 1, i % 28 + 1)
        store.events:add{ date = day, kind = "consult", actor = "KOR", target = "JPN" }
      end
    end)
    core.pack(store, "events", 500)
    local few = { actor = "USA", target = "USA", date = "2019" }
    for _ = 1, WORTH_SEGMENT * 4 do rows_of(store.events:where(few)) end
    assert.equal("columns", finds())
    same_answers(30)
    for _, days in ipairs{ "2019-03-05/2019-03-28", "2019", "2018-12-31/2019-01-01", "2019-02",
      "0001-01-01", "2019-12-28/..", "../2019-01-02", "9999-12-31" } do
      for _, asked in ipairs{ days, { during = days }, { during = days, ne = "2019-03-07" },
        { during = days, after = "2019-03-07" } } do
        local where = { actor = "KOR", target = "JPN", date = asked }
        assert.equal(rows_of(rows.events:where(where)), rows_of(store.events:where(where)),
          stores.show(asked))
      end
    end
  end)

  it("ends with the loops of its store, and has a function of its own", function()
    add_events(store, 200)
    core.pack(store, "events", 30)
    ask_on()
    local next, cursor = store.events:where(dyad):values("date")
    local other, another = store.events:where(dyad):select("date"):each()
    assert.equal(next(cursor), other(another).id)
    assert.equal("misuse", stores.raised(next, another).code)
    store:interrupt()
    assert.equal("interrupted", stores.raised(next, cursor).code)
    assert.equal("interrupted", stores.raised(other, another).code)
    assert.is_nil(next(cursor))
    same_answers(5)
  end)

  it("goes on while its records are written to", function()
    add_events(store, 200)
    core.pack(store, "events", 30)
    ask_on()
    local expected, found = {}, {}
    for id in rows.events:where(dyad):values("date") do expected[#expected + 1] = id end
    for id in store.events:where(dyad):values("date") do
      found[#found + 1] = id
      store.events:update(id, { target = "USA" })
      store.events:add{ date = "2016", kind = "sanction", actor = "KOR", target = "JPN" }
    end
    assert.same(expected, found)
    same_answers(50)
  end)

  it("may be left, and left open when the store is closed", function()
    add_events(store, 200)
    core.pack(store, "events", 30)
    ask_on()
    for id in store.events:where(dyad):values("date") do
      if id then break end
    end
    local next, cursor = store.events:where(dyad):values("date")
    assert.is_true(math.type(next(cursor)) == "integer")
    store:close()
    assert.equal("closed", stores.raised(next, cursor).code)
    store = assert(dualuse.open(path))
  end)

  it("is answered by rows from a damaged column on", function()
    add_events(store, 200)
    core.pack(store, "events", 30)
    local expected = rows_of(store.events:where(dyad))
    for _, damaged in ipairs{ "code", "actor", "date" } do
      store:close()
      local change = [[UPDATE columns SET bytes = zeroblob(64) WHERE field = '%s'
        AND number = (SELECT number FROM segments ORDER BY number LIMIT 1 OFFSET 3);]]
      stores.ask(path, stores.unguarded(path, change:format(damaged)))
      store = assert(dualuse.open(path))
      for _ = 1, 150 do assert.equal(expected, rows_of(store.events:where(dyad))) end
      local coded = { actor = "KOR", target = "JPN", code = { "042", "10" } }
      assert.equal(rows_of(rows.events:where(coded)), rows_of(store.events:where(coded)))
      assert.equal(damaged == "code" and "columns" or "rows", finds())
    end
  end)

  it("of a view of now is answered like one of the store", function()
    add_events(store, 100)
    core.pack(store, "events", 30)
    local view = store:as_of(store:revision())
    ask_on(view)
    store.events:add{ date = "2016", kind = "sanction", actor = "KOR", target = "JPN" }
    core.pack(store, "events", 30)
    assert.equal("rows", finds(view))
    assert.equal(rows_of(rows:as_of(view:revision()).events:where(dyad)),
      rows_of(view.events:where(dyad)))
  end)

  it("is answered by rows where its lists would take too much memory", function()
    add_events(store, 100)
    core.pack(store, "events", 30)
    store:close()
    store = assert(dualuse.open(path, { column_cache = 1000 }))
    for _ = 1, 150 do rows_of(store.events:where(dyad)) end
    assert.equal("rows", finds())
  end)

  it("is not stopped by a deadline while the lists are made", function()
    add_events(store, 100)
    core.pack(store, "events", 30)
    store:close()
    store = assert(dualuse.open(path, { deadline = 0.5 }))
    ask_on()
    same_answers(50)
  end)

  it("may be for days of any year, and of none", function()
    local dates = { "0000", "0001-01-01", "1583-01", "1949-10-01", "2019-07-04", "2019-07-04?",
      "2019-07-04/..", "../2019-07-04", "9999-12-31", "9999", "[2019-07-01..2019-07-04]",
      "2019-07-05/2019-08", "1900/1999" }
    for _, date in ipairs(dates) do
      store.events:add{ date = date, kind = "sanction", actor = "KOR", target = "JPN" }
    end
    core.pack(store, "events", 4)
    ask_on()
    for _, date in ipairs(dates) do
      for _, asked in ipairs{ date, { ne = date }, { during = date }, { before = date },
                              { after = date } } do
        local where = { actor = "KOR", target = "JPN", date = asked }
        local ok, expected = pcall(function() return rows_of(rows.events:where(where)) end)
        if ok then
          assert.equal("columns", finds(nil, where))
          assert.equal(expected, rows_of(store.events:where(where)), stores.show(where))
        end
      end
    end
  end)

  --- Events of one day each, of these actors and targets in turn.
  local function add_dyads(actors, targets, count)
    store:transaction(function()
      for i = 1, count do
        store.events:add{ date = ("20%02d-%02d-%02d"):format(10 + i % 10, i % 12 + 1, i % 28 + 1),
          kind = "sanction", actor = actors[i % #actors + 1], target = targets[i % #targets + 1] }
      end
    end)
  end

  it("may be for one of many dyads, or for a dyad of many events", function()
    local states = {}
    for id in store.parties:limit(40):values("key") do states[#states + 1] = id end
    add_dyads(states, table.move(states, 1, 23, 1, {}), 1000)
    add_dyads({ "KOR" }, { "JPN" }, 300)
    core.pack(store, "events", 500)
    ask_on()
    for _ = 1, 300 do
      local where = { actor = pick(states), target = pick(states),
        date = chance(0.5) and any_asked() or nil }
      assert.equal(rows_of(rows.events:where(where)), rows_of(store.events:where(where)))
    end
    for _ = 1, 50 do
      local where = { actor = "KOR", target = "JPN", date = any_asked() }
      assert.equal(rows_of(rows.events:where(where)), rows_of(store.events:where(where)),
        stores.show(where))
    end
  end)

  it("may be for parties that come once, one after the other", function()
    local ids = {}
    store:transaction(function()
      for i = 1, 60 do
        ids[i] = store.parties:add{ key = "c" .. i, name = "Company " .. i, kind = "company" }
      end
    end)
    assert.equal(ids[1] + 59, ids[60]) -- so that their column is of integers that follow
    add_dyads(ids, { "KOR", "JPN" }, 60)
    add_dyads({ "KOR" }, { "JPN" }, 1)
    core.pack(store, "events", 20)
    ask_on()
    for i = 1, 60 do
      for _, target in ipairs{ "KOR", "JPN" } do
        for _, date in ipairs{ "2015", "2012/2017", "2019-07-04" } do
          local where = { actor = ids[i], target = target, date = date }
          assert.equal("columns", finds(nil, where))
          assert.equal(rows_of(rows.events:where(where)), rows_of(store.events:where(where)))
        end
      end
    end
  end)
end)
