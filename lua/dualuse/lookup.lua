--- Records read once: names, states and what any record is, for the functions that answer.
-- @module dualuse.lookup

local core = require "dualuse.core"
local precision = require "dualuse.precision"
local provenance = require "dualuse.provenance"

local M = {}

--- How a link reads from its one end and from its other, by its relation.
M.relations = {
  causes = { "causes", "is caused by" },
  retaliates = { "retaliates for", "draws the retaliation of" },
  responds_to = { "responds to", "is answered by" },
  contradicts = { "contradicts", "is contradicted by" },
  supports = { "supports", "is supported by" },
  mediates = { "mediates", "is mediated by" },
  part_of = { "is part of", "includes" },
}

-- --------------------------------------------------------------------------------- Citations

--- A citation as text: "afp-2019-07-12 para 5".
local function citation_text(citation)
  return citation.locator and ("%s %s"):format(citation[1], citation.locator) or citation[1]
end

--- The citations of a record for which a function gives a text, as tables, each such text once, in
-- their order; and these texts.
local function each_once(record, text_of)
  local list, texts, has = {}, {}, {}
  for _, citation in ipairs(record.sources or {}) do
    citation = type(citation) == "table" and citation or { citation }
    local text = text_of(citation)
    if text and not has[text] then
      has[text] = true
      list[#list + 1], texts[#texts + 1] = citation, text
    end
  end
  return list, texts
end

--- A function that gives a citation's text if it supports a field.
local function supporting(field)
  return function(citation)
    if field and citation.field and citation.field ~= field then
      return nil
    end
    return citation_text(citation)
  end
end

--- What a record, or one field of it, rests on.
-- @tparam table record
-- @tparam[opt] string field a citation of another field does not support this one
-- @treturn {table,...} the citations, each as the store gives it, with the source's key first and
--   `locator` where there is one; each source and place once
function M.citations(record, field)
  return (each_once(record, supporting(field)))
end

--- What a record, or one field of it, rests on: sources by their keys, with the places in them.
-- @tparam table record
-- @tparam[opt] string field a citation of another field does not support this one
-- @treturn {string,...} such as "afp-2019-07-12 para 5", each once, in the order of the citations
function M.cited(record, field)
  local _, texts = each_once(record, supporting(field))
  return texts
end

--- The words quoted from the sources of a record.
-- @tparam table record
-- @treturn {string,...} each once, in the order of the citations
function M.quotes(record)
  local _, quotes = each_once(record, function(citation) return citation.quote end)
  return quotes
end

-- ----------------------------------------------------------------------------------- Records

local Lookup = {}
Lookup.__index = Lookup

--- A record by its reference.
-- @tparam string kind such as "parties"
-- @param reference a key or an id, as the store gives it; or nil
-- @treturn ?table
function Lookup:get(kind, reference)
  if reference == nil then
    return nil
  end
  local known = self.known[kind]
  if not known then
    known = {}
    self.known[kind] = known
  end
  if known[reference] == nil then
    known[reference] = self.view[kind]:get(reference) or false
  end
  return known[reference] or nil
end

--- A record of any kind, by its reference.
-- @param reference a key that only one kind has, or an id, as the store gives it; or nil
-- @treturn ?string its kind; nil if there is no such record
-- @treturn ?table the record
function Lookup:find(reference)
  if reference == nil then
    return nil, nil
  end
  local found = self.found[reference]
  if not found then
    found = {}
    self.found[reference] = found
    for _, kind in ipairs(core.describe()) do
      local record
      if type(reference) == "string" then
        record = self.view[kind.kind]:where{ key = reference }:first()
      else
        record = self.view[kind.kind]:get(reference)
      end
      if record then
        found.kind, found.record = kind.kind, record
        break
      end
    end
  end
  return found.kind, found.record
end

--- Keeps a record that was read, so that `find` gives it for its id.
function Lookup:remember(kind, record)
  self.found[record.id] = { kind = kind, record = record }
end

--- Which sources a record, or one field of it, rests on.
-- @tparam table record
-- @tparam[opt] string field a citation of another field does not support this one
-- @treturn {string,...} the keys of the sources, sorted
-- @treturn integer how many of them do not repeat another
function Lookup:sources(record, field)
  local cited = record.sources
  if cited and #cited == 1 and self.alone[cited[1]] then
    return { cited[1] }, 1 -- most records rest on one source, as a whole
  end
  local result = self.collector:another():add(record, field):result()
  if cited and #cited == 1 and type(cited[1]) == "string" then self.alone[cited[1]] = true end
  return result.sources, result.independent
end

--- The state of a party: itself, if it is one; else its country, or that of the nearest parent
-- that has one.
-- @param reference of a party, or nil
-- @treturn ?string the state's key; nil if none is on record
function Lookup:state(reference)
  local party = self:get("parties", reference)
  while party do
    if party.kind == "state" then
      return party.key
    elseif party.country then
      return party.country
    end
    party = self:get("parties", party.parent)
  end
  return nil
end

--- The name or title of a record, or its reference where it has none.
function Lookup:name(kind, reference)
  local record = self:get(kind, reference)
  return record and (record.name or record.title) or tostring(reference)
end

--- The names of the records of a list.
function Lookup:names(kind, references)
  local list = {}
  for i, reference in ipairs(references or {}) do list[i] = self:name(kind, reference) end
  return table.concat(list, ", ")
end

local function spaced(word)
  return (word:gsub("_", " "))
end

-- What an event is called of which a source does not say outright that it happened.
local UNSURE = { reported = "Reported", alleged = "Alleged", denied = "Denied" }

--- An event's title, or its type where it has none, with how sure it is.
local function event_title(event)
  local title = event.title or event.kind
  return UNSURE[event.status] and ("%s: %s"):format(UNSURE[event.status], title) or title
end

local WHAT = {}

function WHAT:events(event)
  local who = {}
  if event.actor then who[#who + 1] = self:name("parties", event.actor) end
  if event.target then who[#who + 1] = "→ " .. self:name("parties", event.target) end
  local sides = table.concat(who, " ")
  if event.participants then
    sides = (sides == "" and "" or sides .. "; ") .. self:names("parties", event.participants)
  end
  local coded = event.kind .. (sides == "" and "" or ": " .. sides)
  return event.title and ("%s (%s)"):format(event_title(event), coded)
    or event_title(event) .. coded:sub(#event.kind + 1)
end

function WHAT:memberships(membership)
  return ("%s in the %s"):format(self:name("parties", membership.member),
    self:name("parties", membership.group))
end

function WHAT.measures(_, measure)
  return ("Measure “%s”"):format(measure.title)
end

function WHAT:stages(stage)
  local kind, record = self:find(stage.of)
  return ("%s: %s"):format(kind and self:what(kind, record) or tostring(stage.of),
    spaced(stage.stage))
end

local function figure(disclosure)
  if disclosure.status ~= "published" then
    return ("%s: %s"):format(disclosure.measure, spaced(disclosure.status))
  elseif not disclosure.value then
    return disclosure.measure .. ": published, figure not on record"
  end
  local qualifier = disclosure.qualifier == "exact" and "" or spaced(disclosure.qualifier) .. " "
  return ("%s%d %s"):format(qualifier, disclosure.value, disclosure.measure)
end

function WHAT:disclosures(disclosure)
  local parts = { figure(disclosure), precision.words(disclosure.period) }
  if disclosure.scope then parts[#parts + 1] = disclosure.scope end
  if disclosure.destinations then
    parts[#parts + 1] = "to " .. self:names("parties", disclosure.destinations)
  end
  if disclosure.items then parts[#parts + 1] = self:names("items", disclosure.items) end
  if disclosure.asserted_by then
    parts[#parts + 1] = ("as %s says"):format(self:name("parties", disclosure.asserted_by))
  end
  return ("Disclosure, %s: %s"):format(self:name("parties", disclosure.authority),
    table.concat(parts, ", "))
end

-- How far a case has come. That it was detected is what makes it one.
local DISPOSITIONS = { investigating = "under investigation", closed = "closed",
  no_action = "no action taken", acquitted = "acquitted", sanctioned = "sanctioned" }

function WHAT:cases(case)
  local parts = { case.items and self:names("items", case.items) or "item not told" }
  parts[1] = ("%s → %s"):format(parts[1],
    case.destination and self:name("parties", case.destination) or "destination not told")
  if case.exported then parts[#parts + 1] = "exported " .. precision.words(case.exported) end
  parts[#parts + 1] = "authority: " .. self:name("parties", case.authority)
  parts[#parts + 1] = DISPOSITIONS[case.disposition]
  return ("Case, %s"):format(table.concat(parts, ", "))
end

function WHAT:links(link)
  local function label(reference)
    local kind, record = self:find(reference)
    return kind and self:label(kind, record) or tostring(reference)
  end
  return ("“%s” %s “%s”"):format(label(link.from), M.relations[link.relation][1], label(link.to))
end

--- Who makes a claim, in words.
function Lookup:voice(claim)
  local text = claim.speaker and self:name("parties", claim.speaker) or "no named speaker"
  if claim.role then text = text .. ", " .. claim.role end
  if claim.attribution == "anonymous" then text = text .. " (anonymous)" end
  if claim.attribution == "unattributed" then text = text .. " (unattributed)" end
  return text
end

function WHAT:claims(claim)
  local said = self:label("claims", claim)
  return claim.text and ("%s %s"):format(said, claim.text) or said
end

--- What a record is, in a line. The text holds stored text as it is: what prints it escapes it.
-- @tparam string kind
-- @tparam table record
-- @treturn string
function Lookup:what(kind, record)
  if WHAT[kind] then
    return WHAT[kind](self, record)
  end
  return record.title or record.name or record.key or ("%s %d"):format(
    core.describe(kind).singular, record.id)
end

--- A record by its title, or in few words: for a text that is about another record.
-- @tparam string kind
-- @tparam table record
-- @treturn string
function Lookup:label(kind, record)
  if kind == "events" and record.title then
    return event_title(record)
  elseif record.title then
    return record.title
  elseif kind == "claims" then
    return ("%s %s: %s"):format(self:voice(record), record.stance,
      self:name("questions", record.question))
  end
  return self:what(kind, record)
end

--- What is known of the records of a store.
-- @param view a store, best a view that does not change
-- @treturn table with the methods of this module
function M.of(view)
  return setmetatable({ view = view, known = {}, found = {}, alone = {},
    collector = provenance.collector(view) }, Lookup)
end

return M
