--- The dispute of 2019 between Japan and South Korea over export controls, as a sample.
--
-- Everything rests on three sources: a report of the Nikkei Asian Review from the morning of
-- 12 July 2019 (N), a dispatch of AFP and Reuters from later that day (A), and the notice of the
-- Japanese trade ministry of 1 July 2019 (P). The titles and texts are our own words; a quote is
-- a few words of the source. No date is more exact than its source.
--
-- In the lists below, a citation is written `N`, for the record as a whole, or
-- `{ A, "date place" }`, for the values of those fields, which then rest on no source but those
-- cited for them; `quote` is there where a few words are known. What no source says is `inferred`,
-- and the note tells why. The kinds of events are our coding.
-- @module dualuse.sample.japan_korea_2019

local core = require "dualuse.core"
local report = require "dualuse.report"

local M = {}

local N = "nikkei-2019-07-12"
local A = "afp-2019-07-12"
local P = "meti-2019-07-01"

local DISPUTE = "japan-korea-2019"

-- ---------------------------------------------------------------------------------- Sources

local sources = {
  {
    key = N,
    title = "Report on the export controls, published before the meeting in Tokyo",
    publisher = "Nikkei Asian Review",
    published = "2019-07-12T07:30",
  },
  {
    key = A,
    title = "Dispatch on the export controls, sent after the meeting in Tokyo",
    agency = "AFP, Reuters",
    published = "2019-07-12",
  },
  {
    key = P,
    title = "Notice of the Japanese trade ministry on exports to South Korea",
    publisher = "Japanese trade ministry (METI)",
    published = "2019-07-01",
  },
}

-- ---------------------------------------------------------------------------------- Parties

-- The states are in every store: these names are added to those they have.
local states = {
  { "KOR", "Republic of Korea", "ROK", "Seoul" },
  { "JPN", "Tokyo" },
  { "USA", "Washington" },
  { "PRK", "DPRK", "Pyongyang" },
  { "CHN", "Beijing" },
  { "VNM", "Hanoi" },
  { "ARE", "UAE" },
}
local STATE_NOTE = "The aliases added to those of ISO 3166 are common usage, taken from no source."

local parties = {
  -- South Korea
  { key = "KOR.MOTIE", name = "Trade ministry of South Korea", kind = "ministry",
    country = "KOR", parent = "KOR", aliases = { "MOTIE", "South Korean trade ministry" },
    sources = { A, N } },
  { key = "KOR.MOFA", name = "Foreign ministry of South Korea", kind = "ministry",
    country = "KOR", parent = "KOR", aliases = { "South Korean foreign ministry" },
    sources = { A } },
  { key = "KOR.president", name = "Office of the President of South Korea", kind = "agency",
    country = "KOR", parent = "KOR", aliases = { "South Korean president's office" },
    sources = { A } },
  { key = "KOR.NSO", name = "National Security Office of South Korea", kind = "agency",
    country = "KOR", parent = "KOR", aliases = { "National Security Office" },
    sources = { N } },
  { key = "KOR.court", name = "South Korean court", kind = "court",
    country = "KOR", parent = "KOR", sources = { A, N },
    note = "The court that ruled on forced labour; which one it was is not recorded." },
  { key = "kang-kyung-wha", name = "Kang Kyung-wha", kind = "person",
    country = "KOR", parent = "KOR.MOFA", sources = { N }, note = "Foreign minister." },
  { key = "kim-hyun-chong", name = "Kim Hyun-chong", kind = "person",
    country = "KOR", parent = "KOR.NSO", sources = { N }, note = "Second deputy chief." },
  { key = "kim-you-geun", name = "Kim You-geun", kind = "person",
    country = "KOR", sources = { A }, note = "Deputy director of national security." },
  { key = "KOR.seoul-shops", name = "shops in Seoul", kind = "group",
    country = "KOR", sources = { A }, note = "One shop's sign is what the source shows." },

  -- Japan
  { key = "JPN.METI", name = "Trade ministry of Japan", kind = "ministry",
    country = "JPN", parent = "JPN", aliases = { "METI", "Japanese trade ministry" },
    sources = { A, N, P } },
  { key = "JPN.MOFA", name = "Foreign ministry of Japan", kind = "ministry",
    country = "JPN", parent = "JPN", aliases = { "Japanese foreign ministry" },
    sources = { A } },
  { key = "seko", name = "Seko", kind = "person",
    country = "JPN", parent = "JPN.METI", sources = { A }, note = "Trade minister." },
  { key = "JPN.firms", name = "Japanese firms", kind = "group",
    country = "JPN", sources = { A, N },
    note = "Those ordered to compensate forced labourers; they are not named here." },
  { key = "JPN.media", name = "Japanese media", kind = "group",
    country = "JPN", sources = { A } },
  -- A list of other states: it lies in no country, or they would lie within Japan.
  { key = "JPN.white-list", name = "white list of Japan", kind = "group",
    aliases = { "white list" }, sources = { { A, "name", quote = "white list" } },
    note = "The destinations that Japan gives preferential treatment." },

  -- The United States
  { key = "mike-pompeo", name = "Mike Pompeo", kind = "person",
    country = "USA", sources = { N }, note = "Secretary of state." },

  -- Who asserts something in the press
  { key = "afp", name = "AFP", kind = "organisation", sources = { A }, note = "News agency." },
  { key = "reuters", name = "Reuters", kind = "organisation", sources = { A },
    note = "News agency." },
  { key = "press-pool", name = "press pool at the meeting in Tokyo", kind = "group",
    sources = { A } },
}

