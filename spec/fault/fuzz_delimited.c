/*
** fuzz_delimited.c - du_delimited_next under libFuzzer.
**
**   clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -Icsrc \
**     spec/fault/fuzz_delimited.c csrc/delimited.c -o fuzz_delimited
**   ./fuzz_delimited -max_len=700 -max_total_time=60
**
** The first four bytes say how to read, the others are the text. Every byte of
** it belongs to one record, fault or line end, in order; the fields, their
** quotes and the delimiters are the whole of their record; a record fits the
** limit, and no more bytes are asked for than that takes; all is the same
** whether the text comes in one piece or in many. Each piece is where reading
** outside of it is seen.
*/
#include "delimited.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition) ((condition) ? (void)0 : abort())

/* What is read, and how far. */
typedef struct Walk {
  const char *text;
  size_t length, place; /* of the text; the first byte that is not told of */
  uint64_t line;        /* the line that it is on */
  uint64_t seen;        /* a sum of all that has been told */
  size_t rest;          /* the bytes in pieces of a line that was cut */
  bool is_cut;
} Walk;

static void see(Walk *walk, uint64_t what) {
  walk->seen = (walk->seen ^ what) * UINT64_C(0x100000001b3);
}

/* The bytes are those of the text, and end as told. */
static void pass(Walk *walk, const DuDelimited *reader, const char *bytes) {
  const char *end;
  require(reader->length <= walk->length - walk->place);
  require(memcmp(walk->text + walk->place, bytes + reader->start,
                 reader->length) == 0);
  walk->place += reader->length;
  end = walk->text + walk->place;
  if (!reader->ended)
    return;
  require(walk->place < walk->length);
  if (*end == '\r') {
    walk->place++;
    end++;
  }
  require(walk->place < walk->length && *end == '\n');
  walk->place++;
}

static void begin(Walk *walk, const DuDelimited *reader) {
  require(!walk->is_cut);
  require(reader->offset == walk->place);
  require(reader->line == walk->line);
  see(walk, reader->length);
  see(walk, reader->ended);
}

static uint64_t count_lines(const Walk *walk, size_t from) {
  uint64_t lines = 0;
  for (; from < walk->place; from++)
    lines += walk->text[from] == '\n';
  return lines;
}

/* Doubled quotes are made single, and nothing else changes. */
static void check_plain(Walk *walk, const DuSpan *span) {
  char *plain = malloc(span->length > 0 ? span->length : 1);
  size_t length, i, from = 0;
  require(plain != NULL);
  length = du_delimited_plain(span, plain);
  require(span->doubled == (length < span->length));
  for (i = 0; i < length; i++, from++) {
    require(plain[i] == span->text[from]);
    if (span->quoted && plain[i] == '"')
      require(span->text[++from] == '"');
    see(walk, (unsigned char)plain[i]);
  }
  require(from == span->length);
  free(plain);
}

/* Returns what follows the field that stands at s. */
static const char *check_field(Walk *walk, const DuDelimited *reader,
                               const DuSpan *span, const char *s) {
  require(!span->quoted || reader->quotes);
  require(span->text == s + span->quoted);
  if (span->quoted) {
    require(s[0] == '"' && s[span->length + 1] == '"');
  } else if (span->length > 0) {
    require(!reader->quotes || s[0] != '"');
    require(memchr(s, reader->delimiter, span->length) == NULL);
    require(memchr(s, '\n', span->length) == NULL);
  }
  check_plain(walk, span);
  see(walk, span->quoted ? 256 : 257);
  return s + span->length + (span->quoted ? 2 : 0);
}

static void check_record(Walk *walk, const DuDelimited *reader,
                         const char *bytes) {
  const char *s = bytes + reader->start, *end = s + reader->length;
  size_t from = walk->place;
  int i;
  begin(walk, reader);
  require(reader->length <= reader->limit);
  require(reader->count > 0 && reader->count <= DU_DELIMITED_FIELDS);
  require(reader->blank == (reader->length == 0));
  for (i = 0; i < reader->count; i++) {
    if (i > 0)
      require(*s++ == reader->delimiter);
    s = check_field(walk, reader, &reader->fields[i], s);
  }
  require(s == end);
  for (s = bytes + reader->start; reader->plain && s < end; s++)
    require((unsigned char)(*s - 1) < 127);
  pass(walk, reader, bytes);
  walk->line += count_lines(walk, from);
}

