#include "base/send_with_fds.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace ava {

Result<void> send_with_fds(int socket, std::span<const std::byte> bytes, std::span<const int> fds,
                           int flags) noexcept {
  if (fds.size() > kMaxSentFds) {
    errno = EINVAL;
    return fail(Error::kSystem);
  }
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};  // sendmsg reads only
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::byte control[CMSG_SPACE(kMaxSentFds * sizeof(int))] = {};
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    if (static_cast<size_t>(sent) == bytes.size()) return {};
    return fail(Error::kWouldBlock);
  }
  switch (errno) {
    case EAGAIN:
      return fail(Error::kWouldBlock);
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
      return fail(Error::kClosed);
    default:
      return fail(Error::kSystem);
  }
}

}  // namespace ava
