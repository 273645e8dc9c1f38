// Leaves in a way that its first argument names: with a second one, while work is in flight and a
// thread waits for it. Some ways run functions of the program's at exit, which use the API.
#include <unistd.h>

#include "semantics.h"

enum { kBytes = 100000 };

static struct session session;
static cl_mem buffer;
static unsigned char bytes[kBytes];
static const char* how;

static void use_and_give_up(void) {
  cl_uint count = 0;
  memset(bytes, 0, kBytes);
  SHOW(clGetPlatformIDs(0, NULL, &count));
  SHOW(clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  show_truth("read", has_pattern(bytes, kBytes, 3));
  SHOW(clReleaseMemObject(buffer));
  SHOW(clReleaseCommandQueue(session.queue));
  SHOW(clReleaseContext(session.context));
  fflush(stdout);
}

__attribute__((destructor)) static void destroy(void) {
  if (how != NULL && strcmp(how, "destructor") == 0) use_and_give_up();
}

static void* exit_elsewhere(void* argument) {
  (void)argument;
  exit(7);
}

static void* wait_for(void* event) {
  clWaitForEvents(1, event);
  return NULL;
}

static void start_work(void) {
  static unsigned char target[kBytes];
  static cl_event gate, gated;
  gate = CHECKED(clCreateUserEvent(session.context, &status));
  cl_command_queue queue =
      CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
  CHECK(clEnqueueReadBuffer(queue, buffer, CL_FALSE, 0, kBytes, target, 1, &gate, &gated));
  CHECK(clFlush(queue));
  pthread_t thread;
  if (pthread_create(&thread, NULL, wait_for, &gated) != 0) abort();
}

int main(int argc, char** argv) {
  session = session_open();
  fill_pattern(bytes, kBytes, 3);
  buffer = CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, kBytes, bytes, &status));
  if (argc > 2) start_work();
  how = argv[1];
  printf("%s\n", how);
  fflush(stdout);
  if (strcmp(how, "exit") == 0) exit(3);
  if (strcmp(how, "_exit") == 0) _exit(4);
  if (strcmp(how, "quick_exit") == 0) quick_exit(5);
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "atexit") == 0) atexit(use_and_give_up);
  if (strcmp(how, "at_quick_exit") == 0) {
    at_quick_exit(use_and_give_up);
    quick_exit(6);
  }
  pthread_t thread;
  if (strcmp(how, "thread") == 0 && pthread_create(&thread, NULL, exit_elsewhere, NULL) == 0) {
    pthread_join(thread, NULL);
  }
  return 8;  // "return", "atexit", "destructor"
}
