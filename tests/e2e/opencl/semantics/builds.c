// Programs: build with and without callback, failures and their logs, binaries, all kernels.
#include <unistd.h>

#include "semantics.h"

static struct session session;

struct called {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int times;
  cl_program program;
  cl_build_status status;
};

static void CL_CALLBACK built(cl_program program, void* user_data) {
  struct called* called = user_data;
  cl_build_status status = CL_BUILD_NONE;
  // Calls inside a callback are the application's right.
  CHECK(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_STATUS, sizeof status,
                              &status, NULL));
  pthread_mutex_lock(&called->mutex);
  ++called->times;
  called->program = program;
  called->status = status;
  pthread_cond_broadcast(&called->changed);
  pthread_mutex_unlock(&called->mutex);
}

static void await(struct called* called, int times) {
  pthread_mutex_lock(&called->mutex);
  while (called->times < times) pthread_cond_wait(&called->changed, &called->mutex);
  pthread_mutex_unlock(&called->mutex);
}

static cl_program from_source(const char* source) {
  return CHECKED(clCreateProgramWithSource(session.context, 1, &source, NULL, &status));
}

static void show_build(cl_program program) {
  cl_build_status build = 99;
  char text[8192] = "";
  size_t size = 0;
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_STATUS, sizeof build, &build,
                             NULL));
  printf("  status %d\n", build);
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_OPTIONS, sizeof text, text,
                             &size));
  printf("  options '%s' (%zu)\n", text, size);
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_LOG, sizeof text, text,
                             &size));
  printf("  log '%s' (%zu)\n", text, size);
}

static void with_callback(void) {
  struct called called = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, NULL, 0};
  cl_program program = from_source("kernel void good(global int* x) { *x = NUMBER; }");
  for (int round = 1; round <= 3; ++round) {
    char options[32];
    snprintf(options, sizeof options, "-DNUMBER=%d", round);
    CHECK(clBuildProgram(program, 1, &session.device, options, built, &called));
    await(&called, round);
    printf("called back %d times, its own program: %d, build status %d\n", called.times,
           called.program == program, called.status);
    show_build(program);
  }
  CHECK(clReleaseProgram(program));

  called.times = 0;
  program = from_source("kernel void bad(global int* x) { *x = missing; }");
  const cl_int result = clBuildProgram(program, 0, NULL, NULL, built, &called);
  show_truth("success or the failure", result == CL_SUCCESS || result == CL_BUILD_PROGRAM_FAILURE);
  await(&called, 1);
  printf("called back %d times, build status %d\n", called.times, called.status);
  CHECK(clReleaseProgram(program));
}

static void failures(void) {
  cl_program program = from_source("kernel void bad(global int* x) {\n  *x = missing;\n}\n");
  show_build(program);
  SHOW_NEW(clCreateKernel(program, "bad", &status));
  SHOW(clBuildProgram(program, 0, NULL, "-DX=1", NULL, NULL));
  cl_build_status build = 99;
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_STATUS, sizeof build, &build,
                             NULL));
  printf("  status %d\n", build);
  size_t size = 0;
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size));
  char* log = allocate(size + 1);
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_LOG, size, log, NULL));
  printf("  log '%.*s'\n", (int)size, log);
  free(log);
  SHOW_NEW(clCreateKernel(program, "bad", &status));
  SHOW(clReleaseProgram(program));
  program = from_source("kernel void bad(global int* x) { }");
  SHOW(clBuildProgram(program, 0, NULL, "-no-such-option", NULL, NULL));
  SHOW(clBuildProgram(program, 1, NULL, NULL, NULL, NULL));
  SHOW(clBuildProgram(program, 0, &session.device, NULL, NULL, NULL));
  SHOW(clBuildProgram(NULL, 0, NULL, NULL, NULL, NULL));
  SHOW(clReleaseProgram(program));
}

static void run_kernel(cl_kernel kernel) {
  cl_int value = 0;
  const size_t items = 1;
  cl_mem memory = CHECKED(clCreateBuffer(session.context, 0, sizeof value, NULL, &status));
  SHOW(clSetKernelArg(kernel, 0, sizeof memory, &memory));
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  SHOW(clEnqueueReadBuffer(session.queue, memory, CL_TRUE, 0, sizeof value, &value, 0, NULL, NULL));
  printf("  %d\n", value);
  CHECK(clReleaseMemObject(memory));
}

static void binaries(void) {
  cl_program program = from_source("kernel void answer(global int* x) { *x = 42; }");
  CHECK(clBuildProgram(program, 0, NULL, "", NULL, NULL));
  size_t size = 0, written = 0;
  SHOW(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, &written));
  show_truth("a binary", size > 100 && written == sizeof size);
  unsigned char* binary = allocate(size);
  memset(binary, 0, size);
  SHOW(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, &written));
  show_truth("its bytes", !all_are(binary, size, 0));
  SHOW(clGetProgramInfo(program, CL_PROGRAM_BINARIES, 1, &binary, NULL));
  SHOW(clReleaseProgram(program));

  cl_int binary_status = 99;
  program =
      SHOW_NEW(clCreateProgramWithBinary(session.context, 1, &session.device, &size,
                                         (const unsigned char**)&binary, &binary_status, &status));
  printf("  binary status %d\n", binary_status);
  memset(binary, 0, size);  // copied at the call
  SHOW(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  cl_kernel kernel = SHOW_NEW(clCreateKernel(program, "answer", &status));
  run_kernel(kernel);
  SHOW(clReleaseKernel(kernel));
  SHOW(clReleaseProgram(program));

  // No binary at all.
  cl_program nonsense =
      SHOW_NEW(clCreateProgramWithBinary(session.context, 1, &session.device, &size,
                                         (const unsigned char**)&binary, &binary_status, &status));
  printf("  none made: %d, binary status %d\n", nonsense == NULL, binary_status);
  const size_t zero = 0;
  SHOW_NEW(clCreateProgramWithBinary(session.context, 1, &session.device, &zero,
                                     (const unsigned char**)&binary, &binary_status, &status));
  SHOW_NEW(clCreateProgramWithBinary(session.context, 0, &session.device, &size,
                                     (const unsigned char**)&binary, &binary_status, &status));
  SHOW_NEW(clCreateProgramWithBinary(session.context, 1, NULL, &size,
                                     (const unsigned char**)&binary, &binary_status, &status));
  SHOW_NEW(clCreateProgramWithBinary(session.context, 1, &session.device, NULL,
                                     (const unsigned char**)&binary, &binary_status, &status));
  const unsigned char* none = NULL;
  SHOW_NEW(clCreateProgramWithBinary(session.context, 1, &session.device, &size, &none,
                                     &binary_status, &status));
  free(binary);
}

