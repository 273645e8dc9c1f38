/* The ToyAccel SDK: a made-up accelerator with buffers in its own memory and jobs that run while
 * the application goes on. toyaccel.c stands in for the hardware. */
#ifndef TOYACCEL_H
#define TOYACCEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ta_status {
  TA_OK = 0,
  TA_INVALID_VALUE = -1,
  TA_INVALID_BUFFER = -2,
  TA_INVALID_JOB = -3,
  TA_OUT_OF_MEMORY = -4,
  TA_DEVICE_LOST = -5,
  TA_NOT_SUPPORTED = -6
} ta_status;

typedef struct ta_device_object* ta_device;
typedef struct ta_buffer_object* ta_buffer;
typedef struct ta_job_object* ta_job;

typedef enum ta_device_info {
  TA_DEVICE_NAME,       /* char[] */
  TA_DEVICE_MEMORY_SIZE /* uint64_t */
} ta_device_info;

ta_status ta_get_devices(uint32_t num_entries, ta_device* devices, uint32_t* num_devices);
ta_status ta_get_device_info(ta_device device, ta_device_info param_name, size_t value_size,
                             void* value, size_t* value_size_ret);

/* Memory of the device. A buffer lives as long as it is referred to. */
ta_buffer ta_create_buffer(ta_device device, size_t size, ta_status* error);
ta_status ta_retain_buffer(ta_buffer buffer);
ta_status ta_release_buffer(ta_buffer buffer);

/* Where blocking_* is 0, the bytes move until the job that is returned in *job is done. */
ta_status ta_write_buffer(ta_buffer buffer, int blocking_write, size_t offset, size_t size,
                          const void* data, ta_job* job);
ta_status ta_read_buffer(ta_buffer buffer, int blocking_read, size_t offset, size_t size,
                         void* data, ta_job* job);

/* Runs "add" (the first buffer becomes the sum of all, as floats) or "negate" (each buffer) on
 * `count` floats, in the order in which jobs are started. */
ta_status ta_start_job(ta_device device, const char* program, size_t count, uint32_t num_buffers,
                       const ta_buffer* buffers, ta_job* job);
/* 1: still to be done, 0: done, negative: failed. */
int ta_job_state(ta_job job);
ta_status ta_wait_jobs(uint32_t num_jobs, const ta_job* job_list);
/* `done` is called once, on a thread of the library, when the job is done. */
ta_status ta_when_job_done(ta_job job, void (*done)(ta_job job, ta_status status, void* user_data),
                           void* user_data);
ta_status ta_retain_job(ta_job job);
ta_status ta_release_job(ta_job job);

/* The device's own memory, for drivers of cameras. */
ta_status ta_get_physical_address(ta_buffer buffer, uint64_t* address);

#ifdef __cplusplus
}
#endif
#endif
