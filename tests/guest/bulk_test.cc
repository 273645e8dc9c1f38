// Inputs and outputs: inline, in the arena, and in spills; what waits for room and what does not;
// and the landing of outputs that come later than their call.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "environment.h"
#include "host_double.h"
#include "marshal/bulk.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;
using marshal::Space;
using Scale = toy::wire::toy_scale_request;
using ScaleReply = toy::wire::toy_scale_reply;

constexpr uint64_t kLarge = 100'000;  // bytes; not inline

std::vector<std::byte> pattern(uint64_t size, unsigned seed = 1) {
  std::vector<std::byte> bytes(size);
  for (uint64_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + seed);
  return bytes;
}

std::span<std::byte> at(std::span<std::byte> arena, const wire::Bulk& bulk) {
  return arena.subspan(bulk.offset(), bulk.size());
}

Answer scaled(std::span<const std::byte> inline_out = {}) {
  flatbuffers::FlatBufferBuilder builder;
  const auto bytes =
      builder.CreateVector(reinterpret_cast<const uint8_t*>(inline_out.data()), inline_out.size());
  builder.Finish(toy::wire::Createtoy_scale_reply(builder, bytes, 0));
  return Answer::table(builder);
}

flatbuffers::Offset<Scale> scale(Call& call, const In& in, const Out& out) {
  return toy::wire::Createtoy_scale_request(call.builder(), call.present(), 0, 1.0f, 0, in.bytes,
                                            in.reference(), out.reference());
}

// A call with one input and one output that waits for its reply.
Outcome copy(std::span<const std::byte> from, std::span<std::byte> to) {
  Call call(kScale);
  const In in = call.in(from.data(), from.size(), 3);
  const Out out = call.out(to.data(), to.size(), 4);
  if (call.failed()) return call.outcome();
  const auto* reply = call.invoke_table<ScaleReply>(scale(call, in, out));
  if (reply == nullptr) return call.outcome();
  call.settle(true);
  static_cast<void>(call.land(to.data(), out, reply->out(), to.size()));
  return call.outcome();
}

// Posts a call whose output comes with a completion.
Outcome post_out(std::span<std::byte> to) {
  Call call(kScale);
  const Out out = call.out_until(to.data(), to.size(), 4);
  if (!call.failed()) call.post_table(scale(call, {}, out), Wake::kNow);
  return call.outcome();
}

Outcome post_in(std::span<const std::byte> from) {
  Call call(kScale);
  const In in = call.in_until(from.data(), from.size(), 3);
  if (!call.failed()) call.post_table(scale(call, in, {}), Wake::kNow);
  return call.outcome();
}

// The references in the `index`th request.
wire::Bulk in_of(const HostDouble& host, size_t index = 0) {
  return *host.requests()[index].table<Scale>().in_ref();
}
wire::Bulk out_of(const HostDouble& host, size_t index = 0) {
  return *host.requests()[index].table<Scale>().out();
}

Outcome any_call() {
  Call call(kScale);
  call.invoke_table<ScaleReply>(scale(call, {}, {}));
  return call.outcome();
}

TEST(Bulk, LargeArgumentsTravelThroughTheArena) {
  std::vector<std::byte> seen;
  HostDouble* self = nullptr;
  HostDouble host([&](const Request& request) {
    const auto& call = request.table<Scale>();
    const auto from = at(self->arena(), *call.in_ref());
    seen.assign(from.begin(), from.end());
    std::copy(from.begin(), from.end(), at(self->arena(), *call.out()).begin());
    return scaled();
  });
  self = &host;
  const auto input = pattern(kLarge);
  std::vector<std::byte> output(kLarge);
  for (int i = 0; i < 100; ++i) {  // 20 MB through 4: blocks are given back
    ASSERT_EQ(copy(input, output), Outcome::kOk);
  }
  EXPECT_EQ(seen, input);
  EXPECT_EQ(output, input);
  EXPECT_EQ(in_of(host).space(), static_cast<uint32_t>(Space::kArena));
}

