/* Images of every type, made in every way, and all that is done with their pixels, on stdout: the
 * same natively and through AvA. */
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "demo.h"

enum { kBytes = 1 << 20 };

static struct session s;
static unsigned char* memory;
static const size_t kZero[3] = {0, 0, 0};

struct shape {
  const char* name;
  cl_image_format format;
  cl_image_desc desc; /* without pitches */
  size_t pixel;       /* bytes */
  size_t region[3];   /* the whole image */
  size_t origin[3];   /* and a part of it */
  size_t part[3];
};

static const struct shape kShapes[] = {
    {"1d",
     {CL_RGBA, CL_UNORM_INT8},
     {.image_type = CL_MEM_OBJECT_IMAGE1D, .image_width = 33},
     4,
     {33, 1, 1},
     {3, 0, 0},
     {20, 1, 1}},
    {"1d array",
     {CL_R, CL_FLOAT},
     {.image_type = CL_MEM_OBJECT_IMAGE1D_ARRAY, .image_width = 17, .image_array_size = 5},
     4,
     {17, 5, 1},
     {2, 1, 0},
     {10, 3, 1}},
    {"2d",
     {CL_RGBA, CL_UNSIGNED_INT8},
     {.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 21, .image_height = 13},
     4,
     {21, 13, 1},
     {1, 2, 0},
     {11, 7, 1}},
    {"2d of halves",
     {CL_RGBA, CL_HALF_FLOAT},
     {.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 64, .image_height = 48},
     8,
     {64, 48, 1},
     {4, 1, 0},
     {50, 40, 1}},
    {"2d array",
     {CL_R, CL_SIGNED_INT16},
     {.image_type = CL_MEM_OBJECT_IMAGE2D_ARRAY,
      .image_width = 8,
      .image_height = 6,
      .image_array_size = 4},
     2,
     {8, 6, 4},
     {1, 2, 1},
     {5, 3, 2}},
    {"3d",
     {CL_RGBA, CL_FLOAT},
     {.image_type = CL_MEM_OBJECT_IMAGE3D, .image_width = 9, .image_height = 7, .image_depth = 5},
     16,
     {9, 7, 5},
     {2, 1, 2},
     {6, 5, 3}},
    {"large 2d",
     {CL_R, CL_UNORM_INT8},
     {.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 1000, .image_height = 700},
     1,
     {1000, 700, 1},
     {17, 33, 0},
     {900, 600, 1}},
};
enum { kShapeCount = sizeof kShapes / sizeof kShapes[0] };

static void describe(cl_mem image) {
  static const cl_image_info kNames[] = {
      CL_IMAGE_ELEMENT_SIZE, CL_IMAGE_ROW_PITCH, CL_IMAGE_SLICE_PITCH, CL_IMAGE_WIDTH,
      CL_IMAGE_HEIGHT,       CL_IMAGE_DEPTH,     CL_IMAGE_ARRAY_SIZE};
  for (size_t i = 0; i < sizeof kNames / sizeof kNames[0]; ++i) {
    size_t value = 0;
    CHECK(clGetImageInfo(image, kNames[i], sizeof value, &value, NULL));
    printf("%zu ", value);
  }
  cl_image_format format = {0, 0};
  cl_uint levels = 99;
  cl_uint samples = 99;
  cl_mem buffer = (cl_mem)&format;
  size_t size = 0;
  cl_mem_object_type type = 0;
  CHECK(clGetImageInfo(image, CL_IMAGE_FORMAT, sizeof format, &format, &size));
  CHECK(clGetImageInfo(image, CL_IMAGE_NUM_MIP_LEVELS, sizeof levels, &levels, NULL));
  CHECK(clGetImageInfo(image, CL_IMAGE_NUM_SAMPLES, sizeof samples, &samples, NULL));
  CHECK(clGetImageInfo(image, CL_IMAGE_BUFFER, sizeof buffer, &buffer, NULL));
  CHECK(clGetMemObjectInfo(image, CL_MEM_TYPE, sizeof type, &type, NULL));
  printf("format %x %x, %zu, levels %u, samples %u, buffer %d, type %x\n",
         format.image_channel_order, format.image_channel_data_type, size, levels, samples,
         buffer != NULL, type);
  cl_mem_flags flags = 0;
  cl_context context = NULL;
  CHECK(clGetMemObjectInfo(image, CL_MEM_FLAGS, sizeof flags, &flags, NULL));
  CHECK(clGetMemObjectInfo(image, CL_MEM_SIZE, sizeof size, &size, NULL));
  CHECK(clGetMemObjectInfo(image, CL_MEM_CONTEXT, sizeof context, &context, NULL));
  printf("flags %llx, size %zu, its context %d\n", (unsigned long long)flags, size,
         context == s.context);
}

