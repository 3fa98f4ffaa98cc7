-- Audit: what rests on little. Read from the top, this is the manual.

local dualuse = require "dualuse"
local stores = require "spec.stores"

local audit = dualuse.audit
local lines, sample_store = stores.lines, stores.sample_store

--- A store with two sources that are independent, and a third that repeats the first.
local function small_store()
  local store = assert(dualuse.open())
  store.sources:add{ key = "a", title = "A dispatch", published = "2019-07-12" }
  store.sources:add{ key = "b", title = "A report", published = "2019-07-12" }
  store.sources:add{ key = "copy", title = "A reprint", published = "2019", republished_from = "a" }
  return store
end

describe("the audit of the sample", function()
  local store
  setup(function() store = sample_store() end)
  teardown(function() store:close() end)

  local function found(weakness, kind)
    local rows = audit(store, { dispute = "japan-korea-2019", weakness = weakness, kind = kind })
    assert.equal(#rows, rows.counts[weakness])
    return rows
  end

  it("names the anonymous, with who is behind them so far as it is known", function()
    local rows = found "anonymous"
    local detail = {}
    for _, row in ipairs(rows) do detail[row.key] = row.detail end
    for _, key in ipairs{ "retaliation-meti", "retaliation-mofa", "wto-meti", "controls-source",
        "rise-source", "re-export-prompted-official", "greeting-official" } do
      assert.truthy(detail[key], key)
    end
    assert.equal("Trade ministry of Japan, spokesperson (anonymous)", detail["wto-meti"])
    assert.is_nil(detail["supply-chains-kang"])
  end)

  it("names hearsay, and what is said by nobody in particular", function()
    assert.same({ "claims re-export-media directness", "claims supply-chains-pompeo directness" },
      lines(found "reported", "kind", "key", "field"))
    assert.same({ "claims retaliation-widely-seen attribution",
      "claims re-export-media attribution" }, lines(found "unattributed", "kind", "key", "field"))
  end)

  it("names what is contested", function()
    assert.same({ "questions q-retaliation", "questions q-korean-controls",
      "questions q-rise-in-cases", "questions q-greeting", "links restriction-retaliates-rulings" },
      lines(found "contested", "kind", "key"))
  end)

  it("names what is inferred, and from what", function()
    local rows = found("inferred", "memberships")
    assert.same({ "kr-in-jp-white-list" }, lines(rows, "key"))
    assert.truthy(rows[1].detail:find("weighed", 1, true))
  end)

  it("names what is undated: disclosures of which the day is not told", function()
    assert.same({ "disclosures jp-withheld published", "disclosures us-published published" },
      lines(found "undated", "kind", "key", "field"))
  end)

  it("names what rests on one report", function()
    local rows = found("single_sourced", "events")
    local source = {}
    for _, row in ipairs(rows) do
      if not row.field then source[row.key] = row.detail end
    end
    assert.equal("nikkei-2019-07-12", source["kang-pompeo-call"])
    assert.equal("afp-2019-07-12", source["boycott"])
    assert.is_nil(source["tokyo-meeting"])
  end)

  it("tells value by value where it is not the same for all", function()
    local fields = {}
    for _, row in ipairs(found("single_sourced", "measures")) do
      if row.key == "jp-kr-restriction" then fields[row.field] = row.detail end
    end
    assert.equal("nikkei-2019-07-12", fields.requirement)
    assert.is_nil(fields.items) -- three sources name them
  end)

  it("names the 72 that follow for 2018 to March 2019, with what they follow from", function()
    local rows = found "derived"
    assert.same({ "disclosures value 72 2018/2019-03" },
      lines(rows, "kind", "field", "value", "period"))
    assert.equal("KOR.MOTIE, cases, 2018/2019-03: 72 = 156 (2015/2019-03) − 14 (2015) "
      .. "− 22 (2016) − 48 (2017)", rows[1].detail)
    assert.is_nil(rows[1].id)
    assert.equal(4, #rows[1].records)
    assert.same({ "afp-2019-07-12", "nikkei-2019-07-12" }, rows[1].sources)
  end)

  it("prints, the same bytes twice", function()
    local text = tostring(audit(store, { dispute = "japan-korea-2019" }))
    assert.truthy(text:find("anonymous: ", 1, true))
    local again <close> = sample_store()
    assert.equal(text, tostring(audit(again, { dispute = "japan-korea-2019" })))
  end)

  it("says nothing of the states that are in every store", function()
    local empty <close> = assert(dualuse.open())
    assert.equal(0, #audit(empty))
  end)
end)

describe("sources", function()
  local store
  before_each(function() store = small_store() end)
  after_each(function() store:close() end)

  --- The weaknesses of the sources of an event with a date and a title.
  local function of_event(sources, inferred)
    store.events:add{ date = "2019", title = "It happened", kind = "other", sources = sources,
      inferred = inferred }
    return lines(audit(store, { weakness = { "single_sourced", "unsourced" }, kind = "events" }),
      "weakness", "field", "detail")
  end

  it("are enough if two do not repeat each other", function()
    assert.same({}, of_event{ "a", "b" })
  end)

  it("are one where they do", function()
    assert.same({ "single_sourced - a, copy" }, of_event{ "a", "copy" })
  end)

  it("are none where nothing is cited, unless it is reasoned", function()
    assert.same({ "unsourced - -" }, of_event(nil))
    store.events:retract(store.events:first().id)
    assert.same({}, of_event(nil, true))
  end)

  it("cited for a field support that field only", function()
    assert.same({ "single_sourced date a", "unsourced title -" },
      of_event{ { "a", field = "date" } })
  end)

  it("cited for a field support it as well as those of the whole record", function()
    assert.same({ "single_sourced title a" }, of_event{ "a", { "b", field = "date" } })
  end)

  it("are told of the record as a whole where all of its values have the same", function()
    assert.same({ "single_sourced - a" },
      of_event{ { "a", field = "date" }, { "a", field = "title" } })
    store.events:retract(store.events:first().id)
    assert.same({ "single_sourced date a", "single_sourced title b" },
      of_event{ { "a", field = "date" }, { "b", field = "title" } })
    store.events:retract(store.events:first().id)
    assert.same({ "unsourced - -" }, of_event{ { "a", field = "note" } })
  end)

  it("agree with a count by hand, whatever is cited", function()
    math.randomseed(3)
    local voice = { a = "a", b = "b", copy = "a" }
    local keys, values = { "a", "b", "copy" }, { "date", "title", "place" }
    for i = 1, 200 do
      local citations, seen = {}, {}
      for _ = 1, math.random(0, 4) do
        local citation = { keys[math.random(3)], field = math.random() < 0.7
          and values[math.random(3)] or nil }
        local name = citation[1] .. (citation.field or "")
        if not seen[name] then
          citations[#citations + 1], seen[name] = citation, true
        end
      end
      store.events:add{ key = "e" .. i, date = "2019", title = "t", place = "p", kind = "other",
        sources = citations }
      local weak = {}
      for _, row in ipairs(audit(store, { weakness = { "single_sourced", "unsourced" },
          kind = "events" }):filter{ key = "e" .. i }) do
        for _, value in ipairs(row.field and { row.field } or values) do
          assert.is_nil(weak[value])
          weak[value] = row.weakness
        end
      end
      for _, value in ipairs(values) do
        local voices, count = {}, 0
        for _, citation in ipairs(citations) do
          if (citation.field or value) == value and not voices[voice[citation[1]]] then
            voices[voice[citation[1]]], count = true, count + 1
          end
        end
        local expected = count == 0 and "unsourced" or count == 1 and "single_sourced" or nil
        assert.equal(expected, weak[value], stores.show(citations) .. value)
      end
      store.events:retract("e" .. i)
    end
  end)
end)

describe("a weakness", function()
  local store
  before_each(function() store = small_store() end)
  after_each(function() store:close() end)

  local function found(weakness)
    return lines(audit(store, { weakness = weakness }), "kind", "key", "field")
  end

  it("is to be undated: nothing tells when", function()
    store.questions:add{ key = "q", title = "Is it so?" }
    store.claims:add{ key = "undated-claim", question = "q", stance = "asserts" }
    store.claims:add{ key = "claim", question = "q", stance = "asserts", date = "2019" }
    store.cases:add{ key = "undated-case", authority = "KOR" }
    store.cases:add{ key = "exported", authority = "KOR", exported = "2017" }
    store.cases:add{ key = "reported", authority = "KOR", sources = { "a" } }
    store.measures:add{ key = "no-stages", title = "A measure", jurisdiction = "JPN",
      requirement = "bulk" }
    store.sources:add{ key = "undated-source", title = "A leaflet" }
    assert.same({ "sources undated-source published", "claims undated-claim date",
      "measures no-stages stages", "cases undated-case date" }, found "undated")
  end)

  it("is to be only reported, alleged or denied", function()
    for _, status in ipairs{ "confirmed", "reported", "alleged", "denied" } do
      store.events:add{ key = status, date = "2019", kind = "other", status = status }
    end
    assert.same({ "events reported status", "events alleged status" }, found "reported")
    assert.same({ "events denied status" }, found "contested")
  end)

  it("is to be said by nobody", function()
    store.questions:add{ key = "q", title = "Is it so?" }
    store.claims:add{ key = "nobody", question = "q", stance = "asserts" }
    store.claims:add{ key = "somebody", question = "q", stance = "asserts", speaker = "KOR" }
    store.claims:add{ key = "unnamed", question = "q", stance = "asserts", speaker = "KOR",
      attribution = "anonymous" }
    assert.same({ "claims nobody attribution" }, found "unattributed")
    assert.same({ "claims unnamed attribution" }, found "anonymous")
  end)

  it("is to be derived, and never from figures that are not alike", function()
    local function disclose(period, value, more)
      local disclosure = more or {}
      disclosure.authority, disclosure.measure = "KOR", "cases"
      disclosure.period, disclosure.value = period, value
      store.disclosures:add(disclosure)
    end
    disclose("2017/2018", 10, { unit = "case" })
    disclose("2017", 4, { unit = "case" })
    disclose("2017/2018", 90, { unit = "shipment" })
    disclose("2017/2018", 7, { destinations = { "CHN" } })
    disclose("2017", 3, { destinations = { "CHN" } })
    assert.same({ "KOR, cases, 2018: 6 = 10 (2017/2018) − 4 (2017)",
      "KOR, cases, to CHN, 2018: 4 = 7 (2017/2018) − 3 (2017)" },
      lines(audit(store, { weakness = "derived" }), "detail"))
  end)

  it("is to be derived within a dispute, whatever else the same authority disclosed", function()
    store.disputes:add{ key = "d", title = "A dispute", parties = { "KOR" } }
    local function disclose(period, value, more)
      local disclosure = { authority = "USA", measure = "cases", period = period, value = value }
      for field, given in pairs(more) do disclosure[field] = given end
      store.disclosures:add(disclosure)
    end
    disclose("2017/2018", 10, { asserted_by = "KOR" })
    disclose("2017", 4, { unit = "case" })
    disclose("2017", 3, { unit = "company" })
    assert.same({ "USA, cases, 2018: 6 = 10 (2017/2018) − 4 (2017)" },
      lines(audit(store, { dispute = "d", weakness = "derived" }), "detail"))
  end)

  it("is to be contested", function()
    store.questions:add{ key = "q", title = "Is it so?" }
    store.questions:add{ key = "r", title = "And this?" }
    for _, question in ipairs{ "q", "q", "r" } do
      store.claims:add{ question = question, stance = "denies" }
    end
    store.claims:add{ question = "q", stance = "asserts" }
    store.links:add{ key = "l", from = "q", relation = "supports", to = "r", status = "contested" }
    store.links:add{ key = "m", from = "r", relation = "supports", to = "q" }
    assert.same({ "questions q -", "links l status" }, found "contested")
  end)
end)

describe("what is asked", function()
  it("may be a dispute: what belongs to it and nothing else", function()
    local store <close> = small_store()
    store.disputes:add{ key = "d", title = "A dispute", sources = { "a", "b" } }
    store.disputes:add{ key = "e", title = "Another", sources = { "a", "b" } }
    for _, dispute in ipairs{ "d", "e" } do
      store.events:add{ key = "event-" .. dispute, date = "2019", kind = "other",
        dispute = dispute }
    end
    store.links:add{ key = "l", from = "event-d", relation = "causes", to = "event-e" }
    assert.same({ "events event-d", "links l" },
      lines(audit(store, { dispute = "d", weakness = "unsourced" }), "kind", "key"))
    assert.same({ "events event-d", "events event-e", "links l" },
      lines(audit(store, { weakness = "unsourced" }), "kind", "key"))
  end)

  it("may be some kinds or weaknesses, and only these are counted", function()
    local store <close> = sample_store()
    local rows = audit(store, { kind = { "links", "claims" }, weakness = { "contested",
      "anonymous" } })
    assert.same({ anonymous = #rows:filter{ weakness = "anonymous" }, contested = 1 }, rows.counts)
    local all = audit(store)
    local count = 0
    for _, number in pairs(all.counts) do count = count + number end
    assert.equal(#all, count)
  end)

  it("comes in one order: of weaknesses, kinds, ids and fields", function()
    local store <close> = sample_store()
    local order = { single_sourced = 1, anonymous = 2, reported = 3, unattributed = 4, undated = 5,
      inferred = 6, contested = 7, derived = 8, unsourced = 9 }
    local kinds = {}
    for i, kind in ipairs(dualuse.describe()) do kinds[kind.kind] = i end
    local rows = audit(store)
    for i = 2, #rows do
      local a, b = rows[i - 1], rows[i]
      assert.is_true(order[a.weakness] <= order[b.weakness])
      if a.weakness == b.weakness then
        assert.is_true(kinds[a.kind] <= kinds[b.kind])
        assert.is_true(a.kind ~= b.kind or not a.id or a.id <= b.id)
      end
    end
  end)

  it("may be an earlier store", function()
    local store <close> = small_store()
    store.events:add{ key = "e", date = "2019", kind = "other", sources = { "a" } }
    local earlier = store:as_of(store:revision())
    store.events:update("e", { sources = { "a", "b" } })
    assert.equal(1, audit(earlier).counts.single_sourced)
    assert.equal(0, audit(store).counts.single_sourced)
  end)

  it("is printed with stored text shown, not obeyed", function()
    local store <close> = small_store()
    store.events:add{ date = "2019", kind = "other", inferred = true, note = "one\n\27[1mtwo" }
    local text = tostring(audit(store))
    assert.is_nil(text:find("\27", 1, true))
    assert.is_nil(text:find("one\n", 1, true))
  end)
end)

describe("what cannot be asked", function()
  local store
  setup(function() store = small_store() end)
  teardown(function() store:close() end)

  local wrong = {
    { { field = "date" }, { code = "misuse",
      says = { 'unknown option "field"', "dispute, kind, weakness" } } },
    { { dispute = "nothing" }, { code = "invalid", kind = "disputes", field = "dispute",
      says = { 'no dispute has the id, key, name or alias "nothing"' } } },
    { { kind = "event" }, { code = "invalid", field = "kind", says = { '"event"', "events" } } },
    { { kind = "screenings" }, { code = "invalid", field = "kind", says = { '"screenings"' } } },
    { { weakness = { "anonymous", "weak" } }, { code = "invalid", field = "weakness",
      says = { 'not "weak"', "single_sourced, anonymous" } } },
    { { weakness = 1 }, { code = "misuse", field = "weakness", says = { "got 1" } } },
  }
  for _, case in ipairs(wrong) do
    it("is told: " .. case[2].says[1], function()
      stores.raises(function() local _ = audit(store, case[1]) end, case[2])
    end)
  end

  it("is told of what is no open store", function()
    stores.raises(function() local _ = audit(store.events) end,
      { code = "misuse", says = { "expected a store, got a dualuse.collection" } })
    local closed = assert(dualuse.open())
    closed:close()
    stores.raises(function() local _ = audit(closed) end, { code = "closed" })
  end)
end)
