/*
** output.c - a file that is written beside its place and put there when it is
** whole, so that nobody ever reads half of one, whatever fails meanwhile.
**
** 1. The bytes go to a new file in the same folder, which no other program's
**    file can be mistaken for: it is made with O_EXCL.
** 2. They are synced before the file is put into its place, and the folder
**    after that: what finish has returned for survives a power loss.
** 3. A file that is there is replaced only where that was asked for, also if
**    it came while this one was written. What is no plain file never is.
** 4. Without finish, nothing is left of it. A process that is killed leaves
**    the new file, under the name .dualuse-PROCESS-NUMBER.part.
** 5. A symbolic link is replaced itself, not what it leads to.
*/
#define _POSIX_C_SOURCE 200809L

#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT "dualuse.output"

typedef struct Output {
  int file; /* -1: closed */
  bool overwrite;
} Output;

/* user values: three paths, kept as strings so that nothing has to be
** allocated, and can fail, when the file is put into its place or taken away */
enum { OUTPUT_PATH = 1, OUTPUT_FOLDER, OUTPUT_NEW, OUTPUT_USERVALUES = 3 };

/* The number of names to try: only files that killed processes left take
** any. */
#define MOST_NAMES 1000

/* ----------------------------------------------------------------- results */

/* nil, code, message */
static int failed(lua_State *L, int error) {
  lua_pushnil(L);
  lua_pushstring(L, error == ENOSPC || error == EDQUOT ? "full"
                    : error == ENOMEM                  ? "nomem"
                                                       : "io");
  lua_pushstring(L, error == EEXIST ? "the file exists" : strerror(error));
  return 3;
}

static int refused(lua_State *L, const char *message) {
  lua_pushnil(L);
  lua_pushliteral(L, "io");
  lua_pushstring(L, message);
  return 3;
}

static int succeeded(lua_State *L) {
  lua_pushboolean(L, true);
  return 1;
}

/* -------------------------------------------------------------- the folder */

/* [-0, +1] the folder that a path lies in, with its final slash; "" where the
** path is a name alone */
static const char *push_folder(lua_State *L, const char *path) {
  const char *slash = strrchr(path, '/');
  lua_pushlstring(L, path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
  return lua_tostring(L, -1);
}

/* [-0, +1] makes the new file of the output at index, with permissions of its
** own where it replaces one; 0, or an errno */
static int make_file(lua_State *L, Output *output, int index, mode_t mode,
                     bool replaces) {
  lua_getiuservalue(L, index, OUTPUT_FOLDER);
  for (int number = 0; number < MOST_NAMES; number++) {
    int error = 0;
    const char *path =
        lua_pushfstring(L, "%s.dualuse-%I-%d.part", lua_tostring(L, -1),
                        (LUAI_UACINT)getpid(), number);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, index, OUTPUT_NEW);
    output->file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (output->file < 0)
      error = errno;
    lua_pop(L, 1);
    if (error == 0)
      return replaces && fchmod(output->file, mode) != 0 ? errno : 0;
    if (error != EEXIST)
      return error;
  }
  return EEXIST;
}

/* The folder's own entry for the file. Where a folder cannot be synced, as on
** some network file systems, there is nothing more to be done. */
static void sync_folder(const char *folder) {
  int file = open(*folder == '\0' ? "." : folder, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    fsync(file);
    close(file);
  }
}

/* Gives a file its name if no other file has it; 0, or an errno. */
static int put_new(const char *from, const char *to) {
  int file;
  if (link(from, to) == 0) {
    unlink(from);
    return 0;
  }
  if (errno == EEXIST)
    return errno;
  /* A file system without links: the name is taken first, with O_EXCL. */
  file = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    return errno;
  close(file);
  if (rename(from, to) != 0) {
    int error = errno;
    unlink(to);
    return error;
  }
  return 0;
}

/* ------------------------------------------------------------------ in Lua */

static Output *check_output(lua_State *L) {
  Output *output = du_check_object(L, 1, OUTPUT, "what output gave");
  if (output->file < 0)
    du_raise(L, "closed", NULL, NULL, "the file is closed");
  return output;
}

