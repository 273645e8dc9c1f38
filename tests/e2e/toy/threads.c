/* Four threads: one blocks in the library, three go on calling. The blocked one is let go only when
 * the others are done, so a library that made them wait for it would never end. */
#include <pthread.h>
#include <stdio.h>

#include "toy.h"

enum { kCallers = 3, kRounds = 500 };

struct caller {
  pthread_t thread;
  int number;
  int wrong;
};

static void* call(void* data) {
  struct caller* caller = data;
  toy_ctx ctx;
  if (toy_ctx_create(0, &ctx) != TOY_OK) caller->wrong = 1;
  int64_t expected = 0;
  for (int i = 0; i < kRounds; ++i) {
    toy_add(ctx, TOY_ADD, caller->number + i);
    expected += caller->number + i;
    int64_t sum = -1;
    if (toy_sum(ctx, &sum) != TOY_OK || sum != expected) ++caller->wrong;
  }
  toy_ctx_release(ctx);
  return NULL;
}

static void* wait_for_job(void* job) { return (void*)(intptr_t)toy_job_wait(job); }
static void* wait_for_sleep(void* ctx) { return (void*)(intptr_t)toy_sleep(ctx, 300); }

struct reader {
  pthread_t thread;
  toy_ctx ctx;
  int64_t sum;
};

static void* read_sum(void* data) {
  struct reader* reader = data;
  toy_sum(reader->ctx, &reader->sum);
  return NULL;
}

static int run_callers(void) {
  struct caller callers[kCallers];
  int wrong = 0;
  for (int i = 0; i < kCallers; ++i) {
    callers[i] = (struct caller){.number = i};
    pthread_create(&callers[i].thread, NULL, call, &callers[i]);
  }
  for (int i = 0; i < kCallers; ++i) {
    pthread_join(callers[i].thread, NULL);
    wrong += callers[i].wrong;
  }
  return wrong;
}

int main(void) {
  toy_ctx gated;
  if (toy_ctx_create(TOY_FLAG_CHECKED, &gated) != TOY_OK) return 1;
  char out[8000] = {0};
  toy_job job = toy_job_start(gated, 9, sizeof out, out, NULL);
  pthread_t blocked;
  void* status;
  pthread_create(&blocked, NULL, wait_for_job, job);
  printf("wrong results beside a wait: %d\n", run_callers());
  printf("job: %d\n", toy_job_poll(job));
  toy_gate_open(gated);
  pthread_join(blocked, &status);
  printf("waited: %d, output %d\n", (int)(intptr_t)status, out[sizeof out - 1]);
  toy_job_release(job);

  pthread_create(&blocked, NULL, wait_for_sleep, gated);
  printf("wrong results beside a sleep: %d\n", run_callers());
  pthread_join(blocked, &status);
  printf("slept: %d\n", (int)(intptr_t)status);

  /* What one thread does is seen by another that learns of it. */
  toy_ctx shared;
  toy_ctx_create(0, &shared);
  int wrong = 0;
  for (int i = 0; i < 50; ++i) {
    toy_add(shared, TOY_ADD, 1);
    struct reader reader = {.ctx = shared, .sum = -1};
    pthread_create(&reader.thread, NULL, read_sum, &reader);
    pthread_join(reader.thread, NULL);
    wrong += reader.sum != i + 1;
  }
  printf("wrong sums on another thread: %d\n", wrong);
  return 0;
}
