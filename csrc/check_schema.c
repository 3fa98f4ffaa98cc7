/*
** check_schema.c - the schema beside that of a new store: its tables column by
** column, and its indexes, triggers and views by their SQL. An older file has
** columns in another order, so the tables' SQL is not compared.
*/
#include "check.h"
#include "directory.h"

#include <stdio.h>
#include <string.h>

/* [-0, +1] What a query `SELECT name, detail` gives: name -> detail, and the
** names as a list, in the order in which they come. table: the value of its
** parameter, or NULL. */
static void push_named(lua_State *L, DuSql *sql, const char *text,
                       const char *table) {
  DuStatement *row = du_prepare(L, sql, text);
  DuStatus status;
  lua_Integer count = 0;
  if (table != NULL)
    du_sql_bind_text(row, 1, table, strlen(table));
  lua_newtable(L);
  while ((status = du_sql_step(row)) == DU_ROW) {
    du_value_push_stored(L, row, 0);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, ++count);
    du_value_push_stored(L, row, 1);
    lua_rawset(L, -3);
  }
  du_finish(L, sql, row, status);
}

/* ---------------------------------------------------- indexes and triggers */

static void push_objects(lua_State *L, DuSql *sql) {
  push_named(L, sql,
             "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND "
             "type <> 'table' ORDER BY name",
             NULL);
}

/* Findings for what is in the table at `from` and not the same in `other`. */
static void compare_objects(Check *check, int from, int other,
                            const char *missing, const char *different) {
  lua_State *L = check->L;
  int top = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, from, i) == LUA_TSTRING; i++) {
    const char *name = lua_tostring(L, top + 1), *problem = NULL;
    lua_pushvalue(L, top + 1);
    lua_rawget(L, from);
    lua_pushvalue(L, top + 1);
    lua_rawget(L, other);
    if (lua_isnil(L, -1))
      problem = missing;
    else if (!lua_rawequal(L, -1, -2))
      problem = different;
    if (problem != NULL) {
      lua_pushfstring(L, "%s %s", name, problem);
      du_add_finding(check, NULL, 0, NULL);
    }
    lua_settop(L, top);
  }
  lua_settop(L, top);
}

/* ------------------------------------------------------------------ tables */

/* Tables: their name -> how they are made, in words. */
static void push_tables(lua_State *L, DuSql *sql) {
  push_named(L, sql,
             "SELECT name, iif(strict, 'is STRICT', 'is not STRICT') || "
             "iif(wr, ' and WITHOUT ROWID', '') FROM pragma_table_list "
             "WHERE schema = 'main' AND type = 'table' AND "
             "name NOT GLOB 'sqlite_*' ORDER BY name",
             NULL);
}

/* The columns of a table: their name -> what they are. */
static void push_columns(lua_State *L, DuSql *sql, const char *table) {
  push_named(L, sql,
             "SELECT name, iif(type = '', 'of no type', type) || "
             "iif(\"notnull\", ' NOT NULL', '') || "
             "iif(pk, ' in the primary key', '') || "
             "iif(hidden, ', generated', '') FROM pragma_table_xinfo(?1) "
             "ORDER BY cid",
             table);
}

/* The kind whose records or history are in a table, or NULL. */
static const DuKind *kind_of(const char *table) {
  char history[64];
  for (int i = 0; i < DU_KINDS; i++) {
    snprintf(history, sizeof history, "%s_history", du_kinds[i].name);
    if (strcmp(table, du_kinds[i].name) == 0 || strcmp(table, history) == 0)
      return &du_kinds[i];
  }
  return NULL;
}

/* Findings for the columns of a table: those of a new store at `from`, these at
** `other`. Returns whether they are the same. */
static bool compare_columns(Check *check, const char *table, int from,
                            int other) {
  lua_State *L = check->L;
  const DuKind *kind = kind_of(table);
  lua_Unsigned found = lua_rawlen(L, check->findings);
  int top = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, from, i) == LUA_TSTRING; i++) {
    const char *name = lua_tostring(L, top + 1);
    lua_pushvalue(L, top + 1);
    lua_rawget(L, from);
    lua_pushvalue(L, top + 1);
    lua_rawget(L, other);
    if (lua_isnil(L, -1))
      lua_pushfstring(L, "the table %s has no column %s", table, name);
    else if (!lua_rawequal(L, -1, -2))
      lua_pushfstring(L, "the column %s of the table %s is %s, not %s", name,
                      table, lua_tostring(L, -1), lua_tostring(L, -2));
    else
      lua_pushnil(L);
    if (!lua_isnil(L, -1))
      du_add_finding(check, kind, 0, NULL);
    lua_settop(L, top);
  }
  lua_settop(L, top);
  for (lua_Integer i = 1; lua_rawgeti(L, other, i) == LUA_TSTRING; i++) {
    lua_pushvalue(L, top + 1);
    if (lua_rawget(L, from) == LUA_TNIL) {
      lua_pushfstring(L, "the column %s of the table %s is not of dualuse",
                      du_show(L, top + 1), table);
      du_add_finding(check, kind, 0, NULL);
    }
    lua_settop(L, top);
  }
  lua_settop(L, top);
  return lua_rawlen(L, check->findings) == found;
}

