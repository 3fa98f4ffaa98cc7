/*
** columns.c - the scalar fields of a large kind as columns, beside its rows:
** packed segments of some thousand records (segment.h) in tables of the same
** file, written in the same transactions. The rows remain the truth.
**
** A segment is never changed. What is behind the last one comes from the rows,
** and so does each record that was updated, retracted or put back since it was
** packed: a trigger notes its kind and id in `stale`. A number is never given
** to two segments, so that what another process has packed anew is not taken
** for what is in memory.
**
** In memory are those columns that were asked for, up to a limit, in the user
** values of the store: { [kind] = directory, cache = { [number] = column } }.
*/
#include "columns.h"

#include "clock.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* More records than this outside segments are packed before a query. */
#define WORTH_PACKING (2 * DU_SEGMENT_ROWS)

/* Segments have numbers up to this, so that with a field's they are one
** integer. */
#define MOST_NUMBER (INT64_MAX / 64)

/* Why columns cannot answer. */
static const char NOT_TESTED[] = "a condition is not on a column";
static const char DAMAGED[] = "a column is damaged: store:repair() mends it";

/* --------------------------------------------------------------- what has one
 */

bool du_column_kept(const DuKind *kind, const DuField *field) {
  if (!kind->large || (field->flags & DU_DETECTED))
    return false;
  switch (field->type) {
  case DU_CITATIONS:
  case DU_ID:
    return true;
  case DU_TEXT:
    return (field->flags & DU_CODED) != 0;
  case DU_INTEGER:
  case DU_NUMBER:
  case DU_BOOLEAN:
  case DU_WORD:
  case DU_DATE:
  case DU_REFERENCE:
    return !(field->flags & DU_LIST);
  default:
    return false;
  }
}

DuSegmentType du_column_type(const DuField *field) {
  switch (field->type) {
  case DU_DATE:
    return DU_SEGMENT_DATES;
  case DU_NUMBER:
    return DU_SEGMENT_NUMBERS;
  case DU_INTEGER:
  case DU_BOOLEAN:
  case DU_REFERENCE:
  case DU_ID:
    return DU_SEGMENT_INTEGERS;
  default:
    return DU_SEGMENT_TEXTS;
  }
}

/* ------------------------------------------------------------------ packing */

/* A statement run to its end, and released. */
static void finish(lua_State *L, DuSql *sql, DuStatement *statement) {
  du_finish(L, sql, statement, du_sql_step(statement));
}

static int64_t number_of(lua_State *L, DuSql *sql, const char *text,
                         const DuKind *kind) {
  DuStatement *statement = du_prepare(L, sql, text);
  DuStatus status;
  int64_t number = 0;
  if (kind != NULL)
    du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  status = du_sql_step(statement);
  if (status == DU_ROW)
    number = du_sql_integer(statement, 0);
  du_finish(L, sql, statement, status);
  return number;
}

/* The segment on its way: a packing for each field that has a column. */
struct DuPacker {
  DuSql *sql;
  const DuKind *kind;
  const DuField *fields[64];
  int columns[64]; /* each field's first stored column, from 0; -1: the id */
  DuPacking *packings[64];
  int nfields;
  unsigned char *out;
  DuCell *cells;  /* of all stored columns, for rows that are read */
  uint32_t limit; /* the most rows of a segment */
  int64_t number, first, last;
};

static void begin_segment(DuPacker *packer) {
  for (int i = 0; i < packer->nfields; i++)
    du_packing_begin(packer->packings[i], du_column_type(packer->fields[i]));
}

/* To know without reading the column whether it matters. */
static void bind_bounds(DuStatement *statement, const DuSegment *segment) {
  int64_t least, most;
  if (du_segment_bounds(segment, &least, &most)) {
    du_sql_bind_integer(statement, 4, least);
    du_sql_bind_integer(statement, 5, most);
  }
}

static void write_column(lua_State *L, DuPacker *packer, int field) {
  static const char text[] =
      "INSERT INTO columns (kind, field, number, least, most, bytes) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
  DuStatement *statement = du_prepare(L, packer->sql, text);
  const char *name = packer->fields[field]->name;
  size_t size = du_packing_end(packer->packings[field], packer->out);
  DuSegment segment;
  du_sql_bind_text(statement, 1, packer->kind->name,
                   strlen(packer->kind->name));
  du_sql_bind_text(statement, 2, name, strlen(name));
  du_sql_bind_integer(statement, 3, packer->number);
  if (du_segment_read(packer->out, size, &segment))
    bind_bounds(statement, &segment);
  du_sql_bind_blob(statement, 6, packer->out, size);
  finish(L, packer->sql, statement);
}

/* Its number is asked for only now: other kinds may be packed meanwhile. */
static void end_segment(lua_State *L, DuPacker *packer) {
  static const char text[] =
      "INSERT INTO segments (number, kind, first_id, last_id, rows) "
      "VALUES (?1, ?2, ?3, ?4, ?5)";
  DuStatement *statement;
  uint32_t rows = du_packing_rows(packer->packings[0]);
  if (rows == 0)
    return;
  packer->number =
      1 + number_of(L, packer->sql,
                    "SELECT seq FROM sqlite_sequence WHERE name = 'segments'",
                    NULL);
  if (packer->number >= MOST_NUMBER)
    du_raise(L, "corrupt", packer->kind->name, NULL,
             "no segment can have a number after the last one's");
  for (int i = 0; i < packer->nfields; i++)
    write_column(L, packer, i);
  statement = du_prepare(L, packer->sql, text);
  du_sql_bind_integer(statement, 1, packer->number);
  du_sql_bind_text(statement, 2, packer->kind->name,
                   strlen(packer->kind->name));
  du_sql_bind_integer(statement, 3, packer->first);
  du_sql_bind_integer(statement, 4, packer->last);
  du_sql_bind_integer(statement, 5, rows);
  finish(L, packer->sql, statement);
  begin_segment(packer);
}

/* One field's value; false where the segment has no room. */
static bool add_value(DuPacking *packing, const DuField *field,
                      const DuCell *cell) {
  if (cell->type == DU_NULL_COLUMN)
    return du_packing_null(packing);
  switch (du_column_type(field)) {
  case DU_SEGMENT_INTEGERS:
    return du_packing_integer(packing, cell->integer);
  case DU_SEGMENT_NUMBERS:
    return du_packing_number(packing, cell->number);
  case DU_SEGMENT_DATES:
    return du_packing_date(packing, cell->text, cell->length,
                           (int)cell[1].integer, (int)cell[2].integer);
  default:
    return du_packing_text(packing, cell->text, cell->length);
  }
}

/* Are these the days of a date? Only another program's may not be. */
static bool are_days(const DuCell *cell) {
  int64_t first = cell[1].integer, last = cell[2].integer;
  return first >= 0 && first <= last && last <= DU_SEGMENT_LAST_DAY;
}

/* Is there room in a segment for what the row has? */
static bool fits(const DuPacker *packer, const DuCell *cells) {
  for (int i = 0; i < packer->nfields; i++) {
    const DuCell *cell = cells + packer->columns[i];
    if (packer->columns[i] >= 0 && cell->type == DU_TEXT_COLUMN &&
        (cell->length > DU_SEGMENT_TEXT_ROOM ||
         (packer->fields[i]->type == DU_DATE && !are_days(cell))))
      return false;
  }
  return true;
}

/* Notes that the record is in no segment. */
static void leave_out(lua_State *L, DuSql *sql, const DuKind *kind,
                      int64_t id) {
  DuStatement *statement = du_prepare(
      L, sql, "INSERT OR IGNORE INTO stale (kind, id) VALUES (?1, ?2)");
  du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  du_sql_bind_integer(statement, 2, id);
  finish(L, sql, statement);
}

