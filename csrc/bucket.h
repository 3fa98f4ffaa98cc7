/*
** bucket.h - years, quarters, weeks and the like that days are counted in.
** Days are YYYYMMDD of the proleptic Gregorian calendar, years 0000 to 9999.
** Knows neither Lua nor SQLite.
*/
#ifndef DU_BUCKET_H
#define DU_BUCKET_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

typedef enum DuBucket {
  DU_YEAR,    /* 2019 */
  DU_DECADE,  /* 2010, its first year */
  DU_QUARTER, /* 2019-Q3 */
  DU_MONTH,   /* 2019-07 */
  DU_WEEK,    /* 2019-W27, ISO 8601: from Monday, the year of its Thursday */
  DU_DAY,     /* 2019-07-04 */
  DU_BUCKETS
} DuBucket;

/* The longest text of a bucket, with its NUL. */
#define DU_BUCKET_TEXT 16

/* The unit of that name, "year" to "day", or DU_BUCKETS. */
DuBucket du_bucket_named(const char *name);

/* The number of the bucket that the day lies in. Numbers of one unit follow
** each other without gaps, so that they can be counted through. */
int du_bucket_of(DuBucket unit, int day);

/* The first and last day of a bucket, YYYYMMDD. */
void du_bucket_days(DuBucket unit, int number, int *first, int *last);

/* The integer that a year or decade is shown as; false for other units. */
bool du_bucket_integer(DuBucket unit, int number, int *shown);

/* The text that a bucket of the other units is shown as. */
void du_bucket_text(DuBucket unit, int number, char text[DU_BUCKET_TEXT]);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
