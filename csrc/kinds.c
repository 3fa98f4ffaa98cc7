/*
** kinds.c - the record kinds as data.
**
** Everything that has to know a kind or a field reads it here: tables and
** migrations, the check of values, `where`, results, and the printed help.
** Adding a field is one line in the middle of its kind's list; the version
** that a file carries grows by itself (du_kinds_version). A line is never
** taken out, renamed or given another type: files hold it.
*/
#include "core.h"

#include <string.h>

/* ----------------------------------------------------------- vocabularies */

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(party_kinds, "state", "ministry", "agency", "court", "company", "person",
      "organisation", "group");
WORDS(item_categories, "material", "equipment", "software", "technology");
WORDS(regimes, "wassenaar", "australia_group", "nsg", "mtcr", "cwc");
WORDS(channels, "bilateral", "mediation", "consultations", "panel", "appeal",
      "settled");
/* PLOVER's event types, and `other` for CAMEO codes that have none */
WORDS(event_kinds, "agree", "consult", "support", "concede", "cooperate", "aid",
      "retreat", "request", "accuse", "reject", "threaten", "protest",
      "sanction", "mobilize", "coerce", "assault", "other");
WORDS(event_statuses, "confirmed", "reported", "alleged", "denied");
WORDS(stances, "asserts", "denies", "doubts", "declines", "qualifies");
WORDS(attributions, "named", "anonymous", "unattributed");
WORDS(directnesses, "quoted", "paraphrased", "reported");
WORDS(activities, "export", "re_export", "transit", "brokering", "technology",
      "transfer");
WORDS(requirements, "none", "general", "bulk", "individual", "prohibited");
WORDS(stage_words, "considered", "announced", "in_force", "end_considered",
      "end_announced", "ended");
WORDS(application_decisions, "pending", "approved", "denied", "returned",
      "withdrawn");
WORDS(offences, "unlicensed_export", "diversion", "re_export", "transit",
      "brokering", "false_declaration", "deemed_export", "breach_of_condition",
      "sanctions_evasion");
WORDS(stops, "intercepted", "completed", "unknown");
WORDS(detectors, "authority", "customs", "self_disclosure", "tip", "partner");
WORDS(dispositions, "detected", "investigating", "closed", "no_action",
      "acquitted", "sanctioned");
WORDS(outcomes, "warning", "education_order", "referral", "settlement", "fine",
      "denial_order", "conviction", "forfeiture");
WORDS(disclosed_measures, "cases", "convictions", "fines", "licences",
      "denials");
WORDS(disclosed_units, "case", "shipment", "company");
WORDS(year_bases, "detected", "exported", "decided");
WORDS(disclosure_statuses, "published", "withheld", "none_found");
WORDS(qualifiers, "exact", "about", "at_least", "at_most");
WORDS(screening_outcomes, "prohibited", "licence_required", "review", "unknown",
      "clear");
WORDS(screening_decisions, "cleared", "confirmed", "open");
WORDS(relations, "causes", "retaliates", "responds_to", "contradicts",
      "supports", "mediates", "part_of");
WORDS(link_statuses, "asserted", "contested", "accepted", "rejected");

/* ----------------------------------------------------------------- fields */

enum {
  SOURCES,
  PARTIES,
  MEMBERSHIPS,
  ITEMS,
  DISPUTES,
  EVENTS,
  QUESTIONS,
  CLAIMS,
  MEASURES,
  STAGES,
  APPLICATIONS,
  CASES,
  DISCLOSURES,
  LISTINGS,
  SCREENINGS,
  LINKS
};

#define TEXT(name, flags, help)                                                \
  { name, DU_TEXT, flags, 0, NULL, 0, 0, NULL, help }
#define DATE(name, flags, help)                                                \
  { name, DU_DATE, flags, 0, NULL, 0, 0, NULL, help }
#define BOOLEAN(name, help)                                                    \
  { name, DU_BOOLEAN, 0, 0, NULL, 0, 0, NULL, help }
#define INTEGER(name, least, most, help)                                       \
  { name, DU_INTEGER, 0, 0, NULL, least, most, NULL, help }
#define NUMBER(name, least, most, help)                                        \
  { name, DU_NUMBER, 0, 0, NULL, least, most, NULL, help }
#define WORD(name, flags, words, help)                                         \
  { name, DU_WORD, flags, 0, words, 0, 0, NULL, help }
/* a word that is stored as `absent` when it is left out */
#define WORD_OR(name, absent, words, help)                                     \
  { name, DU_WORD, DU_REQUIRED, 0, words, 0, 0, absent, help }
