/*
** narrow.c - numbers in few bits, and rising integers by their steps.
*/
#include "narrow.h"

#include <string.h>

/* Loops over a block go by so many of its numbers, in a loop of its own: at -O2
** gcc makes vectors only of a loop whose length it knows. */
#define LANES ((size_t)16)

unsigned du_narrow_bits(uint64_t number) {
#if defined(__GNUC__)
  return number == 0 ? 0 : 64 - (unsigned)__builtin_clzll(number);
#else
  unsigned bits = 0;
  for (; number != 0; number >>= 1)
    bits++;
  return bits;
#endif
}

size_t du_narrow_size(uint32_t count, unsigned bits) {
  size_t blocks = (count + DU_NARROW_BLOCK - 1) / DU_NARROW_BLOCK;
  return blocks * (DU_NARROW_BLOCK / 8) * bits;
}

/* ------------------------------------------------------------------- planes */

/* Each byte of a plane has bits of several numbers, LANES numbers apart, of the
** first of them the lowest. What is shifted by is always known beforehand, or
** gcc would make no vectors of bytes: these are made for each width. */

/* Packs the lowest bits of the numbers, which lose them. */
static inline void pack_plane(uint8_t *restrict numbers, const unsigned width,
                              unsigned char *restrict at) {
  const uint8_t mask = (uint8_t)((1u << width) - 1);
  const unsigned parts = 8 / width;
  for (size_t i = 0; i < DU_NARROW_BLOCK; i += parts * LANES, at += LANES) {
    uint8_t bytes[LANES] = {0};
    for (unsigned part = parts; part-- > 0;) {
      uint8_t *restrict some = numbers + i + part * LANES;
      for (unsigned lane = 0; lane < LANES; lane++) /* vectorised */
        bytes[lane] = (uint8_t)(bytes[lane] << width | (some[lane] & mask));
      for (unsigned lane = 0; lane < LANES; lane++) /* vectorised */
        some[lane] = (uint8_t)(some[lane] >> width);
    }
    memcpy(at, bytes, LANES);
  }
}

/* Puts bits of a plane behind those that LANES numbers have. */
static inline void unpack_part(const unsigned char *restrict at,
                               const unsigned width, const unsigned down,
                               uint8_t *restrict numbers) {
  const uint8_t mask = (uint8_t)((1u << width) - 1);
  for (unsigned lane = 0; lane < LANES; lane++) /* vectorised */
    numbers[lane] = (uint8_t)(numbers[lane] << width |
                              ((uint8_t)(at[lane] >> down) & mask));
}

static void unpack_ones(const unsigned char *at, uint8_t *numbers) {
  unpack_part(at, 1, 0, numbers);
  unpack_part(at, 1, 1, numbers + LANES);
  unpack_part(at, 1, 2, numbers + 2 * LANES);
  unpack_part(at, 1, 3, numbers + 3 * LANES);
  unpack_part(at, 1, 4, numbers + 4 * LANES);
  unpack_part(at, 1, 5, numbers + 5 * LANES);
  unpack_part(at, 1, 6, numbers + 6 * LANES);
  unpack_part(at, 1, 7, numbers + 7 * LANES);
}

static void unpack_twos(const unsigned char *at, uint8_t *numbers) {
  for (unsigned i = 0; i < 2; i++, at += LANES, numbers += 4 * LANES) {
    unpack_part(at, 2, 0, numbers);
    unpack_part(at, 2, 2, numbers + LANES);
    unpack_part(at, 2, 4, numbers + 2 * LANES);
    unpack_part(at, 2, 6, numbers + 3 * LANES);
  }
}

static void unpack_fours(const unsigned char *at, uint8_t *numbers) {
  for (unsigned i = 0; i < 4; i++, at += LANES, numbers += 2 * LANES) {
    unpack_part(at, 4, 0, numbers);
    unpack_part(at, 4, 4, numbers + LANES);
  }
}

/* The bytes of a block's plane. */
static size_t plane_size(unsigned width) {
  return (size_t)width * (DU_NARROW_BLOCK / 8);
}

