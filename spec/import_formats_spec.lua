-- Files in the formats that are known by name, brought into a store. What is in the fixtures is
-- made up; the real files are counted by awk and by the sqlite3 program as well.

local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local DATA = os.getenv "DUALUSE_DATA"

local function fixture(name)
  return "spec/fixtures/" .. name
end

local function new_store()
  return assert(dualuse.open())
end

--- What a result counts; what is zero is left out.
local function counts(result)
  local found = { format = result.format }
  for _, name in ipairs{ "read", "added", "updated", "duplicate", "rejected", "retracted" } do
    if result[name] ~= 0 then found[name] = result[name] end
  end
  local sum = 0
  for _, name in ipairs{ "added", "updated", "duplicate", "rejected", "retracted" } do
    sum = sum + (result[name] or 0)
  end
  assert.equal(result.read, sum)
  return found
end

local function rejects(result)
  local lines = {}
  for i, reject in ipairs(result.rejects) do
    lines[i] = ("%d %s"):format(reject.line, reject.field)
  end
  return lines
end

--- The fields of an event, but for what the store gives it.
local function event(store, query)
  local record = assert(store.events:where(query):first())
  for _, name in ipairs{ "id", "revision", "recorded", "sources" } do record[name] = nil end
  return record
end

--- A file of these bytes, for the time of a function.
local function with_file(name, bytes, use)
  local folder = shell.folder()
  local path = folder .. "/" .. name
  stores.write(path, bytes)
  local ok, problem = pcall(use, path)
  shell.remove(folder)
  if not ok then error(problem, 0) end
end

describe("a file of GDELT", function()
  it("becomes events", function()
    local store <close> = new_store()
    local result = store.events:import(fixture "gdelt-61.export.CSV")
    assert.same({ format = "gdelt", read = 4, added = 4 }, counts(result))
    assert.same({ origin = "gdelt:900000001", date = "2019-07-04", kind = "sanction",
      mode = "discontinue", contexts = { "economic" }, code = "163", quad = 4, goldstein = -8.0,
      mentions = 12, tone = -3.25, actor = "cameo:JPNGOV", target = "KOR",
      place = "Tokyo, Tokyo, Japan", latitude = 35.685, longitude = 139.751,
      url = "https://news.example/curbs-begin" }, event(store, { origin = "gdelt:900000001" }))
  end)

  it("leaves out what is not there, and takes quotes as they stand", function()
    local store <close> = new_store()
    store.events:import(fixture "gdelt-61.export.CSV")
    assert.same({ origin = "gdelt:900000003", date = "2019-07-04", kind = "other", code = "014",
      quad = 1, goldstein = 0.0, mentions = 2, actor = "cameo:KORBUS",
      place = "Seoul, Soul-t'ukpyolsi, South Korea", latitude = 37.5664, longitude = 126.997,
      url = 'https://news.example/"stocks"-of-fluoride' },
      event(store, { origin = "gdelt:900000003" }))
  end)

  it("may have lines of 57, 58 and 61 columns; of others are rejected", function()
    local bytes = ""
    for _, count in ipairs{ 61, 57, 58 } do
      bytes = bytes .. stores.bytes(fixture(("gdelt-%d.export.CSV"):format(count)))
    end
    local short = bytes:match("^[^\n]*"):gsub("\t[^\t]*$", "") .. "\n"
    local cut = bytes:match("^[^\n]*"):gsub("^%d+", "900000099")
    with_file("all.export.CSV", bytes .. short .. cut, function(path)
      local store <close> = new_store()
      local result = store.events:import(path)
      assert.same({ format = "gdelt", read = 9, added = 7, rejected = 2 }, counts(result))
      assert.equal(8, result.rejects[1].line)
      assert.equal(short, result.rejects[1].text .. "\n")
      assert.equal(9, result.rejects[2].line) -- cut off before its line end
      assert.equal("threaten", event(store, { origin = "gdelt:900000021" }).kind)
      assert.is_nil(event(store, { origin = "gdelt:900000021" }).url)
      assert.equal("https://news.example/talks",
        event(store, { origin = "gdelt:900000011" }).url)
    end)
  end)

  it("makes the parties that a code means, in their states", function()
    local store <close> = new_store()
    for _, count in ipairs{ 57, 58, 61 } do
      store.events:import(fixture(("gdelt-%d.export.CSV"):format(count)))
    end
    assert.equal(3, store.events:where{ actor = { within = "KOR" } }:count())
    assert.equal(3, store.events:where{ actor = { within = "JPN" } }:count())
    assert.equal("ROU", event(store, { origin = "gdelt:900000012" }).actor)
    local party = store.parties:get "cameo:KORGOV"
    assert.same({ "South Korea: government", "group", "KOR", "KOR" }, { party.name, party.kind,
      party.country, party.parent })
    assert.equal("organisation", store.parties:get("cameo:IGOWTO").kind)
    -- a state's name and aliases are not asked for: codes are no names
    assert.equal(249 + 4, store.parties:count())
  end)

  it("adds nothing when it comes again; other values under an id are rejected", function()
    local store <close> = new_store()
    store.events:import(fixture "gdelt-58.export.CSV")
    local before = stores.records(store, { "events", "parties", "sources" })
    local revision = store:revision()
    assert.same({ format = "gdelt", read = 2, duplicate = 2 },
      counts(store.events:import(fixture "gdelt-58.export.CSV")))
    stores.same_lines(before, stores.records(store, { "events", "parties", "sources" }))
    assert.equal(revision, store:revision())
    local bytes = stores.bytes(fixture "gdelt-58.export.CSV"):gsub("\t0%.75\t", "\t0.5\t")
    with_file("later.export.CSV", bytes, function(path)
      local result = store.events:import(path)
      assert.same({ format = "gdelt", read = 2, duplicate = 1, rejected = 1 }, counts(result))
      assert.equal(1, result.rejects[1].line)
    end)
    assert.equal(0.75, event(store, { origin = "gdelt:900000011" }).tone)
  end)
end)