-- -------------------------------------------------------------------------- Controlled items

local items = {
  { key = "chip-making-materials", name = "chip-making materials", category = "material",
    sources = { N, { P, "note" } },
    note = "The three that the trade ministry's notice names; AFP calls them chemicals." },
  { key = "hydrogen-fluoride", name = "hydrogen fluoride", category = "material",
    parent = "chip-making-materials", aliases = { "etching gas" },
    uses = { "chip making", "chemical weapons", "sarin", "nuclear weapons" },
    sources = {
      { A, "name category uses" },
      { N, "uses" },
      { P, "name parent aliases" },
    },
    note = "AFP says of hydrogen fluoride that it can serve in chemical weapons; Nikkei names the "
      .. "uses of etching gas. Neither equates the two: the trade ministry's notice does." },
  { key = "photoresist", name = "photoresist", category = "material",
    parent = "chip-making-materials", aliases = { "resist" }, sources = { P } },
  { key = "fluorinated-polyimide", name = "fluorinated polyimide", category = "material",
    parent = "chip-making-materials", sources = { P } },
  -- No child of the materials: a measure on materials alone does not reach technology.
  { key = "chip-making-technology", name = "technology of the three chip-making materials",
    category = "technology", sources = { A },
    note = "AFP speaks of three chemicals as well as technology transfers." },
}

local disputes = {
  { key = DISPUTE, title = "Japan's export controls on South Korea, 2019",
    parties = { "JPN", "KOR" }, sources = { N, A } },
}

-- ---------------------------------------------------------------- Licensing regime of Japan

local BASIS = "Japan's export-control law"

