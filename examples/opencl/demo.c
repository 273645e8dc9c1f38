#include "demo.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

void check_status(cl_int status, const char* call, const char* file, int line) {
  if (status == CL_SUCCESS) return;
  fprintf(stderr, "%s:%d: status %d from %s\n", file, line, status, call);
  exit(1);
}

void* allocate(size_t size) {
  void* bytes = malloc(size);
  if (bytes == NULL) fail("out of memory");
  return bytes;
}

struct session session_open(void) {
  struct session session;
  cl_platform_id platform;
  CHECK(clGetPlatformIDs(1, &platform, NULL));
  CHECK(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &session.device, NULL));
  const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)platform,
                                              0};
  session.context = CHECKED(clCreateContext(properties, 1, &session.device, NULL, NULL, &status));
  session.queue = CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
  return session;
}

void session_close(struct session* session) {
  CHECK(clReleaseCommandQueue(session->queue));
  CHECK(clReleaseContext(session->context));
}

static void print_build_log(cl_program program, cl_device_id device) {
  size_t size = 0;
  CHECK(clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size));
  char* log = allocate(size + 1);
  CHECK(clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL));
  log[size] = '\0';
  fprintf(stderr, "%s\n", log);
  free(log);
}

cl_kernel session_kernel(const struct session* session, const char* source, const char* name) {
  cl_program program =
      CHECKED(clCreateProgramWithSource(session->context, 1, &source, NULL, &status));
  const cl_int built = clBuildProgram(program, 1, &session->device, "", NULL, NULL);
  if (built == CL_BUILD_PROGRAM_FAILURE) print_build_log(program, session->device);
  CHECK(built);
  cl_kernel kernel = CHECKED(clCreateKernel(program, name, &status));
  CHECK(clReleaseProgram(program));  // the kernel keeps it
  return kernel;
}

void fill_floats(float* values, size_t count, unsigned seed) {
  uint32_t state = seed;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    values[i] = (float)(state >> 8) * 0x1p-23f - 1.0f;
  }
}

void report(const char* name, const char* path, const void* bytes, size_t size) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (size_t i = 0; i < size; ++i) {
    hash = (hash ^ ((const unsigned char*)bytes)[i]) * 0x100000001b3u;
  }
  printf("%s checksum %016llx\n", name, (unsigned long long)hash);
  if (path == NULL) return;
  FILE* file = fopen(path, "wb");
  if (file == NULL) fail("cannot create the result file");
  if (fwrite(bytes, 1, size, file) != size || fclose(file) != 0) fail("cannot write the results");
}
