/*
** loader.h - what the files of an import share: the loader, which brings the
** records of a file into a kind, and the row on its way.
**
**   loader    faults of rows, and where rejected rows go
**   cells     a record's texts as the stored columns of a row
**   making    the records that a row names and that are not on record
**   identity  what makes a row the same as one that is on record
**   plan      the mapping, as the module dualuse.import gives it
**   insert    rows on their way into the table
**   import    the rows read and written
*/
#ifndef DU_LOADER_H
#define DU_LOADER_H

#include "bytes.h"
#include "columns.h"
#include "core.h"
#include "entry.h"
#include "records.h"
#include "relay.h"
#include "texts.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

#define DU_LOADER "dualuse.loader"

/* user values */
enum {
  DU_LOADER_COLLECTION = 1, /* anchors the store */
  DU_LOADER_RECORDS,        /* what is read */
  DU_LOADER_PLAN,           /* the mapping as it was given */
  DU_LOADER_PARTS,          /* by target: see enum DuPart */
  DU_LOADER_ANCHORS,        /* what cells point to until the row is written;
                            ** at 0, what is wrong with it */
  DU_LOADER_MAKINGS,        /* what is to be made with the row: see making.c */
  DU_LOADER_MEMORY, /* the userdata that hold targets, cells and the filter */
  DU_LOADER_USERVALUES = DU_LOADER_MEMORY
};

/* Stack indices while rows are read. */
enum {
  DU_AT_LOADER = 1,
  DU_AT_LIMIT,
  DU_AT_ROWS,
  DU_AT_PARTS,
  DU_AT_ANCHORS,
  DU_AT_MAKINGS,
  DU_AT_ROW,
  DU_AT_PLAN,
  DU_AT_BASE
};

/* Of each target in the table of parts, from 4 * its number on. */
enum DuPart {
  DU_PART_WORDS = 1,
  DU_PART_RESOLVE,
  DU_PART_CONVERT,
  DU_PART_KNOWN,
  DU_PARTS = 4
};

/* What a field's text was read as before. */
enum { DU_MEMOS = 4096 };
typedef struct DuMemo {
  DuKey key;      /* of the text */
  uint8_t length; /* of the text; 0: nothing is remembered */
  char day[DU_DAY_TEXT];
  DuColumn type; /* DU_NULL_COLUMN: it says nothing */
  int64_t integer, last;
  double number;
  const char *text; /* that lasts, or NULL: day */
  size_t size;
} DuMemo;

/* Some bytes that something else keeps. */
typedef struct DuBytes {
  const char *text;
  size_t length;
} DuBytes;

/* Where one field's value comes from. */
typedef struct DuTarget {
  const DuField *field;
  int cell;   /* its first stored column, from 0 */
  int part;   /* its number in the table of parts */
  int column; /* in the record, from 0; -1: joined */
  int *join, njoin;
  DuBytes *joined; /* room for the texts of those columns */
  DuDateStyle dates[DU_DATE_STYLES];
  int ndates;
  DuBytes separator;
  bool words, strict, resolve, convert;
  DuMemo *memos; /* NULL: not remembered */
} DuTarget;

/* What a record with so many fields is. */
typedef struct DuLayout {
  int count;
  DuTarget *targets;
  int ntargets;
  int *identity, nidentity;
  int version;    /* the column of the row's version, or -1 */
  bool has_own;   /* a column has the row's key or origin */
  bool has_cited; /* a column has the row's sources */
} DuLayout;

typedef struct DuRequired {
  const DuField *field;
  int cell;
} DuRequired;

/* The highest origin, where it is so short. */
#define DU_HIGHEST_TEXT 128
typedef struct DuHighest {
  char text[DU_HIGHEST_TEXT];
  size_t length;
} DuHighest;

/* Whether rows come in the order of their origins. */
typedef struct DuRising {
  bool kept;         /* the index is, while they do */
  int64_t falls;     /* how many did not */
  DuHighest highest; /* of the rows so far */
} DuRising;

/* A text that was given a number. */
typedef struct DuNewText {
  int64_t number;
  const char *text;
  size_t length;
} DuNewText;
typedef struct DuNewTexts DuNewTexts;
typedef struct DuSharing DuSharing;

/* The rows that wait to be inserted. */
typedef struct DuWaiting DuWaiting;

typedef enum DuIdentity { DU_BY_LINE, DU_BY_NUMBER, DU_BY_COLUMNS } DuIdentity;

