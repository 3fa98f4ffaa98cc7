-- The sample: the dispute of 2019 between Japan and South Korea. What it is to hold is written
-- down here by hand; N, A and P are its three sources.

local dualuse = require "dualuse"
local sample = require "dualuse.sample.japan_korea_2019"
local shell = require "spec.shell"
local stores = require "spec.stores"

local N, A, P = "nikkei-2019-07-12", "afp-2019-07-12", "meti-2019-07-01"

--- A new store with the sample in it.
local function loaded()
  local store = assert(dualuse.open())
  sample.load(store)
  return store
end

--- All records outside revision 0, as kind and record.
local function each_record(store, visit)
  for _, kind in ipairs(dualuse.describe()) do
    for record in store[kind.kind]:where{ revision = { gt = 0 } }:each() do
      visit(kind.kind, record)
    end
  end
end

--- The sources of a record: those of one field where a citation names it, else the bare ones.
local function sources_of(record, field)
  local bare, cited = {}, {}
  for _, citation in ipairs(record.sources or {}) do
    if type(citation) == "string" then
      bare[citation] = true
    elseif not citation.field then
      bare[citation[1]] = true
    elseif citation.field == field then
      cited[citation[1]] = true
    end
  end
  return next(cited) and cited or bare
end

local function set(...)
  local result = {}
  for i = 1, select("#", ...) do result[select(i, ...)] = true end
  return result
end

--- One field of all records of a kind, by key.
local function by_key(collection, field)
  local values = {}
  for record in collection:each() do values[record.key] = record[field] end
  return values
end

describe("loading the sample", function()
  it("adds its records in one revision, which tells why", function()
    local store <close> = assert(dualuse.open())
    local result = sample.load(store)
    assert.equal(1, store:revision())
    assert.same({ added = 93, updated = 7, unchanged = 0 }, result)
    local first = store.measures:history("jp-kr-restriction")[1]
    assert.equal("dualuse", first.by)
    assert.matches("sample", first.reason)
    assert.same({}, store:check())
  end)

  it("a second time changes nothing", function()
    local store <close> = loaded()
    local result = sample.load(store)
    assert.equal(1, store:revision())
    assert.same({ added = 0, updated = 0, unchanged = 100 }, result)
  end)

  it("keeps what a store had of its own", function()
    local store <close> = assert(dualuse.open())
    store.parties:update("KOR", { aliases = { "Seoul", "the South" }, note = "Ours." })
    store.items:add{ key = "hydrogen-fluoride", name = "HF", eccn = "1C350" }
    sample.load(store)
    local korea = store.parties:get("KOR")
    assert.same({ "Seoul", "the South", "Republic of Korea", "ROK" }, korea.aliases)
    assert.equal("Ours.", korea.note)
    assert.equal("1C350", store.items:get("hydrogen-fluoride").eccn)
    local revision = store:revision()
    sample.load(store)
    assert.equal(revision, store:revision())
  end)

  it("brings back what was retracted, and mends what was changed", function()
    local store <close> = loaded()
    store.cases:retract("kr-etching-gas-uae")
    store.cases:update("kr-etching-gas-vietnam", { exported = "2017" })
    local result = sample.load(store)
    assert.same({ added = 0, updated = 2, unchanged = 98 }, result)
    assert.equal("2017-12", store.cases:get("kr-etching-gas-vietnam").exported)
    assert.truthy(store.cases:get("kr-etching-gas-uae"))
  end)

  it("writes all or nothing", function()
    local store <close> = assert(dualuse.open())
    store.parties:add{ key = "ours", name = "ours", kind = "group" }
    store.memberships:add{ group = "ours", member = "KOR", stages = {
      { key = "jp-kr-restriction.announced", stage = "announced", date = "2019" } } }
    local revision, parties = store:revision(), store.parties:count()
    local ok, problem = pcall(sample.load, store)
    assert.is_false(ok)
    assert.equal("constraint", problem.code)
    assert.equal(revision, store:revision())
    assert.equal(parties, store.parties:count())
  end)
end)

