--- Which measures and memberships a question touches, and how near they are to what is asked.
--
-- A party is where it is by itself, by its parents, the nearer first, and by its country; each of
-- them may be in groups, through memberships, and a group in other groups. A state that is not the
-- party's own country is none of its parents: the subsidiary of a foreign firm lies where it lies.
-- An item is itself and then its parents.
-- @module dualuse.licence.scope

local core = require "dualuse.core"
local timeline = require "dualuse.licence.timeline"
local sets = require "dualuse.sets"

local M = {}

-- How near a destination is: the step on the way up times this, plus how many memberships further.
local STEP = 1000
local ANY = math.huge

-- These act for what they are part of.
local BODIES = { ministry = true, agency = true, court = true }

local function name_of(record)
  return record.key or record.id
end

local Scope = {}
Scope.__index = Scope

-- ------------------------------------------------------------------------------ what is on record

local Reader = {}
Reader.__index = Reader

function Reader:get(kind, reference)
  if reference == nil then
    return nil
  end
  local known = self[kind]
  if known[reference] == nil then
    known[reference] = self.view[kind]:get(reference) or false
  end
  return known[reference] or nil
end

--- The country of a party, or of the nearest parent that has one.
function Reader:country(party)
  while party do
    if party.kind == "state" then
      return party
    elseif party.country then
      return self:get("parties", party.country)
    end
    party = self:get("parties", party.parent)
  end
  return nil
end

