/*
** indexes.c - the indexes of names and of full text, which follow the records:
** brought in line with each that is written, and made anew from all of them.
*/
#include "core.h"

#include <string.h>

/* --------------------------------------------------------- index of names */

/* Adds the folded text to the list at `list`, once. */
static void add_folded(lua_State *L, int list, const char *text,
                       size_t length) {
  du_push_folded(L, text, length);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, list) == LUA_TNIL) {
    lua_pushvalue(L, -2);
    lua_pushboolean(L, true);
    lua_rawset(L, list);
    lua_pushvalue(L, -2);
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
  }
  lua_pop(L, 2);
}

static void add_folded_list(lua_State *L, DuSql *sql, int list) {
  static const char text[] =
      "SELECT atom FROM json_each(?1) WHERE type = 'text'";
  DuStatement *statement = du_sql_prepare(sql, text, sizeof text - 1);
  size_t length;
  const char *json = lua_tolstring(L, -1, &length);
  DuStatus status;
  if (statement == NULL)
    du_raise_sql(L, sql);
  du_sql_bind_text(statement, 1, json, length);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    const char *name = du_sql_text(statement, 0, &length);
    add_folded(L, list, name, length);
  }
  if (status == DU_FAILED && du_sql_malformed(sql))
    status = DU_DONE; /* it is no list, as check tells: it has no names */
  du_finish(L, sql, statement, status);
}

/* [-0, +1] the names in stored columns: a list that is a set as well */
static void push_names(lua_State *L, DuSql *sql, const DuKind *kind,
                       int columns) {
  int list;
  lua_newtable(L);
  list = lua_gettop(L);
  if (columns == 0)
    return;
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    if (!(field->flags & DU_NAME))
      continue;
    lua_rawgeti(L, columns, du_column_number(kind, i));
    if (lua_type(L, -1) == LUA_TSTRING) {
      size_t length;
      const char *text = lua_tolstring(L, -1, &length);
      if (field->flags & DU_LIST)
        add_folded_list(L, sql, list);
      else
        add_folded(L, list, text, length);
    }
    lua_pop(L, 1);
  }
}

/* Runs `text` for each name of the list at `from` that is not in `other`. */
static void each_name(lua_State *L, DuSql *sql, const char *text,
                      const DuKind *kind, int64_t id, int64_t revision,
                      int from, int other) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, from);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    const char *name;
    DuStatement *statement;
    DuStatus status;
    lua_rawgeti(L, from, i);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, other) == LUA_TNIL) {
      name = lua_tolstring(L, -2, &length);
      statement = du_prepare(L, sql, text);
      du_sql_bind_text(statement, 1, name, length);
      du_sql_bind_text(statement, 2, kind->name, strlen(kind->name));
      du_sql_bind_integer(statement, 3, id);
      du_sql_bind_integer(statement, 4, revision);
      status = du_sql_step(statement);
      du_finish(L, sql, statement, status);
    }
    lua_pop(L, 2);
  }
}

/* Where names are kept: the index itself, or what it should be, to be compared
** with it. */
typedef struct Keeping {
  const char *end, *begin; /* a name, a kind, a record, a revision */
} Keeping;

static const Keeping index_itself = {
    "UPDATE names SET until = ?4 WHERE folded = ?1 AND kind = ?2 AND "
    "record = ?3 AND until IS NULL",
    /* a name taken away and given back in one transaction was never away */
    "INSERT INTO names (folded, kind, record, revision) "
    "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET until = NULL"};

static const Keeping index_expected = {
    "UPDATE temp.expected_names SET until = ?4 WHERE folded = ?1 AND "
    "kind = ?2 AND record = ?3 AND until IS NULL",
    "INSERT INTO temp.expected_names (folded, kind, record, revision) "
    "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET until = NULL"};

/* The names of a record follow its state of a revision: before and after as in
** du_names_update. */
static void change_names(lua_State *L, DuSql *sql, const Keeping *keeping,
                         const DuKind *kind, int64_t id, int64_t revision,
                         int before, int after) {
  int top = lua_gettop(L);
  push_names(L, sql, kind, before);
  push_names(L, sql, kind, after);
  each_name(L, sql, keeping->end, kind, id, revision, top + 1, top + 2);
  each_name(L, sql, keeping->begin, kind, id, revision, top + 2, top + 1);
  lua_settop(L, top);
}

