/*
** tally.c - groups what is in columns. A key gives each distinct value of its
** column a place on an axis, in the order in which they are met; the places of
** a row are the key of a cell, to which the row adds. Only then are the cells
** made groups, so that Lua sees a few groups and never a row.
**
** A row whose date lies in several buckets belongs to several groups: it is
** left to those who read rows, as are records that are in no segment or have
** changed since.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "edtf.h"
#include "group.h"

/* Cells whose keys have up to so many bits are found by their keys, others by
** hashing. */
#define DIRECT_BITS 16

/* Up to so many, rows are counted by their keys, in LANES tables in turn: the
** next row often adds to the same cell, and would have to wait for this one. */
#define COUNTED_BITS 11
#define LANES 4

/* How many rows ahead memory is asked for what hashing will look up. */
#define AHEAD 12

/* More rows than this that belong to several groups are better read as rows
** with all the others. */
#define MANY_ODD 20000

/* Places on an axis beside those of values. */
enum { NO_VALUE, NO_BOUNDS, PLACES };

/* A place that stands for several buckets, and one that is not known yet. */
#define ODD UINT32_MAX
#define UNKNOWN (UINT32_MAX - 1)

/* Integers in the order in which they are met, and found by hashing. */
typedef struct Met {
  DuText values; /* of int64_t */
  DuText slots;  /* of uint32_t: number + 1 */
  uint32_t count, nslots;
} Met;

/* Where the values of a key lie, or those of a measure that are told apart. */
typedef struct Axis {
  const Path *path;
  DuBucket bucket;
  const DuField *field; /* of the column */
  bool whole; /* its values are integers in `met`; else as they are seen */
  Met met;
  int list;  /* stack index: the values seen, by place - PLACES + 1 */
  int known; /* stack index: value -> place */
  uint32_t places;
  unsigned bits;           /* that a place has in the key of a cell */
  uint32_t *table;         /* by number of value: its place */
  uint8_t *sure;           /* by number of value: is the date certain? */
  uint16_t *row_numbers;   /* by found row of the segment: number of value */
  bool doubtful, odd;      /* some value of this segment is not sure; is odd */
  const DuSegment *column; /* of this segment */
} Axis;

/* A cell, as hashing finds it. */
typedef struct Slot {
  uint64_t key;
  uint64_t number; /* of the cell, + 1 */
} Slot;

/* What a measure keeps beside totals. */
typedef struct Kept {
  Axis *axis;    /* DISTINCT: of its values */
  Met pairs;     /* of cell and place */
  DuText cells;  /* MEDIAN: of uint32_t, by value */
  DuText values; /* of int64_t, or double */
} Kept;

typedef struct Tallying {
  Grouping *g;
  lua_State *L;
  DuScan scan;
  Axis axes[MOST_KEYS + MOST_MEASURES]; /* those of keys come first */
  int naxes;
  Kept kept[MOST_MEASURES];
  unsigned bits; /* of the keys of cells */
  uint32_t ncells, room;
  bool totalled;            /* a measure has totals */
  DuText cell_places;       /* of uint32_t: by cell and axis */
  DuText counts, possibles; /* of int64_t: by cell */
  DuText totals;            /* of Total: by cell and measure */
  DuText wides;             /* of DuWide */
  DuText direct;            /* by key: number of cell + 1 */
  DuText slots;             /* of Slot */
  uint32_t nslots;
  DuText odd; /* JSON: ids that are left to rows */
  int64_t nodd;
  DuText row_cells, row_ids; /* for provenance: of each row */
  DuText sourced;            /* pairs of cell and text of sources */
  int texts, ntexts;         /* stack index: text -> number; how many */
  /* the rows of this segment that are found */
  uint32_t found;
  uint16_t *rows;    /* their numbers */
  uint64_t *keys;    /* of their cells */
  uint32_t *cell_of; /* their cells */
  uint32_t *counted; /* by lane and key */
  uint8_t *certain;
  uint32_t *texts_of; /* by number of value of sources: number of text */
  /* columns of this segment; NULL: not asked for */
  const DuSegment *ids, *sources, *measured[MOST_MEASURES];
} Tallying;

/* ----------------------------------------------------------------- coverage */

static bool reads_reference(const Path *path) {
  return path->length > 1 && !path->list &&
         path->steps[0]->type == DU_REFERENCE &&
         du_target_kind(path->steps[0]->targets) != NULL;
}

static const char *refuse_key(const Grouping *g, const Key *key) {
  const Path *path = &key->path;
  const DuField *field = path->steps[0];
  if (path->list || field->type == DU_CITATIONS ||
      !du_column_kept(g->kind, field) ||
      (path->length > 1 && !reads_reference(path)) ||
      (path->length > 1 && key->bucket != DU_BUCKETS) || field->type == DU_ID)
    return "a key is not in a column";
  if (field->type == DU_DATE && key->bucket == DU_BUCKETS)
    return "a key is a date as it is written";
  return NULL;
}

static const char *refuse_measure(const Grouping *g, const Measure *measure) {
  const DuField *field = measure->path.steps[0];
  if (measure->function <= POSSIBLE)
    return NULL;
  if (measure->path.length != 1 || !du_column_kept(g->kind, field) ||
      field->type == DU_CITATIONS)
    return "a measure is not of a column";
  if (measure->function != DISTINCT && field->type != DU_INTEGER &&
      field->type != DU_NUMBER)
    return "a measure is not of a number in a column";
  return NULL;
}

static const char *refuse(const Grouping *g) {
  const char *why = NULL;
  for (int i = 0; i < g->nkeys && why == NULL; i++)
    why = refuse_key(g, &g->keys[i]);
  for (int i = 0; i < g->nmeasures && why == NULL; i++)
    why = refuse_measure(g, &g->measures[i]);
  return why;
}

/* ------------------------------------------------------------------ memory */

/* Makes memory that begins with zeros. [-0, +0] */
static void grow(DuText *text, size_t size) {
  static const char zeros[4096];
  while (text->length < size)
    du_text_add(text, zeros,
                size - text->length < sizeof zeros ? size - text->length
                                                   : sizeof zeros);
}

static uint64_t mix(uint64_t key) {
  key *= 0x9e3779b97f4a7c15u;
  return key ^ (key >> 32);
}

/* ------------------------------------------------------------ integers met */

static void begin_met(lua_State *L, Met *met) {
  du_text_init(L, &met->values);
  du_text_init(L, &met->slots);
}