/* Numbers of no more than 8 bits. Of the planes the highest comes first, and is
** packed last. */
static void pack_bytes(uint8_t *numbers, unsigned bits, unsigned char *at) {
  if (bits == 8) {
    memcpy(at, numbers, DU_NARROW_BLOCK);
    return;
  }
  if (bits & 4)
    pack_plane(numbers, 4, at + plane_size(bits & 3));
  if (bits & 2)
    pack_plane(numbers, 2, at + plane_size(bits & 1));
  if (bits & 1)
    pack_plane(numbers, 1, at);
}

void du_narrow_unpack_bytes(const unsigned char *at, unsigned bits,
                            uint8_t *numbers) {
  if (bits == 8) {
    memcpy(numbers, at, DU_NARROW_BLOCK);
    return;
  }
  memset(numbers, 0, DU_NARROW_BLOCK);
  if (bits & 1)
    unpack_ones(at, numbers);
  if (bits & 2)
    unpack_twos(at + plane_size(bits & 1), numbers);
  if (bits & 4)
    unpack_fours(at + plane_size(bits & 3), numbers);
}

/* The two bytes of numbers. */
static void part_words(const uint16_t *restrict numbers, uint8_t *restrict high,
                       uint8_t *restrict low) {
  for (unsigned i = 0; i < DU_NARROW_BLOCK; i++) /* vectorised */
    high[i] = (uint8_t)(numbers[i] >> 8);
  for (unsigned i = 0; i < DU_NARROW_BLOCK; i++) /* vectorised */
    low[i] = (uint8_t)numbers[i];
}

static void join_words(const uint8_t *restrict high,
                       const uint8_t *restrict low,
                       uint16_t *restrict numbers) {
  for (unsigned i = 0; i < DU_NARROW_BLOCK; i++) /* vectorised */
    numbers[i] = (uint16_t)(high[i] << 8 | low[i]);
}

unsigned char *du_narrow_pack(const uint16_t *numbers, unsigned bits,
                              unsigned char *at) {
  uint8_t high[DU_NARROW_BLOCK], low[DU_NARROW_BLOCK];
  part_words(numbers, high, low);
  if (bits > 8) {
    pack_bytes(high, bits - 8, at);
    at += plane_size(bits - 8);
    bits = 8;
  }
  pack_bytes(low, bits, at);
  return at + plane_size(bits);
}

void du_narrow_unpack(const unsigned char *at, unsigned bits,
                      uint16_t *numbers) {
  uint8_t high[DU_NARROW_BLOCK] = {0}, low[DU_NARROW_BLOCK];
  if (bits > 8) {
    du_narrow_unpack_bytes(at, bits - 8, high);
    at += plane_size(bits - 8);
    bits = 8;
  }
  du_narrow_unpack_bytes(at, bits, low);
  join_words(high, low, numbers);
}

/* -------------------------------------------------------------------- steps */

/* A step is by how much more than 1 an integer is above the one before. Those
** of few bits are packed as numbers; where one has more, its number is 0, and
** it is listed: which it is, and the rest of it. */
typedef struct Steps {
  int64_t first;
  uint16_t bits, listed;
  uint32_t unused;
} Steps;

typedef struct Listed {
  uint64_t step, number;
} Listed;

static uint64_t step_of(const int64_t *integers, uint32_t number) {
  return (uint64_t)integers[number + 1] - (uint64_t)integers[number] - 1;
}

static size_t size_of(const Steps *head, uint32_t steps) {
  return sizeof *head + du_narrow_size(steps, head->bits) +
         head->listed * sizeof(Listed);
}

/* So many bits that the fewest bytes are needed. */
static Steps head_of(const int64_t *integers, uint32_t count) {
  uint32_t with[65] = {0}; /* how many steps have so many bits */
  uint32_t steps = count - 1;
  Steps best = {integers[0], 0, (uint16_t)steps, 0}, head = best;
  for (uint32_t i = 0; i < steps; i++)
    with[du_narrow_bits(step_of(integers, i))]++;
  for (unsigned bits = 0; bits <= DU_NARROW_BITS; bits++) {
    head.bits = (uint16_t)bits;
    head.listed = (uint16_t)(head.listed - with[bits]);
    if (size_of(&head, steps) < size_of(&best, steps) || bits == 0)
      best = head;
  }
  return best;
}

