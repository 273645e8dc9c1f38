// Order across threads: calls that are related through an object run in program order
// (docs/architecture.md, Execute).
//
// Each asynchronous call leaves its channel and position with every object it names. A later call
// that names the object from another channel depends on that position, unless it was executed
// meanwhile. Asynchronous calls on one object form a chain, so the last one stands for all: between
// reading the last use and storing its own, a call holds the locks of all shadows it names (taken
// in address order), and publishes its frame under them, because a frame may only depend on what is
// published. A call that waits for its reply orders whatever comes after it by having returned; it
// only reads.
//
// More than kMaxDependencies channels are more than a frame can name; for the others the guest
// waits itself.
#pragma once

#include <span>

#include "guest/scratch.h"
#include "marshal/frame.h"

namespace ava::guest {

class Channel;
class Session;

using Dependencies = BoundedList<marshal::Dependency, marshal::kMaxDependencies>;

// What a waiting call on `channel` depends on. False: the session ended.
bool collect_dependencies(Channel& channel, Dependencies& dependencies) noexcept;

// The same for an asynchronous call, which then writes its frame while this lives: the objects it
// names are locked from construction to destruction.
class OrderedUse {
 public:
  explicit OrderedUse(Channel& channel) noexcept;
  ~OrderedUse();
  OrderedUse(const OrderedUse&) = delete;
  OrderedUse& operator=(const OrderedUse&) = delete;

  bool ready() const noexcept { return ready_; }  // false: the session ended
  Dependencies& dependencies() noexcept { return dependencies_; }
  // The call was published at `position`.
  void used_at(uint64_t position) noexcept;

 private:
  Channel& channel_;
  std::span<Shadow*> shadows_;
  Dependencies dependencies_;
  bool ready_ = false;
};

}  // namespace ava::guest