/* Findings for the tables: those of a new store at `from`, whose connection is
** fresh; these at `other`. Returns the kinds whose columns are the same. */
static uint32_t compare_tables(Check *check, DuSql *fresh, int from,
                               int other) {
  lua_State *L = check->L;
  uint32_t same = UINT32_MAX;
  int top = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, from, i) == LUA_TSTRING; i++) {
    const char *name = lua_tostring(L, top + 1);
    const DuKind *kind = kind_of(name);
    bool good = false;
    lua_pushvalue(L, top + 1);
    lua_rawget(L, from);
    lua_pushvalue(L, top + 1);
    lua_rawget(L, other);
    if (lua_isnil(L, -1)) {
      lua_pushfstring(L, "the table %s is missing from the schema", name);
      du_add_finding(check, kind, 0, NULL);
    } else {
      if (!lua_rawequal(L, -1, -2)) {
        lua_pushfstring(L, "the table %s %s: a new store's %s", name,
                        lua_tostring(L, -1), lua_tostring(L, -2));
        du_add_finding(check, kind, 0, NULL);
      }
      push_columns(L, fresh, name);
      push_columns(L, check->sql, name);
      good = compare_columns(check, name, top + 4, top + 5);
    }
    if (kind != NULL && !good)
      same &= ~DU_KIND_BIT(du_kind_number(kind));
    lua_settop(L, top);
  }
  lua_settop(L, top);
  return same;
}

/* A kind's table and its history go together column by column, also where both
** have all of them. */
static void check_order(Check *check, const DuKind *kind) {
  if (du_schema_in_order(check->L, check->sql, kind))
    return;
  lua_pushfstring(check->L,
                  "the columns of the tables %s and %s_history are in "
                  "different order",
                  kind->name, kind->name);
  du_add_finding(check, kind, 0, NULL);
}

/* -------------------------------------------------------------- a new store */

/* The index of DU_LEADS may be left out where columns do its work. */
static void leave_out_leading(lua_State *L, DuSql *fresh, DuSql *sql) {
  static const char packed[] =
      "SELECT EXISTS (SELECT 1 FROM segments WHERE kind = ?1)";
  for (int i = 0; i < DU_KINDS; i++)
    if (du_schema_lead_of(L, sql, &du_kinds[i]) == DU_LEAD_LEFT_OUT &&
        du_columns_exist(L, sql) &&
        du_columns_number(L, sql, packed, &du_kinds[i]) == 1)
      du_schema_unlead(L, fresh, &du_kinds[i]);
}

/* the check, a connection and what this store has (light), the list of
** findings: makes a new store there, with the same tables, and compares this
** one with it */
static int compare(lua_State *L) {
  Check check = *(const Check *)lua_touserdata(L, 1);
  DuSql *fresh = lua_touserdata(L, 2);
  const DuMade *made = lua_touserdata(L, 3);
  uint32_t same;
  int base = 4;
  check.findings = 4;
  luaL_checkstack(L, 20, NULL);
  du_schema_create(L, fresh, "2019-07-12T00:00:00Z");
  du_schema_make_all(L, fresh, made);
  leave_out_leading(L, fresh, check.sql);
  push_tables(L, fresh);
  push_tables(L, check.sql);
  same = compare_tables(&check, fresh, base + 1, base + 2);
  for (int i = 0; i < DU_KINDS; i++)
    if (made->histories[i] && (same & DU_KIND_BIT(i)))
      check_order(&check, &du_kinds[i]);
  push_objects(L, fresh);
  push_objects(L, check.sql);
  compare_objects(&check, base + 3, base + 4, "is missing from the schema",
                  "is not what dualuse made it in the schema");
  compare_objects(&check, base + 4, base + 3, "in the schema is not of dualuse",
                  NULL);
  return 0;
}

void du_check_schema(Check *check, DuText *text, const DuKind *all) {
  static const DuSqlOptions options = {.timeout = 1};
  lua_State *L = check->L;
  int64_t version;
  DuSqlError error;
  DuSql *fresh;
  DuMade made;
  int status;
  (void)text;
  (void)all;
  if (!du_sql_number_of(check->sql, "PRAGMA user_version", &version))
    du_raise_sql(L, check->sql);
  if (version != du_kinds_version())
    return; /* it is read as it is, and has the schema of its time */
  made = du_schema_made(L, check->sql); /* may raise */
  fresh = du_sql_open(NULL, &options, &error);
  if (fresh == NULL)
    du_raise(L, error.code, NULL, NULL, "%s", error.message);
  lua_pushcfunction(L, compare);
  lua_pushlightuserdata(L, check);
  lua_pushlightuserdata(L, fresh);
  lua_pushlightuserdata(L, &made);
  lua_pushvalue(L, check->findings);
  status = lua_pcall(L, 4, 0, 0);
  du_sql_close(fresh);
  if (status != LUA_OK)
    lua_error(L);
}
