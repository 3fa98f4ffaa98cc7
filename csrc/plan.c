/*
** plan.c - loader:map: what the records of a file are, as the module
** dualuse.import gives it, made into what cells.c and identity.c read.
*/
#include "loader.h"

#include <string.h>

/* The integer table[name] at index, or `absent`. */
static lua_Integer integer_of(lua_State *L, int index, const char *name,
                              lua_Integer absent) {
  lua_Integer value;
  lua_getfield(L, index, name);
  value = luaL_optinteger(L, -1, absent);
  lua_pop(L, 1);
  return value;
}

static bool boolean_of(lua_State *L, int index, const char *name) {
  bool value;
  lua_getfield(L, index, name);
  value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

/* The list table[name] at index as numbers of columns, from 0. */
static int columns_of(lua_State *L, int index, const char *name,
                      int columns[DU_JOINED]) {
  int count = 0, top = lua_gettop(L);
  if (lua_getfield(L, index, name) == LUA_TTABLE)
    while (count < DU_JOINED && lua_rawgeti(L, -1, count + 1) == LUA_TNUMBER) {
      columns[count++] = (int)lua_tointeger(L, -1) - 1;
      lua_pop(L, 1);
    }
  luaL_argcheck(L, count < DU_JOINED, 2, "too many columns");
  lua_settop(L, top);
  return count;
}

/* [-0, +1] memory that the loader keeps */
static void *keep(lua_State *L, size_t size) {
  void *memory = lua_newuserdatauv(L, size > 0 ? size : 1, 0);
  memset(memory, 0, size > 0 ? size : 1);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 2);
  return memory;
}

