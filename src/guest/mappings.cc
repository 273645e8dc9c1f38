#include "guest/mappings.h"

#include <new>

namespace ava::guest {

bool Mappings::add(const Mapping& mapping) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    mappings_.emplace(mapping.pointer, mapping);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

std::optional<Mapping> Mappings::take(const void* pointer, marshal::ObjectId object) noexcept {
  const std::lock_guard lock(mutex_);
  auto latest = mappings_.end();
  auto [at, end] = mappings_.equal_range(pointer);
  for (; at != end; ++at) {
    if (at->second.object != object) continue;
    if (latest == mappings_.end() || at->second.number > latest->second.number) latest = at;
  }
  if (latest == mappings_.end()) return std::nullopt;
  const Mapping mapping = latest->second;
  mappings_.erase(latest);
  return mapping;
}

std::optional<Mapping> Mappings::take_any(marshal::ObjectId object) noexcept {
  const std::lock_guard lock(mutex_);
  for (auto at = mappings_.begin(); at != mappings_.end(); ++at) {
    if (at->second.object != object) continue;
    const Mapping mapping = at->second;
    mappings_.erase(at);
    return mapping;
  }
  return std::nullopt;
}

}  // namespace ava::guest
