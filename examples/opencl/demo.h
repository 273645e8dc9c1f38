// What the C demo programs share: one device with a queue, error checks, and results on disk.
//
// Plain OpenCL 1.2 against the ICD loader; nothing here knows of AvA. Every failed call ends the
// program with its name and status, which is all that a demo can do about it.
#pragma once

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>
#include <stddef.h>

// Evaluates a call that returns a status.
#define CHECK(call) check_status((call), #call, __FILE__, __LINE__)

// Evaluates a call that returns an object and puts its status into its last argument, for which
// `&status` is written: CHECKED(clCreateBuffer(context, flags, size, NULL, &status)).
#define CHECKED(call)                                \
  __extension__({                                    \
    cl_int status = CL_SUCCESS;                      \
    __auto_type object_ = (call);                    \
    check_status(status, #call, __FILE__, __LINE__); \
    object_;                                         \
  })

void check_status(cl_int status, const char* call, const char* file, int line);

struct session {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue;
};

// The first device of the first platform.
struct session session_open(void);
void session_close(struct session* session);

// Builds `source` and makes the kernel `name`; a build log goes to stderr. The caller releases it.
cl_kernel session_kernel(const struct session* session, const char* source, const char* name);

// `count` floats in [-1, 1), the same on every machine for the same seed.
void fill_floats(float* values, size_t count, unsigned seed);

// Prints "NAME checksum HEX" and, where `path` is not NULL, writes the bytes there.
void report(const char* name, const char* path, const void* bytes, size_t size);

void* allocate(size_t size);
