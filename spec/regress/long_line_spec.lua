-- Of a line that is longer than a record may be, every piece was taken for a record of its own.

local core = require "dualuse.core"
local rejects = require "dualuse.import.rejects"
local shell = require "spec.shell"
local stores = require "spec.stores"

--- A function that returns a text in chunks of so many bytes.
local function giver(text, size)
  local at = 1
  return function()
    local chunk = text:sub(at, at + size - 1)
    at = at + size
    return chunk ~= "" and chunk or nil
  end
end

describe("a line longer than the limit", function()
  local long = ("x"):rep(1000)

  it("is one fault among the records", function()
    for _, size in ipairs{ 1, 7, 300, 5000 } do
      local records = core.records(giver("a,b\n" .. long .. "\r\nc,d\n" .. long, size),
        { delimiter = ",", quotes = true, limit = 100 })
      assert.same({ "a", "b" }, (records:fields()))
      local found, line, why, text = records:fields(true)
      assert.same({ false, 2, long:sub(1, 100) }, { found, line, text })
      assert.matches("longer than the limit", why)
      assert.equal(2, (select(2, records:fields())))
      assert.same({ "c", "d" }, (records:fields()))
      assert.is_false((records:fields()))
      assert.is_nil(records:fields())
    end
  end)

  it("is whole in the file of rejected lines", function()
    local folder = shell.folder()
    local to = rejects.new(folder .. "/rejected", "date,kind")
    to:add(2, nil, "too long", "begi", true)
    to:add_rest("nn")
    to:add_rest("ing")
    to:add(3, "date", "no date", "never,sanction", false)
    to:add(4, nil, "too long", "en", true)
    to:add_rest("d")
    to:close()
    assert.equal("date,kind\nbeginning\nnever,sanction\nend\n", stores.bytes(folder .. "/rejected"))
    assert.equal(3, to.count)
    shell.remove(folder)
  end)

  it("is given to a function in pieces", function()
    local given = {}
    local to = rejects.new(function(reject) given[#given + 1] = reject end)
    to:add(2, nil, "too long", "begi", true)
    to:add_rest("nning")
    to:close()
    assert.same({ { line = 2, reason = "too long", text = "begi", cut = true },
      { line = 2, reason = "too long", text = "nning", rest = true } }, given)
  end)
end)
