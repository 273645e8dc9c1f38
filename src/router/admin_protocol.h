// The JSON of the admin socket's requests, and of the answers that are not snapshot_json()'s.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "router/snapshot.h"

namespace ava::router {

struct AdminRequest {
  enum class Command { kUnknown, kList, kAddMachine, kRemoveMachine };
  Command command = Command::kUnknown;
  // Of a machine. What was not said is empty or 0.
  std::string name;
  std::string socket;
  std::string memory;  // "4 GiB"
  uint32_t slices = 0;
  mode_t mode = 0;
  bool plain = false;  // without doorbells
};

// kUnknown for what is no request, or has members of wrong types.
AdminRequest parse_admin_request(const std::string& line);
std::string admin_error(const std::string& sentence);
// The answer to a change: the guest as it is now, or was.
std::string admin_guest(const GuestSnapshot& guest);

}  // namespace ava::router
