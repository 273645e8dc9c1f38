#include "router/door.h"

#include "router/guest_door.h"
#include "router/plain_door.h"
#include "router/vm_door.h"

namespace ava::router {

std::unique_ptr<Door> open_door(Loop& loop, Janitor& janitor, const GuestConfig& config,
                                std::function<void(Visitor)> admit) {
  if (config.machine && !config.machine->doorbells) {
    return std::make_unique<PlainDoor>(loop, janitor, config, std::move(admit));
  }
  if (config.machine) {
    return std::make_unique<VmDoor>(loop, janitor, config, std::move(admit));
  }
  return std::make_unique<GuestDoor>(loop, config, std::move(admit));
}

}  // namespace ava::router
