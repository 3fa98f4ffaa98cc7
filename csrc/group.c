/*
** group.c - counts and other measures of what a query finds, by keys.
**
** The records are read in the order of their ids. A record belongs to one
** group for each combination of its keys' values: the elements of a list, the
** buckets that a date may lie in. It is counted in `count` where it certainly
** belongs, which a date that fits several buckets, or is marked with ? or ~,
** never does: there it is `possible`. All other measures take certain records
** only.
**
** A group is known by its keys written as bytes whose order is that of the
** rows: a tag first, so that what has no bounds and what is missing come last.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "edtf.h"
#include "group.h"
#include "middle.h"

/* What stands for the bucket of a date without bounds. */
const char du_unbounded[] = "unbounded";

static const char *const function_names[] = {"count", "possible", "distinct",
                                             "sum",   "mean",     "min",
                                             "max",   "median",   NULL};

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

const DuField *du_last_step(const Path *path) {
  return path->steps[path->length - 1];
}

/* --------------------------------------------------------------------- SQL */

/* The SQL of a path's value, or of a part of its date. */
void du_add_path(Grouping *g, DuText *sql, const Path *path, int step,
                 Part part) {
  const DuField *field = path->steps[step];
  char alias[16], inner[16];
  lua_pushfstring(g->L, "r%d", step);
  memcpy(alias, step == 0 ? "t" : lua_tostring(g->L, -1),
         step == 0 ? 2 : lua_rawlen(g->L, -1) + 1);
  lua_pushfstring(g->L, "r%d", step + 1);
  memcpy(inner, lua_tostring(g->L, -1), lua_rawlen(g->L, -1) + 1);
  lua_pop(g->L, 2);
  if (step == path->length - 1) {
    if (part == FIRST_DAY || part == LAST_DAY)
      du_date_bound(sql, g->store, alias, field, part == FIRST_DAY);
    else if (part == CERTAIN)
      du_date_certain(sql, g->store, alias, field);
    else
      du_field_column(sql, field, alias);
    return;
  }
  du_text_puts(sql, "(SELECT ");
  if (field->flags & DU_LIST)
    du_text_puts(sql, "json_group_array(");
  du_add_path(g, sql, path, step + 1, part);
  if (field->flags & DU_LIST) {
    du_text_format(sql, ") FROM json_each(%s.%q) j JOIN ", alias, field->name);
    du_text_view(sql, g->store, path->kinds[step + 1]);
    du_text_format(sql,
                   " %s ON %s.id = coalesce(j.atom, j.value ->> 'source'))",
                   inner, inner);
  } else {
    du_text_puts(sql, " FROM ");
    du_text_view(sql, g->store, path->kinds[step + 1]);
    du_text_format(sql, " %s WHERE %s.id = %s.%q)", inner, inner, alias,
                   field->name);
  }
}

static void add_column(Grouping *g, DuText *sql, const Path *path, Part part,
                       int *columns) {
  du_text_puts(sql, ", ");
  du_add_path(g, sql, path, 0, part);
  (*columns)++;
}

/* The statement that reads id, sources, and the columns of keys and measures:
** of all records that are found, or of those that the columns have left. */
static void start(Grouping *g, const char *ids, int64_t behind) {
  DuText sql;
  int columns = 2;
  du_text_init(g->L, &sql);
  du_text_puts(&sql, "t.id, t.sources");
  for (int i = 0; i < g->nkeys; i++) {
    Key *key = &g->keys[i];
    key->column = columns;
    if (key->bucket == DU_BUCKETS) {
      add_column(g, &sql, &key->path, VALUE, &columns);
    } else {
      add_column(g, &sql, &key->path, FIRST_DAY, &columns);
      add_column(g, &sql, &key->path, LAST_DAY, &columns);
      add_column(g, &sql, &key->path, CERTAIN, &columns);
    }
  }
  for (int i = 0; i < g->nmeasures; i++)
    if (g->measures[i].function > POSSIBLE) {
      g->measures[i].column = columns;
      add_column(g, &sql, &g->measures[i].path, VALUE, &columns);
    }
  du_text_add(&sql, "", 1);
  g->row = ids == NULL ? du_query_start_by_id(g->L, g->query, sql.bytes)
                       : du_query_start_rest(g->L, g->query, sql.bytes, false,
                                             behind, ids, strlen(ids));
  lua_remove(g->L, sql.slot);
}

/* ------------------------------------------------------------------ values */

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

