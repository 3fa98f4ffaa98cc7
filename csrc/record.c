/*
** record.c - collections: get, history, and add, put, update and retract as
** Lua has them. How a record is written is in change.c.
*/
#include "core.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- reading */

void du_record_columns(DuText *text, const DuKind *kind, const char *alias) {
  for (int i = 0; i < kind->nfields; i++) {
    if (i > 0)
      du_text_puts(text, ", ");
    du_field_column(text, &kind->fields[i], alias);
  }
}

void du_push_record(lua_State *L, DuStore *store, const DuKind *kind,
                    DuStatement *statement, int keys) {
  luaL_checkstack(L, 6, NULL);
  lua_createtable(L, 0, 8);
  for (int i = 0; i < kind->nfields; i++) {
    du_value_push(L, store, &kind->fields[i], statement, i, keys);
    if (lua_isnil(L, -1))
      lua_pop(L, 1);
    else
      lua_setfield(L, -2, kind->fields[i].name);
  }
}

/* `SELECT <columns> FROM <kind as the store sees it> t WHERE <condition>`,
** with the view's revision and one id bound: parameters 1 and 2. */
static DuStatement *select_record(lua_State *L, DuStore *store,
                                  const DuKind *kind, const char *condition,
                                  int64_t id) {
  DuText text;
  DuStatement *statement;
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT ");
  du_record_columns(&text, kind, "t");
  du_text_puts(&text, " FROM ");
  du_text_view(&text, store, kind);
  du_text_format(&text, " t WHERE %s", condition);
  statement = du_text_prepare(&text, du_store_sql(L, store));
  if (store->as_of != DU_NOW)
    du_sql_bind_integer(statement, 1, store->as_of);
  du_sql_bind_integer(statement, 2, id);
  lua_pop(L, 1);
  return statement;
}

void du_push_stages(lua_State *L, DuStore *store, int64_t id, int keys) {
  const DuKind *stages = du_kind_find("stages");
  DuStatement *statement =
      select_record(L, store, stages,
                    "t.\"of\" = ?2 AND t.retracted IS NULL "
                    "ORDER BY t.date_first, t.date_last, t.id",
                    id);
  DuStatus status;
  lua_Integer count = 0;
  lua_newtable(L);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    du_push_record(L, store, stages, statement, keys);
    lua_pushnil(L); /* it stands in what it is a stage of */
    lua_setfield(L, -2, "of");
    lua_rawseti(L, -2, ++count);
  }
  du_finish(L, du_store_sql(L, store), statement, status);
  if (count == 0) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
}

/* -------------------------------------------------------------- collections */

void du_push_collection(lua_State *L, DuStore *store, int storeindex,
                        const DuKind *kind) {
  storeindex = lua_absindex(L, storeindex);
  lua_getiuservalue(L, storeindex, DU_STORE_PARTS);
  if (lua_getfield(L, -1, kind->name) == LUA_TNIL) {
    DuCollection *collection = lua_newuserdatauv(L, sizeof(DuCollection), 1);
    collection->store = store;
    collection->kind = kind;
    luaL_setmetatable(L, DU_COLLECTION);
    lua_pushvalue(L, storeindex);
    lua_setiuservalue(L, -2, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, kind->name);
    lua_replace(L, -2);
  }
  lua_remove(L, -2);
}

static DuCollection *check_collection(lua_State *L, int index) {
  DuCollection *collection = du_check_object(
      L, index, DU_COLLECTION, "a collection, such as store.cases");
  du_enter(L, collection->store);
  return collection;
}

/* [-0, +1] the table of known keys, of the collection's store */
static int push_keys(lua_State *L, int collection) {
  lua_getiuservalue(L, collection, 1);
  lua_getiuservalue(L, -1, DU_STORE_KEYS);
  lua_remove(L, -2);
  return lua_gettop(L);
}

/* -------------------------------------------------------------- in Lua */

/* collection, a, b -> collection, a, b, store: what writes are called with */
static DuCollection *write_arguments(lua_State *L, int arguments) {
  DuCollection *collection = check_collection(L, 1);
  lua_settop(L, arguments);
  lua_getiuservalue(L, 1, 1);
  return collection;
}

static int add_body(lua_State *L) {
  const DuCollection *collection = lua_touserdata(L, 1);
  lua_pushinteger(L, du_add_record(L, collection->store, collection->kind, 2));
  return 1;
}

