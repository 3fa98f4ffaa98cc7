/*
** tally_axes.c - the values of keys, in the order in which they are met: each
** has a place on its axis.
*/
#include <string.h>

#include "edtf.h"
#include "elements.h"
#include "tally.h"

/* --------------------------------------------------------------------- axes */

/* The buckets of a date; false where it has no bounds, or more buckets than
** are told apart. */
static bool buckets_of(DuBucket bucket, const DuSegment *segment,
                       uint32_t value, int *first, int *last) {
  const int32_t *days = &segment->days[2 * (size_t)value];
  int from = days[0], to = days[1];
  if (from == DU_EDTF_NO_FIRST || to == DU_EDTF_NO_LAST)
    return false;
  *first = du_bucket_of(bucket, from);
  *last = du_bucket_of(bucket, to);
  return *last - *first + 1 <= MOST_BUCKETS;
}

static bool is_whole(const Axis *axis) {
  return axis->bucket != DU_BUCKETS ||
         (axis->path->length == 1 &&
          (axis->field->type == DU_INTEGER || axis->field->type == DU_BOOLEAN ||
           axis->field->targets != 0 || axis->field->type == DU_ID));
}

/* [-0, +1] what a reference leads to, for a path of several steps; nil where it
** leads nowhere */
static void push_led_to(Tallying *t, const Path *path, int64_t id) {
  lua_State *L = t->L;
  Grouping *g = t->g;
  DuText sql;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &sql);
  du_text_puts(&sql, "SELECT ");
  du_add_path(g, &sql, path, 1, VALUE);
  du_text_puts(&sql, " FROM ");
  du_text_view(&sql, g->store, path->kinds[1]);
  du_text_puts(&sql, " r1 WHERE r1.id = ?2");
  statement = du_text_prepare(&sql, t->scan.store->sql);
  if (g->store->as_of != DU_NOW)
    du_sql_bind_integer(statement, 1, g->store->as_of);
  du_sql_bind_integer(statement, 2, id);
  status = du_sql_step(statement);
  if (status == DU_ROW && du_sql_type(statement, 0) != DU_NULL_COLUMN) {
    du_value_push_stored(L, statement, 0);
    du_present(g, du_last_step(path));
  } else {
    lua_pushnil(L);
  }
  du_finish(L, t->scan.store->sql, statement, status);
  lua_remove(L, sql.slot);
}

/* [-0, +1] a number or text of a segment; integers are whole */
static void push_seen(lua_State *L, const DuSegment *segment, uint32_t value) {
  if (segment->type == DU_SEGMENT_NUMBERS)
    lua_pushnumber(L, segment->numbers[value]);
  else
    lua_pushlstring(L, segment->texts + segment->offsets[value],
                    segment->offsets[value + 1] - segment->offsets[value]);
}

/* The place of the value on top of the stack, which is popped, as it is
** seen. */
static uint32_t place_seen(Tallying *t, Axis *axis) {
  lua_State *L = t->L;
  uint32_t place;
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return NO_VALUE;
  }
  lua_pushvalue(L, -1);
  if (lua_rawget(L, axis->known) != LUA_TNIL) {
    place = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return place;
  }
  lua_pop(L, 1);
  place = axis->places++;
  lua_pushvalue(L, -1);
  lua_pushinteger(L, place);
  lua_rawset(L, axis->known);
  lua_rawseti(L, axis->list, (lua_Integer)(place - PLACES) + 1);
  return place;
}

/* The place of what a reference leads to: asked of the rows once. */
static uint32_t place_led_to(Tallying *t, Axis *axis, int64_t id) {
  lua_State *L = t->L;
  uint32_t place;
  /* ids have a table of their own: led-to values may be numbers, too */
  lua_rawgetp(L, axis->known, axis);
  if (lua_rawgeti(L, -1, id) == LUA_TNUMBER) {
    place = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return place;
  }
  lua_pop(L, 1);
  push_led_to(t, axis->path, id);
  place = place_seen(t, axis);
  lua_pushinteger(L, place);
  lua_rawseti(L, -2, id);
  lua_pop(L, 1);
  return place;
}

static uint32_t place_whole(Axis *axis, int64_t value) {
  uint32_t place = du_number_met(&axis->met, value) + PLACES;
  axis->places = axis->met.count + PLACES;
  return place;
}

