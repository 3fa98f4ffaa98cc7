/*
** rows.c - reading what a query finds: streaming loops, and all at once.
**
** A loop keeps its statement, and so a read transaction, until it ends, is
** left by break, or is closed with its store. Before the same store writes,
** its live loops read the rest of their rows into memory (du_rows_detach):
** a loop sees the store as it was when it began, and a write is not refused
** because of a read.
*/
#include "columns.h"

#include <stdlib.h>
#include <string.h>

#include "few.h"

/* No kind has more fields than this. */
#define MOST_FIELDS 64

/* Which fields are read, and into what. */
typedef struct Selection {
  const DuKind *kind;
  bool values; /* plain values, after the id; otherwise a table */
  bool ids;    /* the records that it stands for: a table, after the fields */
  int count;
  unsigned char fields[MOST_FIELDS];
} Selection;

struct DuCursor {
  DuStore *store;
  DuCursor *next, *previous; /* the store's live cursors */
  DuStatement *statement;    /* NULL: there is none, or it is at its end */
  DuStatement *pin;          /* keeps the file as it was when the loop began */
  DuReading *reading; /* records come from columns, and only then from rows */
  DuFew *few;         /* or are these, which its function keeps */
  DuStatus status;    /* of the last step */
  int64_t behind;     /* these are behind this id; -1: all come from rows */
  bool live, detaching, closed_by_store;
  const char *cut;         /* the code of what kept the rest from being read */
  unsigned interrupts;     /* of the store, when it began */
  lua_Integer kept, given; /* of the rows read into memory */
  uint64_t plain;          /* a bit for each field of plain values, */
  uint64_t again;          /* and for those whose last text lies ready */
  Selection selection;
};

/* user values of a cursor */
enum {
  CURSOR_STORE = 1,
  CURSOR_NEXT, /* the function that gives its records */
  CURSOR_ROWS,
  CURSOR_READING, /* of columns */
  CURSOR_QUERY,
  CURSOR_USERVALUES = CURSOR_QUERY
};

/* --------------------------------------------------------------- selection */

static void add_field(Selection *selection, int field) {
  if (selection->count < MOST_FIELDS)
    selection->fields[selection->count++] = (unsigned char)field;
}

/* The fields that a query's records hold. */
static Selection select_fields(lua_State *L, int index) {
  const DuQuery *query = lua_touserdata(L, index);
  Selection selection;
  memset(&selection, 0, sizeof selection);
  selection.kind = query->kind;
  if (lua_getiuservalue(L, index, DU_QUERY_FIELDS) == LUA_TTABLE)
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
      lua_rawgeti(L, -1, i);
      add_field(&selection, (int)lua_tointeger(L, -1));
      lua_pop(L, 1);
    }
  else
    for (int i = 0; i < query->kind->nfields; i++)
      add_field(&selection, i);
  lua_pop(L, 1);
  selection.ids = lua_getiuservalue(L, index, DU_QUERY_ONCE) == LUA_TSTRING;
  lua_pop(L, 1);
  return selection;
}

/* The columns of the selection, for a statement. */
static void add_columns(DuText *columns, const Selection *selection) {
  for (int i = 0; i < selection->count; i++) {
    du_text_puts(columns, i > 0 ? ", " : "");
    du_field_stored(columns, &selection->kind->fields[selection->fields[i]],
                    "t");
  }
  if (selection->ids)
    du_text_puts(columns, ", once.ids");
  du_text_add(columns, "", 1);
}

/* What a statement in no order is known by, behind its fields. */
#define UNORDERED 255

