// Fork and exit. What is to be shown happens in a child; its exit status says whether it held.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "guest/runtime.h"
#include "host_double.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;

Answer empty(const Request&) { return Answer::fixed(Numbers{}); }

Outcome call_once() {
  Call call(kCall);
  call.invoke_fixed<Numbers>(Numbers{});
  return call.outcome();
}

// ThreadSanitizer allows no threads in the child of a process that has several.
constexpr HostDouble::Options kNoThread{.threaded = false};

// Runs `child` in a forked process, which must return 0.
template <typename Child>
int in_child(Child&& child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = -1;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(Fork, TheChildStartsAnewAndItsHandlesAreInvalid) {
  HostDouble host(empty, kNoThread);
  void* const box = land_box(box_id(1), true);
  ASSERT_EQ(call_once(), Outcome::kOk);
  EXPECT_EQ(in_child([&] {
              // The dispatch word is still there for the ICD loader to follow.
              if (*static_cast<const void**>(box) != kBoxDispatch) return 1;
              HostDouble own(empty);
              if (invoke_use(box) != Outcome::kInvalidHandle) return 2;
              if (own.counts().connects != 1) return 3;
              void* const other = land_box(box_id(1), true);
              if (other == box || invoke_use(other) != Outcome::kOk) return 4;
              return 0;
            }),
            0);
  EXPECT_EQ(invoke_use(box), Outcome::kOk);
}

TEST(Fork, TheChildConnectsByItselfAndTheParentGoesOn) {
  HostDouble host(empty);
  ASSERT_EQ(call_once(), Outcome::kOk);
  // The region is not inherited, so the double is of no use to the child; that it asks is enough.
  EXPECT_EQ(in_child([&] {
              connected();
              return host.counts().connects == 2 ? 0 : 1;
            }),
            0);
  EXPECT_EQ(call_once(), Outcome::kOk);
}

TEST(Fork, LocksThatOtherThreadsHeldDoNotReachTheChild) {
  HostDouble host(empty);
  void* const box = land_box(box_id(1), true);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) post_use(box);
    });
  }
  for (int i = 0; i < 20; ++i) {
    // No double in the child: the parent's mutex may be held. Refused, as by a missing router.
    EXPECT_EQ(
        in_child([&] {
          ::alarm(5);
          Runtime::restart_for_test([](const transport::Hello&)
                                        -> tl::expected<std::unique_ptr<transport::GuestTransport>,
                                                        transport::ConnectError> {
            return tl::unexpected(transport::ConnectError{Error::kNotFound, "none"});
          });
          return invoke_use(box) == Outcome::kLost ? 0 : 1;
        }),
        0);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
}

TEST(Fork, ACallThatAForkInterruptedEndsInTheChild) {
  HostDouble host([](const Request& request) {
    return request.fixed<Numbers>().a == 1 ? Answer::held() : Answer::fixed(Numbers{});
  });
  ASSERT_TRUE(connected());
  Call call(kCall);
  EXPECT_EQ(in_child([&] {
              ::alarm(5);
              if (call.invoke_fixed<Numbers>(Numbers{1, 0}) != nullptr) return 1;
              return call.outcome() == Outcome::kLost ? 0 : 2;
            }),
            0);
  EXPECT_NE(call.invoke_fixed<Numbers>(Numbers{}), nullptr);
}

TEST(Exit, CallsFromFunctionsThatRunAtExitStillWork) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(10);
    static HostDouble own(empty);  // destroyed after what atexit registers below
    static Outcome outcome = Outcome::kLost;
    if (call_once() != Outcome::kOk) ::_exit(1);
    std::atexit([] {
      outcome = call_once();
      ::_exit(outcome == Outcome::kOk ? 0 : 2);
    });
    std::exit(3);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Exit, IsNotHeldUpByACallThatWaits) {
  const int64_t before = now_ns();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(10);
    auto* const own = new HostDouble([](const Request&) { return Answer::held(); });
    std::thread([] { call_once(); }).detach();
    own->await_requests(1);
    std::quick_exit(0);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_LT(now_ns() - before, 5 * kSecond);
}

}  // namespace
}  // namespace ava::guest
