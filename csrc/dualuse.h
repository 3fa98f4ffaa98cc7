/*
** dualuse.h: what a C host needs to carry the core inside itself.
**
** Link build/libdualuse.a, SQLite and Lua 5.4, and make the module known to
** a Lua state before any script asks for it:
**
**   luaL_requiref(L, "dualuse.core", luaopen_dualuse_core, 0);
**   lua_pop(L, 1);
**
** A script then says `require "dualuse.core"`, with no file to be found. The
** core keeps no state outside the lua_State, so that a host may have any
** number of them, one a thread included. The Lua modules (`dualuse` and those
** below it) are files beside it, found through package.path as ever.
** spec/fixtures/host.c is a whole host to begin from.
*/
#ifndef DUALUSE_H
#define DUALUSE_H

#include <lua.h>

/* The one symbol that core.so exports: all others are compiled hidden. */
#if defined(_WIN32)
#define DUALUSE_API __declspec(dllexport)
#elif defined(__GNUC__)
#define DUALUSE_API __attribute__((visibility("default")))
#else
#define DUALUSE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
** A lua_CFunction: [] -> [the module's table]. Raises a Lua error where the
** SQLite that it finds is too old, or memory runs out; luaL_requiref passes it
** on, so call that in protected mode (lua_pcall).
*/
DUALUSE_API int luaopen_dualuse_core(lua_State *L);

#ifdef __cplusplus
}
#endif

#endif
