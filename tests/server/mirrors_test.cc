#include "server/mirrors.h"

#include <gtest/gtest.h>

namespace ava::server {
namespace {

constexpr uint64_t kAll = UINT64_MAX;

TEST(Mirrors, ARangeIsInsideOrRefused) {
  Mirrors mirrors;
  ASSERT_TRUE(mirrors.add({1000, 100}));
  EXPECT_TRUE(mirrors.find(1000, 100));
  EXPECT_TRUE(mirrors.find(1050, 50));
  EXPECT_TRUE(mirrors.find(1100, 0)) << "its end";
  EXPECT_EQ(mirrors.find(1099, 1)->address, 1000u);
  for (const auto& [address, size] : {std::pair{1000ul, 101ul},
                                      {1050ul, 51ul},
                                      {1100ul, 1ul},
                                      {1101ul, 0ul},
                                      {999ul, 1ul},
                                      {999ul, 0ul},
                                      {0ul, 0ul},
                                      {1000ul, kAll},
                                      {kAll, 1ul},
                                      {1050ul, kAll - 1000}}) {
    EXPECT_FALSE(mirrors.find(address, size)) << address << " " << size;
  }
}

TEST(Mirrors, NeighborsAreApart) {
  Mirrors mirrors;
  ASSERT_TRUE(mirrors.add({1000, 100}));
  ASSERT_TRUE(mirrors.add({1100, 100}));
  ASSERT_TRUE(mirrors.add({900, 100}));
  EXPECT_FALSE(mirrors.find(1050, 100)) << "of two";
  EXPECT_EQ(mirrors.find(1100, 0)->address, 1100u);
  EXPECT_FALSE(mirrors.add({1000, 100}));
  EXPECT_FALSE(mirrors.add({1050, 1}));
  EXPECT_FALSE(mirrors.add({850, 51}));
  EXPECT_FALSE(mirrors.add({1199, 1}));
}

TEST(Mirrors, OnlyABeginningEnds) {
  Mirrors mirrors;
  ASSERT_TRUE(mirrors.add({1000, 100}));
  EXPECT_FALSE(mirrors.take(1001));
  const auto mirror = mirrors.take(1000);
  ASSERT_TRUE(mirror);
  EXPECT_EQ(mirror->size, 100u);
  EXPECT_FALSE(mirrors.find(1000, 1));
  EXPECT_FALSE(mirrors.take(1000));
  EXPECT_TRUE(mirrors.add(*mirror));
}

TEST(Mirrors, AGuestHasABoundedNumber) {
  Mirrors mirrors;
  for (uint64_t i = 1; i <= kMaxMirrors; ++i) ASSERT_TRUE(mirrors.add({i * 64, 64}));
  EXPECT_FALSE(mirrors.add({(kMaxMirrors + 1) * 64, 64}));
}

}  // namespace
}  // namespace ava::server
