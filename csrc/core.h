/*
** core.h - what the files of the dualuse core share.
**
** The files depend on each other in one direction:
**
**   kinds  bytes                  the record kinds as data; the order of texts;
**                                 know nobody
**   edtf  fold  bucket  likeness  clock
**                                 know neither Lua nor SQLite
**   absent                        nor this: tables that are not made yet
**   delimited  entry  texts       nor do these: records and fields of a file;
**                                 texts that records share
**   narrow  brief  months  segment  elements  exact  middle
**                                 nor these: numbers in few bits, texts in few
**                                 bytes, months of dates; values packed, of a
**                                 list, their sum and median
**   relay                         nor this: a second thread
**   sql                           the only file that calls sqlite3_*
**   errors  text  json  met       error tables; growing text on the Lua stack;
**                                 plain data as JSON; integers numbered
**   outside                       memory that Lua does not count
**   value  names  indexes  match  schema
**                                 one field; names; tables and triggers
**   change                        one record written
**   where                         what is asked of records, as SQL
**   directory  packer  first      a large kind's fields as columns, in packed
**                                 segments: found and kept; made; made first
**   accept  scan  standing        what is asked of columns, and found in them
**   few                           records whose values are at hand
**   store  record  query  once  rows
**                                 what Lua sees
**   group  tally                  counts and measures: of rows, and of columns
**   explain                       how a query is answered
**   records  loader  cells  making  identity  plan  share  insert  import
**   marks                         a file read, and brought into a kind
**   check  repair  describe  dates  terminal
**                                 the rest of what Lua sees
**   output                        files that are whole or not there
**   module
**
** Functions that may raise a Lua error take a lua_State first. Functions
** that do not take one never raise, and report by their result.
*/
#ifndef DUALUSE_CORE_H
#define DUALUSE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lauxlib.h"
#include "lua.h"

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* ------------------------------------------------------------------ kinds */

typedef enum DuType {
  DU_TEXT,
  DU_INTEGER,
  DU_NUMBER,
  DU_BOOLEAN,
  DU_WORD,      /* one word of a vocabulary */
  DU_DATE,      /* EDTF; kept with its first and last possible day */
  DU_REFERENCE, /* the id of a record of one of `targets` */
  DU_CITATIONS, /* sources, each with field, locator and quote */
  DU_DATA,      /* a plain Lua table or value, kept as JSON */
  DU_STAGES,    /* the stages of this record, which are records themselves */
  DU_ID,        /* the record itself */
  DU_REVISION,  /* the revision that gave the record this state */
  DU_RECORDED   /* the time of that revision */
} DuType;

enum {
  DU_REQUIRED = 1 << 0,
  DU_LIST = 1 << 1,
  DU_FIXED = 1 << 2,    /* once given, never changed */
  DU_UNIQUE = 1 << 3,   /* no two records of a kind share it */
  DU_NAME = 1 << 4,     /* a reference may be given by it, ignoring case */
  DU_SEARCHED = 1 << 5, /* in the full-text index */
  DU_INDEXED = 1 << 6,  /* has a B-tree index of its own */
  DU_TREE = 1 << 7,     /* must not lead back to the record itself */
  DU_CURRENCY = 1 << 8, /* three capital letters, as in ISO 4217 */
  DU_DETECTED = 1 << 9, /* a case's own date: see du_query's date bounds */
  DU_CODED = 1 << 10,   /* texts of few values: they have a column */
  DU_LEADS = 1 << 11,   /* has an index that goes on with those that follow, */
  DU_FOLLOWS = 1 << 12, /* and then with the kind's own date */
  DU_SHARED = 1 << 13   /* texts that many records have: see du_field_column */
};

typedef struct DuField {
  const char *name;
  DuType type;
  unsigned flags;
  uint32_t targets;         /* DU_REFERENCE: a bit for each kind allowed */
  const char *const *words; /* DU_WORD: the vocabulary, ended by NULL */
  int64_t least, most;      /* numbers: the range, where least < most */
  const char *absent;       /* what is stored when the field is left out */
  const char *help;
} DuField;

typedef struct DuKind {
  const char *name;     /* "cases": the table, and the collection in Lua */
  const char *singular; /* "case" */
  const DuField *fields;
  int nfields;
  const char *date; /* the field that is the kind's own date, or NULL */
  const char *help;
  bool large; /* many records, most of them without a key */
} DuKind;

#define DU_KINDS 16
extern const DuKind du_kinds[DU_KINDS];

/* The number that `bit` stands for in DuField.targets. */
#define DU_KIND_BIT(number) ((uint32_t)1 << (number))
#define DU_ANY_KIND (((uint32_t)1 << DU_KINDS) - 1)

int du_kind_number(const DuKind *kind);
/* The kind of that name, or NULL. */
const DuKind *du_kind_find(const char *name);
/* The field's index in kind->fields, or -1. */
int du_field_find(const DuKind *kind, const char *name);
/* The first field that has the flag, or NULL. */
const DuField *du_field_with(const DuKind *kind, unsigned flag);
/* Is it the kind's own date? */
bool du_field_dates(const DuKind *kind, const DuField *field);
/* How many columns a field has in its kind's table: 0, 1, or 3 for a date. */
int du_field_columns(const DuField *field);
/* What the name of its n-th column ends with, from 0: "", "_first", "_last". */
const char *du_column_suffix(int part);
/* The user_version of a file with these kinds. It grows with each field that
** is added to them, so that adding a field is one line. */
int du_kinds_version(void);
/* A kind whose records may be given by `within` (they have a parent). */
bool du_kind_nested(const DuKind *kind);
/* The one kind in the set, or NULL if there are several. */
const DuKind *du_target_kind(uint32_t targets);

/* -------------------------------------------------------------------- sql */

typedef struct DuSql DuSql;             /* a connection */
typedef struct DuStatement DuStatement; /* a prepared statement */

typedef enum DuStatus { DU_FAILED, DU_DONE, DU_ROW } DuStatus;

