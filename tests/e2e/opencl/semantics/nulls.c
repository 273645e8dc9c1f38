// What each call says to null, zero, and nonsense in each of its arguments that is no handle, and
// to null in lists of handles. A line each.
//
// With an argument: only what the native library answers by crashing, which AvA must not.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_0_APIS
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#define CL_USE_DEPRECATED_OPENCL_2_0_APIS
#define CL_USE_DEPRECATED_OPENCL_2_2_APIS
#include "semantics.h"

static cl_platform_id platform;
static cl_device_id device;
static cl_context context;
static cl_command_queue queue;
static cl_mem buffer, other;
static cl_program program, unbuilt;
static cl_kernel kernel;
static cl_event event;
static cl_sampler sampler;

static unsigned char bytes[4096];
static size_t size;
static cl_int code;
static const size_t kOne[] = {1, 1, 1};
static const size_t kHuge = ~(size_t)0;
static const char* kSource = "kernel void fill(global int* x, int y) { x[0] = y; }";

static void CL_CALLBACK ignore(cl_event about, cl_int status, void* user_data) {
  (void)about, (void)status, (void)user_data;
}

// The status of a call that returns an object.
#define MADE(call) (code = 12345, (void)(call), code)

static void all(void) {
  SHOW(clGetPlatformIDs(1, NULL, NULL));
  SHOW(clGetPlatformIDs(0, &platform, NULL));
  SHOW(clGetPlatformInfo(platform, CL_PLATFORM_NAME, 10, NULL, NULL));
  SHOW(clGetPlatformInfo(NULL, CL_PLATFORM_NAME, 0, NULL, NULL));
  SHOW(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, NULL, NULL));
  SHOW(clGetDeviceInfo(device, CL_DEVICE_NAME, 10, NULL, NULL));
  SHOW(MADE(clCreateContext(NULL, 1, &device, NULL, NULL, NULL)));
  SHOW(MADE(clCreateContext(NULL, 1, &device, NULL, (void*)1, &code)));
  SHOW(MADE(clCreateContext(NULL, 0, NULL, NULL, NULL, &code)));
  SHOW(MADE(clCreateContextFromType(NULL, 0, NULL, NULL, &code)));
  SHOW(MADE(clCreateContextFromType(NULL, CL_DEVICE_TYPE_ALL, NULL, (void*)1, &code)));
  SHOW(MADE(clCreateContextFromType(NULL, CL_DEVICE_TYPE_ALL, NULL, NULL, NULL)));
  SHOW(clGetContextInfo(context, CL_CONTEXT_DEVICES, 8, NULL, NULL));
  SHOW(MADE(clCreateCommandQueue(context, device, 0, NULL)));
  SHOW(MADE(clCreateCommandQueue(context, NULL, 0, NULL)));
  SHOW(MADE(clCreateCommandQueueWithProperties(context, device, NULL, NULL)));
  SHOW(MADE(clCreateCommandQueueWithProperties(context, NULL, NULL, &code)));
  SHOW(clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, 8, NULL, NULL));
  SHOW(clSetDefaultDeviceCommandQueue(context, device, queue));
  SHOW(MADE(clCreateBuffer(context, 0, 10, NULL, NULL)));
  SHOW(MADE(clCreateBuffer(context, CL_MEM_USE_HOST_PTR, 10, NULL, &code)));
  SHOW(MADE(clCreateBuffer(context, CL_MEM_COPY_HOST_PTR | CL_MEM_USE_HOST_PTR, 10, bytes, &code)));
  SHOW(
      MADE(clCreateBuffer(context, CL_MEM_ALLOC_HOST_PTR | CL_MEM_USE_HOST_PTR, 10, bytes, &code)));
  SHOW(MADE(clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION, NULL, &code)));
  SHOW(MADE(clCreateSubBuffer(buffer, 0, 0, NULL, &code)));
  SHOW(MADE(clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION, &(cl_buffer_region){0, 0},
                              &code)));
  SHOW(MADE(clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION,
                              &(cl_buffer_region){0, ~(size_t)0}, &code)));
  SHOW(MADE(clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION, &(cl_buffer_region){3, 16},
                              &code)));
  SHOW(MADE(clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION,
                              &(cl_buffer_region){1 << 20, 16}, &code)));
  SHOW(clGetMemObjectInfo(buffer, CL_MEM_SIZE, 8, NULL, NULL));
  SHOW(clEnqueueReadBuffer(queue, buffer, 1, 0, 16, NULL, 0, NULL, NULL));
  SHOW(clEnqueueWriteBuffer(queue, buffer, 1, 0, 16, NULL, 0, NULL, NULL));
  SHOW(clEnqueueReadBuffer(queue, buffer, 0, 0, 16, NULL, 0, NULL, NULL));
  SHOW(clEnqueueWriteBuffer(queue, buffer, 0, 0, 16, NULL, 0, NULL, NULL));
  SHOW(clEnqueueReadBuffer(queue, buffer, 1, 0, 0, NULL, 0, NULL, NULL));
  SHOW(clEnqueueWriteBuffer(queue, buffer, 1, 0, 0, NULL, 0, NULL, NULL));
  SHOW(clEnqueueCopyBuffer(queue, buffer, other, 0, 0, 0, 0, NULL, NULL));
  SHOW(clEnqueueFillBuffer(queue, buffer, NULL, 4, 0, 16, 0, NULL, NULL));
  SHOW(clEnqueueFillBuffer(queue, buffer, NULL, 0, 0, 16, 0, NULL, NULL));
  SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 4, 0, 0, 0, NULL, NULL));
  SHOW(MADE(clEnqueueMapBuffer(queue, buffer, 1, 0, 0, 16, 0, NULL, NULL, NULL)));
  SHOW(MADE(clEnqueueMapBuffer(queue, buffer, 1, CL_MAP_READ, 0, 0, 0, NULL, NULL, &code)));
  SHOW(MADE(clEnqueueMapBuffer(queue, buffer, 1, CL_MAP_READ, 5000, 16, 0, NULL, NULL, &code)));
  SHOW(MADE(clEnqueueMapBuffer(queue, buffer, 1, kHuge, 0, 16, 0, NULL, NULL, &code)));
  SHOW(MADE(clEnqueueMapBuffer(queue, buffer, 1, CL_MAP_READ, 0, 16, 1, NULL, NULL, &code)));
  SHOW(clEnqueueUnmapMemObject(queue, buffer, NULL, 0, NULL, NULL));
  SHOW(clEnqueueUnmapMemObject(queue, buffer, bytes, 0, NULL, NULL));
  SHOW(clEnqueueUnmapMemObject(queue, NULL, bytes, 0, NULL, NULL));
  SHOW(clEnqueueCopyBufferRect(queue, buffer, other, NULL, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL));
  SHOW(clEnqueueCopyBufferRect(queue, buffer, other, kOne, kOne, NULL, 0, 0, 0, 0, 0, NULL, NULL));
  SHOW(clEnqueueCopyBufferRect(queue, buffer, other, NULL, kOne, kOne, 0, 0, 0, 0, 0, NULL, NULL));
  SHOW(clEnqueueCopyBufferRect(queue, buffer, other, kOne, NULL, kOne, 0, 0, 0, 0, 0, NULL, NULL));
  SHOW(clEnqueueCopyBufferRect(queue, buffer, other, kOne, kOne, (size_t[3]){0, 0, 0}, 0, 0, 0, 0,
                               0, NULL, NULL));
  SHOW(clEnqueueCopyBufferRect(queue, buffer, other, kOne, kOne, (size_t[3]){kHuge, kHuge, kHuge},
                               0, 0, 0, 0, 0, NULL, NULL));
  SHOW(clEnqueueMigrateMemObjects(queue, 0, NULL, 0, 0, NULL, NULL));
  SHOW(clEnqueueMigrateMemObjects(queue, 1, NULL, 0, 0, NULL, NULL));
  SHOW(clEnqueueMigrateMemObjects(queue, 1, &buffer, kHuge, 0, NULL, NULL));
  SHOW(clEnqueueMigrateMemObjects(queue, 0, &buffer, 0, 0, NULL, NULL));
  SHOW(MADE(clCreateSampler(context, 0, 0, 0, &code)));
  SHOW(MADE(clCreateSampler(context, 7, ~0u, ~0u, &code)));
  SHOW(MADE(clCreateSamplerWithProperties(context, NULL, &code)));
  SHOW(MADE(clCreateSamplerWithProperties(context, (cl_sampler_properties[]){1, 2, 0}, &code)));
  SHOW(clGetSamplerInfo(sampler, CL_SAMPLER_CONTEXT, 8, NULL, NULL));
  SHOW(MADE(clCreateProgramWithSource(context, 1, (const char*[]){NULL}, NULL, &code)));
  SHOW(MADE(clCreateProgramWithSource(context, 2, (const char*[]){kSource, NULL}, NULL, &code)));
  SHOW(MADE(clCreateProgramWithSource(context, 1, &kSource, (size_t[]){0}, &code)));
  SHOW(MADE(clCreateProgramWithSource(context, 0, &kSource, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 0, NULL, NULL, NULL, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 1, &device, NULL, NULL, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 1, &device, kOne, (const unsigned char*[]){NULL},
                                      NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 1, &device, (size_t[]){0},
                                      (const unsigned char*[]){bytes}, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 1, &device, (size_t[]){64},
                                      (const unsigned char*[]){bytes}, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 1, NULL, (size_t[]){64},
                                      (const unsigned char*[]){bytes}, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 1, (cl_device_id[]){NULL}, (size_t[]){64},
                                      (const unsigned char*[]){bytes}, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBuiltInKernels(context, 0, NULL, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBuiltInKernels(context, 1, &device, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBuiltInKernels(context, 1, &device, "", &code)));
  SHOW(MADE(clCreateProgramWithBuiltInKernels(context, 1, &device, "nothing", &code)));
  SHOW(MADE(clCreateProgramWithBuiltInKernels(context, 1, NULL, "nothing", &code)));
  SHOW(MADE(clCreateProgramWithIL(context, NULL, 0, &code)));
  SHOW(MADE(clCreateProgramWithIL(context, NULL, 10, &code)));
  SHOW(MADE(clCreateProgramWithIL(context, bytes, 0, &code)));
  SHOW(MADE(clCreateProgramWithIL(context, bytes, 64, &code)));
  SHOW(clBuildProgram(unbuilt, 0, &device, NULL, NULL, NULL));
  SHOW(clBuildProgram(unbuilt, 1, NULL, NULL, NULL, NULL));
  SHOW(clBuildProgram(unbuilt, 0, NULL, NULL, NULL, (void*)1));
  SHOW(clBuildProgram(unbuilt, 0, NULL, "-nonsense", NULL, NULL));
  SHOW(clBuildProgram(unbuilt, 0, NULL, "", NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, NULL, NULL, 0, &program, NULL, NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, NULL, NULL, 0, NULL, (const char*[]){"x"}, NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, NULL, NULL, 0, NULL, NULL, NULL, (void*)1));
  SHOW(clCompileProgram(unbuilt, 1, NULL, NULL, 0, NULL, NULL, NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, &device, NULL, 0, NULL, NULL, NULL, NULL));
  SHOW(MADE(clLinkProgram(context, 0, NULL, NULL, 0, NULL, NULL, NULL, &code)));
  SHOW(MADE(clLinkProgram(context, 0, NULL, NULL, 1, NULL, NULL, NULL, &code)));
  SHOW(MADE(clLinkProgram(context, 0, NULL, NULL, 0, &program, NULL, NULL, &code)));
  SHOW(MADE(clLinkProgram(context, 1, NULL, NULL, 1, &program, NULL, NULL, &code)));
  SHOW(MADE(clLinkProgram(context, 0, &device, NULL, 1, &program, NULL, NULL, &code)));
  SHOW(MADE(clLinkProgram(context, 0, NULL, NULL, 1, &program, NULL, (void*)1, &code)));
  SHOW(MADE(clLinkProgram(context, 0, NULL, "-nonsense", 1, &program, NULL, NULL, &code)));
  SHOW(MADE(clLinkProgram(context, 0, NULL, NULL, 1, &program, NULL, NULL, &code)));
  SHOW(clUnloadPlatformCompiler(NULL));
  SHOW(clUnloadCompiler());
  unbuilt = CHECKED(clCreateProgramWithSource(context, 1, &kSource, NULL, &status));
  SHOW(clGetProgramInfo(program, CL_PROGRAM_SOURCE, 8, NULL, NULL));
  SHOW(clGetProgramInfo(program, CL_PROGRAM_BINARIES, 8, NULL, NULL));
  SHOW(clGetProgramInfo(program, CL_PROGRAM_BINARIES, 0, bytes, NULL));
  SHOW(clGetProgramInfo(unbuilt, CL_PROGRAM_BINARIES, 8, (unsigned char*[]){NULL}, NULL));
  SHOW(clGetProgramInfo(unbuilt, CL_PROGRAM_NUM_KERNELS, 8, bytes, NULL));
  SHOW(clGetProgramInfo(unbuilt, CL_PROGRAM_KERNEL_NAMES, 4096, bytes, NULL));
  SHOW(clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 8, NULL, NULL));
  SHOW(clGetProgramBuildInfo(unbuilt, device, CL_PROGRAM_BUILD_LOG, 4096, bytes, &size));
  SHOW(clGetProgramBuildInfo(unbuilt, device, CL_PROGRAM_BUILD_STATUS, 4, bytes, &size));
  SHOW(clGetProgramBuildInfo(unbuilt, device, CL_PROGRAM_BUILD_OPTIONS, 4096, bytes, &size));
  SHOW(clGetProgramBuildInfo(unbuilt, device, CL_PROGRAM_BINARY_TYPE, 4096, bytes, &size));
  SHOW(clGetProgramBuildInfo(unbuilt, device, CL_PROGRAM_BUILD_GLOBAL_VARIABLE_TOTAL_SIZE, 4096,
                             bytes, &size));
  SHOW(MADE(clCreateKernel(program, NULL, &code)));
  SHOW(MADE(clCreateKernel(program, "nothing", &code)));
  SHOW(MADE(clCreateKernel(unbuilt, "fill", &code)));
  SHOW(MADE(clCreateKernel(program, "fill", NULL)));
  SHOW(clCreateKernelsInProgram(program, 1, NULL, NULL));
  SHOW(clCreateKernelsInProgram(program, 0, (cl_kernel*)bytes, NULL));
  SHOW(clCreateKernelsInProgram(unbuilt, 1, (cl_kernel*)bytes, NULL));
  SHOW(clCreateKernelsInProgram(program, 0, NULL, NULL));
  SHOW(MADE(clCloneKernel(kernel, NULL)));
  SHOW(MADE(clCloneKernel(NULL, &code)));
  SHOW(clSetKernelArg(kernel, 0, 8, NULL));
  SHOW(clSetKernelArg(kernel, 1, 4, NULL));
  SHOW(clSetKernelArg(kernel, 2, 4, bytes));
  SHOW(clSetKernelArg(kernel, 1, kHuge, bytes));
  SHOW(clSetKernelArg(kernel, 0, 8, bytes));
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));  // not null any more
  SHOW(clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, 8, NULL, NULL));
  SHOW(clGetKernelArgInfo(kernel, 0, CL_KERNEL_ARG_NAME, 8, NULL, NULL));
  SHOW(clGetKernelArgInfo(kernel, 9, CL_KERNEL_ARG_NAME, 80, bytes, NULL));
  SHOW(clGetKernelArgInfo(kernel, 0, 0, 80, bytes, NULL));
  SHOW(clGetKernelArgInfo(kernel, 0, CL_KERNEL_ARG_NAME, 1, bytes, NULL));
  SHOW(clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_WORK_GROUP_SIZE, 8, NULL, NULL));
  SHOW(clGetKernelSubGroupInfo(kernel, device, CL_KERNEL_MAX_SUB_GROUP_SIZE_FOR_NDRANGE, 0, NULL, 8,
                               bytes, &size));
  SHOW(clGetKernelSubGroupInfo(kernel, device, CL_KERNEL_MAX_SUB_GROUP_SIZE_FOR_NDRANGE, 8, NULL, 8,
                               bytes, &size));
  SHOW(clGetKernelSubGroupInfo(kernel, device, CL_KERNEL_MAX_SUB_GROUP_SIZE_FOR_NDRANGE, 8, kOne, 8,
                               NULL, NULL));
  SHOW(clGetKernelSubGroupInfo(kernel, device, 0, 8, kOne, 8, bytes, NULL));
  SHOW(clGetKernelSubGroupInfo(kernel, device, CL_KERNEL_LOCAL_SIZE_FOR_SUB_GROUP_COUNT, 8, kOne, 8,
                               bytes, NULL));
  SHOW(
      clGetKernelSubGroupInfo(kernel, NULL, CL_KERNEL_MAX_NUM_SUB_GROUPS, 0, NULL, 8, bytes, NULL));
  SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, NULL, NULL, 0, NULL, NULL));
  SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, (size_t[]){kHuge}, kOne, NULL, 0, NULL, NULL));
  SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, (size_t[]){0}, NULL, 0, NULL, NULL));
  SHOW(clEnqueueNDRangeKernel(queue, kernel, 2, NULL, (size_t[]){1, 0}, NULL, 0, NULL, NULL));
  SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, kOne, (size_t[]){0}, 0, NULL, NULL));
  SHOW(
      clEnqueueNDRangeKernel(queue, kernel, 3, NULL, kOne, (size_t[]){1, 1, kHuge}, 0, NULL, NULL));
  SHOW(clWaitForEvents(1, NULL));
  SHOW(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, 4, NULL, NULL));
  SHOW(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, 8, NULL, NULL));
  SHOW(MADE(clCreateUserEvent(context, NULL)));
  SHOW(clSetEventCallback(event, CL_COMPLETE, NULL, NULL));
  SHOW(clSetEventCallback(event, 7, ignore, NULL));
  SHOW(clEnqueueMarker(queue, NULL));
  SHOW(clEnqueueBarrier(queue));
  SHOW(clGetDeviceAndHostTimer(device, NULL, NULL));
  SHOW(clGetDeviceAndHostTimer(device, (cl_ulong*)bytes, NULL));
  SHOW(clGetHostTimer(device, NULL));
  SHOW(clGetDeviceAndHostTimer(NULL, (cl_ulong*)bytes, (cl_ulong*)bytes));
  SHOW(clGetHostTimer(NULL, (cl_ulong*)bytes));
  SHOW(clSetProgramReleaseCallback(unbuilt, NULL, NULL));
  SHOW(clFlush(NULL));
  SHOW(clFinish(NULL));
  SHOW((clGetExtensionFunctionAddress(NULL), 0));
  SHOW((clGetExtensionFunctionAddressForPlatform(platform, NULL), 0));
  SHOW((clGetExtensionFunctionAddressForPlatform(NULL, "clFlush"), 0));
  SHOW((clGetExtensionFunctionAddressForPlatform(platform, "clIcdGetPlatformIDsKHR") != NULL));
  SHOW((clGetExtensionFunctionAddress("") != NULL));
}

