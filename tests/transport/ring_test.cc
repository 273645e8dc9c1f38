#include "transport/ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "tests/transport/ring_double.h"
#include "tests/transport/sanitized.h"

namespace ava::transport {
namespace {

constexpr uint64_t kManyRecords = kSanitized ? 300'000 : 10'000'000;

TEST(Ring, ARecordArrivesWithItsTagAndPosition) {
  RingDouble ring(4096);
  const auto position = ring.writer.try_write(7, as_bytes("he"), as_bytes("llo"));
  ASSERT_TRUE(position);
  EXPECT_EQ(*position, record_length(5));
  const auto record = ring.reader.try_read(ring.scratch);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->tag, 7u);
  EXPECT_EQ(record->position, *position);
  EXPECT_EQ(std::memcmp(record->payload.data(), "hello", 5), 0);
}

TEST(Ring, NothingPublishedIsWouldBlock) {
  RingDouble ring(256);
  EXPECT_EQ(ring.read(), "would-block");
  ASSERT_TRUE(ring.write("x"));
  EXPECT_EQ(ring.read(), "x");
  EXPECT_EQ(ring.read(), "would-block");
}

TEST(Ring, ReadyTellsWhetherSomethingIsThere) {
  RingDouble ring(256);
  EXPECT_FALSE(*ring.reader.ready());
  ASSERT_TRUE(ring.write("x"));
  EXPECT_TRUE(*ring.reader.ready());
  EXPECT_TRUE(*ring.reader.ready()) << "a look consumes nothing";
  EXPECT_EQ(ring.read(), "x");
  EXPECT_FALSE(*ring.reader.ready());
}

TEST(Ring, ARecordMayBeEmpty) {
  RingDouble ring(256);
  ASSERT_TRUE(ring.write("", 9));
  const auto record = ring.reader.try_read(ring.scratch);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->tag, 9u);
  EXPECT_TRUE(record->payload.empty());
}

TEST(Ring, ARecordMayFillTheRing) {
  RingDouble ring(256);
  const std::string all(248, 'a');
  ASSERT_TRUE(ring.write(all));
  EXPECT_EQ(ring.write("").error(), Error::kWouldBlock);
  EXPECT_EQ(ring.read(), all);
  EXPECT_TRUE(ring.write(""));
}

TEST(Ring, WhatNeverFitsIsTooLarge) {
  RingDouble ring(256);
  EXPECT_EQ(ring.write(std::string(249, 'a')).error(), Error::kFrameTooLarge);
  EXPECT_EQ(ring.writer.reserve(~uint64_t{0} - 8).error(), Error::kFrameTooLarge);
  EXPECT_TRUE(ring.write("small"));
}

TEST(Ring, AFullRingBlocksUntilSomethingIsRead) {
  RingDouble ring(64);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(ring.write("12345678"));
  EXPECT_EQ(ring.write("").error(), Error::kWouldBlock);
  EXPECT_EQ(ring.writer.reserve(0).error(), Error::kWouldBlock);
  EXPECT_EQ(ring.read(), "12345678");
  EXPECT_TRUE(ring.writer.reserve(8));
  EXPECT_TRUE(ring.write("abcdefgh"));
}

TEST(Ring, RecordsWrapAroundAtEveryPlace) {
  RingDouble ring(256);
  for (size_t size = 0; size < 500; ++size) {
    const std::string text(size % 100, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(ring.write(text)) << size;
    ASSERT_EQ(ring.read(), text) << size;
  }
}

TEST(Ring, TheNextPositionIsKnownBeforehand) {
  RingDouble ring(256);
  for (const uint64_t size : {0u, 1u, 8u, 9u}) {
    const uint64_t foretold = ring.writer.next_position(size);
    EXPECT_EQ(ring.write(std::string(size, 'x')).value(), foretold);
    ring.read();
  }
}

TEST(Ring, AReusedRingContinuesAtItsPosition) {
  for (const uint64_t position : {8u, 248u, 256u, 4096u}) {
    RingDouble ring(256, position);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(ring.write("again")) << position;
      ASSERT_EQ(ring.read(), "again") << position;
    }
    EXPECT_EQ(ring.reader.position(), position + 100 * record_length(5));
  }
}

// Random sizes, bursts of random length: what is read is what was written, in order.
TEST(Ring, RandomTrafficArrivesUnchanged) {
  RingDouble ring(1024);
  std::mt19937 random(1);
  uint32_t written = 0, read = 0;
  const auto text = [](uint32_t number) {
    return std::string(number * 7919 % 300, static_cast<char>('a' + number % 26));
  };
  while (read < 20'000) {
    for (uint32_t burst = random() % 8; burst > 0 && ring.write(text(written)); --burst) ++written;
    for (uint32_t burst = random() % 8; burst > 0 && read < written; --burst, ++read) {
      ASSERT_EQ(ring.read(), text(read));
    }
  }
}

