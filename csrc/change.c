/*
** change.c - one record written: added, changed, retracted, with its stages.
**
** A record on its way is a Lua array of stored columns (see value.c): what is
** new is laid over what is there, compared with it, and written as a whole,
** so that a change that changes nothing makes no revision.
*/
#include "core.h"

#include <stdio.h>
#include <string.h>

/* --------------------------------------------------- finding what is there */

/* The row whose column has the value at index, retracted ones included. */
DuRow du_find_row(lua_State *L, DuStore *store, const DuKind *kind,
                  const char *column, int index) {
  DuRow row = {0, 0, false};
  DuUse use = *column == 'i'   ? DU_ROW_BY_ID
              : *column == 'k' ? DU_ROW_BY_KEY
                               : DU_ROW_BY_ORIGIN;
  DuStatement *statement = du_sql_used(du_store_sql(L, store), kind, use);
  DuStatus status;
  index = lua_absindex(L, index);
  if (statement == NULL) {
    DuText text;
    du_text_init(L, &text);
    du_text_format(&text,
                   "SELECT id, revision, retracted FROM %q WHERE %q = ?1",
                   kind->name, column);
    statement = du_text_prepare(&text, store->base->sql);
    du_sql_keep(statement, kind, use);
    lua_pop(L, 1);
  }
  du_value_bind(L, statement, 1, index);
  status = du_sql_step(statement);
  if (status == DU_ROW) {
    row.id = du_sql_integer(statement, 0);
    row.revision = du_sql_integer(statement, 1);
    row.retracted = du_sql_type(statement, 2) != DU_NULL_COLUMN;
  }
  du_finish(L, du_store_sql(L, store), statement, status);
  return row;
}

/* The record that the reference at index names; a retracted one only by id or
** exact key. */
DuRow du_find_record(lua_State *L, DuStore *store, const DuKind *kind,
                     int index) {
  DuRow row = {0, 0, false};
  if (lua_isinteger(L, index))
    row = du_find_row(L, store, kind, "id", index);
  else if (lua_type(L, index) == LUA_TSTRING)
    row = du_find_row(L, store, kind, "key", index);
  if (row.id == 0) {
    lua_pushinteger(L, du_resolve(L, store, DU_KIND_BIT(du_kind_number(kind)),
                                  index, kind, NULL));
    row = du_find_row(L, store, kind, "id", -1);
    lua_pop(L, 1);
  }
  return row;
}

/* ", a, b, …": the stored columns, to be read */
static void add_stored(DuText *text, const DuKind *kind) {
  for (int i = 0; i < kind->nfields; i++)
    for (int part = 0; part < du_field_columns(&kind->fields[i]); part++) {
      du_text_puts(text, ", ");
      du_part_column(text, &kind->fields[i], part);
    }
}

/* ", ?1, ?2, …" or ", a = ?1, b = ?2, …" over the stored columns, to be
** written */
static void add_assignments(DuText *text, const DuKind *kind, bool named,
                            bool valued, int first) {
  for (int i = 0; i < kind->nfields; i++)
    for (int part = 0; part < du_field_columns(&kind->fields[i]); part++) {
      du_text_puts(text, ", ");
      if (named)
        du_text_format(text, "\"%s%s\"", kind->fields[i].name,
                       du_column_suffix(part));
      if (named && valued)
        du_text_puts(text, " = ");
      if (valued)
        du_text_format(text, "?%d", first++);
    }
}

int du_push_columns(lua_State *L, DuStore *store, const DuKind *kind,
                    int64_t id) {
  DuStatement *statement =
      du_sql_used(du_store_sql(L, store), kind, DU_STORED_ROW);
  int columns = du_stored_columns(kind);
  if (statement == NULL) {
    DuText text;
    du_text_init(L, &text);
    du_text_puts(&text, "SELECT id");
    add_stored(&text, kind);
    du_text_format(&text, " FROM %q WHERE id = ?1", kind->name);
    statement = du_text_prepare(&text, store->base->sql);
    du_sql_keep(statement, kind, DU_STORED_ROW);
    lua_pop(L, 1);
  }
  du_sql_bind_integer(statement, 1, id);
  lua_createtable(L, columns, 0);
  if (du_sql_step(statement) != DU_ROW)
    du_raise_sql(L, du_store_sql(L, store));
  for (int i = 1; i <= columns; i++) { /* column 0 is the id */
    du_value_push_stored(L, statement, i);
    lua_rawseti(L, -2, i);
  }
  du_sql_release(statement);
  return lua_gettop(L);
}

