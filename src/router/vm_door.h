// Where the clients of a virtual machine come in: the socket to which its QEMU connects, and the
// machine behind it. AvA is the ivshmem server of that machine, and of no other.
//
// Trust: whoever may open the socket is the machine's hypervisor. It is told once what there is,
// and says nothing itself; from the machine, its memory and doorbells come in (machine.h). Threads:
// the main thread's.
#pragma once

#include "router/door.h"
#include "router/machine.h"

namespace ava::router {

class VmDoor final : public Door {
 public:
  // Listens on config.socket, for machines as config.machine says. Throws std::runtime_error with a
  // sentence.
  VmDoor(Loop& loop, Janitor& janitor, const GuestConfig& config,
         std::function<void(Visitor)> admit);
  pid_t hypervisor() const noexcept override { return machine_ == nullptr ? 0 : qemu_pid_; }

 private:
  void accept();
  void connect(UniqueFd socket);
  void hear();

  Loop& loop_;
  Janitor& janitor_;
  const GuestConfig config_;
  std::function<void(Visitor)> admit_;
  std::unique_ptr<transport::ControlListener> listener_;
  UniqueFd qemu_;
  pid_t qemu_pid_ = 0;
  std::shared_ptr<Machine> machine_;  // while its QEMU is connected
  // Destroyed before what they watch.
  Loop::Watch qemu_watch_;
  Loop::Watch watch_;
};

}  // namespace ava::router
