// C = A B for square matrices, in tiles through local memory.      usage: matmul [RESULT-FILE]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

enum { kSize = 256, kElements = kSize * kSize };  // a multiple of the kernel's TILE

static const char kSource[] =
    "#define TILE 16\n"
    "__kernel __attribute__((reqd_work_group_size(TILE, TILE, 1)))\n"
    "void matmul(uint n, __global const float* a, __global const float* b, __global float* c) {\n"
    "  __local float a_tile[TILE][TILE], b_tile[TILE][TILE];\n"
    "  const size_t row = get_global_id(1), column = get_global_id(0);\n"
    "  const size_t y = get_local_id(1), x = get_local_id(0);\n"
    "  float sum = 0;\n"
    "  for (uint tile = 0; tile < n; tile += TILE) {\n"
    "    a_tile[y][x] = a[row * n + tile + x];\n"
    "    b_tile[y][x] = b[(tile + y) * n + column];\n"
    "    barrier(CLK_LOCAL_MEM_FENCE);\n"
    "    for (uint k = 0; k < TILE; ++k) sum += a_tile[y][k] * b_tile[k][x];\n"
    "    barrier(CLK_LOCAL_MEM_FENCE);\n"
    "  }\n"
    "  c[row * n + column] = sum;\n"
    "}\n";

static void verify(const float* a, const float* b, const float* c) {
  for (size_t row = 0; row < kSize; row += 17) {
    for (size_t column = 0; column < kSize; column += 13) {
      double sum = 0;
      for (size_t k = 0; k < kSize; ++k) sum += (double)a[row * kSize + k] * b[k * kSize + column];
      if (fabs(c[row * kSize + column] - sum) > 1e-3) {
        fprintf(stderr, "matmul: element (%zu, %zu) is wrong\n", row, column);
        exit(1);
      }
    }
  }
}

int main(int argc, char** argv) {
  const size_t bytes = kElements * sizeof(float);
  float* a = allocate(bytes);
  float* b = allocate(bytes);
  float* c = allocate(bytes);
  fill_floats(a, kElements, 3);
  fill_floats(b, kElements, 4);

  struct session session = session_open();
  cl_kernel kernel = session_kernel(&session, kSource, "matmul");
  cl_mem a_buffer = CHECKED(
      clCreateBuffer(session.context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, bytes, a, &status));
  cl_mem b_buffer = CHECKED(
      clCreateBuffer(session.context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, bytes, b, &status));
  cl_mem c_buffer =
      CHECKED(clCreateBuffer(session.context, CL_MEM_WRITE_ONLY, bytes, NULL, &status));

  const cl_uint size = kSize;
  CHECK(clSetKernelArg(kernel, 0, sizeof size, &size));
  CHECK(clSetKernelArg(kernel, 1, sizeof a_buffer, &a_buffer));
  CHECK(clSetKernelArg(kernel, 2, sizeof b_buffer, &b_buffer));
  CHECK(clSetKernelArg(kernel, 3, sizeof c_buffer, &c_buffer));
  const size_t global[] = {kSize, kSize};
  const size_t local[] = {16, 16};
  CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 2, NULL, global, local, 0, NULL, NULL));
  CHECK(clEnqueueReadBuffer(session.queue, c_buffer, CL_TRUE, 0, bytes, c, 0, NULL, NULL));

  verify(a, b, c);
  report("matmul", argc > 1 ? argv[1] : NULL, c, bytes);

  CHECK(clReleaseMemObject(a_buffer));
  CHECK(clReleaseMemObject(b_buffer));
  CHECK(clReleaseMemObject(c_buffer));
  CHECK(clReleaseKernel(kernel));
  session_close(&session);
  free(a);
  free(b);
  free(c);
  return 0;
}
