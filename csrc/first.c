/*
** first.c - what is made before a query, where that pays: columns, and the
** index of rows by who acts, on whom and when (DU_LEADS).
**
** A large import leaves that index out: it would be a sixth of the work, and
** columns find the same records. Rows are asked for them where columns are not
** used or do not have what is asked; then it is made, once, unless the store is
** readonly.
*/
#include <string.h>

#include "directory.h"

/* store, kind (light) */

static int pack_body(lua_State *L) {
  du_columns_pack(L, lua_touserdata(L, 1), lua_touserdata(L, 2));
  return 0;
}

static int lead_body(lua_State *L) {
  const DuStore *store = lua_touserdata(L, 1);
  du_schema_lead(L, store->sql, lua_touserdata(L, 2));
  return 0;
}

/* Is what was raised, on top of the stack, that something was interrupted? */
static bool was_interrupted(lua_State *L) {
  bool interrupted = false;
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "code");
    interrupted = lua_type(L, -1) == LUA_TSTRING &&
                  strcmp(lua_tostring(L, -1), "interrupted") == 0;
    lua_pop(L, 1);
  }
  return interrupted;
}

/* Between reading and reading, calls the function with the store and the kind
** as a transaction of its own that makes no revision. Where another connection
** is writing nothing is done; what fails leaves nothing, but what interrupts
** goes on. Returns false where it was begun and failed. */
static bool make_first(lua_State *L, DuStore *store, const DuKind *kind,
                       lua_CFunction body) {
  DuSql *sql = store->sql;
  bool made = true, interrupted = false;
  du_sql_end_reading(sql);
  if (du_sql_begin_at_once(sql)) {
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, store);
    lua_pushlightuserdata(L, (void *)kind);
    made = lua_pcall(L, 2, 0, 0) == LUA_OK;
    if (!made) {
      interrupted = was_interrupted(L);
      du_sql_sweep(sql);
    }
    if (!(made && du_sql_run(sql, "COMMIT")) && du_sql_in_transaction(sql))
      du_sql_run(sql, "ROLLBACK");
    if (interrupted)
      lua_error(L);
    if (!made)
      lua_pop(L, 1);
  }
  if (!du_sql_begin_reading(sql))
    du_raise_sql(L, sql);
  return made;
}

void du_columns_pack_first(lua_State *L, DuStore *store, const DuKind *kind) {
  store->packed++; /* also where it raises */
  make_first(L, store, kind, pack_body);
  store->packed++;
}

/* ------------------------------------------------------- the leading index */

/* It is never taken away from a table that has records; and where there is no
** table, nothing is to be found. */
bool du_lead_is_there(lua_State *L, DuStore *store, const DuKind *kind) {
  const uint32_t bit = DU_KIND_BIT(du_kind_number(kind));
  DuLead lead;
  if (store->led & bit)
    return true;
  lead = du_schema_lead_of(L, store->sql, kind);
  if (lead == DU_LEAD_THERE && store->depth == 0)
    store->led |= bit;
  return lead != DU_LEAD_LEFT_OUT;
}

/* Not in the midst of reading, for which it would come too late; nor where
** there is a deadline, which is for the query. */
void du_lead_first(lua_State *L, DuStore *store, const DuKind *kind) {
  const uint32_t bit = DU_KIND_BIT(du_kind_number(kind));
  if (store->readonly || (store->unled & bit) || store->cursors != NULL ||
      du_sql_is_timed(store->sql) || du_lead_is_there(L, store, kind))
    return;
  if (store->depth > 0)
    du_schema_lead(L, store->sql, kind);
  else if (!make_first(L, store, kind, lead_body))
    store->unled |= bit;
}
