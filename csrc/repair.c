/*
** repair.c - store:repair(): what follows from the records, made anew. What the
** records themselves say is not touched, whatever check finds in it.
*/
#include "columns.h"

#include <string.h>

#include "edtf.h"

/* -------------------------------------------------------------------- dates */

/* Days as they are bound: NULL where there is no date. */
static void bind_day(DuStatement *statement, int parameter, bool there,
                     int day) {
  if (there)
    du_sql_bind_integer(statement, parameter, day);
  else
    du_sql_bind_null(statement, parameter);
}

/* Gives the date in the current row its days, where it has others. What is no
** date keeps what it has. */
static void mend_date(lua_State *L, DuSql *sql, DuStatement *row,
                      const char *update) {
  DuEdtf date = {0};
  size_t length;
  const char *text = du_sql_text(row, 2, &length);
  bool there = du_sql_type(row, 2) != DU_NULL_COLUMN;
  DuStatement *statement;
  if (there && !du_edtf_parse(text, length, &date, NULL, 0))
    return;
  if (there && du_sql_type(row, 3) == DU_INTEGER_COLUMN &&
      du_sql_type(row, 4) == DU_INTEGER_COLUMN &&
      du_sql_integer(row, 3) == date.first &&
      du_sql_integer(row, 4) == date.last)
    return;
  statement = du_prepare(L, sql, update);
  du_sql_bind_integer(statement, 1, du_sql_integer(row, 0));
  du_sql_bind_integer(statement, 2, du_sql_integer(row, 1));
  bind_day(statement, 3, there, date.first);
  bind_day(statement, 4, there, date.last);
  du_finish(L, sql, statement, du_sql_step(statement));
}

/* The dates of one field in a kind's table, or in that of its history. */
static void mend_dates(lua_State *L, DuSql *sql, const char *kind,
                       const char *ending, const char *field) {
  int top = lua_gettop(L);
  DuText select, update;
  DuStatement *row;
  DuStatus status;
  du_text_init(L, &update);
  du_text_format(&update,
                 "UPDATE \"%s%s\" SET \"%s_first\" = ?3, \"%s_last\" = ?4 "
                 "WHERE id = ?1 AND revision = ?2",
                 kind, ending, field, field);
  du_text_add(&update, "", 1);
  du_text_init(L, &select);
  /* by no index, which would change while it is read */
  du_text_format(&select,
                 "SELECT id, revision, %q, \"%s_first\", \"%s_last\" FROM "
                 "\"%s%s\" NOT INDEXED WHERE %q IS NOT NULL OR "
                 "\"%s_first\" IS NOT NULL OR \"%s_last\" IS NOT NULL",
                 field, field, field, kind, ending, field, field, field);
  row = du_text_prepare(&select, sql);
  while ((status = du_sql_step(row)) == DU_ROW)
    mend_date(L, sql, row, update.bytes);
  du_finish(L, sql, row, status);
  lua_settop(L, top);
}

static void mend_all_dates(lua_State *L, DuStore *store) {
  for (int i = 0; i < DU_KINDS; i++)
    for (int f = 0; f < du_kinds[i].nfields; f++)
      if (du_kinds[i].fields[f].type == DU_DATE) {
        const char *field = du_kinds[i].fields[f].name;
        mend_dates(L, store->sql, du_kinds[i].name, "", field);
        mend_dates(L, store->sql, du_kinds[i].name, "_history", field);
      }
}

/* ------------------------------------------------------------------- steps */

static void mend_indexes(lua_State *L, DuStore *store) {
  du_schema_reindex(L, store->sql);
}

static void mend_names(lua_State *L, DuStore *store) {
  du_names_rebuild(L, store->sql);
}

static void mend_full_text(lua_State *L, DuStore *store) {
  du_text_index_rebuild(L, store->sql);
}

static void mend_likeness(lua_State *L, DuStore *store) {
  du_match_rebuild(L, store->sql);
}

