/*
** schema.c - the tables, indexes and triggers of a store, made from the kinds.
**
** A kind has two tables of the same columns: "cases" holds the newest state of
** each record, "cases_history" the earlier ones, each with `until`, the
** revision that replaced it. The state of revision R is therefore every row
** of either with revision <= R < until. A retracted record keeps its row, with
** `retracted` set, so that its id and key stay taken and nothing is deleted.
**
** The triggers copy the old state into the history, so that whoever updates
** cannot forget to, and keep other programs from changing what is recorded by
** accident: a revision that is in `revisions` is closed, and rows are written
** only under the next one, which the store adds to `revisions` when it
** commits.
**
** SQLite reads all of this whenever a file is opened, so it is as short as that
** allows, and what nothing was written to is not there (see absent.h): a kind's
** table is made with its first record, that of its history with its first
** change. `made` lists them, so that one which was lost is not taken for one
** that was never needed.
*/
#include "absent.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- columns */

static const char *column_type(const DuField *field) {
  if (field->flags & DU_SHARED)
    return "ANY"; /* a text, or the number of one */
  if (field->flags & DU_LIST)
    return "TEXT"; /* a JSON array */
  switch (field->type) {
  case DU_INTEGER:
  case DU_BOOLEAN:
  case DU_REFERENCE:
    return "INTEGER";
  case DU_NUMBER:
    return "REAL";
  default:
    return "TEXT";
  }
}

/* The definition of one of a field's columns: 0 is what was given, 1 and 2
** the first and last possible day of a date. An earlier state refers to what
** it referred to, whatever became of that. */
static void add_definition(DuText *text, const DuField *field, int part,
                           bool history) {
  const DuKind *target = du_target_kind(field->targets);
  du_text_format(text, "\"%s%s\" %s", field->name, du_column_suffix(part),
                 part == 0 ? column_type(field) : "INTEGER");
  if (field->type == DU_REFERENCE && target != NULL &&
      !(field->flags & DU_LIST) && !history)
    du_text_format(text, " REFERENCES %q (id)", target->name);
}

/* Where most records have no key or origin, an index leaves those out;
** elsewhere the table itself says that they are unique, which makes a new
** store sooner. */
static bool is_unique_in_table(const DuKind *kind, const DuField *field) {
  return (field->flags & DU_UNIQUE) && !kind->large;
}

static void run(lua_State *L, DuSql *sql, DuText *text) {
  du_text_add(text, "", 1);
  du_sql_makes(sql);
  if (!du_sql_script(sql, text->bytes))
    du_raise_sql(L, sql);
  text->length = 0;
}

/* ----------------------------------------------------------------- tables */

static void add_table(DuText *text, const DuKind *kind) {
  du_text_format(text, "CREATE TABLE %q (id INTEGER PRIMARY KEY", kind->name);
  for (int i = 0; i < kind->nfields; i++)
    for (int part = 0; part < du_field_columns(&kind->fields[i]); part++) {
      du_text_puts(text, ", ");
      add_definition(text, &kind->fields[i], part, false);
      if (is_unique_in_table(kind, &kind->fields[i]))
        du_text_puts(text, " UNIQUE");
    }
  du_text_puts(text, ", revision INTEGER NOT NULL, retracted INTEGER) STRICT;");
}

/* The same columns as the kind's table has, in the same order, which is another
** where fields were added to an older file. */
static void add_history(lua_State *L, DuSql *sql, DuText *text,
                        const DuKind *kind) {
  DuStatement *row = du_prepare(
      L, sql,
      "SELECT name, type, \"notnull\" FROM pragma_table_info(?1) ORDER BY cid");
  DuStatus status;
  du_sql_bind_text(row, 1, kind->name, strlen(kind->name));
  du_text_format(text, "CREATE TABLE \"%s_history\" (until INTEGER NOT NULL",
                 kind->name);
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *name = du_sql_text(row, 0, &length);
    bool required = du_sql_integer(row, 2) != 0 || strcmp(name, "id") == 0;
    du_text_format(text, ", %q", name);
    du_text_format(text, " %s%s", du_sql_text(row, 1, &length),
                   required ? " NOT NULL" : "");
  }
  du_finish(L, sql, row, status);
  du_text_puts(text, ", PRIMARY KEY (id, revision)) STRICT, WITHOUT ROWID;");
}

/* Indexes leave out the records that lack the field: most fields of most
** events are empty. */
bool du_schema_has_index(const DuKind *kind, const DuField *field) {
  return (field->flags & (DU_UNIQUE | DU_INDEXED | DU_LEADS)) &&
         !is_unique_in_table(kind, field);
}

