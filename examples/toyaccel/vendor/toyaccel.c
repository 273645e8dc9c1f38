/* What the vendor ships: here a thread does the device's work, one job after the other. */
#include "toyaccel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES 2
#define MOST_BUFFERS 8

typedef void (*done_function)(ta_job job, ta_status status, void* user_data);

struct ta_device_object {
  const char* name;
};
struct ta_buffer_object {
  unsigned references;
  size_t size;
  unsigned char* bytes;
};
struct ta_job_object {
  unsigned references;
  int state;
  enum { WRITE, READ, ADD, NEGATE } what;
  size_t offset, size;
  void* memory; /* the application's */
  uint32_t num_buffers;
  ta_buffer buffers[MOST_BUFFERS];
  done_function done;
  void* user_data;
  ta_job next;
};

static struct ta_device_object devices[DEVICES] = {{"ToyAccel 1"}, {"ToyAccel 2"}};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t started = PTHREAD_ONCE_INIT;
static ta_job first, *last = &first;

/* --- reference counts; called with the lock held --- */
static void drop_buffer(ta_buffer buffer) {
  if (--buffer->references != 0) return;
  free(buffer->bytes);
  free(buffer);
}
static void drop_job(ta_job job) {
  if (--job->references == 0) free(job);
}

/* --- the device --- */
static void execute(ta_job job) {
  ta_buffer to = job->buffers[0];
  if (job->what == WRITE) memcpy(to->bytes + job->offset, job->memory, job->size);
  if (job->what == READ) memcpy(job->memory, to->bytes + job->offset, job->size);
  for (uint32_t b = 0; b < job->num_buffers; ++b) {
    float* sum = (float*)to->bytes;
    float* values = (float*)job->buffers[b]->bytes;
    for (size_t i = 0; i < job->size / sizeof(float); ++i) {
      if (job->what == ADD && b > 0) sum[i] += values[i];
      if (job->what == NEGATE) values[i] = -values[i];
    }
  }
}

static void* work(void* unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (first == NULL) pthread_cond_wait(&changed, &lock);
    ta_job job = first;
    pthread_mutex_unlock(&lock);
    execute(job);
    pthread_mutex_lock(&lock);
    first = job->next;
    if (first == NULL) last = &first;
    job->state = 0;
    for (uint32_t b = 0; b < job->num_buffers; ++b) drop_buffer(job->buffers[b]);
    const done_function done = job->done;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (done != NULL) done(job, TA_OK, job->user_data);
    pthread_mutex_lock(&lock);
    drop_job(job);
  }
  return NULL;
}
static void start(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, work, NULL) == 0) pthread_detach(thread);
}

/* Takes a reference to each buffer; the device has one to the job, and so has the caller. */
static ta_job submit(int what, size_t offset, size_t size, void* memory, uint32_t num_buffers,
                     const ta_buffer* buffers) {
  pthread_once(&started, start);
  ta_job job = calloc(1, sizeof *job);
  if (job == NULL) return NULL;
  job->references = 2;
  job->state = 1;
  job->what = what;
  job->offset = offset;
  job->size = size;
  job->memory = memory;
  job->num_buffers = num_buffers;
  pthread_mutex_lock(&lock);
  for (uint32_t b = 0; b < num_buffers; ++b) {
    job->buffers[b] = buffers[b];
    ++buffers[b]->references;
  }
  *last = job;
  last = &job->next;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return job;
}
static void finish(ta_job job) {
  pthread_mutex_lock(&lock);
  while (job->state > 0) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}
/* Gives the caller its reference, or waits and drops it. */
static ta_status hand_over(ta_job job, int blocking, ta_job* out) {
  if (job == NULL) return TA_OUT_OF_MEMORY;
  if (blocking || out == NULL) finish(job);
  if (out != NULL) {
    *out = job;
    return TA_OK;
  }
  return ta_release_job(job);
}

