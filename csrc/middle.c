/*
** middle.c - the middle of many values, by Hoare's selection: a part of them
** that cannot have it is left alone as soon as that is known.
*/
#include "middle.h"

#include <stdlib.h>
#include <string.h>

/* Fewer are sorted. */
#define FEW 16

/* So many parts are looked for before it is plain that they hardly shrink,
** which an order of the values can have been made for. */
#define ROUNDS 80

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int64_t middle_of_three(int64_t a, int64_t b, int64_t c) {
  int64_t least = a < b ? a : b, most = a < b ? b : a;
  return c < least ? least : c > most ? most : c;
}

/* Brings to `at` what stands there when they are sorted; nothing before it is
** larger, and nothing behind it less. */
static void select_one(int64_t *values, size_t count, ptrdiff_t at) {
  ptrdiff_t low = 0, high = (ptrdiff_t)count - 1;
  for (int round = 0; round < ROUNDS && high - low > FEW; round++) {
    int64_t pivot = middle_of_three(values[low], values[low + (high - low) / 2],
                                    values[high]);
    ptrdiff_t i = low, j = high;
    while (i <= j) {
      int64_t kept;
      while (values[i] < pivot)
        i++;
      while (values[j] > pivot)
        j--;
      if (i > j)
        break;
      kept = values[i];
      values[i++] = values[j];
      values[j--] = kept;
    }
    /* up to j none is above the pivot, from i on none below; between is it */
    if (at <= j)
      high = j;
    else if (at >= i)
      low = i;
    else
      return;
  }
  qsort(values + low, (size_t)(high - low) + 1, sizeof *values, compare);
}

void du_middle_integers(int64_t *values, size_t count, int64_t middle[2]) {
  size_t at = count / 2;
  select_one(values, count, (ptrdiff_t)at);
  middle[0] = middle[1] = values[at];
  if (count % 2 == 1)
    return;
  middle[0] = values[0];
  for (size_t i = 1; i < at; i++)
    if (values[i] > middle[0])
      middle[0] = values[i];
}

/* The bits of a number as an integer with the same order, or back. */
static int64_t turned(int64_t bits) {
  return bits < 0 ? bits ^ INT64_MAX : bits;
}

void du_middle_numbers(double *values, size_t count, double middle[2]) {
  int64_t *bits = (int64_t *)(void *)values, found[2];
  for (size_t i = 0; i < count; i++) {
    double number = values[i];
    int64_t order;
    memcpy(&order, &number, sizeof order);
    order = turned(order);
    memcpy(&values[i], &order, sizeof order);
  }
  du_middle_integers(bits, count, found);
  for (int i = 0; i < 2; i++) {
    found[i] = turned(found[i]);
    memcpy(&middle[i], &found[i], sizeof *middle);
  }
}
