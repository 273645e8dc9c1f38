// The part of `ava vm` that talks to QEMU: a machine's device comes and goes while it runs.
#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <thread>

#include "admin_client.h"
#include "qmp.h"
#include "vm.h"

namespace ava::tool {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kLook = std::chrono::milliseconds(10);

// Calls `look` from time to time until it is true; false if that takes too long.
template <typename Look>
bool eventually(Look&& look) {
  for (const auto end = steady_clock::now() + kPatience; steady_clock::now() < end;) {
    if (look()) return true;
    std::this_thread::sleep_for(kLook);
  }
  return look();
}

// Descriptors in QEMU that stay silent and only take up numbers, always the lowest that are free.
class Placeholders {
 public:
  Placeholders(Qmp& qmp, unsigned count) : Placeholders(qmp) {
    const UniqueFd silent(::eventfd(0, EFD_CLOEXEC));
    if (!silent) throw ToolError("cannot make an eventfd");
    std::random_device random;  // names that nobody has used
    const std::string prefix = "ava-" + std::to_string(random()) + "-" + std::to_string(random());
    for (unsigned i = 0; i < count; ++i) {
      const std::string name = prefix + "-" + std::to_string(i);
      try {
        qmp_.execute("getfd", {{"fdname", name}}, silent.get());
      } catch (const Qmp::Refused&) {
        throw ToolError(
            "QEMU can have no more descriptors (ulimit -n): without KVM, each device that is taken "
            "out costs it some; start the machine anew");
      }
      names_.push_back(name);
    }
  }
  Placeholders(const Placeholders&) = delete;
  Placeholders& operator=(const Placeholders&) = delete;
  ~Placeholders() {
    try {
      for (const std::string& name : names_) qmp_.execute("closefd", {{"fdname", name}});
    } catch (const ToolError&) {  // QEMU is gone, and they are
    }
  }
  // They stay for as long as QEMU runs.
  void keep() noexcept { names_.clear(); }

 private:
  explicit Placeholders(Qmp& qmp) : qmp_(qmp) {}

  Qmp& qmp_;
  std::vector<std::string> names_;
};

constexpr unsigned kFreeNumbers = 32;  // at most, below a device's: a QEMU that starts closes few

// How many descriptors QEMU (7.2) closes with the device but goes on to watch by their numbers, or
// may: none with KVM. Until such a number means something else, QEMU spins; when what it means then
// is readable, QEMU calls into memory that is free.
unsigned haunted_numbers(Qmp& qmp, const std::string& id) {
  if (qmp.execute("query-kvm").value("enabled", true)) return 0;
  const json vectors = {{"path", "/machine/peripheral/" + id}, {"property", "vectors"}};
  return 2 * qmp.execute("qom-get", vectors).get<unsigned>() + 1;  // both directions; the memory
}

// The parts of the device (BARs) that have addresses in the machine; none before its system has
// enabled the device.
std::set<int> mapped(const json& devices, const std::string& id) {
  std::set<int> result;
  for (const json& device : devices) {
    if (const auto bridge = device.find("pci_bridge"); bridge != device.end()) {
      result.merge(mapped(bridge->value("devices", json::array()), id));
    }
    if (device.value("qdev_id", "") != id) continue;
    for (const json& region : device.value("regions", json::array())) {
      if (region.value("address", int64_t{-1}) != -1) result.insert(region.value("bar", -1));
    }
  }
  return result;
}

// Returns once the machine's system uses the device's memory.
void await_use(Qmp& qmp, const std::string& id) {
  std::set<int> parts;
  const bool enabled = eventually([&] {
    const json buses = qmp.execute("query-pci");
    for (const json& bus : buses) parts.merge(mapped(bus.value("devices", json::array()), id));
    return !parts.empty();
  });
  if (!enabled) {
    throw ToolError(
        "the device is in, but the machine does not use it: is its system up, and has it the "
        "driver (modprobe ava_ivshmem)?");
  }
  if (parts.count(2) == 0) {
    throw ToolError(
        "the device is in, but the machine has no room for its memory among the PCI addresses: "
        "start the machine with the device, or with a larger window (docs/vm-guide.md, \"A device "
        "that comes later\")");
  }
}

void attach(Qmp& qmp, const VmAddress& address, const VmDevice& device) {
  if (address.vectors == 0) {
    throw ToolError("the device of " + device.name +
                    " has no doorbells; such a one is there from the machine's start");
  }
  const std::string id = device_id(device.name);
  const json where = {{"type", "unix"}, {"data", {{"path", address.socket}}}};
  qmp.execute("chardev-add",
              {{"id", id},
               {"backend", {{"type", "socket"}, {"data", {{"addr", where}, {"server", false}}}}}});
  json arguments = {
      {"driver", "ivshmem-doorbell"}, {"id", id}, {"chardev", id}, {"vectors", address.vectors}};
  if (!device.bus.empty()) arguments["bus"] = device.bus;
  try {
    qmp.execute("device_add", arguments);
  } catch (const ToolError&) {
    qmp.execute("chardev-remove", {{"id", id}});
    throw;
  }
  await_use(qmp, id);
}

// Returns whether there was one.
bool detach(Qmp& qmp, const std::string& name) {
  const std::string id = device_id(name);
  const json devices = qmp.execute("qom-list", {{"path", "/machine/peripheral"}});
  const bool found = std::any_of(devices.begin(), devices.end(), [&](const json& device) {
    return device.value("name", "") == id && device.value("type", "") == "child<ivshmem-doorbell>";
  });
  if (!found) return false;
  const unsigned haunted = haunted_numbers(qmp, id);
  {
    // With these taken, the lowest free numbers are those that the device leaves.
    const Placeholders below(qmp, haunted == 0 ? 0 : kFreeNumbers);
    qmp.execute("device_del", {{"id", id}});
    qmp.wait_deleted(id);
    Placeholders(qmp, haunted).keep();
  }
  // The device's own end comes some time after QEMU has said so. Until then its chardev is busy,
  // and another device in its place would be the end of QEMU.
  const bool removed = eventually([&] {
    try {
      qmp.execute("chardev-remove", {{"id", id}});
      return true;
    } catch (const Qmp::Refused&) {
      return false;
    }
  });
  if (!removed) throw ToolError("QEMU does not let go of the device's connection, chardev " + id);
  return true;
}

VmAddress ask(const std::string& admin_socket, const std::string& name) {
  return find_vm(ask_router(admin_socket, R"({"command": "ls"})"), name);
}

}  // namespace

void attach_vm(const std::string& admin_socket, const VmDevice& device) {
  const VmAddress address = ask(admin_socket, device.name);
  Qmp qmp(device.qmp);
  attach(qmp, address, device);
}

void detach_vm(const VmDevice& device) {
  Qmp qmp(device.qmp);
  if (!detach(qmp, device.name)) {
    throw ToolError("QEMU on " + device.qmp + " has no device '" + device_id(device.name) + "'");
  }
}

void reattach_vm(const std::string& admin_socket, const VmDevice& device) {
  const VmAddress address = ask(admin_socket, device.name);
  Qmp qmp(device.qmp);
  detach(qmp, device.name);
  attach(qmp, address, device);
}

}  // namespace ava::tool
