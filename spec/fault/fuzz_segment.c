/*
** fuzz_segment.c - du_segment_read under libFuzzer, and packing.
**
**   make fuzz SECONDS=60
**
** Where the first byte is even, the others are read as a segment, whose sum is
** not looked at. If it is taken for one, everything that can be asked of it is
** asked: each byte that is then touched has to be its own, and each number of a
** value one that there is. Where the first byte is odd, the others say what to
** pack: what is read back has to be what was added and not taken back.
*/
#include "segment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition) {
  if (!condition)
    abort();
}

/* Memory of exactly that size, where reading outside of it is seen. */
static void *room_for(size_t size) {
  void *room = malloc(size > 0 ? size : 1);
  require(room != NULL);
  return room;
}

/* ------------------------------------------------------------------ reading */

/* What the optimiser must not leave out. */
static volatile uint64_t seen;

static void touch(const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  for (size_t i = 0; i < size; i++)
    seen += at[i];
}

/* All that there is to know of a value. */
static void touch_value(const DuSegment *segment, uint32_t value) {
  require(value < segment->values);
  switch (segment->type) {
  case DU_SEGMENT_INTEGERS:
    touch(&segment->integers[value], 8);
    require(value == 0 ||
            segment->integers[value - 1] < segment->integers[value]);
    return;
  case DU_SEGMENT_NUMBERS:
    touch(&segment->numbers[value], 8);
    return;
  case DU_SEGMENT_DATES:
    touch(&segment->days[2 * (size_t)value], 8);
    require(segment->days[2 * (size_t)value] >= 0);
    require(segment->days[2 * (size_t)value] <=
            segment->days[2 * (size_t)value + 1]);
    require(segment->days[2 * (size_t)value + 1] <= DU_SEGMENT_LAST_DAY);
    break;
  case DU_SEGMENT_TEXTS:
    break;
  default:
    require(0);
  }
  require(segment->offsets[value] <= segment->offsets[value + 1]);
  touch(segment->texts + segment->offsets[value],
        segment->offsets[value + 1] - segment->offsets[value]);
}

static void ask_following(const DuSegment *segment) {
  int64_t last;
  require(segment->type == DU_SEGMENT_INTEGERS && segment->rows > 1);
  require(!__builtin_add_overflow(segment->base, (int64_t)segment->rows - 1,
                                  &last));
}

static void ask_plain(const DuSegment *segment) {
  volatile double last = 0;
  require(segment->type == DU_SEGMENT_NUMBERS);
  for (uint32_t row = 0; row < segment->rows; row++)
    last = segment->numbers[row]; /* read them all */
  (void)last;
}

/* Which values are accepted follows from the bits of `choice`. */
static void ask_kept(const DuSegment *segment, uint32_t choice) {
  uint8_t *mask = room_for(segment->rows);
  uint8_t *accepted = room_for(segment->values + 1);
  uint16_t *numbers = room_for(segment->rows * sizeof *numbers);
  uint32_t count = 0;
  memset(mask, 1, segment->rows);
  for (uint32_t i = 0; i <= segment->values; i++)
    accepted[i] = choice % 2 == 0 ? i >= choice % 301 && i < choice % 907
                                  : (i * choice >> 3) % 2 == 0;
  du_segment_keep(segment, accepted, mask);
  du_segment_numbers(segment, numbers);
  for (uint32_t row = 0; row < segment->rows; row++) {
    uint32_t value = du_segment_number(segment, (int)row);
    require(value < segment->values ||
            (segment->missing && value == segment->values));
    require(numbers[row] == value && mask[row] == accepted[value]);
    count += mask[row];
  }
  require(count == du_mask_count(mask, segment->rows));
  free(numbers);
  free(accepted);
  free(mask);
}

static void read_bytes(const uint8_t *data, size_t size) {
  uint8_t *bytes = room_for(size);
  void *room = room_for(du_segment_room(data, size));
  DuSegment segment;
  memcpy(bytes, data, size);
  if (du_segment_read(bytes, size, room, &segment)) {
    require(segment.rows > 0 && segment.rows <= DU_SEGMENT_ROWS);
    if (segment.form == DU_SEGMENT_FOLLOWING) {
      ask_following(&segment);
    } else if (segment.form == DU_SEGMENT_PLAIN) {
      ask_plain(&segment);
    } else {
      for (uint32_t value = 0; value < segment.values; value++)
        touch_value(&segment, value);
      for (uint32_t choice = 0; choice < 6; choice++)
        ask_kept(&segment, choice + 31 * data[size - 1]);
    }
  }
  free(room);
  free(bytes);
}

