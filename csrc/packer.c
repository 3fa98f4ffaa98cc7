/*
** packer.c - makes the columns of a large kind: its scalar fields beside its
** rows, in packed segments of some thousand records (segment.h), in tables of
** the same file, written in the same transactions. The rows remain the truth.
**
** A segment is never changed. What is behind the last one comes from the rows,
** and so does each record that was updated, retracted or put back since it was
** packed: a trigger notes its kind and id in `stale`. A number is never given
** to two segments.
*/
#include "directory.h"

#include <assert.h>
#include <string.h>

#include "elements.h"
#include "months.h"
#include "texts.h"

/* ---------------------------------------------------------------- a segment */

/* A statement run to its end, and released. */
static void finish(lua_State *L, DuSql *sql, DuStatement *statement) {
  du_finish(L, sql, statement, du_sql_step(statement));
}

/* What adds a row to a segment and ends segments knows nothing of Lua, so that
** a second thread can do it (see insert.c): it returns false where the store
** failed, which then has the error. */

/* The same, there. */
static bool run(DuStatement *statement) {
  DuStatus status = du_sql_step(statement);
  du_sql_release(statement);
  return status != DU_FAILED;
}

/* A segment on its way: a packing for each field that has a column. */
typedef struct Filling {
  DuPacking *packings[DU_MOST_FIELDS];
  uint32_t nulls[DU_MOST_FIELDS]; /* the rows behind those that a packing has,
                                  ** which have no value of the field */
  uint32_t rows;
  int64_t first, last; /* ids */
  int64_t begun;       /* how often it was begun anew */
} Filling;

/* Of a DU_SHARED field: which of a filling's texts the numbers in rows stand
** for, and a text that was read for the filling. */
typedef struct Shared {
  DuNumbers numbers;
  size_t length;
  char text[DU_TEXTS_LENGTH];
} Shared;

/* Of two, one is filled while the other is ended. */
struct DuPacker {
  DuSql *sql;
  const DuKind *kind;
  const DuField *fields[DU_MOST_FIELDS];
  DuSegmentType types[DU_MOST_FIELDS];
  int columns[DU_MOST_FIELDS]; /* each field's first stored column, from 0; -1:
                                  the id */
  Filling fillings[2];
  int turn; /* which of them is filled */
  int nfields;
  int texts[DU_MOST_FIELDS]; /* those of the fields that have texts */
  int ntexts;
  Shared *shared[DU_MOST_FIELDS]; /* NULL: the field is none */
  int sharing[DU_MOST_FIELDS];    /* those that are */
  int nsharing;
  int64_t numbered; /* the filling whose texts they tell of */
  unsigned char *out;
  DuCell *cells;  /* of all stored columns, for rows that are read */
  uint32_t limit; /* the most rows of a segment */
  int64_t number; /* of the segment that was ended last */
  bool left_out;  /* the last row is in no segment */
  bool exhausted; /* no segment can come after it */
};

static void begin_segment(const DuPacker *packer, Filling *filling) {
  for (int i = 0; i < packer->nfields; i++) {
    du_packing_begin(filling->packings[i], packer->types[i]);
    filling->nulls[i] = 0;
  }
  filling->rows = 0;
  filling->begun++;
}

static Filling *filling_of(DuPacker *packer) {
  return &packer->fillings[packer->turn];
}

/* Gives the packing the rows that have no value. There are no more of them than
** it has room for. */
static void add_nulls(Filling *filling, int field) {
  du_packing_nulls(filling->packings[field], filling->nulls[field]);
  filling->nulls[field] = 0;
}

/* To know without reading the column whether it matters. */
static void bind_bounds(DuStatement *statement, const DuPacking *packing) {
  int64_t least, most;
  if (du_packing_bounds(packing, &least, &most)) {
    du_sql_bind_integer(statement, 4, least);
    du_sql_bind_integer(statement, 5, most);
  }
}

static bool write_column(DuPacker *packer, const Filling *filling, int field) {
  static const char text[] =
      "INSERT INTO columns (kind, field, number, least, most, bytes) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
  DuStatement *statement = du_sql_prepare(packer->sql, text, sizeof text - 1);
  const char *name = packer->fields[field]->name;
  size_t size;
  if (statement == NULL)
    return false;
  size = du_packing_end(filling->packings[field], packer->out);
  du_sql_bind_text(statement, 1, packer->kind->name,
                   strlen(packer->kind->name));
  du_sql_bind_text(statement, 2, name, strlen(name));
  du_sql_bind_integer(statement, 3, packer->number);
  bind_bounds(statement, filling->packings[field]);
  du_sql_bind_blob(statement, 6, packer->out, size);
  return run(statement);
}