/* Adds the row to the segment; false where there is no room left. */
static bool add_values(DuPacker *packer, int64_t id, const DuCell *cells) {
  int i = 0;
  for (; i < packer->nfields; i++) {
    DuPacking *packing = packer->packings[i];
    int column = packer->columns[i];
    if (!(column < 0 ? du_packing_integer(packing, id)
                     : add_value(packing, packer->fields[i], cells + column)))
      break;
  }
  if (i == packer->nfields)
    return true;
  while (i-- > 0)
    du_packing_undo(packer->packings[i]);
  return false;
}

/* Adds the row to the segment, or to the next where there is no room. One that
** no segment has room for is left to rows. */
void du_packer_add(lua_State *L, DuPacker *packer, int64_t id,
                   const DuCell *columns) {
  if (!fits(packer, columns)) {
    leave_out(L, packer->sql, packer->kind, id);
    return;
  }
  if (du_packing_rows(packer->packings[0]) >= packer->limit)
    end_segment(L, packer);
  if (!add_values(packer, id, columns)) {
    end_segment(L, packer);
    add_values(packer, id, columns);
  }
  if (du_packing_rows(packer->packings[0]) == 1)
    packer->first = id;
  packer->last = id;
}

/* So many bytes, and what aligns the next. */
static size_t rounded(size_t size) {
  return (size + 15) / 16 * 16;
}

/* [-0, +1] a packer, whose memory is a userdata */
static DuPacker *new_packer(lua_State *L, DuSql *sql, const DuKind *kind,
                            uint32_t limit) {
  size_t size = rounded(du_packing_size());
  size_t cells = (size_t)du_stored_columns(kind) * sizeof(DuCell);
  int count = 0;
  unsigned char *memory;
  DuPacker *packer;
  for (int i = 0; i < kind->nfields; i++)
    count += du_column_kept(kind, &kind->fields[i]);
  memory = lua_newuserdatauv(L,
                             rounded(sizeof *packer) + rounded(cells) +
                                 size * (size_t)count + du_packing_room(),
                             0);
  packer = (DuPacker *)(void *)memory;
  memset(packer, 0, sizeof *packer);
  packer->sql = sql;
  packer->kind = kind;
  packer->limit = limit;
  memory += rounded(sizeof *packer);
  packer->cells = (DuCell *)(void *)memory;
  memory += rounded(cells);
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (!du_column_kept(kind, field))
      continue;
    packer->fields[packer->nfields] = field;
    packer->columns[packer->nfields] =
        field->type == DU_ID ? -1 : du_column_number(kind, i) - 1;
    packer->packings[packer->nfields++] = (DuPacking *)(void *)memory;
    memory += size;
  }
  assert(packer->nfields > 0); /* no kind that has columns is without */
  packer->out = memory;
  begin_segment(packer);
  return packer;
}

void du_add_column_names(DuText *text, const DuKind *kind) {
  bool first = true;
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (!du_column_kept(kind, field))
      continue;
    du_text_format(text, "%s%q", first ? "" : ", ", field->name);
    if (field->type == DU_DATE)
      du_text_format(text, ", \"%s_first\", \"%s_last\"", field->name,
                     field->name);
    first = false;
  }
}

/* The statement of the rows behind an id: the columns of the fields. */
static DuStatement *select_rows(lua_State *L, const DuPacker *packer,
                                int64_t behind) {
  DuText text;
  DuStatement *statement;
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT ");
  du_add_column_names(&text, packer->kind);
  du_text_format(&text,
                 " FROM %q WHERE id > ?1 AND retracted IS NULL ORDER BY id",
                 packer->kind->name);
  statement = du_text_prepare(&text, packer->sql);
  du_sql_bind_integer(statement, 1, behind);
  lua_pop(L, 1);
  return statement;
}

static void read_cell(DuStatement *row, int column, DuCell *cell) {
  cell->type = du_sql_type(row, column);
  switch (cell->type) {
  case DU_INTEGER_COLUMN:
    cell->integer = du_sql_integer(row, column);
    break;
  case DU_NUMBER_COLUMN:
    cell->number = du_sql_number(row, column);
    break;
  case DU_TEXT_COLUMN:
    cell->text = du_sql_text(row, column, &cell->length);
    break;
  default:
    cell->type = DU_NULL_COLUMN;
  }
}

/* Packs the rows behind an id. */
static void add_rows(lua_State *L, DuPacker *packer, int64_t behind) {
  DuStatement *row = select_rows(L, packer, behind);
  DuStatus status;
  while ((status = du_sql_step(row)) == DU_ROW) {
    int column = 1;
    for (int i = 0; i < packer->nfields; i++) {
      int count =
          packer->columns[i] < 0 ? 0 : du_field_columns(packer->fields[i]);
      for (int part = 0; part < count; part++)
        read_cell(row, column++, packer->cells + packer->columns[i] + part);
    }
    du_packer_add(L, packer, du_sql_integer(row, 0), packer->cells);
  }
  du_finish(L, packer->sql, row, status);
}

/* Runs a statement with a number and the name of a kind, or one of them. */
static void forget(lua_State *L, DuSql *sql, const char *text,
                   const DuKind *kind, int64_t number) {
  DuStatement *statement = du_prepare(L, sql, text);
  du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  if (du_sql_parameters(statement) > 1)
    du_sql_bind_integer(statement, 2, number);
  finish(L, sql, statement);
}

/* Takes a last segment of fewer rows away, whose records are packed again;
** returns the id behind which there is no segment. */
static int64_t open_last(lua_State *L, DuSql *sql, const DuKind *kind,
                         uint32_t rows) {
  static const char text[] =
      "SELECT number, first_id, last_id, rows FROM segments WHERE kind = ?1 "
      "ORDER BY last_id DESC LIMIT 1";
  DuStatement *statement = du_prepare(L, sql, text);
  DuStatus status;
  int64_t behind = 0, number = 0, first = 0;
  du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  status = du_sql_step(statement);
  if (status == DU_ROW) {
    behind = du_sql_integer(statement, 2);
    if (du_sql_integer(statement, 3) < rows) {
      number = du_sql_integer(statement, 0);
      first = du_sql_integer(statement, 1);
    }
  }
  du_finish(L, sql, statement, status);
  if (number != 0) {
    forget(L, sql, "DELETE FROM columns WHERE kind = ?1 AND number = ?2", kind,
           number);
    forget(L, sql, "DELETE FROM segments WHERE kind = ?1 AND number = ?2", kind,
           number);
    forget(L, sql, "DELETE FROM stale WHERE kind = ?1 AND id >= ?2", kind,
           first);
    behind = first - 1;
  }
  return behind;
}

/* [-0, +1] a packer that has packed what was in no segment */
static DuPacker *begin_packer(lua_State *L, DuSql *sql, const DuKind *kind,
                              uint32_t rows) {
  DuPacker *packer;
  luaL_checkstack(L, 20, NULL);
  du_schema_columns(L, sql);
  int64_t behind = open_last(L, sql, kind, rows / 2);
  packer = new_packer(L, sql, kind, rows);
  add_rows(L, packer, behind);
  return packer;
}

void du_columns_pack_by(lua_State *L, DuStore *store, const DuKind *kind,
                        uint32_t rows) {
  DuSql *sql = store->base->sql;
  end_segment(L, begin_packer(L, sql, kind, rows));
  store->base->packed++;
  lua_pop(L, 1);
}

DuPacker *du_packer_begin(lua_State *L, DuStore *store, const DuKind *kind) {
  store->base->packing++;
  store->base->packed++;
  return begin_packer(L, store->base->sql, kind, DU_SEGMENT_ROWS);
}

void du_packer_end(lua_State *L, DuStore *store, DuPacker *packer) {
  end_segment(L, packer);
  store->base->packing--;
  store->base->packed++;
}

void du_columns_note(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id) {
  if (store->base->packing > 0 && kind->large)
    leave_out(L, store->base->sql, kind, id);
}

