/*
** tally_top.c - the groups with most records of two keys, where few groups of
** very many are asked for.
**
** No group has more records than have its value of either key. So the records
** of each value are counted first, and then only the groups of those values
** that have most. Where what is asked for has more records than any other
** value has, no other group can be among it, and cells for all of them need not
** be made: or else they are, and nothing is lost but the time.
*/
#include <string.h>

#include "tally.h"

/* Fewer groups than this are counted as fast as they are. */
#define MANY_GROUPS 65536

/* 2 to this many values of a key are kept, one of them for all others: where so
** few groups are asked for, and for four times as many one bit more. */
#define LEAST_BITS 8
#define MOST_BITS 10
#define FEW_GROUPS 25

/* What is known of a key. */
typedef struct Heavy {
  DuText counts;    /* of int64_t, by place: records that have it */
  uint16_t *ranks;  /* by place, once they are known: 0 for all others */
  uint32_t *places; /* by rank, from 1 on */
  int64_t beyond;   /* the most records of another value */
} Heavy;

typedef struct Top {
  Tallying *t;
  Heavy keys[2];
  unsigned bits;     /* of a rank */
  uint32_t *shares;  /* by number of value: what it adds to a pair of ranks */
  uint32_t *others;  /* the same of the second key */
  uint32_t *counted; /* by the number of a value; then by pair of ranks */
  DuText tables;     /* of uint32_t: places by number of value, by segment and
                        key, of those that are counted first */
  size_t read;       /* how many of its bytes are used again */
} Top;

/* So many bytes of tables are kept at most. */
#define MOST_TABLES ((size_t)8 << 20)

/* ------------------------------------------------------------ what is asked */

/* The bits of ranks for so many groups; 0 where there are too many of them. */
static unsigned bits_for(int64_t top) {
  unsigned bits = LEAST_BITS;
  for (int64_t few = FEW_GROUPS; few < top && bits <= MOST_BITS; few *= 4)
    bits++;
  return bits <= MOST_BITS ? bits : 0;
}

/* Is it asked for few groups of two keys, of which each record has one value at
** the most, that of a column? No row may add to one. */
static bool is_asked(Tallying *t) {
  const Grouping *g = t->g;
  if (g->top < 1 || g->nkeys != 2 || bits_for(g->top) == 0 ||
      !du_counts_alone(t))
    return false;
  for (int k = 0; k < 2; k++)
    if (g->keys[k].bucket != DU_BUCKETS || g->keys[k].path.length > 1 ||
        g->keys[k].path.list)
      return false;
  return du_scan_has_all(&t->scan);
}

/* Finds the places of all values of the segment that the scan is at, and keeps
** them while there is room. Returns why columns cannot answer, or NULL. */
static const char *place_segment(Top *top) {
  Tallying *t = top->t;
  const char *why = du_read_columns(t);
  t->found = t->scan.rows;
  for (int k = 0; k < 2 && why == NULL; k++) {
    Axis *axis = &t->axes[k];
    du_place_values(t, axis);
    if (top->tables.length <= MOST_TABLES)
      du_text_add(&top->tables, (const char *)axis->table,
                  ((size_t)axis->column->values + 1) * sizeof *axis->table);
  }
  return why;
}

/* The same for the second time, when the tables that are kept are used. */
static const char *place_again(Top *top) {
  Tallying *t = top->t;
  const char *why = du_read_columns(t);
  t->found = t->scan.rows;
  for (int k = 0; k < 2 && why == NULL; k++) {
    Axis *axis = &t->axes[k];
    size_t size = ((size_t)axis->column->values + 1) * sizeof *axis->table;
    if (top->read == top->tables.length) {
      du_place_values(t, axis);
      continue;
    }
    memcpy(axis->table, top->tables.bytes + top->read, size);
    axis->numbered = false;
    top->read += size;
  }
  return why;
}

/* ------------------------------------------------------- records of a value */

/* Counts the records of each value of a key. */
static void count_values(Top *top, int key) {
  Tallying *t = top->t;
  Axis *axis = &t->axes[key];
  const uint16_t *numbers = du_row_numbers(t, axis);
  const uint8_t *mask = t->scan.mask;
  uint32_t *counted = top->counted, values = axis->column->values;
  int64_t *counts;
  memset(counted, 0, ((size_t)values + 1) * sizeof *counted);
  for (uint32_t row = 0; row < t->scan.rows; row++)
    counted[numbers[row]] += mask[row];
  du_text_grow(&top->keys[key].counts, axis->places * sizeof *counts);
  counts = (int64_t *)(void *)top->keys[key].counts.bytes;
  for (uint32_t i = 0; i <= values; i++)
    counts[axis->table[i]] += counted[i];
}

/* Is the first segment one of few groups? */
static bool has_few(const Tallying *t) {
  return (uint64_t)t->axes[0].places * t->axes[1].places <= MANY_GROUPS;
}

/* Counts the records of all values. Returns why columns cannot answer, or NULL;
** there may be few groups, of which no more is then known. */
static const char *count_all(Top *top, bool *few) {
  const char *why = NULL;
  *few = false;
  for (bool first = true; why == NULL && !*few && du_scan_next(&top->t->scan);
       first = false) {
    why = place_segment(top);
    *few = first && why == NULL && has_few(top->t);
    for (int key = 0; key < 2 && why == NULL && !*few; key++)
      count_values(top, key);
  }
  return why != NULL ? why : top->t->scan.why;
}

