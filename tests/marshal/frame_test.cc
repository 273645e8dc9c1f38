#include "marshal/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace ava::marshal {
namespace {

// A header that says what it likes about what follows.
FrameHeader header(uint8_t dependencies, uint32_t body_size) {
  FrameHeader header{};
  header.dependency_count = dependencies;
  header.body_size = body_size;
  return header;
}

// A frame as a guest may write it.
class Payload {
 public:
  Payload(const FrameHeader& header, std::span<const Dependency> dependencies, size_t body_size)
      : size_(sizeof header + dependencies.size_bytes() + body_size), words_((size_ + 7) / 8) {
    std::byte* out = bytes().data();
    std::memcpy(out, &header, sizeof header);
    std::ranges::copy(std::as_bytes(dependencies), out + sizeof header);
    std::memset(out + sizeof header + dependencies.size_bytes(), 0xab, body_size);
  }
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)).first(size_); }

 private:
  size_t size_;
  std::vector<uint64_t> words_;
};

TEST(Frame, HasDependenciesAndABody) {
  const Dependency dependencies[] = {{3, 0, 640}, {4, 0, 1280}};
  Payload payload(header(2, 24), dependencies, 24);
  const auto frame = parse_frame(payload.bytes());
  ASSERT_TRUE(frame);
  ASSERT_EQ(frame->dependencies.size(), 2u);
  EXPECT_EQ(frame->dependencies[1].channel, 4u);
  EXPECT_EQ(frame->dependencies[1].position, 1280u);
  EXPECT_EQ(frame->body.size(), 24u);
  EXPECT_EQ(frame->body.front(), std::byte{0xab});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(frame->body.data()) % 8, 0u);
}

TEST(Frame, MayBeAHeaderAlone) {
  Payload payload(header(0, 0), {}, 0);
  const auto frame = parse_frame(payload.bytes());
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->body.empty());
}

TEST(FrameHostile, LessThanAHeaderIsTooSmall) {
  Payload payload(header(0, 0), {}, 0);
  for (size_t size = 0; size < sizeof(FrameHeader); ++size) {
    EXPECT_EQ(parse_frame(payload.bytes().first(size)).error(), Error::kFrameTooSmall) << size;
  }
}

TEST(FrameHostile, MoreDependenciesThanAllowedAreABadFrame) {
  const std::vector<Dependency> dependencies(kMaxDependencies + 1);
  Payload payload(header(kMaxDependencies + 1, 0), dependencies, 0);
  EXPECT_EQ(parse_frame(payload.bytes()).error(), Error::kBadFrame);
}

TEST(FrameHostile, DependenciesBehindTheEndAreABadFrame) {
  Payload payload(header(kMaxDependencies, 8), {}, 8);
  EXPECT_EQ(parse_frame(payload.bytes()).error(), Error::kBadFrame);
}

TEST(FrameHostile, ABodySizeThatIsNotThePayloadsIsABadFrame) {
  for (const uint32_t claimed : {0u, 7u, 9u, 0x7fff'ffffu, 0xffff'fff8u, 0xffff'ffffu}) {
    Payload payload(header(0, claimed), {}, 8);
    EXPECT_EQ(parse_frame(payload.bytes()).error(), Error::kBadFrame) << claimed;
  }
}

TEST(FrameHostile, AReservedByteThatIsSetIsABadFrame) {
  FrameHeader reserved = header(0, 0);
  reserved.reserved = 1;
  Payload payload(reserved, {}, 0);
  EXPECT_EQ(parse_frame(payload.bytes()).error(), Error::kBadFrame);
}

TEST(Outcome, TravelsWithItsDetailInACompletionsStatus) {
  for (const Outcome outcome : {Outcome::kLost, Outcome::kRefused, Outcome::kExhausted,
                                Outcome::kInvalidHandle, Outcome::kUnsupported}) {
    for (const uint16_t detail : {uint16_t{0}, uint16_t{7}, uint16_t{0xffff}}) {
      const int32_t status = pack_outcome(outcome, detail);
      EXPECT_LT(status, 0);
      EXPECT_EQ(unpack_outcome(status), outcome);
      EXPECT_EQ(unpack_detail(status), detail);
    }
  }
  EXPECT_EQ(pack_outcome(Outcome::kOk, 0), 0);
  EXPECT_EQ(unpack_outcome(0), Outcome::kOk);
  EXPECT_EQ(unpack_outcome(kOkWithOutput), Outcome::kOk);
}

}  // namespace
}  // namespace ava::marshal
