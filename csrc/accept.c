/*
** accept.c - which rows of a segment a test accepts, and whether it could
** accept any. Knows neither Lua nor SQLite.
*/
#include "columns.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "elements.h"
#include "months.h"

/* ------------------------------------------------------------------- values */

/* Where the first value is that is not less; of dates by their first day. */
static uint32_t lower_integer(const DuSegment *segment, int64_t value) {
  uint32_t low = 0, high = segment->values;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (segment->integers[middle] < value)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

uint32_t du_segment_find(const DuSegment *segment, int64_t integer) {
  uint32_t value = lower_integer(segment, integer);
  return value < segment->values && segment->integers[value] == integer
             ? value
             : UINT32_MAX;
}

/* Is one of eight bytes this one? */
static bool has_byte(uint64_t eight, char byte) {
  const uint64_t ones = UINT64_MAX / 255;
  eight ^= ones * (unsigned char)byte;
  return ((eight - ones) & ~eight & ones << 7) != 0;
}

bool du_segment_certain(const DuSegment *segment, uint32_t value) {
  const char *text = segment->texts + segment->offsets[value];
  const char *end = segment->texts + segment->offsets[value + 1];
  for (; end - text >= 8; text += 8) {
    uint64_t eight;
    memcpy(&eight, text, 8);
    if (has_byte(eight, '?') || has_byte(eight, '~') || has_byte(eight, '%'))
      return false;
  }
  for (; text < end; text++)
    if (*text == '?' || *text == '~' || *text == '%')
      return false;
  return true;
}

static bool accepts_date(const DuSegment *segment, uint32_t value,
                         const DuTest *test) {
  const int32_t *days = &segment->days[2 * (size_t)value];
  int first = days[0], last = days[1];
  switch (test->op) {
  case DU_TEST_DURING:
    return first >= test->first && last <= test->last &&
           du_segment_certain(segment, value);
  case DU_TEST_BEFORE:
    return last < test->first && du_segment_certain(segment, value);
  case DU_TEST_AFTER:
    return first > test->last && du_segment_certain(segment, value);
  case DU_TEST_NE:
    return !(first <= test->last && last >= test->first);
  default:
    return first <= test->last && last >= test->first;
  }
}

static bool compares(int order, DuTestOp op) {
  switch (op) {
  case DU_TEST_LT:
    return order < 0;
  case DU_TEST_LTE:
    return order <= 0;
  case DU_TEST_GT:
    return order > 0;
  case DU_TEST_GTE:
    return order >= 0;
  default:
    return order == 0;
  }
}

#define TWO_TO_63 9223372036854775808.0

/* How an integer compares with a number, exactly. */
static int order_of_mixed(int64_t integer, double number) {
  int64_t whole;
  double rest;
  if (number >= TWO_TO_63)
    return -1;
  if (number < -TWO_TO_63)
    return 1;
  whole = (int64_t)number;
  if (integer != whole)
    return integer < whole ? -1 : 1;
  rest = number - (double)whole;
  return (rest < 0) - (rest > 0);
}

static int order_of_integer(int64_t integer, const DuOperand *operand) {
  if (operand->type == DU_NUMBER_COLUMN)
    return order_of_mixed(integer, operand->number);
  return (integer > operand->integer) - (integer < operand->integer);
}

static int order_of_number(double number, const DuOperand *operand) {
  if (operand->type == DU_INTEGER_COLUMN)
    return -order_of_mixed(operand->integer, number);
  return (number > operand->number) - (number < operand->number);
}

static int order_of_text(const DuSegment *segment, uint32_t value,
                         const DuOperand *operand) {
  const char *text = segment->texts + segment->offsets[value];
  size_t length = segment->offsets[value + 1] - segment->offsets[value];
  return du_bytes_order(text, length, operand->text, operand->length);
}

/* How a value compares with one that is asked for: a text with a text, and a
** number with a number, as no field is asked for anything else. */
static int order_of(const DuSegment *segment, uint32_t value,
                    const DuOperand *operand) {
  switch (segment->type) {
  case DU_SEGMENT_INTEGERS:
    return order_of_integer(segment->integers[value], operand);
  case DU_SEGMENT_NUMBERS:
    return order_of_number(segment->numbers[value], operand);
  default:
    return order_of_text(segment, value, operand);
  }
}

int du_compare_ids(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static bool is_in_set(const DuTest *test, int64_t id) {
  return test->ids > 0 &&
         bsearch(&id, test->set, test->ids, sizeof id, du_compare_ids) != NULL;
}

/* Notes which values are in the test's set of ids: both are sorted. */
static void accept_set(const DuSegment *segment, const DuTest *test,
                       uint8_t *accepted) {
  if (test->ids == 0 || segment->values == 0)
    return;
  for (uint32_t i = 0, j = 0; i < segment->values && j < test->ids;) {
    if (segment->integers[i] < test->set[j])
      i++;
    else if (segment->integers[i] > test->set[j])
      j++;
    else
      accepted[i++] = 1;
  }
}

/* -------------------------------------------------------------------- lists */

/* An element may be another program's. As SQLite has it, numbers come before
** texts. */
static int order_of_element(const DuElement *element,
                            const DuOperand *operand) {
  bool text = operand->type == DU_TEXT_COLUMN;
  if (element->is_text)
    return text ? du_element_order(element, operand->text, operand->length) : 1;
  return text ? -1 : order_of_integer(element->integer, operand);
}

static bool accepts_element(const DuElement *element, const DuTest *test) {
  if (test->op == DU_TEST_SET)
    return !element->is_text && is_in_set(test, element->integer);
  for (uint32_t i = 0; i < test->noperands; i++)
    if (compares(order_of_element(element, &test->operands[i]), test->op))
      return true;
  return false;
}

/* Is one element of a list as asked? Any will do. */
static bool accepts_list(const DuSegment *segment, uint32_t value,
                         const DuTest *test) {
  uint32_t offset = segment->offsets[value];
  DuElements elements = du_elements(segment->texts + offset,
                                    segment->offsets[value + 1] - offset);
  DuElement element;
  while (du_elements_next(&elements, &element))
    if (accepts_element(&element, test))
      return true;
  return false;
}

/* ----------------------------------------------------------------- accepting
 */

/* Notes the values that compare as asked with one that is asked for. */
static void accept_compared(const DuSegment *segment, const DuTest *test,
                            const DuOperand *operand, uint8_t *accepted) {
  uint32_t value;
  bool equal = test->op == DU_TEST_EQ || test->op == DU_TEST_NE;
  if (equal && segment->type == DU_SEGMENT_INTEGERS &&
      operand->type == DU_INTEGER_COLUMN) {
    value = du_segment_find(segment, operand->integer);
    if (value != UINT32_MAX)
      accepted[value] = 1;
    return;
  }
  for (value = 0; value < segment->values; value++)
    accepted[value] |= compares(order_of(segment, value, operand), test->op);
}

/* The bytes of `accepted` for a test: one a value, and one for what is
** missing. */
static void accept(const DuTest *test, const DuSegment *segment,
                   uint8_t *accepted) {
  memset(accepted, 0, segment->values + 1);
  if (test->op == DU_TEST_MISSING) {
    accepted[segment->values] = 1;
    return;
  }
  if (test->op == DU_TEST_PRESENT) {
    memset(accepted, 1, segment->values);
    return;
  }
  if (segment->type == DU_SEGMENT_DATES) {
    for (uint32_t i = 0; i < segment->values; i++)
      accepted[i] = accepts_date(segment, i, test);
    accepted[segment->values] = test->op == DU_TEST_NE;
    return;
  }
  if (test->field->flags & DU_LIST)
    for (uint32_t i = 0; i < segment->values; i++)
      accepted[i] = accepts_list(segment, i, test);
  else if (test->op == DU_TEST_SET)
    accept_set(segment, test, accepted);
  else
    for (uint32_t i = 0; i < test->noperands; i++)
      accept_compared(segment, test, &test->operands[i], accepted);
  if (test->op == DU_TEST_NE) /* from all of them; what is missing does so */
    for (uint32_t i = 0; i <= segment->values; i++)
      accepted[i] = !accepted[i];
}

/* --------------------------------------------------------------------- rows */

/* A test of a number that is kept as it is. */
static bool accepts_plain(const DuTest *test, double number) {
  bool missing = !(number >= number);
  bool kept =
      missing ? test->op == DU_TEST_MISSING : test->op == DU_TEST_PRESENT;
  for (uint32_t i = 0; i < test->noperands && !kept && !missing; i++)
    kept = compares(order_of_number(number, &test->operands[i]), test->op);
  return kept != (test->op == DU_TEST_NE);
}

static void keep_plain(const DuTest *test, const DuSegment *segment,
                       uint8_t *mask) {
  for (uint32_t row = 0; row < segment->rows; row++)
    mask[row] &= (uint8_t)accepts_plain(test, segment->numbers[row]);
}

/* Integers that follow each other: each by itself. None is missing. */
static bool accepts_following(const DuTest *test, int64_t integer) {
  bool kept = test->op == DU_TEST_PRESENT ||
              (test->op == DU_TEST_SET && is_in_set(test, integer));
  for (uint32_t i = 0; i < test->noperands && !kept; i++)
    kept = compares(order_of_integer(integer, &test->operands[i]), test->op);
  return kept != (test->op == DU_TEST_NE);
}

static void keep_following(const DuTest *test, const DuSegment *segment,
                           uint8_t *mask) {
  for (uint32_t row = 0; row < segment->rows; row++)
    mask[row] &= (uint8_t)accepts_following(test, segment->base + row);
}

void du_test_keep(const DuTest *test, const DuSegment *segment,
                  uint8_t *accepted, uint8_t *mask) {
  if (segment->form == DU_SEGMENT_PLAIN) {
    keep_plain(test, segment, mask);
  } else if (segment->form == DU_SEGMENT_FOLLOWING) {
    keep_following(test, segment, mask);
  } else {
    accept(test, segment, accepted);
    du_segment_keep(segment, accepted, mask);
  }
}

bool du_test_of_one(const DuTest *test) {
  return test->op == DU_TEST_EQ && test->noperands == 1 &&
         test->operands[0].type == DU_INTEGER_COLUMN &&
         du_column_type(test->field) == DU_SEGMENT_INTEGERS;
}

/* What `accept` says of one value, by its number. */
static bool accepts_value(const DuTest *test, const DuSegment *segment,
                          uint32_t value) {
  bool kept = false;
  if (value == segment->values)
    return test->op == DU_TEST_MISSING || test->op == DU_TEST_NE;
  if (test->op == DU_TEST_MISSING || test->op == DU_TEST_PRESENT)
    return test->op == DU_TEST_PRESENT;
  if (segment->type == DU_SEGMENT_DATES)
    return accepts_date(segment, value, test);
  if (test->field->flags & DU_LIST)
    kept = accepts_list(segment, value, test);
  else if (test->op == DU_TEST_SET)
    kept = is_in_set(test, segment->integers[value]);
  else
    for (uint32_t i = 0; i < test->noperands && !kept; i++)
      kept = compares(order_of(segment, value, &test->operands[i]), test->op);
  return kept != (test->op == DU_TEST_NE);
}

static bool accepts_row(const DuTest *test, const DuSegment *segment,
                        uint32_t row) {
  if (segment->form == DU_SEGMENT_PLAIN)
    return accepts_plain(test, segment->numbers[row]);
  if (segment->form == DU_SEGMENT_FOLLOWING)
    return accepts_following(test, segment->base + row);
  return accepts_value(test, segment, du_segment_number(segment, (int)row));
}

/* What du_test_pick does where all rows with one integer are asked for. */
static uint32_t pick_equal(const DuSegment *segment, int64_t integer,
                           uint16_t *rows, uint32_t count) {
  uint32_t number = du_segment_find(segment, integer), kept = 0;
  for (uint32_t i = 0; i < count && number != UINT32_MAX; i++)
    if (du_segment_number(segment, rows[i]) == number)
      rows[kept++] = rows[i];
  return kept;
}

uint32_t du_test_pick(const DuTest *test, const DuSegment *segment,
                      uint16_t *rows, uint32_t count) {
  uint32_t kept = 0;
  if (du_test_of_one(test) && segment->form != DU_SEGMENT_FOLLOWING)
    return pick_equal(segment, test->operands[0].integer, rows, count);
  for (uint32_t i = 0; i < count; i++)
    if (accepts_row(test, segment, rows[i]))
      rows[kept++] = rows[i];
  return kept;
}

/* ----------------------------------------------------------------- segments */

int64_t du_lower_id(const int64_t *ids, int64_t count, int64_t id) {
  int64_t low = 0;
  while (low < count) {
    int64_t middle = low + (count - low) / 2;
    if (ids[middle] < id)
      low = middle + 1;
    else
      count = middle;
  }
  return low;
}

/* May a value between the two compare as asked with one that is asked for? */
static bool may_compare(const DuTest *test, const DuBounds *bounds) {
  for (uint32_t i = 0; i < test->noperands; i++) {
    const DuOperand *operand = &test->operands[i];
    int least = order_of_integer(bounds->least, operand);
    int most = order_of_integer(bounds->most, operand);
    if (test->op == DU_TEST_EQ
            ? least <= 0 && most >= 0
            : compares(least, test->op) || compares(most, test->op))
      return true;
  }
  return false;
}

/* Has a set of ids one between the two? */
static bool may_be_in_set(const DuTest *test, const DuBounds *bounds) {
  int64_t at = du_lower_id(test->set, test->ids, bounds->least);
  return at < test->ids && test->set[at] <= bounds->most;
}

bool du_test_may_accept(const DuTest *test, const DuBounds *bounds) {
  bool date = test->field->type == DU_DATE;
  switch (test->op) {
  case DU_TEST_NE:
  case DU_TEST_MISSING:
  case DU_TEST_PRESENT:
    return true;
  case DU_TEST_SET:
    return may_be_in_set(test, bounds);
  case DU_TEST_BEFORE:
    return bounds->least < test->first;
  case DU_TEST_AFTER:
    return bounds->most > test->last;
  default:
    return date ? bounds->least <= test->last && bounds->most >= test->first
                : may_compare(test, bounds);
  }
}

bool du_test_of_days(const DuTest *test) {
  return test->field->type == DU_DATE &&
         (test->op == DU_TEST_EQ || test->op == DU_TEST_DURING);
}

bool du_test_may_meet(const DuTest *test, const DuBounds *bounds,
                      const DuMonths *months) {
  return !du_test_of_days(test) || months->bits == NULL ||
         du_months_meet(months->bits, bounds->least, bounds->most, test->first,
                        test->last);
}
