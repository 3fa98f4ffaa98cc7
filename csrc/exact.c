/*
** exact.c - sums as long integers.
*/
#include "exact.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* What the lowest bit of a sum stands for, as an exponent of 2. */
#define LEAST (-96)
#define LEAST_OF_ALL (-1074)

/* The parts of a number: sign * mantissa * 2^exponent. */
typedef struct Parts {
  uint64_t mantissa; /* of 53 bits */
  int exponent;
  bool negative, finite;
} Parts;

static Parts parts_of(double number) {
  Parts parts;
  uint64_t bits;
  int field;
  memcpy(&bits, &number, sizeof bits);
  field = (int)(bits >> 52 & 0x7ff);
  parts.negative = bits >> 63 != 0;
  parts.finite = field != 0x7ff;
  parts.mantissa = bits & (((uint64_t)1 << 52) - 1);
  if (field > 0)
    parts.mantissa |= (uint64_t)1 << 52;
  parts.exponent = field > 0 ? field - 1075 : LEAST_OF_ALL;
  return parts;
}

/* Adds two limbs, from number `at` on; what is carried goes up to the last. */
static void add_limbs(uint64_t *limbs, int count, int at, uint64_t low,
                      uint64_t high) {
  uint64_t carry;
  limbs[at] += low;
  carry = limbs[at] < low;
  if (++at == count)
    return;
  high += carry; /* never full: the mantissa is short */
  limbs[at] += high;
  carry = limbs[at] < high;
  while (carry > 0 && ++at < count)
    carry = ++limbs[at] == 0;
}

static void subtract_limbs(uint64_t *limbs, int count, int at, uint64_t low,
                           uint64_t high) {
  uint64_t borrow = limbs[at] < low;
  limbs[at] -= low;
  if (++at == count)
    return;
  high += borrow;
  borrow = limbs[at] < high;
  limbs[at] -= high;
  while (borrow > 0 && ++at < count)
    borrow = limbs[at]-- == 0;
}

/* Adds a number whose lowest bit is so many bits above that of the sum. */
static void add_parts(uint64_t *limbs, int count, const Parts *parts,
                      int shift) {
  int at = shift / 64, bits = shift % 64;
  uint64_t low = parts->mantissa << bits;
  uint64_t high = bits > 0 ? parts->mantissa >> (64 - bits) : 0;
  if (parts->negative)
    subtract_limbs(limbs, count, at, low, high);
  else
    add_limbs(limbs, count, at, low, high);
}

bool du_exact_add(DuExact *sum, double number) {
  Parts parts = parts_of(number);
  if (parts.mantissa == 0)
    return true;
  /* up to 2^63, so that there is room for many */
  if (parts.exponent < LEAST || parts.exponent > 63 - 53)
    return false;
  add_parts(sum->limbs, 3, &parts, parts.exponent - LEAST);
  return true;
}

void du_exact_add_integer(DuExact *sum, int64_t integer) {
  uint64_t magnitude = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
  Parts parts = {magnitude, 0, integer < 0, true};
  add_parts(sum->limbs, 3, &parts, -LEAST);
}

void du_wide_add(DuWide *sum, double number) {
  Parts parts = parts_of(number);
  if (!parts.finite)
    sum->special += number;
  else
    add_parts(sum->limbs, DU_WIDE_LIMBS, &parts, parts.exponent - LEAST_OF_ALL);
}

static void join(uint64_t *limbs, const uint64_t *others, int count) {
  uint64_t carry = 0;
  for (int i = 0; i < count; i++) {
    uint64_t sum = limbs[i] + carry;
    carry = sum < carry;
    sum += others[i];
    carry += sum < others[i];
    limbs[i] = sum;
  }
}

void du_wide_join(DuWide *sum, const DuWide *other) {
  join(sum->limbs, other->limbs, DU_WIDE_LIMBS);
  sum->special += other->special;
}

static bool is_negative(const uint64_t *limbs, int count) {
  return limbs[count - 1] >> 63 != 0;
}

/* The number nearest to a sum, which is left without its sign. */
static double nearest(uint64_t *limbs, int count, int least) {
  bool negative = is_negative(limbs, count), more = false;
  uint64_t carry = negative, high, below, rest;
  int top = count - 1, place;
  double number;
  for (int i = 0; i < count && negative; i++) {
    limbs[i] = ~limbs[i] + carry;
    carry = carry > 0 && limbs[i] == 0;
  }
  while (top >= 0 && limbs[top] == 0)
    top--;
  if (top < 0)
    return 0;
  /* the highest 64 bits, and whether there are more below */
  high = limbs[top];
  below = top > 0 ? limbs[top - 1] : 0;
  place = top * 64;
  while (high >> 63 == 0) {
    high = high << 1 | below >> 63;
    below <<= 1;
    place--;
  }
  more = below != 0;
  for (int i = 0; i < top - 1 && !more; i++)
    more = limbs[i] != 0;
  rest = high & 0x7ff;
  high >>= 11;
  if (rest > 0x400 || (rest == 0x400 && (more || high % 2 == 1)))
    high++;
  number = ldexp((double)high, place + 11 + least);
  return negative ? -number : number;
}

/* Adds the sum to one of all numbers. */
static void widen(DuWide *wide, const DuExact *sum) {
  const int at = (LEAST - LEAST_OF_ALL) / 64,
            bits = (LEAST - LEAST_OF_ALL) % 64;
  uint64_t sign = is_negative(sum->limbs, 3) ? UINT64_MAX : 0;
  uint64_t limbs[DU_WIDE_LIMBS] = {0};
  for (int i = at; i < DU_WIDE_LIMBS; i++) {
    uint64_t limb = i - at < 3 ? sum->limbs[i - at] : sign;
    uint64_t below = i == at          ? 0
                     : i - at - 1 < 3 ? sum->limbs[i - at - 1]
                                      : sign;
    limbs[i] = limb << bits | below >> (64 - bits);
  }
  join(wide->limbs, limbs, DU_WIDE_LIMBS);
}

double du_exact_number(const DuExact *sum, const DuWide *wide) {
  DuExact narrow = *sum;
  DuWide all;
  if (wide == NULL)
    return nearest(narrow.limbs, 3, LEAST);
  if (!(wide->special == 0))
    return wide->special;
  all = *wide;
  widen(&all, sum);
  return nearest(all.limbs, DU_WIDE_LIMBS, LEAST_OF_ALL);
}

bool du_exact_integer(const DuExact *sum, int64_t *integer) {
  /* the integer begins in the middle of the second limb */
  uint64_t bits = sum->limbs[1] >> 32 | sum->limbs[2] << 32;
  bool negative = is_negative(sum->limbs, 3);
  uint64_t above = sum->limbs[2] >> 31; /* these are all as the sign is */
  memcpy(integer, &bits, sizeof bits);
  return negative ? above == UINT64_MAX >> 31 : above == 0;
}
