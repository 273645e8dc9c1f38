#include "guest/channel.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/clock.h"
#include "guest/session.h"
#include "transport/doorbell.h"

namespace ava::guest {
namespace {

using marshal::Dependency;
using marshal::FrameHeader;

constexpr uint64_t kMaxHead = sizeof(FrameHeader) + marshal::kMaxDependencies * sizeof(Dependency);

// Where a channel's memory begins in its mapping, and the mapping's size. What is not used costs
// nothing.
constexpr uint64_t kScratchOffset = (sizeof(Channel) + 63) / 64 * 64;
constexpr uint64_t kReplyOffset = CallScratch::kMemory;
constexpr uint64_t kMemory = kScratchOffset + kReplyOffset + transport::kReplyCapacity;
static_assert(kReplyOffset % 8 == 0);

}  // namespace

Channel* Channel::create(Session& session, uint32_t number) noexcept {
  void* const memory = ::mmap(nullptr, kMemory, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  return new (memory) Channel(session, number, static_cast<std::byte*>(memory) + kScratchOffset);
}

void Channel::destroy(Channel* channel) noexcept {
  if (channel == nullptr) return;
  channel->~Channel();
  ::munmap(channel, kMemory);
}

Channel::Channel(Session& session, uint32_t number, std::byte* memory) noexcept
    : session_(session),
      number_(number),
      writer_(session.region().request_control(number), session.region().request_bytes(number), 0),
      reply_control_(&session.region().reply_control(number)),
      reply_bytes_(session.region().reply_bytes(number)),
      reply_copy_(memory + kReplyOffset),
      scratch_(memory) {}

Result<void> Channel::await_room(uint64_t body_size) noexcept {
  if (kMaxHead + body_size > marshal::kMaxFrame) return fail(Error::kFrameTooLarge);
  auto room = writer_.reserve(kMaxHead + body_size);
  if (room) return {};
  // What fills the ring may be quiet calls of which the router was never told.
  notify(true);
  transport::ParkWord& parked = writer_.control().producer_parked;
  room_spin_.start();
  bool slept = false;
  while (!(room = writer_.reserve(kMaxHead + body_size)) && room.error() == Error::kWouldBlock) {
    if (session_.ended()) return fail(Error::kClosed);
    if (room_spin_.yield()) continue;
    slept = true;
    transport::announce_park(parked);
    if (!(room = writer_.reserve(kMaxHead + body_size)) && !session_.ended()) {
      session_.sleep(parked);
    }
    transport::cancel_park(parked);
  }
  room_spin_.finish(slept);
  if (!room) {  // the router's position is impossible: there is nobody to talk to
    session_.end(room.error());
    return fail(Error::kClosed);
  }
  return {};
}

uint64_t Channel::next_position(uint64_t dependencies, uint64_t body_size) const noexcept {
  return writer_.next_position(sizeof(FrameHeader) + dependencies * sizeof(Dependency) + body_size);
}

uint64_t Channel::write(uint32_t function, uint16_t flags, std::span<const Dependency> dependencies,
                        std::span<const std::byte> body) noexcept {
  struct {
    FrameHeader header;
    Dependency dependencies[marshal::kMaxDependencies];
  } head;
  static_assert(sizeof head == kMaxHead);
  head.header = {};
  head.header.flags = flags;
  head.header.dependency_count = static_cast<uint8_t>(dependencies.size());
  head.header.body_size = static_cast<uint32_t>(body.size());
  std::copy(dependencies.begin(), dependencies.end(), head.dependencies);
  const auto bytes = std::as_bytes(std::span(&head, 1));
  // Succeeds: await_room saw the room, and nobody else writes here.
  const auto position = writer_.try_write(
      function, bytes.first(sizeof(FrameHeader) + dependencies.size_bytes()), body);
  return position.value_or(writer_.position());
}

void Channel::notify(bool wake) noexcept {
  bool fresh = false;
  if (!transport::publish_notice(session_.region().header(), writer_.control(), number_, &fresh)) {
    return;
  }
  if (fresh) rung_ = false;
  if (!wake || rung_) return;
  rung_ = true;
  session_.transport().ring_doorbell();
}

void Channel::expect_reply(uint64_t position) noexcept {
  // A completion word that is left from 4 GiB of frames ago would look like the answer. Positions
  // are multiples of 8, so this generation is nobody's.
  const auto generation = static_cast<uint32_t>(position);
  auto& completion = reply_control_->completion;
  if (transport::completion_generation(completion.load(std::memory_order_relaxed)) == generation) {
    completion.store(transport::make_completion(generation + 1, 0), std::memory_order_relaxed);
  }
}

bool Channel::replied(uint64_t position, int32_t& status) noexcept {
  // [reply] Pairs with the server's release store: the reply's bytes come before it.
  const uint64_t word = reply_control_->completion.load(std::memory_order_acquire);
  if (transport::completion_generation(word) != static_cast<uint32_t>(position)) return false;
  status = transport::completion_status(word);
  return true;
}

bool Channel::await_reply(uint64_t position, int32_t& status) noexcept {
  transport::ParkWord& parked = reply_control_->guest_parked;
  reply_spin_.start();
  bool slept = false;
  while (!replied(position, status)) {
    // A reply that came right before the end is one: look again.
    if (session_.ended()) return replied(position, status);
    if (reply_spin_.yield()) continue;
    slept = true;
    transport::announce_park(parked);
    if (!replied(position, status) && !session_.ended()) session_.sleep(parked);
    transport::cancel_park(parked);
  }
  reply_spin_.finish(slept);
  return true;
}

std::span<std::byte> Channel::reply() noexcept {
  const uint32_t size = reply_control_->reply_size.load(std::memory_order_relaxed);
  const auto bytes = reply_bytes_.first(std::min<uint64_t>(size, reply_bytes_.size()));
  if (!session_.may_vanish()) return bytes;
  std::memcpy(reply_copy_, bytes.data(), bytes.size());
  if (session_.vanished()) return {};
  return {reply_copy_, bytes.size()};
}

}  // namespace ava::guest
