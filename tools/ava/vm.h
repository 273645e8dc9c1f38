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
};

// Each prints to stdout, and throws ToolError.
void add_vm(const std::string& admin_socket, const VmOptions& options);
void show_vm(const std::string& admin_socket, const std::string& name);
void remove_vm(const std::string& admin_socket, const std::string& name);
void list_vms(const std::string& admin_socket);

// What show_vm() and list_vms() print for an answer of the router's.
std::string format_vm(const std::string& answer, const std::string& name);
std::string format_vms(const std::string& answer);

}  // namespace ava::tool
