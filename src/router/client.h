// How the router talks with one client from its hello to its end, whatever lies between: a socket
// on this host (socket_client.h) or a slice of a virtual machine's memory (slice_client.h). The
// session and the router see nothing else of it.
//
// Trust: the client is hostile. What receive() returns was copied and checked for its form.
// Threads: the main thread's, but for the destructor, once closed.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "router/config.h"
#include "router/host_endpoint.h"
#include "router/loop.h"
#include "transport/host_control.h"

namespace ava::router {

class Client {
 public:
  using Message = transport::ControlPeer::Message;
  using Left = std::function<void(const char* how)>;

  virtual ~Client() = default;

  // The memory and the doorbells of its session. Once. Errors: kSystem, logged.
  virtual Result<std::unique_ptr<HostEndpoint>> make_endpoint(const GuestConfig& config) = 0;
  // From now on `heard` is called when there may be messages to receive, and `left`, with a few
  // words for people, when the process behind it has ended. Neither is called after close().
  // Errors: kSystem.
  virtual Result<void> watch(Loop& loop, std::function<void()> heard, Left left) = 0;
  // Errors: kWouldBlock; kClosed (it left); kBadMessage.
  virtual Result<Message> receive() noexcept = 0;
  // Calls `heard` once more after others had their turn.
  virtual void again() = 0;

  // Answers, one for each message. Errors: the client does not listen; give it up.
  virtual Result<void> welcome(const transport::WelcomeMessage& message,
                               const HostEndpoint& endpoint) noexcept = 0;
  virtual Result<void> refuse(Error error, const std::string& sentence) noexcept = 0;
  virtual Result<void> grant(uint32_t granted, Error error) noexcept = 0;

  // Neither hears nor says anything any more. May be repeated.
  virtual void close() noexcept = 0;
};

// A client whose hello has arrived.
struct Visitor {
  std::unique_ptr<Client> client;
  transport::PeerCredentials credentials;  // of its process; behind a machine, its word for it
  transport::HelloMessage hello;
};

}  // namespace ava::router
