/*
** reading.c - records read from columns, one by one, for the loops of rows.c:
** the values of a segment lie ready, and what repeats is pushed as the Lua
** value that it was made once.
**
** A reading outlives the call that began it, so what its scan has on the stack
** is kept in a table between calls.
*/
#include "columns.h"

#include <string.h>

#include "clock.h"

typedef struct Reading {
  DuScan scan;
  bool begun;
  double spent; /* seconds, of reading */
  uint32_t row; /* of the segment */
  int count;
  const DuField *fields[64];
  const DuSegment *columns[64];
  const DuSegment *ids;
} Reading;

/* user values */
enum {
  SLOTS = 1, /* what the scan has in its stack slots */
  READY,     /* by field: values by their numbers */
  USERVALUES = READY
};

enum { SCAN_SLOTS = 5 };

bool du_reading_begin(lua_State *L, int query, const unsigned char *fields,
                      int count) {
  const DuQuery *asked = lua_touserdata(L, query);
  int top = lua_gettop(L);
  Reading *reading;
  query = lua_absindex(L, query);
  for (int i = 0; i < count; i++) {
    const DuField *field = &asked->kind->fields[fields[i]];
    if (!du_column_kept(asked->kind, field) || field->type == DU_CITATIONS)
      return false;
  }
  if (asked->limit >= 0 ||
      lua_getiuservalue(L, query, DU_QUERY_ORDER) != LUA_TNIL) {
    lua_settop(L, top);
    return false;
  }
  reading = lua_newuserdatauv(L, sizeof *reading, USERVALUES);
  memset(reading, 0, sizeof *reading);
  if (du_scan_begin(L, &reading->scan, query) != NULL ||
      reading->scan.nstale > 0 || du_scan_has_index(&reading->scan)) {
    lua_settop(L, top);
    return false;
  }
  reading->count = count;
  for (int i = 0; i < count; i++)
    reading->fields[i] = &asked->kind->fields[fields[i]];
  lua_createtable(L, SCAN_SLOTS, 0);
  for (int i = 0; i < SCAN_SLOTS; i++) {
    lua_pushvalue(L, reading->scan.slot + i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setiuservalue(L, top + 2, SLOTS);
  lua_createtable(L, count, 0);
  lua_setiuservalue(L, top + 2, READY);
  lua_replace(L, top + 1); /* the order, which is nil */
  lua_pushvalue(L, top + 2);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return true;
}

/* Reads the fields' columns of the segment; false where one cannot be read. */
static bool read_columns(lua_State *L, Reading *reading, int index) {
  DuScan *scan = &reading->scan;
  lua_getiuservalue(L, index, READY);
  for (int i = 0; i < reading->count; i++) {
    reading->columns[i] = du_scan_column(scan, reading->fields[i]);
    lua_newtable(L);
    lua_rawseti(L, -2, i + 1);
  }
  reading->row = 0;
  return scan->why == NULL;
}

/* Goes on to the next segment; false where there is none, or it cannot be
** read. */
static bool next_segment(lua_State *L, Reading *reading, int index) {
  DuScan *scan = &reading->scan;
  int top = lua_gettop(L);
  bool more;
  luaL_checkstack(L, 20, NULL);
  lua_getiuservalue(L, index, SLOTS);
  scan->L = L;
  scan->slot = top + 2;
  scan->since = du_clock() - reading->spent;
  for (int i = 0; i < SCAN_SLOTS; i++)
    lua_rawgeti(L, top + 1, i + 1);
  more = du_scan_next(scan) && read_columns(L, reading, index);
  reading->spent = du_clock() - scan->since;
  lua_settop(L, top);
  return more;
}

/* The integer of a number that du_segment_number gave, or of a row where they
** follow each other. */
static int64_t integer_of(const DuSegment *column, uint32_t value) {
  return column->form == DU_SEGMENT_FOLLOWING ? column->base + value
                                              : column->integers[value];
}

/* [-0, +1] a text, date or reference, made once a segment; `ready` is the
** stack index of the table that has those made before */
static void push_ready(lua_State *L, DuStore *store, const DuField *field,
                       const DuSegment *column, uint32_t value, int ready,
                       int keys) {
  if (lua_rawgeti(L, ready, (lua_Integer)value + 1) != LUA_TNIL)
    return;
  lua_pop(L, 1);
  if (field->type == DU_REFERENCE)
    du_push_reference(L, store, keys, field->targets,
                      integer_of(column, value));
  else
    lua_pushlstring(L, column->texts + column->offsets[value],
                    column->offsets[value + 1] - column->offsets[value]);
  lua_pushvalue(L, -1);
  lua_rawseti(L, ready, (lua_Integer)value + 1);
}

/* [-0, +1] the row's value of a field; nil where it has none */
static void push_value(lua_State *L, const Reading *reading, DuStore *store,
                       int number, uint32_t row, int ready, int keys) {
  const DuSegment *column = reading->columns[number];
  const DuField *field = reading->fields[number];
  uint32_t value = row;
  if (column->form == DU_SEGMENT_PLAIN) {
    if (column->numbers[row] >= column->numbers[row])
      lua_pushnumber(L, column->numbers[row]);
    else
      lua_pushnil(L);
    return;
  }
  if (column->form != DU_SEGMENT_FOLLOWING) {
    value = du_segment_number(column, (int)row);
    if (value == column->values) {
      lua_pushnil(L);
      return;
    }
  }
  switch (field->type) {
  case DU_NUMBER:
    lua_pushnumber(L, column->numbers[value]);
    break;
  case DU_INTEGER:
  case DU_ID:
    lua_pushinteger(L, integer_of(column, value));
    break;
  case DU_BOOLEAN:
    lua_pushboolean(L, integer_of(column, value) != 0);
    break;
  default:
    lua_rawgeti(L, ready, number + 1);
    push_ready(L, store, field, column, value, lua_gettop(L), keys);
    lua_remove(L, -2);
  }
}

int64_t du_reading_behind(lua_State *L, int index) {
  const Reading *reading = lua_touserdata(L, index);
  const DuScan *scan = &reading->scan;
  return scan->why == NULL ? scan->last_id : du_scan_before(scan);
}

int du_reading_next(lua_State *L, DuStore *store, int index, bool values,
                    int keys) {
  Reading *reading = lua_touserdata(L, index);
  const uint8_t *mask = reading->scan.mask;
  uint32_t row = reading->row;
  int ready;
  index = lua_absindex(L, index);
  for (;;) {
    uint32_t rows = reading->begun ? reading->scan.rows : 0;
    while (row < rows && !mask[row])
      row++;
    if (row < rows)
      break;
    reading->begun = true;
    if (!next_segment(L, reading, index))
      return 0;
    row = 0;
  }
  reading->row = row + 1;
  luaL_checkstack(L, reading->count + 8, NULL);
  lua_getiuservalue(L, index, READY);
  ready = lua_gettop(L);
  if (!values)
    lua_createtable(L, 0, reading->count);
  for (int i = 0; i < reading->count; i++) {
    push_value(L, reading, store, i, row, ready, keys);
    if (values)
      continue;
    if (lua_isnil(L, -1))
      lua_pop(L, 1);
    else
      lua_setfield(L, -2, reading->fields[i]->name);
  }
  lua_remove(L, ready);
  return values ? reading->count : 1;
}
