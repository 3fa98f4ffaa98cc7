/*
** errors.c - error tables: { code, message, kind, field, where }, with a
** one-line __tostring that begins with `where`. Everything that fails on an
** open store is raised here.
*/
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"

/* ---------------------------------------------------------------- showing */

/* The longest text that a message repeats, in bytes. */
#define SHOWN 60

/* The bytes of the UTF-8 character that the text begins with; 0 if it begins
** with none. */
static size_t character_length(const unsigned char *s, size_t left) {
  size_t length = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
  return length <= left && du_utf8_valid((const char *)s, length, NULL) ? length
                                                                        : 0;
}

/* Control characters, those which turn the writing direction around, and what
** is not UTF-8 are shown as escapes, so that no text can draw on a terminal.
** Returns how many bytes to show so, or 0. */
static size_t hostile_length(const unsigned char *s, size_t left) {
  if (s[0] < 0x20 || s[0] == 0x7f || character_length(s, left) == 0)
    return 1;
  if (left >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
    return 2; /* C1 controls */
  if (left >= 3 && s[0] == 0xe2 && s[1] == 0x80 &&
      (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae)))
    return 3; /* marks, separators, embeddings and overrides */
  if (left >= 3 && s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)
    return 3; /* isolates */
  if (left >= 2 && s[0] == 0xd8 && s[1] == 0x9c)
    return 2; /* the Arabic letter mark, which turns the direction too */
  if (left >= 3 && s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe)
    return 3; /* U+FFFE and U+FFFF, which are no characters, and no XML */
  return 0;
}

static void add_shown(luaL_Buffer *buffer, const char *text, size_t length) {
  const unsigned char *s = (const unsigned char *)text;
  for (size_t i = 0; i < length;) {
    size_t hostile = hostile_length(s + i, length - i);
    if (hostile == 0) {
      size_t plain = character_length(s + i, length - i);
      luaL_addlstring(buffer, text + i, plain);
      i += plain;
      continue;
    }
    for (; hostile > 0; hostile--, i++) {
      char escape[5];
      snprintf(escape, sizeof escape, "\\x%02X", s[i]);
      luaL_addstring(buffer, escape);
    }
  }
}

/* Cuts before a character, not inside one. */
static size_t cut(const char *text, size_t length) {
  if (length <= SHOWN)
    return length;
  length = SHOWN;
  while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
    length--;
  return length;
}

const char *du_show(lua_State *L, int index) {
  index = lua_absindex(L, index);
  switch (lua_type(L, index)) {
  case LUA_TSTRING: {
    size_t length, shown;
    const char *text = lua_tolstring(L, index, &length);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    luaL_addchar(&buffer, '"');
    shown = cut(text, length);
    add_shown(&buffer, text, shown);
    luaL_addstring(&buffer, shown < length ? "…\"" : "\"");
    luaL_pushresult(&buffer);
    break;
  }
  case LUA_TNUMBER:
    lua_pushvalue(L, index); /* a copy: tostring changes its argument */
    lua_tostring(L, -1);
    break;
  case LUA_TBOOLEAN:
    lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
    break;
  case LUA_TNIL:
    lua_pushliteral(L, "nothing");
    break;
  default:
    if (du_is_null(L, index))
      lua_pushliteral(L, "dualuse.null");
    else
      lua_pushfstring(L, "a %s", luaL_typename(L, index));
  }
  return lua_tostring(L, -1);
}

const char *du_show_words(lua_State *L, const char *const *words) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (int i = 0; words[i] != NULL; i++) {
    if (i > 0)
      luaL_addstring(&buffer, words[i + 1] == NULL ? " or " : ", ");
    luaL_addstring(&buffer, words[i]);
  }
  luaL_pushresult(&buffer);
  return lua_tostring(L, -1);
}

/* [-1, +1] the string on top as one line without control characters */
static void clean(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  add_shown(&buffer, text, length);
  luaL_pushresult(&buffer);
  lua_remove(L, -2);
}

/* ---------------------------------------------------------------- raising */

/* The folder of the modules on top of the core. The registry has it under this
** address. */
static const char home_key = 0;

/* [-0, +1] the place in a script that the running function was called from:
** the nearest function above that has lines, and is none of the modules on top
** of the core, unless there are no others. */
static void push_where(lua_State *L, int level) {
  lua_Debug frame;
  size_t length = 0;
  const char *home = NULL;
  luaL_checkstack(L, 4, NULL);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &home_key) == LUA_TSTRING)
    home = lua_tolstring(L, -1, &length);
  lua_pushnil(L);
  for (; lua_getstack(L, level, &frame); level++) {
    bool at_home;
    lua_getinfo(L, "Sl", &frame);
    if (frame.currentline <= 0)
      continue;
    at_home = home != NULL && *frame.source == '@' &&
              strncmp(frame.source + 1, home, length) == 0;
    if (!at_home || lua_isnil(L, -1)) {
      lua_pushfstring(L, "%s:%d", frame.short_src, frame.currentline);
      lua_replace(L, -2);
    }
    if (!at_home)
      break;
  }
  lua_remove(L, -2);
}

