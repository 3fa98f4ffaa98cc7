/*
** entry.h - what the texts of a file say: numbers and dates as people write
** them. Knows neither Lua nor SQLite, and heeds no locale.
*/
#ifndef DU_ENTRY_H
#define DU_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edtf.h"

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Leaves out spaces, tabs and line ends at both ends. */
void du_entry_trim(const char **text, size_t *length);

/* Is the text this word, in small letters, whatever letters it has? */
bool du_entry_is(const char *text, size_t length, const char *word);

/* Decimal digits with or without a sign, and nothing else. */
bool du_entry_integer(const char *text, size_t length, int64_t *value);

/* A decimal number: digits, a point, an exponent; the float nearest to it.
** False where that is infinite, or 0 for what is not. */
bool du_entry_number(const char *text, size_t length, double *value);

/* Is the float that the text was read as exactly what it says, if it is an
** integer in digits alone? True of other numbers, which are rarely exact. */
bool du_entry_kept(const char *text, size_t length, double value);

typedef enum DuDateStyle {
  DU_DATE_EDTF,
  DU_DATE_DD_MM_YYYY,   /* 27.09.2019 */
  DU_DATE_M_D_YYYY,     /* 9/27/2019 */
  DU_DATE_YYYYMMDD,     /* 20190927 */
  DU_DATE_D_MONTH_YYYY, /* 27 September 2019, 27 Sep 2019 */
  DU_DATE_STYLES
} DuDateStyle;

/* What users call them, in that order. */
extern const char *const du_date_styles[DU_DATE_STYLES + 1];

/* The room that a date needs which is not written in EDTF. */
#define DU_DAY_TEXT 11

/*
** Reads a date in one style. *out is its text in EDTF and *size the length of
** that: the text itself where the style is EDTF, else `day`. Returns false and
** leaves a reason where it is no date; an empty one where it has not even the
** form of another style.
*/
bool du_entry_date(DuDateStyle style, const char *text, size_t length,
                   char day[DU_DAY_TEXT], const char **out, size_t *size,
                   DuEdtf *date, char *why, size_t whysize);

/* A number that texts rarely share. */
uint64_t du_entry_hash(const char *text, size_t length);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
