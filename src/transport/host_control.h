// The router's end of the control socket. All calls are non-blocking; readiness comes from a
// Waiter.
//
// Trust: whatever arrives is hostile. A message of a wrong size, magic or kind, or with descriptors
// beside it, is kBadMessage, and the caller closes the peer.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <variant>

#include "base/result.h"
#include "base/unique_fd.h"
#include "transport/control.h"

namespace ava::transport {

struct PeerCredentials {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

// Who connected `socket`: from the kernel (SO_PEERCRED), as of connect(2). Errors: kSystem.
Result<PeerCredentials> credentials_of(int socket) noexcept;

// One connected client.
class ControlPeer {
 public:
  explicit ControlPeer(UniqueFd fd) noexcept : fd_(static_cast<UniqueFd&&>(fd)) {}

  int fd() const noexcept { return fd_.get(); }
  Result<PeerCredentials> credentials() const noexcept { return credentials_of(fd_.get()); }
  // Becomes readable when the connecting process ends, whoever else holds the socket (SO_PEERPIDFD
  // where the kernel has it (6.5), else pidfd_open on the credentials' pid). Errors: kSystem.
  Result<UniqueFd> pidfd() const noexcept;

  using Message = std::variant<HelloMessage, GrowChannelsMessage>;
  // Errors: kWouldBlock; kClosed (the peer left); kBadMessage.
  Result<Message> receive() noexcept;
  // The part of it that looks at foreign bytes: `packet` is one whole packet. Errors: kBadMessage.
  // Names in the result are terminated and printable.
  static Result<Message> parse(std::span<const std::byte> packet) noexcept;

  // Complete messages, headers included, for whatever carries them.
  static WelcomeMessage welcome(WelcomeMessage message) noexcept;
  static RefusalMessage refusal(Error error, const std::string& sentence) noexcept;
  static ChannelsMessage channels(uint32_t granted, Error error) noexcept;

  // The same, sent. Errors: kClosed, kWouldBlock (the peer does not read: close it).
  Result<void> send_welcome(WelcomeMessage message, int region_fd, int doorbell_fd) noexcept;
  Result<void> send_refusal(Error error, const std::string& sentence) noexcept;
  Result<void> send_channels(uint32_t granted, Error error) noexcept;

 private:
  UniqueFd fd_;
};

// A listening socket. Removes its file when it goes away.
class ControlListener {
 public:
  // Binds `path` with permission bits `mode`, making missing parent folders of ours. A socket file
  // on which nobody listens is stale and replaced; one that answers is another router's. A lock
  // file beside it (`path`.lock, flock) keeps two starting routers apart.
  // Errors (with a sentence): kPermission, kSystem, kExhausted (another router serves this path).
  struct Failure {
    Error error;
    std::string sentence;
  };
  static tl::expected<std::unique_ptr<ControlListener>, Failure> listen(const std::string& path,
                                                                        mode_t mode,
                                                                        int type = SOCK_SEQPACKET);
  ~ControlListener();

  int fd() const noexcept { return fd_.get(); }
  const std::string& path() const noexcept { return path_; }
  // Errors: kWouldBlock (nobody waits), kExhausted (out of descriptors), kSystem.
  Result<UniqueFd> accept_socket() noexcept;
  Result<ControlPeer> accept() noexcept;

 private:
  ControlListener() = default;
  UniqueFd fd_;
  UniqueFd lock_;
  std::string path_;
};

}  // namespace ava::transport
