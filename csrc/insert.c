/*
** insert.c - rows on their way into the table of a large kind.
**
** Rows that are certainly new wait until there are some of them, which one
** statement inserts: SQLite then looks up the end of the table, and of an
** index whose order the rows come in, once. What waits is inserted before
** anything else is asked of the store.
**
** Where there may be a second thread, it inserts them, and ends the segments of
** columns that are full, while the first reads on. It is handed the rows of one
** statement at a time, and has the connection until the first thread does
** anything with that: then it pauses, until it is handed more. So it is of use
** where little but the file is asked for: a row that may be on record is looked
** up by the first thread. Whatever knows Lua is the first thread's.
**
** Texts that many rows have go into a table of their own, before the rows that
** have their numbers (see share.c). The first thread numbers them.
**
** An index is cheaper to make at the end than to keep, unless rows come in its
** order. That of the origin is kept until it shows that they do not (see
** identity.c).
*/
#include <assert.h>
#include <string.h>

#include "loader.h"

/* Rows that one statement inserts. */
#define TOGETHER 16
/* Bytes of their texts, together. */
#define ROOM 16384
/* How often a second thread is handed so many before it has inserted the first:
** to pack the end of a segment takes as long as to read some thousand rows. */
#define BEHIND 192
/* New texts among them that rows share, at most. */
#define NEW_TEXTS 64
struct DuWaiting {
  int count;
  int new_count;
  int full;    /* the filling that is to be ended behind them, or -1 */
  size_t used; /* of the texts */
  int64_t ids[TOGETHER];
  DuNewText new_texts[NEW_TEXTS];
  DuCell *cells; /* TOGETHER times those that rows fill */
  char texts[ROOM];
};

/* The cells of one of the rows. */
static DuCell *cells_of(const DuLoader *loader, DuCell *cells, int row) {
  return cells + (size_t)row * (size_t)loader->nused;
}

/* -------------------------------------------------------------- statements */

/* `(id, revision, column, …)` of so many rows; the revision is the first
** parameter. None can fail; OR FAIL says so to SQLite, which then need not be
** able to undo the statement, and would write out for that what full-text
** indexes have in memory. */
static void add_values(DuText *text, const DuLoader *loader, int rows) {
  int parameter = 2;
  du_text_format(text, "INSERT %sINTO %q (id, revision",
                 rows > 1 ? "OR FAIL " : "", loader->kind->name);
  for (int i = 0; i < loader->nused; i++) {
    du_text_puts(text, ", ");
    du_text_column(text, loader->kind, loader->used[i]);
  }
  du_text_puts(text, ") VALUES ");
  for (int row = 0; row < rows; row++) {
    du_text_format(text, "%s(?%d, ?1", row > 0 ? ", " : "", parameter++);
    for (int i = 0; i < loader->nused; i++)
      du_text_format(text, ", ?%d", parameter++);
    du_text_puts(text, ")");
  }
}

/* [-0, +0] Keeps a text in the loader's memory under a name. */
static DuBytes keep_text(lua_State *L, DuText *text, const char *name) {
  DuBytes bytes;
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  du_text_push(text);
  bytes.text = lua_tolstring(L, -1, &bytes.length);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
  text->length = 0;
  return bytes;
}

/* Nobody waits here any more. */
static void clear(DuWaiting *waiting) {
  waiting->count = 0;
  waiting->new_count = 0;
  waiting->full = -1;
  waiting->used = 0;
}

/* So many places where rows can wait. None does. */
static void make_places(lua_State *L, DuLoader *loader, int count) {
  size_t cells = (size_t)loader->nused * TOGETHER;
  DuWaiting *places;
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  places = lua_newuserdatauv(L, (size_t)count * sizeof *places, 0);
  lua_setfield(L, -2, "places");
  loader->many_bound =
      lua_newuserdatauv(L, ((size_t)count + 1) * cells * sizeof(DuCell), 0);
  lua_setfield(L, -2, "cells");
  lua_pop(L, 1);
  for (int i = 0; i < count; i++) {
    clear(&places[i]);
    places[i].cells = loader->many_bound + ((size_t)i + 1) * cells;
  }
  loader->places = loader->waiting = places;
  loader->nplaces = count;
}