/* --- the API --- */
ta_status ta_get_devices(uint32_t num_entries, ta_device* out, uint32_t* num_devices) {
  for (uint32_t i = 0; out != NULL && i < num_entries && i < DEVICES; ++i) out[i] = &devices[i];
  if (num_devices != NULL) *num_devices = DEVICES;
  return TA_OK;
}
ta_status ta_get_device_info(ta_device device, ta_device_info param_name, size_t value_size,
                             void* value, size_t* value_size_ret) {
  const uint64_t memory = 1u << 30;
  const void* from = &memory;
  size_t size = sizeof memory;
  if (param_name == TA_DEVICE_NAME) {
    from = device->name;
    size = strlen(device->name) + 1;
  } else if (param_name != TA_DEVICE_MEMORY_SIZE) {
    return TA_INVALID_VALUE;
  }
  if (value != NULL && value_size < size) return TA_INVALID_VALUE;
  if (value != NULL) memcpy(value, from, size);
  if (value_size_ret != NULL) *value_size_ret = size;
  return TA_OK;
}

ta_buffer ta_create_buffer(ta_device device, size_t size, ta_status* error) {
  ta_buffer buffer = device != NULL && size != 0 ? calloc(1, sizeof *buffer) : NULL;
  ta_status status = buffer != NULL ? TA_OK : TA_INVALID_VALUE;
  if (buffer != NULL) {
    buffer->references = 1;
    buffer->size = size;
    buffer->bytes = calloc(1, size);
    if (buffer->bytes == NULL) {
      free(buffer);
      buffer = NULL;
      status = TA_OUT_OF_MEMORY;
    }
  }
  if (error != NULL) *error = status;
  return buffer;
}
ta_status ta_retain_buffer(ta_buffer buffer) {
  pthread_mutex_lock(&lock);
  ++buffer->references;
  pthread_mutex_unlock(&lock);
  return TA_OK;
}
ta_status ta_release_buffer(ta_buffer buffer) {
  pthread_mutex_lock(&lock);
  drop_buffer(buffer);
  pthread_mutex_unlock(&lock);
  return TA_OK;
}

ta_status ta_write_buffer(ta_buffer buffer, int blocking_write, size_t offset, size_t size,
                          const void* data, ta_job* job) {
  if (offset > buffer->size || size > buffer->size - offset) return TA_INVALID_VALUE;
  return hand_over(submit(WRITE, offset, size, (void*)data, 1, &buffer), blocking_write, job);
}
ta_status ta_read_buffer(ta_buffer buffer, int blocking_read, size_t offset, size_t size,
                         void* data, ta_job* job) {
  if (offset > buffer->size || size > buffer->size - offset) return TA_INVALID_VALUE;
  return hand_over(submit(READ, offset, size, data, 1, &buffer), blocking_read, job);
}

ta_status ta_start_job(ta_device device, const char* program, size_t count, uint32_t num_buffers,
                       const ta_buffer* buffers, ta_job* job) {
  const int add = program != NULL && strcmp(program, "add") == 0;
  const int negate = program != NULL && strcmp(program, "negate") == 0;
  if (device == NULL || (!add && !negate) || num_buffers == 0 || num_buffers > MOST_BUFFERS) {
    return TA_INVALID_VALUE;
  }
  for (uint32_t b = 0; b < num_buffers; ++b) {
    if (buffers[b]->size / sizeof(float) < count) return TA_INVALID_VALUE;
  }
  const int what = add ? ADD : NEGATE;
  return hand_over(submit(what, 0, count * sizeof(float), NULL, num_buffers, buffers), 0, job);
}
int ta_job_state(ta_job job) {
  pthread_mutex_lock(&lock);
  const int state = job->state;
  pthread_mutex_unlock(&lock);
  return state;
}
ta_status ta_wait_jobs(uint32_t num_jobs, const ta_job* job_list) {
  for (uint32_t i = 0; i < num_jobs; ++i) finish(job_list[i]);
  return TA_OK;
}
ta_status ta_when_job_done(ta_job job, done_function done, void* user_data) {
  pthread_mutex_lock(&lock);
  const int is_done = job->state <= 0;
  job->done = done;
  job->user_data = user_data;
  pthread_mutex_unlock(&lock);
  if (is_done) done(job, TA_OK, user_data);
  return TA_OK;
}
ta_status ta_retain_job(ta_job job) {
  pthread_mutex_lock(&lock);
  ++job->references;
  pthread_mutex_unlock(&lock);
  return TA_OK;
}
ta_status ta_release_job(ta_job job) {
  pthread_mutex_lock(&lock);
  drop_job(job);
  pthread_mutex_unlock(&lock);
  return TA_OK;
}
ta_status ta_get_physical_address(ta_buffer buffer, uint64_t* address) {
  *address = (uint64_t)(uintptr_t)buffer->bytes;
  return TA_OK;
}
