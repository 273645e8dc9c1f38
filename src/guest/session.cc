#include "guest/session.h"

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "transport/doorbell.h"
#include "transport/session_end.h"

namespace ava::guest {
namespace {

constexpr int64_t kPatience = 100 * kMillisecond;  // until somebody who waits looks for the router
constexpr int64_t kArenaIdle = 2 * kSecond;        // until memory that nobody uses is given back

}  // namespace

Session* Session::create(std::unique_ptr<transport::GuestTransport> transport,
                         const Module& module) noexcept {
  auto shadows = ShadowTable::create(module.types);
  if (shadows == nullptr) return nullptr;
  return new (std::nothrow) Session(std::move(transport), module, std::move(shadows));
}

Session::Session(std::unique_ptr<transport::GuestTransport> transport, const Module& module,
                 std::unique_ptr<ShadowTable> shadows) noexcept
    : transport_(std::move(transport)),
      may_vanish_(transport_->may_vanish()),
      bytes_(transport_->region()),
      region_(bytes_),
      module_(module),
      shadows_(std::move(shadows)),
      arena_(region_.arena()),
      channels_(*this),
      pending_(*this),
      upcalls_(*this),
      output_(*this) {}

void Session::end(Error reason) noexcept {
  transport::end_session(region_, transport_->channels(), reason,
                         [this](transport::ParkWord& word) { transport_->unpark(word); });
  report_end();
}

void Session::report_end() noexcept {
  if (end_reported_.exchange(true, std::memory_order_relaxed)) return;
  AVA_ERROR("the session has ended (%s): every %s call fails from now on",
            error_name(transport::session_end(region_)), module_.api);
}

void Session::abandon_in_child() noexcept {
  abandoned_.store(true, std::memory_order_relaxed);
  void* blank = ::mmap(bytes_.data(), bytes_.size(), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  // Not so where somebody else uses the place already: then nothing of ours may be written there.
  if (blank != bytes_.data()) return;
  region_.header().session_end.store(static_cast<uint32_t>(Error::kClosed),
                                     std::memory_order_relaxed);
}

void Session::sleep(transport::ParkWord& parked) noexcept {
  const int64_t before = now_ns();
  transport_->park(parked, kPatience);
  if (now_ns() - before < kPatience || ended()) return;
  if (!transport_->peer_alive()) return end(Error::kClosed);
  arena_.trim(kArenaIdle);
}

void Session::urge(uint32_t channel) noexcept {
  if (transport::publish_notice(region_.header(), region_.request_control(channel), channel)) {
    transport_->ring_doorbell();
  }
}

bool Session::await_executed(uint32_t channel, uint64_t position) noexcept {
  // Nobody signals this: it is rare (more than four channels at once behind one call), and
  // `executed` moves with every call. Naps grow to a millisecond.
  urge(channel);
  int64_t nap_ns = 20 * kMicrosecond;
  int64_t looked_ns = now_ns();
  while (executed(channel) < position) {
    if (ended()) return false;
    const timespec nap{0, nap_ns};
    ::nanosleep(&nap, nullptr);
    nap_ns = std::min(nap_ns * 2, kMillisecond);
    if (const int64_t now = now_ns(); now - looked_ns >= kPatience) {
      looked_ns = now;
      if (!transport_->peer_alive()) end(Error::kClosed);
    }
  }
  return true;
}

}  // namespace ava::guest