TEST(Bulk, InlineArgumentsStayWithinTheFrameAndTheReply) {
  HostDouble host([](const Request&) { return scaled(); });
  const auto input = pattern(marshal::kMaxInline);
  Call call(kScale);
  for (uint64_t i = 0; i < marshal::kMaxInlineTotal / marshal::kMaxInline; ++i) {
    EXPECT_EQ(call.in(input.data(), input.size(), 0).reference(), nullptr);
  }
  EXPECT_NE(call.in(input.data(), input.size(), 0).reference(), nullptr);
  std::vector<std::byte> output(marshal::kMaxInline);
  for (uint64_t i = 0; i < marshal::kMaxInlineTotal / marshal::kMaxInline; ++i) {
    const Out out = call.out(output.data(), output.size(), 1);
    EXPECT_EQ(out.bulk.space(), static_cast<uint32_t>(Space::kInline));
  }
  const Out out = call.out(output.data(), output.size(), 1);
  EXPECT_EQ(out.bulk.space(), static_cast<uint32_t>(Space::kArena));
}

TEST(Bulk, NullPointersAndEmptyBuffersAreToldApart) {
  HostDouble host([](const Request&) { return scaled(); });
  int nothing = 0;
  Call call(kScale);
  EXPECT_EQ(call.out(nullptr, 10, 4).reference(), nullptr);
  EXPECT_TRUE(call.in(nullptr, 10, 3).bytes.IsNull());
  EXPECT_EQ(call.present(), 0u);
  EXPECT_NE(call.out(&nothing, 0, 4).reference(), nullptr);
  EXPECT_FALSE(call.in(&nothing, 0, 3).bytes.IsNull());
  EXPECT_EQ(call.present(), 0b11000u);
}

TEST(Bulk, StringsTravelOneBehindTheOtherWithTheirSizes) {
  HostDouble host([](const Request&) { return Answer::fixed(Numbers{}); });
  const char* const strings[] = {"abc", nullptr, "defgh", ""};
  const size_t sizes[] = {2, 9, 0, 0};  // 0: up to its zero
  for (const bool large : {false, true}) {
    const std::string filler(large ? 5000 : 0, 'x');
    const char* const list[] = {strings[0], strings[1], strings[2], filler.c_str()};
    Call call(kJoin);
    const InList field = call.in_strings(list, 4, sizes, 2);
    ASSERT_FALSE(call.failed());
    call.invoke_table_for_fixed<Numbers>(toy::wire::Createtoy_join_request(
        call.builder(), call.present(), 0, 4, field.in.bytes, field.in.reference(), field.sizes));
    const Request sent = host.requests().back();
    const auto& request = sent.table<toy::wire::toy_join_request>();
    const auto* lengths = request.strings_sizes();
    ASSERT_EQ(lengths->size(), 4u);
    EXPECT_EQ(lengths->Get(0), 2u);
    EXPECT_EQ(lengths->Get(1), ~uint64_t{0});
    EXPECT_EQ(lengths->Get(2), 5u);
    EXPECT_EQ(lengths->Get(3), filler.size());
    const auto* bytes =
        large ? reinterpret_cast<const char*>(at(host.arena(), *request.strings_ref()).data())
              : reinterpret_cast<const char*>(request.strings()->data());
    EXPECT_EQ(std::string(bytes, 7 + filler.size()), "abdefgh" + filler);
  }
}

TEST(Exhaustion, AWaitingCallFailsHonestlyWhenItsPatienceIsSpent) {
  const Environment environment("AVA_ARENA_WAIT_MS", "5");
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 256 * 1024});
  std::vector<std::byte> pending(200'000);
  ASSERT_EQ(post_out(pending), Outcome::kOk);
  std::vector<std::byte> output(kLarge);
  EXPECT_EQ(copy({}, output), Outcome::kExhausted);
  EXPECT_GE(host.counts().polls, 1u);
}

TEST(Exhaustion, AWaitingCallGoesOnAsSoonAsSomethingCompletes) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 256 * 1024});
  std::vector<std::byte> pending(200'000);
  ASSERT_EQ(post_out(pending), Outcome::kOk);
  host.await_requests(1);
  host.on_poll([&, slot = out_of(host).slot()] {
    if (host.counts().polls == 2) host.complete(slot, 0);
  });
  std::vector<std::byte> output(kLarge);
  EXPECT_EQ(copy({}, output), Outcome::kOk);
  EXPECT_EQ(host.counts().polls, 2u);
}

