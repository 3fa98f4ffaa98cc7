/*
** segment.c - values of one field packed into bytes, and asked there.
*/
#include "segment.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "bytes.h"

/* Twice the rows, so that a value is found after a look or two. */
#define PLACES (2 * DU_SEGMENT_ROWS)
/* More distinct numbers than this are kept as they are. */
#define FEW_NUMBERS 6144

#define MAGIC 0x44755301u /* "DuS", and the version */

typedef struct Value {
  union {
    int64_t integer;
    double number;
    int32_t days[2];
  } is;
  uint32_t offset, length; /* of its text in `texts` */
} Value;

typedef struct Header {
  uint32_t magic;
  uint8_t type, form, missing, unused;
  uint32_t rows, values, text_bytes;
  uint32_t sum; /* of all bytes, these being 0 */
} Header;

struct DuPacking {
  DuSegmentType type;
  uint32_t rows, values, text_bytes;
  uint32_t missing;        /* how many rows have no value */
  uint32_t followed;       /* how many rows follow the one before, from 0 on */
  bool fresh;              /* the last row brought a new value */
  uint16_t places[PLACES]; /* number of a value + 1, by its hash */
  uint32_t taken[DU_SEGMENT_ROWS];       /* the place of each value */
  uint16_t numbers[DU_SEGMENT_ROWS + 1]; /* by row; MISSING: none */
  uint16_t order[DU_SEGMENT_ROWS], rank[DU_SEGMENT_ROWS + 1];
  Value values_of[DU_SEGMENT_ROWS];
  char texts[DU_SEGMENT_TEXT_ROOM];
};

#define MISSING UINT16_MAX

size_t du_packing_size(void) {
  return sizeof(DuPacking);
}

size_t du_packing_room(void) {
  return sizeof(Header) + (size_t)DU_SEGMENT_ROWS * (2 + 8 + 4) +
         DU_SEGMENT_TEXT_ROOM + 64;
}

uint32_t du_packing_rows(const DuPacking *packing) {
  return packing->rows;
}

void du_packing_begin(DuPacking *packing, DuSegmentType type) {
  packing->type = type;
  packing->rows = packing->values = packing->text_bytes = 0;
  packing->missing = packing->followed = 0;
  packing->fresh = false;
  memset(packing->places, 0, sizeof packing->places);
}

/* --------------------------------------------------------- distinct values */

/* Of a number, the last bits may be all that there is, or the first. */
static uint32_t place_of(uint64_t bits) {
  bits = (bits ^ bits >> 32) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(bits >> 40) % PLACES;
}

static uint64_t bits_of_text(const char *text, size_t length) {
  uint64_t bits = length;
  for (; length >= 8; text += 8, length -= 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    bits = (bits ^ word) * 0x9e3779b97f4a7c15u;
    bits ^= bits >> 29;
  }
  for (; length > 0; text++, length--)
    bits = (bits ^ (unsigned char)*text) * 0x100000001b3u;
  return bits;
}

static bool same_value(const DuPacking *packing, const Value *a,
                       const Value *value, const char *text) {
  switch (packing->type) {
  case DU_SEGMENT_INTEGERS:
  case DU_SEGMENT_NUMBERS: /* by its bits, so that 0.0 is not -0.0 */
    return a->is.integer == value->is.integer;
  default:
    return a->length == value->length && a->is.integer == value->is.integer &&
           memcmp(packing->texts + a->offset, text, a->length) == 0;
  }
}

/* Has the last row this value? As often as not, it has. */
static bool is_repeated(const DuPacking *packing, const Value *value,
                        const char *text) {
  uint16_t last;
  if (packing->rows == 0)
    return false;
  last = packing->numbers[packing->rows - 1];
  return last != MISSING &&
         same_value(packing, &packing->values_of[last], value, text);
}

