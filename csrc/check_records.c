/*
** check_records.c - what the records say: values that their fields may have,
** references to what is on record, dates with the days that they stand for, and
** a history without gaps.
*/
#include <string.h>

#include "check.h"
#include "edtf.h"

/* ----------------------------------------------------------------- history */

static void check_history(Check *check, DuText *text, const DuKind *kind) {
  du_text_format(text,
                 "SELECT id, revision FROM %q WHERE revision < 0 OR "
                 "revision > %I",
                 kind->name, check->newest);
  du_find(check, text, kind, NULL, "it has a revision that never was");
  du_text_format(text,
                 "SELECT h.id, h.revision FROM \"%s_history\" h WHERE "
                 "h.until <= h.revision OR (NOT EXISTS (SELECT 1 FROM %q t "
                 "WHERE t.id = h.id AND t.revision = h.until) AND NOT EXISTS "
                 "(SELECT 1 FROM \"%s_history\" n WHERE n.id = h.id AND "
                 "n.revision = h.until))",
                 kind->name, kind->name, kind->name);
  du_find(check, text, kind, NULL,
          "the state that replaced this revision of it is missing");
  /* a revision gave the ids up to its last_id to new records */
  du_text_format(
      text,
      "SELECT t.id, r.revision FROM revisions r JOIN revisions p "
      "ON p.revision = r.revision - 1 JOIN %q t ON t.id > p.last_id AND "
      "t.id <= r.last_id WHERE t.revision <= %I AND coalesce((SELECT "
      "min(h.revision) FROM \"%s_history\" h WHERE h.id = t.id), t.revision) "
      "<> r.revision",
      kind->name, check->newest, kind->name);
  du_find(check, text, kind, NULL,
          "its state of the revision that added it is missing");
}

/* A field that never changes once it was given. */
static void check_fixed(Check *check, DuText *text, const DuKind *kind,
                        const DuField *field) {
  du_text_format(text,
                 "SELECT t.id, h.%q FROM \"%s_history\" h JOIN %q t ON "
                 "t.id = h.id WHERE h.%q IS NOT NULL AND h.%q IS NOT t.%q",
                 field->name, kind->name, kind->name, field->name, field->name,
                 field->name);
  du_find(check, text, kind, field->name,
          "it was another, and is never changed once given");
}

/* ------------------------------------------------------------------ values */

static void check_required(Check *check, DuText *text, const DuKind *kind,
                           const DuField *field) {
  du_text_format(text,
                 "SELECT id, NULL FROM %q WHERE retracted IS NULL AND "
                 "%q IS NULL",
                 kind->name, field->name);
  du_find(check, text, kind, field->name, "it is required, and missing");
}

/* Also of records that are retracted: what they have stays taken. */
static void check_unique(Check *check, DuText *text, const DuKind *kind,
                         const DuField *field) {
  du_text_format(text,
                 "SELECT max(id), %q FROM %q WHERE %q IS NOT NULL GROUP BY %q "
                 "HAVING count(*) > 1",
                 field->name, kind->name, field->name, field->name);
  du_find(check, text, kind, field->name, "another record has it, too");
}

/* Is what a row has in its second column data in JSON, or a list with
** something in it? json_valid takes a lack of memory for a text that is none
** (SQLite 3.40), so it is asked otherwise what is then found. */
static bool is_json(Check *check, DuStatement *row, bool list) {
  static const char text[] =
      "SELECT json_type(?1) = 'array' AND json_array_length(?1) > 0";
  DuStatement *statement = du_prepare(check->L, check->sql, text);
  size_t length;
  const char *json = du_sql_text(row, 1, &length);
  DuStatus status;
  bool good;
  du_sql_bind_copy(statement, 1, json, length);
  status = du_sql_step(statement);
  good = status == DU_ROW && (!list || du_sql_integer(statement, 0) == 1);
  if (status == DU_FAILED && du_sql_malformed(check->sql))
    status = DU_DONE;
  du_finish(check->L, check->sql, statement, status);
  return good;
}

