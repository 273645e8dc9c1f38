#include "guest/channel_pool.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "guest/channel.h"
#include "guest/session.h"

namespace ava::guest {

namespace {

// What a thread remembers. Trivially destructible: calls from other destructors of the thread, and
// from functions that run at the process's exit, still find it.
struct ThreadChannel {
  ChannelPool* pool;  // whose channel it is; another one's after a fork
  Channel* channel;
  bool busy;  // a call of this thread is under way
  bool over;  // the thread is ending: channels are no longer kept
};
constinit thread_local ThreadChannel mine{};

// Gives the channel back when the thread ends.
struct ThreadEnd {
  bool armed = false;
  ~ThreadEnd() {
    mine.over = true;
    Channel* const kept = std::exchange(mine.channel, nullptr);
    if (kept != nullptr && !mine.busy) mine.pool->give_back(kept);
  }
};
thread_local ThreadEnd thread_end;

}  // namespace

ChannelPool::ChannelPool(Session& session) noexcept : session_(session) {
  const uint32_t channels = std::min(session.transport().channels(), transport::kMaxChannels);
  granted_.store(channels, std::memory_order_relaxed);
  for (uint32_t i = 0; i < channels; ++i) put(i);
}

ChannelPool::~ChannelPool() {
  for (auto& channel : channels_) Channel::destroy(channel.load(std::memory_order_relaxed));
}

Result<Channel*> ChannelPool::take() noexcept {
  if (mine.pool != this && !mine.over) mine = {this, nullptr, false, false};
  if (mine.busy || mine.over) return take_from_pool();
  mine.busy = true;  // first: a signal handler from here on takes another one
  if (mine.channel == nullptr) {
    auto taken = take_from_pool();
    if (!taken) {
      mine.busy = false;
      return taken;
    }
    thread_end.armed = true;  // constructs it: its destructor will run
    mine.channel = *taken;
  }
  return mine.channel;
}

void ChannelPool::give_back(Channel* channel) noexcept {
  if (channel == mine.channel) {
    mine.busy = false;
  } else if (!session_.abandoned()) {
    put(channel->number());
  }
}

Result<Channel*> ChannelPool::take_from_pool() noexcept {
  for (;;) {
    if (Channel* channel = claim(true)) return channel;
    const auto grown = grow();
    if (grown) continue;
    if (Channel* channel = claim(false)) return channel;
    return fail(grown.error());
  }
}

Channel* ChannelPool::claim(bool idle_only) noexcept {
  for (uint32_t word = 0; word < kWords; ++word) {
    uint64_t bits = free_[word].load(std::memory_order_relaxed);
    for (; bits != 0; bits &= bits - 1) {
      const uint64_t bit = bits & -bits;
      // [channel] Pairs with the release in put(): the last holder's writes to it come before.
      if ((free_[word].fetch_and(~bit, std::memory_order_acquire) & bit) == 0) continue;
      const uint32_t number = word * 64 + static_cast<uint32_t>(std::countr_zero(bit));
      Channel* channel = channels_[number].load(std::memory_order_relaxed);
      if (channel == nullptr) {
        channel = Channel::create(session_, number);
        channels_[number].store(channel, std::memory_order_relaxed);
      }
      if (channel != nullptr && (!idle_only || channel->idle())) return channel;
      put(number);
    }
  }
  return nullptr;
}

Result<void> ChannelPool::grow() noexcept {
  const uint32_t before = granted_.load(std::memory_order_relaxed);
  const uint32_t wanted = std::min(before + transport::kChannelExtent, transport::kMaxChannels);
  if (wanted == before) return fail(Error::kExhausted);
  const auto result = session_.transport().grow_channels(wanted);
  // Part of what was wanted may have been granted.
  const uint32_t now = std::min(session_.transport().channels(), transport::kMaxChannels);
  uint32_t known = before;
  while (known < now && !granted_.compare_exchange_weak(known, now, std::memory_order_relaxed)) {
  }
  for (uint32_t i = known; i < now; ++i) put(i);
  if (now > before) return {};
  return fail(result ? Error::kExhausted : result.error());
}

void ChannelPool::put(uint32_t number) noexcept {
  free_[number / 64].fetch_or(uint64_t{1} << (number % 64),
                              std::memory_order_release);  // [channel]
}

}  // namespace ava::guest