/* ---------------------------------------------------------------- checking */

/* Refuses fields that the kind does not have: the first by name, so that the
** message does not depend on the order of a table. */
void du_check_fields(lua_State *L, const DuKind *kind, int record) {
  const char *name;
  if (!lua_istable(L, record))
    du_misuse(L, record, "a table with the record's fields");
  lua_pushnil(L); /* the unknown name */
  lua_pushnil(L);
  while (lua_next(L, record) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) {
      du_show(L, -1);
      du_raise(L, "misuse", kind->name, NULL,
               "a record's keys are names of fields, got %s",
               lua_tostring(L, -1));
    }
    name = du_name_at(L, -1);
    if ((name == NULL || du_field_find(kind, name) < 0) &&
        (lua_isnil(L, -2) ||
         strcmp(lua_tostring(L, -1), lua_tostring(L, -2)) < 0)) {
      lua_pushvalue(L, -1);
      lua_replace(L, -3);
    }
  }
  if (!lua_isnil(L, -1))
    du_check_field(L, kind, -1);
  lua_pop(L, 1);
}

/* id, revision and recorded are the store's. A record that was read may be
** given back with them as long as they still are what they were. */
static void check_given(lua_State *L, DuStore *store, const DuKind *kind,
                        int record, DuRow row) {
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    bool same = false;
    if (field->type != DU_ID && field->type != DU_REVISION &&
        field->type != DU_RECORDED)
      continue;
    lua_pushstring(L, field->name);
    if (lua_rawget(L, record) == LUA_TNIL) {
      lua_pop(L, 1);
      continue;
    }
    if (row.id == 0) {
      du_raise(L, "invalid", kind->name, field->name,
               "it is given by the store: leave it out");
    } else if (field->type == DU_RECORDED) {
      lua_newtable(L);
      du_push_recorded(L, store, lua_gettop(L), row.revision);
      same = lua_rawequal(L, -1, -3);
      lua_pop(L, 2);
    } else {
      lua_pushinteger(L, field->type == DU_ID ? row.id : row.revision);
      same = lua_rawequal(L, -1, -2);
      lua_pop(L, 1);
    }
    if (!same) {
      du_show(L, -1);
      du_raise(L, "constraint", kind->name, field->name,
               "the record has id %I and revision %I, got %s: it was changed "
               "since, or is another one",
               (LUAI_UACINT)row.id, (LUAI_UACINT)row.revision,
               lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
}

/* Reads the fields that the record gives into the array of columns. Of an
** update, absent ones stay; dualuse.null clears. */
static void store_fields(lua_State *L, DuStore *store, const DuKind *kind,
                         int record, int columns, bool update) {
  int column = 1;
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    int count = du_field_columns(field);
    if (count == 0)
      continue;
    lua_pushstring(L, field->name);
    lua_rawget(L, record);
    if (!update || !lua_isnil(L, -1))
      du_value_store(L, store, kind, field, -1, columns, column);
    lua_pop(L, 1);
    column += count;
  }
}

/* Fills in what a field is when it is left out, and refuses to do without one
** that is required. */
static void check_required(lua_State *L, const DuKind *kind, int columns) {
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    int column;
    if (!(field->flags & DU_REQUIRED))
      continue;
    column = du_column_number(kind, i);
    lua_rawgeti(L, columns, column);
    if (!lua_toboolean(L, -1)) {
      if (field->absent == NULL)
        du_raise(L, "invalid", kind->name, field->name,
                 "it is required, and missing (%s)", field->help);
      lua_pushstring(L, field->absent);
      lua_rawseti(L, columns, column);
    }
    lua_pop(L, 1);
  }
}

/* [-0, +1] a stored column by its field's name */
static void push_column(lua_State *L, const DuKind *kind, int columns,
                        const char *name) {
  lua_rawgeti(L, columns, du_column_number(kind, du_field_find(kind, name)));
}

/* What fields of one kind ask of each other. */
static void check_together(lua_State *L, const DuKind *kind, int columns) {
  if (strcmp(kind->name, "disclosures") == 0) {
    push_column(L, kind, columns, "status");
    push_column(L, kind, columns, "value");
    if (lua_toboolean(L, -1) && strcmp(lua_tostring(L, -2), "published") != 0)
      du_raise(L, "invalid", kind->name, "value",
               "a figure is published: expected no value with the status %s",
               lua_tostring(L, -2));
    lua_pop(L, 2);
  }
}

