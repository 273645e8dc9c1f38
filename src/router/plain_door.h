// Where the clients of a virtual machine come in whose hypervisor has no doorbells: a file that it
// maps as the machine's memory. Nobody connects, so the memory is there from the beginning, and the
// router looks into it from time to time.
//
// The file is a link to this process's descriptor of the memory, which is sealed: a file proper
// could be shortened under the router. Whoever may not look into the router's descriptors may not
// open it.
//
// Trust and threads: as vm_door.h. That the hypervisor ended shows in who has the file open, which
// is looked at once a second.
#pragma once

#include "router/door.h"
#include "router/machine.h"

namespace ava::router {

class PlainDoor final : public Door {
 public:
  // Makes the memory, and the link at config.socket, in the place of one whose router has ended.
  // Throws std::runtime_error with a sentence.
  PlainDoor(Loop& loop, Janitor& janitor, const GuestConfig& config,
            std::function<void(Visitor)> admit);
  ~PlainDoor() override;

 private:
  const std::string path_;
  std::shared_ptr<Machine> machine_;  // also when no hypervisor has its memory
};

}  // namespace ava::router
