/*
** json.c - plain data as JSON, and back: text, numbers, booleans, null and
** tables of them. What is written here is read by SQLite's JSON functions;
** so is what comes from a file.
*/
#include "core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "fold.h"

/* How deep a table may be: also what stops one that holds itself. What is read
** may be deeper: a file's line has such a table inside a record. */
#define DEEPEST 50
#define DEEPEST_READ 100

/* ------------------------------------------------------------------- null */

#define NULL_VALUE "dualuse.null"

/* The registry has dualuse.null under this address. */
static const char null_key = 0;

bool du_is_null(lua_State *L, int index) {
  return luaL_testudata(L, index, NULL_VALUE) != NULL;
}

static int null_tostring(lua_State *L) {
  lua_pushliteral(L, NULL_VALUE);
  return 1;
}

/* [-0, +1] makes dualuse.null */
static void make_null(lua_State *L) {
  lua_newuserdatauv(L, 1, 0);
  if (luaL_newmetatable(L, NULL_VALUE)) {
    lua_pushcfunction(L, null_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, NULL_VALUE);
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &null_key);
}

/* ---------------------------------------------------------------- writing */

static void add_value(lua_State *L, DuText *json, int index, const DuKind *kind,
                      const DuField *field, int depth);

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many names a table with text keys has. */
static size_t count_names(lua_State *L, int index, const DuKind *kind,
                          const DuField *field) {
  size_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      du_raise(L, "invalid", kind != NULL ? kind->name : NULL,
               field != NULL ? field->name : NULL,
               "a table is either a list or has text keys only");
    du_check_text(L, kind, field, lua_gettop(L));
    count++;
  }
  return count;
}

/* [-0, +1] the names of a table in the order of their bytes, whatever the
** locale. The table keeps their texts. */
static const char **push_names(lua_State *L, int index, size_t count) {
  const char **names = lua_newuserdatauv(L, count * sizeof *names, 0);
  size_t i = 0;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    names[i++] = lua_tostring(L, -1);
  }
  qsort(names, count, sizeof *names, compare_names);
  return names;
}

/* A table with text keys. */
static void add_object(lua_State *L, DuText *json, int index,
                       const DuKind *kind, const DuField *field, int depth) {
  size_t count = count_names(L, index, kind, field);
  const char **names = push_names(L, index, count);
  for (size_t i = 0; i < count; i++) {
    du_text_puts(json, i == 0 ? "{" : ",");
    du_text_json(json, names[i], strlen(names[i]));
    du_text_puts(json, ":");
    lua_pushstring(L, names[i]);
    lua_rawget(L, index);
    add_value(L, json, lua_gettop(L), kind, field, depth + 1);
    lua_pop(L, 1);
  }
  du_text_puts(json, "}");
  lua_pop(L, 1);
}

static void add_array(lua_State *L, DuText *json, int index, const DuKind *kind,
                      const DuField *field, int depth) {
  lua_Integer length = du_check_list(L, kind, field, index);
  du_text_puts(json, "[");
  for (lua_Integer i = 1; i <= length; i++) {
    if (i > 1)
      du_text_puts(json, ",");
    lua_rawgeti(L, index, i);
    add_value(L, json, lua_gettop(L), kind, field, depth + 1);
    lua_pop(L, 1);
  }
  du_text_puts(json, "]");
}

static void add_number(lua_State *L, DuText *json, int index,
                       const DuKind *kind, const DuField *field) {
  if (lua_isinteger(L, index))
    du_text_format(json, "%I", (int64_t)lua_tointeger(L, index));
  else if (!isfinite(lua_tonumber(L, index)))
    du_refuse(L, kind, field, index, "finite numbers");
  else
    du_text_number(json, lua_tonumber(L, index));
}

static void add_table(lua_State *L, DuText *json, int index, const DuKind *kind,
                      const DuField *field, int depth) {
  bool list;
  lua_pushnil(L);
  if (lua_next(L, index) == 0) {
    du_text_puts(json, "[]");
    return;
  }
  list = lua_isinteger(L, -2);
  lua_pop(L, 2);
  if (list)
    add_array(L, json, index, kind, field, depth);
  else
    add_object(L, json, index, kind, field, depth);
}

static void add_value(lua_State *L, DuText *json, int index, const DuKind *kind,
                      const DuField *field, int depth) {
  luaL_checkstack(L, 10, NULL);
  if (depth > DEEPEST)
    du_raise(L, "invalid", kind != NULL ? kind->name : NULL,
             field != NULL ? field->name : NULL,
             "the table is more than %d deep, or holds itself", DEEPEST);
  switch (lua_type(L, index)) {
  case LUA_TBOOLEAN:
    du_text_puts(json, lua_toboolean(L, index) ? "true" : "false");
    break;
  case LUA_TNUMBER:
    add_number(L, json, index, kind, field);
    break;
  case LUA_TSTRING: {
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    du_check_text(L, kind, field, index);
    du_text_json(json, text, length);
    break;
  }
  case LUA_TTABLE:
    add_table(L, json, index, kind, field, depth);
    break;
  default:
    if (field == NULL && du_is_null(L, index))
      du_text_puts(json, "null");
    else
      du_refuse(L, kind, field, index,
                "plain data (text, numbers, booleans, "
                "tables of them)");
  }
}

