// The control socket's messages, vhost-user-like: a Unix SOCK_SEQPACKET socket, one message a
// packet, descriptors beside it (SCM_RIGHTS). The guest asks, the router answers each request once.
//
//   guest                                   router
//   Hello {layout, api, wire hash}    ->
//                                     <-    Welcome {region size}  + [region, doorbell]
//                                     or    Refusal {error, both sides' versions, a sentence}
//   GrowChannels {count}              ->
//                                     <-    Channels {granted}
//
// The router closes the socket when the session ends; the guest closes it to leave. Trust: every
// message is checked for its exact size and kind, on both sides.
#pragma once

#include <cstdint>

#include "transport/layout.h"

namespace ava::transport {

enum class ControlKind : uint32_t {
  kHello = 1,
  kWelcome = 2,
  kRefusal = 3,
  kGrowChannels = 4,
  kChannels = 5,
};

struct ControlHeader {
  uint32_t magic;  // kControlMagic
  ControlKind kind;
  uint32_t size;      // bytes of the whole message
  uint32_t reserved;  // 0
};
inline constexpr uint32_t kControlMagic = 0x43'41'56'41;  // "AVAC"

inline constexpr uint64_t kApiNameBytes = 32;  // with its terminating zero

struct HelloMessage {
  ControlHeader header;
  uint32_t layout_version;
  uint32_t layout_version_min;
  uint64_t features;
  uint64_t wire_hash;  // of what is on the wire: marshal/wire_hash.h
  uint32_t pid;        // informative; the kernel's word (SO_PEERCRED) is what counts
  uint32_t reserved;
  char api[kApiNameBytes];  // zero-terminated
  char program[32];         // informative, for `ava ls`; zero-terminated
};
static_assert(sizeof(HelloMessage) == 112);

// Carries two descriptors: the region, then the doorbell (an eventfd; a guest adds 1 to ring it).
struct WelcomeMessage {
  ControlHeader header;
  uint32_t layout_version;  // the one to speak: the highest that both know
  uint32_t channels;        // granted so far
  uint64_t features;
  uint64_t region_size;  // bytes
  uint64_t session;      // the router's number of this session, for logs
};
static_assert(sizeof(WelcomeMessage) == 48);

struct RefusalMessage {
  ControlHeader header;
  uint32_t error;  // ava::Error
  uint32_t layout_version;
  uint32_t layout_version_min;
  uint32_t reserved;
  char text[224];  // a sentence that says what to do; zero-terminated
};
static_assert(sizeof(RefusalMessage) == 256);

struct GrowChannelsMessage {
  ControlHeader header;
  uint32_t count;  // channels wanted in all
  uint32_t reserved;
};
struct ChannelsMessage {
  ControlHeader header;
  uint32_t granted;  // channels usable in all; may be fewer than wanted
  uint32_t error;    // ava::Error: kExhausted at the quota
};

}  // namespace ava::transport
