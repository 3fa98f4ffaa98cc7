/*
** months.h - the months that dates lie in, as bits from the month of the first
** of them to that of the last. Few dates that lie far from the others stretch
** what is known of all: where they are is known by their months. Knows neither
** Lua nor SQLite.
**
** Days are integers, YYYYMMDD. The first bit is the lowest of the first byte;
** it is 1, and so is that of the last month; those behind it are 0.
*/
#ifndef DU_MONTHS_H
#define DU_MONTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* The most bytes: dates that are further apart have none. */
#define DU_MONTHS_ROOM 512

/* The bytes of all months from that of one day to that of another, or 0. */
size_t du_months_size(int64_t least, int64_t most);
/* Notes those from that of one day to that of another, both between least and
** most. */
void du_months_add(unsigned char *months, int64_t least, int64_t first,
                   int64_t last);
/* Can these be the months of dates between least and most? */
bool du_months_likely(const unsigned char *months, size_t size, int64_t least,
                      int64_t most);
/* Is one of them between those of two days? */
bool du_months_meet(const unsigned char *months, int64_t least, int64_t most,
                    int64_t first, int64_t last);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
