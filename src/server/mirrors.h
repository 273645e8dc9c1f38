// Memory of the native library that its guest mirrors at the same address (docs/design/
// 0011-mirrored-memory.md): which addresses a guest may name.
//
// Trust:   addresses and sizes are the guest's. What lies in none of its allocations is refused and
//          never touched; what lies in one is its own business, as what its kernels do is.
// Threads: any; one mutex guards the table. Bounds: kMaxMirrors.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace ava::server {

inline constexpr uint64_t kMaxMirrors = 64 * 1024;

struct Mirror {
  uintptr_t address = 0;  // no object's id (marshal/ids.h): those have a type
  uint64_t size = 0;
};

class Mirrors {
 public:
  // False: there are too many, or it overlaps another one.
  bool add(const Mirror& mirror);
  // The one in which [address, address + size) lies; an empty range may stand at its end.
  std::optional<Mirror> find(uint64_t address, uint64_t size);
  // Takes out the one that begins there: before the library frees it, so that the next allocation
  // at its address is not taken for it.
  std::optional<Mirror> take(uint64_t address);

 private:
  std::mutex mutex_;
  std::map<uintptr_t, uint64_t> sizes_;  // by address
};

}  // namespace ava::server
