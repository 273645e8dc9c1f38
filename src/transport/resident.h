// How much of a shared mapping is backed by memory now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ava::transport {

// Bytes of whole pages. Costs about ten nanoseconds a page of `bytes`, which starts on one; 0 where
// the kernel does not say.
uint64_t resident_bytes(std::span<std::byte> bytes) noexcept;

}  // namespace ava::transport
