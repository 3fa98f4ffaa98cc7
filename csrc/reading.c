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
#include "few.h"

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

/* [-0, +0] What the segment before has ready, at an index of the stack, and the
** column has too, into the table on top. Both are sorted. */
static void take_over(lua_State *L, const DuSegment *before, int ready,
                      const DuSegment *column) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < column->values; i++) {
    while (at < before->values && before->integers[at] < column->integers[i])
      at++;
    if (at == before->values)
      return;
    if (before->integers[at] != column->integers[i])
      continue;
    if (lua_rawgeti(L, ready, (lua_Integer)at + 1) != LUA_TNIL)
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    else
      lua_pop(L, 1);
  }
}

/* Makes room for the values that are made once, at an index of the stack.
** before: the column before, or NULL where nothing is taken over from it. */
static void make_shelf(lua_State *L, const Lane *lane, int ready,
                       const DuSegment *before) {
  const DuSegment *column = lane->shown.column;
  bool by_row = lane->shown.none == UINT32_MAX;
  if (lane->shown.way != READY)
    return;
  lua_createtable(L, (int)(by_row ? column->rows : column->values), 0);
  if (before != NULL && column->integers != NULL && before->integers != NULL)
    take_over(L, before, ready, column);
  lua_replace(L, ready);
}

