// What a kernel's signature says of its arguments decides what they are, however its program came
// to be; and what the application is told about that.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "semantics.h"

static const char* const kSource =
    "kernel void every(global long* to, read_only image2d_t image, sampler_t how, long number,\n"
    "                constant int* from, local int* scratch, write_only image2d_t out) {\n"
    "  to[0] = read_imageui(image, how, (int2)(1, 2)).x;\n"
    "  to[1] = number;\n"
    "  to[2] = from[0];\n"
    "  write_imageui(out, (int2)(0, 0), (uint4)(to[0] + 1));\n"
    "}\n";
static const char kInfo[] = "-cl-kernel-arg-info";

static struct session session;
static cl_mem results, image, out, constants;
static cl_sampler how;
static cl_event event;

static void options_of(cl_program program) {
  char options[256] = "nothing";
  char log[1024] = "nothing";
  size_t size = 99;
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_OPTIONS, 0, NULL, &size));
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_OPTIONS, sizeof options,
                             options, NULL));
  printf("options '%s', %zu\n", options, size);
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_OPTIONS, 0, options, NULL));
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_LOG, sizeof log, log, NULL));
  show_truth("options in the log", strstr(log, kInfo) != NULL);
}

static void info_of(cl_kernel kernel) {
  for (cl_uint i = 0; i < 8; ++i) {
    cl_kernel_arg_access_qualifier access = 1;
    cl_kernel_arg_address_qualifier address = 1;
    cl_kernel_arg_type_qualifier kind = 1;
    char type[64] = "?";
    char name[64] = "?";
    size_t size = 99;
    printf("%d ", clGetKernelArgInfo(kernel, i, CL_KERNEL_ARG_ACCESS_QUALIFIER, sizeof access,
                                     &access, NULL));
    printf("%d ", clGetKernelArgInfo(kernel, i, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof address,
                                     &address, NULL));
    printf("%d ",
           clGetKernelArgInfo(kernel, i, CL_KERNEL_ARG_TYPE_QUALIFIER, sizeof kind, &kind, NULL));
    printf("%d ", clGetKernelArgInfo(kernel, i, CL_KERNEL_ARG_TYPE_NAME, sizeof type, type, &size));
    printf("%d ", clGetKernelArgInfo(kernel, i, CL_KERNEL_ARG_NAME, sizeof name, name, NULL));
    printf("%d ", clGetKernelArgInfo(kernel, i, CL_KERNEL_ARG_TYPE_NAME, 1, type, NULL));
    printf("%d: ", clGetKernelArgInfo(kernel, i, 0x7777, sizeof name, name, NULL));
    printf("%x %x %llx %s %s %zu\n", access, address, (unsigned long long)kind, type, name, size);
  }
}

static cl_int set(cl_kernel kernel, cl_uint index, const void* value) {
  return clSetKernelArg(kernel, index, sizeof(void*), value);
}

static void numbers(cl_kernel kernel) {
  const void* const values[] = {results,         image,          how,          event, kernel,
                                session.context, session.device, session.queue};
  const size_t items = 1;
  int right = 0;
  for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
    cl_long value;
    cl_long seen[3] = {0};
    memcpy(&value, &values[i], sizeof value);
    CHECK(set(kernel, 0, &results));
    CHECK(set(kernel, 1, &image));
    CHECK(set(kernel, 2, &how));
    CHECK(clSetKernelArg(kernel, 3, sizeof value, &value));
    CHECK(set(kernel, 4, &constants));
    CHECK(clSetKernelArg(kernel, 5, 64, NULL));
    CHECK(set(kernel, 6, &out));
    CHECK(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
    CHECK(
        clEnqueueReadBuffer(session.queue, results, CL_TRUE, 0, sizeof seen, seen, 0, NULL, NULL));
    right += seen[1] == value && seen[0] == 9 && seen[2] == 42;
  }
  printf("arguments are what the signature says: %d times\n", right);
}

