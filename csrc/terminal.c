/*
** terminal.c - what a prompt and a line of progress need to know: whether
** anybody looks, how large the screen is, and how much time has passed.
*/
#define _POSIX_C_SOURCE 200809L

#include "core.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

/* Where a terminal does not say how large it is. */
#define USUAL_COLUMNS 80
#define USUAL_LINES 24

/*
** terminal([output]) -> integer, integer or nil
** How many columns and lines the terminal has that "stderr", when left out, or
** "stdout" is shown on; nil where that goes elsewhere, to a file or another
** program.
*/
static int terminal(lua_State *L) {
  static const char *const outputs[] = {"stderr", "stdout", NULL};
  static const int files[] = {STDERR_FILENO, STDOUT_FILENO};
  int file = files[luaL_checkoption(L, 1, outputs[0], outputs)];
  struct winsize size;
  if (isatty(file) == 0)
    return 0;
  if (ioctl(file, TIOCGWINSZ, &size) != 0)
    size.ws_col = size.ws_row = 0;
  lua_pushinteger(L, size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS);
  lua_pushinteger(L, size.ws_row > 0 ? size.ws_row : USUAL_LINES);
  return 2;
}

/*
** clock() -> number
** Seconds since some moment in the past, whatever is done to the date.
*/
static int clock_seconds(lua_State *L) {
  lua_pushnumber(L, du_clock());
  return 1;
}

void du_open_terminal(lua_State *L) {
  lua_pushcfunction(L, terminal);
  lua_setfield(L, -2, "terminal");
  lua_pushcfunction(L, clock_seconds);
  lua_setfield(L, -2, "clock");
}
