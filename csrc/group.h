/*
** group.h - a grouping on its way: for the files that tell what is asked of it
** and what its groups are, for group.c, which reads rows, and for tally.c,
*which
** reads columns.
*/
#ifndef DU_GROUP_H
#define DU_GROUP_H

#include "bucket.h"
#include "columns.h"
#include "core.h"
#include "exact.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

#define MOST_KEYS 8
#define MOST_MEASURES 32
#define MOST_STEPS 6

/* A date that may lie in more buckets than the days of a century says no more
** than one without bounds, and is shown with those. */
#define MOST_BUCKETS 36525

/* ------------------------------------------------------------------- paths */

/* "exporter.country.name": fields, each of what the one before refers to. */
typedef struct Path {
  const DuKind *kinds[MOST_STEPS]; /* whose field each step is */
  const DuField *steps[MOST_STEPS];
  int length;
  bool list; /* one of the steps is a list */
} Path;

typedef struct Key {
  Path path;
  DuBucket bucket; /* DU_BUCKETS: the value itself */
  int column;      /* the first of the columns that it is read from */
  int first, last; /* the days that are left in the bucket being visited */
} Key;

typedef enum Function {
  COUNT,
  POSSIBLE,
  DISTINCT,
  SUM,
  MEAN,
  MIN,
  MAX,
  MEDIAN,
  FUNCTIONS
} Function;

typedef struct Measure {
  Function function;
  Path path;
  int column;
} Measure;

typedef struct Tally {
  int64_t count, possible;
} Tally;

/* What a measure has seen in a group. */
typedef struct Total {
  int64_t seen;
  union {
    int64_t integer; /* how many are distinct; the least or most so far */
    double number;
    struct {
      DuExact sum;
      size_t wide; /* number of what does not fit into it, or 0 */
    };
  };
} Total;

typedef struct Grouping {
  lua_State *L;
  DuStore *store;
  const DuKind *kind;
  int query, keys_known; /* stack indices: the query, DU_STORE_KEYS */
  int names;             /* of the keys, then of the measures: a list */
  int numbers;           /* bytes of a group -> its number */
  int rows;              /* number -> row */
  int values;            /* group and measure -> what MIN… and MEDIAN keep */
  int texts;             /* group -> set of its records' `sources` as stored */
  int candidates;        /* key -> values of the current record */
  Key keys[MOST_KEYS];
  int nkeys;
  Measure measures[MOST_MEASURES];
  int nmeasures;
  bool provenance;
  int64_t top;   /* only the groups that have most records; -1: all */
  bool complete; /* no record is left to be read as a row: the groups are made,
                    those that are asked for, in the order of their rows */
  bool filled;   /* these have their measures, too */
  int groups;
  DuText bytes;   /* of the group being looked for */
  DuText tallies; /* of Tally, by group */
  DuText totals;  /* of Total, by group and measure */
  DuText wides;   /* of DuWide: see Total */
  DuStatement *row;
} Grouping;

/* The first byte of a key's bytes, and so the order of what it may be. */
enum { NUMBERED = 1, WORDED, UNBOUNDED, MISSING };

/*
** group_asked.c
*/
/* The names of functions, as they are numbered; NULL ends them. */
extern const char *const du_function_names[];
/* [-0, +n] begins a grouping of the query at index 1; what is asked of it is
** read afterwards. */
void du_begin_grouping(lua_State *L, Grouping *g);
/* The table at index: keys in its list, measures by name. */
void du_read_options(Grouping *g, int index);
/* Adds a measure, whose name is on top of the stack, and is popped. path is
** NULL for count and possible. */
void du_add_measure(Grouping *g, Function function, const char *path);
/* [-0, +n] reads what is grouped of the query at index 1: the table at
** `options`, as query:group takes it, or else a function of a field. */
void du_group_begin(lua_State *L, Grouping *g, int options,
                    const char *function, const char *field);
const DuField *du_last_step(const Path *path);
/* Of two `const char *`, for qsort. */
int du_compare_texts(const void *a, const void *b);

/*
** group.c
*/
/* The SQL of a path's value from a step on, or of a part of its date; the
** record of step n is known as rn, and as t where n is 0. */
typedef enum Part { VALUE, FIRST_DAY, LAST_DAY, CERTAIN } Part;
void du_add_path(Grouping *g, DuText *sql, const Path *path, int step,
                 Part part);

/*
** group_totals.c
*/
/* [-1, +1] a stored value becomes what the reader sees */
void du_present(Grouping *g, const DuField *field);
/* Adds to the bytes of the group that is looked for. */
void du_add_tag(Grouping *g, char tag);
void du_add_bits(Grouping *g, uint64_t bits);
void du_add_value(Grouping *g); /* [-0, +0] of the value on top */
/* [-0, +1] the text or integer that a bucket is shown as, and what one without
** bounds is */
void du_push_bucket(lua_State *L, DuBucket unit, int number);
extern const char du_unbounded[];
/* The group of the bytes, and one that is new; its keys' values are on top of
** the stack, and stay. */
int du_find_group(Grouping *g);
int du_add_group(Grouping *g);
Tally *du_tally_of(Grouping *g, int group);
Total *du_total_of(Grouping *g, int group, int measure);
/* Adds to a sum. `wides` are those of its total. */
void du_add_number(DuText *wides, Total *total, double number);
/* Adds all that another total has summed up. */
void du_join_total(DuText *wides, Total *total, const DuText *other_wides,
                   const Total *other);
/* [-1, +0] */
void du_keep_extreme(Grouping *g, int group, int measure, bool least);
/* [-1, +0] a value among those that are told apart, and one of those of which
** there is a median */
void du_keep_distinct(Grouping *g, int group, int measure);
void du_keep_value(Grouping *g, int group, int measure);
/* [-0, +1] the median of 1 or more numbers, whose order is lost: of an even
** number of them, the mean of the two in the middle */
void du_push_median(lua_State *L, double *numbers, size_t count);
void du_push_median_integer(lua_State *L, int64_t *integers, size_t count);
/* [-0, +1] a measure of a group; nil where it has seen nothing */
void du_push_measure(Grouping *g, int group, int number);

/*
** group_rows.c
*/
/* [-0, +1] the rows in the order of their keys, or those with most records */
void du_push_rows(Grouping *g);
/* Adds what a row has beside its keys to the one on top of the stack. */
void du_fill_row(Grouping *g, int group);
/* [-0, +1] what there is to know of the rows: keys, measures, aggregates (how
** each was made), unit, and whether they have their provenance */
void du_push_info(Grouping *g);

/*
** tally.c: groups what is in columns. Returns why they cannot answer, or NULL;
** then *behind and the JSON list of ids on top of the stack say which records
** are still to be read; g->complete, that there are none. [-0, +0 or 1]
*/
const char *du_tally_columns(Grouping *g, int64_t *behind);
/* Begins the scan of that, as du_scan_begin. */
const char *du_tally_begin(Grouping *g, DuScan *scan, DuAim aim);
/* The fields whose columns it reads; returns their number. */
int du_tally_fields(const Grouping *g, unsigned char fields[DU_MOST_FIELDS]);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