local measures = {
  {
    key = "jp-base-rule",
    title = "Each contract for goods of military use is screened on its own",
    jurisdiction = "JPN", basis = BASIS, requirement = "individual",
    penalties = "Prison and fines; flagrant violations are announced to the public.",
    sources = { N },
    note = "Unless the destination has preferential treatment.",
    stages = {
      { key = "jp-base-rule.in-force", stage = "in_force", date = "[..2018]", sources = { N },
        note = "Since when is not known, but since before 2019." },
    },
  },
  {
    key = "jp-white-list-preference",
    title = "Preferential treatment for the white list",
    jurisdiction = "JPN", basis = BASIS, destinations = { "JPN.white-list" },
    requirement = "bulk", term = "general bulk export licence",
    excepts = { "jp-base-rule" },
    sources = {
      A,
      { A, "title" },
      { A, "destinations", quote = "white list" },
      { N, "title", quote = "preferential treatment" },
      { N, "excepts" },
      { P, "requirement term" },
    },
    note = "With minimal constraints on technology transfers that have security implications.",
    stages = {
      { key = "jp-white-list-preference.in-force", stage = "in_force", date = "[..2018]",
        inferred = true, sources = { A, N },
        note = "No source tells the start. It is put before 2019 because both reports treat "
          .. "the preference as a standing rule, out of which South Korea is now taken." },
    },
  },
  {
    key = "jp-kr-restriction",
    title = "South Korea back on contract-by-contract screening",
    jurisdiction = "JPN", basis = BASIS, destinations = { "KOR" },
    items = { "fluorinated-polyimide", "photoresist", "hydrogen-fluoride",
              "chip-making-technology" },
    requirement = "individual", excepts = { "jp-white-list-preference" }, dispute = DISPUTE,
    sources = {
      N,
      { N, "items note" },
      { A, "items note" },
      { A, "note", quote = "significantly slow exports" },
      { P, "items" },
    },
    note = "Grounds given: breach or loss of trust, and improper handling of exports. The curbs "
      .. "slow exports significantly (AFP). Nikkei counts three chip-making materials, AFP three "
      .. "chemicals and technology transfers; the trade ministry's notice names the materials.",
    stages = {
      { key = "jp-kr-restriction.announced", stage = "announced",
        date = "[2019-07-01..2019-07-04]",
        sources = { { A, "date", quote = "last week" }, { P, "date" } },
        note = "AFP says last week; the trade ministry's notice is dated 1 July 2019." },
      { key = "jp-kr-restriction.in-force", stage = "in_force", date = "2019-07-04",
        sources = { N, A } },
    },
  },
}

local memberships = {
  {
    key = "kr-in-jp-white-list", group = "JPN.white-list", member = "KOR",
    inferred = true, sources = { A },
    note = "AFP says that the removal of South Korea is weighed, so that it is on the list.",
    stages = {
      { key = "kr-in-jp-white-list.in-force", stage = "in_force", date = "[..2018]",
        inferred = true, sources = { A },
        note = "Inferred from the removal being weighed. No source tells the start; it is put "
          .. "before 2019, like the preference that goes with it." },
      { key = "kr-in-jp-white-list.end-considered", stage = "end_considered",
        date = "2019-07-12", sources = { A },
        note = "Officials are weighing it; AFP states no consequence." },
    },
  },
}

-- ----------------------------------------------- What Korea's trade ministry disclosed, on 10 July

local PERIOD = "2015/2019-03"

local disclosures = {
  { key = "motie-2015-2019-03", authority = "KOR.MOTIE", period = PERIOD,
    measure = "cases", unit = "case", year_basis = "detected", value = 156,
    published = "2019-07-10",
    sources = { N, { N, "value period" }, { A, "value period published" } },
    note = "Unauthorised exports of strategic goods. Their destinations, without numbers: "
      .. "South-East Asia, China, the Middle East and elsewhere. The figures for 2015, 2016 and "
      .. "2017 leave 72 for 2018 to March 2019, which is not broken down." },
  { key = "motie-2015", authority = "KOR.MOTIE", period = "2015",
    measure = "cases", unit = "case", year_basis = "detected", value = 14,
    published = "2019-07-10", sources = { N, { A, "published" } } },
  { key = "motie-2016", authority = "KOR.MOTIE", period = "2016",
    measure = "cases", unit = "case", year_basis = "detected", value = 22,
    published = "2019-07-10", sources = { N, { A, "published" } } },
  { key = "motie-2017", authority = "KOR.MOTIE", period = "2017",
    measure = "cases", unit = "case", year_basis = "detected", value = 48,
    published = "2019-07-10", sources = { N, { A, "published" } } },
  { key = "motie-north-korea", authority = "KOR.MOTIE", period = PERIOD,
    measure = "cases", unit = "case", year_basis = "detected", value = 0,
    scope = "involving North Korea", published = "2019-07-10", sources = { A },
    note = "Of the 156. Involvement is not the same as destination." },
  { key = "jp-withheld", authority = "JPN", period = "/2019-07-12",
    measure = "cases", status = "withheld", asserted_by = "KOR", sources = { N },
    note = "The numbers of illegal shipments and of busts, which South Korea says Japan has not "
      .. "disclosed. The period is not told; it ends no later than the report." },
  { key = "us-published", authority = "USA", period = "/2019-07-12",
    measure = "cases", status = "published", asserted_by = "KOR", sources = { N },
    note = "South Korea says that Japan discloses no numbers, unlike the United States: so they "
      .. "publish. The figure is not given, nor the period; it ends no later than the report." },
}