static const int64_t *values_met(const Met *met) {
  return (const int64_t *)(const void *)met->values.bytes;
}

/* Twice the slots, and all integers in them again. */
static void rehash_met(Met *met) {
  const int64_t *values = values_met(met);
  uint32_t *slots;
  met->nslots = met->nslots == 0 ? 64 : met->nslots * 2;
  met->slots.length = 0;
  grow(&met->slots, met->nslots * sizeof *slots);
  slots = (uint32_t *)(void *)met->slots.bytes;
  for (uint32_t i = 0; i < met->count; i++) {
    uint32_t slot = (uint32_t)mix((uint64_t)values[i]) & (met->nslots - 1);
    while (slots[slot] != 0)
      slot = (slot + 1) & (met->nslots - 1);
    slots[slot] = i + 1;
  }
}

/* The number of an integer, from 0 on. */
static uint32_t number_met(Met *met, int64_t value) {
  const int64_t *values;
  uint32_t *slots, slot;
  if (met->count * 2 >= met->nslots)
    rehash_met(met);
  values = values_met(met);
  slots = (uint32_t *)(void *)met->slots.bytes;
  slot = (uint32_t)mix((uint64_t)value) & (met->nslots - 1);
  while (slots[slot] != 0) {
    if (values[slots[slot] - 1] == value)
      return slots[slot] - 1;
    slot = (slot + 1) & (met->nslots - 1);
  }
  slots[slot] = ++met->count;
  du_text_add(&met->values, (const char *)&value, sizeof value);
  return met->count - 1;
}

/* --------------------------------------------------------------------- axes */

/* The buckets of a date; false where it has no bounds, or more buckets than
** are told apart. */
static bool buckets_of(DuBucket bucket, const DuSegment *segment,
                       uint32_t value, int *first, int *last) {
  const int32_t *days = &segment->days[2 * (size_t)value];
  int from = days[0], to = days[1];
  if (from == DU_EDTF_NO_FIRST || to == DU_EDTF_NO_LAST)
    return false;
  *first = du_bucket_of(bucket, from);
  *last = du_bucket_of(bucket, to);
  return *last - *first + 1 <= MOST_BUCKETS;
}

static bool is_whole(const Axis *axis) {
  return axis->bucket != DU_BUCKETS ||
         (axis->path->length == 1 &&
          (axis->field->type == DU_INTEGER || axis->field->type == DU_BOOLEAN ||
           axis->field->type == DU_REFERENCE || axis->field->type == DU_ID));
}

/* [-0, +1] what a reference leads to, for a path of several steps; nil where it
** leads nowhere */
static void push_led_to(Tallying *t, const Path *path, int64_t id) {
  lua_State *L = t->L;
  Grouping *g = t->g;
  DuText sql;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &sql);
  du_text_puts(&sql, "SELECT ");
  du_add_path(g, &sql, path, 1, VALUE);
  du_text_puts(&sql, " FROM ");
  du_text_view(&sql, g->store, path->kinds[1]);
  du_text_puts(&sql, " r1 WHERE r1.id = ?2");
  statement = du_text_prepare(&sql, t->scan.store->sql);
  if (g->store->as_of != DU_NOW)
    du_sql_bind_integer(statement, 1, g->store->as_of);
  du_sql_bind_integer(statement, 2, id);
  status = du_sql_step(statement);
  if (status == DU_ROW && du_sql_type(statement, 0) != DU_NULL_COLUMN) {
    du_value_push_stored(L, statement, 0);
    du_present(g, du_last_step(path));
  } else {
    lua_pushnil(L);
  }
  du_finish(L, t->scan.store->sql, statement, status);
  lua_remove(L, sql.slot);
}

/* [-0, +1] a value of a segment as the reader sees it; nil: there is none */
static void push_seen(Tallying *t, const Axis *axis, const DuSegment *segment,
                      uint32_t value) {
  lua_State *L = t->L;
  switch (segment->type) {
  case DU_SEGMENT_INTEGERS:
    if (axis->path->length > 1) {
      push_led_to(t, axis->path, segment->integers[value]);
      return;
    }
    lua_pushinteger(L, segment->integers[value]);
    du_present(t->g, axis->field);
    return;
  case DU_SEGMENT_NUMBERS:
    lua_pushnumber(L, segment->numbers[value]);
    return;
  default:
    lua_pushlstring(L, segment->texts + segment->offsets[value],
                    segment->offsets[value + 1] - segment->offsets[value]);
  }
}

/* The place of the value on top of the stack, which is popped, as it is
** seen. */
static uint32_t place_seen(Tallying *t, Axis *axis) {
  lua_State *L = t->L;
  uint32_t place;
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return NO_VALUE;
  }
  lua_pushvalue(L, -1);
  if (lua_rawget(L, axis->known) != LUA_TNIL) {
    place = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return place;
  }
  lua_pop(L, 1);
  place = axis->places++;
  lua_pushvalue(L, -1);
  lua_pushinteger(L, place);
  lua_rawset(L, axis->known);
  lua_rawseti(L, axis->list, (lua_Integer)(place - PLACES) + 1);
  return place;
}

/* The place of what a reference leads to: asked of the rows once. */
static uint32_t place_led_to(Tallying *t, Axis *axis, const DuSegment *segment,
                             uint32_t value) {
  lua_State *L = t->L;
  uint32_t place;
  /* ids have a table of their own: led-to values may be numbers, too */
  lua_rawgetp(L, axis->known, axis);
  if (lua_rawgeti(L, -1, segment->integers[value]) == LUA_TNUMBER) {
    place = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return place;
  }
  lua_pop(L, 1);
  push_seen(t, axis, segment, value);
  place = place_seen(t, axis);
  lua_pushinteger(L, place);
  lua_rawseti(L, -2, segment->integers[value]);
  lua_pop(L, 1);
  return place;
}

static uint32_t place_whole(Axis *axis, int64_t value) {
  uint32_t place = number_met(&axis->met, value) + PLACES;
  axis->places = axis->met.count + PLACES;
  return place;
}

static uint32_t place_of(Tallying *t, Axis *axis, const DuSegment *segment,
                         uint32_t value) {
  int first, last;
  if (axis->bucket != DU_BUCKETS) {
    if (!buckets_of(axis->bucket, segment, value, &first, &last)) {
      axis->sure[value] = 0;
      return NO_BOUNDS;
    }
    axis->sure[value] = du_segment_certain(segment, value);
    return first == last ? place_whole(axis, first) : ODD;
  }
  if (axis->whole)
    return place_whole(axis, segment->integers[value]);
  if (axis->path->length > 1)
    return place_led_to(t, axis, segment, value);
  push_seen(t, axis, segment, value);
  return place_seen(t, axis);
}

