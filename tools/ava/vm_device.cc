// The part of `ava vm` that talks to QEMU: a machine's device comes and goes while it runs.
#include "admin_client.h"
#include "qmp.h"
#include "vm.h"

namespace ava::tool {
namespace {

using nlohmann::json;

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
}

// Returns whether there was one.
bool detach(Qmp& qmp, const std::string& name) {
  const std::string id = device_id(name);
  bool found = false;
  qmp.execute("device_del", {{"id", id}}, &found);
  if (!found) return false;
  qmp.wait_deleted(id);
  qmp.execute("chardev-remove", {{"id", id}});
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
