/*
** columns.h - the columns of large kinds: packing them, and scanning them for
** what a query asks.
*/
#ifndef DU_COLUMNS_H
#define DU_COLUMNS_H

#include "core.h"
#include "segment.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* What a query asks of one field. where.c lists them, one behind the other: of
** each the field's number, the operator, how many values there are, and these
** as they are stored, or of DU_TEST_SET the SQL that gives ids. */
enum { DU_TEST_FIELD, DU_TEST_OPERATOR, DU_TEST_COUNT, DU_TEST_VALUES };
typedef enum DuTestOp {
  DU_TEST_EQ,
  DU_TEST_NE,
  DU_TEST_LT,
  DU_TEST_LTE,
  DU_TEST_GT,
  DU_TEST_GTE,
  DU_TEST_DURING,
  DU_TEST_BEFORE,
  DU_TEST_AFTER,
  DU_TEST_MISSING,
  DU_TEST_PRESENT,
  DU_TEST_SET
} DuTestOp;

/* Which records are to stand for others, as once.c lists it: the SQL of their
** ids and keys; what was asked before, as tests, and its values as SQL has
*them;
** how many each must stand for; then of each key its field's number, whether it
** is the day that the date is, and whether those that lack it agree. */
enum {
  DU_ONCE_SQL = 1,
  DU_ONCE_TESTS,
  DU_ONCE_PARAMETERS,
  DU_ONCE_LEAST,
  DU_ONCE_KEYS
};
enum { DU_KEY_FIELD, DU_KEY_DAY, DU_KEY_MAY_LACK, DU_KEY_SIZE };

/* Of a kind, and a few more: so many have their place. */
#define DU_MOST_FIELDS 64

/* What one column of a row holds: nothing, an integer, a number or a text,
** which something else keeps. */
typedef DuSqlValue DuCell;

typedef DuCell DuOperand; /* a value to compare with: never nothing */

/* The least and most of what a column of a segment has; not known of texts and
** numbers, nor where it has no value. */
typedef struct DuBounds {
  bool known;
  int64_t least, most;
} DuBounds;

/* The months of the dates of a segment (months.h); not known where NULL. */
typedef struct DuMonths {
  const unsigned char *bits;
} DuMonths;

typedef struct DuTest {
  const DuField *field;
  DuTestOp op;
  lua_Integer at;            /* where it begins in the query's list */
  int first, last;           /* of a date */
  const DuOperand *operands; /* any of them: one, but for EQ and NE */
  uint32_t noperands;
  const int64_t *set;
  uint32_t ids;
  const DuBounds *bounds; /* of its field, by segment; NULL: it has none */
  const DuMonths *months; /* likewise of the kind's own date, or NULL */
  bool answered;          /* what is found is so, and need not be asked */
} DuTest;

/* A walk over a kind's segments, in the order of ids, for a query. Holds five
** stack slots from `slot` on: the directory; the store's table of columns; a
** table of what has to stay; the query's list of tests, or the query where it
*is
** plain; the ids of `stale`. */
typedef struct DuScan {
  lua_State *L;
  DuStore *store; /* never a view */
  const DuKind *kind;
  int slot;
  void *directory;
  int at;          /* the segment */
  int64_t last_id; /* what has a higher id is in no segment */
  const int64_t *stale;
  int64_t nstale; /* records that are in a segment and have changed */
  DuTest *tests;  /* the scan's table has them, as all that is pointed to */
  int ntests;
  uint32_t rows;
  uint8_t *mask; /* of the segment's rows: 1 for those that are found */
  uint8_t *scratch;
  bool led; /* rows are found by what leads, and listed instead of masked: */
  uint32_t *found; /* in all segments (leads.c), */
  uint32_t nfound, next;
  uint16_t *picked; /* and in the one that it is at, where more is asked */
  uint32_t npicked;
  const struct DuStanding *standing; /* of those that agree the first, or NULL:
                                        all */
  const char *why; /* a column could not be read; NULL: all could */
  int columns;     /* so many were read from their tables */
  double since;    /* when it began, or as if without its pauses */
  bool packs;      /* du_scan_consider: columns would be made first */
} DuScan;

/* What a scan would read, at most. */
typedef struct DuScanCost {
  int segments, skipped; /* all, and those that least and most pass over */
  int64_t bytes, cached; /* of columns, and those of them in memory */
} DuScanCost;

/* To read, or only to tell what would be read. */
typedef enum DuAim { DU_TO_READ, DU_TO_EXPLAIN } DuAim;

/* Does the field have a column, and of which type? */
bool du_column_kept(const DuKind *kind, const DuField *field);
DuSegmentType du_column_type(const DuField *field);
/* Adds what is read of a row to pack it: `"id", "date", "date_first", …`; of a
** DU_SHARED field, if asked, what stands in the row. */
void du_add_column_names(DuText *text, const DuKind *kind, bool numbers);
/* Can there be such a segment, where the one before ends with `behind`? It has
** rows, no more than there are ids. */
bool du_segment_likely(int64_t number, int64_t first_id, int64_t last_id,
                       int64_t rows, int64_t behind);

