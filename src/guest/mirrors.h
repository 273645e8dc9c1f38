// Memory of the native library that this process has a mirror of: pages of its own at the same
// address, so that an address means the same on both sides, also inside the memory. The bytes move
// when the application maps and unmaps parts of it (docs/design/0011-mirrored-memory.md).
//
// Allocations of a native heap are small and lie side by side: they share pages, which stay as long
// as one of them does.
//
// Trust:   an address is the server's. Nothing that is mapped here already is ever replaced.
// Threads: any; one mutex guards the table. Errors: see each.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace ava::guest {

struct Mirror {
  uintptr_t address = 0;  // below 2^52, so that it is no object's id
  uint64_t size = 0;
};

class Mirrors {
 public:
  enum class Added : uint8_t {
    kPlaced,
    kConflict,  // something else is mapped here: only release() knows the memory
    kFailed,    // no memory
  };
  Added add(const Mirror& mirror) noexcept;
  // The one that a pointer leads into, or to the end of.
  std::optional<Mirror> find(const void* pointer) const noexcept;

  // Takes out the one that begins there, also one that found no place; its pages stay.
  std::optional<Mirror> take(const void* begin) noexcept;
  void put_back(const Mirror& mirror) noexcept;
  // Unmaps the pages of one that was taken out, where they are no other's.
  void unmap(const Mirror& mirror) noexcept;

 private:
  struct Pages {
    uintptr_t begin;
    uintptr_t end;
    bool map() const noexcept;
    void unmap() const noexcept;
  };
  // Both under the mutex.
  bool overlaps(const Mirror& mirror) const noexcept;
  Pages own_pages(const Mirror& mirror) const noexcept;

  std::atomic<bool> any_{false};          // was one ever added? Most processes have none
  mutable std::mutex mutex_;              // guards everything below
  std::map<uintptr_t, uint64_t> placed_;  // sizes by address; they do not overlap
  std::vector<Mirror> unplaced_;
};

}  // namespace ava::guest
