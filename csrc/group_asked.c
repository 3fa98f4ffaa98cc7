/*
** group_asked.c - what is asked of a grouping: keys and measures, as Lua gives
** them.
*/
#include <stdlib.h>
#include <string.h>

#include "group.h"

const char *const du_function_names[] = {"count", "possible", "distinct",
                                         "sum",   "mean",     "min",
                                         "max",   "median",   NULL};

/* -------------------------------------------------------------------- texts */

int du_compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* -------------------------------------------------------------------- paths */

const DuField *du_last_step(const Path *path) {
  return path->steps[path->length - 1];
}

/* [-0, +0] raises that the path at `names`[-1] cannot be used so */
static int refuse_path(Grouping *g, const char *path, const char *why) {
  lua_pushstring(g->L, path);
  du_show(g->L, -1);
  return du_raise(g->L, "misuse", g->kind->name, NULL, "group: %s %s",
                  lua_tostring(g->L, -1), why);
}

static int refuse_step(Grouping *g, const DuKind *kind, const char *path,
                       const char *step) {
  lua_State *L = g->L;
  lua_pushstring(L, path);
  du_show(L, -1);
  lua_pushstring(L, step);
  du_show(L, -1);
  du_push_field_names(L, kind);
  return du_raise(L, "misuse", g->kind->name, NULL,
                  "group: %s has no field %s in %s: expected %s; or of a date "
                  "year, decade, quarter, month, week or day",
                  lua_tostring(L, -4), lua_tostring(L, -2), kind->name,
                  lua_tostring(L, -1));
}

static void add_step(Grouping *g, Path *path, const DuKind *kind,
                     const DuField *field, const char *text) {
  bool list = (field->flags & DU_LIST) != 0;
  if (path->length >= MOST_STEPS)
    refuse_path(g, text, "has too many steps");
  if (field->type == DU_DATA || field->type == DU_STAGES)
    refuse_path(g, text, "is a table, which has no value to group by");
  if (list && path->list)
    refuse_path(g, text, "goes through two lists");
  path->list = path->list || list;
  path->kinds[path->length] = kind;
  path->steps[path->length++] = field;
}

/* Reads a path. Its last word may be a bucket, of the date before it or of the
** kind's own date. */
static void read_path(Grouping *g, const char *text, Path *path,
                      DuBucket *bucket) {
  const DuKind *kind = g->kind;
  const char *word = text;
  memset(path, 0, sizeof *path);
  *bucket = DU_BUCKETS;
  while (word != NULL) {
    const DuField *last =
        path->length > 0 ? path->steps[path->length - 1] : NULL;
    size_t length = strcspn(word, ".");
    const char *next = word[length] == '.' ? word + length + 1 : NULL;
    const char *step = lua_pushlstring(g->L, word, length);
    bool dated =
        last != NULL && (last->type == DU_DATE || last->type == DU_RECORDED);
    int field;
    if (last != NULL && !dated) {
      kind = du_target_kind(last->targets);
      if (kind == NULL)
        refuse_path(g, text, "goes through what is no reference to one kind");
    }
    field = dated ? -1 : du_field_find(kind, step);
    if (field >= 0) {
      add_step(g, path, kind, &kind->fields[field], text);
    } else {
      *bucket = du_bucket_named(step);
      if (*bucket == DU_BUCKETS || next != NULL)
        refuse_step(g, kind, text, step);
      if (!dated) {
        if (kind->date == NULL)
          refuse_path(g, text, "needs a date, and the kind has none");
        add_step(g, path, kind, &kind->fields[du_field_find(kind, kind->date)],
                 text);
      }
      if (path->list)
        refuse_path(g, text, "is the date of a list");
    }
    lua_pop(g->L, 1);
    word = next;
  }
}

/* ---------------------------------------------------------------- beginning */

static void new_slot(lua_State *L, int *slot) {
  lua_newtable(L);
  *slot = lua_gettop(L);
}

void du_begin_grouping(lua_State *L, Grouping *g) {
  const DuQuery *query = lua_touserdata(L, 1);
  memset(g, 0, sizeof *g);
  g->L = L;
  g->store = query->store;
  g->kind = query->kind;
  g->query = 1;
  luaL_checkstack(L, 30, NULL);
  lua_getiuservalue(L, 1, DU_QUERY_STORE);
  lua_getiuservalue(L, -1, DU_STORE_KEYS);
  lua_remove(L, -2);
  g->keys_known = lua_gettop(L);
  new_slot(L, &g->names);
  new_slot(L, &g->numbers);
  new_slot(L, &g->rows);
  new_slot(L, &g->values);
  new_slot(L, &g->texts);
  new_slot(L, &g->candidates);
  du_text_init(L, &g->bytes);
  du_text_init(L, &g->tallies);
  du_text_init(L, &g->totals);
  du_text_init(L, &g->wides);
  g->provenance = true;
  g->top = -1;
}

