/*
** edtf.c - Extended Date/Time Format. See edtf.h for what is read.
**
** The readers (read_...) accept exactly the supported forms and know why a
** value is wrong (a 30 February). For a text of another shape, explain_date
** finds a reason, and before that the repairs at the end of this file try to
** turn a known mistake into a text that the readers accept, to be named in the
** reason. Nothing is ever accepted because it could be repaired.
*/
#include "edtf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHAR(c) ((unsigned char)(c))

/* {====== Texts ====== */

typedef struct Text {
  const char *s;
  size_t n;
} Text;

static Text slice(const char *s, size_t n) {
  Text t = {s, n};
  return t;
}

static Text after(Text t, size_t n) {
  return slice(t.s + n, t.n - n);
}

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

static int is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_qualifier(char c) {
  return c == '?' || c == '~' || c == '%';
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int holds(Text t, char c) {
  return t.n > 0 && memchr(t.s, c, t.n) != NULL;
}

static int equals(Text t, const char *s) {
  return t.n == strlen(s) && memcmp(t.s, s, t.n) == 0;
}

/* Where the first ".." begins, or t.n. */
static size_t find_dots(Text t) {
  size_t i;
  for (i = 0; i + 1 < t.n; i++) {
    if (t.s[i] == '.' && t.s[i + 1] == '.')
      return i;
  }
  return t.n;
}

/* Where the first c stands, or t.n. */
static size_t find_char(Text t, char c) {
  size_t i = 0;
  while (i < t.n && t.s[i] != c)
    i++;
  return i;
}

/*
** Has t the shape of a pattern? There, 0 stands for a digit, # for a digit or
** X, anything else for itself.
*/
static int is_like(Text t, const char *pattern) {
  size_t i;
  if (t.n != strlen(pattern))
    return 0;
  for (i = 0; i < t.n; i++) {
    char c = t.s[i], p = pattern[i];
    if (p == '0' ? !is_digit(c) : p == '#' ? !is_digit(c) && c != 'X' : c != p)
      return 0;
  }
  return 1;
}

/* Is t this word, but for case and spaces around? */
static int is_word(Text t, const char *word) {
  size_t i, n = strlen(word);
  while (t.n > 0 && is_space(t.s[0]))
    t = after(t, 1);
  while (t.n > 0 && is_space(t.s[t.n - 1]))
    t.n--;
  for (i = 0; i < t.n && i < n; i++) {
    if (lower(t.s[i]) != word[i])
      return 0;
  }
  return i == t.n && i == n;
}

/* The number whose n digits begin at t.s[at]; an X counts as x. */
static int number(Text t, size_t at, size_t n, int x) {
  int value = 0;
  for (; n > 0; n--, at++)
    value = value * 10 + (t.s[at] == 'X' ? x : t.s[at] - '0');
  return value;
}

/* }====== */

/* {====== Reasons ====== */

typedef struct Why {
  char *s;
  size_t size;
} Why;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static int
refuse(Why *why, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (why->size > 0)
    vsnprintf(why->s, why->size, format, arguments);
  va_end(arguments);
  return 0;
}

/* The order of day and month is not ours to guess. */
static int refuse_order(Why *why) {
  return refuse(why, "a day is written YYYY-MM-DD, year first; the order here "
                     "does not tell which number is the month");
}

static int refuse_character(Why *why, char c) {
  if (c > ' ' && c < 127)
    return refuse(why, "the character %c has no place in a date", c);
  return refuse(why, "the byte 0x%02X has no place in a date", CHAR(c));
}

static int refuse_empty(Why *why) {
  return refuse(why, "this says nothing about a date: leave the field out");
}

/* The digits and X's that t begins with. */
static size_t leading_digits(Text t) {
  size_t n = 0;
  while (n < t.n && (is_digit(t.s[n]) || t.s[n] == 'X'))
    n++;
  return n;
}

/* Is the letter at i followed by a number? */
static int precedes_digit(Text t, size_t i) {
  return i + 1 < t.n && (is_digit(t.s[i + 1]) || t.s[i + 1] == '-');
}

/* Why a date with this letter, at i, is none. */
static int explain_letter(Text t, size_t i, Why *why) {
  char c = t.s[i];
  if (is_word(t, "unknown") || is_word(t, "open"))
    return refuse_empty(why);
  if ((lower(c) == 'y' && i == 0) ||
      ((c == 'E' || c == 'S') && precedes_digit(t, i)))
    return refuse(why, "only the years 0000 to 9999 are supported, without "
                       "Y, E or S");
  if (c == 'T' && precedes_digit(t, i))
    return refuse(why, "only a day that stands alone may have a time of day");
  if (c == 'W' && precedes_digit(t, i))
    return refuse(why, "weeks are no part of EDTF: write the days, such as "
                       "2019-07-01/2019-07-07");
  if (c == 'Q')
    return refuse(why, "a quarter is written as its months, such as "
                       "2019-01/2019-03");
  if (c == 's' && i == 4 && t.n == 5 && t.s[3] == '0')
    return refuse(why, "a decade is written 190X, a century 19XX");
  return refuse(why, "a date is written in digits: 2019-07 for July 2019, "
                     "2019~ for about 2019");
}

/* Why t is no date, if a character in it is none of a date. */
static int explain_characters(Text t, Why *why) {
  size_t i;
  if (holds(t, '('))
    return refuse(why, "parentheses are from an old draft: a qualifier stands "
                       "at the end of the date");
  for (i = 0; i < t.n; i++) {
    char c = t.s[i];
    if (is_letter(c) && c != 'X')
      return explain_letter(t, i, why);
  }
  if (find_dots(t) < t.n)
    return refuse(why, ".. is for sets, [2018..2019] or [..2019], and open "
                       "intervals, 2019/..; from 2018 to 2019 is 2018/2019");
  for (i = 0; i < t.n; i++) {
    char c = t.s[i];
    if (is_space(c))
      return refuse(why, "a date has no spaces and no line ends");
    if (c == '/')
      return refuse(why, "a range in a set is written 2018..2019");
    if (c == '[' || c == ']' || c == '{' || c == '}')
      return refuse(why, "[ and ] stand only around a whole set");
    if (!is_digit(c) && c != 'X' && c != '-' && c != '.' && c != '+' &&
        !is_qualifier(c))
      return refuse_character(why, c);
  }
  return 1;
}

/* Why t is no date, if its qualifiers are to blame. */
static int explain_qualifiers(Text t, Why *why) {
  size_t i;
  for (i = 0; i < t.n && !is_qualifier(t.s[i]); i++)
    ;
  if (i + 1 >= t.n)
    return 1;
  for (; i < t.n; i++) {
    if (!is_qualifier(t.s[i]))
      return refuse(why, "a qualifier stands at the end of a date; elsewhere "
                         "it is EDTF level 2, not supported");
  }
  return refuse(why, "a date has one qualifier: ? uncertain, ~ approximate, "
                     "%% both");
}

/* Why t, which holds only digits, X, hyphens and dots, is no date. */
static int explain_digits(Text t, Why *why) {
  size_t year = leading_digits(t);
  if (holds(t, '.') && year == 4)
    return refuse(why, "a date is written with hyphens: YYYY-MM-DD");
  if (holds(t, '+') || (t.n > 0 && t.s[0] == '-'))
    return refuse(why, "only the years 0000 to 9999 are supported");
  if (year < 4 && year < t.n)
    return t.n > 5 && leading_digits(after(t, t.n - 4)) == 4
               ? refuse_order(why)
               : refuse(why, "a date begins with a year of four digits");
  if (year < 4)
    return refuse(why, "a year has four digits, with X for those that are "
                       "unspecified, such as 19XX");
  if (year == 8)
    return refuse(why,
                  "a day is written YYYY-MM-DD, year first and with hyphens");
  if (year == 6)
    return refuse(why, "a month is written YYYY-MM, a day YYYY-MM-DD");
  if (year > 4)
    return refuse(why, "a year has four digits: only 0000 to 9999 are "
                       "supported");
  if (t.s[t.n - 1] == '-')
    return refuse(why, "the date breaks off after a hyphen");
  switch (leading_digits(after(t, 5))) {
  case 1:
    return refuse(why, "a month has two digits, and so has a day");
  case 3:
    return refuse(why, "days of the year are no part of EDTF: write "
                       "YYYY-MM-DD");
  case 4:
    return refuse(why, "from one year to another is written 2019/2020");
  default:
    return refuse(why, "a date is written YYYY, YYYY-MM or YYYY-MM-DD");
  }
}

/* Why t has not the shape of a date. Returns 0. */
static int explain_date(Text t, Why *why) {
  if (t.n == 0)
    return refuse(why, "a set has no empty members");
  if (!explain_characters(t, why) || !explain_qualifiers(t, why))
    return 0;
  if (is_qualifier(t.s[t.n - 1]))
    t.n--;
  return explain_digits(t, why);
}

/* }====== */

/* {====== The calendar ====== */

static int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
    return 29;
  return days[month - 1];
}