TEST(Exhaustion, WhatTheArenaCouldNeverHoldSpillsAtOnceAlsoWhereTheCallWaits) {
  HostDouble* self = nullptr;
  HostDouble host(
      [&](const Request& request) {
        const auto& call = request.table<Scale>();
        if (call.out() != nullptr) {
          self->set_spill(call.out()->offset(), self->spill(call.in_ref()->offset()));
        }
        return scaled();
      },
      {.arena = 256 * 1024});
  self = &host;
  const auto input = pattern(300'000);
  std::vector<std::byte> output(input.size());
  EXPECT_EQ(copy(input, output), Outcome::kOk);
  EXPECT_EQ(output, input);
  EXPECT_EQ(host.counts().polls, 0u);
  EXPECT_EQ(any_call(), Outcome::kOk);  // brings the quiet kSpillFree along
  host.await_idle();
  EXPECT_EQ(host.spills(), 0u);
}

TEST(Exhaustion, ASpillIsGivenBackBeforeTheNextCall) {
  HostDouble* self = nullptr;
  size_t left = 0;
  HostDouble host(
      [&](const Request& request) {
        left += self->spills();
        const auto& call = request.table<Scale>();
        self->set_spill(call.out()->offset(), pattern(300'000));
        return scaled();
      },
      {.arena = 256 * 1024});
  self = &host;
  std::vector<std::byte> output(300'000);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(copy({}, output), Outcome::kOk);
  EXPECT_EQ(left, 0u);
}

TEST(Exhaustion, AWaitingCallWhoseSpilledOutputCannotBeFetchedIsLost) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 256 * 1024});
  std::vector<std::byte> output(300'000);
  EXPECT_EQ(copy({}, output), Outcome::kLost);  // never success without the bytes
}

TEST(Exhaustion, AnInputOfACallThatMayNotWaitSpills) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 64 * 1024});
  const auto input = pattern(kLarge);
  ASSERT_EQ(post_in(input), Outcome::kOk);
  host.await_requests(1);
  const wire::Bulk in = in_of(host);
  EXPECT_EQ(in.space(), static_cast<uint32_t>(Space::kSpill));
  EXPECT_EQ(in.size(), kLarge);
  EXPECT_EQ(host.spill(in.offset()), input);  // ahead of the call
  EXPECT_EQ(host.counts().polls, 0u);

  host.complete(in.slot(), 0);
  EXPECT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(any_call(), Outcome::kOk);  // brings the quiet kSpillFree along
  host.await_idle();
  EXPECT_EQ(host.spills(), 0u);
}

TEST(Exhaustion, AnOutputOfACallThatMayNotWaitSpillsAndLands) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 64 * 1024});
  std::vector<std::byte> output(kLarge);
  ASSERT_EQ(post_out(output), Outcome::kOk);
  host.await_requests(1);
  const wire::Bulk out = out_of(host);
  EXPECT_EQ(out.space(), static_cast<uint32_t>(Space::kSpill));
  host.set_spill(out.offset(), pattern(kLarge));
  host.complete(out.slot(), 0);
  EXPECT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(output, pattern(kLarge));
}

TEST(Exhaustion, ACallWhoseSpilledOutputCannotBeFetchedIsLost) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 64 * 1024});
  std::vector<std::byte> output(kLarge);
  ASSERT_EQ(post_out(output), Outcome::kOk);
  host.await_requests(1);
  host.complete(out_of(host).slot(), 0);
  EXPECT_EQ(any_call(), Outcome::kLost);  // never success without the bytes
}

TEST(Exhaustion, WithoutAFreeSlotACallAsksTheServerToComplete) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 1 << 20});
  constexpr uint32_t kSlots = transport::kCompletionSlots - 1;
  std::vector<std::byte> bytes(kSlots + 1);
  for (uint32_t i = 0; i < kSlots; ++i) ASSERT_EQ(post_out({&bytes[i], 1}), Outcome::kOk);
  EXPECT_EQ(host.counts().polls, 0u);
  host.on_poll([&] { host.complete(17, 0); });
  EXPECT_EQ(post_out({&bytes[kSlots], 1}), Outcome::kOk);
  EXPECT_EQ(host.counts().polls, 1u);
}

