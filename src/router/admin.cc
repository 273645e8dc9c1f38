#include "router/admin.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <stdexcept>

#include "base/log.h"

namespace ava::router {
namespace {

constexpr int kPatienceMs = 5'000;    // for an operator who neither reads nor writes
constexpr size_t kMaxRequest = 4096;  // bytes of one line

[[noreturn]] void give_up(const std::string& path, const char* what) {
  throw std::runtime_error("cannot make the admin socket " + path + ": " + what);
}

// Removes a socket on which nobody listens.
void clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) return;
  if (!S_ISSOCK(found.st_mode)) give_up(path, "there is something else");
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno != ECONNREFUSED) {
    give_up(path, "another program uses it");
  }
  ::unlink(path.c_str());
}

bool may_administer(int fd) noexcept {
  ucred peer;
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == ::geteuid());
}

}  // namespace

Admin::Admin(Loop& loop, std::string path, Answers answers)
    : loop_(loop), path_(std::move(path)), answers_(std::move(answers)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) give_up(path_, "the path is too long");
  path_.copy(address.sun_path, path_.size());
  clear_path(path_, address);
  stop_.reset(::eventfd(0, EFD_CLOEXEC));
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!stop_ || !listener_ ||
      ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up(path_, std::strerror(errno));
  }
  // Nobody can connect before listen(): the mode is in place in time.
  if (::chmod(path_.c_str(), 0600) != 0 || ::listen(listener_.get(), 8) != 0) {
    give_up(path_, std::strerror(errno));
  }
}

Admin::~Admin() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
  ::unlink(path_.c_str());
}

void Admin::start() {
  thread_ = std::thread([this] { run(); });
}

void Admin::run() {
  while (wait(listener_.get(), POLLIN, -1)) {
    const UniqueFd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!peer) continue;
    if (may_administer(peer.get())) {
      serve(peer.get());
    } else {
      send(peer.get(), admin_error("only root and the router's own user may ask this"));
    }
  }
}

bool Admin::wait(int fd, short events, int timeout_ms) const {
  pollfd items[2] = {{fd, events, 0}, {stop_.get(), POLLIN, 0}};
  int ready;
  do {
    ready = ::poll(items, 2, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && items[1].revents == 0;
}

void Admin::serve(int fd) {
  std::string received;
  while (wait(fd, POLLIN, kPatienceMs)) {
    char bytes[kMaxRequest];
    const ssize_t size = ::recv(fd, bytes, sizeof bytes, 0);
    if (size <= 0) return;
    received.append(bytes, static_cast<size_t>(size));
    for (size_t end; (end = received.find('\n')) != std::string::npos;) {
      if (!send(fd, answer(received.substr(0, end)))) return;
      received.erase(0, end + 1);
    }
    if (received.size() > kMaxRequest) return;
  }
}

bool Admin::send(int fd, const std::string& text) const {
  const std::string line = text + "\n";
  for (size_t sent = 0; sent < line.size();) {
    if (!wait(fd, POLLOUT, kPatienceMs)) return false;
    const ssize_t size = ::send(fd, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (size > 0) sent += static_cast<size_t>(size);
  }
  return true;
}

template <typename T>
T Admin::on_loop(std::function<T()> ask) {
  auto promise = std::make_shared<std::promise<T>>();
  auto result = promise->get_future();
  loop_.post([ask = std::move(ask), promise] { promise->set_value(ask()); });
  promise.reset();
  return result.get();
}

std::string Admin::answer(const std::string& line) {
  const AdminRequest request = parse_admin_request(line);
  try {
    switch (request.command) {
      case AdminRequest::Command::kList:
        return snapshot_json(on_loop<Snapshot>(answers_.snapshot));
      case AdminRequest::Command::kAddMachine:
      case AdminRequest::Command::kRemoveMachine:
        return on_loop<std::string>([this, &request] { return answers_.change(request); });
      case AdminRequest::Command::kUnknown:
        break;
    }
  } catch (const std::future_error&) {
    return admin_error("the router is stopping");
  }
  return admin_error("not a request; try {\"command\": \"ls\"}");
}

}  // namespace ava::router
