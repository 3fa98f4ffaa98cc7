/*
** names.c - what a reference may be given by, and how it is shown.
*/
#include "core.h"

#include <string.h>

#include "bytes.h"
#include "fold.h"

/* ---------------------------------------------------------------- folding */

void du_push_folded(lua_State *L, const char *text, size_t length) {
  luaL_Buffer buffer;
  char *room = luaL_buffinitsize(L, &buffer, length * DU_FOLD_GROWTH + 1);
  luaL_pushresultsize(&buffer,
                      du_fold(text, length, room, length * DU_FOLD_GROWTH));
}

/*
** folded(text) -> the text as names are compared: ignoring case
*/
static int folded(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  du_push_folded(L, text, length);
  return 1;
}

/*
** precedes(a, b) -> does a text come before another by their bytes? Lua's own
** order is that of the locale.
*/
static int precedes(lua_State *L) {
  size_t lengths[2];
  const char *a = luaL_checklstring(L, 1, &lengths[0]);
  const char *b = luaL_checklstring(L, 2, &lengths[1]);
  lua_pushboolean(L, du_bytes_order(a, lengths[0], b, lengths[1]) < 0);
  return 1;
}

/* Adds `folded` and `precedes` to the core table on top of the stack. */
void du_open_names(lua_State *L) {
  lua_pushcfunction(L, folded);
  lua_setfield(L, -2, "folded");
  lua_pushcfunction(L, precedes);
  lua_setfield(L, -2, "precedes");
}

/* ---------------------------------------------------------------- finding */

/* The records that a text was found to name: two are enough to refuse it. */
typedef struct Found {
  int count;
  int64_t ids[2];
} Found;

static void found(Found *all, int64_t id) {
  for (int i = 0; i < all->count; i++)
    if (all->ids[i] == id)
      return;
  if (all->count < 2)
    all->ids[all->count++] = id;
}

static void bind_view(DuStatement *statement, const DuStore *store) {
  if (store->as_of != DU_NOW)
    du_sql_bind_integer(statement, 1, store->as_of);
}

/* `SELECT <columns> FROM <kind> WHERE <condition>`, bound to the view. What
** the store itself is asked is kept for the next time. */
static DuStatement *select_from(lua_State *L, DuStore *store,
                                const DuKind *kind, DuUse use,
                                const char *columns, const char *condition) {
  DuSql *sql = du_store_sql(L, store);
  bool now = store->as_of == DU_NOW;
  DuStatement *statement = now ? du_sql_used(sql, kind, use) : NULL;
  if (statement == NULL) {
    DuText text;
    du_text_init(L, &text);
    du_text_format(&text, "SELECT %s FROM ", columns);
    du_text_view(&text, store, kind);
    du_text_format(&text, " WHERE %s", condition);
    statement = du_text_prepare(&text, sql);
    lua_pop(L, 1);
    if (now)
      du_sql_keep(statement, kind, use);
  }
  bind_view(statement, store);
  return statement;
}

static bool has_record(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t id) {
  DuStatement *statement = select_from(L, store, kind, DU_RECORD_EXISTS, "1",
                                       "id = ?2 AND retracted IS NULL");
  DuStatus status;
  du_sql_bind_integer(statement, 2, id);
  status = du_sql_step(statement);
  du_finish(L, du_store_sql(L, store), statement, status);
  return status == DU_ROW;
}

const DuKind *du_kind_of(lua_State *L, DuStore *store, uint32_t targets,
                         int64_t id) {
  for (int i = 0; i < DU_KINDS; i++)
    if ((targets & DU_KIND_BIT(i)) && has_record(L, store, &du_kinds[i], id))
      return &du_kinds[i];
  return NULL;
}

/* By exact key. */
static void find_key(lua_State *L, DuStore *store, uint32_t targets,
                     const char *key, size_t length, Found *all) {
  for (int i = 0; i < DU_KINDS; i++) {
    DuStatement *statement;
    DuStatus status;
    if (!(targets & DU_KIND_BIT(i)))
      continue;
    statement = select_from(L, store, &du_kinds[i], DU_RECORD_BY_KEY, "id",
                            "\"key\" = ?2 AND retracted IS NULL");
    du_sql_bind_text(statement, 2, key, length);
    while ((status = du_sql_step(statement)) == DU_ROW)
      found(all, du_sql_integer(statement, 0));
    du_finish(L, du_store_sql(L, store), statement, status);
  }
}

