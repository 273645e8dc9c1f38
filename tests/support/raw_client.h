// A client without guest library: it sends what bytes a test likes, as frames or by plain stores
// into its region, and tells how the host takes it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "marshal/frame.h"
#include "transport/guest_transport.h"
#include "transport/host_memory.h"

namespace ava::tests {

class RawClient {
 public:
  // Connects to AVA_SOCKET. Throws std::runtime_error with the router's sentence.
  RawClient(const std::string& api, uint64_t wire_hash);

  transport::RegionView region() const noexcept { return view_; }
  std::span<std::byte> bytes() const noexcept { return transport_->region(); }

  // A record of exactly these bytes, on `channel`, and the doorbell. Returns its position, 0 where
  // the ring is full.
  uint64_t post_record(uint32_t channel, uint32_t tag, std::span<const std::byte> payload);
  // A proper frame around `body`.
  uint64_t post(uint32_t channel, uint32_t function, std::span<const std::byte> body,
                uint16_t flags = marshal::kWantsReply);
  // Tells the router of `channel`, and wakes it, whatever the words say.
  void ring(uint32_t channel);

  // How the call at `position` ended; nothing where the session ended first, or nothing came within
  // two seconds.
  std::optional<int32_t> wait(uint32_t channel, uint64_t position);
  // Has the host hung up? The word in the region is this client's own to write.
  bool ended() const noexcept { return !transport_->peer_alive(); }

 private:
  std::unique_ptr<transport::GuestTransport> transport_;
  transport::RegionView view_;
  std::vector<transport::RingWriter> writers_;  // by channel
  bool corrupt_ = false;  // AVA_TEST_BREAK=corrupt: answers are inverted, and tests must notice
};

}  // namespace ava::tests
