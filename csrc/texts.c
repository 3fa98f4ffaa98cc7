/*
** texts.c - texts that many records share. See texts.h.
**
** A slot is found by the text's hash, or is one of those next to it. It holds
** as long as its bytes have not been written over, which those that were
** remembered first are.
*/
#include "texts.h"

#include <string.h>

#include "bytes.h"

/* The slots that a text may be in, one behind the other. */
#define BESIDE 8

void du_texts_clear(DuTexts *texts) {
  texts->written = 0;
  memset(texts->slots, 0, sizeof texts->slots);
}

/* Are the bytes of a slot still there? */
static bool holds(const DuTexts *texts, const DuTextSlot *slot) {
  return slot->number != 0 && texts->written - slot->at <= DU_TEXTS_ROOM;
}

/* A text is never parted by the end of the ring. */
static const char *text_at(const DuTexts *texts, uint64_t at) {
  return texts->bytes + at % DU_TEXTS_ROOM;
}

/* Writes the text behind the last one, and says where. */
static uint64_t keep(DuTexts *texts, const char *text, size_t length) {
  size_t left = DU_TEXTS_ROOM - texts->written % DU_TEXTS_ROOM;
  uint64_t at = texts->written + (length > left ? left : 0);
  memcpy(texts->bytes + at % DU_TEXTS_ROOM, text, length);
  texts->written = at + length;
  return at;
}

int64_t du_texts_number(DuTexts *texts, const char *text, size_t length,
                        int64_t number) {
  uint64_t hash = du_bytes_hash(text, length);
  DuTextSlot *slot, *oldest = NULL;
  for (size_t i = 0; i < BESIDE; i++) {
    slot = &texts->slots[((hash >> 40) + i) % DU_TEXTS_SLOTS];
    if (slot->hash == hash && slot->length == length && holds(texts, slot) &&
        memcmp(text_at(texts, slot->at), text, length) == 0)
      return slot->number;
    if (slot->number == 0) {
      oldest = slot; /* none was ever here, nor behind it */
      break;
    }
    if (oldest == NULL || slot->at < oldest->at)
      oldest = slot; /* those that no longer hold are the oldest */
  }
  oldest->hash = hash;
  oldest->at = keep(texts, text, length);
  oldest->length = length;
  oldest->number = number;
  return 0;
}

/* ----------------------------------------------------------------- numbers */

void du_numbers_clear(DuNumbers *numbers) {
  memset(numbers, 0, sizeof *numbers);
}

/* Where a number is, or would be. Half of the places are always free. */
static size_t place_of(const DuNumbers *numbers, int64_t number) {
  size_t place = (size_t)(((uint64_t)number * 0x9e3779b97f4a7c15u) >> 40);
  uint16_t text;
  while ((text = numbers->places[place % (2 * DU_NUMBERS)]) != 0 &&
         numbers->numbers[text - 1] != number)
    place++;
  return place % (2 * DU_NUMBERS);
}

int du_numbers_text(const DuNumbers *numbers, int64_t number) {
  return numbers->places[place_of(numbers, number)] - 1;
}

void du_numbers_note(DuNumbers *numbers, int64_t number, int text) {
  if (numbers->numbers[text] != 0)
    return;
  numbers->places[place_of(numbers, number)] = (uint16_t)(text + 1);
  numbers->numbers[text] = number;
}
