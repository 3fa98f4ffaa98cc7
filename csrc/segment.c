/*
** segment.c - values of one field packed into bytes, and asked there.
*/
#include "segment.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "brief.h"
#include "bytes.h"
#include "months.h"
#include "narrow.h"

/* Twice the rows, so that a value is found after a look or two. */
#define PLACES (2 * DU_SEGMENT_ROWS)
/* More distinct numbers than this are kept as they are. */
#define FEW_NUMBERS 6144

#define MAGIC 0x44755301u /* "DuS", and the version */

/* Integers that lie closer together are told apart by a table of all between
** them. */
#define RANGE 65536

/* How the bytes say what is read of them: without any, as it is in memory. The
** first two tell of the numbers of the rows' values, in the forms that have
** any, the third of the values. */
enum {
  RISING = 1 << 0, /* nothing: each row has its own value, in their order */
  NARROW = 1 << 1, /* in as few bits as they need (narrow.h) */
  STEPS = 1 << 2,  /* integers by their steps, and numbers that are decimals */
  BRIEF = 1 << 3,  /* texts by how they end (brief.h) */
  FLAGS = RISING | NARROW | STEPS | BRIEF,
  DECIMALS = 1 << 4 /* times so many digits behind the point */
};

/* The most of these digits, and what numbers are then multiplied by. */
#define MOST_DECIMALS 6
static const double powers[MOST_DECIMALS + 1] = {1,   1e1, 1e2, 1e3,
                                                 1e4, 1e5, 1e6};

/* A text, or the text and days of a date. */
typedef struct Value {
  int32_t days[2];
  uint32_t offset, length; /* of its text */
} Value;

typedef struct Header {
  uint32_t magic;
  uint8_t type, form, missing, coding;
  uint32_t rows, values, text_bytes;
  uint32_t sum; /* of all bytes, these being 0 */
} Header;

/* Texts and dates are told apart as they are added, since what repeats wants no
** room; integers and numbers all at once at the end, in memory that is used for
** one field after the other. */
struct DuPacking {
  DuSegmentType type;
  uint32_t rows, values, text_bytes;
  uint32_t missing;  /* how many rows have no value */
  uint32_t followed; /* how many rows follow the one before, from 0 on */
  uint16_t last;     /* the value of a text or date that was added last, or
                     ** MISSING */
  bool fresh;        /* the last row brought a new value */
  bool bounded;      /* these are known, of integers that were packed: */
  int64_t least, most;
  uint16_t numbers[DU_SEGMENT_ROWS + 1]; /* by row; MISSING: none. Of integers
                                            and numbers only that, till the
                                            end */
  union {
    int64_t plain[DU_SEGMENT_ROWS]; /* integers, and the bits of numbers */
    struct {
      uint16_t places[PLACES];         /* number of a value + 1, by its hash */
      uint16_t taken[DU_SEGMENT_ROWS]; /* the place of each value */
      Value values[DU_SEGMENT_ROWS];
      char bytes[DU_SEGMENT_TEXT_ROOM];
    } texts;
  } of;
};

#define MISSING UINT16_MAX

/* What the end of a packing needs besides: the distinct values of integers and
** numbers, and the order of all. */
typedef struct Sorting {
  int64_t values[DU_SEGMENT_ROWS];
  union {
    uint16_t places[RANGE]; /* by hash only the first PLACES */
    int64_t sorted[DU_SEGMENT_ROWS];
    DuStretch texts[DU_SEGMENT_ROWS];
  };
  uint16_t order[DU_SEGMENT_ROWS], rank[DU_SEGMENT_ROWS + 1];
} Sorting;

static bool has_texts(DuSegmentType type) {
  return type == DU_SEGMENT_TEXTS || type == DU_SEGMENT_DATES;
}

size_t du_packing_size(DuSegmentType type) {
  return has_texts(type) ? sizeof(DuPacking)
                         : offsetof(DuPacking, of) +
                               sizeof(int64_t) * (size_t)DU_SEGMENT_ROWS;
}

/* Of the bytes packed: a multiple of 8, as what comes behind them is aligned
** to. */
static size_t packed_room(void) {
  return (sizeof(Header) + (size_t)DU_SEGMENT_ROWS * (2 + 8 + 4) +
          DU_SEGMENT_TEXT_ROOM + 64) /
         8 * 8;
}

size_t du_packing_room(void) {
  return packed_room() + sizeof(Sorting);
}

uint32_t du_packing_rows(const DuPacking *packing) {
  return packing->rows;
}

void du_packing_begin(DuPacking *packing, DuSegmentType type) {
  packing->type = type;
  packing->rows = packing->values = packing->text_bytes = 0;
  packing->missing = packing->followed = 0;
  packing->fresh = packing->bounded = false;
  packing->last = MISSING;
  if (has_texts(type))
    memset(packing->of.texts.places, 0, sizeof packing->of.texts.places);
}

/* ------------------------------------------------------------------- adding */

/* Of a number, the last bits may be all that there is, or the first. */
static uint32_t place_of(uint64_t bits) {
  bits = (bits ^ bits >> 32) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(bits >> 40) % PLACES;
}

static uint64_t bits_of_text(const char *text, size_t length) {
  DuKey key;
  if (length > DU_KEY_BYTES)
    return du_bytes_hash(text, length);
  key = du_bytes_key(text, length);
  return du_key_hash(&key);
}

static bool same_days(const Value *a, const Value *b) {
  return a->days[0] == b->days[0] && a->days[1] == b->days[1];
}

static inline bool is_value(const DuPacking *packing, uint16_t number,
                            const Value *value, const char *text) {
  const Value *other = &packing->of.texts.values[number];
  return other->length == value->length && same_days(other, value) &&
         du_bytes_same(packing->of.texts.bytes + other->offset, text,
                       value->length);
}

/* Has the last row that has one this value? As often as not, it has. */
static inline bool is_repeated(const DuPacking *packing, const Value *value,
                               const char *text) {
  return packing->last != MISSING &&
         is_value(packing, packing->last, value, text);
}

/* Adds a row with a value that there is. */
static inline bool add_known(DuPacking *packing, uint16_t number) {
  packing->numbers[packing->rows++] = number;
  packing->last = number;
  return true;
}

