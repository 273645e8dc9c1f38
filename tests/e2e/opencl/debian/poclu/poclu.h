// What the sources of package pocl-tests expect of PoCL's own build and of its helper library,
// which Debian has no package of. Written from how the tests use it; each test includes it first.
#ifndef AVA_TESTS_POCLU_H
#define AVA_TESTS_POCLU_H

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/opencl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What PoCL's configuration says of itself.
#define POCL_PLATFORM_VERSION_MAJOR 3
#define POCL_PLATFORM_VERSION_MINOR 0
#define POCL_VERSION_FULL "3.1"

static inline int check_cl_error(cl_int error, int line, const char* what) {
  if (error != CL_SUCCESS) fprintf(stderr, "%s, line %d: error %d\n", what, line, error);
  return error != CL_SUCCESS;
}

#define CHECK_CL_ERROR(call)                                             \
  do {                                                                   \
    if (check_cl_error((call), __LINE__, __func__)) return EXIT_FAILURE; \
  } while (0)
#define CHECK_OPENCL_ERROR_IN(name)                               \
  do {                                                            \
    if (check_cl_error(err, __LINE__, name)) return EXIT_FAILURE; \
  } while (0)
#define CHECK_CL_ERROR2(error)                                   \
  do {                                                           \
    if (check_cl_error((error), __LINE__, __func__)) goto ERROR; \
  } while (0)
#define TEST_ASSERT(condition)                               \
  do {                                                       \
    if (!(condition)) {                                      \
      printf("line %d: not so: %s\n", __LINE__, #condition); \
      return EXIT_FAILURE;                                   \
    }                                                        \
  } while (0)

// The first platform with all its devices, each with a queue.
static inline cl_int poclu_get_multiple_devices(cl_platform_id* platform, cl_context* context,
                                                cl_uint* count, cl_device_id** devices,
                                                cl_command_queue** queues) {
  cl_int error = clGetPlatformIDs(1, platform, NULL);
  if (error == CL_SUCCESS) {
    error = clGetDeviceIDs(*platform, CL_DEVICE_TYPE_ALL, 0, NULL, count);
  }
  if (error != CL_SUCCESS) return error;
  *devices = (cl_device_id*)calloc(*count, sizeof(cl_device_id));
  *queues = (cl_command_queue*)calloc(*count, sizeof(cl_command_queue));
  error = clGetDeviceIDs(*platform, CL_DEVICE_TYPE_ALL, *count, *devices, NULL);
  if (error == CL_SUCCESS) *context = clCreateContext(NULL, *count, *devices, NULL, NULL, &error);
  for (cl_uint i = 0; error == CL_SUCCESS && i < *count; ++i) {
    (*queues)[i] = clCreateCommandQueue(*context, (*devices)[i], 0, &error);
  }
  return error;
}

static inline cl_int poclu_get_any_device2(cl_context* context, cl_device_id* device,
                                           cl_command_queue* queue, cl_platform_id* platform) {
  cl_int error = clGetPlatformIDs(1, platform, NULL);
  if (error == CL_SUCCESS) {
    error = clGetDeviceIDs(*platform, CL_DEVICE_TYPE_ALL, 1, device, NULL);
  }
  if (error == CL_SUCCESS) *context = clCreateContext(NULL, 1, device, NULL, NULL, &error);
  if (error == CL_SUCCESS) *queue = clCreateCommandQueue(*context, *device, 0, &error);
  return error;
}

static inline cl_int poclu_get_any_device(cl_context* context, cl_device_id* device,
                                          cl_command_queue* queue) {
  cl_platform_id platform;
  return poclu_get_any_device2(context, device, queue, &platform);
}

static inline cl_context poclu_create_any_context(void) {
  cl_platform_id platform;
  if (clGetPlatformIDs(1, &platform, NULL) != CL_SUCCESS) return NULL;
  const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)platform,
                                              0};
  return clCreateContextFromType(properties, CL_DEVICE_TYPE_ALL, NULL, NULL, NULL);
}

