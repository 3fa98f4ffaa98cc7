/*
** tally.h - a tally on its way: for tally.c, which runs it, and the files that
** tell what its axes, cells and groups are.
*/
#ifndef DU_TALLY_H
#define DU_TALLY_H

#include "group.h"
#include "met.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Places on an axis beside those of values. */
enum { NO_VALUE, NO_BOUNDS, PLACES };

/* From this on a place stands for several places, which the axis lists; but for
** one that is not known yet, and one that only rows tell. */
#define SEVERAL ((uint32_t)1 << 31)
#define UNKNOWN (UINT32_MAX - 1)
#define ODD UINT32_MAX

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
  unsigned bits;         /* that a place has in the key of a cell */
  uint32_t *table;       /* by number of value: its place */
  uint8_t *sure;         /* by number of value: is the date certain? */
  uint16_t *row_numbers; /* see du_row_numbers */
  bool numbered;         /* they are those of this segment's found rows */
  bool doubtful;         /* some value of this segment is not sure, of those
                            that have one place; */
  bool several;          /* has several, or such that only rows tell */
  DuText listed;         /* of uint32_t: the places of those with several, */
  DuText lists;          /* of uint32_t: where each of these begins and ends */
  const DuSegment *column; /* of this segment */
} Axis;

/* A cell, as hashing finds it. */
typedef struct Slot {
  uint32_t low;    /* bits of its key: mostly all of them */
  uint32_t number; /* of the cell, + 1 */
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
  DuText shares; /* of DuExact: by value of the segment, what a row adds */
  DuText direct; /* by key: number of cell + 1 */
  DuText slots;  /* of Slot */
  uint32_t nslots;
  DuText odd; /* JSON: ids that are left to rows */
  int64_t nodd;
  bool unsorted; /* rows were added that were passed over at first */
  DuText row_cells, row_ids; /* for provenance: of each row */
  DuText sourced;            /* pairs of cell and text of sources */
  int texts, ntexts;         /* stack index: text -> number; how many */
  /* the rows of this segment that are found */
  uint32_t found;
  uint16_t *rows;    /* their numbers */
  bool all_rows;     /* these are 0 and on */
  bool listed;       /* they are listed one by one, some several times */
  uint16_t *several; /* rows that belong to several groups */
  uint64_t *keys;    /* of their cells */
  uint32_t *cell_of; /* their cells */
  uint32_t *counted; /* by lane and key */
  uint8_t *certain;
  uint32_t *texts_of; /* by number of value of sources: number of text */
  /* columns of this segment; NULL: not asked for */
  const DuSegment *ids, *sources, *measured[MOST_MEASURES];
} Tallying;

static inline bool has_total(const Measure *measured) {
  return measured->function > DISTINCT && measured->function != MEDIAN;
}

static inline int64_t *counts_of(const Tallying *t) {
  return (int64_t *)(void *)t->counts.bytes;
}

/* The places that one stands for. */
typedef struct Several {
  const uint32_t *places;
  uint32_t count;
} Several;

static inline Several du_several(const Axis *axis, uint32_t place) {
  const uint32_t *ends = (const uint32_t *)(const void *)axis->lists.bytes +
                         (size_t)(place - SEVERAL) * 2;
  Several several = {(const uint32_t *)(const void *)axis->listed.bytes +
                         ends[0],
                     ends[1] - ends[0]};
  return several;
}

/*
** tally.c
*/
/* Adds the found rows, of which the keys are made, to their cells; where one
** may be doubtful, it is known which are certain. */
void du_add_rows(Tallying *t, bool doubtful);
/* Reads the columns that are needed of the segment that the scan is at. Returns
** why columns cannot answer, or NULL. */
const char *du_read_columns(Tallying *t);
/* Are rows counted, and nothing else asked of them? */
bool du_counts_alone(const Tallying *t);

/*
** tally_axes.c
*/
/* [-0, +n] an axis of a key, or of values that are told apart; it stays on the
** stack */
void du_begin_axis(Tallying *t, const Path *path, DuBucket bucket);
/* By found row of the segment, the number of its value: they are put together
** when they are first asked for. */
const uint16_t *du_row_numbers(const Tallying *t, Axis *axis);
/* Finds the places of the values that the found rows have: of all values, where
** there are fewer of them. */
void du_place_values(Tallying *t, Axis *axis);
/* [-0, +1] the value of a place that is of one */
void du_push_placed(Tallying *t, const Axis *axis, uint32_t place);
/* [-0, +1] the value of any place, as a group has it */
void du_push_place(Tallying *t, const Axis *axis, uint32_t place);
/* The same, which is on top of the stack and stays, adds its bytes to those of
** the group. */
void du_add_place(Tallying *t, const Axis *axis, uint32_t place);

/*
** tally_several.c
*/
/* Adds rows that belong to several groups to all of them. No row is found
** then. */
void du_add_several(Tallying *t, const uint16_t *rows, uint32_t count);

/*
** tally_cells.c
*/
/* The places of a cell's keys, by axis. */
uint32_t *du_places_of(const Tallying *t, uint32_t cell);
/* Gives the places on each axis as many bits as they need; false where the keys
** of cells have no room for them. Cells are then found by the new keys. */
bool du_fit_bits(Tallying *t);
/* A new cell, whose places are still to be set; returns its number. */
uint32_t du_new_cell(Tallying *t);
/* The number of the cell with that key, where keys have few bits. */
uint32_t du_cell_direct(Tallying *t, uint64_t key);
/* Makes the keys of the found rows' cells. */
void du_make_keys(Tallying *t);
/* Finds the cells of the found rows. */
void du_find_cells(Tallying *t);

/*
** tally_measures.c
*/
/* Measures the found rows, whose cells are known; where a row may be doubtful,
** those that are certain. */
void du_measure(Tallying *t, int number, bool doubtful);
/* Notes what records each cell has, and what they rest on. */
void du_note_provenance(Tallying *t);

/*
** tally_top.c
*/
/* Makes cells of the groups that are asked for alone, where they are few of
** many: then it is done, else the scan is where it began. Returns why columns
** cannot answer, or NULL. */
const char *du_tally_top(Tallying *t, bool *done);

/*
** tally_order.c
*/
/* The count that so many of the counts reach: there are as many, 1 or more, and
** none is negative. */
int64_t du_least_count(lua_State *L, const int64_t *counts, uint32_t count,
                       int64_t most);
/* [-0, +1] the cells whose groups are asked for, in the order of their rows,
** where no row can add to one; sets how many there are */
const uint32_t *du_order_cells(Tallying *t, uint32_t *count);

/*
** tally_groups.c
*/
/* What the cells have becomes what Lua sees. */
void du_give_all(Tallying *t);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
