/*
** module.c - luaopen_dualuse_core: the table that `require "dualuse.core"`
** gives, and the metatables of its classes.
*/
#include "dualuse.h"

#include "core.h"

#include <string.h>

/* The printed form of a store, a collection or a query is made in Lua, by a
** function that the facade gives to `printer`. The registry has it under this
** address. */
static const char printer_key = 0;

/*
** printer(fn)
** Makes fn(object) -> text the __tostring of stores, collections and queries.
*/
static int set_printer(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_isfunction(L, 1))
    du_misuse(L, 1, "a function");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &printer_key);
  return 0;
}

/* What query:group gives is made into rows by a function that the facade
** gives to `rows_by`. */
static const char rows_key = 0;

/*
** rows_by(fn)
** Makes fn(list, info, store) what query:group returns.
*/
static int set_rows(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_isfunction(L, 1))
    du_misuse(L, 1, "a function");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rows_key);
  return 0;
}

void du_make_rows(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &rows_key) != LUA_TFUNCTION) {
    lua_pop(L, 3);
    return;
  }
  lua_insert(L, -4);
  lua_call(L, 3, 1);
}

/*
** extend(class, name, fn)
** Gives stores, collections or queries a method that is written in Lua.
**   class  "dualuse.store", "dualuse.collection" or "dualuse.query"; what a
**          query has, a collection has as well
*/
static int extend(lua_State *L) {
  const char *class = luaL_checkstring(L, 1);
  luaL_checkstring(L, 2);
  luaL_checktype(L, 3, LUA_TFUNCTION);
  luaL_argcheck(L,
                strcmp(class, DU_STORE) == 0 ||
                    strcmp(class, DU_COLLECTION) == 0 ||
                    strcmp(class, DU_QUERY) == 0,
                1, "a class of objects");
  luaL_getmetatable(L, class);
  lua_getfield(L, -1, "__index");
  lua_getupvalue(L, -1, 1); /* the table of methods, of all three */
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_rawset(L, -3);
  return 0;
}

/*
** store_of(object) -> store, kind
** The store that a collection or a query belongs to, and the name of the kind.
*/
static int store_of(lua_State *L) {
  const DuCollection *collection = luaL_testudata(L, 1, DU_COLLECTION);
  const DuQuery *query = luaL_testudata(L, 1, DU_QUERY);
  luaL_argcheck(L, collection != NULL || query != NULL, 1,
                "a collection or a query");
  lua_getiuservalue(L, 1, 1); /* of both */
  lua_pushstring(L, (query != NULL ? query->kind : collection->kind)->name);
  return 2;
}

/* __tostring of all classes. It never raises: without a printer, or if the
** printer fails, the name of the class must do. */
int du_tostring(lua_State *L) {
  lua_settop(L, 1);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &printer_key) == LUA_TFUNCTION) {
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING)
      return 1;
  }
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TSTRING)
    lua_pushliteral(L, "dualuse object");
  return 1;
}

/*
** class(object) -> "dualuse.store", "dualuse.collection", "dualuse.query",
** "dualuse.description", "dualuse.explanation" or nil; and whether a store is
** "open" or "closed"
*/
static int class_of(lua_State *L) {
  static const char *const classes[] = {
      DU_STORE, DU_COLLECTION, DU_QUERY, DU_DESCRIPTION, DU_EXPLANATION, NULL};
  const DuStore *store;
  luaL_checkany(L, 1);
  if (!lua_getmetatable(L, 1))
    return 0;
  for (int i = 0; classes[i] != NULL; i++) {
    bool same;
    luaL_getmetatable(L, classes[i]);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    if (!same)
      continue;
    lua_pushstring(L, classes[i]);
    if (i > 0)
      return 1;
    store = lua_touserdata(L, 1);
    lua_pushstring(L, store->closed || store->base->sql == NULL ? "closed"
                                                                : "open");
    return 2;
  }
  return 0;
}

/*
** luaopen_dualuse_core() -> { open, unlogged, describe, edtf, null, encode,
** decode, raise, home, shown, folded, printer, rows_by, store_of, selected,
** extend, records, loader, mark, pack, unpack, class, output, terminal, clock,
** sqlite }
*/
int luaopen_dualuse_core(lua_State *L) {
  luaL_checkversion(L);
  if (!du_sql_usable())
    return luaL_error(L, "dualuse needs SQLite 3.38 or newer, found %s",
                      du_sql_version());
  lua_newtable(L);
  du_open_errors(L);
  du_open_outside(L);
  du_open_json(L);
  du_open_names(L);
  du_open_store(L);
  du_open_rows(L);
  du_open_query(L);
  du_open_record(L);
  lua_pop(L, 1); /* the methods of a query */
  du_open_records(L);
  du_open_import(L);
  du_open_marks(L);
  du_open_repair(L);
  du_open_edtf(L);
  lua_setfield(L, -2, "edtf");
  du_open_describe(L);
  du_open_explain(L);
  du_open_terminal(L);
  du_open_output(L);
  lua_pushcfunction(L, set_printer);
  lua_setfield(L, -2, "printer");
  lua_pushcfunction(L, set_rows);
  lua_setfield(L, -2, "rows_by");
  lua_pushcfunction(L, store_of);
  lua_setfield(L, -2, "store_of");
  lua_pushcfunction(L, extend);
  lua_setfield(L, -2, "extend");
  lua_pushcfunction(L, class_of);
  lua_setfield(L, -2, "class");
  lua_pushcfunction(L, du_query_selected);
  lua_setfield(L, -2, "selected");
  lua_pushstring(L, du_sql_version());
  lua_setfield(L, -2, "sqlite");
  return 1;
}