/* The place of an element. One that is not of the field's type is another
** program's: how it is seen is left to rows. */
static uint32_t place_element(Tallying *t, Axis *axis,
                              const DuElement *element) {
  luaL_Buffer text;
  if (element->is_text == (axis->field->targets != 0))
    return ODD;
  if (axis->path->length > 1)
    return place_led_to(t, axis, element->integer);
  if (!element->is_text)
    return place_whole(axis, element->integer);
  luaL_buffinitsize(t->L, &text, element->length);
  luaL_pushresultsize(&text, du_element_text(element, luaL_buffaddr(&text)));
  return place_seen(t, axis);
}

/* A value has more places than this only where rows tell of it: each element
** of a list is compared with all before it. */
#define MOST_ELEMENTS 64

/* A date's buckets, and the places of a segment's values on one axis; likewise.
 */
#define MOST_SPREAD 4096
#define MOST_LISTED ((size_t)1 << 18)

static size_t count_listed(const Axis *axis) {
  return axis->listed.length / sizeof(uint32_t);
}

static void list_place(Axis *axis, uint32_t place) {
  du_text_add(&axis->listed, (const char *)&place, sizeof place);
}

/* The place that stands for those that are listed from `start` on. */
static uint32_t place_listed(Axis *axis, size_t start) {
  uint32_t ends[2] = {(uint32_t)start, (uint32_t)count_listed(axis)};
  uint32_t number = (uint32_t)(axis->lists.length / sizeof ends);
  du_text_add(&axis->lists, (const char *)ends, sizeof ends);
  return SEVERAL + number;
}

/* Lists the place of a list's element, unless it is there already. */
static void list_element(Axis *axis, size_t start, uint32_t place) {
  const uint32_t *listed = (const uint32_t *)(const void *)axis->listed.bytes;
  for (size_t i = start; i < count_listed(axis); i++)
    if (listed[i] == place)
      return;
  list_place(axis, place);
}

/* The place of a list, or of what it has several of. */
static uint32_t place_list(Tallying *t, Axis *axis, const DuSegment *segment,
                           uint32_t value) {
  uint32_t offset = segment->offsets[value], place;
  size_t start = count_listed(axis), count;
  DuElements elements = du_elements(segment->texts + offset,
                                    segment->offsets[value + 1] - offset);
  DuElement element;
  while (du_elements_next(&elements, &element)) {
    place = place_element(t, axis, &element);
    if (place == ODD || count_listed(axis) - start == MOST_ELEMENTS ||
        start > MOST_LISTED) {
      axis->listed.length = start * sizeof place;
      return ODD;
    }
    if (place != NO_VALUE)
      list_element(axis, start, place);
  }
  count = count_listed(axis) - start;
  if (count > 1)
    return place_listed(axis, start);
  place = count == 0
              ? NO_VALUE
              : ((const uint32_t *)(const void *)axis->listed.bytes)[start];
  axis->listed.length = start * sizeof place;
  return place;
}

/* The place of a date that lies in these buckets. */
static uint32_t place_buckets(Axis *axis, int first, int last) {
  size_t start = count_listed(axis);
  if (first == last)
    return place_whole(axis, first);
  if (last - first >= MOST_SPREAD || start > MOST_LISTED)
    return ODD;
  for (int bucket = first; bucket <= last; bucket++)
    list_place(axis, place_whole(axis, bucket));
  return place_listed(axis, start);
}

static uint32_t place_of(Tallying *t, Axis *axis, const DuSegment *segment,
                         uint32_t value) {
  int first, last;
  if (axis->bucket != DU_BUCKETS) {
    if (!buckets_of(axis->bucket, segment, value, &first, &last)) {
      axis->sure[value] = 0;
      return NO_BOUNDS;
    }
    axis->sure[value] = first == last && du_segment_certain(segment, value);
    return place_buckets(axis, first, last);
  }
  if (axis->field->flags & DU_LIST)
    return place_list(t, axis, segment, value);
  if (axis->whole)
    return place_whole(axis, segment->integers[value]);
  if (axis->path->length > 1)
    return place_led_to(t, axis, segment->integers[value]);
  push_seen(t->L, segment, value);
  return place_seen(t, axis);
}

const uint16_t *du_row_numbers(const Tallying *t, Axis *axis) {
  const DuSegment *segment = axis->column;
  uint16_t *numbers = axis->row_numbers;
  bool all = t->found == segment->rows && !t->listed;
  if (all && segment->form == DU_SEGMENT_WORDS)
    return segment->words;
  if (axis->numbered)
    return numbers;
  axis->numbered = true;
  if (all)
    du_segment_numbers(segment, numbers);
  else if (segment->form == DU_SEGMENT_BYTES)
    for (uint32_t i = 0; i < t->found; i++)
      numbers[i] = segment->bytes[t->rows[i]];
  else if (segment->form == DU_SEGMENT_WORDS)
    for (uint32_t i = 0; i < t->found; i++)
      numbers[i] = segment->words[t->rows[i]];
  else
    memset(numbers, 0, t->found * sizeof *numbers);
  return numbers;
}

