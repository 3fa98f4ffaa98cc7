/*
** elements.c - the elements of a list as it is stored. JSON is read as RFC 8259
** has it, but for what no list of ours holds: fractions, names, nested arrays,
** and escapes of NUL and of halves of pairs, for which each reader has its own
** meaning. It comes from a file, so nothing is taken for granted.
*/
#include "elements.h"

#include <string.h>

/* ----------------------------------------------------------------- reading */

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(DuElements *elements) {
  while (elements->at < elements->end && is_space(*elements->at))
    elements->at++;
}

/* Reads the character, and the space before it. */
static bool skip(DuElements *elements, char c) {
  skip_space(elements);
  if (elements->at == elements->end || *elements->at != c)
    return false;
  elements->at++;
  return true;
}

static int hexadecimal(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20; /* small */
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind `\u`; -1 where it is no four digits. */
static int32_t code_unit(const char *at, const char *end) {
  int32_t unit = 0;
  if (end - at < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int digit = hexadecimal(at[i]);
    if (digit < 0)
      return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/* What may stand behind a `\`, but for `u`, and what it means. */
static const char escapes[] = {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'};
static const char meant[] = {'"', '\\', '/', '\b', '\f', '\n', '\r', '\t'};

/* Is an escape, whose `\` is before `at`, one that is read? */
static bool is_escape(const char *at, const char *end) {
  int32_t unit;
  if (at == end)
    return false;
  if (*at != 'u')
    return memchr(escapes, *at, sizeof escapes) != NULL;
  unit = code_unit(at + 1, end);
  return unit > 0 && (unit < 0xd800 || unit > 0xdfff);
}

/* Reads `"…"`; its text is between the two. */
static bool read_text(DuElements *elements, const char **text, size_t *length) {
  const char *at, *end = elements->end;
  if (!skip(elements, '"'))
    return false;
  for (at = elements->at; at < end && *at != '"'; at++) {
    if ((unsigned char)*at < 0x20)
      return false;
    if (*at == '\\' && !is_escape(++at, end))
      return false;
  }
  if (at == end)
    return false;
  *text = elements->at;
  *length = (size_t)(at - elements->at);
  elements->at = at + 1;
  return true;
}

static bool read_integer(DuElements *elements, int64_t *integer) {
  bool negative = skip(elements, '-');
  const char *first;
  int64_t value = 0;
  if (!negative)
    skip_space(elements);
  first = elements->at;
  for (; elements->at < elements->end && *elements->at >= '0' &&
         *elements->at <= '9';
       elements->at++) {
    int digit = *elements->at - '0';
    if (value < (INT64_MIN + digit) / 10) /* built from below: it reaches on */
      return false;
    value = value * 10 - digit;
  }
  if (elements->at == first || (*first == '0' && elements->at > first + 1) ||
      (!negative && value == INT64_MIN))
    return false;
  *integer = negative ? value : -value;
  return true;
}

/* Reads `{"source":5,"quote":"…"}`: all but the source are texts. */
static bool read_citation(DuElements *elements, DuElement *element) {
  bool sourced = false;
  do {
    DuElement name, value;
    if (!read_text(elements, &name.text, &name.length) || !skip(elements, ':'))
      return false;
    if (du_element_order(&name, "source", 6) != 0) {
      if (!read_text(elements, &value.text, &value.length))
        return false;
    } else if (sourced || !read_integer(elements, &element->integer)) {
      return false;
    } else {
      sourced = true;
    }
  } while (skip(elements, ','));
  return skip(elements, '}') && sourced;
}

DuElements du_elements(const char *json, size_t length) {
  DuElements elements = {json, json + length, false};
  return elements;
}

bool du_elements_next(DuElements *elements, DuElement *element) {
  if (!skip(elements, elements->begun ? ',' : '['))
    return false;
  elements->begun = true;
  skip_space(elements);
  element->is_text = elements->at < elements->end && *elements->at == '"';
  if (element->is_text)
    return read_text(elements, &element->text, &element->length);
  return skip(elements, '{') ? read_citation(elements, element)
                             : read_integer(elements, &element->integer);
}

bool du_elements_only(const char *json, size_t length) {
  DuElements elements = du_elements(json, length);
  DuElement element;
  const char *behind = NULL;
  while (du_elements_next(&elements, &element))
    behind = elements.at;
  if (behind == NULL)
    return false; /* an empty list is stored as nothing */
  elements.at = behind;
  if (!skip(&elements, ']'))
    return false;
  skip_space(&elements);
  return elements.at == elements.end;
}

/* ------------------------------------------------------------------- texts */

/* Writes a code point of an escape as UTF-8; returns the number of its bytes.
 */
static int encode(int32_t point, char bytes[3]) {
  static const unsigned char first[] = {0, 0, 0xc0, 0xe0};
  int count = point < 0x80 ? 1 : point < 0x800 ? 2 : 3;
  for (int i = count - 1; i > 0; i--, point >>= 6)
    bytes[i] = (char)(0x80 | (point & 0x3f));
  bytes[0] = (char)(first[count] | point);
  return count;
}

/* The bytes of the character at `at`, which moves behind it. */
static int read_character(const char **at, const char *end, char bytes[3]) {
  const char *escape;
  if (**at != '\\') {
    bytes[0] = *(*at)++;
    return 1;
  }
  *at += 2;
  if ((*at)[-1] == 'u') {
    *at += 4;
    return encode(code_unit(*at - 4, end), bytes);
  }
  escape = memchr(escapes, (*at)[-1], sizeof escapes);
  bytes[0] = meant[escape - escapes];
  return 1;
}

size_t du_element_text(const DuElement *element, char *text) {
  const char *at = element->text, *end = at + element->length;
  size_t length = 0;
  while (at < end) {
    char bytes[3];
    int count = read_character(&at, end, bytes);
    memcpy(text + length, bytes, (size_t)count);
    length += (size_t)count;
  }
  return length;
}

int du_element_order(const DuElement *element, const char *text,
                     size_t length) {
  const char *at = element->text, *end = at + element->length;
  const char *other_end = text + length;
  while (at < end) {
    char bytes[3];
    int count = read_character(&at, end, bytes);
    for (int i = 0; i < count; i++, text++) {
      if (text == other_end)
        return 1;
      if (bytes[i] != *text)
        return (unsigned char)bytes[i] < (unsigned char)*text ? -1 : 1;
    }
  }
  return text == other_end ? 0 : -1;
}
