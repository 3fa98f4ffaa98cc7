/*
** sql.c - the only file that calls SQLite: connections, statements and their
** cache, binding, columns, errors, backup. It does not know Lua and never
** raises. A second engine would stand here.
**
** An error is read at once, before any other call can change it, into the
** connection's DuSqlError.
*/
#define _POSIX_C_SOURCE 200809L

#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absent.h"
#include "bytes.h"
#include "clock.h"
#include "fold.h"
#include "sqlite3.h"

/* STRICT tables (3.37), -> and ->> (3.38), NULLS LAST (3.30) */
#define OLDEST_SQLITE 3038000

/* The header of a database file, in bytes. */
#define HEADER 100

/* Statements kept for their next use. A store in use has some fifty. */
#define CACHED_STATEMENTS 128

/* How many steps of SQLite's virtual machine pass between two looks whether to
** stop: some 20 microseconds. */
#define STEPS_PER_LOOK 1000

/* Rows that a statement has read ahead, see du_sql_read_ahead. Texts are in
** chunks, which stay where they are until the next rows are read. */
#define MOST_AHEAD 64
#define CHUNK_SIZE ((size_t)16 * 1024)
typedef struct Chunk {
  struct Chunk *next;
  size_t size, used;
  char bytes[];
} Chunk;

typedef struct Ahead {
  int columns;
  int rows, at; /* those that were read, and the one that it is at */
  int most;     /* so many are read next */
  bool ended;   /* there are no more to be read */
  Chunk *chunks;
  DuSqlValue values[]; /* row by row */
} Ahead;

struct DuStatement {
  sqlite3_stmt *handle;
  DuSql *sql;
  DuStatement *next, *previous; /* in order of last use */
  uint64_t hash;
  size_t length;
  int bind_status; /* the first bind that failed */
  bool in_use, held;
  int place;    /* in the connection's `used`, or -1 */
  double spent; /* seconds, where there is a deadline */
  char *text;   /* as it was asked for, where tables are not made that it
                ** names; else NULL */
  void *shape;  /* what it is found by, too, and its size; or NULL */
  size_t shape_size;
  int64_t schema; /* of such a one: the version that they are not in */
  Ahead *ahead;   /* NULL: its rows are read one by one */
  bool forgotten; /* it goes when it is released */
};

/* Why the statement that runs is stopped. */
typedef enum Stop { RUNS_ON, INTERRUPTED, OUT_OF_TIME } Stop;

/* What connections share of a file that has a log: see read_shared. */
#define SHARED_WORDS 12
typedef struct Shared {
  bool known;
  uint32_t words[SHARED_WORDS];
} Shared;

/* Texts that rows share and that were read last, each at a place that follows
** from its number; of those that are longer, the last one, behind these. */
#define SHARED_TEXTS 8192
#define SHARED_LENGTH 200
/* Rows that were imported one behind the other have texts with numbers that
** follow: so many are read ahead, where those asked for are near each other. */
#define SHARED_AHEAD 32
typedef struct SharedText {
  int64_t number; /* 0: none */
  int length;
  char *text;
} SharedText;

struct DuSql {
  sqlite3 *handle;
  SharedText *shared;       /* NULL: none was read */
  int64_t last_shared;      /* the number that was read last */
  sqlite3_stmt *ask_shared; /* NULL: none was asked for */
  sqlite3_file *file;       /* of it, once that was asked for; or NULL */
  DuStatement *first, *last;
  int statements;
  int passing; /* statements in use that no cursor holds */
  bool (*interrupted)(void *context);
  void *context;
  double timeout;     /* seconds to wait for a lock */
  double waits_since; /* when it began to wait for one */
  double deadline;    /* seconds; 0: none */
  double out_of_time; /* when the statement that runs must stop */
  bool to_its_end;    /* the statement that runs is not to be stopped */
  Stop stop;
  bool few_pages; /* what du_sql_keep_pages was told */
  bool reading;   /* a transaction of du_sql_begin_reading is open */
  bool making;    /* the schema was changed in the open transaction */
  bool lent;      /* to another thread, until the first takes it back */
  bool (*take_back)(void *lender);
  void *lender;
  bool in_file;         /* not in memory */
  bool logged;          /* the file is known to have a log, which is open */
  Shared seen;          /* of a moment that was looked at, */
  int64_t seen_version; /* and what its version was */
  Ahead *ahead;         /* of the statement that runs */
  DuStatement *used[DU_KINDS * DU_USES];
  DuSqlError error;
};

const char *du_sql_version(void) {
  return sqlite3_libversion();
}

bool du_sql_usable(void) {
  return sqlite3_libversion_number() >= OLDEST_SQLITE;
}

/* ----------------------------------------------------------------- errors */

static const char *code_of(int status) {
  switch (status & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "busy";
  case SQLITE_READONLY:
    return "readonly";
  case SQLITE_FULL:
    return "full";
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
  case SQLITE_PROTOCOL:
    return (status == SQLITE_IOERR_NOMEM) ? "nomem" : "io";
  case SQLITE_NOMEM:
    return "nomem";
  case SQLITE_INTERRUPT:
    return "interrupted";
  case SQLITE_CONSTRAINT:
    return "constraint";
  case SQLITE_TOOBIG:
  case SQLITE_MISMATCH:
  case SQLITE_RANGE:
    return "invalid";
  default:
    /* NOTADB, CORRUPT, and ERROR too: the statements are ours, so an error
    ** in one means that the file is not as it should be. */
    return "corrupt";
  }
}

static void fail(DuSqlError *error, const char *code, const char *message) {
  error->code = code;
  snprintf(error->message, sizeof error->message, "%s", message);
}

/* Every failed call comes here, with what SQLite says of it. */
static void failed_with(DuSql *sql, int status, const char *message) {
  fail(&sql->error, code_of(status), message);
  if (status == SQLITE_READONLY_ROLLBACK)
    fail(&sql->error, "readonly",
         "a process died while it wrote to it, and what it wrote has to be "
         "undone: open it for writing once");
  /* a query of a thousand conditions says nothing about the file */
  if ((status & 0xff) == SQLITE_ERROR &&
      (strstr(message, "too large") != NULL ||
       strstr(message, "too many") != NULL ||
       strstr(message, "too complex") != NULL ||
       strstr(message, "stack overflow") != NULL))
    fail(&sql->error, "invalid", "the query has too many conditions");
  if (sql->stop == INTERRUPTED)
    fail(&sql->error, "interrupted", "the query was interrupted");
  else if (sql->stop == OUT_OF_TIME)
    fail(&sql->error, "interrupted", "the query ran past its deadline");
  sql->stop = RUNS_ON;
}

static void failed(DuSql *sql, int status) {
  const char *message = sqlite3_errmsg(sql->handle);
  if (sqlite3_extended_errcode(sql->handle) != status)
    message = sqlite3_errstr(status);
  failed_with(sql, status, message);
}

const DuSqlError *du_sql_error(const DuSql *sql) {
  return &sql->error;
}

void du_sql_fail(DuSql *sql, const char *code, const char *message) {
  fail(&sql->error, code, message);
}

/* ---------------------------------------------------------------- lending */

void du_sql_lend(DuSql *sql, bool (*take_back)(void *lender), void *lender) {
  if (sql->lent)
    return; /* the other thread may be reading this */
  sql->take_back = take_back;
  sql->lender = lender;
  sql->lent = true;
}

