/*
** value.c - THE place where a Lua value is checked and brought into the form
** it is stored in, and THE place where a column becomes a Lua value.
**
**   integers   any Lua number that is one; nothing is rounded
**   numbers    finite; an integer only if a float holds it exactly
**   booleans   true and false
**   text       UTF-8 without NUL, not empty
**   dates      EDTF, with the first and last possible day
**   lists      a JSON array; an empty one is no value
*/
#include "core.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "elements.h"

#include "edtf.h"

/* ---------------------------------------------------------------- columns */

int du_column_number(const DuKind *kind, int field) {
  int number = 1;
  for (int i = 0; i < field; i++)
    number += du_field_columns(&kind->fields[i]);
  return number;
}

int du_stored_columns(const DuKind *kind) {
  return du_column_number(kind, kind->nfields) - 1;
}

void du_value_bind(lua_State *L, DuStatement *statement, int parameter,
                   int index) {
  switch (lua_type(L, index)) {
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      du_sql_bind_integer(statement, parameter, lua_tointeger(L, index));
    else
      du_sql_bind_number(statement, parameter, lua_tonumber(L, index));
    break;
  case LUA_TSTRING: {
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    du_sql_bind_copy(statement, parameter, text, length);
    break;
  }
  default:
    du_sql_bind_null(statement, parameter);
  }
}

/* [-0, +1] */
static void push_got(lua_State *L, const DuSqlValue *got) {
  switch (got->type) {
  case DU_NULL_COLUMN:
    lua_pushboolean(L, false);
    break;
  case DU_INTEGER_COLUMN:
    lua_pushinteger(L, got->integer);
    break;
  case DU_NUMBER_COLUMN:
    lua_pushnumber(L, got->number);
    break;
  default:
    lua_pushlstring(L, got->text, got->length);
  }
}

void du_value_push_stored(lua_State *L, DuStatement *statement, int column) {
  DuSqlValue got;
  du_sql_value(statement, column, &got);
  push_got(L, &got);
}

/* --------------------------------------------------------- checks: scalars */

static bool is_white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

