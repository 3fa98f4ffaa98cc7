/*
** met.c - integers numbered in the order in which they are met.
*/
#include "met.h"

void du_begin_met(lua_State *L, Met *met) {
  du_text_init(L, &met->values);
  du_text_init(L, &met->slots);
}

const int64_t *du_values_met(const Met *met) {
  return (const int64_t *)(const void *)met->values.bytes;
}

/* Twice the slots, and all integers in them again. */
static void rehash_met(Met *met) {
  const int64_t *values = du_values_met(met);
  uint32_t *slots;
  met->nslots = met->nslots == 0 ? 64 : met->nslots * 2;
  met->slots.length = 0;
  du_text_grow(&met->slots, met->nslots * sizeof *slots);
  slots = (uint32_t *)(void *)met->slots.bytes;
  for (uint32_t i = 0; i < met->count; i++) {
    uint32_t slot = (uint32_t)du_mix((uint64_t)values[i]) & (met->nslots - 1);
    while (slots[slot] != 0)
      slot = (slot + 1) & (met->nslots - 1);
    slots[slot] = i + 1;
  }
}

uint32_t du_number_met(Met *met, int64_t value) {
  const int64_t *values;
  uint32_t *slots, slot;
  if (met->count * 4 >= met->nslots)
    rehash_met(met);
  values = du_values_met(met);
  slots = (uint32_t *)(void *)met->slots.bytes;
  slot = (uint32_t)du_mix((uint64_t)value) & (met->nslots - 1);
  while (slots[slot] != 0) {
    if (values[slots[slot] - 1] == value)
      return slots[slot] - 1;
    slot = (slot + 1) & (met->nslots - 1);
  }
  slots[slot] = ++met->count;
  du_text_add(&met->values, (const char *)&value, sizeof value);
  return met->count - 1;
}
