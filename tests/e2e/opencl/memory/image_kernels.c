/* Kernels that read and write images, with and without samplers, on stdout: the same natively and
 * through AvA. */
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "demo.h"

static const char kSource[] =
    "kernel void turn(read_only image2d_t from, write_only image2d_t to, sampler_t how,\n"
    "                 float shift) {\n"
    "  const int2 at = (int2)(get_global_id(0), get_global_id(1));\n"
    "  const float4 c = read_imagef(from, how, convert_float2(at) + shift);\n"
    "  write_imagef(to, at, c.wzyx);\n"
    "}\n"
    "constant sampler_t kOwn = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP_TO_EDGE |\n"
    "                          CLK_FILTER_NEAREST;\n"
    "kernel void line(read_only image1d_t from, global float4* to) {\n"
    "  const int i = get_global_id(0);\n"
    "  to[i] = read_imagef(from, kOwn, i - 2);\n"
    "}\n"
    "kernel void lines(read_only image1d_array_t from, global float4* to) {\n"
    "  const int i = get_global_id(0);\n"
    "  to[i] = read_imagef(from, kOwn, (int2)(i % 4, i / 4));\n"
    "}\n"
    "kernel void planes(read_only image2d_array_t from, global float4* to) {\n"
    "  const int i = get_global_id(0);\n"
    "  to[i] = read_imagef(from, kOwn, (int4)(i % 4, i / 4 % 4, i / 16, 0));\n"
    "}\n"
    "kernel void solid(read_only image3d_t from, global float4* to, sampler_t how) {\n"
    "  const int i = get_global_id(0);\n"
    "  to[i] = read_imagef(from, how, (int4)(i % 4, i / 4 % 4, i / 16, 0));\n"
    "}\n"
    "kernel void asked(read_only image2d_t from, global int* to) {\n"
    "  to[0] = get_image_width(from);\n"
    "  to[1] = get_image_height(from);\n"
    "  to[2] = get_image_channel_order(from);\n"
    "  to[3] = get_image_channel_data_type(from);\n"
    "}\n";
static const char kReadWrite[] =
    "kernel void twice(read_write image2d_t image) {\n"
    "  const int2 at = (int2)(get_global_id(0), get_global_id(1));\n"
    "  write_imageui(image, at, read_imageui(image, at) * 2u);\n"
    "}\n";

static struct session s;
static unsigned char memory[1 << 16];
static const size_t kZero[3] = {0, 0, 0};

static cl_mem image_of(cl_mem_object_type type, size_t width, size_t height, size_t depth,
                       cl_channel_type channels) {
  const cl_image_format format = {CL_RGBA, channels};
  const cl_image_desc desc = {.image_type = type,
                              .image_width = width,
                              .image_height = height,
                              .image_depth = depth,
                              .image_array_size = depth};
  fill(memory, sizeof memory, 9);
  return CHECKED(clCreateImage(s.context, CL_MEM_COPY_HOST_PTR, &format, &desc, memory, &status));
}

static void samplers(void) {
  static const cl_addressing_mode kModes[] = {CL_ADDRESS_NONE, CL_ADDRESS_CLAMP,
                                              CL_ADDRESS_CLAMP_TO_EDGE};
  const size_t items[2] = {40, 30};
  const size_t region[3] = {40, 30, 1};
  cl_kernel turn = session_kernel(&s, kSource, "turn");
  cl_mem from = image_of(CL_MEM_OBJECT_IMAGE2D, 40, 30, 0, CL_UNORM_INT8);
  cl_mem to = image_of(CL_MEM_OBJECT_IMAGE2D, 40, 30, 0, CL_UNORM_INT8);
  for (size_t i = 0; i < sizeof kModes / sizeof kModes[0]; ++i) {
    cl_sampler how =
        CHECKED(clCreateSampler(s.context, CL_FALSE, kModes[i], CL_FILTER_NEAREST, &status));
    const float shift = kModes[i] == CL_ADDRESS_NONE ? 0 : 1.5f;
    CHECK(clSetKernelArg(turn, 0, sizeof from, &from));
    CHECK(clSetKernelArg(turn, 1, sizeof to, &to));
    CHECK(clSetKernelArg(turn, 2, sizeof how, &how));
    CHECK(clSetKernelArg(turn, 3, sizeof shift, &shift));
    CHECK(clEnqueueNDRangeKernel(s.queue, turn, 2, NULL, items, NULL, 0, NULL, NULL));
    CHECK(clEnqueueReadImage(s.queue, to, CL_TRUE, kZero, region, 0, 0, memory, 0, NULL, NULL));
    printf("mode %x: %016llx\n", kModes[i], digest(memory, 40 * 30 * 4));
    CHECK(clReleaseSampler(how));
  }
  printf("wrong sizes %d %d %d\n", clSetKernelArg(turn, 0, 4, &from),
         clSetKernelArg(turn, 2, 4, &from), clSetKernelArg(turn, 3, 8, memory));
  printf("nothing %d %d\n", clSetKernelArg(turn, 0, sizeof from, NULL),
         clSetKernelArg(turn, 2, sizeof from, NULL));
  CHECK(clReleaseKernel(turn));
  CHECK(clReleaseMemObject(to));
  CHECK(clReleaseMemObject(from));
}

