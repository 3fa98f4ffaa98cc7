--- Which licence items needed, and need, as a part of a report.
-- @module dualuse.report.licences

local byte_order = require "dualuse.byte_order"
local document = require "dualuse.report.document"
local licence = require "dualuse.licence"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

-- As many items and routes are told of; whoever wants another names it.
local MOST_ITEMS, MOST_ROUTES = 12, 12

-- These act for the state that they are of.
local BODIES = { ministry = true, agency = true, court = true }

-- --------------------------------------------------------------------------------------- Routes

--- An item and all that it is part of: a list of keys, from the item up.
local function lineage(look, item)
  local list = {}
  while item do
    list[#list + 1] = item.key
    item = look:get("items", item.parent)
  end
  return list
end

--- Why a measure touches an item, in words; nil if it does not.
-- @tparam table look
-- @tparam table measure
-- @tparam table item
-- @treturn ?string
function M.touches(look, measure, item)
  if not measure.items then
    return "any controlled item"
  end
  local named = {}
  for _, key in ipairs(measure.items) do named[key] = true end
  for i, key in ipairs(lineage(look, item)) do
    if named[key] then
      local name = look:name("items", key)
      return i == 1 and "it names " .. name
        or ("it names %s, of which %s is part"):format(name, item.name)
    end
  end
  return nil
end

--- The items to tell of: those asked for, or those that the measures of the dispute name.
-- @tparam table subject
-- @treturn {table,...}
function M.items(subject)
  if subject.items then
    return subject.items
  end
  local list, has = {}, {}
  for measure in subject.scope:each("measures") do
    for _, reference in ipairs(measure.items or {}) do
      if not has[reference] then
        has[reference] = true
        list[#list + 1] = subject.look:get("items", reference)
      end
    end
  end
  return list
end

--- From where goods go out that a measure is for.
local function origin_of(look, measure)
  local party = look:get("parties", measure.jurisdiction)
  return BODIES[party.kind] and look:state(party.key) or party.key
end

--- Where a measure of the dispute leads: the parties that it names, the members of the groups, and
-- for one that names none, the states of the dispute.
local function destinations_of(subject, measure)
  local look, list = subject.look, {}
  if not measure.destinations then
    for _, key in ipairs(subject.dispute and subject.dispute.parties or {}) do
      if look:get("parties", key).kind == "state" then list[#list + 1] = key end
    end
  end
  for _, key in ipairs(measure.destinations or {}) do
    if look:get("parties", key).kind ~= "group" then
      list[#list + 1] = key
    else
      for membership in subject.scope:each("memberships") do
        if membership.group == key then list[#list + 1] = membership.member end
      end
    end
  end
  return list
end

--- From where to where a licence for an item is asked for: as the options say; what they leave open
-- is what the measures of the dispute which touch the item have.
local function routes_of(subject, item)
  local look, list, has = subject.look, {}, {}
  local origin, destination = subject.origin, subject.destination
  local function add(from, to)
    local key = from .. "\0" .. to
    if not has[key] and look:state(from) ~= look:state(to) then
      has[key] = true
      list[#list + 1] = { from = from, to = to }
    end
  end
  if origin and destination then
    return { { from = origin.key, to = destination.key } }
  end
  for measure in subject.scope:each("measures") do
    local from = origin and origin.key or origin_of(look, measure)
    if M.touches(look, measure, item) and look:state(from) == look:state(measure.jurisdiction) then
      for _, to in ipairs(destination and { destination.key }
          or destinations_of(subject, measure)) do
        add(from, to)
      end
    end
  end
  table.sort(list, function(a, b)
    if a.from ~= b.from then return byte_order.before(a.from, b.from) end
    return byte_order.before(a.to, b.to)
  end)
  return list
end

-- -------------------------------------------------------------------------------------- Answers

--- A text that is the same for answers that read alike.
local function identity(route, periods)
  local parts = { route.from, route.to }
  for _, period in ipairs(periods) do
    parts[#parts + 1] = table.concat({ period.from, period.to, period.requirement,
      tostring(period.certain), table.concat(period.decides, "\1"),
      table.concat(period.possible, "\1"), table.concat(period.sources, "\1") }, "\2")
  end
  return table.concat(parts, "\0")
end

--- The answers for all items and routes; items with the same answer share it.
-- @treturn {table,...} each with `route`, `periods` and `items`
-- @treturn integer how many items are left out
-- @treturn integer how many routes are left out
local function answers_of(subject)
  local items, list, by_identity, left_out = M.items(subject), {}, {}, 0
  for i = 1, math.min(#items, MOST_ITEMS) do
    local routes = routes_of(subject, items[i])
    left_out = left_out + math.max(0, #routes - MOST_ROUTES)
    for k = 1, math.min(#routes, MOST_ROUTES) do
      local route = routes[k]
      local periods = licence.periods(subject.view, { from = route.from, to = route.to,
        item = items[i].id })
      local id = identity(route, periods)
      if not by_identity[id] then
        by_identity[id] = { route = route, periods = periods, items = {} }
        list[#list + 1] = by_identity[id]
      end
      table.insert(by_identity[id].items, items[i])
    end
  end
  return list, math.max(0, #items - MOST_ITEMS), left_out
end

local function item_names(answer)
  local names = {}
  for i, item in ipairs(answer.items) do names[i] = item.name end
  return wording.listed(names)
end

local function route_text(look, route)
  return ("from %s to %s"):format(look:name("parties", route.from), look:name("parties", route.to))
end

-- --------------------------------------------------------------------------------------- Words

local function titles_of(look, measures)
  local titles = {}
  for i, measure in ipairs(measures) do
    titles[i] = wording.titled(look:name("measures", measure))
  end
  return titles
end

--- What is required, and by what.
local function required_text(look, period)
  local list, titles = {}, titles_of(look, period.decides)
  for i, requirement in ipairs(period.possible) do list[i] = wording.licences[requirement] end
  local by = titles[1] and ", by " .. table.concat(titles, ", ") or ""
  if period.certain then
    return list[1], by
  end
  return "not certain: " .. wording.listed(list, "or"), "; the strictest" .. by
end

--- What a stage is of, and when: "South Korea in the white list of Japan, in force by the end of
-- 2018".
local function stage_text(look, stage)
  local kind = stage.measure and "measures" or "memberships"
  return ("%s, %s %s"):format(look:what(kind, look:get(kind, stage.measure or stage.membership)),
    wording.spaced(stage.stage), precision.words(stage.date))
end

--- What is open, by the names of what it is about.
local function open_text(look, open)
  if open.membership then
    local membership = look:get("memberships", open.membership)
    return ("whether %s was in the %s then is not known"):format(
      look:name("parties", membership.member), look:name("parties", membership.group))
  elseif open.measure then
    return ("whether %s was in force then is not known"):format(
      wording.titled(look:name("measures", open.measure)))
  elseif open.measures then
    return ("neither of %s is more specific in both destination and item: the stricter is taken")
      :format(wording.listed(titles_of(look, open.measures)))
  end
  return open.reason
end

--- Why it is so, in sentences.
local function reasons_of(subject, answer, period)
  local look, list = subject.look, {}
  if #period.decides == 0 or period.from == ".." and period.to == ".." then
    return list
  end
  local on = period.from == period.to and period.from or period.from .. "/" .. period.to
  local why = licence.requirement(subject.view, { from = answer.route.from, to = answer.route.to,
    item = answer.items[1].id, on = on })
  local yielding = {}
  for i, override in ipairs(why.overrides) do yielding[i] = override.measure end
  if #yielding > 0 then
    list[#list + 1] = ("It takes precedence over %s."):format(
      wording.listed(titles_of(look, yielding)))
  end
  for _, open in ipairs(why.open) do
    list[#list + 1] = ("Not certain: %s."):format(open_text(look, open))
  end
  local inferred = {}
  for i, stage in ipairs(why.inferred) do inferred[i] = stage_text(look, stage) end
  if #inferred > 0 then list[#list + 1] = ("Inferred: %s."):format(table.concat(inferred, "; ")) end
  return list
end

--- What is told of a period: what is required, and why. The reasons rest on what the answer does.
local function entry_of(subject, answer, period)
  local reasons = {}
  for i, reason in ipairs(reasons_of(subject, answer, period)) do
    reasons[i] = document.item{ reason .. " ", document.cite(period.sources) }
  end
  local required, by = required_text(subject.look, period)
  return { term = wording.period(period.from, period.to), items = {
    document.item({ document.styled("strong", required), by .. " ",
      document.cite(period.sources) }, reasons, { from = period.from, to = period.to,
        requirement = period.requirement, possible = period.possible, certain = period.certain,
        decides = period.decides }) } }
end

local function answer_block(subject, answer)
  local entries = {}
  for i, period in ipairs(answer.periods) do entries[i] = entry_of(subject, answer, period) end
  return document.subsection(("%s %s"):format(item_names(answer),
    route_text(subject.look, answer.route)), { document.entries(entries) })
end

local function picture_rows(subject, answers)
  local rows = {}
  for i, answer in ipairs(answers) do
    rows[i] = { label = ("%s → %s: %s"):format(subject.look:name("parties", answer.route.from),
      subject.look:name("parties", answer.route.to), item_names(answer)),
      periods = answer.periods }
  end
  return rows
end

local function title_of(subject)
  local items = subject.items
  if not items then
    return "Which licence is needed, and was"
  elseif #items == 1 then
    return ("Which licence %s needs, and needed"):format(items[1].name)
  end
  return "Which licence these items need, and needed"
end

--- Which licence was needed when, for each item and way.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local answers, items_left, routes_left = answers_of(subject)
  local blocks = {}
  if #M.items(subject) == 0 then
    blocks[1] = document.paragraph("No item was asked for, and no measure on record names one.")
  elseif #answers == 0 then
    blocks[1] = document.paragraph("No measure is on record that tells from where to where.")
  else
    blocks[1] = document.figure("licences", "Which licence was needed when",
      picture_rows(subject, answers))
  end
  for _, answer in ipairs(answers) do blocks[#blocks + 1] = answer_block(subject, answer) end
  if items_left > 0 then
    blocks[#blocks + 1] = document.paragraph(("%s left out: ask for them by items."):format(
      wording.counted(items_left, "more item is", "more items are")))
  end
  if routes_left > 0 then
    blocks[#blocks + 1] = document.paragraph(
      ("%s left out: ask for one by origin and destination."):format(
        wording.counted(routes_left, "more way is", "more ways are")))
  end
  return document.section("licences", title_of(subject), blocks)
end

return M
