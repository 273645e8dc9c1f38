// The chain over Unix stream sockets, guest to router to server to router to guest: what a proxy
// between two ends of a socket does. 64 bytes each way, nothing is looked at.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "path/chain.h"

namespace ava::bench {
namespace {

bool send_all(int socket, const char (&bytes)[kPayload]) {
  return ::send(socket, bytes, kPayload, MSG_NOSIGNAL) == static_cast<ssize_t>(kPayload);
}

bool receive_all(int socket, char (&bytes)[kPayload]) {
  return ::recv(socket, bytes, kPayload, MSG_WAITALL) == static_cast<ssize_t>(kPayload);
}

class SocketChain final : public Chain {
 public:
  explicit SocketChain(const Placement& placement) {
    make_pair(guest_, router_up_);
    make_pair(router_down_, server_);
    router_process_ = Child::fork(placement.router, [this] {
      char bytes[kPayload];
      while (receive_all(router_up_, bytes) && send_all(router_down_, bytes) &&
             receive_all(router_down_, bytes) && send_all(router_up_, bytes)) {
      }
    });
    server_process_ = Child::fork(placement.server, [this] {
      char bytes[kPayload];
      while (receive_all(server_, bytes) && send_all(server_, bytes)) {
      }
    });
  }
  ~SocketChain() override {
    for (const int socket : {guest_, router_up_, router_down_, server_}) ::close(socket);
  }

  void call() override {
    char bytes[kPayload] = {};
    if (!send_all(guest_, bytes) || !receive_all(guest_, bytes)) {
      throw std::runtime_error("the socket chain broke");
    }
  }
  std::vector<pid_t> parties() const override {
    return {router_process_.pid(), server_process_.pid()};
  }

 private:
  static void make_pair(int& one, int& other) {
    int sockets[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
      throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    one = sockets[0];
    other = sockets[1];
  }

  int guest_ = -1;        // guest's end towards the router
  int router_up_ = -1;    // router's end towards the guest
  int router_down_ = -1;  // router's end towards the server
  int server_ = -1;       // server's end
  Child router_process_;
  Child server_process_;
};

}  // namespace

std::unique_ptr<Chain> make_socket_chain(const Placement& placement) {
  return std::make_unique<SocketChain>(placement);
}

}  // namespace ava::bench
