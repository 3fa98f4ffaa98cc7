/*
** making.c - the records that a row names and that are not on record. They are
** put off until all else of the row is found good, so that one which is
** rejected leaves nothing behind; then they are made, and the row with them or
** not at all.
**
** Until then such a record is a negative number in the row's cells: the first
** is -1. What was put off is kept in a list, so many values of each.
*/
#include "loader.h"

#include <string.h>

/* One that was put off; afterwards its id stands where the record was. */
enum {
  MAKING_KNOWN = 1,
  MAKING_TEXT,
  MAKING_RECORD,
  MAKING_FIELD,
  MAKINGS = 4
};

/* [-0, +1] */
static void push_part(lua_State *L, int list, int number, int part) {
  lua_rawgeti(L, list, (number - 1) * MAKINGS + part);
}

/* [-1, +0] */
static void set_part(lua_State *L, int list, int number, int part) {
  lua_rawseti(L, list, (number - 1) * MAKINGS + part);
}

static const DuField *field_of(lua_State *L, int list, int number) {
  const DuField *field;
  push_part(L, list, number, MAKING_FIELD);
  field = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return field;
}

static const DuKind *kind_of(const DuField *field) {
  return du_target_kind(field->targets);
}

/* -------------------------------------------------------------- putting off */

int64_t du_making_find(lua_State *L, const DuLoader *loader, int known,
                       int text) {
  for (int i = 1; i <= loader->makings; i++) {
    bool same;
    push_part(L, DU_AT_MAKINGS, i, MAKING_KNOWN);
    push_part(L, DU_AT_MAKINGS, i, MAKING_TEXT);
    same = lua_rawequal(L, known, -2) && lua_rawequal(L, text, -1);
    lua_pop(L, 2);
    if (same)
      return -i;
  }
  return 0;
}

/* Is the value at index the folded text on top of the stack, but for case, or a
** list with it? */
static bool is_name(lua_State *L, int index) {
  bool same = false;
  size_t length;
  const char *text;
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
    text = lua_tolstring(L, index, &length);
    du_push_folded(L, text, length);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    break;
  case LUA_TTABLE:
    luaL_checkstack(L, 4, NULL);
    for (lua_Integer i = 1; !same && lua_rawgeti(L, index, i) == LUA_TSTRING;
         i++) {
      lua_insert(L, -2);
      same = is_name(L, lua_gettop(L) - 1);
      lua_remove(L, -2);
    }
    lua_settop(L, index + 1);
  }
  return same;
}

/* Is the folded text on top of the stack a key, name or alias of the record at
** index? */
static bool is_named(lua_State *L, const DuKind *kind, int record) {
  bool named = false;
  for (int i = 0; i < kind->nfields && !named; i++)
    if (kind->fields[i].flags & DU_NAME) {
      lua_getfield(L, record, kind->fields[i].name);
      lua_insert(L, -2);
      named = is_name(L, lua_gettop(L) - 1);
      lua_remove(L, -2);
    }
  return named;
}

bool du_making_named(lua_State *L, DuLoader *loader, const DuField *field,
                     int text, int64_t *found) {
  int top = lua_gettop(L), count = 0, number = 0;
  size_t length;
  const char *name = lua_tolstring(L, text, &length);
  bool by_key = false;
  for (int i = 1; i <= loader->makings && !by_key; i++) {
    const DuKind *kind = kind_of(field_of(L, DU_AT_MAKINGS, i));
    if (!(field->targets & DU_KIND_BIT(du_kind_number(kind))))
      continue;
    push_part(L, DU_AT_MAKINGS, i, MAKING_RECORD);
    lua_getfield(L, top + 1, "key");
    by_key = lua_rawequal(L, text, -1);
    du_push_folded(L, name, length);
    if (by_key || is_named(L, kind, top + 1)) {
      number = i;
      count++;
    }
    lua_settop(L, top);
  }
  *found = -number;
  if (by_key || count <= 1)
    return true;
  return du_fault_text(L, loader, field->name,
                       "%s names two records that the row names as well", name,
                       length);
}