static int make_day(int year, int month, int day) {
  return year * 10000 + month * 100 + day;
}

static int is_day(int day) {
  int year = day / 10000, month = day / 100 % 100;
  return day > 0 && year <= 9999 && month >= 1 && month <= 12 &&
         day % 100 >= 1 && day % 100 <= days_in_month(year, month);
}

/* The day after a day; what is none stays as it is. */
static int next_day(int day) {
  int year = day / 10000, month = day / 100 % 100;
  if (!is_day(day))
    return day;
  if (day % 100 < days_in_month(year, month))
    return day + 1;
  return month < 12 ? make_day(year, month + 1, 1) : make_day(year + 1, 1, 1);
}

/* }====== */

/* {====== Dates ====== */

static void clear(DuEdtf *out) {
  static const DuEdtf none;
  *out = none;
}

static int larger(int a, int b) {
  return a > b ? a : b;
}

/* Adds the flags and the level of a part to out. */
static void add_flags(DuEdtf *out, const DuEdtf *part) {
  out->level = larger(out->level, part->level);
  out->uncertain = out->uncertain || part->uncertain;
  out->approximate = out->approximate || part->approximate;
  out->unspecified = out->unspecified || part->unspecified;
  out->open_start = out->open_start || part->open_start;
  out->open_end = out->open_end || part->open_end;
}