/* --------------------------------------------------------------------- keys */

/* Names that a row has for other things than keys and measures. */
static bool is_taken(const char *name) {
  static const char *const taken[] = {"records", "sources",    "independent",
                                      "undated", du_unbounded, "rest",
                                      NULL};
  for (int i = 0; taken[i] != NULL; i++)
    if (strcmp(taken[i], name) == 0)
      return true;
  return false;
}

static bool is_key(Grouping *g, const char *name) {
  bool found = false;
  for (int i = 1; i <= g->nkeys && !found; i++) {
    lua_rawgeti(g->L, g->names, i);
    found = strcmp(lua_tostring(g->L, -1), name) == 0;
    lua_pop(g->L, 1);
  }
  return found;
}

/* Adds the key whose path is on top of the stack, which is popped. */
static void add_key(Grouping *g) {
  Key *key = &g->keys[g->nkeys];
  const char *path = du_name_at(g->L, -1);
  if (path == NULL) {
    du_show(g->L, -1);
    du_raise(g->L, "misuse", g->kind->name, NULL,
             "group: expected the name of a key, got %s",
             lua_tostring(g->L, -1));
  }
  if (g->nkeys == MOST_KEYS)
    refuse_path(g, path, "is one key too many");
  if (is_key(g, path))
    refuse_path(g, path, "is a key twice");
  if (g->provenance && is_taken(path))
    refuse_path(g, path,
                "is also what each row says of its provenance: ask "
                "with provenance = false, or by sources.key");
  read_path(g, path, &key->path, &key->bucket);
  lua_rawseti(g->L, g->names, ++g->nkeys);
}

/* ----------------------------------------------------------------- measures */

Function du_function_named(lua_State *L, int index) {
  const char *name = du_name_at(L, index);
  for (int i = 0; name != NULL && i < FUNCTIONS; i++)
    if (strcmp(du_function_names[i], name) == 0)
      return (Function)i;
  du_show(L, index);
  du_show_words(L, du_function_names);
  du_raise(L, "misuse", NULL, NULL, "group: unknown measure %s: expected %s",
           lua_tostring(L, -2), lua_tostring(L, -1));
  return FUNCTIONS;
}

/* What a measure is asked of must have the values for it. */
static void check_measured(Grouping *g, const Measure *measure,
                           const char *path) {
  const DuField *field = du_last_step(&measure->path);
  bool number = field->type == DU_INTEGER || field->type == DU_NUMBER ||
                field->type == DU_REVISION;
  bool ordered = number || field->type == DU_TEXT || field->type == DU_WORD;
  if (measure->function == DISTINCT)
    return;
  if (measure->path.list)
    refuse_path(g, path, "is a list: only distinct can measure it");
  if (measure->function == MIN || measure->function == MAX) {
    if (!ordered)
      refuse_path(g, path,
                  "has no least and no most: expected a number or a "
                  "text");
  } else if (!number) {
    refuse_path(g, path, "is no number");
  }
}

void du_add_measure(Grouping *g, Function function, const char *path) {
  Measure *measure = &g->measures[g->nmeasures];
  DuBucket bucket = DU_BUCKETS;
  if (g->nmeasures == MOST_MEASURES)
    du_raise(g->L, "misuse", g->kind->name, NULL, "group: too many measures");
  measure->function = function;
  if (path != NULL) {
    read_path(g, path, &measure->path, &bucket);
    if (bucket != DU_BUCKETS)
      refuse_path(g, path, "is a key, not a field to measure");
    check_measured(g, measure, path);
  }
  lua_rawseti(g->L, g->names, g->nkeys + ++g->nmeasures);
}

/* How many keys the table at index has. */
static lua_Integer count_keys(lua_State *L, int index) {
  lua_Integer keys = 0;
  lua_pushnil(L);
  for (; lua_next(L, index) != 0; lua_pop(L, 1))
    keys++;
  return keys;
}

