#include "router/options.h"

#include <CLI/CLI.hpp>

#include "router/config_values.h"

namespace ava::router {
namespace {

constexpr const char* kDescription =
    "Verifies, counts and forwards the accelerator calls of guests that distrust one another.\n"
    "Serves until SIGTERM, SIGINT or SIGHUP. Without --config, one guest named \"default\" may\n"
    "connect to AVA_SOCKET, else $XDG_RUNTIME_DIR/ava.sock, else (and for root)\n"
    "/run/ava/ava.sock.";

constexpr const char* kFooter =
    "Environment:\n"
    "  AVA_LOG=LEVEL[:FILE]  off, error, warn, info (default), debug or trace\n"
    "  AVA_MODULE_PATH       folders with API modules, separated by ':'\n"
    "  AVA_WAITER=epoll      do not use io_uring\n"
    "  AVA_SPIN_US=N         longest time that a thread yields before it sleeps\n"
    "Exit status: 0 after a clean stop, 1 with a sentence if it cannot start, 2 for a command "
    "line\n"
    "that makes no sense.";

// NAME=VALUE as it is; NAME alone with the value that it has here, if any.
void add_variable(std::vector<std::string>& environment, const std::string& text) {
  if (text.find('=') != std::string::npos) {
    environment.push_back(text);
  } else if (const char* value = std::getenv(text.c_str()); value != nullptr) {
    environment.push_back(text + "=" + value);
  }
}

}  // namespace

Options read_options(int argc, char** argv) {
  CLI::App app(kDescription, "ava-routerd");
  app.footer(kFooter);
  app.set_version_flag("--version", "ava-routerd " AVA_VERSION);

  Options options;
  std::string config_path, socket, admin_socket, run_folder, cache_folder, server, arena;
  std::vector<std::string> modules, variables;
  unsigned threads = 0;
  app.add_option("-c,--config", config_path, "TOML file (docs/operating.md lists its keys)");
  app.add_option("-s,--socket", socket, "socket of the first guest");
  app.add_option("--admin-socket", admin_socket, "socket for 'ava ls' [SOCKET.admin]");
  app.add_option("-m,--modules", modules, "folder with API modules; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--server", server, "the ava-server program");
  app.add_option("--server-env", variables,
                 "NAME=VALUE, or NAME to pass its value on, for servers; may be repeated")
      ->allow_extra_args(false);
  app.add_option("-t,--threads", threads, "worker threads [cores, at most 4]")
      ->check(CLI::Range(1u, kMaxThreads));
  app.add_option("--arena-size", arena, "per client, reserved and used as touched [1 GiB]");
  app.add_option("--run-folder", run_folder, "for servers' folders [SOCKET.run]");
  app.add_option("--cache-folder", cache_folder,
                 "for what libraries cache [/var/cache/ava, ~/.cache/ava]");
  app.add_option("--ready-fd", options.ready_fd,
                 "write a line to this descriptor once clients can connect");
  app.add_flag("--check", options.check, "say whether the configuration is good, and exit");
  app.add_flag("--list-modules", options.list, "list the API modules, and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    options.exit = true;
    options.exit_code = app.exit(error) == 0 ? 0 : 2;
    return options;
  }

  Config& config = options.config;
  if (!config_path.empty()) config = read_config(config_path);
  if (config.guests.empty()) config.guests.emplace_back();
  if (!socket.empty()) config.guests.front().socket = socket;
  if (!admin_socket.empty()) config.admin_socket = admin_socket;
  if (!modules.empty()) config.modules.assign(modules.begin(), modules.end());
  if (!server.empty()) config.server_program = server;
  if (threads != 0) config.threads = threads;
  if (!run_folder.empty()) config.run_folder = run_folder;
  if (!cache_folder.empty()) config.cache_folder = cache_folder;
  for (const std::string& variable : variables) add_variable(config.server_environment, variable);
  if (!arena.empty()) {
    const auto size = parse_size(arena);
    if (!size || *size < kMinArena || *size > kMaxArena) {
      throw ConfigError("--arena-size must be a size from 1 MiB to 1 TiB, as \"512 MiB\"");
    }
    for (GuestConfig& guest : config.guests) guest.arena_size = *size;
  }
  complete_config(config);
  return options;
}

}  // namespace ava::router