/* Before anything is done with the connection, as finalizers may do at any
** time. In the thread that has it, nothing. */
static void own(DuSql *sql) {
  if (sql->lent && sql->take_back(sql->lender))
    sql->lent = false;
}

void du_sql_take_back(DuSql *sql) {
  own(sql);
}

/* A host may have turned mutexes off after all: a connection that is to have
** one then has none, and only that tells. */
bool du_sql_can_be_lent(void) {
  sqlite3 *probe = NULL;
  bool can;
  if (sqlite3_threadsafe() == 0)
    return false;
  can = sqlite3_open_v2(":memory:", &probe,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX,
                        NULL) == SQLITE_OK &&
        sqlite3_db_mutex(probe) != NULL;
  sqlite3_close(probe);
  return can;
}

/* --------------------------------------------------------------- stopping */

bool du_sql_is_interrupted(const DuSql *sql) {
  return sql->interrupted != NULL && sql->interrupted(sql->context);
}

/* That may not be asked in the other thread. */
static bool is_interrupted(const DuSql *sql) {
  return !sql->lent && du_sql_is_interrupted(sql);
}

/* SQLite asks this while a statement runs: whether to stop it. */
static int look_whether_to_stop(void *data) {
  DuSql *sql = data;
  if (sql->to_its_end)
    return 0;
  if (is_interrupted(sql))
    sql->stop = INTERRUPTED;
  else if (sql->out_of_time > 0 && du_clock() > sql->out_of_time)
    sql->stop = OUT_OF_TIME;
  return sql->stop != RUNS_ON;
}

/* SQLite asks this when another connection holds a lock that it needs: whether
** to try again, and when. Between tries it sleeps as SQLite itself would. */
static int wait_for_lock(void *data, int tries) {
  static const unsigned char pauses[] = {1,  2,  5,  10, 15, 20,
                                         25, 25, 25, 50, 50, 100};
  const int most = (int)(sizeof pauses / sizeof *pauses) - 1;
  DuSql *sql = data;
  double left;
  if (tries == 0)
    sql->waits_since = du_clock();
  left = 1000 * (sql->waits_since + sql->timeout - du_clock());
  if (left <= 0)
    return 0;
  if (is_interrupted(sql)) {
    sql->stop = INTERRUPTED;
    return 0;
  }
  tries = tries < most ? tries : most;
  sqlite3_sleep(left < pauses[tries] ? (int)left + 1 : pauses[tries]);
  return 1;
}

/* ------------------------------------------------------------------ values */

static DuColumn column_of(int type) {
  switch (type) {
  case SQLITE_NULL:
    return DU_NULL_COLUMN;
  case SQLITE_INTEGER:
    return DU_INTEGER_COLUMN;
  case SQLITE_FLOAT:
    return DU_NUMBER_COLUMN;
  case SQLITE_BLOB:
    return DU_BLOB_COLUMN;
  default:
    return DU_TEXT_COLUMN;
  }
}

/* What a value holds. */
static void value_of(sqlite3_value *value, DuSqlValue *got) {
  const char *text;
  got->type = column_of(sqlite3_value_type(value));
  got->integer = 0; /* in a damaged file the type may be any */
  got->number = 0;
  got->text = "";
  got->length = 0;
  switch (got->type) {
  case DU_INTEGER_COLUMN:
    got->integer = sqlite3_value_int64(value);
    break;
  case DU_NUMBER_COLUMN:
    got->number = sqlite3_value_double(value);
    break;
  case DU_TEXT_COLUMN:
  case DU_BLOB_COLUMN:
    text = (const char *)sqlite3_value_text(value);
    got->text = text != NULL ? text : "";
    got->length = (size_t)sqlite3_value_bytes(value);
    break;
  default:
    break;
  }
}

/* ------------------------------------------------------------- connection */

/* What a connection may do. The file may come from a stranger: functions and
** virtual tables in its schema get nothing that could harm, and nothing can
** be loaded or attached. */
static bool restrict_connection(sqlite3 *handle) {
  static const struct {
    int option, value;
  } settings[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
  };
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    if (sqlite3_db_config(handle, settings[i].option, settings[i].value,
                          (int *)NULL) != SQLITE_OK)
      return false;
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  return sqlite3_exec(handle,
                      "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;",
                      NULL, NULL, NULL) == SQLITE_OK;
}

/* fold(text): the one function of our own, for a new store's names. The schema
** does not use it, so that other programs can open a store. */
static void fold(sqlite3_context *context, int count, sqlite3_value **values) {
  const char *text = (const char *)sqlite3_value_text(values[0]);
  size_t length = (size_t)sqlite3_value_bytes(values[0]);
  char *folded;
  (void)count;
  if (text == NULL)
    return;
  folded = sqlite3_malloc64(length * DU_FOLD_GROWTH + 1);
  if (folded == NULL) {
    sqlite3_result_error_nomem(context);
    return;
  }
  length = du_fold(text, length, folded, length * DU_FOLD_GROWTH);
  sqlite3_result_text64(context, folded, length, sqlite3_free, SQLITE_UTF8);
}

/* Room for a text among those that were read ahead, or NULL. */
static char *text_ahead(Ahead *ahead, size_t length) {
  Chunk *chunk = ahead->chunks;
  char *room;
  if (chunk == NULL || chunk->size - chunk->used < length) {
    size_t size = length > CHUNK_SIZE ? length : CHUNK_SIZE;
    chunk = sqlite3_malloc64(sizeof *chunk + size);
    if (chunk == NULL)
      return NULL;
    chunk->size = size;
    chunk->used = 0;
    chunk->next = ahead->chunks;
    ahead->chunks = chunk;
  }
  room = chunk->bytes + chunk->used;
  chunk->used += length;
  return room;
}

/* Keeps the text of a value that is read ahead; false for want of memory. One
** that is that of the row before is not kept twice. */
static bool keep_ahead(Ahead *ahead, DuSqlValue *kept) {
  const DuSqlValue *before = kept - ahead->columns;
  char *room;
  if (ahead->rows > 0 && before->length == kept->length &&
      before->type == kept->type &&
      memcmp(before->text, kept->text, kept->length) == 0) {
    kept->text = before->text;
    return true;
  }
  room = text_ahead(ahead, kept->length);
  if (room == NULL)
    return false;
  memcpy(room, kept->text, kept->length);
  kept->text = room;
  return true;
}

/* Takes a value of a row that is read ahead; false for want of memory. */
static inline bool take_ahead(Ahead *ahead, sqlite3_value *value,
                              DuSqlValue *kept) {
  switch (sqlite3_value_type(value)) {
  case SQLITE_INTEGER:
    kept->type = DU_INTEGER_COLUMN;
    kept->integer = sqlite3_value_int64(value);
    return true;
  case SQLITE_NULL:
    kept->type = DU_NULL_COLUMN;
    return true;
  default:
    value_of(value, kept);
    return kept->type == DU_NUMBER_COLUMN || keep_ahead(ahead, kept);
  }
}

