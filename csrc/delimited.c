/*
** delimited.c - records of fields from text. See delimited.h.
**
** A record is read from its start to its end in one go, or not at all: what is
** not complete is read again when there is more of it. The bytes looked at end
** limit + 2 bytes behind the start at the latest (a CRLF may follow the most
** that a record can have), whether there are more of them or not; that, and
** reading strictly from left to right, makes the result independent of how the
** bytes come.
*/
#include "delimited.h"

#include <assert.h>
#include <string.h>

/* DU_DELIMITED_WORDS: do as on machines without SSE2, for the specs. */
#if defined(__SSE2__) && !defined(DU_DELIMITED_WORDS)
#define SSE2 1
#include <emmintrin.h>
#else
#define SSE2 0
#endif

/* {====== Delimiters and line ends, 64 bytes at a time ====== */

#define BLOCK 64

/* The number of the lowest bit that is set; there is one. */
static inline size_t lowest(uint64_t bits) {
#if defined(__GNUC__)
  return (size_t)__builtin_ctzll(bits);
#else
  size_t number = 0;
  for (; (bits & 1) == 0; bits >>= 1)
    number++;
  return number;
#endif
}

#if SSE2

typedef __m128i Pattern;

static Pattern pattern_of(char byte) {
  return _mm_set1_epi8(byte);
}

/* All bits of the bytes seen, and the least of them. */
typedef struct Sight {
  __m128i bits, least;
} Sight;

static Sight see_nothing(void) {
  return (Sight){_mm_setzero_si128(), pattern_of(0x7f)};
}

static bool has_seen_plain(const Sight *sight) {
  __m128i zeros = _mm_cmpeq_epi8(sight->least, _mm_setzero_si128());
  return _mm_movemask_epi8(_mm_or_si128(sight->bits, zeros)) == 0;
}

static inline uint64_t marks_in_part(const char *s, Pattern one, Pattern other,
                                     Sight *sight) {
  __m128i part = _mm_loadu_si128((const __m128i *)(const void *)s);
  sight->bits = _mm_or_si128(sight->bits, part);
  sight->least = _mm_min_epu8(sight->least, part);
  return (uint64_t)(unsigned)_mm_movemask_epi8(
      _mm_or_si128(_mm_cmpeq_epi8(part, one), _mm_cmpeq_epi8(part, other)));
}

static inline uint64_t marks_in_block(const char *block, Pattern one,
                                      Pattern other, Sight *sight) {
  return marks_in_part(block, one, other, sight) |
         marks_in_part(block + 16, one, other, sight) << 16 |
         marks_in_part(block + 32, one, other, sight) << 32 |
         marks_in_part(block + 48, one, other, sight) << 48;
}

#else

typedef uint64_t Pattern;

static Pattern pattern_of(char byte) {
  return UINT64_C(0x0101010101010101) * (unsigned char)byte;
}

