// Bytes for which the arena had no room: kept here, in private memory, under numbers that the guest
// chose, and moved through frames and replies in pieces.
//
// Trust:   numbers, offsets and sizes are the guest's; each is checked, and the total is bounded.
// Threads: any; `mutex_` guards the map. A spill that a call or a pending transfer uses stays until
//          the last user drops it, whatever the guest frees meanwhile.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>

#include "base/result.h"
#include "marshal/bounds.h"

namespace ava::server {

// Bytes of all spills of a client together: two of the largest.
inline constexpr uint64_t kMaxSpillTotal = 2 * marshal::kMaxSpill;
inline constexpr uint64_t kMaxSpills = 4096;

class Spills {
 public:
  using Memory = std::shared_ptr<std::byte>;

  // Appends to spill `number`, which a first write makes with room for `total` bytes.
  // Errors: kExhausted; kBadReference (more bytes than it has room for).
  Result<void> append(uint64_t number, uint64_t total, std::span<const std::byte> bytes);
  // The spill's first `size` bytes. With `make`, a missing spill is made, zeroed: for outputs.
  // Errors: kExhausted; kBadReference.
  Result<Memory> use(uint64_t number, uint64_t size, bool make);
  // Copies `to.size()` bytes from `offset` out. Errors: kBadReference.
  Result<void> read(uint64_t number, uint64_t offset, std::span<std::byte> to);
  void free(uint64_t number);

 private:
  struct Spill {
    Memory memory;
    uint64_t size = 0;
    uint64_t filled = 0;  // by append
  };
  Result<Spill*> make(uint64_t number, uint64_t size);  // under mutex_

  std::mutex mutex_;
  std::unordered_map<uint64_t, Spill> spills_;
  // Counts memory that is freed but still in use, too.
  std::shared_ptr<std::atomic<uint64_t>> total_ = std::make_shared<std::atomic<uint64_t>>(0);
};

}  // namespace ava::server
