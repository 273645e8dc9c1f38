#include "router/vm_door.h"

#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "base/log.h"

namespace ava::router {

VmDoor::VmDoor(Loop& loop, Janitor& janitor, const GuestConfig& config,
               std::function<void(Visitor)> admit)
    : loop_(loop), janitor_(janitor), config_(config), admit_(std::move(admit)) {
  auto listener = transport::ControlListener::listen(config.socket, config.mode, SOCK_STREAM);
  if (!listener) throw std::runtime_error(listener.error().sentence);
  listener_ = std::move(*listener);
  auto watch = loop_.watch(listener_->fd(), [this] { accept(); });
  if (!watch) throw std::runtime_error("cannot watch " + config.socket);
  watch_ = std::move(*watch);
}

void VmDoor::accept() {
  for (;;) {
    auto socket = listener_->accept_socket();
    if (socket) {
      connect(std::move(*socket));
      continue;
    }
    if (socket.error() == Error::kWouldBlock) return;
    AVA_WARN("guest %s: cannot accept its virtual machine: %s", config_.name.c_str(),
             error_name(socket.error()));
    return;
  }
}

void VmDoor::connect(UniqueFd socket) {
  const char* const name = config_.name.c_str();
  const auto owner = transport::credentials_of(socket.get());
  if (!owner) return;
  const auto& allowed = config_.allowed_uids;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), owner->uid) == allowed.end()) {
    AVA_WARN("guest %s: refused a virtual machine of user %u, who is not among its allowed_uids",
             name, static_cast<unsigned>(owner->uid));
    return;
  }
  if (machine_ != nullptr) {
    AVA_WARN(
        "guest %s: refused process %d, for another virtual machine is connected: each needs "
        "a [[vm]] of its own",
        name, static_cast<int>(owner->pid));
    return;
  }
  // What a machine before this one had is not used again: whoever still maps it reaches nobody.
  auto memory = transport::IvshmemMemory::create(
      {.size = config_.machine->memory, .slices = config_.machine->slices, .doorbells = true});
  if (!memory) return;
  if (!(*memory)->introduce(socket.get())) {
    AVA_WARN("guest %s: process %d connected and left, or does not read", name,
             static_cast<int>(owner->pid));
    return;
  }
  auto machine = std::make_shared<Machine>(
      Machine::Options{loop_, janitor_, config_.name, *owner, admit_}, std::move(*memory));
  auto watch = loop_.watch(socket.get(), [this] { hear(); });
  if (!watch || !machine->start()) {
    AVA_ERROR("guest %s: cannot watch its virtual machine", name);
    return;
  }
  qemu_ = std::move(socket);
  qemu_pid_ = owner->pid;
  machine_ = std::move(machine);
  qemu_watch_ = std::move(*watch);
  AVA_INFO("guest %s: virtual machine of process %d, %u slices", name, static_cast<int>(owner->pid),
           config_.machine->slices);
}

void VmDoor::hear() {
  char byte;
  const ssize_t size = ::recv(qemu_.get(), &byte, sizeof byte, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  AVA_INFO("guest %s: %s", config_.name.c_str(),
           size > 0 ? "what connected speaks, and so is no QEMU" : "its virtual machine is gone");
  machine_->lose();
  machine_.reset();
  qemu_watch_ = Loop::Watch();
  qemu_.reset();
}

}  // namespace ava::router
