/*
** trial.h - one piece of work (spec/fault/work.lua) done while something
** fails, in a process of its own, and what it left looked at by another.
**
** A trial is bad when the process crashed or hung, when Lua or SQLite kept
** memory, when a step that returned is not in the file or one that raised is
** (unless the disk failed, which may come to both), when an error is not one
** of ours with the right code, when the store could not be written to
** afterwards, or when store:check() finds something.
*/
#ifndef DUALUSE_FAULT_TRIAL_H
#define DUALUSE_FAULT_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lua.h"

typedef struct Trial {
  const char *work;     /* the name of what is done */
  const char *folder;   /* where its files are */
  const char *codes;    /* the codes of errors that may come, with spaces */
  bool exact;           /* a step that raised is not in the file */
  bool to_the_end;      /* it goes on failing until the Lua state is closed */
  lua_Alloc allocate;   /* of the Lua state */
  size_t *lua_bytes;    /* what that has given out */
  void (*set_up)(void); /* in the process, before Lua and SQLite begin */
  void (*arm)(void);    /* from here on it may fail */
  void (*disarm)(void);
  uint64_t (*calls)(void);  /* since it was armed */
  uint64_t (*faults)(void); /* injected */
} Trial;

typedef struct Outcome {
  bool good;
  uint64_t calls, faults;
  int done;          /* the steps that returned */
  char message[600]; /* why it is bad */
} Outcome;

Outcome trial_run(const Trial *trial);
/* To be called where the process ends in the midst of it. */
void trial_cut(void);
/* Makes the folder with the store that work begins with; false where it
** failed. */
bool trial_prepare(const char *folder);
void trial_remove(const char *folder);

#endif
