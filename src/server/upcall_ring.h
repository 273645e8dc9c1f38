// The ring that carries callbacks to the guest, and the closures that name the application's
// functions in it.
//
// Trust:   the guest may write any ring index: kIndexJump ends the sending, nothing else. A guest
//          that does not read holds up the native threads that call it back, as natively.
// Threads: any; native libraries call back on threads of their own. A sender that waits for room
//          holds the ring, so records keep their order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>

#include "marshal/frame.h"
#include "server/guest_waker.h"
#include "transport/host_memory.h"

namespace ava::server {

class Session;

// What the native library carries as user data.
struct Closure {
  Session* session;
  uint64_t number;  // the guest's name for the function and its user data
  // Of calls that named it. A lying guest may let several name one.
  uint32_t calls_left = 0;  // that the library will still make, for those that it makes once
  bool lasting = false;     // some call's are made any number of times
};

// Callbacks that can be registered at a time. Those that are called any number of times are kept:
// only the native library knows when it has made its last call.
inline constexpr uint64_t kMaxClosures = 1u << 20;

class UpcallRing {
 public:
  // All borrowed.
  UpcallRing(Session& session, transport::RegionView region, GuestWaker& waker) noexcept;
  // Waits for callbacks that are inside.
  ~UpcallRing();

  // The one closure of this number; null where there are too many. `once`: it is called once at
  // most.
  Closure* closure(uint64_t number, bool once);
  // Around each call of the library's; after the last one it is done with the closure.
  void begin_call() noexcept;
  void end_call(Closure& closure) noexcept;
  // Waits for room, for as long as the session lives. Errors: kFrameTooLarge, kIndexJump, kClosed.
  Result<void> send(uint32_t upcall, const marshal::UpcallHeader& header,
                    std::span<const std::byte> body) noexcept;
  void end() noexcept;

 private:
  Session& session_;
  GuestWaker& waker_;
  std::atomic<bool> ended_{false};

  std::mutex ring_mutex_;  // guards writer_
  transport::RingWriter writer_;
  std::mutex closures_mutex_;  // guards what follows
  std::unordered_map<uint64_t, std::unique_ptr<Closure>> closures_;
  uint64_t inside_ = 0;  // callbacks between begin_call() and end_call()
  std::condition_variable nobody_inside_;
};

}  // namespace ava::server
