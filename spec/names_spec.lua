-- How a record is named: by id, by exact key, or by key, name or alias in any case.

local dualuse = require "dualuse"
local stores = require "spec.stores"
local shell = require "spec.shell"
local raised = stores.raised

local store
before_each(function() store = assert(dualuse.open()) end)
after_each(function() store:close() end)

--- Adds a company; returns its id.
local function party(key, name, aliases)
  return store.parties:add{ key = key, name = name or key, kind = "company", aliases = aliases }
end

--- The key of the party of that name, or nil.
local function named(name, view)
  local record = (view or store).parties:get(name)
  return record and record.key
end

--- A reference that names two records, or none: the message says which.
local function refused(name)
  local err = raised(store.cases.add, store.cases, { authority = "KOR", exporter = name })
  assert.same({ "invalid", "cases", "exporter" }, { err.code, err.kind, err.field })
  return err.message
end

describe("a reference", function()
  it("may be an id, a key, a name or an alias", function()
    local id = party("samsung", "Samsung Electronics", { "SEC", "삼성전자" })
    for _, name in ipairs{ id, "samsung", "SAMSUNG", "Samsung Electronics", "samsung electronics",
                           "sec", "삼성전자" } do
      local case = store.cases:add{ authority = "KOR", exporter = name }
      assert.equal("samsung", store.cases:get(case).exporter)
      assert.equal("samsung", named(name))
      assert.equal(case, store.cases:where{ id = case, exporter = name }:first().id)
    end
  end)

  it("reads back as the key, or the id where there is none", function()
    store.items:add{ key = "hf", name = "HF" }
    local function application(measure)
      return store.applications:get(store.applications:add{
        date = "2019", jurisdiction = "japan", destination = "south korea", items = { "HF" },
        measure = measure, decision = "pending",
      })
    end
    local keyless = store.measures:add{ title = "t", jurisdiction = "Japan", requirement = "none" }
    local got = application(keyless)
    assert.same({ "JPN", "KOR", { "hf" }, keyless },
                { got.jurisdiction, got.destination, got.items, got.measure })
    assert.equal("integer", math.type(got.measure))
    store.measures:update(keyless, { key = "curbs" }) -- a key may be given later
    assert.equal("curbs", store.applications:get(got.id).measure)
    assert.equal("curbs", application("Curbs").measure)
  end)

  it("to nothing is refused, and said which", function()
    for _, name in ipairs{ "Atlantis", 99999, -1, 0, math.maxinteger } do
      assert.truthy(refused(name):find(tostring(name), 1, true))
      assert.is_nil(named(name))
    end
    for _, name in ipairs{ 1.5, true, {}, { "KOR" }, print } do refused(name) end
    assert.equal(0, store.cases:count())
  end)

  it("to a record of another kind is one to nothing", function()
    store.items:add{ key = "lathe", name = "lathe" }
    local id = store.items:get("lathe").id
    refused("lathe")
    refused(id)
    assert.is_nil(named(id))
  end)

  it("to the same name in two kinds is no trouble", function()
    party("fluorine", "Fluorine")
    store.items:add{ key = "fluorine", name = "Fluorine" }
    local case = store.cases:get(store.cases:add{ authority = "KOR", exporter = "FLUORINE",
                                                  items = { "Fluorine" } })
    assert.same({ "fluorine", { "fluorine" } }, { case.exporter, case.items })
  end)

  it("may be to a record of the same transaction", function()
    store:transaction(function()
      party("new", "New Corp")
      store.cases:add{ authority = "KOR", exporter = "new corp", key = "c" }
    end)
    assert.equal("new", store.cases:get("c").exporter)
    pcall(store.transaction, store, function()
      party("undone", "Undone Corp")
      error("no")
    end)
    refused("undone")
    refused("undone corp")
  end)
end)

