#include "server/session.h"

#include "base/log.h"
#include "server/worker.h"
#include "transport/doorbell.h"
#include "transport/session_end.h"

namespace ava::server {

Session::Session(const Options& options)
    : options_(options),
      objects_(options.module->types),
      completions_(options.module->types, options.region, objects_),
      kept_objects_(options.module->types, objects_),
      upcalls_(*this, options.region, *options.waker),
      workers_(options.channels) {}

Session::~Session() { end(Error::kClosed); }

void Session::run() {
  transport::ServerRegionHeader& header = options_.server_region.header();
  const transport::PendingWords pending(header.pending);
  const auto collect = [&] {
    bool some = false;
    transport::collect_pending(pending, options_.channels, [&](uint32_t channel) {
      accept(channel);
      some = true;
    });
    return some;
  };
  while (!ended()) {
    transport::announce_park(header.acceptor_parked);
    if (!collect() && !ended()) transport::futex_park(header.acceptor_parked, -1);
    transport::cancel_park(header.acceptor_parked);
  }
}

void Session::accept(uint32_t channel) {
  if (workers_[channel] != nullptr) return;
  try {
    workers_[channel] = std::make_unique<Worker>(*this, channel);
  } catch (const std::exception& error) {
    // The router gives no more channels than the thread limit, so this is the host's shortage.
    AVA_ERROR("no worker for channel %u: %s", channel, error.what());
    end(Error::kExhausted);
  }
}

void Session::end(Error reason) noexcept {
  if (ended_.exchange(true, std::memory_order_acq_rel)) return;
  order_.end();
  upcalls_.end();
  kept_objects_.end();
  transport::end_session(options_.region, options_.channels, reason,
                         [this](transport::ParkWord& word) { options_.waker->unpark(word); });
  transport::wake_server(options_.server_region, options_.channels);
}

}  // namespace ava::server
