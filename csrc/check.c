/*
** check.c - store:check(): what SQLite's own checks find, and what our own
** invariants forbid. It reads, and mends nothing. Here are the file, the
** revisions and the ids; see check.h for the rest.
*/
#include "check.h"

#include <string.h>

void du_add_finding(Check *check, const DuKind *kind, int64_t id,
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

void du_find(Check *check, DuText *text, const DuKind *kind, const char *field,
             const char *problem) {
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
    du_add_finding(check, kind, du_sql_integer(row, 0), field);
  }
  du_finish(check->L, check->sql, row, status);
  text->length = 0;
}

void du_add_from(DuText *text, const DuKind *kind, const DuField *field) {
  du_text_format(text, " FROM %q t", kind->name);
  if (!(field->flags & DU_LIST))
    return;
  du_text_puts(text, ", json_each(CASE WHEN json_valid(");
  du_field_column(text, field, "t");
  du_text_puts(text, ") AND json_type(");
  du_field_column(text, field, "t");
  du_text_puts(text, ") = 'array' THEN ");
  du_field_column(text, field, "t");
  du_text_puts(text, " END) j");
}

static int64_t number_of(Check *check, const char *text) {
  int64_t number;
  if (!du_sql_number_of(check->sql, text, &number))
    du_raise_sql(check->L, check->sql);
  return number;
}

/* ---------------------------------------------------------------- the file */

static void check_integrity(Check *check, DuText *text, const DuKind *all) {
  DuStatement *row = du_prepare(check->L, check->sql, "PRAGMA integrity_check");
  DuStatus status;
  (void)text;
  (void)all;
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *line = du_sql_text(row, 0, &length);
    if (du_sql_check_failed(check->sql, line))
      du_raise_sql(check->L, check->sql);
    if (strcmp(line, "ok") != 0) {
      lua_pushfstring(check->L, "SQLite: %s", line);
      du_add_finding(check, NULL, 0, NULL);
    }
  }
  du_finish(check->L, check->sql, row, status);
}

/* --------------------------------------------------------------- revisions */

/* How far revisions and ids go: in a transaction, further than the table says.
 */
static void read_counts(Check *check, DuText *text, const DuKind *all) {
  const DuStore *store = check->store;
  (void)text;
  (void)all;
  if (store->depth > 0 && store->wrote) {
    check->newest = store->revision;
    check->last_id = store->last_id;
    return;
  }
  check->newest =
      number_of(check, "SELECT coalesce(max(revision), -1) FROM revisions");
  check->last_id =
      number_of(check, "SELECT coalesce(max(last_id), 0) FROM revisions");
}

static void check_revisions(Check *check, DuText *text, const DuKind *all) {
  (void)all;
  du_text_puts(text, "SELECT 0, NULL WHERE NOT EXISTS (SELECT 1 FROM revisions "
                     "WHERE revision = 0)");
  du_find(check, text, NULL, NULL,
          "revision 0, which is the new store, is missing");
  du_text_puts(text, "SELECT 0, revision FROM revisions r WHERE revision > 0 "
                     "AND NOT EXISTS (SELECT 1 FROM revisions p "
                     "WHERE p.revision = r.revision - 1)");
  du_find(check, text, NULL, NULL, "the revision before this one is missing");
  du_text_puts(text, "SELECT 0, revision FROM revisions WHERE revision < 0");
  du_find(check, text, NULL, NULL, "revisions are counted from 0");
  du_text_puts(text, "SELECT 0, r.revision FROM revisions r JOIN revisions p "
                     "ON p.revision = r.revision - 1 "
                     "WHERE r.recorded < p.recorded");
  du_find(check, text, NULL, NULL,
          "a revision is recorded before the last one");
  du_text_puts(text,
               "SELECT 0, recorded FROM revisions WHERE "
               "strftime('%Y-%m-%dT%H:%M:%SZ', recorded) IS NOT recorded");
  du_find(check, text, NULL, NULL,
          "a revision is recorded at what is no time in UTC");
  du_text_puts(text, "SELECT 0, r.revision FROM revisions r JOIN revisions p "
                     "ON p.revision = r.revision - 1 "
                     "WHERE r.last_id < p.last_id");
  du_find(check, text, NULL, NULL,
          "after a revision fewer ids are given than before it");
  du_text_format(text,
                 "SELECT record, revision FROM reasons WHERE revision > %I OR "
                 "revision < 1 OR record > %I OR record < 1",
                 check->newest, check->last_id);
  du_find(check, text, NULL, NULL,
          "a reason is given for a revision that never was");
}

/* --------------------------------------------------------------------- ids */

/* No record has the ids from `first` to before `next`. */
static void tell_lost(Check *check, int64_t first, int64_t next) {
  if (first >= next)
    return;
  if (next - first == 1)
    lua_pushliteral(check->L, "no record has this id, which was given to one");
  else
    lua_pushfstring(check->L,
                    "no record has this id, which was given to one, nor those "
                    "up to %I",
                    (LUAI_UACINT)(next - 1));
  du_add_finding(check, NULL, first, NULL);
}