describe("the order of the steps", function()
  it("an id is a number, and text is never an id", function()
    local id = party("first")
    party(tostring(id), "digits")
    assert.equal("first", named(id))
    assert.equal(tostring(id), named(tostring(id)))
    local other = party("other")
    assert.is_nil(named(tostring(other)))
  end)

  it("an exact key wins over another record's name or alias", function()
    party("alpha", "The First")
    party("beta", "alpha", { "Alpha", "ALPHA" })
    assert.equal("alpha", named "alpha")
    -- No key is "Alpha", so that both are meant: one by its key, one by its alias.
    local message = refused "Alpha"
    assert.truthy(message:find('"alpha"', 1, true) and message:find('"beta"', 1, true), message)
  end)

  it("an exact key wins over a key in another case", function()
    party("Acme", "one")
    party("ACME", "two")
    assert.equal("Acme", named "Acme")
    assert.equal("ACME", named "ACME")
    refused "acme"
  end)

  it("a name that two records have names neither, and both are told", function()
    local a, b = party("a-corp", "Same Corp"), party("b-corp", "x", { "same corp" })
    local message = refused "SAME Corp"
    for _, part in ipairs{ "SAME Corp", "a-corp", "b-corp", tostring(a), tostring(b) } do
      assert.truthy(message:find(part, 1, true), message)
    end
    for _, call in ipairs{
      function() store.parties:get("same corp") end,
      function() store.parties:update("same corp", { note = "n" }) end,
      function() store.parties:retract("same corp") end,
      function() store.cases:where{ exporter = "same corp" } end,
      function() store.cases:where{ exporter = { within = "same corp" } } end,
    } do
      assert.equal("invalid", raised(call).code)
    end
    assert.equal("b-corp", named "b-corp")
    assert.equal("a-corp", named(a))
  end)

  it("a record may have the same name twice", function()
    party("dup", "Dup", { "DUP", "dup", "Düp" })
    assert.equal("dup", named "dUP")
  end)
end)

describe("case", function()
  -- Items, since there are none in a new store, and every pair of letters is the code of a state.
  local function item_named(name)
    local item = store.items:get(name)
    return item and item.key
  end

  local function each_pair(list, check)
    for _, pair in ipairs(list) do
      store.items:put{ key = "k1", name = "n1", aliases = { pair[1] } }
      assert.equal("k1", item_named(pair[1]))
      check(item_named(pair[2]), ("%s for %s"):format(pair[2], pair[1]))
      store.items:put{ key = "k1", aliases = { pair[2] } }
      assert.equal("k1", item_named(pair[2]))
      check(item_named(pair[1]), ("%s for %s"):format(pair[1], pair[2]))
    end
  end

  it("is ignored, by Unicode's full case folding", function()
    each_pair({
      { "STRASSE", "straße" }, { "Straße", "sTRASSE" }, { "STRAẞE", "strasse" },
      { "ΣΊΣΥΦΟΣ", "σίσυφος" }, { "ΣΊΣΥΦΟΣ", "σίσυφοσ" }, { "МОСКВА", "москва" },
      { "ﬁ", "FI" }, { "ﬃx", "FFIX" }, { "ŒUVRE", "œuvre" }, { "ÅNGSTRÖM", "ångström" },
      { "ǅ", "ǆ" }, { "ŉ", "ʼN" }, { "Ⅷ", "ⅷ" }, { "ⓐ", "Ⓐ" }, { "𐐀", "𐐨" }, { "Ա", "ա" },
      { "K", "\u{212A}" }, { "ſ", "S" }, { "\u{0390}", "\u{1FD3}" }, { "Ꭰ", "\u{AB70}" },
      { "\u{0130}", "i\u{0307}" },
    }, function(found, message) assert.equal("k1", found, message) end)
  end)

  it("is a matter of letters alone: nothing else is made the same", function()
    each_pair({
      { "I", "ı" }, { "İ", "i" }, { "İ", "I" }, { "ı", "I" }, -- no Turkic rule
      { "é", "e\u{0301}" }, { "é", "e" }, { "Å", "A\u{030A}" }, -- no normalisation
      { "ａ", "a" }, { "a  b", "a b" }, { "a", "a " }, { "a-b", "a‑b" }, { "O'Brien", "O’Brien" },
      { "ä", "ae" }, { "日本", "日夲" },
    }, function(found, message) assert.is_nil(found, message) end)
  end)

  it("may make a name longer", function()
    local name = ("\u{0390}"):rep(3000)
    party("long", name)
    assert.equal("long", named(name))
    assert.equal("long", named(("\u{1FD3}"):rep(3000)))
    assert.equal("long", named(("\u{03B9}\u{0308}\u{0301}"):rep(3000)))
    assert.is_nil(named(("\u{0390}"):rep(2999)))
  end)

  it("makes two records ambiguous that differ in nothing else", function()
    party("a", "STRASSE")
    party("b", "Straße")
    assert.truthy(refused("strasse"):find('"a".*"b"'))
  end)
end)