typedef struct DuSqlOptions {
  bool readonly;
  bool full;       /* durability: a returned write survives power loss */
  double timeout;  /* seconds to wait for a lock */
  double deadline; /* seconds one query may run; 0 for no limit */
  /* Asked now and then while a statement runs or waits: is it to stop? */
  bool (*interrupted)(void *context);
  void *context;
} DuSqlOptions;

/* Why a file could not be had or a statement failed. `code` is one of the
** error codes of the interface; the message is SQLite's, or our own. */
typedef struct DuSqlError {
  const char *code;
  char message[400];
} DuSqlError;

/* Reads the version of the SQLite library. */
const char *du_sql_version(void);
bool du_sql_usable(void);

/* Opens a file (NULL: a database in memory). On failure NULL is returned and
** `error` is filled. */
DuSql *du_sql_open(const char *path, const DuSqlOptions *options,
                   DuSqlError *error);
/* Finalizes all statements and closes. */
void du_sql_close(DuSql *sql);
const DuSqlError *du_sql_error(const DuSql *sql);
/* Puts an error of our own into the connection, for du_raise_sql. */
void du_sql_fail(DuSql *sql, const char *code, const char *message);

/* Runs one statement that returns no rows, from the cache. */
bool du_sql_run(DuSql *sql, const char *text);
/* Between true and false, what runs is not to be stopped: it is the store's
** own, and short. */
void du_sql_untimed(DuSql *sql, bool untimed);
/* The schema is changed in the open transaction: should it be undone, no
** statement is kept that was made meanwhile. Was it? */
void du_sql_makes(DuSql *sql);
bool du_sql_made(const DuSql *sql);
/* Runs statements that are not worth keeping. */
bool du_sql_script(DuSql *sql, const char *text);
/* In a transaction: drops an index of full text, where there is one, even if it
** is damaged. Its name is one of ours. */
bool du_sql_drop_full_text(DuSql *sql, const char *table);
/* In a transaction: of a table of ours, puts the second text for the first in
** what the schema says of it. Its rows stay as they are. */
bool du_sql_rewrite(DuSql *sql, const char *table, const char *from,
                    const char *to);
/* Runs a statement that gives one integer. */
bool du_sql_number_of(DuSql *sql, const char *text, int64_t *value);
/* A statement from the cache, or a new one; NULL on failure. It is the
** caller's until it is released. text[length] is zero. Tables that are not made
** yet have no rows in it (see absent.h); what writes to one fails. */
DuStatement *du_sql_prepare(DuSql *sql, const char *text, size_t length);
void du_sql_release(DuStatement *statement);
/* The statements that every write and reference needs are found by kind and
** use, without making their text anew: du_sql_used gives the one that was
** kept so, or NULL where there is none, or it is in use. */
typedef enum DuUse {
  DU_INSERT_ROW,
  DU_UPDATE_ROW,
  DU_STORED_ROW,
  DU_ROW_BY_ID,
  DU_ROW_BY_KEY,
  DU_ROW_BY_ORIGIN,
  DU_RECORD_EXISTS,
  DU_RECORD_BY_KEY,
  DU_KEY_OF_RECORD,
  DU_USES
} DuUse;
DuStatement *du_sql_used(DuSql *sql, const DuKind *kind, DuUse use);
void du_sql_keep(DuStatement *statement, const DuKind *kind, DuUse use);
/* The same of statements that are known by bytes, which tell all that the text
** depends on. */
DuStatement *du_sql_shaped(DuSql *sql, const void *shape, size_t size);
void du_sql_keep_shape(DuStatement *statement, const void *shape, size_t size);
/* A held statement belongs to a cursor; others live within one call, and
** du_sql_sweep releases those which an error left behind. */
void du_sql_hold(DuStatement *statement);
void du_sql_sweep(DuSql *sql);
/* What SQLite keeps of the pages of a file, as PRAGMA cache_size takes it: as
** many as it does by itself. While much is read that is kept in another form,
** hardly any, which is faster: memory that is used again need not be had anew.
*/
#define DU_PAGES "-2000"
void du_sql_keep_pages(DuSql *sql, bool few);
/* Between these, statements read one state of the file. An error in between is
** ended by the next du_sql_sweep. */
bool du_sql_begin_reading(DuSql *sql);
void du_sql_end_reading(DuSql *sql);
/* Outside a transaction: from now on writes into the file itself, with a
** journal of what was there before, unless another connection has it open. */
bool du_sql_unlog(DuSql *sql);
/* Begins to write, unless another connection does now. */
bool du_sql_begin_at_once(DuSql *sql);
/* Is what has read for so many seconds, but not in statements, to go on? If
** not, that is the connection's error. */
bool du_sql_goes_on(DuSql *sql, double seconds);
/* Has it a deadline? */
bool du_sql_is_timed(const DuSql *sql);
/* The rows that the last statement added, changed or took away. */
int64_t du_sql_changes(DuSql *sql);
/* Tells one state of the file, as this connection sees it, from another. While
** nothing is rolled back, what was read at a moment that is equal holds still.
*/
typedef struct DuMoment {
  int64_t version; /* of what other connections have committed; 0: of none */
  int64_t changes; /* the rows that this one has changed */
  bool writing;    /* in a transaction that is not for reading alone */
} DuMoment;
bool du_sql_moment(DuSql *sql, DuMoment *moment);
bool du_same_moment(const DuMoment *a, const DuMoment *b);
bool du_sql_in_transaction(DuSql *sql);

/* Text is not copied: it must stay until the statement is stepped for the
** last time or bound anew. du_sql_bind_copy copies. */
void du_sql_bind_null(DuStatement *statement, int parameter);
void du_sql_bind_integer(DuStatement *statement, int parameter, int64_t value);
void du_sql_bind_number(DuStatement *statement, int parameter, double value);
void du_sql_bind_text(DuStatement *statement, int parameter, const char *text,
                      size_t length);
void du_sql_bind_copy(DuStatement *statement, int parameter, const char *text,
                      size_t length);
/* The bytes are not copied, as of a text. */
void du_sql_bind_blob(DuStatement *statement, int parameter, const void *bytes,
                      size_t size);
