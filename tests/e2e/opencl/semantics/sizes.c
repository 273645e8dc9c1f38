// Sizes and counts that are larger than what is there: a buffer, the memory behind a pointer, a
// list, or anything. The library refuses most of them before it looks, so nothing may fault.
//
// With an argument: only what the native library answers by crashing, which AvA must not.
#include <sys/mman.h>

#include "semantics.h"

enum { kPage = 4096, kHole = 256 << 20, kMany = 5000 };

static struct session session;
static cl_mem buffer;
static unsigned char* page;  // nothing is mapped behind it

static const size_t kSizes[] = {kPage + 1,       2 * kPage,        65536,
                                1 << 20,         (size_t)1 << 34,  (size_t)1 << 40,
                                (size_t)1 << 62, ~(size_t)0 - 100, ~(size_t)0};
static const cl_uint kCounts[] = {4096, 4097, 1 << 20, 0x7fffffff, 0xffffffff};
#define EACH(type, name, list)                                                                  \
  for (const type *at_ = list, *end_ = list + sizeof list / sizeof list[0]; at_ != end_; ++at_) \
    for (const type name = *at_, *once_ = at_; once_ != NULL; once_ = NULL)

static void transfers(size_t size) {
  for (cl_bool wait = 0; wait < 2; ++wait) {
    SHOW(clEnqueueWriteBuffer(session.queue, buffer, wait, 0, size, page, 0, NULL, NULL));
    SHOW(clEnqueueReadBuffer(session.queue, buffer, wait, 0, size, page, 0, NULL, NULL));
    SHOW_NEW(clEnqueueMapBuffer(session.queue, buffer, wait, CL_MAP_READ, 0, size, 0, NULL, NULL,
                                &status));
  }
  SHOW(clEnqueueFillBuffer(session.queue, buffer, page, size, 0, kPage, 0, NULL, NULL));
  SHOW(clEnqueueFillBuffer(session.queue, buffer, page, 4, 0, size, 0, NULL, NULL));
}

// More than any buffer may have.
static void creations(size_t size) {
  SHOW_NEW(clCreateBuffer(session.context, CL_MEM_COPY_HOST_PTR, size, page, &status));
  SHOW_NEW(clCreateBuffer(session.context, CL_MEM_USE_HOST_PTR, size, page, &status));
  SHOW_NEW(clCreateBuffer(session.context, 0, size, NULL, &status));
}

// Room beyond what is there is no mistake.
static void queries(size_t size) {
  size_t needed = 0, bytes = 0;
  SHOW(clGetDeviceInfo(session.device, CL_DEVICE_NAME, size, page, &needed));
  printf("  %zu bytes, %zu of them text\n", needed, strlen((const char*)page) + 1);
  SHOW(clGetMemObjectInfo(buffer, CL_MEM_SIZE, size, &bytes, &needed));
  printf("  %zu bytes: %zu\n", needed, bytes);
}

static void lists(cl_uint count, cl_program program) {
  cl_platform_id platform = NULL;
  cl_device_id device = NULL;
  cl_uint found = 0;
  SHOW(clGetPlatformIDs(count, &platform, &found));
  printf("  %u\n", found);
  SHOW(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, &device, &found));
  printf("  %u, it: %d\n", found, device == session.device);
  SHOW(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, NULL, &found));
  SHOW(clGetContextInfo(session.context, CL_CONTEXT_DEVICES, (size_t)count * 8, &device, NULL));
  show_truth("  it", device == session.device);
  SHOW(clWaitForEvents(count, NULL));
  SHOW(clEnqueueMarkerWithWaitList(session.queue, count, NULL, NULL));
  SHOW(clBuildProgram(program, count, NULL, NULL, NULL, NULL));
  SHOW_NEW(clCreateContext(NULL, count, NULL, NULL, NULL, &status));
  // One device, then nothing that is one.
  cl_device_id* devices = (cl_device_id*)(void*)page;
  memset(page, 0, kPage);
  devices[0] = session.device;
  SHOW_NEW(clCreateContext(NULL, count, devices, NULL, NULL, &status));
}

// As many as no frame holds, and right.
static void long_lists(void) {
  static cl_event events[kMany];
  for (int i = 0; i < kMany; ++i) {
    CHECK(clEnqueueMarkerWithWaitList(session.queue, 0, NULL, &events[i]));
  }
  SHOW(clWaitForEvents(kMany, events));
  int complete = 0;
  for (int i = 0; i < kMany; ++i) complete += event_status(events[i]) == CL_COMPLETE;
  printf("%d of %d events are complete\n", complete, kMany);
  const cl_event last = events[kMany - 1];
  events[kMany - 1] = NULL;
  SHOW(clWaitForEvents(kMany, events));
  events[kMany - 1] = last;
  for (int i = 0; i < kMany; ++i) CHECK(clReleaseEvent(events[i]));

  static const char* lines[kMany];
  static size_t lengths[kMany];
  for (int i = 0; i < kMany; ++i) lines[i] = i % 2 == 0 ? "// a line\n" : "#define SEVEN 7     ";
  for (int i = 1; i < kMany; i += 2) lengths[i] = i == 1 ? strlen("#define SEVEN 7 ") : 0;
  lines[2] = "\nkernel void set(global int* x) { x[0] = SEVEN; }\n";
  for (int i = 3; i < kMany; i += 2) lines[i] = "";
  cl_program program =
      CHECKED(clCreateProgramWithSource(session.context, kMany, lines, lengths, &status));
  size_t size = 0;
  SHOW(clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, &size));
  printf("  %zu bytes\n", size);
  SHOW(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  CHECK(clReleaseProgram(program));
  lines[kMany - 2] = NULL;
  SHOW_NEW(clCreateProgramWithSource(session.context, kMany, lines, lengths, &status));
  SHOW_NEW(clCreateProgramWithSource(session.context, kMany, lines, NULL, &status));
}

static void natively_fatal(cl_uint count, cl_program program) {
  SHOW_NEW(clCreateProgramWithSource(session.context, count, NULL, NULL, &status));
  cl_kernel kernels[2];
  cl_uint found = 0;
  SHOW(clCreateKernelsInProgram(program, count, kernels, &found));
  printf("  %u\n", found);
  for (cl_uint i = 0; i < found; ++i) CHECK(clReleaseKernel(kernels[i]));
}

int main(int argc, char** argv) {
  (void)argv;
  session = session_open();
  // A large hole, so that nobody else's memory comes to lie right behind the page.
  page = mmap(NULL, kHole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || munmap(page + kPage, kHole - kPage) != 0) abort();
  buffer = CHECKED(clCreateBuffer(session.context, 0, kPage, NULL, &status));
  const char* source = "kernel void one() {} kernel void two() {}";
  cl_program program =
      CHECKED(clCreateProgramWithSource(session.context, 1, &source, NULL, &status));
  CHECK(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
  if (argc > 1) {
    EACH(cl_uint, count, kCounts) natively_fatal(count, program);
  } else {
    EACH(size_t, size, kSizes) {
      printf("%zu\n", size);
      transfers(size);
      if (size >= (size_t)1 << 34) creations(size);
      queries(size);
    }
    EACH(cl_uint, count, kCounts) {
      printf("%u\n", count);
      lists(count, program);
    }
    long_lists();
  }
  CHECK(clFinish(session.queue));
  CHECK(clReleaseProgram(program));
  CHECK(clReleaseMemObject(buffer));
  session_close(&session);
  return 0;
}
