/*
** absent.h - the tables that a file has only once something is written to
** them, and what stands in for one that it has not got: no rows. Most stores
** have records of a few kinds, and few records that were ever changed; SQLite
** reads the whole schema when a file is opened, so that each table, with its
** indexes and triggers, is paid for by all who open it.
*/
#ifndef DUALUSE_ABSENT_H
#define DUALUSE_ABSENT_H

#include "core.h"

/* Those of kinds, those of their history, `reasons` and `texts`. */
#define DU_ABSENTABLE (2 * DU_KINDS + 2)

/* Enough for the name of any of them, with its zero. */
#define DU_TABLE_NAME 64

void du_absent_name(int table, char name[DU_TABLE_NAME]);
/* Writes `"name" AS (…)`, of which a query finds no rows, as snprintf does:
** into so many bytes, zero included; returns how many it takes. */
size_t du_absent_write(int table, char *bytes, size_t size);

#endif