/* Refuses a key or an origin that another record has. */
static void check_free(lua_State *L, DuStore *store, const DuKind *kind,
                       int columns, int64_t id) {
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (!(field->flags & DU_UNIQUE))
      continue;
    lua_rawgeti(L, columns, du_column_number(kind, i));
    if (lua_toboolean(L, -1)) {
      DuRow row = du_find_row(L, store, kind, field->name, -1);
      if (row.id != 0 && row.id != id) {
        du_show(L, -1);
        du_raise(L, "constraint", kind->name, field->name,
                 row.retracted ? "%s is taken by the %s with id %I, which was "
                                 "retracted (put brings it back)"
                               : "%s is taken by the %s with id %I",
                 lua_tostring(L, -1), kind->singular, (LUAI_UACINT)row.id);
      }
    }
    lua_pop(L, 1);
  }
}

/* Refuses a change of what was fixed once given. */
static void check_fixed(lua_State *L, const DuKind *kind, int before,
                        int after) {
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (!(field->flags & DU_FIXED))
      continue;
    lua_rawgeti(L, before, du_column_number(kind, i));
    lua_rawgeti(L, after, du_column_number(kind, i));
    if (lua_toboolean(L, -2) && !lua_rawequal(L, -1, -2)) {
      du_show(L, -2);
      du_show(L, -2);
      du_raise(L, "invalid", kind->name, field->name,
               "it is never changed once given: it is %s, got %s",
               lua_tostring(L, -2), lua_tostring(L, -1));
    }
    lua_pop(L, 2);
  }
}

/* Does following the field from `from` lead to the record `id`? */
static bool leads_to(lua_State *L, DuStore *store, const DuKind *kind,
                     const DuField *field, int64_t from, int64_t id) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &text);
  du_text_format(&text,
                 "WITH RECURSIVE up (id) AS (VALUES (?1) UNION "
                 "SELECT t.%q FROM up JOIN %q t ON t.id = up.id "
                 "WHERE t.%q IS NOT NULL) SELECT 1 FROM up WHERE id = ?2",
                 field->name, kind->name, field->name);
  statement = du_text_prepare(&text, du_store_sql(L, store));
  du_sql_bind_integer(statement, 1, from);
  du_sql_bind_integer(statement, 2, id);
  status = du_sql_step(statement);
  du_sql_release(statement);
  lua_pop(L, 1);
  if (status == DU_FAILED)
    du_raise_sql(L, du_store_sql(L, store));
  return status == DU_ROW;
}

/* Refuses a parent that is below the record itself. */
static void check_trees(lua_State *L, DuStore *store, const DuKind *kind,
                        int columns, int64_t id) {
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (!(field->flags & DU_TREE))
      continue;
    lua_rawgeti(L, columns, du_column_number(kind, i));
    if (lua_isinteger(L, -1) &&
        leads_to(L, store, kind, field, lua_tointeger(L, -1), id))
      du_raise(L, "invalid", kind->name, field->name,
               "the %s with id %I would lead back to itself", kind->singular,
               (LUAI_UACINT)id);
    lua_pop(L, 1);
  }
}

/* ----------------------------------------------------------------- writing */

static void bind_columns(lua_State *L, DuStatement *statement, int first,
                         int columns, int count) {
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, columns, i + 1);
    du_value_bind(L, statement, first + i, -1);
    lua_pop(L, 1);
  }
}

/* Runs a statement to its end, and releases it. */
static void finish(lua_State *L, DuStore *store, DuStatement *statement) {
  DuStatus status = du_sql_step(statement);
  du_finish(L, du_store_sql(L, store), statement, status);
}

/* Notes by whom and why one record was changed, where that is not what the
** whole transaction is noted with. */
static void note_reason(lua_State *L, DuStore *store, int64_t id) {
  static const char text[] =
      "INSERT INTO reasons (record, revision, \"by\", reason) "
      "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET "
      "\"by\" = excluded.\"by\", reason = excluded.reason";
  DuStatement *statement;
  if (!du_push_nested_why(L, store))
    return;
  du_schema_make_reasons(L, store->sql);
  statement = du_prepare(L, store->sql, text);
  du_sql_bind_integer(statement, 1, id);
  du_sql_bind_integer(statement, 2, store->revision);
  lua_getfield(L, -1, "by");
  du_value_bind(L, statement, 3, -1);
  lua_getfield(L, -2, "reason");
  du_value_bind(L, statement, 4, -1);
  lua_pop(L, 3);
  finish(L, store, statement);
}

