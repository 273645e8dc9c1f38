// A call's way out and back, and what the application sees of it.
#include <gtest/gtest.h>

#include <atomic>

#include "allocations.h"
#include "environment.h"
#include "host_double.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;

Answer add_up(const Request& request) {
  const auto& numbers = request.fixed<Numbers>();
  return Answer::fixed(Numbers{numbers.a + numbers.b, 0});
}

uint64_t sum(uint64_t a, uint64_t b) {
  Call call(kCall);
  const auto* reply = call.invoke_fixed<Numbers>(Numbers{a, b});
  return reply != nullptr ? reply->a : ~uint64_t{0};
}

TEST(Call, AFixedRequestGoesOutAndItsReplyComesBack) {
  HostDouble host(add_up);
  EXPECT_EQ(sum(40, 2), 42u);
  EXPECT_EQ(sum(1, 2), 3u);

  const auto requests = host.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].function, uint32_t{kCall});
  EXPECT_EQ(requests[0].header.flags, marshal::kWantsReply);
  EXPECT_EQ(requests[0].channel, requests[1].channel);
  EXPECT_GT(requests[1].position, requests[0].position);
}

TEST(Call, APostedRequestWaitsForNothing) {
  HostDouble host(add_up);
  host.pause();
  {
    Call call(kCall);
    EXPECT_FALSE(call.must_wait(false));
    EXPECT_TRUE(call.post_fixed(Numbers{1, 2}, Wake::kNow));
  }
  host.resume();
  host.await_requests(1);
  EXPECT_EQ(host.requests()[0].header.flags, 0);
}

TEST(Call, ATableCarriesItsVectors) {
  HostDouble host([](const Request& request) {
    const auto& scale = request.table<toy::wire::toy_scale_request>();
    flatbuffers::FlatBufferBuilder builder;
    const auto out = builder.CreateVector(scale.in()->data(), scale.in()->size());
    builder.Finish(toy::wire::Createtoy_scale_reply(builder, out, 7));
    return Answer::table(builder);
  });
  const char input[] = "some bytes";
  char output[sizeof input] = {};
  Call call(kScale);
  const In in = call.in(input, sizeof input, 3);
  const Out out = call.out(output, sizeof output, 4);
  const auto* reply = call.invoke_table<toy::wire::toy_scale_reply>(
      toy::wire::Createtoy_scale_request(call.builder(), call.present(), 0, 1.0f, sizeof input,
                                         in.bytes, in.reference(), out.reference()));
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->ret(), 7);
  EXPECT_TRUE(call.land(output, out, reply->out(), sizeof output));
  EXPECT_STREQ(output, "some bytes");
  EXPECT_EQ(host.requests()[0].table<toy::wire::toy_scale_request>().present(), 0b11000u);
}

TEST(Call, AFailureBelowTheApiReachesTheStub) {
  HostDouble host([](const Request&) { return Answer::failed(Outcome::kInvalidHandle, kJob); });
  Call call(kCall);
  EXPECT_EQ(call.invoke_fixed<Numbers>(Numbers{}), nullptr);
  EXPECT_TRUE(call.failed());
  EXPECT_EQ(call.outcome(), Outcome::kInvalidHandle);
  EXPECT_EQ(call.invalid_type(), kJob);
}

TEST(Call, WhatIsTooLargeForAFrameIsExhausted) {
  HostDouble host(add_up);
  Call call(kCall);
  const std::vector<void*> handles(marshal::kMaxList, land_box(box_id(9), true));
  call.handles(handles.data(), handles.size(), 0, kBox);
  EXPECT_FALSE(call.failed());
  call.handles(handles.data(), handles.size(), 1, kBox);
  EXPECT_EQ(call.outcome(), Outcome::kExhausted);
}

TEST(Call, TheApplicationsErrnoStays) {
  HostDouble host(add_up);
  errno = ENOTTY;
  sum(1, 2);
  EXPECT_EQ(errno, ENOTTY);
}

TEST(Call, ACallInsideACallTakesAnotherChannel) {
  HostDouble host(add_up);
  Call outer(kCall);
  EXPECT_EQ(sum(1, 2), 3u);
  EXPECT_NE(outer.invoke_fixed<Numbers>(Numbers{3, 4}), nullptr);
  EXPECT_NE(host.requests()[0].channel, host.requests()[1].channel);
}

TEST(Call, StrictFidelityWaitsForEverything) {
  for (const auto& [name, value] :
       {std::pair("AVA_FIDELITY", "strict"), std::pair("AVA_DISABLE", "landing,async")}) {
    const Environment environment(name, value);
    HostDouble host(add_up);
    Call call(kCall);
    EXPECT_TRUE(call.must_wait(false));
  }
  HostDouble host(add_up);
  Call call(kCall);
  EXPECT_FALSE(call.must_wait(false));
  EXPECT_TRUE(call.must_wait(true));
}

