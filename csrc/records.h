/*
** records.h - the records of a delimited file in Lua, for import.c.
*/
#ifndef DU_RECORDS_H
#define DU_RECORDS_H

#include "core.h"
#include "delimited.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

#define DU_RECORDS "dualuse.records"

/* A userdata whose user values are the function that gives the chunks, and the
** memory that the pointers point to. */
typedef struct DuRecords {
  DuDelimited reader;
  DuDelimitedStatus status; /* of the last record */
  bool peeked;              /* it is to be given again */
  bool ended;               /* there are no more chunks */
  bool quiet;               /* what gives them asks nothing of a store */
  char *bytes, *scratch;
  size_t length, size, scratch_size;
} DuRecords;

DuRecords *du_check_records(lua_State *L, int index);
/* The next record, which the userdata at index holds until the one after it
** is read. Calls the function that gives chunks, so it may raise. */
DuDelimitedStatus du_records_next(lua_State *L, DuRecords *records, int index);
/* The text of a field that holds doubled quotes, made single. */
const char *du_records_plain(lua_State *L, DuRecords *records, int index,
                             int field, size_t *length);
/* The text of one of its fields, quotes made single. Good as long as the
** record is. Most of an import's calls are this one. */
static inline const char *du_records_text(lua_State *L, DuRecords *records,
                                          int index, int field,
                                          size_t *length) {
  const DuSpan *span = &records->reader.fields[field];
  if (span->doubled)
    return du_records_plain(L, records, index, field, length);
  *length = span->length;
  return span->text;
}
/* [-0, +1] Records that are read alike, but none yet. */
DuRecords *du_records_like(lua_State *L, const DuRecords *records);
/* Makes a text the next record, and the last: a record that was read before,
** with the number of its line. The userdata is at index. */
void du_records_give(lua_State *L, DuRecords *records, int index,
                     const char *text, size_t length, int64_t line);
/* The whole record as it stands in the file, without its line end; of a fault,
** its line, or a piece of it. */
const char *du_records_line(const DuRecords *records, size_t *length);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
