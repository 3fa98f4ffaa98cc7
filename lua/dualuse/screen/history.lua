--- What is on record of earlier dealings: cases, and goods that went on from the destination.
-- @module dualuse.screen.history

local core = require "dualuse.core"
local sets = require "dualuse.sets"

local M = {}

-- Words by which a claim or an event that is told in words is taken to be about diversion.
local ONWARD = { "re%-?export", "divert", "diversion", "trans%-?ship", "smuggl", "onward",
  "went on", "passed on", "resold", "resale", "third countr" }

-- Offences that say that goods did not stay where they were to be used.
local OFFENCES = { diversion = true, re_export = true, transit = true, brokering = true,
  sanctions_evasion = true }

local function add_evidence(session, row, record)
  local from = session.collector:another():add(record):result()
  row.sources, row.independent, row.records = from.sources, from.independent, from.records
  return row
end

--- Whether a record with this date can be before the end of the day asked.
local function is_earlier(session, date)
  local first = date and core.edtf.bounds(date)
  return not first or first <= session.last
end

local function intersects(list, set)
  for _, element in ipairs(list or {}) do
    if set[element] then return true end
  end
  return false
end

--- The items asked for, those above and those below them, as a set of keys.
-- @param view a store
-- @tparam {table,...} items their records
-- @treturn table
function M.related_items(view, items)
  local set = {}
  for _, item in ipairs(items) do
    for _, key in view.items:where{ id = { within = item.id } }:values("key") do
      set[key] = true
    end
    local above = item
    while above do
      set[above.key] = true
      above = above.parent and view.items:get(above.parent)
    end
  end
  return set
end

--- The parties in a place: it and all that is within it, as a set of keys.
local function parties_within(view, place)
  local set = { [place.key] = true }
  for _, key in view.parties:where{ id = { within = place.id } }:values("key") do
    set[key] = true
  end
  return set
end

-- ------------------------------------------------------------------------------------- cases

--- Why a case is of interest, in words; an empty list if it is not.
local function reasons_of(session, case)
  local reasons = {}
  for _, party in ipairs(session.parties) do
    local key = party.record and party.record.key
    if key and (case.exporter == key or case.end_user == key
        or intersects(case.parties, { [key] = true })) then
      reasons[#reasons + 1] = party.role
    end
  end
  if case.destination and session.there[case.destination]
      and intersects(case.items, session.related) then
    reasons[#reasons + 1] = "item and destination"
  end
  return reasons
end

local function case_row(session, case)
  return add_evidence(session, { case = case.key or case.id, date = case.date or case.exported,
    exported = case.exported, authority = case.authority, exporter = case.exporter,
    end_user = case.end_user, items = case.items, destination = case.destination,
    offences = case.offences, disposition = case.disposition }, case)
end

-- --------------------------------------------------------------------------------- diversion

--- The state that goods of a case left: where the exporter is, or else the authority that caught
-- them is.
local function left_from(session, case)
  local exporter = case.exporter and session.lookup:state(case.exporter)
  return case.exporter_country or exporter or session.lookup:state(case.authority)
end

--- A case of goods that went on from the destination: they left it for elsewhere, or were to stay
-- there and were diverted.
local function is_onward(session, case)
  if case.items and next(session.related) and not intersects(case.items, session.related) then
    return false
  elseif case.destination and session.there[case.destination] then
    return intersects(case.offences, OFFENCES)
  end
  return session.there[left_from(session, case)] or false
end

local function has_any(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then return true end
  end
  return false
end

--- The names of records in lower case, to look for in a text.
local function names_of(view, kind, keys)
  local names = {}
  for _, key in ipairs(keys) do
    local record = view[kind]:get(key)
    names[#names + 1] = record.name:lower()
    for _, alias in ipairs(record.aliases or {}) do
      -- "VN" would be in many words
      if #alias > 3 then names[#names + 1] = alias:lower() end
    end
  end
  return names
end

local function names_any(text, names)
  for _, name in ipairs(names) do
    if text:find(name, 1, true) then return true end
  end
  return false
end

--- Whether words are about diversion of an item asked for, from the destination.
local function tells_of_diversion(session, text)
  text = text:lower()
  return has_any(text, ONWARD) and names_any(text, session.place_names)
    and (#session.item_names == 0 or names_any(text, session.item_names))
end

--- The questions that are about diversion by their own words, or those of a claim.
local function questions_about(session)
  local about = {}
  for question in session.view.questions:each() do
    about[question.key] = tells_of_diversion(session, question.title) or nil
  end
  for _, question, text in session.view.claims:values("question", "text") do
    about[question] = about[question] or text and tells_of_diversion(session, text) or nil
  end
  return about
end

--- All claims on these questions: who denies it is told with who asserts it.
local function add_claims(session, list)
  local about = questions_about(session)
  for claim in session.view.claims:order("id"):each() do
    if about[claim.question] and is_earlier(session, claim.date) then
      list[#list + 1] = add_evidence(session, { basis = "alleged", stance = claim.stance,
        kind = "claims", id = claim.id, key = claim.key, date = claim.date,
        by = claim.speaker, voice = session.lookup:voice(claim), question = claim.question,
        what = claim.text or session.lookup:name("questions", claim.question) }, claim)
    end
  end
end

local BASIS = { confirmed = "recorded", reported = "alleged", alleged = "alleged",
  denied = "alleged" }

local function add_events(session, list)
  for event in session.view.events:where{ title = { missing = false } }:order("id"):each() do
    local there = session.there[event.actor] or session.there[event.target]
      or intersects(event.participants, session.there)
    local related = not event.items or intersects(event.items, session.related)
    if has_any(event.title:lower(), ONWARD) and there and related
        and is_earlier(session, event.date) then
      list[#list + 1] = add_evidence(session, { basis = BASIS[event.status] or "alleged",
        status = event.status, kind = "events", id = event.id, key = event.key, date = event.date,
        what = event.title }, event)
    end
  end
end

-- -------------------------------------------------------------------------------------- both

--- Adds what is on record to a screening.
-- @tparam table session as in `dualuse.screen`: `view`, `last`, `parties`, `items`, `to`,
--   `lookup`, `collector`
-- @treturn {table,...} cases with the same party, or with the same item and destination
-- @treturn {table,...} diversion from the destination onward: `basis` is "recorded" or "alleged"
-- @treturn integer how many cases were left out as they are later than the day asked
function M.find(session)
  local cases, diversion, later = {}, {}, 0
  session.related = M.related_items(session.view, session.items)
  session.there = session.to and parties_within(session.view, session.to) or {}
  for case in session.view.cases:order("id"):each() do
    local reasons = reasons_of(session, case)
    local onward = session.to and is_onward(session, case)
    if not is_earlier(session, case.date or case.exported) then
      later = later + ((#reasons > 0 or onward) and 1 or 0)
    else
      if #reasons > 0 then
        local row = case_row(session, case)
        row.because = reasons
        cases[#cases + 1] = row
      end
      if onward then
        local row = case_row(session, case)
        row.basis, row.kind, row.id, row.key = "recorded", "cases", case.id, case.key
        row.what = session.lookup:what("cases", case)
        diversion[#diversion + 1] = row
      end
    end
  end
  if session.to then
    local related = sets.sorted(session.related)
    session.place_names = names_of(session.view, "parties", { session.to.key })
    session.item_names = names_of(session.view, "items", related)
    add_events(session, diversion)
    add_claims(session, diversion)
  end
  return cases, diversion, later
end

return M
