#include "guest/pending.h"

#include <cstring>
#include <new>

#include "guest/bulk.h"
#include "guest/session.h"

namespace ava::guest {

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

PendingBulk::Slot PendingBulk::add(const Block& block, uint64_t size, void* destination) noexcept {
  const std::lock_guard lock(mutex_);
  if (free_slots_.empty()) return {0, 0};
  const uint32_t slot = free_slots_.back();
  const uint64_t ticket = ++last_ticket_;
  try {
    transfers_.push_back({ticket, block, size, destination, slot, 0, 0});
  } catch (const std::bad_alloc&) {
    return {0, 0};
  }
  free_slots_.pop_back();
  session_.region().completion(slot).store(0, std::memory_order_relaxed);
  count_.store(static_cast<uint32_t>(transfers_.size()), std::memory_order_release);
  return {slot, ticket};
}

void PendingBulk::cancel(uint64_t ticket, Channel& channel) noexcept {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < transfers_.size(); ++i) {
    if (transfers_[i].ticket != ticket) continue;
    give_back(session_, transfers_[i].block, &channel);
    drop(i);
    return;
  }
}

void PendingBulk::add_until_executed(const Block& block, uint32_t channel,
                                     uint64_t position) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    transfers_.push_back({++last_ticket_, block, 0, nullptr, 0, channel, position});
  } catch (const std::bad_alloc&) {
    return;  // the block stays taken until the session's end
  }
  count_.store(static_cast<uint32_t>(transfers_.size()), std::memory_order_release);
}

bool PendingBulk::land() noexcept {
  if (count_.load(std::memory_order_acquire) == 0) return true;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < transfers_.size();) {
    const Transfer& transfer = transfers_[i];
    int32_t status = 0;
    if (!through(transfer, status)) {
      ++i;
      continue;
    }
    if (transfer.destination != nullptr && status >= 0 &&
        !fetch(session_, transfer.block, transfer.destination, transfer.size)) {
      return false;
    }
    give_back(session_, transfer.block);
    drop(i);
  }
  return true;
}

bool PendingBulk::through(const Transfer& transfer, int32_t& status) const noexcept {
  if (transfer.slot == 0) return session_.executed(transfer.channel) >= transfer.position;
  // [complete] Pairs with the server's release store: the bytes come before it.
  const uint64_t word = session_.region().completion(transfer.slot).load(std::memory_order_acquire);
  status = transport::completion_status(word);
  return word != 0;
}

void PendingBulk::drop(size_t index) noexcept {
  if (transfers_[index].slot != 0) free_slots_.push_back(transfers_[index].slot);
  transfers_[index] = transfers_.back();
  transfers_.pop_back();
  count_.store(static_cast<uint32_t>(transfers_.size()), std::memory_order_release);
}

}  // namespace ava::guest
