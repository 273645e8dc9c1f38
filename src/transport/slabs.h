// Blocks smaller than a page: slabs of a few pages, each cut into blocks of one size. Taking and
// freeing one is a bit in a map.
//
// Threads: the caller's lock. O(log slabs of a size) when a slab fills or gets its first free
// block.
#pragma once

#include <array>
#include <cstdint>

#include "transport/page_runs.h"

namespace ava::transport {

class Slabs {
 public:
  static constexpr uint32_t kAlign = 64;  // bytes; no two blocks share a cache line
  static constexpr uint32_t kPages = 4;   // pages of a slab
  // Block sizes: about a fifth of a block is wasted at most, or less than a cache line.
  static constexpr std::array<uint16_t, 19> kSizes = {64,   128,  192,  256,  320,  384,  448,
                                                      512,  640,  768,  896,  1024, 1280, 1536,
                                                      1792, 2048, 2560, 3200, 4032};
  static constexpr uint64_t kLargest = kSizes.back();

  explicit Slabs(PageRuns& runs) noexcept : runs_(&runs) {}
  ~Slabs();

  static uint8_t class_of(uint64_t size) noexcept;
  static uint64_t size_of(uint8_t size_class) noexcept { return kSizes[size_class]; }

  // A block's byte offset, or ~0 where no slab of that class has one: add_slab first.
  uint64_t take(uint8_t size_class) noexcept;
  // A run of kPages pages becomes a slab.
  void add_slab(uint8_t size_class, uint32_t first_page) noexcept;
  // Returns the class of the block at `offset`, which came from take, and the first page of a slab
  // that nobody needs any more: the caller gives that run back. Else kNoPage.
  struct Freed {
    uint8_t size_class;
    uint32_t unused_slab;
  };
  Freed free(uint64_t offset) noexcept;
  // Takes out one slab without used blocks, of which each class keeps one, or kNoPage.
  uint32_t remove_unused() noexcept;

 private:
  struct ByPlace {
    bool operator()(const Page& a, const Page& b) const noexcept { return a.start < b.start; }
  };
  using Set = boost::intrusive::set<Page, boost::intrusive::compare<ByPlace>>;

  PageRuns* runs_;
  std::array<Set, kSizes.size()> with_room_;  // slabs that have a free block, lowest first
};

}  // namespace ava::transport
