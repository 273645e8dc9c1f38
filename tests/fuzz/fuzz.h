// What a fuzz target and its two drivers agree on.
//
// A target plays a hostile peer: the input decides the bytes it writes. It links either with
// libFuzzer (`./run fuzz`) or with replay.cc, which makes it a short test in every other build.
// A broken promise is FUZZ_CHECK's; memory errors are the sanitizers' to find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#define FUZZ_CHECK(promise)           \
  do {                                \
    if (!(promise)) __builtin_trap(); \
  } while (false)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace ava::fuzz {

// Takes numbers and bytes off an input; zeros once it is used up, so that every input is valid.
class Input {
 public:
  Input(const uint8_t* data, size_t size) noexcept : rest_(data, size) {}

  bool empty() const noexcept { return rest_.empty(); }

  template <typename T>
  T number() noexcept {
    T value{};
    const size_t count = rest_.size() < sizeof(T) ? rest_.size() : sizeof(T);
    if (count != 0) std::memcpy(&value, rest_.data(), count);
    rest_ = rest_.subspan(count);
    return value;
  }

  std::span<const std::byte> bytes(size_t wanted) noexcept {
    const auto taken = rest_.first(rest_.size() < wanted ? rest_.size() : wanted);
    rest_ = rest_.subspan(taken.size());
    return std::as_bytes(taken);
  }
  std::span<const std::byte> all() noexcept { return bytes(rest_.size()); }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace ava::fuzz
