#include "server/upcall_ring.h"

#include "base/clock.h"

namespace ava::server {
namespace {

// A hostile guest need not wake anybody; then the sender looks again by itself.
constexpr int64_t kLookAgain = 100 * kMillisecond;

}  // namespace

UpcallRing::UpcallRing(Session& session, transport::RegionView region, GuestWaker& waker) noexcept
    : session_(session),
      waker_(waker),
      writer_(region.upcall_control(), region.upcall_bytes(), 0) {}

UpcallRing::~UpcallRing() {
  end();
  const std::lock_guard lock(ring_mutex_);
}

Closure* UpcallRing::closure(uint64_t number) {
  const std::lock_guard lock(closures_mutex_);
  const auto at = closures_.find(number);
  if (at != closures_.end()) return at->second.get();
  if (closures_.size() >= kMaxClosures) return nullptr;
  auto made = std::make_unique<Closure>(Closure{&session_, number});
  return closures_.emplace(number, std::move(made)).first->second.get();
}

Result<void> UpcallRing::send(uint32_t upcall, const marshal::UpcallHeader& header,
                              std::span<const std::byte> body) noexcept {
  const auto head = std::as_bytes(std::span(&header, 1));
  const std::lock_guard lock(ring_mutex_);
  transport::RingControl& control = writer_.control();
  for (;;) {
    const auto written = writer_.try_write(upcall, head, body);
    if (written) break;
    if (written.error() != Error::kWouldBlock) return fail(written.error());
    transport::announce_park(control.producer_parked);
    const bool ended = ended_.load(std::memory_order_acquire);
    const auto room = writer_.reserve(head.size() + body.size());
    if (!ended && !room && room.error() == Error::kWouldBlock) {
      transport::futex_park(control.producer_parked, kLookAgain);
    }
    transport::cancel_park(control.producer_parked);
    if (ended) return fail(Error::kClosed);
  }
  waker_.wake(control.consumer_parked);
  return {};
}

void UpcallRing::end() noexcept {
  ended_.store(true, std::memory_order_release);
  if (transport::claim_wake(writer_.control().producer_parked)) {
    transport::futex_unpark(writer_.control().producer_parked);
  }
}

}  // namespace ava::server