/* One of the options: name and value on top of the stack, which are popped. */
static void read_measure(Grouping *g) {
  lua_State *L = g->L;
  int value = lua_gettop(L);
  bool table = lua_istable(L, value);
  Function function;
  lua_Integer parts;
  if (table)
    lua_rawgeti(L, value, 1);
  else
    lua_pushvalue(L, value);
  function = du_function_named(L, -1);
  parts = function > POSSIBLE ? 2 : 1;
  if (table)
    lua_rawgeti(L, value, 2);
  else
    lua_pushnil(L);
  if ((table && count_keys(L, value) != parts) ||
      (parts == 2 && du_name_at(L, -1) == NULL)) {
    du_show(L, value - 1);
    du_raise(L, "misuse", g->kind->name, NULL,
             parts == 2 ? "group: the measure %s is { \"%s\", field }"
                        : "group: the measure %s is \"%s\" alone",
             lua_tostring(L, -1), du_function_names[function]);
  }
  lua_pushvalue(L, value - 1);
  du_add_measure(g, function, parts == 2 ? lua_tostring(L, -2) : NULL);
  lua_settop(L, value - 2);
}

/* ------------------------------------------------------------------ options */

/* A measure may not have the name of a key, or of what a row has beside. */
static void check_name(Grouping *g, const char *name) {
  if (is_key(g, name) || is_taken(name))
    refuse_path(g, name,
                "is the name of a key or of what a row has: give the "
                "measure another");
}

/* Is the value on top of the stack that of an option, not of a measure? */
static bool is_option(lua_State *L, const char *name) {
  return strcmp(name, "provenance") == 0 ||
         (strcmp(name, "top") == 0 && lua_type(L, -1) == LUA_TNUMBER);
}

/* [-0, +1] the names of the measures in the options at index, sorted */
static lua_Integer push_measure_names(Grouping *g, int index) {
  lua_State *L = g->L;
  const char *names[MOST_MEASURES] = {NULL};
  int count = 0;
  lua_pushnil(L);
  for (; lua_next(L, index) != 0; lua_pop(L, 1)) {
    const char *name = du_name_at(L, -2);
    if (lua_isinteger(L, -2) || (name != NULL && is_option(L, name)))
      continue;
    if (name == NULL) {
      du_show(L, -2);
      du_raise(L, "misuse", g->kind->name, NULL,
               "group: expected the name of a measure, got %s",
               lua_tostring(L, -1));
    }
    if (count == MOST_MEASURES)
      du_raise(L, "misuse", g->kind->name, NULL, "group: too many measures");
    else
      names[count++] = name;
  }
  qsort(names, (size_t)count, sizeof *names, du_compare_texts);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    check_name(g, names[i]);
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return count;
}

/* The keys of the table at index: its list, which must have no holes. */
static void read_keys(Grouping *g, int index) {
  lua_State *L = g->L;
  lua_Integer length = (lua_Integer)lua_rawlen(L, index), numbered = 0;
  lua_pushnil(L);
  for (; lua_next(L, index) != 0; lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TNUMBER)
      numbered++;
  if (numbered != length)
    du_raise(L, "misuse", g->kind->name, NULL,
             "group: the keys are a list without holes, from 1 on");
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, index, i);
    add_key(g);
  }
}

void du_read_options(Grouping *g, int index) {
  lua_State *L = g->L;
  lua_Integer count;
  lua_getfield(L, index, "provenance");
  if (!lua_isnil(L, -1) && !lua_isboolean(L, -1))
    du_raise(L, "misuse", g->kind->name, NULL,
             "group: provenance is true or false");
  g->provenance = lua_isnil(L, -1) || lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (lua_getfield(L, index, "top") == LUA_TNUMBER) {
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 0)
      du_raise(L, "misuse", g->kind->name, NULL,
               "group: top is a number of groups, 0 or more");
    g->top = lua_tointeger(L, -1);
  }
  lua_pop(L, 1);
  read_keys(g, index);
  count = push_measure_names(g, index);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    lua_pushvalue(L, -1);
    lua_rawget(L, index);
    read_measure(g);
  }
  lua_pop(L, 1);
  if (count == 0) {
    lua_pushliteral(L, "count");
    du_add_measure(g, COUNT, NULL);
    lua_pushliteral(L, "possible");
    du_add_measure(g, POSSIBLE, NULL);
  }
}

void du_group_begin(lua_State *L, Grouping *g, int options,
                    const char *function, const char *field) {
  du_begin_grouping(L, g);
  if (options != 0) {
    du_read_options(g, options);
    return;
  }
  g->provenance = false;
  lua_pushliteral(L, "value");
  lua_pushstring(L, function);
  lua_insert(L, -2);
  du_add_measure(g, du_function_named(L, -2), field);
  lua_pop(L, 1);
}
