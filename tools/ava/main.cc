// ava: the operator's command.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "admin_client.h"
#include "child.h"
#include "list.h"
#include "run.h"
#include "transport/guest_transport.h"

namespace {

using namespace ava;
using namespace ava::tool;

constexpr const char* kDescription =
    "Runs programs through AvA, and shows what its router does.\n\n"
    "Examples:\n"
    "  ava run -- ./program --its-options    run a program; starts a router if none runs\n"
    "  ava ls                                who uses the router, and how much\n"
    "  ava ls --json                         the same with every counter, for programs";

constexpr const char* kFooter =
    "Environment:\n"
    "  AVA_SOCKET            the router's socket, if --socket does not say it; else\n"
    "                        $XDG_RUNTIME_DIR/ava.sock, else (and for root) /run/ava/ava.sock\n"
    "  AVA_MODULE_PATH       folders with API packages, separated by ':'\n"
    "  AVA_LOG=LEVEL[:FILE]  what AvA logs: off, error, warn, info, debug or trace";

constexpr const char* kRunFooter =
    "Uses the router on the given or the default socket. Where no socket was given and no router\n"
    "runs, starts a private one and ends it with the program. The program finds AvA's libraries\n"
    "through the variables in the API packages' *.guest.env files. Signals are passed on.\n\n"
    "Exit status: the program's; a program that dies by a signal makes ava die by it, too.\n"
    "125 where no connection is possible (stderr says why), 126 where the program cannot be run,\n"
    "127 where there is none.";

std::string admin_socket(const std::string& admin, const std::string& socket) {
  if (!admin.empty()) return admin;
  return (socket.empty() ? transport::default_endpoint() : socket) + ".admin";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(kDescription, "ava");
  app.footer(kFooter);
  app.set_version_flag("--version", "ava " AVA_VERSION);
  app.require_subcommand(1);

  std::string socket, admin;
  bool as_json = false;
  CLI::App* ls = app.add_subcommand("ls", "List guests, clients, and what they called");
  ls->add_option("-s,--socket", socket, "the router's first socket");
  ls->add_option("--admin-socket", admin, "the router's admin socket [SOCKET.admin]");
  ls->add_flag("--json", as_json, "everything, as one JSON object");

  RunOptions options;
  CLI::App* run_command = app.add_subcommand("run", "Run a program through a router");
  run_command->footer(kRunFooter);
  run_command->add_option("-s,--socket", options.socket, "a running router's socket");
  run_command->add_flag("--private", options.private_router,
                        "start a private router even where one runs");
  run_command
      ->add_option("--server-env", options.server_environment,
                   "NAME=VALUE for the servers of a private router; may be repeated")
      ->allow_extra_args(false);
  run_command->add_option("program", options.program, "the program and its arguments")->required();
  run_command->positionals_at_end();
  run_command->prefix_command();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kCannotRun;
  }
  try {
    if (ls->parsed()) {
      list(admin_socket(admin, socket), as_json);
      return 0;
    }
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ava: %s\n", error.what());
    return ls->parsed() ? 1 : kCannotRun;
  }
}