/* Ids count through all kinds: each that was given is that of one record. */
static void check_ids(Check *check, DuText *text, const DuKind *all) {
  DuStatement *row;
  DuStatus status;
  int64_t next = 1;
  (void)all;
  for (int i = 0; i < DU_KINDS; i++)
    du_text_format(text, "%sSELECT id FROM %q", i > 0 ? " UNION ALL " : "",
                   du_kinds[i].name);
  du_text_puts(text, " ORDER BY id");
  row = du_text_prepare(text, check->sql);
  text->length = 0;
  while ((status = du_sql_step(row)) == DU_ROW) {
    int64_t id = du_sql_integer(row, 0);
    if (id < 1 || id > check->last_id) {
      lua_pushliteral(check->L, "the id was never given");
      du_add_finding(check, NULL, id, NULL);
    } else if (id < next) {
      lua_pushliteral(check->L, "the id is that of two records");
      du_add_finding(check, NULL, id, NULL);
    } else {
      tell_lost(check, next, id);
      next = id + 1;
    }
  }
  du_finish(check->L, check->sql, row, status);
  tell_lost(check, next, check->last_id + 1);
}

/* ------------------------------------------------------------------- parts */

typedef struct Part {
  DuCheckPart *run;
  const char *what; /* it looks at */
} Part;

/* the check and the part (light), the kind (light), the list of findings */
static int run_part(lua_State *L) {
  Check *whole = lua_touserdata(L, 1), check = *whole;
  const Part *part = lua_touserdata(L, 2);
  DuText text;
  check.findings = 4;
  du_text_init(L, &text);
  luaL_checkstack(L, 20, NULL);
  part->run(&check, &text, lua_touserdata(L, 3));
  whole->newest = check.newest;
  whole->last_id = check.last_id;
  return 0;
}

/* Does the error on top of the stack say that the file is not as it should be?
 */
static bool is_corrupt(lua_State *L) {
  bool corrupt = false;
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "code");
    corrupt = lua_type(L, -1) == LUA_TSTRING &&
              strcmp(lua_tostring(L, -1), "corrupt") == 0;
    lua_pop(L, 1);
  }
  return corrupt;
}

/* Runs a part; false where it could not read on. What has been read before may
** then be of an earlier moment. */
static bool attempt(Check *check, const Part *part, const DuKind *kind) {
  lua_State *L = check->L;
  lua_pushcfunction(L, run_part);
  lua_pushlightuserdata(L, check);
  lua_pushlightuserdata(L, (void *)part);
  lua_pushlightuserdata(L, (void *)kind);
  lua_pushvalue(L, check->findings);
  if (lua_pcall(L, 4, 0, 0) == LUA_OK)
    return true;
  if (!is_corrupt(L))
    lua_error(L);
  du_sql_sweep(check->sql);
  if ((check->store->depth > 0 && du_sql_was_ended(check->sql)) ||
      !du_sql_begin_reading(check->sql))
    du_raise_sql(L, check->sql);
  lua_getfield(L, -1, "message");
  lua_pushfstring(L, "%s cannot be read: %s", part->what, lua_tostring(L, -1));
  lua_replace(L, -3);
  lua_pop(L, 1);
  du_add_finding(check, kind, 0, NULL);
  return false;
}

int du_check_body(lua_State *L) {
  static const Part counts = {read_counts, "the revisions"};
  static const Part of_all[] = {{check_integrity, "the file"},
                                {du_check_schema, "the schema"},
                                {check_revisions, "the revisions"},
                                {check_ids, "the ids"}};
  static const Part of_kind[] = {{du_check_kind, "the records"},
                                 {du_check_columns, "the columns"}};
  static const Part indexes[] = {{du_check_names, "the index of names"},
                                 {du_check_full_text, "the full-text index"},
                                 {du_check_likeness, "the index of likeness"},
                                 {du_check_columns, "the table of columns"}};
  Check check;
  check.L = L;
  check.store = lua_touserdata(L, 1);
  check.sql = du_store_sql(L, check.store);
  lua_newtable(L);
  check.findings = lua_gettop(L);
  luaL_checkstack(L, 20, NULL);
  check.newest = check.last_id = 0;
  for (int i = 0; i < 2; i++)
    attempt(&check, &of_all[i], NULL);
  if (!attempt(&check, &counts, NULL)) {
    lua_settop(L, check.findings);
    return 1; /* without them nothing can be told from what was never given */
  }
  for (int i = 2; i < 4; i++)
    attempt(&check, &of_all[i], NULL);
  for (int i = 0; i < DU_KINDS; i++)
    for (int part = 0; part < (du_kinds[i].large ? 2 : 1); part++)
      attempt(&check, &of_kind[part], &du_kinds[i]);
  for (int i = 0; i < 4; i++)
    attempt(&check, &indexes[i], NULL);
  lua_settop(L, check.findings);
  return 1;
}

/*
** store:check() -> list of findings
** An empty list if all is well. A finding has `problem`, a sentence, and where
** they apply `kind`, `id` and `field`.
*/
int du_store_check(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  lua_settop(L, 1);
  if (store->as_of != DU_NOW)
    du_raise(L, "misuse", NULL, NULL,
             "a view cannot be checked; the store can, with its history");
  return du_read(L, store, du_check_body);
}