void du_columns_pack(lua_State *L, DuStore *store, const DuKind *kind) {
  du_columns_pack_by(L, store, kind, DU_SEGMENT_ROWS);
}

static bool has_table(lua_State *L, DuSql *sql, const char *name) {
  DuStatement *statement = du_prepare(
      L, sql, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
  DuStatus status;
  du_sql_bind_text(statement, 1, name, strlen(name));
  status = du_sql_step(statement);
  du_finish(L, sql, statement, status);
  return status == DU_ROW;
}

/* What the tables of columns, or those of them that are left, say of columns
** that they have or had: the highest number of a segment, and the kinds. */
static int64_t survey(lua_State *L, DuSql *sql, bool packed[DU_KINDS]) {
  static const char *const tables[] = {"segments", "columns"};
  static const char *const numbers[] = {
      "SELECT max(number) FROM segments WHERE number < 100000000000000000",
      "SELECT max(number) FROM columns WHERE number < 100000000000000000"};
  static const char *const kinds[] = {"SELECT 1 FROM segments WHERE kind = ?1",
                                      "SELECT 1 FROM columns WHERE kind = ?1"};
  int64_t most = 0;
  for (int table = 0; table < 2; table++)
    if (has_table(L, sql, tables[table])) {
      int64_t number = number_of(L, sql, numbers[table], NULL);
      most = number > most ? number : most;
      for (int i = 0; i < DU_KINDS; i++)
        if (du_kinds[i].large &&
            number_of(L, sql, kinds[table], &du_kinds[i]) == 1)
          packed[i] = true;
    }
  return most;
}

/* The next segment has a number behind this one: a number that another process
** may still know is not given again. */
static void count_from(lua_State *L, DuSql *sql, int64_t number) {
  DuStatement *statement;
  if (!du_sql_run(sql, "INSERT INTO sqlite_sequence (name, seq) SELECT "
                       "'segments', 0 WHERE NOT EXISTS (SELECT 1 FROM "
                       "sqlite_sequence WHERE name = 'segments')"))
    du_raise_sql(L, sql);
  statement =
      du_prepare(L, sql,
                 "UPDATE sqlite_sequence SET seq = max(?1, CASE WHEN seq "
                 "BETWEEN 0 AND 100000000000000000 THEN seq ELSE 0 END) "
                 "WHERE name = 'segments'");
  du_sql_bind_integer(statement, 1, number);
  finish(L, sql, statement);
}

void du_columns_repack(lua_State *L, DuStore *store) {
  static const char *const texts[] = {
      "DELETE FROM columns", "DELETE FROM stale", "DELETE FROM segments"};
  DuSql *sql = store->base->sql;
  bool packed[DU_KINDS] = {false};
  int64_t most;
  if (!has_table(L, sql, "segments") && !has_table(L, sql, "columns") &&
      !has_table(L, sql, "stale"))
    return;
  most = survey(L, sql, packed);
  du_schema_columns(L, sql);
  for (int i = 0; i < 3; i++)
    if (!du_sql_run(sql, texts[i]))
      du_raise_sql(L, sql);
  count_from(L, sql, most);
  for (int i = 0; i < DU_KINDS; i++)
    if (packed[i])
      du_columns_pack(L, store, &du_kinds[i]);
}

void du_columns_unpack(lua_State *L, DuSql *sql, const DuKind *kind) {
  static const char *const texts[] = {"DELETE FROM columns WHERE kind = ?1",
                                      "DELETE FROM stale WHERE kind = ?1",
                                      "DELETE FROM segments WHERE kind = ?1"};
  if (!du_columns_exist(L, sql))
    return;
  for (int i = 0; i < 3; i++)
    forget(L, sql, texts[i], kind, 0);
}

/* -------------------------------------------------------------- directories */

typedef struct Place {
  int64_t number, first_id, last_id, rows;
} Place;

/* What segments a kind has, as it was when `version` was read. Its user value
** has the bounds of columns: by the number of a field, and by segment. */
typedef struct Directory {
  int64_t version, packed; /* of other connections, of our own */
  bool damaged;            /* it says what cannot be */
  int count;
  Place places[];
} Directory;

bool du_columns_exist(lua_State *L, DuSql *sql) {
  return number_of(L, sql,
                   "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                   "AND name IN ('segments', 'columns', 'stale')",
                   NULL) == 3;
}

/* [-0, +1] the store's table of directories and columns */
static void push_columns(lua_State *L, int storeindex) {
  if (lua_getiuservalue(L, storeindex, DU_STORE_COLUMNS) == LUA_TTABLE)
    return;
  lua_pop(L, 1);
  storeindex = lua_absindex(L, storeindex);
  lua_newtable(L);
  lua_newtable(L);
  lua_setfield(L, -2, "cache");
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, storeindex, DU_STORE_COLUMNS);
}

bool du_segment_likely(int64_t number, int64_t first_id, int64_t last_id,
                       int64_t rows, int64_t behind) {
  return number > 0 && number < MOST_NUMBER && rows > 0 &&
         rows <= DU_SEGMENT_ROWS && first_id > behind && last_id >= first_id &&
         rows - 1 <= last_id - first_id;
}

/* [-0, +1] a directory read anew */
static Directory *read_directory(lua_State *L, DuStore *store,
                                 const DuKind *kind, int64_t version) {
  static const char count[] = "SELECT count(*) FROM segments WHERE kind = ?1";
  static const char text[] =
      "SELECT number, first_id, last_id, rows FROM segments WHERE kind = ?1 "
      "ORDER BY first_id";
  DuSql *sql = store->sql;
  bool exist = du_columns_exist(L, sql);
  int64_t places = exist ? number_of(L, sql, count, kind) : 0;
  Directory *directory = lua_newuserdatauv(
      L, sizeof *directory + (size_t)places * sizeof(Place), 1);
  DuStatement *statement;
  DuStatus status;
  int64_t behind = 0;
  directory->version = version;
  directory->packed = store->packed;
  directory->damaged = false;
  directory->count = 0;
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  if (places == 0)
    return directory;
  statement = du_prepare(L, sql, text);
  du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  while ((status = du_sql_step(statement)) == DU_ROW &&
         directory->count < places) {
    Place *place = &directory->places[directory->count];
    place->number = du_sql_integer(statement, 0);
    place->first_id = du_sql_integer(statement, 1);
    place->last_id = du_sql_integer(statement, 2);
    place->rows = du_sql_integer(statement, 3);
    if (!du_segment_likely(place->number, place->first_id, place->last_id,
                           place->rows, behind))
      directory->damaged = true;
    behind = place->last_id;
    directory->count++;
  }
  du_finish(L, sql, statement, status);
  return directory;
}

/* [-1, +1] the kind's directory, from the store's table on top, which it
** replaces */
static Directory *push_directory(lua_State *L, DuStore *store,
                                 const DuKind *kind) {
  int64_t version = number_of(L, store->sql, "PRAGMA data_version", NULL);
  Directory *directory;
  if (lua_rawgeti(L, -1, du_kind_number(kind) + 1) == LUA_TUSERDATA) {
    directory = lua_touserdata(L, -1);
    if (directory->version == version && directory->packed == store->packed) {
      lua_remove(L, -2);
      return directory;
    }
  }
  lua_pop(L, 1);
  directory = read_directory(L, store, kind, version);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, du_kind_number(kind) + 1);
  lua_remove(L, -2);
  return directory;
}

/* ------------------------------------------------------------------- bounds */

