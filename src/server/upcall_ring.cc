#include "server/upcall_ring.h"

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "server/session.h"

namespace ava::server {
namespace {

// A hostile guest need not wake anybody; then the sender looks again by itself.
constexpr int64_t kLookAgain = 100 * kMillisecond;

// Callbacks that wait to be sent; then the native threads that call back wait, too.
constexpr size_t kMaxPosted = 1u << 16;

// How many were posted when this thread posted its last; 0: none since it waited.
thread_local uint64_t g_posted = 0;

}  // namespace

UpcallRing::UpcallRing(Session& session, transport::RegionView region, GuestWaker& waker) noexcept
    : session_(session),
      waker_(waker),
      writer_(region.upcall_control(), region.upcall_bytes(), 0) {}

UpcallRing::~UpcallRing() {
  end();
  std::unique_lock lock(closures_mutex_);
  nobody_inside_.wait(lock, [&] { return inside_ == 0; });
  lock.unlock();
  {
    const std::lock_guard posted_lock(posted_mutex_);
    courier_ends_ = true;
    posted_changed_.notify_all();
  }
  if (courier_.joinable()) courier_.join();
}

bool UpcallRing::post(uint32_t upcall, const marshal::UpcallHeader& header,
                      std::span<const std::byte> body) noexcept {
  try {
    std::unique_lock lock(posted_mutex_);
    posted_changed_.wait(lock, [&] {
      return posted_.size() < kMaxPosted || ended_.load(std::memory_order_acquire);
    });
    if (!courier_.joinable()) courier_ = std::thread([this] { deliver(); });
    posted_.push_back({upcall, header, {body.begin(), body.end()}});
    g_posted = ++posted_count_;
  } catch (const std::exception&) {
    return false;
  }
  posted_changed_.notify_all();
  return true;
}

void UpcallRing::await_posted() noexcept {
  const uint64_t mine = std::exchange(g_posted, 0);
  if (mine == 0) return;
  std::unique_lock lock(posted_mutex_);
  posted_changed_.wait(lock, [&] { return sent_count_ >= mine; });
}

void UpcallRing::deliver() noexcept {
  std::unique_lock lock(posted_mutex_);
  for (;;) {
    posted_changed_.wait(lock, [&] { return !posted_.empty() || courier_ends_; });
    if (posted_.empty()) return;
    const Posted next = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    deliver(next);
    lock.lock();
    ++sent_count_;
    posted_changed_.notify_all();
  }
}

void UpcallRing::deliver(const Posted& posted) noexcept {
  // The callback may prove that outputs are complete: their words come first.
  session_.completions().sweep();
  const auto sent = send(posted.upcall, posted.header, posted.body);
  if (sent) return;
  session_.kept_objects().done(posted.header.ticket);
  if (session_.may_log()) AVA_WARN("a callback is lost: %s", error_name(sent.error()));
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
  {
    const std::lock_guard lock(posted_mutex_);
    ended_.store(true, std::memory_order_release);
  }
  posted_changed_.notify_all();
  if (transport::claim_wake(writer_.control().producer_parked)) {
    transport::futex_unpark(writer_.control().producer_parked);
  }
}

}  // namespace ava::server
