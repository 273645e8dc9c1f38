#include "transport/host_control.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string_view>

#include "base/log.h"
#include "base/send_with_fds.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5; detected at run time
#endif

namespace ava::transport {
namespace {

template <typename Message>
void fill_header(Message& message, ControlKind kind) noexcept {
  message.header = {kControlMagic, kind, sizeof(Message), 0};
}

// One packet with `fds` beside it.
template <typename Message>
Result<void> send_packet(int socket, const Message& message,
                         std::initializer_list<int> fds = {}) noexcept {
  auto sent = send_with_fds(socket, std::as_bytes(std::span(&message, 1)), fds, MSG_DONTWAIT);
  if (!sent && sent.error() == Error::kSystem) {
    AVA_ERROR("cannot send on a control socket: %s", std::strerror(errno));
  }
  return sent;
}

bool printable(char c) noexcept { return c >= 0x20 && c < 0x7f; }

// The name in `text` must end inside it. Names reach logs and terminals, hence printable only.
bool valid_name(std::string_view text) noexcept {
  const size_t length = text.find('\0');
  return length != std::string_view::npos && length > 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(length), printable);
}

// `bytes` hold exactly one message that claims to be a T.
template <typename T>
Result<ControlPeer::Message> take(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() != sizeof(T)) return fail(Error::kBadMessage);
  T message;
  std::memcpy(&message, bytes.data(), sizeof message);
  return message;
}

}  // namespace

Result<PeerCredentials> credentials_of(int socket) noexcept {
  ucred peer;
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    AVA_ERROR("cannot tell who is connected: %s", std::strerror(errno));
    return fail(Error::kSystem);
  }
  return PeerCredentials{peer.pid, peer.uid, peer.gid};
}

Result<UniqueFd> ControlPeer::pidfd() const noexcept {
  int fd = -1;
  socklen_t size = sizeof fd;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_PEERPIDFD, &fd, &size) == 0) return UniqueFd(fd);
  const int error = errno;
  if (error == ENOPROTOOPT) {
    // Before 6.5 the number is all there is. If the process ended meanwhile and its number was
    // given away, this watches a stranger; the closed socket then still ends the session.
    const auto peer = credentials();
    if (!peer) return fail(peer.error());
    UniqueFd by_number(static_cast<int>(::syscall(SYS_pidfd_open, peer->pid, 0)));
    if (by_number) return by_number;
  }
  AVA_INFO("cannot watch a client's process: %s", std::strerror(errno));
  return fail(Error::kSystem);
}

Result<ControlPeer::Message> ControlPeer::receive() noexcept {
  // A byte more than the largest message, so that what is too long shows.
  std::array<std::byte, sizeof(HelloMessage) + 1> buffer;
  iovec part{buffer.data(), buffer.size()};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  // No room for descriptors: the kernel drops what comes, and says so.
  ssize_t size;
  do {
    size = ::recvmsg(fd_.get(), &packet, MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return fail(Error::kWouldBlock);
  if (size <= 0) return fail(Error::kClosed);
  if ((packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return fail(Error::kBadMessage);
  return parse(std::span(buffer).first(static_cast<size_t>(size)));
}

Result<ControlPeer::Message> ControlPeer::parse(std::span<const std::byte> packet) noexcept {
  ControlHeader header;
  if (packet.size() < sizeof header) return fail(Error::kBadMessage);
  std::memcpy(&header, packet.data(), sizeof header);
  if (header.magic != kControlMagic || header.size != packet.size() || header.reserved != 0) {
    return fail(Error::kBadMessage);
  }
  switch (header.kind) {
    case ControlKind::kHello: {
      auto message = take<HelloMessage>(packet);
      if (!message) return message;
      auto& hello = std::get<HelloMessage>(*message);
      if (!valid_name({hello.api, sizeof hello.api})) return fail(Error::kBadMessage);
      if (hello.layout_version_min > hello.layout_version) return fail(Error::kBadMessage);
      // Informative, and nothing that its user chose: made presentable rather than refused.
      hello.program[sizeof hello.program - 1] = '\0';
      for (char& c : hello.program) {
        if (c != '\0' && !printable(c)) c = '?';
      }
      return message;
    }
    case ControlKind::kGrowChannels:
      return take<GrowChannelsMessage>(packet);
    case ControlKind::kWelcome:
    case ControlKind::kRefusal:
    case ControlKind::kChannels:
      break;  // the router's to send
  }
  return fail(Error::kBadMessage);
}

WelcomeMessage ControlPeer::welcome(WelcomeMessage message) noexcept {
  fill_header(message, ControlKind::kWelcome);
  return message;
}

RefusalMessage ControlPeer::refusal(Error error, const std::string& sentence) noexcept {
  RefusalMessage message{};
  fill_header(message, ControlKind::kRefusal);
  message.error = static_cast<uint32_t>(error);
  message.layout_version = kLayoutVersion;
  message.layout_version_min = kLayoutVersionMin;
  sentence.copy(message.text, sizeof message.text - 1);
  return message;
}

ChannelsMessage ControlPeer::channels(uint32_t granted, Error error) noexcept {
  ChannelsMessage message{};
  fill_header(message, ControlKind::kChannels);
  message.granted = granted;
  message.error = static_cast<uint32_t>(error);
  return message;
}

Result<void> ControlPeer::send_welcome(WelcomeMessage message, int region_fd,
                                       int doorbell_fd) noexcept {
  message = welcome(message);
  return send_packet(fd_.get(), message, {region_fd, doorbell_fd});
}

Result<void> ControlPeer::send_refusal(Error error, const std::string& sentence) noexcept {
  const RefusalMessage message = refusal(error, sentence);
  return send_packet(fd_.get(), message);
}

Result<void> ControlPeer::send_channels(uint32_t granted, Error error) noexcept {
  const ChannelsMessage message = channels(granted, error);
  return send_packet(fd_.get(), message);
}

}  // namespace ava::transport