DuFit du_text_fit(const DuField *field, const char *text, size_t length,
                  char why[DU_WHY]) {
  if (!du_is_text(text, length, why))
    return DU_UNFIT;
  if ((field->flags & DU_FIXED) &&
      (is_white(text[0]) || is_white(text[length - 1]))) {
    snprintf(why, DU_WHY, "a key without white space at its ends");
    return DU_UNEXPECTED;
  }
  if ((field->flags & DU_CURRENCY) &&
      (length != 3 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") < 3)) {
    snprintf(why, DU_WHY,
             "a currency code of three capital letters (ISO 4217)");
    return DU_UNEXPECTED;
  }
  return DU_FITS;
}

static void check_text(lua_State *L, const DuKind *kind, const DuField *field,
                       int index) {
  char why[DU_WHY];
  size_t length;
  const char *text;
  if (lua_type(L, index) != LUA_TSTRING)
    du_refuse(L, kind, field, index, "text");
  text = lua_tolstring(L, index, &length);
  if (length == 0)
    du_raise(L, "invalid", kind->name, field->name,
             "the text is empty (leave the field out, or clear it with "
             "dualuse.null)");
  switch (du_text_fit(field, text, length, why)) {
  case DU_UNFIT:
    du_raise(L, "invalid", kind->name, field->name, "%s", why);
    break;
  case DU_UNEXPECTED:
    du_refuse(L, kind, field, index, why);
    break;
  case DU_FITS:
    break;
  }
}

bool du_number_fit(const DuField *field, double value, char why[DU_WHY]) {
  if (field->least >= field->most ||
      (value >= (double)field->least && value <= (double)field->most))
    return true;
  if (field->most == INT64_MAX)
    snprintf(why, DU_WHY, "expected %" PRId64 " or more", field->least);
  else
    snprintf(why, DU_WHY, "expected %" PRId64 " to %" PRId64, field->least,
             field->most);
  return false;
}

/* The number at index is what it was read as. */
static void check_range(lua_State *L, const DuKind *kind, const DuField *field,
                        int index, double value) {
  char why[DU_WHY];
  if (du_number_fit(field, value, why))
    return;
  du_show(L, index);
  du_raise(L, "invalid", kind->name, field->name, "%s is out of range: %s",
           lua_tostring(L, -1), why);
}

static void check_integer(lua_State *L, const DuKind *kind,
                          const DuField *field, int index) {
  int exact;
  int64_t value;
  if (lua_type(L, index) != LUA_TNUMBER)
    du_refuse(L, kind, field, index, "an integer");
  value = lua_tointegerx(L, index, &exact);
  if (!exact)
    du_refuse(L, kind, field, index, "an integer");
  check_range(L, kind, field, index, (double)value);
  lua_pushinteger(L, value);
}

static void check_number(lua_State *L, const DuKind *kind, const DuField *field,
                         int index) {
  double value;
  if (lua_type(L, index) != LUA_TNUMBER)
    du_refuse(L, kind, field, index, "a number");
  value = lua_tonumber(L, index);
  if (!isfinite(value))
    du_refuse(L, kind, field, index, "a finite number");
  if (lua_isinteger(L, index)) {
    lua_Integer whole = lua_tointeger(L, index);
    lua_Integer back;
    if (!lua_numbertointeger(value, &back) || back != whole)
      du_refuse(L, kind, field, index, "a number that a float holds exactly");
  }
  check_range(L, kind, field, index, value);
  lua_pushnumber(L, value);
}

static void check_word(lua_State *L, const DuKind *kind, const DuField *field,
                       int index) {
  const char *word = du_name_at(L, index);
  if (word != NULL) {
    for (int i = 0; field->words[i] != NULL; i++)
      if (strcmp(field->words[i], word) == 0)
        return;
  }
  du_show(L, index);
  du_show_words(L, field->words);
  du_raise(L, "invalid", kind->name, field->name, "expected %s, got %s",
           lua_tostring(L, -1), lua_tostring(L, -2));
}

DuEdtf du_value_date(lua_State *L, const DuKind *kind, const DuField *field,
                     int index) {
  char why[DU_EDTF_WHY];
  DuEdtf date;
  size_t length;
  const char *text;
  if (lua_type(L, index) != LUA_TSTRING)
    du_refuse(L, kind, field, index, "a date as text, such as \"2019-07-04\"");
  text = lua_tolstring(L, index, &length);
  if (!du_edtf_parse(text, length, &date, why, sizeof why)) {
    du_show(L, index);
    du_raise(L, "invalid", kind->name, field->name, "%s is not a date: %s",
             lua_tostring(L, -1), why);
  }
  return date;
}

void du_value_scalar(lua_State *L, DuStore *store, const DuKind *kind,
                     const DuField *field, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 8, NULL);
  switch (field->type) {
  case DU_INTEGER:
  case DU_REVISION:
    check_integer(L, kind, field, index);
    break;
  case DU_NUMBER:
    check_number(L, kind, field, index);
    break;
  case DU_BOOLEAN:
    if (!lua_isboolean(L, index))
      du_refuse(L, kind, field, index, "true or false");
    lua_pushinteger(L, lua_toboolean(L, index));
    break;
  case DU_WORD:
    check_word(L, kind, field, index);
    lua_pushvalue(L, index);
    break;
  case DU_REFERENCE:
  case DU_CITATIONS:
    lua_pushinteger(
        L, du_resolve(L, store, field->targets, index, kind, field->name));
    break;
  case DU_ID:
    lua_pushinteger(L, du_resolve(L, store, DU_KIND_BIT(du_kind_number(kind)),
                                  index, kind, field->name));
    break;
  case DU_DATE:
  case DU_RECORDED:
    du_value_date(L, kind, field, index);
    lua_pushvalue(L, index);
    break;
  default:
    check_text(L, kind, field, index);
    lua_pushvalue(L, index);
  }
}

/* ------------------------------------------------------------ checks: lists */

/* Adds a scalar on top of the stack, which is popped, to JSON. */
static void add_json(lua_State *L, DuText *json) {
  if (lua_isinteger(L, -1)) {
    du_text_format(json, "%I", (int64_t)lua_tointeger(L, -1));
  } else {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    du_text_json(json, text, length);
  }
  lua_pop(L, 1);
}

/* Refuses an element, on top of the stack, that the list had before. `start`
** is where its JSON begins; `seen` a set on the stack. */
static void check_new(lua_State *L, const DuKind *kind, const DuField *field,
                      DuText *json, size_t start, int seen) {
  lua_pushlstring(L, json->bytes + start, json->length - start);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, seen) != LUA_TNIL) {
    if (lua_istable(L, -3)) /* a citation */
      lua_rawgeti(L, -3, 1);
    else
      lua_pushvalue(L, -3);
    du_show(L, -1);
    du_raise(L, "invalid", kind->name, field->name,
             "the list has the same element twice: %s", lua_tostring(L, -1));
  }
  lua_pop(L, 1);
  lua_pushboolean(L, true);
  lua_rawset(L, seen);
}

static const char *const citation_parts[] = {"field", "locator", "quote", NULL};