TEST(Landing, AnOutputIsThereBeforeAnyCallReturnsThatSawItsCompletion) {
  HostDouble* self = nullptr;
  HostDouble host([&](const Request& request) {
    const auto* out = request.table<Scale>().out();
    if (out == nullptr) {  // what waits for the completion
      self->complete(out_of(*self).slot(), 0);
      return scaled();
    }
    const auto bytes = pattern(out->size());
    std::copy(bytes.begin(), bytes.end(), at(self->arena(), *out).begin());
    return scaled();
  });
  self = &host;
  std::vector<std::byte> output(kLarge);
  ASSERT_EQ(post_out(output), Outcome::kOk);
  EXPECT_NE(output, pattern(kLarge));
  std::thread([&] {  // whoever observes it
    EXPECT_EQ(any_call(), Outcome::kOk);
    EXPECT_EQ(output, pattern(kLarge));
  })
      .join();
}

// The `index`th output's bytes arrive, all of one value.
void bring(HostDouble& host, size_t index, std::byte value) {
  std::ranges::fill(at(host.arena(), out_of(host, index)), value);
}

TEST(Landing, OutputsForOnePlaceLandInTheOrderOfTheirCalls) {
  HostDouble host([](const Request&) { return scaled(); });
  std::vector<std::byte> output(5000);
  constexpr size_t kOutputs = 5;
  for (size_t i = 0; i < kOutputs; ++i) ASSERT_EQ(post_out(output), Outcome::kOk);
  host.await_requests(kOutputs);
  for (size_t i = 0; i < kOutputs; ++i) {
    bring(host, i, static_cast<std::byte>(i + 1));
    host.complete(out_of(host, i).slot(), 0);
  }
  EXPECT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(output, std::vector<std::byte>(5000, static_cast<std::byte>(kOutputs)));
  EXPECT_EQ(host.counts().polls, 0u);
}

TEST(Landing, AnOutputThatOvertakesOneForTheSamePlaceIsLookedAtTwice) {
  HostDouble host([](const Request&) { return scaled(); });
  std::vector<std::byte> output(5000);
  for (int i = 0; i < 2; ++i) ASSERT_EQ(post_out(output), Outcome::kOk);
  host.await_requests(2);
  for (size_t i = 0; i < 2; ++i) bring(host, i, static_cast<std::byte>(i + 1));
  host.complete(out_of(host, 1).slot(), 0);
  // The server looked at the first one right before it ended.
  host.on_poll([&] { host.complete(out_of(host, 0).slot(), 0); });
  EXPECT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(output, std::vector<std::byte>(5000, std::byte{2}));
  EXPECT_EQ(host.counts().polls, 1u);
}

TEST(Landing, AnOutputWithoutOrderDoesNotWaitForTheEarlierOne) {
  HostDouble host([](const Request&) { return scaled(); });
  std::vector<std::byte> output(5000);
  for (int i = 0; i < 2; ++i) ASSERT_EQ(post_out(output), Outcome::kOk);
  host.await_requests(2);
  for (size_t i = 0; i < 2; ++i) bring(host, i, static_cast<std::byte>(i + 1));
  host.complete(out_of(host, 1).slot(), 0);
  EXPECT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(output, std::vector<std::byte>(5000, std::byte{2}));
  host.complete(out_of(host, 0).slot(), 0);
  EXPECT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(output, std::vector<std::byte>(5000, std::byte{1}));
}

Outcome wait_in(std::span<const std::byte> from) {
  Call call(kScale);
  const In in = call.in_turn(from.data(), from.size(), 3);
  if (!call.failed()) call.invoke_table<ScaleReply>(scale(call, in, {}));
  return call.outcome();
}

TEST(Landing, AnInputThatAPendingOutputBringsIsThatOutputsBlock) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 256 * 1024});
  std::vector<std::byte> bytes(kLarge);
  ASSERT_EQ(post_out(bytes), Outcome::kOk);
  ASSERT_EQ(post_in(std::span(bytes).subspan(100, 1000)), Outcome::kOk);
  ASSERT_EQ(wait_in(std::span(bytes).last(10)), Outcome::kOk);
  host.await_requests(3);
  const wire::Bulk out = out_of(host);
  const wire::Bulk in = in_of(host, 1);
  EXPECT_EQ(in.space(), static_cast<uint32_t>(Space::kArena));
  EXPECT_EQ(in.offset(), out.offset() + 100);
  EXPECT_EQ(in.size(), 1000u);
  EXPECT_NE(in.slot(), out.slot());
  EXPECT_EQ(in_of(host, 2).offset(), out.offset() + kLarge - 10);
  EXPECT_EQ(in_of(host, 2).slot(), 0u);

  bring(host, 0, std::byte{3});
  host.complete(out.slot(), 0);
  ASSERT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(bytes, std::vector<std::byte>(kLarge, std::byte{3}));
  // The block stays taken for as long as the input is not through.
  bytes.resize(200'000);
  const auto goes_to = [&] {
    Call call(kScale);
    return static_cast<Space>(call.out_until(bytes.data(), bytes.size(), 4).bulk.space());
  };
  EXPECT_EQ(goes_to(), Space::kSpill);
  host.complete(in.slot(), 0);
  ASSERT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(goes_to(), Space::kArena);
}

