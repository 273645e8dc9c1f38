// The main thread's loop: descriptors, timers and work posted by other threads, one after the
// other.
//
// Edge-triggered, as the Waiter is: a handler takes all there is, or asks to be called again().
// Threads: one, except post() and wake(), which any thread may call.
// Lifetime: a Watch may be destroyed at any time, in its own handler too, and before its
// descriptor.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "transport/waiter.h"

namespace ava::router {

class Loop {
 public:
  using Handler = std::function<void()>;

  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept { swap(other); }
    Watch& operator=(Watch&& other) noexcept {
      Watch gone(std::move(*this));
      swap(other);
      return *this;
    }
    ~Watch();
    // Calls the handler once more after the others had their turn.
    void again();

   private:
    friend class Loop;
    void swap(Watch& other) noexcept {
      std::swap(loop_, other.loop_);
      std::swap(fd_, other.fd_);
      std::swap(token_, other.token_);
    }
    Loop* loop_ = nullptr;
    int fd_ = -1;
    uint64_t token_ = 0;
  };

  explicit Loop(std::unique_ptr<transport::Waiter> waiter) : waiter_(std::move(waiter)) {}

  // Calls `handler` when `fd` becomes readable or hangs up. `fd` is borrowed for the Watch's life.
  // Errors: kSystem.
  Result<Watch> watch(int fd, Handler handler);
  // Calls `handler` once, at `deadline_ns` (now_ns()) or soon after.
  void at(int64_t deadline_ns, Handler handler);

  // Runs `work` on the loop's thread. Once run() has returned it is dropped.
  void post(Handler work);
  // Calls `handler` on the loop's thread after wake(), once for any number of calls.
  void on_wake(Handler handler) { woken_ = std::move(handler); }
  void wake() noexcept { waiter_->notify(); }

  void run();
  // Makes run() return after the current handler.
  void stop() noexcept { stopping_ = true; }

  const char* waiter_name() const noexcept { return waiter_->name(); }

 private:
  void call(uint64_t token);
  int64_t run_timers();

  std::unique_ptr<transport::Waiter> waiter_;
  std::unordered_map<uint64_t, std::shared_ptr<Handler>> handlers_;  // by token
  std::multimap<int64_t, Handler> timers_;                           // by deadline
  std::vector<uint64_t> again_;
  Handler woken_;
  uint64_t next_token_ = 1;
  bool stopping_ = false;
  std::mutex posted_mutex_;  // guards posted_ and closed_
  std::vector<Handler> posted_;
  bool closed_ = false;
};

}  // namespace ava::router
