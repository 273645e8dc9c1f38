/* What the raw floor's guest and host agree on: words in the region of a slice, a cache line each.
 */
#ifndef AVA_BENCH_FLOOR_H
#define AVA_BENCH_FLOOR_H

#include <stdint.h>

enum FloorMode {
  kFloorBlock = 0, /* ring for each request; the answer wakes who is parked */
  kFloorYield =
      1 /* nobody rings: both sides look, and give the processor away until there is something */
};

#define FLOOR_PAYLOAD 64u /* bytes */

struct FloorWords {
  uint32_t mode; /* the guest's; a change is rung for */
  uint8_t pad1[60];
  uint32_t asked; /* the guest's */
  uint8_t pad2[60];
  uint32_t answered; /* the host's */
  uint8_t pad3[60];
  uint32_t parked; /* 1: the guest sleeps for an answer */
  uint8_t pad4[60];
  uint8_t question[FLOOR_PAYLOAD];
  uint8_t answer[FLOOR_PAYLOAD];
};

#endif
