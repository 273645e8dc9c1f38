// The median time of a few calls, in microseconds, as tab-separated lines.
//
// Each sample times `batch` calls, so that the clock's own cost vanishes in those of nanoseconds.
// What it leaves out: the spread, the first calls, and any other program on the machine.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"

enum { kSamples = 301, kLargest = 1 << 20 };

struct subject {
  struct session session;
  cl_kernel kernel;
  cl_mem buffer;
  char* bytes;
};

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static void info_query(struct subject* s) {
  cl_uint units;
  CHECK(
      clGetDeviceInfo(s->session.device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL));
}

static void set_kernel_arg(struct subject* s) {
  CHECK(clSetKernelArg(s->kernel, 0, sizeof s->buffer, &s->buffer));
}

static void enqueue_and_finish(struct subject* s) {
  const size_t one = 1;
  CHECK(clEnqueueNDRangeKernel(s->session.queue, s->kernel, 1, NULL, &one, NULL, 0, NULL, NULL));
  CHECK(clFinish(s->session.queue));
}

static void write_bytes(struct subject* s, size_t size) {
  CHECK(
      clEnqueueWriteBuffer(s->session.queue, s->buffer, CL_TRUE, 0, size, s->bytes, 0, NULL, NULL));
}
static void write_4k(struct subject* s) { write_bytes(s, 4096); }
static void write_1m(struct subject* s) { write_bytes(s, kLargest); }

static void read_4k(struct subject* s) {
  CHECK(
      clEnqueueReadBuffer(s->session.queue, s->buffer, CL_TRUE, 0, 4096, s->bytes, 0, NULL, NULL));
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static void measure(const char* name, void (*call)(struct subject*), int batch,
                    struct subject* subject) {
  static double samples[kSamples];
  for (int i = 0; i < kSamples / 10; ++i) call(subject);  // warm
  for (int i = 0; i < kSamples; ++i) {
    const double start = now_us();
    for (int k = 0; k < batch; ++k) call(subject);
    samples[i] = (now_us() - start) / batch;
  }
  CHECK(clFinish(subject->session.queue));
  qsort(samples, kSamples, sizeof samples[0], ascending);
  printf("%s\t%.3f\n", name, samples[kSamples / 2]);
}

int main(void) {
  struct subject subject = {.session = session_open()};
  subject.kernel = session_kernel(&subject.session,
                                  "__kernel void nothing(__global float* unused) {}\n", "nothing");
  subject.buffer =
      CHECKED(clCreateBuffer(subject.session.context, CL_MEM_READ_WRITE, kLargest, NULL, &status));
  subject.bytes = allocate(kLargest);
  memset(subject.bytes, 1, kLargest);

  measure("info query", info_query, 100, &subject);
  measure("clSetKernelArg", set_kernel_arg, 100, &subject);
  measure("empty kernel: enqueue + finish", enqueue_and_finish, 1, &subject);
  measure("blocking write, 4 KiB", write_4k, 1, &subject);
  measure("blocking read, 4 KiB", read_4k, 1, &subject);
  measure("blocking write, 1 MiB", write_1m, 1, &subject);

  CHECK(clReleaseMemObject(subject.buffer));
  CHECK(clReleaseKernel(subject.kernel));
  session_close(&subject.session);
  free(subject.bytes);
  return 0;
}
