/*
** directory.h - the tables of columns: which segments a kind has, and their
** columns in memory. For the files that make columns, and that scan them.
*/
#ifndef DU_DIRECTORY_H
#define DU_DIRECTORY_H

#include "columns.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Segments have numbers up to this, so that with a field's they are one
** integer. */
#define DU_MOST_SEGMENTS (INT64_MAX / 64)

typedef struct DuPlace {
  int64_t number, first_id, last_id, rows;
} DuPlace;

/* What segments a kind has, as it was when `version` was read. Its user value
** has the bounds of columns: by the number of a field, and by segment. */
typedef struct DuDirectory {
  int64_t version, packed; /* of other connections, of our own */
  bool damaged;            /* it says what cannot be */
  bool looked, whole; /* whether all records are in segments as they are now */
  DuMoment looked_at; /* was known at that moment */
  int count;
  DuPlace places[];
} DuDirectory;

/* The integer that a statement's first row begins with, or 0. Its parameter is
** the name of the kind, unless that is NULL. */
int64_t du_columns_number(lua_State *L, DuSql *sql, const char *text,
                          const DuKind *kind);
/* [-0, +1] the store's table of directories and columns */
void du_columns_push(lua_State *L, int storeindex);
/* [-1, +1] the kind's directory, from the store's table on top, which it
** replaces, as it is now */
DuDirectory *du_directory_push(lua_State *L, DuStore *store, const DuKind *kind,
                               DuMoment *now);
/* [-1, +1] the same where it was read and is so still, at that moment; else
** NULL, and anything pushed */
DuDirectory *du_directory_push_known(lua_State *L, const DuStore *store,
                                     const DuKind *kind, const DuMoment *now);
/* The bounds of a field's column, which the directory keeps; NULL where it can
** have none. */
const DuBounds *du_directory_bounds(DuScan *scan, const DuField *field);
/* The months of the kind's own date, likewise; NULL of another field. */
const DuMonths *du_directory_months(DuScan *scan, const DuField *field);
/* The column of the segment that the scan is at; NULL where it is damaged.
** Until the scan goes on, its table has it: it stays where it is, whatever
** becomes of the cache. */
const DuSegment *du_directory_column(DuScan *scan, const DuField *field);
/*
** leads.c: the rows of a kind's segments by two fields and its date. A row is
** the number of its segment, by directory, before its own.
*/
#define DU_ROW_BITS 14
typedef struct DuLeads DuLeads;
/* Where they are in the directory's user value: no field has that number. */
#define DU_LEADS_KEY DU_MOST_FIELDS
/* Has the kind what they are made of? */
bool du_leads_known(const DuKind *kind);
/* Those of the scan's kind, made where there are none and it is to read; NULL
** where they cannot be, or would take too much memory. */
const DuLeads *du_leads_of(DuScan *scan, DuAim aim);
/* The bytes that they take, which are counted with those of columns. */
size_t du_leads_bytes(const DuLeads *leads);
/* [-0, +1 or 0] Lists in scan->found the rows that are to be looked at, in the
** order of ids, and notes which tests are answered; false, and nothing pushed,
** where the scan does not ask for one value of both fields. */
bool du_leads_find(DuScan *scan, const DuLeads *leads);

/*
** standing.c: of the records that agree in some fields, the first.
*/
typedef struct DuStanding DuStanding;
/* Where they are in the directory's user value. */
#define DU_STANDING_KEY (DU_MOST_FIELDS + 1)
/* [-0, +1 or 0] Finds those that the query's DU_QUERY_STANDING asks for, as
** scan->standing, or only what would be read. Returns why columns cannot, and
** pushes nothing, or NULL. */
const char *du_standing_begin(DuScan *scan, int query, DuAim aim);
/* Sets a segment's mask to the rows that stand; false where none does. */
bool du_standing_mask(const DuStanding *standing, int place, uint8_t *mask,
                      uint32_t rows);
/* The ids of those that stand and are in no segment as they are now. */
const int64_t *du_standing_rest(const DuStanding *standing, int64_t *count);
/* Whose columns are read for it, a bit for each field; is a segment's? */
uint64_t du_standing_fields(const DuStanding *standing);
bool du_standing_reads(const DuStanding *standing, int place);
/* The bytes that it takes, which are counted with those of columns. */
size_t du_standing_bytes(const DuStanding *standing);

/*
** scan.c, for standing.c
*/
/* [-1, +n] Begins another walk of the same segments for the tests on top of the
** stack, of that query. Returns why columns cannot answer, or NULL. */
const char *du_scan_again(const DuScan *scan, DuScan *other, int query);
/* Starts `SELECT … FROM … t WHERE …` of the query for the records that are in
** no segment or have changed, in the order of the first column. */
DuStatement *du_scan_start_rest(const DuScan *scan, int query, const char *sql);
/* Do least and most tell of a segment that it has nothing that is found? */
bool du_scan_passes_over(const DuScan *scan, int place);

/* Is a field's column of a segment in memory? */
bool du_directory_has(const DuScan *scan, int field, const DuPlace *place);

/*
** packer.c
*/
/* Are there more than so many records behind an id? */
bool du_columns_behind(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t behind, int rows);
/* Packs before a query what is worth it. Where another connection is writing,
** or something fails, the rows do; but what interrupts goes on. */
void du_columns_pack_first(lua_State *L, DuStore *store, const DuKind *kind);
/* Has the kind's table the index of DU_LEADS, or no need of it? store is a
** base. */
bool du_lead_is_there(lua_State *L, DuStore *store, const DuKind *kind);
/* Makes it, likewise, before rows are read. */
void du_lead_first(lua_State *L, DuStore *store, const DuKind *kind);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
