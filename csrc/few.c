/*
** few.c - few records whose values are at hand. They are all that is left of
** what a query finds: neither columns nor rows are asked again.
*/
#include "few.h"

#include <stdlib.h>
#include <string.h>

#include "columns.h"

DuHeldAs du_held_as(const DuField *field) {
  if (field->flags & DU_LIST) /* of references, keys may not be known later */
    return field->type == DU_STAGES || field->targets != 0 ? DU_HELD_NONE
                                                           : DU_HELD_LIST;
  switch (field->type) {
  case DU_TEXT:
  case DU_WORD:
  case DU_DATE:
    return DU_HELD_TEXT;
  case DU_ID:
  case DU_INTEGER:
  case DU_REVISION:
    return DU_HELD_INTEGER;
  case DU_NUMBER:
    return DU_HELD_NUMBER;
  case DU_BOOLEAN:
    return DU_HELD_BOOLEAN;
  case DU_REFERENCE:
    return du_target_kind(field->targets) != NULL ? DU_HELD_REFERENCE
                                                  : DU_HELD_NONE;
  default:
    return DU_HELD_NONE;
  }
}

/* ------------------------------------------------------------------ gathering
 */

/* [-0, +1] */
static DuFew *new_few(lua_State *L, int count, uint32_t room, size_t size) {
  size_t values = (size_t)room * (size_t)count * sizeof(DuHeld);
  DuFew *few = lua_newuserdatauv(L, sizeof *few + values + size, 0);
  memset(few, 0, sizeof *few);
  few->count = count;
  few->room = room;
  few->size = size;
  few->values = (DuHeld *)(void *)(few + 1);
  few->texts = (char *)few->values + values;
  return few;
}

DuFew *du_few_new(lua_State *L, DuStore *store, const DuKind *kind,
                  const unsigned char *fields, int count, uint32_t rows,
                  size_t bytes) {
  DuFew *few = new_few(L, count, rows, bytes);
  few->store = store;
  few->kind = kind;
  few->fields = fields;
  return few;
}

DuFew *du_few_grow(lua_State *L, int slot, uint32_t rows, size_t bytes) {
  const DuFew *few = lua_touserdata(L, slot);
  uint32_t room = rows > 0 ? 2 * few->room + rows : few->room;
  size_t size = bytes > 0 ? 2 * few->size + bytes : few->size;
  DuFew *grown = new_few(L, few->count, room, size);
  grown->store = few->store;
  grown->kind = few->kind;
  grown->fields = few->fields;
  grown->rows = few->rows;
  grown->length = few->length;
  memcpy(grown->values, few->values,
         few->rows * (size_t)few->count * sizeof *few->values);
  memcpy(grown->texts, few->texts, few->length);
  lua_replace(L, slot);
  return grown;
}

/* -------------------------------------------------------------------- order */

static int compare_first(const void *a, const void *b) {
  int64_t x = ((const DuHeld *)a)->is.integer;
  int64_t y = ((const DuHeld *)b)->is.integer;
  return (x > y) - (x < y);
}

/* Where the record of that place belongs among those before it, which are in
** order. */
static uint32_t place_before(const DuFew *few, uint32_t row) {
  size_t count = (size_t)few->count;
  int64_t id = few->values[row * count].is.integer;
  while (row > 0 && few->values[(row - 1) * count].is.integer > id)
    row--;
  return row;
}

/* Most are in order already, as an index by days gives them: then each is moved
** to its place. */
void du_few_sort(DuFew *few) {
  size_t size = (size_t)few->count * sizeof *few->values, moved = 0;
  DuHeld *free = few->values + few->rows * (size_t)few->count;
  for (uint32_t row = 1; row < few->rows; row++) {
    uint32_t place = place_before(few, row);
    DuHeld *from = du_few_value(few, row, 0), *to = du_few_value(few, place, 0);
    if (place == row)
      continue;
    moved += row - place;
    if (moved > 4 * (size_t)few->rows || few->rows == few->room) {
      qsort(few->values, few->rows, size, compare_first);
      return;
    }
    memcpy(free, from, size);
    memmove(to + few->count, to, (row - place) * size);
    memcpy(to, free, size);
  }
}

/* ------------------------------------------------------------------- giving */

static void push_held(lua_State *L, DuFew *few, const DuHeld *value, int field,
                      int keys) { /* [-0, +1] */
  const DuField *which;
  switch (value->as) {
  case DU_HELD_INTEGER:
    lua_pushinteger(L, value->is.integer);
    break;
  case DU_HELD_NUMBER:
    lua_pushnumber(L, value->is.number);
    break;
  case DU_HELD_BOOLEAN:
    lua_pushboolean(L, value->is.integer != 0);
    break;
  case DU_HELD_TEXT:
    lua_pushlstring(L, few->texts + value->is.at, value->length);
    break;
  case DU_HELD_LIST:
    which = &few->kind->fields[few->fields[field]];
    du_value_push_list(L, few->store, which, few->texts + value->is.at,
                       value->length, keys);
    break;
  case DU_HELD_REFERENCE:
    which = &few->kind->fields[few->fields[field]];
    du_push_reference(L, few->store, keys, which->targets, value->is.integer);
    break;
  default:
    lua_pushnil(L);
  }
}

void du_few_next(lua_State *L, DuFew *few, int names, int keys) {
  const DuHeld *values = few->values + few->given * (size_t)few->count;
  few->given++;
  if (names == 0) {
    for (int i = 0; i < few->count; i++)
      push_held(L, few, &values[i], i, keys);
    return;
  }
  lua_createtable(L, 0, few->count);
  for (int i = 0; i < few->count; i++) {
    if (values[i].as == DU_HELD_NONE)
      continue;
    lua_pushvalue(L, du_shelved(names, i));
    push_held(L, few, &values[i], i, keys);
    lua_rawset(L, -3);
  }
}