static void all_kernels(void) {
  cl_program program = from_source(
      "kernel void first(global int* x) { *x = 1; }\n"
      "kernel void second(global int* x) { *x = 2; }\n"
      "kernel void third(global int* x) { *x = 3; }\n");
  cl_kernel kernels[5] = {0};
  cl_uint count = 99;
  SHOW(clCreateKernelsInProgram(program, 5, kernels, &count));
  SHOW(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  char names[256] = "";
  SHOW(clGetProgramInfo(program, CL_PROGRAM_KERNEL_NAMES, sizeof names, names, NULL));
  printf("  names '%s'\n", names);
  SHOW(clCreateKernelsInProgram(program, 0, NULL, &count));
  printf("  %u kernels\n", count);
  SHOW(clCreateKernelsInProgram(program, 2, kernels, &count));
  SHOW(clCreateKernelsInProgram(program, 5, kernels, &count));
  printf("  %u kernels\n", count);
  for (cl_uint i = 0; i < count && i < 5; ++i) {
    char name[64] = "";
    cl_program owner = NULL;
    SHOW(clGetKernelInfo(kernels[i], CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL));
    SHOW(clGetKernelInfo(kernels[i], CL_KERNEL_PROGRAM, sizeof owner, &owner, NULL));
    printf("  '%s' of its program: %d\n", name, owner == program);
    run_kernel(kernels[i]);
    SHOW(clReleaseKernel(kernels[i]));
  }
  SHOW_NEW(clCreateKernel(program, "fourth", &status));
  SHOW_NEW(clCreateKernel(program, NULL, &status));
  SHOW(clReleaseProgram(program));
}

static void sources(void) {
  const char* parts[] = {"kernel void joined(global int* x)", " { *x = 5; } garbage", "\n"};
  const size_t lengths[] = {0, 12, 1};
  cl_program program =
      SHOW_NEW(clCreateProgramWithSource(session.context, 3, parts, lengths, &status));
  SHOW(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  char source[256] = "";
  size_t size = 0;
  SHOW(clGetProgramInfo(program, CL_PROGRAM_SOURCE, sizeof source, source, &size));
  printf("  '%s' (%zu)\n", source, size);
  cl_kernel kernel = SHOW_NEW(clCreateKernel(program, "joined", &status));
  run_kernel(kernel);
  SHOW(clReleaseKernel(kernel));
  SHOW(clReleaseProgram(program));
  const char* with_null[] = {"kernel void x() { }", NULL};
  SHOW_NEW(clCreateProgramWithSource(session.context, 0, parts, NULL, &status));
  SHOW_NEW(clCreateProgramWithSource(session.context, 2, with_null, NULL, &status));

  // Larger than any frame.
  enum { kLarge = 300000 };
  char* large = allocate(kLarge);
  memset(large, ' ', kLarge);
  const char tail[] = "kernel void big(global int* x) { *x = 6; }";
  memcpy(large + kLarge - sizeof tail, tail, sizeof tail);
  program =
      CHECKED(clCreateProgramWithSource(session.context, 1, (const char**)&large, NULL, &status));
  char* again = allocate(kLarge);
  SHOW(clGetProgramInfo(program, CL_PROGRAM_SOURCE, kLarge, again, &size));
  show_truth("the source as it was given", size == kLarge && memcmp(large, again, kLarge) == 0);
  SHOW(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  kernel = SHOW_NEW(clCreateKernel(program, "big", &status));
  run_kernel(kernel);
  SHOW(clReleaseKernel(kernel));
  SHOW(clReleaseProgram(program));
  free(large);
  free(again);
}

static void CL_CALLBACK context_error(const char* text, const void* info, size_t size,
                                      void* user_data) {
  (void)text, (void)info, (void)size, (void)user_data;
}

static void context_callback(void) {
  int user_data = 0;
  cl_context context =
      SHOW_NEW(clCreateContext(NULL, 1, &session.device, context_error, &user_data, &status));
  SHOW(clReleaseContext(context));
  SHOW_NEW(clCreateContext(NULL, 1, &session.device, NULL, &user_data, &status));
  context = SHOW_NEW(
      clCreateContextFromType(NULL, CL_DEVICE_TYPE_CPU, context_error, &user_data, &status));
  SHOW(clReleaseContext(context));
}

int main(void) {
  session = session_open();
  with_callback();
  failures();
  binaries();
  all_kernels();
  sources();
  context_callback();
  session_close(&session);
  return 0;
}
