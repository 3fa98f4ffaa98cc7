-- Records and rows as text for other programs, and the files that they go to.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

local folder

setup(function() folder = shell.folder() end)
teardown(function() shell.remove(folder) end)

--- A path in the folder at which nothing is.
local function new_path(ending)
  local path = ("%s/%s%s"):format(folder, os.tmpname():match("[^/]*$"), ending)
  os.remove(path)
  return path
end

--- What is exported, as text.
local function text_of(query, options)
  local parts = {}
  query:export(function(text) parts[#parts + 1] = text end, options)
  return table.concat(parts)
end

--- The names of the files in the folder that are not of this spec.
local function left_behind()
  return shell.must(("ls -A %s | grep '^[.]' || true"):format(shell.quote(folder)))
end

local hostile = { "plain", 'say "no"', "a,b", "a;b", "a; b", "line\nend", "cr\rlf\r\n", "tab\there",
  "'quoted'", "é한국😀", " led by a space", "ends with one ", '"', "\"\"", "=1+1", "-", "|", "\\" }

--- A store in a file with events whose texts are hostile.
local function hostile_store()
  local path = new_path(".db")
  local store = assert(dualuse.open(path))
  store:transaction(function()
    store.sources:add{ key = "=cmd|' /C calc'!A0", title = "A source" }
    for i, text in ipairs(hostile) do
      store.events:add{ date = "2019-07", kind = "other", title = text,
        place = hostile[#hostile - i], goldstein = i % 2 == 0 and -5.5 or nil, mentions = i,
        contexts = { text, "x" .. text }, sources = { "=cmd|' /C calc'!A0" } }
    end
    store.events:add{ date = "2019", kind = "other" }
  end)
  return store, path
end

-- ------------------------------------------------------------------------------------------- CSV

describe("an export as CSV", function()
  it("has a header and a line a record, its fields those that were selected", function()
    local store <close> = stores.sample_store()
    local path = new_path(".csv")
    local query = store.cases:order("exported"):select("key", "exported", "items", "destination")
    assert.equal(2, query:export(path))
    assert.equal("id,key,exported,items,destination\r\n"
      .. "295,kr-etching-gas-vietnam,2017-12,hydrogen-fluoride,VNM\r\n"
      .. "296,kr-etching-gas-uae,2019-01,hydrogen-fluoride,ARE\r\n", stores.bytes(path))
  end)

  it("has all fields where none were selected, and only a header where there are no records",
    function()
      local store <close> = assert(dualuse.open())
      local names = {}
      for i, field in ipairs(dualuse.describe("questions").fields) do names[i] = field.name end
      assert.equal(table.concat(names, ",") .. "\r\n", text_of(store.questions, { format = "csv" }))
    end)

  it("is read by the sqlite3 program as it is stored #process", function()
    local store <close>, database = hostile_store()
    local path = new_path(".csv")
    assert.equal(#hostile + 1, store.events
      :select("date", "title", "place", "goldstein", "mentions"):export(path))
    local output = stores.ask(database, table.concat({
      ".import --csv --schema temp " .. path .. " exported",
      -- what .import made of the file, and what is stored, an empty cell for NULL
      [[SELECT count(*), (SELECT count(*) FROM (
          SELECT CAST(id AS TEXT), date, coalesce(title, ''), coalesce(place, ''),
            coalesce(CAST(goldstein AS TEXT), ''), coalesce(CAST(mentions AS TEXT), '') FROM events
          EXCEPT SELECT * FROM temp.exported)) FROM temp.exported;]],
    }, "\n"))
    assert.equal(#hostile + 1 .. "|0", output)
  end)

  it("writes booleans and numbers as they are, and references as keys", function()
    local store <close> = assert(dualuse.open())
    store.disclosures:add{ authority = "South Korea", period = "2018", measure = "cases",
      value = 156, inferred = true, note = "why" }
    local id = store.claims:add{ question = store.questions:add{ key = "q", title = "?" },
      stance = "denies" }
    store.claims:add{ question = "q", stance = "denies", replies_to = id }
    store.events:add{ date = "2019", kind = "other", goldstein = 3, tone = 0.1 }
    assert.equal("id,authority,value,inferred\r\n250,KOR,156,true\r\n",
      text_of(store.disclosures:select("authority", "value", "inferred"), { format = "csv" }))
    assert.equal(("id,replies_to\r\n%d,\r\n%d,%d\r\n"):format(id, id + 1, id),
      text_of(store.claims:select("replies_to"), { format = "csv" }))
    assert.equal("3.0,0.1\r\n", text_of(store.events:select("goldstein", "tone"),
      { format = "csv" }):match("%d+,(3[^\n]*\n)"))
  end)

  it("writes what is no single value as JSON", function()
    local store <close> = stores.sample_store()
    local function cell(query)
      -- one record of two cells, the second of them quoted
      local text = text_of(query, { format = "csv" }):match('\r\n%d+,"(.*)"\r\n$')
      return (text:gsub('""', '"'))
    end
    assert.equal('nikkei-2019-07-12; {"field":"items","quote":"etching gas","source":'
      .. '"nikkei-2019-07-12"}', cell(store.cases:where{ key = "kr-etching-gas-uae" }
      :select("sources")))
    local stages = core.decode(store, cell(store.measures:where{ key = "jp-kr-restriction" }
      :select("stages")))
    assert.same({ "announced", "in_force" }, { stages[1].stage, stages[2].stage })
    assert.same({ source = "afp-2019-07-12", field = "date", quote = "last week" },
      stages[1].sources[1])
    assert.is_nil(stages[1].id)
    local id = store.screenings:add{ date = "2019", outcome = "clear",
      subject = { to = "VNM", items = { "x" } } }
    assert.equal('{"items":["x"],"to":"VNM"}', cell(store.screenings:where{ id = id }
      :select("subject")))
  end)
end)

-- ----------------------------------------------------------------------------------------- Lists

--- Splits a cell as the interface says: at separators that are not inside quotation marks.
local function split(cell, separator)
  local list, at = {}, 1
  while at <= #cell + 1 do
    local element
    if cell:sub(at, at) == '"' then
      local parts, from = {}, at + 1
      while true do
        local quote = assert(cell:find('"', from, true))
        parts[#parts + 1], from = cell:sub(from, quote - 1), quote + 1
        if cell:sub(from, from) ~= '"' then break end
        parts[#parts + 1], from = '"', from + 1
      end
      element, at = table.concat(parts), from
    else
      local stop = cell:find(separator, at, true) or #cell + 1
      element, at = cell:sub(at, stop - 1), stop
    end
    list[#list + 1] = element
    if at > #cell then break end
    assert.equal(separator, cell:sub(at, at + #separator - 1))
    at = at + #separator
  end
  return list
end

describe("a list in a cell", function()
  it("has its elements joined by a separator", function()
    local store <close> = assert(dualuse.open())
    store.items:add{ key = "hf", name = "hydrogen fluoride",
      aliases = { "etching gas", "HF; gas" } }
    assert.equal('id,aliases\r\n250,"etching gas; ""HF; gas"""\r\n',
      text_of(store.items:select("aliases"), { format = "csv" }))
    assert.equal("id,aliases\r\n250,etching gas|HF; gas\r\n",
      text_of(store.items:select("aliases"), { format = "csv", separator = "|" }))
  end)

  it("can be told apart again, whatever it holds", function()
    math.randomseed(20190710)
    local store <close> = assert(dualuse.open())
    local pieces = { "a", ";", " ", '"', "; ", "aa", ";;", "|", "é", "x" }
    for i = 1, 300 do
      local separator = ({ "; ", ";", "aa", "|", '"', " " })[math.random(6)]
      local list, seen = {}, {}
      for _ = 1, math.random(4) do
        local parts = {}
        for p = 1, math.random(4) do parts[p] = pieces[math.random(#pieces)] end
        local text = table.concat(parts)
        if not seen[text] then
          seen[text], list[#list + 1] = true, text
        end
      end
      local id = store.items:add{ key = "k" .. i, name = "n", aliases = list }
      local cell = text_of(store.items:where{ id = id }:select("aliases"),
        { format = "tsv", separator = separator }):match("\n%d+\t(.*)\n$")
      -- A quotation mark inside the separator cannot be told from those around an element.
      if not separator:find('"', 1, true) then
        assert.same(list, split(cell, separator), cell)
      end
    end
  end)
end)

-- ------------------------------------------------------------------------------------------- TSV

describe("an export as TSV", function()
  it("has tabs between its cells and quotes nothing", function()
    local store <close> = assert(dualuse.open())
    store.items:add{ key = "hf", name = 'the "gas"', note = "a, b" }
    local path = new_path(".tsv")
    store.items:select("name", "note"):export(path)
    assert.equal('id\tname\tnote\n250\tthe "gas"\ta, b\n', stores.bytes(path))
  end)

  it("refuses what it cannot hold, naming the record and the field, and leaves no file", function()
    local store <close> = assert(dualuse.open())
    store.items:add{ key = "fine", name = "fine", note = ("x"):rep(200000) }
    store.items:add{ key = "hf", name = "hydrogen\tfluoride" }
    local path = new_path(".tsv")
    raises(function() store.items:export(path) end,
      { code = "invalid", field = "name", says = { '"hf"', "name", "tab", "csv" } })
    assert.is_nil((io.open(path)))
    assert.equal("", left_behind())
  end)
end)

-- ------------------------------------------------------------------------------------------ JSONL

describe("an export as JSON Lines", function()
  it("is what the dossier of the store has of these records", function()
    local store <close> = stores.sample_store()
    local dossier = {}
    store:export(function(text) dossier[#dossier + 1] = text end)
    local lines = "\n" .. table.concat(dossier)
    local path = new_path(".jsonl")
    assert.equal(store.claims:count(), store.claims:export(path))
    for line in io.lines(path) do
      assert.truthy(lines:find("\n" .. line .. "\n", 1, true), line)
    end
  end)

  it("holds the fields that were selected, in the order of the kind, and no ids", function()
    local store <close> = stores.sample_store()
    assert.equal('{"record":"case","key":"kr-etching-gas-uae","exported":"2019-01"}\n',
      text_of(store.cases:where{ destination = "UAE" }:select("revision", "exported", "key"),
        { format = "jsonl" }))
  end)

  it("names by a label what has no key, where both are exported", function()
    local store <close> = assert(dualuse.open())
    store.questions:add{ key = "q", title = "?" }
    local first = store.claims:add{ question = "q", stance = "asserts" }
    store.claims:add{ question = "q", stance = "denies", replies_to = first }
    assert.equal('{"record":"claim","as":"claim-1","question":"q","stance":"asserts"}\n'
      .. '{"record":"claim","question":"q","stance":"denies","replies_to":{"as":"claim-1"}}\n',
      text_of(store.claims, { format = "jsonl" }))
    local path = new_path(".jsonl")
    raises(function() store.claims:where{ stance = "denies" }:export(path) end,
      { code = "invalid", kind = "claims", field = "replies_to", says = { "id " .. first, "no key",
        "store:export" } })
    assert.is_nil((io.open(path)))
  end)

  it("can be imported where what it refers to is there", function()
    local store <close> = stores.sample_store()
    local path = new_path(".jsonl")
    store.claims:export(path)
    for _, claim in ipairs(store.claims:all()) do
      for link in store.links:each() do
        if link.from == claim.key or link.to == claim.key then store.links:retract(link.id) end
      end
    end
    local result = store:import(path)
    assert.same({ store.claims:count(), store.claims:count() }, { result.read, result.duplicate })
  end)
end)

-- ----------------------------------------------------------------------------------- Spreadsheets

describe("an export for a spreadsheet", function()
  local dangerous = { "=1+1", "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1",
    "\n=1", "  =1", '"=1', "'=1", " '\"=1", "\u{ff1d}1", "\u{ff0b}1", "\u{ff0d}1", "\u{ff20}A1",
    "\u{a0}=1", "\u{3000}=1", "\ttext", "\rtext", "=HYPERLINK(\"http://example.org\")", "-", "@" }
  local harmless = { "text", "a=b", "1+1", "5-3", "a@example.org", "'s", '"so"', "(=1)", "2019-07" }

  it("puts an apostrophe before text that would be run, and before no other", function()
    local store <close> = assert(dualuse.open())
    for _, text in ipairs(table.move(harmless, 1, #harmless, #dangerous + 1,
      table.move(dangerous, 1, #dangerous, 1, {}))) do
      store.events:add{ date = "2019", kind = "other", title = text }
    end
    local cells = {}
    for cell in text_of(store.events:select("title"), { format = "csv", spreadsheet = true })
      :gsub('\r\n(%d+),', "\0%1,"):gmatch("%z%d+,([^%z]*)") do
      cells[#cells + 1] = cell:gsub("\r\n$", ""):gsub('^"(.*)"$', "%1"):gsub('""', '"')
    end
    for i, text in ipairs(dangerous) do assert.equal("'" .. text, cells[i]) end
    for i, text in ipairs(harmless) do assert.equal(text, cells[#dangerous + i]) end
    assert.equal(#dangerous + #harmless, #cells)
  end)

  it("guards keys, lists and references, and leaves numbers and dates as they are", function()
    local store <close> = hostile_store()
    local text = text_of(store.events:where{ mentions = 15 }
      :select("date", "title", "contexts", "sources"), { format = "csv", spreadsheet = true })
    assert.truthy(text:find("2019-07,'=1+1,'=1+1; x=1+1,'=cmd|' /C calc'!A0\r\n", 1, true), text)
    store.screenings:add{ date = "2019", outcome = "clear", subject = "=1", checked = { "=1" } }
    assert.truthy(text_of(store.screenings:select("subject", "checked"),
      { format = "tsv", spreadsheet = true }):find('\t\'"=1"\t["=1"]\n', 1, true))
    store.disclosures:add{ authority = "KOR", period = "/2019", measure = "cases" }
    assert.truthy(text_of(store.disclosures:select("period"),
      { format = "csv", spreadsheet = true }):find(",/2019\r\n", 1, true))
    store.events:add{ date = "2019", kind = "other", goldstein = -5.5, longitude = -0.25 }
    assert.truthy(text_of(store.events:select("goldstein", "longitude"),
      { format = "tsv", spreadsheet = true }):find("\t-5.5\t-0.25\n", 1, true))
  end)

  it("guards nothing unless it is asked to", function()
    local store <close> = hostile_store()
    assert.truthy(text_of(store.events:where{ mentions = 15 }:select("title"), { format = "csv" })
      :find(",=1+1\r\n", 1, true))
  end)

  it("guards the headings of rows, which are stored text too", function()
    local store <close> = hostile_store()
    local rows = store.events:where{ mentions = 15 }:group{ "kind", "title" }
      :pivot("kind", "title", "count")
    local parts = {}
    rows:export(function(text) parts[#parts + 1] = text end, { format = "csv", spreadsheet = true })
    assert.equal("kind,'=1+1\r\nother,1\r\n", table.concat(parts))
  end)
end)

-- ------------------------------------------------------------------------------------------- Rows

describe("rows, exported", function()
  it("are written as they are, and not as they are printed", function()
    local store <close> = stores.sample_store()
    local path = new_path(".csv")
    local rows = store.cases:group{ "year", "destination" }
    assert.equal(4, rows:export(path))
    assert.equal("year,destination,count,possible\r\n2017,VNM,0,1\r\n2018,VNM,0,1\r\n"
      .. "2019,ARE,1,0\r\n2019,VNM,0,1\r\n", stores.bytes(path))
  end)

  it("say in words that a row has no date", function()
    local store <close> = assert(dualuse.open())
    store.cases:add{ authority = "KOR" }
    local parts = {}
    store.cases:group{ "year" }:export(function(text) parts[#parts + 1] = text end,
      { format = "jsonl" })
    assert.equal('{"year":"undated","count":1,"possible":0}\n', table.concat(parts))
  end)

  it("raise at the line of whoever exports them", function()
    local store <close> = assert(dualuse.open())
    local rows = store.cases:group{ "year" }
    raises(function() rows:export(folder .. "/none/x.csv") end, { code = "io" })
    raises(function() rows:export(5, { format = "csv" }) end, { code = "misuse" })
    raises(function() rows:export(new_path(".xls")) end, { code = "misuse", field = "format" })
  end)
end)

-- ------------------------------------------------------------------------------------------ Files

describe("a file that is exported to", function()
  local store

  setup(function() store = stores.sample_store() end)
  teardown(function() store:close() end)

  it("is not replaced unless that is asked for", function()
    local path = new_path(".csv")
    stores.write(path, "mine")
    raises(function() store.cases:export(path) end,
      { code = "io", says = { "exists", "overwrite" } })
    assert.equal("mine", stores.bytes(path))
    store.cases:select("key"):export(path, { overwrite = true })
    assert.matches("^id,key\r\n", stores.bytes(path))
    assert.equal("", left_behind())
  end)

  it("keeps the permissions of the one that it replaces #process", function()
    local path = new_path(".csv")
    stores.write(path, "mine")
    shell.must("chmod 640 " .. shell.quote(path))
    store.cases:export(path, { overwrite = true })
    assert.equal("640\n", shell.must("stat -c %a " .. shell.quote(path)))
  end)

  it("is not replaced by one that came while it was written", function()
    local path = new_path(".csv")
    local file = assert(core.output(path))
    assert.is_true(file:write("ours"))
    stores.write(path, "theirs")
    assert.same({ nil, "io", "the file exists" }, { file:finish() })
    assert.equal("theirs", stores.bytes(path))
    assert.equal("", left_behind())
  end)

  it("is there only when it is whole", function()
    local path = new_path(".txt")
    local file = assert(core.output(path))
    assert.is_true(file:write("one "))
    assert.is_nil((io.open(path)))
    assert.is_true(file:write("two"))
    assert.is_true(file:finish())
    assert.equal("one two", stores.bytes(path))
    assert.same({ false, "closed" }, { pcall(file.write, file, "x") and true or false,
      stores.raised(file.write, file, "x").code })
  end)

  it("is gone when nobody finishes it", function()
    local path = new_path(".txt")
    do
      local file <close> = assert(core.output(path))
      file:write("half")
    end
    local dropped = assert(core.output(path))
    dropped:write("half")
    dropped = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.is_nil((io.open(path)))
    assert.equal("", left_behind())
  end)

  it("is not begun for a closed store", function()
    local path = new_path(".csv")
    local other = stores.sample_store()
    local query = other.cases:order("key")
    other:close()
    raises(function() query:export(path) end, { code = "closed" })
    assert.is_nil((io.open(path)))
    assert.equal("", left_behind())
  end)

  it("has a folder, and is none itself", function()
    raises(function() store.cases:export(folder .. "/none/cases.csv") end,
      { code = "io", says = { "No such file" } })
    raises(function() store.cases:export(folder, { format = "csv", overwrite = true }) end,
      { code = "io", says = { "directory" } })
    raises(function() store.cases:export("/dev/null", { format = "csv", overwrite = true }) end,
      { code = "io", says = { "plain file" } })
    raises(function() store.cases:export("", { format = "csv" }) end, { code = "io" })
    raises(function() store.cases:export("a\0.csv", { format = "csv" }) end,
      { code = "io", says = { "NUL" } })
  end)

  it("may be open already: it is written to, and stays open", function()
    local path = new_path(".csv")
    local file <close> = assert(io.open(path, "wb"))
    file:write("before\r\n")
    assert.equal(2, store.cases:select("key"):export(file, { format = "csv" }))
    assert.equal("file", io.type(file))
    assert.matches("^before\r\nid,key\r\n.*uae\r\n$", stores.bytes(path))
    local read_only <close> = assert(io.open(path, "rb"))
    raises(function() store.cases:export(read_only, { format = "csv" }) end, { code = "io" })
    local closed = assert(io.open(path, "rb"))
    closed:close()
    raises(function() store.cases:export(closed, { format = "csv" }) end, { code = "misuse" })
  end)

  it("tells a full disk", function()
    local full <close> = io.open("/dev/full", "wb")
    if not full then
      pending("there is no /dev/full")
      return
    end
    raises(function() store.cases:export(full, { format = "csv" }) end, { code = "full" })
  end)

  it("may be a function, whose errors are its own", function()
    local chunks = {}
    store.claims:export(function(text) chunks[#chunks + 1] = text end, { format = "jsonl" })
    assert.is_true(#chunks >= 1)
    local problem = {}
    local ok, got = pcall(function()
      local count = store.claims:export(function() error(problem, 0) end, { format = "jsonl" })
      return count
    end)
    assert.same({ false, true }, { ok, got == problem })
  end)
end)

describe("the options of an export", function()
  local store

  setup(function() store = stores.sample_store() end)
  teardown(function() store:close() end)

  it("name the format where the path does not", function()
    raises(function() store.cases:export(folder .. "/cases") end,
      { code = "misuse", field = "format", says = { "csv, tsv or jsonl" } })
    raises(function() store.cases:export(folder .. "/cases", { format = "xls" }) end,
      { code = "invalid", field = "format", says = { '"xls"' } })
    local path = new_path(".data")
    store.cases:select("key"):export(path, { format = "tsv" })
    assert.matches("^id\tkey\n", stores.bytes(path))
  end)

  it("are checked before anything is written", function()
    for options, says in pairs{
      [{ format = "csv", seperator = ";" }] = "seperator",
      [{ format = "csv", separator = "" }] = "separator",
      [{ format = "csv", spreadsheet = "yes" }] = "spreadsheet",
      [{ format = "csv", overwrite = 1 }] = "overwrite",
      [{ format = "jsonl", spreadsheet = true }] = "csv and tsv",
      [{ format = "jsonl", separator = ";" }] = "csv and tsv",
      ["csv"] = "options",
    } do
      raises(function() store.cases:export(folder .. "/x.out", options) end,
        { code = "misuse", says = { says } })
    end
    raises(function() store.cases:export(nil, { format = "csv" }) end, { code = "misuse" })
    assert.is_nil((io.open(folder .. "/x.out")))
  end)
end)
