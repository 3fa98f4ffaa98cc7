--- Restricted-party lists: what each means, and what of them a store holds.
-- @module dualuse.screen.lists

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local sets = require "dualuse.sets"

local M = {}

--- What an entry on a list means, by the list's short name: one of the outcomes of a screening.
-- This table may be changed; `meanings` does the same for one screening. The names are those of
-- the lists that the United States consolidate.
M.meanings = {
  ["DPL"] = "prohibited",
  ["SDN"] = "prohibited",
  ["DTC"] = "prohibited",
  ["EL"] = "licence_required",
  ["MEU"] = "licence_required",
  ["UVL"] = "review",
  ["ISN"] = "review",
  ["SSI"] = "review",
  ["CAP"] = "review",
  ["CMIC"] = "review",
  ["NS-MBS"] = "review",
  ["PLC"] = "review",
}

--- The names that lists go by, and the short name of each. This table may be added to.
M.names = {
  ["Denied Persons List"] = "DPL",
  ["Denied Persons"] = "DPL",
  ["Specially Designated Nationals"] = "SDN",
  ["Specially Designated Nationals List"] = "SDN",
  ["SDN List"] = "SDN",
  ["ITAR Debarred"] = "DTC",
  ["AECA Debarred List"] = "DTC",
  ["Entity List"] = "EL",
  ["Military End User"] = "MEU",
  ["Military End User List"] = "MEU",
  ["Unverified List"] = "UVL",
  ["Nonproliferation Sanctions"] = "ISN",
  ["Sectoral Sanctions Identifications List"] = "SSI",
  ["Capta List"] = "CAP",
  ["Non-SDN Chinese Military-Industrial Complex Companies List"] = "CMIC",
  ["Non-SDN Menu-Based Sanctions List"] = "NS-MBS",
  ["NS-MBS List"] = "NS-MBS",
  ["Palestinian Legislative Council List"] = "PLC",
}

-- What a list means that is in no table.
local UNTOLD = "review"

--- The short name of a list: "EL" of "Entity List (EL) - Bureau of Industry and Security".
-- @tparam string list as a listing has it
-- @treturn string the list itself where it has no short name
function M.short(list)
  local code = list:match("%(([%w-]+)[^()]*%)")
  local name = list:match("^(.-)%s*%(") or list
  return M.meanings[list] and list or code and M.meanings[code] and code or M.names[name]
    or M.names[list] or list
end

--- What an entry on a list means.
-- @tparam string list as a listing has it
-- @tparam ?table meanings those that differ, by the list's name or short name
-- @treturn string an outcome
-- @treturn boolean whether that is in a table
function M.meaning(list, meanings)
  local short = M.short(list)
  local told = meanings and (meanings[list] or meanings[short]) or M.meanings[short]
  return told or UNTOLD, told ~= nil
end

--- The revision of each party, by key.
local function revisions_of(view)
  local revisions = {}
  for _, key, revision in view.parties:values("key", "revision") do revisions[key] = revision end
  return revisions
end

local function add_date(entry, date)
  local first, last = core.edtf.bounds(date)
  if first and (not entry.first or first < entry.first) then
    entry.first, entry.from = first, date
  end
  if last and (not entry.last or last > entry.last) then
    entry.last, entry.to = last, date
  end
end

local function count(view)
  local lists, changed, order = {}, revisions_of(view), {}
  for _, list, listed, revision, party in
      view.listings:values("list", "listed", "revision", "party") do
    local entry = lists[list]
    if not entry then
      entry = { list = list, short = M.short(list), entries = 0, undated = 0, revision = 0 }
      lists[list], order[#order + 1] = entry, entry
    end
    entry.entries = entry.entries + 1
    entry.revision = math.max(entry.revision, revision, changed[party] or 0)
    if listed then add_date(entry, listed) else entry.undated = entry.undated + 1 end
  end
  table.sort(order, function(a, b) return byte_order.before(a.list, b.list) end)
  for _, entry in ipairs(order) do entry.first, entry.last = nil, nil end
  return order
end

-- What was counted of a store, with its revision: the next screening need not count again.
local counted = setmetatable({}, { __mode = "k" })

--- The lists that a store holds.
-- @param store an open store
-- @param view of its newest revision
-- @treturn {table,...} each with `list`, `short`, `entries`; `from` and `to`, when the first and
--   the last of them were listed; `undated`, how many have no such date; and `revision`, the last
--   in which an entry or a party on the list changed
function M.held(store, view)
  local revision = store:revision()
  local known = counted[store]
  if not known or known.revision ~= revision then
    known = { revision = revision, lists = count(view) }
    counted[store] = known
  end
  local copy = {}
  for i, entry in ipairs(known.lists) do
    copy[i] = {}
    for name, value in pairs(entry) do copy[i][name] = value end
  end
  return copy
end

--- The short names of the lists that have a meaning and no entry.
-- @tparam {table,...} held what `held` gave
-- @tparam ?table meanings as in `meaning`
-- @treturn {string,...} sorted
function M.missing(held, meanings)
  local has, set = {}, {}
  for _, entry in ipairs(held) do has[entry.short], has[entry.list] = true, true end
  for _, names in ipairs{ M.meanings, meanings or {} } do
    for name in pairs(names) do
      if not has[name] and not has[M.short(name)] then set[M.short(name)] = true end
    end
  end
  return sets.sorted(set)
end

return M
