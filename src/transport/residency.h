// Which parts of an arena hold memory. A first touch costs 2 us a page and a reused page nothing,
// so memory is taken ahead of use, in extents, and kept while it is likely to be used again; an
// extent in which nothing was used for a while is given back to the host.
//
// Threads: the caller's lock, except for prefault().
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <span>
#include <vector>

namespace ava::transport {

class Residency {
 public:
  static constexpr uint64_t kExtent = 256 * 1024;  // bytes; 64 pages, about 100 us to prefault

  // `bytes` is borrowed: a whole arena, or less where memory for the records is short.
  explicit Residency(std::span<std::byte> bytes);

  // `count` pages from `first` on are now in use. Returns the bytes to prefault, perhaps none: they
  // count as resident, and no other thread gives them back.
  std::span<std::byte> use(uint32_t first, uint32_t count) noexcept;
  // They are not any more. `now_ns` is asked for only where an extent becomes idle.
  void disuse(uint32_t first, uint32_t count) noexcept;
  // What use() returned could not be prefaulted.
  void not_resident(std::span<std::byte> bytes) noexcept;

  // Gives back up to `limit` extents that were idle since before `idle_before_ns`, longest idle
  // first, as long as more than `keep` bytes are idle. Returns bytes.
  uint64_t give_back(int64_t idle_before_ns, uint64_t keep, size_t limit) noexcept;

  uint64_t resident() const noexcept { return resident_; }
  uint64_t idle() const noexcept { return idle_.size() * kExtent; }

  // Takes memory for `bytes`, whose contents stay. False where the host has none to give.
  static bool prefault(std::span<std::byte> bytes) noexcept;

 private:
  struct Extent : boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::normal_link>> {
    uint32_t used_pages = 0;
    bool resident = false;
    int64_t idle_since_ns = 0;
  };

  std::span<std::byte> bytes_of(size_t extent) const noexcept;
  void set_resident(Extent& extent, bool resident) noexcept;

  std::span<std::byte> bytes_;
  std::vector<Extent> extents_;
  boost::intrusive::list<Extent> idle_;  // resident without a used page, longest idle first
  uint64_t resident_ = 0;
};

}  // namespace ava::transport