/* Adds a row with a value that there is not yet, of which this is the place. */
static bool add_fresh(DuPacking *packing, Value value, const char *text,
                      uint32_t place) {
  uint16_t number = (uint16_t)packing->values;
  if (value.length > DU_SEGMENT_TEXT_ROOM - packing->text_bytes)
    return false;
  value.offset = packing->text_bytes;
  memcpy(packing->of.texts.bytes + value.offset, text, value.length);
  packing->text_bytes += value.length;
  packing->of.texts.values[number] = value;
  packing->of.texts.taken[number] = (uint16_t)place;
  packing->of.texts.places[place] = (uint16_t)++packing->values;
  packing->fresh = true;
  return add_known(packing, number);
}

/* Adds a row with this value, whose text is at `text`. */
static bool add_text(DuPacking *packing, Value value, const char *text) {
  const uint16_t *places = packing->of.texts.places;
  uint32_t place;
  if (packing->rows == DU_SEGMENT_ROWS)
    return false;
  packing->fresh = false;
  if (is_repeated(packing, &value, text))
    return add_known(packing, packing->last);
  place = place_of(bits_of_text(text, value.length));
  for (; places[place] != 0; place = (place + 1) % PLACES)
    if (is_value(packing, (uint16_t)(places[place] - 1), &value, text))
      return add_known(packing, (uint16_t)(places[place] - 1));
  return add_fresh(packing, value, text, place);
}

/* Adds a row with an integer, or the bits of a number. */
static bool add_plain(DuPacking *packing, int64_t bits) {
  if (packing->rows == DU_SEGMENT_ROWS)
    return false;
  packing->numbers[packing->rows] = 0;
  packing->of.plain[packing->rows++] = bits;
  return true;
}

bool du_packing_nulls(DuPacking *packing, uint32_t count) {
  if (count > DU_SEGMENT_ROWS - packing->rows)
    return false;
  packing->missing += count;
  packing->fresh = false;
  memset(packing->numbers + packing->rows, 0xff, /* MISSING */
         count * sizeof *packing->numbers);
  packing->rows += count;
  return true;
}

/* Is it the next one after those of all rows so far? */
static bool follows(const DuPacking *packing, int64_t integer) {
  int64_t first = packing->of.plain[0];
  return packing->rows == 0 ||
         (packing->followed == packing->rows && integer > first &&
          (uint64_t)integer - (uint64_t)first == packing->rows);
}

bool du_packing_integer(DuPacking *packing, int64_t integer) {
  bool next = follows(packing, integer);
  if (!add_plain(packing, integer))
    return false;
  packing->followed += next;
  return true;
}

bool du_packing_number(DuPacking *packing, double number) {
  int64_t bits;
  number += 0.0; /* -0.0 is 0.0 */
  memcpy(&bits, &number, sizeof bits);
  return add_plain(packing, bits);
}

bool du_packing_text(DuPacking *packing, const char *text, size_t length) {
  Value value = {{0, 0}, 0, (uint32_t)length};
  return length <= DU_SEGMENT_TEXT_ROOM && add_text(packing, value, text);
}

bool du_packing_repeats(const DuPacking *packing, const char *text,
                        size_t length) {
  Value value = {{0, 0}, 0, (uint32_t)length};
  return length <= DU_SEGMENT_TEXT_ROOM && is_repeated(packing, &value, text);
}

bool du_packing_date(DuPacking *packing, const char *text, size_t length,
                     int first, int last) {
  Value value = {{first, last}, 0, (uint32_t)length};
  return length <= DU_SEGMENT_TEXT_ROOM && add_text(packing, value, text);
}

bool du_packing_known(DuPacking *packing, int number) {
  if (packing->rows == DU_SEGMENT_ROWS)
    return false;
  packing->fresh = false;
  return add_known(packing, (uint16_t)number);
}

int du_packing_last(const DuPacking *packing) {
  return packing->last == MISSING ? -1 : packing->last;
}

void du_packing_undo(DuPacking *packing) {
  packing->rows--;
  packing->missing -= packing->numbers[packing->rows] == MISSING;
  if (packing->followed > packing->rows)
    packing->followed = packing->rows;
  if (packing->fresh) { /* the last value is the last in its chain */
    packing->values--;
    packing->of.texts.places[packing->of.texts.taken[packing->values]] = 0;
    packing->text_bytes = packing->of.texts.values[packing->values].offset;
    packing->fresh = false;
    packing->last = MISSING;
  }
}

/* ----------------------------------------------------- values in their order
 */

