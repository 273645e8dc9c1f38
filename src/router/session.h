// One client and everything it has: its region, its way through the router, its server, its folder.
// The Router decides what happens to it, and reads and sets its parts; they are together here to be
// made and given back together.
//
// Threads: the main thread's, but for the forwarder and the counters (see there). Destroyed by the
// janitor, once nothing watches its descriptors and no worker serves it: returning a gigabyte of
// memory and removing a folder take time that the main thread does not have.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "router/client.h"
#include "router/folders.h"
#include "router/forwarder.h"
#include "router/modules.h"
#include "router/supervisor.h"
#include "router/worker.h"

namespace ava::router {

// Why a session ended: for the client, and for people.
struct EndReason {
  Error error = Error::kOk;
  std::string sentence;
};

// "bad-id in parameter 'ctx' of toy_sum, channel 2"
EndReason describe(const Violation& violation, const FunctionTable& functions);

struct Guest;  // router.h

class Session {
 public:
  struct Identity {
    uint64_t number;
    Guest* guest;
    const Generation* generation;
    transport::PeerCredentials credentials;
    std::string program;
    int64_t started_ns;  // now_ns()
  };

  // Makes the memory, and takes `client` if it can. Errors: kSystem, logged.
  static Result<std::unique_ptr<Session>> create(Identity identity, const GuestConfig& config,
                                                 std::unique_ptr<Client>& client);

  // Channels that the client may use after asking for `wanted`, in extents up to the quota.
  uint32_t grant(uint32_t wanted) noexcept;

  // Makes the server's folder at `path` and starts it. Errors: as Supervisor::spawn, and folders.
  Result<void> start_server(const Supervisor& supervisor, const std::filesystem::path& path,
                            const std::filesystem::path& cache);

  Worker::Attachment attachment() noexcept;
  // Nothing of the session is watched by the loop any more.
  void unwatch() noexcept;
  // Over, and neither a worker nor a server has anything of it.
  bool is_gone() const noexcept { return end && !attached && !server; }

  const Identity identity;
  const uint32_t max_channels;
  std::unique_ptr<Client> client;
  std::unique_ptr<HostEndpoint> endpoint;
  transport::SharedMemory server_region;
  UniqueFd room;  // the server rings it when it took something from a full ring
  SessionCounters counters;
  Forwarder forwarder;
  SessionFolder folder;                 // from the server's start
  std::optional<ServerProcess> server;  // from its start until it is collected
  std::optional<EndReason> end;         // set when the session ends
  Worker* worker = nullptr;
  bool attached = false;  // the worker may touch the forwarder

  Loop::Watch server_watch;  // destroyed before the descriptor above

 private:
  Session(Identity identity, const GuestConfig& config, std::unique_ptr<Client> client,
          std::unique_ptr<HostEndpoint> endpoint, transport::SharedMemory server_region,
          UniqueFd room);
};

}  // namespace ava::router
