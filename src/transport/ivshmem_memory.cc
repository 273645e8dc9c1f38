#include "transport/ivshmem_memory.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <span>

#include "base/error.h"
#include "base/log.h"
#include "base/send_with_fds.h"
#include "transport/ivshmem_words.h"

namespace ava::transport {
namespace {

// Peer numbers of QEMU's protocol.
constexpr uint32_t kHostPeer = 0;
constexpr int64_t kGuestPeer = 1;

constexpr uint64_t kFirstSlice = AVA_IVSHMEM_ALIGN;
constexpr uint64_t kRegionOffset = sizeof(ava_ivshmem_control);

static_assert(sizeof(ava_ivshmem_header) <= AVA_IVSHMEM_LEASES_OFFSET);
static_assert(offsetof(ava_ivshmem_header, cleaned) == 256);
static_assert(AVA_IVSHMEM_LEASES_OFFSET + sizeof(ava_ivshmem_leases) <= kFirstSlice);
static_assert(sizeof(ava_ivshmem_control) == kPage);
static_assert(offsetof(ava_ivshmem_control, answered) == 64);
static_assert(offsetof(ava_ivshmem_control, asker_parked) == 128);
static_assert(offsetof(ava_ivshmem_control, question) == 1024);

uint64_t slice_size_of(const IvshmemMemory::Shape& shape) noexcept {
  if (shape.slices == 0 || shape.size < kFirstSlice) return 0;
  return (shape.size - kFirstSlice) / shape.slices / AVA_IVSHMEM_ALIGN * AVA_IVSHMEM_ALIGN;
}

UniqueFd make_eventfd() noexcept {
  // Non-blocking: the other side may fill it up, and must not block who else writes.
  return UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

void add_one(int eventfd) noexcept {
  // Fails only where 2^64 - 2 rings have not been answered yet: an answer is on its way.
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(eventfd, &one, sizeof one);
}

// One message of QEMU's protocol: a little-endian number, with or without descriptors.
Result<void> send_number(int socket, int64_t number, std::initializer_list<int> fds = {}) noexcept {
  static_assert(std::endian::native == std::endian::little);
  if (send_with_fds(socket, std::as_bytes(std::span(&number, 1)), fds, MSG_DONTWAIT)) return {};
  return fail(Error::kClosed);
}

}  // namespace

uint64_t IvshmemMemory::arena_size(const Shape& shape) noexcept {
  const uint64_t size = slice_size_of(shape);
  const uint64_t taken = kRegionOffset + kArenaOffset;
  return size > taken ? size - taken : 0;
}

Result<std::unique_ptr<IvshmemMemory>> IvshmemMemory::create(const Shape& shape) {
  auto memory = SharedMemory::create("ava-machine", shape.size);
  if (!memory) return fail(memory.error());
  std::unique_ptr<IvshmemMemory> made(new IvshmemMemory(shape, std::move(*memory)));
  for (uint32_t i = 0; i <= shape.slices; ++i) {
    made->doorbells_.push_back(make_eventfd());
    made->interrupts_.push_back(make_eventfd());
    if (!made->doorbells_.back() || !made->interrupts_.back()) {
      AVA_ERROR("cannot make a machine's doorbells: %s", std::strerror(errno));
      return fail(Error::kSystem);
    }
  }
  made->format();
  return made;
}

IvshmemMemory::IvshmemMemory(const Shape& shape, SharedMemory memory) noexcept
    : shape_(shape), slice_size_(slice_size_of(shape)), memory_(std::move(memory)) {}

void IvshmemMemory::format() noexcept {
  ava_ivshmem_header header{};
  header.magic = AVA_IVSHMEM_MAGIC;
  header.version = AVA_IVSHMEM_VERSION;
  header.version_min = AVA_IVSHMEM_VERSION_MIN;
  header.size = shape_.size;
  // Only for people who compare logs; what is left where the kernel has no entropy yet will do.
  [[maybe_unused]] const ssize_t random =
      ::getrandom(&header.instance, sizeof header.instance, GRND_NONBLOCK);
  header.slices = shape_.slices;
  header.vectors = shape_.doorbells ? 1 + shape_.slices : 0;
  header.host_peer = kHostPeer;
  header.slice_offset = kFirstSlice;
  header.slice_size = slice_size_;
  header.region_offset = kRegionOffset;
  header.end_offset = kRegionOffset + offsetof(RegionHeader, session_end);
  header.end_value = static_cast<uint32_t>(Error::kClosed);
  std::memcpy(memory_.bytes().data(), &header, sizeof header);
}

Result<void> IvshmemMemory::introduce(int socket) const noexcept {
  // Protocol version 0, the guest's own number, the memory; then each peer with its vectors, in
  // order, the guest's own last.
  auto sent = send_number(socket, 0);
  if (sent) sent = send_number(socket, kGuestPeer);
  if (sent) sent = send_number(socket, -1, {memory_.fd()});
  for (const UniqueFd& doorbell : doorbells_) {
    if (sent) sent = send_number(socket, kHostPeer, {doorbell.get()});
  }
  for (const UniqueFd& interrupt : interrupts_) {
    if (sent) sent = send_number(socket, kGuestPeer, {interrupt.get()});
  }
  return sent;
}

std::span<std::byte> IvshmemMemory::slice(uint32_t slice) const noexcept {
  return memory_.bytes().subspan(kFirstSlice + slice * slice_size_, slice_size_);
}

ava_ivshmem_control& IvshmemMemory::control(uint32_t number) const noexcept {
  return *reinterpret_cast<ava_ivshmem_control*>(slice(number).data());
}

uint64_t IvshmemMemory::region_offset(uint32_t slice) const noexcept {
  return kFirstSlice + slice * slice_size_ + kRegionOffset;
}

std::span<std::byte> IvshmemMemory::region(uint32_t number) const noexcept {
  return slice(number).subspan(kRegionOffset);
}

void IvshmemMemory::interrupt(uint32_t slice) const noexcept { add_one(interrupt_fd(slice)); }

bool IvshmemMemory::ring_for_guest(uint32_t slice) const noexcept {
  const RegionHeader& header = RegionView(region(slice)).header();
  const bool some =
      std::any_of(std::begin(header.pending), std::end(header.pending),
                  [](const auto& word) { return word.load(std::memory_order_relaxed) != 0; });
  if (some) add_one(doorbell(slice));
  return some;
}

uint32_t IvshmemMemory::lease(uint32_t slice) const noexcept {
  auto* leases =
      reinterpret_cast<ava_ivshmem_leases*>(memory_.bytes().data() + AVA_IVSHMEM_LEASES_OFFSET);
  return load_word(leases->lease[slice]);
}

Result<void> IvshmemMemory::clean(uint32_t slice) const noexcept {
  const auto offset = static_cast<off_t>(kFirstSlice + slice * slice_size_);
  int result;
  do {
    result = ::fallocate(memory_.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
                         static_cast<off_t>(slice_size_));
  } while (result != 0 && errno == EINTR);
  if (result == 0) return {};
  AVA_ERROR("cannot make a slice of a machine's memory zero: %s", std::strerror(errno));
  return fail(Error::kSystem);
}

void IvshmemMemory::announce_clean(uint32_t slice, uint32_t lease) const noexcept {
  auto* header = reinterpret_cast<ava_ivshmem_header*>(memory_.bytes().data());
  store_word(header->cleaned[slice], lease);
  add_one(interrupts_[0].get());
}

uint32_t IvshmemMemory::asked(uint32_t slice) const noexcept {
  return load_word(control(slice).asked);
}

void IvshmemMemory::copy_question(uint32_t slice, Message& question) const noexcept {
  std::memcpy(question.data(), control(slice).question, question.size());
}

void IvshmemMemory::answer(uint32_t slice, uint32_t number,
                           std::span<const std::byte> answer) const noexcept {
  ava_ivshmem_control& mailbox = control(slice);
  std::memcpy(mailbox.answer, answer.data(), answer.size());
  store_word(mailbox.answered, number);
  // [park] The asker announces, then looks at `answered`.
  if (claim_wake(asker_of(mailbox))) interrupt(slice);
}

void IvshmemMemory::return_ping(uint32_t slice) const noexcept {
  ava_ivshmem_control& mailbox = control(slice);
  const uint32_t ping = load_word(mailbox.ping);
  if (load_word(mailbox.pong) != ping) store_word(mailbox.pong, ping);
}

}  // namespace ava::transport