-- ------------------------------------------------------- Enforcement cases known one by one

local CASE_NOTE = "Illegally shipped. How many cases it stands for is not said, nor when it was "
  .. "detected, who exported, how much, or what the penalty was. Nikkei says etching gas; that "
  .. "this is hydrogen fluoride is told by the notice of Japan's trade ministry, not by Nikkei. "
  .. "South Korea's trade ministry is the authority as the source of the record."

local cases = {
  { key = "kr-etching-gas-vietnam", authority = "KOR.MOTIE", items = { "hydrogen-fluoride" },
    destination = "VNM", exported = "2017-12", dispute = DISPUTE,
    sources = { N, { N, "items", quote = "etching gas" } }, note = CASE_NOTE },
  { key = "kr-etching-gas-uae", authority = "KOR.MOTIE", items = { "hydrogen-fluoride" },
    destination = "ARE", exported = "2019-01", dispute = DISPUTE,
    sources = { N, { N, "items", quote = "etching gas" } }, note = CASE_NOTE },
}

-- ----------------------------------------------------------------------------------- Events

-- Where the facts say who did it to whom, there is an actor and a target; where they name two
-- sides alike, there are participants. `other`: PLOVER has no type for it.
local events = {
  { key = "colonial-rule", date = "1910/1945", kind = "other", actor = "JPN", target = "KOR",
    title = "Colonial rule of the Korean peninsula", sources = { A } },
  { key = "treaty-1965", date = "1965", kind = "agree", participants = { "JPN", "KOR" },
    title = "Treaty which Japan says settled the matter", sources = { A } },
  { key = "labour-rulings", date = "2018", kind = "other",
    actor = "KOR.court", target = "JPN.firms",
    title = "Court orders Japanese firms to compensate forced labourers",
    sources = { A, N, { A, "date" } },
    note = "AFP says last year; Nikkei speaks of rulings without a date." },
  { key = "motie-discloses", date = "2019-07-10", kind = "other", actor = "KOR.MOTIE",
    title = "Trade ministry discloses 156 unauthorised exports", sources = { A } },
  { key = "kang-pompeo-call", date = "2019-07-10", kind = "consult", mode = "phone",
    participants = { "kang-kyung-wha", "mike-pompeo" },
    title = "Phone call: Kang voices concern for supply chains and the trade order",
    sources = { N } },
  { key = "envoy-to-washington", date = "2019-07-10", kind = "consult", mode = "visit",
    actor = "KOR", target = "USA", participants = { "kim-hyun-chong" },
    title = "Kim Hyun-chong is sent to Washington to discuss the issue", sources = { N } },
  { key = "wto-threat", date = "[..2019-07-12]", kind = "threaten", actor = "KOR", target = "JPN",
    title = "South Korea threatens to go to the WTO", sources = { A } },
  { key = "appeal-to-washington", date = "[..2019-07-12]", kind = "request",
    actor = "KOR", target = "USA",
    title = "South Korea urges Washington to intervene", sources = { A } },
  { key = "us-offer", date = "[..2019-07-12]", kind = "agree", actor = "USA",
    title = "Washington offers to mediate",
    sources = { A },
    note = "Its officials would do everything they can to ease tensions, and have no view on the "
      .. "measures." },
  { key = "boycott", date = "[..2019-07-12]", kind = "protest", mode = "boycott",
    actor = "KOR.seoul-shops", target = "JPN", place = "Seoul",
    title = "Shops in Seoul boycott Japanese products", sources = { A },
    note = "A shop's sign." },
  { key = "call-for-investigation", date = "2019-07-12", kind = "request",
    actor = "KOR.president",
    title = "President's office says nothing wrong was done, and calls for a third-party "
      .. "investigation",
    sources = { A } },
  { key = "tokyo-meeting", date = "2019-07-12", kind = "consult",
    participants = { "JPN.METI", "KOR" }, dispute = DISPUTE, place = "Tokyo",
    title = "Officials meet for the first time since the announcement",
    sources = { N, A, { N, "title" } },
    note = "Those from South Korea are of the foreign ministry (AFP), or export officials "
      .. "(Nikkei). It took hours longer than expected, without a sign of détente (AFP). Nikkei "
      .. "came out before it." },
  { key = "meti-after-meeting", date = "2019-07-12", kind = "reject",
    actor = "JPN.METI", target = "KOR",
    title = "Spokesperson: all questions answered, technical ones still taken by e-mail",
    sources = { A },
    note = "The spokesperson appeared to rule out further talks." },
}