/* One of the same kind with the key of the record at index, or 0. */
static int with_key(lua_State *L, const DuLoader *loader, const DuKind *kind,
                    int record) {
  int found = 0;
  if (lua_getfield(L, record, "key") != LUA_TNIL)
    for (int i = 1; i <= loader->makings && found == 0; i++) {
      push_part(L, DU_AT_MAKINGS, i, MAKING_RECORD);
      lua_getfield(L, -1, "key");
      if (kind_of(field_of(L, DU_AT_MAKINGS, i)) == kind &&
          lua_rawequal(L, -1, -3))
        found = i;
      lua_pop(L, 2);
    }
  lua_pop(L, 1);
  return found;
}

static int put_off(lua_State *L, DuLoader *loader, const DuField *field,
                   int known, int text, int record) {
  int number = ++loader->makings;
  lua_pushvalue(L, known);
  set_part(L, DU_AT_MAKINGS, number, MAKING_KNOWN);
  lua_pushvalue(L, text);
  set_part(L, DU_AT_MAKINGS, number, MAKING_TEXT);
  lua_pushvalue(L, record);
  set_part(L, DU_AT_MAKINGS, number, MAKING_RECORD);
  lua_pushlightuserdata(L, (void *)field);
  set_part(L, DU_AT_MAKINGS, number, MAKING_FIELD);
  return number;
}

int64_t du_making_add(lua_State *L, DuLoader *loader, const DuField *field,
                      int known, int text, int record) {
  const DuKind *kind = kind_of(field);
  DuRow row = {0, 0, false};
  int number;
  if (lua_getfield(L, record, "key") == LUA_TSTRING)
    row = du_find_row(L, loader->store, kind, "key", -1);
  if (row.retracted)
    du_fault(L, loader, field->name,
             "%s.key: the %s with the key %s was retracted", kind->name,
             kind->singular, du_show(L, -1));
  lua_settop(L, record); /* on top, as it is given */
  if (row.id != 0)
    return row.retracted ? 0 : row.id;
  number = with_key(L, loader, kind, record);
  return -(number != 0 ? number
                       : put_off(L, loader, field, known, text, record));
}

/* ------------------------------------------------------------------- making */

static void make_all(lua_State *L, DuLoader *loader, int list) {
  for (int i = 1; i <= loader->makings; i++) {
    const DuField *field = field_of(L, list, i);
    loader->making = field->name;
    push_part(L, list, i, MAKING_RECORD);
    lua_pushinteger(
        L, du_add_record(L, loader->store, kind_of(field), lua_gettop(L)));
    set_part(L, list, i, MAKING_RECORD);
    lua_pop(L, 1);
  }
  loader->making = NULL;
}

static int64_t id_of(lua_State *L, int list, int64_t number) {
  int64_t id;
  push_part(L, list, (int)-number, MAKING_RECORD);
  id = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return id;
}

/* [-0, +1] A list in JSON with the ids of what was made. A number in it stands
** behind a bracket or a comma, and a text that has these in quotes. */
static void push_settled(lua_State *L, const DuCell *cell, int list) {
  DuText json;
  bool quoted = false;
  du_text_init(L, &json);
  for (size_t i = 0; i < cell->length; i++) {
    char c = cell->text[i];
    quoted = quoted != (c == '"');
    if (c == '\\') /* only in a text */
      du_text_add(&json, &cell->text[i++], 1);
    if (c == '-' && !quoted) {
      int64_t number = 0;
      for (; i + 1 < cell->length && cell->text[i + 1] >= '0' &&
             cell->text[i + 1] <= '9';
           i++)
        number = number * 10 - (cell->text[i + 1] - '0');
      du_text_format(&json, "%I", id_of(L, list, number));
    } else {
      du_text_add(&json, &cell->text[i], 1);
    }
  }
  du_text_push(&json);
  lua_replace(L, json.slot);
  lua_settop(L, json.slot);
}

