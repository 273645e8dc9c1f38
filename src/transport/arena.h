// The allocator of the region's arena, for bulk bytes. Owned by the guest: its bookkeeping is
// private memory, the host sees offsets and lengths only.
//
// Blocks are freed in any order and recycled. Memory is prefaulted in extents as use grows, because
// a first touch costs 2 us per 4 KiB page; extents that stay idle are given back (hole punching).
//
// Threads: any; one mutex guards the free lists. Errors: kExhausted at once, never a wait: what to
// do then (wait, or spill) is the caller's decision.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>

#include "base/result.h"

namespace ava::transport {

class Arena {
 public:
  Arena() = default;
  // `bytes` is borrowed: the region's arena.
  explicit Arena(std::span<std::byte> bytes) noexcept;

  // `size` > 0 bytes, aligned to 64, or to a page from 4096 up. Returns the offset into the arena.
  Result<uint64_t> allocate(uint64_t size) noexcept;
  // `offset` came from allocate and was not freed since.
  void free(uint64_t offset) noexcept;

  std::byte* at(uint64_t offset) const noexcept { return bytes_.data() + offset; }
  std::span<std::byte> bytes() const noexcept { return bytes_; }
  uint64_t used() const noexcept;      // bytes in blocks
  uint64_t resident() const noexcept;  // bytes prefaulted and not given back

 private:
  mutable std::mutex mutex_;  // guards everything below
  std::span<std::byte> bytes_;
};

}  // namespace ava::transport
