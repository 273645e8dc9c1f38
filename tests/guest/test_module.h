// The API of the guest's unit tests, and what their calls look like on the wire. Tables are the toy
// API's.
#pragma once

#include <cstdint>

#include "guest/call.h"
#include "toy_generated.h"

namespace ava::guest {

inline constexpr marshal::TypeId kBox = 1;
inline constexpr marshal::TypeId kJob = 2;

enum TestFunction : uint32_t { kCall = marshal::kFirstApiFunction, kMake, kUse, kScale, kJoin };

// What a fixed call carries.
struct Numbers {
  uint64_t a = 0;
  uint64_t b = 0;
};

extern const void* const kBoxDispatch;

constexpr marshal::ObjectId box_id(uint32_t index, uint32_t generation = 1) {
  return marshal::make_id(kBox, generation, index, false);
}

// The handle for an id, as if a call had created or found the object.
inline void* land_box(marshal::ObjectId id, bool created) {
  Call call(kCall);
  return call.land_handle(id, kBox, created);
}

// Posts a call that names `handle`. True if it went out without a wait.
inline bool post_use(void* handle, Wake wake = Wake::kNow) {
  Call call(kUse);
  const Numbers request{call.handle(handle, kBox), 0};
  return !call.failed() && !call.must_wait(false) && call.post_fixed(request, wake);
}

inline marshal::Outcome invoke_use(void* handle) {
  Call call(kUse);
  const Numbers request{call.handle(handle, kBox), 0};
  if (!call.failed() && call.invoke_fixed<Numbers>(request) != nullptr) call.settle(true);
  return call.outcome();
}

}  // namespace ava::guest