/* Puts the ids into the row's cells. */
static void settle(lua_State *L, DuLoader *loader, int list, int anchors) {
  const DuLayout *layout = loader->layout;
  for (int i = 0; i < layout->ntargets; i++) {
    const DuTarget *target = &layout->targets[i];
    DuCell *cell = &loader->cells[target->cell];
    if (!target->resolve)
      continue;
    if (cell->type == DU_INTEGER_COLUMN && cell->integer < 0) {
      cell->integer = id_of(L, list, cell->integer);
    } else if (cell->type == DU_TEXT_COLUMN) {
      push_settled(L, cell, list);
      cell->text = lua_tolstring(L, -1, &cell->length);
      lua_rawseti(L, anchors, target->cell + 1);
    }
  }
}

/* store, nil, loader [, function, arguments]: makes the records, and calls the
** function, which writes the row */
static int make_body(lua_State *L) {
  DuLoader *loader = lua_touserdata(L, 3);
  int top = lua_gettop(L);
  luaL_checkstack(L, 10, NULL);
  lua_getiuservalue(L, 3, DU_LOADER_MAKINGS);
  lua_getiuservalue(L, 3, DU_LOADER_ANCHORS);
  make_all(L, loader, top + 1);
  settle(L, loader, top + 1, top + 2);
  lua_settop(L, top);
  if (top > 3)
    lua_call(L, top - 4, 0);
  return 0;
}

/* The same, all of it or nothing. */
static int make_whole(lua_State *L) {
  const DuLoader *loader = lua_touserdata(L, 3);
  return du_write(L, loader->store, 1, 2, make_body);
}

/* loader, list: raises where a record but the first cannot be added; and where
** one has stages, which are not looked at, or an origin, which two may share.
*/
static int check_body(lua_State *L) {
  const DuLoader *loader = lua_touserdata(L, 1);
  for (int i = 1; i <= loader->makings; i++) {
    const DuKind *kind = kind_of(field_of(L, 2, i));
    push_part(L, 2, i, MAKING_RECORD);
    if (lua_getfield(L, 3, "stages") != LUA_TNIL ||
        lua_getfield(L, 3, "origin") != LUA_TNIL)
      return lua_error(L);
    if (i > 1)
      du_check_record(L, loader->store, kind, 3);
    lua_settop(L, 2);
  }
  return 0;
}

/* Can the records be made without a savepoint, in which SQLite writes out what
** its full-text index has in memory? All checks of one come before its first
** write, so those of the others are made before that of the first. */
static bool is_safe(lua_State *L) {
  bool safe;
  lua_pushcfunction(L, check_body);
  lua_pushvalue(L, DU_AT_LOADER);
  lua_pushvalue(L, DU_AT_MAKINGS);
  safe = lua_pcall(L, 2, 0, 0) == LUA_OK;
  if (!safe)
    lua_pop(L, 1); /* it will be raised again, if it is one */
  return safe;
}

/* What texts name is known from now on. */
static void note_made(lua_State *L, const DuLoader *loader) {
  for (int i = 1; i <= loader->makings; i++) {
    push_part(L, DU_AT_MAKINGS, i, MAKING_KNOWN);
    push_part(L, DU_AT_MAKINGS, i, MAKING_TEXT);
    push_part(L, DU_AT_MAKINGS, i, MAKING_RECORD);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }
}

bool du_make_and(lua_State *L, DuLoader *loader, int count) {
  int base = lua_gettop(L) - count + 1;
  du_loader_let_go(loader); /* rows that wait have no key to be asked for */
  loader->making = NULL;
  lua_pushcfunction(L, count == 0 && is_safe(L) ? make_body : make_whole);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_COLLECTION);
  lua_getiuservalue(L, -1, 1);
  lua_replace(L, -2);
  lua_pushnil(L);
  lua_pushvalue(L, DU_AT_LOADER);
  lua_rotate(L, base, 4);
  if (lua_pcall(L, count + 3, 0, 0) != LUA_OK) {
    du_fault_of_error(L, loader, loader->making);
    return false;
  }
  note_made(L, loader);
  loader->makings = 0;
  du_insert_go_on(L, loader);
  return true;
}
