// Waiter on io_uring: a multishot poll for each descriptor. What is used of io_uring, and since
// when Linux has it, is listed in io_uring_features.cc.
#include <liburing.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/unique_fd.h"
#include "transport/waiter_impl.h"

namespace ava::transport {
namespace {

constexpr unsigned kSubmissions = 256;   // prepared between two waits; more are sent off early
constexpr unsigned kCompletions = 4096;  // beyond, the kernel keeps events until there is room
constexpr unsigned kRequiredFeatures = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG;
constexpr size_t kBatch = 64;                // completions looked at in one go
constexpr uint64_t kIgnored = ~uint64_t{0};  // user data of operations whose result says nothing
constexpr uint32_t kNotifySlot = 0;

class IoUringWaiter final : public Waiter {
 public:
  ~IoUringWaiter() override {
    if (ring_made_) ::io_uring_queue_exit(&ring_);
  }

  // False, with the reason in errno, where anything that is needed is refused.
  bool init() noexcept {
    io_uring_params params{};
    // Without COOP_TASKRUN each event would interrupt the thread that is busy serving others.
    params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
    params.cq_entries = kCompletions;
    int error = ::io_uring_queue_init_params(kSubmissions, &ring_, &params);
    ring_made_ = error == 0;
    if (error == 0) error = ::io_uring_ring_dontfork(&ring_);
    if (error == 0 && (params.features & kRequiredFeatures) != kRequiredFeatures) error = -ENOSYS;
    if (error == 0) error = try_entering();
    if (error != 0) {
      errno = -error;
      return false;
    }
    notify_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!notify_) return false;
    slots_.push_back({notify_.get(), 0, 0, true, false});
    // Sent by the thread that waits first: a poll's events are delivered to the thread that sent
    // it.
    arm(kNotifySlot);
    return true;
  }

  Result<void> add(int fd, uint64_t token) noexcept override try {
    if (token == kReservedToken || by_token_.contains(token)) return fail(Error::kSystem);
    uint32_t slot;
    if (free_.empty()) {
      slot = static_cast<uint32_t>(slots_.size());
      slots_.push_back({});
      free_.reserve(slots_.size());  // remove() cannot fail
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    by_token_.emplace(token, slot);
    slots_[slot] = {fd, slots_[slot].generation, token, true, false};
    arm(slot);
    return {};
  } catch (const std::bad_alloc&) {
    return fail(Error::kSystem);
  }

  void remove(int, uint64_t token) noexcept override {
    const auto found = by_token_.find(token);
    if (found == by_token_.end()) return;
    const uint32_t slot = found->second;
    by_token_.erase(found);
    // Where the kernel takes nothing just now, the poll stays and is not listened to.
    if (io_uring_sqe* sqe = next_sqe(); sqe != nullptr) {
      ::io_uring_prep_poll_remove(sqe, user_data(slot));
      sqe->user_data = kIgnored;
    }
    // What is queued already carries the old generation, and is passed over.
    slots_[slot].live = false;
    ++slots_[slot].generation;
    free_.push_back(slot);
    // At once: a poll holds its file, and a socket that its owner closes must really close.
    ::io_uring_submit_and_get_events(&ring_);
  }

  size_t wait(std::span<Event> events, int64_t timeout_ns) noexcept override {
    const int64_t deadline = timeout_ns > 0 ? now_ns() + timeout_ns : 0;
    for (;;) {
      if (some_unarmed_) arm_all();
      if (::io_uring_sq_ready(&ring_) > 0) ::io_uring_submit(&ring_);
      bool notified = false;
      const size_t count = collect(events, notified);
      if (count > 0 || notified || timeout_ns == 0) return count;

      __kernel_timespec limit{};
      if (timeout_ns > 0) {
        const int64_t left = deadline - now_ns();
        if (left <= 0) return 0;
        limit = {left / kSecond, left % kSecond};
      }
      io_uring_cqe* first;
      // Whatever ends this, a signal among it, the next round finds out.
      ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, timeout_ns > 0 ? &limit : nullptr,
                                         nullptr);
    }
  }

