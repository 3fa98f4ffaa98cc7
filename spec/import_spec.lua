-- collection:import(source, options): files of lines and columns brought into a store.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises, giver, counts, with = stores.raises, imports.giver, imports.counts, imports.with

local folder, store
before_each(function()
  folder = shell.folder()
  store = assert(dualuse.open(folder .. "/store.db", { durability = "normal" }))
end)
after_each(function()
  store:close()
  shell.remove(folder)
end)

--- Makes a file.
local function file(name, bytes)
  stores.write(folder .. "/" .. name, bytes)
  return folder .. "/" .. name
end

--- What the sqlite3 program finds in the store.
local function ask(sql)
  return stores.ask(folder .. "/store.db", sql)
end

--- Imports a text of which no source is kept, into cases of the South Korean authority.
local function cases(text, options)
  local mapping = { source = false, constants = { authority = "KOR" } }
  local result = store.cases:import(giver(text), with(mapping, options))
  return result
end

--- The one record that a text becomes.
local function one_case(text, options)
  local result = cases(text, options)
  assert.equal("read 1, added 1", counts(result), tostring(result))
  return store.cases:order("-id"):first()
end

--- Why the only line of a text is rejected: "field: reason".
local function reject(text, options)
  local result = cases(text, options)
  assert.equal("read 1, rejected 1", counts(result))
  return (result.rejects[1].field or "-") .. ": " .. result.rejects[1].reason
end

-- ---------------------------------------------------------------------------- The whole of it

