local dualuse = require "dualuse"
local licence = require "dualuse.licence"
local sample = require "dualuse.sample.japan_korea_2019"

local HF, OTHER = "hydrogen-fluoride", "chip-making-materials"

-- A store with an item, and measures of Japan. Sources: "june" and "july", by when they came out.
local function new_store()
  local store = assert(dualuse.open())
  store.sources:add{ key = "june", title = "gazette", published = "2019-06-15" }
  store.sources:add{ key = "july", title = "gazette", published = "2019-07-15" }
  store.sources:add{ key = "july-copy", title = "wire", published = "2019-07-15",
    republished_from = "july" }
  store.items:add{ key = "chemical", name = "chemical" }
  store.items:add{ key = "acid", name = "acid", parent = "chemical" }
  store.items:add{ key = "hf", name = "hydrogen fluoride", parent = "acid" }
  store.items:add{ key = "resist", name = "resist" }
  return store
end

local IN_FORCE = { { stage = "in_force", date = "2019-07-04" } }

local function add(store, measure)
  measure.title = measure.title or measure.key or "a measure"
  measure.jurisdiction = measure.jurisdiction or "JPN"
  measure.stages = measure.stages or IN_FORCE
  return store.measures:add(measure)
end

local function add_group(store, group, member, stages)
  if not store.parties:get(group) then
    store.parties:add{ key = group, name = group, kind = "group" }
  end
  store.memberships:add{ key = member .. "-in-" .. group, group = group, member = member,
    stages = stages or IN_FORCE }
end

local function ask(store, question)
  question.from = question.from or "JPN"
  question.to = question.to or "KOR"
  question.item = question.item or "hf"
  question.on = question.on or "2019-08-01"
  return licence.requirement(store, question)
end

local function periods(store, question)
  question.from = question.from or "JPN"
  question.to = question.to or "KOR"
  question.item = question.item or "hf"
  local list = {}
  for i, row in ipairs(licence.periods(store, question)) do
    list[i] = ("%s %s %s %s%s"):format(row.from, row.to, row.requirement, row.measure or "-",
      row.certain and "" or " ?")
  end
  return list
end

