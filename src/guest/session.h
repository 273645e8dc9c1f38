// One connection of this process: the region, and everything that lives and dies with it. When it
// has ended it stays ended: handles into it can name nothing in a new one.
//
// Threads: any, throughout. Lifetime: never destroyed once an application has called through it:
// threads of the application may be inside calls, or make them from functions that run at exit,
// until the process is gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "guest/channel_pool.h"
#include "guest/closures.h"
#include "guest/facts.h"
#include "guest/mappings.h"
#include "guest/mirrors.h"
#include "guest/module.h"
#include "guest/output.h"
#include "guest/pending.h"
#include "guest/settings.h"
#include "guest/shadow.h"
#include "guest/upcalls.h"
#include "transport/arena.h"
#include "transport/fence.h"
#include "transport/guest_transport.h"
#include "transport/host_memory.h"

namespace ava::guest {

class Session {
 public:
  // Null where memory does not suffice. `module` is borrowed for ever.
  static Session* create(std::unique_ptr<transport::GuestTransport> transport,
                         const Module& module) noexcept;

  transport::GuestTransport& transport() const noexcept { return *transport_; }
  const transport::RegionView& region() const noexcept { return region_; }
  const Module& module() const noexcept { return module_; }
  transport::Arena& arena() noexcept { return arena_; }
  ShadowTable& shadows() noexcept { return *shadows_; }
  ChannelPool& channels() noexcept { return channels_; }
  PendingBulk& pending() noexcept { return pending_; }
  Closures& closures() noexcept { return closures_; }
  Upcalls& upcalls() noexcept { return upcalls_; }
  Output& output() noexcept { return output_; }
  Facts& facts() noexcept { return facts_; }
  Mappings& mappings() noexcept { return mappings_; }
  Mirrors& mirrors() noexcept { return mirrors_; }
  uint64_t new_spill() noexcept { return last_spill_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // --- the end ---
  bool ended() const noexcept {
    return region_.header().session_end.load(std::memory_order_acquire) != 0;
  }
  // After something was read from the region: was it perhaps not the region any more? (See the
  // transport's may_vanish().)
  bool may_vanish() const noexcept { return may_vanish_; }
  bool vanished() const noexcept {
    if (!may_vanish_) return false;
    transport::acquire_fence();  // what was read was read before
    return ended();
  }
  // This side found that the session cannot go on. Wakes everybody who waits in it.
  void end(Error reason) noexcept;
  // Says once, in the log, that the session has ended and why.
  void report_end() noexcept;
  // In the child of a fork, where the region is gone: puts a blank one in its place in which the
  // session has ended, so that a call that a signal handler's fork interrupted ends, too.
  void abandon_in_child() noexcept;
  bool abandoned() const noexcept { return abandoned_.load(std::memory_order_relaxed); }

  // --- waiting ---
  // Sleeps while `parked` (announced by the caller) is 1, at most 100 ms; then looks whether the
  // router still lives, and gives idle memory back.
  void sleep(transport::ParkWord& parked) noexcept;
  // Wakes the router for what another thread published on `channel`, if it does not poll that.
  void urge(uint32_t channel) noexcept;
  uint64_t executed(uint32_t channel) const noexcept {
    // [executed] Pairs with the worker's release store after a call: its effects come before.
    return region_.reply_control(channel).executed.load(std::memory_order_acquire);
  }
  // Waits until all calls of `channel` up to `position` were executed. False: the session ended.
  bool await_executed(uint32_t channel, uint64_t position) noexcept;

 private:
  Session(std::unique_ptr<transport::GuestTransport> transport, const Module& module,
          std::unique_ptr<ShadowTable> shadows) noexcept;

  std::unique_ptr<transport::GuestTransport> transport_;
  const bool may_vanish_;
  std::span<std::byte> bytes_;
  transport::RegionView region_;
  const Module& module_;
  std::unique_ptr<ShadowTable> shadows_;
  transport::Arena arena_;
  ChannelPool channels_;
  PendingBulk pending_;
  Closures closures_;
  Upcalls upcalls_;
  Output output_;
  Facts facts_;
  Mappings mappings_;
  Mirrors mirrors_;
  std::atomic<uint64_t> last_spill_{0};
  std::atomic<bool> end_reported_{false};
  std::atomic<bool> abandoned_{false};
};

}  // namespace ava::guest
