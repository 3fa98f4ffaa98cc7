/*
** disk.c - work done while the n-th call to the file system fails, for every n
** of every kind, once and for ever; or while the power goes at the n-th change
** of the disk.
**
**   disk [-every N] [-least POINTS] [-power SEEDS] [-lie 1] WORK...
**
** Without -power calls fail. With it the power goes, SEEDS times at every
** point, and each time other unsynced sectors are lost. -lie 1 is the control:
** syncs do nothing, so acknowledged writes have to be lost, and it is an error
** if none is.
**
** Fails where a trial is bad, where the work fails on a sound disk, and where
** fewer than POINTS faults were injected.
*/
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "trial.h"

/* What fails. Of a process, which makes one trial. */
static Shim plan;
static Shim *shim;

static void set_up(void) {
  shim = shim_install();
  *shim = plan;
}

/* What was prepared is on the disk: another process may have had a part in it,
** whose changes are not to be undone by halves. */
static void arm(void) {
  shim_settle();
  shim->armed = true;
}

static void disarm(void) {
  shim->armed = false;
}

static uint64_t calls(void) {
  return shim->calls;
}

static uint64_t faults(void) {
  return shim->faults;
}

/* -------------------------------------------------------------------- sweep */

typedef struct Sweep {
  Trial trial;
  uint64_t every, seeds, tried, injected, bad;
  bool lies;
} Sweep;

static const struct {
  const char *name;
  unsigned kinds;
} kinds[] = {
    {"read", SHIM_READ},         {"write", SHIM_WRITE},   {"sync", SHIM_SYNC},
    {"truncate", SHIM_TRUNCATE}, {"lock", SHIM_LOCK},     {"open", SHIM_OPEN},
    {"delete", SHIM_DELETE},     {"access", SHIM_ACCESS}, {"size", SHIM_SIZE},
    {"map", SHIM_MAP},           {"any call", SHIM_ALL},
};

static Outcome try(Sweep *sweep, const char *what) {
  Outcome outcome = trial_run(&sweep->trial);
  sweep->tried += plan.at > 0;
  sweep->injected += outcome.faults > 0;
  if (!outcome.good && sweep->bad++ < 20 && !sweep->lies)
    fprintf(stderr, "%s: %s %llu%s: %s\n", sweep->trial.work, what,
            (unsigned long long)plan.at, plan.ever ? " and all after it" : "",
            outcome.message);
  return outcome;
}

static void tell(const Sweep *sweep, const char *what, uint64_t points,
                 uint64_t injected, uint64_t bad) {
  printf("%-8s %-10s %5llu points, %6llu faults, %llu bad\n", sweep->trial.work,
         what, (unsigned long long)points,
         (unsigned long long)(sweep->injected - injected),
         (unsigned long long)(sweep->bad - bad));
  fflush(stdout);
}

/* Calls of one kind fail: once, for ever, and a write for want of room. */
static bool fail_calls(Sweep *sweep, const char *what, unsigned kind) {
  uint64_t injected = sweep->injected, bad = sweep->bad;
  Outcome outcome;
  memset(&plan, 0, sizeof plan);
  plan.kinds = kind;
  outcome = try(sweep, what);
  if (!outcome.good)
    return false;
  for (plan.at = 1; plan.at <= outcome.calls; plan.at += sweep->every)
    for (int how = 0; how < (kind == SHIM_WRITE ? 4 : 2); how++) {
      plan.ever = how % 2 == 1;
      plan.full = how >= 2;
      try(sweep, what);
    }
  if (outcome.calls > 0)
    tell(sweep, what, outcome.calls, injected, bad);
  return true;
}

static bool cut_power(Sweep *sweep) {
  uint64_t injected = sweep->injected, bad = sweep->bad;
  Outcome outcome;
  memset(&plan, 0, sizeof plan);
  plan.kinds = SHIM_CHANGES;
  outcome = try(sweep, "power cut");
  if (!outcome.good)
    return false;
  plan.power = true;
  plan.sync_lies = sweep->lies;
  plan.before_cut = trial_cut;
  for (plan.at = 1; plan.at <= outcome.calls; plan.at += sweep->every)
    for (uint32_t seed = 0; seed < sweep->seeds; seed++) {
      plan.seed = seed;
      try(sweep, "power cut");
    }
  tell(sweep, "power cut", outcome.calls, injected, bad);
  return true;
}

static bool sweep_work(Sweep *sweep) {
  bool good = true;
  if (sweep->seeds > 0)
    return cut_power(sweep);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    good = fail_calls(sweep, kinds[i].name, kinds[i].kinds) && good;
  return good;
}

static uint64_t number(const char *text) {
  return (uint64_t)strtoull(text, NULL, 10);
}

int main(int count, char **arguments) {
  char folder[] = "/tmp/dualuse-XXXXXX";
  Sweep sweep = {0};
  uint64_t least = 10;
  bool good = true;
  int i = 1;
  sweep.every = 1;
  for (; i + 1 < count && arguments[i][0] == '-'; i += 2) {
    if (strcmp(arguments[i], "-every") == 0)
      sweep.every = number(arguments[i + 1]);
    else if (strcmp(arguments[i], "-least") == 0)
      least = number(arguments[i + 1]);
    else if (strcmp(arguments[i], "-power") == 0)
      sweep.seeds = number(arguments[i + 1]);
    else if (strcmp(arguments[i], "-lie") == 0)
      sweep.lies = number(arguments[i + 1]) != 0;
  }
  if (mkdtemp(folder) == NULL || !trial_prepare(folder))
    return EXIT_FAILURE;
  sweep.trial.folder = folder;
  sweep.trial.codes = "io full busy nomem corrupt readonly";
  sweep.trial.set_up = set_up;
  sweep.trial.arm = arm;
  sweep.trial.disarm = disarm;
  sweep.trial.calls = calls;
  sweep.trial.faults = faults;
  for (; i < count; i++) {
    sweep.trial.work = arguments[i];
    good = sweep_work(&sweep) && good;
  }
  trial_remove(folder);
  printf("disk: %llu faults injected, %llu bad trials\n",
         (unsigned long long)sweep.injected, (unsigned long long)sweep.bad);
  if (sweep.injected < least || sweep.injected * 100 < sweep.tried * 90) {
    fprintf(stderr, "fewer faults were injected than should have been\n");
    good = false;
  }
  if (sweep.lies) {
    if (sweep.bad == 0)
      fprintf(stderr, "nothing was lost without syncs: the control fails\n");
    return good && sweep.bad > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  return good && sweep.bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
