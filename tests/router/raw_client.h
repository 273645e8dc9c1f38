// A client that speaks to the ring itself, so that it can lie: the toy API's hello and null call,
// and whatever else a test wants to send.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "marshal/frame.h"
#include "toy_api.h"
#include "transport/control.h"
#include "transport/doorbell.h"
#include "transport/guest_transport.h"
#include "transport/host_memory.h"
#include "transport/session_end.h"

namespace ava::router {

class RawClient {
 public:
  using Connected =
      tl::expected<std::unique_ptr<transport::GuestTransport>, transport::ConnectError>;

  explicit RawClient(const std::string& socket, const std::string& api = toy::kApi,
                     uint64_t wire_hash = toy::kWireHash)
      : RawClient(transport::connect(socket, {api, wire_hash})) {}
  explicit RawClient(Connected connected) {
    if (connected) {
      transport_ = std::move(*connected);
      region_ = transport::RegionView(transport_->region());
      writers_.resize(transport::kMaxChannels);
    } else {
      refusal_ = connected.error();
    }
  }

  bool connected() const { return transport_ != nullptr; }
  uint64_t session = 0;  // the router's number; who opened this filled it in
  const transport::ConnectError& refusal() const { return refusal_; }
  bool alive() { return transport_->peer_alive(); }
  // The channels in all; 0 where the quota is used up.
  uint32_t grow(uint32_t wanted) { return transport_->grow_channels(wanted).value_or(0); }
  void touch_arena(uint64_t size) { std::memset(region_.arena().data(), 1, size); }

  // Publishes a frame and rings. Returns its position.
  uint64_t send(uint32_t channel, uint32_t function, std::span<const std::byte> body,
                uint16_t flags = 0) {
    transport::RingWriter& writer = writers_[channel];
    transport::RingControl& control = region_.request_control(channel);
    if (writer.position() == 0) writer = {control, region_.request_bytes(channel), 0};
    marshal::FrameHeader header{};
    header.flags = flags;
    header.body_size = static_cast<uint32_t>(body.size());
    const auto position = writer.try_write(function, std::as_bytes(std::span(&header, 1)), body);
    if (transport::publish_notice(region_.header(), control, channel)) transport_->ring_doorbell();
    return position.value_or(0);
  }

  // Calls toy_null and waits. False if the session ended instead, or nothing came in time.
  bool call_null(uint32_t channel) {
    if (!connected()) return false;
    const uint64_t present = 0;
    const uint64_t position = send(channel, toy::kFn_toy_null,
                                   std::as_bytes(std::span(&present, 1)), marshal::kWantsReply);
    const auto& completion = region_.reply_control(channel).completion;
    return wait(channel, [&] {
      return transport::completion_generation(completion.load(std::memory_order_acquire)) ==
             static_cast<uint32_t>(position);
    });
  }

  // Sleeps until the session ends, and returns why; kOk if it does not in time.
  Error wait_end() {
    wait(0, [] { return false; });
    return transport::session_end(region_);
  }

 private:
  // Sleeps on the channel as a guest thread does. True once `done`.
  template <typename Done>
  bool wait(uint32_t channel, Done done) {
    transport::ParkWord& word = region_.reply_control(channel).guest_parked;
    for (const int64_t deadline = now_ns() + 10 * kSecond; now_ns() < deadline;) {
      transport::announce_park(word);
      if (done()) return true;
      if (transport::session_end(region_) != Error::kOk) return false;
      transport_->park(word, deadline - now_ns());
    }
    return false;
  }

  std::unique_ptr<transport::GuestTransport> transport_;
  transport::ConnectError refusal_{Error::kOk, ""};
  transport::RegionView region_;
  std::vector<transport::RingWriter> writers_;
};

// --- the control socket by hand ---

inline transport::HelloMessage make_hello() {
  transport::HelloMessage hello{};
  hello.header = {transport::kControlMagic, transport::ControlKind::kHello, sizeof hello, 0};
  hello.layout_version = transport::kLayoutVersion;
  hello.layout_version_min = transport::kLayoutVersionMin;
  hello.wire_hash = toy::kWireHash;
  std::strcpy(hello.api, toy::kApi);
  std::strcpy(hello.program, "by hand");
  return hello;
}

inline UniqueFd connect_raw(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    socket.reset();
  }
  return socket;
}

// What the router answers to `hello`; zeros if it is no refusal.
inline transport::RefusalMessage refusal_of(const std::string& path,
                                            const transport::HelloMessage& hello) {
  const UniqueFd socket = connect_raw(path);
  transport::RefusalMessage answer{};
  if (::send(socket.get(), &hello, sizeof hello, 0) != ssize_t{sizeof hello} ||
      ::recv(socket.get(), &answer, sizeof answer, 0) != ssize_t{sizeof answer}) {
    return {};
  }
  return answer;
}

}  // namespace ava::router
