-- Reports: what they tell, that each sentence tells its sources, and how each format writes it.
-- Read from the top, this is the manual.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local layout = require "dualuse.layout"
local markup = require "spec.markup"
local Page = require "dualuse.report.page"
local shell = require "spec.shell"
local stores = require "spec.stores"

local report = dualuse.report

local FORMATS = { "text", "markdown", "html", "json", "timelinejs" }
local SAMPLE = "japan-korea-2019"
local N, A, P = "Report on the export controls", "Dispatch on the export controls",
  "Notice of the Japanese trade ministry"

--- The text of one section, from its heading to the next, its lines joined.
local function section(text, heading)
  local sections, title, lines = {}, nil, {}
  for line in (text .. "\n\n"):gmatch("([^\n]*)\n") do
    if line:find "^[-=]+$" then
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

--- What JSON holds.
local function read_json(store, text)
  return assert(core.decode(store, text))
end

-- -------------------------------------------------------------------------------------- Sample

describe("the report of the sample", function()
  local store, text

  setup(function()
    store = stores.sample_store()
    text = report(store, { dispute = SAMPLE, title = nil })
  end)
  teardown(function() store:close() end)

  it("begins with the dispute, its sources, and the revision that it is of", function()
    assert.equal("Japan's export controls on South Korea, 2019 [1, 2]", text:match "^[^\n]*")
    assert.matches("at revision 1%.", text)
    lacks(text, "Written")
  end)

  it("tells the day only if it is given, and another title if it is", function()
    local dated = report(store, { dispute = SAMPLE, title = "Mine", now = "2019-08-01" })
    assert.matches("^Mine\n====\nWritten 1 August 2019%. ", dated)
  end)

  it("sums it up in a few sentences, and counts what is on record with its units", function()
    holds(section(text, "In brief"), {
      "Between Japan and South Korea. [1, 2]",
      "Japan, “South Korea back on contract-by-contract screening” (individual licence): in force, "
        .. "4 July 2019. [1, 2]",
      "South Korea in the white list of Japan: end considered, 12 July 2019. [2]",
      "156 disclosed for the period from 2015 to March 2019; 2 cases are known one by one. [1, 2]",
      "4 of 12 questions are contested: “Are the curbs retaliation",
      "rest on one independent source only",
      "13 events", "12 questions", "23 claims", "3 measures", "[1–3]", "6 stages", "2 cases", "[1]",
      "7 disclosures", "4 links",
    })
  end)

  it("tells what happened, in order of the first possible day", function()
    holds(section(text, "Chronology"), {
      "by the end of 2018", "“Preferential treatment for the white list”: in force "
        .. "[inferred from 1, 2]",
      "on or before 12 July 2019", "threatens to go to the WTO", "boycott",
      "from 1910 to 1945", "1965",
      "at some time from December 2017 to 12 July 2019 (between the export and the report)",
      "Case, hydrogen fluoride → Vietnam",
      "on one of the days 1 to 4 July 2019", "announced [2, 3]",
      "retaliates for “Court orders Japanese firms to compensate forced labourers”, denied by "
        .. "Trade ministry of Japan, Foreign ministry of Japan, contested [1, 2]",
      "is answered by “Trade ministry discloses 156 unauthorised exports” [1]",
      " 4 July 2019", "in force [1, 2]", " 10 July 2019",
      "156 cases, from 2015 to March 2019 [1, 2]",
      "(consult: Kang Kyung-wha, Mike Pompeo) [1]",
      " 12 July 2019", "South Korea in the white list of Japan: end considered [2]",
      "undated: day of publication not on record", "as South Korea says [1]",
    })
  end)

  it("of a time has what may have been then", function()
    local july = report(store, { dispute = SAMPLE, during = "2019-07" })
    local chronology = section(july, "Chronology: July 2019")
    holds(chronology, { "on or before 12 July 2019", "10 July 2019" })
    lacks(chronology, "1965")
    lacks(chronology, "Colonial")
  end)

  it("has each known case, what is told of none, and what a reader should know", function()
    holds(section(report(store, { dispute = SAMPLE, width = 240 }), "Cases known"), {
      "hydrogen fluoride", "Vietnam", "December 2017", "[1]",
      "United Arab Emirates", "Told of none of them: exporter, end user, offence and outcome.",
      "How many cases it stands for is not said", "[1]",
    })
  end)

  it("sets what was disclosed against what is on record, with the 72 that follow", function()
    local wide = report(store, { dispute = SAMPLE, width = 240 })
    local figures = section(wide, "Cases by year")
    holds(figures, {
      "Japan: cases; unit not told",
      "Withheld: from an unknown start to 12 July 2019, as South Korea says [1]",
      "Trade ministry of South Korea: cases; unit case; by year detected",
      "2015 14 disclosed, published 10 July 2019 0 14 [1]",
      "from 2015 to March 2019 156 disclosed, published 10 July 2019 0, and possibly 2 more "
        .. "154 to 156 [1, 2]",
      "2016 22 disclosed", "2017 48 disclosed, published 10 July 2019 0, and possibly 1 more "
        .. "47 to 48 [1]",
      "from 2018 to March 2019 72 derived: 156 (from 2015 to March 2019) − 14 (2015) − 22 (2016) "
        .. "− 48 (2017) 0, and possibly 2 more 70 to 72 [1, 2]",
      "Cases on record: 2; in none of these periods: 0; without a date to place them: 0. [1]",
      "of which involving North Korea; unit case; by year detected",
      "Not set against cases: which of them are such is not on record.",
      "United States: cases", "published, but the figure is not on record [1]",
    })
    lacks(figures, "Conflict")
  end)

  it("draws the figures as bars as long as they are", function()
    local lengths = {}
    for bar, value in section(text, "Cases by year"):gmatch(" ([\xE2\x80-\xBF]+) (%d+)[ ;]") do
      lengths[tonumber(value)] = lengths[tonumber(value)] or utf8.len(bar)
    end
    local unit = lengths[156] / 156
    for _, value in ipairs{ 14, 22, 48, 72 } do
      assert.near(value * unit, lengths[value], 1.01, tostring(value))
    end
    assert.truthy(text:find("▒ 72 (derived)", 1, true))
  end)

  it("tells the licence before and after 4 July 2019, and why, once for like items", function()
    local licences = section(text, "Which licence")
    holds(licences, {
      "fluorinated polyimide, photoresist, hydrogen fluoride and technology of the three "
        .. "chip-making materials from Japan to South Korea",
      "until 30 December 2018",
      "not certain: nothing on record, bulk licence or individual licence; the strictest, by "
        .. "“Each contract for goods of military use is screened on its own” [1–3]",
      "Not certain: whether South Korea was in the white list of Japan then is not known. [1–3]",
      "from 31 December 2018 to 3 July 2019",
      "bulk licence, by “Preferential treatment for the white list” [1–3]",
      "Inferred: Measure “Preferential treatment for the white list”, in force by the end of 2018; "
        .. "South Korea in the white list of Japan, in force by the end of 2018. [1–3]",
      "from 4 July 2019 on",
      "individual licence, by “South Korea back on contract-by-contract screening” [1–3]",
      "It takes precedence over “Each contract for goods of military use is screened on its own” "
        .. "and “Preferential treatment for the white list”. [1–3]",
    })
    local _, routes = licences:gsub("materials from Japan to", "")
    assert.equal(1, routes)
  end)

  it("tells it of other items and another way, if they are asked for", function()
    local back = section(report.licences(store, { dispute = SAMPLE, items = "etching gas",
      origin = "Seoul", destination = "JPN" }), "Which licence hydrogen fluoride needs")
    holds(back, { "hydrogen fluoride from South Korea to Japan", "at any time",
      "nothing on record [no source]" })
    local two = report.licences(store, { items = { "photoresist", "etching gas" },
      destination = "Vietnam" })
    holds(section(two, "Which licence these items need"), {
      "photoresist and hydrogen fluoride from Japan to Vietnam", "individual licence, by “Each" })
  end)

  it("has the measures, and the sources of each thing that it tells of them", function()
    holds(section(text, "Measures"), {
      "Japan: Each contract", "items: any controlled item [1]", "destinations: any [1]",
      "requirement: individual licence [1]", "penalties: Prison and fines",
      "in force: by the end of 2018 [1]",
      "Japan: Preferential treatment", "destinations: white list of Japan [2]",
      "requirement: bulk licence (general bulk export licence) [2, 3]",
      "in force: by the end of 2018 [inferred from 1, 2]",
      "Japan: South Korea back", "announced: on one of the days 1 to 4 July 2019 [2, 3]",
      "in force: 4 July 2019 [1, 2]",
    })
    holds(section(report.measures(store, { items = "etching gas" }),
      "Measures that touch hydrogen fluoride"), { "items: it names hydrogen fluoride" })
  end)

  it("tells who acts on whom", function()
    holds(section(text, "Who acts on whom"), {
      "South Korea United States 2 consult, request [1, 2]",
      "Trade ministry of Japan South Korea 1 reject [2]",
      "6 events have no actor or no target",
    })
  end)

  it("has the contested questions: who says what, how, and in which source", function()
    local questions = section(text, "Contested questions")
    holds(questions, {
      "Are the curbs retaliation for the court rulings? (contested) [1, 2]",
      "Japan denies: Trade ministry of Japan, spokesperson (anonymous); quoted",
      '"not a countermeasure" [2]',
      "qualifies: Seko, trade minister; paraphrased; on one of the days 1 to 4 July 2019.",
      "of no state: no speaker is named asserts: no named speaker (unattributed); "
        .. "on or before 12 July 2019.", '"widely seen" [1]',
      "Contradiction: Seko, trade minister contradicts Foreign ministry of Japan, official "
        .. "(anonymous), both of Japan, asserted by AFP, Reuters [2]",
      "Do the curbs break WTO rules? (one-sided) [2]",
      "Did the delegations greet each other? (contested) [2]",
      "in answer to press pool at the meeting in Tokyo",
    })
    for question in store.questions:each() do
      assert.truthy(questions:find(question.title, 1, true), question.title)
    end
    -- who takes which stance, in number of claims: Japan, South Korea, the United States, nobody's
    holds(questions, { "Japan 3 5 2 1 1", "South Korea 5 2 0 0 1", "United States 0 0 0 0 1",
      "no state 1 1 0 0 0" })
  end)

  it("says that no list of restricted parties was looked at", function()
    holds(section(text, "Restricted parties met"),
      { "No restricted-party list is in the store: none of the 17 parties" })
  end)

  it("tells six things of what authorities disclose", function()
    holds(section(report.transparency(store, { dispute = SAMPLE, width = 240 }),
      "What authorities disclose"), {
      "4 published; 1 published as zero; 1 published, figure not on record; 1 withheld; "
        .. "0 looked for and none found; 0 years not looked for",
      "Japan cases from an unknown start to 12 July 2019 withheld as South Korea says [1]",
      "2015 published 14 [1, 2]", "published as zero 0 involving North Korea [2]",
      "United States cases", "published, figure not on record as South Korea says [1]",
    })
  end)

  it("tells how much rests on which source, and on it alone", function()
    local rests = section(report.sources(store, { dispute = SAMPLE, width = 240 }), "What rests on")
    holds(rests, { N, "12 July 2019, 07:30", "[1]", A, "[2]", P, "1 July 2019", "[3]" })
    -- The twin counts the records that cite it.
    local cites, alone = 0, 0
    for _, kind in ipairs{ "disputes", "events", "stages", "measures", "memberships", "cases",
        "disclosures", "questions", "claims", "links" } do
      for record in store[kind]:each() do
        local keys = {}
        for _, citation in ipairs(record.sources or {}) do
          keys[type(citation) == "table" and citation[1] or citation] = true
        end
        if keys["nikkei-2019-07-12"] then
          cites = cites + 1
          if next(keys) == "nikkei-2019-07-12" and next(keys, "nikkei-2019-07-12") == nil then
            alone = alone + 1
          end
        end
      end
    end
    holds(rests, { ("07:30 %d %d [1]"):format(cites, alone) })
  end)

  it("tells what rests on little: how much, and the most telling of it", function()
    local weak = section(text, "What rests on little")
    holds(weak, { "single-sourced:", "by source: ", "anonymous: 8", "and 5 more", "inferred: 3",
      "contested: 5", "derived: 1", "unsourced: 1", "[no source]" })
    local found = dualuse.audit(store, { dispute = SAMPLE })
    holds(weak, { ("single-sourced: %d"):format(found.counts.single_sourced) })
  end)

  it("tells what it does not cover", function()
    holds(section(text, "What this does not cover"), {
      "All rests on 3 sources, published from 1 July 2019 to 12 July 2019, 07:30: what became "
        .. "known later is not in it. [1–3]",
      "Nothing is on record of these kinds: applications, listings and screenings.",
      "2 records have no date on record",
      "Of the 156 cases that Trade ministry of South Korea disclosed for the period from 2015 to "
        .. "March 2019, 154 to 156 are not known one by one. [1, 2]",
      "where none is, that does not mean that no licence was needed.",
      "Restricted-party lists that are not in the store, by the names that the US Consolidated",
    })
  end)

  it("lists the sources by their numbers, in the order of first use", function()
    holds(section(text .. "\n", "Sources"), { "[1] " .. N,
      "Nikkei Asian Review, 12 July 2019, 07:30", "[2] " .. A, "[3] " .. P })
    local seen = 0
    for cited in text:gmatch("%[(%d[%d, –]*)%]") do
      for number in cited:gmatch("%d+") do
        assert.is_true(tonumber(number) <= seen + 1 or cited:find("–", 1, true) ~= nil, cited)
        seen = math.max(seen, tonumber(number))
      end
    end
    assert.equal(3, seen)
  end)

  it("reads one revision, and changes none", function()
    assert.equal(1, store:revision())
    local later <close> = stores.sample_store()
    later.cases:retract("kr-etching-gas-uae")
    local changed = report(later, { dispute = SAMPLE })
    assert.matches("at revision 2%.", changed)
    lacks(section(changed, "Cases known"), "United Arab Emirates")
    assert.equal(text, report(later:as_of(1), { dispute = SAMPLE }))
  end)

  it("is of the whole store where nothing is asked for", function()
    local all = report(store)
    assert.matches("^What is on record\n", all)
    holds(section(report.summary(store, { width = 240 }), "In brief"),
      { "268 parties", "249 states are among them" })
    holds(section(all, "Chronology"), { "by the end of 2018", "1965", "4 July 2019" })
  end)
end)