/* read_ahead(left_out, value, …): takes the values of a row, unless it is left
** out. True where no more of them are to be read now. */
static void read_ahead(sqlite3_context *context, int count,
                       sqlite3_value **values) {
  const DuSql *sql = sqlite3_user_data(context);
  Ahead *ahead = sql->ahead;
  DuSqlValue *kept;
  if (ahead == NULL || count - 1 != ahead->columns ||
      ahead->rows >= MOST_AHEAD) {
    sqlite3_result_error(context, "read_ahead is not for others", -1);
    return;
  }
  if (sqlite3_value_type(values[0]) != SQLITE_NULL)
    return;
  kept = &ahead->values[(size_t)ahead->rows * (size_t)ahead->columns];
  for (int i = 0; i < ahead->columns; i++)
    if (!take_ahead(ahead, values[i + 1], &kept[i])) {
      sqlite3_result_error_nomem(context);
      return;
    }
  ahead->rows++;
  sqlite3_result_int(context, ahead->rows >= ahead->most ||
                                  (ahead->chunks != NULL &&
                                   (ahead->chunks->next != NULL ||
                                    ahead->chunks->used >= CHUNK_SIZE)));
}

/* Where the text with that number is remembered, or may be, unless it is long;
** NULL for want of memory. */
static SharedText *shared_place(DuSql *sql, int64_t number) {
  size_t size = (SHARED_TEXTS + 1) * sizeof *sql->shared;
  if (sql->shared == NULL) {
    sql->shared = sqlite3_malloc64(size);
    if (sql->shared == NULL)
      return NULL;
    memset(sql->shared, 0, size);
  }
  return &sql->shared[(uint64_t)number % SHARED_TEXTS];
}

/* What is undone may have numbered texts: other ones will have these numbers.
 */
static void forget_shared(void *connection) {
  DuSql *sql = connection;
  for (int i = 0; sql->shared != NULL && i <= SHARED_TEXTS; i++)
    sqlite3_free(sql->shared[i].text);
  sqlite3_free(sql->shared);
  sql->shared = NULL;
}

/* Remembers the text in the current row; NULL for want of memory. */
static const SharedText *keep_shared(DuSql *sql) {
  int64_t number = sqlite3_column_int64(sql->ask_shared, 0);
  const char *text = (const char *)sqlite3_column_text(sql->ask_shared, 1);
  int length = sqlite3_column_bytes(sql->ask_shared, 1);
  SharedText *place = shared_place(sql, number);
  char *copy = sqlite3_malloc64((size_t)length + 1);
  if (copy == NULL || text == NULL) {
    sqlite3_free(copy);
    return NULL;
  }
  if (length > SHARED_LENGTH)
    place = &sql->shared[SHARED_TEXTS];
  memcpy(copy, text, (size_t)length);
  sqlite3_free(place->text);
  place->text = copy;
  place->length = length;
  place->number = number;
  sql->last_shared = number;
  return place;
}

/* Steps to the text that has a number; false, and why as SQLite says it, where
** there is none. */
static bool ask_shared(DuSql *sql, int64_t number, int *status) {
  static const char text[] = "SELECT id, text FROM texts WHERE id >= ?1 "
                             "ORDER BY id";
  *status = SQLITE_OK;
  if (sql->ask_shared == NULL)
    *status =
        sqlite3_prepare_v3(sql->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                           &sql->ask_shared, (const char **)NULL);
  if (*status != SQLITE_OK) {
    if (*status == SQLITE_ERROR) /* there is no such table */
      *status = SQLITE_CORRUPT;
    return false;
  }
  sqlite3_bind_int64(sql->ask_shared, 1, number);
  *status = sqlite3_step(sql->ask_shared);
  if (*status == SQLITE_DONE ||
      (*status == SQLITE_ROW &&
       sqlite3_column_int64(sql->ask_shared, 0) != number))
    *status = SQLITE_CORRUPT;
  return *status == SQLITE_ROW;
}

/* The text with that number, which stays until another one is asked for; NULL,
** and why, where there is none. Whatever fails when others are read ahead is
** asked for again. */
static const SharedText *find_shared(DuSql *sql, int64_t number, int *status) {
  const SharedText *found = shared_place(sql, number);
  int64_t behind = number - sql->last_shared;
  *status = SQLITE_NOMEM;
  if (found == NULL || (number > 0 && found->number == number))
    return found;
  found = ask_shared(sql, number, status) ? keep_shared(sql) : NULL;
  if (*status == SQLITE_ROW)
    *status = SQLITE_NOMEM;
  if (found != NULL && behind > 0 && behind <= SHARED_AHEAD)
    for (int i = 1;
         i < SHARED_AHEAD && sqlite3_step(sql->ask_shared) == SQLITE_ROW &&
         sqlite3_column_bytes(sql->ask_shared, 1) <= SHARED_LENGTH;
         i++)
      keep_shared(sql);
  if (sql->ask_shared != NULL)
    sqlite3_reset(sql->ask_shared);
  return found;
}

static const char lost_text[] = "a row has the number of a text that is lost";

/* shared_text(value): the text that has this number, see DU_SHARED; what is no
** number as it is. */
static void shared_text(sqlite3_context *context, int count,
                        sqlite3_value **values) {
  const SharedText *found;
  int status;
  (void)count;
  if (sqlite3_value_type(values[0]) != SQLITE_INTEGER) {
    sqlite3_result_value(context, values[0]);
    return;
  }
  found = find_shared(sqlite3_user_data(context),
                      sqlite3_value_int64(values[0]), &status);
  if (found != NULL) {
    sqlite3_result_text(context, found->text, found->length, SQLITE_TRANSIENT);
    return;
  }
  if (status == SQLITE_CORRUPT)
    sqlite3_result_error(context, lost_text, -1);
  sqlite3_result_error_code(context, status);
}

bool du_sql_shared_text(DuSql *sql, int64_t number, DuSqlValue *got) {
  const SharedText *found;
  int status;
  own(sql);
  sql->stop = RUNS_ON;
  found = find_shared(sql, number, &status);
  if (found != NULL) {
    got->type = DU_TEXT_COLUMN;
    got->text = found->text;
    got->length = (size_t)found->length;
  } else if (status == SQLITE_CORRUPT) {
    du_sql_fail(sql, "corrupt", lost_text);
  } else {
    failed(sql, status);
  }
  return found != NULL;
}

static bool add_functions(DuSql *sql) {
  sqlite3_rollback_hook(sql->handle, forget_shared, sql);
  return sqlite3_create_function_v2(
             sql->handle, DU_SHARED_TEXT, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
             sql, shared_text, NULL, NULL, NULL) == SQLITE_OK &&
         sqlite3_create_function_v2(
             sql->handle, "fold", 1,
             SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, fold,
             NULL, NULL, NULL) == SQLITE_OK &&
         sqlite3_create_function_v2(sql->handle, "read_ahead", -1,
                                    SQLITE_UTF8 | SQLITE_DIRECTONLY, sql,
                                    read_ahead, NULL, NULL, NULL) == SQLITE_OK;
}

/* A path that SQLite would understand in another way than a user does, or
** would explain badly. */
static bool path_is_plain(const char *path, DuSqlError *error) {
  struct stat status;
  if (*path == '\0')
    fail(error, "invalid",
         "the path is empty (leave it out for a store in memory)");
  else if (strcmp(path, ":memory:") == 0)
    fail(error, "invalid",
         "a store in memory has no path: leave it out (write ./:memory: for a "
         "file of that name)");
  else if (strncmp(path, "file:", 5) == 0)
    fail(error, "invalid",
         "the path begins with file: and would be read as a "
         "URI (write ./file:… for a file of that name)");
  else if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
    fail(error, "io", "it is a directory");
  else
    return true;
  return false;
}