/* What packs records as they are added, inside one transaction. */
typedef struct DuPacker DuPacker;
/* [-0, +1] Begins with the records that are in no segment yet. While it is
** open, whoever else writes a record of the kind calls du_columns_note. With
** two fillings, a segment can be filled while the one before is ended. */
DuPacker *du_packer_begin(lua_State *L, DuStore *store, const DuKind *kind,
                          int fillings);
/* Adds a record whose id is higher than all before, by its stored columns, in
** which numbers may stand for texts that rows share. Returns false where the
** store failed, with its error. Like what follows, it knows nothing of Lua. */
bool du_packer_add(DuPacker *packer, int64_t id, const DuCell *columns);
/* The same of texts alone, but where the segment is full that is said, and
** nothing added. */
bool du_packer_try(DuPacker *packer, int64_t id, const DuCell *columns,
                   bool *full);
/* The field whose texts stand in a stored column, from 0; -1: it has none. Of a
** row that has just been added and has such a text: the number of that text, as
** long as the filling is the same; -1 where the row is in no segment. */
int du_packer_field(const DuPacker *packer, int column);
int du_packer_last(DuPacker *packer, int field, int64_t *filling);
/* Goes on with the other filling, in which no segment may be left. Returns
** which one is to be ended meanwhile, by another thread perhaps. */
int du_packer_turn(DuPacker *packer);
bool du_packer_end_segment(DuPacker *packer, int turn);
/* Raises what one of these failed with, or else the store. */
_Noreturn void du_packer_raise(lua_State *L, const DuPacker *packer);
void du_packer_end(lua_State *L, DuStore *store, DuPacker *packer);

/* Begins a walk for the query at that index. Returns why the columns cannot
** answer it, or NULL: then the stack holds what the walk needs, until its slots
** are popped. Packs first what is worth it. */
const char *du_scan_begin(lua_State *L, DuScan *scan, int query, DuAim aim);
/* The same where what is asked for is a count, or the ids of what is found. */
const char *du_scan_begin_count(lua_State *L, DuScan *scan, int query,
                                DuAim aim);
const char *du_scan_begin_find(lua_State *L, DuScan *scan, int query,
                               DuAim aim);
/* What it would read if it were to read these fields, too, of what is found. */
DuScanCost du_scan_cost(DuScan *scan, const unsigned char *fields, int count);
/* The fields whose columns are asked, a bit for each. */
uint64_t du_scan_fields(const DuScan *scan);
/* Adds to a list in JSON the ids of records that are not found in segments,
** since they have changed; the id behind which there are more. What the query
** asks of them is still to be asked, but for which of those that agree is the
** first. */
void du_scan_add_rest(const DuScan *scan, DuText *ids);
int64_t du_scan_behind(const DuScan *scan);
/* How many records are in no segment. */
int64_t du_scan_unpacked(DuScan *scan);
/* The next segment with rows that the query finds; false at the end, and where
** a column is damaged, which scan->why then says: rows must answer. */
bool du_scan_next(DuScan *scan);
/* The same for one of its segments, whichever it was at. */
bool du_scan_at(DuScan *scan, int place);
/* How many there are; the bounds of a field's column in each, or NULL. */
int du_scan_segments(const DuScan *scan);
const DuBounds *du_scan_bounds(DuScan *scan, const DuField *field);
/* Goes back to where it began. */
void du_scan_rewind(DuScan *scan);
/* The same for few records. Where rows have an index for what is asked, that is
** why columns do not answer; but once so many questions were asked that it
** pays, such an index is made in memory (leads.c) of the columns, and they do.
** Only where no record is outside segments. */
const char *du_scan_begin_led(lua_State *L, DuScan *scan, int query, DuAim aim);
/* The same walk, at a moment, where all that it needs is in memory already;
** false where not, or where it may find more than so many rows. */
bool du_scan_begin_known(lua_State *L, DuScan *scan, int query,
                         const DuMoment *now, uint32_t most);
/* Can that be so? To know it costs next to nothing. */
bool du_scan_may_be_known(lua_State *L, int query);
/* A field's column in it; NULL where it is damaged. */
const DuSegment *du_scan_column(DuScan *scan, const DuField *field);
/* [-0, +1] what keeps the column that was asked for last of that field, or
** nil; until it is popped by the other, the column stays where it is */
void du_scan_push_column(const DuScan *scan, const DuField *field);
void du_scan_pop_column(const DuScan *scan); /* [-1, +0] */
/* Raises `interrupted` where what reads is not to go on. */
void du_scan_look(DuScan *scan);
/* The id before the first of the segment that it is at. */
int64_t du_scan_before(const DuScan *scan);
/* Do rows have an index for what the query at that index asks? To know it
** costs less than to begin a walk. */
bool du_columns_are_slower(lua_State *L, int query);
/* Is it to be answered by rows, which have an index for what leads, follows and
** the date, and does it ask for one pair and for days, so that it finds few?
** That it was asked is then noted. */
bool du_rows_are_few(lua_State *L, int query);
/* Rows are to answer it: makes the index first that leads them, where a large
** import has left that out. */
void du_rows_first(lua_State *L, int query);
#define DU_INDEXED_ROWS "rows have an index for what is asked"
/* Is all that the query can find in segments, as it was packed? */
bool du_scan_has_all(DuScan *scan);

