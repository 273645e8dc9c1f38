// Memory fences that ThreadSanitizer can follow. It knows none; it does know a locked add, which
// orders as much as either.
#pragma once

#include <atomic>
#include <cstdint>

namespace ava::transport {

inline void fence(std::memory_order order) noexcept {
#ifdef __SANITIZE_THREAD__
  static std::atomic<uint32_t> word;
  word.fetch_add(1, order);
#else
  std::atomic_thread_fence(order);
#endif
}

// Orders all stores before it ahead of all loads behind it.
inline void full_fence() noexcept { fence(std::memory_order_seq_cst); }
// Orders all loads before it ahead of all loads and stores behind it.
inline void acquire_fence() noexcept { fence(std::memory_order_acquire); }

}  // namespace ava::transport
