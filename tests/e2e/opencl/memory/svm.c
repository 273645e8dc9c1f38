/* Coarse-grained shared virtual memory: mapped, filled, copied, pointed into and freed, on stdout:
 * the same natively and through AvA. */
#define CL_TARGET_OPENCL_VERSION 300
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "demo.h"

enum { kInts = 5000, kBytes = kInts * sizeof(int) };

static const char* const kSource =
    "kernel void add(global int* values, int n) { values[get_global_id(0)] += n; }\n"
    "struct node { global struct node* next; int value; };\n"
    "kernel void doubled(global struct node* node, global int* sum) {\n"
    "  *sum = 0;\n"
    "  for (; node; node = node->next) { *sum += node->value; node->value *= 2; }\n"
    "}\n";

static struct session s;

static void* get(size_t size) {
  void* memory = clSVMAlloc(s.context, CL_MEM_READ_WRITE, size, 0);
  if (memory == NULL) {
    printf("no memory of %zu bytes\n", size);
    exit(1);
  }
  return memory;
}

static void map(cl_map_flags flags, void* at, size_t size) {
  CHECK(clEnqueueSVMMap(s.queue, CL_TRUE, flags, at, size, 0, NULL, NULL));
}

static void unmap(void* at) { CHECK(clEnqueueSVMUnmap(s.queue, at, 0, NULL, NULL)); }

static void show(const char* what, const void* bytes, size_t count) {
  const unsigned char* at = bytes;
  printf("%s: %02x %02x .. %02x, %016llx\n", what, at[0], at[1], at[count - 1],
         digest(bytes, count));
}

/* What the device has there. */
static void show_memory(const char* what, void* at, size_t size) {
  map(CL_MAP_READ, at, size);
  show(what, at, size);
  unmap(at);
}

static void launch(cl_kernel kernel, size_t count) {
  CHECK(clEnqueueNDRangeKernel(s.queue, kernel, 1, NULL, &count, NULL, 0, NULL, NULL));
}

static void maps_and_kernels(void) {
  cl_kernel add = session_kernel(&s, kSource, "add");
  int* values = get(kBytes);
  map(CL_MAP_WRITE_INVALIDATE_REGION, values, kBytes);
  for (int i = 0; i < kInts; ++i) values[i] = i;
  unmap(values);
  const int n = 3;
  CHECK(clSetKernelArgSVMPointer(add, 0, values));
  CHECK(clSetKernelArg(add, 1, sizeof n, &n));
  launch(add, kInts);
  show_memory("added", values, kBytes);

  /* From a place inside, and a part of it. */
  CHECK(clSetKernelArgSVMPointer(add, 0, values + 1000));
  launch(add, 100);
  show_memory("added inside", values, kBytes);
  map(CL_MAP_READ | CL_MAP_WRITE, values + 10, 40 * sizeof(int));
  printf("%d %d\n", values[10], values[49]);
  values[10] = 77;
  unmap(values + 10);
  show_memory("a part written", values, kBytes);

  /* Two parts at once; and one that ends for nobody. */
  map(CL_MAP_WRITE, values, 16);
  map(CL_MAP_WRITE, values + 100, 16);
  values[0] = 1;
  values[100] = 2;
  unmap(values);
  unmap(values + 100);
  show_memory("two parts", values, kBytes);
  printf("unmapped what was not mapped: %d\n",
         clEnqueueSVMUnmap(s.queue, values + 7, 0, NULL, NULL));

  /* Complete only when its event is. */
  cl_event gate = CHECKED(clCreateUserEvent(s.context, &status));
  cl_event mapped;
  CHECK(clEnqueueSVMMap(s.queue, CL_FALSE, CL_MAP_READ, values, kBytes, 1, &gate, &mapped));
  CHECK(clSetUserEventStatus(gate, CL_COMPLETE));
  CHECK(clWaitForEvents(1, &mapped));
  show("mapped without blocking", values, kBytes);
  cl_command_type type = 0;
  CHECK(clGetEventInfo(mapped, CL_EVENT_COMMAND_TYPE, sizeof type, &type, NULL));
  printf("a map is %#x\n", type);
  unmap(values);
  clReleaseEvent(mapped);
  clReleaseEvent(gate);
  clSVMFree(s.context, values);
  clReleaseKernel(add);
}

struct node {
  struct node* next;
  int value;
};