-- ---------------------------------------------------------------------------------- Provenance

describe("every figure and every sentence", function()
  -- What is said of the store itself, and not of the world: nothing could be cited for it.
  local OF_THE_STORE = { "^%d[%d,]* records? and fields? rest", "^Nothing is on record",
    "have no date on record", "^Licences are told of", "^Restricted%-party lists that",
    "^In order of the first", "^Told of none of them", "^Not set against cases", "^and %d+ more",
    "^by kind: ", "^Six things that a blank", "^Counted in records", "^No restricted%-party list",
    "^Records of disputes, events" }

  local function is_of_the_store(text)
    for _, pattern in ipairs(OF_THE_STORE) do
      if text:find(pattern) then return true end
    end
    return false
  end

  local checked
  local function check(text)
    checked = checked + 1
    assert.is_true(text.sources ~= nil or is_of_the_store(text.text), text.text)
  end

  local check_blocks

  local function check_items(items)
    for _, item in ipairs(items) do
      if not item.text:find("^replies to") then check(item) end
      check_items(item.items or {})
    end
  end

  local function check_row(row)
    local cited
    for _, cell in pairs(row) do cited = cited or cell.sources ~= nil end
    checked = checked + 1
    assert.is_true(cited, stores.show(row))
  end

  function check_blocks(blocks)
    for _, block in ipairs(blocks) do
      if block.type == "paragraph" then check(block) end
      check_items(block.items or {})
      for _, entry in ipairs(block.entries or {}) do check_items(entry.items) end
      for _, row in ipairs(block.rows or {}) do check_row(row) end
      check_blocks(block.blocks or {})
    end
  end

  it("carries the numbers of its sources", function()
    local store <close> = stores.sample_store()
    checked = 0
    local found = read_json(store, report(store, { dispute = SAMPLE, to = "json" }))
    for _, part in ipairs(found.sections) do check_blocks(part.blocks) end
    assert.is_true(checked > 150, checked)
  end)

  it("cites a place in a source with its number", function()
    local store <close> = dispute_store()
    store.events:add{ date = "2020", kind = "accuse", title = "An event", dispute = "ours",
                      sources = { { "gazette", locator = "para 6" },
                                  { "gazette", field = "date" } } }
    for to, expected in pairs{ text = "[1, 1 para 6]", markdown = "[[1, 1 para 6]](#sources)",
        html = '<a href="#source-1" title="A gazette">1</a> para 6]' } do
      local text = report.chronology(store, { dispute = "ours", to = to })
      assert.truthy(text:find(expected, 1, true), to)
    end
  end)

  it("says whose voice a source repeats", function()
    local store <close> = dispute_store()
    store.sources:add{ key = "copy", title = "A copy", republished_from = "gazette",
                       url = "https://example.org/a?b=c&d", archive_url = "javascript:alert(1)",
                       retrieved = "2020-02-02" }
    store.events:add{ date = "2020", kind = "accuse", title = "An event", sources = { "copy" } }
    holds(section(report(store) .. "\n", "Sources"), { "[2] A copy.",
      "Repeats “A gazette”, and is no second voice. https://example.org/a?b=c&d",
      "Archived: javascript:alert(1) Read 2 February 2020." })
    local html = report(store, { to = "html" })
    assert.truthy(html:find('<a href="https://example.org/a?b=c&amp;d" rel=', 1, true))
    assert.is_nil(html:find('href="javascript', 1, true))
    assert.truthy(report(store, { to = "markdown" }):find("<https://example.org/a?b=c&d>", 1, true))
  end)

  it("reads alleged, contested or acquitted, where it is", function()
    local store <close> = dispute_store()
    store.events:add{ date = "2020-01", kind = "accuse", title = "A raid", status = "alleged",
                      dispute = "ours", sources = { "gazette" } }
    store.events:add{ date = "2020-02", kind = "accuse", status = "denied", dispute = "ours" }
    for _, status in ipairs{ "alleged", "confirmed", "alleged" } do
      store.events:add{ date = "2020-03", kind = "coerce", status = status, dispute = "ours",
                        actor = "JPN", target = "KOR" }
    end
    store.cases:add{ authority = "FRA", date = "2020-03", disposition = "acquitted",
                     dispute = "ours", sources = { "gazette" } }
    store.cases:add{ authority = "FRA", date = "2020-04", disposition = "investigating",
                     outcomes = { "fine" }, fine = 12000, currency = "EUR", dispute = "ours" }
    for _, to in ipairs(FORMATS) do
      local text = report(store, { dispute = "ours", to = to })
      for _, words in ipairs{ "Alleged: A raid", "Denied: accuse", "acquitted",
          "under investigation" } do
        assert.truthy(text:find(words, 1, true), ("%s in %s"):format(words, to))
      end
    end
    holds(section(report(store, { dispute = "ours" }), "Cases known"),
      { "acquitted", "investigating, fine of 12,000 EUR" })
    holds(section(report(store, { dispute = "ours" }), "Who acts"), {
      "Japan South Korea 3 coerce; 2 alleged [no source]",
      "Of 3 events, not all are sure to have happened: 2 alleged. [no source]" })
    assert.matches('<li class="unsure">Alleged: A raid', report(store, { to = "html" }))
  end)
end)

