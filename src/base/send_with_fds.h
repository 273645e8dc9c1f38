// A message on a Unix socket with descriptors beside it (SCM_RIGHTS).
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace ava {

inline constexpr size_t kMaxSentFds = 4;

// Sends `bytes`, and with them duplicates of `fds`, at most kMaxSentFds. `flags`: sendmsg's
// (MSG_DONTWAIT). Raises no SIGPIPE. Errors: kWouldBlock (no room; of a stream a part may have
// gone), kClosed (nobody is there), kSystem (errno says what).
Result<void> send_with_fds(int socket, std::span<const std::byte> bytes, std::span<const int> fds,
                           int flags = 0) noexcept;

}  // namespace ava
