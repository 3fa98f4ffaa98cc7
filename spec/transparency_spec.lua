-- Transparency: what each authority discloses, year by year. Read from the top, this is the manual.

local dualuse = require "dualuse"
local stores = require "spec.stores"

local transparency = dualuse.transparency
local sample_store = stores.sample_store

--- The rows that have these fields, as texts of others.
local function lines(rows, wanted, ...)
  local result = {}
  for _, row in ipairs(rows) do
    local fits = true
    for name, value in pairs(wanted) do fits = fits and row[name] == value end
    if fits then
      local parts = {}
      for i, name in ipairs{ ... } do parts[i] = tostring(row[name] == nil and "-" or row[name]) end
      result[#result + 1] = table.concat(parts, " ")
    end
  end
  return result
end

--- A store with these disclosures, of cases by KOR unless they say otherwise.
local function store_with(disclosures)
  local store = assert(dualuse.open())
  store.sources:add{ key = "wire", title = "A dispatch" }
  store.sources:add{ key = "copy", title = "A reprint", republished_from = "wire" }
  for _, disclosure in ipairs(disclosures) do
    disclosure.authority = disclosure.authority or "KOR"
    disclosure.measure = disclosure.measure or "cases"
    store.disclosures:add(disclosure)
  end
  return store
end

describe("transparency on the sample", function()
  local store, all
  setup(function()
    store = sample_store()
    all = transparency(store, { measure = "cases", during = "2015/2019",
      authorities = { "KOR", "JPN", "USA", "CHN" } })
  end)
  teardown(function() store:close() end)

  it("has what South Korea's trade ministry disclosed year by year", function()
    local own = all:filter(function(row) return row.value and row.year end)
    assert.same({ "2015 14 disclosed", "2016 22 disclosed", "2017 48 disclosed" },
      lines(own, { authority = "KOR.MOTIE" }, "year", "value", "basis"))
    assert.equal(3, #own)
  end)

  it("does not divide the total for 2015 to March 2019", function()
    assert.same({ "2015 - disclosed", "2016 - disclosed", "2017 - disclosed", "2018 - disclosed",
      "2019 - disclosed" },
      lines(all, { key = "motie-2015-2019-03", detail = "part of 2015/2019-03" },
        "year", "value", "basis"))
    assert.same({ "- 156 disclosed" },
      lines(all, { key = "motie-2015-2019-03", detail = "2015/2019-03" },
        "year", "value", "basis"))
  end)

  it("has the zero that was published of North Korea, apart from the whole", function()
    assert.same({ "- 0 zero involving North Korea" },
      lines(all, { key = "motie-north-korea", detail = "2015/2019-03" },
        "year", "value", "basis", "scope"))
  end)

  it("has what Japan withholds, and who says so", function()
    assert.same({
      "2015 withheld KOR false", "2016 withheld KOR false", "2017 withheld KOR false",
      "2018 withheld KOR false", "2019 withheld KOR true",
    }, lines(all, { authority = "JPN" }, "year", "basis", "asserted_by", "certain"))
    assert.equal("part of /2019-07-12; year uncertain", all:filter{ authority = "JPN" }[1].detail)
  end)

  it("has what the United States publish, without the figure", function()
    assert.same({ "2019 - no_figure KOR" }, lines(all, { authority = "USA", certain = true },
      "year", "value", "basis", "asserted_by"))
    assert.same({ "nikkei-2019-07-12" }, all:filter{ authority = "USA" }[1].sources)
  end)

  it("has the years of China that nobody here has looked for", function()
    assert.same({ "2015 not_looked_for 0", "2016 not_looked_for 0", "2017 not_looked_for 0",
      "2018 not_looked_for 0", "2019 not_looked_for 0" },
      lines(all, { authority = "CHN" }, "year", "basis", "independent"))
  end)

  it("takes the years and authorities on record where none are asked for", function()
    local rows = transparency(store)
    assert.same({ "2015", "2016", "2017", "2018", "2019" },
      lines(rows, { authority = "USA" }, "year"))
    assert.same({}, lines(rows, { authority = "CHN" }, "year"))
    assert.equal(0, rows.outside)
  end)

  it("prints, the same bytes twice", function()
    local text = tostring(all)
    assert.truthy(text:find("part of 2015/2019-03", 1, true))
    local again <close> = sample_store()
    assert.equal(text, tostring(transparency(again, { measure = "cases", during = "2015/2019",
      authorities = { "KOR", "JPN", "USA", "CHN" } })))
  end)
end)

describe("the basis", function()
  it("tells six things apart", function()
    local store <close> = store_with{
      { period = "2011", value = 3 },
      { period = "2012", value = 0 },
      { period = "2013" },
      { period = "2014", status = "withheld", asserted_by = "JPN" },
      { period = "2015", status = "none_found" },
    }
    assert.same({ "2011 3 disclosed", "2012 0 zero", "2013 - no_figure", "2014 - withheld",
      "2015 - none_found", "2016 - not_looked_for" },
      lines(transparency(store, { during = "2011/2016" }), {}, "year", "value", "basis"))
  end)

  it("is zero only where the figure says so", function()
    local store <close> = store_with{
      { period = "2011", value = 0, qualifier = "at_least" },
      { period = "2012", value = 0, qualifier = "at_most" },
      { period = "2013", value = 0, qualifier = "about" },
    }
    assert.same({ "disclosed at least", "zero at most", "disclosed about" },
      lines(transparency(store), {}, "basis", "detail"))
  end)
end)

describe("a period", function()
  local function details(period, years)
    local store <close> = store_with{ { period = period, value = 5 } }
    return lines(transparency(store, { during = years }), {}, "year", "value", "detail", "certain")
  end

  it("of a whole year has its value there", function()
    assert.same({ "2018 5 - true" }, details("2018", "2018"))
    assert.same({ "2018 5 - true" }, details("2018-01/2018-12", "2018"))
  end)

  it("within a year has its value there, and is named", function()
    assert.same({ "2018 5 only 2018-01/2018-03 true" }, details("2018-01/2018-03", "2018"))
    assert.same({ "2017 - - true", "2018 5 only 2018-05 true" }, details("2018-05", "2017/2018"))
  end)

  it("that is longer is named in each year that it covers, and has its value once", function()
    assert.same({ "2018 - part of 2018-04/2019-03 true", "2019 - part of 2018-04/2019-03 true",
      "- 5 2018-04/2019-03 true" }, details("2018-04/2019-03", "2018/2019"))
    assert.same({ "2019 - part of 2018/.. true", "2020 - part of 2018/.. true",
      "- 5 2018/.. true" }, details("2018/..", "2019/2020"))
  end)

  it("that is uncertain is said to be", function()
    assert.same({ "2018 5 year uncertain false" }, details("2018~", "2018"))
    assert.same({ "2017 - part of 2016~/2018; year uncertain false" },
      { details("2016~/2018", "2017")[1] })
    assert.same({ "2017 - part of [2017,2019]; year uncertain false" },
      { details("[2017,2019]", "2017")[1] })
    assert.same({ "2017 - part of /2018; year uncertain false", "2018 - part of /2018 true",
      "- 5 /2018 true" }, details("/2018", "2017/2018"))
    assert.same({ "2017 - part of ../2018 true", "2018 - part of ../2018 true",
      "- 5 ../2018 true" }, details("../2018", "2017/2018"))
    assert.same({ "2011 - part of 201X/2019; year uncertain false" },
      { details("201X/2019", "2011")[1] })
  end)

  it("has each figure in one row, and each disclosure in the years it may be of", function()
    math.randomseed(5)
    local periods = { "2015", "2016", "2016-05", "2016-12/2017-01", "2015/2017", "/2016", "2016/",
      "2016/..", "../2015", "[2015,2017]", "[..2016]", "201X", "2016~", "2015-21", "20XX/2016",
      "2015-06/2015-08", "2017-XX" }
    for _ = 1, 30 do
      local disclosures = {}
      for i = 1, math.random(1, 8) do
        disclosures[i] = { period = periods[math.random(#periods)], key = "d" .. i,
          value = math.random() < 0.7 and math.random(0, 3) or nil,
          scope = math.random() < 0.2 and "involving somebody" or nil }
      end
      local store <close> = store_with(disclosures)
      local rows = transparency(store, { during = "2014/2018" })
      for _, disclosure in ipairs(disclosures) do
        local expected, figures = {}, 0
        for year = 2014, 2018 do
          if dualuse.edtf.overlaps(disclosure.period, tostring(year)) then
            expected[#expected + 1] = tostring(year)
          end
        end
        local found = {}
        for _, row in ipairs(rows) do
          if row.key == disclosure.key then
            if row.year then found[#found + 1] = tostring(row.year) end
            if row.value then figures = figures + 1 end
          end
        end
        table.sort(found)
        assert.same(expected, found, disclosure.period)
        assert.equal(disclosure.value and 1 or 0, figures, disclosure.period)
      end
      for year = 2014, 2018 do
        local whole = rows:filter(function(row) return row.year == year and not row.scope end)
        assert.is_true(#whole > 0)
        if #whole > 1 then assert.equal(0, #whole:filter{ basis = "not_looked_for" }) end
      end
    end
  end)
end)

describe("the rows", function()
  it("come by authority, measure and year; of-which after the whole, the superseded last",
    function()
      local store <close> = store_with{
        { key = "old", period = "2018", value = 5 },
        { key = "sub", period = "2018", value = 1, scope = "involving somebody" },
        { key = "new", period = "2018", value = 6, supersedes = "old" },
        { key = "fines", period = "2018", value = 9, measure = "fines" },
        { key = "us", authority = "USA", period = "2018", value = 2 },
        { key = "to", period = "2018", value = 1, destinations = { "CHN" } },
      }
      assert.same({ "new KOR cases", "old KOR cases", "sub KOR cases", "to KOR cases",
        "fines KOR fines", "us USA cases", "- USA fines" },
        lines(transparency(store), {}, "key", "authority", "measure"))
      assert.same({ "superseded" }, lines(transparency(store), { superseded = true }, "detail"))
    end)

  it("are of an authority, of those in its state, or of a name", function()
    local store <close> = store_with{}
    store.parties:add{ key = "ministry", name = "A ministry", kind = "ministry", parent = "KOR" }
    store.disclosures:add{ authority = "ministry", period = "2018", measure = "cases", value = 1 }
    store.cases:add{ authority = "USA", date = "2018" }
    local asked = function(authorities)
      return lines(transparency(store, { authorities = authorities, during = "2018" }), {},
        "authority", "basis")
    end
    assert.same({ "ministry disclosed" }, asked("South Korea"))
    assert.same({ "ministry disclosed" }, asked{ "ministry", "KOR" })
    assert.same({ "JPN not_looked_for", "ministry disclosed" }, asked{ "KOR", "JPN" })
    assert.same({ "USA not_looked_for", "ministry disclosed" }, asked(nil))
  end)

  it("are of every measure where none is on record, and none is asked for", function()
    local store <close> = store_with{}
    local rows = transparency(store, { authorities = "CHN", during = "2018" })
    assert.same({ "cases", "convictions", "denials", "fines", "licences" },
      lines(rows, { basis = "not_looked_for" }, "measure"))
  end)

  it("say how many disclosures are for other years", function()
    local store <close> = store_with{
      { period = "2011", value = 1 },
      { period = "2018", value = 2 },
    }
    local rows = transparency(store, { during = "2018" })
    assert.equal(1, rows.outside)
    assert.truthy(tostring(rows):find("disclosures for other years: 1", 1, true))
  end)

  it("count a wire copy and its original as one source", function()
    local store <close> = store_with{ { period = "2018", value = 1, sources = { "wire", "copy" } } }
    assert.equal(1, transparency(store)[1].independent)
    assert.same({ "copy", "wire" }, transparency(store)[1].sources)
  end)

  it("can be asked of an earlier store", function()
    local store <close> = store_with{ { key = "d", period = "2018", value = 1 } }
    local earlier = store:as_of(store:revision())
    store.disclosures:update("d", { value = 7 })
    assert.equal(1, transparency(earlier)[1].value)
    assert.equal(7, transparency(store)[1].value)
  end)

  it("show stored text, and do not obey it", function()
    local store <close> = store_with{ { period = "2018", value = 1, scope = "a\n\27[1mb" } }
    local text = tostring(transparency(store))
    assert.is_nil(text:find("\27", 1, true))
    assert.is_nil(text:find("a\n", 1, true))
  end)

  it("leave the options as they are", function()
    local store <close> = store_with{}
    local authorities = { "KOR", "USA" }
    transparency(store, { authorities = authorities })
    assert.same({ "KOR", "USA" }, authorities)
  end)
end)

describe("what cannot be asked", function()
  local store
  setup(function() store = store_with{} end)
  teardown(function() store:close() end)

  local wrong = {
    { { year = 2018 }, { code = "misuse",
      says = { 'unknown option "year"', "authorities, during, measure" } } },
    { { measure = "case" }, { code = "invalid", field = "measure",
      says = { "cases, convictions, fines, licences, denials", '"case"' } } },
    { { during = 2018 }, { code = "misuse", field = "during",
      says = { "years in EDTF", "2018" } } },
    { { during = "2015/.." }, { code = "invalid", field = "during",
      says = { "with a first and a last", '"2015/.."' } } },
    { { during = "long ago" }, { code = "invalid", field = "during", says = { '"long ago"' } } },
    { { authorities = { "KOR", "nobody" } }, { code = "invalid", kind = "parties",
      field = "authorities", says = { 'no party has the id, key, name or alias "nobody"' } } },
    { { authorities = { KOR = true } }, { code = "misuse", field = "authorities",
      says = { "a reference" } } },
  }
  for _, case in ipairs(wrong) do
    it("is told: " .. case[2].says[1], function()
      stores.raises(function() local _ = transparency(store, case[1]) end, case[2])
    end)
  end

  it("is told of what is no open store", function()
    stores.raises(function() local _ = transparency(nil) end,
      { code = "misuse", says = { "expected a store, got nil" } })
    local closed = assert(dualuse.open())
    closed:close()
    stores.raises(function() local _ = transparency(closed) end, { code = "closed" })
  end)
end)
