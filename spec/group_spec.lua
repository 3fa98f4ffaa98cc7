-- Counting by keys, one thing after the other: the manual of `group`, and of the measures that a
-- query gives straight.

local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

--- A value as a word: "-" is none.
local function word(value)
  if value == nil then return "-" end
  return type(value) == "table" and table.concat(value, "+") or tostring(value)
end

--- What a column of the rows holds, in one text.
local function column(rows, name)
  local words = {}
  for i, row in ipairs(rows) do words[i] = word(row[name]) end
  return table.concat(words, " ")
end

--- The rows as lines: the columns named, or keys and measures; then the row's marks.
local function lines(rows, ...)
  local names = select("#", ...) > 0 and { ... }
  if not names then
    names = table.move(rows.keys, 1, #rows.keys, 1, {})
    table.move(rows.measures, 1, #rows.measures, #names + 1, names)
  end
  local list = {}
  for i, row in ipairs(rows) do
    local words = {}
    for j, name in ipairs(names) do words[j] = word(row[name]) end
    for _, mark in ipairs{ "unbounded", "undated" } do
      if row[mark] then words[#words + 1] = "(" .. mark .. ")" end
    end
    list[i] = table.concat(words, " ")
  end
  return list
end

--- A store with an event on each date.
local function events_on(dates)
  local store = assert(dualuse.open())
  store:transaction(function()
    for _, date in ipairs(dates) do store.events:add{ date = date, kind = "other" } end
  end)
  return store
end

--- The buckets of a date in words: "2019" where it certainly lies there, "2018? 2019?" where it
-- may.
local function buckets(date, key)
  local store <close> = events_on{ date }
  local words = {}
  for i, row in ipairs(store.events:group{ key }) do
    assert.equal(1, row.count + row.possible)
    local value = row[key] == nil and "undated" or tostring(row[key])
    assert.equal(value == "undated" or nil, row.undated)
    assert.equal(value == "unbounded" or nil, row.unbounded)
    words[i] = row.count == 1 and value or value .. "?"
  end
  return table.concat(words, " ")
end

--- Four cases and three events of a dispute, and what they cite and refer to.
local function sample(path)
  local store = assert(dualuse.open(path))
  store:transaction(function()
    store.sources:add{ key = "afp", title = "A dispatch", published = "2019-07-04",
                       publisher = "AFP" }
    store.sources:add{ key = "times", title = "The dispatch, printed", published = "2019-07-05",
                       publisher = "The Times", republished_from = "afp" }
    store.sources:add{ key = "nikkei", title = "A report", published = "2019-07-12",
                       publisher = "Nikkei" }
    store.items:add{ key = "hf", name = "hydrogen fluoride", category = "material" }
    store.items:add{ key = "resist", name = "photoresist", category = "material" }
    store.items:add{ key = "drawings", name = "drawings", category = "technology" }
    store.parties:add{ key = "acme", name = "Acme", kind = "company", country = "KOR" }
    store.cases:add{ key = "a", authority = "KOR", date = "2018-03-01", exported = "2017-12-20",
                     destination = "VNM", items = { "hf", "resist" }, exporter = "acme",
                     fine = 1000, currency = "KRW", quantity = 2.5, publicised = true,
                     offences = { "unlicensed_export" }, sources = { "afp", "times" } }
    store.cases:add{ key = "b", authority = "KOR", date = "2018-11", exported = "2018",
                     destination = "VNM", items = { "drawings" }, exporter = "acme", fine = 500,
                     currency = "KRW", quantity = 1, publicised = false,
                     offences = { "unlicensed_export", "diversion" },
                     sources = { { "nikkei", locator = "para 6" } } }
    store.cases:add{ key = "c", authority = "KOR", date = "2019-01-31",
                     exported = "2018-12/2019-01", destination = "ARE", items = { "hf" },
                     fine = 200, currency = "KRW", sources = { "nikkei", "afp" } }
    store.cases:add{ key = "d", authority = "JPN", date = "2019~" }
    store.events:add{ date = "2019-07-01", kind = "threaten", actor = "JPN", target = "KOR",
                      items = { "hf" }, quad = 3, goldstein = -2.5, tone = -1, mentions = 10 }
    store.events:add{ date = "2019-07-04", kind = "sanction", actor = "acme", target = "KOR",
                      items = { "hf", "resist" }, quad = 4, goldstein = -5, tone = 1,
                      mentions = 30 }
    store.events:add{ date = "2019-07-12", kind = "consult", target = "JPN", quad = 1,
                      goldstein = 1, mentions = 5 }
  end)
  return store
end

-- ------------------------------------------------------------------------------------------------

describe("group", function()
  it("gives a row for each value of a key, with what certainly and what may belong", function()
    local store <close> = sample()
    local rows = store.cases:group{ "destination" }
    assert.same({ "ARE 1 0", "VNM 2 0", "- 1 0" }, lines(rows))
    assert.equal("ARE", rows[1].destination)
    assert.equal("integer", math.type(rows[1].count))
    assert.same({ "destination" }, rows.keys)
    assert.same({ "count", "possible" }, rows.measures)
    assert.equal("case", rows.unit)
  end)

  it("goes by all the values of several keys together", function()
    local store <close> = sample()
    assert.same({ "2018 VNM 2 0", "2019 ARE 1 0", "2019 - 0 1" },
                lines(store.cases:group{ "year", "destination" }))
    assert.same({ "ARE 2019 1 0", "VNM 2018 2 0", "- 2019 0 1" },
                lines(store.cases:group{ "destination", "year" }))
    assert.same({ "JPN - - 1 0", "KOR ARE - 1 0", "KOR VNM acme 2 0" },
                lines(store.cases:group{ "authority", "destination", "exporter" }))
  end)

  it("without keys counts all in one row", function()
    local store <close> = sample()
    assert.same({ "4 0" }, lines(store.cases:group{}))
    assert.same({ "4 1700" }, lines(store.cases:group{ n = "count", total = { "sum", "fine" } }))
  end)

  it("gives no rows where nothing is found", function()
    local store <close> = sample()
    assert.same({}, lines(store.cases:where{ destination = "USA" }:group{ "year" }))
    assert.equal(0, #store.listings:group{ "list" })
  end)

  it("is a method of every query, and runs it as it is", function()
    local store <close> = sample()
    assert.same({ "ARE 1 0" },
                lines(store.cases:where{ fine = { lt = 500 } }:group{ "destination" }))
    assert.same({ "VNM 2 0" }, lines(store.cases:limit(2):group{ "destination" }))
    assert.same({ "ARE 1 0", "VNM 1 0" }, lines(store.cases:limit(2, 1):group{ "destination" }))
    assert.same({ "- 1 0" }, lines(store.cases:order("-id"):limit(1):group{ "destination" }))
    assert.same({}, lines(store.cases:limit(0):group{ "destination" }))
    assert.same({ "AFP 1 0", "The Times 1 0" }, lines(store.sources:search("dispatch")
                                                      :group{ "publisher" }))
    assert.same({ "ARE 1 0", "VNM 2 0", "- 1 0" },
                lines(store.cases:select("key"):group{ "destination" }))
  end)

  it("of a view is of the store as it was recorded then", function()
    local store <close> = sample()
    local before = store:revision()
    store.cases:update("a", { destination = "ARE", items = { "drawings" } })
    store.cases:retract("b")
    store.items:update("hf", { category = "equipment" })
    local view = store:as_of(before)
    assert.same({ "ARE 1 0", "VNM 2 0", "- 1 0" }, lines(view.cases:group{ "destination" }))
    assert.same({ "ARE 2 0", "- 1 0" }, lines(store.cases:group{ "destination" }))
    assert.same({ "material 2 0", "technology 1 0", "- 1 0" },
                lines(view.cases:group{ "items.category" }))
    assert.same({ "equipment 1 0", "technology 1 0", "- 1 0" },
                lines(store.cases:group{ "items.category" }))
    assert.equal(1700, view.cases:sum("fine"))
    assert.equal(1200, store.cases:sum("fine"))
    -- One revision later, only the first of the changes is there.
    assert.same({ "ARE 2 0", "VNM 1 0", "- 1 0" },
                lines(store:as_of(before + 1).cases:group{ "destination" }))
  end)

  it("sees what its own transaction has written", function()
    local store <close> = sample()
    pcall(function()
      store:transaction(function()
        store.cases:add{ authority = "JPN", destination = "VNM" }
        assert.same({ "ARE 1 0", "VNM 3 0", "- 1 0" },
                    lines(store.cases:group{ "destination" }))
        error "undo"
      end)
    end)
    assert.same({ "ARE 1 0", "VNM 2 0", "- 1 0" }, lines(store.cases:group{ "destination" }))
  end)

  it("leaves the table of options as it is", function()
    local store <close> = sample()
    local options = { "year", n = "count", total = { "sum", "fine" } }
    store.cases:group(options)
    assert.same({ "year", n = "count", total = { "sum", "fine" } }, options)
  end)
end)

describe("a key", function()
  it("may be any field with a value: text, word, number, boolean, reference, id", function()
    local store <close> = sample()
    assert.same({ "KRW 3 0", "- 1 0" }, lines(store.cases:group{ "currency" }))
    assert.same({ "consult 1 0", "sanction 1 0", "threaten 1 0" },
                lines(store.events:group{ "kind" }))
    assert.same({ "200 1 0", "500 1 0", "1000 1 0", "- 1 0" }, lines(store.cases:group{ "fine" }))
    assert.same({ "-5.0 1 0", "-2.5 1 0", "1.0 1 0" }, lines(store.events:group{ "goldstein" }))
    assert.same({ "false 1 0", "true 1 0", "- 2 0" }, lines(store.cases:group{ "publicised" }))
    assert.same({ "JPN 1 0", "KOR 3 0" }, lines(store.cases:group{ "authority" }))
    local rows = store.cases:group{ "publicised", "fine", "quantity", "id" }
    local first = rows[1]
    assert.same({ false, 500, 1.0, store.cases:get("b").id },
                { first.publicised, first.fine, first.quantity, first.id })
    assert.same({ "integer", "float" }, { math.type(first.fine), math.type(first.quantity) })
  end)

  it("that is a date without a bucket goes by what was written", function()
    local store <close> = sample()
    local rows = store.cases:group{ "exported" }
    assert.same({ "2017-12-20 1 0", "2018 1 0", "2018-12/2019-01 1 0", "- 1 0" }, lines(rows))
  end)

  it("that is a reference reads as the record's key, or its id where it has none", function()
    local store <close> = assert(dualuse.open())
    store.questions:add{ key = "leak", title = "Did items reach others?" }
    local function claim(fields)
      fields.question, fields.stance = "leak", "denies"
      return store.claims:add(fields)
    end
    local keyless, named = claim{}, claim{ key = "first" }
    claim{ replies_to = keyless }
    claim{ replies_to = named }
    claim{ replies_to = named, about = { questions = "leak" } }
    assert.same({ keyless .. " 1 0", "first 2 0", "- 2 0" },
                lines(store.claims:group{ "replies_to" }))
    assert.equal("integer", math.type(store.claims:group{ "replies_to" }[1].replies_to))
    assert.equal(store.claims:where{ about = { missing = false } }:first().about,
                 store.claims:group{ "about" }[1].about)
  end)

  it("may be a field of what is referred to, and of what that refers to", function()
    local store <close> = sample()
    assert.same({ "United Arab Emirates 1 0", "Vietnam 2 0", "- 1 0" },
                lines(store.cases:group{ "destination.name" }))
    assert.same({ "JPN 1 0", "KOR 1 0", "- 1 0" }, lines(store.events:group{ "actor.country" }))
    assert.same({ "company 1 0", "state 1 0", "- 1 0" }, lines(store.events:group{ "actor.kind" }))
    assert.same({ "South Korea 2 0", "- 2 0" },
                lines(store.cases:group{ "exporter.country.name" }))
    assert.same({ "AFP 1 0", "- 2 0" }, lines(store.sources:group{ "republished_from.publisher" }))
  end)

  it("that is a list has a row for each element, each record once in it", function()
    local store <close> = sample()
    local rows = store.cases:group{ "items" }
    assert.same({ "drawings 1 0", "hf 2 0", "resist 1 0", "- 1 0" }, lines(rows))
    assert.equal("case × item", rows.unit)
    assert.same({ "diversion 1 0", "unlicensed_export 2 0", "- 2 0" },
                lines(store.cases:group{ "offences" }))
  end)

  it("through a list has a row for each value, each record once in it", function()
    local store <close> = sample()
    local rows = store.cases:group{ "items.category" }
    assert.same({ "material 2 0", "technology 1 0", "- 1 0" }, lines(rows)) -- a has two materials
    assert.equal("case × item", rows.unit)
    assert.same({ "AFP 2 0", "Nikkei 2 0", "The Times 1 0", "- 1 0" },
                lines(store.cases:group{ "sources.publisher" }))
    assert.equal("3 1", column(store.cases:group{ "items.revision" }, "count"))
  end)

  it("through a list counts a record once, though two of its values only read the same", function()
    local store <close> = assert(dualuse.open())
    local serial = 0
    local function new_item()
      serial = serial + 1
      store.items:add{ key = "item-" .. serial, name = "an item" }
      return store.items:get("item-" .. serial)
    end
    -- Two revisions of one second: the clock may strike between them.
    local first, second = new_item(), new_item()
    while first.recorded ~= second.recorded do first, second = second, new_item() end
    store.cases:add{ authority = "KOR", items = { first.key, second.key }, fine = 10 }
    local rows = store.cases:group{ "items.recorded", n = "count", total = { "sum", "fine" } }
    assert.same({ first.recorded .. " 1 10" }, lines(rows))
    assert.equal(1, #rows[1].records)
    assert.equal(1, store.cases:distinct("items.recorded"))
  end)

  it("may be a list of what is referred to", function()
    local store <close> = assert(dualuse.open())
    store.disputes:add{ key = "d", title = "Export controls", parties = { "JPN", "KOR" } }
    store.events:add{ date = "2019", kind = "other", dispute = "d" }
    store.events:add{ date = "2019", kind = "other" }
    local rows = store.events:group{ "dispute.parties.name" }
    assert.same({ "Japan 1 0", "South Korea 1 0", "- 1 0" }, lines(rows))
    assert.equal("event × party", rows.unit)
    assert.same({ "JPN 1 0", "KOR 1 0", "- 1 0" }, lines(store.events:group{ "dispute.parties" }))
  end)

  it("that is a source cited more than once counts the record once", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "afp", title = "t" }
    store.cases:add{ authority = "KOR", sources = { { "afp", quote = "x" }, { "afp", quote = "y" },
                                                   "afp" } }
    assert.same({ "afp 1 0" }, lines(store.cases:group{ "sources.key" }))
  end)

  it("names its unit for every list, so that nobody adds it up", function()
    local store <close> = sample()
    assert.equal("case × item × source", store.cases:group{ "items", "sources.key" }.unit)
    assert.equal("case × offences", store.cases:group{ "offences" }.unit)
    assert.equal("item × regimes", store.items:group{ "regimes" }.unit)
    assert.equal("party × aliases", store.parties:group{ "aliases" }.unit)
    assert.equal("case × aliases", store.cases:group{ "destination.aliases" }.unit)
    assert.equal("case", store.cases:group{ "destination.name", "year" }.unit)
    local rows = store.cases:group{ "items", "offences" }
    assert.same({ "drawings diversion 1 0", "drawings unlicensed_export 1 0",
                  "hf unlicensed_export 1 0", "hf - 1 0",
                  "resist unlicensed_export 1 0", "- - 1 0" }, lines(rows))
  end)

  it("may be sources, without provenance", function()
    local store <close> = sample()
    assert.same({ "afp 2 0", "nikkei 2 0", "times 1 0", "- 1 0" },
                lines(store.cases:group{ "sources", provenance = false }))
  end)

  it("called sources does not lose its values to the sources of the row", function()
    local store <close> = sample()
    -- With provenance, `row.sources` is a list of what the row rests on.
    local err = raises(function() local _ = store.cases:group{ "sources" } end, { code = "misuse" })
    assert.truthy(err.message:find("provenance", 1, true) or
                  err.message:find("sources.key", 1, true), err.message)
  end)

  it("may be one of a kind that has no date", function()
    local store <close> = sample()
    assert.same({ "material 2 0", "technology 1 0" }, lines(store.items:group{ "category" }))
  end)
end)

describe("rows", function()
  it("come sorted by key: numbers as numbers, text by its bytes, what is missing last", function()
    local store <close> = assert(dualuse.open())
    local titles = { "b", "B", "a", "Z", "é", "e", "日", "10", "9", "ab", "🦊", "A" }
    for i, title in ipairs(titles) do
      store.events:add{ date = "2019", kind = "other", title = title, mentions = 12 - i,
                        tone = i - 6.5 }
    end
    store.events:add{ date = "2019", kind = "other" }
    local sorted = "10 9 A B Z a ab b e é 日 🦊 -"
    assert.equal(sorted, column(store.events:group{ "title" }, "title"))
    assert.equal("0 1 2 3 4 5 6 7 8 9 10 11 -",
                 column(store.events:group{ "mentions" }, "mentions"))
    assert.equal("-5.5 -4.5 -3.5 -2.5 -1.5 -0.5 0.5 1.5 2.5 3.5 4.5 5.5 -",
                 column(store.events:group{ "tone" }, "tone"))
    -- Whatever language this process speaks.
    for _, locale in ipairs{ "en_US.UTF-8", "de_DE.UTF-8", "C.UTF-8" } do
      os.setlocale(locale)
      local rows = store.events:group{ "title" }
      os.setlocale("C")
      assert.equal(sorted, column(rows, "title"), locale)
    end
  end)

  it("are the same whatever the order of the query", function()
    local store <close> = sample()
    local wanted = lines(store.cases:group{ "year", "destination" })
    for _, order in ipairs{ "id", "-id", "fine", "-date", "destination" } do
      assert.same(wanted, lines(store.cases:order(order):group{ "year", "destination" }))
    end
  end)

  it("tell two values apart that print the same", function()
    local store <close> = assert(dualuse.open())
    for _, title in ipairs{ "1", "1.0", "true", "nil", "unbounded", "undated", "-" } do
      store.events:add{ date = "2019", kind = "other", title = title }
    end
    store.events:add{ date = "2019", kind = "other" }
    local rows = store.events:group{ "title" }
    assert.equal(8, #rows)
    for _, row in ipairs(rows) do
      assert.equal(1, row.count)
      assert.is_nil(row.unbounded) -- a title is no date
      assert.is_nil(row.undated)
    end
  end)

  it("are plain tables with methods", function()
    local store <close> = sample()
    local rows = store.cases:group{ "year" }
    assert.equal("table", type(rows))
    assert.equal("table", type(rows[1]))
    assert.is_nil(getmetatable(rows[1]))
    assert.same({ "2019 1 1", "2018 2 0" }, lines(rows:sort("-year")))
    assert.same({ "2018 2 0" }, lines(rows:filter{ year = 2018 }))
    assert.same({ count = "count", possible = "possible" }, rows.aggregates)
  end)

  it("print as a table", function()
    local store <close> = sample()
    local rows = store.cases:group{ "items", "year", n = "count", total = { "sum", "fine" } }
    assert.equal(table.concat({
      "unit: case × item",
      "items     year  n  total",
      "drawings  2018  1    500",
      "hf        2018  1   1000",
      "hf        2019  1    200",
      "resist    2018  1   1000",
      "          2019  0",
    }, "\n"), tostring(rows))
    store.cases:add{ authority = "JPN" }
    assert.equal(table.concat({
      "unit: case",
      "year     count  possible",
      "2018         2         0",
      "2019         1         1",
      "undated      1         0",
    }, "\n"), tostring(store.cases:group{ "year" }))
    assert.equal("unit: listing\nno rows", tostring(store.listings:group{ "list" }))
  end)

  it("show control characters in stored text, and obey none", function()
    local store <close> = assert(dualuse.open())
    store.events:add{ date = "2019", kind = "other", title = "a\27[31m\nb" }
    local text = tostring(store.events:group{ "title" })
    assert.is_nil(text:gsub("\n", ""):find("%c"))
    local _, ends = text:gsub("\n", "")
    assert.equal(2, ends)
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("a bucket of a date", function()
  it("is the year, decade, quarter, month, week or day", function()
    assert.equal("2019", buckets("2019-07-04", "year"))
    assert.equal("2010", buckets("2019-07-04", "decade"))
    assert.equal("2019-Q3", buckets("2019-07-04", "quarter"))
    assert.equal("2019-07", buckets("2019-07-04", "month"))
    assert.equal("2019-W27", buckets("2019-07-04", "week"))
    assert.equal("2019-07-04", buckets("2019-07-04", "day"))
    local store <close> = events_on{ "2019-07-04" }
    assert.equal("integer", math.type(store.events:group{ "year" }[1].year))
    assert.equal("integer", math.type(store.events:group{ "decade" }[1].decade))
  end)

  it("reaches from the year 0000 to 9999", function()
    assert.equal("0", buckets("0000", "year"))
    assert.equal("0", buckets("0000-03-01", "decade"))
    assert.equal("0000-Q1", buckets("0000-01-01", "quarter"))
    assert.equal("0000-02-29", buckets("0000-02-29", "day"))
    assert.equal("9999", buckets("9999-12-31", "year"))
    assert.equal("9990", buckets("9999-12-31", "decade"))
    assert.equal("9999-Q4", buckets("9999-12-31", "quarter"))
    assert.equal("9999-12", buckets("9999-12-31", "month"))
    assert.equal("9999-12-31", buckets("9999-12-31", "day"))
  end)

  it("is of the own date of the kind, or of the date named", function()
    local store <close> = sample()
    assert.same({ "2018 2 0", "2019 1 1" }, lines(store.cases:group{ "year" }))
    assert.same({ "2018 2 0", "2019 1 1" }, lines(store.cases:group{ "date.year" }))
    assert.same({ "2017 1 0", "2018 1 1", "2019 0 1", "- 1 0 (undated)" },
                lines(store.cases:group{ "exported.year" }))
    assert.same({ "2019-07 3 0" }, lines(store.sources:group{ "month" })) -- published
    assert.same({ "2019-W27 2 0", "2019-W28 1 0" },
                lines(store.sources:group{ "published.week" }))
    store.disclosures:add{ authority = "KOR", period = "2015/2016", measure = "cases", value = 1,
                           published = "2019" }
    assert.same({ "2015 0 1", "2016 0 1" }, lines(store.disclosures:group{ "year" }))
    assert.same({ "2019 1 0" }, lines(store.disclosures:group{ "published.year" }))
  end)

  it("is of when a record was recorded, too", function()
    local store <close> = sample()
    local recorded = store.cases:get("a").recorded
    assert.same({ recorded:sub(1, 4) .. " 4 0" }, lines(store.cases:group{ "recorded.year" }))
    assert.same({ recorded:sub(1, 7) .. " 4 0" }, lines(store.cases:group{ "recorded.month" }))
    assert.same({ recorded:sub(1, 10) .. " 4 0" }, lines(store.cases:group{ "recorded.day" }))
    assert.same({ recorded .. " 4 0" }, lines(store.cases:group{ "recorded" }))
  end)

  it("is of the date of what is referred to", function()
    local store <close> = sample()
    assert.same({ "2019-07-04 1 0", "- 2 0 (undated)" },
                lines(store.sources:group{ "republished_from.day" }))
    assert.same({ "2019-07 1 0", "- 2 0 (undated)" },
                lines(store.sources:group{ "republished_from.published.month" }))
  end)

  local weeks = {
    ["0000-01-03"] = "0000-W01", ["1582-10-15"] = "1582-W41", ["1900-01-01"] = "1900-W01",
    ["1969-07-20"] = "1969-W29", ["1970-01-01"] = "1970-W01", ["1977-01-01"] = "1976-W53",
    ["2000-01-01"] = "1999-W52", ["2000-02-29"] = "2000-W09", ["2005-01-01"] = "2004-W53",
    ["2005-01-02"] = "2004-W53", ["2005-12-31"] = "2005-W52", ["2006-01-01"] = "2005-W52",
    ["2006-01-02"] = "2006-W01", ["2006-12-31"] = "2006-W52", ["2007-01-01"] = "2007-W01",
    ["2007-12-30"] = "2007-W52", ["2007-12-31"] = "2008-W01", ["2008-01-01"] = "2008-W01",
    ["2008-12-28"] = "2008-W52", ["2008-12-29"] = "2009-W01", ["2009-12-31"] = "2009-W53",
    ["2010-01-03"] = "2009-W53", ["2010-01-04"] = "2010-W01", ["2012-01-01"] = "2011-W52",
    ["2015-12-31"] = "2015-W53", ["2016-01-03"] = "2015-W53", ["2016-01-04"] = "2016-W01",
    ["2018-12-30"] = "2018-W52", ["2018-12-31"] = "2019-W01", ["2019-07-01"] = "2019-W27",
    ["2019-07-07"] = "2019-W27", ["2019-07-08"] = "2019-W28", ["2019-12-29"] = "2019-W52",
    ["2019-12-30"] = "2020-W01", ["2020-12-31"] = "2020-W53", ["2021-01-03"] = "2020-W53",
    ["2021-01-04"] = "2021-W01", ["2024-02-29"] = "2024-W09", ["2026-12-31"] = "2026-W53",
    ["2027-01-03"] = "2026-W53", ["9999-12-31"] = "9999-W52",
  }

  it("that is a week is that of ISO 8601, of the year of its Thursday", function()
    for date, week in pairs(weeks) do assert.equal(week, buckets(date, "week"), date) end
    assert.equal("2018-W52? 2019-W01?", buckets("2018-12-30/2018-12-31", "week"))
    assert.equal("2020-W53", buckets("2020-12-28/2021-01-03", "week"))
  end)

  it("that is a week has a name of its own even before the year 0000 has begun", function()
    local store <close> = events_on{ "0000-01-01", "0000-01-03" } -- a Saturday and a Monday
    local rows = store.events:group{ "week" }
    assert.equal(2, #rows)
    assert.not_equal(rows[1].week, rows[2].week)
    assert.equal("0000-W01", rows[2].week)
  end)

  it("says where a date certainly is, and where it may be", function()
    local years = {
      ["2019"] = "2019", ["2019-07"] = "2019", ["2019-07-04T10:30:00Z"] = "2019",
      ["2019-XX"] = "2019", ["2019-XX-XX"] = "2019", ["2019-07-XX"] = "2019",
      ["2019?"] = "2019?", ["2019~"] = "2019?", ["2019%"] = "2019?", ["2019-07-04?"] = "2019?",
      ["2019-21"] = "2019", ["2019-24"] = "2019? 2020?", -- spring, and winter in either hemisphere
      ["2019-03/2019-06"] = "2019", ["2019-12/2020-01"] = "2019? 2020?",
      ["2019?/2019-06"] = "2019?", ["2018/2020~"] = "2018? 2019? 2020?",
      ["[2019-07-01..2019-07-04]"] = "2019", ["[2019-12-31,2020-01-01]"] = "2019? 2020?",
      ["[2019-07-01?,2019-07-04]"] = "2019?",
      ["201X"] = "2010? 2011? 2012? 2013? 2014? 2015? 2016? 2017? 2018? 2019?",
    }
    for date, found in pairs(years) do assert.equal(found, buckets(date, "year"), date) end
    assert.equal("2010", buckets("201X", "decade"))
    assert.equal("2010?", buckets("201X~", "decade"))
    assert.equal("2010? 2020?", buckets("2019/2020", "decade"))
    assert.equal("2019-Q1? 2019-Q2? 2019-Q3? 2019-Q4?", buckets("2019", "quarter"))
    assert.equal("2019-Q3", buckets("2019-07/2019-09", "quarter"))
    assert.equal("2019-07", buckets("2019-07", "month"))
    assert.equal("2018-12? 2019-01? 2019-02?", buckets("2018-12-31/2019-02-01", "month"))
    assert.equal("2019-W27? 2019-W28?", buckets("2019-07-07/2019-07-08", "week"))
    assert.equal("2019-02-27? 2019-02-28? 2019-03-01?", buckets("2019-02-27/2019-03-01", "day"))
    assert.equal("2020-02-28? 2020-02-29? 2020-03-01?", buckets("2020-02-28/2020-03-01", "day"))
    assert.equal("2019-07-04", buckets("2019-07-04T23:30:00-09:00", "day")) -- the day as written
  end)

  it("goes by the first and last possible day, as `where` does", function()
    assert.equal("2017? 2018? 2019?", buckets("[2017,2019]", "year"))
    local store <close> = events_on{ "2019-12/2020-01", "2019", "[2017,2019]", "2018~", "20XX",
                                     "2020-06", "2019-24", "1999/2001" }
    local rows = store.events:group{ "year" }
    assert.equal(101, #rows)
    for _, row in ipairs(rows) do
      local year = ("%04d"):format(row.year)
      assert.equal(store.events:where{ date = { during = year } }:count(), row.count)
      assert.equal(store.events:where{ date = year }:count(), row.count + row.possible)
    end
  end)

  it("is none for a date without a first or last day: one row before the last", function()
    for _, date in ipairs{ "../2019", "2019/..", "/2019", "2019/", "[..2019]", "[2019..]" } do
      assert.equal("unbounded?", buckets(date, "year"), date)
      assert.equal("unbounded?", buckets(date, "day"), date)
    end
    local store <close> = assert(dualuse.open())
    for _, exported in ipairs{ "2019", "../2019", "2017/..", "2018~", "[..2020]" } do
      store.cases:add{ authority = "KOR", exported = exported, fine = 10 }
    end
    store.cases:add{ authority = "KOR", fine = 7 }
    local rows = store.cases:group{ "exported.year", n = "count", m = "possible",
                                    total = { "sum", "fine" } }
    assert.same({ "2018 1 0 -", "2019 0 1 10", "unbounded 3 0 - (unbounded)",
                  "- 0 1 7 (undated)" }, lines(rows))
    assert.equal("unbounded", rows[3]["exported.year"])
    assert.is_nil(rows[4]["exported.year"])
    assert.same({ true, nil }, { rows[3].unbounded, rows[3].undated })
    assert.same({ nil, true }, { rows[4].unbounded, rows[4].undated })
  end)

  it("is none where a date says too little: half a million days are no answer", function()
    assert.equal("unbounded?", buckets("XXXX", "day"))
    assert.equal("unbounded?", buckets("1XXX", "day"))
    assert.equal(10, select(2, buckets("202X", "year"):gsub("%?", "")))
    assert.equal(1000, #events_on{ "2XXX" }.events:group{ "year" })
  end)

  it("has its rows of no date in their place among those of the keys before it", function()
    local store <close> = assert(dualuse.open())
    for _, destination in ipairs{ "VNM", "ARE" } do
      for _, date in ipairs{ "2019", "2018/..", false } do
        store.cases:add{ authority = "KOR", destination = destination, date = date or nil }
      end
    end
    store.cases:add{ authority = "KOR" }
    assert.same({ "ARE 2019 1 0", "ARE unbounded 0 1 (unbounded)", "ARE - 1 0 (undated)",
                  "VNM 2019 1 0", "VNM unbounded 0 1 (unbounded)", "VNM - 1 0 (undated)",
                  "- - 1 0 (undated)" }, lines(store.cases:group{ "destination", "year" }))
  end)

  it("of two dates combines what each may be", function()
    local store <close> = assert(dualuse.open())
    store.cases:add{ authority = "KOR", exported = "2017/2018", date = "2019" }
    store.cases:add{ authority = "KOR", exported = "2018", date = "2019/2020" }
    store.cases:add{ authority = "KOR", exported = "2018", date = "2019" }
    store.cases:add{ authority = "KOR", exported = "2018/..", date = "2020" }
    assert.same({ "2017 2019 0 1", "2018 2019 1 2", "2018 2020 0 1",
                  "unbounded 2020 0 1 (unbounded)" },
                lines(store.cases:group{ "exported.year", "year" }))
  end)

  it("of the same date is possible only together with one that shares a day with it", function()
    local store <close> = events_on{ "2018-12/2019-01" }
    assert.same({ "2018 2018-12 0 1", "2019 2019-01 0 1" },
                lines(store.events:group{ "year", "month" }))
    assert.same({ "2018-12 2018 0 1", "2019-01 2019 0 1" },
                lines(store.events:group{ "month", "date.year" }))
    local other <close> = events_on{ "2019-07-04", "2019-08" }
    assert.same({ "2019 2019-Q3 2019-07 1 0", "2019 2019-Q3 2019-08 1 0" },
                lines(other.events:group{ "year", "quarter", "month" }))
    -- The week that is the last of one month and the first of the next lies in both.
    local third <close> = events_on{ "2019-07-31/2019-08-01" }
    assert.same({ "2019-07 2019-W31 0 1", "2019-08 2019-W31 0 1" },
                lines(third.events:group{ "month", "week" }))
  end)
end)

describe("a case's own date", function()
  local function case_of(published, exported, date)
    local store = assert(dualuse.open())
    local cited = {}
    for i, day in ipairs(published) do
      store.sources:add{ key = "s" .. i, title = "t", published = day or nil }
      cited[i] = "s" .. i
    end
    store.cases:add{ authority = "KOR", exported = exported, date = date,
                     sources = #cited > 0 and cited or nil, fine = 5 }
    return store
  end

  local function years(...)
    local store <close> = case_of(...)
    local words = {}
    for i, row in ipairs(store.cases:group{ "year" }) do
      words[i] = word(row.year) .. (row.count == 1 and "" or "?")
    end
    return table.concat(words, " ")
  end

  it("is its date", function()
    assert.equal("2018", years({ "2019-07-12" }, "2017-12", "2018-03"))
    assert.equal("2018? 2019?", years({ "2020" }, "2017", "2018/2019"))
  end)

  it("lies, without one, between the export and its earliest source", function()
    assert.equal("2019", years({ "2019-07-12" }, "2019-01"))
    assert.equal("2017? 2018? 2019?", years({ "2019-07-12" }, "2017-12"))
    assert.equal("2017? 2018?", years({ "2019-07-12", "2018-05-05" }, "2017-12"))
    assert.equal("2017? 2018?", years({ false, "2018-05-05" }, "2017-12")) -- one is undated
    assert.equal("2019?", years({ "2019-07-12" }, "2019-01~"))
    assert.equal("2019?", years({ "2019-07~" }, "2019-01"))
  end)

  it("has no bounds where one of them is not known, and is none where neither is", function()
    assert.equal("unbounded?", years({}, "2017-12"))
    assert.equal("unbounded?", years({ false }, "2017-12"))
    assert.equal("unbounded?", years({ "2019-07-12" }))
    assert.equal("-", years({}))
    assert.equal("-", years({ false }))
  end)

  it("that its sources contradict loses no case", function()
    local store <close> = case_of({ "2017-05-05" }, "2018-12") -- printed before it was exported
    assert.equal(1, store.cases:count())
    local rows = store.cases:group{ "year" }
    assert.is_true(#rows > 0, "the case is in no row")
    local records = 0
    for _, row in ipairs(rows) do
      records = records + #row.records
      if type(row.year) == "number" then assert.equal(0, row.count) end
    end
    assert.is_true(records > 0)
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("measures", function()
  it("go by names of the user's choice, any number of them", function()
    local store <close> = sample()
    local rows = store.cases:group{ "destination", n = "count", perhaps = "possible",
                                    ["罚款 total"] = { "sum", "fine" }, least = { "min", "fine" },
                                    most = { "max", "fine" }, typical = { "median", "fine" },
                                    average = { "mean", "fine" },
                                    exporters = { "distinct", "exporter" } }
    assert.same({ "average", "exporters", "least", "most", "n", "perhaps", "typical",
                  "罚款 total" }, rows.measures)
    assert.same({ average = "mean", exporters = "distinct", least = "min", most = "max",
                  n = "count", perhaps = "possible", typical = "median", ["罚款 total"] = "sum" },
                rows.aggregates)
    assert.same({ "ARE 200.0 0 200 200 1 0 200 200", "VNM 750.0 1 500 1000 2 0 750.0 1500",
                  "- - 0 - - 1 0 - -" }, lines(rows))
    assert.is_nil(rows[1].count) -- not asked for
  end)

  it("are count and possible unless some are named", function()
    local store <close> = sample()
    assert.same({ "count", "possible" }, store.cases:group{ "year" }.measures)
    assert.same({ "n" }, store.cases:group{ "year", n = "count" }.measures)
    assert.same({ "possible" }, store.cases:group{ "year", possible = "possible" }.measures)
    -- A name says nothing of itself.
    assert.same({ "2018 0", "2019 1" }, lines(store.cases:group{ "year", count = "possible" }))
  end)

  it("other than possible take what certainly belongs, and nothing else", function()
    local store <close> = assert(dualuse.open())
    local function add(date, fine, destination)
      store.cases:add{ authority = "KOR", date = date, fine = fine, destination = destination }
    end
    add("2018-05", 10, "VNM")
    add("2018-06", 30, "ARE")
    add("2018~", 1000, "USA")
    add("2018/2019", 5000, "FRA")
    add("2019/..", 7000, "DEU")
    add(nil, 3, "GBR")
    local rows = store.cases:group{ "year", n = "count", sum = { "sum", "fine" },
                                    mean = { "mean", "fine" }, min = { "min", "fine" },
                                    max = { "max", "fine" }, median = { "median", "fine" },
                                    to = { "distinct", "destination" } }
    local names = { "year", "n", "sum", "mean", "min", "max", "median", "to" }
    assert.same({ "2018 2 40 20.0 10 30 20.0 2", "2019 0 - - - - - 0",
                  "unbounded 0 - - - - - 0 (unbounded)", "- 1 3 3.0 3 3 3 1 (undated)" },
                lines(rows, table.unpack(names)))
  end)

  it("give integers of integers where they can, and floats of numbers", function()
    local store <close> = sample()
    local row = store.events:group{
      total = { "sum", "mentions" }, average = { "mean", "mentions" },
      least = { "min", "mentions" }, middle = { "median", "mentions" },
      tones = { "sum", "tone" }, kinds = { "distinct", "kind" },
      mildest = { "max", "goldstein" } }[1]
    assert.same({ 45, 15.0, 5, 10, 0.0, 3, 1.0 },
                { row.total, row.average, row.least, row.middle, row.tones, row.kinds,
                  row.mildest })
    assert.same({ "integer", "float", "integer", "integer", "float", "integer", "float" },
                { math.type(row.total), math.type(row.average), math.type(row.least),
                  math.type(row.middle), math.type(row.tones), math.type(row.kinds),
                  math.type(row.mildest) })
  end)

  it("give an integer for the sum of revisions, which are integers too", function()
    local store <close> = sample()
    assert.equal(3 * store:revision(), store.events:sum("revision"))
    assert.equal("integer", math.type(store.events:sum("revision")))
  end)

  it("are nil where nothing is known, and distinct is 0", function()
    local store <close> = sample()
    local rows = store.events:group{ "kind", n = "count", sum = { "sum", "tone" },
                                     mean = { "mean", "tone" }, min = { "min", "tone" },
                                     max = { "max", "tone" }, median = { "median", "tone" },
                                     actors = { "distinct", "actor" } }
    assert.same({ "consult 1 - - - - - 0", "sanction 1 1.0 1.0 1.0 1.0 1.0 1",
                  "threaten 1 -1.0 -1.0 -1.0 -1.0 -1.0 1" },
                lines(rows, "kind", "n", "sum", "mean", "min", "max", "median", "actors"))
  end)

  it("distinct counts the values of any field, of a list, and through references", function()
    local store <close> = sample()
    local expected = {
      destination = 2, items = 3, ["items.category"] = 2, offences = 2, publicised = 2, sources = 3,
      ["sources.agency"] = 0, ["sources.publisher"] = 3, date = 4, exported = 3, fine = 3,
      quantity = 2, exporter = 1, ["exporter.country.name"] = 1, recorded = 1, id = 4, key = 4,
    }
    for field, count in pairs(expected) do
      assert.equal(count, store.cases:distinct(field), field)
    end
    assert.same({ "2018 3", "2019 1" }, lines(store.cases:group{ "year",
                                                                items = { "distinct", "items" } }))
  end)

  it("min and max also of text, by its bytes", function()
    local store <close> = assert(dualuse.open())
    for _, title in ipairs{ "b", "Z", "é", "a", "日", "10", "9" } do
      store.events:add{ date = "2019", kind = "other", title = title }
    end
    assert.equal("10", store.events:min("title"))
    assert.equal("日", store.events:max("title"))
    assert.equal("other", store.events:min("kind"))
    assert.equal("South Korea", store.parties:where{ id = { "KOR", "JPN" } }:max("name"))
  end)

  it("median is the one in the middle, or the mean of the two", function()
    local store <close> = assert(dualuse.open())
    local function median(...)
      local key = "case"
      for _, fine in ipairs{ ... } do
        store.cases:add{ authority = "KOR", note = key, fine = fine }
      end
      local found = store.cases:where{ note = key }:median("fine")
      for id in store.cases:values("id") do store.cases:retract(id) end
      return found
    end
    assert.equal(5, median(5))
    assert.equal(7.5, median(10, 5))
    assert.equal(9, median(100, 9, 1))
    assert.equal(3.0, median(4, 1, 2, 100))
    assert.equal(2, median(2, 2, 2))
    assert.equal("integer", math.type(median(100, 9, 1)))
    assert.equal("float", math.type(median(4, 1, 2, 100)))
    assert.equal(math.maxinteger, median(math.maxinteger))
    assert.is_nil(median())
  end)

  it("sum integers exactly, and raise where an integer cannot hold it", function()
    local store <close> = assert(dualuse.open())
    local big = 2 ^ 53 // 1 | 0
    store.cases:add{ authority = "KOR", destination = "VNM", fine = big }
    store.cases:add{ authority = "KOR", destination = "VNM", fine = 1 }
    assert.equal(big + 1, store.cases:sum("fine"))
    store.cases:add{ authority = "KOR", destination = "ARE", fine = math.maxinteger - big - 1 }
    assert.equal(math.maxinteger, store.cases:sum("fine"))
    assert.same({ ("ARE %d"):format(math.maxinteger - big - 1), ("VNM %d"):format(big + 1) },
                lines(store.cases:group{ "destination", total = { "sum", "fine" } }))
    store.cases:add{ authority = "KOR", destination = "ARE", fine = big + 2 }
    local expected = { code = "invalid", kind = "cases", field = "fine", says = { "integer" } }
    raises(function() local _ = store.cases:sum("fine") end, expected)
    raises(function()
      local _ = store.cases:group{ "destination", total = { "sum", "fine" } }
    end, expected)
    -- Where it is not in the question, it is no harm.
    assert.equal(big + 1, store.cases:where{ destination = "VNM" }:sum("fine"))
    assert.is_true(math.abs(store.cases:mean("fine") / (2.0 ^ 63 / 4) - 1) < 0.01)
  end)
end)

describe("a measure straight on a query", function()
  it("is of all that it finds", function()
    local store <close> = sample()
    local cases = store.cases
    assert.same({ 1700, 1700 / 3, 200, 1000, 500, 3 },
                { cases:sum("fine"), cases:mean("fine"), cases:min("fine"), cases:max("fine"),
                  cases:median("fine"), cases:distinct("fine") })
    local some = cases:where{ destination = "VNM" }
    assert.same({ 1500, 750.0, 500, 1000, 750.0, 1 },
                { some:sum("fine"), some:mean("fine"), some:min("fine"), some:max("fine"),
                  some:median("fine"), some:distinct("destination") })
    assert.equal(500, cases:limit(1, 1):sum("fine"))
    assert.equal(1500, cases:order("fine"):limit(2, 1):sum("fine"))
    assert.equal(3.5, cases:sum("quantity"))
  end)

  it("is nil where nothing is known, and distinct is 0", function()
    local store <close> = sample()
    for _, query in ipairs{ store.cases:where{ destination = "USA" },
                            store.cases:where{ authority = "JPN" }, store.cases:limit(0) } do
      for _, name in ipairs{ "sum", "mean", "min", "max", "median" } do
        assert.is_nil(query[name](query, "fine"), name)
      end
      assert.equal(0, query:distinct("fine"))
    end
  end)

  it("may be of a field of what is referred to", function()
    local store <close> = assert(dualuse.open())
    store.disclosures:add{ key = "old", authority = "KOR", period = "2018", measure = "cases",
                           value = 10 }
    store.disclosures:add{ key = "new", authority = "KOR", period = "2018", measure = "cases",
                           value = 12, supersedes = "old" }
    store.disclosures:add{ key = "newer", authority = "KOR", period = "2018", measure = "cases",
                           value = 15, supersedes = "new" }
    assert.same({ 22, 10, 12, 11.0, 2 },
                { store.disclosures:sum("supersedes.value"),
                  store.disclosures:min("supersedes.value"),
                  store.disclosures:max("supersedes.value"),
                  store.disclosures:median("supersedes.value"),
                  store.disclosures:distinct("supersedes.value") })
    assert.equal(10, store.disclosures:sum("supersedes.supersedes.value"))
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("what a row rests on", function()
  it("is its records, the sources that they cite, and how many of those are independent", function()
    local store <close> = sample()
    local function id(key) return store.cases:get(key).id end
    local rows = store.cases:group{ "destination" }
    assert.same({ id "c" }, rows[1].records)
    assert.same({ "afp", "nikkei" }, rows[1].sources)
    assert.equal(2, rows[1].independent)
    assert.same({ id "a", id "b" }, rows[2].records)
    assert.same({ "afp", "nikkei", "times" }, rows[2].sources)
    assert.equal(2, rows[2].independent) -- The Times prints what AFP has sent
    assert.same({ id "d" }, rows[3].records)
    assert.same({}, rows[3].sources)
    assert.equal(0, rows[3].independent)
  end)

  it("takes two copies of one dispatch for one voice, though the dispatch is not cited", function()
    local store <close> = sample()
    store.sources:add{ key = "post", title = "Printed again", republished_from = "times" }
    store.cases:add{ key = "e", authority = "FRA", sources = { "post", "times" } }
    local row = store.cases:where{ key = "e" }:group{ "authority" }[1]
    assert.same({ "post", "times" }, row.sources)
    assert.equal(1, row.independent)
  end)

  it("includes what is only possible", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "afp", title = "t" }
    local id = store.cases:add{ authority = "KOR", date = "2018/2019", sources = { "afp" } }
    for _, row in ipairs(store.cases:group{ "year" }) do
      assert.same({ 0, 1 }, { row.count, row.possible })
      assert.same({ id }, row.records)
      assert.same({ "afp" }, row.sources)
      assert.equal(1, row.independent)
    end
  end)

  it("is sorted, whatever the order of the query", function()
    local store <close> = sample()
    local wanted = {}
    for id in store.cases:values("id") do wanted[#wanted + 1] = id end
    for _, query in ipairs{ store.cases, store.cases:order("-id"), store.cases:order("fine"),
                            store.cases:order("-date") } do
      local row = query:group{}[1]
      assert.same(wanted, row.records)
      assert.same({ "afp", "nikkei", "times" }, row.sources)
    end
  end)

  it("is left out with provenance = false", function()
    local store <close> = sample()
    for _, row in ipairs(store.cases:group{ "year", provenance = false }) do
      assert.same({ nil, nil, nil }, { row.records, row.sources, row.independent })
    end
    assert.same(lines(store.cases:group{ "year" }),
                lines(store.cases:group{ "year", provenance = false }))
    assert.truthy(store.cases:group{ "year", provenance = true }[1].records)
  end)

  it("in a view is what was cited then", function()
    local store <close> = sample()
    local before = store:revision()
    store.cases:update("c", { sources = { "times" } })
    store.sources:update("times", { republished_from = dualuse.null })
    local function of(view)
      local row = view.cases:where{ destination = "ARE" }:group{ "destination" }[1]
      return { table.concat(row.sources, " "), row.independent }
    end
    assert.same({ "afp nikkei", 2 }, of(store:as_of(before)))
    assert.same({ "times", 1 }, of(store))
    local function of_all(view) return view.cases:group{}[1].independent end
    assert.same({ 2, 3 }, { of_all(store:as_of(before)), of_all(store) })
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("a mistake", function()
  local store
  setup(function() store = sample() end)
  teardown(function() store:close() end)

  --- Checks what asking for these groups raises.
  local function refused(kind, options, expected)
    expected.code = expected.code or "misuse"
    raises(function() local _ = store[kind]:group(options) end, expected)
  end

  it("in the name of a key lists the fields", function()
    refused("cases", { "destnation" }, { kind = "cases", says = { '"destnation"', "destination",
                                                                 "exported", "year", "week" } })
    refused("cases", { "destination.nmae" }, { says = { '"nmae"', "parties", "aliases" } })
    refused("cases", { "exported.fortnight" }, { says = { '"fortnight"', "quarter", "week" } })
    refused("cases", { "date.year.month" }, { says = { "date.year.month" } })
    refused("cases", { "year.month" }, { says = { "year.month" } })
    refused("cases", { "Year" }, { says = { '"Year"' } })
    for _, text in ipairs{ "", ".", "destination.", ".destination", "destination..name", "year ",
                           "a\nb", "\27[31m", "日本", "t.id", "id; --", '"', "%s%n" } do
      refused("cases", { text }, { kind = "cases" })
    end
  end)

  it("in how many groups are wanted asks for a number of them", function()
    for _, wrong in ipairs{ -1, 1.5, 0 / 0 } do
      refused("cases", { "destination", top = wrong }, { kind = "cases", says = { "top" } })
    end
  end)

  it("in the path of a key says what cannot be gone through", function()
    refused("cases", { "fine.year" }, { says = { "fine.year" } })
    refused("cases", { "currency.name" }, { says = { "currency.name" } })
    refused("links", { "from.title" }, { says = { "from.title" } })
    refused("screenings", { "subject" }, { says = { "subject" } })
    refused("measures", { "stages" }, { says = { "stages" } })
    refused("measures", { "stages.stage" }, { says = { "stages" } })
    refused("cases", { "items.regimes" }, { says = { "items.regimes", "list" } })
    refused("cases", { "sources.published.year" }, { says = { "sources.published.year", "list" } })
    refused("items", { "year" }, { says = { "year", "date" } })
    refused("cases", { "items.year" }, { says = { "items.year", "date" } })
    local far = ("parent."):rep(50) .. "name"
    refused("parties", { far }, { says = { "steps" } })
  end)

  it("in what a key is says so, and which argument", function()
    for _, key in ipairs{ 5, 1.5, true, { "year" }, print, "ye\0ar" } do
      local err = raises(function() local _ = store.cases:group{ key } end, { code = "misuse" })
      assert.is_nil(err.message:find("argument 1%d"), err.message)
    end
  end)

  it("in the list of keys is not passed over", function()
    refused("cases", { [2] = "year" }, {})
    refused("cases", { "year", [3] = "destination" }, {})
    refused("cases", { "year", nil, "destination" }, {})
    refused("cases", { [0] = "year" }, {})
    refused("cases", { [-1] = "year" }, {})
    refused("cases", { [1.5] = "year" }, {})
    refused("cases", { [true] = "count" }, {})
    refused("cases", { [{}] = "count" }, {})
  end)

  it("like the same key twice is one", function()
    refused("cases", { "destination", "destination" }, { says = { "destination" } })
    refused("cases", { "year", "year" }, { says = { "year" } })
    refused("cases", { "items", "year", "items" }, { says = { "items" } })
  end)

  it("like more than eight keys is one", function()
    local keys = { "authority", "destination", "exporter", "end_user", "currency", "stopped",
                   "disposition", "note" }
    assert.equal(3, #store.cases:group(keys))
    keys[9] = "key"
    refused("cases", keys, { says = { '"key"' } })
  end)

  it("in a measure lists the measures", function()
    for _, measure in ipairs{ "hug", "", "Count", 5, true, {}, { "hug", "fine" }, { 5 }, print,
                              { { "sum", "fine" } } } do
      refused("cases", { "year", n = measure },
              { says = { "count", "possible", "distinct", "sum", "mean", "min", "max", "median" } })
    end
  end)

  it("in what is measured says what would do", function()
    refused("cases", { n = "sum" }, { says = { '"n"', "field" } })
    refused("cases", { n = { "sum" } }, { says = { '"n"', "field" } })
    refused("cases", { n = { "sum", 5 } }, { says = { '"n"', "field" } })
    refused("cases", { n = { "sum", "fines" } }, { says = { '"fines"', "fine_suspended" } })
    refused("cases", { n = { "sum", "date" } }, { says = { "date", "number" } })
    refused("cases", { n = { "mean", "destination" } }, { says = { "destination", "number" } })
    refused("cases", { n = { "median", "note" } }, { says = { "note", "number" } })
    refused("cases", { n = { "sum", "publicised" } }, { says = { "publicised", "number" } })
    refused("cases", { n = { "min", "date" } }, { says = { "date" } })
    refused("cases", { n = { "max", "destination" } }, { says = { "destination" } })
    refused("cases", { n = { "sum", "year" } }, { says = { "year" } })
    refused("cases", { n = { "distinct", "year" } }, { says = { "year" } })
    refused("cases", { n = { "min", "items.name" } }, { says = { "items.name", "distinct" } })
    refused("screenings", { n = { "distinct", "subject" } }, { says = { "subject" } })
  end)

  it("in a measure is not passed over", function()
    refused("cases", { "year", n = { "count", "fine" } }, { says = { "count" } })
    refused("cases", { "year", n = { "possible", "fine" } }, { says = { "possible" } })
    refused("cases", { "year", n = { "sum", "fine", "quantity" } }, { says = { '"n"' } })
    refused("cases", { "year", n = { "sum", "fine", where = { destination = "VNM" } } }, {})
  end)

  it("is a measure named like a key, or like what a row has besides", function()
    refused("cases", { "year", year = "count" }, { says = { '"year"' } })
    refused("cases", { "destination.name", ["destination.name"] = "count" },
            { says = { "destination.name" } })
    for _, name in ipairs{ "records", "sources", "independent", "undated", "unbounded", "rest" } do
      refused("cases", { "year", [name] = "count" }, { says = { name } })
    end
  end)

  it("is a value for provenance other than true and false", function()
    for _, value in ipairs{ 1, "no", {} } do
      refused("cases", { "year", provenance = value }, { says = { "provenance", "true or false" } })
    end
  end)

  it("is what is no table of keys and measures", function()
    for _, options in ipairs{ "year", 5, true, print } do
      refused("cases", options, { says = { "table of keys and measures" } })
    end
    raises(function() local _ = store.cases:group() end, { code = "misuse" })
  end)

  it("in a measure straight on a query says the same", function()
    for _, name in ipairs{ "sum", "mean", "min", "max", "median", "distinct" } do
      local function asked(field)
        return function() local _ = store.cases[name](store.cases, field) end
      end
      local function misuse(field, ...)
        local call = asked(field)
        raises(call, { code = "misuse", says = { ... } })
      end
      misuse(nil)
      misuse(5)
      misuse({ "fine" })
      misuse("fines", '"fines"', "fine_suspended")
      misuse("destination.fine", '"fine"', "parties")
      misuse("year", "year")
      if name ~= "distinct" then
        misuse("date", "date")
        misuse("items", "items")
      end
    end
  end)

  it("does not harm the store", function()
    assert.same({ "2018 2 0", "2019 1 1" }, lines(store.cases:group{ "year" }))
    assert.is_nil(next(store:check()))
  end)

  it("is asking a closed store", function()
    local closed = sample()
    local cases = closed.cases
    closed:close()
    raises(function() local _ = cases:group{ "year" } end, { code = "closed" })
    raises(function() local _ = cases:sum("fine") end, { code = "closed" })
  end)
end)

-- ------------------------------------------------------------------------------------------------

describe("group #process", function()
  local folder, path
  setup(function()
    folder = shell.folder()
    path = folder .. "/group.db"
    math.randomseed(20190704)
    local store <close> = sample(path)
    store:transaction(function()
      for i = 1, 400 do
        local year, month, day = math.random(2014, 2019), math.random(12), math.random(28)
        local form = math.random(5)
        local date = ({ ("%d"):format(year), ("%d-%02d"):format(year, month),
                        ("%d-%02d-%02d"):format(year, month, day),
                        ("%d-%02d/%d"):format(year, month, year + math.random(0, 1)),
                        ("%d~"):format(year) })[form]
        store.cases:add{
          authority = ({ "KOR", "JPN", "USA" })[math.random(3)], date = date,
          destination = ({ "VNM", "ARE", "CHN" })[math.random(4)],
          items = i % 3 > 0 and { "hf", i % 2 == 0 and "resist" or "drawings" } or nil,
          fine = math.random() < 0.7 and math.random(0, 100000) or nil, currency = "KRW",
          quantity = math.random() < 0.5 and math.random(100) / 8 or nil,
        }
      end
    end)
  end)
  teardown(function() shell.remove(folder) end)

  --- The rows as the sqlite3 program prints them.
  local function printed(rows)
    local list = {}
    for i, line in ipairs(lines(rows)) do list[i] = line:gsub(" %(undated%)$", "") end
    return table.concat(list, "\n")
  end

  --- The rows with the digits of their floats that the program prints.
  local function fifteen_digits(rows, ...)
    for _, row in ipairs(rows) do
      for _, name in ipairs{ ... } do
        local text = ("%.15g"):format(row[name])
        row[name] = text:find("[.e]") and text or text .. ".0"
      end
    end
    return rows
  end

  local function compare(statement, rows)
    assert.equal(stores.ask(path, ".separator ' '\n.nullvalue -\n" .. statement), printed(rows))
  end

  it("by a scalar is GROUP BY", function()
    local store <close> = assert(dualuse.open(path, { readonly = true }))
    compare([[SELECT currency, count(*), sum(fine), max(fine), min(fine), count(DISTINCT fine)
              FROM cases GROUP BY currency ORDER BY currency NULLS LAST]],
            store.cases:group{ "currency", a = "count", b = { "sum", "fine" },
                               c = { "max", "fine" }, d = { "min", "fine" },
                               e = { "distinct", "fine" } })
    compare([[SELECT p."key", d."key", count(*), sum(quantity), avg(fine) FROM cases c
              JOIN parties p ON p.id = c.authority LEFT JOIN parties d ON d.id = c.destination
              WHERE quantity IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST]],
            fifteen_digits(store.cases:where{ quantity = { missing = false } }:group{
              "authority", "destination", a = "count", b = { "sum", "quantity" },
              c = { "mean", "fine" } }, "b", "c"))
  end)

  it("by a list is GROUP BY its elements", function()
    local store <close> = assert(dualuse.open(path, { readonly = true }))
    compare([[SELECT i.category, count(DISTINCT c.id) FROM cases c
              LEFT JOIN json_each(c.items) j LEFT JOIN items i ON i.id = j.value
              GROUP BY 1 ORDER BY 1 NULLS LAST]],
            store.cases:group{ "items.category", n = "count" })
  end)

  it("by a bucket is a join with the years", function()
    local store <close> = assert(dualuse.open(path, { readonly = true }))
    compare([[WITH years(year) AS (SELECT 2000 UNION ALL SELECT year + 1 FROM years
                                   WHERE year < 2100)
              SELECT year,
                     sum(date_first / 10000 = date_last / 10000 AND date NOT LIKE '%~') AS certain,
                     count(*) - sum(date_first / 10000 = date_last / 10000 AND date NOT LIKE '%~')
              FROM years JOIN cases ON year BETWEEN date_first / 10000 AND date_last / 10000
              GROUP BY year ORDER BY year]], store.cases:group{ "year" })
    local whole_days = {}
    for id, date in store.cases:values("date") do
      if date:find "^%d+-%d+-%d+$" then whole_days[#whole_days + 1] = id end
    end
    compare([[SELECT strftime('%Y-%m', date), count(*) FROM cases WHERE date GLOB '????-??-??'
              GROUP BY 1 ORDER BY 1]],
            store.cases:where{ id = whole_days }:group{ "month", n = "count" })
  end)

  it("straight on a query is the aggregate", function()
    local store <close> = assert(dualuse.open(path, { readonly = true }))
    local cases = store.cases
    assert.equal(stores.ask(path, "SELECT sum(fine), min(fine), max(fine), count(DISTINCT fine)," ..
                                  " count(DISTINCT destination) FROM cases"),
                 table.concat({ cases:sum("fine"), cases:min("fine"), cases:max("fine"),
                                cases:distinct("fine"), cases:distinct("destination") }, "|"))
  end)
end)
