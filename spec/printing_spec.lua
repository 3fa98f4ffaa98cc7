local dualuse = require "dualuse"
local layout = require "dualuse.layout"
local stores = require "spec.stores"

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

describe("a store at the prompt", function()
  local store

  before_each(function()
    store = assert(dualuse.open())
  end)

  after_each(function()
    store:close()
  end)

  it("shows its revision and how many records of each kind it has, none for empty kinds", function()
    store.items:add{ key = "hf", name = "hydrogen fluoride" }
    local text = tostring(store)
    assert.matches("^dualuse store, revision 1\n", text)
    assert.matches("\n  parties +249 ", text)
    assert.matches("\n  items +1 ", text)
    assert.not_matches("cases", text)
  end)

  it("does not count millions: it stops at ten thousand", function()
    store:transaction(function()
      for _ = 1, 10001 do
        store.links:add{ from = "KOR", to = "JPN", relation = "causes" }
      end
    end)
    assert.matches("links +more than 10000", tostring(store))
  end)

  it("says when it is closed", function()
    store:close()
    assert.equal("dualuse store (closed)", tostring(store))
  end)

  it("never raises: what cannot be shown has the name of its class", function()
    local cases, query = store.cases, store.cases:where{ fine = 1 }
    store:close()
    assert.equal("dualuse.collection", tostring(cases))
    assert.equal("dualuse.query", tostring(query))
  end)
end)

