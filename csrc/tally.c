/*
** tally.c - groups what is in columns. A key gives each distinct value of its
** column a place on an axis; the axes span cells, and each row adds to the cell
** of its values. Only then are the cells that have something made groups, so
** that Lua sees a few groups and never a row.
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

/* Cells up to this number, and of so many bytes, are numbered as they lie; more
** of them are found by hashing. */
#define DENSE_CELLS ((uint64_t)1 << 18)
#define DENSE_BYTES ((uint64_t)1 << 23)

/* More rows than this that belong to several groups are better read as rows
** with all the others. */
#define MANY_ODD 20000

/* Places on an axis beside those of values. */
enum { NO_VALUE, NO_BOUNDS, PLACES };

/* A place that stands for several buckets. */
#define ODD UINT32_MAX

/* Where the values of a key lie. */
typedef struct Axis {
  const Key *key;
  const DuField *field; /* of the column */
  bool direct; /* place = value - base + PLACES; else as they are met */
  int64_t base;
  uint32_t places;
  int list;        /* stack index: the values met, by place - PLACES + 1 */
  int known;       /* stack index: raw value -> place */
  uint32_t *table; /* by number of value: its place */
  uint8_t *sure;   /* by number of value: is the date certain? */
  bool doubtful;   /* some value of this segment is not */
  const DuSegment *column; /* of this segment */
} Axis;

typedef struct Cell {
  int64_t count, possible;
} Cell;

typedef struct Tallying {
  Grouping *g;
  lua_State *L;
  DuScan scan;
  Axis axes[MOST_KEYS];
  uint64_t span; /* cells there could be */
  DuText cells;  /* of Cell */
  DuText totals; /* of Total: by cell and measure */
  DuText wides;  /* of DuWide */
  DuText keys;   /* hashed: the key of each cell */
  DuText slots;  /* hashed: number of cell + 1 */
  uint32_t ncells, nslots;
  DuText odd; /* JSON: ids that are left to rows */
  int64_t nodd;
  DuText row_cells, row_ids;  /* for provenance: of each row */
  DuText sourced;             /* pairs of cell and text of sources */
  int texts, ntexts;          /* stack index: text -> number; how many */
  uint32_t *places, *cell_of; /* by row of the segment */
  uint8_t *certain;
  /* columns of this segment; NULL: not asked for */
  const DuSegment *ids, *sources, *measured[MOST_MEASURES];
} Tallying;

/* ----------------------------------------------------------------- coverage */

static bool reads_reference(const Path *path) {
  return path->length > 1 && !path->list &&
         path->steps[0]->type == DU_REFERENCE &&
         du_target_kind(path->steps[0]->targets) != NULL;
}

static const char *refuse(const Grouping *g) {
  for (int i = 0; i < g->nkeys; i++) {
    const Path *path = &g->keys[i].path;
    const DuField *field = path->steps[0];
    if (path->list || field->type == DU_CITATIONS ||
        !du_column_kept(g->kind, field) ||
        (path->length > 1 && !reads_reference(path)) ||
        (path->length > 1 && g->keys[i].bucket != DU_BUCKETS) ||
        field->type == DU_ID)
      return "a key is not in a column";
    if (field->type == DU_DATE && g->keys[i].bucket == DU_BUCKETS)
      return "a key is a date as it is written";
  }
  for (int i = 0; i < g->nmeasures; i++) {
    const Measure *measure = &g->measures[i];
    if (measure->function <= POSSIBLE)
      continue;
    if (measure->function == DISTINCT || measure->function == MEDIAN)
      return "distinct and median are read from rows";
    if (measure->path.length != 1 ||
        !du_column_kept(g->kind, measure->path.steps[0]) ||
        (measure->path.steps[0]->type != DU_INTEGER &&
         measure->path.steps[0]->type != DU_NUMBER))
      return "a measure is not of a number in a column";
  }
  return NULL;
}

/* --------------------------------------------------------------------- axes */

/* The buckets of a date; false where it has no bounds, or more buckets than
** are told apart. */
static bool buckets_of(const Key *key, const DuSegment *segment, uint32_t value,
                       int *first, int *last) {
  const int32_t *days = &segment->days[2 * (size_t)value];
  int from = days[0], to = days[1];
  if (from == DU_EDTF_NO_FIRST || to == DU_EDTF_NO_LAST)
    return false;
  *first = du_bucket_of(key->bucket, from);
  *last = du_bucket_of(key->bucket, to);
  return *last - *first + 1 <= MOST_BUCKETS;
}