/* [-0, +1] the bounds of a field's column, read anew */
static DuBounds *read_field_bounds(DuScan *scan, const DuField *field) {
  static const char text[] =
      "SELECT s.number, c.least, c.most FROM segments s JOIN columns c ON "
      "c.kind = s.kind AND c.field = ?2 AND c.number = s.number "
      "WHERE s.kind = ?1 ORDER BY s.first_id";
  lua_State *L = scan->L;
  const Directory *directory = scan->directory;
  size_t size = ((size_t)directory->count + 1) * sizeof(DuBounds);
  DuBounds *bounds = lua_newuserdatauv(L, size, 0);
  DuStatement *row = du_prepare(L, scan->store->sql, text);
  DuStatus status;
  int place = 0;
  memset(bounds, 0, size);
  du_sql_bind_text(row, 1, scan->kind->name, strlen(scan->kind->name));
  du_sql_bind_text(row, 2, field->name, strlen(field->name));
  while ((status = du_sql_step(row)) == DU_ROW) {
    int64_t number = du_sql_integer(row, 0);
    while (place < directory->count &&
           directory->places[place].number != number)
      place++; /* its column is missing */
    if (place == directory->count)
      continue;
    bounds[place].known = du_sql_type(row, 1) == DU_INTEGER_COLUMN &&
                          du_sql_type(row, 2) == DU_INTEGER_COLUMN;
    bounds[place].least = du_sql_integer(row, 1);
    bounds[place].most = du_sql_integer(row, 2);
  }
  du_finish(L, scan->store->sql, row, status);
  return bounds;
}

/* The bounds of a field's column, which the directory keeps; NULL where it can
** have none. */
static const DuBounds *bounds_of(DuScan *scan, const DuField *field) {
  lua_State *L = scan->L;
  int number = (int)(field - scan->kind->fields), top = lua_gettop(L);
  const DuBounds *bounds;
  if (du_column_type(field) != DU_SEGMENT_INTEGERS &&
      du_column_type(field) != DU_SEGMENT_DATES)
    return NULL;
  lua_getiuservalue(L, scan->slot, 1);
  if (lua_rawgeti(L, -1, number) == LUA_TUSERDATA) {
    bounds = lua_touserdata(L, -1);
  } else {
    bounds = read_field_bounds(scan, field);
    lua_rawseti(L, top + 1, number);
  }
  lua_settop(L, top);
  return bounds;
}

/* -------------------------------------------------------------------- cache */

/* One column in memory; its bytes follow. */
typedef struct Column {
  DuSegment segment;
  lua_Integer key; /* in the cache */
  uint64_t used;   /* when, in looks at the cache */
  size_t size;
  uint64_t bytes[];
} Column;

/* When the column was used that was not used for the longest time. The cache
** is on top of the stack. */
static uint64_t least_used(lua_State *L, uint64_t used) {
  lua_pushnil(L);
  for (; lua_next(L, -2) != 0; lua_pop(L, 1)) {
    const Column *column = lua_touserdata(L, -1);
    used = column->used < used ? column->used : used;
  }
  return used;
}

/* Takes columns out that were not used for long, until there is room or only
** the one is left that was used last. The cache is on top of the stack. */
static void make_room(lua_State *L, DuStore *store, const Column *last) {
  while (store->column_bytes > store->column_limit) {
    uint64_t least = least_used(L, last->used);
    if (least == last->used)
      return;
    /* several at once, or each would be looked for among all of them */
    least += (last->used - least) / 4;
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
      const Column *column = lua_touserdata(L, -1);
      if (column->used <= least) {
        store->column_bytes -= column->size;
        lua_pushvalue(L, -2);
        lua_pushnil(L);
        lua_rawset(L, -5);
      }
      lua_pop(L, 1);
    }
  }
}

/* [-0, +1 or 0] a column read from its table; NULL, and nothing pushed, where
** there is none, or its bytes are not what they should be */
static Column *read_column(lua_State *L, DuSql *sql, const DuKind *kind,
                           const DuField *field, const Place *place) {
  static const char text[] =
      "SELECT bytes FROM columns WHERE kind = ?1 AND field = ?2 AND "
      "number = ?3";
  DuStatement *statement = du_prepare(L, sql, text);
  DuStatus status;
  Column *column = NULL;
  du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  du_sql_bind_text(statement, 2, field->name, strlen(field->name));
  du_sql_bind_integer(statement, 3, place->number);
  status = du_sql_step(statement);
  if (status == DU_ROW) {
    size_t size;
    const void *bytes = du_sql_blob(statement, 0, &size);
    column = lua_newuserdatauv(L, sizeof *column + size, 0);
    if (size > 0)
      memcpy(column->bytes, bytes, size);
    column->size = size + sizeof *column;
    if (!du_segment_read(column->bytes, size, &column->segment) ||
        column->segment.rows != place->rows ||
        column->segment.type != du_column_type(field)) {
      lua_pop(L, 1);
      column = NULL;
    }
  }
  du_finish(L, sql, statement, status);
  return column;
}

/* [-0, +1 or 0] the column, from the cache, or read into it */
static Column *push_column(DuScan *scan, const DuField *field,
                           const Place *place, lua_Integer key) {
  lua_State *L = scan->L;
  DuStore *store = scan->store;
  Column *column;
  lua_getfield(L, scan->slot + 1, "cache");
  if (lua_rawgeti(L, -1, key) == LUA_TUSERDATA) {
    column = lua_touserdata(L, -1);
    column->used = ++store->column_looks;
    lua_remove(L, -2);
    return column;
  }
  lua_pop(L, 1);
  column = read_column(L, store->sql, scan->kind, field, place);
  if (column == NULL) {
    lua_pop(L, 1);
    return NULL;
  }
  column->key = key;
  column->used = ++store->column_looks;
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, key);
  store->column_bytes += column->size;
  lua_insert(L, -2);
  make_room(L, store, column);
  lua_pop(L, 1);
  return column;
}

/* The column of the segment that the scan is at. Until it goes on, the scan's
** table has it: it stays where it is, whatever becomes of the cache. */
static const DuSegment *get_column(DuScan *scan, const DuField *field) {
  lua_State *L = scan->L;
  const Directory *directory = scan->directory;
  const Place *place = &directory->places[scan->at];
  int number = (int)(field - scan->kind->fields);
  lua_Integer key = place->number * 64 + number;
  Column *column = NULL;
  if (lua_rawgeti(L, scan->slot + 2, number + 1) == LUA_TUSERDATA)
    column = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (column == NULL || column->key != key) {
    column = push_column(scan, field, place, key);
    if (column == NULL)
      return NULL;
    lua_rawseti(L, scan->slot + 2, number + 1);
  }
  return &column->segment;
}

/* --------------------------------------------------------- what rows are asked
 */

