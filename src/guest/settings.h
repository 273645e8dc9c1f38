// What the environment asks of a guest library. Read once, at a process's first call, and not from
// the environment of a program that runs with more rights than its caller.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace ava::guest {

struct Settings {
  // AVA_FIDELITY=strict: every call waits for its reply. AVA_DISABLE=WORD[,WORD...] switches single
  // optimisations off, so that a fault can be bisected:
  bool always_wait = false;  // async: the same as strict
  bool learns = true;        // learn: calls that learn wait every time
  bool quiet = true;         // quiet: every asynchronous call wakes the router
  // AVA_TRACE=1: one line for each call on the log's target.
  bool trace = false;
  // AVA_TEST_BREAK=corrupt: a byte of each reply is flipped before a stub sees it (reply_break.h).
  bool corrupt_replies = false;
  // AVA_ARENA_WAIT_MS: how long a waiting call waits for room in the arena.
  int64_t arena_wait_ns = 10 * kSecond;

  static Settings from_environment() noexcept;
};

}  // namespace ava::guest
