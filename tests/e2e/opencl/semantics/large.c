// Transfers that no arena holds, blocking and not, and gated ones that their own thread opens.
#include "semantics.h"

enum { kBytes = 64 << 20, kGates = 3 };

static struct session session;

static void transfer(cl_mem buffer, cl_bool blocking, unsigned char* bytes) {
  fill_pattern(bytes, kBytes, blocking);
  cl_event event;
  CHECK(clEnqueueWriteBuffer(session.queue, buffer, blocking, 0, kBytes, bytes, 0, NULL, &event));
  CHECK(clWaitForEvents(1, &event));
  CHECK(clReleaseEvent(event));
  memset(bytes, 0, kBytes);
  CHECK(clEnqueueReadBuffer(session.queue, buffer, blocking, 0, kBytes, bytes, 0, NULL, &event));
  CHECK(clWaitForEvents(1, &event));
  CHECK(clReleaseEvent(event));
  printf("%s: %s\n", blocking ? "blocking" : "non-blocking",
         has_pattern(bytes, kBytes, blocking) ? "right" : "wrong");
}

int main(void) {
  session = session_open();
  cl_mem buffer = CHECKED(clCreateBuffer(session.context, 0, kBytes, NULL, &status));
  unsigned char* bytes = allocate(kBytes);
  transfer(buffer, CL_TRUE, bytes);
  transfer(buffer, CL_FALSE, bytes);

  // All outstanding at once, more than fits anywhere; nobody else can open the gate.
  fill_pattern(bytes, kBytes, 5);
  CHECK(clEnqueueWriteBuffer(session.queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  memset(bytes, 0, kBytes);
  cl_event gate = CHECKED(clCreateUserEvent(session.context, &status));
  const size_t part = kBytes / kGates;
  for (size_t i = 0; i < kGates; ++i) {
    CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, i * part, part, bytes + i * part, 1,
                              &gate, NULL));
  }
  CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
  CHECK(clFinish(session.queue));
  show_truth("gated reads landed", has_pattern(bytes, kGates * part, 5));
  CHECK(clReleaseEvent(gate));

  fill_pattern(bytes, kBytes, 6);
  cl_mem copy =
      CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, kBytes, bytes, &status));
  memset(bytes, 0, kBytes);
  CHECK(clEnqueueReadBuffer(session.queue, copy, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  show_truth("COPY_HOST_PTR", has_pattern(bytes, kBytes, 6));

  free(bytes);
  CHECK(clReleaseMemObject(copy));
  CHECK(clReleaseMemObject(buffer));
  session_close(&session);
  return 0;
}
