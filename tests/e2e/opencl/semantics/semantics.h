// What these programs share. Each prints what it saw of the API, and nothing that may differ from
// run to run: what it prints natively and through AvA is compared.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

// Calls that return a status: prints the call's text and the status, and evaluates to it.
#define SHOW(call) show_status(#call, (call))

// Calls that return an object and put their status into `&status`: the same, and evaluates to the
// object.
#define SHOW_NEW(call)            \
  __extension__({                 \
    cl_int status = 12345;        \
    __auto_type object_ = (call); \
    show_status(#call, status);   \
    object_;                      \
  })

static inline cl_int show_status(const char* call, cl_int status) {
  printf("%4d  %s\n", status, call);
  return status;
}

static inline void show_truth(const char* what, bool truth) {
  printf("%s: %s\n", what, truth ? "yes" : "no");
}

// Bytes that tell their place and their `seed`.
static inline void fill_pattern(unsigned char* bytes, size_t size, unsigned seed) {
  for (size_t i = 0; i < size; ++i) bytes[i] = (unsigned char)(i * 7 + (i >> 8) * 13 + seed * 31);
}

static inline bool has_pattern(const unsigned char* bytes, size_t size, unsigned seed) {
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != (unsigned char)(i * 7 + (i >> 8) * 13 + seed * 31)) return false;
  }
  return true;
}

static inline bool all_are(const unsigned char* bytes, size_t size, unsigned char value) {
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != value) return false;
  }
  return true;
}

static inline cl_int event_status(cl_event event) {
  cl_int status = 1;
  CHECK(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL));
  return status;
}

static inline void poll_until_complete(cl_event event) {
  while (event_status(event) > CL_COMPLETE) {
  }
}

// A thread that opens a gate after it has looked at `looked_at` for a while, so that whoever waits
// for that is waiting.
struct opener {
  cl_event gate;
  cl_event looked_at;
  cl_int status;  // for the gate
  pthread_t thread;
};

static inline void* open_gate(void* argument) {
  const struct opener* opener = argument;
  for (int i = 0; i < 200; ++i) event_status(opener->looked_at);
  CHECK(clSetUserEventStatus(opener->gate, opener->status));
  return NULL;
}

static inline void start_opener(struct opener* opener) {
  if (pthread_create(&opener->thread, NULL, open_gate, opener) != 0) abort();
}
