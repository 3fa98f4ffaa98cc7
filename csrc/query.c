/*
** query.c - a query that never changes: each step gives a copy with one thing
** more, and SQL is made of it when records are asked for.
*/
#include "core.h"

#include <string.h>

/* --------------------------------------------------------------- the query */

/* [-0, +1] a query of that size on all records of a kind; its store is at
** storeindex */
static DuQuery *new_query(lua_State *L, DuStore *store, int storeindex,
                          const DuKind *kind, size_t size) {
  DuQuery *query;
  storeindex = lua_absindex(L, storeindex);
  query = lua_newuserdatauv(L, size, DU_QUERY_USERVALUES);
  memset(query, 0, sizeof *query);
  query->store = store;
  query->kind = kind;
  query->limit = -1;
  query->nparameters = store->as_of != DU_NOW;
  query->plain = true;
  query->size = size;
  luaL_setmetatable(L, DU_QUERY);
  lua_pushvalue(L, storeindex);
  lua_setiuservalue(L, -2, DU_QUERY_STORE);
  return query;
}

/* Replaces a collection at index by a query on all its records. */
static DuQuery *query_at(lua_State *L, int index) {
  DuQuery *query = luaL_testudata(L, index, DU_QUERY);
  const DuCollection *collection;
  if (query != NULL)
    return query;
  collection = luaL_testudata(L, index, DU_COLLECTION);
  if (collection != NULL) {
    lua_getiuservalue(L, index, 1);
    query =
        new_query(L, collection->store, -1, collection->kind, sizeof *query);
    lua_remove(L, -2);
    lua_replace(L, index);
    return query;
  }
  return du_check_object(L, index, DU_QUERY, "a query or a collection");
}

DuQuery *du_check_query(lua_State *L, int index) {
  DuQuery *query = query_at(L, index);
  du_enter(L, query->store);
  return query;
}

/* ------------------------------------------------------------ what is asked */

/* What is asked of the texts of `asked`: how many bytes they have. */
static size_t text_bytes(const DuAsked *asked, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; i++)
    for (int j = 0; j < asked[i].count; j++)
      bytes += asked[i].values[j].length;
  return bytes;
}

/* Copies what is asked behind what the query has, and its texts to `texts`,
** whose end is returned. */
static char *copy_asked(DuQuery *query, const DuAsked *asked, int count,
                        char *texts) {
  for (int i = 0; i < count; i++) {
    DuAsked *copy = &query->asked[query->nasked++];
    *copy = asked[i];
    query->nparameters += copy->count;
    for (int j = 0; j < copy->count; j++) {
      if (copy->values[j].type != DU_TEXT_COLUMN)
        continue;
      memcpy(texts, copy->values[j].text, copy->values[j].length);
      copy->values[j].text = texts;
      texts += copy->values[j].length;
    }
  }
  return texts;
}

/* [-0, +1] a copy of the query at index that asks this as well */
static DuQuery *copy_with(lua_State *L, int index, const DuAsked *asked,
                          int count) {
  const DuQuery *from = lua_touserdata(L, index);
  size_t before = (size_t)(from->nasked + count) * sizeof *asked;
  size_t size = sizeof *from + before + text_bytes(from->asked, from->nasked) +
                text_bytes(asked, count);
  DuQuery *query;
  char *texts;
  lua_getiuservalue(L, index, DU_QUERY_STORE);
  query = new_query(L, from->store, -1, from->kind, size);
  lua_remove(L, -2);
  *query = *from;
  query->size = size;
  query->nasked = 0;
  if (from->plain) /* they are counted again */
    query->nparameters = from->store->as_of != DU_NOW;
  texts = (char *)query + sizeof *query + before;
  texts = copy_asked(query, from->asked, from->nasked, texts);
  copy_asked(query, asked, count, texts);
  return query;
}

/* [-0, +0] copies a user value of the query at index to the one on top */
static void copy_uservalue(lua_State *L, int index, int value) {
  lua_getiuservalue(L, index, value);
  lua_setiuservalue(L, -2, value);
}

DuQuery *du_query_copy(lua_State *L, int index) {
  DuQuery *query = copy_with(L, index, NULL, 0);
  for (int i = DU_QUERY_PARAMETERS; i <= DU_QUERY_USERVALUES; i++)
    copy_uservalue(L, index, i);
  return query;
}