/* The statement of rows alone for the query at index. One that was asked
** before, of other values, is not made anew. */
static DuStatement *start_rows(lua_State *L, int index,
                               const Selection *selection, bool ordered) {
  const DuQuery *query = lua_touserdata(L, index);
  unsigned char shape[DU_SHAPE_SIZE + MOST_FIELDS + 1];
  size_t size = du_query_shape(L, index, shape);
  DuStatement *statement = NULL;
  DuText columns;
  bool all;
  if (size > 0) {
    memcpy(shape + size, selection->fields, (size_t)selection->count);
    size += (size_t)selection->count;
    if (!ordered)
      shape[size++] = UNORDERED;
    statement = du_sql_shaped(du_store_sql(L, query->store), shape, size);
  }
  all = ordered && size > 0 && query->nasked == 0;
  if (statement != NULL) {
    du_query_bind(L, index, statement);
  } else {
    du_text_init(L, &columns);
    add_columns(&columns, selection);
    statement = all       ? du_query_start_all(L, index, columns.bytes)
                : ordered ? du_query_start(L, index, columns.bytes)
                          : du_query_start_unordered(L, index, columns.bytes);
    lua_pop(L, 1);
    if (size > 0)
      du_sql_keep_shape(statement, shape, size);
  }
  if (all && !du_sql_read_ahead(statement, selection->count))
    du_raise_sql(L, du_store_sql(L, query->store));
  return statement;
}

/* The statement that reads the selection for the query at index: of all its
** records, or of those behind an id. */
static DuStatement *start(lua_State *L, int index, const Selection *selection,
                          int64_t behind) {
  bool rest = behind >= 0;
  const char *ids = "[]";
  size_t length = 2;
  int top = lua_gettop(L);
  DuText columns;
  DuStatement *statement;
  if (!rest && !du_columns_find(L, index, &behind))
    return start_rows(L, index, selection, true);
  if (!rest)
    ids = lua_tolstring(L, -1, &length);
  du_text_init(L, &columns);
  add_columns(&columns, selection);
  statement =
      du_query_start_rest(L, index, columns.bytes, !rest, behind, ids, length);
  lua_settop(L, top);
  return statement;
}