/* Notes the numbers of the found rows' values. */
static void read_numbers(const Tallying *t, Axis *axis) {
  const DuSegment *segment = axis->column;
  uint16_t *numbers = axis->row_numbers;
  if (t->found == segment->rows)
    du_segment_numbers(segment, numbers);
  else if (segment->form == DU_SEGMENT_BYTES)
    for (uint32_t i = 0; i < t->found; i++)
      numbers[i] = segment->bytes[t->rows[i]];
  else if (segment->form == DU_SEGMENT_WORDS)
    for (uint32_t i = 0; i < t->found; i++)
      numbers[i] = segment->words[t->rows[i]];
  else
    memset(numbers, 0, t->found * sizeof *numbers);
}

/* Finds the place of a value of the segment. */
static void place_value(Tallying *t, Axis *axis, uint32_t value) {
  axis->sure[value] = 1;
  axis->table[value] = place_of(t, axis, axis->column, value);
  axis->doubtful = axis->doubtful || !axis->sure[value];
  axis->odd = axis->odd || axis->table[value] == ODD;
}

/* Finds the places of the values that the found rows have: of all values, where
** there are fewer of them. */
static void place_values(Tallying *t, Axis *axis) {
  uint32_t values = axis->column->values;
  axis->doubtful = axis->odd = false;
  read_numbers(t, axis);
  if (values <= t->found) {
    for (uint32_t i = 0; i < values; i++)
      place_value(t, axis, i);
  } else {
    for (uint32_t i = 0; i < values; i++)
      axis->table[i] = UNKNOWN;
    for (uint32_t i = 0; i < t->found; i++)
      if (axis->row_numbers[i] < values &&
          axis->table[axis->row_numbers[i]] == UNKNOWN)
        place_value(t, axis, axis->row_numbers[i]);
  }
  axis->table[values] = NO_VALUE;
  axis->sure[values] = 1;
}

/* -------------------------------------------------------------------- cells */

/* Without keys there are no places, and nothing to count from. */
static uint32_t *places_of(const Tallying *t, uint32_t cell) {
  uint32_t *places = (uint32_t *)(void *)t->cell_places.bytes;
  size_t before = (size_t)cell * (size_t)t->g->nkeys;
  return before > 0 ? places + before : places;
}

/* The key of a cell, from its places. */
static uint64_t key_of(const Tallying *t, uint32_t cell) {
  const uint32_t *places = places_of(t, cell);
  uint64_t key = 0;
  for (int i = 0; i < t->g->nkeys; i++)
    key = key << t->axes[i].bits | places[i];
  return key;
}

static bool is_direct(const Tallying *t) {
  return t->bits <= DIRECT_BITS;
}

static void place_direct(Tallying *t) {
  uint32_t *direct;
  t->direct.length = 0;
  grow(&t->direct, ((size_t)1 << t->bits) * sizeof *direct);
  direct = (uint32_t *)(void *)t->direct.bytes;
  for (uint32_t cell = 0; cell < t->ncells; cell++)
    direct[key_of(t, cell)] = cell + 1;
}

/* Is there room for one cell more? */
static bool has_slots(const Tallying *t) {
  return ((uint64_t)t->ncells + 1) * 3 <= (uint64_t)t->nslots * 2;
}

static void place_hashed(Tallying *t) {
  Slot *slots;
  if (t->nslots == 0)
    t->nslots = 1 << 12;
  while (!has_slots(t))
    t->nslots *= 4;
  t->slots.length = 0;
  grow(&t->slots, t->nslots * sizeof *slots);
  slots = (Slot *)(void *)t->slots.bytes;
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    uint64_t key = key_of(t, cell);
    uint32_t slot = (uint32_t)mix(key) & (t->nslots - 1);
    while (slots[slot].number != 0)
      slot = (slot + 1) & (t->nslots - 1);
    slots[slot].key = key;
    slots[slot].number = cell + 1;
  }
}

/* Gives the places on each axis as many bits as they need; false where the keys
** of cells have no room for them. Cells are then found by the new keys. */
static bool fit_bits(Tallying *t) {
  unsigned bits = 0;
  bool wider = t->direct.length == 0 && t->nslots == 0;
  for (int i = 0; i < t->g->nkeys; i++) {
    Axis *axis = &t->axes[i];
    for (; axis->places > (uint64_t)1 << axis->bits; wider = true)
      axis->bits++;
    bits += axis->bits;
  }
  if (bits > 64)
    return false;
  t->bits = bits;
  if (wider && is_direct(t))
    place_direct(t);
  else if (wider)
    place_hashed(t);
  return true;
}

static bool has_total(const Measure *measured) {
  return measured->function > DISTINCT && measured->function != MEDIAN;
}

/* Memory for twice the cells. */
static void make_room(Tallying *t) {
  size_t room = t->room == 0 ? 64 : (size_t)t->room * 2;
  t->room = (uint32_t)room;
  grow(&t->cell_places, room * (size_t)t->g->nkeys * sizeof(uint32_t));
  grow(&t->counts, room * sizeof(int64_t));
  if (t->possibles.length > 0)
    grow(&t->possibles, room * sizeof(int64_t));
  if (t->totalled)
    grow(&t->totals, room * (size_t)t->g->nmeasures * sizeof(Total));
}

/* A new cell of that key; returns its number. */
static uint32_t add_cell(Tallying *t, uint64_t key) {
  uint32_t *places;
  if (t->ncells == t->room)
    make_room(t);
  places = places_of(t, t->ncells);
  for (int i = t->g->nkeys - 1; i >= 0; i--) {
    places[i] = (uint32_t)(key & (((uint64_t)1 << t->axes[i].bits) - 1));
    key >>= t->axes[i].bits;
  }
  return t->ncells++;
}

/* The number of the cell with that key. */
static uint32_t cell_direct(Tallying *t, uint64_t key) {
  uint32_t *direct = (uint32_t *)(void *)t->direct.bytes;
  if (direct[key] == 0)
    direct[key] = add_cell(t, key) + 1;
  return direct[key] - 1;
}

