/*
** where.c - the table of a `where` as SQL.
**
** It is read at once, so that what is wrong in it is told at its line; values
** are bound, and every identifier comes from the kinds. Fields are read in the
** order of the kind, operators in the order below, so that the same table
** always gives the same SQL.
*/
#include "core.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "edtf.h"

/* --------------------------------------------------------------- operators */

typedef enum Operator {
  EQ, /* has no word: a plain value, or a list of which any will do */
  NE,
  LT,
  LTE,
  GT,
  GTE,
  LIKE,
  DURING,
  BEFORE,
  AFTER,
  WITHIN,
  MISSING,
  OPERATORS
} Operator;

static const char *const operator_words[OPERATORS] = {
    "",     "ne",     "lt",     "lte",   "gt",     "gte",
    "like", "during", "before", "after", "within", "missing"};

/* What the columns are asked where the rows are asked with this operator. */
static const DuTestOp test_ops[OPERATORS] = {
    DU_TEST_EQ,     DU_TEST_NE,    DU_TEST_LT,  DU_TEST_LTE,
    DU_TEST_GT,     DU_TEST_GTE,   DU_TEST_EQ,  DU_TEST_DURING,
    DU_TEST_BEFORE, DU_TEST_AFTER, DU_TEST_SET, DU_TEST_MISSING};

static const char *comparison_of(DuTestOp op) {
  switch (op) {
  case DU_TEST_NE:
    return "IS NOT";
  case DU_TEST_LT:
    return "<";
  case DU_TEST_LTE:
    return "<=";
  case DU_TEST_GT:
    return ">";
  case DU_TEST_GTE:
    return ">=";
  default:
    return "=";
  }
}

#define BIT(op) (1u << (op))
#define ORDERING (BIT(LT) | BIT(LTE) | BIT(GT) | BIT(GTE))

static bool may_be_within(const DuField *field, const DuKind *kind) {
  const DuKind *target =
      field->type == DU_ID ? kind : du_target_kind(field->targets);
  return (field->type == DU_REFERENCE || field->type == DU_ID) &&
         target != NULL && du_kind_nested(target);
}

/* The operators that a field's values can be asked with. */
static unsigned operators_of(const DuField *field, const DuKind *kind) {
  unsigned within = may_be_within(field, kind) ? BIT(WITHIN) : 0;
  switch (field->type) {
  case DU_TEXT:
    return BIT(NE) | ORDERING | BIT(LIKE) | BIT(MISSING);
  case DU_INTEGER:
  case DU_NUMBER:
  case DU_REVISION:
    return BIT(NE) | ORDERING | BIT(MISSING);
  case DU_DATE:
  case DU_RECORDED:
    return BIT(NE) | BIT(DURING) | BIT(BEFORE) | BIT(AFTER) | BIT(MISSING);
  case DU_DATA:
  case DU_STAGES:
    return BIT(MISSING);
  default:
    return BIT(NE) | BIT(MISSING) | within;
  }
}

/* Can the records it refers to be asked in turn, { country = "KOR" }? */
static const DuKind *asked_through(const DuField *field) {
  return field->targets != 0 ? du_target_kind(field->targets) : NULL;
}

/* --------------------------------------------------------------- building */

/* Takes the value on top of the stack, which is popped, to be bound; returns
** the number of its parameter. */
int du_where_bind(DuWhere *w) {
  int first = w->store->as_of != DU_NOW; /* ?1 is the view's revision */
  lua_rawseti(w->L, w->values, ++w->count - first);
  return w->count;
}

/* The same, and names the parameter in the SQL. */
void du_where_value(DuWhere *w) {
  du_text_format(&w->sql, "?%d", du_where_bind(w));
}

/* The record that the value at index names. The first time, what is known of
** names is looked up, so that asking of none costs nothing. */
static int64_t resolve(DuWhere *w, uint32_t targets, int index,
                       const DuKind *kind, const DuField *field) {
  lua_State *L = w->L;
  index = lua_absindex(L, index);
  if (lua_type(L, w->known) == LUA_TUSERDATA) {
    du_push_known(L, w->known);
    lua_replace(L, w->known);
  }
  return du_resolve_known(L, w->store, w->known, targets, index, kind,
                          field->name);
}

/* [-0, +1] du_value_scalar of what is asked */
static void push_scalar(DuWhere *w, const DuKind *kind, const DuField *field,
                        int index) {
  if (field->type == DU_REFERENCE)
    lua_pushinteger(w->L, resolve(w, field->targets, index, kind, field));
  else
    du_value_scalar(w->L, w->store, kind, field, index);
}

/* ------------------------------------------------------------------- dates */

/* ` FROM` the sources that the record cites, as s */
static void add_cited_sources(DuText *sql, const DuStore *store,
                              const char *alias) {
  du_text_format(sql, " FROM json_each(%s.sources) c JOIN ", alias);
  du_text_view(sql, store, du_kind_find("sources"));
  du_text_puts(sql, " s ON s.id = coalesce(c.atom, c.value ->> 'source')");
}

/* The earliest day by which a case was public: its cited sources' first. One
** that appeared before the export cannot tell of it. */
static void add_published(DuText *sql, const DuStore *store,
                          const char *alias) {
  du_text_puts(sql, "(SELECT min(s.published_last)");
  add_cited_sources(sql, store, alias);
  du_text_format(sql,
                 " WHERE s.published_last < %d AND s.published_last >= "
                 "coalesce(%s.exported_first, 0))",
                 DU_EDTF_NO_LAST, alias);
}