/* The columns of an index over several fields: who, to whom, when. */
static void add_led(DuText *text, const DuKind *kind, const DuField *leader) {
  du_text_format(text, "(%q", leader->name);
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_FOLLOWS)
      du_text_format(text, ", %q", kind->fields[i].name);
  du_text_format(text, ", \"%s_first\") WHERE %q IS NOT NULL;", kind->date,
                 leader->name);
}

static void add_index(DuText *text, const DuKind *kind, const DuField *field) {
  du_text_format(text, "CREATE %sINDEX IF NOT EXISTS \"%s_%s\" ON %q ",
                 field->flags & DU_UNIQUE ? "UNIQUE " : "", kind->name,
                 field->name, kind->name);
  if (field->flags & DU_LEADS)
    add_led(text, kind, field);
  else
    du_text_format(text, "(%q) WHERE %q IS NOT NULL;", field->name,
                   field->name);
}

static void add_indexes(DuText *text, const DuKind *kind, DuIndexing indexing) {
  unsigned left_out = indexing == DU_INDEX_BUT_LEADING ? DU_LEADS : 0;
  for (int i = 0; i < kind->nfields; i++)
    if (du_schema_has_index(kind, &kind->fields[i]) &&
        !(kind->fields[i].flags & left_out))
      add_index(text, kind, &kind->fields[i]);
}

/* --------------------------------------------------------------- triggers */

typedef enum Change { INSERTED, UPDATED, DELETED } Change;

/* What a trigger says where it lets nothing through. */
#define NEVER_DELETED "records are retracted, never deleted"
#define NEVER_CHANGED "history is never changed"
#define ADDED_HERE "records are added through dualuse alone"
#define UPDATED_HERE "records are updated through dualuse alone"

/* A trigger that refuses where `condition`, the end of a query, finds a row. */
static void add_refusal(DuText *text, const char *table, const char *ending,
                        Change change, const char *why, const char *condition) {
  static const char *const endings[] = {"insert", "update", "delete"};
  static const char *const events[] = {"INSERT", "UPDATE", "DELETE"};
  du_text_format(text,
                 "CREATE TRIGGER \"%s%s_%s\" BEFORE %s ON \"%s%s\" BEGIN "
                 "SELECT RAISE(ABORT, 'dualuse: %s')%s; END;",
                 table, ending, endings[change], events[change], table, ending,
                 why, condition);
}

/* Is that of a row a revision which is closed? */
#define CLOSED(revision) " FROM revisions WHERE revision >= " revision

/* also what INSERT OR REPLACE would take away without a trigger's notice */
static void add_insert_trigger(DuText *text, const DuKind *kind) {
  du_text_format(text,
                 "CREATE TRIGGER \"%s_insert\" BEFORE INSERT ON %q BEGIN "
                 "SELECT CASE WHEN max(revision) >= NEW.revision OR "
                 "last_id >= NEW.id THEN RAISE(ABORT, 'dualuse: " ADDED_HERE
                 "') END FROM revisions; "
                 "SELECT RAISE(ABORT, 'dualuse: " ADDED_HERE "') FROM %q "
                 "WHERE \"key\" = NEW.\"key\" OR origin = NEW.origin; END;",
                 kind->name, kind->name, kind->name);
}

/* The row is still the old one, in the order of the history's columns. A
** second update in one transaction keeps no state that never was. Where there
** are columns, they no longer have the record as it is. */
static void add_update_trigger(DuText *text, const DuKind *kind, bool columns) {
  du_text_format(
      text,
      "CREATE TRIGGER \"%s_update\" BEFORE UPDATE ON %q BEGIN "
      "SELECT CASE WHEN max(revision) >= NEW.revision OR NEW.id <> OLD.id "
      "OR (OLD.\"key\" IS NOT NULL AND NEW.\"key\" IS NOT OLD.\"key\") "
      "THEN RAISE(ABORT, 'dualuse: " UPDATED_HERE "') END FROM revisions; "
      "INSERT INTO \"%s_history\" SELECT NEW.revision, * FROM %q "
      "WHERE id = OLD.id AND revision < NEW.revision; ",
      kind->name, kind->name, kind->name, kind->name);
  if (columns)
    du_text_format(text,
                   "INSERT OR IGNORE INTO stale SELECT kind, OLD.id FROM "
                   "segments WHERE kind = '%s' AND last_id >= OLD.id LIMIT 1; ",
                   kind->name);
  du_text_puts(text, "END;");
}

/* Until its history is made, no record of a kind is changed. */
static void add_change_triggers(DuText *text, const DuKind *kind, bool history,
                                bool columns) {
  if (!history) {
    add_refusal(text, kind->name, "", UPDATED, UPDATED_HERE, "");
    return;
  }
  add_refusal(text, kind->name, "_history", INSERTED, NEVER_CHANGED,
              CLOSED("NEW.until"));
  add_refusal(text, kind->name, "_history", UPDATED, NEVER_CHANGED, "");
  add_refusal(text, kind->name, "_history", DELETED, NEVER_CHANGED, "");
  add_update_trigger(text, kind, columns && kind->large);
}

