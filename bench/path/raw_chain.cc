// The floor under a call through three processes: two rings and an answer in plain shared memory.
//
//   guest --[requests]--> router --[forwarded]--> server
//     ^------------------[answer]-------------------+
//
// What it leaves out is what AvA adds: variable sizes, encoding, checks, hostile peers, several
// channels, a native call. What it keeps is what no design avoids: three processes that hand 64
// bytes on, and each has to notice.
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "path/chain.h"

namespace ava::bench {
namespace {

constexpr uint64_t kSlots = 256;  // calls that fit in a ring; more than any window

struct Slot {
  uint64_t wants_answer;
  std::byte payload[kPayload - sizeof(uint64_t)];
};

// A place where one party waits for another. Which way it sleeps is its owner's choice.
struct Doorbell {
  alignas(64) std::atomic<uint32_t> sleeping;
  int fd = -1;  // an eventfd, the same number in all three processes
};

struct Ring {
  alignas(64) std::atomic<uint64_t> tail;  // slots ever published
  alignas(64) std::atomic<uint64_t> head;  // slots ever consumed
  Doorbell consumer;
  Slot slots[kSlots];
};

struct Region {
  Ring requests;
  Ring forwarded;
  alignas(64) std::atomic<uint64_t> answered;  // position of the last answer
  Slot answer;
  Doorbell guest;
  // Outside a round the parties of a yielding chain sleep here.
  alignas(64) std::atomic<uint32_t> in_round;
};

int make_eventfd() {
  const int fd = ::eventfd(0, EFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

void signal_fd(int fd) {
  const uint64_t one = 1;
  if (::write(fd, &one, sizeof one) < 0) ::_exit(1);
}

void sleep_on(int fd) {
  uint64_t count;
  while (::read(fd, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

// Sleeps at once; a waker makes a system call only for a sleeper.
struct EventfdWait {
  template <typename Ready>
  static void wait(Region&, Doorbell& bell, Ready&& ready) {
    while (!ready()) {
      bell.sleeping.store(1, std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_seq_cst);  // [sleep]
      if (ready()) {
        bell.sleeping.store(0, std::memory_order_relaxed);
        return;
      }
      sleep_on(bell.fd);
    }
  }
  static void wake(Doorbell& bell) {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // [sleep] either sees the other
    if (bell.sleeping.load(std::memory_order_relaxed) != 0 && bell.sleeping.exchange(0) != 0) {
      signal_fd(bell.fd);
    }
  }
};

// Gives the processor away until there is something; sleeps only between rounds.
struct YieldWait {
  template <typename Ready>
  static void wait(Region& region, Doorbell& bell, Ready&& ready) {
    while (!ready()) {
      if (region.in_round.load(std::memory_order_relaxed) == 0) sleep_on(bell.fd);
      ::sched_yield();
    }
  }
  static void wake(Doorbell&) {}
};

template <typename Wait>
class RawChain final : public Chain {
 public:
  explicit RawChain(const Placement& placement) {
    region_->requests.consumer.fd = make_eventfd();
    region_->forwarded.consumer.fd = make_eventfd();
    region_->guest.fd = make_eventfd();
    region_->in_round = 1;  // the parties start by waiting for the first round's work
    router_ = Child::fork(placement.router, [this] { route(); });
    server_ = Child::fork(placement.server, [this] { serve(); });
    region_->in_round = 0;
  }
  ~RawChain() override {
    router_ = Child();  // before their memory
    server_ = Child();
    ::close(region_->requests.consumer.fd);
    ::close(region_->forwarded.consumer.fd);
    ::close(region_->guest.fd);
  }

  void begin_round() override {
    if constexpr (std::is_same_v<Wait, YieldWait>) {
      region_->in_round = 1;
      signal_fd(region_->requests.consumer.fd);
      signal_fd(region_->forwarded.consumer.fd);
    }
  }
  void end_round() override { region_->in_round = 0; }

  void call() override {
    publish(true);
    await();
  }
  bool window(unsigned count) override {
    for (unsigned i = 0; i < count; ++i) publish(false);
    call();
    return true;
  }
  std::vector<pid_t> parties() const override { return {router_.pid(), server_.pid()}; }

 private:
  void publish(bool wants_answer) {
    Slot slot{};
    slot.wants_answer = wants_answer;
    put(region_->requests, sent_++, slot);
    if (wants_answer) Wait::wake(region_->requests.consumer);
  }

  void await() {
    Wait::wait(*region_, region_->guest, [&] {
      return region_->answered.load(std::memory_order_acquire) == sent_;  // [answer]
    });
    Slot copy;
    std::memcpy(&copy, &region_->answer, sizeof copy);
    asm volatile("" : : "m"(copy) : "memory");  // the copy is part of the cost
  }

  static void put(Ring& ring, uint64_t position, const Slot& slot) {
    ring.slots[position % kSlots] = slot;
    ring.tail.store(position + 1, std::memory_order_release);  // [publish]
  }
  static bool has(const Ring& ring, uint64_t position) {
    return ring.tail.load(std::memory_order_acquire) != position;  // [publish]
  }
  static Slot take(Ring& ring, uint64_t position) {
    const Slot slot = ring.slots[position % kSlots];
    ring.head.store(position + 1, std::memory_order_release);
    return slot;
  }

  void route() {
    for (uint64_t next = 0;; ++next) {
      Wait::wait(*region_, region_->requests.consumer,
                 [&] { return has(region_->requests, next); });
      const Slot slot = take(region_->requests, next);
      put(region_->forwarded, next, slot);
      if (slot.wants_answer != 0) Wait::wake(region_->forwarded.consumer);
    }
  }

  void serve() {
    for (uint64_t next = 0;; ++next) {
      Wait::wait(*region_, region_->forwarded.consumer,
                 [&] { return has(region_->forwarded, next); });
      const Slot slot = take(region_->forwarded, next);
      if (slot.wants_answer == 0) continue;
      region_->answer = slot;
      region_->answered.store(next + 1, std::memory_order_release);  // [answer]
      Wait::wake(region_->guest);
    }
  }

  Shared<Region> region_;
  uint64_t sent_ = 0;
  Child router_;
  Child server_;
};

}  // namespace

std::unique_ptr<Chain> make_eventfd_chain(const Placement& placement) {
  return std::make_unique<RawChain<EventfdWait>>(placement);
}

std::unique_ptr<Chain> make_yield_chain(const Placement& placement) {
  return std::make_unique<RawChain<YieldWait>>(placement);
}

}  // namespace ava::bench
