/* Calls every function of the toy API, rightly and wrongly, and prints what comes back: the same
 * natively and through AvA, byte for byte. */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toy.h"

static uint64_t hash_of(const void* data, size_t size) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; ++i) {
    hash = (hash ^ ((const unsigned char*)data)[i]) * 0x100000001b3u;
  }
  return hash;
}

static uint32_t references(toy_ctx ctx) {
  uint32_t value = 0;
  toy_ctx_info(ctx, TOY_INFO_REFERENCES, sizeof value, &value, NULL);
  return value;
}

static int64_t sum_of(toy_ctx ctx) {
  int64_t sum = -1;
  const toy_status status = toy_sum(ctx, &sum);
  return status == TOY_OK ? sum : -1000 + status;
}

static void contexts(void) {
  toy_ctx ctx = NULL;
  printf("null: %d\n", toy_null());
  printf("create: %d\n", toy_ctx_create(0, &ctx));
  printf("create with unknown flags: %d\n", toy_ctx_create(2, &ctx));
  printf("create nowhere: %d\n", toy_ctx_create(0, NULL));
  printf("retain: %d, %u references\n", toy_ctx_retain(ctx), references(ctx));
  printf("retained: %u references\n", references(ctx));
  printf("release: %d\n", toy_ctx_release(ctx));
  printf("released: %u references\n", references(ctx));

  char name[16] = "untouched";
  size_t size = 0;
  printf("name's size: %d %zu\n", toy_ctx_info(ctx, TOY_INFO_NAME, 0, NULL, &size), size);
  printf("name: %d\n", toy_ctx_info(ctx, TOY_INFO_NAME, sizeof name, name, &size));
  printf("name: %s %zu, then %d\n", name, size, name[5]);
  printf("too small: %d\n", toy_ctx_info(ctx, TOY_INFO_NAME, 3, name, NULL));
  printf("unknown info: %d\n", toy_ctx_info(ctx, 3, sizeof name, name, NULL));
  toy_ctx parent = NULL;
  printf("parent: %d\n", toy_ctx_info(ctx, TOY_INFO_PARENT, sizeof parent, &parent, NULL));
  printf("the parent is the context: %d\n", parent == ctx);
  char part[16] = {0};
  printf("part of a handle: %d", toy_ctx_info(ctx, TOY_INFO_PARENT, 1, part, &size));
  printf(" of %zu, then", size);
  for (unsigned i = 1; i < sizeof part; ++i) printf(" %d", part[i]);
  printf("\nits sum: %lld\n", (long long)sum_of(parent));
  printf("null handles: %lld %d %d\n", (long long)sum_of(NULL), toy_ctx_release(NULL),
         toy_job_wait(NULL));
  printf("last release: %d\n", toy_ctx_release(ctx));
  toy_ctx other = NULL;
  printf("create: %d\n", toy_ctx_create(TOY_FLAG_CHECKED, &other));
  printf("release: %d\n", toy_ctx_release(other));
}

static void sums(toy_ctx ctx) {
  for (int i = 0; i < 100; ++i) toy_add(ctx, i % 3 == 0 ? TOY_SUBTRACT : TOY_ADD, i);
  printf("sum: %lld\n", (long long)sum_of(ctx));
  for (int i = 0; i < 20000; ++i) toy_add(ctx, TOY_ADD, 1); /* more than any ring holds */
  printf("sum: %lld\n", (long long)sum_of(ctx));
  printf("unknown op: %d\n", toy_add(ctx, 7, 1));
  printf("too much: %d %d\n", toy_add(ctx, TOY_ADD, 1000001), toy_add(ctx, TOY_ADD, INT64_MIN));
  printf("sum nowhere: %d\n", toy_sum(ctx, NULL));
  printf("unchanged: %lld\n", (long long)sum_of(ctx));
}