static uint32_t cell_hashed(Tallying *t, uint64_t key) {
  Slot *slots = (Slot *)(void *)t->slots.bytes;
  uint32_t slot = (uint32_t)mix(key) & (t->nslots - 1);
  uint32_t cell;
  while (slots[slot].number != 0) {
    if (slots[slot].key == key)
      return (uint32_t)slots[slot].number - 1;
    slot = (slot + 1) & (t->nslots - 1);
  }
  cell = add_cell(t, key);
  slots[slot].key = key;
  slots[slot].number = (uint64_t)cell + 1;
  if (!has_slots(t))
    place_hashed(t);
  return cell;
}

/* Makes the keys of the found rows' cells. */
static void make_keys(Tallying *t) {
  uint64_t *keys = t->keys;
  memset(keys, 0, t->found * sizeof *keys);
  for (int k = 0; k < t->g->nkeys; k++) {
    const uint32_t *table = t->axes[k].table;
    const uint16_t *numbers = t->axes[k].row_numbers;
    unsigned bits = t->axes[k].bits;
    for (uint32_t i = 0; i < t->found; i++)
      keys[i] = keys[i] << bits | table[numbers[i]];
  }
}

/* Asks memory for what hashing will look up. */
static void look_ahead(const Tallying *t, uint64_t key) {
#if defined(__GNUC__)
  const Slot *slots = (const Slot *)(const void *)t->slots.bytes;
  __builtin_prefetch(&slots[(uint32_t)mix(key) & (t->nslots - 1)]);
#else
  (void)t;
  (void)key;
#endif
}

/* Finds the cells of the found rows. */
static void find_cells(Tallying *t) {
  if (is_direct(t)) {
    for (uint32_t i = 0; i < t->found; i++)
      t->cell_of[i] = cell_direct(t, t->keys[i]);
    return;
  }
  for (uint32_t i = 0; i < t->found; i++) {
    if (i + AHEAD < t->found)
      look_ahead(t, t->keys[i + AHEAD]);
    t->cell_of[i] = cell_hashed(t, t->keys[i]);
  }
}

/* ----------------------------------------------------------------- counting */

/* Notes the rows of the mask. */
static void read_mask(Tallying *t) {
  const uint8_t *mask = t->scan.mask;
  uint32_t rows = t->scan.rows, found = 0, row = 0;
  uint64_t word;
  if (du_mask_count(mask, rows) == rows) {
    for (; row < rows; row++)
      t->rows[row] = (uint16_t)row;
    t->found = rows;
    return;
  }
  for (; row + 8 <= rows; row += 8) {
    memcpy(&word, mask + row, 8);
    for (uint32_t i = row; word != 0 && i < row + 8; i++) {
      t->rows[found] = (uint16_t)i; /* the next one may write over it */
      found += mask[i];
    }
  }
  for (; row < rows; row++) {
    t->rows[found] = (uint16_t)row;
    found += mask[row];
  }
  t->found = found;
}

/* Notes the ids of rows that a key puts into several buckets, and takes the
** rows out; false where the column of ids cannot be read. */
static bool leave_odd(Tallying *t) {
  uint32_t left = 0;
  if (t->ids == NULL)
    t->ids = du_scan_column(&t->scan, du_id_field(t->g->kind));
  if (t->ids == NULL)
    return false;
  for (uint32_t i = 0; i < t->found; i++) {
    bool odd = false;
    for (int k = 0; k < t->g->nkeys && !odd; k++)
      odd = t->axes[k].table[t->axes[k].row_numbers[i]] == ODD;
    if (odd) {
      du_text_format(&t->odd, "%s%I", t->odd.length > 1 ? "," : "",
                     du_segment_id(t->ids, t->rows[i]));
      t->nodd++;
    } else {
      t->rows[left++] = t->rows[i];
    }
  }
  t->found = left;
  for (int k = 0; k < t->g->nkeys; k++)
    read_numbers(t, &t->axes[k]);
  return true;
}

/* Notes which of the found rows are certain. */
static void set_certain(Tallying *t) {
  memset(t->certain, 1, t->found);
  for (int k = 0; k < t->g->nkeys; k++) {
    const Axis *axis = &t->axes[k];
    for (uint32_t i = 0; axis->doubtful && i < t->found; i++)
      t->certain[i] &= axis->sure[axis->row_numbers[i]];
  }
}

static int64_t *counts_of(const Tallying *t) {
  return (int64_t *)(void *)t->counts.bytes;
}

/* Counts keys, row by row in another lane. */
static void count_lanes(const Tallying *t, uint32_t *counted, size_t keys) {
  for (uint32_t i = 0, lane = 0; i < t->found; i++, lane = (lane + 1) % LANES)
    counted[(size_t)lane * keys + t->keys[i]]++;
}

/* The same for two keys, which are made on the way. */
static void count_pairs(const Tallying *t, uint32_t *counted, size_t keys) {
  const uint32_t *a = t->axes[0].table, *b = t->axes[1].table;
  const uint16_t *as = t->axes[0].row_numbers, *bs = t->axes[1].row_numbers;
  unsigned bits = t->axes[1].bits;
  uint32_t i = 0;
  for (; i + LANES <= t->found; i += LANES)
    for (uint32_t lane = 0; lane < LANES; lane++)
      counted[lane * keys + (a[as[i + lane]] << bits | b[bs[i + lane]])]++;
  for (; i < t->found; i++)
    counted[a[as[i]] << bits | b[bs[i]]]++;
}

/* Counts rows by their keys, which are few, and only then by cell. */
static void count_keys(Tallying *t) {
  uint32_t keys = (uint32_t)1 << t->bits;
  uint32_t *counted = t->counted;
  memset(counted, 0, (size_t)LANES * keys * sizeof *counted);
  if (t->g->nkeys == 2) {
    count_pairs(t, counted, keys);
  } else {
    make_keys(t);
    count_lanes(t, counted, keys);
  }
  for (uint32_t key = 0; key < keys; key++) {
    uint32_t count = 0, cell;
    for (uint32_t lane = 0; lane < LANES; lane++)
      count += counted[(size_t)lane * keys + key];
    if (count > 0) {
      cell = cell_direct(t, key);
      counts_of(t)[cell] += count;
    }
  }
}

static void count_rows(Tallying *t, bool doubtful) {
  int64_t *counts = counts_of(t), *possibles;
  if (doubtful)
    grow(&t->possibles, t->room * sizeof *possibles);
  possibles = (int64_t *)(void *)t->possibles.bytes;
  for (uint32_t i = 0; !doubtful && i < t->found; i++)
    counts[t->cell_of[i]]++;
  for (uint32_t i = 0; doubtful && i < t->found; i++) {
    counts[t->cell_of[i]] += t->certain[i];
    possibles[t->cell_of[i]] += !t->certain[i];
  }
}