describe("a file of ICEWS", function()
  it("becomes events; a line that comes again does not, nor what is no code", function()
    local store <close> = new_store()
    local result = store.events:import(fixture "icews.tab")
    assert.same({ format = "icews", read = 7, added = 5, duplicate = 1, rejected = 1 },
      counts(result))
    assert.same({ "8 kind" }, rejects(result))
    local found = event(store, { code = "163" })
    assert.truthy(found.origin:find("^icews:"))
    found.origin = nil
    assert.same({ date = "2019-07-01", kind = "sanction", mode = "discontinue",
      contexts = { "economic" }, code = "163", quad = 4, goldstein = -8.0,
      title = "Impose embargo, boycott, or sanctions", actor = "JPN", target = "KOR",
      place = "Tokyo, Japan", latitude = 35.6895, longitude = 139.692,
      note = "Example Wire, 80000001, 1" }, found)
    assert.same({ "crime", "corruption" }, event(store, { code = "091" }).contexts)
  end)

  it("keeps events apart whose id repeats, and quotes as they stand", function()
    local store <close> = new_store()
    store.events:import(fixture "icews.tab")
    assert.equal(2, store.events:where{ actor = "Ito Sample" }:count())
    assert.equal('The "Example" Daily, 80000003, 2', event(store, { code = "010" }).note)
  end)

  it("makes parties in the country that their names or their rows tell", function()
    local store <close> = new_store()
    store.events:import(fixture "icews.tab")
    local function party(name)
      local found = store.parties:get(name)
      return { found.key, found.kind, found.country, found.inferred }
    end
    assert.same({ "icews:Foreign Affairs (Japan)", "ministry", "JPN" },
      party "foreign affairs (japan)")
    assert.same({ "icews:Customs Officers (Turkey)", "group", "TUR" },
      party "Customs Officers (Turkey)")
    assert.same({ "icews:Ito Sample", "organisation", "JPN", true }, party "Ito Sample")
    assert.same({ "icews:Sample Chemicals", "organisation", nil, true }, party "Sample Chemicals")
  end)

  it("is the same without the CAMEO column and with American dates", function()
    local store <close> = new_store()
    local other <close> = new_store()
    store.events:import(fixture "icews.tab")
    assert.same({ format = "icews", read = 3, added = 3 },
      counts(other.events:import(fixture "icews-without-cameo.tab")))
    for _, code in ipairs{ "163", "114", "016" } do
      local ours, theirs = event(store, { code = code }), event(other, { code = code })
      ours.origin, theirs.origin = nil, nil
      assert.same(ours, theirs)
    end
  end)
end)

