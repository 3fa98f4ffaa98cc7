--- CAMEO actor codes: who a code such as "KORGOVMIL" means.
--
-- A code is a row of parts of three letters: a state or a region first where the actor belongs to
-- one, then what it is (GOV, MIL, BUS) and, for a few, who (UNO, EEC). States are coded by their
-- ISO 3166-1 alpha-3 code but for a few of CAMEO's own. Ethnic groups have small letters ("che" is
-- Chechen, "CHE" Switzerland), so that codes are read with their case.
--
-- A code that is a state and nothing else is that state. Any other becomes a party whose key is the
-- code behind "cameo:", so that it clashes with no key of yours. A code names a role, not anyone in
-- it: such a party is a `group`, or an `organisation` where the code names one.
-- @module dualuse.formats.actors

local states = require "dualuse.formats.states"

local M = {}

-- States that CAMEO codes otherwise than ISO 3166-1, some of them as ISO did once.
local STATES = { IMY = "IMN", MTN = "MNE", ROM = "ROU", TMP = "TLS", ZAR = "COD" }

-- Parts of a state that CAMEO codes as one.
local WITHIN = { BAG = "IRQ", GZS = "PSE", WSB = "PSE" }

local PLACES = {
  AFR = "Africa", ANT = "Netherlands Antilles", ASA = "Asia", BAG = "Baghdad", BLK = "Balkans",
  CAS = "Central Asia", CAU = "Caucasus", CEU = "Central Europe", CFR = "Central Africa",
  CRB = "Caribbean", EAF = "Eastern Africa", EEU = "Eastern Europe", EIN = "East Indies",
  EUR = "Europe", GZS = "Gaza Strip", KSV = "Kosovo", LAM = "Latin America",
  MDT = "Mediterranean", MEA = "Middle East", NAF = "North Africa", NMR = "North America",
  PGS = "Persian Gulf", SAF = "Southern Africa", SAM = "South America", SAS = "South Asia",
  SCN = "Scandinavia", SEA = "Southeast Asia", WAF = "West Africa", WSB = "West Bank",
  WST = "the West",
}

local ROLES = {
  AGR = "agriculture", BUS = "business", COP = "police", CRM = "criminals", CVL = "civilians",
  DEV = "development", EDU = "education", ELI = "elites", ENV = "environment", GOV = "government",
  HLH = "health", HRI = "human rights", IGO = "inter-governmental organisation",
  IMG = "international armed group", INS = "insurgents", INT = "international", JUD = "judiciary",
  LAB = "labour", LEG = "legislature", MED = "media", MIL = "military",
  MNC = "multinational corporation", MOD = "moderates", NGM = "non-governmental movement",
  NGO = "non-governmental organisation", OPP = "opposition", PKO = "peacekeepers",
  PTY = "political party", RAD = "radicals", REB = "rebels", REF = "refugees", SEP = "separatists",
  SET = "settlers", SPY = "intelligence", UAF = "unaligned armed forces",
  UIS = "unidentified state actor",
}

local FAITHS = {
  ATH = "agnostics", BAH = "Baha'i", BUD = "Buddhists", CHR = "Christians", CON = "Confucians",
  CPT = "Copts", CTH = "Catholics", DOX = "Orthodox Christians", DRZ = "Druze", HIN = "Hindus",
  HSD = "Hasidim", ITR = "indigenous religion", JAN = "Jains", JEW = "Jews", LDS = "Mormons",
  MOS = "Muslims", MRN = "Maronites", NRM = "new religious movement", PAG = "pagans",
  PRO = "Protestants", SFI = "Sufis", SHI = "Shia", SHN = "Shinto", SIK = "Sikhs", SUN = "Sunni",
  TAO = "Taoists", UDX = "ultra-orthodox Jews", ZRO = "Zoroastrians",
}