/* --------------------------------------------------------------- which are
 * kept
 */

/* [-0, +2] keeps the values of a key that have most records: those that have
** more than the first for which there is no rank */
static void keep_heavy(Top *top, int key) {
  lua_State *L = top->t->L;
  Heavy *heavy = &top->keys[key];
  const int64_t *counts = (const int64_t *)(const void *)heavy->counts.bytes;
  size_t places = heavy->counts.length / sizeof *counts;
  size_t ranks = (size_t)1 << top->bits;
  uint16_t rank = 0;
  heavy->ranks = lua_newuserdatauv(L, (places + 1) * sizeof *heavy->ranks, 0);
  heavy->places = lua_newuserdatauv(L, ranks * sizeof *heavy->places, 0);
  heavy->beyond = places < ranks ? 0
                                 : du_least_count(L, counts, (uint32_t)places,
                                                  (int64_t)ranks);
  for (uint32_t place = 0; place < places; place++) {
    bool kept = counts[place] > heavy->beyond;
    heavy->ranks[place] = kept ? ++rank : 0;
    if (kept)
      heavy->places[rank] = place;
  }
}

/* ----------------------------------------------------------------- counting */

/* What each value of the segment adds to a pair. */
static void set_shares(const Top *top, int key, uint32_t *shares) {
  const Axis *axis = &top->t->axes[key];
  unsigned shift = key == 0 ? top->bits : 0;
  for (uint32_t i = 0; i <= axis->column->values; i++)
    shares[i] = (uint32_t)top->keys[key].ranks[axis->table[i]] << shift;
}

/* Counts the pairs of the segment's rows. */
static void count_segment(Top *top) {
  Tallying *t = top->t;
  const uint16_t *as = du_row_numbers(t, &t->axes[0]);
  const uint16_t *bs = du_row_numbers(t, &t->axes[1]);
  const uint8_t *mask = t->scan.mask;
  const uint32_t *shares = top->shares, *others = top->others;
  uint32_t *counted = top->counted, rows = t->scan.rows;
  set_shares(top, 0, top->shares);
  set_shares(top, 1, top->others);
  for (uint32_t row = 0; row < rows; row++)
    counted[shares[as[row]] + others[bs[row]]] += mask[row];
}

/* Counts the records of pairs of kept values. Returns why columns cannot
** answer, or NULL. */
static const char *count_pairs(Top *top) {
  Tallying *t = top->t;
  const char *why = NULL;
  memset(top->counted, 0, sizeof *top->counted << 2 * top->bits);
  while (why == NULL && du_scan_next(&t->scan)) {
    why = place_again(top);
    if (why == NULL)
      count_segment(top);
  }
  return why != NULL ? why : t->scan.why;
}

/* The count that as many pairs have as are asked for, or more: 0 where there
** are not as many. */
static int64_t least_asked(const Top *top) {
  lua_State *L = top->t->L;
  uint32_t width = (uint32_t)1 << top->bits, found = 0;
  int64_t *counts =
      lua_newuserdatauv(L, (size_t)width * width * sizeof *counts, 0);
  int64_t least = 0;
  for (uint32_t a = 1; a < width; a++)
    for (uint32_t b = 1; b < width; b++)
      if (top->counted[a << top->bits | b] > 0)
        counts[found++] = top->counted[a << top->bits | b];
  if (found >= top->t->g->top)
    least = du_least_count(L, counts, found, top->t->g->top);
  lua_pop(L, 1);
  return least;
}

/* Makes cells of the pairs with so many records or more. */
static void make_cells(Top *top, int64_t least) {
  uint32_t width = (uint32_t)1 << top->bits;
  for (uint32_t a = 1; a < width; a++)
    for (uint32_t b = 1; b < width; b++)
      if (top->counted[a << top->bits | b] >= least) {
        uint32_t cell = du_new_cell(top->t);
        du_places_of(top->t, cell)[0] = top->keys[0].places[a];
        du_places_of(top->t, cell)[1] = top->keys[1].places[b];
        counts_of(top->t)[cell] = top->counted[a << top->bits | b];
      }
}

/* [-0, +n] memory, which stays on the stack */
static void begin(Top *top) {
  lua_State *L = top->t->L;
  size_t values = DU_SEGMENT_ROWS + 1, pairs = (size_t)1 << 2 * top->bits;
  size_t counted = pairs > values ? pairs : values;
  for (int key = 0; key < 2; key++)
    du_text_init(L, &top->keys[key].counts);
  du_text_init(L, &top->tables);
  top->counted =
      lua_newuserdatauv(L, (counted + 2 * values) * sizeof *top->counted, 0);
  top->shares = top->counted + counted;
  top->others = top->shares + values;
}

const char *du_tally_top(Tallying *t, bool *done) {
  Top top = {.t = t};
  const char *why;
  bool few;
  int64_t least;
  *done = false;
  if (!is_asked(t))
    return NULL;
  top.bits = bits_for(t->g->top);
  begin(&top);
  why = count_all(&top, &few);
  du_scan_rewind(&t->scan);
  if (why != NULL || few)
    return why;
  for (int key = 0; key < 2; key++)
    keep_heavy(&top, key);
  why = count_pairs(&top);
  du_scan_rewind(&t->scan);
  if (why != NULL)
    return why;
  least = least_asked(&top);
  if (least > top.keys[0].beyond && least > top.keys[1].beyond) {
    make_cells(&top, least);
    *done = true;
  }
  return NULL;
}
