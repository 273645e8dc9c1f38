#include "transport/ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace ava::transport {
namespace {

struct RingPair {
  explicit RingPair(uint64_t capacity)
      : bytes(capacity), writer(*control, bytes, 0), reader(*control, bytes, 0) {}

  std::unique_ptr<RingControl> control = std::make_unique<RingControl>();
  std::vector<std::byte> bytes;
  alignas(8) std::byte scratch[4096];
  RingWriter writer;
  RingReader reader;
};

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(Ring, ARecordArrivesWithItsTagAndPosition) {
  RingPair ring(4096);
  const auto position = ring.writer.try_write(7, as_bytes("he"), as_bytes("llo"));
  ASSERT_TRUE(position);
  const auto record = ring.reader.try_read(ring.scratch);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->tag, 7u);
  EXPECT_EQ(record->position, *position);
  EXPECT_EQ(std::memcmp(record->payload.data(), "hello", 5), 0);
  EXPECT_EQ(ring.reader.try_read(ring.scratch).error(), Error::kWouldBlock);
}

TEST(RingHostile, AJumpedTailIsAnIndexJump) {
  RingPair ring(4096);
  ring.control->tail.store(4097);
  EXPECT_EQ(ring.reader.try_read(ring.scratch).error(), Error::kIndexJump);
}

}  // namespace
}  // namespace ava::transport
