// Where one guest's clients come in: its listening socket, and those who have connected and not yet
// said who they are.
//
// Trust: whoever may open the socket may connect, stay silent, or say anything. Each has a few
// seconds and a place among a bounded number; none costs another guest anything.
// Threads: the main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "router/door.h"

namespace ava::router {

class GuestDoor final : public Door {
 public:
  static constexpr size_t kMaxWaiting = 64;                 // connected, and no hello yet
  static constexpr int64_t kHelloPatience = 5'000'000'000;  // ns; what guest libraries wait, too

  // Listens. Throws std::runtime_error with a sentence. `admit` is called for each hello, from the
  // loop. Who has said nothing after `patience_ns` is closed.
  GuestDoor(Loop& loop, const GuestConfig& config, std::function<void(Visitor)> admit,
            int64_t patience_ns = kHelloPatience);

 private:
  struct Waiting {
    transport::ControlPeer peer;
    transport::PeerCredentials credentials;
    Loop::Watch watch;  // destroyed before the peer
  };

  void accept();
  void add(transport::ControlPeer peer);
  void hear(uint64_t number);

  Loop& loop_;
  std::string name_;
  int64_t patience_ns_;
  std::function<void(Visitor)> admit_;
  std::unique_ptr<transport::ControlListener> listener_;
  std::map<uint64_t, Waiting> waiting_;
  uint64_t next_number_ = 1;
  // Timers outlive the door; they look here whether it still stands.
  std::shared_ptr<GuestDoor*> self_;
  Loop::Watch watch_;  // destroyed before the listener
};

}  // namespace ava::router
