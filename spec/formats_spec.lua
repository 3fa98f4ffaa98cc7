-- dualuse.formats: the formats as data, held against each other and against what is published.

local cameo = require "dualuse.formats.cameo"
local core = require "dualuse.core"
local dualuse = require "dualuse"
local formats = require "dualuse.formats"
local states = require "dualuse.formats.states"
local stores = require "spec.stores"

local DATA = os.getenv "DUALUSE_DATA"

--- The lines of a file in the folder with real files; nil, after saying so, where that is not set.
local function real_lines(name)
  if not DATA then
    pending("set DUALUSE_DATA to a folder with " .. name)
    return nil
  end
  return io.lines(DATA .. "/" .. name)
end

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

local function fields_of(line, delimiter)
  local list = {}
  for field in (line .. delimiter):gmatch("([^" .. delimiter .. "]*)" .. delimiter) do
    list[#list + 1] = field
  end
  return list
end

--- What a row would give a format: row(name) of a table of texts.
local function row_of(texts)
  return function(name) return texts[name] end
end

-- The columns as they are published.
local PUBLISHED = {
  icews = fields_of("Event ID|Event Date|Source Name|Source Sectors|Source Country|Event Text|"
    .. "CAMEO Code|Intensity|Target Name|Target Sectors|Target Country|Story ID|Sentence Number|"
    .. "Publisher|City|District|Province|Country|Latitude|Longitude", "|"),
  acled = words [[event_id_cnty event_date year time_precision disorder_type event_type
    sub_event_type actor1 assoc_actor_1 inter1 actor2 assoc_actor_2 inter2 interaction
    civilian_targeting iso region country admin1 admin2 admin3 location latitude longitude
    geo_precision source source_scale notes fatalities tags timestamp]],
  ["acled-deletions"] = { "event_id_cnty", "deleted_timestamp" },
  polecat = fields_of("Event ID|Event Date|Event Type|Event Mode|Intensity|Quad Code|Contexts|"
    .. "Actor Name|Actor Country|Actor COW|Primary Actor Sector|Actor Sectors|Actor Title|"
    .. "Actor Name Raw|Wikipedia Actor ID|Recipient Name|Recipient Country|Recipient COW|"
    .. "Primary Recipient Sector|Recipient Sectors|Recipient Title|Recipient Name Raw|"
    .. "Wikipedia Recipient ID|Placename|City|District|Province|Country|Latitude|Longitude|"
    .. "GeoNames ID|Raw Placename|Feature Type|Source|Publication Date|Story People|"
    .. "Story Organizations|Story Locations|Language|Version", "|"),
  ["screening-list"] = words [[_id source entity_number type programs name title addresses
    federal_register_notice start_date end_date standard_order license_requirement license_policy
    call_sign vessel_type gross_tonnage gross_registered_tonnage vessel_flag vessel_owner remarks
    source_list_url alt_names citizenships dates_of_birth nationalities places_of_birth
    source_information_url ids]],
}

local function set_of(list)
  local set = {}
  for _, element in ipairs(list) do set[element] = true end
  return set
end

local function vocabulary(kind, field)
  for _, described in ipairs(dualuse.describe(kind).fields) do
    if described.name == field then return set_of(described.words) end
  end
end

describe("CAMEO codes", function()
  -- Where the table says that it does not follow that of the Open Event Data Alliance.
  local exceptions = {
    ["163"] = { kind = "sanction", mode = "discontinue", contexts = "economic" },
    ["0813"] = { kind = "concede" },
    ["0814"] = { kind = "concede" },
    ["175"] = { mode = "", contexts = "pro_autocracy; military" },
  }

  --- A line such as "0311: AGREE, , economic # text": its code and what it is; or nil.
  local function conversion(line)
    local code, kind, rest = line:match("^(%d+): (%u+)([^#]*)")
    if not code then return nil end
    local mode, contexts = rest:match("^,%s*([^,]-)%s*,%s*(.-)%s*$")
    return code, { kind = kind:lower(), mode = mode or "", contexts = contexts or "" }
  end

  it("are in PLOVER what the alliance's table says, but for what is documented", function()
    local lines = real_lines "cameo-to-plover-2021.txt"
    if not lines then return end
    local count = 0
    for line in lines do
      local code, expected = conversion(line)
      -- the sections' own lines ("08" is two of them) say no more than the kind
      if code and #code > 2 then
        for name, value in pairs(exceptions[code] or {}) do expected[name] = value end
        local ours = assert(cameo.codes[code], code)
        assert.same(expected, { kind = ours.kind, mode = ours.mode or "",
          contexts = table.concat(ours.contexts, "; ") }, code)
        count = count + 1
      end
    end
    assert.equal(257, count) -- grep -cE '^[0-9]{3,4}:'
  end)

  it("are all in the table, down to the number of each section in the codebook", function()
    -- CAMEO 1.1b3 and what ICEWS has besides (two in section 12)
    local expected = { ["01"] = 10, ["02"] = 27, ["03"] = 28, ["04"] = 7, ["05"] = 8, ["06"] = 5,
      ["07"] = 6, ["08"] = 25, ["09"] = 5, ["10"] = 27, ["11"] = 12, ["12"] = 28, ["13"] = 22,
      ["14"] = 26, ["15"] = 6, ["16"] = 13, ["17"] = 13, ["18"] = 14, ["19"] = 9, ["20"] = 7 }
    local found = {}
    for code in pairs(cameo.codes) do
      local root = code:sub(1, 2)
      assert.truthy(code:find("^%d%d%d?%d?$"), code)
      assert.truthy(cameo.codes[code:sub(1, -2)] or #code == 2, code)
      if #code > 2 then found[root] = (found[root] or 0) + 1 end
    end
    assert.same(expected, found)
  end)

  it("have kinds that events have, and the quad class of their root", function()
    local kinds = vocabulary("events", "kind")
    for code, entry in pairs(cameo.codes) do
      assert.is_true(kinds[entry.kind], code)
      local root = tonumber(code:sub(1, 2))
      assert.equal(root <= 5 and 1 or root <= 8 and 2 or root <= 13 and 3 or 4, entry.quad, code)
    end
  end)

  it("keep what PLOVER does not code, as other", function()
    for code, entry in pairs(cameo.codes) do
      assert.equal(code:sub(1, 2) == "01" or code:sub(1, 2) == "02", entry.kind == "other", code)
    end
  end)

  it("say what matters here: sanctions, threats of them, and their easing", function()
    local function of(code)
      local entry = cameo.codes[code]
      return { entry.kind, entry.mode, entry.contexts[1], entry.quad }
    end
    assert.same({ "sanction", "discontinue", "economic", 4 }, of "163")
    assert.same({ "threaten", "restrict", "economic", 3 }, of "1312")
    assert.same({ "retreat", "ease", "economic", 2 }, of "085")
    assert.same({ "accuse", "allege", "diplomatic", 3 }, of "114")
    assert.same({ "concede", nil, "legal", 2 }, of "081")
  end)

  it("are found by the text that ICEWS writes for them", function()
    for code, entry in pairs(cameo.codes) do
      local by_text = cameo.words.code[entry.text]
      -- a root may have the text of the code for what is not specified below it
      assert.truthy(by_text == code or #code == 2 and by_text:sub(1, 2) == code, code)
      for _, field in ipairs{ "kind", "mode", "contexts", "quad" } do
        local values = cameo.words[field]
        assert.equal(values[by_text], values[entry.text], code)
        assert.not_nil(values[code], code)
      end
    end
  end)

  it("stand beside those texts in the real file", function()
    local lines = real_lines "icews-events-2018-sample.tab"
    if not lines then return end
    lines()
    for line in lines do
      local fields = fields_of(line, "\t")
      assert.equal(fields[7], cameo.words.code[fields[6]])
    end
  end)
end)

describe("every format", function()
  local DATES = set_of{ "edtf", "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd", "d month yyyy" }

  --- The columns that each of a format's files can have.
  local function columns_of(format)
    local columns = set_of(PUBLISHED[format.name] or {})
    for _, layout in pairs(format.layouts or {}) do
      for _, name in ipairs(layout) do columns[name] = true end
    end
    -- of the columns that stand for others, and POLECAT's of some files
    for name, other in pairs(format.instead or {}) do columns[name], columns[other] = true, true end
    columns["Headline"] = format.name == "polecat" or nil
    return columns
  end

  local function each(check)
    for _, name in ipairs(formats.names()) do check(formats.find(name), name) end
  end

  it("has a name, a title and a kind of ours", function()
    each(function(format, name)
      assert.equal(name, format.name)
      assert.is_string(format.title)
      assert.equal(format.kind, dualuse.describe(format.kind).kind)
      assert.is_true(format.delimiter == "\t" or format.delimiter == ",")
    end)
    assert.same({ "acled", "acled-deletions", "gdelt", "icews", "polecat", "screening-list" },
      formats.names())
  end)

  it("fills fields that there are, each by one column", function()
    each(function(format, name)
      local fields, filled = {}, {}
      for _, field in ipairs(dualuse.describe(format.kind).fields) do fields[field.name] = field end
      local function fill(field)
        assert.not_nil(fields[field], ("%s: %s"):format(name, field))
        assert.is_nil(filled[field], ("%s: %s twice"):format(name, field))
        filled[field] = true
      end
      for _, given in pairs(format.columns) do
        for _, field in ipairs(type(given) == "table" and given or { given }) do fill(field) end
      end
      for field in pairs(format.join or {}) do fill(field) end
      for field in pairs(format.constants or {}) do fill(field) end
      for _, part in ipairs{ "words", "strict_words", "separator", "parties" } do
        for field in pairs(format[part] or {}) do
          assert.not_nil(fields[field], ("%s.%s: %s"):format(name, part, field))
        end
      end
      for field in pairs(format.parties or {}) do
        assert.same({ "parties" }, fields[field].kinds)
        assert.equal("make", format.unknown)
      end
      -- what events must have comes from every row
      if format.kind == "events" and not format.retract then
        assert.is_true(filled.date and filled.kind, name)
      end
    end)
  end)

  it("reads columns that are published", function()
    each(function(format, name)
      local columns = columns_of(format)
      local function known(column)
        assert.is_true(columns[column], ("%s: %s"):format(name, tostring(column)))
      end
      for column in pairs(format.columns) do known(column) end
      for column in pairs(format.convert or {}) do
        known(column)
        assert.not_nil(format.columns[column], column)
      end
      for _, list in pairs(format.join or {}) do
        for _, column in ipairs(list) do known(column) end
      end
      for _, column in ipairs(format.required) do known(column) end
      for _, column in ipairs(type(format.identity) == "table" and format.identity or {}) do
        known(column)
        assert.is_true(set_of(format.required)[column], column)
      end
      if format.version then known(format.version) end
      for _, style in ipairs(format.dates or {}) do assert.is_true(DATES[style], style) end
    end)
  end)

  it("maps words to words of the vocabulary", function()
    local kinds = vocabulary("events", "kind")
    each(function(format, name)
      for text, value in pairs(format.words and format.words.kind or {}) do
        assert.is_true(kinds[value], ("%s: %s"):format(name, text))
      end
      for _, value in pairs(format.words and format.words.quad or {}) do
        assert.is_true(math.type(value) == "integer" and value >= 1 and value <= 4)
      end
    end)
  end)

  it("maps all of PLOVER's event types from POLECAT", function()
    local expected = vocabulary("events", "kind")
    expected.other = nil
    local found = {}
    for text, kind in pairs(formats.find("polecat").words.kind) do
      assert.equal(kind:upper(), text)
      found[kind] = true
    end
    assert.same(expected, found)
  end)
end)

describe("GDELT's layouts", function()
  local layouts = formats.find("gdelt").layouts

  it("have 57, 58 and 61 names, each once", function()
    local counts = {}
    for count, names in pairs(layouts) do
      counts[#counts + 1] = count
      assert.equal(count, #names)
      local seen = {}
      for _, name in ipairs(names) do
        assert.is_nil(seen[name], name)
        seen[name] = true
      end
    end
    table.sort(counts)
    assert.same({ 57, 58, 61 }, counts)
  end)

  it("have the columns where the codebooks have them", function()
    local function at(count, name)
      for i, known in ipairs(layouts[count]) do
        if known == name then return i end
      end
    end
    for _, count in ipairs{ 57, 58, 61 } do
      for name, number in pairs{ GLOBALEVENTID = 1, SQLDATE = 2, Actor1Code = 6, Actor2Code = 16,
          IsRootEvent = 26, EventCode = 27, QuadClass = 30, GoldsteinScale = 31, NumMentions = 32,
          AvgTone = 35, Actor1Geo_Type = 36 } do
        assert.equal(number, at(count, name), name)
      end
    end
    assert.same({ 51, 54, 55, 57, nil }, { at(57, "ActionGeo_FullName"), at(57, "ActionGeo_Lat"),
      at(57, "ActionGeo_Long"), at(57, "DATEADDED"), at(57, "SOURCEURL") })
    assert.same({ 51, 54, 55, 57, 58 }, { at(58, "ActionGeo_FullName"), at(58, "ActionGeo_Lat"),
      at(58, "ActionGeo_Long"), at(58, "DATEADDED"), at(58, "SOURCEURL") })
    assert.same({ 53, 57, 58, 60, 61 }, { at(61, "ActionGeo_FullName"), at(61, "ActionGeo_Lat"),
      at(61, "ActionGeo_Long"), at(61, "DATEADDED"), at(61, "SOURCEURL") })
  end)
end)

describe("a CAMEO actor code", function()
  local function party(code, texts)
    return formats.find("gdelt").parties.actor(code, row_of(texts or {}))
  end

  it("is the state where it is nothing else", function()
    assert.equal("KOR", party "KOR")
    assert.equal("ROU", party "ROM")
    assert.equal("TLS", party "TMP")
  end)

  it("is a group of the state's where it says more", function()
    assert.same({ key = "cameo:KORGOVMIL", name = "South Korea: government, military",
      kind = "group", country = "KOR", parent = "KOR" }, party "KORGOVMIL")
    assert.equal("PSE", party("GZSREB").country)
  end)

  it("is no state's where it names none", function()
    assert.same({ key = "cameo:IGOEUREEC", kind = "organisation",
      name = "inter-governmental organisation, Europe, European Union" }, party "IGOEUREEC")
    assert.same({ key = "cameo:NGO", name = "non-governmental organisation", kind = "group" },
      party "NGO")
    assert.equal("Africa", party("AFR").name)
  end)

  it("is read with its case, and kept where it is not known", function()
    assert.equal("CHE", party "CHE")
    assert.same({ key = "cameo:che", name = "che", kind = "group" }, party "che")
    assert.equal("Iraq: kur, rebels", party("IRQkurREB").name)
    assert.equal("South Korea: Q", party("KORQ").name)
  end)

  it("that is a state and a faith is what its row says", function()
    assert.equal("cameo:SHN", party("SHN").key)
    assert.equal("SHN", party("SHN", { Actor2Code = "SHN", Actor2CountryCode = "SHN" }))
  end)
end)

describe("an actor of ICEWS", function()
  local who = formats.find("icews").parties

  it("is the state that it names", function()
    assert.equal("KOR", who.actor("South Korea", row_of{ ["Source Country"] = "South Korea" }))
    assert.equal("TUR", who.target("Turkey", row_of{ ["Target Country"] = "Turkey" }))
  end)

  it("is not the state that only has its name", function()
    assert.equal("icews:Georgia",
      who.actor("Georgia", row_of{ ["Source Country"] = "United States" }).key)
  end)

  it("has the country in its brackets, whatever the row", function()
    assert.same({ key = "icews:Foreign Affairs (Bangladesh)", name = "Foreign Affairs (Bangladesh)",
      kind = "ministry", country = "BGD" },
      who.actor("Foreign Affairs (Bangladesh)", row_of{ ["Source Country"] = "India" }))
    assert.equal("group", who.actor("Police (India)", row_of{}).kind)
  end)

  it("has the row's country otherwise, and says what is not known of it", function()
    local party = who.target("Jan Sample", row_of{ ["Target Country"] = "Czech Republic" })
    assert.equal("CZE", party.country)
    assert.is_true(party.inferred)
    assert.truthy(party.note:find("person or an organisation"))
    assert.is_nil(who.target("Sample Alliance", row_of{}).country)
  end)

  it("has a country of ours, throughout the real file", function()
    local lines = real_lines "icews-events-2018-sample.tab"
    if not lines then return end
    lines()
    for line in lines do
      local fields = fields_of(line, "\t")
      for _, number in ipairs{ 5, 11, 18 } do
        assert.truthy(fields[number] == "NA" or states.find(fields[number]), fields[number])
      end
    end
  end)
end)

describe("an event of ACLED", function()
  local acled = formats.find "acled"

  local function date(text, precision)
    return acled.convert.event_date(text, row_of{ time_precision = precision })
  end

  it("has a date as sure as its time_precision", function()
    assert.equal("2019-07-04", date("2019-07-04", "1"))
    assert.equal("4 July 2019", date("4 July 2019", "1")) -- the styles read it
    assert.equal("[2019-06-28..2019-07-04]", date("2019-07-01", "2"))
    assert.equal("[2019-12-29..2020-01-04]", date("01 January 2020", "2"))
    assert.equal("2019-07", date("4 July 2019", "3"))
    for _, precision in ipairs{ "2", "3" } do
      assert.truthy(core.edtf.parse(date("2020-02-29", precision)))
    end
  end)

  it("has no date that is surer than that", function()
    for _, given in ipairs{ { "2019-07-04", "4" }, { "2019-07-04" }, { "4 Juillet 2019", "2" },
        { "2019-02-30", "3" }, { "2019", "2" } } do
      assert.is_false((pcall(date, table.unpack(given))), given[1])
    end
  end)

  it("has the week that a day is the middle of: seven days, three on either side", function()
    for _, day in ipairs{ "2019-01-01", "2019-03-03", "2020-03-01", "2019-12-31" } do
      local first, last = core.edtf.bounds(date(day, "2"))
      local function seconds(number)
        return os.time{ year = number // 10000, month = number // 100 % 100, day = number % 100,
          hour = 12 }
      end
      local middle = core.edtf.bounds(day)
      local function days(from, to)
        return math.floor((seconds(to) - seconds(from)) / 86400 + 0.5)
      end
      assert.same({ 3, 3 }, { days(first, middle), days(middle, last) }, day)
    end
  end)

  it("has actors of a country where their names tell it", function()
    local function country(name) return acled.parties.actor(name).country end
    assert.equal("KOR", country "Protesters (South Korea)")
    assert.equal("JPN", country "Police Forces of Japan (2018-) Customs")
    assert.equal("MMR", country "Military Forces of Myanmar (2021-)")
    assert.equal("GMB", country "Government of the Gambia (2017-)")
    assert.is_nil(country "Islamic State (IS)") -- not Iceland
    assert.is_nil(country "Unidentified Armed Group")
    assert.equal("acled:Rioters (Japan)", acled.parties.target("Rioters (Japan)").key)
  end)

  it("names each associate once, and in its note fatalities and sources", function()
    assert.equal("A (Japan); B; C", acled.convert.assoc_actor_1("A (Japan); B",
      row_of{ assoc_actor_2 = "B; C" }))
    assert.equal("", acled.convert.assoc_actor_1(nil, row_of{}))
    assert.equal("What happened. Fatalities: 2. Source: A; B.", acled.convert.notes(
      "What happened.", row_of{ fatalities = "2", source = "A; B" }))
  end)

  it("has the kind of its sub-event type", function()
    local kinds = acled.words.kind
    assert.same({ "assault", "protest", "protest", "agree", "coerce", "other" }, { kinds.Attack,
      kinds["Peaceful protest"], kinds["Mob violence"], kinds.Agreement, kinds.Arrests,
      kinds.Other })
  end)
end)

describe("an actor of POLECAT", function()
  local polecat = formats.find "polecat"

  it("is the state, or whoever has the name", function()
    local row = row_of{ ["Actor Name"] = "Japan", ["Actor Country"] = "Japan" }
    assert.equal("JPN", polecat.parties.actor("Japan", row))
    row = row_of{ ["Recipient Name"] = "Kim Sample", ["Recipient Country"] = "KOR" }
    local party = polecat.parties.target("Kim Sample", row)
    assert.same({ "polecat:Kim Sample", "KOR", true }, { party.key, party.country,
      party.inferred })
  end)

  it("is told by country and sector where it has no name", function()
    local row = row_of{ ["Actor Country"] = "South Korea", ["Primary Actor Sector"] = "GOV" }
    local name = polecat.convert["Actor Name"](nil, row)
    assert.equal("South Korea (GOV)", name)
    assert.same({ key = "polecat:South Korea (GOV)", name = name, kind = "group",
      country = "KOR" }, polecat.parties.actor(name, row))
    assert.is_nil(polecat.convert["Actor Name"](nil, row_of{}))
    row = row_of{ ["Actor Country"] = "South Korea" }
    assert.equal("KOR", polecat.parties.actor(polecat.convert["Actor Name"](nil, row), row))
  end)

  it("is a group where there are several", function()
    local row = row_of{ ["Actor Name"] = "A; B", ["Actor Country"] = "South Korea; Japan" }
    assert.same({ key = "polecat:A; B", name = "A; B", kind = "group" },
      polecat.parties.actor("A; B", row))
  end)
end)

describe("an entry of the screening list", function()
  local EL = "Entity List (EL) - Bureau of Industry and Security"
  local SDN = "Specially Designated Nationals (SDN) - Treasury Department"
  local SSI = "Sectoral Sanctions Identifications List (SSI) - Treasury Department"

  --- The party and the listing of a row; what is cleared is left out.
  local function read(texts, has)
    local found = {}
    for _, pair in ipairs(assert(formats.find("screening-list").records(row_of(texts), has))) do
      local record = {}
      for name, value in pairs(pair[2]) do
        if value ~= dualuse.null then record[name] = value end
      end
      found[pair[1]] = record
    end
    return found.parties, found.listings
  end

  it("is a party and its listing", function()
    local party, listing = read{ source = SDN, entity_number = "90001", type = "Individual",
      name = "SAMPLE, Ivan", programs = "A-EO1; B-EO2", addresses = "RU", title = "director.",
      alt_names = "SAMPLE, I.;SAMPLE, Vanya; SAMPLE, Ivan; SAMPLE, I.", remarks = "see B" }
    assert.same({ key = "csl:ofac:90001", name = "SAMPLE, Ivan", kind = "person", country = "RUS",
      aliases = { "SAMPLE, I.", "SAMPLE, Vanya" }, note = "Title: director. Addresses: RU." },
      party)
    assert.same({ key = "csl:ofac:90001:SDN", party = "csl:ofac:90001", list = SDN,
      entry = "90001", programmes = { "A-EO1", "B-EO2" }, note = "Remarks: see B." }, listing)
  end)

  it("has what an older edition said cleared where it says nothing", function()
    local records = formats.find("screening-list").records(row_of{ source = EL, name = "X" })
    for _, field in ipairs{ "aliases", "country" } do
      assert.equal(dualuse.null, records[1][2][field])
    end
    for _, field in ipairs{ "entry", "programmes", "listed", "delisted", "policy", "notice",
        "note" } do
      assert.equal(dualuse.null, records[2][2][field])
    end
  end)

  it("tells a kind that is not known", function()
    local party = read{ source = EL, name = "Sample Works" }
    assert.same({ "organisation", true }, { party.kind, party.inferred })
    assert.truthy(party.note:find("does not tell"))
    party = read{ source = SDN, entity_number = "9", type = "Vessel", name = "SAMPLE STAR",
      vessel_flag = "PA" }
    assert.same({ "organisation", true, "Vessel. Flag: PA." }, { party.kind, party.inferred,
      party.note })
    party = read{ source = SDN, entity_number = "9", type = "Entity", name = "SAMPLE" }
    assert.same({ "organisation", nil, nil }, { party.kind, party.inferred, party.note })
  end)

  it("has a country where all addresses are in one", function()
    for addresses, country in pairs{ CN = "CHN", TURKIYE = "TUR", UK = "GBR", ["RU; TR"] = false,
        XK = false, ["REGION: WEST BANK"] = false } do
      assert.equal(country or nil, (read{ source = EL, name = "X", addresses = addresses }).country)
    end
  end)

  it("has dates in EDTF", function()
    local _, listing = read{ source = EL, name = "X", start_date = "7/4/2019",
      end_date = "2020-01-31" }
    assert.same({ "2019-07-04", "2020-01-31" }, { listing.listed, listing.delisted })
  end)

  it("is a party of its own where the list gives no number", function()
    local keys = {}
    for _, texts in ipairs{
      { source = EL, name = "Sample (X) Co., Ltd.", addresses = "CN",
        federal_register_notice = "1" },
      { source = EL, name = "Sample (X) Co., Ltd.", addresses = "CN",
        federal_register_notice = "2" },
      { source = EL, name = "Sample (X) Co., Ltd.", addresses = "HK",
        federal_register_notice = "1" },
      { source = EL, name = "Sample X Co Ltd", addresses = "CN", federal_register_notice = "1" },
      { source = "Denied Persons List (DPL) - Bureau of Industry and Security",
        name = "Sample (X) Co., Ltd.", addresses = "CN", federal_register_notice = "1" },
    } do
      local party, listing = read(texts)
      assert.equal(party.key, listing.key)
      assert.truthy(party.key:find("^csl:%u+:Sample%-X%-Co%-Ltd%-%x%x%x%x%x%x%x%x$"), party.key)
      assert.is_nil(keys[party.key])
      keys[party.key] = true
      -- what may change from one edition to the next is no part of who it is
      texts.license_policy, texts.alt_names, texts._id = "Denial.", "Other", "17"
      assert.equal(party.key, (read(texts)).key)
    end
  end)

  it("is one party on several lists of the Treasury, as the first of them has it", function()
    local texts = { source = SSI, entity_number = "7", type = "Entity", name = "Sample" }
    local party, listing = read(texts, function() return false end)
    assert.same({ "csl:ofac:7", "csl:ofac:7:SSI" }, { party.key, listing.key })
    local asked = {}
    party, listing = read(texts, function(kind, key)
      asked[#asked + 1] = kind .. " " .. key
      return true
    end)
    assert.same({ "listings csl:ofac:7:SDN" }, asked)
    assert.is_nil(party)
    assert.equal("csl:ofac:7", listing.party)
    texts.source = SDN
    assert.not_nil((read(texts, function() return true end)))
  end)

  it("is none without a name or a list", function()
    local records = formats.find("screening-list").records
    assert.same({ nil, "the entry has no name", "party" }, { records(row_of{ source = EL }) })
    assert.is_nil((records(row_of{ name = "X" })))
  end)
end)

describe("states as files write them", function()
  it("are states on record", function()
    local store <close> = assert(dualuse.open())
    for name, key in pairs{ ["South Korea"] = "KOR", ["VIETNAM"] = "VNM", ["kp"] = "PRK",
        ["usa"] = "USA", ["Russia"] = "RUS", ["Russian Federation"] = "RUS", Turkey = "TUR",
        ["Czech Republic"] = "CZE", ["Cote d'Ivoire"] = "CIV", Swaziland = "SWZ",
        ["the former Yugoslav Republic of Macedonia"] = "MKD",
        ["Democratic Republic of Congo"] = "COD", ["Occupied Palestinian Territory"] = "PSE" } do
      assert.equal(key, states.find(name), name)
      assert.equal(store.parties:get(key).name, states.name(key))
    end
    for state in store.parties:where{ kind = "state" }:each() do
      assert.equal(state.key, states.find(state.key))
      assert.equal(state.key, states.find(state.name))
    end
  end)

  it("are nothing where they are none", function()
    for _, name in ipairs{ "Kosovo", "Europe", "", "XYZ", "Korea" } do
      assert.is_nil(states.find(name), name)
    end
    assert.is_nil(states.find(nil))
    assert.is_nil(states.name "kor")
  end)

  it("are not taken from codes where a name is meant", function()
    assert.equal("ISL", states.find "IS")
    assert.is_nil(states.named "IS")
    assert.equal("ISL", states.named "Iceland")
  end)
end)

describe("formats.find", function()
  it("gives the format of a name", function()
    assert.equal("screening-list", formats.find("screening-list").name)
  end)

  it("raises for a name that there is not, listing those that there are", function()
    stores.raises(function() local _ = formats.find "gdlet" end, { code = "invalid",
      field = "format", says = { '"gdlet"', "acled-deletions, gdelt, icews" } })
    stores.raises(function() local _ = formats.find(7) end, { code = "misuse", field = "format" })
  end)
end)

describe("formats.sniff", function()
  local function name_of(given)
    local name, why = formats.sniff(given)
    assert.is_string(why)
    return name
  end

  it("recognises a header", function()
    for name, header in pairs(PUBLISHED) do
      assert.equal(name, name_of{ header = header })
    end
  end)

  it("recognises it without the columns that some files lack, in any order and case", function()
    local header = {}
    for i, name in ipairs(PUBLISHED.icews) do
      if name ~= "CAMEO Code" then table.insert(header, 1, i % 2 == 0 and name:upper() or name) end
    end
    assert.equal("icews", name_of{ header = header, delimiter = "\t" })
  end)

  it("recognises files without one by their number of columns and the tabs between", function()
    for _, count in ipairs{ 57, 58, 61 } do
      assert.equal("gdelt", name_of{ count = count, delimiter = "\t" })
      local fields = {}
      for i = 1, count do fields[i] = "" end
      fields[1] = "410412347"
      assert.equal("gdelt", name_of{ header = fields, delimiter = "\t" })
      assert.is_nil(name_of{ count = count, delimiter = "," })
      fields[1] = "a name"
      assert.is_nil(name_of{ header = fields, delimiter = "\t" })
    end
  end)

  it("says what it looked for where it finds nothing", function()
    assert.is_nil(name_of{ header = { "date", "exporter", "fine" } })
    assert.is_nil(name_of{ count = 60, delimiter = "\t" })
    local _, why = formats.sniff{}
    assert.truthy(why:find("57, 58 or 61", 1, true))
  end)

  it("recognises the real files", function()
    for file, expected in pairs{ ["icews-events-2018-sample.tab"] = { "icews", "\t" },
        ["consolidated-screening-list.csv"] = { "screening-list", "," } } do
      local lines = real_lines(file)
      if not lines then return end
      assert.equal(expected[1], name_of{ header = fields_of(lines(), expected[2]) })
    end
  end)
end)
