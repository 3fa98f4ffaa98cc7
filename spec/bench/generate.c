/*
** generate.c - writes GDELT 1.0 events: 58 columns, tabs between them, no
** header.
**
**   generate ROWS [SKIP [SPREAD [SEED]]] >file
**
** ROWS events follow on the SKIP first of an endless series, of which SPREAD
** (SKIP + ROWS, unless given) cover the six years from 2014 on. An event is
** made from SEED and its place in the series alone, so that a file is the same
** bytes on every machine, and the same events whichever part is written.
**
** Ids increase. Days mostly do; some events are a day, a month, a year or ten
** before the article that tells them. About three events share an article and
** so its URL and tone. Countries come in Zipf's proportions, codes in those of
** lists.h, one event in ten has no second actor, a few no first one, and some
** neither tone nor place.
*/
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lists.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

#define COUNTRIES COUNT(countries)
#define CODES COUNT(codes)

#define FIRST_DAY 16071 /* 2014-01-01, in days since 1970-01-01 */
#define DAYS 2191       /* to the end of 2019 */
#define FIRST_ID 340000000

#define MOST_EVENTS 1000000000

#define NONE (-1) /* in place of a country's number */

/* Room for the longest line, twice over. */
#define LINE 2048
#define BUFFER 65536

/* -------------------------------------------------------- random numbers */