/* By key, name or alias, ignoring case. */
static void find_name(lua_State *L, DuStore *store, uint32_t targets,
                      const char *name, size_t length, Found *all) {
  DuSql *sql = du_store_sql(L, store);
  DuText text;
  DuStatement *statement;
  DuStatus status;
  size_t folded;
  const char *key;
  du_push_folded(L, name, length);
  key = lua_tolstring(L, -1, &folded);
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT kind, record FROM names WHERE folded = ?2 AND ");
  du_text_puts(&text, store->as_of == DU_NOW
                          ? "until IS NULL"
                          : "revision <= ?1 AND (until IS NULL OR until > ?1)");
  statement = du_text_prepare(&text, sql);
  bind_view(statement, store);
  du_sql_bind_text(statement, 2, key, folded);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    size_t ignored;
    const DuKind *kind = du_kind_find(du_sql_text(statement, 0, &ignored));
    if (kind != NULL && (targets & DU_KIND_BIT(du_kind_number(kind))))
      found(all, du_sql_integer(statement, 1));
  }
  du_finish(L, sql, statement, status);
  lua_pop(L, 2);
}

/* [-0, +1] `parties record "GEO"`, for the message that two were meant. */
static void push_described(lua_State *L, DuStore *store, uint32_t targets,
                           int64_t id) {
  const DuKind *kind = du_kind_of(L, store, targets, id);
  lua_newtable(L);
  du_push_reference(L, store, lua_gettop(L),
                    kind == NULL ? targets : DU_KIND_BIT(du_kind_number(kind)),
                    id);
  du_show(L, -1);
  lua_pushfstring(L, "the %s %s", kind == NULL ? "record" : kind->singular,
                  lua_tostring(L, -1));
  lua_replace(L, -4);
  lua_pop(L, 2);
}

static int64_t ambiguous(lua_State *L, DuStore *store, uint32_t targets,
                         int index, const DuKind *kind, const char *field,
                         const Found *all) {
  du_show(L, index);
  push_described(L, store, targets, all->ids[0]);
  push_described(L, store, targets, all->ids[1]);
  return du_raise(L, "invalid", kind->name, field,
                  "%s names both %s (id %I) and %s (id %I): give an id or an "
                  "exact key",
                  lua_tostring(L, -3), lua_tostring(L, -2),
                  (LUAI_UACINT)all->ids[0], lua_tostring(L, -1),
                  (LUAI_UACINT)all->ids[1]);
}

/* { cases = reference }: the way to name a record whose key stands in several
** kinds. Leaves the reference on the stack in place of the table, and returns
** the kind; NULL if the table is something else. */
static const DuKind *named_kind(lua_State *L, int index, uint32_t targets) {
  const DuKind *kind;
  lua_pushnil(L);
  if (lua_next(L, index) == 0)
    return NULL;
  if (lua_type(L, -2) != LUA_TSTRING ||
      (kind = du_kind_find(lua_tostring(L, -2))) == NULL ||
      !(targets & DU_KIND_BIT(du_kind_number(kind)))) {
    lua_pop(L, 2);
    return NULL;
  }
  lua_pushvalue(L, -2);
  if (lua_next(L, index) != 0) { /* more than one pair */
    lua_pop(L, 4);
    return NULL;
  }
  lua_remove(L, -2);
  return kind;
}

int64_t du_resolve_or_none(lua_State *L, DuStore *store, uint32_t targets,
                           int index, const DuKind *kind, const char *field) {
  Found all = {0, {0, 0}};
  int top = lua_gettop(L);
  luaL_checkstack(L, 12, NULL);
  index = lua_absindex(L, index);
  switch (lua_type(L, index)) {
  case LUA_TNUMBER: {
    int exact;
    int64_t id = lua_tointegerx(L, index, &exact);
    return exact && du_kind_of(L, store, targets, id) != NULL ? id : 0;
  }
  case LUA_TSTRING: {
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    find_key(L, store, targets, text, length, &all);
    if (all.count == 0)
      find_name(L, store, targets, text, length, &all);
    break;
  }
  case LUA_TTABLE: {
    const DuKind *named = named_kind(L, index, targets);
    if (named != NULL) {
      int64_t id = du_resolve_or_none(
          L, store, DU_KIND_BIT(du_kind_number(named)), -1, kind, field);
      lua_settop(L, top);
      return id;
    }
  } /* FALLTHROUGH */
  default:
    du_show(L, index);
    return du_raise(L, "invalid", kind->name, field,
                    "expected a reference (an id, a key, a name or an alias), "
                    "got %s",
                    lua_tostring(L, -1));
  }
  if (all.count > 1)
    return ambiguous(L, store, targets, index, kind, field, &all);
  return all.count == 1 ? all.ids[0] : 0;
}

int64_t du_resolve(lua_State *L, DuStore *store, uint32_t targets, int index,
                   const DuKind *kind, const char *field) {
  int64_t id = du_resolve_or_none(L, store, targets, index, kind, field);
  if (id == 0) {
    const DuKind *target = du_target_kind(targets);
    du_show(L, index);
    du_raise(L, "invalid", kind->name, field,
             "no %s has the id, key, name or alias %s",
             target != NULL ? target->singular : "record", lua_tostring(L, -1));
  }
  return id;
}

