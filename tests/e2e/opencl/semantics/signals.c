// Waits that a timer's signal interrupts all the time, with a handler that does not restart system
// calls, and with one that does.
#include <sched.h>
#include <signal.h>
#include <sys/time.h>

#include "semantics.h"

enum { kBytes = 200000, kRounds = 60 };

static volatile sig_atomic_t ticks;

static void tick(int number) {
  (void)number;
  ++ticks;
}

// Opens the gate once the waiting thread was interrupted a few times.
static void* open_after_ticks(void* argument) {
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, NULL);
  for (const sig_atomic_t before = ticks; ticks < before + 3;) sched_yield();
  CHECK(clSetUserEventStatus(*(cl_event*)argument, CL_COMPLETE));
  return NULL;
}

int main(void) {
  struct session session = session_open();
  cl_mem buffer = CHECKED(clCreateBuffer(session.context, 0, kBytes, NULL, &status));
  unsigned char* bytes = allocate(kBytes);
  struct sigaction action = {.sa_handler = tick};
  sigaction(SIGALRM, &action, NULL);
  const struct itimerval often = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &often, NULL);
  int right = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    if (round == kRounds / 2) {
      action.sa_flags = SA_RESTART;
      sigaction(SIGALRM, &action, NULL);
    }
    fill_pattern(bytes, kBytes, round);
    CHECK(clEnqueueWriteBuffer(session.queue, buffer, round % 2, 0, kBytes, bytes, 0, NULL, NULL));
    CHECK(clFinish(session.queue));
    memset(bytes, 0, kBytes);
    cl_event gate = CHECKED(clCreateUserEvent(session.context, &status));
    cl_event event;
    CHECK(clEnqueueReadBuffer(session.queue, buffer, CL_FALSE, 0, kBytes, bytes, 1, &gate, &event));
    pthread_t opener;
    if (pthread_create(&opener, NULL, open_after_ticks, &gate) != 0) abort();
    if (round % 2 == 0) CHECK(clWaitForEvents(1, &event));
    if (round % 2 == 1) CHECK(clFinish(session.queue));
    right += has_pattern(bytes, kBytes, round);
    pthread_join(opener, NULL);
    CHECK(clReleaseEvent(event));
    CHECK(clReleaseEvent(gate));
  }
  const struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  printf("%d right\n", right);
  free(bytes);
  CHECK(clReleaseMemObject(buffer));
  session_close(&session);
  return 0;
}
