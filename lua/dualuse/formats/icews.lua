--- ICEWS events, 20 columns: what each column is in an event.
--
-- Kept: Event Date, Source Name and Target Name (as actor and target, with Source Country and
-- Target Country), CAMEO Code (as code, and as kind, mode, contexts and quad by
-- dualuse.formats.cameo), Event Text (as title), Intensity (as goldstein, which is on the same
-- scale from -10 to 10), City, District, Province and Country (as place), Latitude, Longitude, and
-- as the note Publisher, Story ID and Sentence Number, which tell where it was reported. Not kept:
-- Event ID, which repeats, and the sectors of both.
--
-- Some files lack the CAMEO column: in these the code is found by Event Text, which stands for one
-- code each. Dates are 2018-06-01, in some files 6/1/2018. Quotes stand in fields and mean nothing.
--
-- An event is the same where the whole line is.
-- @module dualuse.formats.icews

local cameo = require "dualuse.formats.cameo"
local states = require "dualuse.formats.states"

local NOTE = "ICEWS does not tell whether this is a person or an organisation."

--- The words before a name in brackets, and that name: "Police", "India".
local function role_of(name)
  return name:match("^(.-)%s*%(([^()]*)%)$")
end

--- "Foreign Affairs (India)" is the ministry, "Police (India)" whoever of the police it was.
local function kind_of(role)
  return (role == "Foreign Affairs" or role:find("Ministry")) and "ministry" or "group"
end

--- Makes the function that tells who a name is, given the column of its country. The party that a
-- name in brackets tells the country of is the same whatever the row; for others the row's country
-- is what there is to go by.
local function who(country_column)
  return function(name, row)
    local country = states.find(row(country_column))
    local state = states.named(name)
    if state and state == (country or state) then
      return state
    end
    local role, of = role_of(name)
    return {
      key = "icews:" .. name,
      name = name,
      kind = role and kind_of(role) or "organisation",
      country = states.named(of) or country,
      inferred = not role or nil,
      note = not role and NOTE or nil,
    }
  end
end

return {
  name = "icews",
  title = "ICEWS events",
  kind = "events",
  delimiter = "\t",
  quotes = false,
  header = true,
  terminated = true,
  required = { "Event ID", "Event Date", "Source Name", "Source Country", "Event Text",
    "Target Name", "Target Country", "Story ID" },
  columns = {
    ["Event Date"] = "date",
    ["Source Name"] = "actor",
    ["Target Name"] = "target",
    ["CAMEO Code"] = { "code", "kind", "mode", "contexts", "quad" },
    ["Event Text"] = "title",
    ["Intensity"] = "goldstein",
    ["Latitude"] = "latitude",
    ["Longitude"] = "longitude",
  },
  instead = { ["CAMEO Code"] = "Event Text" },
  join = {
    place = { "City", "District", "Province", "Country" },
    note = { "Publisher", "Story ID", "Sentence Number" },
  },
  words = cameo.words,
  separator = { contexts = "; " },
  dates = { "edtf", "m/d/yyyy" },
  missing = { "NA" },
  identity = "line",
  unknown = "make",
  parties = { actor = who "Source Country", target = who "Target Country" },
}