/* Pointers inside the memory mean the same on both sides. */
static void linked_list(void) {
  enum { kNodes = 20 };
  cl_kernel doubled = session_kernel(&s, kSource, "doubled");
  struct node* nodes[kNodes];
  for (int i = 0; i < kNodes; ++i) nodes[i] = get(sizeof(struct node));
  for (int i = 0; i < kNodes; ++i) {
    map(CL_MAP_WRITE, nodes[i], sizeof(struct node));
    nodes[i]->next = i + 1 < kNodes ? nodes[i + 1] : NULL;
    nodes[i]->value = i + 1;
    unmap(nodes[i]);
  }
  int* sum = get(sizeof *sum);
  CHECK(clSetKernelArgSVMPointer(doubled, 0, nodes[0]));
  CHECK(clSetKernelArgSVMPointer(doubled, 1, sum));
  CHECK(clSetKernelExecInfo(doubled, CL_KERNEL_EXEC_INFO_SVM_PTRS, sizeof nodes, nodes));
  launch(doubled, 1);
  map(CL_MAP_READ, sum, sizeof *sum);
  printf("the sum of the list is %d, its values", *sum);
  unmap(sum);
  for (int i = 0; i < kNodes; ++i) map(CL_MAP_READ, nodes[i], sizeof(struct node));
  for (struct node* at = nodes[0]; at != NULL; at = at->next) printf(" %d", at->value);
  printf("\n");
  for (int i = 0; i < kNodes; ++i) unmap(nodes[i]);
  CHECK(clFinish(s.queue));
  for (int i = 0; i < kNodes; ++i) clSVMFree(s.context, nodes[i]);
  clSVMFree(s.context, sum);
  clReleaseKernel(doubled);
}

static void copies_and_fills(void) {
  static unsigned char bytes[kBytes];
  unsigned char* one = get(kBytes);
  unsigned char* other = get(kBytes);
  const cl_uint pattern = 0x01020304;
  CHECK(clEnqueueSVMMemFill(s.queue, one, &pattern, sizeof pattern, kBytes, 0, NULL, NULL));
  CHECK(clEnqueueSVMMemFill(s.queue, one + 64, "ab", 2, 128, 0, NULL, NULL));
  show_memory("filled", one, kBytes);
  /* The memory to the application, blocking and not. */
  for (int blocking = 0; blocking < 2; ++blocking) {
    memset(bytes, 0, sizeof bytes);
    CHECK(clEnqueueSVMMemcpy(s.queue, blocking, bytes + 5, one + 10, kBytes - 10, 0, NULL, NULL));
    if (!blocking) CHECK(clFinish(s.queue));
    show("read", bytes, kBytes);
  }
  /* Back, within the memory, and between it. */
  for (int blocking = 0; blocking < 2; ++blocking) {
    fill(bytes, kBytes, 5 + blocking);
    CHECK(clEnqueueSVMMemcpy(s.queue, blocking, other, bytes, kBytes, 0, NULL, NULL));
    CHECK(clEnqueueSVMMemcpy(s.queue, blocking, other, other + 100, 50, 0, NULL, NULL));
    CHECK(clEnqueueSVMMemcpy(s.queue, blocking, one + 1, other + 3, kBytes - 7, 0, NULL, NULL));
    show_memory("written", one, kBytes);
  }
  /* Neither is such memory. */
  static unsigned char target[kBytes];
  for (int blocking = 0; blocking < 2; ++blocking) {
    cl_event done;
    memset(target, 0, sizeof target);
    CHECK(clEnqueueSVMMemcpy(s.queue, blocking, target, bytes, kBytes, 0, NULL, &done));
    CHECK(clWaitForEvents(1, &done));
    clReleaseEvent(done);
    show("copied", target, kBytes);
    memset(target, 0, sizeof target);
    CHECK(clEnqueueSVMMemcpy(s.queue, blocking, target, bytes, kBytes, 0, NULL, NULL));
    CHECK(clFinish(s.queue));
    show("copied without an event", target, kBytes);
  }
  const void* both[] = {one, other};
  const size_t sizes[] = {0, 100};
  CHECK(clEnqueueSVMMigrateMem(s.queue, 2, both, NULL, 0, 0, NULL, NULL));
  CHECK(clEnqueueSVMMigrateMem(s.queue, 2, both, sizes, CL_MIGRATE_MEM_OBJECT_HOST, 0, NULL, NULL));
  show_memory("migrated", one, kBytes);
  clSVMFree(s.context, one);
  clSVMFree(s.context, other);
}

