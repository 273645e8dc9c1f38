#include "guest/closures.h"

#include <new>

namespace ava::guest {

uint64_t Closures::add(const Closure& closure) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    closures_.emplace(last_ + 1, closure);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  if (closure.about != nullptr) ++about_;
  return ++last_;
}

void Closures::erase(std::unordered_map<uint64_t, Closure>::iterator at) {
  if (at->second.about != nullptr) --about_;
  closures_.erase(at);
}

void Closures::drop(uint64_t number) noexcept {
  const std::lock_guard lock(mutex_);
  if (const auto at = closures_.find(number); at != closures_.end()) erase(at);
}

bool Closures::find(uint64_t number, Closure& closure) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = closures_.find(number);
  if (found == closures_.end()) return false;
  closure = found->second;
  if (closure.once) erase(found);
  return true;
}

}  // namespace ava::guest
