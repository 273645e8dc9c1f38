// What a genuine client and server see of the router between them.
#include "router/forwarder.h"

#include <gtest/gtest.h>

#include "session_double.h"

namespace ava::router {
namespace {

using marshal::Verdict;
using transport::ParkWord;

Sent add(uint64_t value) { return {.function = kProbeAdd, .arguments = {7, value}}; }

// A frame as large as frames may be.
std::vector<std::byte> largest_frame() {
  std::vector<std::byte> bytes(marshal::kMaxFrame);
  marshal::FrameHeader header{};
  header.body_size = static_cast<uint32_t>(bytes.size() - sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}
// A spill of the largest size that a frame can carry: the runtime's own request with bytes behind.
std::vector<std::byte> largest_spill() {
  std::vector<std::byte> bytes = largest_frame();
  const uint64_t size = bytes.size() - sizeof(marshal::FrameHeader) - 24;
  const std::array<uint64_t, 3> spill = {1, size, size};
  std::memcpy(bytes.data() + sizeof(marshal::FrameHeader), &spill, sizeof spill);
  return bytes;
}

TEST(Forwarder, FramesArriveUnchangedInOrderAndAtTheirPositions) {
  SessionDouble session;
  std::vector<uint64_t> positions;
  for (uint64_t i = 0; i < 100; ++i) positions.push_back(session.publish(0, add(i)));
  session.forwarder.collect();
  session.settle();
  const auto arrived = session.take(0);
  ASSERT_EQ(arrived.size(), positions.size());
  for (size_t i = 0; i < arrived.size(); ++i) {
    EXPECT_EQ(arrived[i].function, kProbeAdd);
    EXPECT_EQ(arrived[i].position, positions[i]);
    uint64_t value;
    std::memcpy(&value, arrived[i].payload.data() + sizeof(marshal::FrameHeader) + 8, sizeof value);
    EXPECT_EQ(value, i);
  }
}

TEST(Forwarder, ACallThatPassesCarriesItsCost) {
  SessionDouble session;
  session.call(0, add(5));
  const auto arrived = session.take_one(0);
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->header.verdict, Verdict::kPass);
  EXPECT_EQ(arrived->header.cost_ns, kProbeCost);
}

TEST(Forwarder, ARefusedCallArrivesWithItsParameterAndTheSessionGoesOn) {
  SessionDouble session;
  session.call(0, add(1001));
  session.call(0, add(1000));
  const auto arrived = session.take(0);
  ASSERT_EQ(arrived.size(), 2u);
  EXPECT_EQ(arrived[0].header.verdict, Verdict::kRefused);
  EXPECT_EQ(arrived[0].header.verdict_detail, 1);
  EXPECT_EQ(arrived[0].header.cost_ns, 0u);
  EXPECT_EQ(arrived[1].header.verdict, Verdict::kPass);
  EXPECT_EQ(session.violation(), Error::kOk);
  EXPECT_EQ(session.counters.calls[kProbeAdd].refused.get(), 1u);
  EXPECT_EQ(session.counters.refusals[session.functions.refusal_row(kProbeAdd, 1)].get(), 1u);
  EXPECT_EQ(session.counters.refusals[session.functions.refusal_row(kProbeAdd, 0)].get(), 0u);
}

TEST(Forwarder, CountsCallsWaitsAndBytesByFunction) {
  SessionDouble session;
  Sent waiting = add(1);
  waiting.header.flags = marshal::kWantsReply;
  session.call(0, waiting);
  session.call(1, add(2));
  session.call(1, {.function = kProbeNull});
  const CallCounters& row = session.counters.calls[kProbeAdd];
  EXPECT_EQ(row.calls.get(), 2u);
  EXPECT_EQ(row.waits.get(), 1u);
  EXPECT_EQ(row.bytes.get(), 2 * frame_bytes(waiting).size());
  EXPECT_EQ(row.device_time_ns.get(), 2 * kProbeCost);
  EXPECT_EQ(row.bandwidth_bytes.get(), 16u);
  EXPECT_EQ(session.counters.calls[kProbeNull].calls.get(), 1u);
}

TEST(Forwarder, AnUngrantedOrParkedChannelIsNotLookedAt) {
  SessionDouble session;
  session.publish(0, add(1));
  EXPECT_TRUE(session.must_ring) << "a new channel is parked";
  EXPECT_FALSE(session.turn().progress);
  EXPECT_TRUE(session.take(0).empty());
  session.forwarder.collect();
  session.settle();
  EXPECT_EQ(session.take(0).size(), 1u);
  // Active now: the guest need not ring.
  session.publish(0, add(2));
  EXPECT_FALSE(session.must_ring);
  session.settle();
  EXPECT_EQ(session.take(0).size(), 1u);
}

TEST(Forwarder, AnIdleChannelIsParkedAndOneWithWorkIsNot) {
  SessionDouble session;
  session.call(0, add(1));
  session.publish(0, add(2));
  EXPECT_TRUE(session.forwarder.park_idle(INT64_MAX)) << "something is there";
  EXPECT_TRUE(session.turn(10).progress);
  EXPECT_TRUE(session.forwarder.park_idle(9)) << "it had work at 10";
  EXPECT_FALSE(session.forwarder.park_idle(10));
  session.publish(0, add(3));
  EXPECT_TRUE(session.must_ring);
}

TEST(Forwarder, ATurnIsBoundedAndTheChannelsTakeTurns) {
  SessionDouble session;
  const uint32_t many = 3 * Forwarder::kFramesPerTurn;
  for (uint32_t i = 0; i < many; ++i) session.publish(0, add(1));
  session.publish(1, add(1));
  session.forwarder.collect();
  session.turn();
  EXPECT_EQ(session.take(0).size(), size_t{Forwarder::kFramesPerTurn});
  EXPECT_EQ(session.take(1).size(), 0u);
  session.turn();
  EXPECT_EQ(session.take(1).size(), 1u) << "before channel 0 goes on";
  EXPECT_EQ(session.take(0).size(), size_t{Forwarder::kFramesPerTurn} - 1);
}

TEST(Forwarder, ATurnIsBoundedInBytes) {
  SessionDouble session;
  const auto spill = largest_spill();
  for (uint32_t channel = 0; channel < 4; ++channel) {
    session.publish_bytes(channel, marshal::kSpillWrite, spill);
  }
  session.forwarder.collect();
  session.turn();
  size_t arrived = 0;
  for (uint32_t channel = 0; channel < 4; ++channel) arrived += session.take(channel).size();
  EXPECT_EQ(arrived, Forwarder::kBytesPerTurn / marshal::kMaxFrame);
}

TEST(Forwarder, AFullServerRingHoldsUpItsChannelAlone) {
  SessionDouble session;
  uint64_t published = 0;
  // Until neither ring has room: the server's, one held frame, the guest's.
  for (bool room = true; room;) {
    room = false;
    for (; session.has_room(0, frame_bytes(add(0)).size()); room = true) {
      session.publish(0, add(published++ % 1000));
    }
    session.forwarder.collect();
    session.settle();
  }
  EXPECT_GT(published * frame_bytes(add(0)).size(), transport::kRingCapacity);
  EXPECT_FALSE(session.turn().active) << "the channel waits for the server";
  session.call(1, add(1));
  EXPECT_EQ(session.take(1).size(), 1u);

  // The server takes one, sees that the router waits, and rings.
  uint64_t taken = session.take_one(0).has_value();
  EXPECT_TRUE(transport::claim_wake(session.server.control(0).producer_parked));
  while (taken < published) {
    session.forwarder.retry();
    session.forwarder.collect();
    session.settle();
    const auto some = session.take(0);
    ASSERT_FALSE(some.empty()) << "after " << taken << " of " << published;
    taken += some.size();
  }
  EXPECT_EQ(taken, published);
  EXPECT_EQ(session.counters.calls[kProbeAdd].calls.get(), published + 1) << "held ones once";
}

TEST(Forwarder, TheFirstFrameOfAChannelAsksForAWorkerLaterOnesWakeIt) {
  SessionDouble session;
  ParkWord& acceptor = session.server.header().acceptor_parked;
  transport::announce_park(acceptor);
  session.call(3, add(1));
  EXPECT_EQ(acceptor.load(), 0u) << "woken";
  std::vector<uint32_t> named;
  transport::collect_pending(transport::PendingWords(session.server.header().pending), 8,
                             [&](uint32_t channel) { named.push_back(channel); });
  EXPECT_EQ(named, std::vector<uint32_t>{3});

  ParkWord& worker = session.server.control(3).consumer_parked;
  transport::announce_park(acceptor);
  transport::announce_park(worker);
  session.call(3, add(2));
  EXPECT_EQ(worker.load(), 0u) << "woken";
  EXPECT_EQ(acceptor.load(), 1u) << "left asleep";
  EXPECT_EQ(session.counters.server_wakes.get(), 1u);
}

TEST(Forwarder, AGuestThatWaitsForRoomIsWokenOnce) {
  SessionDouble session;
  session.publish(0, add(1));
  session.publish(0, add(2));
  transport::announce_park(session.request(0).producer_parked);
  session.forwarder.collect();
  session.settle();
  EXPECT_EQ(session.endpoint.guest_wakes, 1);
  EXPECT_EQ(session.request(0).producer_parked.load(), 0u);
}

TEST(Forwarder, ADependencyOnWhatWasPublishedPasses) {
  SessionDouble session;
  const uint64_t earlier = session.call(1, add(1));
  Sent later = add(2);
  later.dependencies = {{1, 0, earlier}};
  session.call(0, later);
  EXPECT_EQ(session.violation(), Error::kOk);
  EXPECT_EQ(session.take(0).size(), 1u);
}

TEST(Forwarder, ADependencyOnAParkedChannelBringsItAlong) {
  SessionDouble session;
  // Published quietly: the bit is set, and nobody rings.
  const uint64_t quiet = session.publish(1, add(1));
  Sent later = add(2);
  later.dependencies = {{1, 0, quiet}};
  session.publish(0, later);
  session.region().header().pending[0].store(1);  // the doorbell names channel 0 alone
  session.forwarder.collect();
  session.settle();
  EXPECT_EQ(session.violation(), Error::kOk);
  EXPECT_EQ(session.take(1).size(), 1u) << "else the call would wait for ever";
}

TEST(Forwarder, MoreChannelsCanBeGrantedWhileItRuns) {
  SessionDouble session(16);
  session.call(0, add(1));
  session.forwarder.grant(8);
  EXPECT_EQ(session.forwarder.granted(), 16u) << "grants only grow";
  session.call(15, add(1));
  EXPECT_EQ(session.take(15).size(), 1u);
}

TEST(Forwarder, OwnRequestsOfTheRuntimePassTheirChecks) {
  SessionDouble session;
  session.publish_bytes(0, marshal::kSpillWrite, largest_spill());
  session.call(0,
               {.function = marshal::kSpillRead, .arguments = {1, 0, transport::kReplyCapacity}});
  session.call(0, {.function = marshal::kSpillFree, .arguments = {1, 0, 0}});
  session.call(0, {.function = marshal::kPoll, .arguments = {0}});
  session.call(0, {.function = marshal::kUpcallDone, .arguments = {3, 4}});
  EXPECT_EQ(session.violation(), Error::kOk);
  EXPECT_EQ(session.take(0).size(), 5u);
}

}  // namespace
}  // namespace ava::router
