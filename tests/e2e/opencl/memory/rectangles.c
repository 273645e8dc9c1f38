/* Rectangles between buffers and the application's memory, with every pitch and origin, on stdout:
 * the same natively and through AvA. Both sides are shown whole, so that a byte between the rows
 * that was touched shows, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "demo.h"

enum { kBuffer = 1 << 20, kHost = 3 << 20 };

static struct session s;
static cl_mem buffer;
static unsigned char* host;

struct place {
  const char* what;
  size_t buffer_origin[3];
  size_t host_origin[3];
  size_t region[3];
  size_t buffer_row, buffer_slice;
  size_t host_row, host_slice;
};

static const struct place kPlaces[] = {
    {"packed", {0, 0, 0}, {0, 0, 0}, {40, 30, 20}, 0, 0, 0, 0},
    {"a row", {3, 0, 0}, {5, 0, 0}, {77, 1, 1}, 0, 0, 0, 0},
    {"host rows apart", {0, 0, 0}, {0, 0, 0}, {16, 8, 1}, 0, 0, 100, 0},
    {"buffer rows apart", {0, 0, 0}, {0, 0, 0}, {16, 8, 1}, 64, 0, 0, 0},
    {"both apart, with origins", {8, 3, 2}, {5, 2, 1}, {16, 4, 3}, 64, 64 * 10, 48, 48 * 9},
    {"slices apart", {0, 0, 0}, {1, 1, 1}, {10, 5, 6}, 0, 100, 10, 70},
    {"single bytes", {1, 1, 1}, {2, 2, 2}, {1, 7, 5}, 13, 13 * 9, 11, 11 * 10},
    {"as wide as the pitch", {0, 1, 0}, {0, 2, 0}, {32, 4, 2}, 32, 32 * 8, 32, 32 * 7},
    {"more than travels inline",
     {100, 2, 1},
     {7, 1, 1},
     {900, 30, 10},
     1024,
     1024 * 40,
     1500,
     1500 * 33},
    {"one slice of any pitch", {0, 0, 0}, {0, 0, 0}, {8, 4, 1}, 8, 320, 8, 800},
    {"a slice not of rows", {0, 0, 0}, {0, 0, 0}, {8, 4, 2}, 0, 0, 10, 55},
    {"one slice not of rows", {0, 0, 0}, {0, 0, 0}, {8, 4, 1}, 0, 0, 10, 45},
    {"host rows too close", {0, 0, 0}, {0, 0, 0}, {8, 4, 2}, 0, 0, 7, 0},
    {"host slices too close", {0, 0, 0}, {0, 0, 0}, {8, 4, 2}, 0, 0, 10, 30},
    {"buffer rows too close", {0, 0, 0}, {0, 0, 0}, {8, 4, 2}, 7, 0, 0, 0},
    {"buffer slices too close", {0, 0, 0}, {0, 0, 0}, {8, 4, 2}, 8, 16, 0, 0},
    {"nothing", {0, 0, 0}, {0, 0, 0}, {0, 4, 2}, 0, 0, 0, 0},
    {"no slices", {0, 0, 0}, {0, 0, 0}, {8, 4, 0}, 0, 0, 0, 0},
    {"beyond the buffer", {1, 0, 0}, {0, 0, 0}, {1024, 1024, 1}, 0, 0, 0, 0},
};

static void reset(void) {
  static unsigned char bytes[kBuffer];
  fill(bytes, kBuffer, 11);
  CHECK(clEnqueueWriteBuffer(s.queue, buffer, CL_TRUE, 0, kBuffer, bytes, 0, NULL, NULL));
  fill(host, kHost, 101);
}

static unsigned long long content(void) {
  static unsigned char bytes[kBuffer];
  CHECK(clEnqueueReadBuffer(s.queue, buffer, CL_TRUE, 0, kBuffer, bytes, 0, NULL, NULL));
  return digest(bytes, kBuffer);
}

static cl_int transfer(cl_bool reads, cl_bool blocking, const struct place* at, cl_event* event) {
  if (reads) {
    return clEnqueueReadBufferRect(s.queue, buffer, blocking, at->buffer_origin, at->host_origin,
                                   at->region, at->buffer_row, at->buffer_slice, at->host_row,
                                   at->host_slice, host, 0, NULL, event);
  }
  return clEnqueueWriteBufferRect(s.queue, buffer, blocking, at->buffer_origin, at->host_origin,
                                  at->region, at->buffer_row, at->buffer_slice, at->host_row,
                                  at->host_slice, host, 0, NULL, event);
}

static void everywhere(void) {
  for (size_t i = 0; i < sizeof kPlaces / sizeof kPlaces[0]; ++i) {
    for (int reads = 0; reads < 2; ++reads) {
      for (int blocking = 0; blocking < 2; ++blocking) {
        reset();
        cl_event event = NULL;
        const cl_int status = transfer((cl_bool)reads, (cl_bool)blocking, &kPlaces[i], &event);
        cl_command_type type = 0;
        if (status == CL_SUCCESS) {
          CHECK(clWaitForEvents(1, &event));
          CHECK(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof type, &type, NULL));
          CHECK(clReleaseEvent(event));
        }
        printf("%s, %s %d: %d, %x, %016llx, %016llx\n", kPlaces[i].what, reads ? "read" : "write",
               blocking, status, type, content(), digest(host, kHost));
      }
    }
  }
}

/* Calls that do not block, one behind the other: what one brings, the next one sends. */
static void in_turn(void) {
  const struct place first = {"", {0, 0, 0}, {0, 0, 0}, {16, 8, 1}, 32, 0, 64, 0};
  const struct place second = {"", {512, 0, 0}, {8, 0, 0}, {16, 8, 1}, 48, 0, 64, 0};
  reset();
  CHECK(transfer(CL_TRUE, CL_FALSE, &first, NULL));
  CHECK(transfer(CL_FALSE, CL_FALSE, &second, NULL));
  CHECK(transfer(CL_TRUE, CL_FALSE, &second, NULL));
  CHECK(clFinish(s.queue));
  printf("in turn: %016llx, %016llx\n", content(), digest(host, kHost));

  /* Written memory is the application's again only when the event says so. */
  reset();
  cl_event gate = CHECKED(clCreateUserEvent(s.context, &status));
  cl_event done = NULL;
  CHECK(clEnqueueReadBufferRect(s.queue, buffer, CL_FALSE, first.buffer_origin, first.host_origin,
                                first.region, 32, 0, 64, 0, host, 1, &gate, &done));
  const unsigned long long before = digest(host, kHost);
  CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
  CHECK(clWaitForEvents(1, &done));
  printf("gated: %016llx, %016llx\n", before, digest(host, kHost));
  CHECK(clReleaseEvent(gate));
  CHECK(clReleaseEvent(done));
}

