--- What belongs to a dispute.
--
-- Events, cases and questions name their dispute, and claims belong to that of their question.
-- Measures name it too; with them come those that they except, and so on, unless these name another
-- dispute. Memberships belong to it if the member is one of the dispute's parties, and the group a
-- destination of one of these measures. Disclosures belong to it if they are by, or asserted by,
-- one of its parties or somebody of their state. Links belong to it if one of their ends does.
-- @module dualuse.scope

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

--- A set of the elements of a list.
local function set_of(list)
  local set = {}
  for _, element in ipairs(list or {}) do set[element] = true end
  return set
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

local function of_dispute(kind)
  return function(scope)
    return scope.view[kind]:where{ dispute = scope.dispute.id }:order("id"):all()
  end
end

local RECORDS = {
  disputes = function(scope) return { scope.dispute } end,
  events = of_dispute("events"),
  cases = of_dispute("cases"),
  questions = of_dispute("questions"),
  claims = function(scope)
    return scope.view.claims:where{ question = { dispute = scope.dispute.id } }:order("id"):all()
  end,
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
    if not self.dispute then
      self.lists[kind] = self.view[kind]:order("id"):all()
    else
      self.lists[kind] = RECORDS[kind] and RECORDS[kind](self) or {}
    end
  end
  return self.lists[kind]
end

--- Loops over the same records; where no dispute was asked for, they are read one by one.
function Scope:each(kind)
  if not self.dispute then
    return self.view[kind]:order("id"):each()
  end
  local list, i = self:records(kind), 0
  return function()
    i = i + 1
    return list[i]
  end
end

--- What belongs to a dispute.
-- @tparam table lookup of the store's view, from `dualuse.lookup`
-- @tparam ?table dispute the record; nil for all there is
-- @treturn table with the methods `records` and `is_side`
function M.of(lookup, dispute)
  return setmetatable({ lookup = lookup, view = lookup.view, dispute = dispute, lists = {},
    sides = set_of(dispute and dispute.parties) }, Scope)
end

return M
