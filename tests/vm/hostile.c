// Garbage over shared memory, again and again, and every doorbell rung without pause. Says "ready"
// once it does so; ends with a signal.
//
// usage: hostile /dev/ava0   a process: its own slice
//        hostile FOLDER      a kernel: the whole memory of the device whose folder in sysfs this
//        is;
//                            nothing may be bound to it
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/ivshmem_device.h"
#include "transport/ivshmem_layout.h"

enum { kPeer = 1 << 16, kVectors = 64, kHead = 16384 };

static int file;
static volatile uint32_t* registers;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void* map(size_t size) {
  void* mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapping == MAP_FAILED) fail("mmap");
  return mapping;
}

static void* map_resource(const char* folder, const char* name, size_t* size) {
  char path[256];
  struct stat status;
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  file = open(path, O_RDWR);
  if (file < 0 || fstat(file, &status) != 0) fail(path);
  *size = (size_t)status.st_size;
  return map(*size);
}

static void* map_slice(size_t* size) {
  struct ava_ivshmem_info info;
  if (ioctl(file, AVA_IVSHMEM_INFO, &info) != 0) fail("AVA_IVSHMEM_INFO");
  *size = info.slice_size;
  return map(*size);
}

static void* ring(void* unused) {
  for (uint32_t vector = 0;; vector = (vector + 1) % kVectors) {
    if (registers == NULL) {
      ioctl(file, AVA_IVSHMEM_RING, vector % 2);
      continue;
    }
    // All peers that there may be, not only the host.
    for (uint32_t peer = 0; peer <= 2; ++peer) {
      registers[AVA_IVSHMEM_DOORBELL / sizeof(uint32_t)] = peer * kPeer | vector;
    }
  }
  return unused;
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  size_t size;
  uint64_t* words;
  file = open(arguments[1], O_RDWR);
  if (file >= 0) {
    words = map_slice(&size);
  } else {
    registers = map_resource(arguments[1], "resource0", &size);
    words = map_resource(arguments[1], "resource2", &size);
  }
  pthread_t thread;
  if (pthread_create(&thread, NULL, ring, NULL) != 0) return 1;
  puts("ready");
  fflush(stdout);
  uint64_t random = 88172645463325252u;
  for (uint64_t i = 0;; i = (i + 1) % (size / sizeof(*words))) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    words[i] = random;
    // What the host looks at most often is changed most often: leases, and each slice's control
    // page and first channels, wherever slices begin.
    const uint64_t begin = random % (size / AVA_IVSHMEM_ALIGN) * AVA_IVSHMEM_ALIGN;
    words[(begin + (random >> 40) % kHead) / sizeof(*words)] = random;
    words[(AVA_IVSHMEM_LEASES_OFFSET + (random >> 32) % 256) / sizeof(*words)] = random >> 62;
  }
}
