-- Dates in words: every form of EDTF that a store takes, said no more exactly than it is.

local dualuse = require "dualuse"
local words = dualuse.precision.words

--- Checks what dates are in words: { date, words, date, words… }.
local function says(pairs_of)
  for i = 1, #pairs_of, 2 do
    assert.is_true(dualuse.edtf.valid(pairs_of[i]), pairs_of[i])
    assert.equal(pairs_of[i + 1], words(pairs_of[i]))
  end
end

describe("a date in words", function()
  it("is a day, a month or a year", function()
    says{
      "2019-07-04", "4 July 2019",
      "2019-12-31", "31 December 2019",
      "2019-07", "July 2019",
      "2019", "2019",
      "0476", "0476",
    }
  end)

  it("has the time of day, and the zone where it is told", function()
    says{
      "2019-07-12T07:30", "12 July 2019, 07:30",
      "2019-07-12T07:30:15", "12 July 2019, 07:30:15",
      "2019-07-12T07:30Z", "12 July 2019, 07:30 UTC",
      "2019-07-12T07:30:00+09:00", "12 July 2019, 07:30:00 (UTC+09:00)",
      "2019-07-12T07:30-05", "12 July 2019, 07:30 (UTC-05)",
    }
  end)

  it("is a season of its year", function()
    says{
      "2019-21", "spring 2019",
      "2019-22", "summer 2019",
      "2019-23", "autumn 2019",
      "2018-24", "winter 2018",
    }
  end)

  it("is some year, month or day of what is known", function()
    says{
      "201X", "some year of the 2010s",
      "20XX", "some year of the years 2000 to 2099",
      "1XXX", "some year of the years 1000 to 1999",
      "XXXX", "some year",
      "2019-XX", "some month of 2019",
      "201X-XX", "some month of the 2010s",
      "2019-07-XX", "some day of July 2019",
      "2019-XX-XX", "some day of 2019",
      "201X-XX-XX", "some day of the 2010s",
      "20XX-XX-XX", "some day of the years 2000 to 2099",
    }
  end)

  it("says perhaps for uncertain, about for approximate", function()
    says{
      "2019?", "perhaps 2019",
      "2019-07~", "about July 2019",
      "2019-07-04%", "perhaps about 4 July 2019",
      "2019-21?", "perhaps spring 2019",
      "201X~", "about some year of the 2010s",
    }
  end)
end)

describe("an interval in words", function()
  it("goes from the one to the other, throughout", function()
    says{
      "1910/1945", "from 1910 to 1945",
      "2015/2019-03", "from 2015 to March 2019",
      "2019-05/2019-07", "from May to July 2019",
      "2018-05/2019-07", "from May 2018 to July 2019",
      "2019-07-01/2019-07-04", "from 1 to 4 July 2019",
      "2019-06-28/2019-07-04", "from 28 June to 4 July 2019",
      "2018-12-28/2019-01-04", "from 28 December 2018 to 4 January 2019",
      "1984~/2004-06", "from about 1984 to June 2004",
      "2019-07-01?/2019-07-04", "from perhaps 1 July 2019 to 4 July 2019",
      "2019-21/2019-23", "from spring 2019 to autumn 2019",
      "201X/2020", "from some year of the 2010s to 2020",
    }
  end)

  it("tells an open end from an unknown one", function()
    says{
      "2019-07-04/..", "from 4 July 2019, still running",
      "2019-07-04/", "from 4 July 2019 to an unknown end",
      "../2019", "to 2019, without a beginning",
      "/2019-07-12", "from an unknown start to 12 July 2019",
      "2019~/..", "from about 2019, still running",
    }
  end)
end)

describe("a set in words", function()
  it("is one of these days, months or years", function()
    says{
      "[2019-07-01..2019-07-04]", "on one of the days 1 to 4 July 2019",
      "[2019-06-28..2019-07-04]", "on one of the days 28 June to 4 July 2019",
      "[2019-07-01,2019-07-04]", "on one of the days 1 July 2019 or 4 July 2019",
      "[2019-05..2019-07]", "in one of the months May to July 2019",
      "[2015..2018]", "in one of the years 2015 to 2018",
      "[1667,1668,1670..1672]", "in one of the years 1667, 1668 or 1670 to 1672",
    }
  end)

  it("may reach back or ahead without an end", function()
    says{
      "[..2019-07-12]", "on or before 12 July 2019",
      "[..2019-07]", "by the end of July 2019",
      "[..2018]", "by the end of 2018",
      "[2019-07-04..]", "on or after 4 July 2019",
      "[2019-07..]", "in July 2019 or later",
      "[2018..]", "in 2018 or later",
      "[..2017,2019]", "by the end of 2017, or in 2019",
      "[1760-01,1760-12..]", "in January 1760, or in December 1760 or later",
    }
  end)

  it("may hold dates of several precisions", function()
    says{
      "[2019]", "in 2019",
      "[2019-07-04]", "on 4 July 2019",
      "[1667,1760-12]", "in 1667, or in December 1760",
      "[2019-07..2020]", "at some time from July 2019 to 2020",
      "[2018?,2020]", "in perhaps 2018, or in 2020",
      "[2019-07-XX,2020]", "on some day of July 2019, or in 2020",
      "[201X,2021-XX]", "in some year of the 2010s, or in some month of 2021",
      "[..2018~]", "by the end of about 2018",
      "[2019-21]", "in spring 2019",
    }
  end)
end)

describe("dualuse.precision.words", function()
  it("never names a day that a date does not", function()
    for _, date in ipairs{ "2019", "2019-07", "2019-21", "201X", "2019-XX", "2019-07-XX",
                           "[..2018]", "[2019-05..2019-07]", "2015/2019-03", "2018~/..",
                           "/2019-07" } do
      assert.is_nil(words(date):find("%f[%d]%d%d?%f[%D]"), date)
    end
  end)

  it("has words for whatever is a date", function()
    local dates = { "", "..", "2019", "2019?", "2019-07", "2019-07-04~", "2019-22", "201X", "20XX",
                    "1XXX", "XXXX", "2019-XX", "2019-07-XX%", "201X-XX", "XXXX-XX-XX" }
    local count = 0
    for _, a in ipairs(dates) do
      for _, b in ipairs(dates) do
        for _, text in ipairs{ a, a .. "/" .. b, ("[%s..%s]"):format(a, b), "[" .. a .. "..]",
                               ("[%s,%s]"):format(a, b), ("[..%s,%s]"):format(a, b) } do
          if dualuse.edtf.valid(text) then
            assert.truthy(words(text):find "^[%w%s,:()+]+$", text)
            count = count + 1
          end
        end
      end
    end
    assert.is_true(count > 500, count)
  end)

  it("raises where the text is no date, and tells why", function()
    for text, part in pairs{ ["2019-02-30"] = "February 2019 has 28 days", ["199u"] = "write 199X",
                             ["July 2019"] = "2019-07", ["\27[2J"] = "\\x1B[2J" } do
      local ok, problem = pcall(words, text)
      assert.is_false(ok)
      assert.equal("invalid", problem.code)
      assert.truthy(problem.message:find(part, 1, true), problem.message)
    end
    assert.has_error(function() words(2019) end)
    assert.has_error(function() words() end)
  end)
end)
