#include "doctor.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "admin_client.h"
#include "child.h"
#include "guest_environment.h"
#include "router/paths.h"
#include "run.h"
#include "transport/guest_transport.h"
#include "transport/ivshmem_layout.h"

namespace ava::tool {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kModule = "ava_ivshmem";

// Steps in the order in which they depend on each other. Each throws ToolError if what it looks at
// is wrong, and that ends the examination.
class Examination {
 public:
  Examination(const DoctorOptions& options, std::FILE* out) : options_(options), out_(out) {}

  void run() {
    const auto device = find_device();
    if (device && options_.socket.empty() && std::getenv("AVA_SOCKET") == nullptr) {
      machine(*device);
    } else {
      host();
    }
    packages();
  }

 private:
  // --- in a virtual machine ---
  void machine(const fs::path& device) {
    ok("device", "an ivshmem device, " + device.filename().string());
    std::error_code error;
    const std::string driver = fs::read_symlink(device / "driver", error).filename().string();
    if (driver == kModule) {
      ok("driver", std::string("the module ") + kModule + " has taken the device");
    } else if (driver == "vfio-pci" && transport::default_transport() == "vfio") {
      ok("driver", "vfio-pci has the device, for one program at a time");
    } else if (driver == "vfio-pci") {
      throw ToolError(
          "vfio-pci has the device: programs need AVA_TRANSPORT=vfio, or bind the device to " +
          std::string(kModule));
    } else if (!driver.empty()) {
      throw ToolError("the driver " + driver + " has the device; bind it to " + kModule);
    } else if (fs::exists(options_.sysfs / "module" / kModule)) {
      throw ToolError(
          std::string("the module did not take the device; the kernel's log says why: dmesg | "
                      "grep ") +
          kModule);
    } else {
      throw ToolError(std::string("the kernel module is not loaded: modprobe ") + kModule +
                      "; if there is none, build it for this kernel (docs/vm-guide.md, \"In the "
                      "guest\")");
    }
    probe("access", transport::default_device(), transport::connect({kProbe, 0}));
  }

  std::optional<fs::path> find_device() const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(options_.sysfs / "bus/pci/devices", error)) {
      if (number(entry.path() / "vendor") == AVA_IVSHMEM_PCI_VENDOR &&
          number(entry.path() / "device") == AVA_IVSHMEM_PCI_DEVICE) {
        return entry.path();
      }
    }
    return {};
  }

  static unsigned long number(const fs::path& file) {
    std::string text;
    std::ifstream(file) >> text;
    return std::strtoul(text.c_str(), nullptr, 16);
  }

  // --- on a host, or in a machine that reaches one by a socket ---
  void host() {
    const std::string socket =
        options_.socket.empty() ? transport::default_endpoint() : options_.socket;
    probe("access", socket, transport::connect(socket, {kProbe, 0}));
    json state;
    try {
      state = json::parse(ask_router(options_.admin_socket, R"({"command": "ls"})"));
    } catch (const std::exception& why) {
      // Its operator's alone; clients need it not.
      note("machines", std::string("not known here: ") + why.what());
      return;
    }
    for (const json& guest : state.value("guests", json::array())) {
      if (guest.contains("vm")) machine_of(guest);
    }
  }

  void machine_of(const json& guest) {
    const auto name = guest.value("guest", std::string());
    if (guest["vm"].value("qemu", int64_t{0}) != 0) {
      ok("machine " + name, "its QEMU is connected");
    } else {
      note("machine " + name, "its QEMU is not connected: `ava vm show " + name +
                                  "` says how to start one, `ava vm reattach` is for one that has "
                                  "run since before the router");
    }
  }

  // --- both ---
  // A refusal of an API that nobody has is the answer that was hoped for.
  void probe(const char* step, const std::string& where,
             const tl::expected<std::unique_ptr<transport::GuestTransport>,
                                transport::ConnectError>& connected) {
    if (!connected && connected.error().error != Error::kUnknownApi) {
      throw ToolError(connected.error().sentence);
    }
    ok(step, where + " can be used");
    ok("router", connected ? "it answers" : "it answers: " + connected.error().sentence);
  }

  // Where programs find AvA's libraries.
  void packages() {
    for (const Variable& variable : read_guest_environment(router::module_folders())) {
      ok("libraries", variable.name + (variable.prepend ? "+=" : "=") + variable.value);
      found_ = true;
    }
    if (!found_) {
      throw ToolError(
          "no API package is installed here: programs find no library of AvA's; install one, or "
          "name its folder in AVA_MODULE_PATH");
    }
  }

  void ok(const std::string& step, const std::string& what) { say("ok", step, what); }
  void note(const std::string& step, const std::string& what) { say("note", step, what); }
  void say(const char* verdict, const std::string& step, const std::string& what) {
    std::fprintf(out_, "%-5s %-12s %s\n", verdict, step.c_str(), what.c_str());
    std::fflush(out_);
  }

  const DoctorOptions& options_;
  std::FILE* const out_;
  bool found_ = false;
};

}  // namespace

int examine(const DoctorOptions& options, std::FILE* out) {
  try {
    Examination(options, out).run();
  } catch (const std::exception& error) {
    std::fprintf(out, "WRONG %s\n", error.what());
    return 1;
  }
  if (options.program.empty()) {
    std::fputs("      now a program of yours: ava doctor PROGRAM\n", out);
    return 0;
  }
  std::fprintf(out, "      %s, with AvA's log:\n", options.program.front().c_str());
  std::fflush(out);
  apply(read_guest_environment(router::module_folders()));
  if (!options.socket.empty()) ::setenv("AVA_SOCKET", options.socket.c_str(), 1);
  ::setenv("AVA_LOG", "info", 0);
  return become(options.program);
}

}  // namespace ava::tool