static void add_triggers(DuText *text, const DuKind *kind, bool history,
                         bool columns) {
  add_insert_trigger(text, kind);
  add_refusal(text, kind->name, "", DELETED, NEVER_DELETED, "");
  add_change_triggers(text, kind, history, columns);
}

static void add_reason_triggers(DuText *text) {
  add_refusal(text, "reasons", "", INSERTED, NEVER_CHANGED,
              CLOSED("NEW.revision"));
  add_refusal(text, "reasons", "", UPDATED, NEVER_CHANGED,
              CLOSED("OLD.revision"));
  add_refusal(text, "reasons", "", DELETED, NEVER_CHANGED,
              CLOSED("OLD.revision"));
}

/* Rows of any time may have its number. */
static void add_text_triggers(DuText *text) {
  add_refusal(text, "texts", "", UPDATED, NEVER_CHANGED, "");
  add_refusal(text, "texts", "", DELETED, NEVER_CHANGED, "");
}

static void add_revision_triggers(DuText *text) {
  du_text_puts(text,
               "CREATE TRIGGER \"revisions_insert\" BEFORE INSERT ON "
               "\"revisions\" BEGIN SELECT CASE WHEN NEW.revision <> "
               "max(revision) + 1 THEN RAISE(ABORT, 'dualuse: revisions are "
               "counted without gaps') END FROM revisions; END;");
  add_refusal(text, "revisions", "", UPDATED, NEVER_CHANGED, "");
  add_refusal(text, "revisions", "", DELETED, NEVER_CHANGED, "");
}

/* Triggers are made anew, in case they have changed. */
static void drop_triggers(DuText *text, const char *table) {
  du_text_format(text,
                 "DROP TRIGGER IF EXISTS \"%s_insert\";"
                 "DROP TRIGGER IF EXISTS \"%s_update\";"
                 "DROP TRIGGER IF EXISTS \"%s_delete\";",
                 table, table, table);
}

/* -------------------------------------------------------------- what is made
 */

static bool is_in(lua_State *L, DuSql *sql, const char *query,
                  const char *name) {
  DuStatement *row = du_prepare(L, sql, query);
  DuStatus status;
  du_sql_bind_text(row, 1, name, strlen(name));
  status = du_sql_step(row);
  du_finish(L, sql, row, status);
  return status == DU_ROW;
}

bool du_schema_has_table(lua_State *L, DuSql *sql, const char *name) {
  return is_in(L, sql,
               "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
               name);
}

static bool is_made(lua_State *L, DuSql *sql, const char *table) {
  return is_in(L, sql, "SELECT 1 FROM made WHERE name = ?1", table);
}

static bool is_history_made(lua_State *L, DuSql *sql, const DuKind *kind) {
  char table[DU_TABLE_NAME];
  snprintf(table, sizeof table, "%s_history", kind->name);
  return is_made(L, sql, table);
}

DuMade du_schema_made(lua_State *L, DuSql *sql) {
  DuMade made;
  for (int i = 0; i < DU_KINDS; i++) {
    made.kinds[i] = is_made(L, sql, du_kinds[i].name);
    made.histories[i] = is_history_made(L, sql, &du_kinds[i]);
  }
  made.reasons = is_made(L, sql, "reasons");
  made.texts = is_made(L, sql, "texts");
  made.columns = du_columns_exist(L, sql);
  return made;
}

static void add_made(DuText *text, const char *kind, const char *ending) {
  du_text_format(text, "INSERT INTO made VALUES ('%s%s');", kind, ending);
}

/* A kind's table, without triggers. */
static void add_kind(DuText *text, const DuKind *kind) {
  add_table(text, kind);
  add_indexes(text, kind, DU_INDEX_ALL);
  add_made(text, kind->name, "");
}

void du_schema_make(lua_State *L, DuSql *sql, const DuKind *kind) {
  DuText text;
  if (is_made(L, sql, kind->name))
    return;
  du_text_init(L, &text);
  add_kind(&text, kind);
  add_triggers(&text, kind, false, false);
  run(L, sql, &text);
  lua_pop(L, 1);
}

void du_schema_make_history(lua_State *L, DuSql *sql, const DuKind *kind) {
  DuText text;
  if (is_history_made(L, sql, kind))
    return;
  du_text_init(L, &text);
  du_text_format(&text, "DROP TRIGGER \"%s_update\";", kind->name);
  add_history(L, sql, &text, kind);
  add_made(&text, kind->name, "_history");
  add_change_triggers(&text, kind, true, du_columns_exist(L, sql));
  run(L, sql, &text);
  lua_pop(L, 1);
}