/* [-0, +1] the ids in a column, a JSON array in no order, as a sorted list */
static void push_ids(lua_State *L, DuStatement *statement, int column) {
  size_t length;
  const char *text = du_sql_text(statement, column, &length);
  int count = 0;
  int64_t *ids = lua_newuserdatauv(L, (length / 2 + 1) * sizeof *ids, 0);
  while (*text == '[' || *text == ',')
    ids[count++] = strtoll(text + 1, (char **)&text, 10);
  qsort(ids, (size_t)count, sizeof *ids, du_compare_ids);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, ids[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_remove(L, -2);
}

/* [-0, +count] the names of the fields, to be shelved */
static void push_names(lua_State *L, const Selection *selection) {
  luaL_checkstack(L, MOST_FIELDS + 20, NULL);
  for (int i = 0; i < selection->count; i++)
    lua_pushstring(L, selection->kind->fields[selection->fields[i]].name);
}

/* [-0, +1 or +count] the current row */
static int push_row(lua_State *L, DuStore *store, const Selection *selection,
                    DuStatement *statement, const DuShelf *shelf) {
  const DuKind *kind = selection->kind;
  luaL_checkstack(L, selection->count + 10, NULL);
  if (!selection->values)
    lua_createtable(L, 0, selection->count > 8 ? 8 : selection->count);
  for (int i = 0; i < selection->count; i++) {
    const DuField *field = &kind->fields[selection->fields[i]];
    if (!selection->values)
      lua_pushvalue(L, du_shelved(shelf->names, i));
    du_value_push(L, store, field, statement, i, shelf->keys);
    if (selection->values)
      continue;
    if (lua_isnil(L, -1))
      lua_pop(L, 2);
    else
      lua_rawset(L, -3);
  }
  if (selection->ids) {
    push_ids(L, statement, selection->count);
    lua_setfield(L, -2, "ids");
  }
  return selection->values ? selection->count : 1;
}

/* The fields of a selection whose values are pushed as they are stored: a bit
** for each, by its place. */
static uint64_t plain_fields(const Selection *selection) {
  uint64_t plain = 0;
  for (int i = 0; i < selection->count; i++) {
    const DuField *field = &selection->kind->fields[selection->fields[i]];
    DuHeldAs as = du_held_as(field);
    if ((as == DU_HELD_TEXT || as == DU_HELD_INTEGER || as == DU_HELD_NUMBER) &&
        !(field->flags & DU_SHARED))
      plain |= (uint64_t)1 << i;
  }
  return plain;
}

/* [-0, +1] the keys known to the store of the query at index */
static int push_keys(lua_State *L, int index) {
  lua_getiuservalue(L, index, DU_QUERY_STORE);
  lua_getiuservalue(L, -1, DU_STORE_KEYS);
  lua_remove(L, -2);
  return lua_gettop(L);
}

/* ----------------------------------------------------------------- cursors */

static void link_cursor(DuCursor *cursor) {
  DuStore *base = cursor->store->base;
  cursor->previous = NULL;
  cursor->next = base->cursors;
  if (base->cursors != NULL)
    base->cursors->previous = cursor;
  base->cursors = cursor;
  cursor->live = true;
}

static void end_pin(DuCursor *cursor) {
  if (cursor->pin != NULL) {
    DuStatement *pin = cursor->pin;
    cursor->pin = NULL;
    du_sql_release(pin);
  }
}

/* Ends the statement. The rows in memory stay. */
static void end_statement(DuCursor *cursor) {
  if (cursor->live) {
    if (cursor->previous != NULL)
      cursor->previous->next = cursor->next;
    else
      cursor->store->base->cursors = cursor->next;
    if (cursor->next != NULL)
      cursor->next->previous = cursor->previous;
    cursor->live = false;
  }
  if (cursor->statement != NULL) {
    DuStatement *statement = cursor->statement;
    cursor->statement = NULL;
    du_sql_release(statement);
  }
  cursor->reading = NULL;
  end_pin(cursor);
}

/* Has it neither columns nor rows to read? Those in memory stay. */
static bool has_ended(const DuCursor *cursor) {
  return cursor->statement == NULL && cursor->reading == NULL &&
         (cursor->few == NULL || !du_few_has_more(cursor->few));
}

/* Reads from rows what columns should have had, but for a damaged one. */
static void read_rest(lua_State *L, DuCursor *cursor, int index,
                      int64_t behind) {
  DuStatement *rest;
  lua_getiuservalue(L, index, CURSOR_QUERY);
  rest = start(L, lua_gettop(L), &cursor->selection, behind);
  lua_pop(L, 1);
  du_sql_hold(rest);
  if (cursor->statement != NULL)
    du_sql_release(cursor->statement);
  cursor->statement = rest;
}

/* [-0, +1 or more] the next record from columns, and the number of its values;
** 0 where they have no more, and rows are next. The cursor is at index. */
static int next_in_columns(lua_State *L, DuCursor *cursor, int index,
                           const DuShelf *shelf) {
  DuReading *reading = cursor->reading;
  int64_t behind;
  int count;
  if (cursor->selection.count > LUA_MINSTACK - 12)
    luaL_checkstack(L, cursor->selection.count + 10, NULL);
  while ((count = du_reading_next(L, reading, cursor->selection.values,
                                  shelf)) == 0) {
    bool more;
    lua_getiuservalue(L, index, CURSOR_READING);
    more = du_reading_turn(L, lua_gettop(L), shelf);
    lua_pop(L, 1);
    if (!more)
      break;
  }
  if (count > 0)
    return count;
  behind = du_reading_behind(reading);
  if (behind < cursor->behind)
    read_rest(L, cursor, index, behind);
  cursor->reading = NULL;
  return 0;
}

/* [-0, +1] a text that was read ahead. One that comes for the third time
** running was laid ready when it came for the second. */
static void push_text(lua_State *L, DuCursor *cursor, const DuSqlValue *text,
                      const DuSqlValue *before, int ready, uint64_t bit) {
  bool repeats = before != NULL && before->type == DU_TEXT_COLUMN &&
                 before->text == text->text;
  if (repeats && (cursor->again & bit)) {
    lua_pushvalue(L, ready);
    return;
  }
  lua_pushlstring(L, text->text, text->length);
  cursor->again &= ~bit;
  if (repeats) {
    lua_copy(L, -1, ready);
    cursor->again |= bit;
  }
}

/* [-0, +1 or +count] a row that was read ahead: what most rows have is pushed
** in line, the rest as by push_row */
static int push_row_ahead(lua_State *L, DuCursor *cursor, const DuSqlValue *row,
                          const DuSqlValue *before, const DuShelf *shelf) {
  const Selection *selection = &cursor->selection;
  const bool values = selection->values;
  if (values && selection->count > LUA_MINSTACK - 12)
    luaL_checkstack(L, selection->count + 10, NULL);
  if (!values)
    lua_createtable(L, 0, selection->count > 8 ? 8 : selection->count);
  for (int i = 0; i < selection->count; i++) {
    const DuSqlValue *got = &row[i];
    uint64_t bit = (uint64_t)1 << i;
    bool plain = (cursor->plain & bit) != 0;
    if (got->type == DU_NULL_COLUMN) {
      if (values)
        lua_pushnil(L);
      continue;
    }
    if (!values)
      lua_pushvalue(L, du_shelved(shelf->names, i));
    if (plain && got->type == DU_TEXT_COLUMN)
      push_text(L, cursor, got, before != NULL ? &before[i] : NULL,
                du_shelved(shelf->ready, i), bit);
    else if (plain && got->type == DU_INTEGER_COLUMN)
      lua_pushinteger(L, got->integer);
    else if (plain && got->type == DU_NUMBER_COLUMN)
      lua_pushnumber(L, got->number);
    else
      du_value_push_got(L, cursor->store,
                        &selection->kind->fields[selection->fields[i]], got,
                        shelf->keys);
    if (!values)
      lua_rawset(L, -3);
  }
  return values ? selection->count : 1;
}

/* [-0, +1 or more] the next record, from columns or rows, and the number of
** its values; 0 at the end. The cursor is at index. */
static int next_record(lua_State *L, DuCursor *cursor, int index,
                       const DuShelf *shelf) {
  const DuSqlValue *row, *before;
  if (cursor->reading != NULL) {
    int count = next_in_columns(L, cursor, index, shelf);
    if (count > 0)
      return count;
  }
  cursor->status =
      cursor->statement != NULL ? du_sql_step(cursor->statement) : DU_DONE;
  if (cursor->status != DU_ROW)
    return 0;
  row = du_sql_row_ahead(cursor->statement, &before);
  if (row != NULL)
    return push_row_ahead(L, cursor, row, before, shelf);
  return push_row(L, cursor->store, &cursor->selection, cursor->statement,
                  shelf);
}

void du_rows_close_all(DuStore *store) {
  while (store->cursors != NULL) {
    DuCursor *cursor = store->cursors;
    end_statement(cursor);
    cursor->closed_by_store = true;
  }
}

void du_rows_cut_all(DuStore *store) {
  while (store->cursors != NULL) {
    store->cursors->cut = "interrupted";
    end_statement(store->cursors);
  }
}

/* __gc and __close: a loop that was left. */
static int cursor_close(lua_State *L) {
  DuCursor *cursor = luaL_testudata(L, 1, DU_CURSOR);
  if (cursor != NULL) {
    end_statement(cursor);
    cursor->kept = cursor->given = 0;
    cursor->few = NULL;
    lua_pushnil(L);
    lua_setiuservalue(L, 1, CURSOR_ROWS);
  }
  return 0;
}

/* The registry has, under this address, the userdata of the live cursors by
** their addresses. Its values are weak, or loops that were left would never be
** collected. */
static const char live_cursors = 0;

/* [-0, +0] reads the rest of a cursor's rows into memory. A loop that does not
** get them all must not end as if it had: until they are here it is cut. */
static void detach(lua_State *L, DuCursor *cursor) {
  int top = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &live_cursors);
  lua_rawgetp(L, -1, cursor);
  lua_remove(L, -2);
  if (lua_isnil(L, -1) || cursor->cut != NULL) {
    /* nobody has it, and it is about to be collected; or it is lost */
    end_statement(cursor);
    lua_settop(L, top);
    return;
  }
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, top + 1, CURSOR_ROWS);
  lua_getiuservalue(L, top + 1, CURSOR_NEXT);
  cursor->cut = "nomem"; /* what making a row may raise */
  cursor->detaching = true;
  for (;;) {
    int count;
    lua_pushvalue(L, top + 3);
    lua_pushvalue(L, top + 1);
    lua_call(L, 1, LUA_MULTRET);
    count = lua_gettop(L) - (top + 3);
    if (count == 0)
      break;
    if (cursor->selection.values) {
      lua_createtable(L, count, 0);
      lua_insert(L, top + 4);
      for (int i = count; i > 0; i--)
        lua_rawseti(L, top + 4, i);
    }
    lua_rawseti(L, top + 2, ++cursor->kept);
  }
  cursor->detaching = false;
  end_statement(cursor);
  lua_settop(L, top);
  if (cursor->status == DU_FAILED) {
    DuSql *sql = du_store_sql(L, cursor->store);
    cursor->cut = du_sql_error(sql)->code;
    du_raise_sql(L, sql);
  }
  cursor->cut = NULL;
}