static double number_of(int64_t bits) {
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

static int compare_texts(const DuPacking *packing, const Value *a,
                         const Value *b) {
  return du_bytes_order(packing->of.texts.bytes + a->offset, a->length,
                        packing->of.texts.bytes + b->offset, b->length);
}

static inline bool is_before(const DuPacking *packing, const Sorting *sorting,
                             DuSegmentType type, uint16_t x, uint16_t y) {
  const Value *a = &packing->of.texts.values[x];
  const Value *b = &packing->of.texts.values[y];
  switch (type) {
  case DU_SEGMENT_INTEGERS:
    return sorting->values[x] < sorting->values[y];
  case DU_SEGMENT_NUMBERS:
    return number_of(sorting->values[x]) < number_of(sorting->values[y]);
  case DU_SEGMENT_DATES:
    if (a->days[0] != b->days[0])
      return a->days[0] < b->days[0];
    if (a->days[1] != b->days[1])
      return a->days[1] < b->days[1];
    return compare_texts(packing, a, b) < 0;
  default:
    return compare_texts(packing, a, b) < 0;
  }
}

/* Sorts the numbers of values by their values: merges runs, with the ranks as
** the other half of the memory. Made once for each type, so that no comparison
** has to ask for it. */
static inline void sort_as(const DuPacking *packing, Sorting *sorting,
                           DuSegmentType type) {
  uint16_t *from = sorting->order, *to = sorting->rank;
  uint32_t n = packing->values;
  bool sorted = true; /* as ids are */
  for (uint32_t i = 0; i < n; i++) {
    from[i] = (uint16_t)i;
    sorted = sorted && (i == 0 || is_before(packing, sorting, type,
                                            (uint16_t)(i - 1), (uint16_t)i));
  }
  for (uint32_t run = sorted ? n : 1; run < n; run *= 2) {
    for (uint32_t start = 0; start < n; start += 2 * run) {
      uint32_t a = start, b = start + run < n ? start + run : n;
      uint32_t middle = b, end = start + 2 * run < n ? start + 2 * run : n;
      for (uint32_t i = start; i < end; i++)
        to[i] = a < middle && (b == end || !is_before(packing, sorting, type,
                                                      from[b], from[a]))
                    ? from[a++]
                    : from[b++];
    }
    uint16_t *other = from;
    from = to;
    to = other;
  }
  if (from != sorting->order)
    memcpy(sorting->order, from, n * sizeof *from);
  for (uint32_t i = 0; i < n; i++)
    sorting->rank[sorting->order[i]] = (uint16_t)i;
}

static void sort_values(const DuPacking *packing, Sorting *sorting) {
  switch (packing->type) {
  case DU_SEGMENT_INTEGERS:
    sort_as(packing, sorting, DU_SEGMENT_INTEGERS);
    break;
  case DU_SEGMENT_NUMBERS:
    sort_as(packing, sorting, DU_SEGMENT_NUMBERS);
    break;
  case DU_SEGMENT_DATES:
    sort_as(packing, sorting, DU_SEGMENT_DATES);
    break;
  case DU_SEGMENT_TEXTS:
    sort_as(packing, sorting, DU_SEGMENT_TEXTS);
    break;
  }
}

/* Numbers the distinct integers by their place in the range from the least on,
** which is their order. */
static void number_range(DuPacking *packing, Sorting *sorting, int64_t least,
                         int64_t most) {
  uint16_t *places = sorting->places;
  uint32_t range = (uint32_t)(most - least) + 1;
  memset(places, 0, range * sizeof *places);
  for (uint32_t i = 0; i < packing->rows; i++)
    if (packing->numbers[i] != MISSING)
      places[packing->of.plain[i] - least] = 1;
  packing->values = 0;
  for (uint32_t i = 0; i < range; i++)
    if (places[i]) {
      sorting->values[packing->values] = least + i;
      places[i] = (uint16_t)packing->values++;
    }
  for (uint32_t i = 0; i < packing->rows; i++)
    if (packing->numbers[i] != MISSING)
      packing->numbers[i] = places[packing->of.plain[i] - least];
  for (uint32_t i = 0; i < packing->values; i++)
    sorting->order[i] = sorting->rank[i] = (uint16_t)i;
}

/* Numbers the distinct ones, up to so many; there may then be one more. Numbers
** are told apart by their bits, so that 0.0 is not -0.0. */
static void number_plain(DuPacking *packing, Sorting *sorting, uint32_t most) {
  uint16_t *places = sorting->places;
  uint16_t last = MISSING;
  memset(places, 0, (size_t)PLACES * sizeof *places);
  packing->values = 0;
  for (uint32_t i = 0; i < packing->rows && packing->values <= most; i++) {
    int64_t bits = packing->of.plain[i];
    uint32_t place;
    if (packing->numbers[i] == MISSING)
      continue;
    if (last == MISSING || sorting->values[last] != bits) {
      place = place_of((uint64_t)bits);
      while (places[place] != 0 && sorting->values[places[place] - 1] != bits)
        place = (place + 1) % PLACES;
      if (places[place] == 0) {
        sorting->values[packing->values] = bits;
        places[place] = (uint16_t)++packing->values;
      }
      last = (uint16_t)(places[place] - 1);
    }
    packing->numbers[i] = last;
  }
}

/* The least and the most of the integers, or days; false where there is none.
 */
static bool bounds_of(const DuPacking *packing, int64_t *least, int64_t *most) {
  *least = INT64_MAX;
  *most = INT64_MIN;
  if (packing->missing == packing->rows)
    return false;
  if (packing->type == DU_SEGMENT_INTEGERS)
    for (uint32_t i = 0; i < packing->rows; i++) {
      int64_t value = packing->of.plain[i];
      if (packing->numbers[i] == MISSING)
        continue;
      *least = value < *least ? value : *least;
      *most = value > *most ? value : *most;
    }
  else
    for (uint32_t i = 0; i < packing->values; i++) {
      const Value *value = &packing->of.texts.values[i];
      *least = value->days[0] < *least ? value->days[0] : *least;
      *most = value->days[1] > *most ? value->days[1] : *most;
    }
  return true;
}

bool du_packing_bounds(const DuPacking *packing, int64_t *least,
                       int64_t *most) {
  if (packing->bounded) {
    *least = packing->least;
    *most = packing->most;
    return true;
  }
  return (packing->type == DU_SEGMENT_INTEGERS ||
          packing->type == DU_SEGMENT_DATES) &&
         bounds_of(packing, least, most);
}

size_t du_packing_months(const DuPacking *packing, unsigned char *months) {
  const Value *values = packing->of.texts.values;
  int64_t least, most;
  size_t size = 0;
  if (packing->type == DU_SEGMENT_DATES && bounds_of(packing, &least, &most))
    size = du_months_size(least, most);
  memset(months, 0, size);
  for (uint32_t i = 0; size > 0 && i < packing->values; i++)
    du_months_add(months, least, values[i].days[0], values[i].days[1]);
  return size;
}

/* Puts the distinct values in their order, unless there are too many numbers
** for that to be of use. */
static void order_values(DuPacking *packing, Sorting *sorting) {
  if (packing->type == DU_SEGMENT_INTEGERS)
    packing->bounded = bounds_of(packing, &packing->least, &packing->most);
  if (packing->bounded &&
      (uint64_t)packing->most - (uint64_t)packing->least < RANGE) {
    number_range(packing, sorting, packing->least, packing->most);
    return;
  }
  if (!has_texts(packing->type))
    number_plain(packing, sorting,
                 packing->type == DU_SEGMENT_NUMBERS ? FEW_NUMBERS
                                                     : DU_SEGMENT_ROWS);
  if (packing->type != DU_SEGMENT_NUMBERS || packing->values <= FEW_NUMBERS)
    sort_values(packing, sorting);
}

/* ------------------------------------------------------------------ packing */

/* Fills up to the next multiple of 8. */
static unsigned char *aligned(unsigned char *at) {
  size_t padding = (8 - (uintptr_t)at % 8) % 8;
  memset(at, 0, padding);
  return at + padding;
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t size) {
  memcpy(at, bytes, size);
  return at + size;
}

static DuSegmentForm form_of(const DuPacking *packing) {
  uint32_t domain = packing->values + (packing->missing > 0);
  if (domain <= 1)
    return DU_SEGMENT_SAME;
  if (packing->type == DU_SEGMENT_NUMBERS && packing->values > FEW_NUMBERS)
    return DU_SEGMENT_PLAIN;
  return domain <= 256 ? DU_SEGMENT_BYTES : DU_SEGMENT_WORDS;
}

/* By row the numbers themselves. */
static unsigned char *put_plain(const DuPacking *packing, unsigned char *at) {
  for (uint32_t i = 0; i < packing->rows; i++) {
    double value =
        packing->numbers[i] == MISSING ? NAN : number_of(packing->of.plain[i]);
    at = put(at, &value, sizeof value);
  }
  return at;
}

/* The number of a row's value among the sorted ones. */
static uint16_t rank_of(const DuPacking *packing, const Sorting *sorting,
                        uint32_t row) {
  uint16_t number = packing->numbers[row];
  return number == MISSING ? (uint16_t)packing->values : sorting->rank[number];
}

/* Has each row its own value, in their order? */
static bool is_rising(const DuPacking *packing, const Sorting *sorting) {
  bool rising = packing->values == packing->rows;
  for (uint32_t i = 0; i < packing->rows && rising; i++)
    rising = rank_of(packing, sorting, i) == i;
  return rising;
}

static unsigned char *put_narrow(const DuPacking *packing,
                                 const Sorting *sorting, unsigned bits,
                                 unsigned char *at) {
  uint32_t rows = packing->rows;
  for (uint32_t block = 0; block < rows; block += DU_NARROW_BLOCK) {
    uint16_t ranks[DU_NARROW_BLOCK] = {0};
    uint32_t count = rows - block;
    count = count < DU_NARROW_BLOCK ? count : DU_NARROW_BLOCK;
    for (uint32_t i = 0; i < count; i++)
      ranks[i] = rank_of(packing, sorting, block + i);
    at = du_narrow_pack(ranks, bits, at);
  }
  return at;
}

/* By row the numbers of values. */
static unsigned char *put_rows(const DuPacking *packing, const Sorting *sorting,
                               DuSegmentForm form, uint8_t *coding,
                               unsigned char *at) {
  uint32_t rows = packing->rows;
  uint32_t most = packing->values - (packing->missing == 0);
  unsigned bits = du_narrow_bits(most);
  size_t plain = form == DU_SEGMENT_BYTES ? 1 : sizeof(uint16_t);
  if (is_rising(packing, sorting)) {
    *coding |= RISING;
    return at;
  }
  if (du_narrow_size(rows, bits) < rows * plain) {
    *coding |= NARROW;
    return put_narrow(packing, sorting, bits, at);
  }
  for (uint32_t i = 0; i < rows; i++) {
    uint16_t rank = rank_of(packing, sorting, i);
    if (form == DU_SEGMENT_BYTES)
      *at++ = (unsigned char)rank;
    else
      at = put(at, &rank, sizeof rank);
  }
  return aligned(at);
}

/* The distinct texts in their order, where they are many; NULL where that takes
** no less. */
static unsigned char *put_brief(const DuPacking *packing, Sorting *sorting,
                                unsigned char *at) {
  size_t plain = (packing->values + (size_t)1) * sizeof(uint32_t);
  unsigned char *behind;
  if (packing->values < DU_BRIEF_LEAST)
    return NULL;
  for (uint32_t i = 0; i < packing->values; i++) {
    const Value *value = &packing->of.texts.values[sorting->order[i]];
    sorting->texts[i].offset = value->offset;
    sorting->texts[i].length = value->length;
  }
  behind = du_brief_pack(packing->of.texts.bytes, sorting->texts,
                         packing->values, at);
  if (behind != NULL && (size_t)(behind - at) >= plain + packing->text_bytes)
    return NULL;
  return behind;
}

/* The distinct texts in their order, behind where each begins. */
static unsigned char *put_texts(const DuPacking *packing,
                                const Sorting *sorting, unsigned char *at) {
  const Value *values = packing->of.texts.values;
  uint32_t offset = 0;
  for (uint32_t i = 0; i < packing->values; i++) {
    at = put(at, &offset, 4);
    offset += values[sorting->order[i]].length;
  }
  at = put(at, &offset, 4);
  at = aligned(at);
  for (uint32_t i = 0; i < packing->values; i++) {
    const Value *value = &values[sorting->order[i]];
    at = put(at, packing->of.texts.bytes + value->offset, value->length);
  }
  return aligned(at);
}

/* Is a number this integer divided by the power of ten? */
static bool is_decimal(double number, double power, int64_t *integer) {
  const double most = 9007199254740992.0; /* up to there all integers are */
  double scaled = number * power, back;
  if (!(scaled > -most && scaled < most))
    return false;
  *integer = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  back = (double)*integer / power;
  return !(back < number) && !(back > number);
}

/* The sorted values, where they are decimals of so many digits behind the
** point. */
static bool sort_decimals(const DuPacking *packing, Sorting *sorting,
                          int decimals) {
  bool are = true;
  for (uint32_t i = 0; i < packing->values && are; i++)
    are = is_decimal(number_of(sorting->values[sorting->order[i]]),
                     powers[decimals], &sorting->sorted[i]);
  return are;
}

/* The integers by whose steps the values are packed, sorted; false where there
** are none. */
static bool sort_integers(const DuPacking *packing, Sorting *sorting,
                          uint8_t *coding) {
  int decimals = 0;
  if (packing->values < 2)
    return false;
  if (packing->type == DU_SEGMENT_NUMBERS) {
    while (decimals <= MOST_DECIMALS &&
           !sort_decimals(packing, sorting, decimals))
      decimals++;
    *coding = (uint8_t)(*coding | STEPS | decimals * DECIMALS);
    return decimals <= MOST_DECIMALS;
  }
  for (uint32_t i = 0; i < packing->values; i++)
    sorting->sorted[i] = sorting->values[sorting->order[i]];
  *coding |= STEPS;
  return true;
}

/* Integers, and the bits of numbers. */
static unsigned char *put_integers(const DuPacking *packing, Sorting *sorting,
                                   uint8_t *coding, unsigned char *at) {
  uint8_t plain = *coding;
  unsigned char *behind = NULL;
  if (sort_integers(packing, sorting, coding))
    behind = du_steps_pack(sorting->sorted, packing->values, at,
                           packing->values * sizeof(int64_t));
  if (behind != NULL)
    return behind;
  *coding = plain;
  for (uint32_t i = 0; i < packing->values; i++)
    at = put(at, &sorting->values[sorting->order[i]], sizeof(int64_t));
  return at;
}

/* The distinct values in their order. */
static unsigned char *put_values(const DuPacking *packing, Sorting *sorting,
                                 uint8_t *coding, unsigned char *at) {
  const uint16_t *order = sorting->order;
  unsigned char *behind;
  if (!has_texts(packing->type))
    return put_integers(packing, sorting, coding, at);
  if (packing->type == DU_SEGMENT_DATES)
    for (uint32_t i = 0; i < packing->values; i++)
      at = put(at, packing->of.texts.values[order[i]].days, 8);
  behind = put_brief(packing, sorting, at);
  if (behind == NULL)
    return put_texts(packing, sorting, at);
  *coding |= BRIEF;
  return behind;
}

static inline uint64_t mixed(uint64_t lane, uint64_t word) {
  lane = (lane ^ word) * 0x9e3779b97f4a7c15u;
  return lane ^ lane >> 32;
}

static inline uint64_t stirred(uint64_t sum, uint64_t lane) {
  sum = (sum ^ lane) * 0xff51afd7ed558ccdu;
  return sum ^ sum >> 29;
}

static inline uint64_t word_at(const unsigned char *bytes, size_t i) {
  uint64_t word;
  memcpy(&word, bytes + 8 * i, sizeof word);
  return word;
}

/* Changes with any of the header's bytes but its sum, and of those behind it,
** which are a multiple of 8. No lane waits for another, and in variables of
** their own none waits for memory. */
static uint32_t sum_of(const Header *header, const unsigned char *bytes,
                       size_t size) {
  uint64_t lanes[3], a, b, c, d = 1, sum = size;
  size_t i = 0, count = size / 8;
  Header plain = *header;
  plain.sum = 0;
  memcpy(lanes, &plain, sizeof plain);
  a = lanes[0];
  b = lanes[1];
  c = lanes[2];
  for (; i + 4 <= count; i += 4) {
    a = mixed(a, word_at(bytes, i));
    b = mixed(b, word_at(bytes, i + 1));
    c = mixed(c, word_at(bytes, i + 2));
    d = mixed(d, word_at(bytes, i + 3));
  }
  a = i < count ? mixed(a, word_at(bytes, i)) : a;
  b = i + 1 < count ? mixed(b, word_at(bytes, i + 1)) : b;
  c = i + 2 < count ? mixed(c, word_at(bytes, i + 2)) : c;
  sum = stirred(sum, a);
  sum = stirred(sum, b);
  sum = stirred(sum, c);
  sum = stirred(sum, d);
  return (uint32_t)(sum >> 16);
}

/* Behind the header. Returns the form; *at is then behind the bytes. */
static DuSegmentForm put_all(DuPacking *packing, Sorting *sorting,
                             uint8_t *coding, unsigned char **at) {
  DuSegmentForm form;
  if (packing->rows > 1 && packing->followed == packing->rows) {
    packing->values = 1;
    *at = put(*at, &packing->of.plain[0], 8);
    return DU_SEGMENT_FOLLOWING;
  }
  order_values(packing, sorting);
  form = form_of(packing);
  if (form == DU_SEGMENT_PLAIN) {
    *at = put_plain(packing, *at);
    packing->values = 0;
    return form;
  }
  if (form != DU_SEGMENT_SAME)
    *at = put_rows(packing, sorting, form, coding, *at);
  *at = put_values(packing, sorting, coding, *at);
  return form;
}

size_t du_packing_end(DuPacking *packing, unsigned char *out) {
  Sorting *sorting = (Sorting *)(void *)(out + packed_room());
  unsigned char *at = aligned(out + sizeof(Header));
  uint8_t coding = 0;
  DuSegmentForm form = put_all(packing, sorting, &coding, &at);
  Header header = {
      MAGIC,  (uint8_t)packing->type, (uint8_t)form,   packing->missing > 0,
      coding, packing->rows,          packing->values, packing->text_bytes,
      0};
  header.sum =
      sum_of(&header, out + sizeof header, (size_t)(at - out) - sizeof header);
  put(out, &header, sizeof header);
  return (size_t)(at - out);
}

/* ------------------------------------------------------------------ reading */

/* Bytes that are still to be read, which may begin anywhere, and memory that is
** still to be filled. */
typedef struct Rest {
  const unsigned char *at;
  size_t size;
  unsigned char *room; /* aligned to 8 */
  size_t left;
} Rest;

/* A multiple of 8. */
static size_t padded(size_t size) {
  return (size + 7) / 8 * 8;
}

/* The next `count` things of a size, padded to 8; NULL where there are not so
** many. */
static const void *take(Rest *rest, size_t count, size_t size) {
  const void *start = rest->at;
  size_t bytes;
  if (count > rest->size / size)
    return NULL;
  bytes = padded(count * size); /* the rest is a multiple of 8, too */
  rest->at += bytes;
  rest->size -= bytes;
  return start;
}

/* Memory for them; NULL where there is not so much. */
static void *room_for(Rest *rest, size_t count, size_t size) {
  void *start = rest->room;
  size_t bytes = padded(count * size);
  if (bytes > rest->left)
    return NULL;
  rest->room += bytes;
  rest->left -= bytes;
  return start;
}

/* The next things, as they are, in memory. */
static const void *copy(Rest *rest, size_t count, size_t size) {
  const void *from = take(rest, count, size);
  void *to = from != NULL ? room_for(rest, count, size) : NULL;
  if (to != NULL)
    memcpy(to, from, count * size);
  return to;
}

/* Loops over rows go by blocks of so many, and then one by one: at -O2 gcc
** makes vectors only of a loop whose length it knows, and of arrays that do not
** overlap. So do those that are marked, with what every x86-64 and aarch64 has
** (`make lint` holds gcc to it); a look-up in a table is none there. */
#define BLOCK 16

/* Is a number greater than `most`? */
static bool has_greater_byte(const uint8_t *restrict numbers, uint32_t rows,
                             uint8_t most) {
  uint8_t greater[BLOCK] = {0}, any = 0;
  for (; rows >= BLOCK; rows -= BLOCK, numbers += BLOCK)
    for (uint32_t lane = 0; lane < BLOCK; lane++) /* vectorised */
      greater[lane] |= (uint8_t)(numbers[lane] > most);
  for (uint32_t i = 0; i < rows; i++)
    any |= (uint8_t)(numbers[i] > most);
  for (uint32_t lane = 0; lane < BLOCK; lane++)
    any |= greater[lane];
  return any != 0;
}

static bool has_greater_word(const uint16_t *restrict numbers, uint32_t rows,
                             uint16_t most) {
  uint16_t greater[BLOCK] = {0}, any = 0;
  for (; rows >= BLOCK; rows -= BLOCK, numbers += BLOCK)
    for (uint32_t lane = 0; lane < BLOCK; lane++) /* vectorised */
      greater[lane] |= (uint16_t)(numbers[lane] > most);
  for (uint32_t i = 0; i < rows; i++)
    any |= (uint16_t)(numbers[i] > most);
  for (uint32_t lane = 0; lane < BLOCK; lane++)
    any |= greater[lane];
  return any != 0;
}

/* No row may have a number that no value has. */
static bool check_numbers(const DuSegment *segment) {
  uint32_t domain = segment->values + segment->missing;
  if (domain == 0)
    return false;
  if (segment->form == DU_SEGMENT_BYTES)
    return !has_greater_byte(segment->bytes, segment->rows,
                             (uint8_t)(domain - 1));
  return !has_greater_word(segment->words, segment->rows,
                           (uint16_t)(domain - 1));
}

static bool read_brief(Rest *rest, DuSegment *segment, uint32_t text_bytes) {
  size_t size = rest->size;
  uint32_t *offsets =
      room_for(rest, (size_t)segment->values + 1, sizeof *offsets);
  char *texts = room_for(rest, text_bytes + (size_t)DU_BRIEF_SLACK, 1);
  segment->offsets = offsets;
  segment->texts = texts;
  return offsets != NULL && texts != NULL &&
         du_brief_unpack(rest->at, &size, segment->values, text_bytes, offsets,
                         texts) &&
         take(rest, rest->size - size, 1) != NULL;
}

/* Each text begins where the one before ends. */
static bool read_texts(Rest *rest, DuSegment *segment, const Header *header) {
  uint32_t text_bytes = header->text_bytes;
  if (header->coding & BRIEF)
    return read_brief(rest, segment, text_bytes);
  segment->offsets = copy(rest, (size_t)segment->values + 1, 4);
  segment->texts = copy(rest, text_bytes, 1);
  if (segment->offsets == NULL || segment->texts == NULL ||
      segment->offsets[0] != 0 ||
      segment->offsets[segment->values] != text_bytes)
    return false;
  for (uint32_t i = 0; i < segment->values; i++)
    if (segment->offsets[i] > segment->offsets[i + 1])
      return false;
  return true;
}

/* The first day is not behind the last, and both are days of dates. */
static bool read_days(Rest *rest, DuSegment *segment) {
  segment->days = copy(rest, segment->values, 8);
  if (segment->days == NULL)
    return false;
  for (uint32_t i = 0; i < segment->values; i++) {
    const int32_t *days = &segment->days[2 * (size_t)i];
    if (days[0] < 0 || days[0] > days[1] || days[1] > DU_SEGMENT_LAST_DAY)
      return false;
  }
  return true;
}

/* Integers by their steps; NULL where they are not. */
static int64_t *read_steps(Rest *rest, const DuSegment *segment) {
  size_t size = rest->size;
  int64_t *integers = room_for(rest, segment->values, sizeof *integers);
  return integers != NULL &&
                 du_steps_unpack(rest->at, &size, segment->values, integers) &&
                 take(rest, rest->size - size, 1) != NULL
             ? integers
             : NULL;
}

/* Numbers as they are, or those that integers stand for, in their memory. */
static bool read_numbers(Rest *rest, DuSegment *segment, unsigned coding) {
  int64_t *integers;
  if (!(coding & STEPS)) {
    segment->numbers = copy(rest, segment->values, sizeof(double));
    return segment->numbers != NULL;
  }
  integers = read_steps(rest, segment);
  for (uint32_t i = 0; integers != NULL && i < segment->values; i++) {
    double number = (double)integers[i] / powers[coding / DECIMALS];
    memcpy(&integers[i], &number, sizeof number);
  }
  segment->numbers = (const double *)(const void *)integers;
  return integers != NULL;
}

/* The least is the first, and the most the last. */
static bool read_integers(Rest *rest, DuSegment *segment, unsigned coding) {
  bool sorted = true;
  if (coding & STEPS) {
    segment->integers = read_steps(rest, segment);
    return segment->integers != NULL;
  }
  segment->integers = copy(rest, segment->values, 8);
  if (segment->integers == NULL)
    return false;
  for (uint32_t i = 1; i < segment->values; i++)
    sorted &= segment->integers[i - 1] < segment->integers[i];
  return sorted;
}

static bool read_values(Rest *rest, DuSegment *segment, const Header *header) {
  switch (segment->type) {
  case DU_SEGMENT_INTEGERS:
    return read_integers(rest, segment, header->coding);
  case DU_SEGMENT_NUMBERS:
    return read_numbers(rest, segment, header->coding);
  case DU_SEGMENT_DATES:
    return read_days(rest, segment) && read_texts(rest, segment, header);
  case DU_SEGMENT_TEXTS:
    return read_texts(rest, segment, header);
  }
  return false;
}

/* Integers that follow each other: the first of them. */
static bool read_following(Rest *rest, DuSegment *segment) {
  const void *base = take(rest, 1, 8);
  if (segment->type != DU_SEGMENT_INTEGERS || segment->values != 1 ||
      segment->missing || segment->rows < 2 || base == NULL)
    return false;
  memcpy(&segment->base, base, sizeof segment->base);
  return segment->base <= INT64_MAX - (int64_t)(segment->rows - 1);
}

/* Memory for the rows' numbers, by whole blocks; which of the two it is, the
** form says. */
static bool make_rows(Rest *rest, DuSegment *segment, uint8_t **bytes,
                      uint16_t **words) {
  size_t rows = (segment->rows + (size_t)DU_NARROW_BLOCK - 1) /
                DU_NARROW_BLOCK * DU_NARROW_BLOCK;
  if (segment->form == DU_SEGMENT_BYTES)
    segment->bytes = *bytes = room_for(rest, rows, sizeof **bytes);
  else
    segment->words = *words = room_for(rest, rows, sizeof **words);
  return *bytes != NULL || *words != NULL;
}

static bool fill_rising(const DuSegment *segment, uint8_t *bytes,
                        uint16_t *words) {
  if (segment->values != segment->rows || segment->missing)
    return false;
  for (uint32_t i = 0; bytes != NULL && i < segment->rows; i++)
    bytes[i] = (uint8_t)i;
  for (uint32_t i = 0; words != NULL && i < segment->rows; i++)
    words[i] = (uint16_t)i;
  return true;
}

static bool fill_narrow(Rest *rest, const DuSegment *segment, uint8_t *bytes,
                        uint16_t *words) {
  unsigned bits = du_narrow_bits(segment->values + segment->missing - 1);
  size_t size = du_narrow_size(DU_NARROW_BLOCK, bits);
  const unsigned char *at = take(rest, du_narrow_size(segment->rows, bits), 1);
  if (at == NULL || (bytes != NULL && bits > 8) || bits > DU_NARROW_BITS)
    return false;
  for (uint32_t row = 0; row < segment->rows; row += DU_NARROW_BLOCK) {
    if (bytes != NULL)
      du_narrow_unpack_bytes(at, bits, bytes + row);
    else
      du_narrow_unpack(at, bits, words + row);
    at += size;
  }
  return true;
}

static bool fill_plain(Rest *rest, const DuSegment *segment, uint8_t *bytes,
                       uint16_t *words) {
  size_t size = bytes != NULL ? sizeof *bytes : sizeof *words;
  const void *from = take(rest, segment->rows, size);
  if (from != NULL)
    memcpy(bytes != NULL ? (void *)bytes : words, from, segment->rows * size);
  return from != NULL;
}

/* The numbers of the rows' values. */
static bool read_rows(Rest *rest, DuSegment *segment, unsigned coding) {
  uint8_t *bytes = NULL;
  uint16_t *words = NULL;
  uint32_t domain = segment->values + segment->missing;
  if (domain == 0 || (segment->form == DU_SEGMENT_BYTES && domain > 256) ||
      !make_rows(rest, segment, &bytes, &words))
    return false;
  if (coding & RISING)
    return fill_rising(segment, bytes, words);
  return (coding & NARROW ? fill_narrow(rest, segment, bytes, words)
                          : fill_plain(rest, segment, bytes, words)) &&
         check_numbers(segment);
}

/* What comes behind the header. */
static bool read_form(Rest *rest, DuSegment *segment, const Header *header) {
  switch (segment->form) {
  case DU_SEGMENT_SAME:
    return segment->values + segment->missing == 1 &&
           read_values(rest, segment, header);
  case DU_SEGMENT_BYTES:
  case DU_SEGMENT_WORDS:
    return read_rows(rest, segment, header->coding) &&
           read_values(rest, segment, header);
  case DU_SEGMENT_PLAIN:
    segment->numbers = copy(rest, segment->rows, 8);
    return segment->type == DU_SEGMENT_NUMBERS && segment->values == 0 &&
           segment->numbers != NULL;
  case DU_SEGMENT_FOLLOWING:
    return read_following(rest, segment);
  }
  return false;
}

/* A fuzzer never guesses a sum: without it, it comes to what is behind. */
static bool has_sum(const Header *header, const unsigned char *bytes,
                    size_t size) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return sum_of(header, bytes, size) != header->sum + 1;
#else
  return sum_of(header, bytes, size) == header->sum;
#endif
}

