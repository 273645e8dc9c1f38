// What each call says to nonsense: null handles, objects of another kind's end, absurd sizes and
// counts, zero sizes, wrong enums. A line each.
//
// With an argument: only what the native library answers by crashing, which AvA must not.
#define CL_TARGET_OPENCL_VERSION 200
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "semantics.h"

enum { kBytes = 1024 };

static struct session session;
static cl_platform_id platform;
static cl_mem buffer;
static cl_program program;
static cl_kernel kernel;
static cl_event event;
static unsigned char bytes[4096];
static size_t size;
static cl_uint count;

static void platforms_and_devices(void) {
  cl_platform_id platforms[2];
  cl_device_id devices[2];
  const cl_device_id device = session.device;
  SHOW(clGetPlatformIDs(0, NULL, NULL));
  SHOW(clGetPlatformIDs(0, platforms, NULL));
  SHOW(clGetPlatformInfo(platform, 0, sizeof bytes, bytes, &size));
  SHOW(clGetPlatformInfo(platform, CL_PLATFORM_NAME, 0, bytes, &size));
  SHOW(clGetPlatformInfo(platform, CL_PLATFORM_NAME, 1, bytes, &size));
  SHOW(clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof bytes, bytes, &size));
  SHOW(clGetPlatformInfo(platform, CL_PLATFORM_NAME, 0, NULL, NULL));
  SHOW(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, NULL));
  SHOW(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, devices, NULL));
  SHOW(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 2, NULL, &count));
  count = 99;
  SHOW(clGetDeviceIDs(platform, CL_DEVICE_TYPE_GPU, 2, devices, &count));
  printf("  %u devices\n", count);
  SHOW(clGetDeviceIDs(platform, 0, 2, devices, &count));
  SHOW(clGetDeviceIDs(platform, 0x1234567000, 2, devices, &count));
  SHOW(clGetDeviceInfo(NULL, CL_DEVICE_NAME, sizeof bytes, bytes, &size));
  SHOW(clGetDeviceInfo(device, 0, sizeof bytes, bytes, &size));
  SHOW(clGetDeviceInfo(device, 0xffffffff, sizeof bytes, bytes, &size));
  SHOW(clGetDeviceInfo(device, CL_DEVICE_NAME, 3, bytes, &size));
  SHOW(clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, 1, bytes, &size));
  SHOW(clGetDeviceInfo(device, CL_DEVICE_MAX_WORK_ITEM_SIZES, 8, bytes, &size));
  SHOW(clGetDeviceInfo(device, CL_DEVICE_PLATFORM, 4, bytes, &size));
  SHOW(clRetainDevice(NULL));
  SHOW(clReleaseDevice(NULL));
}