void du_rows_detach(lua_State *L, DuStore *store) {
  luaL_checkstack(L, 8, NULL);
  while (store->cursors != NULL)
    detach(L, store->cursors);
}

/* [-0, +1 or more] the next row in memory, or nil */
static int give_kept(lua_State *L, DuCursor *cursor) {
  if (cursor->given >= cursor->kept) {
    lua_pushnil(L);
    return 1;
  }
  lua_getiuservalue(L, 1, CURSOR_ROWS);
  lua_rawgeti(L, -1, ++cursor->given);
  lua_pushnil(L); /* it is no longer needed here */
  lua_rawseti(L, -3, cursor->given);
  if (!cursor->selection.values)
    return 1;
  luaL_checkstack(L, cursor->selection.count, NULL);
  for (int i = 1; i <= cursor->selection.count; i++)
    lua_rawgeti(L, -i, i);
  return cursor->selection.count;
}

/* Raises what the loop cannot go on for, if it has not come to its end. */
static void check_why(lua_State *L, DuCursor *cursor) {
  bool ended = has_ended(cursor) && cursor->given >= cursor->kept;
  if (cursor->closed_by_store || cursor->store->base->sql == NULL ||
      cursor->store->closed)
    du_raise(L, "closed", NULL, NULL,
             "the store was closed while its records were read");
  if (cursor->cut != NULL)
    du_raise(L, cursor->cut, cursor->selection.kind->name, NULL,
             "the rest of the records could not be read when the store was "
             "written to");
  if (cursor->interrupts != cursor->store->base->interrupts && !ended) {
    end_statement(cursor);
    cursor->few = NULL;
    du_raise(L, "interrupted", cursor->selection.kind->name, NULL,
             "the store was interrupted while its records were read");
  }
}