describe("a file of ACLED", function()
  it("becomes events with dates as sure as they are", function()
    local store <close> = new_store()
    local result = store.events:import(fixture "acled.csv")
    assert.same({ format = "acled", read = 4, added = 3, rejected = 1 }, counts(result))
    assert.same({ "6 date" }, rejects(result))
    assert.same({ origin = "acled:KOR9001", date = "2019-07-06", kind = "protest", mode = "demo",
      title = "Peaceful protest", actor = "acled:Protesters (South Korea)",
      participants = { "acled:Shopkeepers (South Korea)", "acled:Example Consumers Union" },
      place = "Seoul, Jung, South Korea", latitude = 37.5665, longitude = 126.978,
      note = 'On 6 July 2019, shopkeepers in Seoul called for a boycott of Japanese goods, "until '
        .. 'the curbs end". Fatalities: 0. Source: Example Wire; Example Daily.' },
      event(store, { origin = "acled:KOR9001" }))
    assert.equal("[2019-07-07..2019-07-13]", event(store, { origin = "acled:KOR9002" }).date)
    assert.equal("2019-07", event(store, { origin = "acled:JPN9001" }).date)
    assert.equal(1, store.events:where{ date = { during = "2019-07-06" } }:count())
  end)

  it("names an associate of both actors once", function()
    local store <close> = new_store()
    store.events:import(fixture "acled.csv")
    assert.same({ "acled:Labour Group (South Korea)", "acled:Border Guards (South Korea)" },
      event(store, { origin = "acled:KOR9002" }).participants)
  end)

  it("is updated by a later timestamp, and not by an earlier one", function()
    local store <close> = new_store()
    store.events:import(fixture "acled.csv")
    local revision = store:revision()
    local result = store.events:import(fixture "acled-update.csv")
    assert.same({ format = "acled", read = 2, updated = 1, duplicate = 1 }, counts(result))
    local now = event(store, { origin = "acled:KOR9001" })
    assert.same({ "riot", "Violent demonstration", nil }, { now.mode, now.title, now.participants })
    assert.equal("demo", event(store:as_of(revision), { origin = "acled:KOR9001" }).mode)
    assert.equal("[2019-07-07..2019-07-13]", event(store, { origin = "acled:KOR9002" }).date)
    assert.same({ format = "acled", read = 2, duplicate = 2 },
      counts(store.events:import(fixture "acled-update.csv")))
  end)

  it("is taken back by a list of deletions, which names what is not there", function()
    local store <close> = new_store()
    store.events:import(fixture "acled.csv")
    local result = store.events:import(fixture "acled-deletions.csv")
    assert.same({ format = "acled-deletions", read = 2, retracted = 1, rejected = 1 },
      counts(result))
    assert.equal("KOR9999,1570000000", result.rejects[1].text)
    assert.is_nil(store.events:where{ origin = "acled:KOR9002" }:first())
    assert.equal(2, store.events:count())
  end)

  it("is not taken back while another record refers to it", function()
    local store <close> = new_store()
    store.events:import(fixture "acled.csv")
    local function id_of(origin) return store.events:where{ origin = origin }:first().id end
    store.links:add{ from = id_of "acled:KOR9002", relation = "causes",
      to = id_of "acled:KOR9001" }
    local result = store.events:import(fixture "acled-deletions.csv")
    assert.same({ format = "acled-deletions", read = 2, rejected = 2 }, counts(result))
    assert.matches("cannot be retracted: the link", result.rejects[1].reason)
    assert.equal(3, store.events:count())
  end)
end)