/* Where the first value is that is not less; of dates by their first day. */
static uint32_t lower_integer(const DuSegment *segment, int64_t value) {
  uint32_t low = 0, high = segment->values;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (segment->integers[middle] < value)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool certain(const DuSegment *segment, uint32_t value) {
  const char *text = segment->texts + segment->offsets[value];
  size_t length = segment->offsets[value + 1] - segment->offsets[value];
  for (size_t i = 0; i < length; i++)
    if (text[i] == '?' || text[i] == '~' || text[i] == '%')
      return false;
  return true;
}

bool du_segment_certain(const DuSegment *segment, uint32_t value) {
  return certain(segment, value);
}

static bool accepts_date(const DuSegment *segment, uint32_t value,
                         const DuTest *test) {
  const int32_t *days = &segment->days[2 * (size_t)value];
  int first = days[0], last = days[1];
  switch (test->op) {
  case DU_TEST_DURING:
    return first >= test->first && last <= test->last &&
           certain(segment, value);
  case DU_TEST_BEFORE:
    return last < test->first && certain(segment, value);
  case DU_TEST_AFTER:
    return first > test->last && certain(segment, value);
  case DU_TEST_NE:
    return !(first <= test->last && last >= test->first);
  default:
    return first <= test->last && last >= test->first;
  }
}

static bool compares(int order, DuTestOp op) {
  switch (op) {
  case DU_TEST_LT:
    return order < 0;
  case DU_TEST_LTE:
    return order <= 0;
  case DU_TEST_GT:
    return order > 0;
  case DU_TEST_GTE:
    return order >= 0;
  default:
    return order == 0;
  }
}

#define TWO_TO_63 9223372036854775808.0

/* How an integer compares with a number, exactly. */
static int order_of_mixed(int64_t integer, double number) {
  int64_t whole;
  double rest;
  if (number >= TWO_TO_63)
    return -1;
  if (number < -TWO_TO_63)
    return 1;
  whole = (int64_t)number;
  if (integer != whole)
    return integer < whole ? -1 : 1;
  rest = number - (double)whole;
  return (rest < 0) - (rest > 0);
}

static int order_of_integer(int64_t integer, const DuOperand *operand) {
  if (operand->type == DU_NUMBER_COLUMN)
    return order_of_mixed(integer, operand->number);
  return (integer > operand->integer) - (integer < operand->integer);
}

static int order_of_number(double number, const DuOperand *operand) {
  if (operand->type == DU_INTEGER_COLUMN)
    return -order_of_mixed(operand->integer, number);
  return (number > operand->number) - (number < operand->number);
}

static int order_of_text(const DuSegment *segment, uint32_t value,
                         const DuOperand *operand) {
  const char *text = segment->texts + segment->offsets[value];
  size_t length = segment->offsets[value + 1] - segment->offsets[value];
  int order = memcmp(text, operand->text,
                     length < operand->length ? length : operand->length);
  return order != 0 ? order
                    : (length > operand->length) - (length < operand->length);
}

/* How a value compares with one that is asked for. As SQLite has it, numbers
** come before texts. */
static int order_of(const DuSegment *segment, uint32_t value,
                    const DuOperand *operand) {
  bool text = operand->type == DU_TEXT_COLUMN;
  switch (segment->type) {
  case DU_SEGMENT_INTEGERS:
    return text ? -1 : order_of_integer(segment->integers[value], operand);
  case DU_SEGMENT_NUMBERS:
    return text ? -1 : order_of_number(segment->numbers[value], operand);
  default:
    return text ? order_of_text(segment, value, operand) : 1;
  }
}

/* Notes which values are in the test's set of ids: both are sorted. */
static void accept_set(const DuSegment *segment, const DuTest *test,
                       uint8_t *accepted) {
  if (test->ids == 0 || segment->values == 0)
    return;
  for (uint32_t i = 0, j = 0; i < segment->values && j < test->ids;) {
    if (segment->integers[i] < test->set[j])
      i++;
    else if (segment->integers[i] > test->set[j])
      j++;
    else
      accepted[i++] = 1;
  }
}

/* Notes the values that compare as asked with one that is asked for. */
static void accept_compared(const DuSegment *segment, const DuTest *test,
                            const DuOperand *operand, uint8_t *accepted) {
  uint32_t value;
  bool equal = test->op == DU_TEST_EQ || test->op == DU_TEST_NE;
  if (equal && segment->type == DU_SEGMENT_INTEGERS &&
      operand->type == DU_INTEGER_COLUMN) {
    value = lower_integer(segment, operand->integer);
    if (value < segment->values && segment->integers[value] == operand->integer)
      accepted[value] = 1;
    return;
  }
  for (value = 0; value < segment->values; value++)
    accepted[value] |= compares(order_of(segment, value, operand), test->op);
}

/* The bytes of `accepted` for a test: one a value, and one for what is
** missing. */
static void accept(const DuTest *test, const DuSegment *segment,
                   uint8_t *accepted) {
  memset(accepted, 0, segment->values + 1);
  if (test->op == DU_TEST_MISSING) {
    accepted[segment->values] = 1;
    return;
  }
  if (test->op == DU_TEST_PRESENT) {
    memset(accepted, 1, segment->values);
    return;
  }
  if (test->op == DU_TEST_SET) {
    accept_set(segment, test, accepted);
    return;
  }
  if (segment->type == DU_SEGMENT_DATES) {
    for (uint32_t i = 0; i < segment->values; i++)
      accepted[i] = accepts_date(segment, i, test);
    accepted[segment->values] = test->op == DU_TEST_NE;
    return;
  }
  for (uint32_t i = 0; i < test->noperands; i++)
    accept_compared(segment, test, &test->operands[i], accepted);
  if (test->op == DU_TEST_NE) /* from all of them; what is missing does so */
    for (uint32_t i = 0; i <= segment->values; i++)
      accepted[i] = !accepted[i];
}

/* A test of numbers that are kept as they are. */
static void keep_plain(DuScan *scan, const DuTest *test,
                       const DuSegment *segment) {
  for (uint32_t row = 0; row < segment->rows; row++) {
    double number = segment->numbers[row];
    bool missing = !(number >= number);
    bool kept =
        missing ? test->op == DU_TEST_MISSING : test->op == DU_TEST_PRESENT;
    for (uint32_t i = 0; i < test->noperands && !kept && !missing; i++)
      kept = compares(order_of_number(number, &test->operands[i]), test->op);
    scan->mask[row] &= (uint8_t)(kept != (test->op == DU_TEST_NE));
  }
}

static bool is_in_set(const DuTest *test, int64_t id) {
  return test->ids > 0 &&
         bsearch(&id, test->set, test->ids, sizeof id, du_compare_ids) != NULL;
}

/* Integers that follow each other: each by itself. None is missing. */
static void keep_following(DuScan *scan, const DuTest *test,
                           const DuSegment *segment) {
  for (uint32_t row = 0; row < segment->rows; row++) {
    int64_t integer = segment->base + row;
    bool kept = test->op == DU_TEST_PRESENT ||
                (test->op == DU_TEST_SET && is_in_set(test, integer));
    for (uint32_t i = 0; i < test->noperands && !kept; i++)
      kept = test->operands[i].type == DU_TEXT_COLUMN
                 ? compares(-1, test->op)
                 : compares(order_of_integer(integer, &test->operands[i]),
                            test->op);
    scan->mask[row] &= (uint8_t)(kept != (test->op == DU_TEST_NE));
  }
}

int du_compare_ids(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Leaves the rows in the mask that the test accepts. */
static void keep(DuScan *scan, const DuTest *test, const DuSegment *segment) {
  if (segment->form == DU_SEGMENT_PLAIN) {
    keep_plain(scan, test, segment);
  } else if (segment->form == DU_SEGMENT_FOLLOWING) {
    keep_following(scan, test, segment);
  } else {
    accept(test, segment, scan->scratch);
    du_segment_keep(segment, scan->scratch, scan->mask);
  }
}

int64_t du_segment_id(const DuSegment *ids, uint32_t row) {
  return ids->form == DU_SEGMENT_FOLLOWING
             ? ids->base + row
             : ids->integers[du_segment_number(ids, (int)row)];
}

/* The first of the ids that is not less. */
static int64_t lower_id(const int64_t *ids, int64_t count, int64_t id) {
  int64_t low = 0;
  while (low < count) {
    int64_t middle = low + (count - low) / 2;
    if (ids[middle] < id)
      low = middle + 1;
    else
      count = middle;
  }
  return low;
}

/* Takes out the row with the id; they are in the order of ids. */
static void drop_row(uint8_t *mask, const DuSegment *ids, int64_t id) {
  uint32_t low = 0, high = ids->rows;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (du_segment_id(ids, middle) < id)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < ids->rows && du_segment_id(ids, low) == id)
    mask[low] = 0;
}

const DuField *du_id_field(const DuKind *kind) {
  return &kind->fields[du_field_find(kind, "id")];
}

/* Takes out the rows that have changed since; false where the column of ids
** cannot be read. */
static bool drop_stale(DuScan *scan, const Place *place) {
  const DuSegment *ids = NULL;
  for (int64_t i = lower_id(scan->stale, scan->nstale, place->first_id);
       i < scan->nstale && scan->stale[i] <= place->last_id; i++) {
    if (ids == NULL)
      ids = du_scan_column(scan, du_id_field(scan->kind));
    if (ids == NULL)
      return false;
    drop_row(scan->mask, ids, scan->stale[i]);
  }
  return true;
}

/* ------------------------------------------------------------------ scanning
 */

/* Reads the ids that a test's SQL gives, sorted. They are kept in the scan's
** table. */
static void read_set(DuScan *scan, DuTest *test, int query) {
  lua_State *L = scan->L;
  DuText text, ids;
  DuStatement *statement;
  DuStatus status;
  const char *sql;
  size_t length;
  du_text_init(L, &ids);
  du_text_init(L, &text);
  lua_rawgeti(L, scan->slot + 3, test->number);
  lua_getfield(L, -1, "sql");
  sql = lua_tolstring(L, -1, &length);
  du_text_puts(&text, "SELECT id FROM ");
  du_text_add(&text, sql, length);
  du_text_puts(&text, " WHERE id IS NOT NULL ORDER BY 1");
  lua_pop(L, 2);
  statement = du_text_prepare(&text, scan->store->sql);
  du_query_bind(L, query, statement);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    int64_t id = du_sql_integer(statement, 0);
    du_text_add(&ids, (const char *)&id, sizeof id);
  }
  du_finish(L, scan->store->sql, statement, status);
  lua_pop(L, 1);
  test->set = (const int64_t *)(const void *)ids.bytes;
  test->ids = (uint32_t)(ids.length / sizeof(int64_t));
  lua_rawseti(L, scan->slot + 2, 100 + test->number); /* anchored */
}

