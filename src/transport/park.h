// Going to sleep without losing a wake: store, full fence, re-check; mirrored by the waker.
//
//   sleeper                              waker
//   -------                              -----
//   announce_park(word)                  make the condition true
//   condition true? cancel_park, go on   if (claim_wake(word)) wake the sleeper
//   else sleep while the word is 1
//
// [park] The fences in announce_park and claim_wake pair: either the sleeper sees the condition, or
// the waker sees the 1. Without one of them both could miss, and the sleeper would sleep for ever.
//
// Trust: a peer that lies in the word delays itself, or causes a wake too many; nothing else.
#pragma once

#include "transport/fence.h"
#include "transport/layout.h"

namespace ava::transport {

inline void announce_park(ParkWord& word) noexcept {
  word.store(1, std::memory_order_relaxed);
  full_fence();  // [park]
}

inline void cancel_park(ParkWord& word) noexcept { word.store(0, std::memory_order_relaxed); }

// True where the caller is the one that must wake the sleeper. The word is then 0, so one sleep is
// answered by one wake.
inline bool claim_wake(ParkWord& word) noexcept {
  full_fence();  // [park]
  return word.load(std::memory_order_relaxed) != 0 &&
         word.exchange(0, std::memory_order_acq_rel) != 0;
}

// Sleeps on a futex while `word` is 1, at most `timeout_ns` (negative: without limit). Returns on
// any wake, time-out or signal: callers re-check their condition. Works between processes that map
// the same memory.
void futex_park(ParkWord& word, int64_t timeout_ns) noexcept;
// Wakes all sleepers of `word`.
void futex_unpark(ParkWord& word) noexcept;

// Yielding before sleeping pays while answers come quickly and costs a slice when they do not. The
// budget doubles when the answer came within `max`, halves when it took longer, and stays between
// `min` and `max`. An answer that was slept for counts by its whole wait: where each of three
// parties has fallen asleep, a wake across cores makes every wait longer than a shrunken budget,
// and nobody would ever find out that yielding would have made it short.
//
//   SpinBudget spin;
//   spin.start();
//   while (!done()) if (!spin.yield()) { sleep...; slept = true; }
//   spin.finish(slept);
//
// Threads: one. Never pause-spins: with more parties than cores that costs up to 28 ms a round.
class SpinBudget {
 public:
  // AVA_SPIN_US overrides the upper limit; 0 switches yielding off.
  SpinBudget() noexcept;
  explicit SpinBudget(int64_t max_ns) noexcept : max_ns_(max_ns), budget_ns_(max_ns) {}

  // Starts a wait.
  void start() noexcept { started_ns_ = 0; }
  // Gives the core away once; false when this wait's budget is spent and the caller should sleep.
  bool yield() noexcept;
  // Ends a wait, the sleep included: `slept` says whether the budget had run out.
  void finish(bool slept) noexcept;
  int64_t budget_ns() const noexcept { return budget_ns_; }

 private:
  int64_t max_ns_;
  int64_t budget_ns_;
  int64_t started_ns_ = 0;
};

}  // namespace ava::transport
