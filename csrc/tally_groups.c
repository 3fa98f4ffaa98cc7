/*
** tally_groups.c - what cells have becomes what groups have, and Lua sees.
*/
#include <stdlib.h>
#include <string.h>

#include "tally.h"

/* ----------------------------------------------------------------- measures */

/* What a measure has seen in a cell becomes what it has in its group. */
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
  const int64_t *pairs = du_values_met(&kept->pairs);
  for (uint32_t i = 0; i < kept->pairs.count; i++) {
    uint32_t group = numbers[(uint64_t)pairs[i] >> 32];
    if (i % 4096 == 0)
      du_scan_look(&t->scan);
    if (group != 0 && all) {
      du_total_of(t->g, (int)group, number)->integer++;
    } else if (group != 0) {
      du_push_placed(t, kept->axis,
                     (uint32_t)((uint64_t)pairs[i] & UINT32_MAX));
      du_keep_distinct(t->g, (int)group, number);
    }
  }
}

/* What rows have, brought together by cell, in the order in which it came. */
typedef struct ByCell {
  size_t *ends; /* by cell: it begins where the one before ends */
  int64_t *values;
} ByCell;

static size_t start_of(const ByCell *by, uint32_t cell) {
  return cell == 0 ? 0 : by->ends[cell - 1];
}

/* [-0, +2] from the cells of rows, of uint32_t, and what each row has, of
** int64_t or double */
static ByCell push_by_cell(Tallying *t, const DuText *of_rows,
                           const DuText *had) {
  const uint32_t *cells = (const uint32_t *)(const void *)of_rows->bytes;
  const int64_t *values = (const int64_t *)(const void *)had->bytes;
  size_t count = of_rows->length / sizeof *cells;
  size_t size = ((size_t)t->ncells + 1) * sizeof(size_t);
  size_t *ends = lua_newuserdatauv(t->L, size, 0);
  ByCell by = {ends, lua_newuserdatauv(t->L, had->length + 8, 0)};
  memset(ends, 0, size);
  for (size_t i = 0; i < count; i++)
    ends[cells[i] + 1]++;
  for (uint32_t i = 0; i < t->ncells; i++)
    ends[i + 1] += ends[i];
  for (size_t i = 0; i < count; i++)
    by.values[ends[cells[i]]++] = values[i];
  return by;
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
  ByCell by = push_by_cell(t, &kept->cells, &kept->values);
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    size_t start = start_of(&by, cell);
    if (cell % 256 == 0)
      du_scan_look(&t->scan);
    if (numbers[cell] != 0)
      give_values(t, number, (int)numbers[cell], by.values + start,
                  by.ends[cell] - start, all);
  }
  lua_pop(L, 2);
}

/* ------------------------------------------------------------------- groups */

/* What a cell has becomes what its group has. */
static void give_cell(Tallying *t, uint32_t cell, int group) {
  Tally *tally = du_tally_of(t->g, group);
  const Total *totals = (const Total *)(const void *)t->totals.bytes;
  tally->count += counts_of(t)[cell];
  if (t->possibles.length > 0) /* something is doubtful */
    tally->possible +=
        ((const int64_t *)(const void *)t->possibles.bytes)[cell];
  for (int i = 0; i < t->g->nmeasures; i++)
    if (has_total(&t->g->measures[i]))
      give_measure(t, totals + (size_t)cell * (size_t)t->g->nmeasures + i,
                   group, i);
}

/* Makes the groups of the cells, to which rows may add: numbers[cell] is then
** the group. */
static void make_groups(Tallying *t, uint32_t *numbers) {
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    const uint32_t *places = du_places_of(t, cell);
    if (cell % 1024 == 0)
      du_scan_look(&t->scan);
    t->g->bytes.length = 0;
    for (int i = 0; i < t->g->nkeys; i++) {
      du_push_place(t, &t->axes[i], places[i]);
      du_add_place(t, &t->axes[i], places[i]);
    }
    numbers[cell] = (uint32_t)du_find_group(t->g);
    lua_pop(t->L, t->g->nkeys);
    give_cell(t, cell, (int)numbers[cell]);
  }
}

/* Is all that a row says known of its cell? */
static bool is_told_by_cells(const Grouping *g) {
  for (int i = 0; i < g->nmeasures; i++)
    if (g->measures[i].function == DISTINCT ||
        g->measures[i].function == MEDIAN)
      return false;
  return !g->provenance;
}

/* The same where no row comes: only groups that are asked for, in the order of
** their rows. Other cells have the number 0. */
static void make_ordered(Tallying *t, uint32_t *numbers) {
  uint32_t count;
  const uint32_t *cells = du_order_cells(t, &count);
  t->g->filled = is_told_by_cells(t->g);
  du_text_grow(&t->g->tallies, count * sizeof(Tally)); /* all at once */
  du_text_grow(&t->g->totals, count * (size_t)t->g->nmeasures * sizeof(Total));
  memset(numbers, 0, t->ncells * sizeof *numbers);
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t *places = du_places_of(t, cells[i]);
    if (i % 1024 == 0)
      du_scan_look(&t->scan);
    if (i + AHEAD < count) { /* they lie anywhere */
      du_ask_memory(du_places_of(t, cells[i + AHEAD]));
      du_ask_memory(&counts_of(t)[cells[i + AHEAD]]);
    }
    for (int k = 0; k < t->g->nkeys; k++)
      du_push_place(t, &t->axes[k], places[k]);
    numbers[cells[i]] = (uint32_t)du_add_group(t->g);
    lua_pop(t->L, t->g->nkeys);
    give_cell(t, cells[i], (int)numbers[cells[i]]);
    if (t->g->filled) { /* while it is at hand */
      lua_rawgeti(t->L, t->g->rows, numbers[cells[i]]);
      du_fill_row(t->g, (int)numbers[cells[i]]);
      lua_pop(t->L, 1);
    }
  }
  lua_pop(t->L, 1);
}

/* Fills the lists of records, cell by cell, in the order of ids. */
static void give_records(Tallying *t, const uint32_t *numbers) {
  lua_State *L = t->L;
  ByCell by = push_by_cell(t, &t->row_cells, &t->row_ids);
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    size_t from = start_of(&by, cell);
    if (numbers[cell] == 0)
      continue;
    if (cell % 1024 == 0)
      du_scan_look(&t->scan);
    lua_rawgeti(L, t->g->rows, numbers[cell]);
    if (t->unsorted)
      qsort(by.values + from, by.ends[cell] - from, sizeof *by.values,
            du_compare_ids);
    lua_createtable(L, (int)(by.ends[cell] - from), 0);
    for (size_t i = from; i < by.ends[cell]; i++) {
      lua_pushinteger(L, by.values[i]);
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

void du_give_all(Tallying *t) {
  bool all = t->g->complete = t->nodd == 0 && du_scan_has_all(&t->scan);
  uint32_t *numbers =
      lua_newuserdatauv(t->L, ((size_t)t->ncells + 1) * sizeof *numbers, 0);
  if (all)
    make_ordered(t, numbers);
  else
    make_groups(t, numbers);
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
