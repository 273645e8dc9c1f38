#include "guest/facts.h"

#include <new>

namespace ava::guest {

void Facts::note(marshal::ObjectId object, uint64_t key, uint64_t value) noexcept {
  if (object == 0) return;
  const std::lock_guard lock(mutex_);
  try {
    Entry& entry = entries_[marshal::id_index(object)];
    if (entry.object != object) {
      entry.object = object;
      entry.values.clear();
    }
    entry.values[key] = value;
  } catch (const std::bad_alloc&) {
    return;
  }
}

std::optional<uint64_t> Facts::find(marshal::ObjectId object, uint64_t key) noexcept {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(marshal::id_index(object));
  if (entry == entries_.end() || entry->second.object != object) return std::nullopt;
  const auto value = entry->second.values.find(key);
  if (value == entry->second.values.end()) return std::nullopt;
  return value->second;
}

}  // namespace ava::guest
