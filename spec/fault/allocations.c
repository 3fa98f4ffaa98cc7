/*
** allocations.c - work done while the n-th allocation of Lua or of SQLite
** fails, for every n: once, twice (Lua tries again after it has collected),
** for ever, and to the end of the Lua state.
**
**   allocations [-every N] [-until N] [-least POINTS] [-of Lua] WORK...
**
** Every N-th n is tried (1), until the last one that is given, of Lua and of
** SQLite, or of the one named. Fails where a trial is bad, where the work fails
** with all memory, and where fewer than POINTS failures were injected.
*/
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "sqlite3.h"
#include "trial.h"

typedef enum Mode { ONCE, TWICE, FOR_EVER, TO_THE_END, MODES } Mode;

static const char *const mode_names[] = {"once", "twice", "for ever",
                                         "to the end"};

/* What fails. Of a process, which makes one trial. */
typedef struct Plan {
  bool of_lua; /* else of SQLite */
  Mode mode;
  uint64_t at; /* 0: nothing */
  uint64_t calls, faults;
  bool armed;
  size_t lua_bytes;
  sqlite3_mem_methods memory;
} Plan;

static Plan plan;

static bool fails(bool of_lua) {
  if (!plan.armed || plan.of_lua != of_lua)
    return false;
  plan.calls++;
  if (plan.at == 0 || plan.calls < plan.at ||
      (plan.mode == ONCE && plan.calls > plan.at) ||
      (plan.mode == TWICE && plan.calls > plan.at + 1))
    return false;
  plan.faults++;
  return true;
}

/* Lua takes it for granted that a block can be made smaller. */
static void *allocate(void *context, void *block, size_t old, size_t new) {
  (void)context;
  if (block == NULL)
    old = 0; /* it is the type of the object */
  if (new > old && fails(true))
    return NULL;
  plan.lua_bytes += new - old;
  if (new == 0) {
    free(block);
    return NULL;
  }
  if ((block = realloc(block, new)) == NULL)
    abort();
  return block;
}

static void *sql_malloc(int size) {
  return fails(false) ? NULL : plan.memory.xMalloc(size);
}

static void *sql_realloc(void *block, int size) {
  return fails(false) ? NULL : plan.memory.xRealloc(block, size);
}

static void set_up(void) {
  sqlite3_mem_methods own;
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plan.memory);
  own = plan.memory;
  own.xMalloc = sql_malloc;
  own.xRealloc = sql_realloc;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &own);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
  shim_install();
}

static void arm(void) {
  plan.armed = true;
}

static void disarm(void) {
  plan.armed = false;
}

static uint64_t calls(void) {
  return plan.calls;
}

static uint64_t faults(void) {
  return plan.faults;
}

/* -------------------------------------------------------------------- sweep */

typedef struct Sweep {
  Trial trial;
  uint64_t every, until, tried, injected, bad;
} Sweep;

static Outcome try(Sweep *sweep, bool of_lua, Mode mode, uint64_t at) {
  Outcome outcome;
  plan.of_lua = of_lua;
  plan.mode = mode;
  plan.at = at;
  sweep->trial.to_the_end = mode == TO_THE_END;
  outcome = trial_run(&sweep->trial);
  if (!outcome.good && sweep->bad++ < 20)
    fprintf(stderr, "%s: allocation %llu of %s fails %s: %s\n",
            sweep->trial.work, (unsigned long long)at,
            of_lua ? "Lua" : "SQLite", mode_names[mode], outcome.message);
  return outcome;
}

/* All of one work; false where it fails with all memory. */
static bool sweep_work(Sweep *sweep, bool of_lua) {
  Outcome outcome = try(sweep, of_lua, ONCE, 0);
  uint64_t tried = 0, injected = 0, bad = sweep->bad;
  if (!outcome.good)
    return false;
  for (uint64_t at = 1; at <= outcome.calls && at <= sweep->until;
       at += sweep->every)
    for (Mode mode = ONCE; mode < MODES; mode++) {
      tried++;
      injected += try(sweep, of_lua, mode, at).faults > 0;
    }
  printf("%-8s %-6s %6llu allocations, %6llu of %6llu trials with a failure, "
         "%llu bad\n",
         sweep->trial.work, of_lua ? "Lua" : "SQLite",
         (unsigned long long)outcome.calls, (unsigned long long)injected,
         (unsigned long long)tried, (unsigned long long)(sweep->bad - bad));
  fflush(stdout);
  sweep->tried += tried;
  sweep->injected += injected;
  return true;
}

static uint64_t number(const char *text) {
  return (uint64_t)strtoull(text, NULL, 10);
}

int main(int count, char **arguments) {
  char folder[] = "/tmp/dualuse-XXXXXX";
  Sweep sweep = {0};
  const char *of = NULL;
  uint64_t least = 10;
  bool good = true;
  int i = 1;
  sweep.every = 1;
  sweep.until = UINT64_MAX;
  for (; i + 1 < count && arguments[i][0] == '-'; i += 2) {
    if (strcmp(arguments[i], "-every") == 0)
      sweep.every = number(arguments[i + 1]);
    else if (strcmp(arguments[i], "-until") == 0)
      sweep.until = number(arguments[i + 1]);
    else if (strcmp(arguments[i], "-least") == 0)
      least = number(arguments[i + 1]);
    else if (strcmp(arguments[i], "-of") == 0)
      of = arguments[i + 1];
  }
  if (mkdtemp(folder) == NULL || !trial_prepare(folder))
    return EXIT_FAILURE;
  sweep.trial.folder = folder;
  sweep.trial.codes = "nomem";
  sweep.trial.exact = true;
  sweep.trial.allocate = allocate;
  sweep.trial.lua_bytes = &plan.lua_bytes;
  sweep.trial.set_up = set_up;
  sweep.trial.arm = arm;
  sweep.trial.disarm = disarm;
  sweep.trial.calls = calls;
  sweep.trial.faults = faults;
  for (; i < count; i++) {
    sweep.trial.work = arguments[i];
    if (of == NULL || strcmp(of, "Lua") == 0)
      good = sweep_work(&sweep, true) && good;
    if (of == NULL || strcmp(of, "SQLite") == 0)
      good = sweep_work(&sweep, false) && good;
  }
  trial_remove(folder);
  printf("allocations: %llu failures injected, %llu bad trials\n",
         (unsigned long long)sweep.injected, (unsigned long long)sweep.bad);
  if (sweep.injected < least || sweep.injected * 100 < sweep.tried * 90) {
    fprintf(stderr, "fewer failures were injected than should have been\n");
    good = false;
  }
  return good && sweep.bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
