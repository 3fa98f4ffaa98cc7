local dualuse = require "dualuse"
local layout = require "dualuse.layout"
local provenance = require "dualuse.provenance"
local rows = require "dualuse.rows"

local function raised(fn)
  local ok, err = pcall(fn)
  assert.is_false(ok)
  assert.matches("^spec/rows_spec.lua:%d+$", err.where)
  return err
end

--- The values of a column in order; "-" for a missing one.
local function column(list, name)
  local values = {}
  for i, row in ipairs(list) do
    values[i] = row[name] == nil and "-" or row[name]
  end
  return values
end

-- What `group{ "year" }` gives: 2016 has no case, one case has no date.
local function by_year()
  return rows.new({
    { year = 2015, count = 3, possible = 0, records = { 1, 2, 3 }, sources = { "a" },
      independent = 1 },
    { year = 2017, count = 6, possible = 1, records = { 4, 5, 6, 7, 8, 9 }, sources = { "a", "b" },
      independent = 1 },
    { year = 2018, count = 2, possible = 1, records = { 10, 11 }, sources = { "c" },
      independent = 1 },
    { undated = true, count = 1, possible = 0, records = { 12 }, sources = { "c" },
      independent = 1 },
  }, { keys = { "year" }, measures = { "count", "possible" }, unit = "case",
    title = "cases by year" })
end

-- What `group{ "year", "destination" }` gives.
local function by_year_and_destination()
  return rows.new({
    { year = 2015, destination = "ARE", count = 1 },
    { year = 2015, destination = "VNM", count = 2 },
    { year = 2017, destination = "VNM", count = 6 },
    { year = 2017, count = 1 },
    { undated = true, destination = "VNM", count = 1 },
  }, { keys = { "year", "destination" }, measures = { "count" }, unit = "case" })
end

