/*
** explain.c - query:explain(): how a query would be answered. Nothing is read
** but the directory of segments, what is noted of them, and SQLite's own plan.
*/
#include <string.h>

#include "group.h"

/* What is asked of the query, by the names of the options; nothing is a loop
** over its records. */
static const char *const names[] = {"count",    "group", "values", "sum",
                                    "mean",     "min",   "max",    "median",
                                    "distinct", NULL};

typedef struct Answer {
  lua_State *L;
  const DuQuery *query;
  const char *what;
  bool finds, reads; /* columns do */
  const char *why;   /* they do not; NULL where they do both */
  unsigned char fields[DU_MOST_FIELDS]; /* that are read */
  int nfields;
  DuScan scan;
} Answer;

/* ------------------------------------------------------------------- asking */

/* [-0, +1] the name and the value of the only option */
static const char *read_option(lua_State *L, const DuKind *kind) {
  const char *what = NULL;
  du_check_options(L, 2, names);
  lua_pushnil(L);
  for (int i = 0; names[i] != NULL && lua_istable(L, 2); i++) {
    if (lua_getfield(L, 2, names[i]) == LUA_TNIL) {
      lua_pop(L, 1);
      continue;
    }
    if (what != NULL)
      du_raise(L, "misuse", kind->name, NULL,
               "explain: expected one thing to be explained, got %s and %s",
               what, names[i]);
    what = names[i];
    lua_replace(L, -2);
  }
  return what;
}

/* The fields of the list on top of the stack, after the id. */
static void read_values(Answer *answer) {
  lua_State *L = answer->L;
  const DuKind *kind = answer->query->kind;
  lua_Integer count;
  if (!lua_istable(L, -1))
    du_raise(L, "misuse", kind->name, NULL,
             "explain: values is a list of fields");
  count = (lua_Integer)lua_rawlen(L, -1);
  if (count >= DU_MOST_FIELDS)
    du_raise(L, "misuse", kind->name, NULL, "explain: too many fields");
  answer->fields[answer->nfields++] =
      (unsigned char)(du_id_field(kind) - kind->fields);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    answer->fields[answer->nfields++] =
        (unsigned char)(du_check_field(L, kind, lua_gettop(L)) - kind->fields);
    lua_pop(L, 1);
  }
}

/* The fields that the query's records hold. */
static void read_selected(Answer *answer) {
  lua_State *L = answer->L;
  if (lua_getiuservalue(L, 1, DU_QUERY_FIELDS) == LUA_TTABLE) {
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
      lua_rawgeti(L, -1, i);
      answer->fields[answer->nfields++] = (unsigned char)lua_tointeger(L, -1);
      lua_pop(L, 1);
    }
  } else {
    for (int i = 0; i < answer->query->kind->nfields; i++)
      answer->fields[answer->nfields++] = (unsigned char)i;
  }
  lua_pop(L, 1);
}

/* A loop: columns give the values, or find the records that rows give, or do
** neither. What the scan has on the stack stays. */
static void ask_loop(Answer *answer) {
  lua_State *L = answer->L;
  const DuKind *kind = answer->query->kind;
  int top = lua_gettop(L);
  const char *find;
  answer->why = du_scan_begin_reading(L, &answer->scan, 1, answer->fields,
                                      answer->nfields, DU_TO_EXPLAIN);
  if (answer->why == NULL) {
    answer->finds = answer->reads = true;
    return;
  }
  lua_settop(L, top);
  answer->nfields = 0;
  find = du_scan_begin_find(L, &answer->scan, 1, DU_TO_EXPLAIN);
  if (find == NULL) {
    answer->finds = true;
    answer->fields[answer->nfields++] =
        (unsigned char)(du_id_field(kind) - kind->fields);
    if (du_foremost_asked(answer->query))
      answer->fields[answer->nfields++] =
          (unsigned char)(answer->query->by - kind->fields);
  } else if (answer->scan.directory == NULL || answer->scan.ntests > 0) {
    answer->why = find; /* it says more than why nothing is read */
  }
}

static void ask_group(Answer *answer, const char *function, int value) {
  lua_State *L = answer->L;
  Grouping g;
  const char *field = NULL;
  if (function != NULL) {
    field = du_name_at(L, value);
    if (field == NULL)
      du_raise(L, "misuse", answer->query->kind->name, NULL,
               "explain: %s is of the name of a field", function);
  } else if (!lua_istable(L, value)) {
    du_raise(L, "misuse", answer->query->kind->name, NULL,
             "explain: group is the table that query:group takes");
  }
  du_group_begin(L, &g, function != NULL ? 0 : value, function, field);
  answer->why = du_tally_begin(&g, &answer->scan, DU_TO_EXPLAIN);
  answer->finds = answer->reads = answer->why == NULL;
  if (answer->why == NULL)
    answer->nfields = du_tally_fields(&g, answer->fields);
}