static void show(const char* what, cl_mem image, const struct shape* shape) {
  const size_t bytes = shape->pixel * shape->region[0] * shape->region[1] * shape->region[2];
  unsigned char* pixels = allocate(bytes);
  CHECK(clEnqueueReadImage(s.queue, image, CL_TRUE, kZero, shape->region, 0, 0, pixels, 0, NULL,
                           NULL));
  printf("%s %016llx\n", what, digest(pixels, bytes));
  free(pixels);
}

/* The pitches of a part whose rows and slices do not touch. */
static size_t row_apart(const struct shape* shape) { return (shape->part[0] + 3) * shape->pixel; }
static size_t slice_apart(const struct shape* shape) {
  return shape->part[2] > 1 ? row_apart(shape) * (shape->part[1] + 2) : 0;
}

static void transfers(cl_mem image, const struct shape* shape) {
  for (int blocking = 0; blocking < 2; ++blocking) {
    fill(memory, kBytes, 3);
    CHECK(clEnqueueWriteImage(s.queue, image, CL_TRUE, kZero, shape->region, 0, 0, memory, 0, NULL,
                              NULL));
    show("written", image, shape);
    fill(memory, kBytes, 40);
    cl_event event = NULL;
    CHECK(clEnqueueWriteImage(s.queue, image, (cl_bool)blocking, shape->origin, shape->part,
                              row_apart(shape), slice_apart(shape), memory, 0, NULL, &event));
    CHECK(clWaitForEvents(1, &event));
    CHECK(clReleaseEvent(event));
    show("part written", image, shape);
    memset(memory, 0xee, kBytes);
    CHECK(clEnqueueReadImage(s.queue, image, (cl_bool)blocking, shape->origin, shape->part,
                             row_apart(shape), slice_apart(shape), memory, 0, NULL, &event));
    CHECK(clWaitForEvents(1, &event));
    CHECK(clReleaseEvent(event));
    printf("part read %016llx\n", digest(memory, kBytes));
  }
  /* What one brings, the next one sends. */
  CHECK(clEnqueueReadImage(s.queue, image, CL_FALSE, shape->origin, shape->part, row_apart(shape),
                           slice_apart(shape), memory, 0, NULL, NULL));
  CHECK(clEnqueueWriteImage(s.queue, image, CL_FALSE, kZero, shape->part, row_apart(shape),
                            slice_apart(shape), memory, 0, NULL, NULL));
  CHECK(clFinish(s.queue));
  show("in turn", image, shape);
}

static void copies(cl_mem image, const struct shape* shape) {
  const cl_uint black[4] = {0, 0, 0, 0};
  const cl_uint color[4] = {0x3f000000, 77, 0x3e800000, 5};
  cl_mem other = CHECKED(clCreateImage(s.context, 0, &shape->format, &shape->desc, NULL, &status));
  CHECK(clEnqueueFillImage(s.queue, other, black, kZero, shape->region, 0, NULL, NULL));
  CHECK(
      clEnqueueCopyImage(s.queue, image, other, shape->origin, kZero, shape->part, 0, NULL, NULL));
  show("copied", other, shape);
  CHECK(clEnqueueFillImage(s.queue, other, color, shape->origin, shape->part, 0, NULL, NULL));
  show("filled", other, shape);
  cl_mem buffer = CHECKED(clCreateBuffer(s.context, CL_MEM_COPY_HOST_PTR, kBytes, memory, &status));
  CHECK(clEnqueueCopyImageToBuffer(s.queue, image, buffer, shape->origin, shape->part, 16, 0, NULL,
                                   NULL));
  CHECK(clEnqueueReadBuffer(s.queue, buffer, CL_TRUE, 0, kBytes, memory, 0, NULL, NULL));
  printf("to a buffer %016llx\n", digest(memory, kBytes));
  CHECK(clEnqueueCopyBufferToImage(s.queue, buffer, other, 32, shape->origin, shape->part, 0, NULL,
                                   NULL));
  show("from a buffer", other, shape);
  CHECK(clReleaseMemObject(buffer));
  CHECK(clReleaseMemObject(other));
}

