-- What the core raised for a module on top of it was told at a line of the module, where no script
-- has anything to mend.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises

local mapping = { columns = { n = "fine" }, constants = { authority = "KOR" }, source = false }

local store
before_each(function() store = assert(dualuse.open()) end)
after_each(function() store:close() end)

local function import(options)
  local result = store.cases:import(imports.giver "n\nx\n", imports.with(mapping, options))
  return result
end

describe("an error of an import", function()
  it("is told at the line of the script that called it", function()
    raises(function() local _ = store.cases:import("nowhere.csv") end, { code = "io" })
    raises(function() local _ = store.cases:import(imports.giver "n\n", { colums = {} }) end,
      { code = "misuse" })
    for code, options in pairs{
      invalid = { constants = { authority = "Atlantis" } },
      misuse = { dates = 5 },
    } do
      raises(function()
        local _ = store.cases:import(imports.giver "n\nx\n", imports.with(mapping, options))
      end, { code = code })
    end
    raises(function()
      local _ = store.cases:import(imports.giver "n\nx\n", imports.with(mapping,
        { on_error = "stop" }))
    end, { code = "invalid", says = { "line 2" } })
    raises(function()
      local _ = store:as_of(0).cases:import(imports.giver "n\nx\n", mapping)
    end, { code = "readonly" })
  end)

  it("is told at the line of a function that the script gave", function()
    local function convert() store.parties:update("nobody", 7) end
    local ok, problem = pcall(import, { convert = { n = convert } })
    assert.is_false(ok)
    stores.check_error(problem, convert, { code = "misuse" })
    local function progress() store.cases:count("surplus", store.nowhere) end
    ok, problem = pcall(import, { progress = progress })
    assert.is_false(ok)
    stores.check_error(problem, progress, { code = "misuse" })
  end)

  it("is told somewhere even where no script called it", function()
    local thread = coroutine.create(store.cases.import)
    local ok, problem = coroutine.resume(thread, store.cases, "nowhere")
    assert.is_false(ok)
    assert.equal("io", problem.code)
    assert.is_string(problem.where)
  end)
end)

describe("a script in a folder of the same name elsewhere", function()
  it("is a script #process", function()
    local folder = shell.folder()
    shell.must("mkdir -p " .. folder .. "/dualuse")
    local script = folder .. "/dualuse/own.lua"
    stores.write(script, [[
      local store = require("dualuse").open()
      local ok, problem = pcall(function() return (store.cases:import("nowhere.csv")) end)
      print(problem.where:match(":(%d+)$"), problem.code)
    ]])
    assert.equal("2\tio\n", shell.must(stores.command(script)))
    shell.remove(folder)
  end)
end)
