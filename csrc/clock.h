/*
** clock.h - a clock that only runs forward. Knows neither Lua nor SQLite.
*/
#ifndef DU_CLOCK_H
#define DU_CLOCK_H

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Seconds since some moment in the past, whatever is done to the date. */
double du_clock(void);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
