/*
** scan.c - walks a kind's segments for what a query finds: what its tests
** accept, without the records that have changed since they were packed. Counts
** what is found, and lists it.
*/
#include "directory.h"

#include "clock.h"

#include <string.h>

/* Why columns cannot answer. */
static const char NOT_TESTED[] = "a condition is not on a column";
static const char DAMAGED[] = "a column is damaged: store:repair() mends it";

/* What stays in a scan's table, behind the columns of the segment it is at. */
enum { FOUND = 97, TESTS, MASK, STANDING, SETS };

/* More records than this outside segments are packed before a query. */
#define WORTH_PACKING (2 * DU_SEGMENT_ROWS)

/* So few segments are opened rather than asked for their months. */
#define FEW_SEGMENTS 2

/* ------------------------------------------------------------ what is asked */

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
  lua_rawgeti(L, scan->slot + 3, test->at + DU_TEST_VALUES);
  sql = lua_tolstring(L, -1, &length);
  du_text_puts(&text, "SELECT id FROM ");
  du_text_add(&text, sql, length);
  du_text_puts(&text, " WHERE id IS NOT NULL ORDER BY 1");
  lua_pop(L, 1);
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
  lua_rawseti(L, scan->slot + 2, SETS + test->at); /* anchored */
}

/* Reads the values of a test into the room for them. A text stays with the
** query's list, which is in the scan's slots. */
static void read_operands(DuScan *scan, DuTest *test, DuOperand *operands) {
  lua_State *L = scan->L;
  test->operands = operands;
  for (uint32_t i = 0; i < test->noperands; i++) {
    DuOperand *operand = &operands[i];
    memset(operand, 0, sizeof *operand);
    if (lua_rawgeti(L, scan->slot + 3, test->at + DU_TEST_VALUES + i) ==
        LUA_TSTRING) {
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
}

static int64_t test_value(DuScan *scan, lua_Integer at) {
  int64_t value;
  lua_rawgeti(scan->L, scan->slot + 3, at);
  value = lua_tointeger(scan->L, -1);
  lua_pop(scan->L, 1);
  return value;
}

/* The days that a date is asked for: before and after have one. */
static void read_days(DuScan *scan, DuTest *test) {
  if (test->noperands > 0)
    test->first = test->last = (int)test_value(scan, test->at + DU_TEST_VALUES);
  if (test->noperands > 1)
    test->last = (int)test_value(scan, test->at + DU_TEST_VALUES + 1);
}

/* The tests of a plain query, which keeps their values. */
static void read_plain_tests(DuScan *scan, const DuQuery *asked) {
  size_t size = ((size_t)asked->nasked + 1) * sizeof *scan->tests;
  scan->tests = lua_newuserdatauv(scan->L, size, 0);
  lua_rawseti(scan->L, scan->slot + 2, TESTS); /* anchored */
  memset(scan->tests, 0, size);
  scan->ntests = asked->nasked;
  for (int i = 0; i < asked->nasked; i++) {
    const DuAsked *one = &asked->asked[i];
    DuTest *test = &scan->tests[i];
    test->field = one->field;
    test->op = (DuTestOp)one->op;
    test->noperands = (uint32_t)one->count;
    test->operands = one->values;
    if (one->field->type == DU_DATE && one->count > 0) {
      test->first = (int)one->values[0].integer;
      test->last = (int)one->values[one->count - 1].integer;
    }
  }
}

/* The listed tests as the scan has them; false where columns do not know of
** one. */
static bool read_listed_tests(DuScan *scan, int query) {
  lua_State *L = scan->L;
  lua_Integer length = (lua_Integer)lua_rawlen(L, scan->slot + 3);
  size_t most = (size_t)length / DU_TEST_VALUES + 1;
  DuOperand *operands;
  scan->tests = lua_newuserdatauv(
      L, most * sizeof *scan->tests + ((size_t)length + 1) * sizeof *operands,
      0);
  operands = (DuOperand *)(void *)(scan->tests + most);
  lua_rawseti(L, scan->slot + 2, TESTS); /* anchored */
  for (lua_Integer at = 1; at <= length;) {
    DuTest *test = &scan->tests[scan->ntests];
    memset(test, 0, sizeof *test);
    test->at = at;
    test->field = &scan->kind->fields[test_value(scan, at + DU_TEST_FIELD)];
    test->op = (DuTestOp)test_value(scan, at + DU_TEST_OPERATOR);
    test->noperands = (uint32_t)test_value(scan, at + DU_TEST_COUNT);
    if (!du_column_kept(scan->kind, test->field))
      return false;
    at += DU_TEST_VALUES + test->noperands;
    if (test->op == DU_TEST_SET)
      read_set(scan, test, query);
    else if (test->field->type == DU_DATE)
      read_days(scan, test);
    else
      read_operands(scan, test, operands);
    operands += test->noperands;
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

/* Is what the query's store shows what is recorded now? */
static bool is_current(lua_State *L, const DuStore *view) {
  return view->as_of == DU_NOW ||
         (view->base->depth == 0 &&
          du_newest_revision(L, view->base) == view->as_of);
}

/* Does each record that the query finds stand for those that agree with it? */
static bool stands(lua_State *L, int query) {
  bool once = lua_getiuservalue(L, query, DU_QUERY_ONCE) != LUA_TNIL;
  lua_pop(L, 1);
  return once;
}

/* [-0, +1] Are all its conditions on columns? Pushes their list, or the query
** where it has them itself. */
static bool has_tests(lua_State *L, const DuQuery *asked, int query) {
  if (!asked->plain)
    return lua_getiuservalue(L, query, DU_QUERY_TESTS) == LUA_TTABLE;
  lua_pushvalue(L, query);
  for (int i = 0; i < asked->nasked; i++)
    if (!du_column_kept(asked->kind, asked->asked[i].field))
      return false;
  return true;
}

/* [-0, +n] What of the query itself columns cannot answer; or NULL, and its
** tests on top. */
static const char *refuse(lua_State *L, const DuQuery *asked, int query) {
  const char *why = NULL;
  if (!asked->kind->large)
    why = "the kind has no columns";
  else if (asked->store->base->column_limit == 0)
    why = "the store was opened without columns";
  else if (asked->search > 0)
    why = "a search is asked for";
  else if (!has_tests(L, asked, query))
    why = NOT_TESTED;
  return why;
}

/* Looks up the kind's segments, whose directory is then in the scan's slot.
** Returns why they cannot be used, or NULL; there may be none. */
static const char *look_up(DuScan *scan, const DuStore *view, DuMoment *now) {
  lua_State *L = scan->L;
  DuDirectory *directory;
  if (!is_current(L, view))
    return "it is asked of an earlier revision";
  lua_pushvalue(L, scan->slot + 1);
  directory = du_directory_push(L, scan->store, scan->kind, now);
  lua_replace(L, scan->slot);
  scan->directory = directory;
  scan->last_id = directory->count > 0
                      ? directory->places[directory->count - 1].last_id
                      : 0;
  return directory->damaged ? DAMAGED : NULL;
}

/* The same, and packs first what is worth it. */
static const char *open_directory(DuScan *scan, const DuStore *view,
                                  DuAim aim) {
  lua_State *L = scan->L;
  DuStore *store = scan->store;
  for (bool tried = false;; tried = true) {
    const DuDirectory *directory;
    DuMoment now;
    const char *why = look_up(scan, view, &now);
    if (why != NULL)
      return why;
    directory = scan->directory;
    scan->packs =
        !tried && !store->readonly && store->depth == 0 &&
        store->cursors == NULL &&
        du_columns_behind(L, store, scan->kind, scan->last_id, WORTH_PACKING);
    if (!scan->packs || aim == DU_TO_EXPLAIN)
      return directory->count > 0 ? NULL : "nothing is packed yet";
    du_columns_pack_first(L, store, scan->kind);
  }
}

/* [-0, +1] the columns of the store that the query at index is on */
static void push_columns_of(lua_State *L, int query) {
  lua_getiuservalue(L, query, DU_QUERY_STORE);
  if (lua_getiuservalue(L, -1, DU_STORE_BASE) == LUA_TNIL)
    lua_pop(L, 1); /* it is no view */
  else
    lua_remove(L, -2);
  du_columns_push(L, -1);
  lua_remove(L, -2);
}

/* What a walk begins with. Returns why columns cannot answer, or NULL. */
static const char *start(lua_State *L, DuScan *scan, int query) {
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
  return NULL;
}

static const char *read_asked(DuScan *scan, int query) {
  lua_State *L = scan->L;
  const DuQuery *asked = lua_touserdata(L, query);
  lua_createtable(L, 0, 8);
  lua_replace(L, scan->slot + 2);
  if (asked->plain)
    read_plain_tests(scan, asked);
  else if (!read_listed_tests(scan, query))
    return NOT_TESTED;
  return NULL;
}

/* May least and most tell that a test accepts nothing of a segment? Those of
** all segments have to be read. What was there before the first record of all
** is as likely referred to in one as in another. */
static bool bounds_may_tell(const DuScan *scan, const DuTest *test) {
  const DuDirectory *directory = scan->directory;
  switch (test->op) {
  case DU_TEST_NE:
  case DU_TEST_MISSING:
  case DU_TEST_PRESENT:
    return false;
  default:
    return test->field->type != DU_REFERENCE || !du_test_of_one(test) ||
           (directory->count > 0 &&
            test->operands[0].integer > directory->places[0].first_id);
  }
}

/* How many segments a test can accept something of, as far as least and most
** tell. */
static int count_accepted(const DuScan *scan, const DuTest *test) {
  int count = 0;
  for (int i = 0; i < du_scan_segments(scan); i++)
    count +=
        !test->bounds[i].known || du_test_may_accept(test, &test->bounds[i]);
  return count;
}

/* Reads what is known of the columns that are asked: the months of days where
** more segments are left than it takes to read them. */
static void read_bounds(DuScan *scan) {
  for (int i = 0; i < scan->ntests; i++) {
    DuTest *test = &scan->tests[i];
    if (!bounds_may_tell(scan, test))
      continue;
    test->bounds = du_directory_bounds(scan, test->field);
    if (du_test_of_days(test) && test->bounds != NULL &&
        count_accepted(scan, test) > FEW_SEGMENTS)
      test->months = du_directory_months(scan, test->field);
  }
}

static void make_mask(DuScan *scan) {
  lua_State *L = scan->L;
  scan->mask = lua_newuserdatauv(L, 2 * DU_SEGMENT_ROWS + 8, 0);
  scan->scratch = scan->mask + DU_SEGMENT_ROWS;
  lua_rawseti(L, scan->slot + 2, MASK); /* anchored */
}

const char *du_scan_begin(lua_State *L, DuScan *scan, int query, DuAim aim) {
  const DuQuery *asked = lua_touserdata(L, query);
  const char *why;
  query = lua_absindex(L, query);
  if ((why = start(L, scan, query)) != NULL ||
      (why = open_directory(scan, asked->store, aim)) != NULL ||
      (why = read_asked(scan, query)) != NULL)
    return why;
  read_bounds(scan);
  read_stale(scan);
  make_mask(scan);
  if (stands(L, query) && (why = du_standing_begin(scan, query, aim)) == NULL)
    lua_rawseti(L, scan->slot + 2, STANDING); /* anchored */
  return why;
}

const char *du_scan_again(const DuScan *scan, DuScan *other, int query) {
  lua_State *L = scan->L;
  const char *why;
  *other = *scan;
  other->slot = lua_gettop(L);
  other->ntests = 0;
  if (!lua_istable(L, -1))
    return NOT_TESTED;
  lua_pushvalue(L, scan->slot);
  lua_insert(L, other->slot);
  lua_pushvalue(L, scan->slot + 1);
  lua_insert(L, other->slot + 1);
  lua_pushnil(L);
  lua_insert(L, other->slot + 2);
  lua_pushvalue(L, scan->slot + 4);
  if ((why = read_asked(other, query)) != NULL)
    return why;
  read_bounds(other);
  make_mask(other);
  return NULL;
}

/* -------------------------------------------------- what rows have indexes for
 */

/* What is asked, of those things that matter here. */
enum {
  INDEXED = 1 << 0,   /* a field with an index, or the id, for some values */
  LED = 1 << 1,       /* likewise the field that leads, */
  LEADS = 1 << 2,     /* for one value, */
  FOLLOWS = 1 << 3,   /* and the one that follows */
  OF_RECORDS = 1 << 4 /* the id, by which rows are found at once */
};

static unsigned sort_of(const DuField *field, DuTestOp op, int64_t count) {
  bool one = op == DU_TEST_EQ && count == 1;
  if ((op != DU_TEST_EQ && op != DU_TEST_SET) || field->type == DU_DATE)
    return 0;
  if (field->type == DU_ID)
    return INDEXED | OF_RECORDS;
  return (field->flags & DU_INDEXED ? INDEXED : 0) |
         (field->flags & DU_LEADS ? LED : 0) |
         (one && (field->flags & DU_LEADS) ? LEADS : 0) |
         (one && (field->flags & DU_FOLLOWS) ? FOLLOWS : 0);
}

/* Of a plain query; as below, nothing where a condition is not on a column. */
static unsigned sorts_of_plain(const DuQuery *asked) {
  unsigned sorts = 0;
  for (int i = 0; i < asked->nasked; i++) {
    const DuAsked *one = &asked->asked[i];
    if (!du_column_kept(asked->kind, one->field))
      return 0;
    sorts |= sort_of(one->field, (DuTestOp)one->op, one->count);
  }
  return sorts;
}

static unsigned sorts_of(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  const DuKind *kind = asked->kind;
  unsigned sorts = 0;
  int top = lua_gettop(L);
  if (asked->plain)
    return sorts_of_plain(asked);
  luaL_checkstack(L, 4, NULL);
  if (kind->large &&
      lua_getiuservalue(L, query, DU_QUERY_TESTS) == LUA_TTABLE) {
    lua_Integer length = (lua_Integer)lua_rawlen(L, -1), count;
    for (lua_Integer at = 1; at <= length; at += DU_TEST_VALUES + count) {
      lua_rawgeti(L, top + 1, at + DU_TEST_FIELD);
      lua_rawgeti(L, top + 1, at + DU_TEST_OPERATOR);
      lua_rawgeti(L, top + 1, at + DU_TEST_COUNT);
      count = lua_tointeger(L, -1);
      sorts |= sort_of(&kind->fields[lua_tointeger(L, -3)],
                       (DuTestOp)lua_tointeger(L, -2), count);
      lua_settop(L, top + 1);
    }
  }
  lua_settop(L, top);
  return sorts;
}

bool du_columns_are_slower(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  unsigned sorts = sorts_of(L, query);
  return (sorts & INDEXED) ||
         ((sorts & LED) &&
          du_lead_is_there(L, asked->store->base, asked->kind));
}

void du_rows_first(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  DuStore *store = asked->store->base;
  for (int i = 0; asked->led >> i != 0; i++)
    if (asked->led >> i & 1)
      du_lead_first(L, store, &du_kinds[i]);
}

/* To read a segment's columns and list its rows takes as long as so many
** questions to rows; to list those of all segments, as so many to columns. */
#define WORTH_SEGMENT 12
#define WORTH_ALL 24

/* Are all records in segments, as they are now? */
static bool is_whole(DuScan *scan, const DuMoment *now) {
  static const char changed[] = "SELECT 1 FROM stale WHERE kind = ?1 LIMIT 1";
  lua_State *L = scan->L;
  DuDirectory *directory = scan->directory;
  DuStore *store = scan->store;
  if (!directory->looked || !du_same_moment(&directory->looked_at, now)) {
    directory->whole =
        du_columns_number(L, store->sql, changed, scan->kind) == 0 &&
        !du_columns_behind(L, store, scan->kind, scan->last_id, 0);
    directory->looked = true;
    directory->looked_at = *now;
  }
  return directory->whole;
}

/* Is it asked for what leads and what follows, as lists have them? */
static bool asks_for_pair(lua_State *L, int query) {
  const unsigned pair = LEADS | FOLLOWS;
  return (sorts_of(L, query) & (pair | OF_RECORDS)) == pair;
}

/* Does it ask for days of the kind's own date, from one to another? */
static bool asks_for_days(const DuQuery *asked) {
  const DuKind *kind = asked->kind;
  for (int i = 0; i < asked->nasked; i++) {
    const DuAsked *one = &asked->asked[i];
    if ((one->op == DU_TEST_EQ || one->op == DU_TEST_DURING) &&
        du_field_dates(kind, one->field))
      return true;
  }
  return false;
}

/* Does it pay to list the rows of all segments, now that so many questions
** would have been answered by that? */
static bool is_worth_leading(const DuScan *scan, int64_t questions,
                             bool indexed) {
  const DuDirectory *directory = scan->directory;
  return indexed ? questions / WORTH_SEGMENT > directory->count
                 : questions > WORTH_ALL;
}

/* [-0, +some] What was looked up last of the columns of the kind that the query
** at that index asks for, on top of the stack; NULL where nothing was. It may
** be no more so. */
static const DuDirectory *push_looked_up(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  luaL_checkstack(L, 5, NULL);
  lua_getiuservalue(L, query, DU_QUERY_STORE);
  if (lua_getiuservalue(L, -1, DU_STORE_COLUMNS) == LUA_TTABLE &&
      lua_rawgeti(L, -1, du_kind_number(asked->kind) + 1) == LUA_TUSERDATA)
    return lua_touserdata(L, -1);
  return NULL;
}

/* How many segments that were. */
static int segments_known(lua_State *L, int query) {
  int top = lua_gettop(L);
  const DuDirectory *directory = push_looked_up(L, query);
  int count = directory != NULL ? directory->count : 0;
  lua_settop(L, top);
  return count;
}

/* Are rows to answer still, where they have an index? Then it is one more
** question that they have answered. */
static bool rows_go_on(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  DuStore *store = asked->store;
  int64_t questions = store->column_leads + 1;
  bool go_on = store->column_limit == 0 ||
               questions / WORTH_SEGMENT <= segments_known(L, query);
  if (go_on)
    store->column_leads = questions;
  return go_on;
}

bool du_rows_are_few(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  return asked->plain && asked->store->as_of == DU_NOW &&
         asks_for_days(asked) && asks_for_pair(L, query) &&
         du_lead_is_there(L, asked->store, asked->kind) && rows_go_on(L, query);
}

/* Begins a walk over the rows that what leads has, listed in memory; false
** where rows or columns are to be asked. indexed: they have an index. */
static bool begin_led(lua_State *L, DuScan *scan, int query, bool indexed,
                      DuAim aim) {
  const DuQuery *asked = lua_touserdata(L, query);
  DuStore *store = asked->store->base;
  int64_t questions = store->column_leads + 1;
  const DuLeads *leads;
  DuMoment now;
  if (!asks_for_pair(L, query))
    return false;
  if (aim == DU_TO_READ)
    store->column_leads = questions;
  if (questions <= WORTH_SEGMENT || !du_leads_known(asked->kind) ||
      start(L, scan, query) != NULL ||
      look_up(scan, asked->store, &now) != NULL || scan->last_id == 0 ||
      !is_worth_leading(scan, questions, indexed) || !is_whole(scan, &now) ||
      read_asked(scan, query) != NULL ||
      (leads = du_leads_of(scan, aim)) == NULL || !du_leads_find(scan, leads))
    return false;
  lua_rawseti(L, scan->slot + 2, FOUND); /* anchored */
  scan->led = true;
  return true;
}

bool du_scan_may_be_known(lua_State *L, int query) {
  const DuQuery *asked = lua_touserdata(L, query);
  const DuStore *store = asked->store;
  int top = lua_gettop(L);
  bool known = false;
  if (store->as_of != DU_NOW || store->column_limit == 0 ||
      !asks_for_pair(L, query))
    return false;
  if (push_looked_up(L, query) != NULL) {
    lua_getiuservalue(L, -1, 1);
    known = lua_rawgeti(L, -1, DU_LEADS_KEY) == LUA_TUSERDATA;
  }
  lua_settop(L, top);
  return known;
}

bool du_scan_begin_known(lua_State *L, DuScan *scan, int query,
                         const DuMoment *now, uint32_t most) {
  const DuLeads *leads;
  DuDirectory *directory;
  if (start(L, scan, query) != NULL)
    return false;
  lua_pushvalue(L, scan->slot + 1);
  directory = du_directory_push_known(L, scan->store, scan->kind, now);
  lua_replace(L, scan->slot);
  scan->directory = directory;
  if (directory == NULL || !directory->whole || !directory->looked ||
      !du_same_moment(&directory->looked_at, now) ||
      (leads = du_leads_of(scan, DU_TO_EXPLAIN)) == NULL ||
      read_asked(scan, query) != NULL || !du_leads_find(scan, leads) ||
      scan->nfound > most)
    return false;
  lua_rawseti(L, scan->slot + 2, FOUND); /* anchored */
  scan->led = true;
  scan->store->column_leads++;
  return true;
}

/* The same, or else a walk over all rows where they have no index. */
static const char *begin_led_or_all(lua_State *L, DuScan *scan, int query,
                                    bool indexed, DuAim aim) {
  int top = lua_gettop(L);
  if (begin_led(L, scan, query, indexed, aim))
    return NULL;
  if (indexed)
    return DU_INDEXED_ROWS;
  lua_settop(L, top);
  return du_scan_begin(L, scan, query, aim);
}

const char *du_scan_begin_led(lua_State *L, DuScan *scan, int query,
                              DuAim aim) {
  return begin_led_or_all(L, scan, query, du_columns_are_slower(L, query), aim);
}

/* ---------------------------------------------------------------- a segment */

const DuField *du_id_field(const DuKind *kind) {
  return &kind->fields[du_field_find(kind, "id")];
}

int64_t du_segment_id(const DuSegment *ids, uint32_t row) {
  return ids->form == DU_SEGMENT_FOLLOWING
             ? ids->base + row
             : ids->integers[du_segment_number(ids, (int)row)];
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

/* Takes out the rows that have changed since; false where the column of ids
** cannot be read, or where no row is left. */
static bool drop_stale(DuScan *scan, const DuPlace *place) {
  const DuSegment *ids = NULL;
  for (int64_t i = du_lower_id(scan->stale, scan->nstale, place->first_id);
       i < scan->nstale && scan->stale[i] <= place->last_id; i++) {
    if (ids == NULL)
      ids = du_scan_column(scan, du_id_field(scan->kind));
    if (ids == NULL)
      return false;
    drop_row(scan->mask, ids, scan->stale[i]);
  }
  return ids == NULL || memchr(scan->mask, 1, scan->rows) != NULL;
}

bool du_scan_passes_over(const DuScan *scan, int place) {
  for (int i = 0; i < scan->ntests; i++) {
    const DuTest *test = &scan->tests[i];
    if (test->bounds == NULL || !test->bounds[place].known)
      continue;
    if (!du_test_may_accept(test, &test->bounds[place]) ||
        (test->months != NULL &&
         !du_test_may_meet(test, &test->bounds[place], &test->months[place])))
      return true;
  }
  return false;
}

/* Makes the mask of the segment; false where a column cannot be read, or where
** no row is left. */
static bool find_rows(DuScan *scan, const DuPlace *place) {
  scan->rows = (uint32_t)place->rows;
  if (scan->standing == NULL)
    memset(scan->mask, 1, scan->rows);
  else if (!du_standing_mask(scan->standing, scan->at, scan->mask, scan->rows))
    return false;
  for (int i = 0; i < scan->ntests; i++) {
    const DuTest *test = &scan->tests[i];
    const DuSegment *segment = du_scan_column(scan, test->field);
    if (segment == NULL)
      return false;
    du_test_keep(test, segment, scan->scratch, scan->mask);
    if (memchr(scan->mask, 1, scan->rows) == NULL)
      return false;
  }
  return drop_stale(scan, place);
}

/* Leaves those of the listed rows that are found. What asks for one value comes
** first: it leaves few, and takes little. False as of find_rows. */
static bool pick_rows(DuScan *scan) {
  for (int first = 1; first >= 0; first--)
    for (int i = 0; i < scan->ntests; i++) {
      const DuTest *test = &scan->tests[i];
      const DuSegment *segment;
      if (test->answered || du_test_of_one(test) != (first == 1))
        continue;
      segment = du_scan_column(scan, test->field);
      if (segment == NULL)
        return false;
      scan->npicked = du_test_pick(test, segment, scan->picked, scan->npicked);
      if (scan->npicked == 0)
        return false;
    }
  return true;
}

/* du_scan_next of what was found by what leads. */
static bool next_led(DuScan *scan) {
  const DuDirectory *directory = scan->directory;
  while (scan->why == NULL && scan->next < scan->nfound) {
    scan->at = (int)(scan->found[scan->next] >> DU_ROW_BITS);
    scan->rows = (uint32_t)directory->places[scan->at].rows;
    for (scan->npicked = 0;
         scan->next < scan->nfound &&
         (int)(scan->found[scan->next] >> DU_ROW_BITS) == scan->at;
         scan->next++)
      scan->picked[scan->npicked++] =
          (uint16_t)(scan->found[scan->next] & (DU_SEGMENT_ROWS - 1));
    du_scan_look(scan);
    if (pick_rows(scan))
      return true;
  }
  return false;
}

bool du_scan_at(DuScan *scan, int place) {
  const DuDirectory *directory = scan->directory;
  scan->at = place;
  du_scan_look(scan);
  return !du_scan_passes_over(scan, place) &&
         find_rows(scan, &directory->places[place]);
}

bool du_scan_next(DuScan *scan) {
  if (scan->led)
    return next_led(scan);
  while (scan->why == NULL && scan->at + 1 < du_scan_segments(scan))
    if (du_scan_at(scan, scan->at + 1))
      return true;
  return false;
}

int du_scan_segments(const DuScan *scan) {
  const DuDirectory *directory = scan->directory;
  return directory->count;
}

const DuBounds *du_scan_bounds(DuScan *scan, const DuField *field) {
  return du_directory_bounds(scan, field);
}

void du_scan_rewind(DuScan *scan) {
  scan->at = -1;
  scan->next = 0;
}

void du_scan_look(DuScan *scan) {
  if (!du_sql_goes_on(scan->store->sql, du_clock() - scan->since))
    du_raise_sql(scan->L, scan->store->sql);
}

const DuSegment *du_scan_column(DuScan *scan, const DuField *field) {
  const DuSegment *segment = du_directory_column(scan, field);
  if (segment == NULL)
    scan->why = DAMAGED;
  return segment;
}

int64_t du_scan_before(const DuScan *scan) {
  const DuDirectory *directory = scan->directory;
  return directory->places[scan->at].first_id - 1;
}

bool du_scan_has_all(DuScan *scan) {
  int64_t rest;
  if (scan->standing != NULL) {
    du_standing_rest(scan->standing, &rest);
    return rest == 0;
  }
  return scan->nstale == 0 &&
         !du_columns_behind(scan->L, scan->store, scan->kind, scan->last_id, 0);
}

int64_t du_scan_behind(const DuScan *scan) {
  return scan->standing != NULL ? INT64_MAX : scan->last_id;
}

/* Adds an id to a list in JSON that is begun. */
static void add_id(DuText *ids, int64_t id) {
  du_text_format(ids, "%s%I", ids->length > 1 ? "," : "", id);
}

void du_scan_add_rest(const DuScan *scan, DuText *ids) {
  const int64_t *rest = scan->stale;
  int64_t count = scan->nstale;
  if (scan->standing != NULL)
    rest = du_standing_rest(scan->standing, &count);
  for (int64_t i = 0; i < count; i++)
    add_id(ids, rest[i]);
}

DuStatement *du_scan_start_rest(const DuScan *scan, int query,
                                const char *sql) {
  DuStatement *statement;
  DuText ids;
  du_text_init(scan->L, &ids);
  du_text_puts(&ids, "[");
  du_scan_add_rest(scan, &ids);
  du_text_puts(&ids, "]");
  statement = du_query_start_part(scan->L, query, sql, scan->last_id, ids.bytes,
                                  ids.length);
  lua_pop(scan->L, 1);
  return statement;
}

/* ------------------------------------------------------------ what it costs */

/* The bytes of a field's column in a segment, without reading it. */
static int64_t column_size(DuScan *scan, int field, const DuPlace *place) {
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

static bool has_stale(const DuScan *scan, const DuPlace *place) {
  int64_t at = du_lower_id(scan->stale, scan->nstale, place->first_id);
  return at < scan->nstale && scan->stale[at] <= place->last_id;
}

/* Is the segment read, as far as is known? The segments are asked in their
** order. */
static bool is_read(DuScan *scan, int place) {
  if (!scan->led)
    return !du_scan_passes_over(scan, place) ||
           (scan->standing != NULL && du_standing_reads(scan->standing, place));
  while (scan->next < scan->nfound &&
         (int)(scan->found[scan->next] >> DU_ROW_BITS) < place)
    scan->next++;
  return scan->next < scan->nfound &&
         (int)(scan->found[scan->next] >> DU_ROW_BITS) == place;
}

uint64_t du_scan_fields(const DuScan *scan) {
  uint64_t fields =
      scan->standing != NULL ? du_standing_fields(scan->standing) : 0;
  for (int i = 0; i < scan->ntests; i++)
    fields |= (uint64_t)1 << (scan->tests[i].field - scan->kind->fields);
  return fields;
}

DuScanCost du_scan_cost(DuScan *scan, const unsigned char *fields, int count) {
  const DuDirectory *directory = scan->directory;
  DuScanCost cost = {0};
  uint64_t asked = du_scan_fields(scan), ids = 0;
  for (int i = 0; i < count; i++)
    asked |= (uint64_t)1 << fields[i];
  ids = (uint64_t)1 << (du_id_field(scan->kind) - scan->kind->fields);
  cost.segments = directory->count;
  for (int at = 0; at < directory->count; at++) {
    const DuPlace *place = &directory->places[at];
    uint64_t needed = asked | (has_stale(scan, place) ? ids : 0);
    if (!is_read(scan, at)) {
      cost.skipped++;
      continue;
    }
    for (int field = 0; field < scan->kind->nfields; field++)
      if (needed >> field & 1) {
        int64_t size = column_size(scan, field, place);
        cost.bytes += size;
        cost.cached += du_directory_has(scan, field, place) ? size : 0;
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

/* ----------------------------------------------------------- count and find */

/* The records that are in no segment, or have changed since. */
static int64_t count_rest(lua_State *L, DuScan *scan, int query) {
  DuText ids;
  DuStatement *statement;
  DuStatus status;
  int64_t count = 0;
  if (du_scan_has_all(scan)) /* cheaper to know than what is found of none */
    return 0;
  du_text_init(L, &ids);
  du_text_puts(&ids, "[");
  du_scan_add_rest(scan, &ids);
  du_text_puts(&ids, "]");
  statement = du_query_start_rest(L, query, "t.id", false, du_scan_behind(scan),
                                  ids.bytes, ids.length);
  while ((status = du_sql_step(statement)) == DU_ROW)
    count++;
  du_finish(L, scan->store->sql, statement, status);
  lua_pop(L, 1);
  return count;
}

/* So many records are found faster by reading all rows. */
#define MANY_FOUND 50000

/* Adds the ids of the segment's rows that are found; returns how many. */
static int64_t add_found(DuScan *scan, DuText *ids) {
  const DuSegment *column = du_scan_column(scan, du_id_field(scan->kind));
  int64_t count = 0;
  if (column == NULL)
    return 0;
  for (uint32_t i = 0; scan->led && i < scan->npicked; i++, count++)
    add_id(ids, du_segment_id(column, scan->picked[i]));
  for (uint32_t row = 0; !scan->led && row < scan->rows; row++)
    if (scan->mask[row]) {
      add_id(ids, du_segment_id(column, row));
      count++;
    }
  return count;
}

const char *du_scan_begin_find(lua_State *L, DuScan *scan, int query,
                               DuAim aim) {
  const char *why;
  if (stands(L, query))
    return "a record stands for others";
  if (du_columns_are_slower(L, query))
    return DU_INDEXED_ROWS;
  if (du_foremost_asked(lua_touserdata(L, query)))
    return du_scan_begin(L, scan, query, aim);
  why = begin_led_or_all(L, scan, query, false, aim);
  if (why == NULL && scan->ntests == 0)
    why = "all records are asked for";
  return why;
}

/* Adds the ids of what is found to the list: as many as the query can let
** through, where it has no order but that of the scan. False where they are too
** many, or a column is damaged. */
static bool add_all_found(lua_State *L, int query, DuScan *scan, DuText *ids) {
  const DuQuery *asked = lua_touserdata(L, query);
  int64_t most = MANY_FOUND + 1, wanted = du_query_wanted(asked), count = 0;
  if (du_foremost_asked(asked))
    return du_foremost_find(scan, asked, ids);
  if (wanted >= 0 && lua_getiuservalue(L, query, DU_QUERY_ORDER) == LUA_TNIL)
    most = wanted;
  lua_settop(L, ids->slot);
  while (count < most && du_scan_next(scan))
    count += add_found(scan, ids);
  return scan->why == NULL && (count <= MANY_FOUND || most <= MANY_FOUND);
}

bool du_columns_find(lua_State *L, int query, int64_t *behind) {
  DuScan scan;
  DuText ids;
  bool found;
  int top = lua_gettop(L);
  query = lua_absindex(L, query);
  if (du_scan_begin_find(L, &scan, query, DU_TO_READ) != NULL) {
    lua_settop(L, top);
    du_rows_first(L, query);
    return false;
  }
  du_text_init(L, &ids);
  du_text_puts(&ids, "[");
  found = add_all_found(L, query, &scan, &ids);
  du_scan_add_rest(&scan, &ids);
  du_text_puts(&ids, "]");
  if (!found) {
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
    du_rows_first(L, query);
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

bool du_columns_any(lua_State *L, int query, bool *any) {
  DuScan scan;
  int top = lua_gettop(L);
  query = lua_absindex(L, query);
  if ((du_columns_are_slower(L, query) && !stands(L, query)) ||
      du_scan_begin_count(L, &scan, query, DU_TO_READ) != NULL) {
    lua_settop(L, top);
    du_rows_first(L, query);
    return false;
  }
  *any = du_scan_next(&scan) ||
         (scan.why == NULL && count_rest(L, &scan, query) > 0);
  lua_settop(L, top);
  return scan.why == NULL;
}