void du_schema_make_reasons(lua_State *L, DuSql *sql) {
  DuText text;
  if (is_made(L, sql, "reasons"))
    return;
  du_text_init(L, &text);
  /* who changed one record, and why, where that is not what the whole
  ** transaction says */
  du_text_puts(&text,
               "CREATE TABLE reasons (record INTEGER, revision INTEGER, "
               "\"by\" TEXT, reason TEXT, PRIMARY KEY (record, revision)) "
               "STRICT, WITHOUT ROWID;");
  add_made(&text, "reasons", "");
  add_reason_triggers(&text);
  run(L, sql, &text);
  lua_pop(L, 1);
}

void du_schema_make_texts(lua_State *L, DuSql *sql) {
  DuText text;
  if (is_made(L, sql, "texts"))
    return;
  du_text_init(L, &text);
  du_text_puts(&text, "CREATE TABLE texts (id INTEGER PRIMARY KEY, "
                      "text TEXT NOT NULL) STRICT;");
  add_made(&text, "texts", "");
  add_text_triggers(&text);
  run(L, sql, &text);
  lua_pop(L, 1);
}

void du_schema_make_all(lua_State *L, DuSql *sql, const DuMade *made) {
  for (int i = 0; i < DU_KINDS; i++) {
    if (made->kinds[i])
      du_schema_make(L, sql, &du_kinds[i]);
    if (made->kinds[i] && made->histories[i])
      du_schema_make_history(L, sql, &du_kinds[i]);
  }
  if (made->reasons)
    du_schema_make_reasons(L, sql);
  if (made->texts)
    du_schema_make_texts(L, sql);
  if (made->columns)
    du_schema_columns(L, sql);
}

/* The triggers of all tables that are made. */
static void add_all_triggers(DuText *text, const DuMade *made) {
  for (int i = 0; i < DU_KINDS; i++)
    if (made->kinds[i])
      add_triggers(text, &du_kinds[i], made->histories[i], made->columns);
  if (made->reasons)
    add_reason_triggers(text);
  if (made->texts)
    add_text_triggers(text);
  add_revision_triggers(text);
}

/* --------------------------------------------------------------- strangers */

/* Of the tables of columns: see du_schema_columns. */
static const char column_indexes[] =
    "CREATE INDEX IF NOT EXISTS \"segments_kind\" ON segments (kind, last_id);"
    "CREATE INDEX IF NOT EXISTS \"columns_number\" ON columns (number);";

/* The name of a trigger or view is on top of the stack. */
static void raise_stranger(lua_State *L) {
  du_show(L, -1);
  du_raise(L, "corrupt", NULL, NULL,
           "%s in the schema is not of dualuse, so nothing is written; "
           "store:check() tells all",
           lua_tostring(L, -1));
}

/* A state goes into the history column by column (see add_update_trigger), so
** that columns in another order would mix it up. */
bool du_schema_in_order(lua_State *L, DuSql *sql, const DuKind *kind) {
  DuText text;
  DuStatement *row;
  DuStatus status;
  bool same;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT (SELECT 'until,' || group_concat(name) FROM "
                 "pragma_table_info('%s')) IS (SELECT group_concat(name) FROM "
                 "pragma_table_info('%s_history'))",
                 kind->name, kind->name);
  row = du_text_prepare(&text, sql);
  status = du_sql_step(row);
  same = status == DU_ROW && du_sql_integer(row, 0) != 0;
  du_finish(L, sql, row, status);
  lua_pop(L, 1);
  return same;
}

/* What SQLite runs by itself when a record is written has to be what this
** version makes: a trigger of somebody else could change what is written, and
** one that is missing could keep a state out of the history. An index does
** neither. SQLite keeps the text of a trigger without its end. */
void du_schema_verify(lua_State *L, DuSql *sql) {
  int top = lua_gettop(L), expected = 0;
  DuMade made = du_schema_made(L, sql);
  DuText text;
  DuStatement *row;
  DuStatus status;
  du_text_init(L, &text);
  add_all_triggers(&text, &made);
  du_text_add(&text, "", 1);
  for (const char *s = text.bytes; (s = strstr(s, "CREATE ")) != NULL; s++)
    expected++;
  row = du_prepare(L, sql,
                   "SELECT name, sql FROM sqlite_schema "
                   "WHERE type IN ('trigger', 'view')");
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *found = lua_pushfstring(L, "%s;", du_sql_text(row, 1, &length));
    if (strncmp(found, "CREATE ", 7) != 0 ||
        strstr(text.bytes, found) == NULL) {
      du_value_push_stored(L, row, 0);
      raise_stranger(L);
    }
    expected--;
    lua_settop(L, top + 1);
  }
  du_finish(L, sql, row, status);
  if (expected != 0)
    du_raise(L, "corrupt", NULL, NULL,
             "triggers are missing from the schema, so nothing is written; "
             "store:check() tells which, and store:repair() makes them anew");
  for (int i = 0; i < DU_KINDS; i++)
    if (made.histories[i] && !du_schema_in_order(L, sql, &du_kinds[i]))
      du_raise(L, "corrupt", du_kinds[i].name, NULL,
               "the columns of its table are not those that dualuse made, so "
               "nothing is written; store:check() tells what differs");
  lua_settop(L, top);
}