/* Adds the value on top of the stack, which is popped, to the list below it,
** unless `seen`, above that, has it. */
static void add_distinct(lua_State *L) {
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pushvalue(L, -2);
    lua_pushboolean(L, true);
    lua_rawset(L, -5);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -5, (lua_Integer)lua_rawlen(L, -5) + 1);
  }
  lua_pop(L, 2);
}

/* [-0, +1] the distinct values of a path in the current row, as they are
** shown: a list, empty where there is none */
static void push_values(Grouping *g, const Path *path, int column) {
  static const char text[] =
      "SELECT coalesce(atom, value ->> 'source') FROM json_each(?1)";
  lua_State *L = g->L;
  const DuField *field = du_last_step(path);
  DuSql *sql = du_store_sql(L, g->store);
  DuStatement *element;
  DuStatus status;
  lua_createtable(L, 1, 0);
  if (du_sql_type(g->row, column) == DU_NULL_COLUMN)
    return;
  if (!path->list) {
    du_value_push_stored(L, g->row, column);
    du_present(g, field);
    lua_rawseti(L, -2, 1);
    return;
  }
  element = du_prepare(L, sql, text);
  du_value_push_stored(L, g->row, column);
  du_value_bind(L, element, 1, -1);
  lua_pop(L, 1);
  lua_newtable(L); /* seen */
  while ((status = du_sql_step(element)) == DU_ROW) {
    if (du_sql_type(element, 0) == DU_NULL_COLUMN)
      continue;
    du_value_push_stored(L, element, 0);
    du_present(g, field);
    add_distinct(L);
  }
  lua_pop(L, 1);
  du_finish(L, sql, element, status);
}

/* ------------------------------------------------------------------ groups */

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

int du_add_group(Grouping *g) {
  lua_State *L = g->L;
  int group = ++g->groups, top = lua_gettop(L);
  static const Tally none = {0, 0};
  static const Total nothing = {0};
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
  du_text_add(&g->tallies, (const char *)&none, sizeof none);
  for (int i = 0; i < g->nmeasures; i++)
    du_text_add(&g->totals, (const char *)&nothing, sizeof nothing);
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

static void measure_one(Grouping *g, int group, int number) {
  lua_State *L = g->L;
  const Measure *measure = &g->measures[number];
  Total *total = du_total_of(g, group, number);
  if (measure->function <= POSSIBLE)
    return;
  if (measure->function == DISTINCT) {
    push_values(g, &measure->path, measure->column);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
      lua_rawgeti(L, -1, i);
      du_keep_distinct(g, group, number);
    }
    lua_pop(L, 1);
    return;
  }
  if (du_sql_type(g->row, measure->column) == DU_NULL_COLUMN)
    return;
  total->seen++;
  if (measure->function == SUM || measure->function == MEAN) {
    if (du_sql_type(g->row, measure->column) == DU_INTEGER_COLUMN)
      du_exact_add_integer(&total->sum,
                           du_sql_integer(g->row, measure->column));
    else
      du_add_number(&g->wides, total, du_sql_number(g->row, measure->column));
    return;
  }
  du_value_push_stored(L, g->row, measure->column);
  if (measure->function == MEDIAN)
    du_keep_value(g, group, number);
  else
    du_keep_extreme(g, group, number, measure->function == MIN);
}

/* The current record belongs to the group of the bytes and of the nkeys values
** on top of the stack. */
static void join(Grouping *g, bool certain) {
  lua_State *L = g->L;
  int group = du_find_group(g);
  if (certain)
    du_tally_of(g, group)->count++;
  else
    du_tally_of(g, group)->possible++;
  if (g->provenance) {
    lua_rawgeti(L, g->rows, group);
    lua_getfield(L, -1, "records");
    lua_pushinteger(L, du_sql_integer(g->row, 0));
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 2);
    if (du_sql_type(g->row, 1) != DU_NULL_COLUMN) {
      lua_rawgeti(L, g->texts, group);
      du_value_push_stored(L, g->row, 1);
      lua_pushboolean(L, true);
      lua_rawset(L, -3);
      lua_pop(L, 1);
    }
  }
  for (int i = 0; certain && i < g->nmeasures; i++)
    measure_one(g, group, i);
}

static void visit(Grouping *g, int number, bool certain);

/* Goes on to the next key with the value on top of the stack, which is popped,
** and with the bytes as they are. */
static void go_on(Grouping *g, int key, bool certain, size_t length) {
  visit(g, key + 1, certain);
  lua_pop(g->L, 1);
  g->bytes.length = length;
}