static void scales(toy_ctx ctx) {
  static const uint32_t counts[] = {0, 1, 3, 1000, 1024, 1025, 4096, 300000};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i) {
    const uint32_t count = counts[i];
    float* in = malloc((count + 1) * sizeof *in);
    float* out = malloc((count + 1) * sizeof *out);
    for (uint32_t j = 0; j <= count; ++j) in[j] = (float)j, out[j] = -7;
    const toy_status status = toy_scale(ctx, 0.5f, count, in, out);
    printf("scale %u: %d %016llx, beyond %g\n", count, status,
           (unsigned long long)hash_of(out, count * sizeof *out), (double)out[count]);
    printf("in place: %d %016llx\n", toy_scale(ctx, 3, count, in, in),
           (unsigned long long)hash_of(in, count * sizeof *in));
    free(in);
    free(out);
  }
  float one = 1;
  const float zero = 0;
  printf("not a number: %d\n", toy_scale(ctx, zero / zero, 1, &one, &one));
  printf("too many: %d\n", toy_scale(ctx, 1, (1 << 24) + 1, NULL, NULL));
  printf("from nowhere: %d\n", toy_scale(ctx, 1, 1, NULL, &one));
  printf("to nowhere: %d\n", toy_scale(ctx, 1, 1, &one, NULL));
}

static void programs(toy_ctx ctx) {
  toy_ctx other = NULL;
  toy_ctx_create(0, &other);
  const toy_ctx targets[] = {ctx, other, NULL};
  printf("run: %d\n", toy_run(ctx, "+1 -2 +39", 2, targets));
  printf("sums: %lld %lld\n", (long long)sum_of(ctx), (long long)sum_of(other));
  printf("empty: %d %lld\n", toy_run(ctx, "", 1, targets), (long long)sum_of(ctx));
  printf("no targets: %d %d\n", toy_run(ctx, "+1", 0, NULL), toy_run(ctx, "+1", 0, targets));
  printf("a null target: %d\n", toy_run(ctx, "+1", 3, targets));
  printf("nonsense: %d\n", toy_run(ctx, "rm -rf", 1, targets));
  printf("no program: %d\n", toy_run(ctx, NULL, 1, targets));
  enum { kTerms = 50000 };
  char* longest = malloc(3 * kTerms + 1);
  for (int i = 0; i < kTerms; ++i) memcpy(longest + 3 * i, "+1 ", 4);
  printf("long: %d %lld\n", toy_run(ctx, longest, 1, targets), (long long)sum_of(ctx));
  free(longest);
  toy_ctx_release(other);
}

static void joins(toy_ctx ctx) {
  const char* words[] = {"one", "", "three\0hidden", "four"};
  const size_t lengths[] = {2, 0, 12, 4};
  uint64_t hash = 0;
  printf("join: %d\n", toy_join(ctx, 4, words, NULL, &hash));
  printf("hash: %016llx\n", (unsigned long long)hash);
  printf("join with lengths: %d\n", toy_join(ctx, 4, words, lengths, &hash));
  printf("hash: %016llx\n", (unsigned long long)hash);
  printf("join nothing: %d\n", toy_join(ctx, 0, words, NULL, &hash));
  printf("hash: %016llx\n", (unsigned long long)hash);
  printf("from nowhere: %d\n", toy_join(ctx, 1, NULL, NULL, &hash));
  printf("to nowhere: %d\n", toy_join(ctx, 4, words, NULL, NULL));
  char* big = malloc(200001);
  memset(big, 'x', 200000);
  big[200000] = '\0';
  const char* bigs[] = {big, "y"};
  printf("join much: %d\n", toy_join(ctx, 2, bigs, NULL, &hash));
  printf("hash: %016llx\n", (unsigned long long)hash);
  free(big);
}