static void dimensions(void) {
  static const struct {
    const char* kernel;
    cl_mem_object_type type;
    size_t width, height, depth;
  } kCases[] = {
      {"line", CL_MEM_OBJECT_IMAGE1D, 64, 0, 0},
      {"lines", CL_MEM_OBJECT_IMAGE1D_ARRAY, 4, 0, 16},
      {"planes", CL_MEM_OBJECT_IMAGE2D_ARRAY, 4, 4, 4},
      {"solid", CL_MEM_OBJECT_IMAGE3D, 4, 4, 4},
  };
  const size_t items = 64;
  cl_mem to = CHECKED(clCreateBuffer(s.context, 0, 64 * 16, NULL, &status));
  cl_sampler how =
      CHECKED(clCreateSampler(s.context, CL_FALSE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST, &status));
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    cl_kernel kernel = session_kernel(&s, kSource, kCases[i].kernel);
    cl_mem from =
        image_of(kCases[i].type, kCases[i].width, kCases[i].height, kCases[i].depth, CL_UNORM_INT8);
    CHECK(clSetKernelArg(kernel, 0, sizeof from, &from));
    CHECK(clSetKernelArg(kernel, 1, sizeof to, &to));
    if (kCases[i].type == CL_MEM_OBJECT_IMAGE3D) CHECK(clSetKernelArg(kernel, 2, sizeof how, &how));
    CHECK(clEnqueueNDRangeKernel(s.queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL));
    CHECK(clEnqueueReadBuffer(s.queue, to, CL_TRUE, 0, 64 * 16, memory, 0, NULL, NULL));
    printf("%s: %016llx\n", kCases[i].kernel, digest(memory, 64 * 16));
    CHECK(clReleaseMemObject(from));
    CHECK(clReleaseKernel(kernel));
  }
  cl_kernel asked = session_kernel(&s, kSource, "asked");
  cl_mem from = image_of(CL_MEM_OBJECT_IMAGE2D, 12, 34, 0, CL_FLOAT);
  const size_t one = 1;
  int found[4] = {0};
  CHECK(clSetKernelArg(asked, 0, sizeof from, &from));
  CHECK(clSetKernelArg(asked, 1, sizeof to, &to));
  CHECK(clEnqueueNDRangeKernel(s.queue, asked, 1, NULL, &one, NULL, 0, NULL, NULL));
  CHECK(clEnqueueReadBuffer(s.queue, to, CL_TRUE, 0, sizeof found, found, 0, NULL, NULL));
  printf("asked: %d %d %x %x\n", found[0], found[1], found[2], found[3]);
  CHECK(clReleaseMemObject(from));
  CHECK(clReleaseKernel(asked));
  CHECK(clReleaseSampler(how));
  CHECK(clReleaseMemObject(to));
}

static void read_and_write(void) {
  const size_t items[2] = {16, 16};
  const size_t region[3] = {16, 16, 1};
  const char* source = kReadWrite;
  cl_program program = CHECKED(clCreateProgramWithSource(s.context, 1, &source, NULL, &status));
  CHECK(clBuildProgram(program, 1, &s.device, "-cl-std=CL2.0", NULL, NULL));
  cl_kernel twice = CHECKED(clCreateKernel(program, "twice", &status));
  cl_mem image = image_of(CL_MEM_OBJECT_IMAGE2D, 16, 16, 0, CL_UNSIGNED_INT16);
  CHECK(clSetKernelArg(twice, 0, sizeof image, &image));
  for (int i = 0; i < 3; ++i) {
    CHECK(clEnqueueNDRangeKernel(s.queue, twice, 2, NULL, items, NULL, 0, NULL, NULL));
  }
  CHECK(clEnqueueReadImage(s.queue, image, CL_TRUE, kZero, region, 0, 0, memory, 0, NULL, NULL));
  printf("read and written: %016llx\n", digest(memory, 16 * 16 * 8));
  CHECK(clReleaseMemObject(image));
  CHECK(clReleaseKernel(twice));
  CHECK(clReleaseProgram(program));
}

int main(void) {
  s = session_open();
  samplers();
  dimensions();
  read_and_write();
  session_close(&s);
  return 0;
}