/* [-0, +n] */
static void ask(Answer *answer) {
  lua_State *L = answer->L;
  const char *what = read_option(L, answer->query->kind);
  int value = lua_gettop(L);
  answer->what = what != NULL ? what : "loop";
  if (what == NULL) {
    read_selected(answer);
    ask_loop(answer);
  } else if (strcmp(what, "values") == 0) {
    read_values(answer);
    ask_loop(answer);
  } else if (strcmp(what, "count") == 0) {
    if (!lua_isboolean(L, value) || !lua_toboolean(L, value))
      du_raise(L, "misuse", answer->query->kind->name, NULL,
               "explain: expected count = true");
    answer->why = du_scan_begin_count(L, &answer->scan, 1, DU_TO_EXPLAIN);
    answer->finds = answer->reads = answer->why == NULL;
  } else {
    ask_group(answer, strcmp(what, "group") == 0 ? NULL : what, value);
  }
}

/* ------------------------------------------------------------------ telling */

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

/* The fields whose columns are read, sorted, each once. */
static void set_columns(Answer *answer) {
  lua_State *L = answer->L;
  const DuKind *kind = answer->query->kind;
  uint64_t asked = du_scan_fields(&answer->scan);
  lua_Integer count = 0;
  for (int i = 0; i < answer->nfields; i++)
    asked |= (uint64_t)1 << answer->fields[i];
  lua_newtable(L);
  for (int i = 0; i < kind->nfields; i++)
    if (asked >> i & 1) {
      lua_pushstring(L, kind->fields[i].name);
      lua_rawseti(L, -2, ++count);
    }
  lua_setfield(L, -2, "columns");
}

/* Tells of the columns; returns how many records are not in them as they are.
 */
static int64_t set_scan(Answer *answer) {
  lua_State *L = answer->L;
  DuScanCost cost =
      du_scan_cost(&answer->scan, answer->fields, answer->nfields);
  int64_t unpacked = du_scan_unpacked(&answer->scan);
  set_integer(L, "segments", cost.segments);
  set_integer(L, "skipped", cost.skipped);
  set_integer(L, "touched", cost.segments - cost.skipped);
  set_integer(L, "bytes", cost.bytes);
  set_integer(L, "cached", cost.cached);
  set_integer(L, "changed", answer->scan.nstale);
  set_integer(L, "unpacked", unpacked);
  set_columns(answer);
  return answer->scan.nstale + unpacked;
}

static void set_plan(Answer *answer, int64_t rest) {
  lua_State *L = answer->L;
  bool loop =
      strcmp(answer->what, "loop") == 0 || strcmp(answer->what, "values") == 0;
  const char *columns = strcmp(answer->what, "count") == 0 ? "1" : "t.*";
  if (!answer->finds)
    du_query_push_plan(L, 1, columns,
                       loop ? DU_PLAN_OF_LOOP : DU_PLAN_OF_COUNT);
  else if (!answer->reads || rest > 0)
    du_query_push_plan(L, 1, columns, DU_PLAN_OF_REST);
  else
    lua_newtable(L);
  lua_setfield(L, -2, "sqlite");
}

/* query, options -> explanation */
static int explain_body(lua_State *L) {
  Answer answer;
  int64_t rest = 0;
  memset(&answer, 0, sizeof answer);
  answer.L = L;
  answer.query = lua_touserdata(L, 1);
  luaL_checkstack(L, 60, NULL);
  ask(&answer);
  lua_createtable(L, 0, 14);
  lua_pushstring(L, answer.query->kind->name);
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, answer.what);
  lua_setfield(L, -2, "what");
  lua_pushstring(L, answer.finds ? "columns" : "rows");
  lua_setfield(L, -2, "finds");
  lua_pushstring(L, answer.reads ? "columns" : "rows");
  lua_setfield(L, -2, "reads");
  lua_pushstring(L, answer.why);
  lua_setfield(L, -2, "why");
  lua_pushboolean(L, answer.scan.packs);
  lua_setfield(L, -2, "packs");
  if (answer.finds)
    rest = set_scan(&answer);
  set_plan(&answer, rest);
  luaL_setmetatable(L, DU_EXPLANATION);
  return 1;
}

/*
** query:explain([{ count = true }]) -> explanation
** How the query would be answered, which is told without reading its records:
** as a loop over them, or as what one option names. count = true; group, with
** the table that query:group takes; values, with a list of fields; sum, mean,
** min, max, median or distinct, with a field.
** The explanation prints as text. `finds` says whether the records are found in
** "columns" or "rows", `reads` where their values come from, and `why` why that
** is not columns; `packs` is true where columns would be made first. Where
** columns find: `segments`, how many there are; `skipped`, those that the least
** and most value of their columns, or the months of a date, pass over;
** `touched`, the others, of which fewer are read where the first by a date are
** asked for; `columns`, which fields are read, `bytes`, how large they are in
** these at most, and `cached`, how much of that is in memory; `changed` and
** `unpacked`, how many records come from rows since they have changed, or are
** in no segment.
** `sqlite` is the list of lines in which SQLite tells how it reads rows, if any
** are read. A grouping may turn to rows after all, where its keys have too many
** values.
** Raises `misuse` for unknown options and fields.
*/
int du_query_explain(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_settop(L, 2);
  return du_read(L, query->store, explain_body);
}

/* Makes the class of explanations. */
void du_open_explain(lua_State *L) {
  luaL_newmetatable(L, DU_EXPLANATION);
  lua_pushcfunction(L, du_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, DU_EXPLANATION);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
