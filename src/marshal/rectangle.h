// Rectangles in the application's memory, as image and buffer functions take them: a region of up
// to three dimensions, a pitch in bytes from row to row and from slice to slice (0: as closely as
// they fit), and an origin.
//
// Their bytes travel packed, and the library is told so: pitches of 0, the origin at 0. Between the
// rows nothing is read or written.
//
// Trust: guest and server compute the same, the server on what a hostile guest sent: everything
// saturates, so that a rectangle beyond all memory is one that no memory holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "marshal/box.h"

namespace ava::marshal {

// What the library is told of a packed rectangle's place.
inline constexpr size_t kNoOrigin[3] = {0, 0, 0};

struct Rectangle {
  bool exists = false;  // false: the library is to say what is wrong with its place
  Box box;
  uint64_t offset = 0;  // of its first byte

  // Its first byte in the application's memory; null for none.
  template <typename T>
  T* in(T* memory) const noexcept {
    using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    if (memory == nullptr || !exists) return nullptr;
    return reinterpret_cast<T*>(reinterpret_cast<Byte*>(memory) + offset);
  }
};

// None where a pointer is null, a pitch too small for what lies between, or where it ends beyond
// all memory.
Rectangle rectangle(const size_t* region, uint64_t element, uint64_t row_pitch,
                    uint64_t slice_pitch, const size_t* origin) noexcept;
inline Rectangle rectangle(const size_t* region, uint64_t element, uint64_t row_pitch,
                           uint64_t slice_pitch) noexcept {
  return rectangle(region, element, row_pitch, slice_pitch, kNoOrigin);
}

}  // namespace ava::marshal
