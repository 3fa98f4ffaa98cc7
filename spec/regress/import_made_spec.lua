-- A row that named a party which is not on record made that party before all else of the row was
-- read: a row that was then rejected left it behind.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local stores = require "spec.stores"

local raises = stores.raises

local store
before_each(function() store = assert(dualuse.open()) end)
after_each(function()
  assert.same({}, store:check())
  store:close()
end)

--- The keys of the parties that are on record and no states.
local function made()
  local keys = {}
  for party in store.parties:where{ kind = { ne = "state" } }:order("key"):each() do
    keys[#keys + 1] = party.key
  end
  return keys
end

local COLUMNS = { d = "date", a = "actor", t = "target", p = "participants", k = "kind" }

local function import(kind, text, options)
  return store[kind]:import(imports.giver(text), imports.with({ source = false,
    name = "x", unknown = "make" }, options))
end

local function events(text, options)
  local columns = {}
  for name in text:match("^[^\n]*"):gmatch("%a") do columns[name] = COLUMNS[name] end
  return import("events", text, imports.with({ columns = columns, separator = ";" }, options))
end

describe("a rejected row makes no party", function()
  after_each(function() assert.same({}, made()) end)

  it("where a required field is missing", function()
    local result = events("d,a,k\n2019,Acme,\n,Acme,sanction\n")
    assert.same({ "kind", "date" }, { result.rejects[1].field, result.rejects[2].field })
  end)

  it("where another field refers to nothing", function()
    local result = import("links", "by,to\nAcme,nothing\n", { columns = { by = "asserted_by",
      to = "to" }, constants = { relation = "causes", from = "KOR" } })
    assert.same({ '2 to: no record has the key, name or alias "nothing"' }, imports.reasons(result))
  end)

  it("where an element of its list is there twice", function()
    local result = events("d,k,a,p\n2019,sanction,Acme,New;Other;New\n")
    assert.same({ '2 participants: the list has the same element twice: "New"' },
      imports.reasons(result))
  end)

  it("where two texts stand for one party", function()
    local result = events("d,k,p\n2019,sanction,New;NEW\n", { parties = {
      participants = function(text)
        return { key = text:lower(), name = text, kind = "group" }
      end } })
    assert.same({ '2 participants: the list has the same element twice: "NEW"' },
      imports.reasons(result))
  end)

  it("where a function of the mapping finds none", function()
    local result = events("d,k,a,t\n2019,sanction,Acme,Nobody\n", {
      parties = { target = function() return nil, "nobody has that name" end } })
    assert.same({ "2 target: nobody has that name" }, imports.reasons(result))
  end)

  it("where another party cannot be made", function()
    local result = events("d,k,a,t\n2019,sanction,Acme,New\n", {
      parties = { target = function(text) return { key = text, name = text, kind = "?" } end } })
    assert.equal("read 1, rejected 1", imports.counts(result))
    assert.equal("target", result.rejects[1].field)
  end)

  it("where two that it names would have one origin", function()
    local function maker(text) return { key = text, name = text, kind = "group", origin = "o" } end
    local result = events("d,k,a,t\n2019,sanction,Acme,New\n",
      { parties = { actor = maker, target = maker } })
    assert.equal("read 1, rejected 1", imports.counts(result))
    assert.equal("target", result.rejects[1].field)
  end)

  it("nor a measure whose stages are wrong", function()
    local result = import("applications", "m,w\nrule,Acme\n", { columns = { m = "measure",
      w = "exporter" }, constants = { date = "2019", jurisdiction = "JPN", destination = "KOR",
      items = { store.items:add{ key = "hf", name = "hydrogen fluoride" } }, decision = "denied" },
      parties = { measure = function(text)
        return { key = text, title = text, jurisdiction = "JPN", requirement = "none",
          stages = { { stage = "in_force", date = "2019" }, { stage = "?", date = "2019" } } }
      end } })
    assert.equal("read 1, rejected 1", imports.counts(result))
    assert.equal("measure", result.rejects[1].field)
    assert.equal(0, store.measures:count())
  end)

  it("where its version is no number", function()
    local result = import("cases", "n,v,w\n1,x,Acme\n", { columns = { n = "fine", w = "exporter" },
      version = "v", source = { key = "s", title = "S" }, constants = { authority = "KOR" } })
    assert.same({ '2 sources: the version is no number: "x"' }, imports.reasons(result))
  end)

  it("where its identity is on record with another value", function()
    for _, kind in ipairs{ "events", "cases" } do
      local columns = kind == "events" and { n = "code", w = "actor" }
        or { n = "unit", w = "exporter" }
      local options = { columns = columns, identity = { "n" }, constants = kind == "events"
        and { date = "2019", kind = "sanction" } or { authority = "KOR" } }
      assert.equal("read 1, added 1", imports.counts(import(kind, "n,w\n01,KOR\n", options)))
      assert.equal("read 1, rejected 1", imports.counts(import(kind, "n,w\n01,Acme\n", options)))
      store[kind]:retract(store[kind]:first().id)
      assert.equal("read 1, rejected 1", imports.counts(import(kind, "n,w\n01,Other\n", options)))
    end
  end)

  it("where the record that it is cannot be written", function()
    local result = import("disclosures", "s,v,w\nwithheld,5,Acme\n", {
      columns = { s = "status", v = "value", w = "authority" },
      constants = { period = "2019", measure = "cases" } })
    assert.equal("read 1, rejected 1", imports.counts(result))
    assert.equal("value", result.rejects[1].field)
  end)

  it("whose key was retracted", function()
    store.parties:add{ key = "Old", name = "Old", kind = "group" }
    store.parties:retract "Old"
    local result = events("d,k,a,t\n2019,sanction,Acme,Old\n")
    assert.same({ '2 target: parties.key: the party with the key "Old" was retracted' },
      imports.reasons(result))
  end)

  it("and the import is stopped by it, where it is to be", function()
    raises(function() local _ = events("d,k,a\n,sanction,Acme\n", { on_error = "stop" }) end,
      { code = "invalid", field = "date" })
  end)
end)

describe("a row", function()
  it("makes what it names once, whatever names it", function()
    local result = events("d,k,a,t,p\n2019,sanction,New,New,Other;New;KOR\n,sanction,Third,,\n"
      .. "2020,threaten,Third,Other,Third\n")
    assert.equal("read 3, added 2, rejected 1", imports.counts(result))
    assert.same({ "New", "Other", "Third" }, made())
    local first, second = store.events:where{ kind = "sanction" }:first(),
      store.events:where{ kind = "threaten" }:first()
    assert.same({ "New", "New", { "Other", "New", "KOR" } },
      { first.actor, first.target, first.participants })
    assert.same({ "Third", "Other", { "Third" } },
      { second.actor, second.target, second.participants })
  end)

  it("finds what it names by any name, in the same row as in the next", function()
    local function acme() return { key = "acme", name = "Acme", aliases = { "A. C. Me" },
      kind = "company" } end
    for i, target in ipairs{ "ACME", "a. c. me", "acme" } do
      local result = events(("d,k,a,t\n201%d,sanction,%d,%s\n"):format(i, i, target),
        { parties = { actor = acme } })
      assert.equal("read 1, added 1", imports.counts(result))
      assert.equal("acme", store.events:where{ date = "201" .. i }:first().target)
      assert.same({ "acme" }, made())
      store:close()
      store = assert(dualuse.open())
    end
    local result = import("links", "by,to\nAcme,ACME\n", { columns = { by = "asserted_by",
      to = "to" }, constants = { relation = "causes", from = "KOR" } })
    assert.equal("read 1, added 1", imports.counts(result))
    assert.same({ { "Acme" }, "Acme" }, { store.links:first().asserted_by, store.links:first().to })
  end)

  it("is rejected for a name that two have which it names", function()
    local result = events("d,k,a,p,t\n2019,sanction,1,2,acme\n", { parties = {
      actor = function() return { key = "1", name = "Acme", kind = "group" } end,
      participants = function() return { key = "2", name = "ACME", kind = "group" } end } })
    assert.same({ '2 target: "acme" names two records that the row names as well' },
      imports.reasons(result))
    assert.same({}, made())
  end)

  it("asks for what is to be made once", function()
    local asked = {}
    events("d,k,a,t\n2019,sanction,New,New\n2019,threaten,New,New\n", { parties = {
      actor = function(text)
        asked[#asked + 1] = text
        return { key = text, name = text, kind = "group" }
      end } })
    assert.same({ "New" }, asked)
  end)

  it("that comes again finds what was made for it", function()
    local options = { parties = { actor = function(text)
      return { key = text:lower(), name = text, kind = "group" }
    end } }
    local file = "d,k,a,p\n2019,sanction,NEW,More;Most\n"
    assert.equal("read 1, added 1", imports.counts(events(file, options)))
    assert.equal("read 1, duplicate 1", imports.counts(events(file, options)))
    assert.same({ "More", "Most", "new" }, made())
  end)

  it("replaces another with what it names", function()
    for _, kind in ipairs{ "events", "cases" } do
      local columns = kind == "events" and { n = "code", w = "actor", p = "participants" }
        or { n = "unit", w = "exporter", p = "parties" }
      local options = { columns = columns, identity = { "n" }, on_change = "update",
        separator = ";", constants = kind == "events" and { date = "2019", kind = "sanction" }
          or { authority = "KOR" } }
      import(kind, "n,w,p\n01,KOR,\n", options)
      local result = import(kind, "n,w,p\n01,Acme,KOR;Other;Acme\n", options)
      assert.equal("read 1, updated 1", imports.counts(result))
      local record = store[kind]:first()
      assert.same({ "Acme", { "KOR", "Other", "Acme" } }, { record[columns.w], record[columns.p] })
    end
  end)

  it("may cite what is made for it", function()
    local function source(text) return { key = text, title = 'A "quoted" title, -5' } end
    local result = import("cases", "n,s,w,v\n1,afp;-1;wire,Acme,2\nx,reuters,Other,1\n", {
      columns = { n = "fine", s = "sources", w = "exporter" }, version = "v", separator = ";",
      source = { key = "file", title = "F" }, parties = { sources = source },
      constants = { authority = "KOR" } })
    assert.equal("read 2, added 1, rejected 1", imports.counts(result))
    assert.same({ { "file", locator = "version 2" }, "afp", "-1", "wire" },
      store.cases:first().sources)
    assert.is_nil(store.sources:get "reuters")
    assert.same({ "Acme" }, made())
  end)

  it("keeps what a function says of its sources", function()
    store.sources:add{ key = "afp", title = "A report" }
    local quote = 'so "he" said,-1 \\" [-1]'
    local result = import("cases", "n,s,w\n1,afp,Acme\n", { columns = { n = "fine", s = "sources",
      w = "exporter" }, constants = { authority = "KOR" }, convert = { s = function(text)
        return { { text, quote = quote } }
      end } })
    assert.equal("read 1, added 1", imports.counts(result))
    assert.same({ { "afp", quote = quote } }, store.cases:first().sources)
    assert.equal("Acme", store.cases:first().exporter)
  end)
end)

describe("the parties of a file", function()
  it("are those that its good rows name #random", function()
    local names = { "A", "B", "C", "D", "E", "F", "G", "KOR", "JPN" }
    for round = 1, 30 do
      math.randomseed(round)
      local kind = round % 2 == 0 and "events" or "cases"
      local lines, wanted, origins, good = { "i,d,a,t,p" }, {}, {}, 0
      for _ = 1, 40 do
        local function name() return names[math.random(#names)] end
        local a, t, p, q = name(), name(), name(), name()
        local i, d = math.random(25), math.random(3) > 1 and "2019" or "soon"
        local line = ("%d,%s,%s,%s,%s;%s"):format(i, d, a, t, p, q)
        lines[#lines + 1] = line
        if d == "2019" and p ~= q and not origins[i] then
          origins[i], good = true, good + 1
          for _, made_by in ipairs{ a, t, p, q } do
            if #made_by == 1 then wanted[made_by] = true end
          end
        end
      end
      local result = import(kind, table.concat(lines, "\n") .. "\n", { identity = { "i" },
        separator = ";", name = tostring(round), constants = kind == "events"
          and { kind = "sanction" } or { authority = "KOR" },
        columns = kind == "events" and { i = "code", d = "date", a = "actor", t = "target",
          p = "participants" } or { i = "unit", d = "date", a = "exporter", t = "end_user",
          p = "parties" } })
      assert.equal(good, result.added)
      local list = {}
      for _, key in ipairs(names) do if wanted[key] then list[#list + 1] = key end end
      assert.same(list, made())
      store:close()
      store = assert(dualuse.open())
    end
  end)
end)
