-- What a store can be asked, one operator after the other: the manual of `where` and what goes
-- with it.

local dualuse = require "dualuse"
local stores = require "spec.stores"
local shell = require "spec.shell"
local raised = stores.raised

--- The keys of what a query finds, in its order.
local function keys(query)
  local list = {}
  for _, key in query:values("key") do list[#list + 1] = key end
  return list
end

--- The keys of what a query finds, sorted, in one text.
local function found(query)
  local list = keys(query)
  table.sort(list)
  return table.concat(list, " ")
end

--- Adds records that each have only a key, and one field: { key = value }. `false` is no value.
local function fill(collection, field, values, rest)
  for key, value in pairs(values) do
    local record = { key = key }
    for name, given in pairs(rest or {}) do record[name] = given end
    record[field] = value or nil
    collection:add(record)
  end
end

--- The events on these dates, which are their notes as well.
local function events_on(dates)
  local store = assert(dualuse.open())
  for _, date in ipairs(dates) do
    store.events:add{ key = date, date = date, kind = "other" }
  end
  return store.events, store
end

-- ------------------------------------------------------------------------------------------------

describe("a plain value", function()
  it("asks for records whose field is equal to it", function()
    local store <close> = assert(dualuse.open())
    store.events:add{ key = "a", date = "2019-07-01", kind = "threaten", title = "Export curbs",
                      quad = 4, goldstein = -5, inferred = false }
    store.events:add{ key = "b", date = "2019-07-12", kind = "consult", title = "A meeting",
                      quad = 1, goldstein = 1.5, inferred = true }
    store.events:add{ key = "c", date = "2019-07-24", kind = "consult" }
    local events = store.events
    assert.equal("a", found(events:where{ title = "Export curbs" }))
    assert.equal("", found(events:where{ title = "export curbs" })) -- text is compared exactly
    assert.equal("b c", found(events:where{ kind = "consult" }))
    assert.equal("a", found(events:where{ quad = 4 }))
    assert.equal("a", found(events:where{ quad = 4.0 }))
    assert.equal("a", found(events:where{ goldstein = -5 }))
    assert.equal("b", found(events:where{ goldstein = 1.5 }))
    assert.equal("b", found(events:where{ inferred = true }))
    assert.equal("a", found(events:where{ inferred = false })) -- c does not say
    assert.equal("c", found(events:where{ key = "c" }))
    assert.equal("c", found(events:where{ id = events:get("c").id }))
    assert.equal("c", found(events:where{ id = "c" }))
    assert.equal("b", found(events:where{ revision = events:get("b").revision }))
  end)

  it("of a list field asks for lists that have it", function()
    local store <close> = assert(dualuse.open())
    fill(store.events, "contexts", { a = { "trade", "legal" }, b = { "trade" }, c = false },
         { date = "2019", kind = "other" })
    assert.equal("a b", found(store.events:where{ contexts = "trade" }))
    assert.equal("a", found(store.events:where{ contexts = "legal" }))
    fill(store.items, "regimes", { x = { "nsg", "cwc" }, y = { "cwc" } }, { name = "n" })
    assert.equal("x y", found(store.items:where{ regimes = "cwc" }))
  end)

  it("may be any text at all: it is bound, never part of the SQL", function()
    local store <close> = assert(dualuse.open())
    local texts = { "'", "''", '"', "x' OR '1'='1", "?1", "%", "_", "\\", "[*]", "日", "\n", ";--" }
    for i, text in ipairs(texts) do
      store.events:add{ key = "k" .. i, date = "2019", kind = "other", title = text }
    end
    for i, text in ipairs(texts) do
      assert.equal("k" .. i, found(store.events:where{ title = text }))
    end
  end)

  it("has to be one that the field could have", function()
    local store <close> = assert(dualuse.open())
    for name, value in pairs{ quad = "4", goldstein = "x", kind = "hail", title = 5, inferred = 1,
                              date = "2019-13", actor = "Atlantis", key = "\xFF" } do
      local err = raised(store.events.where, store.events, { [name] = value })
      assert.same({ "invalid", "events", name }, { err.code, err.kind, err.field })
    end
  end)
end)

describe("several fields", function()
  it("have to hold all", function()
    local store <close> = assert(dualuse.open())
    fill(store.events, "quad", { a = 1, b = 2, c = 2 }, { date = "2019", kind = "other" })
    store.events:update("c", { title = "t" })
    assert.equal("c", found(store.events:where{ quad = 2, title = "t" }))
    assert.equal("c", found(store.events:where{ quad = 2 }:where{ title = "t" }))
    assert.equal("", found(store.events:where{ quad = 2 }:where{ quad = 1 }))
    assert.equal("a b c", found(store.events:where{}))
  end)
end)

describe("a list of values", function()
  it("asks for any of them", function()
    local store <close> = assert(dualuse.open())
    fill(store.events, "quad", { a = 1, b = 2, c = 3, d = false },
         { date = "2019", kind = "other" })
    assert.equal("a c", found(store.events:where{ quad = { 1, 3, 4 } }))
    assert.equal("a", found(store.events:where{ quad = { 1 } }))
    fill(store.items, "uses", { x = { "chips", "glass" }, y = { "steel" }, z = false },
         { name = "n" })
    assert.equal("x y", found(store.items:where{ uses = { "glass", "steel", "wood" } }))
  end)

  it("may be as long as it likes", function()
    local store <close> = assert(dualuse.open())
    local none = { date = "2019", kind = "other" }
    fill(store.events, "title", { a = "no. 150", b = 'a "quoted" \\ text\n\1', c = "no. 99999" },
         none)
    fill(store.events, "quad", { q = 3 }, none)
    fill(store.events, "mentions", { m = 150 * 1000003 }, none)
    fill(store.events, "tone", { t = 0.1 + 0.2 }, none)
    fill(store.events, "actor", { r = "VNM" }, none)
    local texts, integers, floats, states = { 'a "quoted" \\ text\n\1' }, {}, { 0.1 + 0.2 }, {}
    for i = 1, 2500 do
      texts[#texts + 1] = "no. " .. i
      integers[i] = i * 1000003
      floats[#floats + 1] = i / 7
    end
    for _, state in ipairs(store.parties:where{ kind = "state" }:all()) do
      states[#states + 1] = state.key
    end
    assert.equal("a b", found(store.events:where{ title = texts }))
    assert.equal("m", found(store.events:where{ mentions = integers }))
    assert.equal("t", found(store.events:where{ tone = floats }))
    assert.equal("r", found(store.events:where{ actor = states }))
    assert.equal("c", found(store.events:where{ title = { ne = texts, missing = false } }))
  end)

  it("keeps a float exactly, however long it is", function()
    local store <close> = assert(dualuse.open())
    math.randomseed(20190716)
    local floats = {}
    for i = 1, 300 do
      floats[i] = (math.random() - 0.5) * 10.0 ^ math.random(-290, 290)
      store.events:add{ date = "2019", kind = "other", tone = floats[i] }
    end
    assert.equal(300, store.events:where{ tone = floats }:count())
  end)

  it("of dates may be as long as it likes, too", function()
    local events <const> = events_on{ "0577", "1999", "2019" }
    local dates = {}
    for year = 1, 1900 do dates[year] = ("%04d"):format(year) end
    assert.equal("0577", found(events:where{ date = dates }))
  end)

  it("is a list and nothing else", function()
    local store <close> = assert(dualuse.open())
    for _, value in ipairs{ {}, { 1, lt = 3 }, { [2] = 1 }, { 1, "x" } } do
      local err = raised(store.events.where, store.events, { quad = value })
      assert.same({ "events", "quad" }, { err.kind, err.field })
    end
  end)
end)

describe("{ ne = }", function()
  it("asks for every other value; one that is not there is another", function()
    local store <close> = assert(dualuse.open())
    fill(store.events, "title", { a = "x", b = "y", c = false }, { date = "2019", kind = "other" })
    assert.equal("b c", found(store.events:where{ title = { ne = "x" } }))
    assert.equal("a b c", found(store.events:where{ title = { ne = "z" } }))
    assert.equal("c", found(store.events:where{ title = { ne = { "x", "y" } } }))
    fill(store.cases, "publicised", { t = true, f = false }, { authority = "KOR" })
    store.cases:update("f", { publicised = false })
    store.cases:add{ key = "n", authority = "KOR" }
    assert.equal("f n", found(store.cases:where{ publicised = { ne = true } }))
    fill(store.cases, "destination", { v = "VNM", m = "MYS" }, { authority = "KOR" })
    assert.equal("f m n t", found(store.cases:where{ destination = { ne = "VNM" } }))
    assert.equal("f n t", found(store.cases:where{ destination = { ne = { "VNM", "MYS" } } }))
    fill(store.cases, "stopped", { s = "completed" }, { authority = "KOR" })
    assert.equal("f m n t v", found(store.cases:where{ stopped = { ne = "completed" } }))
  end)

  it("of a list field asks for lists that do not have it", function()
    local store <close> = assert(dualuse.open())
    fill(store.items, "uses", { x = { "chips", "glass" }, y = { "steel" }, z = false },
         { name = "n" })
    assert.equal("y z", found(store.items:where{ uses = { ne = "glass" } }))
    assert.equal("z", found(store.items:where{ uses = { ne = { "glass", "steel" } } }))
  end)

  it("of a date asks for what certainly has no day of it, or no date", function()
    local store <close> = assert(dualuse.open())
    fill(store.claims, "date", { a = "2019-07-04", b = "2019", c = "2018", d = false },
         { stance = "asserts",
           question = store.questions:get(store.questions:add{ key = "q", title = "t" }).key })
    assert.equal("c d", found(store.claims:where{ date = { ne = "2019-07-04" } }))
    assert.equal("d", found(store.claims:where{ date = { ne = { "2019", "2018" } } }))
  end)
end)

describe("{ lt = }, { lte = }, { gt = }, { gte = }", function()
  it("compare numbers", function()
    local store <close> = assert(dualuse.open())
    fill(store.events, "goldstein", { a = -5, b = 0, c = 2.5, d = false },
         { date = "2019", kind = "other" })
    local events = store.events
    assert.equal("a", found(events:where{ goldstein = { lt = 0 } }))
    assert.equal("a b", found(events:where{ goldstein = { lte = 0 } }))
    assert.equal("c", found(events:where{ goldstein = { gt = 0 } }))
    assert.equal("b c", found(events:where{ goldstein = { gte = 0 } }))
    assert.equal("b", found(events:where{ goldstein = { gt = -5, lt = 2.5 } }))
    -- What is compared with may lie out of the field's range, and need not be an integer.
    assert.equal("a b c", found(events:where{ goldstein = { lt = 1000 } }))
    fill(events, "quad", { q1 = 1, q2 = 2 }, { date = "2019", kind = "other" })
    assert.equal("q1", found(events:where{ quad = { lt = 1.5 } }))
    assert.equal("q1 q2", found(events:where{ quad = { lt = math.huge } }))
    assert.equal("invalid", raised(events.where, events, { quad = { lt = 0 / 0 } }).code)
    assert.equal("invalid", raised(events.where, events, { quad = { lt = "2" } }).code)
  end)

  it("compare text by its code points", function()
    local store <close> = assert(dualuse.open())
    fill(store.items, "hs", { a = "2811", b = "2811.11", c = "3707", d = "é", e = false },
         { name = "n" })
    assert.equal("a b", found(store.items:where{ hs = { gte = "2811", lt = "2812" } }))
    assert.equal("b c d", found(store.items:where{ hs = { gt = "2811" } }))
    assert.equal("d", found(store.items:where{ hs = { gt = "z" } }))
    assert.equal("a", found(store.items:where{ hs = { lte = "2811" } }))
  end)

  it("of a list field ask for an element", function()
    local store <close> = assert(dualuse.open())
    fill(store.items, "uses", { x = { "a", "m" }, y = { "m" }, z = false }, { name = "n" })
    assert.equal("x", found(store.items:where{ uses = { lt = "b" } }))
    assert.equal("x y", found(store.items:where{ uses = { gte = "m" } }))
  end)

  it("compare revisions", function()
    local store <close> = assert(dualuse.open())
    store.items:add{ key = "a", name = "n" }
    local first = store:revision()
    store.items:add{ key = "b", name = "n" }
    assert.equal("b", found(store.items:where{ revision = { gt = first } }))
    assert.equal("a", found(store.items:where{ revision = { lte = first } }))
  end)
end)

describe("{ like = }", function()
  local store
  setup(function()
    store = assert(dualuse.open())
    fill(store.items, "eccn", {
      a = "hydrogen fluoride", b = "Hydrogen", c = "100%", d = "100 kg", e = "a_b", f = "axb",
      g = [[back\slash]], h = false, i = "数量 é", j = "100",
    }, { name = "n" })
  end)
  teardown(function() store:close() end)
  local function like(pattern) return found(store.items:where{ eccn = { like = pattern } }) end

  it("takes % for any text, and ignores the case of ASCII", function()
    assert.equal("a b", like "hydrogen%")
    assert.equal("a b", like "%DROGEN%")
    assert.equal("b", like "hydrogen")
    assert.equal("c d j", like "100%")
    assert.equal("a b c d e f g i j", like "%")
  end)

  it("takes _ for one character", function()
    assert.equal("e f", like "a_b")
    assert.equal("i", like "__ _")
    assert.equal("e f j", like "___")
  end)

  it([[takes \% \_ and \\ for % _ and \]], function()
    assert.equal("c", like [[100\%]])
    assert.equal("e", like [[a\_b]])
    assert.equal("g", like [[back\\slash]])
    assert.equal("c", like [[%\%%]])
  end)

  it("takes every other character for itself", function()
    assert.equal("", like "a*b")
    assert.equal("", like "a?b")
    assert.equal("", like "[a]_b")
    assert.equal("i", like "%é")
    assert.equal("", like "%É") -- it is the case of ASCII only that is ignored
  end)

  it("of a list field asks for an element", function()
    fill(store.parties, "aliases", { seoul = { "Seoul", "the South" }, tokyo = { "Tokyo" } },
         { name = "n", kind = "group" })
    assert.equal("seoul", found(store.parties:where{ aliases = { like = "the s_uth" } }))
  end)

  it("is a pattern, which need not be what the field could hold", function()
    fill(store.cases, "currency", { k = "KRW", y = "JPY", n = false }, { authority = "KOR" })
    assert.equal("k", found(store.cases:where{ currency = { like = "K%" } }))
    assert.equal("k", found(store.cases:where{ currency = { gt = "K" } }))
    fill(store.cases, "note", { ["a b"] = "n" }, { authority = "KOR" })
    assert.equal("a b", found(store.cases:where{ key = { like = "% _" } }))
    assert.equal("a b", found(store.cases:where{ key = { like = "a %" } }))
    assert.equal("", found(store.cases:where{ key = { like = "% " } }))
  end)

  it("is for text only", function()
    for name, value in pairs{ date = "2019%", quad = "1%", kind = "con%", actor = "K%" } do
      local err = raised(store.events.where, store.events, { [name] = { like = value } })
      assert.same({ "misuse", "events", name }, { err.code, err.kind, err.field })
    end
  end)
end)

describe("{ missing = }", function()
  it("asks whether there is a value, of every type", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "s", title = "t" }
    store.items:add{ key = "i", name = "n" }
    store.cases:add{ key = "empty", authority = "KOR" }
    store.cases:add{
      key = "full", authority = "KOR", date = "2019", items = { "i" }, quantity = 1, unit = "kg",
      destination = "VNM", offences = { "transit" }, stopped = "unknown", fine = 0,
      publicised = false, sources = { "s" }, note = "n",
    }
    for _, name in ipairs{ "date", "items", "quantity", "unit", "destination", "offences",
                           "stopped", "fine", "publicised", "sources", "note" } do
      local cases = store.cases
      assert.equal("empty", found(cases:where{ [name] = { missing = true } }), name)
      assert.equal("full", found(cases:where{ [name] = { missing = false } }), name)
      assert.equal("empty", found(cases:where{ [name] = dualuse.null }), name)
    end
    store.cases:add{ authority = "KOR" }
    assert.equal(1, store.cases:where{ key = { missing = true } }:count())
    store.screenings:add{ key = "a", date = "2019", outcome = "clear", subject = { item = "i" } }
    store.screenings:add{ key = "b", date = "2019", outcome = "clear" }
    assert.equal("a", found(store.screenings:where{ subject = { missing = false } }))
    store.memberships:add{ key = "m", group = "KOR", member = "JPN",
                           stages = { { stage = "ended", date = "2019" } } }
    store.memberships:add{ key = "n", group = "KOR", member = "USA" }
    assert.equal("n", found(store.memberships:where{ stages = { missing = true } }))
    assert.equal("m", found(store.memberships:where{ stages = { missing = false } }))
  end)

  it("is true or false", function()
    local store <close> = assert(dualuse.open())
    local err = raised(store.cases.where, store.cases, { date = { missing = "yes" } })
    assert.same({ "invalid", "cases", "date" }, { err.code, err.kind, err.field })
  end)
end)

describe("a question that is too long for the database", function()
  it("is refused as such, and says nothing of the file", function()
    local events = events_on{ "2019" }
    local deep = { key = "KOR" }
    for _ = 1, 400 do deep = { parent = deep } end
    for _, ask in ipairs{
      function() return events:where{ title = { like = ("%a"):rep(30000) } }:count() end,
      function() return events:where{ actor = deep }:count() end,
      function()
        local query = events
        for _ = 1, 1100 do query = query:where{ quad = { gt = 1 } } end
        return query:count()
      end,
    } do
      local ok, result = pcall(ask)
      if ok then
        assert.equal(0, result)
      else
        assert.truthy(result.code == "invalid" or result.code == "misuse", tostring(result))
      end
    end
  end)
end)

describe("what is no field or no operator", function()
  it("is refused with the list of those there are", function()
    local store <close> = assert(dualuse.open())
    local err = raised(store.cases.where, store.cases, { colour = "red" })
    assert.same({ "misuse", "cases" }, { err.code, err.kind })
    assert.truthy(err.message:find('"colour"', 1, true))
    assert.truthy(err.message:find("destination, parties, offences", 1, true))

    err = raised(store.cases.where, store.cases, { quantity = { above = 3 } })
    assert.same({ "misuse", "cases", "quantity" }, { err.code, err.kind, err.field })
    for _, word in ipairs{ '"above"', "ne", "lt", "lte", "gt", "gte", "missing" } do
      assert.truthy(err.message:find(word, 1, true), err.message)
    end

    err = raised(store.cases.where, store.cases, { exporter = { aliases = { above = 3 } } })
    assert.same({ "misuse", "parties", "aliases" }, { err.code, err.kind, err.field })
    err = raised(store.cases.where, store.cases, { exporter = { colour = 3 } })
    assert.same({ "misuse", "parties" }, { err.code, err.kind })
    assert.equal("misuse", raised(store.cases.where, store.cases, { "x" }).code)
    assert.equal("misuse", raised(store.cases.where, store.cases, "x").code)
    assert.equal("misuse", raised(store.cases.where, store.cases).code)
    for _, name in ipairs{ "order", "select", "values" } do
      err = raised(store.cases[name], store.cases, "colour")
      assert.equal("misuse", err.code)
      assert.truthy(err.message:find('"colour"', 1, true))
    end
  end)

  it("is refused where the operator does not fit the field", function()
    local store <close> = assert(dualuse.open())
    for name, operator in pairs{ date = "lt", kind = "gt", actor = "lte", quad = "during",
                                 title = "within", inferred = "gte", status = "before" } do
      local err = raised(store.events.where, store.events, { [name] = { [operator] = 1 } })
      assert.same({ "misuse", "events", name }, { err.code, err.kind, err.field })
    end
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("a date", function()
  it("matches what may share a day with it", function()
    local events = events_on{ "2018-12-31", "2019", "2019-07", "2019-07-04", "2019-07-04T10:30",
                              "201X", "2019-XX", "2019-22", "2019-07/2019-09", "2020" }
    local function on(date) return found(events:where{ date = date }) end
    assert.equal("2019 2019-07 2019-07-04 2019-07-04T10:30 2019-07/2019-09 2019-22 2019-XX 201X",
                 on "2019-07-04")
    assert.equal("2019 2019-22 2019-XX 201X", on "2019-06-30")
    assert.equal("2018-12-31 201X", on "2018")
    assert.equal("2019-22 2020", on "2020/2030") -- summer may be that of the south
    assert.equal("2020", on "2020-03/2030")
    assert.equal("2018-12-31 201X", on "2016/2018")
    assert.equal("", on "2021-05-05")
  end)

  it("that goes on, or has always been, has no end", function()
    local events = events_on{ "2019-07-04/..", "../2019-07-04", "2019-07-04", "1999" }
    local function on(date) return found(events:where{ date = date }) end
    assert.equal("2019-07-04/..", on "2300-01-01")
    assert.equal("../2019-07-04", on "0001")
    assert.equal("../2019-07-04 2019-07-04 2019-07-04/..", on "2019-07-04")
    assert.equal("2019-07-04/..", on "2019-07-05/..")
    assert.equal("../2019-07-04 1999", on "../2019-07-03")
  end)

  it("whose end is not known may reach anywhere", function()
    local events = events_on{ "2019-07-04/", "/2019-07-04" }
    assert.equal("2019-07-04/", found(events:where{ date = "2300-01-01" }))
    assert.equal("/2019-07-04", found(events:where{ date = "0001" }))
  end)

  it("that is one of several days may be any of them", function()
    local events = events_on{ "[2019-07-01..2019-07-04]", "[..2018]", "[2017,2020]" }
    local function on(date) return found(events:where{ date = date }) end
    assert.equal("[2017,2020] [2019-07-01..2019-07-04]", on "2019-07-04")
    assert.equal("[..2018] [2017,2020]", on "2017")
    assert.equal("[..2018]", on "1066")
    -- What counts are the first and the last possible day, not what lies between.
    assert.equal("[2017,2020]", on "2019-01")
  end)

  it("in a list may be any of the list", function()
    local events = events_on{ "2017", "2018", "2019" }
    assert.equal("2017 2019", found(events:where{ date = { "2017-05", "2019-05" } }))
  end)

  it("of another type is none", function()
    local events = events_on{ "2019" }
    for _, value in ipairs{ 2019, true, "July", "2019-02-30" } do
      local err = raised(events.where, events, { date = value })
      assert.same({ "invalid", "events", "date" }, { err.code, err.kind, err.field })
    end
  end)
end)

describe("{ during = }", function()
  it("asks for dates that certainly lie within", function()
    local events = events_on{ "2019", "2019-07", "2019-07-04", "2019-07-XX", "201X",
                              "2019-07/2019-08", "2019-06/2019-08" }
    local function during(date) return found(events:where{ date = { during = date } }) end
    assert.equal("2019-07 2019-07-04 2019-07-XX", during "2019-07")
    assert.equal("2019-07 2019-07-04 2019-07-XX 2019-07/2019-08", during "2019-07/2019-08")
    assert.equal("2019 2019-06/2019-08 2019-07 2019-07-04 2019-07-XX 2019-07/2019-08",
                 during "2019")
    assert.equal("2019-07-04", during "2019-07-04")
    assert.equal("", during "2019-07-05")
    assert.equal("2019-07 2019-07-04 2019-07-XX",
                 found(events:where{ date = { during = { "2019-07", "2019-08" } } }))
  end)

  it("never takes an uncertain or approximate date for certain", function()
    local events = events_on{ "2019-07-04", "2019-07-04?", "2019-07~", "2019-07-01%",
                              "2019-07-01/2019-07-02?" }
    assert.equal("2019-07-04", found(events:where{ date = { during = "2019-07" } }))
    assert.equal(5, events:where{ date = "2019-07" }:count())
    assert.equal("2019-07-04", found(events:where{ date = { during = "0000/9999" } }))
  end)

  it("has an open end where it says so", function()
    local events = events_on{ "2019", "2019/..", "../2019", "2019/", "2020", "2018" }
    -- "2019/" ends nobody knows when, but not before 2019.
    assert.equal("2019 2019/ 2019/.. 2020", found(events:where{ date = { during = "2019/.." } }))
    assert.equal("../2019 2018 2019", found(events:where{ date = { during = "../2019" } }))
    assert.equal("2019", found(events:where{ date = { during = "2019" } }))
  end)

  it("takes one of several days for certain where all of them are", function()
    local events = events_on{ "[2019-07-01..2019-07-04]", "[..2018]", "[2017,2020]" }
    assert.equal("[2019-07-01..2019-07-04]", found(events:where{ date = { during = "2019-07" } }))
    assert.equal("[2017,2020] [2019-07-01..2019-07-04]",
                 found(events:where{ date = { during = "2017/2020" } }))
    assert.equal("", found(events:where{ date = { during = "2017/2018" } }))
    assert.equal("[..2018]", found(events:where{ date = { during = "../2018" } }))
  end)

  it("does not find what has no date", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "s", title = "t" }
    assert.equal("", found(store.sources:where{ published = { during = "0000/9999" } }))
    assert.equal("", found(store.sources:where{ published = "0000/9999" }))
  end)

  it("is refused a period that could itself not be certain", function()
    local events = events_on{ "2019" }
    for _, date in ipairs{ "2019?", "2019~", "2019%", "2019/", "/2019", "[2017,2020]" } do
      local err = raised(events.where, events, { date = { during = date } })
      assert.same({ "invalid", "events", "date" }, { err.code, err.kind, err.field })
      assert.truthy(err.message:find(date, 1, true))
    end
  end)
end)

describe("{ before = } and { after = }", function()
  it("ask for dates all of whose days certainly are", function()
    local events = events_on{ "2018", "2019", "2019-06-30", "2019-07", "2019-07-04", "2019-08-01",
                              "2020", "201X" }
    local function before(date) return found(events:where{ date = { before = date } }) end
    local function after(date) return found(events:where{ date = { after = date } }) end
    assert.equal("2018 2019-06-30", before "2019-07")
    assert.equal("2018 2019-06-30", before "2019-07-04")
    assert.equal("2018 2019-06-30 2019-07 2019-07-04", before "2019-08-01")
    assert.equal("2019-08-01 2020", after "2019-07")
    assert.equal("2019-08-01 2020", after "2019-07-04")
    assert.equal("2020", after "2019")
    assert.equal("", before "2010")
    assert.equal("2019-07 2019-07-04",
                 found(events:where{ date = { after = "2019-06-30", before = "2019-08-01" } }))
  end)

  it("never take an uncertain or approximate date for certain", function()
    local events = events_on{ "2018?", "2018~", "2018%", "2018", "[2017?,2018]", "2017~/2018" }
    assert.equal("2018", found(events:where{ date = { before = "2019" } }))
    assert.equal("2018", found(events:where{ date = { after = "2010" } }))
  end)

  it("know that an open or unknown end has no last day", function()
    local events = events_on{ "2018/..", "2018/", "../2018", "/2018", "[..2018]" }
    assert.equal("../2018 /2018 [..2018]", found(events:where{ date = { before = "2019" } }))
    assert.equal("2018/ 2018/..", found(events:where{ date = { after = "2017" } }))
    assert.equal("", found(events:where{ date = { after = "2018" } }))
    assert.equal("", found(events:where{ date = { before = "2018" } }))
  end)

  it("of a period mean before its first day and after its last", function()
    local events = events_on{ "2017", "2018", "2019", "2020" }
    assert.equal("2017", found(events:where{ date = { before = "2018/2019" } }))
    assert.equal("2020", found(events:where{ date = { after = "2018/2019" } }))
    assert.equal("2020", found(events:where{ date = { after = "../2019" } }))
    for operator, date in pairs{ before = "../2019", after = "2019/.." } do
      local err = raised(events.where, events, { date = { [operator] = date } })
      assert.same({ "invalid", "events", "date" }, { err.code, err.kind, err.field })
    end
  end)
end)

describe("the time a record was written", function()
  it("can be asked for like a date", function()
    local store <close> = assert(dualuse.open())
    store.items:add{ key = "i", name = "n" }
    local today = store.items:get("i").recorded:sub(1, 10)
    assert.equal("i", found(store.items:where{ recorded = today }))
    assert.equal("i", found(store.items:where{ recorded = { during = today } }))
    assert.equal("", found(store.items:where{ recorded = "2019" }))
    assert.equal("i", found(store.items:where{ recorded = { after = "2019" } }))
    assert.equal("", found(store.items:where{ recorded = { before = today } }))
  end)
end)

describe("a case's own date", function()
  local store
  before_each(function()
    store = assert(dualuse.open())
    store.sources:add{ key = "july", title = "t", published = "2019-07-12" }
    store.sources:add{ key = "may", title = "t", published = "2019-05-17T09:00" }
    store.sources:add{ key = "undated", title = "t" }
  end)
  after_each(function() store:close() end)
  local function add(key, record)
    record.key, record.authority = key, "KOR"
    store.cases:add(record)
  end
  local function on(date) return found(store.cases:where{ date = date }) end

  it("is its date, if it has one", function()
    add("a", { date = "2018-03", exported = "2015", sources = { "july" } })
    assert.equal("a", on "2018-03-15")
    assert.equal("", on "2015")
    assert.equal("", on "2019-07-12")
    assert.equal("a", on{ during = "2018" })
  end)

  it("lies between the export and the day its earliest source was published", function()
    add("a", { exported = "2017-12", sources = { "july", { "may", quote = "q" }, "undated" } })
    assert.equal("a", on "2017-12-01")
    assert.equal("a", on "2018")
    assert.equal("a", on "2019-05-17")
    assert.equal("", on "2017-11")
    assert.equal("", on "2019-05-18")
    assert.equal("a", on{ during = "2017-12/2019-05" })
    assert.equal("", on{ during = "2018" })
    assert.equal("a", on{ after = "2017-11" })
    assert.equal("a", on{ before = "2019-05-18" })
    assert.equal("", on{ before = "2019-05-17" })
  end)

  it("has no first day without an export, and no last day without a dated source", function()
    add("published", { sources = { "july" } })
    add("exported", { exported = "2017-12", sources = { "undated" } })
    add("neither", { sources = { "undated" } })
    assert.equal("published", on "1066")
    assert.equal("exported", on "2300")
    assert.equal("exported published", on "2018")
    assert.equal("published", on{ before = "2019-07-13" })
    assert.equal("exported", on{ after = "2017-11" })
    assert.equal("neither", on{ ne = "0000/9999" })
  end)

  it("is never certain where the export is not", function()
    add("a", { exported = "2017-12?", sources = { "july" } })
    assert.equal("a", on "2018")
    assert.equal("", on{ during = "2010/2020" })
    store.cases:update("a", { date = "2018" })
    assert.equal("a", on{ during = "2010/2020" })
  end)

  it("is never certain where the publication that limits it is not", function()
    store.sources:add{ key = "perhaps", title = "t", published = "2018?" }
    add("a", { exported = "2017-12", sources = { "perhaps" } })
    assert.equal("a", on "2018")
    assert.equal("", on{ during = "2017/2018" })
    assert.equal("", on{ before = "2019" })
  end)

  it("follows when a source's date is corrected", function()
    add("a", { exported = "2017-12", sources = { "july" } })
    local revision = store:revision()
    store.sources:update("july", { published = "2018-01-01" })
    assert.equal("", on "2019")
    assert.equal("a", found(store:as_of(revision).cases:where{ date = "2019" }))
  end)

  it("is what cases are ordered by", function()
    add("d2018", { date = "2018" })
    add("between", { exported = "2017-12", sources = { "july" } })
    add("published", { sources = { "july" } })
    add("none", {})
    add("d2019", { date = "2019" })
    assert.same({ "published", "between", "d2018", "d2019", "none" },
                keys(store.cases:order("date")))
    assert.same({ "d2019", "d2018", "between", "published", "none" },
                keys(store.cases:order("-date")))
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("a reference", function()
  it("is asked for by id, key, name or alias", function()
    local store <close> = assert(dualuse.open())
    fill(store.cases, "destination", { v = "VNM", m = "MYS", n = false }, { authority = "KOR" })
    local vietnam = store.parties:get("VNM").id
    for _, name in ipairs{ vietnam, "VNM", "vnm", "Vietnam", "VIETNAM", "Viet Nam", "VN" } do
      assert.equal("v", found(store.cases:where{ destination = name }))
    end
    assert.equal("m v", found(store.cases:where{ destination = { vietnam, "Malaysia" } }))
  end)

  it("to nothing, or to two things, is refused", function()
    local store <close> = assert(dualuse.open())
    store.parties:add{ key = "a", name = "Same", kind = "company" }
    store.parties:add{ key = "b", name = "Same", kind = "company" }
    for _, name in ipairs{ "Atlantis", 99999, "same" } do
      local err = raised(store.cases.where, store.cases, { destination = name })
      assert.same({ "invalid", "cases", "destination" }, { err.code, err.kind, err.field })
    end
  end)

  it("in a list is asked for alike, and so is a source that is cited", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "afp", title = "t" }
    store.sources:add{ key = "nikkei", title = "t" }
    fill(store.cases, "sources", { a = { "afp" }, b = { { "nikkei", quote = "q" }, "afp" },
                                   c = { { "nikkei", field = "date" } }, d = false },
         { authority = "KOR" })
    assert.equal("a b", found(store.cases:where{ sources = "afp" }))
    assert.equal("b c", found(store.cases:where{ sources = "nikkei" }))
    assert.equal("a b c", found(store.cases:where{ sources = { "afp", "nikkei" } }))
    assert.equal("c d", found(store.cases:where{ sources = { ne = "afp" } }))
  end)
end)

describe("a reference to a record of any kind", function()
  it("is asked for by id, by key, or by kind and either", function()
    local store <close> = assert(dualuse.open())
    store.questions:add{ key = "q", title = "t" }
    local case = store.cases:add{ authority = "KOR" }
    store.events:add{ key = "e", date = "2019", kind = "other" }
    store.claims:add{ key = "on-case", question = "q", stance = "denies", about = case }
    store.claims:add{ key = "on-event", question = "q", stance = "denies", about = "e" }
    store.claims:add{ key = "on-none", question = "q", stance = "denies" }
    local claims = store.claims
    assert.equal("on-case", found(claims:where{ about = case }))
    assert.equal("on-case", found(claims:where{ about = { cases = case } }))
    assert.equal("on-event", found(claims:where{ about = "e" }))
    assert.equal("on-event", found(claims:where{ about = { events = "e" } }))
    assert.equal("on-event", found(claims:where{ about = { events = "E" } }))
    assert.equal("on-case on-event", found(claims:where{ about = { { cases = case }, "e" } }))
    assert.equal("on-case on-none", found(claims:where{ about = { ne = "e" } }))
    assert.equal("on-case on-none", found(claims:where{ about = { ne = { events = "e" } } }))
    assert.equal("on-none", found(claims:where{ about = { missing = true } }))
    assert.equal("invalid", raised(claims.where, claims, { about = { cases = "e" } }).code)
    assert.equal("invalid", raised(claims.where, claims, { about = { events = case } }).code)
  end)

  it("whose key two kinds have is asked for with its kind", function()
    local store <close> = assert(dualuse.open())
    store.cases:add{ key = "x", authority = "KOR" }
    store.events:add{ key = "x", date = "2019", kind = "other" }
    store.links:add{ key = "l", from = { cases = "x" }, to = { events = "x" },
                     relation = "causes" }
    assert.equal("l", found(store.links:where{ from = { cases = "x" } }))
    assert.equal("", found(store.links:where{ from = { events = "x" } }))
    assert.equal("l", found(store.links:where{ to = { events = "x" }, from = { cases = "x" } }))
    local err = raised(store.links.where, store.links, { from = "x" })
    assert.same({ "invalid", "links", "from" }, { err.code, err.kind, err.field })
    assert.truthy(err.message:find("case", 1, true) and err.message:find("event", 1, true))
  end)

  it("cannot be asked through, since it is not known what fields there are", function()
    local store <close> = assert(dualuse.open())
    local err = raised(store.links.where, store.links, { from = { title = "t" } })
    assert.same({ "misuse", "links", "from" }, { err.code, err.kind, err.field })
  end)

  it("is no empty table, nor two records", function()
    local store <close> = assert(dualuse.open())
    for _, from in ipairs{ {}, { cases = 1, items = 2 } } do
      local err = raised(store.links.where, store.links, { from = from })
      assert.same({ "invalid", "from" }, { err.code, err.field })
      err = raised(store.links.add, store.links, { from = from, relation = "causes", to = "KOR" })
      assert.same({ "invalid", "from" }, { err.code, err.field })
    end
  end)
end)

describe("what holds several values at once", function()
  it("is asked with operators only", function()
    local store <close> = assert(dualuse.open())
    for kind, name in pairs{ screenings = "subject", measures = "stages" } do
      for _, value in ipairs{ "x", 5, true } do
        local err = raised(store[kind].where, store[kind], { [name] = value })
        assert.same({ "invalid", name }, { err.code, err.field })
        assert.matches("a table of operators", err.message)
      end
    end
  end)
end)

describe("{ within = }", function()
  local store
  before_each(function()
    store = assert(dualuse.open())
    local parties = store.parties
    parties:add{ key = "KOR.MOTIE", name = "MOTIE", kind = "ministry", parent = "KOR" }
    parties:add{ key = "KOR.MOTIE.KOSTI", name = "KOSTI", kind = "agency", parent = "KOR.MOTIE" }
    parties:add{ key = "samsung", name = "Samsung", kind = "company", country = "KOR" }
    parties:add{ key = "samsung.display", name = "Samsung Display", kind = "company",
                 parent = "samsung", country = "VNM" }
    parties:add{ key = "JPN.METI", name = "METI", kind = "ministry", parent = "JPN" }
    parties:add{ key = "white", name = "the white list", kind = "group" }
    for _, party in ipairs{ "KOR", "KOR.MOTIE", "KOR.MOTIE.KOSTI", "samsung", "samsung.display",
                            "JPN", "JPN.METI", "VNM", "white" } do
      store.events:add{ key = "by " .. party, date = "2019", kind = "other", actor = party }
    end
    store.events:add{ key = "by nobody", date = "2019", kind = "other" }
  end)
  after_each(function() store:close() end)
  local function within(party)
    local list = keys(store.events:where{ actor = { within = party } })
    for i, key in ipairs(list) do list[i] = key:sub(4) end
    table.sort(list)
    return table.concat(list, " ")
  end

  it("a state: itself, what is below it, and its parties that have no parent", function()
    assert.equal("KOR KOR.MOTIE KOR.MOTIE.KOSTI samsung samsung.display", within "KOR")
    assert.equal("JPN JPN.METI", within "Japan")
    assert.equal("VNM", within "VNM") -- Samsung Display is within its parent
  end)

  it("a ministry or a company: itself and what is below it", function()
    assert.equal("KOR.MOTIE KOR.MOTIE.KOSTI", within "MOTIE")
    assert.equal("samsung samsung.display", within "samsung")
    assert.equal("samsung.display", within "samsung.display")
  end)

  it("any of several", function()
    assert.equal("JPN JPN.METI samsung samsung.display", within{ "JPN", "samsung" })
  end)

  it("a group: its members and all within them, transitively", function()
    assert.equal("white", within "white")
    store.memberships:add{ group = "white", member = "JPN" }
    assert.equal("JPN JPN.METI white", within "white")
    store.parties:add{ key = "world", name = "the world", kind = "group" }
    store.memberships:add{ group = "world", member = "white" }
    store.memberships:add{ group = "world", member = "samsung" }
    assert.equal("JPN JPN.METI samsung samsung.display white", within "world")
    store.memberships:add{ group = "white", member = "world" } -- a circle does no harm
    assert.equal(within "world", within "white")
  end)

  it("a state or ministry that keeps a group: the group, but not its members", function()
    store.parties:update("white", { parent = "JPN.METI" })
    store.memberships:add{ group = "white", member = "KOR" }
    assert.equal("JPN JPN.METI white", within "JPN")
    assert.equal("JPN.METI white", within "METI")
    assert.equal("KOR KOR.MOTIE KOR.MOTIE.KOSTI samsung samsung.display white", within "white")
  end)

  it("a group: not those who left it, or are not yet in it", function()
    local stages = {
      { "JPN", nil, true },
      { "JPN", { { stage = "in_force", date = "2004" } }, true },
      { "JPN", { { stage = "announced", date = "2004" } }, false },
      { "JPN", { { stage = "in_force", date = "2004" }, { stage = "ended", date = "2019-08-28" } },
        false },
      { "JPN", { { stage = "ended", date = "2019-08-28" }, { stage = "in_force", date = "2004" } },
        false },
      { "JPN", { { stage = "in_force", date = "2004" }, { stage = "ended", date = "2019-08-28" },
                 { stage = "in_force", date = "2023-07-21" } }, true },
      { "JPN", { { stage = "in_force", date = "2004" },
                 { stage = "end_announced", date = "2019-08-02" } }, true },
    }
    for i, row in ipairs(stages) do
      local id = store.memberships:add{ group = "white", member = row[1], stages = row[2] }
      assert.equal(row[3] and "JPN JPN.METI white" or "white", within "white", "row " .. i)
      store.memberships:retract(id)
      assert.equal("white", within "white")
    end
  end)

  it("follows the store from revision to revision", function()
    local before = store:revision()
    store.parties:update("JPN.METI", { parent = "KOR" })
    store.parties:update("samsung.display", { parent = dualuse.null })
    local motie = store.events:get("by KOR.MOTIE.KOSTI")
    store.events:retract(motie.id)
    store.parties:retract("KOR.MOTIE.KOSTI")
    assert.equal("JPN.METI KOR KOR.MOTIE samsung", within "KOR")
    assert.equal("VNM samsung.display", within "VNM")
    assert.equal("by KOR by KOR.MOTIE by KOR.MOTIE.KOSTI by samsung by samsung.display",
                 found(store:as_of(before).events:where{ actor = { within = "KOR" } }))
  end)

  it("an item: itself and what is below it", function()
    local items = store.items
    items:add{ key = "chemicals", name = "chemicals" }
    items:add{ key = "fluorides", name = "fluorides", parent = "chemicals" }
    items:add{ key = "hf", name = "hydrogen fluoride", parent = "fluorides" }
    items:add{ key = "resist", name = "photoresist", parent = "chemicals" }
    fill(store.cases, "items", { a = { "hf" }, b = { "resist" }, c = { "chemicals", "hf" },
                                 d = false }, { authority = "KOR" })
    assert.equal("a c", found(store.cases:where{ items = { within = "fluorides" } }))
    assert.equal("a b c", found(store.cases:where{ items = { within = "chemicals" } }))
    assert.equal("b", found(store.cases:where{ items = { within = "resist" } }))
  end)

  it("may be asked of the records themselves", function()
    assert.equal("KOR.MOTIE KOR.MOTIE.KOSTI",
                 found(store.parties:where{ id = { within = "KOR.MOTIE" } }))
  end)

  it("is for parties and items only", function()
    local err = raised(store.events.where, store.events, { dispute = { within = "x" } })
    assert.same({ "misuse", "events", "dispute" }, { err.code, err.kind, err.field })
    assert.equal("invalid", raised(store.events.where, store.events,
                                   { actor = { within = "Atlantis" } }).code)
  end)
end)

describe("through a reference", function()
  local store
  before_each(function()
    store = assert(dualuse.open())
    store.parties:add{ key = "a-corp", name = "A Corp", kind = "company", country = "KOR" }
    store.parties:add{ key = "b-corp", name = "B Corp", kind = "company", country = "JPN",
                       parent = "a-corp" }
    store.items:add{ key = "hf", name = "HF", category = "material" }
    store.items:add{ key = "lathe", name = "lathe", category = "equipment", parent = "hf" }
    store.sources:add{ key = "afp", title = "t", publisher = "AFP", published = "2019-07-12" }
    store.sources:add{ key = "copy", title = "t", publisher = "Le Monde",
                       republished_from = "afp" }
    local cases = store.cases
    cases:add{ key = "1", authority = "KOR", exporter = "a-corp", items = { "hf" },
               sources = { "afp" } }
    cases:add{ key = "2", authority = "KOR", exporter = "b-corp", items = { "hf", "lathe" },
               sources = { { "copy", locator = "para 2" } } }
    cases:add{ key = "3", authority = "KOR" }
  end)
  after_each(function() store:close() end)
  local function cases(where) return found(store.cases:where(where)) end

  it("the fields of what it refers to can be asked", function()
    assert.equal("1", cases{ exporter = { country = "KOR" } })
    assert.equal("1 2", cases{ exporter = { kind = "company" } })
    assert.equal("2", cases{ exporter = { kind = "company", country = { ne = "KOR" } } })
    assert.equal("2", cases{ exporter = { name = { like = "b%" } } })
    assert.equal("", cases{ exporter = { name = "A Corp", country = "JPN" } })
  end)

  it("and the fields of what that refers to", function()
    assert.equal("2", cases{ exporter = { parent = { country = "KOR" } } })
    assert.equal("2", cases{ exporter = { parent = { country = { key = "KOR" } } } })
    assert.equal("2", cases{ sources = { republished_from = { publisher = "AFP" } } })
    assert.equal("2", cases{ items = { parent = { category = "material" } } })
  end)

  it("in a list, one of them has to hold", function()
    assert.equal("1 2", cases{ items = { category = "material" } })
    assert.equal("2", cases{ items = { category = "equipment" } })
    assert.equal("1", cases{ sources = { publisher = "AFP" } })
    assert.equal("1", cases{ sources = { published = { during = "2019" } } })
    -- all of it of the same one
    assert.equal("", cases{ items = { category = "equipment", name = "HF" } })
  end)

  it("operators and fields may be asked together", function()
    assert.equal("2", cases{ exporter = { within = "a-corp", country = "JPN" } })
    assert.equal("1", cases{ exporter = { ne = "b-corp", kind = "company" } })
  end)

  it("what is missing has no fields", function()
    assert.equal("1 2", cases{ exporter = { note = { missing = true } } })
    assert.equal("1 2", cases{ exporter = { name = { ne = "x" } } })
  end)

  it("the stages of a measure or membership can be asked", function()
    local measures = store.measures
    measures:add{ key = "m1", title = "t", jurisdiction = "JPN", requirement = "individual",
                  stages = { { stage = "announced", date = "2019-07-01", sources = { "afp" } },
                             { stage = "in_force", date = "2019-07-04" } } }
    measures:add{ key = "m2", title = "t", jurisdiction = "JPN", requirement = "bulk",
                  stages = { { stage = "announced", date = "2019-08-02" } } }
    measures:add{ key = "m3", title = "t", jurisdiction = "JPN", requirement = "bulk" }
    assert.equal("m1", found(measures:where{ stages = { stage = "in_force" } }))
    assert.equal("m1 m2", found(measures:where{ stages = { stage = "announced" } }))
    assert.equal("m1", found(measures:where{
      stages = { stage = "announced", date = { during = "2019-07" } } }))
    assert.equal("", found(measures:where{
      stages = { stage = "in_force", date = { during = "2019-08" } } }))
    assert.equal("m1", found(measures:where{ stages = { sources = { publisher = "AFP" } } }))
    assert.equal("m1 m2", found(measures:where{ stages = { stage = { "announced", "ended" } } }))
    assert.equal("m1", found(measures:where{ stages = { stage = "in_force" },
                                             requirement = "individual" }))
  end)

  it("a list of references of several kinds deep is asked in one go", function()
    store.disputes:add{ key = "d", title = "t", parties = { "JPN", "a-corp" } }
    store.events:add{ key = "e", date = "2019", kind = "other", dispute = "d" }
    store.events:add{ key = "f", date = "2019", kind = "other" }
    assert.equal("e", found(store.events:where{ dispute = { parties = { country = "KOR" } } }))
    assert.equal("e", found(store.events:where{ dispute = { parties = { within = "KOR" } } }))
    assert.equal("", found(store.events:where{ dispute = { parties = "USA" } }))
  end)

  it("retracted records are no longer there", function()
    store.cases:update("2", { sources = dualuse.null })
    store.sources:retract("copy")
    assert.equal("", cases{ sources = { republished_from = { publisher = "AFP" } } })
  end)
end)

describe("several operators of one field", function()
  it("have to hold all", function()
    local store <close> = assert(dualuse.open())
    fill(store.events, "quad", { a = 1, b = 2, c = 3, d = 4, e = false },
         { date = "2019", kind = "other" })
    local events = store.events
    assert.equal("b c", found(events:where{ quad = { gt = 1, lt = 4 } }))
    assert.equal("c", found(events:where{ quad = { gte = 2, lte = 3, ne = 2 } }))
    assert.equal("a b d", found(events:where{ quad = { ne = 3, missing = false } }))
    assert.equal("", found(events:where{ quad = { gt = 1, missing = true } }))
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("the order", function()
  it("of numbers and text is ascending, or descending with a -; ids decide between equals",
     function()
    local store <close> = assert(dualuse.open())
    for i, quad in ipairs{ 2, 1, 2, 4, 1 } do
      store.events:add{ key = "k" .. i, date = "2019", kind = "other", quad = quad,
                        title = ({ "b", "B", "é", "a", "10" })[i] }
    end
    assert.same({ "k2", "k5", "k1", "k3", "k4" }, keys(store.events:order("quad")))
    assert.same({ "k4", "k1", "k3", "k2", "k5" }, keys(store.events:order("-quad")))
    assert.same({ "k5", "k2", "k4", "k1", "k3" }, keys(store.events:order("title")))
    assert.same({ "k5", "k4", "k3", "k2", "k1" }, keys(store.events:order("-id")))
    assert.same({ "k1", "k2", "k3", "k4", "k5" }, keys(store.events))
  end)

  it("of several fields is by the first, then the second", function()
    local store <close> = assert(dualuse.open())
    for i, pair in ipairs{ { 1, "b" }, { 2, "a" }, { 1, "a" }, { 2, "b" } } do
      store.events:add{ key = "k" .. i, date = "2019", kind = "other", quad = pair[1],
                        title = pair[2] }
    end
    assert.same({ "k3", "k1", "k2", "k4" }, keys(store.events:order("quad", "title")))
    assert.same({ "k1", "k3", "k4", "k2" }, keys(store.events:order("quad", "-title")))
    assert.same({ "k3", "k2", "k1", "k4" }, keys(store.events:order("title", "quad")))
  end)

  it("of dates is by first day, then last day, then id", function()
    local events = events_on{ "2019-07-04", "2019", "2019-07", "../2019", "2019-07-01", "2018/..",
                              "2018", "201X", "2019-07-01T10:00" }
    assert.same({ "../2019", "201X", "2018", "2018/..", "2019", "2019-07-01", "2019-07-01T10:00",
                  "2019-07", "2019-07-04" }, keys(events:order("date")))
    assert.same({ "2019-07-04", "2019-07", "2019-07-01", "2019-07-01T10:00", "2019", "2018/..",
                  "2018", "201X", "../2019" }, keys(events:order("-date")))
  end)

  it("of references is by key", function()
    local store <close> = assert(dualuse.open())
    fill(store.events, "actor", { x = "VNM", y = "JPN", z = "KOR" },
         { date = "2019", kind = "other" })
    assert.same({ "y", "z", "x" }, keys(store.events:order("actor")))
    assert.same({ "x", "z", "y" }, keys(store.events:order("-actor")))
  end)

  it("has what is missing last, both ways", function()
    local store <close> = assert(dualuse.open())
    store.questions:add{ key = "q", title = "t" }
    local function claim(key, record)
      record.key, record.question, record.stance = key, "q", "asserts"
      return store.claims:add(record)
    end
    claim("none", {})
    claim("some", { date = "2019", text = "t", speaker = "JPN", attribution = "named",
                    inferred = true, about = "JPN" })
    for _, name in ipairs{ "date", "text", "speaker", "attribution", "inferred", "about" } do
      assert.same({ "some", "none" }, keys(store.claims:order(name)), name)
      assert.same({ "some", "none" }, keys(store.claims:order("-" .. name)), name)
    end
  end)

  it("has a reference to a record without a key before one that is missing", function()
    local store <close> = assert(dualuse.open())
    store.questions:add{ key = "q", title = "t" }
    local claims = store.claims
    claims:add{ key = "first", question = "q", stance = "asserts" }
    local keyless = claims:add{ question = "q", stance = "asserts" }
    claims:add{ key = "reply", question = "q", stance = "denies", replies_to = keyless }
    for _, order in ipairs{ "replies_to", "-replies_to" } do
      assert.equal("reply", claims:order(order):first().key, order)
    end
  end)

  it("takes the place of an earlier one", function()
    local events = events_on{ "2018", "2019" }
    assert.same({ "2019", "2018" }, keys(events:order("date"):order("-date")))
  end)

  it("is refused for a list, a table, or what is no field", function()
    local store <close> = assert(dualuse.open())
    for kind, name in pairs{ items = "uses", cases = "sources", screenings = "subject",
                             measures = "stages", events = "colour" } do
      assert.equal("misuse", raised(store[kind].order, store[kind], name).code)
    end
    assert.equal("misuse", raised(store.events.order, store.events).code)
    assert.equal("misuse", raised(store.events.order, store.events, 5).code)
  end)
end)

describe("a limit", function()
  it("is how many records there are at most, and how many to pass over", function()
    local events = events_on{ "2016", "2017", "2018", "2019" }
    local q = events:order("-date")
    assert.same({ "2019", "2018" }, keys(q:limit(2)))
    assert.same({ "2018", "2017" }, keys(q:limit(2, 1)))
    assert.same({ "2016" }, keys(q:limit(2, 3)))
    assert.same({}, keys(q:limit(2, 4)))
    assert.same({}, keys(q:limit(0)))
    assert.same({ "2019", "2018", "2017", "2016" }, keys(q:limit(1000000)))
    assert.same({ "2019" }, keys(q:limit(3):limit(1)))
  end)

  it("counts in count, exists and first as well", function()
    local events = events_on{ "2016", "2017", "2018", "2019" }
    assert.equal(2, events:limit(2):count())
    assert.equal(1, #events:limit(3, 3))
    assert.is_true(events:limit(1, 3):exists())
    assert.is_false(events:limit(1, 4):exists())
    assert.is_false(events:limit(0):exists())
    assert.equal("2018", events:order("date"):limit(1, 2):first().key)
    assert.is_nil((events:limit(0):first()))
  end)

  it("is a number of records", function()
    local events = events_on{ "2019" }
    for _, count in ipairs{ -1, 1.5, "2", true, 0 / 0, {} } do
      assert.equal("misuse", raised(events.limit, events, count).code)
      assert.equal("misuse", raised(events.limit, events, 1, count).code)
    end
    assert.equal("misuse", raised(events.limit, events).code)
  end)
end)

describe("reading", function()
  local store
  setup(function()
    store = assert(dualuse.open())
    store.items:add{ key = "hf", name = "HF" }
    store.cases:add{ key = "a", authority = "KOR", date = "2018", destination = "VNM",
                     items = { "hf" } }
    store.cases:add{ key = "b", authority = "KOR", date = "2019", note = "n" }
    store.cases:add{ key = "c", authority = "JPN" }
  end)
  teardown(function() store:close() end)

  it("each: one record after the other", function()
    local list = {}
    for case in store.cases:where{ authority = "KOR" }:each() do list[#list + 1] = case end
    assert.same({ store.cases:get("a"), store.cases:get("b") }, list)
    for _ in store.cases:where{ authority = "USA" }:each() do error("there is none") end
  end)

  it("values: the id and the fields asked for, nil where there is none", function()
    local list = {}
    for id, date, to, key in store.cases:values("date", "destination", "key") do
      list[#list + 1] = table.pack(id, date, to, key)
    end
    assert.same({
      { n = 4, store.cases:get("a").id, "2018", "VNM", "a" },
      { n = 4, store.cases:get("b").id, "2019", nil, "b" },
      { n = 4, store.cases:get("c").id, nil, nil, "c" },
    }, list)
    for _, items in store.cases:where{ key = "a" }:values("items") do
      assert.same({ "hf" }, items)
    end
    assert.equal("misuse", raised(store.cases.values, store.cases).code)
  end)

  it("all: a list of the records", function()
    assert.same({ store.cases:get("a"), store.cases:get("b"), store.cases:get("c") },
                store.cases:all())
    assert.same({}, store.cases:where{ authority = "USA" }:all())
  end)

  it("first: the first record or nil, as one value", function()
    assert.same(store.cases:get("c"), store.cases:order("-key"):first())
    local none = table.pack(store.cases:where{ authority = "USA" }:first())
    assert.same({ n = 1 }, none)
  end)

  it("exists: whether there is one", function()
    assert.is_true(store.cases:exists())
    assert.is_true(store.cases:where{ authority = "JPN" }:exists())
    assert.is_false(store.cases:where{ authority = "USA" }:exists())
  end)

  it("count and #: how many there are", function()
    assert.equal(3, store.cases:count())
    assert.equal(3, #store.cases)
    assert.equal(2, #store.cases:where{ authority = "KOR" })
    assert.equal("integer", math.type(store.cases:count()))
  end)

  it("select: narrows what a record holds, the id included", function()
    local a = store.cases:get("a")
    local list = store.cases:order("key"):select("date", "items"):all()
    assert.same({ { id = a.id, date = "2018", items = { "hf" } },
                  { id = store.cases:get("b").id, date = "2019" },
                  { id = store.cases:get("c").id } }, list)
    assert.same({ id = a.id, key = "a" }, store.cases:select("key"):first())
    assert.same({ id = a.id, key = "a" }, store.cases:select("date"):select("key"):first())
    assert.same({ id = a.id }, store.cases:select("id"):first())
    for case in store.cases:where{ key = "a" }:select("destination"):each() do
      assert.same({ id = a.id, destination = "VNM" }, case)
    end
    assert.equal("misuse", raised(store.cases.select, store.cases).code)
  end)

  it("select: does not change what is asked or the order", function()
    local q = store.cases:where{ authority = "KOR" }:order("-date")
    assert.equal("b", store.cases:get(q:select("note"):first().id).key)
    assert.equal(2, #q:select("note"))
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("a search", function()
  local store
  before_each(function()
    store = assert(dualuse.open())
    local sources = store.sources
    sources:add{ key = "nikkei", title = "Japan tightens exports to Korea",
                 text = "Hydrogen fluoride and two other materials, the trade ministry said." }
    sources:add{ key = "yonhap", title = "Seoul answers",
                 text = "The ministry of trade denies that fluoride went to North Korea." }
    sources:add{ key = "monde", title = "Le Japon durcit ses contrôles",
                 text = "Le fluorure d'hydrogène, né d'un différend à Séoul" }
    sources:add{ key = "empty", title = "Untitled" }
  end)
  after_each(function() store:close() end)
  local function search(text) return found(store.sources:search(text)) end

  it("asks for all words, in title or text, in any order and case", function()
    assert.equal("nikkei yonhap", search "fluoride")
    assert.equal("nikkei yonhap", search "MINISTRY fluoride")
    assert.equal("yonhap", search "seoul trade")
    assert.equal("nikkei", search "exports materials")
    assert.equal("", search "fluoride unicorn")
    assert.equal("", search "fluor")
  end)

  it("asks for a phrase as it stands", function()
    assert.equal("nikkei", search '"trade ministry"')
    assert.equal("yonhap", search '"ministry of trade"')
    assert.equal("", search '"ministry trade"')
    assert.equal("nikkei", search 'fluoride "trade ministry" kor*')
    assert.equal("yonhap", search '"north korea"denies')
  end)

  it("asks for words that begin with a prefix*", function()
    assert.equal("monde nikkei yonhap", search "fluor*")
    assert.equal("nikkei yonhap", search "KOR*")
    assert.equal("nikkei", search "exp* fluor*")
    assert.equal("nikkei", search '"trade min"*')
  end)

  it("ignores accents", function()
    assert.equal("monde", search "hydrogene")
    assert.equal("monde yonhap", search "seoul")
    assert.equal("monde yonhap", search "séoul")
    assert.equal("monde", search "CONTROLES")
    assert.equal("monde", search "ne") -- né
  end)

  it("finds words of any script", function()
    store.sources:add{ key = "ja", title = "輸出 規制", text = "Москва и ΑΘΗΝΑ" }
    assert.equal("ja", search "輸出")
    assert.equal("ja", search "規*")
    assert.equal("ja", search "москва αθηνα")
  end)

  it("takes nothing that is typed for a command", function()
    for _, text in ipairs{
      "NEAR(", "NEAR(fluoride ministry)", "title:", "title:seoul", "{title text}:x", "^x", "x + y",
      "fluoride AND unicorn", "fluoride OR unicorn", "fluoride NOT unicorn", "-x", "*", "**", "a*b",
      "-fluoride unicorn", "(", ")", "'", "''", '""', "\\", ";", "--", "?1", ":x", "@x", "$x", "%",
      "fulltext", "rowid:1", "\1", "\u{202E}", "👩‍🔬", ",", ".",
    } do
      local ok, result = pcall(search, text)
      if ok then
        assert.equal("", result, text)
      else
        assert.equal("invalid", result.code, text)
      end
    end
    assert.equal("yonhap", search "seoul-answers")
    assert.equal("yonhap", search "answers:")
    assert.equal("yonhap", search "(denies)")
    assert.equal("yonhap", search "-north")
  end)

  it("passes over what is no word", function()
    assert.equal("yonhap", search "seoul - answers")
    assert.equal("yonhap", search "seoul & answers !")
    assert.equal("yonhap", search 'seoul "" answers')
    assert.equal("yonhap", search "seoul * answers")
  end)

  it("is refused without a word, or with an open phrase", function()
    for _, text in ipairs{ "", "  \n\t", '"', '"north korea', "a\0b" } do
      local err = raised(store.sources.search, store.sources, text)
      assert.same({ "invalid", "sources" }, { err.code, err.kind })
    end
    assert.equal("misuse", raised(store.sources.search, store.sources, 5).code)
    assert.equal("misuse", raised(store.sources.search, store.sources).code)
  end)

  it("goes with where, order, limit and the rest", function()
    local q = store.sources:search("fluoride")
    assert.same({ "nikkei", "yonhap" }, keys(q:order("key")))
    assert.same({ "yonhap", "nikkei" }, keys(q:order("-key")))
    assert.equal("yonhap", found(q:where{ title = { like = "Seoul%" } }))
    assert.equal("yonhap", found(store.sources:where{ title = { like = "Seoul%" } }
                                   :search("fluoride")))
    assert.equal(2, q:count())
    assert.equal(2, #q)
    assert.equal(1, q:limit(1):count())
    assert.is_true(q:exists())
    assert.is_false(store.sources:search("unicorn"):exists())
    assert.equal("yonhap", found(q:search("denies")))
    assert.equal("table", type(q:first()))
    assert.equal(2, #q:all())
  end)

  it("has the one that says it more often, in fewer words, first", function()
    store.sources:add{ key = "short", title = "Fluoride", text = "Fluoride, fluoride, fluoride." }
    assert.equal("short", store.sources:search("fluoride"):first().key)
  end)

  it("follows what is written", function()
    store.sources:update("nikkei", { text = "Nothing of the kind." })
    assert.equal("yonhap", search "fluoride")
    assert.equal("nikkei", search "nothing")
    store.sources:update("nikkei", { text = dualuse.null })
    assert.equal("", search "nothing")
    assert.equal("nikkei", search "tightens")
    store.sources:update("nikkei", { title = "Renamed" })
    assert.equal("", search "tightens")
    store.sources:update("nikkei", { note = "fluoride" }) -- not part of the full text
    assert.equal("yonhap", search "fluoride")
    store.sources:retract("yonhap")
    assert.equal("", search "fluoride")
    store.sources:put{ key = "yonhap" }
    assert.equal("yonhap", search "fluoride")
    store.sources:retract("yonhap")
    store.sources:put{ key = "yonhap", text = "germanium" }
    assert.equal("", search "fluoride")
    assert.equal("yonhap", search "germanium")
  end)

  it("does not see what was rolled back", function()
    pcall(store.transaction, store, function()
      store.sources:add{ key = "x", title = "fluoride fluoride" }
      store.sources:update("yonhap", { text = "germanium" })
      assert.equal("nikkei x", search "fluoride")
      error("no")
    end)
    assert.equal("nikkei yonhap", search "fluoride")
    assert.equal("", search "germanium")
  end)

  it("finds what was written in many ways, like a search by hand", function()
    math.randomseed(20190720)
    local words = { "iron", "silk", "salt", "zinc" }
    local function any_text()
      local list = {}
      for i = 1, math.random(0, 3) do list[i] = words[math.random(#words)] end
      return #list > 0 and table.concat(list, " ") or dualuse.null
    end
    for i = 1, 200 do
      local key = "s" .. math.random(12)
      local roll = math.random()
      if roll < 0.25 then
        pcall(store.sources.retract, store.sources, key)
      elseif roll < 0.4 then
        pcall(store.transaction, store, function()
          store.sources:put{ key = key, title = "t", text = any_text() }
          store.sources:put{ key = key, title = "t", text = any_text() }
          if math.random() < 0.5 then error("no") end
        end)
      else
        store.sources:put{ key = key, title = "title " .. i, text = any_text() }
      end
      local word = words[math.random(#words)]
      local wanted = {}
      for _, source in ipairs(store.sources:all()) do
        if (source.text or ""):find(word, 1, true) then wanted[#wanted + 1] = source.key end
      end
      table.sort(wanted)
      assert.equal(table.concat(wanted, " "), search(word))
    end
  end)

  it("may be asked of titles and of what was claimed", function()
    store.disputes:add{ key = "d", title = "The fluoride dispute" }
    store.questions:add{ key = "q", title = "Did fluoride go north?" }
    store.claims:add{ key = "c", question = "q", stance = "denies", text = "No fluoride did." }
    store.measures:add{ key = "m", title = "Individual licences for fluoride",
                        jurisdiction = "JPN", requirement = "individual" }
    assert.equal("d", found(store.disputes:search("fluoride")))
    assert.equal("q", found(store.questions:search("north")))
    assert.equal("c", found(store.claims:search("fluoride")))
    assert.equal("m", found(store.measures:search("licen*")))
    assert.equal("nikkei yonhap", search "fluoride")
  end)

  it("is refused for a kind that has no full text, and says which have", function()
    local err = raised(store.parties.search, store.parties, "x")
    assert.same({ "misuse", "parties" }, { err.code, err.kind })
    assert.truthy(err.message:find("sources", 1, true))
  end)

  it("says so where it does not reach an earlier revision", function()
    local view = store:as_of(store:revision())
    local ok, err = pcall(function() return found(view.sources:search("fluoride")) end)
    if ok then
      assert.equal("nikkei yonhap", err)
    else
      assert.equal("misuse", err.code)
      assert.truthy(err.message:find("full text", 1, true))
    end
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("a query", function()
  it("never changes: each step gives a new one", function()
    local events, store = events_on{ "2017", "2018", "2019" }
    local q = events:where{ date = { after = "2017" } }
    local text, values = q:sql()
    local steps = {
      q:where{ date = "2019" }, q:order("-date"), q:limit(1), q:select("key"),
      q:where{ title = "x" }, q:where{ date = "2018" }:order("date"):limit(5):select("date"),
    }
    for _, step in ipairs(steps) do
      assert.not_equal(q, step)
      step:count()
    end
    assert.same({ "2018", "2019" }, keys(q))
    assert.same({ text, values }, { q:sql() })
    assert.same({ "2019", "2018" }, keys(steps[2]))
    assert.same({ "2018" }, keys(steps[3]))
    values[1] = 0 -- a copy
    assert.same({ "2018", "2019" }, keys(q))
    store:close()
  end)

  it("does not follow the table that it was made from", function()
    local events = events_on{ "2018", "2019" }
    local where = { date = { "2019" } }
    local q = events:where(where)
    where.date[1], where.title = "2018", "x"
    assert.same({ "2019" }, keys(q))
  end)

  it("may be used again and again, and sees what has been written since", function()
    local events = events_on{ "2018" }
    local q = events:where{ date = { after = "2017" } }:order("-date")
    for year = 2019, 2060 do
      events:add{ key = tostring(year), date = tostring(year), kind = "other" }
      assert.equal(year - 2017, q:count())
      assert.equal(tostring(year), q:first().key)
    end
    for year = 2019, 2060 do events:retract(tostring(year)) end
    assert.same({ "2018" }, keys(q))
  end)

  it("knows a reference from when it was made: names may change, the record stays", function()
    local store <close> = assert(dualuse.open())
    store.parties:add{ key = "p", name = "Old", kind = "company" }
    store.cases:add{ key = "a", authority = "KOR", exporter = "p" }
    local q = store.cases:where{ exporter = "old" }
    store.parties:update("p", { name = "New" })
    assert.equal("a", found(q))
  end)

  it("may be read in two loops at once", function()
    local events = events_on{ "2017", "2018", "2019" }
    local q, pairs_seen = events:order("date"), {}
    for a in q:each() do
      for _, b in q:values("key") do pairs_seen[#pairs_seen + 1] = a.key .. "-" .. b end
    end
    assert.equal(9, #pairs_seen)
    assert.equal("2017-2019", pairs_seen[3])
  end)

  it("outlives its collection, and keeps its store open for reading", function()
    local function make() return events_on{ "2017", "2019" }:where{ date = "2019" } end
    local q = make()
    collectgarbage()
    collectgarbage()
    assert.same({ "2019" }, keys(q))
  end)

  it("has a collection as its beginning: all records", function()
    local events = events_on{ "2017", "2019" }
    assert.equal(2, events:count())
    assert.same(events:where{}:all(), events:all())
    assert.equal("2019", events:order("-date"):first().key)
  end)

  it("is refused what is no query", function()
    local events = events_on{ "2019" }
    for _, name in ipairs{ "where", "order", "limit", "select", "count", "exists", "sql", "each",
                           "values", "all", "first" } do
      local method = events[name]
      for _, value in ipairs{ 5, {}, "x", io.stdout } do
        assert.equal("misuse", raised(method, value, 1).code, name)
      end
    end
    assert.equal("misuse", raised(function() return events:where{}.colour end).code)
  end)
end)

describe("the SQL of a query #process", function()
  local folder, path, store

  local function literal(value)
    if math.type(value) == "integer" then return ("%d"):format(value) end
    if type(value) == "number" then return ("%.17g"):format(value) end
    return "'" .. value:gsub("'", "''") .. "'"
  end

  --- The ids that the sqlite3 program finds with it, parameters bound.
  local function ids_by_program(query)
    local text, values = query:sql()
    local script = { ".mode list", ".headers off", ".parameter init" }
    for i, value in ipairs(values) do
      script[#script + 1] = ("INSERT INTO temp.sqlite_parameters VALUES ('?%d', %s);")
        :format(i, literal(value))
    end
    script[#script + 1] = ("SELECT id FROM (%s);"):format(text)
    local name = folder .. "/script.sql"
    local file <close> = assert(io.open(name, "w"))
    file:write(table.concat(script, "\n"), "\n")
    file:close()
    local output = shell.must(("sqlite3 -batch -bail %s <%s"):format(shell.quote(path),
                                                                   shell.quote(name)))
    local ids = {}
    for id in output:gmatch("%d+") do ids[#ids + 1] = tonumber(id) end
    return ids
  end

  setup(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path))
    store.sources:add{ key = "s", title = "fluoride", publisher = "AFP", published = "2019-07-12" }
    store.items:add{ key = "hf", name = "HF", category = "material" }
    store.items:add{ key = "hf-70", name = "HF 70 %", parent = "hf" }
    store.parties:add{ key = "p", name = "O'Brien \"& Co\"", kind = "company", country = "KOR" }
    for i = 1, 20 do
      store.cases:add{
        authority = "KOR", exporter = i % 2 == 0 and "p" or nil, quantity = i / 4,
        date = i % 3 == 0 and ("2018-%02d"):format(i % 12 + 1) or nil,
        exported = i % 4 == 0 and "2017-12?" or nil, items = { i % 2 == 0 and "hf" or "hf-70" },
        sources = i % 5 == 0 and { { "s", quote = "q" } } or nil, note = "it's no. " .. i,
      }
    end
    store.cases:update(store.cases:order("id"):first().id, { quantity = 100, note = dualuse.null })
    store.cases:retract(store.cases:order("-id"):first().id)
  end)
  teardown(function()
    store:close()
    shell.remove(folder)
  end)

  it("gives the sqlite3 program the same records in the same order", function()
    if not shell.has("sqlite3") then
      pending("sqlite3 is not here")
      return
    end
    local numbers = {}
    for i = 1, 150 do numbers[i] = i / 4 end
    for _, view in ipairs{ store, store:as_of(store:revision() - 2), store:as_of(10) } do
      local cases = view.cases
      for i, query in ipairs{
        cases:where{},
        cases:where{ quantity = { gt = 1, lte = 4.25 }, note = { like = "it's%" } }:order("-note"),
        cases:where{ quantity = numbers }:order("-quantity"):limit(5, 2),
        cases:where{ exporter = { within = "KOR" }, items = { category = "material" } },
        cases:where{ items = { within = "hf" }, sources = { publisher = "AFP" } },
        cases:where{ date = { during = "2018" } }:order("date"),
        cases:where{ date = "2018-05" }:order("-date", "quantity"),
        cases:where{ date = { ne = "2018-05" } }:order("exporter", "-id"):select("note"),
        cases:where{ note = { ne = "it's no. 7" }, exporter = { name = "O'Brien \"& Co\"" } },
        cases:where{ exported = { missing = true }, key = { missing = true } },
      } do
        local ids = {}
        for id in query:values("id") do ids[#ids + 1] = id end
        assert.same(ids, ids_by_program(query), "query " .. i)
      end
    end
    local search = store.sources:search('flu* "fluoride"')
    assert.same({ store.sources:get("s").id }, ids_by_program(search))
  end)

  it("has no value of the query in it", function()
    local text, values = store.cases:where{ note = "secret ' words", quantity = 7.25 }:sql()
    assert.is_nil(text:find("secret", 1, true))
    assert.is_nil(text:find("7.25", 1, true))
    table.sort(values, function(a, b) return tostring(a) < tostring(b) end)
    assert.same({ 7.25, "secret ' words" }, values)
  end)

  it("goes from one end of a period to the other in an index, and no further", function()
    store.events:add{ date = "2019-07-04", kind = "sanction" }
    for operator, range in pairs{ during = "date_first>? AND date_first<?",
        before = "date_first<?" } do
      local text = store.events:where{ actor = "KOR", target = "JPN",
        date = { [operator] = "2019-07" } }:sql()
      local plan = stores.ask(path, "EXPLAIN QUERY PLAN " .. text)
      assert.matches("USING INDEX events_actor (actor=? AND target=? AND " .. range .. ")", plan, 1,
        true)
    end
  end)

  it("is the same whenever the same is asked", function()
    local function sql()
      return store.cases:where{ quantity = { gt = 1, lt = 5, ne = 2 }, note = "a", unit = "kg",
                                exporter = { name = "x", kind = "company" } }:sql()
    end
    local text, values = sql()
    for _ = 1, 20 do assert.same({ text, values }, { sql() }) end
  end)
end)
