-- Chronology: what happened when. Read from the top, this is the manual.

local dualuse = require "dualuse"
local stores = require "spec.stores"

local chronology = dualuse.chronology
local sample_store, row_of = stores.sample_store, stores.row_of

local function field(rows, name)
  local list = {}
  for i, row in ipairs(rows) do list[i] = row[name] or false end
  return list
end

local function small_store()
  local store = assert(dualuse.open())
  store.disputes:add{ key = "d", title = "A dispute", parties = { "JPN", "KOR" } }
  store.disputes:add{ key = "e", title = "Another dispute" }
  store.sources:add{ key = "early", title = "A report", published = "2019-07-12T07:30" }
  store.sources:add{ key = "late", title = "A later one", published = "2019-08" }
  store.sources:add{ key = "copy", title = "A reprint", republished_from = "early" }
  return store
end

local function any(list)
  return list[math.random(#list)]
end

local DATES = { "2019", "2019-07", "2019-07-04", "[..2019-07-12]", "[2018..]", "2018/2020", "201X",
  "2019~", "2019-07?", "/2019-07", "../2018", "2019-07-04/..", "2019-22", "2017-12",
  "[2019-07-01..2019-07-04]" }
local TIMES = { "2019", "2019-07", "2018/2019", "2019-07-01/2019-07-12", "2017" }

describe("the chronology of the sample", function()
  local store, all
  setup(function()
    store = sample_store()
    all = chronology(store, { dispute = "japan-korea-2019" })
  end)
  teardown(function() store:close() end)

  it("is in the order of the first possible day, then of the last", function()
    local events = chronology(store, { dispute = "japan-korea-2019", kinds = "events" })
    assert.same({
      -- on or before 12 July 2019: they may have been long before
      "wto-threat", "appeal-to-washington", "us-offer", "boycott",
      "colonial-rule", "treaty-1965", "labour-rulings",
      "motie-discloses", "kang-pompeo-call", "envoy-to-washington",
      "call-for-investigation", "tokyo-meeting", "meti-after-meeting",
    }, field(events, "key"))
  end)

  it("has the stages of the measures, and of the membership that they hang on", function()
    local stages = chronology(store, { dispute = "japan-korea-2019", kinds = { "stages" } })
    assert.same({ "[..2018]", "[..2018]", "[..2018]", "[2019-07-01..2019-07-04]", "2019-07-04",
      "2019-07-12" }, field(stages, "date"))
    assert.equal("South Korea in the white list of Japan: end considered", stages[6].what)
    assert.equal("Measure “South Korea back on contract-by-contract screening”: in force",
      stages[5].what)
    assert.same({ "afp-2019-07-12", "nikkei-2019-07-12" }, stages[5].sources)
    assert.equal(2, stages[5].independent)
  end)

  it("tells each date in words, no more exactly than it is known", function()
    assert.equal("from 1910 to 1945", row_of(all, "colonial-rule").precision)
    assert.equal("on or before 12 July 2019", row_of(all, "boycott").precision)
    assert.equal("on one of the days 1 to 4 July 2019",
      row_of(all, "jp-kr-restriction.announced").precision)
    assert.equal("4 July 2019", row_of(all, "jp-kr-restriction.in-force").precision)
  end)

  it("puts a disclosure at its publication; those of unknown publication come last", function()
    local disclosures = chronology(store,
      { dispute = "japan-korea-2019", kinds = "disclosures" })
    assert.equal("2019-07-10", row_of(disclosures, "motie-2015").date)
    assert.equal("Disclosure, Trade ministry of South Korea: 14 cases, 2015",
      row_of(disclosures, "motie-2015").what)
    assert.same({ "jp-withheld", "us-published" },
      { disclosures[6].key, disclosures[7].key })
    assert.equal("undated: day of publication not on record", disclosures[6].precision)
    assert.equal(2, disclosures.undated)
    assert.equal(2, all.undated)
  end)

  it("puts a case between its export and the day of the earliest report", function()
    local vietnam = row_of(all, "kr-etching-gas-vietnam")
    assert.equal("[2017-12..2019-07-12]", vietnam.date)
    assert.equal("at some time from December 2017 to 12 July 2019 "
      .. "(between the export and the report)", vietnam.precision)
    assert.equal("Case, hydrogen fluoride → Vietnam, exported December 2017, authority: "
      .. "Trade ministry of South Korea", vietnam.what)
  end)

  it("gives the links, with who asserts and who denies them", function()
    assert.same({
      "retaliates for “Court orders Japanese firms to compensate forced labourers”, denied by "
        .. "Trade ministry of Japan, Foreign ministry of Japan, contested "
        .. "[afp-2019-07-12, nikkei-2019-07-12]",
      "is answered by “Trade ministry discloses 156 unauthorised exports” [nikkei-2019-07-12]",
      "is answered by “Officials meet for the first time since the announcement” "
        .. "[afp-2019-07-12]",
    }, row_of(all, "jp-kr-restriction.announced").links)
    assert.same({}, row_of(all, "jp-kr-restriction.in-force").links)
    assert.same({
      "responds to “South Korea back on contract-by-contract screening” [afp-2019-07-12]",
    }, row_of(all, "tokyo-meeting").links)
  end)

  it("gives the links also in parts: the words, the sources, how they stand", function()
    local relation = row_of(all, "jp-kr-restriction.announced").relations[1]
    assert.equal("retaliates for “Court orders Japanese firms to compensate forced labourers”, "
      .. "denied by Trade ministry of Japan, Foreign ministry of Japan, contested", relation.text)
    assert.same({ "afp-2019-07-12", "nikkei-2019-07-12" }, relation.sources)
    assert.equal("contested", relation.status)
    assert.is_nil(relation.inferred)
  end)

  it("says of an event what is not sure of it, and of a case how far it has come", function()
    local small <close> = small_store()
    for _, status in ipairs{ "confirmed", "reported", "alleged", "denied" } do
      small.events:add{ date = "2019", kind = "accuse", title = "A raid", status = status }
    end
    small.cases:add{ authority = "KOR", date = "2020", disposition = "acquitted" }
    local found = chronology(small)
    assert.same({ "A raid (accuse)", "Reported: A raid (accuse)", "Alleged: A raid (accuse)",
      "Denied: A raid (accuse)", "Case, item not told → destination not told, authority: "
        .. "South Korea, acquitted" }, field(found, "what"))
    assert.same({ "confirmed", "reported", "alleged", "denied", false }, field(found, "status"))
  end)

  it("tells where in the sources it stands, what is inferred, and the note", function()
    assert.same({ "nikkei-2019-07-12", "afp-2019-07-12" }, row_of(all, "motie-2015").cited)
    assert.is_nil(row_of(all, "motie-2015").inferred)
    local stage = row_of(all, "jp-white-list-preference.in-force")
    assert.is_true(stage.inferred)
    assert.truthy(stage.note:find("No source tells the start", 1, true))
    local small <close> = small_store()
    small.events:add{ date = "2019", kind = "other",
      sources = { { "early", locator = "para 5" }, { "late", field = "date" }, "late" } }
    assert.same({ "early para 5", "late" }, chronology(small)[1].cited)
  end)

  it("has the claims when they are asked for, with what they reply to", function()
    assert.equal(0, #all:filter{ kind = "claims" })
    local claims = chronology(store, { dispute = "japan-korea-2019", claims = true })
      :filter{ kind = "claims" }
    assert.equal(store.claims:count(), #claims)
    assert.same({ "replies to “South Korea asserts: Is the rise in cases better enforcement?”" },
      row_of(claims, "rise-source").links)
    local seko = row_of(claims, "retaliation-seko")
    assert.equal("[2019-07-01..2019-07-04]", seko.date)
    assert.same({ "contradicts “Foreign ministry of Japan, official (anonymous) denies: Are the "
      .. "curbs retaliation for the court rulings?”, asserted by AFP, Reuters [afp-2019-07-12]" },
      seko.links)
  end)

  it("of a time has what may have been then, and says whether it certainly was", function()
    local july = chronology(store, { dispute = "japan-korea-2019", during = "2019-07",
      kinds = { "events", "stages" } })
    assert.same({ "wto-threat", "appeal-to-washington", "us-offer", "boycott",
      "jp-kr-restriction.announced", "jp-kr-restriction.in-force", "motie-discloses",
      "kang-pompeo-call", "envoy-to-washington", "call-for-investigation", "tokyo-meeting",
      "meti-after-meeting", "kr-in-jp-white-list.end-considered" }, field(july, "key"))
    for i, row in ipairs(july) do assert.equal(i > 4, row.certain, row.key) end
  end)

  it("of many gives the first, and says how many come after them", function()
    for _, asked in ipairs{ {}, { during = "2019-07" }, { kinds = { "events", "stages" } },
      { claims = true }, { dispute = "japan-korea-2019" },
      { query = store.events:where{ kind = { "accuse", "threaten", "consult" } } } } do
      local every = chronology(store, asked)
      assert.equal(0, every.left_out)
      for _, most in ipairs{ 1, 3, #every, #every + 1 } do
        asked.most = most
        local first = chronology(store, asked)
        local count = math.min(most, #every)
        assert.same({ count, #every - count, every.undated },
          { #first, first.left_out, first.undated })
        for i, row in ipairs(first) do assert.same(every[i], row) end
      end
    end
    assert.matches("\n%d+ more, after these, are left out$",
      tostring(chronology(store, { most = 2 })))
    local problem = stores.raised(chronology, store, { most = 0 })
    assert.equal("invalid", problem.code)
    assert.matches("how many rows, 1 to 1000000", problem.message, 1, true)
  end)

  it("prints, the same bytes twice", function()
    local text = tostring(all)
    assert.truthy(text:find("on or before 12 July 2019", 1, true))
    local again <close> = sample_store()
    assert.equal(text, tostring(chronology(again, { dispute = "japan-korea-2019" })))
  end)
end)

describe("a query", function()
  it("gives its own records, in the same order", function()
    local store <close> = sample_store()
    local query = store.events:where{ actor = { within = "KOR" } }:select("title"):order("-date")
    assert.same({ "wto-threat", "appeal-to-washington", "boycott", "labour-rulings",
      "motie-discloses", "envoy-to-washington", "call-for-investigation" },
      field(chronology(store, { query = query }), "key"))
    assert.equal(store.events:count(), #chronology(store, { query = store.events }))
  end)

  it("orders events like the store, whatever their dates", function()
    math.randomseed(11)
    local store <close> = small_store()
    for _ = 1, 200 do store.events:add{ date = any(DATES), kind = "other" } end
    local expected = {}
    for id in store.events:order("date"):values("id") do expected[#expected + 1] = id end
    assert.same(expected, field(chronology(store, { query = store.events }), "id"))
  end)

  it("places cases as `where` does, whatever is known of them", function()
    math.randomseed(12)
    local store <close> = small_store()
    local lists = { {}, { "early" }, { "late" }, { "late", "early" }, { "copy" },
      { { "early", field = "items" } } }
    for _ = 1, 300 do
      store.cases:add{ authority = "KOR", sources = any(lists),
        date = math.random() < 0.3 and any(DATES) or nil,
        exported = math.random() < 0.7 and any(DATES) or nil }
    end
    local dated = {}
    for _, row in ipairs(chronology(store, { query = store.cases })) do
      dated[row.id] = row.date ~= nil
    end
    for _, time in ipairs(TIMES) do
      local found, certain = {}, {}
      for _, row in ipairs(chronology(store, { query = store.cases, during = time })) do
        if row.date then found[row.id] = true end
        if row.certain then certain[row.id] = true end
      end
      local possible, sure = store.cases:where{ date = time },
        store.cases:where{ date = { during = time } }
      for case in store.cases:each() do
        local told = time .. ": " .. stores.show(case)
        if dated[case.id] then
          assert.equal(possible:where{ id = case.id }:exists(), found[case.id] or false, told)
          assert.equal(sure:where{ id = case.id }:exists(), certain[case.id] or false, told)
        else
          assert.is_nil(found[case.id] or certain[case.id], told)
        end
      end
    end
  end)
end)

describe("what belongs to a dispute", function()
  local store
  before_each(function() store = small_store() end)
  after_each(function() store:close() end)

  it("are the events, cases and claims that name it, and no others", function()
    store.questions:add{ key = "q", title = "Is it so?", dispute = "d" }
    store.questions:add{ key = "r", title = "And this?", dispute = "e" }
    for _, dispute in ipairs{ "d", "e" } do
      store.events:add{ key = "event-" .. dispute, date = "2019", kind = "other",
        dispute = dispute }
      store.cases:add{ key = "case-" .. dispute, authority = "KOR", date = "2018",
        dispute = dispute }
    end
    store.events:add{ date = "2019", kind = "other" }
    store.claims:add{ key = "claim-d", question = "q", stance = "asserts", date = "2017" }
    store.claims:add{ key = "claim-e", question = "r", stance = "asserts", date = "2017" }
    assert.same({ "claim-d", "case-d", "event-d" },
      field(chronology(store, { dispute = "d", claims = true }), "key"))
    assert.same({ "case-d" },
      field(chronology(store, { dispute = "d", kinds = { "cases", "claims" }, claims = false }),
        "key"))
  end)

  it("are its measures and those that they except, but not those of another dispute", function()
    local function measure(key, more)
      more.key, more.title, more.jurisdiction, more.requirement = key, key, "JPN", "individual"
      more.stages = { { stage = "in_force", date = "2019" } }
      store.measures:add(more)
    end
    measure("rule", {})
    measure("preference", { excepts = { "rule" } })
    measure("elsewhere", { dispute = "e" })
    measure("restriction", { excepts = { "preference", "elsewhere" }, dispute = "d" })
    measure("unrelated", {})
    assert.same({ "Measure “rule”: in force", "Measure “preference”: in force",
      "Measure “restriction”: in force" }, field(chronology(store, { dispute = "d" }), "what"))
  end)

  it("are the memberships of its parties in the groups that its measures are for", function()
    for _, group in ipairs{ "list", "club" } do
      store.parties:add{ key = group, name = group, kind = "group" }
      for _, member in ipairs{ "KOR", "CHN" } do
        store.memberships:add{ group = group, member = member,
          stages = { { stage = "in_force", date = "2004" } } }
      end
    end
    store.measures:add{ title = "A measure", jurisdiction = "JPN", requirement = "bulk",
      destinations = { "list" }, dispute = "d" }
    assert.same({ "South Korea in the list: in force" },
      field(chronology(store, { dispute = "d" }), "what"))
  end)

  it("are disclosures by its parties and those of their state, or that they speak of", function()
    store.parties:add{ key = "ministry", name = "A ministry", kind = "ministry", country = "KOR" }
    for i, by in ipairs{ { "KOR" }, { "ministry" }, { "USA" }, { "USA", "JPN" } } do
      store.disclosures:add{ key = "d" .. i, authority = by[1], asserted_by = by[2],
        period = "2018", measure = "cases", value = 1, published = "2019" }
    end
    assert.same({ "d1", "d2", "d4" }, field(chronology(store, { dispute = "d" }), "key"))
  end)
end)

describe("a case's own date", function()
  local store
  before_each(function() store = small_store() end)
  after_each(function() store:close() end)

  local function date_of(case)
    case.authority = "KOR"
    local id = store.cases:add(case)
    local row = chronology(store, { query = store.cases:where{ id = id } })[1]
    return row.date, row.precision
  end

  it("is when it was detected, if that is known", function()
    assert.equal("2019-03", (date_of{ date = "2019-03", exported = "2017", sources = { "early" } }))
  end)

  it("lies between the export and the earliest report, so far as they are known", function()
    assert.equal("[2017..2019-07-12]",
      (date_of{ exported = "2017", sources = { "late", "early" } }))
    assert.equal("[..2019-08-31]", (date_of{ sources = { "late" } }))
    assert.equal("[2017-12~..]", (date_of{ exported = "2017-12~" }))
    assert.equal("[2019..2019-07-12]", (date_of{ exported = "2019", sources = { "early" } }))
    assert.equal("[2018-01-01..2019-07-12]",
      (date_of{ exported = "2018/2020", sources = { "early" } }))
  end)

  it("is none where nothing tells, or the two contradict each other", function()
    local date, words = date_of{}
    assert.is_nil(date)
    assert.equal("undated: nothing tells when", words)
    date, words = date_of{ exported = "2020", sources = { "early" } }
    assert.is_nil(date)
    assert.equal("undated: exported after its source was published", words)
  end)
end)

describe("links", function()
  it("stand with the record they are of, though its key is no other's or is", function()
    local store <close> = small_store()
    store.events:add{ key = "d", date = "2019", kind = "other", title = "An event called d" }
    store.events:add{ key = "x", date = "2020", kind = "other", title = "X" }
    store.links:add{ from = { events = "x" }, relation = "causes", to = { events = "d" },
      inferred = true, note = "reasoned", asserted_by = { "JPN" }, status = "accepted" }
    store.links:add{ from = { disputes = "d" }, relation = "part_of", to = "e" }
    local rows = chronology(store, { query = store.events })
    assert.same({ "is caused by “X”, asserted by Japan, accepted, inferred" }, rows[1].links)
    assert.same({ "causes “An event called d”, asserted by Japan, accepted, inferred" },
      rows[2].links)
  end)
end)

describe("the chronology of a store", function()
  it("can be asked of an earlier one", function()
    local store <close> = small_store()
    store.events:add{ key = "a", date = "2019", kind = "other", title = "As first told" }
    local earlier = store:as_of(store:revision())
    store.events:update("a", { title = "As told later", date = "2020" })
    store.events:add{ key = "b", date = "2018", kind = "other" }
    assert.same({ "2019" }, field(chronology(earlier), "date"))
    assert.same({ "2018", "2020" }, field(chronology(store), "date"))
    assert.truthy(chronology(earlier)[1].what:find("As first told", 1, true))
  end)

  it("counts a wire copy and its original as one source", function()
    local store <close> = small_store()
    store.events:add{ date = "2019", kind = "other", sources = { "copy", "early" } }
    local row = chronology(store)[1]
    assert.same({ "copy", "early" }, row.sources)
    assert.equal(1, row.independent)
  end)

  it("shows stored text, and does not obey it", function()
    local store <close> = small_store()
    store.events:add{ key = "a", date = "2019", kind = "other", title = "one\ntwo\27[2J" }
    store.events:add{ key = "b", date = "2020", kind = "other", title = "\u{202E}kcab" }
    store.links:add{ from = "b", relation = "causes", to = "a" }
    local text = tostring(chronology(store))
    for _, evil in ipairs{ "\27", "\u{202E}", "one\ntwo" } do
      assert.is_nil(text:find(evil, 1, true))
    end
  end)

  it("is empty where there is nothing", function()
    local store <close> = small_store()
    local rows = chronology(store, { dispute = "d", claims = true })
    assert.equal(0, #rows)
    assert.equal(0, rows.undated)
  end)
end)

describe("what cannot be asked", function()
  local store
  setup(function() store = small_store() end)
  teardown(function() store:close() end)

  local wrong = {
    { { disputes = "d" }, { code = "misuse", says = { 'unknown option "disputes"',
      "claims, dispute, during, kinds, most, query" } } },
    { { dispute = "nothing" }, { code = "invalid", kind = "disputes", field = "dispute",
      says = { '"nothing"' } } },
    { { kinds = "event" }, { code = "invalid", field = "kinds",
      says = { "cases, claims, disclosures, events, stages", '"event"' } } },
    { { kinds = { "events", 5 } }, { code = "invalid", field = "kinds", says = { "not 5" } } },
    { { kinds = {} }, { code = "misuse", field = "kinds", says = { "or a list of them" } } },
    { { claims = "yes" }, { code = "misuse", field = "claims", says = { "true or false" } } },
    { { during = "12/7/2019" }, { code = "invalid", field = "during",
      says = { '"12/7/2019"' } } },
    { { query = "events" }, { code = "misuse", field = "query", says = { "a query on" } } },
  }
  for _, case in ipairs(wrong) do
    it("is told: " .. case[2].says[1], function()
      stores.raises(function() local _ = chronology(store, case[1]) end, case[2])
    end)
  end

  it("is told of a query that does not fit", function()
    stores.raises(function() local _ = chronology(store, { query = store.parties }) end,
      { code = "misuse", field = "query", says = { "not on parties" } })
    stores.raises(function()
      local _ = chronology(store, { query = store.events, dispute = "d" })
    end, { code = "misuse", field = "dispute", says = { "give query or dispute, not both" } })
    local gone = assert(dualuse.open())
    local query = gone.events:where{}
    gone:close()
    stores.raises(function() local _ = chronology(store, { query = query }) end,
      { code = "closed", field = "query", says = { "a query on an open store" } })
    local other <close> = sample_store()
    stores.raises(function() local _ = chronology(store, { query = other.events }) end,
      { code = "invalid", field = "query", says = { "a query on the same store" } })
  end)

  it("is told of what is no open store", function()
    stores.raises(function() local _ = chronology("dispute.db") end,
      { code = "misuse", says = { 'expected a store, got "dispute.db"' } })
    local closed = assert(dualuse.open())
    closed:close()
    stores.raises(function() local _ = chronology(closed) end, { code = "closed" })
  end)
end)
