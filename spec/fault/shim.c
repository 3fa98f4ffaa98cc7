/*
** shim.c - see shim.h.
*/
#define _POSIX_C_SOURCE 200809L

#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite3.h"

#define SECTOR 512

static Shim shim;
static sqlite3_vfs *system_vfs;

/* ------------------------------------------------------- what is not synced */

/* How to undo one change of a file. */
typedef struct Undo {
  struct Undo *older;
  char *path;
  bool deletion;              /* the whole file is in `bytes` */
  sqlite3_int64 offset, size; /* where; and how long the file was */
  size_t length;              /* of the bytes that were there */
  unsigned char bytes[];
} Undo;

static Undo *newest;

static void remember(const char *path, bool deletion, sqlite3_int64 offset,
                     size_t length) {
  struct stat status;
  int file = open(path, O_RDONLY);
  ssize_t got;
  Undo *undo;
  if (file < 0)
    return;
  if (fstat(file, &status) != 0)
    abort();
  if (deletion)
    length = (size_t)status.st_size;
  if ((undo = malloc(sizeof *undo + length)) == NULL)
    abort();
  undo->path = strdup(path);
  undo->deletion = deletion;
  undo->offset = offset;
  undo->size = status.st_size;
  got = pread(file, undo->bytes, length, offset);
  undo->length = got > 0 ? (size_t)got : 0;
  undo->older = newest;
  newest = undo;
  close(file);
}

/* The changes of a file, or the deletions in a folder, are on the disk. */
static void forget(const char *path, bool deletions) {
  for (Undo **place = &newest; *place != NULL;) {
    Undo *undo = *place;
    if (undo->deletion == deletions &&
        (path == NULL || strcmp(undo->path, path) == 0)) {
      *place = undo->older;
      free(undo->path);
      free(undo);
    } else {
      place = &undo->older;
    }
  }
}

void shim_settle(void) {
  forget(NULL, false);
  forget(NULL, true);
}

static bool chance(void) {
  shim.seed = shim.seed * 1664525 + 1013904223;
  return (shim.seed >> 16) % 2 == 0;
}

static void undo_change(const Undo *undo, bool all) {
  int file = open(undo->path, undo->deletion ? O_RDWR | O_CREAT : O_RDWR, 0644);
  if (file < 0)
    return; /* deleted since */
  for (size_t i = 0; i < undo->length; i += SECTOR) {
    size_t length = undo->length - i < SECTOR ? undo->length - i : SECTOR;
    if (all || undo->deletion || chance())
      if (pwrite(file, undo->bytes + i, length,
                 undo->offset + (sqlite3_int64)i) < 0)
        abort();
  }
  if ((all || undo->deletion) && ftruncate(file, undo->size) != 0)
    abort();
  close(file);
}

static void cut_power(void) {
  bool all = shim.seed % 2 == 0;
  for (const Undo *undo = newest; undo != NULL; undo = undo->older)
    if (all || !undo->deletion || chance())
      undo_change(undo, all);
  if (shim.before_cut != NULL)
    shim.before_cut();
  _exit(0);
}

/* Counts a call; true where it is to fail. */
static bool fails(unsigned kind) {
  if (!shim.armed || !(shim.kinds & kind))
    return false;
  shim.calls++;
  if (shim.at == 0 ||
      !(shim.calls == shim.at || (shim.ever && shim.calls > shim.at)))
    return false;
  shim.faults++;
  if (shim.power)
    cut_power();
  return true;
}

/* -------------------------------------------------------------------- files */

typedef struct File {
  sqlite3_file base;
  char *path; /* NULL: a temporary file */
  sqlite3_file *real;
} File;

static sqlite3_file *real_of(sqlite3_file *file) {
  return ((File *)file)->real;
}

static int file_close(sqlite3_file *file) {
  File *f = (File *)file;
  int status = f->real->pMethods->xClose(f->real);
  free(f->path);
  free(f->real);
  f->base.pMethods = NULL;
  return status;
}

