/*
** shim.h - a file system for SQLite in which the n-th call fails, or the power
** goes at the n-th call. It stands before the system's own.
**
** Power loss: what was written and not synced since may be lost, each sector
** by itself or all of it, and with it the length of a file and its deletion,
** unless the folder was synced after that. The index of a log (-shm) is made
** anew by whoever opens the store first, so nothing is done to it.
*/
#ifndef DUALUSE_FAULT_SHIM_H
#define DUALUSE_FAULT_SHIM_H

#include <stdbool.h>
#include <stdint.h>

enum {
  SHIM_READ = 1 << 0,
  SHIM_WRITE = 1 << 1,
  SHIM_SYNC = 1 << 2,
  SHIM_TRUNCATE = 1 << 3,
  SHIM_LOCK = 1 << 4, /* of the file and of the log's index */
  SHIM_OPEN = 1 << 5,
  SHIM_DELETE = 1 << 6,
  SHIM_ACCESS = 1 << 7,
  SHIM_SIZE = 1 << 8,
  SHIM_MAP = 1 << 9, /* the log's index into memory */
  SHIM_ALL = (1 << 10) - 1,
  /* what changes a disk, and so can be cut off */
  SHIM_CHANGES = SHIM_WRITE | SHIM_SYNC | SHIM_TRUNCATE | SHIM_DELETE
};

typedef struct Shim {
  bool armed;      /* calls are counted, and fail, only while it is */
  unsigned kinds;  /* of calls that count */
  uint64_t calls;  /* so far */
  uint64_t at;     /* the call that fails; 0: none */
  bool ever;       /* and all after it */
  bool full;       /* a write fails for want of room, not for a bad disk */
  bool power;      /* the power goes, instead of an error */
  bool sync_lies;  /* a sync does nothing, and says that it did */
  uint32_t seed;   /* of what is lost with the power; an even one: all of it */
  uint64_t faults; /* injected so far */
  void (*before_cut)(void); /* called as the power goes */
} Shim;

/* Makes it the file system of this process. Before any file is opened. Files
** are not synced in earnest, which no test here can tell. */
Shim *shim_install(void);

/* All that was written so far is on the disk. */
void shim_settle(void);

#endif