/* A date's first or last possible day. A case's own date, where the day it was
** detected is not known, lies between the export and the day its earliest
** source was published. */
void du_date_bound(DuText *sql, const DuStore *store, const char *alias,
                   const DuField *field, bool first) {
  if (field->type == DU_RECORDED) {
    du_text_format(sql,
                   "(SELECT CAST(replace(substr(v.recorded, 1, 10), '-', '') "
                   "AS INTEGER) FROM revisions v WHERE v.revision = "
                   "%s.revision)",
                   alias);
  } else if (!(field->flags & DU_DETECTED)) {
    du_text_format(sql, "%s.\"%s_%s\"", alias, field->name,
                   first ? "first" : "last");
  } else if (first) {
    du_text_format(sql, "coalesce(%s.date_first, %s.exported_first, CASE WHEN ",
                   alias, alias);
    add_published(sql, store, alias);
    du_text_format(sql, " IS NOT NULL THEN %d END)", DU_EDTF_NO_FIRST);
  } else {
    du_text_format(sql, "coalesce(%s.date_last, ", alias);
    add_published(sql, store, alias);
    du_text_format(sql,
                   ", CASE WHEN %s.exported_first IS NOT NULL THEN %d END)",
                   alias, DU_EDTF_NO_LAST);
  }
}

/* A date with ? ~ or % is never certainly anywhere, nor is a case whose own
** date follows from one. */
void du_date_certain(DuText *sql, const DuStore *store, const char *alias,
                     const DuField *field) {
  if (field->type == DU_RECORDED) {
    du_text_puts(sql, "1");
    return;
  }
  /* a plain day is most of what there is, and seen faster */
  if (!(field->flags & DU_DETECTED))
    du_text_format(sql, "(%s.%q GLOB '\?\?\?\?-\?\?-\?\?' OR ", alias,
                   field->name);
  du_text_format(sql, "coalesce(%s.%q, ", alias, field->name);
  if (field->flags & DU_DETECTED)
    du_text_format(sql, "%s.exported, ", alias);
  du_text_puts(sql, "'') NOT GLOB '*[?~%]*'");
  if (!(field->flags & DU_DETECTED))
    du_text_puts(sql, ")");
  if (field->flags & DU_DETECTED) {
    du_text_format(sql, " AND (%s.date IS NOT NULL OR NOT EXISTS (SELECT 1",
                   alias);
    add_cited_sources(sql, store, alias);
    du_text_puts(sql, " WHERE s.published GLOB '*[?~%]*'))");
  }
}

/* What is asked must itself be certain. */
static void check_certain(DuWhere *w, const DuKind *kind, const DuField *field,
                          Operator op, const DuEdtf *date) {
  const char *why = NULL;
  if (date->uncertain || date->approximate)
    why = "is uncertain or approximate";
  else if (op == DURING && (date->unknown_start || date->unknown_end))
    why = "has an unknown end (an open one is written ..)";
  else if (op == DURING && date->gaps)
    why = "leaves days out between its first and its last";
  else if (op == BEFORE && date->first == DU_EDTF_NO_FIRST)
    why = "has no first day";
  else if (op == AFTER && date->last == DU_EDTF_NO_LAST)
    why = "has no last day";
  if (why != NULL) {
    du_show(w->L, -1);
    du_raise(w->L, "invalid", kind->name, field->name,
             "nothing is certainly %s %s, which %s", operator_words[op],
             lua_tostring(w->L, -1), why);
  }
}

/* The days asked for, as SQL: bound values, or read from a list of pairs. */
typedef struct Days {
  char first[32], last[32];
} Days;

/* `<bound of the field> <comparison> <day>` */
static void compare(DuWhere *w, const DuField *field, const char *alias,
                    bool first, const char *comparison, const char *day) {
  du_date_bound(&w->sql, w->store, alias, field, first);
  du_text_format(&w->sql, " %s %s", comparison, day);
}

static void add_overlap(DuWhere *w, const DuField *field, const char *alias,
                        const Days *days) {
  compare(w, field, alias, true, "<=", days->last);
  du_text_puts(&w->sql, " AND ");
  compare(w, field, alias, false, ">=", days->first);
}

/* What ends by a day has begun by then: said as well, it is where an index
** ends, which has the first days. */
static void add_begun(DuWhere *w, const DuField *field, const char *alias,
                      const char *comparison, const char *day) {
  if (field->type != DU_DATE || (field->flags & DU_DETECTED))
    return;
  compare(w, field, alias, true, comparison, day);
  du_text_puts(&w->sql, " AND ");
}

static void add_date_condition(DuWhere *w, const DuField *field,
                               const char *alias, DuTestOp op,
                               const Days *days) {
  DuText *sql = &w->sql;
  switch (op) {
  case DU_TEST_DURING:
    compare(w, field, alias, true, ">=", days->first);
    du_text_puts(sql, " AND ");
    add_begun(w, field, alias, "<=", days->last);
    compare(w, field, alias, false, "<=", days->last);
    du_text_puts(sql, " AND ");
    du_date_certain(sql, w->store, alias, field);
    break;
  case DU_TEST_BEFORE:
    add_begun(w, field, alias, "<", days->first);
    compare(w, field, alias, false, "<", days->first);
    du_text_puts(sql, " AND ");
    du_date_certain(sql, w->store, alias, field);
    break;
  case DU_TEST_AFTER:
    compare(w, field, alias, true, ">", days->last);
    du_text_puts(sql, " AND ");
    du_date_certain(sql, w->store, alias, field);
    break;
  default: /* EQ and NE: may overlap */
    add_overlap(w, field, alias, days);
  }
}