/* A buffer over such memory is that memory. */
static void buffer_over_it(void) {
  cl_kernel add = session_kernel(&s, kSource, "add");
  int* values = get(kBytes);
  CHECK(clEnqueueSVMMemFill(s.queue, values, "\1\0\0\0", 4, kBytes, 0, NULL, NULL));
  cl_mem buffer = CHECKED(
      clCreateBuffer(s.context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, kBytes, values, &status));
  cl_bool shared = CL_FALSE;
  cl_mem_flags flags = 0;
  void* host = NULL;
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_USES_SVM_POINTER, sizeof shared, &shared, NULL));
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_FLAGS, sizeof flags, &flags, NULL));
  CHECK(clGetMemObjectInfo(buffer, CL_MEM_HOST_PTR, sizeof host, &host, NULL));
  printf("a buffer over it: %u, flags %#llx, %s\n", shared, (unsigned long long)flags,
         host == values ? "here" : "elsewhere");
  const int n = 41;
  CHECK(clSetKernelArg(add, 0, sizeof buffer, &buffer));
  CHECK(clSetKernelArg(add, 1, sizeof n, &n));
  launch(add, kInts);
  show_memory("what a kernel wrote through it", values, kBytes);
  int* mapped = CHECKED(clEnqueueMapBuffer(s.queue, buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE,
                                           400, 400, 0, NULL, NULL, &status));
  printf("it is mapped %s: %d\n", mapped == values + 100 ? "in its place" : "elsewhere", *mapped);
  *mapped = -1;
  CHECK(clEnqueueUnmapMemObject(s.queue, buffer, mapped, 0, NULL, NULL));
  show_memory("what the application wrote through it", values, kBytes);
  CHECK(clReleaseMemObject(buffer));
  CHECK(clFinish(s.queue));
  clSVMFree(s.context, values);
  clReleaseKernel(add);
}

struct freed {
  cl_uint count;
  void* first;
  int calls;
};

static void CL_CALLBACK on_free(cl_command_queue queue, cl_uint count, void* pointers[],
                                void* user_data) {
  struct freed* freed = user_data;
  freed->count = count;
  freed->first = pointers[0];
  ++freed->calls;
  cl_context context;
  clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
  for (cl_uint i = 0; i < count; ++i) clSVMFree(context, pointers[i]);
}

static void freed_by_the_queue(void) {
  void* memory[3];
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 3; ++i) memory[i] = get((size_t)1 << (6 + 5 * i));
    void* const first = memory[0];
    struct freed freed = {0};
    const int called = round % 2;
    cl_event done;
    CHECK(clEnqueueSVMFree(s.queue, 3, memory, called ? on_free : NULL, &freed, 0, NULL, &done));
    memory[0] = NULL; /* the list is the application's again */
    CHECK(clWaitForEvents(1, &done));
    clReleaseEvent(done);
    if (round < 2) {
      printf("freed: %d calls, %u pointers, %s\n", freed.calls, freed.count,
             freed.first == first ? "the first one" : "another one");
    }
    if (freed.calls != called) printf("round %d: %d calls\n", round, freed.calls);
  }
}

/* Another context's memory, while this one's is there. */
static void two_contexts(void) {
  struct session other = session_open();
  int* here = get(4096);
  int* there = clSVMAlloc(other.context, 0, 4096, 64);
  printf("aligned: %d\n", (uintptr_t)there % 64 == 0);
  CHECK(clEnqueueSVMMap(other.queue, CL_TRUE, CL_MAP_WRITE, there, 4096, 0, NULL, NULL));
  map(CL_MAP_WRITE, here, 4096);
  memset(here, 1, 4096);
  memset(there, 2, 4096);
  CHECK(clEnqueueSVMUnmap(other.queue, there, 0, NULL, NULL));
  unmap(here);
  show_memory("here", here, 4096);
  CHECK(clEnqueueSVMMemcpy(other.queue, CL_TRUE, there + 512, there, 2048, 0, NULL, NULL));
  CHECK(clEnqueueSVMMap(other.queue, CL_TRUE, CL_MAP_READ, there, 4096, 0, NULL, NULL));
  show("there", there, 4096);
  CHECK(clEnqueueSVMUnmap(other.queue, there, 0, NULL, NULL));
  CHECK(clFinish(other.queue));
  clSVMFree(other.context, there);
  session_close(&other);
  show_memory("here still", here, 4096);
  clSVMFree(s.context, here);
}

