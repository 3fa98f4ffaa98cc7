/*
** edtf.h - Extended Date/Time Format, ISO 8601-2:2019, for the years 0000 to
** 9999 of the proleptic Gregorian calendar. Knows neither Lua nor SQLite,
** allocates nothing and heeds no locale.
**
** Level 0   2019  2019-07  2019-07-04
**           2019-07-04T10:30:00, also with Z, +09 or +09:00, also without the
**           seconds; its day is the day as written, in whatever zone
**           2019-07/2019-09, from and to inclusive
** Level 1   2019?  2019-07~  2019-07-04%    uncertain, approximate, both
**           201X  20XX  2019-XX  2019-07-XX  2019-XX-XX  unspecified digits
**           2019-21 to 2019-24              spring to winter
**           2019?/2020-23                   intervals of these
**           2019/..  ../2019                open: goes on, has always been
**           2019/  /2019                    unknown end, unknown start
** Level 2   [1667,1668,1670..1672]          one of these days
**           [..2018]  [2018..]              on a day until, on a day since
**           1XXX  XXXX  201X-XX  201X-XX-XX  2019-07-XX/2019-08
**
** The members of a set are dates of level 0 or 1 or XXXX and its like;
** neither they nor the ends of an interval have a time of day, and there are
** no spaces. The rest of level 2 and what older drafts wrote differently
** (199u, 2019?~, 2019/open, unknown/2019) is refused with a reason that names
** the right form where there is one.
**
** The first and last possible day. An X is any digit, so 201X lies from
** 2010-01-01 to 2019-12-31. A qualifier does not move the bounds. Level 1
** seasons name no hemisphere, so with the meteorological seasons, named by the
** year they start in, spring and autumn lie from 1 March to 30 November,
** summer and winter from 1 June to the end of the next February (to 31 December
** in the year 9999). An interval has the first day of its start and the last
** day of its end, a set the first and last of all its members.
*/
#ifndef DU_EDTF_H
#define DU_EDTF_H

#include <stdbool.h>
#include <stddef.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

#define DU_EDTF_NO_FIRST 0       /* no first day: open or unknown start */
#define DU_EDTF_NO_LAST 99999999 /* no last day: open or unknown end */

/* The longest reason, with its NUL: a longer one is cut off. */
#define DU_EDTF_WHY 200

/* The smallest unit whose digits are all given, or the kind of composite. */
typedef enum DuPrecision {
  DU_PRECISION_TIME,
  DU_PRECISION_DAY,
  DU_PRECISION_MONTH,
  DU_PRECISION_SEASON,
  DU_PRECISION_YEAR,
  DU_PRECISION_DECADE,
  DU_PRECISION_CENTURY,
  DU_PRECISION_MILLENNIUM,
  DU_PRECISION_UNSPECIFIED, /* XXXX: some year */
  DU_PRECISION_INTERVAL,
  DU_PRECISION_SET
} DuPrecision;

typedef struct DuEdtf {
  int first, last; /* YYYYMMDD, or the two constants above */
  int level;       /* of EDTF: 0, 1 or 2 */
  DuPrecision precision;
  bool uncertain, approximate; /* ? or %, ~ or %, in any part */
  bool unspecified;            /* an X in any part */
  bool open_start, open_end;   /* .. in an interval or a set */
  bool unknown_start, unknown_end;
  bool gaps; /* a set that leaves days out between its first and last */
} DuEdtf;

/*
** Reads text. Returns 1 and fills *out and empties why, or returns 0 and
** writes a reason of one line to why, which is never left empty; *out is then
** not to be used. whysize should be DU_EDTF_WHY; why may be NULL if it is 0.
*/
int du_edtf_parse(const char *text, size_t length, DuEdtf *out, char *why,
                  size_t whysize);

/*
** May a and b share a day, judged by their first and last possible days?
*/
int du_edtf_overlaps(const DuEdtf *a, const DuEdtf *b);

/*
** Is a certainly within b, taken as a period? Only if neither is uncertain or
** approximate, no end of b is unknown, b is no set with gaps, and the possible
** days of a are all among b's. An open end of b reaches for ever.
*/
int du_edtf_within(const DuEdtf *a, const DuEdtf *b);

/*
** Writes the day 20190704 as "2019-07-04" and returns 1. Writes "" and returns
** 0 for what is no day of the calendar, as are DU_EDTF_NO_FIRST and _NO_LAST.
*/
int du_edtf_day_text(int yyyymmdd, char out[11]);

/* The word for a precision, such as "day". */
const char *du_edtf_precision_name(DuPrecision precision);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
