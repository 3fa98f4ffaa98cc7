local dualuse = require "dualuse"
local applications = require "dualuse.applications"
local sample = require "dualuse.sample.japan_korea_2019"

-- The sample, with applications to Japan's trade ministry that are made up for these specs.
local function new_store(list)
  local store = assert(dualuse.open())
  sample.load(store)
  store.parties:add{ key = "stella", name = "Stella", kind = "company", country = "JPN" }
  store:transaction(function()
    for _, application in ipairs(list) do
      application.jurisdiction = application.jurisdiction or "JPN.METI"
      application.destination = application.destination or "KOR"
      application.items = application.items or { "hydrogen-fluoride" }
      application.decision = application.decision or "pending"
      store.applications:add(application)
    end
  end)
  return store
end

local function row_of(rows, wanted)
  for _, row in ipairs(rows) do
    local found = true
    for name, value in pairs(wanted) do found = found and row[name] == value end
    if found then return row end
  end
end

local LEDGER = {
  { key = "a1", date = "2019-05-06", decision = "approved", decided = "2019-05-16",
    sources = { "meti-2019-07-01" } },
  { key = "a2", date = "2019-07-08", decision = "approved", decided = "2019-08-07",
    sources = { "afp-2019-07-12" } },
  { key = "a3", date = "2019-07-09", decision = "denied", decided = "2019-10",
    items = { "hydrogen-fluoride", "photoresist" } },
  { key = "a4", date = "2019-07" },
  { key = "a5", date = "2019-12/2020-01", decision = "returned", destination = "VNM" },
  { key = "a6", date = "2018-02-01", decision = "withdrawn", decided = "2018-02-03",
    destination = "VNM", exporter = "stella" },
  { key = "a7", date = "2019-07-10", jurisdiction = "USA", decision = "approved",
    decided = "2019-07-10" },
}

local store

setup(function()
  store = new_store(LEDGER)
end)

teardown(function()
  store:close()
end)