/* X's must be the last digits of the whole, months and days all or none. */
static int check_unspecified(Text t, Why *why) {
  int seen = 0;
  size_t i;
  for (i = 0; i < t.n; i++) {
    if (t.s[i] == 'X')
      seen = 1;
    else if (seen && t.s[i] != '-')
      return refuse(why, "a digit after an X is EDTF level 2, not supported: "
                         "only the last digits may be X");
  }
  if ((t.n > 4 && t.s[5] != 'X' && t.s[6] == 'X') ||
      (t.n > 7 && t.s[8] != 'X' && t.s[9] == 'X'))
    return refuse(why, "an X for half a month or day is EDTF level 2, not "
                       "supported: write XX");
  return 1;
}

/* t is like ####: a year of which some digits may be missing. */
static void read_year(Text t, DuEdtf *out) {
  static const DuPrecision precisions[] = {
      DU_PRECISION_YEAR, DU_PRECISION_DECADE, DU_PRECISION_CENTURY,
      DU_PRECISION_MILLENNIUM, DU_PRECISION_UNSPECIFIED};
  size_t missing = 4 - find_char(slice(t.s, 4), 'X');
  out->first = make_day(number(t, 0, 4, 0), 1, 1);
  out->last = make_day(number(t, 0, 4, 9), 12, 31);
  out->precision = precisions[missing];
  if (missing > 2 || (missing > 0 && t.n > 4))
    out->level = 2;
}

static void read_season(int year, int season, DuEdtf *out) {
  out->precision = DU_PRECISION_SEASON;
  out->level = 1;
  if (season == 21 || season == 23) {
    out->first = make_day(year, 3, 1);
    out->last = make_day(year, 11, 30);
  } else {
    out->first = make_day(year, 6, 1);
    out->last = year == 9999
                    ? make_day(year, 12, 31)
                    : make_day(year + 1, 2, days_in_month(year + 1, 2));
  }
}

static int read_month(int year, int month, Why *why, DuEdtf *out) {
  if (month >= 21 && month <= 24) {
    read_season(year, month, out);
    return 1;
  }
  if (month >= 25 && month <= 41)
    return refuse(why,
                  "%d in place of a month is EDTF level 2, not supported: "
                  "write the months, such as 2019-01/2019-03",
                  month);
  if (month < 1 || month > 12)
    return refuse(why,
                  "a month is 01 to 12 (or 21 to 24 for a season), "
                  "not %02d",
                  month);
  out->first = make_day(year, month, 1);
  out->last = make_day(year, month, days_in_month(year, month));
  out->precision = DU_PRECISION_MONTH;
  return 1;
}

