/* Handles that are none, wherever a function takes one: null, wild pointers, released objects, and
 * objects of every other type.
 *
 *   bad_handles null [NAME ...]   prints what each function answers to null, for comparison; leaves
 *                                 out those named
 *   bad_handles                   checks what each answers to the others; a loader would follow the
 *                                 pointers, so this is for libraries that stand in for it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

enum kind {
  kPlatform,
  kDevice,
  kContext,
  kQueue,
  kMem,
  kSampler,
  kProgram,
  kKernel,
  kEvent,
  kKinds
};
static const char* const kKindNames[kKinds] = {"platform", "device",  "context", "queue", "buffer",
                                               "sampler",  "program", "kernel",  "event"};

static struct session session;
static void* live[kKinds]; /* one object of each type */

/* Arguments of the calls below. Whatever goes wrong, it is the handle. */
static cl_int code;
static char bytes[64];
static const size_t one = 1;
static const cl_buffer_region region = {0, 16};
static const char* const kSource = "kernel void set(global int* out, int value) { *out = value; }";

static void CL_CALLBACK ignore_event(cl_event event, cl_int state, void* data) {
  (void)event, (void)state, (void)data;
}

/* X(function and argument, type of the handle, what the standard answers, call with `bad`) */
#define CASES(X)                                                                                  \
  X(GetPlatformInfo, kPlatform, CL_INVALID_PLATFORM,                                              \
    clGetPlatformInfo(bad, CL_PLATFORM_NAME, sizeof bytes, bytes, NULL))                          \
  X(GetDeviceIDs, kPlatform, CL_INVALID_PLATFORM,                                                 \
    clGetDeviceIDs(bad, CL_DEVICE_TYPE_ALL, 0, NULL, &(cl_uint){0}))                              \
  X(CreateContext_platform, kPlatform, CL_INVALID_PLATFORM,                                       \
    (clCreateContext(                                                                             \
         (cl_context_properties[]){CL_CONTEXT_PLATFORM, (cl_context_properties)bad, 0}, 1,        \
         &session.device, NULL, NULL, &code),                                                     \
     code))                                                                                       \
  X(GetDeviceInfo, kDevice, CL_INVALID_DEVICE,                                                    \
    clGetDeviceInfo(bad, CL_DEVICE_NAME, sizeof bytes, bytes, NULL))                              \
  X(RetainDevice, kDevice, CL_INVALID_DEVICE, clRetainDevice(bad))                                \
  X(ReleaseDevice, kDevice, CL_INVALID_DEVICE, clReleaseDevice(bad))                              \
  X(CreateContext_device, kDevice, CL_INVALID_DEVICE,                                             \
    (clCreateContext(NULL, 1, (cl_device_id*)&bad, NULL, NULL, &code), code))                     \
  X(CreateCommandQueue_device, kDevice, CL_INVALID_DEVICE,                                        \
    (clCreateCommandQueue(session.context, bad, 0, &code), code))                                 \
  X(BuildProgram_device, kDevice, CL_INVALID_DEVICE,                                              \
    clBuildProgram(live[kProgram], 1, (cl_device_id*)&bad, "", NULL, NULL))                       \
  X(GetProgramBuildInfo_device, kDevice, CL_INVALID_DEVICE,                                       \
    clGetProgramBuildInfo(live[kProgram], bad, CL_PROGRAM_BUILD_STATUS, sizeof bytes, bytes,      \
                          NULL))                                                                  \
  X(GetContextInfo, kContext, CL_INVALID_CONTEXT,                                                 \
    clGetContextInfo(bad, CL_CONTEXT_NUM_DEVICES, sizeof bytes, bytes, NULL))                     \
  X(RetainContext, kContext, CL_INVALID_CONTEXT, clRetainContext(bad))                            \
  X(ReleaseContext, kContext, CL_INVALID_CONTEXT, clReleaseContext(bad))                          \
  X(CreateCommandQueue, kContext, CL_INVALID_CONTEXT,                                             \
    (clCreateCommandQueue(bad, session.device, 0, &code), code))                                  \
  X(CreateBuffer, kContext, CL_INVALID_CONTEXT, (clCreateBuffer(bad, 0, 64, NULL, &code), code))  \
  X(CreateSampler, kContext, CL_INVALID_CONTEXT,                                                  \
    (clCreateSampler(bad, CL_FALSE, CL_ADDRESS_NONE, CL_FILTER_NEAREST, &code), code))            \
  X(CreateProgramWithSource, kContext, CL_INVALID_CONTEXT,                                        \
    (clCreateProgramWithSource(bad, 1, (const char*[]){kSource}, NULL, &code), code))             \
  X(CreateUserEvent, kContext, CL_INVALID_CONTEXT, (clCreateUserEvent(bad, &code), code))         \
  X(GetCommandQueueInfo, kQueue, CL_INVALID_COMMAND_QUEUE,                                        \
    clGetCommandQueueInfo(bad, CL_QUEUE_PROPERTIES, sizeof bytes, bytes, NULL))                   \
  X(RetainCommandQueue, kQueue, CL_INVALID_COMMAND_QUEUE, clRetainCommandQueue(bad))              \
  X(ReleaseCommandQueue, kQueue, CL_INVALID_COMMAND_QUEUE, clReleaseCommandQueue(bad))            \
  X(Flush, kQueue, CL_INVALID_COMMAND_QUEUE, clFlush(bad))                                        \
  X(Finish, kQueue, CL_INVALID_COMMAND_QUEUE, clFinish(bad))                                      \
  X(EnqueueReadBuffer, kQueue, CL_INVALID_COMMAND_QUEUE,                                          \
    clEnqueueReadBuffer(bad, live[kMem], CL_TRUE, 0, 16, bytes, 0, NULL, NULL))                   \
  X(EnqueueWriteBuffer, kQueue, CL_INVALID_COMMAND_QUEUE,                                         \
    clEnqueueWriteBuffer(bad, live[kMem], CL_FALSE, 0, 16, bytes, 0, NULL, NULL))                 \
  X(EnqueueTask, kQueue, CL_INVALID_COMMAND_QUEUE,                                                \
    clEnqueueTask(bad, live[kKernel], 0, NULL, NULL))                                             \
  X(GetMemObjectInfo, kMem, CL_INVALID_MEM_OBJECT,                                                \
    clGetMemObjectInfo(bad, CL_MEM_SIZE, sizeof bytes, bytes, NULL))                              \
  X(RetainMemObject, kMem, CL_INVALID_MEM_OBJECT, clRetainMemObject(bad))                         \
  X(ReleaseMemObject, kMem, CL_INVALID_MEM_OBJECT, clReleaseMemObject(bad))                       \
  X(CreateSubBuffer, kMem, CL_INVALID_MEM_OBJECT,                                                 \
    (clCreateSubBuffer(bad, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &code), code))              \
  X(EnqueueReadBuffer_buffer, kMem, CL_INVALID_MEM_OBJECT,                                        \
    clEnqueueReadBuffer(session.queue, bad, CL_FALSE, 0, 16, bytes, 0, NULL, NULL))               \
  X(EnqueueWriteBuffer_buffer, kMem, CL_INVALID_MEM_OBJECT,                                       \
    clEnqueueWriteBuffer(session.queue, bad, CL_TRUE, 0, 16, bytes, 0, NULL, NULL))               \
  X(EnqueueCopyBuffer_source, kMem, CL_INVALID_MEM_OBJECT,                                        \
    clEnqueueCopyBuffer(session.queue, bad, live[kMem], 0, 32, 16, 0, NULL, NULL))                \
  X(EnqueueCopyBuffer_target, kMem, CL_INVALID_MEM_OBJECT,                                        \
    clEnqueueCopyBuffer(session.queue, live[kMem], bad, 0, 32, 16, 0, NULL, NULL))                \
  X(EnqueueFillBuffer_buffer, kMem, CL_INVALID_MEM_OBJECT,                                        \
    clEnqueueFillBuffer(session.queue, bad, bytes, 4, 0, 16, 0, NULL, NULL))                      \
  X(GetSamplerInfo, kSampler, CL_INVALID_SAMPLER,                                                 \
    clGetSamplerInfo(bad, CL_SAMPLER_NORMALIZED_COORDS, sizeof bytes, bytes, NULL))               \
  X(RetainSampler, kSampler, CL_INVALID_SAMPLER, clRetainSampler(bad))                            \
  X(ReleaseSampler, kSampler, CL_INVALID_SAMPLER, clReleaseSampler(bad))                          \
  X(GetProgramInfo, kProgram, CL_INVALID_PROGRAM,                                                 \
    clGetProgramInfo(bad, CL_PROGRAM_NUM_DEVICES, sizeof bytes, bytes, NULL))                     \
  X(GetProgramInfo_binaries, kProgram, CL_INVALID_PROGRAM,                                        \
    clGetProgramInfo(bad, CL_PROGRAM_BINARIES, sizeof bytes, bytes, NULL))                        \
  X(RetainProgram, kProgram, CL_INVALID_PROGRAM, clRetainProgram(bad))                            \
  X(ReleaseProgram, kProgram, CL_INVALID_PROGRAM, clReleaseProgram(bad))                          \
  X(BuildProgram, kProgram, CL_INVALID_PROGRAM, clBuildProgram(bad, 0, NULL, "", NULL, NULL))     \
  X(CompileProgram, kProgram, CL_INVALID_PROGRAM,                                                 \
    clCompileProgram(bad, 0, NULL, "", 0, NULL, NULL, NULL, NULL))                                \
  X(LinkProgram, kProgram, CL_INVALID_PROGRAM,                                                    \
    (clLinkProgram(session.context, 0, NULL, "", 1, (cl_program*)&bad, NULL, NULL, &code), code)) \
  X(CreateKernel, kProgram, CL_INVALID_PROGRAM, (clCreateKernel(bad, "set", &code), code))        \
  X(CreateKernelsInProgram, kProgram, CL_INVALID_PROGRAM,                                         \
    clCreateKernelsInProgram(bad, 0, NULL, &(cl_uint){0}))                                        \
  X(GetKernelInfo, kKernel, CL_INVALID_KERNEL,                                                    \
    clGetKernelInfo(bad, CL_KERNEL_NUM_ARGS, sizeof bytes, bytes, NULL))                          \
  X(RetainKernel, kKernel, CL_INVALID_KERNEL, clRetainKernel(bad))                                \
  X(ReleaseKernel, kKernel, CL_INVALID_KERNEL, clReleaseKernel(bad))                              \
  X(SetKernelArg, kKernel, CL_INVALID_KERNEL, clSetKernelArg(bad, 1, sizeof(int), bytes))         \
  X(GetKernelWorkGroupInfo, kKernel, CL_INVALID_KERNEL,                                           \
    clGetKernelWorkGroupInfo(bad, session.device, CL_KERNEL_WORK_GROUP_SIZE, sizeof bytes, bytes, \
                             NULL))                                                               \
  X(EnqueueNDRangeKernel_kernel, kKernel, CL_INVALID_KERNEL,                                      \
    clEnqueueNDRangeKernel(session.queue, bad, 1, NULL, &one, NULL, 0, NULL, NULL))               \
  X(GetEventInfo, kEvent, CL_INVALID_EVENT,                                                       \
    clGetEventInfo(bad, CL_EVENT_COMMAND_TYPE, sizeof bytes, bytes, NULL))                        \
  X(RetainEvent, kEvent, CL_INVALID_EVENT, clRetainEvent(bad))                                    \
  X(ReleaseEvent, kEvent, CL_INVALID_EVENT, clReleaseEvent(bad))                                  \
  X(SetUserEventStatus, kEvent, CL_INVALID_EVENT, clSetUserEventStatus(bad, CL_COMPLETE))         \
  X(SetEventCallback, kEvent, CL_INVALID_EVENT,                                                   \
    clSetEventCallback(bad, CL_COMPLETE, ignore_event, NULL))                                     \
  X(GetEventProfilingInfo, kEvent, CL_INVALID_EVENT,                                              \
    clGetEventProfilingInfo(bad, CL_PROFILING_COMMAND_END, sizeof bytes, bytes, NULL))            \
  X(WaitForEvents, kEvent, CL_INVALID_EVENT, clWaitForEvents(1, (cl_event*)&bad))                 \
  X(EnqueueReadBuffer_list, kEvent, CL_INVALID_EVENT_WAIT_LIST,                                   \
    clEnqueueReadBuffer(session.queue, live[kMem], CL_TRUE, 0, 16, bytes, 1, (cl_event*)&bad,     \
                        NULL))                                                                    \
  X(EnqueueNDRangeKernel_list, kEvent, CL_INVALID_EVENT_WAIT_LIST,                                \
    clEnqueueNDRangeKernel(session.queue, live[kKernel], 1, NULL, &one, NULL, 1, (cl_event*)&bad, \
                           NULL))                                                                 \
  X(EnqueueMarkerWithWaitList_list, kEvent, CL_INVALID_EVENT_WAIT_LIST,                           \
    clEnqueueMarkerWithWaitList(session.queue, 1, (cl_event*)&bad, NULL))