// With a zero behind it; null if there is no such file.
static inline char* poclu_read_binfile(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char* bytes = (char*)calloc(*size + 1, 1);
  const size_t got = fread(bytes, 1, *size, file);
  fclose(file);
  if (got == *size) return bytes;
  free(bytes);
  return NULL;
}

static inline char* poclu_read_file(const char* path) {
  size_t size;
  return poclu_read_binfile(path, &size);
}

static inline int poclu_write_file(const char* path, const char* bytes, size_t size) {
  FILE* file = fopen(path, "wb");
  if (file == NULL) return -1;
  const size_t written = fwrite(bytes, 1, size, file);
  return fclose(file) == 0 && written == size ? 0 : -1;
}

static inline void poclu_show_program_build_log(cl_program program) {
  cl_device_id devices[16];
  size_t bytes = 0;
  clGetProgramInfo(program, CL_PROGRAM_DEVICES, sizeof devices, devices, &bytes);
  for (size_t i = 0; i < bytes / sizeof devices[0]; ++i) {
    size_t size = 0;
    clGetProgramBuildInfo(program, devices[i], CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    char* log = (char*)calloc(size + 1, 1);
    clGetProgramBuildInfo(program, devices[i], CL_PROGRAM_BUILD_LOG, size, log, NULL);
    fprintf(stderr, "%s\n", log);
    free(log);
  }
}

// Builds `name` (a path, or beside the test's source, with ".cl" or without), or one binary for all
// devices. Tests here ask for no intermediate language.
static inline cl_int poclu_load_program_multidev(cl_context context, cl_device_id* devices,
                                                 cl_uint count, const char* name, int spir,
                                                 int spirv, int from_binary, const char* binary,
                                                 const char* options, cl_program* program) {
  char path[1024];
  size_t size = 0;
  char* bytes = NULL;
  cl_int error = CL_INVALID_VALUE;
  if (spir || spirv) return error;
  if (from_binary) {
    bytes = poclu_read_binfile(binary, &size);
  } else {
    const char* const shapes[] = {"%s/%s.cl", "%s/%s"};
    for (int i = 0; bytes == NULL && i < 2; ++i) {
      snprintf(path, sizeof path, shapes[i], *name == '/' ? "" : SRCDIR, name);
      bytes = poclu_read_binfile(path, &size);
    }
  }
  if (bytes == NULL) return CL_BUILD_PROGRAM_FAILURE;
  if (from_binary) {
    const unsigned char* all[16];
    size_t sizes[16];
    for (cl_uint i = 0; i < count && i < 16; ++i) {
      all[i] = (const unsigned char*)bytes;
      sizes[i] = size;
    }
    *program = clCreateProgramWithBinary(context, count, devices, sizes, all, NULL, &error);
  } else {
    const char* const text = bytes;
    *program = clCreateProgramWithSource(context, 1, (const char**)&text, &size, &error);
  }
  free(bytes);
  if (error != CL_SUCCESS) return error;
  error = clBuildProgram(*program, count, devices, options, NULL, NULL);
  if (error != CL_SUCCESS) poclu_show_program_build_log(*program);
  return error;
}

static inline cl_int poclu_load_program(cl_context context, cl_device_id device, const char* name,
                                        int spir, int spirv, int from_binary, const char* binary,
                                        const char* options, cl_program* program) {
  return poclu_load_program_multidev(context, &device, 1, name, spir, spirv, from_binary, binary,
                                     options, program);
}

// All devices here have the host's order of bytes.
#define poclu_bswap_cl_int(device, value) (value)
#define poclu_bswap_cl_float(device, value) (value)
#define poclu_bswap_cl_int_array(device, array, count) ((void)0)
#define poclu_bswap_cl_float_array(device, array, count) ((void)0)

// Of PoCL's cl_ext_pocl.h.
typedef cl_int (*clSetContentSizeBufferPoCL_fn)(cl_mem buffer, cl_mem content_size_buffer);

#endif
