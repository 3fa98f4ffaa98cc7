/*
** fold.h - UTF-8 checking and Unicode case folding, for names that are
** compared ignoring case. Knows neither Lua nor SQLite.
*/
#ifndef DU_FOLD_H
#define DU_FOLD_H

#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* A folded text has at most this many times the bytes of the original. */
#define DU_FOLD_GROWTH 3

/*
** Reads the character at s, of which n > 0 bytes are there. Returns its
** length, or 0 if the bytes are not strict UTF-8.
*/
size_t du_utf8_decode(const unsigned char *s, size_t n, uint32_t *code);

/* Writes the character to s, which has room for 4 bytes; returns its length. */
size_t du_utf8_encode(uint32_t code, unsigned char *s);

/*
** Is this strict UTF-8: no overlong form, no surrogate, nothing above
** U+10FFFF? If not, and bad is not NULL, *bad is the offset of the first byte
** of the first sequence that is wrong.
*/
int du_utf8_valid(const char *text, size_t length, size_t *bad);

/*
** Folds UTF-8 text by Unicode's full case folding (statuses C and F of
** CaseFolding.txt), so that "Straße" and "STRASSE" become the same bytes.
** Nothing else is changed: no normalisation, no trimming, and bytes that are
** not UTF-8 are copied as they are. Writes the whole characters that fit into
** size bytes, without a terminating NUL, and returns the bytes that the whole
** result needs, never more than length * DU_FOLD_GROWTH. out may be NULL if
** size is 0; it must not overlap text.
*/
size_t du_fold(const char *text, size_t length, char *out, size_t size);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
