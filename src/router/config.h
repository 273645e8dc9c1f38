// What the operator decides, from a TOML file (docs/operating.md lists the keys) or the defaults.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "transport/waiter.h"

namespace ava::router {

// A configuration that cannot be used. what() is a sentence that begins with file:line.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a virtual machine gets to share with the host: one memory, cut into slices, of which each
// process in it that is a client has one.
struct MachineConfig {
  uint64_t memory = uint64_t{4} << 30;  // bytes, a power of two; used as touched
  uint32_t slices = 8;
  bool doorbells = true;  // QEMU connects to the socket; else it maps the memory as a file there
};

// A guest is what policy names and distrusts as one. It is known by its socket.
struct GuestConfig {
  std::string name;                         // letters, digits, '-', '_', '.'
  std::string socket;                       // path
  mode_t mode = 0600;                       // of the socket: who may connect
  std::vector<uid_t> allowed_uids;          // of those who may; empty: all of them
  uint64_t arena_size = uint64_t{1} << 30;  // bytes reserved per session; used as touched
  uint32_t max_channels = 1024;             // per session
  uint32_t max_sessions = 1024;
  std::optional<MachineConfig> machine;  // it is one: QEMU connects to the socket, not programs
};

struct Config {
  std::vector<GuestConfig> guests;  // at least one once defaults are filled in
  unsigned threads = 0;             // workers; 0: as many as cores, at most 4
  transport::Waiter::Kind waiter = transport::Waiter::Kind::kAuto;
  std::string admin_socket;                     // empty: the first guest's socket + ".admin"
  std::filesystem::path run_folder;             // empty: the first guest's socket + ".run"
  std::filesystem::path cache_folder;           // empty: the user's, or /var/cache/ava for root
  std::vector<std::filesystem::path> modules;   // folders; empty: module_folders()
  std::filesystem::path server_program;         // empty: find_program
  std::vector<std::string> server_environment;  // NAME=VALUE
};

// Throws ConfigError: syntax, an unknown key, a value of a wrong type or out of range.
Config read_config(const std::string& path);
// The same for text; `name` stands in messages.
Config parse_config(const std::string& text, const std::string& name);

// A guest that is a machine: fills in what follows from that. What is wrong with it, as a sentence
// that begins with a verb; empty where nothing is.
std::string complete_machine(GuestConfig& guest);

// Fills in what was left empty. Throws ConfigError: contradictions, a program that is missing.
void complete_config(Config& config);

}  // namespace ava::router
