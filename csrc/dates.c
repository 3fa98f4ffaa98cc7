/*
** dates.c - dualuse.edtf: what edtf.h can do, for Lua.
*/
#include "core.h"
#include "edtf.h"

/*
** Reads the string at index. Numbers are not taken for strings: 2019 may be a
** year or a count, and 20190704 is no date in EDTF.
*/
static int read_date(lua_State *L, int index, DuEdtf *date, char *why) {
  size_t length;
  const char *text;
  luaL_checktype(L, index, LUA_TSTRING);
  text = lua_tolstring(L, index, &length);
  return du_edtf_parse(text, length, date, why, DU_EDTF_WHY);
}

/* The same, but raises if it is no date. */
static void check_date(lua_State *L, int index, DuEdtf *date) {
  char why[DU_EDTF_WHY];
  if (!read_date(L, index, date, why))
    du_raise(L, "invalid", NULL, NULL, "%s is no EDTF date: %s",
             du_show(L, index), why);
}

/* [-0, +1] a day, or nil if there is none */
static void push_day(lua_State *L, int day) {
  if (day == DU_EDTF_NO_FIRST || day == DU_EDTF_NO_LAST)
    lua_pushnil(L);
  else
    lua_pushinteger(L, day);
}

/* [-0, +0] sets a field of the table on top */
static void set_flag(lua_State *L, const char *name, bool flag) {
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, name);
}

/* [-0, +0] sets the fields of the table on top */
static void set_fields(lua_State *L, const DuEdtf *date) {
  push_day(L, date->first);
  lua_setfield(L, -2, "first");
  push_day(L, date->last);
  lua_setfield(L, -2, "last");
  lua_pushstring(L, du_edtf_precision_name(date->precision));
  lua_setfield(L, -2, "precision");
  lua_pushinteger(L, date->level);
  lua_setfield(L, -2, "level");
  set_flag(L, "uncertain", date->uncertain);
  set_flag(L, "approximate", date->approximate);
  set_flag(L, "unspecified", date->unspecified);
  set_flag(L, "open_start", date->open_start);
  set_flag(L, "open_end", date->open_end);
  set_flag(L, "unknown_start", date->unknown_start);
  set_flag(L, "unknown_end", date->unknown_end);
  set_flag(L, "gaps", date->gaps);
}

/*
** edtf.valid(text) -> boolean
** Whether the text is a date in EDTF.
*/
static int edtf_valid(lua_State *L) {
  DuEdtf date;
  char why[DU_EDTF_WHY];
  lua_pushboolean(L, read_date(L, 1, &date, why));
  return 1;
}

/*
** edtf.parse(text) -> table, or nil and why it is no date
** What a date in EDTF says: its `text`; `first` and `last`, the first and last
** possible day as YYYYMMDD, nil where there is none; `precision`, such as
** "day" or "month"; `level` of EDTF, 0 to 2; and whether it is `uncertain`,
** `approximate`, `unspecified` (an X for a digit), has an `open_start`,
** `open_end`, `unknown_start`, `unknown_end`, or `gaps` (a set of days).
*/
static int edtf_parse(lua_State *L) {
  DuEdtf date;
  char why[DU_EDTF_WHY];
  if (!read_date(L, 1, &date, why)) {
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
  }
  lua_createtable(L, 0, 13);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "text");
  set_fields(L, &date);
  return 1;
}

/*
** edtf.bounds(text) -> integer or nil, integer or nil
** The first and the last possible day as YYYYMMDD, nil where there is none.
** Raises `invalid` for what is no date.
*/
static int edtf_bounds(lua_State *L) {
  DuEdtf date;
  check_date(L, 1, &date);
  push_day(L, date.first);
  push_day(L, date.last);
  return 2;
}

/*
** edtf.overlaps(date, other) -> boolean
** Whether two dates may share a day. Raises `invalid` for what is no date.
*/
static int edtf_overlaps(lua_State *L) {
  DuEdtf a, b;
  check_date(L, 1, &a);
  check_date(L, 2, &b);
  lua_pushboolean(L, du_edtf_overlaps(&a, &b));
  return 1;
}

/*
** edtf.within(date, other) -> boolean
** Whether the first date is certainly within the second. Raises `invalid` for
** what is no date.
*/
static int edtf_within(lua_State *L) {
  DuEdtf a, b;
  check_date(L, 1, &a);
  check_date(L, 2, &b);
  lua_pushboolean(L, du_edtf_within(&a, &b));
  return 1;
}

int du_open_edtf(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"valid", edtf_valid},   {"parse", edtf_parse},
      {"bounds", edtf_bounds}, {"overlaps", edtf_overlaps},
      {"within", edtf_within}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
