// Leaves main with work in flight: "gated", a command that never becomes ready; "busy", a kernel
// that would run for minutes. Says "ready" before, and waits for a line.
#include "semantics.h"

static unsigned char bytes[100000];

int main(int argc, char** argv) {
  struct session session = session_open();
  cl_mem buffer = CHECKED(clCreateBuffer(session.context, 0, sizeof bytes, NULL, &status));
  cl_event gate = NULL;
  if (argc > 1 && strcmp(argv[1], "busy") == 0) {
    cl_kernel kernel = session_kernel(&session,
                                      "kernel void busy(global volatile int* x) { for (long i = 0; "
                                      "i < 1L << 38; ++i) x[0] += i; }",
                                      "busy");
    const size_t items = 1;
    CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
    CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  } else {
    gate = CHECKED(clCreateUserEvent(session.context, &status));
  }
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, sizeof bytes, bytes, gate != NULL,
                            gate != NULL ? &gate : NULL, NULL));
  CHECK(clFlush(session.queue));
  char line[16];
  printf("ready\n");
  fflush(stdout);
  return fgets(line, sizeof line, stdin) == NULL;
}
