/*
** lsqlite3.c - stands in for the module lsqlite3 where it is not installed:
** neither Debian nor every mirror of LuaRocks has it. The functions that the
** benchmark calls, made of the same calls of Lua and SQLite that lsqlite3 0.9.5
** makes for a row and for a value, so that its times can be taken for those of
** the module. It looks after nothing else.
*/
#include <stdbool.h>
#include <stddef.h>

#include <sqlite3.h>

#include "lauxlib.h"
#include "lua.h"

#define DATABASE ":sqlite3"
#define STATEMENT ":sqlite3:vm"

typedef struct Database {
  sqlite3 *sqlite;
} Database;

typedef struct Statement {
  Database *database;
  sqlite3_stmt *statement;
  bool once; /* it ends with its loop */
} Statement;

int luaopen_lsqlite3(lua_State *L);

static Database *check_database(lua_State *L) {
  return luaL_checkudata(L, 1, DATABASE);
}

static Statement *check_statement(lua_State *L) {
  return luaL_checkudata(L, 1, STATEMENT);
}

static void push_value(lua_State *L, sqlite3_stmt *statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_INTEGER:
    lua_pushinteger(L, sqlite3_column_int64(statement, column));
    break;
  case SQLITE_FLOAT:
    lua_pushnumber(L, sqlite3_column_double(statement, column));
    break;
  case SQLITE_NULL:
    lua_pushnil(L);
    break;
  default:
    lua_pushlstring(L, (const char *)sqlite3_column_text(statement, column),
                    (size_t)sqlite3_column_bytes(statement, column));
  }
}

static void push_named(lua_State *L, sqlite3_stmt *statement, int columns) {
  lua_createtable(L, 0, columns);
  for (int i = 0; i < columns; i++) {
    lua_pushstring(L, sqlite3_column_name(statement, i));
    push_value(L, statement, i);
    lua_rawset(L, -3);
  }
}

static int next_row(lua_State *L, bool named) {
  Statement *s = check_statement(L);
  int columns;
  if (sqlite3_step(s->statement) == SQLITE_ROW) {
    columns = sqlite3_data_count(s->statement);
    if (named) {
      push_named(L, s->statement, columns);
      return 1;
    }
    luaL_checkstack(L, columns, NULL);
    for (int i = 0; i < columns; i++)
      push_value(L, s->statement, i);
    return columns;
  }
  if (s->once) {
    sqlite3_finalize(s->statement);
    s->statement = NULL;
  } else {
    sqlite3_reset(s->statement);
  }
  return 0;
}

static int next_urow(lua_State *L) {
  return next_row(L, false);
}

static int next_nrow(lua_State *L) {
  return next_row(L, true);
}

/* database, text -> statement, which is on top of the stack */
static Statement *push_statement(lua_State *L, bool once) {
  Database *database = check_database(L);
  const char *text = luaL_checkstring(L, 2);
  Statement *s = lua_newuserdatauv(L, sizeof *s, 1);
  s->database = database;
  s->statement = NULL;
  s->once = once;
  luaL_setmetatable(L, STATEMENT);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  if (sqlite3_prepare_v2(database->sqlite, text, -1, &s->statement, NULL) !=
      SQLITE_OK)
    luaL_error(L, "%s", sqlite3_errmsg(database->sqlite));
  return s;
}

static int database_prepare(lua_State *L) {
  push_statement(L, false);
  return 1;
}

static int database_urows(lua_State *L) {
  push_statement(L, true);
  lua_pushcfunction(L, next_urow);
  lua_insert(L, -2);
  return 2;
}

static int database_nrows(lua_State *L) {
  push_statement(L, true);
  lua_pushcfunction(L, next_nrow);
  lua_insert(L, -2);
  return 2;
}

static int database_exec(lua_State *L) {
  Database *database = check_database(L);
  lua_pushinteger(L, sqlite3_exec(database->sqlite, luaL_checkstring(L, 2),
                                  NULL, NULL, NULL));
  return 1;
}