static void contexts_and_queues(void) {
  const cl_device_id device = session.device;
  const cl_device_id none = NULL;
  const cl_context_properties unknown[] = {0x7777, 1, 0};
  const cl_context_properties twice[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)platform,
                                         CL_CONTEXT_PLATFORM, (cl_context_properties)platform, 0};
  const cl_context_properties null_platform[] = {CL_CONTEXT_PLATFORM, 0, 0};
  const cl_queue_properties odd[] = {CL_QUEUE_PROPERTIES, 1u << 30, 0};
  const cl_queue_properties strange[] = {0x7777, 1, 0};
  const cl_queue_properties good[] = {CL_QUEUE_PROPERTIES, CL_QUEUE_PROFILING_ENABLE, 0};
  SHOW_NEW(clCreateContext(NULL, 0, &device, NULL, NULL, &status));
  SHOW_NEW(clCreateContext(NULL, 1, NULL, NULL, NULL, &status));
  SHOW_NEW(clCreateContext(NULL, 1, &none, NULL, NULL, &status));
  SHOW_NEW(clCreateContext(unknown, 1, &device, NULL, NULL, &status));
  SHOW_NEW(clCreateContext(twice, 1, &device, NULL, NULL, &status));
  SHOW_NEW(clCreateContext(null_platform, 1, &device, NULL, NULL, &status));
  SHOW_NEW(clCreateContextFromType(NULL, CL_DEVICE_TYPE_GPU, NULL, NULL, &status));
  SHOW_NEW(clCreateContextFromType(NULL, 0x100000, NULL, NULL, &status));
  SHOW(clGetContextInfo(NULL, CL_CONTEXT_DEVICES, sizeof bytes, bytes, &size));
  SHOW(clGetContextInfo(session.context, 0, sizeof bytes, bytes, &size));
  SHOW(clGetContextInfo(session.context, CL_CONTEXT_DEVICES, 1, bytes, &size));
  SHOW(clRetainContext(NULL));
  SHOW(clReleaseContext(NULL));
  SHOW_NEW(clCreateCommandQueue(NULL, device, 0, &status));
  SHOW_NEW(clCreateCommandQueue(session.context, NULL, 0, &status));
  SHOW_NEW(clCreateCommandQueue(session.context, device, 1u << 30, &status));
  SHOW_NEW(clCreateCommandQueueWithProperties(NULL, device, good, &status));
  SHOW_NEW(clCreateCommandQueueWithProperties(session.context, NULL, good, &status));
  SHOW_NEW(clCreateCommandQueueWithProperties(session.context, device, odd, &status));
  SHOW_NEW(clCreateCommandQueueWithProperties(session.context, device, strange, &status));
  cl_command_queue queue =
      SHOW_NEW(clCreateCommandQueueWithProperties(session.context, device, good, &status));
  SHOW(clReleaseCommandQueue(queue));
  SHOW(clGetCommandQueueInfo(NULL, CL_QUEUE_DEVICE, sizeof bytes, bytes, &size));
  SHOW(clGetCommandQueueInfo(session.queue, 0, sizeof bytes, bytes, &size));
  SHOW(clGetCommandQueueInfo(session.queue, CL_QUEUE_DEVICE, 7, bytes, &size));
  SHOW(clRetainCommandQueue(NULL));
  SHOW(clReleaseCommandQueue(NULL));
  SHOW(clFlush(NULL));
  SHOW(clFinish(NULL));
}

static void buffers(void) {
  const cl_context context = session.context;
  SHOW_NEW(clCreateBuffer(NULL, 0, kBytes, NULL, &status));
  SHOW_NEW(clCreateBuffer(context, 0, 0, NULL, &status));
  SHOW_NEW(clCreateBuffer(context, 0, ~(size_t)0, NULL, &status));
  SHOW_NEW(clCreateBuffer(context, 0, (size_t)1 << 60, NULL, &status));
  SHOW_NEW(clCreateBuffer(context, 0, kBytes, bytes, &status));
  SHOW_NEW(clCreateBuffer(context, CL_MEM_COPY_HOST_PTR, kBytes, NULL, &status));
  SHOW_NEW(clCreateBuffer(context, CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, kBytes, NULL, &status));
  SHOW_NEW(clCreateBuffer(context, CL_MEM_READ_ONLY | CL_MEM_READ_WRITE, kBytes, NULL, &status));
  SHOW_NEW(clCreateBuffer(context, (cl_mem_flags)1 << 40, kBytes, NULL, &status));
  SHOW(clGetMemObjectInfo(NULL, CL_MEM_SIZE, sizeof bytes, bytes, &size));
  SHOW(clGetMemObjectInfo(buffer, 0, sizeof bytes, bytes, &size));
  SHOW(clGetMemObjectInfo(buffer, CL_MEM_SIZE, 4, bytes, &size));
  SHOW(clGetMemObjectInfo(buffer, CL_MEM_SIZE, 0, NULL, NULL));
  SHOW(clRetainMemObject(NULL));
  SHOW(clReleaseMemObject(NULL));
}

