#include "router/plain_door.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "base/log.h"

namespace ava::router {
namespace {

namespace fs = std::filesystem;

// Removes what a router that was killed left behind. A living one's link leads somewhere.
void clear_link(const std::string& path) {
  std::error_code error;
  if (fs::is_symlink(fs::symlink_status(path, error)) && !fs::exists(path, error)) {
    fs::remove(path, error);
  }
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
  if (::symlink(target.c_str(), path_.c_str()) != 0) {
    throw std::runtime_error("cannot make " + path_ + ": " + std::strerror(errno));
  }
  const transport::PeerCredentials owner{0, ::geteuid(), ::getegid()};
  machine_ = std::make_shared<Machine>(
      Machine::Options{loop, janitor, config.name, owner, std::move(admit)}, std::move(*memory));
  if (!machine_->start()) throw std::runtime_error("cannot look into the memory of " + config.name);
}

PlainDoor::~PlainDoor() { ::unlink(path_.c_str()); }

}  // namespace ava::router