#define REFERENCE(name, flags, target, help)                                   \
  { name, DU_REFERENCE, flags, DU_KIND_BIT(target), NULL, 0, 0, NULL, help }
#define ANY_RECORD(name, flags, targets, help)                                 \
  { name, DU_REFERENCE, flags, targets, NULL, 0, 0, NULL, help }
#define DATA(name, flags, help)                                                \
  { name, DU_DATA, flags, 0, NULL, 0, 0, NULL, help }

/* no upper limit; the largest number up to which a float keeps integers */
#define ANY INT64_MAX
#define MOST ((int64_t)1 << 53)

/* What every kind begins and ends with. */
#define ID                                                                     \
  { "id", DU_ID, 0, 0, NULL, 0, 0, NULL, "given by the store, for good" }
#define KEY_FIELD(flags)                                                       \
  TEXT("key", DU_FIXED | DU_UNIQUE | DU_NAME | (flags),                        \
       "a name of your own; never changed once given")
#define KEY ID, KEY_FIELD(0)
#define KEY_REQUIRED ID, KEY_FIELD(DU_REQUIRED)
#define COMMON                                                                 \
  {"sources",                                                                  \
   DU_CITATIONS,                                                               \
   DU_LIST,                                                                    \
   DU_KIND_BIT(SOURCES),                                                       \
   NULL,                                                                       \
   0,                                                                          \
   0,                                                                          \
   NULL,                                                                       \
   "each a source, or { source, field=, locator=, quote= }"},                  \
      BOOLEAN("inferred", "in no source: reasoned in note"),                   \
      TEXT("note", 0, "what a reader should know"),                            \
      TEXT("origin", DU_UNIQUE, "its identity in the file it came from"),      \
      {"revision", DU_REVISION, 0,                                             \
       0,          NULL,        0,                                             \
       0,          NULL,        "the transaction that gave it this state"},    \
  {                                                                            \
    "recorded", DU_RECORDED, 0, 0, NULL, 0, 0, NULL, "when that was (UTC)"     \
  }
#define STAGES_FIELD                                                           \
  {                                                                            \
    "stages", DU_STAGES, DU_LIST, DU_KIND_BIT(STAGES), NULL, 0, 0, NULL,       \
        "what became of it: stage, date, sources"                              \
  }

static const DuField sources[] = {
    KEY_REQUIRED,
    TEXT("title", DU_REQUIRED | DU_SEARCHED, "as published, or what it is"),
    TEXT("publisher", 0, "who published it"),
    TEXT("agency", 0, "the news agency that it comes from"),
    DATE("published", 0, "when; a time of day where known"),
    DATE("retrieved", 0, "when it was read"),
    REFERENCE("republished_from", DU_TREE, SOURCES,
              "what it repeats, so that both are one voice"),
    TEXT("url", 0, "where it stands"),
    TEXT("archive_url", 0, "where a copy is kept"),
    TEXT("language", 0, "its language"),
    TEXT("author", 0, "who wrote it"),
    TEXT("text", DU_SEARCHED, "its text"),
    COMMON,
};

static const DuField parties[] = {
    KEY_REQUIRED,
    TEXT("name", DU_REQUIRED | DU_NAME, "the common name"),
    WORD("kind", DU_REQUIRED, party_kinds, "what it is"),
    REFERENCE("country", DU_INDEXED, PARTIES, "the state it belongs to"),
    REFERENCE("parent", DU_INDEXED | DU_TREE, PARTIES, "what it is part of"),
    TEXT("aliases", DU_LIST | DU_NAME, "other names"),
    COMMON,
};

static const DuField memberships[] = {
    KEY,
    REFERENCE("group", DU_REQUIRED, PARTIES, "the group"),
    REFERENCE("member", DU_REQUIRED, PARTIES, "who is in it"),
    STAGES_FIELD,
    COMMON,
};

static const DuField items[] = {
    KEY_REQUIRED,
    TEXT("name", DU_REQUIRED | DU_NAME, "the common name"),
    WORD("category", 0, item_categories, "what it is"),
    REFERENCE("parent", DU_TREE, ITEMS, "what it is a kind of"),
    TEXT("aliases", DU_LIST | DU_NAME, "other names"),
    TEXT("hs", 0, "code of the Harmonized System"),
    TEXT("eccn", 0, "export control classification number"),
    WORD("regimes", DU_LIST, regimes, "the control regimes that list it"),
    TEXT("uses", DU_LIST, "what it is used for"),
    COMMON,
};

