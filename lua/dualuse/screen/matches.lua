--- Restricted-party matches of the parties that a contract names.
-- @module dualuse.screen.matches

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local lists = require "dualuse.screen.lists"

local M = {}

-- How many parties a search asks for at first; more while all of them are alike enough.
local FIRST_SEARCH = 40

-- From what one means to what another does, the worst first.
M.outcomes = { "prohibited", "licence_required", "review", "unknown", "clear" }

local RANK = {}
for i, outcome in ipairs(M.outcomes) do RANK[outcome] = i end

--- The worse of two outcomes.
-- @tparam string a
-- @tparam string b
-- @treturn string
function M.worse(a, b)
  return RANK[a] <= RANK[b] and a or b
end

-- What a listing's own requirement means.
local REQUIREMENTS = { none = "clear", general = "licence_required", bulk = "licence_required",
  individual = "licence_required", prohibited = "prohibited" }

--- The first and last day of a date; ends that it does not have are before and after all days.
local function days(date)
  local first, last = core.edtf.bounds(date)
  return first or 0, last or math.maxinteger
end

--- Whether an entry stands on the day asked: "listed", "delisted", "not_yet"; "uncertain" where
-- its dates, or the day, leave that open. An entry without dates stands.
local function status_of(listing, first, last)
  local uncertain = false
  if listing.listed then
    local begins, begun = days(listing.listed)
    if begins > last then
      return "not_yet"
    end
    uncertain = begun > first
  end
  if listing.delisted then
    local ends, ended = days(listing.delisted)
    if ended <= first then
      return "delisted"
    end
    uncertain = uncertain or ends <= last
  end
  return uncertain and "uncertain" or "listed"
end

--- The one party of the same name but for its form, if there is one.
local function same_name(store, view, text)
  local found = type(text) == "string" and store.parties:match(text, 2) or {}
  if found[1] and found[1].score == 1 and not (found[2] and found[2].score == 1) then
    return view.parties:get(found[1].party)
  end
  return nil
end

--- The record that a party is, if it is on record: by id, key, name or alias, or by the same name
-- in another form. A name of two records is none of them, and is searched for.
local function record_of(store, view, reference)
  local ok, record = pcall(view.parties.get, view.parties, reference)
  if ok then
    return record or same_name(store, view, reference)
  elseif type(record) == "table" and record.code == "invalid" then
    return nil, record.message
  end
  error(record, 0)
end

--- Every party alike enough to a name, best first.
local function search(store, text, least)
  local wanted = FIRST_SEARCH
  while true do
    local found = store.parties:match(text, wanted)
    if #found < wanted or found[#found].score < least then
      return found
    end
    wanted = wanted * 4
  end
end

