/*
** store.c - a store in Lua: open and close, transactions, views of earlier
** revisions, backup.
*/
#define _POSIX_C_SOURCE 200809L

#include "core.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "edtf.h"
#include "fold.h"

/* --------------------------------------------------------------- checking */

DuStore *du_check_store(lua_State *L, int index) {
  DuStore *store = du_check_object(L, index, DU_STORE, "a store");
  du_enter(L, store);
  return store;
}

DuSql *du_store_sql(lua_State *L, DuStore *store) {
  if (store->closed || store->base->sql == NULL)
    du_raise(L, "closed", NULL, NULL, "the store is closed");
  return store->base->sql;
}

static void run(lua_State *L, DuSql *sql, const char *text) {
  if (!du_sql_run(sql, text))
    du_raise_sql(L, sql);
}

DuSql *du_enter(lua_State *L, DuStore *store) {
  DuSql *sql = du_store_sql(L, store);
  if (L == store->base->main)
    store->base->hook = lua_gethook(L);
  du_sql_sweep(sql);
  du_sql_keep_pages(sql, false);
  /* what could not be rolled back for want of memory or a disk */
  if (store->base->depth == 0 && du_sql_in_transaction(sql))
    run(L, sql, "ROLLBACK");
  return sql;
}

/* ----------------------------------------------------------- interruption */

#define EVERY_EVENT (LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT)

/* At Ctrl-C the signal handler of lua5.4 sets a hook on the main thread, for
** every event and every instruction, which raises as soon as Lua runs on; a
** host may do the same. No hook is called while C runs, so a statement that
** takes long looks for it. A hook which was there when Lua came in is none of
** these, or it would have raised before: a debugger has set it. */
static bool is_interrupted(void *context) {
  const DuStore *store = context;
  return lua_gethookmask(store->main) == EVERY_EVENT &&
         lua_gethookcount(store->main) == 1 &&
         lua_gethook(store->main) != store->hook;
}

/*
** store:interrupt()
** Ends the loops over records that have begun and not yet ended, those of the
** store's views as well: each raises `interrupted` when it asks for its next
** record. It is for programs that keep several going, in coroutines.
** What runs in the store while it is called, and what is asked afterwards, goes
** on; a single query is stopped from outside, by Ctrl-C or a `deadline`.
*/
static int store_interrupt(lua_State *L) {
  du_check_store(L, 1)->base->interrupts++;
  return 0;
}

static int64_t number_of(lua_State *L, DuSql *sql, const char *text) {
  int64_t number;
  if (!du_sql_number_of(sql, text, &number))
    du_raise_sql(L, sql);
  return number;
}