/* Closes the new file, and takes it away. */
static void give_up(lua_State *L, Output *output, int index) {
  int file = output->file;
  if (file < 0)
    return;
  output->file = -1;
  close(file);
  lua_getiuservalue(L, index, OUTPUT_NEW);
  unlink(lua_tostring(L, -1));
  lua_pop(L, 1);
}

/*
** output(path [, overwrite]) -> output; or nil, code, message
** Begins a file that will be at the path once it is finished. Where a file is
** there already, it is only begun with `overwrite`; it then keeps that one's
** permissions.
*/
static int open_output(lua_State *L) {
  const char *path = du_name_at(L, 1);
  mode_t mode = 0666;
  struct stat there;
  Output *output;
  bool replaces = false;
  int error;
  if (path == NULL)
    return refused(L, "the path holds a NUL byte");
  lua_settop(L, 2);
  if (stat(path, &there) == 0) {
    if (!S_ISREG(there.st_mode))
      return refused(L, S_ISDIR(there.st_mode) ? "it is a directory"
                                               : "it is no plain file");
    if (!lua_toboolean(L, 2))
      return failed(L, EEXIST);
    mode = there.st_mode & 0777;
    replaces = true;
  } else if (errno != ENOENT) {
    return failed(L, errno);
  } else if (*path == '\0' || path[strlen(path) - 1] == '/') {
    return refused(L, "the path names no file");
  }
  output = lua_newuserdatauv(L, sizeof *output, OUTPUT_USERVALUES);
  memset(output, 0, sizeof *output);
  output->file = -1;
  output->overwrite = lua_toboolean(L, 2);
  luaL_setmetatable(L, OUTPUT);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 3, OUTPUT_PATH);
  push_folder(L, path);
  lua_setiuservalue(L, 3, OUTPUT_FOLDER);
  error = make_file(L, output, 3, mode, replaces);
  lua_settop(L, 3);
  return error == 0 ? 1 : failed(L, error);
}

/*
** output:write(text) -> true; or nil, code, message
*/
static int output_write(lua_State *L) {
  Output *output = check_output(L);
  size_t left;
  const char *text = luaL_checklstring(L, 2, &left);
  while (left > 0) {
    ssize_t written = write(output->file, text, left);
    if (written >= 0) {
      text += written;
      left -= (size_t)written;
    } else if (errno != EINTR) {
      return failed(L, errno);
    }
  }
  return succeeded(L);
}

/*
** output:finish() -> true; or nil, code, message
** Puts the file into its place, or takes it away where that fails.
*/
static int output_finish(lua_State *L) {
  Output *output = check_output(L);
  const char *from, *path, *folder;
  int file = output->file, error = 0;
  lua_settop(L, 1);
  lua_getiuservalue(L, 1, OUTPUT_PATH);
  lua_getiuservalue(L, 1, OUTPUT_FOLDER);
  lua_getiuservalue(L, 1, OUTPUT_NEW);
  path = lua_tostring(L, 2);
  folder = lua_tostring(L, 3);
  from = lua_tostring(L, 4);
  output->file = -1;
  if (fsync(file) != 0 && errno != EINVAL && errno != ENOSYS)
    error = errno; /* those two: the file system knows no sync */
  if (close(file) != 0 && error == 0)
    error = errno;
  if (error == 0 && output->overwrite)
    error = rename(from, path) == 0 ? 0 : errno;
  else if (error == 0)
    error = put_new(from, path);
  if (error != 0) {
    unlink(from);
    return failed(L, error);
  }
  sync_folder(folder);
  return succeeded(L);
}

/* __gc and __close, and close: without finish, nothing is left. */
static int output_close(lua_State *L) {
  Output *output = luaL_testudata(L, 1, OUTPUT);
  if (output != NULL)
    give_up(L, output, 1);
  return 0;
}

/* Adds `output` to the core table on top of the stack. */
void du_open_output(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"write", output_write},
      {"finish", output_finish},
      {"close", output_close},
      {NULL, NULL},
  };
  static const luaL_Reg metamethods[] = {
      {"__gc", output_close},
      {"__close", output_close},
      {NULL, NULL},
  };
  luaL_newmetatable(L, OUTPUT);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, OUTPUT);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, open_output);
  lua_setfield(L, -2, "output");
}