/* Reads the fields' columns of the segment; false where one cannot be read.
** Where all rows are read, what references refer to is mostly that of the
** segment before. */
static bool read_columns(lua_State *L, DuReading *reading,
                         const DuShelf *shelf) {
  DuScan *scan = &reading->scan;
  bool all = scan->ntests == 0 && scan->standing == NULL && !scan->led;
  for (int i = 0; i < reading->count; i++) {
    Lane *lane = &reading->lanes[i];
    const DuField *field = lane->shown.field;
    const DuSegment *column, *before = NULL;
    du_scan_push_column(scan, field);
    /* a column begins with its segment, which stays while it is on the stack */
    if (all && du_outside_at(L, -1) == lane->shown.column)
      before = lane->shown.column;
    column = du_scan_column(scan, field);
    if (column == NULL)
      return false;
    set_lane(lane, field, column, scan->led);
    make_shelf(L, lane, du_shelved(shelf->ready, i), before);
    du_scan_pop_column(scan);
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

static inline int64_t integer_of(const DuSegment *column, uint32_t value) {
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

/* [-0, +1] a value that is made for the first time, and then lies ready */
static void make_ready(lua_State *L, DuStore *store, const Shown *shown,
                       int ready, uint32_t value, int keys) {
  lua_pop(L, 1); /* what was there instead */
  make(L, store, shown, value, keys);
  lua_pushvalue(L, -1);
  lua_rawseti(L, ready, (lua_Integer)value + 1);
}

/* [-0, +1 or 0] the value of that number, in one of the ways that are left to
** this; false where it is none */
static bool push_other(lua_State *L, DuStore *store, const Shown *shown,
                       uint32_t value, int keys) {
  const DuSegment *column = shown->column;
  if (shown->way == MADE) {
    make(L, store, shown, value, keys);
    return true;
  }
  if (shown->way == BOOLEANS) {
    lua_pushboolean(L, integer_of(column, value) != 0);
    return true;
  }
  if (!(column->numbers[value] >= column->numbers[value]))
    return false;
  lua_pushnumber(L, column->numbers[value]);
  return true;
}

/* [-0, +1 or 0] a row's value of a field; false where it has none. It takes
** most of a loop's time: what is pushed for nearly every row is in line. */
static inline bool push_value(lua_State *L, DuStore *store, const Lane *lane,
                              int ready, uint32_t row, int keys) {
  const Shown *shown = &lane->shown;
  uint32_t value = number_of(lane, row);
  if (value == shown->none)
    return false;
  switch (shown->way) {
  case READY:
    if (lua_rawgeti(L, ready, (lua_Integer)value + 1) == LUA_TNIL)
      make_ready(L, store, shown, ready, value, keys);
    return true;
  case NUMBERS:
    lua_pushnumber(L, shown->column->numbers[value]);
    return true;
  case INTEGERS:
    lua_pushinteger(L, integer_of(shown->column, value));
    return true;
  default:
    return push_other(L, store, shown, value, keys);
  }
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

/* [-0, +1] a row as a table */
static void push_table(lua_State *L, const DuReading *reading, uint32_t row,
                       const DuShelf *shelf) {
  lua_createtable(L, 0, reading->count);
  for (int i = 0; i < reading->count; i++) {
    lua_pushvalue(L, du_shelved(shelf->names, i));
    if (push_value(L, reading->scan.store, &reading->lanes[i],
                   du_shelved(shelf->ready, i), row, shelf->keys))
      lua_rawset(L, -3);
    else
      lua_pop(L, 1);
  }
}

int du_reading_next(lua_State *L, DuReading *reading, bool values,
                    const DuShelf *shelf) {
  const DuScan *scan = &reading->scan;
  DuStore *store = scan->store;
  const int count = reading->count, keys = shelf->keys;
  uint32_t row = reading->row;
  if (!scan->led)
    row = next_found(scan->mask, row, reading->rows);
  if (row == reading->rows)
    return 0;
  reading->row = row + 1;
  if (scan->led)
    row = scan->picked[row];
  if (!values) {
    push_table(L, reading, row, shelf);
    return 1;
  }
  for (int i = 0; i < count; i++)
    if (!push_value(L, store, &reading->lanes[i], du_shelved(shelf->ready, i),
                    row, keys))
      lua_pushnil(L);
  return count;
}

/* ----------------------------------------------------------------- few rows */

/* So many are found at once. */
#define MOST_FEW 1000

/* The bytes that a text of a row takes, about. */
#define USUAL_TEXT 12

/* [-0, +1] room for what the scan has found */
static DuFew *new_few(lua_State *L, DuScan *scan, const unsigned char *fields,
                      int count) {
  size_t texts = 0;
  for (int i = 0; i < count; i++)
    texts += du_held_as(&scan->kind->fields[fields[i]]) == DU_HELD_TEXT;
  return du_few_new(L, scan->store, scan->kind, fields, count, scan->nfound,
                    texts * USUAL_TEXT * scan->nfound);
}

/* A field of the records that are picked in a segment, to be held: from this
** one on, in the stack slot of few. */
typedef struct Holding {
  const DuScan *scan;
  const Lane *lane;
  int slot, field;
  uint32_t first;
} Holding;

/* The number of a picked row's value; false where it has none. */
static inline bool picked_number(const Holding *h, uint32_t row,
                                 uint32_t *number) {
  *number = number_of(h->lane, h->scan->picked[row]);
  return *number != h->lane->shown.none;
}

/* Where what a picked row has is held. */
static inline DuHeld *held_of(const Holding *h, DuFew *few, uint32_t row) {
  return du_few_value(few, h->first + row, h->field);
}

static DuFew *hold_texts(lua_State *L, const Holding *h, DuFew *few,
                         DuHeldAs as) {
  const DuSegment *column = h->lane->shown.column;
  uint32_t number;
  for (uint32_t row = 0; row < h->scan->npicked; row++)
    if (picked_number(h, row, &number)) {
      const uint32_t *offset = &column->offsets[number];
      few = du_few_hold_text(L, h->slot, few, h->first + row, h->field, as,
                             column->texts + offset[0], offset[1] - offset[0]);
    }
  return few;
}

static void hold_numbers(const Holding *h, DuFew *few) {
  const double *numbers = h->lane->shown.column->numbers;
  uint32_t number;
  for (uint32_t row = 0; row < h->scan->npicked; row++)
    if (picked_number(h, row, &number) && numbers[number] == numbers[number]) {
      DuHeld *held = held_of(h, few, row);
      held->is.number = numbers[number];
      held->as = DU_HELD_NUMBER;
    }
}

static void hold_integers(const Holding *h, DuFew *few, DuHeldAs as) {
  uint32_t number;
  for (uint32_t row = 0; row < h->scan->npicked; row++)
    if (picked_number(h, row, &number)) {
      DuHeld *held = held_of(h, few, row);
      held->is.integer = integer_of(h->lane->shown.column, number);
      held->as = as;
    }
}

/* Are the keys known that the picked rows refer to? */
static bool knows_keys(lua_State *L, const Holding *h, DuFew *few, int keys) {
  for (uint32_t row = 0; row < h->scan->npicked; row++) {
    const DuHeld *held = held_of(h, few, row);
    if (held->as == DU_HELD_REFERENCE &&
        !du_few_knows(L, held->is.integer, keys))
      return false;
  }
  return true;
}

/* NULL where it cannot be held. */
static DuFew *hold_field(lua_State *L, const Holding *h, DuFew *few, int keys) {
  DuHeldAs as = du_held_as(h->lane->shown.field);
  switch (as) {
  case DU_HELD_NONE:
    return NULL;
  case DU_HELD_TEXT:
  case DU_HELD_LIST:
    return hold_texts(L, h, few, as);
  case DU_HELD_NUMBER:
    hold_numbers(h, few);
    return few;
  default:
    hold_integers(h, few, as);
    return as != DU_HELD_REFERENCE || knows_keys(L, h, few, keys) ? few : NULL;
  }
}

/* Has the rows' numbers on their way from memory, where they may be far apart,
** before one of them is waited for. */
static void fetch_numbers(const DuScan *scan, const Lane *lane) {
#if defined(__GNUC__)
  for (uint32_t row = 0; row < scan->npicked; row++)
    if (lane->bytes != NULL)
      __builtin_prefetch(&lane->bytes[scan->picked[row]]);
    else if (lane->words != NULL)
      __builtin_prefetch(&lane->words[scan->picked[row]]);
#else
  (void)scan;
  (void)lane;
#endif
}

/* Takes what is picked of the segment that the scan is at; NULL where a column
** is damaged, or a value cannot be held. Each column is asked for all its rows
** together. */
static DuFew *hold_segment(lua_State *L, DuScan *scan, int slot, DuFew *few,
                           int keys) {
  Holding holding = {scan, NULL, slot, 0, few->rows};
  int count = few->count;
  Lane lanes[DU_MOST_FIELDS];
  for (int i = 0; i < count; i++) {
    const DuField *field = &scan->kind->fields[few->fields[i]];
    const DuSegment *column = du_scan_column(scan, field);
    if (column == NULL)
      return NULL;
    set_lane(&lanes[i], field, column, true);
    fetch_numbers(scan, &lanes[i]);
  }
  few = du_few_add(L, slot, few, scan->npicked);
  for (; few != NULL && holding.field < count; holding.field++) {
    holding.lane = &lanes[holding.field];
    few = hold_field(L, &holding, few, keys);
  }
  return few;
}

DuFew *du_columns_few(lua_State *L, int query, const unsigned char *fields,
                      int count, int keys) {
  const DuQuery *asked = lua_touserdata(L, query);
  DuSql *sql = asked->store->base->sql;
  int slot = lua_gettop(L) + 1;
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
  lua_pushnil(L); /* few takes its place */
  if (du_scan_begin_known(L, &scan, query, &now, MOST_FEW)) {
    few = new_few(L, &scan, fields, count);
    lua_replace(L, slot);
    while (few != NULL && du_scan_next(&scan))
      few = hold_segment(L, &scan, slot, few, keys);
    if (scan.why != NULL)
      few = NULL;
  }
  lua_settop(L, few != NULL ? slot : slot - 1);
  return few;
}
