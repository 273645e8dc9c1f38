// Connecting, the session's end, signals and threads.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "environment.h"
#include "host_double.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;

Answer empty(const Request&) { return Answer::fixed(Numbers{}); }
Answer hold(const Request&) { return Answer::held(); }

Outcome call_once() {
  Call call(kCall);
  call.invoke_fixed<Numbers>(Numbers{});
  return call.outcome();
}

TEST(Connect, WithoutARouterCallsAreLostAndNothingIsThereAndItIsNotTriedAgainAtOnce) {
  HostDouble host(empty, {.refuse = true});
  EXPECT_EQ(call_once(), Outcome::kLost);
  EXPECT_FALSE(connected());
  EXPECT_EQ(call_once(), Outcome::kLost);
  EXPECT_EQ(host.counts().connects, 1u);
}

TEST(Connect, SaysWhyItFailedOnlyWhereTheLogIsAskedFor) {
  {
    HostDouble host(empty);
    connected();  // the first runtime of a process reads AVA_LOG
  }
  for (const LogLevel level : {LogLevel::kError, LogLevel::kOff}) {
    log_init("guest", level);
    HostDouble host(empty, {.refuse = true});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    call_once();
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    const std::string lines = ::testing::internal::GetCapturedStderr();
    if (level == LogLevel::kOff) {
      EXPECT_EQ(lines, "");
    } else {
      EXPECT_NE(lines.find("no router: a test says so\n"), std::string::npos) << lines;
    }
  }
}

TEST(Connect, HappensAtTheFirstCallAndOnce) {
  HostDouble host(empty);
  EXPECT_EQ(host.counts().connects, 0u);
  EXPECT_TRUE(connected());
  EXPECT_EQ(call_once(), Outcome::kOk);
  EXPECT_EQ(host.counts().connects, 1u);
}

TEST(Connect, AServersProcessDoesNotConnectToAnother) {
  const Environment environment("AVA_SERVER_PROCESS", "1");
  HostDouble host(empty);
  EXPECT_EQ(call_once(), Outcome::kLost);
  EXPECT_EQ(host.counts().connects, 0u);
}

TEST(SessionEnd, WakesWhoeverWaitsForAReplyAtOnceAndLosesWhatComesLater) {
  HostDouble host(hold);
  ASSERT_TRUE(connected());
  std::atomic<int> lost{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.emplace_back([&] { lost += call_once() == Outcome::kLost; });
  }
  host.await_requests(3);
  for (uint32_t i = 0; i < 3; ++i) host.await_parked(host.region().reply_control(i).guest_parked);
  const int64_t before = now_ns();
  host.end(Error::kServerDied);
  for (auto& waiter : waiters) waiter.join();
  EXPECT_EQ(lost, 3);
  // Woken, not timed out: several rounds of the 100 ms after which a waiter looks by itself.
  EXPECT_LT(now_ns() - before, 90 * kMillisecond);
  EXPECT_EQ(call_once(), Outcome::kLost);
  EXPECT_FALSE(connected());
}

// A reply that came right before the end is one; but not where zeroes may have taken its place.
TEST(SessionEnd, WhatWasReadOfARegionThatMayVanishCountsOnlyBeforeIt) {
  for (const bool vanishes : {false, true}) {
    HostDouble* ending = nullptr;
    HostDouble host(
        [&](const Request& request) {
          ending->region().header().session_end.store(static_cast<uint32_t>(Error::kClosed));
          return empty(request);
        },
        {.threaded = false, .vanishes = vanishes});
    ending = &host;
    EXPECT_EQ(call_once(), vanishes ? Outcome::kLost : Outcome::kOk);
  }
}

TEST(SessionEnd, WakesWhoeverWaitsForRoom) {
  HostDouble host(empty);
  ASSERT_EQ(call_once(), Outcome::kOk);
  host.pause();
  Outcome outcome = Outcome::kOk;
  std::thread poster([&] {
    while (outcome == Outcome::kOk) {
      Call call(kCall);
      call.post_fixed(Numbers{}, Wake::kNow);
      outcome = call.outcome();
    }
  });
  host.await_parked(host.region().request_control(1).producer_parked);
  host.end(Error::kShutdown);
  poster.join();
  EXPECT_EQ(outcome, Outcome::kLost);
}

TEST(SessionEnd, ARouterThatDiesWithoutAWordIsFoundOut) {
  HostDouble host(hold);
  ASSERT_TRUE(connected());
  std::thread waiter([] { EXPECT_EQ(call_once(), Outcome::kLost); });
  host.await_requests(1);
  host.die();
  waiter.join();
}

TEST(SessionEnd, AReplyThatCameBeforeItCounts) {
  HostDouble host(hold);
  ASSERT_TRUE(connected());
  std::thread waiter([] { EXPECT_EQ(call_once(), Outcome::kOk); });
  host.await_requests(1);
  host.answer(host.requests()[0], Answer::fixed(Numbers{}));
  host.end(Error::kShutdown);
  waiter.join();
}

