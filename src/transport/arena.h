// The allocator of the region's arena, for bulk bytes. Owned by the guest: its bookkeeping is
// private memory, the host sees offsets and lengths only.
//
// Blocks are freed in any order and recycled. Memory is prefaulted in extents as use grows, because
// a first touch costs 2 us per 4 KiB page; extents that stay idle are given back (hole punching).
// In the steady state, allocate and free make no system call, page fault or allocation.
//
//   Slabs (slabs.h)          blocks up to 4,032 bytes, in 19 sizes
//   PageRuns (page_runs.h)   everything larger, and the slabs themselves
//   Residency (residency.h)  which extents hold memory
//
// Threads: any; one mutex guards the free lists. Errors: kExhausted at once, never a wait: what to
// do then (wait, or spill) is the caller's decision.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "base/result.h"

namespace ava::transport {

class Arena {
 public:
  Arena() noexcept;  // of no bytes: always exhausted
  // `bytes` is borrowed: the region's arena.
  explicit Arena(std::span<std::byte> bytes) noexcept;
  ~Arena();

  // `size` bytes, aligned to 64, or to a page from 4096 up. Returns the offset into the arena.
  // Their contents are whatever was there.
  Result<uint64_t> allocate(uint64_t size) noexcept;
  // `offset` came from allocate and was not freed since.
  void free(uint64_t offset) noexcept;

  // Gives back all memory that lay idle for `idle_ns`, and returns how many bytes. free() gives
  // back a part of what is idle for long; a program that frees everything and then rests needs a
  // timer that calls this.
  uint64_t trim(int64_t idle_ns) noexcept;

  std::byte* at(uint64_t offset) const noexcept { return bytes_.data() + offset; }
  std::span<std::byte> bytes() const noexcept { return bytes_; }
  uint64_t used() const noexcept;      // bytes in blocks, as rounded up
  uint64_t resident() const noexcept;  // bytes prefaulted and not given back

 private:
  struct State;

  Result<uint64_t> allocate_block(uint64_t size) noexcept;
  Result<uint64_t> allocate_pages(uint64_t size) noexcept;
  Result<uint64_t> prefault(std::unique_lock<std::mutex>& lock, uint64_t offset,
                            std::span<std::byte> fresh) noexcept;
  void release(uint64_t offset) noexcept;

  std::span<std::byte> bytes_;
  mutable std::mutex mutex_;  // guards *state_
  std::unique_ptr<State> state_;
};

}  // namespace ava::transport