/* The date at index, checked for the operator. */
static DuEdtf check_asked(DuWhere *w, const DuKind *kind, const DuField *field,
                          Operator op, int index) {
  DuEdtf date = du_value_date(w->L, kind, field, index);
  if (op != EQ && op != NE) {
    lua_pushvalue(w->L, index);
    check_certain(w, kind, field, op, &date);
    lua_pop(w->L, 1);
  }
  return date;
}

/* Binds a day that is to be compared with. */
static void bind_day(DuWhere *w, int64_t day, char sql[32]) {
  int number, digits = 1;
  lua_pushinteger(w->L, day);
  number = du_where_bind(w);
  for (int rest = number; rest >= 10; rest /= 10)
    digits++;
  sql[0] = '?'; /* snprintf would take a good part of a where's time */
  sql[digits + 1] = '\0';
  for (; digits > 0; number /= 10)
    sql[digits--] = (char)('0' + number % 10);
}

/* Any of the dates in the list at index: they are bound as one list of pairs.
** Asked with NE: none of them. */
static void add_dates(DuWhere *w, const DuKind *kind, const DuField *field,
                      const char *alias, Operator op, int index) {
  static const Days days = {"d.value ->> 0", "d.value ->> 1"};
  lua_State *L = w->L;
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  DuText pairs;
  du_text_init(L, &pairs);
  for (lua_Integer i = 1; i <= count; i++) {
    DuEdtf date;
    lua_rawgeti(L, index, i);
    date = check_asked(w, kind, field, op, lua_gettop(L));
    lua_pop(L, 1);
    du_text_format(&pairs, "%s[%d,%d]", i == 1 ? "[" : ",", date.first,
                   date.last);
  }
  du_text_puts(&pairs, "]");
  du_text_puts(&w->sql, "EXISTS (SELECT 1 FROM json_each(");
  du_text_push(&pairs);
  du_where_value(w);
  du_text_puts(&w->sql, ") d WHERE ");
  add_date_condition(w, field, alias, test_ops[op], &days);
  du_text_puts(&w->sql, ")");
  lua_remove(L, pairs.slot);
}

/* What is missing differs from all. */
static void open_date(DuWhere *w, const DuField *field, const char *alias,
                      DuTestOp op) {
  du_text_puts(&w->sql, "(");
  if (op != DU_TEST_NE)
    return;
  du_date_bound(&w->sql, w->store, alias, field, true);
  du_text_puts(&w->sql, " IS NULL OR NOT (");
}

static void close_date(DuWhere *w, DuTestOp op) {
  du_text_puts(&w->sql, op == DU_TEST_NE ? "))" : ")");
}

/* Any of a list of dates. */
static void add_any_date(DuWhere *w, const DuKind *kind, const DuField *field,
                         const char *alias, Operator op, int index) {
  open_date(w, field, alias, test_ops[op]);
  add_dates(w, kind, field, alias, op, index);
  close_date(w, test_ops[op]);
}

/* A date, which was read. */
static void add_date(DuWhere *w, const char *alias, const DuAsked *asked) {
  DuTestOp op = (DuTestOp)asked->op;
  Days days;
  bind_day(w, asked->values[0].integer,
           op == DU_TEST_AFTER ? days.last : days.first);
  if (asked->count > 1)
    bind_day(w, asked->values[1].integer, days.last);
  open_date(w, asked->field, alias, op);
  add_date_condition(w, asked->field, alias, op, &days);
  close_date(w, op);
}

/* ------------------------------------------------------------------ within */

/* A member counts as one unless its stages say that it is not yet, or no
** longer: the newest of in_force and ended decides. */
static void add_is_member(DuWhere *w) {
  DuText *sql = &w->sql;
  const DuKind *stages = du_kind_find("stages");
  du_text_puts(sql, "(NOT EXISTS (SELECT 1 FROM ");
  du_text_view(sql, w->store, stages);
  du_text_puts(sql, " s WHERE s.\"of\" = m.id AND s.retracted IS NULL) OR "
                    "(SELECT s.stage FROM ");
  du_text_view(sql, w->store, stages);
  du_text_puts(sql, " s WHERE s.\"of\" = m.id AND s.retracted IS NULL AND "
                    "s.stage IN ('in_force', 'ended') "
                    "ORDER BY s.date_last DESC, s.id DESC LIMIT 1) "
                    "= 'in_force')");
}