static int read_day(int year, int month, int day, Why *why, DuEdtf *out) {
  static const char *const names[] = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  if (month > 12)
    return refuse(why, "a season has no day");
  if (day < 1)
    return refuse(why, "a day is 01 to 31, not 00");
  if (day > days_in_month(year, month))
    return refuse(why, "%s %04d has %d days, not %d", names[month - 1], year,
                  days_in_month(year, month), day);
  out->first = out->last = make_day(year, month, day);
  out->precision = DU_PRECISION_DAY;
  return 1;
}

/* t is like ####, ####-## or ####-##-##. */
static int read_calendar(Text t, Why *why, DuEdtf *out) {
  int year, month;
  if (!check_unspecified(t, why))
    return 0;
  read_year(t, out);
  year = number(t, 0, 4, 0);
  if (t.n > 4 && t.s[5] != 'X') {
    month = number(t, 5, 2, 0);
    if (!read_month(year, month, why, out))
      return 0;
    if (t.n > 7 && t.s[8] != 'X')
      return read_day(year, month, number(t, 8, 2, 0), why, out);
    if (t.n > 7 && month > 12)
      return refuse(why, "a season has no day");
  }
  out->unspecified = holds(t, 'X');
  if (out->unspecified)
    out->level = larger(out->level, 1);
  return 1;
}

/* A date of level 0 or 1 without a time of day. */
static int read_date(Text t, Why *why, DuEdtf *out) {
  Text bare = t;
  char qualifier = t.n > 0 ? t.s[t.n - 1] : '\0';
  clear(out);
  if (is_qualifier(qualifier))
    bare.n--;
  if (!is_like(bare, "####") && !is_like(bare, "####-##") &&
      !is_like(bare, "####-##-##"))
    return explain_date(t, why);
  if (!read_calendar(bare, why, out))
    return 0;
  if (bare.n < t.n)
    out->level = larger(out->level, 1);
  out->uncertain = qualifier == '?' || qualifier == '%';
  out->approximate = qualifier == '~' || qualifier == '%';
  return 1;
}

/* }====== */

/* {====== Times of day ====== */

static int explain_time(Why *why) {
  return refuse(why, "a time of day is written 2019-07-04T10:30 or "
                     "2019-07-04T10:30:00, then nothing, Z, +09 or +09:00");
}

/* t is what follows the digits of the time. */
static int check_zone(Text t, Why *why) {
  int hours, minutes = 0;
  if (t.n == 0 || equals(t, "Z"))
    return 1;
  if (t.s[0] == '.' || t.s[0] == ',')
    return refuse(why, "EDTF has no fractions of a second");
  if (is_qualifier(t.s[t.n - 1]))
    return refuse(why, "a date with a time of day takes no qualifier");
  if ((t.s[0] != '+' && t.s[0] != '-') ||
      (!is_like(after(t, 1), "00") && !is_like(after(t, 1), "00:00")))
    return explain_time(why);
  hours = number(t, 1, 2, 0);
  if (t.n > 3)
    minutes = number(t, 4, 2, 0);
  if (minutes > 59 || hours * 60 + minutes > 14 * 60)
    return refuse(why, "a time zone is at most 14:00 from UTC, its minutes "
                       "00 to 59");
  if (t.s[0] == '-' && hours == 0 && minutes == 0)
    return refuse(why, "UTC is written Z or +00:00, not -00:00");
  return 1;
}

/* t is what follows the T. */
static int check_time(Text t, Why *why) {
  int minute, second = 0;
  size_t length = t.n > 5 && t.s[5] == ':' ? 8 : 5;
  if (t.n < length ||
      !is_like(slice(t.s, length), length == 8 ? "00:00:00" : "00:00"))
    return explain_time(why);
  minute = number(t, 3, 2, 0);
  if (length == 8)
    second = number(t, 6, 2, 0);
  if (number(t, 0, 2, 0) == 24)
    return refuse(why, "hour 24 is not supported: write 00:00 of the next day");
  if (number(t, 0, 2, 0) > 23)
    return refuse(why, "an hour is 00 to 23");
  if (minute > 59)
    return refuse(why, "a minute is 00 to 59");
  if (second > 60 || (second == 60 && minute != 59))
    return refuse(why, "a second is 00 to 59, or 60 in minute 59");
  return check_zone(after(t, length), why);
}

