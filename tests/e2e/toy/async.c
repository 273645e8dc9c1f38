/* 1,000 asynchronous calls between two marks in the process's trace of system calls, after as many
 * that warm everything up, and one wait at the end. */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "toy.h"

enum { kCalls = 1000 };

static void mark(void) { syscall(SYS_getppid); }

static int64_t add_all(toy_ctx ctx) {
  for (int i = 0; i < kCalls; ++i) {
    if (toy_add(ctx, TOY_ADD, i) != TOY_OK) return -1;
  }
  return 0;
}

int main(void) {
  toy_ctx ctx;
  int64_t sum = 0;
  if (toy_ctx_create(0, &ctx) != TOY_OK) return 1;
  add_all(ctx);
  toy_sum(ctx, &sum);
  mark();
  const int64_t failed = add_all(ctx);
  mark();
  const toy_status status = toy_sum(ctx, &sum);
  printf("%d %d %lld\n", (int)failed, status, (long long)sum);
  return 0;
}
