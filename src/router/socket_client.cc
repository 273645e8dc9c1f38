#include "router/socket_client.h"

#include "router/local_endpoint.h"

namespace ava::router {

Result<std::unique_ptr<HostEndpoint>> SocketClient::make_endpoint(const GuestConfig& config) {
  return LocalEndpoint::create(config.arena_size);
}

Result<void> SocketClient::watch(Loop& loop, std::function<void()> heard, Left left) {
  auto process = peer_.pidfd();
  if (!process) return fail(process.error());
  process_ = std::move(*process);
  auto process_watch =
      loop.watch(process_.get(), [left = std::move(left)] { left("the client's process ended"); });
  auto peer_watch = loop.watch(peer_.fd(), std::move(heard));
  if (!process_watch || !peer_watch) return fail(Error::kSystem);
  process_watch_ = std::move(*process_watch);
  peer_watch_ = std::move(*peer_watch);
  return {};
}

Result<void> SocketClient::welcome(const transport::WelcomeMessage& message,
                                   const HostEndpoint& endpoint) noexcept {
  return peer_.send_welcome(message, endpoint.region_fd(), endpoint.doorbell());
}

Result<void> SocketClient::refuse(Error error, const std::string& sentence) noexcept {
  return peer_.send_refusal(error, sentence);
}

Result<void> SocketClient::grant(uint32_t granted, Error error) noexcept {
  return peer_.send_channels(granted, error);
}

void SocketClient::close() noexcept {
  peer_watch_ = Loop::Watch();
  process_watch_ = Loop::Watch();
  peer_ = transport::ControlPeer(UniqueFd());
}

}  // namespace ava::router
