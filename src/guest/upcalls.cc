#include "guest/upcalls.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <cstring>
#include <memory>
#include <new>

#include "base/clock.h"
#include "base/log.h"
#include "guest/call.h"
#include "guest/request.h"
#include "guest/session.h"
#include "marshal/wire_generated.h"
#include "transport/doorbell.h"

namespace ava::guest {
namespace {

// The longest record that the ring can hold.
constexpr uint64_t kScratch = transport::kUpcallCapacity;

class RingDelivery final : public Delivery {
 public:
  RingDelivery(Session& session, const Closure& closure) noexcept
      : session_(session), closure_(closure) {}
  ~RingDelivery() = default;

  void* function() const noexcept override { return closure_.function; }
  void* user_data() const noexcept override { return closure_.user_data; }
  void* about() const noexcept override { return const_cast<void*>(closure_.about); }
  void* land_handle(marshal::ObjectId id, marshal::TypeId type) noexcept override {
    return id != 0 ? session_.shadows().land(id, type, false) : nullptr;
  }

 private:
  Session& session_;
  const Closure& closure_;
};

}  // namespace

bool Upcalls::start() noexcept {
  const std::lock_guard lock(mutex_);
  if (started_) return true;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // the new thread inherits the mask
  started_ = ::pthread_create(&thread_, nullptr, enter, this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  // Nobody joins it: it ends with the session or the process, and exit() must not wait.
  if (started_) ::pthread_detach(thread_);
  return started_;
}

void* Upcalls::enter(void* self) noexcept {
  ::pthread_setname_np(::pthread_self(), "ava-callbacks");
  auto* const upcalls = static_cast<Upcalls*>(self);
  upcalls->run();
  const std::lock_guard lock(upcalls->mutex_);
  upcalls->over_ = true;
  upcalls->progress_.notify_all();
  return nullptr;
}

void Upcalls::run() noexcept {
  const auto& region = session_.region();
  transport::RingControl& control = region.upcall_control();
  transport::RingReader reader(control, region.upcall_bytes(), 0);
  const std::unique_ptr<uint64_t[]> words(new (std::nothrow) uint64_t[kScratch / 8]);
  if (words == nullptr) return session_.end(Error::kExhausted);
  const auto scratch = std::as_writable_bytes(std::span(words.get(), kScratch / 8));
  for (;;) {
    const auto record = reader.try_read(scratch);
    if (session_.vanished()) return lose();
    if (record) {
      transport::wake_producer(
          control, [this](transport::ParkWord& word) { session_.transport().unpark(word); });
      deliver(record->tag, record->payload);
      delivered(record->position);
      continue;
    }
    if (record.error() != Error::kWouldBlock) session_.end(record.error());
    if (session_.ended()) return lose();
    transport::announce_park(control.consumer_parked);
    const auto ready = reader.ready();
    if (ready && !*ready && !session_.ended()) session_.sleep(control.consumer_parked);
    transport::cancel_park(control.consumer_parked);
  }
}

// The session has ended: what the library was to call back, nobody will. Calls that may still
// register something are over soon.
void Upcalls::lose() noexcept {
  std::vector<Closure> lost;
  while (!session_.closures().take_lost(lost)) {
    const timespec nap{0, kMillisecond};
    ::nanosleep(&nap, nullptr);
  }
  const auto& losses = session_.module().losses;
  for (const Closure& closure : lost) {
    const uint32_t row = closure.if_lost.row;
    if (row >= losses.size() || losses[row] == nullptr) continue;
    RingDelivery delivery(session_, closure);
    losses[row](delivery, closure.if_lost.handle);
  }
}

void Upcalls::forget(uint64_t closure) noexcept {
  // The reply that said so came after every upcall that the failed call made.
  const uint64_t sent = session_.region().upcall_control().tail.load(std::memory_order_acquire);
  const std::lock_guard lock(mutex_);
  if (started_ && delivered_ < sent) {
    try {
      return forgotten_.push_back({closure, sent});
    } catch (const std::bad_alloc&) {  // then it goes at once
    }
  }
  session_.closures().drop(closure);
}

void Upcalls::await_delivered() noexcept {
  const uint64_t sent = session_.region().upcall_control().tail.load(std::memory_order_acquire);
  std::unique_lock lock(mutex_);
  if (!started_ || ::pthread_equal(thread_, ::pthread_self()) != 0) return;
  progress_.wait(lock, [&] { return over_ || delivered_ >= sent; });
}

void Upcalls::delivered(uint64_t position) noexcept {
  const std::lock_guard lock(mutex_);
  delivered_ = position;
  progress_.notify_all();
  std::erase_if(forgotten_, [&](const Forgotten& each) {
    if (each.position > position) return false;
    session_.closures().drop(each.closure);
    return true;
  });
}

void Upcalls::deliver(uint32_t row, std::span<const std::byte> payload) noexcept {
  marshal::UpcallHeader header;
  if (payload.size() < sizeof header || row >= session_.module().upcalls.size()) {
    AVA_ERROR("an upcall of unknown kind %u was dropped", row);
    return;
  }
  std::memcpy(&header, payload.data(), sizeof header);
  session_.pending().land();
  Closure closure;
  if (session_.closures().find(header.closure, closure)) {  // else delivered once already
    RingDelivery delivery(session_, closure);
    session_.module().upcalls[row](delivery, payload.subspan(sizeof header));
  }
  if (header.ticket != 0) done(header.ticket);
}

// The server keeps what the callback named until it hears this.
void Upcalls::done(uint64_t ticket) noexcept {
  const ChannelLease lease(session_.channels());
  if (lease.get() == nullptr) return;
  const wire::UpcallDone request(ticket, 0);
  if (tell(*lease.get(), marshal::kUpcallDone, body_of(request))) lease.get()->notify(true);
}

}  // namespace ava::guest
