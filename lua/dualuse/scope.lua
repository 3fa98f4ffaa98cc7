--- What belongs to a dispute.
--
-- Events, cases and questions name their dispute, and claims belong to that of their question.
-- Measures name it too; with them come those that they except, and so on, unless these name another
-- dispute. Memberships belong to it if the member is one of the dispute's parties, and the group a
-- destination of one of these measures. Disclosures belong to it if they are by, or asserted by,
-- one of its parties or somebody of their state. Links belong to it if one of their ends does.
-- @module dualuse.scope

local byte_order = require "dualuse.byte_order"
local sets = require "dualuse.sets"

local M = {}

local Scope = {}
Scope.__index = Scope

--- The measures of the dispute, and those that they except.
local function measures_of(scope)
  local list, has = {}, {}
  local function add(measure)
    if has[measure.id] or measure.dispute and measure.dispute ~= scope.dispute.key then
      return
    end
    has[measure.id] = true
    list[#list + 1] = measure
    for _, other in ipairs(measure.excepts or {}) do add(scope.lookup:get("measures", other)) end
  end
  for measure in scope.view.measures:where{ dispute = scope.dispute.id }:order("id"):each() do
    add(measure)
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local function memberships_of(scope)
  local list, groups = {}, {}
  for _, measure in ipairs(scope:records("measures")) do
    for _, destination in ipairs(measure.destinations or {}) do groups[destination] = true end
  end
  for _, member in ipairs(scope.dispute.parties or {}) do
    for membership in scope.view.memberships:where{ member = member }:each() do
      if groups[membership.group] then list[#list + 1] = membership end
    end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

--- Is the party one of the dispute's, or of a state that is?
function Scope:is_side(reference)
  return reference ~= nil
    and (self.sides[reference] or self.sides[self.lookup:state(reference)] or false)
end

local function disclosures_of(scope)
  local list = {}
  for disclosure in scope.view.disclosures:order("id"):each() do
    if scope:is_side(disclosure.authority) or scope:is_side(disclosure.asserted_by) then
      list[#list + 1] = disclosure
    end
  end
  return list
end

local function stages_of(scope)
  local list = {}
  for _, kind in ipairs{ "measures", "memberships" } do
    for _, record in ipairs(scope:records(kind)) do
      scope.lookup:remember(kind, record)
      for _, stage in ipairs(record.stages or {}) do
        stage.of = record.id
        list[#list + 1] = stage
      end
    end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local ENDS = { "disputes", "events", "cases", "questions", "claims", "measures", "memberships",
  "stages", "disclosures" }

local function links_of(scope)
  local ends, list = {}, {}
  for _, kind in ipairs(ENDS) do
    for _, record in ipairs(scope:records(kind)) do
      ends[record.id] = true
      if record.key then ends[record.key] = true end
    end
  end
  for link in scope.view.links:order("id"):each() do
    if ends[link.from] or ends[link.to] then list[#list + 1] = link end
  end
  return list
end

-- What is asked of the records of a kind, where that alone tells which belong to a dispute.
local function by_dispute(id) return { dispute = id } end
local ASKED = { events = by_dispute, cases = by_dispute, questions = by_dispute,
  claims = function(id) return { question = { dispute = id } } end }

--- A query that finds the records of a kind that belong to the dispute, or all where no dispute was
-- asked for, in order of their ids: for kinds of which there may be too many to hold them all.
-- @tparam string kind
-- @treturn ?table nil where no one query finds them, as of measures and their exceptions
function Scope:query(kind)
  local all = self.view[kind]:order("id")
  if not self.dispute then
    return all
  end
  return ASKED[kind] and all:where(ASKED[kind](self.dispute.id)) or nil
end

local RECORDS = {
  disputes = function(scope) return { scope.dispute } end,
  measures = measures_of,
  memberships = memberships_of,
  stages = stages_of,
  disclosures = disclosures_of,
  links = links_of,
}

--- The records of a kind that belong to the dispute, or all where no dispute was asked for, in
-- order of their ids. Kinds that belong to no dispute, such as parties, have none.
-- @tparam string kind
-- @treturn {table,...}
function Scope:records(kind)
  if not self.lists[kind] then
    local query = self:query(kind)
    self.lists[kind] = query and query:all() or RECORDS[kind] and RECORDS[kind](self) or {}
  end
  return self.lists[kind]
end

--- How many these are.
-- @tparam string kind
-- @treturn integer
function Scope:count(kind)
  return self.dispute and #self:records(kind) or self.view[kind]:count()
end

--- Loops over the same records; where no dispute was asked for, they are read one by one.
-- @tparam string kind
-- @tparam[opt] {string,...} fields those that are needed: others may be missing
-- @treturn function gives a record
function Scope:each(kind, fields)
  if not self.dispute then
    local query = self.view[kind]:order("id")
    return (fields and query:select(table.unpack(fields)) or query):each()
  end
  local list, i = self:records(kind), 0
  return function()
    i = i + 1
    return list[i]
  end
end

-- ------------------------------------------------------------------------ Disclosed figures

--- The words of a vocabulary that the disclosures of an authority and measure have in a field, in
-- order; { false } for none.
local function words_of(scope, part, field)
  local words, has = {}, {}
  local query = scope.view.disclosures:where{ authority = part.authority, measure = part.measure }
  for _, word in query:values(field) do
    if word and not has[word] then
      has[word] = true
      words[#words + 1] = word
    end
  end
  table.sort(words, byte_order.numbers_first)
  return words[1] and words or { false }
end

local function sorted(list)
  local copy = list and table.move(list, 1, #list, 1, {})
  if copy then table.sort(copy, byte_order.numbers_first) end
  return copy
end

--- Of what whole, or which part of it, the disclosures are, each once: first by authority and
-- measure, the whole before its parts.
local function parts_of(disclosures)
  local parts, has = {}, {}
  for _, disclosure in ipairs(disclosures) do
    local destinations, items = sorted(disclosure.destinations), sorted(disclosure.items)
    local name = table.concat({ table.concat(destinations or {}, "\1"),
      table.concat(items or {}, "\1"), disclosure.scope or "" }, "\0")
    local key = table.concat({ disclosure.authority, disclosure.measure, name }, "\0")
    if not has[key] then
      has[key] = true
      parts[#parts + 1] = { authority = disclosure.authority, measure = disclosure.measure,
        destination = destinations, item = items, scope = disclosure.scope, name = name }
    end
  end
  table.sort(parts, function(a, b)
    for _, name in ipairs{ "authority", "measure", "name" } do
      if a[name] ~= b[name] then return byte_order.numbers_first(a[name], b[name]) end
    end
    return false
  end)
  return parts
end

--- The questions that `dualuse.reconcile` answers from the disclosures that belong to the dispute:
-- it combines only like with like, so that there is one for each authority, measure, part of the
-- whole, unit and year basis.
-- @treturn {table,...} each with `authority`, `measure`, and where they apply `destination`,
--   `item`, `scope`, `unit` and `year_basis`; the whole before its parts
function Scope:figure_questions()
  local questions = {}
  for _, part in ipairs(parts_of(self:records("disclosures"))) do
    for _, unit in ipairs(words_of(self, part, "unit")) do
      for _, basis in ipairs(words_of(self, part, "year_basis")) do
        questions[#questions + 1] = { authority = part.authority, measure = part.measure,
          destination = part.destination, item = part.item, scope = part.scope,
          unit = unit or nil, year_basis = basis or nil }
      end
    end
  end
  return questions
end

local DISCLOSING = { state = true, ministry = true, agency = true }

--- Who may be asked what they disclose: the dispute's states, ministries and agencies, and whoever
-- disclosed a figure or caught a case that belongs to it.
-- @treturn {string,...} their keys, sorted
function Scope:authorities()
  local list, has = {}, {}
  local function add(key)
    if not has[key] then
      has[key] = true
      list[#list + 1] = key
    end
  end
  for _, key in ipairs(self.dispute and self.dispute.parties or {}) do
    if DISCLOSING[self.lookup:get("parties", key).kind] then add(key) end
  end
  for _, kind in ipairs{ "disclosures", "cases" } do
    for record in self:each(kind) do add(record.authority) end
  end
  table.sort(list, byte_order.numbers_first)
  return list
end

--- What belongs to a dispute.
-- @tparam table lookup of the store's view, from `dualuse.lookup`
-- @tparam ?table dispute the record; nil for all there is
-- @treturn table with the methods `query`, `records`, `count`, `each`, `is_side`,
--   `figure_questions` and `authorities`
function M.of(lookup, dispute)
  return setmetatable({ lookup = lookup, view = lookup.view, dispute = dispute, lists = {},
    sides = sets.of(dispute and dispute.parties) }, Scope)
end

return M
