-- A COMMIT that came to its end past the store's deadline was now and then reported as
-- `interrupted`, though it had been made: the write raised, and yet its record was there.

local dualuse = require "dualuse"
local shell = require "spec.shell"

describe("a write under a deadline #process", function()
  it("is there if it returned, and is not there if it raised", function()
    local folder = shell.folder()
    for i, deadline in ipairs{ 1e-9, 1e-6, 1e-5 } do
      local path = ("%s/%d.db"):format(folder, i)
      local patient <close> = assert(dualuse.open(path))
      local hurried <close> = assert(dualuse.open(path, { deadline = deadline,
        durability = "normal" }))
      for n = 1, 1000 do
        local key = "dispute-" .. n
        local ok, problem = pcall(hurried.disputes.add, hurried.disputes,
          { key = key, title = "one of many" })
        if not ok then assert.equal("interrupted", problem.code) end
        assert.equal(ok, patient.disputes:get(key) ~= nil, key)
      end
    end
    shell.remove(folder)
  end)
end)
