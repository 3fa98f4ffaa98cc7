--- Numbers as a reader reads them: a decimal point, groups of three digits, whatever the locale.
-- @module dualuse.digits

local M = {}

-- What is larger than this is no longer exact as a float.
local LARGEST = 1e15

local function grouped(digits)
  return (digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

--- A number as text: "1,234.5".
-- @tparam number value
-- @tparam[opt] integer decimals at most so many, 2 if absent; those that are 0 at the end are left
--   out
-- @treturn string
function M.text(value, decimals)
  if value ~= value then
    return "not a number"
  elseif math.type(value) == "integer" then
    local digits = ("%d"):format(value)
    return digits:sub(1, 1) == "-" and "-" .. grouped(digits:sub(2)) or grouped(digits)
  end
  decimals = decimals or 2
  local scale = math.tointeger(10 ^ decimals)
  local scaled = math.abs(value) * scale + 0.5
  if scaled >= LARGEST then
    return (("%.15g"):format(value):gsub(",", "."))
  end
  scaled = math.floor(scaled)
  local part = scaled % scale
  local text = (value < 0 and scaled > 0 and "-" or "") .. grouped(tostring(scaled // scale))
  return part == 0 and text
    or ("%s.%s"):format(text, (("%0" .. decimals .. "d"):format(part):gsub("0+$", "")))
end

return M
