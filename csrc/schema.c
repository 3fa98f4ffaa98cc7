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
*/
#include "core.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- columns */

static const char *column_type(const DuField *field) {
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
  if (!du_sql_script(sql, text->bytes))
    du_raise_sql(L, sql);
  text->length = 0;
}

/* ----------------------------------------------------------------- tables */

static void add_table(DuText *text, const DuKind *kind, bool history) {
  du_text_format(text, "CREATE TABLE \"%s%s\" (", kind->name,
                 history ? "_history" : "");
  du_text_puts(text, history ? "until INTEGER NOT NULL, id INTEGER NOT NULL"
                             : "id INTEGER PRIMARY KEY");
  for (int i = 0; i < kind->nfields; i++)
    for (int part = 0; part < du_field_columns(&kind->fields[i]); part++) {
      du_text_puts(text, ", ");
      add_definition(text, &kind->fields[i], part, history);
      if (!history && is_unique_in_table(kind, &kind->fields[i]))
        du_text_puts(text, " UNIQUE");
    }
  du_text_puts(text, ", revision INTEGER NOT NULL, retracted INTEGER");
  du_text_puts(text, history ? ", PRIMARY KEY (id, revision)) STRICT, "
                               "WITHOUT ROWID;"
                             : ") STRICT;");
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
  else if (field->type == DU_DATE)
    du_text_format(text, "(\"%s_first\", \"%s_last\");", field->name,
                   field->name);
  else
    du_text_format(text, "(%q) WHERE %q IS NOT NULL;", field->name,
                   field->name);
}

static void add_indexes(DuText *text, const DuKind *kind) {
  for (int i = 0; i < kind->nfields; i++)
    if (du_schema_has_index(kind, &kind->fields[i]))
      add_index(text, kind, &kind->fields[i]);
}

/* --------------------------------------------------------------- triggers */

#define CLOSED "(SELECT max(revision) FROM revisions)"

static void add_refusal(DuText *text, const char *name, const char *table,
                        const char *event, const char *when, const char *why) {
  du_text_format(text,
                 "CREATE TRIGGER %q BEFORE %s ON %q %s BEGIN "
                 "SELECT RAISE(ABORT, 'dualuse: %s'); END;",
                 name, event, table, when, why);
}

static void add_insert_trigger(DuText *text, const DuKind *kind) {
  /* also what INSERT OR REPLACE would take away without a trigger's notice */
  du_text_format(
      text,
      "CREATE TRIGGER \"%s_insert\" BEFORE INSERT ON %q WHEN "
      "NEW.revision <= " CLOSED " OR NEW.id <= (SELECT last_id FROM revisions "
      "ORDER BY revision DESC LIMIT 1) OR EXISTS (SELECT 1 FROM %q WHERE "
      "\"key\" = NEW.\"key\") OR EXISTS (SELECT 1 FROM %q WHERE origin = "
      "NEW.origin) BEGIN SELECT RAISE(ABORT, 'dualuse: records are added "
      "through dualuse alone'); END;",
      kind->name, kind->name, kind->name, kind->name);
}

/* The row is still the old one, in the order of the history's columns. A
** second update in one transaction keeps no state that never was. Where there
** are columns, they no longer have the record as it is. */
static void add_update_trigger(DuText *text, const DuKind *kind, bool columns) {
  du_text_format(
      text,
      "CREATE TRIGGER \"%s_update\" BEFORE UPDATE ON %q BEGIN "
      "SELECT RAISE(ABORT, 'dualuse: records are updated through dualuse "
      "alone') WHERE NEW.revision <= " CLOSED " OR NEW.id <> OLD.id "
      "OR (OLD.\"key\" IS NOT NULL AND NEW.\"key\" IS NOT OLD.\"key\"); "
      "INSERT INTO \"%s_history\" SELECT NEW.revision, * FROM %q "
      "WHERE id = OLD.id AND revision < NEW.revision; ",
      kind->name, kind->name, kind->name, kind->name);
  if (columns)
    du_text_format(text,
                   "INSERT OR IGNORE INTO stale (kind, id) SELECT '%s', OLD.id "
                   "WHERE OLD.id <= (SELECT max(last_id) FROM segments WHERE "
                   "kind = '%s'); ",
                   kind->name, kind->name);
  du_text_puts(text, "END;");
}

static void add_triggers(DuText *text, const DuKind *kind, bool columns) {
  char history[64], name[80];
  snprintf(history, sizeof history, "%s_history", kind->name);
  add_insert_trigger(text, kind);
  snprintf(name, sizeof name, "%s_delete", kind->name);
  add_refusal(text, name, kind->name, "DELETE", "",
              "records are retracted, never deleted");
  snprintf(name, sizeof name, "%s_insert", history);
  add_refusal(text, name, history, "INSERT", "WHEN NEW.until <= " CLOSED,
              "history is never changed");
  snprintf(name, sizeof name, "%s_update", history);
  add_refusal(text, name, history, "UPDATE", "", "history is never changed");
  snprintf(name, sizeof name, "%s_delete", history);
  add_refusal(text, name, history, "DELETE", "", "history is never changed");
  add_update_trigger(text, kind, columns && kind->large);
}

