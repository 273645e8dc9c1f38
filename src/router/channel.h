// One channel's way through the router: from the client's request ring into its twin in the server
// region. Holds at most one frame, the one for which the twin had no room.
//
// Trust: both rings' other ends are hostile; see transport/ring.h.
// Threads: the session's worker only. Lifetime: the regions outlive the channel.
#pragma once

#include <vector>

#include "router/counters.h"
#include "router/host_endpoint.h"
#include "transport/ring.h"

namespace ava::router {

class Channel {
 public:
  enum class State : uint8_t {
    kParked,   // the guest must ring for it
    kActive,   // polled
    kBlocked,  // holds a frame; waits for the server to take something
  };

  Channel(uint32_t number, const transport::RegionView& region,
          const transport::ServerRegionView& server) noexcept;

  // The next request, in `scratch`. Errors: as RingReader::try_read.
  Result<transport::Record> read(std::span<std::byte> scratch) noexcept;

  // Hands a frame to the server. Where its ring is full the channel keeps a copy, and the server
  // rings when it has taken something: then call resend. Errors: kWouldBlock (kept); kIndexJump.
  Result<void> send(uint32_t tag, std::span<const std::byte> payload);
  Result<void> resend() noexcept;
  bool holds_frame() const noexcept { return holds_; }

  // After a batch of the above: wakes who waits for it.
  void settle(const transport::ServerRegionView& server, HostEndpoint& endpoint,
              SessionCounters& counters) noexcept;

  // True: nothing is there, and the guest will ring. Errors: kIndexJump.
  Result<bool> park() noexcept;
  void unpark() noexcept;

  // Has the guest published everything up to `position`? Errors: kIndexJump.
  Result<bool> published(uint64_t position) const noexcept;

  uint32_t number() const noexcept { return number_; }
  // Up to here everything was read.
  uint64_t position() const noexcept { return requests_.position(); }

  State state = State::kParked;
  int64_t last_work_ns = 0;

 private:
  uint32_t number_;
  bool holds_ = false;
  bool read_some_ = false;  // since settle
  bool sent_some_ = false;
  bool has_worker_ = false;  // the server was told of this channel
  uint32_t held_tag_ = 0;
  transport::RingReader requests_;
  transport::RingWriter server_;
  std::vector<std::byte> held_;
};

}  // namespace ava::router