/* SQLite takes a file of one byte for an empty one. */
static bool is_scrap(const char *path, DuSqlError *error) {
  struct stat status;
  bool scrap = stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
               status.st_size > 0 && status.st_size < HEADER;
  if (scrap)
    fail(error, "corrupt", "file is not a database");
  return scrap;
}

DuSql *du_sql_open(const char *path, const DuSqlOptions *options,
                   DuSqlError *error) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  DuSql *sql;
  int status;
  if (path != NULL && (!path_is_plain(path, error) || is_scrap(path, error)))
    return NULL;
  if (sqlite3_initialize() != SQLITE_OK ||
      (sql = sqlite3_malloc(sizeof *sql)) == NULL) {
    fail(error, "nomem", "not enough memory");
    return NULL;
  }
  memset(sql, 0, sizeof *sql);
  flags |= options->readonly ? SQLITE_OPEN_READONLY
                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  status = sqlite3_open_v2(path != NULL ? path : ":memory:", &sql->handle,
                           flags, NULL);
  if (status != SQLITE_OK || !restrict_connection(sql->handle) ||
      !add_functions(sql)) {
    int cause = sql->handle != NULL ? sqlite3_system_errno(sql->handle) : 0;
    if (sql->handle != NULL)
      failed(sql, status != SQLITE_OK ? status
                                      : sqlite3_extended_errcode(sql->handle));
    else
      fail(&sql->error, "nomem", "not enough memory");
    *error = sql->error;
    if (strcmp(error->code, "io") == 0 && cause != 0)
      fail(error, "io", strerror(cause));
    du_sql_close(sql);
    return NULL;
  }
  if (!options->readonly && sqlite3_db_readonly(sql->handle, "main") > 0) {
    fail(error, "readonly", "it may not be written to: open it readonly");
    du_sql_close(sql);
    return NULL;
  }
  sql->in_file = path != NULL;
  sql->interrupted = options->interrupted;
  sql->context = options->context;
  sql->timeout = options->timeout;
  sql->deadline = options->deadline;
  sqlite3_busy_handler(sql->handle, wait_for_lock, sql);
  sqlite3_progress_handler(sql->handle, STEPS_PER_LOOK, look_whether_to_stop,
                           sql);
  return sql;
}

/* Gives the chunks of texts back but for the first, which is the largest where
** there is but one. */
static void drop_chunks(Ahead *ahead, bool all) {
  while (ahead->chunks != NULL && (all || ahead->chunks->next != NULL ||
                                   ahead->chunks->size > CHUNK_SIZE)) {
    Chunk *chunk = ahead->chunks;
    ahead->chunks = chunk->next;
    sqlite3_free(chunk);
  }
  if (ahead->chunks != NULL)
    ahead->chunks->used = 0;
}

static void end_ahead(DuStatement *statement) {
  if (statement->ahead == NULL)
    return;
  drop_chunks(statement->ahead, true);
  sqlite3_free(statement->ahead);
  statement->ahead = NULL;
}

static void destroy(DuStatement *statement) {
  DuSql *sql = statement->sql;
  if (statement->previous != NULL)
    statement->previous->next = statement->next;
  else
    sql->first = statement->next;
  if (statement->next != NULL)
    statement->next->previous = statement->previous;
  else
    sql->last = statement->previous;
  sql->statements--;
  if (statement->place >= 0)
    sql->used[statement->place] = NULL;
  sqlite3_finalize(statement->handle);
  end_ahead(statement);
  sqlite3_free(statement->text);
  sqlite3_free(statement->shape);
  sqlite3_free(statement);
}

void du_sql_close(DuSql *sql) {
  own(sql);
  while (sql->first != NULL)
    destroy(sql->first);
  sqlite3_finalize(sql->ask_shared);
  forget_shared(sql);
  sqlite3_close_v2(sql->handle);
  sqlite3_free(sql);
}

bool du_sql_in_transaction(DuSql *sql) {
  own(sql);
  return sqlite3_get_autocommit(sql->handle) == 0;
}

/* ------------------------------------------------------------- statements */

static void put_first(DuSql *sql, DuStatement *statement) {
  statement->previous = NULL;
  statement->next = sql->first;
  if (sql->first != NULL)
    sql->first->previous = statement;
  else
    sql->last = statement;
  sql->first = statement;
}

static void move_first(DuSql *sql, DuStatement *statement) {
  if (statement->previous == NULL)
    return;
  statement->previous->next = statement->next;
  if (statement->next != NULL)
    statement->next->previous = statement->previous;
  else
    sql->last = statement->previous;
  put_first(sql, statement);
}

static const char *text_of(const DuStatement *statement) {
  return statement->text != NULL ? statement->text
                                 : sqlite3_sql(statement->handle);
}

/* Lets go of all statements: what they were made for may be gone. Those in use
** follow when they are released. */
static void forget_statements(DuSql *sql) {
  DuStatement *next;
  for (DuStatement *s = sql->first; s != NULL; s = next) {
    next = s->next;
    if (s->in_use)
      s->forgotten = true;
    else
      destroy(s);
  }
}

/* SQLite may have ended the transaction that something was made in. */
static void look_for_ended(DuSql *sql) {
  if (sql->making && sqlite3_get_autocommit(sql->handle)) {
    sql->making = false;
    forget_statements(sql);
  }
}

/* Does a statement still say what it was asked for, or are there tables now
** that it was made without? False where that cannot be asked. */
static bool ask_current(DuStatement *statement, bool *current) {
  DuSql *sql = statement->sql;
  double out_of_time = sql->out_of_time; /* of this one, if it runs */
  bool in_use = statement->in_use, asked = true;
  int64_t schema = statement->schema;
  statement->in_use = true; /* or room might be made of it for what asks */
  if (statement->text != NULL)
    asked = du_sql_number_of(sql, "PRAGMA schema_version", &schema);
  statement->in_use = in_use;
  sql->out_of_time = out_of_time;
  *current = schema == statement->schema;
  return asked;
}

static DuStatement *find_cached(DuSql *sql, const char *text, size_t length,
                                uint64_t hash) {
  DuStatement *found = sql->first;
  bool current;
  while (found != NULL &&
         (found->in_use || found->hash != hash || found->length != length ||
          memcmp(text_of(found), text, length) != 0))
    found = found->next;
  if (found != NULL && !(ask_current(found, &current) && current)) {
    destroy(found);
    return NULL;
  }
  return found;
}

/* Makes a statement the caller's. */
static DuStatement *take(DuStatement *statement) {
  move_first(statement->sql, statement);
  statement->in_use = true;
  statement->held = false;
  statement->bind_status = SQLITE_OK;
  statement->spent = 0;
  statement->sql->passing++;
  return statement;
}

DuStatement *du_sql_used(DuSql *sql, const DuKind *kind, DuUse use) {
  DuStatement *statement;
  own(sql);
  look_for_ended(sql);
  statement = sql->used[du_kind_number(kind) * DU_USES + (int)use];
  return statement == NULL || statement->in_use ? NULL : take(statement);
}

void du_sql_keep(DuStatement *statement, const DuKind *kind, DuUse use) {
  DuSql *sql = statement->sql;
  int place = du_kind_number(kind) * DU_USES + (int)use;
  if (statement->place < 0 && sql->used[place] == NULL) {
    sql->used[place] = statement;
    statement->place = place;
  }
}

