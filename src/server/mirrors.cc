#include "server/mirrors.h"

#include <iterator>

#include "marshal/bulk.h"

namespace ava::server {

bool Mirrors::add(const Mirror& mirror) {
  const std::lock_guard lock(mutex_);
  const auto next = sizes_.lower_bound(mirror.address);
  const bool before =
      next != sizes_.begin() && std::prev(next)->first + std::prev(next)->second > mirror.address;
  const bool behind = next != sizes_.end() && next->first - mirror.address < mirror.size;
  if (before || behind || sizes_.size() >= kMaxMirrors) return false;
  sizes_.emplace_hint(next, mirror.address, mirror.size);
  return true;
}

std::optional<Mirror> Mirrors::find(uint64_t address, uint64_t size) {
  const std::lock_guard lock(mutex_);
  const auto next = sizes_.upper_bound(address);
  if (next == sizes_.begin()) return std::nullopt;
  const auto& [begin, all] = *std::prev(next);
  if (!marshal::in_range(address - begin, size, all)) return std::nullopt;
  return Mirror{begin, all};
}

std::optional<Mirror> Mirrors::take(uint64_t address) {
  const std::lock_guard lock(mutex_);
  const auto at = sizes_.find(address);
  if (at == sizes_.end()) return std::nullopt;
  const Mirror mirror{at->first, at->second};
  sizes_.erase(at);
  return mirror;
}

}  // namespace ava::server
