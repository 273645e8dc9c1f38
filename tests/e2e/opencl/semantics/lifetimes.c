// Objects that the application has given up and others keep: getters still return them, by the same
// handle, and they can be used; and calls in orders that nobody recommends.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "semantics.h"

static struct session session;
static const char* const kSource = "kernel void add(global int* x, int y) { x[0] += y; }";

// A getter that returns one handle.
#define GET(type, function, object, name)                   \
  __extension__({                                           \
    type got_ = NULL;                                       \
    SHOW(function(object, name, sizeof got_, &got_, NULL)); \
    got_;                                                   \
  })
#define COUNT(function, object, name)                             \
  __extension__({                                                 \
    cl_uint count_ = 99;                                          \
    const cl_int got_ = function(object, name, 4, &count_, NULL); \
    printf("  %s: %d, %u\n", #name " of " #object, got_, count_); \
  })

static cl_context make_context(void) {
  return CHECKED(clCreateContext(NULL, 1, &session.device, NULL, NULL, &status));
}

static void event_keeps_queue_keeps_context(void) {
  cl_context context = make_context();
  cl_command_queue queue = CHECKED(clCreateCommandQueue(context, session.device, 0, &status));
  cl_mem buffer = CHECKED(clCreateBuffer(context, 0, 64, NULL, &status));
  char bytes[64];
  cl_event event;
  CHECK(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, 64, bytes, 0, NULL, &event));
  SHOW(clReleaseCommandQueue(queue));
  SHOW(clReleaseContext(context));
  show_truth("the event's queue",
             GET(cl_command_queue, clGetEventInfo, event, CL_EVENT_COMMAND_QUEUE) == queue);
  show_truth("the event's context",
             GET(cl_context, clGetEventInfo, event, CL_EVENT_CONTEXT) == context);
  show_truth("the queue's context",
             GET(cl_context, clGetCommandQueueInfo, queue, CL_QUEUE_CONTEXT) == context);
  SHOW(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, 64, bytes, 0, NULL, NULL));
  SHOW(clRetainCommandQueue(queue));
  SHOW(clReleaseEvent(event));
  SHOW(clFinish(queue));
  SHOW(clReleaseCommandQueue(queue));
  show_truth("the buffer's context",
             GET(cl_context, clGetMemObjectInfo, buffer, CL_MEM_CONTEXT) == context);
  SHOW(clReleaseMemObject(buffer));
}

static void part_keeps_whole(void) {
  cl_mem whole = CHECKED(clCreateBuffer(session.context, 0, 4096, NULL, &status));
  const cl_buffer_region region = {1024, 1024};
  cl_mem part =
      SHOW_NEW(clCreateSubBuffer(whole, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &status));
  COUNT(clGetMemObjectInfo, whole, CL_MEM_REFERENCE_COUNT);
  SHOW(clReleaseMemObject(whole));
  show_truth("the whole",
             GET(cl_mem, clGetMemObjectInfo, part, CL_MEM_ASSOCIATED_MEMOBJECT) == whole);
  COUNT(clGetMemObjectInfo, whole, CL_MEM_REFERENCE_COUNT);
  size_t size = 0;
  SHOW(clGetMemObjectInfo(whole, CL_MEM_SIZE, sizeof size, &size, NULL));
  printf("  %zu bytes\n", size);
  SHOW(clReleaseMemObject(part));
}