-- ------------------------------------------------- Contested questions, and who says what

local questions = {
  { key = "q-retaliation", title = "Are the curbs retaliation for the court rulings?",
    sources = { N, A } },
  { key = "q-wto", title = "Do the curbs break WTO rules?", sources = { A },
    note = "South Korea's threat to complain is an event, not an assertion of breach." },
  { key = "q-korean-controls", title = "Does South Korea control sensitive exports properly?",
    sources = { N, A } },
  { key = "q-rise-in-cases", title = "Is the rise in cases better enforcement?",
    sources = { N } },
  { key = "q-re-export", title = "Was hydrogen fluoride re-exported from South to North Korea?",
    sources = { A } },
  { key = "q-re-export-prompted", title = "Did that reported re-export prompt the curbs?",
    sources = { A } },
  { key = "q-japan-made-gas", title = "Was Japan-made gas in the shipments?", sources = { N } },
  { key = "q-sarin-grade", title = "Can high-grade gas from Japan make sarin?",
    sources = { N } },
  { key = "q-transparency", title = "Is Japan less transparent on violations?",
    sources = { N } },
  { key = "q-treaty",
    title = "Did the 1965 treaty settle the matter, and does demanding compensation breach "
      .. "international law?",
    sources = { A } },
  { key = "q-supply-chains", title = "Will the curbs disrupt supply chains?", sources = { N } },
  { key = "q-greeting", title = "Did the delegations greet each other?", sources = { A } },
}

-- When most of it was said is not told, but the reports are of 12 July 2019.
local BY_THE_REPORT = "[..2019-07-12]"

local READING = "That it answers the other claim is our reading of what is said."

