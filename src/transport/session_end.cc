#include "transport/session_end.h"

#include "transport/doorbell.h"

namespace ava::transport {
namespace {

void wake(ParkWord& word) noexcept {
  if (claim_wake(word)) futex_unpark(word);
}

}  // namespace

void end_session(const RegionView& region, uint32_t channels, Error reason) noexcept {
  uint32_t living = 0;
  region.header().session_end.compare_exchange_strong(living, static_cast<uint32_t>(reason),
                                                      std::memory_order_acq_rel);
  for (uint32_t channel = 0; channel < channels; ++channel) {
    wake(region.reply_control(channel).guest_parked);
    wake(region.request_control(channel).producer_parked);
  }
  wake(region.upcall_control().consumer_parked);
  wake(region.upcall_control().producer_parked);
}

void wake_server(const ServerRegionView& region, uint32_t channels) noexcept {
  for (uint32_t channel = 0; channel < channels; ++channel)
    wake(region.control(channel).consumer_parked);
  wake(region.header().acceptor_parked);
}

}  // namespace ava::transport
