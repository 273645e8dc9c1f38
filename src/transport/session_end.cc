#include "transport/session_end.h"

#include "transport/doorbell.h"

namespace ava::transport {
namespace {

void wake(ParkWord& word) noexcept {
  if (claim_wake(word)) futex_unpark(word);
}

}  // namespace

void end_session(const RegionView& region, uint32_t channels, Error reason) noexcept {
  end_session(region, channels, reason, futex_unpark);
}

void wake_server(const ServerRegionView& region, uint32_t channels) noexcept {
  for (uint32_t channel = 0; channel < channels; ++channel)
    wake(region.control(channel).consumer_parked);
  wake(region.header().acceptor_parked);
}

}  // namespace ava::transport
