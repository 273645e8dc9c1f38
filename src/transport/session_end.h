// How the end of a session reaches everybody who sleeps in its region: a word, then a wake on every
// park word. Whoever goes to sleep checks `session_end` between announcing and sleeping.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "transport/host_memory.h"
#include "transport/park.h"

namespace ava::transport {

// kOk while the session lives. Guests trust it; a host process knows better from its own records.
inline Error session_end(const RegionView& region) noexcept {
  return static_cast<Error>(region.header().session_end.load(std::memory_order_acquire));
}

// Ends the session for all who map its region, with `reason`; the first reason stays. `channels`
// are those granted. Wakes the threads that wait for a reply, for room, or for an upcall: calls
// `unpark(word)` for each word of a sleeper, after it was claimed. Costs two loads for each
// channel.
template <typename Unpark>
void end_session(const RegionView& region, uint32_t channels, Error reason,
                 Unpark&& unpark) noexcept {
  uint32_t living = 0;
  region.header().session_end.compare_exchange_strong(living, static_cast<uint32_t>(reason),
                                                      std::memory_order_acq_rel);
  const auto wake = [&](ParkWord& word) {
    if (claim_wake(word)) unpark(word);
  };
  for (uint32_t channel = 0; channel < channels; ++channel) {
    wake(region.reply_control(channel).guest_parked);
    wake(region.request_control(channel).producer_parked);
  }
  wake(region.upcall_control().consumer_parked);
  wake(region.upcall_control().producer_parked);
}
// The same where all sleep on futexes.
void end_session(const RegionView& region, uint32_t channels, Error reason) noexcept;

// Wakes the workers and the acceptor of a server, which then find the word that `end_session` set.
void wake_server(const ServerRegionView& region, uint32_t channels) noexcept;

}  // namespace ava::transport