static void refusals(cl_kernel kernel) {
  const size_t items = 1;
  SHOW(clSetKernelArg(kernel, 1, sizeof image, NULL));
  SHOW(clSetKernelArg(kernel, 2, sizeof how, NULL));
  SHOW(clSetKernelArg(kernel, 3, sizeof(cl_long), NULL));
  SHOW(clSetKernelArg(kernel, 1, 4, &image));
  SHOW(clSetKernelArg(kernel, 2, 4, &how));
  SHOW(clSetKernelArg(kernel, 5, 8, &image));
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
}

static void use(const char* what, cl_program program) {
  printf("--- %s\n", what);
  options_of(program);
  cl_kernel kernel = CHECKED(clCreateKernel(program, "every", &status));
  info_of(kernel);
  refusals(kernel);
  numbers(kernel);
  cl_kernel clone = CHECKED(clCloneKernel(kernel, &status));
  info_of(clone);
  numbers(clone);
  CHECK(clReleaseKernel(clone));
  CHECK(clReleaseKernel(kernel));
}

static cl_program of_source(void) {
  return CHECKED(
      clCreateProgramWithSource(session.context, 1, (const char**)&kSource, NULL, &status));
}

// The program's binary as a program, built with `options`.
static void of_binary(const char* what, cl_program program, const char* options) {
  size_t size = 0;
  CHECK(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL));
  unsigned char* binary = allocate(size);
  CHECK(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL));
  cl_program other = CHECKED(clCreateProgramWithBinary(
      session.context, 1, &session.device, &size, (const unsigned char**)&binary, NULL, &status));
  free(binary);
  SHOW(clBuildProgram(other, 0, NULL, options, NULL, NULL));
  use(what, other);
  CHECK(clReleaseProgram(other));
}

static void of_parts(const char* what, const char* compile, const char* link) {
  cl_program part = of_source();
  SHOW(clCompileProgram(part, 0, NULL, compile, 0, NULL, NULL, NULL, NULL));
  options_of(part);
  cl_program whole =
      SHOW_NEW(clLinkProgram(session.context, 0, NULL, link, 1, &part, NULL, NULL, &status));
  use(what, whole);
  CHECK(clReleaseProgram(whole));
  CHECK(clReleaseProgram(part));
}

int main(void) {
  session = session_open();
  const cl_uint pixels[64] = {[9] = 9};
  const cl_int answer = 42;
  const cl_image_format format = {CL_RGBA, CL_UNSIGNED_INT8};
  const cl_image_desc desc = {
      .image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 4, .image_height = 4};
  results = CHECKED(clCreateBuffer(session.context, 0, 4096, NULL, &status));
  constants = CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, sizeof answer,
                                     (void*)&answer, &status));
  image = CHECKED(
      clCreateImage(session.context, CL_MEM_COPY_HOST_PTR, &format, &desc, (void*)pixels, &status));
  out = CHECKED(clCreateImage(session.context, 0, &format, &desc, NULL, &status));
  how = CHECKED(clCreateSampler(session.context, CL_FALSE, CL_ADDRESS_CLAMP_TO_EDGE,
                                CL_FILTER_NEAREST, &status));
  event = CHECKED(clCreateUserEvent(session.context, &status));

  cl_program plain = of_source();
  SHOW(clBuildProgram(plain, 0, NULL, NULL, NULL, NULL));
  use("from source", plain);
  cl_program asked = of_source();
  SHOW(clBuildProgram(asked, 0, NULL, "-cl-kernel-arg-info -DX=1", NULL, NULL));
  use("from source, with information", asked);
  SHOW(clBuildProgram(asked, 0, NULL, " -DX=1   -DY ", NULL, NULL));
  options_of(asked);
  of_binary("from a binary", plain, "");
  of_binary("from a binary, with information", plain, kInfo);
  of_binary("from a binary that had information", asked, NULL);
  of_parts("linked", "", NULL);
  of_parts("linked, with information", "-DX -cl-kernel-arg-info", kInfo);
  CHECK(clReleaseProgram(asked));
  CHECK(clReleaseProgram(plain));

  CHECK(clReleaseEvent(event));
  CHECK(clReleaseSampler(how));
  CHECK(clReleaseMemObject(out));
  CHECK(clReleaseMemObject(image));
  CHECK(clReleaseMemObject(constants));
  CHECK(clReleaseMemObject(results));
  session_close(&session);
  return 0;
}