/* A day with a time of day: text with a T at t.s[at]. */
static int read_moment(Text t, size_t at, Why *why, DuEdtf *out) {
  if (!is_like(slice(t.s, at), "0000-00-00"))
    return refuse(why, "a time of day needs a full day before it: "
                       "2019-07-04T10:30");
  if (!read_date(slice(t.s, at), why, out) ||
      !check_time(after(t, at + 1), why))
    return 0;
  out->precision = DU_PRECISION_TIME;
  return 1;
}

/* }====== */

/* {====== Intervals and sets ====== */

/* From the start of one date to the end of another. */
static int read_span(Text from, Text to, Why *why, DuEdtf *out) {
  DuEdtf end;
  if (!read_date(from, why, out) || !read_date(to, why, &end))
    return 0;
  if (end.last < out->first) {
    char begins[11], ends[11];
    du_edtf_day_text(out->first, begins);
    du_edtf_day_text(end.last, ends);
    return refuse(why, "it ends by %s, before it begins on %s", ends, begins);
  }
  out->last = end.last;
  add_flags(out, &end);
  return 1;
}

/* X's at the ends of an interval are level 2, all else at most level 1. */
static void finish_interval(DuEdtf *out) {
  out->precision = DU_PRECISION_INTERVAL;
  if (out->unspecified)
    out->level = 2;
}

static int read_interval(Text t, Why *why, DuEdtf *out) {
  size_t at = find_char(t, '/');
  Text from = slice(t.s, at), to = after(t, at + 1);
  int no_start = from.n == 0 || equals(from, "..");
  int no_end = to.n == 0 || equals(to, "..");
  if (holds(to, '/'))
    return at == 4 ? refuse(why, "an interval has one /; a day is written "
                                 "YYYY-MM-DD, with hyphens")
                   : refuse_order(why);
  if (no_start && no_end)
    return refuse_empty(why);
  if (!no_start && !no_end) {
    if (!read_span(from, to, why, out))
      return 0;
    finish_interval(out);
    return 1;
  }
  if (!read_date(no_start ? to : from, why, out))
    return 0;
  finish_interval(out);
  out->level = larger(out->level, 1);
  if (no_start) {
    out->first = DU_EDTF_NO_FIRST;
    out->open_start = from.n > 0;
    out->unknown_start = from.n == 0;
  } else {
    out->last = DU_EDTF_NO_LAST;
    out->open_end = to.n > 0;
    out->unknown_end = to.n == 0;
  }
  return 1;
}

/* One member of a set: a date or a range of dates. */
static int read_member(Text t, int is_first, int is_last, Why *why,
                       DuEdtf *out) {
  size_t at = find_dots(t);
  Text from = slice(t.s, at), to;
  if (at == t.n)
    return read_date(t, why, out);
  to = after(t, at + 2);
  if (from.n > 0 && to.n > 0)
    return read_span(from, to, why, out);
  if (from.n == 0 && to.n == 0)
    return refuse_empty(why);
  if (from.n == 0 ? !is_first : !is_last)
    return refuse(why, "..2018 is only the first member of a set, 2018.. only "
                       "the last");
  if (!read_date(from.n == 0 ? to : from, why, out))
    return 0;
  if (from.n == 0) {
    out->first = DU_EDTF_NO_FIRST;
    out->open_start = true;
  } else {
    out->last = DU_EDTF_NO_LAST;
    out->open_end = true;
  }
  return 1;
}

/* Adds a member to a set. A set out of order may show a gap where none is. */
static void add_member(DuEdtf *set, const DuEdtf *member) {
  if (member->first > next_day(set->last) ||
      set->first > next_day(member->last))
    set->gaps = true;
  if (member->first < set->first)
    set->first = member->first;
  if (member->last > set->last)
    set->last = member->last;
  add_flags(set, member);
}

static int read_set(Text t, Why *why, DuEdtf *out) {
  Text rest;
  int is_first = 1, is_last = 0;
  if (find_char(t, ']') != t.n - 1)
    return refuse(why, "a set ends with ], and nothing follows it");
  rest = slice(t.s + 1, t.n - 2);
  if (rest.n == 0)
    return refuse(why, "the set is empty");
  while (!is_last) {
    DuEdtf member = {0};
    size_t comma = find_char(rest, ',');
    is_last = comma == rest.n;
    if (!read_member(slice(rest.s, comma), is_first, is_last, why, &member))
      return 0;
    if (is_first)
      *out = member;
    else
      add_member(out, &member);
    if (!is_last)
      rest = after(rest, comma + 1);
    is_first = 0;
  }
  out->precision = DU_PRECISION_SET;
  out->level = 2;
  return 1;
}