/* Adds a row with this value, whose text is at `text`. */
static bool add(DuPacking *packing, Value value, const char *text) {
  bool is_text =
      packing->type == DU_SEGMENT_TEXTS || packing->type == DU_SEGMENT_DATES;
  uint32_t place;
  if (packing->rows == DU_SEGMENT_ROWS)
    return false;
  packing->fresh = false;
  if (is_repeated(packing, &value, text)) {
    packing->numbers[packing->rows] = packing->numbers[packing->rows - 1];
    packing->rows++;
    return true;
  }
  place = place_of(is_text ? bits_of_text(text, value.length)
                           : (uint64_t)value.is.integer);
  while (packing->places[place] != 0) {
    uint16_t number = (uint16_t)(packing->places[place] - 1);
    if (same_value(packing, &packing->values_of[number], &value, text)) {
      packing->numbers[packing->rows++] = number;
      return true;
    }
    place = (place + 1) % PLACES;
  }
  if (value.length > DU_SEGMENT_TEXT_ROOM - packing->text_bytes)
    return false;
  value.offset = packing->text_bytes;
  memcpy(packing->texts + value.offset, text, value.length);
  packing->text_bytes += value.length;
  packing->values_of[packing->values] = value;
  packing->taken[packing->values] = place;
  packing->numbers[packing->rows++] = (uint16_t)packing->values;
  packing->places[place] = (uint16_t)++packing->values;
  packing->fresh = true;
  return true;
}

bool du_packing_null(DuPacking *packing) {
  if (packing->rows == DU_SEGMENT_ROWS)
    return false;
  packing->missing++;
  packing->fresh = false;
  packing->numbers[packing->rows++] = MISSING;
  return true;
}

/* Is it the next one after those of all rows so far? */
static bool follows(const DuPacking *packing, int64_t integer) {
  int64_t first = packing->values_of[0].is.integer;
  return packing->rows == 0 ||
         (packing->followed == packing->rows && integer > first &&
          (uint64_t)integer - (uint64_t)first == packing->rows);
}

bool du_packing_integer(DuPacking *packing, int64_t integer) {
  Value value = {{integer}, 0, 0};
  bool next = follows(packing, integer);
  if (!add(packing, value, ""))
    return false;
  packing->followed += next;
  return true;
}

bool du_packing_number(DuPacking *packing, double number) {
  Value value = {{0}, 0, 0};
  value.is.number = number + 0.0; /* -0.0 is 0.0 */
  return add(packing, value, "");
}

bool du_packing_text(DuPacking *packing, const char *text, size_t length) {
  Value value = {{0}, 0, (uint32_t)length};
  return length <= DU_SEGMENT_TEXT_ROOM && add(packing, value, text);
}

bool du_packing_repeats(const DuPacking *packing, const char *text,
                        size_t length) {
  Value value = {{0}, 0, (uint32_t)length};
  return length <= DU_SEGMENT_TEXT_ROOM && is_repeated(packing, &value, text);
}

bool du_packing_date(DuPacking *packing, const char *text, size_t length,
                     int first, int last) {
  Value value = {{0}, 0, (uint32_t)length};
  value.is.days[0] = first;
  value.is.days[1] = last;
  return length <= DU_SEGMENT_TEXT_ROOM && add(packing, value, text);
}

void du_packing_undo(DuPacking *packing) {
  packing->rows--;
  packing->missing -= packing->numbers[packing->rows] == MISSING;
  if (packing->followed > packing->rows)
    packing->followed = packing->rows;
  if (packing->fresh) { /* the last value is the last in its chain */
    packing->values--;
    packing->places[packing->taken[packing->values]] = 0;
    packing->text_bytes = packing->values_of[packing->values].offset;
    packing->fresh = false;
  }
}

/* ------------------------------------------------------------------ packing */

static int compare_texts(const DuPacking *packing, const Value *a,
                         const Value *b) {
  return du_bytes_order(packing->texts + a->offset, a->length,
                        packing->texts + b->offset, b->length);
}

static inline bool is_before(const DuPacking *packing, DuSegmentType type,
                             uint16_t x, uint16_t y) {
  const Value *a = &packing->values_of[x], *b = &packing->values_of[y];
  switch (type) {
  case DU_SEGMENT_INTEGERS:
    return a->is.integer < b->is.integer;
  case DU_SEGMENT_NUMBERS:
    return a->is.number < b->is.number;
  case DU_SEGMENT_DATES:
    if (a->is.days[0] != b->is.days[0])
      return a->is.days[0] < b->is.days[0];
    if (a->is.days[1] != b->is.days[1])
      return a->is.days[1] < b->is.days[1];
    return compare_texts(packing, a, b) < 0;
  default:
    return compare_texts(packing, a, b) < 0;
  }
}

