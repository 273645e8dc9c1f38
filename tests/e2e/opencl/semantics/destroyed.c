// Callbacks at the end of objects: when, in which order, with which handle.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#define CL_USE_DEPRECATED_OPENCL_2_2_APIS
#include "semantics.h"

static struct session session;
static const void* expected;  // the handle of the object that ends next

static void ended(const void* object, const char* name) {
  printf("end of %s: %s\n", name, object == expected ? "its handle" : "another handle");
}
static void CL_CALLBACK memory_ended(cl_mem object, void* name) { ended(object, name); }
static void CL_CALLBACK context_ended(cl_context object, void* name) { ended(object, name); }
static void CL_CALLBACK program_ended(cl_program object, void* name) { ended(object, name); }

// Frees what backs the object, as applications do, and uses the API.
static void CL_CALLBACK memory_freed(cl_mem object, void* memory) {
  ended(object, "memory in use");
  free(memory);
  cl_mem other = CHECKED(clCreateBuffer(session.context, 0, 64, NULL, &status));
  CHECK(clReleaseMemObject(other));
}

static cl_mem buffer_of(size_t size) {
  return CHECKED(clCreateBuffer(session.context, CL_MEM_READ_WRITE, size, NULL, &status));
}

static void order(void) {
  cl_mem buffer = buffer_of(4096);
  expected = buffer;
  SHOW(clSetMemObjectDestructorCallback(buffer, memory_ended, "one"));
  SHOW(clSetMemObjectDestructorCallback(buffer, memory_ended, "two"));
  SHOW(clSetMemObjectDestructorCallback(buffer, memory_ended, "three"));
  CHECK(clRetainMemObject(buffer));
  CHECK(clReleaseMemObject(buffer));
  printf("still there\n");
  CHECK(clReleaseMemObject(buffer));
  printf("released\n");
}

static void parts(void) {
  cl_mem whole = buffer_of(8192);
  const cl_buffer_region region = {0, 4096};
  cl_mem part =
      CHECKED(clCreateSubBuffer(whole, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &status));
  SHOW(clSetMemObjectDestructorCallback(part, memory_ended, "a part"));
  SHOW(clSetMemObjectDestructorCallback(whole, memory_ended, "the whole"));
  CHECK(clReleaseMemObject(whole));
  printf("its parts keep it\n");
  // The part ends first, then the whole.
  expected = part;
  CHECK(clReleaseMemObject(part));
  printf("released\n");
}

static void images(void) {
  const cl_image_format format = {CL_RGBA, CL_UNSIGNED_INT8};
  const cl_image_desc desc = {
      .image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 4, .image_height = 4};
  cl_mem image = CHECKED(clCreateImage(session.context, 0, &format, &desc, NULL, &status));
  expected = image;
  SHOW(clSetMemObjectDestructorCallback(image, memory_ended, "an image"));
  CHECK(clReleaseMemObject(image));
  printf("released\n");
}

static void in_use(void) {
  unsigned char* memory = allocate(4096);
  memset(memory, 7, 4096);
  cl_mem buffer =
      CHECKED(clCreateBuffer(session.context, CL_MEM_USE_HOST_PTR, 4096, memory, &status));
  expected = buffer;
  SHOW(clSetMemObjectDestructorCallback(buffer, memory_freed, memory));
  const unsigned char value = 9;
  CHECK(clEnqueueFillBuffer(session.queue, buffer, &value, 1, 0, 4096, 0, NULL, NULL));
  CHECK(clFinish(session.queue));
  CHECK(clReleaseMemObject(buffer));
  printf("released\n");
}

static void others(void) {
  cl_context context = CHECKED(clCreateContext(NULL, 1, &session.device, NULL, NULL, &status));
  expected = context;
  SHOW(clSetContextDestructorCallback(context, context_ended, "a context"));
  SHOW(clSetContextDestructorCallback(context, context_ended, "a context, again"));
  CHECK(clReleaseContext(context));
  printf("released\n");
  static const char* const kSource = "kernel void nothing(void) {}";
  cl_program program =
      CHECKED(clCreateProgramWithSource(session.context, 1, (const char**)&kSource, NULL, &status));
  expected = program;
  SHOW(clSetProgramReleaseCallback(program, program_ended, "a program"));
  CHECK(clReleaseProgram(program));
  printf("released\n");
}

static void errors(void) {
  cl_mem buffer = buffer_of(64);
  SHOW(clSetMemObjectDestructorCallback(buffer, NULL, "nothing"));
  SHOW(clSetMemObjectDestructorCallback(NULL, memory_ended, "nothing"));
  SHOW(clSetContextDestructorCallback(session.context, NULL, NULL));
  SHOW(clSetContextDestructorCallback(NULL, context_ended, NULL));
  SHOW(clSetProgramReleaseCallback(NULL, program_ended, NULL));
  CHECK(clReleaseMemObject(buffer));
}

int main(void) {
  session = session_open();
  order();
  parts();
  images();
  in_use();
  others();
  errors();
  session_close(&session);
  return 0;
}
