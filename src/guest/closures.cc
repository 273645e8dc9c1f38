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
  return ++last_;
}

void Closures::drop(uint64_t number) noexcept {
  const std::lock_guard lock(mutex_);
  closures_.erase(number);
}

bool Closures::find(uint64_t number, Closure& closure) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = closures_.find(number);
  if (found == closures_.end()) return false;
  closure = found->second;
  if (closure.once) closures_.erase(found);
  return true;
}

}  // namespace ava::guest
