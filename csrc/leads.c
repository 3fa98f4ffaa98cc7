/*
** leads.c - the rows in columns by two fields and a date: what the index of
** such a kind is among its rows (DU_LEADS, DU_FOLLOWS), in memory.
**
** It is made of the columns once that pays (du_scan_begin_led), and goes with
** the directory of their segments, to which it belongs. A row is the number of
** its segment, by directory, and its own in that. Days are kept as ranks, of
** which only the order matters: whoever is given rows still has to test them.
*/
#include "directory.h"

#include "clock.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(DU_SEGMENT_ROWS == 1 << DU_ROW_BITS, "rows fill their bits");

#define MOST_SEGMENTS ((1 << (32 - DU_ROW_BITS)) - 1)
#define RANKS 65536
#define NO_PAIR UINT32_MAX

/* The bytes for each row: of two lists, and of two more until they are made. */
#define KEPT (sizeof(uint32_t) + sizeof(uint16_t))
#define TAKEN (KEPT + 2 * sizeof(uint32_t))

/* Whatever has these two values; its rows, of which the earliest comes first,
** are from `start` on. */
typedef struct Pair {
  int64_t lead, follow;
  uint32_t start, count;
} Pair;

struct DuLeads {
  const DuField *lead, *follow, *date;
  int64_t base; /* what has rank 0 */
  bool days;    /* no date has more days than one, */
  bool certain; /* nor a ? ~ or % */
  size_t bytes;
  Pair *pairs;
  uint32_t npairs, room;
  uint32_t *places; /* the number of a pair + 1, by its hash; 0: free */
  uint32_t nplaces; /* a power of two, more than pairs: a search has to end */
  uint32_t *rows;
  uint16_t *ranks;
};

/* user values */
enum { PAIRS = 1, PLACES, ROWS, USERVALUES = ROWS };

/* -------------------------------------------------------------------- pairs */

/* The place of a pair, or the free one where it would be. */
static uint32_t place_of(const DuLeads *leads, int64_t lead, int64_t follow) {
  uint64_t bits = (uint64_t)lead * 0x9e3779b97f4a7c15u;
  uint32_t place;
  bits = (bits ^ bits >> 32 ^ (uint64_t)follow) * 0xff51afd7ed558ccdu;
  place = (uint32_t)(bits >> 32) & (leads->nplaces - 1);
  for (;;) {
    uint32_t number = leads->places[place];
    if (number == 0 || (leads->pairs[number - 1].lead == lead &&
                        leads->pairs[number - 1].follow == follow))
      return place;
    place = (place + 1) & (leads->nplaces - 1);
  }
}

/* Makes room for one more pair. The userdata is at index. */
static void grow_pairs(lua_State *L, DuLeads *leads, int index) {
  uint32_t room = leads->room * 2, nplaces = room * 2; /* half are free */
  Pair *pairs = lua_newuserdatauv(L, room * sizeof *pairs, 0);
  uint32_t *places = lua_newuserdatauv(L, nplaces * sizeof *places, 0);
  if (leads->npairs > 0)
    memcpy(pairs, leads->pairs, leads->npairs * sizeof *pairs);
  memset(places, 0, nplaces * sizeof *places);
  lua_setiuservalue(L, index, PLACES);
  lua_setiuservalue(L, index, PAIRS);
  leads->pairs = pairs;
  leads->room = room;
  leads->places = places;
  leads->nplaces = nplaces;
  for (uint32_t i = 0; i < leads->npairs; i++)
    places[place_of(leads, pairs[i].lead, pairs[i].follow)] = i + 1;
}

/* The number of a pair, which may be a new one. */
static uint32_t number_of(lua_State *L, DuLeads *leads, int index, int64_t lead,
                          int64_t follow) {
  uint32_t place;
  if (leads->npairs == leads->room)
    grow_pairs(L, leads, index);
  place = place_of(leads, lead, follow);
  if (leads->places[place] == 0) {
    Pair pair = {lead, follow, 0, 0};
    leads->pairs[leads->npairs++] = pair;
    leads->places[place] = leads->npairs;
  }
  return leads->places[place] - 1;
}

/* --------------------------------------------------------------------- days */

/* Grows with the day, whatever that is, by 512 a year. */
static int64_t ordinal(int64_t day) {
  int64_t of_month = day % 100;
  int64_t of_year = day / 100 % 100 * 32 + (of_month < 31 ? of_month : 31);
  return day / 10000 * 512 + (of_year < 512 ? of_year : 511);
}

/* The rank of a day; what is too early or too late has the first or last. */
static uint16_t rank_of(const DuLeads *leads, int64_t day) {
  int64_t rank = ordinal(day) - leads->base;
  return (uint16_t)(rank < 0 ? 0 : rank >= RANKS ? RANKS - 1 : rank);
}