DuStatement *du_sql_shaped(DuSql *sql, const void *shape, size_t size) {
  DuStatement *found;
  own(sql);
  look_for_ended(sql);
  found = sql->first;
  while (found != NULL && (found->in_use || found->shape_size != size ||
                           memcmp(found->shape, shape, size) != 0))
    found = found->next;
  return found == NULL ? NULL : take(found);
}

void du_sql_keep_shape(DuStatement *statement, const void *shape, size_t size) {
  if (statement->shape != NULL ||
      (statement->shape = sqlite3_malloc64(size)) == NULL)
    return; /* it is found by its text */
  memcpy(statement->shape, shape, size);
  statement->shape_size = size;
}

static void drop_oldest(DuSql *sql) {
  DuStatement *oldest = sql->last;
  while (oldest != NULL && oldest->in_use)
    oldest = oldest->previous;
  if (oldest != NULL)
    destroy(oldest);
}

/* ---------------------------------------------------- tables not made yet */

/* A row if a table is in the list of those that were made: it is missing if it
** is not there. */
static DuStatus look_for_made(DuSql *sql, const char *name) {
  static const char text[] = "SELECT 1 FROM made WHERE name = ?1";
  DuStatement *statement = du_sql_prepare(sql, text, sizeof text - 1);
  DuStatus status;
  if (statement == NULL)
    return DU_FAILED;
  du_sql_bind_text(statement, 1, name, strlen(name));
  status = du_sql_step(statement);
  du_sql_release(statement);
  return status;
}

/* Adds a table that is not made, after those that were added before. */
static bool add_absent(DuSql *sql, sqlite3_str *with, int table) {
  size_t size = du_absent_write(table, NULL, 0) + 1;
  char *bytes = sqlite3_malloc64(size);
  if (bytes != NULL) {
    du_absent_write(table, bytes, size);
    sqlite3_str_appendf(with, "%s%s", sqlite3_str_length(with) > 0 ? ", " : "",
                        bytes);
    sqlite3_free(bytes);
  }
  if (bytes != NULL && sqlite3_str_errcode(with) == SQLITE_OK)
    return true;
  fail(&sql->error, "nomem", "not enough memory");
  return false;
}

/* The tables that a text names and that are not made, as the inside of a WITH;
** NULL where there are none. False where it cannot be told. */
static bool absent_tables(DuSql *sql, const char *text, char **list) {
  sqlite3_str *with = sqlite3_str_new(sql->handle);
  DuStatus made = DU_DONE;
  bool whole = true;
  for (int table = 0; whole && table < DU_ABSENTABLE; table++) {
    char name[DU_TABLE_NAME];
    du_absent_name(table, name);
    if (strstr(text, name) == NULL)
      continue;
    made = look_for_made(sql, name);
    whole = made == DU_ROW || (made == DU_DONE && add_absent(sql, with, table));
  }
  *list = sqlite3_str_finish(with);
  if (whole)
    return true;
  sqlite3_free(*list);
  return false;
}

/* Goes on behind a word, where the text begins with it. */
static const char *behind(const char *text, const char *word) {
  size_t length = strlen(word);
  return strncmp(text, word, length) == 0 ? text + length : text;
}

/* The same text, with these tables before it. */
static char *text_with(const char *text, const char *tables) {
  const char *query = behind(text, "EXPLAIN QUERY PLAN ");
  const char *own = behind(query, "WITH RECURSIVE ");
  bool recursive = own != query;
  if (!recursive)
    own = behind(query, "WITH ");
  return sqlite3_mprintf("%.*sWITH %s%s%s%s", (int)(query - text), text,
                         recursive ? "RECURSIVE " : "", tables,
                         own != query ? ", " : " ", own);
}

/* Prepares a text as it is; what fails is the error. */
static int prepare_plain(DuSql *sql, DuStatement *statement, const char *text,
                         size_t length) {
  /* with its final zero, so that SQLite need not copy the text first */
  int status =
      sqlite3_prepare_v3(sql->handle, text, (int)length + 1,
                         SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL);
  if (status != SQLITE_OK)
    failed(sql, status);
  return status;
}

/* SQLite did not take a text: perhaps since it names tables that are not made
** yet. Those have no rows then, as long as the schema stays as it is. Whatever
** else is wrong is the error, as before. */
static bool prepare_without(DuSql *sql, DuStatement *statement,
                            const char *text, size_t length) {
  char *tables, *whole;
  int status;
  /* the version first: what changes from now on is seen to be a change */
  if (!du_sql_number_of(sql, "PRAGMA schema_version", &statement->schema) ||
      !absent_tables(sql, text, &tables))
    return false;
  if (tables == NULL) /* another connection may just have made them */
    return prepare_plain(sql, statement, text, length) == SQLITE_OK;
  whole = text_with(text, tables);
  sqlite3_free(tables);
  statement->text = sqlite3_malloc64(length + 1);
  if (whole == NULL || statement->text == NULL) {
    sqlite3_free(whole);
    fail(&sql->error, "nomem", "not enough memory");
    return false;
  }
  memcpy(statement->text, text, length + 1);
  status = sqlite3_prepare_v3(sql->handle, whole, -1, SQLITE_PREPARE_PERSISTENT,
                              &statement->handle, NULL);
  sqlite3_free(whole);
  if (status != SQLITE_OK)
    failed(sql, status);
  return status == SQLITE_OK;
}

/* Prepares a text, or else what it comes to without tables that are not made.
 */
static bool prepare(DuSql *sql, DuStatement *statement, const char *text,
                    size_t length) {
  DuSqlError error;
  int status = prepare_plain(sql, statement, text, length);
  if (status == SQLITE_OK)
    return true;
  error = sql->error;
  if (status != SQLITE_ERROR)
    return false;
  if (prepare_without(sql, statement, text, length))
    return true;
  if (strcmp(sql->error.code, "corrupt") == 0)
    sql->error = error;
  return false;
}

static DuStatement *new_statement(DuSql *sql, const char *text, size_t length) {
  DuStatement *statement = sqlite3_malloc(sizeof *statement);
  if (statement == NULL) {
    fail(&sql->error, "nomem", "not enough memory");
    return NULL;
  }
  memset(statement, 0, sizeof *statement);
  if (prepare(sql, statement, text, length))
    return statement;
  sqlite3_free(statement->text);
  sqlite3_free(statement);
  return NULL;
}

DuStatement *du_sql_prepare(DuSql *sql, const char *text, size_t length) {
  uint64_t hash = du_bytes_hash(text, length);
  DuStatement *statement;
  own(sql);
  look_for_ended(sql);
  statement = find_cached(sql, text, length, hash);
  if (statement == NULL) {
    if ((statement = new_statement(sql, text, length)) == NULL)
      return NULL;
    if (sql->statements >= CACHED_STATEMENTS)
      drop_oldest(sql);
    statement->sql = sql;
    statement->hash = hash;
    statement->length = length;
    statement->place = -1;
    put_first(sql, statement);
    sql->statements++;
  }
  return take(statement);
}

void du_sql_release(DuStatement *statement) {
  own(statement->sql);
  sqlite3_reset(statement->handle);
  sqlite3_clear_bindings(statement->handle);
  end_ahead(statement);
  statement->in_use = false;
  if (!statement->held)
    statement->sql->passing--;
  if (statement->forgotten)
    destroy(statement);
}

