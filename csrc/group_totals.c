/*
** group_totals.c - the groups of a grouping, by the bytes of their keys; what
** their measures have seen; and how both are shown.
*/
#include <string.h>

#include "group.h"
#include "middle.h"

/* What stands for the bucket of a date without bounds. */
const char du_unbounded[] = "unbounded";

/* ------------------------------------------------------------------- values */

/* [-0, +1] a value as the reader sees it: the stored one on top, replaced */
void du_present(Grouping *g, const DuField *field) {
  lua_State *L = g->L;
  if (field->targets != 0 && lua_isinteger(L, -1)) {
    du_push_reference(L, g->store, g->keys_known, field->targets,
                      lua_tointeger(L, -1));
    lua_remove(L, -2);
  } else if (field->type == DU_BOOLEAN && lua_isinteger(L, -1)) {
    lua_pushboolean(L, lua_tointeger(L, -1) != 0);
    lua_remove(L, -2);
  } else if (field->type == DU_RECORDED && lua_isinteger(L, -1)) {
    du_push_recorded(L, g->store, g->keys_known, lua_tointeger(L, -1));
    lua_remove(L, -2);
  }
}

/* [-0, +1] the text or integer that a bucket is shown as */
void du_push_bucket(lua_State *L, DuBucket unit, int number) {
  char text[DU_BUCKET_TEXT];
  int shown;
  if (du_bucket_integer(unit, number, &shown)) {
    lua_pushinteger(L, shown);
  } else {
    du_bucket_text(unit, number, text);
    lua_pushstring(L, text);
  }
}

/* -------------------------------------------------------------------- bytes */

void du_add_tag(Grouping *g, char tag) {
  du_text_add(&g->bytes, &tag, 1);
}

/* The bits of a number from the highest, in an order that bytes keep. */
void du_add_bits(Grouping *g, uint64_t bits) {
  char bytes[8];
  for (int i = 0; i < 8; i++)
    bytes[i] = (char)(bits >> (56 - 8 * i));
  du_text_add(&g->bytes, bytes, 8);
}

#define SIGN ((uint64_t)1 << 63)

/* The value on top of the stack, which stays. */
void du_add_value(Grouping *g) {
  lua_State *L = g->L;
  if (lua_type(L, -1) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    du_add_tag(g, WORDED);
    du_text_add(&g->bytes, text, length + 1); /* its NUL ends it */
    return;
  }
  du_add_tag(g, NUMBERED);
  if (lua_isinteger(L, -1)) {
    du_add_bits(g, (uint64_t)lua_tointeger(L, -1) ^ SIGN);
  } else if (lua_isboolean(L, -1)) {
    du_add_bits(g, (uint64_t)lua_toboolean(L, -1));
  } else {
    double number = lua_tonumber(L, -1);
    uint64_t bits;
    number += 0.0; /* -0.0 is 0.0 */
    memcpy(&bits, &number, sizeof bits);
    du_add_bits(g, bits & SIGN ? ~bits : bits | SIGN);
  }
}

/* ------------------------------------------------------------------- groups */

int du_add_group(Grouping *g) {
  lua_State *L = g->L;
  int group = ++g->groups, top = lua_gettop(L);
  lua_createtable(L, 0, g->nkeys + g->nmeasures + 3 * g->provenance);
  for (int i = 0; i < g->nkeys; i++) {
    lua_rawgeti(L, g->names, i + 1);
    lua_pushvalue(L, top - g->nkeys + 1 + i);
    lua_rawset(L, -3);
  }
  if (g->provenance) {
    lua_newtable(L);
    lua_setfield(L, -2, "records");
    lua_newtable(L);
    lua_rawseti(L, g->texts, group);
  }
  lua_rawseti(L, g->rows, group);
  du_text_grow(&g->tallies, (size_t)group * sizeof(Tally));
  du_text_grow(&g->totals,
               (size_t)group * (size_t)g->nmeasures * sizeof(Total));
  return group;
}

int du_find_group(Grouping *g) {
  lua_State *L = g->L;
  int group, top = lua_gettop(L);
  lua_pushlstring(L, g->bytes.length > 0 ? g->bytes.bytes : "",
                  g->bytes.length);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, g->numbers) != LUA_TNIL) {
    group = (int)lua_tointeger(L, -1);
    lua_settop(L, top);
    return group;
  }
  lua_pop(L, 1);
  lua_pushinteger(L, g->groups + 1);
  lua_rawset(L, g->numbers);
  return du_add_group(g);
}

Tally *du_tally_of(Grouping *g, int group) {
  return (Tally *)(void *)g->tallies.bytes + (group - 1);
}

Total *du_total_of(Grouping *g, int group, int measure) {
  return (Total *)(void *)g->totals.bytes +
         ((group - 1) * g->nmeasures + measure);
}

/* ----------------------------------------------------------------- measures */

/* What of a total does not fit into its sum. */
static DuWide *wide_of(DuText *wides, Total *total) {
  static const DuWide nothing = {{0}, 0};
  if (total->wide == 0) {
    du_text_add(wides, (const char *)&nothing, sizeof nothing);
    total->wide = wides->length / sizeof nothing;
  }
  return (DuWide *)(void *)wides->bytes + (total->wide - 1);
}

void du_add_number(DuText *wides, Total *total, double number) {
  if (!du_exact_add(&total->sum, number))
    du_wide_add(wide_of(wides, total), number);
}

