-- Dates in EDTF, ISO 8601-2:2019: what is read, as which days, and why the rest is refused.

local edtf = require "dualuse.core".edtf

-- A calendar that shares nothing with the one in C: days are counted, not looked up. The day with
-- the number 0 is 0000-03-01, so that a leap day ends its year.
local function day_text(number)
  local era = number // 146097
  local of_era = number % 146097
  local year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
  local of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
  local shifted = (5 * of_year + 2) // 153
  local day = of_year - (153 * shifted + 2) // 5 + 1
  local month = shifted < 10 and shifted + 3 or shifted - 9
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return ("%04d-%02d-%02d"):format(year, month, day)
end

--- The days from the first to the last, as texts, in order.
local function calendar(first, last)
  local days, number = {}, tonumber(first:sub(1, 4)) * 365 - 61
  while day_text(number) < first do number = number + 1 end
  repeat
    days[#days + 1] = day_text(number)
    number = number + 1
  until days[#days] >= last
  assert(days[1] == first and days[#days] == last)
  return days
end

local function as_integer(day)
  return day and tonumber((day:gsub("-", "")))
end

--- The first and last of the days that a date with or without X's fits.
local function enumerate(days, text)
  local pattern = "^" .. text:gsub("[?~%%]$", ""):gsub("-", "%%-"):gsub("X", "%%d")
  local first, last
  for _, day in ipairs(days) do
    if day:find(pattern) then
      first, last = first or day, day
    end
  end
  return as_integer(first), as_integer(last)
end

local function why(text)
  local date, reason = edtf.parse(text)
  assert.is_nil(date, text)
  return reason
end

describe("an EDTF date", function()
  it("is a year, a month or a day", function()
    assert.same({
      text = "2019-07", first = 20190701, last = 20190731, precision = "month", level = 0,
      uncertain = false, approximate = false, unspecified = false, gaps = false,
      open_start = false, open_end = false, unknown_start = false, unknown_end = false,
    }, edtf.parse "2019-07")
    assert.equal("year", edtf.parse "2019".precision)
    assert.equal("day", edtf.parse "2019-07-04".precision)
    assert.same({ 20190704, 20190704 }, { edtf.bounds "2019-07-04" })
  end)

  it("may have a time of day, whose day is the day as written", function()
    for _, time in ipairs{ "10:30", "10:30:00", "10:30:00Z", "00:00-05", "23:59:60Z",
                           "23:59:59+09:00", "10:30-14:00", "10:30+00:00" } do
      local date = assert(edtf.parse("2019-07-04T" .. time))
      assert.equal("time", date.precision)
      assert.equal(0, date.level)
      assert.same({ 20190704, 20190704 }, { date.first, date.last })
    end
  end)

  it("may be uncertain, approximate or both, which moves no bound", function()
    for mark, flags in pairs{ ["?"] = { true, false }, ["~"] = { false, true },
                              ["%"] = { true, true } } do
      for _, text in ipairs{ "2019", "2019-07", "2019-07-04", "2019-23", "201X" } do
        local date = edtf.parse(text .. mark)
        assert.same(flags, { date.uncertain, date.approximate })
        assert.equal(1, date.level)
        assert.same({ edtf.bounds(text) }, { date.first, date.last })
      end
    end
  end)

  it("may leave its last digits unspecified", function()
    for text, precision in pairs{
      ["201X"] = "decade", ["20XX"] = "century", ["1XXX"] = "millennium",
      ["XXXX"] = "unspecified", ["2004-XX"] = "year", ["1985-04-XX"] = "month",
      ["1985-XX-XX"] = "year", ["201X-XX"] = "decade", ["20XX-XX-XX"] = "century",
    } do
      local date = edtf.parse(text)
      assert.equal(precision, date.precision, text)
      assert.is_true(date.unspecified)
    end
    assert.same({ 101, 99991231 }, { edtf.bounds "XXXX" })
    assert.same({ 10000101, 19991231 }, { edtf.bounds "1XXX-XX" })
  end)

  it("may be a season, of either hemisphere", function()
    assert.same({ 20190301, 20191130 }, { edtf.bounds "2019-21" }) -- spring
    assert.same({ 20190601, 20200229 }, { edtf.bounds "2019-22" }) -- summer
    assert.same({ 20190301, 20191130 }, { edtf.bounds "2019-23" }) -- autumn
    assert.same({ 20180601, 20190228 }, { edtf.bounds "2018-24" }) -- winter
    assert.same({ 99990601, 99991231 }, { edtf.bounds "9999-24" })
    assert.equal("season", edtf.parse "2019-21".precision)
  end)

  it("may be an interval: from the one to the other", function()
    for text, bounds in pairs{
      ["1910/1945"] = { 19100101, 19451231 },
      ["2004-02-01/2005-02-08"] = { 20040201, 20050208 },
      ["2005/2006-02"] = { 20050101, 20060228 },
      ["1984~/2004-06"] = { 19840101, 20040630 },
      ["2004-06-XX/2004-07-03"] = { 20040601, 20040703 },
      ["2019-23/201X"] = { 20190301, 20191231 },
      ["2019/2019"] = { 20190101, 20191231 },
    } do
      assert.same(bounds, { edtf.bounds(text) }, text)
      assert.equal("interval", edtf.parse(text).precision)
    end
  end)

  it("may be an interval with an open or an unknown end", function()
    local function ends(text)
      local date = edtf.parse(text)
      return { date.first or "none", date.last or "none", date.open_start, date.open_end,
               date.unknown_start, date.unknown_end }
    end
    assert.same({ 20190704, "none", false, true, false, false }, ends "2019-07-04/..")
    assert.same({ 20190704, "none", false, false, false, true }, ends "2019-07-04/")
    assert.same({ "none", 20191231, true, false, false, false }, ends "../2019")
    assert.same({ "none", 20191231, false, false, true, false }, ends "/2019")
  end)

  it("may be a set: one of these days", function()
    for text, bounds in pairs{
      ["[1667,1668,1670..1672]"] = { 16670101, 16721231 },
      ["[2019-07-01..2019-07-04]"] = { 20190701, 20190704 },
      ["[1760-01,1760-02,1760-12]"] = { 17600101, 17601231 },
      ["[1667,1760-12]"] = { 16670101, 17601231 },
      ["[2020,2018?]"] = { 20180101, 20201231 },
      ["[2019]"] = { 20190101, 20191231 },
    } do
      assert.same(bounds, { edtf.bounds(text) }, text)
      assert.same({ "set", 2 }, { edtf.parse(text).precision, edtf.parse(text).level })
    end
    assert.is_true(edtf.parse "[2020,2018?]".uncertain)
    local by_2018 = edtf.parse "[..2018]"
    assert.same({ nil, 20181231, true }, { by_2018.first, by_2018.last, by_2018.open_start })
    local since = edtf.parse "[1760-01,1760-02,1760-12..]"
    assert.same({ 17600101, nil, true }, { since.first, since.last, since.open_end })
  end)

  it("that is a set tells whether it leaves days out", function()
    for text, gaps in pairs{
      ["[2017,2018]"] = false, ["[2018,2017]"] = false, ["[2017,2019]"] = true,
      ["[2019-02,2019-03-01..2019-04]"] = false, ["[2020-02-28,2020-03]"] = true,
      ["[2019-02-28,2019-03]"] = false, ["[2019-12-31,2020]"] = false,
      ["[..2017,2018..]"] = false, ["[..2017,2019]"] = true,
    } do
      assert.equal(gaps, edtf.parse(text).gaps, text)
    end
  end)

  it("is of the lowest level that has its form", function()
    for level, texts in pairs{
      [0] = { "2019", "2019-07-04T10:30", "2019/2020-02" },
      [1] = { "2019?", "201X", "20XX", "2019-XX-XX", "2019-21", "2019/..", "/2019", "2019~/2020",
              "2019-21/2019-22" },
      [2] = { "1XXX", "XXXX", "201X-XX", "201X/2020", "[2019]" },
    } do
      for _, text in ipairs(texts) do
        assert.equal(level, edtf.parse(text).level, text)
      end
    end
  end)
end)

describe("the days of an EDTF date", function()
  it("are those of a calendar that counts them", function()
    for _, decade in ipairs{ "000", "189", "190", "200", "201", "999" } do
      local all = {}
      for digit = 0, 9 do
        local year = decade .. digit
        local days = calendar(year .. "-01-01", year .. "-12-31")
        table.move(days, 1, #days, #all + 1, all)
        local texts = { year, year .. "-XX", year .. "-XX-XX~" }
        for month = 1, 12 do
          texts[#texts + 1] = ("%s-%02d"):format(year, month)
          texts[#texts + 1] = ("%s-%02d-XX"):format(year, month)
        end
        for _, text in ipairs(texts) do
          assert.same({ enumerate(days, text) }, { edtf.bounds(text) }, text)
        end
      end
      for _, text in ipairs{ decade .. "X", decade .. "X-XX", decade .. "X-XX-XX%" } do
        assert.same({ enumerate(all, text) }, { edtf.bounds(text) }, text)
      end
    end
    local days = calendar("1900-01-01", "1999-12-31")
    assert.same({ enumerate(days, "19XX") }, { edtf.bounds "19XX" })
  end)

  it("are days of that calendar and no others", function()
    for _, years in ipairs{ { 0, 4 }, { 1896, 1904 }, { 1999, 2004 }, { 2018, 2020 } } do
      local real = {}
      for _, day in ipairs(calendar(("%04d-01-01"):format(years[1]),
                                    ("%04d-12-31"):format(years[2]))) do
        real[day] = true
      end
      for year = years[1], years[2] do
        for month = 0, 13 do
          for day = 0, 32 do
            local text = ("%04d-%02d-%02d"):format(year, month, day)
            assert.equal(real[text] or false, edtf.valid(text), text)
          end
        end
      end
    end
  end)
end)

describe("two EDTF dates", function()
  local HORIZON = calendar("2017-01-01", "2021-12-31")
  local random = math.random
  local known = {} -- the numbers of the first and last day, by date

  local function pick(list)
    return list[random(#list)]
  end

  local function date()
    local year, month = pick{ "2018", "2019", "2020" }, ("%02d"):format(random(12))
    return pick{ year, year .. "-" .. month, ("%s-%s-%02d"):format(year, month, random(28)),
                 year .. "-XX", ("%s-%s-XX"):format(year, month) }
  end

  --- The number of the first and of the last day that a date fits.
  local function span(text)
    if not known[text] then
      local first, last = enumerate(HORIZON, text)
      local numbers = {}
      for number, day in ipairs(HORIZON) do
        local value = as_integer(day)
        if value == first then numbers[1] = number end
        if value == last then numbers[2] = number end
      end
      known[text] = numbers
    end
    return table.unpack(known[text])
  end

  local function numbers(low, high)
    local days = {}
    for number = low, high do days[number] = true end
    return days
  end

  --- A date, an interval or a set: its text, its days as a table of numbers, whether it may
  --- certainly be within another, and whether another may certainly be within it.
  local function anything()
    local shape = random(6)
    local from = date()
    local low, high = span(from)
    if shape <= 2 then
      local mark = pick{ "", "", "", "?", "~", "%" }
      return from .. mark, numbers(low, high), mark == "", mark == ""
    elseif shape == 3 then
      local ending = pick{ "..", "" }
      return from .. "/" .. ending, numbers(low, #HORIZON), true, ending == ".."
    elseif shape == 4 then
      local start = pick{ "..", "" }
      return start .. "/" .. from, numbers(1, high), true, start == ".."
    end
    local to = date()
    local _, last = span(to)
    if last < low then return anything() end
    if shape == 5 then return from .. "/" .. to, numbers(low, last), true, true end
    return ("[%s..%s]"):format(from, to), numbers(low, last), true, true
  end

  it("overlap if they may share a day", function()
    math.randomseed(20190704)
    for _ = 1, 700 do
      local a, a_days = anything()
      local b, b_days = anything()
      local shared = false
      for number in pairs(a_days) do shared = shared or b_days[number] or false end
      assert.equal(shared, edtf.overlaps(a, b), a .. " and " .. b)
      assert.equal(shared, edtf.overlaps(b, a), b .. " and " .. a)
    end
  end)

  it("are within each other if that is certain", function()
    math.randomseed(20190801)
    local yes = 0
    for _ = 1, 1200 do
      local a, a_days, a_certain = anything()
      local b, b_days, _, b_period = anything()
      local inside = a_certain and b_period
      for number in pairs(a_days) do inside = inside and b_days[number] or false end
      assert.equal(inside, edtf.within(a, b), a .. " within " .. b)
      yes = yes + (inside and 1 or 0)
    end
    assert.is_true(yes > 40)
  end)

  it("are within an open end, but not within an unknown one", function()
    assert.is_true(edtf.within("2019", "2018/.."))
    assert.is_true(edtf.within("2019/..", "2018/.."))
    assert.is_true(edtf.within("2019/", "[2018..]"))
    assert.is_false(edtf.within("2019", "2018/"))
    assert.is_false(edtf.within("2019", "/2020"))
    assert.is_true(edtf.overlaps("2019", "2018/"))
  end)

  it("are not certainly within a set that leaves days out", function()
    assert.is_true(edtf.within("2018", "[2017,2018]"))
    assert.is_false(edtf.within("2018", "[2017,2019]"))
    assert.is_false(edtf.within("2017", "[2017,2019]"))
    assert.is_true(edtf.within("[2017,2019]", "201X"))
  end)

  it("make an interval if the one can end after the other has begun", function()
    math.randomseed(20191101)
    for _ = 1, 700 do
      local from, to = date(), date()
      local low = span(from)
      local _, last = span(to)
      local text = from .. "/" .. to
      assert.equal(low <= last, edtf.valid(text), text)
      assert.equal(low <= last, edtf.valid("[" .. from .. ".." .. to .. "]"), text)
      if low <= last then
        assert.same({ as_integer(HORIZON[low]), as_integer(HORIZON[last]) },
                    { edtf.bounds(text) })
      end
    end
  end)
end)

describe("what is no EDTF date", function()
  local function it_names(cases)
    for text, right in pairs(cases) do
      local reason = why(text)
      assert.equal(right, reason:match("write (%S+)$"), text .. ": " .. reason)
      assert.is_true(edtf.valid(right), right)
    end
  end

  local function it_says(cases)
    for text, part in pairs(cases) do
      local reason = why(text)
      assert.truthy(reason:find(part, 1, true), ("%s: %s"):format(text, reason))
    end
  end

  it("is told how older drafts are written today", function()
    it_names{
      ["199u"] = "199X", ["199x"] = "199X", ["19uu"] = "19XX", ["uuuu"] = "XXXX",
      ["2004-uu"] = "2004-XX", ["2004-06-uu"] = "2004-06-XX", ["199u/open"] = "199X/..",
      ["2004/open"] = "2004/..", ["open/2006"] = "../2006", ["2004-01-01/Open"] = "2004-01-01/..",
      ["unknown/2006"] = "/2006", ["2004-06-01/unknown"] = "2004-06-01/",
      ["2019?~"] = "2019%", ["2019~?"] = "2019%", ["1984?~/2004~"] = "1984%/2004~",
      ["2019-07-04t10:30:00z"] = "2019-07-04T10:30:00Z",
      ["2019-07-04T10:30z"] = "2019-07-04T10:30Z",
    }
  end)

  it("is told what other ways of writing would be", function()
    it_names{
      ["20190704"] = "2019-07-04", ["201907"] = "2019-07", ["2019/07/04"] = "2019-07-04",
      ["2019.07.04"] = "2019-07-04", ["2019/7/4"] = "2019-07-04", ["2019-7-4"] = "2019-07-04",
      ["2019-07-4"] = "2019-07-04", ["2019-7"] = "2019-07", ["2019-7-4?"] = "2019-07-04?",
      ["2019/07"] = "2019-07", ["2019/7"] = "2019-07", ["2019/20"] = "2019/2020",
      ["20190704/20190708"] = "2019-07-04/2019-07-08", ["2019-07-04/08"] = "2019-07-04/2019-07-08",
      ["2019-07/09"] = "2019-07/2019-09", ["2019-07-04/08-02"] = "2019-07-04/2019-08-02",
      ["1990s"] = "199X", [" 2019-07-04\r\n"] = "2019-07-04", ["2019 / 2020"] = "2019/2020",
      ["2019-07-04 10:30"] = "2019-07-04T10:30", ["2004/present"] = "2004/..",
      ["[1667, 1668, 1670..1672]"] = "[1667,1668,1670..1672]",
    }
  end)

  it("is not guessed at", function()
    it_says{
      ["7/4/2019"] = "does not tell which number is the month",
      ["04.07.2019"] = "does not tell which number is the month",
      ["25/12/2019"] = "does not tell which number is the month",
      ["4-7-2019"] = "does not tell which number is the month",
      ["July 2019"] = "2019-07 for July 2019",
      ["c. 2019"] = "2019~ for about 2019",
      ["1900s"] = "a decade is written 190X, a century 19XX",
      ["2019-2020"] = "2019/2020",
      ["2019..2020"] = "[2018..2019]",
      ["2019-W27"] = "weeks are no part of EDTF",
      ["2019-Q1"] = "a quarter is written as its months",
      ["2019-185"] = "days of the year are no part of EDTF",
      ["19"] = "a year has four digits",
      ["2019-"] = "breaks off",
    }
  end)

  it("is told which number is wrong", function()
    it_says{
      ["2019-02-30"] = "February 2019 has 28 days, not 30",
      ["2020-02-30"] = "February 2020 has 29 days, not 30",
      ["1900-02-29"] = "February 1900 has 28 days, not 29",
      ["20190230"] = "February 2019 has 28 days, not 30",
      ["2019-06-31/2019-07-01"] = "June 2019 has 30 days",
      ["2019-13"] = "a month is 01 to 12 (or 21 to 24 for a season), not 13",
      ["2019-00-01"] = "a month is 01 to 12",
      ["2019-07-00"] = "a day is 01 to 31",
      ["2019-21-01"] = "a season has no day",
      ["2019-21-XX"] = "a season has no day",
      ["2019-07-04T24:00"] = "write 00:00 of the next day",
      ["2019-07-04T25:00"] = "an hour is 00 to 23",
      ["2019-07-04T10:60"] = "a minute is 00 to 59",
      ["2019-07-04T10:58:60"] = "60 in minute 59",
      ["2019-07-04T10:30+15:00"] = "at most 14:00",
      ["2019-07-04T10:30-00:00"] = "UTC is written Z",
      ["2019-07-04T10:30:00.000Z"] = "no fractions of a second",
      ["2019-07-04T10"] = "a time of day is written",
      ["2019-07T10:30"] = "needs a full day",
      ["2019-07-04T10:30?"] = "takes no qualifier",
      ["2019/2018"] = "it ends by 2018-12-31, before it begins on 2019-01-01",
      ["[2019..2018]"] = "it ends by 2018-12-31, before it begins on 2019-01-01",
    }
  end)

  it("is told where the supported part of EDTF ends", function()
    it_says{
      ["201X-05"] = "level 2, not supported", ["2019-0X"] = "level 2, not supported",
      ["2019-07-1X"] = "level 2, not supported", ["1985-XX-04"] = "level 2, not supported",
      ["2X19"] = "level 2, not supported", ["201X-21"] = "level 2, not supported",
      ["2019?-07"] = "level 2, not supported", ["?2019-07"] = "level 2, not supported",
      ["2019-25"] = "level 2, not supported", ["2019-41"] = "level 2, not supported",
      ["{2019,2020}"] = "one record for each date",
      ["Y12019"] = "0000 to 9999", ["y12019"] = "0000 to 9999", ["-0100"] = "0000 to 9999",
      ["12019"] = "0000 to 9999", ["1950S2"] = "0000 to 9999", ["Y17E7"] = "0000 to 9999",
      ["2019-07-04T10:30/2019-07-04T11:30"] = "only a day that stands alone",
      ["[2019-07-04T10:30]"] = "only a day that stands alone",
      ["2004-06-(01)~"] = "old draft",
    }
  end)

  it("may say nothing, and should be left out", function()
    for _, text in ipairs{ "", "/", "../..", "/..", "../", "[..]", "unknown", "open/unknown" } do
      assert.truthy(why(text):find "leave the field out", text)
    end
  end)

  it("may be a broken set", function()
    it_says{
      ["[]"] = "the set is empty", ["[2019,,2020]"] = "no empty members",
      ["[2019,]"] = "no empty members", ["[2019"] = "a set ends with ]",
      ["[2019]?"] = "a set ends with ]", ["[2018..,2019]"] = "only the last",
      ["[2018,..2019]"] = "only the first member", ["[2018/2019]"] = "written 2018..2019",
      ["[2018]/2019"] = "a set ends with ]", ["2018/[2019]"] = "around a whole set",
    }
  end)

  it("gets one line of printable ASCII as a reason, whatever it is", function()
    math.randomseed(20190828)
    local alphabet = { "2", "0", "1", "9", "X", "-", "/", "..", ",", "[", "]", "?", "~", "%", "T",
                       ":", "Z", "u", "open", "\0", "\n", "\27[31m", "\xE2\x80\x93", "\xFF", " " }
    for _ = 1, 5000 do
      local parts = {}
      for i = 1, math.random(0, 30) do parts[i] = alphabet[math.random(#alphabet)] end
      local text = table.concat(parts)
      local date, reason = edtf.parse(text)
      assert.equal(date ~= nil, edtf.valid(text))
      if date then
        assert.is_true((date.first or 0) <= (date.last or math.huge))
      else
        assert.is_truthy(reason:find "^[ -~]+$" and #reason < 200, reason)
      end
    end
    assert.truthy(why(("2019,"):rep(100000)))
    assert.equal("byte 5 is NUL", why "2019\0")
    assert.truthy(why "2019\u{2013}2020":find "byte 5 is not ASCII")
  end)
end)

describe("the functions of dualuse.edtf", function()
  it("take strings only: a number is no date", function()
    for _, name in ipairs{ "valid", "parse", "bounds", "overlaps", "within" } do
      for _, value in ipairs{ 2019, 20190704, true, {} } do
        local ok, message = pcall(edtf[name], value, "2019")
        assert.is_false(ok)
        assert.truthy(tostring(message):find("string expected", 1, true))
      end
    end
    assert.has_error(function() edtf.overlaps("2019", 2019) end)
    assert.has_error(function() edtf.parse() end)
  end)

  it("raise `invalid` where they have no way to say why", function()
    for _, call in ipairs{
      function() return edtf.bounds "199u" end,
      function() return edtf.overlaps("199u", "2019") end,
      function() return edtf.overlaps("2019", "199u") end,
      function() return edtf.within("2019", "199u") end,
    } do
      local ok, err = pcall(call)
      assert.is_false(ok)
      assert.equal("invalid", err.code)
      assert.truthy(err.message:find("write 199X", 1, true))
    end
  end)
end)
