#include "vm.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "admin_client.h"
#include "text_table.h"

namespace ava::tool {
namespace {

using nlohmann::json;

json parse(const std::string& answer) {
  json state = json::parse(answer);
  if (state.contains("error")) throw ToolError(state.at("error").get<std::string>());
  return state;
}

// `format(state)`, whatever the router answered. Throws ToolError.
template <typename Format>
auto format_answer(const std::string& answer, Format&& format) {
  try {
    return format(parse(answer));
  } catch (const json::exception& error) {
    throw ToolError(std::string("the router's answer makes no sense: ") + error.what());
  }
}

const json& find(const json& state, const std::string& name) {
  for (const json& guest : state.at("guests")) {
    if (guest.at("guest") == name && guest.contains("vm")) return guest;
  }
  throw ToolError("the router has no virtual machine '" + name + "'");
}

constexpr const char* kDoorbellDevice =
    R"(# QEMU: add these arguments. The router must run before QEMU does.
-chardev socket,id=ID,path=SOCKET
-device ivshmem-doorbell,id=ID,chardev=ID,vectors=VECTORS

# libvirt: the same, among the domain's <devices>. libvirt's QEMU runs as a user of its own, who
# must be able to open the socket (--mode).
<shmem name='ID'>
  <model type='ivshmem-doorbell'/>
  <server path='SOCKET'/>
  <msi vectors='VECTORS' ioeventfd='on'/>
</shmem>
)";

constexpr const char* kPlainDevice =
    R"(# QEMU: add these arguments. The router must run before QEMU does, and as the same user.
-object memory-backend-file,id=ID-memory,share=on,mem-path=SOCKET,size=MEMORYM
-device ivshmem-plain,id=ID,memdev=ID-memory
)";

constexpr const char* kConfiguration = R"(
# ava.toml: for a router that is started again.
[[vm]]
name = "NAME"
socket = "SOCKET"
memory = "MEMORY MiB"
slices = SLICES
)";

// What to put where, for one machine.
std::string instructions(const json& guest) {
  const auto name = guest.at("guest").get<std::string>();
  const json& vm = guest.at("vm");
  const bool plain = vm.at("vectors") == 0;
  std::string text = plain ? kPlainDevice : kDoorbellDevice;
  text += kConfiguration;
  if (plain) text += "doorbells = false\n";
  // One pass: what is put in is not looked at again.
  const std::vector<std::pair<std::string, std::string>> words = {
      {"ID", device_id(name)},
      {"NAME", name},
      {"SOCKET", guest.at("socket")},
      {"VECTORS", std::to_string(vm.at("vectors").get<uint32_t>())},
      {"MEMORY", std::to_string(vm.at("memory").get<uint64_t>() >> 20)},
      {"SLICES", std::to_string(vm.at("slices").get<uint32_t>())}};
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const auto word = std::find_if(words.begin(), words.end(), [&](const auto& candidate) {
      return text.compare(at, candidate.first.size(), candidate.first) == 0;
    });
    result += word == words.end() ? text.substr(at, 1) : word->second;
    at += word == words.end() ? 1 : word->first.size();
  }
  return result;
}

}  // namespace

std::string device_id(const std::string& name) { return "ava-" + name; }

VmAddress find_vm(const std::string& answer, const std::string& name) {
  return format_answer(answer, [&](const json& state) {
    const json& guest = find(state, name);
    return VmAddress{guest.at("socket"), guest.at("vm").at("vectors")};
  });
}

std::string format_vm(const std::string& answer, const std::string& name) {
  return format_answer(answer, [&](const json& state) { return instructions(find(state, name)); });
}

std::string format_vms(const std::string& answer) {
  return format_answer(answer, [](const json& state) {
    TextTable table({"NAME", "QEMU", "SLICES", "CLIENTS", "MEMORY", "SOCKET"});
    bool some = false;
    for (const json& guest : state.at("guests")) {
      if (!guest.contains("vm")) continue;
      const json& vm = guest.at("vm");
      const auto qemu = vm.at("qemu").get<int64_t>();
      table.add({guest.at("guest"), qemu == 0 ? "-" : std::to_string(qemu),
                 std::to_string(vm.at("slices").get<uint32_t>()),
                 std::to_string(guest.at("sessions").get<uint32_t>()),
                 bytes_text(vm.at("memory").get<uint64_t>()), guest.at("socket")});
      some = true;
    }
    return some ? table.text() : std::string("no virtual machines; see 'ava vm add --help'\n");
  });
}

void add_vm(const std::string& admin_socket, const VmOptions& options) {
  json request = {{"command", "vm-add"}, {"name", options.name}};
  if (!options.socket.empty()) request["socket"] = options.socket;
  if (!options.memory.empty()) request["memory"] = options.memory;
  if (options.slices != 0) request["slices"] = options.slices;
  if (options.plain) request["plain"] = true;
  if (!options.mode.empty()) {
    unsigned mode = 0;
    const char* const end = options.mode.data() + options.mode.size();
    const auto [at, error] = std::from_chars(options.mode.data(), end, mode, 8);
    if (error != std::errc() || at != end) {
      throw ToolError("--mode is an octal number, as 0660, unlike '" + options.mode + "'");
    }
    request["mode"] = mode;
  }
  const std::string answer = ask_router(admin_socket, request.dump());
  std::fputs(format_answer(answer, instructions).c_str(), stdout);
}

void show_vm(const std::string& admin_socket, const std::string& name) {
  const std::string answer = ask_router(admin_socket, R"({"command": "ls"})");
  std::fputs(format_vm(answer, name).c_str(), stdout);
}

void remove_vm(const std::string& admin_socket, const std::string& name) {
  const json request = {{"command", "vm-remove"}, {"name", name}};
  parse(ask_router(admin_socket, request.dump()));
}

void list_vms(const std::string& admin_socket) {
  const std::string answer = ask_router(admin_socket, R"({"command": "ls"})");
  std::fputs(format_vms(answer).c_str(), stdout);
}

}  // namespace ava::tool
