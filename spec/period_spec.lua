local core = require "dualuse.core"
local period = require "dualuse.period"

local function raised(fn)
  local ok, err = pcall(fn)
  assert.is_false(ok)
  return err
end

--- The day of a text such as "2019-07-04".
local function day(text)
  local first = period.span(text)
  return first
end

describe("days", function()
  it("are counted from 1 January 1970, as time stamps are", function()
    assert.equal(0, period.day(1970, 1, 1))
    assert.equal(18081, period.day(2019, 7, 4))
    assert.equal(18081, period.from_number(20190704))
    for text, seconds in pairs{ ["2000-02-29"] = 951782400, ["1965-06-22"] = -142905600 } do
      assert.equal(seconds // 86400, day(text))
    end
  end)

  it("go there and back again, one after the other", function()
    local year, month, of_month = 0, 1, 1
    local lengths = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
    for number = period.day(0, 1, 1), period.day(410, 1, 1) do
      local y, m, d = period.date(number)
      assert(y == year and m == month and d == of_month, number)
      assert(period.day(y, m, d) == number, number)
      local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
      of_month = of_month + 1
      if of_month > lengths[month] + (leap and month == 2 and 1 or 0) then
        month, of_month = month + 1, 1
      end
      if month > 12 then
        year, month = year + 1, 1
      end
    end
  end)

  it("take any month counted from a date", function()
    assert.equal(day("2020-01-01"), period.day(2019, 13, 1))
    assert.equal(day("2018-12-01"), period.day(2019, 0, 1))
  end)
end)

describe("the span of a date", function()
  it("is its first and last day", function()
    assert.same({ day("2015-01-01"), day("2019-03-31") }, { period.span("2015/2019-03") })
    assert.same({ day("2016-02-01"), day("2016-02-29") }, { period.span("2016-02") })
  end)

  it("is not there where the period is not known to the day, and says why", function()
    for text, why in pairs{
      ["2018?"] = "is uncertain or approximate", ["2015/2018~"] = "is uncertain or approximate",
      ["/2019-07-12"] = "has an unknown end", ["2015/"] = "has an unknown end",
      ["2015/.."] = "has an open end", ["[..2018]"] = "has an open end",
      ["201X"] = "leaves digits unspecified", ["2015/2019-XX"] = "leaves digits unspecified",
      ["[2015,2017]"] = "is one of a set of days",
      ["2019-21"] = "is a season, not whole days", ["2019-21/2020"] = "is a season, not whole days",
      ["2019-07-12T07:30"] = "is a time, not whole days",
    } do
      assert.same({ nil, why }, { period.span(text) }, text)
    end
    assert.is_nil((period.span("last week")))
  end)
end)

describe("the text of a period", function()
  it("is the coarsest that has these days", function()
    for text, days in pairs{
      ["2015"] = { "2015-01-01", "2015-12-31" },
      ["2018/2019-03"] = { "2018-01-01", "2019-03-31" },
      ["2015/2018"] = { "2015-01-01", "2018-12-31" },
      ["2016-02"] = { "2016-02-01", "2016-02-29" },
      ["2016-02-01/2016-02-28"] = { "2016-02-01", "2016-02-28" },
      ["2018-01/2018-03"] = { "2018-01-01", "2018-03-31" },
      ["2018-05/2018-12"] = { "2018-05-01", "2018-12-31" },
      ["2019-07-04"] = { "2019-07-04", "2019-07-04" },
      ["2019-07-04/2020"] = { "2019-07-04", "2020-12-31" },
      ["2019-01/2019-03-10"] = { "2019-01-01", "2019-03-10" },
      ["0000"] = { "0000-01-01", "0000-12-31" },
      ["9999-12-31"] = { "9999-12-31", "9999-12-31" },
    } do
      assert.equal(text, period.text(day(days[1]), day(days[2])))
    end
  end)

  it("is read back as the same days, and nothing shorter would do, for random periods", function()
    math.randomseed(11)
    local function units(number)
      local text = ("%04d-%02d-%02d"):format(period.date(number))
      return { text:sub(1, 4), text:sub(1, 7), text }
    end
    for _ = 1, 2000 do
      local first = period.day(math.random(2015, 2017), math.random(12), math.random(3) == 1
        and math.random(28) or 1)
      local last = period.day(math.random(2015, 2019), math.random(13), math.random(3) == 1
        and math.random(28) or 1) - 1
      if last >= first then
        local text = period.text(first, last)
        assert.same({ first, last }, { period.span(text) }, text)
        for _, from in ipairs(units(first)) do
          local single = { period.span(from) }
          assert.is_false(single[1] == first and single[2] == last and #from < #text)
          for _, to in ipairs(units(last)) do
            local shorter = from .. "/" .. to
            local start, finish = { period.span(from) }, { period.span(to) }
            local apart = start[2] < finish[1]
            local same = start[1] == first and finish[2] == last
            assert.is_false(apart and same and #shorter < #text, text .. " or " .. shorter)
          end
        end
      end
    end
  end)

  it("is refused for what is no period", function()
    local err = raised(function() return (period.text(2, 1)) end)
    assert.equal("misuse", err.code)
    assert.matches("^spec/period_spec.lua:%d+$", err.where)
    assert.equal("misuse", raised(function() return (period.text(0, 10000000)) end).code)
    assert.equal("misuse", raised(function() return (period.span(2019)) end).code)
  end)
end)

describe("buckets", function()
  it("have a first day, and hold each day up to the next one's first", function()
    math.randomseed(7)
    for _, kind in ipairs{ "year", "decade", "quarter", "month", "week", "day" } do
      local bucket = period.bucket(kind)
      for _ = 1, 300 do
        local some = math.random(period.day(0, 1, 12), period.day(9989, 12, 31))
        local number = bucket.of(some)
        assert.is_true(bucket.first(number) <= some and some < bucket.first(number + 1), kind)
        assert.equal(number, bucket.of(bucket.first(number)))
        assert.equal(number, bucket.number(bucket.value(number)))
      end
    end
  end)

  local examples = {
    year = { 2019, 2020 }, decade = { 2010, 2020 }, quarter = { "2019-Q4", "2020-Q1" },
    month = { "2019-12", "2020-01" }, week = { "2020-W53", "2021-W01" },
    day = { "2020-02-29", "2020-03-01" },
  }

  it("have numbers: that of the next is one more", function()
    for kind, pair in pairs(examples) do
      local bucket = period.bucket(kind)
      assert.equal(bucket.number(pair[1]) + 1, bucket.number(pair[2]), kind)
      assert.equal(pair[2], bucket.value(bucket.number(pair[1]) + 1), kind)
    end
  end)

  it("are refused where they are none", function()
    for kind, values in pairs{
      year = { "2019", 10000, -1, 2019.5 }, decade = { 2019, "2010" },
      quarter = { "2019-Q5", "2019-Q0", 2019 }, month = { "2019-13", "2019-00", "2019-7" },
      week = { "2021-W53", "2019-W00", "2019-27" }, day = { "2019-02-29", "2019-7-4" },
    } do
      for _, value in ipairs(values) do
        assert.is_nil(period.bucket(kind).number(value), kind .. " " .. value)
      end
    end
    assert.is_nil(period.bucket("fortnight"))
  end)

  it("of weeks are those of ISO 8601, for each day of fifty years", function()
    local bucket = period.bucket("week")
    for number = period.day(1990, 1, 1), period.day(2040, 1, 1) do
      local text = os.date("!%G-W%V", number * 86400)
      assert(bucket.value((number + 3) // 7) == text and bucket.number(text) == (number + 3) // 7,
        text)
    end
  end)

  it("of days are dates", function()
    assert.is_true(core.edtf.valid(period.bucket("day").value(18081)))
    assert.equal("2019-07-04", period.bucket("day").value(18081))
  end)
end)
