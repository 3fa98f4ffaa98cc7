local dualuse = require "dualuse"
local layout = require "dualuse.layout"

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

  it("shows control characters and marks of writing direction as escapes", function()
    store.items:add{ key = "k", name = "a\27[31mb", aliases = { "a\u{202E}b", "c\u{9B}\127\n" } }
    local text = tostring(store.items)
    assert.matches("a\\x1B[31mb", text, 1, true)
    assert.matches("a\\xE2\\x80\\xAEb", text, 1, true)
    assert.matches("c\\xC2\\x9B", text, 1, true)
    assert.is_nil(text:find("[\1-\9\11-\31\127]"))
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
end)
