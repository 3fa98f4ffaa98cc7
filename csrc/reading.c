/*
** reading.c - records read from columns, one by one, for the loops of rows.c:
** the values of a segment lie ready, and what repeats is pushed as the Lua
** value that it was made once.
**
** A reading outlives the call that began it, so what its scan has on the stack
** is kept in a table between calls.
*/
#include "directory.h"

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

/* A field's values in a segment. */
typedef struct Shown {
  const DuField *field;
  const DuSegment *column;
  Way way;
  uint32_t none; /* the number of a value that there is not */
} Shown;

/* The same, with what tells the number of a row's value. */
typedef struct Lane {
  Shown shown;
  const uint8_t *bytes;  /* the numbers of values, or NULL */
  const uint16_t *words; /* likewise */
  uint32_t rows;         /* where both are NULL: 0, or the bits of a row */
} Lane;

struct DuReading {
  DuScan scan;
  bool has_all; /* no record that is found is in rows alone */
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

/* Why these fields of what the query finds cannot be read from columns one by
** one, or NULL. */
static const char *refuse(lua_State *L, int query, const unsigned char *fields,
                          int count) {
  const DuQuery *asked = lua_touserdata(L, query);
  bool ordered, stands;
  for (int i = 0; i < count; i++) {
    const DuField *field = &asked->kind->fields[fields[i]];
    if (!du_column_kept(asked->kind, field))
      return "a field that is read has no column";
  }
  stands = lua_getiuservalue(L, query, DU_QUERY_ONCE) != LUA_TNIL;
  ordered = lua_getiuservalue(L, query, DU_QUERY_ORDER) != LUA_TNIL;
  lua_pop(L, 2);
  if (stands)
    return "a record stands for others";
  if (asked->limit >= 0)
    return "a limit is asked for";
  return ordered ? "an order is asked for" : NULL;
}

const char *du_scan_begin_reading(lua_State *L, DuScan *scan, int query,
                                  const unsigned char *fields, int count,
                                  DuAim aim) {
  const char *why = refuse(L, query, fields, count);
  if (why != NULL)
    return why;
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
  bool has_all;
  size_t size;
  query = lua_absindex(L, query);
  lua_pushnil(L); /* the reading takes its place */
  if (du_scan_begin_reading(L, &scan, query, fields, count, DU_TO_READ) !=
      NULL) {
    lua_settop(L, top);
    return false;
  }
  has_all = scan.led || du_scan_has_all(&scan);
  size = sizeof *reading + (size_t)count * sizeof(Lane);
  reading = lua_newuserdatauv(L, size, USERVALUES);
  index = lua_gettop(L);
  memset(reading, 0, size);
  reading->scan = scan;
  reading->has_all = has_all;
  reading->count = count;
  for (int i = 0; i < count; i++)
    reading->lanes[i].shown.field = &asked->kind->fields[fields[i]];
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
static void set_lane(Lane *lane, const DuField *field, const DuSegment *column,
                     bool led) {
  bool by_row =
      column->form == DU_SEGMENT_FOLLOWING || column->form == DU_SEGMENT_PLAIN;
  lane->shown.field = field;
  lane->shown.column = column;
  lane->shown.way = way_of(field, column, led);
  lane->shown.none = by_row ? UINT32_MAX : column->values;
  lane->bytes = column->bytes;
  lane->words = column->words;
  lane->rows = by_row ? UINT32_MAX : 0;
}

/* Makes room for the values that are made once, at an index of the stack. */
static void make_shelf(lua_State *L, const Lane *lane, int ready) {
  const DuSegment *column = lane->shown.column;
  bool by_row = lane->shown.none == UINT32_MAX;
  if (lane->shown.way != READY)
    return;
  lua_createtable(L, (int)(by_row ? column->rows : column->values), 0);
  lua_replace(L, ready);
}

/* Reads the fields' columns of the segment; false where one cannot be read. */
static bool read_columns(lua_State *L, DuReading *reading,
                         const DuShelf *shelf) {
  DuScan *scan = &reading->scan;
  for (int i = 0; i < reading->count; i++) {
    Lane *lane = &reading->lanes[i];
    const DuField *field = lane->shown.field;
    const DuSegment *column = du_scan_column(scan, field);
    if (column == NULL)
      return false;
    set_lane(lane, field, column, scan->led);
    make_shelf(L, lane, du_shelved(shelf->ready, i));
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

static int64_t integer_of(const DuSegment *column, uint32_t value) {
  return column->integers != NULL ? column->integers[value]
                                  : column->base + value;
}

/* [-0, +1] a text, date, list or reference of the segment */
static void make(lua_State *L, DuStore *store, const Shown *shown,
                 uint32_t value, int keys) {
  const DuSegment *column = shown->column;
  const char *text;
  size_t length;
  if (column->type == DU_SEGMENT_INTEGERS) {
    du_push_reference(L, store, keys, shown->field->targets,
                      integer_of(column, value));
    return;
  }
  text = column->texts + column->offsets[value];
  length = column->offsets[value + 1] - column->offsets[value];
  if (shown->field->flags & DU_LIST)
    du_value_push_list(L, store, shown->field, text, length, keys);
  else
    lua_pushlstring(L, text, length);
}

/* What a row's value of a field is known by: the number of the value, or the
** row itself. */
static inline uint32_t number_of(const Lane *lane, uint32_t row) {
  return lane->bytes != NULL   ? lane->bytes[row]
         : lane->words != NULL ? lane->words[row]
                               : row & lane->rows;
}

/* [-0, +1 or 0] a row's value of a field; false where it has none */
static bool push_value(lua_State *L, DuStore *store, const Shown *shown,
                       int ready, uint32_t value, int keys) {
  const DuSegment *column = shown->column;
  if (value == shown->none)
    return false;
  switch (shown->way) {
  case READY:
    if (lua_rawgeti(L, ready, (lua_Integer)value + 1) == LUA_TNIL) {
      lua_pop(L, 1);
      make(L, store, shown, value, keys);
      lua_pushvalue(L, -1);
      lua_rawseti(L, ready, (lua_Integer)value + 1);
    }
    return true;
  case MADE:
    make(L, store, shown, value, keys);
    return true;
  case PLAIN:
    if (!(column->numbers[value] >= column->numbers[value]))
      return false;
    lua_pushnumber(L, column->numbers[value]);
    return true;
  case NUMBERS:
    lua_pushnumber(L, column->numbers[value]);
    return true;
  case INTEGERS:
    lua_pushinteger(L, integer_of(column, value));
    return true;
  case BOOLEANS:
    lua_pushboolean(L, integer_of(column, value) != 0);
    return true;
  }
  return false;
}

int64_t du_reading_behind(const DuReading *reading) {
  const DuScan *scan = &reading->scan;
  return scan->why == NULL ? scan->last_id : du_scan_before(scan);
}

bool du_reading_has_all(const DuReading *reading) {
  return reading->has_all;
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
    const Lane *lane = &reading->lanes[i];
    bool there;
    if (!values)
      lua_pushvalue(L, du_shelved(shelf->names, i));
    there =
        push_value(L, scan->store, &lane->shown, du_shelved(shelf->ready, i),
                   number_of(lane, row), shelf->keys);
    if (values && !there)
      lua_pushnil(L);
    else if (!values && there)
      lua_rawset(L, -3);
    else if (!values)
      lua_pop(L, 1);
  }
  return values ? reading->count : 1;
}

/* ----------------------------------------------------------------- few rows */

/* So many are found at once. */
#define MOST_FEW 1000

/* Where the columns are of rows that follow each other. */
typedef struct Part {
  uint32_t end; /* of its rows */
  Shown *shown; /* field by field */
} Part;

/* Columns stay in the user value. */
struct DuFew {
  DuStore *store;
  int count;     /* of fields */
  uint32_t rows; /* all, */
  uint32_t row;  /* and those that were given */
  int part;
  Part *parts;
  uint32_t *numbers; /* of values, row by row */
};

/* How many segments have rows that are found. */
static uint32_t count_parts(const DuScan *scan) {
  uint32_t parts = 0;
  for (uint32_t i = 0; i < scan->nfound; i++)
    parts += i == 0 || (scan->found[i] ^ scan->found[i - 1]) >> DU_ROW_BITS;
  return parts;
}

/* [-0, +2] room for what the scan has found, and the table that is to keep its
** columns */
static DuFew *new_few(lua_State *L, DuScan *scan, int count) {
  size_t fields = (size_t)count, parts = count_parts(scan);
  size_t numbers = scan->nfound * fields * sizeof(uint32_t);
  DuFew *few = lua_newuserdatauv(
      L,
      sizeof *few + parts * (sizeof(Part) + fields * sizeof(Shown)) + numbers,
      1);
  Shown *shown;
  memset(few, 0, sizeof *few);
  few->store = scan->store;
  few->count = count;
  few->parts = (Part *)(void *)(few + 1);
  shown = (Shown *)(void *)(few->parts + parts);
  few->numbers = (uint32_t *)(void *)(shown + parts * fields);
  for (size_t i = 0; i < parts; i++)
    few->parts[i].shown = shown + i * fields;
  lua_createtable(L, (int)(parts * fields), 0);
  return few;
}

/* Are the keys known of what the picked rows refer to? They are given later,
** when a record may have got one that has none now. */
static bool has_keys(lua_State *L, const DuScan *scan, const Lane *lane,
                     int keys) {
  const Shown *shown = &lane->shown;
  bool known = true;
  if (shown->field->targets == 0)
    return true;
  if ((shown->field->flags & DU_LIST) ||
      du_target_kind(shown->field->targets) == NULL)
    return false;
  for (uint32_t row = 0; known && row < scan->npicked; row++) {
    uint32_t value = number_of(lane, scan->picked[row]);
    if (value == shown->none)
      continue;
    make(L, scan->store, shown, value, keys);
    known = lua_type(L, -1) == LUA_TSTRING;
    lua_pop(L, 1);
  }
  return known;
}

/* Reads the columns of the segment that the scan is at, which the table on top
** of the stack keeps; false where one is damaged, or a key is not known. Each
** column is asked for all its rows together. */
static bool read_part(lua_State *L, DuScan *scan, DuFew *few,
                      const unsigned char *fields, int keys) {
  size_t count = (size_t)few->count;
  lua_Integer kept = (lua_Integer)few->part * few->count;
  Part *part = &few->parts[few->part++];
  part->end = few->rows + scan->npicked;
  for (size_t i = 0; i < count; i++) {
    uint32_t *numbers = few->numbers + few->rows * count + i;
    const DuField *field = &scan->kind->fields[fields[i]];
    const DuSegment *column = du_scan_column(scan, field);
    Lane lane;
    if (column == NULL)
      return false;
    du_scan_push_column(scan, field);
    lua_rawseti(L, -2, ++kept);
    set_lane(&lane, field, column, true);
    part->shown[i] = lane.shown;
    if (!has_keys(L, scan, &lane, keys))
      return false;
    for (uint32_t row = 0; row < scan->npicked; row++)
      numbers[row * count] = number_of(&lane, scan->picked[row]);
  }
  few->rows = part->end;
  return true;
}

/* [-0, +1] what the scan finds; NULL, and anything pushed, where it cannot be
** given later as it is now */
static DuFew *read_few(lua_State *L, DuScan *scan, const unsigned char *fields,
                       int count, int keys) {
  DuFew *few = new_few(L, scan, count);
  while (du_scan_next(scan))
    if (!read_part(L, scan, few, fields, keys))
      return NULL;
  few->part = 0;
  lua_setiuservalue(L, -2, 1);
  return scan->why == NULL ? few : NULL;
}

DuFew *du_few_begin(lua_State *L, int query, const unsigned char *fields,
                    int count, int keys) {
  const DuQuery *asked = lua_touserdata(L, query);
  DuSql *sql = asked->store->base->sql;
  int top = lua_gettop(L);
  DuFew *few = NULL;
  DuMoment now;
  DuScan scan;
  if (!du_scan_may_be_known(L, query) ||
      refuse(L, query, fields, count) != NULL)
    return NULL;
  /* what is read later is of that moment, too, or gone: segments never change
   */
  if (!du_sql_moment(sql, &now))
    du_raise_sql(L, sql);
  if (du_scan_begin_known(L, &scan, query, &now, MOST_FEW))
    few = read_few(L, &scan, fields, count, keys);
  if (few != NULL)
    lua_replace(L, ++top);
  lua_settop(L, top);
  return few;
}

bool du_few_has_more(const DuFew *few) {
  return few->row < few->rows;
}

void du_few_next(lua_State *L, DuFew *few, int names, int keys) {
  const uint32_t *numbers = few->numbers + few->row * (size_t)few->count;
  const Shown *shown;
  while (few->row >= few->parts[few->part].end)
    few->part++;
  shown = few->parts[few->part].shown;
  few->row++;
  if (names != 0)
    lua_createtable(L, 0, few->count);
  for (int i = 0; i < few->count; i++) {
    bool there;
    if (names != 0)
      lua_pushvalue(L, du_shelved(names, i));
    there = push_value(L, few->store, &shown[i], 0, numbers[i], keys);
    if (names == 0 && !there)
      lua_pushnil(L);
    else if (names != 0 && there)
      lua_rawset(L, -3);
    else if (names != 0)
      lua_pop(L, 1);
  }
}