/* What SQLite was given, which stays until it is released: the text that was
** asked for, after what stands in for tables that are not made yet. */
const char *du_sql_text_of(DuStatement *statement);
/* How many parameters it has. */
int du_sql_parameters(DuStatement *statement);
/* A bind that failed (too big, no memory) is reported by the next step. */
DuStatus du_sql_step(DuStatement *statement);
/* The same of one for which SQLite asks for a lock only once. */
DuStatus du_sql_step_waiting(DuStatement *statement);
/* Lends the connection to another thread, which may do with it whatever does
** not begin or end a transaction. Once the first thread does anything with it,
** it is taken back: take_back(lender) waits until the other one is through, or
** returns false in that one. */
void du_sql_lend(DuSql *sql, bool (*take_back)(void *lender), void *lender);
void du_sql_take_back(DuSql *sql);
/* Is SQLite built for more than one thread, and has the host left it so? */
bool du_sql_can_be_lent(void);
/* Is an end wanted? For the first thread, which so can ask for the other one
** without taking the connection back; du_sql_goes_on then has the error. */
bool du_sql_is_interrupted(const DuSql *sql);
void du_sql_reset(DuStatement *statement);

typedef enum DuColumn {
  DU_NULL_COLUMN,
  DU_INTEGER_COLUMN,
  DU_NUMBER_COLUMN,
  DU_TEXT_COLUMN,
  DU_BLOB_COLUMN
} DuColumn;

DuColumn du_sql_type(DuStatement *statement, int column);
int64_t du_sql_integer(DuStatement *statement, int column);
double du_sql_number(DuStatement *statement, int column);
/* The bytes stay until the statement is stepped or released. */
const void *du_sql_blob(DuStatement *statement, int column, size_t *size);
const char *du_sql_text(DuStatement *statement, int column, size_t *length);
/* A column, looked at once: of its type, what belongs to it is set. */
typedef struct DuSqlValue {
  DuColumn type;
  int64_t integer;
  double number;
  const char *text; /* it stays as that of du_sql_text */
  size_t length;
} DuSqlValue;
void du_sql_value(DuStatement *statement, int column, DuSqlValue *got);
/* The text that has this number in the table of texts, which stays until the
** next is read; false, and an error, where there is none. */
bool du_sql_shared_text(DuSql *sql, int64_t number, DuSqlValue *got);
/* A statement `SELECT … WHERE read_ahead(left_out, value, …)`, whose rows come
** in their order without being sorted, gives these values as if it selected
** them, of rows whose left_out is NULL: to du_sql_value alone, and before it is
** stepped some dozens of rows are read in one go. false for want of memory. */
bool du_sql_read_ahead(DuStatement *statement, int columns);
/* All values of the row that it is at, or NULL of another statement. Those of
** the row before, where they are still there: what has the same text has it at
** the same address. */
const DuSqlValue *du_sql_row_ahead(DuStatement *statement,
                                   const DuSqlValue **before);

/* The bytes of the file; -1 for one in memory, and while there is a log, which
** may hold what the file lacks. */
int64_t du_sql_file_size(DuSql *sql);
/* Has SQLite rolled back the transaction that was open? It does so for want of
** memory or a disk, whatever the error then is called; that is put right. */
bool du_sql_was_ended(DuSql *sql);
/* Whether the last step failed since a text is no JSON. */
bool du_sql_malformed(const DuSql *sql);
/* Whether a line of PRAGMA integrity_check tells that a page could not be had,
** which is an error and no finding. */
bool du_sql_check_failed(DuSql *sql, const char *line);
/* Copies the database into a new file, page by page, under a read lock. */
bool du_sql_backup(DuSql *sql, const char *path);

/* ----------------------------------------------------------------- errors */

/* Raises an error table. kind and field may be NULL. The format is that of
** lua_pushfstring. Never returns; the result is for `return du_raise(...)`. */
_Noreturn int du_raise(lua_State *L, const char *code, const char *kind,
                       const char *field, const char *format, ...);
/* Raises what the connection failed with: every database error comes here. */
_Noreturn int du_raise_sql(lua_State *L, DuSql *sql);
/* A statement of this text, to be released; raises where there can be none. */
DuStatement *du_prepare(lua_State *L, DuSql *sql, const char *text);
/* Releases a statement, and raises if its last step failed. */
void du_finish(lua_State *L, DuSql *sql, DuStatement *statement,
               DuStatus status);
/* Raises `misuse`: the argument at index is not what was expected. */
int du_misuse(lua_State *L, int index, const char *expected);
/* The full userdata of that class at index; `what` names it. Raises. */
void *du_check_object(lua_State *L, int index, const char *class,
                      const char *what);
/* The string at index as a C string; NULL where it is none, or holds a NUL
** byte, so that no name is taken for a shorter one. */
const char *du_name_at(lua_State *L, int index);
/* The field named at index. Raises `misuse` and lists the fields. */
const DuField *du_check_field(lua_State *L, const DuKind *kind, int index);
/* [-0, +1] pushes the names of a kind's fields, with commas. */
void du_push_field_names(lua_State *L, const DuKind *kind);
/* The options table at index (nil: none): raises `misuse` at a name that is
** not in the NULL-ended list. */
void du_check_options(lua_State *L, int index, const char *const *names);
/* [-0, +1] pushes an error table without raising it. */
void du_push_error(lua_State *L, const char *code, const char *message);
/* [-0, +1] pushes a short printable form of the value for a message. */
const char *du_show(lua_State *L, int index);
/* [-0, +1] pushes `"a", "b" or "c"` of a vocabulary. */
const char *du_show_words(lua_State *L, const char *const *words);
/* The checks of a value say by kind and field whose it is; NULL: nobody's.
** Raises `invalid`: the value at index is not what was expected. */
int du_refuse(lua_State *L, const DuKind *kind, const DuField *field, int index,
              const char *expected);
/* Is it UTF-8 without NUL? If not, why is a sentence. */
#define DU_WHY 200
bool du_is_text(const char *text, size_t length, char why[DU_WHY]);
/* Refuses what is not text, in UTF-8 and without NUL. */
void du_check_text(lua_State *L, const DuKind *kind, const DuField *field,
                   int index);
/* The length of the list at index, which is no negative one. Refuses what is
** no list, has holes or other keys. */
lua_Integer du_check_list(lua_State *L, const DuKind *kind,
                          const DuField *field, int index);
