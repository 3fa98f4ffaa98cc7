/*
** tally_several.c - rows that belong to several groups: those with several
** elements of a list, or with a date that lies in several buckets. Each is
** written down once for each combination of its places, and these are then
** added as other rows are.
*/
#include "tally.h"

/* A row on its way through the keys. */
typedef struct Visit {
  Tallying *t;
  uint16_t row;
  bool certain;
  struct {
    int first, last;
  } left[MOST_KEYS]; /* by key: the days of its date that are in the bucket */
} Visit;

/* The row belongs to the cell of that key. */
static void join(Visit *v, uint64_t key) {
  Tallying *t = v->t;
  if (t->found == DU_SEGMENT_ROWS) {
    du_add_rows(t, true);
    t->found = 0;
  }
  t->rows[t->found] = v->row;
  t->keys[t->found] = key;
  t->certain[t->found++] = v->certain;
}

/* Two buckets of one date must share a day of it: what an earlier key has left
** of the date bounds this one. */
static void narrow(Visit *v, int number, int *first, int *last) {
  const Axis *axes = v->t->axes;
  for (int i = 0; i < number; i++) {
    if (axes[i].bucket == DU_BUCKETS || axes[i].field != axes[number].field)
      continue;
    *first = v->left[i].first > *first ? v->left[i].first : *first;
    *last = v->left[i].last < *last ? v->left[i].last : *last;
  }
}

static void visit(Visit *v, int number, uint64_t key);

/* Goes on with the buckets of a date; its places are from that of the first. */
static void visit_buckets(Visit *v, int number, uint64_t key,
                          const int32_t *days, const uint32_t *places) {
  DuBucket unit = v->t->axes[number].bucket;
  int first = days[0], last = days[1];
  int start = du_bucket_of(unit, first);
  narrow(v, number, &first, &last);
  for (int bucket = du_bucket_of(unit, first);
       bucket <= du_bucket_of(unit, last); bucket++) {
    int from, to;
    du_bucket_days(unit, bucket, &from, &to);
    v->left[number].first = from > first ? from : first;
    v->left[number].last = to < last ? to : last;
    visit(v, number + 1, key | places[bucket - start]);
  }
}

/* Visits all combinations of places from this key on. */
static void visit(Visit *v, int number, uint64_t key) {
  const Tallying *t = v->t;
  const Axis *axis = &t->axes[number];
  uint32_t value, place;
  if (number == t->g->nkeys) {
    join(v, key);
    return;
  }
  value = du_segment_number(axis->column, v->row);
  place = axis->table[value];
  key <<= axis->bits;
  if (axis->bucket != DU_BUCKETS && place >= PLACES) {
    const int32_t *days = &axis->column->days[2 * (size_t)value];
    visit_buckets(v, number, key, days,
                  place < SEVERAL ? &place : du_several(axis, place).places);
  } else if (place < SEVERAL) {
    v->left[number].first = 0; /* it bounds no other key */
    v->left[number].last = DU_SEGMENT_LAST_DAY;
    visit(v, number + 1, key | place);
  } else {
    Several several = du_several(axis, place);
    for (uint32_t i = 0; i < several.count; i++)
      visit(v, number + 1, key | several.places[i]);
  }
}

void du_add_several(Tallying *t, const uint16_t *rows, uint32_t count) {
  Visit v = {.t = t};
  t->found = 0;
  t->all_rows = false;
  t->listed = true;
  for (uint32_t i = 0; i < count; i++) {
    v.row = rows[i];
    v.certain = true;
    for (int k = 0; k < t->g->nkeys; k++)
      if (!t->axes[k].sure[du_segment_number(t->axes[k].column, rows[i])])
        v.certain = false;
    visit(&v, 0, 0);
  }
  du_add_rows(t, true);
  t->listed = false;
}