static void insert_row(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t id, int columns) {
  DuStatement *statement = du_sql_used(store->sql, kind, DU_INSERT_ROW);
  if (statement == NULL) {
    DuText text;
    du_schema_make(L, store->sql, kind);
    du_text_init(L, &text);
    du_text_format(&text, "INSERT INTO %q (id, revision", kind->name);
    add_assignments(&text, kind, true, false, 0);
    du_text_puts(&text, ") VALUES (?1, ?2");
    add_assignments(&text, kind, false, true, 3);
    du_text_puts(&text, ")");
    statement = du_text_prepare(&text, store->sql);
    du_sql_keep(statement, kind, DU_INSERT_ROW);
    lua_pop(L, 1);
  }
  du_sql_bind_integer(statement, 1, id);
  du_sql_bind_integer(statement, 2, du_writing(store));
  bind_columns(L, statement, 3, columns, du_stored_columns(kind));
  finish(L, store, statement);
  du_columns_note(L, store, kind, id);
}

static void update_row(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t id, int columns, bool retracted) {
  DuStatement *statement = du_sql_used(store->sql, kind, DU_UPDATE_ROW);
  if (statement == NULL) {
    DuText text;
    du_schema_make_history(L, store->sql, kind);
    du_text_init(L, &text);
    du_text_format(&text, "UPDATE %q SET revision = ?2, retracted = ?3",
                   kind->name);
    add_assignments(&text, kind, true, true, 4);
    du_text_puts(&text, " WHERE id = ?1");
    statement = du_text_prepare(&text, store->sql);
    du_sql_keep(statement, kind, DU_UPDATE_ROW);
    lua_pop(L, 1);
  }
  du_sql_bind_integer(statement, 1, id);
  du_sql_bind_integer(statement, 2, du_writing(store));
  if (retracted)
    du_sql_bind_integer(statement, 3, 1);
  else
    du_sql_bind_null(statement, 3);
  bind_columns(L, statement, 4, columns, du_stored_columns(kind));
  finish(L, store, statement);
  du_columns_note(L, store, kind, id);
}

static bool has_stages(const DuKind *kind) {
  return du_field_find(kind, "stages") >= 0;
}

static bool put_stages(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t id, int record);

/* All that can be wrong with the columns of a new record. */
static void check_columns(lua_State *L, DuStore *store, const DuKind *kind,
                          int columns) {
  luaL_checkstack(L, 10, NULL);
  check_required(L, kind, columns);
  check_together(L, kind, columns);
  check_free(L, store, kind, columns, 0);
}

int64_t du_add_columns(lua_State *L, DuStore *store, const DuKind *kind,
                       int columns) {
  int64_t id;
  check_columns(L, store, kind, columns);
  id = du_next_id(store);
  insert_row(L, store, kind, id, columns);
  du_names_update(L, store, kind, id, 0, columns);
  du_text_index_update(L, store, kind, id, 0, columns);
  du_match_update(L, store, kind, id, 0, columns);
  note_reason(L, store, id);
  return id;
}

/* [-0, +1] the columns of the record at index, which is to be added; returns
** their stack index */
static int push_new(lua_State *L, DuStore *store, const DuKind *kind,
                    int record) {
  static const DuRow none = {0, 0, false};
  luaL_checkstack(L, 10, NULL);
  du_check_fields(L, kind, record);
  check_given(L, store, kind, record, none);
  lua_createtable(L, du_stored_columns(kind), 0);
  store_fields(L, store, kind, record, lua_gettop(L), false);
  return lua_gettop(L);
}

void du_check_record(lua_State *L, DuStore *store, const DuKind *kind,
                     int record) {
  check_columns(L, store, kind, push_new(L, store, kind, record));
  lua_pop(L, 1);
}

/* Adds the record at index; returns its id. */
int64_t du_add_record(lua_State *L, DuStore *store, const DuKind *kind,
                      int record) {
  int columns = push_new(L, store, kind, record);
  int64_t id = du_add_columns(L, store, kind, columns);
  lua_pop(L, 1);
  put_stages(L, store, kind, id, record);
  return id;
}

