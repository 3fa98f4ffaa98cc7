/*
** check.c - store:check(): what SQLite's own checks find, and what our own
** invariants forbid. It reads, and mends nothing.
*/
#include "core.h"

#include <string.h>

#include "edtf.h"

typedef struct Check {
  lua_State *L;
  DuStore *store;
  DuSql *sql;
  int findings; /* stack index of the list */
} Check;

/* [-1, +0] adds a finding whose problem, a sentence, is on top */
static void add_finding(Check *check, const DuKind *kind, int64_t id,
                        const char *field) {
  lua_State *L = check->L;
  lua_createtable(L, 0, 4);
  lua_insert(L, -2);
  lua_setfield(L, -2, "problem");
  if (kind != NULL) {
    lua_pushstring(L, kind->name);
    lua_setfield(L, -2, "kind");
  }
  if (id != 0) {
    lua_pushinteger(L, id);
    lua_setfield(L, -2, "id");
  }
  if (field != NULL) {
    lua_pushstring(L, field);
    lua_setfield(L, -2, "field");
  }
  lua_rawseti(L, check->findings,
              (lua_Integer)lua_rawlen(L, check->findings) + 1);
}

/* Each row of the query being built, `SELECT id, detail …`, is a finding:
** `problem: detail`. The text is emptied. */
static void find(Check *check, DuText *text, const DuKind *kind,
                 const char *field, const char *problem) {
  lua_State *L = check->L;
  DuStatement *row = du_text_prepare(text, check->sql);
  DuStatus status;
  while ((status = du_sql_step(row)) == DU_ROW) {
    if (du_sql_type(row, 1) == DU_NULL_COLUMN) {
      lua_pushstring(L, problem);
    } else {
      du_value_push_stored(L, row, 1);
      du_show(L, -1);
      lua_pushfstring(L, "%s: %s", problem, lua_tostring(L, -1));
      lua_replace(L, -3);
      lua_pop(L, 1);
    }
    add_finding(check, kind, du_sql_integer(row, 0), field);
  }
  du_finish(check->L, check->sql, row, status);
  text->length = 0;
}

/* ---------------------------------------------------------------- the file */

static void check_integrity(Check *check) {
  DuStatement *row = du_prepare(check->L, check->sql, "PRAGMA integrity_check");
  DuStatus status;
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *text = du_sql_text(row, 0, &length);
    if (du_sql_check_failed(check->sql, text))
      du_raise_sql(check->L, check->sql);
    if (strcmp(text, "ok") != 0) {
      lua_pushfstring(check->L, "SQLite: %s", text);
      add_finding(check, NULL, 0, NULL);
    }
  }
  du_finish(check->L, check->sql, row, status);
}

/* [-0, +1] name -> SQL of the triggers, views and indexes of a connection */
static void push_schema(lua_State *L, DuSql *sql) {
  static const char text[] =
      "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND "
      "type <> 'table'";
  DuStatement *row = du_sql_prepare(sql, text, sizeof text - 1);
  DuStatus status;
  if (row == NULL)
    du_raise_sql(L, sql);
  lua_newtable(L);
  while ((status = du_sql_step(row)) == DU_ROW) {
    du_value_push_stored(L, row, 0);
    du_value_push_stored(L, row, 1);
    lua_rawset(L, -3);
  }
  du_finish(L, sql, row, status);
}

/* A new store in memory, and what it has: the arguments are its connection, and
** whether it is to have columns. */
static int push_expected(lua_State *L) {
  DuSql *sql = lua_touserdata(L, 1);
  du_schema_create(L, sql, "2019-07-12T00:00:00Z");
  if (lua_toboolean(L, 2))
    du_schema_columns(L, sql);
  push_schema(L, sql);
  return 1;
}

/* Findings for what is in the table at `from` and not the same in `other`. */
static void compare_schema(Check *check, int from, int other,
                           const char *missing, const char *different) {
  lua_State *L = check->L;
  lua_pushnil(L);
  while (lua_next(L, from) != 0) {
    lua_pushvalue(L, -2);
    lua_rawget(L, other);
    if (lua_isnil(L, -1) || (different != NULL && !lua_rawequal(L, -1, -2))) {
      lua_pushfstring(L, "%s %s", lua_tostring(L, -3),
                      lua_isnil(L, -1) ? missing : different);
      add_finding(check, NULL, 0, NULL);
    }
    lua_pop(L, 2);
  }
}

