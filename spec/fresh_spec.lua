-- What a process that has just begun does: it loads what it uses, and no more.

local shell = require "spec.shell"
local stores = require "spec.stores"

-- Prints the modules of dualuse that are loaded after each of these.
local LOADED = [[
  local function loaded(after)
    local names = {}
    for name in pairs(package.loaded) do
      if name:find("^dualuse") then names[#names + 1] = name end
    end
    table.sort(names)
    print(after .. ": " .. table.concat(names, " "))
  end
  local dualuse = require "dualuse"
  local store <close> = assert(dualuse.open(...))
  store.events:add{ date = "2019-07-04", kind = "sanction", actor = "JPN", target = "KOR" }
  local query = store.events:where{ actor = "Japan", date = { during = "2019" } }
  for id in query:values("date") do assert(store.events:get(id).target == "KOR") end
  assert(#query == 1 and dualuse.nothing == nil)
  loaded "questions"
  assert(tostring(query):find("2019-07-04", 1, true))
  loaded "print"
  local rows = query:group{ "year", provenance = true }
  assert(rows[1].count == 1 and rows[1].independent == 0)
  loaded "group"
]]

describe("a fresh process #process", function()
  local folder, lines

  setup(function()
    folder = shell.folder()
    stores.write(folder .. "/script.lua", LOADED)
    lines = {}
    for after, names in shell.must(stores.command(folder .. "/script.lua", folder .. "/store.db"))
      :gmatch("(%a+): ([^\n]*)\n") do
      lines[after] = " " .. names .. " "
    end
  end)
  teardown(function() shell.remove(folder) end)

  it("adds, finds and reads records with the core alone", function()
    assert.equal(" dualuse dualuse.core ", lines.questions)
  end)

  it("loads what prints when it prints, and rows when it counts", function()
    assert.matches(" dualuse.printing ", lines.print, 1, true)
    assert.is_nil(lines.print:find(" dualuse.rows ", 1, true))
    assert.matches(" dualuse.rows.grouped ", lines.group, 1, true)
    assert.matches(" dualuse.rows ", lines.group, 1, true)
  end)
end)
