/*
** fold.c - UTF-8 checking and Unicode case folding. See fold.h.
*/
#include "fold.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* Every stride-th character from first to last moves by delta. */
typedef struct CasefoldRange {
  uint32_t first, last, stride;
  int32_t delta;
} CasefoldRange;

/* One character becomes two or three; an absent third one is 0. */
typedef struct CasefoldFull {
  uint32_t from;
  uint32_t to[3];
} CasefoldFull;

#include "casefold.inc"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static_assert(CASEFOLD_GROWTH <= DU_FOLD_GROWTH,
              "callers size their buffers by DU_FOLD_GROWTH");

static int is_continuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

size_t du_utf8_decode(const unsigned char *s, size_t n, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t length, i;
  uint32_t c = s[0];
  if (c < 0x80) {
    *code = c;
    return 1;
  }
  length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
  if (c < 0xC2 || c > 0xF4 || n < length)
    return 0;
  c &= 0x7Fu >> length;
  for (i = 1; i < length; i++) {
    if (!is_continuation(s[i]))
      return 0;
    c = c << 6 | (s[i] & 0x3Fu);
  }
  if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
    return 0;
  *code = c;
  return length;
}

size_t du_utf8_encode(uint32_t code, unsigned char *s) {
  if (code < 0x80) {
    s[0] = (unsigned char)code;
    return 1;
  }
  if (code < 0x800) {
    s[0] = (unsigned char)(0xC0 | code >> 6);
    s[1] = (unsigned char)(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    s[0] = (unsigned char)(0xE0 | code >> 12);
    s[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    s[2] = (unsigned char)(0x80 | (code & 0x3F));
    return 3;
  }
  s[0] = (unsigned char)(0xF0 | code >> 18);
  s[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
  s[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
  s[3] = (unsigned char)(0x80 | (code & 0x3F));
  return 4;
}

/* The single character that code folds to, or code itself. */
static uint32_t fold_single(uint32_t code) {
  size_t low = 0, high = COUNT(casefold_ranges);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const CasefoldRange *range = &casefold_ranges[middle];
    if (code > range->last)
      low = middle + 1;
    else if (code < range->first)
      high = middle;
    else if ((code - range->first) % range->stride == 0)
      return (uint32_t)((int32_t)code + range->delta);
    else
      return code;
  }
  return code;
}

/* The two or three characters that code folds to, or NULL. */
static const uint32_t *fold_full(uint32_t code) {
  size_t low = 0, high = COUNT(casefold_full);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (code > casefold_full[middle].from)
      low = middle + 1;
    else if (code < casefold_full[middle].from)
      high = middle;
    else
      return casefold_full[middle].to;
  }
  return NULL;
}

/* Writes the folded character to s (at most 12 bytes); returns its length. */
static size_t fold_character(uint32_t code, unsigned char *s) {
  const uint32_t *to = code < 0x80 ? NULL : fold_full(code);
  size_t n;
  if (to == NULL)
    return du_utf8_encode(fold_single(code), s);
  n = du_utf8_encode(to[0], s);
  n += du_utf8_encode(to[1], s + n);
  if (to[2] != 0)
    n += du_utf8_encode(to[2], s + n);
  return n;
}

int du_utf8_valid(const char *text, size_t length, size_t *bad) {
  const unsigned char *s = (const unsigned char *)text;
  size_t i = 0;
  while (i < length) {
    uint32_t code;
    size_t step;
    uint64_t word;
    /* eight bytes at a time while they are ASCII, as most text is */
    if (length - i >= sizeof word) {
      memcpy(&word, s + i, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        i += sizeof word;
        continue;
      }
    }
    step = du_utf8_decode(s + i, length - i, &code);
    if (step == 0) {
      if (bad != NULL)
        *bad = i;
      return 0;
    }
    i += step;
  }
  return 1;
}

size_t du_fold(const char *text, size_t length, char *out, size_t size) {
  const unsigned char *s = (const unsigned char *)text;
  size_t i = 0, needed = 0;
  int full = 0; /* once a character did not fit, none after it is written */
  while (i < length) {
    unsigned char folded[12];
    size_t n = 1;
    uint32_t code;
    size_t step = du_utf8_decode(s + i, length - i, &code);
    if (step == 0) {
      folded[0] = s[i]; /* not UTF-8: as it is */
      step = 1;
    } else {
      n = fold_character(code, folded);
    }
    full = full || n > size - needed;
    if (!full)
      memcpy(out + needed, folded, n);
    needed += n;
    i += step;
  }
  return needed;
}
