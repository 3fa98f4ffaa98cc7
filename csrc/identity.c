/*
** identity.c - what makes a row the same as another: its origin, its version,
** the record that it may meet, and what is known of rows that come before there
** is an index to look them up in: that they rise, or a filter. Both can be
** wrong in one way: they take a row for one that came before.
*/
#include "bytes.h"
#include "loader.h"

#include <stdio.h>
#include <string.h>

/* --------------------------------------------------------- identity, version
 */

/* Adds to the text of the row's origin, whose memory only grows. */
static void add_origin(lua_State *L, DuLoader *loader, size_t *length,
                       const char *text, size_t more) {
  if (*length + more > loader->origin_size) {
    size_t size = (*length + more) * 2;
    char *grown = lua_newuserdatauv(L, size, 0);
    if (*length > 0)
      memcpy(grown, loader->origin_text, *length);
    lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
    lua_insert(L, -2);
    lua_setfield(L, -2, "origin");
    lua_pop(L, 1);
    loader->origin_text = grown;
    loader->origin_size = size;
  }
  if (more > 0)
    memcpy(loader->origin_text + *length, text, more);
  *length += more;
}

/* Adds one of several parts, which `|` stands between: one inside a part has a
** backslash before it, so that no two rows have the same origin by chance. */
static void add_part(lua_State *L, DuLoader *loader, size_t *length,
                     const char *text, size_t more) {
  for (;;) {
    size_t plain = 0;
    while (plain < more && text[plain] != '|' && text[plain] != '\\')
      plain++;
    add_origin(L, loader, length, text, plain);
    if (plain == more)
      return;
    add_origin(L, loader, length, "\\", 1);
    add_origin(L, loader, length, text + plain, 1);
    text += plain + 1;
    more -= plain + 1;
  }
}

/* The texts of the columns that tell the row from others. */
static bool add_columns(lua_State *L, DuLoader *loader, size_t *length) {
  const DuLayout *layout = loader->layout;
  bool any = false;
  for (int i = 0; i < layout->nidentity; i++) {
    char why[DU_WHY];
    size_t size;
    const char *text = du_cells_text(L, loader, layout->identity[i], &size);
    du_entry_trim(&text, &size);
    if (size > 0 &&
        du_text_fit(loader->origin_field, text, size, why) != DU_FITS)
      return du_fault(L, loader, "origin", "%s", why);
    any = any || size > 0;
    if (i > 0)
      add_origin(L, loader, length, "|", 1);
    if (layout->nidentity > 1)
      add_part(L, loader, length, text, size);
    else
      add_origin(L, loader, length, text, size);
  }
  if (!any)
    return du_fault(L, loader, "origin",
                    "the columns that tell the row from others are empty");
  return true;
}

bool du_identity_read(lua_State *L, DuLoader *loader) {
  size_t length = 0, size;
  char number[24];
  const char *text;
  add_origin(L, loader, &length, loader->prefix.text, loader->prefix.length);
  add_origin(L, loader, &length, ":", 1);
  switch (loader->identity) {
  case DU_BY_LINE:
    text = du_records_line(loader->records, &size);
    size = (size_t)snprintf(number, sizeof number, "%016llx",
                            (unsigned long long)du_entry_hash(text, size));
    add_origin(L, loader, &length, number, size);
    break;
  case DU_BY_NUMBER:
    size = (size_t)snprintf(number, sizeof number, "%lld",
                            (long long)loader->read);
    add_origin(L, loader, &length, number, size);
    break;
  case DU_BY_COLUMNS:
    if (!add_columns(L, loader, &length))
      return false;
  }
  du_cell_text(&loader->cells[loader->origin], loader->origin_text, length);
  return true;
}

bool du_version_read(lua_State *L, DuLoader *loader) {
  size_t length, size;
  const char *text = du_cells_text(L, loader, loader->layout->version, &length);
  DuCell *cell = &loader->cells[loader->sources];
  double value;
  DuText json;
  du_entry_trim(&text, &length);
  if (length >= sizeof loader->version - 10 ||
      !du_entry_number(text, length, &value))
    return du_fault_text(L, loader, "sources", "the version is no number: %s",
                         text, length);
  snprintf(loader->version, sizeof loader->version, "version %.*s", (int)length,
           text);
  du_text_init(L, &json);
  du_text_format(&json, "[%I", loader->source);
  size = json.length; /* what the row's citations begin with */
  json.length = 0;
  du_text_format(&json, "[{\"source\":%I,\"locator\":", loader->source);
  du_text_json(&json, loader->version, strlen(loader->version));
  du_text_puts(&json, "}");
  du_text_add(&json, cell->text + size, cell->length - size);
  du_text_push(&json);
  lua_remove(L, json.slot);
  text = du_cells_anchor(L, loader->sources, &size);
  du_cell_text(cell, text, size);
  return true;
}

