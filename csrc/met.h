/*
** met.h - integers that are numbered in the order in which they are met, and
** what hashing them needs.
*/
#ifndef DU_MET_H
#define DU_MET_H

#include "core.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Integers in the order in which they are met, and found by hashing. */
typedef struct Met {
  DuText values; /* of int64_t */
  DuText slots;  /* of uint32_t: number + 1 */
  uint32_t count, nslots;
} Met;

/* [-0, +2] none is met yet; they stay on the stack */
void du_begin_met(lua_State *L, Met *met);
/* The integers, by number. */
const int64_t *du_values_met(const Met *met);
/* The number of an integer, from 0 on. */
uint32_t du_number_met(Met *met, int64_t value);

/* So many turns of a loop ahead memory is asked for what is read there. */
#define AHEAD 12

static inline void du_ask_memory(const void *address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#else
  (void)address;
#endif
}

static inline uint64_t du_mix(uint64_t key) {
  key *= 0x9e3779b97f4a7c15u;
  return key ^ (key >> 32);
}

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