/* Maps the part, and shows where it is and how its rows lie. */
static unsigned char* map(cl_mem image, const struct shape* shape, cl_map_flags flags,
                          cl_bool blocking, size_t* row, size_t* slice) {
  *row = *slice = 99;
  cl_event event = NULL;
  unsigned char* p = CHECKED(clEnqueueMapImage(s.queue, image, blocking, flags, shape->origin,
                                               shape->part, row, slice, 0, NULL, &event, &status));
  CHECK(clWaitForEvents(1, &event));
  CHECK(clReleaseEvent(event));
  printf("row %zu, slice %zu\n", *row, *slice);
  return p;
}

static void unmap(cl_mem image, void* pointer) {
  CHECK(clEnqueueUnmapMemObject(s.queue, image, pointer, 0, NULL, NULL));
}

static void mapped(cl_mem image, const struct shape* shape) {
  const size_t bytes = shape->part[0] * shape->pixel;
  size_t row, slice;
  for (int blocking = 0; blocking < 2; ++blocking) {
    unsigned char* p =
        map(image, shape, CL_MAP_READ | CL_MAP_WRITE, (cl_bool)blocking, &row, &slice);
    unsigned long long sum = 0;
    for (size_t z = 0; z < shape->part[2]; ++z) {
      for (size_t y = 0; y < shape->part[1]; ++y) {
        sum = sum * 31 + digest(p + z * slice + y * row, bytes);
        fill(p + z * slice + y * row, bytes, (unsigned)(y + 9 + (unsigned)blocking));
      }
    }
    printf("found %016llx\n", sum);
    unmap(image, p);
    show("mapped and written", image, shape);
    p = map(image, shape, CL_MAP_WRITE_INVALIDATE_REGION, (cl_bool)blocking, &row, &slice);
    for (size_t z = 0; z < shape->part[2]; ++z) {
      for (size_t y = 0; y < shape->part[1]; ++y) {
        fill(p + z * slice + y * row, bytes, (unsigned)(z + y));
      }
    }
    unmap(image, p);
    show("written anew", image, shape);
  }
}

static size_t own_row(const struct shape* shape) {
  /* A row of a 1D image has no successor, and PoCL gives arrays no pitch of their own. */
  return shape->desc.image_height != 0 ? (shape->region[0] + 3) * shape->pixel : 0;
}

static void host_pointers(const struct shape* shape) {
  const cl_uint color[4] = {1, 2, 0x3f000000, 4};
  cl_image_desc desc = shape->desc;
  desc.image_row_pitch = own_row(shape);
  unsigned char* host = allocate(kBytes);
  fill(host, kBytes, 21);
  cl_mem image =
      CHECKED(clCreateImage(s.context, CL_MEM_USE_HOST_PTR, &shape->format, &desc, host, &status));
  void* pointer = NULL;
  CHECK(clGetMemObjectInfo(image, CL_MEM_HOST_PTR, sizeof pointer, &pointer, NULL));
  printf("its own %d\n", pointer == host);
  describe(image);
  show("used", image, shape);
  size_t row, slice;
  unsigned char* p = map(image, shape, CL_MAP_READ | CL_MAP_WRITE, CL_TRUE, &row, &slice);
  printf("at %td\n", p - host);
  p[0] ^= 0xff;
  unmap(image, p);
  CHECK(clEnqueueFillImage(s.queue, image, color, shape->origin, shape->part, 0, NULL, NULL));
  show("used and filled", image, shape);
  p = map(image, shape, CL_MAP_READ, CL_TRUE, &row, &slice);
  printf("the application's memory %016llx\n", digest(host, kBytes));
  unmap(image, p);
  CHECK(clFinish(s.queue));
  CHECK(clReleaseMemObject(image));

  fill(host, kBytes, 22);
  image = CHECKED(clCreateImage(s.context, CL_MEM_COPY_HOST_PTR | CL_MEM_ALLOC_HOST_PTR,
                                &shape->format, &desc, host, &status));
  memset(host, 0, kBytes);
  describe(image);
  show("copied", image, shape);
  p = map(image, shape, CL_MAP_READ, CL_TRUE, &row, &slice);
  printf("elsewhere %d\n", p < host || p >= host + kBytes);
  unmap(image, p);
  CHECK(clFinish(s.queue));
  CHECK(clReleaseMemObject(image));
  free(host);
}

