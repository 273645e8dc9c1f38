// Why an operation did not happen. One byte, no text, no allocation: fit for the data path.
// `error_name` gives the stable name that logs, `ava ls` and tests use.
#pragma once

#include <cstdint>

namespace ava {

enum class Error : uint8_t {
  kOk = 0,
  // Normal on the data path.
  kWouldBlock,  // nothing published, or no room; try again later
  kClosed,      // the session has ended or the peer is gone
  kTimedOut,    // a deadline passed
  kExhausted,   // a quota is used up: arena, channels, ids, threads
  // The peer wrote nonsense: its session ends with this reason.
  kIndexJump,      // a shared ring index moved by more than the ring holds, or backwards
  kFrameTooLarge,  // a record exceeds what is published or what a frame may be
  kFrameTooSmall,  // a record is shorter than its header says
  kBadFunction,    // a function number that the API does not have
  kBadFrame,       // header fields contradict each other
  kBadBody,        // the FlatBuffers verifier, or a fixed struct's size, rejected the body
  kBadReference,   // a bulk or `parsed` reference outside the arena, or of an unknown space
  kBadId,          // an object id of a wrong type or range
  kBadDependency,  // a dependency on a channel or position that was never published
  kBadArgument,    // a value that a genuine guest library cannot send
  kBadMessage,     // a control message of a wrong size or kind
  // Set-up.
  kVersionMismatch,  // layouts do not overlap
  kUnknownApi,       // no module of that API, or none with that wire hash
  kPermission,       // the peer's credentials are not allowed
  kNotFound,         // no such socket, file or object
  kSystem,           // a system call failed; errno was logged where it happened
  kServerDied,       // the API server ended by itself
  kShutdown,         // the router is stopping
  kClientGone,       // the client process ended
};

// The name of `error` without the k, in lower case with dashes: "index-jump". Never null.
const char* error_name(Error error) noexcept;

}  // namespace ava