/* Chooses what has rank 0 by what the columns have at least and at most: the
** latest days tell apart, where not all do. */
static void choose_base(DuScan *scan, DuLeads *leads) {
  const DuDirectory *directory = scan->directory;
  const DuBounds *bounds = du_directory_bounds(scan, leads->date);
  int64_t least = INT64_MAX, most = 0;
  for (int at = 0; at < directory->count && bounds != NULL; at++) {
    if (bounds[at].known && bounds[at].least > 0 && bounds[at].least < least)
      least = bounds[at].least;
    if (bounds[at].known && bounds[at].most < DU_SEGMENT_LAST_DAY &&
        bounds[at].most > most)
      most = bounds[at].most;
  }
  leads->base = ordinal(most) - RANKS + 1;
  if (least < INT64_MAX && ordinal(least) > leads->base)
    leads->base = ordinal(least);
}

/* ------------------------------------------------------------------- making */

/* What is needed until the lists are made. */
typedef struct Making {
  DuScan *scan;
  DuLeads *leads;
  int index;        /* of the leads on the stack */
  uint32_t *pairs;  /* by row: its pair's number, or NO_PAIR */
  uint32_t *by_day; /* rows, the earliest first */
  uint32_t *ends;   /* by rank: its rows; then where they begin, and end */
  uint32_t *known;  /* of a segment: the number of a pair + 1, by numbers */
  uint16_t *ranks;  /* of a segment: by the number of a date */
} Making;

#define MOST_KNOWN 65536

/* The integer of a row; false where there is none. */
static bool integer_of(const DuSegment *segment, uint32_t row,
                       int64_t *integer) {
  uint32_t number;
  if (segment->form == DU_SEGMENT_FOLLOWING) {
    *integer = segment->base + row;
    return true;
  }
  number = du_segment_number(segment, (int)row);
  if (number < segment->values)
    *integer = segment->integers[number];
  return number < segment->values;
}

static uint32_t pair_of(Making *m, const DuSegment *leading,
                        const DuSegment *following, uint32_t row) {
  int64_t lead, follow;
  if (!integer_of(leading, row, &lead) || !integer_of(following, row, &follow))
    return NO_PAIR;
  return number_of(m->scan->L, m->leads, m->index, lead, follow);
}

/* Notes the pairs of a segment's rows. What two numbers stand for is looked up
** once, where there are not too many. */
static void note_pairs(Making *m, const DuSegment *leading,
                       const DuSegment *following, uint32_t first) {
  uint32_t width = following->values + 1;
  bool known = leading->form != DU_SEGMENT_FOLLOWING &&
               following->form != DU_SEGMENT_FOLLOWING &&
               (leading->values + 1) * width <= MOST_KNOWN;
  if (known)
    memset(m->known, 0,
           (size_t)(leading->values + 1) * width * sizeof *m->known);
  for (uint32_t row = 0; row < leading->rows; row++) {
    uint32_t *place = NULL, pair;
    if (known)
      place = &m->known[du_segment_number(leading, (int)row) * width +
                        du_segment_number(following, (int)row)];
    if (place != NULL && *place != 0) {
      pair = *place - 1;
    } else {
      pair = pair_of(m, leading, following, row);
      if (place != NULL && pair != NO_PAIR)
        *place = pair + 1;
    }
    m->pairs[first + row] = pair;
    if (pair != NO_PAIR)
      m->leads->pairs[pair].count++;
  }
}

/* The ranks of a segment's dates, by their numbers; none has the first. */
static void rank_dates(Making *m, const DuSegment *dates) {
  for (uint32_t i = 0; i < dates->values; i++) {
    const int32_t *days = &dates->days[2 * (size_t)i];
    m->ranks[i] = rank_of(m->leads, days[0]);
    m->leads->days = m->leads->days && days[0] == days[1];
    m->leads->certain = m->leads->certain && du_segment_certain(dates, i);
  }
  m->ranks[dates->values] = 0;
}

/* First it counts the rows of each rank, and then lists them by rank; false
** where a column is damaged. */
static bool visit_rows(Making *m, bool lists) {
  DuScan *scan = m->scan;
  const DuDirectory *directory = scan->directory;
  for (scan->at = 0; scan->at < directory->count; scan->at++) {
    uint32_t first = (uint32_t)scan->at << DU_ROW_BITS;
    const DuSegment *dates = du_scan_column(scan, m->leads->date);
    if (!du_sql_goes_on(scan->store->sql,
                        0)) /* no query's time is spent here */
      du_raise_sql(scan->L, scan->store->sql);
    if (dates == NULL)
      return false;
    if (!lists) {
      const DuSegment *leading = du_scan_column(scan, m->leads->lead);
      const DuSegment *following = du_scan_column(scan, m->leads->follow);
      if (leading == NULL || following == NULL)
        return false;
      note_pairs(m, leading, following, first);
    }
    rank_dates(m, dates);
    for (uint32_t row = 0; row < dates->rows; row++) {
      uint16_t rank = m->ranks[du_segment_number(dates, (int)row)];
      if (m->pairs[first + row] == NO_PAIR)
        continue;
      if (lists)
        m->by_day[m->ends[rank]++] = first + row;
      else
        m->ends[rank]++;
    }
  }
  return true;
}

