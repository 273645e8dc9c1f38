#include "server/execution_order.h"

#include <gtest/gtest.h>

#include <thread>

namespace ava::server {
namespace {

TEST(ExecutionOrder, WhatWasExecutedIsNotWaitedFor) {
  ExecutionOrder order;
  order.note(3, 100);
  EXPECT_TRUE(order.wait(3, 100));
  EXPECT_TRUE(order.wait(3, 8));
}

TEST(ExecutionOrder, AWaiterGoesOnWhenThePositionIsReached) {
  ExecutionOrder order;
  int calls = 0;
  std::thread waiter([&] {
    EXPECT_TRUE(order.wait(3, 100));
    EXPECT_EQ(calls, 2) << "what the other channel did is visible";
  });
  ++calls;
  order.note(3, 50);
  ++calls;
  order.note(3, 100);
  waiter.join();
}

TEST(ExecutionOrder, TheEndReleasesWaiters) {
  ExecutionOrder order;
  std::thread waiter([&] { EXPECT_FALSE(order.wait(3, 100)); });
  order.end();
  waiter.join();
  EXPECT_FALSE(order.wait(3, 100));
}

TEST(ExecutionOrder, AChannelThatCannotExistIsNotWaitedFor) {
  ExecutionOrder order;
  EXPECT_FALSE(order.wait(transport::kMaxChannels, 0));
}

TEST(ExecutionOrder, NoWakeIsLost) {
  ExecutionOrder order;
  constexpr uint64_t kRounds = 20'000;
  std::thread other([&] {
    for (uint64_t i = 1; i <= kRounds; ++i) {
      ASSERT_TRUE(order.wait(0, i));
      order.note(1, i);
    }
  });
  for (uint64_t i = 1; i <= kRounds; ++i) {
    order.note(0, i);
    ASSERT_TRUE(order.wait(1, i));
  }
  other.join();
}

}  // namespace
}  // namespace ava::server