/* The months of the kind's own date are a row beside its column's, which is
** read where that is not; without it, least and most have to do. */
static bool write_months(DuPacker *packer, const Filling *filling, int field) {
  static const char text[] = "INSERT INTO columns (kind, field, number, bytes) "
                             "VALUES (?1, ?2 || '.months', ?3, ?4)";
  const DuField *date = packer->fields[field];
  unsigned char months[DU_MONTHS_ROOM];
  DuStatement *statement;
  size_t size;
  if (!du_field_dates(packer->kind, date))
    return true;
  size = du_packing_months(filling->packings[field], months);
  if (size == 0)
    return true;
  statement = du_sql_prepare(packer->sql, text, sizeof text - 1);
  if (statement == NULL)
    return false;
  du_sql_bind_text(statement, 1, packer->kind->name,
                   strlen(packer->kind->name));
  du_sql_bind_text(statement, 2, date->name, strlen(date->name));
  du_sql_bind_integer(statement, 3, packer->number);
  du_sql_bind_blob(statement, 4, months, size);
  return run(statement);
}

/* Its number is asked for only now: other kinds may be packed meanwhile. */
static bool number_segment(DuPacker *packer) {
  static const char text[] =
      "SELECT seq FROM sqlite_sequence WHERE name = 'segments'";
  if (!du_sql_number_of(packer->sql, text, &packer->number))
    return false;
  if (packer->number + 1 < DU_MOST_SEGMENTS) {
    packer->number++;
    return true;
  }
  packer->exhausted = true;
  return false;
}

static bool note_segment(const DuPacker *packer, const Filling *filling) {
  static const char text[] =
      "INSERT INTO segments (number, kind, first_id, last_id, rows) "
      "VALUES (?1, ?2, ?3, ?4, ?5)";
  DuStatement *statement = du_sql_prepare(packer->sql, text, sizeof text - 1);
  if (statement == NULL)
    return false;
  du_sql_bind_integer(statement, 1, packer->number);
  du_sql_bind_text(statement, 2, packer->kind->name,
                   strlen(packer->kind->name));
  du_sql_bind_integer(statement, 3, filling->first);
  du_sql_bind_integer(statement, 4, filling->last);
  du_sql_bind_integer(statement, 5, filling->rows);
  return run(statement);
}

bool du_packer_end_segment(DuPacker *packer, int turn) {
  Filling *filling = &packer->fillings[turn];
  if (filling->rows == 0)
    return true;
  if (!number_segment(packer))
    return false;
  for (int i = 0; i < packer->nfields; i++) {
    add_nulls(filling, i);
    if (!write_column(packer, filling, i) || !write_months(packer, filling, i))
      return false;
  }
  if (!note_segment(packer, filling))
    return false;
  begin_segment(packer, filling);
  return true;
}

int du_packer_turn(DuPacker *packer) {
  int ended = packer->turn;
  packer->turn = 1 - ended;
  return ended;
}