/* Reads the values of the test at index. The scan's tables have them. */
static void read_operands(DuScan *scan, DuTest *test, int index) {
  lua_State *L = scan->L;
  DuOperand *operands;
  test->noperands = (uint32_t)lua_rawlen(L, index);
  operands = lua_newuserdatauv(L, (test->noperands + 1) * sizeof *operands, 0);
  for (uint32_t i = 0; i < test->noperands; i++) {
    DuOperand *operand = &operands[i];
    memset(operand, 0, sizeof *operand);
    if (lua_rawgeti(L, index, (lua_Integer)i + 1) == LUA_TSTRING) {
      operand->type = DU_TEXT_COLUMN;
      operand->text = lua_tolstring(L, -1, &operand->length);
    } else if (lua_isinteger(L, -1)) {
      operand->type = DU_INTEGER_COLUMN;
      operand->integer = lua_tointeger(L, -1);
    } else {
      operand->type = DU_NUMBER_COLUMN;
      operand->number = lua_tonumber(L, -1);
    }
    lua_pop(L, 1);
  }
  test->operands = operands;
  lua_rawseti(L, scan->slot + 2, 100 + test->number); /* anchored */
}

/* One of the query's tests, on top of the stack, as the scan has it. */
static bool read_test(DuScan *scan, DuTest *test, int number, int query) {
  lua_State *L = scan->L;
  int given = lua_gettop(L);
  memset(test, 0, sizeof *test);
  lua_getfield(L, given, "field");
  lua_getfield(L, given, "op");
  test->field = &scan->kind->fields[lua_tointeger(L, -2)];
  test->op = (DuTestOp)lua_tointeger(L, -1);
  test->number = number;
  lua_pop(L, 2);
  if (!du_column_kept(scan->kind, test->field) ||
      test->field->type == DU_CITATIONS)
    return false;
  if (test->field->type == DU_DATE && test->op != DU_TEST_MISSING &&
      test->op != DU_TEST_PRESENT) {
    lua_rawgeti(L, given, 1);
    lua_rawgeti(L, given, 2);
    test->first = (int)lua_tointeger(L, -2);
    test->last = lua_isnil(L, -1) ? test->first : (int)lua_tointeger(L, -1);
    lua_pop(L, 2);
  }
  if (test->op == DU_TEST_SET)
    read_set(scan, test, query);
  else if (test->field->type != DU_DATE)
    read_operands(scan, test, given);
  return true;
}

static bool read_tests(DuScan *scan, int query) {
  lua_State *L = scan->L;
  lua_Integer count = (lua_Integer)lua_rawlen(L, scan->slot + 3);
  if (count > DU_MOST_TESTS)
    return false;
  for (lua_Integer i = 1; i <= count; i++) {
    bool good;
    lua_rawgeti(L, scan->slot + 3, i);
    good = read_test(scan, &scan->tests[scan->ntests], (int)i, query);
    lua_pop(L, 1);
    if (!good)
      return false;
    scan->ntests++;
  }
  return true;
}

/* The ids that have changed since they were packed. Kept at slot + 4. */
static void read_stale(DuScan *scan) {
  lua_State *L = scan->L;
  DuText ids;
  DuStatement *statement = du_prepare(
      L, scan->store->sql, "SELECT id FROM stale WHERE kind = ?1 ORDER BY id");
  DuStatus status;
  du_text_init(L, &ids);
  du_sql_bind_text(statement, 1, scan->kind->name, strlen(scan->kind->name));
  while ((status = du_sql_step(statement)) == DU_ROW) {
    int64_t id = du_sql_integer(statement, 0);
    du_text_add(&ids, (const char *)&id, sizeof id);
  }
  du_finish(L, scan->store->sql, statement, status);
  scan->stale = (const int64_t *)(const void *)ids.bytes;
  scan->nstale = (int64_t)(ids.length / sizeof(int64_t));
  lua_replace(L, scan->slot + 4);
}

/* Are there more than so many records behind the last segment? */
static bool has_behind(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t behind, int rows) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT 1 FROM %q WHERE id > ?1 AND retracted IS NULL "
                 "LIMIT 1 OFFSET %d",
                 kind->name, rows);
  statement = du_text_prepare(&text, store->sql);
  du_sql_bind_integer(statement, 1, behind);
  status = du_sql_step(statement);
  du_finish(L, store->sql, statement, status);
  lua_pop(L, 1);
  return status == DU_ROW;
}

bool du_columns_lack(lua_State *L, DuStore *store, const DuKind *kind,
                     int rows) {
  static const char last[] =
      "SELECT coalesce(max(last_id), 0) FROM segments WHERE kind = ?1";
  DuSql *sql = store->base->sql;
  int64_t behind = du_columns_exist(L, sql) ? number_of(L, sql, last, kind) : 0;
  return has_behind(L, store->base, kind, behind, rows);
}

/* store, kind (light): packs what is not packed, as a transaction of its own
** that makes no revision. */
static int pack_body(lua_State *L) {
  DuStore *store = lua_touserdata(L, 1);
  const DuKind *kind = lua_touserdata(L, 2);
  du_columns_pack(L, store, kind);
  return 0;
}

/* Is what was raised, on top of the stack, that something was interrupted? */
static bool was_interrupted(lua_State *L) {
  bool interrupted = false;
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "code");
    interrupted = lua_type(L, -1) == LUA_TSTRING &&
                  strcmp(lua_tostring(L, -1), "interrupted") == 0;
    lua_pop(L, 1);
  }
  return interrupted;
}

/* Packs before a query what is worth it. Where another connection is writing,
** or something fails, the rows do; but what interrupts goes on. */
static void pack_first(lua_State *L, DuStore *store, const DuKind *kind) {
  DuSql *sql = store->sql;
  bool packed, interrupted = false;
  du_sql_end_reading(sql);
  if (du_sql_begin_at_once(sql)) {
    lua_pushcfunction(L, pack_body);
    lua_pushlightuserdata(L, store);
    lua_pushlightuserdata(L, (void *)kind);
    packed = lua_pcall(L, 2, 0, 0) == LUA_OK;
    if (!packed) {
      interrupted = was_interrupted(L);
      du_sql_sweep(sql);
    }
    if (!(packed && du_sql_run(sql, "COMMIT")) && du_sql_in_transaction(sql))
      du_sql_run(sql, "ROLLBACK");
    store->packed++;
    if (interrupted)
      lua_error(L);
    if (!packed)
      lua_pop(L, 1);
  }
  if (!du_sql_begin_reading(sql))
    du_raise_sql(L, sql);
}