/* The ids that the value at index names, a reference or a list, as one bound
** JSON list; returns its parameter. */
static int bind_named(DuWhere *w, const DuKind *kind, const DuField *field,
                      const DuKind *target, int index) {
  lua_State *L = w->L;
  DuText json;
  bool list = lua_istable(L, index) && lua_rawlen(L, index) > 0;
  lua_Integer count = list ? du_check_list(L, kind, field, index) : 1;
  du_text_init(L, &json);
  for (lua_Integer i = 1; i <= count; i++) {
    if (list)
      lua_rawgeti(L, index, i);
    else
      lua_pushvalue(L, index);
    du_text_format(
        &json, "%s%I", i == 1 ? "[" : ",",
        resolve(w, DU_KIND_BIT(du_kind_number(target)), -1, kind, field));
    lua_pop(L, 1);
  }
  du_text_puts(&json, "]");
  du_text_push(&json);
  lua_remove(L, json.slot);
  return du_where_bind(w);
}

/* ` IN (…)` the ids within what the value at index names: itself, its members
** if it is a group, and theirs if they are groups (g); and of all these what
** has one of them as parent, and the parties of a country that have no parent
** (w). A group's members are within that group, not within what the group
** itself is part of: a state's white list does not make others part of it. */
static void add_within(DuWhere *w, const DuKind *kind, const DuField *field,
                       int index) {
  DuText *sql = &w->sql;
  const DuKind *target =
      field->type == DU_ID ? kind : du_target_kind(field->targets);
  bool parties = strcmp(target->name, "parties") == 0;
  int named = bind_named(w, kind, field, target, index);
  du_text_format(sql,
                 " IN (WITH RECURSIVE g (id) AS (SELECT atom FROM "
                 "json_each(?%d)",
                 named);
  if (parties) {
    du_text_puts(sql, " UNION SELECT m.member FROM ");
    du_text_view(sql, w->store, du_kind_find("memberships"));
    du_text_puts(sql, " m, g WHERE m.\"group\" = g.id AND m.retracted IS NULL "
                      "AND ");
    add_is_member(w);
  }
  du_text_puts(sql, "), w (id) AS (SELECT id FROM g");
  du_text_puts(sql, " UNION SELECT p.id FROM ");
  du_text_view(sql, w->store, target);
  du_text_puts(sql, " p, w WHERE p.parent = w.id AND p.retracted IS NULL");
  if (parties) {
    du_text_puts(sql, " UNION SELECT p.id FROM ");
    du_text_view(sql, w->store, target);
    du_text_puts(sql, " p, w WHERE p.country = w.id AND p.parent IS NULL AND "
                      "p.retracted IS NULL");
  }
  du_text_puts(sql, ") SELECT id FROM w)");
}

/* ------------------------------------------------------------------ scalars */

/* A text to compare with, or a pattern: it need not be what the field could
** hold, a currency or a key. */
static void push_text(DuWhere *w, const DuKind *kind, const DuField *field,
                      int index) {
  DuField plain = *field;
  plain.flags = 0;
  du_value_scalar(w->L, w->store, kind, &plain, index);
}

/* What a number is compared with need not be in the field's range. */
static void push_bound(DuWhere *w, const DuKind *kind, const DuField *field,
                       int index) {
  lua_State *L = w->L;
  if (field->type == DU_TEXT) {
    push_text(w, kind, field, index);
  } else if (lua_type(L, index) == LUA_TNUMBER &&
             !isnan(lua_tonumber(L, index))) {
    lua_pushvalue(L, index);
  } else {
    du_show(L, index);
    du_raise(L, "invalid", kind->name, field->name,
             "expected a number to compare with, got %s", lua_tostring(L, -1));
  }
}

/* More values than this are bound as one JSON text. */
#define FEW 100

/* The values of the list at index, checked, as `(?1, ?2)` or read from JSON. */
static void add_any_of(DuWhere *w, const DuKind *kind, const DuField *field,
                       int index) {
  lua_State *L = w->L;
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  DuText json;
  int top = lua_gettop(L);
  if (count > FEW)
    du_text_init(L, &json);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, index, i);
    push_scalar(w, kind, field, -1);
    lua_remove(L, -2);
    if (count <= FEW) {
      du_text_puts(&w->sql, i == 1 ? "(" : ", ");
      du_where_value(w);
      continue;
    }
    du_text_puts(&json, i == 1 ? "[" : ",");
    if (lua_type(L, -1) == LUA_TSTRING) {
      size_t length;
      const char *text = lua_tolstring(L, -1, &length);
      du_text_json(&json, text, length);
    } else if (lua_isinteger(L, -1)) {
      du_text_format(&json, "%I", (int64_t)lua_tointeger(L, -1));
    } else {
      du_text_number(&json, lua_tonumber(L, -1));
    }
    lua_pop(L, 1);
  }
  if (count > FEW) {
    du_text_puts(&json, "]");
    du_text_puts(&w->sql, "(SELECT atom FROM json_each(");
    du_text_push(&json);
    du_where_value(w);
    du_text_puts(&w->sql, "))");
  } else {
    du_text_puts(&w->sql, ")");
  }
  lua_settop(L, top);
}

