#include "transport/park.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/clock.h"
#include "tests/transport/ring_double.h"
#include "tests/transport/sanitized.h"
#include "transport/doorbell.h"

namespace ava::transport {
namespace {

constexpr uint64_t kHandovers = kSanitized ? 10'000 : 50'000;
constexpr int64_t kLostWake = 5 * kSecond;  // whoever sleeps this long was forgotten

TEST(Park, NobodyAsleepNeedsNoWake) {
  ParkWord word{0};
  EXPECT_FALSE(claim_wake(word));
}

TEST(Park, OneSleepIsAnsweredByOneWake) {
  ParkWord word{0};
  announce_park(word);
  EXPECT_TRUE(claim_wake(word));
  EXPECT_FALSE(claim_wake(word));
}

TEST(Park, ACancelledSleepNeedsNoWake) {
  ParkWord word{0};
  announce_park(word);
  cancel_park(word);
  EXPECT_FALSE(claim_wake(word));
}

TEST(Park, AClaimedSleeperDoesNotSleep) {
  ParkWord word{0};
  announce_park(word);
  ASSERT_TRUE(claim_wake(word));
  futex_park(word, -1);  // returns: the word is 0
}

TEST(Park, ASleepEndsWithItsTimeOut) {
  ParkWord word{1};
  const int64_t start = now_ns();
  futex_park(word, 2 * kMillisecond);
  EXPECT_GE(now_ns() - start, 2 * kMillisecond);
}

TEST(Park, AWakeReachesASleepingThread) {
  ParkWord word{0};
  std::atomic<bool> done{false};
  std::jthread sleeper([&] {
    for (;;) {
      announce_park(word);
      if (done.load()) return;
      futex_park(word, kLostWake);
    }
  });
  done.store(true);
  if (claim_wake(word)) futex_unpark(word);
}

// Sleeps on `word` until woken; false where the wake was lost.
bool sleep_on(ParkWord& word) {
  const int64_t start = now_ns();
  while (word.load(std::memory_order_acquire) == 1) {
    futex_park(word, kLostWake);
    if (now_ns() - start >= kLostWake) return false;
  }
  return true;
}

// A ring of two records makes both sides sleep all the time: for room, and for a record. A single
// lost wake stops the test.
TEST(Park, NoWakeIsLostBetweenTwoThreads) {
  RingDouble ring(32);
  RingControl& control = ring.control;
  std::atomic<bool> lost{false};
  std::jthread producer([&] {
    for (uint64_t i = 0; i < kHandovers && !lost;) {
      if (ring.writer.try_write(static_cast<uint32_t>(i), {}, {})) {
        wake_consumer(control);
        ++i;
        continue;
      }
      announce_park(control.producer_parked);
      if (ring.writer.reserve(0)) {
        cancel_park(control.producer_parked);
      } else if (!sleep_on(control.producer_parked)) {
        lost = true;
      }
    }
  });
  for (uint64_t i = 0; i < kHandovers && !lost;) {
    const auto record = ring.reader.try_read(ring.scratch);
    if (record) {
      ASSERT_EQ(record->tag, static_cast<uint32_t>(i++));
      wake_producer(control);
    } else if (*park_channel(ring.reader) && !sleep_on(control.consumer_parked)) {
      lost = true;
    }
  }
  EXPECT_FALSE(lost);
}

// The same between a guest that sets bits and a router that sleeps on a doorbell, here a park word.
TEST(Doorbell, NoNoticeIsLostBetweenTwoThreads) {
  RingDouble ring(4096);
  auto header = std::make_unique<RegionHeader>();
  ParkWord router_asleep{0};
  std::atomic<bool> lost{false};
  std::jthread guest([&](std::stop_token stop) {
    for (uint64_t i = 0; i < kHandovers && !stop.stop_requested();) {
      if (!ring.writer.try_write(0, {}, {})) {
        std::this_thread::yield();
        continue;
      }
      if (publish_notice(*header, ring.control, 77) && claim_wake(router_asleep)) {
        futex_unpark(router_asleep);
      }
      ++i;
    }
  });
  bool active = true;
  for (uint64_t i = 0; i < kHandovers && !lost;) {
    if (active && ring.reader.try_read(ring.scratch)) {
      ++i;
      continue;
    }
    if (active) active = !*park_channel(ring.reader);
    if (active) continue;
    announce_park(router_asleep);
    const auto collect = [&] {
      collect_pending(PendingWords(header->pending), kMaxChannels, [&](uint32_t channel) {
        ASSERT_EQ(channel, 77u);
        active = true;
      });
    };
    collect();
    if (active) {
      cancel_park(router_asleep);
    } else if (!sleep_on(router_asleep)) {
      lost = true;
    }
    if (active) unpark_channel(ring.control);
  }
  EXPECT_FALSE(lost);
}

TEST(SpinBudget, SleepsShrinkItAndQuickAnswersGrowItAgain) {
  SpinBudget spin(32 * kMicrosecond);
  EXPECT_EQ(spin.budget_ns(), 32 * kMicrosecond);
  for (int i = 0; i < 20; ++i) spin.finish(true);
  const int64_t least = spin.budget_ns();
  EXPECT_GT(least, 0) << "it must still notice when answers become quick again";
  EXPECT_LT(least, 4 * kMicrosecond);
  for (int i = 0; i < 20; ++i) spin.finish(false);
  EXPECT_EQ(spin.budget_ns(), 32 * kMicrosecond);
}

TEST(SpinBudget, ASleepThatWasShortGrowsItAgain) {
  SpinBudget spin(kSecond);
  for (int i = 0; i < 40; ++i) spin.finish(true);
  const int64_t least = spin.budget_ns();
  spin.start();
  while (spin.yield()) {
  }
  spin.finish(true);  // asleep for less than a second
  EXPECT_GT(spin.budget_ns(), least);
}

TEST(SpinBudget, YieldsUntilTheBudgetIsSpent) {
  SpinBudget spin(50 * kMicrosecond);
  spin.start();
  const int64_t start = now_ns();
  EXPECT_TRUE(spin.yield());
  while (spin.yield()) {
  }
  EXPECT_GE(now_ns() - start, 50 * kMicrosecond);
}

TEST(SpinBudget, NoneMeansSleepAtOnce) {
  SpinBudget spin(0);
  spin.start();
  EXPECT_FALSE(spin.yield());
  spin.finish(false);
  EXPECT_EQ(spin.budget_ns(), 0);
}

}  // namespace
}  // namespace ava::transport
