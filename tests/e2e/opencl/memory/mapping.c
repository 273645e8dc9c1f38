/* Buffers mapped and unmapped in every way, and what the application reads back, on stdout: the
 * same natively and through AvA. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "demo.h"

enum { kBytes = 10000 };

static struct session s;

static void show(const char* what, const void* bytes, size_t count) {
  const unsigned char* at = bytes;
  printf("%s: %02x %02x .. %02x, %016llx\n", what, at[0], at[1], at[count - 1],
         digest(bytes, count));
}

static void show_content(const char* what, cl_mem buffer) {
  static unsigned char bytes[kBytes];
  CHECK(clEnqueueReadBuffer(s.queue, buffer, CL_TRUE, 0, kBytes, bytes, 0, NULL, NULL));
  show(what, bytes, kBytes);
}

/* PoCL may count a mapping that has ended a moment longer than clFinish waits. */
static cl_uint map_count(cl_mem buffer, cl_uint wanted) {
  cl_uint count = 99;
  for (int i = 0; i < 1000000 && count != wanted; ++i) {
    CHECK(clFinish(s.queue));
    CHECK(clGetMemObjectInfo(buffer, CL_MEM_MAP_COUNT, sizeof count, &count, NULL));
  }
  return count;
}

static unsigned char* map(cl_mem buffer, cl_bool blocking, cl_map_flags flags, size_t offset,
                          size_t size, cl_event wait, cl_event* event) {
  return CHECKED(clEnqueueMapBuffer(s.queue, buffer, blocking, flags, offset, size, wait != NULL,
                                    wait != NULL ? &wait : NULL, event, &status));
}

static void unmap(cl_mem buffer, void* pointer) {
  CHECK(clEnqueueUnmapMemObject(s.queue, buffer, pointer, 0, NULL, NULL));
}

static void read_and_write(cl_mem buffer) {
  unsigned char* p = map(buffer, CL_TRUE, CL_MAP_READ, 0, kBytes, NULL, NULL);
  show("read all", p, kBytes);
  printf("mapped %u\n", map_count(buffer, 1));
  unmap(buffer, p);
  printf("mapped %u\n", map_count(buffer, 0));

  p = map(buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 100, 5000, NULL, NULL);
  show("read a part", p, 5000);
  fill(p + 10, 1000, 77);
  unmap(buffer, p);
  show_content("after read and write", buffer);

  /* Without CL_MAP_READ the bytes that are not written stay all the same. */
  p = map(buffer, CL_TRUE, CL_MAP_WRITE, 200, 300, NULL, NULL);
  fill(p, 10, 3);
  unmap(buffer, p);
  show_content("after write", buffer);

  p = map(buffer, CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION, 7, 2000, NULL, NULL);
  fill(p, 2000, 5);
  unmap(buffer, p);
  show_content("after invalidate", buffer);

  /* A mapping for reading sends nothing back. */
  p = map(buffer, CL_TRUE, CL_MAP_READ, 0, 16, NULL, NULL);
  show("read some", p, 16);
  unmap(buffer, p);
  show_content("after read", buffer);
}

static void alignment(cl_mem buffer) {
  unsigned char* p = map(buffer, CL_TRUE, CL_MAP_READ, 0, 64, NULL, NULL);
  unsigned char* q = map(buffer, CL_TRUE, CL_MAP_READ, 12, 64, NULL, NULL);
  printf("aligned %d %d\n", (uintptr_t)p % 128 == 0, (uintptr_t)q % 128 == 12);
  unmap(buffer, q);
  unmap(buffer, p);
}

static void gated(cl_mem buffer) {
  cl_event gate = CHECKED(clCreateUserEvent(s.context, &status));
  cl_event mapped = NULL;
  cl_event unmapped = NULL;
  cl_int status = 99;
  unsigned char* p = map(buffer, CL_FALSE, CL_MAP_READ | CL_MAP_WRITE, 0, kBytes, gate, &mapped);
  CHECK(clGetEventInfo(mapped, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL));
  printf("waits %d\n", status > CL_COMPLETE);
  CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
  CHECK(clWaitForEvents(1, &mapped));
  show("gated", p, kBytes);
  cl_command_type type = 0;
  CHECK(clGetEventInfo(mapped, CL_EVENT_COMMAND_TYPE, sizeof type, &type, NULL));
  printf("command %x\n", type);
  fill(p, kBytes, 9);
  CHECK(clEnqueueUnmapMemObject(s.queue, buffer, p, 0, NULL, &unmapped));
  CHECK(clWaitForEvents(1, &unmapped));
  CHECK(clGetEventInfo(unmapped, CL_EVENT_COMMAND_TYPE, sizeof type, &type, NULL));
  CHECK(clGetEventInfo(unmapped, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL));
  printf("command %x, status %d\n", type, status);
  show_content("after gated", buffer);
  CHECK(clReleaseEvent(mapped));
  CHECK(clReleaseEvent(unmapped));
  CHECK(clReleaseEvent(gate));

  /* clFinish is an observation, too. */
  p = map(buffer, CL_FALSE, CL_MAP_READ, 1, 999, NULL, NULL);
  CHECK(clFinish(s.queue));
  show("finished", p, 999);
  unmap(buffer, p);

  /* Never seen complete, so never written: the content stays. */
  p = map(buffer, CL_FALSE, CL_MAP_WRITE, 0, kBytes, NULL, NULL);
  unmap(buffer, p);
  show_content("unseen", buffer);
}

