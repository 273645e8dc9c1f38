// Callbacks of events: when they come, in which order, with what; and what they may call.
#include "semantics.h"

enum { kBytes = 100000, kMost = 64, kSteps = 20, kRounds = 3, kForgotten = 2000 };

static struct session session;
static cl_mem buffer;
static cl_kernel kernel;
static unsigned char bytes[kBytes];

// What was called, in order.
static struct {
  pthread_mutex_t mutex;
  pthread_cond_t grown;
  int count;
  struct {
    intptr_t number;
    cl_event event;
    cl_int status;
  } calls[kMost];
} journal = {.mutex = PTHREAD_MUTEX_INITIALIZER, .grown = PTHREAD_COND_INITIALIZER};

static void CL_CALLBACK note(cl_event event, cl_int status, void* user_data) {
  pthread_mutex_lock(&journal.mutex);
  if (journal.count < kMost) {
    journal.calls[journal.count].number = (intptr_t)user_data;
    journal.calls[journal.count].event = event;
    journal.calls[journal.count].status = status;
  }
  ++journal.count;
  pthread_cond_broadcast(&journal.grown);
  pthread_mutex_unlock(&journal.mutex);
}

static void await(int count) {
  pthread_mutex_lock(&journal.mutex);
  while (journal.count < count) pthread_cond_wait(&journal.grown, &journal.mutex);
  pthread_mutex_unlock(&journal.mutex);
}

static int take_count(void) {
  pthread_mutex_lock(&journal.mutex);
  const int count = journal.count;
  journal.count = 0;
  pthread_mutex_unlock(&journal.mutex);
  return count;
}

static void show_journal(const char* what, cl_event event) {
  pthread_mutex_lock(&journal.mutex);
  printf("%s: %d calls\n", what, journal.count);
  for (int i = 0; i < journal.count && i < kMost; ++i) {
    printf("  number %ld, status %d, its own event: %d\n", (long)journal.calls[i].number,
           journal.calls[i].status, journal.calls[i].event == event);
  }
  journal.count = 0;
  pthread_mutex_unlock(&journal.mutex);
}

static void add(cl_event event, cl_int type, intptr_t number) {
  SHOW(clSetEventCallback(event, type, note, (void*)number));
}

static cl_event make_gate(void) { return CHECKED(clCreateUserEvent(session.context, &status)); }

static cl_event read_behind(cl_event gate) {
  cl_event event;
  memset(bytes, 0, kBytes);
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, gate != NULL,
                            gate != NULL ? &gate : NULL, &event));
  return event;
}

static void order(void) {
  cl_event user = make_gate();
  for (intptr_t i = 0; i < 5; ++i) add(user, CL_COMPLETE, i);
  SHOW(clSetUserEventStatus(user, CL_COMPLETE));
  await(5);
  show_journal("a user event", user);
  for (intptr_t i = 5; i < 8; ++i) add(user, CL_COMPLETE, i);
  await(3);
  show_journal("one that is complete", user);
  CHECK(clReleaseEvent(user));

  cl_event gate = make_gate();
  cl_event event = read_behind(gate);
  add(event, CL_SUBMITTED, 10);
  add(event, CL_RUNNING, 11);
  add(event, CL_COMPLETE, 12);
  SHOW(clSetEventCallback(event, CL_QUEUED, note, NULL));
  SHOW(clSetEventCallback(event, 17, note, NULL));
  SHOW(clSetEventCallback(event, -1, note, NULL));
  SHOW(clSetEventCallback(event, CL_COMPLETE, NULL, NULL));
  SHOW(clSetEventCallback(NULL, CL_COMPLETE, note, NULL));
  CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
  await(3);
  show_journal("a command", event);
  for (int type = CL_COMPLETE; type <= CL_SUBMITTED; ++type) add(event, type, 13 + type);
  await(3);
  show_journal("one that is complete", event);
  CHECK(clReleaseEvent(event));
  CHECK(clReleaseEvent(gate));
}

// The library may or may not call back for what has failed; a call for another event comes after.
static void failures(void) {
  cl_event failed = make_gate();
  cl_event event = read_behind(failed);
  add(event, CL_COMPLETE, 20);
  add(failed, CL_COMPLETE, 21);
  CHECK(clSetUserEventStatus(failed, -99));
  cl_event good = make_gate();
  add(good, CL_COMPLETE, 22);
  CHECK(clSetUserEventStatus(good, CL_COMPLETE));
  await(1);
  show_journal("behind what failed", good);
  CHECK(clReleaseEvent(good));
  CHECK(clReleaseEvent(event));
  CHECK(clReleaseEvent(failed));
}

// Each callback sees its read's bytes, releases its event, and makes the next.
struct chain {
  int steps;
  int landed;
};