void du_sql_hold(DuStatement *statement) {
  own(statement->sql);
  statement->held = true;
  statement->sql->passing--;
}

void du_sql_sweep(DuSql *sql) {
  DuStatement *next;
  own(sql);
  for (DuStatement *s = sql->first; sql->passing > 0 && s != NULL; s = next) {
    next = s->next;
    if (s->in_use && !s->held)
      du_sql_release(s);
  }
  du_sql_end_reading(sql);
}

/* Where it fails, all is done as before. */
void du_sql_keep_pages(DuSql *sql, bool few) {
  own(sql);
  if (sql->few_pages != few &&
      sqlite3_exec(sql->handle,
                   few ? "PRAGMA cache_size = -400"
                       : "PRAGMA cache_size = " DU_PAGES,
                   NULL, NULL, NULL) == SQLITE_OK)
    sql->few_pages = few;
}

bool du_sql_begin_reading(DuSql *sql) {
  own(sql);
  if (sql->reading || !sqlite3_get_autocommit(sql->handle))
    return true;
  sql->reading = du_sql_run(sql, "BEGIN");
  return sql->reading;
}

void du_sql_end_reading(DuSql *sql) {
  if (!sql->reading)
    return;
  sql->reading = false;
  du_sql_run(sql, "COMMIT");
}

bool du_sql_begin_at_once(DuSql *sql) {
  double timeout = sql->timeout;
  bool begun;
  sql->timeout = 0;
  begun = du_sql_run(sql, "BEGIN IMMEDIATE");
  sql->timeout = timeout;
  return begun;
}

bool du_sql_unlog(DuSql *sql) {
  static const char text[] = "PRAGMA journal_mode = DELETE";
  DuStatement *statement = du_sql_prepare(sql, text, sizeof text - 1);
  double timeout = sql->timeout;
  size_t length;
  bool unlogged;
  if (statement == NULL)
    return false;
  sql->logged = sql->seen.known = false;
  sql->timeout = 0;
  unlogged = du_sql_step(statement) == DU_ROW &&
             strcmp(du_sql_text(statement, 0, &length), "delete") == 0;
  sql->timeout = timeout;
  du_sql_release(statement);
  return unlogged;
}

bool du_sql_goes_on(DuSql *sql, double seconds) {
  own(sql);
  sql->stop = RUNS_ON;
  if (is_interrupted(sql))
    sql->stop = INTERRUPTED;
  else if (sql->deadline > 0 && seconds > sql->deadline)
    sql->stop = OUT_OF_TIME;
  if (sql->stop == RUNS_ON)
    return true;
  failed_with(sql, SQLITE_INTERRUPT, "");
  return false;
}

bool du_sql_is_timed(const DuSql *sql) {
  return sql->deadline > 0;
}

int64_t du_sql_changes(DuSql *sql) {
  own(sql);
  return sqlite3_changes64(sql->handle);
}

/* What a file with a log holds is told by 48 bytes that every commit changes,
** the header of the index of the log: how many frames count, the sum of them
** all, and two numbers that each new log draws. They stand twice in memory that
** all connections share, and are what SQLite compares when it begins to read.
** To compare them without beginning takes no lock and no system call. (Where
** they stand is part of the format: sqlite.org/walformat.html.) The log has to
** be open, or looking would make it. */
static const volatile uint32_t *shared_words(DuSql *sql) {
  sqlite3_file *file = sql->file;
  volatile void *region = NULL;
  if (file == NULL &&
      sqlite3_file_control(sql->handle, "main", SQLITE_FCNTL_FILE_POINTER,
                           &file) != SQLITE_OK)
    return NULL;
  sql->file = file; /* as long as the connection */
  if (file->pMethods == NULL || file->pMethods->iVersion < 2 ||
      file->pMethods->xShmMap(file, 0, 32768, 0, &region) != SQLITE_OK)
    return NULL;
  return region;
}

/* Reads them, unless they are being written. */
static Shared read_shared(DuSql *sql) {
  const volatile uint32_t *words = shared_words(sql);
  Shared shared = {words != NULL, {0}};
  if (words == NULL)
    return shared;
  for (int i = 0; i < SHARED_WORDS; i++)
    shared.words[i] = words[i];
  sql->file->pMethods->xShmBarrier(sql->file);
  for (int i = 0; i < SHARED_WORDS; i++)
    shared.known = shared.known && words[SHARED_WORDS + i] == shared.words[i];
  return shared;
}

/* Are they what was seen still? Whoever has committed since has written the
** first of the two. Where a transaction has begun that has not read yet, it has
** to, so that it goes on with what is looked at now. */
static bool is_as_seen(DuSql *sql) {
  const volatile uint32_t *words;
  if (!sql->seen.known || (words = shared_words(sql)) == NULL ||
      (!sqlite3_get_autocommit(sql->handle) &&
       sqlite3_txn_state(sql->handle, "main") == SQLITE_TXN_NONE))
    return false;
  for (int i = 0; i < SHARED_WORDS; i++)
    if (words[i] != sql->seen.words[i])
      return false;
  return true;
}

static bool has_log(DuSql *sql) {
  static const char text[] = "PRAGMA journal_mode";
  DuStatement *mode = du_sql_prepare(sql, text, sizeof text - 1);
  size_t length;
  bool logged;
  if (mode == NULL)
    return false;
  logged = du_sql_step(mode) == DU_ROW &&
           strcmp(du_sql_text(mode, 0, &length), "wal") == 0;
  du_sql_release(mode);
  return logged;
}

/* Reads the version of what other connections have committed. */
static bool read_version(DuSql *sql, int64_t *version) {
  /* in the midst of reading, the version is that of an earlier moment */
  bool begins = sqlite3_txn_state(sql->handle, "main") == SQLITE_TXN_NONE;
  Shared before = {false, {0}};
  if (begins && sql->logged)
    before = read_shared(sql); /* first: what comes between is seen later */
  if (!du_sql_number_of(sql, "PRAGMA data_version", version))
    return false;
  if (begins) {
    sql->logged = sql->logged || (sql->in_file && has_log(sql));
    sql->seen = before;
    sql->seen_version = *version;
  }
  return true;
}

bool du_sql_moment(DuSql *sql, DuMoment *moment) {
  own(sql);
  moment->version = sql->seen_version;
  if (!is_as_seen(sql) && !read_version(sql, &moment->version))
    return false;
  moment->changes = sqlite3_total_changes64(sql->handle);
  moment->writing = !sqlite3_get_autocommit(sql->handle) && !sql->reading;
  return true;
}

bool du_same_moment(const DuMoment *a, const DuMoment *b) {
  return a->version == b->version && a->changes == b->changes &&
         a->writing == b->writing;
}

void du_sql_reset(DuStatement *statement) {
  own(statement->sql);
  sqlite3_reset(statement->handle);
}

static void bound(DuStatement *statement, int status) {
  if (status != SQLITE_OK && statement->bind_status == SQLITE_OK)
    statement->bind_status = status;
}

void du_sql_bind_null(DuStatement *statement, int parameter) {
  own(statement->sql);
  bound(statement, sqlite3_bind_null(statement->handle, parameter));
}

void du_sql_bind_integer(DuStatement *statement, int parameter, int64_t value) {
  own(statement->sql);
  bound(statement, sqlite3_bind_int64(statement->handle, parameter, value));
}

