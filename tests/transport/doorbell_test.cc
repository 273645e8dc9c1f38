#include "transport/doorbell.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "transport/host_memory.h"
#include "transport/session_end.h"

namespace ava::transport {
namespace {

// One session's shared words, with the guest's and the router's end of a channel's ring.
struct Session {
  Session()
      : ring(header->pending), bytes(4096), writer(control, bytes, 0), reader(control, bytes, 0) {}

  void publish() { ASSERT_TRUE(writer.try_write(0, {}, {})); }
  bool notice(uint32_t channel) { return publish_notice(*header, control, channel); }
  std::vector<uint32_t> collect(uint32_t channels = kMaxChannels) {
    std::vector<uint32_t> found;
    collect_pending(ring, channels, [&](uint32_t channel) { found.push_back(channel); });
    return found;
  }

  std::unique_ptr<RegionHeader> header = std::make_unique<RegionHeader>();
  PendingWords ring;
  RingControl control{};
  std::vector<std::byte> bytes;
  RingWriter writer;
  RingReader reader;
};

TEST(Doorbell, AnActiveChannelNeedsNoNotice) {
  Session session;
  session.publish();
  EXPECT_FALSE(session.notice(5));
  EXPECT_TRUE(session.collect().empty());
}

TEST(Doorbell, AParkedChannelIsCollectedOnce) {
  Session session;
  ASSERT_TRUE(*park_channel(session.reader));
  session.publish();
  EXPECT_TRUE(session.notice(5));
  EXPECT_EQ(session.collect(), std::vector<uint32_t>{5});
  EXPECT_TRUE(session.collect().empty());
}

TEST(Doorbell, EveryCallOnAParkedChannelMayRing) {
  Session session;
  ASSERT_TRUE(*park_channel(session.reader));
  session.publish();
  EXPECT_TRUE(session.notice(5));  // wakes nobody: its result was not waited for
  session.publish();
  EXPECT_TRUE(session.notice(5));  // this one may
  EXPECT_EQ(session.collect(), std::vector<uint32_t>{5});
}

TEST(Doorbell, AnUnparkedChannelNeedsNoNoticeAgain) {
  Session session;
  ASSERT_TRUE(*park_channel(session.reader));
  unpark_channel(session.control);
  session.publish();
  EXPECT_FALSE(session.notice(5));
}

TEST(Doorbell, AChannelWithARecordDoesNotPark) {
  Session session;
  session.publish();
  EXPECT_FALSE(*park_channel(session.reader));
  EXPECT_FALSE(session.notice(5)) << "the failed attempt must leave the channel unparked";
}

TEST(Doorbell, ChannelsOfAllWordsAreCollected) {
  Session session;
  for (const uint32_t channel : {0u, 63u, 64u, 700u, 1023u}) set_pending(session.ring, channel);
  EXPECT_EQ(session.collect(), (std::vector<uint32_t>{0, 63, 64, 700, 1023}));
}

TEST(DoorbellHostile, AJumpedTailEndsParking) {
  Session session;
  session.control.tail.store(1 << 20);
  EXPECT_EQ(park_channel(session.reader).error(), Error::kIndexJump);
}

TEST(DoorbellHostile, BitsBeyondTheGrantedChannelsAreIgnored) {
  Session session;
  for (auto& word : session.header->pending) word.store(~uint64_t{0});
  EXPECT_EQ(session.collect(8), (std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(session.collect(70).size(), 6u)
      << "the first word is collected, bits 64 to 69 are left";
}

TEST(Doorbell, TheAcceptorLearnsOfAChannelsFirstFrame) {
  auto header = std::make_unique<ServerRegionHeader>();
  announce_park(header->acceptor_parked);
  notice_acceptor(*header, 9);
  EXPECT_EQ(header->acceptor_parked.load(), 0u);
  std::vector<uint32_t> found;
  collect_pending(PendingWords(header->pending), kMaxChannels,
                  [&](uint32_t channel) { found.push_back(channel); });
  EXPECT_EQ(found, std::vector<uint32_t>{9});
}

TEST(SessionEnd, TheFirstReasonStaysAndEverySleeperIsClaimed) {
  const auto memory = SharedMemory::create("test", kArenaOffset + kPage);
  ASSERT_TRUE(memory);
  const RegionView region(memory->bytes());
  announce_park(region.reply_control(3).guest_parked);
  announce_park(region.request_control(4).producer_parked);
  announce_park(region.upcall_control().consumer_parked);

  EXPECT_EQ(session_end(region), Error::kOk);
  end_session(region, 8, Error::kServerDied);
  end_session(region, 8, Error::kShutdown);
  EXPECT_EQ(session_end(region), Error::kServerDied);
  EXPECT_EQ(region.reply_control(3).guest_parked.load(), 0u);
  EXPECT_EQ(region.request_control(4).producer_parked.load(), 0u);
  EXPECT_EQ(region.upcall_control().consumer_parked.load(), 0u);
}

}  // namespace
}  // namespace ava::transport