TEST(Call, WhatWasLearntIsNotWaitedForAgain) {
  HostDouble host(add_up);
  const auto waits = [](uint32_t index, uint64_t size, bool success) {
    Call call(kCall);
    call.learn_value(index);
    call.learn_value(size);
    const bool waited = call.must_wait(false);
    call.invoke_fixed<Numbers>(Numbers{});
    call.settle(success);
    return waited;
  };
  EXPECT_TRUE(waits(0, 4, false));
  EXPECT_TRUE(waits(0, 4, true));  // a failed one teaches nothing
  EXPECT_FALSE(waits(0, 4, true));
  EXPECT_TRUE(waits(0, 8, true));
  EXPECT_TRUE(waits(1, 4, true));
}

TEST(Call, WhatIsLearntHoldsForListsOfTheSameFamilies) {
  HostDouble host([](const Request&) { return Answer::fixed(Numbers{}); });
  const auto make = [](uint32_t index, void* from) {
    Call call(kMake);
    if (from != nullptr) call.handle(from, kBox);
    return call.land_handle(box_id(index), kBox, true);
  };
  const auto waits = [](std::vector<void*> list) {
    Call call(kUse);
    call.handles(list.data(), list.size(), 0, kBox);
    call.learn_value(list.size());
    const bool result = call.must_wait(false);
    call.settle(true);
    return result;
  };
  void* const one = make(1, nullptr);
  void* const its_child = make(2, one);
  void* const its_grandchild = make(3, its_child);
  void* const other = make(4, nullptr);
  void* const others_child = make(5, other);
  EXPECT_TRUE(waits({its_child}));
  EXPECT_FALSE(waits({its_grandchild}));
  EXPECT_TRUE(waits({others_child}));
  EXPECT_FALSE(waits({others_child}));
  EXPECT_TRUE(waits({its_child, its_grandchild}));
  EXPECT_TRUE(waits({its_child, others_child}));
  EXPECT_FALSE(waits({its_grandchild, its_child}));
}

TEST(Call, EachOptimisationHasItsOffSwitch) {
  const Environment environment("AVA_DISABLE", "learn,quiet");
  HostDouble host(add_up);
  for (int i = 0; i < 2; ++i) {
    Call call(kCall);
    call.learn_value(i);
    EXPECT_TRUE(call.must_wait(false));
    call.invoke_fixed<Numbers>(Numbers{});
    call.settle(true);
  }
  host.await_idle();
  Call call(kCall);
  ASSERT_TRUE(call.post_fixed(Numbers{}, Wake::kQuiet));
  host.await_requests(3);
}

TEST(Call, AFullRingIsWaitedForAndThenGoesOn) {
  HostDouble host(add_up);
  sum(0, 0);  // connects
  host.pause();
  constexpr int kCalls = 4096;  // of 64 bytes and more: twice the ring
  std::atomic<int> posted{0};
  std::thread poster([&] {
    for (int i = 0; i < kCalls; ++i) {
      Call call(kCall);
      if (call.post_fixed(Numbers{1, 1}, Wake::kNow)) ++posted;
    }
  });
  host.await_parked(host.region().request_control(1).producer_parked);
  EXPECT_LT(posted.load(), kCalls);
  host.resume();
  poster.join();
  EXPECT_EQ(posted.load(), kCalls);
  host.await_requests(1 + kCalls);
}

TEST(Call, InTheSteadyStateAnAsynchronousCallAllocatesNothingAndWakesNobody) {
  HostDouble host(add_up);
  void* const box = land_box(box_id(1), true);
  ASSERT_TRUE(post_use(box));
  host.await_requests(1);
  host.pause();
  const auto before = host.counts();
  const uint64_t before_calls = allocations();
  bool all = true;
  for (int i = 0; i < 1000; ++i) all &= post_use(box);
  EXPECT_TRUE(all);
  EXPECT_EQ(allocations(), before_calls);
  EXPECT_LE(host.counts().doorbells, before.doorbells + 1);  // if the channel was asleep already
  EXPECT_EQ(host.counts().parks, before.parks);
  host.resume();
}

TEST(Call, AQuietCallWakesNobodyAndTheNextWaitingCallBringsItAlong) {
  HostDouble host(add_up);
  sum(0, 0);
  host.await_idle();
  const uint64_t doorbells = host.counts().doorbells;
  {
    Call call(kCall);
    ASSERT_TRUE(call.post_fixed(Numbers{1, 1}, Wake::kQuiet));
  }
  EXPECT_EQ(host.counts().doorbells, doorbells);
  EXPECT_EQ(host.requests().size(), 1u);
  EXPECT_EQ(sum(1, 2), 3u);
  EXPECT_EQ(host.counts().doorbells, doorbells + 1);
  EXPECT_EQ(host.requests().size(), 3u);
}

TEST(Call, ATraceSaysWhatWasCalledAndHow) {
  const Environment environment("AVA_TRACE", "1");
  HostDouble host(add_up);
  ::testing::internal::CaptureStderr();
  sum(1, 2);
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("call: waited, "), std::string::npos) << line;
}

TEST(Call, TheTestBreakCorruptsEachReply) {
  const Environment environment("AVA_TEST_BREAK", "corrupt");
  HostDouble host(add_up);
  EXPECT_NE(sum(40, 2), 42u);
}

}  // namespace
}  // namespace ava::guest
