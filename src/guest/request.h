// A request and its reply on one channel: what API calls and the runtime's own requests share.
//
// Threads: the channel's. Errors: kClosed once the session has ended; kFrameTooLarge.
#pragma once

#include "guest/channel.h"
#include "guest/order.h"

namespace ava::guest {

template <typename T>
std::span<const std::byte> body_of(const T& request) noexcept {
  return std::as_bytes(std::span(&request, 1));
}

// Sends, wakes the router, and waits. Returns the completion's status; the reply is then in the
// channel's reply space.
Result<int32_t> ask(Channel& channel, uint32_t function,
                    std::span<const marshal::Dependency> dependencies,
                    std::span<const std::byte> body) noexcept;

// Has the server look at what it tracks: whatever is complete by now is so in the region once this
// returns. Errors: kClosed, or what a channel fails with.
Result<void> poll(Session& session) noexcept;

// Sends one of the runtime's own requests that has no reply, and wakes nobody.
Result<void> tell(Channel& channel, uint32_t function, std::span<const std::byte> body) noexcept;

}  // namespace ava::guest