void du_names_update(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id, int before, int after) {
  change_names(L, du_store_sql(L, store), &index_itself, kind, id,
               store->base->revision, before, after);
}

/* Adds `SELECT id, revision, retracted, <names>`, of a table. A state without
** a name is none of a record that has had one, for a key stays. */
static void add_states(DuText *text, const DuKind *kind, const char *ending) {
  bool first = true;
  du_text_puts(text, "SELECT id, revision, retracted");
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_NAME)
      du_text_format(text, ", %q", kind->fields[i].name);
  du_text_format(text, " FROM \"%s%s\" WHERE ", kind->name, ending);
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_NAME) {
      du_text_format(text, "%s%q IS NOT NULL", first ? "" : " OR ",
                     kind->fields[i].name);
      first = false;
    }
}

/* [-0, +1] the stored columns of the names in the current row, which is one of
** add_states */
static int push_state(lua_State *L, DuStatement *row, const DuKind *kind) {
  int column = 3;
  lua_createtable(L, du_stored_columns(kind), 0);
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_NAME) {
      du_value_push_stored(L, row, column++);
      lua_rawseti(L, -2, du_column_number(kind, i));
    }
  return lua_gettop(L);
}

/* Goes through all states that its records have had, in their order. */
static void index_names(lua_State *L, DuSql *sql, const Keeping *keeping,
                        const DuKind *kind) {
  int top = lua_gettop(L), before = 0;
  int64_t last = 0;
  DuText text;
  DuStatement *row;
  DuStatus status;
  du_text_init(L, &text);
  add_states(&text, kind, "_history");
  du_text_puts(&text, " UNION ALL ");
  add_states(&text, kind, "");
  du_text_puts(&text, " ORDER BY 1, 2");
  row = du_text_prepare(&text, sql);
  lua_pushnil(L); /* the names of the state before */
  while ((status = du_sql_step(row)) == DU_ROW) {
    int64_t id = du_sql_integer(row, 0);
    bool retracted = du_sql_type(row, 2) != DU_NULL_COLUMN;
    int after = push_state(L, row, kind);
    if (id != last)
      before = 0;
    change_names(L, sql, keeping, kind, id, du_sql_integer(row, 1), before,
                 retracted ? 0 : after);
    before = retracted ? 0 : top + 2;
    last = id;
    lua_replace(L, top + 2);
  }
  du_finish(L, sql, row, status);
  lua_settop(L, top);
}

static void run(lua_State *L, DuSql *sql, const char *text) {
  if (!du_sql_run(sql, text))
    du_raise_sql(L, sql);
}

void du_names_rebuild(lua_State *L, DuSql *sql) {
  luaL_checkstack(L, 12, NULL);
  run(L, sql, "DROP TABLE IF EXISTS names");
  du_schema_names(L, sql);
  for (int i = 0; i < DU_KINDS; i++)
    index_names(L, sql, &index_itself, &du_kinds[i]);
}

void du_names_forget(lua_State *L, DuSql *sql) {
  run(L, sql, "DROP TABLE IF EXISTS temp.expected_names");
}

void du_names_expect(lua_State *L, DuSql *sql) {
  luaL_checkstack(L, 12, NULL);
  du_names_forget(L, sql);
  run(L, sql,
      "CREATE TEMP TABLE expected_names (folded TEXT, kind TEXT, "
      "record INTEGER, revision INTEGER, until INTEGER, "
      "PRIMARY KEY (folded, kind, record, revision)) STRICT, WITHOUT ROWID");
  for (int i = 0; i < DU_KINDS; i++)
    index_names(L, sql, &index_expected, &du_kinds[i]);
}

/* -------------------------------------------------------- index of full text
 */

/* The stored columns of a kind's searched fields; 0 where there is none. */
typedef struct Searched {
  int title, text;
} Searched;

static Searched searched_columns(const DuKind *kind) {
  Searched columns = {0, 0};
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_SEARCHED) {
      int column = du_column_number(kind, i);
      if (strcmp(kind->fields[i].name, "text") == 0)
        columns.text = column;
      else
        columns.title = column;
    }
  return columns;
}

/* [-0, +2] what is indexed of a record */
static void push_searched(lua_State *L, Searched columns, int record) {
  int fields[2];
  fields[0] = columns.title;
  fields[1] = columns.text;
  for (int i = 0; i < 2; i++)
    if (record != 0 && fields[i] != 0)
      lua_rawgeti(L, record, fields[i]);
    else
      lua_pushboolean(L, false);
}

