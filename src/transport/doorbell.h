// Who is told that a ring has something: the notices that make the router's work proportional to
// active channels, and a server's threads start at a channel's first frame.
//
// Between guest and router (region). The router polls the channels of a list of its own, the
// *active* ones; the others are *parked*.
//
//   guest, for each record               router
//   ----------------------               ------
//   publish it in the ring               an active channel stays empty for a while: park_channel
//   publish_notice                         true: leave it out of the active list
//     true, and this call must wake          false: something came meanwhile, go on polling
//     the router: ring the doorbell      woken by the doorbell: collect_pending, and each channel
//                                          it names joins the active list after unpark_channel
//
// Between router and server (server region). A worker serves one channel and sleeps on its ring.
//
//   router, for each record              server
//   -----------------------              ------
//   forward it into the ring             worker, ring empty: park_channel, then futex_park on
//   the channel's first: notice_acceptor   consumer_parked; cancel_park once awake
//   wake_consumer                        acceptor: announce_park(acceptor_parked), collect_pending,
//                                          none: futex_park; each named channel gets a worker
//
// Whoever sleeps also re-checks its session's end between announcing and sleeping.
//
// Trust: the bits and words are advice to the host. A guest that leaves a bit unset delays its own
// calls; one that sets all bits costs the router one look at each channel it was granted, once for
// each doorbell, and the router bounds what a doorbell may cost.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "transport/fence.h"
#include "transport/layout.h"
#include "transport/park.h"
#include "transport/ring.h"

namespace ava::transport {

using PendingWords = std::span<std::atomic<uint64_t>, kMaxChannels / 64>;

// Sets a channel's bit. A bit that is set already has not been collected yet: the collector's fence
// comes after, and shows it what was published before the caller's. [notice] Returns whether the
// caller set it.
inline bool set_pending(PendingWords pending, uint32_t channel) noexcept {
  std::atomic<uint64_t>& word = pending[channel / 64];
  const uint64_t bit = uint64_t{1} << (channel % 64);
  if ((word.load(std::memory_order_relaxed) & bit) != 0) return false;
  return (word.fetch_or(bit, std::memory_order_seq_cst) & bit) == 0;
}

// Calls `found(channel)` for each bit set below `channels`, after clearing all. May name a channel
// that is active already, or has nothing: callers look.
template <typename Found>
inline void collect_pending(PendingWords pending, uint32_t channels, Found&& found) {
  uint64_t taken[kMaxChannels / 64] = {};
  for (size_t i = 0; i * 64 < channels && i < pending.size(); ++i) {
    // Most words are 0 nearly always; a plain load leaves their cache line shared.
    if (pending[i].load(std::memory_order_relaxed) != 0) {
      taken[i] = pending[i].exchange(0, std::memory_order_seq_cst);
    }
  }
  // [notice] Pairs with the fence in publish_notice: a guest that found its bit set did so before
  // the exchange, so the looks behind this fence see what it published.
  full_fence();
  for (uint32_t i = 0; i < kMaxChannels / 64; ++i) {
    for (uint64_t bits = taken[i]; bits != 0; bits &= bits - 1) {
      const uint32_t channel = i * 64 + static_cast<uint32_t>(std::countr_zero(bits));
      if (channel < channels) found(channel);
    }
  }
}

// Guest: after publishing in `ring`, the request ring of `channel`. True where the router does not
// poll the channel: it comes to look when the doorbell is rung, now or by a later call. Cheap while
// the channel is active: a fence and a load. May be repeated by any thread, as one does that waits
// for what another thread published. `fresh`: the bit was not set; a doorbell that was rung since
// somebody set it has not been answered yet, and need not be rung again.
[[nodiscard]] inline bool publish_notice(RegionHeader& header, RingControl& ring, uint32_t channel,
                                         bool* fresh = nullptr) noexcept {
  full_fence();  // [park] [notice]
  if (ring.consumer_parked.load(std::memory_order_relaxed) == 0) return false;
  const bool set = set_pending(PendingWords(header.pending), channel);
  if (fresh != nullptr) *fresh = set;
  return true;
}

// A consumer is about to stop polling `reader`'s ring. True: it is parked, the producer knows.
// False: something is there (or came meanwhile), read on. Errors: kIndexJump.
[[nodiscard]] inline Result<bool> park_channel(RingReader& reader) noexcept {
  announce_park(reader.control().consumer_parked);
  const Result<bool> ready = reader.ready();
  if (ready && !*ready) return true;
  cancel_park(reader.control().consumer_parked);
  if (!ready) return fail(ready.error());
  return false;
}

// The consumer polls the ring again. Until the producer sees this, it sets bits in vain.
inline void unpark_channel(RingControl& ring) noexcept { cancel_park(ring.consumer_parked); }

// Producer of a ring whose consumer sleeps on consumer_parked: router to worker, server to the
// guest's upcall thread. After publishing.
inline void wake_consumer(RingControl& ring) noexcept {
  if (claim_wake(ring.consumer_parked)) futex_unpark(ring.consumer_parked);
}

// Consumer of a ring, after reading: lets a producer go on that sleeps for want of room. Once for
// a batch of records will do. `unpark(word)` wakes whoever sleeps on the word.
template <typename Unpark = void (&)(ParkWord&) noexcept>
inline void wake_producer(RingControl& ring, Unpark&& unpark = futex_unpark) noexcept {
  if (claim_wake(ring.producer_parked)) unpark(ring.producer_parked);
}

// Router: `channel` was never forwarded to before, the server has no worker for it. After
// publishing its first frame.
inline void notice_acceptor(ServerRegionHeader& header, uint32_t channel) noexcept {
  set_pending(PendingWords(header.pending), channel);
  if (claim_wake(header.acceptor_parked)) futex_unpark(header.acceptor_parked);
}

}  // namespace ava::transport