/* [-0, +1] a copy of the list at index, with room for so many more */
static void copy_list(lua_State *L, int index, int room) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  lua_createtable(L, (int)count + room, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, index, i);
    lua_rawseti(L, -2, i);
  }
}

/* [-0, +4] starts a where on a copy of the query at index: the copy's lists of
** values and of tests, copied, its store, and the text with what was asked
** before */
static void begin_where(lua_State *L, DuWhere *w, int index) {
  const DuQuery *query = lua_touserdata(L, index);
  du_query_spell(L, index);
  lua_getiuservalue(L, index, DU_QUERY_PARAMETERS);
  copy_list(L, lua_gettop(L), 6);
  lua_remove(L, -2);
  w->values = lua_gettop(L);
  w->tests = 0;
  if (lua_getiuservalue(L, index, DU_QUERY_TESTS) == LUA_TTABLE) {
    copy_list(L, lua_gettop(L), 16);
    lua_remove(L, -2);
    w->tests = lua_gettop(L);
  }
  lua_getiuservalue(L, index, DU_QUERY_STORE);
  w->known = lua_gettop(L);
  w->L = L;
  w->store = query->store;
  w->count = query->nparameters;
  w->depth = 0;
  w->led = query->led;
  du_text_init(L, &w->sql);
  if (lua_getiuservalue(L, index, DU_QUERY_WHERE) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    du_text_add(&w->sql, text, length);
    du_text_puts(&w->sql, " AND ");
  }
  lua_pop(L, 1);
}

/* [-0, +0] gives the query on top of the stack what a where came to */
static void set_where(lua_State *L, DuWhere *w) {
  lua_pushvalue(L, w->values);
  lua_setiuservalue(L, -2, DU_QUERY_PARAMETERS);
  if (w->sql.length > 0) {
    du_text_push(&w->sql);
    lua_setiuservalue(L, -2, DU_QUERY_WHERE);
  }
  if (w->tests != 0)
    lua_pushvalue(L, w->tests);
  else
    lua_pushboolean(L, false);
  lua_setiuservalue(L, -2, DU_QUERY_TESTS);
}

/* [-0, +1] the copy with the where */
static DuQuery *end_where(lua_State *L, DuWhere *w, int index) {
  DuQuery *query = du_query_copy(L, index);
  query->plain = false; /* no longer */
  query->nasked = 0;
  query->nparameters = w->count;
  query->led = w->led;
  set_where(L, w);
  return query;
}

void du_query_spell(lua_State *L, int index) {
  DuQuery *query = lua_touserdata(L, index);
  int top = lua_gettop(L);
  DuWhere w;
  if (query->spelled)
    return;
  luaL_checkstack(L, 20, NULL);
  index = lua_absindex(L, index);
  lua_createtable(L, query->nparameters, 0);
  lua_newtable(L);
  w.L = L;
  w.store = query->store;
  w.values = top + 1;
  w.tests = top + 2;
  w.known = 0; /* what it asks was resolved */
  w.count = query->store->as_of != DU_NOW;
  w.depth = 0;
  w.led = query->led;
  du_text_init(L, &w.sql);
  for (int i = 0; i < query->nasked; i++) {
    du_text_puts(&w.sql, i > 0 ? " AND " : "");
    du_where_asked(&w, query->kind, "t", &query->asked[i]);
  }
  lua_pushvalue(L, index);
  set_where(L, &w);
  query->spelled = true;
  lua_settop(L, top);
}

/* [-0, +1 or more] the query at index with a plain where: the table at 2.
** False where it is not plain. */
static bool add_plain(lua_State *L, int index) {
  const DuQuery *query = lua_touserdata(L, index);
  DuAsked asked[DU_MOST_ASKED];
  DuQuery *copy;
  DuWhere w;
  int count;
  if (!query->plain)
    return false;
  lua_getiuservalue(L, index, DU_QUERY_STORE);
  w.L = L;
  w.store = query->store;
  w.known = lua_gettop(L);
  w.led = query->led;
  count = du_where_plain(&w, query->kind, 2, asked);
  if (count < 0) {
    lua_pop(L, 1);
    return false;
  }
  copy = copy_with(L, index, asked, count);
  copy->spelled = false;
  copy->led = w.led;
  copy_uservalue(L, index, DU_QUERY_ORDER);
  copy_uservalue(L, index, DU_QUERY_FIELDS);
  return true;
}

