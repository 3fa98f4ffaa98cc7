local shell = require "spec.shell"
local stores = require "spec.stores"

--- Runs a harness on every n-th of its points; `make fault` takes them all.
-- @treturn integer how many faults it injected
local function run(command)
  local status, output = shell.run(
    ('LUA_PATH="lua/?.lua;lua/?/init.lua;;" build/fault/%s'):format(command))
  assert.equal(0, status, output)
  return tonumber(output:match("(%d+) [%a ]*injected"))
end

--- Runs a script that starts processes.
local function crowd(script, ...)
  local status, output = shell.run(stores.command(script, ...))
  assert.equal(0, status, output)
end

describe("a store #process", function()
  setup(function() shell.must("make -s build/fault/allocations build/fault/disk") end)

  it("loses nothing, leaks nothing and goes on when an allocation fails", function()
    assert.is_true(run("allocations -every 397 -least 40 write") >= 40)
    assert.is_true(run("allocations -every 4999 -least 60 " ..
      "create open load readonly read check group backup import report") >= 60)
  end)

  it("is whole and goes on when the disk fails", function()
    assert.is_true(run("disk -every 19 -least 60 write import backup") >= 60)
    assert.is_true(run("disk -every 19 -least 20 open create read check") >= 20)
  end)

  it("has every write that returned when the power goes", function()
    assert.is_true(run("disk -power 2 -every 19 -least 40 create write import backup") >= 40)
    assert.is_true(run("disk -power 2 -every 297 -least 5 fill") >= 5)
  end)

  it("is mended as a whole or not at all, whatever fails", function()
    assert.is_true(run("allocations -every 19997 -least 20 repair") >= 20)
    assert.is_true(run("disk -every 197 -least 20 repair") >= 20)
    assert.is_true(run("disk -power 2 -every 197 -least 5 repair") >= 5)
  end)

  it("is one to many processes that write, read and import at once", function()
    crowd("spec/fault/crowd.lua", "2", "4", "4")
  end)

  it("would lose some if nothing were synced: the harness sees it", function()
    assert.is_true(run("disk -power 2 -every 20 -lie 1 -least 10 write") >= 10)
  end)
end)

describe("the reasons for lines that nothing runs", function()
  --- The functions that a file of the core has: their heads begin a line.
  local function functions_of(code)
    local names = {}
    for name in code:gmatch("\n%a[%w_ *]-([%w_]+)%(") do names[name] = true end
    return names
  end

  it("name files and functions that there are", function()
    for _, reason in ipairs(require "spec.fault.uncovered") do
      assert.is_string(reason.why)
      for _, place in ipairs(reason) do
        local about = ("%s %s %s"):format(place.file, place.body, place.code)
        local code = place.file and stores.bytes("csrc/" .. place.file)
        if place.body then assert.is_true(functions_of(code)[place.body], about) end
        if code and place.code then assert.is_truthy(code:find(place.code, 1, true), about) end
      end
    end
  end)
end)

describe("the mutants", function()
  it("still apply to the code", function()
    crowd("spec/fault/mutants.lua", "--apply")
  end)
end)