/* Each row of the query being built that is_json does not take is a finding. */
static void find_no_json(Check *check, DuText *text, const DuKind *kind,
                         const DuField *field, bool list) {
  lua_State *L = check->L;
  DuStatement *row = du_text_prepare(text, check->sql);
  DuStatus status;
  while ((status = du_sql_step(row)) == DU_ROW) {
    if (is_json(check, row, list))
      continue;
    du_value_push_stored(L, row, 1);
    du_show(L, -1);
    lua_pushfstring(L, "it is not %s: %s", list ? "a list" : "data in JSON",
                    lua_tostring(L, -1));
    lua_replace(L, -3);
    lua_pop(L, 1);
    du_add_finding(check, kind, du_sql_integer(row, 0), field->name);
  }
  du_finish(L, check->sql, row, status);
  text->length = 0;
}

static void check_list(Check *check, DuText *text, const DuKind *kind,
                       const DuField *field) {
  du_text_puts(text, "SELECT id, value FROM (SELECT t.id, ");
  du_field_column(text, field, "t");
  du_text_format(text,
                 " AS value FROM %q t) WHERE value IS NOT NULL AND "
                 "NOT (json_valid(value) AND json_type(value) = 'array' AND "
                 "json_array_length(value) > 0)",
                 kind->name);
  find_no_json(check, text, kind, field, true);
}

static void check_data(Check *check, DuText *text, const DuKind *kind,
                       const DuField *field) {
  du_text_format(text,
                 "SELECT id, %q FROM %q WHERE %q IS NOT NULL AND "
                 "NOT json_valid(%q)",
                 field->name, kind->name, field->name, field->name);
  find_no_json(check, text, kind, field, false);
}

/* The tables are strict, so that an integer is one. */
static void check_range(Check *check, DuText *text, const DuKind *kind,
                        const DuField *field) {
  bool boolean = field->type == DU_BOOLEAN;
  int64_t least = boolean ? 0 : field->least, most = boolean ? 1 : field->most;
  du_text_format(text, "SELECT id, %q FROM %q WHERE ", field->name, kind->name);
  if (least < most)
    du_text_format(text, "%q NOT BETWEEN %I AND %I", field->name, least, most);
  else
    du_text_format(text, "%q IN (9e999, -9e999)", field->name);
  du_find(check, text, kind, field->name,
          boolean ? "it is neither true nor false" : "it is out of range");
}

/* ` NOT EXISTS (a record of the kinds allowed with this id)` */
static void add_no_target(DuText *text, const DuField *field,
                          const char *value) {
  bool first = true;
  du_text_puts(text, "NOT EXISTS (");
  for (int i = 0; i < DU_KINDS; i++)
    if (field->targets & DU_KIND_BIT(i)) {
      du_text_format(text,
                     "%sSELECT 1 FROM %q r WHERE r.id = %s AND "
                     "r.retracted IS NULL",
                     first ? "" : " UNION ALL ", du_kinds[i].name, value);
      first = false;
    }
  du_text_puts(text, ")");
}

/* Words and references, in lists as well. */
static void check_values(Check *check, DuText *text, const DuKind *kind,
                         const DuField *field) {
  DuText value;
  int top = lua_gettop(check->L);
  du_text_init(check->L, &value);
  if (field->type == DU_CITATIONS)
    du_text_puts(&value, "coalesce(j.atom, j.value ->> 'source')");
  else if (field->flags & DU_LIST)
    du_text_puts(&value, "j.atom");
  else
    du_text_format(&value, "t.%q", field->name);
  du_text_add(&value, "", 1);
  du_text_format(text, "SELECT t.id, %s", value.bytes);
  du_add_from(text, kind, field);
  du_text_format(text, " WHERE t.retracted IS NULL AND t.%q IS NOT NULL AND ",
                 field->name);
  if (field->words != NULL) {
    du_text_format(text, "coalesce(%s, '') NOT IN (", value.bytes);
    for (int i = 0; field->words[i] != NULL; i++)
      du_text_format(text, "%s'%s'", i > 0 ? ", " : "", field->words[i]);
    du_text_puts(text, ")");
    du_find(check, text, kind, field->name,
            "it is not a word of the vocabulary");
  } else {
    add_no_target(text, field, value.bytes);
    du_find(check, text, kind, field->name,
            "it refers to what is not on record");
  }
  lua_settop(check->L, top);
}

