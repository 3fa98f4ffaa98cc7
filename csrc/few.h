/*
** few.h - few records whose values are at hand, whether columns or rows had
** them: gathered at once, and given one by one.
*/
#ifndef DU_FEW_H
#define DU_FEW_H

#include <string.h>

#include "core.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* What a value is given as. */
typedef enum DuHeldAs {
  DU_HELD_NONE,
  DU_HELD_INTEGER,
  DU_HELD_NUMBER,
  DU_HELD_BOOLEAN,
  DU_HELD_TEXT,
  DU_HELD_LIST,
  DU_HELD_REFERENCE
} DuHeldAs;

typedef struct DuHeld {
  union {
    int64_t integer; /* first: records are put in order by it */
    double number;
    size_t at; /* of a text or list: where it begins */
  } is;
  uint32_t length;
  DuHeldAs as;
} DuHeld;

typedef struct DuFew {
  DuStore *store;
  const DuKind *kind;
  const unsigned char *fields; /* whoever gives them keeps them */
  int count;                   /* of fields, */
  uint32_t rows, room, given;  /* and of records: all, at most, already */
  DuHeld *values;              /* record by record */
  char *texts;
  size_t length, size; /* of all texts: now, at most */
} DuFew;

/* What a field's values are given as; DU_HELD_NONE where they cannot be held.
 */
DuHeldAs du_held_as(const DuField *field);
/* [-0, +1] Room for so many records with these fields, and so many bytes of
** text. It grows with what is added, in the stack slot where it is: what adds
** returns where it then is. */
DuFew *du_few_new(lua_State *L, DuStore *store, const DuKind *kind,
                  const unsigned char *fields, int count, uint32_t rows,
                  size_t bytes);
/* The same records, with room for so many more, and for so many bytes. */
DuFew *du_few_grow(lua_State *L, int slot, uint32_t rows, size_t bytes);
/* Adds records that have nothing yet. */
static inline DuFew *du_few_add(lua_State *L, int slot, DuFew *few,
                                uint32_t rows) {
  if (rows > few->room - few->rows)
    few = du_few_grow(L, slot, rows, 0);
  memset(few->values + few->rows * (size_t)few->count, 0,
         rows * (size_t)few->count * sizeof *few->values);
  few->rows += rows;
  return few;
}
static inline DuHeld *du_few_value(DuFew *few, uint32_t row, int field) {
  return few->values + row * (size_t)few->count + (size_t)field;
}
/* Gives a value a text. */
static inline DuFew *du_few_hold_text(lua_State *L, int slot, DuFew *few,
                                      uint32_t row, int field, DuHeldAs as,
                                      const char *text, size_t length) {
  DuHeld *held;
  if (length > few->size - few->length)
    few = du_few_grow(L, slot, 0, length);
  held = du_few_value(few, row, field);
  held->as = as;
  held->is.at = few->length;
  held->length = (uint32_t)length;
  memcpy(few->texts + few->length, text, length);
  few->length += length;
  return few;
}
/* Is the key of a record known? It is given later, when a record may have got
** one that has none now. keys is of du_push_reference. */
static inline bool du_few_knows(lua_State *L, int64_t id, int keys) {
  bool known = lua_rawgeti(L, keys, id) == LUA_TSTRING;
  lua_pop(L, 1);
  return known;
}
/* Puts them in the order of their first field, an id. */
void du_few_sort(DuFew *few);
static inline bool du_few_has_more(const DuFew *few) {
  return few->given < few->rows;
}
/* [-0, +1 or the number of fields] the next one: a table, where names is the
** index of the first field's name (see DuShelf), or its values, where that is
** 0; keys is of du_push_reference. There is one more, and there are as many
** free slots on the stack, and ten. */
void du_few_next(lua_State *L, DuFew *few, int names, int keys);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
