/*
** texts.h - texts that many records share, while they are written to a file
** that keeps each once: which number a text was given. Knows neither Lua nor
** SQLite.
**
** It remembers those that were met last, and no more than fit its memory: one
** that comes again after very many others is kept twice, under two numbers,
** which nobody takes for two texts, since a number is only ever read as what it
** stands for.
*/
#ifndef DU_TEXTS_H
#define DU_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* The most bytes that a text may have. */
#define DU_TEXTS_LENGTH ((size_t)4096)
/* Bytes of texts that are remembered, a power of 2. */
#define DU_TEXTS_ROOM ((size_t)1 << 19)
/* How many are remembered at most, a power of 2. */
#define DU_TEXTS_SLOTS ((size_t)1 << 13)

typedef struct DuTextSlot {
  uint64_t hash;
  uint64_t at;    /* where it stands, in all bytes that were ever remembered */
  int64_t number; /* 0: none is here */
  size_t length;
} DuTextSlot;

typedef struct DuTexts {
  uint64_t written; /* bytes that were ever remembered */
  DuTextSlot slots[DU_TEXTS_SLOTS];
  char bytes[DU_TEXTS_ROOM]; /* the last of them, in a ring */
} DuTexts;

/* Remembers nothing. */
void du_texts_clear(DuTexts *texts);
/* The number that the text was given, or 0 where that is not known: then it is
** given this one, which is above 0. */
int64_t du_texts_number(DuTexts *texts, const char *text, size_t length,
                        int64_t number);

/* The other way round, of what has told texts apart by itself, and has few of
** them: which one a number stands for. */
#define DU_NUMBERS ((size_t)1 << 14)
typedef struct DuNumbers {
  uint16_t places[2 * DU_NUMBERS]; /* a text + 1, by its number's hash */
  int64_t numbers[DU_NUMBERS];     /* by text; 0: none is known */
} DuNumbers;

void du_numbers_clear(DuNumbers *numbers);
/* The text that a number stands for, from 0; -1 where that is not known. */
int du_numbers_text(const DuNumbers *numbers, int64_t number);
/* Notes that it stands for this text, below DU_NUMBERS, unless the text has a
** number already. */
void du_numbers_note(DuNumbers *numbers, int64_t number, int text);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
