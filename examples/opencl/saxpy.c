// y = a x + y over a million floats.      usage: saxpy [RESULT-FILE]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

enum { kCount = 1 << 20 };

static const char kSource[] =
    "__kernel void saxpy(float a, __global const float* x, __global float* y) {\n"
    "  size_t i = get_global_id(0);\n"
    "  y[i] = a * x[i] + y[i];\n"
    "}\n";

// The device may fuse the multiplication with the addition, so the last bit is its own affair.
static void verify(float a, const float* x, const float* y, const float* result) {
  for (size_t i = 0; i < kCount; ++i) {
    if (fabsf(result[i] - (a * x[i] + y[i])) > 1e-5f) {
      fprintf(stderr, "saxpy: element %zu is wrong\n", i);
      exit(1);
    }
  }
}

int main(int argc, char** argv) {
  const size_t bytes = kCount * sizeof(float);
  const float a = 2.5f;
  float* x = allocate(bytes);
  float* y = allocate(bytes);
  float* result = allocate(bytes);
  fill_floats(x, kCount, 1);
  fill_floats(y, kCount, 2);

  struct session session = session_open();
  cl_kernel kernel = session_kernel(&session, kSource, "saxpy");
  cl_mem x_buffer = CHECKED(
      clCreateBuffer(session.context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, bytes, x, &status));
  cl_mem y_buffer =
      CHECKED(clCreateBuffer(session.context, CL_MEM_READ_WRITE, bytes, NULL, &status));
  CHECK(clEnqueueWriteBuffer(session.queue, y_buffer, CL_FALSE, 0, bytes, y, 0, NULL, NULL));

  CHECK(clSetKernelArg(kernel, 0, sizeof a, &a));
  CHECK(clSetKernelArg(kernel, 1, sizeof x_buffer, &x_buffer));
  CHECK(clSetKernelArg(kernel, 2, sizeof y_buffer, &y_buffer));
  const size_t global = kCount;
  cl_event done;
  CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &global, NULL, 0, NULL, &done));
  // The kernel's event orders the read; clFinish then makes both visible.
  CHECK(clEnqueueReadBuffer(session.queue, y_buffer, CL_FALSE, 0, bytes, result, 1, &done, NULL));
  CHECK(clFinish(session.queue));

  verify(a, x, y, result);
  report("saxpy", argc > 1 ? argv[1] : NULL, result, bytes);

  CHECK(clReleaseEvent(done));
  CHECK(clReleaseMemObject(x_buffer));
  CHECK(clReleaseMemObject(y_buffer));
  CHECK(clReleaseKernel(kernel));
  session_close(&session);
  free(x);
  free(y);
  free(result);
  return 0;
}
