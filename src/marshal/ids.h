// Object ids: what stands for a native handle on the wire. Never a pointer.
//
//   63         62       52 51        32 31         0
//   +----------+----------+------------+------------+
//   | guest    | type     | generation | index      |
//   | made     | 11 bits  | 20 bits    | 32 bits    |
//   +----------+----------+------------+------------+
//
// 0 is the null handle. Index 0 is never used. The router checks the type and the range bits
// against what a function expects; the server resolves the rest in the client's own table.
#pragma once

#include <cstdint>

#include "marshal/bounds.h"

namespace ava::marshal {

using ObjectId = uint64_t;
using TypeId = uint16_t;  // 1.. in the order of the specification; 0: none

inline constexpr uint64_t kMaxType = (1u << 11) - 1;
inline constexpr uint64_t kMaxGeneration = (1u << 20) - 1;

constexpr ObjectId make_id(TypeId type, uint32_t generation, uint32_t index,
                           bool guest_made) noexcept {
  return (uint64_t{guest_made} << 63) | ((uint64_t{type} & kMaxType) << 52) |
         ((uint64_t{generation} & kMaxGeneration) << 32) | index;
}
constexpr TypeId id_type(ObjectId id) noexcept {
  return static_cast<TypeId>((id >> 52) & kMaxType);
}
constexpr uint32_t id_generation(ObjectId id) noexcept {
  return static_cast<uint32_t>((id >> 32) & kMaxGeneration);
}
constexpr uint32_t id_index(ObjectId id) noexcept { return static_cast<uint32_t>(id); }
constexpr bool id_guest_made(ObjectId id) noexcept { return (id >> 63) != 0; }

// What the router can say about an id without the server's table.
constexpr bool id_plausible(ObjectId id, TypeId type) noexcept {
  return id_type(id) == type && id_index(id) != 0 && id_index(id) < kMaxObjects;
}

}  // namespace ava::marshal