/* }====== */

/* {====== Any text ====== */

/* Where the T before a time of day stands, or t.n. */
static size_t find_time(Text t) {
  size_t i;
  for (i = 1; i < t.n; i++) {
    if (t.s[i] == 'T' && (is_digit(t.s[i - 1]) || t.s[i - 1] == 'X'))
      return i;
  }
  return t.n;
}

/* YYYY-MM-DD as a number, or 0 where it is no day. */
static int plain_day(const char *s) {
  int day = 0;
  for (int i = 0; i < 10; i++) {
    bool hyphen = i == 4 || i == 7;
    if (hyphen ? s[i] != '-' : !is_digit(s[i]))
      return 0;
    day = hyphen ? day : day * 10 + (s[i] - '0');
  }
  return is_day(day) ? day : 0;
}

/* One day, or from one to another: most dates by far, and soon read. Returns 0
** for all else, of which more is to be said. */
static int read_plain(Text t, DuEdtf *out) {
  int first, last;
  if (t.n != 10 && !(t.n == 21 && t.s[10] == '/'))
    return 0;
  first = plain_day(t.s);
  last = t.n == 10 ? first : plain_day(t.s + 11);
  if (first == 0 || last < first)
    return 0;
  memset(out, 0, sizeof *out);
  out->first = first;
  out->last = last;
  out->precision = t.n == 10 ? DU_PRECISION_DAY : DU_PRECISION_INTERVAL;
  return 1;
}

static int read_any(Text t, Why *why, DuEdtf *out) {
  if (t.n == 0)
    return refuse(why, "the text is empty: leave the field out");
  if (t.s[0] == '{')
    return refuse(why, "a set in braces (all of these dates) is not supported: "
                       "make one record for each date");
  if (t.s[0] == '[')
    return read_set(t, why, out);
  if (holds(t, '/'))
    return read_interval(t, why, out);
  if (find_time(t) < t.n)
    return read_moment(t, find_time(t), why, out);
  return read_date(t, why, out);
}

static int check_bytes(Text t, Why *why) {
  size_t i;
  for (i = 0; i < t.n; i++) {
    if (t.s[i] == '\0')
      return refuse(why, "byte %zu is NUL", i + 1);
    if (CHAR(t.s[i]) > 127)
      return refuse(why,
                    "byte %zu is not ASCII: the hyphen is -, and from "
                    "2018 to 2019 is 2018/2019",
                    i + 1);
  }
  return 1;
}

/* }====== */

/* {====== Repairs ====== */

#define REPAIR_LONGEST 60 /* longer texts are not repaired */

typedef struct Draft {
  char s[2 * REPAIR_LONGEST];
  size_t n;
  const char *reason; /* of the first repair that changed something */
  const char *lead;   /* what introduces the repaired text */
} Draft;

static Text draft_text(const Draft *d) {
  return slice(d->s, d->n);
}

/* Puts s in place of the n characters at a place in the draft. */
static void splice(Draft *d, size_t at, size_t n, const char *s,
                   const char *reason) {
  size_t added = strlen(s);
  if (d->n - n + added > sizeof(d->s))
    return;
  memmove(d->s + at + added, d->s + at + n, d->n - at - n);
  memcpy(d->s + at, s, added);
  d->n = d->n - n + added;
  if (d->reason == NULL)
    d->reason = reason;
}

/* open, unknown, present and now, as an end of an interval */
static void repair_words(Draft *d) {
  static const char open_end[] = "an open end is written ..";
  size_t at = find_char(draft_text(d), '/');
  Text from = slice(d->s, at), to;
  if (at == d->n)
    return;
  to = after(draft_text(d), at + 1);
  if (is_word(to, "open") || is_word(to, "present") || is_word(to, "now"))
    splice(d, at + 1, to.n, "..", open_end);
  else if (is_word(to, "unknown"))
    splice(d, at + 1, to.n, "", "an unknown end is left empty");
  if (is_word(from, "open"))
    splice(d, 0, at, "..", "an open start is written ..");
  else if (is_word(from, "unknown"))
    splice(d, 0, at, "", "an unknown start is left empty");
}

