--- Texts in the order of their bytes, which for UTF-8 is that of their characters' numbers. Lua's
-- own order is that of the locale.
-- @module dualuse.byte_order

local M = {}

--- Does a text come before another?
-- @tparam string a
-- @tparam string b
-- @treturn boolean false for equal ones
function M.before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

return M
