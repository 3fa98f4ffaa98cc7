/*
** fuzz_elements.c - the elements of a list under libFuzzer.
**
**   make fuzz SECONDS=60
**
** All bytes are read as a list: no byte beside them is touched, a text is never
** longer than what stands for it, and compares as its own bytes do.
*/
#include "elements.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition) {
  if (!condition)
    abort();
}

/* Memory of exactly that size, where reading outside of it is seen. */
static char *copy_of(const void *bytes, size_t size) {
  char *copy = malloc(size > 0 ? size : 1);
  require(copy != NULL);
  if (size > 0)
    memcpy(copy, bytes, size);
  return copy;
}

static void check_text(const DuElement *element) {
  char *text = copy_of(element->text, element->length);
  size_t length = du_element_text(element, text);
  char *exact;
  require(length <= element->length);
  exact = copy_of(text, length);
  require(du_element_order(element, exact, length) == 0);
  require(du_element_order(element, "", 0) == (length > 0));
  if (length > 0) {
    require(du_element_order(element, exact, length - 1) > 0);
    exact[length - 1]++;
    require(du_element_order(element, exact, length) ==
            (exact[length - 1] == 0 ? 1 : -1));
  }
  free(exact);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *json = copy_of(data, size);
  DuElements elements = du_elements(json, size);
  DuElement element;
  const char *before = json;
  size_t count = 0;
  for (; du_elements_next(&elements, &element); before = elements.at, count++) {
    require(elements.at > before && elements.at <= json + size);
    if (element.is_text)
      check_text(&element);
  }
  if (du_elements_only(json, size))
    require(count > 0);
  free(json);
  return 0;
}
