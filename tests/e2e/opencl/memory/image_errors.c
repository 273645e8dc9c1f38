/* What is wrong with calls about images, on stdout: the same natively and through AvA. */
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "demo.h"

static struct session s;
static unsigned char memory[1 << 16];
static const cl_image_format kFormat = {CL_RGBA, CL_UNORM_INT8};
static const cl_image_desc kDesc = {
    .image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 16, .image_height = 16};
static const size_t kZero[3] = {0, 0, 0};
static const size_t kWhole[3] = {16, 16, 1};

static void create(const char* what, cl_mem_flags flags, const cl_image_format* format,
                   const cl_image_desc* desc, void* host) {
  cl_int status = 1;
  cl_mem image = clCreateImage(s.context, flags, format, desc, host, &status);
  printf("%s: %d, %d\n", what, image != NULL, status);
  if (image != NULL) CHECK(clReleaseMemObject(image));
}

static void creating(void) {
  cl_image_format format = {CL_RGBA, 0x7777};
  create("odd type", 0, &format, &kDesc, NULL);
  create("odd type, with memory", CL_MEM_COPY_HOST_PTR, &format, &kDesc, memory);
  format = (cl_image_format){0x7777, CL_UNORM_INT8};
  create("odd order", 0, &format, &kDesc, NULL);
  create("odd order, with memory", CL_MEM_COPY_HOST_PTR, &format, &kDesc, memory);
  format = (cl_image_format){CL_RGB, CL_UNORM_SHORT_565};
  create("packed pixels", CL_MEM_COPY_HOST_PTR, &format, &kDesc, memory);
  create("no format", 0, NULL, &kDesc, NULL);
  create("no format, with memory", CL_MEM_COPY_HOST_PTR, NULL, &kDesc, memory);
  create("no description", CL_MEM_COPY_HOST_PTR, &kFormat, NULL, memory);
  create("copy of nothing", CL_MEM_COPY_HOST_PTR, &kFormat, &kDesc, NULL);
  create("use of nothing", CL_MEM_USE_HOST_PTR, &kFormat, &kDesc, NULL);
  create("memory for nothing", 0, &kFormat, &kDesc, memory);
  create("use and copy", CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR, &kFormat, &kDesc, memory);
  create("odd flags", (cl_mem_flags)1 << 40, &kFormat, &kDesc, NULL);
  cl_image_desc desc = kDesc;
  desc.image_type = 0x1234;
  create("odd kind", 0, &kFormat, &desc, NULL);
  desc = kDesc;
  desc.image_width = 0;
  create("no width", 0, &kFormat, &desc, NULL);
  desc = kDesc;
  desc.image_height = 0;
  create("no height, with memory", CL_MEM_COPY_HOST_PTR, &kFormat, &desc, memory);
  desc = kDesc;
  desc.image_width = (size_t)1 << 40;
  create("too wide", 0, &kFormat, &desc, NULL);
  desc = kDesc;
  desc.image_row_pitch = 64;
  create("a pitch without memory", 0, &kFormat, &desc, NULL);
  desc.image_row_pitch = 65;
  create("an odd pitch", CL_MEM_COPY_HOST_PTR, &kFormat, &desc, memory);
  desc.image_row_pitch = 60;
  create("a small pitch", CL_MEM_COPY_HOST_PTR, &kFormat, &desc, memory);
  cl_int status = 1;
  cl_mem image = clCreateImage(NULL, 0, &kFormat, &kDesc, NULL, &status);
  printf("no context: %d, %d\n", image != NULL, status);
  image = clCreateImage2D(s.context, 0, &kFormat, 0, 4, 0, NULL, &status);
  printf("2d of nothing: %d, %d\n", image != NULL, status);
  image = clCreateImage2D(s.context, CL_MEM_COPY_HOST_PTR, NULL, 4, 4, 0, memory, &status);
  printf("2d of no format: %d, %d\n", image != NULL, status);
  image = clCreateImage3D(s.context, 0, &kFormat, 4, 4, 0, 0, 0, NULL, &status);
  printf("3d of nothing: %d, %d\n", image != NULL, status);
  desc = (cl_image_desc){.image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER, .image_width = 16};
  create("of no buffer", 0, &kFormat, &desc, NULL);
}