--- A party, its parents and its country, the nearer first.
function Reader:chain(party)
  local country, chain = self:country(party), {}
  local at = party
  while at do
    if at.kind ~= "state" or at == country then
      chain[#chain + 1] = at
    end
    at = self:get("parties", at.parent)
  end
  if country and chain[#chain] ~= country then
    chain[#chain + 1] = country
  end
  return chain
end

--- How far each item is that this one is or is below: { [name] = steps }.
function Reader:item_steps(item)
  local steps, count = {}, 0
  while item do
    steps[name_of(item)], count = count, count + 1
    item = self:get("items", item.parent)
  end
  return steps
end

--- Whose measure it is: of a ministry, that of the state it is part of.
function Reader:seat(jurisdiction)
  local party = self:get("parties", jurisdiction)
  while party and BODIES[party.kind] do
    party = self:get("parties", party.parent or party.country)
  end
  return party and name_of(party) or jurisdiction
end

--- Does a source certainly stand published by the day known?
function Reader:published(source)
  local known = self.sources[source]
  if known == nil then
    local record = self.view.sources:get(source)
    local date = record and record.published and core.edtf.parse(record.published)
    known = date and not date.uncertain and not date.approximate and date.last ~= nil
      and date.last <= self.known_by or false
    self.sources[source] = known
  end
  return known
end

--- The citations that count: all, unless a day known is asked for.
function Reader:citations(record)
  if not self.known_by then
    return record.sources or {}
  end
  local counted = {}
  for _, citation in ipairs(record.sources or {}) do
    if self:published(type(citation) == "table" and citation[1] or citation) then
      counted[#counted + 1] = citation
    end
  end
  return counted
end

--- Does a stage count? What cites nothing rests on what the record cites; what was inferred
-- without a source counts as known.
function Reader:counts(stage, record)
  if not self.known_by then
    return true
  end
  local told = stage.sources and stage or record.sources and not stage.inferred and record
  if told then
    return #self:citations(told) > 0
  end
  return stage.inferred or record.inferred or false
end

--- A reader of a store that does not change.
-- @param view a store
-- @tparam table question `known_by` (a day YYYYMMDD, or nil) and `assumed` (a set of stages)
-- @treturn table
function M.reader(view, question)
  return setmetatable({ view = view, parties = {}, items = {},
    sources = {}, known_by = question.known_by, assumed = question.assumed }, Reader)
end

function Reader:timeline(record)
  return timeline.of(record, function(stage) return self:counts(stage, record) end, self.assumed)
end

-- ---------------------------------------------------------------------------------- memberships

--- Reads upwards from a list of parties through all memberships there have ever been.
-- @treturn {table,...} what leads into a group: `member`, `group`, and of a membership `entry`;
--   a group that is part of another is in it without one
function Scope:edges_from(chain)
  local edges, seen, level = {}, {}, {}
  for _, party in ipairs(chain) do
    level[#level + 1] = name_of(party)
    seen[name_of(party)] = true
  end
  while #level > 0 do
    local above = {}
    local function reach(member, group, entry)
      edges[#edges + 1] = { member = member, group = group, entry = entry }
      if not seen[group] then
        seen[group], above[#above + 1] = true, group
      end
    end
    for membership in self.reader.view.memberships:where{ member = level }:each() do
      reach(membership.member, membership.group, self:entry("membership", membership))
    end
    for _, name in ipairs(level) do
      local party = self.reader:get("parties", name)
      local parent = party.kind == "group" and self.reader:get("parties", party.parent)
      if parent and parent.kind == "group" then
        reach(name, name_of(parent), nil)
      end
    end
    level = above
  end
  return edges, seen
end

--- A measure or membership of which it matters when it was in force.
function Scope:entry(kind, record)
  local entry = self.known[record.id]
  if not entry then
    entry = { kind = kind, record = record, name = name_of(record),
      timeline = self.reader:timeline(record) }
    self.known[record.id] = entry
    self.entries[#self.entries + 1] = entry
  end
  return entry
end

--- How near everything is that a party is in.
-- @tparam {table,...} chain
-- @tparam {table,...} edges
-- @tparam table on a set of the entries in force
-- @treturn table { [name] = nearness }
local function nearness(chain, edges, on)
  local near = {}
  for step, party in ipairs(chain) do
    near[name_of(party)] = (step - 1) * STEP
  end
  local changed = true
  while changed do
    changed = false
    for _, edge in ipairs(edges) do
      local from, to = near[edge.member], near[edge.group]
      if from and (not edge.entry or on[edge.entry]) and (not to or from + 1 < to) then
        near[edge.group], changed = from + 1, true
      end
    end
  end
  return near
end

-- ------------------------------------------------------------------------------------ measures

local function contains(list, wanted)
  for _, value in ipairs(list or { wanted }) do
    if value == wanted then return true end
  end
  return false
end

--- The nearest of a list of references: how near, and which; nil if none is.
local function nearest(references, near)
  if not references or #references == 0 then
    return ANY, nil
  end
  local best, which
  for _, reference in ipairs(references) do
    local found = near[reference]
    if found and (not best or found < best) then
      best, which = found, reference
    end
  end
  return best, which
end

local function reachable(set, references)
  for _, reference in ipairs(references or {}) do
    if set[reference] then return true end
  end
  return not references or #references == 0
end

--- The measures that may apply on some day.
function Scope:read_measures(from_seen, to_seen)
  local asked = self.reader.view.measures:where{
    jurisdiction = { within = sets.sorted(from_seen) } }
  for record in asked:each() do
    local item, which = nearest(record.items, self.item_steps)
    local seat = self.reader:seat(record.jurisdiction)
    if item and from_seen[seat] and contains(record.activities, self.activity)
        and reachable(to_seen, record.destinations) then
      local entry = self:entry("measure", record)
      entry.item, entry.item_named, entry.seat = item, which, seat
      entry.excepts = sets.of(record.excepts)
      self.measures[#self.measures + 1] = entry
    end
  end
  table.sort(self.measures, function(a, b) return a.record.id < b.record.id end)
end

--- Memberships that lead neither to a destination of a measure nor to a jurisdiction decide
-- nothing.
local function drop_idle(edges, wanted)
  local useful, changed = {}, true
  while changed do
    changed = false
    for i, edge in ipairs(edges) do
      if not useful[i] and wanted[edge.group] then
        useful[i], wanted[edge.member], changed = true, true, true
      end
    end
  end
  local kept = {}
  for i, edge in ipairs(edges) do
    if useful[i] then
      kept[#kept + 1] = edge
      if edge.entry then edge.entry.useful = true end
    end
  end
  return kept
end

function Scope:keep_useful()
  local groups, seats = {}, {}
  for _, measure in ipairs(self.measures) do
    measure.useful, seats[measure.seat] = true, true
    for _, reference in ipairs(measure.record.destinations or {}) do groups[reference] = true end
  end
  self.to_edges = drop_idle(self.to_edges, groups)
  self.from_edges = drop_idle(self.from_edges, seats)
  local kept = {}
  for _, entry in ipairs(self.entries) do
    if entry.useful then kept[#kept + 1] = entry end
  end
  table.sort(kept, function(a, b) return a.record.id < b.record.id end)
  for index, entry in ipairs(kept) do entry.index = index end
  self.entries = kept
end

--- What a question touches.
-- @tparam table reader as `reader` gives it
-- @tparam table from a party
-- @tparam table to a party
-- @tparam table item
-- @tparam string activity
-- @treturn table `entries`, the measures and memberships that matter, each with `kind`, `record`,
--   `name` and `timeline`; `measures`, those that are measures; and the methods of this module
function M.of(reader, from, to, item, activity)
  local self = setmetatable({ reader = reader, activity = activity, known = {}, entries = {},
    measures = {}, item_steps = reader:item_steps(item) }, Scope)
  self.from_chain, self.to_chain = reader:chain(from), reader:chain(to)
  local from_seen, to_seen
  self.from_edges, from_seen = self:edges_from(self.from_chain)
  self.to_edges, to_seen = self:edges_from(self.to_chain)
  self:read_measures(from_seen, to_seen)
  self:keep_useful()
  return self
end

--- The measures that apply when certain entries are in force.
-- @tparam table on a set of entries
-- @treturn {table,...} as `rules.decide` takes them, each with its `entry`, and `party_named` and
--   `item_named`, what it was found by (nil: it names none)
function Scope:applying(on)
  local from_near = nearness(self.from_chain, self.from_edges, on)
  local to_near = nearness(self.to_chain, self.to_edges, on)
  local list = {}
  for _, entry in ipairs(self.measures) do
    local party, which = nearest(entry.record.destinations, to_near)
    if on[entry] and party and from_near[entry.seat] then
      list[#list + 1] = { entry = entry, name = entry.name, id = entry.record.id,
        requirement = entry.record.requirement, basis = entry.record.basis or false,
        excepts = entry.excepts, party = party, item = entry.item, party_named = which,
        item_named = entry.item_named }
    end
  end
  return list
end

return M