/* Runs a statement with the id and the two texts on top of the stack, unless
** both are absent. */
static void index_text(lua_State *L, DuSql *sql, const char *text, int64_t id) {
  DuStatement *statement;
  DuStatus status;
  if (!lua_toboolean(L, -1) && !lua_toboolean(L, -2))
    return;
  statement = du_prepare(L, sql, text);
  du_sql_bind_integer(statement, 1, id);
  du_value_bind(L, statement, 2, -2);
  du_value_bind(L, statement, 3, -1);
  status = du_sql_step(statement);
  du_finish(L, sql, statement, status);
}

static const char insert_text[] =
    "INSERT INTO fulltext (rowid, title, text) VALUES (?1, ?2, ?3)";

void du_text_index_update(lua_State *L, DuStore *store, const DuKind *kind,
                          int64_t id, int before, int after) {
  DuSql *sql = du_store_sql(L, store);
  Searched columns = searched_columns(kind);
  int top = lua_gettop(L);
  if (columns.title == 0 && columns.text == 0)
    return;
  push_searched(L, columns, after);
  push_searched(L, columns, before);
  if (!lua_rawequal(L, -1, -3) || !lua_rawequal(L, -2, -4)) {
    index_text(L, sql,
               "INSERT INTO fulltext (fulltext, rowid, title, text) "
               "VALUES ('delete', ?1, ?2, ?3)",
               id);
    lua_pop(L, 2);
    index_text(L, sql, insert_text, id);
  }
  lua_settop(L, top);
}

/* The texts of a kind's records, each as if it were new. */
static void index_texts(lua_State *L, DuSql *sql, const char *insert,
                        const DuKind *kind) {
  Searched columns = searched_columns(kind);
  int top = lua_gettop(L);
  DuText text;
  DuStatement *row;
  DuStatus status;
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT id");
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_SEARCHED)
      du_text_format(&text, ", %q", kind->fields[i].name);
  du_text_format(&text, " FROM %q WHERE retracted IS NULL", kind->name);
  row = du_text_prepare(&text, sql);
  while ((status = du_sql_step(row)) == DU_ROW) {
    int column = 1;
    lua_pushboolean(L, false);
    lua_pushboolean(L, false);
    if (columns.title != 0) { /* it comes before the text in all kinds */
      du_value_push_stored(L, row, column++);
      lua_replace(L, top + 2);
    }
    if (columns.text != 0) {
      du_value_push_stored(L, row, column);
      lua_replace(L, top + 3);
    }
    index_text(L, sql, insert, du_sql_integer(row, 0));
    lua_settop(L, top + 1);
  }
  du_finish(L, sql, row, status);
  lua_settop(L, top);
}

static void index_all_texts(lua_State *L, DuSql *sql, const char *insert) {
  for (int i = 0; i < DU_KINDS; i++) {
    Searched columns = searched_columns(&du_kinds[i]);
    if (columns.title != 0 || columns.text != 0)
      index_texts(L, sql, insert, &du_kinds[i]);
  }
}

void du_text_index_rebuild(lua_State *L, DuSql *sql) {
  luaL_checkstack(L, 8, NULL);
  if (!du_sql_drop_full_text(sql, "fulltext"))
    du_raise_sql(L, sql);
  du_schema_full_text(L, sql, "fulltext");
  index_all_texts(L, sql, insert_text);
}

void du_text_index_forget(lua_State *L, DuSql *sql) {
  run(L, sql, "DROP TABLE IF EXISTS temp.found_words");
  run(L, sql, "DROP TABLE IF EXISTS temp.expected_words");
  run(L, sql, "DROP TABLE IF EXISTS temp.expected_fulltext");
}

void du_text_index_expect(lua_State *L, DuSql *sql) {
  luaL_checkstack(L, 8, NULL);
  du_text_index_forget(L, sql);
  du_schema_full_text(L, sql, "temp.expected_fulltext");
  run(L, sql,
      "CREATE VIRTUAL TABLE temp.expected_words USING "
      "fts5vocab (temp, expected_fulltext, instance)");
  run(L, sql,
      "CREATE VIRTUAL TABLE temp.found_words USING "
      "fts5vocab (main, fulltext, instance)");
  index_all_texts(L, sql,
                  "INSERT INTO temp.expected_fulltext (rowid, title, text) "
                  "VALUES (?1, ?2, ?3)");
}
