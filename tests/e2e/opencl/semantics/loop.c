// Write, kernel, read, again and again. Says "settled" when every path was taken often enough and
// "done" at the end; each time it waits for a line, so that its memory can be looked at.
#include "semantics.h"

enum { kSettled = 300, kRounds = 10000, kInts = 4096 };

static void pause_here(const char* word) {
  char line[16];
  printf("%s\n", word);
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) exit(1);
}

int main(void) {
  struct session session = session_open();
  cl_kernel kernel = session_kernel(
      &session, "kernel void add(global int* x, int y) { x[get_global_id(0)] += y; }", "add");
  cl_mem buffer =
      CHECKED(clCreateBuffer(session.context, 0, kInts * sizeof(cl_int), NULL, &status));
  cl_int* values = allocate(kInts * sizeof *values);
  memset(values, 0, kInts * sizeof *values);
  const size_t items = kInts;
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
  for (cl_int i = 0; i < kRounds; ++i) {
    if (i == kSettled) pause_here("settled");
    const cl_bool blocking = i % 2;
    cl_event event;
    CHECK(clEnqueueWriteBuffer(session.queue, buffer, blocking, 0, kInts * sizeof *values, values,
                               0, NULL, NULL));
    CHECK(clSetKernelArg(kernel, 1, sizeof i, &i));
    CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, &event));
    CHECK(clEnqueueReadBuffer(session.queue, buffer, blocking, 0, kInts * sizeof *values, values, 1,
                              &event, NULL));
    CHECK(clReleaseEvent(event));
    CHECK(clFinish(session.queue));
  }
  for (int i = 0; i < kInts; ++i) {
    if (values[i] != kRounds * (kRounds - 1) / 2) {
      printf("wrong\n");
      return 1;
    }
  }
  pause_here("done");
  free(values);
  CHECK(clReleaseMemObject(buffer));
  CHECK(clReleaseKernel(kernel));
  session_close(&session);
  return 0;
}
