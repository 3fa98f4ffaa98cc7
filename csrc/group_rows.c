/*
** group_rows.c - what a grouping has found, as rows that Lua sees.
*/
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "group.h"

/* ------------------------------------------------------------------ sources */

/* Adds the keys of the sources in one stored list to the set at `set`. */
static void add_sources(Grouping *g, int text, int set) {
  static const char select[] =
      "SELECT coalesce(atom, value ->> 'source') FROM json_each(?1)";
  lua_State *L = g->L;
  DuSql *sql = du_store_sql(L, g->store);
  DuStatement *element = du_sql_prepare(sql, select, sizeof select - 1);
  DuStatus status;
  if (element == NULL)
    du_raise_sql(L, sql);
  du_value_bind(L, element, 1, text);
  while ((status = du_sql_step(element)) == DU_ROW) {
    du_push_reference(L, g->store, g->keys_known,
                      DU_KIND_BIT(du_kind_number(du_kind_find("sources"))),
                      du_sql_integer(element, 0));
    lua_pushboolean(L, true);
    lua_rawset(L, set);
  }
  du_finish(L, sql, element, status);
}

/* Sets row.sources, of the row on top of the stack. */
static void set_sources(Grouping *g, int group) {
  lua_State *L = g->L;
  const char **keys;
  size_t count = 0;
  int top = lua_gettop(L);
  lua_newtable(L); /* the set */
  lua_rawgeti(L, g->texts, group);
  lua_pushnil(L);
  while (lua_next(L, top + 2) != 0) {
    lua_pop(L, 1);
    add_sources(g, lua_gettop(L), top + 1);
  }
  lua_pushnil(L);
  for (; lua_next(L, top + 1) != 0; lua_pop(L, 1))
    count++;
  keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
  count = 0;
  lua_pushnil(L);
  for (; lua_next(L, top + 1) != 0; lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING) /* it stays in the set */
      keys[count++] = lua_tostring(L, -2);
  qsort(keys, count, sizeof *keys, du_compare_texts);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, keys[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, top, "sources");
  lua_settop(L, top);
}

/* --------------------------------------------------------------------- rows */

/* Marks the row on top of the stack where a date of its keys has no bounds, or
** there is none. */
static void mark_row(Grouping *g) {
  lua_State *L = g->L;
  for (int i = 0; i < g->nkeys; i++) {
    const char *mark = NULL;
    if (g->keys[i].bucket == DU_BUCKETS)
      continue;
    lua_rawgeti(L, g->names, i + 1);
    lua_rawget(L, -2);
    if (lua_isnil(L, -1))
      mark = "undated";
    else if (lua_type(L, -1) == LUA_TSTRING &&
             strcmp(lua_tostring(L, -1), du_unbounded) == 0)
      mark = du_unbounded;
    lua_pop(L, 1);
    if (mark != NULL) {
      lua_pushboolean(L, true);
      lua_setfield(L, -2, mark);
    }
  }
}

/* One group on its way into the list, by its bytes. */
typedef struct Place {
  const char *bytes;
  size_t length;
  int group;
  Tally tally;
} Place;

static int compare_places(const void *a, const void *b) {
  const Place *x = a, *y = b;
  return du_bytes_order(x->bytes, x->length, y->bytes, y->length);
}

/* Most records first; by keys where they are equally many. */
static int compare_counts(const void *a, const void *b) {
  const Place *x = a, *y = b;
  if (x->tally.count != y->tally.count)
    return x->tally.count > y->tally.count ? -1 : 1;
  return compare_places(a, b);
}

void du_fill_row(Grouping *g, int group) {
  lua_State *L = g->L;
  for (int m = 0; m < g->nmeasures; m++) {
    lua_rawgeti(L, g->names, g->nkeys + m + 1);
    du_push_measure(g, group, m);
    lua_rawset(L, -3);
  }
  mark_row(g);
  if (g->provenance)
    set_sources(g, group);
}

/* [-0, +1] the rows in the order of their keys, or those with most records */
static void push_ordered(Grouping *g) {
  lua_State *L = g->L;
  Place *places =
      lua_newuserdatauv(L, ((size_t)g->groups + 1) * sizeof *places, 0);
  int count = 0;
  lua_pushnil(L);
  for (; lua_next(L, g->numbers) != 0; lua_pop(L, 1)) {
    places[count].group = (int)lua_tointeger(L, -1);
    places[count].bytes = lua_tolstring(L, -2, &places[count].length);
    places[count].tally = *du_tally_of(g, places[count].group);
    count++;
  }
  qsort(places, (size_t)count, sizeof *places,
        g->top >= 0 ? compare_counts : compare_places);
  if (g->top >= 0 && g->top < count)
    count = (int)g->top;
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, g->rows, places[i].group);
    du_fill_row(g, places[i].group);
    lua_rawseti(L, -2, i + 1);
  }
  lua_remove(L, -2);
}

void du_push_rows(Grouping *g) {
  if (!g->complete) {
    push_ordered(g);
    return;
  }
  lua_pushvalue(g->L, g->rows);
  for (int group = 1; group <= g->groups && !g->filled; group++) {
    lua_rawgeti(g->L, -1, group);
    du_fill_row(g, group);
    lua_pop(g->L, 1);
  }
}

/* ------------------------------------------------------------ what they are */

/* [-0, +1] "case × item": what is counted */
static void push_unit(Grouping *g) {
  lua_State *L = g->L;
  lua_pushstring(L, g->kind->singular);
  for (int i = 0; i < g->nkeys; i++)
    if (g->keys[i].path.list) {
      const DuField *field = g->keys[i].path.steps[0];
      const DuKind *target;
      for (int s = 1; s < g->keys[i].path.length; s++)
        if (g->keys[i].path.steps[s]->flags & DU_LIST)
          field = g->keys[i].path.steps[s];
      target = du_target_kind(field->targets);
      lua_pushfstring(L, "%s × %s", lua_tostring(L, -1),
                      target != NULL ? target->singular : field->name);
      lua_remove(L, -2);
    }
}

void du_push_info(Grouping *g) {
  lua_State *L = g->L;
  lua_createtable(L, 0, 4);
  lua_createtable(L, g->nkeys, 0);
  for (int i = 0; i < g->nkeys; i++) {
    lua_rawgeti(L, g->names, i + 1);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "keys");
  lua_createtable(L, g->nmeasures, 0);
  lua_createtable(L, 0, g->nmeasures);
  for (int i = 0; i < g->nmeasures; i++) {
    lua_rawgeti(L, g->names, g->nkeys + i + 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -4, i + 1);
    lua_pushstring(L, du_function_names[g->measures[i].function]);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -3, "aggregates");
  lua_setfield(L, -2, "measures");
  push_unit(g);
  lua_setfield(L, -2, "unit");
  lua_pushboolean(L, g->provenance);
  lua_setfield(L, -2, "provenance");
}