/* Pitches that are too small, PoCL accepts. */
static void transferring(cl_mem image, cl_mem buffer) {
  static const struct {
    const char* what;
    size_t origin[3];
    size_t region[3];
    size_t row, slice;
  } kPlaces[] = {
      {"a column beyond", {1, 0, 0}, {16, 16, 1}, 0, 0},
      {"a row beyond", {0, 1, 0}, {16, 16, 1}, 0, 0},
      {"two slices", {0, 0, 0}, {16, 16, 2}, 0, 0},
      {"the second slice", {0, 0, 1}, {16, 16, 1}, 0, 0},
      {"no columns", {0, 0, 0}, {0, 16, 1}, 0, 0},
      {"no slices", {0, 0, 0}, {16, 16, 0}, 0, 0},
      {"absurd", {0, 0, 0}, {SIZE_MAX / 2, 16, 1}, 0, 0},
      {"absurd, too", {0, 0, 0}, {SIZE_MAX / 8, SIZE_MAX / 8, 1}, 0, 0},
  };
  for (size_t i = 0; i < sizeof kPlaces / sizeof kPlaces[0]; ++i) {
    for (int blocking = 0; blocking < 2; ++blocking) {
      const cl_int read = clEnqueueReadImage(s.queue, image, (cl_bool)blocking, kPlaces[i].origin,
                                             kPlaces[i].region, kPlaces[i].row, kPlaces[i].slice,
                                             memory, 0, NULL, NULL);
      const cl_int written = clEnqueueWriteImage(
          s.queue, image, (cl_bool)blocking, kPlaces[i].origin, kPlaces[i].region, kPlaces[i].row,
          kPlaces[i].slice, memory, 0, NULL, NULL);
      CHECK(clFinish(s.queue));
      printf("%s: %d %d\n", kPlaces[i].what, read, written);
    }
    const float color[4] = {0, 1, 0, 1};
    printf("  fill %d", clEnqueueFillImage(s.queue, image, color, kPlaces[i].origin,
                                           kPlaces[i].region, 0, NULL, NULL));
    printf(", copy %d", clEnqueueCopyImage(s.queue, image, image, kPlaces[i].origin, kZero,
                                           kPlaces[i].region, 0, NULL, NULL));
    printf(", to buffer %d", clEnqueueCopyImageToBuffer(s.queue, image, buffer, kPlaces[i].origin,
                                                        kPlaces[i].region, 0, 0, NULL, NULL));
    printf(", from buffer %d\n",
           clEnqueueCopyBufferToImage(s.queue, buffer, image, 0, kPlaces[i].origin,
                                      kPlaces[i].region, 0, NULL, NULL));
    if (kPlaces[i].region[0] == 0) continue; /* PoCL maps nothing, and says where that is */
    cl_int status = 1;
    size_t row = 0;
    void* p = clEnqueueMapImage(s.queue, image, CL_TRUE, CL_MAP_READ, kPlaces[i].origin,
                                kPlaces[i].region, &row, NULL, 0, NULL, NULL, &status);
    printf("  map %d, %d\n", p != NULL, status);
    if (p != NULL) CHECK(clEnqueueUnmapMemObject(s.queue, image, p, 0, NULL, NULL));
  }
}

