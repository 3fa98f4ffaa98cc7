--- The Consolidated Screening List of the United States, as CSV: each row is a listing, and the
-- party that is listed.
--
-- Of the listing are kept: source (as list), entity_number (as entry), programs (as programmes),
-- start_date and end_date (as listed and delisted), license_policy (as policy),
-- federal_register_notice (as notice), and as its note license_requirement, standard_order, remarks
-- and source_list_url. `requirement` stays empty: the list tells it in words, and what an entry
-- means for a contract is said in dualuse.screen.lists. Of the party: name, alt_names (as aliases),
-- type (as kind), the country of addresses where they are in one state, and as its note what else
-- there is: title, addresses, citizenships, nationalities, dates and places of birth, ids, and what
-- is told of vessels. Not kept: _id, which numbers the rows of one edition, and
-- source_information_url.
--
-- A party has the kind `person` for an individual and `organisation` for an entity. A vessel, an
-- aircraft and what has no type is an `organisation` too, with `inferred` and a note that says so.
--
-- Who is the same: the Treasury gives each of its parties a number (entity_number), which is the
-- same on all of its lists; such a party is one, with a listing on each. The other lists give none,
-- and the same name stands there again for other people and of other notices: there each row is a
-- party of its own, known by its name, its addresses and its notice. A row that comes again, as in
-- a newer edition, updates its party and its listing to what it says: what was changed in these by
-- hand is in their history. A row that a newer edition has no more is not noticed: a list does not
-- say what it dropped.
--
-- Dates are 2019-07-04 or 7/4/2019. Lists inside a field are separated by "; ".
-- @module dualuse.formats.screening_list

local core = require "dualuse.core"
local lists = require "dualuse.screen.lists"
local states = require "dualuse.formats.states"

local KINDS = { Entity = "organisation", Individual = "person" }

-- What the note of a party, and that of a listing, tells: columns, and what stands before them.
local OF_PARTY = {
  { "title", "Title" }, { "addresses", "Addresses" }, { "citizenships", "Citizenships" },
  { "nationalities", "Nationalities" }, { "dates_of_birth", "Born" },
  { "places_of_birth", "Born in" }, { "ids", "Documents" }, { "call_sign", "Call sign" },
  { "vessel_type", "Vessel" }, { "vessel_flag", "Flag" }, { "vessel_owner", "Owner" },
  { "gross_tonnage", "Gross tonnage" }, { "gross_registered_tonnage", "Gross registered tonnage" },
}
local OF_LISTING = {
  { "license_requirement", "Licence requirement" }, { "standard_order", "Standard order" },
  { "remarks", "Remarks" }, { "source_list_url", "List" },
}

local UNTYPED = "The list does not tell whether this is a person or an organisation."

-- ---------------------------------------------------------------------------------- Inside a field

--- White space at the ends of names, of which a few are not ASCII.
local function trimmed(text)
  return text:gsub("\u{A0}", " "):match("^%s*(.-)%s*$")
end