static void jobs(void) {
  toy_ctx ctx = NULL, gated = NULL;
  toy_ctx_create(0, &ctx);
  toy_ctx_create(TOY_FLAG_CHECKED, &gated);
  static const size_t sizes[] = {0, 1, 4096, 5000, 3000000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    const size_t size = sizes[i];
    unsigned char* out = calloc(size + 1, 1);
    toy_status error = 99;
    toy_job job = toy_job_start(ctx, 0xa5, size, out, &error);
    printf("job of %zu: %d %d\n", size, job != NULL, error);
    printf("wait: %d\n", toy_job_wait(job));
    printf("poll: %d, output %016llx, beyond %d\n", toy_job_poll(job),
           (unsigned long long)hash_of(out, size), out[size]);
    printf("release: %d\n", toy_job_release(job));
    free(out);
  }
  toy_status error = 99;
  printf("fill of 0: %d", toy_job_start(ctx, 0, 0, NULL, &error) != NULL);
  printf(" %d\n", error);
  printf("to nowhere: %d", toy_job_start(ctx, 1, 8, NULL, &error) != NULL);
  printf(" %d\n", error);
  printf("without error: %d\n", toy_job_start(ctx, 0, 0, NULL, NULL) != NULL);

  enum { kJobs = 20, kSize = 6000 };
  unsigned char* out = calloc(kJobs, kSize);
  toy_job started[kJobs];
  for (int i = 0; i < kJobs; ++i) {
    started[i] = toy_job_start(gated, (uint8_t)(i + 1), kSize, out + i * kSize, NULL);
  }
  printf("behind the gate: %d\n", toy_job_poll(started[kJobs - 1]));
  printf("gate: %d\n", toy_gate_open(gated));
  for (int i = kJobs - 1; i >= 0; --i) {
    const toy_status status = toy_job_wait(started[i]);
    printf("job %d: %d, %d %d\n", i, status, out[i * kSize], out[i * kSize + kSize - 1]);
    toy_job_release(started[i]);
  }
  free(out);
  printf("releases: %d %d\n", toy_ctx_release(gated), toy_ctx_release(ctx));
}

struct flushes {
  sem_t arrived;
  toy_ctx ctx;
  int count;
  int64_t sums[64];
};

static void on_flush(toy_ctx ctx, int64_t sum, void* user_data) {
  struct flushes* flushes = user_data;
  if (ctx == flushes->ctx && flushes->count < 64) flushes->sums[flushes->count++] = sum;
  sem_post(&flushes->arrived);
}

static void callbacks(void) {
  struct flushes flushes;
  memset(&flushes, 0, sizeof flushes);
  sem_init(&flushes.arrived, 0, 0);
  toy_ctx_create(0, &flushes.ctx);
  printf("flush before: %d\n", toy_flush(flushes.ctx));
  const toy_status registered = toy_on_flush(flushes.ctx, on_flush, &flushes);
  printf("register: %d\n", registered);
  if (registered != TOY_OK) return; /* or wait for ever */
  for (int i = 0; i < 64; ++i) {
    toy_add(flushes.ctx, TOY_ADD, i);
    toy_flush(flushes.ctx);
  }
  for (int i = 0; i < 64; ++i) sem_wait(&flushes.arrived);
  for (int i = 0; i < flushes.count; ++i) printf("called with %lld\n", (long long)flushes.sums[i]);
  printf("unregister: %d\n", toy_on_flush(flushes.ctx, NULL, NULL));
  printf("flush after: %d\n", toy_flush(flushes.ctx));
  printf("release: %d\n", toy_ctx_release(flushes.ctx));
}

int main(void) {
  contexts();
  toy_ctx ctx = NULL;
  toy_ctx_create(0, &ctx);
  sums(ctx);
  scales(ctx);
  programs(ctx);
  joins(ctx);
  jobs();
  callbacks();
  printf("sleep: %d\n", toy_sleep(ctx, 5));
  printf("sleep too long: %d\n", toy_sleep(ctx, 10001));
  printf("release: %d\n", toy_ctx_release(ctx));
  return 0;
}