static void read_dates(lua_State *L, int index, DuTarget *target) {
  lua_getfield(L, index, "dates");
  for (lua_Integer i = 1; lua_istable(L, -1) && i <= DU_DATE_STYLES; i++) {
    if (lua_rawgeti(L, -1, i) == LUA_TSTRING)
      target->dates[target->ndates++] =
          (DuDateStyle)luaL_checkoption(L, -1, NULL, du_date_styles);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* What texts are read as is remembered where reading them costs, and where it
** is no longer the text itself. */
static bool is_remembered(const DuTarget *target) {
  switch (target->field->type) {
  case DU_REFERENCE:
  case DU_DATE:
  case DU_WORD:
    return !(target->field->flags & DU_LIST);
  case DU_INTEGER:
  case DU_NUMBER:
    return target->words;
  default:
    return false;
  }
}

/* One of a layout's targets, on top of the stack. */
static void read_target_plan(lua_State *L, DuLoader *loader, DuTarget *target,
                             int part, int parts) {
  static const char *const names[] = {"words", "resolve", "convert", "known"};
  int given = lua_gettop(L), field;
  size_t length;
  const char *separator;
  lua_getfield(L, given, "field");
  field = du_field_find(loader->kind, luaL_checkstring(L, -1));
  luaL_argcheck(L, field >= 0, 2, "no such field");
  target->field = &loader->kind->fields[field];
  luaL_argcheck(L, du_field_columns(target->field) > 0, 2,
                "a field that is not stored");
  target->cell = du_column_number(loader->kind, field) - 1;
  target->part = part;
  target->column = (int)integer_of(L, given, "column", 0) - 1;
  target->njoin = columns_of(L, given, "join", target->join);
  target->strict = boolean_of(L, given, "strict");
  for (int i = 0; i < DU_PARTS; i++) {
    lua_getfield(L, given, names[i]);
    lua_rawseti(L, parts, part * DU_PARTS + i + 1);
  }
  target->words = boolean_of(L, given, "words");
  target->resolve = boolean_of(L, given, "resolve");
  target->convert = boolean_of(L, given, "convert");
  read_dates(L, given, target);
  lua_getfield(L, given, "separator");
  separator = luaL_optlstring(L, -1, "", &length);
  luaL_argcheck(L, length < DU_SEPARATOR, 2, "the separator is too long");
  memcpy(target->separator, separator, length);
  if (is_remembered(target))
    target->memos = keep(L, DU_MEMOS * sizeof(DuMemo));
  lua_settop(L, given);
}

static void use(DuLoader *loader, int column) {
  for (int i = 0; i < loader->nused; i++)
    if (loader->used[i] == column)
      return;
  loader->used[loader->nused++] = column;
}

static void use_field(DuLoader *loader, const DuField *field, int cell) {
  for (int i = 0; i < du_field_columns(field); i++)
    use(loader, cell + i);
}

/* The layout on top of the stack. */
static void read_layout(lua_State *L, DuLoader *loader, DuLayout *layout,
                        int *part, int parts) {
  int given = lua_gettop(L);
  layout->count = (int)integer_of(L, given, "count", 0);
  layout->version = (int)integer_of(L, given, "version", 0) - 1;
  layout->nidentity = columns_of(L, given, "identity", layout->identity);
  lua_getfield(L, given, "targets");
  layout->ntargets = (int)luaL_len(L, -1);
  layout->targets = keep(L, (size_t)layout->ntargets * sizeof(DuTarget));
  for (int i = 0; i < layout->ntargets; i++) {
    DuTarget *target = &layout->targets[i];
    lua_rawgeti(L, -1, i + 1);
    read_target_plan(L, loader, target, ++*part, parts);
    if (target->field->flags & (DU_NAME | DU_SEARCHED | DU_TREE))
      loader->direct = false;
    use_field(loader, target->field, target->cell);
    lua_pop(L, 1);
  }
  lua_settop(L, given);
}

/* Fields with one value for all rows: THE check reads them. */
static void read_constants(lua_State *L, DuLoader *loader, int plan) {
  lua_getfield(L, plan, "constants");
  for (int i = 0; lua_istable(L, -1) && i < loader->kind->nfields; i++) {
    const DuField *field = &loader->kind->fields[i];
    int cell = du_column_number(loader->kind, i) - 1;
    if (lua_getfield(L, -1, field->name) != LUA_TNIL) {
      lua_newtable(L);
      du_value_store(L, loader->store, loader->kind, field, -2, lua_gettop(L),
                     1);
      for (int j = 0; j < du_field_columns(field); j++) {
        lua_rawgeti(L, -1, j + 1);
        lua_getiuservalue(L, DU_AT_LOADER,
                          DU_LOADER_MEMORY); /* anchors a text for good */
        lua_pushvalue(L, -2);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING) {
          size_t length;
          const char *text = lua_tolstring(L, -1, &length);
          du_cell_text(&loader->constant[cell + j], text, length);
          lua_pop(L, 1);
        } else {
          du_cell_value(L, &loader->constant[cell + j], cell + j);
        }
      }
      if (field->flags & (DU_NAME | DU_SEARCHED | DU_TREE))
        loader->direct = false;
      use_field(loader, field, cell);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* The source of the whole file, as the citation of each row. */
static void read_source(lua_State *L, DuLoader *loader, int plan) {
  loader->source = integer_of(L, plan, "source", 0);
  if (loader->source != 0) {
    size_t length;
    const char *text;
    lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)loader->source);
    text = lua_tolstring(L, -1, &length);
    du_cell_text(&loader->constant[loader->sources], text, length);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
    use(loader, loader->sources);
  }
}

/* What is required; what is stored where that is left out is filled in, too. */
static void list_required(lua_State *L, DuLoader *loader) {
  const DuKind *kind = loader->kind;
  loader->required = keep(L, (size_t)kind->nfields * sizeof(DuRequired));
  for (int i = 0; i < kind->nfields; i++) {
    int cell = du_column_number(kind, i) - 1;
    if (!(kind->fields[i].flags & DU_REQUIRED))
      continue;
    loader->required[loader->nrequired].field = &kind->fields[i];
    loader->required[loader->nrequired++].cell = cell;
    if (kind->fields[i].absent != NULL)
      use(loader, cell);
  }
}

/*
** loader:map(plan)
** Says what the records are. Made by the module dualuse.import, which checks
** what users give.
**   layouts     list of { count=, targets=, identity=, version= }: columns are
**               numbers; a target has field=, column= or join=, words=,
**               strict=, resolve=, known=, convert=, dates=, separator=
**   names       by count: the columns' numbers by their names
**   constants   values by field
**   prefix      of the origin; identity: "line", "number" or "columns"
**   source      id of the source of the whole file
**   missing     list of texts that mean nothing
**   each        function(row) -> outcome: does it all
**   reject      function(line, field, why, text, cut): cut, if there is more of
**               the text, in pieces
**   reject_rest function(piece)
**   again       function(read) -> records, of the same kind
**   stop, update, terminated   booleans
*/
int du_loader_map(lua_State *L) {
  static const char *const identities[] = {"line", "number", "columns", NULL};
  DuLoader *loader = du_check_loader(L);
  size_t columns = (size_t)du_stored_columns(loader->kind);
  int part = 0, parts;
  size_t length;
  const char *prefix;
  lua_settop(L, 2);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_argcheck(L, !loader->mapped, 1, "it has a mapping already");
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, DU_AT_LOADER, DU_LOADER_PLAN);
  lua_newtable(L);
  parts = lua_gettop(L);
  loader->missing = lua_getfield(L, 2, "missing") == LUA_TTABLE;
  lua_rawseti(L, parts, 0);
  loader->direct = loader->kind->large;
  loader->cells = keep(L, columns * sizeof(DuCell));
  loader->constant = keep(L, columns * sizeof(DuCell));
  loader->used = keep(L, columns * sizeof(int));
  loader->bound = keep(L, columns * sizeof(DuColumn));
  loader->each = boolean_of(L, 2, "each");
  loader->stop = boolean_of(L, 2, "stop");
  loader->update = boolean_of(L, 2, "update");
  loader->terminated = boolean_of(L, 2, "terminated");
  lua_getfield(L, 2, "prefix");
  prefix = luaL_optlstring(L, -1, "", &length);
  luaL_argcheck(L, length < sizeof loader->prefix, 2, "the prefix is too long");
  memcpy(loader->prefix, prefix, length + 1);
  lua_getfield(L, 2, "identity");
  loader->identity = (DuIdentity)luaL_checkoption(L, -1, "line", identities);
  use(loader, loader->origin);
  read_constants(L, loader, 2);
  read_source(L, loader, 2);
  lua_getfield(L, 2, "layouts");
  loader->nlayouts = (int)luaL_len(L, -1);
  loader->layouts = keep(L, (size_t)loader->nlayouts * sizeof(DuLayout));
  for (int i = 0; i < loader->nlayouts; i++) {
    lua_rawgeti(L, -1, i + 1);
    read_layout(L, loader, &loader->layouts[i], &part, parts);
    lua_pop(L, 1);
  }
  list_required(L, loader);
  lua_pushvalue(L, parts);
  lua_setiuservalue(L, DU_AT_LOADER, DU_LOADER_PARTS);
  lua_newtable(L);
  lua_setiuservalue(L, DU_AT_LOADER, DU_LOADER_ANCHORS);
  loader->mapped = true;
  return 0;
}
