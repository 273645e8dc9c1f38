// Arithmetic on numbers that somebody else chose: nothing wraps.
#include "marshal/bounds.h"

#include <gtest/gtest.h>

#include "marshal/bulk.h"
#include "marshal/ids.h"

namespace ava::marshal {
namespace {

TEST(Bulk, ARangeIsInsideOnlyIfBothItsEndsAre) {
  EXPECT_TRUE(in_range(0, 0, 0));
  EXPECT_TRUE(in_range(0, 4096, 4096));
  EXPECT_TRUE(in_range(4096, 0, 4096));
  EXPECT_FALSE(in_range(1, 4096, 4096));
  EXPECT_FALSE(in_range(4097, 0, 4096));
}

TEST(Bulk, ARangeWhoseEndWrapsIsOutside) {
  EXPECT_FALSE(in_range(UINT64_MAX, 2, 4096));
  EXPECT_FALSE(in_range(8, UINT64_MAX - 4, 4096));
  EXPECT_FALSE(in_range(UINT64_MAX, UINT64_MAX, UINT64_MAX));
}

TEST(Bulk, SizesSaturateInsteadOfWrapping) {
  EXPECT_EQ(saturating_mul(uint64_t{1} << 33, uint64_t{1} << 33), UINT64_MAX);
  EXPECT_EQ(saturating_mul(6, 7), 42u);
  EXPECT_EQ(saturating_add(UINT64_MAX, 1), UINT64_MAX);
  EXPECT_EQ(saturating_add(40, 2), 42u);
  EXPECT_EQ(saturating_sub(1, 2), 0u);
  EXPECT_EQ(saturating_sub(44, 2), 42u);
}

TEST(Ids, CarryTypeGenerationAndIndex) {
  const ObjectId id = make_id(kMaxType, kMaxGeneration, kMaxObjects - 1, true);
  EXPECT_EQ(id_type(id), kMaxType);
  EXPECT_EQ(id_generation(id), kMaxGeneration);
  EXPECT_EQ(id_index(id), kMaxObjects - 1);
  EXPECT_TRUE(id_guest_made(id));
  EXPECT_FALSE(id_guest_made(make_id(1, 0, 1, false)));
}

TEST(Ids, OfAnotherTypeOrOutsideTheTableAreNotPlausible) {
  EXPECT_TRUE(id_plausible(make_id(3, 9, 1, false), 3));
  EXPECT_FALSE(id_plausible(make_id(4, 9, 1, false), 3));
  EXPECT_FALSE(id_plausible(make_id(3, 9, 0, false), 3));
  EXPECT_FALSE(id_plausible(make_id(3, 9, kMaxObjects, false), 3));
  EXPECT_FALSE(id_plausible(0, 3));
}

}  // namespace
}  // namespace ava::marshal
