/*
** brief.h - texts in fewer bytes: of how many end, such as in ", Republic of
** Korea", only that they do. Knows neither Lua nor SQLite.
*/
#ifndef DU_BRIEF_H
#define DU_BRIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Fewer texts are not worth it. */
#define DU_BRIEF_LEAST 300
/* Behind the memory that texts are unpacked into are so many bytes more, which
** may be written. */
#define DU_BRIEF_SLACK 32

/* A text's place among bytes. */
typedef struct DuStretch {
  uint32_t offset, length;
} DuStretch;

/* Packs texts, of which there are DU_BRIEF_LEAST at least; returns what is
** behind, to a multiple of 8, or NULL where one is too long for this. It takes
** no more bytes than the texts and 4 for each. */
unsigned char *du_brief_pack(const char *bytes, const DuStretch *texts,
                             uint32_t count, unsigned char *at);
/* Unpacks so many texts from what are `*size` bytes, and makes that the bytes
** which are behind; where each begins, and the last one ends, is told by
** offsets. False where they are not so many bytes of texts. */
bool du_brief_unpack(const unsigned char *at, size_t *size, uint32_t count,
                     uint32_t text_bytes, uint32_t *offsets, char *texts);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