-- --------------------------------------------------------------------------------------- Parts

describe("each part", function()
  it("can be had alone, and has the sources that it cites", function()
    local store <close> = stores.sample_store()
    for _, part in ipairs(report.parts) do
      local alone = report[part](store, { dispute = SAMPLE })
      local _, headings = alone:gsub("\n%-+\n", "")
      assert.equal(2, headings, part)
      assert.equal(alone, report(store, { dispute = SAMPLE, parts = part }))
      for number in alone:gmatch("%[(%d)%]") do
        assert.truthy(alone:find(("\n  [%s] "):format(number), 1, true), part)
      end
    end
    local two = report(store, { dispute = SAMPLE, parts = { "coverage", "summary" } })
    assert.is_true(two:find("What this does not cover\n-", 1, true)
      < two:find("In brief\n-", 1, true))
  end)

  it("of an empty store says that there is nothing, in every format", function()
    local store <close> = assert(dualuse.open())
    for _, to in ipairs(FORMATS) do
      local text = report(store, { to = to })
      assert.is_true(#text > 200)
    end
    local text = report(store)
    for _, heading in ipairs{ "Chronology", "Cases known", "Cases by year", "Measures", "Contested",
        "What authorities", "Who acts" } do
      assert.matches("on record", section(text, heading))
    end
    holds(section(text, "Which licence"), { "No item was asked for" })
    holds(section(text, "What rests on little"), { "None: single-sourced, anonymous," })
    holds(section(text, "What this does not cover"), { "No source is cited for any of it." })
    holds(section(text .. "\n", "Sources"), { "None is cited." })
  end)

  it("leaves out what is no part of the dispute, and says how much that is", function()
    local store <close> = dispute_store()
    store.disputes:add{ key = "theirs", title = "Theirs", parties = { "ESP" } }
    for _, dispute in ipairs{ "ours", "theirs" } do
      store.events:add{ date = "2020", kind = "accuse", title = "Event, " .. dispute,
                        dispute = dispute }
      store.questions:add{ key = "q-" .. dispute, title = "Question, " .. dispute,
                           dispute = dispute }
      store.cases:add{ authority = "FRA", dispute = dispute, note = "Case, " .. dispute }
    end
    store.events:add{ date = "2020", kind = "accuse", title = "Event of no dispute" }
    store.disclosures:add{ authority = "ESP", period = "2019", measure = "fines", value = 11 }
    store.disclosures:add{ authority = "FRA", period = "2019", measure = "fines", value = 12 }
    local text = report(store, { dispute = "ours" })
    for _, word in ipairs{ "Event", "Question", "Case" } do
      assert.truthy(text:find(word .. ", ours", 1, true))
      assert.is_nil(text:find(word .. ", theirs", 1, true))
    end
    lacks(text, "of no dispute\n")
    store.sources:add{ key = "theirs", title = "Of theirs" }
    holds(section(report(store, { dispute = "ours" }), "What this does not cover"), {
      "All rests on 1 source, published 1 January 2020: what became known later is not in it. [1]",
      "no dispute is named: 1 event." })
    assert.matches("2019 +12 +disclosed", text)
    assert.is_nil(text:find("2019 +11 +disclosed"))
    assert.matches("^Ours %[1 para 5%]\n", text)
    holds(section(text, "What this does not cover"), { "no dispute is named: 1 event." })
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
    local figures = section(report.cases_by_year(store, { width = 240 }), "Cases by year")
    local whole = between(figures, "France: cases; unit not told", "France: cases; of which")
    holds(whole, {
      "2010 5 to 40 disclosed", "2011 0 to 35 derived: at most 35: 50",
      "2012 10 disclosed 0 10 [1]",
      "2013 disputed, 1 or 2 disclosed, in part as Italy says 3 "
        .. "1 to 2 more on record than there should be [1, 2]",
      "Conflict, 2013: 1 by 1 (2013) [1]; 2 by 2 (2013) [2]",
      "Cases on record: 4; in none of these periods: 0; without a date to place them: 1.",
      "Not placed:", "2014, 4, 2014~ is uncertain or approximate [1]",
      "Superseded, not used: 2012, 9 [1]",
    })
    local part = figures:match("France: cases; of which to Italy.*")
    holds(part, { "from 2010 to 2011 3 disclosed", "2012 4 derived: 7 (from 2010 to 2012" })
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
      return section(report.licences(store, options), "Which licence")
    end
    local acids = licences{ items = "acids" }
    holds(acids, { "acids from Spain to France", "from 31 December 2019 on", "prohibited",
      "acids from Spain to Italy", "acids from France to Italy",
      "individual licence, by “A measure”" })
    lacks(acids, "China")
    local lathes = licences{ items = "lathes", destination = "CHN" }
    holds(lathes, { "lathes from Spain to China", "lathes from Italy to China" })
    lacks(lathes, "France")
    holds(licences{ items = "acids", origin = "KOR" }, { "No measure is on record" })
    -- without items asked for, those that the measures name
    holds(licences{}, { "acids", "lathes" })
  end)

  it("names restricted parties, and the lists that there are", function()
    local store <close> = dispute_store()
    store.parties:add{ key = "acme", name = "Acme", kind = "company", country = "ITA" }
    store.parties:add{ key = "other", name = "Other", kind = "company", country = "ITA" }
    for _, party in ipairs{ "acme", "other" } do
      store.listings:add{ party = party, list = "Entity List", entry = "12", listed = "2018-05",
                          sources = { "gazette" } }
    end
    store.cases:add{ authority = "FRA", exporter = "acme", parties = { "acme" }, dispute = "ours",
                     date = "2019" }
    local met = section(report.restricted(store, { dispute = "ours", width = 240 }), "Restricted")
    holds(met, { "Acme Entity List, entry 12 May 2018 licence required "
      .. "exporter in cases; involved in cases [1]", "not by likeness of names",
      "Entity List (2 entries)" })
    lacks(met, "Other")
    store.cases:retract(store.cases:first().id)
    holds(section(report.restricted(store, { dispute = "ours" }), "Restricted"),
      { "is on a list" })
  end)

  it("names what nobody has looked for", function()
    local store <close> = dispute_store()
    store.disclosures:add{ authority = "FRA", period = "2016", measure = "fines", value = 0,
                           sources = { "gazette" } }
    store.disclosures:add{ authority = "FRA", period = "2018", measure = "fines",
                           status = "none_found", sources = { "gazette" } }
    local text = report(store, { dispute = "ours", width = 240 })
    holds(section(text, "What authorities"), {
      "1 published as zero;", "1 looked for and none found; 4 years not looked for",
      "France fines 2016 published as zero 0 [1]", "2018 looked for and none found [1]",
      "2017 not looked for [no source]", "Italy fines 2016 to 2018 not looked for",
    })
    holds(section(text, "What this does not cover"), {
      "Nobody looked for what France discloses of fines: 2017.",
      "Nobody looked for what Italy discloses of fines: 2016 to 2018." })
  end)

  it("leaves out what is too much, and says how much", function()
    local store <close> = dispute_store()
    store:transaction(function()
      for i = 1, 120 do
        store.events:add{ date = ("2019-%02d"):format(i % 12 + 1), kind = "accuse", actor = "FRA",
                          target = "ITA", title = "Event " .. i, dispute = "ours" }
        store.cases:add{ authority = "FRA", date = "2019", dispute = "ours" }
      end
    end)
    local text = report(store, { dispute = "ours", most = 50 })
    holds(section(text, "Chronology"), { "190 more, after these, are left out of the list" })
    holds(section(text, "Cases known"), { "70 more cases are left out" })
    local html = report(store, { dispute = "ours", to = "html", most = 50 })
    assert.truthy(html:find("Events month by month", 1, true))
    local events = read_json(store, report(store, { dispute = "ours", to = "timelinejs",
      most = 50 }))
    assert.equal(50, #events.events)
    assert.matches("190 more", events.title.text.text)
  end)
end)

-- ---------------------------------------------------------------------------------- Many events

describe("a report of many events", function()
  local MANY, store, figures = 1100, nil, {}

  -- Each third event is alleged, each tenth acts on nobody, and the rest on one of two; they are of
  -- 28 days in two months.
  setup(function()
    store = dispute_store()
    store.sources:add{ key = "wire", title = "A wire", republished_from = "gazette" }
    store:transaction(function()
      for i = 1, MANY do
        store.events:add{ date = ("2019-%02d-%02d"):format(i % 2 + 3, i % 28 + 1), kind = "accuse",
          actor = "FRA", target = i % 10 ~= 0 and (i % 5 == 0 and "ESP" or "ITA") or nil,
          status = i % 3 == 0 and "alleged" or nil,
          sources = i % 4 > 0 and { "gazette", i % 4 == 1 and "wire" or nil } or nil }
      end
      store.cases:add{ authority = "FRA", date = "2019-03-05", sources = { "gazette" } }
    end)
    for _, part in ipairs(read_json(store, report(store, { to = "json" })).sections) do
      for _, block in ipairs(part.blocks) do
        if block.chart then figures[block.chart] = block.data end
      end
    end
  end)
  teardown(function() store:close() end)

  it("tells the first of them, and how many come after", function()
    local text = report.chronology(store, { most = 20 })
    holds(text, { "1 March 2019", "1,081 more, after these, are left out of the list: "
      .. "ask for a shorter time, or for more." })
    assert.equal(20, select(2, text:gsub("accuse: France", "")))
  end)

  it("has all of them in its picture, those of one day as one mark", function()
    local events, last = 0, ""
    for _, row in ipairs(figures.timeline) do
      assert.is_true(row.date >= last)
      last = row.date
      if row.kind == "events" then
        events = events + row.count
        assert.equal(row.count, store.events:where{ date = { during = row.date } }:count())
        assert.equal(row.count .. " events", row.label)
      end
    end
    assert.equal(MANY, events)
    assert.equal(28 + 1, #figures.timeline) -- and there is a case
    assert.matches("1 March 2019: 39 events", report.chronology(store, { to = "html" }), 1, true)
    holds(report.chronology(store), { "1,101 of 1,101 are known to be of one day of this line" })
  end)

  it("counts who acts on whom, and how much of it is not sure", function()
    assert.same({ { actor = "France", target = "Italy", count = 880 },
      { actor = "France", target = "Spain", count = 110 } }, figures.network)
    holds(section(report.acts(store), "Who acts"), {
      "France Italy 880 accuse; 293 alleged [1, 2]", "France Spain 110 accuse; 37 alleged [1, 2]",
      "Of 990 events, not all are sure to have happened: 330 alleged. [1, 2]",
      "110 events have no actor or no target, and are not here. [1]" })
  end)

  it("counts what rests on little, and has examples of it", function()
    local found = dualuse.audit(store)
    local text = section(report.weaknesses(store), "What rests on little")
    holds(text, { ("single-sourced: %d"):format(found.counts.single_sourced), "by source: 552 [",
      "by kind: events 825, cases 1, disputes 1", "reported: 366", "and 363 more",
      "unsourced: 275" })
  end)
end)

-- ---------------------------------------------------------------------------------------- Text

describe("text", function()
  it("fits its width, ends each line, and has no trailing space", function()
    local store <close> = stores.sample_store()
    for _, width in ipairs{ 40, 72, 100, 200 } do
      for _, ascii in ipairs{ false, true } do
        local text = report(store, { dispute = SAMPLE, width = width, ascii = ascii })
        assert.equal("\n", text:sub(-1))
        for line in text:gmatch("([^\n]*)\n") do
          assert.is_true(layout.width(line) <= width, line)
          assert.is_nil(line:find "%s$", line)
        end
      end
    end
  end)

  it("gives a column of a table the room that it needs, and breaks no word that fits", function()
    local page = Page.new{ columns = 60 }
    local long = ("a tale of several words "):rep(8)
    assert.is_true(page:table(2, { { "Item", "What is told" }, { "hydrogen fluoride", long } }, {}))
    -- The heading, and below it the tale in four lines, beside the item in two.
    assert.equal(5, #page)
    assert.matches("^  hydrogen +a tale", page[2])
    math.randomseed(15)
    for _ = 1, 200 do
      local rows, words = { {} }, {}
      local columns = math.random(2, 5)
      for c = 1, columns do rows[1][c] = "heading" end
      for r = 2, 4 do
        rows[r] = {}
        for c = 1, columns do
          local text = {}
          for i = 1, math.random(12) do text[i] = ("x"):rep(math.random(16)) end
          table.move(text, 1, #text, #words + 1, words)
          rows[r][c] = table.concat(text, " ")
        end
      end
      local wide = Page.new{ columns = 100 }
      assert.is_true(wide:table(0, rows, {}))
      local expected, found = table.concat(words, " "), {}
      for word in expected:gmatch("x+") do found[#word] = (found[#word] or 0) + 1 end
      for _, line in ipairs(wide) do
        assert.is_true(#line <= 100)
        for word in line:gmatch("x+") do found[#word] = (found[#word] or 0) - 1 end
      end
      for length, count in pairs(found) do assert.equal(0, count, length) end
    end
  end)

  it("draws bars on a narrow page, too", function()
    local store <close> = stores.sample_store()
    local text = report.cases_by_year(store, { dispute = SAMPLE, width = 72 })
    holds(text, { "▒ 72 (derived); possibly 2 on record", "█ 156; possibly 2 on record" })
  end)

  it("is ASCII where that is asked for, and says which characters were not", function()
    local store <close> = stores.sample_store()
    store.parties:add{ key = "tokyo", name = "東京", kind = "organisation" }
    store.events:add{ date = "2019-07-12", kind = "accuse", actor = "tokyo", target = "KOR",
                      title = "détente", dispute = SAMPLE }
    local text = report(store, { dispute = SAMPLE, ascii = true })
    assert.is_nil(text:find("[\x80-\xFF]"))
    holds(text, { '"South Korea back', "d\\u{00E9}tente (accuse: \\u{6771}\\u{4EAC} -> South Korea",
      "####" })
    assert.is_nil(report(store, { dispute = SAMPLE }):find("\\u{", 1, true))
  end)

  it("does not depend on the locale to be so", function()
    local store <close> = stores.sample_store()
    local text, locale = report(store, { dispute = SAMPLE }), os.setlocale()
    for _, other in ipairs{ "C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "de_DE.ISO-8859-1" } do
      os.setlocale(other)
      local again = report(store, { dispute = SAMPLE })
      os.setlocale(locale)
      stores.same_lines(text, again)
    end
  end)

  it("breaks a word that is wider than a line, and knows that some characters are wide", function()
    for _, long in ipairs{ ("détente"):rep(50), ("輸出管理"):rep(50) } do
      local store <close> = dispute_store()
      store.questions:add{ key = "q", title = long, dispute = "ours" }
      local text = report(store)
      assert.truthy(text:gsub("\n%s*", ""):find(long, 1, true))
      for line in text:gmatch("[^\n]+") do assert.is_true(layout.width(line) <= 100, line) end
    end
  end)

  it("draws a sparkline of when most happened", function()
    local store <close> = dispute_store()
    for day, count in pairs{ [1] = 1, [4] = 8, [9] = 4 } do
      for _ = 1, count do
        store.events:add{ date = ("2019-07-0%d"):format(day), kind = "accuse" }
      end
    end
    store.events:add{ date = "2019", kind = "accuse" }
    holds(report.chronology(store), { "2019-07-01  ▁  █    ▄  2019-07-09",
      "at most 8; 13 of 14 are known to be of one day" })
    holds(report.chronology(store, { ascii = true }), { "2019-07-01  .  #    -  2019-07-09" })
  end)
end)

-- ---------------------------------------------------------------------------------------- HTML

describe("HTML", function()
  local store, html, elements

  setup(function()
    store = stores.sample_store()
    html = report(store, { dispute = SAMPLE, to = "html" })
    elements = markup.elements(html)
  end)
  teardown(function() store:close() end)

  it("is one file that fetches nothing and runs nothing", function()
    local metas = {}
    for _, meta in ipairs(markup.named(elements, "meta")) do
      metas[meta.attributes["http-equiv"] or meta.attributes.name or "charset"] = meta.attributes
    end
    local policy = metas["Content-Security-Policy"].content:gsub("%s+", " ")
    assert.equal("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
      .. "form-action 'none'", policy)
    assert.equal("utf-8", metas.charset.charset)
    for _, element in ipairs(elements) do
      assert.is_nil(({ script = true, link = true, img = true, iframe = true, object = true,
        form = true, base = true, video = true })[element.name], element.name)
      for name, value in pairs(element.attributes) do
        assert.is_nil(name:find("^on%l"), name)
        assert.is_nil(({ src = true, srcset = true, action = true, data = true })[name], name)
        if name == "href" then assert.matches("^#", value) end
      end
    end
    local style = markup.named(elements, "style")
    assert.equal(1, #style)
    assert.is_nil(style[1].text:find("@import", 1, true))
    assert.is_nil(style[1].text:find("url(", 1, true))
    assert.is_nil(style[1].text:find("@font-face", 1, true))
  end)

  it("has names that are its own, and links that lead to them", function()
    local ids = {}
    for _, element in ipairs(elements) do
      local id = element.attributes.id
      if id then
        assert.is_nil(ids[id], id)
        ids[id] = true
      end
    end
    for _, element in ipairs(elements) do
      local a = element.attributes
      if a.href then assert.is_true(ids[a.href:sub(2)], a.href) end
      for _, name in ipairs{ "aria-labelledby" } do
        for id in (a[name] or ""):gmatch("%S+") do assert.is_true(ids[id], id) end
      end
    end
  end)

  it("has one heading of the first level, and none that is skipped", function()
    local level, first = 0, 0
    for _, element in ipairs(elements) do
      local heading = tonumber(element.name:match("^h(%d)$"))
      if heading then
        assert.is_true(heading <= level + 1, element.text)
        level, first = heading, first + (heading == 1 and 1 or 0)
      end
    end
    assert.equal(1, first)
    for _, name in ipairs{ "header", "nav", "main" } do
      assert.equal(1, #markup.named(elements, name), name)
    end
    assert.equal("en", markup.named(elements, "html")[1].attributes.lang)
  end)

  it("has each picture twice: for wide screens and for narrow ones", function()
    local figures = markup.named(elements, "figure")
    assert.equal(5, #figures)
    assert.equal(10, #markup.named(elements, "svg"))
    for _, figure in ipairs(figures) do
      assert.equal("figcaption", figure.children[1].name)
      assert.equal("wide", figure.children[2].attributes.class)
      assert.equal("narrow", figure.children[3].attributes.class)
    end
  end)

  it("has tables that can be sorted: by each column, each row has its place", function()
    local sorted = 0
    for _, div in ipairs(markup.named(elements, "div")) do
      if (div.attributes.class or ""):find("sortable") then
        sorted = sorted + 1
        local places, count = {}, 0
        for _, row in ipairs(elements) do
          local above = row.parent and row.parent.parent and row.parent.parent.parent
          if row.name == "tr" and row.attributes.style and above == div then
            count = count + 1
            for column, place in row.attributes.style:gmatch("%-%-o(%d+):(%d+)") do
              places[column] = places[column] or {}
              assert.is_nil(places[column][place])
              places[column][place] = true
            end
          end
        end
        assert.is_true(count >= 4)
        for _, of_column in pairs(places) do
          for place = 1, count do assert.is_true(of_column[tostring(place)]) end
        end
      end
    end
    assert.is_true(sorted >= 3)
  end)

  it("sorts figures by size, dates by their first day, and texts by their bytes", function()
    local small <close> = dispute_store()
    local dates = { "2019-07", "[2018..2020]", "201X", "2019-07-04", "2020" }
    for i, date in ipairs(dates) do
      small.cases:add{ authority = "FRA", exported = date, quantity = i, items = nil,
                       note = nil, date = "2021-01-0" .. i }
    end
    local page = markup.elements(report.cases(small, { to = "html" }))
    local column, places = nil, {}
    for _, input in ipairs(markup.named(page, "input")) do
      local label = input.parent.children[2].text
      if label == "exported" then column = input.attributes.class:match("%d+") end
    end
    for _, row in ipairs(markup.named(page, "tr")) do
      local place = (row.attributes.style or ""):match("%-%-o" .. column .. ":(%d+)")
      if place then places[#places + 1] = tonumber(place) end
    end
    -- the rows stand by the day of detection, as they were added
    assert.same({ 3, 2, 1, 4, 5 }, places)
  end)

  it("is valid to a parser of others", function()
    if not shell.has("xmllint") then return pending("xmllint is not here (libxml2-utils)") end
    local folder = shell.folder()
    stores.write(folder .. "/a.html", html)
    local output = shell.must(("xmllint --html --noout %s/a.html"):format(shell.quote(folder)))
    shell.remove(folder)
    for line in output:gmatch("[^\n]+") do
      if line:find("error", 1, true) then
        -- libxml2 knows the elements of HTML 4.
        assert.matches("Tag [%l%u]+ invalid", line)
      end
    end
  end)
end)

-- ------------------------------------------------------------------------------------ Markdown

describe("Markdown", function()
  it("has headings, tables and citations that a forge understands", function()
    if not shell.has("cmark-gfm") then return pending("cmark-gfm is not here") end
    local store <close> = stores.sample_store()
    local folder = shell.folder()
    stores.write(folder .. "/a.md", report(store, { dispute = SAMPLE, to = "markdown" }))
    local output = shell.must(("cmark-gfm -e table -e autolink -e strikethrough %s/a.md"):format(
      shell.quote(folder)))
    shell.remove(folder)
    local count = {}
    for name in output:gmatch("<(%l%w*)") do count[name] = (count[name] or 0) + 1 end
    assert.equal(1, count.h1)
    assert.equal(#report.parts + 1, count.h2)
    assert.equal(7, count.table)
    assert.equal(1, count.ol)
    holds(output, { '<a href="#sources">[1, 2]</a></h1>', "<h2>In brief</h2>",
      "<h2>Sources</h2>", "<li>Report on the export controls" })
    for href in output:gmatch('href="([^"]*)"') do assert.equal("#sources", href) end
    -- nothing was left unread
    lacks(output, "](")
    assert.is_nil(output:find("**", 1, true))
    assert.is_nil(output:find("| ", 1, true))
  end)
end)

-- ---------------------------------------------------------------------------------------- JSON

describe("JSON", function()
  it("has the shape that it documents", function()
    local store <close> = stores.sample_store()
    local text = report(store, { dispute = SAMPLE, to = "json", during = "2019-07",
      now = "2019-08-01" })
    local found = read_json(store, text)
    assert.equal("dualuse.report", found.format)
    assert.equal(1, found.version)
    assert.equal(1, found.revision)
    assert.equal(SAMPLE, found.dispute)
    assert.equal("2019-07", found.during)
    assert.equal("2019-08-01", found.now)
    assert.equal("Japan's export controls on South Korea, 2019", found.title)
    local parts = {}
    for i, part in ipairs(found.sections) do parts[i] = part.part end
    assert.same(report.parts, parts)
    assert.equal("nikkei-2019-07-12", found.sources[1].key)
    assert.equal("2019-07-12T07:30", found.sources[1].published)
    local types = {}
    local function walk(blocks)
      for _, block in ipairs(blocks) do
        types[block.type] = true
        walk(block.blocks or {})
      end
    end
    for _, part in ipairs(found.sections) do walk(part.blocks) end
    assert.same({ paragraph = true, list = true, entries = true, table = true, subsection = true,
      figure = true }, types)
  end)

  it("has the values behind the words", function()
    local store <close> = stores.sample_store()
    local found = read_json(store, report.cases_by_year(store, { dispute = SAMPLE, to = "json" }))
    local block = found.sections[1].blocks[2].blocks[2]
    assert.equal("table", block.type)
    assert.equal("2018/2019-03", block.rows[5].period.value)
    assert.equal(72, block.rows[5].value.value)
    assert.equal("derived", block.rows[5].basis.value)
    assert.same({ { number = 1 }, { number = 2 } }, block.rows[5].sources.sources)
    local chronology = read_json(store, report.chronology(store, { dispute = SAMPLE, to = "json" }))
    local entry = chronology.sections[1].blocks[3].entries[1]
    assert.equal("by the end of 2018", entry.term.text)
    assert.equal("[..2018]", entry.items[1].data.date)
    assert.equal("stages", entry.items[1].data.kind)
  end)

  it("is read by others", function()
    local store <close> = stores.sample_store()
    local folder = shell.folder()
    for _, to in ipairs{ "json", "timelinejs" } do
      local path = ("%s/%s"):format(folder, to)
      stores.write(path, report(store, { dispute = SAMPLE, to = to }))
      assert.equal("1", stores.ask(":memory:",
        ("SELECT json_valid(readfile('%s'));"):format(path)))
    end
    shell.remove(folder)
  end)
end)

describe("the chronology for TimelineJS", function()
  local function placed(date)
    local store <close> = assert(dualuse.open())
    store.events:add{ date = date, kind = "other", title = "x" }
    local found = read_json(store, report(store, { to = "timelinejs" }))
    return found.events[1], found
  end

  local function parts(date)
    if not date then return nil end
    return table.concat({ date.year, date.month or "-", date.day or "-" }, " ")
  end

  it("places a date no more exactly than it is known", function()
    for date, expected in pairs{
      ["2019-07-04"] = { "2019 7 4" }, ["2019-07"] = { "2019 7 -" }, ["2019"] = { "2019 - -" },
      ["2019-XX"] = { "2019 - -" }, ["2019-07-XX"] = { "2019 7 -" }, ["2019-21"] = { "2019 - -" },
      ["2019~"] = { "2019 - -" }, ["2019-07?"] = { "2019 7 -" },
      ["201X"] = { "2010 - -", "2019 - -" }, ["1910/1945"] = { "1910 - -", "1945 - -" },
      ["2018/2019-03"] = { "2018 - -", "2019 3 -" },
      ["[2019-07-01..2019-07-04]"] = { "2019 7 1", "2019 7 4" },
      ["[2017-12..2019-07-12]"] = { "2017 12 -", "2019 7 12" },
      ["[..2018]"] = { "2018 - -" }, ["[2018..]"] = { "2018 - -" }, ["/2019-07"] = { "2019 7 -" },
      ["2019-07-04/.."] = { "2019 7 4" },
    } do
      local event = placed(date)
      assert.equal(expected[1], parts(event.start_date), date)
      assert.equal(expected[2], parts(event.end_date), date)
      -- in words, where a day, month or year does not say it
      local plain = date:find("^%d%d%d%d$") or date:find("^%d%d%d%d%-[01]%d$")
        or date:find("^%d%d%d%d%-%d%d%-%d%d$")
      assert.equal(plain == nil, event.display_date ~= nil, date)
    end
    assert.equal("on or before 12 July 2019", placed("[..2019-07-12]").display_date)
  end)

  it("tells of what cannot be placed", function()
    local event, found = placed("XXXX")
    assert.is_nil(event)
    assert.matches("1 thing cannot be placed in time:</p><p>x %(other%)</p><p>No source is cited%.",
      found.title.text.text)
  end)

  it("has all of the sample, with its sources", function()
    local store <close> = stores.sample_store()
    local found = read_json(store, report(store, { dispute = SAMPLE, to = "timelinejs" }))
    assert.equal(26, #found.events)
    local title = found.title.text.text
    assert.matches("<p>2 things cannot be placed in time:</p><p>Disclosure, Japan:.-</p>"
      .. "<p>Sources: " .. N .. "[^<]*</p>", title)
    assert.matches("^<p>What this store holds at revision 1%.</p>", title)
    assert.is_nil(title:find("listed at the end", 1, true)) -- nothing is numbered here
    local ids = {}
    for _, event in ipairs(found.events) do
      assert.is_nil(ids[event.unique_id])
      ids[event.unique_id] = true
      assert.is_false(event.autolink)
      assert.matches("Sources: ", event.text.text)
    end
  end)
end)

-- --------------------------------------------------------------------------------------- Files

describe("a report", function()
  it("is the same bytes each time, in every format", function()
    for _, to in ipairs(FORMATS) do
      local first <close> = stores.sample_store()
      local second <close> = stores.sample_store()
      local asked = { dispute = SAMPLE, to = to, now = "2019-08-01" }
      assert.equal(report(first, asked), report(second, asked))
    end
  end)

  it("is the same bytes in any time zone and locale of the environment", function()
    local store <close> = stores.sample_store()
    local expected = {}
    for i, to in ipairs(FORMATS) do expected[i] = report(store, { dispute = SAMPLE, to = to }) end
    local script = ([[
      package.path, package.cpath = %q, %q
      local dualuse = require "dualuse"
      local store = assert(dualuse.open())
      require "dualuse.sample.japan_korea_2019".load(store)
      os.setlocale("")
      for to in ("%s"):gmatch("%%l+") do
        io.write(dualuse.report(store, { dispute = "japan-korea-2019", to = to }))
      end]]):format(package.path, package.cpath, table.concat(FORMATS, " "))
    for _, environment in ipairs{ "TZ=Pacific/Kiritimati LC_ALL=C",
        "TZ=America/St_Johns LC_ALL=de_DE.UTF-8", "TZ=:nowhere LC_ALL=tr_TR.UTF-8" } do
      local found = shell.must(("%s %s -e %s"):format(environment, shell.lua, shell.quote(script)))
      stores.same_lines(table.concat(expected), found)
    end
  end)

  it("goes to a file, in the format that its name asks for", function()
    local store <close> = stores.sample_store()
    local folder = shell.folder()
    for ending, to in pairs{ html = "html", htm = "html", md = "markdown", txt = "text",
        json = "json" } do
      local path = ("%s/brief.%s"):format(folder, ending)
      local text = report(store, { dispute = SAMPLE, path = path })
      assert.equal(text, stores.bytes(path))
      assert.equal(report(store, { dispute = SAMPLE, to = to }), text)
    end
    shell.remove(folder)
  end)

  it("replaces no file unasked, and leaves nothing of one that fails", function()
    local store <close> = stores.sample_store()
    local folder = shell.folder()
    local path = folder .. "/brief.md"
    stores.write(path, "mine")
    local problem = stores.raised(report, store, { path = path })
    assert.equal("io", problem.code)
    assert.equal("mine", stores.bytes(path))
    assert.equal("invalid", stores.raised(report, store,
      { path = folder .. "/b.md", dispute = "nobody's" }).code)
    assert.equal("io", stores.raised(report, store, { path = folder .. "/none/b.md" }).code)
    assert.equal("brief.md\n", shell.must("ls -A " .. shell.quote(folder)))
    report(store, { path = path, overwrite = true })
    assert.matches("^# What is on record", stores.bytes(path))
    shell.remove(folder)
  end)

  it("refuses what it does not know, at the line of the mistake", function()
    local store <close> = dispute_store()
    local function refuses(options, code, part)
      local function call() local _ = report(store, options) end
      local function call_part() local _ = report.summary(store, options) end
      for _, culprit in ipairs{ call, call_part } do
        local ok, problem = pcall(culprit)
        assert.is_false(ok)
        stores.check_error(problem, culprit, { code = code, says = { part } })
      end
    end
    refuses({ disputes = "ours" }, "misuse",
      'unknown option "disputes": expected ascii, destination')
    refuses("ours", "misuse", 'expected a table of options, got "ours"')
    refuses({ dispute = "nobody's" }, "invalid",
      'dispute: no dispute has the id, key, name or alias "nobody\'s"')
    refuses({ items = { "phlogiston" } }, "invalid", "items: no item has the id")
    refuses({ origin = "Atlantis" }, "invalid", "origin: no party has the id")
    refuses({ during = "July" }, "invalid", "during: expected an EDTF date")
    refuses({ now = 2019 }, "misuse", "got 2019")
    refuses({ to = "pdf" }, "invalid", "to: expected one of html, json")
    refuses({ path = "brief.pdf" }, "misuse", "since the path does not end as one of these does")
    refuses({ most = 0 }, "invalid", "most: expected how many entries")
    refuses({ title = 3 }, "misuse", "title: expected a text")
    refuses({ title = "\xFF" }, "invalid", "title: expected a text in UTF-8")
    refuses({ to = "html", ascii = true }, "misuse", "ascii: only text has it, not html")
    refuses({ overwrite = true }, "misuse", "overwrite: expected a path")
    refuses({ width = 20 }, "invalid", "40 to 1000")
    local function of_parts() local _ = report(store, { parts = "all" }) end
    stores.check_error(stores.raised(of_parts), of_parts, { code = "invalid", field = "parts",
      says = { "expected one of summary, chronology" } })
    local function part_of_part() local _ = report.summary(store, { parts = "acts" }) end
    stores.check_error(stores.raised(part_of_part), part_of_part, { code = "misuse",
      says = { "this is the part summary" } })
    local function of_text() local _ = report("dispute.db") end
    local ok, problem = pcall(of_text)
    assert.is_false(ok)
    stores.check_error(problem, of_text, { code = "misuse", says = { "expected a store" } })
  end)
end)
