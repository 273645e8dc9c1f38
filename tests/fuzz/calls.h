// Calls of an API out of a fuzzer's bytes, and bytes out of calls.
//
// Any bytes are a list of calls whose requests are well-formed, field by field as the schema says
// (double.h), with values that are likely to be good, at an edge, or wild. What a byte selects is
// in calls.cc. Now and then a request is nonsense as a whole, or a few bytes of it are patched.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tests/fuzz/double.h"
#include "tests/fuzz/fuzz.h"

namespace ava::fuzz {

struct Call {
  uint32_t function;  // as in a frame's tag
  uint8_t channel;    // 0 or 1
  bool wants_reply;
  uint64_t first_new_id = 0;  // ids that the guest made for the results
  uint32_t new_ids = 0;
  std::vector<std::byte> body;
};

inline constexpr uint64_t kArena = 1 << 20;  // bytes

// The next call; there are more while the input is not empty.
Call next_call(Input& input, const Api& api);

// Whether a request, which is well-formed, names bytes that the application does not have.
bool lacks_bytes(uint32_t function, std::span<const std::byte> body, const Api& api);

// The number in a field of a well-formed request.
uint64_t number_in(std::span<const std::byte> body, const Request& request, size_t field);

// Appends what next_call makes this call of. False for a request that is not well-formed.
bool append_call(const Call& call, const Api& api, std::vector<uint8_t>& out);

}  // namespace ava::fuzz
