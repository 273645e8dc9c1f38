// A hook for tests that prove that the end-to-end tests look at what comes back: with
// AVA_TEST_BREAK=corrupt each reply's first byte is inverted before a stub sees it. In a fixed
// reply that is the first result; in a table it is the root's offset, so a stub may well crash.
// Nothing else of AvA is changed by it, and nothing but this variable switches it on.
#pragma once

#include <cstddef>
#include <span>

namespace ava::guest {

inline void corrupt_reply(std::span<std::byte> reply) noexcept {
  if (!reply.empty()) reply.front() ^= std::byte{0xff};
}

}  // namespace ava::guest
