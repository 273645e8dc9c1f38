#include "marshal/rectangle.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace ava::marshal {
namespace {

using Triple = std::array<size_t, 3>;

TEST(Rectangle, WithoutPitchesLiesWithoutGaps) {
  const Triple region = {5, 4, 3};
  const Rectangle found = rectangle(region.data(), 2, 0, 0);
  ASSERT_TRUE(found.exists);
  EXPECT_EQ(found.offset, 0u);
  EXPECT_EQ(found.box.row_pitch, 10u);
  EXPECT_EQ(found.box.slice_pitch, 40u);
  EXPECT_EQ(content(found.box), 120u);
  EXPECT_TRUE(is_packed(found.box));
}

TEST(Rectangle, BeginsAtItsOrigin) {
  const Triple region = {5, 4, 3};
  const Triple origin = {1, 2, 3};
  const Rectangle found = rectangle(region.data(), 2, 16, 100, origin.data());
  ASSERT_TRUE(found.exists);
  EXPECT_EQ(found.offset, 1 * 2 + 2 * 16 + 3 * 100u);
  EXPECT_EQ(extent(found.box), 2 * 100 + 3 * 16 + 10u);
  std::vector<std::byte> memory(found.offset + extent(found.box));
  EXPECT_EQ(found.in(memory.data()), memory.data() + found.offset);
  EXPECT_EQ(found.in(static_cast<std::byte*>(nullptr)), nullptr);
}

TEST(Rectangle, WithoutARowExistsAndHasNothing) {
  const Triple region = {5, 0, 3};
  const Rectangle found = rectangle(region.data(), 2, 0, 0);
  EXPECT_TRUE(found.exists);
  EXPECT_EQ(content(found.box), 0u);
  EXPECT_EQ(extent(found.box), 0u);
}

TEST(Rectangle, IsNoneWithoutRegionOrWithRowsThatOverlap) {
  const Triple region = {5, 4, 3};
  EXPECT_FALSE(rectangle(nullptr, 2, 0, 0).exists);
  EXPECT_FALSE(rectangle(region.data(), 2, 0, 0, nullptr).exists);
  EXPECT_FALSE(rectangle(region.data(), 2, 9, 0).exists);
  EXPECT_FALSE(rectangle(region.data(), 2, 10, 39).exists);
  EXPECT_EQ(rectangle(nullptr, 2, 0, 0).in("memory"), nullptr);
  const Triple flat = {5, 4, 1};  // there is no second slice to overlap with
  EXPECT_TRUE(rectangle(flat.data(), 2, 10, 39).exists);
}

TEST(RectangleHostile, BeyondAllMemoryIsNone) {
  const Triple region = {5, 4, 3};
  const Triple origin = {SIZE_MAX / 2, 1, 1};
  EXPECT_FALSE(rectangle(region.data(), 16, 0, 0, origin.data()).exists);
  EXPECT_FALSE(rectangle(region.data(), SIZE_MAX, 0, 0).exists);
  const Triple huge = {SIZE_MAX / 4, SIZE_MAX / 4, SIZE_MAX / 4};
  EXPECT_FALSE(rectangle(huge.data(), 4, 0, 0).exists);
  EXPECT_FALSE(rectangle(region.data(), 2, SIZE_MAX / 2, 0).exists);
}

}  // namespace
}  // namespace ava::marshal
