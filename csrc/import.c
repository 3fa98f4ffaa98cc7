/*
** import.c - the records of a file brought into a kind: read by cells.c, and
** written.
**
** The rows of a large kind (events) go straight into its table. Into an empty
** one they go without most of its indexes, which are made at the end; whether a
** row is there already is then not looked up: one that may be is put aside, and
** looked at again when the indexes are there. Rows of other kinds, whose names
** and texts have indexes of their own, go the way of `add`.
**
** A loader is used inside one transaction, or several, of its store; whatever
** raises here, the transaction undoes.
*/
#include <stdio.h>
#include <string.h>

#include "loader.h"

/* More rows than this get columns at once. */
#define WORTH_COLUMNS 4096

/* ----------------------------------------------------------------- the row */

static bool has_required(lua_State *L, DuLoader *loader) {
  for (int i = 0; i < loader->nrequired; i++) {
    const DuField *field = loader->required[i].field;
    DuCell *cell = &loader->cells[loader->required[i].cell];
    if (cell->type != DU_NULL_COLUMN)
      continue;
    if (field->absent == NULL)
      return du_fault(L, loader, field->name,
                      "it is required, and missing (%s)", field->help);
    du_cell_text(cell, field->absent, strlen(field->absent));
  }
  return true;
}

static const DuLayout *layout_of(const DuLoader *loader, int count) {
  for (int i = 0; i < loader->nlayouts; i++)
    if (loader->layouts[i].count == count)
      return &loader->layouts[i];
  return NULL;
}

static bool wrong_count(lua_State *L, DuLoader *loader, int count) {
  char expected[100] = "";
  for (int i = 0; i < loader->nlayouts; i++) {
    size_t length = strlen(expected);
    snprintf(expected + length, sizeof expected - length, "%s%d",
             i == 0                      ? ""
             : i + 1 == loader->nlayouts ? " or "
                                         : ", ",
             loader->layouts[i].count);
  }
  return du_fault(L, loader, NULL, "the line has %d fields, expected %s", count,
                  expected);
}

/* What the record is, and which row it would be: its layout and its origin,
** unless a column has that. */
static bool begin_row(lua_State *L, DuLoader *loader) {
  const DuDelimited *reader = &loader->records->reader;
  const DuLayout *layout = loader->layout;
  if (loader->terminated && !reader->ended && !loader->again)
    return du_fault(L, loader, NULL,
                    "the file ends inside this line: it was cut off");
  if (layout == NULL || layout->count != reader->count)
    layout = layout_of(loader, reader->count);
  if (layout == NULL)
    return wrong_count(L, loader, reader->count);
  loader->layout = layout;
  if (loader->each && !loader->retract)
    return true;
  du_cells_begin(loader);
  return layout->has_own || du_identity_read(L, loader);
}

/* Fills the cells with the row. */
static bool read_row(lua_State *L, DuLoader *loader) {
  const DuLayout *layout = loader->layout;
  if (!du_cells_read(L, loader))
    return false;
  if (layout->version >= 0 && !du_version_read(L, loader))
    return false;
  if (layout->has_own && loader->cells[loader->origin].type == DU_NULL_COLUMN &&
      loader->cells[loader->key].type == DU_NULL_COLUMN &&
      !du_identity_read(L, loader))
    return false;
  return has_required(L, loader);
}

/* ----------------------------------------------------------------- writing */

/* [-0, +1] the cells as an array of stored columns; of an update, over those
** that are on top of the stack */
static void push_columns(lua_State *L, const DuLoader *loader, int before) {
  int count = du_stored_columns(loader->kind);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    if (before != 0)
      lua_rawgeti(L, before, i + 1);
    else
      lua_pushboolean(L, false);
    lua_rawseti(L, -2, i + 1);
  }
  for (int i = 0; i < loader->nused; i++) {
    const DuCell *cell = &loader->cells[loader->used[i]];
    switch (cell->type) {
    case DU_INTEGER_COLUMN:
      lua_pushinteger(L, cell->integer);
      break;
    case DU_NUMBER_COLUMN:
      lua_pushnumber(L, cell->number);
      break;
    case DU_TEXT_COLUMN:
      lua_pushlstring(L, cell->text, cell->length);
      break;
    default:
      lua_pushboolean(L, false);
    }
    lua_rawseti(L, -2, loader->used[i] + 1);
  }
}

