/*
** text.c - text that grows inside a userdata in a stack slot of its own:
** SQL and JSON on their way to SQLite. An error frees it with the stack.
*/
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void du_text_init(lua_State *L, DuText *text) {
  luaL_checkstack(L, 4, NULL);
  lua_pushnil(L);
  text->L = L;
  text->slot = lua_gettop(L);
  text->bytes = NULL;
  text->length = text->size = 0;
}

/* Makes room for so many bytes. */
static void grow(DuText *text, size_t length) {
  size_t size = text->size * 2;
  char *grown;
  if (size < text->length + length)
    size = text->length + length + 500;
  grown = lua_newuserdatauv(text->L, size, 0);
  if (text->length > 0)
    memcpy(grown, text->bytes, text->length);
  lua_replace(text->L, text->slot); /* frees the smaller one */
  text->bytes = grown;
  text->size = size;
}

static inline void add(DuText *text, const char *bytes, size_t length) {
  if (length > text->size - text->length)
    grow(text, length);
  if (length > 0)
    memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
}

void du_text_add(DuText *text, const char *bytes, size_t length) {
  add(text, bytes, length);
}

void du_text_grow(DuText *text, size_t length) {
  if (length <= text->length)
    return;
  if (length > text->size)
    grow(text, length - text->length);
  memset(text->bytes + text->length, 0, length - text->length);
  text->length = length;
}

void du_text_puts(DuText *text, const char *string) {
  add(text, string, strlen(string));
}

/* An SQL identifier. They come from kinds.c alone and hold no quotes. */
static void add_identifier(DuText *text, const char *name) {
  add(text, "\"", 1);
  du_text_puts(text, name);
  add(text, "\"", 1);
}

/* printf takes its time, and SQL has many numbers. */
static void add_integer(DuText *text, int64_t integer) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t rest = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
  do
    digits[--at] = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (integer < 0)
    digits[--at] = '-';
  add(text, digits + at, sizeof digits - at);
}

void du_text_format(DuText *text, const char *format, ...) {
  va_list arguments;
  const char *p = format;
  va_start(arguments, format);
  for (;;) {
    size_t plain = strcspn(p, "%");
    add(text, p, plain);
    p += plain;
    if (*p == '\0')
      break;
    switch (p[1]) {
    case 's':
      du_text_puts(text, va_arg(arguments, const char *));
      break;
    case 'q':
      add_identifier(text, va_arg(arguments, const char *));
      break;
    case 'd':
      add_integer(text, va_arg(arguments, int));
      break;
    case 'I':
      add_integer(text, va_arg(arguments, int64_t));
      break;
    default: /* %% */
      add(text, p + 1, 1);
    }
    p += 2;
  }
  va_end(arguments);
}

void du_text_json(DuText *text, const char *bytes, size_t length) {
  du_text_add(text, "\"", 1);
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c == '"' || c == '\\') {
      char escape[2] = {'\\', (char)c};
      du_text_add(text, escape, 2);
    } else if (c < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", c);
      du_text_add(text, escape, 6);
    } else {
      du_text_add(text, bytes + i, 1);
    }
  }
  du_text_add(text, "\"", 1);
}

void du_text_number(DuText *text, double number) {
  char digits[40];
  bool whole = true;
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, number);
    if (strtod(digits, NULL) == number)
      break;
  }
  for (char *p = digits; *p != '\0'; p++) {
    if (strchr("+-0123456789", *p) != NULL)
      continue;
    whole = false;
    if (*p != 'e')
      *p = '.'; /* whatever the locale has */
  }
  du_text_puts(text, digits);
  if (whole)
    du_text_puts(text, ".0");
}

void du_text_push(DuText *text) {
  lua_pushlstring(text->L, text->length > 0 ? text->bytes : "", text->length);
}

DuStatement *du_text_prepare(DuText *text, DuSql *sql) {
  DuStatement *statement;
  du_text_add(text, "", 1); /* the final zero */
  statement = du_sql_prepare(sql, text->bytes, text->length - 1);
  if (statement == NULL)
    du_raise_sql(text->L, sql);
  text->length--;
  return statement;
}
