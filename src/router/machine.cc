#include "router/machine.h"

#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "router/slice_client.h"
#include "router/slice_endpoint.h"

namespace ava::router {
namespace {

constexpr int64_t kRest = kMillisecond;  // between two looks at all slices
// Between two looks at a machine that cannot ring: just after it had something, and at last.
constexpr int64_t kShortNap = 50 * kMicrosecond;
constexpr int64_t kLongNap = 10 * kMillisecond;

}  // namespace

Machine::Machine(const Options& options, std::shared_ptr<const transport::IvshmemMemory> memory)
    : options_(options), memory_(std::move(memory)), slices_(memory_->slices()) {}

Machine::~Machine() {
  watch_ = Loop::Watch();
  // Unmapping gigabytes takes long.
  options_.janitor.run([memory = std::move(memory_)] {});
}

Result<void> Machine::start() {
  if (!memory_->doorbells()) {
    poll(kLongNap);
    return {};
  }
  auto watch = options_.loop.watch(memory_->control_doorbell(), [this] { rung(); });
  if (!watch) return fail(watch.error());
  watch_ = std::move(*watch);
  return {};
}

void Machine::lose() {
  watch_ = Loop::Watch();
  for (Slice& slice : slices_) {
    if (slice.client != nullptr) slice.client->left_("its virtual machine is gone");
  }
}

void Machine::vacate() {
  for (uint32_t number = 0; number < slices_.size(); ++number) {
    Slice& slice = slices_[number];
    slice.left = memory_->lease(number);
    if (slice.client != nullptr) slice.client->left_("its virtual machine is gone");
    look_at(number);
  }
}

void Machine::rung() {
  // Nothing is watched while the machine rests, however often the guest rings: the doorbell is read
  // after that, and a ring in between makes it readable at once.
  watch_ = Loop::Watch();
  look();
  ring_for_guest();  // its device may have fewer doorbells than slices
  look_later();
}

void Machine::poll(int64_t nap_ns) {
  options_.loop.at(now_ns() + nap_ns, [self = weak_from_this(), nap_ns] {
    const auto machine = self.lock();
    if (machine == nullptr) return;
    machine->look();
    machine->poll(machine->ring_for_guest() ? kShortNap : std::min(2 * nap_ns, kLongNap));
  });
}

void Machine::look_later() {
  if (resting_ || !memory_->doorbells()) return;
  resting_ = true;
  options_.loop.at(now_ns() + kRest, [self = weak_from_this()] {
    const auto machine = self.lock();
    if (machine == nullptr) return;
    machine->resting_ = false;
    machine->watch_ = Loop::Watch();
    uint64_t rings;
    [[maybe_unused]] const ssize_t size =
        ::read(machine->memory_->control_doorbell(), &rings, sizeof rings);
    if (!machine->start()) {
      AVA_ERROR("guest %s: cannot watch its doorbell", machine->options_.guest.c_str());
    }
    machine->look();
    machine->ring_for_guest();
  });
}

void Machine::look() {
  for (uint32_t number = 0; number < slices_.size(); ++number) look_at(number);
}

bool Machine::ring_for_guest() {
  bool some = false;
  for (uint32_t number = 0; number < slices_.size(); ++number) {
    if (slices_[number].client != nullptr) some |= memory_->ring_for_guest(number);
  }
  return some;
}

void Machine::look_at(uint32_t number) {
  Slice& slice = slices_[number];
  const uint32_t lease = memory_->lease(number);
  if (slice.occupied) {
    if (slice.client == nullptr) return;  // on its way out
    if (lease != slice.lease) return slice.client->left_("the client left its slice");
    memory_->return_ping(number);
    if (memory_->asked(number) != slice.client->asked_) slice.client->heard_();
    return;
  }
  if (slice.cleaning || lease == slice.cleaned) return;
  // Modulo 2^32, as the guest counts.
  if (lease % 2 == 1 && lease == slice.cleaned + 1 && lease != slice.left)
    return hear_hello(number, lease);
  clean(number, lease);
}

void Machine::hear_hello(uint32_t number, uint32_t lease) {
  Slice& slice = slices_[number];
  memory_->return_ping(number);
  const uint32_t asked = memory_->asked(number);
  if (slice.heard == lease || asked == 0) return;
  slice.heard = lease;
  const auto message = SliceClient::read(*memory_, number);
  if (!message || !std::holds_alternative<transport::HelloMessage>(*message)) {
    AVA_INFO("guest %s: slice %u has something that is no hello", options_.guest.c_str(), number);
    return;
  }
  const auto& hello = std::get<transport::HelloMessage>(*message);
  // Who it is, is the guest's affair: its number is for logs, its user is the machine's.
  transport::PeerCredentials credentials = options_.owner;
  credentials.pid = static_cast<pid_t>(hello.pid & INT32_MAX);
  slice.lease = lease;
  options_.admit(
      {std::make_unique<SliceClient>(shared_from_this(), number, asked), credentials, hello});
}

Result<std::unique_ptr<HostEndpoint>> Machine::occupy(uint32_t number, uint64_t arena_size) {
  Slice& slice = slices_[number];
  if (slice.occupied || slice.cleaning) return fail(Error::kClosed);
  slice.occupied = true;
  const uint64_t most = memory_->region(number).size() - transport::kArenaOffset;
  return std::make_unique<SliceEndpoint>(
      memory_, number, std::min(arena_size, most) / transport::kPage * transport::kPage,
      [&loop = options_.loop, self = weak_from_this(), number] {
        loop.post([self, number] {
          if (const auto machine = self.lock()) machine->released(number);
        });
      });
}

void Machine::listen(uint32_t number, SliceClient* client) noexcept {
  slices_[number].client = client;
}

void Machine::released(uint32_t number) {
  slices_[number].occupied = false;
  look_at(number);
}

void Machine::clean(uint32_t number, uint32_t lease) {
  slices_[number].cleaning = true;
  options_.janitor.run(
      [memory = memory_, &loop = options_.loop, self = weak_from_this(), number, lease] {
        const bool done = memory->clean(number).has_value();
        loop.post([self, number, lease, done] {
          if (const auto machine = self.lock()) machine->cleaned(number, lease, done);
        });
      });
}

void Machine::cleaned(uint32_t number, uint32_t lease, bool done) {
  if (!done) return;  // never lent again: it may hold what was another's
  Slice& slice = slices_[number];
  slice.cleaning = false;
  slice.cleaned = lease;
  slice.left.reset();
  memory_->announce_clean(number, lease);
  // The guest may have gone on meanwhile; one that does so without end waits for its turn.
  if (memory_->lease(number) != lease) look_later();
}

}  // namespace ava::router