void du_join_total(DuText *wides, Total *total, const DuText *other_wides,
                   const Total *other) {
  total->seen += other->seen;
  du_exact_join(&total->sum, &other->sum);
  if (other->wide != 0)
    du_wide_join(wide_of(wides, total),
                 (const DuWide *)(const void *)other_wides->bytes +
                     (other->wide - 1));
}

/* [-0, +1] the table that a measure keeps its values of a group in */
static void push_kept(Grouping *g, int group, int measure) {
  lua_State *L = g->L;
  lua_Integer place = (lua_Integer)(group - 1) * g->nmeasures + measure + 1;
  if (lua_rawgeti(L, g->values, place) == LUA_TTABLE)
    return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawseti(L, g->values, place);
}

/* Is the first of the two values on top smaller? Both are numbers or both
** text, which is compared by bytes, whatever the locale. */
static bool is_smaller(lua_State *L, int a, int b) {
  if (lua_type(L, a) == LUA_TSTRING && lua_type(L, b) == LUA_TSTRING)
    return strcmp(lua_tostring(L, a), lua_tostring(L, b)) < 0;
  return lua_compare(L, a, b, LUA_OPLT) != 0;
}

/* Keeps the value on top, which is popped, if it is the least or the most. */
void du_keep_extreme(Grouping *g, int group, int measure, bool least) {
  lua_State *L = g->L;
  push_kept(g, group, measure);
  lua_rawgeti(L, -1, 1);
  if (lua_isnil(L, -1) ||
      (least ? is_smaller(L, -3, -1) : is_smaller(L, -1, -3))) {
    lua_pushvalue(L, -3);
    lua_rawseti(L, -3, 1);
  }
  lua_pop(L, 3);
}

/* Adds the value on top, which is popped, to the set. */
void du_keep_distinct(Grouping *g, int group, int measure) {
  lua_State *L = g->L;
  push_kept(g, group, measure);
  lua_pushvalue(L, -2);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pushvalue(L, -3);
    lua_pushboolean(L, true);
    lua_rawset(L, -4);
    du_total_of(g, group, measure)->integer++;
  }
  lua_pop(L, 3);
}

/* Adds the value on top, which is popped, to the list. */
void du_keep_value(Grouping *g, int group, int measure) {
  lua_State *L = g->L;
  push_kept(g, group, measure);
  lua_insert(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

/* ------------------------------------------------------------------ medians */

void du_push_median(lua_State *L, double *numbers, size_t count) {
  double middle[2];
  du_middle_numbers(numbers, count, middle);
  lua_pushnumber(L, count % 2 == 1 ? middle[0] : (middle[0] + middle[1]) / 2);
}

void du_push_median_integer(lua_State *L, int64_t *integers, size_t count) {
  int64_t middle[2];
  du_middle_integers(integers, count, middle);
  if (count % 2 == 1)
    lua_pushinteger(L, middle[0]);
  else
    lua_pushnumber(L, ((double)middle[0] + (double)middle[1]) / 2);
}

/* [-1, +1] the list of numbers on top of the stack becomes its median */
static void median(lua_State *L) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  bool whole = true;
  int64_t *integers = lua_newuserdatauv(L, (size_t)count * sizeof *integers, 0);
  double *numbers = lua_newuserdatauv(L, (size_t)count * sizeof *numbers, 0);
  for (lua_Integer i = 0; i < count; i++) {
    lua_rawgeti(L, -3, i + 1);
    whole = whole && lua_isinteger(L, -1);
    integers[i] = lua_tointeger(L, -1);
    numbers[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  if (whole)
    du_push_median_integer(L, integers, (size_t)count);
  else
    du_push_median(L, numbers, (size_t)count);
  lua_replace(L, -4);
  lua_pop(L, 2);
}

/* ------------------------------------------------------------------ results */

static double sum_of(const Grouping *g, const Total *total) {
  const DuWide *wides = (const DuWide *)(const void *)g->wides.bytes;
  return du_exact_number(&total->sum,
                         total->wide != 0 ? wides + total->wide - 1 : NULL);
}

void du_push_measure(Grouping *g, int group, int number) {
  lua_State *L = g->L;
  const Measure *measure = &g->measures[number];
  const Total *total = du_total_of(g, group, number);
  const DuField *field =
      measure->function > POSSIBLE ? du_last_step(&measure->path) : NULL;
  switch (measure->function) {
  case COUNT:
    lua_pushinteger(L, du_tally_of(g, group)->count);
    return;
  case POSSIBLE:
    lua_pushinteger(L, du_tally_of(g, group)->possible);
    return;
  case DISTINCT:
    lua_pushinteger(L, total->integer);
    return;
  default:
    break;
  }
  if (total->seen == 0) {
    lua_pushnil(L);
  } else if (measure->function == MEAN) {
    lua_pushnumber(L, sum_of(g, total) / (double)total->seen);
  } else if (measure->function == SUM && field->type != DU_NUMBER) {
    int64_t sum;
    if (!du_exact_integer(&total->sum, &sum))
      du_raise(L, "invalid", g->kind->name, field->name,
               "sum: it is larger than an integer can be");
    lua_pushinteger(L, sum);
  } else if (measure->function == SUM) {
    lua_pushnumber(L, sum_of(g, total));
  } else {
    push_kept(g, group, number);
    if (measure->function == MEDIAN) {
      median(L);
    } else {
      lua_rawgeti(L, -1, 1);
      lua_remove(L, -2);
      du_present(g, field);
    }
  }
}
