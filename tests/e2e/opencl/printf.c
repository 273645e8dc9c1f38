/* Kernels print between what the application prints, each kernel before the application is told
 * that it has ended. Takes the name of the buffering to use for stdout: none, line or full. */
#include <stdio.h>
#include <string.h>

#include "demo.h"

static const char* const kSource =
    "kernel void say(int round) { if (get_global_id(0) == 0) printf(\"kernel %d\\n\", round); }";

int main(int argc, char** argv) {
  (void)argc;
  const int mode = strcmp(argv[1], "none") == 0   ? _IONBF
                   : strcmp(argv[1], "line") == 0 ? _IOLBF
                                                  : _IOFBF;
  setvbuf(stdout, NULL, mode, BUFSIZ);
  struct session session = session_open();
  cl_kernel kernel = session_kernel(&session, kSource, "say");
  const size_t items = 4;
  for (cl_int round = 0; round < 20; ++round) {
    printf("before %d\n", round);
    if (mode == _IOFBF) fflush(stdout);
    CHECK(clSetKernelArg(kernel, 0, sizeof round, &round));
    cl_event event = NULL;
    CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL,
                                 round % 2 == 0 ? &event : NULL));
    if (event != NULL) {
      CHECK(clWaitForEvents(1, &event));
      CHECK(clReleaseEvent(event));
    } else {
      CHECK(clFinish(session.queue));
    }
    printf("after %d\n", round);
  }
  CHECK(clReleaseKernel(kernel));
  session_close(&session);
  return 0;
}
