--- GDELT events, 1.0 (57 and 58 columns) and 2.0 (61): what each column is in an event.
--
-- The three layouts all come as `.export.CSV`, in truth separated by tabs and without a header, and
-- are told apart line by line by their number of columns. Quotes mean nothing in them.
--
-- Kept: GLOBALEVENTID (as the origin), SQLDATE, Actor1Code and Actor2Code (as actor and target, see
-- dualuse.formats.actors), EventCode (as code, and as kind, mode and contexts by
-- dualuse.formats.cameo), QuadClass, GoldsteinScale, NumMentions, AvgTone, ActionGeo_FullName,
-- ActionGeo_Lat, ActionGeo_Long and SOURCEURL. Not kept: the other columns of date and of actors
-- and the base and root codes (which say in parts what is kept), the actors' names, IsRootEvent,
-- NumSources, NumArticles, where the actors are, the type and codes of the action's place, and
-- DATEADDED.
--
-- An event is the same where its GLOBALEVENTID is. There is no rule for one that comes again with
-- other values: that row is rejected.
-- @module dualuse.formats.gdelt

local actors = require "dualuse.formats.actors"
local cameo = require "dualuse.formats.cameo"

local function actor(number)
  local list = {}
  for _, name in ipairs{ "Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode",
      "Religion1Code", "Religion2Code", "Type1Code", "Type2Code", "Type3Code" } do
    list[#list + 1] = ("Actor%d%s"):format(number, name)
  end
  return list
end

local function place(of, adm2)
  local list = { "Type", "FullName", "CountryCode", "ADM1Code" }
  if adm2 then list[#list + 1] = "ADM2Code" end
  table.move({ "Lat", "Long", "FeatureID" }, 1, 3, #list + 1, list)
  for i, name in ipairs(list) do list[i] = of .. "Geo_" .. name end
  return list
end

--- The names of the columns, in their order.
local function layout(options)
  local names = {}
  for _, part in ipairs{
    { "GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate" },
    actor(1), actor(2),
    { "IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale",
      "NumMentions", "NumSources", "NumArticles", "AvgTone" },
    place("Actor1", options.adm2), place("Actor2", options.adm2), place("Action", options.adm2),
    { "DATEADDED" }, options.url and { "SOURCEURL" } or {},
  } do
    table.move(part, 1, #part, #names + 1, names)
  end
  return names
end

return {
  name = "gdelt",
  title = "GDELT events",
  kind = "events",
  delimiter = "\t",
  quotes = false,
  header = false,
  terminated = true,
  layouts = {
    [57] = layout{},
    [58] = layout{ url = true },
    [61] = layout{ url = true, adm2 = true },
  },
  required = { "GLOBALEVENTID", "SQLDATE", "Actor1Code", "Actor2Code", "EventCode", "QuadClass",
    "GoldsteinScale", "NumMentions", "AvgTone", "ActionGeo_FullName", "ActionGeo_Lat",
    "ActionGeo_Long" },
  columns = {
    SQLDATE = "date",
    Actor1Code = "actor",
    Actor2Code = "target",
    EventCode = { "code", "kind", "mode", "contexts" },
    QuadClass = "quad",
    GoldsteinScale = "goldstein",
    NumMentions = "mentions",
    AvgTone = "tone",
    ActionGeo_FullName = "place",
    ActionGeo_Lat = "latitude",
    ActionGeo_Long = "longitude",
    SOURCEURL = "url",
  },
  words = { kind = cameo.words.kind, mode = cameo.words.mode, contexts = cameo.words.contexts },
  separator = { contexts = "; " },
  dates = { "yyyymmdd" },
  identity = { "GLOBALEVENTID" },
  unknown = "make",
  parties = { actor = actors.party, target = actors.party },
}
