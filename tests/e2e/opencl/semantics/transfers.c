// Non-blocking transfers: when is data where it belongs, and when is memory the application's
// again?
#include "semantics.h"

enum { kMost = 3 << 20, kWays = 7 };

static struct session session;
static cl_command_queue other_queue;
static cl_mem buffer;
static unsigned char *source, *target;

static void write_pattern(size_t size, unsigned seed) {
  fill_pattern(source, size, seed);
  CHECK(clEnqueueWriteBuffer(session.queue, buffer, CL_TRUE, 0, size, source, 0, NULL, NULL));
}

static void read_back(size_t size) {
  memset(target, 0, size);
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, size, target, 0, NULL, NULL));
}

static void* finish_queue(void* argument) {
  (void)argument;
  CHECK(clFinish(session.queue));
  return NULL;
}

// Observes that everything on the queue, of which `event` is the last, is complete.
static void observe(int way, cl_event event) {
  cl_event marker;
  unsigned char byte;
  pthread_t thread;
  switch (way) {
    case 0:
      CHECK(clFinish(session.queue));
      break;
    case 1:
      CHECK(clWaitForEvents(1, &event));
      break;
    case 2:
      CHECK(clFlush(session.queue));
      poll_until_complete(event);
      break;
    case 3:
      CHECK(clEnqueueMarkerWithWaitList(session.queue, 0, NULL, &marker));
      CHECK(clWaitForEvents(1, &marker));
      CHECK(clReleaseEvent(marker));
      break;
    case 4:  // a blocking call on the queue
      CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_TRUE, 0, 1, &byte, 0, NULL, NULL));
      break;
    case 5:  // a blocking call on another queue
      CHECK(clEnqueueReadBuffer(other_queue, buffer, CL_TRUE, 0, 1, &byte, 1, &event, NULL));
      break;
    default:  // another thread
      if (pthread_create(&thread, NULL, finish_queue, NULL) != 0) abort();
      pthread_join(thread, NULL);
  }
}

static void reads(size_t size) {
  int right = 0;
  for (unsigned round = 0; round < 3; ++round) {  // the first of a kind is not as the later ones
    for (int way = 0; way < kWays; ++way) {
      write_pattern(size, round * kWays + (unsigned)way);
      memset(target, 0, size);
      cl_event event;
      CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, size, target, 0, NULL, &event));
      observe(way, event);
      right += has_pattern(target, size, round * kWays + (unsigned)way);
      CHECK(clReleaseEvent(event));
    }
  }
  for (unsigned round = 0; round < 3; ++round) {  // nobody asked for the event
    write_pattern(size, 100 + round);
    memset(target, 0, size);
    CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, size, target, 0, NULL, NULL));
    CHECK(clFinish(session.queue));
    right += has_pattern(target, size, 100 + round);
  }
  printf("non-blocking reads of %zu bytes: %d right\n", size, right);
}

static void writes(size_t size) {
  int reused = 0, complete = 0, types = 0, old_or_new = 0;
  for (unsigned round = 0; round < 3; ++round) {
    cl_event event;
    cl_command_type type = 0;
    fill_pattern(source, size, round);
    CHECK(clEnqueueWriteBuffer(session.queue, buffer, CL_FALSE, 0, size, source, 0, NULL, &event));
    CHECK(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof type, &type, NULL));
    types += type == CL_COMMAND_WRITE_BUFFER;
    CHECK(clWaitForEvents(1, &event));
    complete += event_status(event) == CL_COMPLETE;
    memset(source, 0xee, size);  // it is ours again
    read_back(size);
    reused += has_pattern(target, size, round);
    CHECK(clReleaseEvent(event));

    // Overwritten at once: each byte is the old or the new one.
    memset(source, 0x11, size);
    CHECK(clEnqueueWriteBuffer(session.queue, buffer, CL_FALSE, 0, size, source, 0, NULL, NULL));
    memset(source, 0x22, size);
    CHECK(clFinish(session.queue));
    read_back(size);
    bool either = true;
    for (size_t i = 0; i < size; ++i) either = either && (target[i] == 0x11 || target[i] == 0x22);
    old_or_new += either;
  }
  printf(
      "non-blocking writes of %zu bytes: %d reused, %d complete, %d of their type, %d old or new\n",
      size, reused, complete, types, old_or_new);
}