static int database_errmsg(lua_State *L) {
  lua_pushstring(L, sqlite3_errmsg(check_database(L)->sqlite));
  return 1;
}

static int database_close(lua_State *L) {
  Database *database = check_database(L);
  sqlite3_close_v2(database->sqlite);
  database->sqlite = NULL;
  return 0;
}

static int bind_value(lua_State *L, sqlite3_stmt *statement, int parameter,
                      int index) {
  size_t length;
  const char *text;
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
    text = lua_tolstring(L, index, &length);
    return sqlite3_bind_text(statement, parameter, text, (int)length,
                             SQLITE_TRANSIENT);
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      return sqlite3_bind_int64(statement, parameter, lua_tointeger(L, index));
    return sqlite3_bind_double(statement, parameter, lua_tonumber(L, index));
  default:
    return sqlite3_bind_null(statement, parameter);
  }
}

static int statement_bind_values(lua_State *L) {
  Statement *s = check_statement(L);
  int status = SQLITE_OK;
  for (int i = 2; i <= lua_gettop(L) && status == SQLITE_OK; i++)
    status = bind_value(L, s->statement, i - 1, i);
  lua_pushinteger(L, status);
  return 1;
}

static int statement_bind_names(lua_State *L) {
  Statement *s = check_statement(L);
  int status = SQLITE_OK, count = sqlite3_bind_parameter_count(s->statement);
  for (int i = 1; i <= count && status == SQLITE_OK; i++) {
    lua_pushstring(L, sqlite3_bind_parameter_name(s->statement, i) + 1);
    lua_gettable(L, 2);
    status = bind_value(L, s->statement, i, -1);
    lua_pop(L, 1);
  }
  lua_pushinteger(L, status);
  return 1;
}

static int statement_step(lua_State *L) {
  lua_pushinteger(L, sqlite3_step(check_statement(L)->statement));
  return 1;
}

static int statement_reset(lua_State *L) {
  lua_pushinteger(L, sqlite3_reset(check_statement(L)->statement));
  return 1;
}

static int statement_urows(lua_State *L) {
  check_statement(L);
  lua_pushcfunction(L, next_urow);
  lua_pushvalue(L, 1);
  return 2;
}

static int statement_nrows(lua_State *L) {
  check_statement(L);
  lua_pushcfunction(L, next_nrow);
  lua_pushvalue(L, 1);
  return 2;
}

static int statement_finalize(lua_State *L) {
  Statement *s = check_statement(L);
  sqlite3_finalize(s->statement);
  s->statement = NULL;
  return 0;
}

static int open_database(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  Database *database = lua_newuserdatauv(L, sizeof *database, 0);
  database->sqlite = NULL;
  luaL_setmetatable(L, DATABASE);
  if (sqlite3_open(path, &database->sqlite) != SQLITE_OK)
    luaL_error(L, "%s", sqlite3_errmsg(database->sqlite));
  return 1;
}

static void make_class(lua_State *L, const char *name,
                       const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

int luaopen_lsqlite3(lua_State *L) {
  static const luaL_Reg database_methods[] = {{"prepare", database_prepare},
                                              {"urows", database_urows},
                                              {"nrows", database_nrows},
                                              {"exec", database_exec},
                                              {"errmsg", database_errmsg},
                                              {"close", database_close},
                                              {NULL, NULL}};
  static const luaL_Reg statement_methods[] = {
      {"bind_values", statement_bind_values},
      {"bind_names", statement_bind_names},
      {"step", statement_step},
      {"reset", statement_reset},
      {"urows", statement_urows},
      {"nrows", statement_nrows},
      {"finalize", statement_finalize},
      {"__gc", statement_finalize},
      {NULL, NULL}};
  make_class(L, DATABASE, database_methods);
  make_class(L, STATEMENT, statement_methods);
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, open_database);
  lua_setfield(L, -2, "open");
  lua_pushinteger(L, SQLITE_OK);
  lua_setfield(L, -2, "OK");
  lua_pushinteger(L, SQLITE_DONE);
  lua_setfield(L, -2, "DONE");
  return 1;
}
