// The part of config.h that looks at the machine: what is used where nothing was said.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "router/config.h"
#include "router/paths.h"
#include "transport/guest_transport.h"

namespace ava::router {
namespace {

constexpr unsigned kDefaultThreads = 4;  // more help only when many guests are busy at once

std::filesystem::path default_cache() {
  if (::geteuid() == 0) return "/var/cache/ava";
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return std::filesystem::path(cache) / "ava";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::filesystem::path(home) / ".cache" / "ava";
  }
  return {};
}

// What of the router's environment its servers see: AvA's own switches, the language of messages,
// and the options of sanitizers. AVA_SOCKET is for clients.
bool passed_on(std::string_view variable) {
  const std::string_view name = variable.substr(0, variable.find('='));
  if (name == "AVA_SOCKET") return false;
  return name.starts_with("AVA_") || name.starts_with("LC_") || name == "LANG" ||
         name.ends_with("SAN_OPTIONS");
}

}  // namespace

void complete_config(Config& config) {
  if (config.guests.empty()) config.guests.emplace_back();
  GuestConfig& first = config.guests.front();
  if (first.name.empty()) first.name = "default";
  if (first.socket.empty()) first.socket = transport::default_endpoint();
  // Servers get paths below these folders and start elsewhere.
  for (GuestConfig& guest : config.guests) guest.socket = std::filesystem::absolute(guest.socket);
  if (config.admin_socket.empty()) config.admin_socket = first.socket + ".admin";
  config.admin_socket = std::filesystem::absolute(config.admin_socket);
  if (config.run_folder.empty()) config.run_folder = first.socket + ".run";
  config.run_folder = std::filesystem::absolute(config.run_folder);
  if (config.cache_folder.empty()) config.cache_folder = default_cache();
  if (config.cache_folder.empty()) config.cache_folder = config.run_folder / "cache";
  config.cache_folder = std::filesystem::absolute(config.cache_folder);
  if (config.threads == 0) {
    config.threads = std::clamp(std::thread::hardware_concurrency(), 1u, kDefaultThreads);
  }
  if (config.modules.empty()) config.modules = module_folders();
  std::vector<std::string> inherited;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (passed_on(*variable)) inherited.emplace_back(*variable);
  }
  config.server_environment.insert(config.server_environment.begin(), inherited.begin(),
                                   inherited.end());
  if (config.server_program.empty()) {
    config.server_program = find_program("ava-server", "src/server");
    if (config.server_program.empty()) {
      throw ConfigError("there is no ava-server beside ava-routerd; say where it is with --server");
    }
  }
  config.server_program = std::filesystem::absolute(config.server_program);
  if (::access(config.server_program.c_str(), X_OK) != 0) {
    throw ConfigError("the server program " + config.server_program.string() +
                      " cannot be run; say where it is with --server");
  }
}

}  // namespace ava::router
