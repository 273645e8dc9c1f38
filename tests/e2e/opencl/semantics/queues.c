// Two contexts, several queues, wait lists across them, markers, barriers, profiling.
#include "semantics.h"

enum { kQueues = 4, kRounds = 50 };

static const char* const kSource =
    "kernel void advance(global uint* x, uint factor, uint add) { x[0] = x[0] * factor + add; }";

static cl_kernel make_kernel(cl_context context, cl_device_id device) {
  const struct session session = {.device = device, .context = context};
  return session_kernel(&session, kSource, "advance");
}

static void enqueue_step(cl_command_queue queue, cl_kernel kernel, cl_uint factor, cl_uint add,
                         cl_uint count, const cl_event* list, cl_event* event) {
  const size_t items = 1;
  CHECK(clSetKernelArg(kernel, 1, sizeof factor, &factor));
  CHECK(clSetKernelArg(kernel, 2, sizeof add, &add));
  CHECK(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, NULL, count, list, event));
}

// A chain that goes round the queues: only the wait lists make it the right order.
static cl_uint chain(cl_context context, cl_command_queue* queues, cl_kernel kernel, bool finish) {
  cl_uint value = 1;
  cl_mem memory =
      CHECKED(clCreateBuffer(context, CL_MEM_COPY_HOST_PTR, sizeof value, &value, &status));
  CHECK(clSetKernelArg(kernel, 0, sizeof memory, &memory));
  cl_event before = NULL;
  for (cl_uint i = 0; i < kRounds; ++i) {
    cl_event event;
    enqueue_step(queues[i % kQueues], kernel, 3, i, before != NULL, before != NULL ? &before : NULL,
                 &event);
    CHECK(clFlush(queues[i % kQueues]));
    if (before != NULL) CHECK(clReleaseEvent(before));
    before = event;
  }
  if (finish) {
    for (int i = 0; i < kQueues; ++i) CHECK(clFinish(queues[i]));
  }
  CHECK(clEnqueueReadBuffer(queues[0], memory, CL_TRUE, 0, sizeof value, &value, 1, &before, NULL));
  CHECK(clReleaseEvent(before));
  CHECK(clReleaseMemObject(memory));
  return value;
}

static void out_of_order(cl_context context, cl_device_id device) {
  cl_command_queue queue = SHOW_NEW(
      clCreateCommandQueue(context, device, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &status));
  if (queue == NULL) return;
  cl_uint value = 1;
  cl_mem memory =
      CHECKED(clCreateBuffer(context, CL_MEM_COPY_HOST_PTR, sizeof value, &value, &status));
  cl_kernel kernel = make_kernel(context, device);
  CHECK(clSetKernelArg(kernel, 0, sizeof memory, &memory));
  // A barrier, a marker and wait lists keep the steps apart.
  cl_event events[3];
  enqueue_step(queue, kernel, 2, 5, 0, NULL, &events[0]);
  CHECK(clEnqueueBarrierWithWaitList(queue, 0, NULL, NULL));
  enqueue_step(queue, kernel, 3, 1, 0, NULL, &events[1]);
  CHECK(clEnqueueMarkerWithWaitList(queue, 1, &events[1], &events[2]));
  cl_event last;
  enqueue_step(queue, kernel, 7, 2, 1, &events[2], &last);
  CHECK(clEnqueueBarrierWithWaitList(queue, 1, &last, NULL));
  CHECK(clEnqueueReadBuffer(queue, memory, CL_FALSE, 0, sizeof value, &value, 0, NULL, NULL));
  CHECK(clFinish(queue));
  printf("out of order: %u\n", value);
  for (int i = 0; i < 3; ++i) CHECK(clReleaseEvent(events[i]));
  CHECK(clReleaseEvent(last));
  CHECK(clReleaseKernel(kernel));
  CHECK(clReleaseMemObject(memory));
  CHECK(clReleaseCommandQueue(queue));
}