/* The field that is the column of ids. */
const DuField *du_id_field(const DuKind *kind);
/* The id of a row, from the column of ids. */
int64_t du_segment_id(const DuSegment *ids, uint32_t row);
/* The number of a value, or UINT32_MAX where the segment has it not. Of
** integers, but not of DU_SEGMENT_FOLLOWING. */
uint32_t du_segment_find(const DuSegment *segment, int64_t integer);
/* Is a date without ? ~ and %? */
bool du_segment_certain(const DuSegment *segment, uint32_t value);
/* For qsort and bsearch. */
int du_compare_ids(const void *a, const void *b);
/* The first of the ids that is not less. */
int64_t du_lower_id(const int64_t *ids, int64_t count, int64_t id);

/*
** accept.c: what a test is told of.
*/
/* Leaves the rows in the mask that the test accepts. There is room in
** `accepted` for a byte for each value and one more. */
void du_test_keep(const DuTest *test, const DuSegment *segment,
                  uint8_t *accepted, uint8_t *mask);
/* Leaves those of the rows in the list that the test accepts; returns how many.
** Where they are few that is faster. */
uint32_t du_test_pick(const DuTest *test, const DuSegment *segment,
                      uint16_t *rows, uint32_t count);
/* Does it ask integers for one? */
bool du_test_of_one(const DuTest *test);
/* Can the test accept a value between the two, or what is missing? */
bool du_test_may_accept(const DuTest *test, const DuBounds *bounds);
/* Can it, where the dates between them lie in those months? */
bool du_test_may_meet(const DuTest *test, const DuBounds *bounds,
                      const DuMonths *months);
/* Does it ask for what lies in the days that it has? */
bool du_test_of_days(const DuTest *test);

/*
** foremost.c: the first of what is found, by a date.
*/
/* How many records a query's limit lets through, those that it passes over
** included; -1 where there is none, or too high a one to be of use here. */
int64_t du_query_wanted(const DuQuery *query);
/* Are the first ones by a date asked for? */
bool du_foremost_asked(const DuQuery *query);
/* Adds their ids, in no order, to a list in JSON; false where a column is
** damaged. */
bool du_foremost_find(DuScan *scan, const DuQuery *query, DuText *ids);

/*
** reading.c: a walk whose records are read one by one.
*/
typedef struct DuReading DuReading;
/* Begins a scan for reading these fields; returns why columns do not, or NULL.
 */
const char *du_scan_begin_reading(lua_State *L, DuScan *scan, int query,
                                  const unsigned char *fields, int count,
                                  DuAim aim);
/* [-0, +1 or 0] begins to read these fields of what the query at that index
** finds; false, and nothing pushed, where rows do it better, or must. Records
** that are in no segment are not read. */
bool du_reading_begin(lua_State *L, int query, const unsigned char *fields,
                      int count);
/* The id behind which they are; after the end, and where that came early since
** a column is damaged, behind which no record was given. */
int64_t du_reading_behind(const DuReading *reading);
/* Does it give all records that the query finds, so that none is in rows? */
bool du_reading_has_all(const DuReading *reading);
/* [-0, +1 or 0] What the query at that index finds, with these fields, as they
** stay. NULL, and nothing pushed, where that is not few (see few.h), or not
** known at once. keys is of du_push_reference. */
struct DuFew *du_columns_few(lua_State *L, int query,
                             const unsigned char *fields, int count, int keys);
/* Where a function that gives records has what it needs for them: in its
** upvalues, where nothing has to be moved. From each first one on there is one
** for each field. */
typedef struct DuShelf {
  int keys;  /* DU_STORE_KEYS */
  int names; /* the first field's name; of no use where values are given */
  int ready; /* its values that were made once, by their numbers */
} DuShelf;
/* The one of a field; pseudo-indices fall. */
static inline int du_shelved(int first, int number) {
  return first > 0 ? first + number : first - number;
}
/* [-0, +1, or the number of fields] the next record of the segment, a table or
** its values; 0, and nothing pushed, at the segment's end. There are as many
** free slots on the stack, and ten. */
int du_reading_next(lua_State *L, DuReading *reading, bool values,
                    const DuShelf *shelf);
/* Goes on to the next segment, of the reading at index; false at the end. */
bool du_reading_turn(lua_State *L, int index, const DuShelf *shelf);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