unsigned char *du_steps_pack(const int64_t *integers, uint32_t count,
                             unsigned char *at, size_t most) {
  const Steps head = head_of(integers, count);
  uint32_t steps = count - 1;
  unsigned char *list = at + sizeof head + du_narrow_size(steps, head.bits);
  if (size_of(&head, steps) >= most)
    return NULL;
  memcpy(at, &head, sizeof head);
  at += sizeof head;
  for (uint32_t block = 0; block < steps; block += DU_NARROW_BLOCK) {
    uint16_t numbers[DU_NARROW_BLOCK] = {0};
    for (uint32_t i = block; i < steps && i < block + DU_NARROW_BLOCK; i++) {
      Listed one = {step_of(integers, i), i};
      if (one.step >> head.bits == 0) {
        numbers[i - block] = (uint16_t)one.step;
      } else {
        memcpy(list, &one, sizeof one);
        list += sizeof one;
      }
    }
    at = du_narrow_pack(numbers, head.bits, at);
  }
  return list;
}

/* Integers being unpacked. */
typedef struct Rise {
  int64_t *integers; /* the next one */
  uint64_t last;     /* the one before */
  uint64_t left;     /* how far it may rise still */
} Rise;

/* Goes on by some of a block's steps; they are never too much for one look at
** what is left. */
static bool go_on(Rise *rise, const uint16_t *numbers, uint32_t count) {
  uint64_t last = rise->last, risen;
  for (uint32_t i = 0; i < count; i++) {
    last += (uint64_t)numbers[i] + 1;
    memcpy(&rise->integers[i], &last, sizeof last);
  }
  rise->integers += count;
  risen = last - rise->last;
  rise->last = last;
  if (risen > rise->left)
    return false;
  rise->left -= risen;
  return true;
}

/* Goes on by a step that is listed. */
static bool leap(Rise *rise, uint64_t step) {
  if (step >= rise->left)
    return false;
  rise->left -= step + 1;
  rise->last += step + 1;
  memcpy(rise->integers++, &rise->last, sizeof rise->last);
  return true;
}

bool du_steps_unpack(const unsigned char *at, size_t *size, uint32_t count,
                     int64_t *integers) {
  Steps head;
  Rise rise = {integers + 1, 0, 0};
  const unsigned char *list;
  uint32_t steps = count - 1, listed = 0;
  if (count < 2 || *size < sizeof head)
    return false;
  memcpy(&head, at, sizeof head);
  if (head.bits > DU_NARROW_BITS || size_of(&head, steps) > *size)
    return false;
  integers[0] = head.first;
  rise.last = (uint64_t)head.first;
  rise.left = (uint64_t)INT64_MAX - rise.last;
  *size -= size_of(&head, steps);
  at += sizeof head;
  list = at + du_narrow_size(steps, head.bits);
  for (uint32_t block = 0; block < steps; block += DU_NARROW_BLOCK) {
    uint16_t numbers[DU_NARROW_BLOCK];
    uint32_t i = block, end = block + DU_NARROW_BLOCK;
    end = end < steps ? end : steps;
    du_narrow_unpack(at, head.bits, numbers);
    at += du_narrow_size(DU_NARROW_BLOCK, head.bits);
    for (; listed < head.listed; listed++, list += sizeof(Listed)) {
      Listed one;
      memcpy(&one, list, sizeof one);
      if (one.number >= end)
        break;
      if (one.number < i ||
          !go_on(&rise, numbers + (i - block), (uint32_t)one.number - i) ||
          !leap(&rise, one.step))
        return false;
      i = (uint32_t)one.number + 1;
    }
    if (!go_on(&rise, numbers + (i - block), end - i))
      return false;
  }
  return listed == head.listed;
}
