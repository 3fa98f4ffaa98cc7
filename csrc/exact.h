/*
** exact.h - sums of numbers that round nothing while they add, so that they
** are the same in whatever order, and one sum can be added to another. Knows
** neither Lua nor SQLite.
**
** A sum is one long integer, of which the lowest bit stands for 2^-96. Numbers
** that do not fit into it, which hardly any does not, are added up in another
** that is long enough for all.
*/
#ifndef DU_EXACT_H
#define DU_EXACT_H

#include <stdbool.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Zeros are an empty sum. Has room for 2^31 numbers. */
typedef struct DuExact {
  uint64_t limbs[3]; /* two's complement, the lowest first */
} DuExact;

#define DU_WIDE_LIMBS 34

/* The same for all numbers that there are. */
typedef struct DuWide {
  uint64_t limbs[DU_WIDE_LIMBS]; /* the lowest bit is 2^-1074 */
  double special; /* the sum of what is infinite or no number, or 0 */
} DuWide;

/* Adds a number; false, and nothing is added, where it does not fit. */
bool du_exact_add(DuExact *sum, double number);
void du_exact_add_integer(DuExact *sum, int64_t integer);
void du_wide_add(DuWide *sum, double number);
/* Adds one sum to another. */
static inline void du_exact_join(DuExact *sum, const DuExact *other) {
  uint64_t low = sum->limbs[0] + other->limbs[0];
  uint64_t middle = sum->limbs[1] + other->limbs[1];
  uint64_t carry = low < other->limbs[0];
  sum->limbs[2] += other->limbs[2] + (middle < other->limbs[1]);
  middle += carry;
  sum->limbs[2] += middle < carry;
  sum->limbs[1] = middle;
  sum->limbs[0] = low;
}
void du_wide_join(DuWide *sum, const DuWide *other);

/* The sum of both, rounded once, to the nearest number, of two equally near
** ones to the even; wide may be NULL. */
double du_exact_number(const DuExact *sum, const DuWide *wide);
/* The sum of integers; false where it is larger than one can be. */
bool du_exact_integer(const DuExact *sum, int64_t *integer);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
