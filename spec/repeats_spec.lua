local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises, lines = stores.raises, stores.lines

local random = math.random
local function pick(list) return list[random(#list)] end

--- The ids that each record stands for, one text a record.
local function groups(query)
  local texts = {}
  for record in query:each() do
    assert.equal(record.ids[1], record.id)
    texts[#texts + 1] = table.concat(record.ids, " ")
  end
  return texts
end

describe("query:once", function()
  local store, ids
  before_each(function()
    store, ids = assert(dualuse.open()), {}
    store.items:add{ key = "hf", name = "hydrogen fluoride" }
    store.items:add{ key = "resist", name = "photoresist" }
    store.sources:add{ key = "afp", title = "AFP" }
  end)
  after_each(function() store:close() end)

  --- Adds a case with such fields; its place among them is what `found` tells.
  local function case(fields)
    fields.authority = fields.authority or "KOR"
    local id = store.cases:add(fields)
    ids[#ids + 1], ids[id] = id, #ids + 1
    return id
  end

  local function found(query)
    local texts = groups(query)
    for i, text in ipairs(texts) do
      texts[i] = text:gsub("%d+", function(id) return tostring(ids[math.tointeger(id)]) end)
    end
    return texts
  end

  it("keeps the first of the records that agree in all fields, with the ids of all", function()
    case{ destination = "VNM", exported = "2017-12" }
    case{ destination = "ARE", exported = "2017-12" }
    case{ destination = "VNM", exported = "2017-12", note = "again" }
    case{ destination = "VNM", exported = "2018" }
    case{ destination = "VNM", exported = "2017-12" }
    local once = store.cases:once{ "destination", "exported" }
    assert.same({ "1 3 5", "2", "4" }, found(once))
    assert.same({ "1 3 4 5", "2" }, found(store.cases:once{ "destination" }))
    assert.is_nil(once:first().note)
    assert.same({ ids[1], ids[3], ids[5] }, once:all()[1].ids)
  end)

  it("takes nothing that is missing for the same as anything", function()
    for _ = 1, 2 do
      case{ destination = "VNM", exported = "2017" }
      case{ destination = "VNM" }
      case{ exported = "2017" }
      case{}
    end
    local fields = { "destination", "exported" }
    assert.same({ "1 5", "2", "3", "4", "6", "7", "8" }, found(store.cases:once(fields)))
    assert.same({ "1 5", "2 6", "3", "4", "7", "8" },
      found(store.cases:once(fields, { missing = { "exported" } })))
    assert.same({ "1 5", "2 6", "3 7", "4 8" }, found(store.cases:once(fields,
      { missing = { "exported", "destination" } })))
  end)

  it("compares lists by what is in them, dates by how they are written, texts to the letter",
    function()
      case{ items = { "hf", "resist" }, exported = "2017", unit = "kg" }
      case{ items = { "resist", "hf" }, exported = "2017-01/2017-12", unit = "KG" }
      case{ items = { "resist" }, exported = "2017?", unit = "kg" }
      case{ items = { "resist" }, exported = "2017", unit = "kg " }
      case{}
      assert.same({ "1 2", "3 4", "5" }, found(store.cases:once{ "items" }))
      assert.same({ "1 4", "2", "3", "5" }, found(store.cases:once{ "exported" }))
      assert.same({ "1 3", "2", "4", "5" }, found(store.cases:once{ "unit" }))
    end)

  it("compares citations by their sources", function()
    case{ sources = { { "afp", locator = "para 1" } } }
    case{ sources = { "afp" } }
    case{}
    assert.same({ "1 2", "3" }, found(store.cases:once{ "sources" }))
  end)

  it("takes a day for one only where it is certainly one", function()
    local dates = { "2019-07-04", "2019-07-04T10:30", "2019-07-04/2019-07-04", "[2019-07-04]",
      "2019-07-04?", "2019-07-04?", "2019-07-04~", "2019-07", "2019-07", "2019-07-XX",
      "2019-07-04/..", "2019-07-04/2019-07-05", "2019-07-05" }
    for _, date in ipairs(dates) do case{ date = date } end
    assert.same({ "1 2 3 4", "5", "6", "7", "8", "9", "10", "11", "12", "13" },
      found(store.cases:once{ "day" }))
    assert.same({ "1", "2", "3", "4", "5 6", "7", "8 9", "10", "11", "12", "13" },
      found(store.cases:once{ "date" }))
  end)

  it("lists only those that stand for enough", function()
    for _, n in ipairs{ 1, 2, 2, 3, 3, 3 } do case{ fine = n } end
    assert.same({ "2 3", "4 5 6" }, found(store.cases:once({ "fine" }, { least = 2 })))
    assert.same({ "4 5 6" }, found(store.cases:once({ "fine" }, { least = 3 })))
    assert.same({}, found(store.cases:once({ "fine" }, { least = 4 })))
  end)

  it("is a query like others, and asks what stood before it", function()
    for year = 2015, 2018 do
      for _, destination in ipairs{ "VNM", "ARE", "VNM" } do
        case{ destination = destination, exported = tostring(year), fine = year, currency = "KRW" }
      end
    end
    local once = store.cases:where{ fine = { gt = 2015 } }:once{ "destination", "exported" }
    assert.equal(6, once:count())
    assert.equal(6, #once)
    assert.is_true(once:exists())
    assert.equal(2 * (2016 + 2017 + 2018), once:sum("fine"))
    assert.same({ "ARE 3", "VNM 3" }, lines(once:group{ "destination" }, "destination", "count"))
    assert.same({ "10 12", "11" }, found(once:where{ fine = 2018 }))
    assert.same({ "11", "10 12", "8" }, found(once:order("-exported", "destination"):limit(3)))
    assert.equal(3, once:limit(3):count())
    assert.same({ id = ids[4], destination = "VNM", ids = { ids[4], ids[6] } },
      once:select("destination"):first())
    local listed = {}
    for id, destination in once:values("destination") do listed[ids[id]] = destination end
    assert.same({ [4] = "VNM", [5] = "ARE", [7] = "VNM", [8] = "ARE", [10] = "VNM", [11] = "ARE" },
      listed)
    -- A condition that stands before asks all records, one behind it those that are left.
    store.cases:update(ids[10], { note = "the first" })
    assert.same({ "11", "12" }, found(store.cases:where{ fine = 2018, note = { missing = true } }
      :once{ "destination", "exported" }))
    assert.same({ "11" }, found(once:where{ fine = 2018, note = { missing = true } }))
  end)

  it("goes on in a loop whose store is written to", function()
    case{ fine = 1 }
    case{ fine = 1 }
    case{ fine = 2 }
    local seen = {}
    for record in store.cases:once{ "fine" }:each() do
      case{ fine = 3 }
      seen[#seen + 1] = table.concat(record.ids, " ")
    end
    assert.same({ ids[1] .. " " .. ids[2], tostring(ids[3]) }, seen)
  end)

  it("leaves out what is retracted, and can be asked of the past", function()
    case{ fine = 1 }
    case{ fine = 1 }
    case{ fine = 1 }
    local before = store:as_of(store:revision())
    store.cases:retract(ids[1])
    store.cases:update(ids[3], { fine = 2 })
    assert.same({ "2", "3" }, found(store.cases:once{ "fine" }))
    assert.same({ "1 2 3" }, found(before.cases:once{ "fine" }))
    assert.same({ "1 2 3" }, found(before.cases:where{ fine = { lt = 5 } }:once{ "fine" }))
  end)

  it("prints the ids", function()
    local first, second = case{ fine = 1 }, case{ fine = 1 }
    local printed = tostring(store.cases:once{ "fine" })
    assert.matches("  ids\n", printed)
    assert.matches(("  %d, %d$"):format(first, second), printed)
    assert.is_nil(tostring(store.cases):find("ids", 1, true))
  end)

  it("gives SQL that finds the same", function()
    local folder = shell.folder()
    local file <close> = assert(dualuse.open(folder .. "/store.db"))
    for i = 1, 20 do file.cases:add{ authority = "KOR", fine = i % 3, prison_months = i % 2 } end
    local query = file.cases:where{ fine = { gt = 0 } }:once{ "fine", "prison_months" }
    local sql, values = query:sql()
    assert.same({ 0 }, values)
    assert.equal(tostring(#query), stores.ask(folder .. "/store.db",
      (".parameter init\n.parameter set ?1 0\nSELECT count(*) FROM (%s);"):format(sql)))
    shell.remove(folder)
  end)

  it("refuses what cannot be compared, and says what can be", function()
    local cases = store.cases
    raises(function() cases:once{ "colour" } end,
      { code = "misuse", kind = "cases", says = { '"colour"', "authority, date, exported" } })
    raises(function() store.screenings:once{ "subject" } end,
      { code = "misuse", kind = "screenings", field = "subject", says = { "table" } })
    raises(function() store.measures:once{ "stages" } end, { code = "misuse", field = "stages" })
    raises(function() store.items:once{ "day" } end, { code = "misuse", says = { "no date" } })
    raises(function() cases:once{ "fine" }:once{ "unit" } end,
      { code = "misuse", kind = "cases", says = { "already" } })
    for _, wrong in ipairs{ {}, { 1 }, { "fine", colour = true }, { [2] = "fine" } } do
      raises(function() cases:once(wrong) end, { code = "misuse", kind = "cases" })
    end
    for _, wrong in ipairs{ "fine", 1, "nil" } do
      raises(function() cases:once(wrong ~= "nil" and wrong or nil) end,
        { code = "misuse", says = { "a list of fields" } })
    end
    for _, wrong in ipairs{ 0, -1, 1.5, "2", true } do
      raises(function() cases:once({ "fine" }, { least = wrong }) end,
        { code = "misuse", says = { "least" } })
    end
    for _, wrong in ipairs{ "fine", { "unit" }, { fine = true } } do
      raises(function() cases:once({ "fine" }, { missing = wrong }) end,
        { code = "misuse", says = { "missing" } })
    end
    raises(function() cases:once({ "fine" }, { most = 2 }) end,
      { code = "misuse", says = { '"most"', "missing or least" } })
  end)
end)

describe("query:one_a_day", function()
  local store
  before_each(function() store = assert(dualuse.open()) end)
  after_each(function() store:close() end)

  local function event(date, actor, target, code, more)
    local record = { date = date, kind = "consult", actor = actor, target = target, code = code }
    for name, value in pairs(more or {}) do record[name] = value end
    return store.events:add(record)
  end

  it("counts the day, actor, target and code once, whatever else the reports say", function()
    local first = event("2019-07-04", "JPN", "KOR", "163", { mentions = 5, tone = -3.5, quad = 4 })
    local again = event("2019-07-04", "JPN", "KOR", "163", { mentions = 90, quad = 4 })
    local others = {
      event("2019-07-05", "JPN", "KOR", "163"), event("2019-07-04", "KOR", "JPN", "163"),
      event("2019-07-04", "JPN", "CHN", "163"), event("2019-07-04", "JPN", "KOR", "1632"),
    }
    local days = store.events:one_a_day()
    local record = days:first()
    assert.equal(first, record.id)
    assert.same({ first, again }, record.ids)
    assert.equal(5, record.mentions)
    assert.equal(1 + #others, days:count())
    assert.equal(90, store.events:get(again).mentions)
  end)

  it("is counted further as events are", function()
    for i = 0, 59 do
      event(("2019-%02d-01"):format(i % 3 + 1), "JPN", "KOR", i % 2 == 0 and "040" or "163",
        { quad = i % 2 == 0 and 1 or 4 })
    end
    assert.same({ "2019-01 1 1", "2019-01 4 1", "2019-02 1 1", "2019-02 4 1", "2019-03 1 1",
      "2019-03 4 1" }, lines(store.events:one_a_day():group{ "month", "quad" },
      "month", "quad", "count"))
    assert.equal(3, store.events:where{ quad = 4 }:one_a_day():count())
  end)

  it("merges nothing that it does not know to be the same", function()
    for _ = 1, 2 do
      event("2019-07", "JPN", "KOR", "163")
      event("2019-07-04?", "JPN", "KOR", "163")
      event("2019-07-04", "JPN", "KOR")
      event("2019-07-04", "JPN", nil, "163")
      event("2019-07-04", nil, "KOR", "163")
      event("2019-07-04", nil, nil, "163")
    end
    assert.equal(12, store.events:one_a_day():count())
    assert.equal(12, store.events:one_a_day{ missing = "alone" }:count())
    -- As a comparison of columns has it; the date and the code must still be there.
    local equal = store.events:one_a_day{ missing = "equal" }
    assert.equal(9, equal:count())
    for record in equal:each() do
      local merged = record.date == "2019-07-04" and record.code ~= nil
      assert.equal(merged and 2 or 1, #record.ids)
    end
  end)

  it("is found in columns, but for what they do not have", function()
    store:transaction(function()
      for i = 1, 60 do
        event(("2019-07-%02d"):format(i % 10 + 1), "JPN", "KOR", "163",
          { mentions = i, contexts = { "legal" } })
      end
    end)
    core.pack(store, "events", 20)
    local days = store.events:where{ mentions = { gt = 5 } }:one_a_day()
    local told = days:explain{ count = true }
    assert.equal("columns", told.finds)
    assert.same({ "date", "actor", "target", "code", "mentions" }, told.columns)
    assert.equal(10, days:count())
    assert.equal(105, days:sum("mentions")) -- 6 to 15
    -- A later where leaves fewer of them, and has none stand for others.
    assert.equal(3, days:where{ mentions = { lt = 9 } }:count())
    assert.same({ "date", "actor", "target", "code", "quad", "mentions" },
      days:explain{ group = { "quad", provenance = false } }.columns)
    -- What is added, changed or taken back counts at once.
    event("2019-08-01", "JPN", "KOR", "163", { mentions = 7 })
    assert.equal(11, days:count())
    store.events:retract(days:first().id)
    assert.equal(11, days:count())
    assert.equal(105 + 7 - 6 + 16, days:sum("mentions"))
    for why, query in pairs{
      ["must stand for several"] = store.events:once({ "actor" }, { least = 2 }),
      ["is not in a column"] = store.events:once{ "contexts" },
      ["is not on a column"] = store.events:where{ title = { missing = true } }:one_a_day(),
    } do
      local explained = query:explain{ count = true }
      assert.equal("rows", explained.finds)
      assert.truthy(explained.why:find(why, 1, true), explained.why)
    end
    assert.equal("rows", days:explain().finds)
  end)

  it("takes no more memory for columns than the store may", function()
    local small <close> = assert(dualuse.open(nil, { column_cache = 10 }))
    small:transaction(function()
      for i = 1, 20 do
        small.events:add{ date = "2019-07-01", kind = "consult", actor = "JPN", code = "163",
          target = i % 2 == 0 and "KOR" or "CHN" }
      end
    end)
    core.pack(small, "events", 20)
    local told = small.events:one_a_day():explain{ count = true }
    assert.equal("rows", told.finds)
    assert.truthy(told.why:find("too much memory", 1, true), told.why)
    assert.equal(2, small.events:one_a_day():count())
    -- Only when they are read is it known that there are too many values.
    local narrow <close> = assert(dualuse.open(nil, { column_cache = 2000 }))
    narrow:transaction(function()
      for i = 1, 60 do narrow.events:add{ date = "2019", kind = "consult", mentions = i } end
    end)
    core.pack(narrow, "events", 20)
    assert.equal(60, narrow.events:once{ "mentions" }:count())
    assert.equal(1, narrow.events:once{ "date", "kind" }:count())
  end)

  it("is of as many fields as anyone wants to agree in", function()
    store:transaction(function()
      for i = 0, 699 do
        local n = i % 350
        store.events:add{ date = ("%d-%02d-%02d"):format(2000 + n // 200, n // 20 % 10 + 1,
            n % 20 + 1), code = "0" .. n, kind = "consult", mentions = n, tone = n / 10,
          latitude = n / 4, longitude = n / 2, goldstein = n / 40, mode = "mode " .. n }
      end
    end)
    core.pack(store, "events", 400)
    local fields = { "day", "date", "code", "kind", "mentions", "tone", "latitude", "longitude",
      "goldstein", "mode" }
    while #fields > 0 do
      local query = store.events:once(fields)
      assert.equal("columns", query:explain{ count = true }.finds)
      assert.equal(350, query:count())
      table.remove(fields)
    end
    -- One that has changed, and is read as a row, has a value of its own and then another's.
    store.events:update(store.events:first().id, { tone = -7.5 })
    assert.equal(351, store.events:once{ "tone" }:count())
    store.events:update(store.events:first().id, { tone = 0.1 })
    assert.equal(350, store.events:once{ "tone" }:count())
  end)

  it("turns to rows where a column is damaged #process", function()
    local folder = shell.folder()
    local path = folder .. "/store.db"
    local file <close> = assert(dualuse.open(path))
    local first
    file:transaction(function()
      for i = 1, 12 do
        local id = file.events:add{ date = "2019-07-04", kind = "consult", code = "163",
          actor = i % 3 == 0 and "JPN" or "CHN", target = "KOR" }
        first = first or id
      end
    end)
    core.pack(file, "events", 4)
    file.events:update(first, { quad = 4 })
    assert.equal(2, file.events:one_a_day():count())
    for _, field in ipairs{ "actor", "id" } do
      stores.ask(path, "UPDATE columns SET bytes = X'00' WHERE field = '" .. field .. "'")
      local again <close> = assert(dualuse.open(path))
      assert.equal(2, again.events:one_a_day():count())
      assert.equal(4, again.events:one_a_day():group{ "quad" }[1].quad)
    end
    file:close()
    shell.remove(folder)
  end)

  it("is about events", function()
    raises(function() local _ = store.cases:one_a_day() end,
      { code = "misuse", kind = "cases", says = { "events", "once" } })
    raises(function() local _ = store.events:one_a_day():one_a_day() end,
      { code = "misuse", kind = "events", says = { "already" } })
    raises(function() local _ = store.events:one_a_day{ missing = "same" } end,
      { code = "invalid", field = "missing", says = { '"alone" or "equal"', '"same"' } })
    raises(function() local _ = store.events:one_a_day{ missing = true } end,
      { code = "misuse", field = "missing" })
    raises(function() local _ = store.events:one_a_day{ by = { "date" } } end,
      { code = "misuse", says = { '"by"', "missing" } })
    raises(function() local _ = store.events:one_a_day("equal") end, { code = "misuse" })
    for _, wrong in ipairs{ store, {}, "events" } do
      raises(function() local _ = dualuse.repeats.one_a_day(wrong) end,
        { code = "misuse", says = { "a query or a collection" } })
    end
    local events = store.events
    store:close()
    raises(function() local _ = events:one_a_day() end, { code = "closed" })
  end)
end)

describe("store.events:duplicates", function()
  local store
  before_each(function() store = assert(dualuse.open()) end)
  after_each(function() store:close() end)

  it("lists the groups that agree, by their fields", function()
    local events = {}
    for i, fields in ipairs{ { "2019-07-05", "KOR", "042" }, { "2019-07-04", "JPN", "163" },
        { "2019-07-05", "KOR", "042" }, { "2019-07-04", "JPN", "163" }, { "2019-07", "JPN", "163" },
        { "2019-07-04", "JPN", "163" }, { "2019-07", "JPN", "163" }, { "2019-07-04", "JPN" },
        { "2019-07-04", "JPN" } } do
      events[i] = store.events:add{ date = fields[1], actor = fields[2], code = fields[3],
        kind = "consult" }
    end
    local by = { "date", "actor", "code" }
    local rows = store.events:duplicates{ by = by }
    assert.same({ "2019-07 JPN 163 2", "2019-07-04 JPN 163 3", "2019-07-05 KOR 042 2" },
      lines(rows, "date", "actor", "code", "count"))
    assert.same({ events[2], events[4], events[6] }, rows[2].ids)
    assert.same(by, rows.keys)
    assert.same({ "date", "actor", "code", "count", "ids" }, rows.columns)
    assert.equal("event", rows.unit)
    assert.same({ "2019-07-04 3" }, lines(rows:sort("-count"):filter{ count = 3 }, "date", "count"))
    assert.matches(("2019%%-07%%-04 +JPN +163 +3 +%d, %d, %d\n"):format(events[2], events[4],
      events[6]), tostring(rows))
    -- The list is the caller's own.
    by[1] = "changed"
    assert.equal("date", rows.keys[1])
  end)

  it("knows days, lists, and every kind", function()
    store.items:add{ key = "hf", name = "hydrogen fluoride" }
    store.items:add{ key = "resist", name = "photoresist" }
    local first = store.cases:add{ authority = "KOR", date = "2019-07-04",
      items = { "hf", "resist" } }
    local second = store.cases:add{ authority = "KOR", date = "2019-07-04T09:00Z",
      items = { "resist", "hf" } }
    store.cases:add{ authority = "KOR", date = "2019-07", items = { "hf", "resist" } }
    local rows = store.cases:duplicates{ by = { "day", "items" } }
    assert.equal(1, #rows)
    assert.equal("2019-07-04", rows[1].day)
    assert.same({ "hf", "resist" }, rows[1].items)
    assert.same({ first, second }, rows[1].ids)
    assert.equal(0, #store.cases:duplicates{ by = { "date", "items" } })
    assert.equal(1, #store.cases:duplicates{ by = { "items" } })
    assert.equal(3, store.cases:duplicates{ by = { "items" } }[1].count)
    assert.equal(2, store.cases:where{ date = { during = "2019-07-04" } }
      :duplicates{ by = { "items" } }[1].count)
  end)

  it("lists none where nothing repeats", function()
    local rows = store.parties:duplicates{ by = { "name" } }
    assert.equal(0, #rows)
    assert.matches("no rows", tostring(rows))
  end)

  it("tells sources apart from what was quoted of them", function()
    store.sources:add{ key = "afp", title = "AFP" }
    for i = 1, 2 do
      store.events:add{ date = "2019", kind = "consult",
        sources = { { "afp", locator = "para " .. i } } }
    end
    assert.same({ "afp" }, store.events:duplicates{ by = { "sources" } }[1].sources)
  end)

  it("needs fields, and says which there are", function()
    raises(function() local _ = store.events:duplicates() end, { code = "misuse", field = "by" })
    raises(function() local _ = store.events:duplicates{} end, { code = "misuse", field = "by" })
    for _, wrong in ipairs{ "date", { 1 }, true } do
      raises(function() local _ = store.events:duplicates{ by = wrong } end,
        { code = "misuse", field = "by", says = { "a list of fields" } })
    end
    raises(function() local _ = store.events:duplicates{ by = {} } end, { code = "misuse" })
    raises(function() local _ = store.events:duplicates{ by = { "when" } } end,
      { code = "misuse", kind = "events", says = { '"when"', "date, kind, title, actor" } })
    raises(function() local _ = store.screenings:duplicates{ by = { "matches" } } end,
      { code = "misuse", kind = "screenings", field = "matches" })
    raises(function() local _ = store.events:duplicates{ by = { "date" }, on = "2019" } end,
      { code = "misuse", says = { '"on"', "by" } })
    raises(function() local _ = dualuse.repeats.duplicates(store, { by = { "date" } }) end,
      { code = "misuse", says = { "a query or a collection" } })
  end)
end)

-- Stores of random events, and a twin that compares every record with every group before it.
describe("repeats of random events", function()
  local actors = { "JPN", "KOR", "CHN", false }
  local codes = { "040", "042", "163", false }
  local dates = { "2019-07-04", "2019-07-04", "2019-07-05", "2019-07-04T10:30", "2019-07-04T23:59Z",
    "2019-07", "2019", "2019-07-04?", "2019-07-04~", "2019-07-05%", "201X", "2019-07-XX",
    "2019-07-04/2019-07-04", "2019-07-04/2019-07-05", "2019-07-04/..", "../2019-07-04",
    "[2019-07-04]", "[2019-07-04,2019-07-05]", "2019-23" }

  --- The day that a date of the list above is, told by how it is written.
  local function day_of(date)
    local first, second = date:match("^%[?([%d-]+)/?([%d-]*)T?[%d:]*Z?%]?$")
    if first and #first == 10 and (second == "" or second == first) then return first end
    return nil
  end

  --- The ids of records with the same key, one text a key; a record without one is alone.
  local function twin(records, key_of)
    local keys, ids = {}, {}
    for _, record in ipairs(records) do
      local key = key_of(record)
      if key and ids[key] then
        ids[key] = ids[key] .. " " .. record.id
      else
        key = key or record.id
        keys[#keys + 1], ids[key] = key, tostring(record.id)
      end
    end
    for i, key in ipairs(keys) do keys[i] = ids[key] end
    return keys
  end

  --- The values of a record, joined; nil where one is missing that must not be.
  local function joined(record, missing, ...)
    local parts = {}
    for i, name in ipairs{ ... } do
      local value = name == "day" and day_of(record.date) or record[name]
      if value == nil and not missing[name] then return nil end
      parts[i] = tostring(value)
    end
    return table.concat(parts, "|")
  end

  it("are those that comparing each with all finds", function()
    for seed = 1, 10 do
      math.randomseed(seed)
      local store <close> = assert(dualuse.open(nil, { column_cache = pick{ 1 << 26, 4000 } }))
      local function event()
        return { date = pick(dates), kind = pick{ "consult", "sanction" }, quad = random(4),
          actor = pick(actors) or nil, target = pick(actors) or nil, code = pick(codes) or nil }
      end
      store:transaction(function()
        local ids = {}
        for i = 1, random(4, 200) do ids[i] = store.events:add(event()) end
        core.pack(store, "events", pick{ 3, 30 })
        for _ = 1, random(0, 10) do store.events:add(event()) end
        for _ = 1, random(0, 3) do store.events:update(pick(ids), event()) end
        for _ = 1, random(0, 3) do
          store.events:retract(table.remove(ids, random(#ids)))
        end
      end)
      local quad = random(4)
      local queries = { store.events, store.events:where{ quad = { ne = quad } } }
      for _, query in ipairs(queries) do
        local records = query:order("id"):all()
        for _, missing in ipairs{ {}, { actor = true, target = true } } do
          local options = { missing = next(missing) and "equal" or nil }
          local texts = twin(records, function(record)
            return day_of(record.date) and joined(record, missing, "day", "actor", "target", "code")
          end)
          local days = query:one_a_day(options)
          assert.same(texts, groups(days), "seed " .. seed)
          assert.equal("columns", days:explain{ group = {} }.reads)
          for i, text in ipairs(texts) do texts[i] = tonumber(text:match "^%d+") end
          local row = days:group{}[1] or { records = {} }
          assert.same(texts, row.records, "seed " .. seed)
        end
        local repeated = {}
        for _, text in ipairs(twin(records, function(record)
          return joined(record, {}, "date", "actor", "kind")
        end)) do
          if text:find(" ") then repeated[#repeated + 1] = text end
        end
        local listed = {}
        for i, row in ipairs(query:duplicates{ by = { "date", "actor", "kind" } }) do
          listed[i] = table.concat(row.ids, " ")
          assert.equal(#row.ids, row.count)
        end
        table.sort(repeated)
        table.sort(listed)
        assert.same(repeated, listed, "seed " .. seed)
      end
    end
  end)

  it("are those that the sqlite3 program finds #process", function()
    local folder = shell.folder()
    local path = folder .. "/store.db"
    local store <close> = assert(dualuse.open(path))
    math.randomseed(4)
    store:transaction(function()
      for _ = 1, 2000 do
        store.events:add{ date = ("2019-07-%02d"):format(random(9)), kind = "consult",
          actor = pick(actors) or nil, target = pick(actors) or nil, code = pick(codes) or nil }
      end
    end)
    assert.equal(tostring(store.events:one_a_day():count()), stores.ask(path, [[
      SELECT count(*) FROM events e WHERE NOT EXISTS (
        SELECT 1 FROM events o WHERE o.id < e.id AND o.date = e.date AND o.actor = e.actor
          AND o.target = e.target AND o.code = e.code)]]))
    assert.equal(tostring(store.events:one_a_day{ missing = "equal" }:count()), stores.ask(path, [[
      SELECT count(*) FROM events e WHERE NOT EXISTS (
        SELECT 1 FROM events o WHERE o.id < e.id AND o.date = e.date AND o.actor IS e.actor
          AND o.target IS e.target AND o.code = e.code)]]))
    shell.remove(folder)
  end)
end)

describe("a sample of ICEWS #process", function()
  it("has one event a day as often as awk finds other lines", function()
    local path = os.getenv("DUALUSE_DATA")
    path = path and path .. "/icews-events-2018-sample.tab"
    local file = path and io.open(path)
    if not file then
      pending("DUALUSE_DATA names no folder with icews-events-2018-sample.tab")
      return
    end
    local store <close> = assert(dualuse.open())
    local keys, known = {}, 0
    local function party(name)
      if not keys[name] then
        known = known + 1
        keys[name] = "party-" .. known
        store.parties:add{ key = keys[name], name = name, kind = "organisation" }
      end
      return keys[name]
    end
    file:read("L")
    store:transaction(function()
      for line in file:lines() do
        local fields = {}
        for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
        store.events:add{ date = fields[2], actor = party(fields[3]), code = fields[7],
          target = party(fields[9]), kind = "other" }
      end
    end)
    file:close()
    local columns = "awk -F'\\t' 'NR>1{print $2\"|\"$3\"|\"$7\"|\"$9}' " .. shell.quote(path)
    local function awk(rest) return tonumber(shell.must(columns .. " | sort | " .. rest)) end
    local days, standing = store.events:one_a_day(), 0
    for event in days:select("date"):each() do standing = standing + #event.ids end
    assert.equal(awk("uniq | wc -l"), days:count())
    assert.equal(awk("wc -l"), standing)
    local rows = store.events:duplicates{ by = { "date", "actor", "code", "target" } }
    assert.equal(awk("uniq -d | wc -l"), #rows)
    assert.equal(awk("uniq -c | sort -rn | awk 'NR==1{print $1}'"), rows:sort("-count")[1].count)
  end)
end)