static bool same_columns(lua_State *L, const DuKind *kind, int a, int b) {
  int count = du_stored_columns(kind);
  bool same = true;
  for (int i = 1; same && i <= count; i++) {
    lua_rawgeti(L, a, i);
    lua_rawgeti(L, b, i);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  return same;
}

static void copy_columns(lua_State *L, const DuKind *kind, int from) {
  int count = du_stored_columns(kind);
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, from, i);
    lua_rawseti(L, -2, i);
  }
}

/* What a record that comes back refers to must still be there. */
static void check_references(lua_State *L, DuStore *store, const DuKind *kind,
                             int columns, int64_t id) {
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    static const char text[] =
        "SELECT coalesce(atom, value ->> 'source') FROM json_each(?1)";
    DuStatement *element;
    DuStatus status;
    if (field->targets == 0 || du_field_columns(field) == 0)
      continue;
    lua_rawgeti(L, columns, du_column_number(kind, i));
    if (lua_toboolean(L, -1)) {
      int64_t missing = 0;
      /* one id is a JSON text too */
      element = du_prepare(L, store->sql, text);
      du_value_bind(L, element, 1, -1);
      while ((status = du_sql_step(element)) == DU_ROW && missing == 0) {
        int64_t target = du_sql_integer(element, 0);
        if (target != id &&
            du_kind_of(L, store, field->targets, target) == NULL)
          missing = target;
      }
      du_finish(L, store->sql, element, status);
      if (missing != 0)
        du_raise(L, "invalid", kind->name, field->name,
                 "the %s with id %I cannot come back: it refers to the record "
                 "with id %I, which was retracted",
                 kind->singular, (LUAI_UACINT)id, (LUAI_UACINT)missing);
    }
    lua_pop(L, 1);
  }
}

/* Writes the new state of a row. known and after are stack indices: the
** columns that the indexes know of it (0: none), and the new ones. */
static void write_change(lua_State *L, DuStore *store, const DuKind *kind,
                         int64_t id, int known, int after) {
  update_row(L, store, kind, id, after, false);
  du_names_update(L, store, kind, id, known, after);
  du_text_index_update(L, store, kind, id, known, after);
  du_match_update(L, store, kind, id, known, after);
  note_reason(L, store, id);
}

/* [-0, +1] the ids that a statement with one id and one revision gives */
static lua_Integer push_ids(lua_State *L, DuStore *store, const char *text,
                            int64_t id, int64_t revision) {
  DuStatement *statement = du_sql_prepare(store->sql, text, strlen(text));
  DuStatus status;
  lua_Integer count = 0;
  if (statement == NULL)
    du_raise_sql(L, store->sql);
  du_sql_bind_integer(statement, 1, id);
  du_sql_bind_integer(statement, 2, revision);
  lua_newtable(L);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    lua_pushinteger(L, du_sql_integer(statement, 0));
    lua_rawseti(L, -2, ++count);
  }
  du_finish(L, store->sql, statement, status);
  return count;
}