/* The same, asked before each record. */
static inline void check_goes_on(lua_State *L, DuCursor *cursor) {
  const DuStore *store = cursor->store, *base = store->base;
  if (cursor->closed_by_store || base->sql == NULL || store->closed ||
      cursor->cut != NULL || cursor->interrupts != base->interrupts)
    check_why(L, cursor);
}

/* The upvalues of what gives a cursor's records: the cursor, DU_STORE_KEYS,
** and for each field its name and what is ready of its values. */
enum { OWN_CURSOR = 1, KEYS, FIRST_NAME };

/* Raises where a cursor's function was given something else. */
static inline void check_own(lua_State *L, const DuCursor *cursor) {
  if (lua_touserdata(L, 1) != cursor)
    du_misuse(L, 1, "what each or values gave with this function");
}

/* What `for` calls: cursor -> row. At the end it stays at the end. */
static int cursor_next(lua_State *L) {
  DuCursor *cursor = lua_touserdata(L, lua_upvalueindex(OWN_CURSOR));
  DuShelf shelf;
  int count;
  check_own(L, cursor);
  if (!cursor->detaching) {
    check_goes_on(L, cursor);
    if (has_ended(cursor))
      return give_kept(L, cursor);
  }
  shelf.keys = lua_upvalueindex(KEYS);
  shelf.names = lua_upvalueindex(FIRST_NAME);
  shelf.ready = lua_upvalueindex(FIRST_NAME + cursor->selection.count);
  count = next_record(L, cursor, 1, &shelf);
  if (count > 0 || cursor->detaching)
    return count;
  end_statement(cursor);
  if (cursor->status == DU_FAILED)
    return du_raise_sql(L, cursor->store->base->sql);
  lua_pushnil(L);
  return 1;
}

/* [-0, +1] the function of the cursor on top of the stack, which is at cursor;
** its store's keys come from the query at query */
static void push_next(lua_State *L, int cursor, int query,
                      const Selection *selection) {
  lua_pushvalue(L, cursor);
  push_keys(L, query);
  push_names(L, selection);
  for (int i = 0; i < selection->count; i++)
    lua_pushnil(L);
  lua_pushcclosure(L, cursor_next, FIRST_NAME - 1 + 2 * selection->count);
}

