// Kernel arguments of every kind, right and wrong.
#include "semantics.h"

static const char* const kSource =
    "struct pair { int first; float second; };\n"
    "struct wide { long first; char second; float4 third; };\n"
    "kernel void scalars(global long* to, char c, uchar uc, short s, ushort us, int i, uint ui,\n"
    "                    long l, ulong ul, float f, double d) {\n"
    "  to[0] = c; to[1] = uc; to[2] = s; to[3] = us; to[4] = i; to[5] = ui; to[6] = l;\n"
    "  to[7] = (long)ul; to[8] = as_int(f); to[9] = as_long(d);\n"
    "}\n"
    "kernel void vectors(global float* to, char2 a, int3 b, float4 c, float16 d) {\n"
    "  to[0] = a.x; to[1] = a.y; to[2] = b.x; to[3] = b.z; to[4] = c.x; to[5] = c.w;\n"
    "  to[6] = d.s0; to[7] = d.sf;\n"
    "}\n"
    "kernel void structs(global float* to, struct pair pair, struct wide wide) {\n"
    "  to[0] = pair.first; to[1] = pair.second; to[2] = wide.first; to[3] = wide.second;\n"
    "  to[4] = wide.third.y;\n"
    "}\n"
    "kernel void buffers(global int* to, constant int* from, global int* none) {\n"
    "  to[0] = from[0] + from[1]; to[1] = none == 0;\n"
    "}\n"
    "kernel void locals(global int* to, local int* scratch, int extra) {\n"
    "  scratch[get_local_id(0)] = get_local_id(0) + extra;\n"
    "  barrier(CLK_LOCAL_MEM_FENCE);\n"
    "  to[get_local_id(0)] = scratch[get_local_size(0) - 1 - get_local_id(0)];\n"
    "}\n"
    "kernel void number(global long* to, long value) { to[0] = value; }\n";

static struct session session;
static cl_program program;
static cl_mem results;

static void run(cl_kernel kernel, size_t items) {
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, &items, 0, NULL, NULL));
}

static void read_results(void* to, size_t size) {
  CHECK(clEnqueueReadBuffer(session.queue, results, CL_TRUE, 0, size, to, 0, NULL, NULL));
}

static cl_kernel make(const char* name) {
  cl_kernel kernel = CHECKED(clCreateKernel(program, name, &status));
  CHECK(clSetKernelArg(kernel, 0, sizeof results, &results));
  return kernel;
}

