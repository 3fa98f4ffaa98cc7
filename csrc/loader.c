/*
** loader.c - the loader in Lua's hands, and what is wrong with its rows.
*/
#include "loader.h"

#include <string.h>

DuLoader *du_check_loader(lua_State *L) {
  DuLoader *loader = du_check_object(L, 1, DU_LOADER, "a loader");
  du_enter(L, loader->store);
  loader->insert = loader->many = loader->find = loader->share = NULL;
  loader->waiting = NULL;
  loader->sharing = NULL;
  loader->nshared = 0;
  loader->packer = NULL;
  loader->inserted = 0;
  loader->recorded_known = false;
  loader->reading = false;
  return loader;
}

void du_loader_put_away(lua_State *L, DuLoader *loader) {
  du_insert_waiting(L, loader);
  loader->recorded_known = false; /* who is called may add some */
  du_loader_let_go(loader);
}

void du_loader_let_go(DuLoader *loader) {
  if (loader->many != NULL)
    du_sql_release(loader->many);
  if (loader->insert != NULL)
    du_sql_release(loader->insert);
  if (loader->find != NULL)
    du_sql_release(loader->find);
  if (loader->share != NULL)
    du_sql_release(loader->share);
  loader->insert = loader->many = loader->find = loader->share = NULL;
}

/* --------------------------------------------------------------- rejecting */

bool du_fault(lua_State *L, DuLoader *loader, const char *field,
              const char *format, ...) {
  va_list arguments;
  luaL_checkstack(L, 4, NULL);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_rawseti(L, DU_AT_ANCHORS, 0);
  loader->wrong = field;
  return false;
}

bool du_fault_text(lua_State *L, DuLoader *loader, const char *field,
                   const char *format, const char *text, size_t length) {
  luaL_checkstack(L, 4, NULL);
  lua_pushlstring(L, text, length);
  du_fault(L, loader, field, format, du_show(L, -1));
  lua_pop(L, 2);
  return false;
}

void du_fault_of_error(lua_State *L, DuLoader *loader, const char *field) {
  const char *message = NULL;
  int top = lua_gettop(L) - 1;
  if (lua_istable(L, -1)) {
    const char *code;
    lua_getfield(L, -1, "code");
    code = lua_tostring(L, -1);
    if (code == NULL ||
        (strcmp(code, "invalid") != 0 && strcmp(code, "constraint") != 0)) {
      lua_pop(L, 1);
      lua_error(L);
    }
    lua_getfield(L, -2, "field");
    if (field == NULL && lua_type(L, -1) == LUA_TSTRING) {
      int known = du_field_find(loader->kind, lua_tostring(L, -1));
      field = known >= 0 ? loader->kind->fields[known].name : NULL;
    }
    lua_getfield(L, -3, "message");
    message = lua_tostring(L, -1);
    if (message != NULL && field != NULL) { /* what the fault says anyway */
      const char *place =
          lua_pushfstring(L, "%s.%s: ", loader->kind->name, field);
      if (strncmp(message, place, strlen(place)) == 0)
        message += strlen(place);
    }
    du_fault(L, loader, field, "%s",
             message != NULL ? message : "it is invalid");
    lua_settop(L, top);
    return;
  }
  message = lua_tostring(L, -1);
  if (message == NULL || field == NULL ||
      strcmp(message, "not enough memory") == 0 || /* Lua's own words */
      strstr(message, "interrupted!") != NULL)     /* by lua5.4's Ctrl-C */
    lua_error(L);
  du_fault(L, loader, field, "%s", message);
  lua_settop(L, top);
}

void du_reject(lua_State *L, DuLoader *loader) {
  size_t length;
  const char *line = du_records_line(loader->records, &length);
  du_loader_put_away(L, loader);
  loader->rejected++;
  lua_rawgeti(L, DU_AT_ANCHORS, 0);
  if (loader->stop)
    du_raise(L, "invalid", loader->kind->name, loader->wrong, "line %I: %s",
             (LUAI_UACINT)loader->records->reader.line, lua_tostring(L, -1));
  lua_getfield(L, DU_AT_PLAN, "reject");
  lua_insert(L, -2);
  lua_pushinteger(L, (lua_Integer)loader->records->reader.line);
  lua_pushstring(L, loader->wrong);
  lua_rotate(L, -3, 2); /* line, field, why */
  lua_pushlstring(L, line, length);
  lua_pushboolean(L, loader->records->reader.cut);
  lua_call(L, 5, 0);
}

void du_reject_rest(lua_State *L, DuLoader *loader) {
  size_t length;
  const char *piece = du_records_line(loader->records, &length);
  du_loader_put_away(L, loader);
  lua_getfield(L, DU_AT_PLAN, "reject_rest");
  lua_pushlstring(L, piece, length);
  lua_call(L, 1, 0);
}
