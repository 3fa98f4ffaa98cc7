-- Each row of a file rests on the file's own source. A row that named this source by its key was
-- rejected ("the list has the same element twice"), though none of its sources stood there twice; a
-- constant that named it was stored twice.

local dualuse = require "dualuse"
local imports = require "spec.imports"

local COLUMNS = { date = "date", kind = "kind", src = "sources" }
local TEXT = "date,kind,src\n2019-07-04,accuse,wire\n2019-07-05,accuse,other;wire\n"

--- The sources of the events of an import, of which the file's own is "wire".
local function sources_after(given, text)
  local store <close> = assert(dualuse.open())
  store.sources:add{ key = "wire", title = "A wire" }
  store.sources:add{ key = "other", title = "Another" }
  local options = imports.with({ columns = COLUMNS, separator = ";", source = "wire",
    identity = "number", name = "file" }, given)
  local result = store.events:import(imports.giver(text or TEXT), options)
  local again = store.events:import(imports.giver(text or TEXT), options)
  assert.equal(result.added, again.duplicate)
  assert.same({}, store:check())
  return imports.values(store.events, "sources"), result
end

local function converted(value)
  return { convert = { src = function() return value end } }
end

describe("a row that names the source of its file", function()
  it("cites it once, where a column names it", function()
    assert.same({ { "wire" }, { "wire", "other" } }, (sources_after()))
  end)

  it("cites it once, where a function names it", function()
    for _, value in ipairs{ "wire", { "wire" }, { { "wire" } } } do
      assert.same({ { "wire" }, { "wire" } }, (sources_after(converted(value))))
    end
    for _, value in ipairs{ "other;wire", { "other", "wire" }, { "wire", "other" } } do
      assert.same({ { "wire", "other" }, { "wire", "other" } }, (sources_after(converted(value))))
    end
  end)

  it("cites a place in it besides", function()
    local place = { "wire", locator = "line 2" }
    assert.same({ { "wire", place }, { "wire", place } },
      (sources_after(converted{ place, "wire" })))
  end)

  it("cites it once, where a constant names it", function()
    local found = sources_after{ columns = { date = "date", kind = "kind" },
      constants = { sources = { "other", "wire" } } }
    assert.same({ { "wire", "other" }, { "wire", "other" } }, found)
  end)

  it("is rejected where it names it twice, or what is no source", function()
    for _, value in ipairs{ "wire;wire", { "wire", "wire" } } do
      local _, result = sources_after(converted(value))
      assert.equal("read 2, rejected 2", imports.counts(result))
      assert.equal("the list has the same element twice: \"wire\"", result.rejects[1].reason)
    end
    local _, result = sources_after(converted{ "none" })
    assert.matches('no source has the id, key, name or alias "none"', result.rejects[1].reason, 1,
      true)
  end)
end)
