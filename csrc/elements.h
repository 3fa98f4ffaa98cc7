/*
** elements.h - the elements of a list as it is stored, a JSON array: texts,
** integers and citations, of which the source is the element. Knows neither
** Lua nor SQLite.
*/
#ifndef DU_ELEMENTS_H
#define DU_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

typedef struct DuElement {
  bool is_text;
  int64_t integer;
  const char *text; /* what stands between the quotes */
  size_t length;
} DuElement;

/* What of the array is still to be read. */
typedef struct DuElements {
  const char *at, *end;
  bool begun;
} DuElements;

DuElements du_elements(const char *json, size_t length);
/* Reads the next element; false behind the last, and where something else
** comes. */
bool du_elements_next(DuElements *elements, DuElement *element);
/* Is it an array of nothing else, and its end the end? */
bool du_elements_only(const char *json, size_t length);
/* Writes the text of an element, which has `length` bytes at the most; returns
** how many. */
size_t du_element_text(const DuElement *element, char *text);
/* How the text of an element compares with another, byte by byte. */
int du_element_order(const DuElement *element, const char *text, size_t length);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