/*
** query:where{ field = value, … } -> query
** The records for which all of it holds, and what the query asked before. A
** value is one to be equal to, a list of which any will do, or a table of
** operators: lt, lte, gt, gte, ne, like (% and _, ignoring ASCII case), within,
** missing; for dates during, before and after, which want to be certain, where
** a plain date asks what may overlap it. A reference takes the fields of what
** it refers to: { exporter = { country = "KOR" } }.
** Raises `misuse` for an unknown field or operator, `invalid` for a value that
** does not fit.
*/
static int query_where(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  DuWhere w;
  lua_settop(L, 2);
  if (!lua_istable(L, 2))
    du_misuse(L, 2, "a table of fields");
  if (add_plain(L, 1))
    return 1;
  begin_where(L, &w, 1);
  du_where_fields(&w, query->kind, "t", 2);
  end_where(L, &w, 1);
  return 1;
}

/* ----------------------------------------------------------------- search */

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One word or phrase, as an FTS5 string: what FTS5 would read as an operator
** or a column is text like any other. */
static void add_term(DuText *match, const char *term, size_t length,
                     bool prefix) {
  /* side by side, not with AND: FTS5 then passes over what has no letters */
  du_text_puts(match, match->length > 0 ? " \"" : "\"");
  for (size_t i = 0; i < length; i++) {
    if (term[i] == '"')
      du_text_puts(match, "\"");
    du_text_add(match, term + i, 1);
  }
  du_text_puts(match, prefix ? "\"*" : "\"");
}

/* Reads `words "a phrase" prefix*`. */
static void add_terms(lua_State *L, DuText *match, const DuKind *kind,
                      const char *text, size_t length) {
  const char *end = text + length;
  for (;;) {
    const char *start;
    while (text < end && is_space(*text))
      text++;
    if (text == end)
      return;
    start = text;
    if (*text == '"') {
      start++;
      text = memchr(start, '"', (size_t)(end - start));
      if (text == NULL)
        du_raise(L, "invalid", kind->name, NULL,
                 "search: a phrase is not closed with a quotation mark");
      if (text > start) {
        bool prefix = text + 1 < end && text[1] == '*';
        add_term(match, start, (size_t)(text - start), prefix);
        text += prefix;
      }
      text++;
      continue;
    }
    while (text < end && !is_space(*text) && *text != '"')
      text++;
    if (text[-1] == '*' && text - 1 > start)
      add_term(match, start, (size_t)(text - 1 - start), true);
    else
      add_term(match, start, (size_t)(text - start), false);
  }
}

static bool is_searched(const DuKind *kind) {
  for (int i = 0; i < kind->nfields; i++)
    if (kind->fields[i].flags & DU_SEARCHED)
      return true;
  return false;
}

static void check_searched(lua_State *L, const DuQuery *query) {
  if (query->store->as_of != DU_NOW)
    du_raise(L, "misuse", query->kind->name, NULL,
             "search: full text is indexed as it is now, not as of a "
             "revision (use like)");
  if (!is_searched(query->kind)) {
    luaL_Buffer names;
    bool first = true;
    luaL_buffinit(L, &names);
    for (int i = 0; i < DU_KINDS; i++)
      if (is_searched(&du_kinds[i])) {
        luaL_addstring(&names, first ? "" : ", ");
        luaL_addstring(&names, du_kinds[i].name);
        first = false;
      }
    luaL_pushresult(&names);
    du_raise(L, "misuse", query->kind->name, NULL,
             "search: this kind has no full text; %s have",
             lua_tostring(L, -1));
  }
}