static bool same_path(const Path *a, const Path *b) {
  bool same = a->length == b->length;
  for (int i = 0; same && i < a->length; i++)
    same = a->steps[i] == b->steps[i];
  return same;
}

/* Two buckets of one date must share a day of it: what an earlier key has left
** of the date bounds this one. */
static void narrow(const Grouping *g, int number, int *first, int *last) {
  for (int i = 0; i < number; i++) {
    const Key *other = &g->keys[i];
    if (other->bucket == DU_BUCKETS ||
        !same_path(&other->path, &g->keys[number].path))
      continue;
    *first = other->first > *first ? other->first : *first;
    *last = other->last < *last ? other->last : *last;
  }
}

static void visit_buckets(Grouping *g, int number, bool certain, int first,
                          int last) {
  Key *key = &g->keys[number];
  size_t length = g->bytes.length;
  narrow(g, number, &first, &last);
  for (int bucket = du_bucket_of(key->bucket, first);
       bucket <= du_bucket_of(key->bucket, last); bucket++) {
    du_bucket_days(key->bucket, bucket, &key->first, &key->last);
    key->first = key->first > first ? key->first : first;
    key->last = key->last < last ? key->last : last;
    du_add_tag(g, NUMBERED);
    du_add_bits(g, (uint64_t)bucket);
    du_push_bucket(g->L, key->bucket, bucket);
    go_on(g, number, certain, length);
  }
}

static void visit_date(Grouping *g, int number, bool certain) {
  Key *key = &g->keys[number];
  size_t length = g->bytes.length;
  int first = (int)du_sql_integer(g->row, key->column);
  int last = (int)du_sql_integer(g->row, key->column + 1);
  int buckets = MOST_BUCKETS + 1;
  if (du_sql_type(g->row, key->column) == DU_NULL_COLUMN) {
    du_add_tag(g, MISSING);
    lua_pushnil(g->L);
    go_on(g, number, certain, length);
    return;
  }
  if (first != DU_EDTF_NO_FIRST && last != DU_EDTF_NO_LAST)
    buckets =
        du_bucket_of(key->bucket, last) - du_bucket_of(key->bucket, first) + 1;
  if (buckets > MOST_BUCKETS) {
    key->first = DU_EDTF_NO_FIRST; /* it bounds no other key */
    key->last = DU_EDTF_NO_LAST;
    du_add_tag(g, UNBOUNDED);
    lua_pushstring(g->L, du_unbounded);
    go_on(g, number, false, length);
    return;
  }
  visit_buckets(g, number,
                certain && buckets == 1 &&
                    du_sql_integer(g->row, key->column + 2) != 0,
                first, last);
}

/* Visits every combination of the values of the keys from this one on. The
** values of those before it are on top of the stack. */
static void visit(Grouping *g, int number, bool certain) {
  lua_State *L = g->L;
  size_t length = g->bytes.length;
  lua_Integer count;
  luaL_checkstack(L, 12, NULL);
  if (number == g->nkeys) {
    join(g, certain);
    return;
  }
  if (g->keys[number].bucket != DU_BUCKETS) {
    visit_date(g, number, certain);
    return;
  }
  lua_rawgeti(L, g->candidates, number + 1);
  count = (lua_Integer)lua_rawlen(L, -1);
  if (count == 0) {
    lua_pop(L, 1);
    du_add_tag(g, MISSING);
    lua_pushnil(L);
    go_on(g, number, certain, length);
    return;
  }
  lua_pop(L, 1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, g->candidates, number + 1);
    lua_rawgeti(L, -1, i);
    lua_remove(L, -2);
    du_add_value(g);
    go_on(g, number, certain, length);
  }
}

/* Brings the lists of records back into the order of ids, after those that the
** columns had left came last. */
static void sort_records(Grouping *g) {
  lua_State *L = g->L;
  for (int group = 1; group <= g->groups; group++) {
    lua_Integer count;
    int64_t *ids;
    lua_rawgeti(L, g->rows, group);
    lua_getfield(L, -1, "records");
    count = (lua_Integer)lua_rawlen(L, -1);
    ids = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *ids, 0);
    for (lua_Integer i = 0; i < count; i++) {
      lua_rawgeti(L, -2, i + 1);
      ids[i] = lua_tointeger(L, -1);
      lua_pop(L, 1);
    }
    qsort(ids, (size_t)count, sizeof *ids, du_compare_ids);
    for (lua_Integer i = 0; i < count; i++) {
      lua_pushinteger(L, ids[i]);
      lua_rawseti(L, -3, i + 1);
    }
    lua_pop(L, 3);
  }
}

