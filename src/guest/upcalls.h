// The thread on which the application's callbacks run: made when the first callback is registered,
// with a channel of its own, so that callbacks may call the API. It blocks all signals: handlers
// are the application's, for its own threads.
//
// Each upcall finds the outputs that it proves already landed. What arrived before the session's
// end is still delivered; what cannot come any more is called with the error that the specification
// says for that, if it says one.
//
// Threads: start() from any. Errors: false where no thread can be made.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <span>
#include <vector>

#include "transport/ring.h"

namespace ava::guest {

class Session;

class Upcalls {
 public:
  explicit Upcalls(Session& session) noexcept : session_(session) {}

  bool start() noexcept;
  // The call that registered this closure failed. Where the library called back before it did so,
  // as of a build that failed, the upcall is on its way, and is delivered; then the closure goes.
  void forget(uint64_t closure) noexcept;
  // Waits until what the library has called back so far is delivered; a callback waits for none.
  void await_delivered() noexcept;

 private:
  static void* enter(void* self) noexcept;
  void run() noexcept;
  void deliver(uint32_t row, std::span<const std::byte> payload) noexcept;
  void done(uint64_t ticket) noexcept;
  void lose() noexcept;
  void delivered(uint64_t position) noexcept;

  struct Forgotten {
    uint64_t closure;
    uint64_t position;  // in the ring: once what stands before it is delivered
  };

  Session& session_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable progress_;
  pthread_t thread_{};
  bool started_ = false;
  bool over_ = false;       // the thread has ended, or is about to
  uint64_t delivered_ = 0;  // position in the ring
  std::vector<Forgotten> forgotten_;
};

}  // namespace ava::guest