/* What a citation says of its place is text, and its field one of the kind's.
 */
static void check_citations(Check *check, DuText *text, const DuKind *kind,
                            const DuField *field) {
  du_text_puts(text, "SELECT t.id, j.value ->> 'field'");
  du_add_from(text, kind, field);
  du_text_puts(text,
               " WHERE j.type = 'object' AND j.value ->> 'field' NOT IN (");
  for (int i = 0; i < kind->nfields; i++)
    du_text_format(text, "%s'%s'", i > 0 ? ", " : "", kind->fields[i].name);
  du_text_puts(text, ")");
  du_find(check, text, kind, field->name, "a source is given for no field");
}

static void check_text_list(Check *check, DuText *text, const DuKind *kind,
                            const DuField *field) {
  du_text_puts(text, "SELECT t.id, j.value");
  du_add_from(text, kind, field);
  du_text_puts(text, " WHERE j.type <> 'text' OR j.atom = ''");
  du_find(check, text, kind, field->name, "the list has what is no text");
}

/* What is part of something is not part of itself, however far up. */
static void check_tree(Check *check, DuText *text, const DuKind *kind,
                       const DuField *field) {
  du_text_format(text,
                 "WITH RECURSIVE up (id, at) AS (SELECT id, %q FROM %q WHERE "
                 "%q IS NOT NULL AND retracted IS NULL UNION "
                 "SELECT up.id, t.%q FROM up JOIN %q t ON t.id = up.at WHERE "
                 "t.%q IS NOT NULL AND t.retracted IS NULL) "
                 "SELECT id, NULL FROM up WHERE id = at ORDER BY id",
                 field->name, kind->name, field->name, field->name, kind->name,
                 field->name);
  du_find(check, text, kind, field->name, "it leads back to the record itself");
}

/* ------------------------------------------------------------------- texts */

/* What a field that may share its texts has, now or in an earlier state: a
** text, or the number of one. Where it is another, the record cannot be read.
*/
static void check_shared(Check *check, DuText *text, const DuKind *kind,
                         const DuField *field, const char *ending) {
  bool made = du_schema_has_table(check->L, check->sql, "texts");
  du_text_format(text,
                 "SELECT t.id, t.%q FROM \"%s%s\" t WHERE "
                 "typeof(t.%q) NOT IN ('text', 'null')",
                 field->name, kind->name, ending, field->name);
  if (made)
    du_text_format(text,
                   " AND NOT (typeof(t.%q) = 'integer' AND EXISTS (SELECT 1 "
                   "FROM texts s WHERE s.id = t.%q))",
                   field->name, field->name);
  du_find(check, text, kind, field->name,
          "it is neither a text nor the number of one that is on record");
}

static void check_text(Check *check, const DuKind *kind, const DuField *field,
                       DuStatement *row, int column) {
  char why[DU_WHY];
  size_t length;
  const char *text = du_sql_text(row, column, &length);
  if (length == 0) {
    lua_pushliteral(check->L, "the text is empty");
  } else {
    switch (du_text_fit(field, text, length, why)) {
    case DU_FITS:
      return;
    case DU_UNFIT:
      lua_pushstring(check->L, why);
      break;
    case DU_UNEXPECTED:
      lua_pushfstring(check->L, "it is not %s", why);
      break;
    }
  }
  du_add_finding(check, kind, du_sql_integer(row, 0), field->name);
}

/* Is it text that its users wrote? */
static bool is_text(const DuField *field) {
  return field->type == DU_TEXT && !(field->flags & DU_LIST);
}

