-- A view of an earlier revision found nothing of a record that another process changed, as the
-- first of its kind, between the moment when the statement was found to do without a table of
-- earlier states, since there was none, and the moment when it began to read. Where it changed the
-- record a moment sooner, the view raised "no such table".

local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

-- Before it was mended, every tenth or so of these went wrong.
local ROUNDS = 60

describe("a view of an earlier revision", function()
  it("has a record while another process makes its kind's first change #process", function()
    local folder = shell.folder()
    local function path(round) return ("%s/%d.db"):format(folder, round) end
    do
      local store <close> = assert(dualuse.open(path(0)))
      store.items:add{ key = "count", name = "one" }
    end
    stores.write(folder .. "/change.lua", [[
      local dualuse, folder, rounds = require "dualuse", ...
      local ends = os.time() + 30
      for round = 1, tonumber(rounds) do
        local store <close> = assert(dualuse.open(("%s/%d.db"):format(folder, round)))
        local go = ("%s/%d.go"):format(folder, round)
        repeat local file = io.open(go) until file or os.time() > ends
        store.items:update("count", { name = "two" })
      end
    ]])
    for round = 1, ROUNDS do
      shell.must(("cp %s %s"):format(shell.quote(path(0)), shell.quote(path(round))))
    end
    local pipe = assert(io.popen(stores.command(folder .. "/change.lua", folder,
      tostring(ROUNDS)) .. " 2>&1"))
    local ends = os.time() + 30
    for round = 1, ROUNDS do
      local store <close> = assert(dualuse.open(path(round), { readonly = true }))
      local first = store:revision()
      local view = store:as_of(first)
      stores.write(("%s/%d.go"):format(folder, round), "")
      repeat
        local record = view.items:get("count")
        assert.equal("one", record and record.name)
        assert.is_true(os.time() < ends, "nobody changed it")
      until store:revision() > first
    end
    assert.equal("", pipe:read("a"))
    assert.is_true(pipe:close())
    shell.remove(folder)
  end)
end)