static void add_integer(Total *total, int64_t value, Function function) {
  if (function == MIN || function == MAX) {
    if (total->seen == 0 ||
        (function == MIN ? value < total->integer : value > total->integer))
      total->integer = value;
  } else {
    du_exact_add_integer(&total->sum, value);
  }
  total->seen++;
}

static void add_number(Tallying *t, Total *total, double value,
                       Function function) {
  if (function == MIN || function == MAX) {
    if (total->seen == 0 ||
        (function == MIN ? value < total->number : value > total->number))
      total->number = value;
  } else {
    du_add_number(&t->wides, total, value);
  }
  total->seen++;
}

/* What a row has in a column of numbers. */
typedef struct Number {
  bool there;
  int64_t integer; /* of those of integers */
  double number;   /* of others */
} Number;

static Number number_of(const DuSegment *segment, uint32_t row) {
  Number got = {true, 0, 0};
  uint32_t value;
  if (segment->form == DU_SEGMENT_PLAIN) {
    got.number = segment->numbers[row];
    got.there = got.number >= got.number;
  } else if (segment->form == DU_SEGMENT_FOLLOWING) {
    got.integer = segment->base + row;
  } else {
    value = du_segment_number(segment, (int)row);
    got.there = value != segment->values;
    if (got.there && segment->type == DU_SEGMENT_INTEGERS)
      got.integer = segment->integers[value];
    else if (got.there)
      got.number = segment->numbers[value];
  }
  return got;
}

static void measure_rows(Tallying *t, int number, bool doubtful) {
  const Measure *measure = &t->g->measures[number];
  const DuSegment *segment = t->measured[number];
  Total *totals = (Total *)(void *)t->totals.bytes;
  bool whole = segment->type == DU_SEGMENT_INTEGERS;
  for (uint32_t i = 0; i < t->found; i++) {
    Total *total = &totals[(size_t)t->cell_of[i] * (size_t)t->g->nmeasures +
                           (size_t)number];
    Number got = number_of(segment, t->rows[i]);
    if (!got.there || (doubtful && !t->certain[i]))
      continue;
    if (whole)
      add_integer(total, got.integer, measure->function);
    else
      add_number(t, total, got.number, measure->function);
  }
}

/* Keeps the values of which a median is asked, with their cells. */
static void keep_values(Tallying *t, int number, bool doubtful) {
  const DuSegment *segment = t->measured[number];
  Kept *kept = &t->kept[number];
  bool whole = segment->type == DU_SEGMENT_INTEGERS;
  for (uint32_t i = 0; i < t->found; i++) {
    Number got = number_of(segment, t->rows[i]);
    if (!got.there || (doubtful && !t->certain[i]))
      continue;
    du_text_add(&kept->cells, (const char *)&t->cell_of[i], sizeof *t->cell_of);
    du_text_add(&kept->values,
                whole ? (const char *)&got.integer : (const char *)&got.number,
                8);
  }
}

/* Tells the values of a measure apart, in each cell. */
static void keep_distinct(Tallying *t, int number, bool doubtful) {
  Kept *kept = &t->kept[number];
  Axis *axis = kept->axis;
  place_values(t, axis);
  for (uint32_t i = 0; i < t->found; i++) {
    uint32_t place = axis->table[axis->row_numbers[i]];
    if (place != NO_VALUE && !(doubtful && !t->certain[i]))
      number_met(&kept->pairs,
                 (int64_t)((uint64_t)t->cell_of[i] << 32 | place));
  }
}

static void measure(Tallying *t, int number, bool doubtful) {
  switch (t->g->measures[number].function) {
  case COUNT:
  case POSSIBLE:
    return;
  case DISTINCT:
    keep_distinct(t, number, doubtful);
    return;
  case MEDIAN:
    keep_values(t, number, doubtful);
    return;
  default:
    measure_rows(t, number, doubtful);
  }
}

/* Numbers the texts of the segment's sources. */
static void number_texts(Tallying *t) {
  lua_State *L = t->L;
  const DuSegment *sources = t->sources;
  for (uint32_t i = 0; i < sources->values; i++) {
    lua_pushlstring(L, sources->texts + sources->offsets[i],
                    sources->offsets[i + 1] - sources->offsets[i]);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, t->texts) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushinteger(L, t->ntexts++);
      lua_rawset(L, t->texts);
      t->texts_of[i] = (uint32_t)t->ntexts - 1;
    } else {
      t->texts_of[i] = (uint32_t)lua_tointeger(L, -1);
    }
    lua_pop(L, 2);
  }
}

/* Notes what records each cell has, and what they rest on. */
static void note_provenance(Tallying *t) {
  const DuSegment *sources = t->sources;
  uint64_t before = UINT64_MAX;
  number_texts(t);
  du_text_add(&t->row_cells, (const char *)t->cell_of,
              t->found * sizeof *t->cell_of);
  for (uint32_t i = 0; i < t->found; i++) {
    uint32_t value = du_segment_number(sources, t->rows[i]);
    int64_t id = du_segment_id(t->ids, t->rows[i]);
    uint64_t pair;
    du_text_add(&t->row_ids, (const char *)&id, sizeof id);
    if (value == sources->values)
      continue;
    pair = (uint64_t)t->cell_of[i] << 32 | t->texts_of[value];
    if (pair != before)
      du_text_add(&t->sourced, (const char *)&pair, sizeof pair);
    before = pair;
  }
}

/* Reads an axis's column of this segment. Returns why columns cannot answer, or
** NULL. */
static const char *read_axis(Tallying *t, Axis *axis) {
  axis->column = du_scan_column(&t->scan, axis->field);
  if (axis->column == NULL)
    return t->scan.why;
  if (axis->column->form == DU_SEGMENT_PLAIN ||
      axis->column->form == DU_SEGMENT_FOLLOWING)
    return "a key is a number that hardly repeats";
  return NULL;
}