static void markers(cl_context context, cl_command_queue* queues) {
  cl_event gate = CHECKED(clCreateUserEvent(context, &status));
  cl_event marker, barrier, after;
  cl_command_type type = 0;
  SHOW(clEnqueueMarkerWithWaitList(queues[0], 1, &gate, &marker));
  SHOW(clEnqueueBarrierWithWaitList(queues[1], 1, &marker, &barrier));
  SHOW(clEnqueueMarkerWithWaitList(queues[1], 0, NULL, &after));
  CHECK(clFlush(queues[0]));
  CHECK(clFlush(queues[1]));
  const cl_event events[] = {marker, barrier, after};
  for (int i = 0; i < 3; ++i) {
    CHECK(clGetEventInfo(events[i], CL_EVENT_COMMAND_TYPE, sizeof type, &type, NULL));
    printf("command type %#x, outstanding: %d\n", type, event_status(events[i]) > CL_COMPLETE);
  }
  SHOW(clSetUserEventStatus(gate, CL_COMPLETE));
  SHOW(clSetUserEventStatus(gate, CL_COMPLETE));
  SHOW(clWaitForEvents(3, events));
  for (int i = 0; i < 3; ++i) {
    printf("status %d\n", event_status(events[i]));
    CHECK(clReleaseEvent(events[i]));
  }
  CHECK(clReleaseEvent(gate));
}

static void profiling(cl_context context, cl_device_id device) {
  cl_command_queue queue =
      SHOW_NEW(clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &status));
  cl_command_queue_properties properties = 0;
  CHECK(clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties, NULL));
  printf("properties %#llx\n", (unsigned long long)properties);
  cl_mem memory = CHECKED(clCreateBuffer(context, 0, 4096, NULL, &status));
  cl_kernel kernel = make_kernel(context, device);
  CHECK(clSetKernelArg(kernel, 0, sizeof memory, &memory));
  cl_ulong last_end = 0;
  int monotone = 0;
  for (cl_uint i = 0; i < 10; ++i) {
    cl_event event;
    char bytes[4096] = {0};
    if (i % 3 == 0) enqueue_step(queue, kernel, 1, i, 0, NULL, &event);
    if (i % 3 == 1) {
      CHECK(clEnqueueWriteBuffer(queue, memory, CL_FALSE, 0, sizeof bytes, bytes, 0, NULL, &event));
    }
    if (i % 3 == 2) {
      CHECK(clEnqueueReadBuffer(queue, memory, CL_FALSE, 0, sizeof bytes, bytes, 0, NULL, &event));
    }
    CHECK(clWaitForEvents(1, &event));
    static const cl_profiling_info kNames[] = {
        CL_PROFILING_COMMAND_QUEUED, CL_PROFILING_COMMAND_SUBMIT, CL_PROFILING_COMMAND_START,
        CL_PROFILING_COMMAND_END};
    cl_ulong before = last_end;
    bool fine = true;
    for (int k = 0; k < 4; ++k) {
      cl_ulong at = 0;
      size_t size = 0;
      CHECK(clGetEventProfilingInfo(event, kNames[k], sizeof at, &at, &size));
      fine = fine && at >= before && at != 0 && size == sizeof at;
      before = at;
    }
    last_end = before;
    monotone += fine;
    CHECK(clReleaseEvent(event));
  }
  printf("profiles that are monotone: %d\n", monotone);
  CHECK(clReleaseKernel(kernel));
  CHECK(clReleaseMemObject(memory));
  CHECK(clReleaseCommandQueue(queue));
}

// A queue without profiling has none, and an event that is not complete has none yet.
static void no_profiling(cl_context context, cl_command_queue queue) {
  cl_event event;
  cl_ulong at;
  CHECK(clEnqueueMarkerWithWaitList(queue, 0, NULL, &event));
  CHECK(clFinish(queue));
  SHOW(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof at, &at, NULL));
  CHECK(clReleaseEvent(event));
  cl_event user = CHECKED(clCreateUserEvent(context, &status));
  SHOW(clGetEventProfilingInfo(user, CL_PROFILING_COMMAND_END, sizeof at, &at, NULL));
  CHECK(clSetUserEventStatus(user, CL_COMPLETE));
  CHECK(clReleaseEvent(user));
}

