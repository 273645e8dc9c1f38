// How far each channel has been executed, and waiting for another channel to get somewhere: calls
// related through an object run in program order although their threads use different channels.
//
// The guest's own view of this is ReplyControl::executed, which the worker stores beside it; this
// private copy is the one that is believed.
//
// Threads: note() by the channel's worker, the others by any. `mutex_` guards nothing but the
// sleep.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "transport/layout.h"

namespace ava::server {

class ExecutionOrder {
 public:
  // Everything up to `position` of `channel` was executed. A system call only if somebody waits.
  void note(uint32_t channel, uint64_t position) noexcept;
  // Returns once that is so; false where the session ended first. A channel that cannot exist was
  // executed never: the router names none.
  bool wait(uint32_t channel, uint64_t position) noexcept;
  // Releases all who wait, now and later.
  void end() noexcept;

 private:
  struct alignas(64) Progress {  // one line each: workers do not contend
    std::atomic<uint64_t> executed{0};
    std::atomic<uint32_t> waiting{0};
  };

  std::array<Progress, transport::kMaxChannels> progress_;
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::condition_variable moved_;
};

}  // namespace ava::server
