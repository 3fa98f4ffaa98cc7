/*
** standing.c - of the records that agree in some fields the first alone, found
** in columns: what once.c asks of SQLite.
**
** The values of a field are numbered as they are met, in all segments alike;
** the numbers of a row's values are its key, one integer. Rows are walked in
** the order of ids, and one whose key no other has had stands: it is noted as a
** bit. Records that are in no segment, or have changed since, are read as rows
** first, and have their turn by their ids.
**
** The keys that were met take no more memory than columns may (some 48 bytes
** each, and the values of a field 40): where there are too many of them, the
** rows are walked several times, each time for some of the keys. The bits are
** kept until something is written, since whoever asks one thing of such records
** mostly asks more.
*/
#include "directory.h"

#include <string.h>

#include "met.h"

/* What of a key means that its record agrees with none; and that it is one, so
** that no key is 0. The other bits are for numbers of values. */
#define ALONE ((uint64_t)1 << 63)
#define TAKEN ((uint64_t)1 << 62)
#define MOST_BITS 62

/* The number of what is missing, where those that lack it agree. */
#define LACKING 0

/* The bytes for each value that is numbered, about. */
#define MET_BY_VALUE 40

/* The rows are walked so many times at most. */
#define MOST_WALKS 64

/* The bytes for each key that was met, at most: half the slots are free, and
** when they are doubled there are the old ones, too. */
#define TAKEN_BY_KEY 48

#define BYTES_OF_BITS ((size_t)DU_SEGMENT_ROWS / 8)

/* A field in which records agree. */
typedef struct Key {
  const DuField *field;
  bool day; /* the day that its date certainly is */
  bool may_lack;
  Met met;        /* its integers, days, or bits of numbers; */
  int known;      /* stack index: its texts, with their numbers */
  uint32_t count; /* of the numbers */
  unsigned shift; /* of a number in the key of a row */
} Key;

/* The keys that were met. */
typedef struct Taken {
  int index;       /* of the slots on the stack */
  uint64_t *slots; /* keys; 0: free */
  size_t nslots;   /* a power of two */
  size_t count;
} Taken;

struct DuStanding {
  DuMoment moment; /* when it was found */
  size_t bytes;
  uint64_t fields; /* whose columns are read for it: a bit for each */
  int64_t *rest;   /* ids of those that are read as rows */
  int64_t nrest;
  uint8_t *read;  /* by segment: is it read? */
  uint8_t bits[]; /* by row, of each segment from where it begins on */
};

/* user values of what stands: of what it was asked, and the rest */
enum { SQL = 1, PARAMETERS, REST, USERVALUES = REST };

/* What is needed to find it. */
typedef struct Finding {
  lua_State *L;
  DuStanding *standing;
  DuScan scan;                /* of what was asked before */
  int query, asked, found_at; /* stack indices: the query, the list of DU_ONCE…,
                                 and what stands */
  Key keys[DU_MOST_FIELDS];
  int nkeys;
  DuText ids;     /* of int64_t: of the rest, */
  DuText numbers; /* of uint32_t: and by each key the number of its value */
  int64_t next;   /* of the rest */
  size_t total;   /* the rows that are found in all segments */
  /* of the segment */
  uint32_t found;  /* how many of its rows are, */
  uint16_t *rows;  /* their numbers, */
  uint64_t *made;  /* and their keys */
  uint64_t *table; /* by number of value: what it adds to a key */
  /* of this walk */
  Taken taken;
  uint64_t walk, walks;
} Finding;

/* ------------------------------------------------------------------- values */

static uint32_t number_integer(Key *key, int64_t integer) {
  uint32_t number = du_number_met(&key->met, integer) + 1;
  key->count = key->met.count;
  return number;
}

static uint32_t number_number(Key *key, double number) {
  int64_t bits;
  number += 0.0; /* -0.0 is 0.0 */
  memcpy(&bits, &number, sizeof bits);
  return number_integer(key, bits);
}

static uint32_t number_text(Finding *f, Key *key, const char *text,
                            size_t length) {
  lua_State *L = f->L;
  uint32_t number;
  lua_pushlstring(L, text, length);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, key->known) != LUA_TNIL) {
    number = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return number;
  }
  lua_pop(L, 1);
  number = ++key->count;
  lua_pushinteger(L, number);
  lua_rawset(L, key->known);
  return number;
}