-- A claim stands after the one that it replies to.
local claims = {
  -- Are the curbs retaliation for the court rulings?
  { key = "retaliation-widely-seen", question = "q-retaliation",
    stance = "asserts", attribution = "unattributed", date = BY_THE_REPORT,
    text = "The curbs retaliate for the court rulings.", about = "jp-kr-restriction",
    sources = { { N, quote = "widely seen" } } },
  { key = "retaliation-meti", question = "q-retaliation",
    speaker = "JPN.METI", role = "spokesperson", stance = "denies", attribution = "anonymous",
    directness = "quoted", date = BY_THE_REPORT,
    text = "The curbs are no countermeasure.", about = "jp-kr-restriction",
    sources = { { A, quote = "not a countermeasure" } } },
  { key = "retaliation-mofa", question = "q-retaliation",
    speaker = "JPN.MOFA", role = "official", stance = "denies", attribution = "anonymous",
    directness = "paraphrased", date = BY_THE_REPORT,
    text = "The curbs do not retaliate for the court rulings.", about = "jp-kr-restriction",
    sources = { A } },
  { key = "retaliation-seko", question = "q-retaliation",
    speaker = "seko", role = "trade minister", stance = "qualifies", attribution = "named",
    directness = "paraphrased", date = "[2019-07-01..2019-07-04]",
    text = "The dispute over forced labour has damaged trust.", about = "jp-kr-restriction",
    sources = { A }, note = "Said when announcing the curbs." },

  -- Do the curbs break WTO rules?
  { key = "wto-meti", question = "q-wto",
    speaker = "JPN.METI", role = "spokesperson", stance = "denies", attribution = "anonymous",
    directness = "quoted", date = BY_THE_REPORT,
    text = "The curbs are based on international rules.", about = "jp-kr-restriction",
    sources = { { A, quote = "not a World Trade Organisation violation" } } },

  -- Does South Korea control sensitive exports properly?
  { key = "controls-kor", question = "q-korean-controls",
    speaker = "KOR", stance = "asserts", attribution = "named", date = BY_THE_REPORT,
    text = "The record of crackdowns shows that exports are controlled.",
    about = "motie-2015-2019-03", sources = { N } },
  { key = "controls-kim-you-geun", question = "q-korean-controls",
    speaker = "kim-you-geun", role = "deputy director of national security", stance = "asserts",
    attribution = "named", directness = "paraphrased", date = BY_THE_REPORT,
    text = "UN sanctions and control regimes are fully enforced.", sources = { A } },
  { key = "controls-jpn", question = "q-korean-controls",
    speaker = "JPN", stance = "denies", attribution = "named", date = BY_THE_REPORT,
    text = "There have been improper incidents.", sources = { N, A } },
  { key = "controls-source", question = "q-korean-controls",
    speaker = "JPN", role = "government source", stance = "doubts", attribution = "anonymous",
    directness = "quoted", date = BY_THE_REPORT, replies_to = "controls-kor",
    text = "To catch some does not show that enough is done.", sources = { N }, note = READING },

  -- Is the rise in cases better enforcement?
  { key = "rise-kor", question = "q-rise-in-cases",
    speaker = "KOR", stance = "asserts", attribution = "named", directness = "paraphrased",
    date = BY_THE_REPORT, about = "motie-2015-2019-03",
    text = "Enforcement is better: police and maritime authorities have had more training.",
    sources = { N } },
  { key = "rise-source", question = "q-rise-in-cases",
    speaker = "JPN", role = "government source", stance = "doubts", attribution = "anonymous",
    date = BY_THE_REPORT, replies_to = "rise-kor", about = "motie-2015-2019-03",
    sources = { N }, note = READING },

  -- Was hydrogen fluoride re-exported from South to North Korea?
  { key = "re-export-media", question = "q-re-export",
    speaker = "JPN.media", stance = "asserts", attribution = "unattributed",
    directness = "reported", date = BY_THE_REPORT,
    text = "Hydrogen fluoride went on from South Korea to North Korea.", sources = { A } },
  { key = "re-export-motie", question = "q-re-export",
    speaker = "KOR.MOTIE", stance = "qualifies", attribution = "named", date = "2019-07-10",
    text = "None of the 156 cases involved North Korea.", about = "motie-north-korea",
    sources = { A } },
  { key = "re-export-officials", question = "q-re-export",
    speaker = "JPN", role = "officials", stance = "declines", attribution = "anonymous",
    date = BY_THE_REPORT, about = "re-export-media", replies_to = "re-export-media",
    text = "No comment.", sources = { A }, note = READING },

  -- Did that reported re-export prompt the curbs?
  { key = "re-export-prompted-official", question = "q-re-export-prompted",
    speaker = "JPN", role = "official who gave the briefing", stance = "denies",
    attribution = "anonymous", directness = "paraphrased", date = BY_THE_REPORT,
    text = "The report did not prompt the curbs.", about = "jp-kr-restriction", sources = { A },
    note = "Of which ministry is not recorded." },

  -- Was Japan-made gas in the shipments?
  { key = "japan-made-gas-kor", question = "q-japan-made-gas",
    speaker = "KOR", stance = "denies", attribution = "named", directness = "paraphrased",
    date = BY_THE_REPORT,
    text = "A handful of domestic companies made the gas; none of it was made in Japan.",
    sources = { N } },

  -- Can high-grade gas from Japan make sarin?
  { key = "sarin-kor", question = "q-sarin-grade",
    speaker = "KOR", stance = "denies", attribution = "named", directness = "paraphrased",
    date = BY_THE_REPORT, text = "Sarin is made with lower grades.", about = "hydrogen-fluoride",
    sources = { N } },

  -- Is Japan less transparent on violations?
  { key = "transparency-kor", question = "q-transparency",
    speaker = "KOR", stance = "asserts", attribution = "named", directness = "paraphrased",
    date = BY_THE_REPORT, about = "jp-withheld",
    text = "Japan does not disclose its numbers, unlike South Korea and the United States.",
    sources = { N } },

  -- Did the 1965 treaty settle the matter, and does demanding compensation breach the law?
  { key = "treaty-jpn", question = "q-treaty",
    speaker = "JPN", stance = "asserts", attribution = "named", directness = "paraphrased",
    date = BY_THE_REPORT, about = "treaty-1965",
    text = "The treaty settled it, and to demand compensation breaches international law.",
    sources = { A } },

  -- Will the curbs disrupt supply chains?
  { key = "supply-chains-kang", question = "q-supply-chains",
    speaker = "kang-kyung-wha", role = "foreign minister", stance = "asserts",
    attribution = "named", directness = "paraphrased", date = "2019-07-10",
    text = "The curbs endanger supply chains and the trade order.", about = "jp-kr-restriction",
    sources = { N }, note = "In the phone call of that day." },
  { key = "supply-chains-pompeo", question = "q-supply-chains",
    speaker = "mike-pompeo", role = "secretary of state", stance = "qualifies",
    attribution = "named", directness = "reported", date = BY_THE_REPORT,
    replies_to = "supply-chains-kang", text = "He understands South Korea's position.",
    sources = { N }, note = "Reportedly. " .. READING },

  -- Did the delegations greet each other?
  { key = "greeting-pool", question = "q-greeting",
    speaker = "press-pool", stance = "denies", date = "2019-07-12",
    text = "No greeting was seen.", about = "tokyo-meeting", sources = { A },
    note = "The meeting and the report are both of 12 July 2019." },
  { key = "greeting-official", question = "q-greeting",
    speaker = "JPN", role = "official", stance = "asserts", attribution = "anonymous",
    directness = "paraphrased", date = "2019-07-12", replies_to = "greeting-pool",
    text = "They had greeted each other before.", about = "tokyo-meeting", sources = { A },
    note = "The meeting and the report are both of 12 July 2019. " .. READING },
}

