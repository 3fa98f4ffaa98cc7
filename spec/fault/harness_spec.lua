local shell = require "spec.shell"

--- Runs a harness on every n-th of its points; `make fault` takes them all.
-- @treturn integer how many faults it injected
local function run(command)
  local status, output = shell.run(
    ('LUA_PATH="lua/?.lua;lua/?/init.lua;;" build/fault/%s'):format(command))
  assert.equal(0, status, output)
  return tonumber(output:match("(%d+) [%a ]*injected"))
end

describe("a store #process", function()
  setup(function() shell.must("make -s build/fault/allocations build/fault/disk") end)

  it("loses nothing, leaks nothing and goes on when an allocation fails", function()
    assert.is_true(run("allocations -every 41 -least 70 write") >= 70)
    assert.is_true(run("allocations -every 997 -least 150 " ..
      "create open load readonly read group backup import report") >= 150)
  end)

  it("is whole and goes on when the disk fails", function()
    assert.is_true(run("disk -every 7 -least 150 write import backup") >= 150)
    assert.is_true(run("disk -every 5 -least 50 open create read") >= 50)
  end)

  it("has every write that returned when the power goes", function()
    assert.is_true(run("disk -power 3 -every 5 -least 120 create write import backup") >= 120)
  end)

  it("would lose some if nothing were synced: the harness sees it", function()
    assert.is_true(run("disk -power 2 -every 20 -lie 1 -least 10 write") >= 10)
  end)
end)