/* loader (light), id, revision, retracted: lays the row over the record */
static int change_body(lua_State *L) {
  DuLoader *loader = lua_touserdata(L, 1);
  DuRow row = {lua_tointeger(L, 2), lua_tointeger(L, 3), false};
  int before = du_push_columns(L, loader->store, loader->kind, row.id);
  push_columns(L, loader, before);
  du_change_columns(L, loader->store, loader->kind, row, before, lua_gettop(L));
  return 0;
}

/* loader (light): adds the row */
static int add_body(lua_State *L) {
  DuLoader *loader = lua_touserdata(L, 1);
  push_columns(L, loader, 0);
  du_add_columns(L, loader->store, loader->kind, lua_gettop(L));
  return 0;
}

/* Calls what writes one row; its error may be the row's fault. What it wrote
** before it failed is nothing: all checks come first. */
static bool write_row(lua_State *L, DuLoader *loader, int arguments) {
  if (loader->makings > 0)
    return du_make_and(L, loader, arguments + 1);
  if (lua_pcall(L, arguments, 0, 0) == LUA_OK)
    return true;
  du_fault_of_error(L, loader, NULL);
  return false;
}

/* A row whose identity is on record. One with a version is told by that: what
** is older is superseded, and what is newer replaces it. */
static bool meet(lua_State *L, DuLoader *loader, const DuFound *found) {
  const char *singular = loader->kind->singular;
  LUAI_UACINT id = (LUAI_UACINT)found->row.id;
  int beside = loader->layout->version < 0
                   ? 0
                   : du_version_beside(L, loader, found->row.id);
  if (found->row.retracted)
    return du_fault(L, loader, NULL,
                    "the %s with that identity (id %I) was retracted", singular,
                    id);
  if (beside < 0 || (beside == 0 && found->other == NULL)) {
    loader->duplicate++;
    return true;
  }
  if (beside == 0 && !loader->update)
    return du_fault(L, loader, found->other,
                    "the %s with that identity (id %I) has another value",
                    singular, id);
  du_loader_put_away(L, loader);
  lua_pushcfunction(L, change_body);
  lua_pushlightuserdata(L, loader);
  lua_pushinteger(L, found->row.id);
  lua_pushinteger(L, found->row.revision);
  if (!write_row(L, loader, 3))
    return false;
  loader->updated++;
  return true;
}

/* A row of a kind with indexes of its own. */
static bool put_row(lua_State *L, DuLoader *loader) {
  DuFound found = du_find_same(L, loader);
  if (found.row.id != 0)
    return meet(L, loader, &found);
  du_loader_put_away(L, loader);
  lua_pushcfunction(L, add_body);
  lua_pushlightuserdata(L, loader);
  if (!write_row(L, loader, 1))
    return false;
  loader->added++;
  return true;
}

/* Once there are so many rows that columns are worth it: packs them, and from
** now on each row as it is inserted. */
static void begin_packing(lua_State *L, DuLoader *loader) {
  du_loader_put_away(L, loader);
  du_rows_detach(L, loader->store->base);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  loader->packer =
      du_packer_begin(L, loader->store, loader->kind, loader->threads);
  lua_setfield(L, -2, "packer");
  lua_pop(L, 1);
  du_share_begin(L, loader);
  du_insert_begin(L, loader);
}

