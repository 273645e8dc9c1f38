#include "guest/order.h"

#include <algorithm>

#include "guest/channel.h"
#include "guest/session.h"

namespace ava::guest {
namespace {

// A use in one word: positions are multiples of 8, which leaves 10 bits for the channel.
constexpr uint64_t pack(uint32_t channel, uint64_t position) noexcept {
  return position << 7 | channel;
}
constexpr uint32_t channel_of(uint64_t use) noexcept { return static_cast<uint32_t>(use & 0x3ff); }
constexpr uint64_t position_of(uint64_t use) noexcept { return use >> 10 << 3; }
static_assert(transport::kMaxChannels <= 0x400 && transport::kRecordAlign == 8);

// Adds (channel, position); the later position of one channel implies the earlier ones. False: a
// fifth channel.
bool add(Dependencies& dependencies, uint32_t channel, uint64_t position) noexcept {
  for (auto& known : dependencies) {
    if (known.channel == channel) {
      known.position = std::max(known.position, position);
      return true;
    }
  }
  return dependencies.append({channel, 0, position});
}

// Looks at the last uses of `shadows`. Returns a use for which there was no room, or 0.
uint64_t look(Channel& channel, std::span<Shadow* const> shadows,
              Dependencies& dependencies) noexcept {
  dependencies.clear();
  for (const Shadow* shadow : shadows) {
    const uint64_t use = shadow->last_use.load(std::memory_order_acquire);
    if (use == 0 || channel_of(use) == channel.number()) continue;
    if (channel.session().executed(channel_of(use)) >= position_of(use)) continue;
    if (!add(dependencies, channel_of(use), position_of(use))) return use;
  }
  return 0;
}

bool await_executed(Channel& channel, uint64_t use) noexcept {
  return channel.session().await_executed(channel_of(use), position_of(use));
}

}  // namespace

bool collect_dependencies(Channel& channel, Dependencies& dependencies) noexcept {
  const CallScratch& scratch = channel.scratch();
  const std::span<Shadow* const> shadows(scratch.uses, scratch.use_count);
  while (const uint64_t left_over = look(channel, shadows, dependencies)) {
    if (!await_executed(channel, left_over)) return false;
  }
  return true;
}

OrderedUse::OrderedUse(Channel& channel) noexcept : channel_(channel) {
  CallScratch& scratch = channel.scratch();
  Shadow** const begin = scratch.uses;
  Shadow** end = begin + scratch.use_count;
  if (scratch.use_count > 1) {
    std::sort(begin, end);  // one order for all threads, so that none waits in a circle
    end = std::unique(begin, end);
  }
  const std::span<Shadow*> shadows(begin, end);
  for (;;) {
    for (Shadow* shadow : shadows) shadow->acquire();
    const uint64_t left_over = look(channel, shadows, dependencies_);
    if (left_over == 0) break;
    for (Shadow* shadow : shadows) shadow->release();
    if (!await_executed(channel, left_over)) return;
  }
  shadows_ = shadows;
  ready_ = true;
}

OrderedUse::~OrderedUse() {
  for (Shadow* shadow : shadows_) shadow->release();
}

void OrderedUse::used_at(uint64_t position) noexcept {
  for (Shadow* shadow : shadows_) {
    shadow->last_use.store(pack(channel_.number(), position), std::memory_order_release);
  }
}

}  // namespace ava::guest
