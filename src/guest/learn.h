// What calls are known to succeed because one like them did (docs/architecture.md, Publish).
//
// A bounded set of 64-bit keys. Where a key finds no place an older one makes room: a call is then
// waited for once more. Two different calls share a key once in 2^64; what that costs is an error
// that comes late.
//
// Threads: any; lock-free. Ownership: none. Errors: none.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace ava::guest {

class LearnedCalls {
 public:
  // Starts a key, and takes a part of a call into it. A key is never 0.
  static uint64_t start(uint32_t function) noexcept;
  static uint64_t extend(uint64_t key, const void* part, uint64_t size) noexcept;

  bool knows(uint64_t key) const noexcept;
  void insert(uint64_t key) noexcept;

 private:
  static constexpr uint64_t kBuckets = 2048;
  static constexpr uint64_t kBucketSize = 8;  // a cache line of keys
  struct alignas(64) Bucket {
    std::array<std::atomic<uint64_t>, kBucketSize> keys;
  };
  static uint64_t bucket_of(uint64_t key) noexcept { return key >> 32 & (kBuckets - 1); }

  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace ava::guest
