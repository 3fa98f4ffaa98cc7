/*
** tally_order.c - the order in which cells become rows, where no other row
** comes between: that of their keys, or most records first.
**
** The values of each key are brought into order, not the keys of each cell: a
** cell's keys are then as many numbers, which are one integer.
*/
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "tally.h"

/* -------------------------------------------------------------- which cells */

static int compare_falling(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x < y) - (x > y);
}

/* Counts are told apart up to this one; few cells have more. */
#define MANY 4096

/* The same as du_least_count where so many have MANY or more. */
static int64_t sort_many(lua_State *L, const int64_t *counts, uint32_t count,
                         int64_t most) {
  int64_t *many = lua_newuserdatauv(L, (size_t)count * sizeof *many, 0);
  int64_t least;
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++)
    if (counts[i] >= MANY)
      many[found++] = counts[i];
  qsort(many, found, sizeof *many, compare_falling);
  least = many[most - 1];
  lua_pop(L, 1);
  return least;
}

int64_t du_least_count(lua_State *L, const int64_t *counts, uint32_t count,
                       int64_t most) {
  uint32_t with[MANY + 1] = {0};
  int64_t least = MANY, found;
  for (uint32_t i = 0; i < count; i++)
    with[counts[i] < MANY ? counts[i] : MANY]++;
  if (with[MANY] >= most)
    return sort_many(L, counts, count, most);
  for (found = with[MANY]; found < most; found += with[least])
    least--;
  return least;
}

/* The least count of a cell that may be among those that are asked for. */
static int64_t least_asked(const Tallying *t) {
  int64_t top = t->g->top;
  if (top < 0 || top >= t->ncells)
    return INT64_MIN;
  return top == 0 ? INT64_MAX
                  : du_least_count(t->L, counts_of(t), t->ncells, top);
}

/* -------------------------------------------------------------------- ranks */

/* A value of a key, by the bytes that tell its order. */
typedef struct Named {
  size_t start, length;
  const char *bytes;
  uint32_t place;
} Named;

static int compare_named(const void *a, const void *b) {
  const Named *x = a, *y = b;
  return du_bytes_order(x->bytes, x->length, y->bytes, y->length);
}

/* A cell on its way into the list. */
typedef struct Ranked {
  uint64_t rank; /* by the order of its keys */
  uint32_t cell;
} Ranked;

/* [-0, +1] the ranks of an axis's places: of those that the cells have, from 0
** on; returns how many there are */
static uint32_t rank_places(Tallying *t, int number, const Ranked *cells,
                            uint32_t count, uint32_t **ranks) {
  lua_State *L = t->L;
  const Axis *axis = &t->axes[number];
  DuText *bytes = &t->g->bytes;
  size_t places = axis->places;
  Named *named;
  uint32_t found = 0;
  *ranks = lua_newuserdatauv(L, places * sizeof **ranks, 0);
  named = lua_newuserdatauv(L, places * sizeof *named, 0);
  memset(*ranks, 0, places * sizeof **ranks);
  for (uint32_t i = 0; i < count; i++)
    (*ranks)[du_places_of(t, cells[i].cell)[number]] = 1;
  bytes->length = 0;
  for (uint32_t place = 0; place < places; place++)
    if ((*ranks)[place] != 0) {
      named[found].place = place;
      named[found].start = bytes->length;
      du_push_place(t, axis, place);
      du_add_place(t, axis, place);
      lua_pop(L, 1);
      named[found].length = bytes->length - named[found].start;
      found++;
    }
  for (uint32_t i = 0; i < found; i++)
    named[i].bytes = bytes->bytes + named[i].start;
  qsort(named, found, sizeof *named, compare_named);
  for (uint32_t i = 0; i < found; i++)
    (*ranks)[named[i].place] = i;
  lua_pop(L, 1);
  return found;
}

/* How many bits the ranks below this number need. */
static unsigned bits_for(uint32_t count) {
  unsigned bits = 0;
  while (((uint64_t)1 << bits) < count)
    bits++;
  return bits;
}