/* What a number adds to the key of a row. */
static uint64_t share_of(const Key *key, uint32_t number) {
  return (uint64_t)number << key->shift;
}

static uint64_t share_of_none(const Key *key) {
  return key->may_lack ? share_of(key, LACKING) : ALONE;
}

/* The same of a value of the segment, by its number there. */
static uint64_t share_of_value(Finding *f, Key *key, const DuSegment *column,
                               uint32_t value) {
  uint32_t offset, number;
  if (value == column->values)
    return share_of_none(key);
  if (key->day) {
    const int32_t *days = &column->days[2 * (size_t)value];
    if (days[0] != days[1] || !du_segment_certain(column, value))
      return share_of_none(key);
    return share_of(key, number_integer(key, days[0]));
  }
  switch (column->type) {
  case DU_SEGMENT_INTEGERS:
    number = number_integer(key, column->integers[value]);
    break;
  case DU_SEGMENT_NUMBERS:
    number = number_number(key, column->numbers[value]);
    break;
  default:
    offset = column->offsets[value];
    number = number_text(f, key, column->texts + offset,
                         column->offsets[value + 1] - offset);
  }
  return share_of(key, number);
}

/* --------------------------------------------------------------------- keys */

#define UNKNOWN UINT64_MAX

/* Makes the table of the values that the found rows have: of all values, where
** there are fewer of them. */
static void make_table(Finding *f, Key *key, const DuSegment *column) {
  bool all = column->values < f->found;
  for (uint32_t i = 0; i <= column->values; i++)
    f->table[i] = all ? share_of_value(f, key, column, i) : UNKNOWN;
  for (uint32_t i = 0; i < f->found && !all; i++) {
    uint32_t value = du_segment_number(column, f->rows[i]);
    if (f->table[value] == UNKNOWN)
      f->table[value] = share_of_value(f, key, column, value);
  }
}

/* Adds the values of the found rows to their keys, from the table. */
static void add_shares(Finding *f, const DuSegment *column) {
  uint64_t *made = f->made;
  const uint64_t *table = f->table;
  const uint16_t *rows = f->rows;
  uint32_t found = f->found;
  switch (column->form) {
  case DU_SEGMENT_BYTES:
    for (uint32_t i = 0; i < found; i++)
      made[i] |= table[column->bytes[rows[i]]];
    break;
  case DU_SEGMENT_WORDS:
    for (uint32_t i = 0; i < found; i++)
      made[i] |= table[column->words[rows[i]]];
    break;
  default:
    for (uint32_t i = 0; i < found; i++)
      made[i] |= table[0];
  }
}

/* The same where values are kept row by row. */
static void add_by_row(Finding *f, Key *key, const DuSegment *column) {
  for (uint32_t i = 0; i < f->found; i++) {
    uint32_t row = f->rows[i];
    if (column->form == DU_SEGMENT_FOLLOWING)
      f->made[i] |= share_of(key, number_integer(key, column->base + row));
    else if (column->numbers[row] >= column->numbers[row])
      f->made[i] |= share_of(key, number_number(key, column->numbers[row]));
    else
      f->made[i] |= share_of_none(key);
  }
}

/* Makes the keys of the found rows of the segment that the scan is at; false
** where a column cannot be read. While values are still being numbered, they
** are of no use. */
static bool make_keys(Finding *f) {
  f->found = du_mask_list(f->scan.mask, f->scan.rows, f->rows);
  for (uint32_t i = 0; i < f->found; i++)
    f->made[i] = TAKEN;
  for (int k = 0; k < f->nkeys; k++) {
    Key *key = &f->keys[k];
    const DuSegment *column = du_scan_column(&f->scan, key->field);
    if (column == NULL)
      return false;
    if (column->form == DU_SEGMENT_FOLLOWING ||
        column->form == DU_SEGMENT_PLAIN) {
      add_by_row(f, key, column);
    } else {
      make_table(f, key, column);
      add_shares(f, column);
    }
  }
  return true;
}

/* Numbers all values. Returns why columns cannot answer, or NULL. */
static const char *number_values(Finding *f) {
  while (du_scan_next(&f->scan)) {
    if (!make_keys(f))
      break;
    f->total += f->found;
    for (int k = 0; k < f->nkeys; k++)
      if ((size_t)f->keys[k].count * MET_BY_VALUE >
          (size_t)f->scan.store->column_limit)
        return "the values of a field to agree in would take too much memory";
  }
  return f->scan.why;
}

