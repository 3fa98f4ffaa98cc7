-- Plain data as JSON, and back: what dossiers and the fields of data rest on.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises, show = stores.raises, stores.show
local random = math.random
local pick = require("spec.draw").pick

local store

setup(function() store = assert(dualuse.open()) end)
teardown(function() store:close() end)

local function decode(text)
  return core.decode(store, text)
end

--- Checks that a text is refused, and why.
local function refused(text, ...)
  local value, why = decode(text)
  assert.is_nil(value)
  assert.is_string(why)
  for _, part in ipairs{ ... } do
    assert.truthy(why:find(part, 1, true), ("%q is not said by: %s"):format(part, why))
  end
end

-- ------------------------------------------------------------------------- Data for properties

local characters = { "a", "Z", "0", " ", '"', "\\", "/", "\n", "\t", "\r", "\b", "\1", "\127", "é",
  "한", "😀", "{", "}", "[", ",", ":", "\u{2028}", "\u{feff}", "\\u0041", "'" }

local function any_text()
  local parts = {}
  for i = 1, random(0, 8) do parts[i] = characters[random(#characters)] end
  return table.concat(parts)
end

local function any_float()
  if random(2) == 1 then return random() * 10 ^ random(-20, 20) end
  local float = string.unpack("d", string.pack("i8", random(0)))
  return (float ~= float or math.abs(float) == math.huge) and 0.5 or float
end

local function any_integer()
  local choices = { random(-9, 9), random(0), math.mininteger, math.maxinteger, 2 ^ 53 | 0 }
  return choices[random(#choices)]
end

--- Data as JSON has them; tables are not empty, since an object and an array would be one.
local function any_data(depth)
  local kind = random(depth > 3 and 5 or 7)
  if kind == 1 then return any_text()
  elseif kind == 2 then return any_float()
  elseif kind == 3 then return any_integer()
  elseif kind == 4 then return random(2) == 1
  elseif kind == 5 then return core.null end
  local value = {}
  for i = 1, random(4) do
    value[kind == 6 and i or any_text() .. i] = any_data(depth + 1)
  end
  return value
end

-- ------------------------------------------------------------------------------------- Reading

describe("a JSON text, read", function()
  it("gives text, numbers, booleans, null and tables", function()
    assert.equal("é😀\n\"\\/", decode([["\u00e9\ud83d\ude00\n\"\\\/"]]))
    assert.equal("Seoul", decode('  "Seoul"\n'))
    assert.same({ true, false }, { decode("true"), decode("false") })
    assert.equal(dualuse.null, decode("null"))
    assert.same({ a = { 1, { b = "c" } }, [""] = {} }, (decode('{"a":[1,{"b":"c"}],"":[]}')))
    assert.same({}, (decode("{}")))
    assert.equal(dualuse.null, decode('[1,null]')[2])
  end)

  it("keeps integers exact, and tells them from other numbers", function()
    assert.equal("{[1]=9223372036854775807,[2]=-9223372036854775808}",
      show((decode("[9223372036854775807,-9223372036854775808]"))))
    assert.equal("{[1]=1,[2]=1 (float),[3]=100 (float)}", show((decode("[1,1.0,1e2]"))))
    assert.equal(9007199254740993, decode("9007199254740993"))
  end)

  it("refuses numbers that it cannot keep", function()
    refused("9223372036854775808", "64 bits")
    refused('{"a":[123456789012345678901234567890]}', "64 bits")
    refused("1e400", "too large")
  end)

  it("refuses a name that stands twice, of which one would be lost", function()
    refused('{"kind":"parties","kind":"company"}', "twice")
    refused([==[[{"a":1,"\u0061":2}]]==], "twice")
  end)

  it("refuses what is no text: bytes that are not UTF-8, NUL, half characters", function()
    refused('{"a":"\xff"}', "UTF-8", "byte 7")
    refused("\xff\xfe{\0}\0", "UTF-8", "byte 1")
    refused('"a\0b"', "NUL", "byte 3")
    refused([["a\u0000b"]], "NUL", "byte 3")
    refused([["\ud83d"]], "\\u")
    refused([==[{"\ude00\ud83d":1}]==], "\\u")
    assert.equal("a\\u0000b", decode([["a\\u0000b"]]))
  end)

  it("refuses what is no JSON, also what SQLite's JSON5 has", function()
    for _, text in ipairs{ "", " ", "{", "[1,]", "{a:1}", "{'a':1}", "01", "1.", ".5", "+1", "NaN",
      "Infinity", "0x10", "[1] 2", '"a\nb"', '"\\x41"', "// a comment\n1", "tru", "nil",
      '{"a":1,}', "“a”" } do
      refused(text, "no JSON")
    end
  end)

  it("has numbers that are the nearest floats, wherever they stand", function()
    math.randomseed(754)
    local function digits(most)
      local list = {}
      for i = 1, random(most) do list[i] = random(0, 9) end
      return table.concat(list)
    end
    for _ = 1, 3000 do
      local number = ("%s%d.%s%s"):format(pick{ "", "-" }, random(0, 10 ^ random(0, 15) // 1),
        digits(20), pick{ "", "e" .. random(-300, 280), "E+" .. random(0, 99) })
      local value = decode(([[ {"1.5":["2\"3\\",7,%s,{"a-1\\\"4":%s,"-0.5":[]}, %s]} ]])
        :format(number, number, number))
      local list, float = value["1.5"], tonumber(number)
      assert.equal("float", math.type(list[3]))
      assert.equal(float, list[3], number)
      assert.same({ float, float }, { list[4]['a-1\\"4'], list[5] }, number)
    end
    assert.equal(5e-324, decode "5e-324")
    refused("[1, 1e-400]", "too close to zero")
  end)

  it("may be a hundred tables deep, and no deeper", function()
    local value = decode(("["):rep(101) .. ("]"):rep(101))
    for _ = 1, 100 do value = value[1] end
    assert.same({}, value)
    refused(("["):rep(102) .. ("]"):rep(102), "100 deep")
    refused(("["):rep(100000) .. ("]"):rep(100000))
    refused(("["):rep(100000))
  end)

  it("is read with an open store", function()
    local closed = assert(dualuse.open())
    closed:close()
    raises(function() local value = core.decode(closed, "1") return value end, { code = "closed" })
    raises(function() local value = core.decode(nil, "1") return value end, { code = "misuse" })
    raises(function() local value = core.decode(store, 1) return value end, { code = "misuse" })
  end)
end)

-- ------------------------------------------------------------------------------------- Writing

describe("plain data as JSON", function()
  it("stand in one line, in UTF-8, the names in the order of their bytes", function()
    assert.equal('{"Z":null,"a":[1,2.5,true,"é"],"b c":{"x":[]},"é":"\\u000a"}',
      core.encode{ ["é"] = "\n", ["b c"] = { x = {} }, a = { 1, 2.5, true, "é" },
        Z = dualuse.null })
    assert.equal('"\\"\\\\/"', core.encode('"\\/'))
  end)

  it("write a float in as few digits as give it back, and always as a float", function()
    assert.equal("[0.1,1.0,-5.5,1e+300,0.3333333333333333]",
      core.encode{ 0.1, 1.0, -5.5, 1e300, 1 / 3 })
  end)

  it("are refused where JSON has no word for them", function()
    local itself = {}
    itself[1] = itself
    for value, says in pairs{ [print] = "function", [0 / 0 == 0 and 0 or math.huge] = "finite",
      ["\xff"] = "UTF-8", ["\0"] = "NUL", [{ 1, nil, 3 }] = "holes", [{ 1, a = 2 }] = "the key",
      [{ [1.5] = 1 }] = "text keys", [itself] = "50 deep", [{ ["\xff"] = 1 }] = "UTF-8" } do
      raises(function() local text = core.encode(value) return text end,
        { code = "invalid", says = { says } })
    end
    raises(function() local text = core.encode(0 / 0) return text end, { code = "invalid" })
  end)

  it("come back as they were", function()
    math.randomseed(20190704)
    for _ = 1, 2000 do
      local value = any_data(1)
      local text = core.encode(value)
      assert.is_nil(text:find("[\r\n]"))
      local back = decode(text)
      assert.equal(show(value), show(back), text)
      assert.equal(text, core.encode(back))
    end
  end)

  it("are numbers that another reader takes for the same", function()
    math.randomseed(20190712)
    for _ = 1, 5000 do
      local float = any_float()
      assert.equal(float, tonumber(core.encode(float)))
      assert.equal(float, decode(core.encode(float)))
    end
  end)

  it("are JSON to the sqlite3 program #process", function()
    math.randomseed(1965)
    local folder = shell.folder()
    local path = folder .. "/data.jsonl"
    local texts = {}
    for i = 1, 500 do texts[i] = core.encode(any_data(1)) end
    stores.write(path, table.concat(texts, "\n") .. "\n")
    local answer = stores.ask(":memory:", table.concat({
      "CREATE TABLE data (text);",
      ".mode ascii",
      [[.separator "\001" "\n"]],
      ".import " .. path .. " data",
      ".mode list",
      "SELECT count(*), sum(json_valid(text)) FROM data;",
    }, "\n"))
    shell.remove(folder)
    assert.equal("500|500", (answer:gsub("[\1\n]", "|"):gsub("|$", "")))
  end)

  it("are the same to JavaScript #process", function()
    if not shell.has("node") then
      pending("node is not there")
      return
    end
    math.randomseed(2019)
    local folder = shell.folder()
    local texts, values = {}, {}
    for i = 1, 300 do
      local value = { any_text(), any_float(), { [any_text()] = any_text() } }
      values[i] = value
      texts[i] = core.encode(value)
    end
    stores.write(folder .. "/data.jsonl", table.concat(texts, "\n") .. "\n")
    stores.write(folder .. "/read.js", [[
      const lines = require('fs').readFileSync(process.argv[2], 'utf8').trim().split('\n');
      const read = line => { const v = JSON.parse(line); v[1] = String(v[1]); return v; };
      console.log(lines.map(line => JSON.stringify(read(line))).join('\n'));]])
    local output = shell.must(("node %s/read.js %s/data.jsonl"):format(folder, folder))
    shell.remove(folder)
    local i = 0
    for line in output:gmatch("[^\n]+") do
      i = i + 1
      local back = decode(line)
      back[2] = tonumber(back[2]) + 0.0 -- JavaScript writes 1.0 as 1
      assert.equal(show(values[i]), show(back), texts[i])
    end
    assert.equal(300, i)
  end)
end)

describe("a record's data", function()
  it("are stored as JSON that the sqlite3 program reads #process", function()
    local folder = shell.folder()
    local path = folder .. "/store.db"
    local file <close> = assert(dualuse.open(path))
    local subject = { to = "KOR", n = 2 ^ 53 | 1, x = 0.1, list = { 1, { deep = true } } }
    local id = file.screenings:add{ date = "2019-07-09", outcome = "review", subject = subject }
    assert.equal(show(subject), show(file.screenings:get(id).subject))
    assert.equal("9007199254740993|0.1|1", stores.ask(path, [[
      SELECT subject ->> 'n', subject ->> 'x', subject ->> '$.list[1].deep' FROM screenings]]))
    shell.remove(folder)
  end)

  it("that another program wrote, and that mean nothing, are told #process", function()
    local folder = shell.folder()
    local path = folder .. "/store.db"
    local first <close> = assert(dualuse.open(path))
    local id = first.screenings:add{ date = "2019", outcome = "clear", subject = { a = 1 } }
    first:close()
    for json, says in pairs{ ['{"a":1,"a":2}'] = "a name stands twice", ["[1e999]"] = "too large",
        ["[9223372036854775808]"] = "64 bits" } do
      stores.ask(path, stores.unguarded(path,
        ("UPDATE screenings SET subject = '%s';"):format(json)))
      local changed <close> = assert(dualuse.open(path))
      raises(function() local _ = changed.screenings:get(id) end,
        { code = "corrupt", says = { "the JSON in the file is damaged", says } })
    end
    shell.remove(folder)
  end)

  it("have no null", function()
    raises(function()
      store.screenings:add{ date = "2019", outcome = "clear", subject = { x = dualuse.null } }
    end, { code = "invalid", kind = "screenings", field = "subject", says = { "dualuse.null" } })
  end)
end)
