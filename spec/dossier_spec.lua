-- Dossiers: a store as text that another store reads.

local core = require "dualuse.core"
local dossiers = require "spec.dossiers"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local text_of, store_of, new_store = dossiers.text_of, dossiers.store_of, dossiers.new_store
local lines, giver, counts = dossiers.lines, dossiers.giver, dossiers.counts
local said_by, raises = dossiers.said_by, stores.raises

local folder

setup(function() folder = shell.folder() end)
teardown(function() shell.remove(folder) end)

--- How many references name what comes only later.
local function forward_references(text)
  local store <close> = new_store()
  return (dossiers.forward_references(text, function(line) return core.decode(store, line) end))
end

--- What the sqlite3 program finds in a file: every kind in the order of the keys, references as
-- keys.
local function said_by_sqlite3(path)
  local script, kinds = {}, {}
  for _, kind in ipairs(dualuse.describe()) do
    if stores.has_table(path, kind.kind) then kinds[#kinds + 1] = kind end
  end
  for _, kind in ipairs(kinds) do
    local columns = {}
    for _, field in ipairs(dualuse.describe(kind.kind).fields) do
      local column = '"' .. field.name .. '"'
      local key = "(SELECT key FROM everything e WHERE e.id = %s)"
      if field.type == "reference" and field.list then
        column = ("(SELECT group_concat(%s) FROM json_each(%s))"):format(key:format("atom"), column)
      elseif field.type == "reference" then
        column = key:format(column)
      elseif field.type == "citation" then
        column = ("(SELECT group_concat(%s || json_remove(value, '$.source')) FROM json_each(%s) "
          .. "WHERE atom IS NULL), "
          .. "(SELECT group_concat(%s) FROM json_each(%s) WHERE atom NOT NULL)")
          :format(key:format("value ->> 'source'"), column, key:format("atom"), column)
      elseif field.type == "id" or field.type == "revision" or field.type == "time"
        or field.type == "stage" then
        column = "''"
      elseif field.type == "date" then
        column = ('%s, "%s_first", "%s_last"'):format(column, field.name, field.name)
      end
      columns[#columns + 1] = column
    end
    script[#script + 1] = ('SELECT %s FROM "%s" WHERE retracted IS NULL ORDER BY "key";'):format(
      table.concat(columns, ", "), kind.kind)
  end
  local everything = {}
  for i, kind in ipairs(kinds) do
    everything[i] = ('SELECT id, "key" AS key FROM "%s"'):format(kind.kind)
  end
  return stores.ask(path, "CREATE TEMP TABLE everything AS "
    .. table.concat(everything, " UNION ALL ") .. "; CREATE INDEX temp.ids ON everything (id);\n"
    .. table.concat(script, "\n"))
end

-- ----------------------------------------------------------------------------------- The whole way

describe("a dossier of the sample", function()
  local store, text

  setup(function()
    store = stores.sample_store()
    text = text_of(store)
  end)
  teardown(function() store:close() end)

  it("has a line for every record, and for the states that were changed", function()
    local records = 0
    for _, kind in ipairs(dualuse.describe()) do
      if kind.kind ~= "stages" then
        records = records + store[kind.kind]:where{ revision = { gt = 0 } }:count()
      end
    end
    local _, line_ends = text:gsub("\n", "")
    assert.equal(records + 2, line_ends)
    assert.matches('^{"dossier":1}\n', text)
    assert.matches('\n{"dossier":"end"}\n$', text)
  end)

  it("names only what stands before", function()
    assert.equal(0, forward_references(text))
  end)

  it("makes the same store of a new one, and of that the same dossier", function()
    local other <close>, result = store_of(text)
    assert.equal("100 93 7 0 0", counts(result))
    assert.equal(1, other:revision())
    assert.same({}, other:check())
    stores.same_lines(said_by(store), said_by(other))
    stores.same_lines(text, text_of(other))
  end)

  it("is the same to the sqlite3 program #process", function()
    local one, two = folder .. "/one.db", folder .. "/two.db"
    local first <close> = assert(dualuse.open(one))
    require("dualuse.sample.japan_korea_2019").load(first)
    local path = folder .. "/sample.jsonl"
    assert.equal(100, first:export(path))
    local second <close> = assert(dualuse.open(two))
    second:import(path)
    stores.same_lines(said_by_sqlite3(one), said_by_sqlite3(two))
    assert.equal("102", stores.ask(":memory:", table.concat({
      "CREATE TABLE lines (line);", ".mode ascii", [[.separator "\001" "\n"]],
      ".import " .. path .. " lines", ".mode list",
      "SELECT sum(json_valid(line)) FROM lines;",
    }, "\n")):match("%d+"))
  end)

  it("adds nothing when it is read again", function()
    local other <close> = store_of(text)
    assert.equal("100 0 0 100 0", counts(other:import(giver(text))))
    assert.equal(1, other:revision())
  end)

  it("does not depend on ids or on the order in which records were added", function()
    local other <close> = new_store()
    other.items:add{ key = "first", name = "something else" }
    local backwards = {}
    for line in text:gmatch("[^\n]+") do
      if not line:find('"dossier"', 1, true) then table.insert(backwards, 1, line) end
    end
    other:import(giver(table.concat(backwards, "\n")))
    other.items:retract("first")
    stores.same_lines(text, text_of(other))
  end)
end)

-- ---------------------------------------------------------------------------- What a dossier tells

describe("a store's dossier", function()
  it("names records without a key by labels, and only those that are referred to", function()
    local store <close> = new_store()
    store.sources:add{ key = "afp", title = "A dispatch" }
    store.questions:add{ key = "q", title = "Who?" }
    local first = store.claims:add{ question = "q", stance = "asserts", sources = { "afp" } }
    store.claims:add{ question = "q", stance = "denies", replies_to = first,
      sources = { { "afp", field = "stance", locator = "para 2", quote = "never" } } }
    local case = store.cases:add{ key = "case", authority = "KOR" }
    store.links:add{ from = first, relation = "causes", to = case, status = "asserted" }
    assert.equal(lines(
      '{"dossier":1}',
      '{"record":"source","key":"afp","title":"A dispatch"}',
      '{"record":"question","key":"q","title":"Who?"}',
      '{"record":"case","key":"case","authority":"KOR"}',
      '{"record":"claim","as":"claim-1","question":"q","stance":"asserts","sources":["afp"]}',
      '{"record":"claim","question":"q","stance":"denies","replies_to":{"as":"claim-1"},"sources":'
        .. '[{"source":"afp","field":"stance","locator":"para 2","quote":"never"}]}',
      '{"record":"link","from":{"as":"claim-1"},"relation":"causes","to":{"cases":"case"},'
        .. '"status":"asserted"}',
      '{"dossier":"end"}'), text_of(store))
  end)

  it("has stages in what they are stages of, with their keys, sources and labels", function()
    local store <close> = new_store()
    store.sources:add{ key = "afp", title = "A dispatch" }
    local id = store.measures:add{ title = "Screening", jurisdiction = "JPN",
      requirement = "individual", stages = {
        { stage = "in_force", date = "2019-07-04" },
        { key = "told", stage = "announced", date = "2019-07-01", sources = { "afp" },
          note = "so" },
      } }
    store.links:add{ from = store.measures:get(id).stages[2].id, relation = "causes", to = "told" }
    local told = lines(
      '{"record":"measure","title":"Screening","jurisdiction":"JPN","requirement":"individual",'
        .. '"stages":[{"key":"told","stage":"announced","date":"2019-07-01","sources":["afp"],'
        .. '"note":"so"},{"as":"stage-1","stage":"in_force","date":"2019-07-04"}]}',
      '{"record":"link","from":{"as":"stage-1"},"relation":"causes","to":{"stages":"told"}}')
    assert.truthy(text_of(store):find(told, 1, true))
  end)

  it("tells what a parent is before what it is the parent of, whatever their keys", function()
    local store <close> = new_store()
    store.items:add{ key = "z", name = "z" }
    store.items:add{ key = "m", name = "m", parent = "z" }
    store.items:add{ key = "a", name = "a", parent = "m" }
    store.items:add{ key = "b", name = "b" }
    local order = {}
    for key in text_of(store):gmatch('"item","key":"(.)"') do order[#order + 1] = key end
    assert.equal("b z m a", table.concat(order, " "))
  end)

  it("opens a circle at a record that can do without, and labels what comes only later", function()
    local store <close> = new_store()
    for _, key in ipairs{ "a", "b" } do
      store.measures:add{ key = key, title = key, jurisdiction = "JPN", requirement = "none" }
    end
    store.measures:update("a", { excepts = { "b" } })
    store.measures:update("b", { excepts = { "a" } })
    local text = text_of(store)
    assert.truthy(text:find(lines(
      '{"record":"measure","key":"a","title":"a","jurisdiction":"JPN","requirement":"none",'
        .. '"excepts":[{"as":"measure-1"}]}',
      '{"record":"measure","as":"measure-1","key":"b","title":"b","jurisdiction":"JPN",'
        .. '"requirement":"none","excepts":["a"]}'), 1, true), text)
    local other <close> = store_of(text)
    assert.same({ "b" }, other.measures:get("a").excepts)
  end)

  it("takes a forward reference for nobody else's alias", function()
    local store <close> = new_store()
    store.parties:add{ key = "one", name = "One", kind = "company" }
    store.parties:add{ key = "two", name = "Two", kind = "company", country = "one" }
    store.parties:update("one", { country = "two" })
    store.parties:add{ key = "own", name = "Own", kind = "company" }
    store.parties:update("own", { country = "own" })
    local other <close> = new_store()
    other.parties:add{ key = "x", name = "TWO", kind = "company", aliases = { "OWN" } }
    other:import(giver(text_of(store)))
    assert.same({ "two", "one", "own" }, { other.parties:get("one").country,
      other.parties:get("two").country, other.parties:get("own").country })
  end)

  it("tells a state that was changed, but not one that was changed back", function()
    local store <close> = new_store()
    assert.equal(lines('{"dossier":1}', '{"dossier":"end"}'), text_of(store))
    local name = store.parties:get("KOR").name
    store.parties:update("KOR", { name = "Korea", note = "for now" })
    store.parties:update("KOR", { name = name, note = dualuse.null })
    assert.equal(lines('{"dossier":1}', '{"dossier":"end"}'), text_of(store))
    store.parties:update("VNM", { aliases = dualuse.null })
    assert.equal(lines('{"dossier":1}', '{"record":"party","key":"VNM","name":"Vietnam",'
      .. '"kind":"state","country":"VNM","aliases":null}', '{"dossier":"end"}'), text_of(store))
    local other <close> = store_of(text_of(store))
    assert.is_nil(other.parties:get("VNM").aliases)
    assert.is_nil(other.parties:get("Viet Nam"))
  end)

  it("leaves out what was retracted, and earlier states", function()
    local store <close> = new_store()
    store.items:add{ key = "gone", name = "gone" }
    store.items:add{ key = "here", name = "was" }
    store.items:update("here", { name = "is" })
    store.items:retract("gone")
    assert.equal(lines('{"dossier":1}', '{"record":"item","key":"here","name":"is"}',
      '{"dossier":"end"}'), text_of(store))
  end)

  it("is of a view as well: the store as it was", function()
    local store <close> = new_store()
    store.items:add{ key = "hf", name = "hydrogen floride" }
    store.items:update("hf", { name = "hydrogen fluoride" })
    store.items:retract("hf")
    assert.truthy(text_of(store:as_of(1)):find("floride", 1, true))
    assert.truthy(text_of(store:as_of(2)):find("fluoride", 1, true))
    assert.is_nil(text_of(store):find("hf", 1, true))
  end)

  it("does not have what an open transaction has not committed", function()
    local store <close> = new_store()
    store:transaction(function()
      local id = store.cases:add{ authority = "KOR" }
      assert.is_nil(text_of(store):find("case", 1, true))
      raises(function() store:export(function() end, { query = store.cases:where{ id = id } }) end,
        { code = "misuse", says = { "query", "committed" } })
    end)
    assert.truthy(text_of(store):find("case", 1, true))
  end)

  it("says how many records it has", function()
    local store <close> = stores.sample_store()
    assert.equal(100, (store:export(function() end)))
    assert.equal(13, (store:export(function() end, { query = store.cases })))
  end)

  it("goes to a new file, whole or not at all", function()
    local store <close> = stores.sample_store()
    local path = folder .. "/whole.jsonl"
    store:export(path)
    assert.equal(text_of(store), stores.bytes(path))
    raises(function() store:export(path) end, { code = "io", says = { "exists" } })
    store:export(path, { overwrite = true })
    raises(function() store:export(folder .. "/none/x.jsonl") end, { code = "io" })
    local problem = {}
    local ok, got = pcall(function() store:export(function() error(problem, 0) end) end)
    assert.same({ false, true }, { ok, got == problem })
    local broken = folder .. "/broken.jsonl"
    local other <close> = new_store()
    other:transaction(function()
      for i = 1, 2000 do other.items:add{ key = "k" .. i, name = ("n"):rep(100) } end
    end)
    raises(function()
      other:export(broken, { query = { other.items, store.cases } })
    end, { code = "misuse", says = { "another store" } })
    assert.is_nil((io.open(broken)))
    assert.equal("", shell.must("ls -A " .. shell.quote(folder) .. " | grep '[.]part$' || true"))
  end)

  it("refuses options that it does not have", function()
    local store <close> = new_store()
    for options, says in pairs{ [{ querry = store.cases }] = "querry",
      [{ query = "cases" }] = "query", [{ query = {} }] = "query",
      [{ overwrite = "yes" }] = "overwrite", [5] = "options" } do
      raises(function() store:export(function() end, options) end,
        { code = "misuse", says = { says } })
    end
    raises(function() store:export() end, { code = "misuse", says = { "path" } })
    raises(function() dualuse.dossier.export(store.cases, function() end) end,
      { code = "misuse", says = { "a store" } })
    local closed = new_store()
    closed:close()
    raises(function() closed:export(function() end) end, { code = "closed" })
  end)
end)
