/*
** entry.c - numbers and dates as the texts of a file have them.
*/
#include "entry.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void du_entry_trim(const char **text, size_t *length) {
  while (*length > 0 && is_blank((*text)[0])) {
    (*text)++;
    (*length)--;
  }
  while (*length > 0 && is_blank((*text)[*length - 1]))
    (*length)--;
}

bool du_entry_is(const char *text, size_t length, const char *word) {
  size_t i = 0;
  while (i < length && word[i] != '\0' && (text[i] | 0x20) == word[i])
    i++;
  return i == length && word[i] == '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* ---------------------------------------------------------------- numbers */

bool du_entry_integer(const char *text, size_t length, int64_t *value) {
  size_t i = 0;
  bool negative;
  uint64_t number = 0;
  negative = length > 0 && text[0] == '-';
  if (length > 0 && (text[0] == '-' || text[0] == '+'))
    i++;
  if (i == length)
    return false;
  for (; i < length; i++) {
    unsigned digit = (unsigned)(unsigned char)text[i] - '0';
    if (digit > 9 || number > (UINT64_MAX - digit) / 10)
      return false;
    number = number * 10 + digit;
  }
  if (number > (uint64_t)INT64_MAX + negative)
    return false;
  *value = negative ? (int64_t)(0 - number) : (int64_t)number;
  return true;
}

/* A decimal number in parts: digits * 10^exponent. */
typedef struct Decimal {
  bool negative, exact; /* exact: the digits are all in `digits` */
  uint64_t digits;
  int exponent;
} Decimal;

static bool read_exponent(const char *text, size_t length, int *exponent) {
  int64_t value;
  if (!du_entry_integer(text, length, &value) || value < -9999 || value > 9999)
    return false;
  *exponent = (int)value;
  return true;
}

/* So many digits are always held. */
#define DIGITS 19

/* The digits at *text, of no more than DIGITS bytes in all; how many. */
static inline size_t read_few_digits(const char **text, const char *end,
                                     uint64_t *digits) {
  const char *start = *text, *at = start;
  uint64_t number = *digits;
  for (; at < end; at++) {
    unsigned digit = (unsigned)(unsigned char)*at - '0';
    if (digit > 9)
      break;
    number = number * 10 + digit;
  }
  *text = at;
  *digits = number;
  return (size_t)(at - start);
}

/* The same of any number of them: those that are not held say so. */
static size_t read_many_digits(const char **text, const char *end,
                               Decimal *decimal, int *held) {
  const char *start = *text;
  *held = 0;
  for (; *text < end && is_digit(**text); (*text)++) {
    if (decimal->digits > (UINT64_MAX - 9) / 10) {
      decimal->exact = false;
      continue;
    }
    decimal->digits = decimal->digits * 10 + (uint64_t)(**text - '0');
    ++*held;
  }
  return (size_t)(*text - start);
}

/* Reads the digits on both sides of the point; false where there is none. */
static bool read_digits(const char **text, const char *end, Decimal *decimal) {
  bool few = end - *text <= DIGITS;
  int held = 0;
  size_t count = few ? read_few_digits(text, end, &decimal->digits)
                     : read_many_digits(text, end, decimal, &held);
  if (*text < end && **text == '.') {
    ++*text;
    if (few) {
      held = (int)read_few_digits(text, end, &decimal->digits);
      count += (size_t)held;
    } else {
      count += read_many_digits(text, end, decimal, &held);
    }
    decimal->exponent = -held;
  }
  return count > 0;
}

static bool read_decimal(const char *text, size_t length, Decimal *decimal) {
  const char *end = text + length;
  decimal->negative = length > 0 && text[0] == '-';
  decimal->exact = true;
  decimal->digits = 0;
  decimal->exponent = 0;
  if (length > 0 && (text[0] == '-' || text[0] == '+'))
    text++;
  if (!read_digits(&text, end, decimal))
    return false;
  if (text < end && (*text == 'e' || *text == 'E')) {
    int exponent;
    if (!read_exponent(text + 1, (size_t)(end - text - 1), &exponent))
      return false;
    decimal->exponent += exponent;
    text = end;
  }
  return text == end;
}

/* By the C library, which rounds right but takes the locale's point. */
static bool read_long_number(const char *text, size_t length, bool zero,
                             double *value) {
  char copy[400];
  const char *point = localeconv()->decimal_point;
  size_t used = 0;
  for (size_t i = 0; i < length; i++) {
    if (used + strlen(point) + 1 >= sizeof copy)
      return false;
    if (text[i] == '.') {
      memcpy(copy + used, point, strlen(point));
      used += strlen(point);
    } else {
      copy[used++] = text[i];
    }
  }
  copy[used] = '\0';
  *value = strtod(copy, NULL);
  return isfinite(*value) && (zero || *value != 0);
}

/* Both 2^53 and 10^22 are floats, so one operation on what is no larger rounds
** once, and right. */
bool du_entry_number(const char *text, size_t length, double *value) {
  static const double powers[] = {
      1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  Decimal decimal;
  if (!read_decimal(text, length, &decimal))
    return false;
  if (!decimal.exact || decimal.digits > (uint64_t)1 << 53 ||
      decimal.exponent < -22 || decimal.exponent > 22)
    return read_long_number(text, length, decimal.digits == 0, value);
  *value = (double)decimal.digits;
  if (decimal.exponent < 0)
    *value /= powers[-decimal.exponent];
  else
    *value *= powers[decimal.exponent];
  if (decimal.negative)
    *value = -*value;
  return true;
}

bool du_entry_kept(const char *text, size_t length, double value) {
  char digits[400];
  if (length > 0 && (*text == '-' || *text == '+')) {
    text++;
    length--;
  }
  for (size_t i = 0; i < length; i++)
    if (!is_digit(text[i]))
      return true;
  while (length > 1 && *text == '0') {
    text++;
    length--;
  }
  return snprintf(digits, sizeof digits, "%.0f", fabs(value)) == (int)length &&
         memcmp(digits, text, length) == 0;
}

/* ------------------------------------------------------------------ dates */

const char *const du_date_styles[DU_DATE_STYLES + 1] = {
    "edtf", "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd", "d month yyyy", NULL};

/* A number of at least `least` and at most `most` digits at *text. */
static bool digits(const char **text, size_t *length, size_t least, size_t most,
                   int *value) {
  size_t count = 0;
  *value = 0;
  while (count < most && count < *length && is_digit((*text)[count]))
    *value = *value * 10 + ((*text)[count++] - '0');
  if (count < least || (count < *length && is_digit((*text)[count])))
    return false;
  *text += count;
  *length -= count;
  return true;
}

static bool mark(const char **text, size_t *length, char c) {
  if (*length == 0 || **text != c)
    return false;
  (*text)++;
  (*length)--;
  return true;
}

/* A month's English name, or its first three letters, in any case. */
static bool month_name(const char **text, size_t *length, int *month) {
  static const char *const names[] = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  size_t letters = 0;
  while (letters < *length && ((*text)[letters] | 0x20) >= 'a' &&
         ((*text)[letters] | 0x20) <= 'z')
    letters++;
  for (int i = 0; i < 12; i++) {
    size_t same = 0;
    while (same < letters && names[i][same] != '\0' &&
           ((*text)[same] | 0x20) == names[i][same])
      same++;
    if (same == letters && (same == 3 || names[i][same] == '\0') && same >= 3) {
      *month = i + 1;
      *text += letters;
      *length -= letters;
      return true;
    }
  }
  return false;
}

static bool day_of_style(DuDateStyle style, const char *p, size_t n, int *year,
                         int *month, int *day) {
  switch (style) {
  case DU_DATE_DD_MM_YYYY:
    return digits(&p, &n, 1, 2, day) && mark(&p, &n, '.') &&
           digits(&p, &n, 1, 2, month) && mark(&p, &n, '.') &&
           digits(&p, &n, 4, 4, year) && n == 0;
  case DU_DATE_M_D_YYYY:
    return digits(&p, &n, 1, 2, month) && mark(&p, &n, '/') &&
           digits(&p, &n, 1, 2, day) && mark(&p, &n, '/') &&
           digits(&p, &n, 4, 4, year) && n == 0;
  case DU_DATE_YYYYMMDD: {
    int all;
    if (!digits(&p, &n, 8, 8, &all) || n != 0)
      return false;
    *year = all / 10000;
    *month = all / 100 % 100;
    *day = all % 100;
    return true;
  }
  case DU_DATE_D_MONTH_YYYY:
    return digits(&p, &n, 1, 2, day) && mark(&p, &n, ' ') &&
           month_name(&p, &n, month) && mark(&p, &n, ' ') &&
           digits(&p, &n, 4, 4, year) && n == 0;
  default:
    return false;
  }
}

static void two_digits(char *out, int value) {
  out[0] = (char)('0' + value / 10);
  out[1] = (char)('0' + value % 10);
}

bool du_entry_date(DuDateStyle style, const char *text, size_t length,
                   char day[DU_DAY_TEXT], const char **out, size_t *size,
                   DuEdtf *date, char *why, size_t whysize) {
  int y, m, d;
  if (style == DU_DATE_EDTF) {
    *out = text;
    *size = length;
    return du_edtf_parse(text, length, date, why, whysize);
  }
  if (!day_of_style(style, text, length, &y, &m, &d)) {
    if (whysize > 0)
      *why = '\0';
    return false;
  }
  if (m < 1 || m > 12) {
    if (whysize > 0)
      snprintf(why, whysize, "a month is 1 to 12, not %d", m);
    return false;
  }
  two_digits(day, y / 100);
  two_digits(day + 2, y % 100);
  day[4] = day[7] = '-';
  two_digits(day + 5, m);
  two_digits(day + 8, d);
  day[10] = '\0';
  *out = day;
  *size = 10;
  return du_edtf_parse(day, 10, date, why, whysize);
}

/* ------------------------------------------------------------------- hash */

static uint64_t mix(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93u;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93u;
  return hash ^ (hash >> 32);
}

/* The same on every machine, as it is kept in stores: bytes are put together
** by their places, not as the machine has them. */
uint64_t du_entry_hash(const char *text, size_t length) {
  uint64_t hash = 0x9e3779b97f4a7c15u ^ length;
  while (length >= 8) {
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--)
      word = word << 8 | (unsigned char)text[i];
    hash = mix(hash ^ word) + 0x9e3779b97f4a7c15u;
    text += 8;
    length -= 8;
  }
  if (length > 0) {
    uint64_t word = 0;
    while (length > 0)
      word = word << 8 | (unsigned char)text[--length];
    hash ^= word;
  }
  return mix(hash);
}