static void several(cl_mem buffer) {
  unsigned char* a = map(buffer, CL_TRUE, CL_MAP_WRITE, 0, 1000, NULL, NULL);
  unsigned char* b = map(buffer, CL_TRUE, CL_MAP_WRITE, 1000, 1000, NULL, NULL);
  unsigned char* c = map(buffer, CL_TRUE, CL_MAP_READ, 5000, 1000, NULL, NULL);
  unsigned char* d = map(buffer, CL_TRUE, CL_MAP_READ, 5500, 1000, NULL, NULL);
  printf("mapped %u\n", map_count(buffer, 4));
  show("overlap", c + 500, 500);
  show("overlap", d, 500);
  fill(b, 1000, 20);
  fill(a, 1000, 21);
  unmap(buffer, b);
  unmap(buffer, d);
  unmap(buffer, a);
  unmap(buffer, c);
  printf("mapped %u\n", map_count(buffer, 0));
  show_content("after several", buffer);
}

static void kernels(cl_mem buffer) {
  cl_kernel kernel =
      session_kernel(&s, "kernel void inc(global uchar* b) { b[get_global_id(0)] += 1; }", "inc");
  const size_t items = kBytes;
  CHECK(clSetKernelArg(kernel, 0, sizeof buffer, &buffer));
  for (int i = 0; i < 20; ++i) {
    unsigned char* p = map(buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, kBytes, NULL, NULL);
    p[i] = (unsigned char)(p[i + 1] + i);
    unmap(buffer, p);
    CHECK(clEnqueueNDRangeKernel(s.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  }
  show_content("after kernels", buffer);
  CHECK(clReleaseKernel(kernel));
}

static void host_pointers(void) {
  static unsigned char memory[kBytes];
  fill(memory, kBytes, 50);
  cl_mem buffer = CHECKED(
      clCreateBuffer(s.context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, kBytes, memory, &status));
  void* pointer = NULL;
  cl_mem_flags flags = 0;
  size_t size = 0;
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_HOST_PTR, sizeof pointer, &pointer, &size));
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_FLAGS, sizeof flags, &flags, NULL));
  printf("its own pointer %d, %zu, flags %llx\n", pointer == memory, size,
         (unsigned long long)flags);
  show_content("use", buffer);
  unsigned char* p = map(buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 128, 256, NULL, NULL);
  printf("in place %d\n", p == memory + 128);
  show("use, mapped", p, 256);
  fill(p, 256, 60);
  unmap(buffer, p);
  show_content("use, written", buffer);
  kernels(buffer);
  p = map(buffer, CL_TRUE, CL_MAP_READ, 0, kBytes, NULL, NULL);
  printf("in place %d\n", p == memory);
  show("use, its memory", memory, kBytes);
  unmap(buffer, p);

  cl_buffer_region region = {256, 512};
  cl_mem part =
      CHECKED(clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &status));
  CHECK(clGetMemObjectInfo(part, CL_MEM_HOST_PTR, sizeof pointer, &pointer, NULL));
  printf("a part's pointer %d\n", pointer == memory + 256);
  CHECK(clGetMemObjectInfo(part, CL_MEM_FLAGS, sizeof flags, &flags, NULL));
  printf("a part's flags %llx\n", (unsigned long long)flags);
  p = map(part, CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION, 16, 32, NULL, NULL);
  printf("in place %d\n", p == memory + 256 + 16);
  fill(p, 32, 70);
  unmap(part, p);
  show_content("part written", buffer);
  CHECK(clReleaseMemObject(part));
  CHECK(clReleaseMemObject(buffer));

  unsigned char copied[kBytes];
  fill(copied, kBytes, 51);
  buffer = CHECKED(clCreateBuffer(s.context, CL_MEM_COPY_HOST_PTR | CL_MEM_ALLOC_HOST_PTR, kBytes,
                                  copied, &status));
  fill(copied, kBytes, 52);
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_FLAGS, sizeof flags, &flags, NULL));
  printf("flags %llx\n", (unsigned long long)flags);
  p = map(buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, kBytes, NULL, NULL);
  printf("in place %d\n", p == copied);
  show("alloc and copy", p, kBytes);
  fill(p, kBytes, 53);
  unmap(buffer, p);
  show_content("alloc and copy, written", buffer);
  CHECK(clReleaseMemObject(buffer));
}