static const DuField disputes[] = {
    KEY_REQUIRED,
    TEXT("title", DU_REQUIRED | DU_SEARCHED, "what it is about"),
    REFERENCE("parties", DU_LIST, PARTIES, "who disputes"),
    WORD("channel", 0, channels, "where it is fought out"),
    COMMON,
};

static const DuField events[] = {
    KEY,
    DATE("date", DU_REQUIRED, "when"),
    WORD("kind", DU_REQUIRED, event_kinds, "PLOVER event type"),
    TEXT("title", 0, "what happened, in a line"),
    REFERENCE("actor", DU_LEADS, PARTIES, "who did it"),
    REFERENCE("target", DU_FOLLOWS, PARTIES, "to whom"),
    REFERENCE("participants", DU_LIST, PARTIES, "who else took part"),
    REFERENCE("items", DU_LIST, ITEMS, "what it was about"),
    REFERENCE("dispute", 0, DISPUTES, "part of which dispute"),
    WORD("status", 0, event_statuses, "how sure it is that it happened"),
    TEXT("place", DU_CODED | DU_SHARED, "where"),
    TEXT("mode", DU_CODED | DU_SHARED, "PLOVER mode"),
    TEXT("contexts", DU_LIST | DU_CODED | DU_SHARED, "PLOVER contexts"),
    TEXT("code", DU_CODED, "CAMEO code"),
    INTEGER("quad", 1, 4, "quad class: 1 and 2 cooperation, 3 and 4 conflict"),
    NUMBER("goldstein", -10, 10, "Goldstein scale"),
    INTEGER("mentions", 0, ANY, "how often it was reported"),
    NUMBER("tone", 0, 0, "average tone of the reports"),
    NUMBER("latitude", -90, 90, "degrees north"),
    NUMBER("longitude", -180, 180, "degrees east"),
    TEXT("url", DU_SHARED, "where a report stands"),
    COMMON,
};

static const DuField questions[] = {
    KEY_REQUIRED,
    TEXT("title", DU_REQUIRED | DU_SEARCHED, "the question"),
    REFERENCE("dispute", 0, DISPUTES, "part of which dispute"),
    COMMON,
};

static const DuField claims[] = {
    KEY,
    REFERENCE("question", DU_REQUIRED, QUESTIONS, "what it answers"),
    REFERENCE("speaker", 0, PARTIES, "who says so; absent: widely seen"),
    TEXT("role", 0, "the speaker's office or title, as given"),
    WORD("stance", DU_REQUIRED, stances, "on the question"),
    TEXT("text", DU_SEARCHED, "what is said"),
    DATE("date", 0, "when it was said"),
    WORD("attribution", 0, attributions, "whether the source names who spoke"),
    WORD("directness", 0, directnesses, "how the source gives it"),
    ANY_RECORD("about", 0, DU_ANY_KIND, "the record it is about"),
    REFERENCE("replies_to", DU_TREE, CLAIMS, "the claim it answers"),
    COMMON,
};

static const DuField measures[] = {
    KEY,
    TEXT("title", DU_REQUIRED | DU_SEARCHED, "what it is"),
    REFERENCE("jurisdiction", DU_REQUIRED, PARTIES, "who set it"),
    TEXT("basis", 0, "the legal regime it belongs to"),
    REFERENCE("destinations", DU_LIST, PARTIES, "for whom; none is for any"),
    REFERENCE("items", DU_LIST, ITEMS, "for what; none is any controlled item"),
    WORD("activities", DU_LIST, activities, "for what acts; none is for any"),
    WORD("requirement", DU_REQUIRED, requirements, "the licence needed"),
    TEXT("term", 0, "the issuer's own name for it"),
    TEXT("review_policy", 0, "how applications are decided"),
    REFERENCE("excepts", DU_LIST, MEASURES, "measures that yield to this one"),
    TEXT("penalties", 0, "for a breach"),
    REFERENCE("dispute", 0, DISPUTES, "part of which dispute"),
    STAGES_FIELD,
    COMMON,
};

static const DuField stages[] = {
    KEY,
    ANY_RECORD("of", DU_REQUIRED | DU_INDEXED | DU_FIXED,
               DU_KIND_BIT(MEASURES) | DU_KIND_BIT(MEMBERSHIPS),
               "the measure or membership"),
    WORD("stage", DU_REQUIRED, stage_words, "what became of it"),
    DATE("date", DU_REQUIRED, "when"),
    COMMON,
};