/* The rest of the rows, and what is in no segment for other reasons. */
static void end_packing(lua_State *L, DuLoader *loader) {
  if (loader->packer != NULL) {
    du_packer_end(L, loader->store, loader->packer);
    loader->packer = NULL;
    lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
    lua_pushnil(L);
    lua_setfield(L, -2, "packer");
    lua_pop(L, 1);
  } else if (du_columns_lack(L, loader->store, loader->kind, WORTH_COLUMNS)) {
    du_columns_pack(L, loader->store, loader->kind);
  }
}

/* Inserts the row; false where its origin is on record. */
static bool insert_new(lua_State *L, DuLoader *loader, bool new) {
  if (!du_insert(L, loader, new))
    return false;
  du_writing(
      loader->store); /* only now: to find all on record writes nothing */
  loader->added++;
  if (++loader->inserted == WORTH_COLUMNS)
    begin_packing(L, loader);
  return true;
}

/* Inserts the row, unless its origin is on record. A file that was loaded
** before has most of its rows there: after one of them the next is looked for
** before it is inserted in vain; and so is one for which records are made. */
static bool insert_row(lua_State *L, DuLoader *loader) {
  DuFound found = {{0, 0, false}, NULL};
  bool new = loader->bulk || du_is_new(L, loader);
  if (!new && (loader->met || loader->makings > 0))
    found = du_find_same(L, loader);
  if (found.row.id == 0 && loader->makings > 0 && !du_make_and(L, loader, 0))
    return false;
  if (found.row.id == 0 && insert_new(L, loader, new)) {
    loader->met = false;
    return true;
  }
  if (found.row.id == 0)
    found = du_find_same(L, loader);
  loader->met = true;
  return meet(L, loader, &found);
}

/* ----------------------------------------------------------- rows put aside */

/* Runs a statement that is needed once. */
static void run(lua_State *L, DuLoader *loader, DuText *text) {
  du_text_add(text, "", 1);
  if (!du_sql_script(loader->store->sql, text->bytes))
    du_raise_sql(L, loader->store->sql);
}

/* They lie in a table of the connection's own, which has the name of the
** kind. */

static void make_aside(lua_State *L, DuLoader *loader) {
  DuText text;
  du_text_init(L, &text);
  du_text_format(&text,
                 "CREATE TEMP TABLE \"aside_%s\" (line INTEGER, text TEXT)",
                 loader->kind->name);
  run(L, loader, &text);
  lua_pop(L, 1);
}

static void drop_aside(lua_State *L, DuLoader *loader) {
  DuText text;
  du_text_init(L, &text);
  du_text_format(&text, "DROP TABLE temp.\"aside_%s\"", loader->kind->name);
  run(L, loader, &text);
  lua_pop(L, 1);
}

static void put_aside(lua_State *L, DuLoader *loader) {
  DuText text;
  DuStatement *statement;
  size_t length;
  const char *line = du_records_line(loader->records, &length);
  du_loader_put_away(L, loader);
  du_text_init(L, &text);
  du_text_format(&text,
                 "INSERT INTO temp.\"aside_%s\" (line, text) VALUES (?1, ?2)",
                 loader->kind->name);
  statement = du_text_prepare(&text, loader->store->sql);
  du_sql_bind_integer(statement, 1, (int64_t)loader->records->reader.line);
  du_sql_bind_text(statement, 2, line, length);
  du_finish(L, loader->store->sql, statement, du_sql_step(statement));
  lua_pop(L, 1);
}

/* Makes the row behind the one of that number the next record; returns its
** number, or 0 where there is none. */
static int64_t next_aside(lua_State *L, DuLoader *loader, int64_t number) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  int64_t next = 0;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT rowid, line, text FROM temp.\"aside_%s\" WHERE "
                 "rowid > ?1 ORDER BY rowid LIMIT 1",
                 loader->kind->name);
  statement = du_text_prepare(&text, loader->store->sql);
  du_sql_bind_integer(statement, 1, number);
  status = du_sql_step(statement);
  if (status == DU_ROW) {
    size_t length;
    const char *line = du_sql_text(statement, 2, &length);
    next = du_sql_integer(statement, 0);
    du_records_give(L, loader->records, DU_AT_ROWS, line, length,
                    du_sql_integer(statement, 1));
  }
  du_finish(L, loader->store->sql, statement, status);
  lua_pop(L, 1);
  return next;
}

