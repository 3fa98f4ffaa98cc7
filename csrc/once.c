/*
** once.c - of the records that agree in some fields, the first alone.
**
** Which agree is found in columns (standing.c), or by SQLite: the records that
** the query has found so far are grouped, and the query is joined to the first
** of each group. Two records agree where all of the fields have the same value:
*lists, the same
** elements; dates, the same text; the `day` of a date, that it certainly is
** this one day. What is missing is not known to be the same as anything: a
** record that lacks one of the fields stands for itself.
*/
#include "columns.h"

#include <string.h>

/* More fields than that no kind has. */
#define MOST_KEYS 64

/* The word for the day of a kind's own date. */
static const char day[] = "day";

typedef struct Once {
  lua_State *L;
  const DuQuery *query;
  DuText values; /* `, <expression> AS k1, …` */
  DuText keys;   /* `k1, …` */
  DuText lacks;  /* `k1 IS NULL OR …`, of those that must not be missing */
  int list;      /* stack index of what is asked, for columns */
} Once;

/* ------------------------------------------------------------------- keys */

/* The day of a date that is certainly one day. */
static void add_day(Once *once, const DuField *date) {
  DuText *sql = &once->values;
  const DuStore *store = once->query->store;
  du_text_puts(sql, "CASE WHEN ");
  du_date_bound(sql, store, "t", date, true);
  du_text_puts(sql, " = ");
  du_date_bound(sql, store, "t", date, false);
  du_text_puts(sql, " AND ");
  du_date_certain(sql, store, "t", date);
  du_text_puts(sql, " THEN ");
  du_date_bound(sql, store, "t", date, true);
  du_text_puts(sql, " END");
}

/* The elements of a list, each once, in an order of their own. */
static void add_set(Once *once, const DuField *list) {
  DuText *sql = &once->values;
  du_text_puts(sql, "CASE WHEN ");
  du_field_column(sql, list, "t");
  du_text_puts(sql, " IS NOT NULL THEN (SELECT json_group_array(x) FROM "
                    "(SELECT DISTINCT coalesce(j.atom, j.value ->> 'source') "
                    "AS x FROM json_each(");
  du_field_column(sql, list, "t");
  du_text_puts(sql, ") j ORDER BY 1)) END");
}

/* The name of a field is on top of the stack. Returns the field; of a day, that
** of the date. */
static const DuField *add_value(Once *once, bool *is_day) {
  lua_State *L = once->L;
  const DuKind *kind = once->query->kind;
  const char *name = du_name_at(L, -1);
  const DuField *field;
  *is_day = name != NULL && strcmp(name, day) == 0;
  if (*is_day) {
    if (kind->date == NULL)
      du_raise(L, "misuse", kind->name, NULL,
               "once: the kind has no date, and so no day");
    field = &kind->fields[du_field_find(kind, kind->date)];
    add_day(once, field);
    return field;
  }
  field = du_check_field(L, kind, -1);
  if (field->type == DU_DATA || field->type == DU_STAGES)
    du_raise(L, "misuse", kind->name, field->name,
             "once: it is a table, of which none is known to be the same as "
             "another");
  if (field->flags & DU_LIST)
    add_set(once, field);
  else
    du_field_column(&once->values, field, "t");
  return field;
}

/* Takes the value on top of the stack into the list for columns. */
static void list_value(Once *once, int place) {
  lua_rawseti(once->L, once->list, place);
}

/* Notes a key for columns. */
static void list_key(Once *once, int number, const DuField *field, bool is_day,
                     bool may_lack) {
  lua_State *L = once->L;
  int at = DU_ONCE_KEYS + DU_KEY_SIZE * number;
  lua_pushinteger(L, (lua_Integer)(field - once->query->kind->fields));
  list_value(once, at + DU_KEY_FIELD);
  lua_pushboolean(L, is_day);
  list_value(once, at + DU_KEY_DAY);
  lua_pushboolean(L, may_lack);
  list_value(once, at + DU_KEY_MAY_LACK);
}

