/*
** directory.c - which segments a kind has, what their columns hold at least and
** at most, and the columns themselves, read from their tables and kept.
**
** In memory are those columns that were asked for, up to a limit, in the user
** values of the store: { [kind] = directory, [0] = { [number] = column } }.
** A number is never given to two segments, so that what another process has
** packed anew is not taken for what is in memory.
*/
#include "directory.h"

#include <string.h>

#include "months.h"

/* Where the columns are, among directories. */
enum { CACHE = 0 };

/* ------------------------------------------------------------- what has one */

bool du_column_kept(const DuKind *kind, const DuField *field) {
  if (!kind->large || (field->flags & DU_DETECTED))
    return false;
  switch (field->type) {
  case DU_TEXT:
    return (field->flags & DU_CODED) != 0;
  case DU_CITATIONS:
  case DU_ID:
  case DU_INTEGER:
  case DU_NUMBER:
  case DU_BOOLEAN:
  case DU_WORD:
  case DU_DATE:
  case DU_REFERENCE:
    return true;
  default:
    return false;
  }
}

DuSegmentType du_column_type(const DuField *field) {
  if (field->flags & DU_LIST) /* as it is stored */
    return DU_SEGMENT_TEXTS;
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

/* -------------------------------------------------------------- directories */

int64_t du_columns_number(lua_State *L, DuSql *sql, const char *text,
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

bool du_columns_exist(lua_State *L, DuSql *sql) {
  return du_columns_number(
             L, sql,
             "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
             "AND (name = 'segments' OR name = 'columns' OR name = 'stale')",
             NULL) == 3; /* IN a list would make a table of that */
}

void du_columns_push(lua_State *L, int storeindex) {
  if (lua_getiuservalue(L, storeindex, DU_STORE_COLUMNS) == LUA_TTABLE)
    return;
  lua_pop(L, 1);
  storeindex = lua_absindex(L, storeindex);
  lua_newtable(L);
  lua_newtable(L);
  lua_rawseti(L, -2, CACHE);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, storeindex, DU_STORE_COLUMNS);
}

bool du_segment_likely(int64_t number, int64_t first_id, int64_t last_id,
                       int64_t rows, int64_t behind) {
  return number > 0 && number < DU_MOST_SEGMENTS && rows > 0 &&
         rows <= DU_SEGMENT_ROWS && first_id > behind && last_id >= first_id &&
         rows - 1 <= last_id - first_id;
}

/* [-0, +1] a directory read anew */
static DuDirectory *read_directory(lua_State *L, DuStore *store,
                                   const DuKind *kind, int64_t version) {
  static const char count[] = "SELECT count(*) FROM segments WHERE kind = ?1";
  static const char text[] =
      "SELECT number, first_id, last_id, rows FROM segments WHERE kind = ?1 "
      "ORDER BY first_id";
  DuSql *sql = store->sql;
  bool exist = du_columns_exist(L, sql);
  int64_t places = exist ? du_columns_number(L, sql, count, kind) : 0;
  DuDirectory *directory = lua_newuserdatauv(
      L, sizeof *directory + (size_t)places * sizeof(DuPlace), 1);
  DuStatement *statement;
  DuStatus status;
  int64_t behind = 0;
  directory->version = version;
  directory->packed = store->packed;
  directory->damaged = directory->looked = directory->whole = false;
  directory->count = 0;
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  if (places == 0)
    return directory;
  statement = du_prepare(L, sql, text);
  du_sql_bind_text(statement, 1, kind->name, strlen(kind->name));
  while ((status = du_sql_step(statement)) == DU_ROW &&
         directory->count < places) {
    DuPlace *place = &directory->places[directory->count];
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

/* Hands over what was known of the segments, where these are the same still.
** The old directory, or what there was instead, is below the new one. */
static void keep_known(lua_State *L, DuStore *store, const DuDirectory *old,
                       const DuDirectory *directory) {
  size_t size = (size_t)directory->count * sizeof(DuPlace);
  const DuLeads *leads;
  const DuStanding *standing;
  if (old == NULL)
    return;
  lua_getiuservalue(L, -2, 1);
  if (old->count == directory->count && !directory->damaged &&
      memcmp(old->places, directory->places, size) == 0) {
    lua_setiuservalue(L, -2, 1);
    return;
  }
  lua_rawgeti(L, -1, DU_LEADS_KEY);
  if ((leads = lua_touserdata(L, -1)) != NULL)
    store->column_bytes -= du_leads_bytes(leads);
  lua_rawgeti(L, -2, DU_STANDING_KEY);
  if ((standing = lua_touserdata(L, -1)) != NULL)
    store->column_bytes -= du_standing_bytes(standing);
  lua_pop(L, 3);
}

static bool is_so_still(const DuDirectory *directory, const DuStore *store,
                        const DuMoment *now) {
  return directory != NULL && directory->version == now->version &&
         directory->packed == store->packed;
}

DuDirectory *du_directory_push_known(lua_State *L, const DuStore *store,
                                     const DuKind *kind, const DuMoment *now) {
  DuDirectory *directory;
  lua_rawgeti(L, -1, du_kind_number(kind) + 1);
  lua_remove(L, -2);
  directory = lua_touserdata(L, -1);
  return is_so_still(directory, store, now) ? directory : NULL;
}

DuDirectory *du_directory_push(lua_State *L, DuStore *store, const DuKind *kind,
                               DuMoment *now) {
  DuDirectory *directory;
  if (!du_sql_moment(store->sql, now))
    du_raise_sql(L, store->sql);
  lua_rawgeti(L, -1, du_kind_number(kind) + 1);
  directory = lua_touserdata(L, -1);
  if (is_so_still(directory, store, now)) {
    lua_remove(L, -2);
    return directory;
  }
  directory = read_directory(L, store, kind, now->version);
  keep_known(L, store, lua_touserdata(L, -2), directory);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -4, du_kind_number(kind) + 1);
  lua_replace(L, -3);
  lua_pop(L, 1);
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
  const DuDirectory *directory = scan->directory;
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

const DuBounds *du_directory_bounds(DuScan *scan, const DuField *field) {
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

/* Where the directory's user value has the months of the kind's own date, and
** their bytes. */
#define MONTHS (DU_MOST_FIELDS + 2)
#define MONTHS_BITS (DU_MOST_FIELDS + 3)

/* Adds the current row's months to the bytes, where they can be those of the
** segment; else there is nothing to go by but the bounds. */
static void add_months(DuText *bits, size_t *place, const DuBounds *bounds,
                       DuStatement *row) {
  size_t size;
  const void *months = du_sql_blob(row, 1, &size);
  if (bounds->known &&
      du_months_likely(months, size, bounds->least, bounds->most)) {
    *place = bits->length + 1;
    du_text_add(bits, months, size);
  }
}

/* [-0, +2] the months of a field's dates, read anew, and their bytes */
static DuMonths *read_months(DuScan *scan, const DuField *field,
                             const DuBounds *bounds) {
  static const char text[] =
      "SELECT number, bytes FROM columns WHERE kind = ?1 AND "
      "field = ?2 || '.months' ORDER BY number";
  lua_State *L = scan->L;
  const DuDirectory *directory = scan->directory;
  size_t count = (size_t)directory->count + 1;
  DuMonths *months = lua_newuserdatauv(L, count * sizeof(DuMonths), 0);
  size_t *places = lua_newuserdatauv(L, count * sizeof(size_t), 0);
  DuStatement *row;
  DuStatus status;
  DuText bits;
  int place = 0;
  memset(places, 0, count * sizeof(size_t));
  du_text_init(L, &bits);
  row = du_prepare(L, scan->store->sql, text);
  du_sql_bind_text(row, 1, scan->kind->name, strlen(scan->kind->name));
  du_sql_bind_text(row, 2, field->name, strlen(field->name));
  while ((status = du_sql_step(row)) == DU_ROW) {
    int64_t number = du_sql_integer(row, 0);
    while (place < directory->count && directory->places[place].number < number)
      place++; /* it has none */
    if (place < directory->count && directory->places[place].number == number)
      add_months(&bits, &places[place], &bounds[place], row);
  }
  du_finish(L, scan->store->sql, row, status);
  for (int i = 0; i < directory->count; i++)
    months[i].bits = places[i] == 0
                         ? NULL
                         : (const unsigned char *)bits.bytes + places[i] - 1;
  lua_remove(L, -2);
  return months;
}

const DuMonths *du_directory_months(DuScan *scan, const DuField *field) {
  lua_State *L = scan->L;
  const DuBounds *bounds;
  const DuMonths *months;
  int top = lua_gettop(L);
  if (!du_field_dates(scan->kind, field))
    return NULL;
  bounds = du_directory_bounds(scan, field);
  lua_getiuservalue(L, scan->slot, 1);
  if (lua_rawgeti(L, -1, MONTHS) == LUA_TUSERDATA) {
    months = lua_touserdata(L, -1);
  } else {
    months = read_months(scan, field, bounds);
    lua_rawseti(L, top + 1, MONTHS_BITS);
    lua_rawseti(L, top + 1, MONTHS);
  }
  lua_settop(L, top);
  return months;
}

/* -------------------------------------------------------------------- cache */

/* One column in memory, outside of what Lua counts (see outside.c); what it has
** follows. */
typedef struct Column {
  DuSegment segment;
  lua_Integer key; /* in the cache */
  uint64_t used;   /* when, in looks at the cache */
  size_t size;
  int holders;  /* walks that are at it, and those that were when they ended */
  bool dropped; /* it is in the cache no more */
  uint64_t room[];
} Column;

/* Where a walk reads more of them than so many, the pages that they are on are
** not kept as well. */
#define FEW_COLUMNS 4

/* When the column was used that was not used for the longest time. The cache
** is on top of the stack. */
static uint64_t least_used(lua_State *L, uint64_t used) {
  lua_pushnil(L);
  for (; lua_next(L, -2) != 0; lua_pop(L, 1)) {
    const Column *column = du_outside_at(L, -1);
    used = column->used < used ? column->used : used;
  }
  return used;
}

/* Where no walk has the column at index any more, and none can find it, its
** bytes go at once; the collector would come by twice before. A walk that ends,
** or fails, leaves what it is at to the collector. */
static void free_unheld(lua_State *L, int index) {
  const Column *column = du_outside_at(L, index);
  if (column != NULL && column->dropped && column->holders == 0)
    du_outside_free(L, index);
}

static void hold(lua_State *L, int index) {
  Column *column = du_outside_at(L, index);
  if (column != NULL) /* else the collector has been by, and a finalizer asks */
    column->holders++;
}

static void let_go(lua_State *L, int index) {
  Column *column = du_outside_at(L, index);
  if (column != NULL)
    column->holders--;
  free_unheld(L, index);
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
      Column *column = du_outside_at(L, -1);
      if (column->used <= least) {
        store->column_bytes -= column->size;
        lua_pushvalue(L, -2);
        lua_pushnil(L);
        lua_rawset(L, -5);
        column->dropped = true;
        free_unheld(L, -1);
      }
      lua_pop(L, 1);
    }
  }
}

/* [-0, +1 or 0] a column read from its table; NULL, and nothing pushed, where
** there is none, or its bytes are not what they should be */
static Column *read_column(lua_State *L, DuSql *sql, const DuKind *kind,
                           const DuField *field, const DuPlace *place) {
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
    size_t room = du_segment_room(bytes, size);
    column = du_outside_push(L, sizeof *column + room);
    column->size = sizeof *column + room;
    column->holders = 0;
    column->dropped = false;
    if (!du_segment_read(bytes, size, column->room, &column->segment) ||
        column->segment.rows != place->rows ||
        column->segment.type != du_column_type(field)) {
      lua_pop(L, 1);
      column = NULL;
    }
  }
  du_finish(L, sql, statement, status);
  return column;
}

/* [-0, +1 or 0] the column, read into the cache, which is on top */
static Column *read_into_cache(DuScan *scan, const DuField *field,
                               const DuPlace *place, lua_Integer key) {
  lua_State *L = scan->L;
  DuStore *store = scan->store;
  Column *column;
  if (++scan->columns > FEW_COLUMNS)
    du_sql_keep_pages(store->sql, true);
  column = read_column(L, store->sql, scan->kind, field, place);
  if (column == NULL)
    return NULL;
  column->key = key;
  column->used = ++store->column_looks;
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, key);
  store->column_bytes += column->size;
  lua_pushvalue(L, -2);
  make_room(L, store, column);
  lua_pop(L, 1);
  return column;
}