/* Reads the columns of this segment that are needed, likewise. */
static const char *read_columns(Tallying *t) {
  const DuKind *kind = t->g->kind;
  const char *why = NULL;
  t->ids = t->sources = NULL;
  for (int i = 0; i < t->naxes && why == NULL; i++)
    why = read_axis(t, &t->axes[i]);
  for (int i = 0; i < t->g->nmeasures; i++)
    if (t->g->measures[i].function > POSSIBLE)
      t->measured[i] =
          du_scan_column(&t->scan, t->g->measures[i].path.steps[0]);
  if (t->g->provenance) {
    t->ids = du_scan_column(&t->scan, du_id_field(kind));
    t->sources =
        du_scan_column(&t->scan, &kind->fields[du_field_find(kind, "sources")]);
  }
  return why != NULL ? why : t->scan.why;
}

/* Are rows counted, and nothing else asked of them? */
static bool counts_alone(const Tallying *t) {
  for (int i = 0; i < t->g->nmeasures; i++)
    if (t->g->measures[i].function > POSSIBLE)
      return false;
  return !t->g->provenance;
}

/* Adds the found rows to their cells. */
static void tally_rows(Tallying *t, bool doubtful) {
  if (!doubtful && t->bits <= COUNTED_BITS && counts_alone(t)) {
    count_keys(t);
    return;
  }
  make_keys(t);
  find_cells(t);
  count_rows(t, doubtful);
  for (int i = 0; i < t->g->nmeasures; i++)
    measure(t, i, doubtful);
  if (t->g->provenance)
    note_provenance(t);
}

/* Adds the segment that the scan is at. Returns why columns cannot answer, or
** NULL. */
static const char *tally_segment(Tallying *t) {
  const char *why = read_columns(t);
  bool doubtful = false, odd = false;
  if (why != NULL)
    return why;
  read_mask(t);
  for (int i = 0; i < t->g->nkeys; i++) {
    place_values(t, &t->axes[i]);
    doubtful = doubtful || t->axes[i].doubtful;
    odd = odd || t->axes[i].odd;
  }
  if (odd && !leave_odd(t))
    return t->scan.why;
  if (t->nodd > MANY_ODD)
    return "many dates lie in several buckets";
  if (doubtful)
    set_certain(t);
  if (!fit_bits(t))
    return "there are too many keys with too many values";
  tally_rows(t, doubtful);
  return NULL;
}

/* ------------------------------------------------------------------- groups */

/* [-0, +1] the value of a place that is of one */
static void push_placed(Tallying *t, const Axis *axis, uint32_t place) {
  lua_State *L = t->L;
  if (axis->bucket != DU_BUCKETS) {
    du_push_bucket(L, axis->bucket,
                   (int)values_met(&axis->met)[place - PLACES]);
  } else if (axis->whole) {
    lua_pushinteger(L, values_met(&axis->met)[place - PLACES]);
    du_present(t->g, axis->field);
  } else {
    lua_rawgeti(L, axis->list, (lua_Integer)(place - PLACES) + 1);
  }
}

/* [-0, +1] the value of a place, whose bytes are added to the group's */
static void push_place(Tallying *t, const Axis *axis, uint32_t place) {
  if (place == NO_VALUE) {
    du_add_tag(t->g, MISSING);
    lua_pushnil(t->L);
  } else if (place == NO_BOUNDS) {
    du_add_tag(t->g, UNBOUNDED);
    lua_pushstring(t->L, du_unbounded);
  } else if (axis->bucket != DU_BUCKETS) {
    du_add_tag(t->g, NUMBERED);
    du_add_bits(t->g, (uint64_t)values_met(&axis->met)[place - PLACES]);
    push_placed(t, axis, place);
  } else {
    push_placed(t, axis, place);
    du_add_value(t->g);
  }
}

/* What a cell has becomes what its group has. */
static void give_measure(Tallying *t, const Total *total, int group,
                         int number) {
  const Measure *measured = &t->g->measures[number];
  Total *into = du_total_of(t->g, group, number);
  if (total->seen == 0)
    return;
  if (measured->function == MIN || measured->function == MAX) {
    if (measured->path.steps[0]->type == DU_INTEGER)
      lua_pushinteger(t->L, total->integer);
    else
      lua_pushnumber(t->L, total->number);
    into->seen += total->seen;
    du_keep_extreme(t->g, group, number, measured->function == MIN);
    return;
  }
  du_join_total(&t->g->wides, into, &t->wides, total);
}

/* What a cell's values are becomes what its group has. Rows that are still to
** be read may have more of the same. */
static void give_distinct(Tallying *t, int number, const uint32_t *numbers,
                          bool all) {
  const Kept *kept = &t->kept[number];
  const int64_t *pairs = values_met(&kept->pairs);
  for (uint32_t i = 0; i < kept->pairs.count; i++) {
    uint32_t group = numbers[(uint64_t)pairs[i] >> 32];
    if (i % 4096 == 0)
      du_scan_look(&t->scan);
    if (group != 0 && all) {
      du_total_of(t->g, (int)group, number)->integer++;
    } else if (group != 0) {
      push_placed(t, kept->axis, (uint32_t)((uint64_t)pairs[i] & UINT32_MAX));
      du_keep_distinct(t->g, (int)group, number);
    }
  }
}

/* Brings the values of a median together by cell: [-0, +1] `sorted`, of which
** those of a cell begin where those of the one before end. */
static void sort_kept(Tallying *t, const Kept *kept, size_t *ends,
                      int64_t *sorted) {
  const uint32_t *cells = (const uint32_t *)(const void *)kept->cells.bytes;
  const int64_t *values = (const int64_t *)(const void *)kept->values.bytes;
  size_t count = kept->cells.length / sizeof *cells;
  memset(ends, 0, ((size_t)t->ncells + 1) * sizeof *ends);
  for (size_t i = 0; i < count; i++)
    ends[cells[i] + 1]++;
  for (uint32_t i = 0; i < t->ncells; i++)
    ends[i + 1] += ends[i];
  for (size_t i = 0; i < count; i++)
    sorted[ends[cells[i]]++] = values[i];
}

/* Gives a group the values of its cell: or, where no rows come, their median,
** which is also its own. */
static void give_values(Tallying *t, int number, int group, int64_t *values,
                        size_t count, bool all) {
  lua_State *L = t->L;
  bool whole = t->g->measures[number].path.steps[0]->type == DU_INTEGER;
  double *numbers = (double *)(void *)values;
  if (count == 0)
    return;
  du_total_of(t->g, group, number)->seen += (int64_t)count;
  if (all) {
    if (whole)
      du_push_median_integer(L, values, count);
    else
      du_push_median(L, numbers, count);
    du_keep_value(t->g, group, number);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if (whole)
      lua_pushinteger(L, values[i]);
    else
      lua_pushnumber(L, numbers[i]);
    du_keep_value(t->g, group, number);
  }
}