/* Larger than what travels inside a frame, and than the pieces of anything. */
static void large(void) {
  const size_t size = (size_t)24 << 20;
  cl_mem buffer = CHECKED(clCreateBuffer(s.context, CL_MEM_ALLOC_HOST_PTR, size, NULL, &status));
  for (unsigned i = 0; i < 3; ++i) {
    unsigned char* p = map(buffer, CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION, 0, size, NULL, NULL);
    fill(p, size, i);
    unmap(buffer, p);
    p = map(buffer, CL_TRUE, CL_MAP_READ, 1, size - 1, NULL, NULL);
    show("large", p, size - 1);
    unmap(buffer, p);
  }
  CHECK(clReleaseMemObject(buffer));
}

static void errors(cl_mem buffer) {
  cl_int e = 1;
  cl_event none = NULL;
  int x = 0;
  const struct {
    const char* what;
    void* pointer;
    cl_int status;
  } cases[] = {
      {"zero", clEnqueueMapBuffer(s.queue, buffer, CL_TRUE, CL_MAP_READ, 0, 0, 0, NULL, NULL, &e),
       e},
      {"beyond",
       clEnqueueMapBuffer(s.queue, buffer, CL_TRUE, CL_MAP_READ, 1, kBytes, 0, NULL, NULL, &e), e},
      {"absurd",
       clEnqueueMapBuffer(s.queue, buffer, CL_TRUE, CL_MAP_READ, 1, SIZE_MAX, 0, NULL, NULL, &e),
       e},
      {"flags",
       clEnqueueMapBuffer(s.queue, buffer, CL_TRUE, (cl_map_flags)1 << 40, 0, 1, 0, NULL, NULL, &e),
       e},
      {"contradiction",
       clEnqueueMapBuffer(s.queue, buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE_INVALIDATE_REGION, 0,
                          1, 0, NULL, NULL, &e),
       e},
      {"wait list",
       clEnqueueMapBuffer(s.queue, buffer, CL_TRUE, CL_MAP_READ, 0, 1, 1, NULL, NULL, &e), e},
      {"null buffer",
       clEnqueueMapBuffer(s.queue, NULL, CL_TRUE, CL_MAP_READ, 0, 1, 0, NULL, NULL, &e), e},
      {"null queue",
       clEnqueueMapBuffer(NULL, buffer, CL_TRUE, CL_MAP_READ, 0, 1, 0, NULL, NULL, &e), e},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    printf("%s: %d, %d\n", cases[i].what, cases[i].pointer == NULL, cases[i].status);
    if (cases[i].pointer != NULL) unmap(buffer, cases[i].pointer);
  }
  printf("mapped %u\n", map_count(buffer, 0));
  printf("unmap null: %d\n", clEnqueueUnmapMemObject(s.queue, buffer, NULL, 0, NULL, NULL));
  printf("unmap what is no mapping: %d\n",
         clEnqueueUnmapMemObject(s.queue, buffer, &x, 0, NULL, NULL));
  unsigned char* p = map(buffer, CL_TRUE, CL_MAP_READ, 0, 10, NULL, NULL);
  printf("unmap with a bad wait list: %d\n",
         clEnqueueUnmapMemObject(s.queue, buffer, p, 1, &none, NULL));
  printf("mapped %u\n", map_count(buffer, 1));
  show("still mapped", p, 10);
  unmap(buffer, p);
  printf("unmap twice: %d\n", clEnqueueUnmapMemObject(s.queue, buffer, p, 0, NULL, NULL));
  printf("mapped %u\n", map_count(buffer, 0));
  unsigned char small[4] = {0};
  void* made = clCreateBuffer(s.context, CL_MEM_USE_HOST_PTR, 4, NULL, &e);
  printf("use nothing: %d, %d\n", made == NULL, e);
  made = clCreateBuffer(s.context, 0, 4, small, &e);
  printf("memory for nothing: %d, %d\n", made == NULL, e);
  made = clCreateBuffer(s.context, CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR, 4, small, &e);
  printf("use and copy: %d, %d\n", made == NULL, e);
  made = clCreateBuffer(s.context, CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR, 4, small, &e);
  printf("use and alloc: %d, %d\n", made == NULL, e);
}

int main(void) {
  s = session_open();
  static unsigned char memory[kBytes];
  fill(memory, kBytes, 1);
  cl_mem buffer = CHECKED(clCreateBuffer(s.context, CL_MEM_COPY_HOST_PTR, kBytes, memory, &status));
  void* pointer = &s;
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_HOST_PTR, sizeof pointer, &pointer, NULL));
  printf("no pointer %d\n", pointer == NULL);
  read_and_write(buffer);
  alignment(buffer);
  gated(buffer);
  several(buffer);
  kernels(buffer);
  errors(buffer);
  CHECK(clReleaseMemObject(buffer));
  host_pointers();
  large();
  session_close(&s);
  return 0;
}
