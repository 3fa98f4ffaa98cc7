/*
** bucket.c - see bucket.h. Days are counted from 0000-03-01, so that the day
** which a leap year has more comes last in its year.
*/
#include "bucket.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {"year",  "decade", "quarter",
                                    "month", "week",   "day"};

DuBucket du_bucket_named(const char *name) {
  int unit = 0;
  while (unit < DU_BUCKETS && strcmp(names[unit], name) != 0)
    unit++;
  return (DuBucket)unit;
}

/* The days of four hundred years, after which the calendar repeats. */
#define ERA 146097

/* Rounded down, also below zero. */
static int divide(int a, int b) {
  return a / b - (a % b < 0);
}

/* Days since 0000-03-01, which is day 0. */
static int count_of(int day) {
  int year = day / 10000, month = day / 100 % 100, date = day % 100;
  int shifted = month > 2 ? year : year - 1;
  int era = divide(shifted, 400), in_era = shifted - era * 400;
  int in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + date - 1;
  return era * ERA + in_era * 365 + in_era / 4 - in_era / 100 + in_year;
}

static int day_of(int count) {
  int era = divide(count, ERA), in_era = count - era * ERA;
  int year =
      (in_era - in_era / 1460 + in_era / 36524 - in_era / (ERA - 1)) / 365;
  int in_year = in_era - (365 * year + year / 4 - year / 100);
  int shifted = (5 * in_year + 2) / 153;
  int date = in_year - (153 * shifted + 2) / 5 + 1;
  int month = shifted < 10 ? shifted + 3 : shifted - 9;
  year += era * 400 + (month <= 2);
  return year * 10000 + month * 100 + date;
}

/* Buckets of the year 0000 have no number below zero: groups are in the order
** of their numbers, and what has none comes last. 0000-03-01 was a Wednesday:
** the third day of a week from Monday. */
#define DAYS_BEFORE 72

static int week_of(int day) {
  return (count_of(day) + DAYS_BEFORE) / 7;
}

/* The Thursday of a week, which tells the week's year. */
static int thursday_of(int week) {
  return week * 7 - DAYS_BEFORE + 3;
}

int du_bucket_of(DuBucket unit, int day) {
  int year = day / 10000, month = day / 100 % 100;
  switch (unit) {
  case DU_YEAR:
    return year;
  case DU_DECADE:
    return year / 10;
  case DU_QUARTER:
    return year * 4 + (month - 1) / 3;
  case DU_MONTH:
    return year * 12 + month - 1;
  case DU_WEEK:
    return week_of(day);
  default:
    return count_of(day) + DAYS_BEFORE;
  }
}

static int first_day(DuBucket unit, int number) {
  switch (unit) {
  case DU_YEAR:
    return number * 10000 + 101;
  case DU_DECADE:
    return number * 100000 + 101;
  case DU_QUARTER:
    return number / 4 * 10000 + (number % 4 * 3 + 1) * 100 + 1;
  case DU_MONTH:
    return number / 12 * 10000 + (number % 12 + 1) * 100 + 1;
  case DU_WEEK:
    return day_of(number * 7 - DAYS_BEFORE);
  default:
    return day_of(number - DAYS_BEFORE);
  }
}

void du_bucket_days(DuBucket unit, int number, int *first, int *last) {
  *first = first_day(unit, number);
  *last = day_of(count_of(first_day(unit, number + 1)) - 1);
}

bool du_bucket_integer(DuBucket unit, int number, int *shown) {
  *shown = unit == DU_DECADE ? number * 10 : number;
  return unit == DU_YEAR || unit == DU_DECADE;
}

/* The first days of the year 0000 are in the last week of the year before. */
static void write_week(int week, char text[DU_BUCKET_TEXT]) {
  int thursday = thursday_of(week);
  int year = divide(day_of(thursday), 10000);
  int first = year < 0 ? thursday - 51 * 7 : count_of(year * 10000 + 101);
  snprintf(text, DU_BUCKET_TEXT, "%s%04d-W%02d", year < 0 ? "-" : "",
           (year < 0 ? -year : year) % 10000,
           ((thursday - first) / 7 + 1) % 100);
}

void du_bucket_text(DuBucket unit, int number, char text[DU_BUCKET_TEXT]) {
  int day;
  switch (unit) {
  case DU_QUARTER:
    snprintf(text, DU_BUCKET_TEXT, "%04d-Q%d", number / 4, number % 4 + 1);
    break;
  case DU_MONTH:
    snprintf(text, DU_BUCKET_TEXT, "%04d-%02d", number / 12, number % 12 + 1);
    break;
  case DU_WEEK:
    write_week(number, text);
    break;
  case DU_DAY:
    day = day_of(number - DAYS_BEFORE);
    snprintf(text, DU_BUCKET_TEXT, "%04d-%02d-%02d", day / 10000,
             day / 100 % 100, day % 100);
    break;
  default:
    snprintf(text, DU_BUCKET_TEXT, "%04d",
             unit == DU_DECADE ? number * 10 : number);
  }
}