/* query, cursor: its statement is begun with the columns, so that both are of
** one moment. */
static int begin_body(lua_State *L) {
  static const char pinning[] = "SELECT revision FROM revisions";
  DuCursor *cursor = lua_touserdata(L, 2);
  const Selection *selection = &cursor->selection;
  DuSql *sql = du_store_sql(L, cursor->store);
  DuStatement *statement = NULL, *pin;
  cursor->behind = -1;
  if (!selection->ids &&
      du_reading_begin(L, 1, selection->fields, selection->count)) {
    cursor->reading = lua_touserdata(L, -1);
    cursor->behind = du_reading_behind(cursor->reading);
    lua_setiuservalue(L, 2, CURSOR_READING);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 2, CURSOR_QUERY);
  }
  /* neither is the cursor's before nothing can raise any more: until then an
  ** error leaves them to the next sweep */
  if (cursor->reading == NULL || !du_reading_has_all(cursor->reading))
    statement = start(L, 1, selection, cursor->behind);
  pin = du_prepare(L, sql, pinning);
  if (du_sql_step(pin) == DU_FAILED)
    du_raise_sql(L, sql);
  du_sql_hold(pin);
  cursor->pin = pin;
  if (statement != NULL)
    du_sql_hold(statement);
  cursor->statement = statement;
  return 0;
}

/* What a cursor has begun ends before an error goes on: nothing would release
** it if the store were closed next. */
static void begin_cursor(lua_State *L, DuCursor *cursor) {
  DuSql *sql = du_store_sql(L, cursor->store);
  if (!du_sql_begin_reading(sql))
    du_raise_sql(L, sql);
  lua_pushcfunction(L, begin_body);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -3);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    end_statement(cursor);
    du_sql_sweep(sql);
    lua_error(L);
  }
  du_sql_end_reading(sql);
}

/* [-0, +1] a closed cursor for the query at index 1 */
static DuCursor *new_cursor(lua_State *L, const Selection *selection) {
  const DuQuery *query = lua_touserdata(L, 1);
  DuCursor *cursor = lua_newuserdatauv(L, sizeof *cursor, CURSOR_USERVALUES);
  memset(cursor, 0, sizeof *cursor);
  cursor->store = query->store;
  cursor->interrupts = query->store->base->interrupts;
  cursor->selection = *selection;
  cursor->plain = plain_fields(selection);
  luaL_setmetatable(L, DU_CURSOR);
  lua_getiuservalue(L, 1, DU_QUERY_STORE);
  lua_setiuservalue(L, -2, CURSOR_STORE);
  return cursor;
}

/* ------------------------------------------------------------- few records */

/* More are read one by one, in their order. */
#define MOST_FEW 2000

/* Can few records with these fields be held? They begin with the id. */
static bool may_be_held(const Selection *selection) {
  const DuField *fields = selection->kind->fields;
  if (fields[selection->fields[0]].type != DU_ID)
    return false;
  for (int i = 0; i < selection->count; i++)
    if (du_held_as(&fields[selection->fields[i]]) == DU_HELD_NONE)
      return false;
  return true;
}

/* Takes a column of the statement's row for the field of that number; NULL
** where it refers to a record whose key is not known. */
static DuFew *hold_column(lua_State *L, int slot, DuFew *few, int number,
                          DuStatement *statement, int keys) {
  const DuField *field = &few->kind->fields[few->fields[number]];
  uint32_t row = few->rows - 1;
  DuHeld *held = du_few_value(few, row, number);
  DuHeldAs as = du_held_as(field);
  DuSqlValue got;
  du_sql_value(statement, number, &got);
  if (du_value_is_number(field, &got))
    du_value_shared(L, few->store, &got);
  if (got.type == DU_NULL_COLUMN)
    return few;
  if (as == DU_HELD_LIST || got.type == DU_TEXT_COLUMN ||
      got.type == DU_BLOB_COLUMN)
    return du_few_hold_text(L, slot, few, row, number,
                            as == DU_HELD_LIST ? as : DU_HELD_TEXT, got.text,
                            got.length);
  if (got.type == DU_NUMBER_COLUMN) {
    held->is.number = got.number;
    held->as = DU_HELD_NUMBER;
    return few;
  }
  held->is.integer = got.integer;
  held->as =
      as == DU_HELD_BOOLEAN || as == DU_HELD_REFERENCE ? as : DU_HELD_INTEGER;
  return as != DU_HELD_REFERENCE || du_few_knows(L, got.integer, keys) ? few
                                                                       : NULL;
}

