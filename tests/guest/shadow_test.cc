// Handles: their identity, their validity, and when the success of a call can be foreseen.
#include <gtest/gtest.h>

#include "host_double.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;

Answer empty(const Request&) { return Answer::fixed(Numbers{}); }

struct Seen {
  Outcome outcome;
  bool foreseen;
  marshal::ObjectId id;
};

// What a call that names `handle` makes of it.
Seen look(const void* handle, marshal::TypeId type = kBox) {
  Call call(kUse);
  const auto id = call.handle(handle, type);
  return {call.outcome(), !call.must_wait(false), id};
}

// One application reference more or less, by a call whose native function says `success`.
// Returns whether the call could be posted.
bool retain(void* handle, bool success = true) {
  Call call(kUse);
  const Numbers request{call.handle_retained(handle, kBox), 0};
  if (!call.must_wait(false)) return call.post_fixed(request, Wake::kNow);
  call.invoke_fixed<Numbers>(request);
  call.settle(success);
  return false;
}
bool release(void* handle, bool success = true) {
  Call call(kUse);
  const Numbers request{call.handle_released(handle, kBox), 0};
  if (!call.must_wait(false)) return call.post_fixed(request, Wake::kNow);
  call.invoke_fixed<Numbers>(request);
  call.settle(success);
  return false;
}

TEST(Handles, TheSameObjectIsTheSamePointerWithItsDispatchTableFirst) {
  HostDouble host(empty);
  void* const box = land_box(box_id(5), true);
  ASSERT_NE(box, nullptr);
  EXPECT_EQ(land_box(box_id(5), false), box);
  EXPECT_NE(land_box(box_id(6), true), box);
  EXPECT_EQ(*static_cast<const void**>(box), kBoxDispatch);
  const Seen seen = look(box);
  EXPECT_EQ(seen.id, box_id(5));
  EXPECT_TRUE(seen.foreseen);
}

TEST(Handles, ANullHandleIsForTheNativeLibraryToJudge) {
  HostDouble host(empty);
  const Seen seen = look(nullptr);
  EXPECT_EQ(seen.outcome, Outcome::kOk);
  EXPECT_EQ(seen.id, 0u);
  EXPECT_FALSE(seen.foreseen);
}

TEST(Handles, AForeignPointerIsInvalidAndNeverFollowed) {
  HostDouble host(empty);
  auto* const box = static_cast<std::byte*>(land_box(box_id(5), true));
  int local = 0;
  for (const void* foreign :
       {static_cast<const void*>(&local), reinterpret_cast<const void*>(uintptr_t{8}),
        reinterpret_cast<const void*>(~uintptr_t{0}), static_cast<const void*>(box + 8),
        static_cast<const void*>(box + 64)}) {
    EXPECT_EQ(look(foreign).outcome, Outcome::kInvalidHandle) << foreign;
  }
  EXPECT_EQ(look(box, kJob).outcome, Outcome::kInvalidHandle);
}

TEST(Handles, AnInvalidOneInAListFailsTheCallAndNamesItsType) {
  HostDouble host(empty);
  int local = 0;
  void* const list[] = {land_box(box_id(1), true), &local};
  Call call(kUse);
  call.handles(list, 2, 0, kBox);
  EXPECT_EQ(call.outcome(), Outcome::kInvalidHandle);
  EXPECT_EQ(call.invalid_type(), kBox);
}

TEST(Handles, WhatMayBeAHandleFailsNothing) {
  HostDouble host(empty);
  void* const box = land_box(box_id(3), true);
  int local = 0;
  Call call(kUse);
  EXPECT_EQ(call.handle_if_live(box, kBox), box_id(3));
  EXPECT_EQ(call.handle_if_live(&local, kBox), 0u);
  EXPECT_EQ(call.handle_if_live(nullptr, kBox), 0u);
  EXPECT_FALSE(call.failed());
  EXPECT_FALSE(call.must_wait(false));
}

TEST(References, AReleaseIsForeseenWhileTheApplicationHoldsOne) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  EXPECT_TRUE(retain(box));
  EXPECT_TRUE(release(box));
  EXPECT_TRUE(look(box).foreseen);
  EXPECT_TRUE(release(box));
  EXPECT_FALSE(look(box).foreseen);  // it may be gone: the server knows
  EXPECT_FALSE(release(box));
}

TEST(References, AFoundObjectIsLiveButItsReleaseIsNotForeseen) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), false);
  EXPECT_TRUE(look(box).foreseen);
  EXPECT_FALSE(release(box));       // a root device: succeeds and ends nothing
  EXPECT_TRUE(look(box).foreseen);  // the application gave back nothing that it was known to hold
}

TEST(References, AGetterOrARetainClearsTheDoubt) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  EXPECT_TRUE(release(box));
  EXPECT_EQ(land_box(box_id(1), false), box);
  EXPECT_TRUE(look(box).foreseen);
  EXPECT_FALSE(retain(box));  // waits, and is then known to be held
  EXPECT_TRUE(release(box));
}

TEST(References, AFailedReleaseGivesTheReferenceBack) {
  HostDouble host([](const Request&) { return Answer::failed(Outcome::kRefused); });
  void* const box = land_box(box_id(1), true);
  {
    Call call(kUse);
    const Numbers request{call.handle_released(box, kBox), 0};
    EXPECT_EQ(call.invoke_fixed<Numbers>(request), nullptr);
  }
  EXPECT_TRUE(look(box).foreseen);
  EXPECT_TRUE(release(box));
}

TEST(References, TwoReleasesAtOnceDoNotShareTheLastReference) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  Call first(kUse);
  first.handle_released(box, kBox);
  Call second(kUse);
  second.handle_released(box, kBox);
  EXPECT_FALSE(first.must_wait(false));
  EXPECT_TRUE(second.must_wait(false));
}

TEST(References, AnIndexThatIsUsedAgainIsANewObject) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1, 1), true);
  EXPECT_TRUE(release(box));
  EXPECT_EQ(land_box(box_id(1, 2), true), box);
  const Seen seen = look(box);
  EXPECT_EQ(seen.id, box_id(1, 2));
  EXPECT_TRUE(seen.foreseen);
}

TEST(Results, IdsInOutputsBecomeHandlesInPlace) {
  HostDouble host(empty);
  void* const first = land_box(box_id(1), true);
  Call call(kCall);
  // As an application may lay it out: unaligned, and with a tail that holds no whole handle.
  std::byte bytes[1 + 2 * 8 + 3] = {};
  const uint64_t ids[] = {box_id(1), 0};
  std::memcpy(bytes + 1, ids, sizeof ids);
  call.translate(bytes + 1, sizeof bytes - 1, kBox);
  void* handles[2];
  std::memcpy(handles, bytes + 1, sizeof handles);
  EXPECT_EQ(handles[0], first);
  EXPECT_EQ(handles[1], nullptr);
}

}  // namespace
}  // namespace ava::guest
