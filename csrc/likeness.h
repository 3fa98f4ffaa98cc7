/*
** likeness.h - how alike two names are, as people write them: in any word
** order, with or without accents and legal forms, in one transliteration or
** another. Knows neither Lua nor SQLite.
**
** A name is read into its normal form:
**
**   1. case folded, accents and points off, full width and ligatures as plain
**      letters, the letters of Hangul as syllables
**   2. Cyrillic and Greek letters as Latin ones
**   3. apostrophes left out ("Int'l" is "intl"), single letters with dots
**      joined ("S.A." is "sa"), any other punctuation a space
**   4. legal forms and the words and, of, the left out, unless nothing else
**      would be left
**   5. Chinese, Japanese and Korean, which put few spaces between words, as
**      the pairs of neighbouring characters
**
** Two names of the same words, in any order, score 1. Otherwise each word of
** one is paired with at most one of the other, and a pair counts
**
**   1      the same word
**   0.98   the same, but for a space: "aero caribbean", "aerocaribbean"
**   0.95   the same, but for transliteration (see the table in likeness.c)
**   0.95 * (1 - edits / letters)   five letters or more, of which at most one
**          in four is another; words with digits have to be the same
**
** weighted by the letters of the words. The score is three quarters the part
** of the words asked for that is in the name, and one quarter the part of the
** name that was asked for; it is rounded down to thousandths, and is below 1
** for names that are not the same. It depends on the two names alone.
*/
#ifndef DU_LIKENESS_H
#define DU_LIKENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

enum {
  DU_LIKE_BYTES = 1200,  /* a name is read up to here */
  DU_LIKE_LETTERS = 480, /* ... and as far as so many letters */
  DU_LIKE_WORDS = 64,    /* ... and words */
  DU_LIKE_GRAM = 16      /* a gram as UTF-8, with its final zero */
};

typedef struct DuLikeWord {
  int start, length;    /* in letters */
  int rough, roughness; /* where its rough form starts, how long that is */
  uint32_t mask;        /* a bit for each letter of its rough form */
  bool exact;           /* has digits: no letter of it may be another */
  bool pair;            /* of ideographs, kana, syllables */
} DuLikeWord;

typedef struct DuLikeName {
  int nwords, weight;
  int nletters, nrough;
  DuLikeWord words[DU_LIKE_WORDS];
  uint32_t letters[DU_LIKE_LETTERS]; /* of the normal form */
  uint32_t rough[DU_LIKE_LETTERS];   /* without transliteration's choices */
} DuLikeName;

/* Reads a name in UTF-8. One without any letter is a word of what it has. */
void du_like_read(const char *text, size_t length, DuLikeName *name);

/* How alike they are, in thousandths. */
int du_like_score(const DuLikeName *asked, const DuLikeName *name);

int du_like_weight(const DuLikeWord *word);

/*
** The grams of a word, each once: three neighbouring letters of its rough
** form, whose ends count as letters ("_"), and a pair itself. `grams` has
** room for `most`. Returns their number.
*/
int du_like_grams(const DuLikeName *name, int number,
                  char (*grams)[DU_LIKE_GRAM], int most);

/*
** Of so many grams that a word asked for has, a word that it is paired with
** has at least this many: 0 if none may be shared, so that the grams cannot
** find it.
*/
int du_like_shared(const DuLikeName *name, int number, int grams);

/*
** What the likeness of a word asked for, of so many grams, can be at most if a
** name has `shared` of these: in thousandths, 0 if it cannot be paired.
*/
int du_like_most(const DuLikeName *name, int number, int grams, int shared);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
