/* Calls until its standard input ends, and counts results that are not right. */
#include <poll.h>
#include <stdio.h>

#include "toy.h"

enum { kCount = 2000 };

static int wrong(toy_ctx ctx, int round, int64_t* expected) {
  static float in[kCount], out[kCount];
  static unsigned char filled[kCount];
  int failures = 0;
  for (int i = 0; i < 20; ++i) {
    failures += toy_add(ctx, TOY_ADD, i) != TOY_OK;
    *expected += i;
  }
  int64_t sum = -1;
  failures += toy_sum(ctx, &sum) != TOY_OK || sum != *expected;
  for (int i = 0; i < kCount; ++i) in[i] = (float)(round + i);
  failures += toy_scale(ctx, 2, kCount, in, out) != TOY_OK;
  for (int i = 0; i < kCount; ++i) failures += out[i] != 2 * in[i];
  const unsigned char fill = (unsigned char)(round % 255 + 1);
  toy_job job = toy_job_start(ctx, fill, sizeof filled, filled, NULL);
  failures += toy_job_wait(job) != TOY_OK;
  for (int i = 0; i < kCount; ++i) failures += filled[i] != fill;
  failures += toy_job_release(job) != TOY_OK;
  return failures;
}

int main(void) {
  toy_ctx ctx;
  if (toy_ctx_create(0, &ctx) != TOY_OK) return 2;
  printf("ready\n");
  fflush(stdout);
  int failures = 0, rounds = 0;
  int64_t expected = 0;
  struct pollfd input = {.fd = 0, .events = POLLIN};
  for (; poll(&input, 1, 1) == 0; ++rounds) failures += wrong(ctx, rounds, &expected);
  printf("%d rounds, %d wrong\n", rounds, failures);
  return failures != 0 || rounds == 0;
}
