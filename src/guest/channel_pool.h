// Which thread has which channel.
//
// A thread keeps the channel of its first call until it ends. A call that begins while another one
// of the same thread is under way (a landing that has to ask the server, a signal handler) takes
// one for itself. A channel whose last calls are still being executed is handed to another thread
// only when the quota leaves no other choice: the new thread would wait behind the old one's calls.
//
// Threads: any. The free list is a bit set, so that a signal handler can take a channel while the
// thread below it is in here. Ownership: channels are the pool's and live as long as it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "transport/layout.h"

namespace ava::guest {

class Channel;
class Session;

class ChannelPool {
 public:
  explicit ChannelPool(Session& session) noexcept;
  ~ChannelPool();
  ChannelPool(const ChannelPool&) = delete;
  ChannelPool& operator=(const ChannelPool&) = delete;

  // Errors: kExhausted (the quota, or memory); kClosed.
  Result<Channel*> take() noexcept;
  void give_back(Channel* channel) noexcept;

 private:
  Result<Channel*> take_from_pool() noexcept;
  Channel* claim(bool idle_only) noexcept;
  Result<void> grow() noexcept;
  void put(uint32_t number) noexcept;

  static constexpr uint32_t kWords = transport::kMaxChannels / 64;

  Session& session_;
  std::atomic<uint32_t> granted_{0};  // channels that are or were in `free_`
  std::array<std::atomic<uint64_t>, kWords> free_{};
  // Made when first taken; touched by whoever took the channel's bit out of `free_`.
  std::array<std::atomic<Channel*>, transport::kMaxChannels> channels_{};
};

// Holds a channel for the length of a block. Null where there is none: see error().
class ChannelLease {
 public:
  explicit ChannelLease(ChannelPool& pool) noexcept : pool_(pool) {
    auto taken = pool.take();
    if (taken) {
      channel_ = *taken;
    } else {
      error_ = taken.error();
    }
  }
  ~ChannelLease() {
    if (channel_ != nullptr) pool_.give_back(channel_);
  }
  ChannelLease(const ChannelLease&) = delete;
  ChannelLease& operator=(const ChannelLease&) = delete;

  Channel* get() const noexcept { return channel_; }
  Error error() const noexcept { return error_; }

 private:
  ChannelPool& pool_;
  Channel* channel_ = nullptr;
  Error error_ = Error::kOk;
};

}  // namespace ava::guest
