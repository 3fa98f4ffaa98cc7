local dualuse = require "dualuse"
local stores = require "spec.stores"

--- A function that gives a text once, as a file would.
local function file(text)
  return function()
    local given = text
    text = nil
    return given
  end
end

describe("collection:import of JSON Lines", function()
  local store

  before_each(function() store = assert(dualuse.open()) end)
  after_each(function() store:close() end)

  it("reads each line as a record of the collection, by the fields' names", function()
    local result = store.events:import(file[[
# what a reporter typed
{"date": "2019-07-04", "kind": "sanction", "actor": "Japan", "target": "KOR", "goldstein": -7}

{"date": "2019-07", "kind": "consult", "actor": "KOR"}
]])
    assert.equal("jsonl", result.format)
    assert.equal(2, result.read)
    assert.equal(2, result.added)
    local events = store.events:order("date"):all()
    assert.equal("2019-07", events[1].date)
    assert.equal("JPN", events[2].actor)
    assert.equal(-7.0, events[2].goldstein)
  end)

  it("adds nothing the second time", function()
    local text = '{"date": "2019-07-04", "kind": "sanction", "actor": "JPN", "target": "KOR"}\n'
    store.events:import(file(text))
    local again = store.events:import(file(text))
    assert.equal(1, again.duplicate)
    assert.equal(0, again.added)
    assert.equal(1, store.events:count())
  end)

  it("rejects a line that is wrong, with its number and field, and reads the others", function()
    local result = store.parties:import(file[[
{"key": "acme", "name": "Acme", "kind": "company", "country": "Vietnam"}
{"key": "other", "name": "Other", "kind": "firm"}
{"key": "third", "name": "Third", "kind": "company"
]])
    assert.equal(3, result.read)
    assert.equal(1, result.added)
    assert.equal(2, result.rejected)
    assert.equal(2, result.rejects[1].line)
    assert.equal("kind", result.rejects[1].field)
    assert.equal(3, result.rejects[2].line)
    assert.equal("VNM", store.parties:get("acme").country)
  end)

  it("undoes everything at the first wrong line where it is told to stop", function()
    local ok, problem = pcall(store.parties.import, store.parties,
      file'{"key": "a", "name": "A", "kind": "company"}\n{"key": "b"}\n', { on_error = "stop" })
    assert.is_false(ok)
    assert.equal("invalid", problem.code)
    assert.is_nil(store.parties:get("a"))
  end)

  it("is the same from a file on disk", function()
    local path = os.tmpname()
    stores.write(path, '{"key": "a", "name": "A", "kind": "company"}\n')
    finally(function() os.remove(path) end)
    assert.equal(1, store.parties:import(path).added)
  end)
end)
