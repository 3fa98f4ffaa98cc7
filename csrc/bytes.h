/*
** bytes.h - the order of texts: byte by byte, as SQLite's and as that of the
** characters' numbers in UTF-8, whatever the locale; and what texts are looked
** up by in memory. Knows nobody.
*/
#ifndef DU_BYTES_H
#define DU_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Less than 0, 0 or more: a text that begins another comes before it. */
static inline int du_bytes_order(const char *a, size_t a_length, const char *b,
                                 size_t b_length) {
  int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* It means nothing elsewhere, so that words may be as the machine has them. The
** whole text tells in the highest bits. */
static inline uint64_t du_bytes_hash(const char *text, size_t length) {
  uint64_t hash = length, word;
  for (; length >= sizeof word; text += sizeof word, length -= sizeof word) {
    memcpy(&word, text, sizeof word);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  word = 0;
  memcpy(&word, text, length);
  hash = (hash ^ word) * 0xd6e8feb86659fd93u;
  hash ^= hash >> 32;
  return hash * 0x9e3779b97f4a7c15u;
}

/* All bytes of a text, some of them twice: two texts of one length are the same
** where their keys are. It differs from machine to machine. */
enum { DU_KEY_WORDS = 4, DU_KEY_BYTES = 8 * DU_KEY_WORDS };
typedef struct DuKey {
  uint64_t words[DU_KEY_WORDS];
} DuKey;

/* The key of a text of up to DU_KEY_BYTES bytes. */
static inline DuKey du_bytes_key(const char *text, size_t length) {
  DuKey key = {{0}};
  if (length >= 8) {
    memcpy(&key.words[0], text, 8);
    memcpy(&key.words[1], text + length - 8, 8);
    if (length > 16) {
      memcpy(&key.words[2], text + 8, 8);
      memcpy(&key.words[3], text + length - 16, 8);
    }
  } else if (length >= 4) {
    uint32_t first, last;
    memcpy(&first, text, 4);
    memcpy(&last, text + length - 4, 4);
    key.words[0] = (uint64_t)first << 32 | last;
  } else if (length > 0) {
    const unsigned char *bytes = (const unsigned char *)text;
    key.words[0] = (uint64_t)bytes[0] << 16 | (uint64_t)bytes[length / 2] << 8 |
                   bytes[length - 1];
  }
  return key;
}

/* The same of two texts of one length, the short ones without a call. */
static inline bool du_bytes_same(const char *a, const char *b, size_t length) {
  uint64_t words[8];
  uint32_t halves[4];
  if (length > DU_KEY_BYTES)
    return memcmp(a, b, length) == 0;
  if (length >= 8) {
    memcpy(&words[0], a, 8);
    memcpy(&words[1], b, 8);
    memcpy(&words[2], a + length - 8, 8);
    memcpy(&words[3], b + length - 8, 8);
    if (words[0] != words[1] || words[2] != words[3] || length <= 16)
      return words[0] == words[1] && words[2] == words[3];
    memcpy(&words[4], a + 8, 8);
    memcpy(&words[5], b + 8, 8);
    memcpy(&words[6], a + length - 16, 8);
    memcpy(&words[7], b + length - 16, 8);
    return words[4] == words[5] && words[6] == words[7];
  }
  if (length >= 4) {
    memcpy(&halves[0], a, 4);
    memcpy(&halves[1], b, 4);
    memcpy(&halves[2], a + length - 4, 4);
    memcpy(&halves[3], b + length - 4, 4);
    return halves[0] == halves[1] && halves[2] == halves[3];
  }
  return length == 0 || (a[0] == b[0] && a[length / 2] == b[length / 2] &&
                         a[length - 1] == b[length - 1]);
}

static inline bool du_key_same(const DuKey *a, const DuKey *b) {
  uint64_t other = 0;
  for (int i = 0; i < DU_KEY_WORDS; i++)
    other |= a->words[i] ^ b->words[i];
  return other == 0;
}

static inline uint64_t du_key_hash(const DuKey *key) {
  const uint64_t *words = key->words;
  uint64_t hash = words[0] ^ words[1] * 0xd6e8feb86659fd93u ^
                  words[2] * 0xff51afd7ed558ccdu ^
                  words[3] * 0xc4ceb9fe1a85ec53u;
  hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

#endif