/* Gives the numbers of each field as many bits as they need. Returns why
** columns cannot answer, or NULL. */
static const char *fit_bits(Finding *f) {
  unsigned bits = 0;
  for (int k = 0; k < f->nkeys; k++) {
    f->keys[k].shift = bits;
    for (uint32_t most = f->keys[k].count; most > 0; most >>= 1)
      bits++;
    if (bits > MOST_BITS)
      return "there are too many fields to agree in with too many values";
  }
  return NULL;
}

/* --------------------------------------------------------------- keys taken */

static uint64_t hash_of(uint64_t key) {
  return du_mix(key ^ key >> 31);
}

static void free_taken(Taken *taken) {
  memset(taken->slots, 0, taken->nslots * sizeof *taken->slots);
  taken->count = 0;
}

/* [-0, +1] there will be about so many keys, or fewer */
static void begin_taken(Finding *f, size_t expected) {
  Taken *taken = &f->taken;
  for (taken->nslots = 64; taken->nslots < expected;)
    taken->nslots *= 2;
  taken->slots =
      lua_newuserdatauv(f->L, taken->nslots * sizeof *taken->slots, 0);
  taken->index = lua_gettop(f->L);
  free_taken(taken);
}

/* The slot that has the key, or the free one where it would be. */
static uint64_t *slot_of(const Taken *taken, uint64_t key) {
  size_t slot = hash_of(key) & (taken->nslots - 1);
  while (taken->slots[slot] != 0 && taken->slots[slot] != key)
    slot = (slot + 1) & (taken->nslots - 1);
  return &taken->slots[slot];
}

/* Twice the slots, and all keys in them again. */
static void grow_taken(Finding *f) {
  Taken *taken = &f->taken;
  const uint64_t *slots = taken->slots;
  size_t nslots = taken->nslots;
  taken->nslots *= 2;
  taken->slots =
      lua_newuserdatauv(f->L, taken->nslots * sizeof *taken->slots, 0);
  memset(taken->slots, 0, taken->nslots * sizeof *taken->slots);
  for (size_t i = 0; i < nslots; i++)
    if (slots[i] != 0)
      *slot_of(taken, slots[i]) = slots[i];
  lua_replace(f->L, taken->index); /* frees the old ones */
}

/* Is a record the first of its key? It is not, where the key is left to another
** walk. */
static bool takes(Finding *f, uint64_t key) {
  uint64_t *slot;
  if (f->walks > 1 && (hash_of(key) >> 40) % f->walks != f->walk)
    return false;
  if (key & ALONE)
    return true;
  slot = slot_of(&f->taken, key);
  if (*slot != 0)
    return false;
  *slot = key;
  f->taken.count++;
  if (f->taken.count * 2 > f->taken.nslots)
    grow_taken(f);
  return true;
}

/* --------------------------------------------------------------------- rest */

/* The share of a value of the current row, which becomes a number alone. */
static uint32_t number_of_rest(Finding *f, Key *key, DuStatement *row,
                               int column) {
  size_t length;
  const char *text;
  if (du_sql_type(row, column) == DU_NULL_COLUMN)
    return key->may_lack ? LACKING : UINT32_MAX;
  if (key->day)
    return number_integer(key, du_sql_integer(row, column));
  switch (du_column_type(key->field)) {
  case DU_SEGMENT_INTEGERS:
    return number_integer(key, du_sql_integer(row, column));
  case DU_SEGMENT_NUMBERS:
    return number_number(key, du_sql_number(row, column));
  default:
    text = du_sql_text(row, column, &length);
    return number_text(f, key, text, length);
  }
}

/* Reads the records that are in no segment or have changed since. */
static void read_rest(Finding *f) {
  lua_State *L = f->L;
  DuStatement *row;
  DuStatus status;
  if (du_scan_has_all(&f->scan))
    return;
  lua_rawgeti(L, f->asked, DU_ONCE_SQL);
  row = du_scan_start_rest(&f->scan, f->query, lua_tostring(L, -1));
  lua_pop(L, 1);
  while ((status = du_sql_step(row)) == DU_ROW) {
    int64_t id = du_sql_integer(row, 0);
    du_text_add(&f->ids, (const char *)&id, sizeof id);
    for (int k = 0; k < f->nkeys; k++) {
      uint32_t number = number_of_rest(f, &f->keys[k], row, k + 1);
      du_text_add(&f->numbers, (const char *)&number, sizeof number);
    }
  }
  du_finish(L, f->scan.store->sql, row, status);
}

