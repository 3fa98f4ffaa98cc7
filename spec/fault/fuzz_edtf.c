/*
** fuzz_edtf.c - du_edtf_parse under libFuzzer.
**
**   clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -Icsrc \
**     spec/fault/fuzz_edtf.c csrc/edtf.c -o fuzz_edtf
**   ./fuzz_edtf -only_ascii=1 -max_len=80 -max_total_time=60
**
** A text is either a date, whose first day is not after its last and which
** needs no reason, or it has a reason: one line of printable ASCII, never empty
** and within its buffer however small that is. A date that a reason tells to
** write is one.
*/
#include "edtf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition) {
  if (!condition)
    abort();
}

static int is_day_or(int day, int none) {
  char text[11];
  return day == none || du_edtf_day_text(day, text);
}

static void check_date(const DuEdtf *date, const char *why) {
  require(date->first <= date->last);
  require(is_day_or(date->first, DU_EDTF_NO_FIRST));
  require(is_day_or(date->last, DU_EDTF_NO_LAST));
  require((date->first == DU_EDTF_NO_FIRST) ==
          (date->open_start || date->unknown_start));
  require((date->last == DU_EDTF_NO_LAST) ==
          (date->open_end || date->unknown_end));
  require(date->level >= 0 && date->level <= 2);
  require(du_edtf_precision_name(date->precision)[0] != '\0');
  require(du_edtf_overlaps(date, date));
  require(why[0] == '\0');
}

/* "...; write 2019-07" ends in a date. */
static void check_suggestion(const char *why) {
  const char *found = strstr(why, "; write ");
  DuEdtf date;
  char inner[DU_EDTF_WHY];
  if (found != NULL)
    require(du_edtf_parse(found + 8, strlen(found + 8), &date, inner,
                          sizeof(inner)));
}

static void check_reason(const char *why) {
  const char *c;
  require(why[0] != '\0');
  require(strlen(why) < DU_EDTF_WHY - 1); /* none has had to be cut off */
  for (c = why; *c != '\0'; c++)
    require(*c >= ' ' && *c < 127);
  check_suggestion(why);
}

/* With a smaller buffer the reason is the same, cut off. */
static void check_cut(const char *text, size_t length, const char *why) {
  size_t size = length % 90;
  char *cut = malloc(size > 0 ? size : 1);
  DuEdtf date;
  require(cut != NULL);
  du_edtf_parse(text, length, &date, size > 0 ? cut : NULL, size);
  if (size > 0)
    require(strlen(cut) < size && strncmp(cut, why, strlen(cut)) == 0);
  free(cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  DuEdtf date;
  char why[DU_EDTF_WHY];
  memset(why, '\n', sizeof(why));
  if (du_edtf_parse(text, size, &date, why, sizeof(why)))
    check_date(&date, why);
  else
    check_reason(why);
  check_cut(text, size, why);
  return 0;
}
