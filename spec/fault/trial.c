/*
** trial.c - see trial.h.
*/
#define _DEFAULT_SOURCE
#define _POSIX_C_SOURCE 200809L

#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dualuse.h"
#include "lauxlib.h"
#include "lualib.h"
#include "sqlite3.h"

#define STEPS 64

/* A process that takes longer than this many seconds hangs. */
#define PATIENCE 60

/* What the processes tell each other. */
typedef struct Shared {
  bool done[STEPS + 1];
  bool writes; /* so that another process has to look what is there */
  uint64_t calls, faults;
  bool bad;
  char message[sizeof((Outcome *)NULL)->message];
} Shared;

#ifdef DUALUSE_COVERAGE
/* Of gcc: writes down what this process ran. */
void __gcov_dump(void);
#endif

static Shared *shared;
static const Trial *running;

static void complain(const char *where, const char *message) {
  if (!shared->bad)
    snprintf(shared->message, sizeof shared->message, "%s: %s", where, message);
  shared->bad = true;
}

static void note_counts(void) {
  if (running->calls == NULL)
    return;
  shared->calls = running->calls();
  shared->faults = running->faults();
}

void trial_cut(void) {
  note_counts();
}

/* acknowledge(step): takes no memory. */
static int acknowledge(lua_State *L) {
  shared->done[lua_tointeger(L, 1)] = true;
  return 0;
}

/* done(step) -> whether it was acknowledged */
static int is_done(lua_State *L) {
  lua_pushboolean(L, shared->done[luaL_checkinteger(L, 1)]);
  return 1;
}

/* An error may be a table, whose __tostring tells it in one line. */
static int explain(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

/* trial -> work: the table that work.lua gives for it */
static int begin(lua_State *L) {
  const Trial *trial = lua_touserdata(L, 1);
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_dualuse_core);
  lua_setfield(L, -2, "dualuse.core");
  lua_pop(L, 1);
  if (luaL_loadfile(L, "spec/fault/work.lua") != LUA_OK)
    return lua_error(L);
  lua_createtable(L, 0, 8);
  lua_pushstring(L, trial->work);
  lua_setfield(L, -2, "work");
  lua_pushstring(L, trial->folder);
  lua_setfield(L, -2, "folder");
  lua_pushstring(L, trial->codes);
  lua_setfield(L, -2, "codes");
  lua_pushboolean(L, trial->exact);
  lua_setfield(L, -2, "exact");
  lua_pushcfunction(L, acknowledge);
  lua_setfield(L, -2, "acknowledge");
  lua_pushcfunction(L, is_done);
  lua_setfield(L, -2, "done");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "writes");
  shared->writes = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return 1;
}

/* [-0, +0] calls a function of the work at index 2; false where it raised. */
static bool call(lua_State *L, const char *name) {
  bool ok;
  lua_getfield(L, 2, name);
  ok = lua_pcall(L, 0, 0, 1) == LUA_OK;
  if (!ok) {
    complain(name, lua_tostring(L, -1) != NULL ? lua_tostring(L, -1) : "?");
    lua_pop(L, 1);
  }
  return ok;
}

static lua_State *start(const Trial *trial) {
  lua_State *L = trial->allocate != NULL ? lua_newstate(trial->allocate, NULL)
                                         : luaL_newstate();
  if (L == NULL)
    abort();
  lua_pushcfunction(L, explain);
  lua_pushcfunction(L, begin);
  lua_pushlightuserdata(L, (void *)trial);
  if (lua_pcall(L, 1, 1, 1) != LUA_OK) {
    complain("begin", lua_tostring(L, -1));
    lua_close(L);
    return NULL;
  }
  return L;
}

/* The work itself. The function is found before anything can fail. */
static void run_armed(const Trial *trial, lua_State *L) {
  lua_getfield(L, 2, "run");
  trial->arm();
  if (lua_pcall(L, 0, 0, 0) != LUA_OK)
    lua_pop(L, 1); /* no memory to begin with */
  if (!trial->to_the_end)
    trial->disarm();
}