describe("a name", function()
  it("follows the record: what it was called before is free", function()
    local id = party("p", "Old Name", { "alias one", "alias two" })
    store.parties:update(id, { name = "New Name" })
    assert.is_nil(named "old name")
    assert.equal("p", named "new name")
    store.parties:update(id, { aliases = { "alias two", "alias three" } })
    assert.is_nil(named "alias one")
    assert.equal("p", named "alias two")
    assert.equal("p", named "ALIAS THREE")
    party("q", "Old Name")
    assert.equal("q", named "old name")
    store.parties:update(id, { aliases = { "alias one" } }) -- given back
    assert.equal("p", named "alias one")
    assert.is_nil(named "alias two")
    store.parties:update(id, { aliases = dualuse.null })
    assert.is_nil(named "alias one")
  end)

  it("is still the record's while another of its names is the same", function()
    local id = party("acme", "Acme", { "ACME Corp" })
    store.parties:update(id, { name = "acme corp" })
    assert.equal("acme", named "Acme") -- its key
    store.parties:update(id, { aliases = dualuse.null })
    assert.equal("acme", named "ACME CORP") -- its name
    store.parties:update(id, { name = "other" })
    assert.is_nil(named "ACME CORP")
    assert.equal("acme", named "ACME")
  end)

  it("may change hands in one transaction, back and forth", function()
    local a = party("a", "one")
    local b = party("b", "two")
    store:transaction(function()
      store.parties:update(a, { name = "three" })
      store.parties:update(b, { name = "one" })
      assert.equal("b", named "one")
      store.parties:update(b, { name = "two" })
      store.parties:update(a, { name = "one" })
      store.parties:update(b, { aliases = { "x" } })
      store.parties:update(b, { aliases = dualuse.null })
      store.parties:update(b, { aliases = { "x" } })
    end)
    assert.same({ "a", "b", "b" }, { named "one", named "two", named "x" })
    assert.is_nil(named "three")
    local last = store:as_of(store:revision())
    assert.same({ "a", "b", "b" }, { named("one", last), named("two", last), named("x", last) })
  end)

  it("is not changed by what is rolled back", function()
    local id = party("p", "Name", { "alias" })
    pcall(store.transaction, store, function()
      store.parties:update(id, { name = "Other", aliases = dualuse.null })
      error("no")
    end)
    assert.same({ "p", "p" }, { named "name", named "alias" })
    assert.is_nil(named "other")
  end)

  it("of a retracted record names nothing, and comes back with it", function()
    local id = party("p", "Name", { "alias" })
    store.parties:retract("alias")
    for _, name in ipairs{ id, "p", "P", "name", "alias" } do
      assert.is_nil(named(name))
      refused(name)
    end
    assert.equal("constraint", raised(party, "p", "Another").code) -- the key stays reserved
    party("q", "Name") -- its name does not
    assert.equal("q", named "name")
    store.parties:put{ key = "p" }
    assert.same({ "p", "p", "p" }, { named(id), named "P", named "alias" })
    refused "name" -- now both have it
  end)
end)

