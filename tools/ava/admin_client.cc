#include "admin_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace ava::tool {
namespace {

[[noreturn]] void explain(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
      throw ToolError("no router: nobody listens on " + path +
                      "; start ava-routerd, or name its socket with --socket");
    case EACCES:
    case EPERM:
      throw ToolError("no permission: only root and the router's own user may use " + path);
    default:
      throw ToolError("cannot talk to " + path + ": " + std::strerror(error));
  }
}

}  // namespace

std::string ask_router(const std::string& admin_socket, const std::string& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (admin_socket.size() >= sizeof address.sun_path) explain(admin_socket, ENAMETOOLONG);
  admin_socket.copy(address.sun_path, admin_socket.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{10, 0};
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    explain(admin_socket, errno);
  }
  const std::string line = request + "\n";
  if (::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) explain(admin_socket, errno);
  std::string answer;
  char bytes[65536];
  while (answer.empty() || answer.back() != '\n') {
    const ssize_t size = ::recv(fd.get(), bytes, sizeof bytes, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) explain(admin_socket, errno);
    if (size == 0) throw ToolError("the router closed " + admin_socket + " without an answer");
    answer.append(bytes, static_cast<size_t>(size));
  }
  answer.pop_back();
  return answer;
}

}  // namespace ava::tool
