// A native library of one reference-counted, completing type, whose objects' memory the test
// decides about, so that an address can be given to a second object.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "server/module.h"

namespace ava::server {

struct FakeObject {
  std::atomic<int> references{0};
  std::atomic<int> state{1};  // as Type::completion says
};

inline FakeObject& fake(void* object) { return *static_cast<FakeObject*>(object); }

inline uint64_t fake_references(void* object) {
  return static_cast<uint64_t>(fake(object).references.load());
}
inline int32_t fake_completion(void* object) { return fake(object).state.load(); }
inline void fake_retain(void* object) { ++fake(object).references; }
inline void fake_release(void* object) { --fake(object).references; }

inline constexpr marshal::TypeId kCounted = 1;    // asks for the count
inline constexpr marshal::TypeId kUncounted = 2;  // dies at the first release; cannot be retained
inline constexpr Type kFakeTypes[] = {
    {"counted", fake_references, fake_completion, fake_retain, fake_release},
    {"uncounted", nullptr, fake_completion, nullptr, fake_release},
};

}  // namespace ava::server