local ORGANISATIONS = {
  ABD = "Arab Bank for Economic Development in Africa", ACC = "Arab Cooperation Council",
  ADB = "Asian Development Bank", AEU = "Arab Economic Unity Council",
  AFB = "African Development Bank", ALQ = "Al Qaeda", AMF = "Arab Monetary Fund",
  AMN = "Amnesty International", AMU = "Arab Maghreb Union", APE = "OAPEC", ARL = "Arab League",
  ASN = "ASEAN", BIS = "Bank for International Settlements",
  CIS = "Commonwealth of Independent States", COE = "Council of Europe",
  CWN = "Commonwealth of Nations", EBR = "European Bank for Reconstruction and Development",
  EEC = "European Union", EFT = "European Free Trade Association",
  FAO = "Food and Agriculture Organization", FTA = "Fatah", GCC = "Gulf Cooperation Council",
  GOE = "Group of Eight", GOS = "Group of Seven", GSS = "Group of 77",
  HCH = "UN High Commissioner for Human Rights", HCR = "UN High Commissioner for Refugees",
  HEZ = "Hezbollah", HMS = "Hamas", HRW = "Human Rights Watch",
  IAE = "International Atomic Energy Agency", ICC = "International Criminal Court",
  ICG = "International Crisis Group", ICJ = "International Court of Justice",
  IDB = "Islamic Development Bank", ILO = "International Labour Organization",
  IMF = "International Monetary Fund", IOM = "International Organization for Migration",
  IPU = "Inter-Parliamentary Union", IRC = "Red Cross", ITP = "Interpol", KID = "UNICEF",
  MBR = "Muslim Brotherhood", MSF = "Médecins Sans Frontières", NAT = "NATO",
  NON = "Non-Aligned Movement", OAS = "Organization of American States", OAU = "African Union",
  OIC = "Organisation of Islamic Cooperation", OPC = "OPEC",
  PLO = "Palestine Liberation Organization", PRC = "Paris Club", RCR = "Red Crescent",
  SAA = "South Asian Association for Regional Cooperation",
  SAD = "Southern African Development Community", SCE = "OSCE", TAL = "Taliban",
  UNO = "United Nations", WAS = "ECOWAS", WBK = "World Bank", WCT = "war crimes tribunals",
  WEF = "World Economic Forum", WFP = "World Food Programme", WHO = "World Health Organization",
  WTO = "World Trade Organization", XFM = "Oxfam",
}

local function label(part)
  return ORGANISATIONS[part] or ROLES[part] or FAITHS[part] or PLACES[part] or states.name(part)
    or part
end

--- The state that the first part of a code means. A few parts are also something else ("SHN" is
-- Saint Helena, and Shinto): then the row tells whether its actor has a state.
local function state_of(code, part, row)
  local key = STATES[part] or states.name(part) and part
  if key and (FAITHS[part] or ROLES[part] or ORGANISATIONS[part]) then
    for _, actor in ipairs{ "Actor1", "Actor2" } do
      if row(actor .. "Code") == code and row(actor .. "CountryCode") == part then return key end
    end
    return nil
  end
  return key or nil
end

--- Who a CAMEO actor code means.
-- @tparam string code such as "KOR" or "KORGOV"
-- @tparam function row the text of another column of the row, by its name
-- @treturn string|table the key of a state, or the party to make
function M.party(code, row)
  local parts = {}
  for part in code:gmatch("..?.?") do parts[#parts + 1] = part end
  local state = state_of(code, parts[1], row)
  if state and #parts == 1 then
    return state
  end
  local kind, labels = "group", {}
  for i = state and 2 or 1, #parts do
    if ORGANISATIONS[parts[i]] then kind = "organisation" end
    labels[#labels + 1] = label(parts[i])
  end
  local country = state or WITHIN[parts[1]]
  local name = table.concat(labels, ", ")
  return {
    key = "cameo:" .. code,
    name = state and ("%s: %s"):format(states.name(state), name) or name,
    kind = kind,
    country = country,
    parent = country,
  }
end

return M
