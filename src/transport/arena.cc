#include "transport/arena.h"

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "transport/layout.h"
#include "transport/page_runs.h"
#include "transport/residency.h"
#include "transport/slabs.h"

namespace ava::transport {
namespace {

// free() gives memory back only where this much lies idle, and was idle for this long: what a
// program uses in turns must not be taken anew each time.
constexpr uint64_t kKeepIdle = 16 * 1024 * 1024;
constexpr int64_t kIdleTime = kSecond;
constexpr size_t kExtentsAFree = 4;  // at about 20 us each, what one free() may cost

}  // namespace

struct Arena::State {
  explicit State(std::span<std::byte> bytes)
      : runs(static_cast<uint32_t>(std::min<uint64_t>(bytes.size() / kPage, kNoPage - 1))),
        slabs(runs),
        residency(bytes) {}

  // Pages in a row, after sacrificing slabs that are only kept for speed, or kNoPage. What is to be
  // prefaulted goes to `fresh`.
  uint32_t take_pages(uint32_t count, std::span<std::byte>& fresh) noexcept {
    uint32_t first = runs.take(count);
    while (first == kNoPage && drop_unused_slab()) first = runs.take(count);
    if (first != kNoPage) fresh = residency.use(first, count);
    return first;
  }

  void give_pages(uint32_t first) noexcept { residency.disuse(first, runs.give(first)); }

  bool drop_unused_slab() noexcept {
    const uint32_t slab = slabs.remove_unused();
    if (slab != kNoPage) give_pages(slab);
    return slab != kNoPage;
  }

  PageRuns runs;
  Slabs slabs;
  Residency residency;
  uint64_t used = 0;
};

Arena::Arena() noexcept = default;
Arena::~Arena() = default;

Arena::Arena(std::span<std::byte> bytes) noexcept try
    : bytes_(bytes), state_(std::make_unique<State>(bytes)) {
} catch (const std::bad_alloc&) {
  AVA_ERROR("no memory to keep records of an arena: it counts as full");
}

Result<uint64_t> Arena::allocate(uint64_t size) noexcept {
  if (size > bytes_.size() || state_ == nullptr) return fail(Error::kExhausted);
  return size <= Slabs::kLargest ? allocate_block(size) : allocate_pages(size);
}

Result<uint64_t> Arena::allocate_block(uint64_t size) noexcept {
  const uint8_t size_class = Slabs::class_of(std::max<uint64_t>(size, 1));
  std::span<std::byte> fresh;
  std::unique_lock lock(mutex_);
  uint64_t offset = state_->slabs.take(size_class);
  if (offset == ~uint64_t{0}) {
    const uint32_t first = state_->take_pages(Slabs::kPages, fresh);
    if (first == kNoPage) return fail(Error::kExhausted);
    state_->slabs.add_slab(size_class, first);
    offset = state_->slabs.take(size_class);
  }
  state_->used += Slabs::size_of(size_class);
  return prefault(lock, offset, fresh);
}

Result<uint64_t> Arena::allocate_pages(uint64_t size) noexcept {
  const auto count = static_cast<uint32_t>((size + kPage - 1) / kPage);
  std::span<std::byte> fresh;
  std::unique_lock lock(mutex_);
  const uint32_t first = state_->take_pages(count, fresh);
  if (first == kNoPage) return fail(Error::kExhausted);
  state_->used += count * kPage;
  return prefault(lock, first * kPage, fresh);
}

// Outside the lock, as it may take long: nobody else gets, or gives back, what is in use now.
Result<uint64_t> Arena::prefault(std::unique_lock<std::mutex>& lock, uint64_t offset,
                                 std::span<std::byte> fresh) noexcept {
  if (fresh.empty()) return offset;
  lock.unlock();
  if (Residency::prefault(fresh)) return offset;
  lock.lock();
  state_->residency.not_resident(fresh);
  release(offset);
  return fail(Error::kExhausted);  // the host has less than it promised
}

void Arena::free(uint64_t offset) noexcept {
  const std::lock_guard lock(mutex_);
  release(offset);
  if (state_->residency.idle() > kKeepIdle) {
    state_->residency.give_back(now_ns() - kIdleTime, kKeepIdle, kExtentsAFree);
  }
}

void Arena::release(uint64_t offset) noexcept {
  const auto page = static_cast<uint32_t>(offset / kPage);
  if (state_->runs.page(page).state == Page::State::kSlab) {
    const Slabs::Freed freed = state_->slabs.free(offset);
    state_->used -= Slabs::size_of(freed.size_class);
    if (freed.unused_slab != kNoPage) state_->give_pages(freed.unused_slab);
  } else {
    state_->used -= state_->runs.page(page).count * kPage;
    state_->give_pages(page);
  }
}

uint64_t Arena::trim(int64_t idle_ns) noexcept {
  const std::lock_guard lock(mutex_);
  if (state_ == nullptr) return 0;
  while (state_->drop_unused_slab()) {
  }
  return state_->residency.give_back(now_ns() - idle_ns, 0, ~size_t{0});
}

uint64_t Arena::used() const noexcept {
  const std::lock_guard lock(mutex_);
  return state_ == nullptr ? 0 : state_->used;
}

uint64_t Arena::resident() const noexcept {
  const std::lock_guard lock(mutex_);
  return state_ == nullptr ? 0 : state_->residency.resident();
}

}  // namespace ava::transport
