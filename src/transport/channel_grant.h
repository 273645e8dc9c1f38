// How many channels the router has granted this process. Every transport asks for more with the
// same message and makes the same of the answer; how the two travel is the transport's.
//
// Threads: any; questions are asked one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/result.h"
#include "transport/control.h"
#include "transport/layout.h"

namespace ava::transport {

class ChannelGrant {
 public:
  explicit ChannelGrant(uint32_t granted) noexcept : granted_(granted) {}

  uint32_t granted() const noexcept { return granted_.load(std::memory_order_acquire); }

  // `ask(const GrowChannelsMessage&, ChannelsMessage& answer)` returns whether such an answer came.
  // Returns how many there are now. Errors: kExhausted (the quota), kClosed.
  template <typename Ask>
  Result<uint32_t> grow(uint32_t wanted, Ask&& ask) noexcept {
    const std::lock_guard lock(asking_);
    if (granted() >= wanted) return granted();  // another thread asked meanwhile
    GrowChannelsMessage request{};
    request.header = {kControlMagic, ControlKind::kGrowChannels, sizeof request, 0};
    request.count = wanted;
    ChannelsMessage answer;
    if (!ask(request, answer) || answer.granted > kMaxChannels) return fail(Error::kClosed);
    if (answer.granted > granted()) granted_.store(answer.granted, std::memory_order_release);
    if (granted() < wanted) return fail(Error::kExhausted);
    return granted();
  }

 private:
  std::mutex asking_;  // held while a question waits for its answer
  std::atomic<uint32_t> granted_;
};

}  // namespace ava::transport
