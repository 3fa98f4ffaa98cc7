/*
** check_columns.c - what columns have, held against the rows that they were
** made of: every value of every segment, its bounds, and that each record which
** a segment has otherwise is noted as changed.
**
** Of one column of a segment there is one finding, however many values differ.
*/
#include "check.h"

#include <string.h>

#include "columns.h"
#include "months.h"

/* Records of a segment that are not as they should be. */
typedef struct Odd {
  int64_t first, last; /* their ids */
  int64_t count;
} Odd;

/* One field of a segment. */
typedef struct Strip {
  const DuField *field;
  DuSegment segment;
  bool there; /* its column could be read */
  Odd odd;
} Strip;

/* A segment, and the rows of its kind from behind the segment before it, whose
** last id is `behind`, to its last id. */
typedef struct Walk {
  Check *check;
  const DuKind *kind;
  Strip strips[64];
  int count;
  int anchors; /* stack index: what the segments of strips are read from */
  bool older;  /* the file is of a version that had fewer columns */
  int64_t behind, number, first_id, last_id, rows;
  Odd absent, surplus; /* records that it lacks, or has and should not */
} Walk;

/* ----------------------------------------------------------------- findings */

static void note(Odd *odd, int64_t id) {
  if (odd->count == 0)
    odd->first = id;
  odd->last = id;
  odd->count++;
}

/* One finding for all of them. */
static void tell(Walk *walk, const Odd *odd, const char *field,
                 const char *problem) {
  lua_State *L = walk->check->L;
  if (odd->count == 0)
    return;
  if (odd->count == 1)
    lua_pushstring(L, problem);
  else
    lua_pushfstring(L, "%s, and so it is with %I more, up to the id %I",
                    problem, (LUAI_UACINT)(odd->count - 1),
                    (LUAI_UACINT)odd->last);
  du_add_finding(walk->check, walk->kind, odd->first, field);
}

/* A finding on the whole segment. */
static void tell_of_segment(Walk *walk, const char *field,
                            const char *problem) {
  lua_pushfstring(walk->check->L, "%s, of the segment with the ids %I to %I",
                  problem, (LUAI_UACINT)walk->first_id,
                  (LUAI_UACINT)walk->last_id);
  du_add_finding(walk->check, walk->kind, 0, field);
}

/* ------------------------------------------------------------------ columns */

/* Are a column's bounds as the row of its table has them? */
static bool has_bounds(const DuSegment *segment, DuStatement *row) {
  int64_t least, most;
  if (!du_segment_bounds(segment, &least, &most))
    return du_sql_type(row, 1) == DU_NULL_COLUMN &&
           du_sql_type(row, 2) == DU_NULL_COLUMN;
  return du_sql_type(row, 1) == DU_INTEGER_COLUMN &&
         du_sql_integer(row, 1) == least &&
         du_sql_type(row, 2) == DU_INTEGER_COLUMN &&
         du_sql_integer(row, 2) == most;
}

/* Reads the column in the current row, into memory of its own. */
static void read_strip(Walk *walk, Strip *strip, DuStatement *row) {
  lua_State *L = walk->check->L;
  size_t size;
  const void *bytes = du_sql_blob(row, 0, &size);
  void *room = lua_newuserdatauv(L, du_segment_room(bytes, size) + 1, 0);
  lua_rawseti(L, walk->anchors, (lua_Integer)lua_rawlen(L, walk->anchors) + 1);
  strip->there = du_segment_read(bytes, size, room, &strip->segment) &&
                 strip->segment.rows == walk->rows &&
                 strip->segment.type == du_column_type(strip->field);
  if (!strip->there)
    tell_of_segment(walk, strip->field->name, "a column is damaged");
  else if (!has_bounds(&strip->segment, row))
    tell_of_segment(walk, strip->field->name,
                    "a column's least and most are not those of its values");
}

