// GuestTransport over a Unix control socket and a memfd: guest and router on one host.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "transport/channel_grant.h"
#include "transport/control.h"
#include "transport/guest_hello.h"
#include "transport/host_memory.h"
#include "transport/park.h"

namespace ava::transport {
namespace {

// An application that closed its standard streams must not find its output in our socket.
UniqueFd above_stdio(UniqueFd fd) noexcept {
  if (!fd || fd.get() > STDERR_FILENO) return fd;
  return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

// Waits until `fd` is readable or hung up, through signals. Errors: kTimedOut, kSystem.
Result<void> wait_readable(int fd, int64_t deadline_ns) noexcept {
  for (;;) {
    pollfd item{fd, POLLIN, 0};
    int timeout_ms = -1;
    if (deadline_ns >= 0) {
      const int64_t left = deadline_ns - now_ns();
      if (left <= 0) return fail(Error::kTimedOut);
      timeout_ms = static_cast<int>((left + kMillisecond - 1) / kMillisecond);
    }
    const int ready = ::poll(&item, 1, timeout_ms);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(Error::kSystem);
  }
}

// Any of the router's messages, and what came beside it.
struct Answer {
  union {
    ControlHeader header;
    WelcomeMessage welcome;
    RefusalMessage refusal;
    ChannelsMessage channels;
  };
  size_t size;
  std::array<UniqueFd, 2> fds;
};

template <typename T>
bool is(const Answer& answer, ControlKind kind) noexcept {
  return answer.size == sizeof(T) && answer.header.magic == kControlMagic &&
         answer.header.kind == kind && answer.header.size == sizeof(T);
}

// Errors: kTimedOut; kClosed; kBadMessage (too long, too many descriptors); kSystem.
Result<void> receive(int socket, int64_t deadline_ns, Answer& answer) noexcept {
  if (auto ready = wait_readable(socket, deadline_ns); !ready) return ready;
  iovec part{&answer.header, sizeof(RefusalMessage)};
  alignas(cmsghdr) std::byte control[CMSG_SPACE(2 * sizeof(int))] = {};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  packet.msg_control = control;
  packet.msg_controllen = sizeof control;
  ssize_t size;
  do {
    size = ::recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
    // A reset, told once, says that the router closed without reading all; its answer may be there.
  } while (size < 0 && (errno == EINTR || errno == ECONNRESET));
  if (size <= 0) return fail(Error::kClosed);

  size_t count = 0;
  for (cmsghdr* item = CMSG_FIRSTHDR(&packet); item != nullptr; item = CMSG_NXTHDR(&packet, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const size_t fds = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < fds && count < answer.fds.size(); ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(item) + i * sizeof fd, sizeof fd);
      answer.fds[count++] = above_stdio(UniqueFd(fd));
    }
  }
  if ((packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return fail(Error::kBadMessage);
  answer.size = static_cast<size_t>(size);
  return {};
}

Result<void> send(int socket, const void* data, size_t size) noexcept {
  while (::send(socket, data, size, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return fail(Error::kClosed);
  }
  return {};
}

class SocketTransport final : public GuestTransport {
 public:
  SocketTransport(UniqueFd socket, SharedMemory memory, UniqueFd doorbell,
                  uint32_t channels) noexcept
      : socket_(std::move(socket)),
        memory_(std::move(memory)),
        doorbell_(std::move(doorbell)),
        channels_(channels) {}

  std::span<std::byte> region() noexcept override { return memory_.bytes(); }

  uint32_t channels() const noexcept override { return channels_.granted(); }

  Result<uint32_t> grow_channels(uint32_t wanted) noexcept override {
    return channels_.grow(wanted, [this](const auto& request, ChannelsMessage& channels) {
      Answer answer{};
      if (!send(socket_.get(), &request, sizeof request) || !receive(socket_.get(), -1, answer) ||
          !is<ChannelsMessage>(answer, ControlKind::kChannels)) {
        return false;
      }
      channels = answer.channels;
      return true;
    });
  }

  void ring_doorbell() noexcept override {
    // Fails only where 2^64 - 2 rings are unread: the router is being woken already.
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(doorbell_.get(), &one, sizeof one);
  }

  void park(ParkWord& word, int64_t timeout_ns) noexcept override { futex_park(word, timeout_ns); }

  void unpark(ParkWord& word) noexcept override { futex_unpark(word); }

  bool peer_alive() noexcept override {
    pollfd item{socket_.get(), POLLRDHUP, 0};
    int ready;
    do {
      ready = ::poll(&item, 1, 0);
    } while (ready < 0 && errno == EINTR);
    return ready == 0;
  }

 private:
  UniqueFd socket_;
  SharedMemory memory_;
  UniqueFd doorbell_;
  ChannelGrant channels_;  // whose questions alone use the socket
};

// Why connect(2) failed with `error`, for somebody who has to do something about it.
Refused explain_connect(const std::string& endpoint, int error) {
  struct stat status;
  const bool seen = ::stat(endpoint.c_str(), &status) == 0;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return refuse(Error::kNotFound, "no router: there is no socket " + endpoint +
                                          "; start ava-routerd, or set AVA_SOCKET to its socket");
    case ECONNREFUSED:
      if (seen && !S_ISSOCK(status.st_mode)) {
        return refuse(Error::kNotFound,
                      "wrong path: " + endpoint + " is no socket; set AVA_SOCKET to ava-routerd's");
      }
      return refuse(Error::kNotFound, "no router: nobody listens on " + endpoint +
                                          ", which an earlier one left behind; start ava-routerd");
    case EACCES:
    case EPERM: {
      std::string sentence =
          "no permission: user " + std::to_string(::geteuid()) + " may not connect to " + endpoint;
      if (seen) {
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777u);
        sentence += ", which belongs to user " + std::to_string(status.st_uid) + ", group " +
                    std::to_string(status.st_gid) + " and has mode " + mode;
      }
      return refuse(Error::kPermission, sentence + "; ask whoever runs ava-routerd for access");
    }
    case EPROTOTYPE:
      return refuse(Error::kBadMessage, "not a router: " + endpoint +
                                            " is another program's socket, of another type; set "
                                            "AVA_SOCKET to ava-routerd's");
    case EAGAIN:
      return refuse(Error::kTimedOut, "no answer: the router on " + endpoint +
                                          " accepts no connection in time; it hangs or is overrun");
    default:
      return refuse(Error::kSystem, "cannot connect to " + endpoint + ": " + std::strerror(error));
  }
}

Refused not_a_router(const std::string& endpoint) {
  return refuse(Error::kBadMessage, "not a router: what answers on " + endpoint +
                                        " does not speak AvA's protocol; set AVA_SOCKET to "
                                        "ava-routerd's socket");
}

}  // namespace

tl::expected<std::unique_ptr<GuestTransport>, ConnectError> connect(const std::string& endpoint,
                                                                    const Hello& hello,
                                                                    int64_t timeout_ns) {
  const int64_t deadline = now_ns() + timeout_ns;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.empty() || endpoint.size() >= sizeof address.sun_path) {
    return refuse(Error::kNotFound, "wrong path: a socket path has 1 to " +
                                        std::to_string(sizeof address.sun_path - 1) +
                                        " bytes, unlike '" + endpoint + "'");
  }
  endpoint.copy(address.sun_path, endpoint.size());
  const auto message = hello_message(hello);
  if (!message) return Refused(message.error());

