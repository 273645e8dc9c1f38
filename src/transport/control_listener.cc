// The listening half of host_control.h: one router for each path, whatever its predecessor left.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "transport/host_control.h"

namespace ava::transport {
namespace {

constexpr int kBacklog = 128;  // clients that connect while the router is busy
// The kernel takes io_uring's polls off a killed router's sockets after the process has gone: until
// then its listening socket still answers, though nobody holds its lock.
constexpr int64_t kLingering = 2 * kSecond;
constexpr int64_t kNap = 5 * kMillisecond;

using Failure = ControlListener::Failure;

tl::unexpected<Failure> refuse(Error error, std::string sentence) {
  return tl::unexpected<Failure>({error, std::move(sentence)});
}

// From errno, with the reason behind the sentence.
tl::unexpected<Failure> refuse_errno(const std::string& sentence) {
  const int error = errno;
  const bool forbidden = error == EACCES || error == EPERM || error == EROFS;
  return refuse(forbidden ? Error::kPermission : Error::kSystem,
                sentence + ": " + std::strerror(error));
}

// Takes the lock that says "this router serves the path". The file of a lock that was given back
// may be gone or another one by now; only a lock on the file that has the name counts.
tl::expected<UniqueFd, Failure> take_lock(const std::string& path, const std::string& lock_path) {
  for (;;) {
    UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock) return refuse_errno("cannot make the lock file " + lock_path);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return refuse_errno("cannot lock " + lock_path);
      return refuse(Error::kExhausted, "another router serves " + path +
                                           ": stop it, or give this one another socket path");
    }
    struct stat held, named;
    if (::fstat(lock.get(), &held) == 0 && ::stat(lock_path.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
      return lock;
    }
  }
}

// Does anybody listen on the socket at `address`? 0, or the errno of who does not.
int probe(const sockaddr_un& address) noexcept {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN || errno == EPROTOTYPE) {
    return 0;
  }
  return errno;
}

// Makes sure that nothing lies at `path`. Called under the lock; `locked_before`: an earlier router
// left its lock file.
tl::expected<void, Failure> clear_path(const std::string& path, const sockaddr_un& address,
                                       bool locked_before) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return refuse_errno("cannot look at " + path);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return refuse(Error::kSystem,
                  path + " exists and is no socket: remove it, or choose another socket path");
  }
  int error = probe(address);
  const int64_t deadline = now_ns() + (locked_before ? kLingering : 0);
  while (error == 0 && now_ns() < deadline) {
    const timespec nap{0, kNap};
    ::nanosleep(&nap, nullptr);
    error = probe(address);
  }
  if (error == 0) {
    return refuse(Error::kExhausted, "another program listens on " + path +
                                         ": stop it, or choose another socket path");
  }
  if (error != ECONNREFUSED) {
    errno = error;
    return refuse_errno("cannot find out who uses " + path);
  }
  AVA_INFO("removing the stale socket %s", path.c_str());
  if (::unlink(path.c_str()) != 0) return refuse_errno("cannot remove the stale socket " + path);
  return {};
}

}  // namespace

tl::expected<std::unique_ptr<ControlListener>, Failure> ControlListener::listen(
    const std::string& path, mode_t mode, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return refuse(Error::kSystem, "a socket path has 1 to " +
                                      std::to_string(sizeof address.sun_path - 1) +
                                      " bytes, unlike '" + path + "'");
  }
  path.copy(address.sun_path, path.size());

  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::create_directories(folder, error) && error) {
    errno = error.value();
    return refuse_errno("cannot make the folder " + folder.string());
  }

  std::unique_ptr<ControlListener> listener(new ControlListener);
  const bool locked_before = ::access((path + ".lock").c_str(), F_OK) == 0;
  auto lock = take_lock(path, path + ".lock");
  if (!lock) return tl::unexpected<Failure>(lock.error());
  listener->lock_ = std::move(*lock);
  if (auto cleared = clear_path(path, address, locked_before); !cleared) {
    return tl::unexpected<Failure>(cleared.error());
  }

  listener->fd_.reset(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener->fd_) return refuse_errno("cannot make a socket");
  if (::bind(listener->fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0) {
    return refuse_errno("cannot bind " + path);
  }
  listener->path_ = path;  // from here the file is ours to remove
  // Nobody can connect before listen(): the mode is in place in time.
  if (::chmod(path.c_str(), mode) != 0) return refuse_errno("cannot set the mode of " + path);
  if (::listen(listener->fd_.get(), kBacklog) != 0) return refuse_errno("cannot listen on " + path);
  return listener;
}

ControlListener::~ControlListener() {
  if (!lock_) return;
  if (!path_.empty()) {
    ::unlink(path_.c_str());
    ::unlink((path_ + ".lock").c_str());
  }
}

Result<ControlPeer> ControlListener::accept() noexcept {
  auto peer = accept_socket();
  if (!peer) return fail(peer.error());
  return ControlPeer(std::move(*peer));
}

Result<UniqueFd> ControlListener::accept_socket() noexcept {
  for (;;) {
    UniqueFd peer(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (peer) return peer;
    switch (errno) {
      case EINTR:
      case ECONNABORTED:
        continue;
      case EAGAIN:
        return fail(Error::kWouldBlock);
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return fail(Error::kExhausted);
      default:
        AVA_ERROR("cannot accept on %s: %s", path_.c_str(), std::strerror(errno));
        return fail(Error::kSystem);
    }
  }
}

}  // namespace ava::transport