-- ------------------------------------------------------------------------------------ Links

local links = {
  { key = "restriction-retaliates-rulings", from = "jp-kr-restriction", relation = "retaliates",
    to = "labour-rulings", denied_by = { "JPN.METI", "JPN.MOFA" }, status = "contested",
    sources = { N, { N, "relation", quote = "widely seen" }, { A, "denied_by" } },
    note = "Asserted by no named party." },
  { key = "seko-contradicts-mofa", from = "retaliation-seko", relation = "contradicts",
    to = "retaliation-mofa", asserted_by = { "afp", "reuters" }, status = "asserted",
    sources = { { A, quote = "although" } },
    note = "The dispatch sets the one against the other; it is not inferred from the stances." },
  { key = "disclosure-responds-to-restriction", from = "motie-discloses",
    relation = "responds_to", to = "jp-kr-restriction", status = "asserted", sources = { N } },
  { key = "meeting-responds-to-restriction", from = "tokyo-meeting", relation = "responds_to",
    to = "jp-kr-restriction", status = "asserted", sources = { A } },
}

-- --------------------------------------------------------------------------------- Loading

-- What a record refers to stands before it. `with` is what every record of a list has.
local LISTS = {
  { "sources", sources },
  { "parties", parties },
  { "items", items },
  { "disputes", disputes },
  { "measures", measures },
  { "memberships", memberships },
  { "disclosures", disclosures },
  { "cases", cases },
  { "events", events, with = { dispute = DISPUTE } },
  { "questions", questions, with = { dispute = DISPUTE } },
  { "claims", claims },
  { "links", links },
}

