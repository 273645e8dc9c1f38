// Three hundred threads at once, each with a queue, a kernel and a buffer of its own.
#include "semantics.h"

enum { kThreads = 300, kRounds = 5, kInts = 256 };

static struct session session;
static cl_program program;
static pthread_barrier_t all_here;

static void* work(void* argument) {
  const cl_int number = (cl_int)(intptr_t)argument;
  cl_command_queue queue =
      CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
  cl_kernel kernel = CHECKED(clCreateKernel(program, "add", &status));
  cl_mem buffer =
      CHECKED(clCreateBuffer(session.context, 0, kInts * sizeof(cl_int), NULL, &status));
  cl_int values[kInts];
  for (int i = 0; i < kInts; ++i) values[i] = number * i;
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
  CHECK(clSetKernelArg(kernel, 1, sizeof number, &number));
  pthread_barrier_wait(&all_here);
  const size_t items = kInts;
  for (int round = 0; round < kRounds; ++round) {
    CHECK(clEnqueueWriteBuffer(queue, buffer, CL_FALSE, 0, sizeof values, values, 0, NULL, NULL));
    CHECK(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
    CHECK(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, sizeof values, values, 0, NULL, NULL));
  }
  bool right = true;
  for (int i = 0; i < kInts; ++i) right = right && values[i] == number * (i + kRounds);
  pthread_barrier_wait(&all_here);
  CHECK(clReleaseMemObject(buffer));
  CHECK(clReleaseKernel(kernel));
  CHECK(clReleaseCommandQueue(queue));
  return (void*)(intptr_t)right;
}

int main(void) {
  session = session_open();
  const char* source = "kernel void add(global int* x, int y) { x[get_global_id(0)] += y; }";
  program = CHECKED(clCreateProgramWithSource(session.context, 1, &source, NULL, &status));
  CHECK(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  pthread_barrier_init(&all_here, NULL, kThreads);
  static pthread_t threads[kThreads];
  for (intptr_t i = 0; i < kThreads; ++i) {
    if (pthread_create(&threads[i], NULL, work, (void*)i) != 0) abort();
  }
  int right = 0;
  for (int i = 0; i < kThreads; ++i) {
    void* result = NULL;
    pthread_join(threads[i], &result);
    right += result != NULL;
  }
  printf("%d threads right\n", right);
  CHECK(clReleaseProgram(program));
  session_close(&session);
  return 0;
}
