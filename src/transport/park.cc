#include "transport/park.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "base/clock.h"

namespace ava::transport {
namespace {

constexpr int64_t kDefaultSpin = 50 * kMicrosecond;  // FACTS: hot answers come within 10 us
constexpr int64_t kMinSpin = 2 * kMicrosecond;       // one yield or two: enough to notice a change

int64_t spin_limit() noexcept {
  static const int64_t limit = [] {
    const char* text = std::getenv("AVA_SPIN_US");
    return text != nullptr ? std::clamp<int64_t>(std::atoll(text), 0, 10'000) * kMicrosecond
                           : kDefaultSpin;
  }();
  return limit;
}

}  // namespace

void futex_park(ParkWord& word, int64_t timeout_ns) noexcept {
  timespec timeout{timeout_ns / kSecond, timeout_ns % kSecond};
  ::syscall(SYS_futex, &word, FUTEX_WAIT, 1, timeout_ns < 0 ? nullptr : &timeout, nullptr, 0);
}

void futex_unpark(ParkWord& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

SpinBudget::SpinBudget() noexcept : SpinBudget(spin_limit()) {}

bool SpinBudget::yield() noexcept {
  if (budget_ns_ == 0) return false;
  const int64_t now = now_ns();
  if (started_ns_ == 0) started_ns_ = now;
  if (now - started_ns_ >= budget_ns_) return false;
  ::sched_yield();
  return true;
}

void SpinBudget::finish(bool slept) noexcept {
  if (max_ns_ == 0) return;
  const bool quick = !slept || now_ns() - started_ns_ <= max_ns_;
  budget_ns_ = quick ? std::min(budget_ns_ * 2, max_ns_) : std::max(budget_ns_ / 2, kMinSpin);
}

}  // namespace ava::transport
