#include "guest/learn.h"

#include <cstring>

namespace ava::guest {
namespace {

constexpr uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;  // 2^64 over the golden ratio

// A bijection on 64 bits: multiplication spreads upwards, the shifts bring it down again.
uint64_t mix(uint64_t value) noexcept {
  value ^= value >> 32;
  value *= kOdd;
  value ^= value >> 29;
  value *= kOdd;
  return value ^ (value >> 32);
}

}  // namespace

uint64_t LearnedCalls::start(uint32_t function) noexcept { return mix(function + kOdd) | 1; }

uint64_t LearnedCalls::extend(uint64_t key, const void* part, uint64_t size) noexcept {
  // The size first: "ab", "c" is not "a", "bc".
  key = mix(key ^ mix(size + kOdd));
  const auto* bytes = static_cast<const unsigned char*>(part);
  for (uint64_t at = 0; at < size; at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + at, size - at < sizeof word ? size - at : sizeof word);
    key = mix(key ^ word) + kOdd;
  }
  return key != 0 ? key : 1;
}

bool LearnedCalls::knows(uint64_t key) const noexcept {
  for (const auto& place : buckets_[bucket_of(key)].keys) {
    if (place.load(std::memory_order_relaxed) == key) return true;
  }
  return false;
}

void LearnedCalls::insert(uint64_t key) noexcept {
  auto& keys = buckets_[bucket_of(key)].keys;
  for (auto& place : keys) {
    uint64_t found = 0;
    if (place.compare_exchange_strong(found, key, std::memory_order_relaxed) || found == key) {
      return;
    }
  }
  keys[key % kBucketSize].store(key, std::memory_order_relaxed);
}

}  // namespace ava::guest