/* The stages that were retracted with their record come back with it. */
static void bring_back_stages(lua_State *L, DuStore *store, DuRow row) {
  const DuKind *stages = du_kind_find("stages");
  lua_Integer count =
      push_ids(L, store,
               "SELECT id FROM stages WHERE \"of\" = ?1 AND revision = ?2 "
               "AND retracted IS NOT NULL ORDER BY id",
               row.id, row.revision);
  for (lua_Integer i = 1; i <= count; i++) {
    int64_t id;
    int columns;
    lua_rawgeti(L, -1, i);
    id = lua_tointeger(L, -1);
    columns = du_push_columns(L, store, stages, id);
    check_references(L, store, stages, columns, id);
    write_change(L, store, stages, id, 0, columns);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

bool du_change_columns(lua_State *L, DuStore *store, const DuKind *kind,
                       DuRow row, int before, int after) {
  luaL_checkstack(L, 10, NULL);
  check_fixed(L, kind, before, after);
  check_required(L, kind, after);
  check_together(L, kind, after);
  check_free(L, store, kind, after, row.id);
  check_trees(L, store, kind, after, row.id);
  if (row.retracted)
    check_references(L, store, kind, after, row.id);
  else if (same_columns(L, kind, before, after))
    return false;
  write_change(L, store, kind, row.id, row.retracted ? 0 : before, after);
  return true;
}

/* Lays the record at index over the row, which comes back if it was retracted.
** Its stages are part of it: where they alone change, it has a new state too.
** Returns whether anything changed. */
bool du_change_record(lua_State *L, DuStore *store, const DuKind *kind,
                      DuRow row, int record) {
  int before, after;
  bool changed;
  luaL_checkstack(L, 10, NULL);
  du_check_fields(L, kind, record);
  check_given(L, store, kind, record, row);
  before = du_push_columns(L, store, kind, row.id);
  copy_columns(L, kind, before);
  after = lua_gettop(L);
  store_fields(L, store, kind, record, after, true);
  changed = du_change_columns(L, store, kind, row, before, after);
  if (row.retracted && has_stages(kind))
    bring_back_stages(L, store, row);
  if (put_stages(L, store, kind, row.id, record) && !changed) {
    write_change(L, store, kind, row.id, before, after);
    changed = true;
  }
  lua_pop(L, 2);
  return changed;
}

/* ---------------------------------------------------------------- retracting
 */

/* The id of a record that refers to `id` by this field, or 0. */
static int64_t referrer(lua_State *L, DuStore *store, const DuKind *kind,
                        const DuField *field, int64_t id) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  int64_t found = 0;
  char digits[24];
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT id FROM %q WHERE id <> ?1 AND retracted IS NULL AND ",
                 kind->name);
  if (field->flags & DU_LIST) /* instr: most lists can be passed over unread */
    du_text_format(&text,
                   "instr(%q, ?2) > 0 AND EXISTS (SELECT 1 FROM json_each(%q) "
                   "WHERE coalesce(atom, value ->> 'source') = ?1)",
                   field->name, field->name);
  else
    du_text_format(&text, "%q = ?1", field->name);
  du_text_puts(&text, " LIMIT 1");
  statement = du_text_prepare(&text, store->sql);
  du_sql_bind_integer(statement, 1, id);
  if (field->flags & DU_LIST) {
    snprintf(digits, sizeof digits, "%lld", (long long)id);
    du_sql_bind_text(statement, 2, digits, strlen(digits));
  }
  status = du_sql_step(statement);
  if (status == DU_ROW)
    found = du_sql_integer(statement, 0);
  du_sql_release(statement);
  lua_pop(L, 1);
  if (status == DU_FAILED)
    du_raise_sql(L, store->sql);
  return found;
}

/* Refuses to retract what something refers to. */
static void check_unused(lua_State *L, DuStore *store, const DuKind *kind,
                         int64_t id) {
  uint32_t bit = DU_KIND_BIT(du_kind_number(kind));
  for (int i = 0; i < DU_KINDS; i++)
    for (int f = 0; f < du_kinds[i].nfields; f++) {
      const DuField *field = &du_kinds[i].fields[f];
      int64_t by;
      if (!(field->targets & bit) || field->type == DU_STAGES)
        continue;
      if ((by = referrer(L, store, &du_kinds[i], field, id)) == 0)
        continue;
      lua_newtable(L);
      du_push_reference(L, store, lua_gettop(L), DU_KIND_BIT(i), by);
      du_show(L, -1);
      du_raise(L, "constraint", kind->name, NULL,
               "the %s with id %I cannot be retracted: the %s %s (id %I) "
               "refers to it by its field %s",
               kind->singular, (LUAI_UACINT)id, du_kinds[i].singular,
               lua_tostring(L, -1), (LUAI_UACINT)by, field->name);
    }
}

/* [-0, +1] the ids of a record's stages */
static lua_Integer push_stage_ids(lua_State *L, DuStore *store, int64_t id) {
  return push_ids(L, store,
                  "SELECT id FROM stages WHERE \"of\" = ?1 AND retracted IS "
                  "NULL AND ?2 = 0 ORDER BY id",
                  id, 0);
}