static void check_fault(Walk *walk, const DuDelimited *reader,
                        const char *bytes) {
  begin(walk, reader);
  require(reader->count == 0 && reader->why[0] != '\0');
  require(reader->length <= reader->limit + 1);
  require(reader->length == 0 ||
          memchr(bytes + reader->start, '\n', reader->length) == NULL);
  see(walk, (unsigned char)reader->why[0]);
  walk->is_cut = reader->cut;
  pass(walk, reader, bytes);
  if (reader->ended)
    walk->line++;
  else
    require(reader->cut || walk->place == walk->length);
}

static void check_rest(Walk *walk, const DuDelimited *reader,
                       const char *bytes) {
  require(walk->is_cut && reader->cut == !reader->ended);
  pass(walk, reader, bytes);
  walk->rest += reader->length;
  if (!reader->ended)
    return;
  walk->line++;
  walk->is_cut = false;
  see(walk, walk->rest);
  walk->rest = 0;
}

/* The piece of the text that the reader has. */
typedef struct Piece {
  char *bytes;
  size_t held, given; /* the bytes of it; and of the text so far */
  uint32_t sizes;     /* the sizes of the next ones follow from it; 0: all */
  bool ended;
} Piece;

/* In memory of its own, of exactly its size. */
static void next_piece(Piece *piece, DuDelimited *reader, const Walk *walk) {
  size_t kept = piece->held - reader->at, more = walk->length - piece->given;
  char *bytes;
  require(!piece->ended && kept < reader->limit + 2);
  /* The end is told with the last bytes, or when there are no more. */
  piece->ended = more == 0;
  if (piece->sizes > 0) {
    if (more > piece->sizes % 97)
      more = piece->sizes % 97;
    piece->sizes = piece->sizes * 1664525 + 1013904223;
  }
  bytes = malloc(kept + more > 0 ? kept + more : 1);
  require(bytes != NULL);
  if (kept > 0 && piece->bytes != NULL)
    memcpy(bytes, piece->bytes + reader->at, kept);
  if (more > 0)
    memcpy(bytes + kept, walk->text + piece->given, more);
  free(piece->bytes);
  piece->bytes = bytes;
  piece->held = kept + more;
  piece->given += more;
  if (piece->given == walk->length && piece->sizes % 2 == 0)
    piece->ended = true;
  reader->at = 0;
}

static uint64_t read_text(DuDelimited *reader, const char *text, size_t length,
                          uint32_t sizes) {
  Walk walk = {text, length, 0, 1, 0, 0, false};
  Piece piece = {NULL, 0, 0, sizes, false};
  if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
    walk.place = 3;
  for (;;) {
    switch (du_delimited_next(reader, piece.bytes, piece.held, piece.ended)) {
    case DU_DELIMITED_RECORD:
      require(piece.bytes != NULL);
      check_record(&walk, reader, piece.bytes);
      break;
    case DU_DELIMITED_FAULT:
      require(piece.bytes != NULL);
      check_fault(&walk, reader, piece.bytes);
      break;
    case DU_DELIMITED_REST:
      require(piece.bytes != NULL);
      check_rest(&walk, reader, piece.bytes);
      break;
    case DU_DELIMITED_MORE:
      next_piece(&piece, reader, &walk);
      break;
    case DU_DELIMITED_END:
      require(piece.ended && walk.place == length);
      see(&walk, walk.rest);
      free(piece.bytes);
      return walk.seen;
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char delimiters[] = {',', '\t', ';', '\0', 'a', '\xff'};
  static DuDelimited whole, parts;
  const char *text = (const char *)data + 4;
  size_t limit;
  char delimiter;
  bool quotes;
  if (size < 4)
    return 0;
  delimiter = delimiters[data[0] % sizeof(delimiters)];
  quotes = data[0] < 128;
  limit = data[1] < 200 ? data[1] : 65536;
  du_delimited_init(&whole, delimiter, quotes, limit);
  du_delimited_init(&parts, delimiter, quotes, limit);
  require(read_text(&whole, text, size - 4, 0) ==
          read_text(&parts, text, size - 4, data[2] * 256u + data[3] + 1));
  return 0;
}