void du_insert_prepare(lua_State *L, DuLoader *loader) {
  DuText text;
  du_text_init(L, &text);
  add_values(&text, loader, TOGETHER);
  loader->many_text = keep_text(L, &text, "many");
  add_values(&text, loader, 1);
  if (!loader->bulk)
    du_text_puts(&text, " ON CONFLICT (origin) WHERE origin IS NOT NULL "
                        "DO NOTHING");
  loader->insert_text = keep_text(L, &text, "insert");
  lua_pop(L, 1);
  if (loader->waiting == NULL)
    make_places(L, loader, 1);
}

/* A statement that is the loader's until Lua is called, and of which so many
** cells are bound. */
static DuStatement *take(lua_State *L, const DuLoader *loader, DuBytes text,
                         DuCell *bound, int cells) {
  DuSql *sql = loader->store->sql;
  DuStatement *statement = du_sql_prepare(sql, text.text, text.length);
  if (statement == NULL)
    du_raise_sql(L, sql);
  du_sql_bind_integer(statement, 1, loader->store->base->revision);
  for (int i = 0; i < cells; i++)
    du_cell_null(&bound[i]);
  return statement;
}

/* A text that is bound where it stays is what is there when the statement is
** stepped. */
static bool is_bound(const DuCell *bound, const DuCell *cell) {
  if (bound->type != cell->type)
    return false;
  switch (cell->type) {
  case DU_NULL_COLUMN:
    return true;
  case DU_INTEGER_COLUMN:
    return bound->integer == cell->integer;
  case DU_TEXT_COLUMN:
    return bound->text == cell->text && bound->length == cell->length;
  default:
    return false;
  }
}

/* Binds a row from a parameter on, but for what is bound. */
static void bind_row(const DuLoader *loader, DuStatement *statement,
                     int parameter, int64_t id, const DuCell *cells,
                     DuCell *bound) {
  du_sql_bind_integer(statement, parameter, id);
  for (int i = 0; i < loader->nused; i++)
    if (!is_bound(&bound[i], &cells[i])) {
      du_cell_bind(statement, parameter + 1 + i, &cells[i]);
      bound[i] = cells[i];
    }
}

/* Raises what the store, or packing, failed with. */
static _Noreturn void raise(lua_State *L, const DuLoader *loader) {
  if (loader->packer != NULL)
    du_packer_raise(L, loader->packer);
  du_raise_sql(L, loader->store->sql);
}

static void step(lua_State *L, const DuLoader *loader, DuStatement *statement) {
  if (du_sql_step(statement) == DU_FAILED)
    raise(L, loader);
  du_sql_reset(statement);
}

/* Inserts one row; false where its origin is on record. */
static bool insert_one(lua_State *L, DuLoader *loader, int64_t id,
                       const DuCell *cells) {
  if (loader->insert == NULL)
    loader->insert =
        take(L, loader, loader->insert_text, loader->bound, loader->nused);
  bind_row(loader, loader->insert, 2, id, cells, loader->bound);
  step(L, loader, loader->insert);
  return loader->bulk || du_sql_changes(loader->store->sql) > 0;
}

/* ------------------------------------------------------------------- texts */

/* Puts the new texts of rows that are to be inserted on their way; false where
** the store failed. Knows nothing of Lua. */
static bool put_texts(const DuLoader *loader, const DuWaiting *waiting) {
  for (int i = 0; i < waiting->new_count; i++)
    if (!du_share_put(loader, &waiting->new_texts[i]))
      return false;
  return true;
}

/* The same, and inserts all. */
static void insert_texts(lua_State *L, DuLoader *loader,
                         const DuWaiting *waiting) {
  if (waiting->new_count > 0)
    du_share_take(L, loader);
  if (!put_texts(loader, waiting))
    raise(L, loader);
  du_share_rest(L, loader);
}

/* Copies a text that the next row may write over. */
static const char *copy_text(DuWaiting *waiting, const char *text,
                             size_t length) {
  char *copy = waiting->texts + waiting->used;
  memcpy(copy, text, length);
  waiting->used += length;
  return copy;
}

/* Takes the cells that rows fill, some of whose texts are shared. Texts are
** copied, of a row that has been packed, or stay where they are. */
static void take_cells(DuLoader *loader, DuWaiting *waiting, DuCell *cells,
                       bool copied) {
  for (int i = 0; i < loader->nused; i++) {
    const DuCell *constant = &loader->constant[loader->used[i]];
    DuNewText *new = &waiting->new_texts[waiting->new_count];
    cells[i] = loader->cells[loader->used[i]];
    if (cells[i].type != DU_TEXT_COLUMN)
      continue;
    if (du_share_number(loader, i, &cells[i], copied, new)) {
      if (copied)
        new->text = copy_text(waiting, new->text, new->length);
      waiting->new_count++;
    }
    if (copied && cells[i].type == DU_TEXT_COLUMN &&
        (constant->type != DU_TEXT_COLUMN || cells[i].text != constant->text))
      cells[i].text = copy_text(waiting, cells[i].text, cells[i].length);
  }
}