void du_open_errors(lua_State *L); /* [-0, +0, core table on top] */

/* ------------------------------------------------------------------- text */

/* Text that grows inside a userdata, which is replaced in a stack slot of its
** own: an error frees it, and other stack use need not be balanced. */
typedef struct DuText {
  lua_State *L;
  int slot;
  char *bytes;
  size_t length, size;
} DuText;

void du_text_init(lua_State *L, DuText *text); /* [-0, +1] */
void du_text_add(DuText *text, const char *bytes, size_t length);
/* Makes it so many bytes long, or leaves it longer; those that are new are 0.
 */
void du_text_grow(DuText *text, size_t length);
void du_text_puts(DuText *text, const char *string);
/* %s string, %q identifier in double quotes, %d int, %I int64_t */
void du_text_format(DuText *text, const char *format, ...);
/* A JSON string, quotes included. */
void du_text_json(DuText *text, const char *bytes, size_t length);
/* A finite number in no more digits than read back as the same float. */
void du_text_number(DuText *text, double number);
void du_text_push(DuText *text); /* [-0, +1] as a Lua string */
/* A statement with this text. Raises. */
DuStatement *du_text_prepare(DuText *text, DuSql *sql);

/* ---------------------------------------------------------------- outside */

/* [-0, +1] A userdata that keeps so many bytes which Lua's collector does not
** count, aligned as for any type; returns them. Raises where there are none. */
void *du_outside_push(lua_State *L, size_t size);
/* The bytes that the userdata at index keeps; NULL where there is none. */
void *du_outside_at(lua_State *L, int index);
/* Gives them back at once: nobody may have them any more. */
void du_outside_free(lua_State *L, int index);
void du_open_outside(lua_State *L); /* [-0, +0] */

/* ------------------------------------------------------------------- json */

/* dualuse.null: JSON's null, and what clears a field */
bool du_is_null(lua_State *L, int index);
/* Adds the plain data at index, which is no negative one, as JSON: the names
** of an object in the order of their bytes, so that the same data always gives
** the same text. kind and field say whose it is. Without them dualuse.null is
** null; a field's data has none. Raises `invalid`. */
void du_json_add(lua_State *L, DuText *json, int index, const DuKind *kind,
                 const DuField *field);
/* [-0, +1] the data in a JSON text that was written by du_json_add. The text
** must stay until it returns. */
void du_json_push(lua_State *L, DuSql *sql, const char *text, size_t length);
void du_open_json(lua_State *L); /* [-0, +0, core table on top] */

/* ------------------------------------------------------------------ store */

#define DU_NOW INT64_MAX /* as_of of a store that is not a view */

typedef struct DuCursor DuCursor;

typedef struct DuStore {
  DuSql *sql;           /* NULL: closed. A view has none of its own */
  struct DuStore *base; /* the store itself, or the one that a view reads */
  int64_t as_of;        /* the revision that a view shows, or DU_NOW */
  bool readonly, closed;
  bool full;         /* a returned write survives power loss */
  DuCursor *cursors; /* live cursors of this store and its views (base only) */
  /* the open transaction (base only) */
  int depth;        /* how deeply nested; 0 when there is none */
  int64_t revision; /* the number it will have when committed */
  int64_t last_id;  /* the highest id given so far */
  bool wrote;
  int64_t schema;   /* the schema_version that was found to be ours, or -1 */
  DuMoment named;   /* when DU_STORE_NAMES was read, */
  int nnamed;       /* and how many texts it has */
  const char *lost; /* the code of the error that SQLite has rolled it back
                       after, or NULL */
  /* what interrupts (base only) */
  lua_State *main;     /* the main thread, which lives as long as the store */
  lua_Hook hook;       /* of the main thread, when Lua last came in on it */
  unsigned interrupts; /* how often store:interrupt was called */
  /* columns (base only) */
  int64_t packed;      /* grows when their tables change */
  int packing;         /* how many packers are open in the transaction */
  size_t column_bytes; /* in memory, and how many there may be */
  size_t column_limit;
  uint64_t column_looks; /* what the least recently used is known by */
  int64_t column_leads;  /* questions that rows have, or would have, an index
                            for that leads */
  /* bits by kinds, see first.c (base only) */
  uint32_t led, unled; /* the index that leads is there, or cannot be made */
} DuStore;

/* user values of a store */
enum {
  DU_STORE_BASE = 1, /* view: anchors its base */
  DU_STORE_PARTS,    /* collections by name */
  DU_STORE_KEYS,     /* base: id -> key; -revision-1 -> its time */
  DU_STORE_NAMES,    /* base: kind's number -> { text -> id that it names } */
  DU_STORE_WHY,      /* base: { by, reason } of the open transaction */
  DU_STORE_COLUMNS,  /* base: what directory.c has in memory */
  DU_STORE_USERVALUES = DU_STORE_COLUMNS
};

#define DU_ERROR "dualuse.error"
#define DU_DESCRIPTION "dualuse.description"
#define DU_EXPLANATION "dualuse.explanation"
#define DU_STORE "dualuse.store"
#define DU_COLLECTION "dualuse.collection"
#define DU_QUERY "dualuse.query"
#define DU_CURSOR "dualuse.cursor"

/* The store at index. Raises when it is closed. */
DuStore *du_check_store(lua_State *L, int index);
/* Its connection. Raises when it is closed. */
DuSql *du_store_sql(lua_State *L, DuStore *store);
/* The same, where Lua comes in: every method calls this first. Puts away the
** statements that an error left running, and makes sure that a hook which was
** there before does not interrupt what follows. */
DuSql *du_enter(lua_State *L, DuStore *store);
/* Runs `body` with the whole stack as arguments, inside a transaction or,
** when one is open, a savepoint: what it wrote is kept when it returns and
** undone when it raises. Its results are left alone on the stack, and their
** number is returned. The store's userdata is at storeindex, { by=, reason= }
** or nil at why. */
int du_write(lua_State *L, DuStore *store, int storeindex, int why,
             lua_CFunction body);