--- The elements of a list, each once, without one of them; nil where there are none. A few lists
-- lack the blank behind the semicolon.
local function elements(text, without)
  local list, seen = {}, { [""] = true }
  if without then seen[without] = true end
  for part in (text or ""):gmatch("[^;]+") do
    local element = trimmed(part)
    if not seen[element] then
      list[#list + 1], seen[element] = element, true
    end
  end
  return #list > 0 and list or nil
end

--- The state in which all addresses are; nil where they are in none or several, or in what is no
-- state.
local function country_of(addresses)
  local parts = elements(addresses)
  return parts and #parts == 1 and states.find(parts[1]) or nil
end

--- A date as EDTF, or as it is, which the store refuses.
local function date_of(text)
  local month, day, year = (text or ""):match("^(%d%d?)/(%d%d?)/(%d%d%d%d)$")
  return year and ("%s-%02d-%02d"):format(year, tonumber(month), tonumber(day)) or text
end

--- "Vessel. Addresses: RU; TR."
local function told(row, columns, first)
  local parts = { first }
  for _, column in ipairs(columns) do
    local text = row(column[1])
    if text then parts[#parts + 1] = ("%s: %s."):format(column[2], (text:gsub("%.$", ""))) end
  end
  return #parts > 0 and table.concat(parts, " ") or nil
end

-- --------------------------------------------------------------------------------------- Keys

--- A text as a number that is the same everywhere (FNV-1a, 32 bits).
local function hash(text)
  local sum = 0x811c9dc5
  for i = 1, #text do sum = (sum ~ text:byte(i)) * 0x01000193 & 0xffffffff end
  return sum
end

--- The letters and digits of a name: "Acme-Trading-Co-Ltd".
local function slug(name)
  local text = name:gsub("[^0-9A-Za-z]+", "-"):gsub("^%-+", "")
  return (text:sub(1, 40):gsub("%-+$", ""))
end

-- The Treasury's lists, whose numbers hold for all of them. What its parties are called differs
-- from list to list: what the first of these says holds.
local TREASURY = { "SDN", "SSI", "NS-MBS", "CMIC", "CAP", "PLC" }
local RANK = {}
for rank, list in ipairs(TREASURY) do RANK[list] = rank end

--- Whether a party has a listing that says more of it than this list does.
local function told_better(party, list, has)
  for rank = 1, has and RANK[list] and RANK[list] - 1 or 0 do
    if has("listings", party .. ":" .. TREASURY[rank]) then return true end
  end
  return false
end

--- The key of the party, and that of its listing: "csl:ofac:15268" and "csl:ofac:15268:SDN", or
-- "csl:EL:Acme-1a2b3c4d" for both where the list has no numbers.
local function keys_of(row, list, name)
  local number = row "entity_number"
  if number and RANK[list] then
    local party = "csl:ofac:" .. number
    return party, party .. ":" .. list
  end
  local identity = table.concat({ name, row "addresses" or "",
    row "federal_register_notice" or "", number or "" }, "\n")
  local key = ("csl:%s:%s-%08x"):format(list, slug(name), hash(identity))
  return key, key
end

-- ------------------------------------------------------------------------------------ The records

--- A value, or what clears the field: a newer edition may have none where an older one had.
local function or_none(value)
  if value == nil then return core.null end
  return value
end

--- What the note of a party says whose type is no kind of ours.
local function untyped(described)
  return described and described .. "." or UNTYPED
end

local function party_of(row, key, name)
  local described = row "type"
  local kind = KINDS[described]
  return {
    key = key,
    name = name,
    kind = kind or "organisation",
    aliases = or_none(elements(row "alt_names", name)),
    country = or_none(country_of(row "addresses")),
    inferred = or_none(not kind or nil),
    note = or_none(told(row, OF_PARTY, not kind and untyped(described) or nil)),
  }
end

local function listing_of(row, key, party)
  return {
    key = key,
    party = party,
    list = row "source",
    entry = or_none(row "entity_number"),
    programmes = or_none(elements(row "programs")),
    listed = or_none(date_of(row "start_date")),
    delisted = or_none(date_of(row "end_date")),
    policy = or_none(row "license_policy"),
    notice = or_none(row "federal_register_notice"),
    note = or_none(told(row, OF_LISTING)),
  }
end

--- The records of a row. has(kind, key) tells what is on record.
local function records(row, has)
  local name = trimmed(row "name" or "")
  if name == "" then
    return nil, "the entry has no name", "party"
  elseif not row "source" then
    return nil, "the entry does not say on which list it is", "list"
  end
  local list = lists.short(row "source")
  local party, listing = keys_of(row, list, name)
  local made = { { "listings", listing_of(row, listing, party) } }
  if not told_better(party, list, has) then
    table.insert(made, 1, { "parties", party_of(row, party, name) })
  end
  return made
end

return {
  name = "screening-list",
  title = "Consolidated Screening List",
  prefix = "csl",
  kind = "listings",
  delimiter = ",",
  quotes = true,
  header = true,
  required = { "source", "entity_number", "type", "programs", "name", "addresses",
    "federal_register_notice", "alt_names", "source_list_url" },
  columns = {},
  identity = { "source", "entity_number", "name", "addresses", "federal_register_notice" },
  records = records,
}
