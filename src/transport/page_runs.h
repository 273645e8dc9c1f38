// Which pages of an arena are free: runs of pages, the best fitting one given out first, neighbours
// joined again when they are freed. Among runs that fit equally the lowest goes first, so that use
// stays together and the rest of the arena can be given back.
//
// Records lie in private memory, made as pages are used for the first time; taking and freeing a
// run allocates nothing. Threads: the caller's lock. O(log runs).
#pragma once

#include <boost/intrusive/set.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace ava::transport {

inline constexpr size_t kFreeMapWords = 4;
inline constexpr uint32_t kNoPage = ~uint32_t{0};

// Puts a page's record into at most one set: free runs, or the slabs of one size (slabs.h).
using PageHook =
    boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>,
                                    boost::intrusive::optimize_size<true>>;

// One page's record; all zero is a valid one. `state` and `start` hold for a run's first and last
// page, and for all pages of a slab; what else there is, for the first page only.
struct Page : PageHook {
  enum class State : uint8_t { kFree, kUsed, kSlab };
  State state;
  uint8_t size_class;                // a slab's
  uint16_t free_blocks;              // a slab's
  uint32_t start;                    // the run's first page
  uint32_t count;                    // pages of the run
  uint64_t free_map[kFreeMapWords];  // a slab's: a bit for each free block
};

class PageRuns {
 public:
  // All of `count` pages are free. Without memory for the records none are.
  explicit PageRuns(uint32_t count) noexcept;
  ~PageRuns();

  // The first page of `count` > 0 pages in a row, or kNoPage.
  uint32_t take(uint32_t count) noexcept;
  // `first` came from take. Returns how many pages became free.
  uint32_t give(uint32_t first) noexcept;

  Page& page(uint32_t index) const noexcept { return pages_[index]; }
  uint32_t index(const Page& page) const noexcept {
    return static_cast<uint32_t>(&page - pages_.get());
  }

 private:
  struct BySize {
    bool operator()(const Page& a, const Page& b) const noexcept {
      return a.count != b.count ? a.count < b.count : a.start < b.start;
    }
  };
  struct Free {
    void operator()(Page* pages) const noexcept { std::free(pages); }
  };

  void mark(uint32_t first, uint32_t count, Page::State state) noexcept;

  uint32_t size_;
  std::unique_ptr<Page[], Free> pages_;
  boost::intrusive::set<Page, boost::intrusive::compare<BySize>> free_;
};

}  // namespace ava::transport