/* [-1, +1] the same with the store alone, outside any transaction, whatever its
** schema is; the body makes no revision. */
int du_mend(lua_State *L, DuStore *store, lua_CFunction body);
/* Runs `body` with the whole stack as arguments, while all that it reads is of
** one moment, and leaves its results alone on the stack. */
int du_read(lua_State *L, DuStore *store, lua_CFunction body);
/* [-0, +1 or 0] { by=, reason= } of the innermost nested write that was given
** one; false, and nothing pushed, where there is none. */
bool du_push_nested_why(lua_State *L, const DuStore *store);
/* In a transaction: the revision being written; notes that it wrote. */
int64_t du_writing(DuStore *store);
int64_t du_next_id(DuStore *store);
/* The number of the newest revision. */
int64_t du_newest_revision(lua_State *L, DuStore *store);
void du_open_store(lua_State *L);

/* ----------------------------------------------------------------- schema */

/* Inside a transaction: creates the tables of a new store with the states in
** them; brings an older file up to date. `now` is the time, UTC. */
void du_schema_create(lua_State *L, DuSql *sql, const char *now);
void du_schema_migrate(lua_State *L, DuSql *sql);
/* Has the file a table of that name? */
bool du_schema_has_table(lua_State *L, DuSql *sql, const char *name);
/* Inside a transaction: make the table of a kind, which is done before a record
** is added; that of its history, before one is changed; and those of reasons
** and of texts. They do nothing where it is made. */
void du_schema_make(lua_State *L, DuSql *sql, const DuKind *kind);
void du_schema_make_history(lua_State *L, DuSql *sql, const DuKind *kind);
void du_schema_make_reasons(lua_State *L, DuSql *sql);
void du_schema_make_texts(lua_State *L, DuSql *sql);
/* The tables that a file has, of those that are not in every store. */
typedef struct DuMade {
  bool kinds[DU_KINDS], histories[DU_KINDS], reasons, texts, columns;
} DuMade;
DuMade du_schema_made(lua_State *L, DuSql *sql);
/* Makes these in a new store. */
void du_schema_make_all(lua_State *L, DuSql *sql, const DuMade *made);
/* Raises `corrupt` where the triggers and views are not those that this version
** makes. */
void du_schema_verify(lua_State *L, DuSql *sql);
/* Has the history of a kind the columns of its table, in the same order? */
bool du_schema_in_order(lua_State *L, DuSql *sql, const DuKind *kind);
/* Before and after many rows come into a kind's table inside a transaction:
** takes away, and makes anew, the trigger that guards it and, if asked, those
** of its indexes that were dropped meanwhile, which are made faster at the
** end; but for the leading one where columns were made. */
typedef enum DuIndexing {
  DU_INDEX_NONE,
  DU_INDEX_ALL,
  DU_INDEX_BUT_LEADING
} DuIndexing;
void du_schema_open(lua_State *L, DuSql *sql, const DuKind *kind);
void du_schema_shut(lua_State *L, DuSql *sql, const DuKind *kind,
                    DuIndexing indexing);
/* The index of DU_LEADS: a large import leaves it out, see first.c. */
typedef enum DuLead {
  DU_LEAD_OF_NONE, /* there is no table yet */
  DU_LEAD_LEFT_OUT,
  DU_LEAD_THERE /* or the kind has no such field */
} DuLead;
DuLead du_schema_lead_of(lua_State *L, DuSql *sql, const DuKind *kind);
/* Makes it, unless it is there; takes it away. */
void du_schema_lead(lua_State *L, DuSql *sql, const DuKind *kind);
void du_schema_unlead(lua_State *L, DuSql *sql, const DuKind *kind);
/* Has the field an index, apart from what the table itself says is unique? */
bool du_schema_has_index(const DuKind *kind, const DuField *field);
void du_schema_drop_index(lua_State *L, DuSql *sql, const DuKind *kind,
                          const DuField *field);
/* Makes the tables of columns, where a file has none yet. */
void du_schema_columns(lua_State *L, DuSql *sql);
/* Make the table of names, and an index of full text of that name. */
void du_schema_names(lua_State *L, DuSql *sql);
void du_schema_full_text(lua_State *L, DuSql *sql, const char *table);
/* Inside a transaction: takes all triggers away, so that what follows from the
** records can be mended in their rows, and makes them anew; makes all indexes
** anew, but for those that the rows do not allow. The first raises `corrupt`
** where there is a trigger or view of a stranger. */
void du_schema_unguard(lua_State *L, DuSql *sql);
void du_schema_guard(lua_State *L, DuSql *sql);
void du_schema_reindex(lua_State *L, DuSql *sql);
#define DU_APPLICATION_ID 0x44755573 /* "DuUs" */

/* [-0, +0] `FROM` source of a kind as the store sees it: its table, or for a
** view the state of revision ?1. Retracted records are in it. */
void du_text_view(DuText *text, const DuStore *store, const DuKind *kind);
/* The expression for what one field of a row has, `t."date"`; without an alias
** where that is NULL. A text of a DU_SHARED field stands in its row, or the row
** has the number that it has in the table of texts, which a large import fills:
** the first asks for the text, by the SQL function of this name, the second for
** what stands there, which du_value_push and du_value_shared take. */
#define DU_SHARED_TEXT "shared_text"
void du_field_column(DuText *text, const DuField *field, const char *alias);
void du_field_stored(DuText *text, const DuField *field, const char *alias);
/* The first without an alias, or another of a date's columns, by its number. */
void du_part_column(DuText *text, const DuField *field, int part);

/* ------------------------------------------------------------------ names */

/* The id of the record that the value at index names: an id, a key, or a name
** or alias ignoring case. kind and field say whose value it is, for errors.
** Raises `invalid` if it names nothing or two things. */
int64_t du_resolve(lua_State *L, DuStore *store, uint32_t targets, int index,
                   const DuKind *kind, const char *field);
/* The same, but 0 where it names nothing. */
int64_t du_resolve_or_none(lua_State *L, DuStore *store, uint32_t targets,
                           int index, const DuKind *kind, const char *field);
/* The kind in `targets` that has a record with this id, or NULL. */
const DuKind *du_kind_of(lua_State *L, DuStore *store, uint32_t targets,
                         int64_t id);