  void notify() noexcept override {
    const uint64_t one = 1;
    // Fails only when it has been rung 2^64 times, and then it is readable.
    [[maybe_unused]] const ssize_t written = ::write(notify_.get(), &one, sizeof one);
  }

  const char* name() const noexcept override { return "io_uring"; }

 private:
  struct Slot {
    int fd;
    uint32_t generation;  // tells a slot's events from those of its earlier descriptors
    uint64_t token;
    bool live;
    bool armed;  // its poll is prepared or sent, and has not ended
  };

  // Filters may allow making a ring and forbid entering it. Returns 0 or -errno.
  int try_entering() noexcept {
    io_uring_sqe* sqe = ::io_uring_get_sqe(&ring_);
    ::io_uring_prep_nop(sqe);
    sqe->user_data = kIgnored;
    const int sent = ::io_uring_submit(&ring_);
    return sent == 1 ? 0 : std::min(sent, -1);
  }

  uint64_t user_data(uint32_t slot) const noexcept {
    return uint64_t{slots_[slot].generation} << 32 | slot;
  }

  io_uring_sqe* next_sqe() noexcept {
    io_uring_sqe* sqe = ::io_uring_get_sqe(&ring_);
    if (sqe != nullptr) return sqe;
    ::io_uring_submit(&ring_);
    return ::io_uring_get_sqe(&ring_);
  }

  // Prepares a slot's poll, which the next wait sends off. Where the kernel takes no more just now,
  // that wait tries again.
  void arm(uint32_t slot) noexcept {
    io_uring_sqe* sqe = next_sqe();
    slots_[slot].armed = sqe != nullptr;
    if (sqe == nullptr) {
      some_unarmed_ = true;
      return;
    }
    ::io_uring_prep_poll_multishot(sqe, slots_[slot].fd, POLLIN | POLLRDHUP);
    sqe->user_data = user_data(slot);
  }

  void arm_all() noexcept {
    some_unarmed_ = false;
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].live && !slots_[slot].armed) arm(slot);
    }
  }

  // Moves what has completed into `events`; `notified` is set where notify() was called.
  size_t collect(std::span<Event> events, bool& notified) noexcept {
    size_t count = 0;
    while (count < events.size()) {
      std::array<io_uring_cqe*, kBatch> batch;
      const unsigned wanted = static_cast<unsigned>(std::min(kBatch, events.size() - count));
      const unsigned ready = ::io_uring_peek_batch_cqe(&ring_, batch.data(), wanted);
      for (unsigned i = 0; i < ready; ++i) {
        const uint64_t data = batch[i]->user_data;
        const auto slot = static_cast<uint32_t>(data);
        if (data == kIgnored || slot >= slots_.size() || !slots_[slot].live ||
            data != user_data(slot)) {
          continue;
        }
        // Polls end when the kernel runs out of memory or room, for example. What became ready in
        // between is reported when the new one starts. Only a closed descriptor stays unwatched.
        if ((batch[i]->flags & IORING_CQE_F_MORE) == 0 && batch[i]->res != -EBADF) arm(slot);
        if (slot == kNotifySlot) {
          notified = true;
        } else {
          events[count++] = {slots_[slot].token};
        }
      }
      ::io_uring_cq_advance(&ring_, ready);
      if (ready < wanted) break;
    }
    return count;
  }

  io_uring ring_{};
  bool ring_made_ = false;
  bool some_unarmed_ = false;
  UniqueFd notify_;
  std::vector<Slot> slots_;     // by the low half of user_data
  std::vector<uint32_t> free_;  // slots that are not live
  std::unordered_map<uint64_t, uint32_t> by_token_;
};

}  // namespace

Result<std::unique_ptr<Waiter>> create_io_uring_waiter() noexcept try {
  auto waiter = std::make_unique<IoUringWaiter>();
  if (waiter->init()) return waiter;
  AVA_DEBUG("no io_uring: %s", std::strerror(errno));
  return fail(Error::kSystem);
} catch (const std::bad_alloc&) {
  return fail(Error::kSystem);
}

}  // namespace ava::transport
