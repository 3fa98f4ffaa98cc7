/*
** bytes.h - the order of texts: byte by byte, as SQLite's and as that of the
** characters' numbers in UTF-8, whatever the locale. Knows nobody.
*/
#ifndef DU_BYTES_H
#define DU_BYTES_H

#include <stddef.h>
#include <string.h>

/* Less than 0, 0 or more: a text that begins another comes before it. */
static inline int du_bytes_order(const char *a, size_t a_length, const char *b,
                                 size_t b_length) {
  int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

#endif