typedef struct DuLoader {
  DuStore *store;
  const DuKind *kind;
  DuRecords *records;
  DuLayout *layouts;
  int nlayouts;
  DuCell *cells;    /* of all stored columns, of the row on its way */
  DuCell *constant; /* what they are before a row is read: most are NULL, but */
  int *given;       /* not these, so many */
  int ngiven;
  int *used; /* the columns that rows fill, and their number */
  int nused;
  DuRequired *required; /* what a row must have */
  int nrequired;
  int origin, sources, key; /* their columns */
  const DuField *origin_field;
  const DuLayout *layout; /* of the row being read */
  /* taken: to be put away before Lua is called */
  DuStatement *insert, *many;
  DuStatement *share; /* a text that rows share, once there are columns */
  DuStatement *find;  /* by the origin, or by the key */
  bool by_key;        /* which of them */
  bool met;           /* the last row was on record: so may be the next */
  DuBytes insert_text, many_text;
  DuCell *bound;      /* what the parameters of `insert` have, */
  DuCell *many_bound; /* and of `many` */
  DuCell *row;        /* the cells that rows fill, one behind the other */
  DuWaiting *waiting; /* NULL: no row has been inserted yet */
  DuWaiting *places;  /* it is one of these */
  int nplaces;
  int64_t handed;     /* how often the second thread was handed rows, */
  int64_t turned;     /* and when it had a segment's end to make; 0: not yet */
  int threads;        /* how many may work */
  DuRelay *relay;     /* inserts what waits, while it runs; or NULL */
  DuSqlError failure; /* what it failed with */
  DuRising rising;
  DuHighest recorded; /* of this prefix, by bytes, */
  bool recorded_known;
  DuSharing **sharing;   /* of each cell that rows fill, or NULL; while no texts
                            are shared NULL itself */
  int64_t last_text;     /* the number that one of them was given last */
  DuNewTexts *new_texts; /* those that are not on record yet */
  int nshared;           /* how many of the cells share their texts */
  DuPacker *packer;      /* packs the rows that are inserted; NULL: not yet */
  int64_t inserted;      /* how many were, in this run */
  uint64_t *filter;
  uint64_t blocks; /* of the filter, 512 bits each */
  int64_t rows;    /* how many there may be */
  DuBytes prefix;
  char version[48]; /* of the row, with the word before it */
  char *origin_text;
  size_t origin_size;
  DuIdentity identity;
  int64_t source; /* of the whole file, or 0 */
  uint32_t makes; /* a bit for each kind whose records may be made */
  bool mapped, direct, each, stop, update, terminated, missing, repair, retract;
  bool quiet;   /* what resolves texts asks nothing of the kind's records */
  bool summed;  /* `sum` is asked for */
  bool bulk;    /* rows come in without an index */
  bool again;   /* rows that were put aside are read */
  bool reading; /* a row is on its way, whose texts row(name) gives */
  bool mended;  /* something of that row was repaired */
  uint64_t sum; /* of all lines so far */
  int64_t read, added, updated, duplicate, rejected, retracted, repaired;
  int makings;        /* how many records are to be made with the row */
  const char *making; /* the field whose record is being made, or NULL */
  const char *wrong;  /* the field of the row's fault, or NULL */
} DuLoader;

/* ----------------------------------------------------------------- loader */

/* The loader at index 1, for a method. */
DuLoader *du_check_loader(lua_State *L);
/* Inserts the rows that wait, and puts the statements away: what is called next
** may read and write, too. */
void du_loader_put_away(lua_State *L, DuLoader *loader);
/* Puts the statements away alone: what is called next neither reads nor writes
** records of the kind. */
void du_loader_let_go(DuLoader *loader);
/* Says what is wrong with the row, and with which field (or NULL). The format
** is that of lua_pushfstring. Returns false. */
bool du_fault(lua_State *L, DuLoader *loader, const char *field,
              const char *format, ...);
/* The same, with one text of the file in it, for which the format has a %s. */
bool du_fault_text(lua_State *L, DuLoader *loader, const char *field,
                   const char *format, const char *text, size_t length);
/* [-1, +0] Takes the error on top of the stack for the row's fault, where it
** is about the row; else it goes on. */
void du_fault_of_error(lua_State *L, DuLoader *loader, const char *field);
/* Gives the row to the function that rejected rows go to, or stops. */
void du_reject(lua_State *L, DuLoader *loader);
/* Gives it a further piece of the last row, a line longer than the limit. */
void du_reject_rest(lua_State *L, DuLoader *loader);

/* ------------------------------------------------------------------ cells */

static inline void du_cell_null(DuCell *cell) {
  cell->type = DU_NULL_COLUMN;
}

static inline void du_cell_integer(DuCell *cell, int64_t value) {
  cell->type = DU_INTEGER_COLUMN;
  cell->integer = value;
}

static inline void du_cell_number(DuCell *cell, double value) {
  cell->type = DU_NUMBER_COLUMN;
  cell->number = value;
}

static inline void du_cell_text(DuCell *cell, const char *text, size_t length) {
  cell->type = DU_TEXT_COLUMN;
  cell->text = text;
  cell->length = length;
}

/* [-1, +0] The Lua value on top of the stack as it is bound, false and nil as
** NULL. */
void du_cell_value(lua_State *L, DuCell *cell, int number);
/* [-1, +0] Keeps the text on top of the stack until the row is written. */
const char *du_cells_anchor(lua_State *L, int cell, size_t *length);
/* The text of a column, empty where it is one that means nothing. */
const char *du_cells_text(lua_State *L, DuLoader *loader, int column,
                          size_t *length);
/* row(name) in Lua. Upvalues: the loader, and its names of columns by
** layout. */
int du_cells_row(lua_State *L);
/* [-1, +1] The list of citations on top of the stack with the source of the
** file before them: one that names it, too, cites it once. */
void du_cells_cite_file(lua_State *L, const DuLoader *loader,
                        const DuField *field);
