/*
** tally_cells.c - the cells that rows add to, found by the places of their
** keys.
*/
#include <string.h>

#include "tally.h"

/* Cells whose keys have up to so many bits are found by their keys, others by
** hashing. */
#define DIRECT_BITS 16

/* So many slots grow four times over, and more of them twice, lest they do not
** fit where memory is fast. */
#define MANY_SLOTS 65536

uint32_t *du_places_of(const Tallying *t, uint32_t cell) {
  uint32_t *places = (uint32_t *)(void *)t->cell_places.bytes;
  size_t before = (size_t)cell * (size_t)t->g->nkeys;
  return before > 0 ? places + before : places;
}

/* The key of a cell, from its places. */
static uint64_t key_of(const Tallying *t, uint32_t cell) {
  const uint32_t *places = du_places_of(t, cell);
  uint64_t key = 0;
  for (int i = 0; i < t->g->nkeys; i++)
    key = key << t->axes[i].bits | places[i];
  return key;
}

static bool is_direct(const Tallying *t) {
  return t->bits <= DIRECT_BITS;
}

static void place_direct(Tallying *t) {
  uint32_t *direct;
  t->direct.length = 0;
  du_text_grow(&t->direct, ((size_t)1 << t->bits) * sizeof *direct);
  direct = (uint32_t *)(void *)t->direct.bytes;
  for (uint32_t cell = 0; cell < t->ncells; cell++)
    direct[key_of(t, cell)] = cell + 1;
}

/* Is there room for one cell more? */
static bool has_slots(const Tallying *t) {
  return ((uint64_t)t->ncells + 1) * 3 <= (uint64_t)t->nslots * 2;
}

static void place_hashed(Tallying *t) {
  Slot *slots;
  if (t->nslots == 0)
    t->nslots = 1 << 12;
  while (!has_slots(t))
    t->nslots *= t->nslots < MANY_SLOTS ? 4 : 2;
  t->slots.length = 0;
  du_text_grow(&t->slots, t->nslots * sizeof *slots);
  slots = (Slot *)(void *)t->slots.bytes;
  for (uint32_t cell = 0; cell < t->ncells; cell++) {
    uint64_t key = key_of(t, cell);
    uint32_t slot = (uint32_t)du_mix(key) & (t->nslots - 1);
    while (slots[slot].number != 0)
      slot = (slot + 1) & (t->nslots - 1);
    slots[slot].low = (uint32_t)key;
    slots[slot].number = cell + 1;
  }
}

bool du_fit_bits(Tallying *t) {
  unsigned bits = 0;
  bool wider = t->direct.length == 0 && t->nslots == 0;
  for (int i = 0; i < t->g->nkeys; i++) {
    Axis *axis = &t->axes[i];
    for (; axis->places > (uint64_t)1 << axis->bits; wider = true)
      axis->bits++;
    bits += axis->bits;
  }
  if (bits > 64)
    return false;
  t->bits = bits;
  if (wider && is_direct(t))
    place_direct(t);
  else if (wider)
    place_hashed(t);
  return true;
}

/* Memory for twice the cells. */
static void make_room(Tallying *t) {
  size_t room = t->room == 0 ? 64 : (size_t)t->room * 2;
  t->room = (uint32_t)room;
  du_text_grow(&t->cell_places, room * (size_t)t->g->nkeys * sizeof(uint32_t));
  du_text_grow(&t->counts, room * sizeof(int64_t));
  if (t->possibles.length > 0)
    du_text_grow(&t->possibles, room * sizeof(int64_t));
  if (t->totalled)
    du_text_grow(&t->totals, room * (size_t)t->g->nmeasures * sizeof(Total));
}

uint32_t du_new_cell(Tallying *t) {
  if (t->ncells == t->room)
    make_room(t);
  return t->ncells++;
}

/* A new cell of that key; returns its number. */
static uint32_t add_cell(Tallying *t, uint64_t key) {
  uint32_t cell = du_new_cell(t);
  uint32_t *places = du_places_of(t, cell);
  for (int i = t->g->nkeys - 1; i >= 0; i--) {
    places[i] = (uint32_t)(key & (((uint64_t)1 << t->axes[i].bits) - 1));
    key >>= t->axes[i].bits;
  }
  return cell;
}

uint32_t du_cell_direct(Tallying *t, uint64_t key) {
  uint32_t *direct = (uint32_t *)(void *)t->direct.bytes;
  if (direct[key] == 0)
    direct[key] = add_cell(t, key) + 1;
  return direct[key] - 1;
}

static uint32_t cell_hashed(Tallying *t, uint64_t key) {
  Slot *slots = (Slot *)(void *)t->slots.bytes;
  uint32_t slot = (uint32_t)du_mix(key) & (t->nslots - 1);
  uint32_t cell;
  while (slots[slot].number != 0) {
    if (slots[slot].low == (uint32_t)key &&
        (t->bits <= 32 || key_of(t, slots[slot].number - 1) == key))
      return slots[slot].number - 1;
    slot = (slot + 1) & (t->nslots - 1);
  }
  cell = add_cell(t, key);
  slots[slot].low = (uint32_t)key;
  slots[slot].number = cell + 1;
  if (!has_slots(t))
    place_hashed(t);
  return cell;
}

void du_make_keys(Tallying *t) {
  uint64_t *keys = t->keys;
  memset(keys, 0, t->found * sizeof *keys);
  for (int k = 0; k < t->g->nkeys; k++) {
    const uint32_t *table = t->axes[k].table;
    const uint16_t *numbers = du_row_numbers(t, &t->axes[k]);
    unsigned bits = t->axes[k].bits;
    for (uint32_t i = 0; i < t->found; i++)
      keys[i] = keys[i] << bits | table[numbers[i]];
  }
}

/* Asks memory for what hashing will look up. */
static void look_ahead(const Tallying *t, uint64_t key) {
  const Slot *slots = (const Slot *)(const void *)t->slots.bytes;
  du_ask_memory(&slots[(uint32_t)du_mix(key) & (t->nslots - 1)]);
}

void du_find_cells(Tallying *t) {
  if (is_direct(t)) {
    for (uint32_t i = 0; i < t->found; i++)
      t->cell_of[i] = du_cell_direct(t, t->keys[i]);
    return;
  }
  for (uint32_t i = 0; i < t->found; i++) {
    if (i + AHEAD < t->found)
      look_ahead(t, t->keys[i + AHEAD]);
    t->cell_of[i] = cell_hashed(t, t->keys[i]);
  }
}