static bool read_header(const void *bytes, size_t size, Header *header) {
  if (size < sizeof *header || size % 8 != 0)
    return false;
  memcpy(header, bytes, sizeof *header);
  return header->magic == MAGIC && header->rows > 0 &&
         header->rows <= DU_SEGMENT_ROWS && header->values <= DU_SEGMENT_ROWS &&
         header->missing <= 1 && header->coding % DECIMALS <= FLAGS &&
         header->coding / DECIMALS <= MOST_DECIMALS &&
         header->text_bytes <= DU_SEGMENT_TEXT_ROOM;
}

/* The bytes that a row takes in memory. */
static size_t bytes_by_row(DuSegmentForm form) {
  switch (form) {
  case DU_SEGMENT_BYTES:
    return sizeof(uint8_t);
  case DU_SEGMENT_WORDS:
    return sizeof(uint16_t);
  case DU_SEGMENT_PLAIN:
    return sizeof(double);
  default:
    return 0;
  }
}

size_t du_segment_room(const void *bytes, size_t size) {
  Header header;
  size_t by_row, by_value;
  if (!read_header(bytes, size, &header))
    return 0;
  by_row = bytes_by_row((DuSegmentForm)header.form);
  by_value = has_texts((DuSegmentType)header.type) ? 2 * 4 + 4 : 8;
  return (header.rows + (size_t)DU_NARROW_BLOCK) * by_row +
         header.values * by_value + padded(header.text_bytes) + 16 +
         DU_BRIEF_SLACK;
}

