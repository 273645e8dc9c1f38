#include "marshal/rectangle.h"

namespace ava::marshal {

Rectangle rectangle(const size_t* region, uint64_t element, uint64_t row_pitch,
                    uint64_t slice_pitch, const size_t* origin) noexcept {
  if (region == nullptr || origin == nullptr) return {};
  const uint64_t row_bytes = saturating_mul(region[0], element);
  if (row_pitch == 0) row_pitch = row_bytes;
  const uint64_t slice_bytes = saturating_mul(region[1], row_pitch);
  if (slice_pitch == 0) slice_pitch = slice_bytes;
  // What is beyond the last row of a slice does not matter where there is one slice only.
  if (row_pitch < row_bytes || (region[2] > 1 && slice_pitch < slice_bytes)) return {};
  Rectangle found;
  found.exists = true;
  found.box = {row_bytes, region[1], region[2], row_pitch, slice_pitch};
  found.offset = saturating_add(
      saturating_add(saturating_mul(origin[0], element), saturating_mul(origin[1], row_pitch)),
      saturating_mul(origin[2], slice_pitch));
  // What no memory holds.
  if (saturating_add(found.offset, extent(found.box)) == UINT64_MAX) return {};
  return found;
}

}  // namespace ava::marshal
