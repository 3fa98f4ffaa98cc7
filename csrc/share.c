/*
** share.c - texts that many rows of an import have, which are kept once.
**
** Once there are columns, the texts of DU_SHARED fields go into a table, each
** once as far as is remembered (see texts.h), and rows have their numbers: half
** of a row of events are such texts. What the packer has told apart for a
*column
** is looked up once in a segment.
**
** Numbers are given in the order of the rows. New texts are inserted several at
** a time, with the rows or before; nobody reads rows while any are on their
*way.
*/
#include <string.h>

#include "loader.h"

/* Texts that one statement inserts. */
#define TOGETHER 16

/* New texts on their way. They belong to whoever inserts. */
struct DuNewTexts {
  int count;
  int64_t numbers[TOGETHER];
  size_t lengths[TOGETHER];
  char texts[TOGETHER][DU_TEXTS_LENGTH];
};

/* What is known of the texts of one field. */
struct DuSharing {
  DuTexts texts;
  int field;       /* as the packer knows it, or -1 */
  int64_t filling; /* of the packer, whose texts have these numbers, */
  int64_t numbers[DU_SEGMENT_ROWS]; /* or 0 where that is not known */
};

/* Memory of the loader's, under a name, which Lua does not count. */
static void *keep_memory(lua_State *L, size_t size, const char *name) {
  void *memory;
  lua_getiuservalue(L, DU_AT_LOADER, DU_LOADER_MEMORY);
  memory = du_outside_push(L, size);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
  return memory;
}

/* A field whose texts are shared, of the cell that rows fill there. */
static DuSharing *new_sharing(lua_State *L, const DuLoader *loader,
                              const DuField *field, int cell) {
  DuSharing *sharing = keep_memory(L, sizeof *sharing, field->name);
  du_texts_clear(&sharing->texts);
  sharing->field = du_packer_field(loader->packer, loader->used[cell]);
  sharing->filling = -1;
  return sharing;
}

void du_share_begin(lua_State *L, DuLoader *loader) {
  DuSql *sql = loader->store->sql;
  size_t size = (size_t)loader->nused * sizeof *loader->sharing;
  DuSharing **sharing = keep_memory(L, size, "sharing");
  int part;
  loader->nshared = 0;
  for (int i = 0; i < loader->nused; i++) {
    const DuField *field =
        du_column_field(loader->kind, loader->used[i], &part);
    bool shared = (field->flags & DU_SHARED) != 0;
    sharing[i] = shared ? new_sharing(L, loader, field, i) : NULL;
    loader->nshared += shared;
  }
  if (loader->nshared == 0)
    return;
  loader->new_texts = keep_memory(L, sizeof *loader->new_texts, "new texts");
  loader->new_texts->count = 0;
  du_schema_make_texts(L, sql);
  if (!du_sql_number_of(sql, "SELECT coalesce(max(id), 0) FROM texts",
                        &loader->last_text))
    du_raise_sql(L, sql);
  loader->sharing = sharing;
}

/* ----------------------------------------------------------------- numbers */

/* Where the number of a text is kept which the packer has as well, and has told
** from others: that of the row which it was given last. NULL: nowhere. */
static int64_t *packed_number(const DuLoader *loader, DuSharing *sharing) {
  int64_t filling;
  int value;
  if (sharing->field < 0)
    return NULL;
  value = du_packer_last(loader->packer, sharing->field, &filling);
  if (value < 0)
    return NULL;
  if (sharing->filling != filling)
    memset(sharing->numbers, 0, sizeof sharing->numbers);
  sharing->filling = filling;
  return &sharing->numbers[value];
}

bool du_share_number(DuLoader *loader, int number, DuCell *cell, bool packed,
                     DuNewText *new) {
  DuSharing *sharing = loader->sharing != NULL ? loader->sharing[number] : NULL;
  int64_t *known = NULL;
  if (sharing == NULL || cell->length > DU_TEXTS_LENGTH)
    return false;
  if (packed)
    known = packed_number(loader, sharing);
  new->number = known != NULL ? *known : 0;
  if (new->number == 0)
    new->number = du_texts_number(&sharing->texts, cell->text, cell->length,
                                  loader->last_text + 1);
  new->text = cell->text;
  new->length = cell->length;
  du_cell_integer(cell, new->number != 0 ? new->number : loader->last_text + 1);
  if (known != NULL)
    *known = cell->integer;
  if (new->number != 0)
    return false;
  new->number = ++loader->last_text;
  return true;
}

/* --------------------------------------------------------------- inserting */

/* `INSERT` of so many texts. For OR FAIL see insert.c. */
static DuStatement *prepare(lua_State *L, const DuLoader *loader, int count) {
  DuStatement *statement;
  DuText text;
  du_text_init(L, &text);
  du_text_puts(&text, "INSERT OR FAIL INTO texts VALUES ");
  for (int i = 0; i < count; i++)
    du_text_format(&text, "%s(?%d, ?%d)", i > 0 ? ", " : "", 2 * i + 1,
                   2 * i + 2);
  statement = du_text_prepare(&text, loader->store->sql);
  lua_pop(L, 1);
  return statement;
}

/* Inserts as many of them, from one on. */
static DuStatus insert(const DuNewTexts *new, DuStatement *statement, int from,
                       int count) {
  DuStatus status;
  for (int i = 0; i < count; i++) {
    du_sql_bind_integer(statement, 1 + 2 * i, new->numbers[from + i]);
    du_sql_bind_text(statement, 2 + 2 * i, new->texts[from + i],
                     new->lengths[from + i]);
  }
  status = du_sql_step(statement);
  du_sql_reset(statement);
  return status;
}

void du_share_take(lua_State *L, DuLoader *loader) {
  if (loader->sharing != NULL && loader->share == NULL)
    loader->share = prepare(L, loader, TOGETHER);
}

bool du_share_put(const DuLoader *loader, const DuNewText *text) {
  DuNewTexts *new = loader->new_texts;
  memcpy(new->texts[new->count], text->text, text->length);
  new->lengths[new->count] = text->length;
  new->numbers[new->count++] = text->number;
  if (new->count < TOGETHER)
    return true;
  new->count = 0;
  return insert(new, loader->share, 0, TOGETHER) != DU_FAILED;
}

void du_share_rest(lua_State *L, DuLoader *loader) {
  DuNewTexts *new = loader->new_texts;
  int count = loader->sharing != NULL ? new->count : 0;
  for (int i = 0; i < count; i++) {
    DuStatement *statement = prepare(L, loader, 1);
    du_finish(L, loader->store->sql, statement, insert(new, statement, i, 1));
  }
  if (count > 0)
    new->count = 0;
}