/* Holds the months of the kind's own date, where there are any, against its
** column's. */
static void check_months(Walk *walk, const Strip *strip) {
  static const char text[] =
      "SELECT bytes FROM columns WHERE kind = ?1 AND field = ?2 || '.months' "
      "AND number = ?3";
  Check *check = walk->check;
  const char *name = strip->field->name;
  unsigned char months[DU_MONTHS_ROOM];
  size_t size, length;
  DuStatement *row;
  DuStatus status;
  const void *bytes;
  if (!strip->there || !du_field_dates(walk->kind, strip->field))
    return;
  size = du_segment_months(&strip->segment, months);
  row = du_prepare(check->L, check->sql, text);
  du_sql_bind_text(row, 1, walk->kind->name, strlen(walk->kind->name));
  du_sql_bind_text(row, 2, name, strlen(name));
  du_sql_bind_integer(row, 3, walk->number);
  status = du_sql_step(row);
  bytes = status == DU_ROW ? du_sql_blob(row, 0, &length) : NULL;
  if (status == DU_ROW &&
      (length != size || (size > 0 && memcmp(bytes, months, size) != 0)))
    tell_of_segment(walk, name, "a column's months are not those of its dates");
  du_finish(check->L, check->sql, row, status);
}

static void read_strips(Walk *walk) {
  static const char text[] =
      "SELECT bytes, least, most FROM columns WHERE kind = ?1 AND field = ?2 "
      "AND number = ?3";
  Check *check = walk->check;
  for (int i = 0; i < walk->count; i++) {
    Strip *strip = &walk->strips[i];
    DuStatement *row = du_prepare(check->L, check->sql, text);
    DuStatus status;
    memset(&strip->odd, 0, sizeof strip->odd);
    strip->there = false;
    du_sql_bind_text(row, 1, walk->kind->name, strlen(walk->kind->name));
    du_sql_bind_text(row, 2, strip->field->name, strlen(strip->field->name));
    du_sql_bind_integer(row, 3, walk->number);
    status = du_sql_step(row);
    if (status == DU_ROW)
      read_strip(walk, strip, row);
    else if (status == DU_DONE && !walk->older)
      tell_of_segment(walk, strip->field->name, "a column is missing");
    du_finish(check->L, check->sql, row, status);
    check_months(walk, strip);
  }
}

/* ---------------------------------------------------------------- comparing */

static bool same_text(const DuSegment *segment, uint32_t value,
                      DuStatement *row, int column) {
  size_t length;
  const char *text = du_sql_text(row, column, &length);
  uint32_t offset = segment->offsets[value];
  return segment->offsets[value + 1] - offset == length &&
         memcmp(segment->texts + offset, text, length) == 0;
}

static bool same_number(double a, double b) {
  return !(a < b) && !(a > b);
}

/* Has the segment's row the value in the column of the statement's? */
static bool same_value(const DuSegment *segment, uint32_t number,
                       DuStatement *row, int column) {
  bool missing = du_sql_type(row, column) == DU_NULL_COLUMN;
  const int32_t *days;
  uint32_t value;
  if (segment->form == DU_SEGMENT_FOLLOWING)
    return !missing && segment->base + number == du_sql_integer(row, column);
  if (segment->form == DU_SEGMENT_PLAIN) {
    double plain = segment->numbers[number];
    return missing ? !(plain >= plain)
                   : same_number(plain, du_sql_number(row, column)) &&
                         plain >= plain;
  }
  value = du_segment_number(segment, (int)number);
  if (missing || value == segment->values)
    return missing && value == segment->values;
  switch (segment->type) {
  case DU_SEGMENT_INTEGERS:
    return segment->integers[value] == du_sql_integer(row, column);
  case DU_SEGMENT_NUMBERS:
    return same_number(segment->numbers[value], du_sql_number(row, column));
  case DU_SEGMENT_DATES:
    days = &segment->days[2 * (size_t)value];
    return days[0] == du_sql_integer(row, column + 1) &&
           days[1] == du_sql_integer(row, column + 2) &&
           same_text(segment, value, row, column);
  default:
    return same_text(segment, value, row, column);
  }
}