/* `<expression> <operator> <value>` for a scalar, or a list's element. A value
** that is not there differs from every other: NE holds. */
static void add_scalar(DuWhere *w, const DuKind *kind, const DuField *field,
                       const char *expression, Operator op, int index) {
  lua_State *L = w->L;
  DuText *sql = &w->sql;
  bool list = lua_istable(L, index) && lua_rawlen(L, index) > 0;
  switch (op) {
  case WITHIN:
    du_text_puts(sql, expression);
    add_within(w, kind, field, index);
    return;
  case LIKE:
    push_text(w, kind, field, index);
    du_text_format(sql, "%s LIKE ", expression);
    du_where_value(w);
    du_text_puts(sql, " ESCAPE '\\'");
    return;
  case EQ:
  case NE:
    if (list) {
      if (op == NE)
        du_text_format(sql, "(%s IS NULL OR ", expression);
      du_text_format(sql, "%s %s ", expression, op == NE ? "NOT IN" : "IN");
      add_any_of(w, kind, field, index);
      if (op == NE)
        du_text_puts(sql, ")");
      return;
    }
    push_scalar(w, kind, field, index);
    break;
  default:
    push_bound(w, kind, field, index);
  }
  du_text_format(sql, "%s %s ", expression, comparison_of(test_ops[op]));
  du_where_value(w);
}

/* ------------------------------------------------------------ for columns */

/* Is this asked of the query's own records, so that a column can be asked? */
static bool may_test(const DuWhere *w, const char *alias) {
  return w->tests != 0 && w->depth == 0 && strcmp(alias, "t") == 0;
}

/* Adds a test of the field, whose values are the `count` ones on top of the
** stack. */
static void add_test(DuWhere *w, const DuKind *kind, const DuField *field,
                     DuTestOp op, int count) { /* [-count, +0] */
  lua_State *L = w->L;
  lua_Integer next = (lua_Integer)lua_rawlen(L, w->tests) + 1;
  for (int i = count; i-- > 0;)
    lua_rawseti(L, w->tests, next + DU_TEST_VALUES + i);
  lua_pushinteger(L, count);
  lua_rawseti(L, w->tests, next + DU_TEST_COUNT);
  lua_pushinteger(L, (lua_Integer)op);
  lua_rawseti(L, w->tests, next + DU_TEST_OPERATOR);
  lua_pushinteger(L, field - kind->fields);
  lua_rawseti(L, w->tests, next + DU_TEST_FIELD);
}

/* Where the SQL that gives ids ends, in what was just asked of a field. */
static size_t end_of_set(const DuWhere *w, const DuField *field) {
  bool in_list = (field->flags & DU_LIST) && field->type != DU_STAGES;
  return w->sql.length - in_list; /* the last `)` is that of EXISTS ( */
}

/* Notes for columns what was just asked of a field: the SQL from `start` on,
** whose values were bound after the first `bound` ones. */
static void note_test(DuWhere *w, const DuKind *kind, const DuField *field,
                      Operator op, int index, size_t start, int bound) {
  lua_State *L = w->L;
  int first = w->store->as_of != DU_NOW;
  bool date = field->type == DU_DATE, list = lua_istable(L, index);
  if (!du_column_kept(kind, field) || op == LIKE ||
      (list && (date || lua_rawlen(L, index) > FEW))) {
    w->tests = 0;
    return;
  }
  if (op == WITHIN) { /* what follows ` IN ` gives ids */
    const char *in;
    du_text_add(&w->sql, "", 1);
    w->sql.length--;
    in = strstr(w->sql.bytes + start, " IN (");
    lua_pushlstring(L, in + 4,
                    end_of_set(w, field) - (size_t)(in + 4 - w->sql.bytes));
    add_test(w, kind, field, DU_TEST_SET, 1);
  } else {
    luaL_checkstack(L, w->count - bound + 5, NULL);
    for (int i = bound + 1; i <= w->count; i++)
      lua_rawgeti(L, w->values, i - first);
    add_test(w, kind, field, test_ops[op], w->count - bound);
  }
}

/* Notes for rows that they are asked for what an index leads to. */
static void note_lead(DuWhere *w, const DuKind *kind, const DuField *field) {
  if (field->flags & DU_LEADS)
    w->led |= DU_KIND_BIT(du_kind_number(kind));
}

/* ------------------------------------------------------------------- plain */

/* Is a field asked plainly, where the value is no table? */
static bool is_plain(const DuField *field, Operator op) {
  if (op == MISSING)
    return field->type != DU_STAGES;
  return op != LIKE && op != WITHIN && !(field->flags & DU_LIST) &&
         field->type != DU_DATA && field->type != DU_STAGES;
}

/* [-0, +0] the number or text on top of the stack, which has to stay */
static DuSqlValue value_on_top(lua_State *L) {
  DuSqlValue value = {DU_NUMBER_COLUMN, 0, 0, NULL, 0};
  if (lua_isinteger(L, -1)) {
    value.type = DU_INTEGER_COLUMN;
    value.integer = lua_tointeger(L, -1);
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    value.number = lua_tonumber(L, -1);
  } else {
    value.type = DU_TEXT_COLUMN;
    value.text = lua_tolstring(L, -1, &value.length);
  }
  return value;
}

static void push_value(lua_State *L, const DuSqlValue *value) { /* [-0, +1] */
  if (value->type == DU_INTEGER_COLUMN)
    lua_pushinteger(L, value->integer);
  else if (value->type == DU_NUMBER_COLUMN)
    lua_pushnumber(L, value->number);
  else
    lua_pushlstring(L, value->text, value->length);
}

static DuSqlValue day_of(int day) {
  DuSqlValue value = {DU_INTEGER_COLUMN, day, 0, NULL, 0};
  return value;
}