/* What can be made anew, in this order: what follows makes use of it. */
static void (*const steps[])(lua_State *L, DuStore *store) = {
    mend_all_dates, mend_indexes,  mend_names,
    mend_full_text, mend_likeness, du_columns_repack};

/* store, the number of the step */
static int run_step(lua_State *L) {
  luaL_checkstack(L, 20, NULL);
  steps[lua_tointeger(L, 2)](L, lua_touserdata(L, 1));
  return 0;
}

static void run(lua_State *L, DuSql *sql, const char *text) {
  if (!du_sql_run(sql, text))
    du_raise_sql(L, sql);
}

/* Is the error on top of the stack one of these, which tell that what the
** records are does not allow it? */
static bool is_left(lua_State *L) {
  bool left = false;
  if (lua_istable(L, -1) && lua_getfield(L, -1, "code") == LUA_TSTRING) {
    const char *code = lua_tostring(L, -1);
    left = strcmp(code, "corrupt") == 0 || strcmp(code, "constraint") == 0;
    lua_pop(L, 1);
  }
  return left;
}

/* Does a step, or leaves all that it is about as it was where it cannot be
** done: then check still finds it. */
static void try_step(lua_State *L, DuStore *store, int number) {
  int top = lua_gettop(L);
  run(L, store->sql, "SAVEPOINT step");
  lua_pushcfunction(L, run_step);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, number);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    if (!is_left(L))
      lua_error(L);
    du_sql_sweep(store->sql);
    if (du_sql_was_ended(store->sql))
      du_raise_sql(L, store->sql);
    run(L, store->sql, "ROLLBACK TO step");
  }
  run(L, store->sql, "RELEASE step");
  lua_settop(L, top);
}

/* ---------------------------------------------------------------- repairing */

/* [-0, +1] what store:check() would find now */
static void push_findings(lua_State *L) {
  lua_pushcfunction(L, du_check_body);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
}

/* [-0, +1] a finding as text, by which it is known again; it is on top of the
** stack */
static void push_known(lua_State *L) {
  static const char *const parts[] = {"problem", "kind", "id", "field"};
  luaL_Buffer buffer;
  int finding = lua_gettop(L);
  luaL_buffinit(L, &buffer);
  for (int i = 0; i < 4; i++) {
    lua_getfield(L, finding, parts[i]);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&buffer);
    luaL_addchar(&buffer, '\n');
  }
  luaL_pushresult(&buffer);
}

/* [-0, +1] the findings at `before` that are not in the list at `after` */
static void push_gone(lua_State *L, int before, int after) {
  lua_Integer count = 0;
  int known, gone;
  lua_newtable(L);
  gone = lua_gettop(L);
  lua_newtable(L);
  known = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, after, i) != LUA_TNIL; i++) {
    push_known(L);
    lua_pushboolean(L, true);
    lua_rawset(L, known);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  for (lua_Integer i = 1; lua_rawgeti(L, before, i) != LUA_TNIL; i++) {
    push_known(L);
    if (lua_rawget(L, known) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_rawseti(L, gone, ++count);
    }
    lua_pop(L, 2);
  }
  lua_settop(L, gone);
}

