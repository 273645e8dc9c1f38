// A program whose server or router is killed while its threads are in calls. Says "ready" when they
// are, then what each call in flight returned, and what later calls return: an error each, never
// success without data.
#include <unistd.h>

#include "semantics.h"

enum { kBytes = 100000 };

static struct session session;
static cl_mem buffer;
static cl_event gate, gated;
static pthread_barrier_t started;

static void* wait_for_event(void* argument) {
  (void)argument;
  pthread_barrier_wait(&started);
  return (void*)(intptr_t)clWaitForEvents(1, &gated);
}

static void* finish(void* argument) {
  (void)argument;
  pthread_barrier_wait(&started);
  return (void*)(intptr_t)clFinish(session.queue);
}

// Reads until a read fails; each that does not has brought the data.
static void* read_on(void* argument) {
  cl_command_queue queue = argument;
  unsigned char* bytes = allocate(kBytes);
  pthread_barrier_wait(&started);
  cl_int status;
  do {
    memset(bytes, 0, kBytes);
    status = clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL);
  } while (status == CL_SUCCESS && has_pattern(bytes, kBytes, 3));
  free(bytes);
  return (void*)(intptr_t)status;
}

// The same through events that are polled.
static void* poll_on(void* argument) {
  cl_command_queue queue = argument;
  unsigned char* bytes = allocate(kBytes);
  pthread_barrier_wait(&started);
  cl_int status;
  for (bool good = true; good;) {
    memset(bytes, 0, kBytes);
    cl_event event;
    cl_int state = 1;
    status = clEnqueueReadBuffer(queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, &event);
    if (status != CL_SUCCESS) break;
    while (status == CL_SUCCESS && state > CL_COMPLETE) {
      status = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    }
    clReleaseEvent(event);
    if (status != CL_SUCCESS || state < 0) {
      if (status == CL_SUCCESS) status = state;
      break;
    }
    good = has_pattern(bytes, kBytes, 3);
  }
  free(bytes);
  return (void*)(intptr_t)status;
}

// Callbacks that were registered and cannot come from the library any more.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t called = PTHREAD_COND_INITIALIZER;
static int calls, failures;

static void CL_CALLBACK count(cl_event event, cl_int status, void* user_data) {
  pthread_mutex_lock(&mutex);
  ++calls;
  failures += status < 0 && event == *(cl_event*)user_data;
  pthread_cond_signal(&called);
  pthread_mutex_unlock(&mutex);
}

static void await_calls(int number) {
  pthread_mutex_lock(&mutex);
  while (calls < number) pthread_cond_wait(&called, &mutex);
  pthread_mutex_unlock(&mutex);
}

int main(void) {
  session = session_open();
  unsigned char* bytes = allocate(kBytes);
  fill_pattern(bytes, kBytes, 3);
  buffer = CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, kBytes, bytes, &status));
  gate = CHECKED(clCreateUserEvent(session.context, &status));
  memset(bytes, 0, kBytes);
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 1, &gate, &gated));
  CHECK(clSetEventCallback(gated, CL_COMPLETE, count, &gated));
  CHECK(clSetEventCallback(gate, CL_COMPLETE, count, &gate));
  cl_command_queue queues[2];
  for (int i = 0; i < 2; ++i) {
    queues[i] = CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
  }
  void* (*const kWork[])(void*) = {wait_for_event, finish, read_on, poll_on};
  void* const arguments[] = {NULL, NULL, queues[0], queues[1]};
  static const char* const kNames[] = {"clWaitForEvents", "clFinish", "clEnqueueReadBuffer",
                                       "clGetEventInfo"};
  pthread_t threads[4];
  pthread_barrier_init(&started, NULL, 5);
  for (int i = 0; i < 4; ++i) {
    if (pthread_create(&threads[i], NULL, kWork[i], arguments[i]) != 0) abort();
  }
  pthread_barrier_wait(&started);
  for (int i = 0; i < 200; ++i) event_status(gated);
  printf("ready\n");
  fflush(stdout);
  char line[16];
  if (fgets(line, sizeof line, stdin) == NULL) return 1;  // somebody was killed now
  for (int i = 0; i < 4; ++i) {
    void* result = NULL;
    pthread_join(threads[i], &result);
    printf("%s in flight: %s\n", kNames[i], result != NULL ? "an error" : "success");
  }
  show_truth("the gated read has read nothing", all_are(bytes, kBytes, 0));
  await_calls(2);
  printf("callbacks with an error: %d\n", failures);

#define LATER(call) printf("%s: %s\n", #call, (call) != CL_SUCCESS ? "an error" : "success")
  cl_int status = CL_SUCCESS, state = 1;
  cl_event event = NULL;
  LATER(clFinish(session.queue));
  LATER(clFlush(session.queue));
  LATER(clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  LATER(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, NULL));
  LATER(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, &event));
  LATER(clEnqueueWriteBuffer(session.queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  LATER(clEnqueueWriteBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 0, NULL, NULL));
  LATER(clSetUserEventStatus(gate, CL_COMPLETE));
  LATER(clWaitForEvents(1, &gated));
  LATER(clGetEventInfo(gated, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL));
  LATER((clCreateBuffer(session.context, 0, 64, NULL, &status), status));
  LATER((clCreateUserEvent(session.context, &status), status));
  LATER((clEnqueueMapBuffer(session.queue, buffer, CL_TRUE, CL_MAP_READ, 0, 64, 0, NULL, NULL,
                            &status),
         status));
  LATER(clSetEventCallback(gated, CL_COMPLETE, count, &gated));
  LATER(clRetainMemObject(buffer));
  LATER(clReleaseMemObject(buffer));
  show_truth("nothing was read", all_are(bytes, kBytes, 0));
  return 0;
}