static void scalars(void) {
  cl_kernel kernel = make("scalars");
  for (int round = -1; round <= 1; ++round) {
    const cl_char c = (cl_char)(-3 * round);
    const cl_uchar uc = (cl_uchar)(200 + round);
    const cl_short s = (cl_short)(-30000 * round);
    const cl_ushort us = (cl_ushort)(60000 + round);
    const cl_int i = -2000000000 * round;
    const cl_uint ui = 4000000000u + (cl_uint)round;
    const cl_long l = -9000000000000000000L * round;
    const cl_ulong ul = 18000000000000000000UL + (cl_ulong)round;
    const cl_float f = 1.5f * (float)round;
    const cl_double d = -2.25 * round;
    const void* const values[] = {&c, &uc, &s, &us, &i, &ui, &l, &ul, &f, &d};
    static const size_t kSizes[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
    for (cl_uint index = 0; index < 10; ++index) {
      CHECK(clSetKernelArg(kernel, index + 1, kSizes[index], values[index]));
    }
    run(kernel, 1);
    cl_long seen[10];
    read_results(seen, sizeof seen);
    for (int index = 0; index < 10; ++index) printf(" %lld", (long long)seen[index]);
    printf("\n");
  }
  CHECK(clReleaseKernel(kernel));
}

static void vectors(void) {
  cl_kernel kernel = make("vectors");
  const cl_char2 a = {{1, -2}};
  const cl_int3 b = {{3, 4, -5, 0}};
  const cl_float4 c = {{0.5f, 1, 2, -7.5f}};
  cl_float16 d;
  for (int i = 0; i < 16; ++i) d.s[i] = (float)i + 0.25f;
  CHECK(clSetKernelArg(kernel, 1, sizeof a, &a));
  CHECK(clSetKernelArg(kernel, 2, sizeof b, &b));
  CHECK(clSetKernelArg(kernel, 3, sizeof c, &c));
  CHECK(clSetKernelArg(kernel, 4, sizeof d, &d));
  run(kernel, 1);
  cl_float seen[8];
  read_results(seen, sizeof seen);
  for (int i = 0; i < 8; ++i) printf(" %g", (double)seen[i]);
  printf("\n");
  CHECK(clReleaseKernel(kernel));
}

static void structs(void) {
  cl_kernel kernel = make("structs");
  const struct {
    cl_int first;
    cl_float second;
  } pair = {-4, 8.5f};
  struct {
    cl_long first;
    cl_char second;
    cl_float4 third;
  } wide = {77, 'x', {{0, 1.25f, 0, 0}}};
  SHOW(clSetKernelArg(kernel, 1, sizeof pair, &pair));
  SHOW(clSetKernelArg(kernel, 2, sizeof wide, &wide));
  run(kernel, 1);
  cl_float seen[5];
  read_results(seen, sizeof seen);
  for (int i = 0; i < 5; ++i) printf(" %g", (double)seen[i]);
  printf("\n");
  CHECK(clReleaseKernel(kernel));
}

static void buffers(void) {
  cl_kernel kernel = make("buffers");
  const cl_int values[] = {40, 2};
  cl_mem from = CHECKED(clCreateBuffer(session.context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                                       sizeof values, (void*)values, &status));
  const cl_mem none = NULL;
  SHOW(clSetKernelArg(kernel, 1, sizeof from, &from));
  for (int round = 0; round < 3; ++round) {
    if (round == 0) SHOW(clSetKernelArg(kernel, 2, sizeof none, NULL));
    if (round == 1) SHOW(clSetKernelArg(kernel, 2, sizeof none, &none));
    if (round == 2) SHOW(clSetKernelArg(kernel, 2, sizeof from, &from));
    run(kernel, 1);
    cl_int seen[2];
    read_results(seen, sizeof seen);
    printf(" %d %d\n", seen[0], seen[1]);
  }
  // The kernel keeps no buffer from being released, but a launch that was enqueued does.
  run(kernel, 1);
  SHOW(clReleaseMemObject(from));
  cl_int seen[2];
  read_results(seen, sizeof seen);
  printf(" %d\n", seen[0]);
  CHECK(clReleaseKernel(kernel));
}

static void locals(void) {
  cl_kernel kernel = make("locals");
  for (cl_int extra = 0; extra < 3; ++extra) {
    const size_t items = 4u << extra;
    SHOW(clSetKernelArg(kernel, 1, items * sizeof(cl_int), NULL));
    SHOW(clSetKernelArg(kernel, 2, sizeof extra, &extra));
    run(kernel, items);
    cl_int seen[16];
    read_results(seen, sizeof seen);
    for (size_t i = 0; i < items; ++i) printf(" %d", seen[i]);
    printf("\n");
  }
  const cl_int bytes[4] = {0};  // local memory has a size and no value
  SHOW(clSetKernelArg(kernel, 1, sizeof bytes, bytes));
  SHOW(clSetKernelArg(kernel, 1, 0, NULL));
  CHECK(clReleaseKernel(kernel));
}

// A number that happens to be a live handle is passed on as the number.
static void numbers(void) {
  cl_kernel kernel = make("number");
  const cl_mem other = CHECKED(clCreateBuffer(session.context, 0, 64, NULL, &status));
  const void* const values[] = {results, other,          session.context, session.queue,
                                kernel,  session.device, program};
  int right = 0;
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
      cl_long value, seen;
      memcpy(&value, &values[i], sizeof value);
      CHECK(clSetKernelArg(kernel, 1, sizeof value, &value));
      const size_t items = 1;
      CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
      read_results(&seen, sizeof seen);
      right += value == seen;
    }
  }
  printf("numbers that look like handles: %d right\n", right);
  // Also when the object it looks like is gone, or never was.
  CHECK(clReleaseMemObject(other));
  for (int i = 0; i < 2; ++i) {
    cl_long value = 0x1234567890, seen;
    if (i == 0) memcpy(&value, &other, sizeof value);
    SHOW(clSetKernelArg(kernel, 1, sizeof value, &value));
    run(kernel, 1);
    read_results(&seen, sizeof seen);
    show_truth("the same number", value == seen);
  }
  CHECK(clReleaseKernel(kernel));
}

static void wrong(void) {
  const cl_long number = 7;
  const size_t items = 1;
  cl_kernel kernel = CHECKED(clCreateKernel(program, "number", &status));
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  SHOW(clSetKernelArg(kernel, 0, sizeof results, &results));
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  SHOW(clSetKernelArg(kernel, 2, sizeof number, &number));
  SHOW(clSetKernelArg(kernel, ~0u, sizeof number, &number));
  SHOW(clSetKernelArg(kernel, 1, 0, &number));
  SHOW(clSetKernelArg(kernel, 1, 4, &number));
  SHOW(clSetKernelArg(kernel, 1, 7, &number));
  SHOW(clSetKernelArg(kernel, 1, 9, &number));
  SHOW(clSetKernelArg(kernel, 1, sizeof number, NULL));
  SHOW(clSetKernelArg(kernel, 0, 4, &results));
  SHOW(clSetKernelArg(kernel, 0, 0, &results));
  SHOW(clSetKernelArg(kernel, 0, 16, &results));
  SHOW(clSetKernelArg(kernel, 0, 1u << 20, NULL));
  SHOW(clSetKernelArg(NULL, 0, sizeof results, &results));
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  // After a right one that is like the wrong ones, too.
  for (int round = 0; round < 3; ++round) {
    SHOW(clSetKernelArg(kernel, 1, sizeof number, &number));
    SHOW(clSetKernelArg(kernel, 1, 4, &number));
    SHOW(clSetKernelArg(kernel, 1, sizeof number, NULL));
    SHOW(clSetKernelArg(kernel, 2, sizeof number, &number));
    SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  }
  cl_long seen = 0;
  read_results(&seen, sizeof seen);
  printf(" %lld\n", (long long)seen);
  CHECK(clReleaseKernel(kernel));
}

int main(void) {
  session = session_open();
  program =
      CHECKED(clCreateProgramWithSource(session.context, 1, (const char**)&kSource, NULL, &status));
  CHECK(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  results = CHECKED(clCreateBuffer(session.context, 0, 4096, NULL, &status));
  scalars();
  vectors();
  structs();
  buffers();
  locals();
  numbers();
  wrong();
  CHECK(clReleaseMemObject(results));
  CHECK(clReleaseProgram(program));
  session_close(&session);
  return 0;
}
