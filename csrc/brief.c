/*
** brief.c - sorted texts in fewer bytes.
**
** Behind a head are three bytes for each text: how many it begins with as the
** one before, how many follow that are its own, and the number of its end, or
** 0; then the lengths of the ends, the ends, and what the texts have of their
** own.
*/
#include "brief.h"

#include <string.h>

/* So many ends are told apart, and so long may any part be. */
#define MOST 255

#define PLACES 512

typedef struct Head {
  uint32_t ends; /* how many there are */
  uint32_t own;  /* the bytes that texts have of their own */
} Head;

/* The ends that were met. */
typedef struct Ends {
  const char *bytes;
  DuSpan spans[MOST];
  uint32_t count;
  uint16_t places[PLACES]; /* number of an end, from 1 on, by its hash */
} Ends;

/* ------------------------------------------------------------------ packing */

/* How long the part of a text is that comes before its end: before the last
** comma with a space. */
static uint32_t length_before(const char *text, uint32_t length) {
  for (uint32_t i = length; i > 1; i--)
    if (text[i - 2] == ',' && text[i - 1] == ' ')
      return i - 2;
  return length;
}

static uint32_t place_of(const char *text, uint32_t length) {
  uint32_t hash = length;
  for (uint32_t i = 0; i < length; i++)
    hash = hash * 31 + (unsigned char)text[i];
  return (hash ^ hash >> 15) % PLACES;
}

/* The number of an end, which is new perhaps; 0 where it cannot be one. */
static uint8_t number_of(Ends *ends, DuSpan end) {
  const char *text = ends->bytes + end.offset;
  uint32_t place;
  if (end.length == 0 || end.length > MOST)
    return 0;
  place = place_of(text, end.length);
  for (; ends->places[place] != 0; place = (place + 1) % PLACES) {
    const DuSpan *met = &ends->spans[ends->places[place] - 1];
    if (met->length == end.length &&
        memcmp(ends->bytes + met->offset, text, end.length) == 0)
      return (uint8_t)ends->places[place];
  }
  if (ends->count == MOST)
    return 0;
  ends->spans[ends->count++] = end;
  ends->places[place] = (uint16_t)ends->count;
  return (uint8_t)ends->count;
}

/* With how many bytes do both begin? */
static uint32_t same_bytes(const char *a, uint32_t a_length, const char *b,
                           uint32_t b_length) {
  uint32_t most = a_length < b_length ? a_length : b_length, same = 0;
  most = most < MOST ? most : MOST;
  while (same < most && a[same] == b[same])
    same++;
  return same;
}

static unsigned char *put_ends(const Ends *ends, unsigned char *at) {
  for (uint32_t i = 0; i < ends->count; i++)
    *at++ = (unsigned char)ends->spans[i].length;
  for (uint32_t i = 0; i < ends->count; i++) {
    memcpy(at, ends->bytes + ends->spans[i].offset, ends->spans[i].length);
    at += ends->spans[i].length;
  }
  return at;
}

unsigned char *du_brief_pack(const char *bytes, const DuSpan *texts,
                             uint32_t count, unsigned char *at) {
  unsigned char *start = at, *same = at + sizeof(Head), *own = same + count;
  unsigned char *end = own + count;
  DuSpan before = {0, 0};
  Head head = {0, 0};
  Ends ends;
  ends.bytes = bytes;
  ends.count = 0;
  memset(ends.places, 0, sizeof ends.places);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length = texts[i].length;
    uint32_t first = length_before(bytes + texts[i].offset, length);
    DuSpan last = {texts[i].offset + first, length - first};
    end[i] = number_of(&ends, last);
  }
  at = put_ends(&ends, end + count);
  for (uint32_t i = 0; i < count; i++) {
    const char *text = bytes + texts[i].offset;
    uint32_t length = texts[i].length;
    if (end[i] > 0)
      length -= ends.spans[end[i] - 1].length;
    same[i] =
        (uint8_t)same_bytes(bytes + before.offset, before.length, text, length);
    length -= same[i];
    if (length > MOST)
      return NULL;
    own[i] = (uint8_t)length;
    memcpy(at, text + same[i], length);
    at += length;
    head.own += length;
    before = texts[i];
  }
  head.ends = ends.count;
  memcpy(start, &head, sizeof head);
  while ((size_t)(at - start) % 8 != 0)
    *at++ = 0;
  return at;
}

/* ---------------------------------------------------------------- unpacking */

/* Copies few bytes, and what comes with them: there are DU_BRIEF_SLACK more at
** both places. What is written may lie right behind what is read. */
static inline void copy_loosely(char *to, const char *from, size_t length) {
  for (size_t i = 0; i < length; i += DU_BRIEF_SLACK) {
    char some[DU_BRIEF_SLACK];
    memcpy(some, from + i, sizeof some);
    memcpy(to + i, some, sizeof some);
  }
}

/* The same, where there may be less behind what is read. */
static inline void copy_from(char *to, const char *from, size_t length,
                             const char *end) {
  if ((size_t)(end - from) >= length + DU_BRIEF_SLACK)
    copy_loosely(to, from, length);
  else
    memcpy(to, from, length);
}

/* Where each end begins, by its number, and the last one ends. */
static size_t place_ends(const unsigned char *lengths, uint32_t count,
                         size_t *places) {
  size_t place = 0;
  places[0] = 0; /* no end */
  for (uint32_t i = 0; i < count; i++) {
    places[i + 1] = place;
    place += lengths[i];
  }
  return place;
}

bool du_brief_unpack(const unsigned char *at, size_t *size, uint32_t count,
                     uint32_t text_bytes, uint32_t *offsets, char *texts) {
  const unsigned char *same, *own, *end, *lengths;
  const char *ends, *rest, *behind;
  size_t places[MOST + 1], all;
  uint32_t written = 0, before = 0; /* where the text before begins */
  Head head;
  if (*size < sizeof head)
    return false;
  memcpy(&head, at, sizeof head);
  all = sizeof head + 3 * (size_t)count + head.ends;
  if (head.ends > MOST || all > *size)
    return false;
  same = at + sizeof head;
  own = same + count;
  end = own + count;
  lengths = end + count;
  ends = (const char *)lengths + head.ends;
  all += place_ends(lengths, head.ends, places);
  if (all > *size || head.own > *size - all)
    return false;
  rest = (const char *)at + all;
  behind = rest + head.own;
  all = (all + head.own + 7) / 8 * 8;
  if (all > *size)
    return false;
  *size -= all;
  offsets[0] = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t last = end[i] > 0 && end[i] <= head.ends ? lengths[end[i] - 1] : 0;
    uint32_t length = (uint32_t)same[i] + own[i] + last;
    char *text = texts + written;
    if (same[i] > written - before || own[i] > (size_t)(behind - rest) ||
        end[i] > head.ends || length > text_bytes - written)
      return false;
    copy_loosely(text, texts + before, same[i]);
    copy_from(text + same[i], rest, own[i], behind);
    copy_from(text + same[i] + own[i], ends + places[end[i]], last, behind);
    rest += own[i];
    before = written;
    written += length;
    offsets[i + 1] = written;
  }
  return written == text_bytes && rest == behind;
}
