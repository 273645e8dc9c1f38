#include "router/channel.h"

#include "transport/doorbell.h"

namespace ava::router {

Channel::Channel(uint32_t number, const transport::RegionView& region,
                 const transport::ServerRegionView& server) noexcept
    : number_(number),
      requests_(region.request_control(number), region.request_bytes(number), 0),
      server_(server.control(number), server.ring_bytes(number), 0) {}

Result<transport::Record> Channel::read(std::span<std::byte> scratch) noexcept {
  auto record = requests_.try_read(scratch);
  read_some_ |= record.has_value();
  return record;
}

Result<void> Channel::send(uint32_t tag, std::span<const std::byte> payload) {
  const auto sent = server_.try_write(tag, payload, {});
  if (sent) {
    sent_some_ = true;
    return {};
  }
  if (sent.error() != Error::kWouldBlock) return fail(sent.error());
  held_.assign(payload.begin(), payload.end());
  held_tag_ = tag;
  holds_ = true;
  return resend();
}

Result<void> Channel::resend() noexcept {
  transport::ParkWord& parked = server_.control().producer_parked;
  // [park] The server takes a frame, then looks at this word: either it sees the word, and rings,
  // or the write below sees the room.
  transport::announce_park(parked);
  const auto sent = server_.try_write(held_tag_, held_, {});
  if (!sent) return fail(sent.error());
  transport::cancel_park(parked);
  holds_ = false;
  sent_some_ = true;
  return {};
}

void Channel::settle(const transport::ServerRegionView& server, HostEndpoint& endpoint,
                     SessionCounters& counters) noexcept {
  if (sent_some_) {
    sent_some_ = false;
    if (!has_worker_) {
      has_worker_ = true;
      transport::notice_acceptor(server.header(), number_);
    }
    transport::ParkWord& worker = server_.control().consumer_parked;
    if (transport::claim_wake(worker)) {
      transport::futex_unpark(worker);
      counters.server_wakes.add(1);
    }
  }
  if (read_some_) {
    read_some_ = false;
    transport::ParkWord& guest = requests_.control().producer_parked;
    if (transport::claim_wake(guest)) {
      endpoint.wake_guest(guest);
      counters.guest_wakes.add(1);
    }
  }
}

Result<bool> Channel::park() noexcept { return transport::park_channel(requests_); }

void Channel::unpark() noexcept { transport::unpark_channel(requests_.control()); }

Result<bool> Channel::published(uint64_t position) const noexcept {
  const uint64_t head = requests_.position();
  if (position <= head) return true;
  // [publish] A position that the guest learnt from its own writer is at or before this tail.
  const uint64_t tail = requests_.control().tail.load(std::memory_order_acquire);
  if (tail - head > transport::kRingCapacity) return fail(Error::kIndexJump);
  return position <= tail;
}

}  // namespace ava::router
