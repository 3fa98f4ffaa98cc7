/*
** terminal.c - what a line of progress needs to know: whether anybody looks at
** standard error, how wide it is there, and how much time has passed.
*/
#define _POSIX_C_SOURCE 200809L

#include "core.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

/* Where a terminal does not say how wide it is. */
#define USUAL_WIDTH 80

/*
** terminal() -> integer or nil
** How many columns the terminal has that standard error is shown on; nil where
** that goes elsewhere, to a file or another program.
*/
static int terminal(lua_State *L) {
  struct winsize size;
  if (isatty(STDERR_FILENO) == 0)
    return 0;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    lua_pushinteger(L, USUAL_WIDTH);
  else
    lua_pushinteger(L, size.ws_col);
  return 1;
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
