local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

-- A thing that is wrong must be told to its author at its own line, with what would have been
-- right; and nothing of it may reach the store.
describe("bad input", function()
  local folder, path, store, bytes, before

  setup(function()
    folder = shell.folder()
    path = folder .. "/bad.db"
    local filled <close> = assert(dualuse.open(path))
    stores.fill(filled)
    filled:close()
    bytes, before = stores.bytes(path), stores.dump(path)
  end)
  teardown(function() shell.remove(folder) end)

  before_each(function()
    stores.write(path, bytes)
    store = assert(dualuse.open(path))
  end)
  -- After every single spec below, the sqlite3 program finds the file as it was.
  after_each(function()
    local after = stores.dump(path)
    local newest = store:revision()
    store:close()
    stores.same_lines(before, after)
    assert.equal(1, newest)
  end)

  --- The smallest record of a kind, with some fields changed.
  local function record(kind, changes)
    local copy = {}
    for name, value in pairs(stores.minimal[kind]) do copy[name] = value end
    for name, value in pairs(changes or {}) do copy[name] = value end
    return copy
  end

  --- Checks that the value is refused by add, by put, and by update of a record that is there.
  local function refused(kind, field, value, says)
    local expected = { code = "invalid", kind = kind, field = field, says = says }
    raises(function() store[kind]:add(record(kind, { [field] = value })) end, expected)
    local put = record(kind, { origin = "somewhere" })
    put[field] = value
    raises(function() store[kind]:put(put) end, expected)
    local there = store[kind]:first()
    if there then
      raises(function() store[kind]:update(there.id, { [field] = value }) end, expected)
    end
  end

  --- Calls fn(kind, field) for every field of every kind that it can be asked about.
  local function each_field(fn)
    local count = 0
    for _, kind in ipairs(dualuse.describe()) do
      for _, field in ipairs(dualuse.describe(kind.kind).fields) do
        if fn(kind.kind, field) then count = count + 1 end
      end
    end
    return count
  end

  describe("a name", function()
    it("of a kind that there is not is answered with the kinds", function()
      raises(function() return store.casez, nil end,
        { code = "misuse", says = { '"casez"', "sources", "cases", "links" } })
      raises(function() store.widgets:add{} end, { code = "misuse", says = { '"widgets"' } })
      raises(function() dualuse.describe("casez") end,
        { code = "misuse", says = { '"casez"', "sources", "cases", "links" } })
      raises(function() return store[7], nil end, { code = "misuse", says = { "7", "cases" } })
    end)

    it("of a field that the kind does not have is answered with its fields", function()
      local expected = { code = "misuse", kind = "cases",
        says = { '"colour"', "authority", "exported", "fine_suspended", "origin" } }
      raises(function() store.cases:add{ authority = "KOR", colour = "red" } end, expected)
      raises(function() store.cases:put{ key = "case", colour = "red" } end, expected)
      raises(function() store.cases:update("case", { colour = "red" }) end, expected)
      raises(function() store.cases:where{ colour = "red" } end, expected)
      raises(function() store.cases:order("colour") end, expected)
      raises(function() store.cases:order("-colour") end, expected)
      raises(function() store.cases:select("colour") end, expected)
      raises(function() store.cases:values("colour") end, expected)
    end)

    it("of a field of a record referred to is answered with the fields of its kind", function()
      raises(function() store.cases:where{ exporter = { colour = "red" } } end,
        { code = "misuse", kind = "parties", says = { '"colour"', "country", "aliases" } })
    end)

    it("of a field is text", function()
      raises(function() store.cases:add{ authority = "KOR", "red" } end,
        { code = "misuse", kind = "cases", says = { "1" } })
      raises(function() store.cases:where{ "red" } end, { code = "misuse", kind = "cases" })
      raises(function() store.cases:order(1) end, { code = "misuse" })
      raises(function() store.cases:select(true) end, { code = "misuse" })
      raises(function() store.cases:values({}) end, { code = "misuse" })
    end)

    it("of an operator that there is not is answered with the operators", function()
      raises(function() store.cases:where{ fine = { above = 5 } } end,
        { code = "misuse", kind = "cases", field = "fine",
          says = { '"above"', "ne", "lt", "lte", "gt", "gte", "missing" } })
      raises(function() store.cases:where{ unit = { matches = "kg" } } end,
        { code = "misuse", kind = "cases", field = "unit", says = { '"matches"', "like" } })
      raises(function() store.cases:where{ date = { since = "2019" } } end,
        { code = "misuse", kind = "cases", field = "date",
          says = { '"since"', "during", "before", "after", "missing" } })
    end)

    it("of an operator that does not suit the field is answered with those that do", function()
      raises(function() store.cases:where{ date = { lt = "2019" } } end,
        { code = "misuse", kind = "cases", field = "date", says = { '"lt"', "before" } })
      raises(function() store.cases:where{ fine = { like = "1%" } } end,
        { code = "misuse", kind = "cases", field = "fine", says = { '"like"', "gte" } })
      raises(function() store.cases:where{ unit = { within = "kg" } } end,
        { code = "misuse", kind = "cases", field = "unit", says = { '"within"', "like" } })
      raises(function() store.cases:where{ stopped = { gt = "unknown" } } end,
        { code = "misuse", kind = "cases", field = "stopped", says = { '"gt"', "ne" } })
      raises(function() store.screenings:where{ subject = { ne = "x" } } end,
        { code = "misuse", kind = "screenings", field = "subject", says = { '"ne"', "missing" } })
    end)

    it("of a method that there is not is answered", function()
      raises(function() store.cases:insert{} end, { code = "misuse", says = { '"insert"' } })
      raises(function() store.cases:where{}:delete() end, { code = "misuse", says = { "where" } })
    end)
  end)

  describe("a value", function()
    it("that is no word of a vocabulary is answered with the vocabulary", function()
      local count = each_field(function(kind, field)
        if field.type ~= "word" then return false end
        local says = { '"nonsense"' }
        for _, word in ipairs(field.words) do says[#says + 1] = word end
        refused(kind, field.name, field.list and { "nonsense" } or "nonsense", says)
        raises(function() store[kind]:where{ [field.name] = "nonsense" } end,
          { code = "invalid", kind = kind, field = field.name, says = says })
        return true
      end)
      assert.is_true(count > 25)
    end)

    it("that is a word of the vocabulary in capitals is not taken for it", function()
      refused("parties", "kind", "State", { '"State"', "state" })
      refused("claims", "stance", "DENIES", { '"DENIES"', "denies" })
    end)

    it("of another type than its field is refused, whatever Lua could make of it", function()
      local wrong = {
        text = { 5, 2.5, true, {} },
        integer = { "5", true, {}, 2.5, 1e300 },
        number = { "2.5", false, {} },
        boolean = { 0, 1, "true", {} },
        word = { 5, true, {} },
        date = { 2019, 20190704, true, {} },
        reference = { true, 2.5, {} },
      }
      local seen = {}
      local count = each_field(function(kind, field)
        for _, value in ipairs(not field.list and wrong[field.type] or {}) do
          local shown = type(value) == "table" and "a table" or tostring(value)
          if type(value) == "string" then shown = '"' .. value .. '"' end
          refused(kind, field.name, value, { shown })
        end
        if wrong[field.type] then seen[field.type] = true end
        return wrong[field.type] ~= nil
      end)
      for name in pairs(wrong) do assert.is_true(seen[name], name) end
      assert.is_true(count > 150)
    end)

    it("of a function, a thread or a userdata is refused", function()
      for _, value in ipairs{ print, coroutine.create(print), io.stdout } do
        refused("items", "note", value, { "text" })
        refused("screenings", "subject", value, { "a " .. type(value) })
        refused("screenings", "subject", { deep = { value } }, { "a " .. type(value) })
      end
    end)

    it("that is required is missed", function()
      local count = each_field(function(kind, field)
        if not field.required then return false end
        local incomplete = record(kind)
        incomplete[field.name] = nil
        local expected = { code = "invalid", kind = kind, field = field.name,
          says = { "required", field.name } }
        raises(function() store[kind]:add(incomplete) end, expected)
        incomplete[field.name] = dualuse.null
        raises(function() store[kind]:add(incomplete) end, expected)
        local there = store[kind]:first()
        if there then
          raises(function() store[kind]:update(there.id, { [field.name] = dualuse.null }) end,
            { code = "invalid", kind = kind, field = field.name })
        end
        return true
      end)
      assert.is_true(count > 30)
    end)

    it("that is required is missed in an empty list", function()
      raises(function() store.applications:add(record("applications", { items = {} })) end,
        { code = "invalid", kind = "applications", field = "items", says = { "required" } })
    end)

    it("that only the store gives is refused", function()
      for field, value in pairs{ id = 900, revision = 1, recorded = "2019-07-04T00:00:00Z" } do
        raises(function() store.items:add(record("items", { [field] = value })) end,
          { code = "invalid", kind = "items", field = field, says = { "leave it out" } })
      end
    end)
  end)

  describe("a number", function()
    it("outside of its field's range is answered with the range", function()
      refused("events", "quad", 5, { "5", "1", "4" })
      refused("events", "quad", 0, { "0", "1", "4" })
      refused("events", "latitude", 91, { "91", "-90", "90" })
      refused("events", "latitude", -90.0000001, { "-90.0000001" })
      refused("events", "longitude", 180.5, { "180.5", "-180", "180" })
      refused("events", "goldstein", 10.1, { "10.1", "-10", "10" })
      refused("events", "mentions", -1, { "-1", "0" })
      refused("cases", "fine", -1, { "-1", "0" })
      refused("cases", "quantity", -0.5, { "-0.5", "0" })
      refused("disclosures", "value", -3, { "-3" })
    end)

    it("has to be one", function()
      refused("events", "tone", 0 / 0, { "nan" })
      refused("events", "tone", 1 / 0, { "inf" })
      refused("events", "tone", -1 / 0, { "-inf" })
      refused("events", "latitude", 0 / 0, { "nan" })
      refused("events", "quad", 0 / 0, { "nan" })
      refused("cases", "fine", 1 / 0, { "inf" })
      refused("screenings", "subject", { share = 0 / 0 }, { "nan" })
      refused("screenings", "subject", -1 / 0, { "-inf" })
    end)

    it("of an integer field is not rounded", function()
      refused("cases", "fine", 10.5, { "10.5", "integer" })
      refused("cases", "prison_months", 1e300, { "1e+300" })
      refused("events", "quad", 1.0000001, { "1.0000001" })
    end)

    it("of an integer field is an integer of Lua, or a float that equals one", function()
      refused("cases", "fine", math.mininteger, { "-9223372036854775808", "0" })
      refused("cases", "fine", 2.0 ^ 63, { "9.2233720368548e+18" })
      refused("cases", "fine", "9007199254740993", { '"9007199254740993"' })
      refused("events", "quad", (1 << 53) + 1, { "9007199254740993", "1", "4" })
      refused("events", "quad", math.maxinteger, { "9223372036854775807" })
    end)

    it("of a field with fractions is refused where a float cannot hold it", function()
      refused("events", "tone", (1 << 53) + 1, { "9007199254740993" })
      refused("events", "tone", -(1 << 53) - 1, { "-9007199254740993" })
      refused("cases", "quantity", (1 << 53) + 1, { "9007199254740993" })
      refused("events", "tone", math.maxinteger, { "9223372036854775807" })
    end)

    it("that is asked for has to be one as well", function()
      for _, value in ipairs{ "5", true, 0 / 0 } do
        raises(function() store.cases:where{ fine = { gt = value } } end,
          { code = "invalid", kind = "cases", field = "fine" })
        raises(function() store.cases:where{ fine = value } end,
          { code = "invalid", kind = "cases", field = "fine" })
        raises(function() store.events:where{ tone = { lte = value } } end,
          { code = "invalid", kind = "events", field = "tone" })
      end
    end)
  end)

  describe("a currency", function()
    it("is three capital letters", function()
      for _, code in ipairs{ "usd", "US", "USDX", "U$D", "won" } do
        refused("cases", "currency", code, { '"' .. code .. '"', "ISO 4217" })
        refused("applications", "currency", code, { '"' .. code .. '"', "ISO 4217" })
      end
    end)
  end)

  describe("a date", function()
    it("that no calendar has is refused", function()
      for _, date in ipairs{ "2019-02-30", "2019-13", "2019-00", "1900-02-29", "2019-07-04T25:00Z",
        "2019-11-31" } do
        refused("events", "date", date, { '"' .. date .. '"' })
      end
    end)

    it("that ends before it begins is refused", function()
      refused("events", "date", "2019-07/2018-01", { '"2019-07/2018-01"' })
      refused("cases", "exported", "2019-07-04/2019-07-03", { '"2019-07-04/2019-07-03"' })
    end)

    it("that is written in no form we know is refused", function()
      for _, date in ipairs{ "4 July 2019", "2019/07/04", "04.07.2019", "2019-7-4", "20190704",
        "yesterday", " 2019", "2019 ", "" } do
        refused("events", "date", date, {})
      end
    end)

    it("in an older draft's letters is answered with today's", function()
      refused("cases", "date", "201x", { '"201x"', "201X" })
      refused("cases", "date", "2019-uu", { "2019-XX" })
      refused("cases", "date", "2019/open", { ".." })
    end)

    it("that is asked for has to be one as well", function()
      local expected = { code = "invalid", kind = "events", field = "date",
        says = { '"2019-02-30"' } }
      raises(function() store.events:where{ date = "2019-02-30" } end, expected)
      raises(function() store.events:where{ date = { during = "2019-02-30" } } end, expected)
      raises(function() store.events:where{ date = { before = "2019-02-30" } } end, expected)
      raises(function() store.events:where{ date = { "2019", "2019-02-30" } } end, expected)
      raises(function() store.events:where{ date = 2019 } end,
        { code = "invalid", kind = "events", field = "date", says = { "2019" } })
    end)

    it("that is uncertain cannot be asked for with certainty", function()
      for _, operator in ipairs{ "during", "before", "after" } do
        raises(function() store.events:where{ date = { [operator] = "2019~" } } end,
          { code = "invalid", kind = "events", field = "date", says = { operator, '"2019~"' } })
      end
    end)
  end)

  describe("text", function()
    it("is UTF-8", function()
      for _, text in ipairs{ "\xff", "caf\xe9", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "cut \xe2\x82" } do
        refused("items", "note", text, { "UTF-8" })
        refused("items", "aliases", { "fine", text }, { "UTF-8" })
        refused("screenings", "subject", { text = text }, { "UTF-8" })
        raises(function() store.items:where{ note = text } end,
          { code = "invalid", kind = "items", field = "note", says = { "UTF-8" } })
      end
    end)

    it("holds no NUL byte", function()
      refused("items", "note", "a\0b", { "NUL" })
      refused("items", "uses", { "\0" }, { "NUL" })
      refused("sources", "text", "end\0", { "NUL" })
      refused("screenings", "subject", "a\0b", { "NUL" })
      raises(function() store.items:where{ note = { like = "a\0%" } } end,
        { code = "invalid", kind = "items", field = "note", says = { "NUL" } })
      raises(function() store.sources:search("a\0b") end, { code = "invalid", says = { "NUL" } })
    end)

    it("that there is not is told as the first of them, in whatever order they come", function()
      for _ = 1, 3 do
        local item = { name = "a name" }
        for i = 20, 1, -1 do item[("field_%02d"):format(i)] = i end
        raises(function() store.items:add(item) end,
          { code = "misuse", kind = "items", says = { '"field_01"' } })
      end
    end)

    it("is not empty: what is not known is left out", function()
      refused("items", "note", "", { "empty", "dualuse.null" })
      refused("items", "aliases", { "" }, { "empty" })
      refused("items", "name", "", { "empty" })
    end)

    it("of a key has no white space at its ends", function()
      for _, key in ipairs{ " key", "key ", "key\n", "\tkey" } do
        raises(function() store.items:add{ key = key, name = "x" } end,
          { code = "invalid", kind = "items", field = "key", says = { "white space" } })
      end
    end)

    it("that is refused is shown so that a terminal is safe, however long it is", function()
      for _, word in ipairs{ "\27[31mred", "a\r\nb", "\u{9b}31m", "\u{202e}txt", "\x9b31m",
        ("x"):rep(5000), ("\u{1F4A3}"):rep(500) } do
        local problem = raises(function()
          store.parties:add{ key = "k", name = "n", kind = word }
        end, { code = "invalid", kind = "parties", field = "kind" })
        local shown = tostring(problem)
        assert.is_nil(shown:find("\u{9b}", 1, true))
        assert.is_nil(shown:find("\u{202e}", 1, true))
        assert.is_true(#shown < 1000)
      end
    end)
  end)

  describe("a list", function()
    it("is a list", function()
      refused("items", "regimes", "nsg", { '"nsg"', "list" })
      refused("items", "aliases", 5, { "5", "list" })
      refused("cases", "items", "etching gas", { '"etching gas"', "list" })
      refused("cases", "sources", "afp", { '"afp"', "list" })
      refused("measures", "stages", "in_force", { '"in_force"', "list" })
    end)

    it("has no holes", function()
      refused("items", "aliases", { "a", nil, "c" }, {})
      refused("items", "aliases", { [1] = "a", [3] = "c" }, {})
      refused("items", "aliases", { [2] = "b" }, {})
      refused("cases", "items", { nil, "etching gas" }, {})
      refused("screenings", "subject", { 1, nil, 3 }, {})
    end)

    it("has no other keys than 1, 2, 3 and so on", function()
      refused("items", "aliases", { "a", b = "b" }, { '"b"' })
      refused("items", "aliases", { first = "a" }, { '"first"' })
      refused("items", "aliases", { [0] = "a" }, { "0" })
      refused("items", "aliases", { "a", [1.5] = "b" }, { "1.5" })
      refused("screenings", "subject", { "a", b = "b" }, {})
      refused("screenings", "subject", { b = "b", [true] = "x" }, {})
    end)

    it("holds what its field takes", function()
      refused("items", "aliases", { "a", 5 }, { "5" })
      refused("items", "regimes", { "nsg", "wasenaar" }, { '"wasenaar"', "wassenaar" })
      refused("cases", "items", { true }, { "true" })
      refused("cases", "items", { "unobtainium" }, { '"unobtainium"' })
    end)

    it("holds nothing twice", function()
      refused("items", "regimes", { "nsg", "mtcr", "nsg" }, { '"nsg"', "twice" })
      refused("items", "aliases", { "a", "b", "a" }, { '"a"', "twice" })
      refused("cases", "sources", { "afp", "afp" }, { "twice", "afp" })
      refused("cases", "sources", { { "afp", quote = "q" }, { "afp", quote = "q" } }, { "twice" })
    end)

    it("holds no record twice, whatever names it is given by", function()
      refused("cases", "items", { "etching gas", "hydrogen-fluoride" },
        { "twice", "hydrogen-fluoride" })
    end)

    it("that is asked for has no holes and no operators in it", function()
      for _, list in ipairs{ { "a", nil, "c" }, { "a", lt = "b" }, {} } do
        raises(function() store.items:where{ name = list } end,
          { code = "invalid", kind = "items", field = "name" })
      end
    end)

    it("of stages is a list, not one stage without its braces", function()
      refused("measures", "stages", { stage = "in_force", date = "2019-07-04" }, { "list" })
      refused("measures", "stages", { { stage = "ended", date = "2020" }, stage = "ended" }, {})
      refused("measures", "stages", { { stage = "ended", date = "2020" }, nil,
        { stage = "ended", date = "2021" } }, {})
    end)

    it("of stages holds stages", function()
      local function add(stage)
        return function()
          store.measures:add(record("measures", { stages = { stage } }))
        end
      end
      local date = "2019-07-04"
      for stage, expected in pairs{
        [{ stage = "in force", date = date }] = { field = "stage", says = { "in_force" } },
        [{ stage = "in_force", date = "soon" }] = { field = "date", says = { '"soon"' } },
        [{ stage = "in_force" }] = { field = "date", says = { "required" } },
        [{ stage = "in_force", date = date, sources = { "bbc" } }] = { field = "sources",
          says = { '"bbc"' } },
        [{ stage = "in_force", date = date, by = "x" }] = { code = "misuse", says = { '"by"' } },
        [5] = { says = { "5" } },
      } do
        -- `where` lies in this file, but not in this function: only what is said is checked
        local ok, problem = pcall(add(stage))
        assert.is_false(ok)
        assert.equal(expected.code or "invalid", problem.code, tostring(problem))
        assert.equal("stages", problem.kind, tostring(problem))
        assert.equal(expected.field, problem.field, tostring(problem))
        for _, part in ipairs(expected.says) do
          assert.truthy(problem.message:find(part, 1, true), tostring(problem))
        end
      end
    end)
  end)

  describe("a citation", function()
    it("has a source and no other keys than field, locator and quote", function()
      refused("cases", "sources", { { "afp", page = 3 } }, { '"page"', "locator", "quote" })
      refused("cases", "sources", { { "afp", "nikkei" } }, { "2" })
      refused("cases", "sources", { { locator = "para 1" } }, {})
      refused("cases", "sources", { {} }, {})
    end)

    it("names a field of its record", function()
      refused("cases", "sources", { { "afp", field = "exprted" } },
        { '"exprted"', "exported", "destination" })
    end)

    it("has text for field, locator and quote", function()
      refused("cases", "sources", { { "afp", locator = 3 } }, { "3" })
      refused("cases", "sources", { { "afp", quote = "" } }, { "empty" })
      refused("cases", "sources", { { "afp", field = true } }, { "true" })
    end)

    it("cites a source", function()
      refused("cases", "sources", { "bbc" }, { '"bbc"', "source" })
      refused("cases", "sources", { { "bbc", locator = "para 1" } }, { '"bbc"', "source" })
      refused("cases", "sources", { "acme" }, { '"acme"', "source" })
    end)
  end)

  describe("a reference", function()
    it("to nothing is refused, by the name that was given", function()
      refused("cases", "destination", "Atlantis", { '"Atlantis"', "party" })
      refused("cases", "destination", 99999, { "99999", "party" })
      refused("cases", "destination", "", {})
      refused("claims", "question", "who?", { '"who?"', "question" })
      refused("stages", "of", "nowhere", { '"nowhere"' })
      raises(function() store.cases:where{ destination = "Atlantis" } end,
        { code = "invalid", kind = "cases", field = "destination", says = { '"Atlantis"' } })
      raises(function() store.cases:where{ destination = { within = "Atlantis" } } end,
        { code = "invalid", kind = "cases", field = "destination", says = { '"Atlantis"' } })
    end)

    it("to a record of another kind is one to nothing", function()
      refused("cases", "destination", "hydrogen-fluoride", { '"hydrogen-fluoride"', "party" })
      refused("cases", "destination", store.items:get("hydrogen-fluoride").id, { "party" })
      refused("stages", "of", "acme", { '"acme"' })
    end)

    it("that names two records is refused, and both are named", function()
      local state, organisation = store.parties:get("GEO").id, store.parties:get("us-georgia").id
      for _, name in ipairs{ "Georgia", "GEORGIA", "georgia" } do
        local says = { '"' .. name .. '"', '"GEO"', '"us-georgia"', tostring(state),
          tostring(organisation) }
        refused("cases", "destination", name, says)
        raises(function() store.cases:where{ destination = name } end,
          { code = "invalid", kind = "cases", field = "destination", says = says })
        raises(function() store.parties:get(name) end,
          { code = "invalid", kind = "parties", says = says })
        raises(function() store.parties:update(name, { note = "x" }) end,
          { code = "invalid", kind = "parties", says = says })
        raises(function() store.parties:retract(name) end,
          { code = "invalid", kind = "parties", says = says })
        raises(function() store.parties:history(name) end,
          { code = "invalid", kind = "parties", says = says })
      end
    end)

    it("that leads back to its own record is refused", function()
      raises(function() store.items:update("chemicals", { parent = "etching gas" }) end,
        { code = "invalid", kind = "items", field = "parent" })
      raises(function() store.items:update("chemicals", { parent = "chemicals" }) end,
        { code = "invalid", kind = "items", field = "parent" })
    end)

    it("to a record to be read, changed or retracted has to be one", function()
      for _, value in ipairs{ true, {}, print } do
        raises(function() store.cases:get(value) end, { code = "invalid", kind = "cases" })
        raises(function() store.cases:update(value, {}) end, { code = "invalid", kind = "cases" })
        raises(function() store.cases:retract(value) end, { code = "invalid", kind = "cases" })
        raises(function() store.cases:history(value) end, { code = "invalid", kind = "cases" })
      end
      raises(function() store.cases:get() end, { code = "invalid", kind = "cases" })
      raises(function() store.cases:update(99999, { fine = 1 }) end,
        { code = "invalid", kind = "cases", says = { "99999" } })
      raises(function() store.cases:retract("nobody") end,
        { code = "invalid", kind = "cases", says = { '"nobody"' } })
      raises(function() store.cases:history("nobody") end,
        { code = "invalid", kind = "cases", says = { '"nobody"' } })
    end)
  end)

  describe("a key", function()
    it("that is taken is a constraint, and who has it is named", function()
      local id = store.items:get("chemicals").id
      raises(function() store.items:add{ key = "chemicals", name = "others" } end,
        { code = "constraint", kind = "items", field = "key",
          says = { '"chemicals"', tostring(id) } })
      raises(function() store.parties:add{ key = "KOR", name = "x", kind = "group" } end,
        { code = "constraint", kind = "parties", field = "key", says = { '"KOR"' } })
      local nameless = store.cases:where{ key = { missing = true } }:first()
      raises(function() store.cases:update(nameless.id, { key = "case" }) end,
        { code = "constraint", kind = "cases", field = "key", says = { '"case"' } })
    end)

    it("is never changed or cleared", function()
      raises(function() store.items:update("chemicals", { key = "chemistry" }) end,
        { code = "invalid", kind = "items", field = "key",
          says = { '"chemicals"', '"chemistry"' } })
      raises(function() store.cases:update("case", { key = dualuse.null }) end,
        { code = "invalid", kind = "cases", field = "key", says = { '"case"' } })
      raises(function()
        store.cases:put{ id = store.cases:get("case").id, key = "another" }
      end, { code = "invalid", kind = "cases", field = "key", says = { '"case"', '"another"' } })
    end)

    it("or an origin or an id is what put knows a record by", function()
      raises(function() store.cases:put{ authority = "KOR" } end,
        { code = "invalid", kind = "cases", says = { "key", "origin", "id" } })
      raises(function() store.cases:put{ authority = "KOR", key = dualuse.null } end,
        { code = "invalid", kind = "cases", says = { "key" } })
      raises(function() store.cases:put{ id = 99999, authority = "KOR" } end,
        { code = "invalid", kind = "cases", field = "id", says = { "99999" } })
      for _, id in ipairs{ "case", true, 2.5 } do
        raises(function() store.cases:put{ id = id, authority = "KOR" } end,
          { code = "invalid", kind = "cases", field = "id" })
      end
    end)

    it("is not changed for what a stage belongs to", function()
      local membership = store.memberships:first()
      local stage = store.stages:where{ of = "licence" }:first()
      raises(function() store.stages:update(stage.id, { of = membership.id }) end,
        { code = "invalid", kind = "stages", field = "of" })
    end)
  end)

  describe("fields together", function()
    it("a figure that is withheld has no value", function()
      raises(function()
        store.disclosures:add(record("disclosures", { status = "withheld", value = 3 }))
      end, { code = "invalid", kind = "disclosures", field = "value", says = { "withheld" } })
    end)

    it("a record that was changed since it was read is not written over", function()
      local item = store.items:get("chemicals")
      item.revision, item.note = item.revision + 1, "mine"
      raises(function() store.items:update("chemicals", item) end,
        { code = "constraint", kind = "items", field = "revision" })
    end)
  end)

  describe("data", function()
    it("that holds itself is refused", function()
      local loop = {}
      loop.loop = loop
      refused("screenings", "subject", loop, {})
      local deep = {}
      for _ = 1, 1000 do deep = { deep } end
      refused("screenings", "subject", deep, {})
    end)
  end)

  describe("an argument", function()
    it("of a wrong type is misuse", function()
      for _, wrong in ipairs{ 5, "text", true, print } do
        local expected = { code = "misuse" }
        raises(function() store.cases:add(wrong) end, expected)
        raises(function() store.cases:put(wrong) end, expected)
        raises(function() store.cases:update("case", wrong) end, expected)
        raises(function() store.cases:where(wrong) end, expected)
        raises(function() store.cases:limit({}) end, expected)
        raises(function() store.sources:search({}) end, expected)
      end
      raises(function() store.cases:add() end, { code = "misuse", says = { "nothing" } })
      raises(function() store.cases:update("case") end, { code = "misuse", says = { "nothing" } })
      raises(function() store.cases:where() end, { code = "misuse", says = { "nothing" } })
      raises(function() store.cases:order() end, { code = "misuse" })
      raises(function() store.cases:select() end, { code = "misuse" })
      raises(function() store.cases:values() end, { code = "misuse" })
      raises(function() store.sources:search() end, { code = "misuse" })
    end)

    it("of limit is a number of records", function()
      for _, wrong in ipairs{ -1, 2.5, "3", 0 / 0 } do
        raises(function() store.cases:limit(wrong) end, { code = "misuse" })
        raises(function() store.cases:limit(1, wrong) end, { code = "misuse" })
      end
    end)

    it("of order is a field that has an order", function()
      raises(function() store.cases:order("items") end,
        { code = "misuse", kind = "cases", field = "items" })
      raises(function() store.screenings:order("subject") end,
        { code = "misuse", kind = "screenings", field = "subject" })
    end)

    it("of search is words, of a kind that has full text", function()
      raises(function() store.sources:search("  ") end, { code = "invalid" })
      raises(function() store.sources:search('"not closed') end, { code = "invalid" })
      raises(function() store.cases:search("fluoride") end,
        { code = "misuse", kind = "cases", says = { "sources", "claims", "measures" } })
    end)

    it("of missing is true or false", function()
      raises(function() store.cases:where{ fine = { missing = 1 } } end,
        { code = "invalid", kind = "cases", field = "fine", says = { "missing", "1" } })
    end)

    it("of transaction is a function", function()
      for _, wrong in ipairs{ 5, "text", {}, true } do
        raises(function() store:transaction(wrong) end, { code = "misuse", says = { "function" } })
      end
      raises(function() store:transaction() end, { code = "misuse", says = { "function" } })
    end)

    it("of as_of is a revision that there is, or a time", function()
      for _, wrong in ipairs{ -1, 2, 0.5, "yesterday", "2019-13", true, {}, "2019~" } do
        raises(function() store:as_of(wrong) end, { code = "invalid" })
      end
      raises(function() store:as_of() end, { code = "invalid" })
      raises(function() store:as_of("1999-01-01") end,
        { code = "invalid", says = { "1999-01-01" } })
    end)

    it("of backup is a path", function()
      raises(function() store:backup() end, { code = "misuse" })
      raises(function() store:backup(5) end, { code = "misuse" })
    end)

    it("is missed by a method that was called with a dot", function()
      local expected = { code = "misuse" }
      raises(function() store.cases.add{ authority = "KOR" } end, expected)
      raises(function() store.cases.get("case") end, expected)
      raises(function() store.cases.where{ authority = "KOR" } end, expected)
      raises(function() store.cases.count() end, expected)
      raises(function() store.cases:where{}.all() end, expected)
      raises(function() store.transaction(function() end) end, expected)
      raises(function() store.close() end, expected)
      raises(function() store.as_of(1) end, expected)
    end)

    it("is an object of the right class", function()
      local method = store.cases.get
      for _, wrong in ipairs{ store, store.cases:where{}, io.stdout, {}, dualuse.null } do
        raises(function() method(wrong, 1) end, { code = "misuse", says = { "collection" } })
      end
      local close = store.close
      raises(function() close(store.cases) end, { code = "misuse", says = { "store" } })
      raises(function() close(io.stdout) end, { code = "misuse", says = { "store" } })
    end)
  end)

  describe("an option", function()
    it("of a write or a transaction is by or reason", function()
      local function nothing() end
      local expected = { code = "misuse", says = { '"who"', "by", "reason" } }
      raises(function() store:transaction(nothing, { who = "me" }) end, expected)
      raises(function() store.items:add(record("items"), { who = "me" }) end, expected)
      raises(function() store.items:put(record("items"), { who = "me" }) end, expected)
      raises(function() store.items:update("chemicals", { note = "x" }, { who = "me" }) end,
        expected)
      raises(function() store.cases:retract("case", { who = "me" }) end, expected)
    end)

    it("of a write or a transaction is text in a table", function()
      for _, wrong in ipairs{ 5, true, {} } do
        raises(function() store.items:add(record("items"), { by = wrong }) end,
          { code = "misuse", says = { "by" } })
        raises(function() store:transaction(function() end, { reason = wrong }) end,
          { code = "misuse", says = { "reason" } })
      end
      raises(function() store.cases:retract("case", "counted twice") end,
        { code = "misuse", says = { '"counted twice"' } })
    end)

    it("of a write or a transaction is UTF-8 without NUL bytes", function()
      for _, by in ipairs{ "\xff", "a\0b" } do
        local ok, problem = pcall(store.items.add, store.items, record("items"), { by = by })
        assert.is_false(ok)
        assert.is_true(problem.code == "misuse" or problem.code == "invalid", tostring(problem))
      end
    end)

    it("of open is known and of its type", function()
      raises(function() dualuse.open(path, { readOnly = true }) end,
        { code = "misuse", says = { '"readOnly"', "readonly", "timeout", "deadline",
          "durability" } })
      raises(function() dualuse.open(path, { true }) end, { code = "misuse", says = { "1" } })
      for _, wrong in ipairs{ 1, "yes", {} } do
        raises(function() dualuse.open(path, { readonly = wrong }) end,
          { code = "misuse", says = { "readonly" } })
      end
      for _, wrong in ipairs{ -1, "5", true, 0 / 0, 1 / 0 } do
        raises(function() dualuse.open(path, { timeout = wrong }) end,
          { code = "misuse", says = { "timeout" } })
        raises(function() dualuse.open(path, { deadline = wrong }) end,
          { code = "misuse", says = { "deadline" } })
      end
      for _, wrong in ipairs{ -1, "5", true, 1.5, {} } do
        raises(function() dualuse.open(path, { column_cache = wrong }) end,
          { code = "misuse", says = { "column_cache", "bytes" } })
      end
      for _, wrong in ipairs{ "off", "FULL", true, 2 } do
        raises(function() dualuse.open(path, { durability = wrong }) end,
          { code = "misuse", says = { "durability", '"full"', '"normal"' } })
      end
      raises(function() dualuse.open(path, "readonly") end, { code = "misuse" })
    end)
  end)

  describe("a path", function()
    it("is text", function()
      for _, wrong in ipairs{ 5, true, {}, print } do
        raises(function() dualuse.open(wrong) end, { code = "misuse", says = { "path" } })
      end
    end)

    it("is not empty, no URI and without NUL bytes", function()
      for _, wrong in ipairs{ "", "file:x.db", "file:" .. path .. "?immutable=1", "a\0.db" } do
        stores.not_opened(function()
          local opened, problem = dualuse.open(wrong)
          return opened, problem
        end, { code = "invalid" })
        raises(function() store:backup(wrong) end, { code = "invalid" })
      end
    end)

    it("is no directory", function()
      stores.not_opened(function()
        local opened, problem = dualuse.open(folder)
        return opened, problem
      end, { code = "io", says = { folder, "directory" } })
      raises(function() store:backup(folder) end, { code = "io", says = { folder } })
    end)

    it("leads to a folder that exists", function()
      local nowhere = folder .. "/none/x.db"
      stores.not_opened(function()
        local opened, problem = dualuse.open(nowhere)
        return opened, problem
      end, { code = "io", says = { nowhere } })
      raises(function() store:backup(nowhere) end, { code = "io", says = { nowhere } })
    end)

    it("leads to a database", function()
      local text = folder .. "/cases.csv"
      stores.write(text, ("date,authority,destination\n2019-07-04,KOR,VNM\n"):rep(100))
      local written = stores.bytes(text)
      stores.not_opened(function()
        local opened, problem = dualuse.open(text)
        return opened, problem
      end, { code = "corrupt", says = { text, "not a database" } })
      assert.equal(written, stores.bytes(text))
    end)
  end)

  describe("a store that cannot be written to", function()
    local function check_readonly(reader)
      local expected = { code = "readonly" }
      raises(function() reader.items:add(record("items")) end, expected)
      raises(function() reader.items:put(record("items")) end, expected)
      raises(function() reader.items:update("chemicals", { note = "x" }) end, expected)
      raises(function() reader.items:retract("chemicals") end, expected)
      raises(function() reader:transaction(function() end) end, expected)
    end

    it("refuses every write when it was opened readonly", function()
      local reader <close> = assert(dualuse.open(path, { readonly = true }))
      check_readonly(reader)
      assert.equal("Acme Chemicals", reader.parties:get("acme").name)
    end)

    it("refuses every write when it shows the past", function()
      check_readonly(store:as_of(1))
      check_readonly(store:as_of(0))
    end)
  end)
end)