describe("licence.requirement on the sample", function()
  local store

  setup(function()
    store = assert(dualuse.open())
    sample.load(store)
  end)

  teardown(function()
    store:close()
  end)

  local function japan_to_korea(question)
    question.from, question.to = "Japan", "South Korea"
    return licence.requirement(store, question)
  end

  it("has etching gas under the preferential rule on 3 July 2019", function()
    local answer = japan_to_korea{ item = "etching gas", on = "2019-07-03" }
    assert.equal("bulk", answer.requirement)
    assert.equal("jp-white-list-preference", answer.measure)
    assert.is_true(answer.certain)
    assert.equal("jp-base-rule", answer.overrides[1].measure)
    assert.matches("the group JPN.white-list", answer.overrides[1].reason, 1, true)
  end)

  it("wants an individual licence for it from 4 July on", function()
    local answer = japan_to_korea{ item = "etching gas", on = "2019-07-04" }
    assert.equal("individual", answer.requirement)
    assert.equal("jp-kr-restriction", answer.measure)
    assert.same({ "jp-kr-restriction" }, answer.decides)
    assert.is_true(answer.certain)
    assert.same({}, answer.open)
    assert.equal(2, #answer.overrides)
    assert.equal("jp-white-list-preference", answer.overrides[2].measure)
    assert.equal("jp-kr-restriction", answer.overrides[2].by)
    assert.same({ "afp-2019-07-12", "meti-2019-07-01", "nikkei-2019-07-12" }, answer.sources)
    assert.equal(3, answer.independent)
    assert.is_true(#answer.records > 0)
  end)

  it("leaves another controlled item as it was", function()
    for _, on in ipairs{ "2019-07-03", "2019-07-04", "2019-07-12", "2019-12-31" } do
      local answer = japan_to_korea{ item = OTHER, on = on }
      assert.equal("bulk", answer.requirement)
      assert.equal("jp-white-list-preference", answer.measure)
      assert.is_true(answer.certain)
    end
  end)

  it("has it under the base rule if the end considered comes about", function()
    local answer = japan_to_korea{ item = OTHER, on = "2019-07-12", assume = { "considered" } }
    assert.equal("individual", answer.requirement)
    assert.equal("jp-base-rule", answer.measure)
    assert.same({ { membership = "kr-in-jp-white-list", stage = "end_considered",
      date = "2019-07-12", sourced = true } }, answer.assumed)
    answer = japan_to_korea{ item = OTHER, on = "2019-07-11", assume = "considered" }
    assert.equal("bulk", answer.requirement)
    assert.same({}, answer.assumed)
  end)

  it("does not know the restriction before it was published", function()
    local answer = japan_to_korea{ item = HF, on = "2019-07-04", known = "2019-06-30" }
    assert.equal("unknown", answer.requirement)
    assert.is_nil(answer.measure)
    assert.same({}, answer.decides)
    assert.same({}, answer.sources)
    assert.same({ "jp-base-rule", "jp-white-list-preference", "jp-kr-restriction",
      "kr-in-jp-white-list" }, answer.not_known)
    answer = japan_to_korea{ item = HF, on = "2019-07-04", known = "2019-07-12" }
    assert.equal("individual", answer.requirement)
    assert.is_true(answer.certain)
  end)

  it("is not certain of a day between those that an announcement may have been on", function()
    local answer = japan_to_korea{ item = HF, on = "2019-07-02", assume = "announced" }
    assert.is_false(answer.certain)
    assert.same({ "bulk", "individual" }, answer.possible)
    assert.equal("individual", answer.requirement)
    assert.equal(1, #answer.open)
    assert.equal("jp-kr-restriction", answer.open[1].measure)
    assert.matches("[2019-07-01..2019-07-04]", answer.open[1].reason, 1, true)
    assert.is_true(japan_to_korea{ item = HF, on = "2019-06-30", assume = "announced" }.certain)
    assert.is_true(japan_to_korea{ item = HF, on = "2019-07-04", assume = "announced" }.certain)
  end)

  it("is certain of a month only if it is the same on every day", function()
    local july = japan_to_korea{ item = HF, on = "2019-07" }
    assert.is_false(july.certain)
    assert.same({ "bulk", "individual" }, july.possible)
    assert.matches("bulk from 2019-07-01, individual from 2019-07-04", july.open[1].reason, 1, true)
    local june = japan_to_korea{ item = HF, on = "2019-06" }
    assert.is_true(june.certain)
    assert.equal("bulk", june.requirement)
    assert.equal("individual", japan_to_korea{ item = HF, on = "2019-08/.." }.requirement)
    assert.is_true(japan_to_korea{ item = HF, on = "2019-08/.." }.certain)
    assert.is_true(japan_to_korea{ item = HF, on = "[2019-07-01,2019-07-03]" }.certain)
    assert.is_false(japan_to_korea{ item = HF, on = "[2019-07-01,2019-07-05]" }.certain)
  end)

  it("falls back on the base rule where there is no preference", function()
    local answer = japan_to_korea{ item = HF, on = "2019-07-04" }
    assert.equal("individual", answer.requirement)
    answer = licence.requirement(store, { from = "JPN", to = "VNM", item = HF, on = "2019-07-04" })
    assert.equal("individual", answer.requirement)
    assert.equal("jp-base-rule", answer.measure)
    assert.same({ "nikkei-2019-07-12" }, answer.sources)
  end)

  it("says unknown, never none, where nothing is on record", function()
    local answer = licence.requirement(store, { from = "USA", to = "KOR", item = HF,
      on = "2019-07-04" })
    assert.equal("unknown", answer.requirement)
    assert.matches("No measure of USA", answer.reason)
    assert.same({ records = {}, sources = {}, independent = 0 },
      { records = answer.records, sources = answer.sources, independent = answer.independent })
  end)

  it("takes a ministry for the state it is part of", function()
    local answer = licence.requirement(store, { from = "METI", to = "MOTIE", item = HF,
      on = "2019-07-04" })
    assert.equal("jp-kr-restriction", answer.measure)
  end)

  it("prints what is required and why", function()
    local text = tostring(japan_to_korea{ item = HF, on = "2019-07-04" })
    assert.matches("^individual: hydrogen%-fluoride from JPN to KOR on 2019%-07%-04\n", text)
    assert.matches("\n  overrides +jp%-base%-rule, jp%-white%-list%-preference\n", text)
    assert.matches("\n  certain +yes$", text)
    for line in text:gmatch("[^\n]+") do
      assert.is_true(#line <= 100, line)
    end
  end)

  it("has a history in periods, and what is not certain in rows of its own", function()
    assert.same({
      ".. 2018-12-30 individual jp-base-rule ?",
      "2018-12-31 2019-07-03 bulk jp-white-list-preference",
      "2019-07-04 .. individual jp-kr-restriction",
    }, periods(store, { item = HF }))
    assert.same({
      ".. 2018-12-30 individual jp-base-rule ?",
      "2018-12-31 .. bulk jp-white-list-preference",
    }, periods(store, { item = OTHER }))
    assert.same({
      ".. 2018-12-30 individual jp-base-rule ?",
      "2018-12-31 2019-07-11 bulk jp-white-list-preference",
      "2019-07-12 .. individual jp-base-rule",
    }, periods(store, { item = OTHER, assume = "considered" }))
    assert.same({
      "2018-12-31 2019-06-30 bulk jp-white-list-preference",
      "2019-07-01 2019-07-03 individual jp-kr-restriction ?",
      "2019-07-04 .. individual jp-kr-restriction",
    }, periods(store, { item = HF, assume = "announced", during = "[2018-12-31..]" }))
    assert.same({ ".. .. unknown -" }, periods(store, { item = HF, from = "USA" }))
  end)

  it("cuts the history to what is asked for, and prints it", function()
    local rows = licence.periods(store, { from = "JPN", to = "KOR", item = HF,
      during = "2019-07" })
    assert.equal(2, #rows)
    assert.same({ "2019-07-01", "2019-07-03" }, { rows[1].from, rows[1].to })
    assert.same({ "2019-07-04", "2019-07-31" }, { rows[2].from, rows[2].to })
    assert.same({ "afp-2019-07-12", "meti-2019-07-01", "nikkei-2019-07-12" }, rows[2].sources)
    assert.equal(3, rows[2].independent)
    assert.matches("\nfrom +to +requirement +measure +certain +sources\n", tostring(rows))
  end)
end)

describe("a measure in force", function()
  local store

  before_each(function()
    store = new_store()
  end)

  after_each(function()
    store:close()
  end)

  it("is so from the day of in_force to the day before ended", function()
    add(store, { key = "m", requirement = "bulk", stages = {
      { stage = "considered", date = "2019-01-01" },
      { stage = "announced", date = "2019-06-01" },
      { stage = "in_force", date = "2019-07-04" },
      { stage = "end_announced", date = "2019-08-01" },
      { stage = "ended", date = "2019-09-01" },
      { stage = "in_force", date = "2020-01-01" },
    } })
    assert.same({ ".. 2019-07-03 unknown -", "2019-07-04 2019-08-31 bulk m",
      "2019-09-01 2019-12-31 unknown -", "2020-01-01 .. bulk m" }, periods(store, {}))
  end)

  it("lasts as long as the interval that it is given for a date", function()
    add(store, { key = "m", requirement = "bulk",
      stages = { { stage = "in_force", date = "2019-07-04/2019-12-31" } } })
    assert.same({ ".. 2019-07-03 unknown -", "2019-07-04 2019-12-31 bulk m",
      "2020-01-01 .. unknown -" }, periods(store, {}))
    store.measures:update("m", { stages = { { stage = "in_force", date = "../2019-07" } } })
    assert.same({ ".. 2019-07-31 bulk m", "2019-08-01 .. unknown -" }, periods(store, {}))
    store.measures:update("m", { stages = { { stage = "in_force", date = "2019-07-04/.." } } })
    assert.same({ ".. 2019-07-03 unknown -", "2019-07-04 .. bulk m" }, periods(store, {}))
    store.measures:update("m", { stages = { { stage = "in_force", date = "2019-07-04/" } } })
    assert.same({ ".. 2019-07-03 unknown -", "2019-07-04 2019-07-04 bulk m",
      "2019-07-05 .. bulk m ?" }, periods(store, {}))
  end)

  it("is told apart from one without a stage, which is named", function()
    add(store, { key = "m", requirement = "bulk", stages = {} })
    local answer = ask(store, {})
    assert.equal("unknown", answer.requirement)
    assert.same({ "m" }, answer.unplaced)
  end)

  it("is not certain within a month, and is certain after it", function()
    add(store, { key = "m", requirement = "bulk",
      stages = { { stage = "in_force", date = "2019-07" } } })
    assert.same({ ".. 2019-06-30 unknown -", "2019-07-01 2019-07-30 bulk m ?",
      "2019-07-31 .. bulk m" }, periods(store, {}))
  end)

  it("began before it ended, where both lie in the same doubt", function()
    add(store, { key = "m", requirement = "bulk", stages = {
      { stage = "in_force", date = "2019" }, { stage = "ended", date = "2019" } } })
    assert.same({ ".. 2018-12-31 unknown -", "2019-01-01 2019-12-30 bulk m ?",
      "2019-12-31 .. unknown -" }, periods(store, {}))
  end)

  it("may be so only on the days of a set", function()
    add(store, { key = "m", requirement = "bulk",
      stages = { { stage = "in_force", date = "[2019-07-02,2019-07-09]" } } })
    assert.same({ ".. 2019-07-01 unknown -", "2019-07-02 2019-07-08 bulk m ?",
      "2019-07-09 .. bulk m" }, periods(store, {}))
  end)

  it("is never certain by a qualified date, though it is taken as written", function()
    add(store, { key = "m", requirement = "bulk",
      stages = { { stage = "in_force", date = "2019-07-04~" } } })
    assert.same({ ".. 2019-07-03 unknown - ?", "2019-07-04 .. bulk m ?" }, periods(store, {}))
    local answer = ask(store, { on = "2019-08-01" })
    assert.same({ "bulk" }, answer.possible)
    assert.matches("qualified", answer.open[1].reason)
    add(store, { key = "n", requirement = "bulk",
      stages = { { stage = "in_force", date = "2000" } } })
    assert.is_true(ask(store, { on = "2019-08-01" }).certain, "required whatever the date is")
  end)

  it("is not certain on a qualified day, if there ever was a change", function()
    add(store, { key = "m", requirement = "bulk" })
    assert.is_false(ask(store, { on = "2019-08-01~" }).certain)
    assert.equal("bulk", ask(store, { on = "2019-08-01~" }).requirement)
    assert.is_true(ask(store, { from = "USA", on = "2019-08-01~" }).certain)
  end)
end)

describe("what a measure is for", function()
  local store

  before_each(function()
    store = new_store()
    add(store, { key = "base", requirement = "general" })
  end)

  after_each(function()
    store:close()
  end)

  local function decides(question)
    return ask(store, question).measure
  end

  it("is a party before a group before any", function()
    add_group(store, "white-list", "KOR")
    add(store, { key = "group", destinations = { "white-list" }, requirement = "bulk" })
    assert.equal("group", decides{})
    assert.equal("base", decides{ to = "VNM" })
    add(store, { key = "party", destinations = { "VNM", "KOR" }, requirement = "none" })
    assert.equal("party", decides{})
    assert.equal("none", ask(store, {}).requirement)
  end)

  it("is a group only while the membership is in force", function()
    add_group(store, "white-list", "KOR", { { stage = "in_force", date = "2019-08-01" },
      { stage = "end_considered", date = "2019-08-10" }, { stage = "ended", date = "2019-09-01" } })
    add(store, { key = "group", destinations = { "white-list" }, requirement = "bulk" })
    assert.same({ ".. 2019-07-03 unknown -", "2019-07-04 2019-07-31 general base",
      "2019-08-01 2019-08-31 bulk group", "2019-09-01 .. general base" }, periods(store, {}))
    assert.same("general", ask(store, { on = "2019-08-20", assume = "end_considered" }).requirement)
  end)

  it("is a group by way of another group, which is farther", function()
    add_group(store, "allies", "KOR")
    add_group(store, "white-list", "allies")
    add(store, { key = "far", destinations = { "white-list" }, requirement = "bulk" })
    assert.equal("far", decides{})
    add(store, { key = "near", destinations = { "allies" }, requirement = "none" })
    assert.equal("near", decides{})
  end)

  it("is the country of a firm, before the groups of the country", function()
    store.parties:add{ key = "JPN.parent", name = "Parent Co", kind = "company", country = "JPN" }
    store.parties:add{ key = "fab", name = "Fab Co", kind = "company", country = "KOR",
      parent = "JPN.parent" }
    add_group(store, "white-list", "KOR")
    add(store, { key = "korea", destinations = { "KOR" }, requirement = "individual" })
    add(store, { key = "group", destinations = { "white-list" }, requirement = "bulk" })
    add(store, { key = "japan", destinations = { "JPN" }, requirement = "none" })
    assert.equal("korea", decides{ to = "fab" })
    add(store, { key = "firm", destinations = { "fab" }, requirement = "bulk" })
    assert.equal("firm", decides{ to = "fab" })
    assert.equal("korea", decides{ to = "KOR" })
  end)

  it("is an item before its parents, the nearer first, before any", function()
    add(store, { key = "far", items = { "chemical" }, requirement = "bulk" })
    assert.equal("far", decides{ item = "hf" })
    assert.equal("base", decides{ item = "resist" })
    add(store, { key = "near", items = { "acid", "resist" }, requirement = "individual" })
    assert.equal("near", decides{ item = "hf" })
    assert.equal("far", decides{ item = "chemical" })
    add(store, { key = "itself", items = { "hydrogen fluoride" }, requirement = "none" })
    assert.equal("itself", decides{ item = "hf" })
  end)

  it("is an activity: export unless asked otherwise, any if it names none", function()
    add(store, { key = "transit", activities = { "transit", "brokering" }, destinations = { "KOR" },
      requirement = "individual" })
    assert.equal("base", decides{})
    assert.equal("transit", decides{ activity = "transit" })
    assert.equal("base", decides{ activity = "technology" })
  end)

  it("is what goes out from its jurisdiction, or a union that this is in", function()
    assert.equal("unknown", ask(store, { from = "FRA" }).requirement)
    add_group(store, "EU", "FRA")
    add(store, { key = "eu", jurisdiction = "EU", requirement = "individual" })
    assert.equal("eu", decides{ from = "FRA" })
    assert.equal("unknown", ask(store, { from = "CHE" }).requirement)
    store.parties:add{ key = "FRA.SBDU", name = "SBDU", kind = "agency", parent = "FRA" }
    add(store, { key = "fr", jurisdiction = "FRA.SBDU", destinations = { "KOR" },
      requirement = "bulk" })
    assert.equal("fr", decides{ from = "FRA" })
    assert.equal("unknown", ask(store, { from = "FRA", on = "2019-07-03" }).requirement)
  end)
end)

describe("several measures", function()
  local store

  before_each(function()
    store = new_store()
  end)

  after_each(function()
    store:close()
  end)

  it("that are alike all decide", function()
    add(store, { key = "a", requirement = "bulk" })
    add(store, { key = "b", requirement = "bulk" })
    local answer = ask(store, {})
    assert.same({ "a", "b" }, answer.decides)
    assert.same({}, answer.overrides)
    assert.is_true(answer.certain)
  end)

  it("are strictest where neither is more specific, and that is not certain", function()
    add(store, { key = "a", destinations = { "KOR" }, requirement = "bulk" })
    add(store, { key = "b", items = { "hf" }, requirement = "individual" })
    local answer = ask(store, {})
    assert.equal("individual", answer.requirement)
    assert.equal("b", answer.measure)
    assert.is_false(answer.certain)
    assert.same({ "bulk", "individual" }, answer.possible)
    assert.same({ "b", "a" }, answer.open[1].measures)
    assert.same("a", answer.overrides[1].measure)
    assert.matches("stricter", answer.overrides[1].reason)
  end)

  it("are certain if the doubt between two does not matter", function()
    add(store, { key = "a", destinations = { "KOR" }, requirement = "bulk" })
    add(store, { key = "b", items = { "hf" }, requirement = "individual" })
    add(store, { key = "c", destinations = { "KOR" }, items = { "hf" }, requirement = "none" })
    local answer = ask(store, {})
    assert.equal("none", answer.requirement)
    assert.is_true(answer.certain)
    add(store, { key = "d", basis = "sanctions", requirement = "individual" })
    assert.is_true(ask(store, {}).certain)
  end)

  it("of several bases add up, and the strictest stands", function()
    add(store, { key = "a", basis = "dual use", destinations = { "KOR" }, items = { "hf" },
      requirement = "general" })
    add(store, { key = "b", basis = "sanctions", requirement = "individual" })
    add(store, { key = "c", requirement = "bulk" })
    local answer = ask(store, {})
    assert.equal("individual", answer.requirement)
    assert.same({ "b" }, answer.decides)
    assert.same({ "a", "c" }, answer.also)
    assert.same({}, answer.overrides)
    assert.is_true(answer.certain)
  end)

  it("that prohibit yield to none that is merely more specific", function()
    add(store, { key = "ban", requirement = "prohibited" })
    add(store, { key = "a", destinations = { "KOR" }, items = { "hf" }, requirement = "general" })
    local answer = ask(store, {})
    assert.equal("prohibited", answer.requirement)
    assert.is_true(answer.certain)
    assert.same({ { measure = "a", by = "ban",
      reason = "ban prohibits, and a does not name it in excepts" } }, answer.overrides)
  end)

  it("that prohibit yield to one that names them in excepts, whatever the basis", function()
    add(store, { key = "ban", basis = "sanctions", destinations = { "KOR" },
      requirement = "prohibited" })
    add(store, { key = "a", excepts = { "ban" }, items = { "hf" }, requirement = "general",
      stages = { { stage = "in_force", date = "2019-08-01" } } })
    assert.same({ ".. 2019-07-03 unknown -", "2019-07-04 2019-07-31 prohibited ban",
      "2019-08-01 .. general a" }, periods(store, {}))
    assert.equal("ban", ask(store, { item = "resist" }).measure)
    local overrides = ask(store, {}).overrides
    assert.equal("a names ban among those that yield to it", overrides[1].reason)
  end)

  it("lose what they except when they yield themselves", function()
    add(store, { key = "ban", requirement = "prohibited" })
    add(store, { key = "a", excepts = { "ban" }, requirement = "general" })
    add(store, { key = "b", destinations = { "KOR" }, requirement = "individual" })
    assert.equal("prohibited", ask(store, {}).requirement)
    assert.equal("general", ask(store, { to = "VNM" }).requirement)
  end)

  it("that except each other are not settled: the strictest is taken, without certainty", function()
    local a = add(store, { key = "a", requirement = "bulk" })
    add(store, { key = "b", excepts = { a }, requirement = "individual" })
    add(store, { key = "c", excepts = { "b" }, requirement = "general" })
    store.measures:update("a", { excepts = { "c" } })
    local answer = ask(store, {})
    assert.equal("individual", answer.requirement)
    assert.is_false(answer.certain)
  end)

  it("without a key are named by their id", function()
    local id = add(store, { requirement = "bulk" })
    local answer = ask(store, {})
    assert.equal(id, answer.measure)
    assert.matches("measure " .. id, answer.reason)
  end)
end)

describe("known", function()
  local store

  before_each(function()
    store = new_store()
  end)

  after_each(function()
    store:close()
  end)

  local function stage(sources, more)
    local one = { stage = "in_force", date = "2019-07-04", sources = sources }
    for name, value in pairs(more or {}) do one[name] = value end
    return { one }
  end

  local function known(on)
    return ask(store, { known = on }).requirement
  end

  it("counts a stage once one of its sources was published", function()
    add(store, { key = "m", requirement = "bulk", stages = stage{ "june", "july" } })
    assert.equal("unknown", known "2019-06-14")
    assert.equal("bulk", known "2019-06-15")
    assert.equal("bulk", known "2019-06", "by the end of it")
    assert.same({ "june" }, ask(store, { known = "2019-06-15" }).sources)
    assert.same({ "july", "june" }, ask(store, {}).sources)
  end)

  it("wants it certainly published by then", function()
    store.sources:add{ key = "month", title = "t", published = "2019-06" }
    store.sources:add{ key = "about", title = "t", published = "2019-06-15~" }
    store.sources:add{ key = "undated", title = "t" }
    add(store, { key = "m", requirement = "bulk", stages = stage{ "month", "about", "undated" } })
    assert.equal("unknown", known "2019-06-29")
    assert.equal("bulk", known "2019-06-30")
  end)

  it("takes the sources of the measure for a stage that has none", function()
    add(store, { key = "m", requirement = "bulk", sources = { "june" } })
    assert.equal("unknown", known "2019-06-14")
    assert.equal("bulk", known "2019-06-15")
  end)

  it("does not count what no source tells, unless it is inferred, which is said", function()
    add(store, { key = "m", requirement = "bulk" })
    assert.equal("unknown", known "2030")
    assert.equal("bulk", ask(store, {}).requirement)
    store.measures:update("m", { stages = stage(nil, { inferred = true, note = "so it must be" }) })
    local answer = ask(store, { known = "2019-01-01" })
    assert.equal("bulk", answer.requirement)
    assert.same({ { measure = "m", stage = "in_force", date = "2019-07-04", sourced = false } },
      answer.inferred)
    assert.matches("Inferred without a source, and taken as known", answer.reason)
  end)

  it("counts one voice once", function()
    add(store, { key = "m", requirement = "bulk", stages = stage{ "july", "july-copy" } })
    local answer = ask(store, {})
    assert.same({ "july", "july-copy" }, answer.sources)
    assert.equal(1, answer.independent)
  end)

  it("is what the world could know, where as_of is what this store held", function()
    add(store, { key = "m", requirement = "bulk", stages = stage{ "june" } })
    local before = store:revision()
    store.measures:update("m", { requirement = "individual" })
    assert.equal("individual", known "2019-06-30")
    assert.equal("bulk", ask(store:as_of(before), { known = "2019-06-30" }).requirement)
    assert.equal("unknown", ask(store:as_of(before), { known = "2019-06-01" }).requirement)
    assert.equal("unknown", ask(store:as_of(before - 1), {}).requirement)
  end)
end)

describe("assume", function()
  it("takes what is considered or announced for what has come about, ends included", function()
    local store <close> = new_store()
    add(store, { key = "m", requirement = "bulk", stages = {
      { stage = "considered", date = "2019-03-01" }, { stage = "announced", date = "2019-04-01" },
      { stage = "in_force", date = "2019-05-01" },
      { stage = "end_considered", date = "2019-06-01" },
      { stage = "end_announced", date = "2019-07-01" }, { stage = "ended", date = "2019-08-01" },
    } })
    local function in_force(assume)
      local row = periods(store, { assume = assume })[2]
      return row
    end
    assert.equal("2019-05-01 2019-07-31 bulk m", in_force(nil))
    assert.equal("2019-05-01 2019-05-31 bulk m", in_force("end_considered"))
    assert.equal("2019-05-01 2019-06-30 bulk m", in_force("end_announced"))
    assert.equal("2019-04-01 2019-06-30 bulk m", in_force("announced"))
    assert.equal("2019-03-01 2019-05-31 bulk m", in_force{ "announced", "considered" })
  end)
end)

describe("bad input", function()
  local store

  setup(function()
    store = new_store()
    add(store, { key = "m", requirement = "bulk" })
  end)

  teardown(function()
    store:close()
  end)

  local function good()
    return { from = "JPN", to = "KOR", item = "hf", on = "2019-07-04" }
  end

  local function fails(code, words, change, call)
    local question = good()
    for name, value in pairs(change) do question[name] = value end
    local ok, err = pcall(function()
      local result = (call or licence.requirement)(store, question)
      return result
    end)
    assert.is_false(ok)
    assert.equal(code, err.code)
    assert.matches(words, err.message, 1, true)
    assert.matches("licence_spec.lua:%d+$", err.where)
    return err
  end

  it("names a party or an item that is not on record", function()
    assert.equal("to", fails("invalid", 'no party has the id, key, name or alias "Atlantis"',
      { to = "Atlantis" }).field)
    fails("invalid", '"Atlantis"', { from = "Atlantis" })
    fails("invalid", 'no item has the id, key, name or alias "unobtainium"',
      { item = "unobtainium" })
  end)

  it("names both where a name is that of two", function()
    store.items:add{ key = "x1", name = "twin" }
    store.items:add{ key = "x2", name = "twin" }
    fails("invalid", "x1", { item = "twin" })
  end)

  it("names an unknown option and those there are", function()
    fails("misuse", 'unknown option "item_": expected activity, assume, from, item, known, on, to',
      { item_ = "hf" })
    fails("misuse", 'unknown option "on"', {}, licence.periods)
  end)

  it("names an option that is missing", function()
    for _, name in ipairs{ "from", "to", "item", "on" } do
      local question = good()
      question[name] = nil
      local ok, err = pcall(licence.requirement, store, question)
      assert.is_false(ok)
      assert.equal("misuse", err.code)
      assert.equal(name, err.field)
    end
  end)

  it("wants dates, words and a store", function()
    fails("invalid", "on: expected an EDTF date", { on = "4 July" })
    fails("misuse", "on: expected an EDTF date", { on = 20190704 })
    fails("invalid", "known: expected an EDTF date", { known = "2019-7" })
    fails("invalid", "assume: expected one of announced, considered", { assume = "wishful" })
    fails("invalid", "activity: expected one of export, re_export", { activity = "smuggling" })
    fails("misuse", "from: expected a reference", { from = true })
    for _, call in ipairs{ licence.requirement, licence.periods, licence.asker } do
      local ok, err = pcall(call, {}, good())
      assert.is_false(ok)
      assert.equal("misuse", err.code)
    end
  end)

  it("is told by the function of an asker as well", function()
    local question = licence.asker(store)
    assert.equal("bulk", question("JPN", "KOR", "hf", "2019-07-04").requirement)
    local ok, err = pcall(function() return (question("JPN", "Atlantis", "hf", "2019-07-04")) end)
    assert.is_false(ok)
    assert.equal("invalid", err.code)
    assert.matches("licence_spec.lua:%d+$", err.where)
  end)

  it("leaves the question as it was, and the answer the same", function()
    local question = good()
    local first = tostring(licence.requirement(store, question))
    assert.same(good(), question)
    assert.equal(first, tostring(licence.requirement(store, question)))
  end)
end)

-- -------------------------------------------------------------------------- A twin by brute force

-- Small systems made by chance, and the rules once more, written down another way: every order of
-- the stages that their dates allow is played day by day, and of the measures then in force those
-- remain that no measure which remains makes yield.

local STRICT = { unknown = 0, none = 1, general = 2, bulk = 3, individual = 4, prohibited = 5 }
local WORDS = { "none", "general", "bulk", "individual", "prohibited" }
local GROUPS = { "g1", "g2" }
local ITEMS = { "hf", "acid", "chemical", "resist" }
local BASES = { false, "law", "sanctions" }
local DAYS = 14
local COUNT = 80

local function day_text(day)
  return ("2019-07-%02d"):format(day)
end

local function some_of(list, most)
  local chosen, seen = {}, {}
  for _ = 1, math.random(0, most) do
    local one = list[math.random(#list)]
    if not seen[one] then seen[one], chosen[#chosen + 1] = true, one end
  end
  return #chosen > 0 and chosen or nil
end

-- Stages in turn, each { starts, days it may be }; on different days if they are exact.
local function random_stages(doubts)
  local stages, day = {}, math.random(-1, 5)
  for i = 1, math.random(0, 3) do
    if day < 1 then day = 1 end
    if day > DAYS then break end
    local days = { day }
    if doubts.left > 0 and math.random() < 0.5 then
      doubts.left = doubts.left - 1
      for more = 1, math.random(1, 3) do
        if math.random() < 0.7 then days[#days + 1] = day + more end
      end
    end
    stages[i] = { starts = math.random() < (i % 2 == 1 and 0.9 or 0.1), days = days }
    day = day + math.random(doubts.overlap, 4)
  end
  return stages
end

local function random_system(doubts)
  local system = { measures = {}, memberships = {} }
  for m = 1, math.random(1, 5) do
    local basis = BASES[math.random(#BASES)]
    local excepts = {}
    for other = 1, m - 1 do
      if math.random() < 0.15 then excepts[#excepts + 1] = other end
    end
    system.measures[m] = { basis = basis, requirement = WORDS[math.random(#WORDS)],
      destinations = some_of({ "KOR", "VNM", "g1", "g2" }, 2), items = some_of(ITEMS, 2),
      excepts = excepts, stages = random_stages(doubts) }
  end
  for _, group in ipairs(GROUPS) do
    if math.random() < 0.7 then
      table.insert(system.memberships, { group = group, stages = random_stages(doubts) })
    end
  end
  return system
end

local function stage_records(stages)
  local list = {}
  for i, stage in ipairs(stages) do
    local texts = {}
    for d, day in ipairs(stage.days) do texts[d] = day_text(day) end
    list[i] = { stage = stage.starts and "in_force" or "ended",
      date = #texts == 1 and texts[1] or "[" .. table.concat(texts, ",") .. "]" }
  end
  for i = #list, 2, -1 do
    local j = math.random(i)
    list[i], list[j] = list[j], list[i]
  end
  return list
end

local function store_of(system)
  local store = new_store()
  store:transaction(function()
    for _, group in ipairs(GROUPS) do
      store.parties:add{ key = group, name = group, kind = "group" }
    end
    for i, membership in ipairs(system.memberships) do
      store.memberships:add{ key = "member" .. i, group = membership.group, member = "KOR",
        stages = stage_records(membership.stages) }
    end
    for m, measure in ipairs(system.measures) do
      local excepts = {}
      for i, other in ipairs(measure.excepts) do excepts[i] = "m" .. other end
      add(store, { key = "m" .. m, requirement = measure.requirement,
        basis = measure.basis or nil, destinations = measure.destinations,
        items = measure.items, excepts = excepts, stages = stage_records(measure.stages) })
    end
  end)
  return store
end

-- All orders of a list, as a list of lists.
local function orders(list)
  if #list == 0 then
    return { {} }
  end
  local all = {}
  for i = 1, #list do
    local rest = table.move(list, 1, #list, 1, {})
    local one = table.remove(rest, i)
    for _, order in ipairs(orders(rest)) do
      table.insert(order, 1, one)
      all[#all + 1] = order
    end
  end
  return all
end

-- All ways in which stages may have happened: lists of { starts, day }, the earlier first.
local function ways_of(stages)
  local ways, orderly = {}, {}
  for _, order in ipairs(orders(stages)) do
    local function place(i, way)
      if i > #order then
        ways[#ways + 1] = way
        if #way == 0 or way[1].starts then orderly[#orderly + 1] = way end
        return
      end
      for _, day in ipairs(order[i].days) do
        if i == 1 or day >= way[i - 1].day then
          local longer = table.move(way, 1, #way, 1, {})
          longer[i] = { starts = order[i].starts, day = day }
          place(i + 1, longer)
        end
      end
    end
    place(1, {})
  end
  return #orderly > 0 and orderly or ways
end

-- The states that a record may have on a day: { true }, { false } or both.
local function states_on(ways, day)
  local found = {}
  for _, way in ipairs(ways) do
    local on = false
    for _, event in ipairs(way) do
      if event.day <= day then on = event.starts end
    end
    found[on] = true
  end
  local list = {}
  for _, state in ipairs{ true, false } do
    if found[state] then list[#list + 1] = state end
  end
  return list
end

local function includes(list, value)
  for _, one in ipairs(list or {}) do
    if one == value then return true end
  end
  return false
end

-- How specific: 3 for KOR, 2 for a group it is in, 1 for any, nil if it does not apply.
local function party_rank(measure, groups)
  if not measure.destinations then return 1 end
  if includes(measure.destinations, "KOR") then return 3 end
  for group in pairs(groups) do
    if includes(measure.destinations, group) then return 2 end
  end
  return nil
end

-- For hf: 4 for itself, 3 for acid, 2 for chemical, 1 for any.
local function item_rank(measure)
  if not measure.items then return 1 end
  for i = 1, 3 do
    if includes(measure.items, ITEMS[i]) then return 5 - i end
  end
  return nil
end

local function makes_yield(a, b)
  local names, named = includes(a.measure.excepts, b.number), includes(b.measure.excepts, a.number)
  if names ~= named then return names end
  if b.measure.requirement == "prohibited" or a.measure.basis ~= b.measure.basis then
    return false
  end
  return a.party >= b.party and a.item >= b.item and a.party + a.item > b.party + b.item
end

-- Those that none which remains makes yield: what is defended by what remains, until that is all.
local function remaining(all)
  local remain = {}
  while true do
    local next_remain, changed = {}, false
    for _, b in ipairs(all) do
      local defended = true
      for _, a in ipairs(all) do
        if a ~= b and makes_yield(a, b) then
          local answered = false
          for _, c in ipairs(all) do
            answered = answered or remain[c] and makes_yield(c, a)
          end
          defended = defended and answered
        end
      end
      next_remain[b] = defended or nil
      changed = changed or next_remain[b] ~= remain[b]
    end
    if not changed then return remain end
    remain = next_remain
  end
end

-- The requirements that may be the answer: one, or the least strict and the strictest.
local function decide(all)
  local remain, bases = remaining(all), {}
  for _, b in ipairs(all) do
    local beaten = false
    for _, a in ipairs(all) do
      beaten = beaten or remain[a] and a ~= b and makes_yield(a, b)
    end
    if not beaten then
      local level = STRICT[b.measure.requirement]
      local basis = bases[b.measure.basis] or { low = level, high = level }
      basis.low, basis.high = math.min(basis.low, level), math.max(basis.high, level)
      basis.banned = basis.banned or remain[b] and b.measure.requirement == "prohibited"
      bases[b.measure.basis] = basis
    end
  end
  local low, high = 0, 0
  for _, basis in pairs(bases) do
    low = math.max(low, basis.banned and STRICT.prohibited or basis.low)
    high = math.max(high, basis.high)
  end
  return low, high
end

local function twin_on(system, day)
  local records = {}
  for _, list in ipairs{ system.measures, system.memberships } do
    for _, record in ipairs(list) do
      record.ways = record.ways or ways_of(record.stages)
      records[#records + 1] = record
    end
  end
  local possible = {}
  local function try(i, on)
    if i <= #records then
      for _, state in ipairs(states_on(records[i].ways, day)) do
        on[records[i]] = state
        try(i + 1, on)
      end
      return
    end
    local groups, all = {}, {}
    for _, membership in ipairs(system.memberships) do
      if on[membership] then groups[membership.group] = true end
    end
    for number, measure in ipairs(system.measures) do
      local party, item = party_rank(measure, groups), item_rank(measure)
      if on[measure] and party and item then
        all[#all + 1] = { number = number, measure = measure, party = party, item = item }
      end
    end
    local low, high = decide(all)
    possible[low], possible[high] = true, true
  end
  try(1, {})
  local words = {}
  for level = 0, 5 do
    if possible[level] then words[#words + 1] = level == 0 and "unknown" or WORDS[level] end
  end
  return words
end

local function compare(seed, count, doubts)
  math.randomseed(seed)
  local seen = {}
  for _ = 1, count do
    local system = random_system{ left = doubts.left, overlap = doubts.overlap }
    local store <close> = store_of(system)
    local ask_one = licence.asker(store)
    local rows = licence.periods(store, { from = "JPN", to = "KOR", item = "hf" })
    local row = 1
    for day = 1, DAYS + 6 do
      local on = day_text(day)
      local wanted = twin_on(system, day)
      local answer = ask_one("JPN", "KOR", "hf", on)
      assert.same(wanted, answer.possible)
      assert.equal(wanted[#wanted], answer.requirement)
      assert.equal(#wanted == 1, answer.certain)
      assert.equal(#wanted == 1, #answer.open == 0)
      while rows[row].to ~= ".." and rows[row].to < on do row = row + 1 end
      assert.is_true(rows[row].from == ".." or rows[row].from <= on)
      assert.same(wanted, rows[row].possible)
      assert.same(answer.decides, rows[row].decides)
      assert.equal(answer.certain, rows[row].certain)
      seen[answer.requirement] = true
      seen[#wanted == 1] = true
    end
  end
  return seen
end

describe("licence and its twin agree", function()
  it("on systems whose stages are known to the day", function()
    local seen = compare(7, COUNT, { left = 0, overlap = 1 })
    for _, word in ipairs(WORDS) do assert.is_true(seen[word], word) end
    assert.is_true(seen.unknown and seen[true] and seen[false])
  end)

  it("on systems with doubts, under every way that they may have been", function()
    local seen = compare(20190712, COUNT, { left = 3, overlap = 0 })
    assert.is_true(seen[true] and seen[false])
  end)

  it("on systems with more doubts in fewer stages", function()
    compare(20190828, COUNT // 4, { left = 6, overlap = 0 })
  end)
end)

describe("the periods of a system", function()
  it("follow each other without a gap, and differ from their neighbours", function()
    math.randomseed(2019)
    for _ = 1, 30 do
      local store <close> = store_of(random_system{ left = 2, overlap = 0 })
      local rows = licence.periods(store, { from = "JPN", to = "KOR", item = "hf" })
      assert.equal("..", rows[1].from)
      assert.equal("..", rows[#rows].to)
      for i = 2, #rows do
        assert.equal(1, tonumber(rows[i].from:sub(-2)) - tonumber(rows[i - 1].to:sub(-2))
          + (rows[i - 1].to == "2019-06-30" and 30 or 0))
        assert.is_false(rows[i].requirement == rows[i - 1].requirement
          and rows[i].certain == rows[i - 1].certain
          and table.concat(rows[i].possible, " ") == table.concat(rows[i - 1].possible, " ")
          and table.concat(rows[i].decides, " ") == table.concat(rows[i - 1].decides, " "))
      end
    end
  end)

  it("are told with very many doubts at once, without certainty", function()
    local store <close> = new_store()
    for i = 1, 14 do
      add(store, { key = "m" .. i, destinations = { "KOR" }, requirement = i == 7 and "individual"
        or "bulk", stages = { { stage = "in_force", date = "2019-07" } } })
    end
    local answer = ask(store, { on = "2019-07-10" })
    assert.is_false(answer.certain)
    assert.same({ "unknown", "bulk", "individual" }, answer.possible)
    assert.is_false(ask(store, { on = "2019-08-01" }).certain, "a tie of unlike measures")
  end)
end)
