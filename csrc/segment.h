/*
** segment.h - some thousand values of one field, packed into bytes: a sorted
** list of the distinct ones, and for each row the number of its value in that
** list. Knows neither Lua nor SQLite.
**
** Whatever is asked of values is asked of the distinct ones, and then of the
** numbers, which have a byte or two: a range of values is a range of numbers.
** Numbers that hardly repeat are kept as they are, and ids that follow each
** other as the first of them.
**
** So it is in memory. Packed, it takes fewer bits where it can (narrow.h), and
** is read into memory as a whole. What an earlier version packed, without that,
** is read as well.
**
** The bytes are in the order of the machine that wrote them. Another refuses
** them, as it does bytes that are damaged: they have a sum. Whoever makes bytes
** whose sum is right may give wrong values with them, and nothing worse:
** du_segment_read checks all that its caller then relies on.
*/
#ifndef DU_SEGMENT_H
#define DU_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* The most rows of a segment: numbers of values then fit in two bytes. */
#define DU_SEGMENT_ROWS 16384

/* The bytes of all its distinct texts: none can be longer. */
#define DU_SEGMENT_TEXT_ROOM ((size_t)256 * 1024)

/* Days are from 0, before all, to this, after all. */
#define DU_SEGMENT_LAST_DAY 99999999

typedef enum DuSegmentType {
  DU_SEGMENT_INTEGERS = 1,
  DU_SEGMENT_NUMBERS,
  DU_SEGMENT_TEXTS,
  DU_SEGMENT_DATES /* a text, and its first and last possible day */
} DuSegmentType;

typedef enum DuSegmentForm {
  DU_SEGMENT_SAME,     /* all rows have the one value, or none has any */
  DU_SEGMENT_BYTES,    /* numbers of values in one byte */
  DU_SEGMENT_WORDS,    /* in two */
  DU_SEGMENT_PLAIN,    /* numbers as they are; what is no number is missing */
  DU_SEGMENT_FOLLOWING /* integers that follow each other */
} DuSegmentForm;

/* ----------------------------------------------------------------- packing */

/* One field of the segment that is being made. */
typedef struct DuPacking DuPacking;

/* The bytes of memory that one of that type needs. */
size_t du_packing_size(DuSegmentType type);
/* Begins anew in that memory, which is aligned as for any type. */
void du_packing_begin(DuPacking *packing, DuSegmentType type);
/* Adds so many rows without a value, of which only the last one can be taken
** back; false where there is no room. */
bool du_packing_nulls(DuPacking *packing, uint32_t count);
/* Adds a row's value. Returns false where there is no room: a text is too long
** for what is left. Then the row belongs to the next segment. */
bool du_packing_integer(DuPacking *packing, int64_t value);
bool du_packing_number(DuPacking *packing, double value);
bool du_packing_text(DuPacking *packing, const char *text, size_t length);
bool du_packing_date(DuPacking *packing, const char *text, size_t length,
                     int first, int last);
/* Has the last row that has a text this one? Then it need not be looked at
** again. */
bool du_packing_repeats(const DuPacking *packing, const char *text,
                        size_t length);
/* Adds a row with one of its texts or dates, by the number that it has. */
bool du_packing_known(DuPacking *packing, int number);
/* The number of the text or date that was added last, among those that are not
** the same: from 0, and below DU_SEGMENT_ROWS; -1 where that is not known. */
int du_packing_last(const DuPacking *packing);
/* Takes the last row back. */
void du_packing_undo(DuPacking *packing);
/* Packs what there is into `out`, which has du_packing_room() bytes and is
** aligned to 8; returns the number of bytes used. It then begins anew. */
size_t du_packing_room(void);
size_t du_packing_end(DuPacking *packing, unsigned char *out);
uint32_t du_packing_rows(const DuPacking *packing);
/* What du_segment_bounds will tell of it, and du_segment_months, once it is
** packed. */
bool du_packing_bounds(const DuPacking *packing, int64_t *least, int64_t *most);
size_t du_packing_months(const DuPacking *packing, unsigned char *months);

/* ----------------------------------------------------------------- reading */

typedef struct DuSegment {
  DuSegmentType type;
  DuSegmentForm form;
  uint32_t rows;
  uint32_t values; /* how many distinct ones there are */
  bool missing;    /* some rows have none: their number is `values` */
  int64_t base;    /* DU_SEGMENT_FOLLOWING: of the first row */
  const uint8_t *bytes;
  const uint16_t *words;
  const int64_t *integers; /* by number of value, or by row */
  const double *numbers;
  const int32_t *days;     /* two for each value: first, last */
  const uint32_t *offsets; /* of texts, one more than there are values */
  const char *texts;
} DuSegment;

/* How many bytes of memory packed bytes are read into; 0 where they are not
** what du_packing_end gave. */
size_t du_segment_room(const void *bytes, size_t size);
/* Reads packed bytes, wherever they are, into that memory, which is aligned to
** 8 and must stay. Returns false where they are not what du_packing_end gave.
*/
bool du_segment_read(const void *bytes, size_t size, void *room,
                     DuSegment *segment);

/* The number of a row's value. Not of DU_SEGMENT_PLAIN or _FOLLOWING. */
static inline uint32_t du_segment_number(const DuSegment *segment, int row) {
  return segment->form == DU_SEGMENT_BYTES   ? segment->bytes[row]
         : segment->form == DU_SEGMENT_WORDS ? segment->words[row]
                                             : 0;
}

/* The least and the most integer, or first and last day of all; false where it
** has no such values. */
bool du_segment_bounds(const DuSegment *segment, int64_t *least, int64_t *most);
/* The months of dates (months.h), for which there is DU_MONTHS_ROOM; returns
** their bytes, or 0 where there are none. */
size_t du_segment_months(const DuSegment *segment, unsigned char *months);

/*
** Leaves those rows in mask (1 or 0 each) whose value's number is accepted;
** accepted has one more byte than there are values, for missing ones.
*/
void du_segment_keep(const DuSegment *segment, const uint8_t *accepted,
                     uint8_t *mask);

/* The numbers of all rows' values. Not of DU_SEGMENT_PLAIN or _FOLLOWING. */
void du_segment_numbers(const DuSegment *segment, uint16_t *numbers);

/* How many of the bytes of a mask are 1. */
uint32_t du_mask_count(const uint8_t *mask, uint32_t rows);
/* Lists them, in room for all rows; returns how many there are. */
uint32_t du_mask_list(const uint8_t *mask, uint32_t rows, uint16_t *list);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