/*
** query:search(text) -> query
** The records whose title or text has all words of it, "phrases" as they
** stand, and words that begin with a prefix*; case and accents are ignored.
** The most relevant come first, unless `order` says otherwise.
*/
static int query_search(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  DuQuery *copy;
  DuWhere w;
  DuText match;
  size_t length;
  const char *text;
  lua_settop(L, 2);
  check_searched(L, query);
  if (lua_type(L, 2) != LUA_TSTRING)
    du_misuse(L, 2, "text to search for");
  text = lua_tolstring(L, 2, &length);
  if (memchr(text, '\0', length) != NULL)
    du_raise(L, "invalid", query->kind->name, NULL,
             "search: the text holds a NUL byte");
  begin_where(L, &w, 1);
  du_text_init(L, &match);
  add_terms(L, &match, query->kind, text, length);
  if (match.length == 0)
    du_raise(L, "invalid", query->kind->name, NULL,
             "search: expected words, got an empty text");
  w.tests = 0; /* no column knows of full text */
  du_text_puts(&w.sql, "t.id IN (SELECT rowid FROM fulltext (");
  du_text_push(&match);
  du_where_value(&w);
  du_text_puts(&w.sql, "))");
  copy = end_where(L, &w, 1);
  if (copy->search == 0)
    copy->search = copy->nparameters;
  return 1;
}

/* ---------------------------------------------------- order, limit, select */

static void add_order(DuText *sql, const DuQuery *query, const DuField *field,
                      const char *direction) {
  const DuKind *target = du_target_kind(field->targets);
  if (field->type == DU_DATE || field->type == DU_RECORDED) {
    du_date_bound(sql, query->store, "t", field, true);
    du_text_format(sql, "%s NULLS LAST, ", direction);
    du_date_bound(sql, query->store, "t", field, false);
    du_text_format(sql, "%s NULLS LAST", direction);
  } else if (field->type == DU_REFERENCE && target != NULL) {
    /* one without a key comes after those with one */
    du_text_format(sql,
                   "t.%q IS NULL, (SELECT k.\"key\" FROM %q k "
                   "WHERE k.id = t.%q)%s NULLS LAST",
                   field->name, target->name, field->name, direction);
  } else {
    du_field_column(sql, field, "t");
    du_text_format(sql, "%s NULLS LAST", direction);
  }
}

/*
** query:order(field, …) -> query
** In the order of the fields, descending where one is written "-field"; dates
** by their first and then their last possible day, references by key. What is
** missing comes last, and equals come by id.
*/
static int query_order(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  const DuField *by = NULL;
  DuQuery *copy;
  int top = lua_gettop(L);
  bool by_down = false;
  DuText sql;
  du_text_init(L, &sql);
  for (int i = 2; i <= top; i++) {
    const char *name;
    const DuField *field;
    bool down;
    if (lua_type(L, i) != LUA_TSTRING)
      du_misuse(L, i, "the name of a field, or \"-\" and the name");
    name = lua_tostring(L, i);
    down = *name == '-';
    lua_pushlstring(L, name + down, lua_rawlen(L, i) - down);
    field = du_check_field(L, query->kind, -1);
    lua_pop(L, 1);
    if ((field->flags & DU_LIST) || field->type == DU_DATA)
      du_raise(L, "misuse", query->kind->name, field->name,
               "order: a %s has no order",
               field->flags & DU_LIST ? "list" : "table");
    if (i > 2)
      du_text_puts(&sql, ", ");
    add_order(&sql, query, field, down ? " DESC" : "");
    if (top == 2 && field->type == DU_DATE && !(field->flags & DU_DETECTED)) {
      by = field;
      by_down = down;
    }
  }
  if (top < 2)
    du_raise(L, "misuse", query->kind->name, NULL,
             "order: expected names of fields");
  copy = du_query_copy(L, 1);
  copy->by = by;
  copy->by_down = by_down;
  du_text_push(&sql);
  lua_setiuservalue(L, -2, DU_QUERY_ORDER);
  return 1;
}

static int64_t check_count(lua_State *L, int index, const char *what) {
  int exact;
  int64_t count = lua_tointegerx(L, index, &exact);
  if (lua_type(L, index) != LUA_TNUMBER || !exact || count < 0)
    du_misuse(L, index, what);
  return count;
}

/*
** query:limit(count [, offset]) -> query
** Of what the query finds, at most `count` records after the first `offset`
** ones. A limit on a limit narrows it further.
*/
static int query_limit(lua_State *L) {
  DuQuery *query;
  int64_t count, offset = 0;
  du_check_query(L, 1);
  lua_settop(L, 3);
  count = check_count(L, 2, "a number of records, 0 or more");
  if (!lua_isnil(L, 3))
    offset = check_count(L, 3, "a number of records to pass over, 0 or more");
  query = du_query_copy(L, 1);
  if (query->limit >= 0) {
    int64_t left = query->limit > offset ? query->limit - offset : 0;
    count = count < left ? count : left;
  }
  query->limit = count;
  query->offset =
      offset > INT64_MAX - query->offset ? INT64_MAX : query->offset + offset;
  return 1;
}

