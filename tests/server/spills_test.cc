#include "server/spills.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace ava::server {
namespace {

std::vector<std::byte> bytes(size_t count, int value) {
  return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

TEST(Spills, PiecesStandOneBehindTheOther) {
  Spills spills;
  ASSERT_TRUE(spills.append(1, 30, bytes(10, 1)));
  ASSERT_TRUE(spills.append(1, 30, bytes(20, 2)));
  const auto memory = spills.use(1, 30, false);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->get()[9], std::byte{1});
  EXPECT_EQ(memory->get()[10], std::byte{2});
  EXPECT_EQ(memory->get()[29], std::byte{2});
}

TEST(Spills, MoreThanAnnouncedIsRefused) {
  Spills spills;
  EXPECT_EQ(spills.append(1, 10, bytes(11, 1)).error(), Error::kBadReference);
  ASSERT_TRUE(spills.append(1, 10, bytes(6, 1)));
  EXPECT_EQ(spills.append(1, UINT64_MAX, bytes(5, 1)).error(), Error::kBadReference);
  EXPECT_EQ(spills.use(1, 11, false).error(), Error::kBadReference);
}

TEST(Spills, OutputsAreMadeZeroed) {
  Spills spills;
  EXPECT_EQ(spills.use(5, 100, false).error(), Error::kBadReference);
  const auto memory = spills.use(5, 100, true);
  ASSERT_TRUE(memory);
  memory->get()[99] = std::byte{7};
  auto out = bytes(2, 9);
  ASSERT_TRUE(spills.read(5, 98, out));
  EXPECT_EQ(out[0], std::byte{0});
  EXPECT_EQ(out[1], std::byte{7});
}

TEST(SpillsHostile, ReadsOutsideAreRefused) {
  Spills spills;
  ASSERT_TRUE(spills.use(5, 100, true));
  auto out = bytes(10, 0);
  EXPECT_EQ(spills.read(5, 91, out).error(), Error::kBadReference);
  EXPECT_EQ(spills.read(5, UINT64_MAX - 4, out).error(), Error::kBadReference);
  EXPECT_EQ(spills.read(6, 0, out).error(), Error::kBadReference);
}

TEST(SpillsHostile, SizesAndNumbersAreBounded) {
  Spills spills;
  EXPECT_EQ(spills.use(1, marshal::kMaxSpill + 1, true).error(), Error::kExhausted);
  EXPECT_EQ(spills.use(1, UINT64_MAX, true).error(), Error::kExhausted);
  for (uint64_t i = 0; i < kMaxSpills; ++i) ASSERT_TRUE(spills.use(i, 1, true));
  EXPECT_EQ(spills.use(kMaxSpills, 1, true).error(), Error::kExhausted);
}

TEST(SpillsHostile, FreeingWhatIsInUseKeepsItAndItsPlaceInTheTotal) {
  Spills spills;
  auto first = spills.use(1, marshal::kMaxSpill, true);
  ASSERT_TRUE(first);
  spills.free(1);
  first->get()[marshal::kMaxSpill - 1] = std::byte{1};
  ASSERT_TRUE(spills.use(2, marshal::kMaxSpill, true));
  EXPECT_EQ(spills.use(3, 1, true).error(), Error::kExhausted);
  first->reset();
  EXPECT_TRUE(spills.use(3, 1, true));
}

}  // namespace
}  // namespace ava::server
