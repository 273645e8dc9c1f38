/*
 * In the guest: AvA's calls and the raw floor in turns, round by round, in one process. Prints a
 * line "NAME FLOOR AVA" per round: medians in microseconds, or bytes per second.
 *
 *   guest hot|blocking|bulk ROUNDS    the floor's device is /dev/ava2; AvA's as its library finds
 * it guest async CALLS                 asynchronous calls, 64 in flight; the router counts
 */
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "floor.h"
#include "toy.h"
#include "transport/ivshmem_device.h"

enum { kWarm = 20, kCalls = 200, kWindow = 64, kBlocks = 16, kBlock = 1 << 20 };

struct Device {
  int fd;
  uint8_t* region;
  struct FloorWords* words;
  uint64_t parked_offset;
};

static void require(int good, const char* what) {
  if (good) return;
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static double median(double* values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return values[count / 2];
}

static struct Device open_floor(void) {
  struct Device device = {.fd = open("/dev/ava2", O_RDWR | O_CLOEXEC)};
  struct ava_ivshmem_info info;
  require(device.fd >= 0 && ioctl(device.fd, AVA_IVSHMEM_INFO, &info) == 0, "/dev/ava2");
  void* data = mmap(NULL, info.slice_size, PROT_READ | PROT_WRITE, MAP_SHARED, device.fd, 0);
  require(data != MAP_FAILED, "mmap");
  device.region = (uint8_t*)data + info.region_offset;
  device.words = (struct FloorWords*)device.region;
  device.parked_offset = info.region_offset + offsetof(struct FloorWords, parked);
  return device;
}

static void ring(const struct Device* device) {
  require(ioctl(device->fd, AVA_IVSHMEM_RING, AVA_IVSHMEM_RING_SLICE) == 0, "ring");
}

static void set_mode(const struct Device* device, uint32_t mode) {
  __atomic_store_n(&device->words->mode, mode, __ATOMIC_SEQ_CST);
  ring(device);
}

static void raw_call(const struct Device* device, int yields) {
  struct FloorWords* words = device->words;
  uint8_t payload[FLOOR_PAYLOAD];
  const uint32_t number = words->asked + 1;
  memset(payload, (int)number, sizeof payload);
  memcpy(words->question, payload, sizeof payload);
  __atomic_store_n(&words->asked, number, __ATOMIC_SEQ_CST);
  if (!yields) ring(device);
  while (__atomic_load_n(&words->answered, __ATOMIC_SEQ_CST) != number) {
    if (yields) {
      sched_yield();
      continue;
    }
    __atomic_store_n(&words->parked, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&words->answered, __ATOMIC_SEQ_CST) != number) {
      struct ava_ivshmem_wait wait = {
          .offset = device->parked_offset, .value = 1, .timeout_ns = 100000000};
      ioctl(device->fd, AVA_IVSHMEM_WAIT, &wait);
    }
    __atomic_store_n(&words->parked, 0, __ATOMIC_SEQ_CST);
  }
  memcpy(payload, words->answer, sizeof payload);
}

static double raw_round(const struct Device* device, int yields) {
  double times[kCalls];
  if (yields) set_mode(device, kFloorYield);
  for (int i = 0; i < kWarm; ++i) raw_call(device, yields);
  for (int i = 0; i < kCalls; ++i) {
    const double before = now();
    raw_call(device, yields);
    times[i] = now() - before;
  }
  if (yields) __atomic_store_n(&device->words->mode, kFloorBlock, __ATOMIC_SEQ_CST);
  return median(times, kCalls);
}

static double ava_round(void) {
  double times[kCalls];
  for (int i = 0; i < kWarm; ++i) toy_null();
  for (int i = 0; i < kCalls; ++i) {
    const double before = now();
    require(toy_null() == 0, "toy_null");
    times[i] = now() - before;
  }
  return median(times, kCalls);
}

/* Bytes per second into device memory that was touched before. */
static void bulk_round(const struct Device* device, const uint8_t* data) {
  double before = now();
  for (int i = 0; i < kBlocks; ++i) memcpy(device->region + 4096 + i * kBlock, data, kBlock);
  const double raw = kBlocks * (double)kBlock / (now() - before) * 1e6;
  toy_ctx ctx;
  require(toy_ctx_create(0, &ctx) == 0, "toy_ctx_create");
  before = now();
  for (int i = 0; i < kBlocks; ++i) require(toy_keep(ctx, kBlock, data) == 0, "toy_keep");
  const double ava = kBlocks * (double)kBlock / (now() - before) * 1e6;
  toy_ctx_release(ctx);
  printf("bulk %.0f %.0f\n", raw, ava);
}

static void async(long calls) {
  toy_ctx ctx;
  int64_t sum;
  require(toy_ctx_create(0, &ctx) == 0, "toy_ctx_create");
  for (long i = 0; i < calls; ++i) {
    toy_add(ctx, TOY_ADD, 1);
    if (i % kWindow == kWindow - 1) toy_sum(ctx, &sum);
  }
  require(toy_sum(ctx, &sum) == 0 && sum == calls, "toy_sum");
  toy_ctx_release(ctx);
}

int main(int argc, char** argv) {
  require(argc == 3, "usage");
  const long count = atol(argv[2]);
  if (strcmp(argv[1], "async") == 0) {
    async(count);
    return 0;
  }
  const struct Device device = open_floor();
  uint8_t* data = malloc(kBlock);
  memset(data, 1, kBlock);
  const int hot = strcmp(argv[1], "hot") == 0;
  for (long i = 0; i < count; ++i) {
    if (strcmp(argv[1], "bulk") == 0) {
      bulk_round(&device, data);
    } else {
      const double raw = raw_round(&device, hot);
      printf("%s %.2f %.2f\n", argv[1], raw, ava_round());
    }
  }
  return 0;
}