/* Turns counts into where what is counted begins; returns the sum. */
static uint32_t add_up(Making *m) {
  DuLeads *leads = m->leads;
  uint32_t rows = 0, start = 0;
  for (uint32_t rank = 0; rank < RANKS; rank++) {
    uint32_t count = m->ends[rank];
    m->ends[rank] = rows;
    rows += count;
  }
  for (uint32_t i = 0; i < leads->npairs; i++) {
    leads->pairs[i].start = start;
    start += leads->pairs[i].count;
  }
  return rows;
}

/* Lists the rows of each pair, in the order of `by_day`. */
static void list_rows(Making *m, uint32_t rows) {
  DuLeads *leads = m->leads;
  uint32_t rank = 0;
  for (uint32_t i = 0; i < rows; i++) {
    Pair *pair = &leads->pairs[m->pairs[m->by_day[i]]];
    while (i >= m->ends[rank])
      rank++;
    leads->rows[pair->start] = m->by_day[i];
    leads->ranks[pair->start++] = (uint16_t)rank;
  }
  for (uint32_t i = 0; i < leads->npairs; i++)
    leads->pairs[i].start -= leads->pairs[i].count;
}

/* [-0, +n] the leads are at index; false where a column is damaged */
static bool make_lists(DuScan *scan, DuLeads *leads, int index) {
  lua_State *L = scan->L;
  const DuDirectory *directory = scan->directory;
  size_t most = (size_t)directory->count << DU_ROW_BITS;
  Making m = {scan, leads, index, NULL, NULL, NULL, NULL, NULL};
  uint32_t rows;
  m.pairs = lua_newuserdatauv(L, most * sizeof *m.pairs, 0);
  m.ends = lua_newuserdatauv(L, RANKS * sizeof *m.ends, 0);
  m.known = lua_newuserdatauv(L, MOST_KNOWN * sizeof *m.known, 0);
  m.ranks = lua_newuserdatauv(L, (DU_SEGMENT_ROWS + 1) * sizeof *m.ranks, 0);
  memset(m.ends, 0, RANKS * sizeof *m.ends);
  if (!visit_rows(&m, false))
    return false;
  rows = add_up(&m);
  m.by_day = lua_newuserdatauv(L, (rows + 1) * sizeof *m.by_day, 0);
  if (!visit_rows(&m, true))
    return false;
  leads->rows = lua_newuserdatauv(L, (rows + 1) * KEPT, 0);
  leads->ranks = (uint16_t *)(void *)(leads->rows + rows + 1);
  lua_setiuservalue(L, index, ROWS);
  list_rows(&m, rows);
  leads->bytes = sizeof *leads + rows * KEPT +
                 leads->room * sizeof *leads->pairs +
                 leads->nplaces * sizeof *leads->places;
  return true;
}

/* [-0, +1] what leads has been made of, or false where it cannot be */
static void make_leads(DuScan *scan) {
  lua_State *L = scan->L;
  const DuKind *kind = scan->kind;
  int top = lua_gettop(L);
  DuLeads *leads = lua_newuserdatauv(L, sizeof *leads, USERVALUES);
  luaL_checkstack(L, 20, NULL);
  memset(leads, 0, sizeof *leads);
  leads->days = leads->certain = true;
  leads->room = 32; /* doubled at once */
  leads->lead = du_field_with(kind, DU_LEADS);
  leads->follow = du_field_with(kind, DU_FOLLOWS);
  leads->date = &kind->fields[du_field_find(kind, kind->date)];
  choose_base(scan, leads);
  grow_pairs(L, leads, top + 1);
  if (make_lists(scan, leads, top + 1)) {
    scan->store->column_bytes += leads->bytes;
  } else {
    lua_pushboolean(L, false);
    lua_replace(L, top + 1);
  }
  scan->at = -1;
  scan->since = du_clock();
  lua_settop(L, top + 1);
}

bool du_leads_known(const DuKind *kind) {
  const DuField *lead = du_field_with(kind, DU_LEADS);
  const DuField *follow = du_field_with(kind, DU_FOLLOWS);
  return lead != NULL && follow != NULL && kind->date != NULL &&
         du_column_type(lead) == DU_SEGMENT_INTEGERS &&
         du_column_type(follow) == DU_SEGMENT_INTEGERS &&
         du_column_kept(kind, lead) && du_column_kept(kind, follow) &&
         du_column_kept(kind, &kind->fields[du_field_find(kind, kind->date)]);
}

