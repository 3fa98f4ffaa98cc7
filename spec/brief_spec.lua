-- The brief: a dispute on a few pages of plain text.

local dualuse = require "dualuse"
local brief = require "dualuse.report.brief".brief
local layout = require "dualuse.layout"
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

--- Checks that a text stands nowhere in a section.
local function lacks(text, part)
  assert.is_nil(text:find(part, 1, true), part)
end

--- The part of a text from one of its parts up to another.
local function between(text, from, to)
  local first = assert(text:find(from, 1, true), from)
  local last = assert(text:find(to, first + #from, true), to)
  return text:sub(first, last - 1)
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
      "at some time from December 2017 to 12 July 2019 (between the export and the report)",
      "Case, hydrogen fluoride → Vietnam", "[nikkei-2019-07-12]",
      "on one of the days 1 to 4 July 2019", "announced [afp-2019-07-12, meti-2019-07-01]",
      " 4 July 2019", "in force [nikkei-2019-07-12, afp-2019-07-12]",
      " 10 July 2019", "156 cases, from 2015 to March 2019",
      "0 cases, from 2015 to March 2019, involving North Korea",
      "(consult: Kang Kyung-wha, Mike Pompeo) [nikkei-2019-07-12]",
      " 12 July 2019", "third-party investigation",
      "Officials meet for the first time since the announcement",
      "South Korea in the white list of Japan: end considered [afp-2019-07-12]",
      "undated: day of publication not on record", "Disclosure, Japan: cases: withheld",
      "as South Korea says [nikkei-2019-07-12]",
    })
    lacks(chronology, "1965")
    lacks(chronology, "Colonial")
  end)

  it("tells the links of what happened, with who asserts and who denies them", function()
    local chronology = section(text, "Chronology")
    holds(between(chronology, "announced [", " 4 July 2019 "), {
      "retaliates for “Court orders Japanese firms to compensate forced labourers”",
      "denied by Trade ministry of Japan, Foreign ministry of Japan, contested "
        .. "[afp-2019-07-12, nikkei-2019-07-12]",
      "is answered by “Trade ministry discloses 156 unauthorised exports” [nikkei-2019-07-12]",
    })
    holds(chronology, {
      "Trade ministry discloses 156 unauthorised exports (other",
      "responds to “South Korea back on contract-by-contract screening” [nikkei-2019-07-12]",
      "Officials meet for the first time",
      "responds to “South Korea back on contract-by-contract screening” [afp-2019-07-12]",
    })
  end)

  it("has each known case, and what is not known of it", function()
    holds(section(text, "Cases known"), {
      "hydrogen fluoride → Vietnam, exported December 2017, authority: Trade ministry of South",
      "detected: at some time from December 2017 to 12 July 2019", "[nikkei-2019-07-12]",
      "hydrogen fluoride → United Arab Emirates, exported January 2019",
      "How many cases it stands for is not said",
    })
  end)

  it("sets what was disclosed against what is on record, with the 72 that follow", function()
    local figures = section(text, "Cases by year")
    holds(figures, {
      "Japan: cases; unit not told",
      "Withheld: from an unknown start to 12 July 2019, as South Korea says [nikkei-2019-07-12]",
      "Trade ministry of South Korea: cases; unit case; by year detected",
      "2015: 14; disclosed, published 10 July 2019; on record: 0; not on record: 14 [nikkei",
      "from 2015 to March 2019: 156; disclosed", "on record: 0, and possibly 2 more; "
        .. "not on record: 154 to 156 [afp-2019-07-12, nikkei-2019-07-12]",
      "2016: 22; disclosed", "on record: 0; not on record: 22",
      -- What was exported in December 2017 may have been detected in that year.
      "2017: 48; disclosed", "on record: 0, and possibly 1 more; not on record: 47 to 48",
      "from 2018 to March 2019: 72; derived: "
        .. "156 (2015/2019-03) − 14 (2015) − 22 (2016) − 48 (2017); "
        .. "on record: 0, and possibly 2 more; not on record: 70 to 72 "
        .. "[afp-2019-07-12, nikkei-2019-07-12]",
      "Cases on record: 2; in none of these periods: 0; without a date to place them: 0.",
      "of which involving North Korea; unit case; by year detected",
      "from 2015 to March 2019: 0; disclosed, published 10 July 2019 [afp-2019-07-12]",
      "Not set against cases: which of them are such is not on record.",
      "United States: cases", "as South Korea says, published, but the figure is not on record",
    })
    lacks(figures, "Conflict")
  end)

  it("tells the licence before and after 4 July 2019, why, and what of it is inferred", function()
    local licences = section(text, "Which licence hydrogen fluoride needs")
    holds(licences, {
      "from Japan to South Korea",
      "until 30 December 2018: not certain: nothing on record or bulk licence or individual",
      "to 3 July 2019: bulk licence, by “Preferential treatment for the white list” [",
      "Why: A bulk licence is needed: jp-white-list-preference is for the group JPN.white-list",
      "Inferred: Measure “Preferential treatment for the white list”, in force by the end of 2018; "
        .. "South Korea in the white list of Japan, in force by the end of 2018.",
      "from 4 July 2019 on: individual licence, "
        .. "by “South Korea back on contract-by-contract screening” [",
      "jp-kr-restriction, for KOR and hydrogen-fluoride, is more specific than",
    })
    local _, routes = licences:gsub("from %a+ to %a+ %a+ ", "")
    assert.equal(1, routes)
  end)

  it("tells it of another way, if it is asked for", function()
    local back = section(brief(store, { dispute = "japan-korea-2019", item = "etching gas",
      from = "Seoul", to = "JPN" }), "Which licence")
    assert.equal("from South Korea to Japan at any time: nothing on record [no source]",
      (back:gsub("^ ", "")))
    holds(section(brief(store, { item = "etching gas", to = "Vietnam" }), "Which licence"),
      { "from Japan to Vietnam", "individual licence, by “Each contract" })
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
      "Are the curbs retaliation for the court rulings? (contested) [",
      "Japan denies: Trade ministry of Japan, spokesperson (anonymous); quoted",
      '"not a countermeasure" [afp-2019-07-12]',
      "qualifies: Seko, trade minister; paraphrased; on one of the days 1 to 4 July 2019.",
      "of no state: no speaker is named asserts: no named speaker (unattributed); "
        .. "on or before 12 July 2019.", '"widely seen" [nikkei-2019-07-12]',
      "Contradiction: Seko, trade minister contradicts Foreign ministry of Japan, official "
        .. "(anonymous), both of Japan, asserted by AFP, Reuters [afp-2019-07-12]",
      "Do the curbs break WTO rules? (one-sided) [afp-2019-07-12]",
      "Does South Korea control sensitive exports properly? (contested)",
      "South Korea asserts: South Korea; on or before",
      "Is the rise in cases better enforcement? (contested)",
      "Was hydrogen fluoride re-exported from South to North Korea? (one-sided)",
      "Did the 1965 treaty", "(one-sided)",
      "Did the delegations greet each other? (contested)",
      "in answer to press pool at the meeting in Tokyo",
    })
    local _, contradictions = questions:gsub("Contradiction:", "")
    assert.equal(1, contradictions)
    for question in store.questions:each() do
      assert.truthy(questions:find(question.title, 1, true), question.title)
    end
  end)

  it("tells six things of what authorities disclose", function()
    holds(section(text, "What authorities disclose"), {
      "4 published; 1 published as zero; 1 published, figure not on record; 1 withheld; "
        .. "0 looked for and none found; 0 years not looked for",
      "Japan: cases withheld: from an unknown start to 12 July 2019, as South Korea says [nikkei",
      "Trade ministry of South Korea: cases", "published: 2015 [",
      "published as zero: from 2015 to March 2019, involving North Korea [afp-2019-07-12]",
      "United States: cases published, figure not on record:", "as South Korea says [nikkei",
    })
  end)

  it("tells what rests on little: how much, and the most telling of it", function()
    local weak = section(text, "What rests on little")
    holds(weak, {
      -- The one claim that is single-sourced, reported and unattributed.
      "single-sourced:", "by source: nikkei-2019-07-12",
      "Japanese media (unattributed) asserts: Was hydrogen fluoride re-exported", "and ", "more",
      "anonymous: 8", "and 5 more", "reported: 2", "Mike Pompeo, secretary of state qualifies",
      "unattributed: 2", "undated: 2", "Disclosure, Japan: cases: withheld",
      "inferred: 3", "AFP says that the removal of South Korea is weighed",
      "contested: 5", "and 2 more", "derived: 1",
      "2018/2019-03: 72 = 156 (2015/2019-03) − 14 (2015) − 22 (2016) − 48 (2017) [afp",
    })
    local found = dualuse.audit(store, { dispute = "japan-korea-2019" })
    holds(weak, { ("single-sourced: %d"):format(found.counts.single_sourced) })
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
      assert.is_true(layout.width(line) <= 100, line)
      assert.is_nil(line:find "%s$", line)
    end
  end)

  it("reads one revision, and changes none", function()
    assert.equal(1, store:revision())
    local later = assert(dualuse.open())
    sample.load(later)
    later.cases:retract("kr-etching-gas-uae")
    local changed = brief(later, ASKED)
    assert.truthy(section(changed, "at revision 2"):find("1 case:", 1, true))
    holds(section(changed, "Cases by year"), { "Cases on record: 1;" })
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
    for _, heading in ipairs{ "Chronology", "Cases known", "Cases by year", "Measures",
        "Contested", "What authorities" } do
      assert.matches("on record", section(text, heading))
    end
    assert.matches("No item was asked for", section(text, "Which licence"))
    assert.matches("None: single%-sourced, anonymous,", section(text, "What rests"))
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

  it("tells ranges, disputed figures, and what answers another question", function()
    local store <close> = dispute_store()
    store.sources:add{ key = "paper", title = "A paper", published = "2020-02" }
    local function add(period, value, more)
      local record = { authority = "FRA", period = period, measure = "cases", value = value,
                       sources = { "gazette" } }
      for field, given in pairs(more or {}) do record[field] = given end
      return store.disclosures:add(record)
    end
    add("2010/2012", 50)
    add("2010", 5, { qualifier = "at_least" })
    local old = add("2012", 9)
    add("2012", 10, { supersedes = old })
    add("2010/2012", 7, { destinations = { "ITA" } })
    add("2010/2011", 3, { destinations = { "ITA" } })
    add("2013", 1)
    add("2013", 2, { sources = { "paper" }, asserted_by = "ITA" })
    add("2014~", 4)
    for _, date in ipairs{ "2013-01", "2013-02", "2013-03" } do
      store.cases:add{ authority = "FRA", date = date }
    end
    store.cases:add{ authority = "FRA", note = "Without a date." }
    local figures = section(brief(store), "Cases by year")
    local whole = between(figures, "France: cases; unit not told", "France: cases; of which")
    holds(whole, {
      "2010: 5 to 40; disclosed", "2011: 0 to 35; derived: at most 35: 50",
      "2012: 10; disclosed; on record: 0; not on record: 10 [gazette]",
      "2013: disputed, 1 or 2; disclosed, in part as Italy says; on record: 3; "
        .. "more on record than there should be: 1 to 2 [gazette, paper]",
      "Conflict, 2013: 1 by 1 (2013) [gazette]; 2 by 2 (2013) [paper]",
      "Cases on record: 4; in none of these periods: 0; without a date to place them: 1.",
      "Not placed:", "2014, 4, 2014~ is uncertain or approximate [gazette]",
      "Superseded, not used: 2012, 9 [gazette]",
    })
    local part = figures:match("France: cases; of which to Italy.*")
    holds(part, { "from 2010 to 2011: 3; disclosed", "2012: 4; derived: 7 (2010/2012" })
    lacks(part, "Superseded")
  end)

  it("finds the ways that goods take in the measures of a dispute", function()
    local store <close> = dispute_store()
    store.parties:add{ key = "FRA.trade", name = "Trade office", kind = "agency", parent = "FRA" }
    store.parties:add{ key = "club", name = "the club", kind = "group" }
    store.memberships:add{ group = "club", member = "ITA",
                           stages = { { stage = "in_force", date = "2018" } } }
    store.items:add{ key = "acids", name = "acids" }
    store.items:add{ key = "lathes", name = "lathes" }
    local function add(more)
      local record = { title = "A measure", requirement = "individual", dispute = "ours",
                       stages = { { stage = "in_force", date = "2019" } } }
      for field, given in pairs(more) do record[field] = given end
      store.measures:add(record)
    end
    add{ jurisdiction = "FRA.trade", destinations = { "club" }, items = { "acids" } }
    add{ jurisdiction = "ITA", destinations = { "CHN" }, items = { "lathes" } }
    add{ jurisdiction = "ESP", requirement = "prohibited" }
    local function licences(options)
      options.dispute = "ours"
      return section(brief(store, options), "Which licence")
    end
    local acids = licences{ item = "acids" }
    holds(acids, { "from Spain to France", "from 31 December 2019 on: prohibited",
      "from Spain to Italy", "from France to Italy", "individual licence, by “A measure”" })
    lacks(acids, "China")
    local lathes = licences{ item = "lathes", to = "CHN" }
    holds(lathes, { "from Spain to China", "from Italy to China" })
    lacks(lathes, "France")
    assert.matches("No measure is on record", licences{ item = "acids", from = "KOR" })
  end)

  it("names what nobody has looked for", function()
    local store <close> = dispute_store()
    store.disclosures:add{ authority = "FRA", period = "2016", measure = "fines", value = 0,
                           sources = { "gazette" } }
    store.disclosures:add{ authority = "FRA", period = "2018", measure = "fines",
                           status = "none_found", sources = { "gazette" } }
    holds(section(brief(store, { dispute = "ours" }), "What authorities"), {
      "1 published as zero;", "1 looked for and none found; 4 years not looked for",
      "France: fines published as zero: 2016 [gazette]",
      "looked for and none found: 2018 [gazette]", "not looked for: 2017 [no source]",
      "Italy: fines not looked for: 2016 to 2018",
    })
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
                           scope = "D" .. evil, asserted_by = "FRA" }
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
    for line in text:gmatch("[^\n]+") do assert.is_true(layout.width(line) <= 100, line) end
  end)

  it("breaks a word that is wider than a line, and knows that some characters are wide", function()
    for _, long in ipairs{ ("détente"):rep(50), ("輸出管理"):rep(50) } do
      local store <close> = dispute_store()
      store.questions:add{ key = "q", title = long, dispute = "ours" }
      local text = brief(store)
      assert.truthy(text:gsub("\n%s*", ""):find(long, 1, true))
      for line in text:gmatch("[^\n]+") do assert.is_true(layout.width(line) <= 100, line) end
    end
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
    refuses({ disputes = "ours" }, "misuse",
      'unknown option "disputes": expected dispute, during, from, item, to')
    refuses("ours", "misuse", 'expected a table of options, got "ours"')
    refuses({ dispute = "nobody's" }, "invalid",
      'dispute: no dispute has the id, key, name or alias "nobody\'s"')
    refuses({ item = "phlogiston" }, "invalid",
      'item: no item has the id, key, name or alias "phlogiston"')
    refuses({ during = "July" }, "invalid", "during: expected an EDTF date")
    refuses({ during = 2019 }, "misuse", "got 2019")
    refuses({ from = "FRA" }, "misuse", "item: expected the item that goes from there")
    store.items:add{ key = "acids", name = "acids" }
    refuses({ item = "acids", to = "Atlantis" }, "invalid", "to: no party has the id")
  end)

  it("is of an open store", function()
    local ok, problem = pcall(function() local text = brief("dispute.db") return text end)
    assert.is_false(ok)
    assert.equal("misuse", problem.code)
    assert.matches("expected a store", problem.message)
  end)
end)