/* Is what the query's store shows what is recorded now? */
static bool is_current(lua_State *L, const DuStore *view) {
  return view->as_of == DU_NOW ||
         (view->base->depth == 0 &&
          du_newest_revision(L, view->base) == view->as_of);
}

/* What of the query itself columns cannot answer, or NULL. */
static const char *refuse(lua_State *L, const DuQuery *asked, int query) {
  const char *why = NULL;
  if (!asked->kind->large)
    why = "the kind has no columns";
  else if (asked->store->base->column_limit == 0)
    why = "the store was opened without columns";
  else if (asked->search > 0)
    why = "a search is asked for";
  else if (lua_getiuservalue(L, query, DU_QUERY_ONCE) != LUA_TNIL)
    why = "a record stands for others";
  else if (lua_getiuservalue(L, query, DU_QUERY_TESTS) != LUA_TTABLE)
    why = NOT_TESTED;
  return why;
}

/* Looks up the kind's segments, whose directory is then in the scan's slot.
** Packs first what is worth it. Returns why they cannot be used, or NULL. */
static const char *open_directory(DuScan *scan, const DuStore *view,
                                  DuAim aim) {
  lua_State *L = scan->L;
  DuStore *store = scan->store;
  for (bool tried = false;; tried = true) {
    Directory *directory;
    if (!is_current(L, view))
      return "it is asked of an earlier revision";
    lua_pushvalue(L, scan->slot + 1);
    scan->directory = directory = push_directory(L, store, scan->kind);
    lua_replace(L, scan->slot);
    if (directory->damaged)
      return DAMAGED;
    scan->last_id = directory->count > 0
                        ? directory->places[directory->count - 1].last_id
                        : 0;
    scan->packs =
        !tried && !store->readonly && store->depth == 0 &&
        store->cursors == NULL &&
        has_behind(L, store, scan->kind, scan->last_id, WORTH_PACKING);
    if (!scan->packs || aim == DU_TO_EXPLAIN)
      return directory->count > 0 ? NULL : "nothing is packed yet";
    pack_first(L, store, scan->kind);
  }
}

/* [-0, +1] the columns of the store that the query at index is on */
static void push_columns_of(lua_State *L, int query) {
  lua_getiuservalue(L, query, DU_QUERY_STORE);
  if (lua_getiuservalue(L, -1, DU_STORE_BASE) == LUA_TNIL)
    lua_pop(L, 1); /* it is no view */
  else
    lua_remove(L, -2);
  push_columns(L, -1);
  lua_remove(L, -2);
}

const char *du_scan_begin(lua_State *L, DuScan *scan, int query, DuAim aim) {
  const DuQuery *asked = lua_touserdata(L, query);
  const char *why;
  memset(scan, 0, sizeof *scan);
  scan->L = L;
  scan->store = asked->store->base;
  scan->kind = asked->kind;
  scan->slot = lua_gettop(L) + 1;
  scan->at = -1;
  scan->since = du_clock();
  luaL_checkstack(L, 30, NULL);
  query = lua_absindex(L, query);
  lua_settop(L, scan->slot + 4);
  if ((why = refuse(L, asked, query)) != NULL)
    return why;
  lua_replace(L, scan->slot + 3); /* the tests */
  lua_settop(L, scan->slot + 4);
  push_columns_of(L, query);
  lua_replace(L, scan->slot + 1);
  if ((why = open_directory(scan, asked->store, aim)) != NULL)
    return why;
  lua_newtable(L);
  lua_replace(L, scan->slot + 2);
  if (!read_tests(scan, query))
    return NOT_TESTED;
  for (int i = 0; i < scan->ntests; i++)
    scan->tests[i].bounds = bounds_of(scan, scan->tests[i].field);
  read_stale(scan);
  scan->mask = lua_newuserdatauv(L, 2 * DU_SEGMENT_ROWS + 8, 0);
  scan->scratch = scan->mask + DU_SEGMENT_ROWS;
  lua_rawseti(L, scan->slot + 2, 99); /* anchored */
  return NULL;
}

/* May a value between the two compare as asked with one that is asked for? */
static bool may_compare(const DuTest *test, const DuBounds *bounds) {
  for (uint32_t i = 0; i < test->noperands; i++) {
    const DuOperand *operand = &test->operands[i];
    int least, most;
    if (operand->type == DU_TEXT_COLUMN)
      return true;
    least = order_of_integer(bounds->least, operand);
    most = order_of_integer(bounds->most, operand);
    if (test->op == DU_TEST_EQ
            ? least <= 0 && most >= 0
            : compares(least, test->op) || compares(most, test->op))
      return true;
  }
  return false;
}

/* Has a set of ids one between the two? */
static bool may_be_in_set(const DuTest *test, const DuBounds *bounds) {
  int64_t at = lower_id(test->set, test->ids, bounds->least);
  return at < test->ids && test->set[at] <= bounds->most;
}

/* Can the test accept a value between the two, or what is missing? */
static bool may_accept(const DuTest *test, const DuBounds *bounds) {
  bool date = test->field->type == DU_DATE;
  switch (test->op) {
  case DU_TEST_NE:
  case DU_TEST_MISSING:
  case DU_TEST_PRESENT:
    return true;
  case DU_TEST_SET:
    return may_be_in_set(test, bounds);
  case DU_TEST_BEFORE:
    return bounds->least < test->first;
  case DU_TEST_AFTER:
    return bounds->most > test->last;
  default:
    return date ? bounds->least <= test->last && bounds->most >= test->first
                : may_compare(test, bounds);
  }
}

/* Do least and most tell of a segment that it has nothing that is found? */
static bool is_passed_over(const DuScan *scan, int place) {
  for (int i = 0; i < scan->ntests; i++) {
    const DuTest *test = &scan->tests[i];
    if (test->bounds != NULL && test->bounds[place].known &&
        !may_accept(test, &test->bounds[place]))
      return true;
  }
  return false;
}

/* Makes the mask of the segment; false where a column cannot be read, or where
** no row is left. */
static bool find_rows(DuScan *scan, const Place *place) {
  scan->rows = (uint32_t)place->rows;
  memset(scan->mask, 1, scan->rows);
  for (int i = 0; i < scan->ntests; i++) {
    const DuTest *test = &scan->tests[i];
    const DuSegment *segment = du_scan_column(scan, test->field);
    if (segment == NULL)
      return false;
    keep(scan, test, segment);
    if (memchr(scan->mask, 1, scan->rows) == NULL)
      return false;
  }
  return drop_stale(scan, place);
}

bool du_scan_next(DuScan *scan) {
  const Directory *directory = scan->directory;
  while (scan->why == NULL && ++scan->at < directory->count) {
    du_scan_look(scan);
    if (!is_passed_over(scan, scan->at) &&
        find_rows(scan, &directory->places[scan->at]))
      return true;
  }
  return false;
}

void du_scan_look(DuScan *scan) {
  if (!du_sql_goes_on(scan->store->sql, du_clock() - scan->since))
    du_raise_sql(scan->L, scan->store->sql);
}

const DuSegment *du_scan_column(DuScan *scan, const DuField *field) {
  const DuSegment *segment = get_column(scan, field);
  if (segment == NULL)
    scan->why = DAMAGED;
  return segment;
}

int64_t du_scan_before(const DuScan *scan) {
  const Directory *directory = scan->directory;
  return directory->places[scan->at].first_id - 1;
}

bool du_scan_has_all(DuScan *scan) {
  return scan->nstale == 0 &&
         !has_behind(scan->L, scan->store, scan->kind, scan->last_id, 0);
}