void du_push_error(lua_State *L, const char *code, const char *message) {
  lua_createtable(L, 0, 5);
  lua_pushstring(L, code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, message);
  clean(L);
  lua_setfield(L, -2, "message");
  push_where(L, 1);
  lua_setfield(L, -2, "where");
  luaL_setmetatable(L, DU_ERROR);
}

_Noreturn int du_raise(lua_State *L, const char *code, const char *kind,
                       const char *field, const char *format, ...) {
  va_list arguments;
  luaL_checkstack(L, 8, NULL);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  if (kind != NULL && field != NULL)
    lua_pushfstring(L, "%s.%s: %s", kind, field, lua_tostring(L, -1));
  else if (kind != NULL)
    lua_pushfstring(L, "%s: %s", kind, lua_tostring(L, -1));
  du_push_error(L, code, lua_tostring(L, -1));
  lua_pushstring(L, kind);
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, field);
  lua_setfield(L, -2, "field");
  lua_error(L);
  abort(); /* nothing comes back from lua_error, which no compiler knows */
}

_Noreturn int du_raise_sql(lua_State *L, DuSql *sql) {
  DuSqlError error = *du_sql_error(sql);
  if (strcmp(error.code, "busy") == 0)
    du_raise(L, "busy", NULL, NULL,
             "another connection is writing to this store, and did not "
             "finish within the timeout (%s)",
             error.message);
  du_raise(L, error.code, NULL, NULL, "%s", error.message);
}

DuStatement *du_prepare(lua_State *L, DuSql *sql, const char *text) {
  DuStatement *statement = du_sql_prepare(sql, text, strlen(text));
  if (statement == NULL)
    du_raise_sql(L, sql);
  return statement;
}

void du_finish(lua_State *L, DuSql *sql, DuStatement *statement,
               DuStatus status) {
  du_sql_release(statement);
  if (status == DU_FAILED)
    du_raise_sql(L, sql);
}

/* -------------------------------------------------------------- arguments */

int du_misuse(lua_State *L, int index, const char *expected) {
  lua_Debug frame;
  index = lua_absindex(L, index);
  du_show(L, index);
  /* what stands before a colon is not counted as an argument */
  if (lua_getstack(L, 0, &frame) && lua_getinfo(L, "n", &frame) &&
      strcmp(frame.namewhat, "method") == 0)
    index--;
  return du_raise(L, "misuse", NULL, NULL, "argument %d: expected %s, got %s",
                  index, expected, lua_tostring(L, -1));
}

void *du_check_object(lua_State *L, int index, const char *class,
                      const char *what) {
  void *object = luaL_testudata(L, index, class);
  if (object == NULL)
    du_misuse(L, index, what);
  return object;
}

void du_check_options(lua_State *L, int index, const char *const *names) {
  if (lua_isnoneornil(L, index))
    return;
  if (!lua_istable(L, index))
    du_misuse(L, index, "a table of options");
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    bool known = false;
    for (int i = 0; names[i] != NULL && !known; i++)
      known = lua_type(L, -2) == LUA_TSTRING &&
              strcmp(lua_tostring(L, -2), names[i]) == 0;
    lua_pop(L, 1);
    if (!known) {
      du_show(L, -1);
      du_show_words(L, names);
      du_raise(L, "misuse", NULL, NULL, "unknown option %s: expected %s",
               lua_tostring(L, -2), lua_tostring(L, -1));
    }
  }
}

const char *du_name_at(lua_State *L, int index) {
  size_t length;
  const char *name;
  if (lua_type(L, index) != LUA_TSTRING)
    return NULL;
  name = lua_tolstring(L, index, &length);
  return strlen(name) == length ? name : NULL;
}

void du_push_field_names(lua_State *L, const DuKind *kind) {
  luaL_Buffer names;
  luaL_buffinit(L, &names);
  for (int i = 0; i < kind->nfields; i++) {
    luaL_addstring(&names, i == 0 ? "" : ", ");
    luaL_addstring(&names, kind->fields[i].name);
  }
  luaL_pushresult(&names);
}

const DuField *du_check_field(lua_State *L, const DuKind *kind, int index) {
  const char *name = du_name_at(L, index);
  int field = name != NULL ? du_field_find(kind, name) : -1;
  if (field < 0) {
    du_show(L, index);
    du_push_field_names(L, kind);
    du_raise(L, "misuse", kind->name, NULL,
             "unknown field %s: the fields are %s", lua_tostring(L, -2),
             lua_tostring(L, -1));
  }
  return &kind->fields[field];
}

/* ------------------------------------------------------------------ values */

int du_refuse(lua_State *L, const DuKind *kind, const DuField *field, int index,
              const char *expected) {
  du_show(L, index);
  return du_raise(L, "invalid", kind != NULL ? kind->name : NULL,
                  field != NULL ? field->name : NULL, "expected %s, got %s",
                  expected, lua_tostring(L, -1));
}