/* ----------------------------------------------------------------- running */

/* Gives the row to a function of Lua, which says what became of it. */
static bool give_row(lua_State *L, DuLoader *loader) {
  static const char *const outcomes[] = {"added", "updated", "duplicate",
                                         "retracted", NULL};
  int64_t *counts[4];
  int top = lua_gettop(L);
  const char *outcome;
  counts[0] = &loader->added;
  counts[1] = &loader->updated;
  counts[2] = &loader->duplicate;
  counts[3] = &loader->retracted;
  du_loader_put_away(L, loader);
  lua_getfield(L, DU_AT_PLAN, "each");
  lua_pushvalue(L, DU_AT_ROW);
  if (loader->retract)
    lua_pushlstring(L, loader->cells[loader->origin].text,
                    loader->cells[loader->origin].length);
  else
    lua_pushnil(L);
  if (lua_pcall(L, 2, 3, 0) != LUA_OK) {
    du_fault_of_error(L, loader, NULL);
    return false;
  }
  outcome = lua_tostring(L, -3);
  for (int i = 0; outcome != NULL && outcomes[i] != NULL; i++)
    if (strcmp(outcome, outcomes[i]) == 0) {
      ++*counts[i];
      lua_settop(L, top);
      return true;
    }
  du_fault(L, loader, NULL, "%s",
           lua_isstring(L, -2) ? lua_tostring(L, -2) : "it is no record");
  if (lua_isstring(L, -1)) {
    int field = du_field_find(loader->kind, lua_tostring(L, -1));
    loader->wrong = field >= 0 ? loader->kind->fields[field].name : NULL;
  }
  lua_settop(L, top);
  return false;
}

/* Does with a record what is to be done with it. */
static void load_row(lua_State *L, DuLoader *loader, DuDelimitedStatus status) {
  bool good;
  loader->reading = true;
  loader->mended = false;
  if (status == DU_DELIMITED_FAULT)
    good = du_fault(L, loader, NULL, "%s", loader->records->reader.why);
  else
    good = begin_row(L, loader);
  if (good && loader->bulk && loader->identity != DU_BY_NUMBER &&
      du_may_repeat(L, loader)) {
    loader->reading = false;
    put_aside(L, loader);
    return;
  }
  if (good && loader->each)
    good = give_row(L, loader);
  else if (good)
    good = read_row(L, loader) &&
           (loader->direct ? insert_row(L, loader) : put_row(L, loader));
  loader->reading = false;
  if (good)
    loader->repaired += loader->mended;
  else
    du_reject(L, loader);
}

/* An empty line, which is no record unless records have one field. */
static bool is_passed_over(const DuLoader *loader, DuDelimitedStatus status) {
  return status == DU_DELIMITED_RECORD && loader->records->reader.blank &&
         layout_of(loader, 1) == NULL;
}

/* The next record. A chunk is asked of Lua only when no whole one is left; a
** function of somebody else's finds all rows so far in the store. */
static DuDelimitedStatus next_record(lua_State *L, DuLoader *loader) {
  DuRecords *records = loader->records;
  DuDelimitedStatus status;
  if (!records->peeked) {
    status = du_delimited_next(&records->reader, records->bytes,
                               records->length, records->ended);
    if (status != DU_DELIMITED_MORE)
      return status;
  }
  if (!records->quiet)
    du_loader_put_away(L, loader);
  return du_records_next(L, records, DU_AT_ROWS);
}

