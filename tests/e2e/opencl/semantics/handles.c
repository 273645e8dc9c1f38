// Getters return the same handle each time, reference counts are as natively, and objects live for
// as long as something refers to them.
#include <unistd.h>

#include "semantics.h"

#define COUNT(function, object, name)                             \
  __extension__({                                                 \
    cl_uint count_ = 99;                                          \
    const cl_int got_ = function(object, name, 4, &count_, NULL); \
    printf("  %s: %d, %u\n", #name " of " #object, got_, count_); \
  })
// A getter that returns one handle: the handle, whose status is shown.
#define GET(type, function, object, name)                   \
  __extension__({                                           \
    type got_ = NULL;                                       \
    SHOW(function(object, name, sizeof got_, &got_, NULL)); \
    got_;                                                   \
  })

static const char* const kSource = "kernel void one(global int* to) { to[0] = 1; }";

// The library drops references of its own some time after an event has completed: natively, too,
// the count is not the same from run to run before that.
static void await_own_references(cl_event event) {
  cl_uint count = 0, last = 0;
  for (int same = 0; same < 20; same = count == last ? same + 1 : 0) {
    last = count;
    usleep(1000);
    CHECK(clGetEventInfo(event, CL_EVENT_REFERENCE_COUNT, sizeof count, &count, NULL));
  }
}

static void counts(cl_context context, cl_command_queue queue, cl_mem memory, cl_program program,
                   cl_kernel kernel, cl_event event) {
  COUNT(clGetContextInfo, context, CL_CONTEXT_REFERENCE_COUNT);
  COUNT(clGetCommandQueueInfo, queue, CL_QUEUE_REFERENCE_COUNT);
  COUNT(clGetMemObjectInfo, memory, CL_MEM_REFERENCE_COUNT);
  COUNT(clGetProgramInfo, program, CL_PROGRAM_REFERENCE_COUNT);
  COUNT(clGetKernelInfo, kernel, CL_KERNEL_REFERENCE_COUNT);
  COUNT(clGetEventInfo, event, CL_EVENT_REFERENCE_COUNT);
}

int main(void) {
  struct session session = session_open();
  const cl_context context = session.context;
  const cl_command_queue queue = session.queue;
  cl_platform_id platform = NULL, again = NULL;
  CHECK(clGetPlatformIDs(1, &platform, NULL));
  CHECK(clGetPlatformIDs(1, &again, NULL));
  show_truth("the same platform", platform == again);
  cl_device_id device = NULL;
  CHECK(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL));
  show_truth("the same device", device == session.device);
  show_truth("the device's platform",
             GET(cl_platform_id, clGetDeviceInfo, device, CL_DEVICE_PLATFORM) == platform);
  show_truth("the device's parent",
             GET(cl_device_id, clGetDeviceInfo, device, CL_DEVICE_PARENT_DEVICE) == NULL);

  for (int round = 0; round < 3; ++round) {
    cl_program program =
        CHECKED(clCreateProgramWithSource(context, 1, (const char**)&kSource, NULL, &status));
    CHECK(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
    cl_kernel kernel = CHECKED(clCreateKernel(program, "one", &status));
    cl_mem memory = CHECKED(clCreateBuffer(context, 0, 64, NULL, &status));
    cl_int value = 0;
    cl_event event;
    CHECK(clEnqueueReadBuffer(queue, memory, CL_TRUE, 0, sizeof value, &value, 0, NULL, &event));

    show_truth("the context's device",
               GET(cl_device_id, clGetContextInfo, context, CL_CONTEXT_DEVICES) == device);
    show_truth("the queue's context",
               GET(cl_context, clGetCommandQueueInfo, queue, CL_QUEUE_CONTEXT) == context);
    show_truth("the queue's device",
               GET(cl_device_id, clGetCommandQueueInfo, queue, CL_QUEUE_DEVICE) == device);
    show_truth("the buffer's context",
               GET(cl_context, clGetMemObjectInfo, memory, CL_MEM_CONTEXT) == context);
    show_truth("the buffer's parent",
               GET(cl_mem, clGetMemObjectInfo, memory, CL_MEM_ASSOCIATED_MEMOBJECT) == NULL);
    show_truth("the program's context",
               GET(cl_context, clGetProgramInfo, program, CL_PROGRAM_CONTEXT) == context);
    show_truth("the program's device",
               GET(cl_device_id, clGetProgramInfo, program, CL_PROGRAM_DEVICES) == device);
    show_truth("the kernel's context",
               GET(cl_context, clGetKernelInfo, kernel, CL_KERNEL_CONTEXT) == context);
    show_truth("the kernel's program",
               GET(cl_program, clGetKernelInfo, kernel, CL_KERNEL_PROGRAM) == program);
    show_truth("the event's queue",
               GET(cl_command_queue, clGetEventInfo, event, CL_EVENT_COMMAND_QUEUE) == queue);
    show_truth("the event's context",
               GET(cl_context, clGetEventInfo, event, CL_EVENT_CONTEXT) == context);
    cl_event user = CHECKED(clCreateUserEvent(context, &status));
    show_truth("a user event's queue",
               GET(cl_command_queue, clGetEventInfo, user, CL_EVENT_COMMAND_QUEUE) == NULL);
    SHOW(clReleaseEvent(user));

    await_own_references(event);
    counts(context, queue, memory, program, kernel, event);
    SHOW(clRetainContext(context));
    SHOW(clRetainCommandQueue(queue));
    SHOW(clRetainMemObject(memory));
    SHOW(clRetainProgram(program));
    SHOW(clRetainKernel(kernel));
    SHOW(clRetainEvent(event));
    counts(context, queue, memory, program, kernel, event);
    SHOW(clReleaseContext(context));
    SHOW(clReleaseCommandQueue(queue));
    SHOW(clReleaseMemObject(memory));
    SHOW(clReleaseProgram(program));
    SHOW(clReleaseKernel(kernel));
    SHOW(clReleaseEvent(event));
    counts(context, queue, memory, program, kernel, event);

    // The kernel keeps its program, which the application has given up.
    SHOW(clReleaseProgram(program));
    show_truth("the released program",
               GET(cl_program, clGetKernelInfo, kernel, CL_KERNEL_PROGRAM) == program);
    COUNT(clGetProgramInfo, program, CL_PROGRAM_REFERENCE_COUNT);
    size_t kernels = 0;
    SHOW(clGetProgramInfo(program, CL_PROGRAM_NUM_KERNELS, sizeof kernels, &kernels, NULL));
    printf("  its kernels: %zu\n", kernels);
    cl_kernel second = SHOW_NEW(clCreateKernel(program, "one", &status));
    SHOW(clSetKernelArg(second, 0, sizeof memory, &memory));
    const size_t items = 1;
    SHOW(clEnqueueNDRangeKernel(queue, second, 1, NULL, &items, NULL, 0, NULL, NULL));
    SHOW(clReleaseKernel(second));
    SHOW(clReleaseKernel(kernel));
    SHOW(clReleaseMemObject(memory));
    SHOW(clReleaseEvent(event));
    SHOW(clFinish(queue));
  }

  // A queue and a buffer keep their context.
  cl_context other = CHECKED(clCreateContext(NULL, 1, &device, NULL, NULL, &status));
  cl_mem memory = CHECKED(clCreateBuffer(other, 0, 64, NULL, &status));
  cl_command_queue other_queue = CHECKED(clCreateCommandQueue(other, device, 0, &status));
  SHOW(clReleaseContext(other));
  show_truth("the released context",
             GET(cl_context, clGetMemObjectInfo, memory, CL_MEM_CONTEXT) == other);
  show_truth("by the queue",
             GET(cl_context, clGetCommandQueueInfo, other_queue, CL_QUEUE_CONTEXT) == other);
  cl_mem more = SHOW_NEW(clCreateBuffer(other, 0, 64, NULL, &status));
  SHOW(clReleaseMemObject(more));
  SHOW(clReleaseMemObject(memory));
  SHOW(clReleaseCommandQueue(other_queue));

  // A root device is not reference counted.
  SHOW(clRetainDevice(device));
  SHOW(clReleaseDevice(device));
  SHOW(clReleaseDevice(device));
  COUNT(clGetDeviceInfo, device, CL_DEVICE_REFERENCE_COUNT);
  session_close(&session);
  return 0;
}