bool du_segment_read(const void *bytes, size_t size, void *room,
                     DuSegment *segment) {
  Rest rest = {bytes, size, room, du_segment_room(bytes, size)};
  Header header;
  memset(segment, 0, sizeof *segment);
  if (!read_header(bytes, size, &header))
    return false;
  take(&rest, 1, sizeof header);
  if (!has_sum(&header, rest.at, rest.size))
    return false;
  segment->type = (DuSegmentType)header.type;
  segment->form = (DuSegmentForm)header.form;
  segment->rows = header.rows;
  segment->values = header.values;
  segment->missing = header.missing != 0;
  return read_form(&rest, segment, &header) && rest.size == 0;
}

/* ------------------------------------------------------------------- asking */

bool du_segment_bounds(const DuSegment *segment, int64_t *least,
                       int64_t *most) {
  if (segment->form == DU_SEGMENT_FOLLOWING) {
    *least = segment->base;
    *most = segment->base + (int64_t)(segment->rows - 1);
    return true;
  }
  if (segment->values == 0 || (segment->type != DU_SEGMENT_INTEGERS &&
                               segment->type != DU_SEGMENT_DATES))
    return false;
  if (segment->type == DU_SEGMENT_INTEGERS) {
    *least = segment->integers[0];
    *most = segment->integers[segment->values - 1];
    return true;
  }
  *least = segment->days[0];
  *most = 0;
  for (size_t i = 0; i < segment->values; i++)
    if (segment->days[2 * i + 1] > *most)
      *most = segment->days[2 * i + 1];
  return true;
}