/* All texts of a kind, in one pass. */
static void check_texts(Check *check, DuText *text, const DuKind *kind) {
  DuStatement *row;
  DuStatus status;
  du_text_puts(text, "SELECT id");
  for (int i = 0; i < kind->nfields; i++)
    if (is_text(&kind->fields[i])) {
      du_text_puts(text, ", ");
      du_field_column(text, &kind->fields[i], NULL);
    }
  du_text_format(text, " FROM %q", kind->name);
  row = du_text_prepare(text, check->sql);
  text->length = 0;
  while ((status = du_sql_step(row)) == DU_ROW) {
    int column = 1;
    for (int i = 0; i < kind->nfields; i++)
      if (is_text(&kind->fields[i])) {
        if (du_sql_type(row, column) != DU_NULL_COLUMN)
          check_text(check, kind, &kind->fields[i], row, column);
        column++;
      }
  }
  du_finish(check->L, check->sql, row, status);
}

/* ------------------------------------------------------------------- dates */

/* A date of a row: its bounds are those of its text. */
static void check_date(Check *check, const DuKind *kind, const DuField *field,
                       DuStatement *row, const char *place) {
  DuEdtf date;
  size_t length;
  const char *given = du_sql_text(row, 1, &length);
  if (!du_edtf_parse(given, length, &date, NULL, 0))
    lua_pushfstring(check->L, "it is not a date%s", place);
  else if (date.first != du_sql_integer(row, 2) ||
           date.last != du_sql_integer(row, 3))
    lua_pushfstring(check->L, "its first and last day are not the date's%s",
                    place);
  else
    return;
  du_add_finding(check, kind, du_sql_integer(row, 0), field->name);
}

/* The dates of a field, of what the records are or of what they were. */
static void check_dates(Check *check, DuText *text, const DuKind *kind,
                        const DuField *field, bool history) {
  DuStatement *row;
  DuStatus status;
  du_text_format(text,
                 "SELECT id, %q, \"%s_first\", \"%s_last\" FROM \"%s%s\" "
                 "WHERE %q IS NOT NULL OR \"%s_first\" IS NOT NULL OR "
                 "\"%s_last\" IS NOT NULL",
                 field->name, field->name, field->name, kind->name,
                 history ? "_history" : "", field->name, field->name,
                 field->name);
  row = du_text_prepare(text, check->sql);
  while ((status = du_sql_step(row)) == DU_ROW)
    check_date(check, kind, field, row, history ? " in an earlier state" : "");
  du_finish(check->L, check->sql, row, status);
  text->length = 0;
}

/* ------------------------------------------------------------------ fields */

static void check_field(Check *check, DuText *text, const DuKind *kind,
                        const DuField *field) {
  bool list = (field->flags & DU_LIST) != 0;
  if (du_field_columns(field) == 0)
    return;
  if (field->flags & DU_REQUIRED)
    check_required(check, text, kind, field);
  if (field->flags & DU_UNIQUE)
    check_unique(check, text, kind, field);
  if (field->flags & DU_FIXED)
    check_fixed(check, text, kind, field);
  if (list)
    check_list(check, text, kind, field);
  if (field->words != NULL || field->targets != 0)
    check_values(check, text, kind, field);
  if (field->flags & DU_TREE)
    check_tree(check, text, kind, field);
  switch (field->type) {
  case DU_TEXT:
    if (list)
      check_text_list(check, text, kind, field);
    break;
  case DU_INTEGER:
  case DU_NUMBER:
  case DU_BOOLEAN:
    check_range(check, text, kind, field);
    break;
  case DU_DATE:
    check_dates(check, text, kind, field, false);
    check_dates(check, text, kind, field, true);
    break;
  case DU_CITATIONS:
    check_citations(check, text, kind, field);
    break;
  case DU_DATA:
    check_data(check, text, kind, field);
    break;
  default:
    break;
  }
}

void du_check_kind(Check *check, DuText *text, const DuKind *kind) {
  check_history(check, text, kind);
  for (int f = 0; f < kind->nfields; f++)
    if (kind->fields[f].flags & DU_SHARED) {
      check_shared(check, text, kind, &kind->fields[f], "");
      check_shared(check, text, kind, &kind->fields[f], "_history");
    }
  check_texts(check, text, kind);
  for (int f = 0; f < kind->nfields; f++)
    check_field(check, text, kind, &kind->fields[f]);
}
