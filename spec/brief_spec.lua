-- The brief: a dispute on a few pages of plain text.

local dualuse = require "dualuse"
local brief = require "dualuse.report.brief".brief
local sample = require "dualuse.sample.japan_korea_2019"

local ASKED = { dispute = "japan-korea-2019", during = "2019-07", item = "etching gas" }

--- The text of one section, from its heading to the next, its lines joined.
local function section(text, heading)
  local sections, title, lines = {}, nil, {}
  for line in (text .. "\n\n"):gmatch("([^\n]*)\n") do
    if line:find "^%-+$" then
      title = lines[#lines]
      lines = {}
    elseif line == "" and title then
      sections[title], title = table.concat(lines, " "):gsub("%s+", " "), nil
    else
      lines[#lines + 1] = line
    end
  end
  for name, content in pairs(sections) do
    if name:find(heading, 1, true) then return content end
  end
  error("no section " .. heading)
end

--- Checks that texts stand in a section, in this order.
local function holds(text, parts)
  local from = 1
  for _, part in ipairs(parts) do
    local first, last = text:find(part, from, true)
    assert.truthy(first, ("%q is not, or not here, in: %s"):format(part, text))
    from = last + 1
  end
end

--- A new store with a dispute between two states, for what the sample does not have.
local function dispute_store()
  local store = assert(dualuse.open())
  store.sources:add{ key = "gazette", title = "A gazette", published = "2020-01-01" }
  store.disputes:add{ key = "ours", title = "Ours", parties = { "FRA", "ITA" },
                      sources = { { "gazette", locator = "para 5" } } }
  return store
end

describe("the brief of the sample", function()
  local store, text

  setup(function()
    store = assert(dualuse.open())
    sample.load(store)
    text = brief(store, ASKED)
  end)
  teardown(function() store:close() end)

  it("begins with the dispute and its sources", function()
    assert.equal("Japan's export controls on South Korea, 2019 [nikkei-2019-07-12, afp-2019-07-12]",
      text:match "^[^\n]*")
  end)

  it("counts the records by kind, and names what is counted", function()
    local summary = section(text, "Records in the store, at revision 1")
    holds(summary, { "3 sources:", "268 parties:", "249 states are among them", "1 membership:",
      "5 items:", "1 dispute:", "13 events:", "12 questions:", "23 claims:", "3 measures:",
      "6 stages:", "2 cases:", "7 disclosures:", "4 links:",
      "None: applications, listings, screenings" })
  end)

  it("tells what happened in July 2019, in order of the first possible day", function()
    local chronology = section(text, "Chronology: July 2019")
    holds(chronology, {
      "on or before 12 July 2019", "threatens to go to the WTO", "urges Washington", "mediate",
      "boycott",
      "on one of the days 1 to 4 July 2019", "announced [afp-2019-07-12, meti-2019-07-01]",
      " 4 July 2019", "in force [nikkei-2019-07-12, afp-2019-07-12]",
      " 10 July 2019", "(consult: Kang Kyung-wha, Mike Pompeo) [nikkei-2019-07-12]",
      "156 cases, from 2015 to March 2019",
      "0 cases, from 2015 to March 2019, involving North Korea",
      " 12 July 2019", "third-party investigation",
      "Officials meet for the first time since the announcement",
      "South Korea in the white list of Japan: end considered [afp-2019-07-12]",
    })
    assert.is_nil(chronology:find("1965", 1, true))
    assert.is_nil(chronology:find("Colonial", 1, true))
  end)

  it("has each known case, and what is not known of it", function()
    holds(section(text, "Cases"), {
      "hydrogen fluoride → Vietnam: exported December 2017, day of detection not told",
      "hydrogen fluoride → United Arab Emirates: exported January 2019",
      "How many cases it stands for is not said",
    })
  end)

  it("has the disclosed totals, and what they leave open", function()
    holds(section(text, "Disclosed totals, not reconciled"), {
      "Japan: cases; unit not told", "no figure; withheld, as South Korea says",
      "Trade ministry of South Korea: cases; unit case; by year detected",
      "2015: 14 (exact); published 10 July 2019 [nikkei-2019-07-12, afp-2019-07-12]",
      "2016: 22 (exact)", "2017: 48 (exact)", "from 2015 to March 2019: 156 (exact)",
      "Of the 156, no figure breaks down what lies from 2018 to March 2019.",
      "involving North Korea", "from 2015 to March 2019: 0 (exact)",
      "United States: cases", "figure not at hand; published, as South Korea says",
    })
  end)

  it("has the measures that touch the item, and why they do", function()
    holds(section(text, "Measures that touch hydrogen fluoride"), {
      "Japan: Each contract", "items: any controlled item", "destinations: any",
      "requirement: individual licence", "penalties: Prison and fines",
      "in force: by the end of 2018",
      "Japan: Preferential treatment", "destinations: white list of Japan",
      "requirement: bulk licence (general bulk export licence)",
      "takes precedence over: Each contract",
      "in force: by the end of 2018 [inferred from afp-2019-07-12, nikkei-2019-07-12]",
      "Japan: South Korea back", "items: it names hydrogen fluoride", "destinations: South Korea",
      "announced: on one of the days 1 to 4 July 2019", "in force: 4 July 2019",
    })
  end)

  it("has the contested questions: who says what, how, and in which source", function()
    local questions = section(text, "Contested questions")
    holds(questions, {
      "Are the curbs retaliation for the court rulings?",
      "asserts: widely seen (unattributed); on or before 12 July 2019.",
      '"widely seen" [nikkei-2019-07-12]',
      "denies: Trade ministry of Japan, spokesperson (anonymous); quoted",
      '"not a countermeasure" [afp-2019-07-12]',
      "qualifies: Seko, trade minister; paraphrased; on one of the days 1 to 4 July 2019.",
      "Do the curbs break WTO rules?",
      "Did the delegations greet each other?",
      "in answer to press pool at the meeting in Tokyo",
    })
    for question in store.questions:each() do
      assert.truthy(questions:find(question.title, 1, true), question.title)
    end
  end)

  it("is the same bytes each time, whatever the locale", function()
    assert.equal(text, brief(store, ASKED))
    assert.equal(text, brief(store:as_of(1), ASKED))
    local locale = os.setlocale()
    os.setlocale("C.UTF-8")
    local again = brief(store, ASKED)
    os.setlocale(locale)
    assert.equal(text, again)
  end)

  it("takes 100 columns, and ends each line", function()
    assert.equal("\n", text:sub(-1))
    for line in text:gmatch("([^\n]*)\n") do
      assert.is_true(utf8.len(line) <= 100, line)
      assert.is_nil(line:find "%s$", line)
    end
  end)

  it("reads one revision, and changes none", function()
    assert.equal(1, store:revision())
    local later = assert(dualuse.open())
    sample.load(later)
    later.cases:retract("kr-etching-gas-uae")
    assert.truthy(section(brief(later, ASKED), "at revision 2"):find("1 case:", 1, true))
    assert.equal(text, brief(later:as_of(1), ASKED))
    later:close()
  end)

  it("is of the whole store where nothing is asked for", function()
    local all = brief(store)
    assert.matches("^Records in the store", all)
    holds(section(all, "Chronology"), { "by the end of 2018", "from 1910 to 1945", "1965", "2018",
      "4 July 2019" })
    assert.matches("\nMeasures\n", all)
  end)
end)

describe("a brief", function()
  it("of an empty store says that there is nothing", function()
    local store <close> = assert(dualuse.open())
    local text = brief(store)
    for _, heading in ipairs{ "Chronology", "Cases", "Disclosed", "Measures", "Contested" } do
      assert.matches("on record", section(text, heading))
    end
  end)

  it("leaves out what is no part of the dispute", function()
    local store <close> = dispute_store()
    store.disputes:add{ key = "theirs", title = "Theirs", parties = { "ESP" } }
    for _, dispute in ipairs{ "ours", "theirs" } do
      store.events:add{ date = "2020", kind = "accuse", title = "Event, " .. dispute,
                        dispute = dispute }
      store.questions:add{ key = "q-" .. dispute, title = "Question, " .. dispute,
                           dispute = dispute }
      store.cases:add{ authority = "FRA", dispute = dispute, note = "Case, " .. dispute }
    end
    store.disclosures:add{ authority = "ESP", period = "2019", measure = "fines", value = 11 }
    store.disclosures:add{ authority = "FRA", period = "2019", measure = "fines", value = 12 }
    local text = brief(store, { dispute = "ours" })
    for _, word in ipairs{ "Event", "Question", "Case" } do
      assert.truthy(text:find(word .. ", ours", 1, true))
      assert.is_nil(text:find(word .. ", theirs", 1, true))
    end
    assert.matches("2019: 12", text)
    assert.is_nil(text:find("2019: 11", 1, true))
    assert.matches("^Ours %[gazette para 5%]\n", text)
  end)

  it("finds the measures on what an item is part of, and not those on its parts", function()
    local store <close> = dispute_store()
    store.items:add{ key = "fluids", name = "fluids" }
    store.items:add{ key = "acids", name = "acids", parent = "fluids" }
    store.items:add{ key = "weak-acids", name = "weak acids", parent = "acids" }
    for _, item in ipairs{ "fluids", "acids", "weak-acids" } do
      store.measures:add{ title = "On " .. item, jurisdiction = "FRA", requirement = "prohibited",
                          items = { item }, destinations = { "ITA", "ESP" } }
    end
    local measures = section(brief(store, { item = "ACIDS" }), "Measures that touch acids")
    holds(measures, { "On fluids", "it names fluids, of which acids is part",
      "destinations: Italy, Spain", "requirement: prohibited", "stages: none is on record",
      "On acids", "it names acids" })
    assert.is_nil(measures:find("On weak", 1, true))
  end)

  it("tells each time that no figure breaks down", function()
    local store <close> = dispute_store()
    local function add(period, value, more)
      local record = { authority = "FRA", period = period, measure = "cases", value = value }
      for field, given in pairs(more or {}) do record[field] = given end
      store.disclosures:add(record)
    end
    add("2010/2019", 50)
    add("2012", 5)
    add("2013-02/2013-03", 2)
    add("2016-05-05/2019-12-30", 7)
    add("2010", 5, { destinations = { "ITA" } })
    holds(section(brief(store), "Disclosed"), {
      "France: cases; to Italy", "France: cases; unit not told",
      "Of the 50, no figure breaks down what lies from 2010 to 2011, and January 2013, and "
        .. "from April 2013 to 4 May 2016, and 31 December 2019.",
    })
    add("2019-12-31", 1)
    add("2013-01", 1)
    add("2010/2011", 1)
    add("2013-04-01/2016-05-04", 1)
    assert.is_nil(brief(store):find("Of the 50", 1, true))
  end)

  it("shows control characters, and obeys none", function()
    local store <close> = dispute_store()
    local evil = "first\nsecond\27[31m\u{202E}third"
    local escaped = "first\\x0Asecond\\x1B[31m\\xE2\\x80\\xAEthird"
    store.parties:add{ key = "evil\n!", name = "P" .. evil, kind = "group", country = "FRA" }
    store.items:add{ key = "item\27", name = "I" .. evil }
    store.sources:add{ key = "source\27[2J", title = "S" .. evil }
    store.events:add{ date = "2020", kind = "accuse", title = "E" .. evil, actor = "evil\n!",
                      dispute = "ours", sources = { "source\27[2J" } }
    store.cases:add{ authority = "evil\n!", items = { "item\27" }, note = "C" .. evil,
                     dispute = "ours" }
    store.disclosures:add{ authority = "evil\n!", period = "2019", measure = "cases",
                           scope = "D" .. evil }
    store.measures:add{ title = "M" .. evil, jurisdiction = "evil\n!", requirement = "none",
                        term = "T" .. evil }
    store.questions:add{ key = "q", title = "Q" .. evil, dispute = "ours" }
    store.claims:add{ question = "q", stance = "denies", text = "A" .. evil, role = "R" .. evil,
                      sources = { { "source\27[2J", quote = "W" .. evil } } }
    local text = brief(store, { dispute = "ours" })
    for initial in ("PIECDMTQARW"):gmatch "[^SE]" do
      assert.truthy(text:find(initial .. escaped, 1, true), initial)
    end
    assert.truthy(text:find("E" .. escaped, 1, true))
    assert.truthy(text:find("[source\\x1B[2J]", 1, true))
    assert.is_nil(text:gsub("\n", ""):find "%c")
    assert.is_nil(text:find("\u{202E}", 1, true))
    for line in text:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 100, line) end
  end)

  it("breaks a word that is wider than a line", function()
    local store <close> = dispute_store()
    local long = ("détente"):rep(50)
    store.questions:add{ key = "q", title = long, dispute = "ours" }
    local text = brief(store)
    assert.truthy(text:gsub("\n%s*", ""):find(long, 1, true))
    for line in text:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 100, line) end
  end)

  it("refuses what it does not know", function()
    local store <close> = dispute_store()
    local function refuses(options, code, part)
      local ok, problem = pcall(function() local text = brief(store, options) return text end)
      assert.is_false(ok)
      assert.equal(code, problem.code)
      assert.truthy(problem.message:find(part, 1, true), problem.message)
      assert.matches("brief_spec.lua", problem.where)
    end
    refuses({ disputes = "ours" }, "misuse", "disputes: expected dispute, during or item")
    refuses("ours", "misuse", "expected a table of options, got a string")
    refuses({ dispute = "nobody's" }, "invalid", "nobody's names no record of disputes")
    refuses({ item = "phlogiston" }, "invalid", "phlogiston names no record of items")
    refuses({ during = "July" }, "invalid", "during is no EDTF date")
    refuses({ during = 2019 }, "invalid", "it is a number")
  end)
end)
