#include "router/plain_door.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "base/clock.h"
#include "base/log.h"

namespace ava::router {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kLook = kSecond;  // between two looks for the hypervisor

// Removes what a router that was killed left behind. A living one's link leads somewhere.
void clear_link(const std::string& path) {
  std::error_code error;
  if (fs::is_symlink(fs::symlink_status(path, error)) && !fs::exists(path, error)) {
    fs::remove(path, error);
  }
}

// Whether anybody has opened the router's descriptor of the memory, and has it open or mapped
// still. The kernel knows, and says so to who asks for a lease for writing: that is for the one who
// has a file alone. Nobody counts in whose descriptor is the original; so `own` is one that was
// opened.
bool open_elsewhere(const UniqueFd& own) {
  if (::fcntl(own.get(), F_SETLEASE, F_WRLCK) != 0) return true;
  ::fcntl(own.get(), F_SETLEASE, F_UNLCK);
  return false;
}

void watch_hypervisor(Loop& loop, std::weak_ptr<Machine> weak, std::shared_ptr<UniqueFd> own) {
  loop.at(now_ns() + kLook, [&loop, weak = std::move(weak), own = std::move(own)] {
    const auto machine = weak.lock();
    if (machine == nullptr) return;
    if (!open_elsewhere(*own)) machine->vacate();
    watch_hypervisor(loop, weak, own);
  });
}

}  // namespace

PlainDoor::PlainDoor(Loop& loop, Janitor& janitor, const GuestConfig& config,
                     std::function<void(Visitor)> admit)
    : path_(config.socket) {
  auto memory = transport::IvshmemMemory::create(
      {.size = config.machine->memory, .slices = config.machine->slices, .doorbells = false});
  if (!memory) throw std::runtime_error("cannot make the memory of guest " + config.name);
  clear_link(path_);
  const std::string target =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string((*memory)->fd());
  auto own = std::make_shared<UniqueFd>(::open(target.c_str(), O_RDWR | O_CLOEXEC));
  // Who opens it while the lease is ours for an instant waits that long, and we are sent a signal:
  // one that is ignored.
  if (!*own || ::fcntl(own->get(), F_SETSIG, SIGURG) != 0) {
    throw std::runtime_error("cannot open " + target + ": " + std::strerror(errno));
  }
  if (::symlink(target.c_str(), path_.c_str()) != 0) {
    throw std::runtime_error("cannot make " + path_ + ": " + std::strerror(errno));
  }
  const transport::PeerCredentials owner{0, ::geteuid(), ::getegid()};
  machine_ = std::make_shared<Machine>(
      Machine::Options{loop, janitor, config.name, owner, std::move(admit)}, std::move(*memory));
  if (!machine_->start()) throw std::runtime_error("cannot look into the memory of " + config.name);
  watch_hypervisor(loop, machine_, std::move(own));
}

PlainDoor::~PlainDoor() { ::unlink(path_.c_str()); }

}  // namespace ava::router
