// What the processes of one session agree on, byte for byte. docs/wire-format.md says the same in
// words; a layout change is a new kLayoutVersion.
//
// One region per client, made and sealed by the host, mapped by the client and its server:
//
//   0            4096                                                     region_size
//   +------------+-----------+------------+-----------------------+------------+
//   | header     | upcalls   | completion | channels              | arena      |
//   | who, sizes | ring      | slots      | 1024 x channel_stride | (sparse)   |
//   +------------+-----------+------------+-----------------------+------------+
//
// One channel, used by one guest thread at a time:
//
//   0              256             4096            4096 + ring          channel_stride
//   +--------------+---------------+---------------+--------------------+
//   | RingControl  | ReplyControl  | request ring  | reply bytes        |
//   +--------------+---------------+---------------+--------------------+
//
// Beside it the *server region*, made by the router, mapped by the router and one server and never
// by a guest: for each channel the request ring's twin, of the same capacity.
//
//   0        4096
//   +--------+---------------------------------------------+
//   | header | 1024 x (RingControl page, ring bytes)       |
//   +--------+---------------------------------------------+
//
// Everything is little-endian and explicitly sized: the sides are separate builds. Memory that was
// never written reads as zero, and every field's zero is its correct initial value.
//
// Trust: the host keeps every offset and size in records of its own and reads none of them back
// from here. The guest trusts the host and reads the header.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ava::transport {

inline constexpr uint64_t kRegionMagic = 0x31'4e'47'52'41'56'41'00;        // "\0AVARGN1"
inline constexpr uint64_t kServerRegionMagic = 0x31'52'56'53'41'56'41'00;  // "\0AVASVR1"
inline constexpr uint32_t kLayoutVersion = 1;                              // this build's
inline constexpr uint32_t kLayoutVersionMin = 1;  // the oldest this build still speaks

inline constexpr uint64_t kPage = 4096;         // bytes
inline constexpr uint32_t kMaxChannels = 1024;  // per session; beyond: the API's out-of-memory
inline constexpr uint32_t kChannelExtent = 8;   // channels granted at a time
inline constexpr uint64_t kRingCapacity = 128 * 1024;    // bytes; two frames of the largest size
inline constexpr uint64_t kReplyCapacity = 64 * 1024;    // bytes
inline constexpr uint64_t kUpcallCapacity = 128 * 1024;  // bytes
inline constexpr uint32_t kCompletionSlots = 4096;
inline constexpr uint64_t kRecordAlign = 8;  // bytes; records start on this

// What precedes each payload in a ring.
struct RecordHeader {
  uint32_t size;  // payload bytes, without header and padding
  uint32_t tag;   // opaque to the ring; a request's function number, an upcall's number
};
static_assert(sizeof(RecordHeader) == kRecordAlign);

// A word on which one party sleeps: 0 awake, 1 parked (transport/park.h has the protocol).
using ParkWord = std::atomic<uint32_t>;

// The shared half of one SPSC byte ring. Positions are free-running byte counts: `tail` ever
// published, `head` ever consumed; tail - head <= capacity. One cache line per writer.
struct RingControl {
  alignas(64) std::atomic<uint64_t> tail;  // written by the producer only
  alignas(64) std::atomic<uint64_t> head;  // written by the consumer only
  alignas(64) ParkWord consumer_parked;    // the consumer no longer looks here by itself
  alignas(64) ParkWord producer_parked;    // the producer waits for room
};
static_assert(sizeof(RingControl) == 256);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

// Where a server completes a channel's calls. The reply bytes are complete before `completion` is
// stored; the generation is the low half of the call's ring position.
struct ReplyControl {
  alignas(64) std::atomic<uint64_t> completion;  // {generation 32 (low), status 32 (high)}
  std::atomic<uint32_t> reply_size;              // bytes of the reply that `completion` stands for
  alignas(64) ParkWord guest_parked;             // the guest thread sleeps
  alignas(64) std::atomic<uint64_t> executed;    // position up to which all calls were executed
};
static_assert(sizeof(ReplyControl) == 192);

// A completion word: one 64-bit release store, after the data it stands for. Status: 0 success,
// negative an error, monotone.
constexpr uint64_t make_completion(uint32_t generation, int32_t status) noexcept {
  return uint64_t{generation} | (uint64_t{static_cast<uint32_t>(status)} << 32);
}
constexpr uint32_t completion_generation(uint64_t word) noexcept {
  return static_cast<uint32_t>(word);
}
constexpr int32_t completion_status(uint64_t word) noexcept {
  return static_cast<int32_t>(static_cast<uint32_t>(word >> 32));
}

struct RegionHeader {
  uint64_t magic;           // kRegionMagic
  uint32_t layout_version;  // of the host
  uint32_t layout_version_min;
  uint64_t features;       // bit set; none defined yet
  uint64_t region_size;    // bytes
  uint64_t upcall_offset;  // RingControl, then kUpcallCapacity bytes from the next page
  uint64_t completion_offset;
  uint64_t channel_offset;
  uint64_t channel_stride;
  uint64_t arena_offset;
  uint64_t arena_size;       // bytes
  uint64_t upcall_capacity;  // bytes
  uint64_t ring_capacity;    // bytes
  uint64_t reply_capacity;   // bytes
  uint32_t channel_max;
  uint32_t completion_count;

  // 0 while the session lives, then the Error that ended it. Written by the router (any server of
  // the session may also); every sleep re-checks it.
  alignas(64) std::atomic<uint32_t> session_end;
  // A bit per channel: "published while nobody polled this channel". Set by the guest, cleared by
  // the router, which looks only at channels whose bit is set or that it polls already.
  alignas(64) std::atomic<uint64_t> pending[kMaxChannels / 64];
};
static_assert(offsetof(RegionHeader, session_end) == 128);
static_assert(sizeof(RegionHeader) <= kPage);

struct ServerRegionHeader {
  uint64_t magic;
  // A bit per channel: "forwarded, and no worker has been made yet". Set by the router.
  alignas(64) std::atomic<uint64_t> pending[kMaxChannels / 64];
  alignas(64) ParkWord acceptor_parked;  // the server's thread that makes workers sleeps
};
static_assert(sizeof(ServerRegionHeader) <= kPage);

// Offsets inside a channel and inside a server channel.
inline constexpr uint64_t kReplyControlOffset = sizeof(RingControl);
inline constexpr uint64_t kRingBytesOffset = kPage;
inline constexpr uint64_t kReplyBytesOffset = kRingBytesOffset + kRingCapacity;
inline constexpr uint64_t kChannelStride = kReplyBytesOffset + kReplyCapacity;
inline constexpr uint64_t kServerChannelStride = kPage + kRingCapacity;

// Offsets inside the region.
inline constexpr uint64_t kUpcallOffset = kPage;
inline constexpr uint64_t kCompletionOffset = kUpcallOffset + kPage + kUpcallCapacity;
inline constexpr uint64_t kChannelOffset = kCompletionOffset + kCompletionSlots * sizeof(uint64_t);
inline constexpr uint64_t kArenaOffset = kChannelOffset + kMaxChannels * kChannelStride;
inline constexpr uint64_t kServerRegionSize = kPage + kMaxChannels * kServerChannelStride;
static_assert(kChannelOffset % kPage == 0 && kArenaOffset % kPage == 0);
static_assert(kChannelStride % kPage == 0);

}  // namespace ava::transport