/* Finds the place of a value of the segment. */
static void place_value(Tallying *t, Axis *axis, uint32_t value) {
  axis->sure[value] = 1;
  axis->table[value] = place_of(t, axis, axis->column, value);
  if (axis->table[value] >= SEVERAL)
    axis->several = true;
  else
    axis->doubtful = axis->doubtful || !axis->sure[value];
}

/* Finds the places of all values where they are what is shown: of many, since
** nothing else is asked of each. */
static void place_integers(Axis *axis) {
  const int64_t *integers = axis->column->integers;
  uint32_t values = axis->column->values;
  memset(axis->sure, 1, values);
  for (uint32_t i = 0; i < values; i++)
    axis->table[i] = du_number_met(&axis->met, integers[i]) + PLACES;
  axis->places = axis->met.count + PLACES;
}

void du_place_values(Tallying *t, Axis *axis) {
  uint32_t values = axis->column->values;
  axis->doubtful = axis->several = false;
  axis->numbered = false;
  axis->listed.length = axis->lists.length = 0;
  if (values <= t->found && axis->whole &&
      axis->column->type == DU_SEGMENT_INTEGERS) {
    place_integers(axis);
  } else if (values <= t->found) {
    for (uint32_t i = 0; i < values; i++)
      place_value(t, axis, i);
  } else {
    for (uint32_t i = 0; i < values; i++)
      axis->table[i] = UNKNOWN;
    const uint16_t *numbers = du_row_numbers(t, axis);
    for (uint32_t i = 0; i < t->found; i++)
      if (numbers[i] < values && axis->table[numbers[i]] == UNKNOWN)
        place_value(t, axis, numbers[i]);
  }
  axis->table[values] = NO_VALUE;
  axis->sure[values] = 1;
}

/* [-0, +1] what an integer of an axis is shown as */
static void push_whole(Tallying *t, const Axis *axis, int64_t value) {
  if (axis->bucket != DU_BUCKETS) {
    du_push_bucket(t->L, axis->bucket, (int)value);
  } else {
    lua_pushinteger(t->L, value);
    du_present(t->g, axis->field);
  }
}

void du_push_placed(Tallying *t, const Axis *axis, uint32_t place) {
  lua_State *L = t->L;
  lua_Integer number = (lua_Integer)(place - PLACES);
  if (lua_rawgeti(L, axis->list, number + 1) != LUA_TNIL || !axis->whole)
    return;
  lua_pop(L, 1); /* it is made when it is first asked for */
  push_whole(t, axis, du_values_met(&axis->met)[number]);
  lua_pushvalue(L, -1);
  lua_rawseti(L, axis->list, number + 1);
}

void du_push_place(Tallying *t, const Axis *axis, uint32_t place) {
  if (place == NO_VALUE)
    lua_pushnil(t->L);
  else if (place == NO_BOUNDS)
    lua_pushstring(t->L, du_unbounded);
  else
    du_push_placed(t, axis, place);
}

void du_add_place(Tallying *t, const Axis *axis, uint32_t place) {
  if (place == NO_VALUE) {
    du_add_tag(t->g, MISSING);
  } else if (place == NO_BOUNDS) {
    du_add_tag(t->g, UNBOUNDED);
  } else if (axis->bucket != DU_BUCKETS) {
    du_add_tag(t->g, NUMBERED);
    du_add_bits(t->g, (uint64_t)du_values_met(&axis->met)[place - PLACES]);
  } else {
    du_add_value(t->g);
  }
}

void du_begin_axis(Tallying *t, const Path *path, DuBucket bucket) {
  lua_State *L = t->L;
  Axis *axis = &t->axes[t->naxes++];
  axis->path = path;
  axis->bucket = bucket;
  axis->field = path->steps[0];
  axis->whole = is_whole(axis);
  axis->places = PLACES;
  du_begin_met(L, &axis->met);
  du_text_init(L, &axis->listed);
  du_text_init(L, &axis->lists);
  lua_newtable(L);
  axis->list = lua_gettop(L);
  lua_newtable(L);
  axis->known = lua_gettop(L);
  lua_newtable(L);
  lua_rawsetp(L, axis->known, axis);
}
