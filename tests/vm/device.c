// Does with /dev/ava0 what its arguments say, one after the other, and says how each ended: "ok", a
// number, or the name of the error. Does not link AvA: it is the device file's contract that it
// tests (src/transport/ivshmem_device.h), not the guest library.
//
//   open[=FLAGS] close       the file; FLAGS: n for O_NONBLOCK
//   map[=PAGES[@PAGE]] unmap  the whole slice, or some pages of it; not shared: =private
//   info                     slice, layout version, flags, bytes
//   get=OFFSET set=OFFSET=N  a 32-bit word of the mapping
//   ring=WHAT wake           the device's calls of these names
//   wait=OFFSET=N[=NS]       sleeps while the word is N
//   zero=OFFSET=BYTES        is this part of the mapping zero?
//   fork                     the child goes on with the rest; the parent waits for its end
//   thread=OP                one operation in a thread of its own; `join` says how it ended
//   wake-join                the same, and wakes until it has
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/ivshmem_device.h"

static int file = -1;
static unsigned char* mapping = MAP_FAILED;
static size_t mapped;
static struct ava_ivshmem_info info;
static pthread_t thread;
static char result_of_thread[64];

static void said(char* result, long status) {
  if (status < 0)
    snprintf(result, 64, "%s", strerrorname_np(errno));
  else
    snprintf(result, 64, "ok");
}

static void map(const char* how, char* result) {
  size_t page = 0;
  const int is_private = strcmp(how, "private") == 0;
  if (ioctl(file, AVA_IVSHMEM_INFO, &info) != 0) {
    // The mapping itself says what is wrong.
    info.slice_size = 4096;
  }
  mapped = info.slice_size;
  if (*how != '\0' && !is_private) {
    char* rest;
    mapped = strtoull(how, &rest, 0) * 4096;
    if (*rest == '@') page = strtoull(rest + 1, NULL, 0);
  }
  mapping = mmap(NULL, mapped, PROT_READ | PROT_WRITE, is_private ? MAP_PRIVATE : MAP_SHARED, file,
                 (off_t)(page * 4096));
  said(result, mapping == MAP_FAILED ? -1 : 0);
}

static void run(char* operation, char* result) {
  char* rest = operation;
  const char* verb = strsep(&rest, "=");
  const char* first = rest != NULL ? strsep(&rest, "=") : "";
  const char* second = rest != NULL ? strsep(&rest, "=") : "0";
  const uint64_t offset = strtoull(first, NULL, 0);
  volatile uint32_t* word = (volatile uint32_t*)(mapping + offset);
  if (strcmp(verb, "open") == 0) {
    file = open("/dev/ava0", O_RDWR | O_CLOEXEC | (*first == 'n' ? O_NONBLOCK : 0));
    said(result, file);
  } else if (strcmp(verb, "close") == 0) {
    said(result, close(file));
  } else if (strcmp(verb, "map") == 0) {
    map(first, result);
  } else if (strcmp(verb, "unmap") == 0) {
    said(result, munmap(mapping, mapped));
  } else if (strcmp(verb, "info") == 0) {
    if (ioctl(file, AVA_IVSHMEM_INFO, &info) != 0)
      said(result, -1);
    else
      snprintf(result, 64, "slice=%u,layout=%u,flags=%u,size=%llu", info.slice, info.layout_version,
               info.flags, (unsigned long long)info.slice_size);
  } else if (strcmp(verb, "get") == 0) {
    snprintf(result, 64, "%u", *word);
  } else if (strcmp(verb, "set") == 0) {
    *word = (uint32_t)strtoul(second, NULL, 0);
    said(result, 0);
  } else if (strcmp(verb, "zero") == 0) {
    const uint64_t bytes = strtoull(second, NULL, 0);
    const unsigned char* at = mapping + offset;
    snprintf(result, 64, "%s", at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0 ? "yes" : "no");
  } else if (strcmp(verb, "ring") == 0) {
    said(result, ioctl(file, AVA_IVSHMEM_RING, offset));
  } else if (strcmp(verb, "wake") == 0) {
    said(result, ioctl(file, AVA_IVSHMEM_WAKE));
  } else if (strcmp(verb, "wait") == 0) {
    struct ava_ivshmem_wait wait = {.offset = offset,
                                    .value = (uint32_t)strtoul(second, NULL, 0),
                                    .timeout_ns = rest != NULL ? strtoll(rest, NULL, 0) : -1};
    said(result, ioctl(file, AVA_IVSHMEM_WAIT, &wait));
  } else {
    snprintf(result, 64, "no such operation");
  }
}

static void* in_thread(void* operation) {
  run(operation, result_of_thread);
  return NULL;
}

int main(int count, char** operations) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 1; i < count; ++i) {
    char result[64] = "ok";
    char* operation = strdup(operations[i]);
    if (strncmp(operation, "thread=", 7) == 0) {
      pthread_create(&thread, NULL, in_thread, operation + 7);
    } else if (strcmp(operation, "join") == 0) {
      pthread_join(thread, NULL);
      memcpy(result, result_of_thread, sizeof(result));
    } else if (strcmp(operation, "wake-join") == 0) {
      while (pthread_tryjoin_np(thread, NULL) != 0) ioctl(file, AVA_IVSHMEM_WAKE);
      memcpy(result, result_of_thread, sizeof(result));
    } else if (strcmp(operation, "fork") == 0) {
      fflush(stdout);
      const pid_t child = fork();
      if (child > 0) {
        int status;
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
      }
      said(result, child);
    } else {
      run(operation, result);
    }
    printf("%s: %s\n", operations[i], result);
  }
  return 0;
}
