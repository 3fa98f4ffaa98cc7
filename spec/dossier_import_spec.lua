-- Dossiers that people write, and how they are read.

local dossiers = require "spec.dossiers"
local shell = require "spec.shell"
local stores = require "spec.stores"

local text_of, store_of, new_store = dossiers.text_of, dossiers.store_of, dossiers.new_store
local lines, giver, counts = dossiers.lines, dossiers.giver, dossiers.counts
local said_by, raises = dossiers.said_by, stores.raises

local random = math.random

-- Two sources, a question, two claims on it, and what else is in two articles.
local by_hand = stores.bytes("spec/fixtures/claims.jsonl")

local folder

setup(function() folder = shell.folder() end)
teardown(function() shell.remove(folder) end)

-- ------------------------------------------------------------------------------- Written by hand

describe("a dossier written by hand", function()
  it("is read as it stands: comments, names, singular and plural, labels", function()
    local store <close>, result = store_of(by_hand)
    assert.equal("9 9 0 0 0", counts(result))
    local claims = store.claims:order("date"):all()
    assert.same({ "JPN.METI", "KOR" }, { claims[1].speaker, claims[2].speaker })
    assert.equal(claims[1].id, claims[2].replies_to)
    assert.same({ "nikkei", { "afp", locator = "para 6" } }, claims[2].sources)
    assert.equal("consult", store.events:first().kind)
    assert.equal("2019-07-04", store.measures:get("curbs").stages[1].date)
    assert.same({ "curbs", claims[1].id }, { store.links:first().from, store.links:first().to })
    assert.equal(1, store:revision())
  end)

  it("adds nothing when it is read again, and what is new when a line is added", function()
    local store <close> = store_of(by_hand)
    assert.equal("9 0 0 9 0", counts(store:import(giver(by_hand))))
    assert.equal(1, store:revision())
    local more = by_hand
      .. '{"kind":"claims","question":"q-leak","speaker":"USA","stance":"declines"}'
    assert.equal("10 1 0 9 0", counts(store:import(giver(more))))
    assert.equal(3, #store.claims)
    local changed = by_hand:gsub('"title": "Curbs"', '"title": "Export curbs"')
    assert.equal("9 0 1 8 0", counts(store:import(giver(changed))))
    assert.equal("Export curbs", store.measures:get("curbs").title)
  end)

  it("may tell things in any order", function()
    local all = {}
    for line in by_hand:gmatch("[^\n]+") do all[#all + 1] = line end
    local whole <close> = store_of(by_hand)
    math.randomseed(20190712)
    for _ = 1, 50 do
      for i = #all, 2, -1 do
        local k = random(i)
        all[i], all[k] = all[k], all[i]
      end
      local store <close>, result = store_of(table.concat(all, "\n"))
      assert.equal("9 9 0 0 0", counts(result))
      assert.equal(1, store:revision())
      local claims = store.claims:order("date"):all()
      assert.same({ "JPN.METI", claims[1].id }, { claims[1].speaker, claims[2].replies_to })
      assert.equal(claims[1].id, store.links:first().to)
      assert.same(whole.measures:get("curbs").stages[1].sources,
        store.measures:get("curbs").stages[1].sources)
      assert.same({}, store:check())
      assert.equal("9 0 0 9 0", counts(store:import(giver(by_hand))))
    end
  end)

  it("may have been written on another system", function()
    local text = "\xEF\xBB\xBF" .. by_hand:gsub("\n", "\r\n"):gsub("\r\n$", "")
    local store <close>, result = store_of(text)
    assert.equal("9 9 0 0 0", counts(result))
    assert.equal("Curbs", store.measures:get("curbs").title)
  end)

  it("may come from a path, an open file or a function, in chunks of any size", function()
    local path = folder .. "/by_hand.jsonl"
    stores.write(path, by_hand)
    local first <close> = new_store()
    local result = first:import(path)
    assert.equal("9 9 0 0 0", counts(result))
    assert.equal(#by_hand, result.bytes)
    assert.is_true(result.seconds >= 0)
    local second <close> = new_store()
    local file <close> = assert(io.open(path, "rb"))
    assert.equal("9 9 0 0 0", counts(second:import(file)))
    for size = 1, 7 do
      local third <close> = new_store()
      assert.equal("9 9 0 0 0", counts(third:import(giver(by_hand, size))))
      stores.same_lines(said_by(first), said_by(third))
    end
  end)

  it("makes two of two lines that say the same, once", function()
    local twice = lines('{"record":"case","authority":"Korea, Republic of","date":"2018"}',
      '{"record":"case","authority":"KOR","date":"2018"}')
    local store <close>, result = store_of(twice)
    assert.equal("2 2 0 0 0", counts(result))
    assert.equal("2 0 0 2 0", counts(store:import(giver(twice))))
    assert.equal("3 1 0 2 0", counts(store:import(giver(twice .. twice:match("^[^\n]*")))))
    assert.equal(3, #store.cases)
    -- what they leave out makes them others
    store.cases:add{ authority = "KOR", date = "2018", note = "another" }
    store.cases:add{ authority = "KOR", date = "2018", key = "one-with-a-key" }
    assert.equal("2 0 0 2 0", counts(store:import(giver(twice))))
    local note = '{"record":"case","authority":"KOR","date":"2018","note":"another"}'
    assert.equal("1 0 0 1 0", counts(store:import(giver(note))))
  end)

  it("tells a record from another by what it refers to, also where that comes later", function()
    local text = lines(
      '{"record":"claim","question":"q","stance":"denies","replies_to":{"as":"x"}}',
      '{"record":"claim","as":"x","question":"q","stance":"denies"}',
      '{"record":"question","key":"q","title":"?"}')
    local store <close>, result = store_of(text)
    assert.equal("3 3 0 0 0", counts(result))
    assert.equal("3 0 0 3 0", counts(store:import(giver(text))))
    local straight = lines('{"record":"claim","as":"x","question":"q","stance":"denies"}',
      '{"record":"claim","question":"q","stance":"denies","replies_to":{"as":"x"}}')
    assert.equal("2 0 0 2 0", counts(store:import(giver(straight))))
    -- two that answer each other by way of what they are about
    local circle = lines(
      '{"record":"claim","as":"x","question":"q","stance":"asserts","about":{"as":"y"}}',
      '{"record":"claim","as":"y","question":"q","stance":"asserts","about":{"as":"x"}}')
    assert.equal("2 2 0 0 0", counts(store:import(giver(circle))))
    assert.equal("2 0 0 2 0", counts(store:import(giver(circle))))
  end)

  it("knows a record by its origin too", function()
    local text = '{"record":"case","authority":"KOR","origin":"list:7","fine":100}'
    local store <close> = store_of(text)
    assert.equal("1 0 1 0 0", counts(store:import(giver((text:gsub("100", "200"))))))
    assert.equal(200, store.cases:first().fine)
  end)

  it("leaves what it does not tell as it is, and clears what it says is null", function()
    local store <close> = store_of(
      '{"record":"item","key":"hf","name":"HF","hs":"2811.11","note":"n"}')
    store:import(giver('{"record":"item","key":"hf","name":"hydrogen fluoride","note":null}'))
    local item = store.items:get("hf")
    assert.same({ "hydrogen fluoride", "2811.11" }, { item.name, item.hs })
    assert.is_nil(item.note)
    store.items:retract("hf")
    local back = store:import(giver('{"record":"item","key":"hf","name":"HF"}'))
    assert.equal("1 0 1 0 0", counts(back))
    assert.equal("2811.11", store.items:get("hf").hs)
  end)

  it("may hold several exported ones, whose labels do not meet", function()
    local store <close> = store_of(by_hand)
    local text = text_of(store)
    local other <close>, result = store_of(text .. text)
    assert.equal("18 9 0 9 0", counts(result))
    stores.same_lines(text, text_of(other))
  end)
end)

-- ------------------------------------------------------------------------------------ Wrong lines

describe("a line that is wrong", function()
  local start = lines('{"record":"question","key":"q","title":"?"}', "")
  -- line → what the error says; the kind and the field that it is about
  local wrong = {
    { '{"record":"claim","question":"q","stance":"agrees"}', "asserts", "claims", "stance" },
    { '{"record":"claim","question":"q","stance":"denies","date":"12/07/2019"}', "12/07/2019",
      "claims", "date" },
    { '{"record":"claim","question":"q","stance":"denies","when":"2019"}', "when", "claims" },
    { '{"record":"claim","question":"q-leak","stance":"denies"}', '"q-leak"', "claims",
      "question" },
    { '{"record":"claim","question":"q","stance":"denies","speaker":"Atlantis"}', '"Atlantis"',
      "claims", "speaker" },
    { '{"record":"claim","question":"q","stance":"denies","sources":["nikkei"]}', '"nikkei"',
      "claims", "sources" },
    { '{"record":"claim","question":"q","stance":"denies","sources":[{"source":"afp","page":3}]}',
      "page", "claims", "sources" },
    { '{"record":"claim","question":"q","stance":"denies","sources":"afp"}', "list", "claims",
      "sources" },
    { '{"record":"claim","question":"q","stance":"denies","replies_to":{"as":"x"}}', '"x"',
      "claims", "replies_to" },
    { '{"record":"claim","question":"q","stance":"denies","replies_to":7}', "id", "claims",
      "replies_to" },
    { '{"record":"claim","question":"q","stance":"denies","about":{"cases":"none"}}', '"none"',
      "claims", "about" },
    { '{"record":"claim","question":"q"}', "required", "claims", "stance" },
    { '{"record":"claim","id":7,"question":"q","stance":"denies"}', "another store", "claims",
      "id" },
    { '{"record":"claim","revision":7,"question":"q","stance":"denies"}', "another store",
      "claims", "revision" },
    { '{"record":"claim","as":7,"question":"q","stance":"denies"}', "label", "claims", "as" },
    { '{"record":"measure","title":"t","jurisdiction":"JPN","requirement":"none","stages":[{"id":1,'
      .. '"stage":"ended","date":"2019"}]}', "another store", "stages", "id" },
    { '{"record":"measure","title":"t","jurisdiction":"JPN","requirement":"none","stages":[{'
      .. '"stage":"begun","date":"2019"}]}', "in_force", "stages", "stage" },
    { '{"record":"opinion","question":"q"}', "claims" },
    { '{"record":["claim"]}', "unknown kind" },
    { '{"question":"q","stance":"denies"}', "record" },
    { '{"kind":"parties","key":"x","name":"X"}', '"record": "party"', "parties", "kind" },
    { '{"kind":"company","key":"x","name":"X"}', "unknown kind" },
    { '{"record":"party","key":"x","name":"X","kind":"firm"}', "company", "parties", "kind" },
    { '{"record":"item","key":" x","name":"X"}', "white space", "items", "key" },
    { '{"record":"item","name":"X"}', "required", "items", "key" },
    { '{"record":"case","authority":"KOR","fine":12345678901234567890}', "64 bits" },
    { '{"record":"case","authority":"KOR","fine":10.5}', "integer", "cases", "fine" },
    { '{"record":"claim","question":"q","stance":"denies","text":""}', "empty", "claims", "text" },
    { '{"record":"claim","record":"case"}', "twice" },
    { '{"record":"claim","question":"q","stance":“denies”}', "straight" },
    { '{"record":"claim","question":"q","stance":"denies",}', "comma" },
    { '{"record":"claim","question":"q"', "one line" },
    { "{'record':'claim'}", "quotation marks" },
    { '{record:"claim"}', "quotation marks" },
    { "claim;q;denies", "begins with {" },
    { '["claim"]', "object" },
    { '"claim"', "object" },
    { "false", "object" },
    { "null", "object" },
    { '{"record":"claim","text":"\xff"}', "UTF-8" },
    { "\xff\xfe{\0", "UTF-8" },
    { '{"dossier":2}', "version" },
    { '{"dossier":1,"record":"claim"}', "alone" },
  }

  it("undoes everything, and is named with its field and what would be right", function()
    for _, case in ipairs(wrong) do
      local store <close> = new_store()
      local problem = raises(function() store:import(giver(start .. case[1] .. "\n" .. start)) end,
        { code = "invalid", kind = case[3], field = case[4], says = { "line 3: ", case[2] } })
      assert.is_nil(problem.message:find("%c"))
      assert.equal(0, store:revision())
      assert.equal(0, #store.questions)
    end
  end)

  it("is counted and kept where the others are to be read", function()
    for _, case in ipairs(wrong) do
      local text = start .. case[1] .. "\n" .. start
      local store <close>, result = store_of(text, { on_error = "continue" })
      assert.equal("3 1 0 1 1", counts(result))
      local reject = result.rejects[1]
      assert.same({ 3, case[1] }, { reject.line, reject.text })
      if case[4] then assert.equal(case[4], reject.field) end
      assert.truthy(reject.reason:find(case[2], 1, true), reject.reason)
      assert.equal(1, #store.questions)
      assert.equal(0, #store.claims + #store.measures + #store.cases + #store.items)
      assert.same({}, store:check())
    end
  end)

  it("is named with its file", function()
    local path, store <close> = folder .. "/wrong.jsonl", new_store()
    stores.write(path, start .. "# why\n" .. wrong[1][1])
    raises(function() store:import(path) end,
      { code = "invalid", says = { "wrong.jsonl, line 4: claims.stance" } })
  end)

  it("may be a key that a retracted record of another line keeps", function()
    local store <close> = new_store()
    store.cases:add{ key = "one", authority = "KOR", origin = "list:1" }
    raises(function() store:import(giver('{"record":"case","key":"two","authority":"KOR",'
      .. '"origin":"list:1"}')) end, { code = "invalid", kind = "cases", field = "key" })
  end)

  it("is wrong with a label that is taken, or stands for another kind", function()
    local store <close> = new_store()
    raises(function() store:import(giver(lines('{"record":"case","as":"x","authority":"KOR"}',
      '{"record":"case","as":"x","authority":"JPN"}'))) end,
      { code = "invalid", kind = "cases", field = "as", says = { "line 2", "taken" } })
    raises(function() store:import(giver(lines(start,
      '{"record":"case","as":"x","authority":"KOR"}',
      '{"record":"claim","question":"q","stance":"denies","replies_to":{"as":"x"}}'))) end,
      { code = "invalid", field = "replies_to", says = { "line 5", "case", "claim" } })
    raises(function() store:import(giver(lines('{"dossier":1}',
      '{"record":"case","as":"x","authority":"KOR"}', '{"dossier":"end"}', '{"dossier":1}',
      '{"record":"link","from":{"as":"x"},"relation":"causes","to":{"as":"x"}}',
      '{"dossier":"end"}'))) end, { code = "invalid", field = "from", says = { "line 5" } })
  end)
end)

describe("lines that depend on a wrong one", function()
  it("are rejected with it, and the others are read", function()
    local text = lines(
      '{"record":"claim","key":"a","question":"q","stance":"denies","replies_to":"b"}',  -- 1: on 2
      '{"record":"claim","key":"b","question":"q","stance":"denies","replies_to":"c"}',  -- 2: on 3
      '{"record":"claim","key":"c","question":"q","stance":"maybe"}',                    -- 3: wrong
      '{"record":"claim","key":"d","question":"q","stance":"denies","replies_to":"e"}',  -- a circle
      '{"record":"claim","key":"e","question":"q","stance":"denies","replies_to":"d"}',
      '{"record":"claim","key":"f","question":"p","stance":"denies"}',                   -- on none
      '{"record":"claim","key":"g","question":"q","stance":"denies","replies_to":"h"}',
      '{"record":"claim","key":"h","question":"q","stance":"denies"}',
      '{"record":"question","key":"q","title":"?"}')
    for _, open in ipairs{
      function() return giver(text) end,
      function()
        local path = folder .. "/depends.jsonl"
        stores.write(path, text)
        return path
      end,
      function()
        local file = assert(io.tmpfile())
        file:write(text)
        file:seek("set")
        return file
      end,
    } do
      local store <close>, told = new_store(), {}
      local result = store:import(open(), { on_error = "continue",
        on_reject = function(reject) told[#told + 1] = reject.line end })
      local rejected = {}
      for i, reject in ipairs(result.rejects) do rejected[i] = reject.line end
      table.sort(told)
      assert.same(rejected, told)
      assert.equal("1 2 3 4 5 6", table.concat(rejected, " "))
      assert.equal("9 3 0 0 6", counts(result))
      assert.truthy(store.claims:get("h"))
      assert.equal("h", store.claims:get("g").replies_to)
      -- nothing of them was written, not even a key that would be taken
      for _, key in ipairs{ "a", "b", "c", "d", "e", "f" } do
        assert.equal("invalid", stores.raised(store.claims.history, store.claims, key).code)
      end
      assert.equal(1, store:revision())
      assert.same({}, store:check())
    end
  end)

  it("stop an import at the first that refers to nothing in the end", function()
    local store <close> = new_store()
    raises(function() store:import(giver(lines(
      '{"record":"question","key":"q","title":"?"}',
      '{"record":"claim","question":"q","stance":"denies","replies_to":"nobody"}'))) end,
      { code = "invalid", kind = "claims", field = "replies_to", says = { "line 2", '"nobody"' } })
    raises(function() store:import(giver(lines(
      '{"record":"claim","question":"q-retalation","stance":"denies"}',
      '{"record":"question","key":"q-retaliation","title":"?"}'))) end,
      { code = "invalid", kind = "claims", field = "question",
        says = { "line 1", "q-retalation" } })
    assert.equal(0, store:revision())
  end)

  it("go, whole, where rejected lines are to go", function()
    local path, store <close> = folder .. "/rejected.jsonl", new_store()
    local text = lines('{"record":"item","key":"a","name":"a"}', '{"record":"item","key":"b"}',
      "what?")
    local result = store:import(giver(text), { on_error = "continue", on_reject = path })
    assert.equal("3 1 0 0 2", counts(result))
    assert.equal(lines('{"record":"item","key":"b"}', "what?"), stores.bytes(path))
    assert.equal("dossier: 3 read, 1 added, 2 rejected\n  line 2: name: it is required, "
      .. "and missing (the common name)\n  line 3: it is no JSON: a record begins with {",
      tostring(result))
    raises(function() store:import(giver(text), { on_error = "continue", on_reject = path }) end,
      { code = "io", says = { "exists" } })
  end)
end)

-- --------------------------------------------------------------------------------- As one whole

describe("an import of a dossier", function()
  it("is one revision, by whom and why", function()
    local store <close> = new_store()
    store:import(giver(by_hand), { by = "editor", reason = "typed from the press" })
    local first = store.measures:history("curbs")
    assert.same({ 1, "editor", "typed from the press" }, { #first, first[1].by, first[1].reason })
  end)

  it("says in a dry run what would happen, and writes nothing", function()
    local store <close> = new_store()
    local result = store:import(giver(by_hand), { dry_run = true })
    assert.equal("9 9 0 0 0", counts(result))
    assert.equal("dry run: dossier: 9 read, 9 added", tostring(result))
    assert.equal(0, store:revision())
    assert.equal(0, #store.claims)
    assert.equal("9 9 0 0 0", counts(store:import(giver(by_hand))))
  end)

  it("may be part of a transaction", function()
    local store <close> = new_store()
    pcall(store.transaction, store, function()
      store:import(giver(by_hand))
      error("no")
    end)
    assert.equal(0, #store.claims)
    store:transaction(function()
      store.items:add{ key = "hf", name = "HF" }
      store:import(giver(by_hand))
    end)
    assert.same({ 1, 2 }, { store:revision(), #store.claims })
  end)

  it("tells how far it is", function()
    local path, store <close> = folder .. "/progress.jsonl", new_store()
    stores.write(path, by_hand)
    local told
    store:import(path, { progress = function(...) told = { ... } end })
    assert.same({ #by_hand, #by_hand }, { told[1], told[2] })
    assert.equal("integer", math.type(told[3]))
    local problem = {}
    for _, options in ipairs{ { progress = function() error(problem, 0) end },
      { on_error = "continue", on_reject = function() error(problem, 0) end } } do
      local ok, got = pcall(function() store:import(giver("what?"), options) end)
      assert.same({ false, true }, { ok, got == problem })
    end
    local ok, got = pcall(function() store:import(function() error(problem, 0) end) end)
    assert.same({ false, true }, { ok, got == problem })
  end)

  it("knows a dossier that was cut off", function()
    local whole <close> = store_of(by_hand)
    local text = text_of(whole)
    for _, on_error in ipairs{ "stop", "continue" } do
      local at = 0
      while true do
        at = text:find("\n", at + 1, true)
        if not at or at == #text then break end
        local store <close> = new_store()
        raises(function() store:import(giver(text:sub(1, at)), { on_error = on_error }) end,
          { code = "invalid", says = { "cut off" } })
        assert.equal(0, store:revision())
      end
    end
    local store <close> = new_store()
    raises(function() store:import(giver(lines('{"dossier":1}', '{"dossier":1}'))) end,
      { code = "invalid", says = { "line 2", "line 1", "cut off" } })
  end)

  it("takes what says nothing for nothing", function()
    local store <close> = new_store()
    for _, text in ipairs{ "", "\n", "# nothing\n\n  \t\r\n//", "\xEF\xBB\xBF" } do
      assert.equal("0 0 0 0 0", counts(store:import(giver(text))))
    end
    assert.equal(0, store:revision())
  end)

  it("raises for what it cannot read or write", function()
    local store <close> = new_store()
    raises(function() store:import(folder .. "/nothing.jsonl") end, { code = "io" })
    raises(function() store:import(folder) end, { code = "io" })
    raises(function() store:import(nil) end, { code = "misuse" })
    raises(function() store:import(giver(by_hand), { on_eror = "stop" }) end,
      { code = "misuse", says = { "on_eror" } })
    raises(function() store:import(giver(by_hand), { on_error = "ignore" }) end,
      { code = "invalid", field = "on_error", says = { "stop, continue", "ignore" } })
    for name, value in pairs{ on_reject = 5, dry_run = "yes", by = 5, reason = {},
      progress = "yes" } do
      raises(function() store:import(giver(by_hand), { [name] = value }) end,
        { code = "misuse", field = name })
    end
    raises(function() store:as_of(0):import(giver(by_hand)) end, { code = "readonly" })
    local closed = new_store()
    closed:close()
    raises(function() closed:import(giver(by_hand)) end, { code = "closed" })
  end)

  it("reads a line of megabytes", function()
    local text = ('"q" \\ é\n'):rep(300000)
    local store <close> = new_store()
    store.sources:add{ key = "long", title = "t", text = text }
    local other <close> = store_of(text_of(store))
    assert.is_true(text == other.sources:get("long").text)
  end)

  it("inflates what is compressed #process", function()
    if not pcall(require, "zlib") then
      pending("lua-zlib is not there")
      return
    end
    local path, store <close> = folder .. "/packed.jsonl", new_store()
    stores.write(path, by_hand)
    shell.must("gzip " .. shell.quote(path))
    assert.equal("9 9 0 0 0", counts(store:import(path .. ".gz")))
  end)
end)
