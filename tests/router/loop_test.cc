// The main thread's loop: what runs, in which order, and what must not run any more.
#include "router/loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <future>
#include <thread>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace ava::router {
namespace {

class LoopTest : public testing::Test {
 protected:
  static UniqueFd event(unsigned count = 0) { return UniqueFd(::eventfd(count, EFD_NONBLOCK)); }
  static void ring(const UniqueFd& fd) { EXPECT_EQ(::eventfd_write(fd.get(), 1), 0); }
  // Ends the test if the loop does not stop by itself.
  void run() {
    loop.at(now_ns() + 10 * kSecond, [this] {
      ADD_FAILURE() << "nothing stopped the loop";
      loop.stop();
    });
    loop.run();
  }

  Loop loop{std::move(*transport::Waiter::create(transport::Waiter::Kind::kAuto))};
};

TEST_F(LoopTest, CallsWhoseDescriptorIsReady) {
  const UniqueFd one = event(), two = event();
  int ones = 0;
  auto first = loop.watch(one.get(), [&] { ++ones; });
  auto second = loop.watch(two.get(), [&] { loop.stop(); });
  ASSERT_TRUE(first && second);
  ring(one);
  loop.at(now_ns() + kMillisecond, [&] { ring(two); });
  run();
  EXPECT_EQ(ones, 1);
}

TEST_F(LoopTest, AHandlerMayRemoveItselfAndOthersOfTheSameBatch) {
  const UniqueFd one = event(1), two = event(1);
  Loop::Watch first, second;
  int calls = 0;
  const auto end_both = [&] {
    ++calls;
    first = Loop::Watch();
    second = Loop::Watch();
    loop.stop();
  };
  first = std::move(*loop.watch(one.get(), end_both));
  second = std::move(*loop.watch(two.get(), end_both));
  run();
  EXPECT_EQ(calls, 1);
}

TEST_F(LoopTest, AgainCallsOnceMoreAfterTheOthers) {
  const UniqueFd one = event(1), two = event(1);
  std::string order;
  Loop::Watch first;
  first = std::move(*loop.watch(one.get(), [&] {
    order += 'a';
    if (order.size() < 4) first.again();
    if (order.size() > 3) loop.stop();
  }));
  const auto second = loop.watch(two.get(), [&] { order += 'b'; });
  run();
  EXPECT_EQ(std::count(order.begin(), order.end(), 'b'), 1);
  EXPECT_GE(std::count(order.begin(), order.end(), 'a'), 3);
}

TEST_F(LoopTest, TimersRunInTheOrderOfTheirDeadlines) {
  std::string order;
  const int64_t now = now_ns();
  loop.at(now + 3 * kMillisecond, [&] {
    order += 'c';
    loop.stop();
  });
  loop.at(now + 2 * kMillisecond, [&] { order += 'b'; });
  loop.at(now, [&] { order += 'a'; });
  run();
  EXPECT_EQ(order, "abc");
  EXPECT_GE(now_ns() - now, 3 * kMillisecond);
}

TEST_F(LoopTest, WorkOfOtherThreadsRunsOnTheLoopsThread) {
  std::thread::id where;
  std::jthread other([&] {
    loop.post([&] {
      where = std::this_thread::get_id();
      loop.stop();
    });
  });
  run();
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST_F(LoopTest, WakeCallsItsHandler) {
  loop.on_wake([&] { loop.stop(); });
  std::jthread other([&] { loop.wake(); });
  run();
}

TEST_F(LoopTest, WorkPostedAfterTheEndIsDropped) {
  loop.post([&] { loop.stop(); });
  run();
  auto promise = std::make_shared<std::promise<void>>();
  auto future = promise->get_future();
  loop.post([promise] { promise->set_value(); });
  promise.reset();
  EXPECT_THROW(future.get(), std::future_error) << "whoever waits for it is told";
}

}  // namespace
}  // namespace ava::router