std::atomic<int> g_signals{0};
std::atomic<int> g_call_in_handler{-1};

class Handler {
 public:
  explicit Handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;  // without SA_RESTART: system calls return EINTR
    ::sigaction(SIGUSR1, &action, &before_);
    g_signals = 0;
    g_call_in_handler = -1;
  }
  ~Handler() { ::sigaction(SIGUSR1, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

TEST(Signals, AnInterruptedWaitGoesOn) {
  const Handler handler([](int) { ++g_signals; });
  HostDouble host(hold);
  ASSERT_TRUE(connected());
  std::thread waiter([] { EXPECT_EQ(call_once(), Outcome::kOk); });
  host.await_requests(1);
  for (int i = 0; i < 3; ++i) {
    host.await_parked(host.region().reply_control(0).guest_parked);
    ::pthread_kill(waiter.native_handle(), SIGUSR1);
    while (g_signals == i) std::this_thread::yield();
  }
  host.answer(host.requests()[0], Answer::fixed(Numbers{}));
  waiter.join();
}

TEST(Signals, AHandlersCallTakesItsOwnChannelWhileTheOtherWaits) {
  const Handler handler([](int) { g_call_in_handler = static_cast<int>(call_once()); });
  HostDouble host([calls = 0](const Request&) mutable {
    return calls++ == 0 ? Answer::held() : Answer::fixed(Numbers{});
  });
  ASSERT_TRUE(connected());
  std::thread waiter([] { EXPECT_EQ(call_once(), Outcome::kOk); });
  host.await_requests(1);
  host.await_parked(host.region().reply_control(0).guest_parked);
  ::pthread_kill(waiter.native_handle(), SIGUSR1);
  host.await_requests(2);
  host.answer(host.requests()[0], Answer::fixed(Numbers{}));
  waiter.join();
  EXPECT_EQ(g_call_in_handler, 0);
  EXPECT_EQ(host.requests()[1].channel, 1u);
}

TEST(Channels, AThreadThatIsBlockedHoldsNobodyUp) {
  HostDouble host([](const Request& request) {
    return request.fixed<Numbers>().a == 1 ? Answer::held() : Answer::fixed(Numbers{});
  });
  ASSERT_TRUE(connected());
  std::thread blocked([] {
    Call call(kCall);
    EXPECT_NE(call.invoke_fixed<Numbers>(Numbers{1, 0}), nullptr);
  });
  host.await_requests(1);
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([] {
      for (int n = 0; n < 100; ++n) EXPECT_EQ(call_once(), Outcome::kOk);
    });
  }
  for (auto& other : others) other.join();
  host.answer(host.requests()[0], Answer::fixed(Numbers{}));
  blocked.join();
}

TEST(Channels, AnEndedThreadsChannelServesTheNextAndItsPositionsContinue) {
  HostDouble host(empty);
  ASSERT_TRUE(connected());
  for (int i = 0; i < 20; ++i) std::thread([] { call_once(); }).join();
  const auto requests = host.requests();
  ASSERT_EQ(requests.size(), 20u);
  for (size_t i = 1; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i].channel, requests[0].channel);
    EXPECT_GT(requests[i].position, requests[i - 1].position);
  }
  EXPECT_EQ(host.counts().grows, 0u);
}

TEST(Channels, AChannelWithCallsUnderWayIsNotGivenToAnotherThread) {
  HostDouble host(empty);
  ASSERT_TRUE(connected());
  host.pause();
  for (int i = 0; i < 2; ++i) {
    std::thread([] {
      Call call(kCall);
      call.post_fixed(Numbers{}, Wake::kNow);
    }).join();
  }
  host.resume();
  host.await_requests(2);
  EXPECT_NE(host.requests()[0].channel, host.requests()[1].channel);
}

TEST(Channels, MoreAreAskedForUpToTheQuotaAndThenCallsAreExhausted) {
  HostDouble host(empty, {.channels = 2, .quota = 3});
  Call first(kCall);
  Call second(kCall);
  Call third(kCall);
  EXPECT_FALSE(third.failed());
  EXPECT_EQ(host.counts().grows, 1u);
  EXPECT_EQ(call_once(), Outcome::kExhausted);
}

TEST(Threads, FourAtOnceGetTheirOwnReplies) {
  HostDouble host([](const Request& request) { return Answer::fixed(request.fixed<Numbers>()); });
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (uint64_t i = 0; i < 500; ++i) {
        Call call(kCall);
        const auto* reply = call.invoke_fixed<Numbers>(Numbers{thread, i});
        ASSERT_NE(reply, nullptr);
        EXPECT_EQ(reply->a, thread);
        EXPECT_EQ(reply->b, i);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace ava::guest