static bool is_stale(Walk *walk, int64_t id) {
  Check *check = walk->check;
  DuStatement *statement = du_prepare(
      check->L, check->sql, "SELECT 1 FROM stale WHERE kind = ?1 AND id = ?2");
  DuStatus status;
  du_sql_bind_text(statement, 1, walk->kind->name, strlen(walk->kind->name));
  du_sql_bind_integer(statement, 2, id);
  status = du_sql_step(statement);
  du_finish(check->L, check->sql, statement, status);
  return status == DU_ROW;
}

static void compare_row(Walk *walk, uint32_t number, DuStatement *row) {
  int64_t id = du_sql_integer(row, 0);
  int column = 0;
  bool asked = false;
  for (int i = 0; i < walk->count; i++) {
    Strip *strip = &walk->strips[i];
    if (strip->there && !same_value(&strip->segment, number, row, column)) {
      if (!asked && is_stale(walk, id))
        return; /* that it has changed is known */
      asked = true;
      note(&strip->odd, id);
    }
    column += strip->field->type == DU_DATE ? 3 : 1;
  }
}

/* The statement of the rows that the segment should have. */
static DuStatement *select_rows(Walk *walk) {
  lua_State *L = walk->check->L;
  DuText text;
  DuStatement *statement;
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT ");
  du_add_column_names(&text, walk->kind, false);
  du_text_format(&text,
                 " FROM %q WHERE id > ?1 AND id <= ?2 AND retracted IS NULL "
                 "ORDER BY id",
                 walk->kind->name);
  statement = du_text_prepare(&text, walk->check->sql);
  lua_pop(L, 1);
  du_sql_bind_integer(statement, 1, walk->behind);
  du_sql_bind_integer(statement, 2, walk->last_id);
  return statement;
}

static void note_unless_stale(Walk *walk, Odd *odd, int64_t id) {
  if (!is_stale(walk, id))
    note(odd, id);
}

/* Both are in the order of ids. */
static void compare_rows(Walk *walk) {
  Check *check = walk->check;
  const DuSegment *ids = &walk->strips[0].segment;
  DuStatement *row = select_rows(walk);
  DuStatus status;
  uint32_t number = 0;
  while ((status = du_sql_step(row)) == DU_ROW) {
    int64_t id = du_sql_integer(row, 0);
    while (number < ids->rows && du_segment_id(ids, number) < id)
      note_unless_stale(walk, &walk->surplus, du_segment_id(ids, number++));
    if (number < ids->rows && du_segment_id(ids, number) == id)
      compare_row(walk, number++, row);
    else
      note_unless_stale(walk, &walk->absent, id);
  }
  while (status == DU_DONE && number < ids->rows)
    note_unless_stale(walk, &walk->surplus, du_segment_id(ids, number++));
  du_finish(check->L, check->sql, row, status);
}

/* Do the ids rise, from the segment's first to its last? */
static bool has_ids(const Walk *walk) {
  const DuSegment *ids = &walk->strips[0].segment;
  bool rise = true;
  for (uint32_t row = 1; row < ids->rows; row++)
    rise = rise && du_segment_id(ids, row - 1) < du_segment_id(ids, row);
  return rise && du_segment_id(ids, 0) == walk->first_id &&
         du_segment_id(ids, ids->rows - 1) == walk->last_id;
}

static void check_segment(Walk *walk) {
  memset(&walk->absent, 0, sizeof walk->absent);
  memset(&walk->surplus, 0, sizeof walk->surplus);
  read_strips(walk);
  if (!walk->strips[0].there)
    return;
  if (!has_ids(walk)) {
    tell_of_segment(walk, "id", "a column has other ids than it should");
    return;
  }
  compare_rows(walk);
  for (int i = 0; i < walk->count; i++)
    tell(walk, &walk->strips[i].odd, walk->strips[i].field->name,
         "its column has another value");
  tell(walk, &walk->absent, NULL, "it is missing from the columns");
  tell(walk, &walk->surplus, NULL,
       "the columns have it, and there is no such record");
}