/* ----------------------------------------------------------------- waiting */

static void take_many(lua_State *L, DuLoader *loader) {
  if (loader->many == NULL)
    loader->many = take(L, loader, loader->many_text, loader->many_bound,
                        loader->nused * TOGETHER);
  du_share_take(L, loader);
}

/* Inserts as many rows as one statement does, and ends the segment that is
** full; false where the store failed. Knows nothing of Lua. */
static bool insert_together(const DuLoader *loader, const DuWaiting *waiting) {
  if (!put_texts(loader, waiting))
    return false;
  for (int i = 0; i < TOGETHER; i++)
    bind_row(loader, loader->many, 2 + i * (loader->nused + 1), waiting->ids[i],
             cells_of(loader, waiting->cells, i),
             cells_of(loader, loader->many_bound, i));
  if (du_sql_step(loader->many) == DU_FAILED)
    return false;
  du_sql_reset(loader->many);
  return waiting->full < 0 ||
         du_packer_end_segment(loader->packer, waiting->full);
}

/* All that may wait do. */
static void insert_many(lua_State *L, DuLoader *loader) {
  take_many(L, loader);
  if (!insert_together(loader, loader->waiting))
    raise(L, loader);
  clear(loader->waiting);
}

/* ------------------------------------------------------------ second thread */

/* There: inserts the rows of one place. */
static bool insert_handed(void *context, void *place) {
  DuLoader *loader = context;
  if (insert_together(loader, place))
    return true;
  loader->failure = *du_sql_error(loader->store->sql);
  return false;
}

static bool take_back(void *relay) {
  if (du_relay_is_second(relay))
    return false;
  du_relay_pause(relay);
  return true;
}

/* Waits until the rows that were handed over are in; raises what the second
** thread failed with. */
static void insert_rest(lua_State *L, DuLoader *loader) {
  DuSql *sql = loader->store->sql;
  bool good;
  if (loader->relay == NULL)
    return;
  du_sql_lend(sql, take_back, loader->relay);
  good = du_relay_wait(loader->relay);
  du_sql_take_back(sql);
  if (!good) {
    du_sql_fail(sql, loader->failure.code, loader->failure.message);
    raise(L, loader);
  }
}

/* Hands over the rows that wait, and goes on at a place where none does. */
static void hand_over(lua_State *L, DuLoader *loader) {
  DuSql *sql = loader->store->sql;
  long place = loader->waiting - loader->places;
  if (du_sql_is_interrupted(sql) && !du_sql_goes_on(sql, 0))
    du_raise_sql(L, sql);
  take_many(L, loader);
  du_sql_lend(sql, take_back, loader->relay);
  if (!du_relay_hand(loader->relay, loader->waiting))
    insert_rest(L, loader); /* raises */
  loader->handed++;
  loader->waiting = &loader->places[(place + 1) % loader->nplaces];
  clear(loader->waiting);
}

void du_insert_go_on(lua_State *L, DuLoader *loader) {
  if (loader->relay == NULL || loader->handed == 0)
    return;
  take_many(L, loader);
  du_sql_lend(loader->store->sql, take_back, loader->relay);
  du_relay_go_on(loader->relay);
}

void du_insert_begin(lua_State *L, DuLoader *loader) {
  if (loader->threads < 2 || !du_sql_can_be_lent())
    return;
  make_places(L, loader, BEHIND + 1);
  loader->handed = loader->turned = 0;
  loader->relay = du_relay_begin(insert_handed, loader, BEHIND);
}

void du_insert_end(DuLoader *loader) {
  if (loader->relay == NULL)
    return;
  if (loader->store->sql != NULL)
    du_sql_take_back(loader->store->sql);
  du_relay_end(loader->relay);
  loader->relay = NULL;
}

/* ---------------------------------------------------------------- in order */

