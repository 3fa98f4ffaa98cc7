/*
** fuzz_store.c - what a store is asked, and a store's own file, under
** libFuzzer: a Lua script makes of the bytes what the core is then given.
**
**   make fuzz SECONDS=60
**
** SCRIPT is the script, which gives a function: it gets the bytes, and raises
** where the core did what it must not. A crash, a hang or a leak is for
** libFuzzer and the sanitizers to see.
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "dualuse.h"
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef SCRIPT
#define SCRIPT "spec/fault/fuzz_query.lua"
#endif

static lua_State *L;

static void fail(void) {
  fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  abort();
}

static void end(void) {
  lua_close(L);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count;
  (void)arguments;
  if ((L = luaL_newstate()) == NULL)
    abort();
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_dualuse_core);
  lua_setfield(L, -2, "dualuse.core");
  lua_settop(L, 0);
  if (luaL_dofile(L, SCRIPT))
    fail();
  atexit(end);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK)
    fail();
  return 0;
}