/* The other functions that make images. */
static void creators(void) {
  const struct shape* flat = &kShapes[2];
  const struct shape* cube = &kShapes[5];
  const cl_mem_properties none[] = {0};
  fill(memory, kBytes, 30);
  cl_mem image = CHECKED(
      clCreateImage2D(s.context, CL_MEM_COPY_HOST_PTR, &flat->format, 21, 13, 96, memory, &status));
  describe(image);
  show("2d", image, flat);
  CHECK(clReleaseMemObject(image));
  image = CHECKED(clCreateImage3D(s.context, CL_MEM_COPY_HOST_PTR, &cube->format, 9, 7, 5, 0, 0,
                                  memory, &status));
  describe(image);
  show("3d", image, cube);
  CHECK(clReleaseMemObject(image));
  for (int i = 0; i < 2; ++i) {
    image =
        CHECKED(clCreateImageWithProperties(s.context, i == 0 ? none : NULL, CL_MEM_COPY_HOST_PTR,
                                            &flat->format, &flat->desc, memory, &status));
    describe(image);
    show("with properties", image, flat);
    cl_mem_properties found[4] = {9, 9, 9, 9};
    size_t size = 99;
    const cl_int status = clGetMemObjectInfo(image, CL_MEM_PROPERTIES, sizeof found, found, &size);
    printf("properties %d, %zu, %llx\n", status, size, (unsigned long long)found[0]);
    CHECK(clReleaseMemObject(image));
    cl_mem buffer = CHECKED(clCreateBufferWithProperties(
        s.context, i == 0 ? none : NULL, CL_MEM_COPY_HOST_PTR, 5000, memory, &status));
    CHECK(clEnqueueReadBuffer(s.queue, buffer, CL_TRUE, 0, 5000, memory, 0, NULL, NULL));
    printf("a buffer with properties %016llx\n", digest(memory, 5000));
    CHECK(clReleaseMemObject(buffer));
  }
}

/* Images whose pixels are a buffer's. */
static void of_buffers(void) {
  fill(memory, kBytes, 31);
  cl_mem buffer = CHECKED(
      clCreateBuffer(s.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, kBytes, memory, &status));
  const struct shape line = {
      "",
      {CL_RGBA, CL_UNSIGNED_INT8},
      {.image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER, .image_width = 100, .mem_object = buffer},
      4,
      {100, 1, 1},
      {7, 0, 0},
      {50, 1, 1}};
  cl_mem image = CHECKED(clCreateImage(s.context, 0, &line.format, &line.desc, NULL, &status));
  cl_mem found = NULL;
  CHECK(clGetImageInfo(image, CL_IMAGE_BUFFER, sizeof found, &found, NULL));
  printf("its buffer %d\n", found == buffer);
  CHECK(clGetMemObjectInfo(image, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof found, &found, NULL));
  printf("its buffer %d\n", found == buffer);
  show("a buffer's", image, &line);
  const unsigned char pattern[2] = {0xab, 0xcd};
  CHECK(clEnqueueFillBuffer(s.queue, buffer, pattern, sizeof pattern, 40, 100, 0, NULL, NULL));
  show("a buffer's, filled", image, &line);
  CHECK(clEnqueueWriteImage(s.queue, image, CL_TRUE, line.origin, line.part, 0, 0, memory + 1000, 0,
                            NULL, NULL));
  CHECK(clEnqueueReadBuffer(s.queue, buffer, CL_TRUE, 0, kBytes, memory, 0, NULL, NULL));
  printf("written %016llx\n", digest(memory, kBytes));
  CHECK(clReleaseMemObject(image));

  /* cl_khr_image2d_from_buffer, where there is a pitch that it demands. */
  const struct shape plane = {"",
                              {CL_RGBA, CL_UNSIGNED_INT8},
                              {.image_type = CL_MEM_OBJECT_IMAGE2D,
                               .image_width = 64,
                               .image_height = 16,
                               .image_row_pitch = 4096,
                               .mem_object = buffer},
                              4,
                              {64, 16, 1},
                              {3, 2, 0},
                              {40, 10, 1}};
  cl_int status = 1;
  image = clCreateImage(s.context, 0, &plane.format, &plane.desc, NULL, &status);
  printf("from a buffer %d\n", status);
  if (image != NULL) {
    describe(image);
    CHECK(clReleaseMemObject(image));
  }
  CHECK(clReleaseMemObject(buffer));
}

int main(void) {
  s = session_open();
  memory = allocate(kBytes);
  for (size_t i = 0; i < kShapeCount; ++i) {
    const struct shape* shape = &kShapes[i];
    printf("--- %s\n", shape->name);
    cl_mem image =
        CHECKED(clCreateImage(s.context, 0, &shape->format, &shape->desc, NULL, &status));
    describe(image);
    transfers(image, shape);
    copies(image, shape);
    mapped(image, shape);
    CHECK(clFinish(s.queue));
    CHECK(clReleaseMemObject(image));
    host_pointers(shape);
  }
  creators();
  of_buffers();
  session_close(&s);
  free(memory);
  return 0;
}
