/*
** describe.c - the kinds as a Lua table: what dualuse.describe prints, and
** what the modules in Lua know of them.
*/
#include "core.h"

#include <string.h>

static const char *type_name(const DuField *field) {
  static const char *const names[] = {
      "text", "integer",   "number",   "boolean", "word",
      "date", "reference", "citation", "data",    "stage",
      "id",   "revision",  "time"};
  return names[field->type];
}

/* Sets table[name] to a list of the kinds in the set. */
static void set_targets(lua_State *L, uint32_t targets) {
  lua_newtable(L);
  for (int i = 0; i < DU_KINDS; i++)
    if (targets & DU_KIND_BIT(i)) {
      lua_pushstring(L, du_kinds[i].name);
      lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
  lua_setfield(L, -2, "kinds");
}

static void set_words(lua_State *L, const char *const *words) {
  lua_newtable(L);
  for (int i = 0; words[i] != NULL; i++) {
    lua_pushstring(L, words[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "words");
}

/* [-0, +1] */
static void push_field(lua_State *L, const DuField *field) {
  lua_createtable(L, 0, 8);
  lua_pushstring(L, field->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, type_name(field));
  lua_setfield(L, -2, "type");
  lua_pushboolean(L, (field->flags & DU_LIST) != 0);
  lua_setfield(L, -2, "list");
  lua_pushboolean(L,
                  (field->flags & DU_REQUIRED) != 0 && field->absent == NULL);
  lua_setfield(L, -2, "required");
  lua_pushstring(L, field->help);
  lua_setfield(L, -2, "help");
  if (field->targets != 0)
    set_targets(L, field->targets);
  if (field->words != NULL)
    set_words(L, field->words);
  if (field->least < field->most) {
    lua_pushinteger(L, field->least);
    lua_setfield(L, -2, "least");
    if (field->most < INT64_MAX) {
      lua_pushinteger(L, field->most);
      lua_setfield(L, -2, "most");
    }
  }
  if (field->absent != NULL) {
    lua_pushstring(L, field->absent);
    lua_setfield(L, -2, "absent");
  }
}

static int describe_all(lua_State *L) {
  lua_createtable(L, DU_KINDS, 0);
  for (int i = 0; i < DU_KINDS; i++) {
    lua_createtable(L, 0, 2);
    lua_pushstring(L, du_kinds[i].name);
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, du_kinds[i].help);
    lua_setfield(L, -2, "help");
    lua_rawseti(L, -2, i + 1);
  }
  luaL_setmetatable(L, DU_DESCRIPTION);
  return 1;
}

/*
** describe([kind]) -> description
** Of a kind: { kind, singular, help, date = its own date's field, fields },
** where a field is { name, type, list, required, help, kinds, words, least,
** most, absent }. Without a kind, the list of them: { kind, help }.
** Raises `misuse` for a kind that there is not.
*/
static int describe(lua_State *L) {
  const DuKind *kind;
  lua_settop(L, 1);
  if (lua_isnil(L, 1))
    return describe_all(L);
  if (lua_type(L, 1) != LUA_TSTRING)
    du_misuse(L, 1, "the name of a kind");
  kind = du_name_at(L, 1) != NULL ? du_kind_find(du_name_at(L, 1)) : NULL;
  if (kind == NULL) {
    const char *names[DU_KINDS + 1];
    for (int i = 0; i < DU_KINDS; i++)
      names[i] = du_kinds[i].name;
    names[DU_KINDS] = NULL;
    du_show(L, 1);
    du_show_words(L, names);
    return du_raise(L, "misuse", NULL, NULL, "unknown kind %s: expected %s",
                    lua_tostring(L, -2), lua_tostring(L, -1));
  }
  lua_createtable(L, 0, 5);
  lua_pushstring(L, kind->name);
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, kind->singular);
  lua_setfield(L, -2, "singular");
  lua_pushstring(L, kind->help);
  lua_setfield(L, -2, "help");
  lua_pushstring(L, kind->date);
  lua_setfield(L, -2, "date");
  lua_createtable(L, kind->nfields, 0);
  for (int i = 0; i < kind->nfields; i++) {
    push_field(L, &kind->fields[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "fields");
  luaL_setmetatable(L, DU_DESCRIPTION);
  return 1;
}

/* Adds `describe` to the core table on top of the stack. */
void du_open_describe(lua_State *L) {
  luaL_newmetatable(L, DU_DESCRIPTION);
  lua_pushcfunction(L, du_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, DU_DESCRIPTION);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, describe);
  lua_setfield(L, -2, "describe");
}
