// The words of ivshmem_layout.h that another processor writes. The layout keeps them aligned;
// volatile is not enough for them, and a C header cannot have atomic ones.
#pragma once

#include <atomic>

#include "transport/ivshmem_layout.h"
#include "transport/park.h"

namespace ava::transport {

inline uint32_t load_word(uint32_t& word) noexcept {
  return std::atomic_ref(word).load(std::memory_order_acquire);
}
inline void store_word(uint32_t& word, uint32_t value) noexcept {
  std::atomic_ref(word).store(value, std::memory_order_release);
}

// Where the guest sleeps for an answer.
inline ParkWord& asker_of(ava_ivshmem_control& control) noexcept {
  static_assert(sizeof(ParkWord) == sizeof control.asker_parked);
  return *reinterpret_cast<ParkWord*>(&control.asker_parked);
}

}  // namespace ava::transport
