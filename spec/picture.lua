-- The picture in the README, as dualuse draws it. `make picture` runs this, and writes it anew.

local dualuse = require "dualuse"

local M = {}

--- Where it is, from the root of the repository.
M.path = "spec/fixtures/cases.svg"

--- Draws it.
-- @treturn string SVG
function M.draw()
  local store <close> = assert(dualuse.open())
  require "dualuse.sample.japan_korea_2019".load(store)
  return dualuse.chart.cases_by_year(dualuse.reconcile(store, { authority = "KOR.MOTIE" }), {
    title = "Unauthorised exports disclosed by South Korea's trade ministry" })
end

if arg and arg[0] == "spec/picture.lua" then
  local file <close> = assert(io.open(M.path, "wb"))
  assert(file:write(M.draw()))
end

return M
