-- Positions: who says what on the questions of a dispute. Read from the top, this is the manual.

local dualuse = require "dualuse"
local stores = require "spec.stores"

local positions = dualuse.positions
local lines, sample_store, row_of = stores.lines, stores.sample_store, stores.row_of

--- A store with one dispute between two states, and what else a test needs.
local function small_store()
  local store = assert(dualuse.open())
  store.disputes:add{ key = "d", title = "A dispute", parties = { "JPN", "KOR" } }
  store.disputes:add{ key = "e", title = "Another dispute" }
  store.questions:add{ key = "q", title = "Is it so?", dispute = "d" }
  store.sources:add{ key = "wire", title = "A dispatch", published = "2019-07-12" }
  store.sources:add{ key = "copy", title = "A reprint", republished_from = "wire" }
  return store
end

describe("positions on the sample", function()
  local store, dispute
  setup(function()
    store = sample_store()
    dispute = positions(store, { dispute = "japan-korea-2019" })
  end)
  teardown(function() store:close() end)

  it("tell for each question who takes which stance, by state", function()
    local retaliation = positions(store, { question = "q-retaliation" })
    assert.same({
      "JPN JPN.METI denies",
      "JPN JPN.MOFA denies",
      "JPN seko qualifies",
      "- - asserts",
    }, lines(retaliation, "state", "speaker", "stance"))
    assert.same({
      "JPN JPN denies",
      "JPN JPN doubts",
      "KOR KOR asserts",
      "KOR kim-you-geun asserts",
    }, lines(positions(store, { question = "q-korean-controls" }), "state", "speaker", "stance"))
  end)

  it("say why no state is given", function()
    assert.equal("no speaker is named", row_of(dispute, "retaliation-widely-seen").no_state)
    assert.equal("the speaker is of no state on record", row_of(dispute, "greeting-pool").no_state)
    assert.is_nil(row_of(dispute, "retaliation-meti").no_state)
  end)

  it("keep role, date, attribution, directness, sources and what is answered", function()
    local row = row_of(dispute, "controls-source")
    assert.equal("government source", row.role)
    assert.equal("[..2019-07-12]", row.date)
    assert.equal("anonymous", row.attribution)
    assert.equal("quoted", row.directness)
    assert.same({ "nikkei-2019-07-12" }, row.sources)
    assert.equal(1, row.independent)
    assert.equal("controls-kor", row.replies_to)
    assert.equal(store.claims:get("controls-source").id, row.id)
    assert.equal(2, row_of(dispute, "controls-jpn").independent)
  end)

  it("give each question's status", function()
    assert.same({
      ["q-retaliation"] = "contested", ["q-wto"] = "one_sided",
      ["q-korean-controls"] = "contested", ["q-rise-in-cases"] = "contested",
      ["q-re-export"] = "one_sided", ["q-re-export-prompted"] = "one_sided",
      ["q-japan-made-gas"] = "one_sided", ["q-sarin-grade"] = "one_sided",
      ["q-transparency"] = "one_sided", ["q-treaty"] = "one_sided",
      ["q-supply-chains"] = "one_sided", ["q-greeting"] = "contested",
    }, dispute.status)
  end)

  it("have the questions in order, each with its status and sources", function()
    local questions = positions(store, { dispute = "japan-korea-2019" }).questions
    assert.equal(12, #questions)
    assert.same({ "q-retaliation contested 2", "q-wto one_sided 1",
      "q-korean-controls contested 2" },
      { table.unpack(lines(questions, "question", "status", "independent"), 1, 3) })
    assert.equal("Do the curbs break WTO rules?", questions[2].title)
    assert.same({ "afp-2019-07-12" }, questions[2].cited)
  end)

  it("quote the sources", function()
    assert.same({ "not a countermeasure" }, row_of(dispute, "retaliation-meti").quotes)
    assert.same({ "afp-2019-07-12" }, row_of(dispute, "retaliation-meti").cited)
    assert.same({}, row_of(dispute, "treaty-jpn").quotes)
  end)

  it("have one contradiction within a state: the trade minister's, as the dispatch says", function()
    assert.equal(1, #dispute.contradictions)
    local row = dispute.contradictions[1]
    assert.equal("retaliation-seko", row.from)
    assert.equal("retaliation-mofa", row.to)
    assert.is_true(row.one_state)
    assert.equal("JPN", row.from_state)
    assert.same({ "afp", "reuters" }, row.asserted_by)
    assert.same({ "afp-2019-07-12" }, row.sources)
    assert.equal("asserted", row.status)
  end)

  it("hold every claim of the dispute once", function()
    assert.equal(store.claims:count(), #dispute)
    assert.equal(0, #dispute.unplaced)
  end)

  it("print, the same bytes twice", function()
    local text = tostring(dispute)
    assert.truthy(text:find("q-retaliation (Are the curbs retaliation for the court rulings?): "
      .. "contested", 1, true))
    assert.truthy(text:find("retaliation-seko contradicts retaliation-mofa, both of JPN, "
      .. "says afp, reuters", 1, true))
    local again <close> = sample_store()
    assert.equal(text, tostring(positions(again, { dispute = "japan-korea-2019" })))
  end)
end)

describe("a question's status", function()
  it("follows from the stances taken, whoever takes them", function()
    local stances = { "asserts", "denies", "doubts", "declines", "qualifies" }
    for bits = 0, 31 do
      local list, has = {}, {}
      for i, stance in ipairs(stances) do
        if bits >> (i - 1) & 1 == 1 then
          list[#list + 1], has[stance] = stance, true
        end
      end
      local against = has.denies or has.doubts
      local expected = has.asserts and against and "contested"
        or (has.asserts or against) and "one_sided" or "unanswered"
      assert.equal(expected, positions.status(list), table.concat(list, " "))
    end
  end)

  it("is unanswered where nobody has claimed anything", function()
    local store <close> = small_store()
    assert.same({ q = "unanswered" }, positions(store, { question = "q" }).status)
  end)

  it("is contested within one state, too", function()
    local store <close> = small_store()
    store.claims:add{ question = "q", speaker = "JPN", stance = "asserts" }
    store.claims:add{ question = "q", speaker = "JPN", stance = "doubts" }
    assert.equal("contested", positions(store).status.q)
  end)
end)

describe("a speaker's state", function()
  it("is the party's country, or that of the nearest parent that has one", function()
    local store <close> = small_store()
    store.parties:add{ key = "agency", name = "An agency", kind = "agency", country = "JPN" }
    store.parties:add{ key = "bureau", name = "A bureau", kind = "agency", parent = "agency" }
    store.parties:add{ key = "desk", name = "A desk", kind = "agency", parent = "bureau" }
    store.parties:add{ key = "league", name = "A league", kind = "organisation" }
    store.parties:add{ key = "branch", name = "Its branch", kind = "organisation",
      parent = "league", country = "KOR" }
    for _, speaker in ipairs{ "desk", "branch", "league", "CHN" } do
      store.claims:add{ question = "q", speaker = speaker, stance = "asserts" }
    end
    assert.same({ "CHN CHN", "JPN desk", "KOR branch", "- league" },
      lines(positions(store), "state", "speaker"))
  end)
end)

describe("what is asked", function()
  it("does not mix disputes, and counts claims that no dispute can be told of", function()
    local store <close> = small_store()
    store.questions:add{ key = "other", title = "Is that so?", dispute = "e" }
    store.questions:add{ key = "stray", title = "Whose is this?" }
    for _, question in ipairs{ "q", "other", "stray" } do
      store.claims:add{ key = "on-" .. question, question = question, stance = "asserts" }
    end
    local found = positions(store, { dispute = "d" })
    assert.same({ "on-q" }, lines(found, "key"))
    assert.same({ "on-stray its question names no dispute" }, lines(found.unplaced, "key", "why"))
    assert.same({ q = "one_sided" }, found.status)
    assert.same({ "on-q", "on-other", "on-stray" }, lines(positions(store), "key"))
    assert.same({ "on-other" }, lines(positions(store, { question = "other" }), "key"))
    assert.truthy(tostring(found):find("claims that could not be placed: 1", 1, true))
  end)

  it("may be a time: what was certainly said then, what perhaps, and what has no date", function()
    local store <close> = small_store()
    for key, date in pairs{ july = "2019-07-10", by_then = "[..2019-07-12]", may = "2019-05",
        about = "2019-07~" } do
      store.claims:add{ key = key, question = "q", stance = "asserts", date = date }
    end
    store.claims:add{ key = "undated", question = "q", stance = "denies" }
    local found = positions(store, { dispute = "d", during = "2019-07" })
    assert.same({ "by_then -", "about -", "july true" }, lines(found, "key", "certain"))
    assert.same({ "undated it has no date" }, lines(found.unplaced, "key", "why"))
    assert.equal("one_sided", found.status.q)
    assert.same({ "by_then", "may", "about", "july", "undated" }, lines(positions(store), "key"))
  end)

  it("sees contradictions of which one claim is shown, and says where the other is", function()
    local store <close> = small_store()
    store.questions:add{ key = "r", title = "And this?", dispute = "e" }
    store.claims:add{ key = "a", question = "q", speaker = "JPN", stance = "asserts" }
    store.claims:add{ key = "b", question = "r", speaker = "KOR", stance = "denies" }
    store.claims:add{ key = "c", question = "r", stance = "denies" }
    store.links:add{ from = "a", relation = "contradicts", to = "b", denied_by = { "JPN" } }
    store.links:add{ from = "b", relation = "contradicts", to = "c" }
    store.links:add{ from = "a", relation = "supports", to = "b" }
    local found = positions(store, { question = "q" }).contradictions
    assert.same({ "q r a b" }, lines(found, "question", "to_question", "from", "to"))
    assert.is_false(found[1].one_state)
    assert.same({ "JPN" }, found[1].denied_by)
  end)

  it("does not take a wire copy for a second source", function()
    local store <close> = small_store()
    store.claims:add{ question = "q", stance = "asserts", sources = { "wire", "copy" } }
    local row = positions(store)[1]
    assert.same({ "copy", "wire" }, row.sources)
    assert.equal(1, row.independent)
  end)
end)

describe("positions of a store", function()
  it("can be asked of an earlier one", function()
    local store <close> = small_store()
    store.claims:add{ key = "a", question = "q", stance = "asserts" }
    local then_ = store:as_of(store:revision())
    store.claims:add{ question = "q", stance = "denies" }
    store.claims:update("a", { stance = "doubts" })
    assert.equal("one_sided", positions(then_).status.q)
    assert.equal("asserts", positions(then_)[1].stance)
    assert.equal(2, #positions(store))
  end)

  it("show stored text, and do not obey it", function()
    local store <close> = small_store()
    store.claims:add{ question = "q", stance = "asserts", role = "\27[31mminister",
      text = "one\ntwo\u{202E}" }
    local text = tostring(positions(store))
    assert.is_nil(text:find("\27", 1, true))
    assert.is_nil(text:find("\u{202E}", 1, true))
    assert.is_nil(text:find("one\ntwo", 1, true))
    assert.equal("one\ntwo\u{202E}", positions(store)[1].text)
  end)

  it("hold every claim in one place, whatever the store", function()
    local parties = { "JPN", "KOR", "USA" }
    local stances = { "asserts", "denies", "doubts", "declines", "qualifies" }
    local dates = { "2019", "2019-07", "[..2019-07-12]", "2018/2020", "2019-07-04", "2019~" }
    math.randomseed(7)
    local function any(list) return list[math.random(#list)] end
    for _ = 1, 20 do
      local store <close> = small_store()
      store.questions:add{ key = "r", title = "And this?", dispute = "d" }
      store.questions:add{ key = "other", title = "Elsewhere?", dispute = "e" }
      store.questions:add{ key = "stray", title = "Nowhere?" }
      for _ = 1, math.random(0, 25) do
        store.claims:add{ question = any{ "q", "r", "other", "stray" }, stance = any(stances),
          speaker = math.random() < 0.8 and any(parties) or nil,
          date = math.random() < 0.8 and any(dates) or nil }
      end
      local found = positions(store, { dispute = "d", during = "2019-07" })
      local placed = {}
      for _, row in ipairs(found) do placed[row.id] = "row" end
      for _, row in ipairs(found.unplaced) do placed[row.id] = "unplaced" end
      for claim in store.claims:each() do
        local may = not claim.date or dualuse.edtf.overlaps(claim.date, "2019-07")
        local expected = claim.question == "stray" and may and "unplaced"
          or (claim.question == "q" or claim.question == "r")
            and (not claim.date and "unplaced" or may and "row") or nil
        assert.equal(expected, placed[claim.id], stores.show(claim))
      end
      for i = 2, #found do
        local a, b = found[i - 1], found[i]
        assert.is_true(a.question ~= b.question or (a.state or "~") <= (b.state or "~"))
        assert.is_true(a.question <= b.question)
      end
    end
  end)
end)

describe("what cannot be asked", function()
  local store
  setup(function() store = small_store() end)
  teardown(function() store:close() end)

  local wrong = {
    { { speaker = "JPN" }, { code = "misuse",
      says = { 'unknown option "speaker"', "dispute, during, question" } } },
    { { dispute = "nothing" }, { code = "invalid", kind = "disputes", field = "dispute",
      says = { 'no dispute has the id, key, name or alias "nothing"' } } },
    { { question = "nothing" }, { code = "invalid", kind = "questions", field = "question",
      says = { 'no question has the id, key, name or alias "nothing"' } } },
    { { dispute = true }, { code = "misuse", field = "dispute",
      says = { "a reference", "true" } } },
    { { during = 2019 }, { code = "misuse", field = "during", says = { "an EDTF date", "2019" } } },
    { { during = "July" }, { code = "invalid", field = "during", says = { '"July"' } } },
    { { question = "q", dispute = "e" }, { code = "invalid", field = "question",
      says = { "q is not of the dispute e, but of d" } } },
    { "d", { code = "misuse", says = { "a table of options", '"d"' } } },
  }
  for _, case in ipairs(wrong) do
    it("is told: " .. case[2].says[1], function()
      stores.raises(function() local _ = positions(store, case[1]) end, case[2])
    end)
  end

  it("is told of what is no open store", function()
    stores.raises(function() local _ = positions({}, {}) end,
      { code = "misuse", says = { "argument 1: expected a store" } })
    local closed = assert(dualuse.open())
    closed:close()
    stores.raises(function() local _ = positions(closed) end, { code = "closed" })
  end)
end)
