// How the server wakes a guest thread that sleeps on a word of the region. On one machine that is a
// futex; a guest behind ivshmem needs an interrupt.
#pragma once

#include "transport/park.h"

namespace ava::server {

class GuestWaker {
 public:
  virtual ~GuestWaker() = default;
  // After the condition was made true. Costs a system call only where somebody sleeps.
  virtual void wake(transport::ParkWord& word) noexcept = 0;
};

class FutexWaker final : public GuestWaker {
 public:
  void wake(transport::ParkWord& word) noexcept override {
    if (transport::claim_wake(word)) transport::futex_unpark(word);
  }
};

}  // namespace ava::server