/* Reads what is in columns from there, and the rest, or all, from rows. */
static void read_rows(Grouping *g) {
  lua_State *L = g->L;
  DuStatus status;
  int64_t behind = 0;
  const char *ids = NULL;
  int top = lua_gettop(L);
  if (du_tally_columns(g, &behind) == NULL)
    ids = lua_tostring(L, -1);
  if (g->complete) {
    lua_settop(L, top);
    return;
  }
  start(g, ids, behind);
  while ((status = du_sql_step(g->row)) == DU_ROW) {
    for (int i = 0; i < g->nkeys; i++)
      if (g->keys[i].bucket == DU_BUCKETS) {
        push_values(g, &g->keys[i].path, g->keys[i].column);
        lua_rawseti(L, g->candidates, i + 1);
      }
    g->bytes.length = 0;
    visit(g, 0, true);
  }
  du_finish(L, du_store_sql(L, g->store), g->row, status);
  if (ids != NULL && strcmp(ids, "[]") != 0 && g->provenance)
    sort_records(g);
  lua_settop(L, top);
}

/* ----------------------------------------------------------------- results */

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

static double sum_of(const Grouping *g, const Total *total) {
  const DuWide *wides = (const DuWide *)(const void *)g->wides.bytes;
  return du_exact_number(&total->sum,
                         total->wide != 0 ? wides + total->wide - 1 : NULL);
}

/* [-0, +1] a measure of a group; nil where it has seen nothing */
static void push_measure(Grouping *g, int group, int number) {
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

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
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
  qsort(keys, count, sizeof *keys, compare_texts);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, keys[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, top, "sources");
  lua_settop(L, top);
}

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
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->bytes, y->bytes, shorter);
  return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* Most records first; by keys where they are equally many. */
static int compare_counts(const void *a, const void *b) {
  const Place *x = a, *y = b;
  if (x->tally.count != y->tally.count)
    return x->tally.count > y->tally.count ? -1 : 1;
  return compare_places(a, b);
}

/* Adds what a row has beside its keys to the one on top of the stack. */
static void fill_row(Grouping *g, int group) {
  lua_State *L = g->L;
  for (int m = 0; m < g->nmeasures; m++) {
    lua_rawgeti(L, g->names, g->nkeys + m + 1);
    push_measure(g, group, m);
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
    fill_row(g, places[i].group);
    lua_rawseti(L, -2, i + 1);
  }
  lua_remove(L, -2);
}

/* [-0, +1] the same; what columns have made is in that order */
static void push_rows(Grouping *g) {
  if (!g->complete) {
    push_ordered(g);
    return;
  }
  lua_pushvalue(g->L, g->rows);
  for (int group = 1; group <= g->groups; group++) {
    lua_rawgeti(g->L, -1, group);
    fill_row(g, group);
    lua_pop(g->L, 1);
  }
}

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

/* [-0, +1] what there is to know of the rows: keys, measures, aggregates (how
** each was made), unit, and whether they have their provenance */
static void push_info(Grouping *g) {
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
    lua_pushstring(L, function_names[g->measures[i].function]);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -3, "aggregates");
  lua_setfield(L, -2, "measures");
  push_unit(g);
  lua_setfield(L, -2, "unit");
  lua_pushboolean(L, g->provenance);
  lua_setfield(L, -2, "provenance");
}

/* --------------------------------------------------------------- arguments */

static void new_slot(lua_State *L, int *slot) {
  lua_newtable(L);
  *slot = lua_gettop(L);
}

/* The query at index 1; options are read afterwards. */
static void begin(lua_State *L, Grouping *g) {
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

static Function function_named(lua_State *L, int index) {
  const char *name = du_name_at(L, index);
  for (int i = 0; name != NULL && i < FUNCTIONS; i++)
    if (strcmp(function_names[i], name) == 0)
      return (Function)i;
  du_show(L, index);
  du_show_words(L, function_names);
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

/* Adds a measure, whose name is on top of the stack, and is popped. path is
** NULL for count and possible. */
static void add_measure(Grouping *g, Function function, const char *path) {
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
  function = function_named(L, -1);
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
             lua_tostring(L, -1), function_names[function]);
  }
  lua_pushvalue(L, value - 1);
  add_measure(g, function, parts == 2 ? lua_tostring(L, -2) : NULL);
  lua_settop(L, value - 2);
}

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
  qsort(names, (size_t)count, sizeof *names, compare_texts);
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