/* ------------------------------------------------------------ what is known */

/* So many texts are kept. */
#define MOST_KNOWN 1000

void du_push_known(lua_State *L, int storeindex) {
  DuStore *store = lua_touserdata(L, storeindex);
  DuMoment now;
  if (store->as_of != DU_NOW) {
    lua_pushnil(L);
    return;
  }
  if (!du_sql_moment(store->sql, &now))
    du_raise_sql(L, store->sql);
  if (du_same_moment(&now, &store->named) &&
      lua_getiuservalue(L, storeindex, DU_STORE_NAMES) == LUA_TTABLE)
    return;
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, lua_absindex(L, storeindex), DU_STORE_NAMES);
  store->named = now;
  store->nnamed = 0;
}

/* Keeps that the text at index names the record. The table is at known. */
static void keep_known(lua_State *L, DuStore *store, int known, int number,
                       int index, int64_t id) {
  if (store->nnamed >= MOST_KNOWN)
    return;
  if (lua_rawgeti(L, known, number) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, known, number);
  }
  lua_pushvalue(L, index);
  lua_pushinteger(L, id);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  store->nnamed++;
}

int64_t du_resolve_known(lua_State *L, DuStore *store, int known,
                         uint32_t targets, int index, const DuKind *kind,
                         const char *field) {
  const DuKind *target = du_target_kind(targets);
  int number, top = lua_gettop(L);
  int64_t id = 0;
  if (!lua_istable(L, known) || target == NULL ||
      lua_type(L, index) != LUA_TSTRING)
    return du_resolve(L, store, targets, index, kind, field);
  index = lua_absindex(L, index);
  number = du_kind_number(target) + 1;
  luaL_checkstack(L, 4, NULL);
  if (lua_rawgeti(L, known, number) == LUA_TTABLE) {
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    id = lua_tointeger(L, -1);
  }
  lua_settop(L, top);
  if (id == 0) {
    id = du_resolve(L, store, targets, index, kind, field);
    keep_known(L, store, known, number, index, id);
  }
  return id;
}

/* -------------------------------------------------------------- showing */

/* [-0, +1] the key of a record, or nil */
static void push_key(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id) {
  DuStatement *statement =
      select_from(L, store, kind, DU_KEY_OF_RECORD, "\"key\"", "id = ?2");
  DuStatus status;
  du_sql_bind_integer(statement, 2, id);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    du_value_push_stored(L, statement, 0);
  else
    lua_pushnil(L);
  du_finish(L, du_store_sql(L, store), statement, status);
}

/* How many kinds have a record of that key; the key is on the stack top. */
static int kinds_with_key(lua_State *L, DuStore *store, uint32_t targets) {
  Found all = {0, {0, 0}};
  size_t length;
  const char *key = lua_tolstring(L, -1, &length);
  find_key(L, store, targets, key, length, &all);
  return all.count;
}

void du_push_reference(lua_State *L, DuStore *store, int keys, uint32_t targets,
                       int64_t id) {
  const DuKind *kind;
  if ((targets & (targets - 1)) == 0) { /* of one kind */
    if (lua_rawgeti(L, keys, id) != LUA_TNIL)
      return;
    lua_pop(L, 1);
  }
  kind = du_target_kind(targets);
  luaL_checkstack(L, 6, NULL);
  if (kind == NULL) {
    /* One of several kinds: the key, unless two of them have it. This is not
    ** remembered, since it may change. */
    kind = du_kind_of(L, store, targets, id);
    if (kind != NULL) {
      push_key(L, store, kind, id);
      if (lua_type(L, -1) == LUA_TSTRING &&
          kinds_with_key(L, store, targets) == 1)
        return;
      lua_pop(L, 1);
    }
    lua_pushinteger(L, id);
    return;
  }
  push_key(L, store, kind, id);
  if (lua_type(L, -1) != LUA_TSTRING) {
    lua_pop(L, 1);
    lua_pushinteger(L, id); /* not remembered: a key may yet be given */
    return;
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, keys, id);
}

/* Times share the table of keys, under numbers that no id has. */
void du_push_recorded(lua_State *L, DuStore *store, int keys,
                      int64_t revision) {
  DuSql *sql = du_store_sql(L, store);
  static const char text[] =
      "SELECT recorded FROM revisions WHERE revision = ?1";
  DuStatement *statement;
  DuStatus status;
  if (lua_rawgeti(L, keys, -revision - 1) != LUA_TNIL)
    return;
  lua_pop(L, 1);
  statement = du_prepare(L, sql, text);
  du_sql_bind_integer(statement, 1, revision);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    du_value_push_stored(L, statement, 0);
  else
    lua_pushnil(L); /* the open transaction's */
  du_finish(L, sql, statement, status);
  if (status == DU_ROW) {
    lua_pushvalue(L, -1);
    lua_rawseti(L, keys, -revision - 1);
  }
}