static bool is_direct(const Axis *axis) {
  return axis->key->bucket != DU_BUCKETS ||
         (axis->key->path.length == 1 &&
          (axis->field->type == DU_INTEGER || axis->field->type == DU_BOOLEAN ||
           axis->field->type == DU_REFERENCE));
}

/* Widens the range of an axis by what a segment has. */
static void widen(const Axis *axis, const DuSegment *segment, int64_t *least,
                  int64_t *most) {
  if (segment->values == 0)
    return;
  if (axis->key->bucket == DU_BUCKETS) { /* they are sorted */
    int64_t first = segment->integers[0];
    int64_t last = segment->integers[segment->values - 1];
    *least = first < *least ? first : *least;
    *most = last > *most ? last : *most;
    return;
  }
  for (uint32_t i = 0; i < segment->values; i++) {
    int first, last;
    if (buckets_of(axis->key, segment, i, &first, &last)) {
      *least = first < *least ? first : *least;
      *most = last > *most ? last : *most;
    }
  }
}

/* A range wider than this is no axis of its own: its values get their places as
** they are met. */
#define WIDEST ((uint64_t)1 << 20)

/* Buckets always have a range: there are not so many days. */
static void set_range(Axis *axis, int64_t least, int64_t most) {
  bool any = most >= least;
  /* not their number, which may be one too many for any integer */
  uint64_t between = any ? (uint64_t)most - (uint64_t)least : 0;
  if (between >= WIDEST && axis->key->bucket == DU_BUCKETS)
    axis->direct = false;
  axis->base = any ? least : 0;
  axis->places = PLACES + (any && axis->direct ? (uint32_t)between + 1 : 0);
}

/* Looks through all segments for where values may lie. Returns why columns
** cannot answer, or NULL. */
static const char *measure_axes(Tallying *t) {
  int64_t least[MOST_KEYS], most[MOST_KEYS];
  const int nkeys = t->g->nkeys;
  for (int i = 0; i < nkeys; i++) {
    least[i] = INT64_MAX;
    most[i] = INT64_MIN;
  }
  while (du_scan_next(&t->scan))
    for (int i = 0; i < nkeys; i++) {
      const DuSegment *segment = du_scan_column(&t->scan, t->axes[i].field);
      if (segment == NULL)
        return t->scan.why;
      if (segment->form == DU_SEGMENT_PLAIN ||
          segment->form == DU_SEGMENT_FOLLOWING)
        return "a key is a number that hardly repeats";
      if (t->axes[i].direct)
        widen(&t->axes[i], segment, &least[i], &most[i]);
    }
  for (int i = 0; i < nkeys; i++)
    set_range(&t->axes[i], least[i], most[i]);
  return t->scan.why;
}