/* The time as `recorded` has it: to the second, in UTC. */
static void write_now(char text[32]) {
  time_t now = time(NULL);
  struct tm parts;
  gmtime_r(&now, &parts);
  strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

int64_t du_newest_revision(lua_State *L, DuStore *store) {
  return number_of(L, du_store_sql(L, store),
                   "SELECT max(revision) FROM revisions");
}

/* ---------------------------------------------------------------- opening */

typedef enum Contents { EMPTY, OURS, OLDER } Contents;

/* Refuses a file that was cut off. SQLite does so where whole pages are missing
** and the file's own count of them is up to date, but takes a page of which a
** part is there for a whole one. Reading the number of pages reads the schema,
** so that one which is damaged is found now. */
static void check_whole(lua_State *L, DuSql *sql) {
  int64_t pages = number_of(L, sql, "PRAGMA page_count");
  int64_t page = number_of(L, sql, "PRAGMA page_size");
  int64_t size = du_sql_file_size(sql);
  if (size >= 0 && size < pages * page)
    du_raise(L, "corrupt", NULL, NULL,
             "the file is shorter than it says: it was cut off");
}

/* Looks at what the file is before anything in it is used. One of an older
** layout is read as it is, unless it lacks fields. */
static Contents examine(lua_State *L, DuSql *sql, bool readonly) {
  int64_t application = number_of(L, sql, "PRAGMA application_id");
  int64_t version = number_of(L, sql, "PRAGMA user_version");
  int current = du_kinds_version();
  if (application == 0 &&
      number_of(L, sql, "SELECT count(*) FROM sqlite_schema") == 0) {
    if (readonly)
      du_raise(L, "readonly", NULL, NULL,
               "it is empty, and cannot be made a store while it is opened "
               "readonly");
    return EMPTY;
  }
  if (application != DU_APPLICATION_ID)
    du_raise(L, "invalid", NULL, NULL,
             "it is an SQLite database of another application "
             "(application_id %I), not a dualuse store",
             (LUAI_UACINT)application);
  if (version > current)
    du_raise(L, "invalid", NULL, NULL,
             "it was written by a newer version of dualuse (format %I; this "
             "one reads up to %d)",
             (LUAI_UACINT)version, current);
  if (readonly && version < current && version % 10000 != current % 10000)
    du_raise(L, "readonly", NULL, NULL,
             "it was written by an older version of dualuse (format %I, now "
             "%d), and has to be opened for writing once",
             (LUAI_UACINT)version, current);
  check_whole(L, sql);
  return version < current && !readonly ? OLDER : OURS;
}

/* Write-ahead logging, so that readers and a writer do not wait for each
** other. Where the file system cannot have it, only EXTRA keeps a commit
** through a power loss. */
static void set_journal(lua_State *L, DuSql *sql, bool full) {
  static const char text[] = "PRAGMA journal_mode = WAL";
  DuStatement *statement = du_sql_prepare(sql, text, sizeof text - 1);
  DuStatus status;
  size_t length;
  bool logged;
  if (statement == NULL)
    du_raise_sql(L, sql);
  status = du_sql_step_waiting(statement);
  logged = status == DU_ROW &&
           strcmp(du_sql_text(statement, 0, &length), "wal") == 0;
  du_finish(L, sql, statement, status);
  run(L, sql,
      !full    ? "PRAGMA synchronous = NORMAL"
      : logged ? "PRAGMA synchronous = FULL"
               : "PRAGMA synchronous = EXTRA");
}

/* Makes or migrates the tables, unless another process just did. */
static void prepare_tables(lua_State *L, DuSql *sql) {
  char now[32];
  run(L, sql, "BEGIN IMMEDIATE");
  write_now(now);
  switch (examine(L, sql, false)) {
  case EMPTY:
    du_schema_create(L, sql, now);
    break;
  case OLDER:
    du_schema_migrate(L, sql);
    break;
  case OURS:
    break;
  }
  run(L, sql, "COMMIT");
}

/* What may raise while a store is opened: store. The file is closed by the
** caller if it does. */
static int set_up(lua_State *L) {
  DuStore *store = lua_touserdata(L, 1);
  Contents contents;
  /* at one moment: another process may be making the tables */
  du_sql_begin_reading(store->sql);
  contents = examine(L, store->sql, store->readonly);
  du_sql_end_reading(store->sql);
  if (contents == EMPTY) /* into the file itself: the log would be copied */
    prepare_tables(L, store->sql);
  if (!store->readonly)
    set_journal(L, store->sql, store->full);
  if (contents == OLDER)
    prepare_tables(L, store->sql);
  return 0;
}

static double option_seconds(lua_State *L, const char *name, double absent) {
  double value = absent;
  if (lua_istable(L, 2)) {
    lua_getfield(L, 2, name);
    if (lua_type(L, -1) == LUA_TNUMBER)
      value = lua_tonumber(L, -1);
    else if (!lua_isnil(L, -1))
      value = -1;
    if (!(value >= 0 && value <= 1e6)) {
      du_show(L, -1);
      du_raise(L, "misuse", NULL, NULL,
               "option %s: expected seconds, 0 to 1000000, got %s", name,
               lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
  return value;
}

/* The option column_cache, in bytes. */
static size_t option_bytes(lua_State *L) {
  int exact = 1;
  lua_Integer bytes = DU_COLUMN_CACHE;
  if (lua_istable(L, 2)) {
    lua_getfield(L, 2, "column_cache");
    if (!lua_isnil(L, -1))
      bytes = lua_tointegerx(L, -1, &exact);
    if (!exact || bytes < 0 || lua_type(L, -1) == LUA_TSTRING) {
      du_show(L, -1);
      du_raise(L, "misuse", NULL, NULL,
               "option column_cache: expected bytes, 0 or more, got %s",
               lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
  return (size_t)bytes;
}

static bool option_readonly(lua_State *L) {
  bool readonly = false;
  if (lua_istable(L, 2)) {
    lua_getfield(L, 2, "readonly");
    if (!lua_isboolean(L, -1) && !lua_isnil(L, -1)) {
      du_show(L, -1);
      du_raise(L, "misuse", NULL, NULL,
               "option readonly: expected true or false, got %s",
               lua_tostring(L, -1));
    }
    readonly = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  return readonly;
}

static bool option_full(lua_State *L) {
  bool full = true;
  if (lua_istable(L, 2)) {
    const char *word;
    lua_getfield(L, 2, "durability");
    word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    full = strcmp(word, "normal") != 0;
    if (full && strcmp(word, "full") != 0 && !lua_isnil(L, -1)) {
      du_show(L, -1);
      du_raise(L, "misuse", NULL, NULL,
               "option durability: expected \"full\" or \"normal\", got %s",
               lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
  return full;
}

/* The path at index 1, or NULL for a store in memory. */
static const char *check_path(lua_State *L, int index) {
  size_t length;
  const char *path;
  if (lua_isnoneornil(L, index))
    return NULL;
  if (lua_type(L, index) != LUA_TSTRING)
    du_misuse(L, index, "a path");
  path = lua_tolstring(L, index, &length);
  if (strlen(path) != length)
    du_raise(L, "invalid", NULL, NULL, "the path holds a NUL byte");
  return path;
}

/* [-0, +1] a closed store with its metatable, to be given its connection */
static DuStore *new_store(lua_State *L) {
  DuStore *store = lua_newuserdatauv(L, sizeof *store, DU_STORE_USERVALUES);
  memset(store, 0, sizeof *store);
  store->base = store;
  store->as_of = DU_NOW;
  store->schema = -1;
  luaL_setmetatable(L, DU_STORE);
  lua_newtable(L);
  lua_setiuservalue(L, -2, DU_STORE_PARTS);
  return store;
}

/* nil, error: `path: message`. The error's message is on top. */
static int not_opened(lua_State *L, const char *path, const char *code) {
  lua_pushfstring(L, "cannot open %s: %s", path != NULL ? path : "a store",
                  lua_tostring(L, -1));
  lua_pushnil(L);
  lua_insert(L, -2);
  du_push_error(L, code, lua_tostring(L, -1));
  lua_remove(L, -2);
  return 2;
}

/*
** open([path [, { readonly=, timeout=, deadline=, durability=,
** column_cache= }]]) -> store, or nil and an error
** Opens a store, and makes it where the file is new; without a path, one in
** memory.
**   path        text
**   readonly    boolean
**   timeout     seconds to wait for another writer (5)
**   deadline    seconds that one query may run (no limit)
**   durability  "full": what a write returned survives power loss; "normal":
**               the last moments may be lost, the store is whole
**   column_cache  bytes of memory that columns may take (64 MiB); 0: they are
**               not used
** Returns the store, or nil and an error where the file cannot be had: it is
** a directory, not a database, of another application or a newer version.
** Raises `misuse` for arguments of a wrong type and unknown options.
*/
static int store_open(lua_State *L) {
  static const char *const names[] = {"readonly",   "timeout",      "deadline",
                                      "durability", "column_cache", NULL};
  DuSqlOptions options;
  DuSqlError error;
  DuStore *store;
  const char *path;
  lua_settop(L, 2);
  if (lua_type(L, 1) == LUA_TSTRING &&
      strlen(lua_tostring(L, 1)) != lua_rawlen(L, 1)) {
    lua_pushliteral(L, "the path holds a NUL byte");
    return not_opened(L, NULL, "invalid");
  }
  path = check_path(L, 1);
  du_check_options(L, 2, names);
  options.readonly = option_readonly(L);
  options.timeout = option_seconds(L, "timeout", 5);
  options.deadline = option_seconds(L, "deadline", 0);
  options.full = option_full(L);
  store = new_store(L);
  lua_pushboolean(L, false);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &store->depth);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  store->main = lua_tothread(L, -1);
  store->hook = lua_gethook(store->main);
  lua_pop(L, 1);
  options.interrupted = is_interrupted;
  options.context = store;
  store->sql = du_sql_open(path, &options, &error);
  if (store->sql == NULL) {
    lua_pushstring(L, error.message);
    return not_opened(L, path, error.code);
  }
  store->readonly = options.readonly;
  store->full = options.full;
  store->column_limit = option_bytes(L);
  lua_newtable(L);
  lua_setiuservalue(L, 3, DU_STORE_KEYS);
  lua_pushcfunction(L, set_up);
  lua_pushvalue(L, 3);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK)
    return 1;
  du_sql_close(store->sql);
  store->sql = NULL;
  if (luaL_getmetafield(L, -1, "__name") == LUA_TNIL)
    return lua_error(L); /* not ours: no memory */
  lua_pop(L, 1);
  lua_getfield(L, -1, "code");
  lua_getfield(L, -2, "message");
  return not_opened(L, path, lua_tostring(L, -2));
}

/* Finalizes what is being read, and closes. */
static void close_store(lua_State *L, DuStore *store) {
  DuSql *sql = store->sql;
  store->closed = true;
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &store->depth);
  if (sql != NULL) { /* not a view, and not yet closed */
    du_rows_close_all(store);
    store->sql = NULL;
    du_sql_close(sql);
  }
}

/* __gc. Only the end of the Lua state comes in the middle of a transaction,
** which is then undone. */
static int store_gc(lua_State *L) {
  DuStore *store = luaL_testudata(L, 1, DU_STORE);
  if (store != NULL)
    close_store(L, store);
  return 0;
}

/*
** store:close()
** Finalizes what is being read, and closes. Closing again does nothing; any
** other use of the store, its views, queries and loops raises `closed`.
*/
static int store_close(lua_State *L) {
  DuStore *store = du_check_object(L, 1, DU_STORE, "a store");
  if (store->sql != NULL && store->depth > 0)
    du_raise(L, "misuse", NULL, NULL,
             "a store cannot be closed inside its own transaction");
  close_store(L, store);
  return 0;
}

/* ------------------------------------------------------------ transactions */

int64_t du_writing(DuStore *store) {
  store->base->wrote = true;
  return store->base->revision;
}

int64_t du_next_id(DuStore *store) {
  return ++store->base->last_id;
}

/* Forgets the keys of records that a rollback has unmade: their ids will be
** given again. */
static void forget_keys(lua_State *L, int storeindex) {
  lua_getiuservalue(L, storeindex, DU_STORE_KEYS);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, -4);
  }
  lua_pop(L, 1);
}

/* Checks { by=, reason= } at index. */
static void check_why(lua_State *L, int index) {
  static const char *const names[] = {"by", "reason", NULL};
  du_check_options(L, index, names);
  for (int i = 0; names[i] != NULL && lua_istable(L, index); i++) {
    int type = lua_getfield(L, index, names[i]);
    if (type != LUA_TNIL &&
        (du_name_at(L, -1) == NULL ||
         !du_utf8_valid(lua_tostring(L, -1), lua_rawlen(L, -1), NULL))) {
      du_show(L, -1);
      du_raise(L, "misuse", NULL, NULL,
               "option %s: expected text in UTF-8 without NUL bytes, got %s",
               names[i], lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
}

/* What a nested write comes back to when it fails. */
typedef struct Savepoint {
  int64_t last_id;
  bool wrote;
  int packing;
} Savepoint;

/* No count of a store comes near it, so that none runs over. */
#define MOST_COUNTED (INT64_MAX / 2)

/* store (light): reads where the counts stand, and makes sure that the schema
** is ours, which it may not be in a file of somebody else. */
static int look_first(lua_State *L) {
  static const char newest[] = "SELECT revision, last_id FROM revisions "
                               "ORDER BY revision DESC LIMIT 1";
  DuStore *store = lua_touserdata(L, 1);
  int64_t schema = number_of(L, store->sql, "PRAGMA schema_version");
  DuStatement *statement;
  DuStatus status;
  if (store->schema != schema)
    du_schema_verify(L, store->sql);
  store->schema = schema;
  statement = du_prepare(L, store->sql, newest);
  status = du_sql_step(statement);
  if (status == DU_ROW) {
    store->revision = du_sql_integer(statement, 0);
    store->last_id = du_sql_integer(statement, 1);
  }
  du_finish(L, store->sql, statement, status);
  if (status == DU_DONE)
    du_raise(L, "corrupt", NULL, NULL, "the table of revisions is empty");
  if (store->revision < 0 || store->revision > MOST_COUNTED ||
      store->last_id < 0 || store->last_id > MOST_COUNTED)
    du_raise(L, "corrupt", NULL, NULL,
             "the file says that more was counted in it than can be");
  store->revision++;
  return 0;
}

static void begin_outermost(lua_State *L, DuStore *store, int storeindex,
                            int why, lua_CFunction look) {
  int status;
  run(L, store->sql, "BEGIN IMMEDIATE");
  lua_pushcfunction(L, look);
  lua_pushlightuserdata(L, store);
  du_sql_untimed(store->sql, true);
  status = lua_pcall(L, 1, 0, 0);
  du_sql_untimed(store->sql, false);
  if (status != LUA_OK) {
    du_sql_sweep(store->sql);
    du_sql_run(store->sql, "ROLLBACK");
    lua_error(L);
  }
  store->wrote = false;
  store->packing = 0;
  store->lost = NULL;
  lua_pushvalue(L, why);
  lua_setiuservalue(L, storeindex, DU_STORE_WHY);
}

/* An error may take SQLite's whole transaction with it, in a savepoint too:
** what came after would then be committed alone. */
static void note_lost(DuStore *store) {
  if (store->depth > 0 && store->lost == NULL &&
      !du_sql_in_transaction(store->sql))
    store->lost = du_sql_error(store->sql)->code;
}

static void raise_lost(lua_State *L, const DuStore *store) {
  du_raise(L, store->lost, NULL, NULL,
           "the transaction was rolled back after an earlier error; nothing "
           "more can be written in it");
}

static Savepoint begin(lua_State *L, DuStore *store, int storeindex, int why,
                       lua_CFunction look) {
  Savepoint savepoint;
  if (store->as_of != DU_NOW)
    du_raise(L, "readonly", NULL, NULL,
             "this is the store as of revision %I, which is past",
             (LUAI_UACINT)store->as_of);
  if (store->readonly)
    du_raise(L, "readonly", NULL, NULL, "the store was opened readonly");
  check_why(L, why);
  du_sql_sweep(store->sql);
  du_rows_detach(L, store);
  note_lost(store);
  if (store->depth == 0)
    begin_outermost(L, store, storeindex, why, look);
  else if (store->lost != NULL)
    raise_lost(L, store);
  else
    run(L, store->sql, "SAVEPOINT nested");
  savepoint.last_id = store->last_id;
  savepoint.wrote = store->wrote;
  savepoint.packing = store->packing;
  store->depth++;
  return savepoint;
}

static void roll_back(lua_State *L, DuStore *store, int storeindex,
                      Savepoint savepoint) {
  du_sql_sweep(store->sql);
  if (du_sql_made(store->sql))
    du_rows_cut_all(store);
  store->depth--;
  if (store->depth == 0) {
    if (du_sql_in_transaction(store->sql))
      du_sql_run(store->sql, "ROLLBACK");
  } else if (!du_sql_in_transaction(store->sql) ||
             !du_sql_run(store->sql, "ROLLBACK TO nested") ||
             !du_sql_run(store->sql, "RELEASE nested")) {
    store->lost = du_sql_error(store->sql)->code;
  }
  if (store->wrote)
    forget_keys(L, storeindex);
  memset(&store->named, 0, sizeof store->named);
  du_columns_forget(L, storeindex);
  store->last_id = savepoint.last_id;
  store->wrote = savepoint.wrote;
  store->packing = savepoint.packing;
}

/* Adds the row of the new revision. Its time is never before the last one's,
** whatever the clock does. */
static bool add_revision(lua_State *L, DuStore *store, int storeindex) {
  static const char text[] =
      /* no INSERT … SELECT from the same table: it would make one more of it */
      "INSERT INTO revisions (revision, recorded, last_id, \"by\", reason) "
      "VALUES (?1, (SELECT max(?2, recorded) FROM revisions "
      "WHERE revision = ?1 - 1), ?3, ?4, ?5)";
  DuStatement *statement = du_sql_prepare(store->sql, text, sizeof text - 1);
  DuStatus status;
  char now[32];
  if (statement == NULL)
    return false;
  write_now(now);
  du_sql_bind_integer(statement, 1, store->revision);
  du_sql_bind_copy(statement, 2, now, strlen(now));
  du_sql_bind_integer(statement, 3, store->last_id);
  lua_getiuservalue(L, storeindex, DU_STORE_WHY);
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "by");
    du_value_bind(L, statement, 4, -1);
    lua_getfield(L, -2, "reason");
    du_value_bind(L, statement, 5, -1);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
  status = du_sql_step(statement);
  du_sql_release(statement);
  return status == DU_DONE;
}

/* Nothing here can raise before the transaction has ended one way or the
** other. */
static void commit(lua_State *L, DuStore *store, int storeindex,
                   Savepoint savepoint) {
  note_lost(store);
  if (store->lost != NULL) {
    roll_back(L, store, storeindex, savepoint);
    raise_lost(L, store);
  }
  if (!du_sql_run(store->sql, store->depth > 1 ? "RELEASE nested" : "COMMIT")) {
    DuSqlError error = *du_sql_error(store->sql);
    roll_back(L, store, storeindex, savepoint);
    du_sql_fail(store->sql, error.code, error.message);
    du_raise_sql(L, store->sql);
  }
  store->depth--;
}

/* The registry has, under the address of a store's depth, who and why of its
** innermost nested write, or false. The place is made when the store is, so
** that putting a value there takes no memory. */
bool du_push_nested_why(lua_State *L, const DuStore *store) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &store->base->depth) == LUA_TTABLE)
    return true;
  lua_pop(L, 1);
  return false;
}

/* [-1, +0] */
static void set_nested_why(lua_State *L, const DuStore *store) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &store->depth);
}

/* store, body, arguments -> what body returns: all of a write that may raise
 */
static int write_inside(lua_State *L) {
  DuStore *store = lua_touserdata(L, 1);
  lua_call(L, lua_gettop(L) - 2, LUA_MULTRET);
  if (store->depth == 1 && store->wrote && store->lost == NULL &&
      !add_revision(L, store, 1))
    du_raise_sql(L, store->sql);
  lua_remove(L, 1);
  return lua_gettop(L);
}

/* du_write, with the look that comes first when a transaction begins. */
static int write_with(lua_State *L, DuStore *store, int storeindex, int why,
                      lua_CFunction look, lua_CFunction body) {
  int arguments = lua_gettop(L);
  Savepoint savepoint;
  int status;
  luaL_checkstack(L, arguments + 8, NULL);
  lua_pushvalue(L, storeindex);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &store->depth);
  lua_pushcfunction(L, write_inside);
  lua_pushvalue(L, storeindex);
  lua_pushcfunction(L, body);
  lua_rotate(L, 1, 5); /* store, outer why; inside, store, body, arguments */
  savepoint = begin(L, store, 1, why + 5, look);
  if (store->depth > 1 && lua_istable(L, why + 5)) {
    lua_pushvalue(L, why + 5);
    set_nested_why(L, store);
  }
  status = lua_pcall(L, arguments + 2, LUA_MULTRET, 0);
  lua_pushvalue(L, 2);
  set_nested_why(L, store);
  if (status != LUA_OK) {
    roll_back(L, store, 1, savepoint);
    return lua_error(L);
  }
  commit(L, store, 1, savepoint);
  lua_rotate(L, 1, -2);
  lua_pop(L, 2);
  return lua_gettop(L);
}

int du_write(lua_State *L, DuStore *store, int storeindex, int why,
             lua_CFunction body) {
  return write_with(L, store, storeindex, why, look_first, body);
}

static int look_at_nothing(lua_State *L) {
  (void)L;
  return 0;
}

int du_mend(lua_State *L, DuStore *store, lua_CFunction body) {
  lua_settop(L, 1);
  lua_pushnil(L);
  return write_with(L, store, 1, 2, look_at_nothing, body);
}

int du_read(lua_State *L, DuStore *store, lua_CFunction body) {
  DuSql *sql = du_store_sql(L, store);
  int arguments = lua_gettop(L);
  luaL_checkstack(L, 2, NULL);
  lua_pushcfunction(L, body);
  lua_insert(L, 1);
  if (!du_sql_begin_reading(sql))
    du_raise_sql(L, sql);
  if (lua_pcall(L, arguments, LUA_MULTRET, 0) != LUA_OK) {
    du_sql_sweep(sql);
    return lua_error(L);
  }
  du_sql_end_reading(sql);
  return lua_gettop(L);
}

/* fn, ... of a transaction: store, fn */
static int call(lua_State *L) {
  lua_settop(L, 2);
  lua_insert(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  return lua_gettop(L);
}

/*
** store:transaction(fn [, { by=, reason= }]) -> value, …
** Calls fn(store). What it writes becomes one revision when it returns, and is
** undone when it raises; the error goes on. Inside another transaction it is
** undone alone. Returns what fn returns.
*/
static int store_transaction(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  lua_settop(L, 3);
  if (!lua_isfunction(L, 2))
    du_misuse(L, 2, "a function");
  return du_write(L, store, 1, 3, call);
}

/* store */
static int log_again(lua_State *L) {
  const DuStore *store = lua_touserdata(L, 1);
  set_journal(L, store->sql, store->full);
  return 0;
}

/* Is there nothing yet in the store that somebody could wait to read? */
static bool is_new(lua_State *L, DuStore *store) {
  return store->base == store && !store->readonly && store->depth == 0 &&
         store->cursors == NULL && du_newest_revision(L, store) == 0;
}

/*
** unlogged(store, fn) -> value, …
** Calls fn, which writes much into the store in one transaction. A new store,
** which nobody else has open, takes that into its file at once: the log would
** be written, read and written again. Whoever opens it meanwhile waits for the
** end. Returns what fn returns.
*/
static int store_unlogged(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  int status;
  lua_settop(L, 2);
  if (!is_new(L, store) || !du_sql_unlog(store->sql)) {
    lua_call(L, 0, LUA_MULTRET);
    return lua_gettop(L) - 1;
  }
  /* without a log, a commit's own name has to be on the disk as well */
  run(L, store->sql,
      store->full ? "PRAGMA synchronous = EXTRA" : "PRAGMA synchronous = FULL");
  status = lua_pcall(L, 0, LUA_MULTRET, 0);
  if (store->sql != NULL) {
    lua_pushcfunction(L, log_again);
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
      lua_pop(L, 1); /* the next to open the store does it */
  }
  if (status != LUA_OK)
    return lua_error(L);
  return lua_gettop(L) - 1;
}

/* ------------------------------------------------------------------- views */

/* The newest revision that was recorded at or before the time at index. */
static int64_t revision_at(lua_State *L, DuStore *store, int index) {
  static const char text[] =
      "SELECT max(revision) FROM revisions WHERE recorded <= ?1";
  DuSql *sql = du_store_sql(L, store);
  DuStatement *statement;
  DuStatus status;
  DuEdtf date;
  int64_t revision = -1;
  size_t length;
  const char *time = lua_tolstring(L, index, &length);
  bool day = du_edtf_parse(time, length, &date, NULL, 0) &&
             date.precision == DU_PRECISION_DAY && date.level == 0;
  if (day)
    time = lua_pushfstring(L, "%sT23:59:59Z", time);
  else if (!(du_edtf_parse(time, length, &date, NULL, 0) &&
             length == strlen("2019-07-04T00:00:00Z") &&
             time[length - 1] == 'Z')) {
    du_show(L, index);
    du_raise(L, "invalid", NULL, NULL,
             "as_of: expected a revision, a UTC time such as "
             "\"2019-07-12T15:00:00Z\" or a day (its end), got %s",
             lua_tostring(L, -1));
  }
  statement = du_prepare(L, sql, text);
  du_sql_bind_copy(statement, 1, time, strlen(time));
  status = du_sql_step(statement);
  if (status == DU_ROW && du_sql_type(statement, 0) != DU_NULL_COLUMN)
    revision = du_sql_integer(statement, 0);
  du_finish(L, sql, statement, status);
  if (revision < 0)
    du_raise(L, "invalid", NULL, NULL,
             "as_of: the store does not go back to %s", time);
  return revision;
}

/*
** store:as_of(when) -> store
** The store as it was recorded at a revision (an integer) or at a time (text:
** UTC, to the second; a day means its end). It can be asked everything but
** full text, and cannot be written to.
*/
static int store_as_of(lua_State *L) {
  DuStore *store = du_check_store(L, 1), *view;
  int64_t newest = du_newest_revision(L, store), revision;
  int exact = 1;
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TSTRING)
    revision = revision_at(L, store, 2);
  else
    revision = lua_tointegerx(L, 2, &exact);
  if (!exact || revision < 0 || revision > newest) {
    du_show(L, 2);
    du_raise(L, "invalid", NULL, NULL,
             "as_of: expected a revision, 0 to %I, or a time, got %s",
             (LUAI_UACINT)newest, lua_tostring(L, -1));
  }
  if (revision > store->as_of)
    du_raise(L, "invalid", NULL, NULL,
             "as_of: revision %I is later than %I, which this view shows",
             (LUAI_UACINT)revision, (LUAI_UACINT)store->as_of);
  view = new_store(L);
  view->base = store->base;
  view->as_of = revision;
  view->readonly = true;
  if (store->base == store)
    lua_pushvalue(L, 1);
  else
    lua_getiuservalue(L, 1, DU_STORE_BASE);
  lua_newtable(L); /* of its own: a key may have been given since */
  lua_setiuservalue(L, -3, DU_STORE_KEYS);
  lua_setiuservalue(L, -2, DU_STORE_BASE);
  return 1;
}

/*
** store:revision() -> integer
** The newest revision, or the one that a view shows. 0 is the new store.
*/
static int store_revision(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  lua_pushinteger(L, store->as_of != DU_NOW ? store->as_of
                                            : du_newest_revision(L, store));
  return 1;
}

/*
** store:backup(path)
** Copies the store into a new file, while others read and write it. Raises
** `io` if the file exists.
*/
static int store_backup(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  const char *path;
  lua_settop(L, 2);
  if (lua_isnil(L, 2))
    du_misuse(L, 2, "a path");
  path = check_path(L, 2);
  if (store->as_of != DU_NOW)
    du_raise(L, "misuse", NULL, NULL,
             "a view cannot be backed up; the store can, with its history");
  if (store->depth > 0)
    du_raise(L, "misuse", NULL, NULL,
             "a store cannot be backed up inside its own transaction");
  if (!du_sql_backup(store->sql, path)) {
    DuSqlError error = *du_sql_error(store->sql);
    du_raise(L, error.code, NULL, NULL, "cannot back up to %s: %s", path,
             error.message);
  }
  return 0;
}

/* --------------------------------------------------------------- the class */

/* store.cases: a method, or the collection of a kind. Methods are upvalue 1. */
static int store_index(lua_State *L) {
  const DuKind *kind;
  DuStore *store = du_check_object(L, 1, DU_STORE, "a store");
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
    return 1;
  kind =
      lua_type(L, 2) == LUA_TSTRING ? du_kind_find(lua_tostring(L, 2)) : NULL;
  if (kind == NULL) {
    luaL_Buffer names;
    du_show(L, 2);
    luaL_buffinit(L, &names);
    for (int i = 0; i < DU_KINDS; i++) {
      luaL_addstring(&names, i == 0 ? "" : i + 1 < DU_KINDS ? ", " : " and ");
      luaL_addstring(&names, du_kinds[i].name);
    }
    luaL_pushresult(&names);
    return du_raise(L, "misuse", NULL, NULL,
                    "a store has no kind or method %s: its kinds are %s",
                    lua_tostring(L, -2), lua_tostring(L, -1));
  }
  du_push_collection(L, store, 1, kind);
  return 1;
}

static const luaL_Reg methods[] = {
    {"close", store_close},
    {"transaction", store_transaction},
    {"as_of", store_as_of},
    {"revision", store_revision},
    {"interrupt", store_interrupt},
    {"backup", store_backup},
    {"check", du_store_check},
    {"repair", du_store_repair},
    {NULL, NULL},
};

/* Adds `open` to the core table on top of the stack. */
void du_open_store(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__gc", store_gc},
      {"__close", store_close},
      {"__tostring", du_tostring},
      {NULL, NULL},
  };
  luaL_newmetatable(L, DU_STORE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_pushcclosure(L, store_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, DU_STORE);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, store_open);
  lua_setfield(L, -2, "open");
  lua_pushcfunction(L, store_unlogged);
  lua_setfield(L, -2, "unlogged");
}