describe("the sample", function()
  local store

  setup(function() store = loaded() end)
  teardown(function() store:close() end)

  it("has so many records of each kind", function()
    local expected = {
      sources = 3, parties = 19 + 249, memberships = 1, items = 5, disputes = 1, events = 13,
      questions = 12, claims = 23, measures = 3, stages = 6, applications = 0, cases = 2,
      disclosures = 7, listings = 0, screenings = 0, links = 4,
    }
    for kind, count in pairs(expected) do assert.equal(count, store[kind]:count(), kind) end
  end)

  it("has a key for every record", function()
    each_record(store, function(kind, record) assert.is_string(record.key, kind) end)
  end)

  it("cites a source for every record, or tells why there is none", function()
    each_record(store, function(kind, record)
      if record.inferred then
        assert.is_string(record.note, kind .. " " .. record.key)
      elseif kind ~= "sources" then -- which stand for themselves
        assert.truthy(record.sources, kind .. " " .. record.key)
      end
    end)
  end)

  it("cites for no value that is not there", function()
    each_record(store, function(kind, record)
      for _, citation in ipairs(record.sources or {}) do
        local field = type(citation) == "table" and citation.field
        assert.truthy(not field or record[field] ~= nil,
          ("%s %s: %s"):format(kind, record.key, field))
      end
    end)
  end)

  it("quotes a few words only", function()
    local known = {
      [N] = set("widely seen", "preferential treatment", "etching gas"),
      [A] = set("white list", "last week", "although", "significantly slow exports",
                "not a countermeasure", "not a World Trade Organisation violation"),
    }
    local found = { [N] = {}, [A] = {} }
    each_record(store, function(_, record)
      for _, citation in ipairs(record.sources or {}) do
        if type(citation) == "table" and citation.quote then
          found[citation[1]][citation.quote] = true
        end
      end
    end)
    assert.same(known, found)
  end)

  it("infers no more than common names of states, that South Korea is on the list, and since when",
    function()
      local inferred = {}
      each_record(store, function(kind, record)
        if record.inferred then inferred[kind .. " " .. record.key] = true end
      end)
      assert.same(set("parties KOR", "parties JPN", "parties USA", "parties PRK", "parties CHN",
        "parties VNM", "parties ARE", "memberships kr-in-jp-white-list",
        "stages kr-in-jp-white-list.in-force", "stages jp-white-list-preference.in-force"),
        inferred)
    end)

  describe("has sources", function()
    it("of which Nikkei's came out before the meeting in Tokyo, the dispatch after it", function()
      local nikkei, afp = store.sources:get(N), store.sources:get(A)
      assert.equal("2019-07-12T07:30", nikkei.published)
      assert.matches("before the meeting", nikkei.title)
      assert.equal("2019-07-12", afp.published)
      assert.matches("after the meeting", afp.title)
      assert.equal("AFP, Reuters", afp.agency)
      assert.equal("2019-07-01", store.sources:get(P).published)
    end)

    it("none of which is known to repeat another", function()
      assert.equal(0, store.sources:where{ republished_from = { missing = false } }:count())
    end)
  end)

  describe("has parties", function()
    it("that are found by the names people use", function()
      for name, key in pairs{
        Seoul = "KOR", ["republic of korea"] = "KOR", ["Korea, Republic of"] = "KOR", KR = "KOR",
        Tokyo = "JPN", Washington = "USA", US = "USA", UAE = "ARE", AE = "ARE", Vietnam = "VNM",
        ["Viet Nam"] = "VNM", ["white list"] = "JPN.white-list", METI = "JPN.METI",
        MOTIE = "KOR.MOTIE", ["National Security Office"] = "KOR.NSO",
      } do
        assert.equal(key, store.parties:get(name).key, name)
      end
    end)

    it("below their states, who are their own country", function()
      for key, parent in pairs{
        ["KOR.MOTIE"] = "KOR", ["KOR.MOFA"] = "KOR", ["KOR.NSO"] = "KOR", ["KOR.president"] = "KOR",
        ["kang-kyung-wha"] = "KOR.MOFA", ["kim-hyun-chong"] = "KOR.NSO",
        ["JPN.METI"] = "JPN", ["JPN.MOFA"] = "JPN", seko = "JPN.METI",
      } do
        local party = store.parties:get(key)
        assert.equal(parent, party.parent)
        assert.equal(parent:sub(1, 3), party.country)
      end
      assert.equal("KOR", store.parties:get("KOR").country)
      assert.equal("USA", store.parties:get("mike-pompeo").country)
    end)

    it("so that South Korea does not lie within Japan for being on its list", function()
      local within = by_key(store.parties:where{ id = { within = "JPN" } }, "name")
      assert.equal("Trade ministry of Japan", within["JPN.METI"])
      assert.equal("Seko", within.seko)
      assert.is_nil(within.KOR)
      assert.equal("South Korea",
        by_key(store.parties:where{ id = { within = "white list" } }, "name").KOR)
    end)
  end)

  it("knows etching gas for hydrogen fluoride by the notice alone", function()
    local item = store.items:get("etching gas")
    assert.equal("hydrogen-fluoride", item.key)
    assert.same(set(P), sources_of(item, "aliases"))
    assert.same(set(A, N), sources_of(item, "uses"))
    assert.same(set("hydrogen-fluoride", "photoresist", "fluorinated-polyimide"),
      (function()
        local materials = by_key(store.items:where{ parent = "chip-making-materials" }, "id")
        for key in pairs(materials) do materials[key] = true end
        return materials
      end)())
    assert.equal("technology", store.items:get("chip-making-technology").category)
  end)

  describe("has measures", function()
    it("of which each later one yields to none, and each earlier one to the next", function()
      local base = store.measures:get("jp-base-rule")
      assert.equal("individual", base.requirement)
      assert.is_nil(base.destinations)
      assert.is_nil(base.items)
      assert.matches("flagrant", base.penalties)

      local preference = store.measures:get("jp-white-list-preference")
      assert.equal("bulk", preference.requirement)
      assert.equal("general bulk export licence", preference.term)
      assert.same(set(P), sources_of(preference, "requirement"))
      assert.same({ "JPN.white-list" }, preference.destinations)
      assert.same({ "jp-base-rule" }, preference.excepts)
      assert.is_nil(preference.items)

      local restriction = store.measures:get("jp-kr-restriction")
      assert.equal("individual", restriction.requirement)
      assert.same({ "KOR" }, restriction.destinations)
      assert.same({ "jp-white-list-preference" }, restriction.excepts)
      assert.same({ "fluorinated-polyimide", "photoresist", "hydrogen-fluoride",
                    "chip-making-technology" }, restriction.items)
      assert.same(set(N, A, P), sources_of(restriction, "items"))
      assert.equal(3, store.measures:where{ jurisdiction = "JPN" }:count())
    end)

    it("that came into force, and a membership whose end is weighed, on the days known", function()
      local stages = {}
      for stage in store.stages:order("date"):each() do
        local sources = {}
        for source in pairs(sources_of(stage, "date")) do sources[#sources + 1] = source end
        table.sort(sources)
        stages[#stages + 1] = table.concat({ stage.of, stage.stage, stage.date,
          table.unpack(sources) }, " ")
      end
      assert.same({
        "jp-base-rule in_force [..2018] " .. N,
        "jp-white-list-preference in_force [..2018] " .. A .. " " .. N,
        "kr-in-jp-white-list in_force [..2018] " .. A,
        "jp-kr-restriction announced [2019-07-01..2019-07-04] " .. A .. " " .. P,
        "jp-kr-restriction in_force 2019-07-04 " .. A .. " " .. N,
        "kr-in-jp-white-list end_considered 2019-07-12 " .. A,
      }, stages)
    end)

    it("and no event besides, so that the restriction is counted once", function()
      assert.equal(0, store.events:where{ kind = "sanction" }:count())
      assert.equal(0, store.events:where{ actor = { within = "JPN" }, date = "2019-07-04" }
        :where{ target = "KOR", date = { during = "2019-07-01/2019-07-04" } }:count())
    end)
  end)

  it("has the disclosed totals, what is withheld, and what is published without a figure",
    function()
      local found = {}
      for d in store.disclosures:each() do
        found[d.key] = { d.authority, d.period, d.measure, d.unit or "-", d.year_basis or "-",
          d.status, d.qualifier, d.value or "-", d.scope or "-", d.published or "-",
          d.asserted_by or "-" }
      end
      local function motie(period, value, scope)
        return { "KOR.MOTIE", period, "cases", "case", "detected", "published", "exact", value,
          scope or "-", "2019-07-10", "-" }
      end
      local function korea_says(authority, status)
        return { authority, "/2019-07-12", "cases", "-", "-", status, "exact", "-", "-", "-",
                 "KOR" }
      end
      assert.same({
        ["motie-2015-2019-03"] = motie("2015/2019-03", 156),
        ["motie-2015"] = motie("2015", 14),
        ["motie-2016"] = motie("2016", 22),
        ["motie-2017"] = motie("2017", 48),
        ["motie-north-korea"] = motie("2015/2019-03", 0, "involving North Korea"),
        ["jp-withheld"] = korea_says("JPN", "withheld"),
        ["us-published"] = korea_says("USA", "published"),
      }, found)
      local total = store.disclosures:get("motie-2015-2019-03")
      assert.same(set(N, A), sources_of(total, "value"))
      assert.same(set(A), sources_of(total, "published"))
      assert.is_nil(total.destinations)
      assert.same(set(N), sources_of(store.disclosures:get("motie-2016"), "value"))
      assert.same(set(A), sources_of(store.disclosures:get("motie-north-korea"), "value"))
    end)

  it("has two cases, with what is told of them and nothing else", function()
    local told = set("id", "key", "revision", "recorded", "sources", "note", "dispute",
      "authority", "items", "destination", "exported")
    local found = {}
    for case in store.cases:order("exported"):each() do
      for field in pairs(case) do assert.is_true(told[field], field) end
      assert.equal("KOR.MOTIE", case.authority)
      assert.same({ "hydrogen-fluoride" }, case.items)
      assert.same(set(N), sources_of(case, "exported"))
      assert.matches("How many cases it stands for is not said", case.note)
      found[#found + 1] = case.destination .. " " .. case.exported
    end
    assert.same({ "VNM 2017-12", "ARE 2019-01" }, found)
    -- Detected between the export and the report, not before the notice of 1 July.
    assert.equal(2, store.cases:where{ date = "2019-07-11" }:count())
    assert.equal(0, store.cases:where{ date = "2019-07-13" }:count())
  end)

  it("has events, on the days known", function()
    local BY = "[..2019-07-12]"
    assert.same({
      ["colonial-rule"] = "1910/1945", ["treaty-1965"] = "1965", ["labour-rulings"] = "2018",
      ["motie-discloses"] = "2019-07-10", ["kang-pompeo-call"] = "2019-07-10",
      ["envoy-to-washington"] = "2019-07-10", ["wto-threat"] = BY, ["appeal-to-washington"] = BY,
      ["us-offer"] = BY, boycott = BY, ["call-for-investigation"] = "2019-07-12",
      ["tokyo-meeting"] = "2019-07-12", ["meti-after-meeting"] = "2019-07-12",
    }, by_key(store.events, "date"))
    assert.same({
      ["colonial-rule"] = "JPN", ["labour-rulings"] = "KOR.court",
      ["motie-discloses"] = "KOR.MOTIE", ["envoy-to-washington"] = "KOR", ["wto-threat"] = "KOR",
      ["appeal-to-washington"] = "KOR", ["us-offer"] = "USA", boycott = "KOR.seoul-shops",
      ["call-for-investigation"] = "KOR.president", ["meti-after-meeting"] = "JPN.METI",
    }, by_key(store.events, "actor"))
    assert.same({
      ["colonial-rule"] = "KOR", ["labour-rulings"] = "JPN.firms",
      ["envoy-to-washington"] = "USA", ["wto-threat"] = "JPN", ["appeal-to-washington"] = "USA",
      boycott = "JPN", ["meti-after-meeting"] = "KOR",
    }, by_key(store.events, "target"))
    assert.same(set(A), sources_of(store.events:get("labour-rulings"), "date"))
    assert.same(set(A, N), sources_of(store.events:get("labour-rulings"), "target"))
    assert.same(set(N, A), sources_of(store.events:get("tokyo-meeting"), "date"))
    assert.same(set(N), sources_of(store.events:get("kang-pompeo-call"), "date"))
  end)

  describe("has claims", function()
    -- question: stance speaker attribution directness date sources
    local BY = "[..2019-07-12]"
    local expected = {
      ["q-retaliation"] = {
        "asserts - unattributed - " .. BY .. " N",
        "denies JPN.METI anonymous quoted " .. BY .. " A",
        "denies JPN.MOFA anonymous paraphrased " .. BY .. " A",
        "qualifies seko named paraphrased [2019-07-01..2019-07-04] A",
      },
      ["q-wto"] = { "denies JPN.METI anonymous quoted " .. BY .. " A" },
      ["q-korean-controls"] = {
        "asserts KOR named - " .. BY .. " N",
        "asserts kim-you-geun named paraphrased " .. BY .. " A",
        "denies JPN named - " .. BY .. " A N",
        "doubts JPN anonymous quoted " .. BY .. " N",
      },
      ["q-rise-in-cases"] = {
        "asserts KOR named paraphrased " .. BY .. " N",
        "doubts JPN anonymous - " .. BY .. " N",
      },
      ["q-re-export"] = {
        "asserts JPN.media unattributed reported " .. BY .. " A",
        "declines JPN anonymous - " .. BY .. " A",
        "qualifies KOR.MOTIE named - 2019-07-10 A",
      },
      ["q-re-export-prompted"] = { "denies JPN anonymous paraphrased " .. BY .. " A" },
      ["q-japan-made-gas"] = { "denies KOR named paraphrased " .. BY .. " N" },
      ["q-sarin-grade"] = { "denies KOR named paraphrased " .. BY .. " N" },
      ["q-transparency"] = { "asserts KOR named paraphrased " .. BY .. " N" },
      ["q-treaty"] = { "asserts JPN named paraphrased " .. BY .. " A" },
      ["q-supply-chains"] = {
        "asserts kang-kyung-wha named paraphrased 2019-07-10 N",
        "qualifies mike-pompeo named reported " .. BY .. " N",
      },
      ["q-greeting"] = {
        "asserts JPN anonymous paraphrased 2019-07-12 A",
        "denies press-pool - - 2019-07-12 A",
      },
    }

    it("on every contested question: who, how, when and in which source", function()
      local letters = { [N] = "N", [A] = "A" }
      local found = {}
      for claim in store.claims:each() do
        local sources = {}
        for source in pairs(sources_of(claim)) do sources[#sources + 1] = letters[source] end
        table.sort(sources)
        local list = found[claim.question] or {}
        found[claim.question] = list
        list[#list + 1] = ("%s %s %s %s %s %s"):format(claim.stance, claim.speaker or "-",
          claim.attribution or "-", claim.directness or "-", claim.date,
          table.concat(sources, " "))
      end
      for _, list in pairs(found) do table.sort(list) end
      assert.same(expected, found)
      for question in pairs(expected) do assert.truthy(store.questions:get(question)) end
    end)

    it("that answer each other", function()
      assert.same({
        ["controls-source"] = "controls-kor", ["rise-source"] = "rise-kor",
        ["re-export-officials"] = "re-export-media",
        ["supply-chains-pompeo"] = "supply-chains-kang", ["greeting-official"] = "greeting-pool",
      }, by_key(store.claims, "replies_to"))
    end)

    it("about other records", function()
      local about = by_key(store.claims, "about")
      assert.equal("jp-kr-restriction", about["retaliation-meti"])
      assert.equal("motie-north-korea", about["re-export-motie"])
      assert.equal("jp-withheld", about["transparency-kor"])
      assert.equal("treaty-1965", about["treaty-jpn"])
      assert.equal("tokyo-meeting", about["greeting-pool"])
    end)

    it("of people whose office is told", function()
      assert.same({
        ["retaliation-meti"] = "spokesperson", ["retaliation-mofa"] = "official",
        ["retaliation-seko"] = "trade minister", ["wto-meti"] = "spokesperson",
        ["controls-kim-you-geun"] = "deputy director of national security",
        ["controls-source"] = "government source", ["rise-source"] = "government source",
        ["re-export-officials"] = "officials",
        ["re-export-prompted-official"] = "official who gave the briefing",
        ["supply-chains-kang"] = "foreign minister",
        ["supply-chains-pompeo"] = "secretary of state",
        ["greeting-official"] = "official",
      }, by_key(store.claims, "role"))
    end)
  end)

  it("has links, asserted, denied or contested", function()
    local found = {}
    for link in store.links:each() do
      found[#found + 1] = ("%s %s %s %s by %s not by %s"):format(link.from, link.relation, link.to,
        link.status, table.concat(link.asserted_by or {}, ","),
        table.concat(link.denied_by or {}, ","))
    end
    table.sort(found)
    assert.same({
      "jp-kr-restriction retaliates labour-rulings contested by  not by JPN.METI,JPN.MOFA",
      "motie-discloses responds_to jp-kr-restriction asserted by  not by ",
      "retaliation-seko contradicts retaliation-mofa asserted by afp,reuters not by ",
      "tokyo-meeting responds_to jp-kr-restriction asserted by  not by ",
    }, found)
    local retaliates = store.links:get("restriction-retaliates-rulings")
    assert.same(set(N), sources_of(retaliates, "relation"))
    assert.same(set(A), sources_of(retaliates, "denied_by"))
  end)
end)

describe("the demo #process", function()
  local folder

  setup(function() folder = shell.folder() end)
  teardown(function() shell.remove(folder) end)

  local function demo(path)
    return shell.must(("LUA_PATH=%s LUA_CPATH=%s %s -e %s"):format(shell.quote(package.path),
      shell.quote(package.cpath), shell.quote(shell.lua),
      shell.quote(('require "dualuse.sample.japan_korea_2019".demo(%q)'):format(path))))
  end

  it("prints the report, leaves it as a page, and tells how to explore the store", function()
    local path = folder .. "/it's a demo.db"
    local output = demo(path)
    local store <close> = assert(dualuse.open(path, { readonly = true }))
    assert.equal(1, store:revision())
    local asked = { dispute = "japan-korea-2019" }
    local brief = dualuse.report(store, asked)
    assert.equal(brief, output:sub(1, #brief))
    asked.to = "html"
    assert.equal(dualuse.report(store, asked), stores.bytes(folder .. "/it's a demo.html"))
    local line = output:match("\nTo explore it:\n([^\n]+)\n$")
    assert.truthy(line, output)
    assert.matches("\n23\n$",
      shell.must(("%s -e 'print(#store.claims) os.exit()' </dev/null"):format(line)))
  end)

  it("prints the same again, on the store that it left", function()
    local path = folder .. "/again.db"
    assert.equal(demo(path), demo(path))
  end)
end)