// Twice each, because a call is treated otherwise once its like has succeeded.
static void transfers(void) {
  const cl_command_queue queue = session.queue;
  const cl_event none = NULL;
  const size_t huge = ~(size_t)0;
  for (cl_bool wait = 0; wait < 3; ++wait) {
    printf("blocking: %u\n", wait);
    for (int round = 0; round < 2; ++round) {
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(NULL, buffer, wait, 0, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, NULL, wait, 0, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, kBytes, NULL, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, 0, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, kBytes + 1, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 1, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, huge, 2, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, kBytes, 1, bytes, 0, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, kBytes, bytes, 1, NULL, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, kBytes, bytes, 0, &event, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, kBytes, bytes, 1, &none, NULL));
      SHOW(clEnqueueReadBuffer(queue, buffer, wait, 0, kBytes, bytes, 1, &event, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(NULL, buffer, wait, 0, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, NULL, wait, 0, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, kBytes, NULL, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, 0, bytes, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, kBytes + 1, bytes, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 1, kBytes, bytes, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, huge, 2, bytes, 0, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, kBytes, bytes, 1, NULL, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, kBytes, bytes, 0, &event, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, kBytes, bytes, 1, &none, NULL));
      SHOW(clEnqueueWriteBuffer(queue, buffer, wait, 0, kBytes, bytes, 1, &event, NULL));
      SHOW(clFinish(queue));
    }
  }
  cl_mem other = CHECKED(clCreateBuffer(session.context, 0, kBytes, NULL, &status));
  for (int round = 0; round < 2; ++round) {
    SHOW(clEnqueueCopyBuffer(queue, buffer, other, 0, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(NULL, buffer, other, 0, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, NULL, other, 0, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, NULL, 0, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, other, 0, 0, 0, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, other, 1, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, other, 0, 1, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, other, huge, huge, huge, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, buffer, 0, 4, 16, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, buffer, 0, 512, 512, 0, NULL, NULL));
    SHOW(clEnqueueCopyBuffer(queue, buffer, other, 0, 0, kBytes, 1, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 4, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(NULL, buffer, bytes, 4, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, NULL, bytes, 4, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, NULL, 4, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 0, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 3, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 256, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, huge, 0, kBytes, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 4, 2, 8, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 4, 0, 6, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 4, 0, kBytes + 4, 0, NULL, NULL));
    SHOW(clEnqueueFillBuffer(queue, buffer, bytes, 4, 0, 0, 0, NULL, NULL));
    SHOW(clFinish(queue));
  }
  CHECK(clReleaseMemObject(other));
}

static void kernels(void) {
  const cl_command_queue queue = session.queue;
  const size_t one = 1, zero = 0, many = (size_t)1 << 40, three = 3, ten = 10;
  const size_t cube[] = {2, 2, 2, 2};
  SHOW_NEW(clCreateKernel(NULL, "fill", &status));
  SHOW_NEW(clCreateKernel(program, "", &status));
  SHOW(clRetainKernel(NULL));
  SHOW(clReleaseKernel(NULL));
  SHOW(clGetKernelInfo(NULL, CL_KERNEL_NUM_ARGS, sizeof bytes, bytes, &size));
  SHOW(clGetKernelInfo(kernel, 0, sizeof bytes, bytes, &size));
  SHOW(clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, 1, bytes, &size));
  SHOW(clGetKernelWorkGroupInfo(NULL, session.device, CL_KERNEL_WORK_GROUP_SIZE, 8, bytes, &size));
  SHOW(clGetKernelWorkGroupInfo(kernel, NULL, CL_KERNEL_WORK_GROUP_SIZE, 8, bytes, &size));
  SHOW(clGetKernelWorkGroupInfo(kernel, session.device, 0, 8, bytes, &size));
  SHOW(
      clGetKernelWorkGroupInfo(kernel, session.device, CL_KERNEL_WORK_GROUP_SIZE, 1, bytes, &size));
  for (int round = 0; round < 2; ++round) {
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(NULL, kernel, 1, NULL, &one, NULL, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 0, NULL, &one, NULL, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 4, NULL, cube, NULL, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, ~0u, NULL, cube, NULL, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, NULL, NULL, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &ten, &three, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &ten, &zero, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &many, &many, 0, NULL, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 0, &event, NULL));
    SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 1, &event, NULL));
    SHOW(clEnqueueTask(queue, kernel, 0, NULL, NULL));
    SHOW(clEnqueueTask(NULL, kernel, 0, NULL, NULL));
    SHOW(clFinish(queue));
  }
}

static void programs(void) {
  SHOW(clGetProgramInfo(NULL, CL_PROGRAM_SOURCE, sizeof bytes, bytes, &size));
  SHOW(clGetProgramInfo(program, 0, sizeof bytes, bytes, &size));
  SHOW(clGetProgramInfo(program, CL_PROGRAM_SOURCE, 1, bytes, &size));
  SHOW(clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, NULL));
  SHOW(clGetProgramBuildInfo(NULL, session.device, CL_PROGRAM_BUILD_STATUS, 4, bytes, &size));
  SHOW(clGetProgramBuildInfo(program, NULL, CL_PROGRAM_BUILD_STATUS, 4, bytes, &size));
  SHOW(clGetProgramBuildInfo(program, session.device, 0, 4, bytes, &size));
  SHOW(clGetProgramBuildInfo(program, session.device, CL_PROGRAM_BUILD_STATUS, 1, bytes, &size));
  SHOW(clRetainProgram(NULL));
  SHOW(clReleaseProgram(NULL));
  SHOW_NEW(clCreateProgramWithSource(NULL, 0, NULL, NULL, &status));
  SHOW(clUnloadPlatformCompiler(platform));
  // A program with kernels cannot be built again.
  SHOW(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
}

