-- Days of January and February of the year 0000, which EDTF has, came after all others, as if they
-- had no bucket: their numbers were below zero.

local core = require "dualuse.core"
local dualuse = require "dualuse"

describe("the first days of the year 0000", function()
  local store
  before_each(function()
    store = assert(dualuse.open())
    for _, date in ipairs{ "2019-07-04", "0000-03-01", "0000-02-29", "0000-01-01" } do
      store.events:add{ kind = "consult", date = date }
    end
  end)
  after_each(function() store:close() end)

  local function days()
    local list = {}
    for i, row in ipairs(store.events:group{ "day" }) do list[i] = row.day end
    return list
  end

  it("come before the others in a count by day, from rows and from columns", function()
    local ordered = { "0000-01-01", "0000-02-29", "0000-03-01", "2019-07-04" }
    assert.same(ordered, days())
    core.pack(store, "events", 2)
    assert.same(ordered, days())
  end)
end)
