-- The kinds of record: what each is made of, and that every field keeps what it is given.

local dualuse = require "dualuse"
local stores = require "spec.stores"
local raised = stores.raised

-- ------------------------------------------------------------------------------------------------
-- What design.md says of each kind. A field is { name, type }, and may be `required`, a `list`, of
-- `words`, refer to records of `kinds`, or be `absent = word` where it is left out.

local any_kind = {
  "sources", "parties", "memberships", "items", "disputes", "events", "questions", "claims",
  "measures", "stages", "applications", "cases", "disclosures", "listings", "screenings", "links",
}
local requirements = { "none", "general", "bulk", "individual", "prohibited" }

local expected = {
  sources = {
    { "key", "text", required = true },
    { "title", "text", required = true },
    { "publisher", "text" },
    { "agency", "text" },
    { "published", "date" },
    { "retrieved", "date" },
    { "republished_from", "reference", kinds = { "sources" } },
    { "url", "text" },
    { "archive_url", "text" },
    { "language", "text" },
    { "author", "text" },
    { "text", "text" },
  },
  parties = {
    { "key", "text", required = true },
    { "name", "text", required = true },
    { "kind", "word", required = true, words = { "state", "ministry", "agency", "court", "company",
                                                 "person", "organisation", "group" } },
    { "country", "reference", kinds = { "parties" } },
    { "parent", "reference", kinds = { "parties" } },
    { "aliases", "text", list = true },
  },
  memberships = {
    { "key", "text" },
    { "group", "reference", required = true, kinds = { "parties" } },
    { "member", "reference", required = true, kinds = { "parties" } },
    { "stages", "stage", list = true, kinds = { "stages" } },
  },
  items = {
    { "key", "text", required = true },
    { "name", "text", required = true },
    { "category", "word", words = { "material", "equipment", "software", "technology" } },
    { "parent", "reference", kinds = { "items" } },
    { "aliases", "text", list = true },
    { "hs", "text" },
    { "eccn", "text" },
    { "regimes", "word", list = true,
      words = { "wassenaar", "australia_group", "nsg", "mtcr", "cwc" } },
    { "uses", "text", list = true },
  },
  disputes = {
    { "key", "text", required = true },
    { "title", "text", required = true },
    { "parties", "reference", list = true, kinds = { "parties" } },
    { "channel", "word", words = { "bilateral", "mediation", "consultations", "panel", "appeal",
                                   "settled" } },
  },
  events = {
    { "key", "text" },
    { "date", "date", required = true },
    { "kind", "word", required = true,
      words = { "agree", "consult", "support", "concede", "cooperate", "aid", "retreat", "request",
                "accuse", "reject", "threaten", "protest", "sanction", "mobilize", "coerce",
                "assault", "other" } },
    { "title", "text" },
    { "actor", "reference", kinds = { "parties" } },
    { "target", "reference", kinds = { "parties" } },
    { "participants", "reference", list = true, kinds = { "parties" } },
    { "items", "reference", list = true, kinds = { "items" } },
    { "dispute", "reference", kinds = { "disputes" } },
    { "status", "word", words = { "confirmed", "reported", "alleged", "denied" } },
    { "place", "text" },
    { "mode", "text" },
    { "contexts", "text", list = true },
    { "code", "text" },
    { "quad", "integer" },
    { "goldstein", "number" },
    { "mentions", "integer" },
    { "tone", "number" },
    { "latitude", "number" },
    { "longitude", "number" },
    { "url", "text" },
  },
  questions = {
    { "key", "text", required = true },
    { "title", "text", required = true },
    { "dispute", "reference", kinds = { "disputes" } },
  },
  claims = {
    { "key", "text" },
    { "question", "reference", required = true, kinds = { "questions" } },
    { "speaker", "reference", kinds = { "parties" } },
    { "role", "text" },
    { "stance", "word", required = true,
      words = { "asserts", "denies", "doubts", "declines", "qualifies" } },
    { "text", "text" },
    { "date", "date" },
    { "attribution", "word", words = { "named", "anonymous", "unattributed" } },
    { "directness", "word", words = { "quoted", "paraphrased", "reported" } },
    { "about", "reference", kinds = any_kind },
    { "replies_to", "reference", kinds = { "claims" } },
  },
  measures = {
    { "key", "text" },
    { "title", "text", required = true },
    { "jurisdiction", "reference", required = true, kinds = { "parties" } },
    { "basis", "text" },
    { "destinations", "reference", list = true, kinds = { "parties" } },
    { "items", "reference", list = true, kinds = { "items" } },
    { "activities", "word", list = true,
      words = { "export", "re_export", "transit", "brokering", "technology", "transfer" } },
    { "requirement", "word", required = true, words = requirements },
    { "term", "text" },
    { "review_policy", "text" },
    { "excepts", "reference", list = true, kinds = { "measures" } },
    { "penalties", "text" },
    { "dispute", "reference", kinds = { "disputes" } },
    { "stages", "stage", list = true, kinds = { "stages" } },
  },
  stages = {
    { "key", "text" },
    { "of", "reference", required = true, kinds = { "measures", "memberships" } },
    { "stage", "word", required = true, words = { "considered", "announced", "in_force",
                                                  "end_considered", "end_announced", "ended" } },
    { "date", "date", required = true },
  },
  applications = {
    { "key", "text" },
    { "date", "date", required = true },
    { "exporter", "reference", kinds = { "parties" } },
    { "end_user", "reference", kinds = { "parties" } },
    { "jurisdiction", "reference", required = true, kinds = { "parties" } },
    { "destination", "reference", required = true, kinds = { "parties" } },
    { "items", "reference", required = true, list = true, kinds = { "items" } },
    { "quantity", "number" },
    { "unit", "text" },
    { "value", "number" },
    { "currency", "text" },
    { "measure", "reference", kinds = { "measures" } },
    { "decision", "word", required = true,
      words = { "pending", "approved", "denied", "returned", "withdrawn" } },
    { "decided", "date" },
    { "conditions", "text" },
  },
  cases = {
    { "key", "text" },
    { "authority", "reference", required = true, kinds = { "parties" } },
    { "date", "date" },
    { "exported", "date" },
    { "items", "reference", list = true, kinds = { "items" } },
    { "quantity", "number" },
    { "unit", "text" },
    { "origin_country", "reference", kinds = { "parties" } },
    { "exporter", "reference", kinds = { "parties" } },
    { "exporter_country", "reference", kinds = { "parties" } },
    { "end_user", "reference", kinds = { "parties" } },
    { "destination", "reference", kinds = { "parties" } },
    { "parties", "reference", list = true, kinds = { "parties" } },
    { "offences", "word", list = true,
      words = { "unlicensed_export", "diversion", "re_export", "transit", "brokering",
                "false_declaration", "deemed_export", "breach_of_condition",
                "sanctions_evasion" } },
    { "stopped", "word", words = { "intercepted", "completed", "unknown" } },
    { "detected_by", "word",
      words = { "authority", "customs", "self_disclosure", "tip", "partner" } },
    { "disposition", "word", words = { "detected", "investigating", "closed", "no_action",
                                       "acquitted", "sanctioned" } },
    { "outcomes", "word", list = true,
      words = { "warning", "education_order", "referral", "settlement", "fine", "denial_order",
                "conviction", "forfeiture" } },
    { "fine", "integer" },
    { "fine_suspended", "integer" },
    { "currency", "text" },
    { "prison_months", "integer" },
    { "publicised", "boolean" },
    { "dispute", "reference", kinds = { "disputes" } },
  },
  disclosures = {
    { "key", "text" },
    { "authority", "reference", required = true, kinds = { "parties" } },
    { "period", "date", required = true },
    { "measure", "word", required = true,
      words = { "cases", "convictions", "fines", "licences", "denials" } },
    { "unit", "word", words = { "case", "shipment", "company" } },
    { "year_basis", "word", words = { "detected", "exported", "decided" } },
    { "status", "word", absent = "published", words = { "published", "withheld", "none_found" } },
    { "value", "integer" },
    { "qualifier", "word", absent = "exact", words = { "exact", "about", "at_least", "at_most" } },
    { "destinations", "reference", list = true, kinds = { "parties" } },
    { "items", "reference", list = true, kinds = { "items" } },
    { "scope", "text" },
    { "published", "date" },
    { "asserted_by", "reference", kinds = { "parties" } },
    { "supersedes", "reference", kinds = { "disclosures" } },
  },
  listings = {
    { "key", "text" },
    { "party", "reference", required = true, kinds = { "parties" } },
    { "list", "text", required = true },
    { "entry", "text" },
    { "programmes", "text", list = true },
    { "listed", "date" },
    { "delisted", "date" },
    { "requirement", "word", words = requirements },
    { "policy", "text" },
    { "notice", "text" },
  },
  screenings = {
    { "key", "text" },
    { "date", "date", required = true },
    { "subject", "data" },
    { "outcome", "word", required = true },
    { "checked", "data" },
    { "matches", "data" },
    { "reviewer", "text" },
    { "decision", "word", words = { "cleared", "confirmed", "open" } },
    { "reason", "text" },
  },
  links = {
    { "key", "text" },
    { "from", "reference", required = true, kinds = any_kind },
    { "relation", "word", required = true,
      words = { "causes", "retaliates", "responds_to", "contradicts", "supports", "mediates",
                "part_of" } },
    { "to", "reference", required = true, kinds = any_kind },
    { "asserted_by", "reference", list = true, kinds = { "parties" } },
    { "denied_by", "reference", list = true, kinds = { "parties" } },
    { "status", "word", words = { "asserted", "contested", "accepted", "rejected" } },
  },
}