static void natively_fatal(void) {
  SHOW(clSetCommandQueueProperty(queue, 0, CL_TRUE, NULL));
  SHOW(MADE(clCreateProgramWithSource(context, 1, NULL, NULL, &code)));
  SHOW(MADE(clCreateProgramWithBinary(context, 1, &device, kOne, NULL, NULL, &code)));
  SHOW(clBuildProgram(unbuilt, 1, (cl_device_id[]){NULL}, NULL, NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, NULL, NULL, 1, NULL, NULL, NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, NULL, NULL, 1, &program, NULL, NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, NULL, NULL, 1, &program, (const char*[]){NULL}, NULL, NULL));
  SHOW(clCompileProgram(unbuilt, 0, NULL, NULL, 1, (cl_program[]){NULL}, (const char*[]){"x"}, NULL,
                        NULL));
  SHOW(clEnqueueWaitForEvents(queue, 0, NULL));
  SHOW(clEnqueueWaitForEvents(queue, 1, NULL));
  SHOW(clEnqueueWaitForEvents(queue, 1, (cl_event[]){NULL}));
  SHOW(clEnqueueWaitForEvents(queue, 0, &event));
  SHOW(clEnqueueWaitForEvents(queue, 1, &event));
  SHOW(clSetProgramSpecializationConstant(unbuilt, 0, 4, NULL));
  SHOW(clSetProgramSpecializationConstant(unbuilt, 0, 4, bytes));
}

int main(int argc, char** argv) {
  (void)argv;
  const struct session session = session_open();
  device = session.device;
  context = session.context;
  queue = session.queue;
  CHECK(clGetPlatformIDs(1, &platform, NULL));
  buffer = CHECKED(clCreateBuffer(context, 0, sizeof bytes, NULL, &status));
  other = CHECKED(clCreateBuffer(context, 0, sizeof bytes, NULL, &status));
  program = CHECKED(clCreateProgramWithSource(context, 1, &kSource, NULL, &status));
  CHECK(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  unbuilt = CHECKED(clCreateProgramWithSource(context, 1, &kSource, NULL, &status));
  kernel = CHECKED(clCreateKernel(program, "fill", &status));
  sampler = CHECKED(clCreateSampler(context, 0, CL_ADDRESS_NONE, CL_FILTER_NEAREST, &status));
  CHECK(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, 16, bytes, 0, NULL, &event));
  const cl_int value = 1;
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
  CHECK(clSetKernelArg(kernel, 1, sizeof value, &value));
  if (argc > 1) {
    natively_fatal();
  } else {
    all();
  }
  SHOW(clFinish(queue));
  return 0;
}