describe("a customer's list of cases", function()
  local list = table.concat({
    "No.;Found on;Exporter ;GOODS;Sent to;Fine;Outcome;Remarks",
    '1;27.09.2017;Acme Chemicals;etching gas / photoresist;Vietnam;1000000;fined;"one ""small""',
    'shipment"',
    "2;9 August 2016;Acme Chemicals;etching gas;viet nam;n/a;warned;",
    "3;2016;;etching gas;Atlantis;;warned;",
    "",
    "4;31.02.2017;Beta;etching gas;Vietnam;12;fined;",
    "5;2016-05;Beta;etching gas;CHN;1,5;fined;",
  }, "\r\n") .. "\r\n"

  local mapping = {
    columns = {
      ["Found on"] = "date", exporter = "exporter", goods = "items", ["Sent to"] = "destination",
      Fine = "fine", Outcome = "outcomes", Remarks = "note",
    },
    constants = { authority = "KOR", currency = "KRW" },
    separator = "/",
    dates = { "edtf", "dd.mm.yyyy", "d month yyyy" },
    words = { outcomes = { fined = "fine", warned = "warning" } },
    missing = { "n/a" },
    identity = { "No." },
    unknown = "make",
  }

  local path
  before_each(function()
    store.items:add{ key = "hydrogen-fluoride", name = "hydrogen fluoride",
      aliases = { "etching gas" } }
    path = file("cases 2017.csv", list)
  end)

  it("becomes cases, and says what was left out and why", function()
    local result = store.cases:import(path, mapping)
    assert.equal("read 5, added 3, rejected 2", counts(result))
    assert.equal(table.concat({
      "cases: 5 read, 3 added, 2 rejected",
      '  line 7: date: "31.02.2017" is not a date: February 2017 has 28 days, not 31',
      '  line 8: fine: expected an integer, got "1,5"',
    }, "\n"), tostring(result))
    assert.same({ line = 8, field = "fine", reason = 'expected an integer, got "1,5"',
      text = "5;2016-05;Beta;etching gas;CHN;1,5;fined;" }, result.rejects[2])
    local first, second, third = table.unpack(store.cases:order("id"):all())
    assert.same({ "2017-09-27", "Acme Chemicals", { "hydrogen-fluoride", "photoresist" }, "VNM",
      1000000, { "fine" }, 'one "small"\r\nshipment' }, { first.date, first.exporter, first.items,
      first.destination, first.fine, first.outcomes, first.note })
    assert.same({ "2016-08-09", "VNM", { "warning" } },
      { second.date, second.destination, second.outcomes })
    assert.is_nil(second.fine)
    assert.same({ "2016", "Atlantis" }, { third.date, third.destination })
    assert.is_nil(third.exporter)
    for _, case in ipairs{ first, second, third } do
      assert.same({ "KOR", "KRW", { "cases 2017.csv" } },
        { case.authority, case.currency, case.sources })
    end
    assert.same({}, store:check())
    assert.equal("3|1000000|1", ask"SELECT count(*), sum(fine), max(revision) - 1 FROM cases")
  end)

  it("says what it was, and how much", function()
    local result = store.cases:import(path, mapping)
    assert.equal(";", result.delimiter)
    assert.equal("cases", result.kind)
    assert.equal(#list, result.bytes)
    assert.equal("float", math.type(result.seconds))
    assert.is_nil(result.format)
    assert.is_nil(result.dry_run)
  end)

  it("adds nothing when it is read again", function()
    store.cases:import(path, mapping)
    local before = stores.dump(folder .. "/store.db")
    assert.equal("read 5, duplicate 3, rejected 2", counts(store.cases:import(path, mapping)))
    local sorted = function(text)
      local lines = {}
      for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
      table.sort(lines)
      return table.concat(lines, "\n")
    end
    stores.same_lines(sorted(before), sorted(stores.dump(folder .. "/store.db")))
  end)

  it("is one revision, with who and why", function()
    store.cases:import(path, with(mapping, { by = "editor", reason = "the ministry's answer" }))
    assert.equal("editor|the ministry's answer",
      ask'SELECT "by", reason FROM revisions ORDER BY revision DESC LIMIT 1')
    local other = with(mapping, { name = "again" })
    store.cases:import(path, other)
    assert.equal("|import of cases 2017.csv",
      ask'SELECT "by", reason FROM revisions ORDER BY revision DESC LIMIT 1')
  end)

  it("goes on like any record", function()
    store.cases:import(path, mapping)
    local revision, case = store:revision(), store.cases:where{ fine = 1000000 }:first()
    store.cases:update(case.id, { fine = 900000 })
    store.cases:retract(store.cases:where{ date = "2016" }:first().id)
    assert.equal(2, #store.cases:history(case.id))
    assert.equal(900000, store.cases:get(case.id).fine)
    assert.equal(1000000, store:as_of(revision).cases:get(case.id).fine)
    assert.equal(3, store:as_of(revision).cases:count())
    assert.equal(0, store:as_of(revision - 1).cases:count())
    assert.same({}, store:check())
  end)
end)

-- ------------------------------------------------------------------------------------- Columns

describe("a column", function()
  it("is named as in the file, ignoring case and white space at the ends", function()
    for _, name in ipairs{ "Fine (won)", "fine (WON)", " Fine (won) " } do
      assert.equal(7, one_case(" Fine (won) ,x\n7,\n", { columns = { [name] = "fine" } }).fine)
      store.cases:retract(store.cases:first().id)
      store:close()
      os.remove(folder .. "/store.db")
      store = assert(dualuse.open(folder .. "/store.db", { durability = "normal" }))
    end
    assert.equal(7, one_case("STRAFE DER BEHÖRDE\n7\n",
      { columns = { ["Strafe der Behörde"] = "fine" } }).fine)
  end)

  it("is the one that is named exactly, where two differ in case alone", function()
    local case = one_case("fine,Fine\n7,8\n", { columns = { Fine = "fine" } })
    assert.equal(8, case.fine)
  end)

  it("may be given by its number", function()
    assert.equal(8, one_case("x,x\n7,8\n", { columns = { [2] = "fine" } }).fine)
  end)

  it("may fill several fields", function()
    local case = one_case("code\nX1\n", { columns = { code = { "note", "unit" } } })
    assert.same({ "X1", "X1" }, { case.note, case.unit })
  end)

  it("may be joined with others, each text once", function()
    local options = { join = { note = { "city", "state", "country" } }, identity = "number" }
    local result = cases("city,state,country\nSeoul,Seoul,Korea\n,,Korea\nA,,A\n,,\n", options)
    assert.equal("read 4, added 4", counts(result))
    assert.same({ "Seoul, Korea", "Korea", "A", "-" }, imports.values(store.cases, "note"))
    local names, values, list = {}, {}, {}
    for i = 1, 40 do names[i], values[i], list[i] = "c" .. i, "v" .. i, "c" .. i end
    assert.equal(table.concat(values, ", "), one_case(table.concat(names, ",") .. "\n"
      .. table.concat(values, ",") .. "\n", { join = { note = list }, name = "wide" }).note)
  end)

  it("may have a constant where it is empty, or holds nothing but white space", function()
    store.items:add{ key = "HF", name = "hydrogen fluoride" }
    cases("fine,unit,goods\n7,kg,\n8, \t,/ /\n", { columns = { fine = "fine", unit = "unit",
      goods = "items" }, separator = "/", constants = { authority = "Japan", unit = "t",
      exported = "2018", items = { "hydrogen fluoride" }, inferred = true } })
    assert.same({ "kg", "t" }, imports.values(store.cases, "unit"))
    for case in store.cases:each() do
      assert.same({ "JPN", "2018", { "HF" }, true },
        { case.authority, case.exported, case.items, case.inferred })
    end
  end)

  it("of white space says nothing, and of text keeps what it has", function()
    local result = cases("note,unit\n  , a \n", { columns = { note = "note", unit = "unit" } })
    assert.equal("read 1, added 1", counts(result))
    assert.same({ "-" }, imports.values(store.cases, "note"))
    assert.same({ " a " }, imports.values(store.cases, "unit"))
  end)
end)

-- -------------------------------------------------------------------------------------- Values

describe("a date", function()
  local function date(text, ...)
    local case = one_case("d\n" .. text .. "\n", { columns = { d = "date" }, dates = { ... },
      name = text .. table.concat({ ... }) })
    return case.date
  end

  local function fault(text, ...)
    return reject("d\n" .. text .. "\n", { columns = { d = "date" }, dates = { ... } })
  end

  it("may be long, and what is too long for one is told", function()
    local days = "[2019-07-01..2019-07-04]"
    assert.equal(days, date(days .. (" "):rep(40), "edtf"))
    assert.matches("^date: .* is not a date",
      fault("2019-07-04 or so; the clerk does not say", "dd.mm.yyyy", "edtf"))
  end)

  it("is EDTF unless the mapping says otherwise", function()
    local options = { columns = { d = "date" }, identity = "number" }
    local dates = { "2019-07-04", "2019-07", "2019", "201X", "2019~", "2019-21", "2019-07-04/..",
      "[2019-07-01..2019-07-04]", "2019-07-04T09:30:00Z" }
    local result = cases("d\n" .. table.concat(dates, "\n") .. "\n", options)
    assert.equal("read 9, added 9", counts(result))
    assert.same(dates, imports.values(store.cases, "date"))
    -- with the days that `add` keeps beside it
    local other = assert(dualuse.open())
    for _, text in ipairs(dates) do other.cases:add{ authority = "KOR", date = text } end
    for _, query in ipairs{ { date = "2019-07-02" }, { date = { before = "2019-08" } } } do
      assert.equal(other.cases:where(query):count(), store.cases:where(query):count())
    end
    other:close()
    assert.matches("^date: \"27.9.2019\" is not a date: ", reject("d\n27.9.2019\n", options))
  end)

  it("has one of the styles that are given, the first that fits", function()
    assert.equal("2019-09-27", date("27.9.2019", "dd.mm.yyyy"))
    assert.equal("2019-09-27", date("9/27/2019", "m/d/yyyy"))
    assert.equal("2019-09-27", date("20190927", "yyyymmdd"))
    assert.equal("2019-09-07", date("7 September 2019", "d month yyyy"))
    assert.equal("2019-09-27", date("27 SEP 2019", "d month yyyy"))
    assert.equal("2019-05-01", date("01 may 2019", "d month yyyy"))
    assert.equal("2019-02-01", date("1.2.2019", "edtf", "m/d/yyyy", "dd.mm.yyyy"))
    assert.equal("2019", date(" 2019 ", "dd.mm.yyyy", "edtf"))
  end)

  it("is never guessed: what fits none is rejected, with what was expected", function()
    assert.equal('date: "9/27/2019" is not a date: expected dd.mm.yyyy',
      fault("9/27/2019", "dd.mm.yyyy"))
    assert.equal('date: "27/9/2019" is not a date: a month is 1 to 12, not 27',
      fault("27/9/2019", "m/d/yyyy"))
    assert.equal('date: "29.02.2019" is not a date: February 2019 has 28 days, not 29',
      fault("29.02.2019", "yyyymmdd", "dd.mm.yyyy"))
    assert.equal('date: "1.2.19" is not a date: expected dd.mm.yyyy or yyyymmdd',
      fault("1.2.19", "dd.mm.yyyy", "yyyymmdd"))
    assert.matches("%(nor is it dd%.mm%.yyyy%)$", fault("2019-7-4", "edtf", "dd.mm.yyyy"))
    for _, text in ipairs{ "27 Sept. 2019", "September 2019", "27. September 2019",
      "32 May 2019" } do
      assert.matches("is not a date", fault(text, "d month yyyy"))
    end
  end)
end)

describe("a number", function()
  --- The number that a text is read as, or why it is none.
  local function number(field, text)
    local result = cases("n\n" .. text .. "\n", { columns = { n = field }, identity = "number",
      name = field .. text, quotes = false, delimiter = "\t" })
    if result.rejected == 1 then return result.rejects[1].reason end
    return store.cases:order("-id"):first()[field]
  end

  it("is an integer where the field is one, exactly", function()
    for text, value in pairs{ ["7"] = 7, ["+7"] = 7, [" 007 "] = 7, ["0"] = 0, ["-0"] = 0,
      ["12.0"] = 12, ["9007199254740993"] = 9007199254740993,
      ["9223372036854775807"] = math.maxinteger } do
      assert.equal(value, number("fine", text), text)
    end
    for _, text in ipairs{ "1,5", "1.5", "0x10", "1e3", "nan", "inf", "7 kg", "--7", "-", "+",
      "1_000", "1 000", "9223372036854775808", "99999999999999999999", "٧", "7\0" } do
      assert.matches("^expected an integer, got ", tostring(number("fine", text)))
    end
    assert.equal("-1 is out of range: expected 0 or more", number("fine", "-1"))
  end)

  it("is the nearest float where the field is not one", function()
    for text, value in pairs{ ["7"] = 7.0, ["-7.25"] = -7.25, [".5"] = 0.5, ["5."] = 5.0,
      ["1e3"] = 1000.0, ["-1.5E-3"] = -0.0015, ["+0.1"] = 0.1, ["1e308"] = 1e308,
      ["0.1000000000000000055511151231257827"] = 0.1, ["179.99999999999999"] = 180.0,
      ["9007199254740992"] = 2.0 ^ 53, ["-00036028797018963968"] = -2.0 ^ 55,
      ["5e-324"] = 5e-324, ["0e-400"] = 0.0 } do
      local result = store.events:import(giver("n\n" .. text .. "\n"), { columns = { n = "tone" },
        constants = { date = "2019", kind = "other" }, source = false, name = text })
      assert.equal("read 1, added 1", counts(result), text)
      local found = store.events:order("-id"):first().tone
      assert.equal("float", math.type(found))
      assert.equal(value, found, text)
    end
  end)

  it("is neither rounded nor lost: what no float holds is rejected", function()
    for _, text in ipairs{ "9007199254740993", "-123456789012345678901",
        "-0009007199254740993" } do
      local result = store.events:import(giver("n\n" .. text .. "\n"), { columns = { n = "tone" },
        constants = { date = "2019", kind = "other" }, source = false })
      assert.equal(('expected a number that a float holds exactly, got "%s"'):format(text),
        result.rejects[1].reason)
    end
    for _, text in ipairs{ "1,5", "0x10", "nan", "-inf", "1e400", "-1e400", "1e-400", ".", "1e",
      "1e+", "1.2.3", "1f" } do
      assert.equal(('expected a number, got "%s"'):format(text), number("quantity", text))
    end
    -- and what is longer than any float is written
    assert.matches('^expected a number, got "0%.1111', number("quantity", "0." .. ("1"):rep(400)))
    assert.equal("9007199254740994 is out of range: expected 0 to 9007199254740992",
      number("quantity", "9007199254740994"))
  end)

  it("is read alike whatever the locale", function()
    local before = os.setlocale(nil, "numeric")
    for _, locale in ipairs{ "de_DE.UTF-8", "fr_FR.UTF-8", "C" } do
      if os.setlocale(locale, "numeric") then
        assert.equal(0.1, number("quantity", "0.1000000000000000055511151231257827"))
      end
    end
    os.setlocale(before, "numeric")
  end)
end)

describe("a word", function()
  it("is one of the field's, or what the mapping says that it means", function()
    local options = { columns = { how = "disposition" }, identity = "number",
      words = { disposition = { ["case closed"] = "closed", ["-"] = "" } } }
    local result = cases("how\nclosed\ncase closed\n closed \n-\nCLOSED\n", options)
    assert.equal("read 5, added 4, rejected 1", counts(result))
    assert.same({ "closed", "closed", "closed", "-" },
      imports.values(store.cases, "disposition"))
    assert.equal("expected detected, investigating, closed, no_action, acquitted or sanctioned, "
      .. 'got "CLOSED"', result.rejects[1].reason)
  end)

  it("with strict_words has to be one of the mapping's", function()
    local options = { columns = { how = "disposition" }, identity = "number",
      words = { disposition = { shut = "closed" } }, strict_words = { disposition = true } }
    local result = cases("how\nshut\nclosed\n", options)
    assert.same({ '3 disposition: "closed" is none of the words of the mapping' },
      imports.reasons(result))
  end)

  it("may stand for any value of a field", function()
    local options = { columns = { a = { "publicised", "fine", "authority", "items", "date" } },
      unknown = "make", separator = ";", constants = {}, words = {
        publicised = { x = true, y = false }, fine = { x = 7, y = 8 }, items = { x = "HF; PR",
        y = "HF" }, authority = { x = "Japan", y = store.parties:get("KOR").id },
        date = { x = "2019-07", y = "2018~" } } }
    assert.equal("read 2, added 2", counts(cases("a\nx\ny\n", options)))
    local x, y = table.unpack(store.cases:order("id"):all())
    assert.same({ true, 7, "JPN", { "HF", "PR" }, "2019-07" },
      { x.publicised, x.fine, x.authority, x.items, x.date })
    assert.same({ false, 8, "KOR", { "HF" }, "2018~" },
      { y.publicised, y.fine, y.authority, y.items, y.date })
  end)

  it("of yes and no is true or false, in whatever letters", function()
    cases("p\ntrue\nFALSE\nTrue\nyes\n", { columns = { p = "publicised" }, identity = "number" })
    assert.same({ true, false, true }, imports.values(store.cases, "publicised"))
  end)
end)

describe("a list", function()
  it("has the separator that is given, for all fields or for each", function()
    store.items:add{ key = "a", name = "A" }
    store.items:add{ key = "b", name = "B" }
    local options = { columns = { i = "items", o = "offences" }, identity = "number",
      separator = { items = " + ", offences = ";" } }
    local result = cases("i,o\nA + b,diversion; transit;\n,\na,re_export\n", options)
    assert.equal("read 3, added 3", counts(result))
    assert.same({ { "a", "b" }, "-", { "a" } }, imports.values(store.cases, "items"))
    assert.same({ { "diversion", "transit" }, "-", { "re_export" } },
      imports.values(store.cases, "offences"))
    assert.same({ '2 items: no item has the key, name or alias "a;b"' }, imports.reasons(
      cases("i\na;b\n", { columns = { i = "items" } })))
  end)

  it("is rejected for an element that does not fit, or is there twice", function()
    store.items:add{ key = "a", name = "A" }
    local options = { columns = { i = "items", o = "offences" }, separator = ";",
      identity = "number" }
    assert.same({ '2 items: the list has the same element twice: "A"',
      '3 offences: expected unlicensed_export, diversion, re_export, transit, brokering, '
        .. 'false_declaration, deemed_export, breach_of_condition or sanctions_evasion, got "x"' },
      imports.reasons(cases("i,o\na;A,\n,transit;x\n", options)))
  end)
end)

describe("a text that means nothing", function()
  it("is as an empty column, for row(name) too", function()
    local seen
    cases("a,b\n-,NA\n", { columns = { a = "fine" }, missing = { "-", "NA" },
      convert = { a = function(text, row) seen = { text == nil, row "b" == nil } end } })
    assert.same({ true, true }, seen)
  end)
end)

describe("text that is not UTF-8", function()
  it("is rejected, with the byte where it is wrong", function()
    local options = { columns = { a = "note" } }
    assert.equal("note: the text is not UTF-8 from byte 4 on", reject("a\ncaf\xe9\n", options))
    assert.equal("note: the text holds a NUL byte at byte 2", reject("a\nx\0y\n", options))
    assert.equal("exporter: the text is not UTF-8 from byte 2 on",
      reject("a\nx\xff\n", { columns = { a = "exporter" }, unknown = "make" }))
    assert.equal("origin: the text is not UTF-8 from byte 1 on",
      reject("a,b\n\xff,x\n", { columns = { b = "note" }, identity = { "a" } }))
    local result = store.screenings:import(giver "d,s\n2019,a\xff\n2018,ok\n", { source = false,
      columns = { d = "date", s = "subject" }, constants = { outcome = "review" } })
    assert.same({ "2 subject: the text is not UTF-8 from byte 2 on" }, imports.reasons(result))
    assert.same({ "ok" }, imports.values(store.screenings, "subject"))
    assert.same({}, store:check())
  end)

  it("is repaired if that is asked, and counted", function()
    local result = cases("a,b\ncaf\xe9,\xff\n\xf0\x9f\x98,x\0y\nok,\xff\xff\nx,y\n",
      { columns = { a = "note", b = "unit" }, identity = { "b" }, repair = true })
    assert.equal("read 4, added 4", counts(result))
    assert.equal(3, result.repaired)
    assert.equal("cases: 4 read, 4 added, 3 repaired", tostring(result))
    assert.same({ "caf\u{FFFD}", "\u{FFFD}\u{FFFD}\u{FFFD}", "ok", "x" },
      imports.values(store.cases, "note"))
    assert.same({ "\u{FFFD}", "x\u{FFFD}y", "\u{FFFD}\u{FFFD}", "y" },
      imports.values(store.cases, "unit"))
    assert.same({}, store:check())
  end)
end)

-- ----------------------------------------------------------------------------------- Functions

describe("a conversion", function()
  local function convert(fn, text, options)
    local result = cases("a,b\n" .. (text or "x,y") .. "\n", with({ columns = { a = "fine" },
      convert = { a = fn } }, options))
    return result, store.cases:order("-id"):first()
  end

  it("is given the text, nil where it is empty, and the other columns", function()
    local seen
    convert(function(text, row) seen = { text, row "b", row(2), row "A" }; return 1 end)
    assert.same({ "x", "y", "y", "x" }, seen)
    convert(function(text, row) seen = { text == nil, row "b" == nil } end, ",")
    assert.same({ true, true }, seen)
  end)

  it("is asked for each field that the column fills", function()
    local _, case = convert(function(text, _, field) return field .. " of " .. text end, nil,
      { columns = { a = { "note", "unit" } } })
    assert.same({ "note of x", "unit of x" }, { case.note, case.unit })
  end)

  it("gives the value, or a text that is read as the file's are", function()
    assert.equal(7, select(2, convert(function() return 7 end)).fine)
    assert.equal(8, select(2, convert(function() return " 8 " end, "y,")).fine)
    local _, case = convert(function() return "4.7.2019" end, "z,", { columns = { a = "date" },
      dates = { "dd.mm.yyyy" } })
    assert.equal("2019-07-04", case.date)
    _, case = convert(function() return true end, "u,", { columns = { a = "publicised" } })
    assert.is_true(case.publicised)
  end)

  it("gives a list, or a text that is separated like the file's", function()
    for i, value in ipairs{ { "transit", "diversion" }, "transit;diversion" } do
      local _, case = convert(function() return value end, i .. ",", {
        columns = { a = "offences" }, separator = ";" })
      assert.same({ "transit", "diversion" }, case.offences)
    end
  end)

  it("gives citations, which stand behind the file", function()
    store.sources:add{ key = "afp", title = "A report" }
    local _, case = convert(function(text) return { { "afp", locator = "para " .. text } } end,
      "6,", { columns = { a = "sources" }, source = { key = "list", title = "The list" } })
    assert.same({ "list", { "afp", locator = "para 6" } }, case.sources)
  end)

  it("that gives nothing leaves the constant; dualuse.null clears", function()
    local constants = { authority = "KOR", fine = 5 }
    local _, case = convert(function() return nil end, "1,", { constants = constants })
    assert.equal(5, case.fine)
    _, case = convert(function() return "" end, "2,", { constants = constants })
    assert.equal(5, case.fine)
    _, case = convert(function() return dualuse.null end, "3,", { constants = constants })
    assert.is_nil(case.fine)
  end)

  it("rejects the row by an error, or by what does not fit", function()
    local reasons = {}
    for _, fn in ipairs{
      function() error("no such thing", 0) end,
      function() return -1 end,
      function() return "x" end,
      function() return {} end,
      function() dualuse.raise{ code = "invalid", message = "not this one" } end,
    } do
      local result = convert(fn)
      assert.equal("read 1, rejected 1", counts(result))
      assert.equal("fine", result.rejects[1].field)
      reasons[#reasons + 1] = result.rejects[1].reason
    end
    assert.same({ "no such thing", "-1 is out of range: expected 0 or more",
      'expected an integer, got "x"', "expected an integer, got a table", "not this one" }, reasons)
  end)

  it("stops the import by any other error", function()
    local mine = setmetatable({}, { __tostring = function() return "mine" end })
    local before = stores.dump(folder .. "/store.db")
    for _, problem in ipairs{ mine, { code = "io", message = "gone" }, {} } do
      local ok, found = pcall(convert, function() error(problem, 0) end)
      assert.is_false(ok)
      assert.equal(problem, found)
    end
    stores.same_lines(before, stores.dump(folder .. "/store.db"))
  end)
end)

-- ---------------------------------------------------------------------------------- References

describe("a name in a file", function()
  it("is the key, name or alias of a record, ignoring case", function()
    local result = cases("to\nVNM\nvietnam\nViet Nam\nvn\n", { columns = { to = "destination" },
      identity = "number" })
    assert.equal("read 4, added 4", counts(result))
    assert.same({ "VNM", "VNM", "VNM", "VNM" }, imports.values(store.cases, "destination"))
  end)

  it("of nothing on record is rejected unless the mapping asks to make it", function()
    assert.equal('exporter: no party has the key, name or alias "Acme"',
      reject("who\nAcme\n", { columns = { who = "exporter" } }))
    assert.is_nil(store.parties:get("Acme"))
    local case = one_case("who,what\nAcme,gas\n", { columns = { who = "exporter", what = "items" },
      unknown = "make", source = { key = "list", title = "The list" } })
    assert.same({ "Acme", { "gas" } }, { case.exporter, case.items })
    local acme, gas = store.parties:get("Acme"), store.items:get("gas")
    assert.same({ "Acme", "Acme", "organisation", { "list" } },
      { acme.key, acme.name, acme.kind, acme.sources })
    assert.same({ "gas", "gas", { "list" } }, { gas.key, gas.name, gas.sources })
  end)

  it("of a kind that nobody knows how to make is rejected", function()
    assert.equal('dispute: no dispute has the key, name or alias "x"',
      reject("d\nx\n", { columns = { d = "dispute" }, unknown = "make" }))
  end)

  it("of two records is rejected, and both are told", function()
    store.parties:add{ key = "acme-1", name = "Acme", kind = "company" }
    store.parties:add{ key = "acme-2", name = "ACME", kind = "company" }
    local why = reject("who\nacme\n", { columns = { who = "exporter" }, unknown = "make" })
    assert.matches('^exporter: .*"acme%-1".*"acme%-2"', why)
  end)

  it("is made as a function of the mapping says", function()
    local asked = {}
    local function company(text, row)
      asked[#asked + 1] = text .. "@" .. (row "from" or "-")
      if text == "?" then return nil end
      if text == "!" then return nil, "that is no company" end
      if text == "Tokyo" then return "JPN" end
      if text == "nobody" then return "no-such-key" end
      return { key = "co:" .. text, name = text, kind = "company", country = row "from",
        note = "made by an import" }
    end
    local result = cases("who,from\nAcme,KOR\nAcme,JPN\nTokyo,\n?,\n!,\nnobody,\nBad,Atlantis\n", {
      columns = { who = "exporter" }, unknown = "make", parties = { exporter = company },
      identity = "number" })
    assert.same({
      '5 exporter: "?" names no party',
      "6 exporter: that is no company",
      '7 exporter: no party has the key "no-such-key"',
      '8 exporter: parties.country: no party has the id, key, name or alias "Atlantis"',
    }, imports.reasons(result))
    assert.same({ "co:Acme", "co:Acme", "JPN" }, imports.values(store.cases, "exporter"))
    assert.same({ "company", "KOR" },
      { store.parties:get("co:Acme").kind, store.parties:get("co:Acme").country })
    assert.equal("Acme@KOR", asked[1])
    assert.equal("Tokyo@-", asked[2], "what was found is not asked again")
  end)

  it("given back as something else stops the import", function()
    raises(function()
      local _ = store.cases:import(giver "who\nAcme\n", { columns = { who = "exporter" },
        unknown = "make", parties = { exporter = function() return true end }, source = false,
        constants = { authority = "KOR" } })
    end, { code = "misuse", says = { "parties.exporter", "boolean" } })
  end)

  it("makes no second one when the file is read again, whatever was edited", function()
    local text, options = "who\nAcme\nBeta\n", { columns = { who = "exporter" }, unknown = "make",
      source = { key = "list", title = "The list" } }
    cases(text, options)
    store.parties:update("Acme", { name = "Acme Chemicals", kind = "company", country = "KOR" })
    local parties = store.parties:count()
    assert.equal("read 2, duplicate 2", counts(cases(text, options)))
    assert.equal("read 3, added 1, duplicate 2", counts(cases(text .. "Gamma\n", options)))
    assert.equal(parties + 1, store.parties:count())
    local acme = store.parties:get("Acme")
    assert.same({ "Acme Chemicals", "company", "KOR", 2 },
      { acme.name, acme.kind, acme.country, #store.parties:history("Acme") })
  end)

  it("of a record that was retracted does not bring it back", function()
    store.parties:add{ key = "Acme", name = "Acme", kind = "company" }
    store.parties:retract("Acme")
    assert.matches("the party with the key \"Acme\" was retracted",
      reject("who\nAcme\n", { columns = { who = "exporter" }, unknown = "make" }))
  end)

  it("may be of a record of any kind", function()
    store.measures:add{ key = "licence", title = "Licences", jurisdiction = "JPN",
      requirement = "individual" }
    local result = store.links:import(giver("from,to\nlicence,KOR\nnothing,KOR\n"), {
      columns = { from = "from", to = "to" }, constants = { relation = "causes" }, source = false })
    assert.equal("read 2, added 1, rejected 1", counts(result))
    assert.equal('no record has the key, name or alias "nothing"', result.rejects[1].reason)
    assert.same({ "licence", "KOR" }, { store.links:first().from, store.links:first().to })
  end)
end)

describe("the source", function()
  local path
  before_each(function() path = file("list.csv", "n\n1\n") end)

  local function import(source)
    local result = store.cases:import(path, { columns = { n = "fine" }, source = source,
      constants = { authority = "KOR" } })
    return result, store.cases:order("-id"):first().sources
  end

  it("is a record for the file, under its name", function()
    assert.same({ "list.csv" }, select(2, import()))
    assert.equal("list.csv", store.sources:get("list.csv").title)
    assert.equal("1", ask"SELECT count(*) FROM sources")
  end)

  it("may be on record, or be given as a record", function()
    store.sources:add{ key = "afp", title = "A report" }
    assert.same({ "afp" }, select(2, import("afp")))
    store.cases:retract(store.cases:first().id)
    file("list.csv", "n\n2\n")
    assert.same({ "ministry" }, select(2, import{ key = "ministry", title = "An answer",
      publisher = "MOTIE", published = "2019-07-10" }))
    assert.equal("MOTIE", store.sources:get("ministry").publisher)
  end)

  it("is there once where a function gives it, too", function()
    local afp = store.sources:add{ key = "afp", title = "A report" }
    store.sources:add{ key = "kbs", title = "Another" }
    store.cases:import(path, { columns = { n = "sources" }, source = "afp",
      constants = { authority = "KOR" }, convert = { n = function() return { "kbs", afp } end } })
    assert.same({ "afp", "kbs" }, store.cases:first().sources)
  end)

  it("may be none", function()
    assert.is_nil(select(2, import(false)))
    assert.equal(0, #store.sources)
  end)

  it("has to be told where what is read has no name", function()
    raises(function()
      local _ = store.cases:import(giver "n\n1\n", { columns = { n = "fine" },
        constants = { authority = "KOR" } })
    end, { code = "misuse", field = "source", says = { "false for none" } })
    for _, source in ipairs{ "nowhere", 99999, { title = "A report" } } do
      raises(function()
        local _ = store.cases:import(path, { columns = { n = "fine" }, source = source,
          constants = { authority = "KOR" } })
      end, { code = "invalid", field = type(source) == "table" and "key" or "source" })
    end
    assert.equal(0, store:revision())
  end)
end)

-- ------------------------------------------------------------------------------------ The file

describe("what is read", function()
  local text = "n\n1\n2\n3\n"
  local options = { columns = { n = "fine" }, constants = { authority = "KOR" }, source = false }

  it("is a path, an open file, a pipe, or a function that gives chunks", function()
    local path = file("list.csv", text)
    local open, pipe = assert(io.open(path, "rb")), assert(io.popen("cat " .. shell.quote(path)))
    open:read("l") -- it is read from where it stands
    open:seek("set", 0)
    for i, source in ipairs{ path, open, pipe, giver(text), giver(text, 1) } do
      local result = store.cases:import(source, with(options, { name = "import " .. i }))
      assert.equal("read 3, added 3", counts(result))
      assert.equal(#text, result.bytes)
    end
    assert.equal("file", io.type(open))
    open:close()
    pipe:close()
  end)

  it("may be packed by gzip", function()
    if not pcall(require, "zlib") then pending "lua-zlib is not there" end
    local path = file("list.csv", text)
    shell.must("gzip " .. shell.quote(path))
    assert.equal("read 3, added 3", counts(store.cases:import(path .. ".gz", options)))
  end)

  it("may come in pieces of any size, to the same effect", function()
    local long = "Name;Found on;Remarks\r\n" .. ('"a;""b""\r\nc";2019;"x"\r\n'):rep(20)
    for _, size in ipairs{ 1, 2, 3, 7, 1000 } do
      local other = assert(dualuse.open())
      local result = other.cases:import(giver(long, size), { columns = { name = "note",
        ["found on"] = "date" }, constants = { authority = "KOR" }, source = false,
        identity = "number" })
      assert.equal("read 20, added 20", counts(result))
      assert.equal('a;"b"\r\nc', other.cases:first().note)
      other:close()
    end
  end)

  it("has a delimiter that is found in the header, or told", function()
    for _, delimiter in ipairs{ ",", ";", "\t" } do
      local lines = ("n|m|o\n7|x|y\n"):gsub("|", delimiter)
      local result = cases(lines, { columns = { n = "fine" }, name = delimiter })
      assert.equal(delimiter, result.delimiter)
      assert.equal("read 1, added 1", counts(result))
    end
    -- by the first record, whatever lines and delimiters are in quotes
    local result = cases('"a,b,c,\n,,,";n\nx;7\n', { columns = { n = "fine" }, name = "quoted" })
    assert.equal(";", result.delimiter)
    result = cases("n|m\n7|x\n", { columns = { n = "fine" }, delimiter = "|", name = "told" })
    assert.equal("read 1, added 1", counts(result))
    -- one column has none
    assert.equal("read 1, added 1", counts(cases("n\n9\n", { columns = { n = "fine" } })))
  end)

  it("may begin with a byte-order mark, and with empty lines", function()
    assert.equal(7, one_case("\u{FEFF}n\n7\n", { columns = { n = "fine" } }).fine)
    assert.equal(8, one_case("\u{FEFF}\"n\"\n8\n", { columns = { n = "fine" } }).fine)
    assert.equal(9, one_case("\n\r\n\nn,m\n\n9,x\n\n", { columns = { n = "fine" } }).fine)
  end)

  it("has lines that end with LF or CRLF, the last of them or not", function()
    for i, lines in ipairs{ "n,m\n7,x\n8,y\n", "n,m\r\n7,x\r\n8,y\r\n", "n,m\n7,x\r\n8,y" } do
      local result = cases(lines, { columns = { n = "fine", m = "note" }, name = "ends " .. i })
      assert.equal("read 2, added 2", counts(result))
      assert.equal("y", store.cases:order("-id"):first().note)
    end
  end)

  it("has quotes as in RFC 4180, unless it has none", function()
    local case = one_case('a,b\n"x ""y"", z\nw",7\n', { columns = { a = "note", b = "fine" } })
    assert.same({ 'x "y", z\nw', 7 }, { case.note, case.fine })
    case = one_case('a\tb\n"x ""y"\t7\n', { columns = { a = "note", b = "fine" }, quotes = false })
    assert.equal('"x ""y"', case.note)
  end)

  it("has no header where that is told, and its columns have numbers", function()
    local result = cases("\n7,x\n8,y\n", { header = false,
      columns = { [1] = "fine", [2] = "note" } })
    assert.equal("read 2, added 2", counts(result))
    assert.same({ "x", "y" }, imports.values(store.cases, "note"))
    result = cases("9,z\n", { header = false, columns = { ["1"] = "fine" },
      convert = { ["1"] = function(n, row) return row "2" == "z" and n or nil end } })
    assert.equal("read 1, added 1", counts(result))
  end)

  it("may have lines of several layouts, told apart by their number of columns", function()
    local result = cases("7,x\n8,y,z\n9\n", { header = false, columns = { n = "fine", to = "note" },
      layouts = { [2] = { "n", "to" }, [3] = { "n", "from", "to" } } })
    assert.equal("read 3, added 2, rejected 1", counts(result))
    assert.same({ "x", "z" }, imports.values(store.cases, "note"))
    assert.equal("the line has 1 fields, expected 2 or 3", result.rejects[1].reason)
    -- what a line has not is as what it has empty
    cases("7,x\n8,y,z\n", { header = false, columns = { n = "fine", to = "note" }, name = "again",
      layouts = { [2] = { "n", "to" }, [3] = { "n", "from", "to" } },
      convert = { to = function(given, row) return given .. (row "from" or " only") end } })
    assert.same({ "x", "z", "x only", "zy" }, imports.values(store.cases, "note"))
  end)

  it("may be in a format that is given by name, as a table, or found", function()
    local gdelt = "spec/fixtures/gdelt-61.export.CSV"
    assert.equal("gdelt", store.events:import(gdelt).format)
    assert.equal("gdelt", store.events:import(gdelt, { format = "gdelt" }).format)
    local format = { name = "ministry", title = "The ministry's list", kind = "cases",
      columns = { fine = "fine" }, constants = { authority = "KOR" }, dates = { "dd.mm.yyyy" } }
    local result = store.cases:import(file("q3.csv", "fine\n7\n"), { format = format })
    assert.same({ "ministry", 1 }, { result.format, result.added })
    assert.equal("The ministry's list: q3.csv", store.sources:get("q3.csv").title)
    assert.matches("^ministry:", store.cases:first().origin)
    -- and options go over it
    result = store.cases:import(file("q4.csv", "Strafe\n8\n"),
      { format = format, columns = { Strafe = "fine" }, name = "other" })
    assert.same({ "other", 1 }, { result.format, result.added })
  end)
end)

describe("what cannot be read", function()
  local options = { columns = { n = "fine" }, constants = { authority = "KOR" } }

  it("raises, at the line that asked for it", function()
    for _, case in ipairs{
      { folder .. "/missing.csv", "io", "No such file" },
      { folder, "io", "Is a directory" },
      { "a\0b", "invalid", "NUL" },
      { 7, "misuse", "a path, an open file or a function" },
      { file("empty.csv", ""), "invalid", "the file is empty" },
      { file("blank.csv", "\n\r\n\n"), "invalid", "the file is empty" },
      { file("utf16.csv", "\xff\xfen\0\n\0" .. "1\0\n\0"), "invalid", "UTF-16" },
      { file("utf16be.csv", "\xfe\xff\0n\0\n"), "invalid", "UTF-16" },
      { file("binary.csv", "PK\3\4\0\0n\n1\n"), "invalid", "NUL bytes" },
      { file("open.csv", 'n,"m\n1,2\n'), "invalid", "a quote is not closed" },
      { giver(""), "invalid", "the file is empty" },
      { function() return 7 end, "misuse", "a number" },
    } do
      raises(function() local _ = store.cases:import(case[1], options) end,
        { code = case[2], says = { case[3] } })
    end
    raises(function()
      local _ = store.cases:import(file("none.csv", ""), { header = false, columns = { "fine" } })
    end, { code = "invalid", says = { "the file is empty" } })
    assert.equal(0, store:revision())
  end)

  it("in the middle undoes everything", function()
    local given = false
    local function broken()
      if given then error("the line is down", 0) end
      given = true
      return "n\n" .. ("1\n"):rep(100000)
    end
    local before = stores.dump(folder .. "/store.db")
    assert.has_error(function() store.cases:import(broken, with(options, { source = false })) end,
      "the line is down")
    if pcall(require, "zlib") then
      local path = file("list.csv", "n\n" .. ("%d\n"):rep(50000):gsub("%%d", function()
        return tostring(math.random(1 << 40))
      end))
      shell.must("gzip -c " .. shell.quote(path) .. " | head -c 100000 >" .. shell.quote(path)
        .. ".gz")
      raises(function() local _ = store.cases:import(path .. ".gz", options) end,
        { code = "io", says = { "cut off" } })
    end
    stores.same_lines(before, stores.dump(folder .. "/store.db"))
  end)

  it("is rejected where it is no record", function()
    local result = cases('n,m\n1,"a"b\n2,x\n3\n4,y,z\n"5,\n6,z\n', { columns = { n = "fine" } })
    assert.equal("read 6, added 2, rejected 4", counts(result))
    assert.same({ "2 -: text follows a closing quote", "4 -: the line has 1 fields, expected 2",
      "5 -: the line has 3 fields, expected 2", "6 -: a quote is not closed" },
      imports.reasons(result))
  end)

  it("is rejected where the file was cut off, in formats whose last line ends", function()
    local result = cases("n\n1\n23", { columns = { n = "fine" }, terminated = true })
    assert.same({ "3 -: the file ends inside this line: it was cut off" }, imports.reasons(result))
    assert.equal("23", result.rejects[1].text)
    assert.equal("read 2, added 2", counts(cases("n\n1\n23", { columns = { n = "fine" },
      name = "other" })))
  end)
end)

-- ------------------------------------------------------------------------------ Wrong mappings

describe("a mapping that does not fit", function()
  local text = "n,Who,x,x\n1,Acme,,\n"

  --- Checks that an import with these options raises before it has read a row.
  local function refuses(options, expected)
    local mapping = with({ columns = { n = "fine" }, constants = { authority = "KOR" },
      source = false, convert = { n = function() error("a row was read", 0) end } }, options)
    if options.columns then mapping.convert = options.convert end
    raises(function() local _ = store.cases:import(giver(text), mapping) end, expected)
  end

  it("names a column that the file does not have, and is told which it has", function()
    local has = "its columns are n, Who, x, x"
    refuses({ columns = { m = "fine" } },
      { code = "invalid", kind = "cases", field = "columns", says = { 'no column "m"', has } })
    refuses({ columns = { [5] = "fine" } }, { code = "invalid", says = { "number 5", has } })
    refuses({ join = { note = { "n", "m" } } },
      { code = "invalid", field = "join", says = { has } })
    refuses({ identity = { "m" } }, { code = "invalid", field = "identity", says = { has } })
    refuses({ version = "m", source = true }, { code = "invalid", field = "version" })
    local wide = {}
    for i = 1, 2000 do wide[i] = "column " .. i end
    local err = raises(function()
      local _ = store.cases:import(giver(table.concat(wide, ",") .. "\n"),
        { columns = { m = "fine" }, constants = { authority = "KOR" }, source = false })
    end, { code = "invalid", says = { "column 100", "2000 in all" } })
    assert.is_nil(err.message:find("column 101", 1, true))
  end)

  it("names a column that the file has twice", function()
    refuses({ columns = { x = "fine" } }, { code = "invalid", field = "columns",
      says = { 'two columns of the file have the name "x"', "number" } })
  end)

  it("fills a field twice", function()
    refuses({ columns = { n = "fine", who = "fine" } },
      { code = "invalid", kind = "cases", field = "fine", says = { '"n"', '"who"' } })
    refuses({ join = { fine = { "who", "n" } } }, { code = "invalid", field = "fine" })
  end)

  it("names a field that there is not, or that no column can fill", function()
    for _, field in ipairs{ "fien", "id", "recorded", "revision" } do
      refuses({ columns = { n = field } },
        { code = "invalid", field = "columns", says = { field, "authority", "fine_suspended" } })
      refuses({ constants = { authority = "KOR", [field] = 1 } },
        { code = "invalid", field = "constants", says = { field } })
      refuses({ join = { [field] = { "n" } } }, { code = "invalid", field = "join" })
    end
    raises(function()
      local _ = store.measures:import(giver "n\n", { columns = { n = "stages" }, source = false })
    end, { code = "invalid", field = "columns", says = { "stages" } })
  end)

  it("leaves out a required field", function()
    refuses({ constants = {} }, { code = "invalid", kind = "cases", field = "authority",
      says = { "cases.authority is required", "who caught it" } })
    -- but not one that has a value of its own when it is left out
    local result = store.disclosures:import(giver "n\n7\n", { columns = { n = "value" },
      constants = { authority = "KOR", period = "2018", measure = "cases" }, source = false })
    assert.equal("read 1, added 1", counts(result))
    assert.equal("published", store.disclosures:first().status)
  end)

  it("says something of a field that no column fills, or of none", function()
    for option, value in pairs{ words = { note = {} }, strict_words = { note = true },
      separator = { items = ";" }, parties = { exporter = print } } do
      refuses({ [option] = value, unknown = "make" },
        { code = "invalid", kind = "cases", field = option, says = { "no column fills" } })
    end
    refuses({ words = { fien = {} } }, { code = "invalid", says = { '"fien" is no field' } })
    refuses({ convert = { m = print } }, { code = "invalid", field = "convert", says = { '"m"' } })
    refuses({ columns = { who = "exporter" }, parties = { exporter = print } },
      { code = "misuse", field = "parties", says = { 'unknown = "make"' } })
  end)

  it("has a constant that does not fit", function()
    refuses({ constants = { authority = "Atlantis" } },
      { code = "invalid", kind = "cases", field = "authority", says = { "Atlantis" } })
    refuses({ constants = { authority = "KOR", prison_months = -1 } },
      { code = "invalid", field = "prison_months", says = { "-1 is out of range" } })
  end)

  it("has an option that there is not, or of a wrong type or value", function()
    refuses({ colums = {} }, { code = "misuse", says = { '"colums"', "columns" } })
    for option, wrong in pairs{
      columns = { "fine" }, constants = { 7 }, words = { "x", { fine = { [1] = 2 } } },
      strict_words = { "x" }, missing = { "x", {}, { 1 } }, convert = { "x", { n = "x" } },
      dates = { "edtf", {}, { 1 } }, quotes = { 1 }, header = { "x" }, terminated = { 1 },
      repair = { "x" }, dry_run = { "yes" }, version = { 1.5 }, delimiter = { 7 },
      separator = { 7 }, source = { 1.5, print }, on_reject = { 7, {} }, progress = { 7 },
      batch = { "x" }, limit = { "x" }, by = { 7 }, reason = { {} }, layouts = { "x", {} },
      join = { "x", { note = "n" } }, format = { 7 }, name = { 7 },
    } do
      for _, value in ipairs(wrong) do
        refuses({ [option] = value }, { code = "misuse", field = option })
      end
    end
    for option, wrong in pairs{
      dates = { { "dd/mm/yyyy" }, { "edtf", "edtf" } }, delimiter = { "", ", ", "\n", '"' },
      identity = { "row", {}, 7 }, on_change = { "keep" }, unknown = { "ask" },
      on_error = { "raise" }, batch = { 0, 1.5, -1 }, limit = { 0, 2 ^ 31 | 0 },
      layouts = { { [2] = { "a" } }, { { 7 } } }, format = { "gdelt3" },
    } do
      for _, value in ipairs(wrong) do
        refuses({ [option] = value }, { code = "invalid", field = option })
      end
    end
    raises(function() local _ = store.cases:import(giver(text), "gdelt") end,
      { code = "misuse", says = { "a table of options" } })
  end)

  it("is a format that there is not, or one for another kind", function()
    refuses({ format = "gdelt" }, { code = "misuse", field = "format", says = { "store.events" } })
    refuses({ format = { name = "mine", colums = {} } },
      { code = "misuse", says = { "format: unknown option", "colums" } })
    refuses({ format = { name = "mine", dates = { "iso" } } },
      { code = "invalid", field = "dates", says = { "format: dates" } })
    local err = raises(function() local _ = store.cases:import(giver "n\n1\n") end,
      { code = "invalid", field = "format", says = { "columns=", "first line is n" } })
    assert.is_nil(err.message:find "\n")
  end)

  it("is not for a collection", function()
    raises(function() store.cases.import("list.csv") end,
      { code = "misuse", says = { "store.cases:import" } })
  end)
end)

-- -------------------------------------------------------------------------------- Nothing lost

describe("a rejected line", function()
  local options = { columns = { n = "fine", m = "note" }, identity = { "n" } }

  it("is in the result with its line, field, reason and text, the first hundred", function()
    local lines = { "n,m" }
    for i = 1, 300 do lines[#lines + 1] = i % 2 == 0 and "x" .. i .. ',"a\nb"' or i .. ",ok" end
    local result = cases(table.concat(lines, "\n") .. "\n", options)
    assert.equal("read 300, added 150, rejected 150", counts(result))
    assert.equal(100, #result.rejects)
    for i, one in ipairs(result.rejects) do
      assert.same({ line = 3 * i, field = "fine", text = ("x%d,\"a\nb\""):format(2 * i),
        reason = ('expected an integer, got "x%d"'):format(2 * i) }, one)
    end
    assert.matches("\n  … 140 more rejected lines$", tostring(result))
  end)

  it("goes, whole, to a file that can be mended and imported", function()
    local path = file("list.csv", '"n","m, or not"\r\n1,x\r\n"a","y\r\n""z"""\r\n2,y\r\n3\r\n')
    local bad = folder .. "/rejected.csv"
    local mapping = { columns = { n = "fine", [2] = "note" }, constants = { authority = "KOR" },
      identity = { "n" }, name = "list" }
    local result = store.cases:import(path, with(mapping, { on_reject = bad }))
    assert.equal("read 4, added 2, rejected 2", counts(result))
    assert.equal('"n","m, or not"\n"a","y\r\n""z"""\n3\n', stores.bytes(bad))
    file("rejected.csv", (stores.bytes(bad):gsub('"a"', "4"):gsub("3\n", "3,w\n")))
    assert.equal("read 2, added 2", counts(store.cases:import(bad, mapping)))
    assert.same({ 1, 2, 4, 3 }, imports.values(store.cases, "fine"))
    assert.equal('y\r\n"z"', store.cases:where{ fine = 4 }:first().note)
  end)

  it("makes no file where there is none", function()
    local bad = folder .. "/rejected.csv"
    cases("n,m\n1,x\n", with(options, { on_reject = bad }))
    assert.is_nil(io.open(bad))
  end)

  it("never overwrites a file: it is told before the first row", function()
    local bad = file("rejected.csv", "mine")
    raises(function()
      local _ = store.cases:import(giver "n,m\n1,x\n", with(options, { on_reject = bad,
        constants = { authority = "KOR" }, source = false }))
    end, { code = "io", field = "on_reject", says = { "rejected.csv exists" } })
    raises(function()
      local _ = store.cases:import(giver "n,m\nx,x\n", with(options, { source = false,
        on_reject = folder .. "/no/such/folder.csv", constants = { authority = "KOR" } }))
    end, { code = "io", field = "on_reject" })
    assert.equal("mine", stores.bytes(bad))
    assert.equal(0, store.cases:count())
  end)

  it("of an import that fails is taken back", function()
    local bad = folder .. "/rejected.csv"
    assert.has_error(function()
      cases("n,m\nx,x\n1,stop\n", with(options, { on_reject = bad, convert = { m = function(text)
        if text == "stop" then error({}, 0) end
      end } }))
    end)
    assert.is_nil(io.open(bad))
  end)

  it("goes to a function", function()
    local given = {}
    local lines = { "n,m" }
    for i = 1, 150 do lines[#lines + 1] = "x" .. i .. "," end
    local result = cases(table.concat(lines, "\n"), with(options, { on_reject = function(one)
      given[#given + 1] = one
    end }))
    assert.equal(150, result.rejected)
    assert.equal(150, #given)
    assert.same({ line = 151, field = "fine", reason = 'expected an integer, got "x150"',
      text = "x150," }, given[150])
  end)

  it("may be as long as a file, and costs no memory", function()
    local size, given = 0, 0
    local long = ("x"):rep(1 << 16)
    local pieces, n = { "n,m\n1,a\n" }, 1
    for _ = 1, 320 do pieces[#pieces + 1] = long end
    pieces[#pieces + 1] = "\n2,b\n"
    local function source()
      n = n + 1
      return pieces[n - 1]
    end
    collectgarbage()
    collectgarbage() -- what the first has only finished
    local before, most = collectgarbage "count", 0
    local done = store.cases:import(source, with(options, { limit = 1 << 17, source = false,
      constants = { authority = "KOR" }, on_reject = function(one)
        given, size = given + 1, size + #one.text
        collectgarbage()
        most = math.max(most, collectgarbage "count")
      end }))
    assert.equal("read 3, added 2, rejected 1", counts(done))
    assert.equal(320 << 16, size)
    assert.is_true(given > 1)
    assert.is_true(done.rejects[1].cut)
    assert.equal(1 << 16, #done.rejects[1].text)
    assert.is_true(most - before < 4096, ("%.0f KiB"):format(most - before))
  end)
end)

-- ------------------------------------------------------------------------------------ Identity

describe("a row that is on record", function()
  local options = { columns = { id = "unit", n = "fine" }, identity = { "id" } }

  it("with the same values is a duplicate", function()
    cases("id,n\na,1\nb,2\n", options)
    assert.equal("read 3, added 1, duplicate 2", counts(cases("id,n\nb,2\nc,3\na,1\n", options)))
  end)

  it("with values that it cannot have stays as it is", function()
    local parties = { source = false, columns = { k = "key", n = "name", p = "parent" },
      constants = { kind = "company" }, on_change = "update" }
    store.parties:import(giver "k,n,p\nupper,Upper,\nlower,Lower,upper\n", parties)
    local result = store.parties:import(giver "k,n,p\nupper,Uppermost,lower\nlower,Low,upper\n",
      parties)
    assert.equal("read 2, updated 1, rejected 1", counts(result))
    assert.matches("^2 parent: the party with id %d+ would lead back to itself",
      imports.reasons(result)[1])
    assert.equal("Upper", store.parties:get("upper").name)
    assert.same({}, store:check())
  end)

  it("with other values is rejected, and the field is told", function()
    cases("id,n\na,1\n", options)
    assert.equal("fine: the case with that identity (id 250) has another value",
      reject("id,n\na,2\n", options))
    assert.equal("fine: the case with that identity (id 250) has another value",
      reject("id,n\na,\n", options))
    assert.same({ 1 }, imports.values(store.cases, "fine"))
  end)

  it("with other values is an update where that is asked", function()
    local update = with(options, { on_change = "update" })
    cases("id,n\na,1\nb,2\n", options)
    local revision = store:revision()
    assert.equal("read 3, updated 2, duplicate 1", counts(cases("id,n\na,7\nb,2\na,8\n", update)))
    assert.same({ 8, 2 }, imports.values(store.cases, "fine"))
    assert.equal(revision + 1, store:revision())
    local history = store.cases:history(store.cases:first().id)
    assert.same({ 1, 8 }, { history[1].fine, history[2].fine })
    assert.equal("read 1, updated 1", counts(cases("id,n\na,\n", update)))
    assert.is_nil(store.cases:first().fine)
  end)

  it("keeps what columns do not fill", function()
    cases("id,n\na,1\n", options)
    store.cases:update(store.cases:first().id, { note = "mine", items = nil })
    cases("id,n\na,2\n", with(options, { on_change = "update" }))
    assert.same({ "mine", 2 }, { store.cases:first().note, store.cases:first().fine })
  end)

  it("is replaced by a larger version, and not by a smaller", function()
    local versions = { columns = { id = "unit", n = "fine" }, identity = { "id" }, version = "v",
      source = { key = "list", title = "The list" } }
    cases("id,n,v\na,1,10\nb,1,9.5\n", versions)
    local result = cases("id,n,v\na,2,9\na,3,11\nb,2,9.75\na,4,11\nc,1,x\n", versions)
    assert.equal("read 5, updated 2, duplicate 1, rejected 2", counts(result))
    assert.same({ "5 fine: the case with that identity (id 251) has another value",
      '6 sources: the version is no number: "x"' }, imports.reasons(result))
    assert.same({ 3, 2 }, imports.values(store.cases, "fine"))
    assert.same({ { { "list", locator = "version 11" } },
      { { "list", locator = "version 9.75" } } }, imports.values(store.cases, "sources"))
  end)

  it("stays retracted", function()
    cases("id,n\na,1\n", options)
    store.cases:retract(store.cases:first().id)
    for _, line in ipairs{ "a,1", "a,2" } do
      for _, on_change in ipairs{ "reject", "update" } do
        assert.equal("-: the case with that identity (id 250) was retracted",
          reject("id,n\n" .. line .. "\n", with(options, { on_change = on_change })))
      end
    end
    assert.equal(0, store.cases:count())
  end)

  it("is the same by its whole line, unless told otherwise", function()
    local whole = { columns = { n = "fine" } }
    assert.equal("read 4, added 3, duplicate 1", counts(cases("n,m\n1,a\n1,b\n2,a\n1,a\n", whole)))
    assert.equal("read 3, added 1, duplicate 2", counts(cases("n,m\n2,a\n1,a\n3,a\n", whole)))
    -- of one name
    assert.equal("read 1, added 1", counts(cases("n,m\n1,a\n", with(whole, { name = "other" }))))
  end)

  it("is the same by its place in the file, where rows repeat", function()
    local place = { columns = { n = "fine" }, identity = "number" }
    assert.equal("read 3, added 3", counts(cases("n\n1\n1\n1\n", place)))
    assert.equal("read 4, added 1, duplicate 3", counts(cases("n\n1\n1\n1\n1\n", place)))
    assert.equal("read 3, duplicate 2, rejected 1", counts(cases("n\n1\n2\n1\n", place)))
  end)

  it("is the same by its key, where a column has that", function()
    local keyed = { columns = { id = "key", n = "fine" } }
    assert.equal("read 4, added 2, duplicate 1, rejected 1",
      counts(cases("id,n\na,1\nb,2\na,1\na,3\n", keyed)))
    assert.equal(1, store.cases:get("a").fine)
    assert.equal("read 1, updated 1", counts(cases("id,n\na,3\n",
      with(keyed, { on_change = "update" }))))
    assert.equal('key: expected a key without white space at its ends, got " c"',
      reject("id,n\n c,1\n", keyed))
    assert.is_nil(store.cases:get("a").origin)
  end)

  it("has an origin that tells the file and the row", function()
    file("a list.csv", "id,n\nx,1\n")
    store.cases:import(folder .. "/a list.csv", { columns = { n = "fine" },
      identity = { "id", "n" }, constants = { authority = "KOR" } })
    assert.equal("a list.csv:x|1", store.cases:first().origin)
    assert.equal("origin: the columns that tell the row from others are empty",
      reject("id,n\n ,\n", { columns = { n = "fine" }, identity = { "id" } }))
  end)

  it("has an origin or a key of its own, or what its columns tell", function()
    for _, own in ipairs{ "origin", "key" } do
      local result = cases("own,id\nfirst,1\n,2\n,\nlast,\n", { columns = { own = own },
        identity = { "id" }, name = own })
      assert.equal("read 4, added 3, rejected 1", counts(result))
      assert.same({ "4 origin: the columns that tell the row from others are empty" },
        imports.reasons(result))
    end
    assert.same({ "first", "origin:2", "last", "-", "key:2", "-" },
      imports.values(store.cases, "origin"))
    assert.same({ "-", "-", "-", "first", "-", "last" }, imports.values(store.cases, "key"))
  end)
end)

-- --------------------------------------------------------------------- All, or nothing, or parts

describe("a dry run", function()
  it("says what would happen, and writes nothing", function()
    local path, bad = file("list.csv", "n,who\n1,Acme\nx,Acme\n2,Beta\n1,Acme\n"),
      folder .. "/rejected.csv"
    local mapping = { columns = { n = "fine", who = "exporter" }, unknown = "make",
      constants = { authority = "KOR" } }
    local before = stores.dump(folder .. "/store.db")
    local result = store.cases:import(path, with(mapping, { dry_run = true, on_reject = bad,
      batch = 1 }))
    stores.same_lines(before, stores.dump(folder .. "/store.db"))
    assert.is_nil(io.open(bad))
    assert.equal("read 4, added 2, duplicate 1, rejected 1", counts(result))
    assert.is_true(result.dry_run)
    assert.matches("^dry run: cases: 4 read, 2 added, 1 duplicate, 1 rejected\n", tostring(result))
    -- and it was right
    local done = store.cases:import(path, mapping)
    assert.equal(counts(result), counts(done))
    assert.equal(250, store.parties:get("Acme").id - 1, "ids are given anew")
  end)
end)

describe("on_error = stop", function()
  it("undoes everything at the first rejected line, and names it", function()
    local path = file("list.csv", "n,who\n1,Acme\nx,Beta\n")
    local before = stores.dump(folder .. "/store.db")
    raises(function()
      local _ = store.cases:import(path, { columns = { n = "fine", who = "exporter" },
        unknown = "make", constants = { authority = "KOR" }, on_error = "stop" })
    end, { code = "invalid", kind = "cases", field = "fine", says = { "line 3", '"x"' } })
    stores.same_lines(before, stores.dump(folder .. "/store.db"))
    raises(function()
      local _ = store.cases:import(giver "n\n1,2\n", { columns = { n = "fine" }, source = false,
        constants = { authority = "KOR" }, on_error = "stop" })
    end, { code = "invalid", says = { "line 2: the line has 2 fields, expected 1" } })
  end)
end)

describe("an error of a function", function()
  it("undoes everything", function()
    local before = stores.dump(folder .. "/store.db")
    local function fail() error("mine", 0) end
    for _, options in ipairs{ { on_reject = fail }, { progress = fail } } do
      assert.has_error(function()
        cases("n\n1\nx\n2\n" .. ("3\n"):rep(200000), with({ columns = { n = "fine" } }, options))
      end, "mine")
      stores.same_lines(before, stores.dump(folder .. "/store.db"))
    end
    assert.equal("read 1, added 1", counts(cases("n\n1\n", { columns = { n = "fine" } })))
  end)
end)

describe("progress", function()
  it("is told bytes, total and rows, up to the end", function()
    local text = "n\n" .. ("1234567890\n"):rep(100000)
    local path, told = file("list.csv", text), {}
    store.cases:import(path, { columns = { n = "fine" }, constants = { authority = "KOR" },
      identity = "number", progress = function(bytes, total, rows)
        told[#told + 1] = { bytes, rows }
        assert.equal(#text, total)
      end })
    assert.is_true(#told >= 4, #told)
    for i = 2, #told do
      assert.is_true(told[i][1] >= told[i - 1][1] and told[i][2] >= told[i - 1][2])
    end
    assert.same({ #text, 100000 }, told[#told])
  end)
end)

describe("a load in parts", function()
  local lines, path, whole = {}, nil, nil
  for i = 1, 95 do
    lines[i] = i % 10 == 0 and "x,Acme" or ("%d,%s"):format(i % 30, i % 3 == 0 and "Acme" or "Beta")
  end
  local mapping = { columns = { n = "fine", who = "exporter" }, unknown = "make",
    constants = { authority = "KOR" }, identity = "line" }
  local parts = with(mapping, { batch = 20 })

  --- What is in a store, but for ids and revisions.
  local function contents(of)
    local list = {}
    for case in of.cases:each() do
      list[#list + 1] = ("%s %s %s"):format(case.origin, case.fine, case.exporter)
    end
    table.sort(list)
    return list
  end

  before_each(function()
    path = file("list.csv", "n,who\n" .. table.concat(lines, "\n") .. "\n")
    local other <close> = assert(dualuse.open())
    local result = other.cases:import(path, mapping)
    whole = { counts(result), contents(other), #result.rejects }
  end)

  it("has the same result, with one revision a part", function()
    local revision = store:revision()
    local result = store.cases:import(path, parts)
    assert.same(whole, { counts(result), contents(store), #result.rejects })
    assert.equal(revision + 2, store:revision()) -- the other parts add nothing
    assert.equal("0", ask"SELECT count(*) FROM marks")
    assert.equal("2", ask"SELECT count(DISTINCT revision) FROM cases")
    assert.same({}, store:check())
  end)

  it("that was stopped goes on where it was", function()
    for _, stop in ipairs{ 1, 2, 3, 5, 8 } do
      local seen, rejected = 0, {}
      store:close()
      os.remove(folder .. "/store.db")
      store = assert(dualuse.open(folder .. "/store.db", { durability = "normal" }))
      assert.has_error(function()
        store.cases:import(path, with(parts, { on_reject = function(one)
          seen = seen + 1
          if seen == stop then error("enough", 0) end
          rejected[one.line] = true
        end }))
      end, "enough")
      local count = store.cases:count()
      assert.equal(stop <= 2 and "0" or "1",
        ask"SELECT count(*) FROM sqlite_schema WHERE name = 'marks'")
      local result = store.cases:import(path, with(parts, { on_reject = function(one)
        rejected[one.line] = true
      end }))
      assert.same({ whole[1], whole[2] }, { counts(result), contents(store) })
      assert.is_true(stop <= 2 or count > 0)
      assert.is_true((stop > 2) == (#result.rejects < 9))
      for i = 1, 9 do assert.is_true(rejected[10 * i + 1], i) end
      if stop > 2 then assert.equal("0", ask"SELECT count(*) FROM marks") end
      assert.equal("read 95, duplicate 86, rejected 9", counts(store.cases:import(path, parts)))
    end
  end)

  it("that was stopped by its progress goes on, too", function()
    local big = file("big.csv", "n,who\n" .. ("1,Acme\n"):rep(200000))
    local calls = 0
    local by_place = with(mapping, { identity = "number", batch = 50000 })
    assert.has_error(function()
      store.cases:import(big, with(by_place, { progress = function()
        calls = calls + 1
        if calls == 4 then error("enough", 0) end
      end }))
    end, "enough")
    local before = store.cases:count()
    assert.is_true(before > 0 and before < 200000 and before % 50000 == 0, before)
    assert.equal("read 200000, added 200000", counts(store.cases:import(big, by_place)))
    assert.equal(200000, store.cases:count())
    assert.equal("200000", ask"SELECT count(DISTINCT origin) FROM cases")
  end)

  it("refuses to go on with another file", function()
    assert.has_error(function()
      store.cases:import(path, with(parts, { on_reject = function(one)
        if one.line > 50 then error("enough", 0) end
      end }))
    end, "enough")
    local count = store.cases:count()
    for _, text in ipairs{
      "n,who\n" .. table.concat(lines, "\n", 2) .. "\n",             -- a line less
      "n,who\n" .. table.concat(lines, "\n", 1, 30) .. "\n",         -- cut off
      "n,who\n7,Acme\n" .. table.concat(lines, "\n", 2) .. "\n",     -- the first line changed
    } do
      file("list.csv", text)
      raises(function() local _ = store.cases:import(path, parts) end,
        { code = "invalid", field = "batch", says = { "not the one", "without batch" } })
      assert.equal(count, store.cases:count())
    end
    -- what came behind may be new
    file("list.csv", "n,who\n" .. table.concat(lines, "\n", 1, 60) .. "\n100,Gamma\n")
    assert.equal(61, store.cases:import(path, parts).read)
    assert.equal(1, store.cases:where{ exporter = "Gamma" }:count())
  end)
end)

-- ---------------------------------------------------------------------------- What is left after

describe("after an import", function()
  --- The triggers, indexes and tables, as the sqlite3 program has them.
  local function schema()
    return ask"SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
  end

  it("all indexes and triggers are there, and guard what they did", function()
    store.events:add{ date = "2018", kind = "other" }
    store.sources:add{ key = "list", title = "The list" }
    local before = schema()
    local path = file("list.csv", "d,n\n2019,1\n2019,2\n2019,1\n")
    local mapping = { columns = { d = "date" }, constants = { kind = "other" }, source = "list" }
    for _ = 1, 2 do
      store.events:import(path, mapping)
      stores.same_lines(before, schema())
      assert.same({}, store:check())
    end
    local status, output = stores.sqlite(folder .. "/store.db",
      "INSERT INTO events (id, date, date_first, date_last, kind, revision) "
        .. "VALUES (1, '2019', 20190101, 20191231, 'other', 1)")
    assert.not_equal(0, status)
    assert.matches("added through dualuse alone", output)
  end)

  it("records are found by all that they are made of", function()
    store.events:import(giver "d,who,whom,what\n2019-07-04,JPN,KOR,gas\n2019-07-05,KOR,JPN,gas\n", {
      columns = { d = "date", who = "actor", whom = "target", what = "items" }, unknown = "make",
      constants = { kind = "sanction" }, source = { key = "list", title = "The list" } })
    assert.equal(1, store.events:where{ actor = "Japan", date = "2019-07" }:count())
    assert.equal(2, store.events:where{ items = "gas" }:count())
    assert.equal(1, store.events:where{ target = { within = "KOR" } }:count())
    assert.equal(2, store.events:where{ sources = "list" }:count())
    assert.equal(2, store.events:group{ "month" }[1].count)
  end)

  it("parties and items are found by their names, and by likeness", function()
    local result = store.parties:import(giver(table.concat({
      "id,name,sort,other names,of",
      "acme,Acme Chemicals Co.,company,ACME|Acme Kagaku,JPN",
      "beta,Beta,company,,KOR",
      "acme,Acme Chemicals Co.,company,ACME|Acme Kagaku,JPN",
      "gamma,Gamma,firm,,KOR",
    }, "\n")), { columns = { id = "key", name = "name", sort = "kind", ["other names"] = "aliases",
      of = "country" }, separator = "|", source = false })
    assert.equal("read 4, added 2, duplicate 1, rejected 1", counts(result))
    assert.equal("acme", store.parties:get("ACME KAGAKU").key)
    assert.equal("acme", store.parties:match("Chemicals Acme")[1].party)
    store.parties:import(giver "id,name,sort\nacme,Acme Ltd,company\n", { columns = { id = "key",
      name = "name", sort = "kind" }, on_change = "update", source = false })
    assert.equal("acme", store.parties:get("Acme Ltd").key)
    assert.is_nil(store.parties:get("Acme Chemicals Co."))
    store.items:import(giver "id,name,in\ngas,etching gas,\nhf,HF,gas\n", { columns = { id = "key",
      name = "name", ["in"] = "parent" }, source = false })
    assert.equal("gas", store.items:get("hf").parent)
    assert.same({}, store:check())
  end)

  it("sources and claims are found by their words", function()
    store.sources:import(giver 'k,t,x\nafp,Japan restricts exports,"On fluoride, today"\n',
      { columns = { k = "key", t = "title", x = "text" }, source = false })
    store.questions:add{ key = "leak", title = "Did items reach others?" }
    local result = store.claims:import(giver "who,says,how\nKOR,No leak of fluoride,denies\n", {
      columns = { who = "speaker", says = "text", how = "stance" },
      constants = { question = "leak" }, source = "afp" })
    assert.equal("read 1, added 1", counts(result))
    assert.equal("afp", store.sources:search("fluoride"):first().key)
    assert.equal("KOR", store.claims:search("leak fluor*"):first().speaker)
    assert.same({ "afp" }, store.claims:first().sources)
    assert.same({}, store:check())
  end)

  it("every kind of record may have come so", function()
    stores.fill(store)
    for kind, record in pairs(stores.minimal) do
      local names, values, columns = {}, {}, {}
      for field in pairs(record) do names[#names + 1] = field end
      table.sort(names)
      for i, field in ipairs(names) do
        local value = record[field]
        values[i], columns[field] = type(value) == "table" and value[1] or value, field
      end
      local before = store[kind]:count()
      local result = store[kind]:import(giver(table.concat(names, ",") .. "\n"
        .. table.concat(values, ",") .. "\n"), { columns = columns, source = false })
      assert.equal("read 1, added 1", counts(result), kind)
      assert.equal(before + 1, store[kind]:count())
      local added = store[kind]:order("-id"):first()
      for field, value in pairs(record) do
        assert.same(value, added[field], kind .. "." .. field)
      end
    end
    assert.same({}, store:check())
  end)
end)

describe("an import beside others", function()
  local text = "n\n" .. ("%d\n"):rep(1000):gsub("%%d", function() return math.random(1 << 30) end)
  local options = { columns = { n = "fine" }, constants = { authority = "KOR" }, source = false,
    identity = "number" }

  it("leaves loops that are being read as they began", function()
    for i = 1, 300 do store.cases:add{ authority = "KOR", fine = i } end
    local seen = 0
    for case in store.cases:order("id"):each() do
      seen = seen + 1
      assert.equal(seen, case.fine)
      if seen == 10 then
        assert.equal("read 1000, added 1000", counts(store.cases:import(giver(text), options)))
      end
    end
    assert.equal(300, seen)
    assert.equal(1300, store.cases:count())
  end)

  it("is part of the transaction around it", function()
    local before = stores.dump(folder .. "/store.db")
    assert.has_error(function()
      store:transaction(function()
        store.cases:import(giver(text), options)
        assert.equal(1000, store.cases:count())
        store.cases:update(store.cases:first().id, { note = "x" })
        error("no", 0)
      end)
    end, "no")
    stores.same_lines(before, stores.dump(folder .. "/store.db"))
    store:transaction(function()
      store.cases:add{ authority = "JPN" }
      store.cases:import(giver(text), options)
      store.events:import(giver "d\n2019\n", { columns = { d = "date" }, source = false,
        constants = { kind = "other" } })
      local ok = pcall(store.cases.import, store.cases, giver "n\nx\n",
        with(options, { on_error = "stop" }))
      assert.is_false(ok)
    end, { by = "editor" })
    assert.equal("1|editor|1001|1", ask('SELECT max(revision), "by", (SELECT count(*) FROM cases), '
      .. "(SELECT count(*) FROM events) FROM revisions"))
    assert.same({}, store:check())
  end)

  it("is refused where the store cannot be written", function()
    store.cases:add{ authority = "KOR" }
    local readonly <close> = assert(dualuse.open(folder .. "/store.db", { readonly = true }))
    raises(function() local _ = readonly.cases:import(giver(text), options) end,
      { code = "readonly" })
    raises(function() local _ = store:as_of(0).cases:import(giver(text), options) end,
      { code = "readonly" })
    raises(function()
      local _ = store:as_of(0).cases:import(giver(text), with(options, { batch = 10 }))
    end, { code = "readonly" })
    local closed = assert(dualuse.open())
    local collection = closed.cases
    closed:close()
    raises(function() local _ = collection:import(giver(text), options) end, { code = "closed" })
    assert.equal(1, store.cases:count())
  end)

  it("is not seen by another connection until it is there", function()
    local reader <close> = assert(dualuse.open(folder .. "/store.db", { readonly = true }))
    local seen = {}
    store.cases:import(giver(text), with(options, { convert = { n = function(number)
      seen[reader.cases:where{ authority = "KOR" }:count()] = true
      return number
    end } }))
    assert.same({ [0] = true }, seen)
    assert.equal(1000, reader.cases:where{ authority = "KOR" }:count())
  end)

  it("leaves a reader in another process alone #process", function()
    local script = file("reader.lua", [[
      local store = assert(require("dualuse").open(arg[1], { readonly = true, timeout = 0 }))
      local last = 0
      local deadline = os.time() + 60
      repeat
        local count = store.cases:where{ authority = "KOR" }:count()
        assert(count == 0 or count == 1000 or count == 2000, count)
        assert(count >= last)
        for _ in store.cases:limit(5):each() do end
        last = count
      until count == 2000 or os.time() > deadline
      print(last, #store:check())
    ]])
    local reader <close> = assert(io.popen(stores.command(script, folder .. "/store.db")
      .. " 2>&1"))
    for i = 1, 2 do store.cases:import(giver(text), with(options, { name = "part " .. i })) end
    assert.equal("2000\t0\n", reader:read "a")
  end)

  it("waits for another writer, and says so when that takes too long", function()
    local other <close> = assert(dualuse.open(folder .. "/store.db", { timeout = 0 }))
    store:transaction(function()
      raises(function() local _ = other.cases:import(giver(text), options) end, { code = "busy" })
    end)
    assert.equal(0, store.cases:count())
  end)
end)

describe("what is large", function()
  it("may have two thousand columns", function()
    local names, values = {}, {}
    for i = 1, 2048 do names[i], values[i] = "column " .. i, tostring(i) end
    local lines = { table.concat(names, "\t"), table.concat(values, "\t"),
      table.concat(values, "\t", 2), table.concat(values, "\t") .. "\t0", "" }
    local result = cases(table.concat(lines, "\n"), { columns = { ["Column 2048"] = "fine",
      [1] = "note" }, convert = { [1] = function(_, row) return row "column 1024" end } })
    assert.equal("read 3, added 1, rejected 2", counts(result))
    assert.same({ 2048, "1024" }, { store.cases:first().fine, store.cases:first().note })
    assert.same({ "3 -: the line has 2047 fields, expected 2048",
      "4 -: the record has more than 2048 fields" }, imports.reasons(result))
    names[2049] = "one more"
    raises(function()
      local _ = store.cases:import(giver(table.concat(names, ",")), { columns = { n = "fine" } })
    end, { code = "invalid", says = { "more than 2048 fields" } })
  end)

  it("may be a field of a megabyte, within the limit", function()
    local long = ("x"):rep(1 << 20)
    local text = 'a,b\n"' .. long .. '",1\n' .. long .. '"",2\n"' .. ('""'):rep(1 << 20) .. '",3\n'
    local result = cases(text, { columns = { a = "note", b = "fine" } })
    assert.equal("read 3, added 3", counts(result))
    local notes = imports.values(store.cases, "note")
    assert.is_true(notes[1] == long and notes[2] == long .. '""' and notes[3] == ('"'):rep(1 << 20))
    result = cases(text, { columns = { a = "note", b = "fine" }, limit = #long + 4, name = "less" })
    assert.equal("read 3, added 2, rejected 1", counts(result))
    assert.equal("the record is longer than the limit", result.rejects[1].reason)
  end)

  it("is read in bounded memory", function()
    local line = ("%s\t"):rep(20):sub(1, -2):gsub("%%s", ("x"):rep(20)) .. "\n"
    local header, count = {}, 0
    for i = 1, 20 do header[i] = "c" .. i end
    local chunk = line:rep(200)
    local function source()
      count = count + 1
      return count == 1 and table.concat(header, "\t") .. "\n" or count < 200 and chunk or nil
    end
    collectgarbage()
    collectgarbage()
    local before, most = collectgarbage "count", 0
    local result = store.cases:import(source, { columns = { c1 = "note" }, source = false,
      constants = { authority = "KOR" }, progress = function()
        collectgarbage()
        most = math.max(most, collectgarbage "count")
      end })
    assert.equal("read 39600, added 1, duplicate 39599", counts(result))
    assert.is_true(result.bytes > 15 * (1 << 20))
    assert.is_true(most - before < 5 * 1024, ("%.0f KiB"):format(most - before))
  end)
end)

describe("a result", function()
  it("prints as a line, and shows the first ten rejected", function()
    local lines = { "n" }
    for i = 1, 11 do lines[#lines + 1] = "\27[" .. i end
    local printed = tostring(cases(table.concat(lines, "\n") .. "\n5\n", { columns = { n = "fine" },
      name = "a\nlist" }))
    local shown = {}
    for line in printed:gmatch("[^\n]+") do shown[#shown + 1] = line end
    assert.equal(12, #shown)
    assert.equal("a\\x0Alist: 12 read, 1 added, 11 rejected", shown[1])
    assert.equal([[  line 2: fine: expected an integer, got "\x1B[1"]], shown[2])
    assert.equal("  … 1 more rejected line", shown[12])
    assert.equal("cases: 0 read, 0 added", tostring(cases("n\n", { columns = { n = "fine" } })))
  end)
end)
