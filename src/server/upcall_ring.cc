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
  std::unique_lock lock(closures_mutex_);
  nobody_inside_.wait(lock, [&] { return inside_ == 0; });
}

Closure* UpcallRing::closure(uint64_t number, bool once) {
  const std::lock_guard lock(closures_mutex_);
  std::unique_ptr<Closure>& closure = closures_[number];
  if (closure == nullptr) {
    if (closures_.size() <= kMaxClosures)
      closure.reset(new (std::nothrow) Closure{&session_, number});
    if (closure == nullptr) {
      closures_.erase(number);
      return nullptr;
    }
  }
  if (once) ++closure->calls_left;
  closure->lasting |= !once;
  return closure.get();
}

void UpcallRing::begin_call() noexcept {
  const std::lock_guard lock(closures_mutex_);
  ++inside_;
}

void UpcallRing::end_call(Closure& closure) noexcept {
  const std::lock_guard lock(closures_mutex_);
  if (!closure.lasting && --closure.calls_left == 0) closures_.erase(closure.number);
  // Under the lock: whoever waits may end this object as soon as it is released.
  if (--inside_ == 0) nobody_inside_.notify_all();
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