/* Sorts the numbers of values by their values: merges runs, with the ranks as
** the other half of the memory. Made once for each type, so that no comparison
** has to ask for it. */
static inline void sort_as(DuPacking *packing, DuSegmentType type) {
  uint16_t *from = packing->order, *to = packing->rank;
  uint32_t n = packing->values;
  bool sorted = true; /* as ids are */
  for (uint32_t i = 0; i < n; i++) {
    from[i] = (uint16_t)i;
    sorted = sorted && (i == 0 || is_before(packing, type, (uint16_t)(i - 1),
                                            (uint16_t)i));
  }
  for (uint32_t run = sorted ? n : 1; run < n; run *= 2) {
    for (uint32_t start = 0; start < n; start += 2 * run) {
      uint32_t a = start, b = start + run < n ? start + run : n;
      uint32_t middle = b, end = start + 2 * run < n ? start + 2 * run : n;
      for (uint32_t i = start; i < end; i++)
        to[i] = a < middle && (b == end ||
                               !is_before(packing, type, from[b], from[a]))
                    ? from[a++]
                    : from[b++];
    }
    uint16_t *other = from;
    from = to;
    to = other;
  }
  if (from != packing->order)
    memcpy(packing->order, from, n * sizeof *from);
  for (uint32_t i = 0; i < n; i++)
    packing->rank[packing->order[i]] = (uint16_t)i;
}

static void sort_values(DuPacking *packing) {
  switch (packing->type) {
  case DU_SEGMENT_INTEGERS:
    sort_as(packing, DU_SEGMENT_INTEGERS);
    break;
  case DU_SEGMENT_NUMBERS:
    sort_as(packing, DU_SEGMENT_NUMBERS);
    break;
  case DU_SEGMENT_DATES:
    sort_as(packing, DU_SEGMENT_DATES);
    break;
  case DU_SEGMENT_TEXTS:
    sort_as(packing, DU_SEGMENT_TEXTS);
    break;
  }
}

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
  if (packing->rows > 1 && packing->followed == packing->rows)
    return DU_SEGMENT_FOLLOWING;
  if (domain <= 1)
    return DU_SEGMENT_SAME;
  if (packing->type == DU_SEGMENT_NUMBERS && packing->values > FEW_NUMBERS)
    return DU_SEGMENT_PLAIN;
  return domain <= 256 ? DU_SEGMENT_BYTES : DU_SEGMENT_WORDS;
}

/* By row: numbers of values, or the numbers themselves. */
static unsigned char *put_rows(const DuPacking *packing, DuSegmentForm form,
                               unsigned char *at) {
  const uint16_t *numbers = packing->numbers;
  uint32_t rows = packing->rows;
  for (uint32_t i = 0; form == DU_SEGMENT_PLAIN && i < rows; i++) {
    double value =
        numbers[i] == MISSING ? NAN : packing->values_of[numbers[i]].is.number;
    at = put(at, &value, sizeof value);
  }
  for (uint32_t i = 0; form != DU_SEGMENT_PLAIN && i < rows; i++) {
    uint16_t rank = numbers[i] == MISSING ? (uint16_t)packing->values
                                          : packing->rank[numbers[i]];
    if (form == DU_SEGMENT_BYTES)
      *at++ = (unsigned char)rank;
    else
      at = put(at, &rank, sizeof rank);
  }
  return aligned(at);
}

/* The distinct values in their order. */
static unsigned char *put_values(const DuPacking *packing, unsigned char *at) {
  uint32_t offset = 0;
  for (uint32_t i = 0; i < packing->values; i++) {
    const Value *value = &packing->values_of[packing->order[i]];
    if (packing->type != DU_SEGMENT_TEXTS)
      at = put(at, &value->is, 8);
  }
  if (packing->type == DU_SEGMENT_INTEGERS ||
      packing->type == DU_SEGMENT_NUMBERS)
    return at;
  for (uint32_t i = 0; i < packing->values; i++) {
    at = put(at, &offset, 4);
    offset += packing->values_of[packing->order[i]].length;
  }
  at = put(at, &offset, 4);
  at = aligned(at);
  for (uint32_t i = 0; i < packing->values; i++) {
    const Value *value = &packing->values_of[packing->order[i]];
    at = put(at, packing->texts + value->offset, value->length);
  }
  return aligned(at);
}