void du_sql_bind_number(DuStatement *statement, int parameter, double value) {
  own(statement->sql);
  bound(statement, sqlite3_bind_double(statement->handle, parameter, value));
}

void du_sql_bind_text(DuStatement *statement, int parameter, const char *text,
                      size_t length) {
  own(statement->sql);
  bound(statement, sqlite3_bind_text64(statement->handle, parameter, text,
                                       length, SQLITE_STATIC, SQLITE_UTF8));
}

void du_sql_bind_blob(DuStatement *statement, int parameter, const void *bytes,
                      size_t size) {
  own(statement->sql);
  bound(statement, sqlite3_bind_blob64(statement->handle, parameter, bytes,
                                       size, SQLITE_STATIC));
}

const char *du_sql_text_of(DuStatement *statement) {
  return sqlite3_sql(statement->handle);
}

int du_sql_parameters(DuStatement *statement) {
  return sqlite3_bind_parameter_count(statement->handle);
}

void du_sql_bind_copy(DuStatement *statement, int parameter, const char *text,
                      size_t length) {
  own(statement->sql);
  bound(statement, sqlite3_bind_text64(statement->handle, parameter, text,
                                       length, SQLITE_TRANSIENT, SQLITE_UTF8));
}

/* Prepares the text of a statement anew, which was made without tables that are
** there now, and gives it what was bound. */
static bool remake(DuStatement *statement) {
  DuStatement made = *statement;
  sqlite3_stmt *before = statement->handle;
  char *text = statement->text;
  bool good;
  made.text = NULL;
  good = prepare(statement->sql, &made, text, statement->length);
  if (good) {
    /* "deprecated", but nothing else keeps what is bound where it is */
    sqlite3_transfer_bindings(before, made.handle);
    sqlite3_finalize(before);
    statement->handle = made.handle;
    statement->text = made.text;
    statement->schema = made.schema;
    sqlite3_free(text);
  } else {
    sqlite3_free(made.text);
  }
  return good;
}

/* Steps a statement. One that was made without tables may have begun to read,
** or found nothing, where another process has made them since: then it is made
** anew, and begins again. While it has a row, the version that it is asked by
** is that of what it reads; else a later one, before which nothing was made
** either, if it is the same. Returns SQLite's status, or FAILED_AT_ONCE where
** the error is there. */
#define FAILED_AT_ONCE (-1)
static int step_handle(DuStatement *statement) {
  bool current =
      statement->text == NULL || sqlite3_stmt_busy(statement->handle);
  int status = sqlite3_step(statement->handle);
  while (!current && (status == SQLITE_ROW || status == SQLITE_DONE)) {
    if (!ask_current(statement, &current))
      return FAILED_AT_ONCE;
    if (current)
      break;
    sqlite3_reset(statement->handle);
    if (statement->ahead != NULL)
      statement->ahead->rows = 0;
    if (!remake(statement))
      return FAILED_AT_ONCE;
    status = sqlite3_step(statement->handle);
  }
  return status;
}

static DuStatus step(DuStatement *statement) {
  DuSql *sql = statement->sql;
  int status = statement->bind_status;
  double begun = 0;
  bool timed;
  own(sql);
  timed = sql->deadline > 0 && !sql->to_its_end &&
          sqlite3_stmt_readonly(statement->handle);
  sql->stop = RUNS_ON;
  if (status != SQLITE_OK) {
    failed_with(sql, status, sqlite3_errstr(status));
    return DU_FAILED;
  }
  if (timed) {
    begun = du_clock();
    sql->out_of_time = begun + sql->deadline - statement->spent;
  }
  status = step_handle(statement);
  if (timed) {
    sql->out_of_time = 0;
    statement->spent += du_clock() - begun;
  }
  if (status == SQLITE_ROW)
    return DU_ROW;
  if (status == SQLITE_DONE)
    return DU_DONE;
  if (status != FAILED_AT_ONCE)
    failed(sql, status);
  return DU_FAILED;
}

bool du_sql_read_ahead(DuStatement *statement, int columns) {
  size_t values = (size_t)columns * MOST_AHEAD;
  Ahead *ahead = sqlite3_malloc64(sizeof *ahead + values * sizeof(DuSqlValue));
  if (ahead == NULL) {
    fail(&statement->sql->error, "nomem", "not enough memory");
    return false;
  }
  memset(ahead, 0, sizeof *ahead);
  ahead->columns = columns;
  ahead->most = 1;
  statement->ahead = ahead;
  return true;
}

const DuSqlValue *du_sql_row_ahead(DuStatement *statement,
                                   const DuSqlValue **before) {
  const Ahead *ahead = statement->ahead;
  const DuSqlValue *row;
  if (ahead == NULL)
    return NULL;
  row = &ahead->values[(size_t)ahead->at * (size_t)ahead->columns];
  *before = ahead->at > 0 ? row - ahead->columns : NULL;
  return row;
}

/* Reads the next rows: at first one, for those who want no more, and then twice
** as many each time. */
static DuStatus step_ahead(DuStatement *statement) {
  Ahead *ahead = statement->ahead;
  DuStatus status;
  if (ahead->ended)
    return DU_DONE;
  own(statement->sql);
  drop_chunks(ahead, false);
  ahead->rows = ahead->at = 0;
  statement->sql->ahead = ahead;
  status = step(statement);
  statement->sql->ahead = NULL;
  ahead->most = ahead->most < MOST_AHEAD ? 2 * ahead->most : MOST_AHEAD;
  ahead->ended = status != DU_ROW;
  return status == DU_DONE && ahead->rows > 0 ? DU_ROW : status;
}

DuStatus du_sql_step(DuStatement *statement) {
  Ahead *ahead = statement->ahead;
  if (ahead == NULL)
    return step(statement);
  if (ahead->at + 1 < ahead->rows) {
    ahead->at++;
    return DU_ROW;
  }
  return step_ahead(statement);
}

DuStatus du_sql_step_waiting(DuStatement *statement) {
  DuSql *sql = statement->sql;
  double until = du_clock() + sql->timeout;
  DuStatus status;
  while ((status = du_sql_step(statement)) == DU_FAILED &&
         strcmp(sql->error.code, "busy") == 0 && du_clock() < until) {
    sqlite3_reset(statement->handle); /* or each waits for the other's lock */
    sqlite3_sleep(1);
  }
  return status;
}

void du_sql_makes(DuSql *sql) {
  own(sql);
  sql->making = true;
}

bool du_sql_made(const DuSql *sql) {
  return sql->making;
}

/* What was made is there for good, or gone. */
static void note_end(DuSql *sql, const char *text) {
  if (strcmp(text, "COMMIT") == 0)
    sql->making = false;
  else if (strncmp(text, "ROLLBACK", 8) == 0)
    forget_statements(sql);
}

/* What begins and ends transactions comes here. SQLite looks whether to stop
** once more when a COMMIT has been made, and would then report a failure. */
bool du_sql_run(DuSql *sql, const char *text) {
  DuStatement *statement = du_sql_prepare(sql, text, strlen(text));
  DuStatus status;
  if (statement == NULL)
    return false;
  sql->to_its_end = true;
  do
    status = du_sql_step(statement);
  while (status == DU_ROW);
  sql->to_its_end = false;
  du_sql_release(statement);
  if (strncmp(text, "ROLLBACK", 8) == 0)
    forget_shared(sql);
  if (sql->making && status == DU_DONE)
    note_end(sql, text);
  return status == DU_DONE;
}