static void gated(size_t size) {
  for (unsigned round = 0; round < 3; ++round) {
    cl_event gate = CHECKED(clCreateUserEvent(session.context, &status));
    write_pattern(size, round);
    memset(target, 0, size);
    cl_event event;
    CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, size, target, 1, &gate, &event));
    CHECK(clFlush(session.queue));
    show_truth("a gated read is outstanding", event_status(event) > CL_COMPLETE);
    show_truth("and has read nothing", all_are(target, size, 0));
    struct opener opener = {.gate = gate, .looked_at = event, .status = CL_COMPLETE};
    start_opener(&opener);
    if (round == 0) CHECK(clWaitForEvents(1, &event));
    if (round == 1) CHECK(clFinish(session.queue));
    if (round == 2) poll_until_complete(event);
    show_truth("its data is there once the gate is open", has_pattern(target, size, round));
    pthread_join(opener.thread, NULL);
    CHECK(clReleaseEvent(event));
    CHECK(clReleaseEvent(gate));

    gate = CHECKED(clCreateUserEvent(session.context, &status));
    fill_pattern(source, size, 50 + round);
    CHECK(clEnqueueWriteBuffer(session.queue, buffer, CL_FALSE, 0, size, source, 1, &gate, &event));
    CHECK(clFlush(session.queue));
    show_truth("a gated write is outstanding", event_status(event) > CL_COMPLETE);
    opener = (struct opener){.gate = gate, .looked_at = event, .status = CL_COMPLETE};
    start_opener(&opener);
    CHECK(clWaitForEvents(1, &event));
    memset(source, 0xee, size);
    pthread_join(opener.thread, NULL);
    read_back(size);
    show_truth("it wrote what it was given", has_pattern(target, size, 50 + round));
    CHECK(clReleaseEvent(event));
    CHECK(clReleaseEvent(gate));
  }
}

// Several outputs for one place: the last one's stays.
static void same_target(size_t size) {
  enum { kReads = 5 };
  cl_mem buffers[kReads];
  for (unsigned i = 0; i < kReads; ++i) {
    fill_pattern(source, size, i);
    buffers[i] =
        CHECKED(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, size, source, &status));
  }
  int right = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < kReads; ++i) {
      CHECK(
          clEnqueueReadBuffer(session.queue, buffers[i], CL_FALSE, 0, size, target, 0, NULL, NULL));
    }
    CHECK(clFinish(session.queue));
    right += has_pattern(target, size, kReads - 1);
  }
  printf("of reads of %zu bytes into one place the last one's stay: %d\n", size, right);
  for (int i = 0; i < kReads; ++i) CHECK(clReleaseMemObject(buffers[i]));
}

// What a read brings, a later write sends, though neither was waited for.
static void read_then_write(size_t size, size_t offset) {
  cl_mem to = CHECKED(clCreateBuffer(session.context, 0, size, NULL, &status));
  int right = 0;
  for (unsigned round = 0; round < 3; ++round) {
    cl_event gate = CHECKED(clCreateUserEvent(session.context, &status));
    write_pattern(size, round);
    memset(target, 0, size);
    CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, size, target, 1, &gate, NULL));
    CHECK(clEnqueueWriteBuffer(session.queue, to, CL_FALSE, 0, size - offset, target + offset, 0,
                               NULL, NULL));
    CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
    CHECK(clFinish(session.queue));
    fill_pattern(source, size, round);
    memset(target, 0, size);
    CHECK(clEnqueueReadBuffer(session.queue, to, CL_TRUE, 0, size - offset, target, 0, NULL, NULL));
    right += memcmp(target, source + offset, size - offset) == 0;
    CHECK(clReleaseEvent(gate));
  }
  printf("a write of what a pending read of %zu bytes brings, from byte %zu: %d right\n", size,
         offset, right);
  CHECK(clReleaseMemObject(to));
}

// The event was given back long before the command ends: the data still comes.
static void released_early(size_t size) {
  cl_event gate = CHECKED(clCreateUserEvent(session.context, &status));
  write_pattern(size, 9);
  memset(target, 0, size);
  cl_event event;
  CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, size, target, 1, &gate, &event));
  CHECK(clReleaseEvent(event));
  CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
  CHECK(clReleaseEvent(gate));
  CHECK(clFinish(session.queue));
  show_truth("a read whose event was released early lands", has_pattern(target, size, 9));
}

static void copied_at_creation(size_t size) {
  fill_pattern(source, size, 3);
  cl_mem copy = CHECKED(clCreateBuffer(session.context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                                       size, source, &status));
  memset(source, 0xee, size);
  memset(target, 0, size);
  CHECK(clEnqueueReadBuffer(session.queue, copy, CL_TRUE, 0, size, target, 0, NULL, NULL));
  show_truth("COPY_HOST_PTR copied at the call", has_pattern(target, size, 3));
  CHECK(clReleaseMemObject(copy));
}

int main(void) {
  session = session_open();
  other_queue = CHECKED(clCreateCommandQueue(session.context, session.device, 0, &status));
  buffer = CHECKED(clCreateBuffer(session.context, 0, kMost, NULL, &status));
  source = allocate(kMost);
  target = allocate(kMost);
  static const size_t kSizes[] = {1, 4096, 4097, 100000, kMost};
  for (size_t i = 0; i < sizeof kSizes / sizeof kSizes[0]; ++i) {
    reads(kSizes[i]);
    writes(kSizes[i]);
    gated(kSizes[i]);
    same_target(kSizes[i]);
    read_then_write(kSizes[i], 0);
    if (kSizes[i] > 1) read_then_write(kSizes[i], kSizes[i] / 3);
    released_early(kSizes[i]);
    copied_at_creation(kSizes[i]);
  }
  free(source);
  free(target);
  CHECK(clReleaseMemObject(buffer));
  CHECK(clReleaseCommandQueue(other_queue));
  session_close(&session);
  return 0;
}
