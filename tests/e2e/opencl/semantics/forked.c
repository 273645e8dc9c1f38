// A process that forks between its calls. With "use" the child uses what it inherited, which
// natively may hang: only an answer is asked for. SIGALRM ends a child that got none. At last a
// child becomes this program once more ("fresh").
#include <sys/wait.h>
#include <unistd.h>

#include "semantics.h"

enum { kBytes = 100000 };

static struct session session;
static cl_mem buffer;
static unsigned char bytes[kBytes];

static void answer(const char* call, cl_int status) {
  // Success without data would be a lie; an error is honest.
  printf("child: %s: %s\n", call,
         status != CL_SUCCESS || has_pattern(bytes, kBytes, 1) ? "an answer" : "a lie");
}

static void use_inherited(void) {
  alarm(20);
  memset(bytes, 0, kBytes);
  answer("blocking read",
         clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  memset(bytes, 0, kBytes);
  clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, NULL);
  answer("non-blocking read and clFinish", clFinish(session.queue));
  fill_pattern(bytes, kBytes, 1);
  cl_int status = CL_SUCCESS;
  const cl_mem made = clCreateBuffer(session.context, 0, kBytes, NULL, &status);
  answer("clCreateBuffer", made == NULL && status == CL_SUCCESS ? CL_SUCCESS : 1);
  cl_uint count = 0;
  answer("clGetPlatformIDs", clGetPlatformIDs(0, NULL, &count));
  answer("clReleaseMemObject", clReleaseMemObject(buffer));
}

static void run_parent(unsigned seed) {
  fill_pattern(bytes, kBytes, seed);
  CHECK(clEnqueueWriteBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, NULL));
  CHECK(clFinish(session.queue));
  memset(bytes, 0, kBytes);
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  printf("parent: %s\n", has_pattern(bytes, kBytes, seed) ? "right" : "wrong");
}

static void await_end(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  printf("the child ended with %d\n", status);
}

int main(int argc, char** argv) {
  const bool use = argc > 1 && strcmp(argv[1], "use") == 0;
  const bool fresh = argc > 1 && strcmp(argv[1], "fresh") == 0;
  session = session_open();
  buffer = CHECKED(clCreateBuffer(session.context, 0, kBytes, NULL, &status));
  for (int i = 0; i < 3 && !fresh; ++i) {
    run_parent(1);
    fflush(stdout);
    // A read is outstanding while the process forks.
    cl_event gate = CHECKED(clCreateUserEvent(session.context, &status));
    memset(bytes, 0, kBytes);
    CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 1, &gate, NULL));
    const pid_t child = fork();
    if (child == 0) {
      if (use) use_inherited();
      fflush(stdout);
      _exit(0);
    }
    await_end(child);
    CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
    CHECK(clFinish(session.queue));
    show_truth("the parent's read landed", has_pattern(bytes, kBytes, 1));
    CHECK(clReleaseEvent(gate));
  }
  if (!fresh) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      execl("/proc/self/exe", argv[0], "fresh", (char*)NULL);
      _exit(1);
    }
    await_end(child);
  }
  run_parent(2);
  CHECK(clReleaseMemObject(buffer));
  session_close(&session);
  return 0;
}