static void between_buffers(void) {
  cl_mem other = CHECKED(clCreateBuffer(s.context, CL_MEM_READ_WRITE, kBuffer, NULL, &status));
  const unsigned char zero = 0;
  CHECK(clEnqueueFillBuffer(s.queue, other, &zero, 1, 0, kBuffer, 0, NULL, NULL));
  reset();
  for (size_t i = 0; i < sizeof kPlaces / sizeof kPlaces[0]; ++i) {
    const struct place* at = &kPlaces[i];
    printf("copy %s: %d\n", at->what,
           clEnqueueCopyBufferRect(s.queue, other, buffer, at->host_origin, at->buffer_origin,
                                   at->region, at->host_row, at->host_slice, at->buffer_row,
                                   at->buffer_slice, 0, NULL, NULL));
  }
  printf("copied %016llx\n", content());
  CHECK(clReleaseMemObject(other));
}

static void errors(void) {
  const size_t zero[3] = {0, 0, 0};
  const size_t region[3] = {8, 4, 2};
  cl_event none = NULL;
  for (int wait = 0; wait < 2; ++wait) {
    const cl_bool blocking = (cl_bool)wait;
    printf("errors, blocking %d\n", wait);
    printf("no region %d\n", clEnqueueReadBufferRect(s.queue, buffer, blocking, zero, zero, NULL, 0,
                                                     0, 0, 0, host, 0, NULL, NULL));
    printf("no origin %d\n", clEnqueueReadBufferRect(s.queue, buffer, blocking, NULL, zero, region,
                                                     0, 0, 0, 0, host, 0, NULL, NULL));
    printf("no host origin %d\n",
           clEnqueueWriteBufferRect(s.queue, buffer, blocking, zero, NULL, region, 0, 0, 0, 0, host,
                                    0, NULL, NULL));
    printf("no memory %d\n", clEnqueueWriteBufferRect(s.queue, buffer, blocking, zero, zero, region,
                                                      0, 0, 0, 0, NULL, 0, NULL, NULL));
    printf("no buffer %d\n", clEnqueueReadBufferRect(s.queue, NULL, blocking, zero, zero, region, 0,
                                                     0, 0, 0, host, 0, NULL, NULL));
    printf("no queue %d\n", clEnqueueReadBufferRect(NULL, buffer, blocking, zero, zero, region, 0,
                                                    0, 0, 0, host, 0, NULL, NULL));
    printf("no wait list %d\n", clEnqueueReadBufferRect(s.queue, buffer, blocking, zero, zero,
                                                        region, 0, 0, 0, 0, host, 1, NULL, NULL));
    printf("null event %d\n", clEnqueueReadBufferRect(s.queue, buffer, blocking, zero, zero, region,
                                                      0, 0, 0, 0, host, 1, &none, NULL));
  }
  cl_int status = 1;
  cl_mem closed = clCreateBuffer(s.context, CL_MEM_HOST_NO_ACCESS, 64, NULL, &status);
  printf("made %d, no access %d\n", status,
         clEnqueueReadBufferRect(s.queue, closed, CL_TRUE, zero, zero, region, 0, 0, 0, 0, host, 0,
                                 NULL, NULL));
  CHECK(clReleaseMemObject(closed));
}

int main(void) {
  s = session_open();
  host = allocate(kHost);
  buffer = CHECKED(clCreateBuffer(s.context, CL_MEM_READ_WRITE, kBuffer, NULL, &status));
  everywhere();
  in_turn();
  between_buffers();
  errors();
  CHECK(clReleaseMemObject(buffer));
  session_close(&s);
  free(host);
  return 0;
}