void du_sql_untimed(DuSql *sql, bool untimed) {
  own(sql);
  sql->to_its_end = untimed;
}

bool du_sql_script(DuSql *sql, const char *text) {
  int status;
  own(sql);
  sql->stop = RUNS_ON;
  status = sqlite3_exec(sql->handle, text, NULL, NULL, NULL);
  if (status != SQLITE_OK)
    failed(sql, status);
  return status == SQLITE_OK;
}

/* Runs a statement that changes the entries of the schema themselves, which
** nobody else may. */
static bool edit_schema(DuSql *sql, const char *statement) {
  char text[400];
  bool good;
  snprintf(text, sizeof text,
           "PRAGMA writable_schema = ON; %s; PRAGMA writable_schema = RESET;",
           statement);
  sqlite3_db_config(sql->handle, SQLITE_DBCONFIG_DEFENSIVE, 0, (int *)NULL);
  good = du_sql_script(sql, text);
  sqlite3_db_config(sql->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
  return good;
}

/* Takes the entry of a virtual table out of the schema, which then no longer
** has to be one that works, and what was its own after it. */
static bool drop_broken(DuSql *sql, const char *table) {
  static const char *const own[] = {"data", "idx", "content", "docsize",
                                    "config"};
  char text[200];
  snprintf(text, sizeof text,
           "DELETE FROM sqlite_schema WHERE type = 'table' AND name = '%s'",
           table);
  if (!edit_schema(sql, text))
    return false;
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
    snprintf(text, sizeof text, "DROP TABLE IF EXISTS \"%s_%s\"", table,
             own[i]);
    if (!du_sql_script(sql, text))
      return false;
  }
  return true;
}

bool du_sql_drop_full_text(DuSql *sql, const char *table) {
  char text[100];
  own(sql);
  snprintf(text, sizeof text, "DROP TABLE IF EXISTS \"%s\"", table);
  if (du_sql_script(sql, text))
    return true;
  return strcmp(sql->error.code, "corrupt") == 0 && !du_sql_was_ended(sql) &&
         drop_broken(sql, table);
}

bool du_sql_rewrite(DuSql *sql, const char *table, const char *from,
                    const char *to) {
  char text[300];
  own(sql);
  snprintf(text, sizeof text,
           "UPDATE sqlite_schema SET sql = replace(sql, '%s', '%s') WHERE "
           "type = 'table' AND name = '%s'",
           from, to, table);
  return edit_schema(sql, text);
}

bool du_sql_number_of(DuSql *sql, const char *text, int64_t *value) {
  DuStatement *statement = du_sql_prepare(sql, text, strlen(text));
  DuStatus status;
  if (statement == NULL)
    return false;
  status = du_sql_step(statement);
  *value = status == DU_ROW ? du_sql_integer(statement, 0) : 0;
  du_sql_release(statement);
  return status != DU_FAILED;
}

/* ---------------------------------------------------------------- columns */

DuColumn du_sql_type(DuStatement *statement, int column) {
  return column_of(sqlite3_column_type(statement->handle, column));
}

/* Each sqlite3_column_… looks up the column and what went wrong; a value that
** is held does neither. */
void du_sql_value(DuStatement *statement, int column, DuSqlValue *got) {
  const DuSqlValue *before, *row = du_sql_row_ahead(statement, &before);
  if (row != NULL)
    *got = row[column];
  else
    value_of(sqlite3_column_value(statement->handle, column), got);
}

int64_t du_sql_integer(DuStatement *statement, int column) {
  return sqlite3_column_int64(statement->handle, column);
}

double du_sql_number(DuStatement *statement, int column) {
  return sqlite3_column_double(statement->handle, column);
}

const char *du_sql_text(DuStatement *statement, int column, size_t *length) {
  const char *text =
      (const char *)sqlite3_column_text(statement->handle, column);
  *length = (size_t)sqlite3_column_bytes(statement->handle, column);
  return text != NULL ? text : "";
}

const void *du_sql_blob(DuStatement *statement, int column, size_t *size) {
  const void *bytes = sqlite3_column_blob(statement->handle, column);
  *size = bytes != NULL
              ? (size_t)sqlite3_column_bytes(statement->handle, column)
              : 0;
  return bytes;
}

/* ------------------------------------------------------------------- files */

bool du_sql_was_ended(DuSql *sql) {
  bool ended = !du_sql_in_transaction(sql);
  if (ended) {
    bool disk = sqlite3_system_errno(sql->handle) != 0;
    fail(&sql->error, disk ? "io" : "nomem",
         disk ? "the disk failed in a transaction"
              : "there was not enough memory for a transaction");
  }
  return ended;
}

bool du_sql_malformed(const DuSql *sql) {
  return strcmp(sql->error.code, "corrupt") == 0 &&
         strstr(sql->error.message, "malformed JSON") != NULL;
}

bool du_sql_check_failed(DuSql *sql, const char *line) {
  static const char words[] = "error code=";
  const char *place = strstr(line, words);
  int status = place != NULL ? (int)strtol(place + sizeof words - 1, NULL, 10)
                             : SQLITE_OK;
  switch (status & 0xff) {
  case SQLITE_NOMEM:
  case SQLITE_IOERR:
  case SQLITE_INTERRUPT:
    failed_with(sql, status, sqlite3_errstr(status));
    return true;
  default:
    return false;
  }
}

int64_t du_sql_file_size(DuSql *sql) {
  const char *path;
  struct stat status;
  own(sql);
  path = sqlite3_db_filename(sql->handle, "main");
  if (path == NULL || *path == '\0' ||
      (stat(sqlite3_filename_wal(path), &status) == 0 && status.st_size > 0) ||
      stat(path, &status) != 0)
    return -1;
  return status.st_size;
}

/* ----------------------------------------------------------------- backup */

/* Copies all pages into `copy`, which is closed. */
static int copy_pages(DuSql *sql, sqlite3 *copy) {
  sqlite3_backup *backup =
      sqlite3_backup_init(copy, "main", sql->handle, "main");
  int status;
  if (backup == NULL)
    return sqlite3_extended_errcode(copy);
  /* A page that another process holds for a moment is waited for by the busy
  ** handler; one step copies all, so that the copy is of one moment. */
  status = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  return status == SQLITE_DONE ? SQLITE_OK : status;
}

bool du_sql_backup(DuSql *sql, const char *path) {
  sqlite3 *copy = NULL;
  int status, file;
  own(sql);
  if (!path_is_plain(path, &sql->error))
    return false;
  /* made here, so that no file which is there can be overwritten */
  file = open(path, O_CREAT | O_EXCL | O_RDWR, 0644);
  if (file < 0) {
    fail(&sql->error, "io", strerror(errno));
    return false;
  }
  close(file);
  sql->stop = RUNS_ON;
  status = sqlite3_open_v2(path, &copy,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                               SQLITE_OPEN_EXRESCODE,
                           NULL);
  if (status == SQLITE_OK)
    status = copy_pages(sql, copy);
  if (status != SQLITE_OK)
    failed_with(sql, status, sqlite3_errstr(status));
  if (sqlite3_close(copy) != SQLITE_OK && status == SQLITE_OK) {
    status = SQLITE_IOERR;
    fail(&sql->error, "io", "the copy could not be closed");
  }
  if (status != SQLITE_OK)
    unlink(path);
  return status == SQLITE_OK;
}
