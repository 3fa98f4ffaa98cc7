local shell = require "spec.shell"

local PATH = "rockspec/dualuse-scm-1.rockspec"

--- The rockspec's own globals, as LuaRocks would read them.
local function rockspec()
  local globals = {}
  assert(loadfile(PATH, "t", globals))()
  return globals
end

local function sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

--- lua/dualuse/report/html.lua is module dualuse.report.html, an init.lua its folder.
local function module_of(file)
  return (file:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

describe("the rockspec", function()
  it("builds the core from every C file", function()
    assert.same(shell.files("csrc", ".c"), sorted(rockspec().build.modules["dualuse.core"].sources))
  end)

  it("installs every Lua file, each under its own name", function()
    local expected = {}
    for _, file in ipairs(shell.files("lua", ".lua")) do expected[module_of(file)] = file end
    local listed = rockspec().build.modules
    listed["dualuse.core"] = nil
    assert.same(expected, listed)
  end)

  it("asks for Lua 5.4 and SQLite", function()
    local spec = rockspec()
    assert.same({ "lua >= 5.4, < 5.5" }, spec.dependencies)
    assert.equal("sqlite3.h", spec.external_dependencies.SQLITE.header)
    assert.equal("MIT", spec.description.license)
  end)
end)
