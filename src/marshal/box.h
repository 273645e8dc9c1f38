// Rectangles in memory: `slices` of `rows` of `row_bytes` bytes each, with pitches between the
// starts of rows and of slices. The wire has them as Box (wire.fbs); packed bytes are the same with
// nothing between the rows.
//
// Trust: extent() is for boxes from the wire: it saturates. The copies need boxes whose extent lies
// in the memory they are given.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "marshal/bulk.h"

namespace ava::marshal {

struct Box {
  uint64_t row_bytes = 0;
  uint64_t rows = 0;
  uint64_t slices = 0;
  uint64_t row_pitch = 0;    // bytes from one row to the next
  uint64_t slice_pitch = 0;  // bytes from one slice to the next
};

// `size` bytes in one piece.
constexpr Box one_row(uint64_t size) noexcept { return {size, 1, 1, size, size}; }
// The same box without anything between its rows.
constexpr Box packed(const Box& box) noexcept {
  return {box.row_bytes, box.rows, box.slices, box.row_bytes,
          saturating_mul(box.row_bytes, box.rows)};
}
// The bytes that belong to it.
constexpr uint64_t content(const Box& box) noexcept {
  return saturating_mul(saturating_mul(box.row_bytes, box.rows), box.slices);
}
// The bytes from its first to its last, those between the rows too.
constexpr uint64_t extent(const Box& box) noexcept {
  if (content(box) == 0) return 0;
  return saturating_add(saturating_add(saturating_mul(box.slices - 1, box.slice_pitch),
                                       saturating_mul(box.rows - 1, box.row_pitch)),
                        box.row_bytes);
}
constexpr bool is_packed(const Box& box) noexcept { return extent(box) == content(box); }

// Have they the same rows?
constexpr bool same_shape(const Box& a, const Box& b) noexcept {
  return a.row_bytes == b.row_bytes && a.rows == b.rows && a.slices == b.slices;
}

// Calls `row(distance)` for each row, with its distance in bytes from the box's first byte.
template <typename Row>
void for_each_row(const Box& box, Row row) {
  for (uint64_t z = 0; z < box.slices; ++z) {
    for (uint64_t y = 0; y < box.rows; ++y) row(z * box.slice_pitch + y * box.row_pitch);
  }
}

// Copies between two boxes of the same rows and slices.
inline void copy_box(void* to, const Box& to_box, const void* from, const Box& from_box) noexcept {
  auto* const target = static_cast<std::byte*>(to);
  const auto* const source = static_cast<const std::byte*>(from);
  if (is_packed(to_box) && is_packed(from_box)) {
    std::memcpy(target, source, content(from_box));
    return;
  }
  for (uint64_t z = 0; z < from_box.slices; ++z) {
    for (uint64_t y = 0; y < from_box.rows; ++y) {
      std::memcpy(target + z * to_box.slice_pitch + y * to_box.row_pitch,
                  source + z * from_box.slice_pitch + y * from_box.row_pitch, from_box.row_bytes);
    }
  }
}

// Stores `size` packed bytes, which are those from `at` on, where they belong in the box at `to`.
inline void unpack(void* to, const Box& box, uint64_t at, const void* bytes,
                   uint64_t size) noexcept {
  auto* const target = static_cast<std::byte*>(to);
  const auto* source = static_cast<const std::byte*>(bytes);
  while (size != 0) {
    const uint64_t row = at / box.row_bytes;
    const uint64_t column = at % box.row_bytes;
    const uint64_t length = std::min(size, box.row_bytes - column);
    std::memcpy(target + row / box.rows * box.slice_pitch + row % box.rows * box.row_pitch + column,
                source, length);
    source += length;
    at += length;
    size -= length;
  }
}

}  // namespace ava::marshal