size_t du_segment_months(const DuSegment *segment, unsigned char *months) {
  const int32_t *days = segment->days;
  int64_t least, most;
  size_t size = 0;
  if (segment->type == DU_SEGMENT_DATES &&
      du_segment_bounds(segment, &least, &most))
    size = du_months_size(least, most);
  memset(months, 0, size);
  for (size_t i = 0; size > 0 && i < segment->values; i++)
    du_months_add(months, least, days[2 * i], days[2 * i + 1]);
  return size;
}

/* Is what is accepted one run of numbers? Then comparing does it, which the
** compiler makes vectors of. */
static bool is_run(const uint8_t *accepted, uint32_t count, uint32_t *first,
                   uint32_t *last) {
  uint32_t i = 0;
  while (i < count && !accepted[i])
    i++;
  *first = i;
  while (i < count && accepted[i])
    i++;
  *last = i;
  while (i < count && !accepted[i])
    i++;
  return i == count;
}

/* Leaves the rows whose number is one of `width` from `from` on. */
static void keep_bytes(const uint8_t *restrict numbers, uint32_t rows,
                       uint8_t from, uint8_t width, uint8_t *restrict mask) {
  uint32_t i = 0;
  for (; i + BLOCK <= rows; i += BLOCK)
    for (uint32_t row = i; row < i + BLOCK; row++) /* vectorised */
      mask[row] &= (uint8_t)((uint8_t)(numbers[row] - from) < width);
  for (; i < rows; i++)
    mask[i] &= (uint8_t)((uint8_t)(numbers[i] - from) < width);
}