/* [-0, +1] what a reference leads to, for a path of several steps; nil where it
** leads nowhere */
static void push_led_to(Tallying *t, const Key *key, int64_t id) {
  lua_State *L = t->L;
  Grouping *g = t->g;
  DuText sql;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &sql);
  du_text_puts(&sql, "SELECT ");
  du_add_path(g, &sql, &key->path, 1, VALUE);
  du_text_puts(&sql, " FROM ");
  du_text_view(&sql, g->store, key->path.kinds[1]);
  du_text_puts(&sql, " r1 WHERE r1.id = ?2");
  statement = du_text_prepare(&sql, t->scan.store->sql);
  if (g->store->as_of != DU_NOW)
    du_sql_bind_integer(statement, 1, g->store->as_of);
  du_sql_bind_integer(statement, 2, id);
  status = du_sql_step(statement);
  if (status == DU_ROW && du_sql_type(statement, 0) != DU_NULL_COLUMN) {
    du_value_push_stored(L, statement, 0);
    du_present(g, du_last_step(&key->path));
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
    if (axis->key->path.length > 1) {
      push_led_to(t, axis->key, segment->integers[value]);
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

static uint32_t place_of(Tallying *t, Axis *axis, const DuSegment *segment,
                         uint32_t value) {
  int first, last;
  if (axis->key->bucket != DU_BUCKETS) {
    if (!buckets_of(axis->key, segment, value, &first, &last)) {
      axis->sure[value] = 0;
      return NO_BOUNDS;
    }
    axis->sure[value] = du_segment_certain(segment, value);
    return first == last ? (uint32_t)(first - axis->base) + PLACES : ODD;
  }
  if (axis->direct)
    return (uint32_t)(segment->integers[value] - axis->base) + PLACES;
  if (axis->key->path.length > 1)
    return place_led_to(t, axis, segment, value);
  push_seen(t, axis, segment, value);
  return place_seen(t, axis);
}

/* Finds the places of a segment's values. */
static void place_values(Tallying *t, Axis *axis, const DuSegment *segment) {
  axis->doubtful = false;
  for (uint32_t i = 0; i < segment->values; i++) {
    axis->sure[i] = 1;
    axis->table[i] = place_of(t, axis, segment, i);
    axis->doubtful = axis->doubtful || !axis->sure[i] || axis->table[i] == ODD;
  }
  axis->table[segment->values] = NO_VALUE;
  axis->sure[segment->values] = 1;
}

/* -------------------------------------------------------------------- cells */

/* Makes memory that begins with zeros. [-0, +0] */
static void grow(DuText *text, size_t size) {
  static const char zeros[4096];
  while (text->length < size)
    du_text_add(text, zeros,
                size - text->length < sizeof zeros ? size - text->length
                                                   : sizeof zeros);
}

static void grow_cells(Tallying *t, uint32_t count) {
  grow(&t->cells, (size_t)count * sizeof(Cell));
  if (t->g->nmeasures > 0)
    grow(&t->totals, (size_t)count * (size_t)t->g->nmeasures * sizeof(Total));
}

/* The bits that the key of a cell has for each place. */
static unsigned key_bits(const Tallying *t) {
  return t->g->nkeys <= 2 ? 32 : 64 / (unsigned)t->g->nkeys;
}

static uint64_t mix(uint64_t key) {
  key *= 0x9e3779b97f4a7c15u;
  return key ^ (key >> 29);
}

/* Twice the slots, and all cells in them again. */
static void rehash(Tallying *t) {
  uint32_t nslots = t->nslots == 0 ? 1 << 14 : t->nslots * 2;
  const uint64_t *keys = (const uint64_t *)(const void *)t->keys.bytes;
  uint32_t *slots;
  t->slots.length = 0;
  grow(&t->slots, nslots * sizeof(uint32_t));
  slots = (uint32_t *)(void *)t->slots.bytes;
  for (uint32_t i = 0; i < t->ncells; i++) {
    uint32_t slot = (uint32_t)(mix(keys[i]) & (nslots - 1));
    while (slots[slot] != 0)
      slot = (slot + 1) & (nslots - 1);
    slots[slot] = i + 1;
  }
  t->nslots = nslots;
}

/* The number of the cell with that key. */
static uint32_t cell_at(Tallying *t, uint64_t key) {
  const uint64_t *keys = (const uint64_t *)(const void *)t->keys.bytes;
  uint32_t *slots = (uint32_t *)(void *)t->slots.bytes;
  uint32_t slot = (uint32_t)(mix(key) & (t->nslots - 1));
  while (slots[slot] != 0) {
    if (keys[slots[slot] - 1] == key)
      return slots[slot] - 1;
    slot = (slot + 1) & (t->nslots - 1);
  }
  slots[slot] = ++t->ncells;
  du_text_add(&t->keys, (const char *)&key, sizeof key);
  if (t->ncells * 2 > t->nslots)
    rehash(t);
  grow_cells(t, t->ncells);
  return t->ncells - 1;
}

/* Axes whose values are met on the way have no end: their cells are always
** hashed, by keys of so many bits an axis. */
static bool is_dense(const Tallying *t) {
  return t->span != 0;
}

static void span_cells(Tallying *t) {
  uint64_t size = sizeof(Cell) + (uint64_t)t->g->nmeasures * sizeof(Total);
  t->span = 1;
  for (int i = 0; i < t->g->nkeys; i++) {
    if (!t->axes[i].direct || t->span == 0)
      t->span = 0;
    else if ((t->span *= t->axes[i].places) > DENSE_CELLS ||
             t->span * size > DENSE_BYTES)
      t->span = 0;
  }
  if (is_dense(t)) {
    t->ncells = (uint32_t)t->span;
    grow_cells(t, t->ncells);
  } else {
    rehash(t);
  }
}

/* Finds the cell of each row of the segment, by its places on the axes. */
static void find_cells(Tallying *t) {
  uint32_t rows = t->scan.rows;
  const uint8_t *mask = t->scan.mask;
  int nkeys = t->g->nkeys;
  if (is_dense(t)) {
    for (uint32_t row = 0; row < rows; row++)
      t->cell_of[row] = nkeys > 0 ? t->places[row] : 0;
    for (int i = 1; i < nkeys; i++) {
      const uint32_t *places = t->places + (size_t)i * DU_SEGMENT_ROWS;
      uint32_t size = t->axes[i].places;
      for (uint32_t row = 0; row < rows; row++)
        t->cell_of[row] = t->cell_of[row] * size + places[row];
    }
    return;
  }
  for (uint32_t row = 0; row < rows; row++) {
    uint64_t key = 0;
    if (!mask[row])
      continue;
    for (int i = 0; i < nkeys; i++)
      key = key << key_bits(t) | t->places[(size_t)i * DU_SEGMENT_ROWS + row];
    t->cell_of[row] = cell_at(t, key);
  }
}

/* The places of a cell. */
static void places_of(const Tallying *t, uint32_t cell,
                      uint32_t places[MOST_KEYS]) {
  int nkeys = t->g->nkeys;
  uint64_t key = cell;
  if (!is_dense(t))
    memcpy(&key, t->keys.bytes + (size_t)cell * sizeof key, sizeof key);
  for (int i = nkeys - 1; i >= 0; i--) {
    uint64_t size =
        is_dense(t) ? t->axes[i].places : (uint64_t)1 << key_bits(t);
    places[i] = (uint32_t)(key % size);
    key /= size;
  }
}

/* ----------------------------------------------------------------- counting */

/* Notes the ids of rows that a key puts into several buckets, and takes the
** rows out; false where the column of ids cannot be read. */
static bool leave_odd(Tallying *t) {
  uint8_t *mask = t->scan.mask;
  if (t->ids == NULL)
    t->ids = du_scan_column(&t->scan, du_id_field(t->g->kind));
  if (t->ids == NULL)
    return false;
  for (int i = 0; i < t->g->nkeys; i++) {
    uint32_t *places = t->places + (size_t)i * DU_SEGMENT_ROWS;
    for (uint32_t row = 0; row < t->scan.rows; row++) {
      if (places[row] != ODD)
        continue;
      places[row] = 0; /* it has no cell */
      if (mask[row]) {
        du_text_format(&t->odd, "%s%I", t->odd.length > 1 ? "," : "",
                       du_segment_id(t->ids, row));
        t->nodd++;
        mask[row] = 0;
      }
    }
  }
  return true;
}

/* Notes which rows are certain. */
static void set_certain(Tallying *t) {
  uint32_t rows = t->scan.rows;
  memset(t->certain, 1, rows);
  for (int i = 0; i < t->g->nkeys; i++) {
    const Axis *axis = &t->axes[i];
    if (axis->doubtful)
      for (uint32_t row = 0; row < rows; row++)
        t->certain[row] &=
            axis->sure[du_segment_number(axis->column, (int)row)];
  }
}

static void count_rows(Tallying *t, bool doubtful) {
  Cell *cells = (Cell *)(void *)t->cells.bytes;
  const uint8_t *mask = t->scan.mask;
  uint32_t rows = t->scan.rows;
  if (!doubtful) {
    for (uint32_t row = 0; row < rows; row++)
      cells[t->cell_of[row]].count += mask[row];
    return;
  }
  for (uint32_t row = 0; row < rows; row++) {
    cells[t->cell_of[row]].count += mask[row] & t->certain[row];
    cells[t->cell_of[row]].possible += mask[row] & !t->certain[row];
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

static void measure_rows(Tallying *t, int number, bool doubtful) {
  const Measure *measure = &t->g->measures[number];
  const DuSegment *segment = t->measured[number];
  Total *totals = (Total *)(void *)t->totals.bytes;
  bool plain = segment->form == DU_SEGMENT_PLAIN;
  for (uint32_t row = 0; row < t->scan.rows; row++) {
    Total *total = &totals[(size_t)t->cell_of[row] * (size_t)t->g->nmeasures +
                           (size_t)number];
    uint32_t value;
    if (!t->scan.mask[row] || (doubtful && !t->certain[row]))
      continue;
    if (plain) {
      if (segment->numbers[row] >= segment->numbers[row])
        add_number(t, total, segment->numbers[row], measure->function);
      continue;
    }
    if (segment->form == DU_SEGMENT_FOLLOWING) {
      add_integer(total, segment->base + row, measure->function);
      continue;
    }
    value = du_segment_number(segment, (int)row);
    if (value == segment->values)
      continue;
    if (segment->type == DU_SEGMENT_INTEGERS)
      add_integer(total, segment->integers[value], measure->function);
    else
      add_number(t, total, segment->numbers[value], measure->function);
  }
}

/* Notes what records each cell has, and what they rest on. */
static void note_provenance(Tallying *t) {
  lua_State *L = t->L;
  const DuSegment *sources = t->sources;
  uint64_t before = UINT64_MAX;
  uint32_t *numbers = t->axes[0].table; /* which is of no more use here */
  for (uint32_t i = 0; i < sources->values; i++) {
    lua_pushlstring(L, sources->texts + sources->offsets[i],
                    sources->offsets[i + 1] - sources->offsets[i]);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, t->texts) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushinteger(L, t->ntexts++);
      lua_rawset(L, t->texts);
      numbers[i] = (uint32_t)t->ntexts - 1;
    } else {
      numbers[i] = (uint32_t)lua_tointeger(L, -1);
    }
    lua_pop(L, 2);
  }
  for (uint32_t row = 0; row < t->scan.rows; row++) {
    uint32_t value = du_segment_number(sources, (int)row);
    int64_t id;
    uint64_t pair;
    if (!t->scan.mask[row])
      continue;
    id = du_segment_id(t->ids, row);
    du_text_add(&t->row_cells, (const char *)&t->cell_of[row],
                sizeof(uint32_t));
    du_text_add(&t->row_ids, (const char *)&id, sizeof id);
    if (value == sources->values)
      continue;
    pair = (uint64_t)t->cell_of[row] << 32 | numbers[value];
    if (pair != before)
      du_text_add(&t->sourced, (const char *)&pair, sizeof pair);
    before = pair;
  }
}

/* Reads the columns of this segment that are needed; false where one cannot be
** read. */
static bool read_columns(Tallying *t) {
  const DuKind *kind = t->g->kind;
  t->ids = t->sources = NULL;
  for (int i = 0; i < t->g->nkeys; i++)
    t->axes[i].column = du_scan_column(&t->scan, t->axes[i].field);
  for (int i = 0; i < t->g->nmeasures; i++)
    if (t->g->measures[i].function > POSSIBLE)
      t->measured[i] =
          du_scan_column(&t->scan, t->g->measures[i].path.steps[0]);
  if (t->g->provenance) {
    t->ids = du_scan_column(&t->scan, du_id_field(kind));
    t->sources =
        du_scan_column(&t->scan, &kind->fields[du_field_find(kind, "sources")]);
  }
  return t->scan.why == NULL;
}

/* Adds the segment that the scan is at; false where a column cannot be read. */
static bool tally_segment(Tallying *t) {
  bool doubtful = false;
  if (!read_columns(t))
    return false;
  for (int i = 0; i < t->g->nkeys; i++) {
    Axis *axis = &t->axes[i];
    place_values(t, axis, axis->column);
    du_segment_spread(axis->column, axis->table,
                      t->places + (size_t)i * DU_SEGMENT_ROWS);
    doubtful = doubtful || axis->doubtful;
  }
  if (doubtful) {
    set_certain(t);
    if (!leave_odd(t))
      return false;
  }
  if (!is_dense(t)) /* a row that was taken out has no cell */
    memset(t->cell_of, 0, t->scan.rows * sizeof *t->cell_of);
  find_cells(t);
  if (t->ncells == 0)
    return true;
  count_rows(t, doubtful);
  for (int i = 0; i < t->g->nmeasures; i++)
    if (t->g->measures[i].function > POSSIBLE)
      measure_rows(t, i, doubtful);
  if (t->g->provenance)
    note_provenance(t);
  return true;
}

/* ------------------------------------------------------------------- groups */

/* [-0, +1] the value of a place, whose bytes are added to the group's */
static void push_place(Tallying *t, const Axis *axis, uint32_t place) {
  lua_State *L = t->L;
  int64_t value = place < PLACES ? 0 : axis->base + (int64_t)(place - PLACES);
  if (place == NO_VALUE) {
    du_add_tag(t->g, MISSING);
    lua_pushnil(L);
  } else if (place == NO_BOUNDS) {
    du_add_tag(t->g, UNBOUNDED);
    lua_pushstring(L, du_unbounded);
  } else if (axis->key->bucket != DU_BUCKETS) {
    du_add_tag(t->g, NUMBERED);
    du_add_bits(t->g, (uint64_t)value);
    du_push_bucket(L, axis->key->bucket, (int)value);
  } else if (axis->direct) {
    lua_pushinteger(L, value);
    du_present(t->g, axis->field);
    du_add_value(t->g);
  } else {
    lua_rawgeti(L, axis->list, (lua_Integer)(place - PLACES) + 1);
    du_add_value(t->g);
  }
}

/* What a cell has becomes what its group has. */
static void give_measure(Tallying *t, const Total *total, int group,
                         int number) {
  const Measure *measure = &t->g->measures[number];
  Total *into = du_total_of(t->g, group, number);
  if (total->seen == 0)
    return;
  if (measure->function == MIN || measure->function == MAX) {
    if (measure->path.steps[0]->type == DU_INTEGER)
      lua_pushinteger(t->L, total->integer);
    else
      lua_pushnumber(t->L, total->number);
    into->seen += total->seen;
    du_keep_extreme(t->g, group, number, measure->function == MIN);
    return;
  }
  du_join_total(&t->g->wides, into, &t->wides, total);
}

static int compare_falling(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x < y) - (x > y);
}

/* The least count of a group that may be among those with most records, where
** only those are asked for and no row can add to one. */
static int64_t least_count(Tallying *t) {
  const Cell *cells = (const Cell *)(const void *)t->cells.bytes;
  int64_t most = t->g->top, least = 1 << 10, *counts;
  size_t high = 0;
  if (most < 0 || most >= t->ncells || t->nodd > 0 ||
      !du_scan_has_all(&t->scan))
    return INT64_MIN;
  if (most == 0)
    return INT64_MAX;
  /* few have many: only their counts are sorted */
  for (; least > 1; least /= 2) {
    high = 0;
    for (uint32_t i = 0; i < t->ncells; i++)
      high += cells[i].count >= least;
    if (high >= (size_t)most)
      break;
  }
  counts = lua_newuserdatauv(t->L, ((size_t)t->ncells + 1) * sizeof *counts, 0);
  high = 0;
  for (uint32_t i = 0; i < t->ncells; i++)
    if (cells[i].count >= least)
      counts[high++] = cells[i].count;
  if (high < (size_t)most) {
    lua_pop(t->L, 1);
    return INT64_MIN;
  }
  qsort(counts, high, sizeof *counts, compare_falling);
  least = counts[most - 1];
  lua_pop(t->L, 1);
  return least;
}

/* Makes the groups of the cells that have something; numbers[cell] is then the
** group, or 0. */
static void make_groups(Tallying *t, uint32_t *numbers) {
  lua_State *L = t->L;
  int64_t least = least_count(t);
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    const Cell *seen = (const Cell *)(const void *)t->cells.bytes + cell;
    uint32_t places[MOST_KEYS];
    int group;
    Tally *tally;
    numbers[cell] = 0;
    if (cell % 1024 == 0)
      du_scan_look(&t->scan);
    if ((seen->count == 0 && seen->possible == 0) || seen->count < least)
      continue;
    t->g->bytes.length = 0;
    places_of(t, cell, places);
    for (int i = 0; i < t->g->nkeys; i++)
      push_place(t, &t->axes[i], places[i]);
    group = du_find_group(t->g);
    lua_pop(L, t->g->nkeys);
    numbers[cell] = (uint32_t)group;
    tally = du_tally_of(t->g, group);
    tally->count += seen->count;
    tally->possible += seen->possible;
    for (int i = 0; i < t->g->nmeasures; i++)
      if (t->g->measures[i].function > POSSIBLE)
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

static void begin_axes(Tallying *t) {
  lua_State *L = t->L;
  char *memory = lua_newuserdatauv(
      L, (size_t)(t->g->nkeys + 1) * (DU_SEGMENT_ROWS + 8) * 5, 0);
  size_t part = (DU_SEGMENT_ROWS + 8);
  for (int i = 0; i < t->g->nkeys; i++) {
    Axis *axis = &t->axes[i];
    axis->key = &t->g->keys[i];
    axis->field = axis->key->path.steps[0];
    axis->direct = is_direct(axis);
    axis->table = (uint32_t *)(void *)memory + (size_t)i * part;
    lua_newtable(L);
    axis->list = lua_gettop(L);
    lua_newtable(L);
    axis->known = lua_gettop(L);
    lua_newtable(L);
    lua_rawsetp(L, axis->known, axis);
  }
  if (t->g->nkeys == 0)
    t->axes[0].table = (uint32_t *)(void *)memory;
  memory += (size_t)(t->g->nkeys + 1) * part * 4;
  for (int i = 0; i < t->g->nkeys; i++)
    t->axes[i].sure = (uint8_t *)memory + (size_t)i * part;
}

/* Why rows are to answer after all, or NULL. */
static const char *find_excess(const Tallying *t) {
  if (t->nodd > MANY_ODD)
    return "many dates lie in several buckets";
  for (int i = 0; i < t->g->nkeys && !is_dense(t); i++)
    if (t->axes[i].places >= (uint64_t)1 << key_bits(t))
      return "there are too many keys with too many values";
  return NULL;
}

const char *du_tally_columns(Grouping *g, int64_t *behind) {
  lua_State *L = g->L;
  Tallying t;
  const char *why = refuse(g);
  uint32_t *numbers;
  int top = lua_gettop(L);
  memset(&t, 0, sizeof t);
  t.g = g;
  t.L = L;
  if (why == NULL && ((DuQuery *)lua_touserdata(L, g->query))->limit >= 0)
    why = "a limit is asked for";
  if (why == NULL)
    why = du_scan_begin(L, &t.scan, g->query);
  if (why != NULL) {
    lua_settop(L, top);
    return why;
  }
  luaL_checkstack(L, 60, NULL);
  begin_axes(&t);
  why = g->nkeys > 0 ? measure_axes(&t) : NULL;
  if (why != NULL) {
    lua_settop(L, top);
    return why;
  }
  t.places = lua_newuserdatauv(
      L, (size_t)(g->nkeys + 2) * DU_SEGMENT_ROWS * sizeof *t.places, 0);
  t.cell_of = t.places + (size_t)g->nkeys * DU_SEGMENT_ROWS;
  t.certain = (uint8_t *)(t.cell_of + DU_SEGMENT_ROWS);
  du_text_init(L, &t.cells);
  du_text_init(L, &t.totals);
  du_text_init(L, &t.wides);
  du_text_init(L, &t.keys);
  du_text_init(L, &t.slots);
  du_text_init(L, &t.odd);
  du_text_init(L, &t.row_cells);
  du_text_init(L, &t.row_ids);
  du_text_init(L, &t.sourced);
  lua_newtable(L);
  t.texts = lua_gettop(L);
  du_text_puts(&t.odd, "[");
  span_cells(&t);
  du_scan_rewind(&t.scan);
  while (why == NULL && du_scan_next(&t.scan)) {
    if (tally_segment(&t))
      why = find_excess(&t);
  }
  why = t.scan.why != NULL ? t.scan.why : why;
  if (why != NULL) {
    lua_settop(L, top);
    return why;
  }
  numbers = lua_newuserdatauv(L, ((size_t)t.ncells + 1) * sizeof *numbers, 0);
  make_groups(&t, numbers);
  if (g->provenance) {
    give_records(&t, numbers);
    give_sources(&t, numbers);
  }
  add_stale(&t);
  du_text_puts(&t.odd, "]");
  *behind = t.scan.last_id;
  du_text_push(&t.odd);
  lua_insert(L, top + 1);
  lua_settop(L, top + 1);
  return NULL;
}