TEST(Ring, ManyRecordsCrossTwoThreadsInOrder) {
  RingDouble ring(1 << 20);  // large, so that a busy machine's time slices do not add up
  std::jthread producer([&](std::stop_token stop) {
    for (uint64_t i = 0; i < kManyRecords; ++i) {
      // A tail of i % 5 words, so that records wrap at all places.
      const std::array<uint64_t, 5> words = {i, i, i, i, i};
      const auto head = std::as_bytes(std::span(words).first(1));
      const auto body = std::as_bytes(std::span(words).first(i % 5));
      while (!ring.writer.try_write(static_cast<uint32_t>(i), head, body)) {
        if (stop.stop_requested()) return;  // the consumer has failed
        std::this_thread::yield();
      }
    }
  });
  for (uint64_t i = 0; i < kManyRecords;) {
    const auto record = ring.reader.try_read(ring.scratch);
    if (!record) {
      ASSERT_EQ(record.error(), Error::kWouldBlock);
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(record->tag, static_cast<uint32_t>(i));
    ASSERT_EQ(record->payload.size(), 8 * (1 + i % 5));
    for (size_t at = 0; at < record->payload.size(); at += 8) {
      uint64_t word;
      std::memcpy(&word, record->payload.data() + at, 8);
      ASSERT_EQ(word, i);
    }
    ++i;
  }
}

// The producer lies to the reader.

TEST(RingReaderHostile, ATailBeyondTheCapacityIsAnIndexJump) {
  RingDouble ring(256);
  for (const uint64_t tail : {uint64_t{257}, uint64_t{1} << 32, ~uint64_t{0}}) {
    ring.publish(tail);
    EXPECT_EQ(ring.read(), "index-jump") << tail;
    EXPECT_EQ(ring.reader.ready().error(), Error::kIndexJump) << tail;
  }
}

TEST(RingReaderHostile, ATailThatGoesBackIsAnIndexJump) {
  RingDouble ring(256);
  ASSERT_TRUE(ring.write("12345678"));
  ASSERT_EQ(ring.read(), "12345678");
  ring.publish(8);
  EXPECT_EQ(ring.read(), "index-jump");
}

TEST(RingReaderHostile, LessThanAHeaderIsAnIndexJump) {
  for (uint64_t tail = 1; tail < sizeof(RecordHeader); ++tail) {
    RingDouble ring(256);
    ring.publish(tail);
    EXPECT_EQ(ring.read(), "index-jump") << tail;
  }
}

TEST(RingReaderHostile, ASizeBeyondThePublishedBytesIsTooLarge) {
  for (const uint32_t size : {9u, 100u, 0x7fffffffu, 0xfffffff8u, 0xffffffffu}) {
    RingDouble ring(256);
    ring.header(0, {.size = size, .tag = 0}).publish(16);
    EXPECT_EQ(ring.read(), "frame-too-large") << size;
  }
}

TEST(RingReaderHostile, ASizeBeyondTheScratchIsTooLarge) {
  RingDouble ring(4096);
  ring.header(0, {.size = 513, .tag = 0}).publish(4096);
  EXPECT_EQ(ring.read(), "frame-too-large");
}

TEST(RingReaderHostile, TheReadersOwnPositionIsNotTakenFromTheRing) {
  RingDouble ring(256);
  ASSERT_TRUE(ring.write("first"));
  ASSERT_TRUE(ring.write("second"));
  ring.control.head.store(12345);
  EXPECT_EQ(ring.read(), "first");
  ring.control.head.store(0);
  EXPECT_EQ(ring.read(), "second");
  EXPECT_EQ(ring.control.head.load(), ring.reader.position());
}

TEST(RingReaderHostile, AnErrorMovesNothing) {
  RingDouble ring(256);
  ring.header(0, {.size = 100, .tag = 0}).publish(16);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ring.read(), "frame-too-large");
  EXPECT_EQ(ring.reader.position(), 0u);
  EXPECT_EQ(ring.control.head.load(), 0u);
}

#ifndef __SANITIZE_THREAD__  // the race is the point
TEST(RingReaderHostile, ASizeRewrittenWhileReadIsOneOfTheTwoNeverAMixture) {
  RingDouble ring(4096);
  ring.header(0, {.size = 8, .tag = 0}).publish(512);
  std::jthread liar([&](std::stop_token stop) {
    auto* word = reinterpret_cast<uint64_t*>(ring.bytes.data());
    for (uint64_t i = 0; !stop.stop_requested(); ++i) {
      const uint64_t size = i % 2 == 0 ? 8 : 0xfffffff0;
      std::atomic_ref<uint64_t>(*word).store(size, std::memory_order_relaxed);
    }
  });
  int records = 0, refusals = 0;
  while (records < 1000 || refusals < 1000) {
    RingReader reader(ring.control, ring.bytes, 0);  // reads the same place again and again
    const auto record = reader.try_read(ring.scratch);
    if (record) {
      ASSERT_EQ(record->payload.size(), 8u);
      ++records;
    } else {
      ASSERT_EQ(record.error(), Error::kFrameTooLarge);
      ++refusals;
    }
    if ((records + refusals) % 256 == 0) std::this_thread::yield();  // to the liar
  }
}
#endif

// The consumer lies to the writer.

TEST(RingWriterHostile, AHeadAheadOfTheTailIsAnIndexJump) {
  for (const uint64_t head : {uint64_t{72}, uint64_t{1} << 40, ~uint64_t{0}}) {
    RingDouble ring(64);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(ring.write("12345678"));
    ring.control.head.store(head);
    EXPECT_EQ(ring.write("x").error(), Error::kIndexJump) << head;
  }
}

TEST(RingWriterHostile, AHeadThatGoesBackIsAnIndexJump) {
  RingDouble ring(64);
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(ring.write("12345678"));
    if (i < 6) ring.read();
  }
  EXPECT_EQ(ring.writer.reserve(40).error(), Error::kWouldBlock);  // learns of a head of 96
  ring.control.head.store(80);
  EXPECT_EQ(ring.writer.reserve(40).error(), Error::kIndexJump);
}

TEST(RingWriterHostile, TheWritersOwnPositionIsNotTakenFromTheRing) {
  RingDouble ring(256);
  ASSERT_TRUE(ring.write("first"));
  ring.control.tail.store(0);
  ASSERT_TRUE(ring.write("second"));
  EXPECT_EQ(ring.control.tail.load(), ring.writer.position());
  EXPECT_EQ(ring.read(), "first");
  EXPECT_EQ(ring.read(), "second");
}

}  // namespace
}  // namespace ava::transport
