--- Which of the measures that apply decides.
--
-- Within one basis the more specific measure wins: the one that is nearer for the destination and
-- not farther for the item, or the other way round. Where neither is, the stricter wins, and that
-- is a doubt. Across bases requirements add up, and the strictest stands. A measure yields to one
-- that names it in `excepts`, whatever their bases, and one that prohibits yields to nothing else.
-- What has yielded makes nothing else yield.
-- @module dualuse.licence.rules

local M = {}

local STRICTNESS = { unknown = 0, none = 1, general = 2, bulk = 3, individual = 4, prohibited = 5 }

--- How strict a requirement is; "unknown" is the least.
-- @tparam string requirement
-- @treturn integer
function M.strictness(requirement)
  return STRICTNESS[requirement]
end

local function stricter(a, b)
  return STRICTNESS[a.requirement] > STRICTNESS[b.requirement]
end

--- Is a nearer than b in one way, and not farther in the other?
local function more_specific(a, b)
  return a.party <= b.party and a.item <= b.item and (a.party < b.party or a.item < b.item)
end

--- Why b yields to a: "specific", "excepts" or nil.
local function why(a, b)
  local excepted, excepts = a.excepts[b.name], b.excepts[a.name]
  if excepts and not excepted then
    return nil
  elseif a.basis == b.basis and b.requirement ~= "prohibited" and more_specific(a, b) then
    return "specific"
  end
  return excepted and not excepts and "excepts" or nil
end

--- For each measure, those it yields to as long as they stand: { measure, why }.
local function all_rivals(measures)
  local rivals = {}
  for _, b in ipairs(measures) do
    rivals[b] = {}
    for _, a in ipairs(measures) do
      local reason = a ~= b and why(a, b)
      if reason then
        table.insert(rivals[b], { measure = a, why = reason })
      end
    end
  end
  return rivals
end

--- "out" if one of its rivals stands, "in" if none can, nil if that is not settled yet.
local function judged(rivals, verdicts)
  local verdict = "in"
  for _, rival in ipairs(rivals) do
    local theirs = verdicts[rival.measure]
    if theirs == "in" then
      return "out"
    elseif not theirs then
      verdict = nil
    end
  end
  return verdict
end

--- What stands and what has yielded. Measures that except each other in a circle get no verdict.
local function all_verdicts(measures, rivals)
  local verdicts, settled = {}, false
  while not settled do
    settled = true
    for _, measure in ipairs(measures) do
      if not verdicts[measure] then
        verdicts[measure] = judged(rivals[measure], verdicts)
        settled = settled and not verdicts[measure]
      end
    end
  end
  return verdicts
end

--- The strictest and the least strict of those that stand in one basis. What prohibits does not
-- compete: it stands, and there is no doubt about it.
local function extremes(standing, verdicts)
  local most, least = standing[1], standing[1]
  for _, measure in ipairs(standing) do
    if stricter(measure, most) then most = measure end
    if stricter(least, measure) then least = measure end
  end
  if most.requirement == "prohibited" then
    for _, measure in ipairs(standing) do
      if measure.requirement == "prohibited" and verdicts[measure] == "in" then
        return measure, measure
      end
    end
  end
  return most, least
end

--- What stands, in groups of one basis each, in the order of the measures.
local function by_basis(measures, verdicts)
  local groups, of = {}, {}
  for _, measure in ipairs(measures) do
    if verdicts[measure] ~= "out" then
      local group = of[measure.basis]
      if not group then
        group = {}
        of[measure.basis], groups[#groups + 1] = group, group
      end
      group[#group + 1] = measure
    end
  end
  return groups
end

local function override(measure, by, reason)
  return { measure = measure, by = by, why = reason }
end

--- The rival that is told as the reason: one that decides, before one that stands.
local function told(measure, rivals, verdicts, decides)
  local best
  for _, rival in ipairs(rivals) do
    if verdicts[rival.measure] == "in" and (not best or decides[rival.measure]
        and not decides[best.measure]) then
      best = rival
    end
  end
  return override(measure, best.measure, best.why)
end

--- Sorts what stands into what decides, what a stricter measure of its own basis outdoes, and what
-- adds nothing because another basis asks for more.
local function sort_out(outcome, groups, mosts)
  for g, group in ipairs(groups) do
    for _, measure in ipairs(group) do
      if measure.requirement == outcome.requirement then
        table.insert(outcome.decides, measure)
      elseif measure.requirement == mosts[g].requirement then
        table.insert(outcome.also, measure)
      else
        local reason = mosts[g].requirement == "prohibited" and "prohibited" or "stricter"
        table.insert(outcome.overrides, override(measure, mosts[g], reason))
      end
    end
  end
end

local function first_decides(a, b)
  if a.party ~= b.party then
    return a.party < b.party
  elseif a.item ~= b.item then
    return a.item < b.item
  end
  return a.id < b.id
end

--- Decides among the measures that apply.
-- @tparam {table,...} measures each with `name`, `id`, `requirement`, `basis` (any value),
--   `excepts` (a set of names), and how near it is: `party` and `item`, the nearer the smaller
-- @treturn table `requirement` ("unknown" if there are no measures); `least`, the requirement that
--   stands if doubts between measures are settled the other way; `decides`, `also` (what stands and
--   is less strict, in another basis), lists of measures; `overrides`, a list of `measure`, `by`
--   and `why` ("excepts", "specific", "stricter", "prohibited"); `doubts`, a list of `measure`, the
--   stricter, and `other`
function M.decide(measures)
  local outcome = { requirement = "unknown", least = "unknown", decides = {}, also = {},
    overrides = {}, doubts = {} }
  local rivals = all_rivals(measures)
  local verdicts = all_verdicts(measures, rivals)
  local groups, mosts = by_basis(measures, verdicts), {}
  for g, group in ipairs(groups) do
    local most, least = extremes(group, verdicts)
    mosts[g] = most
    if stricter(most, outcome) then outcome.requirement = most.requirement end
    if STRICTNESS[least.requirement] > STRICTNESS[outcome.least] then
      outcome.least = least.requirement
    end
    if most.requirement ~= least.requirement then
      table.insert(outcome.doubts, { measure = most, other = least })
    end
  end
  if outcome.least == outcome.requirement then
    outcome.doubts = {}
  end
  sort_out(outcome, groups, mosts)
  table.sort(outcome.decides, first_decides)
  local decides = {}
  for _, measure in ipairs(outcome.decides) do decides[measure] = true end
  for _, measure in ipairs(measures) do
    if verdicts[measure] == "out" then
      table.insert(outcome.overrides, told(measure, rivals[measure], verdicts, decides))
    end
  end
  table.sort(outcome.overrides, function(a, b) return a.measure.id < b.measure.id end)
  return outcome
end

return M