/* The triggers and indexes are those that a new store would have. */
static void check_schema(Check *check) {
  static const DuSqlOptions options = {.timeout = 1};
  lua_State *L = check->L;
  bool columns = du_columns_exist(L, check->sql); /* may raise */
  DuSqlError error;
  DuSql *fresh = du_sql_open(NULL, &options, &error);
  int status;
  if (fresh == NULL)
    du_raise(L, error.code, NULL, NULL, "%s", error.message);
  lua_pushcfunction(L, push_expected);
  lua_pushlightuserdata(L, fresh);
  lua_pushboolean(L, columns);
  status = lua_pcall(L, 2, 1, 0);
  du_sql_close(fresh);
  if (status != LUA_OK)
    lua_error(L);
  push_schema(L, check->sql);
  compare_schema(check, lua_gettop(L) - 1, lua_gettop(L),
                 "is missing from the schema",
                 "is not what dualuse made it in the schema");
  compare_schema(check, lua_gettop(L), lua_gettop(L) - 1,
                 "in the schema is not of dualuse", NULL);
  lua_pop(L, 2);
}

/* --------------------------------------------------------------- revisions */

static void check_revisions(Check *check, DuText *text) {
  du_text_puts(text, "SELECT 0, revision FROM revisions r WHERE revision > 0 "
                     "AND NOT EXISTS (SELECT 1 FROM revisions p "
                     "WHERE p.revision = r.revision - 1)");
  find(check, text, NULL, NULL, "the revision before this one is missing");
  du_text_puts(text, "SELECT 0, r.revision FROM revisions r JOIN revisions p "
                     "ON p.revision = r.revision - 1 "
                     "WHERE r.recorded < p.recorded");
  find(check, text, NULL, NULL, "a revision is recorded before the last one");
}

static void check_history(Check *check, DuText *text, const DuKind *kind) {
  du_text_format(text,
                 "SELECT id, revision FROM %q WHERE revision < 0 OR revision > "
                 "(SELECT max(revision) FROM revisions)",
                 kind->name);
  find(check, text, kind, NULL, "it has a revision that never was");
  du_text_format(text,
                 "SELECT h.id, h.revision FROM \"%s_history\" h WHERE "
                 "h.until <= h.revision OR (NOT EXISTS (SELECT 1 FROM %q t "
                 "WHERE t.id = h.id AND t.revision = h.until) AND NOT EXISTS "
                 "(SELECT 1 FROM \"%s_history\" n WHERE n.id = h.id AND "
                 "n.revision = h.until))",
                 kind->name, kind->name, kind->name);
  find(check, text, kind, NULL,
       "the state that replaced this revision of it is missing");
}

/* ------------------------------------------------------------------ fields */

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

static void check_list(Check *check, DuText *text, const DuKind *kind,
                       const DuField *field) {
  du_text_format(text,
                 "SELECT t.id, t.%q FROM %q t WHERE t.%q IS NOT NULL AND "
                 "NOT (json_valid(t.%q) AND json_type(t.%q) = 'array' AND "
                 "json_array_length(t.%q) > 0)",
                 field->name, kind->name, field->name, field->name, field->name,
                 field->name);
  find(check, text, kind, field->name, "it is not a list");
}

/* ` FROM kind t`, and for a list its elements as j */
static void add_from(DuText *text, const DuKind *kind, const DuField *field) {
  du_text_format(text, " FROM %q t", kind->name);
  if (field->flags & DU_LIST)
    du_text_format(text,
                   ", json_each(CASE WHEN json_valid(t.%q) THEN t.%q END) j",
                   field->name, field->name);
}

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
  add_from(text, kind, field);
  du_text_format(text, " WHERE t.retracted IS NULL AND t.%q IS NOT NULL AND ",
                 field->name);
  if (field->words != NULL) {
    du_text_format(text, "%s NOT IN (", value.bytes);
    for (int i = 0; field->words[i] != NULL; i++)
      du_text_format(text, "%s'%s'", i > 0 ? ", " : "", field->words[i]);
    du_text_puts(text, ")");
    find(check, text, kind, field->name, "it is not a word of the vocabulary");
  } else {
    add_no_target(text, field, value.bytes);
    find(check, text, kind, field->name, "it refers to what is not on record");
  }
  lua_settop(check->L, top);
}