/* ------------------------------------------------------------------ packing */

/* One row that was added. */
typedef struct Row {
  bool missing;
  int64_t integer;
  double number;
  uint8_t length, text;
} Row;

static bool add(DuPacking *packing, DuSegmentType type, const Row *row) {
  char text[256];
  memset(text, row->text, sizeof text);
  if (row->missing)
    return du_packing_nulls(packing, 1);
  switch (type) {
  case DU_SEGMENT_INTEGERS:
    return du_packing_integer(packing, row->integer);
  case DU_SEGMENT_NUMBERS:
    return du_packing_number(packing, row->number);
  case DU_SEGMENT_DATES:
    return du_packing_date(packing, text, row->length, row->text,
                           row->text + row->length);
  default:
    return du_packing_text(packing, text, row->length);
  }
}

static void check_row(const DuSegment *segment, uint32_t number,
                      const Row *row) {
  uint32_t value;
  if (segment->form == DU_SEGMENT_FOLLOWING) {
    require(!row->missing && segment->base + number == row->integer);
    return;
  }
  if (segment->form == DU_SEGMENT_PLAIN) {
    require(row->missing || !(segment->numbers[number] < row->number ||
                              segment->numbers[number] > row->number));
    return;
  }
  value = du_segment_number(segment, (int)number);
  require(row->missing == (value == segment->values));
  if (row->missing)
    return;
  touch_value(segment, value);
  if (segment->type == DU_SEGMENT_INTEGERS) {
    require(segment->integers[value] == row->integer);
  } else if (segment->type == DU_SEGMENT_NUMBERS) {
    require(!(segment->numbers[value] < row->number ||
              segment->numbers[value] > row->number));
  } else {
    const char *text = segment->texts + segment->offsets[value];
    require(segment->offsets[value + 1] - segment->offsets[value] ==
            row->length);
    for (uint32_t i = 0; i < row->length; i++)
      require((uint8_t)text[i] == row->text);
    if (segment->type == DU_SEGMENT_DATES)
      require(segment->days[2 * (size_t)value] == row->text &&
              segment->days[2 * (size_t)value + 1] == row->text + row->length);
  }
}

/* Two bytes a row: how it comes about, and its value. */
static Row row_of(const uint8_t *data, uint32_t rows) {
  Row row = {data[0] % 16 == 0, data[1], data[1] / 4.0, data[1], data[0]};
  if (data[0] % 16 == 1)
    row.integer = INT64_MAX - data[1];
  else if (data[0] % 16 == 2)
    row.integer = INT64_MIN + data[1];
  else if (data[0] % 16 < 8)
    row.integer = rows;
  return row;
}

static void pack_rows(const uint8_t *data, size_t size) {
  const DuSegmentType type = (DuSegmentType)(1 + data[0] / 2 % 4);
  DuPacking *packing = room_for(du_packing_size(type));
  unsigned char *out = room_for(du_packing_room());
  Row *rows = room_for(size * sizeof *rows);
  uint32_t count = 0;
  du_packing_begin(packing, type);
  for (size_t at = 1; at + 2 <= size; at += 2) {
    rows[count] = row_of(data + at, count);
    if (!add(packing, type, &rows[count]))
      require(count == DU_SEGMENT_ROWS || rows[count].length > 0);
    else if (data[at] / 16 == 15)
      du_packing_undo(packing);
    else
      count++;
  }
  require(du_packing_rows(packing) == count);
  if (count > 0) {
    size_t packed = du_packing_end(packing, out);
    uint8_t *bytes = room_for(packed);
    void *room = room_for(du_segment_room(out, packed));
    DuSegment segment;
    memcpy(bytes, out, packed);
    require(du_segment_read(bytes, packed, room, &segment));
    require(segment.rows == count && segment.type == type);
    for (uint32_t row = 0; row < count; row++)
      check_row(&segment, row, &rows[row]);
    free(room);
    free(bytes);
  }
  free(rows);
  free(out);
  free(packing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  if (data[0] % 2 == 0)
    read_bytes(data + 1, size - 1);
  else
    pack_rows(data, size);
  return 0;
}
