#include "guest/mirrors.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>

namespace ava::guest {
namespace {

constexpr uint64_t kPage = 4096;

// Addresses that nothing was mapped at when the test began.
class MirrorsTest : public testing::Test {
 protected:
  MirrorsTest() {
    void* const at = ::mmap(nullptr, 4 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::munmap(at, 4 * kPage);
    begin_ = reinterpret_cast<uintptr_t>(at);
  }

  void* at(uint64_t offset) const { return reinterpret_cast<void*>(begin_ + offset); }
  bool is_mapped(uint64_t offset) const {
    return ::msync(at(offset / kPage * kPage), kPage, MS_ASYNC) == 0 || errno != ENOMEM;
  }
  Mirrors::Added add(uint64_t offset, uint64_t size) {
    return mirrors_.add({begin_ + offset, size});
  }
  void end(uint64_t offset) {
    const auto mirror = mirrors_.take(at(offset));
    ASSERT_TRUE(mirror);
    mirrors_.unmap(*mirror);
  }

  uintptr_t begin_ = 0;
  Mirrors mirrors_;
};

TEST_F(MirrorsTest, MemoryIsThereAtItsAddressUntilItEnds) {
  EXPECT_FALSE(mirrors_.find(at(100)));
  ASSERT_EQ(add(100, 2 * kPage), Mirrors::Added::kPlaced);
  static_cast<std::byte*>(at(100))[2 * kPage - 1] = std::byte{1};
  for (const uint64_t offset : {uint64_t{100}, uint64_t{101}, 100 + 2 * kPage}) {
    ASSERT_TRUE(mirrors_.find(at(offset))) << offset;
    EXPECT_EQ(mirrors_.find(at(offset))->address, begin_ + 100);
  }
  EXPECT_FALSE(mirrors_.find(at(99)));
  EXPECT_FALSE(mirrors_.find(at(101 + 2 * kPage)));
  EXPECT_FALSE(mirrors_.take(at(101))) << "not its beginning";
  end(100);
  EXPECT_FALSE(mirrors_.find(at(100)));
  for (const uint64_t page : {0, 1, 2}) EXPECT_FALSE(is_mapped(page * kPage)) << page;
}

TEST_F(MirrorsTest, SmallOnesShareAPageWhichGoesWithTheLast) {
  ASSERT_EQ(add(64, 64), Mirrors::Added::kPlaced);
  ASSERT_EQ(add(512, kPage), Mirrors::Added::kPlaced);
  ASSERT_EQ(add(0, 64), Mirrors::Added::kPlaced);
  EXPECT_EQ(mirrors_.find(at(64))->address, begin_ + 64) << "not the end of its neighbor";
  end(64);
  EXPECT_TRUE(is_mapped(0));
  end(512);
  EXPECT_TRUE(is_mapped(0));
  EXPECT_FALSE(is_mapped(kPage));
  end(0);
  EXPECT_FALSE(is_mapped(0));
}

TEST_F(MirrorsTest, WhatIsThereAlreadyStays) {
  void* const taken = ::mmap(at(kPage), kPage, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  ASSERT_EQ(taken, at(kPage));
  *static_cast<int*>(taken) = 7;
  EXPECT_EQ(add(0, 2 * kPage), Mirrors::Added::kConflict);
  EXPECT_FALSE(mirrors_.find(at(0))) << "it is the application's memory";
  EXPECT_FALSE(is_mapped(0));
  end(0);  // the library gets it back
  EXPECT_FALSE(mirrors_.take(at(0)));
  EXPECT_EQ(*static_cast<int*>(taken), 7);
  ::munmap(taken, kPage);
}

TEST_F(MirrorsTest, AnotherMirrorStays) {
  ASSERT_EQ(add(0, 256), Mirrors::Added::kPlaced);
  EXPECT_EQ(add(128, 64), Mirrors::Added::kConflict);
  EXPECT_EQ(add(255, 64), Mirrors::Added::kConflict);
  EXPECT_EQ(mirrors_.add({begin_ - 64, 65}), Mirrors::Added::kConflict);
  EXPECT_EQ(mirrors_.add({uintptr_t{1} << 60, 64}), Mirrors::Added::kFailed);
  EXPECT_EQ(mirrors_.add({begin_, UINT64_MAX}), Mirrors::Added::kFailed);
  end(0);
}

TEST_F(MirrorsTest, OneThatIsPutBackWasNeverGone) {
  ASSERT_EQ(add(0, 64), Mirrors::Added::kPlaced);
  *static_cast<int*>(at(0)) = 7;
  const auto mirror = mirrors_.take(at(0));
  ASSERT_TRUE(mirror);
  EXPECT_FALSE(mirrors_.find(at(0)));
  mirrors_.put_back(*mirror);
  EXPECT_TRUE(mirrors_.find(at(0)));
  EXPECT_EQ(*static_cast<int*>(at(0)), 7);
  end(0);
}

}  // namespace
}  // namespace ava::guest