/* The bytes of a field's column in a segment, without reading it. */
static int64_t column_size(DuScan *scan, int field, const Place *place) {
  static const char text[] = "SELECT length(bytes) FROM columns WHERE "
                             "kind = ?1 AND field = ?2 AND number = ?3";
  const char *name = scan->kind->fields[field].name;
  DuStatement *statement = du_prepare(scan->L, scan->store->sql, text);
  DuStatus status;
  int64_t size = 0;
  du_sql_bind_text(statement, 1, scan->kind->name, strlen(scan->kind->name));
  du_sql_bind_text(statement, 2, name, strlen(name));
  du_sql_bind_integer(statement, 3, place->number);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    size = du_sql_integer(statement, 0);
  du_finish(scan->L, scan->store->sql, statement, status);
  return size;
}

static bool is_cached(const DuScan *scan, int field, const Place *place) {
  lua_State *L = scan->L;
  bool cached;
  lua_getfield(L, scan->slot + 1, "cache");
  cached = lua_rawgeti(L, -1, place->number * 64 + field) == LUA_TUSERDATA;
  lua_pop(L, 2);
  return cached;
}

static bool has_stale(const DuScan *scan, const Place *place) {
  int64_t at = lower_id(scan->stale, scan->nstale, place->first_id);
  return at < scan->nstale && scan->stale[at] <= place->last_id;
}

DuScanCost du_scan_cost(DuScan *scan, const unsigned char *fields, int count) {
  const Directory *directory = scan->directory;
  DuScanCost cost = {0};
  uint64_t asked = 0, ids = 0;
  for (int i = 0; i < count; i++)
    asked |= (uint64_t)1 << fields[i];
  for (int i = 0; i < scan->ntests; i++)
    asked |= (uint64_t)1 << (scan->tests[i].field - scan->kind->fields);
  ids = (uint64_t)1 << (du_id_field(scan->kind) - scan->kind->fields);
  cost.segments = directory->count;
  for (int at = 0; at < directory->count; at++) {
    const Place *place = &directory->places[at];
    uint64_t needed = asked | (has_stale(scan, place) ? ids : 0);
    if (is_passed_over(scan, at)) {
      cost.skipped++;
      continue;
    }
    for (int field = 0; field < scan->kind->nfields; field++)
      if (needed >> field & 1) {
        int64_t size = column_size(scan, field, place);
        cost.bytes += size;
        cost.cached += is_cached(scan, field, place) ? size : 0;
      }
  }
  return cost;
}

int64_t du_scan_unpacked(DuScan *scan) {
  lua_State *L = scan->L;
  DuText text;
  DuStatement *statement;
  DuStatus status;
  int64_t count = 0;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT count(*) FROM %q WHERE id > ?1 AND retracted IS NULL",
                 scan->kind->name);
  statement = du_text_prepare(&text, scan->store->sql);
  du_sql_bind_integer(statement, 1, scan->last_id);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    count = du_sql_integer(statement, 0);
  du_finish(L, scan->store->sql, statement, status);
  lua_pop(L, 1);
  return count;
}

void du_columns_forget(lua_State *L, int storeindex) {
  DuStore *store = lua_touserdata(L, storeindex);
  lua_pushnil(L);
  lua_setiuservalue(L, storeindex, DU_STORE_COLUMNS);
  store->column_bytes = 0;
  store->packed++;
}

/* The records that are in no segment, or have changed since. */
static int64_t count_rest(lua_State *L, DuScan *scan, int query) {
  DuText ids;
  DuStatement *statement;
  DuStatus status;
  int64_t count = 0;
  du_text_init(L, &ids);
  du_text_puts(&ids, "[");
  for (int64_t i = 0; i < scan->nstale; i++)
    du_text_format(&ids, "%s%I", i > 0 ? "," : "", scan->stale[i]);
  du_text_puts(&ids, "]");
  statement = du_query_start_rest(L, query, "t.id", false, scan->last_id,
                                  ids.bytes, ids.length);
  while ((status = du_sql_step(statement)) == DU_ROW)
    count++;
  du_finish(L, scan->store->sql, statement, status);
  lua_pop(L, 1);
  return count;
}

/* So many records are found faster by reading all rows. */
#define MANY_FOUND 50000

/* Is a test, on top of the stack, one that an index answers? */
static bool is_indexed(lua_State *L, const DuKind *kind) {
  const DuField *field;
  DuTestOp op;
  lua_getfield(L, -1, "field");
  lua_getfield(L, -2, "op");
  field = &kind->fields[lua_tointeger(L, -2)];
  op = (DuTestOp)lua_tointeger(L, -1);
  lua_pop(L, 2);
  return (op == DU_TEST_EQ || op == DU_TEST_SET) && field->type != DU_DATE &&
         ((field->flags & (DU_INDEXED | DU_LEADS)) || field->type == DU_ID);
}

bool du_columns_are_slower(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  bool indexed = false;
  luaL_checkstack(L, 4, NULL);
  if (asked->kind->large &&
      lua_getiuservalue(L, query, DU_QUERY_TESTS) == LUA_TTABLE)
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1) && !indexed;
         i++) {
      lua_rawgeti(L, -1, i);
      indexed = is_indexed(L, asked->kind);
      lua_pop(L, 1);
    }
  if (asked->kind->large)
    lua_pop(L, 1);
  return indexed;
}

/* Adds the ids of the segment's rows that are found; returns how many. */
static int64_t add_found(DuScan *scan, DuText *ids) {
  const DuSegment *column = du_scan_column(scan, du_id_field(scan->kind));
  int64_t count = 0;
  for (uint32_t row = 0; column != NULL && row < scan->rows; row++)
    if (scan->mask[row]) {
      du_text_format(ids, "%s%I", ids->length > 1 ? "," : "",
                     du_segment_id(column, row));
      count++;
    }
  return count;
}

const char *du_scan_begin_find(lua_State *L, DuScan *scan, int query,
                               DuAim aim) {
  const char *why;
  if (du_columns_are_slower(L, query))
    return DU_INDEXED_ROWS;
  why = du_scan_begin(L, scan, query, aim);
  if (why == NULL && scan->ntests == 0)
    why = "all records are asked for";
  return why;
}

bool du_columns_find(lua_State *L, int query, int64_t *behind) {
  DuScan scan;
  DuText ids;
  int64_t count = 0;
  int top = lua_gettop(L);
  if (du_scan_begin_find(L, &scan, query, DU_TO_READ) != NULL) {
    lua_settop(L, top);
    return false;
  }
  du_text_init(L, &ids);
  du_text_puts(&ids, "[");
  while (count <= MANY_FOUND && du_scan_next(&scan))
    count += add_found(&scan, &ids);
  for (int64_t i = 0; i < scan.nstale; i++)
    du_text_format(&ids, "%s%I", ids.length > 1 ? "," : "", scan.stale[i]);
  du_text_puts(&ids, "]");
  if (count > MANY_FOUND || scan.why != NULL) {
    lua_settop(L, top);
    return false;
  }
  *behind = scan.last_id;
  du_text_push(&ids);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return true;
}

const char *du_scan_begin_count(lua_State *L, DuScan *scan, int query,
                                DuAim aim) {
  const DuQuery *asked = lua_touserdata(L, query);
  if (asked->limit >= 0)
    return "a limit is asked for";
  return du_scan_begin(L, scan, query, aim);
}

bool du_columns_count(lua_State *L, int query, int64_t *count) {
  DuScan scan;
  int top = lua_gettop(L);
  query = lua_absindex(L, query);
  if (du_scan_begin_count(L, &scan, query, DU_TO_READ) != NULL) {
    lua_settop(L, top);
    return false;
  }
  *count = 0;
  while (du_scan_next(&scan))
    *count += du_mask_count(scan.mask, scan.rows);
  if (scan.why == NULL)
    *count += count_rest(L, &scan, query);
  lua_settop(L, top);
  return scan.why == NULL;
}