/* Changes with any of the header's bytes but its sum, and of those behind it,
** which are aligned to 8 and a multiple of that. */
static uint32_t sum_of(const Header *header, const void *bytes, size_t size) {
  const uint64_t *words = bytes;
  uint64_t lanes[4], sum = size;
  Header plain = *header;
  plain.sum = 0;
  memcpy(lanes, &plain, sizeof plain);
  lanes[3] = 1;
  for (size_t i = 0; i < size / 8; i++) {
    uint64_t *lane = &lanes[i % 4];
    *lane = (*lane ^ words[i]) * 0x9e3779b97f4a7c15u;
    *lane ^= *lane >> 32;
  }
  for (int i = 0; i < 4; i++) {
    sum = (sum ^ lanes[i]) * 0xff51afd7ed558ccdu;
    sum ^= sum >> 29;
  }
  return (uint32_t)(sum >> 16);
}

bool du_packing_bounds(const DuPacking *packing, int64_t *least,
                       int64_t *most) {
  bool days = packing->type == DU_SEGMENT_DATES;
  if (packing->values == 0 || (packing->type != DU_SEGMENT_INTEGERS && !days))
    return false;
  *least = INT64_MAX;
  *most = INT64_MIN;
  for (uint32_t i = 0; i < packing->values; i++) {
    const Value *value = &packing->values_of[i];
    int64_t low = days ? value->is.days[0] : value->is.integer;
    int64_t high = days ? value->is.days[1] : value->is.integer;
    *least = low < *least ? low : *least;
    *most = high > *most ? high : *most;
  }
  return true;
}

size_t du_packing_end(DuPacking *packing, unsigned char *out) {
  unsigned char *at;
  Header header = {MAGIC,
                   (uint8_t)packing->type,
                   (uint8_t)form_of(packing),
                   packing->missing > 0,
                   0,
                   packing->rows,
                   packing->values,
                   packing->text_bytes,
                   0};
  DuSegmentForm form = (DuSegmentForm)header.form;
  if (form == DU_SEGMENT_FOLLOWING)
    header.values = 1;
  if (form == DU_SEGMENT_PLAIN)
    header.values = 0;
  at = put(out, &header, sizeof header);
  at = aligned(at);
  if (form == DU_SEGMENT_FOLLOWING) {
    at = put(at, &packing->values_of[0].is, 8);
  } else {
    if (form != DU_SEGMENT_PLAIN)
      sort_values(packing);
    if (form != DU_SEGMENT_SAME)
      at = put_rows(packing, form, at);
    if (form != DU_SEGMENT_PLAIN)
      at = put_values(packing, at);
  }
  header.sum =
      sum_of(&header, out + sizeof header, (size_t)(at - out) - sizeof header);
  put(out, &header, sizeof header);
  return (size_t)(at - out);
}

/* ------------------------------------------------------------------ reading */

/* Bytes that are still to be read. */
typedef struct Rest {
  const unsigned char *at;
  size_t size;
} Rest;

/* The next `count` things of a size, padded to 8; NULL where there are not so
** many. */
static const void *take(Rest *rest, size_t count, size_t size) {
  const void *start = rest->at;
  size_t bytes;
  if (count > rest->size / size)
    return NULL;
  bytes = (count * size + 7) / 8 * 8; /* the rest is a multiple of 8, too */
  rest->at += bytes;
  rest->size -= bytes;
  return start;
}

/* No row may have a number that no value has. */
static bool check_numbers(const DuSegment *segment) {
  uint32_t domain = segment->values + segment->missing, most = 0;
  for (uint32_t i = 0; i < segment->rows; i++) {
    uint32_t number = segment->form == DU_SEGMENT_BYTES ? segment->bytes[i]
                                                        : segment->words[i];
    most = number > most ? number : most;
  }
  return segment->rows == 0 || most < domain;
}

/* Each text begins where the one before ends. */
static bool read_texts(Rest *rest, DuSegment *segment, uint32_t text_bytes) {
  segment->offsets = take(rest, (size_t)segment->values + 1, 4);
  segment->texts = take(rest, text_bytes, 1);
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
  segment->days = take(rest, segment->values, 8);
  if (segment->days == NULL)
    return false;
  for (uint32_t i = 0; i < segment->values; i++) {
    const int32_t *days = &segment->days[2 * (size_t)i];
    if (days[0] < 0 || days[0] > days[1] || days[1] > DU_SEGMENT_LAST_DAY)
      return false;
  }
  return true;
}

/* The least is the first, and the most the last. */
static bool read_integers(Rest *rest, DuSegment *segment) {
  bool sorted = true;
  segment->integers = take(rest, segment->values, 8);
  if (segment->integers == NULL)
    return false;
  for (uint32_t i = 1; i < segment->values; i++)
    sorted &= segment->integers[i - 1] < segment->integers[i];
  return sorted;
}