static void missing(cl_mem image, cl_mem buffer) {
  const float color[4] = {0, 1, 0, 1};
  cl_int status = 1;
  size_t row = 0;
  for (int blocking = 0; blocking < 2; ++blocking) {
    const cl_bool b = (cl_bool)blocking;
    printf("no origin %d\n",
           clEnqueueReadImage(s.queue, image, b, NULL, kWhole, 0, 0, memory, 0, NULL, NULL));
    printf("no region %d\n",
           clEnqueueReadImage(s.queue, image, b, kZero, NULL, 0, 0, memory, 0, NULL, NULL));
    printf("no memory %d\n",
           clEnqueueWriteImage(s.queue, image, b, kZero, kWhole, 0, 0, NULL, 0, NULL, NULL));
    printf("no image %d\n",
           clEnqueueWriteImage(s.queue, NULL, b, kZero, kWhole, 0, 0, memory, 0, NULL, NULL));
    printf("a buffer %d\n",
           clEnqueueReadImage(s.queue, buffer, b, kZero, kWhole, 0, 0, memory, 0, NULL, NULL));
    printf("no queue %d\n",
           clEnqueueReadImage(NULL, image, b, kZero, kWhole, 0, 0, memory, 0, NULL, NULL));
    printf("no wait list %d\n",
           clEnqueueReadImage(s.queue, image, b, kZero, kWhole, 0, 0, memory, 1, NULL, NULL));
  }
  printf("no color %d\n", clEnqueueFillImage(s.queue, image, NULL, kZero, kWhole, 0, NULL, NULL));
  printf("fill no region %d\n",
         clEnqueueFillImage(s.queue, image, color, kZero, NULL, 0, NULL, NULL));
  printf("beyond the buffer %d\n",
         clEnqueueCopyImageToBuffer(s.queue, image, buffer, kZero, kWhole, 4000, 0, NULL, NULL));
  void* p = clEnqueueMapImage(s.queue, image, CL_TRUE, CL_MAP_READ, kZero, kWhole, NULL, NULL, 0,
                              NULL, NULL, &status);
  printf("no pitch %d, %d\n", p != NULL, status);
  p = clEnqueueMapImage(s.queue, buffer, CL_TRUE, CL_MAP_READ, kZero, kWhole, &row, NULL, 0, NULL,
                        NULL, &status);
  printf("map a buffer %d, %d\n", p != NULL, status);
  p = clEnqueueMapImage(s.queue, image, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE_INVALIDATE_REGION,
                        kZero, kWhole, &row, NULL, 0, NULL, NULL, &status);
  printf("contradiction %d, %d\n", p != NULL, status);
  size_t value = 0;
  printf("odd question %d\n", clGetImageInfo(image, 0x9999, sizeof value, &value, NULL));
  printf("short answer %d\n", clGetImageInfo(image, CL_IMAGE_WIDTH, 4, &value, NULL));
  printf("a buffer's width %d\n",
         clGetImageInfo(buffer, CL_IMAGE_WIDTH, sizeof value, &value, NULL));
}

/* Every format that the library names can be written and read back. */
static void formats(void) {
  static const cl_mem_object_type kTypes[] = {CL_MEM_OBJECT_IMAGE1D, CL_MEM_OBJECT_IMAGE1D_ARRAY,
                                              CL_MEM_OBJECT_IMAGE2D, CL_MEM_OBJECT_IMAGE2D_ARRAY,
                                              CL_MEM_OBJECT_IMAGE3D, CL_MEM_OBJECT_IMAGE1D_BUFFER};
  for (size_t t = 0; t < sizeof kTypes / sizeof kTypes[0]; ++t) {
    cl_image_format all[128];
    cl_uint count = 0;
    const cl_int status =
        clGetSupportedImageFormats(s.context, CL_MEM_READ_WRITE, kTypes[t], 128, all, &count);
    printf("type %x: %d, %u formats\n", kTypes[t], status, count);
    if (status != CL_SUCCESS || kTypes[t] == CL_MEM_OBJECT_IMAGE1D_BUFFER) continue;
    for (cl_uint i = 0; i < count && i < 128; ++i) {
      const cl_image_desc desc = {.image_type = kTypes[t],
                                  .image_width = 5,
                                  .image_height = 3,
                                  .image_depth = 2,
                                  .image_array_size = 2};
      fill(memory, sizeof memory, i);
      cl_mem image =
          CHECKED(clCreateImage(s.context, CL_MEM_COPY_HOST_PTR, &all[i], &desc, memory, &status));
      const size_t one[3] = {5, 1, 1};
      memset(memory, 0, sizeof memory);
      CHECK(clEnqueueReadImage(s.queue, image, CL_TRUE, kZero, one, 0, 0, memory, 0, NULL, NULL));
      printf("%x %x %016llx\n", all[i].image_channel_order, all[i].image_channel_data_type,
             digest(memory, sizeof memory));
      CHECK(clReleaseMemObject(image));
    }
  }
  cl_uint count = 0;
  printf("no such type %d\n",
         clGetSupportedImageFormats(s.context, CL_MEM_READ_WRITE, 0x1234, 0, NULL, &count));
}

int main(void) {
  s = session_open();
  cl_mem image = CHECKED(clCreateImage(s.context, 0, &kFormat, &kDesc, NULL, &status));
  cl_mem buffer = CHECKED(clCreateBuffer(s.context, 0, 4096, NULL, &status));
  creating();
  transferring(image, buffer);
  missing(image, buffer);
  formats();
  CHECK(clReleaseMemObject(buffer));
  CHECK(clReleaseMemObject(image));
  session_close(&s);
  return 0;
}
