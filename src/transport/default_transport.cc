// Which transport a guest takes where nobody says.
#include <unistd.h>

#include <cstdlib>

#include "transport/guest_hello.h"
#include "transport/slice_device.h"

namespace ava::transport {
namespace {

// Not from the environment of a program that runs with more rights than its caller.
std::string setting(const char* name, const char* otherwise) {
  const char* value = ::secure_getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

std::string default_endpoint() {
  if (std::string path = setting("AVA_SOCKET", ""); !path.empty()) return path;
  const std::string folder = setting("XDG_RUNTIME_DIR", "");
  if (::geteuid() != 0 && !folder.empty()) return folder + "/ava.sock";
  return "/run/ava/ava.sock";
}

std::string default_device() { return setting("AVA_DEVICE", "/dev/ava0"); }

std::string default_transport() {
  if (std::string named = setting("AVA_TRANSPORT", ""); !named.empty()) return named;
  if (!setting("AVA_SOCKET", "").empty()) return "socket";
  if (::access(default_device().c_str(), F_OK) == 0) return "ivshmem";
  return find_vfio_device().empty() ? "socket" : "vfio";
}

tl::expected<std::unique_ptr<GuestTransport>, ConnectError> connect(const Hello& hello,
                                                                    int64_t timeout_ns) {
  const std::string name = default_transport();
  if (name == "socket") return connect(default_endpoint(), hello, timeout_ns);
  if (name == "ivshmem") {
    auto device = open_slice_device(default_device());
    if (!device) return Refused(device.error());
    return connect_slice(std::move(*device), default_device(), hello, timeout_ns);
  }
  if (name == "vfio") {
    const std::string address = setting("AVA_DEVICE", find_vfio_device().c_str());
    auto device = open_vfio_device(address);
    if (!device) return Refused(device.error());
    return connect_slice(std::move(*device), address, hello, timeout_ns);
  }
  return refuse(Error::kNotFound,
                "AVA_TRANSPORT is '" + name + "'; there are 'socket', 'ivshmem' and 'vfio'");
}

}  // namespace ava::transport