TEST(Landing, AnInputThatSeveralOutputsBringWaitsForThem) {
  HostDouble host([](const Request&) { return scaled(); });
  std::vector<std::byte> bytes(kLarge);
  for (const auto half : {std::span(bytes).first(kLarge / 2), std::span(bytes).last(kLarge / 2)}) {
    ASSERT_EQ(post_out(half), Outcome::kOk);
  }
  host.await_requests(2);
  for (size_t i = 0; i < 2; ++i) bring(host, i, static_cast<std::byte>(i + 1));
  host.on_poll([&] {
    for (size_t i = 0; i < 2; ++i) host.complete(out_of(host, i).slot(), 0);
  });
  ASSERT_EQ(post_in(bytes), Outcome::kOk);
  host.await_requests(3);
  const auto sent = at(host.arena(), in_of(host, 2));
  EXPECT_TRUE(std::ranges::equal(sent, bytes));
  EXPECT_EQ(bytes.front(), std::byte{1});
  EXPECT_EQ(bytes.back(), std::byte{2});
}

TEST(Landing, AFailedCompletionLandsNothing) {
  HostDouble host([](const Request&) { return scaled(); });
  std::vector<std::byte> output(kLarge);
  ASSERT_EQ(post_out(output), Outcome::kOk);
  host.await_requests(1);
  const wire::Bulk out = out_of(host);
  std::ranges::fill(at(host.arena(), out), std::byte{1});
  host.complete(out.slot(), -5);
  EXPECT_EQ(any_call(), Outcome::kOk);
  EXPECT_EQ(output, std::vector<std::byte>(kLarge));
}

TEST(Landing, ACallThatFailsGivesItsSlotAndMemoryBack) {
  HostDouble host([](const Request&) { return Answer::failed(Outcome::kRefused); },
                  {.arena = 256 * 1024});
  std::vector<std::byte> output(200'000);
  for (int i = 0; i < 3; ++i) {
    Call call(kScale);
    const Out out = call.out_until(output.data(), output.size(), 4);
    EXPECT_EQ(out.bulk.space(), static_cast<uint32_t>(Space::kArena));
    EXPECT_EQ(call.invoke_table<ScaleReply>(scale(call, {}, out)), nullptr);
  }
}

TEST(Landing, AnInputOfAnAsynchronousCallIsGivenBackOnceItWasExecuted) {
  HostDouble host([](const Request&) { return scaled(); }, {.arena = 256 * 1024});
  const auto input = pattern(kLarge);
  for (int i = 0; i < 10; ++i) {
    Call call(kScale);
    const In in = call.in(input.data(), input.size(), 3);
    ASSERT_FALSE(call.failed());
    ASSERT_TRUE(call.post_table(scale(call, in, {}), Wake::kNow));
  }
}

TEST(Landing, FourThreadsLandTheirOwnAndOneAnothersOutputs) {
  HostDouble* self = nullptr;
  HostDouble host([&](const Request& request) {
    const auto& call = request.table<Scale>();
    if (call.out() != nullptr) {
      const auto bytes = pattern(call.out()->size(), static_cast<unsigned>(call.present()));
      std::copy(bytes.begin(), bytes.end(), at(self->arena(), *call.out()).begin());
      self->complete(call.out()->slot(), 0);
    }
    return scaled();
  });
  self = &host;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) {
        std::vector<std::byte> output(5000);
        ASSERT_EQ(post_out(output), Outcome::kOk);
        ASSERT_EQ(any_call(), Outcome::kOk);
        ASSERT_EQ(output, pattern(5000, 1 << 4));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace ava::guest
