--- ACLED events, 31 columns of CSV: what each column is in an event.
--
-- Kept: event_id_cnty (as the origin), event_date and time_precision (as date, see below),
-- sub_event_type (as title, and as kind and mode by the table below), actor1 and actor2 (as actor
-- and target; ACLED's order tells neither who began nor who did what to whom, but protesters and
-- rioters are always the first), assoc_actor_1 and assoc_actor_2 (as participants), location,
-- admin3, admin2, admin1 and country (as place), latitude, longitude, timestamp (as the version),
-- and as the note notes, fatalities and source. Not kept: year, disorder_type and event_type (which
-- follow from what is kept), inter1, inter2 and interaction (of the actors), civilian_targeting,
-- iso, region, geo_precision, source_scale and tags.
--
-- A date is no surer than time_precision: at 1 it is the day; at 2, where the sources tell a week
-- and ACLED enters a day in its middle, one of the seven days around it; at 3 the month.
--
-- An event is the same where its event_id_cnty is. One with a later timestamp replaces it. What
-- ACLED took back comes as a list of ids: dualuse.formats.acled_deletions.
-- @module dualuse.formats.acled

local core = require "dualuse.core"
local period = require "dualuse.period"
local states = require "dualuse.formats.states"

-- Sub-event types as kinds and modes of PLOVER; "" is no mode. What has no counterpart is `other`.
local SUB_EVENTS = {
  -- Battles
  ["Armed clash"] = { "assault", "" },
  ["Government regains territory"] = { "assault", "" },
  ["Non-state actor overtakes territory"] = { "assault", "" },
  -- Explosions/Remote violence
  ["Air/drone strike"] = { "assault", "heavy-weapons" },
  ["Chemical weapon"] = { "assault", "unconventional" },
  ["Grenade"] = { "assault", "explosives" },
  ["Remote explosive/landmine/IED"] = { "assault", "explosives" },
  ["Shelling/artillery/missile attack"] = { "assault", "heavy-weapons" },
  ["Suicide bomb"] = { "assault", "suicide-attack" },
  -- Violence against civilians
  ["Abduction/forced disappearance"] = { "assault", "abduct" },
  ["Attack"] = { "assault", "" },
  ["Sexual violence"] = { "assault", "sexual" },
  -- Protests: what is done to protesters is the protest's here, whose actor they are
  ["Excessive force against protesters"] = { "protest", "demo" },
  ["Excessive force against protestors"] = { "protest", "demo" },
  ["Peaceful protest"] = { "protest", "demo" },
  ["Protest with intervention"] = { "protest", "demo" },
  -- Riots
  ["Mob violence"] = { "protest", "riot" },
  ["Violent demonstration"] = { "protest", "riot" },
  -- Strategic developments
  ["Agreement"] = { "agree", "" },
  ["Arrests"] = { "coerce", "arrest" },
  ["Change to group/activity"] = { "other", "" },
  ["Disrupted weapons use"] = { "other", "" },
  ["Headquarters or base established"] = { "mobilize", "troops" },
  ["Looting/property destruction"] = { "coerce", "seize" },
  ["Non-violent transfer of territory"] = { "other", "" },
  ["Other"] = { "other", "" },
}

local words = { kind = {}, mode = {} }
for name, row in pairs(SUB_EVENTS) do
  words.kind[name], words.mode[name] = row[1], row[2]
end

-- --------------------------------------------------------------------------------------- Dates

local MONTHS = {
  January = 1, February = 2, March = 3, April = 4, May = 5, June = 6, July = 7, August = 8,
  September = 9, October = 10, November = 11, December = 12,
}

--- "2019-07-04" or "4 July 2019" as EDTF; anything else as it is.
local function day_of(text)
  local day, month, year = text:match("^(%d%d?) (%a+) (%d%d%d%d)$")
  local number = MONTHS[month]
  return number and ("%s-%02d-%02d"):format(year, number, tonumber(day)) or text
end

--- The day so many days before or after another.
local function beside(day, days)
  return ("%04d-%02d-%02d"):format(period.date(period.from_number(day) + days))
end

--- The date of an event, as sure as it is.
local function date(text, row)
  local precision = row "time_precision"
  if not text or precision == "1" then
    return text
  elseif precision ~= "2" and precision ~= "3" then
    error(('the time_precision is "%s", not 1, 2 or 3'):format(precision or ""), 0)
  end
  local day = day_of(text)
  local known, why = core.edtf.parse(day)
  if not known or known.precision ~= "day" then
    error(('"%s" is no day: %s'):format(text, why or "write 2019-07-04"), 0)
  elseif precision == "3" then
    return day:sub(1, 7)
  end
  return ("[%s..%s]"):format(beside(known.first, -3), beside(known.first, 3))
end

-- -------------------------------------------------------------------------------------- Actors

--- Where an actor is from, by its name: "Police Forces of Japan (2018-) Customs" is Japan's,
-- "Protesters (South Korea)" are South Korea's.
local function country_of(name)
  for bracketed in name:gmatch("%(([^()]*)%)") do
    local key = states.named(bracketed)
    if key then return key end
  end
  return states.named(name:match("^.* of ([^(]-)%s*%(%d%d%d%d%-"))
end

--- ACLED's actors are groups of people: forces, governments, parties, or whoever took part.
local function party(name)
  return { key = "acled:" .. name, name = name, kind = "group", country = country_of(name) }
end

--- The associates of both actors, each once.
local function associates(text, row)
  local list, seen = {}, {}
  for _, names in ipairs{ text or "", row "assoc_actor_2" or "" } do
    for name in names:gmatch("[^;]+") do
      name = name:match("^%s*(.-)%s*$")
      if name ~= "" and not seen[name] then
        list[#list + 1], seen[name] = name, true
      end
    end
  end
  return table.concat(list, "; ")
end

-- ---------------------------------------------------------------------------------------- Note

--- What ACLED writes of the event, with the fatalities and the sources, which have no field.
local function note(text, row)
  local fatalities, source = row "fatalities", row "source"
  local parts = { text }
  if fatalities then parts[#parts + 1] = ("Fatalities: %s."):format(fatalities) end
  if source then parts[#parts + 1] = ("Source: %s."):format(source) end
  return table.concat(parts, " ")
end

return {
  name = "acled",
  title = "ACLED events",
  kind = "events",
  delimiter = ",",
  quotes = true,
  header = true,
  required = { "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type",
    "actor1", "timestamp" },
  columns = {
    event_date = "date",
    sub_event_type = { "kind", "mode", "title" },
    actor1 = "actor",
    actor2 = "target",
    assoc_actor_1 = "participants",
    latitude = "latitude",
    longitude = "longitude",
    notes = "note",
  },
  join = { place = { "location", "admin3", "admin2", "admin1", "country" } },
  convert = { event_date = date, assoc_actor_1 = associates, notes = note },
  words = words,
  separator = { participants = "; " },
  dates = { "edtf", "d month yyyy" },
  identity = { "event_id_cnty" },
  version = "timestamp",
  unknown = "make",
  parties = { actor = party, target = party, participants = party },
}