/* ----------------------------------------------------------------- segments */

static void check_kind(Check *check, const DuKind *kind) {
  static const char text[] =
      "SELECT number, first_id, last_id, rows FROM segments WHERE kind = ?1 "
      "ORDER BY first_id";
  lua_State *L = check->L;
  DuStatement *row = du_prepare(L, check->sql, text);
  DuStatus status;
  Walk walk;
  int64_t version;
  if (!du_sql_number_of(check->sql, "PRAGMA user_version", &version))
    du_raise_sql(L, check->sql);
  memset(&walk, 0, sizeof walk);
  walk.check = check;
  walk.kind = kind;
  walk.older = version < du_kinds_version();
  for (int i = 0; i < kind->nfields; i++)
    if (du_column_kept(kind, &kind->fields[i]))
      walk.strips[walk.count++].field = &kind->fields[i];
  lua_pushnil(L);
  walk.anchors = lua_gettop(L);
  du_sql_bind_text(row, 1, kind->name, strlen(kind->name));
  while ((status = du_sql_step(row)) == DU_ROW) {
    lua_newtable(L);
    lua_replace(L, walk.anchors);
    walk.number = du_sql_integer(row, 0);
    walk.first_id = du_sql_integer(row, 1);
    walk.last_id = du_sql_integer(row, 2);
    walk.rows = du_sql_integer(row, 3);
    if (!du_segment_likely(walk.number, walk.first_id, walk.last_id, walk.rows,
                           walk.behind))
      tell_of_segment(&walk, NULL, "it says what cannot be");
    else
      check_segment(&walk);
    walk.behind = walk.last_id;
  }
  du_finish(L, check->sql, row, status);
  lua_pop(L, 1);
}

/* What is changed and noted must be a record. */
static void check_stale(Check *check, DuText *text, const DuKind *kind) {
  du_text_format(text,
                 "SELECT id, NULL FROM stale s WHERE s.kind = '%s' AND NOT "
                 "EXISTS (SELECT 1 FROM %q t WHERE t.id = s.id)",
                 kind->name, kind->name);
  du_find(check, text, kind, NULL,
          "it is noted as changed, and there is no such record");
}

/* ` kind NOT IN (those that have columns)` */
static void add_other_kind(DuText *text) {
  du_text_puts(text, " kind NOT IN (''");
  for (int i = 0; i < DU_KINDS; i++)
    if (du_kinds[i].large)
      du_text_format(text, ", '%s'", du_kinds[i].name);
  du_text_puts(text, ")");
}

static void check_strays(Check *check, DuText *text) {
  du_text_puts(text, "SELECT 0, c.kind || '.' || c.field FROM columns c WHERE "
                     "NOT EXISTS (SELECT 1 FROM segments s WHERE s.number = "
                     "c.number AND s.kind = c.kind)");
  du_find(check, text, NULL, NULL, "a column belongs to no segment");
  du_text_puts(text, "SELECT DISTINCT 0, kind FROM segments WHERE");
  add_other_kind(text);
  du_text_puts(text, " UNION SELECT DISTINCT 0, kind FROM stale WHERE");
  add_other_kind(text);
  du_find(check, text, NULL, NULL, "this kind has no columns");
  du_text_puts(text, "SELECT 0, max(number) FROM segments HAVING max(number) > "
                     "coalesce((SELECT seq FROM sqlite_sequence WHERE name = "
                     "'segments'), 0)");
  du_find(check, text, NULL, NULL,
          "the number of this segment may be given again");
}

/* Of a kind, or of what belongs to none. */
void du_check_columns(Check *check, DuText *text, const DuKind *kind) {
  if (!du_columns_exist(check->L, check->sql))
    return;
  luaL_checkstack(check->L, 20, NULL);
  if (kind == NULL) {
    check_strays(check, text);
    return;
  }
  check_kind(check, kind);
  check_stale(check, text, kind);
}