/* Raises unless the value at index is a list without holes and other keys. */
static void check_list(Once *once, int index, const char *what) {
  lua_State *L = once->L;
  lua_Integer keys = 0;
  lua_pushnil(L);
  for (; lua_istable(L, index) && lua_next(L, index) != 0; lua_pop(L, 1))
    keys++;
  if (!lua_istable(L, index) || keys != (lua_Integer)lua_rawlen(L, index)) {
    du_show(L, index);
    du_raise(L, "misuse", once->query->kind->name, NULL,
             "%s: expected a list of fields, got %s", what,
             lua_tostring(L, -1));
  }
}

/* Does the list at index have the value on top of the stack? */
static bool has(lua_State *L, int index) {
  bool found = false;
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, index) && !found;
       i++) {
    lua_rawgeti(L, index, i);
    found = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
  }
  return found;
}

/* The fields in the list at `fields`; two that lack one of those at `missing`
** may agree nevertheless. */
static void add_keys(Once *once, int fields, int missing) {
  lua_State *L = once->L;
  lua_Integer count = (lua_Integer)lua_rawlen(L, fields);
  if (count == 0 || count > MOST_KEYS)
    du_raise(L, "misuse", once->query->kind->name, NULL,
             "once: expected a list of one to %d fields", MOST_KEYS);
  for (int i = 1; i <= (int)count; i++) {
    const DuField *field;
    bool is_day, may_lack;
    lua_rawgeti(L, fields, i);
    du_text_puts(&once->values, ", ");
    field = add_value(once, &is_day);
    may_lack = has(L, missing);
    list_key(once, i - 1, field, is_day, may_lack);
    du_text_format(&once->values, " AS k%d", i);
    du_text_format(&once->keys, i > 1 ? ", k%d" : "k%d", i);
    if (!may_lack)
      du_text_format(&once->lacks,
                     once->lacks.length > 0 ? " OR k%d IS NULL" : "k%d IS NULL",
                     i);
    lua_pop(L, 1);
  }
}

/* --------------------------------------------------------------- arguments */

/* The option at index that says how many records one must stand for. */
static int64_t check_least(Once *once, int index) {
  lua_State *L = once->L;
  int64_t least;
  int exact;
  if (!lua_istable(L, index) || lua_getfield(L, index, "least") == LUA_TNIL)
    return 1;
  least = lua_tointegerx(L, -1, &exact);
  if (lua_type(L, -1) != LUA_TNUMBER || !exact || least < 1) {
    du_show(L, -1);
    du_raise(L, "misuse", once->query->kind->name, NULL,
             "option least: expected a number of records, 1 or more, got %s",
             lua_tostring(L, -1));
  }
  return least;
}

