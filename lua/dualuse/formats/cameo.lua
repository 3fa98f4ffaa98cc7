--- CAMEO codes and what they are in PLOVER.
--
-- GDELT and ICEWS code events by CAMEO (Conflict and Mediation Event Observations); the kinds of
-- our events are the event types of its successor, PLOVER, and `other`. The table here follows the
-- conversion table of the Open Event Data Alliance (CAMEO to PLOVER, 17 September 2021,
-- CC BY-SA 4.0), but for these:
--
-- - 163, impose embargo, boycott or sanctions, is `sanction`, mode `discontinue`, context
--   `economic`. The alliance has `coerce`, while PLOVER's manual and POLECAT code economic
--   sanctions as `sanction`.
-- - 01 (statements) and 02 (appeals), which PLOVER does not code, are `other`, with their code.
-- - 081 to 083 are `concede` and 084 to 087 `retreat` throughout: the alliance has 0813 and 0814
--   (ease a curfew, a state of emergency) as `retreat`.
-- - 175, violent repression, has `pro_autocracy` as a context; in the alliance's table that word
--   stands where the mode should.
-- - 155, 176, 1834, 1951 and 1952, which are not in it (it has CAMEO as of before 2012), are as
--   what they are part of; 155 is mode `weapons` and context `cyber`, as in PLOVER's manual.
-- - A root, of two digits, has the kind of its section, and no mode and no context.
--
-- `quad` is CAMEO's: 1 verbal and 2 material cooperation, 3 verbal and 4 material conflict, by the
-- root. PLOVER counts otherwise (`concede` is verbal there, and CAMEO's 08 material), and a file
-- that has a quad class keeps its own.
--
-- The texts are those that ICEWS writes for a code, so that a file without its CAMEO column can be
-- read by them; two of them begin with a small letter there.
-- @module dualuse.formats.cameo

local M = {}

-- The quad class of each root.
local quads = {
  ["01"] = 1, ["02"] = 1, ["03"] = 1, ["04"] = 1, ["05"] = 1,
  ["06"] = 2, ["07"] = 2, ["08"] = 2,
  ["09"] = 3, ["10"] = 3, ["11"] = 3, ["12"] = 3, ["13"] = 3,
  ["14"] = 4, ["15"] = 4, ["16"] = 4, ["17"] = 4, ["18"] = 4, ["19"] = 4, ["20"] = 4,
}

-- Code, kind, mode, contexts, text.
local rows = {
  { "01", "other", "", "", "Make public statement" },
  { "010", "other", "", "", "Make statement" },
  { "011", "other", "", "", "Decline comment" },
  { "012", "other", "", "", "Make pessimistic comment" },
  { "013", "other", "", "", "Make optimistic comment" },
  { "014", "other", "", "", "Consider policy option" },
  { "015", "other", "", "", "Acknowledge or claim responsibility" },
  { "016", "other", "", "", "Deny responsibility" },
  { "017", "other", "", "", "Engage in symbolic act" },
  { "018", "other", "", "", "Make empathetic comment" },
  { "019", "other", "", "", "Express accord" },

  { "02", "other", "", "", "Appeal" },
  { "020", "other", "", "", "Make an appeal or request" },
  { "021", "other", "", "", "Appeal for material cooperation" },
  { "0211", "other", "", "", "Appeal for economic cooperation" },
  { "0212", "other", "", "", "Appeal for military cooperation" },
  { "0213", "other", "", "", "Appeal for judicial cooperation" },
  { "0214", "other", "", "", "Appeal for intelligence" },
  { "022", "other", "", "", "Appeal for diplomatic cooperation (such as policy support)" },
  { "023", "other", "", "", "Appeal for aid" },
  { "0231", "other", "", "", "Appeal for economic aid" },
  { "0232", "other", "", "", "Appeal for military aid" },
  { "0233", "other", "", "", "Appeal for humanitarian aid" },
  { "0234", "other", "", "", "Appeal for military protection or peacekeeping" },
  { "024", "other", "", "", "Appeal for political reform" },
  { "0241", "other", "", "", "Appeal for change in leadership" },
  { "0242", "other", "", "", "Appeal for policy change" },
  { "0243", "other", "", "", "Appeal for rights" },
  { "0244", "other", "", "", "Appeal for change in institutions, regime" },
  { "025", "other", "", "", "Appeal to yield" },
  { "0251", "other", "", "", "Appeal for easing of administrative sanctions" },
  { "0252", "other", "", "", "Appeal for easing of popular dissent" },
  { "0253", "other", "", "", "Appeal for release of persons or property" },
  { "0254", "other", "", "", "Appeal for easing of economic sanctions, boycott, or embargo" },
  { "0255", "other", "", "",
    "Appeal for target to allow international involvement (non-mediation)" },
  { "0256", "other", "", "", "Appeal for de-escalation of military engagement" },
  { "026", "other", "", "", "Appeal to others to meet or negotiate" },
  { "027", "other", "", "", "Appeal to others to settle dispute" },
  { "028", "other", "", "", "Appeal to engage in or accept mediation" },

  { "03", "agree", "", "", "Express intent to cooperate" },
  { "030", "agree", "", "diplomatic", "Express intent to cooperate" },
  { "031", "agree", "", "diplomatic", "Express intent to engage in material cooperation" },
  { "0311", "agree", "", "economic", "Express intent to cooperate economically" },
  { "0312", "agree", "", "military", "Express intent to cooperate militarily" },
  { "0313", "agree", "", "legal", "Express intent to cooperate on judicial matters" },
  { "0314", "agree", "", "intelligence", "Express intent to cooperate on intelligence" },
  { "032", "agree", "", "diplomatic",
    "Express intent to engage in diplomatic cooperation (such as policy support)" },
  { "033", "agree", "", "diplomatic", "Express intent to provide material aid" },
  { "0331", "agree", "", "economic", "Express intent to provide economic aid" },
  { "0332", "agree", "", "military", "Express intent to provide military aid" },
  { "0333", "agree", "", "humanitarian", "Express intent to provide humanitarian aid" },
  { "0334", "agree", "", "peacekeeping",
    "Express intent to provide military protection or peacekeeping" },
  { "034", "agree", "", "political_institutions", "Express intent to institute political reform" },
  { "0341", "agree", "", "political_institutions", "Express intent to change leadership" },
  { "0342", "agree", "", "executive", "Express intent to change policy" },
  { "0343", "agree", "", "rights_freedoms", "Express intent to provide rights" },
  { "0344", "agree", "", "political_institutions",
    "Express intent to change institutions, regime" },
  { "035", "agree", "", "", "Express intent to yield" },
  { "0351", "agree", "", "rights_freedoms", "Express intent to ease administrative sanctions" },
  { "0352", "agree", "", "", "Express intent to ease popular dissent" },
  { "0353", "agree", "", "rights_freedoms", "Express intent to release persons or property" },
  { "0354", "agree", "", "economic",
    "Express intent to ease economic sanctions, boycott, or embargo" },
  { "0355", "agree", "", "diplomatic",
    "Express intent to allow international involvement (non-mediation)" },
  { "0356", "agree", "", "military", "Express intent to de-escalate military engagement" },
  { "036", "agree", "", "diplomatic", "Express intent to meet or negotiate" },
  { "037", "agree", "", "diplomatic", "Express intent to settle dispute" },
  { "038", "agree", "", "diplomatic", "Express intent to accept mediation" },
  { "039", "agree", "", "diplomatic", "Express intent to mediate" },

  { "04", "consult", "", "", "Consult" },
  { "040", "consult", "", "", "Consult" },
  { "041", "consult", "phone", "", "Discuss by telephone" },
  { "042", "consult", "visit", "", "Make a visit" },
  { "043", "consult", "visit", "", "Host a visit" },
  { "044", "consult", "third-party", "", "Meet at a 'third' location" },
  { "045", "consult", "", "diplomatic", "Mediate" },
  { "046", "consult", "", "diplomatic", "Engage in negotiation" },

  { "05", "support", "", "", "Engage in diplomatic cooperation" },
  { "050", "support", "", "diplomatic", "Engage in diplomatic cooperation" },
  { "051", "support", "", "diplomatic", "Praise or endorse" },
  { "052", "support", "", "diplomatic", "Defend verbally" },
  { "053", "support", "", "diplomatic", "Rally support on behalf of" },
  { "054", "support", "", "diplomatic", "Grant diplomatic recognition" },
  { "055", "support", "", "diplomatic", "Apologize" },
  { "056", "support", "", "diplomatic", "Forgive" },
  { "057", "support", "", "diplomatic", "Sign formal agreement" },

  { "06", "cooperate", "", "", "Engage in material cooperation" },
  { "060", "cooperate", "", "", "Engage in material cooperation" },
  { "061", "cooperate", "", "economic", "Cooperate economically" },
  { "062", "cooperate", "", "military", "Cooperate militarily" },
  { "063", "cooperate", "", "legal", "Engage in judicial cooperation" },
  { "064", "cooperate", "", "intelligence", "Share intelligence or information" },

  { "07", "aid", "", "", "Provide aid" },
  { "070", "aid", "", "", "Provide aid" },
  { "071", "aid", "", "economic", "Provide economic aid" },
  { "072", "aid", "", "military", "Provide military aid" },
  { "073", "aid", "", "humanitarian", "Provide humanitarian aid" },
  { "074", "aid", "", "peacekeeping", "Provide military protection or peacekeeping" },
  { "075", "aid", "", "asylum", "Grant asylum" },

  { "08", "concede", "", "", "Yield" },
  { "080", "concede", "", "", "Yield" },
  { "081", "concede", "", "legal", "Ease administrative sanctions" },
  { "0811", "concede", "", "democracy", "Ease restrictions on political freedoms" },
  { "0812", "concede", "", "democracy", "Ease ban on political parties or politicians" },
  { "0813", "concede", "", "legal", "Ease curfew" },
  { "0814", "concede", "", "legal", "Ease state of emergency or martial law" },
  { "082", "concede", "", "democracy", "Ease political dissent" },
  { "083", "concede", "", "political_institutions",
    "Accede to requests or demands for political reform" },
  { "0831", "concede", "", "political_institutions", "Accede to demands for change in leadership" },
  { "0832", "concede", "", "executive", "Accede to demands for change in policy" },
  { "0833", "concede", "", "rights_freedoms", "Accede to demands for rights" },
  { "0834", "concede", "", "political_institutions",
    "Accede to demands for change in institutions, regime" },
  { "084", "retreat", "", "", "Return, release" },
  { "0841", "retreat", "release", "legal", "Return, release person(s)" },
  { "0842", "retreat", "return", "legal", "Return, release property" },
  { "085", "retreat", "ease", "economic", "Ease economic sanctions, boycott, embargo" },
  { "086", "retreat", "access", "diplomatic", "Allow international involvement" },
  { "0861", "retreat", "access", "peacekeeping", "Receive deployment of peacekeepers" },
  { "0862", "retreat", "access", "diplomatic", "Receive inspectors" },
  { "0863", "retreat", "access", "humanitarian", "Allow delivery of humanitarian aid" },
  { "087", "retreat", "disarm", "military", "De-escalate military engagement" },
  { "0871", "retreat", "ceasefire", "military", "Declare truce, ceasefire" },
  { "0872", "retreat", "withdraw", "military", "Ease military blockade" },
  { "0873", "retreat", "disarm", "military", "Demobilize armed forces" },
  { "0874", "retreat", "disarm", "military", "Retreat or surrender militarily" },

  { "09", "accuse", "", "", "Investigate" },
  { "090", "accuse", "investigate", "", "Investigate" },
  { "091", "accuse", "investigate", "crime; corruption", "Investigate crime, corruption" },
  { "092", "accuse", "investigate", "human_rights", "Investigate human rights abuses" },
  { "093", "accuse", "investigate", "military", "Investigate military action" },
  { "094", "accuse", "investigate", "military; legal", "Investigate war crimes" },

  { "10", "request", "", "", "Demand" },
  { "100", "request", "", "", "Demand" },
  { "101", "request", "assist", "", "Demand material cooperation" },
  { "1011", "request", "assist", "economic", "Demand economic cooperation" },
  { "1012", "request", "assist", "military", "Demand military cooperation" },
  { "1013", "request", "assist", "legal", "Demand judicial cooperation" },
  { "1014", "request", "assist", "intelligence", "Demand intelligence cooperation" },
  { "102", "request", "assist", "diplomatic",
    "Demand diplomatic cooperation (such as policy support)" },
  { "103", "request", "assist", "", "Demand material aid" },
  { "1031", "request", "assist", "economic", "Demand economic aid" },
  { "1032", "request", "assist", "military", "Demand military aid" },
  { "1033", "request", "assist", "humanitarian", "Demand humanitarian aid" },
  { "1034", "request", "assist", "peacekeeping", "Demand military protection or peacekeeping" },
  { "104", "request", "change", "political_institutions", "Demand political reform" },
  { "1041", "request", "change", "executive", "Demand change in leadership" },
  { "1042", "request", "change", "executive", "Demand policy change" },
  { "1043", "request", "change", "rights_freedoms", "Demand rights" },
  { "1044", "request", "change", "political_institutions",
    "Demand change in institutions, regime" },
  { "105", "request", "change", "legal", "Demand that target yields" },
  { "1051", "request", "yield", "legal", "Demand easing of administrative sanctions" },
  { "1052", "request", "yield", "legal", "Demand easing of popular dissent" },
  { "1053", "request", "yield", "legal", "Demand release of persons or property" },
  { "1054", "request", "yield", "economic",
    "Demand easing of economic sanctions, boycott, or embargo" },
  { "1055", "request", "yield", "diplomatic",
    "Demand that target allows international involvement (non-mediation)" },
  { "1056", "request", "yield", "military", "Demand de-escalation of military engagement" },
  { "106", "request", "meet", "diplomatic", "Demand meeting, negotiation" },
  { "107", "request", "meet", "diplomatic", "Demand settling of dispute" },
  { "108", "request", "meet", "diplomatic", "Demand mediation" },

  { "11", "accuse", "", "", "Disapprove" },
  { "110", "accuse", "disapprove", "", "Disapprove" },
  { "111", "accuse", "disapprove", "", "Criticize or denounce" },
  { "112", "accuse", "disapprove", "", "Accuse" },
  { "1121", "accuse", "allege", "crime; corruption", "Accuse of crime, corruption" },
  { "1122", "accuse", "allege", "human_rights", "Accuse of human rights abuses" },
  { "1123", "accuse", "allege", "military", "Accuse of aggression" },
  { "1124", "accuse", "allege", "military; legal", "Accuse of war crimes" },
  { "1125", "accuse", "allege", "legal", "Accuse of espionage, treason" },
  { "113", "accuse", "disapprove", "", "Rally opposition against" },
  { "114", "accuse", "allege", "diplomatic", "Complain officially" },
  { "115", "accuse", "allege", "legal", "Bring lawsuit against" },
  { "116", "accuse", "disapprove", "legal", "Find guilty or liable (legally)" },

  { "12", "reject", "", "", "Reject" },
  { "120", "reject", "", "", "Reject" },
  { "121", "reject", "assist", "", "Reject material cooperation" },
  { "1211", "reject", "assist", "economic", "Reject economic cooperation" },
  { "1212", "reject", "assist", "military", "Reject military cooperation" },
  { "1213", "reject", "assist", "legal", "Reject judicial cooperation" },
  { "1214", "reject", "assist", "intelligence", "Reject intelligence cooperation" },
  { "122", "reject", "assist", "", "Reject request or demand for material aid" },
  { "1221", "reject", "assist", "economic", "Reject request for economic aid" },
  { "1222", "reject", "assist", "military", "Reject request for military aid" },
  { "1223", "reject", "assist", "humanitarian", "Reject request for humanitarian aid" },
  { "1224", "reject", "assist", "peacekeeping",
    "Reject request for military protection or peacekeeping" },
  { "123", "reject", "change", "political_institutions",
    "Reject request or demand for political reform" },
  { "1231", "reject", "change", "executive", "Reject request for change in leadership" },
  { "1232", "reject", "change", "executive", "Reject request for policy change" },
  { "1233", "reject", "change", "rights_freedoms", "Reject request for rights" },
  { "1234", "reject", "change", "political_institutions",
    "Reject request for change in institutions, regime" },
  { "124", "reject", "change", "", "Refuse to yield" },
  { "1241", "reject", "change", "executive", "Refuse to ease administrative sanctions" },
  { "1242", "reject", "change", "", "Refuse to ease popular dissent" },
  { "1243", "reject", "yield", "legal", "Refuse to release persons or property" },
  { "1244", "reject", "yield", "economic",
    "Refuse to ease economic sanctions, boycott, or embargo" },
  { "1245", "reject", "yield", "diplomatic",
    "Refuse to allow international involvement (non-mediation)" },
  { "1246", "reject", "yield", "military", "Refuse to de-escalate military engagement" },
  { "125", "reject", "meet", "diplomatic", "Reject proposal to meet, discuss, or negotiate" },
  { "126", "reject", "meet", "diplomatic", "Reject mediation" },
  { "127", "reject", "meet", "diplomatic", "Reject plan, agreement to settle dispute" },
  { "128", "reject", "yield", "legal", "Defy norms, law" },
  { "129", "reject", "yield", "diplomatic", "Veto" },

  { "13", "threaten", "", "", "Threaten" },
  { "130", "threaten", "", "", "Threaten" },
  { "131", "threaten", "", "", "Threaten non-force" },
  { "1311", "threaten", "relations", "", "Threaten to reduce or stop aid" },
  { "1312", "threaten", "restrict", "economic", "Threaten with sanctions, boycott, embargo" },
  { "1313", "threaten", "relations", "diplomatic", "Threaten to reduce or break relations" },
  { "132", "threaten", "ban", "executive", "Threaten with administrative sanctions" },
  { "1321", "threaten", "political", "human_rights",
    "Threaten to impose restrictions on freedoms of speech and expression" },
  { "1322", "threaten", "ban", "pro_autocracy",
    "Threaten to ban political parties or politicians" },
  { "1323", "threaten", "restrict", "pro_autocracy", "Threaten to impose curfew" },
  { "1324", "threaten", "restrict", "pro_autocracy",
    "Threaten to impose state of emergency or martial law" },
  { "133", "threaten", "relations", "", "Threaten with political dissent, protest" },
  { "134", "threaten", "relations", "diplomatic", "Threaten to halt negotiations" },
  { "135", "threaten", "relations", "diplomatic", "Threaten to halt mediation" },
  { "136", "threaten", "expel", "diplomatic",
    "Threaten to halt (expel or withdraw) international involvement (non-mediation)" },
  { "137", "threaten", "violence", "pro_autocracy", "Threaten with repression" },
  { "138", "threaten", "violence", "military", "Threaten with military force" },
  { "1381", "threaten", "restrict", "military", "Threaten blockade" },
  { "1382", "threaten", "territory", "military", "Threaten occupation" },
  { "1383", "threaten", "violence", "military", "Threaten unconventional violence" },
  { "1384", "threaten", "violence", "military", "Threaten conventional attack" },
  { "1385", "threaten", "violence", "cbrn", "Threaten attack with WMD" },
  { "139", "threaten", "relations", "diplomatic", "Give ultimatum" },

  { "14", "protest", "", "", "Protest" },
  { "140", "protest", "", "", "Engage in political dissent" },
  { "141", "protest", "demo", "", "Demonstrate or rally" },
  { "1411", "protest", "demo", "executive", "Demonstrate for leadership change" },
  { "1412", "protest", "demo", "executive", "Demonstrate for policy change" },
  { "1413", "protest", "demo", "rights_freedoms", "Demonstrate for rights" },
  { "1414", "protest", "demo", "political_institutions",
    "Demonstrate for change in institutions, regime" },
  { "142", "protest", "hunger", "", "Conduct hunger strike" },
  { "1421", "protest", "hunger", "executive", "Conduct hunger strike for leadership change" },
  { "1422", "protest", "hunger", "executive", "Conduct hunger strike for policy change" },
  { "1423", "protest", "hunger", "rights_freedoms", "Conduct hunger strike for rights" },
  { "1424", "protest", "hunger", "political_institutions",
    "Conduct hunger strike for change in institutions, regime" },
  { "143", "protest", "boycott", "", "Conduct strike or boycott" },
  { "1431", "protest", "boycott", "executive",
    "Conduct strike or boycott for change in leadership" },
  { "1432", "protest", "boycott", "executive", "Conduct strike or boycott for policy change" },
  { "1433", "protest", "boycott", "rights_freedoms", "Conduct strike or boycott for rights" },
  { "1434", "protest", "boycott", "political_institutions",
    "Conduct strike or boycott for change in institutions, regime" },
  { "144", "protest", "obstruct", "", "Obstruct passage, block" },
  { "1441", "protest", "obstruct", "executive", "Obstruct passage to demand leadership change" },
  { "1442", "protest", "obstruct", "executive", "Obstruct passage to demand policy change" },
  { "1443", "protest", "obstruct", "rights_freedoms", "Obstruct passage to demand rights" },
  { "1444", "protest", "obstruct", "political_institutions",
    "Obstruct passage to demand change in institutions, regime" },
  { "145", "protest", "riot", "", "Protest violently, riot" },
  { "1451", "protest", "riot", "executive", "Engage in violent protest for change in leadership" },
  { "1452", "protest", "riot", "executive", "Engage in violent protest for policy change" },
  { "1453", "protest", "riot", "rights_freedoms", "Engage in violent protest for rights" },
  { "1454", "protest", "riot", "political_institutions",
    "Engage in violent protest for change in institutions, regime" },

  { "15", "mobilize", "", "", "Exhibit force posture" },
  { "150", "mobilize", "", "", "Demonstrate military or police power" },
  { "151", "mobilize", "police", "", "Increase police alert status" },
  { "152", "mobilize", "troops", "military", "Increase military alert status" },
  { "153", "mobilize", "police", "", "Mobilize or increase police power" },
  { "154", "mobilize", "troops", "military", "Mobilize or increase armed forces" },
  { "155", "mobilize", "weapons", "cyber", "Mobilize or increase cyber-forces" },

  { "16", "sanction", "", "", "Reduce relations" },
  { "160", "sanction", "", "", "Reduce relations" },
  { "161", "sanction", "withdraw", "diplomatic", "Reduce or break diplomatic relations" },
  { "162", "sanction", "discontinue", "human_security", "Reduce or stop material aid" },
  { "1621", "sanction", "discontinue", "economic", "Reduce or stop economic assistance" },
  { "1622", "sanction", "discontinue", "military", "Reduce or stop military assistance" },
  { "1623", "sanction", "discontinue", "humanitarian", "Reduce or stop humanitarian assistance" },
  { "163", "sanction", "discontinue", "economic", "Impose embargo, boycott, or sanctions" },
  { "164", "sanction", "withdraw", "diplomatic", "Halt negotiations" },
  { "165", "sanction", "withdraw", "diplomatic", "Halt mediation" },
  { "166", "sanction", "expel", "diplomatic", "Expel or withdraw" },
  { "1661", "sanction", "expel", "military", "Expel or withdraw peacekeepers" },
  { "1662", "sanction", "expel", "diplomatic", "Expel or withdraw inspectors, observers" },
  { "1663", "sanction", "expel", "human_security", "Expel or withdraw aid agencies" },

  { "17", "coerce", "", "", "Coerce" },
  { "170", "coerce", "", "", "Coerce" },
  { "171", "coerce", "seize", "human_security", "Seize or damage property" },
  { "1711", "coerce", "seize", "human_security", "Confiscate property" },
  { "1712", "assault", "seize", "human_security", "Destroy property" },
  { "172", "coerce", "restrict", "executive", "Impose administrative sanctions" },
  { "1721", "coerce", "restrict", "rights_freedoms", "Impose restrictions on political freedoms" },
  { "1722", "coerce", "ban", "pro_autocracy", "Ban political parties or politicians" },
  { "1723", "coerce", "curfew", "pro_autocracy", "Impose curfew" },
  { "1724", "coerce", "martial-law", "pro_autocracy", "Impose state of emergency or martial law" },
  { "173", "coerce", "arrest", "legal", "Arrest, detain, or charge with legal action" },
  { "174", "coerce", "deport", "legal", "Expel or deport individuals" },
  { "175", "assault", "", "pro_autocracy; military", "Use tactics of violent repression" },
  { "176", "coerce", "", "cyber", "Attack cybernetically" },

  { "18", "assault", "", "", "Assault" },
  { "180", "assault", "", "", "Use unconventional violence" },
  { "181", "assault", "abduct", "", "Abduct, hijack, or take hostage" },
  { "182", "assault", "beat", "", "Physically assault" },
  { "1821", "assault", "sexual", "", "Sexually assault" },
  { "1822", "assault", "torture", "", "Torture" },
  { "1823", "assault", "", "", "Kill by physical assault" },
  { "183", "assault", "suicide-attack", "", "Conduct suicide, car, or other non-military bombing" },
  { "1831", "assault", "suicide-attack", "", "Carry out suicide bombing" },
  { "1832", "assault", "explosives", "", "Carry out car bombing" },
  { "1833", "assault", "explosives", "", "Carry out roadside bombing" },
  { "1834", "assault", "explosives", "", "Carry out location bombing" },
  { "184", "assault", "abduct", "", "Use as human shield" },
  { "185", "assault", "assassinate", "", "Attempt to assassinate" },
  { "186", "assault", "assassinate", "", "Assassinate" },

  { "19", "assault", "", "", "Fight" },
  { "190", "assault", "", "military", "Use conventional military force" },
  { "191", "coerce", "restrict", "military", "Impose blockade, restrict movement" },
  { "192", "coerce", "seize", "military", "Occupy territory" },
  { "193", "assault", "firearms", "military", "fight with small arms and light weapons" },
  { "194", "assault", "heavy-weapons", "military", "fight with artillery and tanks" },
  { "195", "assault", "heavy-weapons", "military", "Employ aerial weapons" },
  { "1951", "assault", "heavy-weapons", "military", "Employ precision-guided aerial munitions" },
  { "1952", "assault", "heavy-weapons", "military", "Employ remotely piloted aerial munitions" },
  { "196", "assault", "", "legal; military", "Violate ceasefire" },

  { "20", "assault", "", "", "Use unconventional mass violence" },
  { "200", "assault", "massacre", "military", "Use unconventional mass violence" },
  { "201", "assault", "cleansing", "religion_ethnicity", "Engage in mass expulsion" },
  { "202", "assault", "massacre", "religion_ethnicity", "Engage in mass killings" },
  { "203", "assault", "cleansing", "religion_ethnicity", "Engage in ethnic cleansing" },
  { "204", "assault", "unconventional", "cbrn", "Use weapons of mass destruction" },
  { "2041", "assault", "unconventional", "cbrn",
    "Use chemical, biological, or radiological weapons" },
  { "2042", "assault", "unconventional", "cbrn", "Detonate nuclear weapons" },
}

local function split(text)
  local list = {}
  for part in text:gmatch("[^;%s]+") do list[#list + 1] = part end
  return list
end

local function present(text)
  return text ~= "" and text or nil
end

--- Every code: `kind`, `mode` (nil where there is none), `contexts` (a list), `quad` and `text`.
M.codes = {}

--- What a CAMEO code, or the text that ICEWS writes for it, is in each field of an event: the
-- `words` of a format. `code`, by text; `kind`, `mode`, `contexts` (separated by "; ") and `quad`,
-- by code and by text. An empty text is no value.
M.words = { code = {}, kind = {}, mode = {}, contexts = {}, quad = {} }

local function add_words(name, row, quad)
  M.words.kind[name], M.words.mode[name], M.words.contexts[name] = row[2], row[3], row[4]
  M.words.quad[name] = quad
end

-- A root comes before what is under it; where both have one text, it means the latter.
for _, row in ipairs(rows) do
  local code, kind, mode, contexts, text = table.unpack(row)
  local quad = quads[code:sub(1, 2)]
  M.codes[code] = { kind = kind, mode = present(mode), contexts = split(contexts), quad = quad,
    text = text }
  add_words(code, row, quad)
  add_words(text, row, quad)
  M.words.code[text] = code
end

return M