/* [-0, +1] the record's key, or its id where it has none. keys is the stack
** index of the store's DU_STORE_KEYS. A slot of the stack is free. */
void du_push_reference(lua_State *L, DuStore *store, int keys, uint32_t targets,
                       int64_t id);
/* [-0, +1] the time of a revision. */
void du_push_recorded(lua_State *L, DuStore *store, int keys, int64_t revision);
/* [-0, +1] what texts were found to name in the store at storeindex, for
** du_resolve_known; nil for a view */
void du_push_known(lua_State *L, int storeindex);
/* du_resolve, of a text that has been resolved before without looking. */
int64_t du_resolve_known(lua_State *L, DuStore *store, int known,
                         uint32_t targets, int index, const DuKind *kind,
                         const char *field);
/* [-0, +1] the case-folded text */
void du_push_folded(lua_State *L, const char *text, size_t length);
void du_open_names(lua_State *L); /* [-0, +0, core table on top] */

/* ---------------------------------------------------------------- indexes */

/* Brings the index of names in line: before and after are stack indices of
** stored columns (see value), or 0 for none. */
void du_names_update(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id, int before, int after);
void du_text_index_update(lua_State *L, DuStore *store, const DuKind *kind,
                          int64_t id, int before, int after);
/* Inside a transaction: both made anew from the records and their history. */
void du_names_rebuild(lua_State *L, DuSql *sql);
void du_text_index_rebuild(lua_State *L, DuSql *sql);
/* What they should be, in tables of this connection alone, until they are
** forgotten: temp.expected_names, of the columns of names; and
** temp.expected_fulltext, with temp.expected_words and temp.found_words of one
** row for each place of a word, the latter of the index itself. */
void du_names_expect(lua_State *L, DuSql *sql);
void du_names_forget(lua_State *L, DuSql *sql);
void du_text_index_expect(lua_State *L, DuSql *sql);
void du_text_index_forget(lua_State *L, DuSql *sql);

/* ------------------------------------------------------------------ value */

/* A record on its way in or out is a Lua array of its stored columns, in the
** order of the table: numbers, strings, or false for NULL. Column 1 is the
** first field's; id, revision and retracted are not in it. */

/* The number of a field's first stored column, counting from 1. */
int du_column_number(const DuKind *kind, int field);
int du_stored_columns(const DuKind *kind);
/* THE check of a Lua value: reads the value at index as the field's and puts
** the columns it is stored in into the array. Raises `invalid`. */
void du_value_store(lua_State *L, DuStore *store, const DuKind *kind,
                    const DuField *field, int index, int array, int column);
/* What is wrong with a text that is not empty as a field's value: `why` is a
** whole sentence, or says what was expected. */
typedef enum DuFit { DU_FITS, DU_UNFIT, DU_UNEXPECTED } DuFit;
DuFit du_text_fit(const DuField *field, const char *text, size_t length,
                  char why[DU_WHY]);
/* Is a number in the field's range? If not, why says what was expected. */
bool du_number_fit(const DuField *field, double value, char why[DU_WHY]);
/* [-0, +1] one scalar of a field's type as it is bound (a list's element). */
void du_value_scalar(lua_State *L, DuStore *store, const DuKind *kind,
                     const DuField *field, int index);
/* Reads the date at index; text that is none is shown with the reason. */
struct DuEdtf du_value_date(lua_State *L, const DuKind *kind,
                            const DuField *field, int index);
/* Binds the Lua value at index (nil and false as NULL). */
void du_value_bind(lua_State *L, DuStatement *statement, int parameter,
                   int index);
/* [-0, +1] THE push of a column: what a reader sees of the field. nil where
** it is NULL. */
void du_value_push(lua_State *L, DuStore *store, const DuField *field,
                   DuStatement *statement, int column, int keys);
/* [-0, +1] the same of a list as it is stored, in JSON; it is a new table */
void du_value_push_list(lua_State *L, DuStore *store, const DuField *field,
                        const char *json, size_t length, int keys);
/* Is it the number of a text that rows share? In line, as columns ask it of
** each value. */
static inline bool du_value_is_number(const DuField *field,
                                      const DuSqlValue *got) {
  return (field->flags & DU_SHARED) && got->type == DU_INTEGER_COLUMN;
}
/* Makes that text of it, which stays until the next is read. Raises where it is
** lost. */
void du_value_shared(lua_State *L, DuStore *store, DuSqlValue *got);
/* [-0, +1] the same of what the column was found to have */
void du_value_push_got(lua_State *L, DuStore *store, const DuField *field,
                       const DuSqlValue *got, int keys);
/* [-0, +1] a column as it is stored */
void du_value_push_stored(lua_State *L, DuStatement *statement, int column);

/* ----------------------------------------------------------------- change */

/* A record's newest row. */
typedef struct DuRow {
  int64_t id; /* 0: there is none */
  int64_t revision;
  bool retracted;
} DuRow;

/* The row whose column has the value at index, retracted ones included. */
DuRow du_find_row(lua_State *L, DuStore *store, const DuKind *kind,
                  const char *column, int index);
/* The record that the reference at index names; a retracted one only by id or
** exact key. Raises `invalid` if there is none. */
DuRow du_find_record(lua_State *L, DuStore *store, const DuKind *kind,
                     int index);
/* Refuses a table with fields that the kind does not have. */
void du_check_fields(lua_State *L, const DuKind *kind, int record);
/* Inside du_write: adds the record at index and returns its id; lays it over a
** row, which comes back if it was retracted, and returns whether anything
** changed; takes a record back. */
int64_t du_add_record(lua_State *L, DuStore *store, const DuKind *kind,
                      int record);
bool du_change_record(lua_State *L, DuStore *store, const DuKind *kind,
                      DuRow row, int record);
/* Raises what adding the record would raise before its first write; its stages
** are not looked at. */
void du_check_record(lua_State *L, DuStore *store, const DuKind *kind,
                     int record);
/* The same for what is stored columns already (see value), without stages;
** `before` is what the row has. */
int64_t du_add_columns(lua_State *L, DuStore *store, const DuKind *kind,
                       int columns);
