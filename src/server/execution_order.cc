#include "server/execution_order.h"

#include "transport/fence.h"

namespace ava::server {

void ExecutionOrder::note(uint32_t channel, uint64_t position) noexcept {
  Progress& progress = progress_[channel];
  // Release: whoever sees the position also sees what the calls did.
  progress.executed.store(position, std::memory_order_release);
  transport::full_fence();  // [order]
  if (progress.waiting.load(std::memory_order_relaxed) == 0) return;
  { const std::lock_guard lock(mutex_); }  // a waiter that has looked already sleeps by now
  moved_.notify_all();
}

bool ExecutionOrder::wait(uint32_t channel, uint64_t position) noexcept {
  if (channel >= progress_.size()) return false;
  Progress& progress = progress_[channel];
  const auto there = [&] { return progress.executed.load(std::memory_order_acquire) >= position; };
  if (there()) return true;
  std::unique_lock lock(mutex_);
  progress.waiting.fetch_add(1, std::memory_order_relaxed);
  // [order] Either this sees the position, or note() sees that somebody waits.
  transport::full_fence();
  moved_.wait(lock, [&] { return there() || ended_.load(std::memory_order_acquire); });
  progress.waiting.fetch_sub(1, std::memory_order_relaxed);
  return there();
}

void ExecutionOrder::end() noexcept {
  ended_.store(true, std::memory_order_release);
  { const std::lock_guard lock(mutex_); }
  moved_.notify_all();
}

}  // namespace ava::server