/*
** collection:add(record [, { by=, reason= }]) -> id
** Adds a record. Raises `invalid` for a value that does not fit its field or
** refers to nothing, `constraint` for a key or origin that is taken.
*/
static int collection_add(lua_State *L) {
  DuCollection *collection = write_arguments(L, 3);
  if (!lua_istable(L, 2))
    du_misuse(L, 2, "a table with the record's fields");
  return du_write(L, collection->store, 4, 3, add_body);
}

static void refuse_retracted(lua_State *L, const DuKind *kind, DuRow row) {
  if (row.retracted)
    du_raise(L, "invalid", kind->name, NULL,
             "the %s with id %I was retracted in revision %I (put brings it "
             "back)",
             kind->singular, (LUAI_UACINT)row.id, (LUAI_UACINT)row.revision);
}

static int update_body(lua_State *L) {
  const DuCollection *collection = lua_touserdata(L, 1);
  DuRow row = du_find_record(L, collection->store, collection->kind, 2);
  refuse_retracted(L, collection->kind, row);
  lua_pushboolean(
      L, du_change_record(L, collection->store, collection->kind, row, 3));
  return 1;
}

/*
** collection:update(reference, changes [, { by=, reason= }]) -> boolean
** Changes the fields given; dualuse.null clears one. The earlier state is
** kept. Returns whether anything was different.
*/
static int collection_update(lua_State *L) {
  DuCollection *collection = write_arguments(L, 4);
  if (!lua_istable(L, 3))
    du_misuse(L, 3, "a table with the fields to change");
  return du_write(L, collection->store, 5, 4, update_body);
}

/* The row that a record to be put is meant for: by id, key or origin. */
static DuRow find_put(lua_State *L, DuStore *store, const DuKind *kind) {
  static const char *const names[] = {"id", "key", "origin"};
  DuRow row = {0, 0, false};
  bool identified = false;
  for (int i = 0; i < 3 && row.id == 0; i++) {
    lua_pushstring(L, names[i]);
    lua_rawget(L, 2);
    if (!lua_isnil(L, -1) && !du_is_null(L, -1)) {
      identified = true;
      row = du_find_row(L, store, kind, names[i], -1);
      if (i == 0 && row.id == 0) {
        du_show(L, -1);
        du_raise(L, "invalid", kind->name, "id", "no %s has the id %s",
                 kind->singular, lua_tostring(L, -1));
      }
    }
    lua_pop(L, 1);
  }
  if (!identified)
    du_raise(L, "invalid", kind->name, "key",
             "put needs a key, an origin or an id to know the record by (add "
             "takes one without)");
  return row;
}

static int put_body(lua_State *L) {
  const DuCollection *collection = lua_touserdata(L, 1);
  DuStore *store = collection->store;
  const DuKind *kind = collection->kind;
  DuRow row;
  du_check_fields(L, kind, 2);
  row = find_put(L, store, kind);
  if (row.id == 0) {
    lua_pushinteger(L, du_add_record(L, store, kind, 2));
    lua_pushliteral(L, "added");
  } else {
    bool changed = du_change_record(L, store, kind, row, 2);
    lua_pushinteger(L, row.id);
    lua_pushstring(L, changed ? "updated" : "unchanged");
  }
  return 2;
}

/*
** collection:put(record [, { by=, reason= }]) -> id, "added" | "updated" |
** "unchanged"
** Adds the record, or updates the one of that id, key or origin. Absent
** fields stay as they are; a retracted record comes back.
*/
static int collection_put(lua_State *L) {
  DuCollection *collection = write_arguments(L, 3);
  if (!lua_istable(L, 2))
    du_misuse(L, 2, "a table with the record's fields");
  return du_write(L, collection->store, 4, 3, put_body);
}

static int retract_body(lua_State *L) {
  const DuCollection *collection = lua_touserdata(L, 1);
  DuRow row = du_find_record(L, collection->store, collection->kind, 2);
  refuse_retracted(L, collection->kind, row);
  du_retract_record(L, collection->store, collection->kind, row.id);
  return 0;
}

/*
** collection:retract(reference [, { by=, reason= }])
** Takes a record back: it is no longer found, its history stays, its key stays
** taken. Raises `constraint` if something refers to it.
*/
static int collection_retract(lua_State *L) {
  DuCollection *collection = write_arguments(L, 3);
  return du_write(L, collection->store, 4, 3, retract_body);
}