--- The citations of a record in the form of the store: one for each field named.
local function citations(list)
  local result = {}
  for _, citation in ipairs(list) do
    if type(citation) == "string" or not citation[2] then
      result[#result + 1] = citation
    else
      for field in citation[2]:gmatch("%S+") do
        result[#result + 1] = { citation[1], field = field, quote = citation.quote }
      end
    end
  end
  return result
end

--- A record as written above, as the store takes it.
local function prepared(record, with)
  local copy = {}
  for field, value in pairs(with or {}) do copy[field] = value end
  for field, value in pairs(record) do copy[field] = value end
  if copy.sources then
    copy.sources = citations(copy.sources)
  end
  if copy.stages then
    local stages = {}
    for i, stage in ipairs(copy.stages) do stages[i] = prepared(stage) end
    copy.stages = stages
  end
  return copy
end

--- The names that a state has, and those it lacks of a list of further ones.
local function aliases(state, more)
  local list, has = {}, { [state.name] = true }
  for _, names in ipairs{ state.aliases or {}, more } do
    for _, name in ipairs(names) do
      if not has[name] then
        list[#list + 1] = name
        has[name] = true
      end
    end
  end
  return list
end

--- What is to be put of a state: its aliases, and where they come from unless it says that.
local function state_record(state, more)
  local record = { key = state.key, aliases = aliases(state, more) }
  if not state.sources and not state.inferred and not state.note then
    record.inferred, record.note = true, STATE_NOTE
  end
  return record
end

local function put_all(store)
  local results = { added = 0, updated = 0, unchanged = 0 }
  local function put(kind, record)
    local _, result = store[kind]:put(record)
    results[result] = results[result] + 1
  end
  for _, state in ipairs(states) do
    put("parties", state_record(store.parties:get(state[1]), table.move(state, 2, #state, 1, {})))
  end
  for _, list in ipairs(LISTS) do
    for _, record in ipairs(list[2]) do put(list[1], prepared(record, list.with)) end
  end
  return results
end

--- Fills a store with the sample, in one transaction. Records that are there already keep what
-- the sample says nothing of; loading it again changes nothing, and makes no revision.
-- @param store an open store
-- @treturn table how many records were `added`, `updated` and `unchanged`
-- @raise what the store raises: nothing is written then
function M.load(store)
  return store:transaction(put_all, {
    by = "dualuse",
    reason = "sample: the export-control dispute of 2019 between Japan and South Korea",
  })
end

-- --------------------------------------------------------------------------------- The demo

--- One word of a shell's command line.
local function quoted(text)
  if text:find("^[%w_./?;-]+$") then
    return '"' .. text .. '"'
  end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The Lua that runs this.
local function interpreter()
  local first = 0
  while arg and arg[first - 1] do first = first - 1 end
  return arg and arg[first] or "lua5.4"
end

--- The line to type to explore the store at a path, with the search paths that this program has.
local function exploring(path)
  local words = {}
  for _, name in ipairs{ "LUA_PATH", "LUA_CPATH" } do
    local value = os.getenv(name)
    if value then
      words[#words + 1] = name .. "=" .. quoted(value)
    end
  end
  words[#words + 1] = interpreter()
  words[#words + 1] = "-i -l dualuse.explore -e"
  words[#words + 1] = quoted(("open(%q)"):format(path))
  return table.concat(words, " ")
end

--- Keeps the sample in a file, prints a report of it, leaves the same as a page beside the file,
-- and tells how to explore it.
-- @tparam string path where the store is, or is to be; the page has the ending .html in place of
--   its own
-- @raise where a file cannot be had or written
function M.demo(path)
  local store <close> = assert(core.open(path))
  M.load(store)
  local page = path:gsub("%.[^./]*$", "") .. ".html"
  io.write(report(store, { dispute = DISPUTE }))
  report(store, { dispute = DISPUTE, path = page, overwrite = true })
  store:close()
  io.write("\nTo look at it, with pictures:\n", page, "\n")
  io.write("\nTo explore it:\n", exploring(path), "\n")
end

return M