describe("a file of POLECAT", function()
  it("becomes events", function()
    local store <close> = new_store()
    local result = store.events:import(fixture "polecat.txt")
    assert.same({ format = "polecat", read = 4, added = 3, rejected = 1 }, counts(result))
    assert.same({ "5 kind" }, rejects(result))
    assert.same({ origin = "polecat:2019_71_0", date = "2019-07-04", kind = "sanction",
      mode = "discontinue", contexts = { "economic", "diplomatic" }, quad = 4, goldstein = -7.5,
      actor = "JPN", target = "KOR", place = "Tokyo, Japan", latitude = 35.6895,
      longitude = 139.692, note = "Example Wire, 2019-07-04" },
      event(store, { origin = "polecat:2019_71_0" }))
  end)

  it("keeps its own quad class, and actors without a name or with several", function()
    local store <close> = new_store()
    store.events:import(fixture "polecat.txt")
    assert.same({ origin = "polecat:2019_71_1", date = "2019-07-05", kind = "concede", quad = 1,
      goldstein = 3.0, actor = "polecat:Kim Sample", target = "polecat:Japan (BUS)",
      place = "South Korea", note = "Example Wire, 2019-07-05" },
      event(store, { origin = "polecat:2019_71_1" }))
    assert.equal(1, store.events:where{ target = { within = "JPN" } }:count())
    assert.equal("group", store.parties:get("Kim Sample; Ito Sample").kind)
  end)

  it("may name the intensity otherwise", function()
    local bytes = stores.bytes(fixture "polecat.txt"):gsub("\tIntensity\t", "\tEvent Intensity\t")
    with_file("polecat.txt", bytes, function(path)
      local store <close> = new_store()
      store.events:import(path)
      assert.equal(-7.5, event(store, { origin = "polecat:2019_71_0" }).goldstein)
    end)
  end)
end)

