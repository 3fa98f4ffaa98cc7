-- dualuse.screen: contracts checked against licences, lists and cases. It reads as the manual.

local dualuse = require "dualuse"
local sample = require "dualuse.sample.japan_korea_2019"
local stores = require "spec.stores"

local screen = dualuse.screen

local ENTITY_LIST = "Entity List (EL) - Bureau of Industry and Security"
local DENIED = "Denied Persons List (DPL) - Bureau of Industry and Security"

--- A store with a licensing regime, three lists and some customers.
local function new_store()
  local store = assert(dualuse.open())
  store.sources:add{ key = "gazette", title = "Gazette", published = "2019-05-01" }
  store.items:add{ key = "hf", name = "hydrogen fluoride", aliases = { "etching gas" } }
  store.items:add{ key = "resist", name = "resist" }
  store.items:add{ key = "flour", name = "flour" }
  local force = { { stage = "in_force", date = "2010-01-01", sources = { "gazette" } } }
  store.measures:add{ key = "hf-licence", title = "Licence", jurisdiction = "JPN",
    items = { "hf" }, requirement = "individual", sources = { "gazette" }, stages = force }
  store.measures:add{ key = "flour-free", title = "Free", jurisdiction = "JPN",
    items = { "flour" }, requirement = "none", stages = force }
  local function company(key, name, country, aliases)
    store.parties:add{ key = key, name = name, kind = "company", country = country,
      aliases = aliases }
  end
  company("acme", "Acme Chemicals", "JPN")
  company("widget", "Widget Works", "KOR")
  company("redstar", "Redstar Optics Co., Ltd.", "CHN", { "Hongxing Optics", "红星光学" })
  company("kunlun", "Kunlun Trading", "IRN")
  company("dubious", "Dubious Dealers", "ARE")
  store.listings:add{ key = "el-redstar", party = "redstar", list = ENTITY_LIST, entry = "12",
    programmes = { "EAR" }, listed = "2018-05-01", notice = "83 FR 1", policy = "Denial",
    sources = { "gazette" } }
  store.listings:add{ key = "dpl-kunlun", party = "kunlun", list = DENIED, listed = "2015",
    delisted = "2020-01-01" }
  store.listings:add{ key = "uvl-dubious", party = "dubious", list = "Unverified List" }
  return store
end

local function contract(changes)
  local given = { exporter = "Acme Chemicals", end_user = "Widget Works", items = "flour",
    from = "JPN", to = "KOR", on = "2019-07-04" }
  for name, value in pairs(changes or {}) do given[name] = value end
  return given
end

local store
before_each(function() store = new_store() end)
after_each(function() store:close() end)

local function outcome(changes)
  return screen(store, contract(changes)).outcome
end

