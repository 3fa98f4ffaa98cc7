/*
** months.c - the months that dates lie in.
*/
#include "months.h"

/* No day has a lower one than a day before, although another program may have
** written days that there are not. */
static int64_t month_of(int64_t day) {
  int64_t month = day / 100 % 100;
  month = month < 1 ? 1 : month > 12 ? 12 : month;
  return day / 10000 * 12 + month - 1;
}

static bool has(const unsigned char *months, int64_t number) {
  return months[number / 8] >> number % 8 & 1;
}

size_t du_months_size(int64_t least, int64_t most) {
  int64_t months = month_of(most) - month_of(least) + 1;
  return months > 0 && months <= (int64_t)DU_MONTHS_ROOM * 8
             ? (size_t)(months + 7) / 8
             : 0;
}

void du_months_add(unsigned char *months, int64_t least, int64_t first,
                   int64_t last) {
  int64_t number = month_of(first) - month_of(least);
  int64_t end = month_of(last) - month_of(least);
  for (; number <= end; number++)
    months[number / 8] |= (unsigned char)(1u << number % 8);
}

bool du_months_likely(const unsigned char *months, size_t size, int64_t least,
                      int64_t most) {
  int64_t last = month_of(most) - month_of(least);
  return size > 0 && size == du_months_size(least, most) && has(months, 0) &&
         months[size - 1] >> last % 8 == 1;
}

bool du_months_meet(const unsigned char *months, int64_t least, int64_t most,
                    int64_t first, int64_t last) {
  int64_t number, end;
  if (first > most || last < least)
    return false;
  number = first > least ? month_of(first) - month_of(least) : 0;
  end = month_of(last < most ? last : most) - month_of(least);
  while (number <= end && !has(months, number))
    number++;
  return number <= end;
}