static const DuField applications[] = {
    KEY,
    DATE("date", DU_REQUIRED, "when it was made"),
    REFERENCE("exporter", 0, PARTIES, "who wants to export"),
    REFERENCE("end_user", 0, PARTIES, "who is to use it"),
    REFERENCE("jurisdiction", DU_REQUIRED, PARTIES, "who decides"),
    REFERENCE("destination", DU_REQUIRED, PARTIES, "where it is to go"),
    REFERENCE("items", DU_LIST | DU_REQUIRED, ITEMS, "what"),
    NUMBER("quantity", 0, MOST, "how much"),
    TEXT("unit", DU_CODED, "of the quantity"),
    NUMBER("value", 0, MOST, "of the contract, in whole units of currency"),
    TEXT("currency", DU_CURRENCY | DU_CODED, "ISO 4217"),
    REFERENCE("measure", 0, MEASURES, "that requires the licence"),
    WORD("decision", DU_REQUIRED, application_decisions, "what came of it"),
    DATE("decided", 0, "when it was decided"),
    TEXT("conditions", 0, "of the licence"),
    COMMON,
};

static const DuField cases[] = {
    KEY,
    REFERENCE("authority", DU_REQUIRED, PARTIES, "who caught it"),
    DATE("date", DU_DETECTED, "when it was detected"),
    DATE("exported", 0, "when it was exported"),
    REFERENCE("items", DU_LIST, ITEMS, "what"),
    NUMBER("quantity", 0, MOST, "how much"),
    TEXT("unit", DU_CODED, "of the quantity"),
    REFERENCE("origin_country", 0, PARTIES, "where it was made"),
    REFERENCE("exporter", 0, PARTIES, "who exported it"),
    REFERENCE("exporter_country", 0, PARTIES, "the exporter's state"),
    REFERENCE("end_user", 0, PARTIES, "who was to use it"),
    REFERENCE("destination", 0, PARTIES, "where it went"),
    REFERENCE("parties", DU_LIST, PARTIES, "who else was involved"),
    WORD("offences", DU_LIST, offences, "what was done"),
    WORD("stopped", 0, stops, "whether it got through"),
    WORD("detected_by", 0, detectors, "how it came to light"),
    WORD("disposition", 0, dispositions, "how far it has come"),
    WORD("outcomes", DU_LIST, outcomes, "what it led to"),
    INTEGER("fine", 0, ANY, "in whole units of currency"),
    INTEGER("fine_suspended", 0, ANY, "the part that was suspended"),
    TEXT("currency", DU_CURRENCY | DU_CODED, "ISO 4217"),
    INTEGER("prison_months", 0, ANY, "of the sentence"),
    BOOLEAN("publicised", "made public as flagrant"),
    REFERENCE("dispute", 0, DISPUTES, "part of which dispute"),
    COMMON,
};

static const DuField disclosures[] = {
    KEY,
    REFERENCE("authority", DU_REQUIRED, PARTIES, "whose figure it is"),
    DATE("period", DU_REQUIRED, "what time it covers"),
    WORD("measure", DU_REQUIRED, disclosed_measures, "what is counted"),
    WORD("unit", 0, disclosed_units, "what counts as one"),
    WORD("year_basis", 0, year_bases, "which date puts one into a year"),
    WORD_OR("status", "published", disclosure_statuses,
            "published, or withheld, or looked for and not found"),
    INTEGER("value", 0, ANY, "the figure; absent: published, not at hand"),
    WORD_OR("qualifier", "exact", qualifiers, "how exact the figure is"),
    REFERENCE("destinations", DU_LIST, PARTIES, "only exports to these"),
    REFERENCE("items", DU_LIST, ITEMS, "only exports of these"),
    TEXT("scope", 0, "only those which…, in words"),
    DATE("published", 0, "when"),
    REFERENCE("asserted_by", 0, PARTIES, "who says so, if not the authority"),
    REFERENCE("supersedes", DU_TREE, DISCLOSURES,
              "the figure that it replaces"),
    COMMON,
};

static const DuField listings[] = {
    KEY,
    REFERENCE("party", DU_REQUIRED | DU_INDEXED, PARTIES, "who is listed"),
    TEXT("list", DU_REQUIRED, "the list"),
    TEXT("entry", 0, "the number of the entry"),
    TEXT("programmes", DU_LIST, "under which programmes"),
    DATE("listed", 0, "since when"),
    DATE("delisted", 0, "until when"),
    WORD("requirement", 0, requirements, "the licence needed"),
    TEXT("policy", 0, "how applications are decided"),
    TEXT("notice", 0, "the notice that lists it"),
    COMMON,
};

