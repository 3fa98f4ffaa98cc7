/*
** check.h - a check on its way, for check.c and what it asks: check_schema.c,
** check_records.c, check_indexes.c and check_columns.c. They read, and mend
** nothing.
*/
#ifndef DU_CHECK_H
#define DU_CHECK_H

#include "core.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

typedef struct Check {
  lua_State *L;
  DuStore *store;
  DuSql *sql;
  int64_t newest;  /* the highest revision that there can be, */
  int64_t last_id; /* and the highest id */
  int findings;    /* stack index of the list */
} Check;

/* [-1, +0] adds a finding whose problem, a sentence, is on top */
void du_add_finding(Check *check, const DuKind *kind, int64_t id,
                    const char *field);
/* Each row of the query being built, `SELECT id, detail …`, is a finding:
** `problem: detail`. The text is emptied. */
void du_find(Check *check, DuText *text, const DuKind *kind, const char *field,
             const char *problem);
/* Adds ` FROM kind t`, and for a list its elements as j; where it is none, it
** has no elements. */
void du_add_from(DuText *text, const DuKind *kind, const DuField *field);

/*
** The parts of a check: of one kind, or of all. What one part cannot read is a
** finding, and keeps none from going on.
*/
typedef void DuCheckPart(Check *check, DuText *text, const DuKind *kind);

/* The tables, indexes, triggers and views: check_schema.c. */
DuCheckPart du_check_schema;
/* What the records of a kind say, and said: check_records.c. */
DuCheckPart du_check_kind;
/* Its columns against its rows: check_columns.c. */
DuCheckPart du_check_columns;
/* The indexes of names, of full text and of likeness against the records:
** check_indexes.c. */
DuCheckPart du_check_names, du_check_full_text, du_check_likeness;

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