/* One of a citation's texts: its value is on top of the stack. */
static void add_citation_part(lua_State *L, const DuKind *kind,
                              const DuField *field, DuText *json,
                              const char *part) {
  check_text(L, kind, field, lua_gettop(L));
  if (strcmp(part, "field") == 0 &&
      du_field_find(kind, lua_tostring(L, -1)) < 0) {
    du_show(L, -1);
    du_push_field_names(L, kind);
    du_raise(L, "invalid", kind->name, field->name,
             "a citation's field is one of %s, got %s", lua_tostring(L, -1),
             lua_tostring(L, -2));
  }
  du_text_format(json, ",\"%s\":", part);
  add_json(L, json);
}

/* { source, field=, locator=, quote= } */
static void add_citation(lua_State *L, DuStore *store, const DuKind *kind,
                         const DuField *field, DuText *json, int index) {
  bool detailed = false;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    bool known = lua_isinteger(L, -2) && lua_tointeger(L, -2) == 1;
    const char *name = du_name_at(L, -2);
    for (int i = 0; citation_parts[i] != NULL && !known; i++)
      if (name != NULL && strcmp(name, citation_parts[i]) == 0)
        known = detailed = true;
    if (!known) {
      du_show(L, -2);
      du_raise(L, "invalid", kind->name, field->name,
               "a citation is { source, field=, locator=, quote= }, got the "
               "key %s",
               lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
  lua_rawgeti(L, index, 1);
  du_value_scalar(L, store, kind, field, -1);
  if (detailed)
    du_text_puts(json, "{\"source\":");
  add_json(L, json);
  lua_pop(L, 1);
  for (int i = 0; citation_parts[i] != NULL; i++) {
    lua_pushstring(L, citation_parts[i]);
    if (lua_rawget(L, index) != LUA_TNIL)
      add_citation_part(L, kind, field, json, citation_parts[i]);
    else
      lua_pop(L, 1);
  }
  if (detailed)
    du_text_puts(json, "}");
}

/* [-0, +1] the list at index as JSON, or false where it is empty */
static void check_elements(lua_State *L, DuStore *store, const DuKind *kind,
                           const DuField *field, int index) {
  lua_Integer length = du_check_list(L, kind, field, index);
  int top = lua_gettop(L);
  DuText json;
  if (length == 0) {
    lua_pushboolean(L, false);
    return;
  }
  du_text_init(L, &json);
  lua_newtable(L);
  for (lua_Integer i = 1; i <= length; i++) {
    size_t start;
    du_text_puts(&json, i == 1 ? "[" : ",");
    start = json.length;
    lua_rawgeti(L, index, i);
    if (field->type == DU_CITATIONS && lua_istable(L, -1)) {
      add_citation(L, store, kind, field, &json, lua_gettop(L));
    } else {
      du_value_scalar(L, store, kind, field, -1);
      add_json(L, &json);
    }
    check_new(L, kind, field, &json, start, top + 2);
    lua_pop(L, 1);
  }
  du_text_puts(&json, "]");
  du_text_push(&json);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
}

/* ---------------------------------------------------------------- storing */

static bool is_absent(lua_State *L, int index) {
  return lua_isnil(L, index) || du_is_null(L, index);
}

/* Leaves the three columns of a date in the array. */
static void store_date(lua_State *L, const DuKind *kind, const DuField *field,
                       int index, int array, int column) {
  DuEdtf date = du_value_date(L, kind, field, index);
  lua_pushvalue(L, index);
  lua_rawseti(L, array, column);
  lua_pushinteger(L, date.first);
  lua_rawseti(L, array, column + 1);
  lua_pushinteger(L, date.last);
  lua_rawseti(L, array, column + 2);
}

void du_value_store(lua_State *L, DuStore *store, const DuKind *kind,
                    const DuField *field, int index, int array, int column) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 10, NULL);
  if (is_absent(L, index)) {
    for (int part = 0; part < du_field_columns(field); part++) {
      lua_pushboolean(L, false);
      lua_rawseti(L, array, column + part);
    }
    return;
  }
  if (field->type == DU_DATE) {
    store_date(L, kind, field, index, array, column);
    return;
  }
  if (field->type == DU_DATA) {
    DuText json;
    du_text_init(L, &json);
    du_json_add(L, &json, index, kind, field);
    du_text_push(&json);
    lua_remove(L, json.slot);
  } else if (field->flags & DU_LIST) {
    check_elements(L, store, kind, field, index);
  } else {
    du_value_scalar(L, store, kind, field, index);
  }
  lua_rawseti(L, array, column);
}

/* ---------------------------------------------------------------- pushing */

/* Sets table[name] to a column, unless it is NULL. The table is on top. */
static void set_text(lua_State *L, DuStatement *statement, int column,
                     const char *name) {
  if (du_sql_type(statement, column) == DU_NULL_COLUMN)
    return;
  du_value_push_stored(L, statement, column);
  lua_setfield(L, -2, name);
}

