#include "server/completion_tracker.h"

#include <iterator>
#include <utility>

namespace ava::server {

CompletionTracker::~CompletionTracker() {
  for (Entry* list : {first_, spare_}) {
    while (list != nullptr) delete std::exchange(list, list->next);
  }
}

void CompletionTracker::add(void* object, marshal::TypeId type, uint32_t slot, bool owned,
                            Kept kept, MappedCopy copy) {
  const bool completes = type != 0 && type <= types_.size() && types_[type - 1].completion;
  if (object == nullptr || !completes) return complete(slot, -1);
  const std::lock_guard lock(mutex_);
  Entry* entry = find(object, type);
  if (entry == nullptr || entry->done) entry = append(object, type);
  entry->owned |= owned;
  entry->slots.push_back(slot);
  if (copy.mapping != nullptr) entry->copies.push_back(std::move(copy));
  entry->kept.insert(entry->kept.end(), std::make_move_iterator(kept.begin()),
                     std::make_move_iterator(kept.end()));
}

CompletionTracker::Hold CompletionTracker::hold(void* object, marshal::TypeId type) {
  if (linked_.load(std::memory_order_acquire) == 0) return Hold::kNotTracked;
  const auto retain = types_[type - 1].retain;
  Entry* entry;
  {
    const std::lock_guard lock(mutex_);
    entry = find(object, type);
    if (entry == nullptr) return Hold::kNotTracked;
    if (entry->owned) return Hold::kRetained;
    // From here the entry's end releases the reference that the application gives up or that is
    // taken below; the pin keeps that end from coming first.
    entry->owned = true;
    if (retain == nullptr) return Hold::kTakenOver;
    ++entry->pins;
  }
  retain(object);
  Entry* finished;
  {
    const std::lock_guard lock(mutex_);
    finished = unpin(*entry, nullptr);
  }
  recycle(finished);
  return Hold::kRetained;
}

uint64_t CompletionTracker::sweep(uint64_t limit) {
  if (linked_.load(std::memory_order_acquire) == 0) return 0;
  uint64_t outstanding = 0;
  Entry* finished = nullptr;
  std::unique_lock lock(mutex_);
  for (Entry* entry = first_; entry != nullptr && limit != 0; --limit) {
    ++entry->pins;
    if (!entry->done) {
      lock.unlock();
      const int32_t status = types_[entry->type - 1].completion(entry->object);
      lock.lock();
      if (status > 0) {
        ++outstanding;
      } else if (!entry->done) {
        entry->done = true;
        // Under the mutex: nobody who finds the entry done may come before the bytes.
        for (const MappedCopy& copy : entry->copies) {
          if (status == 0) copy.run();
        }
        for (const uint32_t slot : entry->slots) complete(slot, status);
      }
    }
    Entry* next = entry->next;  // linked still: the pin holds it
    finished = unpin(*entry, finished);
    entry = next;
  }
  lock.unlock();
  recycle(finished);
  return outstanding;
}

void CompletionTracker::complete(uint32_t slot, int32_t status) noexcept {
  if (slot == 0 || slot >= transport::kCompletionSlots) return;
  // [slot] Pairs with the guest's acquire load: once it sees the word, the output's bytes are
  // visible.
  region_.completion(slot).store(transport::make_completion(1, status), std::memory_order_release);
}

CompletionTracker::Entry* CompletionTracker::find(const void* object,
                                                  marshal::TypeId type) const noexcept {
  for (Entry* entry = first_; entry != nullptr; entry = entry->next) {
    if (entry->object == object && entry->type == type) return entry;
  }
  return nullptr;
}

CompletionTracker::Entry* CompletionTracker::append(void* object, marshal::TypeId type) {
  Entry* entry = spare_ != nullptr ? std::exchange(spare_, spare_->next) : new Entry;
  entry->object = object;
  entry->type = type;
  entry->owned = false;
  entry->done = false;
  entry->previous = last_;
  entry->next = nullptr;
  (last_ != nullptr ? last_->next : first_) = entry;
  last_ = entry;
  linked_.fetch_add(1, std::memory_order_release);
  return entry;
}

CompletionTracker::Entry* CompletionTracker::unpin(Entry& entry, Entry* finished) noexcept {
  if (--entry.pins != 0 || !entry.done) return finished;
  (entry.previous != nullptr ? entry.previous->next : first_) = entry.next;
  (entry.next != nullptr ? entry.next->previous : last_) = entry.previous;
  linked_.fetch_sub(1, std::memory_order_release);
  entry.next = finished;
  return &entry;
}

void CompletionTracker::recycle(Entry* finished) {
  if (finished == nullptr) return;
  Entry* last = finished;
  for (Entry* entry = finished; entry != nullptr; last = entry, entry = entry->next) {
    const auto release = types_[entry->type - 1].release;
    if (entry->owned && release != nullptr) {
      objects_.drop(entry->object, entry->type);
      release(entry->object);
    }
    entry->slots.clear();
    entry->copies.clear();
    entry->kept.clear();
  }
  const std::lock_guard lock(mutex_);
  last->next = spare_;
  spare_ = finished;
}

}  // namespace ava::server
