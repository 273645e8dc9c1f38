// How the server wakes a guest thread that sleeps on a word of the region: a futex on one machine,
// an interrupt where the guest is a virtual one.
#pragma once

#include <unistd.h>

#include "transport/park.h"

namespace ava::server {

class GuestWaker {
 public:
  virtual ~GuestWaker() = default;
  // After the condition was made true. Costs a system call only where somebody sleeps.
  void wake(transport::ParkWord& word) noexcept {
    if (transport::claim_wake(word)) unpark(word);
  }
  // The same for a word that the caller has claimed.
  virtual void unpark(transport::ParkWord& word) noexcept = 0;
};

class FutexWaker final : public GuestWaker {
 public:
  void unpark(transport::ParkWord& word) noexcept override { transport::futex_unpark(word); }
};

// Raises an interrupt in the guest, whose kernel looks who of the client's threads may go on.
class InterruptWaker final : public GuestWaker {
 public:
  // `eventfd` is borrowed.
  explicit InterruptWaker(int eventfd) noexcept : eventfd_(eventfd) {}
  void unpark(transport::ParkWord&) noexcept override {
    // Fails only where 2^64 - 2 interrupts have not been raised yet: one is on its way.
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(eventfd_, &one, sizeof one);
  }

 private:
  int eventfd_;
};

}  // namespace ava::server
