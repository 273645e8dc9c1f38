// The part of the Router that operators change while it runs: virtual machines come and go.
#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "base/log.h"
#include "router/config_values.h"
#include "router/router.h"

namespace ava::router {

std::string Router::change(const AdminRequest& request) {
  if (shutting_down_) return admin_error("the router is stopping");
  if (request.command == AdminRequest::Command::kAddMachine) return add_machine(request);
  return remove_machine(request.name);
}

std::string Router::add_machine(const AdminRequest& request) {
  if (!valid_name(request.name)) {
    return admin_error("a machine needs a name of letters, digits, '-', '_' and '.'");
  }
  GuestConfig config;
  config.name = request.name;
  config.machine.emplace();
  const std::filesystem::path first =
      guests_.empty() ? config_.admin_socket : guests_.front()->config.socket;
  config.socket = request.socket.empty() ? (first.parent_path() / (request.name + ".vm")).string()
                                         : request.socket;
  if (!config.socket.starts_with('/')) return admin_error("a socket's path begins with '/'");
  if (request.mode > 0777) return admin_error("a socket's mode is at most 0777");
  if (request.mode != 0) config.mode = request.mode;
  config.machine->doorbells = !request.plain;
  if (request.slices != 0) config.machine->slices = request.slices;
  if (!request.memory.empty()) {
    const auto size = parse_size(request.memory);
    if (!size || *size > kMaxArena) {
      return admin_error("a memory is a size up to 1 TiB, as \"4 GiB\"");
    }
    config.machine->memory = *size;
  }
  if (const std::string wrong = complete_machine(config); !wrong.empty()) {
    return admin_error("machine " + config.name + " " + wrong);
  }
  for (const auto& guest : guests_) {
    if (guest->config.name == config.name || guest->config.socket == config.socket) {
      return admin_error("there is a guest with this name or socket already");
    }
  }
  if (config.max_sessions > spare_sessions_) {
    return admin_error(
        "too many machines were added: put them into the configuration, and start "
        "the router again");
  }
  try {
    const Guest& added = add_guest(config);
    spare_sessions_ -= config.max_sessions;
    return admin_guest(snapshot_of(added));
  } catch (const std::runtime_error& error) {
    return admin_error(error.what());
  }
}

std::string Router::remove_machine(const std::string& name) {
  const auto found = std::find_if(guests_.begin(), guests_.end(), [&](const auto& guest) {
    return guest->config.name == name && guest->config.machine && !guest->removed;
  });
  if (found == guests_.end()) return admin_error("there is no machine '" + name + "'");
  Guest& guest = **found;
  AVA_INFO("guest %s is removed", name.c_str());
  const std::string was = admin_guest(snapshot_of(guest));
  guest.removed = true;
  guest.door.reset();
  std::vector<uint64_t> numbers;
  for (const auto& [number, session] : sessions_) {
    if (session->identity.guest == &guest) numbers.push_back(number);
  }
  for (const uint64_t number : numbers) {
    if (Session* session = find(number)) {
      end(*session, {Error::kShutdown, "an operator removed its virtual machine"});
    }
  }
  forget_if_gone(guest);
  return was;
}

void Router::forget_if_gone(Guest& guest) {
  if (!guest.removed || guest.places_taken > 0) return;
  spare_sessions_ += guest.config.max_sessions;
  std::erase_if(guests_, [&](const auto& candidate) { return candidate.get() == &guest; });
}

}  // namespace ava::router