bool du_change_columns(lua_State *L, DuStore *store, const DuKind *kind,
                       DuRow row, int before, int after);
/* [-0, +1] the stored columns of a record; returns their stack index */
int du_push_columns(lua_State *L, DuStore *store, const DuKind *kind,
                    int64_t id);
void du_retract_record(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t id);

/* ----------------------------------------------------------------- record */

typedef struct DuCollection {
  DuStore *store;
  const DuKind *kind;
} DuCollection;

/* [-0, +1] the full record in the statement's current row, whose columns are
** those of du_record_columns. */
void du_push_record(lua_State *L, DuStore *store, const DuKind *kind,
                    DuStatement *statement, int keys);
/* Adds `t.id, t."key", ...` for every field. */
void du_record_columns(DuText *text, const DuKind *kind, const char *alias);
/* [-0, +1] the stages of a record, a list, or nil */
void du_push_stages(lua_State *L, DuStore *store, int64_t id, int keys);
/* With the table of a query's methods on top of the stack. */
void du_open_record(lua_State *L);
/* [-0, +1] the collection; the store is at storeindex */
void du_push_collection(lua_State *L, DuStore *store, int storeindex,
                        const DuKind *kind);

/* ------------------------------------------------------------------ where */

/* SQL on its way: text, and the values to be bound in a list on the stack. */
typedef struct DuWhere {
  lua_State *L;
  DuStore *store;
  DuText sql;
  int values;   /* stack index of the list */
  int count;    /* of the values, the view's revision included */
  int known;    /* stack index of the store, or of what du_push_known gave */
  int depth;    /* how many references deep */
  int tests;    /* stack index of the list of what columns can be asked, or 0
                ** once there is a condition that they cannot be */
  uint32_t led; /* as in DuQuery */
} DuWhere;

/* What is asked of one field, where that is plain: with values that were
** checked, as they are stored; of a date, the days to compare with. */
typedef struct DuAsked {
  const DuField *field;
  int op; /* a DuTestOp, see columns.h; none with a set */
  int count;
  DuSqlValue values[2];
} DuAsked;

/* A plain where asks no more than this. */
#define DU_MOST_ASKED 16

/* [-0, +n] Reads what the table at index asks of the fields of a kind's
** records, in the order of the SQL, and returns how much it is; texts stay as
** long as what it leaves on the stack. -1, and nothing left, where not all is
** plain. Of `where`, the store and `known` are there. */
int du_where_plain(DuWhere *where, const DuKind *kind, int index,
                   DuAsked asked[DU_MOST_ASKED]);
/* Adds it as SQL, with its values and its test. */
void du_where_asked(DuWhere *where, const DuKind *kind, const char *alias,
                    const DuAsked *asked);
/* [-1, +0] takes the value on top of the stack to be bound; returns the number
** of its parameter. */
int du_where_bind(DuWhere *where);
/* [-1, +0] the same, and names the parameter in the SQL. */
void du_where_value(DuWhere *where);
/* Adds what the table at index asks of the fields of a kind's records, which
** the SQL knows by the alias; 1 where it asks nothing. */
void du_where_fields(DuWhere *where, const DuKind *kind, const char *alias,
                     int index);
/* [-0, +0] SQL for a date's first or last possible day, a case's own date
** among them, and for whether it is without ? ~ and %. */
void du_date_bound(DuText *sql, const DuStore *store, const char *alias,
                   const DuField *field, bool first);
void du_date_certain(DuText *sql, const DuStore *store, const char *alias,
                     const DuField *field);

/* ------------------------------------------------------------------ query */

typedef struct DuQuery {
  DuStore *store;
  const DuKind *kind;
  int nparameters; /* bound values, the view's revision included */
  int search;      /* the number of the parameter that is searched for, or 0 */
  int64_t limit;   /* -1: no limit */
  int64_t offset;
  const DuField *by; /* the date that its order is by, and the id; or NULL */
  bool by_down;      /* the latest first */
  uint32_t led;      /* a bit for each kind that is asked by its DU_LEADS */
  bool plain;        /* `asked` is all that it asks, */
  bool spelled;      /* which the user values have, too */
  int nasked;
  size_t size;     /* of this, with what follows: `asked`, and its texts */
  DuAsked asked[]; /* never changed once made */
} DuQuery;
/* user values of a query; those that say what it asks are there once it has
** been spelled out */
enum {
  DU_QUERY_STORE = 1,
  DU_QUERY_PARAMETERS, /* list of values, never changed once made */
  DU_QUERY_WHERE,      /* SQL, or nil */
  DU_QUERY_ORDER,      /* SQL, or nil */
  DU_QUERY_FIELDS,     /* list of field indices, or nil for all */
  DU_QUERY_ONCE,       /* SQL of `id` and `ids`: records that stand for
                          others, and these; or nil */
  DU_QUERY_TESTS,      /* what is asked, for columns; false: they cannot */
  DU_QUERY_STANDING,   /* what DU_QUERY_ONCE asks, for columns; or nil */
  DU_QUERY_USERVALUES = DU_QUERY_STANDING
};

/* The query at index; a collection there is first replaced by a new query on
** all its records. */
DuQuery *du_check_query(lua_State *L, int index);
/* [-0, +1] a copy of the query at index, to be changed before anyone sees it */
DuQuery *du_query_copy(lua_State *L, int index);
/* Makes of what the query at index asks SQL, values and tests, unless that was
** done. */
void du_query_spell(lua_State *L, int index);
/* Prepares and binds `SELECT <columns> …` for the query at index. One with
** DU_QUERY_ONCE has the column once.ids as well. */
DuStatement *du_query_start(lua_State *L, int index, const char *columns);
/* The same where the query at index finds all records of its kind, in the order
** of their ids: to be read ahead. */
DuStatement *du_query_start_all(lua_State *L, int index, const char *columns);
/* The same records in no order, which the query has not; without a limit. */
DuStatement *du_query_start_unordered(lua_State *L, int index,
                                      const char *columns);
/* The same records, in the order of their ids. */
DuStatement *du_query_start_by_id(lua_State *L, int index, const char *columns);
/* Of these, only records behind an id, and those in a JSON list of ids; in the
** query's order and with its limit, or by their ids. Which of them stand for
** others is known then, and not asked. */
DuStatement *du_query_start_rest(lua_State *L, int index, const char *columns,
                                 bool ordered, int64_t behind, const char *ids,
                                 size_t length);