/* 1990s; for 1900s there are two forms, see explain_letter */
static void repair_decade(Draft *d) {
  if (is_like(draft_text(d), "0000s") && d->s[3] == '0' && d->s[2] != '0')
    splice(d, 3, 2, "X", "a decade is written with an X");
}

/* Letters that no repair knows: words, which are not to be guessed at. */
static int has_words(const Draft *d) {
  size_t i;
  for (i = 0; i < d->n; i++) {
    if (is_letter(d->s[i]) && strchr("xut", lower(d->s[i])) == NULL &&
        !(lower(d->s[i]) == 'z' && i + 1 == d->n))
      return 1;
  }
  return 0;
}

/* Spaces before a time of day, and spaces that separate no digits. */
static void repair_spaces(Draft *d) {
  size_t i = 0;
  while (i < d->n) {
    int inside =
        i > 0 && i + 1 < d->n && is_digit(d->s[i - 1]) && is_digit(d->s[i + 1]);
    if (!is_space(d->s[i]))
      i++;
    else if (inside && i == 10 && is_like(slice(d->s, i), "0000-00-00"))
      splice(d, i, 1, "T", "T stands between a day and its time");
    else if (inside)
      i++;
    else
      splice(d, i, 1, "", "a date has no spaces and no line ends");
  }
}

/* 199u, 199x, ...t10:30z */
static void repair_letters(Draft *d) {
  size_t i;
  for (i = 0; i < d->n; i++) {
    if (d->s[i] == 'u' || d->s[i] == 'U' || d->s[i] == 'x')
      splice(d, i, 1, "X", "an unspecified digit is written X");
    else if (d->s[i] == 't')
      splice(d, i, 1, "T", "T and Z are capital letters");
    else if (d->s[i] == 'z')
      splice(d, i, 1, "Z", "T and Z are capital letters");
  }
}

/* 2019?~ */
static void repair_qualifiers(Draft *d) {
  size_t i;
  for (i = 0; i + 1 < d->n; i++) {
    if ((d->s[i] == '?' && d->s[i + 1] == '~') ||
        (d->s[i] == '~' && d->s[i + 1] == '?'))
      splice(d, i, 2, "%", "uncertain and approximate is written %");
  }
}

/* Where the run of digits, X's and hyphens that begins at a place ends. */
static size_t run_end(const Draft *d, size_t i) {
  while (i < d->n && (is_digit(d->s[i]) || d->s[i] == 'X' || d->s[i] == '-'))
    i++;
  return i;
}

static int is_month_number(int month) {
  return month >= 1 && month <= 12;
}

/* Two hyphens into 20190704, one into 201907, from a place on. */
static void repair_compact(Draft *d, size_t at) {
  Text t = slice(d->s + at, run_end(d, at) - at);
  if (t.n >= 6 && leading_digits(t) == t.n &&
      !is_month_number(number(t, 4, 2, 0)))
    return;
  if (is_like(t, "00000000") && number(t, 6, 2, 0) <= 31) {
    splice(d, at + 6, 0, "-", "a day is written with hyphens");
    splice(d, at + 4, 0, "-", "");
  } else if (is_like(t, "000000")) {
    splice(d, at + 4, 0, "-", "a month is written with a hyphen");
  }
}

/* 2019-7-4, from a place on */
static void repair_padding(Draft *d, size_t at) {
  static const char reason[] = "a month has two digits, and so has a day";
  Text t = slice(d->s + at, run_end(d, at) - at);
  if (is_like(t, "0000-0") || is_like(t, "0000-0-0") || is_like(t, "0000-0-00"))
    splice(d, at + 5, 0, "0", reason);
  t = slice(d->s + at, run_end(d, at) - at);
  if (is_like(t, "0000-00-0"))
    splice(d, at + 8, 0, "0", reason);
}

/* Both of these for each run of digits. */
static void repair_runs(Draft *d) {
  size_t i = 0;
  while (i < d->n) {
    if (is_digit(d->s[i])) {
      repair_compact(d, i);
      repair_padding(d, i);
      i = run_end(d, i);
    } else {
      i++;
    }
  }
}

