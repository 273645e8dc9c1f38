// Where an argument's bytes are; the values of Bulk.space (wire.fbs).
#pragma once

#include <cstdint>

namespace ava::marshal {

enum class Space : uint32_t { kNone = 0, kInline = 1, kArena = 2, kSpill = 3 };

// Does [offset, offset + size) lie inside [0, limit)? Without overflow.
constexpr bool in_range(uint64_t offset, uint64_t size, uint64_t limit) noexcept {
  return offset <= limit && size <= limit - offset;
}

}  // namespace ava::marshal
