--- A store for the events and enforcement cases of export-control disputes.
--
-- `require "dualuse"` gives the functions of the core (`open`, `describe`, `edtf`, `null`, `raise`)
-- and the modules on top of it, each loaded when it is first named: `dualuse.licence` is
-- `require "dualuse.licence"`.
-- @module dualuse

local core = require "dualuse.core"

local M = {
  open = core.open,
  describe = core.describe,
  edtf = core.edtf,
  null = core.null,
  raise = core.raise,
}

-- What these modules raise is told at the line of the script that called them.
local home = tostring((select(2, ...))):match("^(.*[/\\])init%.lua$")
if home then core.home(home) end

-- Nobody waits for what prints objects before one is printed.
core.printer(function(...) return require("dualuse.printing").object(...) end)

-- What query:group gives: rows, each with how many of its sources are independent.
core.rows_by(function(list, info, store)
  local count = require("dualuse.provenance").counter(store)
  for _, row in ipairs(info.provenance and list or {}) do
    row.independent = count(row.sources)
  end
  require "dualuse.rows" -- what rows can do
  -- no row has another column: to look for one in each would take longer than to make them
  local columns = table.move(info.measures, 1, #info.measures, #info.keys + 1,
    { table.unpack(info.keys) })
  return require("dualuse.rows.list").adopt(list, { keys = info.keys, measures = info.measures,
    columns = columns, aggregates = info.aggregates, unit = info.unit, independent = count })
end)

-- Methods that are written in Lua: class, name, and the module whose function of that name is
-- called; it is loaded when it is first used.
local methods = {
  { "dualuse.collection", "import", "import" },
  { "dualuse.query", "duplicates", "repeats" },
  { "dualuse.query", "one_a_day", "repeats" },
  { "dualuse.query", "export", "export" },
  { "dualuse.store", "export", "dossier" },
  { "dualuse.store", "import", "dossier" },
}

for _, method in ipairs(methods) do
  local class, name, module = table.unpack(method)
  core.extend(class, name, function(...)
    return require("dualuse." .. module)[name](...)
  end)
end

return setmetatable(M, {
  __index = function(_, name)
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      return nil
    end
    local path = package.searchpath("dualuse." .. name, package.path)
    if not path then
      return nil
    end
    M[name] = require("dualuse." .. name)
    return M[name]
  end,
})
