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

/* How a field's values are pushed. */
typedef enum Way {
  PLAIN, /* numbers as they are */
  INTEGERS,
  NUMBERS,
  BOOLEANS,
  READY, /* texts, dates and references: made once a segment, */
  MADE   /* or anew: lists, and where a segment has few rows that are found */
} Way;

/* A field of the segment that is being read: what each row needs, close
** together. */
typedef struct Lane {
  Way way;
  uint32_t none;           /* the number of a value that there is not */
  const uint8_t *bytes;    /* the numbers of values, or NULL */
  const uint16_t *words;   /* likewise */
  uint32_t rows;           /* where both are NULL: 0, or the bits of a row */
  const int64_t *integers; /* NULL: they follow each other from the first */
  const double *numbers;
  const DuField *field;
  const DuSegment *column;
} Lane;

struct DuReading {
  DuScan scan;
  double spent; /* seconds, of reading */
  uint32_t row; /* of the segment, or of its rows that are listed */
  uint32_t rows;
  int count;
  Lane lanes[];
};

/* user values */
enum {
  SLOTS = 1, /* what the scan has in its stack slots */
  USERVALUES = SLOTS
};

enum { SCAN_SLOTS = 5 };

const char *du_scan_begin_reading(lua_State *L, DuScan *scan, int query,
                                  const unsigned char *fields, int count,
                                  DuAim aim) {
  const DuQuery *asked = lua_touserdata(L, query);
  const char *why;
  bool ordered, stands;
  for (int i = 0; i < count; i++) {
    const DuField *field = &asked->kind->fields[fields[i]];
    if (!du_column_kept(asked->kind, field))
      return "a field that is read has no column";
  }
  ordered = lua_getiuservalue(L, query, DU_QUERY_ORDER) != LUA_TNIL;
  stands = lua_getiuservalue(L, query, DU_QUERY_ONCE) != LUA_TNIL;
  lua_pop(L, 2);
  if (stands)
    return "a record stands for others";
  if (asked->limit >= 0)
    return "a limit is asked for";
  if (ordered)
    return "an order is asked for";
  why = du_scan_begin_led(L, scan, query, aim);
  if (why == NULL && scan->nstale > 0)
    why = "records have changed since they were packed";
  return why;
}

