// Callbacks: on their own thread, after the outputs they prove, and able to call the API.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>

#include "host_double.h"
#include "marshal/bulk.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;

Answer empty(const Request&) { return Answer::fixed(Numbers{}); }

// What a callback saw, and a wait for it.
struct Witness {
  std::mutex mutex;
  std::condition_variable changed;
  int calls = 0;
  void* handle = nullptr;
  pthread_t thread{};
  sigset_t blocked{};
  Outcome outcome = Outcome::kLost;
  std::byte output{};
  const std::byte* watched = nullptr;

  void await(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return calls >= count; });
  }
};

void notify(void* handle, void* user_data) {
  auto& witness = *static_cast<Witness*>(user_data);
  Call call(kCall);
  call.invoke_fixed<Numbers>(Numbers{});
  const std::lock_guard lock(witness.mutex);
  witness.outcome = call.outcome();
  witness.handle = handle;
  witness.thread = ::pthread_self();
  ::pthread_sigmask(SIG_SETMASK, nullptr, &witness.blocked);
  if (witness.watched != nullptr) witness.output = *witness.watched;
  ++witness.calls;
  witness.changed.notify_all();
}

uint64_t register_callback(Witness& witness, bool once, bool success = true, IfLost if_lost = {}) {
  Call call(kCall);
  const uint64_t number =
      call.closure(reinterpret_cast<const void*>(notify), &witness, once, nullptr, if_lost);
  call.invoke_fixed<Numbers>(Numbers{number, 0});
  call.settle(success);
  return number;
}

void deliver(HostDouble& host, uint64_t closure, uint64_t id = 0, uint64_t ticket = 0) {
  host.upcall(0, closure, std::as_bytes(std::span(&id, 1)), ticket);
}

TEST(Upcalls, ACallbackRunsOnItsOwnThreadWithSignalsBlockedAndMayCallTheApi) {
  HostDouble host(empty);
  void* const box = land_box(box_id(9), true);
  Witness witness;
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const uint64_t closure = register_callback(witness, false);
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(::sigismember(&before, SIGUSR1), ::sigismember(&after, SIGUSR1));

  deliver(host, closure, box_id(9));
  deliver(host, closure, box_id(9));
  witness.await(2);
  EXPECT_EQ(witness.handle, box);
  EXPECT_EQ(witness.outcome, Outcome::kOk);
  EXPECT_FALSE(::pthread_equal(witness.thread, ::pthread_self()));
  EXPECT_TRUE(::sigismember(&witness.blocked, SIGUSR1));
  EXPECT_TRUE(::sigismember(&witness.blocked, SIGINT));
}

TEST(Upcalls, OneThatIsMeantOnceIsDeliveredOnce) {
  HostDouble host(empty);
  Witness once;
  Witness always;
  const uint64_t first = register_callback(once, true);
  const uint64_t second = register_callback(always, false);
  deliver(host, first);
  deliver(host, first);
  deliver(host, second);
  always.await(1);
  EXPECT_EQ(once.calls, 1);
}

TEST(Upcalls, TheServerHearsThatACallbackIsOver) {
  HostDouble host(empty);
  Witness witness;
  const uint64_t closure = register_callback(witness, true);
  deliver(host, closure, 0, 5);
  EXPECT_EQ(host.await_upcall_done(), 5u);
  EXPECT_EQ(witness.calls, 1);
  deliver(host, closure, 0, 6);  // nobody's any more
  EXPECT_EQ(host.await_upcall_done(), 6u);
  EXPECT_EQ(witness.calls, 1);
}

