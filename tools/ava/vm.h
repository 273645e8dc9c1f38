// `ava vm`: the virtual machines that a router serves.
#pragma once

#include <cstdint>
#include <string>

namespace ava::tool {

struct VmOptions {
  std::string name;
  std::string socket;  // empty: beside the router's
  std::string memory;  // "4 GiB"; empty: the router's default
  std::string mode;    // of the socket, octal; empty: the router's default
  uint32_t slices = 0;
  bool plain = false;  // without doorbells
};

// Each prints to stdout, and throws ToolError.
void add_vm(const std::string& admin_socket, const VmOptions& options);
void show_vm(const std::string& admin_socket, const std::string& name);
void remove_vm(const std::string& admin_socket, const std::string& name);
void list_vms(const std::string& admin_socket);

// The device of a machine that runs: QEMU is told through its control channel.
struct VmDevice {
  std::string name;  // of the machine
  std::string qmp;   // path of QEMU's control channel
  std::string bus;   // where the device is put; empty: QEMU decides
};
void attach_vm(const std::string& admin_socket, const VmDevice& device);
void detach_vm(const VmDevice& device);
// Takes the device out, if it is there, and puts it in again: after the router was restarted.
void reattach_vm(const std::string& admin_socket, const VmDevice& device);

// What show_vm() and list_vms() print for an answer of the router's.
std::string format_vm(const std::string& answer, const std::string& name);
std::string format_vms(const std::string& answer);

// The device's name in QEMU, which is also its chardev's.
std::string device_id(const std::string& name);
// A machine in the router's answer to "ls".
struct VmAddress {
  std::string socket;
  uint32_t vectors;
};
VmAddress find_vm(const std::string& answer, const std::string& name);

}  // namespace ava::tool