/*
** query:select(field, …) -> query
** Records that hold only these fields, and their id.
*/
static int query_select(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  int top = lua_gettop(L);
  if (top < 2)
    du_raise(L, "misuse", query->kind->name, NULL,
             "select: expected names of fields");
  lua_createtable(L, top, 0);
  lua_pushinteger(L, du_field_find(query->kind, "id"));
  lua_rawseti(L, -2, 1);
  for (int i = 2; i <= top; i++) {
    const DuField *field;
    if (lua_type(L, i) != LUA_TSTRING)
      du_misuse(L, i, "the name of a field");
    field = du_check_field(L, query->kind, i);
    if (field->type != DU_ID) {
      lua_pushinteger(L, (lua_Integer)(field - query->kind->fields));
      lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
  }
  du_query_copy(L, 1);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, DU_QUERY_FIELDS);
  return 1;
}

/* ----------------------------------------------------------------- running */

/* ` AND` that a record is behind an id or in a JSON list of ids. */
static void add_part(DuText *sql, const DuQuery *query) {
  du_text_format(sql,
                 " AND t.id IN (SELECT id FROM %q WHERE id > ?%d UNION ALL "
                 "SELECT value FROM json_each(?%d))",
                 query->kind->name, query->nparameters + 1,
                 query->nparameters + 2);
}

/* [-0, +1] `SELECT columns FROM … WHERE … ORDER BY … LIMIT …`, as text being
** built. Without `ordered`, neither order nor relevance is asked for. Where
** records are found already, so are those that stand for others. */
static void add_query(DuText *sql, lua_State *L, int index, const char *columns,
                      bool ordered, bool found) {
  const DuQuery *query = lua_touserdata(L, index);
  bool by_order, by_rank;
  du_query_spell(L, index);
  by_order = lua_getiuservalue(L, index, DU_QUERY_ORDER) == LUA_TSTRING;
  by_rank = ordered && query->search > 0 && !by_order;
  du_text_format(sql, "SELECT %s FROM ", columns);
  du_text_view(sql, query->store, query->kind);
  du_text_puts(sql, " t");
  if (lua_getiuservalue(L, index, DU_QUERY_ONCE) == LUA_TSTRING && !found)
    du_text_format(sql, " JOIN (%s) once ON once.id = t.id",
                   lua_tostring(L, -1));
  lua_pop(L, 1);
  if (by_rank)
    du_text_format(sql, " JOIN fulltext (?%d) f ON f.rowid = t.id",
                   query->search);
  du_text_puts(sql, " WHERE t.retracted IS NULL");
  if (lua_getiuservalue(L, index, DU_QUERY_WHERE) == LUA_TSTRING)
    du_text_format(sql, " AND %s", lua_tostring(L, -1));
  if (found)
    add_part(sql, query);
  if (ordered) {
    du_text_puts(sql, " ORDER BY ");
    if (by_rank)
      du_text_puts(sql, "f.rank, ");
    if (by_order)
      du_text_format(sql, "%s, ", lua_tostring(L, -2));
    du_text_puts(sql, "t.id");
  }
  lua_pop(L, 2);
  if (query->limit >= 0)
    du_text_format(sql, " LIMIT %I OFFSET %I", query->limit, query->offset);
}

/* Binds what a plain query asks. */
static void bind_asked(const DuQuery *query, DuStatement *statement, int first,
                       int count) {
  int parameter = first;
  for (int i = 0; i < query->nasked; i++)
    for (int j = 0; j < query->asked[i].count && parameter < count; j++) {
      const DuSqlValue *value = &query->asked[i].values[j];
      parameter++;
      if (value->type == DU_INTEGER_COLUMN)
        du_sql_bind_integer(statement, parameter, value->integer);
      else if (value->type == DU_NUMBER_COLUMN)
        du_sql_bind_number(statement, parameter, value->number);
      else
        du_sql_bind_copy(statement, parameter, value->text, value->length);
    }
}

