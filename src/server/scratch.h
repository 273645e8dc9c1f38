// Memory for one call: taken piece by piece, given back all at once. Small calls are served from
// one block that stays; what does not fit is allocated and freed with the call.
//
// Threads: one, the channel's worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace ava::server {

class Scratch {
 public:
  // Bytes; all inline bytes and lists of most calls. AddressSanitizer is to see where each ends.
#if defined(__SANITIZE_ADDRESS__)
  static constexpr uint64_t kBlock = 16;
#else
  static constexpr uint64_t kBlock = 64 * 1024;
#endif

  Scratch() : block_(new Block) {}
  ~Scratch() { reset(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // `size` bytes, aligned to 16, not cleared. Null where there is no memory.
  void* allocate(uint64_t size) noexcept {
    const uint64_t rounded = (size + 15) & ~uint64_t{15};
    if (rounded >= size && rounded <= kBlock - used_) {
      void* at = block_->bytes + used_;
      used_ += rounded;
      return at;
    }
    if (size > SIZE_MAX - sizeof(Large)) return nullptr;
    auto* large = static_cast<Large*>(std::malloc(sizeof(Large) + size));
    if (large == nullptr) return nullptr;
    large->next = large_;
    large_ = large;
    return large + 1;
  }

  // Takes back everything.
  void reset() noexcept {
    used_ = 0;
    while (large_ != nullptr) {
      Large* next = large_->next;
      std::free(large_);
      large_ = next;
    }
  }

 private:
  struct alignas(16) Large {
    Large* next;
  };
  struct alignas(16) Block {
    std::byte bytes[kBlock];
  };

  std::unique_ptr<Block> block_;
  uint64_t used_ = 0;
  Large* large_ = nullptr;
};

}  // namespace ava::server