/* The application takes the pages that the library's next memory is at, where they are free. */
static void taken_addresses(size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void* before = get(size);
  const uintptr_t begin = (uintptr_t)before / page * page;
  clSVMFree(s.context, before);
  CHECK(clFinish(s.queue));
  unsigned char* taken = mmap((void*)begin, page, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (taken != MAP_FAILED) memset(taken, 9, page);
  unsigned char* memory[8];
  for (int i = 0; i < 8; ++i) {
    memory[i] = get(size);
    map(CL_MAP_WRITE, memory[i], size);
    fill(memory[i], size, (unsigned)i);
    unmap(memory[i]);
  }
  for (int i = 0; i < 8; ++i) show_memory("beside what was taken", memory[i], size);
  if (taken != MAP_FAILED && (taken[0] != 9 || taken[page - 1] != 9)) printf("overwritten\n");
  CHECK(clFinish(s.queue));
  for (int i = 0; i < 8; ++i) clSVMFree(s.context, memory[i]);
  if (taken != MAP_FAILED) munmap(taken, page);
}

static void errors(void) {
  unsigned char* memory = get(64);
  CHECK(clEnqueueSVMMemFill(s.queue, memory, "a", 1, 64, 0, NULL, NULL));
  const cl_uint pattern = 7;
  printf("nothing: %d, too much: %d, odd alignment: %d\n", clSVMAlloc(s.context, 0, 0, 0) != NULL,
         clSVMAlloc(s.context, 0, ~(size_t)0 / 4, 0) != NULL,
         clSVMAlloc(s.context, 0, 100, 3) != NULL);
  printf("map: %d %d\n", clEnqueueSVMMap(s.queue, CL_TRUE, CL_MAP_READ, NULL, 4, 0, NULL, NULL),
         clEnqueueSVMMap(s.queue, CL_TRUE, CL_MAP_READ, memory, 0, 0, NULL, NULL));
  printf("wait list: %d %d\n",
         clEnqueueSVMMap(s.queue, CL_TRUE, CL_MAP_READ, memory, 4, 1, NULL, NULL),
         clEnqueueSVMUnmap(s.queue, memory, 1, NULL, NULL));
  printf("unmap: %d\n", clEnqueueSVMUnmap(s.queue, NULL, 0, NULL, NULL));
  printf("copy: %d %d %d\n",
         clEnqueueSVMMemcpy(s.queue, CL_TRUE, memory, memory + 8, 0, 0, NULL, NULL),
         clEnqueueSVMMemcpy(s.queue, CL_TRUE, memory, NULL, 8, 0, NULL, NULL),
         clEnqueueSVMMemcpy(s.queue, CL_TRUE, memory, memory + 8, 16, 0, NULL, NULL));
  printf("fill: %d %d %d %d\n", clEnqueueSVMMemFill(s.queue, memory, &pattern, 3, 6, 0, NULL, NULL),
         clEnqueueSVMMemFill(s.queue, memory, &pattern, 4, 7, 0, NULL, NULL),
         clEnqueueSVMMemFill(s.queue, memory + 1, &pattern, 4, 8, 0, NULL, NULL),
         clEnqueueSVMMemFill(s.queue, NULL, &pattern, 4, 8, 0, NULL, NULL));
  void* list[] = {memory};
  printf("free: %d %d\n", clEnqueueSVMFree(s.queue, 0, list, NULL, NULL, 0, NULL, NULL),
         clEnqueueSVMFree(s.queue, 1, NULL, NULL, NULL, 0, NULL, NULL));
  const void* constant[] = {memory};
  printf("migrate: %d %d\n", clEnqueueSVMMigrateMem(s.queue, 0, constant, NULL, 0, 0, NULL, NULL),
         clEnqueueSVMMigrateMem(s.queue, 1, NULL, NULL, 0, 0, NULL, NULL));
  cl_kernel add = session_kernel(&s, kSource, "add");
  printf("argument: %d %d %d\n", clSetKernelArgSVMPointer(add, 9, memory),
         clSetKernelArgSVMPointer(add, 1, memory), clSetKernelArgSVMPointer(add, 0, NULL));
  clReleaseKernel(add);
  show_memory("unharmed", memory, 64);
  clSVMFree(s.context, NULL);
  clSVMFree(s.context, memory);
}

int main(void) {
  s = session_open();
  cl_device_svm_capabilities capabilities = 0;
  CHECK(clGetDeviceInfo(s.device, CL_DEVICE_SVM_CAPABILITIES, sizeof capabilities, &capabilities,
                        NULL));
  printf("coarse-grained: %d\n", (capabilities & CL_DEVICE_SVM_COARSE_GRAIN_BUFFER) != 0);
  maps_and_kernels();
  linked_list();
  copies_and_fills();
  buffer_over_it();
  freed_by_the_queue();
  two_contexts();
  taken_addresses(64);
  taken_addresses(1 << 20);
  errors();
  session_close(&s);
  return 0;
}