--- What every record has besides. `revision` is the number of the transaction that `recorded` is
-- the time of.
local common = {
  { "id", "id" },
  { "sources", "citation", list = true, kinds = { "sources" } },
  { "inferred", "boolean" },
  { "note", "text" },
  { "origin", "text" },
  { "revision", "revision" },
  { "recorded", "time" },
}

--- The fields that the store gives, and nobody else.
local given = { id = true, revision = true, recorded = true }

--- Least and most of the numbers that have a range. An amount is never negative; where it is a
-- float, it is never so large that it would have to be rounded.
local largest = 1 << 53
local ranges = {
  events = {
    quad = { 1, 4 }, goldstein = { -10, 10 }, latitude = { -90, 90 }, longitude = { -180, 180 },
    mentions = { 0 },
  },
  applications = { quantity = { 0, largest }, value = { 0, largest } },
  cases = {
    quantity = { 0, largest }, fine = { 0 }, fine_suspended = { 0 }, prison_months = { 0 },
  },
  disclosures = { value = { 0 } },
}

-- ------------------------------------------------------------------------------------------------
-- Helpers

local function sorted(list)
  local copy = table.move(list or {}, 1, #(list or {}), 1, {})
  table.sort(copy)
  return copy
end

--- A described field by its name.
local function described(kind, name)
  for _, field in ipairs(dualuse.describe(kind).fields) do
    if field.name == name then return field end
  end
end

--- Calls visit(kind, field) for each field of each kind, as described.
local function each_field(visit)
  for _, kind in ipairs(any_kind) do
    for _, field in ipairs(dualuse.describe(kind).fields) do visit(kind, field) end
  end
end

--- Checks that a call is refused as `invalid`, with the kind and the field named.
local function refused(kind, name, fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then
    local record = select(select("#", ...), ...)
    error(("%s.%s took what it should refuse: %q"):format(kind, name, tostring(record[name])), 2)
  end
  assert.same({ "invalid", kind, name }, { err.code, err.kind, err.field }, tostring(err))
  assert.truthy(err.message:find(kind, 1, true) and err.message:find(name, 1, true), err.message)
  return err
end

--- Deep equality that tells 1 from 1.0; returns the path to the first difference.
local function difference(a, b, path)
  path = path or "the record"
  if type(a) ~= "table" or type(b) ~= "table" then
    if a == b and math.type(a) == math.type(b) then return nil end
    return ("%s: %s is not %s"):format(path, tostring(a), tostring(b))
  end
  for key, value in pairs(a) do
    local found = difference(value, b[key], path .. "." .. tostring(key))
    if found then return found end
  end
  for key, value in pairs(b) do
    if a[key] == nil then return ("%s.%s: nil is not %s"):format(path, key, tostring(value)) end
  end
end

local function assert_alike(a, b, path)
  local found = difference(a, b, path)
  if found then error(found, 2) end
end

--- The record without what the store gives.
local function bare(record)
  local copy = {}
  for name, value in pairs(record) do
    if not given[name] then copy[name] = value end
  end
  if copy.stages then
    copy.stages = {}
    for i, stage in ipairs(record.stages) do copy.stages[i] = bare(stage) end
  end
  return copy
end

-- ------------------------------------------------------------------------------------------------
-- Records that fill every field

local texts = {
  "plain", "日韓輸出管理", "Ünïcödé", "O'Brien \"the\" \\ fox", "two\nlines\tand a tab", "\1\27[31m",
  " spaces ", "100%_?*", "'; DROP TABLE cases; --", "👩‍🔬", "null", "0", "{}", "[1]",
  ("long "):rep(2000),
}
local dates = {
  "2019", "2019-07", "2019-07-04", "2019-07-04T10:30:00+09:00", "201X", "2019-XX", "2019-07-XX",
  "2019?", "2019-07~", "2019-07-04%", "2019-21", "1910/1945", "2019-07-04/..", "../2019", "2019/",
  "/2019", "[2019-07-01..2019-07-04]", "[..2018]", "[2017,2019]", "0000", "9999-12-31",
}
local data = {
  "text", 1, 1.0, -0.1, 1e300, true, false, { "a", 2, 3.5, false }, {},
  { item = "hf", parts = { { n = 1, ["1"] = "one" }, { deep = { er = { "x" } } } },
    ['a "key" \\ \n'] = "日" },
}

local serial = 0
local function pick(list) return list[math.random(#list)] end

--- Some of the list, at least one, in random order.
local function some(list, most)
  local copy, result = table.move(list, 1, #list, 1, {}), {}
  for i = 1, math.random(1, math.min(#list, most or 3)) do
    result[i] = table.remove(copy, math.random(#copy))
  end
  return result
end

--- A store with two records of every kind, and their references by kind: key, or id without one.
local function furnished()
  local store, references = assert(dualuse.open()), {}
  local function add(kind, record)
    serial = serial + 1
    if described(kind, "key").required or math.random() < 0.5 then
      record.key = ("%s/%d"):format(kind, serial)
    end
    local id = store[kind]:add(record)
    references[kind] = references[kind] or {}
    table.insert(references[kind], record.key or id)
  end
  for _ = 1, 2 do
    add("sources", { title = "a title" })
    add("parties", { name = "party " .. serial, kind = "company" })
    add("items", { name = "item " .. serial })
    add("disputes", { title = "a dispute" })
    add("questions", { title = "a question" })
    add("memberships", { group = "KOR", member = "JPN" })
    add("events", { date = "2019", kind = "other" })
    add("claims", { question = references.questions[1], stance = "asserts" })
    add("measures", { title = "a measure", jurisdiction = "JPN", requirement = "none" })
    add("stages", { of = references.measures[1], stage = "ended", date = "2019" })
    add("applications", { date = "2019", jurisdiction = "JPN", destination = "KOR",
                          items = { references.items[1] }, decision = "pending" })
    add("cases", { authority = "KOR" })
    add("disclosures", { authority = "KOR", period = "2019", measure = "cases" })
    add("listings", { party = references.parties[1], list = "a list" })
    add("screenings", { date = "2019", outcome = pick(described("screenings", "outcome").words) })
    add("links", { from = references.cases[1], to = references.events[1], relation = "causes" })
  end
  return store, references
end

local function any_citation(kind, references)
  local key = references.sources[math.random(2)]
  if math.random() < 0.4 then return key end
  local citation = { key, quote = pick(texts) }
  if math.random() < 0.5 then citation.locator = "para 5" end
  if math.random() < 0.5 then citation.field = pick(expected[kind])[1] end
  return citation
end

local function any_stages(references)
  local stages = {}
  for i, stage in ipairs(described("stages", "stage").words) do
    stages[i] = { stage = stage, date = ("%d-07-%02d"):format(2018 + i, i) }
    if math.random() < 0.5 then stages[i].sources = { references.sources[1] } end
    if math.random() < 0.3 then stages[i].note = pick(texts) end
  end
  return stages
end

--- A scalar that fits the field.
local function any_scalar(kind, field, references)
  if field.name == "currency" then return pick{ "KRW", "JPY", "USD" } end
  if field.name == "key" or field.name == "origin" then
    serial = serial + 1
    return ("%s no. %d 日"):format(kind, serial)
  end
  if field.type == "text" then return pick(texts) end
  if field.type == "word" then return pick(field.words) end
  if field.type == "date" then return pick(dates) end
  if field.type == "data" then return pick(data) end
  if field.type == "boolean" then return math.random() < 0.5 end
  if field.type == "reference" then return pick(references[pick(field.kinds)]) end
  local range = (ranges[kind] or {})[field.name] or { -1000, 1000 }
  if field.type == "integer" then return math.random(range[1], range[2] or math.maxinteger) end
  return range[1] + (range[2] - range[1]) * math.random()
end

local function any_value(kind, field, references)
  if field.type == "stage" then return any_stages(references) end
  if field.type == "citation" then
    local list = { any_citation(kind, references) }
    list[2] = { references.sources[1], quote = "another " .. serial }
    return list
  end
  if not field.list then return any_scalar(kind, field, references) end
  if field.type == "text" then return some(texts) end
  if field.type == "word" then return some(field.words, 9) end
  return some(references[pick(field.kinds)])
end

--- A record with a value in every field that is not the store's.
local function any_record(kind, references)
  local record = {}
  for _, field in ipairs(dualuse.describe(kind).fields) do
    if not given[field.name] then record[field.name] = any_value(kind, field, references) end
  end
  if kind == "disclosures" then record.status = "published" end -- for only then has it a value
  return record
end

--- A record with what it must have, and a key.
local function least_record(kind, references)
  local record = {}
  for _, field in ipairs(dualuse.describe(kind).fields) do
    if field.required or field.name == "key" then
      record[field.name] = any_value(kind, field, references)
    end
  end
  return record
end

-- ------------------------------------------------------------------------------------------------

describe("dualuse.describe", function()
  it("lists the kinds of record", function()
    local names = {}
    for _, entry in ipairs(dualuse.describe()) do
      names[#names + 1] = entry.kind
      assert.equal("string", type(entry.help))
    end
    assert.same(sorted(any_kind), sorted(names))
  end)

  it("tells the fields of a kind: type, list or not, required or not, what it is for", function()
    for kind, own in pairs(expected) do
      local known = {}
      local description = dualuse.describe(kind)
      assert.equal(kind, description.kind)
      for _, list in ipairs{ own, common } do
        for _, field in ipairs(list) do
          local name = kind .. "." .. field[1]
          local is = described(kind, field[1])
          assert.truthy(is, name .. " is not described")
          assert.equal(field[2], is.type, name)
          assert.equal(field.list or false, is.list, name)
          assert.equal(field.required or false, is.required, name)
          assert.equal(field.absent, is.absent, name)
          assert.truthy(#is.help > 0, name)
          known[field[1]] = true
        end
      end
      for _, field in ipairs(description.fields) do
        assert.truthy(known[field.name], ("%s.%s is not expected"):format(kind, field.name))
      end
    end
  end)

  it("tells the vocabulary of a word, and the kinds that a reference may be to", function()
    each_field(function(kind, field)
      for _, own in ipairs(expected[kind]) do
        if own[1] == field.name then
          local name = kind .. "." .. field.name
          if name ~= "screenings.outcome" then -- its words are not design.md's
            assert.same(own.words, field.words, name)
          end
          assert.same(sorted(own.kinds), sorted(field.kinds), name)
        end
      end
    end)
    assert.truthy(#described("screenings", "outcome").words > 1)
  end)

  it("tells the range of a number", function()
    for kind, fields in pairs(ranges) do
      for name, range in pairs(fields) do
        local field = described(kind, name)
        assert.same(range, { field.least, field.most }, kind .. "." .. name)
      end
    end
    assert.is_nil(described("events", "tone").least)
  end)

  it("tells which field is the kind's own date", function()
    assert.equal("date", dualuse.describe("events").date)
    assert.equal("date", dualuse.describe("cases").date)
    assert.equal("period", dualuse.describe("disclosures").date)
    assert.is_nil(dualuse.describe("parties").date)
    for _, kind in ipairs(any_kind) do
      local date = dualuse.describe(kind).date
      assert.equal(date and "date", date and described(kind, date).type)
    end
  end)

  it("raises at a kind that there is not, and lists those there are", function()
    local err = raised(dualuse.describe, "incidents")
    assert.equal("misuse", err.code)
    for _, kind in ipairs(any_kind) do assert.truthy(err.message:find(kind, 1, true), kind) end
    assert.equal("misuse", raised(dualuse.describe, 7).code)
  end)

  it("gives a table of one's own: changing it changes nothing", function()
    local description = dualuse.describe("items")
    description.fields[1].name = "other"
    table.insert(description.fields, {})
    assert.equal("id", dualuse.describe("items").fields[1].name)
  end)
end)

describe("every field of every kind", function()
  for _, kind in ipairs(any_kind) do
    it(("comes back as it was given: %s"):format(kind), function()
      math.randomseed(20190701)
      local store <close>, references = furnished()
      for _ = 1, 20 do
        local record = any_record(kind, references)
        local id = store[kind]:add(record)
        local got = store[kind]:get(id)
        assert.equal(id, got.id)
        assert.equal("integer", math.type(got.id))
        assert.equal(store:revision(), got.revision)
        assert.truthy(got.recorded:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", got.recorded)
        assert_alike(record, bare(got), kind)
        assert_alike(got, store[kind]:get(record.key), kind)
        assert_alike(got, store[kind]:where{ id = id }:first(), kind)
      end
    end)

    it(("may be put back as it was read, which changes nothing: %s"):format(kind), function()
      math.randomseed(20190702)
      local store <close>, references = furnished()
      for _ = 1, 5 do
        local id = store[kind]:add(any_record(kind, references))
        local before, got = store:revision(), store[kind]:get(id)
        assert.same({ id, "unchanged" }, { store[kind]:put(got) })
        assert.same({ id, "unchanged" }, { store[kind]:put(bare(got)) })
        assert.is_false(store[kind]:update(id, got))
        assert.equal(before, store:revision())
        assert_alike(got, store[kind]:get(id), kind)
        assert.equal(1, #store[kind]:history(id))
      end
    end)

    it(("is cleared by dualuse.null, unless it is required: %s"):format(kind), function()
      math.randomseed(20190703)
      local store <close>, references = furnished()
      local record = any_record(kind, references)
      local id = store[kind]:add(record)
      for _, field in ipairs(dualuse.describe(kind).fields) do
        local name = field.name
        if field.required or name == "key" then
          refused(kind, name, store[kind].update, store[kind], id, { [name] = dualuse.null })
        elseif not given[name] then
          local wanted = bare(store[kind]:get(id))
          wanted[name] = field.absent -- for most fields, nothing
          local changed = store[kind]:update(id, { [name] = dualuse.null })
          assert.equal(record[name] ~= field.absent, changed, name)
          assert_alike(wanted, bare(store[kind]:get(id)), kind)
          assert.is_false(store[kind]:update(id, { [name] = dualuse.null }))
        end
      end
    end)

    it(("has to be there if it is required: %s"):format(kind), function()
      math.randomseed(20190704)
      local store <close>, references = furnished()
      local before = store:revision()
      for _, field in ipairs(dualuse.describe(kind).fields) do
        if field.required then
          local record = least_record(kind, references)
          record[field.name] = nil
          refused(kind, field.name, store[kind].add, store[kind], record)
          record[field.name] = dualuse.null
          refused(kind, field.name, store[kind].add, store[kind], record)
          if field.list then
            record[field.name] = {}
            refused(kind, field.name, store[kind].add, store[kind], record)
          end
        end
      end
      assert.equal(before, store:revision())
      assert.truthy(store[kind]:add(least_record(kind, references)))
    end)
  end

  it("is refused a value of another type, and nothing is stored", function()
    math.randomseed(20190705)
    local store <close>, references = furnished()
    local before = store:revision()
    local wrong = {
      text = { 1, 1.5, true, { "a" }, {}, print },
      word = { 1, true, { "a" }, print },
      date = { 2019, 20190704, true, { "2019" }, print },
      reference = { true, 1.5, {}, { "KOR" }, print },
      integer = { "1", true, {}, 1.5, 0 / 0, math.huge, print },
      number = { "1", true, {}, 0 / 0, math.huge, -math.huge, print },
      boolean = { 0, 1, "true", {}, print },
      data = { print, { print }, { 0 / 0 }, { 1, x = 2 }, { [1.5] = 1 }, { "\xFF" }, "a\0b" },
    }
    local wrong_list = { 1, true, "KOR", { 1.5 }, { a = "b" }, { [2] = "b" }, { {} }, { print } }
    each_field(function(kind, field)
      if not given[field.name] and field.type ~= "stage" then
        for _, value in ipairs(field.list and wrong_list or wrong[field.type]) do
          local record = least_record(kind, references)
          record[field.name] = value
          refused(kind, field.name, store[kind].add, store[kind], record)
        end
      end
    end)
    assert.equal(before, store:revision())
  end)

  it("that is the store's own cannot be given", function()
    math.randomseed(20190706)
    local store <close>, references = furnished()
    for _, kind in ipairs(any_kind) do
      for name, value in pairs{ id = 99999, revision = 1, recorded = "2019-07-04T00:00:00Z" } do
        local record = least_record(kind, references)
        record[name] = value
        refused(kind, name, store[kind].add, store[kind], record)
      end
    end
  end)
end)

describe("a word", function()
  it("is one of its vocabulary: each is taken, another is refused with the list", function()
    math.randomseed(20190707)
    local store <close>, references = furnished()
    each_field(function(kind, field)
      if field.type ~= "word" then return end
      local id = store[kind]:add(least_record(kind, references))
      for _, word in ipairs(field.words) do
        local value = field.list and { word } or word
        store[kind]:update(id, { [field.name] = value })
        assert.same(value, store[kind]:get(id)[field.name])
      end
      for _, wrong in ipairs{ "wrong", field.words[1]:upper(), field.words[1] .. " ",
                              field.words[1] .. "\0", "" } do
        local err = refused(kind, field.name, store[kind].update, store[kind], id,
                            { [field.name] = field.list and { wrong } or wrong })
        for _, word in ipairs(field.words) do
          assert.truthy(err.message:find(word, 1, true), err.message)
        end
      end
      local _, message = pcall(store[kind].update, store[kind], id,
                               { [field.name] = field.list and { "wrong" } or "wrong" })
      assert.truthy(message.message:find('"wrong"', 1, true))
    end)
  end)

  it("may have one that holds where the field is left out", function()
    local store <close> = assert(dualuse.open())
    local id = store.disclosures:add{ authority = "KOR", period = "2018", measure = "cases" }
    local got = store.disclosures:get(id)
    assert.same({ "published", "exact" }, { got.status, got.qualifier })
    store.disclosures:update(id, { status = "withheld", qualifier = "at_least" })
    store.disclosures:update(id, { status = dualuse.null })
    got = store.disclosures:get(id)
    assert.same({ "published", "at_least" }, { got.status, got.qualifier })
    store.disclosures:put{ id = id, note = "as before" }
    assert.equal("at_least", store.disclosures:get(id).qualifier)
  end)
end)

describe("a number", function()
  it("lies in the range of its field", function()
    math.randomseed(20190708)
    local store <close>, references = furnished()
    for kind, fields in pairs(ranges) do
      for name, range in pairs(fields) do
        local id = store[kind]:add(least_record(kind, references))
        local most = range[2] or math.maxinteger
        for _, value in ipairs{ range[1], most, most // 2, most - 1 } do
          store[kind]:update(id, { [name] = value })
          assert.equal(value, store[kind]:get(id)[name])
        end
        local before = store[kind]:get(id)
        for _, value in ipairs{ range[1] - 1, math.mininteger, range[2] and range[2] + 1 } do
          local err = refused(kind, name, store[kind].update, store[kind], id, { [name] = value })
          if value == range[1] - 1 then
            local valid = range[2] and "%d to %d" or "%d or more"
            assert.truthy(err.message:find(valid:format(range[1], range[2]), 1, true), err.message)
          end
        end
        assert.same(before, store[kind]:get(id))
      end
    end
  end)

  it("is an integer in one field, and a float in another, whatever was given", function()
    local store <close> = assert(dualuse.open())
    local id = store.events:add{ date = "2019", kind = "other", quad = 3.0, mentions = 7,
                                 goldstein = -5, tone = 2 }
    local got = store.events:get(id)
    assert_alike({ 3, 7, -5.0, 2.0 }, { got.quad, got.mentions, got.goldstein, got.tone })
    for _, value in ipairs{ 0.1, 1 / 3, -1e-300, 1.7976931348623157e308, 5e-324, 2.0 ^ 53 } do
      store.events:update(id, { tone = value })
      assert_alike(value, store.events:get(id).tone, "tone")
    end
    refused("events", "quad", store.events.update, store.events, id, { quad = 2.5 })
    -- A float would have to round it.
    refused("events", "tone", store.events.update, store.events, id, { tone = (1 << 53) + 1 })
  end)
end)

describe("a boolean", function()
  it("is true, false or not known", function()
    local store <close> = assert(dualuse.open())
    local id = store.cases:add{ authority = "KOR" }
    assert.is_nil(store.cases:get(id).publicised)
    for _, value in ipairs{ false, true, false } do
      assert.is_true(store.cases:update(id, { publicised = value, inferred = value }))
      local got = store.cases:get(id)
      assert.same({ value, value }, { got.publicised, got.inferred })
    end
    store.cases:update(id, { publicised = dualuse.null })
    assert.is_nil(store.cases:get(id).publicised)
  end)
end)

describe("a text", function()
  it("is UTF-8 without NUL bytes", function()
    local store <close> = assert(dualuse.open())
    local before = store:revision()
    for _, text in ipairs{ "\xFF", "caf\xE9", "a\xED\xA0\x80", "\xC0\xAF", "\xF4\x90\x80\x80",
                           "a\0b", "\0" } do
      refused("cases", "note", store.cases.add, store.cases, { authority = "KOR", note = text })
      refused("items", "aliases", store.items.add, store.items,
              { key = "k", name = "n", aliases = { "good", text } })
    end
    assert.equal(before, store:revision())
  end)

  it("of money is an ISO 4217 code", function()
    local store <close> = assert(dualuse.open())
    for _, text in ipairs{ "won", "krw", "KRWX", "₩", "K W" } do
      refused("cases", "currency", store.cases.add, store.cases,
              { authority = "KOR", currency = text })
    end
  end)
end)

describe("a date", function()
  it("is EDTF, and an impossible one is refused", function()
    local store <close> = assert(dualuse.open())
    local before = store:revision()
    for _, text in ipairs{ "2019-02-30", "2019-13", "2019-07-04/2019-07-01", "2019/2018",
                           "July 2019", "199u", "2019-7-4", "", "2019-07-04 10:30" } do
      local err = refused("events", "date", store.events.add, store.events,
                          { kind = "other", date = text })
      assert.truthy(err.message:find('"' .. text .. '"', 1, true), err.message)
    end
    assert.equal(before, store:revision())
  end)
end)

describe("a list", function()
  it("keeps its order", function()
    local store <close> = assert(dualuse.open())
    local id = store.items:add{ key = "k", name = "n", uses = { "z", "a", "m" } }
    assert.same({ "z", "a", "m" }, store.items:get(id).uses)
    assert.is_true(store.items:update(id, { uses = { "a", "m", "z" } }))
    assert.same({ "a", "m", "z" }, store.items:get(id).uses)
  end)

  it("that is empty is none", function()
    local store <close> = assert(dualuse.open())
    local id = store.items:add{ key = "k", name = "n", uses = {}, aliases = { "x" } }
    assert.is_nil(store.items:get(id).uses)
    store.items:update(id, { aliases = {} })
    assert.is_nil(store.items:get(id).aliases)
    assert.equal(1, store.items:where{ aliases = { missing = true } }:count())
  end)
end)

describe("a source that is cited", function()
  it("may be for one field, with the place and the words", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "nikkei", title = "t" }
    local sources = {
      "nikkei",
      { "nikkei", field = "exported", locator = "para 6", quote = "in December 2017" },
    }
    local id = store.cases:add{ authority = "KOR", sources = sources }
    assert.same(sources, store.cases:get(id).sources)
  end)

  it("has to be on record, and its field one of the record's", function()
    local store <close> = assert(dualuse.open())
    store.sources:add{ key = "nikkei", title = "t" }
    for _, sources in ipairs{
      { "asahi" }, { { "asahi" } }, { { "nikkei", field = "colour" } },
      { { "nikkei", page = "6" } }, { { "nikkei", "asahi" } }, { { "nikkei", quote = 6 } }, { {} },
      "nikkei", { { locator = "6" } },
    } do
      refused("cases", "sources", store.cases.add, store.cases,
              { authority = "KOR", sources = sources })
    end
  end)
end)

describe("a key", function()
  it("may be given later where it is optional, and is then never changed", function()
    local store <close> = assert(dualuse.open())
    local id = store.cases:add{ authority = "KOR" }
    store.cases:update(id, { key = "first" })
    assert.equal(id, store.cases:get("first").id)
    refused("cases", "key", store.cases.update, store.cases, id, { key = "second" })
    refused("cases", "key", store.cases.update, store.cases, id, { key = dualuse.null })
    assert.equal("first", store.cases:get(id).key)
  end)

  it("and an origin are unique in their kind", function()
    local store <close> = assert(dualuse.open())
    store.cases:add{ authority = "KOR", key = "one", origin = "file:1" }
    local id = store.cases:add{ authority = "KOR", key = "two", origin = "file:2" }
    for name, value in pairs{ key = "one", origin = "file:1" } do
      local err = raised(store.cases.add, store.cases, { authority = "KOR", [name] = value })
      assert.same({ "constraint", "cases", name }, { err.code, err.kind, err.field })
      assert.truthy(err.message:find('"' .. value .. '"', 1, true))
    end
    assert.equal("constraint",
                 raised(store.cases.update, store.cases, id, { origin = "file:1" }).code)
    store.events:add{ date = "2019", kind = "other", key = "one", origin = "file:1" }
  end)
end)

describe("a field that there is not", function()
  it("is refused, with those there are", function()
    local store <close> = assert(dualuse.open())
    for _, kind in ipairs(any_kind) do
      local err = raised(store[kind].add, store[kind], { colour = "red" })
      assert.same({ "misuse", kind }, { err.code, err.kind })
      assert.truthy(err.message:find('"colour"', 1, true))
      for _, field in ipairs(expected[kind]) do
        assert.truthy(err.message:find(field[1], 1, true), err.message)
      end
    end
  end)
end)
