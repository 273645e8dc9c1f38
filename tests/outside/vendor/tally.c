#include "tally.h"

#include <stdlib.h>

struct tally_book_object {
  int64_t total;
};

tally_status tally_open(tally_book* made) {
  *made = calloc(1, sizeof **made);
  return *made == NULL ? TALLY_LOST : TALLY_OK;
}

tally_status tally_add(tally_book to, uint32_t count, const int64_t* values) {
  if (to == NULL || values == NULL) return TALLY_BAD_ARGUMENT;
  for (uint32_t i = 0; i < count; ++i) to->total += values[i];
  return TALLY_OK;
}

tally_status tally_total(tally_book of, int64_t* total) {
  if (of == NULL || total == NULL) return TALLY_BAD_ARGUMENT;
  *total = of->total;
  return TALLY_OK;
}

tally_status tally_close(tally_book closed) {
  if (closed == NULL) return TALLY_BAD_ARGUMENT;
  free(closed);
  return TALLY_OK;
}