  UniqueFd socket = above_stdio(UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)));
  if (!socket) {
    return refuse(Error::kSystem, std::string("cannot make a socket: ") + std::strerror(errno));
  }
  // A listener whose backlog is full makes connect(2) wait; this bounds it.
  const timeval patience{static_cast<time_t>(timeout_ns / kSecond),
                         static_cast<suseconds_t>(timeout_ns % kSecond / kMicrosecond)};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  while (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EINTR && now_ns() < deadline) continue;
    return explain_connect(endpoint, errno == EINTR ? EAGAIN : errno);
  }

  // A failed send means that the other side closed; what it said before that is still to be read.
  if (!send(socket.get(), &*message, sizeof *message)) {
    AVA_DEBUG("%s closed before the hello", endpoint.c_str());
  }

  Answer answer{};
  if (auto received = receive(socket.get(), deadline, answer); !received) {
    switch (received.error()) {
      case Error::kTimedOut:
        return refuse(Error::kTimedOut, "no answer: what listens on " + endpoint +
                                            " said nothing in time; it hangs or is no router");
      case Error::kClosed:
        return refuse(Error::kClosed,
                      "the router on " + endpoint +
                          " closed the connection without a word; its log says why");
      default:
        return not_a_router(endpoint);
    }
  }
  if (is<RefusalMessage>(answer, ControlKind::kRefusal)) {
    return explain_refusal("the router on " + endpoint, answer.refusal);
  }
  if (!is<WelcomeMessage>(answer, ControlKind::kWelcome) || !answer.fds[1] ||
      !is_sound(answer.welcome)) {
    return not_a_router(endpoint);
  }
  auto memory = SharedMemory::adopt(std::move(answer.fds[0]), answer.welcome.region_size);
  if (!memory) {
    return refuse(memory.error(), "cannot map the " + std::to_string(answer.welcome.region_size) +
                                      " bytes that the router on " + endpoint +
                                      " shares: address space or memory limits are too low");
  }
  if (RegionView(memory->bytes()).header().magic != kRegionMagic) return not_a_router(endpoint);
  AVA_DEBUG("session %llu on %s", static_cast<unsigned long long>(answer.welcome.session),
            endpoint.c_str());
  return std::make_unique<SocketTransport>(std::move(socket), std::move(*memory),
                                           std::move(answer.fds[1]), answer.welcome.channels);
}

}  // namespace ava::transport