/* The table at index: keys in its list, measures by name. */
static void read_options(Grouping *g, int index) {
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
    add_measure(g, COUNT, NULL);
    lua_pushliteral(L, "possible");
    add_measure(g, POSSIBLE, NULL);
  }
}

void du_group_begin(lua_State *L, Grouping *g, int options,
                    const char *function, const char *field) {
  begin(L, g);
  if (options != 0) {
    read_options(g, options);
    return;
  }
  g->provenance = false;
  lua_pushliteral(L, "value");
  lua_pushstring(L, function);
  lua_insert(L, -2);
  add_measure(g, function_named(L, -2), field);
  lua_pop(L, 1);
}

/* query, options -> rows, info, store */
static int group_body(lua_State *L) {
  Grouping g;
  begin(L, &g);
  read_options(&g, 2);
  read_rows(&g);
  push_rows(&g);
  push_info(&g);
  lua_getiuservalue(L, 1, DU_QUERY_STORE);
  return 3;
}

/*
** query:group{ key, …, name = measure, … } -> rows
** Counts what the query finds by keys. A key is a field ("destination"), a
** field of what it refers to ("destination.name"), or a bucket of a date:
** "year" of the kind's own date, "exported.year" of another; decade, quarter,
** month, week and day likewise. A measure is "count", "possible", or
** { "sum", field } and so on with distinct, mean, min, max and median; count
** and possible when none is named. provenance = false leaves out `records`,
** `sources` and `independent`; top = 20 leaves only the twenty groups of the
** highest count, and their rows come in the order of that.
** Rows come in the order of their keys; those whose date has no bounds
** ("unbounded") and those without a value come last.
** Raises `misuse` for unknown keys and measures.
*/
int du_query_group(lua_State *L) {
  const DuQuery *query;
  lua_settop(L, 2);
  if (!lua_istable(L, 2))
    du_misuse(L, 2, "a table of keys and measures");
  query = du_check_query(L, 1);
  du_read(L, query->store, group_body);
  du_make_rows(L);
  return 1;
}

/* query, field, function -> a measure of all that the query finds, without
** keys */
static int measure_body(lua_State *L) {
  Grouping g;
  Function function = (Function)lua_tointeger(L, 3);
  begin(L, &g);
  g.provenance = false;
  lua_pushliteral(L, "value");
  add_measure(&g, function, lua_tostring(L, 2));
  read_rows(&g);
  if (g.groups > 0)
    push_measure(&g, 1, 0);
  else if (function == DISTINCT)
    lua_pushinteger(L, 0);
  else
    lua_pushnil(L);
  return 1;
}

static int measure_all(lua_State *L, Function function) {
  const DuQuery *query;
  lua_settop(L, 2);
  if (du_name_at(L, 2) == NULL)
    du_misuse(L, 2, "the name of a field");
  query = du_check_query(L, 1);
  lua_pushinteger(L, (lua_Integer)function);
  return du_read(L, query->store, measure_body);
}

/*
** query:sum(field) -> number or nil
** The sum over the records it finds; nil where none has a value. A sum of
** numbers is exact, and rounded once: the same in whatever order the records
** are read.
*/
int du_query_sum(lua_State *L) {
  return measure_all(L, SUM);
}

/*
** query:mean(field) -> number or nil
** The mean over the records it finds that have a value; nil where none has.
*/
int du_query_mean(lua_State *L) {
  return measure_all(L, MEAN);
}

/*
** query:min(field) -> number, text or nil
** The least value of the records it finds; nil where none has one.
*/
int du_query_min(lua_State *L) {
  return measure_all(L, MIN);
}

/*
** query:max(field) -> number, text or nil
** The greatest value of the records it finds; nil where none has one.
*/
int du_query_max(lua_State *L) {
  return measure_all(L, MAX);
}

/*
** query:median(field) -> number or nil
** The median over the records it finds; nil where none has a value.
*/
int du_query_median(lua_State *L) {
  return measure_all(L, MEDIAN);
}

/*
** query:distinct(field) -> integer
** How many different values the records it finds have.
*/
int du_query_distinct(lua_State *L) {
  return measure_all(L, DISTINCT);
}