void du_retract_record(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t id) {
  int before;
  luaL_checkstack(L, 10, NULL);
  if (has_stages(kind)) { /* they are part of it, and go with it */
    lua_Integer count = push_stage_ids(L, store, id);
    for (lua_Integer i = 1; i <= count; i++) {
      lua_rawgeti(L, -1, i);
      du_retract_record(L, store, du_kind_find("stages"), lua_tointeger(L, -1));
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  check_unused(L, store, kind, id);
  before = du_push_columns(L, store, kind, id);
  update_row(L, store, kind, id, before, true);
  du_names_update(L, store, kind, id, before, 0);
  du_text_index_update(L, store, kind, id, before, 0);
  du_match_update(L, store, kind, id, before, 0);
  note_reason(L, store, id);
  lua_pop(L, 1);
}

/* ------------------------------------------------------------------ stages */

/* Is the stage given at `given` the one whose id is on top of the stack? By
** id or key where it gives one, else by stage and date. */
static bool same_stage(lua_State *L, DuStore *store, int given) {
  static const char *const names[] = {"id", "key", "stage", "date"};
  const DuKind *stages = du_kind_find("stages");
  int64_t id = lua_tointeger(L, -1);
  int columns;
  bool same = true;
  lua_pushliteral(L, "id");
  if (lua_rawget(L, given) != LUA_TNIL) {
    same = lua_isinteger(L, -1) && lua_tointeger(L, -1) == id;
    lua_pop(L, 1);
    return same;
  }
  lua_pop(L, 1);
  columns = du_push_columns(L, store, stages, id);
  lua_pushliteral(L, "key");
  if (lua_rawget(L, given) != LUA_TNIL) {
    push_column(L, stages, columns, "key");
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
  } else {
    for (int i = 2; i < 4; i++) {
      lua_pushstring(L, names[i]);
      lua_rawget(L, given);
      push_column(L, stages, columns, names[i]);
      same = same && lua_rawequal(L, -1, -2);
      lua_pop(L, 2);
    }
  }
  lua_pop(L, 2);
  return same;
}

/* [-0, +1] a copy of the stage at index that says what it is a stage of */
static void push_stage_of(lua_State *L, int index, int64_t id) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pushinteger(L, id);
  lua_setfield(L, -2, "of");
}

/* Adds the stage on top of the stack, or lays it over the one of those at
** `known` that it is, which is taken from them. */
static bool put_stage(lua_State *L, DuStore *store, int64_t id, int known) {
  const DuKind *stages = du_kind_find("stages");
  int given = lua_gettop(L);
  lua_Integer count = (lua_Integer)lua_rawlen(L, known);
  if (!lua_istable(L, given)) {
    du_show(L, given);
    du_raise(L, "invalid", "stages", NULL,
             "a stage is a table, { stage=, date=, sources= }, got %s",
             lua_tostring(L, -1));
  }
  push_stage_of(L, given, id);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, known, i);
    if (lua_isinteger(L, -1) && same_stage(L, store, given)) {
      DuRow row = du_find_row(L, store, stages, "id", -1);
      lua_pushboolean(L, false);
      lua_rawseti(L, known, i);
      lua_pop(L, 1);
      return du_change_record(L, store, stages, row, lua_gettop(L));
    }
    lua_pop(L, 1);
  }
  lua_pushliteral(L, "key"); /* one that was retracted before comes back */
  if (lua_rawget(L, given) == LUA_TSTRING) {
    DuRow row = du_find_row(L, store, stages, "key", -1);
    lua_pop(L, 1);
    if (row.retracted)
      return du_change_record(L, store, stages, row, lua_gettop(L));
  } else {
    lua_pop(L, 1);
  }
  du_add_record(L, store, stages, lua_gettop(L));
  return true;
}

/* The field `stages` of the record at index, if it gives one: the whole list,
** so that what is not in it is retracted. */
static bool put_stages(lua_State *L, DuStore *store, const DuKind *kind,
                       int64_t id, int record) {
  bool changed = false;
  int top = lua_gettop(L);
  lua_Integer known, given = 0;
  if (!has_stages(kind))
    return false;
  luaL_checkstack(L, 10, NULL);
  lua_pushliteral(L, "stages");
  if (lua_rawget(L, record) == LUA_TNIL) {
    lua_settop(L, top);
    return false;
  }
  if (!du_is_null(L, -1))
    given = du_check_list(L, kind, &kind->fields[du_field_find(kind, "stages")],
                          top + 1);
  known = push_stage_ids(L, store, id);
  for (lua_Integer i = 1; i <= given; i++) {
    lua_rawgeti(L, top + 1, i);
    changed = put_stage(L, store, id, top + 2) || changed;
    lua_settop(L, top + 2);
  }
  for (lua_Integer i = 1; i <= known; i++) {
    lua_rawgeti(L, top + 2, i);
    if (lua_isinteger(L, -1)) {
      du_retract_record(L, store, du_kind_find("stages"), lua_tointeger(L, -1));
      changed = true;
    }
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return changed;
}
