// Calls without end: one thread reads, another is in a wait that nobody ends. To be killed; says
// "ready" when both are under way.
#include "semantics.h"

static struct session session;
static cl_mem buffer;

static void* read_on(void* argument) {
  static unsigned char bytes[100000];
  do {
    CHECK(
        clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, sizeof bytes, bytes, 0, NULL, NULL));
  } while (argument == NULL);
  return NULL;
}

int main(void) {
  session = session_open();
  buffer = CHECKED(clCreateBuffer(session.context, 0, 100000, NULL, &status));
  pthread_t thread;
  if (pthread_create(&thread, NULL, read_on, NULL) != 0) abort();
  cl_event gate = CHECKED(clCreateUserEvent(session.context, &status));
  for (int i = 0; i < 100; ++i) event_status(gate);
  printf("ready\n");
  fflush(stdout);
  return clWaitForEvents(1, &gate);
}