/* ------------------------------------------------------------ what is there */

void du_cell_bind(DuStatement *statement, int parameter, const DuCell *cell) {
  switch (cell->type) {
  case DU_INTEGER_COLUMN:
    du_sql_bind_integer(statement, parameter, cell->integer);
    break;
  case DU_NUMBER_COLUMN:
    du_sql_bind_number(statement, parameter, cell->number);
    break;
  case DU_TEXT_COLUMN:
    du_sql_bind_text(statement, parameter, cell->text, cell->length);
    break;
  default:
    du_sql_bind_null(statement, parameter);
  }
}

static bool same_cell(DuStatement *statement, int column, const DuCell *cell) {
  size_t length;
  const char *text;
  if (du_sql_type(statement, column) != cell->type)
    return false;
  switch (cell->type) {
  case DU_INTEGER_COLUMN:
    return du_sql_integer(statement, column) == cell->integer;
  case DU_NUMBER_COLUMN: /* bits, or both the same zero */
    return !(du_sql_number(statement, column) < cell->number) &&
           !(du_sql_number(statement, column) > cell->number);
  case DU_TEXT_COLUMN:
    text = du_sql_text(statement, column, &length);
    return length == cell->length && memcmp(text, cell->text, length) == 0;
  default:
    return true;
  }
}

const DuField *du_column_field(const DuKind *kind, int column, int *part) {
  int field = 0;
  while (column >= du_column_number(kind, field) - 1 +
                       du_field_columns(&kind->fields[field]))
    field++;
  *part = column - (du_column_number(kind, field) - 1);
  return &kind->fields[field];
}

void du_text_column(DuText *text, const DuKind *kind, int column) {
  int part;
  const DuField *field = du_column_field(kind, column, &part);
  du_text_format(text, "\"%s%s\"", field->name, du_column_suffix(part));
}

/* Does the record lack one of the citations that the row has besides that of
** the file? It may have others. */
static bool lacks_citation(lua_State *L, const DuLoader *loader, int64_t id) {
  const DuCell *cell = &loader->cells[loader->sources];
  DuText text;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &text);
  du_text_format(
      &text,
      "SELECT 1 FROM json_each(?2) row WHERE coalesce(row.atom, "
      "row.value ->> 'source') IS NOT ?3 AND NOT EXISTS (SELECT 1 FROM %q t, "
      "json_each(t.sources) known WHERE t.id = ?1 AND (known.value = row.value "
      "OR known.value ->> 'source' = row.atom)) LIMIT 1",
      loader->kind->name);
  statement = du_text_prepare(&text, loader->store->sql);
  du_sql_bind_integer(statement, 1, id);
  du_cell_bind(statement, 2, cell);
  du_sql_bind_integer(statement, 3, loader->source);
  status = du_sql_step(statement);
  du_finish(L, loader->store->sql, statement, status);
  lua_pop(L, 1);
  return status == DU_ROW;
}

/* Does the record say the same of a field? That of its sources is asked only
** where a column has some, and otherwise may be another file. */
static bool is_same(lua_State *L, DuLoader *loader, DuStatement *statement,
                    int result, int column, int64_t id) {
  const DuCell *cell = &loader->cells[column];
  if (column == loader->sources)
    return !loader->layout->has_cited || cell->type == DU_NULL_COLUMN ||
           !lacks_citation(L, loader, id);
  if (column == loader->origin && cell->type == DU_NULL_COLUMN)
    return true;
  return same_cell(statement, result, cell);
}

