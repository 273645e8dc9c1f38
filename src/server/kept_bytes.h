// Inputs that the native library goes on reading after their call, for as long as an object lives:
// private copies, let go when the application's release has destroyed the object. Where something
// else destroys it, they stay until the session's end.
//
// Trust:   a guest may keep as much as its server's limits allow, in kMaxKeptBytes pieces.
// Threads: any; `mutex_` guards all.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "marshal/ids.h"

namespace ava::server {

inline constexpr uint64_t kMaxKeptBytes = 64 * 1024;  // pieces

class KeptBytes {
 public:
  using Memory = std::shared_ptr<const void>;

  // Asked before the native call: afterwards the library has the address.
  bool full() const {
    const std::lock_guard lock(mutex_);
    return pieces_ >= kMaxKeptBytes;
  }
  void keep(marshal::ObjectId object, Memory memory) {
    const std::lock_guard lock(mutex_);
    kept_[object].push_back(std::move(memory));
    ++pieces_;
  }
  // The object was destroyed.
  void drop(marshal::ObjectId object) {
    const std::lock_guard lock(mutex_);
    const auto at = kept_.find(object);
    if (at == kept_.end()) return;
    pieces_ -= at->second.size();
    kept_.erase(at);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<marshal::ObjectId, std::vector<Memory>> kept_;
  uint64_t pieces_ = 0;
};

}  // namespace ava::server
