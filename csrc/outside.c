/*
** outside.c - large pieces of memory that Lua's collector does not count.
**
** The collector lets a heap grow to twice of what it found in use. Were the
** columns of a store among that, a loop that makes a table of each record would
** walk through as much memory again before any of it is used anew, which takes
** half as long again as the tables themselves. So large bytes are had from the
** allocator of the Lua state, which may limit or count them, but not through
** Lua, and a small userdata keeps them.
**
** Since the collector does not see what it could free, it is asked to collect
** when the bytes outside have grown by as much as what was in use, inside and
** outside, when it was asked last: as it paces itself.
**
** What else became garbage at the same time may still be used: by its own
** finalizers, until they have closed it, and by those of strangers. So the
** bytes of a userdata go not when it is first finalized, but the next time.
** Whoever knows that nobody has them any more gives them back at once.
*/
#include "core.h"

#define CLASS "dualuse.outside"

/* What the bytes are preceded by. */
typedef struct Block {
  struct Block *next, *previous; /* all there are */
  size_t size;                   /* with this */
  bool doomed;                   /* it was finalized once */
  max_align_t bytes[];
} Block;

/* The registry has it under this address, once for a Lua state: its own
** finalizer is called when the state is closed, after those of all blocks. */
typedef struct Account {
  Block *blocks;
  size_t bytes; /* outside, garbage included */
  size_t limit; /* at which garbage is looked for; 0: not known yet */
} Account;
static const char account_key = 0;

/* So little is not looked for. */
#define LEAST_LIMIT ((size_t)8 * 1024 * 1024)

static Account *account_of(lua_State *L) {
  Account *account;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &account_key);
  account = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return account;
}

static void *allocate(lua_State *L, void *bytes, size_t before, size_t size) {
  void *context;
  lua_Alloc allocator = lua_getallocf(L, &context);
  return allocator(context, bytes, before, size);
}

static void release(lua_State *L, Account *account, Block *block) {
  if (block->previous != NULL)
    block->previous->next = block->next;
  else
    account->blocks = block->next;
  if (block->next != NULL)
    block->next->previous = block->previous;
  account->bytes -= block->size;
  allocate(L, block, block->size, 0);
}

/* __gc of what keeps a block. Given its metatable once more, it is finalized
** once more. */
static int block_gc(lua_State *L) {
  Block **kept = luaL_testudata(L, 1, CLASS);
  if (kept == NULL || *kept == NULL)
    return 0;
  if ((*kept)->doomed) {
    Block *block = *kept;
    *kept = NULL;
    release(L, account_of(L), block);
  } else {
    (*kept)->doomed = true;
    luaL_setmetatable(L, CLASS);
  }
  return 0;
}

/* __gc */
static int account_gc(lua_State *L) {
  Account *account = lua_touserdata(L, lua_upvalueindex(1));
  while (account->blocks != NULL)
    release(L, account, account->blocks);
  return 0;
}

/* A host that has stopped the collector, or is in the middle of it, has its
** way. */
static void collect(lua_State *L) {
  for (int i = 0; i < 2 && lua_gc(L, LUA_GCISRUNNING) > 0; i++)
    lua_gc(L, LUA_GCCOLLECT);
}

/* Looks for garbage where so many bytes more would be too many. */
static void make_room(lua_State *L, Account *account, size_t size) {
  size_t inside;
  if (account->bytes + size <= account->limit)
    return;
  if (account->limit > 0)
    collect(L);
  inside = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024;
  account->limit = 2 * (account->bytes + size) + inside;
  if (account->limit < LEAST_LIMIT)
    account->limit = LEAST_LIMIT;
}

void *du_outside_push(lua_State *L, size_t size) {
  Account *account = account_of(L);
  Block **kept = lua_newuserdatauv(L, sizeof *kept, 0), *block;
  *kept = NULL;
  luaL_setmetatable(L, CLASS);
  size += sizeof *block;
  make_room(L, account, size);
  block = allocate(L, NULL, 0, size);
  if (block == NULL) {
    collect(L);
    block = allocate(L, NULL, 0, size);
  }
  if (block == NULL)
    return luaL_error(L, "not enough memory"), NULL;
  block->previous = NULL;
  block->next = account->blocks;
  if (block->next != NULL)
    block->next->previous = block;
  block->size = size;
  block->doomed = false;
  account->blocks = block;
  account->bytes += size;
  *kept = block;
  return block->bytes;
}

void du_outside_free(lua_State *L, int index) {
  Block **kept = lua_touserdata(L, index), *block = *kept;
  *kept = NULL;
  if (block != NULL)
    release(L, account_of(L), block);
}

void *du_outside_at(lua_State *L, int index) {
  Block **kept = lua_touserdata(L, index);
  return kept != NULL && *kept != NULL ? (*kept)->bytes : NULL;
}

/* [-0, +0] sets __gc, with so many upvalues on top, and __metatable of the
** metatable below them. */
static void set_gc(lua_State *L, lua_CFunction gc, int upvalues) {
  lua_pushcclosure(L, gc, upvalues);
  lua_setfield(L, -2, "__gc");
  lua_pushliteral(L, CLASS);
  lua_setfield(L, -2, "__metatable");
}

void du_open_outside(lua_State *L) {
  Account *account;
  if (account_of(L) != NULL) /* the module is opened once more */
    return;
  luaL_newmetatable(L, CLASS);
  set_gc(L, block_gc, 0);
  lua_pop(L, 1);
  account = lua_newuserdatauv(L, sizeof *account, 0);
  account->blocks = NULL;
  account->bytes = 0;
  account->limit = 0;
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -2);
  set_gc(L, account_gc, 1);
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &account_key);
}
