// ava: the operator's command.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "admin_client.h"
#include "child.h"
#include "doctor.h"
#include "list.h"
#include "run.h"
#include "transport/guest_transport.h"
#include "vm.h"

namespace {

using namespace ava;
using namespace ava::tool;

constexpr const char* kDescription =
    "Runs programs through AvA, and shows what its router does.\n\n"
    "Examples:\n"
    "  ava run -- ./program --its-options    run a program; starts a router if none runs\n"
    "  ava ls                                who uses the router, and how much\n"
    "  ava ls --json                         the same with every counter, for programs\n"
    "  ava vm add NAME                       serve a virtual machine, and say how to start it\n"
    "  ava doctor                            what is wrong, on a host and in a machine";

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

constexpr const char* kDoctorFooter =
    "Follows the way of a call: device, kernel module, router, libraries, and a program, if one "
    "is\n"
    "named. Says of the first step that is wrong what to do about it, and exits with 1.";

constexpr const char* kVmFooter =
    "A machine that was added lasts as long as the router; [[vm]] in ava.toml makes it last.\n"
    "'show' prints QEMU's arguments, libvirt's XML and the lines for ava.toml once more.";

// `ava vm` and what belongs to it.
struct VmCommand {
  explicit VmCommand(CLI::App& app) : vm(app.add_subcommand("vm", "Virtual machines")) {
    vm->footer(kVmFooter);
    vm->require_subcommand(1);
    vm->add_option("-s,--socket", router, "the router's first socket");
    vm->add_option("--admin-socket", admin, "the router's admin socket [SOCKET.admin]");
    ls = vm->add_subcommand("ls", "List them");
    add = vm->add_subcommand("add", "Serve one more");
    add->add_option("name", options.name, "its name")->required();
    add->add_option("--vm-socket", options.socket, "where its QEMU connects [beside the router's]");
    add->add_option("--memory", options.memory, "shared with it, a power of two [4 GiB]");
    add->add_option("--slices", options.slices, "programs that are clients at a time [8]");
    add->add_option("--mode", options.mode, "of the socket: who may start it [0600]");
    add->add_flag("--plain", options.plain, "for a hypervisor that has no doorbells");
    show = vm->add_subcommand("show", "Say how to start one");
    show->add_option("name", options.name, "its name")->required();
    attach = device_command("attach", "Put its device into a QEMU that runs");
    detach = device_command("detach", "Take it out again; its clients end");
    reattach = device_command("reattach", "Out and in, after the router was restarted");
    remove = vm->add_subcommand("remove", "Serve one no more, and end its clients");
    remove->add_option("name", options.name, "its name")->required();
  }
  CLI::App* device_command(const char* name, const char* description) {
    CLI::App* command = vm->add_subcommand(name, description);
    command->add_option("name", device.name, "the machine's name")->required();
    command->add_option("--qmp", device.qmp, "QEMU's control channel: -qmp unix:PATH,server,nowait")
        ->required();
    if (command->get_name() != "detach") {
      command->add_option("--bus", device.bus, "where QEMU puts it, as a PCIe root port's id");
    }
    return command;
  }
  void run(const std::string& admin_socket) const {
    if (ls->parsed()) list_vms(admin_socket);
    if (add->parsed()) add_vm(admin_socket, options);
    if (show->parsed()) show_vm(admin_socket, options.name);
    if (attach->parsed()) attach_vm(admin_socket, device);
    if (detach->parsed()) detach_vm(device);
    if (reattach->parsed()) reattach_vm(admin_socket, device);
    if (remove->parsed()) remove_vm(admin_socket, options.name);
  }

  CLI::App* vm;
  CLI::App* ls;
  CLI::App* add;
  CLI::App* show;
  CLI::App* attach;
  CLI::App* detach;
  CLI::App* reattach;
  CLI::App* remove;
  std::string router, admin;
  VmOptions options;
  VmDevice device;
};

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

  const VmCommand vm(app);

  DoctorOptions doctor_options;
  CLI::App* doctor = app.add_subcommand("doctor", "Say what is wrong, and what to do about it");
  doctor->footer(kDoctorFooter);
  doctor->add_option("-s,--socket", doctor_options.socket, "the router's first socket");
  doctor->add_option("--admin-socket", admin, "the router's admin socket [SOCKET.admin]");
  doctor->add_option("program", doctor_options.program, "a program and its arguments");
  doctor->positionals_at_end();
  doctor->prefix_command();

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
    if (doctor->parsed()) {
      doctor_options.admin_socket = admin_socket(admin, doctor_options.socket);
      return examine(doctor_options, stdout);
    }
    if (vm.vm->parsed()) {
      vm.run(admin_socket(vm.admin, vm.router));
      return 0;
    }
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ava: %s\n", error.what());
    return run_command->parsed() ? kCannotRun : 1;
  }
}