describe("the outcome", function()
  it("is clear if nothing was found, in what was checked", function()
    local result = screen(store, contract())
    assert.equal("clear", result.outcome)
    assert.same({}, result.unknown)
    assert.equal("none", result.licence.requirement)
    assert.equal(0, #result.matches)
  end)

  it("is what the licence asks for", function()
    local result = screen(store, contract{ items = { "flour", "etching gas" } })
    assert.equal("licence_required", result.outcome)
    assert.same({ "individual", "hf-licence", "hf" },
      { result.licence.requirement, result.licence.measure, result.licence.item })
    assert.same({ "none", "individual" },
      { result.licence[1].requirement, result.licence[2].requirement })
    assert.equal("unknown", outcome{ items = "resist" }) -- nothing on record is not "none"
  end)

  it("is what the lists mean, the worst of them", function()
    assert.equal("licence_required", outcome{ end_user = "Redstar Optics" })
    assert.equal("prohibited", outcome{ end_user = "Kunlun Trading" })
    assert.equal("review", outcome{ end_user = "Dubious Dealers" })
    assert.equal("prohibited", outcome{ parties = { "Dubious Dealers", "Kunlun Trading" } })
  end)

  it("is what the user says the lists mean", function()
    assert.equal("clear", outcome{ end_user = "Dubious Dealers", meanings = { UVL = "clear" } })
    assert.equal("prohibited", outcome{ end_user = "Dubious Dealers",
      meanings = { ["Unverified List"] = "prohibited" } })
    local before = screen.meanings.UVL
    screen.meanings.UVL = "licence_required"
    local after = outcome{ end_user = "Dubious Dealers" }
    screen.meanings.UVL = before
    assert.equal("licence_required", after)
  end)

  it("is at least what the entry itself requires", function()
    store.listings:update("uvl-dubious", { requirement = "prohibited" })
    assert.equal("prohibited", outcome{ end_user = "Dubious Dealers" })
  end)

  it("is a review where the name is only alike, unless that is sure enough", function()
    local result = screen(store, contract{ end_user = "widget", parties = "Kunlum Traiding" })
    assert.is_true(result.matches[1].score < 1)
    assert.same({ "prohibited", "review" }, { result.matches[1].means, result.matches[1].counts })
    assert.equal("review", result.outcome)
    assert.equal("prohibited", outcome{ parties = "Kunlum Traiding", sure = 0.8 })
  end)

  it("is unknown where a party, an item or a place is, if nothing is worse", function()
    for name, role in pairs{ end_user = "end_user", parties = "party", items = "item",
        from = "from", to = "to" } do
      local result = screen(store, contract{ [name] = "Nobody Knows This" })
      assert.equal("unknown", result.outcome, name)
      assert.equal(role, result.unknown[1].role)
      assert.equal("Nobody Knows This", result.unknown[1].asked)
      assert.same(result.unknown, result.checked.unknown)
    end
    assert.equal("prohibited", outcome{ items = "unobtainium", end_user = "Kunlun Trading" })
  end)

  it("is prohibited by a measure; by another state's, a review", function()
    store.measures:add{ key = "ban", title = "Ban", jurisdiction = "USA", items = { "flour" },
      destinations = { "KOR" }, requirement = "prohibited",
      stages = { { stage = "in_force", date = "2019-01-01" } } }
    local result = screen(store, contract())
    assert.same({ "review", "ban", "USA", false }, { result.outcome,
      result.prohibited[1].measure, result.prohibited[1].jurisdiction,
      result.prohibited[1].applies })
    assert.equal("clear", outcome{ on = "2018-12-31" })
    assert.equal("prohibited", outcome{ from = "USA" })
  end)
end)

describe("a match", function()
  it("shows the entry, its primary name and what matched", function()
    local match = screen(store, contract{ end_user = "OPTICS Hongxing, GmbH" }).matches[1]
    local shown = {}
    for _, name in ipairs{ "role", "asked", "party", "name", "matched", "score", "list", "entry",
        "programmes", "policy", "notice", "listed", "status", "listing", "sources",
        "independent" } do
      shown[name] = match[name]
    end
    assert.same({ role = "end_user", asked = "OPTICS Hongxing, GmbH", party = "redstar",
      name = "Redstar Optics Co., Ltd.", matched = "Hongxing Optics", score = 1,
      list = ENTITY_LIST, entry = "12", programmes = { "EAR" }, policy = "Denial",
      notice = "83 FR 1", listed = "2018-05-01", status = "listed", listing = "el-redstar",
      sources = { "gazette" }, independent = 1 }, shown)
  end)

  it("names a party on record by a name that is the same but for its form", function()
    local result = screen(store, contract{ exporter = "CHEMICALS ACME, Ltd." })
    assert.same({ "clear", "acme" }, { result.outcome, result.checked.parties[1].party })
  end)

  it("is found by a party's other names too, if the party is on record", function()
    store.parties:add{ key = "shell", name = "Shell Holding", kind = "company",
      aliases = { "Kunlun Tradings" } }
    assert.equal("kunlun", screen(store, contract{ end_user = "shell" }).matches[1].party)
  end)

  it("says whether the entry stands on the day asked", function()
    local function status(party, on)
      local result = screen(store, contract{ parties = party, on = on })
      return result.matches[1].status, result.outcome
    end
    assert.same({ "not_yet", "clear" }, { status("Redstar Optics", "2018-04-30") })
    assert.same({ "listed", "licence_required" }, { status("Redstar Optics", "2018-05-01") })
    assert.same({ "uncertain", "review" }, { status("Redstar Optics", "2018") })
    assert.same({ "uncertain", "review" }, { status("Kunlun Trading", "2015-06") })
    assert.same({ "listed", "prohibited" }, { status("Kunlun Trading", "2019-12-31") })
    assert.same({ "delisted", "clear" }, { status("Kunlun Trading", "2020-01-01") })
    assert.same({ "listed", "review" }, { status("Dubious Dealers", "1999") })
  end)

  it("comes best first, each party on each of its lists", function()
    store.listings:add{ party = "kunlun", list = "SDN" }
    local result = screen(store, contract{ exporter = "Kunlum Traiding",
      end_user = "Kunlun Trading", parties = { "Redstar" } })
    local lines = {}
    for i, match in ipairs(result.matches) do
      lines[i] = ("%s %s"):format(match.role, match.list)
    end
    assert.equal(5, #lines)
    assert.same({ "end_user " .. DENIED, "end_user SDN" }, { lines[1], lines[2] })
    for i = 2, #result.matches do
      assert.is_true(result.matches[i - 1].score >= result.matches[i].score)
    end
  end)
end)

describe("what was checked", function()
  it("names the lists with their entries and dates, and those not loaded", function()
    store.listings:add{ party = "widget", list = ENTITY_LIST, listed = "2017" }
    local checked = screen(store, contract()).checked
    assert.same({ DENIED, ENTITY_LIST, "Unverified List" },
      { checked.lists[1].list, checked.lists[2].list, checked.lists[3].list })
    assert.same({ 2, "2017", "2018-05-01", 0, "licence_required" }, { checked.lists[2].entries,
      checked.lists[2].from, checked.lists[2].to, checked.lists[2].undated,
      checked.lists[2].means })
    assert.equal(1, checked.lists[3].undated)
    assert.same({ "CAP", "CMIC", "DTC", "ISN", "MEU", "NS-MBS", "PLC", "SDN", "SSI" },
      checked.not_loaded)
    assert.equal("ownership", checked.not_checked[1].what)
  end)

  it("names lists that no table gives a meaning, which ask for a review", function()
    store.listings:add{ party = "widget", list = "List of the Moon" }
    local result = screen(store, contract())
    assert.same({ "List of the Moon" }, result.checked.unmeant)
    assert.equal("review", result.outcome)
  end)

  it("says what the contract does not give, and is printed", function()
    local result = screen(store, { exporter = "acme", on = "2019" })
    local what = {}
    for _, entry in ipairs(result.checked.not_checked) do what[entry.what] = entry.why end
    assert.matches("from, to, items", what["licence requirement"])
    assert.truthy(what.diversion)
    local text = tostring(result)
    for _, part in ipairs{ "outcome: clear", "Unverified List (1)", "not loaded: CAP",
        "not checked: ownership" } do
      assert.truthy(text:find(part, 1, true), text)
    end
  end)
end)

describe("earlier cases", function()
  before_each(function()
    store.cases:add{ key = "of-acme", authority = "JPN", date = "2017", exporter = "acme" }
    store.cases:add{ key = "to-widget", authority = "JPN", date = "2017", end_user = "widget" }
    store.cases:add{ key = "same-way", authority = "JPN", date = "2018", items = { "flour" },
      destination = "KOR" }
    store.cases:add{ key = "elsewhere", authority = "JPN", date = "2018", items = { "flour" },
      destination = "VNM" }
    store.cases:add{ key = "later", authority = "JPN", date = "2021", exporter = "acme" }
  end)

  it("with the same exporter, end user, or item and destination are told, with why", function()
    local result = screen(store, contract())
    local because = {}
    for _, case in ipairs(result.cases) do because[case.case] = case.because end
    assert.same({ ["of-acme"] = { "exporter" }, ["to-widget"] = { "end_user" },
      ["same-way"] = { "item and destination" } }, because)
    assert.equal("review", result.outcome)
    assert.equal(1, result.later_cases)
  end)
end)

describe("diversion", function()
  it("is recorded or alleged, and told as such, with who denies it", function()
    sample.load(store)
    local result = screen(store, contract{ items = "hydrogen-fluoride", on = "2019-07-12" })
    local basis, stances = {}, {}
    for _, row in ipairs(result.diversion) do
      basis[row.key] = row.basis
      stances[row.key] = row.stance
    end
    assert.equal("recorded", basis["kr-etching-gas-vietnam"])
    assert.equal("alleged", basis["re-export-media"])
    assert.same({ "asserts", "qualifies" },
      { stances["re-export-media"], stances["re-export-motie"] })
    assert.is_nil(basis["retaliation-meti"])
  end)

  it("is what left the destination, or was to stay there and did not", function()
    store.cases:add{ key = "onward", authority = "KOR", date = "2018", items = { "flour" },
      destination = "PRK" }
    store.cases:add{ key = "diverted", authority = "JPN", date = "2018", items = { "flour" },
      destination = "KOR", offences = { "diversion" } }
    store.cases:add{ key = "other", authority = "KOR", date = "2018", items = { "resist" },
      destination = "PRK" }
    local keys = {}
    for i, row in ipairs(screen(store, contract()).diversion) do keys[i] = row.key end
    assert.same({ "onward", "diverted" }, keys)
  end)
end)

describe("a saved screening", function()
  it("keeps what was asked, checked and found", function()
    local result = screen(store, contract{ end_user = "Redstar", quantity = "20 kg", save = true })
    local saved = store.screenings:get(result.screening)
    assert.same({ "2019-07-04", result.outcome, "Redstar", "20 kg", "el-redstar", ENTITY_LIST },
      { saved.date, saved.outcome, saved.subject.end_user, saved.subject.quantity,
        saved.matches[1].listing, saved.checked.lists[2].list })
    assert.equal(1, store.screenings:count())
    assert.is_nil(screen(store, contract()).screening)
  end)

  local function decide(changes)
    local result = screen(store, contract{ end_user = "Kunlum Trading", save = true })
    store.screenings:update(result.screening, changes)
    return screen(store, contract{ end_user = "Kunlum Trading" }), result.screening
  end

  it("that was cleared with a reason shows so the next time", function()
    local result, id = decide{ decision = "cleared", reason = "another address", reviewer = "Kim" }
    local match = result.matches[1]
    assert.equal("clear", match.counts)
    assert.same({ "another address", "Kim", id },
      { match.cleared.reason, match.cleared.reviewer, match.cleared.screening })
    assert.equal("unknown", result.outcome) -- the name is still that of nobody on record
  end)

  it("is not cleared without a reason, nor once the entry has changed", function()
    local result = decide{ decision = "cleared" }
    assert.same({ nil, "review" }, { result.matches[1].cleared, result.matches[1].counts })
    decide{ decision = "cleared", reason = "another address" }
    store.listings:update("dpl-kunlun", { notice = "new" })
    result = screen(store, contract{ end_user = "Kunlum Trading" })
    assert.is_nil(result.matches[1].cleared)
    assert.matches("before the entry changed", result.matches[1].before)
    assert.equal("review", result.outcome)
  end)

  it("that was confirmed counts as what its list means", function()
    local result = decide{ decision = "confirmed", reviewer = "Kim" }
    assert.equal("prohibited", result.outcome)
  end)
end)

describe("screen.again", function()
  it("runs what was saved anew when a list has changed, and tells what differs", function()
    local first = screen(store, contract{ save = true })
    screen(store, contract{ end_user = "Redstar", save = true })
    local again = screen.again(store, { on = "2019-08-01" })
    assert.same({ 0, 2 }, { #again, again.unchanged })
    store.listings:add{ key = "new", party = "widget", list = "SDN", listed = "2019-07-20" }
    again = screen.again(store, { on = "2019-08-01" })
    assert.same({ 2, 0 }, { #again, again.unchanged })
    local row = again[1]
    assert.same({ first.screening, "clear", "prohibited", true, { "SDN" }, "new" }, {
      row.screening, row.before, row.after, row.differs, row.lists, row.appeared[1].listing })
    assert.is_false(again[2].differs)
    assert.equal(2, store.screenings:count())
  end)

  it("compares with the newest screening of the same contract", function()
    screen(store, contract{ save = true })
    store.listings:add{ key = "new", party = "widget", list = "SDN" }
    assert.equal(1, #screen.again(store, { on = "2019-08-01", save = true }))
    assert.equal(0, #screen.again(store, { on = "2019-08-02" }))
    assert.is_false(screen.again(store, { on = "2019-08-02", all = true })[1].differs)
    store.listings:retract("new")
    local row = screen.again(store, { on = "2019-08-02" })[1]
    assert.same({ "prohibited", "clear", "new" }, { row.before, row.after, row.gone[1].listing })
  end)

  it("notices that a party on a list has got another name", function()
    screen(store, contract{ end_user = "Morning Sun", save = true })
    store.parties:update("kunlun", { aliases = { "Morning Sun" } })
    local row = screen.again(store, { on = "2019-08-01" })[1]
    assert.same({ { DENIED }, "prohibited" }, { row.lists, row.after })
  end)
end)

describe("screen.batch", function()
  local path = "spec/fixtures/contracts.csv"
  local columns = { Customer = "exporter", Goods = "items", ["End user"] = "end_user" }

  it("screens many contracts, and counts them by outcome", function()
    local rows = screen.batch(store, { contract(), contract{ end_user = "Kunlun Trading" },
      { on = "never", exporter = "acme" } })
    assert.same({ "clear", "prohibited", "unknown" },
      { rows[1].outcome, rows[2].outcome, rows[3].outcome })
    assert.same({ 1, 1, 1, 1 }, { rows.counts.clear, rows.counts.prohibited, rows.counts.unknown,
      rows.problems })
    assert.matches("never", rows[3].problem)
    assert.equal(rows[2].result.matches[1].score, rows[2].best)
  end)

  it("reads a CSV file, with what is the same for all its lines", function()
    local rows = assert(screen.batch(store, path, { columns = columns, from = "JPN", to = "KOR",
      save = true }))
    assert.same({ 2, 3, 4 }, { rows[1].line, rows[2].line, rows[3].line })
    assert.equal('Acme "Fine" Chemicals', rows[1].exporter)
    assert.equal(2, #rows[1].result.licence)
    assert.same({ "Kunlun Trading GmbH", "Redstar Optics, Ltd.", "prohibited" },
      { rows[2].exporter, rows[2].end_user, rows[2].outcome })
    assert.matches("4 July 2019", rows[3].problem)
    assert.equal(2, store.screenings:count())
  end)

  --- Makes a file of this text, calls a function with its path, and removes it.
  local function with_file(text, fn)
    local name = os.tmpname()
    stores.write(name, text)
    local ok, problem = pcall(fn, name)
    os.remove(name)
    if not ok then error(problem, 0) end
  end

  it("tells of lines that are no contracts, and screens the others", function()
    with_file('\xEF\xBB\xBFexporter,items,from,to,on\r\n\r\n"Acme ""Fine""\nChemicals",'
      .. 'etching gas,JPN,KOR,2019-07-05\r\n"Acme"s,etching gas,JPN,KOR,2019-07-05\nacme\n'
      .. 'acme,etching gas,JPN,KOR,2019-07-05,,\nacme,etching gas,JPN,KOR,2019-07-05\n'
      .. '"acme,etching',
      function(name)
        local rows = assert(screen.batch(store, name))
        assert.same({ 3, 5, 6, 7, 8, 9 }, { rows[1].line, rows[2].line, rows[3].line, rows[4].line,
          rows[5].line, rows[6].line })
        assert.equal('Acme "Fine"\nChemicals', rows[1].exporter)
        assert.matches("text follows", rows[2].problem)
        assert.matches("1 fields, the header has 5", rows[3].problem)
        assert.matches("7 fields, the header has 5", rows[4].problem)
        assert.is_nil(rows[5].problem)
        assert.matches("not closed", rows[6].problem)
        assert.equal(4, rows.problems)
      end)
  end)

  it("gives nil and an error for a file that cannot be had", function()
    stores.not_opened(function()
      local rows, problem = screen.batch(store, "spec/fixtures/no-such-file.csv", {})
      return rows, problem
    end, { code = "io", says = { "no-such-file" } })
    for text, says in pairs{ [""] = "no header", ['a,"b'] = "line 1", ["\x1f\x8b\8"] = "gzip" } do
      with_file(text, function(name)
        stores.not_opened(function()
          local rows, problem = screen.batch(store, name)
          return rows, problem
        end, { code = "io", says = { name, says } })
      end)
    end
  end)

  it("refuses a column that is for no field", function()
    stores.raises(function() local _ = screen.batch(store, path, {}) end,
      { code = "invalid", field = "columns", says = { "Customer", "exporter" } })
  end)
end)

describe("bad input to a screening", function()
  local function refused(code, given, says)
    stores.raises(function() local _ = screen(store, given) end, { code = code, says = says })
  end

  it("is refused, and said what would be right", function()
    refused("misuse", { exporter = "acme" }, { "on is required" })
    refused("misuse", { on = "2019" }, { "nothing to screen" })
    refused("misuse", contract{ colour = "red" }, { "colour", "end_user" })
    refused("misuse", contract{ exporter = {} }, { "exporter" })
    refused("misuse", contract{ exporter = " " }, { "exporter" })
    refused("invalid", contract{ exporter = "\xFF" }, { "UTF-8" })
    refused("invalid", contract{ on = "12.07.2019" }, { "EDTF" })
    refused("invalid", contract{ least = 0.2 }, { "0.5 to 1" })
    refused("invalid", contract{ meanings = { SDN = "bad" } }, { "prohibited" })
    refused("misuse", contract{ items = {} }, { "items" })
    refused("misuse", "acme", { "table of options" })
  end)

  it("is refused for a view of an earlier revision, and for what is no store", function()
    stores.raises(function() local _ = screen(store:as_of(1), contract()) end,
      { code = "misuse" })
    stores.raises(function() local _ = screen({}, contract()) end, { code = "misuse" })
    stores.raises(function() local _ = screen.again(store, {}) end,
      { code = "misuse", says = { "on is required" } })
    stores.raises(function() local _ = screen.batch(store, 7, {}) end, { code = "misuse" })
  end)
end)

describe("a screening", function()
  it("gives the same for the same store and contract", function()
    sample.load(store)
    local given = contract{ items = { "hf", "flour" }, end_user = "Redstar",
      parties = { "Kunlum", "Nobody" } }
    assert.equal(stores.show(screen(store, given)), stores.show(screen(store, given)))
  end)
end)