static void clones(void) {
  cl_program program =
      CHECKED(clCreateProgramWithSource(session.context, 1, (const char**)&kSource, NULL, &status));
  CHECK(clBuildProgram(program, 0, NULL, "", NULL, NULL));
  cl_kernel kernel = CHECKED(clCreateKernel(program, "add", &status));
  cl_int value = 0;
  cl_mem sum =
      CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, sizeof value, &value, &status));
  const size_t one = 1;
  value = 5;
  SHOW(clSetKernelArg(kernel, 0, sizeof sum, &sum));
  SHOW(clSetKernelArg(kernel, 1, sizeof value, &value));
  cl_kernel clone = SHOW_NEW(clCloneKernel(kernel, &status));
  value = 70;
  SHOW(clSetKernelArg(clone, 1, sizeof value, &value));
  SHOW(clReleaseProgram(program));
  show_truth("the clone's program",
             GET(cl_program, clGetKernelInfo, clone, CL_KERNEL_PROGRAM) == program);
  SHOW(clEnqueueNDRangeKernel(session.queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL));
  SHOW(clReleaseKernel(kernel));
  SHOW(clEnqueueNDRangeKernel(session.queue, clone, 1, NULL, &one, NULL, 0, NULL, NULL));
  SHOW(clReleaseKernel(clone));
  SHOW(clEnqueueReadBuffer(session.queue, sum, CL_TRUE, 0, sizeof value, &value, 0, NULL, NULL));
  printf("  %d\n", value);
  SHOW(clReleaseMemObject(sum));
}

// Everything is given up while a gate still holds up the work.
static void given_up_before_it_runs(void) {
  cl_context context = make_context();
  cl_command_queue queue =
      CHECKED(clCreateCommandQueue(context, session.device, CL_QUEUE_PROFILING_ENABLE, &status));
  const struct session own = {.device = session.device, .context = context};
  cl_kernel kernel = session_kernel(&own, kSource, "add");
  cl_int value = 5, result = 0;
  cl_mem buffer =
      CHECKED(clCreateBuffer(context, CL_MEM_COPY_HOST_PTR, sizeof value, &value, &status));
  cl_event gate = CHECKED(clCreateUserEvent(context, &status));
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
  CHECK(clSetKernelArg(kernel, 1, sizeof value, &value));
  cl_event launch, read;
  const size_t one = 1;
  SHOW(clReleaseContext(context));
  SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 1, &gate, &launch));
  SHOW(clReleaseKernel(kernel));
  SHOW(clEnqueueReadBuffer(queue, buffer, CL_FALSE, 0, sizeof result, &result, 1, &launch, &read));
  SHOW(clReleaseMemObject(buffer));
  SHOW(clReleaseEvent(launch));
  SHOW(clSetUserEventStatus(gate, CL_COMPLETE));
  SHOW(clReleaseEvent(gate));
  SHOW(clWaitForEvents(1, &read));
  printf("  %d\n", result);
  cl_ulong start = 0, end = 0;
  SHOW(clGetEventProfilingInfo(read, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL));
  SHOW(clGetEventProfilingInfo(read, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL));
  show_truth("profiled", start != 0 && start <= end);
  SHOW(clReleaseCommandQueue(queue));
  SHOW(clReleaseEvent(read));
}

// One event in many lists, and more than once in each.
static void lists(void) {
  enum { kMarkers = 100 };
  cl_event gate = CHECKED(clCreateUserEvent(session.context, &status)), markers[kMarkers];
  for (int i = 0; i < kMarkers; ++i) {
    const cl_event list[] = {gate, i > 0 ? markers[i - 1] : gate, gate};
    CHECK(clEnqueueMarkerWithWaitList(session.queue, 3, list, &markers[i]));
  }
  int waiting = 0;
  for (int i = 0; i < kMarkers; ++i) waiting += event_status(markers[i]) > CL_COMPLETE;
  SHOW(clSetUserEventStatus(gate, CL_COMPLETE));
  SHOW(clWaitForEvents(kMarkers, markers));
  printf("  %d waited\n", waiting);
  for (int i = kMarkers; i-- > 0;) CHECK(clReleaseEvent(markers[i]));
  CHECK(clReleaseEvent(gate));
}

int main(void) {
  session = session_open();
  for (int round = 0; round < 3; ++round) {
    event_keeps_queue_keeps_context();
    part_keeps_whole();
    clones();
    given_up_before_it_runs();
    lists();
  }
  session_close(&session);
  return 0;
}
