#include "router/door.h"

#include "router/guest_door.h"

namespace ava::router {

std::unique_ptr<Door> open_door(Loop& loop, Janitor&, const GuestConfig& config,
                                std::function<void(Visitor)> admit) {
  return std::make_unique<GuestDoor>(loop, config, std::move(admit));
}

}  // namespace ava::router