static int64_t count_rest(const Finding *f) {
  return (int64_t)(f->ids.length / sizeof(int64_t));
}

static int64_t id_of_rest(const Finding *f, int64_t at) {
  return ((const int64_t *)(const void *)f->ids.bytes)[at];
}

/* The next one of the rest has its turn. */
static void take_rest(Finding *f) {
  const uint32_t *numbers =
      (const uint32_t *)(const void *)f->numbers.bytes + f->next * f->nkeys;
  uint64_t made = TAKEN;
  for (int k = 0; k < f->nkeys; k++)
    made |=
        numbers[k] == UINT32_MAX ? ALONE : share_of(&f->keys[k], numbers[k]);
  if (takes(f, made))
    f->standing->rest[f->standing->nrest++] = id_of_rest(f, f->next);
  f->next++;
}

/* ------------------------------------------------------------------ walking */

/* Notes which of the found rows from `from` to `to` stand. */
static void take_rows(Finding *f, uint32_t from, uint32_t to) {
  uint8_t *bits = f->standing->bits + (size_t)f->scan.at * BYTES_OF_BITS;
  for (uint32_t i = from; i < to; i++) {
    if (i + AHEAD < to)
      du_ask_memory(
          &f->taken.slots[hash_of(f->made[i + AHEAD]) & (f->taken.nslots - 1)]);
    if (takes(f, f->made[i]))
      bits[f->rows[i] / 8] |= (uint8_t)(1 << f->rows[i] % 8);
  }
}