/* The statement that finds a record by its key or its origin, which is the
** loader's until Lua is called. */
static DuStatement *take_find(lua_State *L, DuLoader *loader, bool by_key) {
  DuText text;
  if (loader->find != NULL && loader->by_key == by_key)
    return loader->find;
  if (loader->find != NULL)
    du_sql_release(loader->find);
  loader->find = NULL;
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT id, revision, retracted");
  for (int i = 0; i < loader->nused; i++) {
    int part;
    const DuField *field =
        du_column_field(loader->kind, loader->used[i], &part);
    du_text_puts(&text, ", ");
    du_part_column(&text, field, part);
  }
  du_text_format(&text, " FROM %q WHERE %q = ?1", loader->kind->name,
                 by_key ? "key" : "origin");
  loader->find = du_text_prepare(&text, loader->store->sql);
  loader->by_key = by_key;
  lua_pop(L, 1);
  return loader->find;
}

DuFound du_find_same(lua_State *L, DuLoader *loader) {
  DuFound found = {{0, 0, false}, NULL};
  const DuCell *key = &loader->cells[loader->key];
  bool keyed = key->type != DU_NULL_COLUMN;
  int part;
  DuStatement *statement;
  DuStatus status;
  du_insert_waiting(L, loader); /* it may be one of them */
  statement = take_find(L, loader, keyed);
  du_cell_bind(statement, 1, keyed ? key : &loader->cells[loader->origin]);
  status = du_sql_step(statement);
  if (status == DU_FAILED)
    du_raise_sql(L, loader->store->sql);
  if (status == DU_ROW) {
    found.row.id = du_sql_integer(statement, 0);
    found.row.revision = du_sql_integer(statement, 1);
    found.row.retracted = du_sql_type(statement, 2) != DU_NULL_COLUMN;
    for (int i = 0; i < loader->nused && found.other == NULL; i++)
      if (!is_same(L, loader, statement, 3 + i, loader->used[i], found.row.id))
        found.other =
            du_column_field(loader->kind, loader->used[i], &part)->name;
  }
  du_sql_reset(statement);
  return found;
}

int du_version_beside(lua_State *L, DuLoader *loader, int64_t id) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  double old = 0, new = 0;
  bool known = false;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT known.value ->> 'locator' FROM %q t, "
                 "json_each(t.sources) known WHERE t.id = ?1 AND "
                 "known.value ->> 'locator' GLOB 'version *'",
                 loader->kind->name);
  statement = du_text_prepare(&text, loader->store->sql);
  du_sql_bind_integer(statement, 1, id);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    size_t length;
    const char *locator = du_sql_text(statement, 0, &length);
    double value;
    if (du_entry_number(locator + 8, length - 8, &value) &&
        (!known || value > old)) {
      old = value;
      known = true;
    }
  }
  du_finish(L, loader->store->sql, statement, status);
  lua_pop(L, 1);
  du_entry_number(loader->version + 8, strlen(loader->version + 8), &new);
  return !known || new > old ? 1 : new < old ? -1 : 0;
}

/* ----------------------------------------------------------------- filter */

/* 16 bits a row, in memory that goes with the loader: of a million rows, some
** two thousand are put aside for nothing. */
static void make_filter(lua_State *L, DuLoader *loader) {
  uint64_t blocks = (uint64_t)loader->rows / 32 + 64;
  if (blocks > 1 << 18) /* 16 MiB */
    blocks = 1 << 18;
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  loader->filter = lua_newuserdatauv(L, blocks * 64, 0);
  memset(loader->filter, 0, blocks * 64);
  loader->blocks = blocks;
  lua_setfield(L, -2, "filter");
  lua_pop(L, 1);
}

void du_drop_filter(lua_State *L, DuLoader *loader) {
  if (loader->filter == NULL)
    return;
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  lua_pushnil(L);
  lua_setfield(L, -2, "filter");
  lua_pop(L, 1);
  loader->filter = NULL;
  lua_gc(L, LUA_GCCOLLECT);
}

/* Notes an origin; was it, or may it have been, noted before? A block of 512
** bits holds the 4 of one identity, so that it costs one look into memory. */
static bool note(const DuLoader *loader, const char *text, size_t length) {
  uint64_t hash = du_entry_hash(text, length);
  uint64_t *block = loader->filter + (hash >> 36) % loader->blocks * 8;
  bool seen = true;
  for (int i = 0; i < 4; i++) {
    unsigned bit = hash >> (9 * i) & 511;
    uint64_t mask = (uint64_t)1 << (bit & 63);
    seen = seen && (block[bit >> 6] & mask) != 0;
    block[bit >> 6] |= mask;
  }
  return seen;
}

