/*
** query.c - a query that never changes, and the SQL that it becomes.
**
** `where` turns a table into SQL at once, so that what is wrong in it is told
** at its line; values are bound, and every identifier comes from the kinds.
** Fields are read in the order of the kind, operators in the order below, so
** that the same table always gives the same SQL.
*/
#include "core.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static const char *const operator_sql[OPERATORS] = {
    "=", "IS NOT", "<", "<=", ">", ">=", NULL, NULL, NULL, NULL, NULL, NULL};

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

/* SQL on its way: text, and values in a list on the stack. */
typedef struct Where {
  lua_State *L;
  DuStore *store;
  DuText sql;
  int values; /* stack index of the list */
  int count;  /* of the values, the view's revision included */
  int depth;  /* how many references deep */
} Where;

/* Takes the value on top of the stack, which is popped, to be bound; returns
** the number of its parameter. */
static int push_value(Where *w) {
  int first = w->store->as_of != DU_NOW; /* ?1 is the view's revision */
  lua_rawseti(w->L, w->values, ++w->count - first);
  return w->count;
}

/* The same, and names the parameter in the SQL. */
static void add_value(Where *w) {
  du_text_format(&w->sql, "?%d", push_value(w));
}

static void add_fields(Where *w, const DuKind *kind, const char *alias,
                       int index);

/* ------------------------------------------------------------------- dates */

/* ` FROM` the sources that the record cites, as s */
static void add_cited_sources(DuText *sql, const DuStore *store,
                              const char *alias) {
  du_text_format(sql, " FROM json_each(%s.sources) c JOIN ", alias);
  du_text_view(sql, store, du_kind_find("sources"));
  du_text_puts(sql, " s ON s.id = coalesce(c.atom, c.value ->> 'source')");
}

/* The earliest day by which a case was public: its cited sources' first. */
static void add_published(DuText *sql, const DuStore *store,
                          const char *alias) {
  du_text_puts(sql, "(SELECT min(s.published_last)");
  add_cited_sources(sql, store, alias);
  du_text_format(sql, " WHERE s.published_last < %d)", DU_EDTF_NO_LAST);
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
  du_text_format(sql, "coalesce(%s.%q, ", alias, field->name);
  if (field->flags & DU_DETECTED)
    du_text_format(sql, "%s.exported, ", alias);
  du_text_puts(sql, "'') NOT GLOB '*[?~%]*'");
  if (field->flags & DU_DETECTED) {
    du_text_format(sql, " AND (%s.date IS NOT NULL OR NOT EXISTS (SELECT 1",
                   alias);
    add_cited_sources(sql, store, alias);
    du_text_puts(sql, " WHERE s.published GLOB '*[?~%]*'))");
  }
}