static void give_medians(Tallying *t, int number, const uint32_t *numbers,
                         bool all) {
  lua_State *L = t->L;
  const Kept *kept = &t->kept[number];
  size_t *ends =
      lua_newuserdatauv(L, ((size_t)t->ncells + 1) * sizeof *ends, 0);
  int64_t *sorted = lua_newuserdatauv(L, kept->values.length + 8, 0);
  sort_kept(t, kept, ends, sorted);
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    size_t start = cell == 0 ? 0 : ends[cell - 1];
    if (cell % 256 == 0)
      du_scan_look(&t->scan);
    if (numbers[cell] != 0)
      give_values(t, number, (int)numbers[cell], sorted + start,
                  ends[cell] - start, all);
  }
  lua_pop(L, 2);
}

static int compare_falling(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x < y) - (x > y);
}

/* Counts are told apart up to this one; few cells have more. */
#define MANY 4096

/* The count that at least so many of the cells have that have MANY or more. */
static int64_t sort_many(Tallying *t, uint32_t cells, int64_t most) {
  const int64_t *counts = counts_of(t);
  int64_t *many = lua_newuserdatauv(t->L, (size_t)cells * sizeof *many, 0);
  int64_t least;
  uint32_t found = 0;
  for (uint32_t i = 0; i < t->ncells; i++)
    if (counts[i] >= MANY)
      many[found++] = counts[i];
  qsort(many, found, sizeof *many, compare_falling);
  least = many[most - 1];
  lua_pop(t->L, 1);
  return least;
}

/* The least count of a group that may be among those with most records, where
** only those are asked for and no row can add to one. */
static int64_t least_count(Tallying *t, bool all) {
  const int64_t *counts = counts_of(t);
  uint32_t cells_with[MANY + 1] = {0};
  int64_t most = t->g->top, least = MANY, cells;
  if (most < 0 || most >= t->ncells || !all)
    return INT64_MIN;
  if (most == 0)
    return INT64_MAX;
  for (uint32_t i = 0; i < t->ncells; i++)
    cells_with[counts[i] < MANY ? counts[i] : MANY]++;
  if (cells_with[MANY] >= most)
    return sort_many(t, cells_with[MANY], most);
  for (cells = cells_with[MANY]; cells < most; cells += cells_with[least])
    least--;
  return least;
}

/* Makes the groups of the cells; numbers[cell] is then the group, or 0. */
static void make_groups(Tallying *t, uint32_t *numbers, bool all) {
  lua_State *L = t->L;
  int64_t least = least_count(t, all);
  const int64_t *possibles =
      t->possibles.length > 0
          ? (const int64_t *)(const void *)t->possibles.bytes
          : NULL; /* nothing is doubtful */
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    const uint32_t *places = places_of(t, cell);
    int group;
    Tally *tally;
    numbers[cell] = 0;
    if (cell % 1024 == 0)
      du_scan_look(&t->scan);
    if (counts_of(t)[cell] < least)
      continue;
    t->g->bytes.length = 0;
    for (int i = 0; i < t->g->nkeys; i++)
      push_place(t, &t->axes[i], places[i]);
    group = du_find_group(t->g);
    lua_pop(L, t->g->nkeys);
    numbers[cell] = (uint32_t)group;
    tally = du_tally_of(t->g, group);
    tally->count += counts_of(t)[cell];
    if (possibles != NULL)
      tally->possible += possibles[cell];
    for (int i = 0; i < t->g->nmeasures; i++)
      if (has_total(&t->g->measures[i]))
        give_measure(t,
                     (const Total *)(const void *)t->totals.bytes +
                         (size_t)cell * (size_t)t->g->nmeasures + i,
                     group, i);
  }
}