void du_query_bind(lua_State *L, int index, DuStatement *statement) {
  const DuQuery *query = lua_touserdata(L, index);
  int first = query->store->as_of != DU_NOW;
  int count = du_sql_parameters(statement);
  if (first && count > 0)
    du_sql_bind_integer(statement, 1, query->store->as_of);
  if (query->plain) {
    bind_asked(query, statement, first, count);
    return;
  }
  lua_getiuservalue(L, index, DU_QUERY_PARAMETERS);
  for (int i = first + 1; i <= query->nparameters && i <= count; i++) {
    lua_rawgeti(L, -1, i - first);
    du_value_bind(L, statement, i, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

size_t du_query_shape(lua_State *L, int index,
                      unsigned char shape[DU_SHAPE_SIZE]) {
  const DuQuery *query = lua_touserdata(L, index);
  size_t size = 0;
  bool ordered = lua_getiuservalue(L, index, DU_QUERY_ORDER) != LUA_TNIL;
  lua_pop(L, 1);
  if (!query->plain || ordered || query->limit >= 0 ||
      query->nasked > DU_MOST_ASKED || query->store->as_of != DU_NOW)
    return 0;
  shape[size++] = (unsigned char)du_kind_number(query->kind);
  shape[size++] = (unsigned char)query->nasked;
  for (int i = 0; i < query->nasked; i++) {
    const DuAsked *asked = &query->asked[i];
    shape[size++] = (unsigned char)(asked->field - query->kind->fields);
    shape[size++] = (unsigned char)asked->op;
  }
  return size;
}

static DuStatement *start(lua_State *L, int index, const char *columns,
                          bool ordered) {
  const DuQuery *query = lua_touserdata(L, index);
  DuText sql;
  DuStatement *statement;
  du_text_init(L, &sql);
  add_query(&sql, L, index, columns, ordered, false);
  statement = du_text_prepare(&sql, du_store_sql(L, query->store));
  lua_pop(L, 1);
  du_query_bind(L, index, statement);
  return statement;
}

DuStatement *du_query_start(lua_State *L, int index, const char *columns) {
  return start(L, index, columns, true);
}

DuStatement *du_query_start_unordered(lua_State *L, int index,
                                      const char *columns) {
  return start(L, index, columns, false);
}

/* Without an index they are found in the order of their ids, and not sorted. */
DuStatement *du_query_start_all(lua_State *L, int index, const char *columns) {
  const DuQuery *query = lua_touserdata(L, index);
  DuText text;
  DuStatement *statement;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT 1 FROM %q t NOT INDEXED "
                 "WHERE read_ahead(t.retracted, %s) ORDER BY t.id",
                 query->kind->name, columns);
  statement = du_text_prepare(&text, du_store_sql(L, query->store));
  lua_pop(L, 1);
  return statement;
}

DuStatement *du_query_start_by_id(lua_State *L, int index,
                                  const char *columns) {
  const DuQuery *query = lua_touserdata(L, index);
  DuText sql;
  DuStatement *statement;
  du_text_init(L, &sql);
  if (query->limit < 0) {
    add_query(&sql, L, index, columns, false, false);
  } else { /* which records it finds depends on its own order */
    du_text_format(&sql, "SELECT %s FROM ", columns);
    du_text_view(&sql, query->store, query->kind);
    du_text_puts(&sql, " t WHERE t.id IN (");
    add_query(&sql, L, index, "t.id", true, false);
    du_text_puts(&sql, ")");
  }
  du_text_puts(&sql, " ORDER BY t.id");
  statement = du_text_prepare(&sql, du_store_sql(L, query->store));
  lua_pop(L, 1);
  du_query_bind(L, index, statement);
  return statement;
}

/* [-1, +0] the statement of the text on top of the stack, with the query's
** values, and which records may be among those that are found */
static DuStatement *start_found(lua_State *L, int index, DuText *sql,
                                int64_t behind, const char *ids,
                                size_t length) {
  const DuQuery *query = lua_touserdata(L, index);
  DuStatement *statement = du_text_prepare(sql, du_store_sql(L, query->store));
  lua_pop(L, 1);
  du_query_bind(L, index, statement);
  du_sql_bind_integer(statement, query->nparameters + 1, behind);
  du_sql_bind_copy(statement, query->nparameters + 2, ids, length);
  return statement;
}

DuStatement *du_query_start_rest(lua_State *L, int index, const char *columns,
                                 bool ordered, int64_t behind, const char *ids,
                                 size_t length) {
  DuText sql;
  du_text_init(L, &sql);
  add_query(&sql, L, index, columns, ordered, true);
  if (!ordered)
    du_text_puts(&sql, " ORDER BY t.id");
  return start_found(L, index, &sql, behind, ids, length);
}

DuStatement *du_query_start_part(lua_State *L, int index, const char *asked,
                                 int64_t behind, const char *ids,
                                 size_t length) {
  DuText sql;
  du_text_init(L, &sql);
  du_text_puts(&sql, asked);
  add_part(&sql, lua_touserdata(L, index));
  du_text_puts(&sql, " ORDER BY 1");
  return start_found(L, index, &sql, behind, ids, length);
}

void du_query_push_plan(lua_State *L, int index, const char *columns,
                        DuPlanOf what) {
  const DuQuery *query = lua_touserdata(L, index);
  DuText sql;
  DuStatement *row;
  DuStatus status;
  lua_Integer count = 0;
  lua_newtable(L);
  du_text_init(L, &sql);
  du_text_puts(&sql, "EXPLAIN QUERY PLAN ");
  add_query(&sql, L, index, columns, what == DU_PLAN_OF_LOOP,
            what == DU_PLAN_OF_REST);
  row = du_text_prepare(&sql, du_store_sql(L, query->store));
  du_query_bind(L, index, row);
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *detail = du_sql_text(row, 3, &length);
    size_t word = strcspn(detail, " ");
    if (strncmp(detail, "SCAN", word) != 0 &&
        strncmp(detail, "SEARCH", word) != 0 &&
        strncmp(detail, "USE", word) != 0)
      continue; /* how the others belong together */
    lua_pushlstring(L, detail, word);
    /* of the kind, whose records the SQL calls t */
    if (strcmp(detail + word, " t") == 0 ||
        strncmp(detail + word, " t ", 3) == 0)
      lua_pushfstring(L, " %s%s", query->kind->name, detail + word + 2);
    else
      lua_pushstring(L, detail + word);
    lua_concat(L, 2);
    lua_rawseti(L, sql.slot - 1, ++count);
  }
  du_finish(L, du_store_sql(L, query->store), row, status);
  lua_pop(L, 1);
}

/* The integer that `SELECT <what> (SELECT 1 FROM …)` gives. */
static int64_t run_for_integer(lua_State *L, int index, const char *before,
                               const char *after) {
  const DuQuery *query = lua_touserdata(L, index);
  DuText sql;
  DuStatement *statement;
  DuStatus status;
  int64_t result = 0;
  du_text_init(L, &sql);
  du_text_puts(&sql, before);
  add_query(&sql, L, index, "1", false, false);
  du_text_puts(&sql, after);
  statement = du_text_prepare(&sql, du_store_sql(L, query->store));
  lua_pop(L, 1);
  du_query_bind(L, index, statement);
  status = du_sql_step(statement);
  if (status == DU_ROW)
    result = du_sql_integer(statement, 0);
  du_finish(L, du_store_sql(L, query->store), statement, status);
  return result;
}

static int count_body(lua_State *L) {
  int64_t count;
  if (!du_columns_count(L, 1, &count))
    count = run_for_integer(L, 1, "SELECT count(*) FROM (", ")");
  lua_pushinteger(L, count);
  return 1;
}

/*
** query:count() -> integer
** How many records it finds; also #query.
*/
int du_query_count(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_settop(L, 1);
  return du_read(L, query->store, count_body);
}

static int exists_body(lua_State *L) {
  bool any;
  if (!du_columns_any(L, 1, &any))
    any = run_for_integer(L, 1, "SELECT EXISTS (", ")") != 0;
  lua_pushboolean(L, any);
  return 1;
}

/*
** query:exists() -> boolean
** Whether it finds any.
*/
static int query_exists(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_settop(L, 1);
  return du_read(L, query->store, exists_body);
}

/* [-0, +1] SQL that other programs know as well: what du_field_column asks our
** own function is asked of the table of texts, where there is one. No text of a
** query has what is asked in quotes. */
static void push_for_others(lua_State *L, const char *text, bool shared) {
  static const char own[] = DU_SHARED_TEXT "(";
  const char *asked, *end;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  while ((asked = strstr(text, own)) != NULL) {
    luaL_addlstring(&buffer, text, (size_t)(asked - text));
    asked += sizeof own - 1;
    end = strchr(asked, ')');
    lua_pushlstring(L, asked, (size_t)(end - asked));
    if (shared) {
      const char *column = lua_tostring(L, -1);
      lua_pushfstring(L,
                      "iif(typeof(%s) = 'integer', (SELECT text FROM texts "
                      "WHERE id = %s), %s)",
                      column, column, column);
      lua_remove(L, -2);
    }
    luaL_addvalue(&buffer);
    text = end + 1;
  }
  luaL_addstring(&buffer, text);
  luaL_pushresult(&buffer);
}

/*
** query:sql() -> text, list of values
** The SQL that finds the records, for the curious: the values are bound to
** ?1, ?2 and so on. The columns are those of the kind's fields, in their order.
*/
static int query_sql(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  DuText columns, sql;
  DuStatement *statement;
  lua_settop(L, 1);
  du_text_init(L, &columns);
  du_record_columns(&columns, query->kind, "t");
  du_text_push(&columns);
  du_text_init(L, &sql);
  add_query(&sql, L, 1, lua_tostring(L, columns.slot + 1), true, false);
  statement = du_text_prepare(&sql, du_store_sql(L, query->store));
  push_for_others(L, du_sql_text_of(statement),
                  du_schema_has_table(L, query->store->base->sql, "texts"));
  du_sql_release(statement);
  lua_newtable(L);
  if (query->store->as_of != DU_NOW) {
    lua_pushinteger(L, query->store->as_of);
    lua_rawseti(L, -2, 1);
  }
  lua_getiuservalue(L, 1, DU_QUERY_PARAMETERS);
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1);
  }
  lua_pop(L, 1);
  return 2;
}