#define DEFINE(name, kind, answer, call) \
  static cl_int call_##name(void* bad) { return call; }
CASES(DEFINE)

static const struct {
  const char* name;
  enum kind kind;
  cl_int answer;
  cl_int (*call)(void* bad);
} kCases[] = {
#define ROW(name, kind, answer, call) {#name, kind, answer, call_##name},
    CASES(ROW)};
enum { kCaseCount = sizeof kCases / sizeof kCases[0] };

static void* make(enum kind kind) {
  switch (kind) {
    case kContext:
      return CHECKED(clCreateContext(NULL, 1, &session.device, NULL, NULL, &status));
    case kQueue:
      return CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
    case kMem:
      return CHECKED(clCreateBuffer(session.context, 0, 64, NULL, &status));
    case kSampler:
      return CHECKED(
          clCreateSampler(session.context, CL_FALSE, CL_ADDRESS_NONE, CL_FILTER_NEAREST, &status));
    case kProgram: {
      const char* source = kSource;
      cl_program program =
          CHECKED(clCreateProgramWithSource(session.context, 1, &source, NULL, &status));
      CHECK(clBuildProgram(program, 0, NULL, "", NULL, NULL));
      return program;
    }
    case kKernel: {
      cl_kernel kernel = CHECKED(clCreateKernel(live[kProgram], "set", &status));
      CHECK(clSetKernelArg(kernel, 0, sizeof(cl_mem), &live[kMem]));
      CHECK(clSetKernelArg(kernel, 1, sizeof(int), &(int){7}));
      return kernel;
    }
    case kEvent: {
      cl_event event = CHECKED(clCreateUserEvent(session.context, &status));
      CHECK(clSetUserEventStatus(event, CL_COMPLETE));
      return event;
    }
    default: /* platforms and devices are there */
      return NULL;
  }
}