static void keep_words(const uint16_t *restrict numbers, uint32_t rows,
                       uint16_t from, uint16_t width, uint8_t *restrict mask) {
  uint32_t i = 0;
  for (; i + BLOCK <= rows; i += BLOCK)
    for (uint32_t row = i; row < i + BLOCK; row++) /* vectorised */
      mask[row] &= (uint8_t)((uint16_t)(numbers[row] - from) < width);
  for (; i < rows; i++)
    mask[i] &= (uint8_t)((uint16_t)(numbers[i] - from) < width);
}

void du_segment_keep(const DuSegment *segment, const uint8_t *accepted,
                     uint8_t *mask) {
  uint32_t first, last, rows = segment->rows;
  bool run =
      is_run(accepted, segment->values + segment->missing, &first, &last);
  if (segment->form == DU_SEGMENT_SAME) {
    if (!accepted[0]) /* the one value, or that there is none */
      memset(mask, 0, rows);
    return;
  }
  if (first == last) {
    memset(mask, 0, rows);
  } else if (run && segment->form == DU_SEGMENT_BYTES) {
    if (last - first < 256) /* not all of them */
      keep_bytes(segment->bytes, rows, (uint8_t)first, (uint8_t)(last - first),
                 mask);
  } else if (run) {
    keep_words(segment->words, rows, (uint16_t)first, (uint16_t)(last - first),
               mask);
  } else if (segment->form == DU_SEGMENT_BYTES) {
    for (uint32_t i = 0; i < rows; i++)
      mask[i] &= accepted[segment->bytes[i]];
  } else {
    for (uint32_t i = 0; i < rows; i++)
      mask[i] &= accepted[segment->words[i]];
  }
}