/* ----------------------------------------------------------------- states */

typedef struct State {
  const char *key, *name, *aliases; /* a JSON array */
} State;

#define STATE(key, name, aliases) {key, name, aliases},
static const State states[] = {
#include "states.inc"
};
#undef STATE

#define NSTATES ((int)(sizeof states / sizeof *states))

static void step(lua_State *L, DuSql *sql, DuStatement *statement) {
  if (du_sql_step(statement) == DU_FAILED)
    du_raise_sql(L, sql);
  du_sql_reset(statement);
}

/* The states of ISO 3166-1, each its own country, as revision 0. */
static void fill_states(lua_State *L, DuSql *sql) {
  DuStatement *party = du_prepare(
      L, sql,
      "INSERT INTO parties (id, \"key\", name, kind, country, aliases, "
      "revision) VALUES (?1, ?2, ?3, 'state', ?1, ?4, 0)");
  for (int i = 0; i < NSTATES; i++) {
    const State *state = &states[i];
    du_sql_bind_integer(party, 1, i + 1);
    du_sql_bind_text(party, 2, state->key, strlen(state->key));
    du_sql_bind_text(party, 3, state->name, strlen(state->name));
    du_sql_bind_text(party, 4, state->aliases, strlen(state->aliases));
    step(L, sql, party);
  }
  du_sql_release(party);
}

/* Their folded keys, names and aliases. */
static const char fill_names[] =
    "INSERT OR IGNORE INTO names (folded, kind, record, revision) "
    "SELECT fold(name), 'parties', id, 0 FROM ("
    "SELECT id, \"key\" AS name FROM parties "
    "UNION ALL SELECT id, name FROM parties "
    "UNION ALL SELECT p.id, a.atom FROM parties p, json_each(p.aliases) a);";

/* ------------------------------------------------------------------ create */

static void add_version(DuText *text) {
  du_text_format(text, "PRAGMA user_version = %d;", du_kinds_version());
}

/* Case-folded keys, names and aliases, valid from `revision` and before
** `until`. */
void du_schema_names(lua_State *L, DuSql *sql) {
  if (!du_sql_script(sql, "CREATE TABLE names (folded TEXT, kind TEXT, record "
                          "INTEGER, revision INTEGER, until INTEGER, "
                          "PRIMARY KEY (folded, kind, record, revision)) "
                          "STRICT, WITHOUT ROWID;"))
    du_raise_sql(L, sql);
}

/* ids count through all kinds, so one index serves them all */
void du_schema_full_text(lua_State *L, DuSql *sql, const char *table) {
  DuText text;
  du_text_init(L, &text);
  du_text_format(&text,
                 "CREATE VIRTUAL TABLE %s USING fts5 (title, text, "
                 "content = '', tokenize = 'unicode61 remove_diacritics 2');",
                 table);
  run(L, sql, &text);
  lua_pop(L, 1);
}

/* Names the tables that are not there in every store. */
static const char create_made[] = "CREATE TABLE IF NOT EXISTS made (name TEXT "
                                  "PRIMARY KEY) STRICT, WITHOUT ROWID;";

void du_schema_create(lua_State *L, DuSql *sql, const char *now) {
  const DuKind *parties = du_kind_find("parties");
  int top = lua_gettop(L);
  DuText text;
  du_text_init(L, &text);
  du_text_puts(&text, create_made);
  add_kind(&text, parties);
  du_text_puts(&text,
               "CREATE TABLE revisions (revision INTEGER PRIMARY KEY, "
               "recorded TEXT NOT NULL, last_id INTEGER NOT NULL, \"by\" TEXT, "
               "reason TEXT) STRICT;");
  run(L, sql, &text);
  du_schema_names(L, sql);
  du_schema_full_text(L, sql, "fulltext");
  fill_states(L, sql);
  du_text_puts(&text, fill_names);
  du_text_format(&text,
                 "INSERT INTO revisions VALUES (0, '%s', %d, NULL, "
                 "'ISO 3166-1');",
                 now, NSTATES);
  add_triggers(&text, parties, false, false);
  add_revision_triggers(&text);
  du_text_format(&text, "PRAGMA application_id = %d;", DU_APPLICATION_ID);
  add_version(&text);
  run(L, sql, &text);
  lua_settop(L, top);
}

