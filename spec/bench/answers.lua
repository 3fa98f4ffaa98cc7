--- The answers that a store has printed: read, and held against those of others.
local questions = require "spec.bench.questions"

local M = {}

-- Sums of floating-point numbers depend on the order of their parts.
local TOLERANCE = 1e-9

--- Reads what a peer has printed: for each question "? name", rows with tabs, and the seconds that
-- it took, as "= 0.01" or as the sqlite3 program's timer has it: processor time there, since its
-- clock knows nothing below a millisecond. Of a question that is asked several times the last
-- answer counts, and the least time.
-- @tparam string output
-- @treturn table by the question's name: `seconds` and `rows`, each a list of texts
function M.read(output)
  local given, current = {}, nil
  for line in output:gmatch("[^\n]+") do
    local name = line:match("^%? (.*)$")
    local user, system = line:match("^Run Time: real %S+ user (%S+) sys (%S+)$")
    local seconds = user and user + system or tonumber(line:match("^= (%S+)$"))
    if name then
      current = { rows = {}, seconds = given[name] and given[name].seconds }
      given[name] = current
    elseif seconds then
      current.seconds = math.min(seconds, current.seconds or seconds)
    else
      local row = {}
      for field in (line .. "\t"):gmatch("([^\t]*)\t") do row[#row + 1] = field end
      current.rows[#current.rows + 1] = row
    end
  end
  return given
end

local function is_same(a, b)
  if a == b then return true end
  local x, y = tonumber(a), tonumber(b)
  return x ~= nil and y ~= nil and math.abs(x - y) <= TOLERANCE * math.max(math.abs(x), math.abs(y))
end

--- The first row that is not the same.
local function difference(expected, rows)
  for i = 1, math.max(#expected, #rows) do
    local one, other = expected[i] or {}, rows[i] or {}
    for k = 1, math.max(#one, #other) do
      if not is_same(one[k] or "nothing", other[k] or "nothing") then return one, other end
    end
  end
  return nil
end

--- Holds answers against those known; what was not known yet is from now on.
-- @tparam table known changed
-- @tparam table given what `read` gave
-- @tparam string peer whose they are
-- @raise where an answer is missing, or differs
function M.compare(known, given, peer)
  local names = {}
  for i, question in ipairs(questions.list) do names[i] = question.name end
  M.compare_all(known, given, peer, names)
end

--- The same for what these names are of.
-- @tparam table known changed
-- @tparam table given what `read` gave
-- @tparam string peer whose they are
-- @tparam table names
-- @raise where an answer is missing, or differs
function M.compare_all(known, given, peer, names)
  for _, name in ipairs(names) do
    if not given[name] or not given[name].seconds then
      error(("bench: %s has not answered: %s"):format(peer, name), 0)
    end
    known[name] = known[name] or { rows = given[name].rows, peer = peer }
    local one, other = difference(known[name].rows, given[name].rows)
    if one then
      error(("bench: %s: %s answers\n  %s\nwhere %s answers\n  %s"):format(name, peer,
        table.concat(other, "  "), known[name].peer, table.concat(one, "  ")), 0)
    end
  end
end

return M
