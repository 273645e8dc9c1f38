#include "transport/arena.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "tests/transport/sanitized.h"
#include "transport/host_memory.h"
#include "transport/residency.h"

namespace ava::transport {
namespace {

// An arena over memory of the kind that a region is made of.
class ArenaTest : public testing::Test {
 protected:
  explicit ArenaTest(uint64_t size = 64 << 20)
      : memory_(*SharedMemory::create("arena", size)),
        arena_(std::make_unique<Arena>(memory_.bytes())) {}

  uint64_t size() const { return memory_.bytes().size(); }
  // What the host has spent on the arena.
  uint64_t charged() const {
    struct stat status;
    EXPECT_EQ(::fstat(memory_.fd(), &status), 0);
    return static_cast<uint64_t>(status.st_blocks) * 512;
  }
  uint64_t must_allocate(uint64_t bytes) {
    const auto offset = arena_->allocate(bytes);
    EXPECT_TRUE(offset) << bytes;
    return offset.value_or(0);
  }

  SharedMemory memory_;
  std::unique_ptr<Arena> arena_;
};

TEST_F(ArenaTest, SmallBlocksStartOnCacheLinesAndLargeOnesOnPages) {
  for (const uint64_t bytes : {1u, 63u, 64u, 65u, 500u, 4032u, 4095u}) {
    EXPECT_EQ(must_allocate(bytes) % 64, 0u) << bytes;
  }
  for (const uint64_t bytes : {4096u, 4097u, 100'000u, 1u << 20}) {
    EXPECT_EQ(must_allocate(bytes) % 4096, 0u) << bytes;
  }
}

TEST_F(ArenaTest, BlocksCanBeUsedToTheirLastByte) {
  for (const uint64_t bytes : {1u, 64u, 3000u, 4096u, 1u << 20}) {
    const uint64_t first = must_allocate(bytes), second = must_allocate(bytes);
    std::memset(arena_->at(first), 0xaa, bytes);
    std::memset(arena_->at(second), 0x55, bytes);
    EXPECT_EQ(arena_->at(first)[bytes - 1], std::byte{0xaa});
    EXPECT_EQ(arena_->at(second)[0], std::byte{0x55});
  }
}

TEST_F(ArenaTest, ExhaustionIsSaidAtOnceAndEndsWithAFree) {
  const uint64_t all = must_allocate(size());
  EXPECT_EQ(arena_->allocate(1).error(), Error::kExhausted);
  EXPECT_EQ(arena_->allocate(4096).error(), Error::kExhausted);
  arena_->free(all);
  EXPECT_TRUE(arena_->allocate(1));
}

TEST_F(ArenaTest, MoreThanThereIsIsExhaustion) {
  EXPECT_EQ(arena_->allocate(size() + 1).error(), Error::kExhausted);
  EXPECT_EQ(arena_->allocate(~uint64_t{0}).error(), Error::kExhausted);
}

TEST_F(ArenaTest, AnArenaWithoutBytesIsExhausted) {
  Arena none;
  EXPECT_EQ(none.allocate(1).error(), Error::kExhausted);
  EXPECT_EQ(none.trim(0), 0u);
  EXPECT_EQ(none.used() + none.resident(), 0u);
}

TEST_F(ArenaTest, NeighboursFreedInAnyOrderBecomeOneBlockAgain) {
  const uint64_t third = size() / 4;
  std::array order = {0, 1, 2};
  do {
    const std::array blocks = {must_allocate(third), must_allocate(third), must_allocate(third)};
    for (const int i : order) arena_->free(blocks[static_cast<size_t>(i)]);
    arena_->free(must_allocate(size()));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(ArenaTest, SlabsKeptForSpeedDoNotCauseExhaustion) {
  for (uint64_t bytes = 64; bytes <= 4032; bytes += 64) arena_->free(must_allocate(bytes));
  arena_->free(must_allocate(size()));
}

TEST_F(ArenaTest, TheBestFittingHoleIsUsed) {
  std::vector<uint64_t> holes;
  for (const uint64_t pages : {8u, 2u, 5u}) {
    holes.push_back(must_allocate(pages * 4096));
    must_allocate(4096);  // keeps holes apart
  }
  for (const uint64_t hole : holes) arena_->free(hole);
  EXPECT_EQ(must_allocate(2 * 4096), holes[1]);
  EXPECT_EQ(must_allocate(4 * 4096), holes[2]);
  EXPECT_EQ(must_allocate(6 * 4096), holes[0]);
}

// Ten thousand random steps against a model: no two blocks overlap, contents stay, and in the end
// everything is one block again.
TEST_F(ArenaTest, RandomUseKeepsBlocksApartAndLosesNothing) {
  std::mt19937_64 random(1);
  std::map<uint64_t, uint64_t> blocks;  // offset to size
  const auto pattern = [](uint64_t offset) { return static_cast<uint8_t>(offset / 64 * 31); };
  const auto release = [&](std::map<uint64_t, uint64_t>::iterator block) {
    const auto [offset, bytes] = *block;
    const uint8_t* data = reinterpret_cast<const uint8_t*>(arena_->at(offset));
    ASSERT_EQ(data[0], pattern(offset));
    ASSERT_EQ(data[bytes - 1], pattern(offset));
    arena_->free(offset);
    blocks.erase(block);
  };
  for (int step = 0; step < 10'000; ++step) {
    if (random() % 16 < 9) {
      const uint64_t magnitude = random() % 19;  // up to 256 KiB, small sizes as often as large
      const uint64_t bytes = 1 + random() % (uint64_t{1} << magnitude);
      const auto offset = arena_->allocate(bytes);
      if (!offset) continue;
      ASSERT_LE(*offset + bytes, size());
      const auto next = blocks.lower_bound(*offset);
      ASSERT_TRUE(next == blocks.end() || *offset + bytes <= next->first);
      ASSERT_TRUE(next == blocks.begin() ||
                  std::prev(next)->first + std::prev(next)->second <= *offset);
      std::memset(arena_->at(*offset), pattern(*offset), bytes);
      blocks.emplace(*offset, bytes);
    } else if (!blocks.empty()) {
      auto block = blocks.lower_bound(random() % size());
      ASSERT_NO_FATAL_FAILURE(release(block == blocks.end() ? blocks.begin() : block));
    }
    if (step % 1000 == 999) arena_->trim(0);
  }
  while (!blocks.empty()) ASSERT_NO_FATAL_FAILURE(release(blocks.begin()));
  EXPECT_EQ(arena_->used(), 0u);
  arena_->free(must_allocate(size()));
}

TEST_F(ArenaTest, ThreadsDoNotDisturbEachOther) {
  std::vector<std::jthread> threads;
  for (uint8_t id = 1; id <= 4; ++id) {
    threads.emplace_back([this, id] {
      std::mt19937 random(id);
      std::vector<std::pair<uint64_t, uint64_t>> mine;
      for (int step = 0; step < 2000; ++step) {
        const uint64_t bytes = 1 + random() % 20'000;
        const auto offset = arena_->allocate(bytes);
        ASSERT_TRUE(offset);
        std::memset(arena_->at(*offset), id, bytes);
        mine.emplace_back(*offset, bytes);
        if (mine.size() < 20) continue;
        const auto [old, old_bytes] = mine[random() % 20];
        ASSERT_EQ(arena_->at(old)[old_bytes - 1], std::byte{id});
        std::erase_if(mine, [old = old](const auto& block) { return block.first == old; });
        arena_->free(old);
      }
      for (const auto& [offset, unused] : mine) arena_->free(offset);
    });
  }
  threads.clear();
  EXPECT_EQ(arena_->used(), 0u);
}

TEST_F(ArenaTest, MemoryIsTakenAheadOfUseInExtents) {
  EXPECT_EQ(arena_->resident(), 0u);
  EXPECT_EQ(charged(), 0u) << "an arena is a promise until it is used";
  must_allocate(64);
  EXPECT_EQ(arena_->resident(), Residency::kExtent);
  EXPECT_EQ(charged(), Residency::kExtent);
  must_allocate(3 * Residency::kExtent);
  EXPECT_EQ(charged(), arena_->resident());
}

TEST_F(ArenaTest, FirstTouchesOfABlockMakeNoPageFault) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory faults";
  const uint64_t offset = must_allocate(8 << 20);
  rusage before, after;
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &before), 0);
  std::memset(arena_->at(offset), 1, 8 << 20);
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &after), 0);
  EXPECT_LT(after.ru_minflt - before.ru_minflt, 20);  // of 2,048 pages
}

