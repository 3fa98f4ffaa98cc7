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

/* Memory that the loader keeps. */
static void *keep(lua_State *L, size_t size) {
  void *memory = lua_newuserdatauv(L, size > 0 ? size : 1, 0);
  memset(memory, 0, size > 0 ? size : 1);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 2);
  return memory;
}

/* [-1, +0] Keeps the value on top of the stack. */
static void keep_value(lua_State *L) {
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  lua_insert(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

/* The text table[name] at index, or an empty one. */
static DuBytes text_of(lua_State *L, int index, const char *name) {
  DuBytes bytes = {"", 0};
  if (lua_getfield(L, index, name) == LUA_TSTRING)
    bytes.text = lua_tolstring(L, -1, &bytes.length);
  keep_value(L);
  return bytes;
}

/* The list table[name] at index as numbers of columns, from 0. */
static int *columns_of(lua_State *L, int index, const char *name, int *count) {
  int *columns = NULL;
  *count = 0;
  if (lua_getfield(L, index, name) == LUA_TTABLE) {
    *count = (int)luaL_len(L, -1);
    columns = keep(L, (size_t)*count * sizeof(int));
    for (int i = 0; i < *count; i++) {
      lua_rawgeti(L, -1, i + 1);
      columns[i] = (int)luaL_checkinteger(L, -1) - 1;
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  return columns;
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
  if (target->field->flags & DU_LIST)
    return target->words && !target->resolve;
  switch (target->field->type) {
  case DU_REFERENCE:
  case DU_DATE:
  case DU_WORD:
    return true;
  case DU_TEXT:
  case DU_INTEGER:
  case DU_NUMBER:
    return target->words;
  default:
    return false;
  }
}

/* [-0, +1] The words of a target, whose table is on top of the stack, with the
** values as they are stored. Texts that a reference, a number or a list is
** given by are read with the rows. The plan of the target has their texts in
** order, so that of several faults always the same one is told. */
static void push_words(lua_State *L, DuLoader *loader, const DuField *field,
                       int plan) {
  int given = lua_gettop(L);
  lua_Integer count;
  bool texts = (field->flags & DU_LIST) || field->type == DU_REFERENCE ||
               field->type == DU_CITATIONS || field->type == DU_INTEGER ||
               field->type == DU_NUMBER || field->type == DU_BOOLEAN ||
               field->type == DU_DATA;
  lua_newtable(L);
  lua_getfield(L, plan, "texts");
  count = luaL_len(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, given + 2, i);
    lua_pushvalue(L, -1);
    lua_rawget(L, given);
    if (lua_type(L, -1) != LUA_TSTRING || (!texts && lua_rawlen(L, -1) > 0)) {
      du_value_scalar(L, loader->store, loader->kind, field, -1);
      lua_replace(L, -2);
    }
    lua_rawset(L, given + 1);
  }
  lua_settop(L, given + 1);
}

/* One of a layout's targets, on top of the stack. */
static void read_target_plan(lua_State *L, DuLoader *loader, DuTarget *target,
                             int part, int parts) {
  static const char *const names[] = {"words", "resolve", "convert", "known"};
  int given = lua_gettop(L), field;
  lua_getfield(L, given, "field");
  field = du_field_find(loader->kind, luaL_checkstring(L, -1));
  luaL_argcheck(L, field >= 0, 2, "no such field");
  target->field = &loader->kind->fields[field];
  luaL_argcheck(L, du_field_columns(target->field) > 0, 2,
                "a field that is not stored");
  target->cell = du_column_number(loader->kind, field) - 1;
  target->part = part;
  target->column = (int)integer_of(L, given, "column", 0) - 1;
  target->join = columns_of(L, given, "join", &target->njoin);
  target->joined = keep(L, (size_t)target->njoin * sizeof(DuBytes));
  target->strict = boolean_of(L, given, "strict");
  for (int i = 0; i < DU_PARTS; i++) {
    if (lua_getfield(L, given, names[i]) == LUA_TTABLE &&
        i + 1 == DU_PART_WORDS)
      push_words(L, loader, target->field, given);
    lua_rawseti(L, parts, part * DU_PARTS + i + 1);
    lua_settop(L, given);
  }
  target->words = boolean_of(L, given, "words");
  target->resolve = boolean_of(L, given, "resolve");
  target->convert = boolean_of(L, given, "convert");
  if (target->resolve && du_target_kind(target->field->targets) != NULL)
    loader->makes |= target->field->targets;
  read_dates(L, given, target);
  target->separator = text_of(L, given, "separator");
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

/* What a field that rows fill means for the way they take. */
static void note_field(DuLoader *loader, const DuField *field, int cell) {
  if (field->flags & (DU_NAME | DU_SEARCHED | DU_TREE))
    loader->direct = false;
  for (int i = 0; i < du_field_columns(field); i++)
    use(loader, cell + i);
}

/* The targets in the list on top of the stack: first those that ask nothing of
** Lua, so that nothing is looked for in vain. */
static void read_targets(lua_State *L, DuLoader *loader, DuLayout *layout,
                         int *part, int parts) {
  int given = lua_gettop(L), count = (int)luaL_len(L, given);
  layout->targets = keep(L, (size_t)count * sizeof(DuTarget));
  for (int pass = 0; pass < 2; pass++)
    for (int i = 1; i <= count; i++) {
      DuTarget *target = &layout->targets[layout->ntargets];
      lua_rawgeti(L, given, i);
      if (boolean_of(L, given + 1, "resolve") == (pass == 1)) {
        read_target_plan(L, loader, target, ++*part, parts);
        note_field(loader, target->field, target->cell);
        layout->has_own = layout->has_own || target->cell == loader->key ||
                          target->cell == loader->origin;
        layout->has_cited =
            layout->has_cited || target->cell == loader->sources;
        layout->ntargets++;
      }
      lua_settop(L, given);
    }
}

/* The layout on top of the stack. */
static void read_layout(lua_State *L, DuLoader *loader, DuLayout *layout,
                        int *part, int parts) {
  int given = lua_gettop(L);
  layout->count = (int)integer_of(L, given, "count", 0);
  layout->version = (int)integer_of(L, given, "version", 0) - 1;
  layout->identity = columns_of(L, given, "identity", &layout->nidentity);
  layout->has_own = loader->constant[loader->key].type != DU_NULL_COLUMN ||
                    loader->constant[loader->origin].type != DU_NULL_COLUMN;
  lua_getfield(L, given, "targets");
  read_targets(L, loader, layout, part, parts);
  lua_settop(L, given);
}

/* [-1, +0] A stored column of a constant, whose text is kept. */
static void read_constant(lua_State *L, DuCell *cell) {
  if (lua_type(L, -1) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    du_cell_text(cell, text, length);
    keep_value(L);
  } else {
    du_cell_value(L, cell, 0);
  }
}

/* Fields with one value for all rows: THE check reads them. */
static void read_constants(lua_State *L, DuLoader *loader, int plan) {
  int given = lua_gettop(L) + 1;
  lua_getfield(L, plan, "constants");
  for (int i = 0; lua_istable(L, given) && i < loader->kind->nfields; i++) {
    const DuField *field = &loader->kind->fields[i];
    int cell = du_column_number(loader->kind, i) - 1;
    if (lua_getfield(L, given, field->name) != LUA_TNIL) {
      if (cell == loader->sources && loader->source != 0)
        du_cells_cite_file(L, loader, field);
      lua_newtable(L);
      du_value_store(L, loader->store, loader->kind, field, -2, given + 2, 1);
      for (int j = 0; j < du_field_columns(field); j++) {
        lua_rawgeti(L, given + 2, j + 1);
        read_constant(L, &loader->constant[cell + j]);
      }
      note_field(loader, field, cell);
    }
    lua_settop(L, given);
  }
  lua_settop(L, given - 1);
}

/* The source of the whole file, which each row cites before what else it
** does. */
static void cite_source(lua_State *L, DuLoader *loader) {
  DuCell *cell = &loader->constant[loader->sources];
  if (loader->source == 0)
    return;
  if (cell->type == DU_NULL_COLUMN) {
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)loader->source);
    read_constant(L, cell);
  }
  use(loader, loader->sources);
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
**               numbers; a target has field=, column= or join=, words= and
**               texts= (their keys in order), strict=, resolve=, known=,
**               convert=, dates=, separator=
**   column      function(count, name) -> number of a column, or false
**   constants   values by field
**   prefix      of the origin; identity: "line", "number" or "columns"
**   source      id of the source of the whole file
**   missing     list of texts that mean nothing
**   each        function(row, origin) -> outcome, or nil, why, field: does it
**               all; the origin is there with retract = true
**   reject      function(line, field, why, text, cut): cut, if there is more of
**               the text, in pieces
**   reject_rest function(piece)
**   stop, update, terminated, repair   booleans
**   quiet       whether resolve of the targets asks nothing of the kind's
**               records
**   sum         whether counts() has one of all lines
**   threads     2: rows are inserted by a second thread while the first reads
*/
int du_loader_map(lua_State *L) {
  static const char *const identities[] = {"line", "number", "columns", NULL};
  DuLoader *loader = du_check_loader(L);
  size_t columns = (size_t)du_stored_columns(loader->kind);
  int part = 0, parts;
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
  loader->given = keep(L, columns * sizeof(int));
  loader->used = keep(L, columns * sizeof(int));
  loader->bound = keep(L, columns * sizeof(DuCell));
  loader->row = keep(L, columns * sizeof(DuCell));
  loader->each = boolean_of(L, 2, "each");
  loader->stop = boolean_of(L, 2, "stop");
  loader->update = boolean_of(L, 2, "update");
  loader->terminated = boolean_of(L, 2, "terminated");
  loader->repair = boolean_of(L, 2, "repair");
  loader->summed = boolean_of(L, 2, "sum");
  loader->quiet = boolean_of(L, 2, "quiet") && loader->direct;
  loader->retract = boolean_of(L, 2, "retract");
  lua_getfield(L, 2, "threads");
  loader->threads = (int)luaL_optinteger(L, -1, 1);
  loader->prefix = text_of(L, 2, "prefix");
  lua_getfield(L, 2, "identity");
  loader->identity = (DuIdentity)luaL_checkoption(L, -1, "line", identities);
  use(loader, loader->origin);
  loader->source = integer_of(L, 2, "source", 0);
  read_constants(L, loader, 2);
  cite_source(L, loader);
  for (int i = 0; i < (int)columns; i++)
    if (loader->constant[i].type != DU_NULL_COLUMN)
      loader->given[loader->ngiven++] = i;
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
  lua_newtable(L);
  lua_setiuservalue(L, DU_AT_LOADER, DU_LOADER_MAKINGS);
  loader->mapped = true;
  return 0;
}
