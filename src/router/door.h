// Where one guest's clients come in, whatever kind of guest it is. Open as long as the object
// lives; those who came in before stay.
#pragma once

#include <functional>
#include <memory>

#include "router/client.h"

namespace ava::router {

class Janitor;

class Door {
 public:
  virtual ~Door() = default;

  // The hypervisor that is connected, where the guest is a machine; else 0.
  virtual pid_t hypervisor() const noexcept { return 0; }
};

// The door that `config` asks for. `admit` is called for each hello, from the loop. Throws
// std::runtime_error with a sentence.
std::unique_ptr<Door> open_door(Loop& loop, Janitor& janitor, const GuestConfig& config,
                                std::function<void(Visitor)> admit);

}  // namespace ava::router