void du_json_add(lua_State *L, DuText *json, int index, const DuKind *kind,
                 const DuField *field) {
  add_value(L, json, index, kind, field, 0);
}

/*
** encode(value) -> text
** Plain data as JSON in one line, UTF-8 as it is, the names of an object in
** the order of their bytes; an empty table is []. dualuse.null is null.
** Raises `invalid` for what is no plain data: functions, texts that are not
** UTF-8, numbers that are not finite, tables with holes.
*/
static int encode(lua_State *L) {
  DuText json;
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  du_text_init(L, &json);
  du_json_add(L, &json, 1, NULL, NULL);
  du_text_push(&json);
  return 1;
}

/* ---------------------------------------------------------------- reading */

/* What is wrong with a text, or NULL. Nothing is left on the stack then. */
typedef const char *Why;

/* [-0, +1] a text, as JSON had it */
static Why push_text(lua_State *L, DuStatement *node, int column) {
  size_t length;
  const char *text = du_sql_text(node, column, &length);
  if (!du_utf8_valid(text, length, NULL))
    return "a text has half of a pair of \\u escapes, which is no character";
  lua_pushlstring(L, text, length);
  return NULL;
}

/* The rest of a text that is read, and its end: numbers come in the order in
** which they stand there. */
typedef struct Numbers {
  const char *at, *end;
} Numbers;

/* The next number in the text as it is written there. */
static size_t next_number(Numbers *numbers, const char **number) {
  bool quoted = false;
  for (; numbers->at < numbers->end; numbers->at++) {
    char c = *numbers->at;
    if (c == '"')
      quoted = !quoted;
    else if (quoted && c == '\\')
      numbers->at++;
    else if (!quoted && (c == '-' || (c >= '0' && c <= '9')))
      break;
  }
  *number = numbers->at;
  while (numbers->at < numbers->end && *numbers->at != '\0' &&
         strchr("+-.0123456789Ee", *numbers->at) != NULL)
    numbers->at++;
  return (size_t)(numbers->at - *number);
}

/* [-0, +1] SQLite has read it, too, though not always as the nearest float, nor
** in every build without heed to the locale. */
static Why push_real(lua_State *L, Numbers *numbers, double told) {
  const char *text;
  size_t length = next_number(numbers, &text);
  double number;
  if (!isfinite(told))
    return "a number is too large";
  if (!du_entry_number(text, length, &number))
    return "a number is too large, or too close to zero";
  if (fabs(told) > 1e-290 && fabs(number - told) > fabs(told) * 1e-9)
    return "its numbers are not where they would be in JSON";
  lua_pushnumber(L, number);
  return NULL;
}

/* [-0, +1] the value in the row of a json_tree: a scalar, or a new table */
static Why push_node(lua_State *L, DuStatement *node, Numbers *numbers) {
  const char *number;
  size_t length;
  const char *type = du_sql_text(node, 2, &length);
  if (strcmp(type, "object") == 0 || strcmp(type, "array") == 0) {
    lua_newtable(L);
  } else if (strcmp(type, "text") == 0) {
    return push_text(L, node, 1);
  } else if (strcmp(type, "null") == 0) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &null_key);
  } else if (strcmp(type, "integer") == 0) {
    next_number(numbers, &number);
    if (du_sql_type(node, 1) != DU_INTEGER_COLUMN)
      return "an integer does not fit into 64 bits";
    lua_pushinteger(L, du_sql_integer(node, 1));
  } else if (strcmp(type, "real") == 0) {
    return push_real(L, numbers, du_sql_number(node, 1));
  } else {
    lua_pushboolean(L, strcmp(type, "true") == 0);
  }
  return NULL;
}

/* [-1, +0] puts the value on top of the stack into its parent, which is below
** it */
static Why put_node(lua_State *L, DuStatement *node) {
  bool taken;
  if (du_sql_type(node, 0) == DU_INTEGER_COLUMN) {
    lua_rawseti(L, -2, du_sql_integer(node, 0) + 1);
    return NULL;
  }
  Why why = push_text(L, node, 0);
  if (why != NULL)
    return why;
  lua_pushvalue(L, -1);
  taken = lua_rawget(L, -4) != LUA_TNIL;
  lua_pop(L, 1);
  if (taken)
    return "a name stands twice in one object";
  lua_insert(L, -2);
  lua_rawset(L, -3);
  return NULL;
}

