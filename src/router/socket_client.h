// A client that is a process of this host: its control socket and its pidfd.
#pragma once

#include "router/client.h"

namespace ava::router {

class SocketClient final : public Client {
 public:
  explicit SocketClient(transport::ControlPeer peer) noexcept : peer_(std::move(peer)) {}

  Result<std::unique_ptr<HostEndpoint>> make_endpoint(const GuestConfig& config) override;
  Result<void> watch(Loop& loop, std::function<void()> heard, Left left) override;
  Result<Message> receive() noexcept override { return peer_.receive(); }
  void again() override { peer_watch_.again(); }
  Result<void> welcome(const transport::WelcomeMessage& message,
                       const HostEndpoint& endpoint) noexcept override;
  Result<void> refuse(Error error, const std::string& sentence) noexcept override;
  Result<void> grant(uint32_t granted, Error error) noexcept override;
  void close() noexcept override;

 private:
  transport::ControlPeer peer_;
  UniqueFd process_;
  Loop::Watch peer_watch_;  // destroyed before the descriptors
  Loop::Watch process_watch_;
};

}  // namespace ava::router