static void give_up(enum kind kind, void* object) {
  switch (kind) {
    case kContext:
      CHECK(clReleaseContext(object));
      break;
    case kQueue:
      CHECK(clReleaseCommandQueue(object));
      break;
    case kMem:
      CHECK(clReleaseMemObject(object));
      break;
    case kSampler:
      CHECK(clReleaseSampler(object));
      break;
    case kProgram:
      CHECK(clReleaseProgram(object));
      break;
    case kKernel:
      CHECK(clReleaseKernel(object));
      break;
    case kEvent:
      CHECK(clReleaseEvent(object));
      break;
    default:
      break;
  }
}

static int wrong = 0;

static void expect(size_t at, const char* what, void* bad) {
  const cl_int answer = kCases[at].call(bad);
  if (answer == kCases[at].answer) return;
  printf("%s of a %s that is %s: %d, expected %d\n", kCases[at].name, kKindNames[kCases[at].kind],
         what, answer, kCases[at].answer);
  ++wrong;
}

/* Everything must still work. */
static void use_all(void) {
  CHECK(clEnqueueTask(session.queue, live[kKernel], 1, (cl_event*)&live[kEvent], NULL));
  int value = 0;
  CHECK(clEnqueueReadBuffer(session.queue, live[kMem], CL_TRUE, 0, sizeof value, &value, 0, NULL,
                            NULL));
  if (value == 7) return;
  printf("the kernel wrote %d\n", value);
  ++wrong;
}

