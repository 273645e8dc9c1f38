// Waiting for many descriptors at once, for the router's threads: io_uring with multishot polls, or
// epoll where io_uring is forbidden. Edge-triggered on both: a descriptor is reported when it
// becomes ready, and callers drain it (or, for a doorbell, need not read it at all).
//
// Threads: one thread owns a waiter, though another may create it and add descriptors before the
// owner's first wait(); notify() may be called from any.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

namespace ava::transport {

class Waiter {
 public:
  enum class Kind { kAuto, kIoUring, kEpoll };
  struct Event {
    uint64_t token;  // as given to add()
  };

  // kAuto prefers io_uring and falls back (AVA_WAITER=epoll forces that); kIoUring fails where the
  // kernel or seccomp refuses it. Errors: kSystem.
  static Result<std::unique_ptr<Waiter>> create(Kind kind) noexcept;
  virtual ~Waiter() = default;

  // No descriptor of a caller has this token.
  static constexpr uint64_t kReservedToken = ~uint64_t{0};

  // Reports `token`, which no other descriptor has, each time `fd` becomes readable or hangs up,
  // and at first if it is readable already. `fd` is borrowed until remove. Errors: kSystem.
  virtual Result<void> add(int fd, uint64_t token) noexcept = 0;
  // No event with `token` is reported after this returns. To be called before `fd` is closed.
  virtual void remove(int fd, uint64_t token) noexcept = 0;
  // Waits at most `timeout_ns` (0: only looks; negative: without limit). Returns how many of
  // `events` were filled, 0 on a time-out or notify() alone; goes on after a signal. What did not
  // fit comes next time.
  virtual size_t wait(std::span<Event> events, int64_t timeout_ns) noexcept = 0;
  // Makes the current or the next wait return. Any thread, async-signal-safe.
  virtual void notify() noexcept = 0;
  virtual const char* name() const noexcept = 0;  // "io_uring" or "epoll"
};

}  // namespace ava::transport
