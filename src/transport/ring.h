// The two ends of an SPSC byte ring whose other end may be hostile.
//
// Trust:    the peer can rewrite the whole mapping at any moment. A side's own position lives in
//           private memory and its shared copy is only ever written. The peer's position is loaded
//           once per look, checked against the capacity, and never trusted beyond that. Payloads
//           are copied out before anyone looks inside them.
// Threads:  one thread per end; no locks, no blocking.
// Lifetime: `control` and `bytes` are borrowed and must outlive the end. The capacity,
//           bytes.size(), is a power of two and comes from the caller's own records.
// Wake-ups: not here; RingControl's park words and transport/park.h serve the callers.
//
// A record's *position* is the stream position right behind it: a call's sequence number. It is
// the same in a request ring and its twin, because the router forwards records unchanged in size.
#pragma once

#include <cstring>
#include <span>

#include "base/result.h"
#include "transport/layout.h"

namespace ava::transport {

struct Record {
  uint32_t tag;
  std::span<std::byte> payload;  // inside the caller's scratch
  uint64_t position;             // right behind the record
};

class RingWriter {
 public:
  RingWriter() = default;
  // Continues where the stream stands: `position` is the tail so far, from the caller's records.
  RingWriter(RingControl& control, std::span<std::byte> bytes, uint64_t position) noexcept;

  // Room for a payload of `size` bytes right now? Loads the consumer's position only if needed.
  // Errors: kWouldBlock; kIndexJump (the consumer's position is impossible).
  Result<void> reserve(uint64_t size) noexcept;

  // Appends one record made of `head` and `body` (either may be empty) and publishes it. Returns
  // its position. Errors: as reserve; kFrameTooLarge if it can never fit.
  Result<uint64_t> try_write(uint32_t tag, std::span<const std::byte> head,
                             std::span<const std::byte> body) noexcept;

  // The position that the next record of `size` payload bytes will have.
  uint64_t next_position(uint64_t size) const noexcept;
  uint64_t position() const noexcept { return tail_; }
  RingControl& control() const noexcept { return *control_; }

 private:
  void put(uint64_t position, const void* data, uint64_t size) noexcept;

  RingControl* control_ = nullptr;
  std::span<std::byte> bytes_;
  uint64_t tail_ = 0;         // ours, never reloaded
  uint64_t cached_head_ = 0;  // the consumer's, as last seen and checked
};

class RingReader {
 public:
  RingReader() = default;
  RingReader(RingControl& control, std::span<std::byte> bytes, uint64_t position) noexcept;

  // Moves the next payload into `scratch` (8-byte aligned, as large as the largest frame) and frees
  // its place. O(payload), no allocation. Errors: kWouldBlock (nothing published); kIndexJump,
  // kFrameTooLarge (end the peer's session).
  Result<Record> try_read(std::span<std::byte> scratch) noexcept;

  // Is anything published? Errors: kIndexJump.
  Result<bool> ready() noexcept;

  uint64_t position() const noexcept { return head_; }
  RingControl& control() const noexcept { return *control_; }

 private:
  void get(uint64_t position, void* data, uint64_t size) const noexcept;

  RingControl* control_ = nullptr;
  std::span<std::byte> bytes_;
  uint64_t head_ = 0;         // ours, never reloaded
  uint64_t cached_tail_ = 0;  // the producer's, as last seen and checked
};

// Bytes that a record with `size` payload bytes takes in the ring. Cannot overflow: the size that
// rings hold is 32-bit, the sum 64-bit.
constexpr uint64_t record_length(uint64_t size) noexcept {
  return (sizeof(RecordHeader) + size + kRecordAlign - 1) & ~(kRecordAlign - 1);
}

}  // namespace ava::transport
