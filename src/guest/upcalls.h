// The thread on which the application's callbacks run: made when the first callback is registered,
// with a channel of its own, so that callbacks may call the API. It blocks all signals: handlers
// are the application's, for its own threads.
//
// Each upcall finds the outputs that it proves already landed. What arrived before the session's
// end is still delivered.
//
// Threads: start() from any. Errors: false where no thread can be made.
#pragma once

#include <mutex>
#include <span>

#include "transport/ring.h"

namespace ava::guest {

class Session;

class Upcalls {
 public:
  explicit Upcalls(Session& session) noexcept : session_(session) {}

  bool start() noexcept;

 private:
  static void* enter(void* self) noexcept;
  void run() noexcept;
  void deliver(uint32_t row, std::span<const std::byte> payload) noexcept;

  Session& session_;
  std::mutex mutex_;  // guards started_
  bool started_ = false;
};

}  // namespace ava::guest
