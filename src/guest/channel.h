// One channel of the region as its guest thread uses it: the request ring, the reply space, and the
// memory in which a call is put together.
//
// Threads: one at a time; executed() any. Ownership: the pool's, for the life of the session; what
// reply() returns stays until the next call on this channel. Errors: false, or kClosed, once the
// session has ended. Nothing here allocates or makes a system call but to wake the router or to
// sleep.
#pragma once

#include <span>

#include "guest/scratch.h"
#include "marshal/frame.h"
#include "transport/guest_transport.h"
#include "transport/host_memory.h"
#include "transport/park.h"
#include "transport/ring.h"

namespace ava::guest {

class Session;

class Channel {
 public:
  // Mapped rather than allocated, so that it can be made in a signal handler. Null: no memory.
  static Channel* create(Session& session, uint32_t number) noexcept;
  static void destroy(Channel* channel) noexcept;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  uint32_t number() const noexcept { return number_; }
  Session& session() const noexcept { return session_; }
  CallScratch& scratch() noexcept { return scratch_; }

  // Waits until the ring takes a frame with `body_size` bytes of body and every dependency a frame
  // can have. Errors: kClosed; kFrameTooLarge.
  Result<void> await_room(uint64_t body_size) noexcept;
  // The position that a frame written now would get.
  uint64_t next_position(uint64_t dependencies, uint64_t body_size) const noexcept;
  // Publishes a frame, for which await_room made room. Returns its position.
  uint64_t write(uint32_t function, uint16_t flags,
                 std::span<const marshal::Dependency> dependencies,
                 std::span<const std::byte> body) noexcept;
  // Tells the router about what was published, if it does not look by itself; `wake`: now.
  void notify(bool wake) noexcept;

  // Before writing a frame that wants a reply at `position`.
  void expect_reply(uint64_t position) noexcept;
  // Waits for the reply; `status` is then its completion word's. False: the session ended.
  bool await_reply(uint64_t position, int32_t& status) noexcept;
  // A copy where the region may vanish; empty where it has.
  std::span<std::byte> reply() noexcept;

  uint64_t position() const noexcept { return writer_.position(); }
  uint64_t executed() const noexcept {
    // [executed] Pairs with the worker's release store after a call: its effects come before.
    return reply_control_->executed.load(std::memory_order_acquire);
  }
  bool idle() const noexcept { return executed() >= position(); }

 private:
  // `memory`: what a call is put together in, and room for a reply.
  Channel(Session& session, uint32_t number, std::byte* memory) noexcept;
  ~Channel() = default;
  bool replied(uint64_t position, int32_t& status) noexcept;

  Session& session_;
  uint32_t number_;
  transport::RingWriter writer_;
  transport::ReplyControl* reply_control_;
  std::span<std::byte> reply_bytes_;
  std::byte* reply_copy_;
  transport::SpinBudget reply_spin_;
  transport::SpinBudget room_spin_;
  bool rung_ = false;  // the doorbell, since this channel's notice was set and not yet collected
  CallScratch scratch_;
};

}  // namespace ava::guest
