// A request: one record of a request ring. The record's tag is the function's number, its payload:
//
//   0             32                      32 + 16 * dependency_count
//   +-------------+-----------------------+--------------------------+
//   | FrameHeader | Dependency ...        | body: FlatBuffers        |
//   +-------------+-----------------------+--------------------------+
//
// The body is a FlatBuffers struct, bare, for calls whose arguments all have a fixed size, and a
// FlatBuffers table for the others; which, the API's schema says.
//
// A reply: the bytes of a struct or a table in the channel's reply space, behind the completion
// word whose generation is the low half of the request's ring position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "marshal/bounds.h"

namespace ava::marshal {

// Numbers below are AvA's own requests; an API's functions follow in the order of its spec.
inline constexpr uint32_t kFirstApiFunction = 64;
enum RuntimeFunction : uint32_t {
  kPoll = 1,        // reply: after completions were looked at. Body: PollRequest
  kSpillWrite = 2,  // appends bytes to a spill. Body: SpillWrite, then the bytes. No reply
  kSpillRead = 3,   // reply: bytes of a spill. Body: SpillRead
  kSpillFree = 4,   // Body: SpillRead (offset and size ignored). No reply
  kUpcallDone = 5,  // a callback returned. Body: UpcallDone. No reply
  kOutputRead = 6,  // reply: what the native library printed since. Body: OutputRead
  kFileAnswer = 7,  // one of the application's files. Body: FileAnswer, then bytes. No reply
};

enum FrameFlag : uint16_t {
  kWantsReply = 1,  // the sending thread waits; otherwise success stores only `executed`
};

// The router's decision about a frame that it forwards.
enum class Verdict : uint16_t {
  kPass = 0,
  kRefused = 1,    // a check failed; the server answers Outcome::kRefused in the call's turn
  kExhausted = 2,  // over a quota: Outcome::kExhausted
};

struct FrameHeader {
  uint16_t flags;            // FrameFlag
  uint8_t dependency_count;  // at most kMaxDependencies
  uint8_t reserved;          // 0
  Verdict verdict;           // 0 from a guest; the router's word behind it
  uint16_t verdict_detail;   // kRefused: the parameter's index; 0 from a guest
  uint32_t body_size;        // bytes
  uint32_t new_id_count;     // ids that the guest made for this call's results
  uint64_t first_new_id;     // the first of them; the others have consecutive indices
  uint64_t cost_ns;          // estimated device time; 0 from a guest, the router's word behind it
};
static_assert(sizeof(FrameHeader) == 32);

// "Execute after everything up to `position` of `channel` was executed."
struct Dependency {
  uint32_t channel;
  uint32_t reserved;  // 0
  uint64_t position;
};
static_assert(sizeof(Dependency) == 16);

// How a call ended, below the API: the status half of its completion word.
enum class Outcome : int32_t {
  kOk = 0,              // the reply holds the API's own result
  kLost = -1,           // the session ended before the call did
  kRefused = -2,        // the router's check failed; detail: the parameter's index
  kExhausted = -3,      // a quota of AvA's: arena, ids, channels, memory
  kInvalidHandle = -4,  // an id that names no live object; detail: its type
  kUnsupported = -5,    // the native library lacks the function
};
// A status that is a success, too: and the native library has printed something, which the guest
// fetches (kOutputRead) and prints before the application is told.
inline constexpr int32_t kOkWithOutput = 1;
// Not the end of the call: the native library wants to read a file that is the application's. The
// reply is a FileQuestion and the path. The guest answers on another channel (kFileAnswer) and
// waits on, for the same position.
inline constexpr int32_t kAsksForFile = 2;
// The longest path in a question, and the largest file in an answer; what is larger does not exist
// (ENAMETOOLONG, EFBIG).
inline constexpr uint64_t kMaxPath = 4095;
inline constexpr uint64_t kMaxFile = uint64_t{64} << 20;  // bytes

// A completion word's status half carries the outcome and, above it, 16 bits of detail.
constexpr int32_t pack_outcome(Outcome outcome, uint16_t detail) noexcept {
  return outcome == Outcome::kOk
             ? 0
             : static_cast<int32_t>((0x8000'0000u | (uint32_t{detail} << 8)) |
                                    static_cast<uint8_t>(-static_cast<int32_t>(outcome)));
}
constexpr Outcome unpack_outcome(int32_t status) noexcept {
  return status >= 0 ? Outcome::kOk : static_cast<Outcome>(-static_cast<int32_t>(status & 0xff));
}
constexpr uint16_t unpack_detail(int32_t status) noexcept {
  return static_cast<uint16_t>(static_cast<uint32_t>(status) >> 8);
}

// What precedes the body in a record of the upcall ring, whose tag is the upcall's row in the guest
// module. The body is a struct or a table; which, the API's schema says, and the runtimes on both
// sides need not know.
struct UpcallHeader {
  uint64_t closure;  // the number that the guest gave the callback
  uint64_t ticket;   // to be returned in UpcallDone, once the callback is over; 0: nobody waits
};
static_assert(sizeof(UpcallHeader) == 16);

// A closure's number in a request where the application gave user data but no function, which an
// API may call an error. 0 stands for neither.
inline constexpr uint64_t kNoFunction = ~uint64_t{0};
constexpr bool names_function(uint64_t closure) noexcept {
  return closure != 0 && closure != kNoFunction;
}

// A frame whose header was checked for consistency. Borrows the payload: a private copy.
struct Frame {
  FrameHeader* header;
  std::span<const Dependency> dependencies;
  std::span<const std::byte> body;  // 8-byte aligned, as is the payload
};

// Errors: kFrameTooSmall, kBadFrame (counts and sizes contradict the payload's length).
Result<Frame> parse_frame(std::span<std::byte> payload) noexcept;

}  // namespace ava::marshal
