// Devices that are parts of devices, pipes, and constants of programs from intermediate language.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "semantics.h"

static struct session session;

static cl_uint references(cl_device_id device) {
  cl_uint count = 99;
  CHECK(clGetDeviceInfo(device, CL_DEVICE_REFERENCE_COUNT, sizeof count, &count, NULL));
  return count;
}

static void describe(cl_device_id device) {
  cl_device_id parent = NULL;
  cl_uint units = 0;
  cl_uint most = 99;
  intptr_t type[16] = {0};
  size_t size = 0;
  CHECK(clGetDeviceInfo(device, CL_DEVICE_PARENT_DEVICE, sizeof parent, &parent, NULL));
  CHECK(clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL));
  CHECK(clGetDeviceInfo(device, CL_DEVICE_PARTITION_MAX_SUB_DEVICES, sizeof most, &most, NULL));
  SHOW(clGetDeviceInfo(device, CL_DEVICE_PARTITION_TYPE, sizeof type, type, &size));
  printf("a part %d of the first %d, units %u, at most %u parts, %u references, type %zu:",
         parent != NULL, parent == session.device, units, most, references(device), size);
  for (size_t i = 0; i < size / sizeof type[0]; ++i) printf(" %lx", (long)type[i]);
  printf("\n");
}

// A context, a queue and a kernel on it.
static void use(cl_device_id device) {
  static const char* const kSource = "kernel void set(global int* to) { to[0] = 31; }";
  const size_t items = 1;
  int seen = 0;
  cl_context context = CHECKED(clCreateContext(NULL, 1, &device, NULL, NULL, &status));
  cl_command_queue queue = CHECKED(clCreateCommandQueue(context, device, 0, &status));
  cl_program program =
      CHECKED(clCreateProgramWithSource(context, 1, (const char**)&kSource, NULL, &status));
  CHECK(clBuildProgram(program, 1, &device, "", NULL, NULL));
  cl_kernel kernel = CHECKED(clCreateKernel(program, "set", &status));
  cl_mem to = CHECKED(clCreateBuffer(context, 0, sizeof seen, NULL, &status));
  CHECK(clSetKernelArg(kernel, 0, sizeof to, &to));
  CHECK(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
  CHECK(clEnqueueReadBuffer(queue, to, CL_TRUE, 0, sizeof seen, &seen, 0, NULL, NULL));
  printf("it computes %d\n", seen);
  CHECK(clReleaseMemObject(to));
  CHECK(clReleaseKernel(kernel));
  CHECK(clReleaseProgram(program));
  CHECK(clReleaseCommandQueue(queue));
  CHECK(clReleaseContext(context));
}

// Only the first parts are used, and they stay: PoCL crashes now and then after the end of a part
// that was used.
static void part(const char* what, const cl_device_partition_property* how) {
  static bool used = false;
  cl_device_id parts[64] = {NULL};
  cl_uint count = 99;
  printf("--- %s\n", what);
  SHOW(clCreateSubDevices(session.device, how, 0, NULL, &count));
  printf("%u parts\n", count);
  const cl_int status = SHOW(clCreateSubDevices(session.device, how, 64, parts, &count));
  if (status != CL_SUCCESS) return;
  printf("%u parts\n", count);
  for (cl_uint i = 0; i < count; ++i) describe(parts[i]);
  const bool stays = !used;
  if (stays) use(parts[0]);
  used = true;
  SHOW(clRetainDevice(parts[0]));
  printf("%u references\n", references(parts[0]));
  SHOW(clReleaseDevice(parts[0]));
  for (cl_uint i = 0; i < count && !stays; ++i) SHOW(clReleaseDevice(parts[i]));
}

static void parts(void) {
  const cl_device_partition_property equally[] = {CL_DEVICE_PARTITION_EQUALLY, 1, 0};
  const cl_device_partition_property counts[] = {CL_DEVICE_PARTITION_BY_COUNTS, 1, 1,
                                                 CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
  const cl_device_partition_property one[] = {CL_DEVICE_PARTITION_BY_COUNTS, 1,
                                              CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
  const cl_device_partition_property many[] = {CL_DEVICE_PARTITION_BY_COUNTS, 1000,
                                               CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
  const cl_device_partition_property too_much[] = {CL_DEVICE_PARTITION_EQUALLY, 1000, 0};
  const cl_device_partition_property affinity[] = {CL_DEVICE_PARTITION_BY_AFFINITY_DOMAIN,
                                                   CL_DEVICE_AFFINITY_DOMAIN_NUMA, 0};
  const cl_device_partition_property odd[] = {0x7777, 1, 0};
  const cl_device_partition_property nothing[] = {0};
  describe(session.device);
  part("equally", equally);
  part("by counts", counts);
  part("by one count", one);
  part("by a large count", many);
  part("equally, by much", too_much);
  part("by affinity", affinity);
  part("oddly", odd);
  part("by nothing", nothing);
  part("by null", NULL);
  cl_device_id two[2];
  cl_uint count = 99;
  SHOW(clCreateSubDevices(NULL, equally, 2, two, &count));
  SHOW(clCreateSubDevices(session.device, equally, 0, two, &count));
  SHOW(clCreateSubDevices(session.device, equally, 64, NULL, NULL));
  printf("%u references\n", references(session.device));
}

static void pipes(void) {
  cl_bool support = 99;
  CHECK(clGetDeviceInfo(session.device, CL_DEVICE_PIPE_SUPPORT, sizeof support, &support, NULL));
  printf("pipes %d\n", support);
  for (cl_uint size = 0; size < 2; ++size) {
    cl_mem pipe = SHOW_NEW(clCreatePipe(session.context, 0, 16 * size, 8, NULL, &status));
    if (pipe == NULL) continue;
    cl_uint value = 0;
    SHOW(clGetPipeInfo(pipe, CL_PIPE_PACKET_SIZE, sizeof value, &value, NULL));
    printf("%u\n", value);
    SHOW(clGetPipeInfo(pipe, CL_PIPE_MAX_PACKETS, sizeof value, &value, NULL));
    printf("%u\n", value);
    CHECK(clReleaseMemObject(pipe));
  }
  cl_mem buffer = CHECKED(clCreateBuffer(session.context, 0, 64, NULL, &status));
  cl_uint value = 0;
  SHOW(clGetPipeInfo(buffer, CL_PIPE_PACKET_SIZE, sizeof value, &value, NULL));
  SHOW(clGetPipeInfo(NULL, CL_PIPE_PACKET_SIZE, sizeof value, &value, NULL));
  CHECK(clReleaseMemObject(buffer));
}

// Of a program that has none: PoCL's own assertion fails.
static void constants(void) {
  const int value = 3;
  SHOW(clSetProgramSpecializationConstant(NULL, 0, sizeof value, &value));
}

int main(void) {
  session = session_open();
  parts();
  pipes();
  constants();
  session_close(&session);
  return 0;
}
