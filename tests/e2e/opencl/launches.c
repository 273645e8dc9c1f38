/* A thousand launches, each with an argument of its own, between two calls of getppid that mark
 * them in a system call trace; then one wait. Prints the sums that they leave. */
#include <stdio.h>
#include <unistd.h>

#include "demo.h"

static const char* const kSource =
    "kernel void add(global long* sum, long value) { sum[get_global_id(0)] += value; }";

enum { kItems = 4, kLaunches = 1000 };

int main(void) {
  struct session session = session_open();
  cl_kernel kernel = session_kernel(&session, kSource, "add");
  cl_long sums[kItems] = {0};
  cl_mem buffer =
      CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, sizeof sums, sums, &status));
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
  const size_t items = kItems;
  for (cl_long i = 0; i <= kLaunches; ++i) {
    /* The first teaches the guest library that calls of this kind succeed. */
    if (i == 1) getppid();
    CHECK(clSetKernelArg(kernel, 1, sizeof i, &i));
    CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  }
  getppid();
  CHECK(clFinish(session.queue));
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, sizeof sums, sums, 0, NULL, NULL));
  for (int i = 0; i < kItems; ++i) printf("%lld\n", (long long)sums[i]);
  CHECK(clReleaseMemObject(buffer));
  CHECK(clReleaseKernel(kernel));
  session_close(&session);
  return 0;
}
