// Memory that the native library has mapped for the application: where it is, which the guest never
// learns. The guest names a mapping by the number that the mapping call's reply gave it, and has
// its bytes copied: into its arena when the mapping is complete, and back when it ends.
//
// Trust:   numbers, boxes and objects are the guest's, and each is checked; which bytes of the
//          native mapping a box covers is its own business, as what its kernels do is.
// Threads: any; `mutex_` guards the table. A mapping's own mutex keeps a copy out of it from
//          running into its end.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "marshal/box.h"
#include "marshal/ids.h"

namespace ava::server {

inline constexpr uint64_t kMaxMappings = 64 * 1024;

struct Mapping {
  uint64_t number = 0;
  marshal::ObjectId object = 0;
  void* native = nullptr;
  marshal::Box native_box;          // how its bytes lie in native memory
  marshal::Box guest_box;           // and in the guest's
  std::mutex mutex;                 // guards `live`
  bool live = true;                 // not ended: `native` may be read
  std::shared_ptr<const void> own;  // what `native` is a part of, where that is the server's
};

// A copy that the guest waits for: from a mapping, once that is complete.
struct MappedCopy {
  std::shared_ptr<Mapping> mapping;
  void* to = nullptr;
  void run() const noexcept;  // none where the mapping has ended meanwhile
};

class Mappings {
 public:
  // Null: there are too many.
  std::shared_ptr<Mapping> add(marshal::ObjectId object, void* native,
                               const marshal::Box& native_box, const marshal::Box& guest_box,
                               std::shared_ptr<const void> own = nullptr);
  bool full() {
    const std::lock_guard lock(mutex_);
    return mappings_.size() >= kMaxMappings;
  }
  // Takes a mapping of `object` out of the table; null where there is none of that number.
  std::shared_ptr<Mapping> take(uint64_t number, marshal::ObjectId object);
  // The native call that was to end it failed.
  void restore(const std::shared_ptr<Mapping>& mapping);
  // The object was destroyed, and its mappings with it.
  void drop(marshal::ObjectId object);

 private:
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::shared_ptr<Mapping>> mappings_;
  uint64_t last_ = 0;
};

}  // namespace ava::server