const DuLeads *du_leads_of(DuScan *scan, DuAim aim) {
  lua_State *L = scan->L;
  const DuDirectory *directory = scan->directory;
  int top = lua_gettop(L);
  const DuLeads *leads;
  if (directory->count > MOST_SEGMENTS ||
      ((size_t)directory->count << DU_ROW_BITS) * TAKEN >
          scan->store->column_limit)
    return NULL;
  lua_getiuservalue(L, scan->slot, 1);
  if (lua_rawgeti(L, -1, DU_LEADS_KEY) == LUA_TNIL && aim == DU_TO_READ) {
    lua_pop(L, 1);
    make_leads(scan);
    lua_pushvalue(L, -1);
    lua_rawseti(L, top + 1, DU_LEADS_KEY);
  }
  leads = lua_touserdata(L, -1); /* NULL where they cannot be made */
  lua_settop(L, top);
  return leads;
}

size_t du_leads_bytes(const DuLeads *leads) {
  return leads->bytes;
}

/* ------------------------------------------------------------------ finding */

/* Is a day's rank that of no other day, and not that of what has none? */
static bool is_exact(const DuLeads *leads, int day) {
  int64_t rank = ordinal(day) - leads->base;
  return rank > 0 && rank < RANKS - 1;
}

/* From which rank to which the rows are that a test of the date accepts; at
** most these, unless it is answered by that. */
static void narrow(const DuLeads *leads, DuTest *test, int *low, int *high) {
  int first = 0, last = RANKS - 1;
  switch (test->op) {
  case DU_TEST_DURING:
    first = rank_of(leads, test->first);
    last = rank_of(leads, test->last);
    test->answered = leads->days && leads->certain &&
                     is_exact(leads, test->first) &&
                     is_exact(leads, test->last);
    break;
  case DU_TEST_EQ: /* overlaps */
    if (leads->days)
      first = rank_of(leads, test->first);
    last = rank_of(leads, test->last);
    break;
  case DU_TEST_BEFORE:
    last = rank_of(leads, test->first);
    break;
  case DU_TEST_AFTER:
    first = rank_of(leads, test->last);
    break;
  default:
    break;
  }
  *low = first > *low ? first : *low;
  *high = last < *high ? last : *high;
}

/* How many of the pair's ranks are less. */
static uint32_t count_below(const DuLeads *leads, const Pair *pair, int rank) {
  const uint16_t *ranks = leads->ranks + pair->start;
  uint32_t low = 0, high = pair->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (ranks[middle] < rank)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int compare_rows(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Few rows, and those that mostly are in order, as files by day are, are sorted
** by moving each to its place. */
static void sort_rows(uint32_t *rows, uint32_t count) {
  uint64_t moved = 0, most = 16 * (uint64_t)count;
  for (uint32_t i = 1; i < count; i++) {
    uint32_t row = rows[i], at = i;
    for (; at > 0 && rows[at - 1] > row; at--)
      rows[at] = rows[at - 1];
    rows[at] = row;
    moved += i - at;
    if (moved > most) {
      qsort(rows, count, sizeof *rows, compare_rows);
      return;
    }
  }
}

/* The rows take as many places of four bytes, and then of two. */
static void make_found(DuScan *scan, uint32_t count) { /* [-0, +1] */
  size_t size = (count + 1) * (sizeof *scan->found + sizeof *scan->picked);
  scan->found = lua_newuserdatauv(scan->L, size, 0);
  scan->nfound = count;
  scan->picked = (uint16_t *)(void *)(scan->found + count + 1);
}

bool du_leads_find(DuScan *scan, const DuLeads *leads) {
  DuTest *lead = NULL, *follow = NULL;
  int low = 0, high = RANKS - 1;
  const Pair *pair;
  uint32_t number, from = 0, count = 0;
  for (int i = 0; i < scan->ntests; i++) {
    DuTest *test = &scan->tests[i];
    if (test->field == leads->lead && lead == NULL && du_test_of_one(test))
      lead = test;
    else if (test->field == leads->follow && follow == NULL &&
             du_test_of_one(test))
      follow = test;
    else if (test->field == leads->date)
      narrow(leads, test, &low, &high);
  }
  if (lead == NULL || follow == NULL)
    return false;
  lead->answered = follow->answered = true;
  number = leads->places[place_of(leads, lead->operands[0].integer,
                                  follow->operands[0].integer)];
  if (number != 0 && low <= high) {
    pair = &leads->pairs[number - 1];
    from = count_below(leads, pair, low);
    count = count_below(leads, pair, high + 1) - from;
    from += pair->start;
  }
  make_found(scan, count);
  memcpy(scan->found, leads->rows + from, count * sizeof *scan->found);
  sort_rows(scan->found, count);
  return true;
}
