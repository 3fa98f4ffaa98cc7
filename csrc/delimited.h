/*
** delimited.h - reads records of fields from text: CSV as RFC 4180 has it,
** TSV, and what stands between. Knows neither Lua nor SQLite, allocates
** nothing, and reads what its caller has in a buffer.
**
** The caller keeps the bytes from the start of the current record on, and asks
** for records until it is told that more bytes are needed:
**
**   du_delimited_init(&reader, ',', true, limit);
**   for (;;)
**     switch (du_delimited_next(&reader, bytes, length, ended)) {
**     case DU_DELIMITED_RECORD:  reader.fields[0 .. reader.count - 1]
**     case DU_DELIMITED_FAULT:   one line that is no record: reader.why
**     case DU_DELIMITED_REST:    goes with the fault before: see `cut`
**     case DU_DELIMITED_MORE:    move bytes[reader.at ..] to the front, set
**                                reader.at = 0, read more behind them (into a
**                                larger buffer if that is full), or set ended
**     case DU_DELIMITED_END:
**     }
**
** Lines end with LF or CRLF; a CR elsewhere is a byte like others. With quotes,
** a field that begins with a quote ends with the next one that is not doubled,
** and may hold delimiters and line ends; a quote further on in a field is a
** byte like others. Without quotes (GDELT, ICEWS) every quote is. A byte-order
** mark at the very start is passed over. An empty line is a record of one empty
** field, with `blank` set: whether it counts, the caller says, who knows how
** many fields a record has.
**
** These are faults: text behind a closing quote, a quote that nothing closes,
** more fields than DU_DELIMITED_FIELDS, and a record longer than the limit. A
** fault never loses more than one line: what was read as a record is given up
** to its first line end, and reading goes on behind that. Where that is far
** away, the fault has the first `limit` bytes of the line and is `cut`, and
** the rest follows in pieces. So no more than limit + 2 bytes need to be in
** the buffer, whatever is in the file, and what is read does not depend on how
** the bytes come.
*/
#ifndef DU_DELIMITED_H
#define DU_DELIMITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* The most fields that a record can have. */
#define DU_DELIMITED_FIELDS 2048

/* The most that the limit can be. */
#define DU_DELIMITED_LIMIT (UINT32_MAX - 2)

typedef enum DuDelimitedStatus {
  DU_DELIMITED_RECORD,
  DU_DELIMITED_FAULT,
  DU_DELIMITED_REST,
  DU_DELIMITED_MORE,
  DU_DELIMITED_END
} DuDelimitedStatus;

typedef struct DuSpan {
  const char *text; /* in the caller's bytes, also where length is 0 */
  uint32_t length;  /* of the bytes there, outer quotes not among them */
  bool quoted;      /* stood in quotes */
  bool doubled;     /* holds quotes that are doubled: see du_delimited_plain */
} DuSpan;

typedef struct DuDelimited {
  char delimiter;
  bool quotes;
  size_t limit; /* the most bytes of one record */

  size_t at;            /* where the next record begins in the caller's bytes */
  uint64_t line;        /* the line on which the last record began, from 1 */
  uint64_t offset;      /* the bytes before it, since the very start */
  size_t start, length; /* the last record in the caller's bytes, without its
                        ** line end; or the line of the fault, or what there
                        ** is of it, or a further piece of it */
  bool ended;           /* it had a line end */
  bool blank;           /* it was an empty line */
  bool plain;           /* of a record: all of it is ASCII without NUL, and none
                        ** in quotes. False says nothing */
  bool cut;             /* the fault's line goes on: what is read next is
                        ** DU_DELIMITED_REST, until a piece has `ended` or
                        ** there are no more bytes */
  int count;            /* its fields; none of a fault */
  const char *why;      /* of a fault: a constant text */

  uint64_t next_line, next_offset;
  DuSpan fields[DU_DELIMITED_FIELDS + 64]; /* the last are room to work in */
} DuDelimited;

/*
** delimiter: any byte but LF, CR and, with quotes, the quote.
** limit: the most bytes that a record may have, line ends and quotes inside it
** included, but not the line end behind it: 1 to DU_DELIMITED_LIMIT (what lies
** outside is taken as the nearest).
*/
void du_delimited_init(DuDelimited *reader, char delimiter, bool quotes,
                       size_t limit);

/*
** Reads the next record of bytes[reader->at .. length - 1]; ended says that
** nothing comes behind them. The fields point into bytes, and are good until
** those are changed. `start`, `length` and what follows them tell of the last
** record or fault, until the next call.
*/
DuDelimitedStatus du_delimited_next(DuDelimited *reader, const char *bytes,
                                    size_t length, bool ended);

/*
** Goes on in the middle of a text: what is read next begins on that line, at
** bytes[0], and no byte-order mark is looked for.
*/
void du_delimited_go(DuDelimited *reader, uint64_t line);

/*
** Writes a field's text with doubled quotes made single to out, which has room
** for span->length bytes; returns its length.
*/
size_t du_delimited_plain(const DuSpan *span, char *out);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