static int file_read(sqlite3_file *file, void *bytes, int length,
                     sqlite3_int64 offset) {
  if (fails(SHIM_READ))
    return SQLITE_IOERR_READ;
  return real_of(file)->pMethods->xRead(real_of(file), bytes, length, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int length,
                      sqlite3_int64 offset) {
  File *f = (File *)file;
  if (fails(SHIM_WRITE)) {
    /* half of it got there */
    f->real->pMethods->xWrite(f->real, bytes, length / 2, offset);
    return shim.full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }
  if (shim.power && f->path != NULL)
    remember(f->path, false, offset, (size_t)length);
  return f->real->pMethods->xWrite(f->real, bytes, length, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  File *f = (File *)file;
  sqlite3_int64 old = 0;
  if (fails(SHIM_TRUNCATE))
    return SQLITE_IOERR_TRUNCATE;
  f->real->pMethods->xFileSize(f->real, &old);
  if (shim.power && f->path != NULL && old > size)
    remember(f->path, false, size, (size_t)(old - size));
  return f->real->pMethods->xTruncate(f->real, size);
}

static int file_sync(sqlite3_file *file, int flags) {
  File *f = (File *)file;
  (void)flags;
  if (fails(SHIM_SYNC))
    return SQLITE_IOERR_FSYNC;
  if (!shim.sync_lies && f->path != NULL) {
    forget(f->path, false);
    forget(f->path, true); /* the first sync of a new one is of its name too */
  }
  return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  if (fails(SHIM_SIZE))
    return SQLITE_IOERR_FSTAT;
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int lock) {
  if (fails(SHIM_LOCK))
    return SQLITE_IOERR_LOCK;
  return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock) {
  return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int file_is_reserved(sqlite3_file *file, int *result) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int file_control(sqlite3_file *file, int what, void *argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int file_sector(sqlite3_file *file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_character(sqlite3_file *file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_map(sqlite3_file *file, int page, int size, int extend,
                    void volatile **memory) {
  if (fails(SHIM_MAP))
    return SQLITE_IOERR_SHMMAP;
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend,
                                          memory);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  if (!(flags & SQLITE_SHM_UNLOCK) && fails(SHIM_LOCK))
    return SQLITE_IOERR_SHMLOCK;
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void file_barrier(sqlite3_file *file) {
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_unmap(sqlite3_file *file, int deletes) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), deletes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_character,
    .xShmMap = file_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_barrier,
    .xShmUnmap = file_unmap,
};

/* -------------------------------------------------------------- file system */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file,
                    int flags, int *flags_out) {
  File *f = (File *)file;
  int status;
  (void)vfs;
  memset(f, 0, sizeof *f);
  if (fails(SHIM_OPEN))
    return SQLITE_CANTOPEN;
  if ((f->real = calloc(1, (size_t)system_vfs->szOsFile)) == NULL)
    abort();
  status = system_vfs->xOpen(system_vfs, path, f->real, flags, flags_out);
  if (status != SQLITE_OK) {
    free(f->real);
    return status;
  }
  f->path = path != NULL ? strdup(path) : NULL;
  f->base.pMethods = &methods;
  return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync) {
  (void)vfs;
  if (fails(SHIM_DELETE))
    return SQLITE_IOERR_DELETE;
  if (shim.power) {
    forget(path, false); /* what was written to it does not matter now */
    remember(path, true, 0, 0);
    if (sync && !shim.sync_lies)
      forget(NULL, true);
  }
  return system_vfs->xDelete(system_vfs, path, 0);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags,
                      int *result) {
  (void)vfs;
  if (fails(SHIM_ACCESS))
    return SQLITE_IOERR_ACCESS;
  return system_vfs->xAccess(system_vfs, path, flags, result);
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *path, int size,
                         char *result) {
  (void)vfs;
  return system_vfs->xFullPathname(system_vfs, path, size, result);
}

Shim *shim_install(void) {
  static sqlite3_vfs vfs;
  system_vfs = sqlite3_vfs_find(NULL);
  vfs = *system_vfs;
  vfs.zName = "shim";
  vfs.szOsFile = (int)sizeof(File);
  vfs.pNext = NULL;
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_full_name;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
    abort();
  return &shim;
}
