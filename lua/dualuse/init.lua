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

-- Nobody waits for what is written in Lua before it is first used.
local function late(module, name)
  return function(...)
    return require("dualuse." .. module)[name](...)
  end
end

core.printer(late("printing", "object"))
core.rows_by(late("rows.grouped", "rows"))
core.extend("dualuse.collection", "import", late("import", "import"))
core.extend("dualuse.query", "duplicates", late("repeats", "duplicates"))
core.extend("dualuse.query", "one_a_day", late("repeats", "one_a_day"))
core.extend("dualuse.query", "export", late("export", "export"))
core.extend("dualuse.store", "export", late("dossier", "export"))
core.extend("dualuse.store", "import", late("dossier", "import"))

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