/*
** query:kind() -> text
** The kind of its records, such as "cases".
*/
static int query_kind(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_pushstring(L, query->kind->name);
  return 1;
}

/*
** selected(query) -> list of texts
** The names of the fields that its records hold, for modules in Lua.
*/
int du_query_selected(lua_State *L) {
  const DuQuery *query = du_check_query(L, 1);
  lua_settop(L, 1);
  lua_newtable(L);
  if (lua_getiuservalue(L, 1, DU_QUERY_FIELDS) == LUA_TTABLE)
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 3); i++) {
      lua_rawgeti(L, 3, i);
      lua_pushstring(L, query->kind->fields[lua_tointeger(L, -1)].name);
      lua_rawseti(L, 2, i);
      lua_pop(L, 1);
    }
  else
    for (int i = 0; i < query->kind->nfields; i++) {
      lua_pushstring(L, query->kind->fields[i].name);
      lua_rawseti(L, 2, i + 1);
    }
  lua_settop(L, 2);
  return 1;
}

/* query.where and the like. Methods are upvalue 1. */
static int query_index(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
    return 1;
  du_show(L, 2);
  return du_raise(
      L, "misuse", NULL, NULL,
      "a query has no method %s: it has where, search, order, "
      "limit, select, once, each, values, all, first, count, exists, "
      "group, sum, mean, min, max, median, distinct, export, explain, sql "
      "and kind",
      lua_tostring(L, -1));
}

static const luaL_Reg methods[] = {
    {"where", query_where},
    {"search", query_search},
    {"order", query_order},
    {"limit", query_limit},
    {"select", query_select},
    {"once", du_query_once},
    {"count", du_query_count},
    {"exists", query_exists},
    {"explain", du_query_explain},
    {"sql", query_sql},
    {"kind", query_kind},
    {"each", du_query_each},
    {"values", du_query_values},
    {"all", du_query_all},
    {"first", du_query_first},
    {"group", du_query_group},
    {"sum", du_query_sum},
    {"mean", du_query_mean},
    {"min", du_query_min},
    {"max", du_query_max},
    {"median", du_query_median},
    {"distinct", du_query_distinct},
    {NULL, NULL},
};

void du_open_query(lua_State *L) {
  luaL_newlib(L, methods);
  luaL_newmetatable(L, DU_QUERY);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, query_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, du_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, du_query_count);
  lua_setfield(L, -2, "__len");
  lua_pushliteral(L, DU_QUERY);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