/* The same for `SELECT … FROM … t WHERE …`, in the order of the first column.
 */
DuStatement *du_query_start_part(lua_State *L, int index, const char *asked,
                                 int64_t behind, const char *ids,
                                 size_t length);
/* Begins with the bytes that a statement of the query at that index, of all its
** records in the order of their ids or in none, is known by; returns how many
** they are, or 0 where it is none of those that are kept so. */
#define DU_SHAPE_SIZE (4 + 2 * DU_MOST_ASKED)
size_t du_query_shape(lua_State *L, int index,
                      unsigned char shape[DU_SHAPE_SIZE]);
/* Binds the query's values to a statement that has some of them. */
void du_query_bind(lua_State *L, int index, DuStatement *statement);
/* [-0, +1] the lines in which SQLite tells how it would find the query's
** records: unordered, in their order, or those of a JSON list of ids. */
typedef enum DuPlanOf {
  DU_PLAN_OF_COUNT,
  DU_PLAN_OF_LOOP,
  DU_PLAN_OF_REST
} DuPlanOf;
void du_query_push_plan(lua_State *L, int index, const char *columns,
                        DuPlanOf what);
int du_query_count(lua_State *L);
int du_query_explain(lua_State *L);  /* explain.c */
int du_query_once(lua_State *L);     /* once.c */
int du_query_selected(lua_State *L); /* core.selected */
/* [-0, +1] leaves the table of a query's methods on the stack. */
void du_open_query(lua_State *L);

/* ------------------------------------------------------------------- rows */

/* Reads the live cursors of the store to their end into memory, so that a
** write does not disturb them. */
void du_rows_detach(lua_State *L, DuStore *store);
void du_rows_close_all(DuStore *store);
/* Ends the live loops of a store whose tables go, since what made them is
** undone: they raise `interrupted`, rather than end as if all were read. */
void du_rows_cut_all(DuStore *store);
int du_query_each(lua_State *L);
int du_query_values(lua_State *L);
int du_query_all(lua_State *L);
int du_query_first(lua_State *L);
void du_open_rows(lua_State *L);

/* ------------------------------------------------------------------ group */

int du_query_group(lua_State *L);
int du_query_sum(lua_State *L);
int du_query_mean(lua_State *L);
int du_query_min(lua_State *L);
int du_query_max(lua_State *L);
int du_query_median(lua_State *L);
int du_query_distinct(lua_State *L);

/* ---------------------------------------------------------------- columns */

/* The bytes of memory that columns may take, unless a store was opened with
** another limit. */
#define DU_COLUMN_CACHE ((lua_Integer)64 * 1024 * 1024)
/* How many records a query finds, and whether any, where columns can tell; else
** false. */
bool du_columns_count(lua_State *L, int query, int64_t *count);
bool du_columns_any(lua_State *L, int query, bool *any);
/* [-0, +1 or 0] the ids of what a query finds in segments, as far as its limit
** can let them through, and of what has changed since, as a JSON list, where
** that is less than reading rows; what is behind the id at `behind` is not
** among them. Else false. */
bool du_columns_find(lua_State *L, int query, int64_t *behind);
/* Are there more than so many records that are in no segment? */
bool du_columns_lack(lua_State *L, DuStore *store, const DuKind *kind,
                     int rows);
/* Forgets what is in memory. */
void du_columns_forget(lua_State *L, int storeindex);
/* Have columns been made in this file? */
bool du_columns_exist(lua_State *L, DuSql *sql);
/* Inside a transaction: packs the records that are in no segment; the same with
** at most so many in each, 1 or more; takes all segments of a kind away, which
** is to be followed by du_columns_forget where a store is open. */
void du_columns_pack(lua_State *L, DuStore *store, const DuKind *kind);
void du_columns_pack_by(lua_State *L, DuStore *store, const DuKind *kind,
                        uint32_t rows);
void du_columns_unpack(lua_State *L, DuSql *sql, const DuKind *kind);
/* The same of all kinds, and packs anew those that were packed. */
void du_columns_repack(lua_State *L, DuStore *store);
/* A record was added or changed that no packer is given as it is now. */
void du_columns_note(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id);

/* ------------------------------------------------------------------ match */

/* Brings the index of likeness in line, as du_names_update does for names;
** only parties are in it. */
void du_match_update(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id, int before, int after);
/* Makes the index anew, inside a transaction. */
void du_match_rebuild(lua_State *L, DuSql *sql);
/* [-0, +1] a gram that the index has of more or fewer parties than there are
** with it, or nil where it is as it should be */
void du_match_push_fault(lua_State *L, DuSql *sql);
/* The method `match` of a collection, which is at index 1. */
int du_match(lua_State *L, DuStore *store, const DuKind *kind);

/* ------------------------------------------------------------ the others */

void du_open_records(lua_State *L); /* records.c: [-0, +0, core table on top] */
void du_open_import(lua_State *L);  /* import.c: [-0, +0, core table on top] */
void du_open_marks(lua_State *L);   /* marks.c: [-0, +0, core table on top] */
int du_store_check(lua_State *L);   /* check.c */
int du_check_body(lua_State *L);    /* store -> list of findings */
int du_store_repair(lua_State *L);  /* repair.c */
void du_open_repair(lua_State *L);  /* repair.c: [-0, +0, core table on top] */
int du_open_edtf(lua_State *L);     /* dates.c: [-0, +1] dualuse.edtf */
void du_open_describe(lua_State *L); /* describe.c */
void du_open_explain(lua_State *L);  /* explain.c: [-0, +0] */
void du_open_terminal(lua_State *L); /* terminal.c: [-0, +0, core on top] */
void du_open_output(lua_State *L);   /* output.c */
/* [-3, +1] list, info, store -> what query:group returns: rows, where the
** facade gave a maker of them, and the list itself otherwise */
void du_make_rows(lua_State *L); /* module.c */
int du_tostring(lua_State *L);   /* module.c: __tostring of all classes */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
