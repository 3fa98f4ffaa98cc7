--- POLECAT events, 40 columns: what each column is in an event.
--
-- Kept: Event ID (as the origin), Event Date, Event Type (as kind: POLECAT codes by PLOVER), Event
-- Mode, Contexts, Quad Code (as quad; PLOVER's, for which `concede` is verbal), Intensity or Event
-- Intensity (as goldstein, which is on the same scale from -10 to 10), Actor Name and Recipient
-- Name (as actor and target, with their countries and primary sectors), Placename, City, District,
-- Province and Country (as place), Latitude, Longitude, Headline where there is one (as title), and
-- Source and Publication Date as the note. Not kept: the COW codes, the sectors but the primary one
-- of an actor without a name, titles, raw names, Wikipedia and GeoNames ids, Raw Placename, Feature
-- Type, the people, organisations and locations of the story, Language and Version.
--
-- "None" means nothing. An actor that has no name is told by its country and sector: "South Korea
-- (GOV)" is a group, not the state. Where several actors stand in one field, the actor is that
-- group of them.
--
-- An event is the same where its Event ID is. There is no rule for one that comes again with other
-- values: that row is rejected.
-- @module dualuse.formats.polecat

local states = require "dualuse.formats.states"

local SEPARATOR = "; "

local NOTE = "POLECAT does not tell whether this is a person or an organisation."

local QUADS = {
  ["VERBAL COOPERATION"] = 1, ["MATERIAL COOPERATION"] = 2,
  ["VERBAL CONFLICT"] = 3, ["MATERIAL CONFLICT"] = 4,
}

local KINDS = {
  ACCUSE = "accuse", AGREE = "agree", AID = "aid", ASSAULT = "assault", COERCE = "coerce",
  CONCEDE = "concede", CONSULT = "consult", COOPERATE = "cooperate", MOBILIZE = "mobilize",
  PROTEST = "protest", REJECT = "reject", REQUEST = "request", RETREAT = "retreat",
  SANCTION = "sanction", SUPPORT = "support", THREATEN = "threaten",
}

--- The one state that a field of countries names; nil for none and for several.
local function country_of(text)
  local found
  for part in (text or ""):gmatch("[^;|]+") do
    local key = states.find(part:match("^%s*(.-)%s*$"))
    if not key or found and key ~= found then
      return nil
    end
    found = key
  end
  return found
end

--- Makes the function that names an actor without a name by its country and sector.
local function naming(role)
  return function(name, row)
    local country, sector = row(role .. " Country"), row(("Primary %s Sector"):format(role))
    return name or country and sector and ("%s (%s)"):format(country, sector) or country or sector
  end
end

--- Makes the function that tells who a name is.
local function who(role)
  return function(name, row)
    local country = country_of(row(role .. " Country"))
    local state = states.named(name) or name == row(role .. " Country") and country
    if state and state == (country or state) then
      return state
    end
    local several = name:find(SEPARATOR, 1, true)
    local named = not several and row(role .. " Name") == name
    return {
      key = "polecat:" .. name,
      name = name,
      kind = named and "organisation" or "group",
      country = country,
      inferred = named or nil,
      note = named and NOTE or nil,
    }
  end
end

return {
  name = "polecat",
  title = "POLECAT events",
  kind = "events",
  delimiter = "\t",
  quotes = false,
  header = true,
  required = { "Event ID", "Event Date", "Event Type", "Quad Code", "Actor Name", "Actor Country",
    "Recipient Name", "Recipient Country" },
  columns = {
    ["Event Date"] = "date",
    ["Event Type"] = "kind",
    ["Event Mode"] = "mode",
    ["Contexts"] = "contexts",
    ["Quad Code"] = "quad",
    ["Intensity"] = "goldstein",
    ["Actor Name"] = "actor",
    ["Recipient Name"] = "target",
    ["Headline"] = "title",
    ["Latitude"] = "latitude",
    ["Longitude"] = "longitude",
  },
  instead = { ["Intensity"] = "Event Intensity" },
  join = {
    place = { "Placename", "City", "District", "Province", "Country" },
    note = { "Source", "Publication Date" },
  },
  convert = { ["Actor Name"] = naming "Actor", ["Recipient Name"] = naming "Recipient" },
  words = { kind = KINDS, quad = QUADS },
  strict_words = { kind = true },
  separator = { contexts = SEPARATOR },
  dates = { "edtf" },
  missing = { "None", "NA" },
  identity = { "Event ID" },
  unknown = "make",
  parties = { actor = who "Actor", target = who "Recipient" },
}