/* -------------------------------------------------------------- rising order
 */

/* Of so many rows, one may be out of order, and some besides. */
#define ROWS_A_FALL 64
#define FALLS 64

static void raise_highest(DuHighest *highest, const DuCell *origin) {
  memcpy(highest->text, origin->text, origin->length);
  highest->length = origin->length;
}

/* Is the origin above all before it? A longer one is, whatever its bytes, as
** with numbers: any order will do. */
static bool rises(DuHighest *highest, const DuCell *origin) {
  if (origin->length > DU_HIGHEST_TEXT || origin->length < highest->length ||
      (origin->length == highest->length &&
       memcmp(origin->text, highest->text, origin->length) <= 0))
    return false;
  raise_highest(highest, origin);
  return true;
}

/* Reads the highest origin on record that begins as the rows' do, which the
** index has at once, in the order of bytes. False where it is too long. */
static bool read_recorded(lua_State *L, DuLoader *loader) {
  DuHighest *highest = &loader->recorded;
  DuText text;
  DuStatement *row;
  DuCell found;
  du_insert_waiting(L, loader);
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT max(origin) FROM %q WHERE origin >= ?1 || ':' AND "
                 "origin < ?1 || ';'",
                 loader->kind->name);
  row = du_text_prepare(&text, loader->store->sql);
  du_sql_bind_text(row, 1, loader->prefix.text, loader->prefix.length);
  if (du_sql_step(row) == DU_FAILED)
    du_raise_sql(L, loader->store->sql);
  du_sql_value(row, 0, &found);
  highest->length = 0;
  loader->recorded_known =
      found.type == DU_NULL_COLUMN ||
      (found.type == DU_TEXT_COLUMN && found.length <= DU_HIGHEST_TEXT);
  if (loader->recorded_known && found.type == DU_TEXT_COLUMN)
    raise_highest(highest, &found);
  du_sql_release(row);
  lua_pop(L, 1);
  return loader->recorded_known;
}

bool du_is_new(lua_State *L, DuLoader *loader) {
  const DuCell *origin = &loader->cells[loader->origin];
  DuHighest *highest = &loader->recorded;
  if (loader->identity != DU_BY_COLUMNS || loader->layout->has_own ||
      (!loader->recorded_known && !read_recorded(L, loader)) ||
      du_bytes_order(origin->text, origin->length, highest->text,
                     highest->length) <= 0)
    return false;
  if (origin->length > DU_HIGHEST_TEXT)
    loader->recorded_known = false;
  else
    raise_highest(highest, origin);
  return loader->recorded_known;
}

/* Is the row's origin on record? Its index is kept. */
static bool is_on_record(lua_State *L, DuLoader *loader) {
  const DuCell *origin = &loader->cells[loader->origin];
  int64_t id;
  du_insert_waiting(L, loader);
  lua_pushlstring(L, origin->text, origin->length);
  id = du_find_row(L, loader->store, loader->kind, "origin", -1).id;
  lua_pop(L, 1);
  return id != 0;
}

/* Those of the rows so far go into a filter. */
static void begin_filter(lua_State *L, DuLoader *loader) {
  DuText text;
  DuStatement *row;
  DuStatus status;
  make_filter(L, loader);
  if (!loader->rising.kept)
    return;
  du_insert_unsorted(L, loader);
  du_text_init(L, &text);
  du_text_format(&text, "SELECT origin FROM %q", loader->kind->name);
  row = du_text_prepare(&text, loader->store->sql);
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *origin = du_sql_text(row, 0, &length);
    note(loader, origin, length);
  }
  du_finish(L, loader->store->sql, row, status);
  lua_pop(L, 1);
}

/* A row whose origin is above all others was not there before, and nothing more
** needs to be remembered while that is so. */
bool du_may_repeat(lua_State *L, DuLoader *loader) {
  const DuCell *origin = &loader->cells[loader->origin];
  DuRising *rising = &loader->rising;
  if (rising->kept && rises(&rising->highest, origin))
    return false;
  if (rising->kept && ++rising->falls <= FALLS + loader->added / ROWS_A_FALL)
    return is_on_record(L, loader);
  if (loader->filter == NULL)
    begin_filter(L, loader);
  return note(loader, origin->text, origin->length);
}