/* query, cursor, keys -> what rows have at once, in the order of ids; nil where
** they are not few, or not all can be held. SQLite would sort them with more
** work, as it does not know how few they are. */
static int hold_rows(lua_State *L) {
  const DuCursor *cursor = lua_touserdata(L, 2);
  const Selection *selection = &cursor->selection;
  DuStatement *statement = start_rows(L, 1, selection, false);
  DuFew *few = du_few_new(L, cursor->store, selection->kind, selection->fields,
                          selection->count, 32, 1024);
  DuStatus status = DU_DONE;
  int slot = lua_gettop(L);
  while (few != NULL && (status = du_sql_step(statement)) == DU_ROW) {
    few = few->rows < MOST_FEW ? du_few_add(L, slot, few, 1) : NULL;
    for (int i = 0; few != NULL && i < selection->count; i++)
      few = hold_column(L, slot, few, i, statement, 3);
  }
  du_finish(L, du_store_sql(L, cursor->store), statement, status);
  if (few != NULL)
    du_few_sort(few);
  else
    lua_pushnil(L);
  return 1;
}

/* [-0, +1 or 0] the same for the query at index 1; NULL, and nothing pushed,
** where records are to be read one by one. */
static DuFew *push_few_rows(lua_State *L, int cursor, int keys) {
  const DuCursor *begun = lua_touserdata(L, cursor);
  const DuStore *store = begun->store;
  unsigned char shape[DU_SHAPE_SIZE];
  if (du_query_shape(L, 1, shape) == 0 || !may_be_held(&begun->selection) ||
      !du_rows_are_few(L, 1))
    return NULL;
  lua_pushcfunction(L, hold_rows);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, cursor);
  lua_pushvalue(L, keys);
  if (lua_pcall(L, 3, 1, 0) != LUA_OK) {
    du_sql_sweep(store->sql);
    lua_error(L);
  }
  if (lua_isnil(L, -1))
    lua_pop(L, 1);
  return lua_touserdata(L, keys + 1);
}

/* The upvalues of what gives few records: the cursor, DU_STORE_KEYS, what has
** them, and the names of the fields where tables are asked for. */
enum { FEW = KEYS + 1, FEW_NAMES };

/* What `for` calls: cursor -> row. */
static int few_next(lua_State *L) {
  DuCursor *cursor = lua_touserdata(L, lua_upvalueindex(OWN_CURSOR));
  int names = lua_upvalueindex(FEW_NAMES), count = 1;
  check_own(L, cursor);
  check_goes_on(L, cursor);
  if (cursor->few == NULL || !du_few_has_more(cursor->few)) {
    lua_pushnil(L);
    return 1;
  }
  if (cursor->selection.count > LUA_MINSTACK - 12)
    luaL_checkstack(L, cursor->selection.count + 10, NULL);
  if (cursor->selection.values) {
    names = 0;
    count = cursor->selection.count;
  }
  du_few_next(L, cursor->few, names, lua_upvalueindex(KEYS));
  return count;
}

/* [-0, +1 or 0] what gives the records of the cursor on top of the stack, where
** they are few and known at once; the query is at index 1. */
static bool push_few(lua_State *L, DuCursor *cursor) {
  const Selection *selection = &cursor->selection;
  int top = lua_gettop(L), keys;
  if (selection->ids)
    return false;
  lua_pushvalue(L, top);
  keys = push_keys(L, 1);
  cursor->few = du_columns_few(L, 1, selection->fields, selection->count, keys);
  if (cursor->few == NULL)
    cursor->few = push_few_rows(L, top, keys);
  if (cursor->few == NULL) {
    lua_settop(L, top);
    return false;
  }
  if (!selection->values)
    push_names(L, selection);
  lua_pushcclosure(L, few_next, lua_gettop(L) - top);
  return true;
}

