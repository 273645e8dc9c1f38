// Every bound on what travels, in one place, each with its reason.
#pragma once

#include <cstdint>

#include "transport/layout.h"

namespace ava::marshal {

// A whole request frame: header, dependencies, body. What AvA interprets must fit; everything
// larger is a reference into the arena. Half a ring, so that a full-sized frame never waits for an
// empty ring.
inline constexpr uint64_t kMaxFrame = 64 * 1024;  // bytes
static_assert(kMaxFrame <= transport::kRingCapacity / 2);

// Bytes of one argument that travel inside a frame or a reply rather than through the arena. A copy
// of 4 KiB costs less (0.1 us) than an allocation in the arena and its bookkeeping.
inline constexpr uint64_t kMaxInline = 4 * 1024;

// All inline bytes of one call together; leaves room for scalars and lists in kMaxFrame, and for
// the outputs in kReplyCapacity.
inline constexpr uint64_t kMaxInlineTotal = 32 * 1024;

// Elements of one list of handles, sizes or properties. 8 bytes each: half a frame.
inline constexpr uint64_t kMaxList = 4096;

// Calls of other threads that one frame can name as to be executed before it. More are rare, and
// the guest then waits for the eldest itself.
inline constexpr uint32_t kMaxDependencies = 4;

// FlatBuffers verifier: generated schemas nest one level; the root and its vectors.
inline constexpr uint32_t kMaxTableDepth = 4;
inline constexpr uint32_t kMaxTables = 64;

// Objects a client can hold at a time. 64 bytes of shadow each in the guest.
inline constexpr uint32_t kMaxObjects = 1u << 20;

// Bytes of one spill: a transfer that the arena cannot hold. More than a device's memory, so that
// what is larger is a mistake of the application's.
inline constexpr uint64_t kMaxSpill = uint64_t{1} << 36;

}  // namespace ava::marshal