/* [-0, +1] one element of a list: the row of the statement that reads it */
static void push_element(lua_State *L, DuStore *store, const DuField *field,
                         DuStatement *element, int keys) {
  if (field->type == DU_CITATIONS &&
      du_sql_type(element, 1) != DU_NULL_COLUMN) {
    lua_createtable(L, 1, 3);
    du_push_reference(L, store, keys, field->targets,
                      du_sql_integer(element, 1));
    lua_rawseti(L, -2, 1);
    for (int i = 0; citation_parts[i] != NULL; i++)
      set_text(L, element, 2 + i, citation_parts[i]);
  } else if (field->targets != 0 &&
             du_sql_type(element, 0) == DU_INTEGER_COLUMN) {
    du_push_reference(L, store, keys, field->targets,
                      du_sql_integer(element, 0));
  } else {
    du_value_push_stored(L, element, 0);
  }
}

/* [-0, +1 or 0] a list of texts, integers and references alone, as most are;
** false, and nothing pushed, where SQLite is to read it */
static bool push_plain(lua_State *L, DuStore *store, const DuField *field,
                       const char *json, size_t length, int keys) {
  DuElements elements = du_elements(json, length);
  DuElement element;
  luaL_Buffer text;
  if (memchr(json, '{', length) != NULL || !du_elements_only(json, length))
    return false;
  lua_createtable(L, 1, 0);
  for (lua_Integer i = 1; du_elements_next(&elements, &element); i++) {
    if (element.is_text) {
      luaL_buffinitsize(L, &text, element.length);
      luaL_pushresultsize(&text,
                          du_element_text(&element, luaL_buffaddr(&text)));
    } else if (field->targets != 0) {
      du_push_reference(L, store, keys, field->targets, element.integer);
    } else {
      lua_pushinteger(L, element.integer);
    }
    lua_rawseti(L, -2, i);
  }
  return true;
}

void du_value_push_list(lua_State *L, DuStore *store, const DuField *field,
                        const char *json, size_t length, int keys) {
  static const char plain[] = "SELECT atom FROM json_each(?1)";
  static const char cited[] =
      "SELECT atom, value ->> 'source', value ->> 'field', "
      "value ->> 'locator', value ->> 'quote' FROM json_each(?1)";
  DuSql *sql = du_store_sql(L, store);
  DuStatement *element;
  DuStatus status;
  luaL_checkstack(L, 10, NULL);
  if (push_plain(L, store, field, json, length, keys))
    return;
  element = du_prepare(L, sql, field->type == DU_CITATIONS ? cited : plain);
  du_sql_bind_text(element, 1, json, length);
  lua_newtable(L);
  for (lua_Integer i = 1; (status = du_sql_step(element)) == DU_ROW; i++) {
    push_element(L, store, field, element, keys);
    lua_rawseti(L, -2, i);
  }
  du_finish(L, sql, element, status);
}

void du_value_shared(lua_State *L, DuStore *store, DuSqlValue *got) {
  DuSql *sql = du_store_sql(L, store);
  if (!du_sql_shared_text(sql, got->integer, got))
    du_raise_sql(L, sql);
}

void du_value_push_got(lua_State *L, DuStore *store, const DuField *field,
                       const DuSqlValue *got, int keys) {
  DuSqlValue shared;
  if (du_value_is_number(field, got)) {
    shared = *got;
    du_value_shared(L, store, &shared);
    got = &shared;
  }
  if (got->type == DU_NULL_COLUMN) {
    lua_pushnil(L);
    return;
  }
  if (field->type == DU_STAGES) {
    luaL_checkstack(L, 10, NULL);
    du_push_stages(L, store, got->integer, keys);
    return;
  }
  if (field->flags & DU_LIST) {
    du_value_push_list(L, store, field, got->text, got->length, keys);
    return;
  }
  switch (field->type) {
  case DU_BOOLEAN:
    lua_pushboolean(L, got->integer != 0);
    break;
  case DU_REFERENCE:
    du_push_reference(L, store, keys, field->targets, got->integer);
    break;
  case DU_RECORDED:
    luaL_checkstack(L, 10, NULL);
    du_push_recorded(L, store, keys, got->integer);
    break;
  case DU_DATA:
    luaL_checkstack(L, 10, NULL);
    du_json_push(L, du_store_sql(L, store), got->text, got->length);
    break;
  default:
    push_got(L, got);
  }
}

void du_value_push(lua_State *L, DuStore *store, const DuField *field,
                   DuStatement *statement, int column, int keys) {
  DuSqlValue got;
  du_sql_value(statement, column, &got);
  du_value_push_got(L, store, field, &got, keys);
}
