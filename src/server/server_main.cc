#include "server/server_main.h"

#include <getopt.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <thread>

#include "base/log.h"
#include "server/module_loader.h"
#include "server/sandbox.h"
#include "server/session.h"
#include "transport/session_end.h"

namespace ava::server {
namespace {

constexpr const char* kHelp =
    "usage: ava-server --module PATH --api NAME --hash HEX --arena-size BYTES --channels COUNT\n"
    "                  [--region-offset BYTES] [--interrupts]\n"
    "\n"
    "Executes one client's calls of one API with the native library. ava-routerd starts it, with\n"
    "  descriptor 3  the control socket, whose end is the session's end\n"
    "  descriptor 4  the client's region\n"
    "  descriptor 5  the server region\n"
    "  descriptor 6  an eventfd for room in the server region's rings\n"
    "  descriptor 7  with --interrupts: an eventfd that interrupts the client's virtual machine\n"
    "\n"
    "  --module PATH        the API's server module (NAME.server.so)\n"
    "  --api NAME           the API that it must serve\n"
    "  --hash HEX           the wire hash that it must have\n"
    "  --arena-size BYTES   of the region's arena\n"
    "  --channels COUNT     channels, and so threads, that the client may have\n"
    "  --region-offset BYTES  of the region in its memory [0]\n"
    "  --interrupts         wake the client's threads by interrupts, not by futexes\n"
    "  --help\n"
    "\n"
    "Environment: AVA_LOG=LEVEL[:FILE], AVA_SPIN_US.\n";

enum ExitCode : int {
  kEnded = 0,
  kUsage = 2,
  kNoSandbox = 3,
  kNoRegion = 4,
  kNoModule = 5,
  kFailed = 6
};

enum Descriptor : int {
  kControlFd = 3,
  kRegionFd = 4,
  kServerRegionFd = 5,
  kRoomFd = 6,
  kInterruptFd = 7
};

struct Settings {
  std::string module;
  std::string api;
  uint64_t hash = 0;
  uint64_t arena_size = 0;
  uint64_t region_offset = 0;
  uint32_t channels = 0;
  bool interrupts = false;
  bool help = false;
};

template <typename T>
bool parse_number(const char* text, int base, T& value) {
  const char* end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, value, base);
  return error == std::errc() && at == end && text != end;
}

bool parse_arguments(int argc, char** argv, Settings& settings) {
  static constexpr option kOptions[] = {
      {"module", required_argument, nullptr, 'm'},
      {"api", required_argument, nullptr, 'a'},
      {"hash", required_argument, nullptr, 'w'},
      {"arena-size", required_argument, nullptr, 's'},
      {"channels", required_argument, nullptr, 'c'},
      {"region-offset", required_argument, nullptr, 'o'},
      {"interrupts", no_argument, nullptr, 'i'},
      {"help", no_argument, nullptr, 'h'},
      {nullptr, 0, nullptr, 0},
  };
  int found = 0;
  while ((found = ::getopt_long(argc, argv, "h", kOptions, nullptr)) != -1) {
    switch (found) {
      case 'm':
        settings.module = optarg;
        break;
      case 'a':
        settings.api = optarg;
        break;
      case 'w':
        if (!parse_number(optarg, 16, settings.hash)) return false;
        break;
      case 's':
        if (!parse_number(optarg, 10, settings.arena_size)) return false;
        break;
      case 'c':
        if (!parse_number(optarg, 10, settings.channels)) return false;
        break;
      case 'o':
        if (!parse_number(optarg, 10, settings.region_offset)) return false;
        break;
      case 'i':
        settings.interrupts = true;
        break;
      case 'h':
        settings.help = true;
        return true;
      default:
        return false;
    }
  }
  return optind == argc && !settings.module.empty() && !settings.api.empty() &&
         settings.channels != 0 && settings.channels <= transport::kMaxChannels &&
         settings.arena_size <= UINT64_MAX - transport::kArenaOffset;
}

// The router says nothing on the control socket; it closes it. Native code may hang in destructors
// and exit handlers, so the process leaves without them.
[[noreturn]] void leave_with_router() {
  for (;;) {
    pollfd control{kControlFd, POLLIN | POLLRDHUP, 0};
    if (::poll(&control, 1, -1) < 0) continue;  // a signal
    char ignored;
    if (::recv(kControlFd, &ignored, 1, MSG_DONTWAIT) == 0) ::_exit(kEnded);
    if ((control.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) ::_exit(kEnded);
  }
}

int serve(const Settings& settings) {
  using transport::SharedMemory;
  const auto region = SharedMemory::adopt(
      UniqueFd(kRegionFd), transport::kArenaOffset + settings.arena_size, settings.region_offset);
  const auto server_region =
      SharedMemory::adopt(UniqueFd(kServerRegionFd), transport::kServerRegionSize);
  if (!region || !server_region) {
    AVA_ERROR("no region: %s", error_name(region ? server_region.error() : region.error()));
    return kNoRegion;
  }
  const transport::RegionView view(region->bytes());
  FutexWaker futexes;
  InterruptWaker interrupts(kInterruptFd);
  GuestWaker* const waker = settings.interrupts ? static_cast<GuestWaker*>(&interrupts)
                                                : static_cast<GuestWaker*>(&futexes);
  std::thread(leave_with_router).detach();

  const auto module = load_module(settings.module, settings.api, settings.hash);
  if (!module) {
    AVA_ERROR("%s", module.error().sentence.c_str());
    transport::end_session(view, settings.channels, module.error().error,
                           [&](transport::ParkWord& word) { waker->unpark(word); });
    return kNoModule;
  }

  Session session({.region = view,
                   .server_region = transport::ServerRegionView(server_region->bytes()),
                   .module = *module,
                   .waker = waker,
                   .channels = settings.channels,
                   .room_fd = kRoomFd});
  session.output().capture();
  AVA_INFO("serving '%s'", settings.api.c_str());
  session.run();
  ::_exit(kFailed);  // workers may be inside native calls
}

}  // namespace

int server_main(int argc, char** argv) {
  log_init("server", LogLevel::kWarn);
  Settings settings;
  if (!parse_arguments(argc, argv, settings)) {
    std::fputs(kHelp, stderr);
    return kUsage;
  }
  if (settings.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  try {
    enter_sandbox(settings.interrupts ? kInterruptFd + 1 : kInterruptFd);
  } catch (const std::exception& error) {
    AVA_ERROR("not started by ava-routerd? %s", error.what());
    return kNoSandbox;
  }
  try {
    return serve(settings);
  } catch (const std::exception& error) {
    AVA_ERROR("%s", error.what());
    return kFailed;
  }
}

}  // namespace ava::server
