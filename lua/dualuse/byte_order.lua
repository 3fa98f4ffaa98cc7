--- Texts in the order of their bytes, which for UTF-8 is that of their characters' numbers. Lua's
-- own order is that of the locale.
-- @module dualuse.byte_order

local precedes = require("dualuse.core").precedes

local M = {}

--- Does a text come before another?
-- @tparam string a
-- @tparam string b
-- @treturn boolean false for equal ones
function M.before(a, b)
  return precedes(a, b)
end

local RANKS = { number = 1, string = 2 }

--- Does a value come before another: numbers first, then texts, and whatever else as it prints?
-- @param a
-- @param b
-- @treturn boolean false for equal ones
function M.numbers_first(a, b)
  local x, y = RANKS[type(a)] or 3, RANKS[type(b)] or 3
  if x ~= y then
    return x < y
  elseif x == 1 then
    return a < b
  end
  return precedes(tostring(a), tostring(b))
end

return M
