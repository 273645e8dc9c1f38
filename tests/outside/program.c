/* Adds up some numbers, and shows that a mistake is answered as the vendor would. */
#include <stdio.h>

#include "tally.h"

int main(void) {
  const int64_t values[] = {1, 20, 300, -21};
  tally_book one = NULL;
  int64_t total = 0;
  const tally_status opened = tally_open(&one);
  const tally_status added = tally_add(one, 4, values);
  const tally_status nothing = tally_total(NULL, &total);
  const tally_status told = tally_total(one, &total);
  const tally_status closed = tally_close(one);
  printf("%d %d %d %d %d: %lld\n", opened, added, nothing, told, closed, (long long)total);
  return total == 300 ? 0 : 1;
}