static void widen(const uint8_t *restrict bytes, uint32_t rows,
                  uint16_t *restrict numbers) {
  uint32_t i = 0;
  for (; i + BLOCK <= rows; i += BLOCK)
    for (uint32_t row = i; row < i + BLOCK; row++) /* vectorised */
      numbers[row] = bytes[row];
  for (; i < rows; i++)
    numbers[i] = bytes[i];
}

void du_segment_numbers(const DuSegment *segment, uint16_t *numbers) {
  if (segment->form == DU_SEGMENT_BYTES)
    widen(segment->bytes, segment->rows, numbers);
  else if (segment->form == DU_SEGMENT_WORDS)
    memcpy(numbers, segment->words, segment->rows * sizeof *numbers);
  else
    memset(numbers, 0, segment->rows * sizeof *numbers);
}

uint32_t du_mask_count(const uint8_t *mask, uint32_t rows) {
  /* eight at once in a word, whose bytes have room for 255 of them */
  const uint64_t ones = 0x0101010101010101u;
  uint64_t word, sums = 0;
  uint32_t count = 0, i = 0;
  for (uint32_t words = 1; i + 8 <= rows; i += 8, words++) {
    memcpy(&word, mask + i, 8);
    sums += word;
    if (words % 31 == 0 || i + 16 > rows) { /* 8 * 31 < 256 */
      count += (uint32_t)((sums * ones) >> 56);
      sums = 0;
    }
  }
  for (; i < rows; i++)
    count += mask[i];
  return count;
}

uint32_t du_mask_list(const uint8_t *mask, uint32_t rows, uint16_t *list) {
  uint32_t found = 0, row = 0;
  uint64_t word;
  for (; row + 8 <= rows; row += 8) {
    memcpy(&word, mask + row, 8);
    for (uint32_t i = row; word != 0 && i < row + 8; i++) {
      list[found] = (uint16_t)i; /* the next one may write over it */
      found += mask[i];
    }
  }
  for (; row < rows; row++) {
    list[found] = (uint16_t)row;
    found += mask[row];
  }
  return found;
}