/* splitmix64 */
static uint64_t draw(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* One of 0 .. limit - 1. */
static int below(uint64_t *state, int limit) {
  return (int)(((draw(state) >> 32) * (uint64_t)limit) >> 32);
}

static bool percent(uint64_t *state, int chance) {
  return below(state, 100) < chance;
}

/* The state to draw what is numbered `number` from. */
static uint64_t seeded(uint64_t seed, uint64_t salt, uint64_t number) {
  uint64_t state = seed ^ (salt << 56) ^ (number + 1);
  return draw(&state);
}

/* The one of `count` things whose share a number falls into; upto[i] is the
** sum of the shares of 0 .. i. */
static int pick(uint64_t *state, const int *upto, int count) {
  int number = below(state, upto[count - 1]);
  int low = 0, high = count - 1;
  while (low < high) {
    int middle = (low + high) / 2;
    if (number < upto[middle])
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* ---------------------------------------------------------------- writing */

static char *put_bytes(char *at, const char *bytes, size_t length) {
  memcpy(at, bytes, length);
  return at + length;
}

static char *put(char *at, const char *text) {
  return put_bytes(at, text, strlen(text));
}

/* A number with at least `width` digits. */
static char *put_padded(char *at, uint64_t number, int width) {
  char digits[20];
  int count = 0;
  while (number > 0 || count < width) {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  }
  while (count > 0)
    *at++ = digits[--count];
  return at;
}

static char *put_number(char *at, uint64_t number) {
  return put_padded(at, number, 1);
}

/* part / whole with at most `digits` digits, cut off there, no zeros behind. */
static char *put_ratio(char *at, int64_t part, int64_t whole, int digits) {
  if (part < 0) {
    *at++ = '-';
    part = -part;
  }
  char *start = at;
  at = put_number(at, (uint64_t)(part / whole));
  int64_t left = part % whole;
  if (left == 0)
    return at;
  digits -= (int)(at - start);
  *at++ = '.';
  for (; left > 0 && digits > 0; left %= whole, digits--) {
    left *= 10;
    *at++ = (char)('0' + left / whole);
  }
  while (at[-1] == '0')
    at--;
  return at;
}

static char *put_tabs(char *at, int count) {
  memset(at, '\t', (size_t)count);
  return at + count;
}

/* ------------------------------------------------------------------- days */

typedef struct Date {
  int year, month, day;
} Date;

/* The date of a day since 1970-01-01: years begin in March here, and 400 of
** them have 146097 days. */
static Date date_of(int day) {
  int since = day + 719468; /* 0000-03-01 */
  int era = since / 146097, of_era = since % 146097;
  int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int of_year = of_era - (365 * year + year / 4 - year / 100);
  int march = (5 * of_year + 2) / 153;
  Date date;
  date.day = of_year - (153 * march + 2) / 5 + 1;
  date.month = march < 10 ? march + 3 : march - 9;
  date.year = era * 400 + year + (date.month <= 2);
  return date;
}

/* 20190704, with what stands between the parts. */
static char *put_date(char *at, Date date, const char *between) {
  at = put_padded(at, (uint64_t)date.year, 4);
  at = put(at, between);
  at = put_padded(at, (uint64_t)date.month, 2);
  at = put(at, between);
  return put_padded(at, (uint64_t)date.day, 2);
}

/* ----------------------------------------------------------------- places */

#define LONGEST_PLACE 128

/* Type, full name, country, first division, latitude, longitude, feature. */
typedef struct Place {
  char columns[LONGEST_PLACE];
  size_t length;
} Place;

/* What stands where a place is not known. */
static const char no_place[] = "0\t\t\t\t\t\t";

/* "SOUTH KOREA" as "South Korea". */
static char *put_title(char *at, const char *name) {
  for (const char *c = name; *c != '\0'; c++)
    *at++ = c == name || c[-1] == ' ' || *c < 'A' ? *c : (char)(*c + 'a' - 'A');
  return at;
}

static char *put_invented(char *at, uint64_t *state, int parts) {
  char *start = at;
  while (parts-- > 0)
    at = put(at, syllables[below(state, COUNT(syllables))]);
  *start = (char)(*start - 'a' + 'A');
  return at;
}

/* The country itself is its place 0; the others are cities. */
static void make_place(Place *place, const Country *country, int number) {
  char *at = place->columns;
  uint64_t in_series = (uint64_t)(country - countries) * 1000;
  uint64_t state = seeded(0, 'P', in_series + (uint64_t)number);
  bool american = strcmp(country->fips, "US") == 0;
  int division = 1 + below(&state, 30);
  int64_t latitude = (int64_t)country->latitude * 10000;
  int64_t longitude = (int64_t)country->longitude * 10000;
  at = put(at, number == 0 ? "1\t" : american ? "3\t" : "4\t");
  if (number > 0) {
    uint64_t of_division = seeded(0, 'D', in_series + (uint64_t)division);
    at = put_invented(at, &state, 2 + below(&state, 2));
    at = put(at, ", ");
    at = put_invented(at, &of_division, 3);
    at = put(at, ", ");
    latitude += below(&state, 40000) - 20000;
    longitude += below(&state, 40000) - 20000;
  }
  at = put_title(at, country->name);
  at = put(at, "\t");
  at = put(at, country->fips);
  at = put(at, "\t");
  at = put(at, country->fips);
  if (number > 0)
    at = put_padded(at, (uint64_t)division, 2);
  at = put(at, "\t");
  at = put_ratio(at, latitude, 10000, 9);
  at = put(at, "\t");
  at = put_ratio(at, longitude, 10000, 9);
  at = put(at, "\t");
  if (number == 0)
    at = put(at, country->fips);
  else
    at = put_number(put(at, american ? "" : "-"),
                    100000 + (uint64_t)below(&state, 3000000));
  place->length = (size_t)(at - place->columns);
}

/* ------------------------------------------------------------------ world */

typedef struct World {
  uint64_t seed;
  int64_t spread;
  int country_upto[COUNTRIES], code_upto[CODES];
  int first_place[COUNTRIES + 1]; /* those of a country lie side by side */
  Place *places;
} World;

static void make_world(World *world, uint64_t seed, int64_t spread) {
  int sum = 0, places = 0;
  world->seed = seed;
  world->spread = spread;
  for (int i = 0; i < COUNTRIES; i++)
    world->country_upto[i] = sum += 1000000 / (i + 1);
  sum = 0;
  for (int i = 0; i < CODES; i++)
    world->code_upto[i] = sum += (int)codes[i].weight;
  for (int i = 0; i < COUNTRIES; i++) {
    world->first_place[i] = places;
    if (countries[i].fips[0] != '\0')
      places += 2 + 700 / (i + 3);
  }
  world->first_place[COUNTRIES] = places;
  world->places = malloc((size_t)places * sizeof *world->places);
  if (world->places == NULL) {
    fputs("generate: out of memory\n", stderr);
    exit(1);
  }
  for (int i = 0; i < COUNTRIES; i++)
    for (int k = world->first_place[i]; k < world->first_place[i + 1]; k++)
      make_place(&world->places[k], &countries[i], k - world->first_place[i]);
}

/* A place of a country, which is NONE where it is not known. */
static char *put_place(char *at, const World *world, uint64_t *state,
                       int country) {
  int first = country == NONE ? 0 : world->first_place[country];
  int count = country == NONE ? 0 : world->first_place[country + 1] - first;
  if (count == 0)
    return put(at, no_place);
  /* those in front come more often */
  int number = below(state, 1 + below(state, count));
  const Place *place = &world->places[first + number];
  return put_bytes(at, place->columns, place->length);
}

/* --------------------------------------------------------------- articles */

typedef struct Article {
  uint64_t number;
  int day;
} Article;

/* Where an event is told: one of the last sixteen, three events to each. */
static Article article_of(const World *world, uint64_t *state, int64_t event) {
  Article article;
  int64_t number = event / 3 - below(state, 16);
  number = number > 0 ? number : 0;
  article.number = (uint64_t)number;
  article.day = FIRST_DAY + (int)(number * 3 * DAYS / world->spread);
  return article;
}

/* 80 to 110 bytes. */
static char *put_url(char *at, const World *world, const Article *article) {
  uint64_t state = seeded(world->seed, 'U', article->number);
  char *enough = at + 71 + below(&state, 18);
  at = put(at, "http://www.");
  at = put(at, outlets[below(&state, COUNT(outlets))]);
  at = put(at, "/");
  at = put(at, desks[below(&state, COUNT(desks))]);
  at = put(at, "/");
  at = put_date(at, date_of(article->day), "/");
  at = put(at, "/");
  while (at < enough) {
    at = put(at, words[below(&state, COUNT(words))]);
    at = put(at, "-");
  }
  return put_padded(at, article->number, 9);
}

/* Of a hundred words, how many more are kind than unkind. */
static char *put_tone(char *at, const World *world, const Article *article) {
  uint64_t state = seeded(world->seed, 'T', article->number);
  int length = 60 + below(&state, 1200);
  int most = length / 9;
  if (percent(&state, 2))
    return at;
  int surplus = below(&state, most + 1) + below(&state, most + 1) - most;
  surplus -= length / 40;
  return put_ratio(at, (int64_t)surplus * 100, length, 15);
}

/* ----------------------------------------------------------------- actors */

/* Code, name, country, known group, ethnic group, two religions, three types.
 */
#define ACTOR_COLUMNS 10

/* The first three letters of a sector are a type, the next three another. */
static char *put_types(char *at, const char *sector) {
  for (int type = 0; type < 3; type++) {
    if (type > 0)
      *at++ = '\t';
    if (*sector != '\0') {
      at = put_bytes(at, sector, 3);
      sector += 3;
    }
  }
  return at;
}

static char *put_actor(char *at, uint64_t *state, int country) {
  const char *code = country == NONE ? "" : countries[country].code;
  const Sector *sector = NULL;
  if (country == NONE)
    sector = &stateless[below(state, 1 + below(state, COUNT(stateless)))];
  else if (percent(state, 40))
    sector = &sectors[below(state, 1 + below(state, COUNT(sectors)))];
  at = put(at, code);
  at = put(at, sector != NULL ? sector->code : "");
  *at++ = '\t';
  at = put(at, sector != NULL ? sector->name : countries[country].name);
  *at++ = '\t';
  at = put(at, code);
  at = put_tabs(at, 5);
  return put_types(at, sector != NULL ? sector->code : "");
}

/* ------------------------------------------------------------------ events */

static int quad_of(const char *code) {
  int root = (code[0] - '0') * 10 + code[1] - '0';
  return root <= 5 ? 1 : root <= 8 ? 2 : root <= 13 ? 3 : 4;
}

static Date event_date(uint64_t *state, int day) {
  int late = below(state, 1000);
  int before = late < 860   ? 0
               : late < 930 ? 1
               : late < 960 ? 7
               : late < 985 ? 30
               : late < 998 ? 365
                            : 3652;
  return date_of(day - before);
}

/* In ten thousandths, as GDELT has it: months of 30 days in a year of 365. */
static uint64_t part_of_year(Date date) {
  int day = (date.month - 1) * 30 + date.day;
  return (uint64_t)(day * 10000 / 365);
}

/* Its code and the two above it, quad class, Goldstein scale. */
static char *put_code(char *at, const World *world, uint64_t *state) {
  const Code *event = &codes[pick(state, world->code_upto, CODES)];
  at = put(at, event->code);
  *at++ = '\t';
  at = put_bytes(at, event->code, 3);
  *at++ = '\t';
  at = put_bytes(at, event->code, 2);
  *at++ = '\t';
  at = put_number(at, (uint64_t)quad_of(event->code));
  *at++ = '\t';
  return put_ratio(at, event->goldstein, 10, 3);
}

/* Mentions, sources, articles. */
static char *put_mentions(char *at, uint64_t *state) {
  int sources = percent(state, 80) ? 1 : 1 + below(state, 1 + below(state, 30));
  int articles = sources * (1 + below(state, 10));
  int mentions = articles + below(state, 1 + articles / 4);
  at = put_number(at, (uint64_t)mentions);
  *at++ = '\t';
  at = put_number(at, (uint64_t)sources);
  *at++ = '\t';
  return put_number(at, (uint64_t)articles);
}

static char *put_event(char *at, const World *world, int64_t event) {
  uint64_t draws = seeded(world->seed, 'E', (uint64_t)event);
  uint64_t *state = &draws;
  Article article = article_of(world, state, event);
  Date date = event_date(state, article.day);
  int one = pick(state, world->country_upto, COUNTRIES);
  /* much of the news is a country's own */
  int two =
      percent(state, 35) ? one : pick(state, world->country_upto, COUNTRIES);
  int country1 = percent(state, 8) ? NONE : one;
  int country2 = percent(state, 8) ? NONE : two;
  bool has_second = !percent(state, 10);
  bool has_first = !has_second || !percent(state, 4);

  at = put_number(at, (uint64_t)(FIRST_ID + event * 2) + (draw(state) & 1));
  *at++ = '\t';
  at = put_date(at, date, "");
  *at++ = '\t';
  at = put_number(at, (uint64_t)date.year * 100 + (uint64_t)date.month);
  *at++ = '\t';
  at = put_number(at, (uint64_t)date.year);
  *at++ = '\t';
  at = put_number(at, (uint64_t)date.year);
  *at++ = '.';
  at = put_padded(at, part_of_year(date), 4);
  *at++ = '\t';
  at = has_first ? put_actor(at, state, country1)
                 : put_tabs(at, ACTOR_COLUMNS - 1);
  *at++ = '\t';
  at = has_second ? put_actor(at, state, country2)
                  : put_tabs(at, ACTOR_COLUMNS - 1);
  *at++ = '\t';
  *at++ = percent(state, 55) ? '1' : '0';
  *at++ = '\t';
  at = put_code(at, world, state);
  *at++ = '\t';
  at = put_mentions(at, state);
  *at++ = '\t';
  at = put_tone(at, world, &article);
  *at++ = '\t';
  at = put_place(at, world, state, has_first ? one : NONE);
  *at++ = '\t';
  at = put_place(at, world, state, has_second ? two : NONE);
  *at++ = '\t';
  at = put_place(at, world, state, percent(state, 3) ? NONE : one);
  *at++ = '\t';
  at = put_date(at, date_of(article.day), "");
  *at++ = '\t';
  at = put_url(at, world, &article);
  *at++ = '\n';
  return at;
}

/* -------------------------------------------------------------------- main */

/* The number that a text is, or `absent` where there is none. */
static int64_t number_of(const char *text, int64_t absent) {
  char *end;
  if (text == NULL)
    return absent;
  errno = 0;
  int64_t number = strtoll(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || number < 0 ||
      number > MOST_EVENTS) {
    fprintf(stderr, "generate: %s is no number of 0 to %d\n", text,
            MOST_EVENTS);
    exit(2);
  }
  return number;
}

static bool flush(const char *buffer, const char *end) {
  size_t length = (size_t)(end - buffer);
  return fwrite(buffer, 1, length, stdout) == length;
}

int main(int argc, char **argv) {
  static const char usage[] = "usage: generate ROWS [SKIP [SPREAD [SEED]]]\n";
  char buffer[BUFFER + LINE];
  char *at = buffer;
  World world;
  if (argc < 2 || argc > 5) {
    fputs(usage, stderr);
    return 2;
  }
  int64_t rows = number_of(argv[1], 0);
  int64_t skip = number_of(argc > 2 ? argv[2] : NULL, 0);
  int64_t spread = number_of(argc > 3 ? argv[3] : NULL, skip + rows);
  int64_t seed = number_of(argc > 4 ? argv[4] : NULL, 2019);
  make_world(&world, (uint64_t)seed, spread > 0 ? spread : 1);
  bool good = true;
  for (int64_t event = skip; good && event < skip + rows; event++) {
    at = put_event(at, &world, event);
    if (at - buffer >= BUFFER) {
      good = flush(buffer, at);
      at = buffer;
    }
  }
  good = good && flush(buffer, at) && fflush(stdout) == 0;
  if (!good)
    perror("generate");
  free(world.places);
  return good ? 0 : 1;
}
