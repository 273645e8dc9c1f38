// Both kinds of Waiter keep the same promises.
#include "transport/waiter.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "tests/transport/refused.h"

namespace ava::transport {
namespace {

constexpr int64_t kLong = 5 * kSecond;  // a test that waits this long has failed

UniqueFd make_event() { return UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

void ring(const UniqueFd& event) {
  const uint64_t one = 1;
  ASSERT_EQ(::write(event.get(), &one, sizeof one), 8);
}

class WaiterTest : public testing::TestWithParam<Waiter::Kind> {
 protected:
  void SetUp() override {
    auto made = Waiter::create(GetParam());
    if (!made && GetParam() == Waiter::Kind::kIoUring) GTEST_SKIP() << "io_uring is forbidden here";
    ASSERT_TRUE(made);
    waiter_ = std::move(*made);
  }

  // The tokens that one wait reports, sorted.
  std::vector<uint64_t> wait(int64_t timeout_ns, size_t room = 16) {
    std::vector<Waiter::Event> events(room);
    events.resize(waiter_->wait(events, timeout_ns));
    std::vector<uint64_t> tokens;
    for (const auto& event : events) tokens.push_back(event.token);
    std::sort(tokens.begin(), tokens.end());
    return tokens;
  }

  std::unique_ptr<Waiter> waiter_;
};

using Tokens = std::vector<uint64_t>;

TEST_P(WaiterTest, ReportsTheTokenOfWhatBecameReadable) {
  const UniqueFd one = make_event(), two = make_event();
  ASSERT_TRUE(waiter_->add(one.get(), 11));
  ASSERT_TRUE(waiter_->add(two.get(), 22));
  EXPECT_EQ(wait(0), Tokens{});
  ring(two);
  EXPECT_EQ(wait(kLong), Tokens{22});
  EXPECT_EQ(wait(0), Tokens{});
}

TEST_P(WaiterTest, ReportsEachRingOfADoorbellThatNobodyReads) {
  const UniqueFd doorbell = make_event();
  ASSERT_TRUE(waiter_->add(doorbell.get(), 1));
  for (int i = 0; i < 100; ++i) {
    ring(doorbell);
    ASSERT_EQ(wait(kLong), Tokens{1}) << "ring " << i;
  }
  EXPECT_EQ(wait(0), Tokens{});
}

TEST_P(WaiterTest, ReportsWhatWasReadableBefore) {
  const UniqueFd doorbell = make_event();
  ring(doorbell);
  ASSERT_TRUE(waiter_->add(doorbell.get(), 1));
  EXPECT_EQ(wait(kLong), Tokens{1});
}

TEST_P(WaiterTest, ReportsAPeerThatHangsUp) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd near(pair[0]);
  UniqueFd far(pair[1]);
  ASSERT_TRUE(waiter_->add(near.get(), 1));
  EXPECT_EQ(wait(0), Tokens{});
  far.reset();
  EXPECT_EQ(wait(kLong), Tokens{1});
}

TEST_P(WaiterTest, ReportsAThousandDescriptors) {
  std::vector<UniqueFd> events;
  for (uint64_t i = 0; i < 900; ++i) {
    events.push_back(make_event());
    ASSERT_TRUE(events.back()) << "descriptor limit too low for this test";
    ASSERT_TRUE(waiter_->add(events.back().get(), i));
  }
  EXPECT_EQ(wait(0), Tokens{});
  for (const UniqueFd& event : events) ring(event);
  Tokens all;
  while (all.size() < events.size()) {
    const Tokens some = wait(kLong, 100);
    ASSERT_FALSE(some.empty());
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end());
  for (uint64_t i = 0; i < events.size(); ++i) ASSERT_EQ(all[i], i);
}

TEST_P(WaiterTest, WhatDoesNotFitComesNextTime) {
  const UniqueFd one = make_event(), two = make_event();
  ASSERT_TRUE(waiter_->add(one.get(), 1));
  ASSERT_TRUE(waiter_->add(two.get(), 2));
  ring(one);
  ring(two);
  Tokens seen = wait(kLong, 1);
  ASSERT_EQ(seen.size(), 1u);
  const Tokens rest = wait(kLong, 1);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(seen[0] + rest[0], 3u);
}

TEST_P(WaiterTest, ARemovedDescriptorIsNotReportedEvenIfItWasReady) {
  const UniqueFd gone = make_event(), kept = make_event();
  ASSERT_TRUE(waiter_->add(gone.get(), 1));
  ASSERT_TRUE(waiter_->add(kept.get(), 2));
  EXPECT_EQ(wait(0), Tokens{});
  ring(gone);
  ring(kept);
  waiter_->remove(gone.get(), 1);
  EXPECT_EQ(wait(kLong), Tokens{2});
  ring(gone);
  EXPECT_EQ(wait(0), Tokens{});
}

TEST_P(WaiterTest, ATokenMayBeUsedAgain) {
  const UniqueFd first = make_event(), second = make_event();
  ASSERT_TRUE(waiter_->add(first.get(), 1));
  EXPECT_EQ(wait(0), Tokens{});
  ring(first);
  waiter_->remove(first.get(), 1);
  ASSERT_TRUE(waiter_->add(second.get(), 1));
  EXPECT_EQ(wait(0), Tokens{}) << "the first one's event is not the second one's";
  ring(second);
  EXPECT_EQ(wait(kLong), Tokens{1});
}

TEST_P(WaiterTest, ASocketCanBeClosedOnceItIsRemoved) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  UniqueFd near(pair[0]);
  const UniqueFd far(pair[1]);
  ASSERT_TRUE(waiter_->add(near.get(), 1));
  EXPECT_EQ(wait(0), Tokens{});
  waiter_->remove(near.get(), 1);
  near.reset();
  pollfd item{far.get(), POLLRDHUP, 0};
  EXPECT_EQ(::poll(&item, 1, 0), 1) << "the waiter must not keep the socket open";
}

TEST_P(WaiterTest, ALookReturnsAtOnceAndATimeOutIsKept) {
  EXPECT_EQ(wait(0), Tokens{});
  const int64_t start = now_ns();
  EXPECT_EQ(wait(3 * kMillisecond), Tokens{});
  EXPECT_GE(now_ns() - start, 3 * kMillisecond);
}

TEST_P(WaiterTest, ASignalDoesNotEndAWait) {
  struct sigaction before, counting{};
  static std::atomic<int> signals;
  signals = 0;
  counting.sa_handler = [](int) { ++signals; };
  ASSERT_EQ(::sigaction(SIGALRM, &counting, &before), 0);
  const itimerval soon{{0, 1000}, {0, 1000}}, never{};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &soon, nullptr), 0);
  const int64_t start = now_ns();
  EXPECT_EQ(wait(10 * kMillisecond), Tokens{});
  EXPECT_GE(now_ns() - start, 10 * kMillisecond);
  EXPECT_GT(signals.load(), 0);
  ASSERT_EQ(::setitimer(ITIMER_REAL, &never, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

TEST_P(WaiterTest, ANotifyEndsTheNextWait) {
  waiter_->notify();
  EXPECT_EQ(wait(-1), Tokens{});
  EXPECT_EQ(wait(0), Tokens{});
  waiter_->notify();
  waiter_->notify();
  EXPECT_EQ(wait(-1), Tokens{});
}

TEST_P(WaiterTest, ANotifyFromAnotherThreadEndsAnEndlessWait) {
  std::jthread other([this] { waiter_->notify(); });
  EXPECT_EQ(wait(-1), Tokens{});
}

TEST_P(WaiterTest, TheOwnerMayBeAnotherThreadThanTheCreator) {
  const UniqueFd doorbell = make_event();
  ASSERT_TRUE(waiter_->add(doorbell.get(), 1));
  Tokens seen;
  std::jthread owner([&] { seen = wait(kLong); });
  ring(doorbell);
  owner.join();
  EXPECT_EQ(seen, Tokens{1});
}

// More is ready at once than an io_uring completion queue holds: nothing may be lost, and the
// descriptors must still be watched afterwards.
TEST_P(WaiterTest, AFloodOfEventsLosesNone) {
  constexpr uint64_t kFlood = 6000;
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  if (before.rlim_max < kFlood + 100) GTEST_SKIP() << "the descriptor limit is too low";
  rlimit raised{before.rlim_max, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &raised), 0);
  {
    std::vector<UniqueFd> events;
    for (uint64_t i = 0; i < kFlood; ++i) {
      events.push_back(make_event());
      ASSERT_TRUE(waiter_->add(events.back().get(), i));
    }
    EXPECT_EQ(wait(0), Tokens{});
    for (int round = 0; round < 2; ++round) {
      for (const UniqueFd& event : events) ring(event);
      std::vector<bool> seen(kFlood);
      for (uint64_t left = kFlood; left > 0;) {
        const Tokens some = wait(kLong, 64);
        ASSERT_FALSE(some.empty()) << left << " missing in round " << round;
        for (const uint64_t token : some) {
          if (!seen[token]) --left;
          seen[token] = true;
        }
      }
    }
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_P(WaiterTest, RefusesTheReservedToken) {
  EXPECT_EQ(waiter_->add(make_event().get(), Waiter::kReservedToken).error(), Error::kSystem);
}

std::string kind_name(const testing::TestParamInfo<Waiter::Kind>& info) {
  return info.param == Waiter::Kind::kIoUring ? "IoUring" : "Epoll";
}
INSTANTIATE_TEST_SUITE_P(Kinds, WaiterTest,
                         testing::Values(Waiter::Kind::kIoUring, Waiter::Kind::kEpoll), kind_name);

// kIoUring must fail, and kAuto give an epoll waiter that works.
bool falls_back() {
  if (Waiter::create(Waiter::Kind::kIoUring)) return false;
  auto waiter = Waiter::create(Waiter::Kind::kAuto);
  if (!waiter || std::string_view((*waiter)->name()) != "epoll") return false;
  const UniqueFd doorbell = make_event();
  if (!(*waiter)->add(doorbell.get(), 5)) return false;
  const uint64_t one = 1;
  if (::write(doorbell.get(), &one, sizeof one) != 8) return false;
  std::array<Waiter::Event, 1> events;
  return (*waiter)->wait(events, kLong) == 1 && events[0].token == 5;
}

TEST(WaiterFallback, IoUringIsPreferred) {
  if (!Waiter::create(Waiter::Kind::kIoUring)) GTEST_SKIP() << "io_uring is forbidden here";
  EXPECT_STREQ((*Waiter::create(Waiter::Kind::kAuto))->name(), "io_uring");
}

TEST(WaiterFallback, EpollServesWhereMakingARingIsForbidden) {
  for (const int error : {EPERM, ENOSYS}) {
    EXPECT_TRUE(
        in_child([=] { return refuse_syscall(SCMP_SYS(io_uring_setup), error) && falls_back(); }));
  }
}

TEST(WaiterFallback, EpollServesWhereEnteringARingIsForbidden) {
  EXPECT_TRUE(
      in_child([] { return refuse_syscall(SCMP_SYS(io_uring_enter), EPERM) && falls_back(); }));
}

TEST(WaiterFallback, EpollServesWithoutPreciseTimeOuts) {
  EXPECT_TRUE(in_child([] {
    if (!refuse_syscall(SCMP_SYS(epoll_pwait2), EPERM)) return false;
    auto waiter = Waiter::create(Waiter::Kind::kEpoll);
    std::array<Waiter::Event, 1> events;
    const int64_t start = now_ns();
    return waiter && (*waiter)->wait(events, 3 * kMillisecond) == 0 &&
           now_ns() - start >= 3 * kMillisecond;
  }));
}

// A router that is busy with its channels looks at its doorbells all the time.
TEST(IoUringWaiter, ALookThatFindsNothingMakesNoSystemCall) {
  if (!Waiter::create(Waiter::Kind::kIoUring)) GTEST_SKIP() << "io_uring is forbidden here";
  EXPECT_TRUE(in_child([] {
    auto waiter = Waiter::create(Waiter::Kind::kIoUring);
    const UniqueFd doorbell = make_event();
    std::array<Waiter::Event, 4> events;
    if (!waiter || !(*waiter)->add(doorbell.get(), 1)) return false;
    if ((*waiter)->wait(events, 0) != 0) return false;  // sends the polls off
    // Whoever enters the ring now is killed.
    scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
    if (::seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(io_uring_enter), 0) != 0 ||
        ::seccomp_load(filter) != 0) {
      return false;
    }
    for (int i = 0; i < 1000; ++i) {
      if ((*waiter)->wait(events, 0) != 0) return false;
    }
    ::_exit(0);
  }));
}

TEST(WaiterFallback, TheEnvironmentCanChooseEpoll) {
  ::setenv("AVA_WAITER", "epoll", 1);
  const auto waiter = Waiter::create(Waiter::Kind::kAuto);
  ::unsetenv("AVA_WAITER");
  ASSERT_TRUE(waiter);
  EXPECT_STREQ((*waiter)->name(), "epoll");
}

}  // namespace
}  // namespace ava::transport