/* The column, from the cache, or read into it, which the scan's table then has
** for the field; NULL where it is damaged. */
static Column *take_column(DuScan *scan, const DuField *field,
                           const DuPlace *place, lua_Integer key) {
  lua_State *L = scan->L;
  Column *column;
  lua_rawgeti(L, scan->slot + 1, CACHE);
  lua_rawgeti(L, -1, key);
  column = du_outside_at(L, -1);
  if (column != NULL) {
    column->used = ++scan->store->column_looks;
  } else {
    lua_pop(L, 1);
    column = read_into_cache(scan, field, place, key);
  }
  if (column != NULL) {
    lua_Integer number = field - scan->kind->fields + 1;
    hold(L, -1);
    if (lua_rawgeti(L, scan->slot + 2, number) != LUA_TNIL)
      let_go(L, -1);
    lua_pop(L, 1);
    lua_rawseti(L, scan->slot + 2, number);
  }
  lua_pop(L, 1);
  return column;
}

const DuSegment *du_directory_column(DuScan *scan, const DuField *field) {
  lua_State *L = scan->L;
  const DuDirectory *directory = scan->directory;
  const DuPlace *place = &directory->places[scan->at];
  int number = (int)(field - scan->kind->fields);
  lua_Integer key = place->number * 64 + number;
  const Column *column;
  lua_rawgeti(L, scan->slot + 2, number + 1);
  column = du_outside_at(L, -1);
  lua_pop(L, 1);
  if (column == NULL || column->key != key)
    column = take_column(scan, field, place, key);
  return column != NULL ? &column->segment : NULL;
}

void du_scan_push_column(const DuScan *scan, const DuField *field) {
  lua_State *L = scan->L;
  if (lua_rawgeti(L, scan->slot + 2, field - scan->kind->fields + 1) !=
      LUA_TNIL)
    hold(L, -1);
}

void du_scan_pop_column(const DuScan *scan) {
  if (!lua_isnil(scan->L, -1))
    let_go(scan->L, -1);
  lua_pop(scan->L, 1);
}

bool du_directory_has(const DuScan *scan, int field, const DuPlace *place) {
  lua_State *L = scan->L;
  bool cached;
  lua_rawgeti(L, scan->slot + 1, CACHE);
  cached = lua_rawgeti(L, -1, place->number * 64 + field) == LUA_TUSERDATA;
  lua_pop(L, 2);
  return cached;
}

void du_columns_forget(lua_State *L, int storeindex) {
  DuStore *store = lua_touserdata(L, storeindex);
  lua_pushnil(L);
  lua_setiuservalue(L, storeindex, DU_STORE_COLUMNS);
  store->column_bytes = 0;
  store->packed++;
}
