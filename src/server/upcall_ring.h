// The ring that carries callbacks to the guest, and the closures that name the application's
// functions in it.
//
// Trust:   the guest may write any ring index: kIndexJump ends the sending, nothing else. A guest
//          that does not read holds up the courier and its own calls that were called back; what is
//          posted meanwhile takes memory of its own server's.
// Threads: any; native libraries call back on threads of their own, and may hold locks of theirs
//          while they do. What has to be asked of the library before a callback may be told is
//          therefore asked by another thread, the courier, which sends what was posted in its
//          order. A sender that waits for room holds the ring, so records keep their order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

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
  // Sends it, in its turn, once all completions are told that it may prove. False: out of memory.
  bool post(uint32_t upcall, const marshal::UpcallHeader& header,
            std::span<const std::byte> body) noexcept;
  // Waits until what this thread posted was sent, or could not be.
  void await_posted() noexcept;
  // Waits for room, for as long as the session lives. Errors: kFrameTooLarge, kIndexJump, kClosed.
  Result<void> send(uint32_t upcall, const marshal::UpcallHeader& header,
                    std::span<const std::byte> body) noexcept;
  void end() noexcept;

 private:
  struct Posted {
    uint32_t upcall;
    marshal::UpcallHeader header;
    std::vector<std::byte> body;
  };
  void deliver() noexcept;  // the courier
  void deliver(const Posted& posted) noexcept;

  Session& session_;
  GuestWaker& waker_;
  std::atomic<bool> ended_{false};

  std::mutex posted_mutex_;  // guards what follows
  std::deque<Posted> posted_;
  uint64_t posted_count_ = 0;
  uint64_t sent_count_ = 0;
  bool courier_ends_ = false;
  std::condition_variable posted_changed_;
  std::thread courier_;  // started by the first

  std::mutex ring_mutex_;  // guards writer_
  transport::RingWriter writer_;
  std::mutex closures_mutex_;  // guards what follows
  std::unordered_map<uint64_t, std::unique_ptr<Closure>> closures_;
  uint64_t inside_ = 0;  // callbacks between begin_call() and end_call()
  std::condition_variable nobody_inside_;
};

}  // namespace ava::server
