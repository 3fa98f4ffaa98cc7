--- The terminal that a prompt runs in: what it can show, and a pager for what is long.
-- @module dualuse.explore.terminal

local core = require "dualuse.core"
local layout = require "dualuse.layout"

local M = {}

--- Whether the locale of the environment is one of UTF-8.
-- @treturn boolean
function M.utf8()
  for _, name in ipairs{ "LC_ALL", "LC_CTYPE", "LANG" } do
    local value = os.getenv(name)
    if value and value ~= "" then
      return value:lower():find("utf%-?8") ~= nil
    end
  end
  return false
end

-- How many lines of the screen a text takes: what is too wide goes on in the next.
local function height(text, columns)
  local lines = 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    lines = lines + math.max(1, (layout.width(line) + columns - 1) // columns)
  end
  return lines
end

-- Gives a text to the pager: in a file, since whoever leaves a pager early would break a pipe, and
-- with it the interpreter. False where there is no pager.
local function page(text)
  local path = os.tmpname()
  local file = io.open(path, "w")
  if not file then
    return false
  end
  local written = file:write(text, "\n")
  written = file:close() and written
  -- less leaves on the screen what it has shown, and ends at once where that is all.
  local done = written and os.execute(
    ('LESS="${LESS-FX}" ${PAGER-$(command -v less || echo more)} <%s'):format(path))
  os.remove(path)
  return done == true
end

--- Prints a text; through the pager that PAGER names (less, or more) where it is longer than the
-- screen. An empty PAGER is none.
-- @tparam string text without a last line end
function M.print(text)
  local columns, lines = core.terminal("stdout")
  local long = columns and os.getenv("PAGER") ~= "" and height(text, columns) >= lines
  if not (long and page(text)) then
    io.stdout:write(text, "\n")
  end
end

return M