static bool check_missing(DuWhere *w, const DuKind *kind, const DuField *field,
                          int index) {
  lua_State *L = w->L;
  if (!lua_isboolean(L, index)) {
    du_show(L, index);
    du_raise(L, "invalid", kind->name, field->name,
             "missing: expected true or false, got %s", lua_tostring(L, -1));
  }
  return lua_toboolean(L, index);
}

/* Reads the value at index, which stays as long as a text of it is needed. */
static DuAsked read_plain(DuWhere *w, const DuKind *kind, const DuField *field,
                          Operator op, int index) {
  lua_State *L = w->L;
  DuAsked asked;
  memset(&asked, 0, sizeof asked);
  if (op == EQ)
    note_lead(w, kind, field);
  asked.field = field;
  asked.op = (int)test_ops[op];
  if (op == MISSING) {
    if (!check_missing(w, kind, field, index))
      asked.op = DU_TEST_PRESENT;
  } else if (field->type == DU_DATE || field->type == DU_RECORDED) {
    DuEdtf date = check_asked(w, kind, field, op, index);
    if (op != AFTER)
      asked.values[asked.count++] = day_of(date.first);
    if (op != BEFORE)
      asked.values[asked.count++] = day_of(date.last);
  } else {
    if (op == EQ || op == NE)
      push_scalar(w, kind, field, index);
    else
      push_bound(w, kind, field, index);
    asked.values[asked.count++] = value_on_top(L);
    lua_pop(L, 1);
  }
  return asked;
}

void du_where_asked(DuWhere *w, const DuKind *kind, const char *alias,
                    const DuAsked *asked) {
  lua_State *L = w->L;
  const DuField *field = asked->field;
  DuTestOp op = (DuTestOp)asked->op;
  luaL_checkstack(L, 10, NULL);
  if (asked->count > 0 &&
      (field->type == DU_DATE || field->type == DU_RECORDED)) {
    add_date(w, alias, asked);
  } else {
    du_field_column(&w->sql, field, alias);
    if (asked->count > 0) {
      du_text_format(&w->sql, " %s ", comparison_of(op));
      push_value(L, &asked->values[0]);
      du_where_value(w);
    } else {
      du_text_puts(&w->sql,
                   op == DU_TEST_MISSING ? " IS NULL" : " IS NOT NULL");
    }
  }
  if (!may_test(w, alias))
    return;
  if (!du_column_kept(kind, field)) {
    w->tests = 0;
    return;
  }
  for (int i = 0; i < asked->count; i++)
    push_value(L, &asked->values[i]);
  add_test(w, kind, field, op, asked->count);
}

/* ----------------------------------------------------------------- a field */

/* `EXISTS (SELECT 1 FROM json_each(list) WHERE `: what follows is asked of an
** element, whose expression is returned. */
static const char *open_list(DuWhere *w, const DuField *field,
                             const char *alias, char expression[64]) {
  du_text_puts(&w->sql, "EXISTS (SELECT 1 FROM json_each(");
  du_field_column(&w->sql, field, alias);
  du_text_format(&w->sql, ") j%d WHERE ", w->depth);
  snprintf(expression, 64,
           field->type == DU_CITATIONS
               ? "coalesce(j%d.atom, j%d.value ->> 'source')"
               : "j%d.atom",
           w->depth, w->depth);
  return expression;
}

/* Has a record no stages, or some? */
static void add_without_stages(DuWhere *w, const DuKind *kind,
                               const DuField *field, const char *alias,
                               int index) {
  bool missing = check_missing(w, kind, field, index);
  du_text_format(&w->sql, "%sEXISTS (SELECT 1 FROM ", missing ? "NOT " : "");
  du_text_view(&w->sql, w->store, du_kind_find("stages"));
  du_text_format(&w->sql, " s WHERE s.\"of\" = %s.id AND s.retracted IS NULL)",
                 alias);
  if (may_test(w, alias))
    w->tests = 0;
}

static void add_operator(DuWhere *w, const DuKind *kind, const DuField *field,
                         const char *alias, Operator op, int index) {
  char expression[64];
  size_t begin = w->sql.length;
  int bound = w->count;
  luaL_checkstack(w->L, 10, NULL);
  if (op == MISSING && field->type == DU_STAGES) {
    add_without_stages(w, kind, field, alias, index);
    return;
  }
  if (is_plain(field, op) && (op == MISSING || !lua_istable(w->L, index))) {
    DuAsked asked = read_plain(w, kind, field, op, index);
    du_where_asked(w, kind, alias, &asked);
    return;
  }
  if (field->type == DU_DATE || field->type == DU_RECORDED) {
    add_any_date(w, kind, field, alias, op, index);
  } else if (field->flags & DU_LIST) {
    if (op == NE)
      du_text_puts(&w->sql, "NOT ");
    open_list(w, field, alias, expression);
    add_scalar(w, kind, field, expression, op == NE ? EQ : op, index);
    du_text_puts(&w->sql, ")");
  } else {
    size_t start = w->sql.length;
    du_field_column(&w->sql, field, alias); /* the expression, to be copied */
    lua_pushlstring(w->L, w->sql.bytes + start, w->sql.length - start);
    w->sql.length = start;
    add_scalar(w, kind, field, lua_tostring(w->L, -1), op, index);
    lua_pop(w->L, 1);
  }
  if (op == EQ || op == WITHIN)
    note_lead(w, kind, field);
  if (may_test(w, alias))
    note_test(w, kind, field, op, index, begin, bound);
}

