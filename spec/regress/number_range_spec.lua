-- Integers at the ends of their range, as keys of a group that columns answer.
local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

--- How many events each number of mentions has, most first.
local function counts(store)
  local found = {}
  for _, row in ipairs(store.events:group{ "mentions" }) do
    found[#found + 1] = { row.mentions, row.count }
  end
  table.sort(found, function(a, b) return a[1] > b[1] end)
  return found
end

describe("a group by numbers #process", function()
  local folder
  before_each(function() folder = shell.folder() end)
  after_each(function() shell.remove(folder) end)

  it("has the largest integer that there is", function()
    local store <close> = assert(dualuse.open(folder .. "/store"))
    store:transaction(function()
      for _, number in ipairs{ math.maxinteger, math.maxinteger - 1, math.maxinteger } do
        store.events:add{ date = "2019", kind = "accuse", mentions = number }
      end
    end)
    core.pack(store, "events", 100)
    assert.same({ { math.maxinteger, 2 }, { math.maxinteger - 1, 1 } }, counts(store))
  end)

  it("has all from the least integer to the largest, where a stranger wrote such", function()
    do
      local store <close> = assert(dualuse.open(folder .. "/store"))
      store:transaction(function()
        for number = 1, 3 do
          store.events:add{ date = "2019", kind = "accuse", mentions = number }
        end
      end)
    end
    stores.ask(folder .. "/store", stores.unguarded(folder .. "/store", [[
      UPDATE events SET mentions = -9223372036854775807 - 1 WHERE mentions = 1;
      UPDATE events SET mentions = 9223372036854775807 WHERE mentions = 3;]]))
    local store <close> = assert(dualuse.open(folder .. "/store"))
    core.pack(store, "events", 100)
    assert.same({ { math.maxinteger, 1 }, { 2, 1 }, { math.mininteger, 1 } }, counts(store))
  end)
end)
