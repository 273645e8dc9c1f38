// Waiter on epoll, for where io_uring is forbidden.
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "base/unique_fd.h"
#include "transport/waiter_impl.h"

namespace ava::transport {
namespace {

constexpr size_t kBatch = 64;  // events fetched by one system call

class EpollWaiter final : public Waiter {
 public:
  EpollWaiter() noexcept
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), notify_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

  bool init() noexcept { return epoll_ && notify_ && watch(notify_.get(), kReservedToken); }

  Result<void> add(int fd, uint64_t token) noexcept override {
    if (token == kReservedToken || !watch(fd, token)) return fail(Error::kSystem);
    return {};
  }

  void remove(int fd, uint64_t) noexcept override {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  }

  size_t wait(std::span<Event> events, int64_t timeout_ns) noexcept override {
    const int64_t deadline = timeout_ns > 0 ? now_ns() + timeout_ns : 0;
    std::array<epoll_event, kBatch> batch;
    const auto room = static_cast<int>(std::min(kBatch, events.size()));
    int ready = wait_batch(batch.data(), room, timeout_ns);
    while (ready < 0 && errno == EINTR) {
      const int64_t left = timeout_ns > 0 ? std::max<int64_t>(deadline - now_ns(), 0) : timeout_ns;
      ready = wait_batch(batch.data(), room, left);
    }
    size_t count = 0;
    for (int i = 0; i < ready; ++i) {
      const uint64_t token = batch[static_cast<size_t>(i)].data.u64;
      if (token != kReservedToken) events[count++] = {token};
    }
    return count;
  }

  void notify() noexcept override {
    const uint64_t one = 1;
    // Fails only when it has been rung 2^64 times, and then it is readable.
    [[maybe_unused]] const ssize_t written = ::write(notify_.get(), &one, sizeof one);
  }

  const char* name() const noexcept override { return "epoll"; }

 private:
  bool watch(int fd, uint64_t token) noexcept {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.u64 = token;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  int wait_batch(epoll_event* events, int room, int64_t timeout_ns) noexcept {
    if (precise_) {
      const timespec limit{timeout_ns / kSecond, timeout_ns % kSecond};
      const int ready =
          ::epoll_pwait2(epoll_.get(), events, room, timeout_ns < 0 ? nullptr : &limit, nullptr);
      if (ready >= 0 || errno == EINTR) return ready;
      precise_ = false;  // a filter older than Linux 5.11 forbids it: milliseconds, then
    }
    const int64_t timeout_ms =
        timeout_ns < 0 ? -1
                       : std::min<int64_t>((timeout_ns + kMillisecond - 1) / kMillisecond, INT_MAX);
    return ::epoll_wait(epoll_.get(), events, room, static_cast<int>(timeout_ms));
  }

  UniqueFd epoll_;
  UniqueFd notify_;
  bool precise_ = true;
};

}  // namespace

Result<std::unique_ptr<Waiter>> create_epoll_waiter() noexcept {
  std::unique_ptr<EpollWaiter> waiter(new (std::nothrow) EpollWaiter);
  if (waiter != nullptr && waiter->init()) return waiter;
  AVA_ERROR("cannot make an epoll set: %s", std::strerror(errno));
  return fail(Error::kSystem);
}

}  // namespace ava::transport