/* ----------------------------------------------------------------- migrate */

/* The columns a table has, as a set of names on the stack. */
static void push_columns(lua_State *L, DuSql *sql, const char *table) {
  DuStatement *statement =
      du_prepare(L, sql, "SELECT name FROM pragma_table_info(?1)");
  DuStatus status;
  lua_newtable(L);
  du_sql_bind_text(statement, 1, table, strlen(table));
  while ((status = du_sql_step(statement)) == DU_ROW) {
    size_t length;
    const char *name = du_sql_text(statement, 0, &length);
    lua_pushlstring(L, name, length);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
  }
  if (status == DU_FAILED)
    du_raise_sql(L, sql);
  du_sql_release(statement);
}

/* Adds the columns that a table of an older file lacks, in the order of the
** kind, so that a kind's table and its history keep the same order. */
static void add_missing_columns(lua_State *L, DuSql *sql, DuText *text,
                                const DuKind *kind, bool history) {
  char table[DU_TABLE_NAME];
  snprintf(table, sizeof table, "%s%s", kind->name, history ? "_history" : "");
  push_columns(L, sql, table);
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (lua_getfield(L, -1, field->name) == LUA_TNIL)
      for (int part = 0; part < du_field_columns(field); part++) {
        du_text_format(text, "ALTER TABLE %q ADD COLUMN ", table);
        add_definition(text, field, part, history);
        du_text_puts(text, ";");
      }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Until layout 4 a file had all tables. Those that nothing was written to go;
** the others are noted as made. */
static void note_or_drop(lua_State *L, DuSql *sql, DuText *text, int table) {
  char name[DU_TABLE_NAME];
  int64_t used;
  du_absent_name(table, name);
  if (!du_schema_has_table(L, sql, name))
    return;
  du_text_format(text, "SELECT 1 FROM %q LIMIT 1", name);
  du_text_add(text, "", 1);
  if (!du_sql_number_of(sql, text->bytes, &used))
    du_raise_sql(L, sql);
  text->length = 0;
  if (used)
    du_text_format(text, "INSERT OR IGNORE INTO made VALUES ('%s');", name);
  else
    du_text_format(text, "DROP TABLE %q; DELETE FROM made WHERE name = '%s';",
                   name, name);
  run(L, sql, text);
}

/* Until layout 5 a text stood in each row that had it, as it may still do. */
static void let_share(lua_State *L, DuSql *sql, const DuKind *kind) {
  char history[DU_TABLE_NAME];
  snprintf(history, sizeof history, "%s_history", kind->name);
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_SHARED) {
      char from[DU_TABLE_NAME], to[DU_TABLE_NAME];
      snprintf(from, sizeof from, "\"%s\" TEXT", kind->fields[i].name);
      snprintf(to, sizeof to, "\"%s\" ANY", kind->fields[i].name);
      if (!du_sql_rewrite(sql, kind->name, from, to) ||
          !du_sql_rewrite(sql, history, from, to))
        du_raise_sql(L, sql);
    }
}

/* Indexes of earlier layouts that are others now, or whose work columns do. */
static void drop_former_indexes(DuText *text, const DuKind *kind) {
  for (int i = 0; i < kind->nfields; i++)
    if (du_field_columns(&kind->fields[i]) > 0 &&
        (kind->fields[i].flags & DU_LEADS ||
         !du_schema_has_index(kind, &kind->fields[i])))
      du_text_format(text, "DROP INDEX IF EXISTS \"%s_%s\";", kind->name,
                     kind->fields[i].name);
}

/* Drops the triggers of all tables. */
static void drop_all_triggers(DuText *text) {
  for (int i = 0; i < DU_KINDS; i++) {
    char history[64];
    snprintf(history, sizeof history, "%s_history", du_kinds[i].name);
    drop_triggers(text, du_kinds[i].name);
    drop_triggers(text, history);
  }
  drop_triggers(text, "revisions");
  drop_triggers(text, "reasons");
  drop_triggers(text, "texts");
}

