// A worker's thread, with this test as the main thread, the guest and the server.
#include "router/worker.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <condition_variable>
#include <mutex>

#include "process.h"
#include "session_double.h"

namespace ava::router {
namespace {

using Kind = Worker::Report::Kind;

class WorkerTest : public testing::TestWithParam<transport::Waiter::Kind> {
 protected:
  // A session with its two doorbells.
  struct Member {
    SessionDouble session;
    UniqueFd doorbell{::eventfd(0, EFD_NONBLOCK)};
    UniqueFd room{::eventfd(0, EFD_NONBLOCK)};

    void call(uint32_t channel, const Sent& sent) {
      session.publish(channel, sent);
      if (session.must_ring) {
        EXPECT_EQ(::eventfd_write(doorbell.get(), 1), 0);
      }
    }
    // Waits for the next frame at the server.
    std::optional<Arrived> arrived(uint32_t channel) {
      std::optional<Arrived> frame;
      eventually([&] { return (frame = session.take_one(channel)).has_value(); });
      return frame;
    }
    bool parked(uint32_t channel) {
      return eventually([&] { return session.request(channel).consumer_parked.load() == 1; });
    }
  };

  void attach(uint64_t number, Member& member) {
    worker_.attach({number, &member.session.forwarder, member.doorbell.get(), member.room.get()});
  }
  void detach(uint64_t number) {
    worker_.detach(number);
    EXPECT_EQ(report().kind, Kind::kDetached);
  }
  Worker::Report report() {
    Worker::Report result{Kind::kUnwatchable, 0};
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(reported_.wait_for(lock, std::chrono::seconds(5),
                                   [&] { return worker_.take_report(result); }));
    return result;
  }

  std::mutex mutex_;
  std::condition_variable reported_;
  Worker worker_{std::move(*transport::Waiter::create(GetParam())), 4, [this] {
                   const std::lock_guard lock(mutex_);
                   reported_.notify_all();
                 }};
};

TEST_P(WorkerTest, MovesFramesAndAsksForAServerOnce) {
  Member member;
  attach(1, member);
  for (int i = 0; i < 10; ++i) {
    member.call(0, {.function = kProbeNull});
    ASSERT_TRUE(member.arrived(0));
  }
  const Worker::Report first = report();
  EXPECT_EQ(first.kind, Kind::kNeedsServer);
  EXPECT_EQ(first.session, 1u);
  detach(1);
}

TEST_P(WorkerTest, SleepsWhenNothingComesAndIsWokenByTheDoorbell) {
  Member member;
  attach(1, member);
  for (uint64_t round = 1; round <= 5; ++round) {
    member.call(3, {.function = kProbeNull});
    ASSERT_TRUE(member.arrived(3));
    ASSERT_TRUE(member.parked(3));
    EXPECT_EQ(member.session.counters.doorbells.get(), round) << "each round found it asleep";
  }
  EXPECT_EQ(report().kind, Kind::kNeedsServer);
  detach(1);
}

TEST_P(WorkerTest, AnIdleChannelIsParkedWhileAnotherKeepsTheWorkerBusy) {
  Member busy, idle;
  attach(1, busy);
  attach(2, idle);
  idle.call(0, {.function = kProbeNull});
  ASSERT_TRUE(idle.arrived(0));
  bool parked = false;
  for (int i = 0; i < 100'000 && !parked; ++i) {
    busy.call(0, {.function = kProbeNull});
    ASSERT_TRUE(busy.arrived(0));
    parked = idle.session.request(0).consumer_parked.load() == 1;
  }
  EXPECT_TRUE(parked);
  EXPECT_EQ(report().kind, Kind::kNeedsServer);
  EXPECT_EQ(report().kind, Kind::kNeedsServer);
  detach(1);
  detach(2);
}

TEST_P(WorkerTest, AViolationIsReportedOnceAndTheNeighbourGoesOn) {
  Member liar, neighbour;
  attach(1, liar);
  attach(2, neighbour);
  liar.call(0, {.function = 4711});
  const Worker::Report violation = report();
  EXPECT_EQ(violation.kind, Kind::kViolation);
  EXPECT_EQ(violation.session, 1u);
  EXPECT_EQ(liar.session.violation(), Error::kBadFunction);
  // It rings and rings.
  for (int i = 0; i < 100; ++i) liar.call(1, {.function = kProbeNull});
  EXPECT_EQ(::eventfd_write(liar.doorbell.get(), 1), 0);
  neighbour.call(0, {.function = kProbeNull});
  EXPECT_TRUE(neighbour.arrived(0));
  EXPECT_EQ(report().kind, Kind::kNeedsServer) << "the neighbour's; no second violation";
  EXPECT_FALSE(liar.session.take_one(1));
  detach(1);
  detach(2);
}

TEST_P(WorkerTest, AFullServerRingIsGoneOnWithWhenTheServerRings) {
  Member member;
  attach(1, member);
  uint64_t published = 0, taken = 0;
  // As much as the server's ring, the guest's ring and one held frame take.
  const uint64_t size = frame_bytes({}).size();
  while (published < 2 * transport::kRingCapacity / transport::record_length(size)) {
    ASSERT_TRUE(eventually([&] { return member.session.has_room(0, size); }));
    member.call(0, {.function = kProbeNull});
    ++published;
  }
  while (taken < published) {
    taken += member.session.take(0).size();
    if (transport::claim_wake(member.session.server.control(0).producer_parked)) {
      EXPECT_EQ(::eventfd_write(member.room.get(), 1), 0);
    }
  }
  EXPECT_EQ(taken, published);
  EXPECT_EQ(report().kind, Kind::kNeedsServer);
  detach(1);
}

TEST_P(WorkerTest, DetachingWhileFramesFlowIsSafe) {
  for (uint64_t round = 1; round <= 20; ++round) {
    Member member;
    attach(round, member);
    for (int i = 0; i < 50; ++i) member.call(static_cast<uint32_t>(i % 8), {});
    worker_.detach(round);
    while (report().kind != Kind::kDetached) {
    }
  }
  EXPECT_EQ(worker_.status().sessions, 0u);
}

TEST_P(WorkerTest, IdleSessionsCostNothing) {
  std::vector<Member> members(4);
  for (size_t i = 0; i < members.size(); ++i) attach(i + 1, members[i]);
  members[0].call(0, {.function = kProbeNull});
  ASSERT_TRUE(members[0].arrived(0));
  ASSERT_TRUE(members[0].parked(0));
  const uint64_t sleeps = worker_.status().sleeps;
  const uint64_t turns = worker_.status().turns;
  ::usleep(20'000);  // time in which nothing is to happen
  EXPECT_LE(worker_.status().sleeps, sleeps + 1);
  EXPECT_EQ(worker_.status().turns, turns);
  EXPECT_EQ(report().kind, Kind::kNeedsServer);
  for (size_t i = 0; i < members.size(); ++i) detach(i + 1);
}

INSTANTIATE_TEST_SUITE_P(Waiters, WorkerTest,
                         testing::Values(transport::Waiter::Kind::kAuto,
                                         transport::Waiter::Kind::kEpoll),
                         [](const auto& kind) {
                           return kind.param == transport::Waiter::Kind::kEpoll ? "Epoll" : "Auto";
                         });

}  // namespace
}  // namespace ava::router
