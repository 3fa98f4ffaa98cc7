/*
** middle.h - the middle of many values, which need not be sorted for it. Knows
** neither Lua nor SQLite.
*/
#ifndef DU_MIDDLE_H
#define DU_MIDDLE_H

#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* The two values in the middle, or twice the one that is. There is one value
** at least; their order is lost. -0.0 is less than 0.0, and nothing is no
** number. */
void du_middle_integers(int64_t *values, size_t count, int64_t middle[2]);
void du_middle_numbers(double *values, size_t count, double middle[2]);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