void du_schema_migrate(lua_State *L, DuSql *sql) {
  int top = lua_gettop(L);
  DuMade made;
  DuText text;
  du_text_init(L, &text);
  drop_all_triggers(&text);
  du_text_puts(&text, create_made);
  run(L, sql, &text);
  for (int table = 0; table < DU_ABSENTABLE; table++)
    note_or_drop(L, sql, &text, table);
  made = du_schema_made(L, sql);
  for (int i = 0; i < DU_KINDS; i++) {
    const DuKind *kind = &du_kinds[i];
    if (!made.kinds[i])
      continue;
    if (made.histories[i])
      add_missing_columns(L, sql, &text, kind, true);
    add_missing_columns(L, sql, &text, kind, false);
    run(L, sql, &text);
    let_share(L, sql, kind);
    if (kind->large) /* a field may be new, or have a column only now: they */
      du_columns_unpack(L, sql, kind); /* are made when asked for */
    drop_former_indexes(&text, kind);
    add_indexes(&text, kind, DU_INDEX_ALL);
  }
  add_all_triggers(&text, &made);
  add_version(&text);
  run(L, sql, &text);
  du_match_rebuild(L, sql);
  lua_settop(L, top);
}

/* Raises where there is a trigger or a view; those of ours are dropped. */
static void refuse_strangers(lua_State *L, DuSql *sql) {
  DuStatement *row = du_prepare(L, sql,
                                "SELECT name FROM sqlite_schema WHERE type IN "
                                "('trigger', 'view') ORDER BY name");
  DuStatus status = du_sql_step(row);
  if (status == DU_ROW) {
    du_value_push_stored(L, row, 0);
    raise_stranger(L);
  }
  du_finish(L, sql, row, status);
}

void du_schema_unguard(lua_State *L, DuSql *sql) {
  DuText text;
  du_text_init(L, &text);
  drop_all_triggers(&text);
  run(L, sql, &text);
  lua_pop(L, 1);
  refuse_strangers(L, sql);
}

void du_schema_guard(lua_State *L, DuSql *sql) {
  DuMade made = du_schema_made(L, sql);
  DuText text;
  du_text_init(L, &text);
  drop_all_triggers(&text);
  add_all_triggers(&text, &made);
  run(L, sql, &text);
  lua_pop(L, 1);
}

/* Runs statements which, where the rows do not allow them, have done nothing.
 */
static void run_if_allowed(lua_State *L, DuSql *sql, DuText *text) {
  if (!du_sql_run(sql, "SAVEPOINT attempt"))
    du_raise_sql(L, sql);
  du_text_add(text, "", 1);
  if (!du_sql_script(sql, text->bytes) &&
      (strcmp(du_sql_error(sql)->code, "constraint") != 0 ||
       !du_sql_run(sql, "ROLLBACK TO attempt")))
    du_raise_sql(L, sql);
  if (!du_sql_run(sql, "RELEASE attempt"))
    du_raise_sql(L, sql);
  text->length = 0;
}

void du_schema_reindex(lua_State *L, DuSql *sql) {
  DuText text;
  du_text_init(L, &text);
  for (int i = 0; i < DU_KINDS; i++) {
    const DuKind *kind = &du_kinds[i];
    if (!is_made(L, sql, kind->name))
      continue;
    for (int f = 0; f < kind->nfields; f++)
      if (du_schema_has_index(kind, &kind->fields[f])) {
        du_text_format(&text, "DROP INDEX IF EXISTS \"%s_%s\";", kind->name,
                       kind->fields[f].name);
        add_index(&text, kind, &kind->fields[f]);
        run_if_allowed(L, sql, &text);
      }
  }
  if (du_columns_exist(L, sql)) {
    du_text_puts(&text, "DROP INDEX IF EXISTS segments_kind;"
                        "DROP INDEX IF EXISTS columns_number;");
    du_text_puts(&text, column_indexes);
    run_if_allowed(L, sql, &text);
  }
  du_text_puts(&text, "REINDEX;");
  run_if_allowed(L, sql, &text);
  lua_pop(L, 1);
}

void du_schema_open(lua_State *L, DuSql *sql, const DuKind *kind) {
  DuText text;
  du_text_init(L, &text);
  du_text_format(&text, "DROP TRIGGER \"%s_insert\";", kind->name);
  run(L, sql, &text);
  lua_pop(L, 1);
}

void du_schema_drop_index(lua_State *L, DuSql *sql, const DuKind *kind,
                          const DuField *field) {
  DuText text;
  du_text_init(L, &text);
  du_text_format(&text, "DROP INDEX IF EXISTS \"%s_%s\";", kind->name,
                 field->name);
  run(L, sql, &text);
  lua_pop(L, 1);
}

DuLead du_schema_lead_of(lua_State *L, DuSql *sql, const DuKind *kind) {
  const DuField *leader = du_field_with(kind, DU_LEADS);
  DuLead lead = DU_LEAD_THERE;
  DuText text;
  if (leader == NULL)
    return lead;
  du_text_init(L, &text);
  du_text_format(&text, "%s_%s", kind->name, leader->name);
  du_text_add(&text, "", 1);
  if (!is_in(L, sql,
             "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1",
             text.bytes))
    lead = du_schema_has_table(L, sql, kind->name) ? DU_LEAD_LEFT_OUT
                                                   : DU_LEAD_OF_NONE;
  lua_pop(L, 1);
  return lead;
}

