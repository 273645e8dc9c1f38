// What the guest keeps about objects: the application memory that backs one, and answers of the
// library that cannot change while the object lives.
//
// Threads: any; one mutex guards the table. Errors: a fact that finds no memory is unknown.
// Bounds: a new object at an index takes the place of the old one's facts.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "marshal/ids.h"

namespace ava::guest {

class Facts {
 public:
  // Key of the application memory that backs an object. APIs' own keys are 32-bit.
  static constexpr uint64_t kBacking = uint64_t{1} << 32;

  void note(marshal::ObjectId object, uint64_t key, uint64_t value) noexcept;
  std::optional<uint64_t> find(marshal::ObjectId object, uint64_t key) noexcept;

  void* backing(marshal::ObjectId object) noexcept {
    return reinterpret_cast<void*>(find(object, kBacking).value_or(0));
  }

 private:
  struct Entry {
    marshal::ObjectId object = 0;
    std::unordered_map<uint64_t, uint64_t> values;
  };

  std::mutex mutex_;                             // guards everything below
  std::unordered_map<uint32_t, Entry> entries_;  // by the id's index
};

}  // namespace ava::guest
