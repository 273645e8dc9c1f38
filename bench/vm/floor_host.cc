// The floor of a call out of a virtual machine: 64 bytes through three processes, with nothing but
// the memory, doorbells and interrupts of an ivshmem device between the guest and the other two.
// This is those two: one hears the guest, the other answers it.
//
//   floor_host SOCKET    serves one QEMU on SOCKET until that goes
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "floor.h"
#include "transport/host_control.h"
#include "transport/ivshmem_memory.h"

namespace {

using namespace ava;
using transport::IvshmemMemory;

constexpr IvshmemMemory::Shape kShape{.size = uint64_t{1} << 30, .slices = 1, .doorbells = true};

// Between the two processes.
struct Relay {
  std::atomic<uint32_t> mode;
  alignas(64) std::atomic<uint32_t> asked;
  alignas(64) uint8_t payload[FLOOR_PAYLOAD];
};

uint32_t load(uint32_t& word) { return std::atomic_ref(word).load(std::memory_order_acquire); }

void sleep_on(int eventfd) {
  uint64_t count;
  pollfd item{eventfd, POLLIN, 0};
  while (::read(eventfd, &count, sizeof count) != ssize_t{sizeof count}) ::poll(&item, 1, -1);
}

void ring(int eventfd) {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(eventfd, &one, sizeof one);
}

// Hears the guest and hands on.
[[noreturn]] void hear(const IvshmemMemory& memory, FloorWords& words, Relay& relay, int next) {
  uint32_t heard = 0;
  const auto hand_on = [&](uint32_t asked) {
    heard = asked;
    std::memcpy(relay.payload, words.question, sizeof relay.payload);
    relay.asked.store(asked, std::memory_order_release);
  };
  for (;;) {
    sleep_on(memory.doorbell(0));
    const uint32_t mode = load(words.mode);
    relay.mode.store(mode);
    if (mode == kFloorBlock) {
      const uint32_t asked = load(words.asked);
      if (asked != heard) hand_on(asked);
      ring(next);
      continue;
    }
    ring(next);
    while (load(words.mode) == kFloorYield) {
      if (const uint32_t asked = load(words.asked); asked != heard) {
        hand_on(asked);
      } else {
        ::sched_yield();
      }
    }
    relay.mode.store(kFloorBlock);
  }
}

// Answers the guest directly.
[[noreturn]] void answer(const IvshmemMemory& memory, FloorWords& words, Relay& relay, int turn) {
  uint32_t done = 0;
  const auto reply = [&](uint32_t asked) {
    done = asked;
    std::memcpy(words.answer, relay.payload, sizeof words.answer);
    std::atomic_ref(words.answered).store(asked, std::memory_order_seq_cst);
    if (std::atomic_ref(words.parked).exchange(0) != 0) memory.interrupt(0);
  };
  for (;;) {
    sleep_on(turn);
    do {
      if (const uint32_t asked = relay.asked.load(std::memory_order_acquire); asked != done) {
        reply(asked);
      } else if (relay.mode.load() == kFloorYield) {
        ::sched_yield();
      }
    } while (relay.mode.load() == kFloorYield);
    // What came with the change of mode.
    if (const uint32_t asked = relay.asked.load(std::memory_order_acquire); asked != done) {
      reply(asked);
    }
  }
}

int serve(const char* path) {
  auto listener = transport::ControlListener::listen(path, 0600, SOCK_STREAM);
  auto memory = IvshmemMemory::create(kShape);
  if (!listener || !memory) return 1;
  pollfd waiting{(*listener)->fd(), POLLIN, 0};
  std::puts("ready");
  std::fflush(stdout);
  ::poll(&waiting, 1, -1);
  const auto qemu = (*listener)->accept_socket();
  if (!qemu || !(*memory)->introduce(qemu->get())) return 1;

  void* shared =
      ::mmap(nullptr, sizeof(Relay), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& relay = *new (shared) Relay{};
  const int turn = ::eventfd(0, EFD_NONBLOCK);
  const uint64_t offset = (*memory)->region_offset(0);
  // The library keeps the memory out of children; these map it themselves.
  const auto words = [&]() -> FloorWords& {
    void* data = ::mmap(nullptr, sizeof(FloorWords), PROT_READ | PROT_WRITE, MAP_SHARED,
                        (*memory)->fd(), static_cast<off_t>(offset));
    return *static_cast<FloorWords*>(data);
  };
  for (const bool first : {true, false}) {
    if (::fork() != 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (first) hear(**memory, words(), relay, turn);
    answer(**memory, words(), relay, turn);
  }
  // One program after the other has the slice, and goes on counting where the last one stopped.
  pollfd items[] = {{qemu->get(), POLLIN, 0}, {(*memory)->control_doorbell(), POLLIN, 0}};
  while (::poll(items, 2, -1) >= 0 && items[0].revents == 0) {
    sleep_on((*memory)->control_doorbell());
    const uint32_t lease = (*memory)->lease(0);
    if (lease % 2 == 0) (*memory)->announce_clean(0, lease);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: floor_host SOCKET\n", stderr);
    return 2;
  }
  return serve(argv[1]);
}
