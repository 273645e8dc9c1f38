#include "qmp.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

#include "base/send_with_fds.h"

namespace ava::tool {
namespace {

using nlohmann::json;

constexpr time_t kPatience = 60;  // seconds: a machine's kernel takes part in unplugging

}  // namespace

Qmp::Qmp(const std::string& path) : path_(path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw ToolError(path + " is too long for a socket");
  path.copy(address.sun_path, path.size());
  socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{kPatience, 0};
  if (!socket_ ||
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw ToolError("cannot reach QEMU on " + path + ": " + std::strerror(errno) +
                    "; was it started with -qmp unix:" + path + ",server,nowait?");
  }
  if (!read().contains("QMP")) throw ToolError("what answers on " + path + " is no QEMU");
  execute("qmp_capabilities");
}

json Qmp::execute(const std::string& command, const json& arguments, int fd) {
  send(json{{"execute", command}, {"arguments", arguments}}.dump() + "\n", fd);
  for (;;) {
    json answer = read();
    if (answer.contains("return")) return answer.at("return");
    if (const auto error = answer.find("error"); error != answer.end()) {
      throw Refused("QEMU refused " + command + ": " + error->value("desc", "without a reason"),
                    error->value("class", ""));
    }
    events_.push_back(std::move(answer));
  }
}

void Qmp::send(const std::string& line, int fd) {
  const std::span<const int> fds(&fd, fd >= 0 ? 1 : 0);
  if (!send_with_fds(socket_.get(), std::as_bytes(std::span(line)), fds)) {
    throw ToolError("QEMU closed " + path_);
  }
}

void Qmp::wait_deleted(const std::string& device) {
  const auto is_it = [&](const json& event) {
    const auto data = event.find("data");
    return event.value("event", "") == "DEVICE_DELETED" && data != event.end() &&
           data->value("device", "") == device;
  };
  for (const json& event : events_) {
    if (is_it(event)) return;
  }
  while (!is_it(read())) {
  }
}

json Qmp::read() {
  size_t end;
  while ((end = received_.find('\n')) == std::string::npos) {
    char bytes[4096];
    const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      throw ToolError("no answer on " + path_ +
                      ": another program uses QEMU's channel, or the system in the machine does "
                      "not let go of the device");
    }
    if (size <= 0) throw ToolError("QEMU closed " + path_);
    received_.append(bytes, static_cast<size_t>(size));
  }
  json result = json::parse(received_.substr(0, end), nullptr, false);  // no exceptions
  received_.erase(0, end + 1);
  if (!result.is_object()) throw ToolError("what answers on " + path_ + " is no QEMU");
  return result;
}

}  // namespace ava::tool