/* The bounds of each date are those of its text. */
static void check_dates(Check *check, DuText *text, const DuKind *kind,
                        const DuField *field) {
  DuStatement *row;
  DuStatus status;
  du_text_format(text,
                 "SELECT id, %q, \"%s_first\", \"%s_last\" FROM %q WHERE "
                 "%q IS NOT NULL OR \"%s_first\" IS NOT NULL OR "
                 "\"%s_last\" IS NOT NULL",
                 field->name, field->name, field->name, kind->name, field->name,
                 field->name, field->name);
  row = du_text_prepare(text, check->sql);
  while ((status = du_sql_step(row)) == DU_ROW) {
    DuEdtf date;
    size_t length;
    const char *given = du_sql_text(row, 1, &length);
    if (!du_edtf_parse(given, length, &date, NULL, 0)) {
      lua_pushliteral(check->L, "it is not a date");
      add_finding(check, kind, du_sql_integer(row, 0), field->name);
    } else if (date.first != du_sql_integer(row, 2) ||
               date.last != du_sql_integer(row, 3)) {
      lua_pushliteral(check->L, "its first and last day are not the date's");
      add_finding(check, kind, du_sql_integer(row, 0), field->name);
    }
  }
  du_finish(check->L, check->sql, row, status);
  text->length = 0;
}

static void check_field(Check *check, DuText *text, const DuKind *kind,
                        const DuField *field) {
  if (du_field_columns(field) == 0)
    return;
  if (field->flags & DU_REQUIRED) {
    du_text_format(text,
                   "SELECT id, NULL FROM %q WHERE retracted IS NULL AND "
                   "%q IS NULL",
                   kind->name, field->name);
    find(check, text, kind, field->name, "it is required, and missing");
  }
  if (field->flags & DU_LIST)
    check_list(check, text, kind, field);
  if (field->words != NULL || field->targets != 0)
    check_values(check, text, kind, field);
  if (field->type == DU_DATE)
    check_dates(check, text, kind, field);
}

/* ----------------------------------------------------------------- indexes */

/* Each key, name and alias is in the index of names. */
static void check_names_of(Check *check, DuText *text, const DuKind *kind,
                           const DuField *field) {
  lua_State *L = check->L;
  DuStatement *row, *index;
  DuStatus status;
  du_text_puts(text, "SELECT t.id, ");
  if (field->flags & DU_LIST)
    du_text_puts(text, "j.atom");
  else
    du_text_format(text, "t.%q", field->name);
  add_from(text, kind, field);
  du_text_format(text, " WHERE t.retracted IS NULL AND t.%q IS NOT NULL",
                 field->name);
  row = du_text_prepare(text, check->sql);
  text->length = 0;
  index = du_prepare(check->L, check->sql,
                     "SELECT 1 FROM names WHERE folded = ?1 AND kind = ?2 "
                     "AND record = ?3 AND until IS NULL");
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *name = du_sql_text(row, 1, &length);
    du_push_folded(L, name, length);
    name = lua_tolstring(L, -1, &length);
    du_sql_bind_text(index, 1, name, length);
    du_sql_bind_text(index, 2, kind->name, strlen(kind->name));
    du_sql_bind_integer(index, 3, du_sql_integer(row, 0));
    if (du_sql_step(index) == DU_DONE) {
      lua_pushliteral(L, "it is missing from the index of names");
      add_finding(check, kind, du_sql_integer(row, 0), field->name);
    }
    du_sql_reset(index);
    lua_pop(L, 1);
  }
  du_sql_release(index);
  du_finish(check->L, check->sql, row, status);
}