/* Fills the lists of records, cell by cell, in the order of ids. */
static void give_records(Tallying *t, const uint32_t *numbers) {
  lua_State *L = t->L;
  size_t rows = t->row_cells.length / sizeof(uint32_t);
  const uint32_t *cells = (const uint32_t *)(const void *)t->row_cells.bytes;
  const int64_t *ids = (const int64_t *)(const void *)t->row_ids.bytes;
  size_t *starts =
      lua_newuserdatauv(L, ((size_t)t->ncells + 1) * sizeof *starts, 0);
  int64_t *sorted = lua_newuserdatauv(L, (rows + 1) * sizeof *sorted, 0);
  memset(starts, 0, ((size_t)t->ncells + 1) * sizeof *starts);
  for (size_t i = 0; i < rows; i++)
    starts[cells[i] + 1]++;
  for (uint32_t i = 0; i < t->ncells; i++)
    starts[i + 1] += starts[i];
  for (size_t i = 0; i < rows; i++)
    sorted[starts[cells[i]]++] = ids[i];
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    size_t from = cell == 0 ? 0 : starts[cell - 1];
    if (numbers[cell] == 0)
      continue;
    if (cell % 1024 == 0)
      du_scan_look(&t->scan);
    lua_rawgeti(L, t->g->rows, numbers[cell]);
    lua_createtable(L, (int)(starts[cell] - from), 0);
    for (size_t i = from; i < starts[cell]; i++) {
      lua_pushinteger(L, sorted[i]);
      lua_rawseti(L, -2, (lua_Integer)(i - from) + 1);
    }
    lua_setfield(L, -2, "records");
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

static void give_sources(Tallying *t, const uint32_t *numbers) {
  lua_State *L = t->L;
  const uint64_t *pairs = (const uint64_t *)(const void *)t->sourced.bytes;
  size_t count = t->sourced.length / sizeof(uint64_t);
  lua_newtable(L); /* number -> text */
  lua_pushnil(L);
  for (; lua_next(L, t->texts) != 0; lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_rawseti(L, -4, lua_tointeger(L, -2));
  }
  for (size_t i = 0; i < count; i++) {
    if (numbers[pairs[i] >> 32] == 0)
      continue;
    lua_rawgeti(L, t->g->texts, numbers[pairs[i] >> 32]);
    lua_rawgeti(L, -2, (lua_Integer)(pairs[i] & UINT32_MAX));
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* ------------------------------------------------------------------ running */

/* The ids that have changed since join those that are left to rows. */
static void add_stale(Tallying *t) {
  for (int64_t i = 0; i < t->scan.nstale; i++)
    du_text_format(&t->odd, "%s%I", t->odd.length > 1 ? "," : "",
                   t->scan.stale[i]);
}

/* [-0, +n] the axes of keys, and of values that are told apart; and memory for
** what is known of a segment's values and rows. All stays on the stack. */
static void begin_axis(Tallying *t, const Path *path, DuBucket bucket) {
  lua_State *L = t->L;
  Axis *axis = &t->axes[t->naxes++];
  axis->path = path;
  axis->bucket = bucket;
  axis->field = path->steps[0];
  axis->whole = is_whole(axis);
  axis->places = PLACES;
  begin_met(L, &axis->met);
  lua_newtable(L);
  axis->list = lua_gettop(L);
  lua_newtable(L);
  axis->known = lua_gettop(L);
  lua_newtable(L);
  lua_rawsetp(L, axis->known, axis);
}

static void begin_axes(Tallying *t) {
  lua_State *L = t->L;
  for (int i = 0; i < t->g->nkeys; i++)
    begin_axis(t, &t->g->keys[i].path, t->g->keys[i].bucket);
  for (int i = 0; i < t->g->nmeasures; i++) {
    Kept *kept = &t->kept[i];
    t->totalled = t->totalled || has_total(&t->g->measures[i]);
    if (t->g->measures[i].function == DISTINCT) {
      kept->axis = &t->axes[t->naxes];
      begin_axis(t, &t->g->measures[i].path, DU_BUCKETS);
      begin_met(L, &kept->pairs);
    } else if (t->g->measures[i].function == MEDIAN) {
      du_text_init(L, &kept->cells);
      du_text_init(L, &kept->values);
    }
  }
}

static void begin_rows(Tallying *t) {
  lua_State *L = t->L;
  size_t part = DU_SEGMENT_ROWS + 8, naxes = (size_t)t->naxes;
  size_t a_row = sizeof *t->keys + sizeof *t->cell_of + sizeof *t->texts_of +
                 sizeof *t->rows + sizeof *t->certain;
  size_t an_axis = sizeof(uint32_t) + sizeof(uint16_t) + sizeof(uint8_t);
  char *memory = lua_newuserdatauv(L, part * (a_row + naxes * an_axis), 0);
  t->keys = (uint64_t *)(void *)memory;
  t->cell_of = (uint32_t *)(void *)(t->keys + part);
  t->texts_of = t->cell_of + part;
  memory = (char *)(t->texts_of + part);
  for (int i = 0; i < t->naxes; i++, memory += part * sizeof(uint32_t))
    t->axes[i].table = (uint32_t *)(void *)memory;
  for (int i = 0; i < t->naxes; i++, memory += part * sizeof(uint16_t))
    t->axes[i].row_numbers = (uint16_t *)(void *)memory;
  t->rows = (uint16_t *)(void *)memory;
  memory = (char *)(t->rows + part);
  for (int i = 0; i < t->naxes; i++, memory += part)
    t->axes[i].sure = (uint8_t *)memory;
  t->certain = (uint8_t *)memory;
  t->counted = lua_newuserdatauv(
      L, ((size_t)LANES << COUNTED_BITS) * sizeof *t->counted, 0);
}

/* [-0, +n] memory for the cells, likewise */
static void begin_cells(Tallying *t) {
  DuText *const texts[] = {&t->cell_places, &t->counts, &t->possibles,
                           &t->totals,      &t->wides,  &t->direct,
                           &t->slots,       &t->odd,    &t->row_cells,
                           &t->row_ids,     &t->sourced};
  const int count = (int)(sizeof texts / sizeof texts[0]);
  for (int i = 0; i < count; i++)
    du_text_init(t->L, texts[i]);
  lua_newtable(t->L);
  t->texts = lua_gettop(t->L);
}

/* What the cells have becomes what Lua sees. */
static void give_all(Tallying *t) {
  bool all = t->nodd == 0 && du_scan_has_all(&t->scan);
  uint32_t *numbers =
      lua_newuserdatauv(t->L, ((size_t)t->ncells + 1) * sizeof *numbers, 0);
  make_groups(t, numbers, all);
  for (int i = 0; i < t->g->nmeasures; i++) {
    if (t->g->measures[i].function == DISTINCT)
      give_distinct(t, i, numbers, all);
    else if (t->g->measures[i].function == MEDIAN)
      give_medians(t, i, numbers, all);
  }
  if (t->g->provenance) {
    give_records(t, numbers);
    give_sources(t, numbers);
  }
}

const char *du_tally_begin(Grouping *g, DuScan *scan, DuAim aim) {
  const char *why = refuse(g);
  return why != NULL ? why : du_scan_begin_count(g->L, scan, g->query, aim);
}

int du_tally_fields(const Grouping *g, unsigned char fields[DU_MOST_FIELDS]) {
  const DuField *first = g->kind->fields;
  int count = 0;
  for (int i = 0; i < g->nkeys; i++)
    fields[count++] = (unsigned char)(g->keys[i].path.steps[0] - first);
  for (int i = 0; i < g->nmeasures; i++)
    if (g->measures[i].function > POSSIBLE)
      fields[count++] = (unsigned char)(g->measures[i].path.steps[0] - first);
  if (g->provenance) {
    fields[count++] = (unsigned char)(du_id_field(g->kind) - first);
    fields[count++] = (unsigned char)du_field_find(g->kind, "sources");
  }
  return count;
}

const char *du_tally_columns(Grouping *g, int64_t *behind) {
  lua_State *L = g->L;
  Tallying t;
  const char *why;
  int top = lua_gettop(L);
  memset(&t, 0, sizeof t);
  t.g = g;
  t.L = L;
  why = du_tally_begin(g, &t.scan, DU_TO_READ);
  if (why != NULL) {
    lua_settop(L, top);
    return why;
  }
  luaL_checkstack(L, 6 * (MOST_KEYS + MOST_MEASURES) + 60, NULL);
  begin_axes(&t);
  begin_rows(&t);
  begin_cells(&t);
  du_text_puts(&t.odd, "[");
  while (why == NULL && du_scan_next(&t.scan))
    why = tally_segment(&t);
  why = t.scan.why != NULL ? t.scan.why : why;
  if (why != NULL) {
    lua_settop(L, top);
    return why;
  }
  give_all(&t);
  add_stale(&t);
  du_text_puts(&t.odd, "]");
  *behind = t.scan.last_id;
  du_text_push(&t.odd);
  lua_insert(L, top + 1);
  lua_settop(L, top + 1);
  return NULL;
}
