--- States as event data and lists write them: which state on record a text means.
--
-- The states and their names are those that every new store has (ISO 3166-1). Besides these, files
-- write names of their own ("Ivory Coast") and codes that ISO has withdrawn or never had ("TMP").
-- What is no state of ISO 3166-1 (Kosovo, the Netherlands Antilles, "Europe") is none here.
-- @module dualuse.formats.states

local core = require "dualuse.core"

local M = {}

-- Names that stand in files and are no name of the state in a new store.
local NAMES = {
  ["Bolivia (Plurinational State of)"] = "BOL",
  ["Bosnia"] = "BIH",
  ["Bosnia-Herzegovina"] = "BIH",
  ["British Virgin Islands"] = "VGB",
  ["Brunei"] = "BRN",
  ["Burma"] = "MMR",
  ["Cape Verde"] = "CPV",
  ["Congo-Brazzaville"] = "COG",
  ["Congo-Kinshasa"] = "COD",
  ["Cote d'Ivoire"] = "CIV",
  ["Curacao"] = "CUW",
  ["DR Congo"] = "COD",
  ["Democratic Republic of Congo"] = "COD",
  ["Democratic Republic of the Congo"] = "COD",
  ["East Timor"] = "TLS",
  ["Falkland Islands"] = "FLK",
  ["Faeroe Islands"] = "FRO",
  ["Former Yugoslav Republic of Macedonia"] = "MKD",
  ["Great Britain"] = "GBR",
  ["Holy See"] = "VAT",
  ["Ivory Coast"] = "CIV",
  ["Korea, South"] = "KOR",
  ["Korea, North"] = "PRK",
  ["Lao PDR"] = "LAO",
  ["Macau"] = "MAC",
  ["Macedonia"] = "MKD",
  ["Man, Isle of"] = "IMN",
  ["Micronesia"] = "FSM",
  ["Occupied Palestinian Territory"] = "PSE",
  ["PRC"] = "CHN",
  ["Palestine"] = "PSE",
  ["Palestinian Territory, Occupied"] = "PSE",
  ["Pitcairn Islands"] = "PCN",
  ["Republic of Congo"] = "COG",
  ["Republic of the Congo"] = "COG",
  ["Reunion"] = "REU",
  ["Russia"] = "RUS",
  ["Saint Helena"] = "SHN",
  ["Saint-Barthelemy"] = "BLM",
  ["Saint-Martin"] = "MAF",
  ["Sao Tome & Principe"] = "STP",
  ["Sint Maarten"] = "SXM",
  ["Swaziland"] = "SWZ",
  ["The Bahamas"] = "BHS",
  ["The Gambia"] = "GMB",
  ["The Netherlands"] = "NLD",
  ["Trinidad & Tobago"] = "TTO",
  ["Turkey"] = "TUR",
  ["Turkiye"] = "TUR",
  ["U.S. Virgin Islands"] = "VIR",
  ["UAE"] = "ARE",
  ["UK"] = "GBR",
  ["United States Virgin Islands"] = "VIR",
  ["Vatican City"] = "VAT",
  ["Virgin Islands, U.S."] = "VIR",
  ["Wallis and Futuna Islands"] = "WLF",
  ["eSwatini"] = "SWZ",
  ["the former Yugoslav Republic of Macedonia"] = "MKD",
}

-- Files in these formats are in English: to ignore case, ASCII is enough, whatever the locale.
local SMALL = {}
for byte = ("A"):byte(), ("Z"):byte() do SMALL[string.char(byte)] = string.char(byte + 32) end

local function folded(text)
  return (text:gsub("[A-Z]", SMALL))
end

--- The names of states by their keys, and their keys by what they may be called.
local function read()
  local by_key, by_name = {}, {}
  local store <close> = assert(core.open())
  for _, key, name, aliases in store.parties:where{ kind = "state" }
      :values("key", "name", "aliases") do
    by_key[key] = name
    by_name[folded(key)], by_name[folded(name)] = key, key
    for _, alias in ipairs(aliases or {}) do by_name[folded(alias)] = key end
  end
  for name, key in pairs(NAMES) do by_name[folded(name)] = key end
  return by_key, by_name
end

local by_key, by_name = read()

--- The key of the state that a name, an alpha-2 or an alpha-3 code means, ignoring case.
-- @tparam ?string text
-- @treturn ?string such as "KOR"; nil for what is no state
function M.find(text)
  return text and by_name[folded(text)] or nil
end

--- The key of the state that a name means, and not a code: "IS" in brackets is rarely Iceland.
-- @tparam ?string text
-- @treturn ?string
function M.named(text)
  return text and #text > 3 and by_name[folded(text)] or nil
end

--- The common name of a state.
-- @tparam string key exactly
-- @treturn ?string nil for what is no state's key
function M.name(key)
  return by_key[key]
end

return M