/* [-0, +0] raises that the key on top of the stack is no operator */
static void refuse_operator(DuWhere *w, const DuKind *kind,
                            const DuField *field) {
  lua_State *L = w->L;
  const DuKind *target = asked_through(field);
  unsigned known = operators_of(field, kind);
  luaL_Buffer words;
  du_show(L, -1);
  luaL_buffinit(L, &words);
  for (int i = NE; i < OPERATORS; i++)
    if (known & BIT(i)) {
      luaL_addstring(&words, operator_words[i]);
      luaL_addstring(&words, i == MISSING ? "" : ", ");
    }
  if (target != NULL) {
    luaL_addstring(&words, ", or a field of ");
    luaL_addstring(&words, target->name);
  }
  luaL_pushresult(&words);
  du_raise(L, "misuse", kind->name, field->name,
           "unknown operator %s: expected %s", lua_tostring(L, -2),
           lua_tostring(L, -1));
}

static Operator operator_named(const char *word) {
  for (int i = NE; i < OPERATORS; i++)
    if (strcmp(operator_words[i], word) == 0)
      return (Operator)i;
  return EQ;
}

/* [-0, +1] Splits the table at index: returns the operators it has, and pushes
** one with the other keys, which are asked of the record referred to, or nil.
*/
static unsigned push_asked_through(DuWhere *w, const DuKind *kind,
                                   const DuField *field, int index) {
  lua_State *L = w->L;
  const DuKind *target = asked_through(field);
  unsigned known = operators_of(field, kind), given = 0;
  lua_pushnil(L);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    const char *word = du_name_at(L, -2) != NULL ? du_name_at(L, -2) : "";
    Operator op = operator_named(word);
    if (op != EQ && (known & BIT(op))) {
      given |= BIT(op);
      lua_pop(L, 1);
      continue;
    }
    if (target == NULL || op != EQ || *word == '\0') {
      lua_pop(L, 1);
      refuse_operator(w, kind, field);
    }
    if (lua_isnil(L, -3)) {
      lua_newtable(L);
      lua_replace(L, -4);
    }
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  return given;
}

/* `<reference> IN (SELECT id FROM … WHERE …)`: the fields of the table at
** index are asked of the record referred to. */
static void add_through(DuWhere *w, const DuKind *kind, const DuField *field,
                        const char *alias, int index) {
  const DuKind *target = asked_through(field);
  DuText *sql = &w->sql;
  char expression[64], inner[16];
  bool list = (field->flags & DU_LIST) && field->type != DU_STAGES;
  bool testable = may_test(w, alias);
  size_t start;
  if (list) {
    open_list(w, field, alias, expression);
    du_text_puts(sql, expression);
  } else {
    du_field_column(sql, field, alias);
  }
  w->depth++;
  snprintf(inner, sizeof inner, "t%d", w->depth);
  start = sql->length + 4; /* behind ` IN ` */
  du_text_format(sql, " IN (SELECT %s.%q FROM ", inner,
                 field->type == DU_STAGES ? "of" : "id");
  du_text_view(sql, w->store, target);
  du_text_format(sql, " %s WHERE %s.retracted IS NULL AND ", inner, inner);
  du_where_fields(w, target, inner, index);
  w->depth--;
  note_lead(w, kind, field);
  du_text_puts(sql, list ? "))" : ")");
  if (testable && !du_column_kept(kind, field)) {
    w->tests = 0;
  } else if (testable) {
    lua_pushlstring(w->L, sql->bytes + start, end_of_set(w, field) - start);
    add_test(w, kind, field, DU_TEST_SET, 1);
  }
}

/* A table that is no list: operators, and fields of the record referred to,
** all of which must hold. */
static void add_operators(DuWhere *w, const DuKind *kind, const DuField *field,
                          const char *alias, int index) {
  lua_State *L = w->L;
  bool first = true;
  unsigned given = push_asked_through(w, kind, field, index);
  for (int i = NE; i < OPERATORS; i++) {
    if (!(given & BIT(i)))
      continue;
    lua_pushstring(L, operator_words[i]);
    lua_rawget(L, index);
    du_text_puts(&w->sql, first ? "" : " AND ");
    first = false;
    add_operator(w, kind, field, alias, (Operator)i, lua_gettop(L));
    lua_pop(L, 1);
  }
  if (!lua_isnil(L, -1)) {
    du_text_puts(&w->sql, first ? "" : " AND ");
    add_through(w, kind, field, alias, lua_gettop(L));
  }
  lua_pop(L, 1);
}

/* { cases = 5 } names a record for a field that takes several kinds. */
static bool names_record(lua_State *L, const DuField *field, int index) {
  bool names;
  if (field->targets == 0 || du_target_kind(field->targets) != NULL)
    return false;
  lua_pushnil(L);
  if (lua_next(L, index) == 0)
    return false;
  names = lua_type(L, -2) == LUA_TSTRING &&
          du_kind_find(lua_tostring(L, -2)) != NULL;
  lua_pop(L, 2);
  return names;
}

