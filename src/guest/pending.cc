#include "guest/pending.h"

#include <algorithm>
#include <new>

#include "guest/bulk.h"
#include "guest/request.h"
#include "guest/session.h"
#include "marshal/wire_generated.h"

namespace ava::guest {
namespace {

constexpr uint64_t kNever = ~uint64_t{0};  // a position that no channel reaches

uintptr_t begin_of(const void* data) noexcept { return reinterpret_cast<uintptr_t>(data); }

// Do the bytes behind these have some in common? Neither range is empty, nor wraps around.
bool overlap(uintptr_t one, uint64_t size, uintptr_t other, uint64_t other_size) noexcept {
  return one < other + other_size && other < one + size;
}

// One number for blocks of both kinds; offsets in the arena are far below the highest bit.
uint64_t key_of(const Block& block) noexcept {
  return block.offset | uint64_t{block.space == marshal::Space::kSpill} << 63;
}

}  // namespace

PendingBulk::PendingBulk(Session& session) noexcept : session_(session) {
  try {
    free_slots_.reserve(transport::kCompletionSlots);
    transfers_.reserve(transport::kCompletionSlots);
    // 0 is no slot. From the end, so that the first ones are used first and stay in the cache.
    for (uint32_t i = transport::kCompletionSlots - 1; i > 0; --i) free_slots_.push_back(i);
  } catch (const std::bad_alloc&) {
    free_slots_.clear();  // calls that need one fail as exhausted
  }
}

PendingBulk::Slot PendingBulk::add(const Block& block, void* destination,
                                   const marshal::Box& box) noexcept {
  const std::lock_guard lock(mutex_);
  return append_with_slot({.block = block, .destination = destination, .box = box});
}

PendingBulk::Source PendingBulk::source(const void* data, uint64_t size, bool until_complete,
                                        Block& block, uint64_t& offset, Slot& slot) noexcept {
  if (outputs_.load(std::memory_order_acquire) == 0) return Source::kMemory;
  const uintptr_t begin = begin_of(data);
  const std::lock_guard lock(mutex_);
  // The latest one's bytes are those that stay.
  const auto latest = std::find_if(transfers_.rbegin(), transfers_.rend(), [&](const auto& each) {
    return each.destination != nullptr &&
           overlap(begin, size, begin_of(each.destination), marshal::extent(each.box));
  });
  if (latest == transfers_.rend()) return Source::kMemory;
  const uintptr_t to = begin_of(latest->destination);
  look(*latest);
  // Bytes with gaps between them are not the input's.
  const bool inside = begin >= to && begin + size <= to + marshal::content(latest->box) &&
                      marshal::is_packed(latest->box);
  // A spill is named as a whole, from its beginning.
  const bool has_name = latest->block.space == marshal::Space::kArena || begin == to;
  if (latest->through || !inside || !has_name) return Source::kSeveral;

  slot = {0, 0};
  if (!share(*latest)) return Source::kOutput;
  Transfer input{.block = latest->block, .position = kNever, .shared = true};
  block = latest->block;  // before the list grows, and moves
  offset = begin - to;
  if (until_complete) {
    slot = append_with_slot(input);
  } else {
    input.ticket = ++last_ticket_;
    if (append(input)) slot.ticket = input.ticket;
  }
  if (slot.ticket == 0) end(input, nullptr);
  return Source::kOutput;
}

bool PendingBulk::brings(const void* data, uint64_t size) noexcept {
  if (outputs_.load(std::memory_order_acquire) == 0) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(transfers_.begin(), transfers_.end(), [&](const Transfer& each) {
    return each.destination != nullptr &&
           overlap(begin_of(data), size, begin_of(each.destination), marshal::extent(each.box));
  });
}

void PendingBulk::cancel(uint64_t ticket, Channel& channel) noexcept {
  const std::lock_guard lock(mutex_);
  const auto at = std::find_if(transfers_.begin(), transfers_.end(),
                               [&](const auto& each) { return each.ticket == ticket; });
  if (at == transfers_.end()) return;
  end(*at, &channel);
  transfers_.erase(at);
  count_.store(static_cast<uint32_t>(transfers_.size()), std::memory_order_release);
}

bool PendingBulk::abandon(uint64_t ticket) noexcept {
  if (ticket == 0) return false;
  const std::lock_guard lock(mutex_);
  for (Transfer& each : transfers_) {
    if (each.ticket != ticket) continue;
    if (each.destination != nullptr) outputs_.fetch_sub(1, std::memory_order_release);
    each.destination = nullptr;
    return true;
  }
  return false;
}

void PendingBulk::add_until_executed(const Block& block, uint32_t channel,
                                     uint64_t position) noexcept {
  const std::lock_guard lock(mutex_);
  // Without memory for this the block stays taken until the session's end.
  append({.ticket = ++last_ticket_, .block = block, .channel = channel, .position = position});
}

bool PendingBulk::land() noexcept {
  if (count_.load(std::memory_order_acquire) == 0) return true;
  std::unique_lock lock(mutex_);
  for (Transfer& each : transfers_) look(each);
  if (overtaken()) {
    // Either their calls have no order, or the server, which looks at one after the other, looked
    // at the earlier one too early. Having looked once more it knows.
    lock.unlock();
    const bool looked = poll(session_).has_value();
    lock.lock();
    if (!looked) return false;
    for (Transfer& each : transfers_) look(each);
  }
  bool complete = true;
  size_t kept = 0;
  for (const Transfer& each : transfers_) {
    if (each.through && complete && each.destination != nullptr && each.status >= 0) {
      complete = fetch(session_, each.block, each.destination, each.box);
    }
    if (each.through && complete) {
      end(each, nullptr);
    } else {
      transfers_[kept++] = each;
    }
  }
  transfers_.resize(kept);
  count_.store(static_cast<uint32_t>(kept), std::memory_order_release);
  return complete;
}

bool PendingBulk::append(const Transfer& transfer) noexcept {
  try {
    transfers_.push_back(transfer);
  } catch (const std::bad_alloc&) {
    return false;
  }
  count_.store(static_cast<uint32_t>(transfers_.size()), std::memory_order_release);
  if (transfer.destination != nullptr) outputs_.fetch_add(1, std::memory_order_release);
  return true;
}

PendingBulk::Slot PendingBulk::append_with_slot(Transfer transfer) noexcept {
  if (free_slots_.empty()) return {0, 0};
  transfer.slot = free_slots_.back();
  transfer.ticket = ++last_ticket_;
  if (!append(transfer)) return {0, 0};
  free_slots_.pop_back();
  session_.region().completion(transfer.slot).store(0, std::memory_order_relaxed);
  return {transfer.slot, transfer.ticket};
}

// One transfer more has this output's block.
bool PendingBulk::share(Transfer& output) noexcept {
  try {
    auto [at, first] = shared_.try_emplace(key_of(output.block), 1);
    ++at->second;
  } catch (const std::bad_alloc&) {
    return false;
  }
  output.shared = true;
  return true;
}

void PendingBulk::look(Transfer& transfer) const noexcept {
  if (transfer.slot == 0) {
    transfer.through = session_.executed(transfer.channel) >= transfer.position;
    return;
  }
  // [complete] Pairs with the server's release store: the bytes come before it.
  const uint64_t word = session_.region().completion(transfer.slot).load(std::memory_order_acquire);
  transfer.through = word != 0;
  transfer.status = transport::completion_status(word);
}

// Is an output through while an earlier one for the same place is not?
bool PendingBulk::overtaken() const noexcept {
  const auto output = [](const Transfer& each) { return each.destination != nullptr; };
  const auto slowest = std::find_if(transfers_.begin(), transfers_.end(), [&](const auto& each) {
    return output(each) && !each.through;
  });
  for (auto later = slowest; later != transfers_.end(); ++later) {
    if (!output(*later) || !later->through) continue;
    const bool found = std::any_of(slowest, later, [&](const Transfer& each) {
      return output(each) && !each.through &&
             overlap(begin_of(each.destination), marshal::extent(each.box),
                     begin_of(later->destination), marshal::extent(later->box));
    });
    if (found) return true;
  }
  return false;
}

void PendingBulk::end(const Transfer& transfer, Channel* channel) noexcept {
  if (transfer.destination != nullptr) outputs_.fetch_sub(1, std::memory_order_release);
  if (transfer.slot != 0) free_slots_.push_back(transfer.slot);
  if (transfer.shared) {
    const auto at = shared_.find(key_of(transfer.block));
    if (--at->second != 0) return;
    shared_.erase(at);
  }
  give_back(session_, transfer.block, channel);
}

}  // namespace ava::guest