/* Where pages of the file are damaged, one may be that of two tables: what is
** written to one is then lost to the other. The findings are on top of the
** stack; SQLite's own come first. */
static void refuse_damaged_pages(lua_State *L) {
  static const char pages[] = "SQLite: *** in database ";
  if (lua_rawgeti(L, -1, 1) == LUA_TTABLE) {
    const char *problem;
    lua_getfield(L, -1, "problem");
    problem = lua_tostring(L, -1);
    if (strncmp(problem, pages, sizeof pages - 1) == 0)
      du_raise(L, "corrupt", NULL, NULL,
               "pages of the file itself are damaged, which cannot be "
               "mended without harm to records: take a backup, or what "
               ".recover of the sqlite3 program reads: %s",
               problem);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* store -> { mended=, left= } */
static int repair_body(lua_State *L) {
  DuStore *store = lua_touserdata(L, 1);
  luaL_checkstack(L, 20, NULL);
  lua_settop(L, 1);
  push_findings(L);
  refuse_damaged_pages(L);
  du_schema_unguard(L, store->sql);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    try_step(L, store, (int)i);
  du_schema_guard(L, store->sql);
  du_columns_forget(L, 1);
  push_findings(L);
  push_gone(L, 2, 3);
  lua_createtable(L, 0, 2);
  lua_insert(L, -2);
  lua_setfield(L, -2, "mended");
  lua_pushvalue(L, 3);
  lua_setfield(L, -2, "left");
  return 1;
}

/*
** store:repair() -> { mended=, left= }
** Makes anew what follows from the records and their history: the first and
** last day of dates, the indexes of names, of full text and of likeness,
** columns, SQLite's own indexes, and the triggers that guard the records. All
** of it or, where that fails, nothing; no record changes, and no revision is
** made. What the records themselves say is never invented: a revision that is
** lost, a reference to nothing or a word that there is not stays as it is.
** `mended` is the list of those findings of store:check() that are there no
** longer, and `left` that of those that are; both are as check gives them.
** Raises `misuse` for a view and inside a transaction, `readonly` for a store
** that was opened so, and `corrupt` where the schema has triggers or views that
** are not of dualuse, or pages of the file itself are damaged: nothing is
** written while they are there.
*/
int du_store_repair(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  lua_settop(L, 1);
  if (store->as_of != DU_NOW)
    du_raise(L, "misuse", NULL, NULL,
             "a view cannot be repaired; the store can, with its history");
  if (store->depth > 0)
    du_raise(L, "misuse", NULL, NULL,
             "a store cannot be repaired inside its own transaction");
  return du_mend(L, store, repair_body);
}

/* ------------------------------------------------------------------ packing */

/* store, kind (light), rows */
static int pack_body(lua_State *L) {
  du_columns_pack_by(L, lua_touserdata(L, 1), lua_touserdata(L, 2),
                     (uint32_t)lua_tointeger(L, 3));
  return 0;
}

/* store, kind (light) */
static int unpack_body(lua_State *L) {
  const DuStore *store = lua_touserdata(L, 1);
  du_columns_unpack(L, store->sql, lua_touserdata(L, 2));
  du_columns_forget(L, 1);
  return 0;
}

/* [-0, +1] the kind that is named at index, as a light userdata */
static void push_large_kind(lua_State *L, int index) {
  const DuKind *kind = du_kind_find(luaL_checkstring(L, index));
  luaL_argcheck(L, kind != NULL && kind->large, index,
                "not a kind that has columns");
  lua_pushlightuserdata(L, (void *)kind);
}

/*
** pack(store, kind [, rows])
** Packs the records of a kind that are in no segment yet, however few they
** are: in the open transaction, or one of its own, which makes no revision.
**   rows  the most of a segment, 1 to 16384; a last one of less than half of
**         that is packed anew
*/
static int pack(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  lua_Integer rows = luaL_optinteger(L, 3, DU_SEGMENT_ROWS);
  luaL_argcheck(L, rows >= 1 && rows <= DU_SEGMENT_ROWS, 3, "1 to 16384");
  push_large_kind(L, 2);
  lua_replace(L, 2);
  lua_settop(L, 2);
  lua_pushinteger(L, rows);
  lua_pushnil(L);
  return du_write(L, store, 1, 4, pack_body);
}

/*
** unpack(store, kind)
** Takes the columns of a kind away: its rows alone have it.
*/
static int unpack(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  push_large_kind(L, 2);
  lua_replace(L, 2);
  lua_settop(L, 2);
  lua_pushnil(L);
  return du_write(L, store, 1, 3, unpack_body);
}

/* Adds `pack` and `unpack` to the core table on top of the stack. */
void du_open_repair(lua_State *L) {
  lua_pushcfunction(L, pack);
  lua_setfield(L, -2, "pack");
  lua_pushcfunction(L, unpack);
  lua_setfield(L, -2, "unpack");
}