static const DuField screenings[] = {
    KEY,
    DATE("date", DU_REQUIRED, "when"),
    DATA("subject", 0, "the contract as asked"),
    WORD("outcome", DU_REQUIRED, screening_outcomes, "what was found"),
    DATA("checked", 0, "what it was checked against"),
    DATA("matches", 0, "what matched"),
    TEXT("reviewer", 0, "who looked at it"),
    WORD("decision", 0, screening_decisions, "the reviewer's"),
    TEXT("reason", 0, "the reviewer's"),
    COMMON,
};

static const DuField links[] = {
    KEY,
    ANY_RECORD("from", DU_REQUIRED, DU_ANY_KIND, "a record"),
    WORD("relation", DU_REQUIRED, relations, "what it does to the other"),
    ANY_RECORD("to", DU_REQUIRED, DU_ANY_KIND, "the other record"),
    REFERENCE("asserted_by", DU_LIST, PARTIES, "who says so"),
    REFERENCE("denied_by", DU_LIST, PARTIES, "who denies it"),
    WORD("status", 0, link_statuses, "how it stands"),
    COMMON,
};

/* ------------------------------------------------------------------ kinds */

#define COUNT(fields) ((int)(sizeof(fields) / sizeof(fields)[0]))
#define KIND(name, singular, date, help)                                       \
  { #name, singular, name, COUNT(name), date, help, false }
#define LARGE(name, singular, date, help)                                      \
  { #name, singular, name, COUNT(name), date, help, true }

const DuKind du_kinds[DU_KINDS] = {
    KIND(sources, "source", "published",
         "articles, statements, gazettes and data files"),
    KIND(parties, "party", NULL,
         "states, ministries, companies, persons, groups"),
    KIND(memberships, "membership", NULL,
         "a party in a group, and what became of it"),
    KIND(items, "item", NULL, "controlled goods, software and technology"),
    KIND(disputes, "dispute", NULL, "what the rest is part of"),
    LARGE(events, "event", "date", "who did what to whom, when"),
    KIND(questions, "question", NULL, "what is contested"),
    KIND(claims, "claim", "date", "who says what on a question"),
    KIND(measures, "measure", NULL,
         "licence requirements, and what became of them"),
    KIND(stages, "stage", "date", "of measures and memberships"),
    LARGE(applications, "application", "date",
          "contracts put to a licensing authority"),
    LARGE(cases, "case", "date", "unauthorised exports that were caught"),
    KIND(disclosures, "disclosure", "period",
         "totals that an authority published or withholds"),
    LARGE(listings, "listing", "listed", "entries on restricted-party lists"),
    LARGE(screenings, "screening", "date",
          "contracts checked, and what was found"),
    KIND(links, "link", NULL, "relations between records"),
};

int du_kind_number(const DuKind *kind) {
  return (int)(kind - du_kinds);
}

const DuKind *du_kind_find(const char *name) {
  for (int i = 0; i < DU_KINDS; i++)
    if (strcmp(du_kinds[i].name, name) == 0)
      return &du_kinds[i];
  return NULL;
}

int du_field_find(const DuKind *kind, const char *name) {
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].name[0] == name[0] && /* most need no call */
        strcmp(kind->fields[i].name, name) == 0)
      return i;
  return -1;
}

bool du_field_dates(const DuKind *kind, const DuField *field) {
  return kind->date != NULL && strcmp(field->name, kind->date) == 0;
}

const DuField *du_field_with(const DuKind *kind, unsigned flag) {
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & flag)
      return &kind->fields[i];
  return NULL;
}

int du_field_columns(const DuField *field) {
  switch (field->type) {
  case DU_ID:
  case DU_REVISION:
  case DU_RECORDED:
  case DU_STAGES:
    return 0;
  case DU_DATE:
    return 3;
  default:
    return 1;
  }
}

const char *du_column_suffix(int part) {
  return part == 0 ? "" : part == 1 ? "_first" : "_last";
}

/* The layout of what is not a kind's field: revisions, names, full text, the
** grams that names are found by, triggers and indexes, which tables there are,
** and how texts stand in them. */
#define LAYOUT 5

int du_kinds_version(void) {
  int fields = 0;
  for (int i = 0; i < DU_KINDS; i++)
    fields += du_kinds[i].nfields;
  return LAYOUT * 10000 + fields;
}

bool du_kind_nested(const DuKind *kind) {
  return du_field_find(kind, "parent") >= 0;
}

const DuKind *du_target_kind(uint32_t targets) {
  for (int i = 0; i < DU_KINDS; i++)
    if (targets == DU_KIND_BIT(i))
      return &du_kinds[i];
  return NULL;
}