/* [-0, +1] the list of fields of the option at index that may be missing */
static void push_missing(Once *once, int index, int fields) {
  lua_State *L = once->L;
  int list;
  if (!lua_istable(L, index) || lua_getfield(L, index, "missing") == LUA_TNIL) {
    lua_newtable(L);
    return;
  }
  list = lua_gettop(L);
  check_list(once, list, "option missing");
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, list); i++) {
    lua_rawgeti(L, list, i);
    if (!has(L, fields)) {
      du_show(L, -1);
      du_raise(L, "misuse", once->query->kind->name, NULL,
               "option missing: %s is none of the fields to agree in",
               lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
}

/* ------------------------------------------------------------------- SQL */

/* [-0, +1] begins the list for columns with what was asked before */
static void begin_list(Once *once, int64_t least) {
  lua_State *L = once->L;
  lua_createtable(L, DU_ONCE_KEYS + 4 * DU_KEY_SIZE, 0);
  once->list = lua_gettop(L);
  du_query_spell(L, 1);
  lua_getiuservalue(L, 1, DU_QUERY_TESTS);
  list_value(once, DU_ONCE_TESTS);
  lua_getiuservalue(L, 1, DU_QUERY_PARAMETERS);
  list_value(once, DU_ONCE_PARAMETERS);
  lua_pushinteger(L, least);
  list_value(once, DU_ONCE_LEAST);
}

/* [-0, +1] the SQL of the ids and keys of what the query finds; fields and
** those that may be missing are the lists at these indices */
static void push_keys(Once *once, int fields, int missing) {
  lua_State *L = once->L;
  DuText sql;
  du_text_init(L, &once->values);
  du_text_init(L, &once->keys);
  du_text_init(L, &once->lacks);
  add_keys(once, fields, missing);
  du_text_init(L, &sql);
  du_text_puts(&sql, "SELECT t.id AS id");
  du_text_add(&sql, once->values.bytes, once->values.length);
  du_text_puts(&sql, " FROM ");
  du_text_view(&sql, once->query->store, once->query->kind);
  du_text_puts(&sql, " t WHERE t.retracted IS NULL");
  if (lua_getiuservalue(L, 1, DU_QUERY_WHERE) == LUA_TSTRING)
    du_text_format(&sql, " AND %s", lua_tostring(L, -1));
  du_text_push(&sql);
  lua_pushvalue(L, -1);
  list_value(once, DU_ONCE_SQL);
}

/* [-0, +1] the text of the grouping, from that SQL, which is on top */
static void push_grouping(Once *once, int64_t least) {
  lua_State *L = once->L;
  const char *keyed = lua_tostring(L, -1);
  DuText sql;
  du_text_init(L, &sql);
  du_text_format(&sql,
                 "SELECT min(id) AS id, json_group_array(id) AS ids FROM "
                 "(%s) GROUP BY ",
                 keyed);
  du_text_add(&sql, once->keys.bytes, once->keys.length);
  if (once->lacks.length > 0) {
    du_text_puts(&sql, ", CASE WHEN ");
    du_text_add(&sql, once->lacks.bytes, once->lacks.length);
    du_text_puts(&sql, " THEN id END");
  }
  if (least > 1)
    du_text_format(&sql, " HAVING count(*) >= %I", least);
  du_text_push(&sql);
}

/*
** query:once({ field, … } [, { missing=, least= }]) -> query
** Of the records that agree in all of these fields, the first alone (the one
** with the lowest id). As a table, each record then has `ids`: those that it
** stands for, itself included.
**   field    a field, or "day": of the kind's own date, if it is certainly
**            one day
**   missing  the fields in which two records that lack a value agree; in all
**            others a record without a value agrees with none
**   least    how many records one must stand for (1)
** It is about what the query asks so far; a later where asks the records that
** are left. Raises `misuse` for unknown fields, and for tables.
*/
int du_query_once(lua_State *L) {
  static const char *const names[] = {"missing", "least", NULL};
  DuQuery *copy;
  Once once;
  int64_t least;
  once.L = L;
  once.query = du_check_query(L, 1);
  lua_settop(L, 3);
  check_list(&once, 2, "once");
  du_check_options(L, 3, names);
  if (lua_getiuservalue(L, 1, DU_QUERY_ONCE) != LUA_TNIL)
    du_raise(L, "misuse", once.query->kind->name, NULL,
             "once: each of its records stands for others already");
  least = check_least(&once, 3);
  begin_list(&once, least);
  push_missing(&once, 3, 2);
  push_keys(&once, 2, lua_gettop(L));
  push_grouping(&once, least);
  copy = du_query_copy(L, 1);
  copy->plain = false;
  copy->nasked = 0;
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, DU_QUERY_ONCE);
  lua_pushvalue(L, once.list);
  lua_setiuservalue(L, -2, DU_QUERY_STANDING);
  lua_pushnil(L); /* it is in the grouping, */
  lua_setiuservalue(L, -2, DU_QUERY_WHERE);
  lua_newtable(L); /* and in the list */
  lua_setiuservalue(L, -2, DU_QUERY_TESTS);
  return 1;
}
