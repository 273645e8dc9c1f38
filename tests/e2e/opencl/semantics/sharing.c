// Threads that share what may be shared: a queue and a kernel under a lock, a program whose kernels
// they clone, and contexts that each gives up early.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "semantics.h"

enum { kThreads = 12, kRounds = 100 };

static struct session session;
static cl_program program;
static cl_kernel shared_kernel;
static cl_mem shared_sum;

static void launch(cl_command_queue queue, cl_kernel kernel, cl_int value) {
  const size_t one = 1;
  CHECK(clSetKernelArg(kernel, 1, sizeof value, &value));
  CHECK(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL));
}

static cl_mem make_sum(void) {
  cl_int zero = 0;
  return CHECKED(
      clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, sizeof zero, &zero, &status));
}

static cl_int read_sum(cl_command_queue queue, cl_mem sum) {
  cl_int value = -1;
  CHECK(clEnqueueReadBuffer(queue, sum, CL_TRUE, 0, sizeof value, &value, 0, NULL, NULL));
  return value;
}

// Each clone has the arguments of the moment at which it was made.
static void* clone_often(void* argument) {
  (void)argument;
  cl_command_queue queue =
      CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
  cl_kernel kernel = CHECKED(clCreateKernel(program, "add", &status));
  cl_mem sum = make_sum();
  CHECK(clSetKernelArg(kernel, 0, sizeof sum, &sum));
  const size_t one = 1;
  for (cl_int i = 0; i < kRounds; ++i) {
    CHECK(clSetKernelArg(kernel, 1, sizeof i, &i));
    cl_kernel clone = CHECKED(clCloneKernel(kernel, &status));
    launch(queue, kernel, 1000);
    CHECK(clEnqueueNDRangeKernel(queue, clone, 1, NULL, &one, NULL, 0, NULL, NULL));
    CHECK(clReleaseKernel(clone));
  }
  const cl_int result = read_sum(queue, sum);
  CHECK(clReleaseKernel(kernel));
  CHECK(clReleaseMemObject(sum));
  CHECK(clReleaseCommandQueue(queue));
  return (void*)(intptr_t)(result == 1000 * kRounds + kRounds * (kRounds - 1) / 2);
}

static void* use_own_context(void* argument) {
  (void)argument;
  static const unsigned char bytes[65536] = {1, 2, 3};
  unsigned char* back = allocate(sizeof bytes);
  bool right = true;
  for (int i = 0; i < kRounds / 5; ++i) {
    cl_context context = CHECKED(clCreateContext(NULL, 1, &session.device, NULL, NULL, &status));
    cl_command_queue queue = CHECKED(clCreateCommandQueue(context, session.device, 0, &status));
    cl_mem buffer = CHECKED(clCreateBuffer(context, 0, sizeof bytes, NULL, &status));
    CHECK(clReleaseContext(context));
    cl_event event;
    CHECK(clEnqueueWriteBuffer(queue, buffer, CL_FALSE, 0, sizeof bytes, bytes, 0, NULL, NULL));
    CHECK(clEnqueueReadBuffer(queue, buffer, CL_FALSE, 0, sizeof bytes, back, 0, NULL, &event));
    CHECK(clReleaseMemObject(buffer));
    CHECK(clReleaseCommandQueue(queue));
    CHECK(clWaitForEvents(1, &event));
    CHECK(clReleaseEvent(event));
    right = right && memcmp(bytes, back, sizeof bytes) == 0;
  }
  free(back);
  return (void*)(intptr_t)right;
}

static void* add_to_shared(void* argument) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  (void)argument;
  for (int i = 0; i < kRounds; ++i) {
    pthread_mutex_lock(&mutex);
    launch(session.queue, shared_kernel, i);
    pthread_mutex_unlock(&mutex);
    if (i % 16 == 0) CHECK(clFinish(session.queue));
  }
  return argument;
}

static int run(void* (*work)(void*)) {
  pthread_t threads[kThreads];
  int right = 0;
  for (intptr_t i = 0; i < kThreads; ++i) {
    if (pthread_create(&threads[i], NULL, work, (void*)(i + 1)) != 0) abort();
  }
  for (int i = 0; i < kThreads; ++i) {
    void* result = NULL;
    pthread_join(threads[i], &result);
    right += result != NULL;
  }
  return right;
}

int main(void) {
  session = session_open();
  const char* source = "kernel void add(global int* x, int y) { x[0] += y; }";
  program = CHECKED(clCreateProgramWithSource(session.context, 1, &source, NULL, &status));
  CHECK(clBuildProgram(program, 0, NULL, "", NULL, NULL));
  shared_kernel = CHECKED(clCreateKernel(program, "add", &status));
  shared_sum = make_sum();
  CHECK(clSetKernelArg(shared_kernel, 0, sizeof shared_sum, &shared_sum));
  printf("clones: %d right\n", run(clone_often));
  printf("contexts: %d right\n", run(use_own_context));
  printf("one queue and kernel: %d ended\n", run(add_to_shared));
  printf("the sum: %d\n", read_sum(session.queue, shared_sum));
  CHECK(clReleaseMemObject(shared_sum));
  CHECK(clReleaseKernel(shared_kernel));
  CHECK(clReleaseProgram(program));
  session_close(&session);
  return 0;
}
