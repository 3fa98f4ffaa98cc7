/*
** brief.c - texts in fewer bytes.
**
** Behind a head are two bytes for each text: how many it has of its own, and
** the number of its end, or 0; then the lengths of the ends, the ends, and what
** the texts have of their own. What a text begins with as the one before is not
** left out: to read what was just written takes longer than it saves.
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
  DuStretch spans[MOST];
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
static uint8_t number_of(Ends *ends, DuStretch end) {
  const char *text = ends->bytes + end.offset;
  uint32_t place;
  if (end.length == 0 || end.length > MOST)
    return 0;
  place = place_of(text, end.length);
  for (; ends->places[place] != 0; place = (place + 1) % PLACES) {
    const DuStretch *met = &ends->spans[ends->places[place] - 1];
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

static unsigned char *put_ends(const Ends *ends, unsigned char *at) {
  for (uint32_t i = 0; i < ends->count; i++)
    *at++ = (unsigned char)ends->spans[i].length;
  for (uint32_t i = 0; i < ends->count; i++) {
    memcpy(at, ends->bytes + ends->spans[i].offset, ends->spans[i].length);
    at += ends->spans[i].length;
  }
  return at;
}

unsigned char *du_brief_pack(const char *bytes, const DuStretch *texts,
                             uint32_t count, unsigned char *at) {
  unsigned char *start = at, *own = at + sizeof(Head), *end = own + count;
  Head head = {0, 0};
  Ends ends;
  ends.bytes = bytes;
  ends.count = 0;
  memset(ends.places, 0, sizeof ends.places);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length = texts[i].length;
    uint32_t first = length_before(bytes + texts[i].offset, length);
    DuStretch last = {texts[i].offset + first, length - first};
    end[i] = number_of(&ends, last);
  }
  at = put_ends(&ends, end + count);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length = texts[i].length;
    if (end[i] > 0)
      length -= ends.spans[end[i] - 1].length;
    if (length > MOST)
      return NULL;
    own[i] = (uint8_t)length;
    memcpy(at, bytes + texts[i].offset, length);
    at += length;
    head.own += length;
  }
  head.ends = ends.count;
  memcpy(start, &head, sizeof head);
  while ((size_t)(at - start) % 8 != 0)
    *at++ = 0;
  return at;
}

/* ---------------------------------------------------------------- unpacking */

/* Copies few bytes, and what comes with them where there is as much: what is
** written has DU_BRIEF_SLACK behind it. Most are copied at once, so that the
** processor need not guess their length. */
static inline void copy_from(char *to, const char *from, size_t length,
                             const char *end) {
  size_t i = 0;
  if ((size_t)(end - from) < length + DU_BRIEF_SLACK) {
    memcpy(to, from, length);
    return;
  }
  do {
    memcpy(to + i, from + i, DU_BRIEF_SLACK);
    i += DU_BRIEF_SLACK;
  } while (i < length);
}

/* What is packed, by its parts. */
typedef struct Parts {
  const unsigned char *own, *end; /* of each text */
  const char *ends;
  const char *rest, *behind; /* what the texts have of their own */
  uint32_t places[MOST + 1]; /* of ends, by their numbers */
  uint8_t lengths[MOST + 1];
} Parts;

/* Finds the parts; false where the bytes do not have them. */
static bool find_parts(const unsigned char *at, size_t *size, uint32_t count,
                       Head *head, Parts *parts) {
  size_t all = sizeof *head + 2 * (size_t)count;
  uint32_t place = 0;
  if (*size < all)
    return false;
  memcpy(head, at, sizeof *head);
  if (head->ends > MOST || head->ends > *size - all)
    return false;
  memset(parts->places, 0, sizeof parts->places);
  memset(parts->lengths, 0, sizeof parts->lengths);
  parts->own = at + sizeof *head;
  parts->end = parts->own + count;
  memcpy(parts->lengths + 1, at + all, head->ends);
  all += head->ends;
  parts->ends = (const char *)at + all;
  for (uint32_t i = 1; i <= head->ends; i++) {
    parts->places[i] = place;
    place += parts->lengths[i];
  }
  if (place > *size - all || head->own > *size - all - place)
    return false;
  parts->rest = parts->ends + place;
  parts->behind = parts->rest + head->own;
  all = (all + place + head->own + 7) / 8 * 8;
  if (all > *size)
    return false;
  *size -= all;
  return true;
}

bool du_brief_unpack(const unsigned char *at, size_t *size, uint32_t count,
                     uint32_t text_bytes, uint32_t *offsets, char *texts) {
  uint32_t written = 0;
  Head head;
  Parts parts;
  if (!find_parts(at, size, count, &head, &parts))
    return false;
  offsets[0] = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t own = parts.own[i], end = parts.end[i];
    uint32_t length = own + parts.lengths[end];
    char *text = texts + written;
    if (own > (size_t)(parts.behind - parts.rest) || end > head.ends ||
        length > text_bytes - written)
      return false;
    copy_from(text, parts.rest, own, parts.behind);
    copy_from(text + own, parts.ends + parts.places[end], parts.lengths[end],
              parts.behind);
    parts.rest += own;
    written += length;
    offsets[i + 1] = written;
  }
  return written == text_bytes && parts.rest == parts.behind;
}