/* Tables are known by the numbers of their rows: nodes has them, and depths
** how deep they are. Both are stack indices. */
static Why read_node(lua_State *L, DuStatement *node, Numbers *numbers,
                     int root, int nodes, int depths) {
  bool is_root = du_sql_type(node, 4) == DU_NULL_COLUMN;
  lua_Integer depth = 0;
  Why why;
  if (!is_root) {
    lua_rawgeti(L, depths, du_sql_integer(node, 4));
    depth = lua_tointeger(L, -1) + 1;
    lua_pop(L, 1);
    lua_rawgeti(L, nodes, du_sql_integer(node, 4));
  }
  if ((why = push_node(L, node, numbers)) != NULL)
    return why;
  if (lua_istable(L, -1)) {
    if (depth > DEEPEST_READ)
      return "it is more than 100 deep";
    lua_pushvalue(L, -1);
    lua_rawseti(L, nodes, du_sql_integer(node, 3));
    lua_pushinteger(L, depth);
    lua_rawseti(L, depths, du_sql_integer(node, 3));
  }
  if (is_root) {
    lua_replace(L, root);
    return NULL;
  }
  why = put_node(L, node);
  lua_settop(L, depths);
  return why;
}

/* [-0, +1] the data in a JSON text. Parents come before their children. */
static Why read_tree(lua_State *L, DuSql *sql, const char *text,
                     size_t length) {
  DuStatement *node = du_prepare(
      L, sql, "SELECT key, atom, type, id, parent FROM json_tree(?1)");
  DuStatus status = DU_DONE;
  Numbers numbers = {text, text + length};
  Why why = NULL;
  int root = lua_gettop(L) + 1;
  luaL_checkstack(L, 10, NULL);
  lua_pushnil(L);
  lua_newtable(L);
  lua_newtable(L);
  du_sql_bind_text(node, 1, text, length);
  while (why == NULL && (status = du_sql_step(node)) == DU_ROW)
    why = read_node(L, node, &numbers, root, root + 1, root + 2);
  du_finish(L, sql, node, status);
  lua_settop(L, why == NULL ? root : root - 1);
  return why;
}

void du_json_push(lua_State *L, DuSql *sql, const char *text, size_t length) {
  Why why = read_tree(L, sql, text, length);
  if (why != NULL)
    du_raise(L, "corrupt", NULL, NULL, "the JSON in the file is damaged: %s",
             why);
}

/* ------------------------------------------------- a text from elsewhere */

/* The byte, from 1, at which \u0000 stands, or 0: SQLite would end the text
** there. */
static size_t find_escaped_nul(const char *text, size_t length) {
  for (size_t i = 0; i + 1 < length; i++)
    if (text[i] == '\\') {
      if (length - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
        return i + 1;
      i++;
    }
  return 0;
}

/* The integer that a function of one text gives; -1 where SQLite does not have
** the function. */
static int64_t ask(DuSql *sql, const char *question, const char *text,
                   size_t length) {
  DuStatement *statement = du_sql_prepare(sql, question, strlen(question));
  int64_t answer = -1;
  if (statement == NULL)
    return answer;
  du_sql_bind_text(statement, 1, text, length);
  if (du_sql_step(statement) == DU_ROW)
    answer = du_sql_integer(statement, 0);
  du_sql_release(statement);
  return answer;
}

/* [-0, +1] why a text is no JSON, or nothing, and false, where it is */
static bool push_fault(lua_State *L, DuSql *sql, const char *text,
                       size_t length) {
  size_t bad;
  int64_t position;
  const char *nul = memchr(text, '\0', length);
  if (!du_utf8_valid(text, length, &bad)) {
    lua_pushfstring(L, "it is not UTF-8 from byte %I on", (LUAI_UACINT)bad + 1);
  } else if (nul != NULL || (bad = find_escaped_nul(text, length)) != 0) {
    if (nul != NULL)
      bad = (size_t)(nul - text) + 1;
    lua_pushfstring(L, "it holds a NUL character at byte %I", (LUAI_UACINT)bad);
  } else if (ask(sql, "SELECT json_valid(?1)", text, length) == 1) {
    return false;
  } else { /* json_error_position came with SQLite 3.42 */
    position = ask(sql, "SELECT json_error_position(?1)", text, length);
    if (position > 0)
      lua_pushfstring(L, "it is no JSON from character %I on",
                      (LUAI_UACINT)position);
    else
      lua_pushliteral(L, "it is no JSON");
  }
  return true;
}

/*
** decode(store, text) -> value; or nil and what is wrong
** Reads one JSON text, with the store's connection to SQLite. Objects and
** arrays are tables, null is dualuse.null, integers are exact. Refused are,
** besides what is no JSON: a name that stands twice in an object, integers of
** more than 64 bits, NUL characters, and what is more than 100 deep.
*/
static int decode(lua_State *L) {
  DuStore *store = du_check_store(L, 1);
  DuSql *sql = du_store_sql(L, store);
  const char *text;
  size_t length;
  Why why;
  lua_settop(L, 2);
  if (lua_type(L, 2) != LUA_TSTRING)
    du_misuse(L, 2, "JSON text");
  text = lua_tolstring(L, 2, &length);
  if (!push_fault(L, sql, text, length)) {
    why = read_tree(L, sql, text, length);
    if (why == NULL)
      return 1;
    lua_pushstring(L, why);
  }
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* Adds `null`, `encode` and `decode` to the core table on top of the stack. */
void du_open_json(lua_State *L) {
  make_null(L);
  lua_setfield(L, -2, "null");
  lua_pushcfunction(L, encode);
  lua_setfield(L, -2, "encode");
  lua_pushcfunction(L, decode);
  lua_setfield(L, -2, "decode");
}