/* What is asked must itself be certain. */
static void check_certain(Where *w, const DuKind *kind, const DuField *field,
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
static void compare(Where *w, const DuField *field, const char *alias,
                    bool first, const char *comparison, const char *day) {
  du_date_bound(&w->sql, w->store, alias, field, first);
  du_text_format(&w->sql, " %s %s", comparison, day);
}

static void add_overlap(Where *w, const DuField *field, const char *alias,
                        const Days *days) {
  compare(w, field, alias, true, "<=", days->last);
  du_text_puts(&w->sql, " AND ");
  compare(w, field, alias, false, ">=", days->first);
}

static void add_date_condition(Where *w, const DuField *field,
                               const char *alias, Operator op,
                               const Days *days) {
  DuText *sql = &w->sql;
  switch (op) {
  case DURING:
    compare(w, field, alias, true, ">=", days->first);
    du_text_puts(sql, " AND ");
    compare(w, field, alias, false, "<=", days->last);
    du_text_puts(sql, " AND ");
    du_date_certain(sql, w->store, alias, field);
    break;
  case BEFORE:
    compare(w, field, alias, false, "<", days->first);
    du_text_puts(sql, " AND ");
    du_date_certain(sql, w->store, alias, field);
    break;
  case AFTER:
    compare(w, field, alias, true, ">", days->last);
    du_text_puts(sql, " AND ");
    du_date_certain(sql, w->store, alias, field);
    break;
  default: /* EQ and NE: may overlap */
    add_overlap(w, field, alias, days);
  }
}

/* The date at index, checked for the operator. */
static DuEdtf check_asked(Where *w, const DuKind *kind, const DuField *field,
                          Operator op, int index) {
  lua_State *L = w->L;
  DuEdtf date;
  size_t length;
  const char *text;
  du_value_scalar(L, w->store, kind, field, index);
  text = lua_tolstring(L, -1, &length);
  du_edtf_parse(text, length, &date, NULL, 0);
  if (op != EQ && op != NE)
    check_certain(w, kind, field, op, &date);
  lua_pop(L, 1);
  return date;
}

/* Binds a day that is to be compared with. */
static void bind_day(Where *w, int day, char sql[32]) {
  lua_pushinteger(w->L, day);
  snprintf(sql, 32, "?%d", push_value(w));
}

/* Any of the dates in the list at index: they are bound as one list of pairs.
** Asked with NE: none of them. */
static void add_dates(Where *w, const DuKind *kind, const DuField *field,
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
  add_value(w);
  du_text_puts(&w->sql, ") d WHERE ");
  add_date_condition(w, field, alias, op, &days);
  du_text_puts(&w->sql, ")");
  lua_remove(L, pairs.slot);
}

/* A date, or any of a list of dates. What is missing differs from all. */
static void add_date(Where *w, const DuKind *kind, const DuField *field,
                     const char *alias, Operator op, int index) {
  DuText *sql = &w->sql;
  du_text_puts(sql, "(");
  if (op == NE) {
    du_date_bound(sql, w->store, alias, field, true);
    du_text_puts(sql, " IS NULL OR NOT (");
  }
  if (lua_istable(w->L, index)) {
    add_dates(w, kind, field, alias, op, index);
  } else {
    DuEdtf date = check_asked(w, kind, field, op, index);
    Days days;
    if (op != AFTER)
      bind_day(w, date.first, days.first);
    if (op != BEFORE)
      bind_day(w, date.last, days.last);
    add_date_condition(w, field, alias, op, &days);
  }
  du_text_puts(sql, op == NE ? "))" : ")");
}

/* ------------------------------------------------------------------ within */

/* A member counts as one unless its stages say that it is not yet, or no
** longer: the newest of in_force and ended decides. */
static void add_is_member(Where *w) {
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
static int bind_named(Where *w, const DuKind *kind, const DuField *field,
                      const DuKind *target, int index) {
  lua_State *L = w->L;
  DuText json;
  bool list = lua_istable(L, index) && lua_rawlen(L, index) > 0;
  lua_Integer count = list ? du_value_list(L, kind, field, index) : 1;
  du_text_init(L, &json);
  for (lua_Integer i = 1; i <= count; i++) {
    if (list)
      lua_rawgeti(L, index, i);
    else
      lua_pushvalue(L, index);
    du_text_format(&json, "%s%I", i == 1 ? "[" : ",",
                   du_resolve(L, w->store, DU_KIND_BIT(du_kind_number(target)),
                              -1, kind, field->name));
    lua_pop(L, 1);
  }
  du_text_puts(&json, "]");
  du_text_push(&json);
  lua_remove(L, json.slot);
  return push_value(w);
}

/* ` IN (…)` the ids within what the value at index names: itself, its members
** if it is a group, and theirs if they are groups (g); and of all these what
** has one of them as parent, and the parties of a country that have no parent
** (w). A group's members are within that group, not within what the group
** itself is part of: a state's white list does not make others part of it. */
static void add_within(Where *w, const DuKind *kind, const DuField *field,
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
static void push_text(Where *w, const DuKind *kind, const DuField *field,
                      int index) {
  DuField plain = *field;
  plain.flags = 0;
  du_value_scalar(w->L, w->store, kind, &plain, index);
}

/* What a number is compared with need not be in the field's range. */
static void push_bound(Where *w, const DuKind *kind, const DuField *field,
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
static void add_any_of(Where *w, const DuKind *kind, const DuField *field,
                       int index) {
  lua_State *L = w->L;
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  DuText json;
  int top = lua_gettop(L);
  if (count > FEW)
    du_text_init(L, &json);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, index, i);
    du_value_scalar(L, w->store, kind, field, -1);
    lua_remove(L, -2);
    if (count <= FEW) {
      du_text_puts(&w->sql, i == 1 ? "(" : ", ");
      add_value(w);
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
    add_value(w);
    du_text_puts(&w->sql, "))");
  } else {
    du_text_puts(&w->sql, ")");
  }
  lua_settop(L, top);
}

/* `<expression> <operator> <value>` for a scalar, or a list's element. A value
** that is not there differs from every other: NE holds. */
static void add_scalar(Where *w, const DuKind *kind, const DuField *field,
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
    add_value(w);
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
    du_value_scalar(L, w->store, kind, field, index);
    break;
  default:
    push_bound(w, kind, field, index);
  }
  du_text_format(sql, "%s %s ", expression, operator_sql[op]);
  add_value(w);
}

/* ----------------------------------------------------------------- a field */

/* `EXISTS (SELECT 1 FROM json_each(list) WHERE `: what follows is asked of an
** element, whose expression is returned. */
static const char *open_list(Where *w, const DuField *field, const char *alias,
                             char expression[64]) {
  du_text_format(&w->sql, "EXISTS (SELECT 1 FROM json_each(%s.%q) j%d WHERE ",
                 alias, field->name, w->depth);
  snprintf(expression, 64,
           field->type == DU_CITATIONS
               ? "coalesce(j%d.atom, j%d.value ->> 'source')"
               : "j%d.atom",
           w->depth, w->depth);
  return expression;
}

static void add_missing(Where *w, const DuKind *kind, const DuField *field,
                        const char *alias, int index) {
  lua_State *L = w->L;
  const char *negation;
  if (!lua_isboolean(L, index)) {
    du_show(L, index);
    du_raise(L, "invalid", kind->name, field->name,
             "missing: expected true or false, got %s", lua_tostring(L, -1));
  }
  negation = lua_toboolean(L, index) ? "" : "NOT ";
  if (field->type == DU_STAGES) {
    negation = lua_toboolean(L, index) ? "NOT " : "";
    du_text_format(&w->sql, "%sEXISTS (SELECT 1 FROM ", negation);
    du_text_view(&w->sql, w->store, du_kind_find("stages"));
    du_text_format(&w->sql,
                   " s WHERE s.\"of\" = %s.id AND s.retracted IS NULL)", alias);
    return;
  }
  du_field_column(&w->sql, field, alias);
  du_text_format(&w->sql, " IS %sNULL", negation);
}

static void add_operator(Where *w, const DuKind *kind, const DuField *field,
                         const char *alias, Operator op, int index) {
  char expression[64];
  luaL_checkstack(w->L, 10, NULL);
  if (op == MISSING) {
    add_missing(w, kind, field, alias, index);
  } else if (field->type == DU_DATE || field->type == DU_RECORDED) {
    add_date(w, kind, field, alias, op, index);
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
}

/* [-0, +0] raises that the key on top of the stack is no operator */
static void refuse_operator(Where *w, const DuKind *kind,
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

/* [-0, +1] Splits the table at index: pushes one with the keys that are no
** operators, which are asked of the record referred to, or nil. */
static void push_asked_through(Where *w, const DuKind *kind,
                               const DuField *field, int index) {
  lua_State *L = w->L;
  const DuKind *target = asked_through(field);
  lua_pushnil(L);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    const char *word = du_name_at(L, -2) != NULL ? du_name_at(L, -2) : "";
    Operator op = operator_named(word);
    if (op != EQ && (operators_of(field, kind) & BIT(op))) {
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
}

/* `<reference> IN (SELECT id FROM … WHERE …)`: the fields of the table at
** index are asked of the record referred to. */
static void add_through(Where *w, const DuField *field, const char *alias,
                        int index) {
  const DuKind *target = asked_through(field);
  DuText *sql = &w->sql;
  char expression[64], inner[16];
  bool list = (field->flags & DU_LIST) && field->type != DU_STAGES;
  if (list) {
    open_list(w, field, alias, expression);
    du_text_puts(sql, expression);
  } else {
    du_field_column(sql, field, alias);
  }
  w->depth++;
  snprintf(inner, sizeof inner, "t%d", w->depth);
  du_text_format(sql, " IN (SELECT %s.%q FROM ", inner,
                 field->type == DU_STAGES ? "of" : "id");
  du_text_view(sql, w->store, target);
  du_text_format(sql, " %s WHERE %s.retracted IS NULL AND ", inner, inner);
  add_fields(w, target, inner, index);
  w->depth--;
  du_text_puts(sql, list ? "))" : ")");
}

/* A table that is no list: operators, and fields of the record referred to,
** all of which must hold. */
static void add_operators(Where *w, const DuKind *kind, const DuField *field,
                          const char *alias, int index) {
  lua_State *L = w->L;
  bool first = true;
  push_asked_through(w, kind, field, index);
  for (int i = NE; i < OPERATORS; i++) {
    lua_pushstring(L, operator_words[i]);
    if (lua_rawget(L, index) != LUA_TNIL) {
      du_text_puts(&w->sql, first ? "" : " AND ");
      first = false;
      add_operator(w, kind, field, alias, (Operator)i, lua_gettop(L));
    }
    lua_pop(L, 1);
  }
  if (!lua_isnil(L, -1)) {
    du_text_puts(&w->sql, first ? "" : " AND ");
    add_through(w, field, alias, lua_gettop(L));
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
static void add_condition(Where *w, const DuKind *kind, const DuField *field,
                          const char *alias, int index) {
  lua_State *L = w->L;
  luaL_checkstack(L, 20, NULL);
  if (du_is_null(L, index)) {
    lua_pushboolean(L, true);
    add_missing(w, kind, field, alias, lua_gettop(L));
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
static void add_fields(Where *w, const DuKind *kind, const char *alias,
                       int index) {
  lua_State *L = w->L;
  bool first = true;
  luaL_checkstack(L, 10, NULL);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    du_check_field(L, kind, -1);
  }
  for (int i = 0; i < kind->nfields; i++) {
    lua_pushstring(L, kind->fields[i].name);
    if (lua_rawget(L, index) != LUA_TNIL) {
      du_text_puts(&w->sql, first ? "" : " AND ");
      first = false;
      add_condition(w, kind, &kind->fields[i], alias, lua_gettop(L));
    }
    lua_pop(L, 1);
  }
  if (first)
    du_text_puts(&w->sql, "1");
}

/* --------------------------------------------------------------- the query */

/* [-0, +1] a query on all records of a kind; its store is at storeindex */
static DuQuery *new_query(lua_State *L, DuStore *store, int storeindex,
                          const DuKind *kind) {
  DuQuery *query;
  storeindex = lua_absindex(L, storeindex);
  query = lua_newuserdatauv(L, sizeof *query, DU_QUERY_USERVALUES);
  memset(query, 0, sizeof *query);
  query->store = store;
  query->kind = kind;
  query->limit = -1;
  query->nparameters = store->as_of != DU_NOW;
  luaL_setmetatable(L, DU_QUERY);
  lua_pushvalue(L, storeindex);
  lua_setiuservalue(L, -2, DU_QUERY_STORE);
  lua_newtable(L);
  lua_setiuservalue(L, -2, DU_QUERY_PARAMETERS);
  return query;
}

DuQuery *du_check_query(lua_State *L, int index) {
  DuQuery *query;
  const DuCollection *collection = luaL_testudata(L, index, DU_COLLECTION);
  if (collection != NULL) {
    lua_getiuservalue(L, index, 1);
    new_query(L, collection->store, -1, collection->kind);
    lua_remove(L, -2);
    lua_replace(L, index);
  }
  query = du_check_object(L, index, DU_QUERY, "a query or a collection");
  du_store_sql(L, query->store);
  return query;
}

/* [-0, +1] a copy of the query at index, to be changed before anyone sees it */
static DuQuery *copy_query(lua_State *L, int index) {
  const DuQuery *from = lua_touserdata(L, index);
  DuQuery *query;
  lua_getiuservalue(L, index, DU_QUERY_STORE);
  query = new_query(L, from->store, -1, from->kind);
  lua_remove(L, -2);
  *query = *from;
  for (int i = DU_QUERY_PARAMETERS; i <= DU_QUERY_USERVALUES; i++) {
    lua_getiuservalue(L, index, i);
    lua_setiuservalue(L, -2, i);
  }
  return query;
}

/* [-0, +2] starts a where on a copy of the query at index: the copy's list of
** values, copied, and the text with what was asked before */
static void begin_where(lua_State *L, Where *w, int index) {
  const DuQuery *query = lua_touserdata(L, index);
  lua_newtable(L);
  w->values = lua_gettop(L);
  lua_getiuservalue(L, index, DU_QUERY_PARAMETERS);
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, w->values, i);
  }
  lua_pop(L, 1);
  w->L = L;
  w->store = query->store;
  w->count = query->nparameters;
  w->depth = 0;
  du_text_init(L, &w->sql);
  if (lua_getiuservalue(L, index, DU_QUERY_WHERE) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    du_text_add(&w->sql, text, length);
    du_text_puts(&w->sql, " AND ");
  }
  lua_pop(L, 1);
}

/* [-0, +1] the copy with the where */
static DuQuery *end_where(lua_State *L, Where *w, int index) {
  DuQuery *query = copy_query(L, index);
  query->nparameters = w->count;
  lua_pushvalue(L, w->values);
  lua_setiuservalue(L, -2, DU_QUERY_PARAMETERS);
  du_text_push(&w->sql);
  lua_setiuservalue(L, -2, DU_QUERY_WHERE);
  return query;
}

/*
** query:where{ field = value, … } -> query
** The records for which all of it holds, and what the query asked before. A
** value is one to be equal to, a list of which any will do, or a table of
** operators: lt, lte, gt, gte, ne, like (% and _, ignoring ASCII case), within,
** missing; for dates during, before and after, which want to be certain, where
** a plain date asks what may overlap it. A reference takes the fields of what
** it refers to: { exporter = { country = "KOR" } }.
** Raises `misuse` for an unknown field or operator, `invalid` for a value that
** does not fit.
*/
static int query_where(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  Where w;
  lua_settop(L, 2);
  if (!lua_istable(L, 2))
    du_misuse(L, 2, "a table of fields");
  begin_where(L, &w, 1);
  add_fields(&w, query->kind, "t", 2);
  end_where(L, &w, 1);
  return 1;
}

/* ----------------------------------------------------------------- search */

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One word or phrase, as an FTS5 string: what FTS5 would read as an operator
** or a column is text like any other. */
static void add_term(DuText *match, const char *term, size_t length,
                     bool prefix) {
  /* side by side, not with AND: FTS5 then passes over what has no letters */
  du_text_puts(match, match->length > 0 ? " \"" : "\"");
  for (size_t i = 0; i < length; i++) {
    if (term[i] == '"')
      du_text_puts(match, "\"");
    du_text_add(match, term + i, 1);
  }
  du_text_puts(match, prefix ? "\"*" : "\"");
}

/* Reads `words "a phrase" prefix*`. */
static void add_terms(lua_State *L, DuText *match, const DuKind *kind,
                      const char *text, size_t length) {
  const char *end = text + length;
  for (;;) {
    const char *start;
    while (text < end && is_space(*text))
      text++;
    if (text == end)
      return;
    start = text;
    if (*text == '"') {
      start++;
      text = memchr(start, '"', (size_t)(end - start));
      if (text == NULL)
        du_raise(L, "invalid", kind->name, NULL,
                 "search: a phrase is not closed with a quotation mark");
      if (text > start) {
        bool prefix = text + 1 < end && text[1] == '*';
        add_term(match, start, (size_t)(text - start), prefix);
        text += prefix;
      }
      text++;
      continue;
    }
    while (text < end && !is_space(*text) && *text != '"')
      text++;
    if (text[-1] == '*' && text - 1 > start)
      add_term(match, start, (size_t)(text - 1 - start), true);
    else
      add_term(match, start, (size_t)(text - start), false);
  }
}

static bool is_searched(const DuKind *kind) {
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_SEARCHED)
      return true;
  return false;
}

static void check_searched(lua_State *L, const DuQuery *query) {
  if (query->store->as_of != DU_NOW)
    du_raise(L, "misuse", query->kind->name, NULL,
             "search: full text is indexed as it is now, not as of a "
             "revision (use like)");
  if (!is_searched(query->kind)) {
    luaL_Buffer names;
    bool first = true;
    luaL_buffinit(L, &names);
    for (int i = 0; i < DU_KINDS; i++)
      if (is_searched(&du_kinds[i])) {
        luaL_addstring(&names, first ? "" : ", ");
        luaL_addstring(&names, du_kinds[i].name);
        first = false;
      }
    luaL_pushresult(&names);
    du_raise(L, "misuse", query->kind->name, NULL,
             "search: this kind has no full text; %s have",
             lua_tostring(L, -1));
  }
}

/*
** query:search(text) -> query
** The records whose title or text has all words of it, "phrases" as they
** stand, and words that begin with a prefix*; case and accents are ignored.
** The most relevant come first, unless `order` says otherwise.
*/
static int query_search(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  DuQuery *copy;
  Where w;
  DuText match;
  size_t length;
  const char *text;
  lua_settop(L, 2);
  check_searched(L, query);
  if (lua_type(L, 2) != LUA_TSTRING)
    du_misuse(L, 2, "text to search for");
  text = lua_tolstring(L, 2, &length);
  if (memchr(text, '\0', length) != NULL)
    du_raise(L, "invalid", query->kind->name, NULL,
             "search: the text holds a NUL byte");
  begin_where(L, &w, 1);
  du_text_init(L, &match);
  add_terms(L, &match, query->kind, text, length);
  if (match.length == 0)
    du_raise(L, "invalid", query->kind->name, NULL,
             "search: expected words, got an empty text");
  du_text_puts(&w.sql, "t.id IN (SELECT rowid FROM fulltext (");
  du_text_push(&match);
  add_value(&w);
  du_text_puts(&w.sql, "))");
  copy = end_where(L, &w, 1);
  if (copy->search == 0)
    copy->search = copy->nparameters;
  return 1;
}

/* ---------------------------------------------------- order, limit, select */

static void add_order(DuText *sql, const DuQuery *query, const DuField *field,
                      const char *direction) {
  const DuKind *target = du_target_kind(field->targets);
  if (field->type == DU_DATE || field->type == DU_RECORDED) {
    du_date_bound(sql, query->store, "t", field, true);
    du_text_format(sql, "%s NULLS LAST, ", direction);
    du_date_bound(sql, query->store, "t", field, false);
    du_text_format(sql, "%s NULLS LAST", direction);
  } else if (field->type == DU_REFERENCE && target != NULL) {
    /* one without a key comes after those with one */
    du_text_format(sql,
                   "t.%q IS NULL, (SELECT k.\"key\" FROM %q k "
                   "WHERE k.id = t.%q)%s NULLS LAST",
                   field->name, target->name, field->name, direction);
  } else {
    du_field_column(sql, field, "t");
    du_text_format(sql, "%s NULLS LAST", direction);
  }
}

/*
** query:order(field, …) -> query
** In the order of the fields, descending where one is written "-field"; dates
** by their first and then their last possible day, references by key. What is
** missing comes last, and equals come by id.
*/
static int query_order(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  int top = lua_gettop(L);
  DuText sql;
  du_text_init(L, &sql);
  for (int i = 2; i <= top; i++) {
    const char *name;
    const DuField *field;
    bool down;
    if (lua_type(L, i) != LUA_TSTRING)
      du_misuse(L, i, "the name of a field, or \"-\" and the name");
    name = lua_tostring(L, i);
    down = *name == '-';
    lua_pushlstring(L, name + down, lua_rawlen(L, i) - down);
    field = du_check_field(L, query->kind, -1);
    lua_pop(L, 1);
    if ((field->flags & DU_LIST) || field->type == DU_DATA)
      du_raise(L, "misuse", query->kind->name, field->name,
               "order: a %s has no order",
               field->flags & DU_LIST ? "list" : "table");
    if (i > 2)
      du_text_puts(&sql, ", ");
    add_order(&sql, query, field, down ? " DESC" : "");
  }
  if (top < 2)
    du_raise(L, "misuse", query->kind->name, NULL,
             "order: expected names of fields");
  copy_query(L, 1);
  du_text_push(&sql);
  lua_setiuservalue(L, -2, DU_QUERY_ORDER);
  return 1;
}

static int64_t check_count(lua_State *L, int index, const char *what) {
  int exact;
  int64_t count = lua_tointegerx(L, index, &exact);
  if (lua_type(L, index) != LUA_TNUMBER || !exact || count < 0)
    du_misuse(L, index, what);
  return count;
}

/*
** query:limit(count [, offset]) -> query
** Of what the query finds, at most `count` records after the first `offset`
** ones. A limit on a limit narrows it further.
*/
static int query_limit(lua_State *L) {
  DuQuery *query;
  int64_t count, offset = 0;
  du_check_query(L, 1);
  lua_settop(L, 3);
  count = check_count(L, 2, "a number of records, 0 or more");
  if (!lua_isnil(L, 3))
    offset = check_count(L, 3, "a number of records to pass over, 0 or more");
  query = copy_query(L, 1);
  if (query->limit >= 0) {
    int64_t left = query->limit > offset ? query->limit - offset : 0;
    count = count < left ? count : left;
  }
  query->limit = count;
  query->offset =
      offset > INT64_MAX - query->offset ? INT64_MAX : query->offset + offset;
  return 1;
}

/*
** query:select(field, …) -> query
** Records that hold only these fields, and their id.
*/
static int query_select(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  int top = lua_gettop(L);
  if (top < 2)
    du_raise(L, "misuse", query->kind->name, NULL,
             "select: expected names of fields");
  lua_createtable(L, top, 0);
  lua_pushinteger(L, du_field_find(query->kind, "id"));
  lua_rawseti(L, -2, 1);
  for (int i = 2; i <= top; i++) {
    const DuField *field;
    if (lua_type(L, i) != LUA_TSTRING)
      du_misuse(L, i, "the name of a field");
    field = du_check_field(L, query->kind, i);
    if (field->type != DU_ID) {
      lua_pushinteger(L, (lua_Integer)(field - query->kind->fields));
      lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
  }
  copy_query(L, 1);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, DU_QUERY_FIELDS);
  return 1;
}

/* ----------------------------------------------------------------- running */

/* [-0, +1] `SELECT columns FROM … WHERE … ORDER BY … LIMIT …`, as text being
** built. Without `ordered`, neither order nor relevance is asked for. */
static void add_query(DuText *sql, lua_State *L, int index, const char *columns,
                      bool ordered) {
  const DuQuery *query = lua_touserdata(L, index);
  bool by_order = lua_getiuservalue(L, index, DU_QUERY_ORDER) == LUA_TSTRING;
  bool by_rank = ordered && query->search > 0 && !by_order;
  du_text_format(sql, "SELECT %s FROM ", columns);
  du_text_view(sql, query->store, query->kind);
  du_text_puts(sql, " t");
  if (by_rank)
    du_text_format(sql, " JOIN fulltext (?%d) f ON f.rowid = t.id",
                   query->search);
  du_text_puts(sql, " WHERE t.retracted IS NULL");
  if (lua_getiuservalue(L, index, DU_QUERY_WHERE) == LUA_TSTRING)
    du_text_format(sql, " AND %s", lua_tostring(L, -1));
  if (ordered) {
    du_text_puts(sql, " ORDER BY ");
    if (by_rank)
      du_text_puts(sql, "f.rank, ");
    if (by_order)
      du_text_format(sql, "%s, ", lua_tostring(L, -2));
    du_text_puts(sql, "t.id");
  }
  lua_pop(L, 2);
  if (query->limit >= 0)
    du_text_format(sql, " LIMIT %I OFFSET %I", query->limit, query->offset);
}

static void bind_query(lua_State *L, int index, DuStatement *statement) {
  const DuQuery *query = lua_touserdata(L, index);
  int first = query->store->as_of != DU_NOW;
  if (first)
    du_sql_bind_integer(statement, 1, query->store->as_of);
  lua_getiuservalue(L, index, DU_QUERY_PARAMETERS);
  for (int i = first + 1; i <= query->nparameters; i++) {
    lua_rawgeti(L, -1, i - first);
    du_value_bind(L, statement, i, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

DuStatement *du_query_start(lua_State *L, int index, const char *columns) {
  const DuQuery *query = lua_touserdata(L, index);
  DuText sql;
  DuStatement *statement;
  du_text_init(L, &sql);
  add_query(&sql, L, index, columns, true);
  statement = du_text_prepare(&sql, du_store_sql(L, query->store));
  lua_pop(L, 1);
  bind_query(L, index, statement);
  return statement;
}

/* The integer that `SELECT <what> (SELECT 1 FROM …)` gives. */
static int64_t run_for_integer(lua_State *L, int index, const char *before,
                               const char *after) {
  const DuQuery *query = lua_touserdata(L, index);
  DuText sql;
  DuStatement *statement;
  DuStatus status;
  int64_t result = 0;
  du_text_init(L, &sql);
  du_text_puts(&sql, before);
  add_query(&sql, L, index, "1", false);
  du_text_puts(&sql, after);
  statement = du_text_prepare(&sql, du_store_sql(L, query->store));
  lua_pop(L, 1);
  bind_query(L, index, statement);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    result = du_sql_integer(statement, 0);
  du_sql_release(statement);
  if (status == DU_FAILED)
    du_raise_sql(L, du_store_sql(L, query->store));
  return result;
}

/*
** query:count() -> integer, also #query
** How many records it finds.
*/
int du_query_count(lua_State *L) {
  du_check_query(L, 1);
  lua_pushinteger(L, run_for_integer(L, 1, "SELECT count(*) FROM (", ")"));
  return 1;
}

/*
** query:exists() -> boolean
** Whether it finds any.
*/
static int query_exists(lua_State *L) {
  du_check_query(L, 1);
  lua_pushboolean(L, run_for_integer(L, 1, "SELECT EXISTS (", ")") != 0);
  return 1;
}

/*
** query:sql() -> text, list of values
** The SQL that finds the records, for the curious: the values are bound to
** ?1, ?2 and so on. The columns are those of the kind's fields, in their order.
*/
static int query_sql(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  DuText columns, sql;
  lua_settop(L, 1);
  du_text_init(L, &columns);
  du_record_columns(&columns, query->kind, "t");
  du_text_push(&columns);
  du_text_init(L, &sql);
  add_query(&sql, L, 1, lua_tostring(L, columns.slot + 1), true);
  du_text_push(&sql);
  lua_newtable(L);
  if (query->store->as_of != DU_NOW) {
    lua_pushinteger(L, query->store->as_of);
    lua_rawseti(L, -2, 1);
  }
  lua_getiuservalue(L, 1, DU_QUERY_PARAMETERS);
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1);
  }
  lua_pop(L, 1);
  return 2;
}

/* What the printed form needs to know: the kind, and whether a field list was
** given. query:kind() -> name */
static int query_kind(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_pushstring(L, query->kind->name);
  return 1;
}

static int query_index(lua_State *L) {
  lua_settop(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
    return 1;
  lua_settop(L, 1);
  return du_raise(
      L, "misuse", NULL, NULL,
      "a query has no such method: where, search, order, limit, "
      "select, each, values, all, first, count, exists, sql, group, sum, "
      "mean, min, max, median, distinct");
}

static const luaL_Reg methods[] = {
    {"where", query_where},
    {"search", query_search},
    {"order", query_order},
    {"limit", query_limit},
    {"select", query_select},
    {"count", du_query_count},
    {"exists", query_exists},
    {"sql", query_sql},
    {"kind", query_kind},
    {"each", du_query_each},
    {"values", du_query_values},
    {"all", du_query_all},
    {"first", du_query_first},
    {"group", du_query_group},
    {"sum", du_query_sum},
    {"mean", du_query_mean},
    {"min", du_query_min},
    {"max", du_query_max},
    {"median", du_query_median},
    {"distinct", du_query_distinct},
    {NULL, NULL},
};

void du_open_query(lua_State *L) {
  luaL_newlib(L, methods);
  luaL_newmetatable(L, DU_QUERY);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, query_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, du_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, du_query_count);
  lua_setfield(L, -2, "__len");
  lua_pushliteral(L, DU_QUERY);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