/* One field of a where: the value at index is a plain one, a list of which any
** will do, or a table of operators. */
static void add_condition(DuWhere *w, const DuKind *kind, const DuField *field,
                          const char *alias, int index) {
  lua_State *L = w->L;
  luaL_checkstack(L, 20, NULL);
  if (du_is_null(L, index)) {
    lua_pushboolean(L, true);
    add_operator(w, kind, field, alias, MISSING, lua_gettop(L));
    lua_pop(L, 1);
    return;
  }
  if (lua_istable(L, index) && lua_rawlen(L, index) == 0 &&
      !names_record(L, field, index)) {
    lua_pushnil(L);
    if (lua_next(L, index) == 0)
      du_raise(L, "invalid", kind->name, field->name,
               "an empty table asks nothing: leave the field out");
    lua_pop(L, 2);
    add_operators(w, kind, field, alias, index);
    return;
  }
  if (field->type == DU_DATA || field->type == DU_STAGES) {
    du_show(L, index);
    du_raise(L, "invalid", kind->name, field->name,
             "it can only be asked with a table of operators%s, got %s",
             field->type == DU_STAGES ? " or fields of stages" : "",
             lua_tostring(L, -1));
  }
  if (lua_istable(L, index)) {
    lua_Integer keys = 0;
    lua_pushnil(L);
    for (; lua_next(L, index) != 0; lua_pop(L, 1))
      keys++;
    if (keys != (lua_Integer)lua_rawlen(L, index) &&
        !names_record(L, field, index))
      du_raise(L, "invalid", kind->name, field->name,
               "expected a list of values or a table of operators, got a mix "
               "of both");
  }
  add_operator(w, kind, field, alias, EQ, index);
}

/* The fields of the table at index, joined by AND; 1 where it has none. */
void du_where_fields(DuWhere *w, const DuKind *kind, const char *alias,
                     int index) {
  lua_State *L = w->L;
  bool first = true;
  uint64_t given = 0; /* the fields that are asked; no kind has more than 64 */
  luaL_checkstack(L, 10, NULL);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    given |= (uint64_t)1 << (du_check_field(L, kind, -1) - kind->fields);
  }
  for (int i = 0; given >> i != 0; i++) {
    if (!(given >> i & 1))
      continue;
    lua_pushstring(L, kind->fields[i].name);
    lua_rawget(L, index);
    du_text_puts(&w->sql, first ? "" : " AND ");
    first = false;
    add_condition(w, kind, &kind->fields[i], alias, lua_gettop(L));
    lua_pop(L, 1);
  }
  if (first)
    du_text_puts(&w->sql, "1");
}

/* --------------------------------------------------------------- all plain */

/* A condition whose value waits on the stack to be read. */
typedef struct Waiting {
  const DuField *field;
  Operator op;
  int index;
} Waiting;

typedef struct Plain {
  Waiting waiting[DU_MOST_ASKED];
  int count, base;
} Plain;

/* [-0, +0] moves the value on top of the stack down, to those that wait; false
** where it is not plain */
static bool wait(lua_State *L, Plain *plain, const DuField *field,
                 Operator op) {
  Waiting *waiting = &plain->waiting[plain->count];
  if (plain->count == DU_MOST_ASKED || !is_plain(field, op) ||
      (op != MISSING && (lua_istable(L, -1) || lua_isuserdata(L, -1))))
    return false;
  waiting->field = field;
  waiting->op = op;
  waiting->index = plain->base + ++plain->count;
  lua_insert(L, waiting->index);
  return true;
}

/* [-1, +n] the same of the operators in the table on top of the stack */
static bool wait_for_operators(lua_State *L, Plain *plain, const DuKind *kind,
                               const DuField *field) {
  unsigned known = operators_of(field, kind);
  bool any = false;
  if (lua_rawlen(L, -1) > 0)
    return false;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const char *word = du_name_at(L, -2);
    Operator op = word != NULL ? operator_named(word) : EQ;
    if (op == EQ || !(known & BIT(op)) || !wait(L, plain, field, op))
      return false;
    any = true;
  }
  lua_pop(L, 1);
  return any;
}

/* [-0, +n] collects what the table at index asks; false where not all of it is
** plain, and the stack is to be cut back */
static bool collect(lua_State *L, Plain *plain, const DuKind *kind, int index) {
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    const DuField *field = du_check_field(L, kind, -2);
    if (lua_istable(L, -1) ? !wait_for_operators(L, plain, kind, field)
                           : !wait(L, plain, field, EQ))
      return false;
  }
  return true;
}

static bool comes_before(const Waiting *a, const Waiting *b) {
  return a->field != b->field ? a->field < b->field : a->op < b->op;
}

int du_where_plain(DuWhere *w, const DuKind *kind, int index,
                   DuAsked asked[DU_MOST_ASKED]) {
  lua_State *L = w->L;
  Plain plain;
  plain.count = 0;
  plain.base = lua_gettop(L);
  luaL_checkstack(L, DU_MOST_ASKED + 20, NULL);
  if (!collect(L, &plain, kind, index)) {
    lua_settop(L, plain.base);
    return -1;
  }
  for (int i = 1; i < plain.count; i++) {
    Waiting one = plain.waiting[i];
    int at = i;
    for (; at > 0 && comes_before(&one, &plain.waiting[at - 1]); at--)
      plain.waiting[at] = plain.waiting[at - 1];
    plain.waiting[at] = one;
  }
  for (int i = 0; i < plain.count; i++) {
    const Waiting *one = &plain.waiting[i];
    asked[i] = read_plain(w, kind, one->field, one->op, one->index);
  }
  return plain.count;
}