/* How many of the found rows have a lower id. */
static uint32_t count_before(const Finding *f, const DuSegment *ids,
                             int64_t id) {
  uint32_t low = 0, high = f->found;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (du_segment_id(ids, f->rows[middle]) < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Walks the segment's rows, and those of the rest whose turn it is before and
** between them; false where a column cannot be read. */
static bool take_segment(Finding *f) {
  const DuDirectory *directory = f->scan.directory;
  int64_t last = directory->places[f->scan.at].last_id;
  uint32_t from = 0;
  if (!make_keys(f))
    return false;
  while (f->next < count_rest(f) && id_of_rest(f, f->next) <= last) {
    const DuSegment *ids = du_scan_column(&f->scan, du_id_field(f->scan.kind));
    uint32_t to;
    if (ids == NULL)
      return false;
    to = count_before(f, ids, id_of_rest(f, f->next));
    take_rows(f, from, to);
    take_rest(f);
    from = to;
  }
  take_rows(f, from, f->found);
  return true;
}

/* One walk over all rows. Returns why columns cannot answer, or NULL. */
static const char *take_all(Finding *f) {
  du_scan_rewind(&f->scan);
  f->next = 0;
  while (du_scan_next(&f->scan))
    if (!take_segment(f))
      break;
  while (f->scan.why == NULL && f->next < count_rest(f))
    take_rest(f);
  return f->scan.why;
}

/* [-0, +n] memory for the rows of a segment */
static void begin_rows(Finding *f) {
  size_t rows = DU_SEGMENT_ROWS;
  f->made = lua_newuserdatauv(
      f->L, rows * sizeof *f->made + (rows + 1) * (sizeof *f->table + 2), 0);
  f->table = f->made + rows;
  f->rows = (uint16_t *)(void *)(f->table + rows + 1);
}

/* Finds what stands, in so many walks. Returns why columns cannot, or NULL. */
static const char *find_all(Finding *f) {
  lua_State *L = f->L;
  const char *why;
  du_text_init(L, &f->ids);
  du_text_init(L, &f->numbers);
  read_rest(f);
  f->standing->rest = lua_newuserdatauv(L, f->ids.length + 8, 0);
  f->standing->bytes += f->ids.length;
  lua_setiuservalue(L, f->found_at, REST);
  begin_rows(f);
  if ((why = number_values(f)) != NULL || (why = fit_bits(f)) != NULL)
    return why;
  begin_taken(f, f->total / f->walks);
  for (f->walk = 0; f->walk < f->walks && why == NULL; f->walk++) {
    free_taken(&f->taken);
    why = take_all(f);
  }
  return why;
}

/* ------------------------------------------------------------ what is asked */

/* The field number, or one of the flags, of a key in the list. */
static int asked_of_key(Finding *f, int number, int what) {
  lua_State *L = f->L;
  int value;
  lua_rawgeti(L, f->asked, DU_ONCE_KEYS + number * DU_KEY_SIZE + what);
  value =
      lua_isboolean(L, -1) ? lua_toboolean(L, -1) : (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value;
}

/* [-0, +n] Reads the keys. Returns why columns cannot answer, or NULL. */
static const char *read_keys(Finding *f) {
  lua_State *L = f->L;
  const DuKind *kind = f->scan.kind;
  int count = ((int)lua_rawlen(L, f->asked) - DU_ONCE_KEYS + 1) / DU_KEY_SIZE;
  luaL_checkstack(L, 3 * count + 40, NULL);
  for (f->nkeys = 0; f->nkeys < count; f->nkeys++) {
    Key *key = &f->keys[f->nkeys];
    memset(key, 0, sizeof *key);
    key->field = &kind->fields[asked_of_key(f, f->nkeys, DU_KEY_FIELD)];
    key->day = asked_of_key(f, f->nkeys, DU_KEY_DAY) != 0;
    key->may_lack = asked_of_key(f, f->nkeys, DU_KEY_MAY_LACK) != 0;
    if (!du_column_kept(kind, key->field) || (key->field->flags & DU_LIST))
      return "a field to agree in is not in a column";
    f->standing->fields |= (uint64_t)1 << (key->field - kind->fields);
    du_begin_met(L, &key->met);
    lua_newtable(L);
    key->known = lua_gettop(L);
  }
  return NULL;
}

/* Must each stand for more than itself? */
static bool must_stand_for_more(Finding *f) {
  bool more;
  lua_rawgeti(f->L, f->asked, DU_ONCE_LEAST);
  more = lua_tointeger(f->L, -1) > 1;
  lua_pop(f->L, 1);
  return more;
}

/* Notes what is read: the columns of all keys and tests, of segments that the
** tests do not pass over. Sets how often; returns why columns cannot answer, or
** NULL. */
static const char *note_read(Finding *f) {
  const DuDirectory *directory = f->scan.directory;
  size_t rows = 0;
  f->standing->fields |= du_scan_fields(&f->scan);
  for (int at = 0; at < directory->count; at++) {
    f->standing->read[at] = !du_scan_passes_over(&f->scan, at);
    if (f->standing->read[at])
      rows += (size_t)directory->places[at].rows;
  }
  f->walks = rows * TAKEN_BY_KEY / (size_t)f->scan.store->column_limit + 1;
  return f->walks > MOST_WALKS
             ? "what stands for others would take too much memory"
             : NULL;
}

/* [-0, +1] what stands, of which nothing is known yet */
static DuStanding *push_standing(const DuScan *scan) {
  const DuDirectory *directory = scan->directory;
  size_t segments = (size_t)directory->count;
  size_t bytes = sizeof(DuStanding) + segments * (BYTES_OF_BITS + 1);
  DuStanding *standing = lua_newuserdatauv(scan->L, bytes, USERVALUES);
  memset(standing, 0, bytes);
  standing->bytes = bytes;
  standing->read = standing->bits + segments * BYTES_OF_BITS;
  return standing;
}

/* ------------------------------------------------------------------ keeping */

/* [-0, +2] what is asked for: the SQL of it, and the values in that */
static void push_asked(Finding *f) {
  lua_getiuservalue(f->L, f->query, DU_QUERY_ONCE);
  lua_rawgeti(f->L, f->asked, DU_ONCE_PARAMETERS);
}

/* Was what is at index found for the same? */
static bool is_same(Finding *f, int index) {
  lua_State *L = f->L;
  int top = lua_gettop(L);
  lua_Integer count;
  bool same;
  push_asked(f);
  lua_getiuservalue(L, index, SQL);
  lua_getiuservalue(L, index, PARAMETERS);
  count = (lua_Integer)lua_rawlen(L, top + 2);
  same = lua_rawequal(L, top + 1, top + 3) &&
         count == (lua_Integer)lua_rawlen(L, top + 4);
  for (lua_Integer i = 1; i <= count && same; i++) {
    lua_rawgeti(L, top + 2, i);
    lua_rawgeti(L, top + 4, i);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  lua_settop(L, top);
  return same;
}

/* [-0, +1 or 0] what was found before, where the same is asked for and nothing
** was written since; NULL: there is none */
static DuStanding *push_kept(Finding *f, const DuMoment *now) {
  lua_State *L = f->L;
  int top = lua_gettop(L);
  DuStanding *kept;
  lua_getiuservalue(L, f->scan.slot, 1);
  lua_rawgeti(L, -1, DU_STANDING_KEY);
  lua_replace(L, top + 1);
  kept = lua_touserdata(L, top + 1);
  if (kept != NULL && du_same_moment(&kept->moment, now) && is_same(f, top + 1))
    return kept;
  lua_settop(L, top);
  return NULL;
}

/* Keeps what was found instead of what was before, where there is room. */
static void keep(Finding *f, const DuMoment *now) {
  lua_State *L = f->L;
  DuStore *store = f->scan.store;
  const DuStanding *old;
  if (f->standing->bytes > (size_t)store->column_limit)
    return;
  f->standing->moment = *now;
  push_asked(f);
  lua_setiuservalue(L, f->found_at, PARAMETERS);
  lua_setiuservalue(L, f->found_at, SQL);
  lua_getiuservalue(L, f->scan.slot, 1);
  lua_rawgeti(L, -1, DU_STANDING_KEY);
  if ((old = lua_touserdata(L, -1)) != NULL)
    store->column_bytes -= old->bytes;
  store->column_bytes += f->standing->bytes;
  lua_pushvalue(L, f->found_at);
  lua_rawseti(L, -3, DU_STANDING_KEY);
  lua_pop(L, 2);
}

/* [-0, +n] Finds what stands, or only what is read for it, or what was found
** before. Returns why columns cannot, or NULL. */
static const char *find(Finding *f, DuScan *scan, DuAim aim) {
  lua_State *L = f->L;
  DuMoment now;
  DuStanding *kept;
  const char *why;
  f->standing = push_standing(scan);
  f->found_at = lua_gettop(L);
  if (must_stand_for_more(f))
    return "each record must stand for several";
  lua_rawgeti(L, f->asked, DU_ONCE_TESTS);
  if ((why = du_scan_again(scan, &f->scan, f->query)) != NULL ||
      (why = read_keys(f)) != NULL || (why = note_read(f)) != NULL ||
      aim == DU_TO_EXPLAIN)
    return why;
  if (!du_sql_moment(scan->store->sql, &now))
    du_raise_sql(L, scan->store->sql);
  if ((kept = push_kept(f, &now)) != NULL) {
    f->standing = kept;
    f->found_at = lua_gettop(L);
    return NULL;
  }
  why = find_all(f);
  if (why == NULL)
    keep(f, &now);
  return why;
}

const char *du_standing_begin(DuScan *scan, int query, DuAim aim) {
  lua_State *L = scan->L;
  int top = lua_gettop(L);
  Finding f;
  const char *why;
  memset(&f, 0, sizeof f);
  f.L = L;
  f.query = query;
  lua_getiuservalue(L, query, DU_QUERY_STANDING);
  f.asked = lua_gettop(L);
  why = find(&f, scan, aim);
  if (why == NULL) {
    scan->standing = f.standing;
    lua_pushvalue(L, f.found_at);
    lua_replace(L, top + 1);
  }
  lua_settop(L, why == NULL ? top + 1 : top);
  return why;
}

/* ---------------------------------------------------------------- what it is
 */

bool du_standing_mask(const DuStanding *standing, int place, uint8_t *mask,
                      uint32_t rows) {
  const uint8_t *bits = standing->bits + (size_t)place * BYTES_OF_BITS;
  uint8_t any = 0;
  for (uint32_t i = 0; i < (rows + 7) / 8; i++)
    any |= bits[i];
  for (uint32_t row = 0; row < rows && any != 0; row++)
    mask[row] = bits[row / 8] >> row % 8 & 1;
  return any != 0;
}

const int64_t *du_standing_rest(const DuStanding *standing, int64_t *count) {
  *count = standing->nrest;
  return standing->rest;
}

uint64_t du_standing_fields(const DuStanding *standing) {
  return standing->fields;
}

bool du_standing_reads(const DuStanding *standing, int place) {
  return standing->read[place] != 0;
}

size_t du_standing_bytes(const DuStanding *standing) {
  return standing->bytes;
}
