local dualuse = require "dualuse"
local period = require "dualuse.period"
local reconcile = require "dualuse.reconcile"
local sample = require "dualuse.sample.japan_korea_2019"

local function raised(fn)
  local ok, err = pcall(fn)
  assert.is_false(ok)
  return err
end

local function row_of(list, text)
  for _, row in ipairs(list) do
    if row.period == text then
      return row
    end
  end
  error("no row for " .. text)
end

local function column(list, name)
  local values = {}
  for i, row in ipairs(list) do
    values[i] = row[name]
  end
  return values
end

local function new_store()
  local store = assert(dualuse.open())
  for _, key in ipairs{ "daily", "weekly", "gazette" } do
    store.sources:add{ key = key, title = key, published = "2020-01-15" }
  end
  return store
end

--- Adds a total of Korea's, in cases by the year of detection unless `more` says otherwise.
local function disclose(store, text, value, more)
  local record = { authority = "KOR", measure = "cases", unit = "case", year_basis = "detected",
    period = text, value = value, sources = { "daily" } }
  for name, given in pairs(more or {}) do
    record[name] = given
  end
  return store.disclosures:add(record)
end

describe("reconcile, on the sample,", function()
  local store

  before_each(function()
    store = assert(dualuse.open())
    sample.load(store)
  end)

  after_each(function()
    store:close()
  end)

  it("finds the 72 that nobody published, and tells how", function()
    local answer = reconcile(store, { authority = "KOR.MOTIE", measure = "cases", unit = "case",
      year_basis = "detected" })
    assert.same({ "2015", "2015/2019-03", "2016", "2017", "2018/2019-03" },
      column(answer, "period"))
    assert.same({ 14, 156, 22, 48, 72 }, column(answer, "value"))
    assert.same({ "disclosed", "disclosed", "disclosed", "disclosed", "derived" },
      column(answer, "basis"))
    local rest = answer[5]
    assert.equal("156 (2015/2019-03) − 14 (2015) − 22 (2016) − 48 (2017)", rest.formula)
    assert.same({ "afp-2019-07-12", "nikkei-2019-07-12" }, rest.sources)
    assert.equal(4, #rest.records)
    assert.equal(2, rest.independent)
    assert.equal(0, #answer.conflicts)
  end)

  it("sets the cases on record against it: certain, possible, and the gap as a range", function()
    local answer = reconcile(store, { authority = "MOTIE" })
    assert.same({ 0, 0, 0, 0, 0 }, column(answer, "recorded"))
    assert.same({ 0, 2, 0, 1, 2 }, column(answer, "possible")) -- the days of detection are unknown
    assert.same({ least = 70, most = 72 }, answer[5].gap)
    assert.same({ compared = true, total = 2, elsewhere = 0, unplaced = 0 }, answer.cases)
  end)

  it("names what the answer is about, and what it leaves open", function()
    local answer = reconcile(store, { authority = "MOTIE" })
    assert.equal("KOR.MOTIE", answer.question.authority)
    assert.equal("case", answer.question.unit) -- that of the figures
    assert.equal("detected", answer.question.year_basis)
    assert.equal("whole", answer.part)
    assert.same({}, answer.open)
  end)

  it("prints", function()
    local lines = {}
    for line in tostring(reconcile(store, { authority = "MOTIE" })):gmatch("[^\n]+") do
      lines[#lines + 1] = line
    end
    assert.equal("KOR.MOTIE: cases disclosed, derived and on record", lines[1])
    assert.equal("period        value  basis      recorded  possible  gap", lines[3])
    assert.equal("2018/2019-03     72  derived           0         2  70 to 72", lines[8])
    assert.matches("^2018/2019%-03: 72 = 156 ", lines[10])
  end)

  it("takes 142 since January 2016: it fits", function()
    store.disclosures:add{ authority = "MOTIE", period = "2016/2019-03", measure = "cases",
      unit = "case", year_basis = "detected", value = 142, sources = { "afp-2019-07-12" } }
    local answer = reconcile(store, { authority = "MOTIE" })
    assert.equal(0, #answer.conflicts)
    assert.equal("142 (2016/2019-03) − 22 (2016) − 48 (2017)",
      row_of(answer, "2018/2019-03").formula)
  end)

  it("reports 140 as a conflict between named sources, and prefers none", function()
    store.sources:add{ key = "ministry", title = "A later statement" }
    store.disclosures:add{ key = "later", authority = "MOTIE", period = "2016/2019-03",
      measure = "cases", unit = "case", year_basis = "detected", value = 140,
      sources = { "ministry" } }
    local answer = reconcile(store, { authority = "MOTIE" })
    assert.equal(1, #answer.conflicts)
    local conflict = answer.conflicts[1]
    assert.equal("2015/2019-03", conflict.period)
    assert.same({ 154, 156 }, conflict.values)
    assert.same({ "afp-2019-07-12", "ministry", "nikkei-2019-07-12" }, conflict.sources)
    assert.equal(3, #conflict.records)
    assert.equal("14 (2015) + 140 (2016/2019-03)", conflict.claims[1].formula)
    assert.same({ "ministry", "nikkei-2019-07-12" }, conflict.claims[1].sources)
    local rest = row_of(answer, "2018/2019-03")
    assert.is_nil(rest.value)
    assert.same({ 70, 72 }, rest.values)
    assert.same({ least = 68, most = 72 }, rest.gap)
    assert.equal(22, row_of(answer, "2016").value) -- no part of the conflict
    local whole = row_of(answer, "2015/2019-03")
    assert.equal(156, whole.value) -- this is what was disclosed
    assert.is_true(whole.conflict)
  end)

  it("keeps of-which totals apart, bounded by the whole", function()
    local answer = reconcile(store, { authority = "MOTIE" })
    assert.equal(1, #answer.of_which)
    assert.equal("involving North Korea", answer.of_which[1].part)
    local north = reconcile(store, { authority = "MOTIE", scope = "involving North Korea" })
    assert.same({ 0 }, column(north, "value"))
    assert.equal("involving North Korea", north.part)
    assert.same({ 0 }, column(north, "recorded")) -- whether a case is one of these is not told
    assert.same({ 2 }, column(north, "possible"))
  end)

  it("tells withheld from published without the figure", function()
    local japan = reconcile(store, { authority = "JPN" })
    assert.equal(0, #japan)
    assert.equal(1, #japan.withheld)
    assert.equal("KOR", japan.withheld[1].asserted_by)
    local states = reconcile(store, { authority = "USA" })
    assert.equal("published, but the figure is not on record", states.unplaced[1].reason)
    assert.same({ "nikkei-2019-07-12" }, states.unplaced[1].sources)
  end)

  it("answers from a view as from the store", function()
    local before = store:as_of(store:revision())
    store.disclosures:put{ key = "motie-2017", value = 50 }
    assert.equal(72, row_of(reconcile(before, { authority = "MOTIE" }), "2018/2019-03").value)
    assert.equal(70, row_of(reconcile(store, { authority = "MOTIE" }), "2018/2019-03").value)
  end)

  it("gives rows, with their methods", function()
    local answer = reconcile(store, { authority = "MOTIE" }):sort("-value")
    assert.same({ 156, 72, 48, 22, 14 }, column(answer, "value"))
    assert.equal(0, #answer.conflicts)
    assert.equal(1, #answer:filter{ basis = "derived" })
  end)
end)

describe("reconcile", function()
  local store

  before_each(function()
    store = new_store()
  end)

  after_each(function()
    store:close()
  end)

  it("shows the periods within a span, and names those that reach beyond", function()
    disclose(store, "2015/2018", 100)
    disclose(store, "2015/2016", 30)
    disclose(store, "2017", 20)
    local answer = reconcile(store, { authority = "KOR", during = "2017/2018" })
    assert.same({ "2017", "2018" }, column(answer, "period"))
    assert.same({ 20, 50 }, column(answer, "value"))
    assert.same({ "2015/2018" }, column(answer.beyond, "period"))
  end)

  it("bounds what does not follow by the periods that contain it", function()
    disclose(store, "2015/2018", 100)
    disclose(store, "2015", 10)
    disclose(store, "2017", 30)
    local year = row_of(reconcile(store, { authority = "KOR" }), "2016")
    assert.is_nil(year.value)
    assert.same({ 0, 60 }, { year.least, year.most })
    assert.equal("derived", year.basis)
    assert.equal("at most 60: 100 (2015/2018) − 10 (2015) − 30 (2017)", year.formula)
    assert.same({ least = 0, most = 60 }, year.gap)
  end)

  it("says nothing of a period that no figure covers", function()
    disclose(store, "2015", 10)
    disclose(store, "2017", 30)
    local year = row_of(reconcile(store, { authority = "KOR" }), "2016")
    assert.same({ 0, nil, nil }, { year.least, year.most, year.basis })
    assert.same({}, year.sources)
  end)

  it("derives a value that bounds leave no choice", function()
    disclose(store, "2015/2016", 0)
    disclose(store, "2015", 5, { qualifier = "at_most" })
    local answer = reconcile(store, { authority = "KOR" })
    assert.equal(0, row_of(answer, "2016").value)
    assert.equal(0, row_of(answer, "2015").value)
  end)

  it("takes about, at_least and at_most as ranges", function()
    disclose(store, "2015/2018", 100)
    disclose(store, "2015", 50, { qualifier = "about" })
    disclose(store, "2016", 10, { qualifier = "at_least" })
    disclose(store, "2017", 20, { qualifier = "at_most" })
    local answer = reconcile(store, { authority = "KOR" })
    local function range(text)
      local row = row_of(answer, text)
      return { row.value or "none", row.least, row.most }
    end
    assert.same({ "none", 45, 55 }, range("2015"))
    assert.same({ "none", 10, 55 }, range("2016"))
    assert.same({ "none", 0, 20 }, range("2017"))
    assert.same({ "none", 0, 45 }, range("2018"))
    assert.equal("disclosed", row_of(answer, "2016").basis)
    assert.equal("at least 45: 45 (2015, about 50); at most 55: 55 (2015, about 50)",
      row_of(answer, "2015").formula)
    local wider = reconcile(store, { authority = "KOR", about = 0.5 })
    assert.same({ 25, 75 }, { row_of(wider, "2015").least, row_of(wider, "2015").most })
  end)

  it("shows a superseded figure, and does not use it", function()
    local old = disclose(store, "2015", 10, { key = "old" })
    disclose(store, "2015", 12, { supersedes = old, key = "new" })
    local answer = reconcile(store, { authority = "KOR" })
    assert.same({ 12 }, column(answer, "value"))
    assert.equal(0, #answer.conflicts)
    assert.same({ "old" }, column(answer.superseded, "key"))
    assert.equal("new", answer.superseded[1].superseded_by)
  end)

  it("reports two figures for one period, with all their sources", function()
    disclose(store, "2015", 10)
    disclose(store, "2015", 12, { sources = { "weekly" } })
    disclose(store, "2015", 10, { sources = { "gazette" } })
    local answer = reconcile(store, { authority = "KOR" })
    assert.equal(1, #answer.conflicts)
    assert.same({ 10, 12 }, answer.conflicts[1].values)
    assert.same({ "daily", "gazette" }, answer.conflicts[1].claims[1].sources)
    assert.same({ "daily", "gazette", "weekly" }, answer.conflicts[1].sources)
    assert.is_nil(answer[1].value)
    assert.same({ 10, 12 }, answer[1].values)
  end)

  it("takes two figures that agree for one, resting on both", function()
    disclose(store, "2015/2016", 30)
    disclose(store, "2015", 10)
    disclose(store, "2015", 10, { sources = { "weekly" } })
    local rest = row_of(reconcile(store, { authority = "KOR" }), "2016")
    assert.equal("30 (2015/2016) − 10 (2015)", rest.formula)
    assert.same({ "daily", "weekly" }, rest.sources)
  end)

  it("reports parts that are more than the whole", function()
    disclose(store, "2015/2017", 30)
    disclose(store, "2015", 20)
    disclose(store, "2016", 15, { sources = { "weekly" } })
    local answer = reconcile(store, { authority = "KOR" })
    assert.equal(1, #answer.conflicts)
    assert.equal("2015/2017", answer.conflicts[1].period)
    assert.same({ 30, 35 }, answer.conflicts[1].values)
    assert.same({ "daily", "weekly" }, answer.conflicts[1].sources)
    assert.is_nil(row_of(answer, "2017").value)
  end)

  it("combines only like, and says what it left out", function()
    disclose(store, "2015/2016", 30)
    disclose(store, "2015", 10, { unit = "shipment" })
    disclose(store, "2015", 11, { year_basis = "exported" })
    disclose(store, "2015", 12, { measure = "convictions" })
    disclose(store, "2015", 13, { authority = "JPN" })
    local answer = reconcile(store, { authority = "KOR", unit = "case", year_basis = "detected" })
    assert.same({ "2015/2016" }, column(answer, "period"))
    assert.same({ "unit is shipment", "year_basis is exported" },
      column(answer.unlike, "reason"))
  end)

  it("lets a figure that leaves unit or year basis open go with any, and says so", function()
    disclose(store, "2015/2016", 30)
    local record = { key = "open", authority = "KOR", measure = "cases", period = "2015",
      value = 10 }
    store.disclosures:add(record)
    local answer = reconcile(store, { authority = "KOR" })
    assert.equal(20, row_of(answer, "2016").value)
    assert.same({ unit = { "open" }, year_basis = { "open" } }, answer.open)
    assert.matches("unit left open by: open", tostring(answer))
  end)

  it("does not use periods that are not known to the day", function()
    disclose(store, "2015", 10)
    for _, text in ipairs{ "2015/2018?", "2015/..", "../2018", "201X", "2018-21" } do
      disclose(store, text, 99)
    end
    local answer = reconcile(store, { authority = "KOR" })
    assert.same({ "2015" }, column(answer, "period"))
    assert.equal(5, #answer.unplaced)
    assert.same({ "../2018 has an open end", "2015/.. has an open end",
      "2015/2018? is uncertain or approximate", "2018-21 is a season, not whole days",
      "201X leaves digits unspecified" }, column(answer.unplaced, "reason"))
  end)

  it("tells what was looked for and not found from what is withheld", function()
    disclose(store, "2015", nil, { status = "none_found" })
    disclose(store, "2016", nil, { status = "withheld" })
    local answer = reconcile(store, { authority = "KOR" })
    assert.same({ "2015" }, column(answer.none_found, "period"))
    assert.same({ "2016" }, column(answer.withheld, "period"))
  end)

  it("bounds a part by the whole", function()
    disclose(store, "2015/2016", 30)
    disclose(store, "2015", 28)
    disclose(store, "2015/2016", 9, { destinations = { "Vietnam" } })
    disclose(store, "2015", 8, { destinations = { "Vietnam" }, qualifier = "at_most" })
    local answer = reconcile(store, { authority = "KOR", destination = "VNM" })
    assert.same({ "2015", "2015/2016", "2016" }, column(answer, "period"))
    local year = row_of(answer, "2016")
    assert.same({ 1, 2 }, { year.least, year.most })
    assert.equal("at least 1: 9 (2015/2016) − 8 (2015, at most 8); "
      .. "at most 2: 30 (2015/2016, whole) − 28 (2015, whole)", year.formula)
    assert.same({ 7, 8 }, { answer[1].least, answer[1].most })
    assert.equal("to VNM", answer.part)
  end)

  it("reports a part that is more than the whole, asked for either", function()
    disclose(store, "2015", 8)
    disclose(store, "2015", 9, { destinations = { "Vietnam" }, sources = { "weekly" } })
    for _, destination in ipairs{ false, "Vietnam" } do
      local answer = reconcile(store, { authority = "KOR", destination = destination or nil })
      assert.equal(1, #answer.conflicts)
      assert.same({ 8, 9 }, answer.conflicts[1].values)
      assert.same({ "daily", "weekly" }, answer.conflicts[1].sources)
    end
  end)

  it("uses a part as the least that the whole can be", function()
    disclose(store, "2015/2016", 30)
    disclose(store, "2015", 25, { qualifier = "at_most" })
    disclose(store, "2016", 12, { scope = "involving firms" })
    local answer = reconcile(store, { authority = "KOR" })
    assert.same({ 12, 30 }, { row_of(answer, "2016").least, row_of(answer, "2016").most })
    assert.equal("at least 12: 12 (2016, involving firms); at most 30: 30 (2015/2016)",
      row_of(answer, "2016").formula)
  end)

  it("does not subtract numbers of companies: one may be counted in several periods", function()
    disclose(store, "2015/2016", 30, { unit = "company" })
    disclose(store, "2015", 20, { unit = "company" })
    local answer = reconcile(store, { authority = "KOR" })
    local year = row_of(answer, "2016")
    assert.is_nil(year.value)
    assert.same({ 0, 30 }, { year.least, year.most })
    assert.is_nil(year.recorded)
    assert.matches("not companies", answer.cases.reason)
  end)

  it("does not depend on the order in which figures came", function()
    local figures = { { "2015/2018", 100 }, { "2015", 10 }, { "2016/2018", 80 }, { "2016", 30 },
      { "2017/2018", 60 }, { "2017", 25 } }
    local first
    math.randomseed(9)
    for _ = 1, 10 do
      local other <close> = new_store()
      for i = #figures, 1, -1 do
        local j = math.random(i)
        figures[i], figures[j] = figures[j], figures[i]
        disclose(other, figures[i][1], figures[i][2])
      end
      local text = tostring(reconcile(other, { authority = "KOR" }))
      first = first or text
      assert.equal(first, text)
    end
    assert.matches("conflict", first)
  end)
end)

describe("reconcile, counting cases on record,", function()
  local store

  before_each(function()
    store = new_store()
    disclose(store, "2018", 10)
    disclose(store, "2019", 20)
  end)

  after_each(function()
    store:close()
  end)

  local function add(fields)
    fields.authority = fields.authority or "KOR"
    return store.cases:add(fields)
  end

  it("goes by the date of detection; else between the export and the earliest source", function()
    local certain = add{ date = "2018-05" }
    local either = add{ exported = "2018-10", sources = { "weekly" } }
    local nineteen = add{ exported = "2019-02", sources = { "daily" } } -- published in 2020
    add{ date = "2017" }
    add{}
    local answer = reconcile(store, { authority = "KOR" })
    assert.same({ certain }, answer[1].cases)
    assert.same({ either }, answer[1].possible_cases)
    assert.same({ either, nineteen }, answer[2].possible_cases)
    assert.same({ least = 8, most = 9 }, answer[1].gap)
    assert.same({ compared = true, total = 5, elsewhere = 1, unplaced = 1 }, answer.cases)
    assert.equal("no date", answer.unplaced[1].reason)
    assert.equal("cases", answer.unplaced[1].kind)
  end)

  it("goes by the date of export where the question does", function()
    store.disclosures:put{ key = "e", authority = "KOR", measure = "cases", period = "2018",
      year_basis = "exported", value = 5, unit = "case" }
    local id = add{ date = "2019-05", exported = "2018-03" }
    add{ date = "2018-05" }
    local answer = reconcile(store, { authority = "KOR", year_basis = "exported" })
    assert.same({ id }, row_of(answer, "2018").cases)
    assert.equal("no date of export", answer.unplaced[1].reason)
  end)

  it("does not count a qualified date as certain", function()
    local id = add{ date = "2018-05?" }
    local answer = reconcile(store, { authority = "KOR" })
    assert.same({ 0, { id } }, { answer[1].recorded, answer[1].possible_cases })
  end)

  it("says where cases cannot be set against the figures", function()
    disclose(store, "2018", 3, { year_basis = "decided" })
    disclose(store, "2018", 3, { measure = "convictions", year_basis = "decided" })
    local answer = reconcile(store, { authority = "KOR", year_basis = "decided" })
    assert.matches("no date of decision", answer.cases.reason)
    assert.is_nil(answer[1].recorded)
    answer = reconcile(store, { authority = "KOR", measure = "convictions" })
    assert.matches("not convictions", answer.cases.reason)
  end)

  it("takes cases to a destination, and as possible those that name none", function()
    disclose(store, "2018", 4, { destinations = { "VNM" } })
    local there = add{ date = "2018", destination = "VNM" }
    local anywhere = add{ date = "2018" }
    add{ date = "2018", destination = "ARE" }
    local answer = reconcile(store, { authority = "KOR", destination = "Vietnam" })
    assert.same({ { there }, { anywhere } }, { answer[1].cases, answer[1].possible_cases })
    assert.same({ least = 2, most = 3 }, answer[1].gap)
  end)

  it("takes cases of an item and what is below it", function()
    store.items:add{ key = "material", name = "material" }
    store.items:add{ key = "gas", name = "gas", parent = "material" }
    disclose(store, "2018", 4, { items = { "material" } })
    local id = add{ date = "2018", items = { "gas" } }
    local answer = reconcile(store, { authority = "KOR", item = "material" })
    assert.same({ { id }, {} }, { answer[1].cases, answer[1].possible_cases })
  end)

  it("agrees with what the store finds, for random cases", function()
    math.randomseed(23)
    local dates = { "2018", "2018-05", "2019?", "2018-10/2019-02", "201X", "[..2018]", "2019/..",
      "2017", "[2018-12-30..2019-01-02]" }
    local function some()
      return math.random(2) == 1 and dates[math.random(#dates)] or nil
    end
    for _ = 1, 300 do
      add{ date = some(), exported = some(), sources = math.random(2) == 1 and { "daily" } or nil }
    end
    disclose(store, "2018", 10, { year_basis = "exported" })
    for _, basis in ipairs{ "detected", "exported" } do
      local name = basis == "detected" and "date" or "exported"
      for _, row in ipairs(reconcile(store, { authority = "KOR", year_basis = basis })) do
        local certain = store.cases:where{ [name] = { during = row.period } }:count()
        assert.equal(certain, row.recorded)
        assert.equal(store.cases:where{ [name] = row.period }:count() - certain, row.possible)
      end
    end
  end)
end)

-- A series of true counts by month, of which some sums are disclosed.
describe("reconcile, against the truth,", function()
  local MONTHS = 30
  local first_month = 2015 * 12

  local function month_day(month)
    return period.day((first_month + month) // 12, (first_month + month) % 12 + 1, 1)
  end

  local function text_of(from, to)
    return period.text(month_day(from), month_day(to) - 1)
  end

  local function random_truth()
    local truth = {}
    for i = 0, MONTHS - 1 do
      truth[i] = math.random(3) == 1 and 0 or math.random(0, 9)
    end
    return truth
  end

  local function sum(truth, from, to)
    local total = 0
    for i = from, to - 1 do
      total = total + truth[i]
    end
    return total
  end

  --- The true sum of a period as the answer prints it.
  local function true_sum(truth, text)
    local first, last = period.span(text)
    local total = 0
    for i = 0, MONTHS - 1 do
      if month_day(i) >= first and month_day(i + 1) - 1 <= last then
        total = total + truth[i]
      end
    end
    return total
  end

  --- Which true sums follow from the disclosed ones, by another way: flooding from month to month.
  local function follows(intervals, from, to)
    local reached, again = { [from] = true }, true
    while again do
      again = false
      for _, interval in ipairs(intervals) do
        local a, b = interval[1], interval[2]
        if (reached[a] ~= nil) ~= (reached[b] ~= nil) then
          reached[a], reached[b], again = true, true, true
        end
      end
    end
    return reached[to] or false
  end

  local function random_intervals(n)
    local intervals = {}
    for i = 1, n do
      local from = math.random(0, MONTHS - 1)
      intervals[i] = { from, math.random(from + 1, MONTHS) }
    end
    return intervals
  end

  it("derives only what is true, all that follows, and bounds the rest", function()
    math.randomseed(31)
    local derived, bounded = 0, 0
    for _ = 1, 25 do
      local store <close> = assert(dualuse.open())
      local truth, intervals = random_truth(), random_intervals(math.random(2, 25))
      store:transaction(function()
        for _, interval in ipairs(intervals) do
          disclose(store, text_of(interval[1], interval[2]), sum(truth, interval[1], interval[2]),
            { sources = {} })
        end
      end)
      local answer = reconcile(store, { authority = "KOR" })
      assert.equal(0, #answer.conflicts)
      for _, row in ipairs(answer) do
        local expected = true_sum(truth, row.period)
        if row.value then
          assert.equal(expected, row.value)
          derived = derived + (row.basis == "derived" and 1 or 0)
        else
          bounded = bounded + 1
        end
        assert.is_true(row.least <= expected and expected <= (row.most or math.huge))
      end
      for _, row in ipairs(answer) do
        for i = 0, MONTHS - 1 do
          if row.period == text_of(i, i + 1) then
            assert.is_true(row.value ~= nil or not follows(intervals, i, i + 1))
          end
        end
      end
    end
    assert.is_true(derived > 30 and bounded > 30)
  end)

  it("contains the truth, where figures are about, at least or at most", function()
    math.randomseed(32)
    local qualifiers = { "about", "at_least", "at_most" }
    for _ = 1, 20 do
      local store <close> = assert(dualuse.open())
      local truth = random_truth()
      store:transaction(function()
        for _, interval in ipairs(random_intervals(math.random(2, 15))) do
          local value, qualifier = sum(truth, interval[1], interval[2]), qualifiers[math.random(4)]
          if qualifier == "at_least" then
            value = math.max(0, value - math.random(0, 5))
          elseif qualifier == "at_most" then
            value = value + math.random(0, 5)
          end
          disclose(store, text_of(interval[1], interval[2]), value,
            { qualifier = qualifier, sources = {} })
        end
      end)
      local answer = reconcile(store, { authority = "KOR" })
      assert.equal(0, #answer.conflicts)
      for _, row in ipairs(answer) do
        local expected = true_sum(truth, row.period)
        assert.is_true(row.least <= expected and expected <= (row.most or math.huge))
      end
    end
  end)

  it("sees a wrong figure wherever others tell otherwise, and derives nothing from it", function()
    math.randomseed(33)
    local seen = 0
    for _ = 1, 25 do
      local store <close> = assert(dualuse.open())
      local truth, intervals = random_truth(), random_intervals(math.random(5, 40))
      local wrong, others = intervals[1], table.move(intervals, 2, #intervals, 1, {})
      local wrong_id
      store:transaction(function()
        for i, interval in ipairs(intervals) do
          local id = disclose(store, text_of(interval[1], interval[2]),
            sum(truth, interval[1], interval[2]) + (i == 1 and 1 or 0), { sources = {} })
          wrong_id = wrong_id or id
        end
      end)
      local answer = reconcile(store, { authority = "KOR" })
      if follows(others, wrong[1], wrong[2]) then
        seen = seen + 1
        assert.is_true(#answer.conflicts > 0)
        local named = false
        for _, conflict in ipairs(answer.conflicts) do
          for _, id in ipairs(conflict.records) do
            named = named or id == wrong_id
          end
        end
        assert.is_true(named)
        for _, row in ipairs(answer) do
          if row.value and row.basis == "derived" then
            assert.equal(true_sum(truth, row.period), row.value)
          end
        end
      end
    end
    assert.is_true(seen > 5)
  end)
end)

describe("reconcile, asked wrongly,", function()
  local store

  before_each(function()
    store = new_store()
  end)

  after_each(function()
    store:close()
  end)

  local function refused(code, pattern, question)
    for _, ask in ipairs{ reconcile, reconcile.reconcile } do
      local err = raised(function() ask(store, question) end)
      assert.equal(code, err.code)
      assert.matches(pattern, err.message)
      assert.matches("^spec/reconcile_spec.lua:%d+$", err.where)
    end
  end

  it("says at the caller's line what is wrong and what would be right", function()
    refused("misuse", "argument 2: expected a table such as", nil)
    refused("misuse", "authority: expected the party whose figures they are", {})
    refused("misuse", "authority: expected a party, got boolean", { authority = true })
    refused("misuse", "unknown option autority: expected about, authority, destination",
      { autority = "KOR" })
    refused("misuse", "scope: expected text, got number", { authority = "KOR", scope = 1 })
    refused("misuse", "about: expected a number from 0 to 1", { authority = "KOR", about = 2 })
    refused("misuse", "destination: expected a party or a list", { authority = "KOR",
      destination = {} })
    refused("invalid", 'authority: no party has the id, key, name or alias "Ruritania"',
      { authority = "Ruritania" })
    refused("invalid", 'destination: no party .* "Ruritania"',
      { authority = "KOR", destination = { "VNM", "Ruritania" } })
    refused("invalid", 'item: no item has .* "etching gas"',
      { authority = "KOR", item = "etching gas" })
    refused("invalid", 'unit: expected one of case, shipment, company, got "crate"',
      { authority = "KOR", unit = "crate" })
    refused("invalid", "measure: expected one of cases, convictions, fines",
      { authority = "KOR", measure = "busts" })
    refused("invalid", "year_basis: expected one of detected, exported, decided",
      { authority = "KOR", year_basis = "found" })
    refused("invalid", "during: expected a period known to the day.*201X leaves digits",
      { authority = "KOR", during = "201X" })
    local err = raised(function() reconcile("dispute.db", { authority = "KOR" }) end)
    assert.equal("argument 1: expected a store, got string", err.message)
  end)

  it("asks for the unit where the figures have several", function()
    disclose(store, "2015", 10)
    disclose(store, "2016", 10, { unit = "shipment" })
    refused("invalid", "unit: the figures have several %(case, shipment%): ask for one",
      { authority = "KOR" })
  end)

  it("passes on what the store says", function()
    local other = assert(dualuse.open())
    other:close()
    assert.equal("closed", raised(function() reconcile(other, { authority = "KOR" }) end).code)
    store.parties:add{ key = "a", name = "Twin", kind = "company" }
    store.parties:add{ key = "b", name = "Twin", kind = "company" }
    refused("invalid", "authority: .*Twin", { authority = "Twin" })
  end)
end)