/* Counts a record, and notes its line in the sum. What comes of a line longer
** than the limit is noted: what the rest of it comes in is chance. */
static void count_record(DuLoader *loader) {
  size_t length;
  const char *line;
  loader->read++;
  if (loader->summed) {
    line = du_records_line(loader->records, &length);
    loader->sum =
        (loader->sum << 7 | loader->sum >> 57) ^ du_entry_hash(line, length);
  }
}

/* Reads up to `limit` records, and what belongs to the last of them; false
** where there are no more. do_it: else they are passed over. */
static bool read_records(lua_State *L, DuLoader *loader, int64_t limit,
                         bool do_it) {
  int64_t count = 0;
  while (limit < 0 || count < limit || loader->records->reader.cut) {
    DuDelimitedStatus status = next_record(L, loader);
    if (status == DU_DELIMITED_END)
      return false;
    if (status == DU_DELIMITED_REST) {
      if (do_it)
        du_reject_rest(L, loader);
    } else if (!is_passed_over(loader, status)) {
      count_record(loader);
      count++;
      if (do_it)
        load_row(L, loader, status);
    }
    lua_settop(L, DU_AT_BASE - 1);
  }
  return true;
}

/* Reads the rows that were put aside, now that there is an index. */
static void load_aside(lua_State *L, DuLoader *loader) {
  DuRecords *records = loader->records;
  int64_t number = 0;
  lua_pushvalue(L, DU_AT_ROWS); /* stays at DU_AT_BASE */
  loader->records = du_records_like(L, records);
  lua_pushvalue(L, -1);
  lua_replace(L, DU_AT_ROWS);
  lua_setiuservalue(L, DU_AT_LOADER, DU_LOADER_RECORDS);
  loader->again = true;
  while ((number = next_aside(L, loader, number)) != 0) {
    load_row(L, loader, du_records_next(L, loader->records, DU_AT_ROWS));
    du_loader_put_away(L, loader);
    lua_settop(L, DU_AT_BASE);
  }
  loader->again = false;
  loader->records = records;
  lua_pushvalue(L, -1);
  lua_replace(L, DU_AT_ROWS);
  lua_setiuservalue(L, DU_AT_LOADER, DU_LOADER_RECORDS);
}

static bool is_empty(lua_State *L, DuLoader *loader) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &text);
  du_text_format(&text, "SELECT 1 FROM %q LIMIT 1", loader->kind->name);
  statement = du_text_prepare(&text, loader->store->sql);
  status = du_sql_step(statement);
  du_finish(L, loader->store->sql, statement, status);
  lua_pop(L, 1);
  return status == DU_DONE;
}

/* Is there what keeps other programs from adding to a kind's table? */
static bool is_shut(lua_State *L, DuLoader *loader, const DuKind *kind) {
  DuText text;
  int64_t shut;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND "
                 "name = '%s_insert'",
                 kind->name);
  du_text_add(&text, "", 1);
  if (!du_sql_number_of(loader->store->sql, text.bytes, &shut))
    du_raise_sql(L, loader->store->sql);
  lua_pop(L, 1);
  return shut != 0;
}

/* Before and after rows go straight into the table. Half-read loops, of
** functions that the mapping has, would stand in the way of the second. */
static void open_table(lua_State *L, DuLoader *loader) {
  du_insert_prepare(L, loader);
  du_schema_open(L, loader->store->sql, loader->kind);
  if (loader->bulk)
    du_insert_open(L, loader);
}

static void shut_table(lua_State *L, DuLoader *loader) {
  du_loader_put_away(L, loader);
  du_rows_detach(L, loader->store->base);
  du_schema_shut(L, loader->store->sql, loader->kind,
                 !loader->bulk            ? DU_INDEX_NONE
                 : loader->packer == NULL ? DU_INDEX_ALL
                                          : DU_INDEX_BUT_LEADING);
}