/* Names of records that are not there, or no longer. */
static void check_stray_names(Check *check, DuText *text, const DuKind *kind) {
  du_text_format(text,
                 "SELECT n.record, n.folded FROM names n WHERE n.kind = '%s' "
                 "AND n.until IS NULL AND NOT EXISTS (SELECT 1 FROM %q t "
                 "WHERE t.id = n.record AND t.retracted IS NULL)",
                 kind->name, kind->name);
  find(check, text, kind, NULL,
       "the index of names has a record that there is not");
}

/* `SELECT id` of the records that have full text */
static void add_searched(DuText *text) {
  bool first = true;
  for (int i = 0; i < DU_KINDS; i++)
    for (int f = 0; f < du_kinds[i].nfields; f++)
      if (du_kinds[i].fields[f].flags & DU_SEARCHED) {
        du_text_format(text,
                       "%sSELECT id FROM %q WHERE retracted IS NULL AND "
                       "%q IS NOT NULL",
                       first ? "" : " UNION ", du_kinds[i].name,
                       du_kinds[i].fields[f].name);
        first = false;
      }
}

/* The records with full text are those in its index. */
static void check_full_text(Check *check, DuText *text) {
  du_text_puts(text, "SELECT id, NULL FROM (");
  add_searched(text);
  du_text_puts(text, ") WHERE id NOT IN (SELECT rowid FROM fulltext)");
  find(check, text, NULL, NULL, "it is missing from the full-text index");
  du_text_puts(text, "SELECT rowid, NULL FROM fulltext WHERE rowid NOT IN (");
  add_searched(text);
  du_text_puts(text, ")");
  find(check, text, NULL, NULL,
       "the full-text index has a record that there is not");
}

/* The index of likeness has each gram of as many parties as have it. */
static void check_likeness(Check *check) {
  lua_State *L = check->L;
  du_match_push_fault(L, check->sql);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  du_show(L, -1);
  lua_pushfstring(L, "the index of likeness has not the parties with %s",
                  lua_tostring(L, -1));
  lua_replace(L, -3);
  lua_pop(L, 1);
  add_finding(check, du_kind_find("parties"), 0, NULL);
}

/* One id, one record. */
static void check_ids(Check *check, DuText *text) {
  du_text_puts(text, "SELECT id, NULL FROM (");
  for (int i = 0; i < DU_KINDS; i++)
    du_text_format(text, "%sSELECT id FROM %q", i > 0 ? " UNION ALL " : "",
                   du_kinds[i].name);
  du_text_puts(text, ") GROUP BY id HAVING count(*) > 1 OR id < 1 OR id > "
                     "(SELECT max(last_id) FROM revisions)");
  find(check, text, NULL, NULL,
       "the id is that of two records, or was never given");
}

/*
** store:check() -> list of findings
** An empty list if all is well. A finding has `problem`, a sentence, and where
** they apply `kind`, `id` and `field`.
*/
int du_store_check(lua_State *L) {
  Check check;
  DuText text;
  check.L = L;
  check.store = du_check_store(L, 1);
  check.sql = du_store_sql(L, check.store);
  lua_settop(L, 1);
  if (check.store->as_of != DU_NOW)
    du_raise(L, "misuse", NULL, NULL,
             "a view cannot be checked; the store can, with its history");
  lua_newtable(L);
  check.findings = lua_gettop(L);
  du_text_init(L, &text);
  luaL_checkstack(L, 20, NULL);
  check_integrity(&check);
  check_schema(&check);
  check_revisions(&check, &text);
  check_ids(&check, &text);
  for (int i = 0; i < DU_KINDS; i++) {
    const DuKind *kind = &du_kinds[i];
    check_history(&check, &text, kind);
    for (int f = 0; f < kind->nfields; f++) {
      check_field(&check, &text, kind, &kind->fields[f]);
      if (kind->fields[f].flags & DU_NAME)
        check_names_of(&check, &text, kind, &kind->fields[f]);
    }
    check_stray_names(&check, &text, kind);
  }
  check_full_text(&check, &text);
  check_likeness(&check);
  lua_settop(L, check.findings);
  return 1;
}
