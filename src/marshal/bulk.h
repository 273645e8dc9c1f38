// Where an argument's bytes are; the values of Bulk.space (wire.fbs).
#pragma once

#include <cstdint>

namespace ava::marshal {

// kMissing: the guest has no such bytes, or nothing could hold them. Only the native library knows
// whether it looks at them before it refuses the call, so the call is made without them.
//
// kMirrored: in memory of the native library that the guest mirrors, at that address there.
enum class Space : uint32_t {
  kNone = 0,
  kInline = 1,
  kArena = 2,
  kSpill = 3,
  kMissing = 4,
  kMirrored = 5,
};

// Does [offset, offset + size) lie inside [0, limit)? Without overflow.
constexpr bool in_range(uint64_t offset, uint64_t size, uint64_t limit) noexcept {
  return offset <= limit && size <= limit - offset;
}

// Sums, differences and products of sizes, or the largest value where they do not fit (a size that
// no reference can have), or 0. Generated code computes every size with them.
constexpr uint64_t saturating_mul(uint64_t a, uint64_t b) noexcept {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}
constexpr uint64_t saturating_add(uint64_t a, uint64_t b) noexcept {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}
constexpr uint64_t saturating_sub(uint64_t a, uint64_t b) noexcept { return a < b ? 0 : a - b; }

}  // namespace ava::marshal