bool du_is_text(const char *text, size_t length, char why[DU_WHY]) {
  size_t bad;
  const char *zero;
  if (!du_utf8_valid(text, length, &bad)) {
    snprintf(why, DU_WHY, "the text is not UTF-8 from byte %zu on", bad + 1);
    return false;
  }
  zero = memchr(text, '\0', length);
  if (zero != NULL)
    snprintf(why, DU_WHY, "the text holds a NUL byte at byte %zu",
             (size_t)(zero - text) + 1);
  return zero == NULL;
}

void du_check_text(lua_State *L, const DuKind *kind, const DuField *field,
                   int index) {
  char why[DU_WHY];
  size_t length;
  const char *text;
  if (lua_type(L, index) != LUA_TSTRING)
    du_refuse(L, kind, field, index, "text");
  text = lua_tolstring(L, index, &length);
  if (!du_is_text(text, length, why))
    du_raise(L, "invalid", kind != NULL ? kind->name : NULL,
             field != NULL ? field->name : NULL, "%s", why);
}

lua_Integer du_check_list(lua_State *L, const DuKind *kind,
                          const DuField *field, int index) {
  const char *kind_name = kind != NULL ? kind->name : NULL;
  const char *field_name = field != NULL ? field->name : NULL;
  lua_Integer length, keys = 0;
  if (!lua_istable(L, index))
    du_refuse(L, kind, field, index, "a list");
  length = (lua_Integer)lua_rawlen(L, index);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    keys++;
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1 ||
        lua_tointeger(L, -1) > length) {
      du_show(L, -1);
      du_raise(L, "invalid", kind_name, field_name,
               "expected a list, whose only keys are 1, 2, 3…, got the key %s",
               lua_tostring(L, -1));
    }
  }
  if (keys != length)
    du_raise(L, "invalid", kind_name, field_name, "the list has holes");
  return length;
}

/* ---------------------------------------------------------------- in Lua */

/* One line, beginning with `where`. It never raises. */
static int error_tostring(lua_State *L) {
  if (!lua_istable(L, 1)) {
    lua_pushliteral(L, "dualuse error");
    return 1;
  }
  lua_pushliteral(L, "where");
  lua_rawget(L, 1);
  lua_pushliteral(L, "message");
  lua_rawget(L, 1);
  if (lua_type(L, -1) != LUA_TSTRING) {
    lua_pop(L, 1);
    lua_pushliteral(L, "dualuse error");
  }
  if (lua_type(L, -2) == LUA_TSTRING)
    lua_pushfstring(L, "%s: %s", lua_tostring(L, -2), lua_tostring(L, -1));
  clean(L);
  return 1;
}

static const char *const codes[] = {
    "misuse",  "invalid", "constraint", "busy",   "readonly",    "full",
    "corrupt", "io",      "nomem",      "closed", "interrupted", NULL};

/*
** raise{ code=, message=, kind=, field=, level= }
** For modules on top of the store: an error like its own. `level` says whose
** mistake it is, as in error(): 1, where raise was called; 2, when left out,
** where the function that called raise was called.
*/
static int error_raise(lua_State *L) {
  int level;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "code");
  luaL_argcheck(L, lua_type(L, 2) == LUA_TSTRING, 1,
                "code is not one of the error codes");
  luaL_checkoption(L, 2, NULL, codes);
  lua_getfield(L, 1, "message");
  luaL_argcheck(L, lua_type(L, 3) == LUA_TSTRING, 1, "message is not a string");
  lua_getfield(L, 1, "level");
  level = (int)luaL_optinteger(L, 4, 2);
  du_push_error(L, lua_tostring(L, 2), lua_tostring(L, 3));
  lua_getfield(L, 1, "kind");
  lua_setfield(L, -2, "kind");
  lua_getfield(L, 1, "field");
  lua_setfield(L, -2, "field");
  push_where(L, level);
  lua_setfield(L, -2, "where");
  return lua_error(L);
}

/*
** home(folder)
** Says where the modules on top of the core are: what is raised in one of them
** is told at the place that called it. The folder is the beginning of the names
** of their chunks, such as "lua/dualuse/".
*/
static int error_home(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &home_key);
  return 0;
}

/*
** shown(text) -> the text with control characters and the marks that turn
** the writing direction shown as escapes, for what prints stored text.
*/
static int error_shown(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 1);
  clean(L);
  return 1;
}

void du_open_errors(lua_State *L) {
  luaL_newmetatable(L, DU_ERROR);
  lua_pushcfunction(L, error_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, DU_ERROR);
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, DU_ERROR);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, error_raise);
  lua_setfield(L, -2, "raise");
  lua_pushcfunction(L, error_home);
  lua_setfield(L, -2, "home");
  lua_pushcfunction(L, error_shown);
  lua_setfield(L, -2, "shown");
}