void du_schema_unlead(lua_State *L, DuSql *sql, const DuKind *kind) {
  du_schema_drop_index(L, sql, kind, du_field_with(kind, DU_LEADS));
}

static const char more_memory[] = "PRAGMA cache_size = -6000;";
static const char less_memory[] = "PRAGMA cache_size = " DU_PAGES ";";

void du_schema_lead(lua_State *L, DuSql *sql, const DuKind *kind) {
  DuText text;
  du_text_init(L, &text);
  du_text_puts(&text, more_memory);
  add_index(&text, kind, du_field_with(kind, DU_LEADS));
  du_text_puts(&text, less_memory);
  run(L, sql, &text);
  lua_pop(L, 1);
}

/* Sorting in a larger memory pays, and only here. */
void du_schema_shut(lua_State *L, DuSql *sql, const DuKind *kind,
                    DuIndexing indexing) {
  DuText text;
  du_text_init(L, &text);
  if (indexing != DU_INDEX_NONE) {
    du_text_puts(&text, more_memory);
    add_indexes(&text, kind, indexing);
    du_text_puts(&text, less_memory);
  }
  add_insert_trigger(&text, kind);
  run(L, sql, &text);
  lua_pop(L, 1);
}

/* They are made when they are first filled: most stores have no use for
** them. */
void du_schema_columns(lua_State *L, DuSql *sql) {
  DuText text;
  if (du_columns_exist(L, sql))
    return;
  du_text_init(L, &text);
  du_text_puts(
      &text,
      /* a number is never used again: other processes know segments by it */
      "CREATE TABLE IF NOT EXISTS segments (number INTEGER PRIMARY KEY "
      "AUTOINCREMENT, "
      "kind TEXT NOT NULL, "
      "first_id INTEGER NOT NULL, last_id INTEGER NOT NULL, "
      "rows INTEGER NOT NULL) STRICT;"
      /* least and most: of integers, and of the days of dates */
      "CREATE TABLE IF NOT EXISTS columns (kind TEXT NOT NULL, field TEXT NOT "
      "NULL, "
      "number INTEGER NOT NULL, least INTEGER, most INTEGER, "
      "bytes BLOB NOT NULL, UNIQUE (kind, field, number)) STRICT;"
      /* records that have changed since they were packed */
      "CREATE TABLE IF NOT EXISTS stale (kind TEXT NOT NULL, "
      "id INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;"
      /* where one of them was lost, the others are of no use */
      "DELETE FROM segments; DELETE FROM columns; DELETE FROM stale;");
  du_text_puts(&text, column_indexes);
  for (int i = 0; i < DU_KINDS; i++)
    if (du_kinds[i].large && is_history_made(L, sql, &du_kinds[i])) {
      du_text_format(&text, "DROP TRIGGER IF EXISTS \"%s_update\";",
                     du_kinds[i].name);
      add_update_trigger(&text, &du_kinds[i], true);
    }
  run(L, sql, &text);
  lua_pop(L, 1);
}

void du_text_view(DuText *text, const DuStore *store, const DuKind *kind) {
  if (store->as_of == DU_NOW)
    du_text_format(text, "%q", kind->name);
  else
    du_text_format(text,
                   "(SELECT NULL AS until, * FROM %q WHERE revision <= ?1 "
                   "UNION ALL SELECT * FROM \"%s_history\" "
                   "WHERE revision <= ?1 AND until > ?1)",
                   kind->name, kind->name);
}

void du_field_stored(DuText *text, const DuField *field, const char *alias) {
  const char *name = field->name;
  if (field->type == DU_ID || field->type == DU_STAGES)
    name = "id";
  else if (field->type == DU_REVISION || field->type == DU_RECORDED)
    name = "revision";
  if (alias != NULL)
    du_text_format(text, "%s.", alias);
  du_text_format(text, "%q", name);
}

void du_field_column(DuText *text, const DuField *field, const char *alias) {
  bool shared = (field->flags & DU_SHARED) != 0;
  du_text_puts(text, shared ? DU_SHARED_TEXT "(" : "");
  du_field_stored(text, field, alias);
  du_text_puts(text, shared ? ")" : "");
}

void du_part_column(DuText *text, const DuField *field, int part) {
  if (part == 0)
    du_field_column(text, field, NULL);
  else
    du_text_format(text, "\"%s%s\"", field->name, du_column_suffix(part));
}
