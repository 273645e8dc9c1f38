#include "run.h"

#include <cstdlib>

#include "admin_client.h"
#include "child.h"
#include "guest_environment.h"
#include "private_router.h"
#include "router/paths.h"
#include "transport/guest_transport.h"

namespace ava::tool {
namespace {

// Is there a router that lets this user in, where a guest library would look for one? False: there
// is none. Throws ToolError where there is one that this user cannot use.
bool router_answers(const tl::expected<std::unique_ptr<transport::GuestTransport>,
                                       transport::ConnectError>& connected) {
  if (connected || connected.error().error == Error::kUnknownApi) return true;
  if (connected.error().error == Error::kNotFound) return false;
  throw ToolError(connected.error().sentence);
}

void prepare_environment() { apply(read_guest_environment(router::module_folders())); }
void prepare_environment(const std::string& socket) {
  prepare_environment();
  ::setenv("AVA_SOCKET", socket.c_str(), 1);
}

int run_privately(const RunOptions& options) {
  const auto router = router::find_program("ava-routerd", "src/router");
  if (router.empty()) {
    throw ToolError(
        "no router runs, and there is no ava-routerd beside ava to start one; install "
        "it, or name a running router's socket with --socket");
  }
  hold_signals();
  int status = 0;
  {
    const PrivateRouter own(router, options.server_environment);
    prepare_environment(own.socket());
    const pid_t child = start(options.program);
    if (child < 0) throw ToolError("cannot start another process");
    status = forward_until_exit(child);
  }
  end_like(status);
}

}  // namespace

int run(const RunOptions& options) {
  if (options.private_router) return run_privately(options);
  if (options.socket.empty() && transport::default_transport() != "socket") {
    // In a virtual machine. Whatever is wrong there, a private router has no accelerators either.
    const auto connected = transport::connect({kProbe, 0});
    if (!router_answers(connected)) throw ToolError(connected.error().sentence);
    prepare_environment();
    return become(options.program);
  }
  const bool named = !options.socket.empty() || std::getenv("AVA_SOCKET") != nullptr;
  const std::string socket =
      options.socket.empty() ? transport::default_endpoint() : options.socket;
  if (router_answers(transport::connect(socket, {kProbe, 0}))) {
    prepare_environment(socket);
    return become(options.program);
  }
  if (named) {
    throw ToolError("no router listens on " + socket +
                    "; start ava-routerd there, or leave the socket away to get a private router");
  }
  return run_privately(options);
}

}  // namespace ava::tool