// A user event that fails takes what waits for it with it.
static void failed_gate(cl_context context, cl_command_queue queue) {
  cl_event gate = CHECKED(clCreateUserEvent(context, &status));
  cl_mem memory = CHECKED(clCreateBuffer(context, 0, 100000, NULL, &status));
  unsigned char* bytes = allocate(100000);
  memset(bytes, 7, 100000);
  cl_event event;
  CHECK(clEnqueueReadBuffer(queue, memory, CL_FALSE, 0, 100000, bytes, 1, &gate, &event));
  SHOW(clSetUserEventStatus(gate, -77));
  SHOW(clWaitForEvents(1, &event));
  show_truth("failed", event_status(event) < 0);
  show_truth("nothing was read", all_are(bytes, 100000, 7));
  SHOW(clWaitForEvents(1, &gate));
  printf("the gate's status %d\n", event_status(gate));
  free(bytes);
  CHECK(clReleaseEvent(event));
  CHECK(clReleaseEvent(gate));
  CHECK(clReleaseMemObject(memory));
}

// Objects of one context are foreign to the other, also in a call whose like has succeeded.
static void foreign(const cl_context* contexts, cl_command_queue queues[2][kQueues]) {
  cl_mem memory = CHECKED(clCreateBuffer(contexts[0], 0, 64, NULL, &status));
  char bytes[64];
  cl_event events[2];
  for (int c = 0; c < 2; ++c) {
    events[c] = CHECKED(clCreateUserEvent(contexts[c], &status));
    CHECK(clSetUserEventStatus(events[c], CL_COMPLETE));
  }
  for (cl_bool wait = 0; wait < 2; ++wait) {
    for (int c = 0; c < 2; ++c) {
      SHOW(clEnqueueReadBuffer(queues[0][0], memory, wait, 0, 64, bytes, 1, &events[c], NULL));
      SHOW(clEnqueueReadBuffer(queues[1][0], memory, wait, 0, 64, bytes, 0, NULL, NULL));
      SHOW(clEnqueueMarkerWithWaitList(queues[0][0], 1, &events[c], NULL));
      SHOW(clEnqueueMarkerWithWaitList(queues[0][0], 2, events, NULL));
      SHOW(clWaitForEvents(2, events));
      SHOW(clFinish(queues[0][0]));
    }
  }
  for (int c = 0; c < 2; ++c) CHECK(clReleaseEvent(events[c]));
  CHECK(clReleaseMemObject(memory));
}

int main(void) {
  struct session session = session_open();
  cl_context contexts[2];
  cl_command_queue queues[2][kQueues];
  cl_kernel kernels[2];
  for (int c = 0; c < 2; ++c) {
    contexts[c] = CHECKED(clCreateContext(NULL, 1, &session.device, NULL, NULL, &status));
    kernels[c] = make_kernel(contexts[c], session.device);
    for (int q = 0; q < kQueues; ++q) {
      queues[c][q] = CHECKED(clCreateCommandQueue(contexts[c], session.device, 0, &status));
    }
  }
  for (int round = 0; round < 3; ++round) {
    for (int c = 0; c < 2; ++c) {
      printf("chain: %u\n", chain(contexts[c], queues[c], kernels[c], round == 1));
    }
  }
  out_of_order(contexts[0], session.device);
  markers(contexts[1], queues[1]);
  profiling(contexts[0], session.device);
  no_profiling(contexts[1], queues[1][2]);

  foreign(contexts, queues);
  failed_gate(contexts[0], queues[0][3]);
  for (int c = 0; c < 2; ++c) {
    CHECK(clReleaseKernel(kernels[c]));
    for (int q = 0; q < kQueues; ++q) CHECK(clReleaseCommandQueue(queues[c][q]));
    CHECK(clReleaseContext(contexts[c]));
  }
  session_close(&session);
  return 0;
}