/* One field's value; false where the segment has no room. */
static bool add_value(DuPacking *packing, DuSegmentType type,
                      const DuCell *cell) {
  switch (type) {
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

/* The text with the number that a row has in place of it, which the filling has
** or was read for it. */
static bool add_shared(Shared *shared, DuPacking *packing, int64_t number) {
  int text = du_numbers_text(&shared->numbers, number);
  if (text >= 0)
    return du_packing_known(packing, text);
  if (!du_packing_text(packing, shared->text, shared->length))
    return false;
  du_numbers_note(&shared->numbers, number, du_packing_last(packing));
  return true;
}

/* The same of any value but the id. */
static bool add_cell(const DuPacker *packer, DuPacking *packing, int field,
                     const DuCell *cell) {
  return du_value_is_number(packer->fields[field], cell)
             ? add_shared(packer->shared[field], packing, cell->integer)
             : add_value(packing, packer->types[field], cell);
}

/* Are these the days of a date? Only another program's may not be. */
static bool are_days(const DuCell *cell) {
  int64_t first = cell[1].integer, last = cell[2].integer;
  return first >= 0 && first <= last && last <= DU_SEGMENT_LAST_DAY;
}

/* Can a segment have the text, or list, or date? Only another program's may be
** no list of what lists hold. */
static bool fits(const DuField *field, const DuPacking *packing,
                 const DuCell *cell) {
  if (cell->length > DU_SEGMENT_TEXT_ROOM)
    return false;
  if (field->flags & DU_LIST)
    return du_packing_repeats(packing, cell->text, cell->length) ||
           du_elements_only(cell->text, cell->length);
  return field->type != DU_DATE || are_days(cell);
}

static bool all_fit(const DuPacker *packer, const Filling *filling,
                    const DuCell *cells) {
  for (int i = 0; i < packer->ntexts; i++) {
    int field = packer->texts[i];
    const DuCell *cell = cells + packer->columns[field];
    if (cell->type == DU_TEXT_COLUMN &&
        !fits(packer->fields[field], filling->packings[field], cell))
      return false;
  }
  return true;
}

/* Notes that the record is in no segment. */
static bool leave_out(DuSql *sql, const DuKind *kind, int64_t id) {
  static const char text[] =
      "INSERT OR IGNORE INTO stale (kind, id) VALUES (?1, ?2)";
  DuStatement *statement = du_sql_prepare(sql, text, sizeof text - 1);
  if (statement == NULL)
    return false;
  du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  du_sql_bind_integer(statement, 2, id);
  return run(statement);
}

/* Takes back what the row that is being added has of the fields before one. */
static void undo_values(Filling *filling, int field) {
  while (field-- > 0)
    if (filling->nulls[field] > 0)
      filling->nulls[field]--;
    else
      du_packing_undo(filling->packings[field]);
}

/* Adds the row to the segment; false where there is no room left. */
static bool add_values(const DuPacker *packer, Filling *filling, int64_t id,
                       const DuCell *cells) {
  for (int i = 0; i < packer->nfields; i++) {
    DuPacking *packing = filling->packings[i];
    int column = packer->columns[i];
    if (column >= 0 && cells[column].type == DU_NULL_COLUMN) {
      filling->nulls[i]++;
      continue;
    }
    if (filling->nulls[i] > 0)
      add_nulls(filling, i);
    if (!(column < 0 ? du_packing_integer(packing, id)
                     : add_cell(packer, packing, i, cells + column))) {
      undo_values(filling, i);
      return false;
    }
  }
  return true;
}

/* One that no segment has room for is left to rows. */
bool du_packer_try(DuPacker *packer, int64_t id, const DuCell *columns,
                   bool *full) {
  Filling *filling = filling_of(packer);
  *full = false;
  packer->left_out = !all_fit(packer, filling, columns);
  if (packer->left_out)
    return leave_out(packer->sql, packer->kind, id);
  *full = filling->rows >= packer->limit ||
          !add_values(packer, filling, id, columns);
  if (*full)
    return true;
  if (filling->rows++ == 0)
    filling->first = id;
  filling->last = id;
  return true;
}

/* Reads the texts of which a row has the numbers, unless the filling has them;
** says whether a segment can have them. */
static bool read_shared(DuPacker *packer, const DuCell *columns, bool *fit) {
  const Filling *filling = filling_of(packer);
  *fit = true;
  for (int i = 0; i < packer->nsharing && *fit; i++) {
    int field = packer->sharing[i];
    Shared *shared = packer->shared[field];
    const DuCell *cell = columns + packer->columns[field];
    DuCell text;
    if (packer->numbered != filling->begun)
      du_numbers_clear(&shared->numbers);
    if (!du_value_is_number(packer->fields[field], cell) ||
        du_numbers_text(&shared->numbers, cell->integer) >= 0)
      continue;
    if (!du_sql_shared_text(packer->sql, cell->integer, &text))
      return false;
    *fit = text.length <= sizeof shared->text &&
           fits(packer->fields[field], filling->packings[field], &text);
    shared->length = text.length;
    if (*fit)
      memcpy(shared->text, text.text, text.length);
  }
  packer->numbered = *fit ? filling->begun : 0;
  return true;
}

/* To this segment, or to the next where it is full, or to none. */
bool du_packer_add(DuPacker *packer, int64_t id, const DuCell *columns) {
  bool fit, full = true;
  while (full) {
    if (!read_shared(packer, columns, &fit))
      return false;
    packer->left_out = !fit;
    if (!fit)
      return leave_out(packer->sql, packer->kind, id);
    if (!du_packer_try(packer, id, columns, &full) ||
        (full && !du_packer_end_segment(packer, packer->turn)))
      return false;
  }
  return true;
}

int du_packer_field(const DuPacker *packer, int column) {
  for (int i = 0; i < packer->ntexts; i++)
    if (packer->columns[packer->texts[i]] == column)
      return packer->texts[i];
  return -1;
}

int du_packer_last(DuPacker *packer, int field, int64_t *filling) {
  const Filling *filled = filling_of(packer);
  *filling = filled->begun * 2 + packer->turn;
  return packer->left_out ? -1 : du_packing_last(filled->packings[field]);
}

/* ----------------------------------------------------------------- a packer */

_Noreturn void du_packer_raise(lua_State *L, const DuPacker *packer) {
  if (packer->exhausted)
    du_raise(L, "corrupt", packer->kind->name, NULL,
             "no segment can have a number after the last one's");
  du_raise_sql(L, packer->sql);
}

/* So many bytes, and what aligns the next. */
static size_t rounded(size_t size) {
  return (size + 15) / 16 * 16;
}

static size_t packing_size(const DuField *field) {
  return rounded(du_packing_size(du_column_type(field)));
}

static size_t shared_size(const DuField *field) {
  return field->flags & DU_SHARED ? rounded(sizeof(Shared)) : 0;
}

/* [-0, +1] a packer, whose memory is a userdata, with so many fillings */
static DuPacker *new_packer(lua_State *L, DuSql *sql, const DuKind *kind,
                            uint32_t limit, int fillings) {
  size_t cells = (size_t)du_stored_columns(kind) * sizeof(DuCell);
  size_t size = rounded(sizeof(DuPacker)) + rounded(cells) + du_packing_room();
  unsigned char *memory;
  DuPacker *packer;
  for (int i = 0; i < kind->nfields; i++)
    if (du_column_kept(kind, &kind->fields[i]))
      size += (size_t)fillings * packing_size(&kind->fields[i]) +
              shared_size(&kind->fields[i]);
  memory = lua_newuserdatauv(L, size, 0);
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
    packer->types[packer->nfields] = du_column_type(field);
    if (packer->types[packer->nfields] == DU_SEGMENT_TEXTS ||
        packer->types[packer->nfields] == DU_SEGMENT_DATES)
      packer->texts[packer->ntexts++] = packer->nfields;
    if (field->flags & DU_SHARED) {
      packer->shared[packer->nfields] = (Shared *)(void *)memory;
      packer->sharing[packer->nsharing++] = packer->nfields;
    }
    memory += shared_size(field);
    packer->columns[packer->nfields] =
        field->type == DU_ID ? -1 : du_column_number(kind, i) - 1;
    for (int k = 0; k < fillings; k++) {
      packer->fillings[k].packings[packer->nfields] =
          (DuPacking *)(void *)memory;
      memory += packing_size(field);
    }
    packer->nfields++;
  }
  assert(packer->nfields > 0); /* no kind that has columns is without */
  packer->out = memory;
  for (int k = 0; k < fillings; k++)
    begin_segment(packer, &packer->fillings[k]);
  return packer;
}

void du_add_column_names(DuText *text, const DuKind *kind, bool numbers) {
  bool first = true;
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (!du_column_kept(kind, field))
      continue;
    du_text_puts(text, first ? "" : ", ");
    if (numbers)
      du_field_stored(text, field, NULL);
    else
      du_field_column(text, field, NULL);
    if (field->type == DU_DATE)
      du_text_format(text, ", \"%s_first\", \"%s_last\"", field->name,
                     field->name);
    first = false;
  }
}

