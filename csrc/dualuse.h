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
**
** It installs no signal handler. A query or a wait for a lock that takes too
** long ends, and raises `interrupted`, when the host does what lua5.4 does at
** Ctrl-C: sets a hook on the main thread of the Lua state, for every event and
** a count of 1. A signal handler of the thread that runs Lua may do so:
**
**   lua_sethook(L, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE |
**               LUA_MASKCOUNT, 1);
**
** `stop` takes the hook away and raises an error, so that Lua code ends too.
**
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
