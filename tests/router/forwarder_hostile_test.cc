// What a client or a server that lies gets: its session ends with a named reason, at most.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "router/session.h"
#include "session_double.h"

namespace ava::router {
namespace {

using marshal::FrameHeader;

struct Lie {
  const char* name;
  Error expected;
  std::function<void(SessionDouble&)> tell;
};
void PrintTo(const Lie& lie, std::ostream* out) { *out << lie.name; }

// A frame of channel 0 with an otherwise genuine header that `change` spoils.
std::function<void(SessionDouble&)> with_header(std::function<void(FrameHeader&)> change) {
  return [change](SessionDouble& session) {
    Sent sent{.function = kProbeAdd, .arguments = {7, 8}};
    change(sent.header);
    session.publish(0, sent);
  };
}

std::function<void(SessionDouble&)> with_dependency(uint32_t channel, uint64_t position,
                                                    uint32_t reserved = 0) {
  return [=](SessionDouble& session) {
    Sent sent{.function = kProbeAdd, .arguments = {7, 8}};
    sent.dependencies = {{channel, reserved, position}};
    session.publish(0, sent);
  };
}

std::function<void(SessionDouble&)> with_call(uint32_t function, std::vector<uint64_t> arguments) {
  return [=](SessionDouble& session) {
    session.publish(0, {.function = function, .arguments = arguments});
  };
}

// A tail that nothing stands behind.
std::function<void(SessionDouble&)> with_tail(uint64_t tail) {
  return [=](SessionDouble& session) {
    session.publish(0, {.function = kProbeNull});
    session.request(0).tail.store(tail);
  };
}

// A record header that claims `size`, with `published` bytes behind the ring's start.
std::function<void(SessionDouble&)> with_record(uint32_t size, uint64_t published) {
  return [=](SessionDouble& session) {
    session.publish(0, {.function = kProbeNull});
    const transport::RecordHeader header{size, kProbeNull};
    std::memcpy(session.region().request_bytes(0).data(), &header, sizeof header);
    session.request(0).tail.store(published);
  };
}

class HostileClient : public testing::TestWithParam<Lie> {};

TEST_P(HostileClient, EndsItsSessionWithANamedReason) {
  SessionDouble session;
  SessionDouble neighbour;
  session.call(0, {.function = kProbeNull});
  GetParam().tell(session);
  session.forwarder.collect();
  session.settle();
  EXPECT_EQ(session.violation(), GetParam().expected) << error_name(session.violation());
  ASSERT_TRUE(session.forwarder.violation());
  EXPECT_EQ(session.forwarder.violation()->by, Violation::By::kClient);
  EXPECT_EQ(session.take(0).size(), 1u) << "only the genuine call reached the server";

  EXPECT_FALSE(session.turn().active) << "it is not served any more";
  neighbour.call(0, {.function = kProbeNull});
  EXPECT_EQ(neighbour.take(0).size(), 1u);
}

constexpr uint64_t kFrame = sizeof(transport::RecordHeader) + sizeof(FrameHeader);
const uint64_t kGuestId = marshal::make_id(1, 0, 1, true);

INSTANTIATE_TEST_SUITE_P(
    Lies, HostileClient,
    testing::Values(
        Lie{"TailBeyondTheRing", Error::kIndexJump,
            with_tail(kFrame + transport::kRingCapacity + 8)},
        Lie{"TailBackwards", Error::kIndexJump, with_tail(0)},
        Lie{"TailAtTheEndOfNumbers", Error::kIndexJump, with_tail(UINT64_MAX)},
        Lie{"TailInsideARecordHeader", Error::kIndexJump, with_tail(kFrame + 4)},
        Lie{"NoFunctionHasThisNumber", Error::kBadFunction, with_call(kProbeAdd + 1, {})},
        Lie{"NoRequestOfOursHasThisNumber", Error::kBadFunction, with_call(63, {})},
        Lie{"FunctionZero", Error::kBadFunction, with_call(0, {})},
        Lie{"LargestFunctionNumber", Error::kBadFunction, with_call(UINT32_MAX, {})},
        Lie{"ShorterThanAHeader", Error::kFrameTooSmall,
            [](SessionDouble& session) {
              session.publish_bytes(0, kProbeNull, std::vector<std::byte>(8));
            }},
        Lie{"UnknownFlag", Error::kBadFrame, with_header([](auto& h) { h.flags = 0x8000; })},
        Lie{"ReservedField", Error::kBadFrame, with_header([](auto& h) { h.reserved = 1; })},
        Lie{"SpeaksAVerdict", Error::kBadFrame,
            with_header([](auto& h) { h.verdict = marshal::Verdict::kRefused; })},
        Lie{"SpeaksAVerdictsDetail", Error::kBadFrame,
            with_header([](auto& h) { h.verdict_detail = 1; })},
        Lie{"SetsItsOwnCost", Error::kBadFrame, with_header([](auto& h) { h.cost_ns = 1; })},
        Lie{"TooManyDependencies", Error::kBadFrame,
            with_header([](auto& h) { h.dependency_count = 200; })},
        Lie{"DependenciesThatAreNotThere", Error::kBadFrame,
            with_header([](auto& h) { h.dependency_count = 2; })},
        Lie{"BodyLargerThanTheFrame", Error::kBadFrame,
            with_header([](auto& h) { h.body_size = 8; })},
        Lie{"BodyOfAlmostAllNumbers", Error::kBadFrame,
            with_header([](auto& h) { h.body_size = UINT32_MAX - 15; })},
        Lie{"IdsThatItDidNotMake", Error::kBadId, with_header([](auto& h) {
              h.new_id_count = 1;
              h.first_new_id = marshal::make_id(1, 0, 1, false);
            })},
        Lie{"IdsWithoutAType", Error::kBadId, with_header([](auto& h) {
              h.new_id_count = 1;
              h.first_new_id = marshal::make_id(0, 0, 1, true);
            })},
        Lie{"IdsBeyondTheTable", Error::kBadId, with_header([](auto& h) {
              h.new_id_count = 2;
              h.first_new_id = marshal::make_id(1, 0, marshal::kMaxObjects - 1, true);
            })},
        Lie{"IdsWhoseIndexWraps", Error::kBadId, with_header([](auto& h) {
              h.new_id_count = 2;
              h.first_new_id = marshal::make_id(1, 0, UINT32_MAX, true);
            })},
        Lie{"MoreIdsThanACallCanMake", Error::kBadId, with_header([](auto& h) {
              h.new_id_count = UINT32_MAX;
              h.first_new_id = kGuestId;
            })},
        Lie{"AnIdForNoResult", Error::kBadFrame,
            with_header([](auto& h) { h.first_new_id = kGuestId; })},
        Lie{"DependsOnItself", Error::kBadDependency, with_dependency(0, 8)},
        Lie{"DependsOnAnUngrantedChannel", Error::kBadDependency,
            with_dependency(transport::kChannelExtent, 0)},
        Lie{"DependsOnAChannelFarAway", Error::kBadDependency, with_dependency(UINT32_MAX, 0)},
        Lie{"DependsOnWhatIsNotPublished", Error::kBadDependency, with_dependency(1, 8)},
        Lie{"DependencyWithAReservedField", Error::kBadFrame, with_dependency(1, 0, 1)},
        Lie{"DependsOnAChannelWhoseTailJumps", Error::kIndexJump,
            [](SessionDouble& session) {
              session.request(1).tail.store(transport::kRingCapacity + 8);
              with_dependency(1, 8)(session);
            }},
        Lie{"ACheckThatFails", Error::kBadId, with_call(kProbeAdd, {kProbeBadId, 0})},
        Lie{"ABodyOfAnotherSize", Error::kBadBody, with_call(kProbeAdd, {1})},
        Lie{"ASpillLargerThanItself", Error::kBadReference,
            with_call(marshal::kSpillWrite, {1, 8, 4, 0})},
        Lie{"ASpillWithFewerBytesThanItSays", Error::kBadBody,
            with_call(marshal::kSpillWrite, {1, 16, 16, 0})},
        Lie{"ASpillBeyondTheBound", Error::kBadReference,
            with_call(marshal::kSpillWrite, {1, 8, marshal::kMaxSpill + 1, 0})},
        Lie{"ASpillReadThatNoReplyHolds", Error::kBadReference,
            with_call(marshal::kSpillRead, {1, 0, transport::kReplyCapacity + 1})},
        Lie{"ASpillReadThatWraps", Error::kBadReference,
            with_call(marshal::kSpillRead, {1, UINT64_MAX, 2})},
        Lie{"AFileBeyondTheBound", Error::kBadReference,
            with_call(marshal::kFileAnswer, {1, marshal::kMaxFile + 1, 0, 0, 0, 0, 0})},
        Lie{"MoreOfAFileThanThereIs", Error::kBadReference,
            with_call(marshal::kFileAnswer, {1, 8, 8, 0, 0, 0, 0, 0})},
        Lie{"AFileAnswerThatWraps", Error::kBadReference,
            with_call(marshal::kFileAnswer, {1, 8, UINT64_MAX, 0, 0, 0, 0, 0})},
        Lie{"HalfAFileAnswer", Error::kBadBody, with_call(marshal::kFileAnswer, {1, 8, 0})},
        Lie{"APollWithReservedBits", Error::kBadBody, with_call(marshal::kPoll, {1})}),
    [](const auto& lie) { return lie.param.name; });

// These records stand first in their ring.
class HostileRecord : public testing::TestWithParam<Lie> {};

TEST_P(HostileRecord, EndsItsSessionBeforeAnythingIsRead) {
  SessionDouble session;
  GetParam().tell(session);
  session.forwarder.collect();
  session.settle();
  EXPECT_EQ(session.violation(), GetParam().expected) << error_name(session.violation());
  EXPECT_TRUE(session.take(0).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Lies, HostileRecord,
    testing::Values(Lie{"LongerThanPublished", Error::kFrameTooLarge, with_record(4000, 64)},
                    Lie{"LongerThanAFrameMayBe", Error::kFrameTooLarge,
                        with_record(static_cast<uint32_t>(marshal::kMaxFrame) + 8,
                                    transport::kRingCapacity)},
                    Lie{"LongerThanTheRing", Error::kFrameTooLarge,
                        with_record(UINT32_MAX, transport::kRingCapacity)}),
    [](const auto& lie) { return lie.param.name; });

TEST(HostileServer, AHeadThatJumpsIsTheServersFault) {
  SessionDouble session;
  session.call(0, {.function = kProbeNull});
  session.server.control(0).head.store(1 << 30);
  // The head is looked at when the ring seems full.
  for (int i = 0; i < 20'000 && session.violation() == Error::kOk; ++i) {
    session.call(0, {.function = kProbeNull});
  }
  EXPECT_EQ(session.violation(), Error::kIndexJump);
  EXPECT_EQ(session.forwarder.violation()->by, Violation::By::kServer);
}

TEST(HostileServer, RoomThatIsNotThereCostsALook) {
  SessionDouble session;
  while (session.has_room(0, sizeof(FrameHeader))) {
    session.publish(0, {.function = kProbeNull});
    session.forwarder.collect();
    session.settle();
  }
  for (int i = 0; i < 3; ++i) {
    session.forwarder.retry();
    EXPECT_FALSE(session.turn().progress);
  }
  EXPECT_EQ(session.violation(), Error::kOk);
}

TEST(HostileRegion, NoticesForChannelsThatItWasNotGrantedAreIgnored) {
  SessionDouble session;
  for (auto& word : session.region().header().pending) word.store(~uint64_t{0});
  session.forwarder.collect();
  EXPECT_FALSE(session.turn().progress);
  session.call(7, {.function = kProbeNull});
  EXPECT_EQ(session.take(7).size(), 1u);
  EXPECT_EQ(session.violation(), Error::kOk);
}

TEST(HostileRegion, ItsOwnHeadIsNobodysBusiness) {
  SessionDouble session;
  session.call(0, {.function = kProbeNull});
  session.request(0).head.store(0x4141414141414141);
  session.call(0, {.function = kProbeNull});
  EXPECT_EQ(session.take(0).size(), 2u);
  EXPECT_EQ(session.violation(), Error::kOk);
}

TEST(HostileRegion, TheReasonNamesFunctionParameterAndChannel) {
  SessionDouble session;
  session.call(2, {.function = kProbeAdd, .arguments = {kProbeBadId, 0}});
  ASSERT_TRUE(session.forwarder.violation());
  const EndReason reason = describe(*session.forwarder.violation(), session.functions);
  EXPECT_EQ(reason.error, Error::kBadId);
  EXPECT_EQ(reason.sentence, "bad-id by the client in parameter 'ctx' of probe_add, channel 2");
  EXPECT_EQ(session.counters.refusals[session.functions.refusal_row(kProbeAdd, 0)].get(), 1u);
}

TEST(HostileRegion, TheReasonNamesANumberThatNoFunctionHas) {
  SessionDouble session;
  session.call(0, {.function = 4711});
  ASSERT_TRUE(session.forwarder.violation());
  EXPECT_EQ(describe(*session.forwarder.violation(), session.functions).sentence,
            "bad-function by the client in function number 4711, channel 0");
}

// Whatever stands in the region, nothing outside of it is touched (the sanitizers watch), and what
// reaches the server are whole frames that passed.
TEST(HostileRegion, RandomWordsAnywhereInItsChannels) {
  std::mt19937_64 random(20240611);
  uint64_t violations = 0;
  for (int round = 0; round < 200; ++round) {
    SessionDouble session;
    for (int i = 0; i < 20; ++i) session.publish(static_cast<uint32_t>(i % 3), {.arguments = {}});
    for (int i = 0; i < 8; ++i) {
      const auto channel = static_cast<uint32_t>(random() % 3);
      const bool control = random() % 4 == 0;
      const auto bytes = control ? std::as_writable_bytes(std::span(&session.request(channel), 1))
                                 : session.region().request_bytes(channel).first(512);
      const uint64_t word = random() % 2 == 0 ? random() : random() % 1024;
      std::memcpy(bytes.data() + random() % (bytes.size() / 8) * 8, &word, sizeof word);
    }
    session.forwarder.collect();
    session.settle();
    violations += session.violation() != Error::kOk;
    for (uint32_t channel = 0; channel < 3; ++channel) {
      for (const Arrived& frame : session.take(channel)) {
        EXPECT_NE(session.functions.find(frame.function), nullptr);
        std::vector<std::byte> copy = frame.payload;
        EXPECT_TRUE(marshal::parse_frame(copy));
      }
    }
  }
  EXPECT_GT(violations, 100u) << "the words were not where the router looks";
}

}  // namespace
}  // namespace ava::router
