// Waiting for what other processes do.
#pragma once

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace ava::router {

// A process by descriptor, so that its number cannot become another's.
class Process {
 public:
  explicit Process(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  bool exists() const { return static_cast<bool>(fd_); }
  // Does it end within `timeout_ns`? Somebody's uncollected child has ended, too.
  bool ends_within(int64_t timeout_ns) const {
    pollfd item{fd_.get(), POLLIN, 0};
    return ::poll(&item, 1, static_cast<int>(timeout_ns / kMillisecond)) == 1;
  }

 private:
  UniqueFd fd_;
};

// Becomes `condition` true within some seconds? For what nobody can be woken by.
template <typename Condition>
bool eventually(Condition condition) {
  for (const int64_t deadline = now_ns() + 5 * kSecond; !condition();) {
    if (now_ns() > deadline) return false;
    ::usleep(1000);
  }
  return true;
}

}  // namespace ava::router
