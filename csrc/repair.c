/*
** repair.c - what follows from the records, made anew: the columns of a kind.
*/
#include "columns.h"

/* store, kind (light), rows */
static int pack_body(lua_State *L) {
  du_columns_pack_by(L, lua_touserdata(L, 1), lua_touserdata(L, 2),
                     (uint32_t)lua_tointeger(L, 3));
  return 0;
}

/* store, kind (light) */
static int unpack_body(lua_State *L) {
  const DuStore *store = lua_touserdata(L, 1);
  du_columns_unpack(L, store->sql, lua_touserdata(L, 2));
  du_columns_forget(L, 1);
  return 0;
}

/* [-0, +1] the kind that is named at index, as a light userdata */
static void push_large_kind(lua_State *L, int index) {
  const DuKind *kind = du_kind_find(luaL_checkstring(L, index));
  luaL_argcheck(L, kind != NULL && kind->large, index,
                "not a kind that has columns");
  lua_pushlightuserdata(L, (void *)kind);
}

/*
** pack(store, kind [, rows])
** Packs the records of a kind that are in no segment yet, however few they
** are: in the open transaction, or one of its own, which makes no revision.
**   rows  the most of a segment, 1 to 16384; a last one of less than half of
**         that is packed anew
*/
static int pack(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  lua_Integer rows = luaL_optinteger(L, 3, DU_SEGMENT_ROWS);
  luaL_argcheck(L, rows >= 1 && rows <= DU_SEGMENT_ROWS, 3, "1 to 16384");
  push_large_kind(L, 2);
  lua_replace(L, 2);
  lua_settop(L, 2);
  lua_pushinteger(L, rows);
  lua_pushnil(L);
  return du_write(L, store, 1, 4, pack_body);
}

/*
** unpack(store, kind)
** Takes the columns of a kind away: its rows alone have it.
*/
static int unpack(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  push_large_kind(L, 2);
  lua_replace(L, 2);
  lua_settop(L, 2);
  lua_pushnil(L);
  return du_write(L, store, 1, 3, unpack_body);
}

/* Adds `pack` and `unpack` to the core table on top of the stack. */
void du_open_repair(lua_State *L) {
  lua_pushcfunction(L, pack);
  lua_setfield(L, -2, "pack");
  lua_pushcfunction(L, unpack);
  lua_setfield(L, -2, "unpack");
}