static void CL_CALLBACK next(cl_event event, cl_int status, void* user_data) {
  struct chain* chain = user_data;
  chain->landed += status == CL_COMPLETE && has_pattern(bytes, kBytes, 3);
  CHECK(clReleaseEvent(event));
  if (++chain->steps == kSteps) {
    note(NULL, status, NULL);
    return;
  }
  CHECK(clSetEventCallback(read_behind(NULL), CL_COMPLETE, next, chain));
  CHECK(clFlush(session.queue));
}

static void chains(void) {
  for (int round = 0; round < kRounds; ++round) {
    struct chain chain = {0, 0};
    cl_event gate = make_gate();
    CHECK(clSetEventCallback(read_behind(gate), CL_COMPLETE, next, &chain));
    CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
    CHECK(clReleaseEvent(gate));
    await(1);
    take_count();
    printf("a chain of %d callbacks, %d saw their data\n", chain.steps, chain.landed);
  }
}

// The event was given up before the callback comes, and is there for it all the same.
static void CL_CALLBACK use_everything(cl_event event, cl_int status, void* user_data) {
  cl_command_queue queue = NULL;
  cl_context context = NULL;
  cl_command_type type = 0;
  SHOW(clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof queue, &queue, NULL));
  SHOW(clGetEventInfo(event, CL_EVENT_CONTEXT, sizeof context, &context, NULL));
  SHOW(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof type, &type, NULL));
  printf("  status %d %d, command %#x\n", status, event_status(event), type);
  show_truth("  its queue and context", queue == session.queue && context == session.context);
  SHOW(clRetainEvent(event));
  SHOW(clReleaseEvent(event));
  show_truth("  still there", event_status(event) == CL_COMPLETE);

  const size_t one = 1;
  const cl_int value = 5;
  cl_mem made = SHOW_NEW(clCreateBuffer(context, 0, 64, NULL, &status));
  SHOW(clSetKernelArg(kernel, 0, sizeof made, &made));
  SHOW(clSetKernelArg(kernel, 1, sizeof value, &value));
  SHOW(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL));
  SHOW(clReleaseMemObject(made));
  SHOW(clFlush(queue));
  CHECK(clSetUserEventStatus(user_data, CL_COMPLETE));
}

static void given_up(void) {
  for (int round = 0; round < kRounds; ++round) {
    cl_event gate = make_gate(), opened = make_gate();
    cl_event event = read_behind(gate);
    CHECK(clSetEventCallback(event, CL_COMPLETE, use_everything, opened));
    CHECK(clReleaseEvent(event));
    CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
    CHECK(clReleaseEvent(gate));
    CHECK(clWaitForEvents(1, &opened));  // the callback opens it
    CHECK(clReleaseEvent(opened));
    CHECK(clFinish(session.queue));
  }
}

static void CL_CALLBACK ask(cl_event event, cl_int status, void* user_data) {
  const bool there = event_status(event) == status;
  note(event, there ? status : -1, user_data);
}

static void forgotten(void) {
  for (int i = 0; i < kForgotten; ++i) {
    cl_event event;
    CHECK(clEnqueueMarkerWithWaitList(session.queue, 0, NULL, &event));
    CHECK(clSetEventCallback(event, CL_COMPLETE, ask, NULL));
    CHECK(clReleaseEvent(event));
  }
  CHECK(clFlush(session.queue));
  await(kForgotten);
  int there = 0;
  for (int i = 0; i < kMost; ++i) there += journal.calls[i].status == CL_COMPLETE;
  printf("of the first %d of %d forgotten events, %d were there\n", kMost, take_count(), there);
}

// A callback that waits: undefined by the standard, fine with the native library.
static void CL_CALLBACK wait_inside(cl_event event, cl_int status, void* user_data) {
  unsigned char some[64];
  SHOW(clEnqueueReadBuffer(user_data, buffer, CL_TRUE, 0, sizeof some, some, 0, NULL, NULL));
  show_truth("read", has_pattern(some, sizeof some, 3));
  SHOW(clFinish(user_data));
  note(event, status, NULL);
}

static void waits(void) {
  cl_command_queue other =
      CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
  cl_event event;
  CHECK(clEnqueueMarkerWithWaitList(session.queue, 0, NULL, &event));
  CHECK(clSetEventCallback(event, CL_COMPLETE, wait_inside, other));
  CHECK(clFlush(session.queue));
  await(1);
  CHECK(clReleaseEvent(event));
  CHECK(clReleaseCommandQueue(other));
}

int main(void) {
  session = session_open();
  fill_pattern(bytes, kBytes, 3);
  buffer = CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, kBytes, bytes, &status));
  kernel = session_kernel(&session, "kernel void set(global int* x, int y) { x[0] = y; }", "set");
  order();
  failures();
  chains();
  given_up();
  forgotten();
  waits();
  CHECK(clReleaseKernel(kernel));
  CHECK(clReleaseMemObject(buffer));
  session_close(&session);
  return 0;
}