/*
** collection:get(reference) -> record or nil
** The record of that id, key, name or alias.
*/
static int collection_get(lua_State *L) {
  DuCollection *collection = check_collection(L, 1);
  const DuKind *kind = collection->kind;
  DuStatement *statement;
  DuStatus status;
  int64_t id;
  int keys;
  lua_settop(L, 2);
  id = du_resolve_or_none(L, collection->store,
                          DU_KIND_BIT(du_kind_number(kind)), 2, kind, NULL);
  if (id == 0) {
    lua_pushnil(L);
    return 1;
  }
  keys = push_keys(L, 1);
  statement = select_record(L, collection->store, kind, "t.id = ?2", id);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    du_push_record(L, collection->store, kind, statement, keys);
  else
    lua_pushnil(L);
  du_finish(L, du_store_sql(L, collection->store), statement, status);
  return 1;
}

/* The statement of all states of a record up to revision ?2: the record's
** columns, then retracted, by and reason. */
static DuStatement *select_states(lua_State *L, DuStore *store,
                                  const DuKind *kind) {
  DuText text;
  DuStatement *statement;
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT ");
  du_record_columns(&text, kind, "t");
  du_text_format(
      &text,
      ", t.retracted, coalesce(r.\"by\", v.\"by\"), "
      "coalesce(r.reason, v.reason) "
      "FROM (SELECT NULL AS until, * FROM %q WHERE id = ?1 "
      "UNION ALL SELECT * FROM \"%s_history\" WHERE id = ?1) t "
      "LEFT JOIN revisions v ON v.revision = t.revision "
      "LEFT JOIN reasons r ON r.record = t.id AND r.revision = t.revision "
      "WHERE t.revision <= ?2 ORDER BY t.revision",
      kind->name, kind->name);
  statement = du_text_prepare(&text, du_store_sql(L, store));
  lua_pop(L, 1);
  return statement;
}

/*
** collection:history(reference) -> list of records
** Every state the record had, oldest first, with by and reason; `retracted`
** is true in one that took it back. A retracted record is found by its id or
** key.
*/
static int collection_history(lua_State *L) {
  DuCollection *collection = check_collection(L, 1);
  DuStore *store = collection->store;
  const DuKind *kind = collection->kind;
  DuStatement *statement;
  DuStatus status;
  lua_Integer count = 0;
  int keys;
  DuRow row;
  lua_settop(L, 2);
  row = du_find_record(L, store, kind, 2);
  keys = push_keys(L, 1);
  statement = select_states(L, store, kind);
  du_sql_bind_integer(statement, 1, row.id);
  du_sql_bind_integer(statement, 2, store->as_of);
  lua_newtable(L);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    DuStore then = *store; /* its stages as they were in that revision */
    int extra = kind->nfields;
    then.as_of = du_sql_integer(statement, du_field_find(kind, "revision"));
    du_push_record(L, &then, kind, statement, keys);
    if (du_sql_type(statement, extra) != DU_NULL_COLUMN) {
      lua_pushboolean(L, true);
      lua_setfield(L, -2, "retracted");
    }
    for (int i = 1; i <= 2; i++)
      if (du_sql_type(statement, extra + i) != DU_NULL_COLUMN) {
        du_value_push_stored(L, statement, extra + i);
        lua_setfield(L, -2, i == 1 ? "by" : "reason");
      }
    lua_rawseti(L, -2, ++count);
  }
  du_finish(L, du_store_sql(L, store), statement, status);
  return 1;
}

/* store.parties:match(text [, n]), which match.c has */
static int collection_match(lua_State *L) {
  DuCollection *collection = check_collection(L, 1);
  return du_match(L, collection->store, collection->kind);
}

/* collection.where and the like: its own methods, then those of a query.
** Both tables are upvalues. */
static int collection_index(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
    return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL)
    return 1;
  du_show(L, 2);
  return du_raise(L, "misuse", NULL, NULL,
                  "a collection has no method %s (a record is had by get)",
                  lua_tostring(L, -1));
}

static const luaL_Reg methods[] = {
    {"add", collection_add},         {"put", collection_put},
    {"get", collection_get},         {"update", collection_update},
    {"retract", collection_retract}, {"history", collection_history},
    {"match", collection_match},     {NULL, NULL},
};

/* After du_open_query, whose methods a collection has as well: they are on
** top of the stack, and stay. */
void du_open_record(lua_State *L) {
  luaL_newmetatable(L, DU_COLLECTION);
  luaL_newlib(L, methods);
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, collection_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, du_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, du_query_count);
  lua_setfield(L, -2, "__len");
  lua_pushliteral(L, DU_COLLECTION);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