/* The statement of the rows behind an id: the columns of the fields. */
static DuStatement *select_rows(lua_State *L, const DuPacker *packer,
                                int64_t behind, int columns) {
  DuText text;
  DuStatement *statement;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT id FROM %q WHERE id > ?1 AND read_ahead(retracted, ",
                 packer->kind->name);
  du_add_column_names(&text, packer->kind, true);
  du_text_puts(&text, ") ORDER BY id");
  statement = du_text_prepare(&text, packer->sql);
  if (!du_sql_read_ahead(statement, columns + 1))
    du_raise_sql(L, packer->sql);
  du_sql_bind_integer(statement, 1, behind);
  lua_pop(L, 1);
  return statement;
}

/* Notes where the columns of a row that is read belong, after the id; returns
** how many there are. */
static int place_columns(const DuPacker *packer, int places[]) {
  int count = 0;
  for (int i = 0; i < packer->nfields; i++)
    for (int part = 0;
         packer->columns[i] >= 0 && part < du_field_columns(packer->fields[i]);
         part++)
      places[count++] = packer->columns[i] + part;
  return count;
}

/* Is a row's value of a type that its column may have? Another program may have
** written any, a blob for a text. */
static bool is_sound(DuSegmentType type, const DuCell *cell) {
  if (cell->type == DU_NULL_COLUMN)
    return true;
  switch (type) {
  case DU_SEGMENT_INTEGERS:
    return cell->type == DU_INTEGER_COLUMN;
  case DU_SEGMENT_NUMBERS:
    return cell->type == DU_NUMBER_COLUMN;
  case DU_SEGMENT_DATES:
    return cell->type == DU_TEXT_COLUMN && cell[1].type == DU_INTEGER_COLUMN &&
           cell[2].type == DU_INTEGER_COLUMN;
  default:
    return cell->type == DU_TEXT_COLUMN;
  }
}

