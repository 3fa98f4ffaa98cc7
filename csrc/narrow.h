/*
** narrow.h - numbers in as few bits as the greatest of them needs, and rising
** integers by their steps. Knows neither Lua nor SQLite.
**
** Numbers of some bits are packed by blocks, each in planes. If they have more
** than 8, the lowest 8 are a plane of bytes, the last; of the others the
** highest bit comes first, if they are odd, then the next 2, then 4, as far as
** they have that many. So no number lies across bytes, and vectors of them are
** unpacked.
*/
#ifndef DU_NARROW_H
#define DU_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* The numbers of a block, and the most bits of one. */
#define DU_NARROW_BLOCK 128
#define DU_NARROW_BITS 16

/* The bits of a number; of 0 none. */
unsigned du_narrow_bits(uint64_t number);
/* The bytes of so many numbers, of which the last block may not be full. */
size_t du_narrow_size(uint32_t count, unsigned bits);
/* Packs the numbers of a block; returns what is behind their bytes. */
unsigned char *du_narrow_pack(const uint16_t *numbers, unsigned bits,
                              unsigned char *at);
/* Unpacks them, from bytes that may begin anywhere. */
void du_narrow_unpack(const unsigned char *at, unsigned bits,
                      uint16_t *numbers);
/* The same of no more than 8 bits. */
void du_narrow_unpack_bytes(const unsigned char *at, unsigned bits,
                            uint8_t *numbers);

/* Packs rising integers, of which there are two at least, where that takes less
** than so many bytes; returns what is behind, or NULL. */
unsigned char *du_steps_pack(const int64_t *integers, uint32_t count,
                             unsigned char *at, size_t most);
/* Unpacks so many from what are `*size` bytes, and makes that the bytes which
** are behind. False where they are no integers that rise. */
bool du_steps_unpack(const unsigned char *at, size_t *size, uint32_t count,
                     int64_t *integers);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
