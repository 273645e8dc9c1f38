/* Makes calls one after the other, and stops before call number N for a line from stdin: whoever
 * writes it may have ended the server meanwhile. Each call must fail, or have done what it says:
 * "success" with wrong bytes is what this looks for.
 *
 *   outlive N        prints "ready", then "lost at I" or "never lost"; 0 if nothing was wrong */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toy.h"

enum { kCalls = 60, kCount = 3000 };

static toy_ctx ctx;
static int64_t expected;
static int lost_at = -1;
static int wrong;

static void judge(int call, const char* what, toy_status status, int right) {
  if (status != TOY_OK && lost_at < 0) lost_at = call;
  if (status == TOY_OK && !right) {
    printf("call %d: %s succeeded with wrong data\n", call, what);
    wrong = 1;
  }
  if (status == TOY_OK && lost_at >= 0) {
    printf("call %d: %s succeeded after the loss\n", call, what);
    wrong = 1;
  }
}

static int all(const unsigned char* bytes, size_t size, unsigned char value) {
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != value) return 0;
  }
  return 1;
}

static void one_call(int call) {
  static float in[kCount], out[kCount];
  static unsigned char filled[kCount];
  switch (call % 6) {
    case 0: {
      int64_t sum = -1;
      const toy_status status = toy_sum(ctx, &sum);
      judge(call, "toy_sum", status, sum == expected);
      break;
    }
    case 1:
      /* Asynchronous: its success is a promise, which the next toy_sum keeps or breaks. */
      if (toy_add(ctx, TOY_ADD, call) == TOY_OK) expected += call;
      break;
    case 2: {
      for (int i = 0; i < kCount; ++i) in[i] = (float)(call + i), out[i] = -1;
      const toy_status status = toy_scale(ctx, 2, kCount, in, out);
      judge(call, "toy_scale", status,
            out[0] == 2 * in[0] && out[kCount - 1] == 2 * in[kCount - 1]);
      break;
    }
    case 3: {
      char name[8] = "";
      const toy_status status = toy_ctx_info(ctx, TOY_INFO_NAME, sizeof name, name, NULL);
      judge(call, "toy_ctx_info", status, strcmp(name, "toy") == 0);
      break;
    }
    case 4: {
      memset(filled, 0, sizeof filled);
      toy_status status = TOY_OK;
      toy_job job = toy_job_start(ctx, (uint8_t)(call + 1), sizeof filled, filled, &status);
      if (job != NULL) status = toy_job_wait(job);
      judge(call, "toy_job_wait", status,
            job != NULL && all(filled, sizeof filled, (unsigned char)(call + 1)));
      if (job != NULL) toy_job_release(job);
      break;
    }
    default: {
      toy_ctx other = NULL;
      const toy_status status = toy_ctx_create(0, &other);
      judge(call, "toy_ctx_create", status, other != NULL);
      if (status == TOY_OK) toy_ctx_release(other);
      break;
    }
  }
}

int main(int argc, char** argv) {
  const int stop = argc > 1 ? atoi(argv[1]) : 0;
  if (toy_ctx_create(0, &ctx) != TOY_OK) return 2;
  for (int call = 0; call < kCalls; ++call) {
    if (call == stop) {
      printf("ready\n");
      fflush(stdout);
      if (getchar() == EOF) return 2;
    }
    one_call(call);
  }
  if (lost_at < 0) {
    printf("never lost\n");
  } else {
    printf("lost at %d\n", lost_at);
  }
  return wrong;
}
