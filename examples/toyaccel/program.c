/* An application: knows the vendor's header and nothing of AvA. */
#include <semaphore.h>
#include <stdio.h>

#include "toyaccel.h"

enum { COUNT = 1 << 20 };
static float a[COUNT], b[COUNT], sum[COUNT];

static void tell(ta_job job, ta_status status, void* user_data) {
  (void)job;
  printf("done: %d\n", status);
  sem_post(user_data);
}

int main(void) {
  ta_device device;
  uint32_t found = 0;
  char name[64];
  ta_get_devices(1, &device, &found);
  ta_get_device_info(device, TA_DEVICE_NAME, sizeof name, name, NULL);
  printf("%u devices; the first is %s\n", found, name);

  for (int i = 0; i < COUNT; ++i) {
    a[i] = (float)i;
    b[i] = 1;
  }
  ta_status error;
  const ta_buffer buffers[] = {ta_create_buffer(device, sizeof a, &error),
                               ta_create_buffer(device, sizeof b, &error)};
  ta_job jobs[4];
  ta_write_buffer(buffers[0], 0, 0, sizeof a, a, &jobs[0]);
  ta_write_buffer(buffers[1], 0, 0, sizeof b, b, &jobs[1]);
  ta_start_job(device, "add", COUNT, 2, buffers, &jobs[2]);
  sem_t called;
  sem_init(&called, 0, 0);
  ta_when_job_done(jobs[2], tell, &called);
  ta_read_buffer(buffers[0], 0, 0, sizeof sum, sum, &jobs[3]);
  ta_wait_jobs(4, jobs);
  sem_wait(&called);

  int wrong = 0;
  for (int i = 0; i < COUNT; ++i) wrong += sum[i] != a[i] + 1;
  printf("%d of %d sums are wrong\n", wrong, COUNT);
  printf("mistakes: %d %d\n", ta_read_buffer(buffers[0], 1, sizeof sum, 1, sum, NULL),
         ta_start_job(device, "explode", 1, 1, buffers, NULL));
  for (int i = 0; i < 4; ++i) ta_release_job(jobs[i]);
  for (int i = 0; i < 2; ++i) ta_release_buffer(buffers[i]);
  return wrong != 0;
}
