#include "router/loop.h"

#include <array>
#include <utility>

#include "base/clock.h"

namespace ava::router {
namespace {

constexpr size_t kEvents = 64;  // looked at in one go

}  // namespace

Result<Loop::Watch> Loop::watch(int fd, Handler handler) {
  Watch watch;
  watch.loop_ = this;
  watch.fd_ = fd;
  watch.token_ = next_token_++;
  if (auto added = waiter_->add(fd, watch.token_); !added) {
    watch.loop_ = nullptr;
    return fail(added.error());
  }
  handlers_.emplace(watch.token_, std::make_shared<Handler>(std::move(handler)));
  return watch;
}

Loop::Watch::~Watch() {
  if (loop_ == nullptr) return;
  loop_->waiter_->remove(fd_, token_);
  loop_->handlers_.erase(token_);
}

void Loop::Watch::again() { loop_->again_.push_back(token_); }

void Loop::at(int64_t deadline_ns, Handler handler) {
  timers_.emplace(deadline_ns, std::move(handler));
}

void Loop::post(Handler work) {
  {
    const std::lock_guard lock(posted_mutex_);
    if (closed_) return;
    posted_.push_back(std::move(work));
  }
  wake();
}

void Loop::run() {
  std::array<transport::Waiter::Event, kEvents> events;
  while (!stopping_) {
    const int64_t patience = run_timers();
    if (stopping_) break;
    const size_t count = waiter_->wait(events, again_.empty() ? patience : 0);
    for (size_t i = 0; i < count; ++i) call(events[i].token);
    for (const uint64_t token : std::exchange(again_, {})) call(token);
    if (woken_) woken_();
    std::vector<Handler> posted;
    {
      const std::lock_guard lock(posted_mutex_);
      posted.swap(posted_);
    }
    for (Handler& work : posted) work();
  }
  std::vector<Handler> dropped;  // destroyed without the lock
  const std::lock_guard lock(posted_mutex_);
  closed_ = true;
  dropped.swap(posted_);
}

// The handler may be gone by now: an earlier event of the same batch may have removed it.
void Loop::call(uint64_t token) {
  const auto found = handlers_.find(token);
  if (found == handlers_.end()) return;
  const std::shared_ptr<Handler> handler = found->second;  // it may remove itself
  (*handler)();
}

// Returns how long until the next one; negative if there is none.
int64_t Loop::run_timers() {
  while (!timers_.empty()) {
    const int64_t left = timers_.begin()->first - now_ns();
    if (left > 0) return left;
    const Handler handler = std::move(timers_.extract(timers_.begin()).mapped());
    handler();
  }
  return -1;
}

}  // namespace ava::router