static bool is_sound_row(const DuPacker *packer) {
  for (int i = 0; i < packer->nfields; i++)
    if (packer->columns[i] >= 0 &&
        !du_value_is_number(packer->fields[i],
                            packer->cells + packer->columns[i]) &&
        !is_sound(packer->types[i], packer->cells + packer->columns[i]))
      return false;
  return true;
}

/* Packs the rows behind an id; one that is not sound is left to rows. */
static void add_rows(lua_State *L, DuPacker *packer, int64_t behind) {
  DuStatus status;
  int places[3 * DU_MOST_FIELDS]; /* a date has three columns */
  int count = place_columns(packer, places);
  DuStatement *row = select_rows(L, packer, behind, count);
  while ((status = du_sql_step(row)) == DU_ROW) {
    const DuSqlValue *before, *values = du_sql_row_ahead(row, &before);
    int64_t id = values[0].integer;
    for (int i = 0; i < count; i++)
      packer->cells[places[i]] = values[i + 1];
    if (!(is_sound_row(packer) ? du_packer_add(packer, id, packer->cells)
                               : leave_out(packer->sql, packer->kind, id)))
      du_packer_raise(L, packer);
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
                              uint32_t rows, int fillings) {
  DuPacker *packer;
  luaL_checkstack(L, 20, NULL);
  du_schema_columns(L, sql);
  int64_t behind = open_last(L, sql, kind, rows / 2);
  packer = new_packer(L, sql, kind, rows, fillings);
  add_rows(L, packer, behind);
  return packer;
}

void du_columns_pack_by(lua_State *L, DuStore *store, const DuKind *kind,
                        uint32_t rows) {
  DuSql *sql = store->base->sql;
  DuPacker *packer = begin_packer(L, sql, kind, rows, 1);
  if (!du_packer_end_segment(packer, 0))
    du_packer_raise(L, packer);
  store->base->packed++;
  lua_pop(L, 1);
}

DuPacker *du_packer_begin(lua_State *L, DuStore *store, const DuKind *kind,
                          int fillings) {
  store->base->packing++;
  store->base->packed++;
  return begin_packer(L, store->base->sql, kind, DU_SEGMENT_ROWS, fillings);
}

void du_packer_end(lua_State *L, DuStore *store, DuPacker *packer) {
  if (!du_packer_end_segment(packer, packer->turn))
    du_packer_raise(L, packer);
  store->base->packing--;
  store->base->packed++;
}

void du_columns_note(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id) {
  if (store->base->packing > 0 && kind->large &&
      !leave_out(store->base->sql, kind, id))
    du_raise_sql(L, store->base->sql);
}

void du_columns_pack(lua_State *L, DuStore *store, const DuKind *kind) {
  du_columns_pack_by(L, store, kind, DU_SEGMENT_ROWS);
}

/* ---------------------------------------------------------------- all kinds */

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
    if (du_schema_has_table(L, sql, tables[table])) {
      int64_t number = du_columns_number(L, sql, numbers[table], NULL);
      most = number > most ? number : most;
      for (int i = 0; i < DU_KINDS; i++)
        if (du_kinds[i].large &&
            du_columns_number(L, sql, kinds[table], &du_kinds[i]) == 1)
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
  if (!du_schema_has_table(L, sql, "segments") &&
      !du_schema_has_table(L, sql, "columns") &&
      !du_schema_has_table(L, sql, "stale"))
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

/* ----------------------------------------------------------- before a query */

bool du_columns_behind(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t behind, int rows) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT 1 FROM %q WHERE id > ?1 AND retracted IS NULL "
                 "LIMIT 1 OFFSET ?2",
                 kind->name);
  statement = du_text_prepare(&text, store->sql);
  du_sql_bind_integer(statement, 1, behind);
  du_sql_bind_integer(statement, 2, rows);
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
  int64_t behind =
      du_columns_exist(L, sql) ? du_columns_number(L, sql, last, kind) : 0;
  return du_columns_behind(L, store->base, kind, behind, rows);
}
