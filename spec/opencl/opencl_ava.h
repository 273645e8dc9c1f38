/* Calls that the guest library's replaced functions make. No application calls them, and no native
 * library has them: the specification says how the server answers. */
#ifndef OPENCL_AVA_H
#define OPENCL_AVA_H

#include <CL/cl.h>

#ifdef __cplusplus
extern "C" {
#endif

cl_int avaGetProgramInfo(cl_program program, cl_program_info param_name, size_t param_value_size,
                         void* param_value, size_t* param_value_size_ret);
cl_int avaGetProgramBinary(cl_program program, cl_uint index, size_t size, void* binary);
cl_program avaCreateProgramWithSource(cl_context context, cl_uint count, const char** strings,
                                      const size_t* lengths, cl_int* errcode_ret);
cl_int avaSetSpecializationConstant(cl_program program, cl_uint spec_id, size_t spec_size,
                                    const void* spec_value);
cl_int avaWaitForEvents(cl_uint num_events, const cl_event* event_list);

/* Of the extension cl_pocl_content_size, which Debian's headers do not declare. */
cl_int clSetContentSizeBufferPoCL(cl_mem buffer, cl_mem content_size_buffer);

#ifdef __cplusplus
}
#endif
#endif