describe("a collection or a query at the prompt", function()
  local store

  before_each(function()
    store = assert(dualuse.open())
  end)

  after_each(function()
    store:close()
  end)

  it("shows the first ten records as a table, and that there are more", function()
    local lines = lines_of(tostring(store.parties))
    assert.matches("^parties: ", lines[1])
    assert.matches("^id +key +name +kind", lines[2])
    assert.equal(1 + 1 + 10 + 1, #lines)
    assert.equal("…", lines[#lines])
  end)

  it("shows ten of ten without an ellipsis", function()
    local lines = lines_of(tostring(store.parties:limit(10)))
    assert.equal(1 + 1 + 10, #lines)
    assert.matches("Armenia", lines[#lines])
  end)

  it("says when there is none", function()
    assert.matches("none found$", tostring(store.cases))
    assert.matches("none found$", tostring(store.parties:where{ name = "Ruritania" }))
  end)

  it("leaves out columns that are empty, and shows lists with commas", function()
    store.items:add{ key = "hf", name = "hydrogen fluoride", aliases = { "HF", "etching gas" } }
    local lines = lines_of(tostring(store.items))
    assert.equal(" id  key  name               aliases", lines[2])
    assert.equal("250  hf   hydrogen fluoride  HF, etching gas", lines[3])
  end)

  it("stays within a line, whatever a record holds", function()
    local record = { key = "long", name = ("n"):rep(500), aliases = {} }
    for i = 1, 50 do
      record.aliases[i] = ("alias %d "):format(i):rep(20) .. "."
    end
    store.items:add(record)
    for _, line in ipairs(lines_of(tostring(store.items))) do
      assert.is_true(layout.width(line) <= 110, line)
    end
  end)

  it("leaves out what only fills a screen, but not where it is selected", function()
    store.items:add{ key = "hf", name = "hydrogen fluoride", note = "a long story" }
    assert.not_matches("a long story", tostring(store.items))
    assert.matches("a long story", tostring(store.items:select("note")))
  end)

  it("shows control characters and marks of writing direction as escapes", function()
    store.items:add{ key = "k", name = "a\27[31mb", aliases = { "a\u{202E}b", "c\u{9B}\127\n" } }
    local text = tostring(store.items)
    assert.matches("a\\x1B[31mb", text, 1, true)
    assert.matches("a\\xE2\\x80\\xAEb", text, 1, true)
    assert.matches("c\\xC2\\x9B", text, 1, true)
    assert.is_nil(text:find("[\1-\9\11-\31\127]"))
  end)
end)

describe("what prints itself, in a room", function()
  local store

  before_each(function()
    store = stores.sample_store()
  end)

  after_each(function()
    layout.room_by(nil)
    store:close()
  end)

  local function objects()
    return {
      store, store.parties, store.events:order("-date"), store.claims:select("speaker", "text"),
      dualuse.describe(), dualuse.describe "cases", store.events:group{ "month", "kind" },
      dualuse.chronology(store), dualuse.audit(store),
      dualuse.licence.requirement(store, { from = "JPN", to = "KOR", item = "photoresist",
        on = "2019-07-04" }),
      dualuse.screen(store, { from = "JPN", to = "KOR", items = "photoresist",
        end_user = "Widget Works of Nowhere", on = "2019-07-04" }),
    }
  end

  for _, width in ipairs{ 40, 60, 80, 200 } do
    it(("keeps to %d columns"):format(width), function()
      layout.room_by(function() return { width = width, rows = 7 } end)
      for number, object in ipairs(objects()) do
        for _, line in ipairs(lines_of(tostring(object))) do
          assert.is_true(layout.width(line) <= width, ("%d: %s"):format(number, line))
        end
      end
    end)
  end

  it("keeps to so many rows, and says how many there are in all", function()
    layout.room_by(function() return { width = 80, rows = 7 } end)
    local lines = lines_of(tostring(store.events))
    assert.equal(2 + 7 + 1, #lines)
    assert.equal("… 13 in all", lines[#lines])
    local chronology = dualuse.chronology(store)
    lines = lines_of(tostring(chronology))
    assert.equal(2 + 7 + 1, #lines)
    assert.equal(("… %d more"):format(#chronology - 7), lines[#lines])
  end)

  it("shows ASCII alone where it has to", function()
    layout.room_by(function() return { width = 80, rows = 300, ascii = true } end)
    for number, object in ipairs(objects()) do
      assert.is_nil(tostring(object):find("[^\n -~]"), number)
    end
    assert.matches("T\\u{00FC}rkiye", tostring(store.parties), 1, true)
    assert.matches("->parties", tostring(dualuse.describe "cases"), 1, true)
  end)

  it("is there for nobody who did not ask for it", function()
    assert.same({}, layout.room())
    assert.equal(2 + 10 + 1, #lines_of(tostring(store.parties)))
  end)
end)

describe("dualuse.describe", function()
  it("lists the kinds, and prints the list", function()
    local kinds = dualuse.describe()
    assert.equal(16, #kinds)
    assert.matches("\n  cases +unauthorised exports", tostring(kinds))
  end)

  it("prints the fields of a kind with types and vocabularies", function()
    local text = tostring(dualuse.describe "cases")
    assert.matches("authority%* +→parties", text)
    assert.matches("intercepted | completed | unknown", text, 1, true)
    assert.matches("items +%[→items%]", text)
  end)

  it("is also a table to go through", function()
    local fields = {}
    for _, field in ipairs(dualuse.describe("events").fields) do
      fields[field.name] = field
    end
    assert.equal(1, fields.quad.least)
    assert.equal(4, fields.quad.most)
    assert.same({ "parties" }, fields.actor.kinds)
    assert.is_true(fields.date.required)
    assert.equal("sanction", fields.kind.words[13])
  end)

  it("names the kinds when it is asked for another", function()
    local ok, err = pcall(dualuse.describe, "case")
    assert.is_false(ok)
    assert.equal("misuse", err.code)
    assert.matches('unknown kind "case": expected sources, .* or links', err.message)
  end)
end)

describe("layout", function()
  it("counts wide characters as two columns and marks as none", function()
    assert.equal(3, layout.width("abc"))
    assert.equal(8, layout.width("대한민국"))
    assert.equal(6, layout.width("輸出a."))
    assert.equal(4, layout.width("cafe\u{301}"))
    assert.equal(1, layout.width("é"))
  end)

  it("cuts at a character, never wider than asked", function()
    assert.equal("abc", layout.cut("abc", 3))
    assert.equal("ab…", layout.cut("abcd", 3))
    assert.equal("대…", layout.cut("대한민국", 4))
    for most = 1, 9 do
      assert.is_true(layout.width(layout.cut("대한a민국", most)) <= most)
    end
  end)

  it("aligns columns, numbers to the right", function()
    local rows = { { name = "서울", n = 12 }, { name = "Busan", n = 345 } }
    assert.equal("name     n\n서울    12\nBusan  345", layout.aligned({ "name", "n" }, rows))
  end)

  it("makes the widest columns narrower until a table fits", function()
    local rows = { { a = ("a"):rep(40), b = ("b"):rep(20), c = "short" } }
    assert.equal("a                b                c\n" ..
      "aaaaaaaaaaaaaa…  bbbbbbbbbbbbbb…  short",
      layout.aligned({ "a", "b", "c" }, rows, nil, { width = 39 }))
  end)

  it("cuts no number and no date, and leaves out the last columns where nothing else helps",
    function()
      local rows = { { a = 1234567890123, b = "[2019-07-01..2019-07-04]", c = 1, d = 2 } }
      assert.equal("            a  b                         …\n" ..
        "1234567890123  [2019-07-01..2019-07-04]",
        layout.aligned({ "a", "b", "c", "d" }, rows, nil, { width = 43 }))
    end)

  it("never makes a table wider than it is asked to", function()
    math.randomseed(1)
    for _ = 1, 300 do
      local columns, rows = {}, {}
      for c = 1, math.random(8) do columns[c] = ("c"):rep(math.random(12)) .. c end
      for r = 1, math.random(4) do
        rows[r] = {}
        for _, name in ipairs(columns) do
          local length = math.random(0, 30)
          rows[r][name] = math.random(2) == 1 and ("대a"):rep(length) or ("x"):rep(length)
        end
      end
      local width, ascii = math.random(30, 120), math.random(2) == 1
      local text = layout.aligned(columns, rows, nil, { width = width, ascii = ascii })
      for _, line in ipairs(lines_of(text)) do
        assert.is_true(layout.width(line) <= width, ("%d\n%s"):format(width, text))
      end
    end
  end)

  it("fills lines, breaking between words, and inside one that is longer than a line", function()
    assert.same({ "a: one two", "   three" }, layout.filled("one two  three", 11, "a: ", 3))
    assert.same({ "abcd", "ef", "대한", "민국", "g" }, layout.filled("abcdef 대한민국 g", 4))
    assert.same({ "x " }, layout.filled("", 10, "x "))
  end)

  it("breaks lines that are too wide, and leaves the others alone", function()
    assert.equal("  a  b\n  one two\n    three\n\nx",
      layout.lines({ "  a  b\n  one two three", "", "x" }, { width = 10 }))
    assert.equal("→  b", layout.lines({ "→  b" }, {}))
    assert.equal("->  b", layout.lines({ "→  b" }, { ascii = true }))
  end)

  it("writes what ASCII lacks as escapes, and its own marks by their likes", function()
    assert.equal('"a" -> b... 2 x 3, S\\u{00FC}d', layout.ascii("“a” → b… 2 × 3, Süd"))
  end)
end)