void du_insert_waiting(lua_State *L, DuLoader *loader) {
  DuWaiting *waiting = loader->waiting;
  int count, full;
  if (waiting == NULL)
    return;
  insert_rest(L, loader);
  insert_texts(L, loader, waiting);
  count = waiting->count;
  full = waiting->full;
  clear(waiting); /* they are inserted, or the transaction is undone */
  for (int i = 0; i < count; i++) {
    bool inserted = insert_one(L, loader, waiting->ids[i],
                               cells_of(loader, waiting->cells, i));
    assert(inserted); /* only what is certainly new waits */
    (void)inserted;
  }
  if (full >= 0 && !du_packer_end_segment(loader->packer, full))
    raise(L, loader);
}

/* ----------------------------------------------------------------- columns */

/* A segment is full: leaves its end to whoever inserts the rows that wait, and
** goes on with the other filling, once there is nothing in that. */
static void turn(lua_State *L, DuLoader *loader) {
  if (loader->waiting->full >= 0)
    du_insert_waiting(L, loader);
  else if (loader->turned > 0 && loader->handed < loader->turned + BEHIND)
    insert_rest(L, loader);
  loader->waiting->full = du_packer_turn(loader->packer);
  loader->turned = loader->handed + 1;
}

/* Adds the row to the columns, where there are any yet. */
static void pack(lua_State *L, DuLoader *loader, int64_t id) {
  DuPacker *packer = loader->packer;
  bool good, full = false;
  if (packer == NULL)
    return;
  if (loader->relay == NULL) {
    good = du_packer_add(packer, id, loader->cells);
  } else {
    good = du_packer_try(packer, id, loader->cells, &full);
    if (full) {
      turn(L, loader);
      good = du_packer_try(packer, id, loader->cells, &full);
    }
  }
  if (!good)
    raise(L, loader);
}

/* The row waits, with a new id. */
static void wait(lua_State *L, DuLoader *loader) {
  DuWaiting *waiting;
  int64_t id = du_next_id(loader->store);
  size_t size = 0;
  for (int i = 0; i < loader->nused; i++)
    if (loader->cells[loader->used[i]].type == DU_TEXT_COLUMN)
      size += loader->cells[loader->used[i]].length;
  if (size > ROOM - loader->waiting->used ||
      loader->nshared > NEW_TEXTS - loader->waiting->new_count)
    du_insert_waiting(L, loader);
  pack(L, loader, id);
  waiting = loader->waiting;
  take_cells(loader, waiting, cells_of(loader, waiting->cells, waiting->count),
             size <= ROOM);
  waiting->ids[waiting->count++] = id;
  if (size > ROOM) /* its texts are still where they were read */
    du_insert_waiting(L, loader);
  else if (waiting->count < TOGETHER)
    return;
  else if (loader->relay != NULL)
    hand_over(L, loader);
  else
    insert_many(L, loader);
}

/* ----------------------------------------------------------------- indexes */

/* The origins of rows that are told apart by columns may rise. Hardly any row
** has a key. */
void du_insert_open(lua_State *L, DuLoader *loader) {
  const DuKind *kind = loader->kind;
  memset(&loader->rising, 0, sizeof loader->rising);
  loader->rising.kept = loader->identity == DU_BY_COLUMNS;
  for (int i = 0; i < kind->nfields; i++) {
    const DuField *field = &kind->fields[i];
    bool kept = field == loader->origin_field ? loader->rising.kept
                                              : (field->flags & DU_FIXED) != 0;
    if (du_schema_has_index(kind, field) && !kept)
      du_schema_drop_index(L, loader->store->sql, kind, field);
  }
}

void du_insert_unsorted(lua_State *L, DuLoader *loader) {
  loader->rising.kept = false;
  du_loader_put_away(L, loader);
  du_rows_detach(L, loader->store->base);
  du_schema_drop_index(L, loader->store->sql, loader->kind,
                       loader->origin_field);
}

/* ------------------------------------------------------------------ the row */

bool du_insert(lua_State *L, DuLoader *loader, bool new) {
  DuStore *store = loader->store;
  DuCell *cells = loader->row;
  if (new) {
    wait(L, loader);
    return true;
  }
  du_insert_waiting(L, loader);
  take_cells(loader, loader->waiting, cells, false);
  insert_texts(L, loader, loader->waiting);
  clear(loader->waiting);
  if (!insert_one(L, loader, du_next_id(store), cells)) {
    store->base->last_id--; /* the id was not used */
    return false;
  }
  pack(L, loader, store->base->last_id);
  return true;
}