/* 2019/07/04 and 2019.7.4: with the year first, the month comes second */
static void repair_separators(Draft *d) {
  static const char *const forms[] = {"0000/00/00", "0000/0/00",  "0000/00/0",
                                      "0000/0/0",   "0000.00.00", "0000.0.00",
                                      "0000.00.0",  "0000.0.0"};
  size_t i;
  for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
    if (is_like(draft_text(d), forms[i])) {
      char separator = d->s[4];
      size_t second = 5 + find_char(after(draft_text(d), 5), separator);
      splice(d, 4, 1, "-", "a day is written with hyphens");
      splice(d, second, 1, "-", "");
      return;
    }
  }
}

/* 2019-07-04/05: ISO 8601 lets an end borrow from the start, EDTF does not */
static void repair_short_end(Draft *d) {
  static const char reason[] = "both ends of an interval are written in full";
  size_t at = find_char(draft_text(d), '/');
  char borrowed[11];
  Text to;
  if (at == d->n || (at != 4 && at != 7 && at != 10))
    return;
  to = after(draft_text(d), at + 1);
  if (at == 4 && is_like(to, "0"))
    splice(d, at + 1, 0, "0", reason);
  to = after(draft_text(d), at + 1);
  if (!(is_like(to, "00") || (at == 10 && is_like(to, "00-00"))))
    return;
  if (at == 4 && is_month_number(number(to, 0, 2, 0))) {
    splice(d, at, 1, "-", reason);
    d->lead = "for the month, write";
    return;
  }
  memcpy(borrowed, d->s, at - to.n);
  borrowed[at - to.n] = '\0';
  splice(d, at + 1, 0, borrowed, reason);
}

/* All repairs, each on what those before it have left. */
static void repair(Draft *d) {
  repair_words(d);
  repair_decade(d);
  if (has_words(d))
    return;
  repair_spaces(d);
  repair_letters(d);
  repair_qualifiers(d);
  repair_separators(d);
  repair_runs(d);
  repair_short_end(d);
}

/* Names in why the text that was likely meant. */
static void suggest(Text t, Why *why) {
  char also[DU_EDTF_WHY];
  Why inner = {also, sizeof(also)};
  DuEdtf ignored;
  Draft d;
  if (t.n == 0 || t.n > REPAIR_LONGEST)
    return;
  memcpy(d.s, t.s, t.n);
  d.n = t.n;
  d.reason = NULL;
  d.lead = "write";
  repair(&d);
  if (d.reason == NULL)
    return;
  if (read_any(draft_text(&d), &inner, &ignored))
    refuse(why, "%s; %s %.*s", d.reason, d.lead, (int)d.n, d.s);
  else
    refuse(why, "%s; %s", d.reason, also);
}

/* }====== */

int du_edtf_parse(const char *text, size_t length, DuEdtf *out, char *why,
                  size_t whysize) {
  Why reason = {why, whysize};
  Text t = slice(text, length);
  if (whysize > 0)
    why[0] = '\0';
  if (read_plain(t, out))
    return 1;
  if (!check_bytes(t, &reason))
    return 0;
  if (read_any(t, &reason, out))
    return 1;
  suggest(t, &reason);
  return 0;
}

int du_edtf_overlaps(const DuEdtf *a, const DuEdtf *b) {
  return a->first <= b->last && b->first <= a->last;
}

int du_edtf_within(const DuEdtf *a, const DuEdtf *b) {
  if (a->uncertain || a->approximate || b->uncertain || b->approximate)
    return 0;
  if (b->unknown_start || b->unknown_end || b->gaps)
    return 0;
  return a->first >= b->first && a->last <= b->last;
}

int du_edtf_day_text(int yyyymmdd, char out[11]) {
  static const int units[] = {10000000, 1000000, 100000, 10000, 0,
                              1000,     100,     0,      10,    1};
  size_t i;
  out[0] = '\0';
  if (!is_day(yyyymmdd))
    return 0;
  for (i = 0; i < 10; i++)
    out[i] = (char)(units[i] == 0 ? '-' : '0' + yyyymmdd / units[i] % 10);
  out[10] = '\0';
  return 1;
}

const char *du_edtf_precision_name(DuPrecision precision) {
  static const char *const names[] = {
      "time",    "day",        "month",       "season",   "year", "decade",
      "century", "millennium", "unspecified", "interval", "set"};
  return names[precision];
}