/* Makes the cells what they are before a row is read. */
void du_cells_begin(DuLoader *loader);
/* Reads what the targets of the row's layout say into the cells. */
bool du_cells_read(lua_State *L, DuLoader *loader);

/* ----------------------------------------------------------------- making */

/* Puts off making the record at index, which is on top of the stack and which
** the text at index stands for, of those that the table at `known` has. Returns
** its number, which is negative; the id, where one with its key is on record;
** or 0 and a fault. */
int64_t du_making_add(lua_State *L, DuLoader *loader, const DuField *field,
                      int known, int text, int record);
/* The number of what was put off for that text, or 0. */
int64_t du_making_find(lua_State *L, const DuLoader *loader, int known,
                       int text);
/* The number of what was put off and has the text at index as its key, name or
** alias, for a field that may refer to it; 0 where there is none. False, and a
** fault, where there are two. */
bool du_making_named(lua_State *L, DuLoader *loader, const DuField *field,
                     int text, int64_t *found);
/* [-count, +0] Makes what was put off, puts the ids into the cells, and calls
** the function on the stack with its arguments, so many values in all: all of
** that or nothing. Returns false where the row is at fault. */
bool du_make_and(lua_State *L, DuLoader *loader, int count);

/* --------------------------------------------------------------- identity */

typedef struct DuFound {
  DuRow row;
  const char *other; /* the first field that differs, or NULL */
} DuFound;

/* What makes the row the same as another: fills the cell of its origin. */
bool du_identity_read(lua_State *L, DuLoader *loader);
/* The citation of a row that has a version, which is its locator. */
bool du_version_read(lua_State *L, DuLoader *loader);
/* The record that has the row's key or origin. */
DuFound du_find_same(lua_State *L, DuLoader *loader);
/* The row's version beside that of the record: -1 smaller, 0 the same, 1
** larger. */
int du_version_beside(lua_State *L, DuLoader *loader, int64_t id);
/* Is the row certainly new, since its origin is above all that are on record or
** wait? Of one that does not come in bulk. */
bool du_is_new(lua_State *L, DuLoader *loader);
/* Notes an identity, of a row that comes in bulk; tells whether it may have
 *been
 ** noted before. */
bool du_may_repeat(lua_State *L, DuLoader *loader);
/* After the last: frees the filter's memory, at once. */
void du_drop_filter(lua_State *L, DuLoader *loader);
/* Binds a cell; its text stays where it is. */
void du_cell_bind(DuStatement *statement, int parameter, const DuCell *cell);
/* The field that a stored column, from 0, is of, and which of its columns it
** is. */
const DuField *du_column_field(const DuKind *kind, int column, int *part);
/* Adds the name of a stored column. */
void du_text_column(DuText *text, const DuKind *kind, int column);

/* ------------------------------------------------------------------- share */

/* From now on, texts that many rows have are kept once. Rows are packed. */
void du_share_begin(lua_State *L, DuLoader *loader);
/* Of a cell that rows fill, by its number: makes of a text that is to be shared
** the number that it has on record; other texts stay. True where it is a new
** one, which `new` then has; its text stays where it is. packed: the row is the
** one that the packer was given last. */
bool du_share_number(DuLoader *loader, int number, DuCell *cell, bool packed,
                     DuNewText *new);
/* Takes the statement that du_share_put needs, if texts are shared. */
void du_share_take(lua_State *L, DuLoader *loader);
/* Takes a copy of a new text, and inserts as many as one statement does; false
** where the store failed. Knows nothing of Lua. */
bool du_share_put(const DuLoader *loader, const DuNewText *text);
/* Inserts all that are not on record yet. */
void du_share_rest(lua_State *L, DuLoader *loader);

/* ----------------------------------------------------------------- insert */

/* Makes the statements' texts, for rows that come in bulk or not. */
void du_insert_prepare(lua_State *L, DuLoader *loader);
/* Before rows come in bulk: drops the indexes that are not kept meanwhile. */
void du_insert_open(lua_State *L, DuLoader *loader);
/* Drops that of origins, whose order the rows do not come in. */
void du_insert_unsorted(lua_State *L, DuLoader *loader);
/* Inserts the row, or lets it wait where it is certainly new; false where its
** origin is on record. It has the id that was given last. */
bool du_insert(lua_State *L, DuLoader *loader, bool new);
/* Inserts the rows that wait. */
void du_insert_waiting(lua_State *L, DuLoader *loader);
/* Lets a second thread go on that has paused, where there is one: nothing is
** asked of the store for now. */
void du_insert_go_on(lua_State *L, DuLoader *loader);
/* Begins with a second thread, where one is wanted and can be had. No row
** waits. */
void du_insert_begin(lua_State *L, DuLoader *loader);
/* Ends it, whatever happened meanwhile. */
void du_insert_end(DuLoader *loader);

/* ------------------------------------------------------------------- plan */

/* loader:map(plan) in Lua */
int du_loader_map(lua_State *L);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