describe("a name that was asked for before", function()
  --- The ids of the cases whose exporter is asked for by name: a list, or the code of the error.
  local function found(name, where)
    local ok, query = pcall(function() return (where or store).cases:where{ exporter = name } end)
    if not ok then return query.code end
    local ids = {}
    for id in query:values("exporter") do ids[#ids + 1] = id end
    return ids
  end

  local function case_of(exporter)
    return store.cases:add{ authority = "KOR", exporter = exporter }
  end

  it("is looked up anew once a record is written", function()
    party("a", "Hwan")
    party("b", "Kyung")
    local of_a, of_b = case_of("a"), case_of("b")
    assert.same({ of_a }, found("Hwan"))
    store.parties:update("a", { name = "Other" })
    assert.equal("invalid", found("Hwan"))
    store.parties:update("b", { aliases = { "Hwan" } })
    assert.same({ of_b }, found("Hwan"))
    store.cases:retract(of_b)
    store.parties:retract("b")
    assert.equal("invalid", found("Hwan"))
    assert.equal("invalid", found("b"))
  end)

  it("is looked up anew once a transaction is undone", function()
    pcall(store.transaction, store, function()
      party("a", "Hwan")
      local case = case_of("a")
      assert.same({ case }, found("Hwan"))
      error("undone")
    end)
    assert.equal("invalid", found("Hwan"))
    party("b", "Kyung")
    assert.equal("invalid", found("Hwan"))
    store:transaction(function()
      pcall(store.transaction, store, function()
        party("a", "Hwan")
        assert.same({}, found("a"))
        error("undone")
      end)
      assert.equal("invalid", found("a"))
    end)
  end)

  it("is looked up anew once another connection has written", function()
    local folder = shell.folder()
    local path = folder .. "/store.db"
    store:close()
    store = assert(dualuse.open(path))
    local other <close> = assert(dualuse.open(path))
    party("a", "Hwan")
    party("b", "Kyung")
    local of_a, of_b = case_of("a"), case_of("b")
    assert.same({ of_a }, found("hwan"))
    other:transaction(function()
      other.parties:update("a", { name = "Other" })
      other.parties:update("b", { aliases = { "HWAN" } })
    end)
    assert.same({ of_b }, found("hwan"))
    assert.same({ of_b }, found("Hwan", other))
    store:close()
    other:close()
    shell.remove(folder)
  end)

  it("is of one kind alone, and of one revision", function()
    party("x", "Hwan")
    store.items:add{ key = "x", name = "Hwan" }
    local case = store.cases:add{ authority = "KOR", exporter = "x", items = { "x" } }
    local before = store:as_of(store:revision())
    assert.equal(case, store.cases:where{ exporter = "Hwan", items = { "Hwan" } }:first().id)
    assert.equal(case, store.cases:where{ items = { "Hwan" }, exporter = "Hwan" }:first().id)
    store.parties:update("x", { name = "Other" })
    assert.equal("invalid", found("Hwan"))
    assert.same({ case }, found("Hwan", before))
    assert.same({ case }, found("Other"))
    assert.equal("invalid", found("Other", before))
  end)

  it("is found however many names there are", function()
    store:transaction(function()
      for i = 1, 1200 do party("p" .. i, "Party " .. i) end
    end)
    local cases = { case_of("p3"), case_of("p1150") }
    for _ = 1, 2 do
      for i = 1, 1200 do
        assert.same(i == 3 and { cases[1] } or i == 1150 and { cases[2] } or {},
          found("party " .. i))
      end
    end
  end)
end)

describe("a retracted record", function()
  it("is not brought back while what it refers to is gone", function()
    party("p")
    local case = store.cases:add{ authority = "KOR", exporter = "p", key = "c" }
    store.cases:retract("c")
    store.parties:retract("p")
    assert.equal("invalid", raised(store.cases.put, store.cases, { id = case }).code)
    assert.is_nil((store.cases:get("c")))
    store.cases:put{ key = "c", exporter = "KOR" }
    assert.equal("KOR", store.cases:get(case).exporter)
  end)
end)

describe("names as of a revision", function()
  it("are those of then", function()
    local id = party("p", "First", { "early" })
    local first = store:revision()
    store.parties:update(id, { name = "Second", aliases = { "late" } })
    local second = store:revision()
    store.parties:retract(id)
    local third = store:revision()
    party("q", "First")
    store.parties:put{ key = "p", name = "Third" }

    local view = store:as_of(first)
    assert.same({ "p", "p", "p", "p" }, { named("first", view), named("EARLY", view),
                                          named("p", view), named(id, view) })
    assert.is_nil(named("second", view))
    assert.is_nil(named("late", view))
    assert.is_nil(named("q", view))
    view = store:as_of(second)
    assert.same({ "p", "p" }, { named("second", view), named("late", view) })
    assert.is_nil(named("first", view))
    assert.is_nil(named("early", view))
    view = store:as_of(third)
    for _, name in ipairs{ id, "p", "first", "second", "early", "late", "third" } do
      assert.is_nil(named(name, view))
    end
    view = store:as_of(0)
    assert.is_nil(named("p", view))
    assert.equal("KOR", named("South Korea", view))
    assert.same({ "q", "p", "p" }, { named "first", named "third", named "late" })
  end)

  it("are what its queries go by", function()
    local id = party("p", "First")
    local other = party("q", "Other")
    store.cases:add{ key = "c", authority = "KOR", exporter = id }
    local before = store:revision()
    store.parties:update(id, { name = "x" })
    store.parties:update(other, { name = "First" })
    store.cases:update("c", { exporter = other })
    local view = store:as_of(before)
    assert.equal(1, view.cases:where{ exporter = "first" }:count())
    assert.equal(0, view.cases:where{ exporter = "other" }:count())
    assert.equal("p", view.cases:get("c").exporter)
    assert.equal(1, store.cases:where{ exporter = "first" }:count())
    assert.equal("invalid",
                 raised(view.cases.where, view.cases, { exporter = "x" }).code)
  end)

  it("may be two things then and one now", function()
    local a = party("a", "Same")
    party("b", "Same")
    local before = store:revision()
    store.parties:update(a, { name = "Different" })
    assert.equal("b", named "same")
    assert.equal("invalid", raised(named, "same", store:as_of(before)).code)
  end)

  it("can be given for what a reference is read as", function()
    local measure = store.measures:add{ title = "t", jurisdiction = "JPN", requirement = "none" }
    store.items:add{ key = "i", name = "i" }
    store.applications:add{ key = "a", date = "2019", jurisdiction = "JPN", destination = "KOR",
                            items = { "i" }, measure = measure, decision = "pending" }
    local before = store:revision()
    store.measures:update(measure, { key = "m" })
    local view = store:as_of(before)
    local reference = view.applications:get("a").measure
    assert.equal(1, view.applications:where{ measure = reference }:count())
  end)
end)

describe("a key", function()
  local odd = {
    "a b", "'", "''", '"', "x'; DROP TABLE parties; --", "?1", ":x", "%", "_", "KO_", "*", "\\",
    "a\tb", "日本", "👩‍🔬", "1", "-1", "1.5", "0x10", "null", "nil", "true", "id", "key", "select",
    "a.b/c:d#e", "[..2018]", "{}", "$", "`", ("k"):rep(5000), "\u{202E}abc", "é", "e\u{0301}",
  }

  it("may be any text, and names its record alone", function()
    local ids = {}
    for i, key in ipairs(odd) do ids[i] = party(key, "name " .. i) end
    for i, key in ipairs(odd) do
      assert.equal(ids[i], store.parties:get(key).id, key)
      local case = store.cases:add{ authority = "KOR", exporter = key, parties = { key } }
      local got = store.cases:get(case)
      assert.same({ key, { key } }, { got.exporter, got.parties })
      assert.equal(1, store.cases:where{ exporter = key }:count())
      assert.equal(1, store.cases:where{ parties = { key } }:count())
      assert.equal(1, store.cases:where{ exporter = { within = key } }:count())
      assert.equal(1, store.parties:where{ key = key }:count())
      assert.equal(ids[i], (store.parties:put{ key = key, note = "n" }))
    end
    assert.equal(249 + #odd, store.parties:count())
  end)

  it("is never a pattern", function()
    for _, name in ipairs{ "KO%", "K_R", "%", "KOR%", "*", "KO?", "K.R", "[K]OR", "KOR\0" } do
      assert.is_nil(named(name), name)
    end
  end)

  it("has no white space at its ends", function()
    for _, key in ipairs{ " a", "a ", "\ta", "a\n", " " } do
      assert.equal("invalid", raised(party, key, "n").code)
    end
  end)

  it("that a record of two kinds has is an id where either could be meant", function()
    store.cases:add{ key = "x", authority = "KOR" }
    local event = store.events:add{ key = "x", date = "2019", kind = "other" }
    store.links:add{ key = "l", from = { cases = "x" }, to = { events = "x" },
                     relation = "causes" }
    assert.equal(event, store.links:get("l").to)
    store.events:add{ key = "y", date = "2019", kind = "other" }
    store.links:update("l", { to = "y" })
    assert.equal("y", store.links:get("l").to)
  end)
end)

describe("the states of ISO 3166-1", function()
  it("are there in a new store: revision 0", function()
    assert.equal(0, store:revision())
    assert.equal(249, store.parties:where{ kind = "state" }:count())
    assert.equal(249, store.parties:count())
    assert.same({ "Vietnam", "state", "VNM", 0 }, {
      store.parties:get("VNM").name, store.parties:get("VNM").kind, named "vnm",
      store.parties:get("VNM").revision,
    })
    assert.equal("KOR", named "South Korea")
    assert.equal("PRK", named "North Korea")
    for state in store.parties:each() do
      assert.truthy(state.key:find "^%u%u%u$")
      assert.equal(state.key, state.country)
      assert.is_nil(state.parent)
    end
  end)

  it("are named by alpha-3, alpha-2, common and official name #process", function()
    local path = "/usr/share/iso-codes/json/iso_3166-1.json"
    if not (io.open(path) and shell.has("sqlite3")) then
      pending("iso-codes or sqlite3 is not here")
      return
    end
    local output = shell.must(([[sqlite3 -batch -list -noheader -separator '|' :memory: "
      SELECT value ->> 'alpha_3', value ->> 'alpha_2', value ->> 'name', value ->> 'common_name',
             value ->> 'official_name'
      FROM json_each(readfile('%s'), '\$.3166-1')"]]):format(path))
    local count = 0
    for line in output:gmatch("[^\n]+") do
      local names = {}
      for name in (line .. "|"):gmatch("([^|]*)|") do names[#names + 1] = name end
      local key = names[1]
      local common = names[4] ~= "" and names[4] or names[3]
      assert.equal(common, store.parties:get(key).name)
      for _, name in ipairs(names) do
        if name ~= "" then
          assert.equal(key, named(name), name)
          assert.equal(key, named(name:lower()), name)
        end
      end
      count = count + 1
    end
    assert.equal(249, count)
  end)

  it("may be given aliases, parents and notes like any party", function()
    store.parties:update("KOR", { aliases = { "Seoul", "KR" } })
    assert.equal("KOR", named "seoul")
    assert.is_nil(named "Korea, Republic of")
    assert.equal("KOR", named("Korea, Republic of", store:as_of(0)))
  end)
end)