/* [-0, +1] what gives the records of the cursor on top of the stack, one by
** one; the query is at index 1. */
static void push_all(lua_State *L, DuCursor *cursor) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &live_cursors);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, cursor);
  lua_pop(L, 1);
  push_next(L, lua_gettop(L), 1, &cursor->selection);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, CURSOR_NEXT);
  lua_insert(L, -2);
  begin_cursor(L, cursor);
  lua_insert(L, -2);
  link_cursor(cursor);
}

/* Returns what `for` takes: next, cursor, nil, and the cursor to be closed.
** The query is at index 1. */
static int open_cursor(lua_State *L, const Selection *selection) {
  DuCursor *cursor = new_cursor(L, selection);
  if (!push_few(L, cursor))
    push_all(L, cursor);
  lua_insert(L, -2);
  lua_pushnil(L);
  lua_pushvalue(L, -2);
  return 4;
}

/*
** query:each() -> loop over record
** Loops over the records. They are read one by one; leaving the loop ends the
** reading at once. The store may be written to inside: the loop sees it as it
** was when it began.
*/
int du_query_each(lua_State *L) {
  Selection selection;
  du_check_query(L, 1);
  lua_settop(L, 1);
  selection = select_fields(L, 1);
  return open_cursor(L, &selection);
}

/*
** query:values(field, …) -> loop over id, value, …
** Loops over the ids and the values of the fields: no table is made, and a
** missing value is nil.
*/
int du_query_values(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  int top = lua_gettop(L);
  Selection selection;
  memset(&selection, 0, sizeof selection);
  selection.kind = query->kind;
  selection.values = true;
  add_field(&selection, du_field_find(query->kind, "id"));
  if (top < 2 || top >= MOST_FIELDS)
    du_raise(L, "misuse", query->kind->name, NULL,
             "values: expected one to %d names of fields", MOST_FIELDS - 1);
  for (int i = 2; i <= top; i++) {
    const DuField *field;
    if (lua_type(L, i) != LUA_TSTRING)
      du_misuse(L, i, "the name of a field");
    field = du_check_field(L, query->kind, i);
    add_field(&selection, (int)(field - query->kind->fields));
  }
  lua_settop(L, 1);
  return open_cursor(L, &selection);
}

/* query -> list of records */
static int all_body(lua_State *L) {
  const DuQuery *query = lua_touserdata(L, 1);
  Selection selection = select_fields(L, 1);
  DuStatement *statement;
  DuStatus status;
  lua_Integer count = 0;
  DuShelf shelf;
  shelf.keys = push_keys(L, 1);
  push_names(L, &selection);
  shelf.names = shelf.keys + 1;
  lua_newtable(L);
  statement = start(L, 1, &selection, -1);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    push_row(L, query->store, &selection, statement, &shelf);
    lua_rawseti(L, -2, ++count);
  }
  du_finish(L, du_store_sql(L, query->store), statement, status);
  return 1;
}

/*
** query:all() -> list of records
** All records that it finds, read into memory.
*/
int du_query_all(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_settop(L, 1);
  return du_read(L, query->store, all_body);
}

/* query -> record or nil */
static int first_body(lua_State *L) {
  const DuQuery *query = lua_touserdata(L, 1);
  Selection selection = select_fields(L, 1);
  DuStatement *statement;
  DuStatus status;
  DuShelf shelf;
  shelf.keys = push_keys(L, 1);
  push_names(L, &selection);
  shelf.names = shelf.keys + 1;
  statement = start(L, 1, &selection, -1);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    push_row(L, query->store, &selection, statement, &shelf);
  else
    lua_pushnil(L);
  du_finish(L, du_store_sql(L, query->store), statement, status);
  return 1;
}

/*
** query:first() -> record or nil
** The first record that it finds.
*/
int du_query_first(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_settop(L, 1);
  if (query->limit != 0) {
    du_query_copy(L, 1)->limit = 1;
    lua_replace(L, 1);
  }
  return du_read(L, query->store, first_body);
}

void du_open_rows(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__gc", cursor_close},
      {"__close", cursor_close},
      {NULL, NULL},
  };
  luaL_newmetatable(L, DU_CURSOR);
  luaL_setfuncs(L, metamethods, 0);
  lua_pushliteral(L, DU_CURSOR);
  lua_setfield(L, -2, "__metatable");
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &live_cursors);
  lua_pop(L, 1);
}