static void events(void) {
  const cl_event none = NULL;
  SHOW(clWaitForEvents(0, NULL));
  SHOW(clWaitForEvents(0, &event));
  SHOW(clWaitForEvents(1, NULL));
  SHOW(clWaitForEvents(1, &none));
  SHOW(clGetEventInfo(NULL, CL_EVENT_CONTEXT, sizeof bytes, bytes, &size));
  SHOW(clGetEventInfo(event, 0, sizeof bytes, bytes, &size));
  SHOW(clGetEventInfo(event, CL_EVENT_CONTEXT, 1, bytes, &size));
  SHOW(clGetEventProfilingInfo(NULL, CL_PROFILING_COMMAND_END, 8, bytes, &size));
  SHOW(clGetEventProfilingInfo(event, 0, 8, bytes, &size));
  SHOW(clRetainEvent(NULL));
  SHOW(clReleaseEvent(NULL));
  SHOW_NEW(clCreateUserEvent(NULL, &status));
  SHOW(clSetUserEventStatus(NULL, CL_COMPLETE));
  SHOW(clSetUserEventStatus(event, CL_COMPLETE));
  cl_event user = CHECKED(clCreateUserEvent(session.context, &status));
  SHOW(clSetUserEventStatus(user, CL_QUEUED));
  SHOW(clSetUserEventStatus(user, CL_COMPLETE));
  SHOW(clSetUserEventStatus(user, -1));
  SHOW(clReleaseEvent(user));
  for (int round = 0; round < 2; ++round) {
    SHOW(clEnqueueMarkerWithWaitList(session.queue, 0, NULL, NULL));
    SHOW(clEnqueueMarkerWithWaitList(NULL, 0, NULL, NULL));
    SHOW(clEnqueueMarkerWithWaitList(session.queue, 1, NULL, NULL));
    SHOW(clEnqueueMarkerWithWaitList(session.queue, 0, &event, NULL));
    SHOW(clEnqueueMarkerWithWaitList(session.queue, 1, &event, NULL));
    SHOW(clEnqueueMarkerWithWaitList(session.queue, 1, &none, NULL));
    SHOW(clEnqueueBarrierWithWaitList(session.queue, 0, NULL, NULL));
    SHOW(clEnqueueBarrierWithWaitList(NULL, 0, NULL, NULL));
    SHOW(clEnqueueBarrierWithWaitList(session.queue, 1, NULL, NULL));
    SHOW(clEnqueueBarrierWithWaitList(session.queue, 1, &event, NULL));
  }
}

static void natively_fatal(void) {
  const size_t one = 1;
  SHOW(clEnqueueNDRangeKernel(session.queue, NULL, 1, NULL, &one, NULL, 0, NULL, NULL));
  SHOW(clEnqueueTask(session.queue, NULL, 0, NULL, NULL));
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &one, NULL, 1, NULL, NULL));
  SHOW(clEnqueueTask(session.queue, kernel, 1, NULL, NULL));
  SHOW(clFinish(session.queue));
}

int main(int argc, char** argv) {
  (void)argv;
  setvbuf(stdout, NULL, _IOLBF, 0);
  session = session_open();
  CHECK(clGetPlatformIDs(1, &platform, NULL));
  buffer = CHECKED(clCreateBuffer(session.context, 0, kBytes, NULL, &status));
  const char* source = "kernel void fill(global int* x) { x[0] = 3; }";
  program = CHECKED(clCreateProgramWithSource(session.context, 1, &source, NULL, &status));
  CHECK(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  kernel = CHECKED(clCreateKernel(program, "fill", &status));
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, 4, bytes, 0, NULL, &event));
  if (argc > 1) {
    natively_fatal();
  } else {
    platforms_and_devices();
    contexts_and_queues();
    buffers();
    transfers();
    kernels();
    programs();
    events();
  }
  SHOW(clReleaseEvent(event));
  SHOW(clReleaseKernel(kernel));
  SHOW(clReleaseProgram(program));
  SHOW(clReleaseMemObject(buffer));
  session_close(&session);
  return 0;
}