/* Opens the tables of the kinds in the set that are shut: of the parties, say,
** that rows may name first. An insert with a trigger makes SQLite write out,
** each time, what the full-text index of names has in memory. Returns the set
** of those that are to be shut again. */
static uint32_t open_others(lua_State *L, DuLoader *loader, uint32_t kinds) {
  uint32_t opened = 0;
  for (int i = 0; i < DU_KINDS; i++)
    if ((kinds & DU_KIND_BIT(i)) && is_shut(L, loader, &du_kinds[i])) {
      du_schema_open(L, loader->store->sql, &du_kinds[i]);
      opened |= DU_KIND_BIT(i);
    }
  return opened;
}

static void shut_others(lua_State *L, DuLoader *loader, uint32_t opened) {
  for (int i = 0; i < DU_KINDS; i++)
    if (opened & DU_KIND_BIT(i))
      du_schema_shut(L, loader->store->sql, &du_kinds[i], DU_INDEX_NONE);
}

/* Can rows go into the table without its indexes? The filter tells rows apart
** by origins that are known before anything else of a row is read. */
static bool can_load_bulk(lua_State *L, DuLoader *loader, int64_t rows) {
  for (int i = 0; i < loader->nlayouts; i++)
    if (loader->layouts[i].has_own)
      return false;
  return rows >= 0 && loader->direct && is_empty(L, loader);
}

static bool load_indexed(lua_State *L, DuLoader *loader, int64_t limit) {
  bool more;
  open_table(L, loader);
  more = read_records(L, loader, limit, true);
  shut_table(L, loader);
  return more;
}

static bool load_bulk(lua_State *L, DuLoader *loader, int64_t limit,
                      int64_t rows) {
  bool more;
  loader->rows = rows;
  make_aside(L, loader);
  open_table(L, loader);
  more = read_records(L, loader, limit, true);
  du_drop_filter(L, loader); /* making indexes takes memory, too */
  shut_table(L, loader);
  loader->bulk = false;
  open_table(L, loader);
  load_aside(L, loader);
  shut_table(L, loader);
  drop_aside(L, loader);
  return more;
}

/* Reads rows of a large kind. */
static bool load_direct(lua_State *L, DuLoader *loader, int64_t limit,
                        int64_t rows) {
  uint32_t opened;
  bool more;
  du_schema_make(L, loader->store->sql, loader->kind);
  if (!is_shut(L, loader, loader->kind)) /* no second load can go into it */
    du_raise(L, "misuse", loader->kind->name, NULL,
             "another import into it is being run");
  opened = open_others(L, loader, loader->makes);
  loader->bulk = can_load_bulk(L, loader, rows);
  more = loader->bulk ? load_bulk(L, loader, limit, rows)
                      : load_indexed(L, loader, limit);
  shut_others(L, loader, opened);
  return more;
}

/* With the loader and the limit on the stack: what rows are read with. */
static void push_reading(lua_State *L) {
  lua_settop(L, DU_AT_LIMIT);
  luaL_checkstack(L, 40, NULL);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_RECORDS);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_PARTS);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_ANCHORS);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MAKINGS);
  lua_pushvalue(L, DU_AT_LOADER);
  lua_newtable(L);
  lua_pushcclosure(L, du_cells_row, 2);
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_PLAN);
}

/*
** loader:run([limit [, rows]]) -> boolean
** Inside a transaction: reads up to so many records, or all, and brings them
** into the kind. False where there are no more.
**   rows  how many there may be in all: into an empty kind they are then
**         loaded without its indexes
*/
static int loader_run(lua_State *L) {
  DuLoader *loader = du_check_loader(L);
  int64_t limit = luaL_optinteger(L, 2, -1);
  int64_t rows = luaL_optinteger(L, 3, -1);
  bool more;
  luaL_argcheck(L, loader->mapped, 1, "it has no mapping yet");
  if (loader->store->base->depth == 0)
    du_raise(L, "misuse", NULL, NULL, "a loader runs inside a transaction");
  lua_toclose(L, DU_AT_LOADER); /* no thread outlives the call */
  push_reading(L);
  if (loader->direct && !loader->each)
    more = load_direct(L, loader, limit, rows);
  else
    more = read_records(L, loader, limit, true);
  du_loader_put_away(L, loader);
  if (loader->direct && !loader->each)
    end_packing(L, loader);
  lua_pushboolean(L, more);
  return 1;
}