/* Sets the ranks of the cells; returns how many bits they have. */
static unsigned rank_cells(Tallying *t, Ranked *cells, uint32_t count) {
  unsigned all = 0;
  for (int k = 0; k < t->g->nkeys; k++) {
    uint32_t *ranks;
    unsigned bits = bits_for(rank_places(t, k, cells, count, &ranks));
    for (uint32_t i = 0; i < count; i++)
      cells[i].rank =
          cells[i].rank << bits | ranks[du_places_of(t, cells[i].cell)[k]];
    lua_pop(t->L, 1);
    all += bits;
  }
  return all;
}

/* -------------------------------------------------------------------- order */

/* Sorts by eight bits of the rank, and keeps the order of those that have the
** same. */
static void sort_by_byte(const Ranked *from, Ranked *to, uint32_t count,
                         unsigned shift) {
  uint32_t starts[257] = {0};
  for (uint32_t i = 0; i < count; i++)
    starts[(from[i].rank >> shift & 255) + 1]++;
  for (int i = 0; i < 256; i++)
    starts[i + 1] += starts[i];
  for (uint32_t i = 0; i < count; i++)
    to[starts[from[i].rank >> shift & 255]++] = from[i];
}

/* Sorts by rank, byte by byte from the lowest; returns which of the two it has
** filled. */
static Ranked *sort_by_rank(Ranked *cells, Ranked *others, uint32_t count,
                            unsigned bits) {
  for (unsigned shift = 0; shift < bits; shift += 8) {
    Ranked *sorted = others;
    sort_by_byte(cells, sorted, count, shift);
    others = cells;
    cells = sorted;
  }
  return cells;
}

/* A cell among those with most records. */
typedef struct Counted {
  int64_t count;
  uint32_t before; /* how many come before it by rank */
  uint32_t cell;
} Counted;

static int compare_counted(const void *a, const void *b) {
  const Counted *x = a, *y = b;
  if (x->count != y->count)
    return x->count > y->count ? -1 : 1;
  return (x->before > y->before) - (x->before < y->before);
}

/* Sorts what is sorted by rank so that most records come first. */
static void sort_by_count(Tallying *t, Ranked *cells, uint32_t count) {
  Counted *counted = lua_newuserdatauv(t->L, (count + 1) * sizeof *counted, 0);
  for (uint32_t i = 0; i < count; i++) {
    counted[i].count = counts_of(t)[cells[i].cell];
    counted[i].before = i;
    counted[i].cell = cells[i].cell;
  }
  qsort(counted, count, sizeof *counted, compare_counted);
  for (uint32_t i = 0; i < count; i++)
    cells[i].cell = counted[i].cell;
  lua_pop(t->L, 1);
}

/* Those of the cells that may be asked for; returns how many. */
static uint32_t choose(Tallying *t, Ranked *cells) {
  int64_t least = least_asked(t);
  uint32_t count = 0;
  for (uint32_t cell = 0; cell < t->ncells; cell++)
    if (counts_of(t)[cell] >= least) {
      cells[count].rank = 0;
      cells[count++].cell = cell;
    }
  return count;
}

const uint32_t *du_order_cells(Tallying *t, uint32_t *count) {
  lua_State *L = t->L;
  size_t room = (size_t)t->ncells + 1;
  uint32_t *order = lua_newuserdatauv(L, room * sizeof *order, 0);
  Ranked *cells = lua_newuserdatauv(L, room * sizeof *cells, 0);
  Ranked *others = lua_newuserdatauv(L, room * sizeof *others, 0);
  unsigned bits;
  *count = choose(t, cells);
  bits = rank_cells(t, cells, *count);
  cells = sort_by_rank(cells, others, *count, bits);
  if (t->g->top >= 0)
    sort_by_count(t, cells, *count);
  if (t->g->top >= 0 && t->g->top < *count)
    *count = (uint32_t)t->g->top;
  for (uint32_t i = 0; i < *count; i++)
    order[i] = cells[i].cell;
  lua_pop(L, 2);
  return order;
}