TEST(Upcalls, WhatCannotComeAnyMoreIsCalledAsLost) {
  HostDouble host(empty);
  void* const box = land_box(box_id(9), true);
  Witness waiting;
  Witness unsaid;
  Witness refused;
  Witness delivered;
  register_callback(waiting, true, true, {0, box});
  register_callback(unsaid, true);
  register_callback(refused, true, false, {0, box});
  const uint64_t over = register_callback(delivered, true, true, {0, box});
  deliver(host, over);
  delivered.await(1);
  host.end(Error::kServerDied);
  waiting.await(1);
  EXPECT_EQ(waiting.handle, box);
  EXPECT_EQ(waiting.outcome, Outcome::kLost);
  EXPECT_EQ(unsaid.calls, 0);
  EXPECT_EQ(refused.calls, 0);
  EXPECT_EQ(delivered.calls, 1);
}

TEST(Upcalls, ANullFunctionIsNoCallback) {
  HostDouble host(empty);
  Call call(kCall);
  EXPECT_EQ(call.closure(nullptr, nullptr, false), 0u);
  EXPECT_EQ(call.closure(nullptr, &call, false), marshal::kNoFunction);
  EXPECT_FALSE(call.failed());
}

TEST(Upcalls, ACallbackOfACallThatFailedIsForgotten) {
  HostDouble host(empty);
  Witness failed;
  Witness good;
  const uint64_t first = register_callback(failed, false, false);
  const uint64_t second = register_callback(good, false);
  deliver(host, first);
  deliver(host, second);
  good.await(1);
  EXPECT_EQ(failed.calls, 0);
}

TEST(Upcalls, WhatACallThatFailedCalledBackBeforeIsDelivered) {
  HostDouble* self = nullptr;
  HostDouble host([&](const Request& request) {
    deliver(*self, request.fixed<Numbers>().a);
    return Answer::fixed(Numbers{});
  });
  self = &host;
  Witness failed;
  register_callback(failed, true, false);
  failed.await(1);
  EXPECT_EQ(failed.calls, 1);
}

TEST(Upcalls, ACallThatReleasesReturnsAfterWhatTheEndOfItsObjectCalledBack) {
  HostDouble* self = nullptr;
  uint64_t closure = 0;
  HostDouble host([&](const Request& request) {
    if (request.function == kUse) deliver(*self, closure);
    return Answer::fixed(Numbers{});
  });
  self = &host;
  void* const watched = land_box(box_id(9), true);
  void* const other = land_box(box_id(10), true);
  Witness witness;
  {
    Call call(kCall);
    closure = call.closure(reinterpret_cast<const void*>(notify), &witness, true, watched);
    call.invoke_fixed<Numbers>(Numbers{closure, 0});
    call.settle(true);
  }
  {
    Call release(kUse);
    const Numbers request{release.handle_released(watched, kBox), 0};
    EXPECT_TRUE(release.must_wait(false));
    release.invoke_fixed<Numbers>(request);
    release.settle(true);
    EXPECT_EQ(witness.calls, 1);
  }
  // Nobody waits for ends any more.
  Call release(kCall);
  release.handle_released(other, kBox);
  EXPECT_FALSE(release.must_wait(false));
}

TEST(Upcalls, WhatACallbackProvesHasLanded) {
  HostDouble host([](const Request& request) {
    return (request.header.flags & marshal::kWantsReply) != 0 ? Answer::fixed(Numbers{}) : Answer{};
  });
  std::byte output{};
  Witness witness;
  witness.watched = &output;
  const uint64_t closure = register_callback(witness, true);
  {
    Call call(kScale);
    const Out out = call.out_until(&output, 1, 4);
    ASSERT_TRUE(
        call.post_table(toy::wire::Createtoy_scale_request(call.builder(), call.present(), 0, 1.0f,
                                                           0, 0, nullptr, out.reference()),
                        Wake::kNow));
  }
  host.await_requests(2);
  const Request sent = host.requests()[1];
  const auto& out = *sent.table<toy::wire::toy_scale_request>().out();
  host.arena()[out.offset()] = std::byte{77};
  host.complete(out.slot(), 0);
  deliver(host, closure);
  witness.await(1);
  EXPECT_EQ(witness.output, std::byte{77});
}

}  // namespace
}  // namespace ava::guest
