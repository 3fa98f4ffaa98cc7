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
#include <stdlib.h>
#include <string.h>

#include "edtf.h"
#include "group.h"

/* ---------------------------------------------------------------------- SQL */

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

/* ------------------------------------------------------------------- values */

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

/* ------------------------------------------------------------------ records */

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

/* --------------------------------------------------------- functions of Lua */

/* query, options -> rows, info, store */
static int group_body(lua_State *L) {
  Grouping g;
  du_begin_grouping(L, &g);
  du_read_options(&g, 2);
  read_rows(&g);
  du_push_rows(&g);
  du_push_info(&g);
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
  du_begin_grouping(L, &g);
  g.provenance = false;
  lua_pushliteral(L, "value");
  du_add_measure(&g, function, lua_tostring(L, 2));
  read_rows(&g);
  if (g.groups > 0)
    du_push_measure(&g, 1, 0);
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