static bool read_values(Rest *rest, DuSegment *segment, uint32_t text_bytes) {
  switch (segment->type) {
  case DU_SEGMENT_INTEGERS:
    return read_integers(rest, segment);
  case DU_SEGMENT_NUMBERS:
    segment->numbers = take(rest, segment->values, 8);
    return segment->numbers != NULL;
  case DU_SEGMENT_DATES:
    return read_days(rest, segment) && read_texts(rest, segment, text_bytes);
  case DU_SEGMENT_TEXTS:
    return read_texts(rest, segment, text_bytes);
  }
  return false;
}

/* Integers that follow each other: the first of them. */
static bool read_following(Rest *rest, DuSegment *segment) {
  const int64_t *base = take(rest, 1, 8);
  if (segment->type != DU_SEGMENT_INTEGERS || segment->values != 1 ||
      segment->missing || segment->rows < 2 || base == NULL)
    return false;
  segment->base = *base;
  return segment->base <= INT64_MAX - (int64_t)(segment->rows - 1);
}

/* What comes behind the header. */
static bool read_form(Rest *rest, DuSegment *segment, uint32_t text_bytes) {
  uint32_t domain = segment->values + segment->missing;
  switch (segment->form) {
  case DU_SEGMENT_SAME:
    return domain == 1 && read_values(rest, segment, text_bytes);
  case DU_SEGMENT_BYTES:
    segment->bytes = take(rest, segment->rows, 1);
    return segment->bytes != NULL && domain <= 256 && check_numbers(segment) &&
           read_values(rest, segment, text_bytes);
  case DU_SEGMENT_WORDS:
    segment->words = take(rest, segment->rows, 2);
    return segment->words != NULL && check_numbers(segment) &&
           read_values(rest, segment, text_bytes);
  case DU_SEGMENT_PLAIN:
    segment->numbers = take(rest, segment->rows, 8);
    return segment->type == DU_SEGMENT_NUMBERS && segment->values == 0 &&
           segment->numbers != NULL;
  case DU_SEGMENT_FOLLOWING:
    return read_following(rest, segment);
  }
  return false;
}

/* A fuzzer never guesses a sum: without it, it comes to what is behind. */
static bool has_sum(const Header *header, const void *bytes, size_t size) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return sum_of(header, bytes, size) != header->sum + 1;
#else
  return sum_of(header, bytes, size) == header->sum;
#endif
}

bool du_segment_read(const void *bytes, size_t size, DuSegment *segment) {
  Rest rest = {bytes, size};
  const Header *header;
  memset(segment, 0, sizeof *segment);
  if (size < sizeof *header || size % 8 != 0)
    return false;
  header = take(&rest, 1, sizeof *header);
  if (header->magic != MAGIC || header->rows == 0 ||
      header->rows > DU_SEGMENT_ROWS || header->values > DU_SEGMENT_ROWS ||
      header->missing > 1 || header->unused != 0 ||
      !has_sum(header, rest.at, rest.size))
    return false;
  segment->type = (DuSegmentType)header->type;
  segment->form = (DuSegmentForm)header->form;
  segment->rows = header->rows;
  segment->values = header->values;
  segment->missing = header->missing != 0;
  return read_form(&rest, segment, header->text_bytes) && rest.size == 0;
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

/* Loops over rows go by blocks of so many, and then one by one: at -O2 gcc
** makes vectors only of a loop whose length it knows, and of arrays that do not
** overlap. So do those that are marked, with what every x86-64 and aarch64 has
** (`make lint` holds gcc to it); a look-up in a table is none there. */
#define BLOCK 16

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
  if (run && segment->form == DU_SEGMENT_BYTES) {
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

void du_segment_spread(const DuSegment *segment, const uint32_t *table,
                       uint32_t *out) {
  uint32_t rows = segment->rows;
  switch (segment->form) {
  case DU_SEGMENT_BYTES:
    for (uint32_t i = 0; i < rows; i++)
      out[i] = table[segment->bytes[i]];
    break;
  case DU_SEGMENT_WORDS:
    for (uint32_t i = 0; i < rows; i++)
      out[i] = table[segment->words[i]];
    break;
  default:
    for (uint32_t i = 0; i < rows; i++)
      out[i] = table[0];
  }
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