describe("applications.decisions", function()
  it("counts all of them by decision", function()
    local rows = applications.decisions(store)
    assert.equal(1, #rows)
    local row = rows[1]
    assert.same({ 3, 1, 1, 1, 1, 7, 0 }, { row.approved, row.denied, row.pending, row.returned,
      row.withdrawn, row.count, row.possible })
    assert.same({ "afp-2019-07-12", "meti-2019-07-01" }, row.sources)
    assert.equal(2, row.independent)
    assert.equal(7, #row.records)
  end)

  it("tells them apart by destination and year; what may lie in two years is possible", function()
    local rows = applications.decisions(store, { by = { "destination", "year" },
      jurisdiction = "JPN" })
    local keys = {}
    for i, row in ipairs(rows) do
      keys[i] = ("%s %d: %d + %d"):format(row.destination, row.year, row.count, row.possible)
    end
    assert.same({ "KOR 2019: 4 + 0", "VNM 2018: 1 + 0", "VNM 2019: 0 + 1", "VNM 2020: 0 + 1" },
      keys)
    assert.equal(0, rows[3].returned)
    assert.equal("application", rows.unit)
  end)

  it("names the unit where an application with two items is in two rows", function()
    local rows = applications.decisions(store, { by = "item" })
    assert.equal("application × item", rows.unit)
    assert.equal(7, row_of(rows, { item = "hydrogen-fluoride" }).count)
    assert.equal(1, row_of(rows, { item = "photoresist" }).denied)
  end)

  it("has buckets from a day to a decade", function()
    local function buckets(by)
      local list = {}
      for i, row in ipairs(applications.decisions(store, { by = by, during = "2018" })) do
        list[i] = row[by]
      end
      return list
    end
    assert.same({ 2010 }, buckets "decade")
    assert.same({ 2018 }, buckets "year")
    assert.same({ "2018-Q1" }, buckets "quarter")
    assert.same({ "2018-02" }, buckets "month")
    assert.same({ "2018-W05" }, buckets "week")
    assert.same({ "2018-02-01" }, buckets "day")
  end)

  it("counts what may not lie in the time asked for as possible", function()
    local row = applications.decisions(store, { during = "2019-07-01/2019-07-31" })[1]
    assert.same({ 4, 0 }, { row.count, row.possible })
    row = applications.decisions(store, { during = "2019-07-09/2019-07-31" })[1]
    assert.same({ 2, 1 }, { row.count, row.possible })
    row = applications.decisions(store, { during = "2019" })[1]
    assert.same({ 5, 1 }, { row.count, row.possible })
  end)

  it("has a row for what has no value, and one for dates without a bound", function()
    local rows = applications.decisions(store, { by = "exporter" })
    assert.equal("stella", rows[1].exporter)
    assert.is_nil(rows[2].exporter)
    assert.equal(6, rows[2].count)
    local other <close> = new_store{ { key = "x", date = "[..2018]" }, { date = "2019" },
      { date = "2019~" } }
    rows = applications.decisions(other, { by = "year" })
    assert.same({ 2019, 1, 1 }, { rows[1].year, rows[1].count, rows[1].possible })
    assert.same({ true, 1 }, { rows[2].unbounded, rows[2].count })
    assert.matches("unbounded", tostring(rows))
  end)
end)

describe("applications.open", function()
  it("has what was open on the day, the oldest first, whatever became of it later", function()
    local rows = applications.open(store, { on = "2019-08-01", jurisdiction = "JPN" })
    assert.same({ "a4", "a2", "a3" }, { rows[1].application, rows[2].application,
      rows[3].application })
    assert.equal(3, #rows)
    assert.same({ least = 1, most = 31 }, rows[1].age)
    assert.same({ least = 24, most = 24 }, rows[2].age)
    assert.same({ least = 23, most = 23 }, rows[3].age)
    assert.is_true(rows[1].certain and rows[2].certain and rows[3].certain)
    assert.same({ 3, 0 }, { rows.certain, rows.possible })
    assert.matches("1 to 31", tostring(rows))
  end)

  it("is not certain of what was made or decided on a day that is not known", function()
    local rows = applications.open(store, { on = "2019-07-15", jurisdiction = "JPN" })
    assert.is_false(row_of(rows, { application = "a4" }).certain)
    assert.same({ least = 0, most = 14 }, row_of(rows, { application = "a4" }).age)
    rows = applications.open(store, { on = "2019-10-15", jurisdiction = "JPN" })
    assert.is_false(row_of(rows, { application = "a3" }).certain)
    assert.is_true(row_of(rows, { application = "a4" }).certain)
    assert.is_nil(row_of(rows, { application = "a2" }))
    rows = applications.open(store, { on = "2020-06-01" })
    assert.is_nil(row_of(rows, { application = "a3" }))
    assert.is_false(row_of(rows, { application = "a5" }).certain, "decided, but not when")
    assert.same({ 1, 1 }, { rows.certain, rows.possible })
  end)

  it("does not count the day of the decision", function()
    assert.is_nil(row_of(applications.open(store, { on = "2019-08-07" }), { application = "a2" }))
    assert.truthy(row_of(applications.open(store, { on = "2019-08-06" }), { application = "a2" }))
  end)
end)

describe("applications.times", function()
  it("has the median of what is known to the day, and counts the rest apart", function()
    local row = applications.times(store, { jurisdiction = "JPN" })[1]
    assert.same({ 3, 10, 2, 30 }, { row.decided, row.median, row.shortest, row.longest })
    assert.equal(1, row.ranges)
    -- 2, 10, 30 and 84 to 114 days: the median of four
    assert.same({ least = 20, most = 20 }, row.median_with_ranges)
    assert.equal(1, row.no_date)
    assert.equal(0, row.possible)
  end)

  it("has a range where the median may be one of several", function()
    local other <close> = new_store{
      { date = "2019-07-01", decision = "approved", decided = "2019-07-11" },
      { date = "2019-07", decision = "denied", decided = "2019-08-10" },
    }
    local row = applications.times(other)[1]
    assert.same({ 1, 10, 1 }, { row.decided, row.median, row.ranges })
    assert.same({ least = 10, most = 25 }, row.median_with_ranges)
  end)

  it("tells them apart like decisions", function()
    local rows = applications.times(store, { by = { "destination" } })
    assert.equal(10, row_of(rows, { destination = "KOR" }).median)
    assert.equal(2, row_of(rows, { destination = "VNM" }).median)
    assert.matches("days from application to decision", tostring(rows))
  end)

  it("has no median of nothing", function()
    local other <close> = new_store{ { date = "2019-07-01" } }
    local row = applications.times(other)[1]
    assert.equal(0, row.decided)
    assert.is_nil(row.median)
    assert.equal(0, #applications.times(other, { during = "2020" }))
  end)
end)

describe("applications.check", function()
  it("holds each against the measure in force on its date", function()
    local other <close> = new_store{
      { key = "bulk-then", date = "2019-07-03", measure = "jp-white-list-preference" },
      { key = "bulk-now", date = "2019-07-04", measure = "jp-white-list-preference" },
      { key = "individual", date = "2019-07-04", measure = "jp-kr-restriction" },
      { key = "vietnam", date = "2019-07-04", destination = "VNM", measure = "jp-base-rule" },
      { key = "other", date = "2019-07-04", items = { "chip-making-materials" },
        measure = "jp-kr-restriction" },
      { key = "both", date = "2019-07-04", measure = "jp-kr-restriction",
        items = { "chip-making-materials", "photoresist" } },
      { key = "silent", date = "2019-07-04" },
      { key = "usa", date = "2019-07-04", jurisdiction = "USA" },
      { key = "month", date = "2019-07", measure = "jp-kr-restriction" },
    }
    local rows = applications.check(other)
    local found = {}
    for _, row in ipairs(rows) do
      found[row.application] = ("%s %s%s"):format(row.finding, row.requirement,
        row.certain and "" or " ?")
    end
    assert.same({
      ["bulk-then"] = "agrees bulk",
      ["bulk-now"] = "differs individual",
      individual = "agrees individual",
      vietnam = "agrees individual",
      other = "differs bulk",
      both = "agrees individual",
      silent = "unnamed individual",
      usa = "unknown unknown",
      month = "agrees individual ?",
    }, found)
    assert.same({ agrees = 5, differs = 2, unnamed = 1, not_required = 0, unknown = 1 },
      rows.counts)
    assert.equal(0, rows.possible)
    local row = row_of(rows, { application = "bulk-now" })
    assert.same({ "jp-kr-restriction" }, row.decides)
    assert.equal("jp-white-list-preference", row.measure)
    assert.same({ "afp-2019-07-12", "meti-2019-07-01", "nikkei-2019-07-12" }, row.sources)
    assert.equal(3, row.independent)
  end)

  it("finds where no licence is needed on record", function()
    local other <close> = new_store{ { key = "a", date = "2019-07-05",
      items = { "photoresist" } } }
    other.measures:add{ key = "waiver", title = "waiver", jurisdiction = "JPN",
      basis = other.measures:get("jp-kr-restriction").basis,
      destinations = { "KOR" }, items = { "photoresist" }, requirement = "none",
      excepts = { "jp-kr-restriction" },
      stages = { { stage = "in_force", date = "2019-07-05" } } }
    assert.equal("not_required", applications.check(other)[1].finding)
  end)

  it("can be as it was known at a time", function()
    local rows = applications.check(store, { known = "2019-06-30", jurisdiction = "JPN" })
    assert.equal(6, rows.counts.unknown)
  end)
end)

describe("bad input", function()
  local function fails(code, words, call, question)
    local ok, err = pcall(function()
      local rows = call(store, question)
      return rows
    end)
    assert.is_false(ok)
    assert.equal(code, err.code)
    assert.matches(words, err.message, 1, true)
    assert.matches("applications_spec.lua:%d+$", err.where)
  end

  it("is named", function()
    fails("invalid", "by: expected one of day, decade, destination", applications.decisions,
      { by = "colour" })
    fails("invalid", "by: expected no more than one of day", applications.times,
      { by = { "year", "month" } })
    fails("misuse", 'unknown option "on": expected by, during, jurisdiction',
      applications.decisions, { on = "2019" })
    fails("misuse", "on is required", applications.open, {})
    fails("invalid", "on: expected an EDTF date", applications.open, { on = "August" })
    fails("invalid", 'no party has the id, key, name or alias "Atlantis"', applications.open,
      { on = "2019", jurisdiction = "Atlantis" })
    fails("invalid", "during: expected an EDTF date", applications.times, { during = "2019-7" })
    fails("invalid", "activity: expected one of export", applications.check,
      { activity = "smuggling" })
  end)

  it("is also what is no store", function()
    for _, name in ipairs{ "check", "decisions", "open", "times" } do
      local ok, err = pcall(applications[name], {}, { on = "2019" })
      assert.is_false(ok)
      assert.equal("misuse", err.code)
    end
  end)
end)

describe("the ledger and its twin agree", function()
  -- Exact dates at random, counted by hand.
  it("on decisions, open ones and medians", function()
    math.randomseed(47)
    local list, decisions = {}, { "pending", "approved", "denied" }
    for i = 1, 120 do
      local made = math.random(1, 20)
      local decision = decisions[math.random(3)]
      list[i] = { key = ("n%03d"):format(i), date = ("2019-07-%02d"):format(made),
        decision = decision, destination = math.random() < 0.5 and "KOR" or "VNM",
        decided = decision ~= "pending" and ("2019-07-%02d"):format(made + math.random(0, 11))
          or nil }
    end
    local other <close> = new_store(list)
    local counts, days = {}, { KOR = {}, VNM = {} }
    local open = 0
    for _, one in ipairs(list) do
      local key = one.destination .. one.decision
      counts[key] = (counts[key] or 0) + 1
      if one.decided then
        table.insert(days[one.destination], tonumber(one.decided:sub(-2)) - one.date:sub(-2))
      end
      if one.date <= "2019-07-15" and (not one.decided or one.decided > "2019-07-15") then
        open = open + 1
      end
    end
    local times = applications.times(other, { by = "destination" })
    for i, row in ipairs(applications.decisions(other, { by = "destination" })) do
      for _, decision in ipairs(decisions) do
        assert.equal(counts[row.destination .. decision] or 0, row[decision])
      end
      local some = days[row.destination]
      table.sort(some)
      local half = (#some + 1) / 2
      assert.equal((some[math.floor(half)] + some[math.ceil(half)]) / 2, times[i].median)
      assert.equal(#some, times[i].decided)
    end
    local rows = applications.open(other, { on = "2019-07-15" })
    assert.same({ open, open, 0 }, { #rows, rows.certain, rows.possible })
    for i = 2, #rows do assert.is_true(rows[i - 1].age.least >= rows[i].age.least) end
  end)
end)
