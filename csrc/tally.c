/*
** tally.c - groups what is in columns. A key gives each distinct value of its
** column a place on an axis, in the order in which they are met; the places of
** a row are the key of a cell, to which the row adds. Only then are the cells
** made groups, so that Lua sees a few groups and never a row.
**
** Records that are in no segment, or have changed since, are left to those who
** read rows.
*/
#include <string.h>

#include "tally.h"

/* Up to so many, rows are counted by their keys, in LANES tables in turn: the
** next row often adds to the same cell, and would have to wait for this one. */
#define COUNTED_BITS 11
#define LANES 4

/* More rows than this that only rows can tell of are better read with all the
** others. */
#define MANY_ODD 20000

/* ----------------------------------------------------------------- coverage */

/* Does the path go on, from what a column has, to what that refers to? */
static bool reads_reference(const Path *path) {
  return path->length > 1 && path->steps[0]->targets != 0 &&
         du_target_kind(path->steps[0]->targets) != NULL;
}

static const char *refuse_key(const Grouping *g, const Key *key) {
  const Path *path = &key->path;
  const DuField *field = path->steps[0];
  if (!du_column_kept(g->kind, field) ||
      (path->list && !(field->flags & DU_LIST)) ||
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
      (field->flags & DU_LIST))
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

/* --------------------------------------------------------------------- rows */

/* Notes the rows of the mask. */
static void read_mask(Tallying *t) {
  const uint8_t *mask = t->scan.mask;
  uint32_t rows = t->scan.rows;
  if (memchr(mask, 0, rows) == NULL) {
    if (!t->all_rows)
      for (uint32_t row = 0; row < DU_SEGMENT_ROWS; row++)
        t->rows[row] = (uint16_t)row;
    t->all_rows = true; /* as they are for the next segment, too */
    t->found = rows;
    return;
  }
  t->all_rows = false;
  t->found = du_mask_list(mask, rows, t->rows);
}

/* Leaves a row to rows. */
static void leave_row(Tallying *t, uint32_t row) {
  du_text_format(&t->odd, "%s%I", t->odd.length > 1 ? "," : "",
                 du_segment_id(t->ids, row));
  t->nodd++;
}

/* Takes those of the found rows out that a key puts into several groups, and
** lists them; leaves to rows those that only these tell. Returns how many are
** listed. There is the column of ids. */
static uint32_t take_several(Tallying *t) {
  uint32_t left = 0, several = 0;
  for (uint32_t i = 0; i < t->found; i++) {
    uint32_t most = 0;
    for (int k = 0; k < t->g->nkeys; k++) {
      uint32_t place = t->axes[k].table[du_row_numbers(t, &t->axes[k])[i]];
      most = place > most ? place : most;
    }
    if (most == ODD)
      leave_row(t, t->rows[i]);
    else if (most >= SEVERAL)
      t->several[several++] = t->rows[i];
    else
      t->rows[left++] = t->rows[i];
  }
  t->all_rows = false;
  t->found = left;
  for (int k = 0; k < t->g->nkeys; k++)
    t->axes[k].numbered = false;
  return several;
}

/* Notes which of the found rows are certain. */
static void set_certain(Tallying *t) {
  memset(t->certain, 1, t->found);
  for (int k = 0; k < t->g->nkeys; k++) {
    Axis *axis = &t->axes[k];
    const uint16_t *numbers;
    if (!axis->doubtful)
      continue;
    numbers = du_row_numbers(t, axis);
    for (uint32_t i = 0; i < t->found; i++)
      t->certain[i] &= axis->sure[numbers[i]];
  }
}

/* ----------------------------------------------------------------- counting */

/* Counts keys, row by row in another lane. */
static void count_lanes(const Tallying *t, uint32_t *counted, size_t keys) {
  for (uint32_t i = 0, lane = 0; i < t->found; i++, lane = (lane + 1) % LANES)
    counted[(size_t)lane * keys + t->keys[i]]++;
}

/* The same for two keys, which are made on the way. */
static void count_pairs(Tallying *t, uint32_t *counted, size_t keys) {
  const uint32_t *a = t->axes[0].table, *b = t->axes[1].table;
  const uint16_t *as = du_row_numbers(t, &t->axes[0]);
  const uint16_t *bs = du_row_numbers(t, &t->axes[1]);
  unsigned bits = t->axes[1].bits;
  uint32_t i = 0;
  for (; i + LANES <= t->found; i += LANES)
    for (uint32_t lane = 0; lane < LANES; lane++)
      counted[lane * keys + (a[as[i + lane]] << bits | b[bs[i + lane]])]++;
  for (; i < t->found; i++)
    counted[a[as[i]] << bits | b[bs[i]]]++;
}

/* Are all rows of the segment found, and one or two keys of them in columns of
** bytes, or of one value? */
static bool has_bytes(const Tallying *t) {
  for (int k = 0; k < t->g->nkeys; k++)
    if (t->axes[k].column->form > DU_SEGMENT_BYTES)
      return false;
  return t->found == t->scan.rows && (t->g->nkeys == 1 || t->g->nkeys == 2);
}

/* What each number of a value adds to a key, whichever it is where there is but
** one value. Returns the numbers, or then NULL. */
static const uint8_t *read_shares(const Axis *axis, unsigned shift,
                                  uint16_t shares[256]) {
  bool same = axis->column->form == DU_SEGMENT_SAME;
  uint32_t numbers = axis->column->values + 1;
  for (uint32_t i = 0; i < 256; i++)
    shares[i] = (uint16_t)(axis->table[same          ? 0
                                       : i < numbers ? i
                                                     : numbers - 1]
                           << shift);
  return same ? NULL : axis->column->bytes;
}

/* The same for keys of bytes, which are read as they are. */
static void count_bytes(const Tallying *t, uint32_t *counted, size_t keys) {
  uint16_t high[256], low[256] = {0};
  const Axis *axes = t->axes;
  bool two = t->g->nkeys == 2;
  const uint8_t *as = read_shares(&axes[0], two ? axes[1].bits : 0, high);
  const uint8_t *bs = two ? read_shares(&axes[1], 0, low) : NULL;
  uint32_t rows = t->found, i = 0;
  if (as == NULL && bs == NULL) {
    counted[high[0] + low[0]] = rows;
    return;
  }
  as = as == NULL ? bs : as; /* any numbers do */
  bs = bs == NULL ? as : bs;
  for (; i + LANES <= rows; i += LANES) { /* no compiler unrolls it by itself */
    counted[high[as[i]] + low[bs[i]]]++;
    counted[keys + high[as[i + 1]] + low[bs[i + 1]]]++;
    counted[2 * keys + high[as[i + 2]] + low[bs[i + 2]]]++;
    counted[3 * keys + high[as[i + 3]] + low[bs[i + 3]]]++;
  }
  for (; i < rows; i++)
    counted[high[as[i]] + low[bs[i]]]++;
}

/* Counts rows by their keys, which are few, and only then by cell. */
static void count_keys(Tallying *t) {
  uint32_t keys = (uint32_t)1 << t->bits;
  uint32_t *counted = t->counted;
  memset(counted, 0, (size_t)LANES * keys * sizeof *counted);
  if (has_bytes(t)) {
    count_bytes(t, counted, keys);
  } else if (t->g->nkeys == 2) {
    count_pairs(t, counted, keys);
  } else {
    du_make_keys(t);
    count_lanes(t, counted, keys);
  }
  for (uint32_t key = 0; key < keys; key++) {
    uint32_t count = 0, cell;
    for (uint32_t lane = 0; lane < LANES; lane++)
      count += counted[(size_t)lane * keys + key];
    if (count > 0) {
      cell = du_cell_direct(t, key);
      counts_of(t)[cell] += count;
    }
  }
}

static void count_rows(Tallying *t, bool doubtful) {
  int64_t *counts = counts_of(t), *possibles;
  if (doubtful)
    du_text_grow(&t->possibles, t->room * sizeof *possibles);
  possibles = (int64_t *)(void *)t->possibles.bytes;
  for (uint32_t i = 0; !doubtful && i < t->found; i++)
    counts[t->cell_of[i]]++;
  for (uint32_t i = 0; doubtful && i < t->found; i++) {
    counts[t->cell_of[i]] += t->certain[i];
    possibles[t->cell_of[i]] += !t->certain[i];
  }
}

/* ----------------------------------------------------------------- segments */

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

const char *du_read_columns(Tallying *t) {
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

bool du_counts_alone(const Tallying *t) {
  for (int i = 0; i < t->g->nmeasures; i++)
    if (t->g->measures[i].function > POSSIBLE)
      return false;
  return !t->g->provenance;
}

void du_add_rows(Tallying *t, bool doubtful) {
  du_scan_look(&t->scan);
  du_find_cells(t);
  count_rows(t, doubtful);
  for (int i = 0; i < t->g->nmeasures; i++)
    du_measure(t, i, doubtful);
  if (t->g->provenance)
    du_note_provenance(t);
}

/* Adds the found rows to their cells. */
static void tally_rows(Tallying *t, bool doubtful) {
  if (doubtful)
    set_certain(t);
  if (!doubtful && t->bits <= COUNTED_BITS && du_counts_alone(t)) {
    count_keys(t);
    return;
  }
  du_make_keys(t);
  du_add_rows(t, doubtful);
}

/* Adds the segment that the scan is at. Returns why columns cannot answer, or
** NULL. */
static const char *tally_segment(Tallying *t) {
  const char *why = du_read_columns(t);
  bool doubtful = false, some = false;
  uint32_t several = 0;
  if (why != NULL)
    return why;
  read_mask(t);
  for (int i = 0; i < t->g->nkeys; i++) {
    du_place_values(t, &t->axes[i]);
    doubtful = doubtful || t->axes[i].doubtful;
    some = some || t->axes[i].several;
  }
  if (some && t->ids == NULL)
    t->ids = du_scan_column(&t->scan, du_id_field(t->g->kind));
  if (t->scan.why != NULL)
    return t->scan.why;
  if (some)
    several = take_several(t);
  if (t->nodd > MANY_ODD)
    return "many records have what only rows tell";
  if (!du_fit_bits(t))
    return "there are too many keys with too many values";
  tally_rows(t, doubtful);
  if (several > 0) {
    t->unsorted = true;
    du_add_several(t, t->several, several);
  }
  return NULL;
}

/* ------------------------------------------------------------------ running */

static void begin_axes(Tallying *t) {
  lua_State *L = t->L;
  for (int i = 0; i < t->g->nkeys; i++)
    du_begin_axis(t, &t->g->keys[i].path, t->g->keys[i].bucket);
  for (int i = 0; i < t->g->nmeasures; i++) {
    Kept *kept = &t->kept[i];
    t->totalled = t->totalled || has_total(&t->g->measures[i]);
    if (t->g->measures[i].function == DISTINCT) {
      kept->axis = &t->axes[t->naxes];
      du_begin_axis(t, &t->g->measures[i].path, DU_BUCKETS);
      du_begin_met(L, &kept->pairs);
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
                 sizeof *t->rows + sizeof *t->several + sizeof *t->certain;
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
  t->several = t->rows + part;
  memory = (char *)(t->several + part);
  for (int i = 0; i < t->naxes; i++, memory += part)
    t->axes[i].sure = (uint8_t *)memory;
  t->certain = (uint8_t *)memory;
  t->counted = lua_newuserdatauv(
      L, ((size_t)LANES << COUNTED_BITS) * sizeof *t->counted, 0);
}

/* [-0, +n] memory for the cells, likewise */
static void begin_cells(Tallying *t) {
  DuText *const texts[] = {&t->cell_places, &t->counts,  &t->possibles,
                           &t->totals,      &t->wides,   &t->shares,
                           &t->direct,      &t->slots,   &t->odd,
                           &t->row_cells,   &t->row_ids, &t->sourced};
  const int count = (int)(sizeof texts / sizeof texts[0]);
  for (int i = 0; i < count; i++)
    du_text_init(t->L, texts[i]);
  lua_newtable(t->L);
  t->texts = lua_gettop(t->L);
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
  bool done;
  int top = lua_gettop(L);
  memset(&t, 0, sizeof t);
  t.g = g;
  t.L = L;
  why = du_tally_begin(g, &t.scan, DU_TO_READ);
  if (why != NULL) {
    lua_settop(L, top);
    du_rows_first(L, 1); /* the query */
    return why;
  }
  luaL_checkstack(L, 8 * (MOST_KEYS + MOST_MEASURES) + 60, NULL);
  begin_axes(&t);
  begin_rows(&t);
  begin_cells(&t);
  du_text_puts(&t.odd, "[");
  why = du_tally_top(&t, &done);
  while (why == NULL && !done && du_scan_next(&t.scan))
    why = tally_segment(&t);
  why = t.scan.why != NULL ? t.scan.why : why;
  if (why != NULL) {
    lua_settop(L, top);
    return why;
  }
  du_give_all(&t);
  du_scan_add_rest(&t.scan, &t.odd);
  du_text_puts(&t.odd, "]");
  *behind = du_scan_behind(&t.scan);
  du_text_push(&t.odd);
  lua_insert(L, top + 1);
  lua_settop(L, top + 1);
  return NULL;
}