static int work(const Trial *trial) {
  char text[80];
  lua_State *L;
  trial->set_up();
  if ((L = start(trial)) == NULL)
    return 1;
  if (call(L, "prepare")) {
    run_armed(trial, L);
    if (!trial->to_the_end)
      call(L, "after");
  }
  lua_close(L);
  trial->disarm();
  note_counts();
  if (trial->lua_bytes != NULL && *trial->lua_bytes != 0) {
    snprintf(text, sizeof text, "%zu bytes", *trial->lua_bytes);
    complain("kept by Lua", text);
  }
  if (sqlite3_memory_used() != 0) {
    snprintf(text, sizeof text, "%lld bytes", sqlite3_memory_used());
    complain("kept by SQLite", text);
  }
  return 0;
}

static int look(const Trial *trial) {
  Trial plain = *trial;
  lua_State *L;
  plain.allocate = NULL;
  if ((L = start(&plain)) == NULL)
    return 1;
  call(L, "verify");
  lua_close(L);
  return 0;
}

static void in_process(const char *what, const Trial *trial,
                       int (*function)(const Trial *)) {
  char text[80];
  int status = 0;
  pid_t child = fork();
  if (child < 0)
    abort();
  if (child == 0) {
    alarm(PATIENCE);
    running = trial;
    status = function(trial);
#ifdef DUALUSE_COVERAGE
    __gcov_dump();
#endif
    _exit(status);
  }
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    snprintf(text, sizeof text, "ended by signal %d", WTERMSIG(status));
    complain(what, text);
  } else if (WEXITSTATUS(status) != 0) {
    complain(what, "failed");
  }
}

static void share(void) {
  if (shared == NULL) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
      abort();
  }
  memset(shared, 0, sizeof *shared);
}

/* ------------------------------------------------------------------- files */

static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".copy"};

static void path_of(char path[500], const char *folder, const char *name,
                    const char *ending) {
  snprintf(path, 500, "%s/%s%s", folder, name, ending);
}

static void copy_file(const char *from, const char *to) {
  char bytes[65536];
  size_t length;
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  if (in == NULL || out == NULL)
    abort();
  while ((length = fread(bytes, 1, sizeof bytes, in)) > 0)
    if (fwrite(bytes, 1, length, out) != length)
      abort();
  fclose(in);
  if (fclose(out) != 0)
    abort();
}

/* The store that work begins with, as it was. */
static void fresh_store(const Trial *trial) {
  char path[500], from[500];
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    path_of(path, trial->folder, "store", endings[i]);
    unlink(path);
  }
  if (strcmp(trial->work, "create") == 0)
    return;
  path_of(from, trial->folder, "first", "");
  path_of(path, trial->folder, "store", "");
  copy_file(from, path);
}

static int make_first(const Trial *trial) {
  lua_State *L = start(trial);
  if (L == NULL)
    return 1;
  call(L, "make");
  lua_close(L);
  return 0;
}

bool trial_prepare(const char *folder) {
  Trial trial = {0};
  trial.work = "create";
  trial.folder = folder;
  trial.codes = "";
  share();
  in_process("make", &trial, make_first);
  if (shared->bad)
    fprintf(stderr, "%s\n", shared->message);
  return !shared->bad;
}

void trial_remove(const char *folder) {
  char path[500];
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    path_of(path, folder, "store", endings[i]);
    unlink(path);
    path_of(path, folder, "first", endings[i]);
    unlink(path);
  }
  path_of(path, folder, "rows.csv", "");
  unlink(path);
  rmdir(folder);
}

Outcome trial_run(const Trial *trial) {
  Outcome outcome;
  memset(&outcome, 0, sizeof outcome);
  share();
  fresh_store(trial);
  in_process("work", trial, work);
  if (!shared->bad && shared->writes)
    in_process("look", trial, look);
  outcome.good = !shared->bad;
  outcome.calls = shared->calls;
  outcome.faults = shared->faults;
  for (int i = 1; i <= STEPS; i++)
    outcome.done += shared->done[i];
  memcpy(outcome.message, shared->message, sizeof outcome.message);
  return outcome;
}