static void check_all(void) {
  static struct { char zeros[256]; } zeroed;
  char* const unused = (char*)live[kMem] + 64 * 100000; /* a place for an object that nobody made */
  for (size_t i = 0; i < kCaseCount; ++i) {
    const enum kind kind = kCases[i].kind;
    expect(i, "a small number", (void*)8);
    expect(i, "the highest address", (void*)-1);
    expect(i, "no address", (void*)0x8000000000000000u);
    expect(i, "the program's own memory", &zeroed);
    expect(i, "beside an object", (char*)live[kind] + 8);
    expect(i, "unused", unused);
    for (int other = 0; other < kKinds; ++other) {
      if (other == (int)kind) continue;
      expect(i, kKindNames[other], live[other]);
    }
    void* const released = make(kind);
    if (released != NULL) {
      give_up(kind, released);
      expect(i, "released", released);
    }
  }
}

static int named(char* const* names, int count, const char* name) {
  for (int i = 0; i < count; ++i) {
    if (strcmp(names[i], name) == 0) return 1;
  }
  return 0;
}

static void print_null(char* const* left_out, int count) {
  for (size_t i = 0; i < kCaseCount; ++i) {
    if (named(left_out, count, kCases[i].name)) continue;
    printf("%s: %d\n", kCases[i].name, kCases[i].call(NULL));
  }
}

int main(int count, char** arguments) {
  session = session_open();
  CHECK(clGetDeviceInfo(session.device, CL_DEVICE_PLATFORM, sizeof live[kPlatform],
                        &live[kPlatform], NULL));
  live[kDevice] = session.device;
  live[kContext] = session.context;
  live[kQueue] = session.queue;
  for (int kind = kMem; kind < kKinds; ++kind) live[kind] = make((enum kind)kind);

  if (count > 1 && strcmp(arguments[1], "null") == 0) {
    print_null(arguments + 2, count - 2);
  } else {
    check_all();
  }
  use_all();
  for (int kind = kMem; kind < kKinds; ++kind) give_up((enum kind)kind, live[kind]);
  session_close(&session);
  return wrong == 0 ? 0 : 1;
}
