#include "router/session.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace ava::router {

Result<std::unique_ptr<Session>> Session::create(Identity identity, const GuestConfig& config,
                                                 std::unique_ptr<Client>& client) {
  auto endpoint = client->make_endpoint(config);
  if (!endpoint) return fail(endpoint.error());
  auto server_region =
      transport::SharedMemory::create("ava-server-region", transport::kServerRegionSize);
  if (!server_region) return fail(server_region.error());
  transport::format_server_region(server_region->bytes());
  UniqueFd room(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!room) {
    AVA_ERROR("cannot make an eventfd: %s", std::strerror(errno));
    return fail(Error::kSystem);
  }
  return std::unique_ptr<Session>(new Session(std::move(identity), config, std::move(client),
                                              std::move(*endpoint), std::move(*server_region),
                                              std::move(room)));
}

Session::Session(Identity identity_, const GuestConfig& config, std::unique_ptr<Client> client_,
                 std::unique_ptr<HostEndpoint> endpoint_, transport::SharedMemory server_region_,
                 UniqueFd room_)
    : identity(std::move(identity_)),
      max_channels(config.max_channels),
      client(std::move(client_)),
      endpoint(std::move(endpoint_)),
      server_region(std::move(server_region_)),
      room(std::move(room_)),
      counters(identity.generation->functions.rows(),
               identity.generation->functions.refusal_rows()),
      forwarder({*endpoint, transport::ServerRegionView(server_region.bytes()),
                 identity.generation->functions, counters}) {}

uint32_t Session::grant(uint32_t wanted) noexcept {
  // Cannot overflow: bounded by the quota before it is rounded up.
  const uint32_t bounded = std::min(wanted, max_channels);
  const uint32_t extents = (bounded + transport::kChannelExtent - 1) / transport::kChannelExtent;
  forwarder.grant(std::min(extents * transport::kChannelExtent, max_channels));
  return forwarder.granted();
}

Result<void> Session::start_server(const Supervisor& supervisor, const std::filesystem::path& path,
                                   const std::filesystem::path& cache) {
  auto made = SessionFolder::create(path);
  if (!made) return fail(made.error());
  folder = std::move(*made);
  auto process = supervisor.spawn({.module = identity.generation->server_module,
                                   .api = identity.generation->api,
                                   .wire_hash = identity.generation->wire_hash,
                                   .arena_size = endpoint->arena_size(),
                                   .channels = max_channels,
                                   .folder = path,
                                   .cache = cache,
                                   .region_fd = endpoint->region_fd(),
                                   .region_offset = endpoint->region_offset(),
                                   .server_region_fd = server_region.fd(),
                                   .room_fd = room.get(),
                                   .interrupt_fd = endpoint->interrupt_fd()});
  if (!process) return fail(process.error());
  server.emplace(std::move(*process));
  return {};
}

Worker::Attachment Session::attachment() noexcept {
  return {identity.number, &forwarder, endpoint->doorbell(), room.get()};
}

void Session::unwatch() noexcept {
  client->close();
  server_watch = Loop::Watch();
}

EndReason describe(const Violation& violation, const FunctionTable& functions) {
  std::string text = error_name(violation.error);
  text += violation.by == Violation::By::kServer ? " by the server" : " by the client";
  if (violation.function != 0) {
    const auto parameter = functions.parameter(violation.function, violation.parameter);
    if (!parameter.empty()) text += " in parameter '" + std::string(parameter) + "'";
    text += parameter.empty() ? " in " : " of ";
    text += functions.find(violation.function) != nullptr
                ? std::string(functions.name(violation.function))
                : "function number " + std::to_string(violation.function);
  }
  return {violation.error, text + ", channel " + std::to_string(violation.channel)};
}

}  // namespace ava::router
