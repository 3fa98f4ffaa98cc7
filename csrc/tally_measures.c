/*
** tally_measures.c - what measures make of the found rows of a segment, cell by
** cell, and what each cell rests on.
*/
#include "tally.h"

/* ------------------------------------------------------------------- totals */

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

/* Makes a sum of each value by itself, so that a row has but to be added: false
** where that saves nothing, or one does not fit. */
static bool share_values(Tallying *t, const DuSegment *segment) {
  DuExact *shares;
  bool fit = true;
  if (segment->form > DU_SEGMENT_WORDS || segment->values > t->found)
    return false;
  t->shares.length = 0;
  du_text_grow(&t->shares, ((size_t)segment->values + 1) * sizeof *shares);
  shares = (DuExact *)(void *)t->shares.bytes;
  for (uint32_t value = 0; value < segment->values && fit; value++)
    if (segment->type == DU_SEGMENT_INTEGERS)
      du_exact_add_integer(&shares[value], segment->integers[value]);
    else
      fit = du_exact_add(&shares[value], segment->numbers[value]);
  return fit;
}

/* Adds the found rows to the sums of their cells, by the sums of values. */
static void sum_rows(Tallying *t, int number, bool doubtful) {
  const DuSegment *segment = t->measured[number];
  const DuExact *shares = (const DuExact *)(const void *)t->shares.bytes;
  Total *totals = (Total *)(void *)t->totals.bytes;
  size_t measures = (size_t)t->g->nmeasures;
  for (uint32_t i = 0; i < t->found; i++) {
    uint32_t value = du_segment_number(segment, (int)t->rows[i]);
    Total *total = &totals[t->cell_of[i] * measures + (size_t)number];
    if (value == segment->values || (doubtful && !t->certain[i]))
      continue;
    du_exact_join(&total->sum, &shares[value]);
    total->seen++;
  }
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

/* ----------------------------------------------------- values that are kept */

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
  const uint16_t *numbers;
  du_place_values(t, axis);
  numbers = du_row_numbers(t, axis);
  for (uint32_t i = 0; i < t->found; i++) {
    uint32_t place = axis->table[numbers[i]];
    if (place != NO_VALUE && !(doubtful && !t->certain[i]))
      du_number_met(&kept->pairs,
                    (int64_t)((uint64_t)t->cell_of[i] << 32 | place));
  }
}

void du_measure(Tallying *t, int number, bool doubtful) {
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
  case SUM:
  case MEAN:
    if (share_values(t, t->measured[number])) {
      sum_rows(t, number, doubtful);
      return;
    }
    break;
  default:
    break;
  }
  measure_rows(t, number, doubtful);
}

/* --------------------------------------------------------------- provenance */

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

void du_note_provenance(Tallying *t) {
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