describe("a screening list", function()
  it("becomes parties and their listings", function()
    local store <close> = new_store()
    local result = store.listings:import(fixture "screening-list.csv")
    assert.same({ format = "screening-list", read = 9, added = 8, rejected = 1 }, counts(result))
    assert.same({ "10 party" }, rejects(result))
    assert.equal(8, store.listings:count())
    assert.equal(249 + 7, store.parties:count())
    local listing = store.listings:where{ list = { like = "Denied%" } }:first()
    assert.same({ "1995-01-02", "2005-01-02", "60 F.R. 1 1/2/95" }, { listing.listed,
      listing.delisted, listing.notice })
    assert.equal("DEU", store.parties:get(listing.party).country)
  end)

  it("knows a party of the Treasury on all of its lists", function()
    local store <close> = new_store()
    store.listings:import(fixture "screening-list.csv")
    local party = store.parties:get "csl:ofac:90001"
    assert.same({ "OPEN COMPANY SAMPLE BANK", nil, { "SAMPLE BANK OAO", "SB" },
      "Addresses: RU; TR." }, { party.name, party.country, party.aliases, party.note })
    local entries = {}
    for listing in store.listings:where{ party = "csl:ofac:90001" }:order("key"):each() do
      entries[#entries + 1] = listing.key
    end
    assert.same({ "csl:ofac:90001:SDN", "csl:ofac:90001:SSI" }, entries)
  end)

  it("keeps parties of one name apart where it does not say that they are one", function()
    local store <close> = new_store()
    store.listings:import(fixture "screening-list.csv")
    assert.equal(2, store.parties:where{ name = "Sample Solvents" }:count())
  end)

  it("finds its parties by name when a contract is screened", function()
    local store <close> = new_store()
    store.listings:import(fixture "screening-list.csv")
    local found = dualuse.screen(store, { from = "JPN", to = "ARE",
      end_user = "Sample Fluoride Company Ltd", on = "2019-07-12" })
    assert.same({ "licence_required", "Presumption of denial.", "84 FR 1001" }, { found.outcome,
      found.matches[1].policy, found.matches[1].notice })
  end)

  it("adds nothing when it comes again, under whatever name", function()
    local store <close> = new_store()
    store.listings:import(fixture "screening-list.csv")
    local before = stores.records(store, { "parties", "listings" })
    local expected = { format = "screening-list", read = 9, duplicate = 8, rejected = 1 }
    assert.same(expected, counts(store.listings:import(fixture "screening-list.csv")))
    with_file("another.csv", stores.bytes(fixture "screening-list.csv"), function(path)
      assert.same(expected, counts(store.listings:import(path)))
    end)
    stores.same_lines(before, stores.records(store, { "parties", "listings" }))
  end)

  it("is updated by a newer edition, which becomes one more source of what it changes", function()
    local store <close> = new_store()
    store.listings:import(fixture "screening-list.csv")
    local result = store.listings:import(fixture "screening-list-next.csv")
    assert.same({ format = "screening-list", read = 7, updated = 2, duplicate = 5 },
      counts(result))
    assert.same({ "SAMPLE BANK OAO", "SB", "SAMPLE BANK PJSC" },
      store.parties:get("csl:ofac:90001").aliases)
    local changed = store.listings:where{ policy = "Case-by-case review." }:first()
    assert.same({ "screening-list.csv", "screening-list-next.csv" }, changed.sources)
    assert.same({ "screening-list.csv" }, store.listings:get("csl:ofac:90002:SDN").sources)
  end)
end)

describe("a format", function()
  it("may be asked for by name, and is refused for another kind", function()
    local store <close> = new_store()
    assert.equal("icews", store.events:import(fixture "icews.tab", { format = "icews" }).format)
    stores.raises(function()
      local _ = store.cases:import(fixture "icews.tab")
    end, { code = "misuse", field = "format", says = { "store.events:import" } })
    stores.raises(function()
      local _ = store.events:import(fixture "icews.tab", { format = "gdlet" })
    end, { code = "invalid", field = "format", says = { "gdelt" } })
    stores.raises(function()
      local _ = store.events:import(fixture "icews.tab", { format = "polecat" })
    end, { code = "invalid", kind = "events", says = { "Actor Name" } })
    stores.raises(function()
      local _ = store.events:import(fixture "icews.tab", { source = "nowhere" })
    end, { code = "invalid", field = "source" })
  end)

  it("may be changed in a word by the options", function()
    local store <close> = new_store()
    store.parties:add{ key = "KOR.MOFA", name = "Foreign Affairs (South Korea)",
      kind = "ministry" }
    store.events:import(fixture "icews.tab", { parties = {} })
    assert.equal("KOR.MOFA", event(store, { code = "114" }).actor)
    local other <close> = new_store()
    local result = other.events:import(fixture "icews.tab", { unknown = "reject" })
    assert.same({ format = "icews", read = 7, added = 1, rejected = 6 }, counts(result))
  end)
end)

describe("a mapping of one's own", function()
  --- Imports lines, with the columns day, what and why.
  local function import(store, lines, mapping)
    local given = { "day,what,why\n" .. table.concat(lines, "\n") .. "\n" }
    mapping.columns = mapping.columns or { day = "date", what = { "kind", "mode", "contexts" } }
    mapping.source = false
    return store.events:import(function() return table.remove(given, 1) end, mapping)
  end

  it("may have words that stand for a list, and for no value", function()
    local store <close> = new_store()
    local result = import(store, { "2019-07-04,ban,", "2019-07-05,talk,", "2019-07-06,ban,",
      "2019-07-07,talk,", "2019-07-08,aid; ban,", "2019-07-09,twice,", "2019-07-10,aid,",
      "2019-07-11,aid; talk," }, {
      separator = { contexts = "; " },
      words = {
        kind = { ban = "sanction", talk = "consult", ["aid; ban"] = "aid", twice = "aid",
          ["aid; talk"] = "aid" },
        mode = { ban = "discontinue", talk = "", aid = "" },
        contexts = { ban = "economic; legal", talk = "", twice = "a; a" },
      },
    })
    assert.same({ read = 8, added = 7, rejected = 1 }, counts(result))
    assert.same({ "7 contexts" }, rejects(result))
    local found = {}
    for record in store.events:where{}:order("date"):each() do
      found[#found + 1] = ("%s %s"):format(record.mode,
        record.contexts and table.concat(record.contexts, "+"))
    end
    assert.same({ "discontinue economic+legal", "nil nil", "discontinue economic+legal",
      "nil nil", "aid; ban aid+economic+legal", "nil aid", "aid; talk aid" }, found)
  end)

  it("may name a column instead of one that the file lacks", function()
    local store <close> = new_store()
    import(store, { "2019-07-04,aid,poor" }, { columns = { day = "date", type = "kind" },
      required = { "day" }, instead = { type = "what" } })
    assert.equal("aid", event(store, {}).kind)
    assert.equal("invalid", stores.raised(import, store, {}, { instead = { type = "sort" },
      columns = { day = "date", type = "kind" } }).code)
  end)

  it("is given nothing by row(name) for what means nothing", function()
    local store <close> = new_store()
    import(store, { "2019-07-04,aid,-", "2019-07-05,aid,poor" }, { missing = { "-" },
      columns = { day = "date", what = "kind", why = "note" },
      convert = { why = function(text, row)
        assert(row "why" == text)
        return tostring(row "why")
      end } })
    assert.equal("nil", event(store, { date = "2019-07-04" }).note)
    assert.equal("poor", event(store, { date = "2019-07-05" }).note)
  end)
end)

describe("a real file #process", function()
  local function real(name)
    if not DATA or not shell.has("awk") or not shell.has("sqlite3") then
      pending(("set DUALUSE_DATA to a folder with %s; awk and sqlite3 count in it"):format(name))
      return nil
    end
    return DATA .. "/" .. name
  end

  --- "163 12" lines, as a table.
  local function table_of(text)
    local found = {}
    for key, count in text:gmatch("([^\n]-) (%d+)\n") do found[key] = tonumber(count) end
    return found
  end

  it("of ICEWS is read whole, as awk counts it", function()
    local path = real "icews-events-2018-sample.tab"
    if not path then return end
    local store <close> = new_store()
    local function awk(program)
      return shell.must(("LC_ALL=C awk -F '\\t' 'NR == 1 { next } %s' %s"):format(program,
        shell.quote(path)))
    end
    local result = store.events:import(path)
    assert.same({ format = "icews", read = 3705, added = 3705 }, counts(result))

    local codes = {}
    for _, row in ipairs(store.events:group{ "code" }) do codes[row.code] = row.count end
    assert.same(table_of(awk("{ n[$7]++ } END { for (c in n) print c, n[c] }")), codes)

    local days = {}
    for _, row in ipairs(store.events:group{ "day" }) do days[row.day] = row.count end
    assert.same(table_of(awk("{ n[$2]++ } END { for (d in n) print d, n[d] }")), days)

    assert.equal(tonumber(awk('{ s += $8 * 10 } END { printf "%d", s }')),
      math.floor(store.events:sum("goldstein") * 10 + 0.5))
    assert.equal(tonumber(awk('$19 != "NA" { n++ } END { print n }')),
      3705 - store.events:where{ latitude = { missing = true } }:count())
    -- South Korea itself, and whoever is in it
    assert.equal(tonumber(awk('$3 == "South Korea" { n++ } END { print n }')),
      store.events:where{ actor = "KOR" }:count())
    assert.equal(tonumber(awk('$5 == "South Korea" { n++ } END { print n }')),
      store.events:where{ actor = { within = "KOR" } }:count())
    -- every name is one party
    local parties, count = {}, 0
    for _, actor, target in store.events:values("actor", "target") do
      for _, party in ipairs{ actor, target } do
        count = count + (parties[party] and 0 or 1)
        parties[party] = true
      end
    end
    assert.equal(tonumber(awk("{ n[$3]++; n[$9]++ } END { for (i in n) c++; print c }")), count)

    assert.same({ format = "icews", read = 3705, duplicate = 3705 },
      counts(store.events:import(path)))
  end)

  it("of the screening list is read whole, as sqlite3 counts it", function()
    local path = real "consolidated-screening-list.csv"
    if not path then return end
    local store <close> = new_store()
    local function sql(query)
      return shell.must(("sqlite3 -init /dev/null -batch -separator ' ' :memory: "
        .. "'.import --csv %s csl' %s"):format(path, shell.quote(query))) .. "\n"
    end
    local result = store.listings:import(path)
    assert.same({ format = "screening-list", read = 25921, added = 25921 }, counts(result))

    local lists = {}
    for _, row in ipairs(store.listings:group{ "list" }) do lists[row.list] = row.count end
    assert.same(table_of(sql "SELECT source, count(*) FROM csl GROUP BY source"), lists)

    -- a party for each number of the Treasury's, and for each row without one
    assert.equal(tonumber((sql [[SELECT count(DISTINCT entity_number) - 1 +
      sum(entity_number = '') FROM csl]])), store.parties:count() - 249)
    assert.equal(tonumber((sql [[SELECT count(DISTINCT entity_number) FROM csl
      WHERE type = 'Individual']])), store.parties:where{ kind = "person" }:count())
    local entity_list = "Entity List (EL) - Bureau of Industry and Security"
    for country, codes in pairs{ CHN = "'CN', 'PRC'", ARE = "'AE'", TUR = "'TR', 'TURKIYE'" } do
      assert.equal(tonumber((sql(([[SELECT count(*) FROM csl WHERE source = '%s'
        AND addresses IN (%s)]]):format(entity_list, codes)))),
        store.listings:where{ list = entity_list, party = { country = country } }:count())
    end

    local revision = store:revision()
    assert.same({ format = "screening-list", read = 25921, duplicate = 25921 },
      counts(store.listings:import(path)))
    assert.equal(revision, store:revision())
  end)
end)
