// Calls on one object run in program order, whichever threads make them.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "host_double.h"
#include "test_module.h"

namespace ava::guest {
namespace {

Answer empty(const Request&) { return Answer::fixed(Numbers{}); }

void on_another_thread(const std::function<void()>& work) { std::thread(work).join(); }

TEST(Order, ACallDependsOnTheLastAsynchronousOneOfAnotherThread) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  host.pause();
  on_another_thread([&] { EXPECT_TRUE(post_use(box)); });
  EXPECT_TRUE(post_use(box));
  EXPECT_TRUE(post_use(box));  // by its channel's order
  host.resume();
  host.await_requests(3);

  const auto requests = host.requests();
  EXPECT_TRUE(requests[0].dependencies.empty());
  ASSERT_EQ(requests[1].dependencies.size(), 1u);
  EXPECT_EQ(requests[1].dependencies[0].channel, requests[0].channel);
  EXPECT_EQ(requests[1].dependencies[0].position, requests[0].position);
  EXPECT_TRUE(requests[2].dependencies.empty());
}

TEST(Order, WhatWasExecutedIsNoDependency) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  on_another_thread([&] { EXPECT_TRUE(post_use(box)); });
  host.await_requests(1);
  host.await_idle();
  EXPECT_EQ(invoke_use(box), marshal::Outcome::kOk);
  EXPECT_TRUE(host.requests()[1].dependencies.empty());
}

TEST(Order, UnrelatedObjectsAreUnrelated) {
  HostDouble host(empty);
  void* const one = land_box(box_id(1), true);
  void* const two = land_box(box_id(2), true);
  host.pause();
  on_another_thread([&] { EXPECT_TRUE(post_use(one)); });
  EXPECT_TRUE(post_use(two));
  host.resume();
  host.await_requests(2);
  for (const auto& request : host.requests()) EXPECT_TRUE(request.dependencies.empty());
}

TEST(Order, AWaitingCallBringsAlongTheQuietOneItDependsOn) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  host.await_idle();
  on_another_thread([&] { EXPECT_TRUE(post_use(box, Wake::kQuiet)); });
  EXPECT_EQ(invoke_use(box), marshal::Outcome::kOk);
  EXPECT_EQ(host.requests().size(), 2u);
}

TEST(Order, MoreChannelsThanAFrameCanNameAreWaitedFor) {
  HostDouble host(empty);
  std::vector<void*> boxes;
  for (uint32_t i = 1; i <= 6; ++i) boxes.push_back(land_box(box_id(i), true));
  host.pause();
  for (void* box : boxes) on_another_thread([&] { EXPECT_TRUE(post_use(box)); });
  std::thread resumes([&] { host.resume(); });
  {
    Call call(kUse);
    for (void* box : boxes) call.handle(box, kBox);
    EXPECT_FALSE(call.must_wait(false));
    EXPECT_TRUE(call.post_fixed(Numbers{}, Wake::kNow));
  }
  resumes.join();
  host.await_requests(7);
  EXPECT_LE(host.requests()[6].dependencies.size(), size_t{marshal::kMaxDependencies});
  std::set<uint32_t> channels;
  for (size_t i = 0; i < 6; ++i) channels.insert(host.requests()[i].channel);
  EXPECT_EQ(channels.size(), 6u);
}

// Frames that name one object form a chain: each has one predecessor of its own, which is the one
// it depends on, or the one before it in its channel.
TEST(Order, ConcurrentUsersOfAnObjectFormAChain) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 200;
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  host.pause();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kCalls; ++n) EXPECT_TRUE(post_use(box));
    });
  }
  for (auto& thread : threads) thread.join();
  host.resume();
  host.await_requests(kThreads * kCalls);

  using Place = std::pair<uint32_t, uint64_t>;  // channel and position
  std::map<uint32_t, uint64_t> last;            // position, of each channel
  std::set<Place> predecessors;
  int firsts = 0;
  for (const auto& request : host.requests()) {
    Place predecessor{request.channel, last[request.channel]};
    if (!request.dependencies.empty()) {
      ASSERT_EQ(request.dependencies.size(), 1u);
      predecessor = {request.dependencies[0].channel, request.dependencies[0].position};
    }
    last[request.channel] = request.position;
    if (predecessor.second == 0) {
      ++firsts;
    } else {
      EXPECT_TRUE(predecessors.insert(predecessor).second);
    }
  }
  EXPECT_EQ(firsts, 1);
}

}  // namespace
}  // namespace ava::guest