describe("rows", function()
  it("are a plain list of plain tables, with what is said of them as fields", function()
    local list = by_year()
    assert.equal(4, #list)
    assert.equal(6, list[2].count)
    local counts = {}
    for i, row in ipairs(list) do
      counts[i] = row.count
    end
    assert.same({ 3, 6, 2, 1 }, counts)
    assert.equal("case", list.unit)
    assert.same({ "year", "count", "possible" }, list.columns)
  end)

  it("print as a table with title and unit, numbers to the right", function()
    assert.equal(table.concat({
      "cases by year",
      "unit: case",
      "year     count  possible",
      "2015         3         0",
      "2017         6         1",
      "2018         2         1",
      "undated      1         0",
    }, "\n"), tostring(by_year()))
  end)

  it("print what has no date as such, and nothing where another key has no value", function()
    assert.equal(table.concat({
      "unit: case",
      "year     destination  count",
      "2015     ARE              1",
      "2015     VNM              2",
      "2017     VNM              6",
      "2017                      1",
      "undated  VNM              1",
    }, "\n"), tostring(by_year_and_destination()))
  end)

  it("print at most fifty rows, wide characters in two columns, long cells cut", function()
    local list = {}
    for i = 1, 60 do
      list[i] = { n = i, name = i == 1 and "불화수소" or ("long "):rep(20) }
    end
    local text = tostring(rows.new(list, { columns = { "n", "name" } }))
    assert.matches("\n… 10 more$", text)
    assert.matches("\n 1  불화수소\n", text)
    for line in text:gmatch("[^\n]+") do
      assert.is_true(layout.width(line) <= 4 + 40, line)
    end
  end)

  it("print stored text as text, in cells and in headings", function()
    local list = rows.new({ { name = "a\27[2Jb", year = 2015, count = 1 } },
      { keys = { "year", "name" }, measures = { "count" }, title = "t\nt" })
    assert.not_matches("\27", tostring(list))
    assert.not_matches("\27", tostring(list:pivot("year", "name")))
  end)

  it("print short floats, ranges as such, and notes below", function()
    local list = rows.new({ { share = 1 / 3, gap = { least = 68, most = 72 } },
      { share = 12.5, gap = { least = 3 } }, { gap = { least = 4, most = 4 } } },
      { columns = { "share", "gap" }, notes = { "a note" } })
    local text = tostring(list)
    assert.matches("0%.3333  68 to 72\n", text)
    assert.matches("12%.5  3 or more\n", text)
    assert.matches("\n +4\na note$", text)
    assert.equal("no rows", tostring(rows.new({})))
  end)

  it("have the columns that are found, where none are named: keys and measures first", function()
    local list = rows.new({ { b = 1, year = 2015, a = 2, records = { 1 } } }, { keys = { "year" } })
    assert.same({ "year", "a", "b" }, list.columns)
  end)
end)

describe("rows:sort", function()
  it("sorts by columns, descending with a minus, stably, missing values last", function()
    local list = rows.new({ { k = "a", n = 1 }, { k = "b", n = 2 }, { k = "c" },
      { k = "d", n = 2 }, { k = "e", n = 0 / 0 } })
    assert.same({ "b", "d", "a", "c", "e" }, column(list:sort("-n"), "k"))
    assert.same({ "a", "b", "d", "c", "e" }, column(list:sort("n"), "k"))
    assert.same({ "d", "b", "a", "e", "c" }, column(list:sort("-n", "-k"), "k"))
    assert.same({ "a", "b", "c", "d", "e" }, column(list, "k"))
  end)

  it("leaves what fits no bucket at the end", function()
    assert.same({ 2018, 2015, 2017, "-" }, column(by_year():sort("count"), "year"))
  end)
end)

describe("rows:filter", function()
  it("takes a function, or columns and the values wanted", function()
    local list = by_year_and_destination()
    assert.same({ 2, 6 }, column(list:filter(function(row) return row.count > 1 end), "count"))
    assert.same({ 1, 2 }, column(list:filter{ year = 2015 }, "count"))
    assert.same({ 2 }, column(list:filter{ year = 2015, destination = "VNM" }, "count"))
    assert.same({ 1, 2, 6 }, column(list:filter{ destination = { "ARE", "VNM" },
      year = { 2015, 2017 } }, "count"))
    assert.equal(1, #list:filter{ destination = dualuse.null })
    assert.equal("case", list:filter{ year = 2015 }.unit)
  end)
end)

describe("rows:fill", function()
  it("adds the empty buckets between the first and the last: counts of 0", function()
    local filled = by_year():fill()
    assert.same({ 2015, 2016, 2017, 2018, "-" }, column(filled, "year"))
    assert.same({ 3, 0, 6, 2, 1 }, column(filled, "count"))
  end)

  it("fills a given span, and leaves what lies outside", function()
    assert.same({ 2013, 2014, 2015, 2017, 2018, "-" },
      column(by_year():fill{ from = 2013, to = 2014 }, "year"))
    assert.same({ 2015, 2016, 2017, 2018, 2019, "-" }, column(by_year():fill{ to = 2019 }, "year"))
    local none = rows.new({}, { keys = { "month" }, measures = { "count" } })
    assert.same({ "2018-12", "2019-01" },
      column(none:fill{ from = "2018-12", to = "2019-01" }, "month"))
    assert.equal(0, #none:fill())
  end)

  it("fills all buckets, for each combination of the other keys", function()
    local filled = by_year_and_destination():fill()
    assert.same({ 2015, 2015, 2015, 2016, 2016, 2016, 2017, 2017, 2017, "-" },
      column(filled, "year"))
    assert.same({ "ARE", "VNM", "-", "ARE", "VNM", "-", "ARE", "VNM", "-", "VNM" },
      column(filled, "destination"))
    assert.same({ 1, 2, 0, 0, 0, 0, 0, 6, 1, 1 }, column(filled, "count"))
  end)

  it("leaves measures other than counts missing", function()
    local list = rows.new({ { month = "2019-01", n = 1, fine = 10 },
      { month = "2019-03", n = 2, fine = 20 } }, { keys = { "month" },
      measures = { "n", "fine" }, aggregates = { n = "count", fine = "sum" } })
    assert.same({ 1, 0, 2 }, column(list:fill(), "n"))
    assert.same({ 10, "-", 20 }, column(list:fill(), "fine"))
  end)

  it("knows every kind of bucket, also of another date field", function()
    for key, values in pairs{
      decade = { 1990, 2000, 2010 }, quarter = { "2018-Q4", "2019-Q1", "2019-Q2" },
      ["exported.month"] = { "2018-12", "2019-01", "2019-02" },
      week = { "2020-W52", "2020-W53", "2021-W01" }, day = { "2020-02-28", "2020-02-29",
        "2020-03-01" } } do
      local list = rows.new({ { [key] = values[1], count = 1 }, { [key] = values[3], count = 1 } },
        { keys = { key }, measures = { "count" } })
      assert.same(values, column(list:fill(), key))
    end
  end)
end)

describe("rows:change", function()
  it("is the difference and ratio to the bucket before", function()
    local changed = by_year():fill():change("count")
    assert.same({ "-", -3, 6, -4, "-" }, column(changed, "change"))
    assert.same({ "-", 0.0, "-", 2 / 6, "-" }, column(changed, "ratio")) -- none against 0
  end)

  it("does not reach across missing buckets", function()
    assert.same({ "-", "-", -4, "-" }, column(by_year():change(), "change"))
  end)

  it("goes by the buckets, not by the order of the rows, apart for each other key", function()
    local list = by_year():fill():sort("-count"):change()
    assert.same({ 6, "-", -4, -3, "-" }, column(list, "change"))
    local filled = by_year_and_destination():fill():change()
    assert.same({ "-", "-", "-", -1, -2, 0, 0, 6, 1, "-" }, column(filled, "change"))
  end)

  it("names the columns after the measure where there are such already", function()
    local list = by_year():change("count"):change("possible")
    assert.same({ "year", "count", "possible", "change", "ratio", "possible_change",
      "possible_ratio" }, list.columns)
    assert.same({ "-", "-", 0, "-" }, column(list, "possible_change"))
  end)
end)

describe("rows:cumulative, share and moving", function()
  it("add up to each bucket, in the order of time", function()
    assert.same({ 3, 9, 11, "-" }, column(by_year():cumulative(), "cumulative"))
    assert.same({ 11, 9, 3, "-" }, column(by_year():sort("-year"):cumulative(), "cumulative"))
    assert.same({ 1, 2, 8, 1, "-" }, column(by_year_and_destination():cumulative("count"),
      "cumulative"))
  end)

  it("tell the part of the whole, what has no date included", function()
    assert.same({ 3 / 12, 6 / 12, 2 / 12, 1 / 12 }, column(by_year():share(), "share"))
    local none = rows.new({ { k = 1, count = 0 } }, { keys = { "k" }, measures = { "count" } })
    assert.same({ "-" }, column(none:share(), "share"))
  end)

  it("average over so many buckets, none of them missing", function()
    assert.same({ "-", "-", 4.0, "-" }, column(by_year():moving("count", 2), "moving"))
    assert.same({ "-", 1.5, 3.0, 4.0, "-" }, column(by_year():fill():moving("count", 2), "moving"))
  end)

  it("do not add up what is possible in several buckets, nor means", function()
    local err = raised(function() by_year():cumulative("possible") end)
    assert.equal("invalid", err.code)
    assert.matches("possible cannot be added up", err.message)
    local list = rows.new({ { k = 1, tone = 2.5 } }, { keys = { "k" }, measures = { "tone" },
      aggregates = { tone = "mean" } })
    assert.matches("it is a mean", raised(function() list:share("tone") end).message)
  end)
end)

describe("rows:top", function()
  it("keeps the greatest, and sums up the rest in one row", function()
    local top = by_year():top(1, "count")
    assert.same({ 2017, "rest", "-" }, column(top, "year"))
    assert.same({ 6, 5, 1 }, column(top, "count"))
    assert.equal(2, top[2].rest)
    assert.is_nil(top[2].possible) -- one record may be possible in both years
    assert.is_true(top[3].undated)
    assert.matches("\nrest +5\nundated +1", tostring(top))
  end)

  it("has no rest where there is none", function()
    assert.same({ 2017, 2015, 2018, "-" }, column(by_year():top(3), "year"))
  end)

  it("sums up the rest of a rest", function()
    local top = by_year():top(2):top(1)
    assert.same({ 6, 5, 1 }, column(top, "count"))
    assert.equal(2, top[2].rest)
  end)

  it("sums only what can be added up", function()
    local list = rows.new({ { k = "a", count = 5, tone = 1.0, n = 1 },
      { k = "b", count = 2, tone = 2.0, n = 1 }, { k = "c", count = 1, tone = 3.0, n = 1 } },
      { keys = { "k" }, measures = { "count", "tone", "n" }, aggregates = { tone = "mean" } })
    local rest = list:top(1)[2]
    assert.same({ 3, nil, nil }, { rest.count, rest.tone, rest.n })
    assert.equal(2, list:top(1, "n")[2].n) -- asked for by name
  end)

  it("knows what the rest rests on", function()
    local rest = by_year():top(1)[2]
    assert.same({ 1, 2, 3, 10, 11 }, rest.records)
    assert.same({ "a", "c" }, rest.sources)
    assert.is_nil(rest.independent) -- nobody said whether a and c are one voice
  end)

  it("counts independent sources again, where it is given a function that can", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "a", title = "A" }
    store.sources:add{ key = "b", title = "B" }
    store.sources:add{ key = "c", title = "C", republished_from = "a" }
    local list = rows.new(by_year(), { keys = { "year" }, measures = { "count" },
      independent = provenance.counter(store) })
    assert.equal(1, list:top(1)[2].independent)
    assert.equal(2, list:top(0)[1].independent)
  end)
end)

describe("rows:pivot", function()
  it("turns values into columns: no row is a count of 0", function()
    local table_ = by_year_and_destination():pivot("destination", "year", "count")
    assert.same({ "destination", "2015", "2017", "no date" }, table_.columns)
    assert.same({ "ARE", "VNM", "-" }, column(table_, "destination"))
    assert.same({ 1, 2, 0 }, column(table_, "2015"))
    assert.same({ 0, 6, 1 }, column(table_, "2017"))
    assert.same({ 0, 1, 0 }, column(table_, "no date"))
    assert.equal("case", table_.unit)
  end)

  it("keeps the undated at the end, and what has no value in a column of its own", function()
    local table_ = by_year_and_destination():pivot("year", "destination")
    assert.same({ "year", "ARE", "VNM", "none" }, table_.columns)
    assert.same({ 2015, 2017, "-" }, column(table_, "year"))
    assert.is_true(table_[3].undated)
    assert.same({ 0, 1, 0 }, column(table_, "none"))
  end)

  it("keeps the unbounded as well, whose key says so", function()
    local list = rows.new({ { year = 2015, k = "a", count = 1 },
      { year = "unbounded", unbounded = true, k = "a", count = 0, possible = 2 },
      { undated = true, k = "b", count = 3 } }, { keys = { "year", "k" },
      measures = { "count", "possible" } })
    local wide = list:fill():pivot("k", "year")
    assert.same({ "k", "2015", "no bucket", "no date" }, wide.columns)
    assert.same({ 0, 3 }, { wide[2]["no bucket"], wide[2]["no date"] })
    local long = list:pivot("year", "k")
    assert.same({ 2015, "unbounded", "-" }, column(long, "year"))
    assert.is_true(long[2].unbounded and long[3].undated)
  end)

  it("chains: what was filled has its columns too", function()
    local table_ = by_year_and_destination():fill():pivot("destination", "year"):sort("-2017")
    assert.same({ "destination", "2015", "2016", "2017", "no date" }, table_.columns)
    assert.same({ "VNM", "-", "ARE" }, column(table_, "destination"))
  end)

  it("sums up several rows of one cell where that makes sense, and refuses where not", function()
    local list = rows.new({ { year = 2015, month = 1, k = "a", count = 1, tone = 1.0 },
      { year = 2015, month = 2, k = "a", count = 2, tone = 3.0 } },
      { keys = { "year", "month", "k" }, measures = { "count", "tone" },
        aggregates = { tone = "mean" } })
    assert.equal(3, list:pivot("year", "k")[1].a)
    local err = raised(function() list:pivot("year", "k", "tone") end)
    assert.matches("several rows for one cell", err.message)
  end)

  it("puts together what the cells of a row rest on", function()
    local list = rows.new({ { year = 2015, k = "a", count = 1, records = { 2 }, sources = { "s" } },
      { year = 2015, k = "b", count = 1, records = { 1 }, sources = { "r" } } },
      { keys = { "year", "k" }, measures = { "count" } })
    assert.same({ { 1, 2 }, { "r", "s" } }, { list:pivot("year", "k")[1].records,
      list:pivot("year", "k")[1].sources })
  end)
end)

describe("rows:join and concat", function()
  local function japan()
    return rows.new({ { year = 2017, count = 5, sources = { "d" }, records = { 20 } },
      { year = 2019, count = 4, sources = { "d" }, records = { 21 } } },
      { keys = { "year" }, measures = { "count" }, unit = "shipment" })
  end

  it("put rows side by side; none is left out", function()
    local both = by_year():join(japan(), "year")
    assert.same({ "year", "count", "possible", "count_2" }, both.columns)
    assert.same({ 2015, 2017, 2018, 2019, "-" }, column(both, "year"))
    assert.same({ "-", 5, "-", 4, "-" }, column(both, "count_2"))
    assert.same({ 3, 6, 2, "-", 1 }, column(both, "count"))
    assert.same({ "a", "b", "d" }, both[2].sources)
  end)

  it("tell the units apart", function()
    assert.matches("unit: case; count_2: shipment\n", tostring(by_year():join(japan(), "year")))
  end)

  it("refuse to join two rows to one", function()
    local err = raised(function() by_year():join(by_year():concat(by_year()), "year") end)
    assert.equal("invalid", err.code)
    assert.matches("two of the other rows have year 2015", err.message)
  end)

  it("put rows one after the other, the ends together", function()
    local both = by_year():concat(by_year())
    assert.same({ 2015, 2017, 2018, 2015, 2017, 2018, "-", "-" }, column(both, "year"))
  end)

  it("refuse rows that count something else", function()
    local err = raised(function() by_year():concat(japan()) end)
    assert.equal("invalid", err.code)
    assert.matches("these rows count case, the others shipment", err.message)
    local mean = rows.new({}, { columns = { "count" }, aggregates = { count = "mean" },
      unit = "case" })
    assert.equal("invalid", raised(function() by_year():concat(mean) end).code)
  end)
end)

describe("the methods of rows", function()
  local steps = {
    function(list) return list:fill() end,
    function(list) return list:change() end,
    function(list) return list:cumulative() end,
    function(list) return list:share() end,
    function(list) return list:moving("count", 2) end,
    function(list) return list:top(2) end,
    function(list) return list:sort("-count") end,
    function(list) return list:filter(function() return true end) end,
    function(list) return list:concat(list:filter(function() return false end)) end,
  }

  local function random_rows()
    local list, seen = {}, {}
    for _ = 1, math.random(0, 12) do
      local year, place = math.random(2010, 2018), ("ABC"):sub(math.random(3)):sub(1, 1)
      if not seen[year .. place] then
        seen[year .. place] = true
        list[#list + 1] = { year = year, place = place, count = math.random(0, 9) }
      end
    end
    list[#list + 1] = { unbounded = true, place = "A", count = 2 }
    list[#list + 1] = { undated = true, count = 3 }
    return rows.new(list, { keys = { "year", "place" }, measures = { "count" }, unit = "case" })
  end

  local function total(list)
    local sum = 0
    for _, row in ipairs(list) do
      sum = sum + row.count
    end
    return sum
  end

  it("change nothing, lose no count, and keep the ends where they are, in any order", function()
    math.randomseed(5)
    for _ = 1, 300 do
      local list = random_rows()
      local before, text = total(list), tostring(list)
      local new = list
      for _ = 1, math.random(3) do
        new = steps[math.random(#steps)](new)
      end
      assert.equal(before, total(new))
      assert.equal(text, tostring(list))
      assert.equal("case", new.unit)
      assert.is_true(new[#new].undated and new[#new - 1].unbounded)
    end
  end)

  it("agree with doing it by hand, for random rows", function()
    math.randomseed(6)
    for _ = 1, 200 do
      local list, at = random_rows(), {}
      for _, row in ipairs(list) do
        at[(row.year or "") .. (row.place or "")] = row.count
      end
      local done = list:fill{ from = 2010, to = 2018 }:change():cumulative():moving("count", 3)
      for _, row in ipairs(done) do
        if row.year then
          local function count(year) return at[year .. row.place] or 0 end
          local sum = 0
          for year = 2010, row.year do
            sum = sum + count(year)
          end
          assert.equal(count(row.year), row.count)
          assert.equal(sum, row.cumulative)
          assert.equal(row.year > 2010 and count(row.year) - count(row.year - 1) or nil,
            row.change)
          assert.equal(row.year > 2011 and (count(row.year) + count(row.year - 1)
            + count(row.year - 2)) / 3 or nil, row.moving)
        end
      end
      local wide = done:pivot("year", "place", "count")
      for _, row in ipairs(wide) do
        for _, place in ipairs(wide.measures) do
          assert.equal(row.year and (at[row.year .. place] or 0) or row[place], row[place])
        end
      end
    end
  end)
end)

describe("rows, asked wrongly,", function()
  it("say at the caller's line what is wrong and what would be right", function()
    local list = by_year()
    local function refused(pattern, fn)
      local err = raised(fn)
      assert.equal("misuse", err.code)
      assert.matches(pattern, err.message)
    end
    refused("expected a list of tables, got string", function() rows.new("cases") end)
    refused("got a number at 1", function() rows.new{ 1 } end)
    refused("unknown option colums: expected aggregates, columns,",
      function() rows.new({}, { colums = {} }) end)
    refused("unit: expected a string, got number", function() rows.new({}, { unit = 1 }) end)
    refused("keys: expected a list of texts", function() rows.new({}, { keys = "year" }) end)
    refused("no column yaer: the columns are year, count, possible",
      function() list:sort("yaer") end)
    refused("expected the name of a column", function() list:sort() end)
    refused("no column yaer", function() list:filter{ yaer = 2015 } end)
    refused("expected a function or a table", function() list:filter("year") end)
    refused("unknown option form: expected from, to", function() list:fill{ form = 2015 } end)
    refused("from: expected a bucket of year such as 2019, got \"2015\"",
      function() list:fill{ from = "2015" } end)
    refused("from comes after to", function() list:fill{ from = 2018, to = 2015 } end)
    refused("no key of these rows is a year",
      function() rows.new({}, { keys = { "place" }, measures = { "count" } }):fill() end)
    refused("how many, an integer of at least 0, got %-1", function() list:top(-1) end)
    refused("how many buckets", function() list:moving("count") end)
    refused("these rows name no measure", function() rows.new{}:share() end)
    refused("expected rows to put together", function() list:concat{} end)
    refused("expected the name of a column to join by", function() list:join(by_year()) end)
  end)

  it("refuse what the rows themselves do not allow", function()
    local function refused(pattern, fn)
      local err = raised(fn)
      assert.equal("invalid", err.code)
      assert.matches(pattern, err.message)
    end
    refused("two rows for year 2015", function() by_year():concat(by_year()):change() end)
    refused("that would be", function()
      rows.new({ { day = "0001-01-01", count = 1 }, { day = "9999-01-01", count = 1 } },
        { keys = { "day" }, measures = { "count" } }):fill()
    end)
    refused("expected a bucket such as 2019, got \"soon\"", function()
      rows.new({ { year = "soon", count = 1 } }, { keys = { "year" }, measures = { "count" } })
        :fill()
    end)
    refused("year is no column of numbers", function()
      rows.new({ { year = "soon" } }, { keys = { "year" } }):share("year")
    end)
  end)
end)