/*
** loader:skip(count)
** Passes over so many records, which an earlier load has read.
*/
static int loader_skip(lua_State *L) {
  DuLoader *loader = du_check_loader(L);
  int64_t count = luaL_checkinteger(L, 2);
  luaL_argcheck(L, loader->mapped, 1, "it has no mapping yet");
  push_reading(L);
  read_records(L, loader, count, false);
  return 0;
}

/*
** loader:counts() -> { read=, added=, updated=, duplicate=, rejected=,
** retracted=, repaired=, offset=, sum= }
** What became of the records so far; offset: the bytes before the next one;
** sum: of all lines, where the plan asks for it.
*/
static int loader_counts(lua_State *L) {
  const DuLoader *loader = du_check_object(L, 1, DU_LOADER, "a loader");
  const struct {
    const char *name;
    int64_t count;
  } counts[] = {
      {"read", loader->read},
      {"added", loader->added},
      {"updated", loader->updated},
      {"duplicate", loader->duplicate},
      {"rejected", loader->rejected},
      {"retracted", loader->retracted},
      {"repaired", loader->repaired},
      {"offset", (int64_t)loader->records->reader.next_offset},
      {"sum", (int64_t)loader->sum},
  };
  lua_newtable(L);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    lua_pushinteger(L, counts[i].count);
    lua_setfield(L, -2, counts[i].name);
  }
  return 1;
}

/* -------------------------------------------------------------- the class */

static int column_named(const DuLoader *loader, const char *name) {
  return du_column_number(loader->kind, du_field_find(loader->kind, name)) - 1;
}

/*
** loader(collection, records) -> loader
** What brings the records of a file into a collection's store.
*/
static int loader_new(lua_State *L) {
  DuCollection *collection =
      du_check_object(L, 1, DU_COLLECTION, "a collection");
  DuRecords *records = du_check_records(L, 2);
  DuLoader *loader;
  du_store_sql(L, collection->store);
  if (collection->store->sql == NULL)
    du_raise(L, "readonly", NULL, NULL,
             "this is the store as of revision %I, which is past",
             (LUAI_UACINT)collection->store->as_of);
  loader = lua_newuserdatauv(L, sizeof *loader, DU_LOADER_USERVALUES);
  memset(loader, 0, sizeof *loader);
  luaL_setmetatable(L, DU_LOADER);
  loader->store = collection->store;
  loader->kind = collection->kind;
  loader->records = records;
  loader->origin = column_named(loader, "origin");
  loader->origin_field =
      &loader->kind->fields[du_field_find(loader->kind, "origin")];
  loader->sources = column_named(loader, "sources");
  loader->key = column_named(loader, "key");
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, DU_LOADER_COLLECTION);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, DU_LOADER_RECORDS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, DU_LOADER_MEMORY);
  return 1;
}

/* __gc and __close */
static int loader_end(lua_State *L) {
  du_insert_end(lua_touserdata(L, 1));
  return 0;
}

static const luaL_Reg methods[] = {
    {"map", du_loader_map},    {"run", loader_run}, {"skip", loader_skip},
    {"counts", loader_counts}, {NULL, NULL},
};

/* Adds `loader` to the core table on top of the stack. */
void du_open_import(lua_State *L) {
  luaL_newmetatable(L, DU_LOADER);
  lua_pushcfunction(L, loader_end);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, loader_end);
  lua_setfield(L, -2, "__close");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, DU_LOADER);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, loader_new);
  lua_setfield(L, -2, "loader");
}
