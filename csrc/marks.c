/*
** marks.c - marks: how far a load has come that is done in parts.
*/
#include "core.h"

/* Prepares a statement with the mark's name, at 2, as its parameter. */
static DuStatement *about_mark(lua_State *L, DuSql *sql, const char *text) {
  DuStatement *statement = du_prepare(L, sql, text);
  du_value_bind(L, statement, 1, 2);
  return statement;
}

/*
** mark(store, name) -> text or nil
** mark(store, name, text or false)
** How far a load has come that is done in parts. It is noted in the transaction
** of the part, and taken away with the last.
*/
static int mark(lua_State *L) {
  static const char there[] =
      "SELECT 1 FROM sqlite_schema WHERE name = 'marks'";
  DuStore *store = du_check_store(L, 1);
  DuSql *sql = du_store_sql(L, store);
  DuStatement *statement;
  DuStatus status;
  int64_t exists;
  luaL_checkstring(L, 2);
  lua_settop(L, 3);
  if (!du_sql_number_of(sql, there, &exists))
    du_raise_sql(L, sql);
  if (lua_isnil(L, 3)) {
    if (!exists)
      return 1;
    statement = about_mark(L, sql, "SELECT text FROM marks WHERE name = ?1");
    status = du_sql_step(statement);
    if (status == DU_ROW)
      du_value_push_stored(L, statement, 0);
    du_finish(L, sql, statement, status);
    return 1;
  }
  if (!exists && !lua_toboolean(L, 3))
    return 0;
  if (!exists && !du_sql_script(sql, "CREATE TABLE marks (name TEXT PRIMARY "
                                     "KEY, text TEXT) STRICT"))
    du_raise_sql(L, sql);
  if (lua_toboolean(L, 3)) {
    statement = about_mark(
        L, sql, "INSERT OR REPLACE INTO marks (name, text) VALUES (?1, ?2)");
    du_value_bind(L, statement, 2, 3);
  } else {
    statement = about_mark(L, sql, "DELETE FROM marks WHERE name = ?1");
  }
  du_finish(L, sql, statement, du_sql_step(statement));
  return 0;
}

/* Adds `mark` to the core table on top of the stack. */
void du_open_marks(lua_State *L) {
  lua_pushcfunction(L, mark);
  lua_setfield(L, -2, "mark");
}
