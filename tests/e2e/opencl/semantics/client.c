// A short program: a buffer there and back, without a kernel.
#include "semantics.h"

enum { kBytes = 1 << 20 };

int main(void) {
  struct session session = session_open();
  cl_mem buffer = CHECKED(clCreateBuffer(session.context, 0, kBytes, NULL, &status));
  unsigned char* bytes = allocate(kBytes);
  fill_pattern(bytes, kBytes, 1);
  CHECK(clEnqueueWriteBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, NULL));
  CHECK(clFinish(session.queue));
  memset(bytes, 0, kBytes);
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, NULL));
  CHECK(clFinish(session.queue));
  printf("%s\n", has_pattern(bytes, kBytes, 1) ? "right" : "wrong");
  free(bytes);
  CHECK(clReleaseMemObject(buffer));
  session_close(&session);
  return 0;
}
