-- A store that an import has given columns was told by check to have triggers and indexes of a
-- stranger.
local dualuse = require "dualuse"
local shell = require "spec.shell"

describe("a store with columns", function()
  it("is sound, and is written to", function()
    local folder = shell.folder()
    local store <close> = assert(dualuse.open(folder .. "/store.db"))
    local lines = { "day,what" }
    for i = 1, 20000 do lines[i + 1] = ("2019-07-%02d,consult"):format(i % 28 + 1) end
    local text = table.concat(lines, "\n") .. "\n"
    store.events:import(function()
      local given = text
      text = nil
      return given
    end, { header = true, source = false, identity = "number",
      columns = { day = "date", what = "kind" } })
    assert.same({}, store:check())
    store.events:update(store.events:first().id, { title = "changed" })
    assert.same({}, store:check())
    store:close()
    shell.remove(folder)
  end)
end)