--- The best match of each party, over the names that the asked one goes by.
local function search_all(store, names, least)
  local best, order = {}, {}
  for _, name in ipairs(names) do
    for _, found in ipairs(search(store, name, least)) do
      local known = best[found.party]
      if found.score < least then
        break
      elseif not known then
        best[found.party], order[#order + 1] = found, found
      elseif found.score > known.score then
        known.score, known.matched = found.score, found.matched
      end
    end
  end
  return order
end

local function names_of(asked, record)
  local names, seen = {}, {}
  local function add(name)
    if name and not seen[name] and name:find("%S") then
      seen[name], names[#names + 1] = true, name
    end
  end
  if type(asked) == "string" and not (record and record.key == asked) then add(asked) end
  if record then
    add(record.name)
    for _, alias in ipairs(record.aliases or {}) do add(alias) end
  end
  return names
end

--- What a reviewer decided on matches in earlier screenings, the last decision on each.
-- A match is the same if the same was asked, and the same entry found.
-- @param view a store
-- @treturn table by what `M.identity` gives
function M.decisions(view)
  local decisions = {}
  local query = view.screenings:where{ decision = { "cleared", "confirmed" } }:order("id")
  for screening in query:each() do
    for _, match in ipairs(screening.matches or {}) do
      if match.identity then
        decisions[match.identity] = { decision = screening.decision, reason = screening.reason,
          reviewer = screening.reviewer, screening = screening.key or screening.id,
          date = screening.date, revision = match.revision }
      end
    end
  end
  return decisions
end

--- What makes a match the same one in another screening.
local function identity(asked, record, listing)
  return ("%s|%s"):format(record and record.id or tostring(asked), listing.key or listing.id)
end

--- Lays a reviewer's earlier decision over a match. It holds as long as the entry and the party
-- listed are what the reviewer saw, and a match is cleared only with a reason.
local function apply_decision(match, decision)
  if not decision then
    return
  elseif decision.revision ~= match.revision then
    match.before = decision.decision .. ", before the entry changed"
  elseif decision.decision == "confirmed" then
    match.confirmed = decision
    match.counts = match.status == "listed" and match.means or match.counts
  elseif decision.reason then
    match.cleared = decision
    match.counts = "clear"
  else
    match.before = "cleared without a reason, which does not clear it"
  end
end

--- What a match counts for in the outcome.
local function counts_for(match, sure)
  if match.status == "delisted" or match.status == "not_yet" then
    return "clear"
  elseif match.status == "uncertain" or match.score < sure then
    return RANK[match.means] < RANK.review and "review" or match.means
  end
  return match.means
end

local function means_of(listing, meanings)
  local means = lists.meaning(listing.list, meanings)
  local own = REQUIREMENTS[listing.requirement]
  return own and M.worse(own, means) or means
end

local function new_match(session, party, found, listing, listed)
  local match = {
    role = party.role, asked = party.asked, party = found.party, name = found.name,
    matched = found.matched, score = found.score, list = listing.list, entry = listing.entry,
    programmes = listing.programmes, requirement = listing.requirement, policy = listing.policy,
    notice = listing.notice, listed = listing.listed, delisted = listing.delisted,
    listing = listing.key or listing.id, revision = math.max(listing.revision, listed.revision),
    identity = identity(party.asked, party.record, listing),
    status = status_of(listing, session.first, session.last),
    means = means_of(listing, session.meanings),
  }
  match.counts = counts_for(match, session.sure)
  apply_decision(match, session.decisions[match.identity])
  local from = session.collector:another():add(listing):result()
  match.sources, match.independent, match.records = from.sources, from.independent, from.records
  return match
end

--- Adds the entries of one party that was found, on all lists.
local function add_entries(session, party, found, list)
  local listed = session.view.parties:get(found.party)
  if not listed then
    return
  end
  for listing in session.view.listings:where{ party = listed.id }:order("id"):each() do
    list[#list + 1] = new_match(session, party, found, listing, listed)
  end
end

--- Looks for one party on all lists.
-- @tparam table session `store`, `view`, `least`, `sure`, `first`, `last` (days), `meanings`,
--   `decisions`, `collector`
-- @tparam table party `role`, `asked`; gets its `record`, `problem` and `names`
-- @tparam {table,...} list the matches are added to it
function M.find(session, party, list)
  party.record, party.problem = record_of(session.store, session.view, party.asked)
  party.names = names_of(party.asked, party.record)
  for _, found in ipairs(search_all(session.store, party.names, session.least)) do
    if party.record and found.party == party.record.key then found.score = 1 end
    add_entries(session, party, found, list)
  end
end

--- Sorts matches: the best first, then in the order of the parties named, lists and entries.
-- @tparam {table,...} list
-- @tparam table roles the place of each role
function M.sort(list, roles)
  local place = {}
  for i, match in ipairs(list) do place[match] = i end
  table.sort(list, function(a, b)
    if a.score ~= b.score then
      return a.score > b.score
    elseif roles[a.role] ~= roles[b.role] then
      return roles[a.role] < roles[b.role]
    elseif a.list ~= b.list then
      return byte_order.before(a.list, b.list)
    end
    return place[a] < place[b]
  end)
end

return M
