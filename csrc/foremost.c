/*
** foremost.c - of what a query finds in columns, the records that come first by
** a date: as many as its limit lets through. Segments whose days are all later
** than those of the ones kept so far are not read.
**
** Those kept are a heap, at whose root the last of them stands.
*/
#include "columns.h"

#include <stdlib.h>

/* So many are found faster by reading all rows. */
#define MOST_WANTED 50000

/* A record by where it comes: by its days, negative ones where the latest come
** first, and by its id. One without a date comes last either way. */
typedef struct Rank {
  int32_t first, last;
  int64_t id;
} Rank;

typedef struct Foremost {
  const DuField *field;
  bool down;
  Rank *kept;
  int64_t count, wanted;
} Foremost;

int64_t du_query_wanted(const DuQuery *query) {
  return query->limit < 0 || query->limit > MOST_WANTED ||
                 query->offset > MOST_WANTED
             ? -1
             : query->limit + query->offset;
}

bool du_foremost_asked(const DuQuery *query) {
  return query->by != NULL && du_query_wanted(query) > 0;
}

/* ------------------------------------------------------------------- heap */

static bool comes_before(const Rank *a, const Rank *b) {
  if (a->first != b->first)
    return a->first < b->first;
  if (a->last != b->last)
    return a->last < b->last;
  return a->id < b->id;
}

static void swap(Rank *a, Rank *b) {
  Rank kept = *a;
  *a = *b;
  *b = kept;
}

static void rise(Rank *heap, int64_t at) {
  while (at > 0 && comes_before(&heap[(at - 1) / 2], &heap[at])) {
    swap(&heap[(at - 1) / 2], &heap[at]);
    at = (at - 1) / 2;
  }
}

static void sink(Rank *heap, int64_t count) {
  for (int64_t at = 0, below; (below = 2 * at + 1) < count; at = below) {
    if (below + 1 < count && comes_before(&heap[below], &heap[below + 1]))
      below++;
    if (!comes_before(&heap[at], &heap[below]))
      return;
    swap(&heap[at], &heap[below]);
  }
}

static void keep(Foremost *f, const Rank *rank) {
  if (f->count < f->wanted) {
    f->kept[f->count] = *rank;
    rise(f->kept, f->count++);
  } else if (comes_before(rank, &f->kept[0])) {
    f->kept[0] = *rank;
    sink(f->kept, f->count);
  }
}

/* --------------------------------------------------------------- segments */

/* Where the days of a value of the column come. */
static void set_days(const Foremost *f, const DuSegment *dates, uint32_t value,
                     Rank *rank) {
  const int32_t *days;
  if (value == dates->values) {
    rank->first = rank->last = INT32_MAX;
    return;
  }
  days = dates->days + 2 * (size_t)value;
  rank->first = days[0];
  rank->last = days[1];
  if (f->down) {
    rank->first = -rank->first;
    rank->last = -rank->last;
  }
}

/* Keeps what is found in the segment that the scan is at; false where a column
** cannot be read. */
static bool keep_found(Foremost *f, DuScan *scan) {
  const DuSegment *dates = du_scan_column(scan, f->field);
  const DuSegment *ids =
      dates == NULL ? NULL : du_scan_column(scan, du_id_field(scan->kind));
  if (ids == NULL)
    return false;
  for (uint32_t row = 0; row < scan->rows; row++) {
    Rank rank;
    if (!scan->mask[row])
      continue;
    set_days(f, dates, du_segment_number(dates, (int)row), &rank);
    rank.id = du_segment_id(ids, row);
    keep(f, &rank);
  }
  return true;
}

/* Where the first of a segment can come; before all where that is not known. */
static int64_t nearest(const Foremost *f, const DuBounds *bounds, int place) {
  if (bounds == NULL || !bounds[place].known)
    return INT64_MIN;
  return f->down ? -bounds[place].most : bounds[place].least;
}

/* A segment, by where its first can come. */
typedef struct Turn {
  int64_t nearest;
  int place;
} Turn;

static int compare_turns(const void *a, const void *b) {
  const Turn *x = a, *y = b;
  if (x->nearest != y->nearest)
    return x->nearest < y->nearest ? -1 : 1;
  return (x->place > y->place) - (x->place < y->place);
}

static bool is_enough(const Foremost *f, int64_t nearest_left) {
  return f->count == f->wanted && nearest_left > f->kept[0].first;
}

/* [-0, +1] the segments in the order in which they are looked at */
static Turn *push_turns(const Foremost *f, DuScan *scan, int count) {
  const DuBounds *bounds = du_scan_bounds(scan, f->field);
  Turn *turns =
      lua_newuserdatauv(scan->L, ((size_t)count + 1) * sizeof *turns, 0);
  for (int i = 0; i < count; i++) {
    turns[i].nearest = nearest(f, bounds, i);
    turns[i].place = i;
  }
  qsort(turns, (size_t)count, sizeof *turns, compare_turns);
  return turns;
}

bool du_foremost_find(DuScan *scan, const DuQuery *query, DuText *ids) {
  lua_State *L = scan->L;
  int count = du_scan_segments(scan);
  Foremost f;
  Turn *turns;
  f.field = query->by;
  f.down = query->by_down;
  f.count = 0;
  f.wanted = du_query_wanted(query);
  f.kept = lua_newuserdatauv(L, (size_t)f.wanted * sizeof *f.kept, 0);
  turns = push_turns(&f, scan, count);
  for (int i = 0; i < count && !is_enough(&f, turns[i].nearest); i++)
    if (du_scan_at(scan, turns[i].place) && !keep_found(&f, scan))
      break;
  for (int64_t i = 0; i < f.count; i++)
    du_text_format(ids, "%s%I", ids->length > 1 ? "," : "", f.kept[i].id);
  lua_pop(L, 2);
  return scan->why == NULL;
}