bool du_reading_begin(lua_State *L, int query, const unsigned char *fields,
                      int count) {
  const DuQuery *asked = lua_touserdata(L, query);
  int top = lua_gettop(L), index;
  DuScan scan;
  DuReading *reading;
  size_t size;
  query = lua_absindex(L, query);
  lua_pushnil(L); /* the reading takes its place */
  if (du_scan_begin_reading(L, &scan, query, fields, count, DU_TO_READ) !=
      NULL) {
    lua_settop(L, top);
    return false;
  }
  size = sizeof *reading + (size_t)count * sizeof(Lane);
  reading = lua_newuserdatauv(L, size, USERVALUES);
  index = lua_gettop(L);
  memset(reading, 0, size);
  reading->scan = scan;
  reading->count = count;
  for (int i = 0; i < count; i++)
    reading->lanes[i].field = &asked->kind->fields[fields[i]];
  lua_createtable(L, SCAN_SLOTS, 0);
  for (int i = 0; i < SCAN_SLOTS; i++) {
    lua_pushvalue(L, scan.slot + i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setiuservalue(L, index, SLOTS);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return true;
}

static Way way_of(const DuField *field, const DuSegment *column, bool led) {
  if (column->form == DU_SEGMENT_PLAIN)
    return PLAIN;
  switch (field->type) {
  case DU_NUMBER:
    return NUMBERS;
  case DU_INTEGER:
  case DU_ID:
    return INTEGERS;
  case DU_BOOLEAN:
    return BOOLEANS;
  default:
    return led || (field->flags & DU_LIST) ? MADE : READY;
  }
}

/* Makes the lane ready for the column. */
static void set_lane(lua_State *L, Lane *lane, const DuSegment *column,
                     bool led, int ready) {
  bool by_row =
      column->form == DU_SEGMENT_FOLLOWING || column->form == DU_SEGMENT_PLAIN;
  lane->column = column;
  lane->way = way_of(lane->field, column, led);
  lane->none = by_row ? UINT32_MAX : column->values;
  lane->bytes = column->bytes;
  lane->words = column->words;
  lane->rows = by_row ? UINT32_MAX : 0;
  lane->integers = column->integers;
  lane->numbers = column->numbers;
  if (lane->way == READY) {
    lua_createtable(L, (int)(by_row ? column->rows : column->values), 0);
    lua_replace(L, ready);
  }
}

/* Reads the fields' columns of the segment; false where one cannot be read. */
static bool read_columns(lua_State *L, DuReading *reading,
                         const DuShelf *shelf) {
  DuScan *scan = &reading->scan;
  for (int i = 0; i < reading->count; i++) {
    Lane *lane = &reading->lanes[i];
    const DuSegment *column = du_scan_column(scan, lane->field);
    if (column == NULL)
      return false;
    set_lane(L, lane, column, scan->led, du_shelved(shelf->ready, i));
  }
  reading->row = 0;
  reading->rows = scan->led ? scan->npicked : scan->rows;
  return true;
}

bool du_reading_turn(lua_State *L, int index, const DuShelf *shelf) {
  DuReading *reading = lua_touserdata(L, index);
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
  more = du_scan_next(scan) && read_columns(L, reading, shelf);
  reading->spent = du_clock() - scan->since;
  lua_settop(L, top);
  return more;
}

static int64_t integer_of(const Lane *lane, uint32_t value) {
  return lane->integers != NULL ? lane->integers[value]
                                : lane->column->base + value;
}

/* [-0, +1] a text, date, list or reference of the segment */
static void make(lua_State *L, const DuReading *reading, const Lane *lane,
                 uint32_t value, int keys) {
  const DuSegment *column = lane->column;
  const char *text;
  size_t length;
  if (column->type == DU_SEGMENT_INTEGERS) {
    du_push_reference(L, reading->scan.store, keys, lane->field->targets,
                      integer_of(lane, value));
    return;
  }
  text = column->texts + column->offsets[value];
  length = column->offsets[value + 1] - column->offsets[value];
  if (lane->field->flags & DU_LIST)
    du_value_push_list(L, reading->scan.store, lane->field, text, length, keys);
  else
    lua_pushlstring(L, text, length);
}

/* [-0, +1 or 0] the row's value of a field; false where it has none */
static bool push_value(lua_State *L, const DuReading *reading, const Lane *lane,
                       int ready, uint32_t row, int keys) {
  uint32_t value = lane->bytes != NULL   ? lane->bytes[row]
                   : lane->words != NULL ? lane->words[row]
                                         : row & lane->rows;
  if (value == lane->none)
    return false;
  if (lane->way == READY) {
    if (lua_rawgeti(L, ready, (lua_Integer)value + 1) == LUA_TNIL) {
      lua_pop(L, 1);
      make(L, reading, lane, value, keys);
      lua_pushvalue(L, -1);
      lua_rawseti(L, ready, (lua_Integer)value + 1);
    }
    return true;
  }
  if (lane->way == MADE) {
    make(L, reading, lane, value, keys);
    return true;
  }
  if (lane->way == PLAIN) {
    if (!(lane->numbers[row] >= lane->numbers[row]))
      return false;
    lua_pushnumber(L, lane->numbers[row]);
    return true;
  }
  if (lane->way == NUMBERS)
    lua_pushnumber(L, lane->numbers[value]);
  else if (lane->way == INTEGERS)
    lua_pushinteger(L, integer_of(lane, value));
  else
    lua_pushboolean(L, integer_of(lane, value) != 0);
  return true;
}

int64_t du_reading_behind(const DuReading *reading) {
  const DuScan *scan = &reading->scan;
  return scan->why == NULL ? scan->last_id : du_scan_before(scan);
}

bool du_reading_has_all(const DuReading *reading) {
  return reading->scan.led;
}

/* The first row from this one on that is found, or else how many there are. */
static uint32_t next_found(const uint8_t *mask, uint32_t row, uint32_t rows) {
  while (row < rows && !mask[row]) {
    uint64_t eight = 0;
    if (row + 8 <= rows)
      memcpy(&eight, mask + row, 8);
    row += row + 8 <= rows && eight == 0 ? 8 : 1;
  }
  return row;
}

int du_reading_next(lua_State *L, DuReading *reading, bool values,
                    const DuShelf *shelf) {
  const DuScan *scan = &reading->scan;
  uint32_t row = reading->row;
  if (!scan->led)
    row = next_found(scan->mask, row, reading->rows);
  if (row == reading->rows)
    return 0;
  reading->row = row + 1;
  if (scan->led)
    row = scan->picked[row];
  if (!values)
    lua_createtable(L, 0, reading->count);
  for (int i = 0; i < reading->count; i++) {
    bool there;
    if (!values)
      lua_pushvalue(L, du_shelved(shelf->names, i));
    there = push_value(L, reading, &reading->lanes[i],
                       du_shelved(shelf->ready, i), row, shelf->keys);
    if (values && !there)
      lua_pushnil(L);
    else if (!values && there)
      lua_rawset(L, -3);
    else if (!values)
      lua_pop(L, 1);
  }
  return values ? reading->count : 1;
}