/* Compilers make one load of this, on any machine. */
static uint64_t load_word(const char *s) {
  const unsigned char *b = (const unsigned char *)s;
  return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 |
         (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 |
         (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* The highest bit of every byte that is 0, and no other bit. */
static uint64_t zero_bytes(uint64_t word) {
  const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  return ~(((word & low) + low) | word | low);
}

/* The highest bit of a byte, where one was seen that is not plain. */
typedef uint64_t Sight;

static Sight see_nothing(void) {
  return 0;
}

static bool has_seen_plain(const Sight *sight) {
  return (*sight & UINT64_C(0x8080808080808080)) == 0;
}

static uint64_t marks_in_block(const char *block, Pattern one, Pattern other,
                               Sight *sight) {
  uint64_t marks = 0;
  for (int i = 0; i < BLOCK; i += 8) {
    uint64_t word = load_word(block + i);
    uint64_t found = zero_bytes(word ^ one) | zero_bytes(word ^ other);
    /* The product has bit 8k + 7 of found as bit 56 + k; no two meet. */
    marks |= (((found >> 7) * UINT64_C(0x0102040810204080)) >> 56) << i;
    *sight |= word | zero_bytes(word);
  }
  return marks;
}

#endif

/* The bytes that are one or the other, of up to 64: bit k for s[k]. Reads
** nothing behind s[left - 1]. */
static inline uint64_t marks_at(const char *s, size_t left, Pattern one,
                                Pattern other, Sight *sight) {
  char block[BLOCK];
  if (left >= BLOCK)
    return marks_in_block(s, one, other, sight);
  memset(block, ' ', sizeof block);
  memcpy(block, s, left);
  return marks_in_block(block, one, other, sight) & ~(~UINT64_C(0) << left);
}

/* }====== */

/* {====== Fields ====== */

/* Where reading stands inside a record. */
typedef struct Scan {
  const char *bytes;
  size_t at;  /* where the next field begins; then, the next record */
  size_t end; /* of the bytes that are looked at */
  bool last;  /* the text ends there */
} Scan;

typedef enum Found {
  FOUND_FIELD, /* another field begins at `at` */
  FOUND_END,   /* the record has ended, `at` is behind its line end */
  FOUND_SHORT, /* the bytes have ended, the record may not */
  FOUND_FAULT
} Found;

static Found fault(DuDelimited *reader, const char *why) {
  reader->why = why;
  return FOUND_FAULT;
}

static Found too_many(DuDelimited *reader) {
  static_assert(DU_DELIMITED_FIELDS == 2048, "the text names the number");
  return fault(reader, "the record has more than 2048 fields");
}

/* The field from one byte to before another. */
static inline DuSpan span_of(const char *from, const char *to) {
  return (DuSpan){from, (uint32_t)(to - from), false, false};
}

/* The record's last byte stands before `to`; the next one begins at `next`. */
static Found end_record(DuDelimited *reader, Scan *scan, size_t to,
                        size_t next) {
  reader->length = to - reader->start;
  reader->ended = next > to;
  scan->at = next;
  return FOUND_END;
}

/* Counts the fields before the one at span; can that be one more? */
static inline bool count_fields(DuDelimited *reader, const DuSpan *span) {
  reader->count = (int)(span - reader->fields);
  return reader->count < DU_DELIMITED_FIELDS;
}

/* Adds the record's last field. */
static inline void add_last(DuDelimited *reader, const char *from,
                            const char *to, const Sight *sight) {
  reader->fields[reader->count++] = span_of(from, to);
  reader->plain &= has_seen_plain(sight);
}

/* Reads fields up to the next one in quotes or the record's end. This is where
** the time goes: how many there are is looked at once a block. */
static Found read_plain(DuDelimited *reader, Scan *scan) {
  const char *bytes = scan->bytes, *end = bytes + scan->end;
  const char *field = bytes + scan->at;
  const char *quotes_end = reader->quotes ? end : bytes;
  const char delimiter = reader->delimiter;
  const Pattern one = pattern_of(delimiter), other = pattern_of('\n');
  DuSpan *span = &reader->fields[reader->count];
  Sight sight = see_nothing();
  for (const char *base = field; base < end; base += BLOCK) {
    uint64_t marks = marks_at(base, (size_t)(end - base), one, other, &sight);
    for (; marks != 0; marks &= marks - 1) {
      const char *mark = base + lowest(marks);
      if (*mark != delimiter) {
        const char *to = mark > field && mark[-1] == '\r' ? mark - 1 : mark;
        if (!count_fields(reader, span))
          return too_many(reader);
        add_last(reader, field, to, &sight);
        return end_record(reader, scan, (size_t)(to - bytes),
                          (size_t)(mark + 1 - bytes));
      }
      *span++ = span_of(field, mark);
      field = mark + 1;
      if (field < quotes_end && *field == '"') {
        scan->at = (size_t)(field - bytes);
        return count_fields(reader, span) ? FOUND_FIELD : too_many(reader);
      }
    }
    if (!count_fields(reader, span))
      return too_many(reader);
  }
  if (!scan->last)
    return FOUND_SHORT;
  add_last(reader, field, end, &sight);
  return end_record(reader, scan, scan->end, scan->end);
}

/* Where the quote stands that closes what begins at `from`, or the end. */
static size_t closing_quote(const Scan *scan, size_t from, bool *doubled) {
  *doubled = false;
  while (from < scan->end) {
    const char *quote = memchr(scan->bytes + from, '"', scan->end - from);
    size_t at;
    if (quote == NULL)
      return scan->end;
    at = (size_t)(quote - scan->bytes);
    if (at + 1 >= scan->end || quote[1] != '"')
      return at;
    *doubled = true;
    from = at + 2;
  }
  return scan->end;
}

/* Reads the field in quotes that begins at scan->at. */
static Found read_quoted(DuDelimited *reader, Scan *scan) {
  DuSpan *span = &reader->fields[reader->count];
  const char *bytes = scan->bytes;
  const size_t from = scan->at + 1, end = scan->end;
  bool doubled;
  size_t to = closing_quote(scan, from, &doubled), behind = to + 1;
  if (to == end)
    return scan->last ? fault(reader, "a quote is not closed") : FOUND_SHORT;
  *span = span_of(bytes + from, bytes + to);
  span->quoted = true;
  span->doubled = doubled;
  reader->count++;
  if (behind == end)
    return scan->last ? end_record(reader, scan, end, end) : FOUND_SHORT;
  if (bytes[behind] == reader->delimiter) {
    scan->at = behind + 1;
    return reader->count < DU_DELIMITED_FIELDS ? FOUND_FIELD : too_many(reader);
  }
  if (bytes[behind] == '\n')
    return end_record(reader, scan, behind, behind + 1);
  if (bytes[behind] == '\r' && behind + 1 == end && !scan->last)
    return FOUND_SHORT;
  if (bytes[behind] == '\r' && behind + 1 < end && bytes[behind + 1] == '\n')
    return end_record(reader, scan, behind, behind + 2);
  return fault(reader, "text follows a closing quote");
}

static Found read_fields(DuDelimited *reader, Scan *scan, bool *quoted) {
  Found found;
  *quoted = false;
  reader->count = 0;
  reader->plain = true;
  do {
    if (reader->quotes && scan->at < scan->end &&
        scan->bytes[scan->at] == '"') {
      *quoted = true;
      reader->plain = false;
      found = read_quoted(reader, scan);
    } else {
      found = read_plain(reader, scan);
    }
  } while (found == FOUND_FIELD);
  return found;
}

/* }====== */

/* {====== Records ====== */

/* Says what is read next: what begins there, so many lines on. */
static void go_on(DuDelimited *reader, size_t at, uint64_t lines) {
  reader->next_offset += at - reader->at;
  reader->next_line += lines;
  reader->at = at;
}

static uint64_t count_lines(const char *s, size_t length) {
  const char *end = s + length;
  uint64_t lines = 0;
  for (; (s = memchr(s, '\n', (size_t)(end - s))) != NULL; s++)
    lines++;
  return lines;
}

/* Gives up the line that the record began on. */
static DuDelimitedStatus give_up(DuDelimited *reader, const Scan *scan) {
  const size_t start = reader->start, left = scan->end - start;
  const char *line = scan->bytes + start;
  const char *line_end = memchr(line, '\n', left);
  reader->count = 0;
  if (line_end != NULL) {
    size_t length = (size_t)(line_end - line);
    reader->ended = true;
    reader->length =
        length > 0 && line[length - 1] == '\r' ? length - 1 : length;
    go_on(reader, start + length + 1, 1);
  } else if (scan->last) {
    reader->length = left;
    go_on(reader, scan->end, 0);
  } else if (left < reader->limit + 2) {
    return DU_DELIMITED_MORE;
  } else {
    reader->cut = true;
    reader->length = reader->limit;
    go_on(reader, start + reader->limit, 0);
  }
  return DU_DELIMITED_FAULT;
}

/* Reads on in the line of a fault that was cut. There are bytes. */
static DuDelimitedStatus read_rest(DuDelimited *reader, const char *bytes,
                                   size_t length, bool ended) {
  const char *rest = bytes + reader->at;
  size_t left = length - reader->at;
  const char *line_end = memchr(rest, '\n', left);
  size_t to = line_end != NULL ? (size_t)(line_end - rest) : left;
  bool carriage_return = to > 0 && rest[to - 1] == '\r';
  if (carriage_return && (line_end != NULL || !ended))
    to--; /* it belongs to the line end, or may do so */
  if (line_end == NULL && to == 0)
    return DU_DELIMITED_MORE;
  reader->start = reader->at;
  reader->length = to;
  reader->ended = line_end != NULL;
  reader->cut = !reader->ended;
  if (line_end != NULL)
    go_on(reader, (size_t)(line_end + 1 - bytes), 1);
  else
    go_on(reader, reader->at + to, 0);
  return DU_DELIMITED_REST;
}

/* Passes over a byte-order mark. Fewer bytes than it has can wait: they hold no
** line end and are within any limit, so they are no record yet. */
static void pass_byte_order_mark(DuDelimited *reader, const char *bytes,
                                 size_t length) {
  if (length - reader->at >= 3 &&
      memcmp(bytes + reader->at, "\xEF\xBB\xBF", 3) == 0)
    go_on(reader, reader->at + 3, 0);
}

void du_delimited_init(DuDelimited *reader, char delimiter, bool quotes,
                       size_t limit) {
  memset(reader, 0, sizeof *reader);
  reader->delimiter = delimiter;
  reader->quotes = quotes;
  reader->limit = limit < 1                    ? 1
                  : limit > DU_DELIMITED_LIMIT ? DU_DELIMITED_LIMIT
                                               : limit;
  reader->next_line = 1;
}

/* Reads what begins at reader->at. There are bytes. */
static DuDelimitedStatus read_record(DuDelimited *reader, const char *bytes,
                                     size_t length, bool ended) {
  const size_t left = length - reader->at, most = reader->limit + 2;
  Scan scan = {bytes, reader->at, reader->at + (left < most ? left : most),
               ended && left < most};
  bool quoted;
  Found found;
  reader->line = reader->next_line;
  reader->offset = reader->next_offset;
  reader->start = reader->at;
  reader->ended = reader->blank = false;
  found = read_fields(reader, &scan, &quoted);
  if (found == FOUND_SHORT && left < most)
    return DU_DELIMITED_MORE;
  if (found == FOUND_SHORT ||
      (found == FOUND_END && reader->length > reader->limit))
    found = fault(reader, "the record is longer than the limit");
  if (found == FOUND_FAULT)
    return give_up(reader, &scan);
  reader->blank = reader->length == 0;
  go_on(reader, scan.at, reader->ended ? 1 : 0);
  if (quoted) /* lines may have ended inside it */
    reader->next_line += count_lines(bytes + reader->start, reader->length);
  return DU_DELIMITED_RECORD;
}

DuDelimitedStatus du_delimited_next(DuDelimited *reader, const char *bytes,
                                    size_t length, bool ended) {
  if (reader->next_offset == 0)
    pass_byte_order_mark(reader, bytes, length);
  if (reader->at == length)
    return ended ? DU_DELIMITED_END : DU_DELIMITED_MORE;
  return reader->cut ? read_rest(reader, bytes, length, ended)
                     : read_record(reader, bytes, length, ended);
}

void du_delimited_go(DuDelimited *reader, uint64_t line) {
  reader->at = 0;
  reader->cut = false;
  reader->next_line = line;
  if (reader->next_offset == 0)
    reader->next_offset = 1;
}

size_t du_delimited_plain(const DuSpan *span, char *out) {
  const char *s = span->text, *end;
  char *to = out;
  if (span->length == 0)
    return 0;
  if (!span->doubled) {
    memcpy(out, s, span->length);
    return span->length;
  }
  for (end = s + span->length; s < end;) {
    const char *quote = memchr(s, '"', (size_t)(end - s));
    size_t length = (size_t)((quote != NULL ? quote + 1 : end) - s);
    memcpy(to, s, length);
    to += length;
    s += quote != NULL ? length + 1 : length; /* the other one is passed over */
  }
  return (size_t)(to - out);
}

/* }====== */