static void add_revision_triggers(DuText *text) {
  add_refusal(text, "revisions_insert", "revisions", "INSERT",
              "WHEN NEW.revision <> " CLOSED " + 1",
              "revisions are counted without gaps");
  add_refusal(text, "revisions_update", "revisions", "UPDATE", "",
              "history is never changed");
  add_refusal(text, "revisions_delete", "revisions", "DELETE", "",
              "history is never changed");
  add_refusal(text, "reasons_insert", "reasons", "INSERT",
              "WHEN NEW.revision <= " CLOSED, "history is never changed");
  add_refusal(text, "reasons_update", "reasons", "UPDATE",
              "WHEN OLD.revision <= " CLOSED, "history is never changed");
  add_refusal(text, "reasons_delete", "reasons", "DELETE", "",
              "history is never changed");
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

/* What SQLite runs by itself when a record is written has to be what this
** version makes: a trigger of somebody else could change what is written, and
** one that is missing could keep a state out of the history. An index does
** neither. SQLite keeps the text of a trigger without its end. */
void du_schema_verify(lua_State *L, DuSql *sql) {
  int top = lua_gettop(L), expected = 0;
  bool columns = du_columns_exist(L, sql);
  DuText text;
  DuStatement *row;
  DuStatus status;
  du_text_init(L, &text);
  for (int i = 0; i < DU_KINDS; i++)
    add_triggers(&text, &du_kinds[i], columns);
  add_revision_triggers(&text);
  du_text_add(&text, "", 1);
  for (const char *s = text.bytes; (s = strstr(s, "CREATE ")) != NULL; s++)
    expected++;
  row = du_prepare(L, sql,
                   "SELECT name, sql FROM sqlite_schema "
                   "WHERE type IN ('trigger', 'view')");
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *made = lua_pushfstring(L, "%s;", du_sql_text(row, 1, &length));
    if (strncmp(made, "CREATE ", 7) != 0 || strstr(text.bytes, made) == NULL) {
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

/* ------------------------------------------------------ create and migrate */

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

void du_schema_create(lua_State *L, DuSql *sql, const char *now) {
  int top = lua_gettop(L);
  DuText text;
  du_text_init(L, &text);
  for (int i = 0; i < DU_KINDS; i++) {
    add_table(&text, &du_kinds[i], false);
    add_table(&text, &du_kinds[i], true);
    add_indexes(&text, &du_kinds[i]);
  }
  du_text_puts(
      &text,
      "CREATE TABLE revisions (revision INTEGER PRIMARY KEY, "
      "recorded TEXT NOT NULL, last_id INTEGER NOT NULL, \"by\" TEXT, "
      "reason TEXT) STRICT;"
      /* who changed one record, and why, where that is not what the whole
      ** transaction says */
      "CREATE TABLE reasons (record INTEGER, revision INTEGER, \"by\" TEXT, "
      "reason TEXT, PRIMARY KEY (record, revision)) STRICT, WITHOUT ROWID;");
  run(L, sql, &text);
  du_schema_names(L, sql);
  du_schema_full_text(L, sql, "fulltext");
  fill_states(L, sql);
  du_text_puts(&text, fill_names);
  du_text_format(&text,
                 "INSERT INTO revisions VALUES (0, '%s', %d, NULL, "
                 "'ISO 3166-1');",
                 now, NSTATES);
  for (int i = 0; i < DU_KINDS; i++)
    add_triggers(&text, &du_kinds[i], false);
  add_revision_triggers(&text);
  du_text_format(&text, "PRAGMA application_id = %d;", DU_APPLICATION_ID);
  add_version(&text);
  run(L, sql, &text);
  lua_settop(L, top);
}

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
  char table[64];
  snprintf(table, sizeof table, "%s%s", kind->name, history ? "_history" : "");
  push_columns(L, sql, table);
  if (lua_getfield(L, -1, "id") == LUA_TNIL) {
    add_table(text, kind, history);
    lua_pop(L, 2);
    return;
  }
  lua_pop(L, 1);
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

/* Triggers are made anew, in case they have changed. */
static void drop_triggers(DuText *text, const char *table) {
  du_text_format(text,
                 "DROP TRIGGER IF EXISTS \"%s_insert\";"
                 "DROP TRIGGER IF EXISTS \"%s_update\";"
                 "DROP TRIGGER IF EXISTS \"%s_delete\";",
                 table, table, table);
}

/* Indexes of one field that one over several has taken the place of. */
static void drop_led(DuText *text, const DuKind *kind) {
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & (DU_LEADS | DU_FOLLOWS))
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
}

static void add_all_triggers(DuText *text, bool columns) {
  for (int i = 0; i < DU_KINDS; i++)
    add_triggers(text, &du_kinds[i], columns);
  add_revision_triggers(text);
}

void du_schema_migrate(lua_State *L, DuSql *sql) {
  int top = lua_gettop(L);
  DuText text;
  du_text_init(L, &text);
  drop_all_triggers(&text);
  for (int i = 0; i < DU_KINDS; i++) {
    const DuKind *kind = &du_kinds[i];
    add_missing_columns(L, sql, &text, kind, false);
    add_missing_columns(L, sql, &text, kind, true);
    drop_led(&text, kind);
    add_indexes(&text, kind);
    if (kind->large) /* a field may be new: they are made when asked for */
      du_columns_unpack(L, sql, kind);
  }
  add_all_triggers(&text, du_columns_exist(L, sql));
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
  DuText text;
  du_text_init(L, &text);
  drop_all_triggers(&text);
  add_all_triggers(&text, du_columns_exist(L, sql));
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
  du_text_format(&text, "DROP INDEX \"%s_%s\";", kind->name, field->name);
  run(L, sql, &text);
  lua_pop(L, 1);
}

/* Sorting in a larger memory pays, and only here. */
void du_schema_shut(lua_State *L, DuSql *sql, const DuKind *kind,
                    bool indexes) {
  DuText text;
  du_text_init(L, &text);
  if (indexes) {
    du_text_puts(&text, "PRAGMA cache_size = -12000;");
    add_indexes(&text, kind);
    du_text_puts(&text, "PRAGMA cache_size = -2000;");
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
    if (du_kinds[i].large) {
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