TEST_F(ArenaTest, TheSteadyStateMakesNoPageFaults) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory faults";
  const auto round = [this] {
    std::array<uint64_t, 64> blocks;
    for (size_t i = 0; i < blocks.size(); ++i) {
      const uint64_t bytes = 100 + 3000 * i;
      blocks[i] = *arena_->allocate(bytes);
      std::memset(arena_->at(blocks[i]), 1, bytes);
    }
    for (const uint64_t block : blocks) arena_->free(block);
  };
  round();
  rusage before, after;
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &before), 0);
  for (int i = 0; i < 100; ++i) round();
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &after), 0);
  EXPECT_EQ(after.ru_minflt - before.ru_minflt, 0);
}

TEST_F(ArenaTest, IdleMemoryIsGivenBackAndComesAgainZeroed) {
  const uint64_t kept = must_allocate(100'000), freed = must_allocate(32 << 20);
  std::memset(arena_->at(kept), 7, 100'000);
  std::memset(arena_->at(freed), 7, 32 << 20);
  arena_->free(freed);
  EXPECT_EQ(arena_->trim(3600 * kSecond), 0u) << "nothing was idle for an hour";
  EXPECT_GE(arena_->trim(0), (32u << 20) - 2 * Residency::kExtent);
  EXPECT_EQ(charged(), arena_->resident());
  EXPECT_LE(charged(), 2 * Residency::kExtent);
  EXPECT_EQ(arena_->at(kept)[99'999], std::byte{7});

  const uint64_t again = must_allocate(32 << 20);
  EXPECT_EQ(arena_->at(again)[16 << 20], std::byte{0}) << "it was really given back";
}

TEST_F(ArenaTest, AnEmptyArenaHoldsNothingAfterATrim) {
  for (const uint64_t bytes : {64u, 2000u, 100'000u}) arena_->free(must_allocate(bytes));
  arena_->trim(0);
  EXPECT_EQ(arena_->resident(), 0u);
  EXPECT_EQ(charged(), 0u);
}

// The host promised more than it has: an honest error, not a SIGBUS at the first touch.
TEST(ArenaOnShortMemory, AHostThatRunsOutIsExhaustion) {
  // Addresses without memory behind them fail to be prefaulted, as a full host does.
  void* data = ::mmap(nullptr, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(data, MAP_FAILED);
  ::munmap(data, 1 << 20);
  Arena arena(std::span(static_cast<std::byte*>(data), 1 << 20));
  EXPECT_EQ(arena.allocate(4096).error(), Error::kExhausted);
  EXPECT_EQ(arena.allocate(64).error(), Error::kExhausted);
  EXPECT_EQ(arena.used(), 0u);
  EXPECT_EQ(arena.resident(), 0u);
}

// A device's memory, for example, knows no holes.
TEST(ArenaOnOtherMemory, WhatCannotBeGivenBackStaysUsable) {
  void* data = ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(data, MAP_FAILED);
  Arena arena(std::span(static_cast<std::byte*>(data), 1 << 20));
  arena.free(*arena.allocate(1 << 20));
  EXPECT_EQ(arena.trim(0), 0u);
  EXPECT_EQ(arena.resident(), 1u << 20);
  EXPECT_TRUE(arena.allocate(1 << 20));
  ::munmap(data, 1 << 20);
}

}  // namespace
}  // namespace ava::transport
